//! The encoder, with a tiny model made here: what is wrong in its folder is told, and the cache of vectors is never trusted
//! beyond what it is. How good answers are with a real model is held by `scripts/floors`.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use mynah::search::Encoder;
use mynah::search::tensors::Tensor;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::harness::{Mynah, Ran, folder, mynah, post, root, shown};

pub(crate) const HIDDEN: usize = 8;
const INNER: usize = 16;
const POSITIONS: usize = 512;
const WORDS: [&str; 12] =
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "bakery", "bread", "sells", "tuesdays", "pond", "water", "freezes", "mallards"];

/// A BERT of one layer, whose weights are small numbers that follow from `seed`, as sentence-transformers lays it out.
pub(crate) fn tiny_model(seed: u32) -> TempDir {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, value: Value| fs::write(folder.path().join(name), value.to_string()).unwrap();
    write(
        "config.json",
        json!({
            "vocab_size": WORDS.len(), "hidden_size": HIDDEN, "num_hidden_layers": 1, "num_attention_heads": 2,
            "intermediate_size": INNER, "hidden_act": "gelu", "hidden_dropout_prob": 0.1, "max_position_embeddings": POSITIONS,
            "type_vocab_size": 2, "initializer_range": 0.02, "layer_norm_eps": 1e-12, "pad_token_id": 0, "model_type": "bert",
        }),
    );
    let vocabulary: HashMap<&str, usize> = WORDS.iter().enumerate().map(|(id, word)| (*word, id)).collect();
    write(
        "tokenizer.json",
        json!({
            "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
            "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "Whitespace"}, "decoder": null,
            "post_processor": {
                "type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2],
            },
            "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
        }),
    );
    fs::create_dir(folder.path().join("1_Pooling")).unwrap();
    write("1_Pooling/config.json", json!({"word_embedding_dimension": HIDDEN, "pooling_mode_mean_tokens": true}));
    save(folder.path(), &tensors(seed));
    folder
}

pub(crate) fn save(model: &Path, tensors: &HashMap<String, Tensor>) {
    let bytes = |tensor: &Tensor| tensor.values().iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let all: Vec<_> = tensors.iter().map(|(name, tensor)| (name, tensor.shape().to_vec(), bytes(tensor))).collect();
    let weights =
        all.iter().map(|(name, shape, bytes)| (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap()));
    // Some files hold the places of tokens, which are no weights.
    let places = TensorView::new(Dtype::I64, vec![1, 4], &[0; 32]).unwrap();
    let views = weights.chain([("embeddings.position_ids", places)]);
    fs::write(model.join("model.safetensors"), safetensors::serialize(views, None).unwrap()).unwrap();
}

pub(crate) fn tensors(seed: u32) -> HashMap<String, Tensor> {
    let mut state = seed;
    let mut tensor = |shape: &[usize]| {
        let numbers = (0..shape.iter().product::<usize>()).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        });
        Tensor::new(shape.to_vec(), numbers)
    };
    let mut all = HashMap::new();
    let mut put = |name: &str, shape: &[usize]| all.insert(name.to_owned(), tensor(shape));
    put("embeddings.word_embeddings.weight", &[WORDS.len(), HIDDEN]);
    put("embeddings.position_embeddings.weight", &[POSITIONS, HIDDEN]);
    put("embeddings.token_type_embeddings.weight", &[2, HIDDEN]);
    let linear = [
        ("attention.self.query", HIDDEN, HIDDEN),
        ("attention.self.key", HIDDEN, HIDDEN),
        ("attention.self.value", HIDDEN, HIDDEN),
        ("attention.output.dense", HIDDEN, HIDDEN),
        ("intermediate.dense", INNER, HIDDEN),
        ("output.dense", HIDDEN, INNER),
    ];
    for (name, out, inputs) in linear {
        put(&format!("encoder.layer.0.{name}.weight"), &[out, inputs]);
        put(&format!("encoder.layer.0.{name}.bias"), &[out]);
    }
    for norm in ["embeddings.LayerNorm", "encoder.layer.0.attention.output.LayerNorm", "encoder.layer.0.output.LayerNorm"] {
        all.insert(format!("{norm}.weight"), Tensor::new(vec![HIDDEN], [1.0; HIDDEN]));
        all.insert(format!("{norm}.bias"), Tensor::new(vec![HIDDEN], [0.0; HIDDEN]));
    }
    all
}

/// Two posts and a data folder, asked with a model.
struct Place {
    posts: TempDir,
    data: TempDir,
}

impl Place {
    fn new() -> Self {
        let bread = post("Bread", "The bakery sells sourdough bread on Tuesdays.");
        let pond = post("Pond", "Mallards swim where water never freezes.");
        let posts = folder([("bread.md", bread.as_bytes()), ("pond.md", pond.as_bytes())]);
        Self { posts, data: TempDir::new().unwrap() }
    }

    fn mynah(&self, model: &Path, arguments: &[&str]) -> Mynah {
        let corpus = shown(self.posts.path());
        mynah([arguments, &["--corpus", &corpus]].concat())
            .env("MYNAH__SEARCH__ENCODER", &shown(model))
            .env("MYNAH__DATA_DIR", &shown(self.data.path()))
    }

    fn ask(&self, model: &Path) -> Ran {
        self.mynah(model, &["ask", "--format", "json", "what", "does", "the", "bakery", "sell"]).run()
    }

    /// An answer without what differs from run to run.
    fn answer(&self, model: &Path) -> Value {
        let mut answer = self.ask(model).exits(0).json();
        answer.as_object_mut().unwrap().remove("took_ms").unwrap();
        answer
    }

    fn caches(&self) -> Vec<PathBuf> {
        let folder = self.data.path().join("vectors");
        let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    fn cache(&self) -> PathBuf {
        let [file] = &self.caches()[..] else { panic!("one cache: {:?}", self.caches()) };
        file.clone()
    }
}

#[test]
fn vectors_are_cached_and_the_cache_changes_no_answer() {
    let (place, model) = (Place::new(), tiny_model(1));
    let first = place.answer(model.path());
    assert_eq!(first["citations"][0]["file"], "bread.md");
    let written = fs::read(place.cache()).unwrap();
    assert_eq!(place.answer(model.path()), first);
    assert_eq!(fs::read(place.cache()).unwrap(), written, "nothing was new");
}

#[test]
fn a_cache_that_is_cut_damaged_or_of_another_model_is_made_anew() {
    let (place, model) = (Place::new(), tiny_model(1));
    let right = place.answer(model.path());
    let whole = fs::read(place.cache()).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    let cut = whole[..whole.len() - 40].to_vec();
    for (what, bytes) in [("cut", cut), ("flipped", flipped), ("empty", Vec::new()), ("text", b"not a cache".to_vec())] {
        fs::write(place.cache(), bytes).unwrap();
        let ran = place.ask(model.path()).exits(0);
        assert!(ran.err.contains("damaged"), "{what}: {ran}");
        assert_eq!(place.answer(model.path()), right, "{what}");
        assert_eq!(fs::read(place.cache()).unwrap(), whole, "{what}: it is whole again");
    }
    // Another model's vectors under this one's name.
    let other = tiny_model(2);
    let of_other = { Place { posts: TempDir::new().unwrap(), ..Place::new() } };
    fs::write(of_other.posts.path().join("bread.md"), post("Bread", "The bakery sells sourdough bread on Tuesdays.")).unwrap();
    of_other.ask(other.path());
    fs::copy(of_other.cache(), place.cache()).unwrap();
    assert_eq!(place.answer(model.path()), right);
    // And beside it: each model has its own file.
    place.ask(other.path());
    assert_eq!(place.caches().len(), 2);
}

#[test]
fn only_what_changed_is_encoded_and_a_changed_text_gets_its_own_vector() {
    let (place, model) = (Place::new(), tiny_model(1));
    place.answer(model.path());
    let before = fs::read(place.cache()).unwrap().len();
    let changed = post("Bread", "The bakery sells water on Tuesdays.");
    fs::write(place.posts.path().join("bread.md"), &changed).unwrap();
    let after = place.answer(model.path());
    assert!(after["citations"][0]["highlight"].as_str().unwrap().contains("water"), "{after}");
    // One sentence is new, which is its passage too: one block, with its count, a name of 16 bytes, the vector, a checksum.
    assert_eq!(fs::read(place.cache()).unwrap().len(), before + 4 + 16 + 2 * HIDDEN + 32);
    let fresh = Place { data: TempDir::new().unwrap(), ..place };
    assert_eq!(fresh.answer(model.path()), after, "the cache changes no answer");
}

#[test]
fn a_cache_that_cannot_be_written_is_no_reason_not_to_answer() {
    let (place, model) = (Place::new(), tiny_model(1));
    fs::write(place.data.path().join("vectors"), "a file where the folder should be").unwrap();
    let ran = place.ask(model.path()).exits(0);
    assert!(ran.err.contains("cache of vectors"), "{ran}");
}

/// What is done to a model's folder, and what must be told of it.
type Broken = (fn(&Path), &'static [&'static str]);

#[test]
fn a_model_that_cannot_be_used_is_told_with_its_file() {
    let cases: &[Broken] = &[
        (|model| fs::remove_file(model.join("config.json")).unwrap(), &["config.json", "fetch-encoder"]),
        (|model| fs::remove_file(model.join("tokenizer.json")).unwrap(), &["tokenizer.json", "fetch-encoder"]),
        (|model| fs::remove_file(model.join("model.safetensors")).unwrap(), &["model.safetensors", "fetch-encoder"]),
        (|model| fs::remove_dir_all(model.join("1_Pooling")).unwrap(), &["1_Pooling/config.json", "fetch-encoder"]),
        (|model| fs::write(model.join("config.json"), "{}").unwrap(), &["config.json", "missing field"]),
        (|model| fs::write(model.join("config.json"), r#"{"model_type": "roberta"}"#).unwrap(), &["config.json", "roberta"]),
        (|model| fs::write(model.join("tokenizer.json"), "{").unwrap(), &["tokenizer.json"]),
        (|model| fs::write(model.join("model.safetensors"), "weights").unwrap(), &["model.safetensors"]),
        (cut_weights, &["model.safetensors"]),
        (wrong_shape, &["model.safetensors", "shape"]),
        (no_numbers, &["no numbers"]),
        (missing_tensor, &["model.safetensors", "encoder.layer.0.output.dense.weight"]),
        (|model| fs::write(model.join("1_Pooling/config.json"), r#"{"pooling_mode_max_tokens": true}"#).unwrap(), &["pooling"]),
        (|model| fs::remove_dir_all(model).unwrap(), &["no encoder", "search.encoder"]),
    ];
    for (break_it, told) in cases {
        let (place, model) = (Place::new(), tiny_model(1));
        break_it(model.path());
        place.ask(model.path()).fails_telling(told);
        place.mynah(model.path(), &["check"]).run().fails_telling(told);
    }
}

fn cut_weights(model: &Path) {
    let file = model.join("model.safetensors");
    let bytes = fs::read(&file).unwrap();
    fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
}

fn wrong_shape(model: &Path) {
    let mut tensors = tensors(1);
    let name = "encoder.layer.0.intermediate.dense.weight";
    tensors.insert(name.to_owned(), Tensor::new(vec![HIDDEN; 2], [0.0; HIDDEN * HIDDEN]));
    save(model, &tensors);
}

fn no_numbers(model: &Path) {
    let mut tensors = tensors(1);
    let name = "encoder.layer.0.output.dense.bias";
    tensors.insert(name.to_owned(), Tensor::new(vec![HIDDEN], [f32::NAN; HIDDEN]));
    save(model, &tensors);
}

fn missing_tensor(model: &Path) {
    let mut tensors = tensors(1);
    tensors.remove("encoder.layer.0.output.dense.weight").unwrap();
    save(model, &tensors);
}

#[test]
fn a_text_longer_than_the_model_reads_is_cut_and_an_empty_one_is_no_error() {
    let model = tiny_model(1);
    let encoder = Encoder::load(model.path()).unwrap();
    let long = encoder.encode(&"bread ".repeat(5_000)).unwrap();
    // [CLS] and [SEP] are two of the 512.
    assert_eq!(long, encoder.encode(&"bread ".repeat(POSITIONS - 2)).unwrap());
    assert_ne!(long, encoder.encode(&"bread ".repeat(POSITIONS - 3)).unwrap());
    assert!((long.cosine(&long) - 1.0).abs() < 1e-5);
    encoder.encode("").unwrap();
}

#[test]
fn a_hub_cache_is_a_model_too() {
    let (place, model) = (Place::new(), tiny_model(1));
    let right = place.answer(model.path());
    let hub = TempDir::new().unwrap();
    fs::create_dir_all(hub.path().join("refs")).unwrap();
    fs::create_dir_all(hub.path().join("snapshots")).unwrap();
    fs::write(hub.path().join("refs/main"), "c0ffee").unwrap();
    fs::rename(model.path(), hub.path().join("snapshots/c0ffee")).unwrap();
    assert_eq!(place.answer(hub.path()), right);
}

/// The built-in weights as a file of one's own.
const WEIGHTS: &str = "config/weights.toml";

#[test]
fn the_built_in_weights_tell_that_they_were_fitted_with_another_encoder_and_a_file_of_ones_own_is_refused() {
    let (place, model) = (Place::new(), tiny_model(1));
    let ran = place.ask(model.path()).exits(0);
    assert!(ran.err.contains("the weights for meaning were fitted with the encoder") && ran.err.contains("mynah fit"), "{ran}");
    let with = |weights: &str, model: &Path| {
        let weights = shown(&root().join(weights));
        place.mynah(model, &["ask", "what", "does", "the", "bakery", "sell"]).env("MYNAH__SEARCH__WEIGHTS", &weights).run()
    };
    let refused = with(WEIGHTS, model.path()).exits(2);
    assert!(
        refused.err.contains("weights.toml: the weights for meaning were fitted with") && refused.err.contains("search.weights")
    );
    // By words alone they go with anything.
    let by_words = place.mynah(Path::new(""), &["ask", "what", "does", "the", "bakery", "sell"]);
    by_words.env("MYNAH__SEARCH__WEIGHTS", &shown(&root().join(WEIGHTS))).run().exits(0);
}

#[test]
fn weights_that_were_fitted_with_an_encoder_name_it_and_go_with_it_alone() {
    let (place, model) = (Place::new(), tiny_model(1));
    let questions = [
        ("a", "what does the bakery sell", "bread.md", "sells sourdough bread"),
        ("b", "where do mallards swim", "pond.md", "water never freezes"),
    ];
    let line = |(id, question, file, quote): (&str, &str, &str, &str)| {
        json!({"id": id, "question": question, "answerable": true, "gold": [{"file": file, "quote": quote}]}).to_string() + "\n"
    };
    let (_folder, set) = crate::harness::file("set.jsonl", &questions.map(line).concat());
    let (out, weights) = crate::harness::file("weights.toml", "");
    let corpus = shown(place.posts.path());
    // Without `--corpus`: a set names its own posts.
    let fit = mynah(["fit", "--set", &format!("{set}={corpus}"), "--output", &weights])
        .env("MYNAH__SEARCH__ENCODER", &shown(model.path()))
        .env("MYNAH__DATA_DIR", &shown(place.data.path()))
        .run()
        .exits(0);
    let written = fs::read_to_string(out.path().join("weights.toml")).unwrap();
    let sum: String =
        Sha256::digest(fs::read(model.path().join("model.safetensors")).unwrap()).iter().map(|b| format!("{b:02x}")).collect();
    assert!(written.contains(&format!("[meaning]\nencoder = \"{sum}\"")), "{fit}\n{written}");
    let ask = |model: &Path| {
        place.mynah(model, &["ask", "what", "does", "the", "bakery", "sell"]).env("MYNAH__SEARCH__WEIGHTS", &weights).run()
    };
    assert!(!ask(model.path()).err.contains("fitted"), "they go together");
    ask(tiny_model(2).path()).exits(2);
}
