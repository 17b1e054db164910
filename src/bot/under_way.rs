//! What is under way: nothing of it outlives the process, and the journal knows what is owed of it.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use crate::ids::{EventId, RoomId};
use crate::reload::Reloaded;

use super::Cause;
use super::following::Later;

/// What is under way.
#[derive(Default)]
pub(super) struct UnderWay {
    /// Rooms whose gap is being read back, and whether something happened in them since that began.
    pub(super) filling: HashMap<RoomId, bool>,
    /// What calls for the answers that are sought and for the deliveries.
    causes: HashSet<Cause>,
    /// Questions that something is being sent about, and how much.
    busy: HashMap<EventId, usize>,
    /// What is to be done once the answer to a question is sent: its edits and its redaction, in order.
    pub(super) afterwards: HashMap<EventId, Vec<Later>>,
    /// Events that are being fetched again.
    pub(super) fetching: HashSet<EventId>,
    /// What reloads came to, by the command whose reply is to be edited but is not sent yet.
    pub(super) outcomes: HashMap<EventId, Reloaded>,
}

impl UnderWay {
    /// How many answers and deliveries.
    pub(super) fn count(&self) -> usize {
        self.causes.len()
    }

    /// Whether an event is being answered, or what was done to one is being followed.
    pub(super) fn holds(&self, event: &EventId) -> bool {
        self.causes.contains(&Cause::Event(event.clone()))
    }

    /// Whether something is being sent about a question.
    pub(super) fn is_about(&self, question: &EventId) -> bool {
        self.busy.contains_key(question)
    }

    /// Something begins, about a question or none.
    pub(super) fn begin(&mut self, cause: Cause, question: Option<&EventId>) {
        self.causes.insert(cause);
        if let Some(question) = question {
            *self.busy.entry(question.clone()).or_default() += 1;
        }
    }

    /// It is over.
    pub(super) fn end(&mut self, cause: &Cause, question: Option<&EventId>) {
        self.causes.remove(cause);
        if let Some(question) = question
            && let Entry::Occupied(mut count) = self.busy.entry(question.clone())
        {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}
