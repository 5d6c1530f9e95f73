//! The shell with stand-ins for the desk, in both forms.

mod execute;
mod relay;
mod sweep;
mod troubled;

use std::sync::Arc;

use super::rounds::Decide;
use super::{Relay, Relayed, SessionError, Sweep, Swept};
use crate::actor::Actor;
use crate::conformance::draft::{Draft, basis, ordered, tenant};
use crate::content::Seed;
use crate::customer::RecordCustomer;
use crate::desk::{Changes, Command, Decision, Facts, Needs, Receipt, Rejection, Request, Step, Trace, Wake};
use crate::id::{CustomerId, RequestId};
use crate::notify::{self, Delivery};
use crate::record::RecordKey;
use crate::store::{Envelope, blocking};
use crate::time::{Span, Timestamp};

pub(super) use crate::testing::ready;

/// The two forms of the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Futures,
    Blocking,
}

pub(super) const FORMS: [Form; 2] = [Form::Futures, Form::Blocking];

/// A store of both forms.
pub(super) trait Both<E>: crate::store::Sessions<Error = E> + blocking::Sessions<Error = E> {}
impl<E, S: crate::store::Sessions<Error = E> + blocking::Sessions<Error = E>> Both<E> for S {}

impl Form {
    pub(super) fn execute<E: std::error::Error + Send + Sync + 'static>(
        self,
        desk: &impl Decide,
        store: &impl Both<E>,
        request: &Request,
        now: Timestamp,
        attempts: u32,
    ) -> Result<Receipt, SessionError<E>> {
        match self {
            Self::Futures => {
                ready(super::execute::execute_with_retry_by(desk, store, &tenant(), request, now, attempts))
            }
            Self::Blocking => blocking::execute_with_retry_by(desk, store, &tenant(), request, now, attempts),
        }
    }

    pub(super) fn sweep<E: std::error::Error + Send + Sync + 'static>(
        self,
        desk: &impl Decide,
        store: &impl Both<E>,
        now: Timestamp,
        sweep: &Sweep,
    ) -> Result<Swept, SessionError<E>> {
        match self {
            Self::Futures => ready(super::sweep::sweep_by(desk, store, &tenant(), now, sweep)),
            Self::Blocking => blocking::sweep_by(desk, store, &tenant(), now, sweep),
        }
    }

    /// Relays while there is anything to claim.
    pub(super) fn relay<E: std::error::Error + Send + Sync + 'static, X: std::error::Error + Send + Sync + 'static>(
        self,
        store: &impl Both<E>,
        deliver: &(impl Fn(&Envelope) -> Result<Delivery, X> + Send + Sync),
        now: Timestamp,
        relay: &Relay,
    ) -> Result<Relayed, SessionError<E>> {
        let mut sum = Relayed::default();
        loop {
            let relayed = self.relay_once(store, deliver, now, relay)?;
            if relayed.claimed() == 0 {
                return Ok(sum);
            }
            sum += relayed;
        }
    }

    pub(super) fn relay_once<
        E: std::error::Error + Send + Sync + 'static,
        X: std::error::Error + Send + Sync + 'static,
    >(
        self,
        store: &impl Both<E>,
        deliver: &(impl Fn(&Envelope) -> Result<Delivery, X> + Send + Sync),
        now: Timestamp,
        relay: &Relay,
    ) -> Result<Relayed, SessionError<E>> {
        match self {
            Self::Futures => {
                let notifier = notify::notifier_fn(|_, envelope: Envelope| std::future::ready(deliver(&envelope)));
                ready(super::relay(store, &tenant(), &notifier, now, relay))
            }
            Self::Blocking => {
                let notifier = notify::blocking::notifier_fn(|_, envelope: &Envelope| deliver(envelope));
                blocking::relay(store, &tenant(), &notifier, now, relay)
            }
        }
    }
}

/// A stand-in for the desk.
pub(super) struct Clerk<F>(pub(super) F);

impl<F: Fn(&Request, &Facts, Timestamp) -> Result<Step, Rejection> + Sync> Decide for Clerk<F> {
    fn needs(&self, request: &Request) -> Needs {
        let mut needs = Needs::default();
        match &request.command {
            Command::RecordCustomer(record) => needs.record(RecordKey::Customer(record.customer.clone())),
            Command::Wake(record) => needs.record(record.clone()),
            _ => {}
        }
        needs
    }

    fn decide(&self, request: &Request, facts: &Facts, now: Timestamp) -> Result<Step, Rejection> {
        (self.0)(request, facts, now)
    }

    fn check_in_force(&self, _: &Facts) -> Result<(), Rejection> {
        Ok(())
    }
}

/// A clerk who records customers, and counts an order more on each at every wake-up, a minute apart.
pub(super) fn clerk() -> impl Decide {
    Clerk(routine)
}

pub(super) fn routine(request: &Request, facts: &Facts, now: Timestamp) -> Result<Step, Rejection> {
    match &request.command {
        Command::RecordCustomer(record) => {
            let key = RecordKey::Customer(record.customer.clone());
            Ok(done(Draft::new(0).on(facts, &key, &[ordered(record.orders)])))
        }
        Command::Wake(key) => Ok(done(woken(facts, key, now + Span::minutes(1)))),
        _ => Err(Rejection::Dated),
    }
}

/// One order more, and the next wake-up.
pub(super) fn woken(facts: &Facts, key: &RecordKey, next: Timestamp) -> Draft {
    let before = facts.record(key);
    let orders = before.and_then(|loaded| loaded.state.customer()).map_or(0, |customer| customer.orders);
    let mut draft = Draft::new(0).on(facts, key, &[ordered(orders + 1)]);
    let seen = before.map_or(0, |loaded| loaded.stamp);
    draft.0.wakes.push(Wake::Set { record: key.clone(), at: Some(next), seen, basis: basis(), due: None });
    draft
}

pub(super) fn done(draft: Draft) -> Step {
    Step::Done(Box::new(decision(draft.0)))
}

fn decision(changes: Changes) -> Decision {
    Decision {
        changes: changes.changes,
        wakes: changes.wakes,
        contents: changes.contents,
        outbox: changes.outbox,
        loads: changes.loads,
        guards: changes.guards,
        documents: changes.documents,
        ticket: None,
        trace: Trace::default(),
    }
}

pub(super) fn seed() -> Seed {
    Seed::new([9; 32])
}

/// The host says how many orders a customer has placed.
pub(super) fn says(id: u128, customer: &str, orders: u32) -> Request {
    let record = RecordCustomer::new(CustomerId::new(customer).unwrap()).orders(orders);
    Request::new(RequestId::from_u128(id), Actor::Host, seed(), record)
}

/// The orders of a customer as they are stored.
pub(super) fn orders(store: &crate::store::MemoryStore, key: &RecordKey) -> Option<u32> {
    let records = store.records(&tenant());
    let (.., state) = records.into_iter().find(|(stored, ..)| stored == key)?;
    Arc::unwrap_or_clone(state).customer().map(|customer| customer.orders)
}
