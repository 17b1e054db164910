//! Edits and redactions: what was done to a question is done to its answer.

use crate::chat::Place;
use crate::ids::{EventId, RoomId};

use super::asking::owe;
use super::{Act, Asked, Batch, Bot, Cause, Delivery, EventKind, Happening, Moment, Payload, Plan, Result, Room, Settles};

/// An edit or a redaction, with what is known as it happens.
#[derive(Clone, Debug)]
pub(super) struct Later {
    happening: Happening,
    room: RoomId,
    place: Place,
}

impl Bot {
    /// Plans what the redaction of an event calls for.
    pub(super) fn redacted(&mut self, happening: &Happening, target: &EventId, room: &Room, plan: &mut Plan) -> Result<()> {
        plan.acts.push(Act::Forget(target.clone()));
        if self.journal.knows(target)? {
            plan.changes.owed.push(owe(room, happening));
            let later = Later { happening: happening.clone(), room: room.id.clone(), place: Place::default() };
            self.follow(&later, plan)?;
        } else {
            // Nothing was said to it but that it can't be read, and nothing will be; or it is so long ago that only what is kept of it is known.
            self.forget_redacted(target, &happening.event, plan)?;
            plan.readable.push(target.clone());
        }
        Ok(())
    }

    /// Plans what an edit calls for: something where its asker edits a question.
    pub(super) fn edited(&mut self, happening: &Happening, target: &EventId, batch: &Batch, plan: &mut Plan) -> Result<()> {
        let asked_by = self.journal.entry(target)?.map(|entry| entry.asker);
        if asked_by.as_ref() == Some(&happening.sender) && !self.journal.knows(&happening.event)? {
            plan.changes.owed.push(owe(&batch.room, happening));
            self.follow(&self.later(happening, batch), plan)?;
        }
        Ok(())
    }

    pub(super) fn later(&self, happening: &Happening, batch: &Batch) -> Later {
        let place = batch.places.get(&happening.event).cloned().unwrap_or_default();
        Later { happening: happening.clone(), room: batch.room.id.clone(), place }
    }

    /// Does to the answer what was done to the question: edits or redacts it, now or as soon as it is sent. Whether there is
    /// anything to do.
    pub(super) fn follow(&mut self, later: &Later, plan: &mut Plan) -> Result<bool> {
        let Later { happening, room, place } = later;
        let (EventKind::Edit { target, .. } | EventKind::Redaction { target }) = &happening.kind else { return Ok(false) };
        let Some(entry) = self.journal.entry(target)? else { return Ok(false) };
        let sending = self.under_way.is_about(target)
            || plan.deliveries.iter().any(|delivery| delivery.question.as_ref() == Some(target))
            || plan.asked.iter().any(|asked| asked.message.id == *target);
        let Some(answer) = entry.answer.filter(|_| !sending) else {
            self.under_way.afterwards.entry(target.clone()).or_default().push(later.clone());
            return Ok(true);
        };
        if let EventKind::Edit { message, .. } = &happening.kind {
            let (cause, message, place) = (happening.event.clone(), message.clone(), place.clone());
            plan.asked.push(Asked { cause, message, place, answered: Some(answer), counted: true });
        } else {
            self.forget_redacted(target, &happening.event, plan)?;
            self.redact(target, answer, &happening.event, room, plan)?;
        }
        Ok(true)
    }

    /// Plans to redact the answer to a question, with what it was edited to, which stands in events of its own.
    fn redact(&self, question: &EventId, answer: EventId, redaction: &EventId, room: &RoomId, plan: &mut Plan) -> Result<()> {
        let redact = |cause: Cause, event: EventId, settles: Settles| Delivery {
            cause,
            question: Some(question.clone()),
            room: room.clone(),
            payload: Payload::Redaction(event),
            settles,
            kept: None,
        };
        for (at, edit) in self.journal.edited_answers(question)?.into_iter().enumerate() {
            plan.deliveries.push(redact(Cause::Named(format!("{redaction}.{at}")), edit, Settles::Nothing));
        }
        plan.deliveries.push(redact(Cause::Event(redaction.clone()), answer, Settles::Redacted));
        Ok(())
    }

    /// What waited for the end of what was under way about a question.
    pub(super) fn go_on(&mut self, question: &EventId, moment: &Moment<'_>) -> Result<Vec<Act>> {
        let mut plan = Plan::default();
        // One thing about a question after the other: what can't go yet waits again.
        for later in self.under_way.afterwards.remove(question).unwrap_or_default() {
            self.follow(&later, &mut plan)?;
        }
        self.carry_out(plan, moment)
    }
}
