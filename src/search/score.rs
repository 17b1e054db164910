//! The closer look: a linear score over what a passage and its best sentence have in common with the question.

use super::evidence::Evidence;
use super::families::FamilyId;
use super::index::{DocumentTerms, SentenceTerms};
use super::query::{Edge, MAX_TERMS, Query, QueryTerm, Role};
use super::vocabulary::{TermId, Vocabulary};

/// What a passage and its best sentence have in common with the question.
#[derive(Clone, Copy, Debug, Default)]
pub struct Features {
    /// BM25 over the weighted fields, over the largest sum that one field could give, capped: 0 to 1.5.
    pub bm25: f32,
    /// Share of the question's weight that the best sentence covers, 0 to 1.
    pub sentence: f32,
    /// The same, of the sentence with its neighbours, title and headings.
    pub nearby: f32,
    /// The same, of the whole passage with its title and headings.
    pub passage: f32,
    /// Share of the question's neighbouring words that are neighbours in the sentence, 0 to 1.
    pub pairs: f32,
    /// 1 where the sentence holds what the kind of question asks for.
    pub evidence: f32,
    /// 1 where the sentence defines the topic, or counts it, and the question asks for that.
    pub subject: f32,
    /// 1 where the sentence speaks of the end of the timeline that is asked for.
    pub edge: f32,
    /// How near the post is to that end, 0 to 1.
    pub dated: f32,
    /// 1 where the sentence asks or announces.
    pub announcement: f32,
    /// 1 where the sentence is code or a table's row and the question asks for no command.
    pub code: f32,
    /// 1 where the passage is a post's front matter and the question is not about it.
    pub front_matter: f32,
    /// Share of the weight of the asked-for numbers and releases that stand in the passage or its headings; 1 without any.
    pub numbers: f32,
    /// Share of the question's weight whose very words (or what an acronym stands for) the passage or its headings hold.
    pub exact: f32,
    /// Terms of the question.
    pub length: f32,
}

/// Weights of the [`Features`] in a passage's score, and two credits within them.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// Of each feature that has its name.
    pub bm25: f32,
    /// See [`Features::sentence`].
    pub sentence: f32,
    /// See [`Features::nearby`].
    pub nearby: f32,
    /// See [`Features::passage`].
    pub passage: f32,
    /// See [`Features::pairs`].
    pub pairs: f32,
    /// See [`Features::evidence`].
    pub evidence: f32,
    /// See [`Features::subject`].
    pub subject: f32,
    /// See [`Features::edge`].
    pub edge: f32,
    /// See [`Features::dated`].
    pub dated: f32,
    /// See [`Features::announcement`]; below zero.
    pub announcement: f32,
    /// See [`Features::code`]; below zero.
    pub code: f32,
    /// See [`Features::front_matter`]; below zero.
    pub front_matter: f32,
    /// Credit of a word that is matched by another of its family, beside 1 for the word itself.
    pub family: f32,
    /// Credit of a word that stands in the title or headings only.
    pub context: f32,
    /// Credit of a word that stands in the sentence that this one leans back on.
    pub leaning: f32,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            bm25: 0.95,
            sentence: 0.44,
            nearby: 0.38,
            passage: 0.33,
            pairs: 0.23,
            evidence: 0.19,
            subject: 0.1,
            edge: 0.27,
            dated: 0.1,
            announcement: -0.02,
            code: -0.25,
            front_matter: -0.54,
            family: 0.7,
            context: 0.9,
            leaning: 0.8,
        }
    }
}

impl Weights {
    fn of_sentence(&self, features: &Features) -> f32 {
        self.sentence * features.sentence
            + self.nearby * features.nearby
            + self.pairs * features.pairs
            + self.evidence * features.evidence
            + self.subject * features.subject
            + self.edge * features.edge
            + self.announcement * features.announcement
            + self.code * features.code
    }

    /// The linear score of a passage.
    pub fn of_passage(&self, features: &Features) -> f32 {
        self.of_sentence(features)
            + self.bm25 * features.bm25 * (features.length / FOCUSED_TERMS).max(1.0).powi(2)
            + self.passage * features.passage
            + self.dated * features.dated
            + self.front_matter * features.front_matter
    }
}

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
}

impl Hit {
    pub(super) fn unexamined(document: usize, score: f32) -> Self {
        Self { document, score, ..Self::default() }
    }
}

/// k1 + 1 with tantivy's k1 = 1.2: what a term's BM25 approaches, over its idf.
const BM25_CEILING: f32 = 2.2;
/// Several fields add up beyond one field's ceiling; title words alone shall not carry a passage.
const BM25_CAP: f32 = 1.5;
/// In a question of more terms than these, no one sentence covers most of them: BM25 over the passage counts for more.
pub(super) const FOCUSED_TERMS: f32 = 3.6;

/// What each term of the query finds in one text, 0 to 1.
type Credits = [f32; MAX_TERMS];

/// A closer look at candidates, for one query.
pub(super) struct Look<'a> {
    query: &'a Query,
    weights: &'a Weights,
    /// Sum of the terms' weights.
    total: f32,
    /// Terms of the words that define: is, are.
    copulas: Vec<TermId>,
}

impl<'a> Look<'a> {
    pub(super) fn new(query: &'a Query, vocabulary: &Vocabulary, weights: &'a Weights) -> Self {
        let copulas = ["is", "are", "mean", "stand"].iter().filter_map(|word| vocabulary.id(word)).collect();
        Self { query, weights, total: query.weight().max(f32::EPSILON), copulas }
    }

    /// Scores a candidate; `bm25` is its raw score.
    pub(super) fn at(&self, document: &DocumentTerms, at: usize, bm25: f32) -> Hit {
        let context: Credits = self.credits(&document.context, &document.context_families);
        let sentences = self.sentence_credits(document);
        let in_context = |found: &Credits| merged(found, &context, self.weights.context);
        let best_of = |texts: &[Credits]| texts.iter().fold([0.0; MAX_TERMS], |best, text| merged(&best, text, 1.0));
        let mut best = Hit::unexamined(at, f32::NEG_INFINITY);
        for (index, own) in sentences.iter().enumerate() {
            let around = &sentences[index.saturating_sub(1)..(index + 2).min(sentences.len())];
            let features = Features {
                sentence: self.share(own),
                nearby: self.share(&in_context(&best_of(around))),
                ..self.describe(&document.sentences[index])
            };
            let score = self.weights.of_sentence(&features);
            if score > best.score {
                best = Hit { document: at, sentence: index, score, features };
            }
        }
        let passage = in_context(&best_of(&sentences));
        best.features = Features {
            bm25: (bm25 / (self.total * BM25_CEILING)).min(BM25_CAP),
            length: self.query.terms.len() as f32,
            passage: self.share(&passage),
            numbers: self.numbers(&passage),
            exact: self.share(&exact(&passage, self.weights.context * SAME_AS_CREDIT)),
            front_matter: one_if(document.front_matter && !self.query.front_matter),
            dated: match self.query.edge {
                Edge::Any => 0.0,
                Edge::First => 1.0 - document.newness,
                Edge::Last => document.newness,
            },
            ..best.features
        };
        best.score = self.weights.of_passage(&best.features);
        best
    }

    /// What a sentence is like, beside the words it shares with the question.
    fn describe(&self, sentence: &SentenceTerms) -> Features {
        let holds = |evidence| one_if(sentence.evidence.intersects(evidence));
        let wants = |evidence| self.query.wants.intersects(evidence);
        Features {
            pairs: self.pairs(&sentence.terms),
            evidence: holds(self.query.wants),
            subject: one_if(
                wants(Evidence::DEFINITION) && self.defines(&sentence.terms) || wants(Evidence::NUMBER) && self.counts(sentence),
            ),
            edge: match self.query.edge {
                Edge::Any => 0.0,
                Edge::First => holds(Evidence::BEGINNING),
                Edge::Last => holds(Evidence::ENDING),
            },
            announcement: holds(Evidence::ANNOUNCEMENT),
            code: if wants(Evidence::COMMAND) { 0.0 } else { holds(Evidence::CODE) },
            ..Features::default()
        }
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

    fn topics(&self) -> impl Iterator<Item = &QueryTerm> {
        self.query.terms.iter().filter(|t| t.role == Role::Topic)
    }

    /// Credits of every sentence; one that leans back has those of the sentence before it, reduced.
    fn sentence_credits(&self, document: &DocumentTerms) -> Vec<Credits> {
        let mut all: Vec<Credits> = Vec::with_capacity(document.sentences.len());
        for sentence in &document.sentences {
            let own = self.credits(&sentence.terms, &sentence.families);
            let before = all.last().filter(|_| sentence.evidence.intersects(Evidence::LEANS_BACK));
            all.push(before.map(|before| merged(&own, before, self.weights.leaning)).unwrap_or(own));
        }
        all
    }

    fn credits(&self, terms: &[TermId], families: &[FamilyId]) -> Credits {
        let mut credits = [0.0; MAX_TERMS];
        for (slot, term) in credits.iter_mut().zip(&self.query.terms) {
            *slot = credit(term, terms, families, self.weights);
        }
        credits
    }

    /// Share of the question's weight that these credits cover.
    fn share(&self, credits: &Credits) -> f32 {
        self.query.terms.iter().zip(credits).map(|(term, credit)| term.weight * credit).sum::<f32>() / self.total
    }

    fn numbers(&self, credits: &Credits) -> f32 {
        let asked = self.query.terms.iter().zip(credits).filter(|(term, _)| term.role == Role::Number);
        let sums = asked.fold((0.0, 0.0), |(total, found), (term, credit)| (total + term.weight, found + term.weight * credit));
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
pub(super) fn credit(term: &QueryTerm, terms: &[TermId], families: &[FamilyId], weights: &Weights) -> f32 {
    if term.id.is_some_and(|id| terms.contains(&id)) {
        1.0
    } else if term.in_long_form(terms) {
        SAME_AS_CREDIT
    } else if term.families.iter().any(|family| families.binary_search(family).is_ok()) {
        weights.family
    } else {
        0.0
    }
}

/// Credit of a word that stands there as its acronym's long form, or the reverse.
const SAME_AS_CREDIT: f32 = 0.9;

/// The credits from `least` on.
fn exact(credits: &Credits, least: f32) -> Credits {
    credits.map(|credit| if credit >= least { credit } else { 0.0 })
}

/// For each term, the better of two credits, the second one scaled.
fn merged(first: &Credits, second: &Credits, scale: f32) -> Credits {
    std::array::from_fn(|term| first[term].max(second[term] * scale))
}
