//! The queue record: not the tickets in it, which are rows with a rank, but whether they move.

use serde::{Deserialize, Serialize};

use crate::id::QueueId;
use crate::time::Timestamp;

/// Why nobody can take the tickets of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StallReason {
    /// The queue's teams have no agent at all.
    NoAgents,
    /// The queue's teams have agents, but none is available.
    NobodyAvailable,
    /// Agents are available, but none has the skill that the queue asks for.
    NoSkill,
    /// Agents are available and able, and all are full.
    AllFull,
}

impl StallReason {
    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoAgents => "no_agents",
            Self::NobodyAvailable => "nobody_available",
            Self::NoSkill => "no_skill",
            Self::AllFull => "all_full",
        }
    }
}

/// That a queue does not move, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stall {
    /// Why.
    pub reason: StallReason,
    /// Since when nobody could take anything.
    pub since: Timestamp,
    /// When the lead is told; none once that has happened, or when the policy asks for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tell_at: Option<Timestamp>,
}

/// The state of a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Queue {
    /// The queue.
    pub id: QueueId,
    /// That it does not move, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stall: Option<Stall>,
}

/// A fact about a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// Tickets wait and nobody can take them (pain P40: an answer with a reason and a clock of its own).
    Stalled {
        /// Why.
        reason: StallReason,
        /// When the lead is told, if the policy asks for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tell_at: Option<Timestamp>,
    },
    /// The lead is told that it still does not move.
    StallTold {
        /// Why it does not move.
        reason: StallReason,
        /// Since when.
        since: Timestamp,
    },
    /// It moves again, or is empty.
    Moving,
}

/// One event applied to a queue; total, reads nothing but its arguments (law 3).
#[must_use]
pub(crate) fn apply(id: &QueueId, state: Option<Queue>, event: &Event, at: Timestamp) -> Queue {
    let mut queue = state.unwrap_or_else(|| Queue { id: id.clone(), stall: None });
    match event {
        Event::Stalled { reason, tell_at } => {
            // Another reason for the same standstill keeps the instant since when, and whether it was told.
            queue.stall = Some(match queue.stall.take() {
                Some(stall) => Stall { reason: *reason, ..stall },
                None => Stall { reason: *reason, since: at, tell_at: *tell_at },
            });
        }
        Event::StallTold { .. } => {
            if let Some(stall) = &mut queue.stall {
                stall.tell_at = None;
            }
        }
        Event::Moving => queue.stall = None,
    }
    queue
}
