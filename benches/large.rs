//! Measures a large community's posts: the time to the first answer, 500 questions by words and with meaning, memory, the cache
//! of vectors and the time to encode. On openSUSE's 2,289 posts, which `scripts/fetch-posts opensuse` brings, or the folder in
//! `$BENCH_LARGE_POSTS`.
//!
//! Encoding them takes some ten minutes, once: vectors are kept in `$BENCH_CACHE`, else in the system's folder for what is
//! temporary. Needs the encoder in `data/encoder`, which `scripts/fetch-encoder` brings. Memory is read from `/proc/self/status`
//! (Linux only).
//!
//! Run: `cargo bench --bench large`

mod common;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mynah::answer::{Engine, Question};

use common::{millis, quantile, resident_megabytes, row, timed};

/// Questions asked, each once: whatever is slow the first time is in the figures.
const QUESTIONS: usize = 500;
/// The most that 99 of 100 questions may take, in milliseconds: by words, and with meaning.
const LIMITS_MS: [f64; 2] = [5.0, 40.0];
/// The most that the process may hold with meaning, in megabytes.
const LIMIT_MB: f64 = 400.0;

fn main() -> ExitCode {
    // `cargo test --all-targets` only wants to see that it runs: few posts do, by words.
    let in_full = common::rounds(2) > 1;
    let Some(folder) = (if in_full { posts() } else { Some(common::few_posts()) }) else {
        eprintln!("large: no posts: `scripts/fetch-posts opensuse` brings them, or name a folder in $BENCH_LARGE_POSTS");
        return ExitCode::FAILURE;
    };
    let began = Instant::now();
    let engine = common::engine(common::load(&folder));
    let questions = questions(&engine);
    let first = timed(|| engine.ask(&questions[0]));
    let until_first = began.elapsed();
    common::print_head("A large community", &folder, engine.corpus());
    row("from nothing to the first answer by words", millis(until_first), "ms");
    row("  of it the answer", millis(first), "ms");
    row("resident memory, by words", resident_megabytes("VmRSS"), "MB");
    print_times("by words", &engine, &questions, LIMITS_MS[0]);
    if in_full {
        with_meaning(engine, &questions);
    }
    ExitCode::SUCCESS
}

fn posts() -> Option<PathBuf> {
    let usual = common::folder("data/posts/opensuse");
    match std::env::var_os("BENCH_LARGE_POSTS") {
        Some(named) => Some(named.into()),
        None => usual.is_dir().then_some(usual),
    }
}

/// Those of `tests/eval`, then titles of posts, spread over all of them: questions in the posts' own words.
fn questions(engine: &Engine) -> Vec<Question> {
    let mut questions = common::questions();
    questions.truncate(QUESTIONS);
    let posts = &engine.corpus().posts;
    let missing = QUESTIONS - questions.len();
    let some = posts.iter().step_by((posts.len() / missing.max(1)).max(1)).take(missing);
    questions.extend(some.map(|post| Question::new(format!("what about {}?", post.title))));
    questions
}

fn print_times(what: &str, engine: &Engine, questions: &[Question], limit: f64) {
    let mut times: Vec<Duration> = questions.iter().map(|question| timed(|| engine.ask(question))).collect();
    times.sort_unstable();
    row(&format!("{} questions {what}, p50", times.len()), millis(quantile(&times, 0.5)), "ms");
    row(&format!("  p99, limit {limit}"), millis(quantile(&times, 0.99)), "ms");
    row("  longest", millis(quantile(&times, 1.0)), "ms");
}

fn with_meaning(engine: Engine, questions: &[Question]) {
    let encoder = Arc::new(common::encoder());
    let named = std::env::var_os("BENCH_CACHE").map(PathBuf::from);
    let cache = named.unwrap_or_else(|| std::env::temp_dir().join("mynah-bench-large"));
    let encoded = AtomicUsize::new(0);
    let began = Instant::now();
    let progress = |done: usize, all: usize| {
        encoded.fetch_max(done, Ordering::Relaxed);
        if done.is_multiple_of(5_000) {
            eprintln!("  {done} of {all} texts encoded");
        }
    };
    let engine = engine.with_encoder(encoder, Some(&cache), &progress).expect("the posts can be encoded");
    let took = began.elapsed().as_secs_f64();
    let encoded = encoded.into_inner();
    row(&format!("encoding {encoded} texts that were not in the cache"), format!("{took:.1}"), "s");
    if encoded > 0 {
        row("  texts a second", format!("{:.1}", encoded as f64 / took), "1/s");
    }
    row("size of the cache", megabytes_of(&cache), "MB");
    print_times("with meaning", &engine, questions, LIMITS_MS[1]);
    row(&format!("resident memory, with meaning, limit {LIMIT_MB}"), resident_megabytes("VmRSS"), "MB");
    row("  the most at any time", resident_megabytes("VmHWM"), "MB");
}

fn megabytes_of(folder: &Path) -> String {
    let files = std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| entry.ok()?.metadata().ok());
    format!("{:.1}", files.map(|file| file.len()).sum::<u64>() as f64 / 1e6)
}
