//! Reading the posts again: aside, checked, then swapped in whole. At most one runs and one waits.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use notify::{RecursiveMode, Watcher};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::answer::Engine;
use crate::chat::phrases::Reloaded;
use crate::config::Config;
use crate::corpus::Severity;
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
pub(super) struct Reloader(Sender<Wish>);

/// Wishes that wait while an engine is built.
const WAITING: usize = 64;

impl Reloader {
    /// Starts from the engine that answers now.
    pub(super) fn start(config: Arc<Config>, engine: Arc<Engine>, news: Sender<News>) -> Self {
        let (sender, wishes) = channel(WAITING);
        tokio::spawn(run(config, engine, wishes, news));
        Self(sender)
    }

    /// Asks for a reload; all who ask before it begins share it.
    pub(super) fn wish(&self, wish: Wish) {
        if self.0.try_send(wish).is_err() {
            tracing::warn!("too many reloads are waiting: this one is left out");
        }
    }
}

async fn run(config: Arc<Config>, mut engine: Arc<Engine>, mut wishes: Receiver<Wish>, news: Sender<News>) {
    let mut together = Vec::new();
    while wishes.recv_many(&mut together, WAITING).await > 0 {
        let (settings, old) = (config.clone(), engine.clone());
        let built = tokio::task::spawn_blocking(move || build(&settings, &old)).await;
        let (new, outcome) =
            built.unwrap_or_else(|panic| (None, failed(&engine, &anyhow::anyhow!("reading the posts broke off: {panic}"))));
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
        let told = News::Reloaded { engine: new, outcome: Box::new(outcome), wishes: std::mem::take(&mut together) };
        if news.send(told).await.is_err() {
            return;
        }
    }
}

/// A new engine, if all is well, and what to say of it.
fn build(config: &Config, old: &Engine) -> (Option<Arc<Engine>>, Reloaded) {
    let checked = match loading::check(config, None) {
        Ok(checked) => checked,
        Err(error) => return (None, failed(old, &error)),
    };
    // A golden question that no longer holds is told, and no reason to refuse what the community has changed.
    let golden = config.corpus.questions.as_ref().map(|file| file.display().to_string());
    let (errors, kept) = {
        let errors: Vec<_> = checked.diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
        let kept = errors.iter().any(|d| golden.as_ref() != Some(&d.file));
        (errors.iter().map(ToString::to_string).collect(), kept)
    };
    if kept {
        return (None, Reloaded { problems: errors, ..refused(old) });
    }
    match checked.into_engine(config) {
        Ok(new) => {
            let outcome = Reloaded { problems: errors, ..difference(old, &new) };
            (Some(Arc::new(new)), outcome)
        }
        Err(error) => (None, failed(old, &error)),
    }
}

fn refused(old: &Engine) -> Reloaded {
    Reloaded { posts: old.corpus().posts.len(), kept: true, ..Reloaded::default() }
}

fn failed(old: &Engine, error: &anyhow::Error) -> Reloaded {
    Reloaded { problems: vec![format!("{error:#}")], ..refused(old) }
}

/// Which files differ between two engines.
fn difference(old: &Engine, new: &Engine) -> Reloaded {
    fn texts(engine: &Engine) -> BTreeMap<&str, &str> {
        engine.corpus().posts.iter().map(|post| (post.file.as_str(), post.text.as_str())).collect()
    }
    let (before, after) = (texts(old), texts(new));
    let named = |files: Vec<&&str>| files.into_iter().map(|file| (*file).to_owned()).collect();
    Reloaded {
        posts: after.len(),
        added: named(after.keys().filter(|file| !before.contains_key(*file)).collect()),
        changed: named(
            after.iter().filter(|(file, text)| before.get(*file).is_some_and(|old| old != *text)).map(|(file, _)| file).collect(),
        ),
        removed: named(before.keys().filter(|file| !after.contains_key(*file)).collect()),
        problems: Vec::new(),
        kept: false,
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
