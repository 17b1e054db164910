//! What was asked, answered and is still owed, in SQLite, and whose what is that is kept of questions. It holds ids and times, never a
//! word that anybody wrote.
//!
//! One transaction ([`Journal::record`]) takes down what a sync response brought together with the response's token: after a crash,
//! whatever was not taken down is sent again by the homeserver, and what was is known. After a power cut the last steps may be missing,
//! the token with them, and are taken again. A [question](Owed) stays owed until its answer has an event id.

mod kept;

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, ToSql, Transaction, params};

use crate::ids::{EventId, RoomId, UserId};
use crate::sqlite::{self, Refused};

pub use kept::KeptEntry;

/// The journal of one account.
#[derive(Debug)]
pub struct Journal {
    connection: Connection,
}

/// A question that has no answer yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// The question's event id.
    pub event: EventId,
    /// Its room.
    pub room: RoomId,
    /// Who asked.
    pub asker: UserId,
    /// Milliseconds since 1970 by the asker's server.
    pub asked_at: i64,
    /// The question that it is an edit of, if it is one.
    pub edits: Option<EventId>,
}

/// What became of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The question's event id.
    pub event: EventId,
    /// Its room.
    pub room: RoomId,
    /// Who asked.
    pub asker: UserId,
    /// The answer's event id, once it is sent.
    pub answer: Option<EventId>,
}

/// A message that could not be decrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Its event id.
    pub event: EventId,
    /// Its room.
    pub room: RoomId,
    /// Milliseconds since 1970 when it was received.
    pub since: i64,
}

/// Changes that one sync response brings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Questions to answer.
    pub owed: Vec<Owed>,
    /// Questions that the timeline shows as answered: the question's event id and the answer's.
    pub answered: Vec<(EventId, EventId)>,
    /// The bot's own messages, with the time of each.
    pub said: Vec<(EventId, i64)>,
    /// Messages that can't be read yet.
    pub unreadable: Vec<Unreadable>,
    /// Rooms and the last event read in them.
    pub read_to: Vec<(RoomId, EventId)>,
    /// Questions that are not to be kept any longer.
    pub gone: Vec<EventId>,
    /// Rooms whose timeline has a gap before what was read.
    pub gaps: Vec<RoomId>,
    /// The token of the response.
    pub token: Option<String>,
}

impl Changes {
    /// Whether there is nothing to take down.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Why the journal can't be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// SQLite can't open, read or write it.
    #[error("can't use the journal {path}: {cause}; if it is damaged, move it away: a new one is begun")]
    Unusable {
        /// The file.
        path: String,
        /// What SQLite says.
        cause: rusqlite::Error,
    },
    /// It was made by a newer mynah.
    #[error("the journal {path} is of a newer mynah (version {version}); use that one, or another data_dir")]
    Newer {
        /// The file.
        path: String,
        /// Its version.
        version: i64,
    },
    /// SQLite failed later on.
    #[error("the journal can't be written: {0}")]
    Failed(#[from] rusqlite::Error),
}

type Result<T> = std::result::Result<T, JournalError>;

/// What makes a journal of each version one of the next.
const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE questions (
        event TEXT PRIMARY KEY,
        room TEXT NOT NULL,
        asker TEXT NOT NULL,
        asked_at INTEGER NOT NULL,
        answer TEXT,
        edits TEXT -- the question that this is an edit of
    ) STRICT;
    CREATE INDEX questions_answer ON questions (answer);
    CREATE TABLE said (event TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;
    CREATE TABLE unreadable (event TEXT PRIMARY KEY, room TEXT NOT NULL, since INTEGER NOT NULL) STRICT;
    CREATE TABLE rooms (
        room TEXT PRIMARY KEY,
        read_to TEXT,
        gap INTEGER NOT NULL DEFAULT 0,
        introduced INTEGER NOT NULL DEFAULT 0,
        noticed_at INTEGER,
        welcomed_at INTEGER
    ) STRICT;
    CREATE TABLE greeted (user TEXT PRIMARY KEY) STRICT;
    ",
    "
    -- the bot's notices that a message can't be read
    CREATE TABLE notices (event TEXT PRIMARY KEY, room TEXT NOT NULL, notice TEXT NOT NULL) STRICT;
    -- commands whose reply says that the posts are being reloaded
    CREATE TABLE reloads (command TEXT PRIMARY KEY) STRICT;
    -- who said of which question's answer that it did not help
    CREATE TABLE votes (question TEXT NOT NULL, voter TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (question, voter)) STRICT;
    ",
    "
    -- whose the questions are that are kept for insight
    CREATE TABLE kept (
        event TEXT PRIMARY KEY,
        room TEXT NOT NULL,
        asker TEXT NOT NULL,
        thread TEXT, -- the root of the thread it stands in
        answer TEXT NOT NULL,
        at INTEGER NOT NULL, -- milliseconds since 1970
        told TEXT, -- the message that the posts answer it now; empty while it is being sent
        gone INTEGER NOT NULL DEFAULT 0 -- whether its words are to be deleted
    ) STRICT;
    CREATE INDEX kept_answer ON kept (answer);
    CREATE INDEX kept_asker ON kept (asker);
    ",
];

impl Journal {
    /// Opens the journal in a file, or begins one.
    ///
    /// # Errors
    /// [`JournalError`] where the file is not a journal, is of a newer version, or can't be written.
    pub fn open(path: &Path) -> Result<Self> {
        let named = || path.display().to_string();
        let connection = sqlite::open(path, MIGRATIONS).map_err(|refused| match refused {
            Refused::Unusable(cause) => JournalError::Unusable { path: named(), cause },
            Refused::Newer(version) => JournalError::Newer { path: named(), version },
            Refused::Failed(cause) => JournalError::Failed(cause),
        })?;
        Ok(Self { connection })
    }

    /// A journal that is gone when it is dropped.
    #[cfg(test)]
    pub(crate) fn in_memory() -> Self {
        let connection = Connection::open_in_memory().unwrap();
        sqlite::migrate(&connection, MIGRATIONS).unwrap();
        Self { connection }
    }

    /// A named fact, such as the account.
    pub fn fact(&self, name: &str) -> Result<Option<String>> {
        let mut statement = self.connection.prepare_cached("SELECT value FROM facts WHERE name = ?1")?;
        Ok(statement.query_row([name], |row| row.get(0)).optional()?)
    }

    /// Sets a named fact.
    pub fn set_fact(&self, name: &str, value: &str) -> Result<()> {
        self.connection.prepare_cached("INSERT OR REPLACE INTO facts VALUES (?1, ?2)")?.execute([name, value])?;
        Ok(())
    }

    /// Forgets the token: the next sync begins with all rooms.
    pub fn forget_token(&self) -> Result<()> {
        self.connection.prepare_cached("DELETE FROM facts WHERE name = ?1")?.execute([TOKEN])?;
        Ok(())
    }

    /// The token to sync from.
    pub fn token(&self) -> Result<Option<String>> {
        self.fact(TOKEN)
    }

    /// Takes down changes, all or none. Questions that are known stay as they are.
    pub fn record(&mut self, changes: &Changes) -> Result<()> {
        let transaction = self.connection.transaction()?;
        write(&transaction, changes)?;
        Ok(transaction.commit()?)
    }

    /// Whether a message is known as a question.
    pub fn knows(&self, event: &EventId) -> Result<bool> {
        Ok(self.entry(event)?.is_some())
    }

    /// What is known of a question.
    pub fn entry(&self, event: &EventId) -> Result<Option<Entry>> {
        self.entry_where("event = ?1", event)
    }

    /// The question that a message of the bot's answers.
    pub fn answered_by(&self, answer: &EventId) -> Result<Option<Entry>> {
        self.entry_where("answer = ?1", answer)
    }

    fn entry_where(&self, condition: &str, event: &EventId) -> Result<Option<Entry>> {
        let sql = format!("SELECT event, room, asker, answer FROM questions WHERE {condition}");
        let entry = |row: &rusqlite::Row<'_>| {
            Ok(Entry { event: row.get(0)?, room: row.get(1)?, asker: row.get(2)?, answer: row.get(3)? })
        };
        Ok(self.connection.prepare_cached(&sql)?.query_row([event], entry).optional()?)
    }

    /// Whether a message is one of the bot's own.
    pub fn said(&self, event: &EventId) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM said WHERE event = ?1) OR EXISTS (SELECT 1 FROM questions WHERE answer = ?1)";
        Ok(self.connection.prepare_cached(sql)?.query_row([event], |row| row.get(0))?)
    }

    /// A question has its answer.
    pub fn answered(&self, question: &EventId, answer: &EventId) -> Result<()> {
        let sql = "UPDATE questions SET answer = ?2 WHERE event = ?1";
        self.connection.prepare_cached(sql)?.execute([question, answer])?;
        Ok(())
    }

    /// The bot's messages that answer a question as it was edited, later.
    pub fn edited_answers(&self, question: &EventId) -> Result<Vec<EventId>> {
        let mut statement =
            self.connection.prepare_cached("SELECT answer FROM questions WHERE edits = ?1 AND answer IS NOT NULL")?;
        let found = statement.query_map([question], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok(found)
    }

    /// Forgets a question with its edits and what was said of its answer, or a message that can't be read.
    pub fn erase(&self, event: &EventId) -> Result<()> {
        for sql in [
            "DELETE FROM questions WHERE event = ?1 OR edits = ?1",
            "DELETE FROM unreadable WHERE event = ?1",
            "DELETE FROM votes WHERE question = ?1",
            "DELETE FROM reloads WHERE command = ?1",
        ] {
            self.connection.prepare_cached(sql)?.execute([event])?;
        }
        Ok(())
    }

    /// Whether a message still can't be read; if so, `notice` is the bot's that says so.
    pub fn noticed(&self, event: &EventId, notice: &EventId) -> Result<bool> {
        let sql = "INSERT OR IGNORE INTO notices SELECT event, room, ?2 FROM unreadable WHERE event = ?1";
        Ok(self.connection.prepare_cached(sql)?.execute([event, notice])? > 0)
    }

    /// The notice that a message can't be read, with its room; it is known no longer.
    pub fn take_notice(&self, event: &EventId) -> Result<Option<(RoomId, EventId)>> {
        let sql = "DELETE FROM notices WHERE event = ?1 RETURNING room, notice";
        let notice = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        Ok(self.connection.prepare_cached(sql)?.query_row([event], notice).optional()?)
    }

    /// A command's reply says that the posts are being reloaded.
    pub fn reload_begun(&self, command: &EventId) -> Result<()> {
        self.connection.prepare_cached("INSERT OR IGNORE INTO reloads VALUES (?1)")?.execute([command])?;
        Ok(())
    }

    /// It says what came of it.
    pub fn reload_told(&self, command: &EventId) -> Result<()> {
        self.connection.prepare_cached("DELETE FROM reloads WHERE command = ?1")?.execute([command])?;
        Ok(())
    }

    /// Commands whose reply says that the posts are being reloaded.
    pub fn reloads(&self) -> Result<Vec<EventId>> {
        let mut statement = self.connection.prepare_cached("SELECT command FROM reloads ORDER BY rowid")?;
        let found = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok(found)
    }

    /// Somebody says that a question's answer did not help, at a time in milliseconds since 1970; each counts once.
    pub fn vote_against(&self, question: &EventId, voter: &UserId, at: i64) -> Result<()> {
        let sql = "INSERT OR IGNORE INTO votes SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM questions WHERE event = ?1)";
        self.connection.prepare_cached(sql)?.execute(params![question, voter, at])?;
        Ok(())
    }

    /// How many answers of those remembered somebody said did not help.
    pub fn unhelpful(&self) -> Result<u64> {
        Ok(self.connection.query_row("SELECT count(DISTINCT question) FROM votes", [], |row| row.get(0))?)
    }

    /// A message can be read after all.
    pub fn readable(&self, event: &EventId) -> Result<()> {
        self.connection.prepare_cached("DELETE FROM unreadable WHERE event = ?1")?.execute([event])?;
        Ok(())
    }

    /// Questions without an answer, the oldest first.
    pub fn owed(&self) -> Result<Vec<Owed>> {
        let sql = "SELECT event, room, asker, asked_at, edits FROM questions WHERE answer IS NULL ORDER BY asked_at, rowid";
        let mut statement = self.connection.prepare_cached(sql)?;
        let owed = |row: &rusqlite::Row<'_>| {
            Ok(Owed { event: row.get(0)?, room: row.get(1)?, asker: row.get(2)?, asked_at: row.get(3)?, edits: row.get(4)? })
        };
        let found = statement.query_map([], owed)?.collect::<rusqlite::Result<_>>()?;
        Ok(found)
    }

    /// Questions answered and owed.
    pub fn counts(&self) -> Result<(u64, u64)> {
        let answered = self.fact(ANSWERED)?.and_then(|n| n.parse().ok()).unwrap_or(0);
        let sql = "SELECT count(*) FILTER (WHERE answer IS NOT NULL), count(*) FILTER (WHERE answer IS NULL) FROM questions WHERE edits IS NULL";
        let (here, owed): (u64, u64) = self.connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((answered + here, owed))
    }

    /// Messages that can't be read, in one room or in all.
    pub fn unreadable(&self, room: Option<&RoomId>) -> Result<Vec<Unreadable>> {
        let sql = "SELECT event, room, since FROM unreadable WHERE ?1 IS NULL OR room = ?1 ORDER BY since, rowid";
        let mut statement = self.connection.prepare_cached(sql)?;
        let unreadable = |row: &rusqlite::Row<'_>| Ok(Unreadable { event: row.get(0)?, room: row.get(1)?, since: row.get(2)? });
        let found = statement.query_map([room], unreadable)?.collect::<rusqlite::Result<_>>()?;
        Ok(found)
    }

    /// The last event read in a room.
    pub fn read_to(&self, room: &RoomId) -> Result<Option<EventId>> {
        let mut statement = self.connection.prepare_cached("SELECT read_to FROM rooms WHERE room = ?1")?;
        Ok(statement.query_row([room], |row| row.get(0)).optional()?.flatten())
    }

    /// Rooms with a gap to fill.
    pub fn gaps(&self) -> Result<Vec<RoomId>> {
        let mut statement = self.connection.prepare_cached("SELECT room FROM rooms WHERE gap = 1 ORDER BY rowid")?;
        let found = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok(found)
    }

    /// Whether the bot has introduced itself in a room; from now on it has.
    pub fn introduce(&self, room: &RoomId) -> Result<bool> {
        self.once(
            "INSERT INTO rooms (room, introduced) VALUES (?1, 1) ON CONFLICT (room) DO UPDATE SET introduced = 1 WHERE introduced = 0",
            room,
        )
    }

    /// Whether a user was greeted, in any room.
    pub fn greeted(&self, user: &UserId) -> Result<bool> {
        let mut statement = self.connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM greeted WHERE user = ?1)")?;
        Ok(statement.query_row([user], |row| row.get(0))?)
    }

    /// Whether a user is greeted for the first time ever; from now on they have been.
    pub fn greet(&self, user: &UserId) -> Result<bool> {
        self.once("INSERT OR IGNORE INTO greeted VALUES (?1)", user)
    }

    fn once(&self, sql: &str, id: &dyn ToSql) -> Result<bool> {
        Ok(self.connection.prepare_cached(sql)?.execute([id])? > 0)
    }

    /// Whether a room's last greeting is at least `cooldown` ago; if so, `now` (milliseconds since 1970) is its time.
    pub fn may_welcome(&self, room: &RoomId, now: i64, cooldown: Duration) -> Result<bool> {
        self.after("welcomed_at", room, now, cooldown)
    }

    /// The same for the notice that a message can't be read.
    pub fn may_notice(&self, room: &RoomId, now: i64, cooldown: Duration) -> Result<bool> {
        self.after("noticed_at", room, now, cooldown)
    }

    fn after(&self, column: &str, room: &RoomId, now: i64, cooldown: Duration) -> Result<bool> {
        let sql = format!(
            "INSERT INTO rooms (room, {column}) VALUES (?1, ?2)
             ON CONFLICT (room) DO UPDATE SET {column} = ?2 WHERE {column} IS NULL OR {column} <= ?2 - ?3"
        );
        let cooldown = i64::try_from(cooldown.as_millis()).unwrap_or(i64::MAX);
        Ok(self.connection.prepare_cached(&sql)?.execute(params![room, now, cooldown])? > 0)
    }

    /// Forgets a room that was left.
    pub fn leave(&self, room: &RoomId) -> Result<()> {
        for sql in [
            "DELETE FROM rooms WHERE room = ?1",
            "DELETE FROM votes WHERE question IN (SELECT event FROM questions WHERE room = ?1)",
            "DELETE FROM reloads WHERE command IN (SELECT event FROM questions WHERE room = ?1)",
            "DELETE FROM notices WHERE room = ?1",
            "DELETE FROM questions WHERE room = ?1",
            "DELETE FROM unreadable WHERE room = ?1",
            "UPDATE kept SET gone = 1 WHERE room = ?1",
        ] {
            self.connection.prepare_cached(sql)?.execute([room])?;
        }
        Ok(())
    }

    /// Drops what is older than `oldest` (milliseconds since 1970) and has an answer, and what could not be read by then.
    pub fn tidy(&mut self, oldest: i64, oldest_unreadable: i64) -> Result<()> {
        let transaction = self.connection.transaction()?;
        let sql = "DELETE FROM questions WHERE answer IS NOT NULL AND asked_at < ?1";
        let counted = "SELECT count(*) FROM questions WHERE answer IS NOT NULL AND asked_at < ?1 AND edits IS NULL";
        let dropped: i64 = transaction.query_row(counted, [oldest], |row| row.get(0))?;
        transaction.execute(sql, [oldest])?;
        let sql = "INSERT INTO facts VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = value + ?2";
        transaction.execute(sql, params![ANSWERED, dropped.to_string()])?;
        transaction.execute("DELETE FROM said WHERE at < ?1", [oldest])?;
        transaction.execute("DELETE FROM unreadable WHERE since < ?1", [oldest_unreadable])?;
        transaction.execute("DELETE FROM notices WHERE event NOT IN (SELECT event FROM unreadable)", [])?;
        transaction.execute("DELETE FROM votes WHERE question NOT IN (SELECT event FROM questions)", [])?;
        Ok(transaction.commit()?)
    }
}

/// The fact that holds the sync token.
const TOKEN: &str = "token";
/// The fact that counts answered questions that were dropped.
const ANSWERED: &str = "answered";

fn write(transaction: &Transaction<'_>, changes: &Changes) -> rusqlite::Result<()> {
    let mut owe = transaction.prepare_cached("INSERT OR IGNORE INTO questions VALUES (?1, ?2, ?3, ?4, NULL, ?5)")?;
    for Owed { event, room, asker, asked_at, edits } in &changes.owed {
        owe.execute(params![event, room, asker, asked_at, edits])?;
    }
    let mut answered = transaction.prepare_cached("UPDATE questions SET answer = ?2 WHERE event = ?1 AND answer IS NULL")?;
    for (question, answer) in &changes.answered {
        answered.execute([question, answer])?;
    }
    let mut said = transaction.prepare_cached("INSERT OR IGNORE INTO said VALUES (?1, ?2)")?;
    for (event, at) in &changes.said {
        said.execute(params![event, at])?;
    }
    let mut unreadable = transaction.prepare_cached("INSERT OR IGNORE INTO unreadable VALUES (?1, ?2, ?3)")?;
    for Unreadable { event, room, since } in &changes.unreadable {
        unreadable.execute(params![event, room, since])?;
    }
    let mut gone = transaction.prepare_cached("UPDATE kept SET gone = 1 WHERE event = ?1")?;
    for event in &changes.gone {
        gone.execute([event])?;
    }
    let mut read_to = transaction.prepare_cached(
        "INSERT INTO rooms (room, read_to) VALUES (?1, ?2) ON CONFLICT (room) DO UPDATE SET read_to = ?2, gap = 0",
    )?;
    for (room, event) in &changes.read_to {
        read_to.execute(params![room, event])?;
    }
    let mut gap =
        transaction.prepare_cached("INSERT INTO rooms (room, gap) VALUES (?1, 1) ON CONFLICT (room) DO UPDATE SET gap = 1")?;
    for room in &changes.gaps {
        gap.execute([room])?;
    }
    if let Some(token) = &changes.token {
        transaction.execute("INSERT OR REPLACE INTO facts VALUES (?1, ?2)", [TOKEN, token])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal() -> (tempfile::TempDir, Journal) {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(&folder.path().join("journal.sqlite")).unwrap();
        (folder, journal)
    }

    fn owed(event: &str, asked_at: i64) -> Owed {
        Owed { event: event.into(), room: "!r".into(), asker: "@a".into(), asked_at, edits: None }
    }

    #[test]
    fn a_question_is_owed_until_it_is_answered_and_never_twice() {
        let (folder, mut journal) = journal();
        let changes = Changes { owed: vec![owed("$2", 20), owed("$1", 10)], token: Some("t1".to_owned()), ..Changes::default() };
        journal.record(&changes).unwrap();
        assert_eq!(journal.owed().unwrap(), [owed("$1", 10), owed("$2", 20)]);
        journal.answered(&"$1".into(), &"$a1".into()).unwrap();
        journal.record(&changes).unwrap();
        drop(journal);
        let journal = Journal::open(&folder.path().join("journal.sqlite")).unwrap();
        assert_eq!(journal.owed().unwrap(), [owed("$2", 20)]);
        assert_eq!(journal.token().unwrap().as_deref(), Some("t1"));
        assert_eq!(journal.answered_by(&"$a1".into()).unwrap().unwrap().event, "$1");
        assert_eq!(journal.counts().unwrap(), (1, 1));
    }

    #[test]
    fn a_gap_stays_until_the_room_is_read() {
        let (_folder, mut journal) = journal();
        let room = || RoomId::from("!r");
        journal.record(&Changes { read_to: vec![(room(), "$1".into())], ..Changes::default() }).unwrap();
        journal.record(&Changes { gaps: vec![room()], ..Changes::default() }).unwrap();
        assert_eq!((journal.gaps().unwrap(), journal.read_to(&room()).unwrap()), (vec![room()], Some("$1".into())));
        journal.record(&Changes { read_to: vec![(room(), "$9".into())], ..Changes::default() }).unwrap();
        assert_eq!((journal.gaps().unwrap(), journal.read_to(&room()).unwrap()), (vec![], Some("$9".into())));
    }

    #[test]
    fn introductions_greetings_and_notices_come_once() {
        let (_folder, journal) = journal();
        let (room, user) = ("!r".into(), "@a".into());
        assert_eq!([journal.introduce(&room).unwrap(), journal.introduce(&room).unwrap()], [true, false]);
        assert_eq!([journal.greet(&user).unwrap(), journal.greet(&user).unwrap()], [true, false]);
        let minute = Duration::from_secs(60);
        let welcome = |now| journal.may_welcome(&room, now, minute).unwrap();
        assert_eq!([welcome(0), welcome(59_999), welcome(60_000), welcome(60_001)], [true, false, true, false]);
        assert!(journal.may_notice(&room, 5, minute).unwrap());
    }

    #[test]
    fn what_is_erased_or_old_is_gone_and_still_counted() {
        let (_folder, mut journal) = journal();
        journal.record(&Changes { owed: vec![owed("$1", 10), owed("$2", 20), owed("$3", 30)], ..Changes::default() }).unwrap();
        journal.answered(&"$1".into(), &"$a".into()).unwrap();
        journal.tidy(25, 25).unwrap();
        journal.erase(&"$3".into()).unwrap();
        assert_eq!(journal.owed().unwrap(), [owed("$2", 20)]);
        assert_eq!(journal.counts().unwrap(), (1, 1));
    }

    #[test]
    fn a_journal_of_the_version_before_is_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.sqlite");
        let old = Connection::open(&path).unwrap();
        old.execute_batch(&format!("{} PRAGMA user_version = 1;", MIGRATIONS[0])).unwrap();
        old.execute("INSERT INTO questions VALUES ('$1', '!r', '@a', 10, NULL, NULL)", []).unwrap();
        drop(old);
        let journal = Journal::open(&path).unwrap();
        assert_eq!(journal.owed().unwrap(), [owed("$1", 10)]);
        journal.vote_against(&"$1".into(), &"@b".into(), 20).unwrap();
        assert_eq!(journal.unhelpful().unwrap(), 1);
    }

    #[test]
    fn a_vote_counts_once_and_only_of_a_question_that_is_known() {
        let (_folder, mut journal) = journal();
        journal.record(&Changes { owed: vec![owed("$1", 10)], ..Changes::default() }).unwrap();
        for (question, voter) in [("$1", "@b"), ("$1", "@b"), ("$1", "@c"), ("$9", "@b")] {
            journal.vote_against(&question.into(), &voter.into(), 20).unwrap();
        }
        assert_eq!(journal.unhelpful().unwrap(), 1);
        journal.erase(&"$1".into()).unwrap();
        assert_eq!(journal.unhelpful().unwrap(), 0);
    }

    #[test]
    fn a_notice_is_known_until_its_message_can_be_read() {
        let (_folder, mut journal) = journal();
        let event = EventId::from("$1");
        let unreadable = Unreadable { event: event.clone(), room: "!r".into(), since: 5 };
        journal.record(&Changes { unreadable: vec![unreadable], ..Changes::default() }).unwrap();
        assert!(journal.noticed(&event, &"$n".into()).unwrap());
        journal.readable(&event).unwrap();
        assert_eq!(journal.take_notice(&event).unwrap(), Some(("!r".into(), "$n".into())));
        assert_eq!(journal.take_notice(&event).unwrap(), None);
        assert!(!journal.noticed(&event, &"$late".into()).unwrap(), "it was read before the notice was sent");
    }

    #[test]
    fn other_files_and_newer_journals_are_told_plainly() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.sqlite");
        std::fs::write(&path, "not a database, but long enough to be read as one").unwrap();
        assert!(Journal::open(&path).unwrap_err().to_string().contains("move it away"));
        std::fs::remove_file(&path).unwrap();
        Journal::open(&path).unwrap().connection.pragma_update(None, "user_version", 99).unwrap();
        assert!(Journal::open(&path).unwrap_err().to_string().contains("newer mynah"));
    }
}
