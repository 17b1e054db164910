//! The sentence that answers, and the whole sentences around it that let it be read alone.
//!
//! What other values of the numbers here do to answers, `scripts/sensitivity` measures: see `docs/figures.md`.

use crate::corpus::Passage;
use crate::search::is_anaphoric;
use std::ops::Range;

/// An excerpt grows to about this many bytes: what one reads at a glance in a chat.
const EXCERPT_BYTES: usize = 560;
/// A passage up to this length is shown whole.
const WHOLE_BYTES: usize = 700;

/// The sentences to quote around the passage's sentence `answering`: whole ones, one after the other.
pub(super) fn around(passage: &Passage, answering: usize) -> Range<usize> {
    let sentences = &passage.sentences;
    if passage.span.len() <= WHOLE_BYTES || answering >= sentences.len() {
        return 0..sentences.len();
    }
    let (mut first, mut last) = (leant_on(passage, answering), answering);
    let length = |first: usize, last: usize| sentences[last].span.end - sentences[first].span.start;
    while last + 1 < sentences.len() && length(first, last + 1) <= EXCERPT_BYTES {
        last += 1;
    }
    while first > 0 && length(first - 1, last) <= EXCERPT_BYTES {
        first -= 1;
    }
    first..last + 1
}

/// Bytes of the post's text that these sentences of a passage take; all of them take the passage's.
pub(super) fn bytes(passage: &Passage, quoted: &Range<usize>) -> Range<usize> {
    if quoted.len() == passage.sentences.len() && passage.span.len() <= WHOLE_BYTES {
        return passage.span.clone();
    }
    passage.sentences[quoted.start].span.start..passage.sentences[quoted.end - 1].span.end
}

/// The first of the sentences that `answering` leans on, itself where it stands alone.
pub(super) fn leant_on(passage: &Passage, answering: usize) -> usize {
    let sentences = &passage.sentences;
    let mut first = answering;
    let length = |first: usize| sentences[answering].span.end - sentences[first].span.start;
    while first > 0 && is_anaphoric(&sentences[first]) && length(first - 1) <= WHOLE_BYTES {
        first -= 1;
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Corpus;

    fn excerpt(body: &str, answering: usize) -> String {
        let file = format!("---\ntitle: T\nauthor: A\ndate: 2020-01-02\n---\n\n{body}\n");
        let corpus = Corpus::from_files([("a.md", file.as_bytes())], "", &mut Vec::new());
        let passage = &corpus.passages[1];
        corpus.posts[0].text[bytes(passage, &around(passage, answering))].to_owned()
    }

    #[test]
    fn short_passages_stay_whole_and_long_ones_are_cut_at_sentences() {
        assert_eq!(excerpt("One. Two. Three.", 1), "One. Two. Three.");
        let long = (0..40).map(|n| format!("Sentence number {n} says something of some length.")).collect::<Vec<_>>().join(" ");
        let cut = excerpt(&long, 20);
        assert!(cut.starts_with("Sentence number 20") && cut.ends_with('.') && cut.len() <= EXCERPT_BYTES, "{cut}");
    }

    #[test]
    fn a_pronoun_pulls_in_the_sentence_before() {
        let filler = "Nothing of interest stands in this rather long sentence here. ".repeat(12);
        let cut = excerpt(&format!("{filler}Armada came first. It was replaced by Flux. {filler}"), 13);
        assert!(cut.starts_with("Armada came first. It was replaced"), "{cut}");
    }
}
