//! What those who look after the posts say of a group of like questions, and whether the digest tells of it still.
//!
//! Groups change with every question, so a mark stands with each of the questions that were in the group when it was marked, and goes
//! when they go: edited, deleted, forgotten, too old. Where enough of a group bears one, it is the group's.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::kept::{Kept, hour};

/// What is said of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mark {
    /// It has been seen to: it is told again only if it is asked again.
    Done,
    /// The posts need not answer it, however often it is asked.
    NotOurs,
}

/// A mark and when it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marked {
    /// What is said.
    pub mark: Mark,
    /// When.
    pub at: Timestamp,
}

/// Where a group stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is told.
    Open,
    /// It was marked, and is not told.
    LeftOut(Marked),
    /// It was marked as done and has been asked again since, so often: it is told.
    Again(Marked, usize),
}

impl Standing {
    /// Where a group stands of questions that were asked in these hours and bear these marks.
    ///
    /// The latest mark is the group's if at least half of the questions of before it bear it: a small group that was marked does not take
    /// a large one with it, once a new wording has joined the two. A question without a mark that was asked in the hour of the mark or
    /// later was asked again. A mark as [`Mark::NotOurs`] holds all the same.
    pub fn of(questions: impl Iterator<Item = (Timestamp, Option<Marked>)> + Clone) -> Self {
        let marks = questions.clone().filter_map(|(_, marked)| marked);
        let Some(last) = marks.clone().max_by_key(|marked| marked.at) else { return Self::Open };
        let bearing = marks.filter(|marked| marked.mark == last.mark).count();
        let (mut before, mut since) = (0, 0);
        for (asked, marked) in questions {
            let again = marked.is_none() && asked >= hour(last.at);
            *(if again { &mut since } else { &mut before }) += 1;
        }
        match last.mark {
            _ if 2 * bearing < before => Self::Open,
            Mark::Done if since > 0 => Self::Again(last, since),
            Mark::Done | Mark::NotOurs => Self::LeftOut(last),
        }
    }

    /// The same of questions that are kept.
    pub(super) fn of_kept(questions: &[&Kept]) -> Self {
        Self::of(questions.iter().map(|kept| (kept.hour, kept.marked)))
    }

    /// Whether the digest tells of it.
    pub fn is_told(self) -> bool {
        !matches!(self, Self::LeftOut(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3_600).unwrap()
    }

    #[test]
    fn a_group_stands_as_its_latest_mark_says_where_half_of_what_was_there_bears_it() {
        let done = |hour| Some(Marked { mark: Mark::Done, at: at(hour) + jiff::SignedDuration::from_mins(30) });
        let not_ours = |hour| Some(Marked { mark: Mark::NotOurs, at: at(hour) });
        let left_out = |marked: Option<Marked>| Standing::LeftOut(marked.unwrap());
        let again = |marked: Option<Marked>, since| Standing::Again(marked.unwrap(), since);
        for (what, questions, expected) in [
            ("nothing", vec![], Standing::Open),
            ("no mark", vec![(1, None), (2, None)], Standing::Open),
            ("all of it", vec![(1, done(5)), (2, done(5))], left_out(done(5))),
            ("asked since", vec![(1, done(5)), (6, None), (7, None)], again(done(5), 2)),
            ("asked in the hour of the mark", vec![(1, done(5)), (5, None)], again(done(5), 1)),
            ("not ours, asked since", vec![(1, not_ours(5)), (6, None), (7, None)], left_out(not_ours(5))),
            ("joined by one of before", vec![(1, done(5)), (2, None)], left_out(done(5))),
            ("part of a larger group now", vec![(1, not_ours(5)), (2, None), (3, None)], Standing::Open),
            ("marked anew", vec![(1, done(5)), (6, not_ours(8))], left_out(not_ours(8))),
            ("marked anew as done", vec![(1, done(8)), (6, done(8)), (9, None)], again(done(8), 1)),
            ("two groups that were marked differently", vec![(1, done(5)), (1, done(5)), (2, not_ours(6))], Standing::Open),
        ] {
            let questions: Vec<_> = questions.into_iter().map(|(hour, marked)| (at(hour), marked)).collect();
            let found = Standing::of(questions.iter().copied());
            assert_eq!(found, expected, "{what}");
            assert_eq!(found.is_told(), !matches!(expected, Standing::LeftOut(_)), "{what}");
        }
    }
}
