//! Texts to be searched, and their terms.

use std::borrow::Cow;

use crate::corpus::Sentence;

use super::evidence::Evidence;
use super::families::FamilyId;
use super::vocabulary::TermId;

/// A text to be searched, in fields. Its sentences may stay where they are: all of a corpus are as much again.
#[derive(Clone, Debug, Default)]
pub struct Document<'a> {
    /// The post's title.
    pub title: String,
    /// Headings above the text, outermost first.
    pub headings: Vec<String>,
    /// The text's sentences, in order.
    pub sentences: Cow<'a, [Sentence]>,
    /// Abbreviations that are defined with the text, with their long forms.
    pub abbreviations: Vec<(String, String)>,
    /// Author, date and category in words.
    pub metadata: String,
    /// Whether the text is a post's front matter.
    pub front_matter: bool,
    /// The post's place among all dates, from 0 (the oldest) to 1 (the newest).
    pub recency: f32,
}

/// The terms of a sentence.
#[derive(Clone, Debug, Default)]
pub(super) struct SentenceTerms {
    /// In the order of the text, function words and all.
    pub terms: Vec<TermId>,
    /// Families of its words, each once, sorted.
    pub families: Vec<FamilyId>,
    /// Whether it may be shown as what answers.
    pub statement: bool,
    /// What it holds.
    pub evidence: Evidence,
    /// Where in `terms` its counts and measures stand.
    pub numbers: Vec<usize>,
    /// Words with a capital within the sentence.
    pub names: Vec<TermId>,
}

/// The terms of a document.
#[derive(Clone, Debug, Default)]
pub(super) struct DocumentTerms {
    /// Of title, headings and metadata; each once, sorted.
    pub context: Vec<TermId>,
    pub context_families: Vec<FamilyId>,
    pub sentences: Vec<SentenceTerms>,
    pub front_matter: bool,
    pub recency: f32,
}
