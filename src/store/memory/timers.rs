//! Wake-ups: one beside each record, and the list of those that are set, in the order in which they fall due.

use std::collections::BTreeSet;

use crate::desk::Basis;
use crate::record::RecordKey;
use crate::time::Timestamp;

/// The wake-up of a record.
#[derive(Debug, Default)]
pub(super) struct WakeUp {
    /// When; none when it is not set, or parked.
    pub(super) at: Option<Timestamp>,
    /// Raised each time it is set or brought forward.
    pub(super) stamp: u64,
    /// Raised with each claim, and whenever a claim is to lose its force.
    pub(super) fence: u64,
    /// The end of the present claim.
    pub(super) lease: Option<Timestamp>,
    pub(super) postponed: u32,
    /// Why it was last postponed or parked.
    pub(super) reason: Option<String>,
    pub(super) parked: bool,
    pub(super) basis: Option<Basis>,
    /// The earliest due of a ticket, as it was last said.
    pub(super) due: Option<Timestamp>,
}

/// A claim that is to be committed: it holds if nobody has touched the wake-up since.
#[derive(Debug)]
pub(super) struct WakeClaim {
    pub(super) record: RecordKey,
    pub(super) fence: u64,
    pub(super) lease: Timestamp,
}

/// A postponement that is to be committed: it is dropped if the claim has lost its force since.
#[derive(Debug)]
pub(super) struct Postponement {
    pub(super) record: RecordKey,
    pub(super) fence: u64,
    pub(super) until: Option<Timestamp>,
    pub(super) reason: String,
}

/// The wake-ups that are set, by instant and then key.
#[derive(Debug, Default)]
pub(super) struct Alarms(BTreeSet<(Timestamp, RecordKey)>);

impl Alarms {
    /// Those at or before `now`, earliest first.
    pub(super) fn due(&self, now: Timestamp) -> impl Iterator<Item = &(Timestamp, RecordKey)> {
        self.0.iter().take_while(move |(at, _)| *at <= now)
    }

    pub(super) fn first(&self) -> Option<Timestamp> {
        self.0.first().map(|(at, _)| *at)
    }

    pub(super) fn set(
        &mut self,
        record: &RecordKey,
        wake: &mut WakeUp,
        at: Option<Timestamp>,
        seen: u64,
        basis: Basis,
    ) {
        let at = if wake.stamp == seen { at } else { earlier(wake.at, at) };
        wake.basis = Some(basis);
        self.renew(record, wake, at);
    }

    pub(super) fn forward(&mut self, record: &RecordKey, wake: &mut WakeUp, at: Timestamp) {
        let at = earlier(wake.at, Some(at));
        self.renew(record, wake, at);
    }

    /// Moves a claimed wake-up, or parks it. A claim that has lost its force changes nothing.
    pub(super) fn postpone(&mut self, wake: &mut WakeUp, postponement: Postponement) {
        let Postponement { record, fence, until, reason } = postponement;
        if wake.fence != fence {
            return;
        }
        self.move_to(&record, wake, until);
        wake.parked = until.is_none();
        wake.postponed = wake.postponed.saturating_add(1);
        wake.reason = Some(reason);
        wake.fence = wake.fence.saturating_add(1);
        wake.lease = None;
    }

    fn renew(&mut self, record: &RecordKey, wake: &mut WakeUp, at: Option<Timestamp>) {
        self.move_to(record, wake, at);
        wake.stamp = wake.stamp.saturating_add(1);
        wake.fence = wake.fence.saturating_add(1);
        wake.lease = None;
        wake.parked = false;
        wake.postponed = 0;
        wake.reason = None;
    }

    fn move_to(&mut self, record: &RecordKey, wake: &mut WakeUp, at: Option<Timestamp>) {
        if wake.at == at {
            return;
        }
        if let Some(old) = wake.at {
            self.0.remove(&(old, record.clone()));
        }
        if let Some(new) = at {
            self.0.insert((new, record.clone()));
        }
        wake.at = at;
    }
}

/// The earlier of two instants, where none is never.
fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}
