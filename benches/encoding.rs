//! Measures what the sentence encoder costs: a question's vector, a whole answer with it and without, and the posts' vectors,
//! one by one and together. All questions of `tests/eval/*.jsonl`, on the 78 posts that `scripts/fetch-posts` brings (else `corpus/`, or
//! the folder in `$BENCH_POSTS`).
//!
//! Needs the encoder in `data/encoder`, which `scripts/fetch-encoder` brings.
//!
//! Run, on one core: `RAYON_NUM_THREADS=1 cargo bench --bench encoding`

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mynah::answer::{Engine, Question};
use mynah::corpus::Corpus;
use mynah::search::Encoder;

use common::{millis, quantile, row, timed};

/// How often each question is asked.
const ROUNDS: usize = 10;
/// The most that one question may cost with the encoder, in milliseconds of one core.
const LIMIT_MS: f64 = 15.0;
/// Sentences that are encoded to measure their rate.
const SENTENCES: usize = 200;

fn main() {
    let folder = common::posts_folder();
    let by_words = common::engine(common::load(&folder));
    common::print_head("The encoder", &folder, by_words.corpus());
    let mut encoder = None;
    let loaded = timed(|| encoder = Some(common::encoder()));
    let encoder = Arc::new(encoder.expect("it was loaded"));
    row("loading the model", millis(loaded), "ms");
    row("one sentence of the posts", millis(per_sentence(&encoder, &by_words)), "ms");
    let texts = AtomicUsize::new(0);
    let mut with_meaning = None;
    let took = timed(|| {
        let progress = |_, all| texts.store(all, Ordering::Relaxed);
        let some = if common::rounds(2) > 1 { by_words.clone() } else { common::engine(Corpus::default()) };
        with_meaning = some.with_encoder(encoder.clone(), None, &progress).ok();
    });
    let with_meaning = with_meaning.expect("the posts can be encoded");
    let rate = texts.into_inner() as f64 / took.as_secs_f64();
    row(&format!("all texts of the posts, on {} threads", rayon::current_num_threads()), format!("{rate:.1}"), "1/s");
    let questions = common::questions();
    print_times("a question's vector", &questions, |q| drop(encoder.encode(&q.text)));
    print_times("an answer by words", &questions, |q| drop(by_words.ask(q)));
    let slowest = print_times("an answer by words and meaning", &questions, |q| drop(with_meaning.ask(q)));
    row(&format!("  the slowest question's median, limit {LIMIT_MS}"), format!("{slowest:.2}"), "ms");
    let long = Question::new("which alarms are raised when ".repeat(70));
    let times: Vec<Duration> = (0..common::rounds(ROUNDS)).map(|_| timed(|| with_meaning.ask(&long))).collect();
    row("a question of 2,000 characters, the fastest time", millis(times.into_iter().min().unwrap_or_default()), "ms");
}

/// Prints the quantiles over all questions; returns the slowest question's median, in milliseconds.
fn print_times(what: &str, questions: &[Question], ask: impl Fn(&Question)) -> f64 {
    let rounds = common::rounds(ROUNDS);
    let mut of_each: Vec<Vec<Duration>> = Vec::new();
    for question in questions {
        let mut times: Vec<Duration> = (0..rounds).map(|_| timed(|| ask(question))).collect();
        times.sort_unstable();
        of_each.push(times);
    }
    let mut all: Vec<Duration> = of_each.concat();
    all.sort_unstable();
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        row(&format!("{what}, {name}"), millis(quantile(&all, share)), "ms");
    }
    of_each.iter().map(|times| quantile(times, 0.5).as_secs_f64() * 1e3).fold(0.0, f64::max)
}

fn per_sentence(encoder: &Encoder, engine: &Engine) -> Duration {
    let corpus = engine.corpus();
    let sentences = corpus.passages.iter().flat_map(|passage| &passage.sentences).map(|sentence| sentence.plain.as_str());
    let some: Vec<&str> = sentences.step_by(7).take(if common::rounds(2) > 1 { SENTENCES } else { 3 }).collect();
    let took = timed(|| some.iter().for_each(|sentence| drop(encoder.encode(sentence))));
    took / some.len().max(1) as u32
}
