//! Wake-ups: claimed, postponed, looked at.

use rusqlite::{Connection, params};

use super::error::{SqliteError, key_of};
use super::records::{integer, number};
use crate::id::TenantId;
use crate::record::RecordKey;
use crate::store::Due;
use crate::time::{Span, Timestamp};

/// The wake-ups that can be claimed, none of them claimed yet: the fence is that which a claim would have.
pub(super) fn due(
    connection: &Connection,
    tenant: &TenantId,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Due>, SqliteError> {
    const DUE: &str = "SELECT record, at, fence + 1, postponed FROM destek_wakes \
        WHERE tenant = ?1 AND at IS NOT NULL AND at <= ?2 AND (lease IS NULL OR lease <= ?2) \
        ORDER BY at, kind, record LIMIT ?3";
    let mut statement = connection.prepare_cached(DUE)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![tenant.as_str(), now.as_millis(), limit])?;
    let mut due = Vec::new();
    while let Some(row) = rows.next()? {
        let record = key_of("destek_wakes", row.get_ref(0)?.as_str().unwrap_or_default())?;
        due.push(Due::new(record, Timestamp::from_millis(row.get(1)?), number(row.get(2)?), row.get(3)?));
    }
    Ok(due)
}

/// Claims a wake-up; `false` when somebody has touched it since it was found.
pub(super) fn claim(
    connection: &Connection,
    tenant: &TenantId,
    record: &RecordKey,
    fence: u64,
    lease: Timestamp,
) -> Result<bool, SqliteError> {
    const CLAIM: &str =
        "UPDATE destek_wakes SET fence = ?3, lease = ?4 WHERE tenant = ?1 AND record = ?2 AND fence = ?3 - 1";
    let row = params![tenant.as_str(), record.to_string(), integer(fence), lease.as_millis()];
    Ok(connection.prepare_cached(CLAIM)?.execute(row)? == 1)
}

pub(super) fn claim_due(
    connection: &Connection,
    tenant: &TenantId,
    now: Timestamp,
    lease: Span,
    limit: usize,
) -> Result<Vec<Due>, SqliteError> {
    let found = due(connection, tenant, now, limit)?;
    for due in &found {
        claim(connection, tenant, &due.record, due.fence, now + lease)?;
    }
    Ok(found)
}

pub(super) fn postpone(
    connection: &Connection,
    tenant: &TenantId,
    (record, fence): (&RecordKey, u64),
    until: Option<Timestamp>,
    reason: &str,
) -> Result<(), SqliteError> {
    const POSTPONE: &str = "UPDATE destek_wakes SET at = ?4, parked = ?5, postponed = postponed + 1, reason = ?6, \
        fence = fence + 1, lease = NULL WHERE tenant = ?1 AND record = ?2 AND fence = ?3";
    let at = until.map(Timestamp::as_millis);
    let row = params![tenant.as_str(), record.to_string(), integer(fence), at, until.is_none(), reason];
    connection.prepare_cached(POSTPONE)?.execute(row)?;
    Ok(())
}

pub(super) fn next_due(connection: &Connection, tenant: &TenantId) -> Result<Option<Timestamp>, SqliteError> {
    const NEXT: &str = "SELECT MIN(at) FROM destek_wakes WHERE tenant = ?1 AND at IS NOT NULL";
    let at: Option<i64> = connection.prepare_cached(NEXT)?.query_row([tenant.as_str()], |row| row.get(0))?;
    Ok(at.map(Timestamp::from_millis))
}
