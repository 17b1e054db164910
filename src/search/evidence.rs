//! What a sentence holds that a kind of question asks for: a date, a number, a name…

use std::sync::LazyLock;

use bitflags::bitflags;
use regex::Regex;

use super::analysis::Word;
use crate::corpus::{Link, Opening, Sentence, SentenceKind};
use crate::english::evidence::{self, ANNOUNCEMENTS, BEGINNINGS, COMMANDS, DEFINITIONS, ENDINGS, REASONS};
use crate::english::figures::{DATE_WORDS, FREQUENCIES, MONTHS, NUMBERS, TIME_UNITS};

bitflags! {
    /// A set of things that a sentence holds, or that a question wants.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Evidence: u32 {
        /// A month, a year, a quarter: `June 1-5`, `in 2021`, `the end of this year`.
        const DATE = 1 << 0;
        /// A release: `7.0`.
        const RELEASE = 1 << 1;
        /// A count or measure, in digits or words.
        const NUMBER = 1 << 2;
        /// A name of a person, company, product or place: a capital within the sentence.
        const NAME = 1 << 3;
        /// A link.
        const LINK = 1 << 4;
        /// A reason: because, so that, due to…
        const REASON = 1 << 5;
        /// Words that define: `is a`, `called`, `stands for`…
        const DEFINITION = 1 << 6;
        /// A command, or a step to take.
        const COMMAND = 1 << 7;
        /// A question or an announcement of what follows: it rarely answers.
        const ANNOUNCEMENT = 1 << 8;
        /// Words of a beginning: introduced, started, decided…
        const BEGINNING = 1 << 9;
        /// Words of an end or of the present: finished, now, latest…
        const ENDING = 1 << 10;
        /// Code, output, a table's row: it answers where a command is asked for.
        const CODE = 1 << 11;
        /// It begins with `this`, `it`, `the feature`, or is an item of a list: what it is about stands in the sentence before.
        const ANAPHORIC = 1 << 12;
        /// How long or how often: `two days`, `20 milliseconds`, `weekly`.
        const DURATION = 1 << 13;
        /// A day: `June 1-5`, `20 September`.
        const DAY = 1 << 14;
    }
}

impl Evidence {
    /// What a sentence, with these words, holds.
    pub(super) fn of(sentence: &Sentence, words: &[Word]) -> Self {
        let when = |holds: bool, evidence: Self| if holds { evidence } else { Self::empty() };
        let any = |test: &dyn Fn(&Word) -> bool| words.iter().any(test);
        let lower = sentence.plain.to_lowercase();
        let web = |link: &Link| link.url.starts_with("http");
        let says = |phrases: &[&str]| phrases.iter().any(|phrase| lower.contains(phrase));
        when(any(&is_date_word), Self::DATE)
            | when(any(&|w| is_release(&w.term)), Self::RELEASE)
            | when(any(&is_number), Self::NUMBER)
            | when(words.iter().skip(1).any(is_name), Self::NAME)
            | when(sentence.links.iter().any(web) || says(&["https://", "http://"]), Self::LINK)
            | when(says(REASONS), Self::REASON)
            | when(says(DEFINITIONS), Self::DEFINITION)
            | when(lower.starts_with(['~', '$']) || says(COMMANDS) || holds_code(sentence), Self::COMMAND)
            | when(lower.trim_end().ends_with('?') || says(ANNOUNCEMENTS), Self::ANNOUNCEMENT)
            | when(says(BEGINNINGS), Self::BEGINNING)
            | when(says(ENDINGS), Self::ENDING)
            | when(is_code(sentence), Self::CODE)
            | when(any(&is_frequency) || words.windows(3).any(is_duration), Self::DURATION)
            | when(words.windows(2).any(|pair| is_day(&pair[0], &pair[1]) || is_day(&pair[1], &pair[0])), Self::DAY)
            | when(is_anaphoric(sentence), Self::ANAPHORIC)
    }
}

/// Whether a sentence can't be read without the one before it: it begins with a pronoun, speaks of `the feature`, or is an
/// item of a list.
pub fn is_anaphoric(sentence: &Sentence) -> bool {
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| Regex::new(evidence::ANAPHORIC).expect("a valid pattern"));
    matches!(sentence.opening, Opening::Item(_)) || PATTERN.is_match(&sentence.plain)
}

/// Whether a sentence sets some of its words as code.
fn holds_code(sentence: &Sentence) -> bool {
    sentence.kind != SentenceKind::Code && !sentence.code.is_empty()
}

/// Whether a line is code, output or a table's row rather than a sentence: it begins like one, or a quarter of it is signs.
fn is_code(sentence: &Sentence) -> bool {
    let line = sentence.plain.trim();
    let signs = line.chars().filter(|c| !c.is_alphanumeric() && !c.is_whitespace()).count();
    let begins = sentence.kind == SentenceKind::Row || line.starts_with(['~', '$', '|', '{', '}', '<', '#', '/']);
    begins || (sentence.links.is_empty() && signs * 4 > line.chars().count())
}

/// `7.0`, `12.0.1`: numbers with dots between them. Kernel `5.10` and Kubernetes `1.23` are versions too.
fn is_release(term: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    term.split_once('.').is_some_and(|(major, minor)| digits(major) && minor.split('.').all(digits))
}

/// Whether a word names a month: capitalised, for `may` is a verb.
fn is_month(word: &Word) -> bool {
    word.capital && MONTHS.iter().any(|month| month.eq_ignore_ascii_case(&word.text))
}

/// Whether a word names a month, a year, a quarter.
fn is_date_word(word: &Word) -> bool {
    is_year(&word.text) || is_month(word) || DATE_WORDS.contains(&word.text.as_str())
}

/// Whether the first of these words counts a span of time: `ten hours`, `5 working days`.
fn is_duration(words: &[Word]) -> bool {
    is_number(&words[0]) && words[1..].iter().any(|word| TIME_UNITS.contains(&word.term.as_str()))
}

fn is_frequency(word: &Word) -> bool {
    FREQUENCIES.contains(&word.text.as_str())
}

fn is_day(month: &Word, day: &Word) -> bool {
    is_month(month) && day.text.parse().is_ok_and(|day: u8| (1..=31).contains(&day))
}

fn is_year(text: &str) -> bool {
    text.len() == 4 && (text.starts_with("20") || text.starts_with("19")) && text.chars().all(|c| c.is_ascii_digit())
}

/// Whether a word counts or measures: digits or words, but no release and no year.
pub(super) fn is_number(word: &Word) -> bool {
    let written = word.text.starts_with(|c: char| c.is_ascii_digit()) && !is_release(&word.term);
    (written && !is_year(&word.text)) || NUMBERS.contains(&word.text.as_str())
}

pub(super) fn is_name(word: &Word) -> bool {
    word.capital && word.text.len() > 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::analysis::words;

    #[test]
    fn a_sentence_tells_what_it_holds() {
        let of = |sentence: Sentence| Evidence::of(&sentence, &words(&sentence.plain));
        let holds = |text: &str, evidence: Evidence| of(Sentence::of_plain_text(text)).intersects(evidence);
        assert!(holds("held online on June 1-5.", Evidence::DATE));
        assert!(!holds("It may work.", Evidence::DATE));
        assert!(holds("in the 7.0 release", Evidence::RELEASE));
        assert!(holds("more than eighty or ninety, or 80 people", Evidence::NUMBER));
        assert!(!holds("the 7.0 release", Evidence::NUMBER));
        assert!(holds("users including Vodafone", Evidence::NAME));
        assert!(!holds("Users like it", Evidence::NAME));
        assert!(holds("It moved because of changes", Evidence::REASON));
        assert!(!holds("held in 2021", Evidence::NUMBER));
        assert!(
            holds("spent almost ten hours on it", Evidence::DURATION) && !holds("ten people, for an hour", Evidence::DURATION)
        );
        assert!(holds("held online on June 1-5.", Evidence::DAY) && !holds("in June 2020", Evidence::DAY));
        assert!(holds("| 2  | 7ce78 | pxeboot | True |", Evidence::CODE));
        let link = Link { text: 8..12, url: "https://docs.x.org/a/b-c.html#d".to_owned() };
        let linking = of(Sentence { links: vec![link], ..Sentence::of_plain_text("See the docs.") });
        assert!(linking.intersects(Evidence::LINK) && !linking.intersects(Evidence::CODE));
        assert!(holds("The feature gets enabled in 8.0.", Evidence::ANAPHORIC));
    }
}
