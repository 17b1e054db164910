//! Sentences of a markdown paragraph or list item, as spans of its own text.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use unicode_segmentation::UnicodeSegmentation;

use super::markdown::trimmed;

/// Splits `text[span]` at sentence bounds (Unicode UAX #29), keeping link targets, code and abbreviations in one piece.
pub(super) fn split(text: &str, span: Range<usize>) -> Vec<Range<usize>> {
    let masked = mask(&text[span.clone()]);
    let mut sentences: Vec<Range<usize>> = Vec::new();
    let mut at = span.start;
    for piece in masked.split_sentence_bounds() {
        let here = trimmed(text, at..at + piece.len());
        at += piece.len();
        match sentences.last_mut() {
            _ if here.is_empty() => {}
            Some(last) if runs_on(&text[last.clone()], &text[here.clone()]) => last.end = here.end,
            _ => sentences.push(here),
        }
    }
    sentences.retain(|sentence| has_words(&text[sentence.clone()]));
    sentences
}

fn has_words(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
}

/// Whether `next` goes on with the sentence that seems to end with `before`.
fn runs_on(before: &str, next: &str) -> bool {
    UNFINISHED.is_match(before) || !has_words(before) || !has_words(next)
}

/// An abbreviation, an initial, or the number of a list item at the end.
static UNFINISHED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:(?i:\b(?:e\.g|i\.e|etc|vs|cf|approx|fig|no|inc|dr|mr|mrs|ms|prof|st))|\b[A-Z]|^\d+)\.$")
        .expect("a valid pattern")
});

static OPAQUE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\[[^\[\]]*\]\([^()\[\]]*(?:\([^()\[\]]*\)[^()\[\]]*)?\)|`[^`]*`|<[^<>\s]*>|https?://[^\s<>()]*[^\s<>().,;:!?]")
        .expect("a valid pattern")
});

/// A copy of the same length in bytes in which nothing but a sentence's end looks like one.
fn mask(markdown: &str) -> String {
    let mut masked = markdown.as_bytes().to_vec();
    for found in OPAQUE.find_iter(markdown) {
        let text_end = found.as_str().starts_with('[').then(|| found.as_str().find(']')).flatten().unwrap_or(0);
        let (link_text, target) = masked[found.range()].split_at_mut(text_end);
        link_text.iter_mut().filter(|b| matches!(b, b'.' | b'!' | b'?')).for_each(|b| *b = b'x');
        // A capital, so that code and addresses may begin a sentence.
        target.fill(b'X');
    }
    for byte in &mut masked {
        match byte {
            // A soft line break is a space to the reader, a paragraph's end to UAX #29.
            b'\n' => *byte = b' ',
            // Emphasis may close after the full stop, as quotation marks may.
            b'*' | b'_' => *byte = b'"',
            _ => {}
        }
    }
    String::from_utf8(masked).unwrap_or_else(|_| markdown.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentences(text: &str) -> Vec<&str> {
        split(text, 0..text.len()).into_iter().map(|s| &text[s]).collect()
    }

    #[test]
    fn splits_at_sentence_ends_only() {
        assert_eq!(
            sentences("It is 5.10. The rest, e.g. Yocto, follows! Why?"),
            ["It is 5.10.", "The rest, e.g. Yocto, follows!", "Why?"]
        );
        assert_eq!(
            sentences("See [a. B](https://x.org/a. B) now. Then\nmore."),
            ["See [a. B](https://x.org/a. B) now.", "Then\nmore."]
        );
        assert_eq!(sentences("By T. N. P. Barros. **Next.** Last"), ["By T. N. P. Barros.", "**Next.**", "Last"]);
        assert_eq!(sentences("1. The Learner: you learn. You grow."), ["1. The Learner: you learn.", "You grow."]);
    }

    #[test]
    fn masks_links_with_non_ascii_targets() {
        assert_eq!(sentences("[x](https://é.org) ends. Next."), ["[x](https://é.org) ends.", "Next."]);
    }
}
