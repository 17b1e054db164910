//! What happens in a room, as far as the bot cares.

use std::collections::{HashMap, HashSet};

use crate::chat::{Keeping, Message, Place, RoomSettings};
use crate::ids::{EventId, RoomId, UserId};

/// An event of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// Its id.
    pub event: EventId,
    /// Who sent it.
    pub sender: UserId,
    /// Milliseconds since 1970 by the sender's server.
    pub at: i64,
    /// What it is.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A text message.
    Text {
        /// The message; `replies_to_me`, `own_thread` and `while_away` are left to be found out.
        message: Message,
        /// The event that it replies to.
        reply_to: Option<EventId>,
        /// Whether that is there for old clients only, which know no threads.
        falls_back: bool,
    },
    /// Another text for an earlier message.
    Edit {
        /// The edited event.
        target: EventId,
        /// The message as it reads now, under the id of the edited event.
        message: Message,
    },
    /// Any other message of the room, which might be one of the bot's own.
    Other {
        /// The event that it replies to.
        reply_to: Option<EventId>,
        /// Whether it replaces another message.
        edit: bool,
        /// Whether it is a notice (`m.notice`), as bots send them.
        notice: bool,
    },
    /// An event was redacted.
    Redaction {
        /// Which.
        target: EventId,
    },
    /// Somebody reacts to a message.
    Reaction {
        /// The message.
        target: EventId,
        /// With what.
        key: String,
    },
    /// A member joined, left or was invited.
    Member {
        /// Who.
        user: UserId,
        /// The name to be shown.
        name: Option<String>,
        /// Whether the member was not in the room before and is now.
        joined: bool,
    },
    /// The room is encrypted from now on, or by other rules.
    Encryption,
    /// The room was replaced by another.
    Tombstone {
        /// The other room.
        replacement: RoomId,
        /// Whether the room's power levels let the sender replace it.
        allowed: bool,
    },
    /// A message that can't be decrypted, yet.
    Unreadable,
    /// Nothing of interest.
    Nothing,
}

impl Happening {
    /// The message that is asked or edited, if it is one.
    pub fn message(&self) -> Option<&Message> {
        match &self.kind {
            EventKind::Text { message, .. } | EventKind::Edit { message, .. } => Some(message),
            EventKind::Other { .. }
            | EventKind::Redaction { .. }
            | EventKind::Reaction { .. }
            | EventKind::Member { .. }
            | EventKind::Encryption
            | EventKind::Tombstone { .. }
            | EventKind::Unreadable
            | EventKind::Nothing => None,
        }
    }
}

/// A room that the bot is in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// Its id.
    pub id: RoomId,
    /// Its settings.
    pub settings: RoomSettings,
    /// How many are in it or invited, the bot among them, as far as is known without asking the homeserver.
    pub members: u64,
    /// Whether nobody is there but the bot and one other.
    pub direct: bool,
    /// Whether it holds rooms, not messages.
    pub space: bool,
    /// Whether the bot made it.
    pub own: bool,
    /// Whether anybody may join it, and it is not encrypted.
    pub open: bool,
    /// Whether its questions are kept.
    pub keeping: Keeping,
}

/// What is known of the rooms that the bot is in.
pub trait Rooms {
    /// A room, unless the bot doesn't know it.
    fn room(&self, id: &RoomId) -> Option<Room>;

    /// A room by its id or by an alias that the config names.
    fn named(&self, name: &str) -> Option<Room>;
}

/// Events of one room that were read together, in order.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The room.
    pub room: Room,
    /// Events after the bot's own join, if that is among them.
    pub happenings: Vec<Happening>,
    /// What the room is to the senders of messages, by the event's id.
    pub places: HashMap<EventId, Place>,
    /// Whether the bot's own join is among them.
    pub joined: bool,
    /// The last event, whatever it is.
    pub last: Option<EventId>,
    /// The bot's own messages.
    said: HashSet<EventId>,
    /// Events that the bot's own messages answer, and by which.
    answered: HashMap<EventId, EventId>,
    /// Events that were edited, and by whom, with the last text.
    edited: HashMap<(EventId, UserId), Message>,
    /// Events that were redacted.
    redacted: HashSet<EventId>,
}

impl Batch {
    /// Sorts a room's events; `me` is the bot's user id.
    pub fn new(room: Room, me: &UserId, events: impl IntoIterator<Item = Happening>) -> Self {
        let mut batch = Self { room, ..Self::default() };
        for happening in events {
            batch.last = Some(happening.event.clone());
            batch.take(happening, me);
        }
        batch
    }

    fn take(&mut self, happening: Happening, me: &UserId) {
        let own = happening.sender == *me;
        match &happening.kind {
            EventKind::Member { user, joined: true, .. } if user == me => {
                // Nothing before it matters.
                let (room, last) = (std::mem::take(&mut self.room), self.last.take());
                *self = Self { room, last, joined: true, ..Self::default() };
                return;
            }
            EventKind::Text { reply_to, .. } | EventKind::Other { reply_to, edit: false, .. } if own => {
                self.said.insert(happening.event.clone());
                self.answered.extend(reply_to.clone().map(|question| (question, happening.event.clone())));
            }
            EventKind::Edit { target, message } => {
                self.edit(target, &happening.sender, message.clone());
            }
            EventKind::Redaction { target } => {
                self.redacted.insert(target.clone());
            }
            _ => {}
        }
        self.happenings.push(happening);
    }

    /// An event reads otherwise by now.
    pub fn edit(&mut self, target: &EventId, sender: &UserId, message: Message) {
        self.edited.insert((target.clone(), sender.clone()), message);
    }

    /// Whether one of these events is the bot's own message.
    pub(super) fn has_said(&self, event: &EventId) -> bool {
        self.said.contains(event)
    }

    /// Whether the bot has spoken since it joined.
    pub(super) fn is_silent(&self) -> bool {
        self.said.is_empty()
    }

    /// The bot's message among these that answers an event.
    pub(super) fn answer_to(&self, event: &EventId) -> Option<&EventId> {
        self.answered.get(event)
    }

    /// Whether an event is redacted by a later one of these.
    pub(super) fn redacts(&self, event: &EventId) -> bool {
        self.redacted.contains(event)
    }

    /// A message that is meant for the bot, with its last text if its sender edited it.
    pub(super) fn as_edited(&self, message: Message) -> Message {
        match self.edited.get(&(message.id.clone(), message.sender.clone())) {
            Some(edit) => {
                let mentions = message.mentions.iter().chain(&edit.mentions).cloned().collect();
                Message { body: edit.body.clone(), html: edit.html.clone(), mentions, meant_for_me: true, ..message }
            }
            None => message,
        }
    }
}
