//! One thread that owns what is kept of questions: no answer waits for it. What fails is logged, without a word of what was asked.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;

use crate::answer::Engine;
use crate::background;
use crate::beside::Beside;
use crate::bot::{DigestFor, ToMark, ToShow};
use crate::chat::{Reply, phrases};
use crate::ids::{EventId, RoomId, UserId};
use crate::insight::{Change, Kept, Scope, Store, StoreError, Vote, ask_again, digest};
use crate::render::Block;

use super::Report;
use super::window::Window;

pub(super) type Result<T = (), E = StoreError> = std::result::Result<T, E>;

pub(super) enum Job {
    Keep {
        event: EventId,
        questions: Vec<Kept>,
        engine: Arc<Engine>,
    },
    Forget(Vec<EventId>),
    ForgetVotes(UserId),
    Leave(RoomId),
    Tidy {
        now: i64,
        keep: Duration,
    },
    Vote {
        question: EventId,
        reaction: EventId,
        voter: UserId,
        vote: Vote,
    },
    Digest {
        whom: DigestFor,
        rooms: Vec<RoomId>,
        period: Duration,
        now: i64,
        engine: Arc<Engine>,
    },
    Mark(ToMark),
    Show(ToShow, Arc<Engine>),
    AskAgain(Arc<Engine>),
    /// What asking again has changed, by the number of the round.
    Changed(usize, Vec<Change>),
    /// End, with all done that was handed over before.
    End,
}

/// Hands work to the thread.
pub(super) struct Keeper {
    jobs: Sender<Job>,
    /// The number of the last round of asking again: those before it end.
    round: Arc<AtomicUsize>,
    thread: JoinHandle<()>,
}

impl Keeper {
    /// Starts the thread; what comes of its work comes as [`Report`].
    pub(super) fn start(
        store: Store,
        reports: tokio::sync::mpsc::Sender<Report>,
        page: Option<Arc<dyn Beside>>,
    ) -> anyhow::Result<Self> {
        let (jobs, handed_over) = channel();
        let round = Arc::new(AtomicUsize::new(0));
        let window = page.map(Window::new);
        let task = Task { store, reports, jobs: jobs.clone(), round: round.clone(), window };
        let thread = std::thread::Builder::new().name("insight".to_owned());
        let thread = thread.spawn(move || task.run(&handed_over)).context("can't start the threads")?;
        Ok(Self { jobs, round, thread })
    }

    /// Has something done, after all that was handed over before.
    ///
    /// # Errors
    /// Where the thread has ended, which a panic brings about.
    pub(super) fn hand_over(&self, job: Job) -> anyhow::Result<()> {
        self.jobs.send(job).ok().context("keeping questions broke off; start again")
    }

    /// Waits until all is done that was handed over.
    pub(super) fn end(self) {
        self.round.fetch_add(1, Ordering::Relaxed);
        if self.hand_over(Job::End).is_err() || self.thread.join().is_err() {
            tracing::error!("keeping questions broke off");
        }
    }
}

struct Task {
    store: Store,
    reports: tokio::sync::mpsc::Sender<Report>,
    jobs: Sender<Job>,
    round: Arc<AtomicUsize>,
    window: Option<Window>,
}

impl Task {
    fn run(mut self, jobs: &Receiver<Job>) {
        while let Ok(job) = jobs.recv()
            && !matches!(job, Job::End)
        {
            match self.take(job) {
                Ok(Some(report)) => {
                    // It fails only where the bot is ending; what was handed over is done all the same.
                    let _ = self.reports.blocking_send(report);
                }
                Ok(None) => {}
                Err(error) => tracing::error!(%error, "what is kept of questions could not be changed"),
            }
        }
    }

    fn take(&mut self, job: Job) -> Result<Option<Report>> {
        if let Some(window) = &mut self.window {
            window.before(&job);
        }
        match job {
            Job::Keep { event, questions, engine } => self.keep(&event, &questions, &engine)?,
            Job::Forget(events) => {
                self.store.forget(&events)?;
                return Ok(Some(Report::Forgotten(events)));
            }
            Job::ForgetVotes(voter) => self.store.forget_votes_of(&voter)?,
            Job::Leave(room) => self.store.leave(&room)?,
            Job::Tidy { now, keep } => {
                if self.store.tidy(timestamp(now), keep)?
                    && let Some(window) = &mut self.window
                {
                    window.changed();
                }
            }
            Job::Mark(to_mark) => {
                self.store.mark(&to_mark.questions, to_mark.marked)?;
                if let Some(window) = &mut self.window {
                    window.marked(&to_mark);
                }
            }
            Job::Show(to_show, engine) => {
                if let Some(window) = &mut self.window {
                    window.show(&mut self.store, &engine, &to_show, timestamp(to_show.now))?;
                }
            }
            Job::Vote { question, reaction, voter, vote } => {
                self.store.vote(&question, &reaction, &voter, vote)?;
            }
            Job::Digest { whom, rooms, period, now, engine } => {
                let blocks = self.digest(&rooms, period, now, &engine);
                return Ok(Some(match whom {
                    DigestFor::Command(asked) => Report::Heard(asked, Reply::say(blocks), Vec::new()),
                    whom => Report::Digest { whom, blocks },
                }));
            }
            Job::End => {}
            Job::AskAgain(engine) => self.ask_again(engine)?,
            Job::Changed(round, changes) => {
                if round == self.round.load(Ordering::Relaxed) && !changes.is_empty() {
                    self.store.record(&changes)?;
                    return Ok(Some(Report::AskedAgain(changes)));
                }
            }
        }
        Ok(None)
    }

    /// Keeps questions, and the vectors of those without a good answer: a digest of many is quick so.
    fn keep(&mut self, event: &EventId, questions: &[Kept], engine: &Engine) -> Result {
        self.store.keep(event, questions)?;
        let open: Vec<&Kept> = questions.iter().filter(|kept| kept.is_open()).collect();
        if let Some(encoder) = engine.encoder().filter(|_| !open.is_empty()) {
            self.store.vectors(&open, &encoder)?;
        }
        Ok(())
    }

    fn digest(&mut self, rooms: &[RoomId], period: Duration, now: i64, engine: &Engine) -> Vec<Block> {
        let rooms: HashSet<&RoomId> = rooms.iter().collect();
        let scope = Scope { now: timestamp(now), period, rooms: &|room| rooms.contains(room) };
        match digest(&mut self.store, engine, &scope) {
            Ok(digest) => digest.blocks(),
            Err(error) => {
                tracing::error!(%error, "the digest can't be made");
                vec![Block::text(phrases::NO_DIGEST)]
            }
        }
    }

    /// Asks what has no good answer again, on a thread that gives way: a redaction doesn't wait for it.
    fn ask_again(&mut self, engine: Arc<Engine>) -> Result {
        let number = self.round.fetch_add(1, Ordering::Relaxed) + 1;
        let questions = self.store.questions()?;
        if questions.iter().all(Kept::well_answered) {
            return Ok(());
        }
        let (round, jobs) = (self.round.clone(), self.jobs.clone());
        let ask = move || {
            let stopped = || round.load(Ordering::Relaxed) != number;
            let changes = ask_again(&questions, &engine, Timestamp::now(), &stopped);
            tracing::info!(questions = questions.len(), changed = changes.len(), "asked again what had no good answer");
            // It fails only where the bot has ended.
            let _ = jobs.send(Job::Changed(number, changes));
        };
        let pool = background::pool("asking").inspect_err(|error| tracing::warn!(%error, "questions are not asked again"));
        if let Ok(pool) = pool {
            pool.spawn(ask);
        }
        Ok(())
    }
}

fn timestamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or_default()
}
