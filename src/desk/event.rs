//! Events and states as sums over the rooms, and the envelope that every stored event lies in.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::customer::{self, Customer};
use crate::draft::{self, Draft};
use crate::id::{Name, RequestId};
use crate::inbox::{self, SavedView};
use crate::job::{self, Job};
use crate::order::{self, Order};
use crate::policy::{self, Activation};
use crate::record::{self, RecordKey, Version};
use crate::routing::{self, Queue};
use crate::schedule::{self, Schedule};
use crate::team::{self, Agent};
use crate::ticket::{self, LinkKind, Ticket};
use crate::time::Timestamp;

/// The number of the fold: raised whenever `apply` or the stored encoding changes (law 3).
pub const FOLD: u32 = 1;
/// The number of the event schema.
pub const SCHEMA: u32 = 1;

/// A fact, of whichever room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// About a ticket.
    Ticket(ticket::Event),
    /// About a customer.
    Customer(customer::Event),
    /// About an order.
    Order(order::Event),
    /// About an agent.
    Agent(team::Event),
    /// About a queue.
    Queue(routing::Event),
    /// About a job.
    Job(job::Event),
    /// About the tenant's policy.
    Policy(policy::Event),
    /// About a saved view.
    View(inbox::Event),
    /// About a draft.
    Draft(draft::Event),
    /// About a schedule.
    Schedule(schedule::Event),
    /// A fact that this version of the library does not know. Its record can be read and exported, not
    /// commanded (law 3).
    #[serde(untagged)]
    Unknown(serde_json::Value),
}

impl Event {
    /// A word for what happened, for people and tests.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Ticket(event) => event.kind(),
            Self::Customer(customer::Event::Recorded { .. }) => "customer_recorded",
            Self::Customer(customer::Event::TicketOpened { .. }) => "ticket_opened",
            Self::Customer(customer::Event::TicketEnded { .. }) => "ticket_ended",
            Self::Customer(customer::Event::Quarantined { .. }) => "quarantined",
            Self::Customer(customer::Event::Banned { .. }) => "banned",
            Self::Customer(customer::Event::Unbanned) => "unbanned",
            Self::Order(order::Event::Recorded { .. }) => "order_recorded",
            Self::Agent(team::Event::Recorded { .. }) => "agent_recorded",
            Self::Agent(team::Event::PresenceChanged { .. }) => "presence_changed",
            Self::Agent(team::Event::ViewKept { .. }) => "view_kept",
            Self::Agent(team::Event::ViewDropped { .. }) => "view_dropped",
            Self::Queue(routing::Event::Stalled { .. }) => "stalled",
            Self::Queue(routing::Event::StallTold { .. }) => "stall_told",
            Self::Queue(routing::Event::Moving) => "moving",
            Self::Job(job::Event::Started(_)) => "job_started",
            Self::Job(job::Event::ItemDone { .. }) => "item_done",
            Self::Job(job::Event::PageTurned { .. }) => "page_turned",
            Self::Job(job::Event::Finished { .. }) => "job_finished",
            Self::Job(job::Event::Cancelled { .. }) => "job_cancelled",
            Self::Policy(policy::Event::Activated { .. }) => "activated",
            Self::View(inbox::Event::Saved { .. }) => "view_saved",
            Self::View(inbox::Event::Removed) => "view_removed",
            Self::Draft(draft::Event::Saved { .. }) => "draft_saved",
            Self::Draft(draft::Event::Discarded) => "draft_discarded",
            Self::Draft(draft::Event::Sent { .. }) => "draft_sent",
            Self::Schedule(schedule::Event::Set { .. }) => "schedule_set",
            Self::Schedule(schedule::Event::Opened { .. }) => "schedule_opened",
            Self::Schedule(schedule::Event::Failed { .. }) => "schedule_failed",
            Self::Schedule(schedule::Event::Removed) => "schedule_removed",
            Self::Schedule(schedule::Event::Kept { .. }) => "schedule_kept",
            Self::Schedule(schedule::Event::Moved { .. }) => "schedule_moved",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// Who or what made a thing happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Origin {
    /// The actor of the request.
    Actor(Actor),
    /// A rule of the policy that decided.
    Rule(Name),
    /// Time alone.
    Timer,
    /// A link of this kind to another ticket, on which something happened.
    Link(LinkKind),
    /// An actor or origin that only a later version of the library knows.
    #[serde(untagged)]
    Unknown(serde_json::Value),
}

record::place_key! {
    /// The identity of an event: its record, the version that the record reached, and the place within the change.
    EventKey,
    /// The place within the change, from 0.
}

/// The event that led to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Antecedent {
    /// One of the same change, by its place there.
    Here(u32),
    /// One of another record's change in the same decision.
    There(EventKey),
}

/// Why a thing happened (law 5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Cause {
    /// Who or what.
    pub by: Origin,
    /// The request that was decided.
    pub request: RequestId,
    /// The digest of the policy that decided.
    pub policy: policy::Digest,
    /// The event that led to this one; none when the request or time alone did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Antecedent>,
}

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recorded {
    /// The schema it was written in.
    pub schema: u32,
    /// The fold of the library that wrote it.
    pub fold: u32,
    /// The record it belongs to.
    pub record: RecordKey,
    /// The version that the record reached with the change.
    pub version: Version,
    /// The place within the change, from 0.
    pub index: u32,
    /// When it occurred.
    pub occurred: Timestamp,
    /// When it was recorded; never decreases along a record's log.
    pub recorded: Timestamp,
    /// Why.
    pub cause: Arc<Cause>,
    /// What.
    pub event: Event,
}

impl Recorded {
    /// Whether only a later version of the library understands it: its fold or schema is a later one, or its kind
    /// is not known. A record that holds one can be read and exported, not commanded (law 3).
    #[must_use]
    pub const fn is_newer(&self) -> bool {
        self.fold > FOLD || self.schema > SCHEMA || matches!(self.event, Event::Unknown(_))
    }
    /// Its identity.
    #[must_use]
    pub fn key(&self) -> EventKey {
        EventKey::new(self.record.clone(), self.version, self.index)
    }
}

/// The state of a record, of whichever room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum State {
    /// Of a ticket.
    Ticket(Box<Ticket>),
    /// Of a customer.
    Customer(Customer),
    /// Of an order.
    Order(Order),
    /// Of an agent.
    Agent(Agent),
    /// Of a queue.
    Queue(Queue),
    /// Of a job.
    Job(Box<Job>),
    /// Of the tenant's policy.
    Policy(Activation),
    /// Of a saved view.
    View(Box<SavedView>),
    /// Of a draft.
    Draft(Box<Draft>),
    /// Of a schedule.
    Schedule(Box<Schedule>),
}

impl State {
    /// The ticket, when it is one.
    #[must_use]
    pub fn ticket(&self) -> Option<&Ticket> {
        if let Self::Ticket(ticket) = self { Some(ticket) } else { None }
    }
    /// The customer, when it is one.
    #[must_use]
    pub const fn customer(&self) -> Option<&Customer> {
        if let Self::Customer(customer) = self { Some(customer) } else { None }
    }
    /// The order, when it is one.
    #[must_use]
    pub const fn order(&self) -> Option<&Order> {
        if let Self::Order(order) = self { Some(order) } else { None }
    }
    /// The agent, when it is one.
    #[must_use]
    pub const fn agent(&self) -> Option<&Agent> {
        if let Self::Agent(agent) = self { Some(agent) } else { None }
    }
    /// The saved view, when it is one.
    #[must_use]
    pub fn view(&self) -> Option<&SavedView> {
        if let Self::View(view) = self { Some(view) } else { None }
    }
    /// The draft, when it is one.
    #[must_use]
    pub fn draft(&self) -> Option<&Draft> {
        if let Self::Draft(draft) = self { Some(draft) } else { None }
    }
    /// The schedule, when it is one.
    #[must_use]
    pub fn schedule(&self) -> Option<&Schedule> {
        if let Self::Schedule(schedule) = self { Some(schedule) } else { None }
    }
    /// The queue, when it is one.
    #[must_use]
    pub const fn queue(&self) -> Option<&Queue> {
        if let Self::Queue(queue) = self { Some(queue) } else { None }
    }
    /// The job, when it is one.
    #[must_use]
    pub fn job(&self) -> Option<&Job> {
        if let Self::Job(job) = self { Some(job) } else { None }
    }
}

/// Applies one event to the state of its record: the fold (law 3). Total: an event of another room, or one that
/// this version does not know, changes nothing.
pub fn apply(record: &RecordKey, state: &mut Option<State>, event: &Event, at: Timestamp) {
    match (record, event) {
        (RecordKey::Ticket(_), Event::Ticket(event)) => apply_ticket(state, event, at),
        (RecordKey::Customer(id), Event::Customer(event)) => {
            let before = match state.take() {
                Some(State::Customer(customer)) => Some(customer),
                _ => None,
            };
            *state = Some(State::Customer(customer::apply(id, before, event, at)));
        }
        (RecordKey::Order(id), Event::Order(event)) => {
            *state = Some(State::Order(order::apply(id, event)));
        }
        (RecordKey::Agent(id), Event::Agent(event)) => {
            let before = match state.take() {
                Some(State::Agent(agent)) => Some(agent),
                _ => None,
            };
            *state = Some(State::Agent(team::apply(id, before, event, at)));
        }
        (RecordKey::Queue(id), Event::Queue(event)) => {
            let before = match state.take() {
                Some(State::Queue(queue)) => Some(queue),
                _ => None,
            };
            *state = Some(State::Queue(routing::apply(id, before, event, at)));
        }
        (RecordKey::Job(_), Event::Job(event)) => {
            let before = match state.take() {
                Some(State::Job(job)) => Some(*job),
                _ => None,
            };
            *state = job::apply(before, event, at).map(|job| State::Job(Box::new(job)));
        }
        (RecordKey::View(id), Event::View(event)) => {
            let before = match state.take() {
                Some(State::View(view)) => Some(*view),
                _ => None,
            };
            *state = inbox::apply(*id, before, event).map(|view| State::View(Box::new(view)));
        }
        (RecordKey::Draft(place), Event::Draft(event)) => {
            let before = match state.take() {
                Some(State::Draft(draft)) => Some(*draft),
                _ => None,
            };
            let after = draft::apply((place.0, &place.1), before, event, at);
            *state = after.map(|draft| State::Draft(Box::new(draft)));
        }
        (RecordKey::Schedule(id), Event::Schedule(event)) => {
            let before = match state.take() {
                Some(State::Schedule(schedule)) => Some(*schedule),
                _ => None,
            };
            *state = schedule::apply(*id, before, event).map(|schedule| State::Schedule(Box::new(schedule)));
        }
        (RecordKey::Policy, Event::Policy(event)) => *state = Some(State::Policy(policy::apply(event, at))),
        _ => {}
    }
}

fn apply_ticket(state: &mut Option<State>, event: &ticket::Event, at: Timestamp) {
    match state {
        Some(State::Ticket(ticket)) => ticket::apply(ticket, event, at),
        Some(_) => {}
        None => *state = ticket::first(event, at).map(|ticket| State::Ticket(Box::new(ticket))),
    }
}

/// What a record's log folds to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Folded {
    /// The version of the last event.
    pub version: Option<Version>,
    /// The state; none before the first event.
    pub state: Option<State>,
    /// Whether the log has an event that this version does not know, or one of a later fold, so that the record
    /// must not be commanded.
    pub sealed: bool,
}

/// Folds a record's whole log, in its order.
///
/// State of another [`FOLD`] is thrown away and folded anew; at the same fold the stored state equals this.
pub fn fold<'a>(record: &RecordKey, log: impl IntoIterator<Item = &'a Recorded>) -> Folded {
    let mut folded = Folded { version: None, state: None, sealed: false };
    for entry in log {
        folded.sealed |= entry.is_newer();
        folded.version = Some(entry.version);
        apply(record, &mut folded.state, &entry.event, entry.occurred);
    }
    folded
}
