//! mynah's own reader: a score for each sentence from its best token and its mean, and for none from the token `[CLS]`.

use std::ops::Range;

use mynah_kernels::product;

use super::model::Model;
use super::weights;
use super::window::{Packed, Words};
use super::{ReaderError, Reading, Window};
use crate::search::Encoder;
use crate::search::tensors::Tensors;

/// The base's layers as they were trained further, and three heads.
pub(super) struct SentenceReader {
    model: Model,
    token: Head,
    sentence: Head,
    none: Head,
}

/// State → score: one hidden layer.
struct Head {
    weight: product::Weights,
    bias: Vec<f32>,
    out: Vec<f32>,
}

impl SentenceReader {
    pub(super) fn load(encoder: &Encoder, bytes: &[u8]) -> Result<Self, ReaderError> {
        let mut tensors = weights::load(bytes, encoder)?;
        let mut head = |name: &str| {
            Head::load(&mut tensors, name, encoder.size())
                .map_err(|message| ReaderError::malformed("reader.safetensors".as_ref(), message))
        };
        let (token, sentence, none) = (head("token")?, head("sentence")?, head("none")?);
        let reader = Self { model: Model::load(encoder.folder(), tensors)?, token, sentence, none };
        // Weights that are no numbers show at once.
        let first = Window { context: String::new(), sentences: vec!["A first text.".to_owned()] };
        reader.read("is it read?", &[first])?;
        Ok(reader)
    }

    pub(super) fn room(&self, question: &str, context: &str) -> usize {
        Words::room(&self.model.words.question(question), &self.model.words.context(context))
    }

    pub(super) fn lengths(&self, sentences: &[&str]) -> Vec<usize> {
        sentences.iter().map(|sentence| self.model.words.ids(sentence).len()).collect()
    }

    pub(super) fn read(&self, question: &str, windows: &[Window]) -> Result<Vec<Reading>, ReaderError> {
        let words = &self.model.words;
        let question = words.question(question);
        let pack = |window: &Window| {
            let sentences: Vec<Vec<u32>> = window.sentences.iter().map(|sentence| words.ids(sentence)).collect();
            words.pack(&question, &words.context(&window.context), &sentences)
        };
        let packed: Vec<Packed> = windows.iter().map(pack).collect();
        let states = self.model.states(&packed)?;
        let read = |(packed, states): (&Packed, Vec<f32>)| {
            let (none, sentences) = self.scores(packed, &states);
            Reading::of(none, &sentences)
        };
        packed.iter().zip(states).map(read).collect()
    }

    /// Of none, and of each sentence: -∞ where it wasn't read. `states` are a sequence's, one for each token.
    fn scores(&self, packed: &Packed, states: &[f32]) -> (f32, Vec<f32>) {
        let size = self.token.weight.inputs();
        let none = self.none.scores(&states[..size])[0];
        let tokens = self.token.scores(states);
        let score = |span: &Range<usize>| {
            if span.is_empty() {
                return f32::NEG_INFINITY;
            }
            let best_token = tokens[span.clone()].iter().copied().fold(f32::NEG_INFINITY, f32::max);
            best_token + self.sentence.scores(&mean(&states[span.start * size..span.end * size], size))[0]
        };
        (none, packed.sentences.iter().map(score).collect())
    }
}

/// Of rows of `size` numbers.
fn mean(rows: &[f32], size: usize) -> Vec<f32> {
    let mut mean = vec![0.0; size];
    for row in rows.chunks_exact(size) {
        mean.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    let count = (rows.len() / size) as f32;
    mean.iter_mut().for_each(|sum| *sum /= count);
    mean
}

impl Head {
    /// For states of `size` numbers.
    fn load(tensors: &mut Tensors, name: &str, size: usize) -> Result<Self, String> {
        let mut take = |part: &str| {
            let name = format!("heads.{name}.{part}");
            tensors.remove(&name).ok_or_else(|| format!("there is no tensor {name}"))
        };
        let (weight, bias, out) = (take("weight")?, take("bias")?, take("out")?);
        let hidden = bias.shape();
        if weight.shape() != [bias.values().len(), size] || hidden.len() != 1 || out.shape() != hidden {
            let (weight, out) = (weight.shape(), out.shape());
            return Err(format!("heads.{name} has the shapes {weight:?}, {hidden:?} and {out:?} for states of {size}"));
        }
        let weight = product::Weights::of(weight.values(), size);
        Ok(Self { weight, bias: bias.values().to_vec(), out: out.values().to_vec() })
    }

    /// Of each state.
    fn scores(&self, states: &[f32]) -> Vec<f32> {
        let hidden = self.weight.times(states);
        let score = |hidden: &[f32]| {
            let active = hidden.iter().zip(&self.bias).map(|(value, bias)| (value + bias).tanh());
            active.zip(&self.out).map(|(value, weight)| value * weight).sum()
        };
        hidden.chunks_exact(self.bias.len().max(1)).map(score).collect()
    }
}
