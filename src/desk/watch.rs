//! The gate for what is beside a ticket's log (law 25): who may say that he is at it, who may know of it, and who may
//! read what he has begun to write on it.

use super::Desk;
use super::facts::{Facts, Needs};
use super::gate::{forbidden, rights};
use super::rejection::Rejection;
use crate::actor::{Actor, Right};
use crate::id::{AgentId, TicketId};
use crate::record::RecordKey;
use crate::view::OwnDraft;

impl Desk {
    /// What [`Self::may_watch`] will want to see.
    #[must_use]
    pub fn watch_needs(&self, actor: &Actor, ticket: TicketId) -> Needs {
        let mut needs = Needs::default();
        needs.record(RecordKey::Policy);
        needs.record(RecordKey::Ticket(ticket));
        if let Some(agent) = actor.agent() {
            needs.record(RecordKey::Agent(agent.clone()));
        }
        needs
    }

    /// Whether an actor may know who is at a ticket: whoever of the shop sees the ticket. An agent may also say that he
    /// is there himself, and is given back.
    ///
    /// # Errors
    /// When the ticket is not there or may not be seen, the agent was never recorded, the actor is a customer, or the
    /// desk's policy is not the one in force.
    pub fn may_watch(&self, actor: &Actor, ticket: TicketId, facts: &Facts) -> Result<Option<AgentId>, Rejection> {
        self.check_in_force(facts)?;
        let agent = actor.agent().map(|id| facts.agent(id).ok_or_else(|| Rejection::UnknownActor(id.clone())));
        let agent = agent.transpose()?;
        let key = RecordKey::Ticket(ticket);
        let seen = facts.record(&key).and_then(|loaded| loaded.state.ticket());
        let seen = seen.filter(|ticket| rights(actor, agent, ticket, &self.policy).has(Right::View));
        match (seen, actor) {
            (None, _) => Err(Rejection::NotFound(key)),
            // Who of the team is at work is none of a customer's business.
            (Some(_), Actor::Customer { .. }) => Err(forbidden(actor, "watch")),
            (Some(_), _) => Ok(agent.map(|agent| agent.id.clone())),
        }
    }

    /// What [`Self::own_draft`] will want to see.
    pub(crate) fn draft_needs(&self, actor: &Actor, ticket: TicketId) -> Needs {
        let mut needs = self.watch_needs(actor, ticket);
        if let Some(agent) = actor.agent() {
            needs.record(RecordKey::draft(ticket, agent.clone()));
        }
        needs
    }

    /// An actor's own draft on a ticket, without its text yet; asked for as when it is saved.
    pub(crate) fn own_draft(
        &self,
        actor: &Actor,
        ticket: TicketId,
        facts: &Facts,
    ) -> Result<Option<OwnDraft>, Rejection> {
        self.check_in_force(facts)?;
        let agent = actor.agent().map(|id| facts.agent(id).ok_or_else(|| Rejection::UnknownActor(id.clone())));
        let agent = agent.transpose()?;
        let key = RecordKey::Ticket(ticket);
        let loaded = facts.record(&key);
        let may = loaded.and_then(|loaded| loaded.state.ticket()).map(|own| rights(actor, agent, own, &self.policy));
        let may = may.filter(|may| may.has(Right::View)).ok_or(Rejection::NotFound(key))?;
        let Some(agent) = agent.filter(|_| may.has(Right::Reply)) else { return Err(forbidden(actor, "load_draft")) };
        let draft = facts.record(&RecordKey::draft(ticket, agent.id.clone())).and_then(|found| found.state.draft());
        Ok(draft.cloned().zip(loaded).and_then(|(draft, ticket)| OwnDraft::new(draft, ticket.version)))
    }
}
