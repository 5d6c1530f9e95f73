//! The fold: one event applied to a ticket. Reads nothing but its arguments (law 3) and decides nothing.

use std::collections::BTreeMap;

use super::approval::apply_approval;
use super::effort::apply_effort;
use super::link::{apply_link, count_passed};
use super::merge::apply_merge;
use super::nudge::{self, apply_nudge};
use super::remind::apply_reminder;
use super::side::apply_side;
use super::task::{apply_task, open_again};
use super::{Event, HoldKind, Initiator, Opened, Place, Ticket, Wait};
use crate::money::Money;
use crate::priority::{Grade, PrioritySource};
use crate::sla::Clocks;
use crate::time::Timestamp;

/// The ticket that the first event of a log makes; only `Opened` makes one.
pub(crate) fn first(event: &Event, at: Timestamp) -> Option<Ticket> {
    if let Event::Opened(opened) = event { Some(open(opened, at)) } else { None }
}

/// Applies one event that occurred at `at`. Total: a second `Opened` changes nothing.
#[expect(clippy::too_many_lines, reason = "one arm for each event")]
pub(crate) fn apply(ticket: &mut Ticket, event: &Event, at: Timestamp) {
    ticket.updated_at = ticket.updated_at.max(at);
    count_passed(ticket, event);
    match event {
        Event::Opened(_) | Event::Noted { .. } | Event::RuleFired { .. } => {}
        Event::RulesStopped { .. } | Event::PossibleDuplicate { .. } => {}
        Event::Granted { grant, amount, .. } => {
            let sums = ticket.granted.entry(grant.clone()).or_default();
            match sums.iter_mut().find(|sum| sum.currency() == amount.currency()) {
                Some(sum) => *sum = Money::new(sum.minor().saturating_add(amount.minor()), sum.currency()),
                None => sums.push(*amount),
            }
        }
        Event::MessageReceived { thanks, automatic, .. } => {
            ticket.unheard =
                *automatic && (ticket.unheard || (ticket.messages == 0 && ticket.initiator == Initiator::Customer));
            ticket.last_automatic = *automatic;
            // Whoever writes is not asked again before an agent has seen it.
            nudge::end(ticket);
            ticket.messages = ticket.messages.saturating_add(1);
            if !thanks && !automatic && ticket.waiting_since.is_none() {
                ticket.waiting_since = Some(at);
            }
        }
        Event::Replied { agent, .. } => {
            ticket.messages = ticket.messages.saturating_add(1);
            ticket.last_automatic &= agent.is_none();
            // A bot's answer ends no wait; and where nobody waits, as when the shop writes first, a person's
            // message is no response.
            if agent.is_some() && ticket.end_waits() {
                ticket.first_reply_at = ticket.first_reply_at.or(Some(at));
            }
        }
        Event::Queued { queue, rank, .. } => {
            // A new rank in the same queue keeps the instant since when it waits there.
            let waited =
                ticket.place.as_ref().filter(|_| ticket.queue.as_ref() == Some(queue)).map(|place| place.since);
            ticket.queue = Some(queue.clone());
            ticket.place =
                ticket.status.category.is_workable().then(|| Place { rank: *rank, since: waited.unwrap_or(at) });
        }
        Event::Assigned { agent, .. } => {
            ticket.assignee = Some(agent.clone());
            ticket.place = None;
        }
        Event::Unassigned { .. } => ticket.assignee = None,
        Event::Clock(event) => ticket.clocks.apply(event, at),
        Event::Merged { .. } | Event::Unmerged { .. } | Event::Absorbed { .. } | Event::Released { .. } => {
            apply_merge(ticket, event, at);
        }
        Event::ApprovalAsked { .. } | Event::Approved { .. } | Event::Declined { .. } | Event::ApprovalEnded { .. } => {
            apply_approval(&mut ticket.approvals, event)
        }
        Event::Linked { .. } | Event::Unlinked { .. } | Event::Heeded { .. } => apply_link(ticket, event),
        Event::TaskAdded { .. }
        | Event::ChecklistApplied { .. }
        | Event::TaskCompleted { .. }
        | Event::TaskReopened { .. }
        | Event::TaskDropped { .. }
        | Event::TaskOverdue { .. } => apply_task(ticket, event, at),
        Event::NudgePlanned { .. } | Event::Nudged { .. } | Event::NudgeSkipped { .. } | Event::NudgesEnded { .. } => {
            apply_nudge(ticket, event)
        }
        Event::ReminderSet { .. } | Event::ReminderDismissed { .. } | Event::Reminded { .. } => {
            apply_reminder(&mut ticket.reminders, event);
        }
        Event::TimeLogged { .. } | Event::TimeCorrected { .. } => apply_effort(&mut ticket.worked, event),
        Event::SideStarted { .. }
        | Event::SideWritten { .. }
        | Event::SideReceived { .. }
        | Event::SideClosed { .. } => apply_side(ticket, event),
        Event::SplitOff { waiting_since, messages, .. } => {
            ticket.waiting_since = *waiting_since;
            let moved = messages.iter().filter(|moved| moved.public).count();
            ticket.messages = ticket.messages.saturating_sub(u32::try_from(moved).unwrap_or(u32::MAX));
        }
        Event::Started { .. }
        | Event::Held { .. }
        | Event::Resumed { .. }
        | Event::Resolved { .. }
        | Event::Confirmed { .. }
        | Event::Refused { .. }
        | Event::Reopened { .. }
        | Event::Closed { .. }
        | Event::MarkedSpam { .. }
        | Event::Restored { .. } => apply_status(ticket, event, at),
        _ => apply_property(ticket, event),
    }
}

fn open(opened: &Opened, at: Timestamp) -> Ticket {
    let (urgency, impact) = match opened.priority.source {
        PrioritySource::Matrix { urgency, impact, .. } => (urgency, impact),
        _ => (Grade::Medium, Grade::Medium),
    };
    Ticket {
        id: opened.ticket,
        number: opened.number,
        customer: opened.customer.clone(),
        channel: opened.channel.clone(),
        initiator: opened.initiator,
        status: opened.status.clone(),
        kind: opened.kind.clone(),
        stage: opened.stage.clone(),
        priority: opened.priority.clone(),
        urgency,
        impact,
        language: opened.language,
        subject: opened.subject,
        order: opened.order.clone(),
        queue: None,
        place: None,
        assignee: None,
        tags: Default::default(),
        fields: Default::default(),
        participants: Default::default(),
        followers: Default::default(),
        hold: None,
        nudging: None,
        silent_until: None,
        verified: opened.verified,
        opened_at: at,
        updated_at: at,
        // A customer who phones or fills a form without a message waits all the same.
        waiting_since: match &opened.split_from {
            Some(split) => split.waiting_since,
            None => (opened.initiator == Initiator::Customer).then_some(at),
        },
        first_reply_at: None,
        resolved_at: None,
        closed_at: opened.status.category.is_ended().then_some(at),
        reopened: 0,
        messages: opened.split_from.as_ref().map_or(0, |split| split.messages),
        last_automatic: false,
        unheard: false,
        granted: Default::default(),
        merged: None,
        absorbed: Default::default(),
        lent: Default::default(),
        split_from: opened.split_from.clone().map(Box::new),
        approvals: Default::default(),
        links: Default::default(),
        passed: 0,
        tasks: Default::default(),
        checklists: Default::default(),
        worked: Default::default(),
        sides: Default::default(),
        quarantine: opened.quarantine,
        reminders: Default::default(),
        clocks: Clocks::default(),
    }
}

fn apply_status(ticket: &mut Ticket, event: &Event, at: Timestamp) {
    match event {
        Event::Held { kind, until, status, .. } => {
            ticket.enter(status);
            ticket.hold = Some(Wait { kind: *kind, until: *until });
            if *kind == HoldKind::Customer {
                let absorbed = ticket.absorbed.if_any().into_iter().flat_map(BTreeMap::values_mut);
                absorbed.for_each(|absorbed| absorbed.asked |= absorbed.is_unheard());
            }
        }
        Event::Resolved { status, silent_until, .. } => {
            ticket.enter(status);
            ticket.silent_until = *silent_until;
            ticket.resolved_at = Some(at);
            ticket.end_waits();
        }
        Event::Confirmed { status } | Event::Closed { status, .. } | Event::MarkedSpam { status } => {
            ticket.enter(status);
            ticket.closed_at = Some(at);
            ticket.end_waits();
        }
        Event::Refused { status, .. } | Event::Reopened { status, .. } => {
            ticket.enter(status);
            ticket.reopened = ticket.reopened.saturating_add(1);
            ticket.closed_at = None;
            open_again(ticket, at);
        }
        Event::Restored { status } => {
            ticket.enter(status);
            // Whoever was kept apart has waited for nobody; he does from now on.
            if ticket.quarantine.take().is_some() {
                ticket.waiting_since = ticket.waiting_since.map(|_| at);
            }
            ticket.closed_at = None;
            open_again(ticket, at);
        }
        Event::Started { status } | Event::Resumed { status, .. } => ticket.enter(status),
        _ => {}
    }
}

fn apply_property(ticket: &mut Ticket, event: &Event) {
    match event {
        Event::PriorityChanged { priority } => {
            ticket.priority = priority.clone();
            if let PrioritySource::Matrix { urgency, impact, .. } = priority.source {
                (ticket.urgency, ticket.impact) = (urgency, impact);
            }
        }
        Event::Rated { urgency, impact } => (ticket.urgency, ticket.impact) = (*urgency, *impact),
        Event::Classified { kind, stage, language } => {
            if let Some(kind) = kind {
                ticket.kind = kind.clone();
            }
            if stage.is_some() {
                ticket.stage.clone_from(stage);
            }
            if let Some(language) = language {
                ticket.language = *language;
            }
        }
        Event::Tagged { added, removed } => {
            ticket.tags.retain(|tag| !removed.contains(tag));
            ticket.tags.extend(added.iter().cloned());
        }
        Event::FieldSet { field, value: Some(value) } => {
            ticket.fields.insert(field.clone(), value.clone());
        }
        Event::FieldSet { field, value: None } => {
            ticket.fields.remove(field);
        }
        Event::OrderLinked { order } => ticket.order = Some(order.clone()),
        Event::ParticipantAdded { customer } => {
            ticket.lent.if_any().map(|lent| lent.participants.remove(customer));
            ticket.participants.insert(customer.clone());
        }
        Event::ParticipantRemoved { customer } => {
            ticket.lent.if_any().map(|lent| lent.participants.remove(customer));
            ticket.participants.remove(customer);
        }
        Event::Followed { agent } => {
            ticket.lent.if_any().map(|lent| lent.followers.remove(agent));
            ticket.followers.insert(agent.clone());
        }
        Event::Unfollowed { agent } => {
            ticket.lent.if_any().map(|lent| lent.followers.remove(agent));
            ticket.followers.remove(agent);
        }
        _ => {}
    }
}
