//! The closer look: a linear score over what a passage and its best sentence have in common with the question.
//!
//! What other values of the numbers here do to answers, `scripts/sensitivity` measures: see `docs/figures.md`.

use crate::linear::features;

use super::document::{DocumentTerms, SentenceTerms};
use super::evidence::Evidence;
use super::families::FamilyId;
use super::meaning::{Cosines, Nearness};
use super::query::{MAX_TERMS, Query, QueryTerm, Role, TemporalEnd};
use super::vocabulary::{TermId, Vocabulary};

features! {
    /// One thing that a passage, or a sentence of it, has in common with the question.
    enum Feature;
    /// What a passage and one of its sentences have in common with the question.
    struct Features;
    /// Share of the question's weight that the sentence covers, 0 to 1.
    Sentence = "sentence",
    /// The same, of the sentence with its neighbours, title and headings.
    Nearby = "nearby",
    /// Share of the question's neighbouring words that are neighbours in the sentence, 0 to 1.
    Pairs = "pairs",
    /// 1 where the sentence holds what the kind of question asks for.
    Evidence = "evidence",
    /// 1 where the sentence defines the topic, or counts it, and the question asks for that.
    Subject = "subject",
    /// 1 where the sentence speaks of the end of the timeline that is asked for.
    Edge = "edge",
    /// 1 where the sentence asks or announces.
    Announcement = "announcement",
    /// 1 where the sentence is code or a table's row and the question asks for no command.
    Code = "code",
    /// How near the sentence is to the question in meaning; 0 to 1 among all sentences, 0 without an encoder.
    SentenceMeaning = "sentence_meaning",
    /// BM25 over the weighted fields, divided by the most that one field could contribute, and capped: 0 to 1.5.
    Bm25 = "bm25",
    /// The same, times how much the question is longer than one sentence can cover: 0 for a short one.
    LongBm25 = "long_bm25",
    /// Share of the question's weight that the whole passage covers with its title and headings, 0 to 1.
    Passage = "passage",
    /// Share of the question's weight whose very words (or what an acronym stands for) the passage or its headings hold.
    Exact = "exact",
    /// Share of the weight of the asked-for numbers and releases that stand in the passage or its headings; 1 without any.
    Numbers = "numbers",
    /// How near the post is to the end of the timeline that is asked for, 0 to 1.
    Dated = "dated",
    /// 1 where the passage is a post's front matter and the question is not about it.
    FrontMatter = "front_matter",
    /// How near the passage is to the question in meaning; 0 to 1 among all passages, 0 without an encoder.
    PassageMeaning = "passage_meaning",
    /// The mean of that and the nearest sentence's, times how much the question is longer than one sentence can cover: 0 for a
    /// short one.
    LongMeaning = "long_meaning",
}

impl Feature {
    /// Whether it is the sentence's own, so that it helps to choose among those of a passage; others are the passage's, the same for
    /// each of its sentences.
    fn is_of_sentence(self) -> bool {
        match self {
            Self::Sentence
            | Self::Nearby
            | Self::Pairs
            | Self::Evidence
            | Self::Subject
            | Self::Edge
            | Self::Announcement
            | Self::Code
            | Self::SentenceMeaning => true,
            Self::Bm25
            | Self::LongBm25
            | Self::Passage
            | Self::Exact
            | Self::Numbers
            | Self::Dated
            | Self::FrontMatter
            | Self::PassageMeaning
            | Self::LongMeaning => false,
        }
    }
}

impl Features {
    /// The linear score of a sentence within its passage.
    fn weighed_as_sentence(&self, weights: &Weights) -> f32 {
        Feature::ALL.iter().filter(|feature| feature.is_of_sentence()).map(|feature| self[*feature] * weights[*feature]).sum()
    }
}

/// Weights of the features in the score.
pub type Weights = Features;

/// Credit of a word that is matched by another of its family, beside 1 for the word itself.
const FAMILY_MATCH: f32 = 0.7;
/// Credit of a word that stands in the title or headings only.
const CONTEXT_MATCH: f32 = 0.9;
/// Credit of a word that stands in the sentence that this one leans back on.
const ANTECEDENT_MATCH: f32 = 0.8;

/// A passage found.
#[derive(Clone, Debug, Default)]
pub struct Hit {
    /// Index of the document.
    pub document: usize,
    /// Index of the sentence in it that answers best.
    pub sentence: usize,
    /// Comparable within one query only.
    pub score: f32,
    /// What the score is made of.
    pub features: Features,
    /// How near it is in meaning.
    pub cosines: Cosines,
}

impl Hit {
    pub(super) fn unexamined(document: usize, score: f32) -> Self {
        Self { document, score, ..Self::default() }
    }
}

/// k1 + 1 with tantivy's k1 = 1.2: what a term's BM25 approaches, over its idf.
const BM25_CEILING: f32 = 2.2;
/// Several fields add up excess_length one field's ceiling; title words alone shall not carry a passage.
const BM25_CAP: f32 = 1.5;
/// In a question of more terms than these, no one sentence covers most of them: BM25 over the passage counts for more.
pub(super) const FOCUSED_TERMS: f32 = 3.6;

/// What each term of the query finds in one text, 0 to 1.
type MatchWeights = [f32; MAX_TERMS];

/// Ranks candidates again by a closer look at each, for one query.
pub(super) struct Reranker<'a> {
    query: &'a Query,
    vocabulary: &'a Vocabulary,
    weights: &'a Weights,
    /// Sum of the terms' weights.
    total: f32,
    /// How much longer the question is than one sentence can cover, squared; 0 for a short one.
    excess_length: f32,
    /// idf from which a name is rare.
    rare: f32,
    /// Terms of the words that define: is, are.
    copulas: Vec<TermId>,
}

impl<'a> Reranker<'a> {
    pub(super) fn new(query: &'a Query, vocabulary: &'a Vocabulary, weights: &'a Weights) -> Self {
        let copulas = ["is", "are", "mean", "stand"].iter().filter_map(|word| vocabulary.id(word)).collect();
        let excess_length = (query.terms.len() as f32 / FOCUSED_TERMS).max(1.0).powi(2) - 1.0;
        Self {
            query,
            vocabulary,
            weights,
            total: query.weight().max(f32::EPSILON),
            excess_length,
            copulas,
            rare: RARE_NAME * vocabulary.idf(None),
        }
    }

    /// Scores a candidate; `bm25` is its raw score.
    pub(super) fn at(&self, document: &DocumentTerms, at: usize, bm25: f32, meaning: Option<&Nearness<'_>>) -> Hit {
        let mut best: Option<Hit> = None;
        self.sentences(document, at, bm25, meaning, |sentence, features| {
            let score = features.weighed_as_sentence(self.weights);
            if best.as_ref().is_none_or(|best| score > best.score) {
                best = Some(Hit { document: at, sentence, score, features, ..Hit::default() });
            }
        });
        let mut best = best.unwrap_or_else(|| Hit::unexamined(at, f32::NEG_INFINITY));
        best.score = best.features.weighed(self.weights);
        best.cosines = meaning.map(|meaning| meaning.cosines(at, best.sentence)).unwrap_or_default();
        best
    }

    /// Every sentence of a candidate with its features.
    pub(super) fn sentences(
        &self,
        document: &DocumentTerms,
        at: usize,
        bm25: f32,
        meaning: Option<&Nearness<'_>>,
        mut visit: impl FnMut(usize, Features),
    ) {
        let context: MatchWeights = self.match_weights(&document.context, &document.context_families);
        let sentences = self.sentence_match_weights(document);
        let in_context = |found: &MatchWeights| merged(found, &context, CONTEXT_MATCH);
        let best_of = |texts: &[MatchWeights]| texts.iter().fold([0.0; MAX_TERMS], |best, text| merged(&best, text, 1.0));
        let passage = in_context(&best_of(&sentences));
        let bm25 = (bm25 / (self.total * BM25_CEILING)).min(BM25_CAP);
        let (passage_meaning, best_meaning) = meaning.map_or((0.0, 0.0), |m| (m.passage(at), m.best_sentence(at)));
        let of_passage = Features::default().with([
            (Feature::Bm25, bm25),
            (Feature::LongBm25, bm25 * self.excess_length),
            (Feature::Passage, self.share(&passage)),
            (Feature::Exact, self.share(&exact(&passage, CONTEXT_MATCH * ACRONYM_MATCH))),
            (Feature::Numbers, self.numbers(&passage)),
            (Feature::FrontMatter, one_if(document.front_matter && !self.query.front_matter)),
            (
                Feature::Dated,
                match self.query.edge {
                    TemporalEnd::Any => 0.0,
                    TemporalEnd::First => 1.0 - document.recency,
                    TemporalEnd::Last => document.recency,
                },
            ),
            (Feature::PassageMeaning, passage_meaning),
            (Feature::LongMeaning, (passage_meaning + best_meaning) / 2.0 * self.excess_length),
        ]);
        for (index, own) in sentences.iter().enumerate().filter(|(index, _)| document.sentences[*index].statement) {
            let around = &sentences[index.saturating_sub(1)..(index + 2).min(sentences.len())];
            let features = self.describe(&document.sentences[index], of_passage).with([
                (Feature::Sentence, self.share(own)),
                (Feature::Nearby, self.share(&in_context(&best_of(around)))),
                (Feature::SentenceMeaning, meaning.map_or(0.0, |m| m.sentence(at, index))),
            ]);
            visit(index, features);
        }
    }

    /// What a sentence is like, beside the words it shares with the question.
    fn describe(&self, sentence: &SentenceTerms, of_passage: Features) -> Features {
        let holds = |evidence| one_if(sentence.evidence.intersects(evidence));
        let wants = |evidence| self.query.wants.intersects(evidence);
        let edge = match self.query.edge {
            TemporalEnd::Any => 0.0,
            TemporalEnd::First => holds(Evidence::BEGINNING),
            TemporalEnd::Last => holds(Evidence::ENDING),
        };
        let subject = wants(Evidence::DEFINITION) && self.defines(&sentence.terms)
            || wants(Evidence::NUMBER) && self.counts(sentence)
            || wants(Evidence::DATE) && sentence.evidence.intersects(Evidence::DAY)
            || wants(Evidence::NAME) && self.names(sentence);
        of_passage.with([
            (Feature::Pairs, self.pairs(&sentence.terms)),
            (Feature::Evidence, holds(self.query.wants)),
            (Feature::Subject, one_if(subject)),
            (Feature::Edge, edge),
            (Feature::Announcement, holds(Evidence::ANNOUNCEMENT)),
            (Feature::Code, if wants(Evidence::COMMAND) { 0.0 } else { holds(Evidence::CODE) }),
        ])
    }

    /// Whether a sentence says what the topic is: the topic stands right before or after `is`.
    fn defines(&self, terms: &[TermId]) -> bool {
        let is_topic = |id: &TermId| self.topics().any(|topic| topic.id == Some(*id));
        let near_topic =
            |at: usize| terms[at.saturating_sub(COPULA_WORDS)..(at + 1 + COPULA_WORDS).min(terms.len())].iter().any(is_topic);
        let all_stand = self.topics().all(|topic| topic.id.is_some_and(|id| terms.contains(&id)) || topic.in_long_form(terms));
        all_stand && terms.iter().enumerate().any(|(at, term)| self.copulas.contains(term) && near_topic(at))
    }

    /// Whether a sentence counts the topic: `8 sessions`, `274 manual test cases`.
    fn counts(&self, sentence: &SentenceTerms) -> bool {
        let is_topic = |id: &TermId| self.topics().any(|topic| topic.id == Some(*id));
        sentence.numbers.iter().any(|&at| sentence.terms[at + 1..].iter().take(COUNTED_WORDS).any(is_topic))
    }

    /// Whether a sentence names something that the question doesn't, and that few passages name.
    fn names(&self, sentence: &SentenceTerms) -> bool {
        let asked = |id: &TermId| self.query.terms.iter().any(|term| term.id == Some(*id));
        sentence.names.iter().any(|id| !asked(id) && self.vocabulary.idf(Some(*id)) >= self.rare)
    }

    fn topics(&self) -> impl Iterator<Item = &QueryTerm> {
        self.query.terms.iter().filter(|t| t.role == Role::Topic)
    }

    /// MatchWeights of every sentence; one that leans back has those of the sentence before it, reduced.
    fn sentence_match_weights(&self, document: &DocumentTerms) -> Vec<MatchWeights> {
        let mut all: Vec<MatchWeights> = Vec::with_capacity(document.sentences.len());
        for sentence in &document.sentences {
            let own = self.match_weights(&sentence.terms, &sentence.families);
            let before = all.last().filter(|_| sentence.evidence.intersects(Evidence::ANAPHORIC));
            all.push(before.map(|before| merged(&own, before, ANTECEDENT_MATCH)).unwrap_or(own));
        }
        all
    }

    fn match_weights(&self, terms: &[TermId], families: &[FamilyId]) -> MatchWeights {
        let mut match_weights = [0.0; MAX_TERMS];
        for (slot, term) in match_weights.iter_mut().zip(&self.query.terms) {
            *slot = match_weight(term, terms, families);
        }
        match_weights
    }

    /// Share of the question's weight that these match_weights cover.
    fn share(&self, match_weights: &MatchWeights) -> f32 {
        self.query.terms.iter().zip(match_weights).map(|(term, match_weight)| term.weight * match_weight).sum::<f32>()
            / self.total
    }

    fn numbers(&self, match_weights: &MatchWeights) -> f32 {
        let asked = self.query.terms.iter().zip(match_weights).filter(|(term, _)| term.role == Role::Number);
        let sums = asked
            .fold((0.0, 0.0), |(total, found), (term, match_weight)| (total + term.weight, found + term.weight * match_weight));
        if sums.0 > 0.0 { sums.1 / sums.0 } else { 1.0 }
    }

    /// Share of the neighbouring pairs of the question that stand near each other, in their order.
    fn pairs(&self, terms: &[TermId]) -> f32 {
        let asked = self.query.terms.windows(2).filter_map(|pair| Some((pair[0].id?, pair[1].id?)));
        let (mut total, mut found) = (0.0, 0.0);
        for (first, second) in asked {
            total += 1.0;
            let after = |at: usize| terms[at + 1..].iter().take(PAIR_WORDS).any(|&t| t == second);
            found += one_if(terms.iter().enumerate().any(|(at, &t)| t == first && after(at)));
        }
        if total > 0.0 { found / total } else { 0.0 }
    }
}

/// A name is rare whose idf is this share of the largest: the community's own names stand everywhere.
const RARE_NAME: f32 = 0.55;
/// How far apart the words of a pair may stand.
const PAIR_WORDS: usize = 3;
/// How far from `is` a topic may stand that is defined: an article and an adjective.
const COPULA_WORDS: usize = 2;
/// How far behind its number a thing may stand that is counted: `274 manual test cases`.
const COUNTED_WORDS: usize = 3;

fn one_if(holds: bool) -> f32 {
    f32::from(u8::from(holds))
}

/// What one term of the query finds in a text with these terms and families, 0 to 1.
pub(super) fn match_weight(term: &QueryTerm, terms: &[TermId], families: &[FamilyId]) -> f32 {
    if term.id.is_some_and(|id| terms.contains(&id)) {
        1.0
    } else if term.in_long_form(terms) {
        ACRONYM_MATCH
    } else if term.families.iter().any(|family| families.binary_search(family).is_ok()) {
        FAMILY_MATCH
    } else {
        0.0
    }
}

/// Credit of a word that stands there as its acronym's long form, or the reverse.
const ACRONYM_MATCH: f32 = 0.9;

/// The match_weights from `least` on.
fn exact(match_weights: &MatchWeights, least: f32) -> MatchWeights {
    match_weights.map(|match_weight| if match_weight >= least { match_weight } else { 0.0 })
}

/// For each term, the better of two match_weights, the second one scaled.
fn merged(first: &MatchWeights, second: &MatchWeights, scale: f32) -> MatchWeights {
    std::array::from_fn(|term| first[term].max(second[term] * scale))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::{Sentence, SentenceKind};
    use crate::search::{Document, Families, Index, Meaning, tiny_encoder};

    /// Passages of nothing that is asked for: without others, no word would be rare.
    const OTHERS: [&str; 8] = ["Rain.", "Snow.", "Hail.", "Fog.", "Wind.", "Ice.", "Dew.", "Sun."];

    /// An index over one passage, in a crowd of others.
    fn index_of(document: Document<'_>) -> Index {
        let families = Families::parse(r#"families = [["pond", "lake"], ["eat", "devour"]]"#, "test").unwrap();
        let others = OTHERS.map(Document::of_plain_text);
        Index::build(&[vec![document], others.to_vec()].concat(), families).unwrap()
    }

    /// What a question has in common with each sentence of the first passage.
    fn features(index: &Index, query: &Query) -> Vec<Features> {
        let all = index.examine(query).unwrap().into_iter();
        all.filter(|(document, ..)| *document == 0).map(|(.., features)| features).collect()
    }

    fn text(text: &str) -> Document<'static> {
        Document::of_plain_text(text)
    }

    /// To two digits, as far as they are shown in tables.
    fn shown<const N: usize>(features: &Features, of: [Feature; N]) -> [f32; N] {
        of.map(|feature| (features[feature] * 100.0).round() / 100.0)
    }

    #[test]
    fn a_sentence_counts_for_the_words_it_holds_those_around_it_and_those_of_its_passage() {
        use Feature::{Nearby, Pairs, Passage, Sentence};
        let table = [
            ("Heron nests are high.", [1.0, 1.0, 1.0, 1.0]),
            ("Nests are high up for a heron.", [1.0, 1.0, 1.0, 0.0]),
            ("The heron sleeps. Nests are high.", [0.5, 1.0, 1.0, 0.0]),
            ("The heron sleeps. Gulls cry. Nests are high.", [0.5, 0.5, 1.0, 0.0]),
            ("The heron sleeps. Gulls cry.", [0.5, 0.5, 0.5, 0.0]),
        ];
        for (passage, expected) in table {
            // Where the passage has no word of the two, the other one is as rare, so that each is half of the question.
            let index = index_of(text(passage));
            let mut query = Query::of_words("heron nests", &index);
            query.terms.iter_mut().for_each(|term| term.weight = 1.0);
            let first = features(&index, &query)[0];
            assert_eq!(shown(&first, [Sentence, Nearby, Passage, Pairs]), expected, "{passage}");
        }
    }

    #[test]
    fn the_very_word_counts_in_full_and_other_ways_to_say_it_less() {
        use Feature::{Exact, Passage, Sentence};
        let titled = Document { title: "Pond".to_owned(), ..text("Frogs live here.") };
        let table = [
            ("pond", text("The pond is deep."), [1.0, 1.0, 1.0]),
            ("pond", text("Ponds are deep."), [1.0, 1.0, 1.0]),
            ("pond", titled, [0.0, 0.9, 0.9]),
            ("pond", text("The lake is deep."), [0.7, 0.7, 0.0]),
            // The abbreviation itself stands in the first sentence, what it stands for in both.
            ("nbs", text("The Nesting Bird Survey (NBS) began."), [1.0, 1.0, 1.0]),
        ];
        for (word, document, expected) in table {
            let index = index_of(document.clone());
            let found = features(&index, &Query::of_words(word, &index));
            assert_eq!(shown(&found[0], [Sentence, Passage, Exact]), expected, "{word} {document:?}");
        }
        let index = index_of(text("The Nesting Bird Survey (NBS) began. A survey of each nesting bird."));
        let found = features(&index, &Query::of_words("nbs", &index));
        assert_eq!(shown(&found[1], [Sentence]), [0.9], "an abbreviation's long form");
    }

    #[test]
    fn a_sentence_that_leans_back_has_the_words_of_the_one_before_it_reduced() {
        let of_second = |passage: &str| {
            let index = index_of(text(passage));
            shown(&features(&index, &Query::of_words("heron", &index))[1], [Feature::Sentence])
        };
        assert_eq!(of_second("The heron wakes. It fishes at dawn."), [0.8]);
        assert_eq!(of_second("The heron wakes. Gulls fish at dawn."), [0.0]);
    }

    #[test]
    fn what_a_question_asks_for_is_found_in_the_sentences_that_hold_it() {
        use Feature::{Announcement, Code, Edge as AtEdge, Evidence as Wanted, Subject};
        let (any, first, last) = (TemporalEnd::Any, TemporalEnd::First, TemporalEnd::Last);
        let table = [
            (Evidence::DATE, any, "The heron came in June.", Wanted, 1.0),
            (Evidence::DATE, any, "The heron came in silence.", Wanted, 0.0),
            (Evidence::empty(), any, "The heron came in June.", Wanted, 0.0),
            (Evidence::DATE, any, "The heron came on June 5.", Subject, 1.0),
            (Evidence::DATE, any, "The heron came in June.", Subject, 0.0),
            (Evidence::DEFINITION, any, "A heron is a tall bird.", Subject, 1.0),
            (Evidence::DEFINITION, any, "A gull is a friend of any grey heron.", Subject, 0.0),
            (Evidence::NUMBER, any, "We saw 12 grey herons.", Subject, 1.0),
            (Evidence::NUMBER, any, "We saw in 12 nights not one heron.", Subject, 0.0),
            (Evidence::NAME, any, "The heron knows Anna.", Subject, 1.0),
            (Evidence::NAME, any, "The heron knows you.", Subject, 0.0),
            (Evidence::NAME, any, "We call it Heron.", Subject, 0.0),
            (Evidence::empty(), first, "The heron began to nest.", AtEdge, 1.0),
            (Evidence::empty(), last, "The heron began to nest.", AtEdge, 0.0),
            (Evidence::empty(), last, "The heron finished its nest.", AtEdge, 1.0),
            (Evidence::empty(), any, "The heron finished its nest.", AtEdge, 0.0),
            (Evidence::empty(), any, "What does a heron eat?", Announcement, 1.0),
            (Evidence::empty(), any, "A heron eats frogs.", Announcement, 0.0),
            (Evidence::empty(), any, "# heron --eat frogs", Code, 1.0),
            (Evidence::COMMAND, any, "# heron --eat frogs", Code, 0.0),
            (Evidence::empty(), any, "A heron eats frogs.", Code, 0.0),
        ];
        for (wants, edge, sentence, feature, expected) in table {
            let index = index_of(text(sentence));
            let query = Query { wants, edge, ..Query::of_words("heron", &index) };
            assert_eq!(features(&index, &query)[0][feature], expected, "{feature:?} of {sentence} for {wants:?}, {edge:?}");
        }
    }

    #[test]
    fn a_passage_counts_for_its_day_its_place_and_the_numbers_asked_for() {
        let old = || Document { recency: 0.25, ..text("Version 7.0 of the nest box.") };
        let front = || Document { front_matter: true, ..old() };
        let table = [
            ("box 7.0", TemporalEnd::Any, false, old(), Feature::Numbers, 1.0),
            ("box 8.0", TemporalEnd::Any, false, old(), Feature::Numbers, 0.0),
            ("box", TemporalEnd::Any, false, old(), Feature::Numbers, 1.0),
            ("box", TemporalEnd::Any, false, old(), Feature::Dated, 0.0),
            ("box", TemporalEnd::First, false, old(), Feature::Dated, 0.75),
            ("box", TemporalEnd::Last, false, old(), Feature::Dated, 0.25),
            ("box", TemporalEnd::Any, false, old(), Feature::FrontMatter, 0.0),
            ("box", TemporalEnd::Any, false, front(), Feature::FrontMatter, 1.0),
            ("box", TemporalEnd::Any, true, front(), Feature::FrontMatter, 0.0),
        ];
        for (words, edge, front_matter, document, feature, expected) in table {
            let index = index_of(document);
            let query = Query { edge, front_matter, ..Query::of_words(words, &index) };
            assert_eq!(features(&index, &query)[0][feature], expected, "{feature:?} for {words}, {edge:?}, {front_matter}");
        }
    }

    #[test]
    fn only_a_long_question_counts_bm25_twice_and_none_beyond_its_cap() {
        let document = Document { title: "Heron".to_owned(), headings: vec!["Heron".to_owned()], ..text("Heron.") };
        let index = index_of(document);
        let of = |words: &str| features(&index, &Query::of_words(words, &index))[0];
        assert!(of("heron")[Feature::Bm25] > 0.3);
        assert_eq!(of("heron by pond")[Feature::LongBm25], 0.0);
        let long = of("heron pond fish frog reed gull");
        assert!(long[Feature::LongBm25] > long[Feature::Bm25], "{long:?}");
        let (query, weights) = (Query::of_words("heron", &index), Weights::default());
        let reranker = Reranker::new(&query, index.vocabulary(), &weights);
        let mut seen = Vec::new();
        let one =
            DocumentTerms { sentences: vec![SentenceTerms { statement: true, ..Default::default() }], ..Default::default() };
        reranker.sentences(&one, 0, 1_000.0, None, |_, features| seen.push(features[Feature::Bm25]));
        assert_eq!(seen, [BM25_CAP]);
    }

    #[test]
    fn the_best_sentence_is_chosen_by_what_is_its_own_and_labels_never_are() {
        let label = Sentence { kind: SentenceKind::Label, ..Sentence::of_plain_text("Herons and nests") };
        let plain = ["Herons sleep.", "Herons build nests."].map(Sentence::of_plain_text);
        let sentences = vec![label, plain[0].clone(), plain[1].clone()];
        let mut index = index_of(Document { sentences: sentences.into(), ..Document::default() });
        let query = Query::of_words("herons nests", &index);
        let mut best = |weights: &[(Feature, f32)]| {
            let weights = Weights::default().with(weights.iter().copied());
            index.set_weights(weights);
            let hit = index.search(&query, 1).unwrap().remove(0);
            assert_eq!(hit.score, hit.features.weighed(&weights));
            hit.sentence
        };
        assert_eq!(best(&[(Feature::Sentence, 1.0)]), 2);
        assert_eq!(best(&[(Feature::Sentence, -1.0)]), 1);
        assert_eq!(best(&[(Feature::Passage, 1.0)]), 1, "alike, the first one");
        assert_eq!(best(&[(Feature::Sentence, 1.0), (Feature::Passage, -9.0)]), 2);
    }

    #[test]
    fn meaning_runs_from_the_farthest_text_to_the_nearest_whatever_words_they_use() {
        let documents = ["A loaf.", "A loaf and a heron.", "A heron."].map(Document::of_plain_text);
        let encoder = tiny_encoder(&[&["loaf", "bread"], &["heron"]]);
        let meaning = Meaning::of(&documents, encoder, None, &|_, _| {}).unwrap();
        let index = Index::build(&documents, Families::default()).unwrap().with_meaning(Some(meaning.into()));
        let hits = index.search(&Query::of_words("bread", &index), 3).unwrap();
        let of = |document: usize| hits.iter().find(|hit| hit.document == document).unwrap();
        let near = |document: usize| shown(&of(document).features, [Feature::SentenceMeaning, Feature::PassageMeaning]);
        assert_eq!((near(0), near(2)), ([1.0, 1.0], [0.0, 0.0]));
        assert!(near(1)[0] > 0.2 && near(1)[0] < 0.9, "{:?}", near(1));
        let cosines = of(0).cosines;
        assert!(cosines.sentence > 0.99 && cosines.nearest == cosines.sentence && of(2).cosines.sentence < 0.6, "{hits:?}");
    }
}
