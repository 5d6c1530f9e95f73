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
/// ```
/// use destek::actor::Actor;
/// use destek::channel::{Channel, ChannelKind};
/// use destek::content::Seed;
/// use destek::id::{CustomerId, RequestId, TenantId, TicketId};
/// use destek::store::{MemoryStore, Sessions as _};
/// use destek::ticket::Open;
/// use destek::time::Timestamp;
/// use destek::{Command, Desk, Request, policy, run};
/// # use destek::testing::ready;
///
/// let desk = Desk::new(policy::sample().compile()?);
/// let (store, tenant) = (MemoryStore::new(), TenantId::new("butik")?);
/// let now: Timestamp = "2026-11-27T10:00:00Z".parse()?;
/// let (ticket, customer) = (TicketId::from_u128(1), CustomerId::new("c-17")?);
/// let open = Open::new(ticket, customer.clone(), Channel::of(ChannelKind::Form)).subject("İptal");
/// let request = Request::new(RequestId::from_u128(2), Actor::verified(customer), Seed::new([8; 32]), open);
/// # ready(async {
/// # let activate = Request::new(RequestId::from_u128(1), Actor::Host, Seed::new([7; 32]), Command::Activate);
/// # run::execute_with_retry(&desk, &store, &tenant, &activate, now, 1).await?;
///
/// let mut session = store.begin(&tenant).await?; // in your store: the transaction that changes the order, too
/// let receipt = run::execute(&desk, &mut session, &request, now).await?;
/// store.commit(session).await?;
/// assert_eq!(receipt.ticket, Some(ticket));
///
/// let mut session = store.begin(&tenant).await?;
/// let again = run::execute(&desk, &mut session, &request, now).await?;
/// assert!(again.replayed && again.records == receipt.records);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
/// ```
/// use destek::actor::Actor;
/// use destek::channel::{Channel, ChannelKind};
/// use destek::id::{CustomerId, TicketId};
/// use destek::record::RecordKey;
/// use destek::store::{Log as _, Sessions as _};
/// use destek::{policy, run, testing::Scene, ticket::Open};
/// # use destek::testing::ready;
///
/// let mut shop = Scene::new(policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
/// let (ticket, customer) = (TicketId::from_u128(1), CustomerId::new("c-17")?);
/// let open = Open::new(ticket, customer.clone(), Channel::of(ChannelKind::Chat));
/// let request = shop.request(Actor::verified(customer), open);
/// # ready(async {
///
/// let mut session = shop.store().begin(shop.tenant()).await?;
/// let decision = run::preview(shop.desk(), &mut session, &request, shop.now()).await?;
/// assert!(decision.events().any(|recorded| recorded.event.kind() == "opened"));
/// assert!(!decision.trace.steps.is_empty(), "and why it goes to its queue");
/// assert!(session.events(&RecordKey::Ticket(ticket), None, 1).await?.is_empty(), "nothing was written");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
/// ```
/// use destek::actor::Actor;
/// use destek::content::Seed;
/// use destek::customer::RecordCustomer;
/// use destek::id::{CustomerId, RequestId, TenantId};
/// use destek::store::MemoryStore;
/// use destek::time::Timestamp;
/// use destek::{Command, Desk, Request, policy, run};
/// # use destek::testing::ready;
///
/// let desk = Desk::new(policy::sample().compile()?);
/// let (store, tenant) = (MemoryStore::new(), TenantId::new("butik")?);
/// let now: Timestamp = "2026-11-27T10:00:00Z".parse()?;
/// let (id, seed) = (RequestId::from_u128(1), Seed::new([7; 32]));
/// let activate = Request::new(id, Actor::Host, seed, Command::Activate);
/// # ready(async {
///
/// let receipt = run::execute_with_retry(&desk, &store, &tenant, &activate, now, 5).await?;
/// assert!(!receipt.replayed);
/// let again = run::execute_with_retry(&desk, &store, &tenant, &activate, now, 5).await?;
/// assert!(again.replayed && again.records == receipt.records);
///
/// // An id is of one request only.
/// let other = Request::new(id, Actor::Host, Seed::new([8; 32]), RecordCustomer::new(CustomerId::new("c-17")?));
/// let refused = run::execute_with_retry(&desk, &store, &tenant, &other, now, 5).await.unwrap_err();
/// assert_eq!((refused.code(), refused.status()), ("request_reused", 422));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
