//! Small SQLite files that go on from version to version, and from which what is deleted is gone.

use std::path::Path;

use rusqlite::Connection;

/// Why a file can't be opened.
#[derive(Debug)]
pub(crate) enum Refused {
    /// It is no database, or can't be written.
    Unusable(rusqlite::Error),
    /// It was made by a newer mynah, which calls it of this version.
    Newer(i64),
    /// It can't be made one of today.
    Failed(rusqlite::Error),
}

/// Opens a file, or begins one. `migrations` make one of each version one of the next, from none on; the version is the number of
/// those that were done.
///
/// A write-ahead log survives a killed process without waiting for the disk at each step; after a power cut the last steps may be
/// missing.
pub(crate) fn open(path: &Path, migrations: &[&str]) -> Result<Connection, Refused> {
    let connection = prepared(path).map_err(Refused::Unusable)?;
    migrate(&connection, migrations)?;
    Ok(connection)
}

/// Makes a database one of today's version.
pub(crate) fn migrate(connection: &Connection, migrations: &[&str]) -> Result<(), Refused> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(Refused::Failed)?;
    let missing = usize::try_from(version).ok().and_then(|done| migrations.get(done..)).ok_or(Refused::Newer(version))?;
    for (next, migration) in (version + 1..).zip(missing) {
        let step = format!("BEGIN; {migration} PRAGMA user_version = {next}; COMMIT;");
        connection.execute_batch(&step).map_err(Refused::Failed)?;
    }
    Ok(())
}

fn prepared(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "secure_delete", "ON")?;
    Ok(connection)
}
