//! The last states of the posts, kept in the data folder, so that an earlier one can be brought back.
//!
//! A state is a copy of every file that posts are made of. A file that is the same as in the state before is the same file on
//! disk, by a hard link, so that a state takes little more room than what has changed.
//!
//! ```text
//! states/1f2e3d4c5b6a7988/posts/…   the files of a state, by what is in them
//! states/states.json                which states there are, newest first, and which one answers
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{By, Commit};

/// Earlier states that are kept beside the one that answers.
pub const EARLIER_STATES: usize = 3;
/// A state of more bytes is not kept. The 2,289 posts of a large community have 15 MB.
const MOST_BYTES: u64 = 256 << 20;
/// A file larger than this is no post, and no setting of a site.
const MOST_FILE_BYTES: u64 = crate::corpus::MAX_FILE_BYTES;
/// What posts and the settings of their sites are written in.
const KINDS: [&str; 11] = ["md", "markdown", "mdx", "yml", "yaml", "toml", "json", "js", "mjs", "cjs", "ts"];
/// Folders that hold no posts, and many files.
const PASSED_OVER: [&str; 3] = [".git", "node_modules", ".cache"];
/// Folders within folders, at most: a link may lead round in a circle.
const MOST_DEPTH: usize = 32;

/// What is known of a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// What its files hold, in short.
    pub id: String,
    /// When it was read, in milliseconds since 1970.
    pub read_at: i64,
    /// Why.
    pub by: By,
    /// The commits of its git sources.
    #[serde(default)]
    pub commits: Vec<Commit>,
    /// How many posts it has.
    pub posts: usize,
}

impl State {
    /// When it was read.
    pub fn read_at(&self) -> Timestamp {
        Timestamp::from_millisecond(self.read_at).unwrap_or_default()
    }
}

/// Who brought an earlier state back, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// Who.
    pub by: By,
    /// Milliseconds since 1970.
    pub at: i64,
}

/// What `states.json` holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Register {
    /// Newest first.
    states: Vec<State>,
    /// Which of them answers.
    active: usize,
    /// Set for as long as an earlier state was brought back and nothing was reloaded since.
    returned: Option<Return>,
}

/// The files that a state would have.
pub(super) struct Files {
    files: BTreeMap<PathBuf, PathBuf>,
    /// What they hold, in short.
    pub(super) id: String,
}

/// The states of one data folder.
#[derive(Debug)]
pub(super) struct States {
    folder: PathBuf,
    register: Register,
}

impl States {
    /// What a folder holds; nothing, where it can't be read.
    pub(super) fn open(folder: &Path) -> Self {
        let register = fs::read(folder.join(REGISTER)).ok().and_then(|json| serde_json::from_slice::<Register>(&json).ok());
        let mut states = Self { folder: folder.to_owned(), register: register.unwrap_or_default() };
        let active = states.active().map(|state| state.id.clone());
        let there = |id: &str| is_id(id) && folder.join(id).join(POSTS).is_dir();
        states.register.states.retain(|state| there(&state.id));
        let place = states.register.states.iter().position(|state| Some(&state.id) == active.as_ref());
        states.register.active = place.unwrap_or(0);
        if place.is_none() {
            states.register.returned = None;
        }
        states
    }

    /// The state that answers.
    pub(super) fn active(&self) -> Option<&State> {
        self.register.states.get(self.register.active)
    }

    /// The state before the one that answers.
    pub(super) fn earlier(&self) -> Option<&State> {
        self.register.states.get(self.register.active + 1)
    }

    /// How many states can still be gone back to.
    pub(super) fn count_earlier(&self) -> usize {
        self.register.states.len().saturating_sub(self.register.active + 1)
    }

    /// Who brought the state that answers back, if it was brought back.
    pub(super) fn returned(&self) -> Option<&Return> {
        self.register.returned.as_ref()
    }

    /// The folder of a state's files.
    pub(super) fn posts(&self, state: &State) -> PathBuf {
        self.folder.join(&state.id).join(POSTS)
    }

    /// Keeps a state as the one that answers from now on, and drops those that are too old.
    ///
    /// # Errors
    /// Where it can't be written; the states before stay.
    pub(super) fn keep(&mut self, files: &Files, state: State) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let before = self.active().map(|active| self.posts(active));
        let place = self.folder.join(&files.id);
        if !place.join(POSTS).is_dir() {
            let unfinished = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(&self.folder)?;
            files.write(&unfinished.path().join(POSTS), before.as_deref())?;
            fs::rename(unfinished.path(), &place)?;
        }
        let mut register = self.register.clone();
        // What answered until now is what the next return leads to, also where it was itself an earlier state.
        if register.active < register.states.len() {
            let active = register.states.remove(register.active);
            register.states.insert(0, active);
        }
        register.states.retain(|known| known.id != state.id);
        register.states.insert(0, state);
        register.states.truncate(EARLIER_STATES + 1);
        (register.active, register.returned) = (0, None);
        self.write(register)?;
        self.tidy();
        Ok(())
    }

    /// Makes the state before the one that answers.
    ///
    /// # Errors
    /// Where that can't be written down.
    pub(super) fn go_back(&mut self, by: By, now: Timestamp) -> io::Result<()> {
        let mut register = self.register.clone();
        register.active += 1;
        register.returned = Some(Return { by, at: now.as_millisecond() });
        self.write(register)
    }

    fn write(&mut self, register: Register) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(&serde_json::to_vec_pretty(&register)?)?;
        file.as_file().sync_all()?;
        file.persist(self.folder.join(REGISTER))?;
        self.register = register;
        Ok(())
    }

    /// Removes what no state needs.
    fn tidy(&self) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let wanted = self.register.states.iter().any(|state| state.id == name);
            if !wanted && (is_id(&name) || name.starts_with(UNFINISHED)) {
                // What is left is removed the next time.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

const REGISTER: &str = "states.json";
const POSTS: &str = "posts";
const UNFINISHED: &str = "unfinished-";
/// Hexadecimal digits of a state's name.
const ID_CHARS: usize = 16;

fn is_id(name: &str) -> bool {
    name.len() == ID_CHARS && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl Files {
    /// Finds the files that the posts of some folders are made of, each folder with the name of its source.
    ///
    /// # Errors
    /// Where a folder can't be read, or they hold more than is kept.
    pub(super) fn find(folders: &[(String, PathBuf)]) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        for (name, folder) in folders {
            collect(folder, Path::new(name), 0, &mut files)?;
        }
        let mut hash = Sha256::new();
        let mut all = 0;
        for (name, path) in &files {
            let bytes = fs::read(path)?;
            all += bytes.len() as u64;
            if all > MOST_BYTES {
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("more than {} MiB of posts", MOST_BYTES >> 20)));
            }
            hash.update(name.to_string_lossy().as_bytes());
            hash.update([0]);
            hash.update(Sha256::digest(&bytes));
        }
        let id = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        Ok(Self { files, id: id[..ID_CHARS].to_owned() })
    }

    /// Copies them to a folder; those that are the same in `before` are linked.
    fn write(&self, folder: &Path, before: Option<&Path>) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        for (name, path) in &self.files {
            let (to, bytes) = (folder.join(name), fs::read(path)?);
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent)?;
            }
            let same = before.map(|before| before.join(name)).filter(|old| fs::read(old).is_ok_and(|old| old == bytes));
            let linked = same.is_some_and(|old| fs::hard_link(old, &to).is_ok());
            if !linked {
                fs::write(&to, &bytes)?;
            }
        }
        Ok(())
    }
}

fn collect(folder: &Path, within: &Path, depth: usize, files: &mut BTreeMap<PathBuf, PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), within.join(entry.file_name()));
        // A link that leads nowhere, or a file that is removed just now, is no post.
        let Ok(found) = fs::metadata(&path) else { continue };
        if found.is_dir() {
            let passed_over = PASSED_OVER.iter().any(|over| entry.file_name() == *over);
            if !passed_over && depth < MOST_DEPTH {
                collect(&path, &name, depth + 1, files)?;
            }
        } else if found.is_file() && found.len() <= MOST_FILE_BYTES {
            let kind = path.extension().and_then(|kind| kind.to_str()).map(str::to_lowercase);
            if kind.is_some_and(|kind| KINDS.contains(&kind.as_str())) {
                files.insert(name, path);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(files: &Files, at: i64) -> State {
        State { id: files.id.clone(), read_at: at, by: By::Start, commits: Vec::new(), posts: 1 }
    }

    #[test]
    fn the_last_three_are_kept_through_a_restart_and_a_way_back_leads_on_from_where_it_led() {
        let (data, posts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let folder = data.path().join("states");
        let mut states = States::open(&folder);
        fs::create_dir(posts.path().join("sub")).unwrap();
        fs::write(posts.path().join("sub/same.md"), "same").unwrap();
        let mut ids = Vec::new();
        for at in 0..6 {
            fs::write(posts.path().join("a.md"), format!("text {at}")).unwrap();
            let files = Files::find(&[(String::new(), posts.path().to_owned())]).unwrap();
            states.keep(&files, state(&files, at)).unwrap();
            ids.push(files.id);
        }
        assert_eq!(fs::read_dir(&folder).unwrap().count(), EARLIER_STATES + 2);
        let read = |states: &States| fs::read_to_string(states.posts(states.active().unwrap()).join("a.md")).unwrap();
        for back in 1..=3 {
            states.go_back(By::Start, Timestamp::UNIX_EPOCH).unwrap();
            states = States::open(&folder);
            assert_eq!(read(&states), format!("text {}", 5 - back));
            assert_eq!(fs::read_to_string(states.posts(states.active().unwrap()).join("sub/same.md")).unwrap(), "same");
        }
        assert!(states.earlier().is_none() && states.returned().is_some());
        let files = Files::find(&[(String::new(), posts.path().to_owned())]).unwrap();
        states.keep(&files, state(&files, 6)).unwrap();
        assert!(states.returned().is_none());
        states.go_back(By::Start, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(read(&states), "text 2", "what answered before the reload");
    }

    #[test]
    fn a_register_that_is_damaged_is_none_and_what_is_not_there_is_not_gone_back_to() {
        let (data, posts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut states = States::open(data.path());
        for text in ["one", "two"] {
            fs::write(posts.path().join("a.md"), text).unwrap();
            let files = Files::find(&[(String::new(), posts.path().to_owned())]).unwrap();
            states.keep(&files, state(&files, 1)).unwrap();
        }
        let earlier = states.earlier().unwrap().id.clone();
        fs::remove_dir_all(data.path().join(&earlier)).unwrap();
        assert!(States::open(data.path()).earlier().is_none());
        fs::write(data.path().join(REGISTER), "{").unwrap();
        assert!(States::open(data.path()).active().is_none());
    }
}
