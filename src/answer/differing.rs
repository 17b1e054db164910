//! Posts of different dates that say different things of one subject.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::corpus::Sentence;
use crate::english::evidence;
use crate::search::analysis;

use super::Citation;

/// Sentences that share this much of their words (Jaccard) say the same thing, but for what differs.
const SAME_STATEMENT: f64 = 0.4;

/// The newest of the citations, where it says otherwise than an older one on the same subject: other figures, another release,
/// another address, or the opposite. `counted` tells that the question asks for a figure, so that any two figures differ.
pub(super) fn newest_of(citations: &[Citation], counted: bool) -> Option<usize> {
    let dated = citations.iter().enumerate().filter_map(|(index, citation)| Some((citation.date?, index)));
    let (date, newest) = dated.max_by_key(|&(date, index)| (date, std::cmp::Reverse(index)))?;
    let mut older = citations.iter().filter(|other| other.date.is_some_and(|d| d < date)).peekable();
    older.peek()?;
    let new = Statement::of(citations[newest].answering());
    older.any(|other| new.says_otherwise_than(&Statement::of(other.answering()), counted)).then_some(newest)
}

/// The citations that say otherwise than the `newest` of them, which [`Told`](super::Told) names.
#[cfg(feature = "insight")]
pub fn outdated(citations: &[Citation], newest: usize) -> Vec<usize> {
    let Some(new) = citations.get(newest) else { return Vec::new() };
    let statement = Statement::of(new.answering());
    let old = |citation: &Citation| citation.date.zip(new.date).is_some_and(|(old, new)| old < new);
    let differing = |counted| -> Vec<usize> {
        let of_old = citations.iter().enumerate().filter(|(_, citation)| old(citation));
        let otherwise = of_old.filter(|(_, old)| statement.says_otherwise_than(&Statement::of(old.answering()), counted));
        otherwise.map(|(index, _)| index).collect()
    };
    let plainly = differing(false);
    // Where none differs so, the question was for a figure.
    if plainly.is_empty() { differing(true) } else { plainly }
}

/// What a sentence says, as far as two can be compared.
struct Statement {
    words: BTreeSet<String>,
    figures: BTreeSet<String>,
    addresses: BTreeSet<String>,
    negated: bool,
}

impl Statement {
    fn of(sentence: &Sentence) -> Self {
        static NEGATION: LazyLock<Regex> = LazyLock::new(|| Regex::new(evidence::NEGATION).expect("a valid pattern"));
        let text = &sentence.plain;
        let is_figure = |term: &str| term.starts_with(|c: char| c.is_ascii_digit());
        let terms = analysis::words(&text.replace(",", "")).into_iter().map(|w| w.term);
        let (figures, words) = terms.partition(|term| is_figure(term));
        Self {
            words,
            figures,
            addresses: sentence.links.iter().map(|link| link.url.clone()).collect(),
            negated: NEGATION.is_match(text),
        }
    }

    fn says_otherwise_than(&self, old: &Self, counted: bool) -> bool {
        if counted && !self.figures.is_empty() && !old.figures.is_empty() {
            return self.figures.is_disjoint(&old.figures);
        }
        let shared = self.words.intersection(&old.words).count() as f64;
        let all = self.words.union(&old.words).count().max(1) as f64;
        let differs = self.figures != old.figures || self.addresses != old.addresses || self.negated != old.negated;
        differs && shared / all >= SAME_STATEMENT
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Link;

    fn citation(date: &str, highlight: &str) -> Citation {
        linking(date, highlight, &[])
    }

    fn linking(date: &str, highlight: &str, urls: &[&str]) -> Citation {
        let links = urls.iter().map(|url| Link { text: 0..1, url: (*url).to_owned() }).collect();
        Citation {
            file: String::new(),
            lines: (1, 1),
            source: String::new(),
            title: String::new(),
            authors: Vec::new(),
            date: date.parse().ok(),
            url: String::new(),
            section: Vec::new(),
            passage: 0,
            sentence: 0,
            sentences: vec![Sentence { links, ..Sentence::of_plain_text(highlight) }],
            highlighted: 0,
            brief_from: 0,
            excerpt: highlight.to_owned(),
            highlight: highlight.to_owned(),
            repeated_in: 0,
        }
    }

    #[test]
    fn the_newest_is_marked_where_posts_differ() {
        let old = citation("2020-01-01", "A controller can manage up to 1,000 sub-clouds.");
        let new = citation("2024-01-01", "A controller can manage up to 5,000 sub-clouds.");
        let other = citation("2024-01-01", "The weather in Paris was fine.");
        assert_eq!(newest_of(&[old.clone(), new.clone()], false), Some(1));
        assert_eq!(newest_of(&[old.clone(), old.clone()], false), None);
        assert_eq!(newest_of(&[new, other.clone()], false), None);
        assert_eq!(newest_of(&[old, other], true), None);
    }

    #[cfg(feature = "insight")]
    #[test]
    fn what_differs_from_the_newest_is_outdated() {
        let old = citation("2020-01-01", "A controller can manage up to 1,000 sub-clouds.");
        let new = citation("2024-01-01", "A controller can manage up to 5,000 sub-clouds.");
        let other = citation("2021-01-01", "The weather in Paris was fine.");
        assert_eq!(outdated(&[other.clone(), old.clone(), new.clone()], 2), [1]);
        let counted = citation("2020-01-01", "It was 300 at first.");
        assert_eq!(outdated(&[new.clone(), counted, other], 0), [1]);
        assert_eq!(outdated(&[new.clone(), new], 0), [0_usize; 0]);
    }

    #[test]
    fn addresses_and_negations_differ_too() {
        let old = linking("2020-01-01", "Please fill out the user survey.", &["https://old.org"]);
        let new = linking("2024-01-01", "Please fill out the user survey.", &["https://new.org"]);
        assert_eq!(newest_of(&[old, new], false), Some(1));
        let old = citation("2020-01-01", "IPv6 is supported on this network.");
        let new = citation("2024-01-01", "IPv6 is not supported on this network.");
        assert_eq!(newest_of(&[new, old], false), Some(0));
    }
}
