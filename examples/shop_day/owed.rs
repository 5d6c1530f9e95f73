//! Which effects a change of the log owes to the outside, derived anew: in order, with lane, receiver and matter.

use destek::actor::Actor;
use destek::desk::{Effect, EffectKey, Event, Lane, Noticed, Origin, Outgoing, Recipient, Recorded, Told};
use destek::id::{AgentId, CustomerId, TeamId};
use destek::routing;
use destek::sla;
use destek::ticket::{self, ApprovalEnd, Assignment, Resumption, Whom};

use super::book::Book;
use super::refold;

/// An effect that must be in the outbox.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Owed {
    pub(crate) key: EffectKey,
    pub(crate) lane: Lane,
    matter: Matter,
}

#[derive(Debug, PartialEq, Eq)]
enum Matter {
    Send(CustomerId),
    Tell(CustomerId, Told),
    Notify(Recipient, Noticed),
}

impl Owed {
    /// Whether a row of the outbox is this effect.
    pub(crate) fn is(&self, row: &Outgoing) -> bool {
        let matter = match &row.effect {
            Effect::Send { to, .. } => Matter::Send(to.clone()),
            Effect::Tell { to, what, .. } => Matter::Tell(to.clone(), *what),
            Effect::Notify { to, what, .. } => Matter::Notify(to.clone(), what.clone()),
            _ => return false,
        };
        (&self.key, &self.lane, &self.matter) == (&row.key, &row.lane, &matter)
    }

    pub(crate) const fn kind(&self) -> &'static str {
        match self.matter {
            Matter::Send(_) => "send",
            Matter::Tell(..) => "tell",
            Matter::Notify(..) => "notify",
        }
    }
}

/// What a change of a ticket owes, given the ticket after it.
pub(crate) fn by_ticket(change: &[&Recorded], after: &refold::Told, book: &Book) -> Vec<Owed> {
    let mut owed = Vec::new();
    for recorded in change {
        if matches!(recorded.cause.by, Origin::Actor(Actor::Import(_))) {
            continue;
        }
        if let Event::Ticket(event) = &recorded.event {
            owe(&mut owed, recorded, Some(&after.opened.customer), matters(recorded, event, after, book));
        }
    }
    owed
}

/// What a change of a queue owes.
pub(crate) fn by_queue(change: &[&Recorded], queue: &destek::id::QueueId, book: &Book) -> Vec<Owed> {
    let mut owed = Vec::new();
    for recorded in change {
        if let Event::Queue(routing::Event::StallTold { reason, .. }) = &recorded.event {
            let what = Noticed::Stalled { queue: queue.clone(), reason: *reason };
            let lead = team(book.teams(queue.as_str()).first()).map(Recipient::Lead);
            owe(&mut owed, recorded, None, lead.into_iter().map(|to| Matter::Notify(to, what.clone())).collect());
        }
    }
    owed
}

fn owe(owed: &mut Vec<Owed>, recorded: &Recorded, owner: Option<&CustomerId>, matters: Vec<Matter>) {
    for matter in matters {
        let index = u32::try_from(owed.len()).unwrap_or(u32::MAX);
        let key = EffectKey::new(recorded.record.clone(), recorded.version, index);
        let lane = match &matter {
            Matter::Notify(..) => Lane::Staff,
            Matter::Send(to) | Matter::Tell(to, _) if owner == Some(to) => Lane::Customer,
            Matter::Send(to) | Matter::Tell(to, _) => Lane::Participant(to.clone()),
        };
        owed.push(Owed { key, lane, matter });
    }
}

fn team(name: Option<&String>) -> Option<TeamId> {
    name.and_then(|name| TeamId::new(name).ok())
}

fn matters(recorded: &Recorded, event: &ticket::Event, after: &refold::Told, book: &Book) -> Vec<Matter> {
    let customer = &after.opened.customer;
    let tell = |what| vec![Matter::Tell(customer.clone(), what)];
    let notify = |to: Vec<Recipient>, what: Noticed| -> Vec<Matter> {
        to.into_iter().map(|to| Matter::Notify(to, what.clone())).collect()
    };
    let queue = after.queue.as_ref().map(|queue| queue.as_str()).unwrap_or_default();
    let teams = || book.teams(queue).into_iter().filter_map(|name| team(Some(&name)));
    let lead = || teams().take(1).map(Recipient::Lead).collect::<Vec<_>>();
    let everybody = || teams().map(Recipient::Team).collect::<Vec<_>>();
    let worker = || match &after.assignee {
        Some(agent) => vec![Recipient::Agent(agent.clone())],
        None => everybody(),
    };
    let followers = || after.followers.iter().cloned().map(Recipient::Agent);
    if let Some((to, what)) = to_colleagues(recorded, event, (lead(), worker())) {
        return notify(to, what);
    }
    match event {
        ticket::Event::Opened(opened) if opened.acknowledge => tell(Told::Received),
        ticket::Event::Resolved { .. } | ticket::Event::Closed { .. } if after.only_machines => Vec::new(),
        ticket::Event::Resolved { .. } => tell(Told::Resolved),
        ticket::Event::Closed { .. } => tell(Told::Closed),
        ticket::Event::Replied { .. } => {
            std::iter::once(customer).chain(&after.participants).cloned().map(Matter::Send).collect()
        }
        ticket::Event::MessageReceived { .. } => {
            let own = after.assignee.clone().map(Recipient::Agent);
            let others = followers().filter(|other| Some(other) != own.as_ref());
            notify(own.clone().into_iter().chain(others).collect(), Noticed::MessageReceived)
        }
        ticket::Event::Assigned { agent, how: Assignment::Drained | Assignment::Given } => {
            notify(vec![Recipient::Agent(agent.clone())], Noticed::Assigned)
        }
        ticket::Event::Clock(sla::Event::Warned { metric, threshold, .. }) => {
            notify(worker(), Noticed::Warned { metric: *metric, threshold: *threshold })
        }
        ticket::Event::Clock(sla::Event::Breached { metric, .. }) => {
            let agent = after.assignee.clone().map(Recipient::Agent);
            notify(agent.into_iter().chain(lead()).collect(), Noticed::Breached { metric: *metric })
        }
        ticket::Event::Resumed { why: Resumption::Time, .. } => {
            notify(after.assignee.clone().map(Recipient::Agent).into_iter().collect(), Noticed::WaitOver)
        }
        ticket::Event::RuleFired { rule, notices, .. } => {
            let told = notices.iter().flat_map(|notice| {
                let to = match notice.to {
                    Whom::Assignee => worker(),
                    Whom::Lead => lead(),
                    Whom::Team => everybody(),
                    Whom::Followers => followers().collect(),
                    _ => Vec::new(),
                };
                notify(to, Noticed::Rule { rule: rule.clone(), text: notice.text.clone() })
            });
            told.collect()
        }
        _ => Vec::new(),
    }
}

/// Who is told of questions for approval and of tasks. `lead` leads the ticket's queue, `worker` works on the ticket.
fn to_colleagues(
    recorded: &Recorded,
    event: &ticket::Event,
    (lead, worker): (Vec<Recipient>, Vec<Recipient>),
) -> Option<(Vec<Recipient>, Noticed)> {
    let agents = |agents: &mut dyn Iterator<Item = &AgentId>| agents.cloned().map(Recipient::Agent).collect::<Vec<_>>();
    Some(match event {
        ticket::Event::ApprovalAsked { approval, asked } => {
            let named = agents(&mut asked.approvers.iter());
            (if named.is_empty() { lead } else { named }, Noticed::ApprovalAsked { approval: *approval })
        }
        ticket::Event::ApprovalEnded { how: ApprovalEnd::Withdrawn, .. } => return None,
        ticket::Event::ApprovalEnded { approval, asker, how } => {
            (agents(&mut asker.iter()), Noticed::ApprovalEnded { approval: *approval, how: how.clone() })
        }
        ticket::Event::TaskAdded { task, assignee: Some(agent), .. } => match &recorded.cause.by {
            // Nobody is told what he gave to himself.
            Origin::Actor(Actor::Agent(by)) if by == agent => return None,
            _ => (vec![Recipient::Agent(agent.clone())], Noticed::TaskGiven { task: *task }),
        },
        ticket::Event::TaskOverdue { task, assignee } => {
            let own = agents(&mut assignee.iter());
            (if own.is_empty() { worker } else { own }, Noticed::TaskOverdue { task: *task })
        }
        _ => return None,
    })
}
