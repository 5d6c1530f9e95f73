//! Watching a ticket; see [`crate::run::watch`].

use super::{Leases, Sessions, Store as _};
use crate::actor::Actor;
use crate::desk::Desk;
use crate::id::{AgentId, TenantId, TicketId};
use crate::run::{ExecuteError, lease_of, watching_agent};
use crate::time::Timestamp;
use crate::watch::{Lease, Sign};

/// Says what the asking agent does with a ticket, and tells who else is there; see [`crate::run::watch`].
///
/// # Errors
/// When the actor is no agent or may not see the ticket, the desk has not the policy in force, or the store fails; never
/// a conflict.
pub fn watch<S, L>(
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
    let agent = watching_agent(admit(desk, sessions, tenant, actor, ticket)?, actor)?;
    match lease_of(agent.clone(), sign, now) {
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
/// When the actor may not see the ticket or is a customer, the desk has not the policy in force, or the store fails;
/// never a conflict.
pub fn watching<S, L>(
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
    admit(desk, sessions, tenant, actor, ticket)?;
    leases.watching(tenant, ticket, now).map_err(ExecuteError::Store)
}

fn admit<S: Sessions>(
    desk: &Desk,
    sessions: &S,
    tenant: &TenantId,
    actor: &Actor,
    ticket: TicketId,
) -> Result<Option<AgentId>, ExecuteError<S::Error>> {
    let mut session = sessions.begin(tenant).map_err(ExecuteError::Store)?;
    let facts = session.gather(&desk.watch_needs(actor, ticket)).map_err(ExecuteError::Store)?;
    Ok(desk.may_watch(actor, ticket, &facts)?)
}
