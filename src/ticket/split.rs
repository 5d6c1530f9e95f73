//! Split: a message, and all that was written after it, goes on in a ticket of its own. No text is copied: the new
//! ticket points into the log of the old one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::verb::{LIVE, fits};
use super::{Event, Initiator, Opened, Refusal, Split, Status, Ticket};
use crate::id::{MessageId, TicketId};
use crate::record::Version;
use crate::time::Timestamp;

/// Where a ticket was split from another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SplitFrom {
    /// The other ticket.
    pub ticket: TicketId,
    /// The version of that ticket whose change has the first message that came over.
    pub version: Version,
    /// The place of that message within the change.
    pub index: u32,
    /// How many public messages came over.
    pub messages: u32,
    /// When the first message was written that nobody has answered since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<Timestamp>,
}

/// A message that goes with a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Moved {
    /// The message.
    pub message: MessageId,
    /// Whether the customer may read it; else it is an internal note.
    pub public: bool,
}

/// An event of a ticket's log and its place there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    pub(crate) at: Place,
    pub(crate) occurred: Timestamp,
    pub(crate) event: &'a Event,
}

/// A version and a place within its change.
pub(crate) type Place = (Version, u32);

/// What a split will do.
pub(crate) struct Parting {
    pub(crate) opened: Opened,
    /// When the new ticket begins: with the first message that nobody has answered, else now.
    pub(crate) begins: Timestamp,
    /// The event of the ticket that is split.
    pub(crate) split_off: Event,
}

fn said(event: &Event) -> Option<Moved> {
    match event {
        Event::MessageReceived { message, .. } | Event::Replied { message, .. } => {
            Some(Moved { message: *message, public: true })
        }
        Event::Noted { message, .. } => Some(Moved { message: *message, public: false }),
        _ => None,
    }
}

/// The messages of a log that were split off, and where each went.
pub(crate) fn moved<'a>(lines: impl Iterator<Item = Line<'a>>) -> BTreeMap<Place, TicketId> {
    let (mut there, mut gone) = (Vec::new(), BTreeMap::new());
    for line in lines {
        if said(line.event).is_some() {
            there.push(line.at);
        } else if let Event::SplitOff { into, version, index, .. } = line.event {
            let from = there.partition_point(|at| *at < (*version, *index));
            gone.extend(there.drain(from..).map(|at| (at, *into)));
        }
    }
    gone
}

/// Since when somebody waits, if only what is kept had been asked; whatever answered it has.
fn wait(lines: &[Line<'_>], keeps: impl Fn(&Line<'_>) -> bool) -> Option<Timestamp> {
    let mut waits: Option<Timestamp> = None;
    for line in lines {
        match line.event {
            Event::Opened(opened) if keeps(line) => {
                waits = match &opened.split_from {
                    Some(split) => split.waiting_since,
                    None => (opened.initiator == Initiator::Customer).then_some(line.occurred),
                };
            }
            Event::MessageReceived { thanks: false, automatic: false, .. } if keeps(line) => {
                waits = waits.or(Some(line.occurred));
            }
            Event::Replied { agent: Some(_), .. }
            | Event::Resolved { .. }
            | Event::Confirmed { .. }
            | Event::Closed { .. }
            | Event::MarkedSpam { .. } => waits = None,
            Event::Restored { .. } => waits = waits.map(|_| line.occurred),
            _ => {}
        }
    }
    waits
}

/// Splits a ticket. `log` is its whole log, `initial` the status of the new ticket, `number` its number.
pub(crate) fn split(
    ticket: &Ticket,
    split: &Split,
    log: &[Line<'_>],
    (number, initial, now): (u64, &Status, Timestamp),
) -> Result<Parting, Refusal> {
    fits(ticket, "split", LIVE)?;
    let gone = moved(log.iter().copied());
    let here = |line: &&Line<'_>| !gone.contains_key(&line.at);
    let wanted = |line: &&Line<'_>| said(line.event).is_some_and(|said| said.message == split.message) && here(line);
    let first = log.iter().find(wanted).ok_or(Refusal::UnknownMessage(split.message))?.at;
    if first.0 == Version::FIRST {
        return Err(Refusal::FirstMessage(split.message));
    }
    let messages: Vec<Moved> =
        log.iter().filter(here).filter(|line| line.at >= first).filter_map(|line| said(line.event)).collect();
    let waiting_since = wait(log, |line| line.at >= first && here(&line));
    let (version, index) = first;
    let public = u32::try_from(messages.iter().filter(|moved| moved.public).count()).unwrap_or(u32::MAX);
    let opened = Opened {
        ticket: split.into,
        number,
        customer: ticket.customer.clone(),
        channel: ticket.channel.clone(),
        initiator: ticket.initiator,
        status: initial.clone(),
        kind: ticket.kind.clone(),
        stage: ticket.stage.clone(),
        priority: ticket.priority.clone(),
        language: ticket.language,
        subject: ticket.subject,
        order: ticket.order.clone(),
        verified: ticket.verified,
        acknowledge: false,
        untold: false,
        quarantine: None,
        split_from: Some(SplitFrom { ticket: ticket.id, version, index, messages: public, waiting_since }),
    };
    let rest = wait(log, |line| line.at < first && here(&line)).filter(|_| ticket.waiting_since.is_some());
    let split_off = Event::SplitOff { into: split.into, version, index, messages, waiting_since: rest };
    Ok(Parting { opened, begins: waiting_since.unwrap_or(now), split_off })
}
