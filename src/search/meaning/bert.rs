//! BERT's forward pass on the CPU (Devlin et al. 2019, <https://arxiv.org/abs/1810.04805>): tokens → a state for each token.
//!
//! Many texts go through the layers together, one after the other in the rows of one matrix and without padding: the
//! products with the weights are then large ones, which take most of the time. Only attention looks at each text by itself.
//! A row of a product doesn't depend on the other rows, so a text's states are the same, bit for bit, whatever stands beside it.
//!
//! One call works on one thread: whoever has many texts shares them out among threads.

use mynah_kernels::layers;
use mynah_kernels::product::Weights;
use serde::Deserialize;

use super::tensors::{Tensor, Tensors};

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

/// Why weights can't be used, or a text can't be read.
#[derive(Debug, thiserror::Error)]
pub enum BertError {
    /// The states can't be shared out.
    #[error("{heads} attention heads can't share {hidden} numbers")]
    Heads {
        /// Of a layer.
        heads: usize,
        /// Numbers in a state.
        hidden: usize,
    },
    /// A tensor is not there.
    #[error("there is no tensor {0}")]
    Missing(String),
    /// A tensor is another one than it should be.
    #[error("the shape of {name} is {found:?}, not {wanted:?} as config.json says")]
    Shape {
        /// The tensor.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// What it should be.
        wanted: Vec<usize>,
    },
    /// A token, a kind or a place that the tables don't have.
    #[error("the model doesn't know token {id} of kind {kind} at place {at}")]
    Unknown {
        /// The token.
        id: u32,
        /// Its kind.
        kind: u32,
        /// Tokens before it.
        at: usize,
    },
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
    weights: Weights,
    bias: Vec<f32>,
}

struct Norm {
    weight: Vec<f32>,
    bias: Vec<f32>,
    epsilon: f32,
}

impl Bert {
    /// Takes the weights of a safetensors file, named as transformers names them, with or without `bert.` in front.
    ///
    /// # Errors
    /// A tensor that is missing or of another shape than `config` says.
    pub fn load(tensors: &Tensors, config: BertConfig) -> Result<Self, BertError> {
        let (hidden, heads) = (config.hidden_size, config.num_attention_heads);
        if heads == 0 || hidden == 0 || !hidden.is_multiple_of(heads) {
            return Err(BertError::Heads { heads, hidden });
        }
        let prefix = if tensors.contains_key(&format!("bert.{WORDS}.weight")) { "bert." } else { "" };
        let parts = Parts { tensors, prefix: prefix.to_owned() };
        let embeddings = parts.under("embeddings");
        let table = |name: &str, rows: usize| embeddings.tensor(name, &[rows, hidden]).cloned();
        let layer = |at: usize| Layer::load(&parts.under(&format!("encoder.layer.{at}")), &config);
        Ok(Self {
            words: table("word_embeddings.weight", config.vocab_size)?,
            positions: table("position_embeddings.weight", config.max_position_embeddings)?,
            types: table("token_type_embeddings.weight", config.type_vocab_size)?,
            norm: embeddings.norm("LayerNorm", &config)?,
            layers: (0..config.num_hidden_layers).map(layer).collect::<Result<_, _>>()?,
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
    /// [`BertError::Unknown`] for a token, a kind or a length that the model doesn't know.
    pub fn forward(&self, texts: &[Tokens<'_>]) -> Result<States, BertError> {
        let size = self.config.hidden_size;
        let lengths: Vec<usize> = texts.iter().map(|text| text.ids.len()).collect();
        let mut values = self.embedded(texts)?;
        self.norm.apply(&mut values);
        for layer in &self.layers {
            values = layer.forward(&values, &lengths, &self.config);
        }
        let mut starts = vec![0];
        starts.extend(lengths.iter().scan(0, |end, length| {
            *end += length;
            Some(*end)
        }));
        Ok(States { values, size, starts })
    }

    /// Each token's word, position and kind, added up.
    fn embedded(&self, texts: &[Tokens<'_>]) -> Result<Vec<f32>, BertError> {
        let size = self.config.hidden_size;
        let mut values = Vec::with_capacity(texts.iter().map(|text| text.ids.len() * size).sum());
        for text in texts {
            for (at, &id) in text.ids.iter().enumerate() {
                let kind = text.types.get(at).copied().unwrap_or_default();
                let rows = (self.words.row(id as usize), self.positions.row(at), self.types.row(kind as usize));
                let (Some(word), Some(position), Some(of_kind)) = rows else {
                    return Err(BertError::Unknown { id, kind, at });
                };
                values.extend(word.iter().zip(position).zip(of_kind).map(|((word, position), kind)| word + kind + position));
            }
        }
        Ok(values)
    }
}

/// The embeddings' first tensor: what tells whether names have a prefix.
const WORDS: &str = "embeddings.word_embeddings";

impl Layer {
    fn load(parts: &Parts<'_>, config: &BertConfig) -> Result<Self, BertError> {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        Ok(Self {
            attention: parts.linear(&["attention.self.query", "attention.self.key", "attention.self.value"], hidden, hidden)?,
            attended: parts.linear(&["attention.output.dense"], hidden, hidden)?,
            attended_norm: parts.norm("attention.output.LayerNorm", config)?,
            inner: parts.linear(&["intermediate.dense"], hidden, inner)?,
            outer: parts.linear(&["output.dense"], inner, hidden)?,
            outer_norm: parts.norm("output.LayerNorm", config)?,
        })
    }

    fn forward(&self, states: &[f32], lengths: &[usize], config: &BertConfig) -> Vec<f32> {
        let qkv = layers::biased(&self.attention.weights.times(states), &self.attention.bias);
        let attended = layers::attention(&qkv, lengths, config.num_attention_heads, config.hidden_size);
        let states = self.attended_norm.of_sum(&self.attended, &attended, states);
        let inner = self.inner.weights.times(&states);
        let inner = match config.hidden_act {
            Activation::Gelu => layers::biased_gelu(&inner, &self.inner.bias),
            Activation::Relu => layers::biased_relu(&inner, &self.inner.bias),
        };
        self.outer_norm.of_sum(&self.outer, &inner, &states)
    }
}

impl Norm {
    fn apply(&self, rows: &mut [f32]) {
        layers::normalise(rows, &self.weight, &self.bias, self.epsilon);
    }

    /// Of what a product makes of rows, and what went around it.
    fn of_sum(&self, product: &Linear, rows: &[f32], around: &[f32]) -> Vec<f32> {
        let mut sum = layers::biased_sum(&product.weights.times(rows), &product.bias, around);
        self.apply(&mut sum);
        sum
    }
}

/// The tensors of a file whose names begin alike.
struct Parts<'a> {
    tensors: &'a Tensors,
    prefix: String,
}

impl Parts<'_> {
    fn under(&self, name: &str) -> Self {
        Self { tensors: self.tensors, prefix: format!("{}{name}.", self.prefix) }
    }

    fn tensor(&self, name: &str, shape: &[usize]) -> Result<&Tensor, BertError> {
        let name = format!("{}{name}", self.prefix);
        let Some(tensor) = self.tensors.get(&name) else { return Err(BertError::Missing(name)) };
        if tensor.shape() != shape {
            return Err(BertError::Shape { name, found: tensor.shape().to_vec(), wanted: shape.to_vec() });
        }
        Ok(tensor)
    }

    fn numbers(&self, name: &str, count: usize) -> Result<Vec<f32>, BertError> {
        Ok(self.tensor(name, &[count])?.values().to_vec())
    }

    /// Layers of equal inputs as one, their outputs side by side.
    fn linear(&self, names: &[&str], inputs: usize, outputs: usize) -> Result<Linear, BertError> {
        let (mut weights, mut bias) = (Vec::new(), Vec::new());
        for name in names {
            weights.extend_from_slice(self.tensor(&format!("{name}.weight"), &[outputs, inputs])?.values());
            bias.extend(self.numbers(&format!("{name}.bias"), outputs)?);
        }
        Ok(Linear { weights: Weights::of(&weights, inputs), bias })
    }

    fn norm(&self, name: &str, config: &BertConfig) -> Result<Norm, BertError> {
        let numbers = |names: [&str; 2]| {
            let old = self.tensors.contains_key(&format!("{}{name}.{}", self.prefix, names[1]));
            self.numbers(&format!("{name}.{}", names[usize::from(old)]), config.hidden_size)
        };
        // Models that were trained with TensorFlow have the second names.
        let (weight, bias) = (numbers(["weight", "gamma"])?, numbers(["bias", "beta"])?);
        Ok(Norm { weight, bias, epsilon: config.layer_norm_eps as f32 })
    }
}
