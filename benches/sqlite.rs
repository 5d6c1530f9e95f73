//! What a command costs in SQLite, beside the floor: the same rows in the same tables with the same indexes and pragmas,
//! prepared statements, bytes encoded beforehand, one transaction each.
//!
//! The command adds or removes a tag, one thread asks, each in a transaction of its own. Passes of both alternate; the
//! median of five is printed, and the share of the floor's rate that is left with gathering, deciding, checking and
//! encoding. Goals: 0.6 with NORMAL, 0.85 with FULL.

#![allow(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::path::PathBuf;
use std::time::Instant;

use destek::actor::Actor;
use destek::channel::{Channel, ChannelKind};
use destek::content::Seed;
use destek::desk::{Command, Request};
use destek::id::{CustomerId, Name, RequestId, TenantId, TicketId};
use destek::store::blocking::execute;
use destek::store::sqlite::rusqlite::{Connection, TransactionBehavior::Immediate, params};
use destek::store::sqlite::{self, Durability, SqliteStore};
use destek::ticket::{Open, Tag};
use destek::time::Timestamp;
use destek::{Desk, policy};

type Setup<T> = Result<T, Box<dyn std::error::Error>>;

const PASSES: usize = 5;

struct Size {
    tickets: u128,
    commands: u128,
}

/// A database in the folder for what does not last.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let place = Self(std::env::temp_dir().join(format!("destek-bench-{}-{name}.db", std::process::id())));
        place.clear();
        place
    }

    fn clear(&self) {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", self.0.display()));
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.clear();
    }
}

struct Shop {
    desk: Desk,
    tenant: TenantId,
    now: Timestamp,
    connection: Connection,
    requests: u128,
    _place: Place,
}

impl Shop {
    fn new(name: &str, durability: Durability, tickets: u128) -> Setup<Self> {
        let place = Place::new(name);
        let connection = sqlite::open(&place.0, durability)?;
        let (desk, tenant) = (Desk::new(policy::sample().compile()?), TenantId::new("butik")?);
        let now = "2026-11-27T10:00:00Z".parse()?;
        let mut shop = Self { desk, tenant, now, connection, requests: 0, _place: place };
        shop.connection.execute_batch("BEGIN IMMEDIATE")?;
        let mut opens = vec![Command::Activate];
        for id in 0..tickets {
            let customer = CustomerId::new(format!("c-{id}"))?;
            opens.push(Open::new(TicketId::from_u128(id), customer, Channel::of(ChannelKind::Form)).into());
        }
        for command in opens {
            let request = shop.request(command);
            let mut store = SqliteStore::within(&shop.connection, &shop.tenant)?;
            execute(&shop.desk, &mut store, &request, shop.now)?;
        }
        shop.connection.execute_batch("COMMIT")?;
        Ok(shop)
    }

    fn request(&mut self, command: impl Into<Command>) -> Request {
        self.requests += 1;
        Request::new(RequestId::from_u128(self.requests), Actor::Host, Seed::new([7; 32]), command)
    }

    /// Commands a second.
    fn decided(&mut self, size: &Size) -> Setup<f64> {
        let tag = Name::new("acele")?;
        let mut requests = Vec::new();
        for turn in 0..size.commands {
            let change = Tag::new(TicketId::from_u128(turn % size.tickets));
            let adds = (turn / size.tickets).is_multiple_of(2);
            requests.push(self.request(if adds { change.add(tag.clone()) } else { change.remove(tag.clone()) }));
        }
        let begun = Instant::now();
        for request in &requests {
            let transaction = self.connection.transaction_with_behavior(Immediate)?;
            execute(&self.desk, &mut SqliteStore::new(&transaction, &self.tenant), request, self.now)?;
            transaction.commit()?;
        }
        Ok(size.commands as f64 / begun.elapsed().as_secs_f64())
    }
}

/// The bytes of one command's rows.
struct Bytes {
    state: String,
    event: String,
    receipt: String,
    fingerprint: String,
    basis: String,
}

/// The floor: the rows of a tag, over and over.
struct Raw {
    shop: Shop,
    bytes: Bytes,
    position: i64,
    written: u128,
}

impl Raw {
    fn new(name: &str, durability: Durability, tickets: u128) -> Setup<Self> {
        let mut shop = Shop::new(name, durability, tickets)?;
        shop.decided(&Size { tickets, commands: 1 })?;
        let text = |sql: &str| shop.connection.query_row(sql, [], |row| row.get::<_, String>(0));
        let bytes = Bytes {
            state: text("SELECT state FROM destek_records WHERE record LIKE 'ticket/%' ORDER BY version DESC LIMIT 1")?,
            event: text("SELECT event FROM destek_events ORDER BY position DESC LIMIT 1")?,
            receipt: text("SELECT receipt FROM destek_requests ORDER BY request DESC LIMIT 1")?,
            fingerprint: text("SELECT fingerprint FROM destek_requests ORDER BY request DESC LIMIT 1")?,
            basis: text("SELECT basis FROM destek_wakes WHERE record LIKE 'ticket/%' LIMIT 1")?,
        };
        let position = shop.connection.query_row("SELECT MAX(position) FROM destek_events", [], |row| row.get(0))?;
        Ok(Self { shop, bytes, position, written: 1 << 64 })
    }

    fn written(&mut self, size: &Size) -> Setup<f64> {
        let names: Vec<(String, String)> = (0..size.tickets)
            .map(|id| (TicketId::from_u128(id).to_string(), format!("ticket/{}", TicketId::from_u128(id))))
            .collect();
        let begun = Instant::now();
        for turn in 0..size.commands {
            let (ticket, record) = &names[(turn % size.tickets) as usize];
            self.position += 1;
            self.written += 1;
            let request = RequestId::from_u128(self.written).to_string();
            let transaction = self.shop.connection.transaction_with_behavior(Immediate)?;
            let version: i64 = transaction
                .prepare_cached("SELECT version FROM destek_records WHERE tenant = 'butik' AND record = ?1")?
                .query_row([record], |row| row.get(0))?;
            transaction
                .prepare_cached(
                    "UPDATE destek_records SET version = version + 1, state = ?2, recorded = recorded + 1 \
                     WHERE tenant = 'butik' AND record = ?1",
                )?
                .execute(params![record, self.bytes.state])?;
            transaction
                .prepare_cached(
                    "INSERT INTO destek_events (tenant, position, record, version, place, event) \
                     VALUES ('butik', ?1, ?2, ?3, 0, ?4)",
                )?
                .execute(params![self.position, record, version + 1, self.bytes.event])?;
            transaction
                .prepare_cached(
                    "UPDATE destek_tickets SET tags = ?2, updated = updated + 1 WHERE tenant = 'butik' AND ticket = ?1",
                )?
                .execute(params![ticket, "[\"acele\"]"])?;
            transaction
                .prepare_cached(
                    "UPDATE destek_wakes SET stamp = stamp + 1, fence = fence + 1, basis = ?2 \
                     WHERE tenant = 'butik' AND record = ?1",
                )?
                .execute(params![record, self.bytes.basis])?;
            transaction
                .prepare_cached(
                    "INSERT INTO destek_requests (tenant, request, fingerprint, receipt) VALUES ('butik', ?1, ?2, ?3)",
                )?
                .execute(params![request, self.bytes.fingerprint, self.bytes.receipt])?;
            transaction.commit()?;
        }
        Ok(size.commands as f64 / begun.elapsed().as_secs_f64())
    }
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// Bytes of the database, and of it each ticket and each event.
fn sizes(shop: &Shop) -> Setup<()> {
    let number = |sql: &str| shop.connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let (events, tickets) =
        (number("SELECT COUNT(*) FROM destek_events")?, number("SELECT COUNT(*) FROM destek_tickets")?);
    let bytes = number("PRAGMA page_count")? * number("PRAGMA page_size")?;
    println!("sqlite/size: {bytes} bytes with {tickets} tickets and {events} events: {} a ticket", bytes / tickets);
    Ok(())
}

fn main() -> Setup<()> {
    let tested = std::env::args().any(|argument| argument == "--test");
    let size = if tested { Size { tickets: 10, commands: 20 } } else { Size { tickets: 1_000, commands: 5_000 } };
    for (name, durability) in [("normal", Durability::Normal), ("full", Durability::Full)] {
        let mut shop = Shop::new(&format!("{name}-decided"), durability, size.tickets)?;
        if durability == Durability::Normal {
            sizes(&shop)?;
        }
        let mut raw = Raw::new(&format!("{name}-raw"), durability, size.tickets)?;
        let (mut decided, mut written) = (Vec::new(), Vec::new());
        for _ in 0..if tested { 1 } else { PASSES } {
            decided.push(shop.decided(&size)?);
            written.push(raw.written(&size)?);
        }
        let (decided, written) = (median(decided), median(written));
        let share = decided / written;
        println!("sqlite/execute/{name}: {decided:.0}/s, floor {written:.0}/s, share {share:.2}");
    }
    Ok(())
}
