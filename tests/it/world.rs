//! A small world whose store can be made to break the rules on purpose, and what is to be seen in it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Arc;

use destek::actor::Actor;
use destek::content::{Content, ContentRef, Seed};
use destek::customer::RecordCustomer;
use destek::desk::{
    Changes, Command, Decision, Desk, EffectKey, Event, Facts, Needs, Receipt, Recorded, Request, State, apply,
};
use destek::id::{AgentId, Name, RequestId, TenantId, TicketId};
use destek::policy::{Digest, Policy};
use destek::record::{RecordKey, Version};
use destek::run::{SessionError, Sweep, Swept};
use destek::store::blocking::{self, Log as _, Sessions as _, Store as _};
use destek::store::memory::{EffectRow, MemorySession, WakeRow};
use destek::store::{CommitError, Cursor, Due, Envelope, MemoryStore, Settlement, WriteError};
use destek::team::{Presence, SetPresence};
use destek::ticket::Ticket;
use destek::time::{Span, Timestamp};

use crate::scripts::{Life, Lived, start};

type OnFacts = Rc<dyn Fn(&MemoryStore, &TenantId, &mut Facts)>;
type OnChanges = Rc<dyn Fn(&MemoryStore, &TenantId, &mut Changes)>;

/// What is wrong on the way between a desk and its store; nothing by default.
#[derive(Clone, Default)]
pub(crate) struct Fault {
    facts: Option<OnFacts>,
    changes: Option<OnChanges>,
}

impl Fault {
    /// What the desk reads is not what the store has.
    pub(crate) fn reading(fault: impl Fn(&MemoryStore, &TenantId, &mut Facts) + 'static) -> Self {
        Self { facts: Some(Rc::new(fault)), changes: None }
    }
    /// What the store gets is not what the desk has decided.
    pub(crate) fn writing(fault: impl Fn(&MemoryStore, &TenantId, &mut Changes) + 'static) -> Self {
        Self { facts: None, changes: Some(Rc::new(fault)) }
    }
    /// And that, too.
    pub(crate) fn and_writing(mut self, fault: impl Fn(&MemoryStore, &TenantId, &mut Changes) + 'static) -> Self {
        self.changes = Some(Rc::new(fault));
        self
    }
}

/// A store in memory behind a fault.
#[derive(Clone)]
pub(crate) struct Faulty {
    pub(crate) store: MemoryStore,
    pub(crate) fault: Fault,
}

pub(crate) struct FaultySession {
    inner: MemorySession,
    outer: Faulty,
    tenant: TenantId,
}

impl blocking::Sessions for Faulty {
    type Error = Infallible;
    type Session<'s> = FaultySession;

    fn begin(&self, tenant: &TenantId) -> Result<FaultySession, Infallible> {
        let Ok(inner) = self.store.begin(tenant);
        Ok(FaultySession { inner, outer: self.clone(), tenant: tenant.clone() })
    }
    fn commit(&self, session: FaultySession) -> Result<(), CommitError<Infallible>> {
        self.store.commit(session.inner)
    }
}

impl blocking::Store for FaultySession {
    type Error = Infallible;

    fn gather(&mut self, needs: &Needs) -> Result<Facts, Infallible> {
        let Ok(mut facts) = self.inner.gather(needs);
        if let Some(fault) = &self.outer.fault.facts {
            fault(&self.outer.store, &self.tenant, &mut facts);
        }
        Ok(facts)
    }
    fn write(&mut self, changes: &Changes) -> Result<(), WriteError<Infallible>> {
        let mut changes = changes.clone();
        if let Some(fault) = &self.outer.fault.changes {
            fault(&self.outer.store, &self.tenant, &mut changes);
        }
        blocking::Store::write(&mut self.inner, &changes)
    }
}

impl blocking::Timers for FaultySession {
    type Error = Infallible;

    fn claim_due(&mut self, now: Timestamp, lease: Span, limit: usize) -> Result<Vec<Due>, Infallible> {
        blocking::Timers::claim_due(&mut self.inner, now, lease, limit)
    }
    fn postpone(&mut self, due: &Due, until: Option<Timestamp>, reason: &str) -> Result<(), Infallible> {
        blocking::Timers::postpone(&mut self.inner, due, until, reason)
    }
    fn next_due(&mut self) -> Result<Option<Timestamp>, Infallible> {
        blocking::Timers::next_due(&mut self.inner)
    }
}

impl blocking::Outbox for FaultySession {
    type Error = Infallible;

    fn claim(&mut self, now: Timestamp, lease: Span, limit: usize) -> Result<Vec<Envelope>, Infallible> {
        blocking::Outbox::claim(&mut self.inner, now, lease, limit)
    }
    fn settle(&mut self, key: &EffectKey, fence: u64, settlement: &Settlement) -> Result<bool, Infallible> {
        blocking::Outbox::settle(&mut self.inner, key, fence, settlement)
    }
}

impl blocking::Log for FaultySession {
    type Error = Infallible;

    fn events(
        &mut self,
        record: &RecordKey,
        after: Option<Version>,
        limit: usize,
    ) -> Result<Vec<Recorded>, Infallible> {
        blocking::Log::events(&mut self.inner, record, after, limit)
    }
    fn feed(&mut self, after: Cursor, limit: usize) -> Result<(Vec<Recorded>, Cursor), Infallible> {
        blocking::Log::feed(&mut self.inner, after, limit)
    }
    fn contents(&mut self, references: &[ContentRef]) -> Result<Vec<Content>, Infallible> {
        blocking::Log::contents(&mut self.inner, references)
    }
    fn document(&mut self, digest: &Digest) -> Result<Option<String>, Infallible> {
        blocking::Log::document(&mut self.inner, digest)
    }
}

/// The answer to a request.
pub(crate) type Answer = Result<Receipt, SessionError<Infallible>>;

/// One tenant, one desk, one clock, and a store that may be faulty.
pub(crate) struct World {
    pub(crate) desk: Desk,
    pub(crate) sessions: Faulty,
    pub(crate) tenant: TenantId,
    pub(crate) now: Timestamp,
    requests: u128,
}

impl World {
    /// A world in which the life can begin: the policy is in force, its agents are there, and one customer is a VIP.
    pub(crate) fn new(policy: &Policy, life: &Life, fault: Fault) -> Self {
        let sessions = Faulty { store: MemoryStore::new(), fault };
        Self::beside(policy, life, sessions, "butik")
    }

    /// The same in a store that is there already.
    pub(crate) fn beside(policy: &Policy, life: &Life, sessions: Faulty, tenant: &str) -> Self {
        let tenant = TenantId::new(tenant).unwrap();
        let mut world = Self { desk: Desk::new(policy.clone()), sessions, tenant, now: start(), requests: 0 };
        world.host(Command::Activate);
        for agent in &life.agents {
            world.host(agent.clone());
            world.host(SetPresence::new(agent.agent.clone(), Presence::Available));
        }
        world.host(RecordCustomer::new("c-0".try_into().unwrap()).tier(name("vip")));
        world
    }

    /// The host says something that nobody refuses.
    #[track_caller]
    pub(crate) fn host(&mut self, command: impl Into<Command>) {
        self.ask(Actor::Host, command).unwrap();
    }

    pub(crate) fn request(&mut self, actor: Actor, command: impl Into<Command>) -> Request {
        self.requests += 1;
        let mut seed = [0u8; 32];
        seed[..16].copy_from_slice(&self.requests.to_be_bytes());
        Request::new(RequestId::from_u128(self.requests), actor, Seed::new(seed), command)
    }

    pub(crate) fn ask(&mut self, actor: Actor, command: impl Into<Command>) -> Answer {
        let request = self.request(actor, command);
        self.execute(&request)
    }

    pub(crate) fn execute(&self, request: &Request) -> Answer {
        blocking::execute_with_retry(&self.desk, &self.sessions, &self.tenant, request, self.now, 1)
    }

    pub(crate) fn preview(&self, request: &Request) -> Result<Decision, String> {
        let Ok(mut session) = self.sessions.begin(&self.tenant);
        blocking::preview(&self.desk, &mut session, request, self.now).map_err(|error| error.code().to_owned())
    }

    pub(crate) fn step(&mut self, step: &Lived) -> Answer {
        self.pass(step);
        self.ask(step.actor.clone(), step.command.clone())
    }

    /// Lives all of it, and does what is due in the end.
    pub(crate) fn live(policy: &Policy, life: &Life, fault: Fault) -> Self {
        let mut world = Self::new(policy, life, fault);
        for step in &life.steps {
            let _ = world.step(step);
        }
        world.quiet();
        world
    }

    /// Lets the time before a step pass.
    pub(crate) fn pass(&mut self, step: &Lived) {
        if step.awake {
            self.advance_to(self.now + step.gap);
        } else {
            self.now = self.now + step.gap;
        }
    }

    pub(crate) fn sweep(&mut self) -> Swept {
        let seed = self.request(Actor::Timer, Command::Activate).seed;
        blocking::sweep(&self.desk, &self.sessions, &self.tenant, self.now, &Sweep::new(seed)).unwrap_or_default()
    }

    /// Lets time pass, and stops at every wake-up on the way.
    pub(crate) fn advance_to(&mut self, until: Timestamp) {
        // The bound is for faulty worlds, which may never come to rest.
        for _ in 0..2_000 {
            let swept = self.sweep();
            match swept.next {
                Some(next) if next <= until && (next > self.now || swept.woken > 0) => self.now = next.max(self.now),
                _ => break,
            }
        }
        self.now = self.now.max(until);
        self.sweep();
    }

    /// Does what is due now, until nothing is.
    pub(crate) fn quiet(&mut self) {
        self.advance_to(self.now);
    }

    pub(crate) fn store(&self) -> &MemoryStore {
        &self.sessions.store
    }

    pub(crate) fn seen(&self) -> Seen {
        Seen::of(self.store(), &self.tenant)
    }

    pub(crate) fn state(&self, key: &RecordKey) -> Option<Arc<State>> {
        let mut needs = Needs::default();
        needs.record(key.clone());
        let Ok(mut session) = self.store().begin(&self.tenant);
        let Ok(facts) = session.gather(&needs);
        facts.record(key).map(|loaded| Arc::clone(&loaded.state))
    }

    pub(crate) fn tickets(&self) -> Vec<Ticket> {
        self.store().records(&self.tenant).iter().filter_map(|(.., state)| state.ticket().cloned()).collect()
    }

    /// What the store answers to a request id from now on.
    pub(crate) fn receipt(&self, request: RequestId) -> Option<Receipt> {
        let mut needs = Needs::default();
        needs.request = Some(request);
        let Ok(mut session) = self.store().begin(&self.tenant);
        let Ok(facts) = session.gather(&needs);
        facts.answered.map(|answered| answered.receipt)
    }
}

/// Everything that a store holds of a tenant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) records: Vec<(RecordKey, Version, Arc<State>)>,
    pub(crate) feed: Vec<Recorded>,
    pub(crate) wakes: Vec<WakeRow>,
    pub(crate) outbox: Vec<EffectRow>,
    pub(crate) loads: Vec<(AgentId, Name, u32)>,
    pub(crate) contents: Vec<Content>,
}

impl Seen {
    pub(crate) fn of(store: &MemoryStore, tenant: &TenantId) -> Self {
        let Ok(mut session) = store.begin(tenant);
        let Ok((feed, _)) = session.feed(Cursor::START, usize::MAX);
        let references: Vec<ContentRef> = references(&feed);
        let Ok(contents) = session.contents(&references);
        Self {
            records: store.records(tenant),
            feed,
            wakes: store.wakes(tenant),
            outbox: store.outbox(tenant),
            loads: store.loads(tenant),
            contents,
        }
    }

    /// As bytes: what is stored as JSON in JSON, the rest as it prints.
    pub(crate) fn bytes(&self) -> String {
        let records: Vec<_> = self.records.iter().map(|(key, version, state)| (key, version, &**state)).collect();
        let (outbox, wakes) = (&self.outbox, &self.wakes);
        let stored = serde_json::to_string(&(records, &self.feed, &self.contents)).unwrap();
        format!("{stored}\n{outbox:?}\n{wakes:?}\n{:?}", self.loads)
    }

    /// Each record's log.
    pub(crate) fn logs(&self) -> BTreeMap<RecordKey, Vec<&Recorded>> {
        let mut logs: BTreeMap<RecordKey, Vec<&Recorded>> = BTreeMap::new();
        for recorded in &self.feed {
            logs.entry(recorded.record.clone()).or_default().push(recorded);
        }
        logs
    }

    pub(crate) fn log(&self, ticket: TicketId) -> impl Iterator<Item = &Recorded> {
        self.feed.iter().filter(move |recorded| recorded.record == RecordKey::Ticket(ticket))
    }

    /// Every write, in the order of the commits, with the states before and after it.
    pub(crate) fn writes(&self) -> Vec<Write<'_>> {
        let mut states: BTreeMap<RecordKey, Option<State>> = BTreeMap::new();
        let mut writes: Vec<Write<'_>> = Vec::new();
        let mut rest = &self.feed[..];
        while let Some(first) = rest.first() {
            let together = |recorded: &&Recorded| recorded.cause.request == first.cause.request;
            let (events, after) = rest.split_at(rest.iter().take_while(together).count());
            rest = after;
            let before = states.clone();
            for recorded in events {
                let state = states.entry(recorded.record.clone()).or_default();
                apply(&recorded.record, state, &recorded.event, recorded.occurred);
            }
            writes.push(Write { events, before, after: states.clone() });
        }
        writes
    }
}

/// One write.
pub(crate) struct Write<'a> {
    pub(crate) events: &'a [Recorded],
    pub(crate) before: BTreeMap<RecordKey, Option<State>>,
    pub(crate) after: BTreeMap<RecordKey, Option<State>>,
}

pub(crate) fn references(feed: &[Recorded]) -> Vec<ContentRef> {
    let reference = |recorded: &Recorded| match &recorded.event {
        Event::Ticket(event) => event.content().copied(),
        _ => None,
    };
    feed.iter().filter_map(reference).collect()
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// Fails with the text unless the condition holds.
pub(crate) fn ensure(holds: bool, text: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(text()) }
}
