//! Whose the questions are that are kept for insight, for as long as they are: so that `forget me` finds them, and a vote its question.
//!
//! What was asked stands in another file, without who asked. Nothing of this is needed for an answer.

use std::time::Duration;

use rusqlite::types::FromSql;
use rusqlite::{OptionalExtension, params};

use crate::ids::{EventId, RoomId, UserId};

use super::{Journal, Result};

/// A question that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptEntry {
    /// The question's event id.
    pub event: EventId,
    /// Its room.
    pub room: RoomId,
    /// Who asked.
    pub asker: UserId,
    /// The root of the thread it stands in.
    pub thread: Option<EventId>,
    /// The answer's event id.
    pub answer: EventId,
    /// Milliseconds since 1970 when it was answered.
    pub at: i64,
}

const COLUMNS: &str = "event, room, asker, thread, answer, at";

impl Journal {
    /// Whose a question is that is kept from now on. One that is known stays as it is.
    pub fn keep(&self, entry: &KeptEntry) -> Result<()> {
        let KeptEntry { event, room, asker, thread, answer, at } = entry;
        let sql = "INSERT OR IGNORE INTO kept (event, room, asker, thread, answer, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        self.connection.prepare_cached(sql)?.execute(params![event, room, asker, thread, answer, at])?;
        Ok(())
    }

    /// A question that is kept.
    pub fn kept(&self, event: &EventId) -> Result<Option<KeptEntry>> {
        self.kept_where("event = ?1", event)
    }

    /// The question that is kept and that a message of the bot's answers.
    pub fn kept_answered_by(&self, answer: &EventId) -> Result<Option<KeptEntry>> {
        self.kept_where("answer = ?1", answer)
    }

    fn kept_where(&self, condition: &str, event: &EventId) -> Result<Option<KeptEntry>> {
        let sql = format!("SELECT {COLUMNS} FROM kept WHERE {condition} AND gone = 0");
        let entry = |row: &rusqlite::Row<'_>| {
            let (event, room, asker) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(KeptEntry { event, room, asker, thread: row.get(3)?, answer: row.get(4)?, at: row.get(5)? })
        };
        Ok(self.connection.prepare_cached(&sql)?.query_row([event], entry).optional()?)
    }

    /// Rooms of which questions are kept.
    pub fn kept_rooms(&self) -> Result<Vec<RoomId>> {
        self.ids("SELECT DISTINCT room FROM kept WHERE gone = 0 ORDER BY room")
    }

    /// All questions of which something may be kept.
    pub fn kept_events(&self) -> Result<Vec<EventId>> {
        self.ids("SELECT event FROM kept ORDER BY rowid")
    }

    /// Questions whose words are to be deleted, and are perhaps not yet.
    pub fn to_forget(&self) -> Result<Vec<EventId>> {
        self.ids("SELECT event FROM kept WHERE gone = 1 ORDER BY rowid")
    }

    fn ids<Id: FromSql>(&self, sql: &str) -> Result<Vec<Id>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok(found)
    }

    /// All questions of an asker are to be forgotten, and who voted so is at once.
    pub fn forget_asker(&self, asker: &UserId) -> Result<()> {
        self.connection.prepare_cached("UPDATE kept SET gone = 1 WHERE asker = ?1")?.execute([asker])?;
        self.connection.prepare_cached("DELETE FROM votes WHERE voter = ?1")?.execute([asker])?;
        Ok(())
    }

    /// All questions of a room are to be forgotten.
    pub fn forget_room(&self, room: &RoomId) -> Result<()> {
        self.connection.prepare_cached("UPDATE kept SET gone = 1 WHERE room = ?1")?.execute([room])?;
        Ok(())
    }

    /// The words of these questions are deleted: whose they were is forgotten too.
    pub fn forgotten(&mut self, events: &[EventId]) -> Result<()> {
        let transaction = self.connection.transaction()?;
        for event in events {
            transaction.prepare_cached("DELETE FROM kept WHERE event = ?1")?.execute([event])?;
        }
        Ok(transaction.commit()?)
    }

    /// Whether nobody was told yet that the posts answer a question now, which was answered before by `since` (milliseconds since 1970)
    /// or later; from now on somebody was.
    pub fn tell(&self, event: &EventId, since: i64) -> Result<bool> {
        let sql = "UPDATE kept SET told = '' WHERE event = ?1 AND told IS NULL AND gone = 0 AND at >= ?2";
        Ok(self.connection.prepare_cached(sql)?.execute(params![event, since])? > 0)
    }

    /// The message that told so.
    pub fn told(&self, event: &EventId, message: &EventId) -> Result<()> {
        self.connection.prepare_cached("UPDATE kept SET told = ?2 WHERE event = ?1")?.execute([event, message])?;
        Ok(())
    }

    /// The message that told that the posts answer a question now, if one did.
    pub fn told_by(&self, event: &EventId) -> Result<Option<EventId>> {
        let sql = "SELECT told FROM kept WHERE event = ?1 AND told <> ''";
        Ok(self.connection.prepare_cached(sql)?.query_row([event], |row| row.get(0)).optional()?)
    }

    /// Forgets whose questions were that were answered more than `keep` before `now` (milliseconds since 1970).
    pub fn tidy_kept(&self, now: i64, keep: Duration) -> Result<()> {
        let oldest = now.saturating_sub(i64::try_from(keep.as_millis()).unwrap_or(i64::MAX));
        self.connection.prepare_cached("DELETE FROM kept WHERE at < ?1 AND gone = 0")?.execute([oldest])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Changes;

    fn entry(event: &str, asker: &str, at: i64) -> KeptEntry {
        let answer = format!("$a{event}").into();
        KeptEntry { event: event.into(), room: "!r".into(), asker: asker.into(), thread: None, answer, at }
    }

    #[test]
    fn whose_a_question_is_is_known_until_its_words_are_deleted() {
        let mut journal = Journal::in_memory();
        for (event, asker) in [("$1", "@ada"), ("$2", "@ben"), ("$3", "@ada")] {
            journal.keep(&entry(event, asker, 10)).unwrap();
        }
        assert_eq!(journal.kept_answered_by(&"$a$2".into()).unwrap(), Some(entry("$2", "@ben", 10)));
        journal.forget_asker(&"@ada".into()).unwrap();
        assert_eq!((journal.to_forget().unwrap(), journal.kept(&"$1".into()).unwrap()), (vec!["$1".into(), "$3".into()], None));
        journal.forgotten(&["$1".into()]).unwrap();
        assert_eq!(journal.kept_events().unwrap(), ["$2", "$3"], "what is not confirmed is tried again");
        journal.record(&Changes { gone: vec!["$2".into()], ..Changes::default() }).unwrap();
        assert_eq!((journal.to_forget().unwrap().len(), journal.kept_rooms().unwrap()), (2, vec![]));
    }

    #[test]
    fn it_is_told_once_that_the_posts_answer_a_question_and_not_of_one_long_ago() {
        let journal = Journal::in_memory();
        let (old, new) = ("$old".into(), "$new".into());
        journal.keep(&entry("$old", "@ada", 10)).unwrap();
        journal.keep(&entry("$new", "@ada", 20)).unwrap();
        assert_eq!(
            [journal.tell(&old, 15), journal.tell(&new, 15), journal.tell(&new, 15)].map(Result::unwrap),
            [false, true, false]
        );
        assert_eq!(journal.told_by(&new).unwrap(), None);
        journal.told(&new, &"$t".into()).unwrap();
        assert_eq!(journal.told_by(&new).unwrap(), Some("$t".into()));
        journal.tidy_kept(25, Duration::from_millis(10)).unwrap();
        assert_eq!(journal.kept_events().unwrap(), ["$new"]);
    }
}
