//! A BERT with its words: tokens in, a state for each token out.

use std::path::Path;

use rayon::prelude::*;
use tokenizers::Tokenizer;

use crate::search::tensors::Tensors;
use crate::search::{Bert, BertConfig, Tokens};

use super::ReaderError;
use super::weights::file;
use super::window::{Packed, Words};

/// A BERT and its tokenizer.
pub(super) struct Model {
    pub(super) words: Words,
    bert: Bert,
}

impl Model {
    /// The layers are the `tensors`; the shape and the words stand in the folder.
    pub(super) fn load(folder: &Path, tensors: Tensors) -> Result<Self, ReaderError> {
        let (config_file, bytes) = file(folder, "config.json")?;
        let config: BertConfig = serde_json::from_slice(&bytes).map_err(|error| ReaderError::malformed(&config_file, error))?;
        let words = words(folder, config.vocab_size)?;
        let bert = Bert::load(&tensors, config);
        let bert = bert.map_err(|error| ReaderError::malformed(&folder.join("model.safetensors"), error))?;
        Ok(Self { words, bert })
    }

    /// Numbers in a state.
    pub(super) fn size(&self) -> usize {
        self.bert.config().hidden_size
    }

    /// Of each sequence the states of its tokens, one after the other. They are shared out among threads.
    pub(super) fn states(&self, packed: &[Packed]) -> Result<Vec<Vec<f32>>, ReaderError> {
        let states = |one: &Packed| {
            let read = self.bert.forward(&[Tokens { ids: &one.ids, types: &one.types }]);
            read.map(|states| states.values().to_vec()).map_err(|error| ReaderError::Failed(error.to_string()))
        };
        packed.par_iter().map(states).collect()
    }
}

/// The tokenizer of a folder, which cuts nothing and fills nothing up.
fn words(folder: &Path, known: usize) -> Result<Words, ReaderError> {
    let (file, bytes) = file(folder, "tokenizer.json")?;
    let load = || {
        let mut tokenizer = Tokenizer::from_bytes(&bytes)?;
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None)?;
        Ok(tokenizer)
    };
    let tokenizer = load().map_err(|error: tokenizers::Error| ReaderError::malformed(&file, error))?;
    let tokens = tokenizer.get_vocab_size(true);
    if tokens > known {
        return Err(ReaderError::malformed(&file, format!("it has {tokens} tokens, and the model only {known}")));
    }
    Words::new(tokenizer).map_err(|message| ReaderError::malformed(&file, message))
}
