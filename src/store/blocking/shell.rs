//! The shell without futures: the calls of [`crate::run`], one by one, around the same decisions.

use super::{Log, Outbox, Sessions, Store, Timers};
use crate::actor::Actor;
use crate::desk::{Decision, Desk, Receipt, Recorded, Request};
use crate::id::{TenantId, TicketId};
use crate::notify::blocking::Notifier;
use crate::record::RecordKey;
use crate::run::{
    BATCHES_MAX, CLAIM_ATTEMPTS, Decide, Drain, ExecuteError, Next, Outcome, PAGE, Refused, Relay, Relayed, Rounds,
    SessionError, Sweep, Sweeping, Swept, WAKE_ATTEMPTS, batch_request, beforehand, changed_tickets, found_ticket,
    link_needs, policy_needs, ticket_needs, verdict, with_links,
};
use crate::store::{CommitError, Due, Envelope, Settlement};
use crate::ticket::Ticket;
use crate::time::Timestamp;
use crate::view::{Dossier, OwnDraft};

/// Carries out a request inside the host's unit of work; see [`crate::run::execute`].
///
/// ```
/// use destek::actor::Actor;
/// use destek::content::Seed;
/// use destek::desk::{Desk, Request};
/// use destek::id::{RequestId, TenantId};
/// use destek::run::ExecuteError;
/// use destek::store::MemoryStore;
/// use destek::store::blocking::{Sessions, execute};
/// use destek::time::Timestamp;
/// # use destek::desk::Receipt;
/// # use std::convert::Infallible;
///
/// fn carry_out(desk: &Desk, store: &MemoryStore, request: &Request, now: Timestamp)
/// # -> Result<Receipt, Box<dyn std::error::Error>>
/// {
///     let mut session = store.begin(&TenantId::new("butik")?)?;
///     let receipt = execute(desk, &mut session, request, now)?;
///     store.commit(session)?;
///     Ok(receipt)
/// }
/// ```
///
/// # Errors
/// When the domain refuses the request, somebody else was first, or the store fails. Nothing was written.
pub fn execute<S: Store>(
    desk: &Desk,
    store: &mut S,
    request: &Request,
    now: Timestamp,
) -> Result<Receipt, ExecuteError<S::Error>> {
    execute_by(desk, store, request, now)
}

/// What a request would change, and why; see [`crate::run::preview`].
///
/// # Errors
/// When the domain refuses the request, or the store fails.
pub fn preview<S: Store>(
    desk: &Desk,
    store: &mut S,
    request: &Request,
    now: Timestamp,
) -> Result<Decision, ExecuteError<S::Error>> {
    preview_by(desk, store, request, now)
}

/// Carries out a request in units of work of the library's own; see [`crate::run::execute_with_retry`].
///
/// # Errors
/// When the domain refuses the request, somebody else was first each time, the store fails, or the outcome of a
/// commit is not known: then ask again with the same request id.
pub fn execute_with_retry<S: Sessions>(
    desk: &Desk,
    sessions: &S,
    tenant: &TenantId,
    request: &Request,
    now: Timestamp,
    attempts: u32,
) -> Result<Receipt, SessionError<S::Error>> {
    execute_with_retry_by(desk, sessions, tenant, request, now, attempts)
}

/// Carries out what is due; see [`crate::run::sweep`].
///
/// # Errors
/// When the store fails while it is asked what is due, or the tenant works under another policy.
pub fn sweep<S: Sessions>(
    desk: &Desk,
    sessions: &S,
    tenant: &TenantId,
    now: Timestamp,
    sweep: &Sweep,
) -> Result<Swept, SessionError<S::Error>> {
    sweep_by(desk, sessions, tenant, now, sweep)
}

/// Drains a queue, batch after batch; see [`crate::run::drain`].
///
/// # Errors
/// When the domain refuses it (no such queue, another policy), others were first each time, or the store fails.
pub fn drain<S: Sessions>(
    desk: &Desk,
    sessions: &S,
    tenant: &TenantId,
    now: Timestamp,
    drain: &Drain,
) -> Result<usize, SessionError<S::Error>> {
    let mut changed = 0;
    for batch in 0..BATCHES_MAX {
        let request = batch_request(drain, batch);
        let receipt = execute_with_retry(desk, sessions, tenant, &request, now, WAKE_ATTEMPTS)?;
        let tickets = changed_tickets(&receipt);
        if tickets == 0 && !receipt.replayed {
            break;
        }
        changed += tickets;
    }
    Ok(changed)
}

/// Reads a ticket with its story and texts; see [`crate::run::load_ticket`].
///
/// # Errors
/// When the store fails.
pub fn load_ticket<S, E>(store: &mut S, ticket: TicketId) -> Result<Option<Dossier>, E>
where
    S: Store<Error = E> + Log<Error = E>,
{
    let Some((ticket, log)) = one(store, ticket)? else { return Ok(None) };
    let mut dossier = Dossier::new(ticket, log);
    loop {
        let before = dossier.wants();
        for other in &before {
            if let Some((other, log)) = one(store, *other)? {
                dossier = dossier.with(other, log);
            }
        }
        if dossier.wants() == before {
            break;
        }
    }
    if let Some(needs) = link_needs(&dossier) {
        dossier = with_links(dossier, &store.gather(&needs)?);
    }
    let contents = store.contents(&dossier.references())?;
    Ok(Some(dossier.contents(contents)))
}

/// Reads what the asking agent has begun to write on a ticket; see [`crate::run::load_draft`].
///
/// # Errors
/// When the actor is no agent or may not answer on the ticket, there is no such ticket that he may see, the desk has not
/// the policy in force, or the store fails; never a conflict.
pub fn load_draft<S, E>(
    desk: &Desk,
    store: &mut S,
    actor: &Actor,
    ticket: TicketId,
) -> Result<Option<OwnDraft>, ExecuteError<E>>
where
    S: Store<Error = E> + Log<Error = E>,
{
    let facts = store.gather(&desk.draft_needs(actor, ticket)).map_err(ExecuteError::Store)?;
    let Some(draft) = desk.own_draft(actor, ticket, &facts)? else { return Ok(None) };
    let contents = store.contents(&draft.references()).map_err(ExecuteError::Store)?;
    Ok(Some(draft.contents(&contents)))
}

fn one<S, E>(store: &mut S, ticket: TicketId) -> Result<Option<(Ticket, Vec<Recorded>)>, E>
where
    S: Store<Error = E> + Log<Error = E>,
{
    let key = RecordKey::Ticket(ticket);
    let Some(ticket) = found_ticket(&store.gather(&ticket_needs(&key))?, &key) else { return Ok(None) };
    let mut log: Vec<Recorded> = Vec::new();
    loop {
        let page = store.events(&key, log.last().map(|recorded| recorded.version), PAGE)?;
        if page.is_empty() {
            return Ok(Some((ticket, log)));
        }
        log.extend(page);
    }
}

/// Delivers effects that wait; see [`crate::run::relay`].
///
/// # Errors
/// When the store fails.
pub fn relay<S: Sessions, N: Notifier>(
    sessions: &S,
    tenant: &TenantId,
    notifier: &N,
    now: Timestamp,
    relay: &Relay,
) -> Result<Relayed, SessionError<S::Error>> {
    let mut relayed = Relayed::default();
    for envelope in
        claim(sessions, tenant, |session| session.claim(now, relay.lease, relay.limit).map_err(SessionError::Store))?
    {
        let settlement = match beforehand(&envelope, now) {
            Some(settlement) => settlement,
            None => verdict(&envelope, notifier.deliver(tenant, &envelope), now),
        };
        let held = settle(sessions, tenant, &envelope, &settlement)?;
        relayed.note(&settlement, held);
    }
    Ok(relayed)
}

fn decide<D: Decide, S: Store>(
    desk: &D,
    store: &mut S,
    request: &Request,
    now: Timestamp,
) -> Result<Outcome, ExecuteError<S::Error>> {
    let (mut rounds, mut needs) = Rounds::begin(desk, request, now);
    loop {
        let found = store.gather(&needs).map_err(ExecuteError::Store)?;
        match rounds.found(found)? {
            Next::Gather(more) => needs = more,
            Next::End(outcome) => return Ok(outcome),
        }
    }
}

pub(crate) fn execute_by<D: Decide, S: Store>(
    desk: &D,
    store: &mut S,
    request: &Request,
    now: Timestamp,
) -> Result<Receipt, ExecuteError<S::Error>> {
    match decide(desk, store, request, now)? {
        Outcome::Answered(receipt) => Ok(receipt),
        Outcome::Decided(decision) => {
            let changes = decision.into_changes(request);
            let receipt = changes.receipt.clone();
            store.write_owned(changes)?;
            Ok(receipt)
        }
    }
}

pub(crate) fn preview_by<D: Decide, S: Store>(
    desk: &D,
    store: &mut S,
    request: &Request,
    now: Timestamp,
) -> Result<Decision, ExecuteError<S::Error>> {
    Ok(decide(desk, store, request, now)?.into_decision())
}

pub(crate) fn execute_with_retry_by<D: Decide, S: Sessions>(
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
        match attempt(desk, sessions, tenant, request, now) {
            Err(SessionError::Conflict(_)) if left > 0 => {}
            outcome => return outcome,
        }
    }
}

fn attempt<D: Decide, S: Sessions>(
    desk: &D,
    sessions: &S,
    tenant: &TenantId,
    request: &Request,
    now: Timestamp,
) -> Result<Receipt, SessionError<S::Error>> {
    let mut session = sessions.begin(tenant).map_err(SessionError::Store)?;
    let receipt = execute_by(desk, &mut session, request, now)?;
    if !receipt.replayed {
        sessions.commit(session)?;
    }
    Ok(receipt)
}

pub(crate) fn sweep_by<D: Decide, S: Sessions>(
    desk: &D,
    sessions: &S,
    tenant: &TenantId,
    now: Timestamp,
    sweep: &Sweep,
) -> Result<Swept, SessionError<S::Error>> {
    let mut sweeping = Sweeping::begin(sweep, now);
    while sweeping.batch() > 0 {
        let claimed = claim(sessions, tenant, |session| {
            // A worker of another policy must not hold what it cannot carry out.
            desk.check_in_force(&session.gather(&policy_needs()).map_err(SessionError::Store)?)?;
            session.claim_due(now, sweep.lease, sweeping.batch()).map_err(SessionError::Store)
        })?;
        if claimed.is_empty() {
            break;
        }
        for due in claimed {
            let mut next = Some(sweeping.request(&due));
            while let Some(request) = next {
                let outcome = execute_with_retry_by(desk, sessions, tenant, &request, now, WAKE_ATTEMPTS);
                next = sweeping.next(&due, &outcome);
                if let Some(refused) = sweeping.note(&due, outcome)? {
                    postpone(sessions, tenant, &due, &refused)?;
                }
            }
        }
    }
    let mut session = sessions.begin(tenant).map_err(SessionError::Store)?;
    let next = session.next_due().map_err(SessionError::Store)?;
    Ok(sweeping.end(next))
}

fn claim<S: Sessions, T>(
    sessions: &S,
    tenant: &TenantId,
    ask: impl Fn(&mut S::Session<'_>) -> Result<Vec<T>, SessionError<S::Error>>,
) -> Result<Vec<T>, SessionError<S::Error>> {
    for _ in 0..CLAIM_ATTEMPTS {
        let mut session = sessions.begin(tenant).map_err(SessionError::Store)?;
        let claimed = ask(&mut session)?;
        if claimed.is_empty() {
            break;
        }
        match sessions.commit(session) {
            Ok(()) => return Ok(claimed),
            Err(CommitError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Vec::new())
}

fn postpone<S: Sessions>(
    sessions: &S,
    tenant: &TenantId,
    due: &Due,
    refused: &Refused,
) -> Result<(), SessionError<S::Error>> {
    let mut session = sessions.begin(tenant).map_err(SessionError::Store)?;
    session.postpone(due, refused.until, &refused.reason).map_err(SessionError::Store)?;
    match sessions.commit(session) {
        // Somebody else has it by now; or it comes back when the lease ends.
        Ok(()) | Err(CommitError::Conflict(_) | CommitError::Indeterminate(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn settle<S: Sessions>(
    sessions: &S,
    tenant: &TenantId,
    envelope: &Envelope,
    settlement: &Settlement,
) -> Result<bool, SessionError<S::Error>> {
    let mut session = sessions.begin(tenant).map_err(SessionError::Store)?;
    let key = &envelope.outgoing.key;
    if !session.settle(key, envelope.fence, settlement).map_err(SessionError::Store)? {
        return Ok(false);
    }
    match sessions.commit(session) {
        Ok(()) => Ok(true),
        Err(CommitError::Conflict(_) | CommitError::Indeterminate(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
