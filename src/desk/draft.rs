//! The working set of one decision: records as they become, event by event.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::decision::{Basis, Change, Decision, Document, Guard, Load, Outgoing, Wake};
use super::effects::effects;
use super::event::{Antecedent, Cause, Event, FOLD, Origin, Recorded, SCHEMA, State, apply};
use super::facts::{Facts, Loaded, Needs};
use super::rejection::Rejection;
use super::request::Request;
use super::trace::{Trace, TraceStep};
use crate::actor::{Actor, RightSet};
use crate::content::{ContentRef, Sealer};
use crate::customer::Customer;
use crate::id::{AgentId, Name, TicketId};
use crate::limits;
use crate::order::Order;
use crate::policy::Policy;
use crate::record::{RecordKey, Version, version_after};
use crate::small::SmallMap;
use crate::ticket::Ticket;
use crate::ticket::verb::Context;
use crate::time::Timestamp;

/// The one load counter of an agent so far: work of any kind.
pub(super) const SLOT: &str = "work";

fn now_on(facts: &Facts, key: &RecordKey, now: Timestamp) -> Timestamp {
    facts.record(key).map_or(now, |loaded| loaded.recorded.max(now))
}

/// A record that the decision changes, or may.
struct Work {
    expected: Option<Version>,
    state: Option<State>,
    events: Vec<Recorded>,
}

pub(super) struct Draft<'a> {
    pub(super) policy: &'a Policy,
    pub(super) facts: &'a Facts,
    pub(super) request: &'a Request,
    pub(super) now: Timestamp,
    /// When what the request asks for occurred on its record: now, except for an import.
    pub(super) occurred: Timestamp,
    pub(super) sealer: Sealer,
    pub(super) trace: Trace,
    pub(super) documents: Vec<Document>,
    pub(super) ticket: Option<TicketId>,
    pub(super) outbox: Vec<Outgoing>,
    /// What led to the request, where that was an event of another record in the same step.
    pub(super) root: Option<Antecedent>,
    works: SmallMap<RecordKey, Work>,
    guards: Vec<Guard>,
    forwards: SmallMap<RecordKey, Timestamp>,
    sets: SmallMap<RecordKey, (Option<Timestamp>, u64)>,
    last_cause: Option<Arc<Cause>>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(
        policy: &'a Policy,
        facts: &'a Facts,
        request: &'a Request,
        now: Timestamp,
        causing: &RecordKey,
    ) -> Result<Self, Rejection> {
        let occurred = match request.occurred {
            None => now_on(facts, causing, now),
            Some(at) if at <= now && matches!(request.actor, Actor::Import(_)) => at,
            Some(_) => return Err(Rejection::Dated),
        };
        let version = version_after(facts.record(causing).map(|loaded| loaded.version));
        Ok(Self {
            policy,
            facts,
            request,
            now,
            occurred,
            sealer: Sealer::new(request.seed, causing.clone(), version.number()),
            trace: Trace::default(),
            documents: Vec::new(),
            ticket: None,
            outbox: Vec::new(),
            root: None,
            works: SmallMap::new(),
            guards: Vec::new(),
            forwards: SmallMap::new(),
            sets: SmallMap::new(),
            last_cause: None,
        })
    }

    /// Now on a record: never before what is already recorded there, whatever the clock of the asking machine says.
    /// A record that is dated ahead drags no other along.
    ///
    /// For an import of something earlier it is the instant of that: what time has caused since is not known
    /// before the rest of the past is.
    pub(super) fn now_on(&self, key: &RecordKey) -> Timestamp {
        if self.is_dated() { self.occurred } else { now_on(self.facts, key, self.now) }
    }

    /// Whether the request is an import of something earlier.
    pub(super) const fn is_dated(&self) -> bool {
        self.request.occurred.is_some()
    }

    /// Whether an import of something earlier comes after what its record already knows: the past is told in order.
    pub(super) fn check_order(&self, key: &RecordKey) -> Result<(), Rejection> {
        match self.ticket(key).map(Ticket::updated_at) {
            Some(last) if self.is_dated() && self.occurred < last => {
                Err(Rejection::OutOfOrder { record: key.clone(), last })
            }
            _ => Ok(()),
        }
    }

    /// What a verb does of itself: nobody asks for it, so that it has no rights and writes no text.
    pub(super) fn unasked<T>(&self, key: &RecordKey, now: Timestamp, verb: impl FnOnce(&Context<'_>) -> T) -> T {
        // Nothing is ever sealed with this.
        let mut sealer = Sealer::new(self.request.seed, key.clone(), 0);
        let workflow = self.policy.workflow();
        verb(&Context { actor: &Actor::Timer, rights: RightSet::NONE, workflow, now, sealer: &mut sealer })
    }

    /// Takes the sealer out of the draft while something is sealed with both.
    pub(super) fn sealing<T>(&mut self, key: &RecordKey, seal: impl FnOnce(&mut Self, &mut Sealer) -> T) -> T {
        // Nothing is ever sealed with this.
        let spare = Sealer::new(self.request.seed, key.clone(), 0);
        let mut sealer = std::mem::replace(&mut self.sealer, spare);
        let sealed = seal(self, &mut sealer);
        self.sealer = sealer;
        sealed
    }

    /// What must still be gathered for the request, to which more is added.
    pub(super) fn more(&self) -> Needs {
        Needs { request: Some(self.request.id), ..Needs::default() }
    }

    /// What the request asks for is done on another record than it names.
    pub(super) fn turn_to(&mut self, key: &RecordKey) {
        self.sealer = Sealer::new(self.request.seed, key.clone(), self.version(key).number());
        if self.request.occurred.is_none() {
            self.occurred = self.now_on(key);
        }
    }

    /// A record of the facts; what is sealed must not be commanded.
    pub(super) fn loaded(&self, key: &RecordKey) -> Result<Option<&'a Loaded>, Rejection> {
        match self.facts.records.get(key) {
            None => Err(Rejection::NotGathered(key.clone().into())),
            Some(Some(loaded)) if loaded.sealed => Err(Rejection::Newer(key.clone())),
            Some(loaded) => Ok(loaded.as_ref()),
        }
    }

    /// The state of a record as it is now in this decision.
    pub(super) fn state(&self, key: &RecordKey) -> Option<&State> {
        match self.works.get(key) {
            Some(work) => work.state.as_ref(),
            None => self.facts.record(key).map(|loaded| &*loaded.state),
        }
    }

    /// A text that was gathered; one that was erased is none.
    pub(super) fn text_of(&self, reference: &ContentRef) -> Option<&str> {
        let found = self.facts.contents.get(&reference.id).and_then(Option::as_ref);
        found.filter(|content| content.is_committed_by(reference)).map(|content| content.text.as_str())
    }

    pub(super) fn ticket(&self, key: &RecordKey) -> Option<&Ticket> {
        self.state(key).and_then(State::ticket)
    }

    /// The ticket, or the answer that there is none.
    pub(super) fn existing(&self, key: &RecordKey) -> Result<&Ticket, Rejection> {
        self.loaded(key)?;
        self.ticket(key).ok_or_else(|| Rejection::NotFound(key.clone()))
    }

    /// The tickets in which one goes on, the one that it was merged into first; none when it was not merged.
    pub(super) fn holders(&self, ticket: TicketId) -> Vec<RecordKey> {
        let into = |key: &RecordKey| self.ticket(key)?.merged().map(|merged| RecordKey::Ticket(merged.into));
        std::iter::successors(into(&RecordKey::Ticket(ticket)), into).take(limits::MERGE_CHAIN_MAX).collect()
    }

    /// The ticket in which one goes on in the end: itself, unless it was merged into another.
    pub(super) fn holder(&self, ticket: TicketId) -> RecordKey {
        self.holders(ticket).pop().unwrap_or(RecordKey::Ticket(ticket))
    }

    /// What is known of a ticket's customer.
    pub(super) fn customer_of(&self, ticket: &Ticket) -> Option<&Customer> {
        self.state(&RecordKey::Customer(ticket.customer().clone())).and_then(State::customer)
    }

    /// What is known of a ticket's order, if it is the customer's own: whoever names the order of somebody else gets
    /// nothing of its weight.
    pub(super) fn order_of(&self, ticket: &Ticket) -> Option<&Order> {
        let order = self.state(&RecordKey::Order(ticket.order()?.clone())).and_then(State::order);
        order.filter(|order| order.customer == *ticket.customer())
    }

    /// The version that a record will have when this decision is written.
    pub(super) fn version(&self, key: &RecordKey) -> Version {
        version_after(self.facts.record(key).map(|loaded| loaded.version))
    }

    /// How many events a record has in this decision so far.
    pub(super) fn count(&self, key: &RecordKey) -> usize {
        self.works.get(key).map_or(0, |work| work.events.len())
    }

    /// The events of a record in this decision from one index on.
    pub(super) fn events(&self, key: &RecordKey, from: usize) -> &[Recorded] {
        self.works.get(key).and_then(|work| work.events.get(from..)).unwrap_or_default()
    }

    /// Adds an event and applies it at once. Returns its index within the change.
    pub(super) fn emit(
        &mut self,
        key: &RecordKey,
        event: Event,
        by: Origin,
        from: Option<Antecedent>,
        occurred: Timestamp,
    ) -> u32 {
        let cause = self.cause(by, from);
        let recorded = now_on(self.facts, key, self.now);
        let facts = self.facts;
        let work = self.works.get_or_insert_with(key, || {
            let loaded = facts.record(key);
            Work {
                expected: loaded.map(|loaded| loaded.version),
                state: loaded.map(|loaded| (*loaded.state).clone()),
                events: Vec::with_capacity(1),
            }
        });
        let index = u32::try_from(work.events.len()).unwrap_or(u32::MAX);
        apply(key, &mut work.state, &event, occurred);
        work.events.push(Recorded {
            schema: SCHEMA,
            fold: FOLD,
            record: key.clone(),
            version: version_after(work.expected),
            index,
            occurred,
            recorded,
            cause,
            event,
        });
        index
    }

    /// The request's own actor as an origin.
    pub(super) fn origin(&self) -> Origin {
        Origin::Actor(self.request.actor.clone())
    }

    fn cause(&mut self, by: Origin, from: Option<Antecedent>) -> Arc<Cause> {
        let from = from.or_else(|| self.root.clone().filter(|_| matches!(by, Origin::Actor(_))));
        // Runs of events share a cause, so that each run allocates one.
        if let Some(cause) = self.last_cause.as_ref().filter(|cause| cause.by == by && cause.from == from) {
            return Arc::clone(cause);
        }
        let cause = Arc::new(Cause { by, request: self.request.id, policy: self.policy.digest(), from });
        self.last_cause = Some(Arc::clone(&cause));
        cause
    }

    /// Says that the decision relied on a record as it is.
    pub(super) fn rely(&mut self, key: &RecordKey) {
        let version = self.facts.record(key).map(|loaded| loaded.version);
        self.guards.push(Guard::Unchanged { record: key.clone(), version });
    }

    /// Says that the decision relied on an agent of a roster as it is.
    pub(super) fn rely_at(&mut self, record: RecordKey, version: Version) {
        self.guards.push(Guard::Unchanged { record, version: Some(version) });
    }

    /// Says that an agent's load must leave room.
    pub(super) fn rely_on_room(&mut self, agent: AgentId, add: u32, cap: u32) {
        self.guards.push(Guard::Capacity { agent, slot: Name::fixed(SLOT), add, cap });
    }

    /// Brings a record's wake-up forward.
    pub(super) fn forward(&mut self, record: RecordKey, at: Timestamp) {
        let earliest = self.forwards.get_or_insert_with(&record, || at);
        *earliest = at.min(*earliest);
    }

    /// Sets a record's wake-up.
    pub(super) fn set_wake(&mut self, record: RecordKey, at: Option<Timestamp>, seen: u64) {
        self.sets.insert(record, (at, seen));
    }

    /// Whether this decision sets a record's wake-up.
    pub(super) fn sets_wake(&self, record: &RecordKey) -> bool {
        self.sets.contains_key(record)
    }

    pub(super) fn note(&mut self, step: TraceStep) {
        self.trace.steps.push(step);
    }

    /// The tickets that changed in this decision.
    pub(super) fn changed_tickets(&self) -> Vec<RecordKey> {
        self.works.keys().filter(|key| key.ticket().is_some()).cloned().collect()
    }

    /// The state of a ticket before this decision.
    pub(super) fn ticket_before(&self, key: &RecordKey) -> Option<&'a Ticket> {
        self.facts.record(key).and_then(|loaded| loaded.state.ticket())
    }

    /// Every changed record was gathered, and none is sealed.
    pub(super) fn check_changed(&self) -> Result<(), Rejection> {
        self.works.keys().try_for_each(|key| self.loaded(key).map(drop))
    }

    /// Says that the decision relied on what rules, targets and capacity read around a ticket.
    pub(super) fn rely_on_surroundings(&mut self, key: &RecordKey) {
        let Some(ticket) = self.ticket(key) else { return };
        let customer = RecordKey::Customer(ticket.customer().clone());
        let order = ticket.order().cloned().map(RecordKey::Order);
        for record in [Some(customer), order].into_iter().flatten() {
            if let Some(found) = self.facts.records.get(&record) {
                let version = found.as_ref().map(|loaded| loaded.version);
                self.guards.push(Guard::Unchanged { record, version });
            }
        }
    }

    /// The outbox rows that follow from every change.
    pub(super) fn derive_effects(&mut self) {
        let mut outbox = Vec::new();
        for work in self.works.values() {
            if let Some(state) = &work.state {
                outbox.extend(effects(&work.events, state, self.policy));
            }
        }
        self.outbox = outbox;
    }

    /// Closes the working set.
    pub(super) fn finish(mut self, loads: Vec<Load>) -> Decision {
        let policy = self.policy;
        let basis = || Basis { policy: policy.digest(), zones: Arc::clone(policy.zones()) };
        let mut wakes: Vec<Wake> = std::mem::take(&mut self.sets)
            .into_iter()
            .map(|(record, (at, seen))| {
                let due = self.ticket(&record).and_then(|ticket| ticket.due(policy.calendars()));
                Wake::Set { record, at, seen, basis: basis(), due }
            })
            .collect();
        wakes.extend(self.forwards.into_iter().map(|(record, at)| Wake::Forward { record, at }));
        self.guards.sort_unstable();
        self.guards.dedup();
        let mut changes = Vec::with_capacity(self.works.len());
        for (record, work) in self.works {
            if let (Some(state), false) = (work.state, work.events.is_empty()) {
                // A changed record is checked by its expected version; a guard would say the same again.
                self.guards.retain(|guard| !matches!(guard, Guard::Unchanged { record: own, .. } if *own == record));
                let (expected, events) = (work.expected, work.events);
                changes.push(Change { record, expected, events, state: Arc::new(state) });
            }
        }
        Decision {
            changes,
            wakes,
            contents: self.sealer.into_contents(),
            outbox: self.outbox,
            loads,
            guards: self.guards,
            documents: self.documents,
            ticket: self.ticket,
            trace: self.trace,
        }
    }

    /// What changes in the agents' load counters: derived from who had and who has each changed ticket.
    pub(super) fn loads(&self) -> Vec<Load> {
        let mut deltas: BTreeMap<AgentId, i32> = BTreeMap::new();
        for (key, work) in self.works.iter() {
            let before = self.ticket_before(key).and_then(Ticket::counts_for);
            let after = work.state.as_ref().and_then(State::ticket).and_then(Ticket::counts_for);
            if before != after {
                before.into_iter().for_each(|agent| *deltas.entry(agent.clone()).or_default() -= 1);
                after.into_iter().for_each(|agent| *deltas.entry(agent.clone()).or_default() += 1);
            }
        }
        let moved = deltas.into_iter().filter(|(_, delta)| *delta != 0);
        moved.map(|(agent, delta)| Load { agent, slot: Name::fixed(SLOT), delta }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Recorded;
    use crate::actor::Actor;
    use crate::channel::{Channel, ChannelKind};
    use crate::customer::RecordCustomer;
    use crate::id::{CustomerId, MessageId, TicketId};
    use crate::policy;
    use crate::record::RecordKey;
    use crate::testing::Scene;
    use crate::ticket::{Open, Receive, Ticket};
    use crate::time::{Span, Timestamp};

    /// Every command copies a ticket, and most make room for four events. The usual allocators keep pieces of up to a
    /// kibibyte at hand for the next time, and take twice as long over larger ones.
    #[test]
    fn what_every_command_copies_is_no_large_piece_of_memory() {
        assert!(size_of::<Ticket>() <= 704, "box what few tickets have: {}", size_of::<Ticket>());
        assert!(4 * size_of::<Recorded>() <= 1_024, "box what few events have: {}", size_of::<Recorded>());
    }

    #[test]
    fn a_record_that_is_dated_ahead_drags_no_other_along_and_never_goes_back_itself() {
        let now: Timestamp = "2026-11-27T07:00:00Z".parse().unwrap();
        let mut scene = Scene::new(policy::sample().compile().unwrap(), now);
        let customer = CustomerId::new("c-17").unwrap();
        scene.set_clock(now + Span::hours(24));
        scene.run(Actor::Host, RecordCustomer::new(customer.clone()).orders(3)).unwrap();
        scene.set_clock(now);
        let ticket = TicketId::from_u128(1);
        let open = Open::new(ticket, customer.clone(), Channel::of(ChannelKind::Email));
        scene.run(Actor::verified(customer.clone()), open).unwrap();
        assert_eq!(scene.ticket(ticket).unwrap().opened_at(), now);
        let recorded = |key| scene.log(&key).iter().map(|event| event.recorded).collect::<Vec<_>>();
        assert!(recorded(RecordKey::Ticket(ticket)).iter().all(|at| *at == now));
        let own = recorded(RecordKey::Customer(customer.clone()));
        assert_eq!(own, [now + Span::hours(24), now + Span::hours(24)]);
        // A ticket that is dated ahead itself goes on from there.
        scene.set_clock(now - Span::hours(2));
        let message = MessageId::from_u128(2);
        let email = Channel::of(ChannelKind::Email);
        let receive = Receive::new(TicketId::from_u128(3), message, customer.clone(), email, "Kargom nerede?");
        let receipt = scene.run(Actor::verified(customer), receive).unwrap();
        assert_eq!(receipt.ticket, Some(ticket));
        let received = scene.log(&RecordKey::Ticket(ticket)).pop().unwrap();
        assert_eq!((received.occurred, received.recorded), (now, now));
    }
}
