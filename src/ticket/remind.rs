//! Reminders: an agent is told of a ticket when the time has come, whatever has become of it.
//!
//! Reminders of a merged ticket rest with it, and go on when the merge is undone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::verb::{Context, at_most};
use super::{Dismiss, Event, Internal, Refusal, Remind, Ticket};
use crate::actor::Right;
use crate::id::{AgentId, Name, ReminderId};
use crate::limits;
use crate::time::Timestamp;

/// A reminder that waits for its time. What it is about stands in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reminder {
    /// Who asked for it, and is told.
    pub agent: AgentId,
    /// When.
    pub at: Timestamp,
}

/// Asks for a reminder. `at` is the instant that the command means.
pub(crate) fn remind(
    ticket: &Ticket,
    remind: &Remind,
    (agent, at): (&AgentId, Timestamp),
    cx: &mut Context<'_>,
) -> Result<Event, Refusal> {
    if ticket.reminders.contains_key(&remind.reminder) {
        return Err(Refusal::ReminderExists(remind.reminder));
    }
    at_most("reminders", ticket.reminders.len() + 1, limits::REMINDERS_MAX)?;
    if at <= cx.now {
        return Err(Refusal::NotAhead { field: Name::fixed("at"), at });
    }
    let reason = cx.reason(remind.reason.as_ref())?.map(Internal::new);
    Ok(Event::ReminderSet { reminder: remind.reminder, agent: agent.clone(), at, reason })
}

/// Takes a reminder back.
pub(crate) fn dismiss(ticket: &Ticket, dismiss: &Dismiss, cx: &Context<'_>) -> Result<Event, Refusal> {
    let id = dismiss.reminder;
    let reminder = ticket.reminders.get(&id).ok_or(Refusal::NoReminder(id))?;
    if cx.actor.agent() != Some(&reminder.agent) && !cx.rights.has(Right::Assign) {
        return Err(Refusal::NotOwnReminder { agent: reminder.agent.clone() });
    }
    Ok(Event::ReminderDismissed { reminder: id })
}

/// The first instant at which somebody is reminded.
pub(crate) fn next_at(ticket: &Ticket) -> Option<Timestamp> {
    ticket.reminders.values().map(|reminder| reminder.at).min()
}

/// That the time of a reminder has come.
pub(crate) fn due(ticket: &Ticket, now: Timestamp) -> Option<Event> {
    let (id, reminder) = ticket.reminders.iter().find(|(_, reminder)| reminder.at <= now)?;
    Some(Event::Reminded { reminder: *id, agent: reminder.agent.clone() })
}

pub(super) fn apply_reminder(reminders: &mut BTreeMap<ReminderId, Reminder>, event: &Event) {
    match event {
        Event::ReminderSet { reminder, agent, at, .. } => {
            reminders.insert(*reminder, Reminder { agent: agent.clone(), at: *at });
        }
        Event::ReminderDismissed { reminder } | Event::Reminded { reminder, .. } => {
            reminders.remove(reminder);
        }
        _ => {}
    }
}

impl Ticket {
    /// The reminders that wait for their time.
    #[must_use]
    pub fn reminders(&self) -> &BTreeMap<ReminderId, Reminder> {
        &self.reminders
    }
}
