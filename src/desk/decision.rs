//! What a decision is: changes, and what must still hold when they are written.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::effect::{Effect, EffectKey, Lane};
use super::event::{Recorded, State};
use super::facts::Needs;
use super::receipt::Receipt;
use super::request::{Fingerprint, Request};
use super::trace::Trace;
use crate::content::Content;
use crate::id::{AgentId, Name, TicketId};
use crate::policy::Digest;
use crate::record::{RecordKey, Version, version_after};
use crate::time::Timestamp;

/// The answer of `decide`: done, or more must be known.
#[expect(clippy::large_enum_variant, reason = "it lives for one round, and a box would be in the way of every host")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The decision.
    Done(Box<Decision>),
    /// What must be gathered before it can be reached.
    More(Needs),
}

/// The change of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The record.
    pub record: RecordKey,
    /// The version it must still have; `None` where there must be no such record.
    pub expected: Option<Version>,
    /// What happened, in order; never empty.
    pub events: Vec<Recorded>,
    /// The state after it: the fold of the whole log.
    pub state: Arc<State>,
}

impl Change {
    /// The version after the change.
    #[must_use]
    pub fn version(&self) -> Version {
        version_after(self.expected)
    }
}

/// Under what a wake-up was computed; another policy or zone database may move it (law 14).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Basis {
    /// The policy.
    pub policy: Digest,
    /// The version of the zone database.
    pub zones: Arc<str>,
}

/// What becomes of a record's wake-up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wake {
    /// Set it, or take it away. If its stamp is no longer the one seen, somebody has brought it forward
    /// meanwhile: then the earlier of the two holds.
    Set {
        /// The record.
        record: RecordKey,
        /// When; `None` for never.
        at: Option<Timestamp>,
        /// The stamp that the decision saw; 0 for a new record.
        seen: u64,
        /// Under what it was computed.
        basis: Basis,
        /// The earliest due of the running clocks of a ticket, under the same basis: a column of the ticket for lists.
        /// It changes with a calendar while the ticket's state does not, and so comes with the wake-up.
        due: Option<Timestamp>,
    },
    /// Bring it forward to this instant, if it is later or not set. Changes no version, conflicts with nothing.
    Forward {
        /// The record.
        record: RecordKey,
        /// When at the latest.
        at: Timestamp,
    },
}

/// A row of the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outgoing {
    /// Its identity.
    pub key: EffectKey,
    /// Its lane.
    pub lane: Lane,
    /// What is asked of the outside.
    pub effect: Effect,
}

impl Outgoing {
    /// A row: decisions make them, and so do stores that read them back and tests of notifiers.
    #[must_use]
    pub const fn new(key: EffectKey, lane: Lane, effect: Effect) -> Self {
        Self { key, lane, effect }
    }
}

/// A change of an agent's load counter.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Load {
    /// The agent.
    pub agent: AgentId,
    /// Which of the agent's counters.
    pub slot: Name,
    /// By how much.
    pub delta: i32,
}

/// What the decision relied on, checked by the write (law 23).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Guard {
    /// The record still has this version; `None`: there is still no such record.
    Unchanged {
        /// The record.
        record: RecordKey,
        /// Its version.
        version: Option<Version>,
    },
    /// The agent's counter does not exceed `cap` once `add` is added.
    Capacity {
        /// The agent.
        agent: AgentId,
        /// Which of the agent's counters.
        slot: Name,
        /// What this decision adds.
        add: u32,
        /// What it may reach.
        cap: u32,
    },
}

/// A document, stored once per tenant under its digest: a policy, or a page of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Document {
    /// Its digest.
    pub digest: Digest,
    /// Its canonical form, as JSON.
    pub text: Arc<str>,
}

/// Everything that a request changes, and why. Nothing has happened yet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decision {
    /// Changes, in the order of their records.
    pub changes: Vec<Change>,
    /// Wake-ups.
    pub wakes: Vec<Wake>,
    /// Personal texts.
    pub contents: Vec<Content>,
    /// Effects.
    pub outbox: Vec<Outgoing>,
    /// Load counters.
    pub loads: Vec<Load>,
    /// What was relied on.
    pub guards: Vec<Guard>,
    /// The policy document, when one is activated; the pages of a job that is started.
    pub documents: Vec<Document>,
    /// The ticket that the command concerned.
    pub ticket: Option<TicketId>,
    /// Why it was decided so. Not stored.
    pub trace: Trace,
}

impl Decision {
    /// Every event, record by record.
    pub fn events(&self) -> impl Iterator<Item = &Recorded> {
        self.changes.iter().flat_map(|change| &change.events)
    }

    /// What a store writes: the decision without its trace, and the record of the request (law 21).
    #[must_use]
    pub fn into_changes(self, request: &Request) -> Changes {
        let receipt = Receipt {
            request: request.id,
            records: self.changes.iter().map(|change| (change.record.clone(), change.version())).collect(),
            effects: self.outbox.iter().map(|outgoing| outgoing.key.clone()).collect(),
            ticket: self.ticket,
            replayed: false,
        };
        Changes {
            fingerprint: request.fingerprint(&self.contents),
            changes: self.changes,
            wakes: self.wakes,
            contents: self.contents,
            outbox: self.outbox,
            loads: self.loads,
            guards: self.guards,
            documents: self.documents,
            receipt,
        }
    }
}

/// What a store writes in one step, all or nothing (law 20).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Changes {
    /// Changes, in the order of their records.
    pub changes: Vec<Change>,
    /// Wake-ups.
    pub wakes: Vec<Wake>,
    /// Personal texts.
    pub contents: Vec<Content>,
    /// Effects.
    pub outbox: Vec<Outgoing>,
    /// Load counters.
    pub loads: Vec<Load>,
    /// What was relied on.
    pub guards: Vec<Guard>,
    /// Documents.
    pub documents: Vec<Document>,
    /// What the request asked.
    pub fingerprint: Fingerprint,
    /// What it is answered with, now and again.
    pub receipt: Receipt,
}
