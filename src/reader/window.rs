//! What is read at once, as tokens: `[CLS] question [SEP] context . sentences [SEP]`.

use std::ops::Range;

use jiff::civil::Date;
use tokenizers::Tokenizer;

/// Tokens of a window with everything: 128 take some 10 ms of one core, and hold five sentences of a post in the median.
const MAX_TOKENS: usize = 128;
/// Tokens of a question, as in training.
const MAX_QUESTION: usize = 40;
/// Tokens of a context, as in training.
const MAX_CONTEXT: usize = 32;

/// What stands above a passage, as the reader was trained to see it: `title › nearest heading, month year`.
pub fn context(title: &str, section: &[String], date: Option<Date>) -> String {
    let heading = section.last().filter(|heading| !heading.is_empty());
    let mut context = title.to_owned();
    if let Some(heading) = heading {
        let between = if context.is_empty() { "" } else { " › " };
        context = format!("{context}{between}{heading}");
    }
    match date {
        Some(date) => format!("{context}, {}", date.strftime("%B %Y")),
        None => context,
    }
}

/// Cuts texts into tokens and puts them together.
pub(super) struct Words {
    tokenizer: Tokenizer,
    begin: u32,
    between: u32,
    full_stop: u32,
}

/// A question, a context and sentences as one sequence.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Packed {
    pub(super) ids: Vec<u32>,
    /// 0 for the question, 1 for the rest.
    pub(super) types: Vec<u32>,
    /// Where each sentence's tokens stand; empty where it wasn't read.
    pub(super) sentences: Vec<Range<usize>>,
}

impl Words {
    /// Of a tokenizer that cuts nothing and fills nothing up.
    pub(super) fn new(tokenizer: Tokenizer) -> Result<Self, String> {
        let id = |token: &str| tokenizer.token_to_id(token).ok_or_else(|| format!("it has no token {token}"));
        let (begin, between) = (id("[CLS]")?, id("[SEP]")?);
        let full_stop = tokenizer.token_to_id(".").unwrap_or(between);
        Ok(Self { begin, between, full_stop, tokenizer })
    }

    pub(super) fn question(&self, text: &str) -> Vec<u32> {
        self.first(text, MAX_QUESTION)
    }

    pub(super) fn context(&self, text: &str) -> Vec<u32> {
        self.first(text, MAX_CONTEXT)
    }

    /// A text's tokens.
    pub(super) fn ids(&self, text: &str) -> Vec<u32> {
        // A text that it can't cut is read as an empty one: any question is taken.
        self.tokenizer.encode(text, false).map(|encoding| encoding.get_ids().to_vec()).unwrap_or_default()
    }

    fn first(&self, text: &str, most: usize) -> Vec<u32> {
        let mut ids = self.ids(text);
        ids.truncate(most);
        ids
    }

    /// Tokens that are left for sentences.
    pub(super) fn room(question: &[u32], context: &[u32]) -> usize {
        // [CLS], two [SEP], and the full stop behind a context.
        MAX_TOKENS - 3 - question.len() - context.len() - usize::from(!context.is_empty())
    }

    /// Puts the tokens together; what doesn't fit is cut.
    pub(super) fn pack(&self, question: &[u32], context: &[u32], sentences: &[Vec<u32>]) -> Packed {
        let mut ids = [&[self.begin], question, &[self.between]].concat();
        let asked = ids.len();
        if !context.is_empty() {
            ids.extend(context);
            ids.push(self.full_stop);
        }
        let mut spans = Vec::with_capacity(sentences.len());
        for sentence in sentences {
            let from = ids.len();
            let fits = sentence.len().min(MAX_TOKENS - 1 - from);
            ids.extend(&sentence[..fits]);
            spans.push(from..from + fits);
        }
        ids.push(self.between);
        let types = (0..ids.len()).map(|at| u32::from(at >= asked)).collect();
        Packed { ids, types, sentences: spans }
    }
}

/// The sentences around `centre` whose tokens fit into `room`, the following before the preceding ones.
pub(super) fn around(centre: usize, lengths: &[usize], room: usize) -> Range<usize> {
    let (mut first, mut last) = (centre, centre + 1);
    let mut left = room.saturating_sub(lengths[centre]);
    loop {
        let before = (first, last);
        if last < lengths.len() && lengths[last] <= left {
            left -= lengths[last];
            last += 1;
        }
        if first > 0 && lengths[first - 1] <= left {
            first -= 1;
            left -= lengths[first];
        }
        if before == (first, last) {
            return first..last;
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_context_names_title_nearest_heading_and_month() {
        let section = ["Meetings".to_owned(), "Spring".to_owned()];
        let cases = [
            (context("The pond", &section, Some(date(2024, 3, 9))), "The pond › Spring, March 2024"),
            (context("The pond", &[], Some(date(2024, 12, 1))), "The pond, December 2024"),
            (context("The pond", &section, None), "The pond › Spring"),
            (context("", &section, None), "Spring"),
            (context("", &[], None), ""),
        ];
        for (made, wanted) in cases {
            assert_eq!(made, wanted);
        }
    }

    #[test]
    fn a_window_takes_the_following_sentences_before_the_preceding_ones_as_far_as_they_fit() {
        let cases = [
            (0, vec![5, 5, 5], 20, 0..3),
            (1, vec![5, 5, 5], 10, 1..3),
            (2, vec![5, 5, 5], 10, 1..3),
            (1, vec![5, 5, 9], 10, 0..2),
            (1, vec![5, 50, 5], 10, 1..2),
            (1, vec![5, 10, 0], 10, 1..3),
            (2, vec![1, 9, 3, 9, 1], 4, 2..3),
            (0, vec![1], 0, 0..1),
        ];
        for (centre, lengths, room, wanted) in cases {
            assert_eq!(around(centre, &lengths, room), wanted, "{centre} of {lengths:?} in {room}");
        }
    }
}
