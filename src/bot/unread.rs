//! Messages that can't be decrypted: their keys are hoped for, then their senders are told, and it is taken back when they come.

use std::time::Duration;

use crate::chat::{AnswerTo, phrases};
use crate::ids::{EventId, RoomId};
use crate::journal::Unreadable;
use crate::render::Block;

use super::{Act, Bot, Cause, Delivery, Moment, Payload, Relation, Result, Room, Settles, Wanted, Words, millis};

/// How long a missing key is looked for even if none is seen to arrive.
const KEY_HOPE: Duration = Duration::from_secs(120);
/// At most one notice of unreadable messages a room in so long.
const A_DAY: Duration = Duration::from_secs(24 * 3600);

impl Bot {
    /// Keys of a room have arrived.
    ///
    /// # Errors
    /// See [`Self::token`].
    pub fn keys_arrived(&mut self, rooms: &[RoomId], moment: &Moment<'_>) -> Result<Vec<Act>> {
        let mut wanted = Vec::new();
        for room in rooms {
            wanted.extend(self.journal.unreadable(Some(room))?.into_iter().map(Wanted::from));
        }
        let mut acts = Vec::new();
        self.fetch(wanted, moment, &mut acts);
        Ok(acts)
    }

    /// Fetches again what may be readable by now, and says of what is not that it isn't.
    pub(super) fn look_for_keys(&mut self, moment: &Moment<'_>, acts: &mut Vec<Act>) -> Result<()> {
        let mut wanted = Vec::new();
        for unreadable in self.journal.unreadable(None)? {
            let Some(room) = moment.rooms.room(&unreadable.room) else { continue };
            if moment.now - unreadable.since < millis(KEY_HOPE) {
                wanted.push(unreadable.clone().into());
            }
            if self.may_say_so(&unreadable, &room, moment)? {
                self.send(notice(&unreadable), acts);
            }
        }
        self.fetch(wanted, moment, acts);
        Ok(())
    }

    /// Whether it is time to say that a message can't be read, in a room that wants to hear it.
    fn may_say_so(&self, unreadable: &Unreadable, room: &Room, moment: &Moment<'_>) -> Result<bool> {
        let waited = moment.now - unreadable.since >= millis(self.rules.key_wait);
        let silent = room.settings.answer == Some(AnswerTo::Nobody);
        let say = waited && !silent && self.journal.may_notice(&unreadable.room, moment.now, A_DAY)?;
        if say {
            tracing::warn!(
                room = unreadable.room.as_str(),
                event = unreadable.event.as_str(),
                "a message can't be decrypted: its key never came"
            );
        }
        Ok(say)
    }

    /// A message can be read after all, or is gone: what was said of it is taken back.
    pub(super) fn made_readable(&mut self, event: &EventId, moment: &Moment<'_>, acts: &mut Vec<Act>) -> Result<()> {
        self.journal.readable(event)?;
        if let Some((room, notice)) = self.journal.take_notice(event)?
            && moment.rooms.room(&room).is_some()
        {
            self.take_back(&room, event, &notice, acts);
        }
        Ok(())
    }

    /// Redacts the notice that a message can't be read.
    pub(super) fn take_back(&mut self, room: &RoomId, event: &EventId, notice: &EventId, acts: &mut Vec<Act>) {
        let delivery = Delivery {
            cause: Cause::Named(format!("readable.{}", event.as_str().trim_start_matches('$'))),
            question: Some(event.clone()),
            room: room.clone(),
            payload: Payload::Redaction(notice.clone()),
            settles: Settles::Nothing,
            kept: None,
        };
        self.send(delivery, acts);
    }
}

/// The notice that a message can't be read.
fn notice(unreadable: &Unreadable) -> Delivery {
    let Unreadable { event, room, .. } = unreadable;
    let words = Words::new(vec![Block::text(phrases::UNREADABLE)]);
    Delivery {
        cause: Cause::Named(format!("unreadable.{}", event.as_str().trim_start_matches('$'))),
        question: Some(event.clone()),
        room: room.clone(),
        payload: Payload::Message(Words { notice: true, relation: Relation::Reply(event.clone()), ..words }),
        settles: Settles::Noticed,
        kept: None,
    }
}
