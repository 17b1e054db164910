//! A BERT with its words: tokens in, a state for each token out.

use std::path::Path;

use candle_core::{Device, Tensor};
use tokenizers::Tokenizer;

use crate::search::{Bert, BertConfig, Tokens};

use super::ReaderError;
use super::weights::{Tensors, file, in_short};
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
        let bert = bert.map_err(|error| ReaderError::malformed(&folder.join("model.safetensors"), in_short(&error)))?;
        Ok(Self { words, bert })
    }

    /// Of each sequence, tokens × numbers of a state. They are read together, and each as it would be alone.
    pub(super) fn states(&self, packed: &[Packed]) -> candle_core::Result<Vec<Tensor>> {
        let size = self.bert.config().hidden_size;
        let texts: Vec<Tokens<'_>> = packed.iter().map(|one| Tokens { ids: &one.ids, types: &one.types }).collect();
        let states = Tensor::from_slice(self.bert.forward(&texts)?.values(), ((), size), &Device::Cpu)?;
        let mut from = 0;
        let rows = packed.iter().map(|one| {
            from += one.ids.len();
            states.narrow(0, from - one.ids.len(), one.ids.len())
        });
        rows.collect()
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
