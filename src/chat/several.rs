//! A message that asks several things: its questions, one by one.

use std::sync::LazyLock;

use regex::Regex;

use crate::answer::{Leaning, leaning};
use crate::english::speech as patterns;

use super::speech::{self, Speech, speech};

/// Questions that are answered in one message.
pub(super) const MOST_QUESTIONS: usize = 3;

/// The questions of a text in order, each with what is told before it; the whole text where it asks no more than one thing.
/// What leans on the question before is of the same thing, and goes with it; what asks whether one may ask is left out.
pub(super) fn questions(text: &str) -> Vec<&str> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut begin = 0;
    for span in speech::sentence_spans(text) {
        let (sentence, end) = (&text[span.clone()], span.end);
        if !sentence.contains(char::is_alphabetic) {
            // The number of an item, which stands before the question.
            continue;
        }
        if is_prelude(sentence) {
            begin = end;
        } else if let Some(last) = found.last_mut().filter(|_| goes_with_it(sentence)) {
            last.1 = end;
            begin = end;
        } else if sentence.split_whitespace().count() >= LEAST_WORDS && speech(sentence) == Speech::Question {
            found.push((begin, end));
            begin = end;
        }
    }
    // What is asked twice is asked once, also where it breaks off.
    let mut asked: Vec<String> = Vec::new();
    found.retain(|(start, end)| {
        let question = text[*start..*end].trim().to_lowercase();
        let again = asked.iter().any(|before| before.starts_with(question.trim_end_matches(['?', '!', '.'])));
        asked.push(question);
        !again
    });
    if found.len() < 2 {
        return vec![text];
    }
    // What follows the last question is told of it.
    if let Some(last) = found.last_mut() {
        last.1 = text.len();
    }
    found.into_iter().map(|(start, end)| unnumbered(&text[start..end])).collect()
}

/// Fewer are no question by themselves.
const LEAST_WORDS: usize = 3;

/// `if so, how?`, `and who made it?`
fn goes_with_it(sentence: &str) -> bool {
    static IF_SO: LazyLock<Regex> = LazyLock::new(|| Regex::new(patterns::IF_SO).expect("a valid pattern"));
    IF_SO.is_match(sentence) || leaning(sentence) == Leaning::Together
}

/// `can somebody help me?`, `may I ask something?`
fn is_prelude(sentence: &str) -> bool {
    static PRELUDE: LazyLock<Regex> = LazyLock::new(|| Regex::new(patterns::PRELUDE).expect("a valid pattern"));
    PRELUDE.is_match(sentence)
}

/// A question without the number or mark of a list's item before it.
fn unnumbered(question: &str) -> &str {
    static ITEM: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\s*(?:\(?\d{1,2}[.)]|[-*•–])\s+").expect("a valid pattern"));
    question[ITEM.find(question).map_or(0, |item| item.end())..].trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_question_stands_by_itself_with_what_is_told_before_it() {
        let table: &[(&str, &[&str])] = &[
            ("what is Harbor? when was 8.0 released?", &["what is Harbor?", "when was 8.0 released?"]),
            (
                "I run a lab. How do I upgrade from 7.0? Who maintains Harbor? And who made it? Thanks!",
                &["I run a lab. How do I upgrade from 7.0?", "Who maintains Harbor? And who made it? Thanks!"],
            ),
            (
                "1. what is a subcloud?\n2. how many nodes are there at most?\n3) where is the list?",
                &["what is a subcloud?", "how many nodes are there at most?", "where is the list?"],
            ),
            (
                "can someone help me? how do I install Harbor? where is the list?",
                &["how do I install Harbor?", "where is the list?"],
            ),
            ("who made Harbor? and what does it do?", &["who made Harbor? and what does it do?"]),
            ("does it run on ARM? if so, how?", &["does it run on ARM? if so, how?"]),
            ("Is it in 4.0? It fails with an error.", &["Is it in 4.0? It fails with an error."]),
            ("may I ask something? where is the list?", &["may I ask something? where is the list?"]),
            ("how are you? what is Harbor?", &["how are you? what is Harbor?"]),
            ("when was 7.0 released", &["when was 7.0 released"]),
            ("what is Harbor? What is Harbor? what is Har", &["what is Harbor? What is Harbor? what is Har"]),
            ("", &[""]),
        ];
        for (text, expected) in table {
            assert_eq!(questions(text), *expected, "{text}");
        }
    }
}
