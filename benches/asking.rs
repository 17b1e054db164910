//! Measures the time of one question through `Engine::ask`: of every question in `tests/eval/*.jsonl`, each many times, and of
//! questions of 2,000 characters that are as bad as they come (words of the posts, random letters, both mixed with typos; the
//! same ones in every run). On the 78 posts that `scripts/fetch-posts` brings (else `corpus/`, or the folder in
//! `$BENCH_POSTS`).
//!
//! Run: `cargo bench --bench asking`

mod common;

use std::time::Duration;

use mynah::answer::{Engine, MAX_QUESTION_CHARS, Question};
use mynah::search::analysis;

use common::{micros, quantile, row, timed};

/// How often the whole question set is asked.
const ROUNDS: usize = 60;
/// Long questions of each sort.
const LONG_QUESTIONS: usize = 150;
/// How often each long question is asked: the shortest time is its own, the rest is the machine's.
const LONG_ROUNDS: usize = 3;
/// Where the random words begin.
const SEED: u64 = 0x6d79_6e61_6831;

fn main() {
    let folder = common::posts_folder();
    let engine = common::engine(common::load(&folder));
    common::print_head("One question", &folder, engine.corpus());
    let questions = common::questions();
    row("the first question of the process", micros(timed(|| engine.ask(&questions[0]))), "µs");
    print_usual(&engine, &questions);
    print_longest(&engine);
}

fn print_usual(engine: &Engine, questions: &[Question]) {
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); questions.len()];
    for _ in 0..common::rounds(ROUNDS) {
        for (question, times) in questions.iter().zip(&mut times) {
            times.push(timed(|| engine.ask(question)));
        }
    }
    let mut all: Vec<Duration> = times.concat();
    all.sort_unstable();
    let asked = format!("{} questions × {}", questions.len(), times[0].len());
    row(&format!("p50 ({asked})"), micros(quantile(&all, 0.5)), "µs");
    row("p99", micros(quantile(&all, 0.99)), "µs");
    row("max", micros(quantile(&all, 1.0)), "µs");
    let of_each = times.into_iter().map(|mut times| {
        times.sort_unstable();
        quantile(&times, 0.5)
    });
    if let Some((slowest, question)) = of_each.zip(questions).max_by_key(|(time, _)| *time) {
        row(&format!("the slowest one's median ({})", question.id), micros(slowest), "µs");
    }
}

fn print_longest(engine: &Engine) {
    let words = words_of_posts(engine);
    let mut random = Random(SEED);
    type Sort = fn(&[String], &mut Random) -> String;
    let sorts: [(&str, Sort); 3] = [
        ("words of the posts", |words, random| random.pick(words).clone()),
        ("random letters", |_, random| random.letters()),
        ("both, and typos", |words, random| match random.below(3) {
            0 => random.pick(words).clone(),
            1 => random.letters(),
            _ => random.mistyped(words),
        }),
    ];
    let asked = common::rounds(LONG_QUESTIONS);
    for (name, sort) in sorts {
        let mut worst = Duration::ZERO;
        let mut worst_of_best = Duration::ZERO;
        for _ in 0..asked {
            let question = Question::new(long_question(|| sort(&words, &mut random)));
            let times = [(); LONG_ROUNDS].map(|()| timed(|| engine.ask(&question)));
            worst = times.into_iter().fold(worst, Duration::max);
            worst_of_best = worst_of_best.max(times.into_iter().fold(Duration::MAX, Duration::min));
        }
        row(&format!("longest of {asked} × {MAX_QUESTION_CHARS} characters: {name}"), micros(worst), "µs");
        row(&format!("  the same, best of {LONG_ROUNDS} times each"), micros(worst_of_best), "µs");
    }
}

/// The different words of the posts as written, sorted.
fn words_of_posts(engine: &Engine) -> Vec<String> {
    let posts = engine.corpus().posts.iter();
    let mut words: Vec<String> = posts.flat_map(|post| analysis::words(&post.text)).map(|word| word.text).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Words until the question is as long as a question may be.
fn long_question(mut word: impl FnMut() -> String) -> String {
    let mut text = String::new();
    while text.chars().count() < MAX_QUESTION_CHARS {
        text.push_str(&word());
        text.push(' ');
    }
    text.chars().take(MAX_QUESTION_CHARS).collect()
}

/// The same numbers in every run: a counter whose bits are mixed by a multiplication and a fold, which is random enough here.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let product = u128::from(self.0) * u128::from(self.0 ^ 0xd6e8_feb8_6659_fd93);
        let mixed = (product >> 64) as u64 ^ product as u64;
        (mixed % end.max(1) as u64) as usize
    }

    fn pick<'a>(&mut self, words: &'a [String]) -> &'a String {
        &words[self.below(words.len())]
    }

    fn letter(&mut self) -> char {
        char::from(b'a' + self.below(26) as u8)
    }

    /// 3 to 12 letters.
    fn letters(&mut self) -> String {
        (0..3 + self.below(10)).map(|_| self.letter()).collect()
    }

    /// A word of the posts with one letter replaced.
    fn mistyped(&mut self, words: &[String]) -> String {
        let mut letters: Vec<char> = self.pick(words).chars().collect();
        let at = self.below(letters.len());
        letters[at] = self.letter();
        letters.into_iter().collect()
    }
}
