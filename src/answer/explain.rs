//! How an answer was chosen, in facts that can be put into plain words.

use crate::corpus::plain;
use crate::search::{QueryTerm, analysis};

use super::engine::{Engine, Trace};
use super::question::Question;
use super::{Answer, Thresholds};

/// Where a word of the question was found, as far as the best passage goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// In the sentence that answers, as this word.
    Sentence(String),
    /// In the passage around it, as this word.
    Passage(String),
    /// Only elsewhere in the posts, or in the post's title and headings.
    Elsewhere,
    /// Nowhere.
    Nowhere,
}

/// How an answer was chosen.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The answer that is explained.
    pub answer: Answer,
    /// Whether the question was read together with the one before.
    pub follow_up: bool,
    /// Words that were looked for, the weightiest first, with where they were found.
    pub words: Vec<(String, Found)>,
    /// Confidence from which answers are given, and the nearest passage shown.
    pub thresholds: Thresholds,
    /// Title and day of the runner-up's post, and its score as a share of the best one's.
    pub runner_up: Option<(String, Option<jiff::civil::Date>, f32)>,
}

/// Words that an explanation names.
const MOST_WORDS: usize = 8;

impl Engine {
    /// Answers, and tells how the answer was chosen.
    pub fn explain(&self, question: &Question) -> Explanation {
        let (answer, trace) = self.ask_traced(question);
        let best = answer.citations.first();
        let sentence = best.map(|c| c.highlight.as_str()).unwrap_or_default();
        let passage = best.map(|c| c.excerpt.as_str()).unwrap_or_default();
        let mut terms: Vec<&QueryTerm> = trace.analysis.query.terms.iter().collect();
        terms.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        let found = |term: &QueryTerm| {
            if let Some(word) = self.standing_for(term, sentence) {
                Found::Sentence(word)
            } else if let Some(word) = self.standing_for(term, passage) {
                Found::Passage(word)
            } else if term.is_unknown() {
                Found::Nowhere
            } else {
                Found::Elsewhere
            }
        };
        Explanation {
            follow_up: trace.analysis.follow_up,
            words: terms.into_iter().take(MOST_WORDS).map(|term| (term.typed.clone(), found(term))).collect(),
            thresholds: self.thresholds(),
            runner_up: self.runner_up(&trace),
            answer,
        }
    }

    /// The word of a text that stands for a term: itself, or one of its families.
    fn standing_for(&self, term: &QueryTerm, text: &str) -> Option<String> {
        let text = plain(text);
        let words = analysis::words(&text);
        let same = words.iter().find(|word| term.term.split(' ').any(|part| part == word.term));
        let akin = || words.iter().find(|word| self.index().families().of(&word.term, None).any(|f| term.families.contains(&f)));
        same.or_else(akin).map(|word| word.text.clone())
    }

    fn runner_up(&self, trace: &Trace) -> Option<(String, Option<jiff::civil::Date>, f32)> {
        let mut scores: Vec<_> = trace.hits.iter().map(|hit| (hit.score, hit.document)).collect();
        scores.sort_by(|a, b| b.0.total_cmp(&a.0));
        let [(best, _), (second, document), ..] = scores[..] else { return None };
        let post = self.corpus().post(&self.corpus().passages[document]);
        (best > 0.0).then(|| (post.title.clone(), post.date, second / best))
    }
}
