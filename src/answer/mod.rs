//! [`Question`] → [`Answer`]: what the posts say to it, how sure that is, and where to go otherwise.

mod differing;
mod engine;
mod excerpt;
mod explain;
mod judge;
mod kind;
mod model;
mod pointers;
mod question;
mod release;
mod timeline;
mod words;

use jiff::civil::Date;

pub use crate::search::Edge;
pub use engine::{Engine, EngineError, Trace};
pub use explain::{Explanation, Found};
pub use judge::{Sign, Signs, Thresholds, Verdict};
pub use kind::Kind;
pub use model::{Model, Models};
pub use pointers::{Pointer, Pointers};
pub use question::{Analysis, MAX_QUESTION_CHARS, Question, analyse};
pub use timeline::{Lead, Step};

/// A quotation and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citation {
    /// The post's file name.
    pub file: String,
    /// First and last line of the excerpt in the source file, counted from 1.
    pub lines: (usize, usize),
    /// The post's title.
    pub title: String,
    /// The post's authors.
    pub authors: Vec<String>,
    /// The day the post was published, if it says.
    pub date: Option<Date>,
    /// The post's public address.
    pub url: String,
    /// Headings above the excerpt, outermost first.
    pub section: Vec<String>,
    /// Whole sentences of the post as it is written, in markdown.
    pub excerpt: String,
    /// The sentence of the excerpt that answers.
    pub highlight: String,
    /// That sentence with those before it that it leans on: the excerpt where room is short.
    pub brief: String,
    /// How many other posts hold the same words.
    pub repeated_in: usize,
}

/// What is said to a question.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The question's id.
    pub id: String,
    /// The question as typed.
    pub question: String,
    /// What may be said.
    pub verdict: Verdict,
    /// How likely the citations answer, 0 to 1; comparable between questions.
    pub confidence: f32,
    /// The kind of question it was taken for.
    pub kind: Kind,
    /// For a question about time: the posts' dates in order.
    pub lead: Option<Lead>,
    /// Up to three, best first; none where the posts don't say.
    pub citations: Vec<Citation>,
    /// Which citation is the newest of several that differ.
    pub newest: Option<usize>,
    /// Places to go: the answer to an onboarding question, the help where the posts don't say.
    pub pointers: Vec<Pointer>,
    /// Whether the pointers are the answer, and come first.
    pub pointed: bool,
    /// Topic words that stand nowhere in the posts.
    pub unknown: Vec<String>,
    /// Typed word and the word it was taken for.
    pub corrections: Vec<(String, String)>,
}

/// Most citations of an answer.
pub const MAX_CITATIONS: usize = 3;
/// Most citations from one post.
pub const MAX_CITATIONS_PER_POST: usize = 2;
