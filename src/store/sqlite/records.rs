//! Reading records, their logs, texts and documents.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::error::SqliteError;
use crate::content::Content;
use crate::desk::{Answered, FOLD, Fingerprint, Loaded, Receipt, Recorded, State, fold};
use crate::id::{AgentId, ContentId, Name, RequestId, TenantId};
use crate::policy::Digest;
use crate::record::{RecordKey, Version};
use crate::time::Timestamp;

/// Reads a JSON text of a column.
pub(super) fn decode<T: serde::de::DeserializeOwned>(
    table: &'static str,
    row: impl ToString,
    text: &str,
) -> Result<T, SqliteError> {
    serde_json::from_str(text).map_err(|error| SqliteError::row(table, row, &error))
}

pub(super) fn encode<T: serde::Serialize>(
    table: &'static str,
    row: impl ToString,
    value: &T,
) -> Result<String, SqliteError> {
    serde_json::to_string(value).map_err(|error| SqliteError::row(table, row, &error))
}

/// SQLite has no integers above this; none of ours grows so far.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn number(integer: i64) -> u64 {
    u64::try_from(integer).unwrap_or(0)
}

/// A record as it is to be decided upon: state of another fold is folded anew from the log.
pub(super) fn load(connection: &Connection, tenant: &TenantId, key: &RecordKey) -> Result<Option<Loaded>, SqliteError> {
    const FIND: &str = "SELECT r.version, r.fold, r.recorded, r.state, w.stamp FROM destek_records r \
        LEFT JOIN destek_wakes w ON w.tenant = r.tenant AND w.record = r.record WHERE r.tenant = ?1 AND r.record = ?2";
    let name = key.to_string();
    let mut statement = connection.prepare_cached(FIND)?;
    let mut rows = statement.query(params![tenant.as_str(), name])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let version = Version::new(number(row.get(0)?)).unwrap_or(Version::FIRST);
    let (of, recorded): (u32, i64) = (row.get(1)?, row.get(2)?);
    let (recorded, stamp) = (Timestamp::from_millis(recorded), number(row.get::<_, Option<i64>>(4)?.unwrap_or(0)));
    if of == FOLD {
        let state: State = decode("destek_records", &name, row.get_ref(3)?.as_str().unwrap_or_default())?;
        return Ok(Some(Loaded::new(version, Arc::new(state), false, stamp, recorded)));
    }
    let stored = decode::<State>("destek_records", &name, row.get_ref(3)?.as_str().unwrap_or_default());
    let log = log(connection, tenant, key, usize::MAX)?;
    let folded = fold(key, &log);
    Ok(match (folded.state, stored) {
        (Some(state), _) => Some(Loaded::new(version, Arc::new(state), folded.sealed, stamp, recorded)),
        // Nothing in the log makes a state that is known here; what is stored can be read, not commanded.
        (None, Ok(stored)) => Some(Loaded::new(version, Arc::new(stored), true, stamp, recorded)),
        (None, Err(error)) => return Err(error),
    })
}

/// The version of a record.
pub(super) fn version(
    connection: &Connection,
    tenant: &TenantId,
    record: &str,
) -> Result<Option<Version>, SqliteError> {
    let mut find = connection.prepare_cached("SELECT version FROM destek_records WHERE tenant = ?1 AND record = ?2")?;
    let found: Option<i64> = find.query_row(params![tenant.as_str(), record], |row| row.get(0)).optional()?;
    Ok(found.and_then(|found| Version::new(number(found))))
}

/// The first events of a record's log.
pub(super) fn log(
    connection: &Connection,
    tenant: &TenantId,
    key: &RecordKey,
    limit: usize,
) -> Result<Vec<Recorded>, SqliteError> {
    const LOG: &str =
        "SELECT event FROM destek_events WHERE tenant = ?1 AND record = ?2 ORDER BY version, place LIMIT ?3";
    let mut statement = connection.prepare_cached(LOG)?;
    let name = key.to_string();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![tenant.as_str(), name, limit])?;
    events(&mut rows, &name)
}

/// The events of rows that have one in their first column.
pub(super) fn events(rows: &mut rusqlite::Rows<'_>, what: &str) -> Result<Vec<Recorded>, SqliteError> {
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(decode("destek_events", what, row.get_ref(0)?.as_str().unwrap_or_default())?);
    }
    Ok(events)
}

/// A personal text, if it is there.
pub(super) fn content(
    connection: &Connection,
    tenant: &TenantId,
    id: &ContentId,
) -> Result<Option<Content>, SqliteError> {
    let mut find = connection.prepare_cached("SELECT content FROM destek_contents WHERE tenant = ?1 AND id = ?2")?;
    let found: Option<String> =
        find.query_row(params![tenant.as_str(), id.to_string()], |row| row.get(0)).optional()?;
    found.map(|text| decode("destek_contents", id, &text)).transpose()
}

/// A document, if it is there.
pub(super) fn document(
    connection: &Connection,
    tenant: &TenantId,
    digest: &Digest,
) -> Result<Option<String>, SqliteError> {
    let mut find = connection.prepare_cached("SELECT text FROM destek_documents WHERE tenant = ?1 AND digest = ?2")?;
    Ok(find.query_row(params![tenant.as_str(), digest.to_string()], |row| row.get(0)).optional()?)
}

/// What a request was answered with, and the texts it brought as far as they are still there.
pub(super) fn answered(
    connection: &Connection,
    tenant: &TenantId,
    request: RequestId,
) -> Result<Option<Answered>, SqliteError> {
    const FIND: &str = "SELECT fingerprint, receipt FROM destek_requests WHERE tenant = ?1 AND request = ?2";
    let mut find = connection.prepare_cached(FIND)?;
    let found: Option<(String, String)> = find
        .query_row(params![tenant.as_str(), request.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((fingerprint, receipt)) = found else { return Ok(None) };
    let fingerprint: Fingerprint = decode("destek_requests", request, &fingerprint)?;
    let receipt: Receipt = decode("destek_requests", request, &receipt)?;
    let mut contents = Vec::with_capacity(fingerprint.contents.len());
    for id in &fingerprint.contents {
        contents.extend(content(connection, tenant, id)?);
    }
    Ok(Some(Answered::new(fingerprint, receipt, contents)))
}

/// One of an agent's counters.
pub(super) fn load_of(
    connection: &Connection,
    tenant: &TenantId,
    agent: &AgentId,
    slot: &Name,
) -> Result<u32, SqliteError> {
    const FIND: &str = "SELECT load FROM destek_loads WHERE tenant = ?1 AND agent = ?2 AND slot = ?3";
    let mut find = connection.prepare_cached(FIND)?;
    let found = find.query_row(params![tenant.as_str(), agent.as_str(), slot.as_str()], |row| row.get(0)).optional()?;
    Ok(found.unwrap_or(0))
}
