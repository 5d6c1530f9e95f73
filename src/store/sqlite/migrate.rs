//! The tables, and how an older database gets them.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::error::SqliteError;
use super::{records, write};
use crate::desk::FOLD;
use crate::id::TenantId;

/// Each once, in order; what has been released is never changed.
const MIGRATIONS: [&str; 1] = [include_str!("migrations/0001_tables.sql")];

/// How many records are folded anew in one transaction.
const REFOLD_BATCH: i64 = 500;

const META: &str =
    "CREATE TABLE IF NOT EXISTS destek_meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID";

/// The version of the tables that this library makes and knows.
#[must_use]
pub const fn schema_version() -> u32 {
    MIGRATIONS.len() as u32
}

/// Makes the tables, or brings those of an earlier version up to date; does nothing where they are. All of them begin with
/// `destek_`. Safe to call from several processes at once.
///
/// After an update of the library that folds logs otherwise ([`FOLD`]), every state is folded anew here, some hundred
/// records a transaction; a call that is interrupted goes on with the next.
///
/// # Errors
/// [`SqliteError::Newer`] where a later version was here, [`SqliteError::Unfinished`] where tables are there of which nobody
/// knows the version, and whatever keeps the database from being written. Nothing is changed then.
pub fn migrate(connection: &mut Connection) -> Result<(), SqliteError> {
    if version(connection)? != Some(schema_version()) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Somebody else may have been first.
        raise(&transaction)?;
        transaction.commit()?;
    }
    refold(connection)
}

/// The version of the tables; none where there are none.
fn version(connection: &Connection) -> Result<Option<u32>, SqliteError> {
    let table = "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'destek\\_%' ESCAPE '\\' ORDER BY name = 'destek_meta' DESC";
    let table: Option<String> = connection.query_row(table, [], |row| row.get(0)).optional()?;
    let Some(table) = table else { return Ok(None) };
    if table != "destek_meta" {
        return Err(SqliteError::Unfinished { table });
    }
    let version = "SELECT value FROM destek_meta WHERE name = 'schema'";
    let found: Option<u32> = connection.query_row(version, [], |row| row.get(0)).optional()?;
    let found = found.ok_or(SqliteError::Unfinished { table })?;
    if found > schema_version() {
        return Err(SqliteError::Newer { found, known: schema_version() });
    }
    Ok(Some(found))
}

fn raise(transaction: &Transaction<'_>) -> Result<(), SqliteError> {
    let found = version(transaction)?.unwrap_or(0);
    transaction.execute_batch(META)?;
    for migration in MIGRATIONS.iter().skip(found as usize) {
        transaction.execute_batch(migration)?;
    }
    let keep =
        "INSERT INTO destek_meta (name, value) VALUES ('schema', ?1) ON CONFLICT (name) DO UPDATE SET value = ?1";
    transaction.execute(keep, params![schema_version()])?;
    Ok(())
}

/// Folds every record anew whose state is of an earlier fold. Those which this library does not understand whole stay as they
/// are: they are sealed, and to keep a part of one would hide that. One that cannot be read fails when it is asked for.
fn refold(connection: &mut Connection) -> Result<(), SqliteError> {
    const DONE: &str = "SELECT value FROM destek_meta WHERE name = 'fold'";
    const NEXT: &str = "SELECT tenant, record FROM destek_records WHERE (tenant, record) > (?1, ?2) AND fold < ?3 \
        ORDER BY tenant, record LIMIT ?4";
    const KEEP: &str =
        "INSERT INTO destek_meta (name, value) VALUES ('fold', ?1) ON CONFLICT (name) DO UPDATE SET value = ?1";
    let done: Option<u32> = connection.query_row(DONE, [], |row| row.get(0)).optional()?;
    if done.is_some_and(|done| done >= FOLD) {
        return Ok(());
    }
    let mut last = (String::new(), String::new());
    loop {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let batch: Vec<(String, String)> = {
            let mut rows = transaction.prepare(NEXT)?;
            let place = params![last.0, last.1, FOLD, REFOLD_BATCH];
            let rows = rows.query_map(place, |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        for (tenant, record) in &batch {
            let tenant = TenantId::new(tenant.clone()).map_err(|_| SqliteError::no_key("destek_records", tenant))?;
            let key = super::error::key_of("destek_records", record)?;
            match records::load(&transaction, &tenant, &key) {
                Ok(Some(loaded)) if !loaded.sealed => write::refolded(&transaction, &tenant, &key, &loaded)?,
                Ok(_) | Err(SqliteError::Row { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let Some(next) = batch.last().cloned() else {
            transaction.execute(KEEP, params![FOLD])?;
            return Ok(transaction.commit()?);
        };
        transaction.commit()?;
        last = next;
    }
}
