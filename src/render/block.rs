//! What is said, before any format: blocks of spans.

use crate::answer::Pointer;

/// A piece of text with a role. It may hold what somebody asked: its words are not in its debug output.
#[derive(Clone, derive_more::Debug, PartialEq, Eq)]
pub enum Span {
    /// Running text.
    Plain(#[debug(skip)] String),
    /// The sentence that answers.
    Strong(#[debug(skip)] String),
    /// Details beside the point.
    Faint(#[debug(skip)] String),
    /// What one types.
    Code(#[debug(skip)] String),
    /// A link's text and address.
    Link {
        /// What is shown.
        #[debug(skip)]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_in_no_debug_output() {
        let said = || "a secret".to_owned();
        let link = Span::Link { text: said(), url: "https://a.org/".to_owned() };
        let spans = vec![Span::Plain(said()), Span::Strong(said()), Span::Faint(said()), Span::Code(said()), link];
        let blocks = [Block::text(said()), Block::List(vec![spans.clone()]), Block::Text(spans)];
        let shown = format!("{blocks:?}");
        assert!(shown.contains("https://a.org/") && !shown.contains("secret"), "{shown}");
    }
}
