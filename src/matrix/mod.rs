//! The Matrix bot: the only user of matrix-sdk.
//!
//! ```text
//! sync ─▶ events ─▶ runner ─▶ listener ─▶ chat     receipts: typing, read
//!                    │ ▲ ▲ ◀─────┘                 encryption: cross-signing, recovery
//!                    ▼ │ │                         reload: new engines, watch: changes on disk
//!                   bot  └─▶ wording ─▶ deliver    rooms: joining, leaving, settings
//! ```
//! Nothing is decided here. One task, `runner`, tells the [`crate::bot`] what happens and does what that says; everything slow happens
//! beside it and comes back as `Report`: sending, fetching, and what one thread, `listener`, finds to answer, which owns the
//! conversations.

mod account;
mod deliver;
mod encryption;
mod events;
mod ids;
mod keeper;
mod listener;
mod patience;
mod receipts;
mod reload;
mod rooms;
mod runner;
mod sync;
mod watch;
mod window;
mod wording;

use std::collections::HashSet;
use std::sync::Arc;

use anyhow::Context;
use jiff::Timestamp;
use matrix_sdk::deserialized_responses::TimelineEvent;
use matrix_sdk::ruma::{OwnedDeviceId, OwnedUserId};
use matrix_sdk::{Client, Room};

use crate::answer::Engine;
use crate::beside::{Beside, Request};
use crate::bot::{Asked, Delivery, DigestFor};
use crate::chat::Reply;
use crate::config::Config;
use crate::ids::{EventId, RoomId};
use crate::insight::{Change, Kept, Store};
use crate::journal::Journal;
use crate::loading::Understanding;
use crate::reload::{Located, Posts, Reloaded, Standing};
use crate::render::Block;
use crate::search::EncoderError;
use crate::signals::{Signal, Signals};

use account::DataFolder;
use runner::{Files, PostsInUse, Runner};

/// What the tasks beside the bot report to it.
enum Report {
    /// A sync response.
    Synced(Box<matrix_sdk::sync::SyncResponse>),
    /// A gap was read back.
    ReadBack(Room, Option<Vec<TimelineEvent>>),
    /// An event that the journal holds was fetched again.
    Fetched(Room, EventId, Option<TimelineEvent>),
    /// A message was read: what is to be said to it, if anything, and what is to be kept of it.
    Heard(Box<Asked>, Option<Reply>, Vec<Kept>),
    /// Nothing is kept of these messages any more.
    Forgotten(Vec<EventId>),
    /// The digest was made that is told by itself.
    Digest { whom: DigestFor, blocks: Vec<Block> },
    /// Questions without a good answer were asked again: what has changed of them.
    AskedAgain(Vec<Change>),
    /// Something was sent, or never will be.
    Delivered(Box<Delivery>, Option<EventId>),
    /// There is a room in which something can be said to somebody directly.
    Met { room: RoomId, cause: String, blocks: Vec<Block> },
    /// So many are in a room or invited.
    Counted(RoomId, usize),
    /// Keys of rooms have arrived.
    Keys(Vec<RoomId>),
    /// The posts were read again, or brought back.
    Reloaded {
        engine: Option<Arc<Engine>>,
        outcome: Box<Reloaded>,
        standing: Box<Standing>,
        requests: Vec<reload::ReloadRequest>,
    },
    /// The page beside the bot asks for something.
    Page(Request),
    /// The posts of an engine were encoded: one that knows what they mean.
    Encoded { of: Arc<Engine>, engine: Box<Result<Engine, EncoderError>> },
}

/// The account of a session.
pub struct Account {
    /// The user.
    pub user_id: OwnedUserId,
    /// The device.
    pub device_id: OwnedDeviceId,
}

/// Runs the bot until SIGTERM or ctrl-c. It answers by words; where there is an encoder, it finds out beside that what the posts
/// mean. A `page` beside it hears what becomes of the posts, and shows what is kept of questions.
///
/// # Errors
/// A config, data folder, login or session that can't be used, with what to do about it.
pub async fn run(
    config: Config,
    located: Located,
    engine: Arc<Engine>,
    understanding: Option<Understanding>,
    page: Option<Arc<dyn Beside>>,
) -> anyhow::Result<()> {
    // First of all: a signal to reload ends a process that does not listen for it.
    let mut signals = Signals::new()?;
    let opened = tokio::select! {
        opened = open(&config) => opened?,
        () = ended(&mut signals) => return Ok(()),
    };
    let Opened { data, journal, store, client } = opened;
    let key_file = data.recovery_key(&config.matrix);
    let encryption = tokio::spawn({
        let client = client.clone();
        async move { encryption::set_up(client, &key_file).await }
    });
    // With the data folder locked: nobody else keeps states in it.
    let posts = Posts::begin(config.clone(), &located, &engine, Timestamp::now());
    let in_use = PostsInUse { engine, understanding, encoding: None, standing: posts.standing(), page };
    let done = Runner::new(config, client, Files { journal, store }, posts, in_use).await?.run(signals).await;
    encryption.abort();
    drop(data);
    done
}

/// Waits for a signal to end; a reload before anything answers is none.
async fn ended(signals: &mut Signals) {
    while matches!(signals.next().await, Signal::Reload) {}
}

/// Tests login and session without listening.
///
/// # Errors
/// As [`run`].
pub async fn check(config: &Config) -> anyhow::Result<Account> {
    let Opened { client, data: _data, .. } = open(config).await?;
    account::verify(&client, &config.matrix).await?;
    let meta = client.session_meta().context("the login made no session")?;
    Ok(Account { user_id: meta.user_id.clone(), device_id: meta.device_id.clone() })
}

/// The store of questions that [`run`] keeps, to be read beside it.
///
/// # Errors
/// Where there is no passphrase, or it is another one, or the store can't be read.
pub fn insight(config: &Config) -> anyhow::Result<Store> {
    account::keep_files_private();
    account::insight_beside(config)
}

/// All that is open while the bot runs.
struct Opened {
    data: DataFolder,
    journal: Journal,
    store: Store,
    client: Client,
}

async fn open(config: &Config) -> anyhow::Result<Opened> {
    account::keep_files_private();
    account::user_id(&config.matrix)?;
    let data = DataFolder::open(&config.data_dir)?;
    let journal = Journal::open(&data.journal())?;
    let client = account::open(&config.matrix, &data, &journal).await?;
    let store = kept(&data, &journal, config)?;
    Ok(Opened { data, journal, store, client })
}

/// What is kept of questions, but for those of which nobody knows any more who asked them: they could not be asked to be forgotten.
fn kept(data: &DataFolder, journal: &Journal, config: &Config) -> anyhow::Result<Store> {
    let mut store = data.insight(config)?;
    let known: HashSet<EventId> = journal.kept_events()?.into_iter().collect();
    let lost: Vec<EventId> =
        store.questions()?.into_iter().map(|kept| kept.event).filter(|event| !known.contains(event)).collect();
    store.forget(&lost)?;
    Ok(store)
}
