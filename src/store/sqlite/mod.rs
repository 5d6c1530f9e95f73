//! A store in SQLite: inside the host's own transaction ([`SqliteStore`]), or in a file of its own ([`Sqlite`]).
//!
//! # Inside your transaction
//!
//! A row of yours and the ticket that belongs to it are committed together, or not at all. The library neither begins nor
//! ends your transaction; a write that is refused leaves nothing behind, and your transaction goes on.
//!
//! ```
//! use destek::actor::Actor;
//! use destek::channel::{Channel, ChannelKind};
//! use destek::desk::{Command, Request};
//! use destek::content::Seed;
//! use destek::id::{CustomerId, RequestId, TenantId, TicketId};
//! use destek::store::blocking::execute;
//! use destek::store::sqlite::{self, SqliteStore, rusqlite};
//! use destek::ticket::Open;
//! use destek::{Desk, policy};
//! use rusqlite::{Connection, TransactionBehavior::Immediate};
//!
//! let mut connection = Connection::open_in_memory()?;
//! sqlite::migrate(&mut connection)?;
//! connection.execute_batch("CREATE TABLE orders (id TEXT PRIMARY KEY, state TEXT)")?;
//! let (desk, tenant) = (Desk::new(policy::sample().compile()?), TenantId::new("butik")?);
//! let now = "2026-11-27T10:00:00Z".parse()?;
//! let request = |id, command: Command| Request::new(RequestId::from_u128(id), Actor::Host, Seed::new([7; 32]), command);
//!
//! let yours = connection.transaction_with_behavior(Immediate)?;
//! yours.execute("INSERT INTO orders VALUES ('o-1', 'lost')", [])?;
//! let mut store = SqliteStore::new(&yours, &tenant);
//! execute(&desk, &mut store, &request(1, Command::Activate), now)?;
//! let open = Open::new(TicketId::from_u128(1), CustomerId::new("c-17")?, Channel::of(ChannelKind::Form));
//! execute(&desk, &mut store, &request(2, open.into()), now)?;
//! yours.commit()?; // both, or neither
//!
//! let (number, category): (u32, String) =
//!     connection.query_row("SELECT number, category FROM destek_tickets", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
//! assert_eq!((number, category.as_str()), (1, "new"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Begin with `IMMEDIATE`, as above. SQLite has one writer at a time, and a transaction that begins by reading may find at
//! its first write that somebody else was there since: then that ends in
//! [`Conflict::TransactionLost`](crate::store::Conflict::TransactionLost), or, where a number or a claim was to be taken, in
//! [`SqliteError::Outdated`], and you begin again.
//!
//! # Tables
//!
//! [`migrate`] makes them; all begin with `destek_`. `destek_tickets` has a row for each ticket and is yours to read:
//! `ticket`, `number`, `category`, `status`, `priority`, `queue`, `rank`, `assignee`, `customer`, `due`, `opened`, `updated`
//! and more, instants as milliseconds since 1970. Write to none of them.
//!
//! # What is kept when
//!
//! A commit survives the death of your process always. Whether it survives the loss of power is [`Durability`]'s choice.

mod error;
mod gather;
mod log;
mod migrate;
mod open;
mod outbox;
mod records;
mod search;
mod session;
mod timers;
mod write;

pub use error::SqliteError;
pub use migrate::{migrate, schema_version};
pub use open::{Durability, open};
pub use rusqlite;
pub use session::{Sqlite, SqliteSession};

use rusqlite::{Connection, Transaction};

use super::{Cursor, Due, Envelope, Settlement, WriteError, blocking};
use crate::content::{Content, ContentRef};
use crate::desk::{Changes, EffectKey, Facts, Needs, Recorded};
use crate::id::TenantId;
use crate::inbox::{Count, Page, Query, SavedView, ScopedFilter, ViewReader};
use crate::policy::Digest;
use crate::record::{RecordKey, Version};
use crate::time::{Span, Timestamp};

/// A tenant's store inside a transaction that somebody else began and will end.
///
/// It keeps the contracts of [`blocking::Store`], [`blocking::Timers`], [`blocking::Outbox`], [`blocking::Log`] and
/// [`blocking::Search`]. What it writes is there at once for this transaction, and for everybody once that is committed.
/// Numbers of tickets are taken in the transaction: whoever takes one is the writer from then on.
#[derive(Debug)]
pub struct SqliteStore<'c> {
    connection: &'c Connection,
    tenant: &'c TenantId,
}

impl<'c> SqliteStore<'c> {
    /// The store of a tenant inside a transaction.
    #[must_use]
    pub fn new(transaction: &'c Transaction<'_>, tenant: &'c TenantId) -> Self {
        Self { connection: transaction, tenant }
    }

    /// The store of a tenant on a connection on which a transaction has begun, by whatever means.
    ///
    /// # Errors
    /// [`SqliteError::Autocommit`] where none has: each statement would be committed by itself.
    pub fn within(connection: &'c Connection, tenant: &'c TenantId) -> Result<Self, SqliteError> {
        let store = Self { connection, tenant };
        store.inside().map(|_| store)
    }

    /// The connection, as long as the transaction lasts: a trigger or a constraint of the host's may have ended it.
    fn inside(&self) -> Result<&'c Connection, SqliteError> {
        if self.connection.is_autocommit() { Err(SqliteError::Autocommit) } else { Ok(self.connection) }
    }
}

impl blocking::Store for SqliteStore<'_> {
    type Error = SqliteError;

    fn gather(&mut self, needs: &Needs) -> Result<Facts, SqliteError> {
        gather::gather(self.inside()?, self.tenant, needs)
    }
    fn write(&mut self, changes: &Changes) -> Result<(), WriteError<SqliteError>> {
        write::write(self.inside().map_err(WriteError::Store)?, self.tenant, changes)
    }
}

impl blocking::Timers for SqliteStore<'_> {
    type Error = SqliteError;

    fn claim_due(&mut self, now: Timestamp, lease: Span, limit: usize) -> Result<Vec<Due>, SqliteError> {
        timers::claim_due(self.inside()?, self.tenant, now, lease, limit)
    }
    fn postpone(&mut self, due: &Due, until: Option<Timestamp>, reason: &str) -> Result<(), SqliteError> {
        timers::postpone(self.inside()?, self.tenant, (&due.record, due.fence), until, reason)
    }
    fn next_due(&mut self) -> Result<Option<Timestamp>, SqliteError> {
        timers::next_due(self.inside()?, self.tenant)
    }
}

impl blocking::Outbox for SqliteStore<'_> {
    type Error = SqliteError;

    fn claim(&mut self, now: Timestamp, lease: Span, limit: usize) -> Result<Vec<Envelope>, SqliteError> {
        outbox::claim(self.inside()?, self.tenant, now, lease, limit)
    }
    fn settle(&mut self, key: &EffectKey, fence: u64, settlement: &Settlement) -> Result<bool, SqliteError> {
        outbox::settle(self.inside()?, self.tenant, key, fence, settlement)
    }
}

impl blocking::Log for SqliteStore<'_> {
    type Error = SqliteError;

    fn events(
        &mut self,
        record: &RecordKey,
        after: Option<Version>,
        limit: usize,
    ) -> Result<Vec<Recorded>, SqliteError> {
        log::events(self.inside()?, self.tenant, record, after, limit)
    }
    fn feed(&mut self, after: Cursor, limit: usize) -> Result<(Vec<Recorded>, Cursor), SqliteError> {
        log::feed(self.inside()?, self.tenant, after, limit)
    }
    fn contents(&mut self, references: &[ContentRef]) -> Result<Vec<Content>, SqliteError> {
        log::contents(self.inside()?, self.tenant, references)
    }
    fn document(&mut self, digest: &Digest) -> Result<Option<String>, SqliteError> {
        records::document(self.inside()?, self.tenant, digest)
    }
}

impl blocking::Search for SqliteStore<'_> {
    type Error = SqliteError;

    fn tickets(&mut self, query: &Query) -> Result<Page, SqliteError> {
        search::tickets(self.inside()?, self.tenant, query)
    }
    fn count(&mut self, filter: &ScopedFilter, at_most: usize) -> Result<Count, SqliteError> {
        search::count(self.inside()?, self.tenant, filter, at_most)
    }
    fn views(&mut self, reader: &ViewReader, limit: usize) -> Result<Vec<SavedView>, SqliteError> {
        search::views(self.inside()?, self.tenant, reader, limit)
    }
}
