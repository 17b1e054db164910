//! Measures what the reader costs: one window of 64, 96 and 128 tokens, and a dozen of 128, as a question in the middle reads.
//! And what loading it costs beside the encoder.
//!
//! Needs an encoder in `data/encoder`, which `scripts/fetch-encoder` brings.
//!
//! Run, on one core: `RAYON_NUM_THREADS=1 cargo bench --bench reader`

use std::path::Path;
use std::sync::LazyLock;

use divan::Bencher;
use mynah::reader::{Reader, Window};
use mynah::search::Encoder;

/// The question's tokens, [CLS], two [SEP].
const AROUND: usize = 8 + 3;
const QUESTION: &str = "when does the bakery open on sundays?";

static ENCODER: LazyLock<Option<Encoder>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/encoder");
    folder.is_dir().then(|| Encoder::load(&folder).expect("the encoder in data/encoder can be used"))
});
static READER: LazyLock<Option<Reader>> =
    LazyLock::new(|| ENCODER.as_ref().map(|encoder| Reader::built_in(encoder).expect("the reader goes with its encoder")));

fn main() {
    if READER.is_none() {
        println!("\nNOT MEASURED: reader: no encoder in data/encoder; scripts/fetch-encoder brings one");
        return;
    }
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
    let Some(reader) = READER.as_ref() else { return };
    let windows = [window(tokens)];
    bencher.bench(|| reader.read(QUESTION, &windows).expect("numbers"));
}

#[divan::bench(sample_count = 20)]
fn a_dozen_windows_of_128_tokens(bencher: Bencher) {
    let Some(reader) = READER.as_ref() else { return };
    let windows = vec![window(128); 12];
    bencher.bench(|| reader.read(QUESTION, &windows).expect("numbers"));
}

#[divan::bench(sample_count = 5)]
fn loading(bencher: Bencher) {
    let Some(encoder) = ENCODER.as_ref() else { return };
    bencher.bench(|| Reader::built_in(encoder).expect("the reader goes with its encoder"));
}
