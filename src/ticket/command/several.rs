//! What concerns two tickets at once.

use serde::{Deserialize, Serialize};

use crate::id::{MessageId, TicketId};
use crate::ticket::LinkKind;

/// Lets a ticket go on in another one: its messages, participants and followers reach the target, and what answers it
/// later is recorded there. The ticket itself rests, and [`Unmerge`] takes it out again.
///
/// Whoever asks needs the right to merge on both. Tickets of different customers are merged only [`Self::sharing`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Merge {
    /// The ticket that goes on elsewhere.
    pub ticket: TicketId,
    /// The ticket in which it goes on.
    pub into: TicketId,
    /// Whether another customer may take part in the target, and so read all that is said there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sharing: bool,
}

impl Merge {
    /// Merges a ticket into another one of the same customer.
    #[must_use]
    pub const fn new(ticket: TicketId, into: TicketId) -> Self {
        Self { ticket, into, sharing: false }
    }
    /// Also when it is another customer's, who takes part in the target from then on.
    #[must_use]
    pub const fn sharing(mut self) -> Self {
        self.sharing = true;
        self
    }
}

command! {
    /// Takes a merge back: the ticket is again what it was, and leaves the one that it was merged into. What came by
    /// way of it meanwhile stays there, and is listed in the event.
    Unmerge {}
}
command! {
    /// Lets a message, and all that was written on the ticket after it, go on in a new ticket of the same customer.
    Split {
        /// The first message that goes.
        message: MessageId,
        /// The id of the new ticket.
        into: TicketId,
    }
}

command! {
    /// Links a ticket to another one: it blocks that one, is its parent, its duplicate, the problem behind it, or relates
    /// to it. Links of one kind never form a circle. Linking what is linked changes nothing.
    ///
    /// Whoever asks needs the right to link on both.
    Link {
        /// What the ticket is to the other one.
        kind: LinkKind,
        /// The other one.
        to: TicketId,
    }
}
command! {
    /// Ends a link, which is named as it was made; a relation can be named from either side.
    Unlink {
        /// What the ticket was to the other one.
        kind: LinkKind,
        /// The other one.
        to: TicketId,
    }
}
