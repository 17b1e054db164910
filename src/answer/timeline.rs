//! The dated lead of a time question: which post reported what when, in order.

use std::sync::LazyLock;

use jiff::civil::Date;
use regex::Regex;

use crate::search::Edge;

use super::Citation;
use super::kind::Kind;

/// A dated sequence over the citations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    /// From which end it is told.
    pub edge: Edge,
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
    /// Releases as the highlighted sentence names them, verbatim: `6.0 release cycle`.
    pub releases: Vec<String>,
}

/// The sequence of the first `told` citations, which stand in the order of their dates, for a question about time; only the
/// first one where the question names no end.
pub(super) fn lead(kind: Kind, citations: &[Citation], told: usize) -> Option<Lead> {
    if !kind.is_temporal() {
        return None;
    }
    let step = |(index, citation): (usize, &Citation)| {
        Some(Step { citation: index, date: citation.date?, releases: releases(&citation.highlight) })
    };
    let steps: Vec<Step> = citations.iter().enumerate().take(told.max(1)).filter_map(step).collect();
    (!steps.is_empty()).then_some(Lead { edge: kind.edge(), steps })
}

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
    fn releases_are_told_in_the_posts_words() {
        assert_eq!(releases("ongoing during the 6.0 release cycle."), ["6.0 release cycle"]);
        assert_eq!(releases("The 7.0 release\nhas it; kernel 5.10 in release 6.0"), ["7.0 release", "release 6.0"]);
        assert!(releases("nothing of 2021").is_empty());
    }
}
