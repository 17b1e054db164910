//! Question (as typed) → analysis: kind, query, and what could not be used. Any text gives one.

use std::collections::HashSet;
use std::sync::LazyLock;

use jiff::civil::Date;

use crate::search::analysis::{self, Word};
use crate::search::{Index, Query, QueryTerm, Role, TermId};

use super::kind::Kind;
use super::release;
use super::words::{BACK_REFERENCES, FORM_WORDS, STOPWORDS};

/// A question as typed.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// The caller's name for it; copied into the answer.
    pub id: String,
    /// As typed.
    pub text: String,
    /// The asker's question before it, which a follow-up is read together with.
    pub previous: Option<String>,
    /// The day it is asked, for `last year`; without it such spans are ignored.
    pub asked_on: Option<Date>,
}

impl Question {
    /// A question by itself.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// The same, asked after another.
    #[must_use]
    pub fn after(mut self, previous: impl Into<String>) -> Self {
        self.previous = Some(previous.into());
        self
    }
}

/// What a question means to the index.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// The kind of answer it asks for.
    pub kind: Kind,
    /// What to look for.
    pub query: Query,
    /// Whether it was read together with the question before it.
    pub follow_up: bool,
    /// Topic words that stand nowhere in the posts, as typed.
    pub unknown: Vec<String>,
    /// Typed word and the word it was taken for.
    pub corrections: Vec<(String, String)>,
}

/// Longer questions are read up to here, in characters.
pub const MAX_QUESTION_CHARS: usize = 2_000;
/// Words beyond these are left out: no real question has more of them, and the time to answer stays bounded.
const MAX_TERMS: usize = 24;
/// Unknown words beyond these are not corrected, for the same reason.
const MAX_CORRECTIONS: usize = 12;

/// A form word's share of its idf: it helps to choose among passages on the topic, and does not make one.
const FORM_SHARE: f32 = 0.35;
/// Share of a word that stands in no passage but through its family or not at all.
const UNKNOWN_SHARE: f32 = 0.8;
/// Share of a topic that comes from the question before.
const PREVIOUS_SHARE: f32 = 0.7;

/// Reads a question against the words of the posts.
pub fn analyse(question: &Question, index: &Index) -> Analysis {
    let mut read = Reading::of(&question.text, question.asked_on, index);
    let mut follow_up = false;
    if let Some(previous) = question.previous.as_deref().filter(|_| read.points_back()) {
        follow_up = read.join(Reading::of(previous, question.asked_on, index));
    }
    let mut query =
        Query { terms: read.terms, wants: read.kind.wants(), front_matter: read.kind == Kind::Author || read.front_matter };
    query.terms.truncate(MAX_TERMS);
    let unknown = query.terms.iter().filter(|t| t.is_unknown() && t.role != Role::Form).map(|t| t.typed.clone()).collect();
    Analysis { kind: read.kind, query, follow_up, unknown, corrections: read.corrections }
}

/// One question by itself.
struct Reading {
    kind: Kind,
    terms: Vec<QueryTerm>,
    corrections: Vec<(String, String)>,
    back_references: bool,
    front_matter: bool,
}

impl Reading {
    fn of(text: &str, asked_on: Option<Date>, index: &Index) -> Self {
        let text: String = text.chars().take(MAX_QUESTION_CHARS).collect();
        let text = spans_in_words(&release::spell_out(&text), asked_on);
        let (words, corrections) = corrected(analysis::words(&text), index);
        let plain: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
        let sentence = plain.join(" ");
        Self {
            kind: Kind::of(&sentence),
            terms: terms(&words, &corrections, index),
            back_references: plain.iter().any(|w| BACK_REFERENCES.contains(w)),
            front_matter: ["post", "posts", "article", "blog", "author"].iter().any(|w| plain.contains(w)),
            corrections,
        }
    }

    fn topics(&self) -> impl Iterator<Item = &QueryTerm> {
        self.terms.iter().filter(|t| t.role == Role::Topic)
    }

    /// Whether the question can't be read by itself: it says `it`, or names no topic or only a number.
    fn points_back(&self) -> bool {
        !self.kind.is_small_talk() && (self.back_references || self.topics().count() <= 1)
    }

    /// Takes over what the question before was about; a new number replaces an old one. False where that adds nothing.
    fn join(&mut self, previous: Self) -> bool {
        let has_number = self.terms.iter().any(|t| t.role == Role::Number);
        let known: HashSet<String> = self.terms.iter().map(|t| t.term.clone()).collect();
        let carried = previous.terms.into_iter().filter(|t| t.role != Role::Form && !(has_number && t.role == Role::Number));
        let before = self.terms.len();
        self.terms
            .extend(carried.filter(|t| !known.contains(&t.term)).map(|t| QueryTerm { weight: t.weight * PREVIOUS_SHARE, ..t }));
        if self.kind == Kind::What {
            self.kind = previous.kind;
        }
        self.terms.len() > before
    }
}

/// Replaces words that neither the posts nor English function words know by the ones they most likely stand for.
fn corrected(words: Vec<Word>, index: &Index) -> (Vec<Word>, Vec<(String, String)>) {
    static FUNCTION_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| STOPWORDS.iter().chain(FORM_WORDS).copied().collect());
    const QUESTION_WORDS: [&str; 12] =
        ["what", "when", "where", "which", "who", "why", "how", "release", "version", "first", "latest", "does"];
    let vocabulary = index.vocabulary();
    let mut corrections = Vec::new();
    let mut tried = 0;
    let mut correct = |word: Word| {
        let in_family = index.families().of(&word.term, None).next().is_some();
        if FUNCTION_WORDS.contains(word.text.as_str()) || vocabulary.knows(&word) || in_family || tried >= MAX_CORRECTIONS {
            return word;
        }
        tried += 1;
        match vocabulary.correct(&word.text, &QUESTION_WORDS) {
            Some(meant) => {
                let term = analysis::stem(&meant);
                corrections.push((word.text, meant.clone()));
                Word { text: meant, term, ..word }
            }
            None => word,
        }
    };
    (words.into_iter().map(&mut correct).collect(), corrections)
}

/// The terms of a question, function words left out.
fn terms(words: &[Word], corrections: &[(String, String)], index: &Index) -> Vec<QueryTerm> {
    let mut seen = HashSet::new();
    let mut terms: Vec<QueryTerm> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        // A compound follows its parts: where the posts know it, it says more than they do.
        let compound = at > 0 && words[at - 1].position >= word.position;
        let skip =
            STOPWORDS.contains(&word.text.as_str()) || word.text.chars().count() < 2 && !word.text.chars().all(char::is_numeric);
        if skip || (compound && !index.vocabulary().knows(word)) || !seen.insert(word.term.clone()) {
            continue;
        }
        let typed = corrections.iter().find(|(_, meant)| *meant == word.text).map(|(typed, _)| typed.as_str());
        let next = words.get(at + 1).map(|w| w.term.as_str());
        terms.push(term(word, next, typed, index));
    }
    join_neighbours(words, &mut terms, index);
    terms
}

fn term(word: &Word, next: Option<&str>, typed: Option<&str>, index: &Index) -> QueryTerm {
    let vocabulary = index.vocabulary();
    let id = vocabulary.id(&word.term);
    let role = if word.text.starts_with(|c: char| c.is_ascii_digit()) {
        Role::Number
    } else if FORM_WORDS.contains(&word.text.as_str()) {
        Role::Form
    } else {
        Role::Topic
    };
    let same_as = vocabulary.long_form(&word.term).and_then(|long| ids(long, index));
    let share = match (role, id) {
        (Role::Form, _) => FORM_SHARE,
        (_, None) => UNKNOWN_SHARE,
        _ => 1.0,
    };
    QueryTerm {
        typed: typed.unwrap_or(&word.text).to_owned(),
        term: word.term.clone(),
        id,
        families: index.families().of(&word.term, next).collect(),
        same_as: same_as.into_iter().collect(),
        weight: vocabulary.idf(id) * share,
        role,
        corrected: typed.is_some(),
    }
}

/// Two words that the posts write as one (`sub cloud`), and words that spell out an acronym of the posts, match as such too.
fn join_neighbours(words: &[Word], terms: &mut [QueryTerm], index: &Index) {
    let vocabulary = index.vocabulary();
    for size in 2..=5 {
        for group in words.windows(size) {
            let long: Vec<String> = group.iter().map(|w| w.term.clone()).collect();
            let acronym = vocabulary.short_form(&long).and_then(|short| vocabulary.id(short));
            let joined = (size == 2).then(|| analysis::stem(&format!("{}{}", group[0].text, group[1].text)));
            let same: Vec<TermId> = acronym.into_iter().chain(joined.and_then(|term| vocabulary.id(&term))).collect();
            for term in terms.iter_mut().filter(|t| long.contains(&t.term)) {
                term.same_as.extend(same.iter().map(|&id| vec![id]));
            }
        }
    }
}

fn ids(terms: &[String], index: &Index) -> Option<Vec<TermId>> {
    terms.iter().map(|term| index.vocabulary().id(term)).collect()
}

/// `last year` and `this year` as the year they mean on the day of asking.
fn spans_in_words(text: &str, asked_on: Option<Date>) -> String {
    let Some(today) = asked_on else { return text.to_owned() };
    let lower = text.to_lowercase();
    let year = |back: i16| (today.year() - back).to_string();
    lower.replace("last year", &year(1)).replace("this year", &year(0))
}
