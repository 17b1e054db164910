//! Sentences as a reader of the site sees them, each with its place in the source.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use unicode_segmentation::UnicodeSegmentation;

use crate::english::words;

/// A sentence, list item, table row or line of code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sentence {
    /// Bytes of the post's text: the sentence as it is written.
    pub span: Range<usize>,
    /// What a reader sees of it, on one line.
    pub plain: String,
    /// What it is part of.
    pub kind: SentenceKind,
    /// How it begins to the eye.
    pub opening: Opening,
    /// The links in it, in order.
    pub links: Vec<Link>,
    /// Bytes of `plain` that are set as code.
    pub code: Vec<Range<usize>>,
}

impl Sentence {
    /// A sentence of prose without links, as tests and plain texts have them.
    pub fn of_plain_text(text: &str) -> Self {
        Self { plain: text.to_owned(), ..Self::default() }
    }

    /// Whether it may be shown as what answers: labels, bare addresses and front matter say nothing by themselves.
    pub fn is_statement(&self) -> bool {
        match self.kind {
            SentenceKind::Label | SentenceKind::Address | SentenceKind::FrontMatter => false,
            SentenceKind::Code => !is_address(self.plain.trim()),
            SentenceKind::Prose | SentenceKind::Item | SentenceKind::Row | SentenceKind::Caption => true,
        }
    }

    /// The same of a post's front matter, whose author and date answer who wrote it and when.
    pub fn states_of_post(&self) -> bool {
        self.kind == SentenceKind::FrontMatter || self.is_statement()
    }

    /// Whether it is shown letter for letter: code and rows of tables.
    pub fn is_code(&self) -> bool {
        matches!(self.kind, SentenceKind::Code | SentenceKind::Row)
    }
}

/// What a [`Sentence`] is part of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SentenceKind {
    /// Running text.
    #[default]
    Prose,
    /// An item of a list.
    Item,
    /// A row of a table, its cells separated by ` | `.
    Row,
    /// A line of code.
    Code,
    /// The words below a figure or a table.
    Caption,
    /// Words that stand over others as a heading does: a line in bold, the title of an admonition.
    Label,
    /// An address and nothing else.
    Address,
    /// A line of the front matter that tells who wrote the post, or when. Its title is a label.
    FrontMatter,
}

/// How a [`Sentence`] begins to the eye.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Opening {
    /// It runs on in the line of the one before.
    #[default]
    RunsOn,
    /// On a new line.
    Line,
    /// As an item of a list, after its indented marker: `- `, `  2. `.
    Item(String),
}

/// A link in a [`Sentence`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Bytes of the sentence's plain text.
    pub text: Range<usize>,
    /// Where it leads: an absolute address wherever it can be told.
    pub url: String,
}

/// Splits a plain text at sentence bounds (Unicode UAX #29); `code` and `links` are ranges of it that stay in one piece.
pub(super) fn split(plain: &str, code: &[Range<usize>], links: &[Range<usize>]) -> Vec<Range<usize>> {
    let masked = mask(plain, code, links);
    let mut sentences: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    for piece in masked.split_sentence_bounds() {
        let here = trimmed(plain, at..at + piece.len());
        at += piece.len();
        match sentences.last_mut() {
            _ if here.is_empty() => {}
            Some(last) if runs_on(&plain[last.clone()], &plain[here.clone()]) => last.end = here.end,
            _ => sentences.push(here),
        }
    }
    sentences.retain(|sentence| has_words(&plain[sentence.clone()]));
    sentences
}

/// `span` without the white space at its ends.
pub(super) fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let inside = &text[span.clone()];
    let start = span.start + (inside.len() - inside.trim_start().len());
    start..start + inside.trim().len()
}

pub(super) fn has_words(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
}

/// Whether a text is nothing but addresses.
pub(super) fn is_address(plain: &str) -> bool {
    let address = |word: &str| {
        ADDRESS.find(word).is_some_and(|found| !has_words(&word[..found.start()]) && !has_words(&word[found.end()..]))
    };
    let mut words = plain.split_whitespace().filter(|word| has_words(word)).peekable();
    may_hold_address(plain) && words.peek().is_some() && words.all(address)
}

/// Addresses in a plain text.
pub(super) fn addresses(plain: &str) -> impl Iterator<Item = Range<usize>> {
    // Most texts have none, and this is the quicker look.
    let searched = if may_hold_address(plain) { plain } else { "" };
    ADDRESS.find_iter(searched).map(|found| found.range())
}

fn may_hold_address(plain: &str) -> bool {
    plain.contains("://") || plain.contains("www.")
}

/// Whether `next` goes on with the sentence that seems to end with `before`.
fn runs_on(before: &str, next: &str) -> bool {
    /// Longer words are no abbreviations.
    const TAIL: usize = 24;
    let start = (before.len().saturating_sub(TAIL)..=before.len()).find(|&at| before.is_char_boundary(at)).unwrap_or(0);
    let whole = start == 0;
    (before.ends_with('.') && UNFINISHED.is_match(&before[start..]))
        || (whole && NUMBERED.is_match(before))
        || (whole && !has_words(before))
        || !has_words(next)
}

/// An abbreviation or an initial at the end.
static UNFINISHED: LazyLock<Regex> = LazyLock::new(|| Regex::new(words::UNFINISHED).expect("a valid pattern"));

/// The number of a list item.
static NUMBERED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\d+\.$").expect("a valid pattern"));

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:https?://|www\.)(?:[^\s<>()]|\([^\s<>()]*\))*(?:\([^\s<>()]*\)|[^\s<>().,;:!?'’”\x22*_])")
        .expect("a valid pattern")
});

/// A copy of the same length in bytes in which nothing but a sentence's end looks like one.
fn mask(plain: &str, code: &[Range<usize>], links: &[Range<usize>]) -> String {
    let mut masked = plain.as_bytes().to_vec();
    for link in links {
        masked[link.clone()].iter_mut().filter(|b| matches!(b, b'.' | b'!' | b'?')).for_each(|b| *b = b'x');
    }
    for opaque in addresses(plain).chain(code.iter().cloned()) {
        // Capitals, so that code and addresses may begin a sentence.
        masked[opaque].fill(b'X');
    }
    String::from_utf8(masked).unwrap_or_else(|_| plain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentences(text: &str) -> Vec<&str> {
        split(text, &[], &[]).into_iter().map(|s| &text[s]).collect()
    }

    #[test]
    fn splits_at_sentence_ends_only() {
        assert_eq!(
            sentences("It is 5.10. The rest, e.g. Yocto, follows! Why?"),
            ["It is 5.10.", "The rest, e.g. Yocto, follows!", "Why?"]
        );
        assert_eq!(sentences("See https://x.org/a.B?c=d. Then more."), ["See https://x.org/a.B?c=d.", "Then more."]);
        assert_eq!(sentences("By T. N. P. Barros. Next. Last"), ["By T. N. P. Barros.", "Next.", "Last"]);
        assert_eq!(sentences("1. The Learner: you learn. You grow."), ["1. The Learner: you learn.", "You grow."]);
        assert_eq!(sentences("He said “no.” It is done! 🎉 So be it."), ["He said “no.”", "It is done!", "🎉 So be it."]);
        assert_eq!(
            sentences("Call a.b.c() of v1.2.3-rc.1 now. Done on 3 Sept. 2020."),
            ["Call a.b.c() of v1.2.3-rc.1 now.", "Done on 3 Sept. 2020."]
        );
    }

    #[test]
    fn code_and_link_texts_stay_in_one_piece() {
        let text = "Run a. B! C? now. Then see Who? Me. for more.";
        let [code, links] = [4..12, 27..35].map(|range| vec![range]);
        let found = split(text, &code, &links);
        assert_eq!(found.into_iter().map(|s| &text[s]).collect::<Vec<_>>(), ["Run a. B! C? now.", "Then see Who? Me. for more."]);
    }

    #[test]
    fn a_bare_address_is_told_from_a_sentence() {
        assert!(is_address("https://x.org/a_(b)") && is_address("– https://x.org, https://y.org."));
        assert!(!is_address("See https://x.org") && !is_address("– …"));
    }
}
