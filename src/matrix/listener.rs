//! One thread that reads messages and finds answers, in the order in which they came: the bot's own task goes on meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::Context;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::answer::Engine;
use crate::beside::Beside;
use crate::bot::Asked;
use crate::chat::phrases::Status;
use crate::chat::{Chat, Reply, Scene};
use crate::ids::EventId;
use crate::insight::Kept;

use super::Report;

/// What the world is like as a message is read.
pub(super) struct World {
    /// What answers.
    pub engine: Arc<Engine>,
    /// Time since the bot's start.
    pub now: Duration,
    /// The time.
    pub at: Timestamp,
    /// The day.
    pub today: Date,
    /// How the bot is.
    pub status: Status,
}

enum Job {
    Hear(Box<Asked>, Box<World>),
    Forget(EventId),
}

/// Hands messages to the thread.
pub(super) struct Listener {
    jobs: Sender<Job>,
    /// Messages that the thread has not come to yet.
    waiting: Arc<AtomicUsize>,
}

impl Listener {
    /// Starts the thread; what it says comes as [`Report::Heard`].
    pub(super) fn start(
        chat: Chat,
        reports: tokio::sync::mpsc::Sender<Report>,
        page: Option<Arc<dyn Beside>>,
    ) -> anyhow::Result<Self> {
        let (jobs, handed_over) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let thread = std::thread::Builder::new().name("answers".to_owned());
        let count = waiting.clone();
        thread.spawn(move || run(chat, &handed_over, &count, &reports, page.as_deref())).context("can't start the threads")?;
        Ok(Self { jobs, waiting })
    }

    /// Has a message read.
    ///
    /// # Errors
    /// Where the thread has ended, which a panic brings about.
    pub(super) fn hear(&self, asked: Asked, world: World) -> anyhow::Result<()> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.tell(Job::Hear(Box::new(asked), Box::new(world)))
    }

    /// How many messages it has not come to yet.
    pub(super) fn waiting(&self) -> Arc<AtomicUsize> {
        self.waiting.clone()
    }

    /// Has what was said to a message forgotten.
    ///
    /// # Errors
    /// See [`Self::hear`].
    pub(super) fn forget(&self, message: &EventId) -> anyhow::Result<()> {
        self.tell(Job::Forget(message.clone()))
    }

    fn tell(&self, job: Job) -> anyhow::Result<()> {
        self.jobs.send(job).ok().context("answering broke off; start again")
    }
}

fn run(
    mut chat: Chat,
    jobs: &Receiver<Job>,
    waiting: &AtomicUsize,
    reports: &tokio::sync::mpsc::Sender<Report>,
    page: Option<&dyn Beside>,
) {
    while let Ok(job) = jobs.recv() {
        match job {
            Job::Forget(message) => chat.forget(&message),
            Job::Hear(asked, world) => {
                let behind = waiting.fetch_sub(1, Ordering::Relaxed).saturating_sub(1);
                let begun = Instant::now();
                let reply = heard(&mut chat, &asked, &world, behind);
                if let (Some(page), Some(reply)) = (page, &reply) {
                    page.found(&reply.findings, begun.elapsed());
                }
                let kept = reply.as_ref().map_or_else(Vec::new, |reply| kept(&asked, reply, &world));
                if reports.blocking_send(Report::Heard(asked, reply, kept)).is_err() {
                    return;
                }
            }
        }
    }
}

/// What is kept of the questions of a message.
fn kept(asked: &Asked, reply: &Reply, world: &World) -> Vec<Kept> {
    let Asked { message, place, .. } = asked;
    let of_part = |(part, answered)| Kept::of(&message.id, part, &message.room, world.at, answered, &world.engine, &place.people);
    reply.asked.iter().enumerate().filter_map(of_part).collect()
}

fn heard(chat: &mut Chat, asked: &Asked, world: &World, waiting: usize) -> Option<Reply> {
    let status = || world.status.clone();
    let scene = Scene {
        engine: &world.engine,
        place: &asked.place,
        now: world.now,
        today: world.today,
        counted: asked.counted,
        waiting,
        status: &status,
    };
    match asked.answered {
        None => chat.hear(&asked.message, &scene),
        Some(_) => chat.hear_again(&asked.message, &scene),
    }
}
