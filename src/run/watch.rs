//! Watching a ticket: the gate, then the leases.

use super::ExecuteError;
use crate::actor::Actor;
use crate::desk::{Desk, Rejection};
use crate::id::{AgentId, Name, TenantId, TicketId};
use crate::store::{Leases, Sessions, Store as _};
use crate::time::Timestamp;
use crate::watch::{Lease, Sign};

/// Says what the asking agent does with a ticket, or that he left it, and tells who else is there.
///
/// Call it when a ticket is opened, again while it is open or something is typed (each [sign](Sign) holds for
/// [`Doing::holds`](crate::watch::Doing::holds)), and when it is left. It writes nothing to the log: the unit of work
/// in which it asks whether the agent may see the ticket is dropped. Gate and leases are those of the one tenant.
///
/// ```
/// use destek::actor::Actor;
/// use destek::channel::{Channel, ChannelKind};
/// use destek::id::{CustomerId, Name, TeamId, TicketId};
/// use destek::watch::{Doing, Sign};
/// use destek::{policy, run, team::RecordAgent, testing::Scene, ticket::Open};
/// # use destek::testing::ready;
///
/// let mut shop = Scene::new(policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
/// for who in ["ayşe", "mert"] {
///     let record = RecordAgent::new(who.parse()?).role(Name::new("agent")?).team(TeamId::new("destek")?);
///     shop.run(Actor::Host, record)?;
/// }
/// let ticket = TicketId::from_u128(1);
/// shop.run(Actor::Host, Open::new(ticket, CustomerId::new("c-17")?, Channel::of(ChannelKind::Chat)))?;
/// let (ayse, mert) = (Actor::Agent("ayşe".parse()?), Actor::Agent("mert".parse()?));
/// let (desk, store, tenant, now) = (shop.desk(), shop.store(), shop.tenant(), shop.now());
/// # ready(async {
///
/// let types = Sign::Here(ticket, Doing::Typing);
/// assert!(run::watch(desk, store, store, tenant, &ayse, types, now).await?.is_empty());
/// let looks = Sign::Here(ticket, Doing::Viewing);
/// let there = run::watch(desk, store, store, tenant, &mert, looks, now).await?;
/// let there: Vec<_> = there.iter().map(|lease| (lease.agent.as_str(), lease.doing)).collect();
/// assert_eq!(there, [("ayşe", Doing::Typing)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Cancel safety
/// A dropped future may or may not have renewed the lease, which ends by itself.
///
/// # Errors
/// When the actor is no agent or may not see the ticket, the desk has not the policy in force, or the store fails; never
/// a conflict.
pub async fn watch<S, L>(
    desk: &Desk,
    sessions: &S,
    leases: &L,
    tenant: &TenantId,
    actor: &Actor,
    sign: Sign,
    now: Timestamp,
) -> Result<Vec<Lease>, ExecuteError<S::Error>>
where
    S: Sessions,
    L: Leases<Error = S::Error>,
{
    let ticket = sign.ticket();
    let agent = watching_agent(admit(desk, sessions, tenant, actor, ticket).await?, actor)?;
    match lease_of(agent.clone(), sign, now) {
        Some(lease) => leases.renew(tenant, ticket, &lease, now).await,
        None => leases.release(tenant, ticket, &agent).await,
    }
    .map_err(ExecuteError::Store)?;
    let mut there = leases.watching(tenant, ticket, now).await.map_err(ExecuteError::Store)?;
    there.retain(|lease| lease.agent != agent);
    Ok(there)
}

/// Tells who is at a ticket, by agent.
///
/// # Cancel safety
/// It only reads.
///
/// # Errors
/// When the actor may not see the ticket or is a customer, the desk has not the policy in force, or the store fails;
/// never a conflict.
pub async fn watching<S, L>(
    desk: &Desk,
    sessions: &S,
    leases: &L,
    tenant: &TenantId,
    actor: &Actor,
    ticket: TicketId,
    now: Timestamp,
) -> Result<Vec<Lease>, ExecuteError<S::Error>>
where
    S: Sessions,
    L: Leases<Error = S::Error>,
{
    admit(desk, sessions, tenant, actor, ticket).await?;
    leases.watching(tenant, ticket, now).await.map_err(ExecuteError::Store)
}

async fn admit<S: Sessions>(
    desk: &Desk,
    sessions: &S,
    tenant: &TenantId,
    actor: &Actor,
    ticket: TicketId,
) -> Result<Option<AgentId>, ExecuteError<S::Error>> {
    let mut session = sessions.begin(tenant).await.map_err(ExecuteError::Store)?;
    let facts = session.gather(&desk.watch_needs(actor, ticket)).await.map_err(ExecuteError::Store)?;
    Ok(desk.may_watch(actor, ticket, &facts)?)
}

/// Only an agent is somewhere.
pub(crate) fn watching_agent(agent: Option<AgentId>, actor: &Actor) -> Result<AgentId, Rejection> {
    let forbidden = || Rejection::Forbidden { actor: Name::fixed(actor.kind()), action: Name::fixed("watch") };
    agent.ok_or_else(forbidden)
}

/// The lease that a sign stands for; none when the agent has left.
pub(crate) fn lease_of(agent: AgentId, sign: Sign, now: Timestamp) -> Option<Lease> {
    match sign {
        Sign::Here(_, doing) => Some(Lease::new(agent, doing, now + doing.holds())),
        Sign::Gone(_) => None,
    }
}
