//! Starting a job: what it does and to which tickets.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{EACH, Event, Page, Refusal, StartJob, Started, fits};
use crate::actor::Actor;
use crate::content::{Sealer, Text};
use crate::id::{MessageId, Name, TicketId};
use crate::limits;
use crate::policy::Digest;
use crate::ticket;
use crate::ticket::verb::{at_most, check_text};

/// A page as it lies beside the log: its digest and its JSON.
pub(crate) type Sheet = (Digest, Arc<str>);

/// Starts a job: the event, and the pages that it does not hold.
pub(crate) fn start(asked: &StartJob, asker: &Actor, sealer: &mut Sealer) -> Result<(Event, Vec<Sheet>), Refusal> {
    let mut command = asked.command.clone();
    if !fits(&command) {
        return Err(Refusal::NotInBulk(Name::fixed(command.kind())));
    }
    if command.ticket() != EACH {
        return Err(Refusal::NotForEach(command.ticket()));
    }
    check_tickets(&asked.tickets)?;
    if let ticket::Command::Reply(ticket::Reply { message, .. }) | ticket::Command::Note(ticket::Note { message, .. }) =
        &mut command
    {
        *message = MessageId::from_u128(0);
    }
    let mut text = None;
    for own in command.texts_mut() {
        check_text("text", own, limits::BODY_BYTES_MAX)?;
        // Those that fit have one text at most.
        text = Some(Text::new(own.take()));
    }
    let size = serde_json::to_string(&command).map_or(0, |json| json.len());
    if size > limits::JOB_COMMAND_BYTES_MAX {
        let field = Name::fixed("command");
        return Err(ticket::Refusal::TooLong { field, limit: limits::JOB_COMMAND_BYTES_MAX, size }.into());
    }
    let text = text.map(|text| sealer.seal(text.as_str()));
    let items = u32::try_from(asked.tickets.len()).unwrap_or(u32::MAX);
    let (page, sheets) = lay_out(&asked.tickets);
    let started = Started { job: asked.job, asker: asker.clone(), command, text, items, page };
    Ok((Event::Started(Box::new(started)), sheets))
}

fn check_tickets(tickets: &[TicketId]) -> Result<(), Refusal> {
    let size = tickets.len();
    if size == 0 {
        return Err(Refusal::NoTickets);
    }
    at_most("tickets", size, limits::JOB_ITEMS_MAX)?;
    let mut seen = BTreeSet::new();
    match tickets.iter().find(|ticket| !seen.insert(**ticket)) {
        Some(twice) => Err(Refusal::Twice(*twice)),
        None => Ok(()),
    }
}

/// The first page, and the others from the last on, as each names the one behind it.
fn lay_out(tickets: &[TicketId]) -> (Page, Vec<Sheet>) {
    let mut sheets = Vec::new();
    let mut pages = tickets.chunks(limits::JOB_PAGE).rev().peekable();
    let mut next = None;
    while let Some(chunk) = pages.next() {
        let page = Page { tickets: chunk.to_vec(), next };
        if pages.peek().is_none() {
            return (page, sheets);
        }
        // Ids and digests always serialise.
        let text = serde_json::to_string(&page).unwrap_or_default();
        let digest = Digest::of(&text);
        sheets.push((digest, text.into()));
        next = Some(digest);
    }
    (Page { tickets: Vec::new(), next: None }, sheets)
}
