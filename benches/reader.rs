//! Measures what the reader costs: one window of 64, 96 and 128 tokens, and a dozen of 128, as a question in the middle reads.
//! And what loading it costs beside the encoder.
//!
//! Needs the encoder in `data/encoder`, which `scripts/fetch-encoder` brings.
//!
//! Run, on one core: `RAYON_NUM_THREADS=1 cargo bench --bench reader`

mod common;

use std::sync::LazyLock;

use divan::Bencher;
use mynah::reader::{Reader, Window};
use mynah::search::Encoder;

/// The question's tokens, [CLS], two [SEP].
const AROUND: usize = 8 + 3;
const QUESTION: &str = "when does the bakery open on sundays?";

static ENCODER: LazyLock<Encoder> = LazyLock::new(common::encoder);
static READER: LazyLock<Reader> = LazyLock::new(|| Reader::built_in(&ENCODER).expect("the reader goes with its encoder"));

fn main() {
    // Before the first table's head, which would stand over nothing.
    LazyLock::force(&READER);
    divan::main();
}

/// A window of so many tokens with the question: sentences of ten.
fn window(tokens: usize) -> Window {
    let count = tokens - AROUND;
    let sentence = |tokens: usize| "bread ".repeat(tokens).trim_end().to_owned();
    let mut sentences = vec![sentence(10); count / 10];
    sentences.push(sentence(count % 10));
    Window { context: String::new(), sentences }
}

#[divan::bench(args = [64, 96, 128])]
fn a_window_of_tokens(bencher: Bencher, tokens: usize) {
    let windows = [window(tokens)];
    bencher.bench(|| READER.read(QUESTION, &windows).expect("numbers"));
}

#[divan::bench(sample_count = 20)]
fn a_dozen_windows_of_128_tokens(bencher: Bencher) {
    let windows = vec![window(128); 12];
    bencher.bench(|| READER.read(QUESTION, &windows).expect("numbers"));
}

#[divan::bench(sample_count = 5)]
fn loading(bencher: Bencher) {
    bencher.bench(|| Reader::built_in(&ENCODER).expect("the reader goes with its encoder"));
}
