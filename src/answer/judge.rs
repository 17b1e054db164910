//! How sure an answer is, and what may be said of it.

use serde::{Deserialize, Serialize};

use crate::search::{Hit, Query, Role};

use super::question::Analysis;

/// What may be said of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A quoted sentence answers.
    Answered,
    /// The nearest passage is shown; it may not answer.
    Closest,
    /// The posts don't say.
    NotInPosts,
}

/// Confidences, 0 to 1, from which more may be said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// From here on, an answer is given as one.
    pub answered: f32,
    /// From here on, the nearest passage is shown.
    pub closest: f32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { answered: 0.5, closest: 0.25 }
    }
}

impl Thresholds {
    /// What may be said with this confidence.
    pub fn verdict(self, confidence: f32) -> Verdict {
        if confidence >= self.answered {
            Verdict::Answered
        } else if confidence >= self.closest {
            Verdict::Closest
        } else {
            Verdict::NotInPosts
        }
    }
}

/// What the confidence is made of; each 0 to 1.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signs {
    /// [`Features::sentence`](crate::search::Features::sentence) of the best hit.
    pub sentence: f32,
    /// Its `nearby`.
    pub nearby: f32,
    /// Its `passage`.
    pub passage: f32,
    /// Its `bm25`, capped at 1.
    pub bm25: f32,
    /// Its `evidence`, 1 where the kind wants none.
    pub evidence: f32,
    /// Its `pairs`.
    pub pairs: f32,
    /// Share of the question's weight whose words stand nowhere in the posts.
    pub unknown: f32,
    /// Share of the asked-for numbers that are missing from the best hit.
    pub numbers_missing: f32,
    /// Share of topic words, each counted once, that the best passage holds in no form.
    pub topics_missing: f32,
    /// 1 where the rarest topic word that the posts know is missing from the best hit's passage.
    pub rarest_missing: f32,
    /// How far the best hit is ahead of the next passage, in scores, 0 to 1.
    pub margin: f32,
}

impl Signs {
    pub(super) fn read(analysis: &Analysis, hits: &[Hit], topics_missing: f32, rarest_missing: f32) -> Self {
        let Some(best) = hits.first() else { return Self { unknown: 1.0, topics_missing: 1.0, ..Self::default() } };
        let next = hits.get(1).map_or(0.0, |h| h.score);
        let features = best.features;
        Self {
            sentence: features.sentence,
            nearby: features.nearby,
            passage: features.passage,
            bm25: features.bm25.min(1.0),
            evidence: features.evidence,
            pairs: features.pairs,
            unknown: unknown_share(&analysis.query),
            numbers_missing: 1.0 - features.numbers,
            topics_missing,
            rarest_missing,
            margin: ((best.score - next) / best.score.max(f32::EPSILON)).clamp(0.0, 1.0),
        }
    }

    /// In the order of the fields.
    pub fn values(&self) -> [f32; 11] {
        [
            self.sentence,
            self.nearby,
            self.passage,
            self.bm25,
            self.evidence,
            self.pairs,
            self.unknown,
            self.numbers_missing,
            self.topics_missing,
            self.rarest_missing,
            self.margin,
        ]
    }
}

fn unknown_share(query: &Query) -> f32 {
    let unknown: f32 = query.terms.iter().filter(|t| t.is_unknown() && t.role != Role::Form).map(|t| t.weight).sum();
    unknown / query.weight().max(f32::EPSILON)
}
