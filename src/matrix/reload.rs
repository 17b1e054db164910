//! Reading the posts again: aside, checked, then swapped in whole. At most one runs and one waits.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use notify::{RecursiveMode, Watcher};
use tokio::sync::mpsc::{Sender, UnboundedReceiver, UnboundedSender, channel, unbounded_channel};

use crate::answer::Engine;
use crate::config::Config;
use crate::loading;

use super::News;

/// Who wants the posts read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// An admin, whose message it was.
    Command(String),
    /// SIGHUP, or a change on disk.
    Outside,
}

/// Builds engines, one at a time, for as long as someone wishes.
pub(super) struct Reloader(UnboundedSender<Wish>);

/// How long wishes are gathered before an engine is built for them all.
const GATHER: Duration = Duration::from_millis(50);

impl Reloader {
    /// Starts from the engine that answers now.
    pub(super) fn start(config: Arc<Config>, engine: Arc<Engine>, news: Sender<News>) -> Self {
        let (sender, wishes) = unbounded_channel();
        tokio::spawn(run(config, engine, wishes, news));
        Self(sender)
    }

    /// Asks for a reload; all who ask before it begins share it, and each is told what came of it.
    pub(super) fn wish(&self, wish: Wish) {
        // It fails only where nobody listens to what came of it any more.
        let _ = self.0.send(wish);
    }
}

async fn run(config: Arc<Config>, mut engine: Arc<Engine>, mut wishes: UnboundedReceiver<Wish>, news: Sender<News>) {
    while let Some(first) = wishes.recv().await {
        tokio::time::sleep(GATHER).await;
        let mut together = vec![first];
        together.extend(std::iter::from_fn(|| wishes.try_recv().ok()));
        let (settings, old) = (config.clone(), engine.clone());
        let built = tokio::task::spawn_blocking(move || loading::reload(&settings, &old)).await;
        let Ok((new, outcome)) = built else {
            tracing::error!("reading the posts broke off; the old ones are kept");
            continue;
        };
        let new = new.map(Arc::new);
        if let Some(new) = &new {
            engine = new.clone();
        }
        tracing::info!(
            posts = outcome.posts,
            added = outcome.added.len(),
            changed = outcome.changed.len(),
            removed = outcome.removed.len(),
            problems = outcome.problems.len(),
            kept = outcome.kept,
            "posts reloaded"
        );
        for problem in &outcome.problems {
            tracing::warn!(problem, "in the posts");
        }
        let told = News::Reloaded { engine: new, outcome: Box::new(outcome), wishes: together };
        if news.send(told).await.is_err() {
            return;
        }
    }
}

/// How long the folder must be quiet before a change on disk counts.
const QUIET: Duration = Duration::from_millis(500);

/// Wishes for a reload whenever something changes in a folder and it has been quiet since.
///
/// # Errors
/// Where the system can't watch the folder.
pub(super) fn watch(folder: &Path, reloader: Arc<Reloader>) -> anyhow::Result<notify::RecommendedWatcher> {
    let (sender, mut changes) = channel::<()>(1);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !event.kind.is_access()) {
            // One note is enough, however many changes there are.
            let _ = sender.try_send(());
        }
    })
    .context("can't watch for changes on disk; set corpus.watch = false")?;
    watcher
        .watch(folder, RecursiveMode::NonRecursive)
        .with_context(|| format!("can't watch {}; set corpus.watch = false", folder.display()))?;
    tokio::spawn(async move {
        while changes.recv().await.is_some() {
            while tokio::time::timeout(QUIET, changes.recv()).await.is_ok_and(|change| change.is_some()) {}
            reloader.wish(Wish::Outside);
        }
    });
    Ok(watcher)
}
