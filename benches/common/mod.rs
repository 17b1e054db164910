//! What the benchmarks share: the posts, the questions, order statistics and the rows of a table.
#![allow(dead_code, reason = "each benchmark uses a part of it")]

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::civil::{Date, date};
use mynah::answer::{Engine, Pointers, Question};
use mynah::corpus::Corpus;
use mynah::questions;
use mynah::search::{Encoder, Families};

/// Names a folder of posts to use instead of the usual ones.
const POSTS_VARIABLE: &str = "BENCH_POSTS";
/// The day the questions are asked: a fixed one, so that every run reads `last year` alike.
const ASKED_ON: Date = date(2025, 6, 1);

/// A folder of the project, or of what its scripts bring.
pub(crate) fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The few posts that are part of the project.
pub(crate) fn few_posts() -> PathBuf {
    folder("corpus")
}

/// The folder of the posts: `$BENCH_POSTS`, else the 78 that `scripts/fetch-posts` brings, else the few in `corpus/`.
pub(crate) fn posts_folder() -> PathBuf {
    let usual = folder("data/posts/starlingx");
    match std::env::var_os(POSTS_VARIABLE) {
        Some(named) => PathBuf::from(named),
        None if usual.is_dir() => usual,
        None => few_posts(),
    }
}

/// The encoder that `scripts/fetch-encoder` brings. A benchmark that needs it stops without it: a figure that is not there is no
/// success.
pub(crate) fn encoder() -> Encoder {
    match Encoder::load(&folder("data/encoder")) {
        Ok(encoder) => encoder,
        Err(error) => panic!("no encoder to measure: {error}; `scripts/fetch-encoder` brings it"),
    }
}

/// Reads the posts.
pub(crate) fn load(folder: &Path) -> Corpus {
    match Corpus::load(folder, "https://example.org/{slug}/") {
        Ok((corpus, _)) => corpus,
        Err(error) => panic!("no posts to measure on: {error}; ${POSTS_VARIABLE} names another folder"),
    }
}

/// Indexes the posts with the built-in families and pointers.
pub(crate) fn engine(corpus: Corpus) -> Engine {
    Engine::new(corpus, Families::built_in().with_names(&["StarlingX", "STX"]), Pointers::built_in())
        .expect("the index fits into memory")
}

/// Prints what is measured on.
pub(crate) fn print_head(what: &str, folder: &Path, corpus: &Corpus) {
    let (posts, passages) = (corpus.posts.len(), corpus.passages.len());
    let unnamed = std::env::var_os(POSTS_VARIABLE).is_none();
    let note = if unnamed && folder == few_posts() {
        "; these are the few of corpus/: `scripts/fetch-posts starlingx` brings the 78 of docs/figures.md".to_owned()
    } else {
        String::new()
    };
    println!("\n{what} ({posts} posts, {passages} passages{note})");
}

/// Prints a row of a table: what, how much, in which unit.
pub(crate) fn row(what: &str, value: impl Display, unit: &str) {
    println!("  {what:<58} {value:>10}  {unit}");
}

/// The questions of `tests/eval/*.jsonl`, in the order of the files' names.
pub(crate) fn questions() -> Vec<Question> {
    let entries = std::fs::read_dir(folder("tests/eval")).expect("tests/eval can be listed");
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "jsonl"));
    files.sort();
    let lines = files.iter().flat_map(|file| questions::read(file).expect("a well-formed question set"));
    let questions: Vec<Question> = lines.map(|line| line.to_question(ASKED_ON)).collect();
    assert!(!questions.is_empty(), "tests/eval holds question sets");
    questions
}

/// `full` under `cargo bench`; 1 elsewhere, where `cargo test --all-targets` only wants to see that it runs.
pub(crate) fn rounds(full: usize) -> usize {
    if std::env::args().any(|argument| argument == "--bench") { full } else { 1 }
}

/// How long `work` takes.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    let result = std::hint::black_box(work());
    let took = start.elapsed();
    drop(result);
    took
}

/// The value below which a share of the sorted `values` lies (nearest rank).
pub(crate) fn quantile<T: Copy>(sorted: &[T], share: f64) -> T {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    quantile(&values, 0.5)
}

/// Microseconds, to a tenth.
pub(crate) fn micros(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e6)
}

/// Milliseconds, to a hundredth.
pub(crate) fn millis(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1e3)
}

/// Bytes of a field of `/proc/self/status`, which counts in kB of 1,024 bytes; `None` on other systems.
pub(crate) fn held(field: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? * 1024.0)
}

/// The same as megabytes in words.
pub(crate) fn resident_megabytes(field: &str) -> String {
    held(field).map_or_else(|| "–".to_owned(), |bytes| format!("{:.1}", bytes / 1e6))
}
