//! What a reload or a return came to, as far as people are told of it.

use std::collections::BTreeMap;

use crate::answer::Engine;
use crate::corpus::Diagnostic;

use super::{Golden, State};

/// Why the new posts were held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Something in them is wrong.
    Wrong,
    /// They can't be read at all.
    Unreadable,
    /// Their remote is away, and nothing else has changed.
    Away,
    /// Too many golden questions would not be answered any more.
    Lost,
}

/// How it went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// The new posts answer.
    #[default]
    Taken,
    /// An earlier state answers.
    Returned,
    /// The old posts stay, because of the new ones.
    Held(Held),
    /// The old posts stay: nothing has changed.
    Unchanged,
    /// The old posts stay: they were brought back, or the new ones were held back before, and nobody has asked for them since.
    LeftAlone,
    /// The old posts stay: no earlier state is kept.
    NothingEarlier,
}

/// What a reload came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reloaded {
    /// How it went.
    pub outcome: Outcome,
    /// Posts in all, after it.
    pub posts: usize,
    /// Files that are new.
    pub added: Vec<String>,
    /// Files whose text changed.
    pub changed: Vec<String>,
    /// Files that are gone.
    pub removed: Vec<String>,
    /// What is wrong, with file and line, without paths of the machine.
    pub problems: Vec<String>,
    /// What is wrong or odd in what was read, file by file, without paths of the machine either.
    pub diagnostics: Vec<Diagnostic>,
    /// How the golden questions fare.
    pub golden: Golden,
    /// Whether it was taken whatever is wrong.
    pub forced: bool,
    /// The state that answers now, where it is another one.
    pub state: Option<State>,
    /// What was read, by what is in its files.
    pub(super) id: Option<String>,
}

impl Reloaded {
    /// Nothing yet, beside an engine.
    pub(super) fn of(old: &Engine) -> Self {
        Self { posts: old.corpus().posts.len(), ..Self::default() }
    }

    /// Reading them ended in a panic: the old ones stay.
    pub fn broken_off(old: &Engine) -> Self {
        Self::of(old).told("reading them broke off; the log tells more".to_owned()).held(Held::Unreadable)
    }

    pub(super) fn with(self, outcome: Outcome) -> Self {
        Self { outcome, ..self }
    }

    pub(super) fn held(self, why: Held) -> Self {
        self.with(Outcome::Held(why))
    }

    pub(super) fn told(mut self, problem: String) -> Self {
        self.problems.push(problem);
        self
    }

    /// Why it was held back, in a line; none where it was not.
    pub fn held_back(&self) -> Option<String> {
        match &self.outcome {
            Outcome::Held(why) => Some(self.in_short(why)),
            Outcome::Taken | Outcome::Returned | Outcome::Unchanged | Outcome::LeftAlone | Outcome::NothingEarlier => None,
        }
    }

    /// Why it was held back, in a line.
    pub(super) fn in_short(&self, why: &Held) -> String {
        let first = self.problems.first().cloned().unwrap_or_default();
        match why {
            Held::Lost => format!("{} golden questions would be lost", self.golden.lost.len()),
            Held::Wrong if self.problems.len() > 1 => format!("{first} (and {} more)", self.problems.len() - 1),
            Held::Wrong | Held::Unreadable | Held::Away => first,
        }
    }

    /// Which files differ between two engines.
    pub(super) fn compare(&mut self, old: &Engine, new: &Engine) {
        fn texts(engine: &Engine) -> BTreeMap<&str, &str> {
            engine.corpus().posts.iter().map(|post| (post.file.as_str(), post.text.as_str())).collect()
        }
        let (before, after) = (texts(old), texts(new));
        self.posts = after.len();
        for (file, text) in &after {
            match before.get(file) {
                None => self.added.push((*file).to_owned()),
                Some(old) if old != text => self.changed.push((*file).to_owned()),
                Some(_) => {}
            }
        }
        self.removed = before.keys().filter(|file| !after.contains_key(*file)).map(|file| (*file).to_owned()).collect();
    }
}
