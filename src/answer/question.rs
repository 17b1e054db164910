//! Question (as typed) → analysis: kind, query, and what could not be used. Any text gives one.

use std::collections::HashSet;
use std::sync::LazyLock;

use jiff::civil::Date;
use regex::{Captures, Regex};
use unicode_segmentation::UnicodeSegmentation;

use crate::corpus::day::MONTHS;
use crate::search::analysis::{self, Word};
use crate::search::{FamilyId, Index, MAX_TERMS, Query, QueryTerm, Role, TermId};

use super::kind::Kind;
use super::leaning::{Joined, Leaning, joined, leaning};
use super::release;
use super::words::{COMMON_WORDS, FORM_WORDS, STOPWORDS};

/// A question as typed. Its words are not in its debug output, so that no log holds what somebody asked.
#[derive(Clone, derive_more::Debug, Default)]
pub struct Question {
    /// The caller's name for it; copied into the answer.
    pub id: String,
    /// As typed.
    #[debug(skip)]
    pub text: String,
    /// The asker's question before it, which is read together with one that can't be read alone.
    #[debug(skip)]
    pub previous: Option<String>,
    /// The address of the post that the answer before it quoted first: the one that `who wrote that?` means.
    pub post: Option<String>,
    /// The day it is asked, for `last year`; without it such spans are ignored.
    pub asked_on: Option<Date>,
    /// Passages that are read closely at the most, where others wait; without it, as many as it takes.
    pub most_read: Option<usize>,
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
#[derive(Clone, derive_more::Debug)]
pub struct Analysis {
    /// The kind of answer it asks for.
    pub kind: Kind,
    /// What to look for.
    pub query: Query,
    /// Both questions as one, where it was read together with the question before it.
    pub together: Option<Joined>,
    /// Topic words that stand nowhere in the posts, as typed.
    #[debug(skip)]
    pub unknown: Vec<String>,
    /// Typed word and the word it was taken for.
    #[debug(skip)]
    pub corrections: Vec<(String, String)>,
}

/// Longer questions are read up to here, in characters.
pub const MAX_QUESTION_CHARS: usize = 2_000;
/// Words beyond these are not looked at for what they mean together.
const MAX_WORDS: usize = 100;
/// Unknown words beyond these are not corrected: the time to answer stays bounded.
const MAX_CORRECTIONS: usize = 12;

/// A form word's share of its idf: it helps to choose among passages on the topic, and does not make one.
const FORM_SHARE: f32 = 0.45;
/// The share of a word that the question before named beside what it was about: it may be meant still. With 0.4, one of thirty
/// follow-ups of a development set was answered from what was said of the question before.
const NAMED_BEFORE_SHARE: f32 = 0.2;
/// The share of a word that the posts have in no form.
const UNKNOWN_SHARE: f32 = 0.8;

/// Reads a question against the words of the posts: with the question before it where it can't be read alone.
pub fn analyse(question: &Question, index: &Index) -> Analysis {
    let before = question.previous.as_deref().filter(|_| leaning(&question.text) == Leaning::Together);
    analyse_after(question, before, index)
}

/// Reads a question by itself, or together with one before it.
pub(super) fn analyse_after(question: &Question, before: Option<&str>, index: &Index) -> Analysis {
    let alone = Reading::of(&question.text, question.asked_on, index);
    let together = before.filter(|_| !alone.kind.is_small_talk()).map(|before| {
        let cut: String = question.text.chars().take(MAX_QUESTION_CHARS).collect();
        joined(&cut, before)
    });
    let text = together.as_ref().map_or(question.text.as_str(), |joined| &joined.text);
    let read = match &together {
        None => alone,
        Some(joined) => {
            let read = Reading::of(&joined.text, question.asked_on, index);
            let beside = Reading::of(&joined.beside, question.asked_on, index).terms;
            Reading { terms: with_beside(read.terms, beside), ..read }
        }
    };
    let asks_of_number = read.terms.iter().any(|t| t.role == Role::Number);
    let text: String = text.chars().take(MAX_QUESTION_CHARS).collect();
    let text = in_full(&text, &read.corrections);
    let mut query = Query {
        text: text.trim().to_owned(),
        terms: read.terms,
        wants: read.kind.wants(asks_of_number),
        edge: read.kind.edge(),
        front_matter: read.kind == Kind::Author || read.front_matter,
    };
    query.terms.truncate(MAX_TERMS);
    let unknown = query.terms.iter().filter(|t| t.is_unknown() && t.role != Role::Form).map(|t| t.typed.clone()).collect();
    Analysis { kind: read.kind, query, together, unknown, corrections: read.corrections }
}

/// Terms with those that the question before named beside what it was about.
fn with_beside(mut terms: Vec<QueryTerm>, beside: Vec<QueryTerm>) -> Vec<QueryTerm> {
    let new: Vec<QueryTerm> = beside.into_iter().filter(|term| !terms.iter().any(|t| t.term == term.term)).collect();
    terms.extend(new.into_iter().map(|term| QueryTerm { weight: term.weight * NAMED_BEFORE_SHARE, ..term }));
    terms
}

/// A text as a model should read it: typos corrected, chat's short forms spelled out.
fn in_full(text: &str, corrections: &[(String, String)]) -> String {
    let in_full = |word: &str| {
        let typed = word.to_lowercase();
        match corrections.iter().find(|(wrong, _)| *wrong == typed) {
            Some((_, meant)) => meant.clone(),
            _ if spelled_out(&typed) != typed => spelled_out(&typed).to_owned(),
            _ => word.to_owned(),
        }
    };
    text.split_word_bounds().map(in_full).collect()
}

/// One question by itself.
struct Reading {
    kind: Kind,
    terms: Vec<QueryTerm>,
    corrections: Vec<(String, String)>,
    front_matter: bool,
}

impl Reading {
    fn of(text: &str, asked_on: Option<Date>, index: &Index) -> Self {
        let text: String = text.chars().take(MAX_QUESTION_CHARS).collect();
        let text = dates_in_words(&release::spell_out(&text), asked_on);
        let words = analysis::words(&text).into_iter().map(with_question_word).collect();
        let (words, corrections) = corrected(words, index);
        let plain: Vec<&str> = words.iter().map(|w| spelled_out(&w.text)).collect();
        let sentence = plain.join(" ");
        let kind = Kind::of(&sentence);
        let mut terms = terms(&words, &corrections, index);
        if kind == Kind::Author {
            // What remains is what the post is about.
            terms.retain(|term| !AUTHOR_WORDS.contains(&term.typed.as_str()));
        }
        Self {
            kind,
            terms,
            front_matter: ["post", "posts", "article", "blog", "author"].iter().any(|w| plain.contains(w)),
            corrections,
        }
    }
}

/// Words that ask for an author, in whatever post.
const AUTHOR_WORDS: [&str; 12] =
    ["author", "authors", "wrote", "write", "writes", "written", "writer", "post", "article", "blog", "recap", "piece"];

/// Replaces words that neither the posts nor English function words know by the ones they most likely stand for.
fn corrected(words: Vec<Word>, index: &Index) -> (Vec<Word>, Vec<(String, String)>) {
    static FUNCTION_WORDS: LazyLock<(HashSet<&str>, Vec<&str>)> = LazyLock::new(|| {
        let all: Vec<&str> = [STOPWORDS, FORM_WORDS, COMMON_WORDS].concat();
        (all.iter().copied().collect(), all)
    });
    const QUESTION_WORDS: [&str; 12] =
        ["what", "when", "where", "which", "who", "why", "how", "release", "version", "first", "latest", "does"];
    let vocabulary = index.vocabulary();
    let mut corrections = Vec::new();
    let mut tried = 0;
    let short = words.len() <= SHORT_QUESTION;
    let mut correct = |(at, word): (usize, Word)| {
        if tried >= MAX_CORRECTIONS || FUNCTION_WORDS.0.contains(word.text.as_str()) || is_a_word(&word, index) {
            return word;
        }
        tried += 1;
        // Nearly every three- or four-letter string is next to some function word.
        let others = match word.text.len() {
            ..5 => QUESTION_WORDS.to_vec(),
            _ => FUNCTION_WORDS.1.iter().copied().chain(index.families().single_words()).collect(),
        };
        // Few words tell what is meant, and the first one is mostly the subject: it is not made another one.
        match vocabulary.correct(&word.text, &others, !(short && at == 0)) {
            Some(meant) => {
                let term = analysis::stem(&meant);
                corrections.push((word.text, meant.clone()));
                Word { text: meant, term, ..word }
            }
            None => word,
        }
    };
    (words.into_iter().enumerate().map(&mut correct).collect(), corrections)
}

/// Questions of up to so many words are too short to tell a slip from a name by what stands around it.
const SHORT_QUESTION: usize = 3;

/// Whether a word means something as it is typed: to the posts, to a family, to an acronym, or to the encoder.
fn is_a_word(word: &Word, index: &Index) -> bool {
    index.vocabulary().knows(word)
        || index.vocabulary().long_form(&word.term).is_some()
        || index.families().of(&word.term, None).next().is_some()
        || index.meaning().is_some_and(|meaning| meaning.encoder().knows(&word.text))
}

/// The terms of a question, function words left out.
fn terms(words: &[Word], corrections: &[(String, String)], index: &Index) -> Vec<QueryTerm> {
    let mut terms: Vec<QueryTerm> = Vec::new();
    let mut taken = 0;
    for (at, word) in words.iter().enumerate() {
        if terms.len() == MAX_TERMS {
            break;
        }
        let next = words.get(at + 1).filter(|next| next.position > word.position);
        let pair: Vec<FamilyId> = next.map(|next| index.families().of_pair(&word.term, &next.term).collect()).unwrap_or_default();
        let read = if at < taken {
            None
        } else if !pair.is_empty() {
            taken = at + 2;
            next.map(|next| phrase(word, next, pair, index))
        } else {
            single(words, at, corrections, index)
        };
        terms.extend(read.filter(|term| !terms.iter().any(|t| t.term == term.term)));
    }
    join_neighbours(&words[..words.len().min(MAX_WORDS)], &mut terms, index);
    terms
}

/// Two words that mean one thing, such as `reach out`: only the whole is looked for.
fn phrase(first: &Word, second: &Word, families: Vec<FamilyId>, index: &Index) -> QueryTerm {
    let weight = families.iter().map(|&f| index.vocabulary().family_idf(f)).fold(0.0, f32::max);
    let typed = format!("{} {}", first.text, second.text);
    let term = format!("{} {}", first.term, second.term);
    QueryTerm { typed, term, id: None, families, same_as: Vec::new(), weight, role: Role::Topic, corrected: false }
}

/// The term of a word by itself; none for a function word, or a common one that the posts don't have.
fn single(words: &[Word], at: usize, corrections: &[(String, String)], index: &Index) -> Option<QueryTerm> {
    let word = &singular(&words[at], index);
    let known = index.vocabulary().knows(word);
    let in_family = index.families().of(&word.term, None).next().is_some();
    // A compound follows its parts: where the posts know it, it says more than they do.
    let compound = at > 0 && words[at - 1].position >= word.position;
    let letter = word.text.chars().count() < 2 && !word.text.chars().all(char::is_numeric);
    let says_little = compound && !index.vocabulary().writes(&word.text)
        || !known && !in_family && (compound || COMMON_WORDS.contains(&word.text.as_str()));
    if letter || says_little || STOPWORDS.contains(&word.text.as_str()) {
        return None;
    }
    let typed = corrections.iter().find(|(_, meant)| *meant == word.text).map(|(typed, _)| typed.as_str());
    Some(term(word, typed, index))
}

/// `gpus` is `gpu` where the posts know only that: the stemmer leaves the plurals of acronyms alone.
fn singular(word: &Word, index: &Index) -> Word {
    let one = word.text.strip_suffix('s').filter(|one| one.len() > 1 && !index.vocabulary().knows(word));
    let known = one.map(|one| Word { text: one.to_owned(), term: analysis::stem(one), ..word.clone() });
    known.filter(|one| index.vocabulary().knows(one)).unwrap_or_else(|| word.clone())
}

fn term(word: &Word, typed: Option<&str>, index: &Index) -> QueryTerm {
    let vocabulary = index.vocabulary();
    let role = if word.text.starts_with(|c: char| c.is_ascii_digit()) {
        Role::Number
    } else if FORM_WORDS.contains(&word.text.as_str()) {
        Role::Form
    } else {
        Role::Topic
    };
    let same_as = vocabulary.long_form(&word.term).and_then(|long| ids(long, index));
    let mut term = QueryTerm {
        typed: typed.unwrap_or(&word.text).to_owned(),
        term: word.term.clone(),
        id: vocabulary.id(&word.term),
        families: index.families().of(&word.term, None).collect(),
        same_as: same_as.into_iter().collect(),
        weight: 0.0,
        role,
        corrected: typed.is_some(),
    };
    let share = match role {
        Role::Form => FORM_SHARE,
        _ if term.is_unknown() => UNKNOWN_SHARE,
        _ => 1.0,
    };
    term.weight = term.idf(vocabulary) * share;
    term
}

/// Two words that the posts write as one (`sub cloud`), and words that spell out an acronym of the posts, match as such too.
fn join_neighbours(words: &[Word], terms: &mut [QueryTerm], index: &Index) {
    let vocabulary = index.vocabulary();
    for size in 2..=LONGEST_ACRONYM {
        for group in words.windows(size) {
            let long: Vec<String> = group.iter().map(|w| w.term.clone()).collect();
            let joined = format!("{}{}", group[0].text, group[1].text);
            let solid = (size == 2 && vocabulary.writes(&joined)).then(|| analysis::stem(&joined));
            let same: Vec<TermId> = vocabulary
                .short_form(&long)
                .map(str::to_owned)
                .into_iter()
                .chain(solid)
                .filter_map(|t| vocabulary.id(&t))
                .collect();
            if same.is_empty() {
                continue;
            }
            for term in terms.iter_mut().filter(|t| long.contains(&t.term)) {
                term.same_as.extend(same.iter().map(|&id| vec![id]));
            }
        }
    }
}

/// Words that an acronym spells out, at the most.
const LONGEST_ACRONYM: usize = 5;

fn ids(terms: &[String], index: &Index) -> Option<Vec<TermId>> {
    terms.iter().map(|term| index.vocabulary().id(term)).collect()
}

/// A short form of a question word spelled out: it is no topic, and no typo of one.
fn with_question_word(word: Word) -> Word {
    let text = spelled_out(&word.text);
    let asks = text != word.text && matches!(text, "what" | "when" | "where" | "which");
    if asks { Word { term: analysis::stem(text), text: text.to_owned(), ..word } } else { word }
}

/// Chat's short forms, as far as a question's form depends on them.
fn spelled_out(word: &str) -> &str {
    match word {
        "u" | "ya" => "you",
        "r" => "are",
        "ur" => "your",
        "wat" | "wut" | "wht" => "what",
        "wen" | "whn" => "when",
        "wich" | "whch" => "which",
        "wer" | "wher" | "whre" => "where",
        "ppl" => "people",
        "gud" => "good",
        "pls" | "plz" => "please",
        "abt" => "about",
        "bc" | "cuz" | "coz" => "because",
        _ => word,
    }
}

/// `last year` and `this year` as the year they mean on the day of asking, and months spelled out: `dec` is `December`.
fn dates_in_words(text: &str, asked_on: Option<Date>) -> String {
    static MONTH: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.? (\d{4}|\d{1,2}\b)").expect("a valid pattern")
    });
    let spelled = MONTH.replace_all(text, |found: &Captures<'_>| {
        let short = found[1][..3].to_lowercase();
        let month = MONTHS.iter().find(|month| month.to_lowercase().starts_with(&short)).copied().unwrap_or_default();
        format!("{month} {}", &found[2])
    });
    let Some(today) = asked_on else { return spelled.into_owned() };
    static SPAN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?i)\b(last|this) year\b").expect("a valid pattern"));
    let year = |found: &Captures<'_>| (today.year() - i16::from(found[1].eq_ignore_ascii_case("last"))).to_string();
    SPAN.replace_all(&spelled, year).into_owned()
}
