//! Questions as newcomers type them, from `transcripts.toml`: what must hold of each answer, and each answer as it reads.
//!
//! What must hold is what a fair reader of the five posts expects, whatever the wording. How an answer reads is kept in
//! `snapshots/`; after a change that is meant, look at the difference and run with `INSTA_UPDATE=always`.

use std::collections::HashSet;
use std::fs;
use std::panic::catch_unwind;
use std::sync::LazyLock;

use mynah::answer::{Answer, Citation, Question, Told, Verdict};
use mynah::render;
use serde::Deserialize;

use crate::harness::{corpus_dir, engine, root};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    question: Vec<Entry>,
}

/// A question and what must hold of its answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// Also the snapshot's name.
    id: String,
    /// What is asked for: groups the table, and the coverage of kinds is checked by it.
    kind: String,
    ask: String,
    /// What is wrong with today's answer.
    known_wrong: Option<String>,
    /// For very long questions: `ask` so many times.
    #[serde(default = "once")]
    times: usize,
    previous: Option<String>,
    /// Any of these will do.
    verdict: Vec<Verdict>,
    /// Quotes of which one must stand in the first citation's highlight.
    #[serde(default)]
    first: Vec<Quote>,
    /// Quotes of which one must stand in any citation's highlight.
    #[serde(default)]
    any: Vec<Quote>,
    /// An address that the pointers may lead to instead of a quotation.
    pointer: Option<String>,
    /// Words that the answer's text must not hold.
    without: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Quote {
    file: String,
    says: String,
}

fn once() -> usize {
    1
}

static TABLE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let path = root().join("tests/suite/transcripts.toml");
    let text = fs::read_to_string(&path).expect("the table of questions");
    toml::from_str::<Table>(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())).question
});

impl Entry {
    fn text(&self) -> String {
        self.ask.repeat(self.times)
    }

    fn answer(&self) -> Answer {
        // The day of asking is fixed: `last year` must not move the snapshots.
        let asked_on = Some(jiff::civil::date(2026, 1, 15));
        engine().ask(&Question {
            id: self.id.clone(),
            text: self.text(),
            previous: self.previous.clone(),
            asked_on,
            ..Question::default()
        })
    }

    /// What does not hold of the answer.
    fn problems(&self, answer: &Answer) -> Vec<String> {
        let mut problems = Vec::new();
        if !self.verdict.contains(&answer.verdict()) {
            problems.push(format!("the verdict must be {:?}", self.verdict));
        }
        if answer.verdict() != Verdict::NotInPosts && self.has_answer() && !self.is_right(answer) {
            problems.push("the quotation is wrong".to_owned());
        }
        if let Some(words) = self.without.as_ref().filter(|words| render::plain(answer).contains(words.as_str())) {
            problems.push(format!("the text must not say `{words}`"));
        }
        problems
    }

    fn has_answer(&self) -> bool {
        !self.first.is_empty() || !self.any.is_empty() || self.pointer.is_some()
    }

    fn is_right(&self, answer: &Answer) -> bool {
        let says = |quotes: &[Quote], citation: &Citation| {
            quotes.iter().any(|quote| citation.file == quote.file && citation.highlight.contains(&quote.says))
        };
        let pointed = self.pointer.as_ref().is_some_and(|url| answer.pointers().iter().any(|p| p.url == *url));
        pointed
            || answer.citations().first().is_some_and(|first| says(&self.first, first))
            || answer.citations().iter().any(|citation| says(&self.any, citation))
    }

    fn transcript(&self) -> String {
        let answer = self.answer();
        let asked = match self.text() {
            text if text.chars().count() > 300 => format!("{} … ({} characters)", &self.ask, text.chars().count()),
            text => text,
        };
        let previous = self.previous.iter().map(|p| format!("previous: {p}\n")).collect::<String>();
        format!("{previous}question: {asked}\nverdict: {:?}\n\n{}", answer.verdict(), render::plain(&answer))
    }
}

fn report(entry: &Entry, answer: &Answer) -> Option<String> {
    let problems = entry.problems(answer);
    let cited = answer.citations().iter().map(|c| format!("\n    cites {} “{}”", c.file, c.highlight)).collect::<String>();
    let asked: String = entry.ask.chars().take(120).collect();
    let problem = || format!("## {} “{asked}”\n    {}\n    is {:?}{cited}", entry.id, problems.join("; "), answer.verdict());
    (!problems.is_empty()).then(problem)
}

#[test]
fn answers_are_what_a_fair_reader_expects() {
    let sound = TABLE.iter().filter(|entry| entry.known_wrong.is_none());
    let problems: Vec<String> = sound.filter_map(|entry| report(entry, &entry.answer())).collect();
    assert!(problems.is_empty(), "{} of {} questions:\n{}", problems.len(), TABLE.len(), problems.join("\n"));
}

#[test]
fn what_is_marked_as_wrong_still_is() {
    let marked = TABLE.iter().filter(|entry| entry.known_wrong.is_some());
    let mended: Vec<&str> =
        marked.filter(|entry| report(entry, &entry.answer()).is_none()).map(|entry| entry.id.as_str()).collect();
    assert!(mended.is_empty(), "answered rightly now: remove known_wrong from {mended:?} in transcripts.toml");
}

#[test]
fn answers_read_as_they_did() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_path("snapshots");
    settings.set_omit_expression(true);
    let changed: Vec<&str> = TABLE
        .iter()
        .filter(|entry| {
            let transcript = entry.transcript();
            let compare = || settings.bind(|| insta::assert_snapshot!(entry.id.as_str(), transcript));
            // On with the next one, so that one run shows, or updates, all that changed.
            catch_unwind(std::panic::AssertUnwindSafe(compare)).is_err()
        })
        .map(|entry| entry.id.as_str())
        .collect();
    assert!(changed.is_empty(), "{} answers read otherwise, see above: {changed:?}", changed.len());
}

#[test]
fn every_snapshot_belongs_to_a_question() {
    let ids: HashSet<&str> = TABLE.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids.len(), TABLE.len(), "an id stands twice in the table");
    for entry in fs::read_dir(root().join("tests/suite/snapshots")).expect("the snapshots") {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        let id = name.strip_suffix(".snap").or(name.strip_suffix(".snap.new"));
        assert!(
            id.is_some_and(|id| ids.contains(id)),
            "delete tests/suite/snapshots/{name}: no question in the table has its id"
        );
    }
}

#[test]
fn the_table_covers_every_kind_of_question_and_every_verdict() {
    const KINDS: &str = "when which-release who author where how how-many history why define yes-no list what onboarding greeting \
        thanks self follow-up off-topic near-miss empty odd language injection long";
    let kinds: HashSet<&str> = TABLE.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(kinds, KINDS.split_whitespace().collect(), "kinds");
    for verdict in [Verdict::Answered, Verdict::Closest, Verdict::NotInPosts] {
        assert!(TABLE.iter().any(|entry| entry.verdict.contains(&verdict)), "{verdict:?}");
    }
    for entry in &*TABLE {
        let may_answer = entry.verdict.contains(&Verdict::Answered);
        assert_eq!(
            may_answer,
            entry.has_answer(),
            "{}: what may be answered needs a quote or a pointer, and only that",
            entry.id
        );
    }
}

#[test]
fn the_quotes_of_the_table_stand_in_the_posts() {
    for quote in TABLE.iter().flat_map(|entry| entry.first.iter().chain(&entry.any)) {
        let post = engine().corpus().posts.iter().find(|p| p.file == quote.file);
        let post = post.unwrap_or_else(|| panic!("no post {} in {}", quote.file, corpus_dir().display()));
        assert!(post.text.contains(&quote.says), "{} doesn't say `{}`", quote.file, quote.says);
    }
}

/// "First reported … then …" must go forward, "last reported … before that …" back.
#[test]
fn a_dated_lead_is_in_the_order_it_is_told_in() {
    use mynah::search::TemporalEnd;
    let mut out_of_order = Vec::new();
    let mut leads = 0;
    for entry in &*TABLE {
        let answer = entry.answer();
        let Told::Quoted { lead: Some(lead), .. } = &answer.told else { continue };
        leads += 1;
        let in_order = match lead.edge {
            TemporalEnd::First => lead.steps.is_sorted_by_key(|s| s.date),
            TemporalEnd::Last => lead.steps.is_sorted_by_key(|s| std::cmp::Reverse(s.date)),
            TemporalEnd::Any => true,
        };
        if !in_order {
            out_of_order.push(format!("{}: {}", entry.id, render::plain(&answer).lines().next().unwrap_or_default()));
        }
    }
    assert!(leads > 0, "no question of the table got a dated lead");
    assert!(out_of_order.is_empty(), "{}", out_of_order.join("\n"));
}
