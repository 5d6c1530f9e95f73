//! Who has the ticket: take, assign, unassign, transfer.

use super::verb::{ACTIVE, Context, fits};
use super::{Assignment, Event, Refusal, Ticket};
use crate::id::{AgentId, Name, QueueId};
use crate::time::Timestamp;

/// The asking agent takes a ticket that nobody has.
pub(crate) fn take(ticket: &Ticket, cx: &Context<'_>) -> Result<Vec<Event>, Refusal> {
    fits(ticket, "take", ACTIVE)?;
    let Some(agent) = cx.actor.agent() else { return Err(Refusal::NotAssigned) };
    let mut events = Vec::with_capacity(2);
    match &ticket.assignee {
        Some(own) if own == agent => {}
        Some(other) => return Err(Refusal::AlreadyAssigned { agent: other.clone() }),
        None => events.push(Event::Assigned { agent: agent.clone(), how: Assignment::Taken }),
    }
    cx.start(ticket, &mut events);
    Ok(events)
}

/// Somebody gives it to an agent, whoever has it now.
pub(crate) fn assign(ticket: &Ticket, agent: &AgentId) -> Result<Vec<Event>, Refusal> {
    fits(ticket, "assign", ACTIVE)?;
    if ticket.assignee.as_ref() == Some(agent) {
        return Ok(Vec::new());
    }
    let mut events: Vec<Event> =
        ticket.assignee.iter().map(|agent| Event::Unassigned { agent: agent.clone() }).collect();
    events.push(Event::Assigned { agent: agent.clone(), how: Assignment::Given });
    Ok(events)
}

/// A drain gives it to an agent.
pub(crate) fn assign_drained(agent: &AgentId) -> Event {
    Event::Assigned { agent: agent.clone(), how: Assignment::Drained }
}

/// It is taken from its agent, back to its queue.
pub(crate) fn unassign(ticket: &Ticket) -> Result<Vec<Event>, Refusal> {
    fits(ticket, "unassign", ACTIVE)?;
    let agent = ticket.assignee.clone().ok_or(Refusal::NotAssigned)?;
    Ok(vec![Event::Unassigned { agent }])
}

/// It moves to another queue, and its agent loses it. `rank` is its place there.
pub(crate) fn transfer(ticket: &Ticket, queue: &QueueId, rank: Timestamp) -> Result<Vec<Event>, Refusal> {
    fits(ticket, "transfer", ACTIVE)?;
    if ticket.queue.as_ref() == Some(queue) {
        return Ok(Vec::new());
    }
    let mut events: Vec<Event> =
        ticket.assignee.iter().map(|agent| Event::Unassigned { agent: agent.clone() }).collect();
    events.push(enqueue(queue, rank, None));
    Ok(events)
}

/// It enters a queue.
pub(crate) fn enqueue(queue: &QueueId, rank: Timestamp, route: Option<Name>) -> Event {
    Event::Queued { queue: queue.clone(), rank, route }
}
