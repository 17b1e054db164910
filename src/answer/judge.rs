//! How sure an answer is, and what may be said of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::linear::features;
use crate::search::{Feature, Hit, Index, Query, Role};

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

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Answered => "answered",
            Self::Closest => "closest",
            Self::NotInPosts => "not in posts",
        })
    }
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
        Self { answered: 0.5, closest: 0.08 }
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

features! {
    /// One sign of how likely the best passage answers.
    enum Sign;
    /// What the confidence is made of: how the best passage stands to the question.
    struct Signs;
    /// 1: what is added whatever the other signs are.
    Constant = "constant",
    /// The passage's [`Feature::Sentence`].
    Sentence = "sentence",
    /// Its [`Feature::Nearby`].
    Nearby = "nearby",
    /// Its [`Feature::Passage`].
    Passage = "passage",
    /// Its [`Feature::Exact`].
    Exact = "exact",
    /// Its [`Feature::Bm25`].
    Bm25 = "bm25",
    /// Its [`Feature::Pairs`].
    Pairs = "pairs",
    /// Its [`Feature::Evidence`].
    Evidence = "evidence",
    /// Cosine of its sentence with the question, -1 to 1; 0 without an encoder.
    SentenceCosine = "sentence_cosine",
    /// Cosine of the passage with the question, -1 to 1; 0 without an encoder.
    PassageCosine = "passage_cosine",
    /// Cosine of the nearest sentence of all posts with the question, -1 to 1; 0 without an encoder.
    NearestCosine = "nearest_cosine",
    /// How far its score is above the runner-up's.
    Margin = "margin",
    /// Share of the question's weight whose words stand nowhere in the posts.
    Unknown = "unknown",
    /// Share of the asked-for numbers that are missing from the passage.
    NumbersMissing = "numbers_missing",
    /// 1 where the question's rarest topic word is missing from the passage in any form.
    RarestMissing = "rarest_missing",
}

impl Signs {
    /// Reads them off the hits, best first.
    pub(super) fn read(query: &Query, hits: &[Hit], index: &Index) -> Self {
        let Some(best) = hits.first() else {
            return Self::default().with([(Sign::Unknown, 1.0), (Sign::RarestMissing, 1.0), (Sign::Constant, 1.0)]);
        };
        let topics = query.terms.iter().filter(|t| t.role != Role::Form);
        let rarest = topics.max_by(|a, b| a.weight.total_cmp(&b.weight));
        let rarest_missing = rarest.is_some_and(|term| !index.holds(best.document, term));
        let features = &best.features;
        Self::default().with([
            (Sign::Constant, 1.0),
            (Sign::Sentence, features[Feature::Sentence]),
            (Sign::Nearby, features[Feature::Nearby]),
            (Sign::Passage, features[Feature::Passage]),
            (Sign::Exact, features[Feature::Exact]),
            (Sign::Bm25, features[Feature::Bm25]),
            (Sign::Pairs, features[Feature::Pairs]),
            (Sign::Evidence, features[Feature::Evidence]),
            (Sign::SentenceCosine, best.cosines.sentence),
            (Sign::PassageCosine, best.cosines.passage),
            (Sign::NearestCosine, best.cosines.nearest),
            (Sign::Margin, hits.get(1).map_or(0.0, |second| best.score - second.score)),
            (Sign::Unknown, unknown_share(query)),
            (Sign::NumbersMissing, 1.0 - features[Feature::Numbers]),
            (Sign::RarestMissing, f32::from(u8::from(rarest_missing))),
        ])
    }

    /// How likely the question is answered, 0 to 1: logistic regression.
    pub fn confidence(&self, weights: &Self) -> f32 {
        1.0 / (1.0 + (-self.weighed(weights)).exp())
    }
}

/// Share of the question's weight whose words stand nowhere in the posts, 0 to 1.
pub(super) fn unknown_share(query: &Query) -> f32 {
    let unknown: f32 = query.terms.iter().filter(|t| t.is_unknown() && t.role != Role::Form).map(|t| t.weight).sum();
    unknown / query.weight().max(f32::EPSILON)
}
