//! Why a job is not started or called off.

use serde::{Deserialize, Serialize};

use crate::id::{JobId, Name, TicketId};
use crate::ticket;

/// A job's own rules refuse it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refusal {
    /// There is a job of this id already.
    #[error("job `{0}` exists already; every job needs an id of its own")]
    JobExists(JobId),
    /// The command is not one for many tickets.
    #[error("`{0}` cannot be done to many tickets at once; ask it ticket by ticket")]
    NotInBulk(Name),
    /// The command names a ticket of its own.
    #[error("the command of a job is asked for the ticket `job::EACH`, not for `{0}`")]
    NotForEach(TicketId),
    /// No ticket is named.
    #[error("a job needs at least one ticket")]
    NoTickets,
    /// A ticket is named twice.
    #[error("ticket `{0}` is named twice; name each once")]
    Twice(TicketId),
    /// A limit of every command refuses it.
    #[error(transparent)]
    Limit(#[from] ticket::Refusal),
    /// It has ended.
    #[error("job `{0}` has ended already; there is nothing left to call off")]
    JobOver(JobId),
}

impl Refusal {
    /// The stable code of the refusal.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::JobExists(_) => "job_exists",
            Self::NotInBulk(_) => "not_in_bulk",
            Self::NotForEach(_) => "not_for_each",
            Self::NoTickets => "no_tickets",
            Self::Twice(_) => "twice",
            Self::Limit(refusal) => refusal.code(),
            Self::JobOver(_) => "job_over",
        }
    }
}
