//! What the host remembers of what it asked and was answered: the first count goes by it where states do not tell.

use std::collections::BTreeMap;

use destek::id::{ApprovalId, CustomerId, MessageId, TicketId};

use super::approvals::Question;
use super::figures::Tally;
use super::inbox::{Look, QueueViews};

/// What the host remembers.
#[derive(Debug, Default)]
pub(crate) struct Notebook {
    pub(crate) views: QueueViews,
    /// What the views held at the end of each day.
    pub(crate) looks: Vec<Look>,
    /// Tickets that were merged into another one, by their customer.
    pub(crate) rests: BTreeMap<CustomerId, TicketId>,
    /// How many messages answered such a ticket and arrived where it goes on.
    pub(crate) followed: u64,
    /// The last message of its customer on each ticket.
    pub(crate) last_words: BTreeMap<TicketId, MessageId>,
    /// New links by kind.
    pub(crate) linked: Tally,
    /// Answers that were to reach linked tickets, and where they were given.
    pub(crate) to_linked: BTreeMap<MessageId, TicketId>,
    /// Tickets that the team has opened.
    pub(crate) made: u64,
    /// What was asked approval for.
    pub(crate) questions: BTreeMap<ApprovalId, Question>,
}
