//! The bot: one task that owns the journal, hears of everything that happens, and decides in order.

mod hearing;
mod visits;
mod wording;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use futures_util::StreamExt;
use matrix_sdk::ruma::events::Mentions;
use matrix_sdk::ruma::events::relation::{InReplyTo, Reply as ReplyTo};
use matrix_sdk::ruma::events::room::message::{Relation, ReplacementMetadata};
use matrix_sdk::ruma::{EventId, OwnedEventId, OwnedRoomId, RoomId};
use matrix_sdk::sync::SyncResponse;
use matrix_sdk::{Client, Room};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::Instant;

use crate::answer::Engine;
use crate::chat::Chat;
use crate::chat::phrases;
use crate::config::Config;
use crate::encoding::{Encoding, Progress};
use crate::journal::{Changes, Journal, Owed};
use crate::loading::{self, Understanding};
use crate::reload::{By, Posts, Reloaded, Standing};
use crate::render::Block;
use crate::search::EncoderError;
use crate::signals::{Signal, Signals};

use super::News;
use super::courtesy::Courtesy;
use super::deliver::{Courier, Delivery, Parcel, Then, transaction};
use super::events::Happening;
use super::listener::{Asked, Listener, World};
use super::patience::surely;
use super::reload::{self, Reloader, Wish};
use super::rooms::{self, Aliases};
use super::sync::{self, Gap};
use super::watch;

use hearing::{begins_with_join, last_event};
use wording::{message_to, words};

/// The bot.
pub(super) struct Bot {
    config: Arc<Config>,
    client: Client,
    journal: Journal,
    engine: Arc<Engine>,
    understanding: Option<Understanding>,
    /// Encoding of the engine's posts that is under way.
    encoding: Option<Encoding>,
    /// Who is spoken to; what was said in each conversation is the listener's.
    chat: Chat,
    listener: Listener,
    courier: Courier,
    courtesy: Courtesy,
    aliases: Aliases,
    news: Receiver<News>,
    tell: Sender<News>,
    /// Rooms whose gap is being read back, and whether something happened in them since that began.
    filling: HashMap<OwnedRoomId, bool>,
    /// Answers that are sought and deliveries under way, by what calls for them.
    under_way: HashSet<String>,
    /// What is to be done once the answer to a question is sent: its edits and its redaction, in order.
    afterwards: HashMap<String, Vec<(Room, Happening)>>,
    /// Events that are being fetched again.
    fetching: HashSet<String>,
    /// Questions that something is being sent about, and how much.
    busy: HashMap<String, usize>,
    /// What reloads came to, by the command whose reply is to be edited but is not sent yet.
    outcomes: HashMap<String, Reloaded>,
    /// The posts through all reloads, until the reloader has them.
    posts: Option<Posts>,
    /// Where the posts stand.
    standing: Standing,
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
    /// Messages that are meant for the bot, to be read by the listener.
    asked: Vec<(Asked, World)>,
    deliveries: Vec<Delivery>,
    /// Events of the journal that call for nothing any more.
    settled: Vec<String>,
    /// Messages that could not be read and now are.
    readable: Vec<String>,
}

/// News that wait for the bot.
const WAITING_NEWS: usize = 256;
/// How long the last answers may take after a call to end: what is left is owed.
const LAST_WORDS: Duration = Duration::from_millis(1_500);
/// Without a sync for so long, the bot was away.
const AWAY: Duration = Duration::from_secs(90);
/// How often the bot looks around: old keys, old entries.
const LOOK_AROUND: Duration = Duration::from_secs(5);
/// Answered questions are forgotten after so long: 30 days.
const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 3600);
/// At most one notice of unreadable messages a room in so long.
const A_DAY: Duration = Duration::from_secs(24 * 3600);

impl Bot {
    pub(super) async fn new(
        config: Config,
        client: Client,
        journal: Journal,
        engine: Engine,
        posts: Posts,
        understanding: Option<Understanding>,
    ) -> anyhow::Result<Self> {
        let (tell, news) = channel(WAITING_NEWS);
        let name = display_name(&client, &config, &journal).await?;
        let new_chat = || {
            let mut chat = Chat::new(&config.matrix);
            chat.set_display_name(name.clone());
            chat
        };
        let (chat, listener) = (new_chat(), Listener::start(new_chat(), tell.clone())?);
        Ok(Self {
            config: Arc::new(config),
            client,
            journal,
            engine: Arc::new(engine),
            understanding,
            encoding: None,
            chat,
            listener,
            courier: Courier::new(),
            courtesy: Courtesy::start(),
            aliases: Aliases::new(),
            news,
            tell,
            filling: HashMap::new(),
            under_way: HashSet::new(),
            afterwards: HashMap::new(),
            outcomes: HashMap::new(),
            standing: posts.standing(),
            posts: Some(posts),
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
        let posts = self.posts.take().context("the bot runs once")?;
        let reloader = Arc::new(Reloader::start(posts, self.engine.clone(), self.tell.clone()));
        let mut _watching = Vec::new();
        for source in self.config.corpus.each_source() {
            if self.config.corpus.watch && source.git.is_none() {
                _watching.push(watch::start(&source.path, reloader.clone())?);
            }
        }
        reload::by_the_clock(&self.config, &reloader);
        self.encode();
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
                        reloader.wish(Wish::outside(By::Signal));
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
        self.mend_reloads()?;
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
        reloader.stop();
        let deadline = Instant::now() + LAST_WORDS;
        while !self.under_way.is_empty() {
            match tokio::time::timeout_at(deadline, self.news.recv()).await {
                Ok(Some(news @ (News::Heard(..) | News::Delivered(..) | News::Reloaded { .. }))) => {
                    self.take(news, reloader).await?
                }
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
            News::Synced(response) => self.synced(*response).await?,
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
                self.carry_out(plan)?;
                if again {
                    self.fill(&room)?;
                }
            }
            News::Fetched(room, event, found) => self.fetched(&room, &event, found).await?,
            News::Heard(asked, reply) => self.heard(*asked, reply, reloader).await?,
            News::Delivered(delivery, event) => self.delivered(*delivery, event).await?,
            News::Keys(rooms) => {
                let mut wanted = Vec::new();
                for room in rooms.iter().filter_map(|id| self.client.get_room(id)) {
                    let unreadable = self.journal.unreadable(Some(room.room_id().as_str()))?;
                    wanted.extend(unreadable.into_iter().map(|unreadable| (room.clone(), unreadable.event)));
                }
                self.fetch(wanted);
            }
            News::Reloaded { engine, outcome, standing, wishes } => {
                self.standing = *standing;
                self.reloaded(engine, &outcome, wishes)?;
            }
            News::Encoded { of, engine } => self.encoded(&of, *engine),
            News::Send(delivery) => self.send(*delivery),
        }
        Ok(())
    }

    /// Takes in a sync response: all of it is in the journal, with the token, before anything is answered.
    async fn synced(&mut self, response: SyncResponse) -> anyhow::Result<()> {
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
        self.carry_out(plan)?;
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
    fn carry_out(&mut self, plan: Plan) -> anyhow::Result<()> {
        if !plan.changes.is_empty() {
            self.journal.record(&plan.changes)?;
        }
        for event in plan.settled {
            self.journal.erase(&event)?;
        }
        for event in plan.readable {
            self.made_readable(&event)?;
        }
        for (asked, world) in plan.asked {
            self.begun(&asked.cause, &asked.message.id);
            self.listener.hear(asked, world)?;
        }
        for delivery in plan.deliveries {
            self.send(delivery);
        }
        Ok(())
    }

    fn send(&mut self, delivery: Delivery) {
        self.begun(&delivery.cause, &delivery.question);
        self.post(delivery);
    }

    /// Something is under way about a question.
    fn begun(&mut self, cause: &str, question: &str) {
        self.under_way.insert(cause.to_owned());
        *self.busy.entry(question.to_owned()).or_default() += 1;
    }

    /// It is no longer.
    fn ended(&mut self, cause: &str, question: &str) {
        self.under_way.remove(cause);
        if let Entry::Occupied(mut count) = self.busy.entry(question.to_owned()) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }

    /// Sends what is known to be under way.
    fn post(&mut self, delivery: Delivery) {
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

    /// Something was sent, or never will be.
    async fn delivered(&mut self, delivery: Delivery, event: Option<OwnedEventId>) -> anyhow::Result<()> {
        let Delivery { cause, question, room, then, .. } = delivery;
        self.ended(&cause, &question);
        tracing::debug!(%cause, answer = event.as_ref().map(|id| id.as_str()), room = %room.room_id(), "sent");
        match (then, event) {
            (Then::Told, _) => self.journal.reload_told(&question)?,
            (_, None) => self.journal.erase(&cause)?,
            (Then::Nothing, Some(_)) => {}
            (Then::Noticed, Some(notice)) => {
                if !self.journal.noticed(&question, notice.as_str())? {
                    self.take_back(&room, &question, notice);
                }
            }
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
        self.go_on(&question).await
    }

    /// A message can be read after all, or is gone: what was said of it is taken back.
    pub(super) fn made_readable(&mut self, event: &str) -> anyhow::Result<()> {
        self.journal.readable(event)?;
        let Some((room, notice)) = self.journal.take_notice(event)? else { return Ok(()) };
        if let (Some(room), Ok(notice)) = (self.room(&room), EventId::parse(notice)) {
            self.take_back(&room, event, notice);
        }
        Ok(())
    }

    /// Redacts the notice that a message can't be read.
    fn take_back(&mut self, room: &Room, event: &str, notice: OwnedEventId) {
        let cause = format!("readable.{}", event.trim_start_matches('$'));
        self.send(Delivery {
            transaction: transaction(&cause),
            cause,
            question: event.to_owned(),
            room: room.clone(),
            parcel: Parcel::Redaction(notice),
            then: Then::Nothing,
        });
    }

    /// What waited for the end of what was under way about a question.
    async fn go_on(&mut self, question: &str) -> anyhow::Result<()> {
        let mut plan = Plan::default();
        // One thing about a question after the other: what can't go yet waits again.
        for (room, later) in self.afterwards.remove(question).unwrap_or_default() {
            self.follow(&room, &later, &mut plan).await?;
        }
        self.carry_out(plan)
    }

    /// Finds out what the engine's posts mean, beside everything else.
    fn encode(&mut self) {
        let Some(Understanding { encoder, .. }) = self.understanding.clone() else { return };
        let (of, tell) = (self.engine.clone(), self.tell.clone());
        let then = move |engine| {
            // It fails only where the bot has ended.
            let _ = tell.blocking_send(News::Encoded { of, engine: Box::new(engine) });
        };
        self.encoding = Encoding::start(self.engine.clone(), encoder, self.config.vectors(), then)
            .inspect_err(|error| tracing::error!(%error, "the posts can't be encoded: answers are by words alone"))
            .ok();
    }

    fn encoded(&mut self, of: &Arc<Engine>, engine: Result<Engine, EncoderError>) {
        // The posts may have been reloaded meanwhile: then those are being encoded.
        if !Arc::ptr_eq(of, &self.engine) {
            return;
        }
        self.encoding = None;
        match engine {
            Ok(engine) => {
                let reader = self.understanding.as_ref().and_then(|understanding| understanding.reader.clone());
                self.engine = Arc::new(match reader {
                    Some(reader) => engine.with_reader(reader),
                    None => engine,
                });
            }
            Err(error) => tracing::error!(%error, "the posts can't be encoded: answers are by words alone"),
        }
    }

    /// How far the encoding is, if any is under way.
    fn encoding(&self) -> Option<Progress> {
        self.encoding.as_ref().map(Encoding::progress)
    }

    fn reloaded(&mut self, engine: Option<Arc<Engine>>, outcome: &Reloaded, wishes: Vec<Wish>) -> anyhow::Result<()> {
        if let Some(engine) = engine {
            self.engine = engine;
            if self.understanding.is_none() {
                // An encoder may have come since.
                self.understanding = loading::understanding(&self.config)
                    .inspect_err(|error| tracing::warn!("the encoder can't be used: {error:#}"))
                    .unwrap_or_default();
            }
            self.encode();
        }
        for wish in wishes {
            let Some(cause) = wish.cause else { continue };
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

    /// Edits the reply to a reload command to what came of it.
    fn tell_outcome(&mut self, room: &Room, command: &str, outcome: &Reloaded) -> anyhow::Result<()> {
        self.edit_reply(room, command, &phrases::reloaded(outcome))
    }

    /// Edits the replies of commands whose reload a bot before this one began and did not see to its end.
    fn mend_reloads(&mut self) -> anyhow::Result<()> {
        for command in self.journal.reloads()? {
            let room = self.journal.entry(&command)?.and_then(|entry| self.room(&entry.room));
            if let Some(room) = room {
                self.edit_reply(&room, &command, &[Block::text(phrases::RESTARTED)])?;
            }
        }
        Ok(())
    }

    fn edit_reply(&mut self, room: &Room, command: &str, blocks: &[Block]) -> anyhow::Result<()> {
        let Some(answer) = self.journal.entry(command)?.and_then(|entry| EventId::parse(entry.answer?).ok()) else {
            return Ok(());
        };
        let settings = rooms::settings(room, &self.config.matrix, &self.aliases);
        let words = words(blocks, settings.notice == Some(true)).add_mentions(Mentions::new());
        let content = words.make_replacement(ReplacementMetadata::new(answer, None));
        let key = format!("{command}.reloaded");
        self.send(message_to(room, &key, command, content, Then::Told));
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
                self.send(message_to(&room, &key, &unreadable.event, content, Then::Noticed));
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

/// How long a missing key is looked for even if none is seen to arrive.
const KEY_HOPE: Duration = Duration::from_secs(120);
/// How often old entries are dropped.
const TIDY: Duration = Duration::from_secs(3600);

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
