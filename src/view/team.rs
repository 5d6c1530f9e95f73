//! What the team sees.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Dossier, PartChange, Texts};
use crate::actor::{Actor, Right};
use crate::desk::{Cause, EventKey, Recorded, rights};
use crate::id::{Name, ReminderId, SideId, TaskId, TicketId};
use crate::policy::Policy;
use crate::record::Version;
use crate::sla::{Metric, Status};
use crate::team::Agent;
use crate::ticket::{self, Bond, Likeness, Party, Reminder, SideStatus, Task, Ticket};
use crate::time::Timestamp;

/// A ticket as an agent, a bot, an import or the host itself may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TeamTicket {
    /// The state.
    pub ticket: Ticket,
    /// The version that it has: what a command made on this picture gives as [`seen`](crate::Request::seen).
    pub version: Version,
    /// The subject; none when there was none, or it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Where each promise stands.
    pub clocks: BTreeMap<Metric, Status>,
    /// The tickets that it is linked to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<TeamLink>,
    /// What the reader may do, as far as rights go; a status may still refuse it.
    pub rights: Vec<Right>,
    /// What has to be done, and what of it has been, in the order in which it was added.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<TeamTask>,
    /// Open tickets of its customer that may be about the same, as it was when it was opened.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub possible_duplicates: Vec<(TicketId, Likeness)>,
    /// Its conversations with third parties, and those of tickets that were merged into it, in the order in which they
    /// began. What was said in them is in the timeline.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sides: Vec<TeamSide>,
    /// The reminders that wait for their time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reminders: Vec<TeamReminder>,
    /// Everything that happened, oldest first.
    pub timeline: Vec<TeamEntry>,
}

/// A link to another ticket. Of one that the reader may not see, it shows no more than that it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TeamLink {
    /// What the ticket is to the other one.
    pub bond: Bond,
    /// The other one.
    pub ticket: TicketId,
    /// Its number and its status, if the reader may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<Linked>,
}

/// What is shown of a linked ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Linked {
    /// The number people say to each other.
    pub number: u64,
    /// Its status.
    pub status: ticket::Status,
}

impl TeamTicket {
    /// How many of its tasks have been done, and how many there are.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        (self.tasks.iter().filter(|it| it.state.done).count(), self.tasks.len())
    }
}

/// A task as the team sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TeamTask {
    /// The task.
    pub task: TaskId,
    /// What has to be done; none when it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The checklist that it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checklist: Option<Name>,
    /// Where it stands.
    #[serde(flatten)]
    pub state: Task,
}

/// A conversation with a third party as the team sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TeamSide {
    /// The ticket on which it goes on.
    pub ticket: TicketId,
    /// The conversation.
    pub side: SideId,
    /// With whom.
    pub with: Party,
    /// What it is about; none where nobody said, or it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Where it stands.
    pub status: SideStatus,
}

/// A reminder as the team sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TeamReminder {
    /// The reminder.
    pub reminder: ReminderId,
    /// Of what, in words; none when nothing was said, or it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whose it is, and when.
    #[serde(flatten)]
    pub state: Reminder,
}

/// One line of the team's timeline: the event itself, who caused it, and its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TeamEntry {
    /// The ticket to which it belongs: another one where that was merged into this.
    pub ticket: TicketId,
    /// When it occurred.
    pub at: Timestamp,
    /// The version of the record in whose log it stands.
    pub version: Version,
    /// Who or what caused it.
    pub cause: Cause,
    /// What happened.
    pub event: ticket::Event,
    /// The text it refers to; none when it refers to none, or it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What it changed, with the old and the new value. Texts are not repeated here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<PartChange>,
    /// The later event that took it back, so that it does not count any more ([`annulled`](super::annulled)).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annulled_by: Option<EventKey>,
}

/// The ticket as this reader may see it; `None` when he may not, or is a customer.
///
/// `agent` is the reader's own record, when the reader is an agent. Whoever sees the ticket sees all that belongs to
/// it: also what was said on tickets that were merged into it.
#[must_use]
pub fn for_team(
    policy: &Policy,
    (actor, agent): (&Actor, Option<&Agent>),
    dossier: &Dossier,
    now: Timestamp,
) -> Option<TeamTicket> {
    if matches!(actor, Actor::Customer { .. }) {
        return None;
    }
    let ticket = dossier.ticket();
    let may = rights(actor, agent, ticket, policy);
    if !may.has(Right::View) {
        return None;
    }
    let texts = Texts::new(dossier.texts());
    let (mut changes, annulled) = (dossier.changes(), dossier.annulled());
    let entry = |(of, recorded, event): (&Ticket, &Recorded, &ticket::Event)| {
        let place = recorded.record.ticket().map(|id| (id, (recorded.version, recorded.index)));
        let undone = place.and_then(|place| annulled.get(&place));
        TeamEntry {
            ticket: of.id(),
            at: recorded.occurred,
            version: recorded.version,
            cause: (*recorded.cause).clone(),
            event: event.clone(),
            text: event.content().and_then(|content| texts.text(content)),
            changes: place.and_then(|place| changes.remove(&place)).unwrap_or_default(),
            annulled_by: undone.map(|(version, index)| EventKey::new(recorded.record.clone(), *version, *index)),
        }
    };
    let link = |(bond, other)| {
        let seen = dossier.linked(other).filter(|other| rights(actor, agent, other, policy).has(Right::View));
        let shown = seen.map(|other| Linked { number: other.number(), status: other.status().clone() });
        TeamLink { bond, ticket: other, other: shown }
    };
    Some(TeamTicket {
        ticket: ticket.clone(),
        version: dossier.version(),
        subject: ticket.subject().and_then(|subject| texts.text(subject.content())),
        clocks: ticket.promises(policy.calendars(), now),
        links: ticket.links().iter().map(link).collect(),
        rights: may.iter().collect(),
        tasks: tasks(ticket, dossier, &texts),
        possible_duplicates: dossier
            .story()
            .into_iter()
            .filter_map(|(of, _, event)| alike(ticket, of, event))
            .collect(),
        sides: dossier.story().into_iter().filter_map(|(of, _, event)| side(of, event, &texts)).collect(),
        reminders: reminders(ticket, dossier, &texts),
        timeline: dossier.story().into_iter().map(entry).collect(),
    })
}

/// The tasks of a ticket, with what its log says of them.
fn tasks(ticket: &Ticket, dossier: &Dossier, texts: &Texts<'_>) -> Vec<TeamTask> {
    let mut seen: Vec<TeamTask> = Vec::new();
    let mut see = |task: TaskId, title, checklist| {
        // An id that was dropped may have been given again; what was added last counts.
        seen.retain(|other| other.task != task);
        let state = ticket.tasks().get(&task).cloned();
        seen.extend(state.map(|state| TeamTask { task, title, checklist, state }));
    };
    for (_, _, event) in dossier.story().into_iter().filter(|(of, ..)| of.id() == ticket.id()) {
        match event {
            ticket::Event::TaskAdded { task, title, .. } => see(*task, texts.text(title.content()), None),
            ticket::Event::ChecklistApplied { checklist, tasks } => {
                for listed in tasks {
                    see(listed.task, Some(listed.title.clone()), Some(checklist.clone()));
                }
            }
            _ => {}
        }
    }
    seen
}

fn alike(ticket: &Ticket, of: &Ticket, event: &ticket::Event) -> Option<(TicketId, Likeness)> {
    match event {
        ticket::Event::PossibleDuplicate { of: other, why } if of.id() == ticket.id() => Some((*other, *why)),
        _ => None,
    }
}

fn side(of: &Ticket, event: &ticket::Event, texts: &Texts<'_>) -> Option<TeamSide> {
    let ticket::Event::SideStarted { side, with, subject } = event else { return None };
    let status = of.sides().get(side)?.status;
    let subject = subject.and_then(|subject| texts.text(subject.content()));
    Some(TeamSide { ticket: of.id(), side: *side, with: with.clone(), subject, status })
}

/// The reminders of a ticket, with what its log says of them.
fn reminders(ticket: &Ticket, dossier: &Dossier, texts: &Texts<'_>) -> Vec<TeamReminder> {
    let story = dossier.story();
    let said = |id: ReminderId| {
        let own = story.iter().filter(|(of, ..)| of.id() == ticket.id());
        let mut set = own.filter_map(|(_, _, event)| match event {
            ticket::Event::ReminderSet { reminder, reason, .. } if *reminder == id => Some(reason.as_ref()),
            _ => None,
        });
        // An id that was taken back may have been given again; what was said last counts.
        set.next_back().flatten().and_then(|reason| texts.text(reason.content()))
    };
    let waiting = ticket.reminders().iter();
    waiting.map(|(id, state)| TeamReminder { reminder: *id, reason: said(*id), state: state.clone() }).collect()
}
