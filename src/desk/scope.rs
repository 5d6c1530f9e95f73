//! The gate for lists: how far a reader reaches, as a filter (law 25).

use super::Desk;
use super::rejection::Rejection;
use crate::actor::{Actor, Proof, Scope};
use crate::id::Name;
use crate::inbox::{Filter, Flaw, ScopedFilter};
use crate::policy::Policy;
use crate::team::Agent;
use crate::time::Timestamp;

pub(super) fn flawed((field, why): Flaw) -> Rejection {
    Rejection::Invalid { field: Name::fixed(field), why }
}

impl Desk {
    /// Joins a filter to what its reader may see: the only way to a list.
    ///
    /// `agent` is the reader's own record, when the reader is an agent. An agent finds the tickets on which the roles
    /// give the right to see, a verified customer those that are the customer's own or in which the customer takes
    /// part; a sender who only claims to be one, and time, find nothing. `now` is what relative moments are counted
    /// from.
    ///
    /// ```
    /// use destek::actor::Actor;
    /// use destek::channel::{Channel, ChannelKind};
    /// use destek::id::{CustomerId, TicketId};
    /// use destek::inbox::{Filter, TicketRow};
    /// use destek::{policy, testing::Scene, ticket::Open};
    ///
    /// let mut shop = Scene::new(policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
    /// let mut rows = Vec::new();
    /// for (id, customer) in [(1, "c-1"), (2, "c-2")] {
    ///     let (ticket, customer) = (TicketId::from_u128(id), CustomerId::new(customer)?);
    ///     shop.run(Actor::Host, Open::new(ticket, customer, Channel::of(ChannelKind::Form)))?;
    ///     rows.push(TicketRow::of(&shop.ticket(ticket).ok_or("it was opened")?, None));
    /// }
    ///
    /// let customer = CustomerId::new("c-1")?;
    /// let own = shop.desk().scope(&Actor::verified(customer.clone()), None, &Filter::everything(), shop.now())?;
    /// assert!(own.shows(&rows[0]) && !own.shows(&rows[1]));
    /// // Whoever only says that he is the customer finds nothing.
    /// let claimed = shop.desk().scope(&Actor::claimed(customer), None, &Filter::everything(), shop.now())?;
    /// assert!(!claimed.shows(&rows[0]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the agent was never recorded, or the filter breaks a limit, asks for an agent's own tickets and the reader
    /// is none, or is a customer's and asks for what customers do not see.
    pub fn scope(
        &self,
        actor: &Actor,
        agent: Option<&Agent>,
        filter: &Filter,
        now: Timestamp,
    ) -> Result<ScopedFilter, Rejection> {
        let reach = match actor {
            Actor::Agent(id) => match agent.filter(|agent| agent.id == *id) {
                Some(agent) => agent_reach(agent, &self.policy),
                None => return Err(Rejection::UnknownActor(id.clone())),
            },
            Actor::Customer { id, proof: Proof::Verified } => Filter::TakesPart([id.clone()].into()),
            Actor::Customer { proof: Proof::Claimed, .. } | Actor::Timer => Filter::nothing(),
            Actor::Bot(_) | Actor::Import(_) | Actor::Host => Filter::everything(),
        };
        ScopedFilter::new(actor, reach, filter, now).map_err(flawed)
    }
}

/// The tickets on which an agent's roles give any right, and with it the right to see.
fn agent_reach(agent: &Agent, policy: &Policy) -> Filter {
    let roles = agent.roles.iter().filter_map(|role| policy.role(role)).filter(|role| !role.rights.is_empty());
    let Some(widest) = roles.map(|role| role.scope).max() else { return Filter::nothing() };
    let own = Filter::Assignee([agent.id.clone()].into());
    match widest {
        Scope::All => Filter::everything(),
        Scope::Own => own,
        Scope::Team => {
            let queues =
                policy.queues().iter().filter(|queue| queue.teams.iter().any(|team| agent.teams.contains(team)));
            let queues = queues.map(|queue| queue.id.clone()).collect();
            Filter::Any(vec![own, Filter::InQueue(false), Filter::Queue(queues)])
        }
    }
}
