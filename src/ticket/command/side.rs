//! Conversations with third parties.

use serde::{Deserialize, Serialize};

use crate::content::Text;
use crate::id::{MessageId, SideId, TicketId};
use crate::ticket::Party;

command! {
    /// Begins a conversation with a third party about a ticket. No customer ever reads a word of it.
    ///
    /// ```
    /// use destek::channel::{Channel, ChannelKind};
    /// use destek::id::{MessageId, Name, PartyId, SideId, TicketId};
    /// use destek::ticket::{Party, StartSide};
    /// let carrier = Party::new(PartyId::new("carrier-7")?, Name::new("Hızlı Kargo")?, Channel::of(ChannelKind::Email));
    /// let (ticket, side, message) = (TicketId::from_u128(1), SideId::from_u128(2), MessageId::from_u128(3));
    /// let start = StartSide::new(ticket, side, carrier, message, "Where is parcel 42?").subject("Parcel 42").holding();
    /// assert!(start.holding);
    /// # Ok::<(), destek::id::ParseIdError>(())
    /// ```
    StartSide {
        /// The id of the conversation, new on this ticket.
        side: SideId,
        /// The third party.
        with: Party,
        /// The first message.
        message: MessageId,
        /// Its text.
        body: Text,
    } optional {
        /// What it is about.
        subject: Text,
    } flags {
        /// The ticket waits for the third party until it answers.
        holding,
    }
}
command! {
    /// Writes to the third party again, also on a ticket that is closed or merged; a conversation that was over is open
    /// again. Said twice when it is asked under two request ids: the message's id is not checked.
    SideReply {
        /// The conversation.
        side: SideId,
        /// The message.
        message: MessageId,
        /// The text.
        body: Text,
    }
}
command! {
    /// Takes in what a third party wrote, whatever the ticket is by now. That it was written by the one with whom the
    /// conversation is, the host has made sure of; whoever takes part in the ticket as a customer cannot hand it in.
    ReceiveSide {
        /// The conversation.
        side: SideId,
        /// The message.
        message: MessageId,
        /// The text.
        body: Text,
    } flags {
        /// A machine wrote it (RFC 3834): it is kept, and changes nothing else.
        automatic,
    }
}
command! {
    /// Says that a conversation is over. An answer opens it again.
    CloseSide {
        /// The conversation.
        side: SideId,
    }
}
