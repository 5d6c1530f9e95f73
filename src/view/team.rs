//! What the team sees.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Texts;
use crate::actor::{Actor, Right};
use crate::content::Content;
use crate::desk::{Cause, Event, Recorded, rights};
use crate::policy::Policy;
use crate::record::Version;
use crate::sla::{Metric, Status};
use crate::team::Agent;
use crate::ticket::{self, Ticket};
use crate::time::Timestamp;

/// A ticket as an agent, a bot, an import or the host itself may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TeamTicket {
    /// The state.
    pub ticket: Ticket,
    /// The subject; none when there was none, or it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Where each promise stands.
    pub clocks: BTreeMap<Metric, Status>,
    /// What the reader may do, as far as rights go; a status may still refuse it.
    pub rights: Vec<Right>,
    /// Everything that happened, oldest first.
    pub timeline: Vec<TeamEntry>,
}

/// One line of the team's timeline: the event itself, who caused it, and its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TeamEntry {
    /// When it occurred.
    pub at: Timestamp,
    /// The version of the ticket with it.
    pub version: Version,
    /// Who or what caused it.
    pub cause: Cause,
    /// What happened.
    pub event: ticket::Event,
    /// The text it refers to; none when it refers to none, or it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// The ticket as this reader may see it; `None` when he may not, or is a customer.
///
/// `agent` is the reader's own record, when the reader is an agent. `log` is the ticket's whole log, `texts` the
/// texts behind its references, as far as they are still there.
#[must_use]
pub fn for_team(
    policy: &Policy,
    (actor, agent): (&Actor, Option<&Agent>),
    ticket: &Ticket,
    log: &[Recorded],
    texts: &[Content],
    now: Timestamp,
) -> Option<TeamTicket> {
    if matches!(actor, Actor::Customer { .. }) {
        return None;
    }
    let rights = rights(actor, agent, ticket, policy);
    if !rights.has(Right::View) {
        return None;
    }
    let texts = Texts::new(texts);
    let entry = |recorded: &Recorded| {
        let Event::Ticket(event) = &recorded.event else { return None };
        // A log that was loaded for another ticket shows nothing.
        if recorded.record.ticket() != Some(ticket.id()) {
            return None;
        }
        Some(TeamEntry {
            at: recorded.occurred,
            version: recorded.version,
            cause: (*recorded.cause).clone(),
            event: event.clone(),
            text: event.content().and_then(|content| texts.text(content)),
        })
    };
    let clocks = ticket.clocks().iter().map(|clock| (clock.metric(), clock.status(policy.calendars(), now)));
    Some(TeamTicket {
        ticket: ticket.clone(),
        subject: ticket.subject().and_then(|subject| texts.text(subject.content())),
        clocks: clocks.collect(),
        rights: rights.iter().collect(),
        timeline: log.iter().filter_map(entry).collect(),
    })
}
