//! `mynah serve`: the page by itself, on the posts of a config, through reloads.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::sync::Notify;

use crate::answer::Engine;
use crate::background;
use crate::config::Config;
use crate::corpus::Diagnostic;
use crate::encoding::Encoding;
use crate::loading::Understanding;
use crate::reload::{By, Follower, Located, Order, Posts, Reloaded};
use crate::search::EncoderError;
use crate::signals::{Signal, Signals};

use super::Page;

/// Serves the page at a socket until SIGTERM or ctrl-c, and calls `ready` once it answers. It answers by words; where there is an
/// encoder, it finds out beside that what the posts mean. SIGHUP reads the posts again.
///
/// # Errors
/// Where the system gives no signals, or no folder for the states of the posts.
pub async fn serve(
    config: Config,
    listener: std::net::TcpListener,
    located: Located,
    (engine, diagnostics): (Engine, Vec<Diagnostic>),
    understanding: Option<Understanding>,
    ready: impl FnOnce(),
) -> anyhow::Result<()> {
    // First of all: a signal to reload ends a process that does not listen for it.
    let mut signals = Signals::new()?;
    let listener = super::socket(listener).context("can't listen")?;
    let site = Arc::new(Site::new(config, &located, engine, diagnostics, understanding)?);
    site.encode();
    let wished = Arc::new(Notify::new());
    tokio::spawn(reload_when(wished.clone(), site.clone()));
    let end = async {
        while matches!(signals.next().await, Signal::Reload) {
            wished.notify_one();
        }
    };
    ready();
    site.page.listen(listener, end).await;
    site.stop();
    Ok(())
}

/// Reads the posts again when that is wished for, one time after the other; all wishes meanwhile are one.
async fn reload_when(wished: Arc<Notify>, site: Arc<Site>) {
    loop {
        wished.notified().await;
        let of = site.clone();
        if let Err(panic) = tokio::task::spawn_blocking(move || of.reload()).await {
            tracing::error!(%panic, "reading the posts broke off; the old ones stay");
        }
    }
}

/// The page, and what its engines are made of.
struct Site {
    config: Config,
    page: Page,
    posts: Mutex<Posts>,
    understanding: Option<Understanding>,
    encoding: Mutex<Option<Encoding>>,
    stopped: AtomicBool,
    /// Where the states of the posts are kept meanwhile: those of the data folder are the bot's.
    _states: TempDir,
}

impl Site {
    fn new(
        config: Config,
        located: &Located,
        engine: Engine,
        diagnostics: Vec<Diagnostic>,
        understanding: Option<Understanding>,
    ) -> anyhow::Result<Self> {
        let states = tempfile::tempdir().context("can't make a folder for the states of the posts")?;
        let posts = Posts::begin_in(states.path().join("states"), config.clone(), located, &engine, Timestamp::now());
        Ok(Self {
            page: Page::new(&config, Arc::new(engine), diagnostics),
            posts: Mutex::new(posts),
            understanding,
            encoding: Mutex::new(None),
            stopped: AtomicBool::new(false),
            _states: states,
            config,
        })
    }

    /// Finds out what the posts mean, beside the answers; what was under way for other posts ends.
    fn encode(&self) {
        let Some(understanding) = self.understanding.clone() else { return };
        let encoder = understanding.encoder.clone();
        let (page, of) = (self.page.clone(), self.page.engine());
        let then = {
            let of = of.clone();
            move |engine: Result<Engine, EncoderError>| match engine {
                Ok(engine) => page.understood(&of, Arc::new(understanding.read(engine))),
                Err(error) => tracing::error!(%error, "the posts can't be encoded: answers are by words alone"),
            }
        };
        let encoding = Encoding::start(of, encoder, self.config.vectors(), then)
            .inspect_err(|error| tracing::error!(%error, "the posts can't be encoded: answers are by words alone"))
            .ok();
        if let Some(encoding) = &encoding {
            self.page.encoding(Arc::new(encoding.follow()));
        }
        *self.encoding.lock().unwrap_or_else(PoisonError::into_inner) = encoding;
    }

    fn reload(&self) {
        let carry_out = || {
            // What broke off left the posts that answer as they were.
            let mut posts = self.posts.lock().unwrap_or_else(PoisonError::into_inner);
            let stopped = || self.stopped.load(Ordering::Relaxed);
            posts.carry_out(Order::Reload, &By::Signal, &self.page.engine(), Timestamp::now(), &stopped)
        };
        let (new, outcome) = match background::pool("reloading") {
            Ok(pool) => pool.install(carry_out),
            Err(_) => carry_out(),
        };
        log(&outcome);
        let taken = new.is_some();
        self.page.reloaded(new.map(Arc::new), &outcome);
        if taken {
            self.encode();
        }
    }

    /// Ends what nobody waits for any more.
    fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        *self.encoding.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn log(outcome: &Reloaded) {
    tracing::info!(outcome = ?outcome.outcome, posts = outcome.posts, problems = outcome.problems.len(), "posts reloaded");
    for problem in &outcome.problems {
        tracing::warn!(problem, "in the posts");
    }
}
