//! The gate: who may do what to which record (law 25). Default deny; every write needs the right to see.

use super::draft::Draft;
use super::rejection::Rejection;
use super::request::Command;
use crate::actor::{Actor, Proof, Right, RightSet, Scope};
use crate::id::{CustomerId, Name, QueueId};
use crate::job::Job;
use crate::money::Money;
use crate::policy::{Policy, Role};
use crate::record::RecordKey;
use crate::team::Agent;
use crate::ticket::{self, Ticket};

/// What a verified customer may do to an own ticket.
const CUSTOMER: RightSet = RightSet::of(&[Right::View, Right::Receive, Right::Confirm]);
/// What a verified customer may do to a ticket of another in which he takes part.
const PARTICIPANT: RightSet = RightSet::of(&[Right::View, Right::Receive]);
/// What a bot may do at most.
const BOT: RightSet = RightSet::of(&[
    Right::View,
    Right::Open,
    Right::Receive,
    Right::Reply,
    Right::Note,
    Right::Ask,
    Right::ReceiveSide,
]);
/// What an import may do at most: describe the past, give nothing, choose nobody.
const IMPORT: RightSet = RightSet::of(&[
    Right::View,
    Right::Open,
    Right::Receive,
    Right::Reply,
    Right::Note,
    Right::Hold,
    Right::Resolve,
    Right::Confirm,
    Right::Reopen,
    Right::Close,
    Right::Prioritize,
    Right::Classify,
    Right::Tag,
    Right::SetField,
    Right::Participate,
    Right::Task,
    Right::LogTime,
    Right::Side,
    Right::ReceiveSide,
]);
/// What the host's own backend may do to tickets: hand in messages and facts, not speak or decide for a person.
const HOST: RightSet = RightSet::of(&[
    Right::View,
    Right::Open,
    Right::Receive,
    Right::Note,
    Right::Transfer,
    Right::Prioritize,
    Right::Classify,
    Right::Tag,
    Right::SetField,
    Right::Participate,
    Right::Screen,
    Right::Presence,
    Right::Task,
    Right::ReceiveSide,
]);

/// The right that a ticket's verb asks for.
const fn right_for(command: &ticket::Command) -> Right {
    match command {
        ticket::Command::Open(_) => Right::Open,
        ticket::Command::Receive(_) => Right::Receive,
        ticket::Command::Reply(_) => Right::Reply,
        ticket::Command::Note(_) => Right::Note,
        ticket::Command::Take(_) => Right::Take,
        ticket::Command::Assign(_) | ticket::Command::Unassign(_) => Right::Assign,
        ticket::Command::Transfer(_) => Right::Transfer,
        ticket::Command::Hold(_) | ticket::Command::Resume(_) => Right::Hold,
        ticket::Command::Resolve(_) => Right::Resolve,
        ticket::Command::Confirm(_) | ticket::Command::Refuse(_) => Right::Confirm,
        ticket::Command::Reopen(_) => Right::Reopen,
        ticket::Command::Close(_) => Right::Close,
        ticket::Command::Prioritize(_) => Right::Prioritize,
        ticket::Command::Classify(_) | ticket::Command::LinkOrder(_) => Right::Classify,
        ticket::Command::Tag(_) => Right::Tag,
        ticket::Command::SetField(_) => Right::SetField,
        ticket::Command::SetParticipant(_) => Right::Participate,
        ticket::Command::Follow(_) | ticket::Command::Remind(_) | ticket::Command::Dismiss(_) => Right::Follow,
        ticket::Command::MarkSpam(_) | ticket::Command::Restore(_) => Right::Screen,
        ticket::Command::Grant(_) => Right::Grant,
        ticket::Command::Merge(_) | ticket::Command::Unmerge(_) => Right::Merge,
        ticket::Command::Split(_) => Right::Split,
        ticket::Command::AskApproval(_) | ticket::Command::WithdrawApproval(_) => Right::Ask,
        ticket::Command::Approve(_) | ticket::Command::Decline(_) => Right::Approve,
        ticket::Command::Link(_) | ticket::Command::Unlink(_) => Right::Link,
        ticket::Command::AddTask(_)
        | ticket::Command::CompleteTask(_)
        | ticket::Command::ReopenTask(_)
        | ticket::Command::DropTask(_)
        | ticket::Command::ApplyChecklist(_) => Right::Task,
        ticket::Command::LogTime(_) | ticket::Command::CorrectTime(_) => Right::LogTime,
        ticket::Command::StartSide(_) | ticket::Command::SideReply(_) | ticket::Command::CloseSide(_) => Right::Side,
        ticket::Command::ReceiveSide(_) => Right::ReceiveSide,
    }
}

/// The right that a verb asks for on this ticket: giving back one's own needs no more than taking it did.
pub(super) fn right_on(command: &ticket::Command, ticket: &Ticket, actor: &Actor) -> Right {
    match command {
        ticket::Command::Unassign(_) if ticket.assignee().is_some() && ticket.assignee() == actor.agent() => {
            Right::Take
        }
        command => right_for(command),
    }
}

/// The rights of an actor on a ticket. `agent` is the actor's own record, when the actor is an agent.
pub(crate) fn rights(actor: &Actor, agent: Option<&Agent>, ticket: &Ticket, policy: &Policy) -> RightSet {
    match actor {
        // Another agent's record lends no rights.
        Actor::Agent(id) => match agent {
            Some(agent) if agent.id == *id => agent_rights(agent, ticket, policy),
            _ => RightSet::NONE,
        },
        Actor::Customer { proof: Proof::Claimed, .. } | Actor::Timer => RightSet::NONE,
        Actor::Customer { id, proof: Proof::Verified } => customer_rights(id, ticket),
        Actor::Bot(_) => BOT,
        Actor::Import(_) => IMPORT,
        Actor::Host => HOST,
    }
}

fn customer_rights(id: &CustomerId, ticket: &Ticket) -> RightSet {
    if ticket.customer() == id {
        CUSTOMER
    } else if ticket.participants().contains(id) {
        PARTICIPANT
    } else {
        RightSet::NONE
    }
}

/// The roles of an agent that reach a ticket.
pub(super) fn reaching<'a>(agent: &'a Agent, ticket: &'a Ticket, policy: &'a Policy) -> impl Iterator<Item = &'a Role> {
    let own = ticket.assignee() == Some(&agent.id);
    let roles = agent.roles.iter().filter_map(|role| policy.role(role));
    roles.filter(move |role| match role.scope {
        Scope::Own => own,
        Scope::Team => own || ticket.queue().is_none_or(|queue| shares_team(agent, queue, policy)),
        Scope::All => true,
    })
}

fn agent_rights(agent: &Agent, ticket: &Ticket, policy: &Policy) -> RightSet {
    let set: RightSet = reaching(agent, ticket, policy).flat_map(|role| role.rights.iter().copied()).collect();
    // Whoever may write may read; whoever may not read may not write.
    if set.is_empty() { set } else { set.union(RightSet::of(&[Right::View])) }
}

fn shares_team(agent: &Agent, queue: &QueueId, policy: &Policy) -> bool {
    policy.queue(queue).is_some_and(|queue| queue.teams.iter().any(|team| agent.teams.contains(team)))
}

/// The amounts that an agent's roles may give of a grant on a ticket.
pub(super) fn authority(agent: &Agent, grant: &Name, ticket: &Ticket, policy: &Policy) -> Vec<Money> {
    reaching(agent, ticket, policy).filter_map(|role| role.grants.get(grant)).flatten().copied().collect()
}

/// Whether somebody may do what concerns no ticket, and so know of it: the host, or an agent with a role that has the
/// right. `agent` is the actor's own record, when the actor is an agent.
pub(crate) fn may_apart(right: Right, actor: &Actor, agent: Option<&Agent>, policy: &Policy) -> bool {
    let has = |agent: &Agent| {
        agent.roles.iter().filter_map(|role| policy.role(role)).any(|role| role.rights.contains(&right))
    };
    match actor {
        Actor::Host => true,
        Actor::Agent(id) => agent.is_some_and(|agent| agent.id == *id && has(agent)),
        _ => false,
    }
}

/// Whether somebody may know of a job and call it off: whoever asked for it, and whoever may ask for one in this
/// shop. `agent` is the actor's own record, when the actor is an agent.
pub(crate) fn may_see_job(actor: &Actor, agent: Option<&Agent>, job: &Job, policy: &Policy) -> bool {
    let asked = matches!(actor, Actor::Agent(_) | Actor::Import(_)) && actor == job.asker();
    asked || may_apart(Right::Bulk, actor, agent, policy)
}

pub(crate) fn forbidden(actor: &Actor, action: &'static str) -> Rejection {
    Rejection::Forbidden { actor: Name::fixed(actor.kind()), action: Name::fixed(action) }
}

impl Draft<'_> {
    /// The actor's own record, when the actor is an agent. That an agent was never recorded is the host's mistake
    /// and not to be taken for a missing ticket; it is told before any record is looked at, so that it tells of none.
    pub(super) fn acting_agent(&self) -> Result<Option<&Agent>, Rejection> {
        let Some(id) = self.request.actor.agent() else { return Ok(None) };
        let loaded = self.loaded(&RecordKey::Agent(id.clone()))?;
        let agent = loaded.and_then(|loaded| loaded.state.agent());
        agent.map(Some).ok_or_else(|| Rejection::UnknownActor(id.clone()))
    }

    /// That a ticket is sealed is no answer to whoever may not know of it: to him it is not there.
    pub(super) fn hide_sealed(&self, key: &RecordKey) -> Result<(), Rejection> {
        let sealed = self.facts.record(key).filter(|loaded| loaded.sealed);
        let Some(ticket) = sealed.and_then(|loaded| loaded.state.ticket()) else { return Ok(()) };
        let rights = rights(&self.request.actor, self.acting_agent()?, ticket, self.policy);
        if rights.has(Right::View) { Ok(()) } else { Err(Rejection::NotFound(key.clone())) }
    }

    /// Lets a command on an existing ticket pass, or not. What may not be seen looks like what is not there.
    pub(super) fn admit(&mut self, key: &RecordKey, right: Right) -> Result<RightSet, Rejection> {
        let ticket = self.existing(key)?;
        let rights = rights(&self.request.actor, self.acting_agent()?, ticket, self.policy);
        if !rights.has(Right::View) {
            return Err(Rejection::NotFound(key.clone()));
        }
        if !rights.has(right) {
            return Err(forbidden(&self.request.actor, right.as_str()));
        }
        if let Some(agent) = self.request.actor.agent() {
            let agent = RecordKey::Agent(agent.clone());
            self.rely(&agent);
        }
        Ok(rights)
    }

    /// Lets the opening of a ticket for a customer pass, or not: there is no ticket yet whose scope could count.
    pub(super) fn admit_opening(&mut self, customer: &CustomerId, by_shop: bool) -> Result<(), Rejection> {
        let actor = &self.request.actor;
        let allowed = match actor {
            Actor::Agent(_) => {
                let roles = self.acting_agent()?.map(|agent| &agent.roles);
                let mut roles = roles.into_iter().flatten().filter_map(|role| self.policy.role(role));
                roles.any(|role| role.rights.contains(&Right::Open))
            }
            Actor::Customer { id, .. } => id == customer && !by_shop,
            Actor::Bot(_) | Actor::Host => !by_shop,
            Actor::Import(_) => true,
            Actor::Timer => false,
        };
        if !allowed {
            return Err(forbidden(actor, "open"));
        }
        if let Some(agent) = actor.agent() {
            let agent = RecordKey::Agent(agent.clone());
            self.rely(&agent);
        }
        Ok(())
    }

    /// Lets a command that concerns no ticket pass, or not.
    pub(super) fn admit_other(&self, command: &Command, target: Option<&Agent>) -> Result<(), Rejection> {
        let actor = &self.request.actor;
        let allowed = match command {
            Command::RecordCustomer(_) | Command::RecordOrder(_) => matches!(actor, Actor::Host | Actor::Import(_)),
            Command::RecordAgent(_) | Command::Activate => matches!(actor, Actor::Host),
            Command::SetPresence(set) => match actor {
                Actor::Host => true,
                Actor::Agent(id) if *id == set.agent => true,
                Actor::Agent(_) => match (self.acting_agent()?, target) {
                    (Some(agent), Some(target)) => may_change_presence(agent, target, self.policy),
                    _ => false,
                },
                _ => false,
            },
            Command::StartJob(_) => matches!(actor, Actor::Import(_)) || self.may_apart(Right::Bulk)?,
            Command::Ban(_) | Command::Unban(_) => self.may_apart(Right::Ban)?,
            // Which jobs they may know of is said once the job is known.
            Command::CancelJob(_) => matches!(actor, Actor::Host | Actor::Import(_) | Actor::Agent(_)),
            // Whose view it is, and with whom it is shared, is weighed once it is known.
            Command::SaveView(_) | Command::RemoveView(_) => matches!(actor, Actor::Agent(_)),
            Command::SetSchedule(_) | Command::RemoveSchedule(_) => self.may_apart(Right::Schedule)?,
            Command::Wake(_) | Command::Drain(_) => matches!(actor, Actor::Timer | Actor::Host),
            // Weighed on the ticket that it is about.
            Command::SaveDraft(_) | Command::DiscardDraft(_) => true,
            Command::Ticket(_) => false,
        };
        if allowed { Ok(()) } else { Err(forbidden(actor, command.kind())) }
    }

    fn may_apart(&self, right: Right) -> Result<bool, Rejection> {
        Ok(may_apart(right, &self.request.actor, self.acting_agent()?, self.policy))
    }
}

fn may_change_presence(agent: &Agent, target: &Agent, policy: &Policy) -> bool {
    let mut roles = agent.roles.iter().filter_map(|role| policy.role(role));
    roles.any(|role| {
        role.rights.contains(&Right::Presence)
            && (role.scope == Scope::All
                || (role.scope == Scope::Team && agent.teams.iter().any(|team| target.teams.contains(team))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::{Channel, ChannelKind};
    use crate::id::{AgentId, TeamId, TicketId};
    use crate::team::RecordAgent;
    use crate::testing::Scene;
    use crate::ticket::{Open, Take, Unassign};

    #[test]
    fn a_refusal_says_which_mistake_the_host_may_have_made() {
        let mut scene = Scene::new(crate::policy::sample().compile().unwrap(), "2026-11-27T10:00:00Z".parse().unwrap());
        let (ticket, customer) = (TicketId::from_u128(1), CustomerId::new("c-17").unwrap());
        let open = Open::new(ticket, customer.clone(), Channel::of(ChannelKind::Chat));
        scene.run(Actor::verified(customer.clone()), open.clone()).unwrap();
        let mut said = |actor, command: Command| scene.run(actor, command).unwrap_err().to_string();
        let ayse = Actor::Agent(AgentId::new("ayse").unwrap());
        assert_eq!(said(ayse, Take::new(ticket).into()), "agent `ayse` was never recorded; send `RecordAgent` first");
        assert_eq!(
            said(Actor::Host, Take::new(ticket).into()),
            "`host` may not `take`; the host keeps records, agents and bots answer"
        );
        assert_eq!(
            said(Actor::verified(CustomerId::new("c-99").unwrap()), open.into()),
            "`customer` may not `open`; customers open, write and confirm, each only for themselves"
        );
        let record = || RecordAgent::new(AgentId::new("mert").unwrap()).role(Name::new("agent").unwrap());
        assert_eq!(
            said(Actor::Host, record().role(Name::new("boss").unwrap()).into()),
            "`roles`: the policy has no role `boss`; use one of `agent`, `lead`"
        );
        assert_eq!(
            said(Actor::Host, record().team(TeamId::new("detsek").unwrap()).into()),
            "`teams`: no queue of the policy names the team `detsek`; did you mean `destek`?"
        );
    }

    #[test]
    fn whoever_may_take_may_give_back_the_own_and_no_other() {
        let mut scene = Scene::new(crate::policy::sample().compile().unwrap(), "2026-11-27T10:00:00Z".parse().unwrap());
        let ticket = TicketId::from_u128(1);
        let customer = CustomerId::new("c-17").unwrap();
        let open = Open::new(ticket, customer.clone(), Channel::of(ChannelKind::Chat));
        scene.run(Actor::verified(customer), open).unwrap();
        let queue = scene.ticket(ticket).unwrap().queue().cloned().unwrap();
        let team: TeamId = scene.desk().policy().queue(&queue).unwrap().teams[0].clone();
        let [own, other] = ["ayşe", "mert"].map(|name| AgentId::new(name).unwrap());
        for agent in [&own, &other] {
            let record = RecordAgent::new(agent.clone()).role(Name::new("agent").unwrap()).team(team.clone());
            scene.run(Actor::Host, Command::RecordAgent(record)).unwrap();
        }
        scene.run(Actor::Agent(own.clone()), Take::new(ticket)).unwrap();
        let refused = scene.run(Actor::Agent(other), Unassign::new(ticket)).unwrap_err();
        assert_eq!(refused.code(), "forbidden");
        scene.run(Actor::Agent(own), Unassign::new(ticket)).unwrap();
        assert_eq!(scene.ticket(ticket).and_then(|ticket| ticket.assignee().cloned()), None);
    }
}
