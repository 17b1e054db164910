//! What is kept of questions: by whom they were asked until they are forgotten, votes, the digest, what the posts say by now.

use std::time::Duration;

use jiff::Timestamp;

use crate::chat::{Keeping, Pattern, phrases};
use crate::config::Schedule;
use crate::ids::{EventId, RoomId, UserId};
use crate::insight::{Change, Kept, Vote};
use crate::journal::KeptEntry;
use crate::render::{self, Block, Shape};

use super::{
    Act, Asked, Bot, Cause, Delivery, DigestFor, Happening, Moment, Payload, Plan, Relation, Result, Room, Settles, ToKeep,
    Words, millis,
};

/// How often what is too old is forgotten, and what could not be deleted is deleted again.
const TIDY_KEPT: Duration = Duration::from_secs(60);
/// That the posts answer a question by now is told of those of 30 days.
const TOLD_OF: Duration = Duration::from_secs(30 * 24 * 3600);
/// What is offered to be clicked below an answer.
const OFFERED: [&str; 2] = ["👍", "👎"];
/// The fact that holds the schedule of the digest and when the next is due, in milliseconds since 1970.
const DIGEST_DUE: &str = "digest_due";

impl Bot {
    /// What is to be kept with an answer, once it is sent: of an edit only where the question is kept.
    pub(super) fn to_keep(&self, asked: &Asked, questions: Vec<Kept>, moment: &Moment<'_>) -> Result<Option<ToKeep>> {
        let edits = asked.answered.is_some();
        let keeps = if edits { self.journal.kept(&asked.message.id)?.is_some() } else { !questions.is_empty() };
        let (asker, thread) = (asked.message.sender.clone(), asked.message.thread.clone());
        let offer = !edits && asked.place.settings.votes == Some(true);
        Ok(keeps.then_some(ToKeep { questions, asker, thread, at: moment.now, offer }))
    }

    /// An answer was sent: its questions are kept, unless their asker said meanwhile that they should not be.
    pub(super) fn keep(&mut self, delivery: &Delivery, answer: &EventId, acts: &mut Vec<Act>) -> Result<()> {
        let (Some(kept), Some(question)) = (&delivery.kept, &delivery.question) else { return Ok(()) };
        let ToKeep { questions, asker, thread, at, offer } = kept;
        if self.forgotten_at.get(asker).is_some_and(|forgotten| at <= forgotten) {
            return Ok(());
        }
        if questions.is_empty() {
            acts.push(Act::ForgetKept(vec![question.clone()]));
            return Ok(());
        }
        let (event, room, asker, thread) = (question.clone(), delivery.room.clone(), asker.clone(), thread.clone());
        self.journal.keep(&KeptEntry { event, room, asker, thread, answer: answer.clone(), at: *at })?;
        acts.push(Act::Keep { event: question.clone(), questions: questions.clone() });
        for (number, key) in OFFERED.iter().enumerate().filter(|_| *offer) {
            let payload = Payload::Reaction { to: answer.clone(), key: (*key).to_owned() };
            let cause = Cause::Named(format!("vote.{number}.{}", question.as_str().trim_start_matches('$')));
            let (question, room) = (Some(question.clone()), delivery.room.clone());
            self.send(Delivery { cause, question, room, payload, settles: Settles::Nothing, kept: None }, acts);
        }
        Ok(())
    }

    /// An edit of an answer never arrives: neither the words that its question had nor those that it has are kept.
    pub(super) fn keep_none_of_an_edit(&self, delivery: &Delivery, acts: &mut Vec<Act>) {
        if let (Some(_), Payload::Edit { .. }, Some(question)) = (&delivery.kept, &delivery.payload, &delivery.question) {
            acts.push(Act::ForgetKept(vec![question.clone()]));
        }
    }

    /// An edit of a question gets no answer: the words that it had are not kept either.
    pub(super) fn forget_edited(&self, asked: &Asked, acts: &mut Vec<Act>) -> Result<()> {
        let question = &asked.message.id;
        if asked.answered.is_some() && self.journal.kept(question)?.is_some() {
            acts.push(Act::ForgetKept(vec![question.clone()]));
        }
        Ok(())
    }

    /// Plans what a reaction calls for: it may be a vote of an answer.
    pub(super) fn reacted(&self, happening: &Happening, target: &EventId, key: &str, plan: &mut Plan) -> Result<()> {
        let Happening { event, sender, .. } = happening;
        let Some(vote) = Vote::of(key).filter(|_| self.chat.listens_to(sender)) else { return Ok(()) };
        if let Some(entry) = self.journal.kept_answered_by(target)? {
            plan.acts.push(self::vote(entry.event, event, sender, vote));
        }
        Ok(())
    }

    /// Somebody said in words that an answer did not help.
    pub(super) fn complained(&self, asked: &Asked, question: &EventId, acts: &mut Vec<Act>) -> Result<()> {
        if self.journal.kept(question)?.is_some() {
            acts.push(vote(question.clone(), &asked.message.id, &asked.message.sender, Vote::Not));
        }
        Ok(())
    }

    /// Plans to forget what is kept of a message that was redacted, and to take back what was told of it later.
    pub(super) fn forget_redacted(&self, target: &EventId, redaction: &EventId, plan: &mut Plan) -> Result<()> {
        let Some(entry) = self.journal.kept(target)? else { return Ok(()) };
        plan.changes.gone.push(target.clone());
        plan.acts.push(Act::ForgetKept(vec![target.clone()]));
        if let Some(told) = self.journal.told_by(target)? {
            let (cause, question) = (Cause::Named(format!("{redaction}.told")), Some(target.clone()));
            let payload = Payload::Redaction(told);
            plan.deliveries.push(Delivery { cause, question, room: entry.room, payload, settles: Settles::Nothing, kept: None });
        }
        Ok(())
    }

    /// Somebody wants nothing to be kept of theirs.
    pub(super) fn forget_asker(&mut self, asker: &UserId, moment: &Moment<'_>, acts: &mut Vec<Act>) -> Result<()> {
        self.journal.forget_asker(asker)?;
        self.forgotten_at.insert(asker.clone(), moment.now);
        acts.push(Act::ForgetKept(self.journal.to_forget()?));
        acts.push(Act::ForgetVotes(asker.clone()));
        Ok(())
    }

    /// Nothing is left of the words of these messages.
    ///
    /// # Errors
    /// See [`Self::token`].
    pub fn forgotten(&mut self, events: &[EventId]) -> Result<Vec<Act>> {
        self.journal.forgotten(events)?;
        Ok(Vec::new())
    }

    /// What time brings for what is kept: it gets too old, its room is no longer one of which anything is kept, the digest is due.
    pub(super) fn look_after_kept(&mut self, moment: &Moment<'_>, acts: &mut Vec<Act>) -> Result<()> {
        self.digest_by_itself(moment, acts)?;
        if !self.has_synced() || self.times.kept_tidied.is_some_and(|at| moment.up.saturating_sub(at) < TIDY_KEPT) {
            return Ok(());
        }
        self.times.kept_tidied = Some(moment.up);
        self.forgotten_at.retain(|_, at| moment.now.saturating_sub(*at) < millis(TIDY_KEPT));
        for room in self.journal.kept_rooms()? {
            if moment.rooms.room(&room).is_some_and(|room| room.keeping == Keeping::Not) {
                self.journal.forget_room(&room)?;
                acts.push(Act::LeaveKept(room));
            }
        }
        self.journal.tidy_kept(moment.now, self.rules.insight.keep.0)?;
        let left = self.journal.to_forget()?;
        if !left.is_empty() {
            acts.push(Act::ForgetKept(left));
        }
        acts.push(Act::TidyKept { now: moment.now, keep: self.rules.insight.keep.0 });
        if self.rules.page {
            acts.push(self.show(moment)?);
        }
        Ok(())
    }

    /// Has the digest made that a command asks for.
    pub(super) fn digest_asked_for(&mut self, asked: &Asked, moment: &Moment<'_>) -> Result<Act> {
        let rooms = self.told_rooms((!asked.place.direct).then_some(&asked.message.room), moment)?;
        Ok(Act::Digest { whom: DigestFor::Command(Box::new(asked.clone())), rooms, period: self.period(), now: moment.now })
    }

    fn period(&self) -> Duration {
        let week = Duration::from_secs(7 * 24 * 60 * 60);
        self.rules.insight.digest.as_ref().map_or(week, Schedule::period)
    }

    /// The rooms whose questions are told of: to one admin all, in a room those that anybody may join, and itself.
    fn told_rooms(&self, told_in: Option<&RoomId>, moment: &Moment<'_>) -> Result<Vec<RoomId>> {
        let mut rooms = self.journal.kept_rooms()?;
        if let Some(here) = told_in {
            rooms.retain(|room| room == here || moment.rooms.room(room).is_some_and(|room| room.open));
        }
        Ok(rooms)
    }

    /// Has the digest made where its time has come: once, also after a start, and late rather than never.
    fn digest_by_itself(&mut self, moment: &Moment<'_>, acts: &mut Vec<Act>) -> Result<()> {
        let Some(schedule) = self.rules.insight.digest.filter(|_| self.has_synced()) else { return Ok(()) };
        let now = Timestamp::from_millisecond(moment.now).unwrap_or_default().to_zoned(self.rules.zone.clone());
        let Some(next) = schedule.next_after(&now).map(|next| next.timestamp().as_millisecond()) else { return Ok(()) };
        let known = self.journal.fact(DIGEST_DUE)?;
        let due = known.as_ref().and_then(|known| {
            let (of, at) = known.rsplit_once(' ')?;
            at.parse::<i64>().ok().filter(|_| of == schedule.to_string())
        });
        if due.is_some_and(|due| due > moment.now) {
            return Ok(());
        }
        self.journal.set_fact(DIGEST_DUE, &format!("{schedule} {next}"))?;
        let Some(due) = due else { return Ok(()) };
        for to in self.told_digest() {
            let (whom, told_in) = match moment.rooms.named(&to) {
                Some(Room { id, .. }) => (
                    DigestFor::Room { cause: format!("digest.{due}.{}", id.as_str().trim_start_matches('!')), room: id.clone() },
                    Some(id),
                ),
                None if to.starts_with('@') => (DigestFor::User { cause: format!("digest.{due}.{to}"), user: to.into() }, None),
                None => {
                    tracing::warn!(room = to, "[insight] to: I am not in this room, so it is not told the digest");
                    continue;
                }
            };
            let rooms = self.told_rooms(told_in.as_ref(), moment)?;
            acts.push(Act::Digest { whom, rooms, period: self.period(), now: moment.now });
        }
        Ok(())
    }

    /// Who is told the digest by itself.
    fn told_digest(&self) -> Vec<String> {
        if !self.rules.insight.to.is_empty() {
            return self.rules.insight.to.clone();
        }
        self.rules.manners.admins.iter().filter_map(Pattern::user).map(str::to_owned).collect()
    }

    /// The digest was made that is told by itself.
    pub fn digest_made(&mut self, whom: DigestFor, blocks: Vec<Block>) -> Vec<Act> {
        match whom {
            DigestFor::Room { room, cause } => self.remark(&room, cause, blocks),
            DigestFor::User { user, cause } => vec![Act::TellDirectly { user, cause, blocks }],
            // It comes back as what is said to the command.
            DigestFor::Command(_) => Vec::new(),
        }
    }

    /// Questions without a good answer were asked again: what has changed of them. Where the config says so, it is told where they were
    /// asked, once.
    ///
    /// # Errors
    /// See [`Self::token`].
    pub fn asked_again(&mut self, changes: &[Change], moment: &Moment<'_>) -> Result<Vec<Act>> {
        let mut acts = Vec::new();
        if !self.rules.insight.tell {
            return Ok(acts);
        }
        for Change { event, citation, .. } in changes {
            let (Some(citation), Some(entry)) = (citation, self.journal.kept(event)?) else { continue };
            let Some(room) = moment.rooms.room(&entry.room).filter(|room| room.keeping.is_on()) else { continue };
            if self.journal.tell(event, moment.now - millis(TOLD_OF))? {
                let length = room.settings.length.unwrap_or(Shape::default().length);
                let blocks = phrases::now_answered(render::quote(1, citation, length));
                self.send(told(entry, &room, blocks), &mut acts);
            }
        }
        Ok(acts)
    }
}

fn vote(question: EventId, reaction: &EventId, voter: &UserId, vote: Vote) -> Act {
    Act::Vote { question, reaction: reaction.clone(), voter: voter.clone(), vote }
}

/// The message that the posts answer a question now, where it was asked.
fn told(entry: KeptEntry, room: &Room, blocks: Vec<Block>) -> Delivery {
    let KeptEntry { event, asker, thread, .. } = entry;
    let reply_as = room.settings.reply.unwrap_or_default();
    let words = Words {
        notice: room.settings.notice == Some(true),
        mention: (!room.direct).then_some(asker),
        relation: Relation::to(&event, thread.as_ref(), reply_as),
        ..Words::new(blocks)
    };
    Delivery {
        cause: Cause::Named(format!("told.{}", event.as_str().trim_start_matches('$'))),
        question: Some(event),
        room: room.id.clone(),
        payload: Payload::Message(words),
        settles: Settles::ToldLater,
        kept: None,
    }
}
