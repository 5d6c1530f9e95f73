//! Which effects follow from which events: a function of the event, the ticket after the change and the policy
//! named by its cause, nothing else, so that the outbox can be recomputed from the log.

use super::decision::Outgoing;
use super::effect::{Effect, EffectKey, Lane, Noticed, Recipient, Told};
use super::event::{Antecedent, Event, Origin, Recorded, State};
use super::request::IMPORT_REST;
use crate::actor::Actor;
use crate::id::{CustomerId, MessageId, Name, QueueId, SideId, TeamId};
use crate::policy::Policy;
use crate::routing;
use crate::sla;
use crate::ticket::{self, ApprovalEnd, Assignment, Notice, Outside, Resumption, Ticket, Whom};

/// The effects of one record's change, in order, with their keys.
///
/// What an import writes causes none, neither of itself nor of rules and promises that it made overdue: what is
/// written about the past is told to nobody. Only what time itself had just caused before the import came by is told,
/// as it would have been without it.
#[must_use]
pub fn effects(events: &[Recorded], after: &State, policy: &Policy) -> Vec<Outgoing> {
    let mut outgoing = Vec::new();
    let told = told(events);
    for (index, recorded) in events.iter().enumerate() {
        if told.as_ref().is_some_and(|told| told.get(index) != Some(&true)) {
            continue;
        }
        let effects = match (&recorded.event, after) {
            (Event::Ticket(ticket::Event::SideWritten { side, message, body }), State::Ticket(ticket)) => {
                send_side(ticket, (*side, *message, *body), events).into_iter().collect()
            }
            (Event::Ticket(event), State::Ticket(ticket)) => of_ticket(event, ticket, policy),
            (Event::Queue(event), State::Queue(queue)) => of_queue(event, &queue.id, policy),
            _ => Vec::new(),
        };
        for effect in effects {
            if tells_the_giver(&effect, &recorded.cause.by) {
                continue;
            }
            let index = u32::try_from(outgoing.len()).unwrap_or(u32::MAX);
            let key = EffectKey::new(recorded.record.clone(), recorded.version, index);
            outgoing.push(Outgoing { key, lane: lane(&effect, after), effect });
        }
    }
    outgoing
}

/// Which events of a change may be told where an import wrote some of them; none stands for all.
fn told(events: &[Recorded]) -> Option<Vec<bool>> {
    let imports = |recorded: &Recorded| matches!(recorded.cause.by, Origin::Actor(Actor::Import(_)));
    let import = events.iter().position(imports)?;
    // A ticket whose past is being told rests for a while; what time causes meanwhile belongs to that past.
    let is_dated = events.get(import).is_some_and(|own| own.occurred < own.recorded);
    let mut told: Vec<bool> = Vec::with_capacity(events.len());
    for (index, recorded) in events.iter().enumerate() {
        let before = index < import && !is_dated;
        told.push(match (&recorded.cause.by, &recorded.cause.from) {
            (_, Some(Antecedent::Here(from))) => told.get(*from as usize).copied().unwrap_or(false),
            (Origin::Timer, None) => before && recorded.recorded <= recorded.occurred + IMPORT_REST,
            _ => false,
        });
    }
    Some(told)
}

/// Whether somebody would be told of a task that he gave to himself.
fn tells_the_giver(effect: &Effect, by: &Origin) -> bool {
    let Effect::Notify { to: Recipient::Agent(agent), what: Noticed::TaskGiven { .. }, .. } = effect else {
        return false;
    };
    matches!(by, Origin::Actor(actor) if actor.agent() == Some(agent))
}

/// Each customer has a lane, the team has one.
fn lane(effect: &Effect, after: &State) -> Lane {
    let owner = after.ticket().map(Ticket::customer);
    match effect {
        Effect::Send { to, .. } | Effect::Tell { to, .. } if Some(to) == owner => Lane::Customer,
        Effect::Send { to, .. } | Effect::Tell { to, .. } => Lane::Participant(to.clone()),
        Effect::SendSide { to, .. } => Lane::Party(to.clone()),
        Effect::Notify { .. } | Effect::Unknown(_) => Lane::Staff,
    }
}

fn of_ticket(event: &ticket::Event, ticket: &Ticket, policy: &Policy) -> Vec<Effect> {
    match event {
        ticket::Event::Opened(opened) if opened.acknowledge => vec![tell(ticket, Told::Received)],
        ticket::Event::Replied { message, body, .. } => {
            let readers = std::iter::once(ticket.customer()).chain(ticket.participants());
            let send = |to: &CustomerId| Effect::Send {
                ticket: ticket.id(),
                number: ticket.number(),
                message: *message,
                to: to.clone(),
                channel: ticket.channel().clone(),
                body: *body,
            };
            readers.map(send).collect()
        }
        ticket::Event::MessageReceived { .. } => {
            let others = ticket.followers().iter().filter(|agent| Some(*agent) != ticket.assignee());
            let readers = ticket.assignee().into_iter().chain(others).cloned();
            readers.map(|agent| notify(ticket, Recipient::Agent(agent), Noticed::MessageReceived)).collect()
        }
        ticket::Event::Assigned { how: Assignment::Taken, .. } => Vec::new(),
        ticket::Event::Assigned { agent, .. } => {
            vec![notify(ticket, Recipient::Agent(agent.clone()), Noticed::Assigned)]
        }
        // Machines are not told what they might answer (law 29).
        ticket::Event::Resolved { .. } | ticket::Event::Closed { .. } if ticket.is_unheard() => Vec::new(),
        ticket::Event::Resolved { unanswered: true, .. } => vec![tell(ticket, Told::Unanswered)],
        ticket::Event::Resolved { .. } => vec![tell(ticket, Told::Resolved)],
        ticket::Event::Closed { .. } => vec![tell(ticket, Told::Closed)],
        ticket::Event::Clock(sla::Event::Warned { metric, threshold, .. }) => {
            let what = Noticed::Warned { metric: *metric, threshold: *threshold };
            working(ticket, policy).into_iter().map(|to| notify(ticket, to, what.clone())).collect()
        }
        ticket::Event::Clock(sla::Event::Breached { metric, .. }) => {
            let agent = ticket.assignee().cloned().map(Recipient::Agent);
            let lead = ticket.queue().and_then(|queue| lead(queue, policy));
            let what = Noticed::Breached { metric: *metric };
            agent.into_iter().chain(lead).map(|to| notify(ticket, to, what.clone())).collect()
        }
        ticket::Event::ApprovalAsked { approval, asked } => {
            let agents = asked.approvers.iter().cloned().map(Recipient::Agent);
            let lead = ticket.queue().and_then(|queue| lead(queue, policy)).filter(|_| asked.approvers.is_empty());
            let what = Noticed::ApprovalAsked { approval: *approval };
            agents.chain(lead).map(|to| notify(ticket, to, what.clone())).collect()
        }
        // Whoever took the question back knows.
        ticket::Event::ApprovalEnded { how: ApprovalEnd::Withdrawn, .. } => Vec::new(),
        ticket::Event::ApprovalEnded { approval, asker, how } => {
            let what = Noticed::ApprovalEnded { approval: *approval, how: how.clone() };
            asker.iter().map(|agent| notify(ticket, Recipient::Agent(agent.clone()), what.clone())).collect()
        }
        ticket::Event::TaskAdded { task, assignee: Some(agent), .. } => {
            vec![notify(ticket, Recipient::Agent(agent.clone()), Noticed::TaskGiven { task: *task })]
        }
        ticket::Event::TaskOverdue { task, assignee } => {
            let own = assignee.clone().map(|agent| vec![Recipient::Agent(agent)]);
            let told = own.unwrap_or_else(|| working(ticket, policy)).into_iter();
            told.map(|to| notify(ticket, to, Noticed::TaskOverdue { task: *task })).collect()
        }
        ticket::Event::SideReceived { side, automatic: false, .. }
        | ticket::Event::Resumed { side: Some(side), .. } => {
            let followers = ticket.followers().iter().filter(|agent| Some(*agent) != ticket.assignee()).cloned();
            let told = working(ticket, policy).into_iter().chain(followers.map(Recipient::Agent));
            told.map(|to| notify(ticket, to, Noticed::SideAnswered { side: *side })).collect()
        }
        ticket::Event::RuleFired { rule, notices, .. } => {
            notices.iter().flat_map(|notice| of_rule(rule, notice, ticket, policy)).collect()
        }
        _ => of_waiting(event, ticket, policy),
    }
}

/// What is told because a ticket, or somebody, has waited long enough.
fn of_waiting(event: &ticket::Event, ticket: &Ticket, policy: &Policy) -> Vec<Effect> {
    match event {
        ticket::Event::Nudged { .. } => vec![tell(ticket, Told::Nudged)],
        ticket::Event::NudgesEnded { unanswered: true, .. } => {
            working(ticket, policy).into_iter().map(|to| notify(ticket, to, Noticed::Unanswered)).collect()
        }
        ticket::Event::Reminded { reminder, agent } => {
            vec![notify(ticket, Recipient::Agent(agent.clone()), Noticed::Reminded { reminder: *reminder })]
        }
        // Where nobody has it, it waits in its queue, and whoever gets it is told then.
        ticket::Event::Resumed { why: Resumption::Time, .. } => {
            let agent = ticket.assignee().cloned().map(Recipient::Agent);
            agent.map(|to| notify(ticket, to, Noticed::WaitOver)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// What the shop wrote to a third party, with the subject where the conversation begins in the same change.
fn send_side(ticket: &Ticket, written: (SideId, MessageId, Outside), events: &[Recorded]) -> Option<Effect> {
    let (side, message, body) = written;
    let with = ticket.sides().get(&side)?;
    let subject = events.iter().find_map(|recorded| match &recorded.event {
        Event::Ticket(ticket::Event::SideStarted { side: begun, subject, .. }) if *begun == side => *subject,
        _ => None,
    });
    let (to, channel) = (with.party.clone(), with.channel.clone());
    Some(Effect::SendSide { ticket: ticket.id(), number: ticket.number(), side, message, to, channel, subject, body })
}

fn of_rule(rule: &Name, notice: &Notice, ticket: &Ticket, policy: &Policy) -> Vec<Effect> {
    let what = Noticed::Rule { rule: rule.clone(), text: notice.text.clone() };
    named(notice.to, ticket, policy).into_iter().map(|to| notify(ticket, to, what.clone())).collect()
}

fn of_queue(event: &routing::Event, queue: &QueueId, policy: &Policy) -> Vec<Effect> {
    let routing::Event::StallTold { reason, .. } = event else { return Vec::new() };
    let what = Noticed::Stalled { queue: queue.clone(), reason: *reason };
    lead(queue, policy)
        .into_iter()
        .map(|to| Effect::Notify { to, ticket: None, number: None, what: what.clone() })
        .collect()
}

fn tell(ticket: &Ticket, what: Told) -> Effect {
    Effect::Tell {
        ticket: ticket.id(),
        number: ticket.number(),
        to: ticket.customer().clone(),
        channel: ticket.channel().clone(),
        language: ticket.language(),
        what,
    }
}

fn notify(ticket: &Ticket, to: Recipient, what: Noticed) -> Effect {
    Effect::Notify { to, ticket: Some(ticket.id()), number: Some(ticket.number()), what }
}

fn teams(queue: &QueueId, policy: &Policy) -> Vec<TeamId> {
    policy.queue(queue).map(|queue| queue.teams.clone()).unwrap_or_default()
}

/// The lead of the team that leads a queue: its first.
fn lead(queue: &QueueId, policy: &Policy) -> Option<Recipient> {
    teams(queue, policy).into_iter().next().map(Recipient::Lead)
}

/// Who works on it: its agent, else the teams of its queue.
fn working(ticket: &Ticket, policy: &Policy) -> Vec<Recipient> {
    match ticket.assignee() {
        Some(agent) => vec![Recipient::Agent(agent.clone())],
        None => named(Whom::Team, ticket, policy),
    }
}

fn named(whom: Whom, ticket: &Ticket, policy: &Policy) -> Vec<Recipient> {
    match whom {
        Whom::Assignee => working(ticket, policy),
        Whom::Lead => ticket.queue().and_then(|queue| lead(queue, policy)).into_iter().collect(),
        Whom::Team => {
            let teams = ticket.queue().map(|queue| teams(queue, policy)).unwrap_or_default();
            teams.into_iter().map(Recipient::Team).collect()
        }
        Whom::Followers => ticket.followers().iter().cloned().map(Recipient::Agent).collect(),
    }
}
