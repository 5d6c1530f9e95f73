//! What a customer sees.

use serde::Serialize;

use super::{Dossier, Texts};
use crate::actor::{Actor, Proof};
use crate::channel::Channel;
use crate::desk::Recorded;
use crate::id::{CustomerId, OrderId, TicketId};
use crate::ticket::{self, Category, Closing, Public, Ticket};
use crate::time::Timestamp;

/// A ticket as its customer, or a participant, may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CustomerTicket {
    /// The ticket.
    pub ticket: TicketId,
    /// The number people say to each other.
    pub number: u64,
    /// What its status means; a shop's own status names are for the team.
    pub category: Category,
    /// The channel that answers come over.
    pub channel: Channel,
    /// The order it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// The subject; none when there was none, or it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When silence will close it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silent_until: Option<Timestamp>,
    /// Whether the reader is asked to confirm that nothing is left, or to say what is: the ticket is their own and
    /// resolved. [`Confirm`](ticket::Confirm) is accepted of its customer at other times too, so that somebody whose
    /// parcel has come may say so without being asked; this says when to show the question.
    pub may_confirm: bool,
    /// The ticket in which it goes on, when it was merged into another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<TicketId>,
    /// What was said and what became of it, oldest first.
    pub timeline: Vec<CustomerEntry>,
}

/// One line of the customer's timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CustomerEntry {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: CustomerEvent,
    /// Whether it was taken back since: it was resolved or closed, and opened again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub annulled: bool,
}

/// What a customer sees of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CustomerEvent {
    /// The request arrived.
    Opened,
    /// Somebody said something.
    Said {
        /// Who.
        by: Speaker,
        /// What; none when it was erased.
        text: Option<String>,
    },
    /// It waits for the customer's answer.
    Asked,
    /// The shop believes it is done.
    Resolved,
    /// The customer said that nothing is left.
    Confirmed,
    /// The customer said that something is left.
    Refused {
        /// What is left.
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// It is worked on again.
    Reopened,
    /// It is closed.
    Closed {
        /// Whether because nobody said anything more.
        by_silence: bool,
    },
}

/// Who said something, as a customer may know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Speaker {
    /// The reader.
    You,
    /// Another customer who takes part.
    Other,
    /// The shop; which agent is not told.
    Shop,
}

/// The ticket as this reader may see it; `None` when he may not, or is no customer.
///
/// Of a ticket that was merged into it, he sees what was said there before only if he took part in that one.
#[must_use]
pub fn for_customer(actor: &Actor, dossier: &Dossier) -> Option<CustomerTicket> {
    let Actor::Customer { id: reader, proof: Proof::Verified } = actor else { return None };
    let ticket = dossier.ticket();
    if !takes_part(reader, ticket) {
        return None;
    }
    let own = ticket.customer() == reader;
    let texts = Texts::new(dossier.texts());
    let text = |public: &Public| texts.text(public.content());
    let annulled = dossier.annulled();
    let entry = |(of, recorded, event): (&Ticket, &Recorded, &ticket::Event)| {
        let what = picture(event, reader, of.customer(), &text).filter(|_| takes_part(reader, of))?;
        let place = recorded.record.ticket().map(|id| (id, (recorded.version, recorded.index)));
        let annulled = place.is_some_and(|place| annulled.contains_key(&place));
        Some(CustomerEntry { at: recorded.occurred, what, annulled })
    };
    Some(CustomerTicket {
        ticket: ticket.id(),
        number: ticket.number(),
        // What the shop thinks of a request is not the sender's to read.
        category: if ticket.category() == Category::Spam { Category::Closed } else { ticket.category() },
        channel: ticket.channel().clone(),
        order: ticket.order().cloned(),
        subject: ticket.subject().and_then(text),
        opened_at: ticket.opened_at(),
        silent_until: ticket.silent_until(),
        may_confirm: own && ticket.category() == Category::Resolved,
        merged_into: ticket.merged().map(|merged| merged.into),
        timeline: dossier.story().into_iter().filter_map(entry).collect(),
    })
}

fn takes_part(reader: &CustomerId, ticket: &Ticket) -> bool {
    ticket.customer() == reader || ticket.participants().contains(reader)
}

fn picture(
    event: &ticket::Event,
    reader: &CustomerId,
    owner: &CustomerId,
    text: &impl Fn(&Public) -> Option<String>,
) -> Option<CustomerEvent> {
    Some(match event {
        ticket::Event::Opened(_) => CustomerEvent::Opened,
        ticket::Event::MessageReceived { body, from, .. } => {
            let by = if from.as_ref().unwrap_or(owner) == reader { Speaker::You } else { Speaker::Other };
            CustomerEvent::Said { by, text: text(body) }
        }
        ticket::Event::Replied { body, .. } => CustomerEvent::Said { by: Speaker::Shop, text: text(body) },
        ticket::Event::Held { kind: ticket::HoldKind::Customer, .. } => CustomerEvent::Asked,
        ticket::Event::Resolved { .. } => CustomerEvent::Resolved,
        ticket::Event::Confirmed { .. } => CustomerEvent::Confirmed,
        ticket::Event::Refused { reason, .. } => CustomerEvent::Refused { text: reason.as_ref().and_then(text) },
        ticket::Event::Reopened { .. } => CustomerEvent::Reopened,
        ticket::Event::Closed { why, .. } => CustomerEvent::Closed { by_silence: *why == Closing::Silence },
        _ => return None,
    })
}
