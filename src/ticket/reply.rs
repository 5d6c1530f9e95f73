//! Messages: of the customer, to the customer, and among the team.

use super::verb::{Context, LIVE, fits};
use super::{
    Category, Event, HoldKind, Internal, Note, Public, Receive, Refusal, Reopening, Reply, Resumption, Ticket,
};
use crate::actor::Actor;
use crate::id::TicketId;

/// The customer, or a participant, says something on a ticket that has not ended.
///
/// It ends a wait for the customer and reopens what was resolved, unless it says nothing but thanks or a machine wrote
/// it: an out-of-office note answers nothing (law 29).
pub(crate) fn receive(
    ticket: &Ticket,
    receive: &Receive,
    via: Option<TicketId>,
    thanks: bool,
    cx: &mut Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    fits(ticket, "receive", LIVE)?;
    let body = Public::new(cx.body(&receive.body)?);
    let from = (receive.customer != ticket.customer).then(|| receive.customer.clone());
    let mut events = vec![Event::MessageReceived {
        message: receive.message,
        body,
        channel: receive.channel.clone(),
        thanks,
        automatic: receive.automatic,
        from,
        via,
    }];
    if thanks || receive.automatic {
        return Ok(events);
    }
    match ticket.status.category {
        Category::Hold if ticket.hold.as_ref().is_some_and(|hold| hold.kind == HoldKind::Customer) => {
            // A workflow without that edge does not lose the message.
            if let Ok(status) = cx.step(ticket, Category::Open, None) {
                events.push(Event::Resumed { why: Resumption::Message, status, side: None });
            }
        }
        Category::Resolved => {
            if let Ok(status) = cx.step(ticket, Category::Open, None) {
                events.push(Event::Reopened { status, why: Reopening::Message });
            }
        }
        _ => {}
    }
    Ok(events)
}

/// Somebody of the shop answers the customer. Two machines do not talk to each other (law 29).
pub(crate) fn reply(ticket: &Ticket, reply: &Reply, cx: &mut Context<'_>) -> Result<Vec<Event>, Refusal> {
    fits(ticket, "reply", LIVE)?;
    let body = Public::new(cx.body(&reply.body)?);
    let agent = match (cx.actor, &reply.agent) {
        (Actor::Import(_), agent) => agent.clone(),
        (Actor::Agent(own), Some(other)) if own != other => return Err(Refusal::NotOwnName { agent: other.clone() }),
        (Actor::Agent(own), _) => Some(own.clone()),
        (_, Some(other)) => return Err(Refusal::NotOwnName { agent: other.clone() }),
        (Actor::Bot(_), None) if ticket.last_automatic => return Err(Refusal::OnlyMachines),
        _ => None,
    };
    let mut events = Vec::with_capacity(2);
    if agent.is_some() {
        cx.start(ticket, &mut events);
    }
    events.push(Event::Replied { message: reply.message, body, agent, to_linked: reply.to_linked, passes_on: None });
    Ok(events)
}

/// Somebody of the team writes an internal note; possible in every status.
pub(crate) fn note(note: &Note, cx: &mut Context<'_>) -> Result<Vec<Event>, Refusal> {
    let body = Internal::new(cx.body(&note.body)?);
    Ok(vec![Event::Noted { message: note.message, body }])
}
