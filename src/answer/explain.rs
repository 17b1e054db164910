//! How an answer was chosen, in metadata that can be put into plain words.

use crate::search::{Hit, QueryTerm, TemporalEnd, analysis};

use super::engine::{Engine, Trace};
use super::leaning::Joined;
use super::{Answer, Asked, Citation, Thresholds};

/// Where a word of the question was found, as far as the best passage goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// In the sentence that answers, as this word.
    Sentence(String),
    /// In the passage around it, as this word.
    Passage(String),
    /// In the post's title or the headings above the passage, as this word.
    Heading(String),
    /// In the day the post was published.
    Date,
    /// Only elsewhere in the posts.
    Elsewhere,
    /// Nowhere.
    Nowhere,
}

/// How an answer was chosen.
#[derive(Clone, derive_more::Debug)]
pub struct Explanation {
    /// The answer that is explained.
    pub answer: Answer,
    /// What it was read as, where it was read together with the question before.
    #[debug(skip)]
    pub read_as: Option<String>,
    /// Title of the post quoted before, where its likeliest passages were read too.
    pub quoted: Option<String>,
    /// Words that were looked for, the weightiest first, with where they were found.
    #[debug(skip)]
    pub words: Vec<(String, Found)>,
    /// Cosine of the sentence that answers with the question, -1 to 1; none without an encoder.
    pub similarity: Option<f32>,
    /// The best passages that the reader read, best first; none without one.
    pub read: Vec<ReadPassage>,
    /// How many the reader read at most, where that was fewer than usual: others waited.
    pub fewer: Option<usize>,
    /// Which end of the timeline the question asks for.
    pub edge: TemporalEnd,
    /// Confidence from which answers are given, and the nearest passage shown.
    pub thresholds: Thresholds,
    /// Title and day of the runner-up's post, and how many times likelier the best passage is by its score.
    pub runner_up: Option<(String, Option<jiff::civil::Date>, f32)>,
}

/// A passage that was read together with the question.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadPassage {
    /// The post's title.
    pub title: String,
    /// The day of the post.
    pub date: Option<jiff::civil::Date>,
    /// Probability that no sentence of it answers.
    pub none: f32,
    /// The likeliest of its sentences, as a reader sees them, with their probabilities to answer; likeliest first.
    pub sentences: Vec<(String, f32)>,
}

/// Passages that were read of which an explanation tells.
const MOST_READ: usize = 3;
/// Sentences of each.
const MOST_SENTENCES: usize = 3;

/// Words that an explanation names.
const MOST_WORDS: usize = 8;

impl Engine {
    /// Tells how an answer was chosen.
    pub fn explain(&self, asked: &Asked) -> Explanation {
        let asked = self.still(asked);
        let Asked { question, answer, trace } = asked.as_ref();
        let best = answer.citations().first();
        let sentence = best.map(|c| c.answering().plain.as_str()).unwrap_or_default();
        let quoted = best.map(|c| c.sentences.as_slice()).unwrap_or_default();
        let passage = quoted.iter().map(|s| s.plain.as_str()).collect::<Vec<_>>().join(" ");
        let headings = best.map(|c| format!("{} {}", c.title, c.section.join(" "))).unwrap_or_default();
        let date = best.and_then(|c| c.date).map(|date| date.strftime("%B %Y").to_string()).unwrap_or_default();
        let mut terms: Vec<&QueryTerm> = trace.analysis.query.terms.iter().collect();
        terms.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        let found = |term: &QueryTerm| {
            if let Some(word) = self.standing_for(term, sentence) {
                Found::Sentence(word)
            } else if let Some(word) = self.standing_for(term, &passage) {
                Found::Passage(word)
            } else if let Some(word) = self.standing_for(term, &headings) {
                Found::Heading(word)
            } else if self.standing_for(term, &date).is_some() {
                Found::Date
            } else if term.is_unknown() {
                Found::Nowhere
            } else {
                Found::Elsewhere
            }
        };
        Explanation {
            read_as: trace.analysis.together.as_ref().map(Joined::shown),
            quoted: trace.quoted.map(|post| self.corpus().posts[post].title.clone()),
            words: terms.into_iter().take(MOST_WORDS).map(|term| (term.typed.clone(), found(term))).collect(),
            similarity: self.encoder().is_some().then(|| self.similarity(trace, best)).flatten(),
            read: trace.hits.iter().filter_map(|hit| self.read_passage(hit, trace)).take(MOST_READ).collect(),
            fewer: question.most_read.filter(|_| !trace.read.is_empty()),
            edge: trace.analysis.query.edge,
            thresholds: self.thresholds(),
            runner_up: self.runner_up(trace),
            answer: answer.clone(),
        }
    }

    /// The word of a text that stands for a term: itself, or one of its families.
    fn standing_for(&self, term: &QueryTerm, text: &str) -> Option<String> {
        let words = analysis::words(text);
        let same = words.iter().find(|word| term.term.split(' ').any(|part| part == word.term));
        let akin = || words.iter().find(|word| self.index().families().of(&word.term, None).any(|f| term.families.contains(&f)));
        same.or_else(akin).map(|word| word.text.clone())
    }

    /// What was read of a hit.
    fn read_passage(&self, hit: &Hit, trace: &Trace) -> Option<ReadPassage> {
        let read = trace.read.iter().find(|read| read.passage == hit.document)?;
        let passage = &self.corpus().passages[read.passage];
        let post = self.corpus().post(passage);
        let all = passage.sentences.iter().enumerate();
        let mut sentences: Vec<(String, f32)> = all.map(|(at, s)| (s.plain.clone(), read.probability(at))).collect();
        sentences.sort_by(|a, b| b.1.total_cmp(&a.1));
        sentences.truncate(MOST_SENTENCES);
        Some(ReadPassage { title: post.title.clone(), date: post.date, none: read.reading.none, sentences })
    }

    /// Of the hit that a citation was made of.
    fn similarity(&self, trace: &Trace, citation: Option<&Citation>) -> Option<f32> {
        let citation = citation?;
        let made = |hit: &&Hit| (hit.document, hit.sentence) == (citation.passage, citation.sentence);
        trace.hits.iter().find(made).map(|hit| hit.cosines.sentence)
    }

    fn runner_up(&self, trace: &Trace) -> Option<(String, Option<jiff::civil::Date>, f32)> {
        let mut scores: Vec<_> = trace.hits.iter().map(|hit| (hit.score, hit.document)).collect();
        scores.sort_by(|a, b| b.0.total_cmp(&a.0));
        let [(best, _), (second, document), ..] = scores[..] else { return None };
        let post = self.corpus().post(&self.corpus().passages[document]);
        Some((post.title.clone(), post.date, (best - second).exp()))
    }
}
