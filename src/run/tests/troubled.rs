//! A store whose database has bad moments.

use std::sync::Mutex;

use crate::content::{Content, ContentRef};
use crate::desk::{Changes, EffectKey, Facts, Needs, Recorded};
use crate::id::TenantId;
use crate::policy::Digest;
use crate::record::{RecordKey, Version};
use crate::store::memory::{MemorySession, MemoryStore};
use crate::store::{self, CommitError, Cursor, Due, Envelope, Settlement, WriteError, blocking};
use crate::time::{Span, Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the database had a bad moment")]
pub(super) struct Trouble;

/// How the next commits end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Fine,
    /// The connection broke after the commit.
    BrokeAfter,
    /// The connection broke before the commit.
    BrokeBefore,
    Fails,
}

#[derive(Debug, Default)]
pub(super) struct Troubled {
    pub(super) inner: MemoryStore,
    endings: Mutex<Vec<Ending>>,
    /// A record that cannot be read.
    unreadable: Mutex<Option<RecordKey>>,
    pub(super) asked: Mutex<Vec<Needs>>,
}

impl Troubled {
    pub(super) fn over(inner: MemoryStore) -> Self {
        Self { inner, ..Self::default() }
    }

    /// The first commit ends like the first of these, and so on; later ones are fine.
    pub(super) fn ending(self, endings: &[Ending]) -> Self {
        *self.endings.lock().unwrap() = endings.iter().rev().copied().collect();
        self
    }

    pub(super) fn unreadable(self, record: RecordKey) -> Self {
        *self.unreadable.lock().unwrap() = Some(record);
        self
    }
}

#[derive(Debug)]
pub(super) struct TroubledSession<'s> {
    store: &'s Troubled,
    inner: MemorySession,
}

fn never<T>(result: Result<T, std::convert::Infallible>) -> T {
    let Ok(value) = result;
    value
}

impl blocking::Sessions for Troubled {
    type Error = Trouble;
    type Session<'s> = TroubledSession<'s>;

    fn begin(&self, tenant: &TenantId) -> Result<TroubledSession<'_>, Trouble> {
        Ok(TroubledSession { store: self, inner: never(blocking::Sessions::begin(&self.inner, tenant)) })
    }

    fn commit<'s>(&'s self, session: TroubledSession<'s>) -> Result<(), CommitError<Trouble>> {
        let ending = self.endings.lock().unwrap().pop().unwrap_or(Ending::Fine);
        match ending {
            Ending::BrokeBefore => return Err(CommitError::Indeterminate(Trouble)),
            Ending::Fails => return Err(CommitError::Store(Trouble)),
            Ending::Fine | Ending::BrokeAfter => {}
        }
        match blocking::Sessions::commit(&self.inner, session.inner) {
            Ok(()) if ending == Ending::BrokeAfter => Err(CommitError::Indeterminate(Trouble)),
            Ok(()) => Ok(()),
            Err(CommitError::Conflict(conflict)) => Err(CommitError::Conflict(conflict)),
            Err(_) => Err(CommitError::Store(Trouble)),
        }
    }
}

impl blocking::Store for TroubledSession<'_> {
    type Error = Trouble;

    fn gather(&mut self, needs: &Needs) -> Result<Facts, Trouble> {
        self.store.asked.lock().unwrap().push(needs.clone());
        let unreadable = self.store.unreadable.lock().unwrap();
        if unreadable.as_ref().is_some_and(|record| needs.records.contains(record)) {
            return Err(Trouble);
        }
        Ok(never(blocking::Store::gather(&mut self.inner, needs)))
    }

    fn write(&mut self, changes: &Changes) -> Result<(), WriteError<Trouble>> {
        match blocking::Store::write(&mut self.inner, changes) {
            Ok(()) => Ok(()),
            Err(WriteError::Conflict(conflict)) => Err(WriteError::Conflict(conflict)),
            Err(WriteError::Store(_)) => Err(WriteError::Store(Trouble)),
        }
    }
}

impl blocking::Timers for TroubledSession<'_> {
    type Error = Trouble;

    fn claim_due(&mut self, now: Timestamp, lease: Span, limit: usize) -> Result<Vec<Due>, Trouble> {
        Ok(never(blocking::Timers::claim_due(&mut self.inner, now, lease, limit)))
    }
    fn postpone(&mut self, due: &Due, until: Option<Timestamp>, reason: &str) -> Result<(), Trouble> {
        never(blocking::Timers::postpone(&mut self.inner, due, until, reason));
        Ok(())
    }
    fn next_due(&mut self) -> Result<Option<Timestamp>, Trouble> {
        Ok(never(blocking::Timers::next_due(&mut self.inner)))
    }
}

impl blocking::Outbox for TroubledSession<'_> {
    type Error = Trouble;

    fn claim(&mut self, now: Timestamp, lease: Span, limit: usize) -> Result<Vec<Envelope>, Trouble> {
        Ok(never(blocking::Outbox::claim(&mut self.inner, now, lease, limit)))
    }
    fn settle(&mut self, key: &EffectKey, fence: u64, settlement: &Settlement) -> Result<bool, Trouble> {
        Ok(never(blocking::Outbox::settle(&mut self.inner, key, fence, settlement)))
    }
}

impl blocking::Log for TroubledSession<'_> {
    type Error = Trouble;

    fn events(&mut self, record: &RecordKey, after: Option<Version>, limit: usize) -> Result<Vec<Recorded>, Trouble> {
        Ok(never(blocking::Log::events(&mut self.inner, record, after, limit)))
    }
    fn feed(&mut self, after: Cursor, limit: usize) -> Result<(Vec<Recorded>, Cursor), Trouble> {
        Ok(never(blocking::Log::feed(&mut self.inner, after, limit)))
    }
    fn contents(&mut self, references: &[ContentRef]) -> Result<Vec<Content>, Trouble> {
        Ok(never(blocking::Log::contents(&mut self.inner, references)))
    }
    fn document(&mut self, digest: &Digest) -> Result<Option<String>, Trouble> {
        Ok(never(blocking::Log::document(&mut self.inner, digest)))
    }
}

impl store::Sessions for Troubled {
    type Error = Trouble;
    type Session<'s> = TroubledSession<'s>;

    async fn begin(&self, tenant: &TenantId) -> Result<TroubledSession<'_>, Trouble> {
        blocking::Sessions::begin(self, tenant)
    }
    async fn commit<'s>(&'s self, session: TroubledSession<'s>) -> Result<(), CommitError<Trouble>> {
        blocking::Sessions::commit(self, session)
    }
}

impl store::Store for TroubledSession<'_> {
    type Error = Trouble;

    async fn gather(&mut self, needs: &Needs) -> Result<Facts, Trouble> {
        blocking::Store::gather(self, needs)
    }
    async fn write(&mut self, changes: &Changes) -> Result<(), WriteError<Trouble>> {
        blocking::Store::write(self, changes)
    }
}

impl store::Timers for TroubledSession<'_> {
    type Error = Trouble;

    async fn claim_due(&mut self, now: Timestamp, lease: Span, limit: usize) -> Result<Vec<Due>, Trouble> {
        blocking::Timers::claim_due(self, now, lease, limit)
    }
    async fn postpone(&mut self, due: &Due, until: Option<Timestamp>, reason: &str) -> Result<(), Trouble> {
        blocking::Timers::postpone(self, due, until, reason)
    }
    async fn next_due(&mut self) -> Result<Option<Timestamp>, Trouble> {
        blocking::Timers::next_due(self)
    }
}

impl store::Outbox for TroubledSession<'_> {
    type Error = Trouble;

    async fn claim(&mut self, now: Timestamp, lease: Span, limit: usize) -> Result<Vec<Envelope>, Trouble> {
        blocking::Outbox::claim(self, now, lease, limit)
    }
    async fn settle(&mut self, key: &EffectKey, fence: u64, settlement: &Settlement) -> Result<bool, Trouble> {
        blocking::Outbox::settle(self, key, fence, settlement)
    }
}

impl store::Log for TroubledSession<'_> {
    type Error = Trouble;

    async fn events(
        &mut self,
        record: &RecordKey,
        after: Option<Version>,
        limit: usize,
    ) -> Result<Vec<Recorded>, Trouble> {
        blocking::Log::events(self, record, after, limit)
    }
    async fn feed(&mut self, after: Cursor, limit: usize) -> Result<(Vec<Recorded>, Cursor), Trouble> {
        blocking::Log::feed(self, after, limit)
    }
    async fn contents(&mut self, references: &[ContentRef]) -> Result<Vec<Content>, Trouble> {
        blocking::Log::contents(self, references)
    }
    async fn document(&mut self, digest: &Digest) -> Result<Option<String>, Trouble> {
        blocking::Log::document(self, digest)
    }
}
