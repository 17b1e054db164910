//! The reader: with tiny models made here what it takes and refuses, and with the shipped one that it reads as it was trained.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use mynah::reader::{Reader, ReaderError, Reading, Window};
use mynah::search::Encoder;
use mynah::search::tensors::Tensor;
use rayon::prelude::*;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::encoder::{HIDDEN, save, tensors, tiny_model};
use crate::harness::root;

/// Numbers within a head.
const HEAD: usize = 4;
/// The one matrix that the tiny reader changes.
const CHANGED: &str = "encoder.layer.0.output.dense.weight";

fn window(context: &str, sentences: &[&str]) -> Window {
    Window { context: context.to_owned(), sentences: sentences.iter().map(|&s| s.to_owned()).collect() }
}

/// A reader's file for a model's folder; `change` is what each number of [`CHANGED`] gets, in hundredths.
fn tiny_reader(model: &Path, change: i8) -> Vec<u8> {
    let sum = Sha256::digest(fs::read(model.join("model.safetensors")).unwrap());
    let sum: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
    reader_of(&sum, "mynah-reader-1", change)
}

fn reader_of(sum: &str, format: &str, change: i8) -> Vec<u8> {
    let shape = tensors(1)[CHANGED].shape().to_vec();
    let mut all: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = vec![
        (format!("{CHANGED}.delta"), Dtype::I8, shape.clone(), vec![change.cast_unsigned(); shape.iter().product()]),
        (format!("{CHANGED}.scale"), Dtype::F32, vec![shape[0]], 0.01_f32.to_le_bytes().repeat(shape[0])),
    ];
    for (at, head) in ["token", "sentence", "none"].into_iter().enumerate() {
        let floats = |count: usize| -> Vec<u8> {
            (0..count).flat_map(|i| (((i * 7 + at * 3) % 11) as f32 / 11.0 - 0.5).to_le_bytes()).collect()
        };
        all.push((format!("heads.{head}.weight"), Dtype::F32, vec![HEAD, HIDDEN], floats(HEAD * HIDDEN)));
        all.push((format!("heads.{head}.bias"), Dtype::F32, vec![HEAD], floats(HEAD)));
        all.push((format!("heads.{head}.out"), Dtype::F32, vec![HEAD], floats(HEAD)));
    }
    let views = all.iter().map(|(name, dtype, shape, bytes)| (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap()));
    let said = HashMap::from([("format".to_owned(), format.to_owned()), ("base_sha256".to_owned(), sum.to_owned())]);
    safetensors::serialize(views, Some(said)).unwrap()
}

fn tiny(seed: u32) -> (TempDir, Reader) {
    let model = tiny_model(seed);
    let encoder = Encoder::load(model.path()).unwrap();
    let reader = Reader::load(&encoder, &tiny_reader(model.path(), 3)).unwrap();
    (model, reader)
}

/// The shipped reader on its encoder.
fn shipped() -> Reader {
    let folder = root().join("data/encoder");
    let encoder = Encoder::load(&folder).unwrap_or_else(|error| panic!("this test needs the encoder: {error}"));
    Reader::built_in(&encoder).unwrap()
}

#[test]
fn the_shipped_reader_reads_as_it_was_trained() {
    let reader = shipped();
    let expected = fs::read_to_string(root().join("tests/reader/expected.jsonl")).unwrap();
    for line in expected.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let strings = |key: &str| -> Vec<String> { serde_json::from_value(line[key].clone()).unwrap() };
        let window = Window { context: line["context"].as_str().unwrap().to_owned(), sentences: strings("sentences") };
        let read = reader.read(line["question"].as_str().unwrap(), &[window]).unwrap().remove(0);
        let wanted: Vec<f32> = serde_json::from_value(line["probabilities"].clone()).unwrap();
        assert_eq!(read.sentences.len() + 1, wanted.len(), "{line}");
        for (read, wanted) in std::iter::once(&read.none).chain(&read.sentences).zip(&wanted) {
            assert!((read - wanted).abs() < 2e-3, "{read}, not {wanted}: {line}");
        }
        let margin = line["margin"].as_f64().unwrap() as f32;
        assert!((read.margin - margin).abs() < 0.02, "{}, not {margin}: {line}", read.margin);
    }
}

#[test]
fn what_answers_is_told_from_what_is_only_about_the_same() {
    let reader = shipped();
    let answers =
        window("The pond in winter", &["Mallards stay all year.", "The bakery at the pond opens at seven in the morning."]);
    let misses =
        window("The pond in winter", &["Mallards stay all year.", "The bakery at the pond sells bread for the mallards."]);
    let read = reader.read("when does the bakery open?", &[answers, misses]).unwrap();
    assert!(read[0].sentences[1] > 0.5, "{read:?}");
    assert!(read[1].margin < read[0].margin - 1.0, "{read:?}");
}

#[test]
fn a_reader_of_another_encoder_is_refused_by_name() {
    let (model, other) = (tiny_model(1), tiny_model(2));
    let encoder = Encoder::load(other.path()).unwrap();
    let error = Reader::load(&encoder, &tiny_reader(model.path(), 3)).unwrap_err();
    assert!(matches!(error, ReaderError::OtherBase { .. }), "{error}");
    let error = error.to_string();
    assert!(error.contains("SHA-256") && error.contains("scripts/fetch-encoder"), "{error}");
    assert!(error.contains(&other.path().display().to_string()), "{error}");
    // The shipped one too.
    assert!(matches!(Reader::built_in(&encoder), Err(ReaderError::OtherBase { .. })));
}

#[test]
fn weights_that_cannot_be_used_are_told() {
    let model = tiny_model(1);
    let encoder = Encoder::load(model.path()).unwrap();
    let whole = tiny_reader(model.path(), 3);
    let cases: [(Vec<u8>, &str); 4] = [
        (Vec::new(), "reader.safetensors"),
        (whole[..whole.len() - 8].to_vec(), "reader.safetensors"),
        (b"weights, or so one thinks".to_vec(), "reader.safetensors"),
        (reader_of("", "something else", 3), "train-reader"),
    ];
    for (bytes, told) in cases {
        let error = Reader::load(&encoder, &bytes).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn what_was_learnt_is_added_to_the_base() {
    let model = tiny_model(1);
    let encoder = Encoder::load(model.path()).unwrap();
    let read =
        |bytes: &[u8]| Reader::load(&encoder, bytes).unwrap().read("bread", &[window("", &["bakery sells bread"])]).unwrap();
    let (none, some) = (read(&tiny_reader(model.path(), 0)), read(&tiny_reader(model.path(), 30)));
    assert_ne!(none, some);
    // By hand: the same number on the base itself, and nothing learnt.
    let changed = TempDir::new().unwrap();
    for file in ["config.json", "tokenizer.json", "1_Pooling/config.json"] {
        fs::create_dir_all(changed.path().join("1_Pooling")).unwrap();
        fs::copy(model.path().join(file), changed.path().join(file)).unwrap();
    }
    let mut by_hand = tensors(1);
    let changed_matrix = &by_hand[CHANGED];
    let sum = Tensor::new(changed_matrix.shape().to_vec(), changed_matrix.values().iter().map(|value| value + 0.3));
    by_hand.insert(CHANGED.to_owned(), sum);
    save(changed.path(), &by_hand);
    let encoder = Encoder::load(changed.path()).unwrap();
    let reader = Reader::load(&encoder, &tiny_reader(changed.path(), 0)).unwrap();
    let on_changed = reader.read("bread", &[window("", &["bakery sells bread"])]).unwrap();
    assert!((on_changed[0].none - some[0].none).abs() < 1e-5, "{on_changed:?} {some:?}");
}

#[test]
fn probabilities_add_up_and_follow_the_margin() {
    let (_model, reader) = tiny(1);
    let windows = [window("pond", &["water freezes", "mallards", "bakery"]), window("", &["bread"])];
    for (read, window) in reader.read("bakery bread", &windows).unwrap().iter().zip(&windows) {
        assert_eq!(read.sentences.len(), window.sentences.len());
        let some: f32 = read.sentences.iter().sum();
        assert!((some + read.none - 1.0).abs() < 1e-5, "{read:?}");
        assert!((read.margin - (some / read.none).ln()).abs() < 1e-3, "{read:?}");
    }
}

#[test]
fn an_empty_passage_answers_nothing() {
    let (_model, reader) = tiny(1);
    let (_other, cross_encoder) = cross_encoder(1);
    for reader in [reader, cross_encoder] {
        let read = reader.read("bread", &[window("", &[]), window("pond", &["", ""])]).unwrap();
        assert_eq!((read[0].none, read[0].sentences.len()), (1.0, 0));
        assert_eq!((read[1].none, &read[1].sentences[..]), (1.0, &[0.0, 0.0][..]));
        assert!(read.iter().all(|read| read.margin == -30.0), "{read:?}");
        assert!(reader.read("", &[window("", &["bread"])]).is_ok());
        assert_eq!(reader.read("bread", &[]).unwrap(), []);
    }
}

#[test]
fn what_is_beyond_a_window_is_not_read() {
    let (_model, reader) = tiny(1);
    let long = "bread ".repeat(90);
    // [CLS] bread [SEP] and the last [SEP] leave 124 tokens.
    let read = |sentences: &[&str]| reader.read("bread", &[window("", sentences)]).unwrap().remove(0);
    let cut = read(&[&long, &long, "mallards"]);
    assert_eq!(cut.sentences[2], 0.0);
    assert!(cut.sentences[1] > 0.0);
    assert_eq!(cut.sentences[..2], read(&[&long, &"bread ".repeat(34)]).sentences);
    assert_ne!(cut.sentences[..2], read(&[&long, &"bread ".repeat(33)]).sentences);
    // Such a window isn't made in the first place.
    assert_eq!(reader.around("bread", "", &[&long, &long, "mallards"], 1), 1..3);
    assert_eq!(reader.around("bread", "", &[&long, "bread", "mallards", &long], 1), 0..3);
    let question = "bread ".repeat(500);
    assert_eq!(reader.read(&question, &[window(&question, &["mallards"])]).unwrap()[0].sentences.len(), 1);
}

#[test]
fn a_reading_is_the_same_on_any_thread_and_beside_any_other() {
    let reader = shipped();
    let texts = ["The pond freezes in January.", "Mallards are ducks, and they stay.", "Nobody has seen a swan since 2019."];
    let windows: Vec<Window> = (0..3).map(|i| window("The pond", &texts[i..])).collect();
    let question = "when does the pond freeze?";
    let alone: Vec<Reading> = windows.iter().map(|w| reader.read(question, std::slice::from_ref(w)).unwrap().remove(0)).collect();
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(|| reader.read(question, &windows).unwrap()), alone, "{threads} threads");
        let at_once: Vec<Vec<Reading>> =
            pool.install(|| (0..2).into_par_iter().map(|_| reader.read(question, &windows).unwrap()).collect());
        assert!(at_once.iter().all(|read| *read == alone), "{threads} threads, two at once");
    }
}

/// A CrossEncoder's folder: the tiny model with a pooler and one label.
fn tiny_cross_encoder(seed: u32, labels: usize) -> TempDir {
    let model = tiny_model(seed);
    let mut tensors: HashMap<String, Tensor> =
        tensors(seed).into_iter().map(|(name, tensor)| (format!("bert.{name}"), tensor)).collect();
    let numbers = |shape: &[usize]| {
        let count: usize = shape.iter().product();
        Tensor::new(shape.to_vec(), (0..count).map(|i| (i * 5 % 13) as f32 / 6.0 - 1.0))
    };
    tensors.insert("bert.pooler.dense.weight".to_owned(), numbers(&[HIDDEN, HIDDEN]));
    tensors.insert("bert.pooler.dense.bias".to_owned(), numbers(&[HIDDEN]));
    tensors.insert("classifier.weight".to_owned(), numbers(&[labels, HIDDEN]));
    tensors.insert("classifier.bias".to_owned(), numbers(&[labels]));
    save(model.path(), &tensors);
    model
}

fn cross_encoder(seed: u32) -> (TempDir, Reader) {
    let model = tiny_cross_encoder(seed, 1);
    let reader = Reader::load_cross_encoder(model.path()).unwrap();
    (model, reader)
}

#[test]
fn a_cross_encoder_scores_the_window_and_shares_it_among_the_sentences() {
    let (_model, reader) = cross_encoder(1);
    let read = |sentences: &[&str]| reader.read("bakery bread", &[window("", sentences)]).unwrap().remove(0);
    let both = read(&["bakery sells bread", "pond water freezes"]);
    let (first, second) = (read(&["bakery sells bread"]), read(&["pond water freezes"]));
    // A sentence's share follows from its own score.
    let ratio = (both.sentences[0] / both.sentences[1]).ln();
    assert!((ratio - (first.margin - second.margin)).abs() < 1e-3, "{both:?} {first:?} {second:?}");
    assert_ne!(both.margin, first.margin);
    assert!((both.none + both.sentences.iter().sum::<f32>() - 1.0).abs() < 1e-5);
}

/// What is done to a CrossEncoder's folder, and what must be told of it.
type Broken = (fn(&Path), &'static str);

#[test]
fn a_cross_encoder_that_cannot_be_used_is_told_with_its_file() {
    let cases: &[Broken] = &[
        (|model| fs::remove_file(model.join("config.json")).unwrap(), "config.json"),
        (|model| fs::remove_file(model.join("tokenizer.json")).unwrap(), "tokenizer.json"),
        (|model| fs::remove_file(model.join("model.safetensors")).unwrap(), "model.safetensors"),
        (|model| fs::write(model.join("model.safetensors"), "weights").unwrap(), "model.safetensors"),
        (|model| save(model, &tensors(1)), "pooler"),
        (|model| fs::write(model.join("config.json"), json!({"model_type": "roberta"}).to_string()).unwrap(), "roberta"),
    ];
    for (break_it, told) in cases {
        let model = tiny_cross_encoder(1, 1);
        break_it(model.path());
        let error = Reader::load_cross_encoder(model.path()).unwrap_err().to_string();
        assert!(error.contains(told), "{told}: {error}");
    }
    let error = Reader::load_cross_encoder(tiny_cross_encoder(1, 3).path()).unwrap_err().to_string();
    assert!(error.contains("3 labels"), "{error}");
}
