//! Writing a decision: everything is checked first, then everything is written behind a savepoint.

use rusqlite::{Connection, OptionalExtension, ToSql, params};

use super::error::SqliteError;
use super::records::{self, encode, integer};
use crate::desk::{Change, Changes, FOLD, Guard, Load, Loaded, Outgoing, State, Wake};
use crate::id::{TenantId, TicketId};
use crate::inbox::Columns;
use crate::record::{RecordKey, RecordKind};
use crate::store::{Conflict, WriteError};
use crate::team::Agent;
use crate::ticket::Ticket;
use crate::time::Timestamp;

/// Writes a decision, or nothing of it.
///
/// Nothing of the database changes between the check and the write: whoever writes first holds SQLite's only write lock
/// until the transaction ends, and whoever read an older snapshot cannot write at all. The savepoint is for what no check
/// foresees, as a disk that is full halfway.
pub(super) fn write(
    connection: &Connection,
    tenant: &TenantId,
    changes: &Changes,
) -> Result<(), WriteError<SqliteError>> {
    if let Some(conflict) = check(connection, tenant, changes).map_err(super::error::of_write)? {
        return Err(conflict.into());
    }
    let step = |sql: &str| connection.prepare_cached(sql)?.execute([]).map(|_| ());
    let begun = step("SAVEPOINT destek_write").map_err(SqliteError::from);
    begun.map_err(super::error::of_write)?;
    match put(connection, tenant, changes) {
        Ok(()) => step("RELEASE destek_write").map_err(|error| super::error::of_write(error.into())),
        Err(error) => {
            // Where SQLite has given the whole transaction up there is nothing left to go back to.
            let back = step("ROLLBACK TO destek_write").and_then(|()| step("RELEASE destek_write"));
            if back.is_err() && connection.is_autocommit() && matches!(error, SqliteError::Locked) {
                return Err(Conflict::TransactionLost.into());
            }
            Err(super::error::of_write(error))
        }
    }
}

/// What keeps a decision from being written.
pub(super) fn check(
    connection: &Connection,
    tenant: &TenantId,
    changes: &Changes,
) -> Result<Option<Conflict>, SqliteError> {
    let request = changes.receipt.request;
    let mut find = connection.prepare_cached("SELECT 1 FROM destek_requests WHERE tenant = ?1 AND request = ?2")?;
    if find.exists(params![tenant.as_str(), request.to_string()])? {
        return Ok(Some(Conflict::Request(request)));
    }
    for change in &changes.changes {
        if records::version(connection, tenant, &change.record.to_string())? != change.expected {
            let guard = Guard::Unchanged { record: change.record.clone(), version: change.expected };
            return Ok(Some(Conflict::Guard(guard)));
        }
    }
    for guard in &changes.guards {
        let holds = match guard {
            Guard::Unchanged { record, version } => {
                records::version(connection, tenant, &record.to_string())? == *version
            }
            Guard::Capacity { agent, slot, add, cap } => {
                let load = records::load_of(connection, tenant, agent, slot)?;
                load.checked_add(*add).is_some_and(|sum| sum <= *cap)
            }
        };
        if !holds {
            return Ok(Some(Conflict::Guard(guard.clone())));
        }
    }
    Ok(None)
}

fn put(connection: &Connection, tenant: &TenantId, changes: &Changes) -> Result<(), SqliteError> {
    let mut position = last(connection, tenant, "SELECT MAX(position) FROM destek_events WHERE tenant = ?1")?;
    for change in &changes.changes {
        put_record(connection, tenant, change)?;
        for event in &change.events {
            const ADD: &str = "INSERT INTO destek_events (tenant, position, record, version, place, event) \
                VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            position += 1;
            let body = encode("destek_events", event.key(), event)?;
            let record = event.record.to_string();
            let version = integer(event.version.number());
            let row = params![tenant.as_str(), position, record, version, event.index, body];
            connection.prepare_cached(ADD)?.execute(row)?;
        }
        index(connection, tenant, &change.record, &change.state)?;
    }
    for wake in &changes.wakes {
        put_wake(connection, tenant, wake)?;
    }
    for content in &changes.contents {
        const ADD: &str = "INSERT OR REPLACE INTO destek_contents (tenant, id, content) VALUES (?1, ?2, ?3)";
        let body = encode("destek_contents", content.id, content)?;
        connection.prepare_cached(ADD)?.execute(params![tenant.as_str(), content.id.to_string(), body])?;
    }
    let mut position = last(connection, tenant, "SELECT MAX(position) FROM destek_outbox WHERE tenant = ?1")?;
    for outgoing in &changes.outbox {
        position += 1;
        put_effect(connection, tenant, position, outgoing)?;
    }
    for load in &changes.loads {
        put_load(connection, tenant, load)?;
    }
    for document in &changes.documents {
        const ADD: &str = "INSERT OR IGNORE INTO destek_documents (tenant, digest, text) VALUES (?1, ?2, ?3)";
        let row = params![tenant.as_str(), document.digest.to_string(), &*document.text];
        connection.prepare_cached(ADD)?.execute(row)?;
    }
    const ANSWER: &str = "INSERT INTO destek_requests (tenant, request, fingerprint, receipt) VALUES (?1, ?2, ?3, ?4)";
    let request = changes.receipt.request;
    let fingerprint = encode("destek_requests", request, &changes.fingerprint)?;
    let receipt = encode("destek_requests", request, &changes.receipt)?;
    connection.prepare_cached(ANSWER)?.execute(params![tenant.as_str(), request.to_string(), fingerprint, receipt])?;
    Ok(())
}

/// The highest number of a tenant so far.
fn last(connection: &Connection, tenant: &TenantId, sql: &str) -> Result<i64, SqliteError> {
    let last: Option<i64> = connection.prepare_cached(sql)?.query_row([tenant.as_str()], |row| row.get(0))?;
    Ok(last.unwrap_or(0))
}

fn put_record(connection: &Connection, tenant: &TenantId, change: &Change) -> Result<(), SqliteError> {
    const PUT: &str = "INSERT INTO destek_records (tenant, record, version, fold, recorded, state) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (tenant, record) DO UPDATE SET \
        version = excluded.version, fold = excluded.fold, recorded = excluded.recorded, state = excluded.state";
    let recorded = change.events.last().map_or(Timestamp::MIN, |event| event.recorded).as_millis();
    let (record, version) = (change.record.to_string(), integer(change.version().number()));
    let state = encode("destek_records", &record, &*change.state)?;
    connection.prepare_cached(PUT)?.execute(params![tenant.as_str(), record, version, FOLD, recorded, state])?;
    Ok(())
}

/// Keeps a state that was folded anew, and what is derived from it.
pub(super) fn refolded(
    connection: &Connection,
    tenant: &TenantId,
    key: &RecordKey,
    loaded: &Loaded,
) -> Result<(), SqliteError> {
    const PUT: &str = "UPDATE destek_records SET fold = ?3, state = ?4 WHERE tenant = ?1 AND record = ?2";
    let record = key.to_string();
    let state = encode("destek_records", &record, &*loaded.state)?;
    connection.prepare_cached(PUT)?.execute(params![tenant.as_str(), record, FOLD, state])?;
    index(connection, tenant, key, &loaded.state)
}

/// Brings the rows that are derived from a state up to date; the due of a ticket comes with its wake-up.
fn index(connection: &Connection, tenant: &TenantId, key: &RecordKey, state: &State) -> Result<(), SqliteError> {
    match (key, state) {
        (RecordKey::Ticket(id), State::Ticket(ticket)) => put_ticket(connection, tenant, *id, ticket),
        (RecordKey::Agent(_), State::Agent(agent)) => put_member(connection, tenant, agent),
        _ => Ok(()),
    }
}

/// The columns of a ticket. What indexes know is written only where it differs: SQLite moves an entry of an index for every
/// column that is named, changed or not, and most changes of a ticket move none but `updated`.
fn put_ticket(connection: &Connection, tenant: &TenantId, id: TicketId, ticket: &Ticket) -> Result<(), SqliteError> {
    const CHANGE: &str = "UPDATE destek_tickets SET category = ?3, status = ?4, priority = ?5, level = ?6, \
        waiting_since = ?7, updated = ?8, tags = ?9, kind = ?10, stage = ?11, order_id = ?12, merged_into = ?13, \
        language = ?14, channel = ?15 WHERE tenant = ?1 AND ticket = ?2";
    const MOVE: &str = "UPDATE destek_tickets SET active = ?3, queue = ?4, rank = ?5, assignee = ?6, customer = ?7, \
        opened = ?8, number = ?9 WHERE tenant = ?1 AND ticket = ?2 AND \
        (active, queue, rank, assignee, customer, opened, number) IS NOT (?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    const ADD: &str = "INSERT INTO destek_tickets (tenant, ticket, category, status, priority, level, waiting_since, \
        updated, tags, kind, stage, order_id, merged_into, language, channel, active, queue, rank, assignee, customer, \
        opened, number, due) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, \
        ?19, ?20, ?21, ?22, (SELECT due FROM destek_wakes WHERE tenant = ?1 AND record = 'ticket/' || ?2))";
    let name = id.to_string();
    let columns = Columns::of(ticket, None);
    let millis = |at: Option<Timestamp>| at.map(Timestamp::as_millis);
    let tags = encode("destek_tickets", &name, columns.tags)?;
    let merged_into = columns.merged_into.map(|into| into.to_string());
    let described: [&dyn ToSql; 15] = [
        &tenant.as_str(),
        &name,
        &columns.category.as_str(),
        &columns.status.as_str(),
        &columns.priority.as_str(),
        &(columns.level as i64),
        &millis(columns.waiting_since),
        &columns.updated.as_millis(),
        &tags,
        &columns.kind.name.as_str(),
        &columns.stage.map(|stage| stage.name.as_str()),
        &columns.order.map(|order| order.as_str()),
        &merged_into,
        &columns.language.as_str(),
        &columns.channel.kind.as_str(),
    ];
    let placed: [&dyn ToSql; 7] = [
        &columns.category.is_active(),
        &columns.queue.map(|queue| queue.as_str()),
        &millis(columns.rank),
        &columns.assignee.map(|agent| agent.as_str()),
        &columns.customer.as_str(),
        &columns.opened.as_millis(),
        &integer(columns.number),
    ];
    if connection.prepare_cached(CHANGE)?.execute(described.as_slice())? == 0 {
        let row: Vec<&dyn ToSql> = described.into_iter().chain(placed).collect();
        connection.prepare_cached(ADD)?.execute(row.as_slice())?;
    } else {
        let row: Vec<&dyn ToSql> = described.into_iter().take(2).chain(placed).collect();
        connection.prepare_cached(MOVE)?.execute(row.as_slice())?;
    }
    const LEAVE: &str = "DELETE FROM destek_participants WHERE tenant = ?1 AND ticket = ?2";
    connection.prepare_cached(LEAVE)?.execute(params![tenant.as_str(), name])?;
    for customer in columns.participants {
        const JOIN: &str = "INSERT INTO destek_participants (tenant, ticket, customer) VALUES (?1, ?2, ?3)";
        connection.prepare_cached(JOIN)?.execute(params![tenant.as_str(), name, customer.as_str()])?;
    }
    Ok(())
}

fn put_member(connection: &Connection, tenant: &TenantId, agent: &Agent) -> Result<(), SqliteError> {
    const LEAVE: &str = "DELETE FROM destek_members WHERE tenant = ?1 AND agent = ?2";
    connection.prepare_cached(LEAVE)?.execute(params![tenant.as_str(), agent.id.as_str()])?;
    for team in &agent.teams {
        const JOIN: &str = "INSERT INTO destek_members (tenant, team, agent) VALUES (?1, ?2, ?3)";
        connection.prepare_cached(JOIN)?.execute(params![tenant.as_str(), team.as_str(), agent.id.as_str()])?;
    }
    Ok(())
}

/// The place of a record's kind in the order of keys; kinds that are still to come are after all of today's.
pub(super) const fn place_of(key: &RecordKey) -> i64 {
    match key.kind() {
        RecordKind::Unknown => 1_000,
        kind => kind as i64,
    }
}

fn put_wake(connection: &Connection, tenant: &TenantId, wake: &Wake) -> Result<(), SqliteError> {
    match wake {
        Wake::Set { record, at, seen, basis, due } => {
            const SET: &str = "INSERT INTO destek_wakes (tenant, record, kind, at, stamp, fence, basis, due) \
                VALUES (?1, ?2, ?3, ?4, 1, 1, ?6, ?7) ON CONFLICT (tenant, record) DO UPDATE SET \
                at = CASE WHEN stamp = ?5 OR at IS NULL THEN excluded.at WHEN excluded.at IS NULL THEN at \
                ELSE MIN(at, excluded.at) END, \
                stamp = stamp + 1, fence = fence + 1, lease = NULL, postponed = 0, parked = 0, reason = NULL, \
                basis = excluded.basis, due = excluded.due";
            let (name, due) = (record.to_string(), due.map(Timestamp::as_millis));
            let (at, seen) = (at.map(Timestamp::as_millis), integer(*seen));
            let basis = encode("destek_wakes", &name, basis)?;
            let row = params![tenant.as_str(), name, place_of(record), at, seen, basis, due];
            connection.prepare_cached(SET)?.execute(row)?;
            if let Some(ticket) = record.ticket() {
                const DUE: &str =
                    "UPDATE destek_tickets SET due = ?3 WHERE tenant = ?1 AND ticket = ?2 AND due IS NOT ?3";
                connection.prepare_cached(DUE)?.execute(params![tenant.as_str(), ticket.to_string(), due])?;
            }
        }
        Wake::Forward { record, at } => {
            const FORWARD: &str = "INSERT INTO destek_wakes (tenant, record, kind, at, stamp, fence) \
                VALUES (?1, ?2, ?3, ?4, 1, 1) ON CONFLICT (tenant, record) DO UPDATE SET \
                at = CASE WHEN at IS NULL THEN excluded.at ELSE MIN(at, excluded.at) END, \
                stamp = stamp + 1, fence = fence + 1, lease = NULL, postponed = 0, parked = 0, reason = NULL";
            let row = params![tenant.as_str(), record.to_string(), place_of(record), at.as_millis()];
            connection.prepare_cached(FORWARD)?.execute(row)?;
        }
    }
    Ok(())
}

fn put_effect(
    connection: &Connection,
    tenant: &TenantId,
    position: i64,
    outgoing: &Outgoing,
) -> Result<(), SqliteError> {
    const WAITS: &str =
        "SELECT 1 FROM destek_outbox WHERE tenant = ?1 AND record = ?2 AND lane = ?3 AND settled = 0 LIMIT 1";
    const ADD: &str = "INSERT INTO destek_outbox (tenant, position, effect, record, lane, body, status, head) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'waiting', ?7)";
    let (effect, record) = (outgoing.key.to_string(), outgoing.key.record.to_string());
    let lane = outgoing.lane.to_string();
    let mut waits = connection.prepare_cached(WAITS)?;
    let before = waits.query_row(params![tenant.as_str(), record, lane], |_| Ok(())).optional()?;
    let body = encode("destek_outbox", &effect, outgoing)?;
    let row = params![tenant.as_str(), position, effect, record, lane, body, before.is_none()];
    connection.prepare_cached(ADD)?.execute(row)?;
    Ok(())
}

fn put_load(connection: &Connection, tenant: &TenantId, load: &Load) -> Result<(), SqliteError> {
    const ADD: &str = "INSERT INTO destek_loads (tenant, agent, slot, load) VALUES (?1, ?2, ?3, MAX(0, ?4)) \
        ON CONFLICT (tenant, agent, slot) DO UPDATE SET load = MAX(0, load + ?4)";
    let row = params![tenant.as_str(), load.agent.as_str(), load.slot.as_str(), load.delta];
    connection.prepare_cached(ADD)?.execute(row)?;
    Ok(())
}

/// The next number of the tenant's sequence.
pub(super) fn number(connection: &Connection, tenant: &TenantId) -> Result<u64, SqliteError> {
    const NEXT: &str = "INSERT INTO destek_numbers (tenant, last) VALUES (?1, 1) \
        ON CONFLICT (tenant) DO UPDATE SET last = last + 1 RETURNING last";
    let last = connection.prepare_cached(NEXT)?.query_row([tenant.as_str()], |row| row.get(0))?;
    Ok(records::number(last))
}
