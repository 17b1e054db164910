//! What the bot does about what happens in its rooms: (state, happening, now) → [`Act`]s.
//!
//! The state is the journal and what is under way. There is no clock, network or protocol in here: time and rooms are passed in,
//! ids are told apart and not read, and whoever calls does what is asked. Before a method returns, the journal holds all that its acts rely on:
//! if the process ends before they are done, the next one finds out what is owed.

mod act;
mod asking;
mod exchanges;
mod following;
mod happening;
mod keeping;
mod page;
mod posts;
mod rules;
#[cfg(test)]
mod tests;
mod under_way;
mod unread;
mod visits;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use crate::answer::Pointers;
use crate::chat::{Chat, Me};
use crate::ids::{EventId, RoomId, UserId};
use crate::journal::{Changes, Journal, JournalError, Owed};
use crate::render::Block;

pub use act::{Act, Asked, Cause, Delivery, DigestFor, Gap, Payload, Relation, Settles, ToKeep, ToMark, ToShow, Wanted, Words};
pub use happening::{Batch, EventKind, Happening, Room, Rooms};
pub use rules::Rules;

use exchanges::Exchanges;
use under_way::UnderWay;

type Result<T> = std::result::Result<T, JournalError>;

/// The bot of one account.
pub struct Bot {
    rules: Rules,
    journal: Journal,
    /// Who is spoken to. What was said in each conversation is known to whoever carries out [`Act::Read`].
    chat: Chat,
    under_way: UnderWay,
    times: Times,
    /// Who said `forget me` a short while ago, and when, in milliseconds since 1970: of answers on their way nothing is kept.
    forgotten_at: HashMap<UserId, i64>,
    /// Answers that were answered as no person could.
    exchanges: Exchanges,
}

/// When what was done last; since the start, where nothing else is said.
struct Times {
    /// Milliseconds since 1970 until when the bot was away.
    away_until: i64,
    /// The last sync; none before the first.
    synced: Option<Duration>,
    /// Old entries were dropped.
    tidied: Duration,
    /// Those of what is kept.
    kept_tidied: Option<Duration>,
    /// Somebody looked at the page.
    looked: Option<Duration>,
}

/// What the world is like as something happens.
pub struct Moment<'a> {
    /// Milliseconds since 1970.
    pub now: i64,
    /// Time since the start.
    pub up: Duration,
    /// The rooms.
    pub rooms: &'a dyn Rooms,
    /// Where newcomers are pointed to, the best first.
    pub pointers: &'a Pointers,
}

/// What a sync brought.
#[derive(Debug, Default)]
pub struct Synced {
    /// What happened in each room, and whether something before it was left out.
    pub joined: Vec<(Batch, bool)>,
    /// Rooms that the bot is no longer in.
    pub left: Vec<RoomId>,
    /// Where the next sync begins.
    pub token: String,
}

/// How a batch of events reached the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arrival {
    /// As it happened.
    Live,
    /// Later: after a start, or read back.
    Late,
}

/// What is decided while events are read, and done once the journal holds it.
#[derive(Default)]
struct Plan {
    changes: Changes,
    /// Messages that are meant for the bot, to be read.
    asked: Vec<Asked>,
    deliveries: Vec<Delivery>,
    /// What else is to be done, before these.
    acts: Vec<Act>,
    /// Events of the journal that call for nothing any more.
    settled: Vec<EventId>,
    /// Messages that could not be read and now are.
    readable: Vec<EventId>,
}

/// How the bot is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Questions answered, ever.
    pub answered: u64,
    /// Questions that still wait for their answer.
    pub owed: u64,
    /// Answers that somebody said did not help.
    pub unhelpful: u64,
}

/// Without a sync for so long, the bot was away.
const AWAY: Duration = Duration::from_secs(90);
/// Answered questions are forgotten after so long: 30 days.
const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 3600);
/// How often old entries are dropped.
const TIDY: Duration = Duration::from_secs(3600);

impl Bot {
    /// A bot that begins at `now`, in milliseconds since 1970.
    pub fn new(rules: Rules, journal: Journal, now: i64) -> Self {
        Self {
            chat: Chat::new(rules.manners.clone()),
            rules,
            journal,
            under_way: UnderWay::default(),
            times: Times { away_until: now, synced: None, tidied: Duration::ZERO, kept_tidied: None, looked: None },
            forgotten_at: HashMap::new(),
            exchanges: Exchanges::default(),
        }
    }

    /// The account.
    pub fn me(&self) -> &Me {
        self.chat.me()
    }

    /// Where the first sync begins.
    ///
    /// # Errors
    /// As of all methods that give a result: the journal can't be read or written, and the bot had better end.
    pub fn token(&self) -> Result<Option<String>> {
        self.journal.token()
    }

    /// How many answers and deliveries are under way.
    pub fn under_way(&self) -> usize {
        self.under_way.count()
    }

    /// Whether there was a sync yet.
    pub fn has_synced(&self) -> bool {
        self.times.synced.is_some()
    }

    /// What the journal counts.
    ///
    /// # Errors
    /// See [`Self::token`].
    pub fn counts(&self) -> Result<Counts> {
        let (answered, owed) = self.journal.counts()?;
        Ok(Counts { answered, owed, unhelpful: self.journal.unhelpful()? })
    }

    /// A sync came.
    ///
    /// # Errors
    /// See [`Self::token`].
    pub fn synced(&mut self, synced: Synced, moment: &Moment<'_>) -> Result<Vec<Act>> {
        let first = self.times.synced.is_none();
        let away = self.times.synced.is_some_and(|at| moment.up.saturating_sub(at) > AWAY);
        if away {
            self.times.away_until = moment.now;
        }
        self.times.synced = Some(moment.up);
        let arrival = if first || away { Arrival::Late } else { Arrival::Live };
        // What is owed from before: what this sync brings is answered as it is read.
        let owed_before = if first { self.journal.owed()? } else { Vec::new() };
        let mut plan = Plan::default();
        for (batch, limited) in &synced.joined {
            self.take_in(batch, *limited, arrival, &mut plan, moment)?;
        }
        for room in &synced.left {
            self.journal.leave(room)?;
            plan.acts.push(Act::LeaveKept(room.clone()));
        }
        plan.changes.token = Some(synced.token);
        let gaps = plan.changes.gaps.clone();
        let mut acts = self.carry_out(plan, moment)?;
        for room in gaps {
            self.fill(&room, moment, &mut acts)?;
        }
        if first {
            self.resume(owed_before, moment, &mut acts)?;
        }
        Ok(acts)
    }

    /// What one room's part of a sync calls for.
    fn take_in(&mut self, batch: &Batch, limited: bool, arrival: Arrival, plan: &mut Plan, moment: &Moment<'_>) -> Result<()> {
        let room = &batch.room.id;
        if let Some(again) = self.under_way.filling.get_mut(room) {
            // What is read back reaches to the end of the room as it was when that began: this may come after it.
            *again = true;
            plan.changes.gaps.push(room.clone());
        } else if limited && !batch.joined {
            plan.changes.gaps.push(room.clone());
        } else {
            self.read(batch, arrival, plan, moment)?;
            plan.changes.read_to.extend(batch.last.clone().map(|last| (room.clone(), last)));
        }
        Ok(())
    }

    /// A room's gap was read back; without a batch it can't be.
    ///
    /// # Errors
    /// See [`Self::token`].
    pub fn read_back(&mut self, room: &RoomId, batch: Option<&Batch>, moment: &Moment<'_>) -> Result<Vec<Act>> {
        let again = self.under_way.filling.remove(room).unwrap_or_default();
        let mut plan = Plan::default();
        if let Some(batch) = batch {
            self.read(batch, Arrival::Late, &mut plan, moment)?;
        }
        // Where nothing could be read back, the gap is closed as it is: it would not open later.
        let last = batch.and_then(|batch| batch.last.clone());
        let read_to = last.or(self.journal.read_to(room)?).unwrap_or_default();
        plan.changes.read_to.push((room.clone(), read_to));
        if again {
            plan.changes.gaps.push(room.clone());
        }
        let mut acts = self.carry_out(plan, moment)?;
        if again {
            self.fill(room, moment, &mut acts)?;
        }
        Ok(acts)
    }

    fn fill(&mut self, room: &RoomId, moment: &Moment<'_>, acts: &mut Vec<Act>) -> Result<()> {
        let known = moment.rooms.room(room).is_some();
        if known && let Entry::Vacant(filling) = self.under_way.filling.entry(room.clone()) {
            filling.insert(false);
            let read_to = self.journal.read_to(room)?;
            acts.push(Act::ReadBack(Gap { room: room.clone(), read_to, oldest: self.oldest(moment) }));
        }
        Ok(())
    }

    /// What was left undone, once the first sync has told of the rooms: gaps, and what was owed before it.
    fn resume(&mut self, owed: Vec<Owed>, moment: &Moment<'_>, acts: &mut Vec<Act>) -> Result<()> {
        self.mend_reloads(moment, acts)?;
        for room in self.journal.gaps()? {
            self.fill(&room, moment, acts)?;
        }
        let mut wanted = Vec::new();
        for Owed { event, room, asked_at, .. } in owed {
            if asked_at < self.oldest(moment) {
                self.journal.erase(&event)?;
            } else {
                wanted.push(Wanted { room, event });
            }
        }
        wanted.extend(self.journal.unreadable(None)?.into_iter().map(Wanted::from));
        self.fetch(wanted, moment, acts);
        Ok(())
    }

    /// Fetches events again, in order: a question comes before those that follow it up.
    fn fetch(&mut self, mut wanted: Vec<Wanted>, moment: &Moment<'_>, acts: &mut Vec<Act>) {
        wanted.retain(|wanted| moment.rooms.room(&wanted.room).is_some() && self.under_way.fetching.insert(wanted.event.clone()));
        if !wanted.is_empty() {
            acts.push(Act::Fetch(wanted));
        }
    }

    /// What time brings: keys that came unnoticed, notices of those that never came, old entries.
    ///
    /// # Errors
    /// See [`Self::token`].
    pub fn look_around(&mut self, moment: &Moment<'_>) -> Result<Vec<Act>> {
        let mut acts = Vec::new();
        self.look_for_keys(moment, &mut acts)?;
        self.look_after_kept(moment, &mut acts)?;
        if moment.up.saturating_sub(self.times.tidied) > TIDY {
            self.tidy(moment)?;
        }
        Ok(acts)
    }

    /// Drops what is too old to matter.
    ///
    /// # Errors
    /// See [`Self::token`].
    pub fn tidy(&mut self, moment: &Moment<'_>) -> Result<()> {
        self.times.tidied = moment.up;
        self.journal.tidy(moment.now - millis(REMEMBERED), self.oldest(moment))
    }

    /// Milliseconds since 1970 of the oldest question that is answered after an absence.
    fn oldest(&self, moment: &Moment<'_>) -> i64 {
        moment.now - millis(self.rules.catch_up)
    }

    /// Writes a plan into the journal: then, what it calls for.
    fn carry_out(&mut self, plan: Plan, moment: &Moment<'_>) -> Result<Vec<Act>> {
        let Plan { changes, asked, deliveries, mut acts, settled, readable } = plan;
        if !changes.is_empty() {
            self.journal.record(&changes)?;
        }
        for event in settled {
            self.journal.erase(&event)?;
        }
        for event in readable {
            self.made_readable(&event, moment, &mut acts)?;
        }
        for asked in asked {
            self.under_way.begin(Cause::Event(asked.cause.clone()), Some(&asked.message.id));
            acts.push(Act::Read(Box::new(asked)));
        }
        for delivery in deliveries {
            self.send(delivery, &mut acts);
        }
        Ok(acts)
    }

    /// A notice that answers nobody.
    pub fn remark(&mut self, room: &RoomId, cause: String, blocks: Vec<Block>) -> Vec<Act> {
        let mut acts = Vec::new();
        self.send(Delivery::remark(room, cause, blocks), &mut acts);
        acts
    }

    fn send(&mut self, delivery: Delivery, acts: &mut Vec<Act>) {
        self.under_way.begin(delivery.cause.clone(), delivery.question.as_ref());
        acts.push(Act::Send(Box::new(delivery)));
    }

    /// Something was sent as an event, or never will be.
    ///
    /// # Errors
    /// See [`Self::token`].
    pub fn delivered(&mut self, delivery: &Delivery, event: Option<&EventId>, moment: &Moment<'_>) -> Result<Vec<Act>> {
        let Delivery { cause, question, room, settles, .. } = delivery;
        self.under_way.end(cause, question.as_ref());
        // A remark settles nothing.
        let Some(question) = question else { return Ok(Vec::new()) };
        let mut acts = Vec::new();
        match (settles, event) {
            (Settles::Told, _) => self.journal.reload_told(question)?,
            (Settles::ToldLater, Some(event)) => self.journal.told(question, event)?,
            (Settles::ToldLater, None) => {}
            (_, None) => {
                self.erase(cause)?;
                self.keep_none_of_an_edit(delivery, &mut acts);
            }
            (Settles::Nothing, Some(_)) => {}
            (Settles::Noticed, Some(notice)) => {
                if !self.journal.noticed(question, notice)? {
                    self.take_back(room, question, notice, &mut acts);
                }
            }
            (Settles::Redacted, Some(_)) => {
                self.journal.erase(question)?;
                self.erase(cause)?;
            }
            (Settles::Answered, Some(event)) => self.answered(delivery, event, moment, &mut acts)?,
        }
        acts.extend(self.go_on(question, moment)?);
        Ok(acts)
    }

    /// A question or an edit of it has its answer.
    fn answered(&mut self, delivery: &Delivery, answer: &EventId, moment: &Moment<'_>, acts: &mut Vec<Act>) -> Result<()> {
        let Some(asked) = delivery.cause.event() else { return Ok(()) };
        self.journal.answered(asked, answer)?;
        if let Some(entry) = self.journal.entry(asked)? {
            self.exchanges.answered(&delivery.room, &entry.asker, moment.up);
        }
        self.keep(delivery, answer, acts)?;
        if let Some(outcome) = self.under_way.outcomes.remove(asked) {
            self.tell_outcome(asked, &outcome, moment, acts)?;
        }
        Ok(())
    }

    /// Forgets what called for something, if that is an event.
    fn erase(&self, cause: &Cause) -> Result<()> {
        cause.event().map_or(Ok(()), |event| self.journal.erase(event))
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
