//! BERT's forward pass on the CPU (Devlin et al. 2019, <https://arxiv.org/abs/1810.04805>): tokens → a state for each token.
//!
//! Many texts go through the layers together, one after the other in the rows of one matrix and without padding: the
//! products with the weights are then large ones, which take most of the time. Only attention looks at each text by itself.
//! A row of a product doesn't depend on the other rows, so a text's states are the same, bit for bit, whatever stands beside it.
//! (That holds for gemm 0.19 as long as weights lie with the outputs side by side; a test sees it.)

use std::collections::HashMap;

use candle_core::{DType, Device, Result, Storage, StorageRef, Tensor, bail};
use mynah_kernels::layers;
use serde::Deserialize;

/// What a model's `config.json` says of its shape
/// (<https://huggingface.co/docs/transformers/model_doc/bert#transformers.BertConfig>).
#[derive(Clone, Debug, Deserialize)]
pub struct BertConfig {
    /// What the layers are put together as. RoBERTa's have the same names and count positions in another way.
    #[serde(default)]
    pub model_type: ModelType,
    /// Tokens that it knows.
    pub vocab_size: usize,
    /// Numbers in a state.
    pub hidden_size: usize,
    /// Layers.
    pub num_hidden_layers: usize,
    /// Attention heads of a layer; they divide a state among them.
    pub num_attention_heads: usize,
    /// Numbers in a layer's feed-forward part.
    pub intermediate_size: usize,
    /// What stands between the two products of that part.
    pub hidden_act: Activation,
    /// The longest text, in tokens.
    pub max_position_embeddings: usize,
    /// Kinds of tokens: of a first text and of a second.
    pub type_vocab_size: usize,
    /// Added to a variance before it divides.
    pub layer_norm_eps: f64,
}

/// The kinds of models whose layers are read rightly here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelType {
    /// The one of Devlin et al. 2019.
    #[default]
    Bert,
}

/// The function between the two products of a layer's feed-forward part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// x Φ(x).
    Gelu,
    /// max(0, x).
    Relu,
}

/// A text as tokens, with the kind of each: empty where all are of kind 0.
#[derive(Clone, Copy, Debug)]
pub struct Tokens<'a> {
    /// Ids of the model's vocabulary.
    pub ids: &'a [u32],
    /// 0 for a first text, 1 for a second that is read together with it.
    pub types: &'a [u32],
}

/// The last layer's states of some texts.
pub struct States {
    values: Vec<f32>,
    size: usize,
    /// Where each text's begin, in tokens; one more at the end.
    starts: Vec<usize>,
}

impl States {
    /// The states of all texts, one after the other.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The states of a text, one after the other, each of [`BertConfig::hidden_size`] numbers.
    pub fn of(&self, text: usize) -> std::slice::ChunksExact<'_, f32> {
        self.values[self.starts[text] * self.size..self.starts[text + 1] * self.size].chunks_exact(self.size)
    }
}

/// A BERT, ready to read texts.
pub struct Bert {
    config: BertConfig,
    words: Tensor,
    positions: Tensor,
    types: Tensor,
    norm: Norm,
    layers: Vec<Layer>,
}

struct Layer {
    /// Query, key and value side by side.
    attention: Linear,
    attended: Linear,
    attended_norm: Norm,
    inner: Linear,
    outer: Linear,
    outer_norm: Norm,
}

/// A product with weights; the bias is added by what comes after.
struct Linear {
    /// Inputs × outputs, the outputs side by side.
    weights: Tensor,
    bias: Vec<f32>,
}

struct Norm {
    weight: Vec<f32>,
    bias: Vec<f32>,
    epsilon: f32,
}

impl Bert {
    /// Takes the weights of a safetensors file (<https://github.com/huggingface/safetensors>), named as transformers names
    /// them, with or without `bert.` in front.
    ///
    /// # Errors
    /// A tensor that is missing or of another shape than `config` says.
    pub fn load(tensors: &HashMap<String, Tensor>, config: BertConfig) -> Result<Self> {
        let (hidden, heads) = (config.hidden_size, config.num_attention_heads);
        if heads == 0 || hidden == 0 || !hidden.is_multiple_of(heads) {
            bail!("{heads} attention heads can't share {hidden} numbers");
        }
        let prefix = if tensors.contains_key(&format!("bert.{WORDS}.weight")) { "bert." } else { "" };
        let weights = Weights { tensors, prefix: prefix.to_owned() };
        let embeddings = weights.under("embeddings");
        let table = |name: &str, rows: usize| embeddings.tensor(name, &[rows, hidden]);
        let layer = |at: usize| Layer::load(&weights.under(&format!("encoder.layer.{at}")), &config);
        Ok(Self {
            words: table("word_embeddings.weight", config.vocab_size)?,
            positions: table("position_embeddings.weight", config.max_position_embeddings)?,
            types: table("token_type_embeddings.weight", config.type_vocab_size)?,
            norm: embeddings.norm("LayerNorm", &config)?,
            layers: (0..config.num_hidden_layers).map(layer).collect::<Result<_>>()?,
            config,
        })
    }

    /// The table of its words' embeddings, nearly half of the model: another that has the same may share it.
    pub fn embeddings(&self) -> &Tensor {
        &self.words
    }

    /// The shape of the model.
    pub fn config(&self) -> &BertConfig {
        &self.config
    }

    /// Reads texts together.
    ///
    /// # Errors
    /// A token, a kind or a length that the model doesn't know.
    pub fn forward(&self, texts: &[Tokens<'_>]) -> Result<States> {
        let size = self.config.hidden_size;
        let lengths: Vec<usize> = texts.iter().map(|text| text.ids.len()).collect();
        let mut values = self.embedded(texts)?;
        self.norm.apply(&mut values);
        for layer in &self.layers {
            values = layer.forward(values, &lengths, &self.config)?;
        }
        let mut starts = vec![0];
        starts.extend(lengths.iter().scan(0, |end, length| {
            *end += length;
            Some(*end)
        }));
        Ok(States { values, size, starts })
    }

    /// Each token's word, position and kind, added up.
    fn embedded(&self, texts: &[Tokens<'_>]) -> Result<Vec<f32>> {
        let size = self.config.hidden_size;
        let mut values = Vec::with_capacity(texts.iter().map(|text| text.ids.len() * size).sum());
        let (words, positions, types) = (Values::of(&self.words), Values::of(&self.positions), Values::of(&self.types));
        let (words, positions, types) = (words.slice()?, positions.slice()?, types.slice()?);
        for text in texts {
            for (at, id) in text.ids.iter().enumerate() {
                let kind = text.types.get(at).copied().unwrap_or_default();
                let rows = (row(words, *id as usize, size), row(positions, at, size), row(types, kind as usize, size));
                let (Some(word), Some(position), Some(kind)) = rows else {
                    bail!("the model doesn't know token {id} of kind {kind} at place {at}");
                };
                values.extend(word.iter().zip(position).zip(kind).map(|((word, position), kind)| word + kind + position));
            }
        }
        Ok(values)
    }
}

/// The embeddings' first tensor: what tells whether names have a prefix.
const WORDS: &str = "embeddings.word_embeddings";

fn row(table: &[f32], at: usize, size: usize) -> Option<&[f32]> {
    table.get(at * size..(at + 1) * size)
}

impl Layer {
    fn load(weights: &Weights<'_>, config: &BertConfig) -> Result<Self> {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        Ok(Self {
            attention: weights.linear(&["attention.self.query", "attention.self.key", "attention.self.value"], hidden, hidden)?,
            attended: weights.linear(&["attention.output.dense"], hidden, hidden)?,
            attended_norm: weights.norm("attention.output.LayerNorm", config)?,
            inner: weights.linear(&["intermediate.dense"], hidden, inner)?,
            outer: weights.linear(&["output.dense"], inner, hidden)?,
            outer_norm: weights.norm("output.LayerNorm", config)?,
        })
    }

    fn forward(&self, states: Vec<f32>, lengths: &[usize], config: &BertConfig) -> Result<Vec<f32>> {
        let states = rows(states, config.hidden_size)?;
        let attended = self.attention.apply(&states, |qkv, bias| {
            let qkv = layers::biased(qkv, bias);
            layers::attention(&qkv, lengths, config.num_attention_heads, config.hidden_size)
        })?;
        let states = self
            .attended
            .apply(&rows(attended, config.hidden_size)?, |attended, bias| self.attended_norm.of_sum(attended, bias, &states))??;
        let states = rows(states, config.hidden_size)?;
        let inner = self.inner.apply(&states, |inner, bias| match config.hidden_act {
            Activation::Gelu => layers::biased_gelu(inner, bias),
            Activation::Relu => layers::biased_relu(inner, bias),
        })?;
        self.outer.apply(&rows(inner, config.intermediate_size)?, |outer, bias| self.outer_norm.of_sum(outer, bias, &states))?
    }
}

impl Linear {
    /// The product, handed on with the bias that is to be added.
    fn apply<T>(&self, rows: &Tensor, then: impl FnOnce(&[f32], &[f32]) -> T) -> Result<T> {
        let product = rows.matmul(&self.weights)?;
        let values = Values::of(&product);
        Ok(then(values.slice()?, &self.bias))
    }
}

impl Norm {
    fn apply(&self, rows: &mut [f32]) {
        layers::normalise(rows, &self.weight, &self.bias, self.epsilon);
    }

    /// Of a product, its bias, and what went around it.
    fn of_sum(&self, product: &[f32], bias: &[f32], around: &Tensor) -> Result<Vec<f32>> {
        let around = Values::of(around);
        let mut sum = layers::biased_sum(product, bias, around.slice()?);
        self.apply(&mut sum);
        Ok(sum)
    }
}

fn rows(values: Vec<f32>, size: usize) -> Result<Tensor> {
    let count = values.len() / size;
    Tensor::from_vec(values, (count, size), &Device::Cpu)
}

/// A look at the numbers of a tensor that lies in one piece.
struct Values<'a> {
    storage: StorageRef<'a>,
    from: usize,
    count: usize,
}

impl<'a> Values<'a> {
    fn of(tensor: &'a Tensor) -> Self {
        let (storage, layout) = tensor.storage_and_layout();
        Self { storage, from: layout.start_offset(), count: tensor.elem_count() }
    }

    fn slice(&self) -> Result<&[f32]> {
        match &*self.storage {
            Storage::Cpu(values) => Ok(&values.as_slice::<f32>()?[self.from..self.from + self.count]),
            _ => bail!("weights stand elsewhere than in memory"),
        }
    }
}

/// The tensors of a file whose names begin alike.
struct Weights<'a> {
    tensors: &'a HashMap<String, Tensor>,
    prefix: String,
}

impl Weights<'_> {
    fn under(&self, name: &str) -> Self {
        Self { tensors: self.tensors, prefix: format!("{}{name}.", self.prefix) }
    }

    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let name = format!("{}{name}", self.prefix);
        let Some(tensor) = self.tensors.get(&name) else { bail!("there is no tensor {name}") };
        if tensor.dims() != shape {
            bail!("the shape of {name} is {:?}, not {shape:?} as config.json says", tensor.dims());
        }
        tensor.to_dtype(DType::F32)?.contiguous()
    }

    fn numbers(&self, name: &str, count: usize) -> Result<Vec<f32>> {
        self.tensor(name, &[count])?.to_vec1()
    }

    /// Layers of equal inputs as one, their outputs side by side.
    fn linear(&self, names: &[&str], inputs: usize, outputs: usize) -> Result<Linear> {
        let weights = names.iter().map(|name| self.tensor(&format!("{name}.weight"), &[outputs, inputs]));
        let weights = Tensor::cat(&weights.collect::<Result<Vec<_>>>()?, 0)?.t()?.contiguous()?;
        let bias = names.iter().map(|name| self.numbers(&format!("{name}.bias"), outputs));
        Ok(Linear { weights, bias: bias.collect::<Result<Vec<_>>>()?.concat() })
    }

    fn norm(&self, name: &str, config: &BertConfig) -> Result<Norm> {
        let numbers = |names: [&str; 2]| {
            let old = self.tensors.contains_key(&format!("{}{name}.{}", self.prefix, names[1]));
            self.numbers(&format!("{name}.{}", names[usize::from(old)]), config.hidden_size)
        };
        // Models that were trained with TensorFlow have the second names.
        let (weight, bias) = (numbers(["weight", "gamma"])?, numbers(["bias", "beta"])?);
        Ok(Norm { weight, bias, epsilon: config.layer_norm_eps as f32 })
    }
}
