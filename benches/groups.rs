//! Measures how good the groups of like questions are: the adjusted Rand index against the truth, by meaning and by words, with what
//! the numbers of the method were chosen on and on what was left out; and how long the groups of many questions take.
//!
//! The questions are those that seven communities' posts don't answer, each with three paraphrases (`tests/insight/paraphrases.jsonl`,
//! written by hand). Those of StarlingX are in `tests/eval`; those of the other six in `data/questions`, where `scripts/fetch-posts
//! --from FOLDER` brings them.
//!
//! Needs the encoder in `data/encoder`, which `scripts/fetch-encoder` brings.
//!
//! Run: `cargo bench --no-default-features --features insight --bench groups`; with `-- --choose`, a table of the methods on the sets
//! that they are chosen on.

mod common;

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use mynah::answer::{Engine, Pointers, Question, Verdict};
use mynah::corpus::Corpus;
use mynah::ids::EventId;
use mynah::insight::{Group, Kept, MAX_WORDINGS, Method, Place, Said, Scope, Store, Votes, Wordings, adjusted_rand, digest};
use mynah::questions;
use mynah::search::{Encoder, Families, Vector};
use serde::Deserialize;

use common::{millis, row, timed};

/// The sets that the method's numbers were chosen on.
const CHOSEN_ON: [&str; 4] = ["starlingx", "etcd", "kata", "pypi"];
/// Those that were left out.
const LEFT_OUT: [&str; 3] = ["otel", "servo", "swift"];

/// A line of `paraphrases.jsonl`: ways to ask one thing.
#[derive(Deserialize)]
struct Line {
    set: String,
    /// The ids of the set's questions that ask it.
    of: Vec<String>,
    /// Paraphrases of them.
    asked: Vec<String>,
}

/// Texts, the number of what each asks, and its vector.
#[derive(Clone, Default)]
struct Set {
    texts: Vec<String>,
    truth: Vec<usize>,
    vectors: Vec<Vector>,
}

impl Set {
    fn push(&mut self, text: String, truth: usize, encoder: &Encoder) {
        self.vectors.push(encoder.encode_beginning(&text, 48).expect("a question can be encoded"));
        self.texts.push(text);
        self.truth.push(truth);
    }

    /// The questions as far as `keep` takes them, by the number of what they ask and by which of its wordings they are.
    fn only(&self, keep: impl Fn(usize, usize) -> bool) -> Self {
        let mut seen: HashMap<usize, usize> = HashMap::new();
        let mut some = Self::default();
        for at in 0..self.texts.len() {
            let wording = seen.entry(self.truth[at]).or_default();
            if keep(self.truth[at], *wording) {
                some.texts.push(self.texts[at].clone());
                some.truth.push(self.truth[at]);
                some.vectors.push(self.vectors[at].clone());
            }
            *wording += 1;
        }
        some
    }

    /// The adjusted Rand index of its groups.
    fn index(&self, method: Method, meaning: bool) -> f64 {
        adjusted_rand(&self.groups(method, meaning), &self.truth)
    }

    fn groups(&self, method: Method, meaning: bool) -> Vec<usize> {
        let wordings = Wordings::of(&self.texts, &Families::built_in());
        let vectors: Vec<Vector> = wordings.examples().map(|at| self.vectors[at].clone()).collect();
        let mut found = vec![0; self.texts.len()];
        let groups = wordings.groups_by(meaning.then_some(&vectors), method);
        for (number, Group { members, .. }) in groups.iter().enumerate() {
            members.iter().for_each(|at| found[*at] = number);
        }
        found
    }
}

fn main() {
    let encoder = common::encoder();
    let sets = sets(&encoder);
    let count: usize = sets.values().map(|set| set.texts.len()).sum();
    println!("\nGroups of like questions (7 communities, {count} questions)");
    if std::env::args().any(|argument| argument == "--choose") {
        choose(&sets);
        return;
    }
    println!("  adjusted Rand index");
    for (what, meaning, method) in [("meaning", true, Method::MEANING), ("words", false, Method::WORDS)] {
        for (chosen, names) in [("chosen on", &CHOSEN_ON[..]), ("left out", &LEFT_OUT[..])] {
            for name in names {
                row(&format!("by {what}, {name} ({chosen})"), rounded(sets[*name].index(method, meaning)), "");
            }
            row(&format!("by {what}, mean of those {chosen}"), rounded(mean(&sets, names, method, meaning)), "");
            let uneven = |name: &&str| sets[*name].only(uneven).index(method, meaning);
            row("  with 1 to 4 wordings each", rounded(names.iter().map(uneven).sum::<f64>() / names.len() as f64), "");
        }
        row(&format!("by {what}, all seven mixed"), rounded(mixed(&sets).index(method, meaning)), "");
    }
    times(&mixed(&sets), encoder);
}

/// Of what is asked, the first to the fourth wordings in turn: groups of a room are not all of one size.
fn uneven(truth: usize, wording: usize) -> bool {
    wording <= truth % 4
}

fn rounded(index: f64) -> String {
    format!("{index:.3}")
}

fn mean(sets: &HashMap<String, Set>, names: &[&str], method: Method, meaning: bool) -> f64 {
    names.iter().map(|name| sets[*name].index(method, meaning)).sum::<f64>() / names.len() as f64
}

/// All sets as one.
fn mixed(sets: &HashMap<String, Set>) -> Set {
    let mut all = Set::default();
    for (number, name) in CHOSEN_ON.iter().chain(&LEFT_OUT).enumerate() {
        let set = &sets[*name];
        all.texts.extend(set.texts.iter().cloned());
        all.truth.extend(set.truth.iter().map(|truth| truth + number * 1_000));
        all.vectors.extend(set.vectors.iter().cloned());
    }
    all
}

fn sets(encoder: &Encoder) -> HashMap<String, Set> {
    let text = std::fs::read_to_string(common::folder("tests/insight/paraphrases.jsonl")).expect("the paraphrases");
    let mut originals: HashMap<String, HashMap<String, String>> = HashMap::new();
    let mut sets: HashMap<String, Set> = HashMap::new();
    for (number, line) in text.lines().enumerate() {
        let line: Line = serde_json::from_str(line).expect("a line of paraphrases");
        let known = originals.entry(line.set.clone()).or_insert_with(|| questions_of(&line.set));
        let asked = line.of.iter().filter_map(|id| known.get(id).cloned()).chain(line.asked);
        let set = sets.entry(line.set.clone()).or_default();
        asked.for_each(|text| set.push(text, number, encoder));
    }
    sets
}

/// A community's questions by their ids, as they are meant: a follow-up together with the question before it.
fn questions_of(set: &str) -> HashMap<String, String> {
    let files = match set {
        "starlingx" => ["seeds-dev", "blog-dev"].map(|name| common::folder(&format!("tests/eval/{name}.jsonl"))).to_vec(),
        other => vec![common::folder(&format!("data/questions/{other}.jsonl"))],
    };
    let engine = Engine::new(Corpus::default(), Families::default(), Pointers::default()).expect("an index of nothing");
    let read = |file: &PathBuf| {
        questions::read(file)
            .unwrap_or_else(|error| panic!("{error:#}; `scripts/fetch-posts --from FOLDER` brings {set}'s questions"))
    };
    let lines = files.iter().flat_map(read);
    let meant = |line: questions::QuestionLine| {
        let asked = engine.asked(Question { previous: line.previous, ..Question::new(line.question) });
        let text = asked.trace.analysis.together.map_or(asked.question.text, |joined| joined.text);
        (line.id, text)
    };
    lines.map(meant).collect()
}

/// What the methods come to on the sets that they are chosen on.
fn choose(sets: &HashMap<String, Set>) {
    let index = |method, meaning| {
        let uneven = |name: &&str| sets[*name].only(uneven).index(method, meaning);
        let uneven = CHOSEN_ON.iter().map(uneven).sum::<f64>() / CHOSEN_ON.len() as f64;
        format!("{:.3}/{:.3}", mean(sets, &CHOSEN_ON, method, meaning), uneven)
    };
    for shrink in [0.0, 20.0, 100.0, 1e9] {
        for words in [0.0, 0.1, 0.2, 0.3, 0.4, 0.5] {
            let least = [0.25, 0.28, 0.31, 0.34, 0.37, 0.4, 0.43, 0.46, 0.49, 0.52];
            let each: Vec<String> = least.iter().map(|least| index(Method { least: *least, words, shrink }, true)).collect();
            println!("  meaning, shrink {shrink}, words {words}, least {least:?}:\n    {}", each.join(" "));
        }
    }
    let least = [0.05, 0.08, 0.1, 0.12, 0.15, 0.18, 0.2, 0.23, 0.26, 0.3];
    let each: Vec<String> = least.iter().map(|least| index(Method { least: *least, ..Method::WORDS }, false)).collect();
    println!("  words, least {least:?}:\n    {}", each.join(" "));
}

/// How long it takes to group as many wordings as are grouped at most, and to tell the digest of many questions: those of all sets, again
/// and again, each with a word of its own.
fn times(set: &Set, encoder: Encoder) {
    let measured = common::rounds(2) > 1;
    let (count, kept) = if measured { (MAX_WORDINGS, KEPT) } else { (300, 300) };
    let texts: Vec<String> = (0..kept).map(|at| format!("{} nr{at}", set.texts[at % set.texts.len()])).collect();
    let wordings = Wordings::of(&texts[..count], &Families::built_in());
    let vectors: Vec<Vector> = wordings.examples().map(|at| set.vectors[at % set.texts.len()].clone()).collect();
    for (what, vectors) in [("meaning", Some(&vectors[..])), ("words", None)] {
        row(&format!("groups of {count} wordings by {what}"), millis(timed(|| wordings.groups(vectors))), "ms");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Store::open(&folder.path().join("insight.sqlite")).expect("a new store");
    for (at, text) in texts.iter().enumerate() {
        let event = format!("$event{at}").into();
        store.keep(&event, &[question(&event, at, text)]).expect("a question can be kept");
    }
    let empty = Engine::new(Corpus::default(), Families::built_in(), Pointers::default()).expect("an index of nothing");
    let engine = empty.with_encoder(encoder.into(), None, &|_, _| {}).expect("nothing to encode");
    let scope = Scope { now: NOW, period: Duration::from_secs(7 * 24 * 60 * 60), rooms: &|_| true };
    for what in ["the first time", "again"] {
        let took = timed(|| digest(&mut store, &engine, &scope).expect("a digest"));
        row(&format!("the digest of {kept} questions, {what}"), millis(took), "ms");
    }
}

/// Questions that a store may hold: 90 days of 500 and more.
const KEPT: usize = 50_000;
/// The end of the digest's time.
const NOW: Timestamp = Timestamp::constant(1_796_000_000, 0);

/// Every other question has no answer, and all of them came in one after the other.
fn question(event: &EventId, at: usize, text: &str) -> Kept {
    let verdict = if at.is_multiple_of(2) { Verdict::Answered } else { Verdict::NotInPosts };
    let place =
        |lines| Place { file: format!("post{}.md", at % 97), lines, title: "A post".to_owned(), date: None, url: String::new() };
    let said = Said {
        room: "!room:example.org".into(),
        text: text.to_owned(),
        verdict,
        confidence: 0.5,
        cited: vec![place((1, 2)), place((5, 6)), place((9, 9))],
        nearest: Some(place((1, 2))),
        outdated: Vec::new(),
    };
    let hour = NOW - Duration::from_secs(((KEPT - at) * 150) as u64);
    Kept { event: event.clone(), part: 0, hour, said, votes: Votes::default(), found: None, marked: None }
}
