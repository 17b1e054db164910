//! What the bot and the page beside it tell each other, in words that know neither Matrix nor HTTP.

use std::sync::Arc;
use std::time::Duration;

use crate::chat::{Finding, NoLink};
use crate::ids::{EventId, UserId};
use crate::insight::{Cited, Mark, Overview};
use crate::reload::Follower;

/// The page beside the bot, as the bot knows it.
pub trait Beside: Follower {
    /// Questions are kept, and this is how the page asks what is to be done about them.
    fn begin(&self, ask: Box<dyn Fn(Request) + Send + Sync>);

    /// How the bot fares can be read here from now on.
    fn vitals(&self, read: Arc<dyn Fn() -> Vitals + Send + Sync>);

    /// The bot found something to say to the questions of a message, within this time.
    fn found(&self, findings: &[Finding], took: Duration);

    /// A message of the bot's arrived so long after it was to be sent.
    fn delivered(&self, took: Duration);

    /// What is kept is to be shown so from now on.
    fn show(&self, showing: Showing);

    /// An address that logs a user in, once.
    ///
    /// # Errors
    /// Why there is none.
    fn link(&self, user: &UserId) -> Result<String, NoLink>;
}

/// What the page asks of the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Somebody who may looks at what is kept: [`Beside::show`] is wanted, now and for a while.
    Look,
    /// A group of questions, by event and part, is to be marked, or its mark taken back.
    Mark {
        /// The questions.
        questions: Vec<(EventId, usize)>,
        /// As what.
        mark: Option<Mark>,
        /// The number of the request: [`Showing::done`] tells once it is done.
        number: u64,
    },
}

/// What is shown of what is kept.
#[derive(Clone, Debug)]
pub struct Showing {
    /// All of it, for who is logged in; `None` while nobody looks: no words are held that nobody reads.
    pub overview: Option<Arc<Overview>>,
    /// How often posts were cited, for everybody.
    pub cited: Arc<Cited>,
    /// The number of the last request that was done.
    pub done: u64,
}

/// How the bot fares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vitals {
    /// Answers that are sought and messages under way.
    pub under_way: u64,
    /// Messages that wait until those before them are read.
    pub waiting: u64,
    /// How long ago the last sync came; before the first, how long ago the start was.
    pub sync_age: Duration,
}
