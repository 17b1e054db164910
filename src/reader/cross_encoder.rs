//! A CrossEncoder of sentence-transformers: a BERT with one label, which scores a question and a text as a whole.

use std::path::Path;

use mynah_kernels::product;
use serde::Deserialize;

use super::model::Model;
use super::weights::{self, file};
use super::window::{Packed, Words};
use super::{ReaderError, Reading, Window};
use crate::search::tensors::Tensors;
use crate::search::{ModelType, WeightsId};

/// A BERT with a pooler and a classifier of one label
/// (<https://huggingface.co/docs/transformers/model_doc/bert#transformers.BertForSequenceClassification>).
pub(super) struct CrossEncoder {
    model: Model,
    pooler: Linear,
    classifier: Linear,
}

struct Linear {
    weight: product::Weights,
    bias: Vec<f32>,
}

/// What is read of `config.json` besides the shape.
#[derive(Deserialize)]
struct Labels {
    #[serde(default)]
    id2label: Option<std::collections::BTreeMap<String, serde_json::Value>>,
    /// Read before the weights: another kind's have other names.
    #[serde(default, rename = "model_type")]
    _model_type: ModelType,
}

impl CrossEncoder {
    /// With which weights these are.
    pub(super) fn load(folder: &Path) -> Result<(Self, WeightsId), ReaderError> {
        let (config, bytes) = file(folder, "config.json")?;
        let labels: Labels = serde_json::from_slice(&bytes).map_err(|error| ReaderError::malformed(&config, error))?;
        if let Some(labels) = labels.id2label.filter(|labels| labels.len() != 1) {
            return Err(ReaderError::malformed(&config, format!("it has {} labels, and a reader has one", labels.len())));
        }
        let (weights, bytes) = file(folder, "model.safetensors")?;
        let malformed = |message: String| ReaderError::malformed(&weights, message);
        let mut tensors = weights::tensors(&bytes).map_err(malformed)?;
        let id = WeightsId::of(&bytes);
        drop(bytes);
        let pooler = Linear::take(&mut tensors, "pooler.dense").map_err(malformed)?;
        let classifier = Linear::take(&mut tensors, "classifier").map_err(malformed)?;
        let labels = classifier.bias.len();
        if labels != 1 {
            return Err(malformed(format!("it has {labels} labels, and a reader has one")));
        }
        let model = Model::load(folder, tensors)?;
        for (name, inputs, needed) in [
            ("pooler.dense", pooler.weight.inputs(), model.size()),
            ("classifier", classifier.weight.inputs(), pooler.weight.outputs()),
        ] {
            if inputs != needed {
                return Err(malformed(format!("{name} takes {inputs} numbers, and gets {needed}")));
            }
        }
        let reader = Self { model, pooler, classifier };
        let first = Window { context: String::new(), sentences: vec!["A first text.".to_owned()] };
        reader.read("is it read?", &[first])?;
        Ok((reader, id))
    }

    pub(super) fn room(&self, question: &str, context: &str) -> usize {
        Words::room(&self.model.words.question(question), &self.model.words.context(context))
    }

    pub(super) fn lengths(&self, sentences: &[&str]) -> Vec<usize> {
        sentences.iter().map(|sentence| self.model.words.ids(sentence).len()).collect()
    }

    pub(super) fn read(&self, question: &str, windows: &[Window]) -> Result<Vec<Reading>, ReaderError> {
        let question = self.model.words.question(question);
        windows.iter().map(|window| self.read_one(&question, window)).collect()
    }

    fn read_one(&self, question: &[u32], window: &Window) -> Result<Reading, ReaderError> {
        let words = &self.model.words;
        let context = words.context(&window.context);
        let sentences: Vec<Vec<u32>> = window.sentences.iter().map(|sentence| words.ids(sentence)).collect();
        let score = |packed: &Packed| self.score(packed);
        let whole = words.pack(question, &context, &sentences);
        let read = whole.sentences.iter().filter(|span| !span.is_empty()).count();
        if read == 0 {
            return Reading::of(0.0, &vec![f32::NEG_INFINITY; sentences.len()]);
        }
        let margin = score(&whole)?;
        // One sentence is the whole.
        if read == 1 {
            let own = |span: &std::ops::Range<usize>| if span.is_empty() { f32::NEG_INFINITY } else { margin };
            return Reading::of(0.0, &whole.sentences.iter().map(own).collect::<Vec<_>>());
        }
        let alone = sentences.iter().zip(&whole.sentences).map(|(sentence, span)| match span.is_empty() {
            true => Ok(f32::NEG_INFINITY),
            false => score(&words.pack(question, &context, std::slice::from_ref(sentence))),
        });
        let alone = alone.collect::<Result<Vec<f32>, ReaderError>>()?;
        let all = super::log_sum(alone.iter().copied());
        Reading::of(0.0, &alone.iter().map(|score| score - all + margin).collect::<Vec<_>>())
    }

    /// The label's score: log-odds, as CrossEncoders of one label are trained with binary cross-entropy.
    fn score(&self, packed: &Packed) -> Result<f32, ReaderError> {
        let states = self.model.states(std::slice::from_ref(packed))?.remove(0);
        let pooled = self.pooler.apply(&states[..self.model.size()]).into_iter().map(f32::tanh);
        Ok(self.classifier.apply(&pooled.collect::<Vec<_>>())[0])
    }
}

impl Linear {
    fn take(tensors: &mut Tensors, name: &str) -> Result<Self, String> {
        let mut take = |part: &str| {
            let name = format!("{name}.{part}");
            tensors.remove(&name).ok_or_else(|| format!("there is no tensor {name}"))
        };
        let (weight, bias) = (take("weight")?, take("bias")?);
        let &[outputs, inputs] = weight.shape() else {
            return Err(format!("the shape of {name}.weight is {:?}, and it has two dimensions", weight.shape()));
        };
        if bias.shape() != [outputs] {
            return Err(format!("the shape of {name}.bias is {:?}, not [{outputs}]", bias.shape()));
        }
        Ok(Self { weight: product::Weights::of(weight.values(), inputs), bias: bias.values().to_vec() })
    }

    /// Of one row.
    fn apply(&self, row: &[f32]) -> Vec<f32> {
        self.weight.times(row).iter().zip(&self.bias).map(|(value, bias)| value + bias).collect()
    }
}
