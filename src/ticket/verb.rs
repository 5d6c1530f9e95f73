//! What every verb may rely on beside the ticket itself, and the checks that several share.

use super::{Category, Event, Refusal, Status, Ticket, Workflow};
use crate::actor::{Actor, RightSet};
use crate::content::{ContentRef, Sealer, Text};
use crate::id::Name;
use crate::limits;
use crate::time::Timestamp;

/// The surroundings of a verb. Everything from the policy that a verb needs has been looked up for it.
pub(crate) struct Context<'a> {
    pub(crate) actor: &'a Actor,
    /// The actor's rights on this ticket; the gate has been passed already, these are for rights on edges.
    pub(crate) rights: RightSet,
    pub(crate) workflow: &'a Workflow,
    pub(crate) now: Timestamp,
    pub(crate) sealer: &'a mut Sealer,
}

impl Context<'_> {
    /// The status that a verb leads to.
    ///
    /// Rights, required fields and open tasks on an edge bind agents; what a customer says and what time causes passes.
    pub(crate) fn step(&self, ticket: &Ticket, category: Category, named: Option<&Name>) -> Result<Status, Refusal> {
        let from = &self.workflow.counterpart(&ticket.status).name;
        let edge = self.workflow.step(from, category, named)?;
        if self.actor.agent().is_none() {
            return Ok(edge.to.clone());
        }
        if edge.right.is_some_and(|right| !self.rights.has(right)) {
            return Err(Refusal::NoTransition { from: from.clone(), to: Some(edge.to.name.clone()), category });
        }
        let fields: Vec<Name> =
            edge.requires.iter().filter(|field| !ticket.fields.contains_key(*field)).cloned().collect();
        if !fields.is_empty() {
            return Err(Refusal::MissingFields { fields });
        }
        let tasks: Vec<_> = ticket.open_tasks().filter(|_| edge.no_open_tasks).collect();
        if tasks.is_empty() { Ok(edge.to.clone()) } else { Err(Refusal::OpenTasks { tasks }) }
    }

    /// A new ticket on which somebody works becomes an open one, where the workflow has that edge.
    pub(crate) fn start(&self, ticket: &Ticket, events: &mut Vec<Event>) {
        if ticket.status.category == Category::New
            && let Ok(status) = self.step(ticket, Category::Open, None)
        {
            events.push(Event::Started { status });
        }
    }

    /// Checks and seals the text of a message.
    pub(crate) fn body(&mut self, body: &Text) -> Result<ContentRef, Refusal> {
        self.text("body", body, limits::BODY_BYTES_MAX)
    }

    /// Checks and seals a reason, if there is one.
    pub(crate) fn reason(&mut self, reason: Option<&Text>) -> Result<Option<ContentRef>, Refusal> {
        reason.map(|reason| self.text("reason", reason, limits::REASON_BYTES_MAX)).transpose()
    }

    /// Checks and seals a text.
    pub(crate) fn text(&mut self, field: &'static str, text: &Text, limit: usize) -> Result<ContentRef, Refusal> {
        check_text(field, text, limit)?;
        Ok(self.sealer.seal(text.as_str()))
    }
}

pub(crate) fn check_text(field: &'static str, text: &Text, limit: usize) -> Result<(), Refusal> {
    let (field, text) = (Name::fixed(field), text.as_str());
    if text.len() > limit {
        return Err(Refusal::TooLong { field, limit, size: text.len() });
    }
    if text.trim().is_empty() {
        return Err(Refusal::Blank { field });
    }
    if text.contains('\0') {
        return Err(Refusal::Nul { field });
    }
    Ok(())
}

/// Refuses more than there may be.
pub(crate) fn at_most(field: &'static str, size: usize, limit: usize) -> Result<(), Refusal> {
    if size <= limit { Ok(()) } else { Err(Refusal::TooMany { field: Name::fixed(field), limit, size }) }
}

/// Refuses unless the ticket's status is of one of these categories.
pub(crate) fn fits(ticket: &Ticket, verb: &'static str, categories: &[Category]) -> Result<(), Refusal> {
    let category = ticket.status.category;
    if categories.contains(&category) {
        return Ok(());
    }
    Err(Refusal::WrongStatus { verb: Name::fixed(verb), category, fits: categories.to_vec() })
}

/// Work is left.
pub(crate) const ACTIVE: &[Category] = &[Category::New, Category::Open, Category::Hold];
/// It has not ended.
pub(crate) const LIVE: &[Category] = &[Category::New, Category::Open, Category::Hold, Category::Resolved];
