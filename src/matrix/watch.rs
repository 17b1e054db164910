//! Changes on disk: of files, in subfolders, and of the folder as a whole, by a rename or a link that is switched.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::Instant;

use crate::reload::By;

use super::reload::{ReloadRequest, Reloader};

/// How long the folder must be quiet before a change on disk counts.
const QUIET: Duration = Duration::from_millis(500);
/// How long a folder that is never quiet may delay a reload.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked whether the folder is still the same one: a folder that has moved away tells nothing of what stands in
/// its place now.
const LOOK: Duration = Duration::from_secs(1);

/// Watches for as long as it is held.
pub(super) struct Watching(tokio::task::JoinHandle<()>);

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Wishes for a reload whenever something has changed in a folder and it is quiet since, or has not been for [`PATIENCE`].
///
/// # Errors
/// Where the system can't watch the folder.
pub(super) fn start(folder: &Path, reloader: Arc<Reloader>) -> anyhow::Result<Watching> {
    let (sender, changes) = channel::<()>(1);
    let (place, watcher) = (Place::of(folder), watcher(folder, sender.clone())?);
    let watched = Watched { folder: folder.to_owned(), place, watcher: Some(watcher), sender };
    Ok(Watching(tokio::spawn(watch(watched, changes, reloader))))
}

/// Which folder a path leads to.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    path: PathBuf,
    /// Device and file number: another folder of the same name has others.
    number: (u64, u64),
}

impl Place {
    fn of(folder: &Path) -> Option<Self> {
        let path = folder.canonicalize().ok()?;
        let found = path.metadata().ok().filter(std::fs::Metadata::is_dir)?;
        Some(Self { path, number: number(&found) })
    }
}

#[cfg(unix)]
fn number(found: &std::fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (found.dev(), found.ino())
}

#[cfg(not(unix))]
fn number(_: &std::fs::Metadata) -> (u64, u64) {
    (0, 0)
}

/// A folder and what tells of changes in it.
struct Watched {
    folder: PathBuf,
    place: Option<Place>,
    watcher: Option<RecommendedWatcher>,
    sender: Sender<()>,
}

impl Watched {
    /// Turns to the folder that stands here now; whether it is another one.
    fn turn(&mut self) -> bool {
        let place = Place::of(&self.folder);
        if place == self.place && (self.watcher.is_some() || place.is_none()) {
            return false;
        }
        let is_there = place.is_some();
        if self.place.is_some() && !is_there {
            tracing::warn!("the folder of posts is gone; the posts stay, and are read again when it is back");
        }
        self.watcher = None;
        if is_there {
            match watcher(&self.folder, self.sender.clone()) {
                Ok(watcher) => self.watcher = Some(watcher),
                Err(error) => tracing::warn!("{error:#}; tried again"),
            }
        }
        // One that can't be watched yet is turned to again.
        self.place = place.filter(|_| self.watcher.is_some());
        self.place.is_some()
    }
}

fn watcher(folder: &Path, sender: Sender<()>) -> anyhow::Result<RecommendedWatcher> {
    let tell = move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !event.kind.is_access()) {
            // One note is enough, however many changes there are.
            let _ = sender.try_send(());
        }
    };
    let mut watcher = notify::recommended_watcher(tell).context("can't watch for changes on disk; set corpus.watch = false")?;
    watcher
        .watch(folder, RecursiveMode::Recursive)
        .with_context(|| format!("can't watch {}; set corpus.watch = false", folder.display()))?;
    Ok(watcher)
}

async fn watch(mut watched: Watched, mut changes: Receiver<()>, reloader: Arc<Reloader>) {
    let mut look = tokio::time::interval(LOOK);
    loop {
        let changed = tokio::select! {
            change = changes.recv() => change.is_some(),
            _ = look.tick() => watched.turn(),
        };
        if changed {
            quiet(&mut changes, QUIET, PATIENCE).await;
            // What stands here after all the changes is what is read.
            watched.turn();
            reloader.request(ReloadRequest::outside(By::Disk));
        }
    }
}

/// Waits until nothing has changed for a while, or patience ends.
async fn quiet(changes: &mut Receiver<()>, quiet: Duration, patience: Duration) {
    let deadline = Instant::now() + patience;
    while Instant::now() < deadline {
        let wait = quiet.min(deadline - Instant::now());
        if tokio::time::timeout(wait, changes.recv()).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_keeps_changing_delays_a_reload_for_as_long_as_there_is_patience() {
        let (short, patience) = (Duration::from_millis(200), Duration::from_secs(1));
        let (sender, mut changes) = channel::<()>(1);
        let busy = tokio::spawn(async move {
            while sender.send(()).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let begun = Instant::now();
        quiet(&mut changes, short, patience).await;
        assert!(begun.elapsed() >= patience && begun.elapsed() < patience * 3, "{:?}", begun.elapsed());
        busy.abort();
        let (_sender, mut changes) = channel::<()>(1);
        let begun = Instant::now();
        quiet(&mut changes, short, patience).await;
        assert!(begun.elapsed() >= short && begun.elapsed() < patience, "{:?}", begun.elapsed());
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_is_replaced_or_a_link_that_is_switched_is_another_place() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        std::fs::create_dir(path("a")).unwrap();
        std::fs::create_dir(path("b")).unwrap();
        std::os::unix::fs::symlink("a", path("link")).unwrap();
        let (folder, link) = (Place::of(&path("a")), Place::of(&path("link")));
        assert_eq!(folder, link);
        std::os::unix::fs::symlink("b", path("next")).unwrap();
        std::fs::rename(path("next"), path("link")).unwrap();
        assert_ne!(Place::of(&path("link")), link);
        std::fs::rename(path("a"), path("gone")).unwrap();
        assert_eq!(Place::of(&path("a")), None);
        std::fs::rename(path("b"), path("a")).unwrap();
        assert_ne!(Place::of(&path("a")), folder);
    }
}
