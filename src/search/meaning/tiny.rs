//! An encoder for tests, made on the spot: it knows a few words, and which of them mean the same.

use std::collections::HashMap;
use std::fs;
use std::sync::Arc;

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::{Value, json};

use super::Encoder;

/// Tokens that stand for no word.
const SPECIAL: [&str; 4] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"];
/// Numbers in a vector: one for each meaning, and the last for the beginning of any text.
const SIZE: usize = 16;
const LONGEST_TEXT: usize = 64;

/// Words that stand together mean the same, whatever else stands in the list means something else, and other words mean nothing.
/// The vector of a text is the mean of its words': `loaf` and `bread` are one, if they are listed so.
pub(crate) fn tiny_encoder(meanings: &[&[&str]]) -> Arc<Encoder> {
    assert!(meanings.len() < SIZE, "there is room for {SIZE} meanings");
    let words = meanings.iter().enumerate().flat_map(|(meaning, words)| words.iter().map(move |word| (*word, Some(meaning))));
    let special = SPECIAL.map(|token| (token, (token == "[CLS]").then_some(SIZE - 1)));
    let known: Vec<(&str, Option<usize>)> = special.into_iter().chain(words).collect();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, value: Value| fs::write(folder.path().join(name), value.to_string()).unwrap();
    write("config.json", config(known.len()));
    write("tokenizer.json", tokenizer(&known));
    fs::create_dir(folder.path().join("1_Pooling")).unwrap();
    write("1_Pooling/config.json", json!({"pooling_mode_mean_tokens": true}));
    fs::write(folder.path().join("model.safetensors"), weights(&known)).unwrap();
    Arc::new(Encoder::load(folder.path()).unwrap())
}

/// A BERT without layers.
fn config(tokens: usize) -> Value {
    json!({
        "vocab_size": tokens, "hidden_size": SIZE, "num_hidden_layers": 0, "num_attention_heads": 1, "intermediate_size": SIZE,
        "hidden_act": "gelu", "max_position_embeddings": LONGEST_TEXT, "type_vocab_size": 1, "layer_norm_eps": 1e-12,
    })
}

fn tokenizer(known: &[(&str, Option<usize>)]) -> Value {
    let ids: HashMap<&str, usize> = known.iter().enumerate().map(|(id, (word, _))| (*word, id)).collect();
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "decoder": null,
        "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", ids["[SEP]"]], "cls": ["[CLS]", ids["[CLS]"]]},
        "model": {"type": "WordLevel", "vocab": ids, "unk_token": "[UNK]"},
    })
}

fn weights(known: &[(&str, Option<usize>)]) -> Vec<u8> {
    let is_of = |meaning: Option<usize>| (0..SIZE).map(move |at| f32::from(u8::from(meaning == Some(at))));
    let words: Vec<f32> = known.iter().flat_map(|(_, meaning)| is_of(*meaning)).collect();
    let tensors = [
        ("word_embeddings.weight", vec![known.len(), SIZE], words),
        ("position_embeddings.weight", vec![LONGEST_TEXT, SIZE], vec![0.0; LONGEST_TEXT * SIZE]),
        ("token_type_embeddings.weight", vec![1, SIZE], vec![0.0; SIZE]),
        ("LayerNorm.weight", vec![SIZE], vec![1.0; SIZE]),
        ("LayerNorm.bias", vec![SIZE], vec![0.0; SIZE]),
    ];
    let bytes = tensors.map(|(name, shape, values)| {
        (format!("embeddings.{name}"), shape, values.into_iter().flat_map(f32::to_le_bytes).collect::<Vec<_>>())
    });
    let views = bytes.iter().map(|(name, shape, bytes)| (name, TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap()));
    safetensors::serialize(views, None).unwrap()
}
