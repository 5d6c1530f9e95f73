//! A store in memory: for tests and small hosts, and the specification of every other store in code that runs.

mod feed;
mod gather;
mod hash;
mod inbox;
mod leases;
mod lock;
mod outbox;
mod own;
mod roster;
mod search;
mod session;
mod slot;
mod tamper;
mod tenant;
mod timers;

#[cfg(test)]
pub(crate) mod tests;

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

pub use session::MemorySession;
pub use tamper::Tamper;

use self::hash::Map;
use self::lock::lock;
use self::tenant::Tenant;
use super::{CommitError, Sessions, blocking};
use crate::desk::{Basis, Outgoing, State};
use crate::id::{AgentId, ContentId, Name, TenantId};
use crate::record::{RecordKey, Version};
use crate::time::Timestamp;

/// A store in memory, shared by its clones, with any number of tenants.
///
/// It keeps the contracts of [`super::Store`], [`super::Timers`], [`super::Outbox`], [`super::Log`],
/// [`super::Sessions`], [`super::Search`] and [`super::Leases`], both in their asynchronous form, whose futures are ready
/// at once, and in the
/// [`blocking`] one. A unit of work buffers: it reads what is committed at that moment and its own writes, and
/// its commit checks every version, guard, request id and claim again before it changes anything. Nothing waits
/// for another unit of work longer than one gathering or commit takes.
///
/// It cannot fail; what it holds is gone with the process.
///
/// ```
/// use destek::desk::Needs;
/// use destek::id::TenantId;
/// use destek::record::RecordKey;
/// use destek::store::MemoryStore;
/// use destek::store::blocking::{Sessions, Store};
///
/// let store = MemoryStore::new();
/// let tenant = TenantId::new("butik")?;
/// let mut session = store.begin(&tenant)?;
/// let mut needs = Needs::default();
/// needs.record(RecordKey::Policy);
/// let facts = session.gather(&needs)?;
/// assert!(facts.knows(&RecordKey::Policy) && facts.record(&RecordKey::Policy).is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    tenants: Arc<Mutex<Map<TenantId, Arc<Mutex<Tenant>>>>>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn tenant(&self, tenant: &TenantId) -> Arc<Mutex<Tenant>> {
        let mut tenants = lock(&self.tenants);
        if let Some(found) = tenants.get(tenant) {
            return Arc::clone(found);
        }
        Arc::clone(tenants.entry(tenant.clone()).or_default())
    }

    fn session(&self, tenant: &TenantId) -> MemorySession {
        MemorySession::new(self.tenant(tenant))
    }

    /// Erases texts with their salts; how many were there. Logs still replay, and an effect that carries an erased
    /// text is withdrawn when it is its turn (law 30).
    pub fn erase(&self, tenant: &TenantId, contents: &[ContentId]) -> usize {
        let tenant = self.tenant(tenant);
        let mut tenant = lock(&tenant);
        contents.iter().filter(|id| tenant.contents.remove(id).is_some()).count()
    }

    /// Every record as it is stored, by key.
    #[must_use]
    pub fn records(&self, tenant: &TenantId) -> Vec<(RecordKey, Version, Arc<State>)> {
        let tenant = self.tenant(tenant);
        let tenant = lock(&tenant);
        let stored = tenant.slots.iter().filter_map(|(key, slot)| {
            let record = slot.record.as_ref()?;
            Some((key.clone(), record.version, Arc::clone(&record.state)))
        });
        let mut records: Vec<_> = stored.collect();
        records.sort_unstable_by(|(one, ..), (other, ..)| one.cmp(other));
        records
    }

    /// Every wake-up that was ever set, by record.
    #[must_use]
    pub fn wakes(&self, tenant: &TenantId) -> Vec<WakeRow> {
        let tenant = self.tenant(tenant);
        let tenant = lock(&tenant);
        let set = tenant.slots.iter().filter(|(_, slot)| slot.wake.stamp > 0).map(|(record, slot)| WakeRow {
            record: record.clone(),
            at: slot.wake.at,
            stamp: slot.wake.stamp,
            fence: slot.wake.fence,
            lease: slot.wake.lease,
            postponed: slot.wake.postponed,
            parked: slot.wake.parked,
            reason: slot.wake.reason.clone(),
            basis: slot.wake.basis.clone(),
            due: slot.wake.due,
        });
        let mut wakes: Vec<WakeRow> = set.collect();
        wakes.sort_unstable_by(|one, other| one.record.cmp(&other.record));
        wakes
    }

    /// Every effect, settled or not, in the order of their commits.
    #[must_use]
    pub fn outbox(&self, tenant: &TenantId) -> Vec<EffectRow> {
        let tenant = self.tenant(tenant);
        let tenant = lock(&tenant);
        let rows = tenant.outbox.rows().map(|row| EffectRow {
            outgoing: row.outgoing.clone(),
            status: row.status.clone(),
            attempts: row.attempt,
        });
        rows.collect()
    }

    /// Every load counter that was ever changed, by agent and name.
    #[must_use]
    pub fn loads(&self, tenant: &TenantId) -> Vec<(AgentId, Name, u32)> {
        let tenant = self.tenant(tenant);
        let tenant = lock(&tenant);
        let loads = tenant
            .rosters
            .loads
            .iter()
            .flat_map(|(agent, slots)| slots.iter().map(|(slot, load)| (agent.clone(), slot.clone(), *load)));
        let mut loads: Vec<_> = loads.collect();
        loads.sort_unstable();
        loads
    }

    /// A way to damage what is stored, so that a test can see whether somebody notices. Not for anything else.
    #[must_use]
    pub fn tamper(&self, tenant: &TenantId) -> Tamper {
        Tamper::new(self.tenant(tenant))
    }
}

/// A wake-up as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WakeRow {
    /// The record.
    pub record: RecordKey,
    /// When; none when it is not set, or parked.
    pub at: Option<Timestamp>,
    /// How often it was set or brought forward.
    pub stamp: u64,
    /// The number of the last claim, raised also when a claim loses its force.
    pub fence: u64,
    /// The end of the last claim's lease, unless it was set, brought forward or postponed since.
    pub lease: Option<Timestamp>,
    /// How often it was postponed in a row.
    pub postponed: u32,
    /// Whether it waits to be set or brought forward again, after too many refusals.
    pub parked: bool,
    /// Why it was last postponed or parked.
    pub reason: Option<String>,
    /// Under what it was computed, when it was not only brought forward.
    pub basis: Option<Basis>,
    /// The earliest due of a ticket, as it was last said.
    pub due: Option<Timestamp>,
}

/// An effect as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EffectRow {
    /// The effect.
    pub outgoing: Outgoing,
    /// What became of it so far.
    pub status: EffectStatus,
    /// How often it was claimed.
    pub attempts: u32,
}

/// What became of an effect so far.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EffectStatus {
    /// Nobody has claimed it yet.
    Waiting,
    /// Somebody has claimed it.
    Claimed {
        /// The end of the lease.
        until: Timestamp,
    },
    /// An attempt failed; it is to be tried again.
    Retrying {
        /// Not before this instant.
        at: Timestamp,
        /// Why it failed.
        reason: String,
    },
    /// It was delivered.
    Delivered,
    /// It was given up.
    SetAside {
        /// Why.
        reason: String,
    },
    /// Its text was erased before it was delivered.
    Withdrawn,
}

impl EffectStatus {
    /// Whether nothing more will become of it.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        matches!(self, Self::Delivered | Self::SetAside { .. } | Self::Withdrawn)
    }

    /// Whether somebody has claimed it.
    #[must_use]
    pub const fn is_claimed(&self) -> bool {
        matches!(self, Self::Claimed { .. })
    }
}

impl Sessions for MemoryStore {
    type Error = Infallible;
    type Session<'s> = MemorySession;

    async fn begin(&self, tenant: &TenantId) -> Result<MemorySession, Infallible> {
        Ok(self.session(tenant))
    }
    async fn commit(&self, session: MemorySession) -> Result<(), CommitError<Infallible>> {
        Ok(session.finish()?)
    }
}

impl blocking::Sessions for MemoryStore {
    type Error = Infallible;
    type Session<'s> = MemorySession;

    fn begin(&self, tenant: &TenantId) -> Result<MemorySession, Infallible> {
        Ok(self.session(tenant))
    }
    fn commit(&self, session: MemorySession) -> Result<(), CommitError<Infallible>> {
        Ok(session.finish()?)
    }
}
