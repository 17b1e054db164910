//! One thread that reads messages and finds answers, in the order in which they came: the bot's own task goes on meanwhile.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use anyhow::Context;
use jiff::civil::Date;
use matrix_sdk::Room;
use matrix_sdk::ruma::OwnedEventId;

use crate::answer::Engine;
use crate::chat::phrases::Status;
use crate::chat::{Chat, Message, Place, Reply, Scene};

use super::News;

/// A message that is meant for the bot, with what is known as it is asked.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// The event that calls for words: the message, or its edit.
    pub cause: String,
    /// The message.
    pub message: Message,
    /// Where it stands.
    pub room: Room,
    /// What the room is like.
    pub place: Place,
    /// The answer that an edited message has already.
    pub answered: Option<OwnedEventId>,
    /// Whether it counts towards the limits.
    pub counted: bool,
}

/// What the world is like as a message is read.
pub(super) struct World {
    /// What answers.
    pub engine: Arc<Engine>,
    /// Time since the bot's start.
    pub now: Duration,
    /// The day.
    pub today: Date,
    /// How the bot is.
    pub status: Status,
}

enum Job {
    Hear(Box<Asked>, World),
    Forget(String),
}

/// Hands messages to the thread.
pub(super) struct Listener(Sender<Job>);

impl Listener {
    /// Starts the thread; what it says comes as [`News::Heard`].
    pub(super) fn start(chat: Chat, news: tokio::sync::mpsc::Sender<News>) -> anyhow::Result<Self> {
        let (jobs, waiting) = channel();
        let thread = std::thread::Builder::new().name("answers".to_owned());
        thread.spawn(move || run(chat, &waiting, &news)).context("can't start the threads")?;
        Ok(Self(jobs))
    }

    /// Has a message read.
    ///
    /// # Errors
    /// Where the thread has ended, which a panic brings about.
    pub(super) fn hear(&self, asked: Asked, world: World) -> anyhow::Result<()> {
        self.tell(Job::Hear(Box::new(asked), world))
    }

    /// Has what was said to a message forgotten.
    ///
    /// # Errors
    /// See [`Self::hear`].
    pub(super) fn forget(&self, message: &str) -> anyhow::Result<()> {
        self.tell(Job::Forget(message.to_owned()))
    }

    fn tell(&self, job: Job) -> anyhow::Result<()> {
        self.0.send(job).ok().context("answering broke off; start again")
    }
}

fn run(mut chat: Chat, jobs: &Receiver<Job>, news: &tokio::sync::mpsc::Sender<News>) {
    while let Ok(job) = jobs.recv() {
        match job {
            Job::Forget(message) => chat.forget(&message),
            Job::Hear(asked, world) => {
                let reply = heard(&mut chat, &asked, &world);
                if news.blocking_send(News::Heard(asked, reply)).is_err() {
                    return;
                }
            }
        }
    }
}

fn heard(chat: &mut Chat, asked: &Asked, world: &World) -> Option<Reply> {
    let status = || world.status.clone();
    let scene = Scene {
        engine: &world.engine,
        place: &asked.place,
        now: world.now,
        today: world.today,
        counted: asked.counted,
        status: &status,
    };
    match asked.answered {
        None => chat.hear(&asked.message, &scene),
        Some(_) => chat.hear_again(&asked.message, &scene),
    }
}
