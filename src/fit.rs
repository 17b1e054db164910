//! Fits the weights of ranking and confidence to question sets, and tells how well they will do on other communities: each
//! one's questions are answered with weights that were fitted to the other communities only.
//!
//! - Ranking: softmax regression over the sentences that get a closer look (ListNet with several right ones, Cao et al. 2007),
//!   half of the loss on sentences whose excerpt holds the answer, half on those that are the answer.
//! - Confidence: logistic regression over the signs of an answer. What is right: an answerable question with a hit among its
//!   citations. What is not: everything else, and each answerable question asked of the posts without those that answer it.

use std::collections::HashSet;

use jiff::civil::Date;

use crate::answer::{
    CalibrationFeature, CalibrationFeatures, Cue, Cues, Engine, Model, Models, ReaderCalibrationFeature,
    ReaderCalibrationFeatures, ReaderModel, Trace, analyse,
};
use crate::eval::{Cited, Gold, Judged, Said, Sources};
use crate::questions::QuestionLine;
use crate::search::{Feature, Features};

/// A question set and the posts it is asked of.
pub struct Set {
    /// What it is called.
    pub name: String,
    /// Whose posts they are: sets of one community are left out together.
    pub community: String,
    /// Answers from the posts.
    pub engine: Engine,
    /// The questions.
    pub questions: Vec<QuestionLine>,
    /// The posts' files.
    pub sources: Sources,
}

/// Parts that one community's questions are cut into where there is no other community to fit to.
const FOLDS: usize = 5;

/// What is left out, part by part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// A community's sets, by its name.
    Community(String),
    /// Every so manieth question of the one community there is.
    Fold(usize),
}

impl LeftOut {
    /// The parts of these sets: their communities, in order; or folds, where there is only one.
    pub fn parts(sets: &[Set]) -> Vec<Self> {
        let mut communities: Vec<&String> = Vec::new();
        for set in sets {
            if !communities.contains(&&set.community) {
                communities.push(&set.community);
            }
        }
        match communities.as_slice() {
            [] | [_] => (0..FOLDS).map(Self::Fold).collect(),
            several => several.iter().map(|name| Self::Community((*name).clone())).collect(),
        }
    }

    /// Whether a set's question, counted from 0, is left out.
    fn holds(&self, set: &Set, question: usize) -> bool {
        match self {
            Self::Community(name) => set.community == *name,
            Self::Fold(fold) => question % FOLDS == *fold,
        }
    }
}

/// What a ranking weight is before any question is seen, and is drawn to: words and meaning count alike. Chosen, and not measured
/// apart: what another one does, `mynah fit` prints of each community that is left out.
fn prior(feature: Feature) -> f32 {
    match feature {
        Feature::Sentence | Feature::Nearby | Feature::PassageMeaning => 2.0,
        Feature::Pairs | Feature::SentenceMeaning | Feature::Bm25 | Feature::LongBm25 => 4.0,
        Feature::Evidence | Feature::Subject | Feature::Edge | Feature::Passage => 1.0,
        Feature::Code => -1.0,
        // Beside coverage by families: between passages that cover as much, the very words say little.
        Feature::Exact => -1.5,
        Feature::FrontMatter => -2.0,
        Feature::LongMeaning => 8.0,
        Feature::Announcement | Feature::Numbers | Feature::Dated => 0.0,
    }
}

fn priors() -> Features {
    Features::default().with(Feature::ALL.iter().map(|feature| (*feature, prior(*feature))))
}

/// Weights that stay at their prior: question sets hold few long questions. These were chosen on SQuAD and Cranfield.
const HELD: &[Feature] = &[Feature::Pairs, Feature::LongBm25, Feature::Exact, Feature::LongMeaning];

/// The prior without an encoder, and what stays at it: in long questions BM25 takes the part of meaning too.
fn prior_by_words() -> (Features, &'static [Feature]) {
    let prior = priors();
    let prior = prior.with([
        (Feature::SentenceMeaning, 0.0),
        (Feature::PassageMeaning, 0.0),
        (Feature::LongMeaning, 0.0),
        (Feature::LongBm25, prior[Feature::LongBm25] + prior[Feature::LongMeaning]),
    ]);
    (prior, &[Feature::Pairs, Feature::LongBm25])
}

/// The squared distance of the ranking weights from their prior, times this, is added to the loss.
const RANKING_RIDGE: f64 = 0.03;
/// The same for the weights of the signs, which are drawn to 0.
const CONFIDENCE_RIDGE: f64 = 0.2;
/// Share of the ranking's loss that is about the very sentence that answers.
const HIGHLIGHT_SHARE: f64 = 0.5;
/// Weight of a question asked of the posts without those that answer it, beside 1 for one of the set.
const NEAR_MISS_WEIGHT: f64 = 0.12;

/// The weights that were fitted for one way to search.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Fitted {
    /// Of the linear score, and of the confidence without a reader.
    pub model: Model,
    /// What goes with a reader; all 0 where the sets' engines have none.
    pub reader: ReaderModel,
}

impl Fitted {
    /// As an engine takes them that searches this one way.
    fn models(self) -> Models {
        Models { words: self.model, meaning: self.model, reader: self.reader, ..Models::default() }
    }
}

/// Fits the weights for the way the sets' engines search: by words, by words and meaning, or with a reader as well.
pub fn fit(sets: &mut [Set], today: Date) -> Fitted {
    let cases = sets.iter().map(|set| ranking_cases(set, today)).collect::<Vec<_>>();
    fit_to(sets, &cases, today, |_, _| true)
}

/// Answers each question of the sets with weights that were fitted without its part: for each set, its questions judged.
pub fn left_out(sets: &mut [Set], parts: &[LeftOut], today: Date, mut progress: impl FnMut()) -> Vec<Vec<Judged>> {
    let cases = sets.iter().map(|set| ranking_cases(set, today)).collect::<Vec<_>>();
    let mut judged: Vec<Vec<Judged>> = sets.iter().map(|_| Vec::new()).collect();
    for part in parts {
        let fitted = fit_to(sets, &cases, today, |set, question| !part.holds(set, question));
        for (set, judged) in sets.iter_mut().zip(&mut judged) {
            set.engine.set_models(fitted.models());
            let left_out = set.questions.iter().enumerate().filter(|(at, _)| part.holds(set, *at));
            judged.extend(
                left_out
                    .map(|(_, line)| Judged::of(line, &Said::new(&set.engine.ask(&line.to_question(today)), 0.0), &set.sources)),
            );
        }
        progress();
    }
    judged
}

/// Fits to the questions that are `used`, by set and place in it.
fn fit_to<'a>(sets: &mut [Set], cases: &'a [Vec<RankingCase>], today: Date, used: impl Fn(&Set, usize) -> bool) -> Fitted {
    let of_set =
        |(set, cases): (&Set, &'a Vec<RankingCase>)| cases.iter().filter(|case| used(set, case.question)).collect::<Vec<_>>();
    let chosen: Vec<&RankingCase> = sets.iter().zip(cases).flat_map(of_set).collect();
    let by_words = sets.iter().all(|set| set.engine.encoder().is_none());
    let (prior, held) = if by_words { prior_by_words() } else { (priors(), HELD) };
    let start: Vec<f64> = prior.0.iter().map(|&w| f64::from(w)).collect();
    let fitted = minimise(&start, |weights| ranking_loss(&chosen, weights, &start, held));
    let ranking = Features(std::array::from_fn(|at| fitted[at] as f32));
    let mut fitted = Fitted { model: Model { ranking, ..Model::default() }, reader: ReaderModel::default() };
    // The reader reads what the linear score finds, in whatever order.
    fitted.reader.order = Cues::default().with([(Cue::Margin, 1.0), (Cue::Score, 0.0)]);
    let orders: Vec<OrderCase> = each(sets, fitted, &used, |set, line| order_case(set, line, today));
    if !orders.is_empty() {
        let start: Vec<f64> = ORDER_PRIOR.iter().map(|(_, weight)| *weight).collect();
        let order = minimise(&start, |weights| order_loss(&orders, weights, &start));
        fitted.reader.order = Cues(std::array::from_fn(|at| order[at] as f32));
    }
    let judging: Vec<Vec<Judging>> = each(sets, fitted, &used, |set, line| judging_cases(set, line, today));
    let (by_score, by_reader): (Vec<Judging>, Vec<Judging>) =
        judging.into_iter().flatten().partition(|case| case.signs.len() == CalibrationFeature::COUNT);
    let sure = minimise(&[0.0; CalibrationFeature::COUNT], |weights| judging_loss(&by_score, weights));
    fitted.model.confidence = CalibrationFeatures(std::array::from_fn(|at| sure[at] as f32));
    let sure = minimise(&[0.0; ReaderCalibrationFeature::COUNT], |weights| judging_loss(&by_reader, weights));
    fitted.reader.confidence = ReaderCalibrationFeatures(std::array::from_fn(|at| sure[at] as f32));
    fitted
}

/// What `case` makes of each question that is `used`, answered with these weights.
fn each<T>(
    sets: &mut [Set],
    fitted: Fitted,
    used: impl Fn(&Set, usize) -> bool,
    case: impl Fn(&Set, &QuestionLine) -> Option<T>,
) -> Vec<T> {
    let mut cases = Vec::new();
    for set in sets {
        set.engine.set_models(fitted.models());
        let set: &Set = set;
        let questions = set.questions.iter().enumerate().filter(|(at, _)| used(set, *at));
        cases.extend(questions.filter_map(|(_, line)| case(set, line)));
    }
    cases
}

/// The sentences that a question gets a closer look at.
struct RankingCase {
    /// Place of the question in its set.
    question: usize,
    features: Vec<[f64; Feature::COUNT]>,
    /// Whether the excerpt around a sentence holds the answer.
    hit: Vec<bool>,
    /// Whether the sentence is the answer.
    highlight: Vec<bool>,
}

fn ranking_cases(set: &Set, today: Date) -> Vec<RankingCase> {
    let case = |(question, line): (usize, &QuestionLine)| {
        let analysis = analyse(&line.to_question(today), set.engine.index());
        if !line.answerable || analysis.kind.is_small_talk() {
            return None;
        }
        let gold = Gold::of(line, &set.sources);
        let mut case = RankingCase { question, features: Vec::new(), hit: Vec::new(), highlight: Vec::new() };
        for (document, sentence, features) in set.engine.index().examine(&analysis.query).unwrap_or_default() {
            let citation = Cited::from(&set.engine.quote(document, sentence));
            case.features.push(features.0.map(f64::from));
            case.hit.push(gold.is_hit_by(&citation));
            case.highlight.push(gold.is_highlighted_by(&citation));
        }
        case.hit.contains(&true).then_some(case)
    };
    set.questions.iter().enumerate().filter_map(case).collect()
}

/// Negative log-likelihood that a right sentence is drawn, and its gradient, which is 0 for what is held.
fn ranking_loss(cases: &[&RankingCase], weights: &[f64], prior: &[f64], held: &[Feature]) -> (f64, Vec<f64>) {
    let mut loss = 0.0;
    let mut gradient = vec![0.0; weights.len()];
    for case in cases {
        loss += draw_loss(&case.features, &case.hit, weights, 1.0 - HIGHLIGHT_SHARE, &mut gradient);
        loss += draw_loss(&case.features, &case.highlight, weights, HIGHLIGHT_SHARE, &mut gradient);
    }
    loss += ridge(weights, prior, &mut gradient);
    for held in held {
        gradient[*held as usize] = 0.0;
    }
    (loss, gradient)
}

/// Negative log-likelihood that a right one is drawn from these by the softmax of their scores, times `share`; adds its gradient.
/// 0 where none is right.
fn draw_loss<const N: usize>(rows: &[[f64; N]], right: &[bool], weights: &[f64], share: f64, gradient: &mut [f64]) -> f64 {
    let scores: Vec<f64> = rows.iter().map(|row| dot(row, weights)).collect();
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let odds: Vec<f64> = scores.iter().map(|score| (score - top).exp()).collect();
    let all: f64 = odds.iter().sum();
    let rightly: f64 = odds.iter().zip(right).filter(|(_, right)| **right).map(|(odds, _)| odds).sum();
    if rightly == 0.0 {
        return 0.0;
    }
    for ((row, odds), right) in rows.iter().zip(&odds).zip(right) {
        let pull = odds / all - if *right { odds / rightly } else { 0.0 };
        add(gradient, row, share * pull);
    }
    -share * (rightly / all).ln()
}

/// What is added to the loss for the distance from the prior; adds its gradient.
fn ridge(weights: &[f64], prior: &[f64], gradient: &mut [f64]) -> f64 {
    let mut loss = 0.0;
    for ((slope, weight), prior) in gradient.iter_mut().zip(weights).zip(prior) {
        loss += RANKING_RIDGE * (weight - prior).powi(2);
        *slope += 2.0 * RANKING_RIDGE * (weight - prior);
    }
    loss
}

/// The passages that were read for a question.
struct OrderCase {
    cues: Vec<[f64; Cue::COUNT]>,
    /// Whether the excerpt around a passage's sentence holds the answer.
    hit: Vec<bool>,
}

/// What the weights of the order are drawn to: the reader sees more than the linear score does.
const ORDER_PRIOR: [(Cue, f64); Cue::COUNT] = [(Cue::Margin, 1.0), (Cue::Score, 0.2)];

/// None where nothing was read, or nothing that was read holds the answer.
fn order_case(set: &Set, line: &QuestionLine, today: Date) -> Option<OrderCase> {
    let (_, trace) = set.engine.ask_traced(&line.to_question(today));
    let gold = Gold::of(line, &set.sources);
    let mut case = OrderCase { cues: Vec::new(), hit: Vec::new() };
    for (read, cues) in trace.read.iter().zip(&trace.cues) {
        let sentence = trace.hits.iter().find(|hit| hit.document == read.passage)?.sentence;
        case.cues.push(cues.0.map(f64::from));
        case.hit.push(gold.is_hit_by(&Cited::from(&set.engine.quote(read.passage, sentence))));
    }
    case.hit.contains(&true).then_some(case)
}

/// Negative log-likelihood that a passage with the answer is drawn, and its gradient.
fn order_loss(cases: &[OrderCase], weights: &[f64], prior: &[f64]) -> (f64, Vec<f64>) {
    let mut loss = 0.0;
    let mut gradient = vec![0.0; weights.len()];
    for case in cases {
        loss += draw_loss(&case.cues, &case.hit, weights, 1.0, &mut gradient);
    }
    (loss + ridge(weights, prior, &mut gradient), gradient)
}

/// The signs of one answer: of a reader's where one has read.
struct Judging {
    signs: Vec<f64>,
    right: bool,
    weight: f64,
}

impl Judging {
    fn of(trace: &Trace, right: bool, weight: f64) -> Self {
        let signs = trace.read_signs.as_ref().map_or(trace.signs.0.as_slice(), |signs| signs.0.as_slice());
        Self { signs: signs.iter().copied().map(f64::from).collect(), right, weight }
    }
}

/// A question as it is, and asked of the posts without those that answer it.
fn judging_cases(set: &Set, line: &QuestionLine, today: Date) -> Option<Vec<Judging>> {
    let question = line.to_question(today);
    let (_, trace) = set.engine.ask_traced(&question);
    if trace.analysis.kind.is_small_talk() {
        return None;
    }
    let gold = Gold::of(line, &set.sources);
    let shown = trace.hits.iter().take(3).map(|hit| set.engine.quote(hit.document, hit.sentence));
    let right = shown.into_iter().any(|citation| gold.is_hit_by(&Cited::from(&citation)));
    let mut cases = vec![Judging::of(&trace, right, 1.0)];
    let files: HashSet<&str> = line.gold.iter().map(|gold| set.sources.named(&gold.file)).collect();
    if line.answerable && files.len() < set.engine.corpus().posts.len() {
        cases.push(Judging::of(&set.engine.trace_without(&question, &files), false, NEAR_MISS_WEIGHT));
    }
    Some(cases)
}

/// Negative log-likelihood of what was right and wrong, and its gradient.
fn judging_loss(cases: &[Judging], weights: &[f64]) -> (f64, Vec<f64>) {
    let mut loss = 0.0;
    let mut gradient = vec![0.0; weights.len()];
    for case in cases {
        let log_odds = dot(&case.signs, weights);
        let target = f64::from(u8::from(case.right));
        // ln(1 + e^x), without overflow.
        loss += case.weight * (log_odds.max(0.0) + (-log_odds.abs()).exp().ln_1p() - target * log_odds);
        add(&mut gradient, &case.signs, case.weight * (1.0 / (1.0 + (-log_odds).exp()) - target));
    }
    // The constant, which comes first, is free: it says how many were right.
    for at in 1..weights.len() {
        loss += CONFIDENCE_RIDGE * weights[at].powi(2);
        gradient[at] += 2.0 * CONFIDENCE_RIDGE * weights[at];
    }
    (loss, gradient)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// `sum += scale * vector`
fn add(sum: &mut [f64], vector: &[f64], scale: f64) {
    for (sum, value) in sum.iter_mut().zip(vector) {
        *sum += scale * value;
    }
}

/// Steps that the direction is learnt from: of 3 to 20 (Nocedal and Wright, section 7.2).
const MEMORY: usize = 8;
/// A bound on the time where it doesn't converge.
const MAX_STEPS: usize = 500;
/// Share of the slope by which a step must lessen the loss (Armijo's condition; Nocedal and Wright, section 3.1, has this number).
const SUFFICIENT_DECREASE: f64 = 1e-4;
/// A step, or a curvature, below which an f64 tells nothing from rounding.
const ROUNDING: f64 = 1e-12;
/// A slope from which on there is no way down.
const FLAT: f64 = 1e-9;
/// A share of the loss, that of ten digits, below which a gain ends the search.
const NO_GAIN: f64 = 1e-10;

/// The least of a smooth function, given with its gradient: L-BFGS with backtracking (Nocedal and Wright, Numerical Optimization,
/// second edition, algorithms 7.5 and 3.1).
///
/// Of mynah's own, though there are libraries: it is a page, for a few dozen weights of one command, and what is written into
/// `config/weights.toml` must not change with a library's version.
fn minimise(start: &[f64], value: impl Fn(&[f64]) -> (f64, Vec<f64>)) -> Vec<f64> {
    let mut at = start.to_vec();
    let (mut loss, mut gradient) = value(&at);
    // Differences of places and of gradients, and 1 over their product; the newest last.
    let mut history: Vec<(Vec<f64>, Vec<f64>, f64)> = Vec::new();
    for _ in 0..MAX_STEPS {
        let mut direction: Vec<f64> = gradient.iter().map(|g| -g).collect();
        let mut shares = Vec::new();
        for (moved, turned, rho) in history.iter().rev() {
            let share = rho * dot(moved, &direction);
            add(&mut direction, turned, -share);
            shares.push(share);
        }
        if let Some((moved, turned, _)) = history.last() {
            let scale = dot(moved, turned) / dot(turned, turned);
            direction.iter_mut().for_each(|d| *d *= scale);
        }
        for ((moved, turned, rho), share) in history.iter().zip(shares.iter().rev()) {
            let back = rho * dot(turned, &direction);
            add(&mut direction, moved, share - back);
        }
        let slope = dot(&gradient, &direction);
        if slope > -FLAT {
            break;
        }
        let mut step = if history.is_empty() { 1.0 / dot(&gradient, &gradient).sqrt().max(1.0) } else { 1.0 };
        let (next, next_loss, next_gradient) = loop {
            let mut next = at.clone();
            add(&mut next, &direction, step);
            let (next_loss, next_gradient) = value(&next);
            if next_loss <= loss + SUFFICIENT_DECREASE * step * slope || step < ROUNDING {
                break (next, next_loss, next_gradient);
            }
            step /= 2.0;
        };
        let moved: Vec<f64> = next.iter().zip(&at).map(|(a, b)| a - b).collect();
        let turned: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        let curvature = dot(&moved, &turned);
        if curvature > ROUNDING {
            history.push((moved, turned, 1.0 / curvature));
            history.drain(..history.len().saturating_sub(MEMORY));
        }
        let gained = loss - next_loss;
        (at, loss, gradient) = (next, next_loss, next_gradient);
        if gained.abs() < NO_GAIN * loss.abs().max(1.0) {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_of_a_narrow_valley_is_found() {
        // Rosenbrock's function; least at (1, 1).
        let rosenbrock = |x: &[f64]| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            (a * a + 100.0 * b * b, vec![-2.0 * a - 400.0 * x[0] * b, 200.0 * b])
        };
        let found = minimise(&[-1.2, 1.0], rosenbrock);
        assert!((found[0] - 1.0).abs() < 1e-3 && (found[1] - 1.0).abs() < 1e-3, "{found:?}");
    }

    #[test]
    fn gradients_are_those_of_their_losses() {
        // What is held has no slope: here it has no influence either.
        let held = |f: usize| HELD.iter().any(|held| *held as usize == f);
        let case = RankingCase {
            question: 0,
            features: (0..4)
                .map(|n| std::array::from_fn(|f| if held(f) { 0.0 } else { ((n * 7 + f * 3) % 5) as f64 / 4.0 }))
                .collect(),
            hit: vec![true, false, true, false],
            highlight: vec![false, false, true, false],
        };
        let weights: Vec<f64> = (0..Feature::COUNT).map(|f| f as f64 / 10.0 - 0.5).collect();
        let prior: Vec<f64> = (0..Feature::COUNT).map(|f| if held(f) { weights[f] } else { 0.3 }).collect();
        agrees(&weights, |w| ranking_loss(&[&case], w, &prior, HELD));
        let judged =
            Judging { signs: (0..CalibrationFeature::COUNT).map(|s| s as f64 / 8.0).collect(), right: true, weight: 0.5 };
        agrees(&[0.1; CalibrationFeature::COUNT], |w| judging_loss(std::slice::from_ref(&judged), w));
    }

    fn agrees(at: &[f64], value: impl Fn(&[f64]) -> (f64, Vec<f64>)) {
        let (loss, gradient) = value(at);
        for (index, slope) in gradient.iter().enumerate() {
            let mut beside = at.to_vec();
            beside[index] += 1e-6;
            assert!(((value(&beside).0 - loss) / 1e-6 - slope).abs() < 1e-3, "slope {index}");
        }
    }
}
