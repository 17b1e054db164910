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

/// The thresholds on the confidence, 0 to 1, that decide the verdict.
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
    enum CalibrationFeature;
    /// What the confidence is made of: how the best passage stands to the question.
    struct CalibrationFeatures;
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

impl CalibrationFeatures {
    /// Reads them off the hits, best first.
    pub(super) fn read(query: &Query, hits: &[Hit], index: &Index) -> Self {
        let Some(best) = hits.first() else {
            return Self::default().with([
                (CalibrationFeature::Unknown, 1.0),
                (CalibrationFeature::RarestMissing, 1.0),
                (CalibrationFeature::Constant, 1.0),
            ]);
        };
        let topics = query.terms.iter().filter(|t| t.role != Role::Form);
        let rarest = topics.max_by(|a, b| a.weight.total_cmp(&b.weight));
        let rarest_missing = rarest.is_some_and(|term| !index.holds(best.document, term));
        let features = &best.features;
        Self::default().with([
            (CalibrationFeature::Constant, 1.0),
            (CalibrationFeature::Sentence, features[Feature::Sentence]),
            (CalibrationFeature::Nearby, features[Feature::Nearby]),
            (CalibrationFeature::Passage, features[Feature::Passage]),
            (CalibrationFeature::Exact, features[Feature::Exact]),
            (CalibrationFeature::Bm25, features[Feature::Bm25]),
            (CalibrationFeature::Pairs, features[Feature::Pairs]),
            (CalibrationFeature::Evidence, features[Feature::Evidence]),
            (CalibrationFeature::SentenceCosine, best.cosines.sentence),
            (CalibrationFeature::PassageCosine, best.cosines.passage),
            (CalibrationFeature::NearestCosine, best.cosines.nearest),
            (CalibrationFeature::Margin, hits.get(1).map_or(0.0, |second| best.score - second.score)),
            (CalibrationFeature::Unknown, unknown_share(query)),
            (CalibrationFeature::NumbersMissing, 1.0 - features[Feature::Numbers]),
            (CalibrationFeature::RarestMissing, f32::from(u8::from(rarest_missing))),
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

#[cfg(test)]
mod tests {
    use std::cmp::Ordering::{self, Equal, Greater, Less};
    use std::sync::LazyLock;

    use super::*;
    use crate::answer::{Models, Question, analyse};
    use crate::search::{Cosines, Document, Families};

    static INDEX: LazyLock<Index> = LazyLock::new(|| {
        let texts = ["Grey herons sleep.", "Gulls cry.", "Rain falls.", "Snow falls."];
        Index::build(&texts.map(Document::of_plain_text), Families::default()).unwrap()
    });

    fn query(question: &str) -> Query {
        analyse(&Question::new(question), &INDEX).query
    }

    fn hit(score: f32, features: &[(Feature, f32)]) -> Hit {
        let features = crate::search::Features::default().with(features.iter().copied());
        Hit { score, features, ..Hit::default() }
    }

    #[test]
    fn more_confidence_lets_more_be_said() {
        let thresholds = Thresholds { answered: 0.6, closest: 0.2 };
        let table = [
            (0.0, Verdict::NotInPosts),
            (0.19, Verdict::NotInPosts),
            (0.2, Verdict::Closest),
            (0.59, Verdict::Closest),
            (0.6, Verdict::Answered),
            (1.0, Verdict::Answered),
        ];
        for (confidence, verdict) in table {
            assert_eq!(thresholds.verdict(confidence), verdict, "{confidence}");
        }
        let shown = [Verdict::NotInPosts, Verdict::Closest, Verdict::Answered].map(|verdict| verdict.to_string());
        assert_eq!(shown, ["not in posts", "closest", "answered"]);
    }

    #[test]
    fn signs_are_those_of_the_best_hit_and_how_far_it_is_ahead() {
        let best = Hit {
            cosines: Cosines { passage: 0.2, sentence: 0.4, nearest: 0.6 },
            ..hit(5.0, &[(Feature::Sentence, 0.75), (Feature::Numbers, 1.0)])
        };
        let hits = [best, hit(3.5, &[(Feature::Sentence, 1.0)]), hit(1.0, &[])];
        let signs = CalibrationFeatures::read(&query("do grey herons sleep"), &hits, &INDEX);
        let expected = CalibrationFeatures::default().with([
            (CalibrationFeature::Constant, 1.0),
            (CalibrationFeature::Sentence, 0.75),
            (CalibrationFeature::PassageCosine, 0.2),
            (CalibrationFeature::SentenceCosine, 0.4),
            (CalibrationFeature::NearestCosine, 0.6),
            (CalibrationFeature::Margin, 1.5),
        ]);
        assert_eq!(signs, expected);
        let alone = CalibrationFeatures::read(&query("do grey herons sleep"), &hits[..1], &INDEX);
        assert_eq!(alone[CalibrationFeature::Margin], 0.0, "ahead of nobody");
    }

    #[test]
    fn what_is_missing_is_told_by_its_weight_in_the_question() {
        let first = hit(1.0, &[]);
        let second = Hit { document: 1, ..hit(1.0, &[]) };
        // Of the words, the one that stands nowhere is the rarest.
        let table = [
            ("grey herons", &first, 0.0, 0.0),
            ("grey herons", &second, 0.0, 1.0),
            ("yodelling", &first, 1.0, 1.0),
            // A word of the question's form is not missed.
            ("grey herons of the release", &first, 0.0, 0.0),
        ];
        for (question, best, unknown, rarest) in table {
            let signs = CalibrationFeatures::read(&query(question), std::slice::from_ref(best), &INDEX);
            assert_eq!(
                (signs[CalibrationFeature::Unknown], signs[CalibrationFeature::RarestMissing]),
                (unknown, rarest),
                "{question}"
            );
        }
        let share = unknown_share(&query("yodelling grey herons"));
        assert!(share > 0.2 && share < 0.5, "one of three words: {share}");
        assert_eq!(unknown_share(&query("")), 0.0);
    }

    #[test]
    fn confidence_is_the_logistic_function_of_the_weighed_signs() {
        let sure = |weight: f32| {
            let weights = CalibrationFeatures::default().with([(CalibrationFeature::Sentence, weight)]);
            CalibrationFeatures::default()
                .with([(CalibrationFeature::Sentence, 1.0), (CalibrationFeature::Margin, 9.0)])
                .confidence(&weights)
        };
        assert_eq!(sure(0.0), 0.5);
        let thrice = 3.0_f32.ln();
        assert!((sure(thrice) - 0.75).abs() < 1e-6 && (sure(-thrice) - 0.25).abs() < 1e-6);
    }

    /// A question with its hits.
    struct Case {
        query: Query,
        hits: Vec<Hit>,
    }

    impl Case {
        /// Half of everything, and nothing is missing; the rarest word is `herons`.
        fn usual() -> Self {
            let mut query = query("grey herons sleep");
            for (term, weight) in query.terms.iter_mut().zip([1.0, 2.0, 1.0]) {
                term.weight = weight;
            }
            let cosines = Cosines { passage: 0.5, sentence: 0.5, nearest: 0.5 };
            let half = Feature::ALL.iter().map(|feature| (*feature, 0.5)).collect::<Vec<_>>();
            let best = Hit { cosines, ..hit(5.0, &half) };
            Self { query, hits: vec![best, hit(4.0, &half)] }
        }

        fn in_full(mut self, feature: Feature) -> Self {
            self.hits[0].features = self.hits[0].features.with([(feature, 1.0)]);
            self
        }

        fn cosines(mut self, change: impl FnOnce(&mut Cosines)) -> Self {
            change(&mut self.hits[0].cosines);
            self
        }

        fn signs(&self) -> CalibrationFeatures {
            CalibrationFeatures::read(&self.query, &self.hits, &INDEX)
        }
    }

    /// A sign, a case in which it alone is other than usual, and how sure the answer is then beside the usual one: by words, and with
    /// an encoder. Why so stands beside it.
    type Row = (CalibrationFeature, fn(Case) -> Case, [Ordering; 2]);

    const ROWS: &[Row] = &[
        // What covers more of the question answers it more often.
        (CalibrationFeature::Sentence, |case| case.in_full(Feature::Sentence), [Greater, Greater]),
        (CalibrationFeature::Nearby, |case| case.in_full(Feature::Nearby), [Greater, Greater]),
        (CalibrationFeature::Passage, |case| case.in_full(Feature::Passage), [Greater, Greater]),
        (CalibrationFeature::Exact, |case| case.in_full(Feature::Exact), [Greater, Greater]),
        // Against all sense by itself: what BM25 and pairs tell beside the coverage above is a question's words said again and again.
        (CalibrationFeature::Bm25, |case| case.in_full(Feature::Bm25), [Less, Less]),
        (CalibrationFeature::Pairs, |case| case.in_full(Feature::Pairs), [Less, Less]),
        // A date where one asks when.
        (CalibrationFeature::Evidence, |case| case.in_full(Feature::Evidence), [Greater, Greater]),
        // What is near in meaning; without an encoder nothing is.
        (CalibrationFeature::SentenceCosine, |case| case.cosines(|of| of.sentence = 0.9), [Equal, Greater]),
        (CalibrationFeature::PassageCosine, |case| case.cosines(|of| of.passage = 0.9), [Equal, Greater]),
        (CalibrationFeature::NearestCosine, |case| case.cosines(|of| of.nearest = 0.9), [Equal, Greater]),
        // Where nothing else is as good, the best is not there by chance.
        (
            CalibrationFeature::Margin,
            |case| Case { hits: case.hits[..1].iter().cloned().chain([hit(0.0, &[])]).collect(), ..case },
            [Greater; 2],
        ),
        // Posts that lack a word rarely speak of it. With an encoder this is against all sense: an unknown word makes an answer surer.
        (
            CalibrationFeature::Unknown,
            |mut case| {
                case.query.terms[0].id = None;
                case
            },
            [Less, Greater],
        ),
        // Of release 7.0 another release's passage tells nothing. Half of the numbers are missing as usual.
        (CalibrationFeature::NumbersMissing, |case| case.in_full(Feature::Numbers), [Greater, Greater]),
        // A passage without the word that the question is about is about something else.
        (
            CalibrationFeature::RarestMissing,
            |mut case| {
                case.hits[0].document = 1;
                case
            },
            [Less, Less],
        ),
    ];

    #[test]
    fn each_sign_makes_an_answer_surer_or_less_sure_for_its_reason() {
        let models = Models::built_in();
        let usual = Case::usual().signs();
        for (sign, change, expected) in ROWS {
            let changed = change(Case::usual()).signs();
            let others = CalibrationFeature::ALL.iter().filter(|other| *other != sign && changed[**other] != usual[**other]);
            assert_eq!(others.count(), 0, "{sign:?} alone is changed: {changed:?}");
            for (weights, expected) in [models.words.confidence, models.meaning.confidence].into_iter().zip(expected) {
                let beside = |weights: &CalibrationFeatures| changed.confidence(weights).total_cmp(&usual.confidence(weights));
                assert_eq!(beside(&weights), *expected, "{sign:?}");
                let flipped = weights.with([(*sign, -weights[*sign])]);
                assert_eq!(beside(&flipped), expected.reverse(), "{sign:?} the other way round");
            }
        }
        let told = |sign: &CalibrationFeature| *sign == CalibrationFeature::Constant || ROWS.iter().any(|(of, ..)| of == sign);
        assert!(CalibrationFeature::ALL.iter().all(told), "a sign without a row");
    }

    #[test]
    fn of_a_question_without_a_hit_the_posts_say_nothing() {
        let models = Models::built_in();
        let signs = CalibrationFeatures::read(&query("yodelling"), &[], &INDEX);
        for weights in [models.words.confidence, models.meaning.confidence] {
            let verdict = |weights: &CalibrationFeatures| Thresholds::default().verdict(signs.confidence(weights));
            assert_eq!(verdict(&weights), Verdict::NotInPosts);
            let flipped = weights.with([(CalibrationFeature::Constant, -weights[CalibrationFeature::Constant])]);
            assert_ne!(verdict(&flipped), Verdict::NotInPosts, "the constant the other way round");
        }
    }
}
