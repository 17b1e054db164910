//! Questions: which are the bot's to answer, and what is said to them.

use crate::chat::{Deed, Message, Place, Reply};
use crate::ids::EventId;
use crate::insight::Kept;
use crate::journal::{Owed, Unreadable};
use crate::reload::By;

use super::visits::look_who_is_left;
use super::{
    Act, Arrival, Asked, Batch, Bot, Cause, Delivery, EventKind, Happening, Moment, Payload, Plan, Relation, Result, Room,
    Settles, Words,
};

impl Bot {
    /// Whether it counts for a message who else is in its room: it may be meant for the bot without calling it by itself.
    ///
    /// # Errors
    /// See [`Self::token`].
    pub fn asks_who_is_there(&self, happening: &Happening, batch: &Batch) -> Result<bool> {
        let message = self.in_context(happening, batch, Arrival::Live)?;
        Ok(message.is_some_and(|message| message.replies_to_me || message.own_thread || !message.mentions.is_empty()))
    }

    /// Reads events of a room in order: what is asked, edited, redacted, who came and went.
    pub(super) fn read(&mut self, batch: &Batch, arrival: Arrival, plan: &mut Plan, moment: &Moment<'_>) -> Result<()> {
        // Where it has spoken since it joined, it is known, whatever became of the journal.
        if batch.joined && batch.is_silent() {
            self.introduce(&batch.room, plan)?;
        }
        for happening in &batch.happenings {
            self.happened(happening, batch, arrival, plan, moment)?;
        }
        Ok(())
    }

    /// Plans what one event calls for.
    pub(super) fn happened(
        &mut self,
        happening: &Happening,
        batch: &Batch,
        arrival: Arrival,
        plan: &mut Plan,
        moment: &Moment<'_>,
    ) -> Result<()> {
        let Happening { event, sender, at, kind } = happening;
        let room = &batch.room;
        let too_old = arrival == Arrival::Late && *at < self.oldest(moment);
        let own = *sender == self.me().user_id;
        match kind {
            EventKind::Text { reply_to, .. } | EventKind::Other { reply_to, edit: false, .. } if own => {
                plan.changes.said.push((event.clone(), *at));
                // An answer whose sending was not seen to end: by the process before this one, perhaps as another device.
                if let Some(question) = reply_to.as_ref().filter(|question| !self.under_way.holds(question)) {
                    plan.changes.answered.push((question.clone(), event.clone()));
                }
            }
            EventKind::Redaction { target } if !own && !self.journal.knows(event)? => {
                self.redacted(happening, target, room, plan)?;
            }
            EventKind::Edit { target, .. } => self.edited(happening, target, batch, plan)?,
            EventKind::Reaction { target, key } if !own && !batch.redacts(event) => self.reacted(happening, target, key, plan)?,
            EventKind::Text { .. } if !too_old && !batch.redacts(event) && !self.journal.knows(event)? => {
                self.said(happening, batch, arrival, plan, moment)?;
            }
            EventKind::Other { notice: true, .. } if !own => self.exchanges.noticed(sender),
            EventKind::Unreadable if !too_old && self.chat.listens_to(sender) && !self.journal.knows(event)? => {
                let (event, room) = (event.clone(), room.id.clone());
                plan.changes.unreadable.push(Unreadable { event, room, since: moment.now });
            }
            EventKind::Member { user, name, joined } if *user != self.me().user_id => {
                if *joined {
                    self.welcome(room, user, name.as_deref(), *at, plan, moment)?;
                } else {
                    look_who_is_left(room, plan);
                }
            }
            EventKind::Encryption => plan.acts.push(Act::LearnMembers(room.id.clone())),
            EventKind::Tombstone { replacement, allowed } if !own => self.replaced(room, replacement, sender, *allowed, plan)?,
            EventKind::Text { .. }
            | EventKind::Other { .. }
            | EventKind::Redaction { .. }
            | EventKind::Reaction { .. }
            | EventKind::Member { .. }
            | EventKind::Tombstone { .. }
            | EventKind::Unreadable
            | EventKind::Nothing => {}
        }
        Ok(())
    }

    /// Plans to answer a message, if it is meant for the bot.
    fn said(
        &mut self,
        happening: &Happening,
        batch: &Batch,
        arrival: Arrival,
        plan: &mut Plan,
        moment: &Moment<'_>,
    ) -> Result<()> {
        let Happening { event, at, .. } = happening;
        let Some(message) = self.in_context(happening, batch, arrival)? else { return Ok(()) };
        let place = batch.places.get(event).cloned().unwrap_or_default();
        // Whether it is a question was settled when it was sent; an edit changes its words.
        if !self.chat.concerns(&message, &place) {
            return Ok(());
        }
        if arrival == Arrival::Live && self.exchanges.never_end(&message, moment.up) {
            tracing::info!(room = %message.room, sender = %message.sender, "a bot's answer to an answer is left alone");
            return Ok(());
        }
        let message = batch.as_edited(message);
        if let Some(answer) = batch.answer_to(event) {
            plan.changes.owed.push(owe(&batch.room, happening));
            plan.changes.answered.push((event.clone(), answer.clone()));
        } else {
            let counted = !message.while_away;
            answer(&batch.room, message, place, *at, counted, plan);
        }
        Ok(())
    }

    /// A message together with what the journal knows: whether it replies to the bot, stands in a thread of an answer, had to wait.
    fn in_context(&self, happening: &Happening, batch: &Batch, arrival: Arrival) -> Result<Option<Message>> {
        let EventKind::Text { message, reply_to, falls_back } = &happening.kind else { return Ok(None) };
        let reply_to = reply_to.as_ref().filter(|_| !falls_back);
        let replies_to_me = match reply_to {
            Some(event) => batch.has_said(event) || self.journal.said(event)?,
            None => false,
        };
        let begun = match &message.thread {
            Some(root) => {
                let entry = self.journal.entry(root)?.filter(|entry| entry.answer.is_some());
                entry.or(self.journal.answered_by(root)?)
            }
            None => None,
        };
        let replied = match reply_to.filter(|_| replies_to_me) {
            Some(answer) => self.journal.answered_by(answer)?,
            None => None,
        };
        Ok(Some(Message {
            replies_to_me,
            replies_to_other: reply_to.is_some() && !replies_to_me,
            to_anothers_answer: replied.as_ref().is_some_and(|entry| entry.asker != message.sender),
            own_thread: begun.as_ref().is_some_and(|entry| entry.asker == message.sender),
            on_answer_to: replied.or(begun).map(|entry| entry.event),
            while_away: arrival == Arrival::Late && happening.at < self.times.away_until,
            ..message.clone()
        }))
    }

    /// An event of the journal was fetched again: an owed question after a start, or a message whose key may have come. Without a
    /// batch that holds it, it is gone.
    ///
    /// # Errors
    /// See [`Self::token`].
    pub fn fetched(&mut self, event: &EventId, batch: Option<&Batch>, moment: &Moment<'_>) -> Result<Vec<Act>> {
        self.under_way.fetching.remove(event);
        let entry = self.journal.entry(event)?;
        if self.under_way.holds(event) || entry.as_ref().is_some_and(|entry| entry.answer.is_some()) {
            return Ok(Vec::new());
        }
        let found = batch.and_then(|batch| Some((batch, batch.happenings.first()?)));
        let Some((batch, happening)) = found else {
            self.journal.erase(event)?;
            return Ok(Vec::new());
        };
        let mut plan = Plan::default();
        if entry.is_some() {
            self.owed_again(happening, batch, &mut plan, moment)?;
        } else if happening.kind != EventKind::Unreadable {
            self.happened(happening, batch, Arrival::Late, &mut plan, moment)?;
            plan.readable.push(event.clone());
        }
        self.carry_out(plan, moment)
    }

    /// Plans what an owed event that was fetched again calls for.
    fn owed_again(&mut self, happening: &Happening, batch: &Batch, plan: &mut Plan, moment: &Moment<'_>) -> Result<()> {
        let event = &happening.event;
        match &happening.kind {
            EventKind::Unreadable => {
                // It was read once, and the key is gone: it waits with those that never could be.
                self.journal.erase(event)?;
                self.happened(happening, batch, Arrival::Late, plan, moment)?;
            }
            EventKind::Text { .. } => {
                let Some(message) = self.in_context(happening, batch, Arrival::Late)? else { return Ok(()) };
                let place = batch.places.get(event).cloned().unwrap_or_default();
                answer(&batch.room, batch.as_edited(message), place, happening.at, false, plan);
            }
            EventKind::Edit { .. } | EventKind::Redaction { .. } => {
                if !self.follow(&self.later(happening, batch), plan)? {
                    plan.settled.push(event.clone());
                }
            }
            EventKind::Other { .. }
            | EventKind::Reaction { .. }
            | EventKind::Member { .. }
            | EventKind::Encryption
            | EventKind::Tombstone { .. }
            | EventKind::Nothing => {
                plan.settled.push(event.clone());
            }
        }
        Ok(())
    }

    /// A message was read: this is said to it, if anything, and these of its questions are kept once that is sent.
    ///
    /// # Errors
    /// See [`Self::token`].
    pub fn heard(&mut self, asked: &Asked, reply: Option<Reply>, kept: Vec<Kept>, moment: &Moment<'_>) -> Result<Vec<Act>> {
        let Asked { cause, message, place, answered, .. } = asked;
        let Some(reply) = reply else {
            self.under_way.end(&Cause::Event(cause.clone()), Some(&message.id));
            self.journal.erase(cause)?;
            let mut acts = Vec::new();
            self.forget_edited(asked, &mut acts)?;
            acts.extend(self.go_on(&message.id, moment)?);
            return Ok(acts);
        };
        if reply.deed == Some(Deed::Digest) {
            // It is under way until that is made.
            return Ok(vec![self.digest_asked_for(asked, moment)?]);
        }
        if reply.deed == Some(Deed::Login) {
            return Ok(vec![Act::Link(Box::new(asked.clone()))]);
        }
        let mut acts = Vec::new();
        let kept = self.to_keep(asked, kept, moment)?;
        let (order, against, deed) = (reply.order, reply.against.clone(), reply.deed);
        let words = Words::reply(message, place, reply);
        let payload = match answered {
            None => {
                acts.push(Act::Acknowledge { room: message.room.clone(), event: message.id.clone() });
                if let Some(question) = against {
                    self.journal.vote_against(&question, &message.sender, moment.now)?;
                    self.complained(asked, &question, &mut acts)?;
                }
                if deed == Some(Deed::ForgetMe) {
                    self.forget_asker(&message.sender, moment, &mut acts)?;
                }
                if let Some(order) = order {
                    self.journal.reload_begun(&message.id)?;
                    acts.push(Act::Reload { order, by: By::Admin(message.sender.clone()), command: message.id.clone() });
                }
                Payload::Message(words)
            }
            // An edit stands where what it edits does.
            Some(answer) => Payload::Edit { answer: answer.clone(), words: Words { relation: Relation::None, ..words } },
        };
        // It has been under way since the message was to be read.
        acts.push(Act::Send(Box::new(Delivery {
            cause: Cause::Event(cause.clone()),
            question: Some(message.id.clone()),
            room: message.room.clone(),
            payload,
            settles: Settles::Answered,
            kept,
        })));
        Ok(acts)
    }
}

/// Plans to answer a message that is meant for the bot; `counted` towards the limits, unless it was accepted already or had to wait.
fn answer(room: &Room, message: Message, place: Place, at: i64, counted: bool, plan: &mut Plan) {
    let (event, asker) = (message.id.clone(), message.sender.clone());
    plan.changes.owed.push(Owed { event, room: room.id.clone(), asker, asked_at: at, edits: None });
    plan.asked.push(Asked { cause: message.id.clone(), message, place, answered: None, counted });
}

/// What the journal is told of an event that calls for something.
pub(super) fn owe(room: &Room, happening: &Happening) -> Owed {
    let Happening { event, sender, at, .. } = happening;
    let edits = match &happening.kind {
        EventKind::Edit { target, .. } => Some(target.clone()),
        _ => None,
    };
    Owed { event: event.clone(), room: room.id.clone(), asker: sender.clone(), asked_at: *at, edits }
}
