//! What is committed of one tenant, and how changes are applied to it. Everything here runs under the lock.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::feed::{Feed, Rows};
use super::hash::Map;
use super::inbox::Inbox;
use super::leases::Leases;
use super::outbox::Lanes;
use super::roster::Rosters;
use super::slot::{Record, Slot};
use super::timers::Alarms;
use crate::content::Content;
use crate::desk::{Answered, Change, Changes, FOLD, Fingerprint, Loaded, Receipt, State, Wake, fold};
use crate::id::{ContentId, QueueId, RequestId, TicketId, ViewId};
use crate::policy::Digest;
use crate::record::{RecordKey, Version};
use crate::time::Timestamp;

/// All of one tenant.
#[derive(Debug, Default)]
pub(super) struct Tenant {
    pub(super) slots: Map<RecordKey, Slot>,
    pub(super) alarms: Alarms,
    pub(super) outbox: Lanes,
    pub(super) rosters: Rosters,
    pub(super) contents: Map<ContentId, Content>,
    pub(super) documents: Map<Digest, Arc<str>>,
    /// Boxed, so that the map grows in small steps.
    pub(super) requests: Map<RequestId, Box<(Fingerprint, Receipt)>>,
    /// Waiting tickets by queue, in the order in which they are due an agent.
    pub(super) waiting: Map<QueueId, BTreeSet<(Timestamp, TicketId)>>,
    pub(super) feed: Feed,
    /// Raised with every write: at the same count, whatever a check found still holds.
    pub(super) changed: u64,
    /// The lists that searches read; none before the first search.
    pub(super) inbox: Option<Box<Inbox>>,
    /// The saved views.
    pub(super) views: BTreeSet<ViewId>,
    /// Who is at which ticket; no write and no check knows of it.
    pub(super) leases: Leases,
    numbers: u64,
}

impl Tenant {
    /// The next number of the tenant's sequence. Handed out at once and never taken back, so that nobody waits.
    pub(super) const fn number(&mut self) -> u64 {
        self.numbers = self.numbers.saturating_add(1);
        self.numbers
    }

    /// What a request was answered with, and the texts it brought as far as they are still there.
    pub(super) fn answered(&self, request: RequestId) -> Option<Answered> {
        let (fingerprint, receipt) = &**self.requests.get(&request)?;
        let contents = fingerprint.contents.iter().filter_map(|id| self.contents.get(id)).cloned().collect();
        Some(Answered::new(fingerprint.clone(), receipt.clone(), contents))
    }

    pub(super) fn version(&self, key: &RecordKey) -> Option<Version> {
        Some(self.slots.get(key)?.record.as_ref()?.version)
    }

    pub(super) fn stamp(&self, key: &RecordKey) -> u64 {
        self.slots.get(key).map_or(0, |slot| slot.wake.stamp)
    }

    /// A record as it is to be decided upon: state of another fold is folded anew, once.
    pub(super) fn record(&mut self, key: &RecordKey) -> Option<Loaded> {
        let slot = self.slots.get_mut(key)?;
        let record = slot.record.as_mut()?;
        let state = Arc::clone(&record.state);
        let mut loaded = Loaded::new(record.version, state, record.sealed, slot.wake.stamp, record.recorded);
        if record.fold == FOLD {
            return Some(loaded);
        }
        let folded = fold(key, record.log.iter().flat_map(|rows| rows.iter()));
        loaded.sealed = folded.sealed;
        match folded.state {
            Some(state) => loaded.state = Arc::new(state),
            // Nothing in the log makes a state that is known here; what is stored can be read, not commanded.
            None => loaded.sealed = true,
        }
        if !loaded.sealed {
            record.fold = FOLD;
            let before = std::mem::replace(&mut record.state, Arc::clone(&loaded.state));
            self.index(key, Some(&before), loaded.version, &loaded.state);
        }
        Some(loaded)
    }

    /// Applies what has been checked. Nothing in here can fail.
    pub(super) fn apply(&mut self, changes: Changes) {
        self.changed += 1;
        for change in changes.changes {
            self.apply_change(change);
        }
        for wake in changes.wakes {
            self.apply_wake(wake);
        }
        for content in changes.contents {
            self.contents.insert(content.id, content);
        }
        for outgoing in changes.outbox {
            self.outbox.add(outgoing);
        }
        for load in &changes.loads {
            self.rosters.add_load(load);
        }
        for document in changes.documents {
            self.documents.entry(document.digest).or_insert(document.text);
        }
        self.requests.insert(changes.receipt.request, Box::new((changes.fingerprint, changes.receipt)));
    }

    fn apply_change(&mut self, change: Change) {
        let version = change.version();
        let Change { record: key, events, state, .. } = change;
        let slot = self.slots.entry(key.clone()).or_default();
        let mut before = None;
        let record = match &mut slot.record {
            Some(record) => {
                before = Some(std::mem::replace(&mut record.state, Arc::clone(&state)));
                record
            }
            none => none.insert(Record {
                version,
                state: Arc::clone(&state),
                fold: FOLD,
                sealed: false,
                recorded: Timestamp::MIN,
                log: Vec::new(),
            }),
        };
        record.version = version;
        record.fold = FOLD;
        record.recorded = events.last().map_or(record.recorded, |event| event.recorded);
        if !events.is_empty() {
            let rows = Rows::from(events);
            self.feed.push(Arc::clone(&rows));
            record.log.push(rows);
        }
        self.index(&key, before.as_deref(), version, &state);
    }

    fn apply_wake(&mut self, wake: Wake) {
        match wake {
            Wake::Set { record, at, seen, basis, due } => {
                let slot = self.slots.entry(record.clone()).or_default();
                self.alarms.set(&record, &mut slot.wake, at, seen, basis);
                let before = std::mem::replace(&mut slot.wake.due, due);
                if let (Some(inbox), Some(ticket)) = (&mut self.inbox, record.ticket()) {
                    inbox.due(ticket, before, due);
                }
            }
            Wake::Forward { record, at } => {
                let slot = self.slots.entry(record.clone()).or_default();
                self.alarms.forward(&record, &mut slot.wake, at);
            }
        }
    }

    /// Brings the lists that are derived from states up to date.
    pub(super) fn index(&mut self, key: &RecordKey, before: Option<&State>, version: Version, state: &Arc<State>) {
        match (key, &**state) {
            (RecordKey::Ticket(id), State::Ticket(ticket)) => {
                if let Some(inbox) = &mut self.inbox {
                    let due = self.slots.get(key).and_then(|slot| slot.wake.due);
                    inbox.change(*id, before.and_then(State::ticket), ticket, due);
                }
                let (was, is) = (before.and_then(place), place(state));
                if was == is {
                    return;
                }
                if let Some((queue, rank)) = was
                    && let Some(waiting) = self.waiting.get_mut(queue)
                {
                    waiting.remove(&(rank, *id));
                }
                if let Some((queue, rank)) = is {
                    self.waiting.entry(queue.clone()).or_default().insert((rank, *id));
                }
            }
            (RecordKey::View(id), State::View(_)) => {
                self.views.insert(*id);
            }
            (RecordKey::Agent(id), State::Agent(_)) => self.rosters.change(id, before, version, state),
            _ => {}
        }
    }
}

/// In which queue a ticket waits, and with which rank.
pub(super) fn place(state: &State) -> Option<(&QueueId, Timestamp)> {
    let ticket = state.ticket()?;
    Some((ticket.queue.as_ref()?, ticket.place.as_ref()?.rank))
}
