//! Where the posts lie now: the config's folder, or the copy of its git repository.

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

/// A config whose posts lie in a folder.
#[derive(Clone, Debug)]
pub struct Located {
    /// The config, with that folder as `corpus.path`.
    pub config: Config,
    /// The commits of its git sources.
    pub commits: Vec<Commit>,
    /// Why a remote could not be fetched, where the copy from before had to do.
    pub away: Vec<String>,
}

/// Whether the config's posts come from git.
pub fn is_git(config: &Config) -> bool {
    config.corpus.git.is_some()
}

fn git_source(config: &Config) -> Option<GitSource> {
    let corpus = &config.corpus;
    let address = corpus.git.clone()?;
    Some(GitSource { address, branch: corpus.branch.clone(), folder: corpus.folder.clone() })
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
    let mut located = Located { config: config.clone(), commits: Vec::new(), away: Vec::new() };
    let Some(source) = git_source(config) else { return Ok(located) };
    let copies = copies(config);
    // A copy without the folder that is wanted may be an old one.
    let known = existing(&source, &copies).unwrap_or_default();
    let copy = match (known, fetching) {
        (Some(copy), Fetching::IfMissing) => copy,
        (known, _) => {
            if known.is_none() {
                tracing::info!(from = source.shown(), "fetching the posts for the first time");
            }
            match (fetch_unless(&source, &copies, config.corpus.fetch_within.0, stopped), known) {
                (Ok(copy), _) => copy,
                (Err(error), Some(copy)) => {
                    located.away.push(format!("{error}; the copy of commit {} stays", copy.short_commit()));
                    copy
                }
                (Err(error), None) => return Err(error),
            }
        }
    };
    located.commits.push(Commit::of(&source, &copy));
    located.config.corpus.path = copy.folder;
    Ok(located)
}
