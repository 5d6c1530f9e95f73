//! Open: how a ticket comes into being.

use super::verb::{Context, check_text};
use super::{ContactKind, Event, Initiator, Likeness, Open, Opened, Public, Receive, Refusal, Stage, Status, Ticket};
use crate::channel::Channel;
use crate::content::Text;
use crate::customer::Quarantine;
use crate::id::{CustomerId, MessageId, OrderId, TicketId};
use crate::language::Language;
use crate::limits;
use crate::priority::Priority;
use crate::time::Span;

/// What opens: a command in the one form that both `Open` and `Receive` reduce to.
pub(crate) struct Opening<'a> {
    pub(crate) ticket: TicketId,
    pub(crate) customer: &'a CustomerId,
    pub(crate) channel: &'a Channel,
    pub(crate) subject: Option<&'a Text>,
    pub(crate) message: Option<(MessageId, &'a Text)>,
    pub(crate) order: Option<&'a OrderId>,
    pub(crate) language: Option<Language>,
    pub(crate) by_shop: bool,
    pub(crate) automatic: bool,
    /// Whether it is a message that joins a ticket where it can.
    pub(crate) written: bool,
}

impl<'a> From<&'a Open> for Opening<'a> {
    fn from(open: &'a Open) -> Self {
        Self {
            ticket: open.ticket,
            customer: &open.customer,
            channel: &open.channel,
            subject: open.subject.as_ref(),
            message: open.message.as_ref().map(|(id, body)| (*id, body)),
            order: open.order.as_ref(),
            language: open.language,
            by_shop: open.by_shop,
            automatic: false,
            written: false,
        }
    }
}

impl<'a> From<&'a Receive> for Opening<'a> {
    fn from(receive: &'a Receive) -> Self {
        Self {
            ticket: receive.ticket,
            customer: &receive.customer,
            channel: &receive.channel,
            subject: receive.subject.as_ref(),
            message: Some((receive.message, &receive.body)),
            order: receive.order.as_ref(),
            language: None,
            by_shop: false,
            automatic: receive.automatic,
            written: true,
        }
    }
}

/// What the desk has looked up for a new ticket.
pub(crate) struct Known {
    pub(crate) number: u64,
    pub(crate) kind: ContactKind,
    pub(crate) stage: Option<Stage>,
    pub(crate) priority: Priority,
    pub(crate) language: Language,
    pub(crate) verified: bool,
    /// Whether a message to the customer may be caused at all: an import causes none.
    pub(crate) may_tell: bool,
    /// Whether the customer was told often enough lately.
    pub(crate) told_enough: bool,
    /// Why it is kept apart, and in which status.
    pub(crate) quarantine: Option<(Quarantine, Status)>,
}

/// Opens a ticket, with its first message if there is one.
pub(crate) fn open(opening: &Opening<'_>, known: Known, cx: &mut Context<'_>) -> Result<Vec<Event>, Refusal> {
    // Both texts are checked before either is sealed, so that a refusal leaves no trace.
    if let Some(subject) = opening.subject {
        check_text("subject", subject, limits::SUBJECT_BYTES_MAX)?;
    }
    let body = opening.message.map(|(id, body)| cx.body(body).map(|body| (id, Public::new(body)))).transpose()?;
    let subject = opening.subject.map(|subject| Public::new(cx.sealer.seal(subject.as_str())));
    let initiator = if opening.by_shop { Initiator::Shop } else { Initiator::Customer };
    // A machine is never answered by a machine (law 29); a caller is told by the agent on the phone.
    let tells = known.may_tell
        && known.quarantine.is_none()
        && !opening.automatic
        && initiator == Initiator::Customer
        && opening.channel.kind != crate::channel::ChannelKind::Phone;
    let (quarantine, status) = known.quarantine.unzip();
    let mut events = vec![Event::Opened(Box::new(Opened {
        ticket: opening.ticket,
        number: known.number,
        customer: opening.customer.clone(),
        channel: opening.channel.clone(),
        initiator,
        status: status.unwrap_or_else(|| cx.workflow.initial().clone()),
        kind: known.kind,
        stage: known.stage,
        priority: known.priority,
        language: opening.language.unwrap_or(known.language),
        subject,
        order: opening.order.cloned(),
        verified: known.verified,
        acknowledge: tells && !known.told_enough,
        untold: tells && known.told_enough,
        quarantine,
        split_from: None,
    }))];
    if let Some((message, body)) = body {
        events.push(match initiator {
            Initiator::Shop => {
                Event::Replied { message, body, agent: cx.actor.agent().cloned(), to_linked: false, passes_on: None }
            }
            Initiator::Customer => Event::MessageReceived {
                message,
                body,
                channel: opening.channel.clone(),
                thanks: false,
                automatic: opening.automatic,
                from: None,
                via: None,
            },
        });
    }
    Ok(events)
}

/// What a new ticket has in common with another open one of its customer, if anything that counts. What the shop begins,
/// and what was split off, is never a duplicate.
pub(crate) fn likeness(new: &Ticket, other: &Ticket) -> Option<Likeness> {
    let begun = |ticket: &Ticket| ticket.initiator == Initiator::Customer && ticket.customer == new.customer;
    if !begun(new) || !begun(other) || new.split_from.is_some() {
        return None;
    }
    if new.order.is_some() && new.order == other.order {
        return Some(Likeness::Order);
    }
    let other_order = new.order.is_some() && other.order.is_some();
    let alike = (&new.kind, &new.queue, new.channel.kind) == (&other.kind, &other.queue, other.channel.kind);
    // What was kept apart and is let in may have come before the other.
    let (first, last) = (new.opened_at.min(other.opened_at), new.opened_at.max(other.opened_at));
    let near = last <= first + Span::hours(limits::ALIKE_HOURS_MAX);
    (!other_order && alike && near).then_some(Likeness::Kind)
}
