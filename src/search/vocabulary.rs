//! The words that the posts know: their terms, how rare they are, which one a typo meant, what acronyms stand for.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder, SINK_STATE};
use regex::Regex;
use rustc_hash::FxHashMap;

use crate::english::words::WITHOUT_INITIAL;

use super::analysis::{self, Word};
use super::families::FamilyId;

/// Index of a term in a [`Vocabulary`].
pub type TermId = u32;

/// All terms and words of a corpus.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    ids: FxHashMap<String, TermId>,
    terms: Vec<String>,
    /// Passages that hold each term.
    passages_with: Vec<u32>,
    /// Whether each term stands in the posts as a hyphenated compound.
    compound: Vec<bool>,
    /// Passages that hold a word of each family.
    families_with: Vec<u32>,
    passages: u32,
    /// Words as written, lower-cased, with how often: the targets of corrections.
    counts: FxHashMap<String, u32>,
    /// The same words in order: to look each of millions up here would take as long as to index it.
    words: BTreeSet<String>,
    acronyms: Acronyms,
}

/// Long forms and short forms, both ways, by term.
#[derive(Clone, Debug, Default)]
struct Acronyms {
    long: HashMap<String, Vec<String>>,
    short: HashMap<Vec<String>, String>,
}

impl Vocabulary {
    /// The id of a word's term, made if it is new; counts the word.
    pub(super) fn learn(&mut self, word: &Word) -> TermId {
        if !word.compound && word.text.chars().all(char::is_alphabetic) {
            match self.counts.get_mut(&word.text) {
                Some(count) => *count += 1,
                None => {
                    self.counts.insert(word.text.clone(), 1);
                    self.words.insert(word.text.clone());
                }
            }
        }
        if let Some(&id) = self.ids.get(&word.term) {
            self.compound[id as usize] |= word.compound;
            return id;
        }
        let id = self.terms.len() as TermId;
        self.ids.insert(word.term.clone(), id);
        self.terms.push(word.term.clone());
        self.passages_with.push(0);
        self.compound.push(word.compound);
        id
    }

    /// Counts one passage that holds `terms` and `families` (each once).
    pub(super) fn count_passage(
        &mut self,
        terms: impl IntoIterator<Item = TermId>,
        families: impl IntoIterator<Item = FamilyId>,
    ) {
        self.passages += 1;
        for term in terms {
            self.passages_with[term as usize] += 1;
        }
        for family in families {
            let at = usize::from(family);
            if self.families_with.len() <= at {
                self.families_with.resize(at + 1, 0);
            }
            self.families_with[at] += 1;
        }
    }

    /// Learns an acronym that a text spells out.
    pub(super) fn learn_acronym(&mut self, (short, long): &Acronym) {
        let short = analysis::stem(&short.to_lowercase());
        self.acronyms.short.entry(long.clone()).or_insert_with(|| short.clone());
        self.acronyms.long.entry(short).or_insert_with(|| long.clone());
    }

    /// Learns what an abbreviation stands for, as a post defines it.
    pub(super) fn learn_abbreviation(&mut self, short: &str, long: &str) {
        let short = analysis::stem(&short.to_lowercase());
        let long: Vec<String> = analysis::words(long).into_iter().filter(|w| !w.compound).map(|w| w.term).collect();
        if long.len() >= 2 && !long.contains(&short) {
            self.acronyms.short.entry(long.clone()).or_insert_with(|| short.clone());
            self.acronyms.long.entry(short).or_insert(long);
        }
    }

    /// The id of a term, if the posts hold it.
    pub fn id(&self, term: &str) -> Option<TermId> {
        self.ids.get(term).copied()
    }

    /// The term with an id that this vocabulary gave.
    pub fn term(&self, id: TermId) -> &str {
        &self.terms[id as usize]
    }

    /// Whether a term stands in the posts as a hyphenated compound: `sub-cloud` for `subcloud`.
    pub fn is_compound(&self, id: TermId) -> bool {
        self.compound[id as usize]
    }

    /// How many passages hold a term.
    pub fn passages_with(&self, id: TermId) -> u32 {
        self.passages_with[id as usize]
    }

    /// Inverse document frequency as in BM25 (Robertson & Zaragoza 2009, eq. 3.15 with the usual +1): from 0, for a term in
    /// every passage, to about ln(number of passages); that of a term in no passage is the largest.
    pub fn idf(&self, id: Option<TermId>) -> f32 {
        self.idf_of(id.map_or(0, |id| self.passages_with(id)))
    }

    /// The idf of a family as if it were one term.
    pub fn family_idf(&self, family: FamilyId) -> f32 {
        self.idf_of(self.families_with.get(usize::from(family)).copied().unwrap_or(0))
    }

    fn idf_of(&self, with: u32) -> f32 {
        let with = with as f32;
        (1.0 + (self.passages as f32 - with + 0.5) / (with + 0.5)).ln()
    }

    /// The idf of a term that stands in no passage: the largest there is.
    pub fn max_idf(&self) -> f32 {
        self.idf(None)
    }

    /// Whether a word stands in the posts, in any of its forms.
    pub fn knows(&self, word: &Word) -> bool {
        self.ids.contains_key(&word.term)
    }

    /// The words that begin so.
    fn words_from(&self, beginning: String) -> impl Iterator<Item = &str> {
        let from = self.words.range(beginning.clone()..);
        from.take_while(move |word| word.starts_with(&beginning)).map(String::as_str)
    }

    /// Whether a lower-cased word stands in the posts just so, in one piece.
    pub fn writes(&self, word: &str) -> bool {
        self.words.contains(word)
    }

    /// The terms that an acronym stands for (`psp` → pod, secur, polici).
    pub fn long_form(&self, short: &str) -> Option<&[String]> {
        self.acronyms.long.get(short).map(Vec::as_slice)
    }

    /// The acronym of these terms in this order, if the posts have one.
    pub fn short_form(&self, long: &[String]) -> Option<&str> {
        self.acronyms.short.get(long).map(String::as_str)
    }

    /// The words, of the posts and of `others`, that a mistyped word most likely meant: within one edit from four letters on,
    /// within two from eight, the first letter kept or swapped. Edits are Damerau's: a swap of neighbours is one.
    ///
    /// With `substitutions` false, not where a letter stands in another's place: such neighbours are mostly words of another
    /// meaning (slack, stack).
    ///
    /// Never for words with digits: 2024 is not 2025.
    pub fn correct(&self, typed: &str, others: &[&str], substitutions: bool) -> Option<String> {
        let length = typed.chars().count();
        if !typed.chars().all(char::is_alphabetic) || !(3..=30).contains(&length) {
            return None;
        }
        let edits: u8 = match length {
            3..8 => 1,
            _ => 2,
        };
        let dfa = LEVENSHTEIN[usize::from(edits) - 1].build_dfa(typed);
        // Each edit makes a word longer or shorter by one letter at most: most of thousands need no closer look.
        let may_be = |word: &&str| !word.is_ascii() || word.len().abs_diff(length) <= usize::from(edits);
        let own = beginnings(typed).into_iter().flat_map(|beginning| self.words_from(beginning)).filter(|_| length > 3);
        let candidates = others.iter().copied().filter(|word| shares_beginning(typed, word)).chain(own.filter(may_be));
        let count = |word: &str| if others.contains(&word) { u32::MAX } else { self.counts.get(word).copied().unwrap_or(0) };
        let letters = sorted_letters(typed);
        let slip = |word: &str| substitutions || word.chars().count() != length || sorted_letters(word) == letters;
        let plausible =
            |word: &str| slip(word) && (length > SHORT_WORD || sorted_letters(word) == letters || others.contains(&word));
        let near = Walk::new(&dfa).near(candidates).filter(|(word, _)| plausible(word));
        let order = |word: &str, distance: u8| (distance, sorted_letters(word) != letters, u32::MAX - count(word));
        near.min_by_key(|&(word, distance)| (order(word, distance), word.to_owned())).map(|(word, _)| word.to_owned())
    }
}

/// Words of up to so many letters have too many neighbours (VLAN is not vRAN): only a swap is taken for a slip.
const SHORT_WORD: usize = 4;

/// Swapped letters are the likeliest slip: `valut` is `vault` before it is `value`.
fn sorted_letters(word: &str) -> Vec<char> {
    let mut letters: Vec<char> = word.chars().collect();
    letters.sort_unstable();
    letters
}

/// Typists rarely miss the first letter; where they do, the first two are swapped.
fn beginnings(typed: &str) -> Vec<String> {
    let mut letters = typed.chars();
    let (first, second) = (letters.next(), letters.next());
    let swapped = second.filter(|_| first != second).map(|second| [second].into_iter().chain(first).collect());
    first.map(String::from).into_iter().chain(swapped).collect()
}

fn shares_beginning(typed: &str, word: &str) -> bool {
    beginnings(typed).iter().any(|beginning| word.starts_with(beginning.as_str()))
}

/// For one and for two edits. Building one takes milliseconds, so they are kept.
static LEVENSHTEIN: LazyLock<[LevenshteinAutomatonBuilder; 2]> =
    LazyLock::new(|| [1, 2].map(|edits| LevenshteinAutomatonBuilder::new(edits, true)));

/// Runs an automaton over sorted words, going on from the letters that a word shares with the one before.
struct Walk<'a> {
    dfa: &'a DFA,
    before: Vec<u8>,
    states: Vec<u32>,
}

impl<'a> Walk<'a> {
    fn new(dfa: &'a DFA) -> Self {
        Self { dfa, before: Vec::new(), states: vec![dfa.initial_state()] }
    }

    /// The words that it takes, each with how many edits it is away.
    fn near<'w>(mut self, words: impl Iterator<Item = &'w str>) -> impl Iterator<Item = (&'w str, u8)> {
        words.filter_map(move |word| Some((word, self.distance(word.as_bytes())?)))
    }

    fn distance(&mut self, word: &[u8]) -> Option<u8> {
        let shared = word.iter().zip(&self.before).take_while(|(a, b)| a == b).count();
        self.states.truncate(shared + 1);
        self.before.truncate(self.states.len() - 1);
        for &byte in &word[self.before.len()..] {
            let state = self.dfa.transition(*self.states.last()?, byte);
            if state == SINK_STATE {
                return None;
            }
            self.states.push(state);
            self.before.push(byte);
        }
        match self.dfa.distance(*self.states.last()?) {
            Distance::Exact(distance) => Some(distance),
            Distance::AtLeast(_) => None,
        }
    }
}

/// A short form and the terms of the long one.
pub(super) type Acronym = (String, Vec<String>);

/// The acronyms that a text spells out: `Pod Security Policy (PSP)` and `PSP (Pod Security Policy)`.
pub(super) fn acronyms(text: &str) -> Vec<Acronym> {
    static SHORT_IN_PARENTHESES: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\(\s*([A-Z][A-Za-z0-9]{1,7})s?\s*\)").expect("a valid pattern"));
    static LONG_IN_PARENTHESES: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\b([A-Z][A-Z0-9]{1,7})s?\s+\(([^()]{5,80})\)").expect("a valid pattern"));
    let mut found = Vec::new();
    for pair in SHORT_IN_PARENTHESES.captures_iter(text) {
        let before = &text[..pair.get(0).map_or(0, |m| m.start())];
        found.extend(long_form(&pair[1], before).map(|long| (pair[1].to_owned(), long)));
    }
    for pair in LONG_IN_PARENTHESES.captures_iter(text) {
        found.extend(long_form(&pair[1], &pair[2]).map(|long| (pair[1].to_owned(), long)));
    }
    found
}

/// The last words of `before` whose initials spell `short`; small words between them may be left out.
fn long_form(short: &str, before: &str) -> Option<Vec<String>> {
    let initials: Vec<char> = short.trim_end_matches('s').to_lowercase().chars().collect();
    let words: Vec<Word> = analysis::words(tail(before, 120)).into_iter().filter(|w| w.term != short.to_lowercase()).collect();
    let mut left = initials.len();
    for (index, word) in words.iter().enumerate().rev() {
        if word.text.starts_with(initials[left - 1]) {
            left -= 1;
            if left == 0 {
                let long: Vec<String> = words[index..].iter().map(|w| w.term.clone()).collect();
                return (long.len() >= 2).then_some(long);
            }
        } else if !WITHOUT_INITIAL.contains(&word.text.as_str()) {
            return None;
        }
    }
    None
}

/// The last `bytes` of a text, from a character's start on.
fn tail(text: &str, bytes: usize) -> &str {
    let start = (text.len().saturating_sub(bytes)..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    &text[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary(text: &str) -> Vocabulary {
        let mut vocabulary = Vocabulary::default();
        for word in analysis::words(text) {
            vocabulary.learn(&word);
        }
        acronyms(text).iter().for_each(|acronym| vocabulary.learn_acronym(acronym));
        vocabulary
    }

    #[test]
    fn corrects_typos_but_never_numbers() {
        let vocabulary = vocabulary("provisioning community docs release 2024 7.0 mirrors host value value vault");
        let correct = |word| vocabulary.correct(word, &["what", "when", "where"], true);
        assert_eq!(correct("provisoning").as_deref(), Some("provisioning"));
        assert_eq!(correct("comunitty").as_deref(), Some("community"));
        assert_eq!(correct("wat").as_deref(), Some("what"));
        assert_eq!(correct("valut").as_deref(), Some("vault"));
        assert_eq!(correct("hsot").as_deref(), Some("host"));
        assert_eq!(correct("hist"), None);
        assert_eq!(correct("2025"), None);
        assert_eq!(correct("8.0"), None);
        assert_eq!(correct("fishing"), None);
    }

    #[test]
    fn without_substitutions_only_swapped_missing_and_doubled_letters_are_slips() {
        let vocabulary = vocabulary("the mirror stack of the community vault");
        let correct = |word| vocabulary.correct(word, &[], false);
        assert_eq!(correct("slack"), None);
        assert_eq!(correct("valut").as_deref(), Some("vault"));
        assert_eq!(correct("comunity").as_deref(), Some("community"));
        assert_eq!(correct("mirrror").as_deref(), Some("mirror"));
    }

    #[test]
    fn mines_acronyms_both_ways() {
        let vocabulary = vocabulary(
            "a Pod Security Policy (PSP), the LOKI (Linux OpenStack Kubernetes Infrastructure) stack, Precision Time Protocol (PTP)",
        );
        assert_eq!(vocabulary.long_form("psp").unwrap(), ["pod", "secur", "polici"]);
        assert_eq!(vocabulary.long_form("loki").unwrap().len(), 4);
        let long = ["precis", "time", "protocol"].map(str::to_owned);
        assert_eq!(vocabulary.short_form(&long), Some("ptp"));
        assert_eq!(vocabulary.long_form("is"), None);
    }
}
