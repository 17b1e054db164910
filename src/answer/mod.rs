//! [`Question`] → [`Answer`]: what the posts say to it, how sure that is, and where to go otherwise.

mod differing;
mod engine;
mod excerpt;
mod explain;
mod judge;
mod kind;
mod leaning;
mod model;
mod pointers;
mod question;
mod reading;
mod release;
mod timeline;

use jiff::civil::Date;

use crate::corpus::Sentence;

#[cfg(feature = "insight")]
pub use crate::english::words::is_topic;
pub use crate::search::TemporalEnd;
#[cfg(feature = "insight")]
pub use differing::outdated;
pub use engine::{Engine, EngineError, Trace};
pub use explain::{Explanation, Found, ReadPassage};
pub use judge::{CalibrationFeature, CalibrationFeatures, Thresholds, Verdict};
pub use kind::Kind;
pub use leaning::{Joined, Leaning, leaning};
pub use model::{Misfit, Model, Models};
pub use pointers::{Pointer, Pointers};
pub use question::{Analysis, MAX_QUESTION_CHARS, Question, analyse};
pub use reading::{Cue, Cues, Read, ReaderCalibrationFeature, ReaderCalibrationFeatures, ReaderModel};
pub use timeline::{Lead, Step};

/// A quotation and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citation {
    /// The post's file name.
    pub file: String,
    /// First and last line of the excerpt in the source file, counted from 1.
    pub lines: (usize, usize),
    /// The name of its source, where there are several; else empty.
    pub source: String,
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
    /// Index of the passage in [`Corpus::passages`](crate::corpus::Corpus::passages).
    pub passage: usize,
    /// Index of the sentence that answers, in the passage.
    pub sentence: usize,
    /// Whole sentences of the passage, in order.
    pub sentences: Vec<Sentence>,
    /// Index of the sentence that answers, in `sentences`.
    pub highlighted: usize,
    /// Index of the first sentence that it leans on, in `sentences`; its own where it stands alone.
    pub brief_from: usize,
    /// The sentences as they are written in the post, in markdown.
    pub excerpt: String,
    /// The sentence of the excerpt that answers, as it is written.
    pub highlight: String,
    /// How many other posts hold the same words.
    pub repeated_in: usize,
}

impl Citation {
    /// The sentence that answers.
    pub fn answering(&self) -> &Sentence {
        &self.sentences[self.highlighted]
    }

    /// What is shown where room is short: the sentence that answers, with those before it that it leans on.
    pub fn brief(&self) -> &[Sentence] {
        &self.sentences[self.brief_from..=self.highlighted]
    }
}

/// What is said to a question.
#[derive(Clone, derive_more::Debug)]
pub struct Answer {
    /// The question's id.
    pub id: String,
    /// The question as typed.
    #[debug(skip)]
    pub question: String,
    /// The kind of question it was taken for.
    pub kind: Kind,
    /// How likely what is told answers, 0 to 1; comparable between questions.
    pub confidence: f32,
    /// Topic words that stand nowhere in the posts.
    #[debug(skip)]
    pub unknown: Vec<String>,
    /// Typed word and the word it was taken for.
    #[debug(skip)]
    pub corrections: Vec<(String, String)>,
    /// What of the question before it is about, where both were read together.
    #[debug(skip)]
    pub about: Option<String>,
    /// What is told.
    pub told: Told,
}

/// What is told, by where it comes from. Citations are up to [`MAX_CITATIONS`], best first.
#[derive(Clone, Debug)]
pub enum Told {
    /// Nothing of the posts: it was small talk.
    SmallTalk {
        /// Where to begin.
        pointers: Vec<Pointer>,
    },
    /// Pointers answer, and come first.
    Pointed {
        /// Places to go.
        pointers: Vec<Pointer>,
        /// What the posts say of them.
        citations: Vec<Citation>,
    },
    /// The posts answer.
    Quoted {
        /// One at least.
        citations: Vec<Citation>,
        /// For a question about time: the posts' dates in order.
        lead: Option<Lead>,
        /// Which citation is the newest of several that differ.
        newest: Option<usize>,
        /// Places to go besides.
        pointers: Vec<Pointer>,
    },
    /// The nearest that the posts come; it may not answer.
    Closest {
        /// One at least.
        citations: Vec<Citation>,
        /// Which citation is the newest of several that differ.
        newest: Option<usize>,
        /// Where to ask instead.
        pointers: Vec<Pointer>,
    },
    /// The posts don't say.
    NotInPosts {
        /// Where to ask instead.
        pointers: Vec<Pointer>,
    },
}

impl Answer {
    /// What may be said.
    pub fn verdict(&self) -> Verdict {
        match self.told {
            Told::Pointed { .. } | Told::Quoted { .. } => Verdict::Answered,
            Told::Closest { .. } => Verdict::Closest,
            Told::SmallTalk { .. } | Told::NotInPosts { .. } => Verdict::NotInPosts,
        }
    }

    /// Up to [`MAX_CITATIONS`], best first; none where the posts don't say.
    pub fn citations(&self) -> &[Citation] {
        match &self.told {
            Told::Pointed { citations, .. } | Told::Quoted { citations, .. } | Told::Closest { citations, .. } => citations,
            Told::SmallTalk { .. } | Told::NotInPosts { .. } => &[],
        }
    }

    /// Places to go.
    pub fn pointers(&self) -> &[Pointer] {
        match &self.told {
            Told::SmallTalk { pointers }
            | Told::Pointed { pointers, .. }
            | Told::Quoted { pointers, .. }
            | Told::Closest { pointers, .. }
            | Told::NotInPosts { pointers } => pointers,
        }
    }
}

/// A question, what was said to it, and what that was made of.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The question.
    pub question: Question,
    /// What was said.
    pub answer: Answer,
    /// What it was made of.
    pub trace: Trace,
}

/// Most citations of an answer.
pub const MAX_CITATIONS: usize = 3;
/// Most citations from one post.
pub const MAX_CITATIONS_PER_POST: usize = 2;
