//! What events mean for the bot: questions, edits, redactions, comings and goings.

use std::collections::{HashMap, HashSet};

use matrix_sdk::Room;
use matrix_sdk::deserialized_responses::TimelineEvent;
use matrix_sdk::ruma::events::room::message::ReplacementMetadata;
use matrix_sdk::ruma::{EventId, OwnedEventId};

use crate::chat::phrases::Status;
use crate::chat::{Message, Place, Reply};
use crate::config::AnswerTo;
use crate::journal::{Owed, Unreadable};
use crate::matrix::deliver::{Delivery, Parcel, Then, transaction};
use crate::matrix::events::{self, Happening, What};
use crate::matrix::listener::{Asked, World};
use crate::matrix::reload::{Reloader, Wish};
use crate::matrix::rooms;
use crate::reload::By;

use super::visits::leave_if_alone;
use super::wording::{content, mentions, message_to};
use super::{Arrival, Bot, Plan, now};

impl Bot {
    /// Reads events of a room in order: what is asked, edited, redacted, who came and went.
    pub(super) async fn read(
        &mut self,
        room: &Room,
        events: &[TimelineEvent],
        arrival: Arrival,
        plan: &mut Plan,
    ) -> anyhow::Result<()> {
        let batch = Batch::new(room, events);
        // Where it has spoken since it joined, it is known, whatever became of the journal.
        if batch.joined && batch.said.is_empty() {
            self.introduce(room, plan)?;
        }
        for happening in &batch.happenings {
            self.happened(room, happening, &batch, arrival, plan).await?;
        }
        Ok(())
    }

    /// Plans what one event calls for.
    async fn happened(
        &mut self,
        room: &Room,
        happening: &Happening,
        batch: &Batch,
        arrival: Arrival,
        plan: &mut Plan,
    ) -> anyhow::Result<()> {
        let Happening { event, sender, at, what } = happening;
        let too_old = arrival == Arrival::Late && *at < self.oldest();
        let own = *sender == self.chat.me().user_id;
        match what {
            What::Text { reply_to, .. } | What::Other { reply_to, edit: false } if own => {
                plan.changes.said.push((event.clone(), *at));
                // An answer whose sending was not seen to end: by the process before this one, perhaps as another device.
                if let Some(question) = reply_to.as_ref().filter(|question| !self.under_way.contains(*question)) {
                    plan.changes.answered.push((question.clone(), event.clone()));
                }
            }
            What::Redaction { .. } if own || self.journal.knows(event)? => {}
            What::Redaction { target } => {
                self.listener.forget(target)?;
                if self.journal.knows(target)? {
                    plan.changes.owed.push(self.owe(room, happening));
                    self.follow(room, happening, plan).await?;
                } else {
                    // Nothing was said to it but that it can't be read, and nothing will be.
                    self.made_readable(target)?;
                }
            }
            What::Edit { target, .. } => {
                let asked_by = self.journal.entry(target)?.map(|entry| entry.asker);
                if asked_by.as_ref() == Some(sender) && !self.journal.knows(event)? {
                    plan.changes.owed.push(self.owe(room, happening));
                    self.follow(room, happening, plan).await?;
                }
            }
            What::Text { message, reply_to, falls_back }
                if !too_old && !batch.redacted.contains(event) && !self.journal.knows(event)? =>
            {
                let reply_to = reply_to.as_deref().filter(|_| !falls_back);
                let message = self.in_context(message.clone(), reply_to, *at, arrival, batch)?;
                let place = self.place_of(&message, room).await;
                // Whether it is a question was settled when it was sent; an edit changes its words.
                if !self.chat.concerns(&message, &place) {
                    return Ok(());
                }
                let message = batch.as_edited(message);
                if let Some(answer) = batch.answered.get(event) {
                    plan.changes.owed.push(self.owe(room, happening));
                    plan.changes.answered.push((event.clone(), answer.clone()));
                } else {
                    let counted = !message.while_away;
                    self.answer(room, message, place, *at, counted, plan);
                }
            }
            What::Unreadable if !too_old && self.chat.listens_to(sender) && !self.journal.knows(event)? => {
                let (event, room) = (event.clone(), room.room_id().to_string());
                plan.changes.unreadable.push(Unreadable { event, room, since: now() });
            }
            What::Member { user, name, joined } if *user != self.chat.me().user_id => {
                if *joined {
                    self.welcome(room, user, name.as_deref(), *at, plan)?;
                } else {
                    tokio::spawn(leave_if_alone(room.clone()));
                }
            }
            What::Encryption => {
                // Who is to have the keys is asked now, not when somebody waits for an answer.
                let room = room.clone();
                tokio::spawn(async move {
                    if let Err(error) = room.sync_members().await {
                        tracing::debug!(room = %room.room_id(), %error, "the members of an encrypted room are not known yet");
                    }
                });
            }
            What::Tombstone { replacement } if !own => {
                // It is the same community: no introduction again.
                self.journal.introduce(replacement)?;
                tokio::spawn(rooms::follow_upgrade(room.clone(), replacement.clone(), sender.clone()));
            }
            _ => {}
        }
        Ok(())
    }

    /// Where a message stands. Who else is there counts where it does not call the bot by itself.
    async fn place_of(&self, message: &Message, room: &Room) -> Place {
        let mut place = rooms::place(room, &message.sender, &self.config.matrix, &self.aliases).await;
        if rooms::is_for_server_notices(room).await {
            place.settings.answer = Some(AnswerTo::Nobody);
        }
        if !place.direct && (message.replies_to_me || message.own_thread || !message.mentions.is_empty()) {
            place.others = rooms::others(room, &message.sender).await;
        }
        place
    }

    fn owe(&self, room: &Room, happening: &Happening) -> Owed {
        let Happening { event, sender, at, .. } = happening;
        let edits = match &happening.what {
            What::Edit { target, .. } => Some(target.clone()),
            _ => None,
        };
        Owed { event: event.clone(), room: room.room_id().to_string(), asker: sender.clone(), asked_at: *at, edits }
    }

    /// A message together with what the journal knows: whether it replies to the bot, stands in a thread of an answer, had to wait.
    fn in_context(
        &self,
        message: Message,
        reply_to: Option<&str>,
        at: i64,
        arrival: Arrival,
        batch: &Batch,
    ) -> anyhow::Result<Message> {
        let replies_to_me = match reply_to {
            Some(event) => batch.said.contains(event) || self.journal.said(event)?,
            None => false,
        };
        let replies_to_other = reply_to.is_some() && !replies_to_me;
        let begun = match &message.thread {
            Some(root) => {
                let entry = self.journal.entry(root)?.filter(|entry| entry.answer.is_some());
                entry.or(self.journal.answered_by(root)?)
            }
            None => None,
        };
        let own_thread = begun.as_ref().is_some_and(|entry| entry.asker == message.sender);
        let replied = match reply_to.filter(|_| replies_to_me) {
            Some(answer) => self.journal.answered_by(answer)?,
            None => None,
        };
        let to_anothers_answer = replied.as_ref().is_some_and(|entry| entry.asker != message.sender);
        let on_answer_to = replied.or(begun).map(|entry| entry.event);
        let while_away = arrival == Arrival::Late && at < self.away_until;
        Ok(Message { replies_to_me, to_anothers_answer, replies_to_other, on_answer_to, own_thread, while_away, ..message })
    }

    /// Plans to answer a message that is meant for the bot; `counted` towards the limits, unless it was accepted already or had
    /// to wait.
    fn answer(&mut self, room: &Room, message: Message, place: Place, at: i64, counted: bool, plan: &mut Plan) {
        let (event, asker) = (message.id.clone(), message.sender.clone());
        plan.changes.owed.push(Owed { event, room: room.room_id().to_string(), asker, asked_at: at, edits: None });
        let cause = message.id.clone();
        plan.asked.push((Asked { cause, message, room: room.clone(), place, answered: None, counted }, self.world()));
    }

    fn world(&self) -> World {
        let up = self.started.elapsed();
        let (answered, owed) = self.journal.counts().unwrap_or_default();
        let status = Status {
            up,
            answered,
            owed,
            unhelpful: self.journal.unhelpful().unwrap_or_default(),
            rooms: self.client.joined_rooms().len(),
            standing: self.standing.clone(),
            encoding: self.encoding(),
        };
        World { engine: self.engine.clone(), now: up, today: jiff::Zoned::now().date(), status }
    }

    /// The listener has read a message.
    pub(super) async fn heard(&mut self, asked: Asked, reply: Option<Reply>, reloader: &Reloader) -> anyhow::Result<()> {
        let Asked { cause, message, room, place, answered, .. } = asked;
        let Some(reply) = reply else {
            // Nothing is said to it.
            self.ended(&cause, &message.id);
            self.journal.erase(&cause)?;
            return self.go_on(&message.id).await;
        };
        let content = content(&message, &place, &reply);
        let content = match answered {
            None => {
                tracing::debug!(question = message.id, room = message.room, "answering");
                self.courtesy.read(&room, &message.id);
                if let Some(question) = &reply.against {
                    self.journal.vote_against(question, &message.sender, now())?;
                }
                if let Some(order) = reply.order {
                    self.journal.reload_begun(&message.id)?;
                    let by = By::Admin(message.sender.clone());
                    reloader.wish(Wish { order, by, cause: Some(message.id.clone()) });
                }
                content
            }
            Some(answer) => {
                // An edit stands where what it edits does.
                let mut words = content;
                words.relates_to = None;
                words.make_replacement(ReplacementMetadata::new(answer, Some(mentions(&message, &place))))
            }
        };
        self.post(message_to(&room, &cause, &message.id, content, Then::Answered));
        Ok(())
    }

    /// Does to the answer what was done to the question: edits or redacts it, now or as soon as it is sent.
    pub(super) async fn follow(&mut self, room: &Room, happening: &Happening, plan: &mut Plan) -> anyhow::Result<()> {
        let (What::Edit { target, .. } | What::Redaction { target }) = &happening.what else { return Ok(()) };
        let Some(entry) = self.journal.entry(target)? else { return Ok(()) };
        let sending = self.busy.contains_key(target)
            || plan.deliveries.iter().any(|delivery| delivery.question == *target)
            || plan.asked.iter().any(|(asked, _)| asked.message.id == *target);
        let Some(answer) = entry.answer.as_deref().filter(|_| !sending).and_then(|id| EventId::parse(id).ok()) else {
            self.afterwards.entry(target.clone()).or_default().push((room.clone(), happening.clone()));
            return Ok(());
        };
        match &happening.what {
            What::Redaction { target } => {
                let redact = |cause: String, answer: OwnedEventId, then: Then| Delivery {
                    transaction: transaction(&cause),
                    cause,
                    question: target.clone(),
                    room: room.clone(),
                    parcel: Parcel::Redaction(answer),
                    then,
                };
                // What the answer was edited to stands in events of its own.
                for (at, edit) in self.journal.edited_answers(target)?.iter().enumerate() {
                    if let Ok(edit) = EventId::parse(edit) {
                        plan.deliveries.push(redact(format!("{}.{at}", happening.event), edit, Then::Nothing));
                    }
                }
                plan.deliveries.push(redact(happening.event.clone(), answer, Then::Redacted));
            }
            What::Edit { message, .. } => {
                let place = rooms::place(room, &message.sender, &self.config.matrix, &self.aliases).await;
                let (cause, message) = (happening.event.clone(), message.clone());
                let asked = Asked { cause, message, room: room.clone(), place, answered: Some(answer), counted: true };
                plan.asked.push((asked, self.world()));
            }
            _ => {}
        }
        Ok(())
    }

    /// An event of the journal was fetched again: an owed question after a start, or a message whose key may have come.
    pub(super) async fn fetched(&mut self, room: &Room, event: &str, found: Option<TimelineEvent>) -> anyhow::Result<()> {
        self.fetching.remove(event);
        let entry = self.journal.entry(event)?;
        if self.under_way.contains(event) || entry.as_ref().is_some_and(|entry| entry.answer.is_some()) {
            return Ok(());
        }
        let Some(found) = found else { return Ok(self.journal.erase(event)?) };
        let Some(happening) = events::read(room.room_id().as_str(), &found) else { return Ok(self.journal.erase(event)?) };
        let owed = entry.is_some();
        let mut plan = Plan::default();
        let mut batch = Batch::default();
        let edit = events::bundled_edit(room.room_id().as_str(), &found);
        batch.edited.extend(edit.map(|edit| ((event.to_owned(), edit.sender.clone()), edit)));
        match &happening.what {
            What::Unreadable if owed => {
                // It was read once, and the key is gone: it waits with those that never could be.
                self.journal.erase(event)?;
                self.happened(room, &happening, &batch, Arrival::Late, &mut plan).await?;
            }
            What::Unreadable => {}
            What::Text { message, reply_to, falls_back } if owed => {
                let reply_to = reply_to.as_deref().filter(|_| !falls_back);
                let place = rooms::place(room, &happening.sender, &self.config.matrix, &self.aliases).await;
                let message = batch.as_edited(self.in_context(message.clone(), reply_to, happening.at, Arrival::Late, &batch)?);
                self.answer(room, message, place, happening.at, false, &mut plan);
            }
            What::Edit { .. } | What::Redaction { .. } if owed => {
                self.follow(room, &happening, &mut plan).await?;
                if plan.deliveries.is_empty()
                    && plan.asked.is_empty()
                    && !self.afterwards.values().flatten().any(|(_, later)| later.event == event)
                {
                    plan.settled.push(event.to_owned());
                }
            }
            _ if owed => plan.settled.push(event.to_owned()),
            _ => {
                self.happened(room, &happening, &batch, Arrival::Late, &mut plan).await?;
                plan.readable.push(event.to_owned());
            }
        }
        self.carry_out(plan)
    }
}

/// Events of one room that were read together.
#[derive(Default)]
struct Batch {
    /// Those after the bot's own join, if it is among them.
    happenings: Vec<Happening>,
    /// Whether it is.
    joined: bool,
    /// The bot's own messages.
    said: HashSet<String>,
    /// Events that the bot's own messages answer, and by which.
    answered: HashMap<String, String>,
    /// Events that were edited, and by whom, with the last text.
    edited: HashMap<(String, String), Message>,
    /// Events that were redacted.
    redacted: HashSet<String>,
}

impl Batch {
    fn new(room: &Room, events: &[TimelineEvent]) -> Self {
        let me = room.own_user_id().as_str();
        let mut batch = Self::default();
        for happening in events.iter().filter_map(|event| events::read(room.room_id().as_str(), event)) {
            let own = happening.sender == me;
            match &happening.what {
                What::Member { user, joined: true, .. } if user == me => {
                    batch = Self { joined: true, ..Self::default() };
                    continue;
                }
                What::Text { reply_to, .. } | What::Other { reply_to, edit: false } if own => {
                    batch.said.insert(happening.event.clone());
                    batch.answered.extend(reply_to.clone().map(|question| (question, happening.event.clone())));
                }
                What::Edit { target, message } => {
                    batch.edited.insert((target.clone(), happening.sender.clone()), message.clone());
                }
                What::Redaction { target } => {
                    batch.redacted.insert(target.clone());
                }
                _ => {}
            }
            batch.happenings.push(happening);
        }
        batch
    }

    /// A message that is meant for the bot, with its last text if its sender edited it.
    fn as_edited(&self, message: Message) -> Message {
        match self.edited.get(&(message.id.clone(), message.sender.clone())) {
            Some(edit) => {
                let mentions = message.mentions.iter().chain(&edit.mentions).cloned().collect();
                Message { body: edit.body.clone(), html: edit.html.clone(), mentions, meant_for_me: true, ..message }
            }
            None => message,
        }
    }
}

/// Whether a timeline reaches back to the bot's own join: then nothing before it matters.
pub(super) fn begins_with_join(room: &Room, events: &[TimelineEvent]) -> bool {
    Batch::new(room, events).joined
}

/// The id of the last of these events.
pub(super) fn last_event(room: &Room, events: &[TimelineEvent]) -> Option<String> {
    events.iter().rev().find_map(|event| Some(events::read(room.room_id().as_str(), event)?.event))
}
