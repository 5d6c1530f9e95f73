//! A unit of work that buffers: it reads what is committed and its own writes, and changes nothing until it is
//! committed.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use super::gather::gather;
use super::lock::lock;
use super::outbox::{EffectClaim, Settled};
use super::own::Own;
use super::search;
use super::tenant::Tenant;
use super::timers::{Postponement, WakeClaim};
use crate::content::{Content, ContentRef};
use crate::desk::{Changes, EffectKey, Facts, Needs, Recorded};
use crate::inbox::{Count, Page, Query, SavedView, ScopedFilter, ViewReader};
use crate::policy::Digest;
use crate::record::{RecordKey, Version};
use crate::store::{
    Conflict, Cursor, Due, Envelope, Log, Outbox, Search, Settlement, Store, Timers, WriteError, blocking,
};
use crate::time::{Span, Timestamp};

/// A unit of work of a [`super::MemoryStore`]. Dropping it leaves nothing behind.
#[derive(Debug)]
pub struct MemorySession {
    tenant: Arc<Mutex<Tenant>>,
    own: Own,
    /// At which count of [`Tenant::changed`] all of the own writes were checked; none when it was not the same for all.
    checked: Option<u64>,
    wakes: Vec<WakeClaim>,
    postponed: Vec<Postponement>,
    effects: Vec<EffectClaim>,
    settled: Vec<Settled>,
}

impl MemorySession {
    pub(super) fn new(tenant: Arc<Mutex<Tenant>>) -> Self {
        Self {
            tenant,
            own: Own::default(),
            checked: None,
            wakes: Vec::new(),
            postponed: Vec::new(),
            effects: Vec::new(),
            settled: Vec::new(),
        }
    }

    /// Commits everything, or nothing.
    pub(super) fn finish(self) -> Result<(), Conflict> {
        let mut tenant = lock(&self.tenant);
        let untouched = |claim: &WakeClaim| {
            tenant.slots.get(&claim.record).is_some_and(|slot| slot.wake.fence.checked_add(1) == Some(claim.fence))
        };
        if !self.wakes.iter().all(untouched) {
            return Err(Conflict::Claim);
        }
        let fence = |key: &EffectKey| tenant.outbox.row(key).map(|row| row.fence);
        if !self
            .effects
            .iter()
            .all(|claim| fence(&claim.key).and_then(|fence| fence.checked_add(1)) == Some(claim.fence))
        {
            return Err(Conflict::Claim);
        }
        let claimed_here = |settled: &Settled| self.effects.iter().any(|claim| claim.key == settled.key);
        if !self.settled.iter().all(|settled| claimed_here(settled) || fence(&settled.key) == Some(settled.fence)) {
            return Err(Conflict::Claim);
        }
        let mut writes = self.own.into_writes();
        if self.checked != Some(tenant.changed) {
            let mut checked = Own::default();
            for changes in writes {
                if !checked.is_empty() {
                    checked.index();
                }
                checked.check(&tenant, &changes)?;
                checked.push(changes);
            }
            writes = checked.into_writes();
        }
        // Nothing fails from here on. What was claimed was committed before this unit's own writes.
        for claim in self.wakes {
            if let Some(slot) = tenant.slots.get_mut(&claim.record) {
                slot.wake.fence = claim.fence;
                slot.wake.lease = Some(claim.lease);
            }
        }
        for claim in &self.effects {
            tenant.outbox.claim(claim);
        }
        for changes in writes {
            tenant.apply(changes);
        }
        let Tenant { slots, alarms, outbox, .. } = &mut *tenant;
        for postponement in self.postponed {
            if let Some(slot) = slots.get_mut(&postponement.record) {
                alarms.postpone(&mut slot.wake, postponement);
            }
        }
        for settled in self.settled {
            outbox.settle(settled);
        }
        Ok(())
    }

    fn find(&mut self, needs: &Needs) -> Facts {
        self.own.index();
        gather(&mut lock(&self.tenant), &self.own, needs)
    }

    fn put(&mut self, changes: Changes) -> Result<(), Conflict> {
        self.own.index();
        let tenant = lock(&self.tenant);
        self.own.check(&tenant, &changes)?;
        let first = self.own.is_empty();
        self.checked = (first || self.checked == Some(tenant.changed)).then_some(tenant.changed);
        drop(tenant);
        self.own.push(changes);
        Ok(())
    }

    fn claim_wakes(&mut self, now: Timestamp, lease: Span, limit: usize) -> Vec<Due> {
        let tenant = lock(&self.tenant);
        let mut claimed = Vec::new();
        for (at, record) in tenant.alarms.due(now) {
            if claimed.len() >= limit {
                break;
            }
            let Some(slot) = tenant.slots.get(record) else { continue };
            let leased = slot.wake.lease.is_some_and(|until| until > now);
            if leased || self.wakes.iter().any(|claim| claim.record == *record) {
                continue;
            }
            let fence = slot.wake.fence.saturating_add(1);
            claimed.push(Due::new(record.clone(), *at, fence, slot.wake.postponed));
        }
        let claims =
            claimed.iter().map(|due| WakeClaim { record: due.record.clone(), fence: due.fence, lease: now + lease });
        self.wakes.extend(claims);
        claimed
    }

    fn postpone_wake(&mut self, due: &Due, until: Option<Timestamp>, reason: &str) {
        self.postponed.push(Postponement {
            record: due.record.clone(),
            fence: due.fence,
            until,
            reason: reason.to_owned(),
        });
    }

    fn claim_effects(&mut self, now: Timestamp, lease: Span, limit: usize) -> Vec<Envelope> {
        let mut tenant = lock(&self.tenant);
        let Tenant { outbox, contents, .. } = &mut *tenant;
        let own = &self.effects;
        let rows = outbox.claimable(now).filter(|row| !own.iter().any(|claim| claim.key == row.outgoing.key));
        let mut rows = rows.peekable();
        let alone = rows.peek().is_some_and(|row| row.status.is_claimed());
        let envelopes: Vec<Envelope> = rows
            .take_while(|row| alone || !row.status.is_claimed())
            .take(if alone { limit.min(1) } else { limit })
            .map(|row| {
                let text = row.outgoing.effect.content().and_then(|reference| contents.get(&reference.id)).cloned();
                let (attempt, fence) = (row.attempt.saturating_add(1), row.fence.saturating_add(1));
                Envelope::new(row.outgoing.clone(), text, attempt, fence)
            })
            .collect();
        let claims = envelopes.iter().map(|envelope| EffectClaim {
            key: envelope.outgoing.key.clone(),
            fence: envelope.fence,
            lease: now + lease,
        });
        self.effects.extend(claims);
        envelopes
    }

    fn settle_effect(&mut self, key: &EffectKey, fence: u64, settlement: &Settlement) -> bool {
        let own = self.effects.iter().find(|claim| claim.key == *key).map(|claim| claim.fence);
        let tenant = lock(&self.tenant);
        let Some(row) = tenant.outbox.row(key) else { return false };
        let settled = self.settled.iter().any(|settled| settled.key == *key);
        let held = own.unwrap_or(row.fence) == fence;
        // Without a claim, be it before the first or after the last, an effect is nobody's to settle.
        if settled || !held || (own.is_none() && !row.status.is_claimed()) {
            return false;
        }
        drop(tenant);
        self.settled.push(Settled { key: key.clone(), fence, settlement: settlement.clone() });
        true
    }

    fn log_of(&self, record: &RecordKey, after: Option<Version>, limit: usize) -> Vec<Recorded> {
        let tenant = lock(&self.tenant);
        let log = tenant.slots.get(record).and_then(|slot| slot.record.as_ref()).map_or(&[][..], |record| &record.log);
        let start = log.partition_point(|rows| rows.first().map(|event| event.version) <= after);
        let committed = log.get(start..).unwrap_or_default().iter().flat_map(|rows| rows.iter());
        let mut events: Vec<Recorded> = Vec::new();
        let mut versions = 0;
        for event in committed.chain(self.own.events(record, after)) {
            if events.last().is_none_or(|last| last.version != event.version) {
                versions += 1;
            }
            if versions > limit {
                break;
            }
            events.push(event.clone());
        }
        events
    }

    fn feed_of(&self, after: Cursor, limit: usize) -> (Vec<Recorded>, Cursor) {
        let tenant = lock(&self.tenant);
        let start = usize::try_from(after.position()).unwrap_or(usize::MAX);
        let events: Vec<Recorded> = tenant.feed.after(start).take(limit).cloned().collect();
        let end = after.position().saturating_add(events.len() as u64);
        (events, Cursor::at(end))
    }

    fn texts(&self, references: &[ContentRef]) -> Vec<Content> {
        let tenant = lock(&self.tenant);
        let own = || self.own.writes().iter().flat_map(|write| &write.contents);
        let text = |reference: &ContentRef| {
            let own = own().find(|content| content.id == reference.id);
            own.or_else(|| tenant.contents.get(&reference.id)).cloned()
        };
        references.iter().filter_map(text).collect()
    }

    fn page_of(&mut self, query: &Query) -> Page {
        self.own.index();
        query.page(search::rows(&mut lock(&self.tenant), &self.own, query))
    }

    fn count_of(&mut self, filter: &ScopedFilter, at_most: usize) -> Count {
        self.own.index();
        Count::of(search::count(&mut lock(&self.tenant), &self.own, filter, at_most.saturating_add(1)), at_most)
    }

    fn views_of(&mut self, reader: &ViewReader, limit: usize) -> Vec<SavedView> {
        self.own.index();
        search::views(&lock(&self.tenant), &self.own, reader, limit)
    }

    fn document_of(&self, digest: &Digest) -> Option<String> {
        let own = self.own.writes().iter().flat_map(|write| &write.documents).find(|own| own.digest == *digest);
        match own {
            Some(document) => Some(document.text.to_string()),
            None => lock(&self.tenant).documents.get(digest).map(|text| text.to_string()),
        }
    }
}

impl Store for MemorySession {
    type Error = Infallible;

    async fn gather(&mut self, needs: &Needs) -> Result<Facts, Infallible> {
        Ok(self.find(needs))
    }
    async fn write(&mut self, changes: &Changes) -> Result<(), WriteError<Infallible>> {
        Ok(self.put(changes.clone())?)
    }
    async fn write_owned(&mut self, changes: Changes) -> Result<(), WriteError<Infallible>> {
        Ok(self.put(changes)?)
    }
}

impl Timers for MemorySession {
    type Error = Infallible;

    async fn claim_due(&mut self, now: Timestamp, lease: Span, limit: usize) -> Result<Vec<Due>, Infallible> {
        Ok(self.claim_wakes(now, lease, limit))
    }
    async fn postpone(&mut self, due: &Due, until: Option<Timestamp>, reason: &str) -> Result<(), Infallible> {
        self.postpone_wake(due, until, reason);
        Ok(())
    }
    async fn next_due(&mut self) -> Result<Option<Timestamp>, Infallible> {
        Ok(lock(&self.tenant).alarms.first())
    }
}

impl Outbox for MemorySession {
    type Error = Infallible;

    async fn claim(&mut self, now: Timestamp, lease: Span, limit: usize) -> Result<Vec<Envelope>, Infallible> {
        Ok(self.claim_effects(now, lease, limit))
    }
    async fn settle(&mut self, key: &EffectKey, fence: u64, settlement: &Settlement) -> Result<bool, Infallible> {
        Ok(self.settle_effect(key, fence, settlement))
    }
}

impl Log for MemorySession {
    type Error = Infallible;

    async fn events(
        &mut self,
        record: &RecordKey,
        after: Option<Version>,
        limit: usize,
    ) -> Result<Vec<Recorded>, Infallible> {
        Ok(self.log_of(record, after, limit))
    }
    async fn feed(&mut self, after: Cursor, limit: usize) -> Result<(Vec<Recorded>, Cursor), Infallible> {
        Ok(self.feed_of(after, limit))
    }
    async fn contents(&mut self, references: &[ContentRef]) -> Result<Vec<Content>, Infallible> {
        Ok(self.texts(references))
    }
    async fn document(&mut self, digest: &Digest) -> Result<Option<String>, Infallible> {
        Ok(self.document_of(digest))
    }
}

impl blocking::Store for MemorySession {
    type Error = Infallible;

    fn gather(&mut self, needs: &Needs) -> Result<Facts, Infallible> {
        Ok(self.find(needs))
    }
    fn write(&mut self, changes: &Changes) -> Result<(), WriteError<Infallible>> {
        Ok(self.put(changes.clone())?)
    }
    fn write_owned(&mut self, changes: Changes) -> Result<(), WriteError<Infallible>> {
        Ok(self.put(changes)?)
    }
}

impl blocking::Timers for MemorySession {
    type Error = Infallible;

    fn claim_due(&mut self, now: Timestamp, lease: Span, limit: usize) -> Result<Vec<Due>, Infallible> {
        Ok(self.claim_wakes(now, lease, limit))
    }
    fn postpone(&mut self, due: &Due, until: Option<Timestamp>, reason: &str) -> Result<(), Infallible> {
        self.postpone_wake(due, until, reason);
        Ok(())
    }
    fn next_due(&mut self) -> Result<Option<Timestamp>, Infallible> {
        Ok(lock(&self.tenant).alarms.first())
    }
}

impl blocking::Outbox for MemorySession {
    type Error = Infallible;

    fn claim(&mut self, now: Timestamp, lease: Span, limit: usize) -> Result<Vec<Envelope>, Infallible> {
        Ok(self.claim_effects(now, lease, limit))
    }
    fn settle(&mut self, key: &EffectKey, fence: u64, settlement: &Settlement) -> Result<bool, Infallible> {
        Ok(self.settle_effect(key, fence, settlement))
    }
}

impl blocking::Log for MemorySession {
    type Error = Infallible;

    fn events(
        &mut self,
        record: &RecordKey,
        after: Option<Version>,
        limit: usize,
    ) -> Result<Vec<Recorded>, Infallible> {
        Ok(self.log_of(record, after, limit))
    }
    fn feed(&mut self, after: Cursor, limit: usize) -> Result<(Vec<Recorded>, Cursor), Infallible> {
        Ok(self.feed_of(after, limit))
    }
    fn contents(&mut self, references: &[ContentRef]) -> Result<Vec<Content>, Infallible> {
        Ok(self.texts(references))
    }
    fn document(&mut self, digest: &Digest) -> Result<Option<String>, Infallible> {
        Ok(self.document_of(digest))
    }
}

impl Search for MemorySession {
    type Error = Infallible;

    async fn tickets(&mut self, query: &Query) -> Result<Page, Infallible> {
        Ok(self.page_of(query))
    }
    async fn count(&mut self, filter: &ScopedFilter, at_most: usize) -> Result<Count, Infallible> {
        Ok(self.count_of(filter, at_most))
    }
    async fn views(&mut self, reader: &ViewReader, limit: usize) -> Result<Vec<SavedView>, Infallible> {
        Ok(self.views_of(reader, limit))
    }
}

impl blocking::Search for MemorySession {
    type Error = Infallible;

    fn tickets(&mut self, query: &Query) -> Result<Page, Infallible> {
        Ok(self.page_of(query))
    }
    fn count(&mut self, filter: &ScopedFilter, at_most: usize) -> Result<Count, Infallible> {
        Ok(self.count_of(filter, at_most))
    }
    fn views(&mut self, reader: &ViewReader, limit: usize) -> Result<Vec<SavedView>, Infallible> {
        Ok(self.views_of(reader, limit))
    }
}
