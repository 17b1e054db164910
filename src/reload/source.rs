//! Where the posts lie now: the config's folders, and the copies of its git repositories.

use std::collections::HashMap;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::sites::git::{Copy, GitError, GitSource, existing, fetch_unless};

/// A commit that posts are of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// The repository's address, without password and path.
    pub address: String,
    /// The commit's name in short.
    pub commit: String,
    /// When it was made, in seconds since 1970.
    pub at: i64,
}

impl Commit {
    fn of(source: &GitSource, copy: &Copy) -> Self {
        let (address, commit) = (source.shown(), copy.short_commit().to_owned());
        Self { address, commit, at: copy.committed_at.as_second() }
    }

    /// When it was made.
    pub fn at(&self) -> Timestamp {
        Timestamp::from_second(self.at).unwrap_or_default()
    }
}

/// When a repository is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetching {
    /// Now; while the remote is away, the copy that is there will do.
    Now,
    /// Only where there is no copy yet.
    IfMissing,
}

/// A config whose posts lie in folders.
#[derive(Clone, Debug)]
pub struct Located {
    /// The config, with those folders as its paths.
    pub config: Config,
    /// The commits of its git sources.
    pub commits: Vec<Commit>,
    /// Why a remote could not be fetched, where the copy from before had to do.
    pub away: Vec<String>,
}

/// Where the copies of git repositories are kept.
pub fn copies(config: &Config) -> PathBuf {
    config.data_dir.join("copies")
}

/// Finds the config's posts, and fetches them where they come from git.
///
/// # Errors
/// [`GitError`] where there is no copy and none can be made.
pub fn locate(config: &Config, fetching: Fetching, stopped: &(dyn Fn() -> bool + Sync)) -> Result<Located, GitError> {
    let (mut commits, mut away, mut folders) = (Vec::new(), Vec::new(), HashMap::new());
    for source in config.corpus.each_source() {
        let Some(git) = source.git_source() else {
            folders.insert(source.name, source.path);
            continue;
        };
        let (copy, why) = copied(&git, config, fetching, stopped)?;
        away.extend(why);
        commits.push(Commit::of(&git, &copy));
        folders.insert(source.name, copy.folder);
    }
    let corpus = config.corpus.clone().in_folders(|name| folders.remove(name).unwrap_or_default());
    Ok(Located { config: Config { corpus, ..config.clone() }, commits, away })
}

/// The copy of a repository, and why it is the one from before, where the remote is away.
fn copied(
    source: &GitSource,
    config: &Config,
    fetching: Fetching,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<(Copy, Option<String>), GitError> {
    let copies = copies(config);
    // A copy without the folder that is wanted may be an old one.
    let known = existing(source, &copies).unwrap_or_default();
    let known = match (known, fetching) {
        (Some(copy), Fetching::IfMissing) => return Ok((copy, None)),
        (known, _) => known,
    };
    if known.is_none() {
        tracing::info!(from = source.shown(), "fetching the posts for the first time");
    }
    match (fetch_unless(source, &copies, config.corpus.fetch_within.0, stopped), known) {
        (Ok(copy), _) => Ok((copy, None)),
        (Err(error), Some(copy)) => {
            let why = format!("{error}; the copy of commit {} stays", copy.short_commit());
            Ok((copy, Some(why)))
        }
        (Err(error), None) => Err(error),
    }
}
