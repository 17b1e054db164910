//! What is said, before any format: blocks of spans.

use crate::answer::Pointer;

/// A piece of text with a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// Running text.
    Plain(String),
    /// The sentence that answers.
    Strong(String),
    /// Details beside the point.
    Faint(String),
    /// What one types.
    Code(String),
    /// A link's text and address.
    Link {
        /// What is shown.
        text: String,
        /// Where it leads.
        url: String,
    },
}

impl Span {
    /// The words that are shown.
    pub fn words(&self) -> &str {
        match self {
            Self::Plain(s) | Self::Strong(s) | Self::Faint(s) | Self::Code(s) | Self::Link { text: s, .. } => s,
        }
    }
}

/// A part of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A sentence or two of mynah's own.
    Text(Vec<Span>),
    /// A quotation.
    Quote {
        /// Its number in the answer, from 1.
        number: usize,
        /// Date, title, section, author.
        source: Vec<Span>,
        /// The post's address.
        url: String,
        /// The excerpt, line by line, with the sentence that answers [`Span::Strong`].
        lines: Vec<Vec<Span>>,
    },
    /// Places to go.
    Pointers(Vec<Pointer>),
    /// Items of a list.
    List(Vec<Vec<Span>>),
}

impl Block {
    /// A paragraph of plain words.
    pub fn text(words: impl Into<String>) -> Self {
        Self::Text(vec![Span::Plain(words.into())])
    }
}
