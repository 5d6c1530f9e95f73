//! What can go wrong with a database, in words that say what to do.

use rusqlite::ErrorCode;
use rusqlite::ffi::SQLITE_BUSY_SNAPSHOT;

use crate::record::RecordKey;
use crate::store::{Conflict, WriteError};

/// What went wrong in the database. Nothing was changed by the call that gave it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SqliteError {
    /// The connection commits each statement by itself.
    #[error(
        "the connection is not inside a transaction; begin one, so that what is written is committed with your own rows"
    )]
    Autocommit,
    /// The tables are not there.
    #[error("the database has no tables of destek; call `sqlite::migrate` once before")]
    NotMigrated,
    /// A later version of the library made the tables.
    #[error("the tables are of version {found}, this library knows up to {known}; take a later version of destek")]
    Newer {
        /// The version that was found.
        found: u32,
        /// The latest that is known.
        known: u32,
    },
    /// Tables that look like the library's, of which nobody wrote down which version they are.
    #[error(
        "the table `{table}` is there, but which version it is of is not; restore the database, or drop every table that begins with `destek_`"
    )]
    Unfinished {
        /// The table.
        table: String,
    },
    /// Somebody else holds the database.
    #[error("the database is locked by another connection; try again, or raise its `busy_timeout`")]
    Locked,
    /// The transaction began by reading, and somebody else has written since.
    #[error("somebody else has written since this transaction began; roll it back, and begin it with IMMEDIATE")]
    Outdated,
    /// The path names no file.
    #[error(
        "an in-memory database is another one for each connection; give the path of a file, or use `SqliteStore` on your own connection"
    )]
    NoFile,
    /// The file may not be written.
    #[error("the database cannot be written; look at the rights of the file and its folder, and at how it was opened")]
    ReadOnly,
    /// There is no more room.
    #[error("the database is full; make room on the disk, or raise `max_page_count`")]
    Full,
    /// The file is no database, or is damaged.
    #[error("the file is no database, or a damaged one; restore it from a copy")]
    Damaged,
    /// A row holds what cannot be read.
    #[error("`{row}` of the table `{table}` cannot be read: {why}")]
    Row {
        /// The table.
        table: &'static str,
        /// Which row.
        row: String,
        /// What is wrong with it; it quotes nothing of the row.
        why: String,
    },
    /// Anything else that SQLite refuses.
    #[error("the database refuses: {0}")]
    Sqlite(#[source] rusqlite::Error),
}

impl SqliteError {
    /// The stable code, for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Autocommit => "autocommit",
            Self::NotMigrated => "not_migrated",
            Self::Newer { .. } => "newer",
            Self::Unfinished { .. } => "unfinished",
            Self::Locked => "locked",
            Self::Outdated => "outdated",
            Self::NoFile => "no_file",
            Self::ReadOnly => "read_only",
            Self::Full => "full",
            Self::Damaged => "damaged",
            Self::Row { .. } => "row",
            Self::Sqlite(_) => "sqlite",
        }
    }

    /// A row that cannot be read. What serde says of it may quote a value, of which only the kind of fault is kept.
    pub(super) fn row(table: &'static str, row: impl ToString, error: &serde_json::Error) -> Self {
        let fault = match error.classify() {
            serde_json::error::Category::Io => "it cannot be read",
            serde_json::error::Category::Syntax => "it is no JSON",
            serde_json::error::Category::Data => "it is JSON of another form",
            serde_json::error::Category::Eof => "it ends too early",
        };
        let why = format!("{fault}, at line {} column {}", error.line(), error.column());
        Self::Row { table, row: row.to_string(), why }
    }

    pub(super) fn no_key(table: &'static str, row: &str) -> Self {
        Self::Row { table, row: crate::limits::shorten(row, 64), why: "it is not the key of a record".to_owned() }
    }
}

impl From<rusqlite::Error> for SqliteError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(_) if error.sqlite_error().is_some_and(|it| it.extended_code == SQLITE_BUSY_SNAPSHOT) => {
                Self::Outdated
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => Self::ReadOnly,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged,
            _ if error.to_string().contains("no such table: destek_") => Self::NotMigrated,
            _ => Self::Sqlite(error),
        }
    }
}

/// A write that found the database taken by somebody else is no fault of the store: whoever is second begins anew.
pub(super) fn of_write(error: SqliteError) -> WriteError<SqliteError> {
    match error {
        SqliteError::Locked | SqliteError::Outdated => WriteError::Conflict(Conflict::TransactionLost),
        other => WriteError::Store(other),
    }
}

/// The key that a row names.
pub(super) fn key_of(table: &'static str, text: &str) -> Result<RecordKey, SqliteError> {
    text.parse().map_err(|_| SqliteError::no_key(table, text))
}
