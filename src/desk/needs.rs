//! What each command wants to see, so that a store can fetch it in one trip.

use super::facts::{Needs, QueueNeed, Reach, Relation};
use super::request::{Command, Request};
use crate::draft::{DiscardDraft, SaveDraft};
use crate::id::{QueueId, TicketId};
use crate::limits;
use crate::policy::Policy;
use crate::record::RecordKey;
use crate::small::SmallSet;
use crate::ticket::{self, Bond, Link, LinkKind};

/// From a ticket to what rules and capacity ask about.
const AROUND: [&[Relation]; 3] = [&[Relation::Customer], &[Relation::Order], &[Relation::Assignee]];
/// From a customer to the open tickets and what is around each.
const OPEN_AROUND: [&[Relation]; 2] =
    [&[Relation::OpenTickets, Relation::Order], &[Relation::OpenTickets, Relation::Assignee]];

pub(super) fn needs(policy: &Policy, request: &Request) -> Needs {
    // Room for what nearly every command wants to see.
    let (records, paths) = (SmallSet::with_room(4), SmallSet::with_room(AROUND.len()));
    let mut needs = Needs { records, paths, request: Some(request.id), ..Needs::default() };
    needs.record(RecordKey::Policy);
    if let Some(agent) = request.actor.agent() {
        needs.record(RecordKey::Agent(agent.clone()));
    }
    match &request.command {
        Command::Ticket(command) => ticket_needs(&mut needs, command, request.seen.is_some()),
        Command::RecordCustomer(command) => needs.record(RecordKey::Customer(command.customer.clone())),
        Command::Ban(command) => needs.record(RecordKey::Customer(command.customer.clone())),
        Command::Unban(command) => needs.record(RecordKey::Customer(command.customer.clone())),
        Command::RecordOrder(command) => needs.record(RecordKey::Order(command.order.clone())),
        Command::RecordAgent(command) => needs.record(RecordKey::Agent(command.agent.clone())),
        Command::SetPresence(command) => needs.record(RecordKey::Agent(command.agent.clone())),
        Command::StartJob(command) => needs.record(RecordKey::Job(command.job)),
        Command::CancelJob(command) => needs.record(RecordKey::Job(command.job)),
        Command::Activate => {}
        Command::Wake(RecordKey::Queue(queue)) | Command::Drain(queue) => queue_needs(&mut needs, policy, queue),
        Command::Wake(record) => around(&mut needs, record),
        Command::SaveView(command) => needs.path(RecordKey::View(command.view), &[Relation::Owner]),
        Command::RemoveView(command) => needs.path(RecordKey::View(command.view), &[Relation::Owner]),
        Command::SetSchedule(command) => needs.record(RecordKey::Schedule(command.schedule)),
        Command::RemoveSchedule(command) => needs.record(RecordKey::Schedule(command.schedule)),
        Command::SaveDraft(SaveDraft { ticket, .. }) | Command::DiscardDraft(DiscardDraft { ticket }) => {
            needs.record(RecordKey::Ticket(*ticket));
            own_draft(&mut needs, request, *ticket);
        }
    }
    if let Command::Ticket(ticket::Command::Reply(reply)) = &request.command
        && reply.drafted
    {
        own_draft(&mut needs, request, reply.ticket);
    }
    needs
}

/// The asking agent's draft on a ticket.
fn own_draft(needs: &mut Needs, request: &Request, ticket: TicketId) {
    if let Some(agent) = request.actor.agent() {
        needs.record(RecordKey::draft(ticket, agent.clone()));
    }
}

/// A ticket and what is around it.
pub(super) fn around(needs: &mut Needs, record: &RecordKey) {
    needs.record(record.clone());
    if record.ticket().is_some() {
        for along in AROUND {
            needs.path(record.clone(), along);
        }
    }
}

/// The tickets in which a merged one goes on.
fn chain(needs: &mut Needs, ticket: TicketId) {
    needs.path(RecordKey::Ticket(ticket), &[Relation::Merged; limits::MERGE_CHAIN_MAX]);
}

fn ticket_needs(needs: &mut Needs, command: &ticket::Command, seen: bool) {
    match command {
        ticket::Command::Open(open) => {
            needs.record(RecordKey::Ticket(open.ticket));
            // What else is open may be about the same.
            needs.path(RecordKey::Customer(open.customer.clone()), &[Relation::OpenTickets]);
            open.order.iter().for_each(|order| needs.record(RecordKey::Order(order.clone())));
            needs.number = true;
        }
        ticket::Command::Receive(receive) => {
            needs.record(RecordKey::Ticket(receive.ticket));
            let customer = RecordKey::Customer(receive.customer.clone());
            needs.record(customer.clone());
            for along in OPEN_AROUND {
                needs.path(customer.clone(), along);
            }
            receive.order.iter().for_each(|order| needs.record(RecordKey::Order(order.clone())));
            if let Some(answers) = receive.answers {
                around(needs, &RecordKey::Ticket(answers));
                chain(needs, answers);
            }
        }
        other => around(needs, &RecordKey::Ticket(other.ticket())),
    }
    match command {
        ticket::Command::Assign(assign) => needs.record(RecordKey::Agent(assign.agent.clone())),
        ticket::Command::AskApproval(ask) => {
            for approver in ask.approvers.iter().take(limits::APPROVERS_MAX) {
                needs.record(RecordKey::Agent(approver.clone()));
            }
        }
        ticket::Command::AddTask(add) => {
            add.assignee.iter().for_each(|agent| needs.record(RecordKey::Agent(agent.clone())));
        }
        ticket::Command::CorrectTime(correct) => {
            needs.history.insert(RecordKey::Ticket(correct.ticket));
        }
        ticket::Command::Restore(restore) => {
            // What was kept apart comes in only now: what it says, and what else is open, count as if it were opened.
            let ticket = RecordKey::Ticket(restore.ticket);
            needs.path(ticket.clone(), &[Relation::Customer, Relation::OpenTickets]);
            needs.history.insert(ticket);
        }
        ticket::Command::Merge(merge) => around(needs, &RecordKey::Ticket(merge.into)),
        ticket::Command::ReceiveSide(receive) => chain(needs, receive.ticket),
        ticket::Command::Unmerge(unmerge) => {
            chain(needs, unmerge.ticket);
            // What was seen is looked at together with the tickets on the way, so that the rounds suffice.
            if seen {
                needs.history.insert(RecordKey::Ticket(unmerge.ticket));
            }
        }
        ticket::Command::Split(split) => {
            needs.record(RecordKey::Ticket(split.into));
            needs.history.insert(RecordKey::Ticket(split.ticket));
            needs.number = true;
        }
        ticket::Command::Link(command) => {
            around(needs, &RecordKey::Ticket(command.to));
            needs.reach.extend(reach(command).map(|(reach, _)| reach));
        }
        ticket::Command::Unlink(command) => around(needs, &RecordKey::Ticket(command.to)),
        ticket::Command::LinkOrder(link) => needs.record(RecordKey::Order(link.order.clone())),
        _ => {}
    }
}

fn queue_needs(needs: &mut Needs, policy: &Policy, queue: &QueueId) {
    needs.record(RecordKey::Queue(queue.clone()));
    let teams = policy.queue(queue).map(|queue| queue.teams.iter().cloned().collect()).unwrap_or_default();
    needs.queue = Some(QueueNeed { queue: queue.clone(), heads: limits::DRAIN_BATCH_MAX, teams });
}

/// From which ticket, and along which bond, a circle would be found that a new link closes: there is one exactly when
/// the other ticket is reached. Where a ticket has at most one on the other side, the way leads there.
pub(super) fn reach(link: &Link) -> Option<(Reach, TicketId)> {
    let (from, bond, goal) = match link.kind {
        LinkKind::Blocks => (link.to, Bond::Blocks, link.ticket),
        LinkKind::Parent => (link.ticket, Bond::ChildOf, link.to),
        LinkKind::Duplicate => (link.to, Bond::DuplicateOf, link.ticket),
        LinkKind::Problem => (link.ticket, Bond::IncidentOf, link.to),
        LinkKind::Relates => return None,
    };
    Some((Reach::new(RecordKey::Ticket(from), Relation::Linked(bond)), goal))
}
