//! What can be asked of a job.

use serde::{Deserialize, Serialize};

use crate::id::{JobId, TicketId};
use crate::ticket;

/// Stands for each ticket of a job in the command that it gets.
pub const EACH: TicketId = TicketId::from_u128(0);

/// Starts a job: the same command for many tickets, one after the other.
///
/// The asker needs the right [`Bulk`](crate::actor::Right::Bulk), and on each ticket what the command needs alone.
/// Which commands fit is said by [`fits`]. Of an answer or a note only the text counts; each gets a message id that is
/// derived from job and index, and a copy of the text of its own, so that it can be erased by itself. The job's copy
/// can be erased, too: items that come later are refused with the code `erased`.
///
/// A job without tickets, with a ticket twice, or with more than
/// [`limits::JOB_ITEMS_MAX`](crate::limits::JOB_ITEMS_MAX) of them is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StartJob {
    /// The job.
    pub job: JobId,
    /// Its tickets, in the order in which they are done.
    pub tickets: Vec<TicketId>,
    /// What each of them gets, asked for the ticket [`EACH`].
    pub command: ticket::Command,
}

impl StartJob {
    /// A job that does this to each of the tickets.
    #[must_use]
    pub fn new(job: JobId, tickets: impl IntoIterator<Item = TicketId>, command: impl Into<ticket::Command>) -> Self {
        Self { job, tickets: tickets.into_iter().collect(), command: command.into() }
    }
}

/// Calls a job off: what is done stays, what is left is left alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CancelJob {
    /// The job.
    pub job: JobId,
}

impl CancelJob {
    /// Calls this job off.
    #[must_use]
    pub const fn new(job: JobId) -> Self {
        Self { job }
    }
}

/// Whether a command makes sense for many tickets at once.
///
/// Left out is what names something of one ticket (a new ticket, a message, another ticket), what only the customer
/// can say, what shows a ticket to another customer, and what gives something of value.
///
/// ```
/// use destek::job::{EACH, fits};
/// use destek::ticket::{Close, Confirm};
/// assert!(fits(&Close::new(EACH).into()) && !fits(&Confirm::new(EACH).into()));
/// ```
#[must_use]
pub const fn fits(command: &ticket::Command) -> bool {
    matches!(
        command,
        ticket::Command::Reply(_)
            | ticket::Command::Note(_)
            | ticket::Command::Take(_)
            | ticket::Command::Assign(_)
            | ticket::Command::Unassign(_)
            | ticket::Command::Transfer(_)
            | ticket::Command::Hold(_)
            | ticket::Command::Resume(_)
            | ticket::Command::Resolve(_)
            | ticket::Command::Reopen(_)
            | ticket::Command::Close(_)
            | ticket::Command::Prioritize(_)
            | ticket::Command::Classify(_)
            | ticket::Command::Tag(_)
            | ticket::Command::SetField(_)
            | ticket::Command::LinkOrder(_)
            | ticket::Command::Follow(_)
            | ticket::Command::MarkSpam(_)
            | ticket::Command::Restore(_)
    )
}
