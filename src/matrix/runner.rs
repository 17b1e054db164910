//! One task that hears of everything that happens, asks the bot what to do about it, and does it.

mod performing;
mod translating;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use futures_util::StreamExt;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use matrix_sdk::sync::SyncResponse;
use matrix_sdk::{Client, Room};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::Instant;

use crate::answer::Engine;
use crate::beside::{Beside, Vitals};
use crate::bot::{Act, Bot, Moment, Rules, Synced};
use crate::chat::phrases::Status;
use crate::chat::{Chat, Manners};
use crate::config::Config;
use crate::encoding::Encoding;
use crate::ids::{EventId, RoomId};
use crate::insight::Store;
use crate::journal::{Journal, JournalError};
use crate::loading::{self, Understanding};
use crate::reload::{By, Posts, Standing};
use crate::search::EncoderError;
use crate::signals::{Signal, Signals};

use super::Report;
use super::deliver::Courier;
use super::keeper::{Job, Keeper};
use super::listener::{Listener, World};
use super::receipts::Receipts;
use super::reload::{self, ReloadRequest, Reloader};
use super::rooms::{self, Aliases, Directory};
use super::sync;
use super::watch;

/// Runs a bot on Matrix.
pub(super) struct Runner {
    bot: Bot,
    config: Arc<Config>,
    client: Client,
    directory: Directory,
    posts: PostsInUse,
    /// What was said in each conversation is the listener's.
    listener: Listener,
    reloader: Arc<Reloader>,
    courier: Courier,
    receipts: Receipts,
    keeper: Keeper,
    reports: Receiver<Report>,
    tell: Sender<Report>,
    started: Instant,
    pulse: Arc<Pulse>,
}

/// How the bot fares, for others to read.
#[derive(Default)]
struct Pulse {
    under_way: AtomicU64,
    /// Milliseconds from the start to the last sync; 0 before the first.
    synced: AtomicU64,
}

/// What is written down between two starts.
pub(super) struct Files {
    pub(super) journal: Journal,
    pub(super) store: Store,
}

/// The posts that answer, and what is known of them.
pub(super) struct PostsInUse {
    pub engine: Arc<Engine>,
    pub understanding: Option<Understanding>,
    /// Encoding of the engine's posts that is under way.
    pub encoding: Option<Encoding>,
    pub standing: Standing,
    /// The page beside the bot, which answers from them too.
    pub page: Option<Arc<dyn Beside>>,
}

/// What the config tells the bot; `display_name` is what its account shows.
fn rules(config: &Config, display_name: Option<String>) -> Rules {
    Rules {
        manners: Manners { display_name, ..config.matrix.manners() },
        invite_from: config.matrix.invite_from.clone(),
        catch_up: config.matrix.catch_up.0,
        key_wait: config.matrix.key_wait.0,
        insight: config.insight.clone(),
        page: config.web.listen.is_some() && !config.insight.keep.0.is_zero(),
        zone: TimeZone::system(),
    }
}

/// Reports that wait for the bot.
const WAITING_REPORTS: usize = 256;
/// How long the last answers may take after a call to end: what is left is owed.
const LAST_WORDS: Duration = Duration::from_millis(1_500);
/// How often the bot looks around: old keys, old entries.
const LOOK_AROUND: Duration = Duration::from_secs(5);

impl Runner {
    pub(super) async fn new(
        config: Config,
        client: Client,
        files: Files,
        posts: Posts,
        in_use: PostsInUse,
    ) -> anyhow::Result<Self> {
        let (tell, reports) = channel(WAITING_REPORTS);
        let Files { journal, store } = files;
        let config = Arc::new(config);
        let display_name = display_name(&client, &config, &journal).await?;
        let rules = rules(&config, display_name);
        let listener = Listener::start(Chat::new(rules.manners.clone()), tell.clone(), in_use.page.clone())?;
        let reloader = Arc::new(Reloader::start(posts, in_use.engine.clone(), tell.clone()));
        let page = in_use.page.clone();
        let runner = Self {
            bot: Bot::new(rules, journal, now()),
            directory: Directory { client: client.clone(), config: config.clone(), aliases: Aliases::new() },
            config,
            client,
            posts: in_use,
            listener,
            reloader,
            courier: Courier::new(),
            receipts: Receipts::start(),
            keeper: Keeper::start(store, tell.clone(), page)?,
            reports,
            tell,
            started: Instant::now(),
            pulse: Arc::default(),
        };
        runner.meet_page();
        Ok(runner)
    }

    /// Tells the page beside it how it fares, and where to ask for what is kept.
    fn meet_page(&self) {
        let Some(page) = &self.posts.page else { return };
        let (pulse, waiting, started) = (self.pulse.clone(), self.listener.waiting(), self.started);
        page.vitals(Arc::new(move || Vitals {
            under_way: pulse.under_way.load(Ordering::Relaxed),
            waiting: waiting.load(Ordering::Relaxed) as u64,
            sync_age: Duration::from_millis(since(started).saturating_sub(pulse.synced.load(Ordering::Relaxed))),
        }));
        if !self.config.insight.keep.0.is_zero() {
            let tell = self.tell.clone();
            // What a bot that has its hands full does not take up, the page asks for again.
            page.begin(Box::new(move |request| drop(tell.try_send(Report::Page(request)))));
        }
    }

    /// Listens and answers until a signal to end; then finishes what is in hand.
    pub(super) async fn run(mut self, mut signals: Signals) -> anyhow::Result<()> {
        let mut _watching = Vec::new();
        for source in self.config.corpus.each_source() {
            if self.config.corpus.watch && source.git.is_none() {
                _watching.push(watch::start(&source.path, self.reloader.clone())?);
            }
        }
        reload::by_the_clock(&self.config, &self.reloader);
        self.encode()?;
        self.begin().await?;
        let mut syncing = tokio::spawn(sync::run(self.client.clone(), self.bot.token()?, self.tell.clone()));
        let mut look_around = tokio::time::interval(LOOK_AROUND);
        loop {
            tokio::select! {
                Some(report) = self.reports.recv() => self.take(report).await?,
                end = &mut syncing => return self.sync_ended(end),
                _ = look_around.tick() => self.decide(Bot::look_around)?,
                signal = signals.next() => match signal {
                    Signal::End => break,
                    Signal::Reload => {
                        tracing::info!("SIGHUP: reading the posts again");
                        self.reloader.request(ReloadRequest::outside(By::Signal));
                    }
                },
            }
        }
        syncing.abort();
        self.finish().await
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
        self.decide(|bot, moment| bot.tidy(moment).map(|()| Vec::new()))?;
        self.directory.aliases = rooms::resolve_aliases(&self.client, &self.config).await;
        self.listen_for_keys().await;
        for room in self.client.invited_rooms() {
            self.invited(&room).await?;
        }
        if self.config.matrix.admins.is_empty() && self.config.matrix.invite_from.is_empty() {
            tracing::warn!("no invite will be accepted: set matrix.invite_from or matrix.admins");
        }
        Ok(())
    }

    /// Ends when every delivery under way is done, or time is up: what is left is owed, and answered after the next start.
    async fn finish(mut self) -> anyhow::Result<()> {
        tracing::info!(under_way = self.bot.under_way(), "ending");
        self.reloader.stop();
        let deadline = Instant::now() + LAST_WORDS;
        while self.bot.under_way() > 0 {
            match tokio::time::timeout_at(deadline, self.reports.recv()).await {
                Ok(Some(report @ (Report::Heard(..) | Report::Delivered(..) | Report::Reloaded { .. }))) => {
                    self.take(report).await?
                }
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => {
                    tracing::warn!(owed = self.bot.under_way(), "time is up: what is owed is answered after the next start");
                    break;
                }
            }
        }
        // Nobody hears its reports any more.
        self.reports.close();
        let keeper = self.keeper;
        if tokio::time::timeout_at(deadline + LAST_WORDS, tokio::task::spawn_blocking(|| keeper.end())).await.is_err() {
            tracing::warn!("time is up: not all of the last questions are kept");
        }
        tracing::info!("ended");
        Ok(())
    }

    async fn take(&mut self, report: Report) -> anyhow::Result<()> {
        match report {
            Report::Synced(response) => self.synced(*response).await,
            Report::ReadBack(room, events) => {
                let batch = match events {
                    Some(events) => Some(self.batch(&room, &events).await?),
                    None => None,
                };
                self.decide(|bot, moment| bot.read_back(&room.room_id().into(), batch.as_ref(), moment))
            }
            Report::Fetched(room, event, found) => {
                let batch = match found {
                    Some(found) => Some(self.fetched(&room, &event, &found).await?),
                    None => None,
                };
                self.decide(|bot, moment| bot.fetched(&event, batch.as_ref(), moment))
            }
            Report::Heard(asked, reply, kept) => self.decide(|bot, moment| bot.heard(&asked, reply, kept, moment)),
            Report::Forgotten(events) => self.decide(|bot, _| bot.forgotten(&events)),
            Report::Digest { whom, blocks } => self.decide(|bot, _| Ok(bot.digest_made(whom, blocks))),
            Report::AskedAgain(changes) => self.decide(|bot, moment| bot.asked_again(&changes, moment)),
            Report::Delivered(delivery, event) => {
                let (cause, answer) = (delivery.cause.as_str(), event.as_ref().map(EventId::as_str));
                tracing::debug!(cause, answer, room = delivery.room.as_str(), "sent");
                self.decide(|bot, moment| bot.delivered(&delivery, event.as_ref(), moment))
            }
            Report::Counted(room, members) => self.decide(|bot, _| Ok(bot.counted(&room, members))),
            Report::Keys(rooms) => self.decide(|bot, moment| bot.keys_arrived(&rooms, moment)),
            Report::Reloaded { engine, outcome, standing, requests } => {
                self.posts.standing = *standing;
                if let Some(page) = &self.posts.page {
                    page.reloaded(engine.clone(), &outcome);
                }
                if let Some(engine) = engine {
                    self.take_up(engine)?;
                }
                let commands: Vec<EventId> = requests.into_iter().filter_map(|request| request.cause).collect();
                self.decide(|bot, moment| bot.reloaded(&commands, &outcome, moment))
            }
            Report::Page(request) => self.decide(|bot, moment| bot.page_asks(request, moment)),
            Report::Encoded { of, engine } => self.encoded(&of, *engine),
            Report::Met { room, cause, blocks } => self.decide(|bot, _| Ok(bot.remark(&room, cause, blocks))),
        }
    }

    /// Takes in a sync response: all of it is in the journal, with the token, before anything is answered.
    async fn synced(&mut self, response: SyncResponse) -> anyhow::Result<()> {
        if !self.bot.has_synced() {
            tracing::info!(user = %self.bot.me().user_id, rooms = self.client.joined_rooms().len(), "listening");
        }
        let mut synced = Synced { token: response.next_batch, ..Synced::default() };
        for (id, update) in response.rooms.joined {
            let Some(room) = self.client.get_room(&id) else { continue };
            rooms::learn_aliases(&room, &self.config, &mut self.directory.aliases).await;
            let batch = self.batch(&room, &update.timeline.events).await?;
            synced.joined.push((batch, update.timeline.limited));
        }
        synced.left = response.rooms.left.into_keys().map(RoomId::from).collect();
        for id in response.rooms.invited.keys() {
            if let Some(room) = self.client.get_room(id) {
                self.invited(&room).await?;
            }
        }
        self.pulse.synced.store(since(self.started), Ordering::Relaxed);
        self.decide(|bot, moment| bot.synced(synced, moment))
    }

    async fn invited(&mut self, room: &Room) -> anyhow::Result<()> {
        let Some(inviter) = rooms::inviter(room).await else { return Ok(()) };
        self.decide(|bot, _| Ok(vec![bot.invited(&room.room_id().into(), &inviter)]))
    }

    /// Has the bot decide, and does what it says.
    fn decide(&mut self, decide: impl FnOnce(&mut Bot, &Moment<'_>) -> Result<Vec<Act>, JournalError>) -> anyhow::Result<()> {
        let moment =
            Moment { now: now(), up: self.started.elapsed(), rooms: &self.directory, pointers: self.posts.engine.pointers() };
        let acts = decide(&mut self.bot, &moment)?;
        self.pulse.under_way.store(self.bot.under_way() as u64, Ordering::Relaxed);
        acts.into_iter().try_for_each(|act| self.perform(act))
    }

    /// What the world is like as a message is read.
    fn world(&self) -> World {
        let up = self.started.elapsed();
        let counts = self.bot.counts().unwrap_or_default();
        let status = Status {
            up,
            answered: counts.answered,
            owed: counts.owed,
            unhelpful: counts.unhelpful,
            rooms: self.client.joined_rooms().len(),
            standing: self.posts.standing.clone(),
            encoding: self.posts.encoding.as_ref().and_then(Encoding::progress),
        };
        World { engine: self.posts.engine.clone(), now: up, at: Timestamp::now(), today: jiff::Zoned::now().date(), status }
    }

    /// Answers from other posts from now on.
    fn take_up(&mut self, engine: Arc<Engine>) -> anyhow::Result<()> {
        self.posts.engine = engine;
        if self.posts.understanding.is_none() {
            // An encoder may have come since.
            self.posts.understanding = loading::understanding(&self.config)
                .inspect_err(|error| tracing::warn!("the encoder can't be used: {error:#}"))
                .unwrap_or_default();
        }
        self.encode()
    }

    /// Finds out what the engine's posts mean, beside everything else; then, or where nothing finds it out, asks again what had no good
    /// answer.
    fn encode(&mut self) -> anyhow::Result<()> {
        let Some(Understanding { encoder, .. }) = self.posts.understanding.clone() else { return self.ask_again() };
        let (of, tell) = (self.posts.engine.clone(), self.tell.clone());
        let then = move |engine| {
            // It fails only where the bot has ended.
            let _ = tell.blocking_send(Report::Encoded { of, engine: Box::new(engine) });
        };
        self.posts.encoding = Encoding::start(self.posts.engine.clone(), encoder, self.config.vectors(), then)
            .inspect_err(|error| tracing::error!(%error, "the posts can't be encoded: answers are by words alone"))
            .ok();
        if let (Some(page), Some(encoding)) = (&self.posts.page, &self.posts.encoding) {
            page.encoding(Arc::new(encoding.follow()));
        }
        Ok(())
    }

    fn ask_again(&self) -> anyhow::Result<()> {
        self.keeper.hand_over(Job::AskAgain(self.posts.engine.clone()))
    }

    fn encoded(&mut self, of: &Arc<Engine>, engine: Result<Engine, EncoderError>) -> anyhow::Result<()> {
        // The posts may have been reloaded meanwhile: then those are being encoded.
        if !Arc::ptr_eq(of, &self.posts.engine) {
            return Ok(());
        }
        self.posts.encoding = None;
        match engine {
            Ok(engine) => {
                self.posts.engine = Arc::new(match self.posts.understanding.clone() {
                    Some(understanding) => understanding.read(engine),
                    None => engine,
                });
                if let Some(page) = &self.posts.page {
                    page.understood(of, self.posts.engine.clone());
                }
            }
            Err(error) => tracing::error!(%error, "the posts can't be encoded: answers are by words alone"),
        }
        self.ask_again()
    }

    /// Passes on which rooms' keys arrive.
    async fn listen_for_keys(&self) {
        let Some(stream) = self.client.encryption().room_keys_received_stream().await else { return };
        let tell = self.tell.clone();
        tokio::spawn(async move {
            let mut stream = std::pin::pin!(stream);
            while let Some(keys) = stream.next().await {
                let rooms = keys.unwrap_or_default().into_iter().map(|key| key.room_id.into()).collect();
                if tell.send(Report::Keys(rooms)).await.is_err() {
                    return;
                }
            }
        });
    }
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

/// Milliseconds since a moment.
fn since(moment: Instant) -> u64 {
    u64::try_from(moment.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Milliseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
