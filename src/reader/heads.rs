//! mynah's own reader: a score for each sentence from its best token and its mean, and for none from the token `[CLS]`.

use std::ops::Range;

use candle_core::{Result as Computed, Tensor};

use super::model::Model;
use super::weights::{self, Tensors, in_short};
use super::window::{Packed, Words};
use super::{ReaderError, Reading, Window};
use crate::search::Encoder;

/// The base's layers as they were trained further, and three heads.
pub(super) struct SentenceReader {
    model: Model,
    token: Head,
    sentence: Head,
    none: Head,
}

/// State → score: one hidden layer.
struct Head {
    /// Numbers of a state × hidden.
    weight: Tensor,
    bias: Tensor,
    /// Hidden × 1.
    out: Tensor,
}

impl SentenceReader {
    pub(super) fn load(encoder: &Encoder, bytes: &[u8]) -> Result<Self, ReaderError> {
        let mut tensors = weights::load(bytes, encoder)?;
        let mut head = |name: &str| {
            Head::load(&mut tensors, name).map_err(|message| ReaderError::malformed("reader.safetensors".as_ref(), message))
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
        let failed = |error| ReaderError::Failed(in_short(&error));
        let states = self.model.states(&packed).map_err(failed)?;
        let read = |(packed, states): (&Packed, Tensor)| {
            let (none, sentences) = self.scores(packed, &states).map_err(failed)?;
            Reading::of(none, &sentences)
        };
        packed.iter().zip(states).map(read).collect()
    }

    /// Of none, and of each sentence: -∞ where it wasn't read.
    fn scores(&self, packed: &Packed, states: &Tensor) -> Computed<(f32, Vec<f32>)> {
        let none = self.none.scores(&states.narrow(0, 0, 1)?)?[0];
        let read: Vec<_> = packed.sentences.iter().filter(|span| !span.is_empty()).collect();
        if read.is_empty() {
            return Ok((none, vec![f32::NEG_INFINITY; packed.sentences.len()]));
        }
        let tokens = self.token.scores(states)?;
        let means = read.iter().map(|span| states.narrow(0, span.start, span.len())?.mean_keepdim(0));
        let mut of_means = self.sentence.scores(&Tensor::cat(&means.collect::<Computed<Vec<_>>>()?, 0)?)?.into_iter();
        let score = |span: &Range<usize>| {
            if span.is_empty() {
                return f32::NEG_INFINITY;
            }
            let best_token = tokens[span.clone()].iter().copied().fold(f32::NEG_INFINITY, f32::max);
            best_token + of_means.next().unwrap_or_default()
        };
        Ok((none, packed.sentences.iter().map(score).collect()))
    }
}

impl Head {
    fn load(tensors: &mut Tensors, name: &str) -> Result<Self, String> {
        let mut take = |part: &str| {
            let name = format!("heads.{name}.{part}");
            tensors.remove(&name).ok_or_else(|| format!("there is no tensor {name}"))
        };
        let (weight, bias, out) = (take("weight")?, take("bias")?, take("out")?);
        let turned = || Ok((weight.t()?.contiguous()?, out.unsqueeze(1)?));
        let (weight, out) = turned().map_err(|error: candle_core::Error| in_short(&error))?;
        Ok(Self { weight, bias, out })
    }

    /// Of each row.
    fn scores(&self, states: &Tensor) -> Computed<Vec<f32>> {
        let hidden = states.matmul(&self.weight)?.broadcast_add(&self.bias)?.tanh()?;
        hidden.matmul(&self.out)?.squeeze(1)?.to_vec1()
    }
}
