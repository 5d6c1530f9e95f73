//! What has changed since somebody looked at a ticket, with both values.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::event::Origin;
use crate::id::TicketId;
use crate::record::{RecordKey, Version};
use crate::ticket::{Part, PartValue};
use crate::time::Timestamp;

/// A command was made on a view of the ticket that others have changed since, in a part that it touches. Nothing has
/// changed; both values are here, to be shown side by side. Whoever asks again with [`Self::current`] as `seen` means it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outdated {
    /// The ticket.
    pub ticket: TicketId,
    /// The version that was seen.
    pub seen: Version,
    /// The version that it has now.
    pub current: Version,
    /// The parts that others have changed, never none.
    pub conflicts: Vec<PartConflict>,
}

/// A part of a ticket that somebody wants to set, or relied on, and that others have changed since he saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PartConflict {
    /// The part.
    pub part: Part,
    /// What it was wanted to hold; none where the command only relies on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<PartValue>,
    /// What it held when it was seen.
    pub was: PartValue,
    /// What it holds now.
    pub now: PartValue,
    /// Who changed it last.
    pub by: Origin,
    /// When.
    pub at: Timestamp,
    /// The version that the ticket reached with it.
    pub version: Version,
}

impl fmt::Display for Outdated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, conflict) in self.conflicts.iter().enumerate() {
            write!(f, "{}`{}`", if index == 0 { "" } else { ", " }, conflict.part)?;
        }
        write!(f, " of `{}` changed after version {}, which was seen", RecordKey::Ticket(self.ticket), self.seen)
    }
}
