//! What is kept of questions, in SQLite: sealed where there is a [`Seal`], and gone from the files when it is deleted.
//!
//! # What stands in the file
//! - Of a question: its event id, its hour, and sealed in one whole its words, room, verdict, confidence and passages; sealed beside
//!   that, its sentence vector, which tells much of its words. The event id stays readable, because edits and redactions name
//!   it; who asked it can be told from it only by those who may read the room anyway.
//! - Of a vote: the reaction's event id, the question's, for or against, and a tag of the voter.
//!
//! # One vote a person, and nobody told
//! The tag is an HMAC-SHA-256 (RFC 2104) of question and voter. The same person's second vote of a question has the same tag, so that
//! the latest counts alone, and the one before it counts again when the latest is taken back, as it still stands in the room. With
//! another question the same person's tag is another one: the file doesn't tell that two votes are by one person. A hash without a key
//! would not do: a room has few members, and each could be tried. So the key is 32 random bytes. In a sealed store they are kept
//! in it, sealed: whoever has no passphrase can't try anybody, and after a restart a person still counts once. In a store without a
//! seal a key beside the tags would be no secret: it is kept in memory only, and after a restart somebody may count twice.
//!
//! # Gone
//! `secure_delete` overwrites what is deleted in the database, and after each deletion the write-ahead log, which may hold older
//! pages, is written back and cut to nothing (<https://sqlite.org/pragma.html#pragma_secure_delete>). While another process reads the
//! store the log can't be cut; then [`Store::settle`] does it later.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use hmac::{Hmac, Mac};
use jiff::Timestamp;
use rayon::prelude::*;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use sha2::Sha256;

use crate::ids::{EventId, RoomId, UserId};
use crate::search::{Encoder, EncoderError, Vector};
use crate::sqlite::{self, Refused};

use super::again::Change;
use super::kept::{Found, Kept, Said, Vote, Votes};
use super::marks::Marked;

/// What makes the words of a store unreadable to whoever has its file alone.
pub trait Seal: Send {
    /// Encrypts.
    ///
    /// # Errors
    /// Where the cipher fails.
    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, SealError>;

    /// Decrypts what [`Self::seal`] gave.
    ///
    /// # Errors
    /// Where it is damaged, or sealed by another key.
    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, SealError>;
}

/// Why something can't be sealed or opened.
pub type SealError = Box<dyn std::error::Error + Send + Sync>;

/// A seal, and the first time its key as it is to be kept in the file, encrypted by a passphrase.
pub type NewSeal = (Box<dyn Seal>, Option<Vec<u8>>);

/// What is kept of one account's questions.
pub struct Store {
    connection: Connection,
    seal: Option<Box<dyn Seal>>,
    voters: [u8; 32],
    /// Whether something deleted may stand in the write-ahead log still.
    unsettled: Cell<bool>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("sealed", &self.seal.is_some()).finish_non_exhaustive()
    }
}

/// Why a store can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite can't open, read or write it.
    #[error("can't use {path}, which keeps questions: {cause}; if it is damaged, move it away: a new one is begun")]
    Unusable {
        /// The file.
        path: String,
        /// What SQLite says.
        cause: rusqlite::Error,
    },
    /// It was made by a newer mynah.
    #[error("{path} is of a newer mynah (version {version}); use that one, or another data_dir")]
    Newer {
        /// The file.
        path: String,
        /// Its version.
        version: i64,
    },
    /// It is sealed, and no seal was given.
    #[error("{0} is encrypted by the store's passphrase, and can't be read without it")]
    Sealed(String),
    /// A seal was given, and it holds questions that are not sealed.
    #[error("{0} holds questions that are not encrypted; move it away: a new one is begun")]
    NotSealed(String),
    /// The seal can't be made, or doesn't fit.
    #[error("what is kept of questions can't be encrypted or decrypted: {0}")]
    Cipher(SealError),
    /// What is kept can't be understood.
    #[error("what is kept of a question is damaged: {0}")]
    Damaged(#[from] serde_json::Error),
    /// The system gives no random numbers.
    #[error("no random numbers: {0}")]
    Random(getrandom::Error),
    /// SQLite failed later on.
    #[error("what is kept of questions can't be read or written: {0}")]
    Failed(#[from] rusqlite::Error),
    /// A question can't be encoded.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
}

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// What makes a store of each version one of the next, as in the journal.
const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
    CREATE TABLE questions (
        event TEXT NOT NULL,
        part INTEGER NOT NULL,
        hour INTEGER NOT NULL, -- seconds since 1970
        said BLOB NOT NULL, -- sealed: see Said
        found BLOB, -- sealed: see Found
        model TEXT, -- the encoder of the vector
        vector BLOB, -- sealed
        PRIMARY KEY (event, part)
    ) STRICT;
    CREATE INDEX questions_hour ON questions (hour);
    CREATE TABLE votes (
        reaction TEXT PRIMARY KEY,
        question TEXT NOT NULL,
        voter BLOB NOT NULL, -- a tag, see above
        helped INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX votes_question ON votes (question, voter);
",
    "ALTER TABLE questions ADD COLUMN marked BLOB; -- sealed: see Marked
",
];

/// The fact that holds the seal's key, encrypted by the passphrase.
const CIPHER: &str = "cipher";
/// The fact that holds the key of the voters' tags, sealed.
const VOTERS: &str = "voters";
/// How long to wait for another process: it reads some seconds at most.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of a voter's tag: two of 2^64 voters of one question would share one.
const TAG_BYTES: usize = 16;

impl Store {
    /// Opens the store in a file, or begins one, without a seal.
    ///
    /// # Errors
    /// [`StoreError`] where the file is no store, is of a newer version or sealed, or can't be written.
    pub fn open(path: &Path) -> Result<Self> {
        let connection = opened(path)?;
        if fact(&connection, CIPHER)?.is_some() {
            return Err(StoreError::Sealed(path.display().to_string()));
        }
        let voters = random_key()?;
        Ok(Self { connection, seal: None, voters, unsettled: Cell::new(false) })
    }

    /// The same with a seal. `make` is given the seal's key as the file keeps it, encrypted by the passphrase; where the file has
    /// none yet, it makes a new one and gives it with the seal.
    ///
    /// # Errors
    /// As [`Self::open`]; [`StoreError::Cipher`] where `make` fails, as with another passphrase; [`StoreError::NotSealed`] where
    /// questions were kept without a seal before.
    pub fn open_sealed(path: &Path, make: impl FnOnce(Option<&[u8]>) -> Result<NewSeal, SealError>) -> Result<Self> {
        let connection = opened(path)?;
        let key = fact(&connection, CIPHER)?;
        let any: bool = connection.query_row("SELECT EXISTS (SELECT 1 FROM questions)", [], |row| row.get(0))?;
        if key.is_none() && any {
            return Err(StoreError::NotSealed(path.display().to_string()));
        }
        let (seal, new) = make(key.as_deref()).map_err(StoreError::Cipher)?;
        let voters = match fact(&connection, VOTERS)? {
            Some(sealed) => {
                seal.open(&sealed).map_err(StoreError::Cipher)?.try_into().map_err(|_| cipher("a key of another size"))?
            }
            None => random_key()?,
        };
        let sealed = seal.seal(&voters).map_err(StoreError::Cipher)?;
        let store = Self { connection, seal: Some(seal), voters, unsettled: Cell::new(false) };
        if let Some(new) = new {
            store.set_fact(CIPHER, &new)?;
        }
        store.set_fact(VOTERS, &sealed)?;
        Ok(store)
    }

    /// Keeps these questions of one message, and nothing else of it: an edit keeps what was edited, and where no question is left in
    /// it, nothing. Votes stay, as they do in the room.
    ///
    /// # Errors
    /// [`StoreError`] where they can't be sealed or written.
    pub fn keep(&mut self, event: &EventId, questions: &[Kept]) -> Result<()> {
        let sealed = questions.iter().map(|kept| Ok((kept.part, kept.hour.as_second(), self.sealed(&kept.said)?)));
        let sealed: Vec<(usize, i64, Vec<u8>)> = sealed.collect::<Result<_>>()?;
        let transaction = self.connection.transaction()?;
        // The hour is the one in which it was asked first.
        let asked: Option<i64> =
            transaction.query_row("SELECT min(hour) FROM questions WHERE event = ?1", [event], |row| row.get(0))?;
        let gone = transaction.execute("DELETE FROM questions WHERE event = ?1", [event])?;
        for (part, hour, said) in sealed {
            let sql = "INSERT INTO questions (event, part, hour, said) VALUES (?1, ?2, ?3, ?4)";
            transaction.prepare_cached(sql)?.execute(params![event, part, asked.unwrap_or(hour), said])?;
        }
        if questions.is_empty() {
            transaction.execute("DELETE FROM votes WHERE question = ?1", [event])?;
        }
        transaction.commit()?;
        self.gone(gone)
    }

    /// Forgets these messages, whether they are questions or votes: all that was kept of the former with their votes, and the latter.
    /// It is gone from the files when this returns, unless another process reads them ([`Self::settle`]).
    ///
    /// # Errors
    /// [`StoreError::Failed`]: nothing is forgotten then.
    pub fn forget(&mut self, events: &[EventId]) -> Result<()> {
        let transaction = self.connection.transaction()?;
        let mut gone = 0;
        for event in events {
            for sql in ["DELETE FROM questions WHERE event = ?1", "DELETE FROM votes WHERE question = ?1 OR reaction = ?1"] {
                gone += transaction.prepare_cached(sql)?.execute([event])?;
            }
        }
        transaction.commit()?;
        self.gone(gone)
    }

    /// Forgets all votes of a person, for `forget me`.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    pub fn forget_votes_of(&mut self, voter: &UserId) -> Result<()> {
        let transaction = self.connection.transaction()?;
        let questions: Vec<EventId> = {
            let mut statement = transaction.prepare("SELECT DISTINCT question FROM votes")?;
            statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?
        };
        let mut gone = 0;
        for question in questions {
            let sql = "DELETE FROM votes WHERE question = ?1 AND voter = ?2";
            gone += transaction.prepare_cached(sql)?.execute(params![question, tag(&self.voters, &question, voter)])?;
        }
        transaction.commit()?;
        self.gone(gone)
    }

    /// Forgets all of a room that was left.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn leave(&mut self, room: &RoomId) -> Result<()> {
        let of_room = self.questions()?.into_iter().filter(|kept| kept.said.room == *room);
        let events: Vec<EventId> = of_room.map(|kept| kept.event).collect();
        self.forget(&events)
    }

    /// Forgets what was asked more than `keep` before `now`, and cuts the log if that is still to be done: to be called every minute or
    /// so. Says whether anything was forgotten.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    pub fn tidy(&mut self, now: Timestamp, keep: Duration) -> Result<bool> {
        let oldest = now.as_second().saturating_sub(i64::try_from(keep.as_secs()).unwrap_or(i64::MAX));
        let transaction = self.connection.transaction()?;
        let mut gone = transaction.execute("DELETE FROM questions WHERE hour < ?1", [oldest])?;
        if gone > 0 {
            gone += forget_lone_votes(&transaction)?;
        }
        transaction.commit()?;
        self.gone(gone)?;
        self.settle()?;
        Ok(gone > 0)
    }

    /// Somebody's vote of the answer to a question; `reaction` is the event id by which it is taken back ([`Self::forget`]). Says
    /// whether the question is kept: of others no vote is.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    pub fn vote(&self, question: &EventId, reaction: &EventId, voter: &UserId, vote: Vote) -> Result<bool> {
        let sql = "INSERT INTO votes SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM questions WHERE event = ?2)
                   ON CONFLICT (reaction) DO UPDATE SET helped = excluded.helped";
        let tag = tag(&self.voters, question, voter);
        let taken = params![reaction, question, tag, vote == Vote::Helped];
        Ok(self.connection.prepare_cached(sql)?.execute(taken)? > 0)
    }

    /// All questions, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`] where one can't be read or opened.
    pub fn questions(&self) -> Result<Vec<Kept>> {
        let votes = self.votes()?;
        let sql = "SELECT event, part, hour, said, found, marked FROM questions ORDER BY hour, rowid";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let (event, hour, said): (EventId, i64, Vec<u8>) = (row.get(0)?, row.get(2)?, row.get(3)?);
            let found: Option<Vec<u8>> = row.get(4)?;
            let found = found.map(|found| self.opened::<Found>(&found)).transpose()?;
            let marked: Option<Vec<u8>> = row.get(5)?;
            let marked = marked.map(|marked| self.opened::<Marked>(&marked)).transpose()?;
            let votes = votes.get(&event).copied().unwrap_or_default();
            let hour = Timestamp::from_second(hour).unwrap_or_default();
            all.push(Kept { event, part: row.get(1)?, hour, said: self.opened::<Said>(&said)?, votes, found, marked });
        }
        Ok(all)
    }

    /// How many hold each question's answer for good and for bad: of each person the latest vote counts.
    fn votes(&self) -> Result<HashMap<EventId, Votes>> {
        // With max(), SQLite takes the other columns from the row that has it (https://sqlite.org/lang_select.html#bareagg).
        let sql = "SELECT question, helped, max(rowid) FROM votes GROUP BY question, voter";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut all: HashMap<EventId, Votes> = HashMap::new();
        while let Some(row) = rows.next()? {
            let votes = all.entry(row.get(0)?).or_default();
            if row.get(1)? { votes.helped += 1 } else { votes.not += 1 }
        }
        Ok(all)
    }

    /// Takes down which questions are answered now, or not any more.
    ///
    /// # Errors
    /// [`StoreError`] where it can't be sealed or written.
    pub fn record(&mut self, changes: &[Change]) -> Result<()> {
        let sealed = changes.iter().map(|change| change.found.as_ref().map(|found| self.sealed(found)).transpose());
        let sealed: Vec<Option<Vec<u8>>> = sealed.collect::<Result<_>>()?;
        let transaction = self.connection.transaction()?;
        for (Change { event, part, .. }, found) in changes.iter().zip(sealed) {
            let sql = "UPDATE questions SET found = ?3 WHERE event = ?1 AND part = ?2";
            transaction.prepare_cached(sql)?.execute(params![event, part, found])?;
        }
        Ok(transaction.commit()?)
    }

    /// Marks questions, by event and part, or takes back their marks. A mark goes with its question, and is not kept of the words that an
    /// edit brings.
    ///
    /// # Errors
    /// [`StoreError`] where it can't be sealed or written.
    pub fn mark(&mut self, questions: &[(EventId, usize)], marked: Option<Marked>) -> Result<()> {
        let sealed = questions.iter().map(|_| marked.as_ref().map(|marked| self.sealed(marked)).transpose());
        let sealed: Vec<Option<Vec<u8>>> = sealed.collect::<Result<_>>()?;
        let transaction = self.connection.transaction()?;
        for ((event, part), marked) in questions.iter().zip(sealed) {
            let sql = "UPDATE questions SET marked = ?3 WHERE event = ?1 AND part = ?2";
            transaction.prepare_cached(sql)?.execute(params![event, part, marked])?;
        }
        Ok(transaction.commit()?)
    }

    /// The vectors of questions, in their order. Those that are not kept yet are encoded, and kept beside their question: a digest of
    /// many is quick so, if this is called now and then as they come.
    ///
    /// # Errors
    /// [`StoreError`] where one can't be encoded, sealed or read.
    pub fn vectors(&mut self, questions: &[&Kept], encoder: &Encoder) -> Result<Vec<Vector>> {
        let model = encoder.id().to_string();
        let known: Vec<Option<Vector>> = questions.iter().map(|kept| self.vector(kept, &model)).collect::<Result<_>>()?;
        let missing: Vec<&Kept> =
            questions.iter().zip(&known).filter(|(_, known)| known.is_none()).map(|(kept, _)| *kept).collect();
        let encode = |kept: &&Kept| Ok(encoder.encode_beginning(&kept.said.text, TOKENS)?.to_bytes());
        let new: Vec<Vec<u8>> = missing.par_iter().map(encode).collect::<Result<_>>()?;
        self.keep_vectors(&model, &missing, &new)?;
        // What is kept is rounded: the same groups come of it now and later.
        let mut new = new.iter().map(|bytes| Vector::from_bytes(bytes));
        Ok(known.into_iter().filter_map(|known| known.or_else(|| new.next())).collect())
    }

    fn keep_vectors(&mut self, model: &str, questions: &[&Kept], vectors: &[Vec<u8>]) -> Result<()> {
        let sealed: Vec<Vec<u8>> = vectors.iter().map(|vector| self.sealed_bytes(vector)).collect::<Result<_>>()?;
        let transaction = self.connection.transaction()?;
        for (kept, vector) in questions.iter().zip(sealed) {
            let sql = "UPDATE questions SET model = ?3, vector = ?4 WHERE event = ?1 AND part = ?2";
            transaction.prepare_cached(sql)?.execute(params![kept.event, kept.part, model, vector])?;
        }
        Ok(transaction.commit()?)
    }

    fn vector(&self, kept: &Kept, model: &str) -> Result<Option<Vector>> {
        let sql = "SELECT vector FROM questions WHERE event = ?1 AND part = ?2 AND model = ?3";
        let mut statement = self.connection.prepare_cached(sql)?;
        let sealed: Option<Option<Vec<u8>>> =
            statement.query_row(params![kept.event, kept.part, model], |row| row.get(0)).optional()?;
        sealed.flatten().map(|sealed| Ok(Vector::from_bytes(&self.opened_bytes(&sealed)?))).transpose()
    }

    /// Whether all that was deleted is gone from the files; it is tried again if not.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    pub fn settle(&self) -> Result<bool> {
        if self.unsettled.get() {
            let busy: bool = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
            self.unsettled.set(busy);
        }
        Ok(!self.unsettled.get())
    }

    fn gone(&self, rows: usize) -> Result<()> {
        if rows > 0 {
            self.unsettled.set(true);
            self.settle()?;
        }
        Ok(())
    }

    fn set_fact(&self, name: &str, value: &[u8]) -> Result<()> {
        self.connection.prepare_cached("INSERT OR REPLACE INTO facts VALUES (?1, ?2)")?.execute(params![name, value])?;
        Ok(())
    }

    fn sealed<T: serde::Serialize>(&self, value: &T) -> Result<Vec<u8>> {
        self.sealed_bytes(&serde_json::to_vec(value)?)
    }

    fn opened<T: for<'a> serde::Deserialize<'a>>(&self, sealed: &[u8]) -> Result<T> {
        Ok(serde_json::from_slice(&self.opened_bytes(sealed)?)?)
    }

    fn sealed_bytes(&self, plain: &[u8]) -> Result<Vec<u8>> {
        self.seal.as_ref().map_or_else(|| Ok(plain.to_vec()), |seal| seal.seal(plain)).map_err(StoreError::Cipher)
    }

    fn opened_bytes(&self, sealed: &[u8]) -> Result<Vec<u8>> {
        self.seal.as_ref().map_or_else(|| Ok(sealed.to_vec()), |seal| seal.open(sealed)).map_err(StoreError::Cipher)
    }
}

/// Tokens of a question that are encoded, as for answering: some 40 words.
const TOKENS: usize = 48;

fn opened(path: &Path) -> Result<Connection> {
    let named = || path.display().to_string();
    let connection = sqlite::open(path, MIGRATIONS).map_err(|refused| match refused {
        Refused::Unusable(cause) => StoreError::Unusable { path: named(), cause },
        Refused::Newer(version) => StoreError::Newer { path: named(), version },
        Refused::Failed(cause) => StoreError::Failed(cause),
    })?;
    connection.busy_timeout(PATIENCE)?;
    // Nothing of it in files of their own.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

fn fact(connection: &Connection, name: &str) -> Result<Option<Vec<u8>>> {
    let sql = "SELECT value FROM facts WHERE name = ?1";
    Ok(connection.query_row(sql, [name], |row| row.get(0)).optional()?)
}

fn forget_lone_votes(transaction: &Transaction<'_>) -> rusqlite::Result<usize> {
    transaction.execute("DELETE FROM votes WHERE question NOT IN (SELECT event FROM questions)", [])
}

fn random_key() -> Result<[u8; 32]> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(StoreError::Random)?;
    Ok(key)
}

/// Tells a question's voters apart, and nobody who they are.
fn tag(key: &[u8; 32], question: &EventId, voter: &UserId) -> Vec<u8> {
    let (question, voter) = (question.as_str(), voter.as_str());
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    // The length keeps `a` + `bc` apart from `ab` + `c`.
    mac.update(&(question.len() as u64).to_le_bytes());
    mac.update(question.as_bytes());
    mac.update(voter.as_bytes());
    mac.finalize().into_bytes()[..TAG_BYTES].to_vec()
}

fn cipher(what: &str) -> StoreError {
    StoreError::Cipher(what.into())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::answer::Verdict;
    use crate::insight::testing::{kept, place};

    fn new() -> (tempfile::TempDir, PathBuf, Store) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("insight.sqlite");
        let store = Store::open(&file).unwrap();
        (folder, file, store)
    }

    fn asked(event: &str, text: &str) -> Kept {
        kept(event, text, Verdict::NotInPosts)
    }

    /// Whether any file of a folder holds some bytes: the database, its write-ahead log, whatever else.
    fn holds(folder: &tempfile::TempDir, bytes: &[u8]) -> bool {
        let files: Vec<PathBuf> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(files.iter().any(|file| file.to_string_lossy().ends_with("-wal")), "the log is looked at: {files:?}");
        files.iter().any(|file| fs::read(file).unwrap().windows(bytes.len()).any(|window| window == bytes))
    }

    /// A seal that shows when it is another one. It is none to use.
    struct Toy(u8);

    impl Seal for Toy {
        fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, SealError> {
            Ok(plain.iter().map(|byte| byte ^ self.0).chain([self.0]).collect())
        }

        fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
            match sealed.split_last() {
                Some((key, sealed)) if *key == self.0 => Ok(sealed.iter().map(|byte| byte ^ self.0).collect()),
                _ => Err("another key".into()),
            }
        }
    }

    fn sealed(file: &Path, key: u8) -> Result<Store> {
        Store::open_sealed(file, |kept| match kept {
            Some(kept) if kept == [key] => Ok((Box::new(Toy(key)), None)),
            Some(_) => Err("another passphrase".into()),
            None => Ok((Box::new(Toy(key)), Some(vec![key]))),
        })
    }

    #[test]
    fn what_is_kept_is_read_again_and_an_edit_edits_it() {
        let (_folder, file, mut store) = new();
        let mut second = asked("$1", "and why?");
        second.part = 1;
        second.said.nearest = Some(place("Locks"));
        store.keep(&"$1".into(), &[asked("$1", "how do I lock a host?"), second.clone()]).unwrap();
        let mut edited = asked("$1", "how do I unlock a host?");
        edited.hour = "2026-12-03T09:00:00Z".parse().unwrap();
        drop(store);
        let mut store = Store::open(&file).unwrap();
        assert_eq!(store.questions().unwrap(), [asked("$1", "how do I lock a host?"), second]);
        store.keep(&"$1".into(), &[edited]).unwrap();
        assert_eq!(store.questions().unwrap(), [asked("$1", "how do I unlock a host?")], "of the hour in which it was asked");
        store.keep(&"$1".into(), &[]).unwrap();
        assert_eq!(store.questions().unwrap(), [], "no question is left in it");
    }

    #[test]
    fn what_is_edited_forgotten_left_or_old_is_gone_from_the_files() {
        const SECRET: &str = "how do I lock the flamingo?";
        let now: Timestamp = "2026-12-01T10:00:00Z".parse().unwrap();
        let day = Duration::from_secs(24 * 60 * 60);
        type Deed = Box<dyn Fn(&mut Store)>;
        let deeds: [(&str, Deed); 5] = [
            ("edited", Box::new(|store| store.keep(&"$1".into(), &[asked("$1", "never mind")]).unwrap())),
            ("no question any more", Box::new(|store| store.keep(&"$1".into(), &[]).unwrap())),
            ("forgotten", Box::new(|store| store.forget(&["$1".into()]).unwrap())),
            ("left", Box::new(|store| store.leave(&"!room:example.org".into()).unwrap())),
            ("old", Box::new(move |store| assert!(store.tidy(now + day * 2, day).unwrap()))),
        ];
        for (what, deed) in deeds {
            let (folder, _file, mut store) = new();
            // Long enough for pages of its own, and among others.
            let long = |event: &str, words: &str| asked(event, &format!("{words} {}", "and so on ".repeat(1_000)));
            for (event, words) in [("$0", "what else?"), ("$1", SECRET), ("$2", "what is it?")] {
                let mut kept = long(event, words);
                kept.said.room = if event == "$1" { kept.said.room } else { "!other:example.org".into() };
                store.keep(&event.into(), &[kept]).unwrap();
            }
            assert!(holds(&folder, SECRET.as_bytes()), "it would be found");
            deed(&mut store);
            assert!(!holds(&folder, SECRET.as_bytes()), "{what}");
            assert!(store.settle().unwrap());
        }
    }

    #[test]
    fn what_is_deleted_while_another_reads_is_gone_later() {
        let (folder, file, mut store) = new();
        store.connection.busy_timeout(Duration::ZERO).unwrap();
        store.keep(&"$1".into(), &[asked("$1", "where is the flamingo?")]).unwrap();
        let reader = Connection::open(&file).unwrap();
        reader.execute_batch("BEGIN; SELECT count(*) FROM questions;").unwrap();
        store.forget(&["$1".into()]).unwrap();
        assert!(!store.settle().unwrap() && holds(&folder, b"flamingo"));
        reader.execute_batch("COMMIT").unwrap();
        assert!(store.settle().unwrap() && !holds(&folder, b"flamingo"));
    }

    #[test]
    fn a_sealed_store_holds_no_words_rooms_or_passages_that_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("insight.sqlite");
        let mut store = sealed(&file, 7).unwrap();
        let mut question = asked("$1", "how do I lock the flamingo?");
        question.said.nearest = Some(place("Pelicans"));
        question.found = None;
        store.keep(&"$1".into(), &[question.clone()]).unwrap();
        let found = Some(Found { place: place("Herons"), at: question.hour });
        store.record(&[Change { event: "$1".into(), part: 0, found: found.clone(), citation: None }]).unwrap();
        for words in ["flamingo", "Pelicans", "Herons", "!room:example.org", "not_in_posts"] {
            assert!(!holds(&folder, words.as_bytes()), "{words}");
        }
        question.found = found;
        drop(store);
        assert_eq!(sealed(&file, 7).unwrap().questions().unwrap(), [question]);
        assert!(matches!(sealed(&file, 8), Err(StoreError::Cipher(_))));
        assert!(matches!(Store::open(&file), Err(StoreError::Sealed(_))));
    }

    #[test]
    fn a_store_that_was_not_sealed_is_not_sealed_by_halves() {
        let (_folder, file, mut store) = new();
        store.keep(&"$1".into(), &[asked("$1", "why?")]).unwrap();
        assert!(matches!(sealed(&file, 7), Err(StoreError::NotSealed(_))));
        store.forget(&["$1".into()]).unwrap();
        assert!(sealed(&file, 7).is_ok());
    }

    fn votes(store: &Store, event: &str) -> (u32, u32) {
        let votes = store.questions().unwrap().iter().find(|kept| kept.event == event).unwrap().votes;
        (votes.helped, votes.not)
    }

    #[test]
    fn a_person_has_one_vote_and_takes_it_back() {
        let (_folder, _file, mut store) = new();
        store.keep(&"$1".into(), &[asked("$1", "why?")]).unwrap();
        let vote = |store: &Store, reaction: &str, voter: &str, vote| {
            store.vote(&"$1".into(), &reaction.into(), &voter.into(), vote).unwrap()
        };
        assert!(vote(&store, "$r1", "@ada:x.org", Vote::Helped));
        assert!(vote(&store, "$r1", "@ada:x.org", Vote::Helped), "the homeserver may send it twice");
        assert!(vote(&store, "$r2", "@ada:x.org", Vote::Not));
        assert!(vote(&store, "$r3", "@ben:x.org", Vote::Not));
        assert!(vote(&store, "$r4", "@ben:x.org", Vote::Not));
        assert_eq!(votes(&store, "$1"), (0, 2), "the latest of each counts");
        store.forget(&["$r2".into()]).unwrap();
        assert_eq!(votes(&store, "$1"), (1, 1), "the one before stands in the room still");
        store.forget(&["$r1".into()]).unwrap();
        store.forget_votes_of(&"@ben:x.org".into()).unwrap();
        assert_eq!(votes(&store, "$1"), (0, 0));
        assert!(
            !store.vote(&"$9".into(), &"$r9".into(), &"@ada:x.org".into(), Vote::Not).unwrap(),
            "of what isn't kept, no vote is"
        );
    }

    #[test]
    fn votes_go_with_their_question() {
        let (_folder, _file, mut store) = new();
        for event in ["$1", "$2", "$3"] {
            store.keep(&event.into(), &[asked(event, "why?")]).unwrap();
            store.vote(&event.into(), &format!("$of{event}").into(), &"@ada:x.org".into(), Vote::Not).unwrap();
        }
        store.keep(&"$1".into(), &[asked("$1", "why then?")]).unwrap();
        assert_eq!(votes(&store, "$1"), (0, 1), "an edit leaves them, as the room does");
        store.forget(&["$2".into()]).unwrap();
        store.keep(&"$3".into(), &[]).unwrap();
        let left: i64 = store.connection.query_row("SELECT count(*) FROM votes", [], |row| row.get(0)).unwrap();
        assert_eq!(left, 1);
    }

    #[test]
    fn a_mark_goes_with_its_question_and_not_with_other_words() {
        let (_folder, _file, mut store) = new();
        let marked = Some(Marked { mark: crate::insight::Mark::NotOurs, at: "2026-12-01T10:30:00Z".parse().unwrap() });
        for event in ["$1", "$2", "$3"] {
            store.keep(&event.into(), &[asked(event, "why?")]).unwrap();
        }
        let these = ["$1", "$2", "$9"].map(|event| (event.into(), 0));
        store.mark(&these, marked).unwrap();
        let marks = |store: &Store| store.questions().unwrap().into_iter().map(|kept| kept.marked).collect::<Vec<_>>();
        assert_eq!(marks(&store), [marked, marked, None]);
        store.mark(&these[..1], None).unwrap();
        assert_eq!(marks(&store), [None, marked, None]);
        store.keep(&"$2".into(), &[asked("$2", "why then?")]).unwrap();
        assert_eq!(marks(&store), [None; 3], "an edit asks something else");
    }

    #[test]
    fn a_store_of_the_version_before_goes_on_with_what_it_keeps() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("insight.sqlite");
        let before = sqlite::open(&path, &MIGRATIONS[..1]).unwrap();
        let said = serde_json::to_vec(&asked("$1", "why?").said).unwrap();
        before.execute("INSERT INTO questions (event, part, hour, said) VALUES ('$1', 0, 0, ?1)", [said]).unwrap();
        drop(before);
        let store = Store::open(&path).unwrap();
        assert_eq!(store.questions().unwrap()[0].marked, None);
    }

    #[test]
    fn who_voted_stands_nowhere_and_two_votes_show_no_common_voter() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("insight.sqlite");
        let mut store = sealed(&file, 7).unwrap();
        for event in ["$1", "$2"] {
            store.keep(&event.into(), &[asked(event, "why?")]).unwrap();
            store.vote(&event.into(), &format!("$of{event}").into(), &"@ada:x.org".into(), Vote::Not).unwrap();
        }
        assert!(!holds(&folder, b"@ada") && !holds(&folder, &store.voters));
        let tags = |store: &Store| -> Vec<Vec<u8>> {
            let mut statement = store.connection.prepare("SELECT DISTINCT voter FROM votes").unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        assert_eq!(tags(&store).len(), 2);
        drop(store);
        let store = sealed(&file, 7).unwrap();
        store.vote(&"$1".into(), &"$again".into(), &"@ada:x.org".into(), Vote::Helped).unwrap();
        assert_eq!((tags(&store).len(), votes(&store, "$1")), (2, (1, 0)), "after a restart she counts once still");
    }

    #[test]
    fn other_files_and_newer_stores_are_told_plainly() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("insight.sqlite");
        fs::write(&path, "not a database, but long enough to be read as one").unwrap();
        assert!(Store::open(&path).unwrap_err().to_string().contains("move it away"));
        fs::remove_file(&path).unwrap();
        Store::open(&path).unwrap().connection.pragma_update(None, "user_version", 99).unwrap();
        assert!(Store::open(&path).unwrap_err().to_string().contains("newer mynah"));
    }

    #[test]
    fn the_debug_output_holds_no_words() {
        let (_folder, _file, store) = new();
        let shown = format!("{store:?} {:?}", asked("$1", "how do I lock the flamingo?"));
        assert!(!shown.contains("flamingo") && shown.contains("$1"), "{shown}");
    }
}
