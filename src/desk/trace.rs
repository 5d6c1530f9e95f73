//! Why a decision came out as it did. Made by the same evaluation (law 18), never stored.

use serde::Serialize;

use crate::customer::Quarantine;
use crate::id::{AgentId, Name, QueueId, TicketId};
use crate::routing::StallReason;

/// The steps of a decision that a person may ask about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Trace {
    /// What was weighed, in order.
    pub steps: Vec<TraceStep>,
}

/// One thing that was weighed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TraceStep {
    /// A rule fired.
    Rule {
        /// The rule.
        rule: Name,
        /// The round, from 1.
        round: u32,
    },
    /// Two rules of one round wrote the same field.
    Conflict {
        /// The field.
        field: String,
        /// Whose write holds.
        kept: Name,
        /// Whose write is lost.
        lost: Name,
    },
    /// A rule wanted to change what a person chose.
    KeptPersonal {
        /// The rule.
        rule: Name,
    },
    /// A route chose the queue.
    Route {
        /// The ticket.
        ticket: TicketId,
        /// The route; none for the default queue.
        route: Option<Name>,
        /// The queue.
        queue: QueueId,
    },
    /// An SLA applies.
    Sla {
        /// The ticket.
        ticket: TicketId,
        /// The SLA; none where none matches.
        sla: Option<Name>,
    },
    /// A message joined an open ticket, or not.
    Join {
        /// The ticket that it joined.
        joined: Option<TicketId>,
        /// Why.
        why: JoinReason,
    },
    /// A ticket is kept apart as it comes in.
    Quarantined {
        /// Why.
        why: Quarantine,
    },
    /// A ticket was given to an agent.
    Chosen {
        /// The ticket.
        ticket: TicketId,
        /// The agent.
        agent: AgentId,
        /// The agent's load before.
        load: u32,
        /// The agent's capacity.
        capacity: u32,
    },
    /// An agent could not be chosen.
    PassedOver {
        /// The agent.
        agent: AgentId,
        /// Why.
        why: StallReason,
    },
    /// Nobody could take what waits.
    Stalled {
        /// The queue.
        queue: QueueId,
        /// Why.
        reason: StallReason,
        /// How many wait, as far as was looked.
        waiting: usize,
    },
}

/// Why a message joined a ticket, or opened one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum JoinReason {
    /// It answers this ticket.
    Answers,
    /// The ticket is about the same order.
    SameOrder,
    /// It is the customer's ticket that changed last.
    Latest,
    /// The customer has no open ticket.
    NoneOpen,
    /// The open tickets are about other orders.
    OtherOrder,
    /// The sender only claims to be the customer (law 28).
    Unproven,
    /// The customer is banned, and joins nothing.
    Banned,
    /// The customer has as many open tickets as the policy lets in, and this is the one that changed last.
    Cap,
}
