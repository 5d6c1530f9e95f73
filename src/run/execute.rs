//! Carrying out one request.

use super::rounds::{Decide, Next, Outcome, Rounds};
use super::{ExecuteError, SessionError};
use crate::desk::{Decision, Desk, Receipt, Request};
use crate::id::TenantId;
use crate::store::{Sessions, Store};
use crate::time::Timestamp;

/// Carries out a request inside the host's unit of work: gathers, decides, writes.
///
/// It never begins, commits, rolls back or retries. After a [`Conflict`](crate::store::Conflict) the host gives up its whole unit of work
/// and begins it anew; [`execute_with_retry`] does that for hosts that have nothing else in it. A request that was
/// carried out before is not carried out again: its receipt comes back, with `replayed` set.
///
/// # Cancel safety
/// There is one write, at the end. Dropping the future before it leaves nothing behind; dropping it later leaves
/// what was written to the host's commit or rollback, and asking again with the same request id tells which it was.
///
/// # Errors
/// When the domain refuses the request, somebody else was first, or the store fails. Nothing was written.
pub async fn execute<S: Store>(
    desk: &Desk,
    store: &mut S,
    request: &Request,
    now: Timestamp,
) -> Result<Receipt, ExecuteError<S::Error>> {
    execute_by(desk, store, request, now).await
}

/// What a request would change, and why: [`execute`] with the write left out (law 4).
///
/// Of a request that was carried out before, nothing more would change.
///
/// # Errors
/// When the domain refuses the request, or the store fails.
pub async fn preview<S: Store>(
    desk: &Desk,
    store: &mut S,
    request: &Request,
    now: Timestamp,
) -> Result<Decision, ExecuteError<S::Error>> {
    preview_by(desk, store, request, now).await
}

/// Carries out a request in units of work of the library's own, at most `attempts` of them, at least one.
///
/// Only conflicts are tried again, at once and with the same request id.
///
/// # Cancel safety
/// As for [`execute`]. When the future is dropped during the commit, nobody knows whether it happened: ask again
/// with the same request id.
///
/// # Errors
/// When the domain refuses the request, somebody else was first each time, the store fails, or the outcome of a
/// commit is not known: then ask again with the same request id.
pub async fn execute_with_retry<S: Sessions>(
    desk: &Desk,
    sessions: &S,
    tenant: &TenantId,
    request: &Request,
    now: Timestamp,
    attempts: u32,
) -> Result<Receipt, SessionError<S::Error>> {
    execute_with_retry_by(desk, sessions, tenant, request, now, attempts).await
}

async fn decide<D: Decide, S: Store>(
    desk: &D,
    store: &mut S,
    request: &Request,
    now: Timestamp,
) -> Result<Outcome, ExecuteError<S::Error>> {
    let (mut rounds, mut needs) = Rounds::begin(desk, request, now);
    loop {
        let found = store.gather(&needs).await.map_err(ExecuteError::Store)?;
        match rounds.found(found)? {
            Next::Gather(more) => needs = more,
            Next::End(outcome) => return Ok(outcome),
        }
    }
}

pub(crate) async fn execute_by<D: Decide, S: Store>(
    desk: &D,
    store: &mut S,
    request: &Request,
    now: Timestamp,
) -> Result<Receipt, ExecuteError<S::Error>> {
    match decide(desk, store, request, now).await? {
        Outcome::Answered(receipt) => Ok(receipt),
        Outcome::Decided(decision) => {
            let changes = decision.into_changes(request);
            let receipt = changes.receipt.clone();
            store.write_owned(changes).await?;
            Ok(receipt)
        }
    }
}

pub(crate) async fn preview_by<D: Decide, S: Store>(
    desk: &D,
    store: &mut S,
    request: &Request,
    now: Timestamp,
) -> Result<Decision, ExecuteError<S::Error>> {
    Ok(decide(desk, store, request, now).await?.into_decision())
}

pub(crate) async fn execute_with_retry_by<D: Decide, S: Sessions>(
    desk: &D,
    sessions: &S,
    tenant: &TenantId,
    request: &Request,
    now: Timestamp,
    attempts: u32,
) -> Result<Receipt, SessionError<S::Error>> {
    let mut left = attempts.max(1);
    loop {
        left -= 1;
        match attempt(desk, sessions, tenant, request, now).await {
            Err(SessionError::Conflict(_)) if left > 0 => {}
            outcome => return outcome,
        }
    }
}

async fn attempt<D: Decide, S: Sessions>(
    desk: &D,
    sessions: &S,
    tenant: &TenantId,
    request: &Request,
    now: Timestamp,
) -> Result<Receipt, SessionError<S::Error>> {
    let mut session = sessions.begin(tenant).await.map_err(SessionError::Store)?;
    let receipt = execute_by(desk, &mut session, request, now).await?;
    if !receipt.replayed {
        sessions.commit(session).await?;
    }
    Ok(receipt)
}
