//! The shop's floor: who sits where and what waits for him, and the queues that stand still.

use std::collections::{BTreeMap, BTreeSet};

use destek::id::{ApprovalId, TicketId};
use destek::routing::{self, StallReason};
use destek::team::Presence;
use destek::time::{Span, Timestamp};

use super::roster::Worker;

/// Somebody at work.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) worker: Worker,
    pub(crate) presence: Presence,
    pub(crate) busy_until: Timestamp,
    /// Tickets that a step is planned for, or that wait for the worker to be back.
    pub(crate) called: BTreeSet<TicketId>,
    pub(crate) parked: BTreeSet<TicketId>,
    pub(crate) own: BTreeSet<TicketId>,
    /// The ticket for a cause that the worker looks into.
    pub(crate) problem: Option<TicketId>,
    /// Questions for approval that wait for the worker to be back.
    pub(crate) unanswered: Vec<(TicketId, ApprovalId)>,
}

/// A queue that stood still.
#[derive(Debug, Default)]
pub(crate) struct Standstill {
    pub(crate) since: Option<(StallReason, Timestamp)>,
    /// By reason: how often, for how long, how often the lead was told.
    pub(crate) seen: BTreeMap<StallReason, (u64, Span, u64)>,
}

impl Standstill {
    /// Takes in an event of the queue that occurred at an instant.
    pub(crate) fn see(&mut self, event: &routing::Event, at: Timestamp) {
        match event {
            routing::Event::Stalled { reason, .. } => {
                self.end(at);
                self.since = Some((*reason, at));
                self.seen.entry(*reason).or_default().0 += 1;
            }
            routing::Event::StallTold { reason, .. } => self.seen.entry(*reason).or_default().2 += 1,
            routing::Event::Moving => self.end(at),
            _ => {}
        }
    }

    /// The standstill is over, or the day is.
    pub(crate) fn end(&mut self, at: Timestamp) {
        if let Some((reason, since)) = self.since.take() {
            self.seen.entry(reason).or_default().1 += at.since(since);
        }
    }
}
