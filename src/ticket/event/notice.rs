//! What rules tell the team.

use serde::{Deserialize, Serialize};

/// Whom of the team a notice is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Whom {
    /// The ticket's agent; the queue's team when it has none.
    Assignee,
    /// The lead of the queue's first team.
    Lead,
    /// Everybody in the queue's teams.
    Team,
    /// The agents that follow the ticket.
    Followers,
}

/// What a rule tells the team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Notice {
    /// Whom.
    pub to: Whom,
    /// What, in the policy's own words.
    pub text: String,
}
