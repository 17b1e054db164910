//! The sentence that answers, and the whole sentences around it that let it be read alone.

use crate::corpus::Passage;
use crate::search::leans_back;
use std::ops::Range;

/// An excerpt grows to about this many bytes: what one reads at a glance in a chat.
const EXCERPT_BYTES: usize = 560;
/// A passage up to this length is shown whole.
const WHOLE_BYTES: usize = 700;

/// Bytes of the post's text to quote around the passage's sentence `answering`: whole sentences, one after the other.
pub(super) fn around(text: &str, passage: &Passage, answering: usize) -> Range<usize> {
    let sentences = &passage.sentences;
    if passage.span.len() <= WHOLE_BYTES {
        return passage.span.clone();
    }
    let Some(highlight) = sentences.get(answering) else { return passage.span.clone() };
    let (mut first, mut last) = (leant_on(text, sentences, answering), answering);
    let length = |first: usize, last: usize| sentences[last].end - sentences[first].start;
    while last + 1 < sentences.len() && length(first, last + 1) <= EXCERPT_BYTES {
        last += 1;
    }
    while first > 0 && length(first - 1, last) <= EXCERPT_BYTES {
        first -= 1;
    }
    debug_assert!(sentences[first].start <= highlight.start && highlight.end <= sentences[last].end);
    sentences[first].start..sentences[last].end
}

/// Bytes of the passage's sentence `answering`, with the sentences before it that it can't be read without.
pub(super) fn brief(text: &str, passage: &Passage, answering: usize) -> Range<usize> {
    let sentences = &passage.sentences;
    match sentences.get(answering) {
        Some(highlight) => sentences[leant_on(text, sentences, answering)].start..highlight.end,
        None => passage.span.clone(),
    }
}

/// The first of the sentences that `answering` leans on, itself where it stands alone.
fn leant_on(text: &str, sentences: &[Range<usize>], answering: usize) -> usize {
    let mut first = answering;
    let length = |first: usize| sentences[answering].end - sentences[first].start;
    while first > 0 && leans_back(&text[sentences[first].clone()]) && length(first - 1) <= WHOLE_BYTES {
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
        corpus.posts[0].text[around(&corpus.posts[0].text, passage, answering)].to_owned()
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
