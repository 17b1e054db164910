//! Reloads: the reply to a command says what came of it.

use crate::chat::phrases;
use crate::ids::EventId;
use crate::reload::Reloaded;
use crate::render::Block;

use super::{Act, Bot, Cause, Delivery, Moment, Payload, Result, Settles, Words};

impl Bot {
    /// What some commands asked of the posts came to this.
    ///
    /// # Errors
    /// See [`Self::token`].
    pub fn reloaded(&mut self, commands: &[EventId], outcome: &Reloaded, moment: &Moment<'_>) -> Result<Vec<Act>> {
        let mut acts = Vec::new();
        for command in commands {
            match self.journal.entry(command)? {
                Some(entry) if entry.answer.is_some() => self.tell_outcome(command, outcome, moment, &mut acts)?,
                Some(_) => {
                    self.under_way.outcomes.insert(command.clone(), outcome.clone());
                }
                None => {}
            }
        }
        Ok(acts)
    }

    /// Edits the reply to a command to what came of it.
    pub(super) fn tell_outcome(
        &mut self,
        command: &EventId,
        outcome: &Reloaded,
        moment: &Moment<'_>,
        acts: &mut Vec<Act>,
    ) -> Result<()> {
        self.edit_reply(command, phrases::reloaded(outcome), moment, acts)
    }

    /// Edits the replies of commands whose reload a bot before this one began and did not see to its end.
    pub(super) fn mend_reloads(&mut self, moment: &Moment<'_>, acts: &mut Vec<Act>) -> Result<()> {
        for command in self.journal.reloads()? {
            self.edit_reply(&command, vec![Block::text(phrases::RESTARTED)], moment, acts)?;
        }
        Ok(())
    }

    fn edit_reply(&mut self, command: &EventId, blocks: Vec<Block>, moment: &Moment<'_>, acts: &mut Vec<Act>) -> Result<()> {
        let Some(entry) = self.journal.entry(command)? else { return Ok(()) };
        let (Some(room), Some(answer)) = (moment.rooms.room(&entry.room), entry.answer) else { return Ok(()) };
        let words = Words { notice: room.settings.notice == Some(true), ..Words::new(blocks) };
        let delivery = Delivery {
            cause: Cause::Named(format!("{command}.reloaded")),
            question: Some(command.clone()),
            room: room.id,
            payload: Payload::Edit { answer, words },
            settles: Settles::Told,
            kept: None,
        };
        self.send(delivery, acts);
        Ok(())
    }
}
