//! What is said on a ticket, and what begins one.

use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::content::Text;
use crate::id::{AgentId, CustomerId, MessageId, OrderId, TicketId};
use crate::language::Language;

/// Opens a ticket, for a customer or by an agent who writes first.
///
/// With `message` and `body` the ticket opens with a first message. A customer's own message comes through
/// [`Receive`], which joins an open ticket where there is one.
///
/// ```
/// use destek::channel::{Channel, ChannelKind};
/// use destek::id::{CustomerId, MessageId, TicketId};
/// use destek::ticket::Open;
///
/// let open = Open::new(TicketId::from_u128(1), CustomerId::new("c-17")?, Channel::of(ChannelKind::Phone))
///     .subject("Where is my parcel?");
/// assert!(open.message.is_none());
/// # Ok::<(), destek::id::ParseIdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Open {
    /// The ticket.
    pub ticket: TicketId,
    /// Whose request it is.
    pub customer: CustomerId,
    /// The channel.
    pub channel: Channel,
    /// The subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Text>,
    /// The id and text of the first message: the customer's words, or the agent's where an agent writes first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<(MessageId, Text)>,
    /// The order it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// The language to answer in; else the customer's, else the policy's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Whether the shop began: the message is the agent's, and no first response is owed.
    #[serde(default)]
    pub by_shop: bool,
}

impl Open {
    /// Opens a ticket without a message.
    #[must_use]
    pub const fn new(ticket: TicketId, customer: CustomerId, channel: Channel) -> Self {
        Self { ticket, customer, channel, subject: None, message: None, order: None, language: None, by_shop: false }
    }
    /// With a subject.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<Text>) -> Self {
        self.subject = Some(subject.into());
        self
    }
    /// With a first message.
    #[must_use]
    pub fn message(mut self, id: MessageId, body: impl Into<Text>) -> Self {
        self.message = Some((id, body.into()));
        self
    }
    /// With the order it is about.
    #[must_use]
    pub fn order(mut self, order: OrderId) -> Self {
        self.order = Some(order);
        self
    }
    /// With a language to answer in.
    #[must_use]
    pub const fn language(mut self, language: Language) -> Self {
        self.language = Some(language);
        self
    }
    /// Begun by the shop: the message is the agent's.
    #[must_use]
    pub const fn by_shop(mut self) -> Self {
        self.by_shop = true;
        self
    }
}

/// Takes in a message of a customer.
///
/// A host-verified sender joins an open ticket of his own: the one about the same order, else the one that
/// changed last. A sender who only claims to be the customer always gets a ticket of its own (law 28).
/// `ticket` is the id of the ticket that is opened when none is joined.
///
/// The id of a message is not checked: a mail that is fetched twice and brought under two request ids is said twice.
/// Derive the request id from the mail's `Message-ID`, as [the quickstart](crate::manual::quickstart) shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Receive {
    /// The ticket to open when none is joined.
    pub ticket: TicketId,
    /// The message.
    pub message: MessageId,
    /// Who wrote.
    pub customer: CustomerId,
    /// The channel.
    pub channel: Channel,
    /// The text.
    pub body: Text,
    /// The subject, used when a ticket is opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Text>,
    /// The order it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// The ticket that the sender answers to, known to the host from a valid reply token or its own thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<TicketId>,
    /// Whether a machine wrote it (RFC 3834), so that no machine answers.
    #[serde(default)]
    pub automatic: bool,
}

impl Receive {
    /// A message of a customer over a channel.
    #[must_use]
    pub fn new(
        ticket: TicketId,
        message: MessageId,
        customer: CustomerId,
        channel: Channel,
        body: impl Into<Text>,
    ) -> Self {
        let body = body.into();
        Self { ticket, message, customer, channel, body, subject: None, order: None, answers: None, automatic: false }
    }
    /// With a subject.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<Text>) -> Self {
        self.subject = Some(subject.into());
        self
    }
    /// With the order it is about.
    #[must_use]
    pub fn order(mut self, order: OrderId) -> Self {
        self.order = Some(order);
        self
    }
    /// In answer to a ticket.
    #[must_use]
    pub const fn answers(mut self, ticket: TicketId) -> Self {
        self.answers = Some(ticket);
        self
    }
    /// Written by a machine.
    #[must_use]
    pub const fn automatic(mut self) -> Self {
        self.automatic = true;
        self
    }
}

command! {
    /// Answers the customer, in public. Said twice when it is asked under two request ids: the message's id is not
    /// checked.
    Reply {
        /// The message.
        message: MessageId,
        /// The text.
        body: Text,
    } optional {
        /// Who answered, for an import of what an agent once said; agents answer in their own name.
        agent: AgentId,
    } flags {
        /// The answer also goes to the customers of its incidents and duplicates, each on his own ticket, as far as
        /// that has not ended. Whoever asks needs the right to link.
        to_linked,
        /// The asking agent's [draft](crate::draft) on the ticket is sent with it, and so is no more.
        drafted,
    }
}
command! {
    /// Writes an internal note; no customer ever sees it. Written twice when it is asked under two request ids: the
    /// message's id is not checked.
    Note {
        /// The message.
        message: MessageId,
        /// The text.
        body: Text,
    }
}
