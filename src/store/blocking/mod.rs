//! The same contracts and the same shell for hosts without futures.
//!
//! Nothing here asks for `Send`, so that a borrowed `rusqlite::Transaction` is a legal store. The clauses of the
//! contracts (C, T, O, L, Q, E, S) are those of the traits of the same name in [`crate::store`]; the functions behave
//! as those of the same name in [`crate::run`].

mod list;
mod shell;
mod watch;

pub use list::{count_views, list_for_customer, list_tickets, list_views, open_view};
pub use shell::{drain, execute, execute_with_retry, load_draft, load_ticket, preview, relay, sweep};
#[cfg(test)]
pub(crate) use shell::{execute_by, execute_with_retry_by, preview_by, sweep_by};
pub use watch::{watch, watching};

use crate::content::{Content, ContentRef};
use crate::desk::{Changes, EffectKey, Facts, Needs, Recorded};
use crate::id::{AgentId, TenantId, TicketId};
use crate::inbox::{Count, Page, Query, SavedView, ScopedFilter, ViewReader};
use crate::policy::Digest;
use crate::record::{RecordKey, Version};
use crate::store::{CommitError, Cursor, Due, Envelope, Settlement, WriteError};
use crate::time::{Span, Timestamp};
use crate::watch::Lease;

/// A view on the store inside one unit of work of one tenant: see [`crate::store::Store`], C1 to C14.
pub trait Store {
    /// What can go wrong in the store itself.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Finds what a decision wants to see, in one trip where the store can.
    ///
    /// # Errors
    /// When the store fails.
    fn gather(&mut self, needs: &Needs) -> Result<Facts, Self::Error>;

    /// Writes a decision, all or nothing.
    ///
    /// # Errors
    /// When somebody else was first: [`Conflict::Guard`](crate::store::Conflict::Guard) where a version or a guard does not
    /// hold (C2, C3), [`Conflict::Request`](crate::store::Conflict::Request) where the request is there already (C5),
    /// [`Conflict::TransactionLost`](crate::store::Conflict::TransactionLost) where the database gave everything up (C4);
    /// and when the store fails.
    fn write(&mut self, changes: &Changes) -> Result<(), WriteError<Self::Error>>;

    /// Writes a decision that nobody else wants: the same as [`Self::write`], which it calls unless a store that
    /// keeps what it is given says otherwise. A wrapper hands it on.
    ///
    /// # Errors
    /// As for [`Self::write`].
    fn write_owned(&mut self, changes: Changes) -> Result<(), WriteError<Self::Error>> {
        self.write(&changes)
    }
}

/// Wake-ups: see [`crate::store::Timers`], T1 to T4.
pub trait Timers {
    /// What can go wrong in the store itself.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Claims records that are due.
    ///
    /// # Errors
    /// When the store fails.
    fn claim_due(&mut self, now: Timestamp, lease: Span, limit: usize) -> Result<Vec<Due>, Self::Error>;

    /// Moves a claimed wake-up to another instant, or parks it (`None`), with the reason.
    ///
    /// # Errors
    /// When the store fails.
    fn postpone(&mut self, due: &Due, until: Option<Timestamp>, reason: &str) -> Result<(), Self::Error>;

    /// The earliest wake-up that is not parked; leases do not count.
    ///
    /// # Errors
    /// When the store fails.
    fn next_due(&mut self) -> Result<Option<Timestamp>, Self::Error>;
}

/// Effects that wait for delivery: see [`crate::store::Outbox`], O1 to O5.
pub trait Outbox {
    /// What can go wrong in the store itself.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Claims effects for delivery, the longest waiting first.
    ///
    /// # Errors
    /// When the store fails.
    fn claim(&mut self, now: Timestamp, lease: Span, limit: usize) -> Result<Vec<Envelope>, Self::Error>;

    /// Says what became of a claimed effect; `false` when the claim has been lost.
    ///
    /// # Errors
    /// When the store fails.
    fn settle(&mut self, key: &EffectKey, fence: u64, settlement: &Settlement) -> Result<bool, Self::Error>;
}

/// What has happened: see [`crate::store::Log`], L1 to L4.
pub trait Log {
    /// What can go wrong in the store itself.
    type Error: std::error::Error + Send + Sync + 'static;

    /// A record's events after a version, at most `limit` changes' worth.
    ///
    /// # Errors
    /// When the store fails.
    fn events(
        &mut self,
        record: &RecordKey,
        after: Option<Version>,
        limit: usize,
    ) -> Result<Vec<Recorded>, Self::Error>;

    /// The tenant's events after a cursor, and the cursor after them.
    ///
    /// # Errors
    /// When the store fails.
    fn feed(&mut self, after: Cursor, limit: usize) -> Result<(Vec<Recorded>, Cursor), Self::Error>;

    /// The texts behind references.
    ///
    /// # Errors
    /// When the store fails.
    fn contents(&mut self, references: &[ContentRef]) -> Result<Vec<Content>, Self::Error>;

    /// A document.
    ///
    /// # Errors
    /// When the store fails.
    fn document(&mut self, digest: &Digest) -> Result<Option<String>, Self::Error>;
}

/// Lists of tickets: see [`crate::store::Search`], Q1 to Q5.
pub trait Search {
    /// What can go wrong in the store itself.
    type Error: std::error::Error + Send + Sync + 'static;

    /// A page of a list.
    ///
    /// # Errors
    /// When the store fails.
    fn tickets(&mut self, query: &Query) -> Result<Page, Self::Error>;

    /// How many tickets a list has, counted up to `at_most`.
    ///
    /// # Errors
    /// When the store fails.
    fn count(&mut self, filter: &ScopedFilter, at_most: usize) -> Result<Count, Self::Error>;

    /// The saved views that a reader may open.
    ///
    /// # Errors
    /// When the store fails.
    fn views(&mut self, reader: &ViewReader, limit: usize) -> Result<Vec<SavedView>, Self::Error>;
}

/// Who is at which ticket: see [`crate::store::Leases`], E1 to E4.
pub trait Leases {
    /// What can go wrong in the store itself.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Lets a lease hold until its instant.
    ///
    /// # Errors
    /// When the store fails.
    fn renew(&self, tenant: &TenantId, ticket: TicketId, lease: &Lease, now: Timestamp) -> Result<(), Self::Error>;

    /// Ends an agent's leases on a ticket.
    ///
    /// # Errors
    /// When the store fails.
    fn release(&self, tenant: &TenantId, ticket: TicketId, agent: &AgentId) -> Result<(), Self::Error>;

    /// The leases on a ticket that hold.
    ///
    /// # Errors
    /// When the store fails.
    fn watching(&self, tenant: &TenantId, ticket: TicketId, now: Timestamp) -> Result<Vec<Lease>, Self::Error>;
}

/// Units of work: see [`crate::store::Sessions`], S1 and S2.
pub trait Sessions {
    /// What can go wrong in the store itself.
    type Error: std::error::Error + Send + Sync + 'static;
    /// A unit of work.
    type Session<'s>: Store<Error = Self::Error>
        + Timers<Error = Self::Error>
        + Outbox<Error = Self::Error>
        + Log<Error = Self::Error>
    where
        Self: 's;

    /// Begins a unit of work of a tenant.
    ///
    /// # Errors
    /// When the store fails.
    fn begin(&self, tenant: &TenantId) -> Result<Self::Session<'_>, Self::Error>;

    /// Commits a unit of work.
    ///
    /// # Errors
    /// When somebody else was first, the store fails, or nobody knows.
    fn commit<'s>(&'s self, session: Self::Session<'s>) -> Result<(), CommitError<Self::Error>>;
}
