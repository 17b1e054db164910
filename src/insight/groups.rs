//! Questions that ask for the same thing, grouped: by what they mean where there is an encoder, else by their words.
//!
//! The method is average linkage (UPGMA; Sokal and Michener 1958): each wording begins as a group of its own, and the two groups
//! whose wordings are nearest to each other on average are joined, as long as that average is at least [`Method::least`]. It knows no
//! number of groups beforehand, makes no chains as single linkage does, and gives the same groups for the same questions: nothing
//! in it is random, and of equals the first counts. One more question changes no group that it does not come near to.
//!
//! How near two wordings are is a mixture ([`Method::words`]) of
//! - the cosine of their sentence vectors, from which the mean of all was taken first, so that the subject that a community's
//!   questions share does not make them alike. Of few questions the mean is hardly known, so it counts `n / (n + shrink)`;
//! - the cosine of their words weighted by rareness (tf-idf over the questions), which tells names and releases apart that the
//!   encoder takes for the same.
//!
//! `benches/groups.rs` measures it; `docs/figures.md` has the figures, and on which questions the numbers here were chosen.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use mynah_kernels::fixed::{self, Fixed};

use crate::answer::is_topic;
use crate::search::{Families, Vector, analysis};

/// What decides which questions are one group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Method {
    /// The least average nearness of two groups that are joined, 0 to 1.
    pub least: f32,
    /// The share of words in the nearness, 0 to 1; the rest is meaning.
    pub words: f32,
    /// Questions of which the mean is taken for half known.
    pub shrink: f32,
}

impl Method {
    /// By meaning and words.
    pub const MEANING: Self = Self { least: 0.28, words: 0.4, shrink: 20.0 };
    /// By words alone.
    pub const WORDS: Self = Self { least: 0.15, words: 1.0, shrink: 0.0 };
}

/// Questions that ask for the same thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Which of the questions stands for them: the one that is nearest to all others.
    pub typical: usize,
    /// All of them, in their order.
    pub members: Vec<usize>,
}

/// Questions of which those with the same words are one wording.
#[derive(Clone, Debug)]
pub struct Wordings {
    /// Of each wording, which questions are put so.
    questions: Vec<Vec<usize>>,
    /// The rest of them is not grouped.
    left_out: usize,
    terms: Vec<Vec<String>>,
}

/// Wordings that are grouped at most, the latest ones: all of them are compared with each other. So many take some 0.4 s of one core.
pub const MAX_WORDINGS: usize = 2_000;

impl Wordings {
    /// The wordings of questions that come in the order of time; `families` makes `k8s` the word `kubernetes`.
    pub fn of<T: AsRef<str>>(texts: &[T], families: &Families) -> Self {
        let mut known: HashMap<Vec<String>, usize> = HashMap::new();
        let mut all: Vec<(Vec<String>, Vec<usize>)> = Vec::new();
        for (at, text) in texts.iter().enumerate() {
            let words = every_word(text.as_ref());
            let wording = *known.entry(words.clone()).or_insert_with(|| {
                all.push((words, Vec::new()));
                all.len() - 1
            });
            all[wording].1.push(at);
        }
        // The latest ones by when they were asked last.
        all.sort_by_key(|(_, questions)| questions.last().copied());
        let left_out = all.len().saturating_sub(MAX_WORDINGS);
        let mut kept = all.split_off(left_out);
        kept.sort_by_key(|(_, questions)| questions[0]);
        let questions: Vec<Vec<usize>> = kept.into_iter().map(|(_, questions)| questions).collect();
        let terms = questions.iter().map(|questions| topic(texts[questions[0]].as_ref(), families)).collect();
        Self { questions, left_out, terms }
    }

    /// One question of each wording: those whose vectors [`Self::groups`] takes.
    pub fn examples(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.questions.iter().map(|questions| questions[0])
    }

    /// Wordings that are too many to be grouped, the oldest.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// The groups, the largest first, of equals the earliest; `vectors` are those of [`Self::examples`], in their order.
    pub fn groups(&self, vectors: Option<&[Vector]>) -> Vec<Group> {
        let method = if vectors.is_some() { Method::MEANING } else { Method::WORDS };
        self.groups_by(vectors, method)
    }

    /// The same with another method.
    pub fn groups_by(&self, vectors: Option<&[Vector]>, method: Method) -> Vec<Group> {
        let nearness = self.nearness(vectors, method);
        let joined = average_linkage(&nearness, method.least);
        let mut groups: Vec<Group> = joined.iter().map(|wordings| self.group(wordings, &nearness)).collect();
        groups.sort_by_key(|group| (std::cmp::Reverse(group.members.len()), group.members[0]));
        groups
    }

    fn group(&self, wordings: &[usize], nearness: &Nearness) -> Group {
        let central = |wording: &usize| -> f32 {
            let others = wordings.iter().filter(|other| *other != wording);
            others.map(|other| nearness.of(*wording, *other) * self.questions[*other].len() as f32).sum()
        };
        // Of equals, the one that is asked most, then the first.
        let mut best = wordings[0];
        for wording in wordings {
            let asked = |at: usize| self.questions[at].len();
            let better = (central(wording) + asked(*wording) as f32).total_cmp(&(central(&best) + asked(best) as f32));
            if better.is_gt() {
                best = *wording;
            }
        }
        let mut members: Vec<usize> = wordings.iter().flat_map(|wording| self.questions[*wording].iter().copied()).collect();
        members.sort_unstable();
        Group { typical: self.questions[best][0], members }
    }

    fn nearness(&self, vectors: Option<&[Vector]>, method: Method) -> Nearness {
        let count = self.questions.len();
        let meant = vectors.map(|vectors| centred(vectors, method.shrink));
        let weighed = weighed(&self.terms);
        let mut nearness = Nearness { values: vec![0.0; count * count], count };
        for one in 0..count {
            let meanings = meant.as_ref().map(|meant| meant.of_those_before(one));
            for other in 0..one {
                let words = product(&weighed[one], &weighed[other]);
                let meaning = meanings.as_ref().map_or(words, |meanings| meanings[other]);
                nearness.set(one, other, method.words * words + (1.0 - method.words) * meaning);
            }
        }
        nearness
    }
}

/// All words of a text, by which two are told for the same.
fn every_word(text: &str) -> Vec<String> {
    analysis::words(text).into_iter().filter(|word| !word.compound).map(|word| word.term).collect()
}

/// The words that a text is about, each word of a family as its first one; where there are none, all of them.
fn topic(text: &str, families: &Families) -> Vec<String> {
    let words = analysis::words(text);
    let of_family = |term: &str| families.of(term, None).next().and_then(|id| families.members(id).first().cloned());
    let named = |term: &str| of_family(term).unwrap_or_else(|| term.to_owned());
    let about: BTreeSet<String> = words.iter().filter(|word| is_topic(&word.text)).map(|word| named(&word.term)).collect();
    if about.is_empty() {
        words.iter().map(|word| named(&word.term)).collect::<BTreeSet<_>>().into_iter().collect()
    } else {
        about.into_iter().collect()
    }
}

/// Vectors of length 1, one after the other, as whole numbers: their products take a fifth of the time, and come out the same on any
/// machine.
struct Meanings {
    values: Vec<Fixed>,
    size: usize,
}

impl Meanings {
    /// The cosines of one with each of those before it.
    fn of_those_before(&self, one: usize) -> Vec<f32> {
        let (before, from) = self.values.split_at(one * self.size);
        fixed::cosines(before, &from[..self.size])
    }
}

/// Vectors without what they share.
fn centred(vectors: &[Vector], shrink: f32) -> Meanings {
    let count = vectors.len() as f32;
    let size = vectors.first().map_or(0, |vector| vector.values().len());
    let mut mean = vec![0.0; size];
    for vector in vectors {
        mean.iter_mut().zip(vector.values()).for_each(|(sum, value)| *sum += value);
    }
    let share = 1.0 / (count + shrink).max(1.0);
    mean.iter_mut().for_each(|sum| *sum *= share);
    let without_mean = |vector: &Vector| unit(vector.values().iter().zip(&mean).map(|(value, mean)| value - mean).collect());
    Meanings {
        values: vectors.iter().flat_map(|vector| fixed::rounded(&without_mean(vector)).collect::<Vec<_>>()).collect(),
        size,
    }
}

fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    vector.iter_mut().for_each(|value| *value /= length);
    vector
}

/// The words of each wording with their weights (idf over the wordings), as vectors of length 1, by the words' numbers.
fn weighed(terms: &[Vec<String>]) -> Vec<Vec<(usize, f32)>> {
    let mut found: BTreeMap<&str, (usize, f32)> = BTreeMap::new();
    for term in terms.iter().flatten() {
        let number = found.len();
        found.entry(term).or_insert((number, 0.0)).1 += 1.0;
    }
    let count = terms.len() as f32;
    let weight = |term: &String| {
        let (number, with) = found[term.as_str()];
        (number, (1.0 + count / with).ln())
    };
    let scaled = |terms: &Vec<String>| {
        let mut weights: Vec<(usize, f32)> = terms.iter().map(weight).collect();
        let length = weights.iter().map(|(_, w)| w * w).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        weights.iter_mut().for_each(|(_, weight)| *weight /= length);
        weights.sort_unstable_by_key(|(number, _)| *number);
        weights
    };
    terms.iter().map(scaled).collect()
}

/// The product of two sparse vectors.
fn product(one: &[(usize, f32)], other: &[(usize, f32)]) -> f32 {
    let (mut sum, mut a, mut b) = (0.0, 0, 0);
    while let (Some((left, weight)), Some((right, other))) = (one.get(a), other.get(b)) {
        match left.cmp(right) {
            std::cmp::Ordering::Less => a += 1,
            std::cmp::Ordering::Greater => b += 1,
            std::cmp::Ordering::Equal => {
                sum += weight * other;
                (a, b) = (a + 1, b + 1);
            }
        }
    }
    sum
}

/// How near wordings are to each other.
#[derive(Clone)]
struct Nearness {
    values: Vec<f32>,
    count: usize,
}

impl Nearness {
    fn of(&self, one: usize, other: usize) -> f32 {
        self.values[one * self.count + other]
    }

    fn set(&mut self, one: usize, other: usize, value: f32) {
        self.values[one * self.count + other] = value;
        self.values[other * self.count + one] = value;
    }
}

/// Joins what is nearest on average, down to `least`. By chains of nearest neighbours (Murtagh 1983), which take n² steps and join
/// what joining the nearest pair of all would.
fn average_linkage(nearness: &Nearness, least: f32) -> Vec<Vec<usize>> {
    let mut between = nearness.clone();
    let mut groups: Vec<Vec<usize>> = (0..nearness.count).map(|at| vec![at]).collect();
    let mut open: Vec<usize> = (0..nearness.count).collect();
    let mut done = Vec::new();
    let mut chain: Vec<usize> = Vec::new();
    while let Some(&first) = open.first() {
        if chain.is_empty() {
            chain.push(first);
        }
        let last = chain[chain.len() - 1];
        let before = chain.len().checked_sub(2).map(|at| chain[at]);
        match nearest(&between, &open, last, before) {
            Some((next, near)) if near >= least && Some(next) == before => {
                chain.truncate(chain.len() - 2);
                join(&mut between, &mut groups, &open, last.min(next), last.max(next));
                open.retain(|group| *group != last.max(next));
            }
            Some((next, near)) if near >= least => chain.push(next),
            // Nothing is near enough to it, and nothing that is joined later will be: an average is between what it is of.
            _ => {
                chain.pop();
                done.push(last);
                open.retain(|group| *group != last);
            }
        }
    }
    done.sort_unstable_by_key(|group| groups[*group].iter().min().copied());
    done.into_iter().map(|group| std::mem::take(&mut groups[group])).collect()
}

/// The nearest to a group of those that are open; of equals the one `before` it in the chain, which ends it, else the first.
fn nearest(between: &Nearness, open: &[usize], group: usize, before: Option<usize>) -> Option<(usize, f32)> {
    let mut best = before.map(|before| (before, between.of(group, before)));
    for other in open.iter().copied().filter(|other| *other != group) {
        let near = between.of(group, other);
        if best.is_none_or(|(_, most)| near > most) {
            best = Some((other, near));
        }
    }
    best
}

fn join(between: &mut Nearness, groups: &mut [Vec<usize>], open: &[usize], one: usize, other: usize) {
    let (ones, others) = (groups[one].len() as f32, groups[other].len() as f32);
    for third in open.iter().copied().filter(|third| *third != one && *third != other) {
        let average = (ones * between.of(one, third) + others * between.of(other, third)) / (ones + others);
        between.set(one, third, average);
    }
    let moved = std::mem::take(&mut groups[other]);
    groups[one].extend(moved);
    groups[one].sort_unstable();
}

/// How well groups agree with the truth: the adjusted Rand index (Hubert and Arabie 1985), 1 where they are the same, 0 on average
/// where they are drawn by lot. Both give each item's group.
pub fn adjusted_rand(found: &[usize], truth: &[usize]) -> f64 {
    let pairs = |count: f64| count * (count - 1.0) / 2.0;
    let mut cells: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    let (mut rows, mut columns): (BTreeMap<usize, f64>, BTreeMap<usize, f64>) = Default::default();
    for (found, truth) in found.iter().zip(truth) {
        *cells.entry((*found, *truth)).or_default() += 1.0;
        *rows.entry(*found).or_default() += 1.0;
        *columns.entry(*truth).or_default() += 1.0;
    }
    let both: f64 = cells.values().map(|count| pairs(*count)).sum();
    let of_rows: f64 = rows.values().map(|count| pairs(*count)).sum();
    let of_columns: f64 = columns.values().map(|count| pairs(*count)).sum();
    let all = pairs(found.len() as f64).max(1.0);
    let expected = of_rows * of_columns / all;
    let most = (of_rows + of_columns) / 2.0;
    if most == expected { 1.0 } else { (both - expected) / (most - expected) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(texts: &[&str]) -> Vec<Vec<usize>> {
        let groups = Wordings::of(texts, &Families::built_in()).groups(None);
        groups.into_iter().map(|group| group.members).collect()
    }

    #[test]
    fn like_questions_are_one_group_by_words_the_largest_first() {
        let texts = [
            "is there a discord server?",
            "how do I lock a host",
            "Discord server?",
            "who chairs the TSC?",
            "locking a host: how?",
            "how do i lock a host?",
        ];
        assert_eq!(members(&texts), [vec![1, 4, 5], vec![0, 2], vec![3]]);
    }

    #[test]
    fn a_typical_wording_is_the_one_that_most_are_put_like() {
        let texts =
            ["discord or slack or irc, where is everybody?", "is there a discord?", "is there a Discord", "discord there?"];
        let groups = Wordings::of(&texts, &Families::built_in()).groups(None);
        assert_eq!((groups.len(), groups[0].typical), (1, 1));
    }

    #[test]
    fn nothing_and_texts_without_words_are_no_harm() {
        assert_eq!(members(&[]), Vec::<Vec<usize>>::new());
        assert_eq!(members(&["?", "", "…"]), [vec![0, 1, 2]]);
        assert_eq!(members(&["what is it?", "how?"]).len(), 2);
    }

    #[test]
    fn only_the_latest_of_too_many_wordings_are_grouped() {
        let texts: Vec<String> =
            (0..MAX_WORDINGS + 2).map(|at| format!("question {at}")).chain(["question 0".to_owned()]).collect();
        let wordings = Wordings::of(&texts, &Families::default());
        let examples: Vec<usize> = wordings.examples().collect();
        assert_eq!((wordings.left_out(), examples.len(), &examples[..3]), (2, MAX_WORDINGS, &[0, 3, 4][..]));
    }

    #[test]
    fn groups_by_chains_are_those_of_joining_the_nearest_pair() {
        let count = 40;
        let mut seed = 1_u64;
        let mut random = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 40) as f32 / (1 << 24) as f32
        };
        for _ in 0..20 {
            let mut nearness = Nearness { values: vec![0.0; count * count], count };
            for one in 0..count {
                (0..one).for_each(|other| nearness.set(one, other, random()));
            }
            for least in [0.3, 0.5, 0.6, 0.7, 0.9] {
                assert_eq!(average_linkage(&nearness, least), one_by_one(&nearness, least), "{least}");
            }
        }
    }

    /// The same the slow way, as it is defined.
    fn one_by_one(nearness: &Nearness, least: f32) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = (0..nearness.count).map(|at| vec![at]).collect();
        let average = |one: &[usize], other: &[usize]| {
            let pairs = one.iter().flat_map(|a| other.iter().map(|b| f64::from(nearness.of(*a, *b))));
            pairs.sum::<f64>() / (one.len() * other.len()) as f64
        };
        loop {
            let mut best: Option<(f64, usize, usize)> = None;
            for one in 0..groups.len() {
                for other in one + 1..groups.len() {
                    let near = average(&groups[one], &groups[other]);
                    if best.is_none_or(|(most, ..)| near > most) {
                        best = Some((near, one, other));
                    }
                }
            }
            let Some((_, one, other)) = best.filter(|(near, ..)| *near >= f64::from(least)) else { break };
            let moved = groups.remove(other);
            groups[one].extend(moved);
            groups[one].sort_unstable();
        }
        groups
    }

    #[test]
    fn the_adjusted_rand_index_is_one_for_the_truth_and_nothing_for_a_lot() {
        let truth = [0, 0, 0, 1, 1, 1];
        assert_eq!(adjusted_rand(&[5, 5, 5, 2, 2, 2], &truth), 1.0);
        assert_eq!(adjusted_rand(&[0; 6], &truth), 0.0);
        // The example of scikit-learn's documentation of `adjusted_rand_score`.
        let index = adjusted_rand(&[0, 0, 1, 1], &[0, 0, 1, 2]);
        assert!((index - 0.571_428).abs() < 1e-5, "{index}");
    }
}
