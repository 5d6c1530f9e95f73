//! Watching a ticket: the gate, then the leases.

use super::ExecuteError;
use crate::actor::Actor;
use crate::desk::{Desk, Rejection};
use crate::id::{AgentId, Name, TenantId, TicketId};
use crate::store::{Leases, Store};
use crate::time::Timestamp;
use crate::watch::{Lease, Sign};

/// Says what the asking agent does with a ticket, or that he left it, and tells who else is there.
///
/// Call it when a ticket is opened, again while it is open or something is typed (each [sign](Sign) holds for
/// [`Doing::holds`](crate::watch::Doing::holds)), and when it is left. It writes nothing to the log.
///
/// # Cancel safety
/// A dropped future may or may not have renewed the lease, which ends by itself.
///
/// # Errors
/// When the actor is no agent or may not see the ticket, or the store fails.
pub async fn watch<S, L>(
    desk: &Desk,
    (store, leases): (&mut S, &L),
    tenant: &TenantId,
    (actor, sign): (&Actor, Sign),
    now: Timestamp,
) -> Result<Vec<Lease>, ExecuteError<S::Error>>
where
    S: Store,
    L: Leases<Error = S::Error>,
{
    let ticket = sign.ticket();
    let agent = agent(admit(desk, store, (actor, ticket)).await?, actor)?;
    match lease(agent.clone(), sign, now) {
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
/// When the actor may not see the ticket or is a customer, or the store fails.
pub async fn watching<S, L>(
    desk: &Desk,
    (store, leases): (&mut S, &L),
    tenant: &TenantId,
    (actor, ticket): (&Actor, TicketId),
    now: Timestamp,
) -> Result<Vec<Lease>, ExecuteError<S::Error>>
where
    S: Store,
    L: Leases<Error = S::Error>,
{
    admit(desk, store, (actor, ticket)).await?;
    leases.watching(tenant, ticket, now).await.map_err(ExecuteError::Store)
}

async fn admit<S: Store>(
    desk: &Desk,
    store: &mut S,
    (actor, ticket): (&Actor, TicketId),
) -> Result<Option<AgentId>, ExecuteError<S::Error>> {
    let facts = store.gather(&desk.watch_needs(actor, ticket)).await.map_err(ExecuteError::Store)?;
    Ok(desk.may_watch(actor, ticket, &facts)?)
}

/// Only an agent is somewhere.
pub(crate) fn agent(agent: Option<AgentId>, actor: &Actor) -> Result<AgentId, Rejection> {
    let forbidden = || Rejection::Forbidden { actor: Name::fixed(actor.kind()), action: Name::fixed("watch") };
    agent.ok_or_else(forbidden)
}

/// The lease that a sign stands for; none when the agent has left.
pub(crate) fn lease(agent: AgentId, sign: Sign, now: Timestamp) -> Option<Lease> {
    match sign {
        Sign::Here(_, doing) => Some(Lease::new(agent, doing, now + doing.holds())),
        Sign::Gone(_) => None,
    }
}
