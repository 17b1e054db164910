//! Measures the memory that the process holds (resident set size): before anything, with the posts read and indexed, and after
//! 1,000 questions of `tests/eval/*.jsonl`; and the most it ever held. On the 78 posts that `scripts/fetch-posts` brings (else
//! `corpus/`, or the folder in `$BENCH_POSTS`). Linux only: read from `/proc/self/status`.
//!
//! Run: `cargo bench --bench memory`

mod common;

use common::{held, row};

/// Questions asked.
const QUESTIONS: usize = 1_000;

fn main() {
    let folder = common::posts_folder();
    let questions = common::questions();
    let before = held("VmRSS");
    let engine = common::engine(common::load(&folder));
    let built = held("VmRSS");
    let most_at_start = held("VmHWM");
    for question in questions.iter().cycle().take(QUESTIONS) {
        std::hint::black_box(engine.ask(question));
    }
    let asked = held("VmRSS");
    let most = held("VmHWM");

    common::print_head("Memory", &folder, engine.corpus());
    let text: usize = engine.corpus().posts.iter().map(|post| post.text.len()).sum();
    row("text of the posts", megabytes(text as f64), "MB");
    print("before the posts are read", before);
    print("with the engine over them", built);
    print("  of it the engine", difference(built, before));
    print(&format!("after {QUESTIONS} questions ({} different ones)", questions.len().min(QUESTIONS)), asked);
    print("the most, while the engine was built", most_at_start);
    print("the most at any time", most);
}

fn difference(after: Option<f64>, before: Option<f64>) -> Option<f64> {
    Some(after? - before?)
}

fn print(what: &str, bytes: Option<f64>) {
    match bytes {
        Some(bytes) => row(what, megabytes(bytes), "MB"),
        None => row(what, "–", "not on this system"),
    }
}

fn megabytes(bytes: f64) -> String {
    format!("{:.1}", bytes / 1e6)
}
