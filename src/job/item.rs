//! The item at the cursor: the job's command for its ticket.

use super::Job;
use crate::content::Text;
use crate::id::{MessageId, TicketId};
use crate::record::{RecordKey, derive};
use crate::ticket;

/// What is to be decided next.
pub(crate) struct Item {
    pub(crate) index: u32,
    pub(crate) ticket: TicketId,
    pub(crate) command: ticket::Command,
}

impl Item {
    /// The item at the cursor, its text left out; none when the job has ended.
    pub(crate) fn at_hand(job: &Job) -> Option<Self> {
        let (ticket, index) = (job.ticket_at_hand()?, job.cursor);
        let mut command = job.command.clone();
        command.set_ticket(ticket);
        if let ticket::Command::Reply(ticket::Reply { message, .. })
        | ticket::Command::Note(ticket::Note { message, .. }) = &mut command
        {
            // From job and index, so that whoever decides the item gives it the same (law 7).
            *message = MessageId::from_u128(derive(&RecordKey::Job(job.id), u64::from(index), 0, "message"));
        }
        Some(Self { index, ticket, command })
    }

    /// The command with the text that was left out.
    pub(crate) fn say(&mut self, text: &str) {
        for own in self.command.texts_mut() {
            *own = Text::new(text);
        }
    }
}
