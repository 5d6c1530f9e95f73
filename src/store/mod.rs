//! What a host's database must be able to do, as small traits, and [`MemoryStore`], which says exactly how.
//!
//! A store knows records, never tickets: a state, a log, a wake-up, a version. Only tickets also have columns: queue and
//! rank while they wait, and for lists those of [`TicketRow`](crate::inbox::TicketRow). Each trait's contract is a
//! numbered list, of which the tests of [`MemoryStore`] bear the numbers.

pub mod blocking;
pub mod memory;
#[cfg(feature = "sqlite")]
pub mod sqlite;

use std::future::Future;

pub use memory::MemoryStore;

use crate::content::{Content, ContentRef};
use crate::desk::{Changes, EffectKey, Facts, Guard, Needs, Outgoing, Recorded};
use crate::id::{AgentId, RequestId, TenantId, TicketId};
use crate::inbox::{Count, Page, Query, SavedView, ScopedFilter, ViewReader};
use crate::policy::Digest;
use crate::record::{RecordKey, Version};
use crate::time::{Span, Timestamp};
use crate::watch::Lease;

/// A view on the store inside one unit of work of one tenant. The host decides when it begins and ends.
///
/// # Contract
/// - **C1 All or nothing.** After `write` returns `Ok` and the unit of work is committed, every part of the
///   changes is there: states, events, contents, outbox rows, wake-ups, loads, documents, the request's receipt.
///   After any other outcome none is.
/// - **C2 Expected versions.** A change whose record does not have the expected version (or exists where none is
///   expected) makes the write a [`Conflict::Guard`].
/// - **C3 Guards.** A guard that does not hold when the write takes effect makes it a [`Conflict::Guard`]:
///   `Unchanged` compares versions, `Capacity` demands counter + add <= cap.
/// - **C4 A conflict leaves nothing behind**, and the host's transaction usable, unless it is
///   [`Conflict::TransactionLost`].
/// - **C5 Requests.** A written request is found by `gather` as `answered`, with its fingerprint, its receipt and those of its
///   texts that are still there, in every later unit of work. Writing a request id that is already there is [`Conflict::Request`].
/// - **C6 Gather is true.** What `gather` finds is the committed state of some instant in this unit of work, with
///   this unit's own writes; what was looked for and not found is known to be absent; paths are followed to
///   their end. State of another fold is refolded from the log.
/// - **C7 Queue heads** come by rank, then ticket id, sealed tickets left out; each with its customer and order; `more` is true exactly
///   when further tickets wait. The roster has every agent of the wanted teams once, by id, with its load.
/// - **C8 Numbers** are unique in the tenant and at least 1; gaps are allowed; units of work do not wait for
///   each other to get one.
/// - **C9 Wake-ups.** `Set` sets it when the stamp is the one seen, else the earlier of both holds; `Forward`
///   only ever brings it forward. Both raise the stamp. The `due` of a `Set` is kept as it is, as a column of the ticket.
/// - **C10 Loads** are added as they are, also past a capacity; they never fall below zero.
/// - **C11 Tenants.** Nothing written or read in a session of one tenant touches another's (law 26).
/// - **C12 Histories.** Of every record in `history`, `gather` finds the log of that same instant, in order and with
///   this unit's own writes: whole, or the first [`crate::limits::HISTORY_EVENTS_MAX`] events and one more. The log of
///   a record that is not there is empty.
/// - **C13 Reach.** Of every `reach`, `gather` finds the records that its relation leads to, followed again and again, the
///   nearest first and each once: all of them, or the first [`crate::limits::LINK_REACH_MAX`] and one more.
/// - **C14 Documents and texts.** Of everything in `documents` and `contents`, `gather` finds what was written, also by
///   this unit itself, or that it is not there; an erased text is not there.
pub trait Store: Send {
    /// What can go wrong in the store itself.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Finds what a decision wants to see, in one trip where the store can.
    ///
    /// # Errors
    /// When the store fails.
    fn gather(&mut self, needs: &Needs) -> impl Future<Output = Result<Facts, Self::Error>> + Send;

    /// Writes a decision, all or nothing.
    ///
    /// # Errors
    /// When somebody else was first: [`Conflict::Guard`] where a version or a guard does not hold (C2, C3),
    /// [`Conflict::Request`] where the request is there already (C5), [`Conflict::TransactionLost`] where the database gave
    /// everything up (C4); and when the store fails.
    fn write(&mut self, changes: &Changes) -> impl Future<Output = Result<(), WriteError<Self::Error>>> + Send;

    /// Writes a decision that nobody else wants: the same as [`Self::write`], which it calls unless a store that
    /// keeps what it is given says otherwise.
    ///
    /// A wrapper around another store hands it on; where it does not, what the store inside does better is lost
    /// silently. `#[deny(clippy::missing_trait_methods)]` on the `impl` says so.
    ///
    /// # Errors
    /// As for [`Self::write`].
    fn write_owned(&mut self, changes: Changes) -> impl Future<Output = Result<(), WriteError<Self::Error>>> + Send {
        async move { self.write(&changes).await }
    }
}

/// Why a write was refused without being at fault: somebody else was first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Conflict {
    /// What the decision relied on no longer holds.
    #[error("{} has changed meanwhile; gather and decide again", describe(.0))]
    Guard(Guard),
    /// The same request is being written by somebody else.
    #[error("`{0}` has been written meanwhile; ask again to get its receipt")]
    Request(RequestId),
    /// Somebody else has claimed the same wake-ups or effects; only a store that buffers its claims says so.
    #[error("somebody else has claimed the same work meanwhile; claim again")]
    Claim,
    /// The database gave up the whole transaction (serialization failure, deadlock); begin a new one.
    #[error("the transaction was given up by the database; begin it again")]
    TransactionLost,
}

fn describe(guard: &Guard) -> String {
    match guard {
        Guard::Unchanged { record, .. } => format!("`{record}`"),
        Guard::Capacity { agent, .. } => format!("the load of `{agent}`"),
    }
}

/// Why a write did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError<E> {
    /// Somebody else was first.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The store itself failed.
    #[error(transparent)]
    Store(E),
}

/// A wake-up that somebody has claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Due {
    /// The record to wake.
    pub record: RecordKey,
    /// When it was to be woken.
    pub at: Timestamp,
    /// The claim's number; an older claim changes nothing any more.
    pub fence: u64,
    /// How often it has been postponed in a row, since it was last set or brought forward.
    pub postponed: u32,
}

impl Due {
    /// A claimed wake-up.
    #[must_use]
    pub const fn new(record: RecordKey, at: Timestamp, fence: u64, postponed: u32) -> Self {
        Self { record, at, fence, postponed }
    }
}

/// Wake-ups: which records are due.
///
/// # Contract
/// - **T1** `claim_due` gives records whose wake-up is at or before `now`, earliest first, then by key, at most
///   `limit`, none that is under an unexpired lease or parked.
/// - **T2** A claim is exclusive until its lease ends: of two claims of the same wake-up one comes back without it,
///   or its unit of work ends in [`Conflict::Claim`]. Setting or bringing forward a wake-up ends the lease and
///   raises the fence, so that the earlier claim counts as older.
/// - **T3** `postpone` with the claim's fence moves the wake-up, releases the claim and counts one postponement
///   more; with an older fence it changes nothing.
/// - **T4** A parked record is not due until its wake-up is set or brought forward again.
pub trait Timers: Send {
    /// What can go wrong in the store itself.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Claims records that are due.
    ///
    /// # Errors
    /// When the store fails.
    fn claim_due(
        &mut self,
        now: Timestamp,
        lease: Span,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Due>, Self::Error>> + Send;

    /// Moves a claimed wake-up to another instant, or parks it (`None`), with the reason.
    ///
    /// # Errors
    /// When the store fails.
    fn postpone(
        &mut self,
        due: &Due,
        until: Option<Timestamp>,
        reason: &str,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// The earliest wake-up that is not parked; leases do not count.
    ///
    /// # Errors
    /// When the store fails.
    fn next_due(&mut self) -> impl Future<Output = Result<Option<Timestamp>, Self::Error>> + Send;
}

/// An effect that somebody has claimed for delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Envelope {
    /// The effect, the same on every attempt.
    pub outgoing: Outgoing,
    /// The personal text it carries; `None` also where it was erased meanwhile.
    pub text: Option<Content>,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// The claim's number; an older claim settles nothing any more.
    pub fence: u64,
}

impl Envelope {
    /// A claimed effect.
    #[must_use]
    pub const fn new(outgoing: Outgoing, text: Option<Content>, attempt: u32, fence: u64) -> Self {
        Self { outgoing, text, attempt, fence }
    }

    /// Whether the text it carries has been erased, so that there is nothing to deliver.
    #[must_use]
    pub const fn is_withdrawn(&self) -> bool {
        self.text.is_none() && self.outgoing.effect.content().is_some()
    }
}

/// What became of a claimed effect.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Settlement {
    /// It was delivered.
    Delivered,
    /// It is to be tried again.
    Retry {
        /// Not before this instant.
        at: Timestamp,
        /// Why.
        reason: String,
    },
    /// It is not for this worker, as only a later version of the library understands it. The attempt does not count.
    Leave {
        /// Not before this instant.
        until: Timestamp,
    },
    /// It is given up, with its reason; what is behind it in the lane goes on.
    SetAside {
        /// Why.
        reason: String,
    },
    /// Its text was erased; there is nothing to deliver.
    Withdrawn,
}

/// Effects that wait for delivery.
///
/// # Contract
/// - **O1** An effect can be claimed once its unit of work is committed, never before.
/// - **O2** Within a record and lane the next effect can be claimed only when the one before it is settled as
///   delivered, set aside or withdrawn. Other lanes and records do not wait.
/// - **O3** A claim is exclusive until its lease ends; then the effect can be claimed again, with the same key and
///   body, the next attempt and a newer fence.
///   An attempt is counted when it is claimed, so that a worker that dies of an effect cannot try it for ever;
///   only [`Settlement::Leave`] takes it back. An effect whose last claim ended without a settlement is claimed
///   alone, so that one that kills its workers takes no others with it.
/// - **O4** `settle` with an older fence changes nothing and answers `false`; so does settling twice.
/// - **O5** A settled effect is never claimed again.
pub trait Outbox: Send {
    /// What can go wrong in the store itself.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Claims effects for delivery, the longest waiting first.
    ///
    /// # Errors
    /// When the store fails.
    fn claim(
        &mut self,
        now: Timestamp,
        lease: Span,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Envelope>, Self::Error>> + Send;

    /// Says what became of a claimed effect; `false` when the claim has been lost.
    ///
    /// # Errors
    /// When the store fails.
    fn settle(
        &mut self,
        key: &EffectKey,
        fence: u64,
        settlement: &Settlement,
    ) -> impl Future<Output = Result<bool, Self::Error>> + Send;
}

/// A place in the tenant's feed. Opaque; begins at [`Cursor::START`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Cursor(u64);

impl Cursor {
    /// Before the first event.
    pub const START: Self = Self(0);

    /// A cursor at a store's own position.
    #[must_use]
    pub const fn at(position: u64) -> Self {
        Self(position)
    }
    /// The store's own position.
    #[must_use]
    pub const fn position(self) -> u64 {
        self.0
    }
}

/// What has happened.
///
/// # Contract
/// - **L1** `events` gives a record's log in order, without gaps.
/// - **L2** `feed` gives every committed event of the tenant once, each record's in order. A unit of work that
///   commits late is not skipped: the feed stops short of what may still appear.
/// - **L3** `contents` gives the texts that are still there; an erased one is absent.
/// - **L4** `document` gives a document by its digest, as it was written: a policy, or a page of a job.
pub trait Log: Send {
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
    ) -> impl Future<Output = Result<Vec<Recorded>, Self::Error>> + Send;

    /// The tenant's events after a cursor, and the cursor after them.
    ///
    /// # Errors
    /// When the store fails.
    fn feed(
        &mut self,
        after: Cursor,
        limit: usize,
    ) -> impl Future<Output = Result<(Vec<Recorded>, Cursor), Self::Error>> + Send;

    /// The texts behind references.
    ///
    /// # Errors
    /// When the store fails.
    fn contents(&mut self, references: &[ContentRef])
    -> impl Future<Output = Result<Vec<Content>, Self::Error>> + Send;

    /// A document.
    ///
    /// # Errors
    /// When the store fails.
    fn document(&mut self, digest: &Digest) -> impl Future<Output = Result<Option<String>, Self::Error>> + Send;
}

/// Lists of tickets, for stores that keep their columns. Nobody has to have it: a desk decides without.
///
/// # Contract
/// - **Q1** `tickets` gives the first [`Query::wanted`] tickets of which [`ScopedFilter::shows`] the columns, in the
///   query's order, behind its place if it has one, made a page by [`Query::page`]. Tickets without a value of
///   the column come last, both ways.
/// - **Q2** The columns are those of [`TicketRow::of`](crate::inbox::TicketRow::of), of the committed state of some
///   instant in this unit of work, with this unit's own writes; `due` is that of the last
///   [`Wake::Set`](crate::desk::Wake::Set) of the record.
/// - **Q3** `count` counts the same tickets, and no more of them than one beyond `at_most`.
/// - **Q4** Nobody else's tenant is looked into, and nothing is found but through a scoped filter (laws 25 and 26).
/// - **Q5** `views` gives the first `limit` saved views that [`ViewReader::sees`], by name and then id, as they are for
///   this unit of work.
///
/// The store in memory walks along a sorted list from where the page begins, which costs as many steps as rows are
/// passed by that the filter leaves out; where the filter demands customers, agents, orders or active categories it looks
/// at most at all of theirs instead. A database does the same with its indexes. A filter on nothing but tags or names
/// that few tickets have is a walk through all of them, in either.
pub trait Search: Send {
    /// What can go wrong in the store itself.
    type Error: std::error::Error + Send + Sync + 'static;

    /// A page of a list.
    ///
    /// # Errors
    /// When the store fails.
    fn tickets(&mut self, query: &Query) -> impl Future<Output = Result<Page, Self::Error>> + Send;

    /// How many tickets a list has, counted up to `at_most`.
    ///
    /// # Errors
    /// When the store fails.
    fn count(
        &mut self,
        filter: &ScopedFilter,
        at_most: usize,
    ) -> impl Future<Output = Result<Count, Self::Error>> + Send;

    /// The saved views that a reader may open.
    ///
    /// # Errors
    /// When the store fails.
    fn views(
        &mut self,
        reader: &ViewReader,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<SavedView>, Self::Error>> + Send;
}

/// Who is at which ticket, at this moment: leases beside the log and beside every unit of work.
///
/// A capability that a store may do without. It may live elsewhere than the records, where what is lost with a process
/// is no loss.
///
/// # Contract
/// - **E1** A lease is there until its instant, and not at it. Of two for the same tenant, ticket, agent and doing the
///   later holds.
/// - **E2** `release` ends all leases of an agent on a ticket; where there is none, nothing happens.
/// - **E3** `watching` gives the leases that hold at `now`, by agent and doing.
/// - **E4** What has run out is not kept for ever. A lease may be lost at any time; nothing else may.
pub trait Leases: Send + Sync {
    /// What can go wrong in the store itself.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Lets a lease hold until its instant.
    ///
    /// # Errors
    /// When the store fails.
    fn renew(
        &self,
        tenant: &TenantId,
        ticket: TicketId,
        lease: &Lease,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Ends an agent's leases on a ticket.
    ///
    /// # Errors
    /// When the store fails.
    fn release(
        &self,
        tenant: &TenantId,
        ticket: TicketId,
        agent: &AgentId,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// The leases on a ticket that hold.
    ///
    /// # Errors
    /// When the store fails.
    fn watching(
        &self,
        tenant: &TenantId,
        ticket: TicketId,
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<Lease>, Self::Error>> + Send;
}

/// How a unit of work ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError<E> {
    /// Somebody else was first; nothing was written.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// Nobody knows whether it was written (the connection broke during the commit). Asking again with the same
    /// request id is safe and tells.
    #[error("whether it was written is not known; ask again with the same request id")]
    Indeterminate(#[source] E),
    /// The store failed; nothing was written.
    #[error(transparent)]
    Store(E),
}

/// Units of work, for hosts that let the library begin and commit them.
///
/// # Contract
/// - **S1** Dropping a unit of work without `commit` leaves nothing behind.
/// - **S2** After `commit` returned `Ok`, what was written is kept (law 21). A store that buffers checks versions
///   and guards again here.
pub trait Sessions: Send + Sync {
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
    fn begin(&self, tenant: &TenantId) -> impl Future<Output = Result<Self::Session<'_>, Self::Error>> + Send;

    /// Commits a unit of work.
    ///
    /// # Errors
    /// When somebody else was first, the store fails, or nobody knows whether it was written.
    fn commit<'s>(
        &'s self,
        session: Self::Session<'s>,
    ) -> impl Future<Output = Result<(), CommitError<Self::Error>>> + Send;
}
