//! Damage on purpose: how a test shows that a check would notice.

use std::sync::{Arc, Mutex};

use super::feed::Rows;
use super::lock::lock;
use super::slot::Record;
use super::tenant::Tenant;
use crate::desk::{EffectKey, Recorded, State};
use crate::record::{RecordKey, Version};

/// Damages what a [`super::MemoryStore`] holds of a tenant. For tests only: a store that was tampered with breaks
/// its contract, which is the point.
#[derive(Debug)]
pub struct Tamper {
    tenant: Arc<Mutex<Tenant>>,
}

impl Tamper {
    pub(super) const fn new(tenant: Arc<Mutex<Tenant>>) -> Self {
        Self { tenant }
    }

    /// Takes an event out of a record's log; whether it was there.
    pub fn lose_event(&self, record: &RecordKey, version: Version, index: u32) -> bool {
        let mut tenant = lock(&self.tenant);
        let Tenant { slots, feed, .. } = &mut *tenant;
        let Some(stored) = slots.get_mut(record).and_then(|slot| slot.record.as_mut()) else { return false };
        let is_lost = |event: &Recorded| event.version == version && event.index == index;
        let Some(place) = stored.log.iter().position(|rows| rows.iter().any(is_lost)) else { return false };
        let old = stored.log.remove(place);
        let left: Rows = old.iter().filter(|event| !is_lost(event)).cloned().collect();
        feed.exchange(&old, &left);
        if !left.is_empty() {
            stored.log.insert(place, left);
        }
        true
    }

    /// Takes an effect out of the outbox; whether it was there.
    pub fn lose_effect(&self, key: &EffectKey) -> bool {
        lock(&self.tenant).outbox.forget(key)
    }

    /// Takes away every document; how many there were.
    pub fn lose_documents(&self) -> usize {
        std::mem::take(&mut lock(&self.tenant).documents).len()
    }

    /// Puts another state under a record, as if it had been folded by the library of that fold, with the place in
    /// its queue that follows from it; whether there is such a record. Its log stays.
    pub fn restate(&self, record: &RecordKey, fold: u32, state: State) -> bool {
        let state = Arc::new(state);
        let mut before = None;
        let there = self.change(record, |stored| {
            stored.fold = fold;
            before = Some((std::mem::replace(&mut stored.state, Arc::clone(&state)), stored.version));
        });
        if let Some((before, version)) = before {
            lock(&self.tenant).index(record, Some(&before), version, &state);
        }
        there
    }

    /// Puts an event behind a record's log without applying it, as a later version of the library might; whether
    /// there is such a record.
    pub fn append(&self, record: &RecordKey, event: Recorded) -> bool {
        self.change(record, |stored| {
            stored.sealed |= event.is_newer();
            stored.version = event.version;
            stored.recorded = event.recorded;
            stored.log.push(Rows::from([event]));
        })
    }

    fn change(&self, record: &RecordKey, change: impl FnOnce(&mut Record)) -> bool {
        let mut tenant = lock(&self.tenant);
        tenant.rosters.forget();
        tenant.changed += 1;
        match tenant.slots.get_mut(record).and_then(|slot| slot.record.as_mut()) {
            Some(stored) => {
                change(stored);
                true
            }
            None => false,
        }
    }
}
