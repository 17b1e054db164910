//! Questions without a good answer, by what they ask for.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;

use crate::answer::Engine;
use crate::ids::RoomId;
use crate::search::{Families, Vector};

use super::groups::Wordings;
use super::kept::{Kept, message};
use super::marks::Standing;
use super::store::{Store, StoreError};

/// What of a store is told.
pub struct Scope<'a> {
    /// The end of the time.
    pub now: Timestamp,
    /// How long it is: mostly a week.
    pub period: Duration,
    /// Rooms, by their ids, whose questions are told of: a digest that many read tells nothing of a room that few may read.
    pub rooms: &'a dyn Fn(&RoomId) -> bool,
}

/// Questions that ask for the same thing, none of them with a good answer.
#[derive(Clone, Debug)]
pub struct Theme<'a> {
    /// The one whose wording stands for them.
    pub typical: &'a Kept,
    /// All of them, the oldest first.
    pub questions: Vec<&'a Kept>,
}

/// Wordings that are shown of a group, beside the typical one.
pub const MOST_WORDINGS: usize = 10;

impl Theme<'_> {
    /// How often it was asked in the time of a scope, and in the time of the same length before.
    pub(super) fn growth(&self, scope: &Scope<'_>) -> (usize, usize) {
        let from = scope.now - scope.period;
        let since = |from: Timestamp| self.questions.iter().filter(|kept| kept.hour > from).count();
        let now = since(from);
        (now, since(from - scope.period) - now)
    }

    /// The messages that asked it last, the latest first, with their hours: links, up to `most`.
    pub(super) fn messages(&self, most: usize) -> impl Iterator<Item = (String, Timestamp)> {
        let mut events = HashSet::new();
        let last = self.questions.iter().rev().filter(move |kept| events.insert(&kept.event)).take(most);
        last.map(|kept| (message(&kept.said.room, &kept.event), kept.hour))
    }

    /// What marks make of it.
    pub fn standing(&self) -> Standing {
        Standing::of_kept(&self.questions)
    }

    /// Whether it is told: no mark leaves it out.
    pub fn is_told(&self) -> bool {
        self.standing().is_told()
    }
}

/// The groups of a store's questions, by the meaning of their words where the engine has an encoder.
///
/// # Errors
/// [`StoreError`] where vectors can't be read, or made.
pub fn themes_of<'a>(store: &mut Store, questions: &'a [Kept], engine: &Engine) -> Result<Vec<Theme<'a>>, StoreError> {
    let encoder = engine.encoder();
    let vectors = |some: &[&Kept]| encoder.as_deref().map(|encoder| store.vectors(some, encoder)).transpose();
    themes(questions, engine.index().families(), vectors)
}

/// The groups of open questions ([`Kept::is_open`]), the largest first, whatever their marks; `questions` come in the order of time.
/// `vectors` gives those of some, or `None` where there is no encoder: then words decide.
///
/// # Errors
/// Those of `vectors`.
pub fn themes<'a, E>(
    questions: &'a [Kept],
    families: &Families,
    vectors: impl FnOnce(&[&'a Kept]) -> Result<Option<Vec<Vector>>, E>,
) -> Result<Vec<Theme<'a>>, E> {
    let open: Vec<&Kept> = questions.iter().filter(|kept| kept.is_open()).collect();
    let texts: Vec<&str> = open.iter().map(|kept| kept.said.text.as_str()).collect();
    let wordings = Wordings::of(&texts, families);
    let examples: Vec<&Kept> = wordings.examples().map(|at| open[at]).collect();
    let vectors = vectors(&examples)?;
    let groups = wordings.groups(vectors.as_deref()).into_iter();
    let theme = |group: super::Group| Theme {
        typical: open[group.typical],
        questions: group.members.into_iter().map(|at| open[at]).collect(),
    };
    Ok(groups.map(theme).collect())
}
