//! Watching a ticket; see [`crate::run::watch`].

use super::{Leases, Store};
use crate::actor::Actor;
use crate::desk::Desk;
use crate::id::{AgentId, TenantId, TicketId};
use crate::run::{ExecuteError, agent, lease};
use crate::time::Timestamp;
use crate::watch::{Lease, Sign};

/// Says what the asking agent does with a ticket, and tells who else is there; see [`crate::run::watch`].
///
/// # Errors
/// When the actor is no agent or may not see the ticket, or the store fails.
pub fn watch<S, L>(
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
    let agent = agent(admit(desk, store, (actor, ticket))?, actor)?;
    match lease(agent.clone(), sign, now) {
        Some(lease) => leases.renew(tenant, ticket, &lease, now),
        None => leases.release(tenant, ticket, &agent),
    }
    .map_err(ExecuteError::Store)?;
    let mut there = leases.watching(tenant, ticket, now).map_err(ExecuteError::Store)?;
    there.retain(|lease| lease.agent != agent);
    Ok(there)
}

/// Tells who is at a ticket, by agent; see [`crate::run::watching`].
///
/// # Errors
/// When the actor may not see the ticket or is a customer, or the store fails.
pub fn watching<S, L>(
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
    admit(desk, store, (actor, ticket))?;
    leases.watching(tenant, ticket, now).map_err(ExecuteError::Store)
}

fn admit<S: Store>(
    desk: &Desk,
    store: &mut S,
    (actor, ticket): (&Actor, TicketId),
) -> Result<Option<AgentId>, ExecuteError<S::Error>> {
    let facts = store.gather(&desk.watch_needs(actor, ticket)).map_err(ExecuteError::Store)?;
    Ok(desk.may_watch(actor, ticket, &facts)?)
}
