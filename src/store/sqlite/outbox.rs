//! Effects: claimed in the order of their lanes, and settled.

use rusqlite::{Connection, params};

use super::error::SqliteError;
use super::records::{self, decode, integer, number};
use crate::desk::{EffectKey, Outgoing};
use crate::id::TenantId;
use crate::store::{Envelope, Settlement};
use crate::time::{Span, Timestamp};

/// The effects that can be claimed, none of them claimed yet: attempt and fence are those which a claim would have.
///
/// One whose last claim ended without a settlement comes alone, so that it takes no others with it if it kills its worker.
pub(super) fn claimable(
    connection: &Connection,
    tenant: &TenantId,
    now: Timestamp,
    limit: usize,
    but: &dyn Fn(&EffectKey) -> bool,
) -> Result<Vec<Envelope>, SqliteError> {
    const HEADS: &str = "SELECT effect, body, status, attempt, fence FROM destek_outbox \
        WHERE tenant = ?1 AND head = 1 AND (free IS NULL OR free <= ?2) ORDER BY position";
    let mut statement = connection.prepare_cached(HEADS)?;
    let mut rows = statement.query(params![tenant.as_str(), now.as_millis()])?;
    let mut envelopes = Vec::new();
    let mut alone = false;
    while let Some(row) = rows.next()?.filter(|_| !alone && envelopes.len() < limit) {
        let effect = row.get_ref(0)?.as_str().unwrap_or_default();
        let outgoing: Outgoing = decode("destek_outbox", effect, row.get_ref(1)?.as_str().unwrap_or_default())?;
        if but(&outgoing.key) {
            continue;
        }
        if row.get_ref(2)?.as_str().unwrap_or_default() == "claimed" {
            if !envelopes.is_empty() {
                break;
            }
            alone = true;
        }
        let (attempt, fence): (u32, i64) = (row.get(3)?, row.get(4)?);
        let text = match outgoing.effect.content() {
            Some(reference) => records::content(connection, tenant, &reference.id)?,
            None => None,
        };
        envelopes.push(Envelope::new(outgoing, text, attempt.saturating_add(1), number(fence).saturating_add(1)));
    }
    Ok(envelopes)
}

/// Claims an effect; `false` when somebody has claimed or settled it since it was found.
pub(super) fn claim_one(
    connection: &Connection,
    tenant: &TenantId,
    key: &EffectKey,
    fence: u64,
    lease: Timestamp,
) -> Result<bool, SqliteError> {
    const CLAIM: &str = "UPDATE destek_outbox SET status = 'claimed', attempt = attempt + 1, fence = ?3, free = ?4 \
        WHERE tenant = ?1 AND effect = ?2 AND fence = ?3 - 1 AND settled = 0";
    let row = params![tenant.as_str(), key.to_string(), integer(fence), lease.as_millis()];
    Ok(connection.prepare_cached(CLAIM)?.execute(row)? == 1)
}

pub(super) fn claim(
    connection: &Connection,
    tenant: &TenantId,
    now: Timestamp,
    lease: Span,
    limit: usize,
) -> Result<Vec<Envelope>, SqliteError> {
    let envelopes = claimable(connection, tenant, now, limit, &|_| false)?;
    for envelope in &envelopes {
        claim_one(connection, tenant, &envelope.outgoing.key, envelope.fence, now + lease)?;
    }
    Ok(envelopes)
}

/// Whether somebody holds this claim now.
pub(super) fn is_held(
    connection: &Connection,
    tenant: &TenantId,
    key: &EffectKey,
    fence: u64,
) -> Result<bool, SqliteError> {
    const HELD: &str =
        "SELECT 1 FROM destek_outbox WHERE tenant = ?1 AND effect = ?2 AND fence = ?3 AND status = 'claimed'";
    let row = params![tenant.as_str(), key.to_string(), integer(fence)];
    Ok(connection.prepare_cached(HELD)?.exists(row)?)
}

/// Says what became of a claimed effect; `false` when the claim has been lost.
pub(super) fn settle(
    connection: &Connection,
    tenant: &TenantId,
    key: &EffectKey,
    fence: u64,
    settlement: &Settlement,
) -> Result<bool, SqliteError> {
    if !is_held(connection, tenant, key, fence)? {
        return Ok(false);
    }
    let (status, free, reason, back) = match settlement {
        Settlement::Delivered => ("delivered", None, None, 0),
        Settlement::SetAside { reason } => ("set_aside", None, Some(reason.as_str()), 0),
        Settlement::Withdrawn => ("withdrawn", None, None, 0),
        Settlement::Retry { at, reason } => ("retrying", Some(at), Some(reason.as_str()), 0),
        Settlement::Leave { until } => ("retrying", Some(until), Some("only a later version understands it"), 1),
    };
    let settled = free.is_none();
    const SETTLE: &str = "UPDATE destek_outbox SET status = ?4, free = ?5, reason = ?6, attempt = attempt - ?7, \
        fence = fence + 1, settled = ?8, head = NOT ?8 WHERE tenant = ?1 AND effect = ?2 AND fence = ?3";
    let free = free.map(|at| at.as_millis());
    let row = params![tenant.as_str(), key.to_string(), integer(fence), status, free, reason, back, settled];
    connection.prepare_cached(SETTLE)?.execute(row)?;
    if settled {
        const LEAD: &str = "UPDATE destek_outbox SET head = 1 WHERE tenant = ?1 AND position = (SELECT MIN(n.position) \
            FROM destek_outbox n JOIN destek_outbox d ON d.tenant = n.tenant AND d.record = n.record AND d.lane = n.lane \
            WHERE d.tenant = ?1 AND d.effect = ?2 AND n.settled = 0)";
        connection.prepare_cached(LEAD)?.execute(params![tenant.as_str(), key.to_string()])?;
    }
    Ok(true)
}
