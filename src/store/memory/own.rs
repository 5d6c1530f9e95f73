//! What a unit of work has written itself, before anybody else can see it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::tenant::Tenant;
use crate::desk::{Answered, Change, Changes, Guard, Recorded, Wake};
use crate::id::{AgentId, Name, RequestId, TicketId};
use crate::record::{RecordKey, Version};
use crate::store::Conflict;
use crate::time::Timestamp;

/// Writes in their order. Most units of work write once, so that lists over the writes are made only when a
/// second look is taken.
#[derive(Debug, Default)]
pub(super) struct Own {
    writes: Vec<Changes>,
    indexed: usize,
    /// The last change of a record: the write, and the change in it.
    records: BTreeMap<RecordKey, (usize, usize)>,
    /// How often the wake-up of a record was set or brought forward.
    raised: HashMap<RecordKey, u64>,
    loads: BTreeMap<AgentId, BTreeMap<Name, Vec<i32>>>,
    requests: HashMap<RequestId, usize>,
}

impl Own {
    pub(super) const fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    pub(super) fn push(&mut self, changes: Changes) {
        if self.writes.is_empty() {
            // Room for the usual one, not for four.
            self.writes.reserve_exact(1);
        }
        self.writes.push(changes);
    }

    pub(super) fn into_writes(self) -> Vec<Changes> {
        self.writes
    }

    /// Brings the lists up to date.
    pub(super) fn index(&mut self) {
        for (place, write) in self.writes.iter().enumerate().skip(self.indexed) {
            for (change_place, change) in write.changes.iter().enumerate() {
                self.records.insert(change.record.clone(), (place, change_place));
            }
            for Wake::Set { record, .. } | Wake::Forward { record, .. } in &write.wakes {
                *self.raised.entry(record.clone()).or_default() += 1;
            }
            for load in &write.loads {
                let slots = self.loads.entry(load.agent.clone()).or_default();
                slots.entry(load.slot.clone()).or_default().push(load.delta);
            }
            self.requests.insert(write.receipt.request, place);
        }
        self.indexed = self.writes.len();
    }

    fn at(&self, (write, change): (usize, usize)) -> Option<&Change> {
        self.writes.get(write)?.changes.get(change)
    }

    /// The last change of a record.
    pub(super) fn change(&self, key: &RecordKey) -> Option<&Change> {
        self.at(*self.records.get(key)?)
    }

    /// The last change of every record that was changed, by key.
    pub(super) fn changes(&self) -> impl Iterator<Item = &Change> {
        self.records.values().filter_map(|place| self.at(*place))
    }

    /// The tickets that were changed or given another due, and the last due where one was said.
    pub(super) fn tickets(&self) -> BTreeMap<TicketId, Option<Option<Timestamp>>> {
        let mut tickets = BTreeMap::new();
        for write in &self.writes {
            for change in &write.changes {
                if let Some(ticket) = change.record.ticket() {
                    tickets.entry(ticket).or_insert(None);
                }
            }
            for wake in &write.wakes {
                if let Wake::Set { record: RecordKey::Ticket(ticket), due, .. } = wake {
                    tickets.insert(*ticket, Some(*due));
                }
            }
        }
        tickets
    }

    pub(super) fn raised(&self, key: &RecordKey) -> u64 {
        self.raised.get(key).copied().unwrap_or(0)
    }

    pub(super) fn answered(&self, request: RequestId) -> Option<Answered> {
        let write = self.writes.get(*self.requests.get(&request)?)?;
        Some(Answered::new(write.fingerprint.clone(), write.receipt.clone(), write.contents.clone()))
    }

    /// The events of a record after a version.
    pub(super) fn events<'a>(
        &'a self,
        key: &'a RecordKey,
        after: Option<Version>,
    ) -> impl Iterator<Item = &'a Recorded> + 'a {
        let changes = self.writes.iter().flat_map(|write| &write.changes).filter(move |change| change.record == *key);
        changes.flat_map(|change| &change.events).filter(move |event| Some(event.version) > after)
    }

    pub(super) fn writes(&self) -> &[Changes] {
        &self.writes
    }

    /// A counter with this unit's own additions.
    pub(super) fn load(&self, tenant: &Tenant, agent: &AgentId, slot: &Name) -> u32 {
        let deltas = self.loads.get(agent).and_then(|slots| slots.get(slot));
        let committed = tenant.rosters.load(agent, slot);
        deltas.into_iter().flatten().fold(committed, |load, delta| load.saturating_add_signed(*delta))
    }

    /// All counters of an agent together.
    pub(super) fn total(&self, tenant: &Tenant, agent: &AgentId) -> u32 {
        let committed = tenant.rosters.loads.get(agent).into_iter().flat_map(BTreeMap::keys);
        let own = self.loads.get(agent).into_iter().flat_map(BTreeMap::keys);
        let slots: BTreeSet<&Name> = committed.chain(own).collect();
        slots.into_iter().fold(0, |sum: u32, slot| sum.saturating_add(self.load(tenant, agent, slot)))
    }

    /// Whether a roster may look different to this unit of work.
    pub(super) fn touches_agents(&self) -> bool {
        !self.loads.is_empty() || self.records.keys().any(|key| matches!(key, RecordKey::Agent(_)))
    }

    fn version(&self, tenant: &Tenant, key: &RecordKey) -> Option<Version> {
        self.change(key).map(Change::version).or_else(|| tenant.version(key))
    }

    /// Whether another write may follow these: nothing that it relies on has changed.
    pub(super) fn check(&self, tenant: &Tenant, changes: &Changes) -> Result<(), Conflict> {
        let request = changes.receipt.request;
        if tenant.requests.contains_key(&request) || self.requests.contains_key(&request) {
            return Err(Conflict::Request(request));
        }
        for change in &changes.changes {
            if self.version(tenant, &change.record) != change.expected {
                let guard = Guard::Unchanged { record: change.record.clone(), version: change.expected };
                return Err(Conflict::Guard(guard));
            }
        }
        for guard in &changes.guards {
            let holds = match guard {
                Guard::Unchanged { record, version } => self.version(tenant, record) == *version,
                Guard::Capacity { agent, slot, add, cap } => {
                    self.load(tenant, agent, slot).checked_add(*add).is_some_and(|sum| sum <= *cap)
                }
            };
            if !holds {
                return Err(Conflict::Guard(guard.clone()));
            }
        }
        Ok(())
    }
}
