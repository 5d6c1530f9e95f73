//! Effects that wait, and those that are settled: rows in the order of their commits, with a line for each record
//! and lane of which only the head can be claimed.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::EffectStatus;
use crate::desk::{EffectKey, Lane, Outgoing};
use crate::record::RecordKey;
use crate::store::Settlement;
use crate::time::Timestamp;

/// An effect.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) outgoing: Outgoing,
    pub(super) status: EffectStatus,
    pub(super) attempt: u32,
    /// Raised with each claim, and when a claim ends.
    pub(super) fence: u64,
}

impl Row {
    /// From when on it can be claimed; none when it always can, as far as its lane allows.
    const fn free_at(&self) -> Option<Timestamp> {
        match self.status {
            EffectStatus::Claimed { until } => Some(until),
            EffectStatus::Retrying { at, .. } => Some(at),
            _ => None,
        }
    }
}

/// A claim that is to be committed: it holds if nobody else has claimed the effect since.
#[derive(Debug)]
pub(super) struct EffectClaim {
    pub(super) key: EffectKey,
    pub(super) fence: u64,
    pub(super) lease: Timestamp,
}

/// A settlement that is to be committed.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) key: EffectKey,
    pub(super) fence: u64,
    pub(super) settlement: Settlement,
}

/// The outbox of a tenant.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    rows: BTreeMap<u64, Row>,
    next: u64,
    places: HashMap<EffectKey, u64>,
    /// What is not settled yet, in order.
    lines: HashMap<(RecordKey, Lane), VecDeque<u64>>,
    /// Heads of lines that nothing keeps waiting, longest waiting first.
    free: BTreeSet<u64>,
    /// Heads of lines that are leased or wait for another attempt, by the instant at which that ends.
    bound: BTreeSet<(Timestamp, u64)>,
}

impl Lanes {
    pub(super) fn add(&mut self, outgoing: Outgoing) {
        let place = self.next;
        self.next = self.next.saturating_add(1);
        let line = self.lines.entry(line_of(&outgoing)).or_default();
        line.push_back(place);
        if line.len() == 1 {
            self.free.insert(place);
        }
        self.places.insert(outgoing.key.clone(), place);
        self.rows.insert(place, Row { outgoing, status: EffectStatus::Waiting, attempt: 0, fence: 0 });
    }

    pub(super) fn row(&self, key: &EffectKey) -> Option<&Row> {
        self.rows.get(self.places.get(key)?)
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values()
    }

    /// What can be claimed at `now`, longest waiting first.
    pub(super) fn claimable(&mut self, now: Timestamp) -> impl Iterator<Item = &Row> {
        while let Some((until, place)) = self.bound.first().copied()
            && until <= now
        {
            self.bound.remove(&(until, place));
            self.free.insert(place);
        }
        let heads = self.free.iter().filter_map(|place| self.rows.get(place));
        // A caller whose `now` runs behind an earlier one finds rows here that are not free yet.
        heads.filter(move |row| row.free_at().is_none_or(|at| at <= now))
    }

    pub(super) fn claim(&mut self, claim: &EffectClaim) {
        let Some(place) = self.places.get(&claim.key).copied() else { return };
        self.unlist(place);
        if let Some(row) = self.rows.get_mut(&place) {
            row.status = EffectStatus::Claimed { until: claim.lease };
            row.attempt = row.attempt.saturating_add(1);
            row.fence = claim.fence;
            self.bound.insert((claim.lease, place));
        }
    }

    pub(super) fn settle(&mut self, settled: Settled) {
        let Some(place) = self.places.get(&settled.key).copied() else { return };
        self.unlist(place);
        let Some(row) = self.rows.get_mut(&place) else { return };
        row.fence = row.fence.saturating_add(1);
        row.status = match settled.settlement {
            Settlement::Delivered => EffectStatus::Delivered,
            Settlement::SetAside { reason } => EffectStatus::SetAside { reason },
            Settlement::Withdrawn => EffectStatus::Withdrawn,
            Settlement::Retry { at, reason } => {
                self.bound.insert((at, place));
                EffectStatus::Retrying { at, reason }
            }
            Settlement::Leave { until } => {
                row.attempt = row.attempt.saturating_sub(1);
                self.bound.insert((until, place));
                EffectStatus::Retrying { at: until, reason: "only a later version understands it".into() }
            }
        };
        if row.status.is_settled() {
            let line = line_of(&row.outgoing);
            self.leave(&line, place);
        }
    }

    /// Takes a row out as if it had never been written.
    pub(super) fn forget(&mut self, key: &EffectKey) -> bool {
        let Some(place) = self.places.remove(key) else { return false };
        self.unlist(place);
        if let Some(row) = self.rows.remove(&place) {
            self.leave(&line_of(&row.outgoing), place);
        }
        true
    }

    /// Takes a head from the list that it stands in.
    fn unlist(&mut self, place: u64) {
        self.free.remove(&place);
        if let Some(at) = self.rows.get(&place).and_then(Row::free_at) {
            self.bound.remove(&(at, place));
        }
    }

    /// Takes a row from its line; whoever is the head from now on can be claimed.
    fn leave(&mut self, line: &(RecordKey, Lane), place: u64) {
        let Some(waiting) = self.lines.get_mut(line) else { return };
        let was_head = waiting.front() == Some(&place);
        if was_head {
            waiting.pop_front();
        } else {
            waiting.retain(|other| *other != place);
        }
        match waiting.front() {
            Some(head) if was_head => {
                self.free.insert(*head);
            }
            Some(_) => {}
            None => {
                self.lines.remove(line);
            }
        }
    }
}

fn line_of(outgoing: &Outgoing) -> (RecordKey, Lane) {
    (outgoing.key.record.clone(), outgoing.lane.clone())
}
