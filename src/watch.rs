//! Who looks at a ticket, and who is writing an answer, at this moment: so that two do not answer at once.
//!
//! These are leases: each holds for a short while and is renewed as long as it is true. They are in no log, no
//! transaction and no decision, since nothing may depend on them: whoever writes is hindered by nobody
//! (locks that trap are worse than two answers), and a lease that is lost costs nothing but a hint. What keeps an
//! answer from going out over another one is [`Request::seen`](crate::Request::seen).
//!
//! [`run::watch`](crate::run::watch) renews the asking agent's and tells who else is there,
//! [`run::watching`](crate::run::watching) only tells.

use serde::{Deserialize, Serialize};

use crate::id::{AgentId, TicketId};
use crate::time::{Span, Timestamp};

/// What an agent does with a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Doing {
    /// Looks at it.
    Viewing,
    /// Writes an answer.
    Typing,
}

impl Doing {
    /// How long a lease of it holds: 60 seconds for a look, 15 for writing. A client that renews after a third of it
    /// may lose one renewal in two.
    ///
    /// ```
    /// use destek::time::Span;
    /// use destek::watch::Doing;
    ///
    /// assert_eq!(Doing::Viewing.holds(), Span::seconds(60));
    /// assert_eq!(Doing::Typing.holds(), Span::seconds(15));
    /// ```
    #[must_use]
    pub const fn holds(self) -> Span {
        match self {
            Self::Viewing => Span::seconds(60),
            Self::Typing => Span::seconds(15),
        }
    }
}

/// That an agent does something with a ticket, until an instant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Lease {
    /// The agent.
    pub agent: AgentId,
    /// What he does.
    pub doing: Doing,
    /// Until when this holds; not at that instant any more.
    pub until: Timestamp,
}

impl Lease {
    /// A lease until an instant.
    #[must_use]
    pub const fn new(agent: AgentId, doing: Doing, until: Timestamp) -> Self {
        Self { agent, doing, until }
    }
}

/// What is told of an agent and a ticket: that he does something with it, or left it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sign {
    /// He does this.
    Here(TicketId, Doing),
    /// He has left.
    Gone(TicketId),
}

impl Sign {
    /// The ticket.
    #[must_use]
    pub const fn ticket(self) -> TicketId {
        match self {
            Self::Here(ticket, _) | Self::Gone(ticket) => ticket,
        }
    }
}
