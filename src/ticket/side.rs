//! Side conversations: what the shop says on a ticket to a third party, a carrier or a supplier or a bank, and what
//! that answers. Neither the customer nor another third party ever reads a word of it (law 27).
//!
//! | rule | |
//! |---|---|
//! | an answer of the third party | ends a wait for a third party, and opens the conversation again |
//! | what a machine of the third party says | is kept, and changes nothing else (law 29) |
//! | writing to a closed conversation | opens it again |
//! | the ticket is closed | its conversations may go on; to what is spam nobody writes |
//! | the ticket is merged | its conversations go on where they were begun; an answer ends waits on both tickets |
//!
//! The state keeps what decisions need; names, subjects and texts stand in the log.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::verb::{Context, LIVE, at_most, check_text, fits};
use super::{
    Category, CloseSide, Event, Hold, HoldKind, Outside, ReceiveSide, Refusal, Resumption, SideReply, StartSide,
    Ticket, hold,
};
use crate::channel::Channel;
use crate::id::{Name, PartyId, SideId};
use crate::limits;

/// A third party: somebody who helps with a ticket and is neither of the shop nor its customer.
///
/// ```
/// use destek::channel::{Channel, ChannelKind};
/// use destek::id::{Name, PartyId};
/// use destek::ticket::Party;
/// let carrier = Party::new(PartyId::new("carrier-7")?, Name::new("Hızlı Kargo")?, Channel::of(ChannelKind::Email));
/// assert_eq!(carrier.name.as_str(), "Hızlı Kargo");
/// # Ok::<(), destek::id::ParseIdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Party {
    /// The host's key of it, which knows the address.
    pub id: PartyId,
    /// What the team calls it: a company or a department, not a person.
    pub name: Name,
    /// The channel that messages to it go over.
    pub channel: Channel,
}

impl Party {
    /// A third party.
    #[must_use]
    pub const fn new(id: PartyId, name: Name, channel: Channel) -> Self {
        Self { id, name, channel }
    }
}

/// Where a side conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SideStatus {
    /// The third party has the word.
    Waiting,
    /// The third party has answered.
    Answered,
    /// It is over.
    Closed,
}

impl SideStatus {
    /// Whether it is not over.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Closed)
    }
}

/// A side conversation, as far as decisions need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Side {
    /// With whom.
    pub party: PartyId,
    /// The channel that messages to the third party go over.
    pub channel: Channel,
    /// Where it stands.
    pub status: SideStatus,
}

/// Begins a conversation with a third party, and lets the ticket wait for it, if that is asked.
pub(crate) fn start(ticket: &Ticket, command: &StartSide, cx: &mut Context<'_>) -> Result<Vec<Event>, Refusal> {
    fits(ticket, "start_side", LIVE)?;
    if ticket.sides.contains_key(&command.side) {
        return Err(Refusal::SideExists(command.side));
    }
    at_most("sides", ticket.sides.len() + 1, limits::SIDES_MAX)?;
    // Whatever may be refused is looked at before anything is sealed.
    let waits = if command.holding {
        hold::hold(ticket, &Hold::new(ticket.id, HoldKind::ThirdParty), None, cx)?
    } else {
        Vec::new()
    };
    if let Some(subject) = &command.subject {
        check_text("subject", subject, limits::SUBJECT_BYTES_MAX)?;
    }
    let body = Outside::new(cx.body(&command.body)?);
    let subject = command.subject.as_ref().map(|subject| Outside::new(cx.sealer.seal(subject.as_str())));
    let (side, message) = (command.side, command.message);
    let mut events = Vec::with_capacity(4);
    if !command.holding && cx.actor.agent().is_some() {
        cx.start(ticket, &mut events);
    }
    events.push(Event::SideStarted { side, with: command.with.clone(), subject });
    events.push(Event::SideWritten { side, message, body });
    events.extend(waits);
    Ok(events)
}

fn find(ticket: &Ticket, id: SideId) -> Result<&Side, Refusal> {
    ticket.sides.get(&id).ok_or(Refusal::NoSide(id))
}

/// The shop writes to the third party again.
pub(crate) fn write(ticket: &Ticket, command: &SideReply, cx: &mut Context<'_>) -> Result<Event, Refusal> {
    fits(ticket, "side_reply", &[LIVE, &[Category::Closed]].concat())?;
    find(ticket, command.side)?;
    let body = Outside::new(cx.body(&command.body)?);
    Ok(Event::SideWritten { side: command.side, message: command.message, body })
}

/// The third party answers. Whatever the ticket is by now, nothing of it gets lost.
pub(crate) fn receive(ticket: &Ticket, command: &ReceiveSide, cx: &mut Context<'_>) -> Result<Vec<Event>, Refusal> {
    find(ticket, command.side)?;
    let body = Outside::new(cx.body(&command.body)?);
    let ReceiveSide { side, message, automatic, .. } = *command;
    let mut events = vec![Event::SideReceived { side, message, body, automatic }];
    if !automatic {
        events.extend(end_wait(ticket, None, cx));
    }
    Ok(events)
}

/// The end of a wait for a third party, which has answered; `side` is the conversation where that was begun on another
/// ticket.
pub(crate) fn end_wait(ticket: &Ticket, side: Option<SideId>, cx: &Context<'_>) -> Option<Event> {
    ticket.hold.as_ref().filter(|hold| hold.kind == HoldKind::ThirdParty)?;
    // A workflow without that edge does not lose the message.
    let status = cx.step(ticket, Category::Open, None).ok()?;
    Some(Event::Resumed { why: Resumption::Party, status, side })
}

/// The conversation is over.
pub(crate) fn close(ticket: &Ticket, command: &CloseSide) -> Result<Event, Refusal> {
    let side = command.side;
    if find(ticket, side)?.status.is_open() { Ok(Event::SideClosed { side }) } else { Err(Refusal::SideClosed(side)) }
}

pub(super) fn apply_side(ticket: &mut Ticket, event: &Event) {
    let Ticket { sides, merged, .. } = ticket;
    let mut enter = |side: &SideId, status| {
        if let Some(side) = sides.get_mut(side) {
            side.status = status;
        }
    };
    match event {
        Event::SideStarted { side, with, .. } => {
            let (party, channel) = (with.id.clone(), with.channel.clone());
            sides.insert(*side, Side { party, channel, status: SideStatus::Waiting });
        }
        Event::SideWritten { side, .. } => enter(side, SideStatus::Waiting),
        Event::SideReceived { side, automatic: false, .. } => {
            enter(side, SideStatus::Answered);
            if let Some(merged) = merged {
                merged.answered = true;
            }
        }
        Event::SideClosed { side } => enter(side, SideStatus::Closed),
        _ => {}
    }
}

impl Ticket {
    /// Its conversations with third parties, open or not.
    #[must_use]
    pub fn sides(&self) -> &BTreeMap<SideId, Side> {
        &self.sides
    }
}
