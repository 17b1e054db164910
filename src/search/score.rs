//! The closer look: a linear score over what a passage and its best sentence have in common with the question.

use super::evidence::Evidence;
use super::families::FamilyId;
use super::index::DocumentTerms;
use super::query::{Query, QueryTerm, Role};
use super::vocabulary::TermId;

/// Weights of the [`Features`] in a passage's score.
#[derive(Clone, Debug)]
pub struct Weights {
    /// Of [`Features::bm25`].
    pub bm25: f32,
    /// Of [`Features::sentence`].
    pub sentence: f32,
    /// Of [`Features::nearby`].
    pub nearby: f32,
    /// Of [`Features::passage`].
    pub passage: f32,
    /// Of [`Features::pairs`].
    pub pairs: f32,
    /// Of [`Features::evidence`].
    pub evidence: f32,
    /// Of [`Features::announcement`]; below zero.
    pub announcement: f32,
    /// Of [`Features::front_matter`]; below zero.
    pub front_matter: f32,
    /// Credit of a word that is matched by another of its family, beside 1 for the word itself.
    pub family: f32,
    /// Credit of a word that stands in the title or headings only.
    pub context: f32,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            bm25: 1.0,
            sentence: 0.5,
            nearby: 0.3,
            passage: 0.5,
            pairs: 0.2,
            evidence: 0.15,
            announcement: -0.1,
            front_matter: -0.4,
            family: 0.6,
            context: 0.6,
        }
    }
}

/// What a passage and its best sentence have in common with the question.
#[derive(Clone, Copy, Debug, Default)]
pub struct Features {
    /// BM25 over the weighted fields, over the largest sum that one field could give: about 0 to 1.
    pub bm25: f32,
    /// Share of the question's weight that the best sentence covers, 0 to 1.
    pub sentence: f32,
    /// The same, of the sentence with its neighbours.
    pub nearby: f32,
    /// The same, of the whole passage with its title and headings.
    pub passage: f32,
    /// Share of the question's neighbouring words that are neighbours in the sentence, 0 to 1.
    pub pairs: f32,
    /// 1 where the sentence holds what the kind of question asks for.
    pub evidence: f32,
    /// 1 where the sentence asks or announces.
    pub announcement: f32,
    /// 1 where the passage is a post's front matter and the question is not about it.
    pub front_matter: f32,
    /// Share of the weight of the asked-for numbers and releases that stand in the passage or its headings; 1 without any.
    pub numbers: f32,
}

/// A passage found.
#[derive(Clone, Debug)]
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
        Self { document, sentence: 0, score, features: Features::default() }
    }
}

/// What one term of the query may find in one text, 0 to 1.
type Credits = Vec<f32>;

/// Scores a candidate; `bm25` is its raw score.
pub(super) fn score(query: &Query, document: &DocumentTerms, at: usize, bm25: f32, weights: &Weights) -> Hit {
    let total = query.weight().max(f32::EPSILON);
    let sentences: Vec<Credits> = document.sentences.iter().map(|s| credits(query, &s.terms, &s.families, weights)).collect();
    let context: Credits = credits(query, &document.context, &document.context_families, weights);
    let passage = best_of(sentences.iter(), query.terms.len());
    let in_context = |found: &Credits| merged(found, &context, weights.context);
    let share = |found: &Credits| covered(query, found) / total;

    let mut best = Hit::unexamined(at, f32::NEG_INFINITY);
    for (index, own) in sentences.iter().enumerate() {
        let around = best_of(sentences[index.saturating_sub(1)..(index + 2).min(sentences.len())].iter(), query.terms.len());
        let evidence = document.sentences[index].evidence;
        let features = Features {
            sentence: share(own),
            nearby: share(&in_context(&around)),
            pairs: pairs(query, &document.sentences[index].terms),
            evidence: f32::from(u8::from(evidence.intersects(query.wants))),
            announcement: f32::from(u8::from(evidence.intersects(Evidence::ANNOUNCEMENT))),
            ..Features::default()
        };
        let score = weights.of_sentence(&features);
        if score > best.score {
            best = Hit { document: at, sentence: index, score, features };
        }
    }
    best.features.bm25 = bm25 / (total * BM25_CEILING);
    best.features.passage = share(&in_context(&passage));
    best.features.numbers = numbers(query, &in_context(&passage));
    best.features.front_matter = f32::from(u8::from(document.front_matter && !query.front_matter));
    best.score = weights.of_passage(&best.features);
    best
}

/// k1 + 1 with tantivy's k1 = 1.2: what a term's BM25 approaches, over its idf.
const BM25_CEILING: f32 = 2.2;

impl Weights {
    fn of_sentence(&self, features: &Features) -> f32 {
        self.sentence * features.sentence
            + self.nearby * features.nearby
            + self.pairs * features.pairs
            + self.evidence * features.evidence
            + self.announcement * features.announcement
    }

    /// The linear score of a passage.
    pub fn of_passage(&self, features: &Features) -> f32 {
        self.of_sentence(features)
            + self.bm25 * features.bm25
            + self.passage * features.passage
            + self.front_matter * features.front_matter
    }
}

fn credits(query: &Query, terms: &[TermId], families: &[FamilyId], weights: &Weights) -> Credits {
    query.terms.iter().map(|term| credit(term, terms, families, weights)).collect()
}

/// What one term of the query finds in a text with these terms and families, 0 to 1.
pub(super) fn credit(term: &QueryTerm, terms: &[TermId], families: &[FamilyId], weights: &Weights) -> f32 {
    if term.id.is_some_and(|id| terms.contains(&id)) {
        1.0
    } else if term.same_as.iter().any(|all| all.iter().all(|id| terms.contains(id))) {
        0.9
    } else if term.families.iter().any(|family| families.binary_search(family).is_ok()) {
        weights.family
    } else {
        0.0
    }
}

/// For each term, the best credit among texts.
fn best_of<'a>(texts: impl Iterator<Item = &'a Credits>, terms: usize) -> Credits {
    texts.fold(vec![0.0; terms], |best, text| merged(&best, text, 1.0))
}

/// For each term, the better of two credits, the second one scaled.
fn merged(first: &Credits, second: &Credits, scale: f32) -> Credits {
    first.iter().zip(second).map(|(a, b)| a.max(b * scale)).collect()
}

fn covered(query: &Query, credits: &Credits) -> f32 {
    query.terms.iter().zip(credits).map(|(term, credit)| term.weight * credit).sum()
}

fn numbers(query: &Query, credits: &Credits) -> f32 {
    let asked = query.terms.iter().zip(credits).filter(|(term, _)| term.role == Role::Number);
    let (total, found) =
        asked.fold((0.0, 0.0), |(total, found), (term, credit)| (total + term.weight, found + term.weight * credit));
    if total > 0.0 { found / total } else { 1.0 }
}

/// Share of the neighbouring pairs of the question that stand within two words of each other, in their order.
fn pairs(query: &Query, terms: &[TermId]) -> f32 {
    let asked = query.terms.windows(2).filter_map(|pair| Some((pair[0].id?, pair[1].id?)));
    let (mut total, mut found) = (0, 0);
    for (first, second) in asked {
        total += 1;
        let after = |at: usize| terms[at + 1..].iter().take(3).any(|&t| t == second);
        found += usize::from(terms.iter().enumerate().any(|(at, &t)| t == first && after(at)));
    }
    if total == 0 { 0.0 } else { found as f32 / total as f32 }
}
