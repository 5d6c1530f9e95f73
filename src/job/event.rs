//! What happened to a job.

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::content::ContentRef;
use crate::id::{JobId, Name, TicketId};
use crate::policy::Digest;
use crate::ticket;

/// A fact about a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// It was started.
    Started(Box<Started>),
    /// An item was decided. What it changed on its ticket was written in the same step, caused by this event.
    ItemDone {
        /// Which, from 0.
        index: u32,
        /// Its ticket.
        ticket: TicketId,
        /// What became of it.
        verdict: Verdict,
    },
    /// The next page of tickets is at hand.
    PageTurned {
        /// The page.
        page: Page,
    },
    /// Every item has its verdict.
    Finished {
        /// How many were done.
        done: u32,
        /// How many were refused.
        refused: u32,
    },
    /// It was called off.
    Cancelled {
        /// How many items had their verdict by then.
        cursor: u32,
    },
}

/// How a job was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Started {
    /// The job.
    pub job: JobId,
    /// Who asks.
    pub asker: Actor,
    /// What each ticket gets, with its text taken out.
    pub command: ticket::Command,
    /// That text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<ContentRef>,
    /// How many tickets there are.
    pub items: u32,
    /// The first page of them.
    pub page: Page,
}

/// Some tickets of a job, in order, and the page behind them. Pages but the first lie beside the log as documents,
/// each under its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Page {
    /// The tickets; never empty.
    pub tickets: Vec<TicketId>,
    /// The page behind; none on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Digest>,
}

/// What became of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// It was carried out, though it may have had nothing to change.
    Done,
    /// It was refused as it would have been alone, and nothing of it was written.
    Refused {
        /// The code of the rejection.
        code: Name,
    },
}

impl Event {
    /// The text that the event refers to, if any.
    #[must_use]
    pub fn content(&self) -> Option<&ContentRef> {
        if let Self::Started(started) = self { started.text.as_ref() } else { None }
    }
}
