//! Giving a queue's waiting tickets to agents at once, for a host that does not want to wait for its next sweep.

use super::execute::execute_with_retry;
use super::{SessionError, WAKE_ATTEMPTS};
use crate::actor::Actor;
use crate::content::Seed;
use crate::desk::{Command, Desk, Receipt, Request};
use crate::id::{QueueId, RequestId, TenantId};
use crate::store::Sessions;
use crate::time::Timestamp;

/// Batches at most; each gives at least one ticket away, so that this only bounds a queue without end.
pub(crate) const BATCHES_MAX: u64 = 10_000;

/// Drains a queue, batch after batch, until it is empty or nobody can take more. Returns how many tickets changed.
///
/// A [`sweep`](super::sweep) does the same when the queue's wake-up is due; opening a ticket, freed room and changed
/// presence all set it. `seed` is 32 random bytes, new for each call.
///
/// # Cancel safety
/// Every batch is a unit of work of its own; what is not given yet waits for the queue's wake-up.
///
/// # Errors
/// When the domain refuses it (no such queue, another policy), others were first each time, or the store fails.
pub async fn drain<S: Sessions>(
    desk: &Desk,
    sessions: &S,
    tenant: &TenantId,
    queue: &QueueId,
    seed: Seed,
    now: Timestamp,
) -> Result<usize, SessionError<S::Error>> {
    let mut changed = 0;
    for batch in 0..BATCHES_MAX {
        let request = batch_request(queue, seed, batch);
        let receipt = execute_with_retry(desk, sessions, tenant, &request, now, WAKE_ATTEMPTS).await?;
        let tickets = tickets(&receipt);
        if tickets == 0 {
            break;
        }
        changed += tickets;
    }
    Ok(changed)
}

/// The request of one batch: a fresh id and seed, both from the call's seed.
pub(crate) fn batch_request(queue: &QueueId, seed: Seed, batch: u64) -> Request {
    let id = RequestId::from_u128(seed.derive(u128::from(batch)).id());
    Request::new(id, Actor::Timer, seed.derive(id.as_u128()), Command::Drain(queue.clone()))
}

/// How many tickets a batch changed.
pub(crate) fn tickets(receipt: &Receipt) -> usize {
    receipt.records.iter().filter(|(record, _)| record.ticket().is_some()).count()
}
