//! Text → terms: the one analysis that posts and questions go through.
//!
//! A term is a lower-cased, stemmed word (Porter2, <https://snowballstem.org/algorithms/english/stemmer.html>). Odd spaces,
//! hyphens and quotation marks count as their plain cousins; `R12.0`, `v12.0` and `stx.12.0` all hold the term `12.0`.

use frostem::{Algorithm, Stemmer};

/// A word of a text and the term it is searched by. It may be one that somebody asked with: it is not in its debug output.
#[derive(Clone, derive_more::Debug, PartialEq, Eq)]
pub struct Word {
    /// As written, lower-cased, with plain hyphens and apostrophes.
    #[debug(skip)]
    pub text: String,
    /// Its stem.
    #[debug(skip)]
    pub term: String,
    /// Whether it was written with a capital.
    pub capital: bool,
    /// Words before it in the text; a compound and its first part share theirs.
    pub position: usize,
    /// Whether it is a hyphenated compound written together, beside its parts.
    pub compound: bool,
}

/// The words of `text`, in order. A hyphenated compound gives its parts and itself: `sub-cloud` is also `subcloud`.
pub fn words(text: &str) -> Vec<Word> {
    // A word takes some six bytes; growing again and again takes as long as cutting.
    let mut found = Vec::with_capacity(text.len() / 6 + 1);
    let mut position = 0;
    for chunk in text.split(|c: char| !is_word_char(c)) {
        let chunk = chunk.trim_matches(|c: char| !c.is_alphanumeric());
        if chunk.is_empty() {
            continue;
        }
        position = push_chunk(chunk, position, &mut found);
    }
    found
}

/// Splits a chunk such as `Debian-based`, `stx.7.0` or `it’s` and returns the position after it.
fn push_chunk(chunk: &str, start: usize, found: &mut Vec<Word>) -> usize {
    if !chunk.contains(|c| is_hyphen(c) || c == '.') {
        push_word(chunk, start, false, found);
        return start + 1;
    }
    let mut position = start;
    let mut parts: Vec<&str> = Vec::new();
    for part in chunk.split(is_hyphen).flat_map(split_dots).filter(|p| !p.is_empty()) {
        parts.push(part);
        push_word(part, position, false, found);
        position += 1;
    }
    let compound = parts.len() == 2 && chunk.contains(is_hyphen) && parts.iter().all(|p| p.chars().all(char::is_alphabetic));
    if compound {
        push_word(&parts.concat(), start, true, found);
    }
    position
}

fn push_word(written: &str, position: usize, compound: bool, found: &mut Vec<Word>) {
    let capital = written.starts_with(char::is_uppercase);
    let mut text = written.to_lowercase();
    if text.contains(['\'', '’']) {
        text = without_suffix(&text.replace('’', "'")).to_owned();
    }
    if !text.is_empty() {
        found.push(Word { term: stem(&text), text, capital, position, compound });
    }
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || is_hyphen(c) || matches!(c, '.' | '\'' | '’')
}

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}' | '\u{2011}' | '\u{2012}')
}

/// Dots join digits (`5.10`, `v1.34`), and separate everything else (`stx.7.0`, `end.Next`, `docs.starlingx.io`).
fn split_dots(part: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, _) in part.match_indices('.') {
        let joins =
            part[..at].ends_with(|c: char| c.is_ascii_digit()) && part[at + 1..].starts_with(|c: char| c.is_ascii_digit());
        if !joins {
            pieces.push(&part[start..at]);
            start = at + 1;
        }
    }
    pieces.push(&part[start..]);
    pieces
}

/// Drops what English contracts onto a word: `what's`, `they're`, `doesn't`.
fn without_suffix(word: &str) -> &str {
    const CONTRACTED: [&str; 8] = ["'s", "n't", "'re", "'ve", "'ll", "'d", "'m", "s'"];
    let base = CONTRACTED.iter().find_map(|suffix| word.strip_suffix(suffix)).unwrap_or(word);
    base.trim_matches('\'')
}

/// The term of a lower-cased word. Words with digits are kept, but for the `r` or `v` before a dotted number.
pub fn stem(word: &str) -> String {
    if word.contains(|c: char| c.is_ascii_digit()) {
        let number = word.strip_prefix(['r', 'v']).unwrap_or(word);
        let dotted = number.contains('.') && number.starts_with(|c: char| c.is_ascii_digit());
        return if dotted { number } else { word }.to_owned();
    }
    Stemmer::new(Algorithm::English).stem(word).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> Vec<String> {
        words(text).into_iter().map(|w| w.term).collect()
    }

    #[test]
    fn releases_and_versions_are_one_term_each() {
        assert_eq!(terms("R12.0, v1.34. stx.7.0 5.10!"), ["12.0", "1.34", "stx", "7.0", "5.10"]);
        assert_eq!(terms("k8s E810-CQDA2T"), ["k8s", "e810", "cqda2t"]);
    }

    #[test]
    fn odd_spaces_hyphens_and_quotes_do_not_hide_words() {
        assert_eq!(terms("zero\u{a0}touch sub\u{2011}clouds what’s"), ["zero", "touch", "sub", "cloud", "subcloud", "what"]);
        assert_eq!(terms("re-homing"), ["re", "home", "rehom"]);
        assert_eq!(terms("rehoming"), ["rehom"]);
    }

    #[test]
    fn positions_count_words_as_written() {
        let positions: Vec<_> = words("a sub-cloud here").into_iter().map(|w| (w.text, w.position)).collect();
        let expected = [("a", 0), ("sub", 1), ("cloud", 2), ("subcloud", 1), ("here", 3)];
        assert_eq!(positions, expected.map(|(w, p)| (w.to_owned(), p)));
    }
}
