//! A site's repository as a shallow copy in the data folder, made and renewed by the `git` program.
//!
//! A copy is a bare repository with one checkout a commit beside it: whoever reads one checkout is not disturbed when the next
//! one is made, and a checkout is there whole or not at all.
//!
//! ```text
//! copies/site-1f2e3d4c5b6a/          one address and branch
//!     repository/                    what was fetched, bare
//!     0123abcd…/                     the checkout of a commit
//!     current                        which commit it is that is read
//!     lock
//! ```

mod command;

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use command::{Failure, Limits, git, run};

/// Where posts are fetched from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitSource {
    /// The repository's address: `https://…`, `ssh://…`, `git://…`, `user@host:path`, or a folder of this machine.
    pub address: String,
    /// The branch; without it, the repository's own choice.
    pub branch: Option<String>,
    /// The folder in the repository; without it, the whole.
    pub folder: Option<PathBuf>,
}

/// A repository's files at one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The source's folder in the checkout.
    pub folder: PathBuf,
    /// The checkout.
    pub root: PathBuf,
    /// The commit's full name.
    pub commit: String,
    /// When it was made, by its own account.
    pub committed_at: Timestamp,
}

impl Copy {
    /// The commit's name as people write it: its first ten digits.
    pub fn short_commit(&self) -> &str {
        self.commit.get(..10).unwrap_or(&self.commit)
    }
}

/// Why a repository can't be copied. No message holds a password or a path of this machine.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The address, branch or folder makes no sense.
    #[error("{0}")]
    Malformed(String),
    /// There is no `git` program.
    #[error("posts from {address} need the `git` program, which can't be run: {cause}")]
    NoProgram {
        /// The address.
        address: String,
        /// What the system says.
        cause: io::Error,
    },
    /// It took too long.
    #[error("{address} did not answer in full within {seconds} s")]
    TimeIsUp {
        /// The address.
        address: String,
        /// The limit.
        seconds: u64,
    },
    /// The branch is not there.
    #[error("{address} has no branch `{branch}`")]
    NoBranch {
        /// The address.
        address: String,
        /// The branch.
        branch: String,
    },
    /// The repository is empty.
    #[error("{address} has no commit yet")]
    NoCommit {
        /// The address.
        address: String,
    },
    /// The folder is not there.
    #[error("{address} has no folder `{folder}` at commit {commit}")]
    NoFolder {
        /// The address.
        address: String,
        /// The folder.
        folder: String,
        /// The commit, in short.
        commit: String,
    },
    /// The remote can't be reached or refuses.
    #[error("can't fetch {address}: {message}")]
    Refused {
        /// The address.
        address: String,
        /// What git says.
        message: String,
    },
    /// The copy can't be written.
    #[error("can't keep a copy of {address}: {cause}")]
    Unwritable {
        /// The address.
        address: String,
        /// What the system or git says.
        cause: String,
    },
    /// Nobody wanted it any more.
    #[error("fetching {address} was broken off")]
    Stopped {
        /// The address.
        address: String,
    },
}

/// Fetches what is new and returns the copy, in at most so long. `copies` is the folder that holds all of them.
///
/// # Errors
/// [`GitError`]; what was copied before stays, and [`existing`] finds it.
pub fn fetch(source: &GitSource, copies: &Path, timeout: Duration) -> Result<Copy, GitError> {
    fetch_unless(source, copies, timeout, &|| false)
}

/// As [`fetch`], until `stopped` tells that nobody wants it any more.
///
/// # Errors
/// As [`fetch`], and [`GitError::Stopped`].
pub fn fetch_unless(
    source: &GitSource,
    copies: &Path,
    timeout: Duration,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Copy, GitError> {
    source.checked()?;
    let shelf = Shelf::of(source, copies, timeout);
    let limits = Limits { deadline: Instant::now() + timeout, stopped };
    fs::create_dir_all(&shelf.root).map_err(|error| shelf.unwritable(&error))?;
    let _lock = shelf.lock(&limits)?;
    let commit = shelf.fetched(&limits)?;
    let current = match shelf.check_out(&commit, &limits) {
        // What was fetched once is damaged, by a machine that went down perhaps: it is fetched anew.
        Err(GitError::Refused { .. }) => {
            fs::remove_dir_all(shelf.repository()).map_err(|error| shelf.unwritable(&error))?;
            let commit = shelf.fetched(&limits)?;
            shelf.check_out(&commit, &limits)?
        }
        made => made?,
    };
    let copy = shelf.copy(&current)?;
    shelf.write_current(&current).map_err(|error| shelf.unwritable(&error))?;
    shelf.tidy(&current.commit);
    Ok(copy)
}

/// The copy that was fetched last, as far as it is there.
///
/// # Errors
/// [`GitError`] where the source makes no sense or its folder is not in the copy.
pub fn existing(source: &GitSource, copies: &Path) -> Result<Option<Copy>, GitError> {
    source.checked()?;
    let shelf = Shelf::of(source, copies, Duration::ZERO);
    shelf.current().filter(|current| shelf.checkout(&current.commit).is_dir()).map(|current| shelf.copy(&current)).transpose()
}

impl GitSource {
    /// The address without its password, and of a folder of this machine the last name only.
    pub fn shown(&self) -> String {
        let address = self.address.strip_prefix("file://").unwrap_or(&self.address);
        if address.starts_with(['/', '.', '~']) {
            let name = address.trim_end_matches('/').rsplit('/').find(|name| *name != ".git").unwrap_or(address);
            return name.to_owned();
        }
        let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
        let (host, path) = rest.split_once('/').map_or((rest, ""), |(host, path)| (host, path));
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        if path.is_empty() { format!("{scheme}://{host}") } else { format!("{scheme}://{host}/{path}") }
    }

    /// # Errors
    /// [`GitError::Malformed`] where git would read something else than an address, a branch or a folder.
    pub fn checked(&self) -> Result<(), GitError> {
        let wrong = |message: String| Err(GitError::Malformed(message));
        let address = self.address.as_str();
        let odd = |text: &str| text.is_empty() || text.starts_with('-') || text.chars().any(|c| c.is_control() || c == ' ');
        if odd(address) {
            return wrong(format!("`{}` is no address of a git repository", address.escape_debug()));
        }
        // `ext::sh -c …` and its like name a program that is to be run.
        let scheme: String = address.chars().take_while(|c| c.is_ascii_alphanumeric() || "+.-".contains(*c)).collect();
        let rest = &address[scheme.len()..];
        if rest.starts_with("::") {
            return wrong(format!("a git address of the kind `{scheme}::` is not taken: write https://…, ssh://… or git://…"));
        }
        if rest.starts_with("://") && !["https", "http", "ssh", "git", "file"].contains(&scheme.as_str()) {
            return wrong(format!("a git address of the kind `{scheme}://` is not taken: write https://…, ssh://… or git://…"));
        }
        let host = rest.strip_prefix("://").unwrap_or(address);
        let host = host.split_once('@').map_or(host, |(_, host)| host);
        if host.starts_with('-') {
            return wrong(format!("`{address}` is no address of a git repository"));
        }
        if let Some(branch) = self.branch.as_deref().filter(|branch| !is_branch(branch)) {
            return wrong(format!("`{}` is no name of a branch", branch.escape_debug()));
        }
        let inside = |folder: &PathBuf| folder.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if let Some(folder) = self.folder.as_ref().filter(|folder| !inside(folder)) {
            return wrong(format!("the folder `{}` must lie in the repository: no `..`, no `/` at the start", folder.display()));
        }
        Ok(())
    }

    /// Where its copy lies: readable, and another one for each address and branch.
    fn folder_name(&self) -> String {
        let name = self.address.trim_end_matches('/').trim_end_matches(".git").rsplit(['/', ':']).next().unwrap_or_default();
        let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect();
        let digest = Sha256::digest(format!("{}\0{}", self.address, self.branch.as_deref().unwrap_or_default()));
        let digest: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{digest}", if name.is_empty() { "site" } else { &name })
    }
}

/// Whether a name is one that a branch may have, by `git check-ref-format`'s rules.
fn is_branch(name: &str) -> bool {
    let odd = |c: char| c.is_control() || c.is_whitespace() || "~^:?*[\\".contains(c);
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    !name.starts_with('-')
        && !name.ends_with('.')
        && !name.contains("..")
        && !name.contains("@{")
        && !name.contains(odd)
        && name.split('/').all(part)
}

/// Which commit of a copy is read.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Current {
    commit: String,
    /// Seconds since 1970.
    committed_at: i64,
}

/// Where git keeps the commit that was fetched.
const FETCHED: &str = "refs/mynah/fetched";

/// The folder of one source's copy.
struct Shelf<'a> {
    source: &'a GitSource,
    root: PathBuf,
    timeout: Duration,
}

impl<'a> Shelf<'a> {
    fn of(source: &'a GitSource, copies: &Path, timeout: Duration) -> Self {
        // git is started in another folder than this process.
        let copies = std::path::absolute(copies).unwrap_or_else(|_| copies.to_owned());
        Self { source, root: copies.join(source.folder_name()), timeout }
    }

    fn repository(&self) -> PathBuf {
        self.root.join("repository")
    }

    fn checkout(&self, commit: &str) -> PathBuf {
        self.root.join(commit)
    }

    fn current(&self) -> Option<Current> {
        let current: Current = serde_json::from_slice(&fs::read(self.root.join("current")).ok()?).ok()?;
        is_commit(&current.commit).then_some(current)
    }

    fn write_current(&self, current: &Current) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.root)?;
        file.write_all(&serde_json::to_vec(current)?)?;
        file.as_file().sync_all()?;
        file.persist(self.root.join("current"))?;
        Ok(())
    }

    /// Waits for another process that is at the same copy.
    fn lock(&self, limits: &Limits<'_>) -> Result<File, GitError> {
        let lock = File::options().create(true).truncate(false).write(true).open(self.root.join("lock"));
        let lock = lock.map_err(|error| self.unwritable(&error))?;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(lock),
                Err(TryLockError::Error(error)) => return Err(self.unwritable(&error)),
                Err(TryLockError::WouldBlock) if (limits.stopped)() => return Err(self.failed(Failure::Stopped)),
                Err(TryLockError::WouldBlock) if Instant::now() >= limits.deadline => {
                    return Err(self.failed(Failure::TimeIsUp));
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    /// Fetches the branch's last commit, and returns its name.
    fn fetched(&self, limits: &Limits<'_>) -> Result<String, GitError> {
        let repository = self.repository();
        remove_leftovers(&repository);
        if repository.exists() && !self.is_whole(limits) {
            fs::remove_dir_all(&repository).map_err(|error| self.unwritable(&error))?;
        }
        if !repository.join("HEAD").is_file() {
            let mut init = git(&repository);
            init.args(["init", "--quiet", "--bare", "--template="]);
            run(&mut init, limits).map_err(|failure| self.failed(failure))?;
        }
        let from = self.source.branch.as_ref().map_or("HEAD".to_owned(), |branch| format!("refs/heads/{branch}"));
        let mut fetch = git(&repository);
        fetch.args(["fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--force", "--"]);
        fetch.arg(&self.source.address).arg(format!("+{from}:{FETCHED}"));
        run(&mut fetch, limits).map_err(|failure| self.failed(failure))?;
        let mut parse = git(&repository);
        parse.args(["rev-parse", "--verify", "--quiet", &format!("{FETCHED}^{{commit}}")]);
        let commit = run(&mut parse, limits).map_err(|failure| self.failed(failure))?.trim().to_owned();
        if is_commit(&commit) { Ok(commit) } else { Err(self.failed(Failure::Refused(format!("an odd commit: {commit}")))) }
    }

    /// Whether what was fetched before can be read: git builds on it.
    fn is_whole(&self, limits: &Limits<'_>) -> bool {
        let mut parse = git(&self.repository());
        parse.args(["rev-parse", "--verify", "--quiet", &format!("{FETCHED}^{{tree}}")]);
        !matches!(run(&mut parse, limits), Err(Failure::Refused(_)))
    }

    /// Writes a commit's files into a folder of their own, where they are not there yet.
    fn check_out(&self, commit: &str, limits: &Limits<'_>) -> Result<Current, GitError> {
        let mut show = git(&self.repository());
        show.args(["show", "--no-patch", "--format=%ct", commit, "--"]);
        let seconds = run(&mut show, limits).map_err(|failure| self.failed(failure))?;
        let current = Current { commit: commit.to_owned(), committed_at: seconds.trim().parse().unwrap_or_default() };
        let folder = self.checkout(commit);
        if folder.is_dir() {
            return Ok(current);
        }
        let unwritable = |error: io::Error| self.unwritable(&error);
        let unfinished = tempfile::Builder::new().prefix("unfinished-").tempdir_in(&self.root).map_err(unwritable)?;
        let (files, index) = (unfinished.path().join("files"), unfinished.path().join("index"));
        fs::create_dir(&files).map_err(unwritable)?;
        for arguments in [&["read-tree", commit][..], &["checkout-index", "--all", "--force", "--quiet"]] {
            let mut step = git(&self.repository());
            step.arg("--work-tree").arg(&files).args(arguments).env("GIT_INDEX_FILE", &index).current_dir(&files);
            run(&mut step, limits).map_err(|failure| self.failed(failure))?;
        }
        let root = files.canonicalize().map_err(unwritable)?;
        remove_leading_out(&root, &root).map_err(unwritable)?;
        fs::rename(&files, &folder).map_err(unwritable)?;
        Ok(current)
    }

    fn copy(&self, current: &Current) -> Result<Copy, GitError> {
        let root = self.checkout(&current.commit);
        let commit = current.commit.clone();
        let committed_at = Timestamp::from_second(current.committed_at).unwrap_or_default();
        let mut copy = Copy { folder: root.clone(), root, commit, committed_at };
        if let Some(folder) = &self.source.folder {
            copy.folder = copy.root.join(folder);
            if !copy.folder.is_dir() {
                return Err(GitError::NoFolder {
                    address: self.source.shown(),
                    folder: folder.display().to_string(),
                    commit: copy.short_commit().to_owned(),
                });
            }
        }
        Ok(copy)
    }

    /// Removes the checkouts but for this commit's and the newest of the others, which somebody may still be reading.
    fn tidy(&self, commit: &str) {
        let Ok(entries) = fs::read_dir(&self.root) else { return };
        let mut others: Vec<_> = entries
            .flatten()
            .filter(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                name != commit && (is_commit(&name) || name.starts_with("unfinished-"))
            })
            .map(|entry| (entry.metadata().and_then(|found| found.modified()).ok(), entry.path()))
            .collect();
        others.sort();
        others.pop();
        for (_, path) in others {
            // What is left is removed after the next fetch.
            let _ = fs::remove_dir_all(path);
        }
    }

    fn unwritable(&self, cause: &io::Error) -> GitError {
        GitError::Unwritable { address: self.source.shown(), cause: cause.to_string() }
    }

    fn failed(&self, failure: Failure) -> GitError {
        let address = self.source.shown();
        match failure {
            Failure::Unrunnable(cause) => GitError::NoProgram { address, cause },
            Failure::TimeIsUp => GitError::TimeIsUp { address, seconds: self.timeout.as_secs() },
            Failure::Stopped => GitError::Stopped { address },
            Failure::Refused(said) if said.contains("couldn't find remote ref") => match &self.source.branch {
                Some(branch) => GitError::NoBranch { address, branch: branch.clone() },
                None => GitError::NoCommit { address },
            },
            Failure::Refused(said) if said.contains("No space left on device") => {
                GitError::Unwritable { address, cause: "the disk is full".to_owned() }
            }
            Failure::Refused(said) => GitError::Refused { message: self.in_short(&said), address },
        }
    }

    /// What git says, in one line, without what the remote itself says and without the password of the address.
    fn in_short(&self, said: &str) -> String {
        let lines = said.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("remote:"));
        let lines: Vec<&str> = lines.filter(|line| line.starts_with("fatal:") || line.starts_with("error:")).collect();
        let told = lines.first().map_or("git gave up", |line| line.split_once(": ").map_or(*line, |(_, rest)| rest));
        let place = self.root.display().to_string();
        let told = told.replace(&self.source.address, &self.source.shown()).replace(&place, "the copy");
        let told = self
            .source
            .address
            .split_once("://")
            .and_then(|(_, rest)| rest.split_once('@'))
            .map_or(told.clone(), |(user, _)| told.replace(&format!("{user}@"), ""));
        told.chars().filter(|c| !c.is_control()).take(MOST_SAID_CHARS).collect()
    }
}

/// Characters of git's own words in an error.
const MOST_SAID_CHARS: usize = 300;

fn is_commit(name: &str) -> bool {
    matches!(name.len(), 40 | 64) && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Removes what a fetch leaves behind that was ended: locks, which would stop the next one, and half a pack. Nobody else is at
/// the repository.
fn remove_leftovers(repository: &Path) {
    let stale = |folder: &Path, is_stale: &dyn Fn(&str) -> bool| {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if is_stale(&entry.file_name().to_string_lossy()) {
                // Should it stay, git tells.
                let _ = fs::remove_file(entry.path());
            }
        }
    };
    stale(repository, &|name| name.ends_with(".lock"));
    stale(&repository.join("refs/mynah"), &|name| name.ends_with(".lock"));
    stale(&repository.join("objects/pack"), &|name| name.starts_with("tmp_"));
}

/// Removes links that lead out of the checkout, nowhere, or round in a circle.
fn remove_leading_out(folder: &Path, root: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_symlink() {
            let inside = path.canonicalize().is_ok_and(|target| target.starts_with(root) && !path.starts_with(&target));
            if !inside {
                fs::remove_file(&path)?;
            }
        } else if kind.is_dir() {
            remove_leading_out(&path, root)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(address: &str) -> GitSource {
        GitSource { address: address.to_owned(), ..GitSource::default() }
    }

    #[test]
    fn addresses_that_git_would_read_as_something_else_are_refused() {
        for address in [
            "",
            "-u./run",
            "--upload-pack=run",
            "ext::sh -c run",
            "ext::run",
            "fd::3",
            "gopher://a.org/b",
            "ssh://-oProxyCommand=run/x",
            "ssh://me@-oProxyCommand=run/x",
            "-host:path",
            "https://a.org/b\nc",
        ] {
            assert!(source(address).checked().is_err(), "{address:?}");
        }
        for address in [
            "https://a.org/b.git",
            "git://a.org:9418/b",
            "ssh://git@a.org/b",
            "git@a.org:b/c.git",
            "/srv/b.git",
            "file:///srv/b",
            "../b",
        ] {
            assert!(source(address).checked().is_ok(), "{address:?}");
        }
    }

    #[test]
    fn branches_and_folders_stay_what_they_are() {
        for branch in ["-x", "a:b", "a b", "..", "a..b", "", "a/", "x.lock", "a^", "a*"] {
            assert!(GitSource { branch: Some(branch.to_owned()), ..source("/x") }.checked().is_err(), "{branch:?}");
        }
        for folder in ["../x", "/etc", "a/../../b"] {
            assert!(GitSource { folder: Some(folder.into()), ..source("/x") }.checked().is_err(), "{folder:?}");
        }
        let good = GitSource { branch: Some("release/5.0".to_owned()), folder: Some("content/blog".into()), ..source("/x") };
        assert!(good.checked().is_ok());
    }

    #[test]
    fn what_is_shown_holds_no_password_and_no_path() {
        assert_eq!(source("https://me:token@a.org/b.git").shown(), "https://a.org/b.git");
        assert_eq!(source("git@a.org:b/c.git").shown(), "git@a.org:b/c.git");
        assert_eq!(source("/srv/git/site.git").shown(), "site.git");
        assert_eq!(source("file:///srv/git/site/.git").shown(), "site");
    }
}
