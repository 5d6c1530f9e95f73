//! What has happened: logs, the feed, texts.

use rusqlite::{Connection, params};

use super::error::SqliteError;
use super::records::{self, integer, number};
use crate::content::{Content, ContentRef};
use crate::desk::Recorded;
use crate::id::TenantId;
use crate::record::{RecordKey, Version};
use crate::store::Cursor;

pub(super) fn events(
    connection: &Connection,
    tenant: &TenantId,
    record: &RecordKey,
    after: Option<Version>,
    limit: usize,
) -> Result<Vec<Recorded>, SqliteError> {
    // Versions have no gaps, so that so many changes are so many versions.
    const EVENTS: &str = "SELECT event FROM destek_events WHERE tenant = ?1 AND record = ?2 AND version > ?3 \
        AND version <= ?4 ORDER BY version, place";
    let name = record.to_string();
    let after = after.map_or(0, |version| integer(version.number()));
    let until = after.saturating_add(i64::try_from(limit).unwrap_or(i64::MAX));
    let mut statement = connection.prepare_cached(EVENTS)?;
    let mut rows = statement.query(params![tenant.as_str(), name, after, until])?;
    records::events(&mut rows, &name)
}

/// SQLite commits one transaction after the other, so that nothing appears behind a cursor.
pub(super) fn feed(
    connection: &Connection,
    tenant: &TenantId,
    after: Cursor,
    limit: usize,
) -> Result<(Vec<Recorded>, Cursor), SqliteError> {
    const FEED: &str = "SELECT event, position FROM destek_events WHERE tenant = ?1 AND position > ?2 \
        ORDER BY position LIMIT ?3";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(FEED)?;
    let mut rows = statement.query(params![tenant.as_str(), integer(after.position()), limit])?;
    let (mut events, mut end) = (Vec::new(), after);
    while let Some(row) = rows.next()? {
        let place: i64 = row.get(1)?;
        events.push(records::decode("destek_events", place, row.get_ref(0)?.as_str().unwrap_or_default())?);
        end = Cursor::at(number(place));
    }
    Ok((events, end))
}

pub(super) fn contents(
    connection: &Connection,
    tenant: &TenantId,
    references: &[ContentRef],
) -> Result<Vec<Content>, SqliteError> {
    let mut contents = Vec::with_capacity(references.len());
    for reference in references {
        contents.extend(records::content(connection, tenant, &reference.id)?);
    }
    Ok(contents)
}
