//! Opening a file as this library would.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::error::SqliteError;
use super::migrate::migrate;

/// How long a connection waits for another one that writes.
const BUSY: Duration = Duration::from_secs(5);
/// Statements that a connection keeps prepared; the library has some sixty.
const STATEMENTS: usize = 128;

/// What a commit survives. Both survive the death of the process, and neither ever leaves a damaged database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// A loss of power may take the last commits away, those since SQLite's last checkpoint; what is left is whole up to
    /// some commit (`synchronous = NORMAL`). Several times faster.
    Normal,
    /// A commit that has returned survives a loss of power, if the disk tells the truth (`synchronous = FULL`): each one
    /// waits for the disk. Law 21 asks for this.
    #[default]
    Full,
}

/// Opens a file or makes it, sets the pragmas that this library wants, and makes the tables ([`migrate`]).
///
/// | pragma | why |
/// |---|---|
/// | `journal_mode = WAL` | who reads does not wait for who writes |
/// | `synchronous` | [`Durability`] |
/// | `busy_timeout = 5000` | a writer waits for another one instead of failing |
/// | `foreign_keys = ON` | for tables of yours beside; the library's own have none |
///
/// # Errors
/// As [`migrate`], and where the file cannot be opened.
pub fn open(path: impl AsRef<Path>, durability: Durability) -> Result<Connection, SqliteError> {
    let mut connection = prepared(Connection::open(path)?, durability)?;
    migrate(&mut connection)?;
    Ok(connection)
}

/// Opens a file whose tables are there; one that is gone is not made anew.
pub(super) fn connect(path: &Path, durability: Durability) -> Result<Connection, SqliteError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    prepared(Connection::open_with_flags(path, flags)?, durability)
}

fn prepared(connection: Connection, durability: Durability) -> Result<Connection, SqliteError> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let synchronous = match durability {
        Durability::Normal => "NORMAL",
        Durability::Full => "FULL",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}
