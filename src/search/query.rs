//! A question as the index understands it.

use super::evidence::Evidence;
use super::families::FamilyId;
use super::vocabulary::{TermId, Vocabulary};

/// Terms of a query beyond these are not weighed: no real question has more of them, and the time to answer stays bounded.
pub const MAX_TERMS: usize = 32;

/// What a [`QueryTerm`] means to the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What the question is about.
    Topic,
    /// A release, year or other number: it must stand there as asked.
    Number,
    /// A word of the question's form (`release` in "which release …"), which helps but isn't asked about.
    Form,
}

/// One word of a question.
#[derive(Clone, derive_more::Debug)]
pub struct QueryTerm {
    /// As typed, lower-cased.
    #[debug(skip)]
    pub typed: String,
    /// The term it is searched by, after correction.
    #[debug(skip)]
    pub term: String,
    /// The term's id, if the posts hold it.
    pub id: Option<TermId>,
    /// Families it belongs to.
    pub families: Vec<FamilyId>,
    /// Other ways to say it, each a set of terms that must all stand in a sentence: an acronym's long form, or the reverse.
    pub same_as: Vec<Vec<TermId>>,
    /// Its share in the question: idf, scaled by role.
    pub weight: f32,
    /// What it means to the question.
    pub role: Role,
    /// Whether `term` is a correction of `typed`.
    pub corrected: bool,
}

impl QueryTerm {
    /// Its inverse document frequency; a word that the posts have only in other words of its family counts as the family.
    pub fn idf(&self, vocabulary: &Vocabulary) -> f32 {
        let family = self.families.iter().map(|&family| vocabulary.family_idf(family)).max_by(f32::total_cmp);
        match (self.id, family) {
            (None, Some(family)) => family,
            (id, _) => vocabulary.idf(id),
        }
    }

    /// Whether one of the other ways to say it stands in these terms.
    pub fn in_long_form(&self, terms: &[TermId]) -> bool {
        self.same_as.iter().any(|all| all.iter().all(|id| terms.contains(id)))
    }

    /// Whether nothing in the posts can match it.
    pub fn is_unknown(&self) -> bool {
        self.id.is_none() && self.families.is_empty() && self.same_as.is_empty()
    }
}

/// An analysed question: what to look for.
#[derive(Clone, derive_more::Debug, Default)]
pub struct Query {
    /// As asked, for its meaning as a whole.
    #[debug(skip)]
    pub text: String,
    /// In the order of the question, without function words.
    pub terms: Vec<QueryTerm>,
    /// What the sentence that answers should hold.
    pub wants: Evidence,
    /// Whether the front matter (author, date, title) may answer.
    pub front_matter: bool,
    /// Which end of the timeline is asked for.
    pub edge: TemporalEnd,
}

/// Which end of a timeline a question asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TemporalEnd {
    /// None in particular.
    #[default]
    Any,
    /// The start: first, begin, introduced.
    First,
    /// The end: latest, finished, now.
    Last,
}

impl Query {
    /// Sum of the terms' weights.
    pub fn weight(&self) -> f32 {
        self.terms.iter().map(|t| t.weight).sum()
    }
}

#[cfg(test)]
impl Query {
    /// The words of a text as a question about an index, none of them left out or corrected. How a question becomes a query is
    /// the matter of `answer/question.rs`.
    pub(super) fn of_words(text: &str, index: &super::Index) -> Self {
        let vocabulary = index.vocabulary();
        let term = |word: super::analysis::Word| {
            let long = vocabulary.long_form(&word.term);
            let long: Option<Vec<TermId>> = long.and_then(|terms| terms.iter().map(|term| vocabulary.id(term)).collect());
            let number = word.text.starts_with(|c: char| c.is_ascii_digit());
            let term = QueryTerm {
                id: vocabulary.id(&word.term),
                families: index.families().of(&word.term, None).collect(),
                same_as: long.into_iter().collect(),
                weight: 0.0,
                role: if number { Role::Number } else { Role::Topic },
                corrected: false,
                typed: word.text,
                term: word.term,
            };
            QueryTerm { weight: term.idf(vocabulary), ..term }
        };
        let terms = super::analysis::words(text).into_iter().map(term).collect();
        Self { text: text.to_owned(), terms, ..Self::default() }
    }
}
