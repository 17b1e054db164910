//! The bot: one task that owns conversations and journal, hears of everything that happens, and decides in order.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use futures_util::StreamExt;
use matrix_sdk::deserialized_responses::TimelineEvent;
use matrix_sdk::ruma::events::Mentions;
use matrix_sdk::ruma::events::relation::{InReplyTo, Reply as ReplyTo, Thread};
use matrix_sdk::ruma::events::room::message::{Relation, ReplacementMetadata, RoomMessageEventContent};
use matrix_sdk::ruma::{EventId, OwnedEventId, OwnedRoomId, RoomId, UserId};
use matrix_sdk::sync::SyncResponse;
use matrix_sdk::{Client, Room};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::Instant;

use crate::answer::Engine;
use crate::chat::phrases::{self, Status};
use crate::chat::{Chat, Message, Place, Reply, Scene};
use crate::config::{Config, ReplyAs, RoomSettings, Welcome};
use crate::journal::{Changes, Journal, Owed, Unreadable};
use crate::loading::Reloaded;
use crate::render::{self, Block};

use super::News;
use super::courtesy::Courtesy;
use super::deliver::{Courier, Delivery, Parcel, Then, surely, transaction};
use super::events::{self, Happening, What};
use super::reload::{self, Reloader, Wish};
use super::rooms::{self, Aliases};
use super::signals::{Signal, Signals};
use super::sync::{self, Gap};

/// The bot.
pub(super) struct Bot {
    config: Arc<Config>,
    client: Client,
    journal: Journal,
    engine: Arc<Engine>,
    chat: Chat,
    courier: Courier,
    courtesy: Courtesy,
    aliases: Aliases,
    news: Receiver<News>,
    tell: Sender<News>,
    /// Rooms whose gap is being read back, and whether something happened in them since that began.
    filling: HashMap<OwnedRoomId, bool>,
    /// Deliveries under way, by what calls for them.
    under_way: HashSet<String>,
    /// What is to be done once the answer to a question is sent: its edits and its redaction, in order.
    afterwards: HashMap<String, Vec<(Room, Happening)>>,
    /// Events that are being fetched again.
    fetching: HashSet<String>,
    /// Questions that something is being sent about, and how much.
    busy: HashMap<String, usize>,
    /// What reloads came to, by the command whose reply is to be edited but is not sent yet.
    outcomes: HashMap<String, Reloaded>,
    started: Instant,
    /// Milliseconds since 1970 until when the bot was away.
    away_until: i64,
    /// When the last sync response came; none before the first.
    synced: Option<Instant>,
    /// When old entries were dropped last.
    tidied: Instant,
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
    deliveries: Vec<Delivery>,
    /// Commands that ask for a reload.
    reloads: Vec<String>,
    /// Events of the journal that call for nothing any more.
    settled: Vec<String>,
    /// Messages that could not be read and now are.
    readable: Vec<String>,
}

/// News that wait for the bot.
const WAITING_NEWS: usize = 256;
/// How long the last answers may take after a call to end.
const LAST_WORDS: Duration = Duration::from_secs(8);
/// Without a sync for so long, the bot was away.
const AWAY: Duration = Duration::from_secs(90);
/// How often the bot looks around: old keys, old entries.
const LOOK_AROUND: Duration = Duration::from_secs(5);
/// Answered questions are forgotten after so long: 30 days.
const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 3600);
/// At most one notice of unreadable messages a room in so long.
const A_DAY: Duration = Duration::from_secs(24 * 3600);

impl Bot {
    pub(super) async fn new(config: Config, client: Client, journal: Journal, engine: Engine) -> anyhow::Result<Self> {
        let (tell, news) = channel(WAITING_NEWS);
        let mut chat = Chat::new(&config.matrix);
        chat.set_display_name(display_name(&client, &config, &journal).await?);
        Ok(Self {
            config: Arc::new(config),
            client,
            journal,
            engine: Arc::new(engine),
            chat,
            courier: Courier::new(),
            courtesy: Courtesy::start(),
            aliases: Aliases::new(),
            news,
            tell,
            filling: HashMap::new(),
            under_way: HashSet::new(),
            afterwards: HashMap::new(),
            outcomes: HashMap::new(),
            fetching: HashSet::new(),
            busy: HashMap::new(),
            tidied: Instant::now(),
            started: Instant::now(),
            away_until: now(),
            synced: None,
        })
    }

    /// Listens and answers until a signal to end; then finishes what is in hand.
    pub(super) async fn run(mut self, mut signals: Signals) -> anyhow::Result<()> {
        let reloader = Arc::new(Reloader::start(self.config.clone(), self.engine.clone(), self.tell.clone()));
        let _watcher = match self.config.corpus.watch {
            true => Some(reload::watch(&self.config.corpus.path, reloader.clone())?),
            false => None,
        };
        self.begin().await?;
        let mut syncing = tokio::spawn(sync::run(self.client.clone(), self.journal.token()?, self.tell.clone()));
        let mut look_around = tokio::time::interval(LOOK_AROUND);
        loop {
            tokio::select! {
                Some(news) = self.news.recv() => self.take(news, &reloader).await?,
                end = &mut syncing => return self.sync_ended(end),
                _ = look_around.tick() => self.look_around().await?,
                signal = signals.next() => match signal {
                    Signal::End => break,
                    Signal::Reload => {
                        tracing::info!("SIGHUP: reading the posts again");
                        reloader.wish(Wish::Outside);
                    }
                },
            }
        }
        syncing.abort();
        self.finish(&reloader).await
    }

    /// Without a sync the bot hears nothing: better no bot than a deaf one.
    fn sync_ended(&self, end: Result<sync::End, tokio::task::JoinError>) -> anyhow::Result<()> {
        match end {
            Ok(sync::End::SessionLost) => anyhow::bail!(
                "the homeserver no longer knows this session: it was logged out. To log in anew as another device, remove {}",
                self.config.data_dir.join("session.json").display()
            ),
            Ok(sync::End::Broken(error)) => Err(error).context("what the homeserver sent can't be kept; start again"),
            Ok(sync::End::Unheard) => Ok(()),
            Err(panic) => Err(panic).context("listening broke off; start again"),
        }
    }

    /// What stands before the first sync: settings, keys, invites that were not answered.
    async fn begin(&mut self) -> anyhow::Result<()> {
        self.tidy()?;
        self.aliases = rooms::resolve_aliases(&self.client, &self.config.matrix).await;
        self.listen_for_keys().await;
        for room in self.client.invited_rooms() {
            tokio::spawn(rooms::answer_invite(room, self.config.matrix.clone()));
        }
        if self.config.matrix.admins.is_empty() && self.config.matrix.invite_from.is_empty() {
            tracing::warn!("no invite will be accepted: set matrix.invite_from or matrix.admins");
        }
        Ok(())
    }

    /// What was left undone, once the first sync has told of the rooms: gaps, and what was owed before it.
    fn resume(&mut self, owed: Vec<Owed>) -> anyhow::Result<()> {
        for room in self.journal.gaps()? {
            if let Some(room) = self.room(&room) {
                self.fill(&room)?;
            }
        }
        let mut wanted = Vec::new();
        for Owed { event, room, asked_at, .. } in owed {
            if asked_at < self.oldest() {
                self.journal.erase(&event)?;
            } else if let Some(room) = self.room(&room) {
                wanted.push((room, event));
            }
        }
        for unreadable in self.journal.unreadable(None)? {
            wanted.extend(self.room(&unreadable.room).map(|room| (room, unreadable.event)));
        }
        self.fetch(wanted);
        Ok(())
    }

    /// Ends when every delivery under way is done, or time is up: what is left is owed, and answered after the next start.
    async fn finish(mut self, reloader: &Reloader) -> anyhow::Result<()> {
        tracing::info!(under_way = self.under_way.len(), "ending");
        let deadline = Instant::now() + LAST_WORDS;
        while !self.under_way.is_empty() {
            match tokio::time::timeout_at(deadline, self.news.recv()).await {
                Ok(Some(news @ (News::Delivered(..) | News::Reloaded { .. }))) => self.take(news, reloader).await?,
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => {
                    tracing::warn!(owed = self.under_way.len(), "time is up: what is owed is answered after the next start");
                    break;
                }
            }
        }
        tracing::info!("ended");
        Ok(())
    }

    async fn take(&mut self, news: News, reloader: &Reloader) -> anyhow::Result<()> {
        match news {
            News::Synced(response) => self.synced(*response, reloader).await?,
            News::ReadBack(room, events) => {
                let again = self.filling.remove(room.room_id()).unwrap_or_default();
                let mut plan = Plan::default();
                let last = events.as_deref().and_then(|events| last_event(&room, events));
                self.read(&room, &events.unwrap_or_default(), Arrival::Late, &mut plan).await?;
                // Where nothing could be read back, the gap is closed as it is: it would not open later.
                let read_to = last.or(self.journal.read_to(room.room_id().as_str())?).unwrap_or_default();
                plan.changes.read_to.push((room.room_id().to_string(), read_to));
                if again {
                    plan.changes.gaps.push(room.room_id().to_string());
                }
                self.carry_out(plan, reloader)?;
                if again {
                    self.fill(&room)?;
                }
            }
            News::Fetched(room, event, found) => self.fetched(&room, &event, found, reloader).await?,
            News::Delivered(delivery, event) => self.delivered(*delivery, event, reloader).await?,
            News::Keys(rooms) => {
                let mut wanted = Vec::new();
                for room in rooms.iter().filter_map(|id| self.client.get_room(id)) {
                    let unreadable = self.journal.unreadable(Some(room.room_id().as_str()))?;
                    wanted.extend(unreadable.into_iter().map(|unreadable| (room.clone(), unreadable.event)));
                }
                self.fetch(wanted);
            }
            News::Reloaded { engine, outcome, wishes } => self.reloaded(engine, &outcome, wishes)?,
            News::Send(delivery) => self.send(*delivery),
        }
        Ok(())
    }

    /// Takes in a sync response: all of it is in the journal, with the token, before anything is answered.
    async fn synced(&mut self, response: SyncResponse, reloader: &Reloader) -> anyhow::Result<()> {
        let first = self.synced.is_none();
        let away = self.synced.is_some_and(|at| at.elapsed() > AWAY);
        if first {
            tracing::info!(user = %self.chat.me().user_id, rooms = self.client.joined_rooms().len(), "listening");
        }
        if away {
            self.away_until = now();
        }
        self.synced = Some(Instant::now());
        let arrival = if first || away { Arrival::Late } else { Arrival::Live };
        let owed_before = if first { self.journal.owed()? } else { Vec::new() };
        let mut plan = Plan::default();
        for (room_id, update) in response.rooms.joined {
            let Some(room) = self.client.get_room(&room_id) else { continue };
            rooms::learn_aliases(&room, &self.config.matrix, &mut self.aliases).await;
            let timeline = update.timeline;
            let gap = timeline.limited && !begins_with_join(&room, &timeline.events);
            if let Some(again) = self.filling.get_mut(&room_id) {
                // What is read back reaches to the end of the room as it was when that began: this may come after it.
                *again = true;
                plan.changes.gaps.push(room_id.to_string());
            } else if gap {
                plan.changes.gaps.push(room_id.to_string());
            } else {
                self.read(&room, &timeline.events, arrival, &mut plan).await?;
                if let Some(last) = last_event(&room, &timeline.events) {
                    plan.changes.read_to.push((room_id.to_string(), last));
                }
            }
        }
        for room_id in response.rooms.left.keys() {
            self.journal.leave(room_id.as_str())?;
        }
        for room_id in response.rooms.invited.keys() {
            if let Some(room) = self.client.get_room(room_id) {
                tokio::spawn(rooms::answer_invite(room, self.config.matrix.clone()));
            }
        }
        plan.changes.token = Some(response.next_batch);
        let gaps = plan.changes.gaps.clone();
        self.carry_out(plan, reloader)?;
        for room in gaps {
            if let Some(room) = self.room(&room) {
                self.fill(&room)?;
            }
        }
        if first {
            self.resume(owed_before)?;
        }
        Ok(())
    }

    /// Writes a plan into the journal, then does it.
    fn carry_out(&mut self, plan: Plan, reloader: &Reloader) -> anyhow::Result<()> {
        if !plan.changes.is_empty() {
            self.journal.record(&plan.changes)?;
        }
        for event in plan.settled {
            self.journal.erase(&event)?;
        }
        for event in plan.readable {
            self.journal.readable(&event)?;
        }
        for delivery in plan.deliveries {
            self.send(delivery);
        }
        for cause in plan.reloads {
            reloader.wish(Wish::Command(cause));
        }
        Ok(())
    }

    fn send(&mut self, delivery: Delivery) {
        self.under_way.insert(delivery.cause.clone());
        *self.busy.entry(delivery.question.clone()).or_default() += 1;
        let (courier, tell) = (self.courier.clone(), self.tell.clone());
        tokio::spawn(async move {
            let event = courier.deliver_for_sure(&delivery).await;
            let _ = tell.send(News::Delivered(Box::new(delivery), event)).await;
        });
    }

    fn fill(&mut self, room: &Room) -> anyhow::Result<()> {
        if self.filling.contains_key(room.room_id()) {
            return Ok(());
        }
        self.filling.insert(room.room_id().to_owned(), false);
        let gap = Gap { room: room.clone(), read_to: self.journal.read_to(room.room_id().as_str())?, oldest: self.oldest() };
        let tell = self.tell.clone();
        tokio::spawn(async move {
            let events = surely(|| {
                let gap = gap.clone();
                async move { sync::read_back(&gap).await }
            })
            .await;
            let _ = tell.send(News::ReadBack(gap.room, events)).await;
        });
        Ok(())
    }

    /// Fetches events again, in order: a question comes before those that follow it up.
    fn fetch(&mut self, mut wanted: Vec<(Room, String)>) {
        wanted.retain(|(_, event)| self.fetching.insert(event.clone()));
        let tell = self.tell.clone();
        tokio::spawn(async move {
            for (room, event) in wanted {
                let found = surely(|| {
                    let (room, event) = (room.clone(), event.clone());
                    async move { sync::fetch(&room, &event).await }
                })
                .await;
                let _ = tell.send(News::Fetched(room, event, found)).await;
            }
        });
    }

    fn room(&self, id: &str) -> Option<Room> {
        self.client.get_room(&RoomId::parse(id).ok()?)
    }

    /// Milliseconds since 1970 of the oldest question that is answered after an absence.
    fn oldest(&self) -> i64 {
        now() - millis(self.config.matrix.catch_up.0)
    }

    /// Reads events of a room in order: what is asked, edited, redacted, who came and went.
    async fn read(&mut self, room: &Room, events: &[TimelineEvent], arrival: Arrival, plan: &mut Plan) -> anyhow::Result<()> {
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
                self.chat.forget(target);
                if self.journal.knows(target)? {
                    plan.changes.owed.push(self.owe(room, happening));
                    self.follow(room, happening, plan).await?;
                } else {
                    // Nothing was said to it, and nothing will be.
                    self.journal.readable(target)?;
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
                let place = rooms::place(room, sender, &self.config.matrix, &self.aliases).await;
                let reply_to = reply_to.as_deref().filter(|_| !falls_back);
                let message = self.in_context(message.clone(), reply_to, *at, arrival, batch)?;
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
                    self.answer(room, &message, &place, *at, counted, plan)?;
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
            What::Tombstone { replacement } if !own => {
                // It is the same community: no introduction again.
                self.journal.introduce(replacement)?;
                tokio::spawn(rooms::follow_upgrade(room.clone(), replacement.clone(), sender.clone()));
            }
            _ => {}
        }
        Ok(())
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
        let own_thread = match &message.thread {
            Some(root) => {
                let entry = self.journal.entry(root)?.filter(|entry| entry.answer.is_some());
                let entry = entry.or(self.journal.answered_by(root)?);
                entry.is_some_and(|entry| entry.asker == message.sender)
            }
            None => false,
        };
        Ok(Message { replies_to_me, own_thread, while_away: arrival == Arrival::Late && at < self.away_until, ..message })
    }

    /// Plans the answer to a message that is meant for the bot; `counted` towards the limits, unless it was accepted already or had
    /// to wait.
    fn answer(
        &mut self,
        room: &Room,
        message: &Message,
        place: &Place,
        at: i64,
        counted: bool,
        plan: &mut Plan,
    ) -> anyhow::Result<()> {
        let Some(reply) = self.hear(message, place, counted, false) else { return Ok(()) };
        tracing::debug!(question = message.id, room = message.room, "answering");
        self.courtesy.read(room, &message.id);
        let (event, asker) = (message.id.clone(), message.sender.clone());
        plan.changes.owed.push(Owed { event, room: room.room_id().to_string(), asker, asked_at: at, edits: None });
        if reply.reload {
            plan.reloads.push(message.id.clone());
        }
        let content = content(message, place, &reply);
        plan.deliveries.push(message_to(room, &message.id, &message.id, content, Then::Answered));
        Ok(())
    }

    fn hear(&mut self, message: &Message, place: &Place, counted: bool, again: bool) -> Option<Reply> {
        let up = self.started.elapsed();
        let status = || {
            let (answered, owed) = self.journal.counts().unwrap_or_default();
            Status { up, answered, owed, rooms: self.client.joined_rooms().len() }
        };
        let today = jiff::Zoned::now().date();
        let scene = Scene { engine: &self.engine, place, now: up, today, counted, status: &status };
        if again { self.chat.hear_again(message, &scene) } else { self.chat.hear(message, &scene) }
    }

    /// Does to the answer what was done to the question: edits or redacts it, now or as soon as it is sent.
    async fn follow(&mut self, room: &Room, happening: &Happening, plan: &mut Plan) -> anyhow::Result<()> {
        let (What::Edit { target, .. } | What::Redaction { target }) = &happening.what else { return Ok(()) };
        let Some(entry) = self.journal.entry(target)? else { return Ok(()) };
        let sending = self.busy.contains_key(target) || plan.deliveries.iter().any(|delivery| delivery.question == *target);
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
            What::Edit { message, target } => {
                let place = rooms::place(room, &message.sender, &self.config.matrix, &self.aliases).await;
                match self.hear(message, &place, true, true) {
                    Some(reply) => {
                        let mentions = mentions(message, &place);
                        let content =
                            content(message, &place, &reply).make_replacement(ReplacementMetadata::new(answer, Some(mentions)));
                        plan.deliveries.push(message_to(room, &happening.event, target, content, Then::Answered));
                    }
                    None => plan.settled.push(happening.event.clone()),
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// An event of the journal was fetched again: an owed question after a start, or a message whose key may have come.
    async fn fetched(
        &mut self,
        room: &Room,
        event: &str,
        found: Option<TimelineEvent>,
        reloader: &Reloader,
    ) -> anyhow::Result<()> {
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
                self.answer(room, &message, &place, happening.at, false, &mut plan)?;
                if plan.deliveries.is_empty() {
                    plan.settled.push(event.to_owned());
                }
            }
            What::Edit { .. } | What::Redaction { .. } if owed => {
                self.follow(room, &happening, &mut plan).await?;
                if plan.deliveries.is_empty() && !self.afterwards.values().flatten().any(|(_, later)| later.event == event) {
                    plan.settled.push(event.to_owned());
                }
            }
            _ if owed => plan.settled.push(event.to_owned()),
            _ => {
                self.happened(room, &happening, &batch, Arrival::Late, &mut plan).await?;
                plan.readable.push(event.to_owned());
            }
        }
        self.carry_out(plan, reloader)
    }

    /// Something was sent, or never will be.
    async fn delivered(&mut self, delivery: Delivery, event: Option<OwnedEventId>, reloader: &Reloader) -> anyhow::Result<()> {
        let Delivery { cause, question, room, then, .. } = delivery;
        self.under_way.remove(&cause);
        if let Entry::Occupied(mut count) = self.busy.entry(question.clone()) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
        tracing::debug!(%cause, answer = event.as_ref().map(|id| id.as_str()), room = %room.room_id(), "sent");
        match (then, event) {
            (_, None) => self.journal.erase(&cause)?,
            (Then::Nothing, Some(_)) => {}
            (Then::Redacted, Some(_)) => {
                self.journal.erase(&question)?;
                self.journal.erase(&cause)?;
            }
            (Then::Answered, Some(event)) => {
                self.journal.answered(&cause, event.as_str())?;
                if let Some(outcome) = self.outcomes.remove(&cause) {
                    self.tell_outcome(&room, &cause, &outcome)?;
                }
            }
        }
        let mut plan = Plan::default();
        // One thing about a question after the other: what can't go yet waits again.
        for (room, later) in self.afterwards.remove(&question).unwrap_or_default() {
            self.follow(&room, &later, &mut plan).await?;
        }
        self.carry_out(plan, reloader)
    }

    fn reloaded(&mut self, engine: Option<Arc<Engine>>, outcome: &Reloaded, wishes: Vec<Wish>) -> anyhow::Result<()> {
        if let Some(engine) = engine {
            self.engine = engine;
        }
        for wish in wishes {
            let Wish::Command(cause) = wish else { continue };
            match self.journal.entry(&cause)? {
                Some(entry) if entry.answer.is_some() => {
                    if let Some(room) = self.room(&entry.room) {
                        self.tell_outcome(&room, &cause, outcome)?;
                    }
                }
                Some(_) => {
                    self.outcomes.insert(cause, outcome.clone());
                }
                None => {}
            }
        }
        Ok(())
    }

    /// Edits the reply to a reload command.
    fn tell_outcome(&mut self, room: &Room, command: &str, outcome: &Reloaded) -> anyhow::Result<()> {
        let Some(answer) = self.journal.entry(command)?.and_then(|entry| EventId::parse(entry.answer?).ok()) else {
            return Ok(());
        };
        let blocks = phrases::reloaded(outcome);
        let settings = rooms::settings(room, &self.config.matrix, &self.aliases);
        let words = words(&blocks, settings.notice == Some(true)).add_mentions(Mentions::new());
        let content = words.make_replacement(ReplacementMetadata::new(answer, None));
        let key = format!("{command}.reloaded");
        self.send(message_to(room, &key, command, content, Then::Nothing));
        Ok(())
    }

    fn introduce(&mut self, room: &Room, plan: &mut Plan) -> anyhow::Result<()> {
        let settings = rooms::settings(room, &self.config.matrix, &self.aliases);
        // A room of its own making is for a greeting, which says as much.
        let own = room.creators().is_some_and(|creators| creators.iter().any(|creator| creator == room.own_user_id()));
        if own || settings.introduce == Some(false) || !self.journal.introduce(room.room_id().as_str())? {
            return Ok(());
        }
        let blocks = phrases::introduction(self.chat.me(), rooms::is_direct(room), &self.config.matrix.command_prefix);
        let key = format!("introduction.{}", room.room_id().as_str().trim_start_matches('!'));
        plan.deliveries.push(remark(room, &key, &blocks));
        Ok(())
    }

    fn welcome(&mut self, room: &Room, user: &str, name: Option<&str>, at: i64, plan: &mut Plan) -> anyhow::Result<()> {
        let settings = rooms::settings(room, &self.config.matrix, &self.aliases);
        let welcome = settings.welcome.unwrap_or_default();
        let fresh = at >= now() - millis(FRESH_JOIN);
        if welcome == Welcome::Off || !self.chat.listens_to(user) || !fresh || self.journal.greeted(user)? {
            return Ok(());
        }
        if !self.journal.may_welcome(room.room_id().as_str(), now(), settings.cooldown())? {
            return Ok(());
        }
        self.journal.greet(user)?;
        let pointers: Vec<_> = self.engine.pointers().iter().take(WELCOME_POINTERS).cloned().collect();
        let direct = welcome == Welcome::Direct;
        let newcomer = name.unwrap_or(user).to_owned();
        let blocks = phrases::welcome(&newcomer, direct, &self.config.matrix.command_prefix, &pointers);
        let key = format!("welcome.{user}");
        if direct {
            let (client, user, tell) = (self.client.clone(), user.to_owned(), self.tell.clone());
            tokio::spawn(async move { welcome_directly(&client, &user, &key, &blocks, &tell).await });
        } else {
            plan.deliveries.push(remark(room, &key, &blocks));
        }
        Ok(())
    }

    /// What time brings: keys that came unnoticed, notices of those that never came, old entries.
    async fn look_around(&mut self) -> anyhow::Result<()> {
        let mut wanted = Vec::new();
        for unreadable in self.journal.unreadable(None)? {
            let Some(room) = self.room(&unreadable.room) else { continue };
            let waited = now() - unreadable.since;
            if waited < millis(KEY_HOPE) {
                wanted.push((room.clone(), unreadable.event.clone()));
            }
            let settings = rooms::settings(&room, &self.config.matrix, &self.aliases);
            let silent = settings.answer == Some(crate::config::AnswerTo::Nobody);
            if waited >= millis(self.config.matrix.key_wait.0)
                && !silent
                && self.journal.may_notice(&unreadable.room, now(), A_DAY)?
            {
                tracing::warn!(
                    room = unreadable.room,
                    event = unreadable.event,
                    "a message can't be decrypted: its key never came"
                );
                let key = format!("unreadable.{}", unreadable.event.trim_start_matches('$'));
                let mut content = words(&[Block::text(phrases::UNREADABLE)], true).add_mentions(Mentions::new());
                content.relates_to =
                    EventId::parse(&unreadable.event).ok().map(|id| Relation::Reply(ReplyTo::new(InReplyTo::new(id))));
                self.send(message_to(&room, &key, &key, content, Then::Nothing));
            }
        }
        self.fetch(wanted);
        if self.tidied.elapsed() > TIDY {
            self.tidy()?;
        }
        Ok(())
    }

    fn tidy(&mut self) -> anyhow::Result<()> {
        self.tidied = Instant::now();
        Ok(self.journal.tidy(now() - millis(REMEMBERED), self.oldest())?)
    }

    /// Passes on which rooms' keys arrive.
    async fn listen_for_keys(&self) {
        let Some(stream) = self.client.encryption().room_keys_received_stream().await else { return };
        let tell = self.tell.clone();
        tokio::spawn(async move {
            let mut stream = std::pin::pin!(stream);
            while let Some(keys) = stream.next().await {
                let rooms: Vec<OwnedRoomId> = keys.unwrap_or_default().into_iter().map(|key| key.room_id).collect();
                if tell.send(News::Keys(rooms)).await.is_err() {
                    return;
                }
            }
        });
    }
}

/// A join longer ago is not greeted any more.
const FRESH_JOIN: Duration = Duration::from_secs(600);
/// Pointers in a greeting.
const WELCOME_POINTERS: usize = 3;
/// How long a missing key is looked for even if none is seen to arrive.
const KEY_HOPE: Duration = Duration::from_secs(120);
/// How often old entries are dropped.
const TIDY: Duration = Duration::from_secs(3600);

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
fn begins_with_join(room: &Room, events: &[TimelineEvent]) -> bool {
    Batch::new(room, events).joined
}

fn last_event(room: &Room, events: &[TimelineEvent]) -> Option<String> {
    events.iter().rev().find_map(|event| Some(events::read(room.room_id().as_str(), event)?.event))
}

/// A message about a question, or whatever else it is about.
fn message_to(room: &Room, cause: &str, question: &str, content: RoomMessageEventContent, then: Then) -> Delivery {
    let parcel = Parcel::Message(Box::new(content));
    Delivery {
        cause: cause.to_owned(),
        question: question.to_owned(),
        room: room.clone(),
        transaction: transaction(cause),
        parcel,
        then,
    }
}

/// A notice that answers nobody.
fn remark(room: &Room, key: &str, blocks: &[Block]) -> Delivery {
    message_to(room, key, key, words(blocks, true).add_mentions(Mentions::new()), Then::Nothing)
}

/// A reply as a message: relation, type and mentions as the room wants them.
fn content(message: &Message, place: &Place, reply: &Reply) -> RoomMessageEventContent {
    let notice = reply.remark || place.settings.notice == Some(true);
    let mut content = words(&reply.blocks, notice).add_mentions(mentions(message, place));
    content.relates_to = relation(message, &place.settings);
    content
}

fn words(blocks: &[Block], notice: bool) -> RoomMessageEventContent {
    let (plain, html) = (render::plain_blocks(blocks), render::html(blocks));
    if notice { RoomMessageEventContent::notice_html(plain, html) } else { RoomMessageEventContent::text_html(plain, html) }
}

/// Nobody but the asker, and in a direct room nobody: every message is for them.
fn mentions(message: &Message, place: &Place) -> Mentions {
    match UserId::parse(&message.sender) {
        Ok(asker) if !place.direct => Mentions::with_user_ids([asker]),
        _ => Mentions::new(),
    }
}

fn relation<C>(message: &Message, settings: &RoomSettings) -> Option<Relation<C>> {
    let question = EventId::parse(&message.id).ok()?;
    let root = message.thread.as_deref().and_then(|root| EventId::parse(root).ok());
    match (settings.reply.unwrap_or_default(), root) {
        (ReplyAs::Plain, _) => None,
        (ReplyAs::Auto, None) => Some(Relation::Reply(ReplyTo::new(InReplyTo::new(question)))),
        (ReplyAs::Thread, None) => Some(Relation::Thread(Thread::plain(question.clone(), question))),
        (ReplyAs::Auto | ReplyAs::Thread, Some(root)) => Some(Relation::Thread(Thread::reply(root, question))),
    }
}

async fn leave_if_alone(room: Room) {
    if rooms::is_alone(&room).await {
        tracing::info!(room = %room.room_id(), "everyone else has left: leaving too");
        rooms::leave(&room).await;
    }
}

/// Greets a newcomer in a direct message, in a room that is there or a new one.
async fn welcome_directly(client: &Client, user: &str, key: &str, blocks: &[Block], tell: &Sender<News>) {
    let Ok(user) = UserId::parse(user) else { return };
    let room = match client.get_dm_room(&user) {
        Some(room) => room,
        None => match client.create_dm(&user).await {
            Ok(room) => room,
            Err(error) => {
                tracing::warn!(%user, %error, "a newcomer could not be greeted");
                return;
            }
        },
    };
    let _ = tell.send(News::Send(Box::new(remark(&room, key, blocks)))).await;
}

/// The name that the account shows. The config's is set once: whoever changes it later has their reasons.
async fn display_name(client: &Client, config: &Config, journal: &Journal) -> anyhow::Result<Option<String>> {
    let account = client.account();
    if let Some(wanted) = &config.matrix.display_name
        && journal.fact(DISPLAY_NAME)?.as_ref() != Some(wanted)
    {
        match account.set_display_name(Some(wanted)).await {
            Ok(()) => journal.set_fact(DISPLAY_NAME, wanted)?,
            Err(error) => tracing::warn!(%error, "the name could not be set"),
        }
    }
    match account.get_display_name().await {
        Ok(name) => Ok(name),
        Err(error) => {
            tracing::debug!(%error, "the account's name is not known");
            Ok(config.matrix.display_name.clone())
        }
    }
}

/// The fact of the journal that holds the name that was set.
const DISPLAY_NAME: &str = "display_name";

/// Milliseconds since 1970.
fn now() -> i64 {
    millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
