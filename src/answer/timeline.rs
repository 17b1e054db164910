//! The dated lead of a time question: which post reported what when, in order.

use std::cmp::Reverse;
use std::sync::LazyLock;

use jiff::civil::Date;
use regex::Regex;

use crate::english::figures::MONTHS;
use crate::search::TemporalEnd;

use super::Citation;
use super::kind::{Kind, Subject};

/// A dated sequence over the citations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    /// From which end it is told.
    pub edge: TemporalEnd,
    /// In the order of the citations.
    pub steps: Vec<Step>,
}

/// One dated report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Index of the citation that carries it.
    pub citation: usize,
    /// The day the post was published.
    pub date: Date,
    /// For a question of when: the dates that the highlighted sentence names, verbatim: `August 2020`.
    pub said: Vec<String>,
    /// Releases as the highlighted sentence names them, verbatim: `6.0 release cycle`.
    pub releases: Vec<String>,
}

/// The sequence of the first `sequence_len` citations, from the `edge` that is asked for, which stand in the order of their dates, for a question about time; only the
/// first one where the question names no end.
pub(super) fn lead(kind: Kind, edge: TemporalEnd, citations: &[Citation], sequence_len: usize) -> Option<Lead> {
    kind.told_from(edge)?;
    let step = |(index, citation): (usize, &Citation)| {
        let said = if kind.subject() == Subject::Day { dates(&citation.answering().plain) } else { Vec::new() };
        Some(Step { citation: index, date: citation.date?, said, releases: releases(&citation.answering().plain) })
    };
    let steps: Vec<Step> = citations.iter().enumerate().take(sequence_len.max(1)).filter_map(step).collect();
    (!steps.is_empty()).then_some(Lead { edge, steps })
}

/// Puts things into the order of their dates, from the end of the timeline that is asked for; where none is, they stay as they are.
pub(super) fn from_end<T>(edge: TemporalEnd, things: &mut [T], date: impl Fn(&T) -> Option<Date>) {
    match edge {
        TemporalEnd::First => things.sort_by_key(date),
        TemporalEnd::Last => things.sort_by_key(|thing| Reverse(date(thing))),
        TemporalEnd::Any => {}
    }
}

/// Dates in a sentence, in its own words, each once: days, months, quarters, and years where no nearer date stands.
fn dates(sentence: &str) -> Vec<String> {
    static DATE: LazyLock<Regex> = LazyLock::new(|| {
        // May is a verb too: it wants a number beside it.
        let surely = MONTHS.iter().filter(|month| **month != "May").copied().collect::<Vec<_>>().join("|");
        let month = format!("(?:{surely})");
        const DAYS: &str = r"\d{1,2}(?:st|nd|rd|th)?(?:\s*(?:-|–|to|and)\s*\d{1,2}(?:st|nd|rd|th)?)?";
        const YEAR: &str = r"(?:19|20)\d{2}";
        let forms = [
            format!(r"{DAYS}\s+(?:{month}|May)(?:,?\s+{YEAR})?"),
            format!(r"(?:{month}|May)\s+{DAYS}\b(?:,?\s+{YEAR})?"),
            format!(r"(?:{month}|May),?\s+{YEAR}"),
            format!(
                r"(?:the\s+)?(?:(?:end|beginning|middle)\s+of\s+)?(?:the\s+)?(?:first|second|third|fourth|last)\s+quarter(?:\s+of\s+{YEAR})?"
            ),
            format!(r"(?:(?:early|mid|late|beginning of|end of)[ -])?{month}"),
            format!(r"(?:(?:early|mid|late|beginning of|end of)[ -])?{YEAR}"),
        ];
        Regex::new(&format!(r"\b(?:{})\b", forms.join("|"))).expect("a valid pattern")
    });
    let mut found: Vec<String> = Vec::new();
    for date in DATE.find_iter(sentence) {
        let words = date.as_str().split_whitespace().collect::<Vec<_>>().join(" ");
        if !found.iter().any(|known| known.contains(&words)) {
            found.push(words);
        }
    }
    found.truncate(MOST_DATES);
    found
}

/// Dates of one sentence that a lead names.
const MOST_DATES: usize = 3;

/// Releases in a sentence, in its own words, each once.
fn releases(sentence: &str) -> Vec<String> {
    static RELEASE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:(?:release|version|StarlingX)\s+)?\b\d{1,2}\.0\b(?:\s+(?:release(?:\s+cycle)?|version))?")
            .expect("a valid pattern")
    });
    let mut found: Vec<String> = Vec::new();
    for release in RELEASE.find_iter(sentence) {
        let words = release.as_str().split_whitespace().collect::<Vec<_>>().join(" ");
        if !found.contains(&words) {
            found.push(words);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_told_from_the_end_that_is_asked_for_and_what_is_of_one_day_keeps_its_order() {
        let told = |edge| {
            let mut posts = [("b", "2021-05-06"), ("c", "2022-05-06"), ("a", "2020-05-06"), ("d", "2021-05-06")];
            from_end(edge, &mut posts, |(_, day)| day.parse().ok());
            posts.map(|(name, _)| name).concat()
        };
        assert_eq!([TemporalEnd::First, TemporalEnd::Last, TemporalEnd::Any].map(told), ["abdc", "cbda", "bcad"]);
    }

    #[test]
    fn dates_are_told_in_the_posts_words() {
        assert_eq!(dates("StarlingX 4.0 was released in August 2020."), ["August 2020"]);
        assert_eq!(dates("held online on June 1-5, and on 3 May 2021"), ["June 1-5", "3 May 2021"]);
        assert_eq!(dates("planned for the end of the first quarter of 2023."), ["the end of the first quarter of 2023"]);
        assert_eq!(dates("in Shanghai, November 4-8, 2019, in 2019"), ["November 4-8, 2019"]);
        assert!(dates("It may take 20 minutes with port 2021x").is_empty());
    }

    #[test]
    fn releases_are_told_in_the_posts_words() {
        assert_eq!(releases("ongoing during the 6.0 release cycle."), ["6.0 release cycle"]);
        assert_eq!(releases("The 7.0 release\nhas it; kernel 5.10 in release 6.0"), ["7.0 release", "release 6.0"]);
        assert!(releases("nothing of 2021").is_empty());
    }
}
