//! The same lives in memory and in SQLite, once over units of work and once inside the host's transactions: after each step
//! the stores tell the same of everything.

use std::cell::Cell;
use std::collections::BTreeSet;

use destek::Desk;
use destek::actor::Actor;
use destek::content::{Content, ContentRef, Seed};
use destek::desk::{Changes, Command, EffectKey, Facts, Needs, Recorded, Request};
use destek::id::{RequestId, TenantId};
use destek::inbox::{Count, Page, Query, SavedView, ScopedFilter, ViewReader};
use destek::policy::{Digest, Policy};
use destek::record::{RecordKey, Version};
use destek::run::Sweep;
use destek::store::blocking::{self, Log, Outbox, Search, Sessions, Store, Timers};
use destek::store::sqlite::{self, Durability, SqliteError, SqliteStore, rusqlite::Connection};
use destek::store::{CommitError, Cursor, Due, Envelope, MemoryStore, Settlement, WriteError};
use destek::team::{Presence, SetPresence};
use destek::testing::Script;
use destek::time::{Span, Timestamp};

use super::file::{File, Place};
use crate::scripts::{Life, Lived, Shop, holds, start};
use crate::search::{Dice, filter, life, readers, sort};
use crate::world::{Fault, World, ensure, references};

/// The host's own transactions as units of work: one connection, one at a time. One that is not committed is rolled back,
/// or, as by a host that goes on after a refusal, committed all the same.
pub(super) struct Host {
    connection: Connection,
    goes_on: Cell<bool>,
    _place: Place,
}

impl Host {
    fn new() -> Self {
        let place = Place::new();
        let connection = sqlite::open(place.path(), Durability::Normal).unwrap();
        Self { connection, goes_on: Cell::new(true), _place: place }
    }
}

pub(super) struct HostSession<'s> {
    host: &'s Host,
    tenant: TenantId,
}

impl HostSession<'_> {
    fn store(&self) -> Result<SqliteStore<'_>, SqliteError> {
        SqliteStore::within(&self.host.connection, &self.tenant)
    }
}

impl Drop for HostSession<'_> {
    fn drop(&mut self) {
        if !self.host.connection.is_autocommit() {
            let end = if self.host.goes_on.get() { "COMMIT" } else { "ROLLBACK" };
            self.host.connection.execute_batch(end).unwrap();
        }
    }
}

impl Sessions for Host {
    type Error = SqliteError;
    type Session<'s> = HostSession<'s>;

    fn begin(&self, tenant: &TenantId) -> Result<HostSession<'_>, SqliteError> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        Ok(HostSession { host: self, tenant: tenant.clone() })
    }
    fn commit<'s>(&'s self, session: HostSession<'s>) -> Result<(), CommitError<SqliteError>> {
        self.connection.execute_batch("COMMIT").map_err(|error| CommitError::Store(error.into()))?;
        drop(session);
        Ok(())
    }
}

impl Store for HostSession<'_> {
    type Error = SqliteError;
    fn gather(&mut self, needs: &Needs) -> Result<Facts, SqliteError> {
        self.store()?.gather(needs)
    }
    fn write(&mut self, changes: &Changes) -> Result<(), WriteError<SqliteError>> {
        self.store().map_err(WriteError::Store)?.write(changes)
    }
}

impl Timers for HostSession<'_> {
    type Error = SqliteError;
    fn claim_due(&mut self, now: Timestamp, lease: Span, limit: usize) -> Result<Vec<Due>, SqliteError> {
        self.store()?.claim_due(now, lease, limit)
    }
    fn postpone(&mut self, due: &Due, until: Option<Timestamp>, reason: &str) -> Result<(), SqliteError> {
        self.store()?.postpone(due, until, reason)
    }
    fn next_due(&mut self) -> Result<Option<Timestamp>, SqliteError> {
        self.store()?.next_due()
    }
}

impl Outbox for HostSession<'_> {
    type Error = SqliteError;
    fn claim(&mut self, now: Timestamp, lease: Span, limit: usize) -> Result<Vec<Envelope>, SqliteError> {
        self.store()?.claim(now, lease, limit)
    }
    fn settle(&mut self, key: &EffectKey, fence: u64, settlement: &Settlement) -> Result<bool, SqliteError> {
        self.store()?.settle(key, fence, settlement)
    }
}

impl Log for HostSession<'_> {
    type Error = SqliteError;
    fn events(
        &mut self,
        record: &RecordKey,
        after: Option<Version>,
        limit: usize,
    ) -> Result<Vec<Recorded>, SqliteError> {
        self.store()?.events(record, after, limit)
    }
    fn feed(&mut self, after: Cursor, limit: usize) -> Result<(Vec<Recorded>, Cursor), SqliteError> {
        self.store()?.feed(after, limit)
    }
    fn contents(&mut self, references: &[ContentRef]) -> Result<Vec<Content>, SqliteError> {
        self.store()?.contents(references)
    }
    fn document(&mut self, digest: &Digest) -> Result<Option<String>, SqliteError> {
        self.store()?.document(digest)
    }
}

impl Search for HostSession<'_> {
    type Error = SqliteError;
    fn tickets(&mut self, query: &Query) -> Result<Page, SqliteError> {
        self.store()?.tickets(query)
    }
    fn count(&mut self, filter: &ScopedFilter, at_most: usize) -> Result<Count, SqliteError> {
        self.store()?.count(filter, at_most)
    }
    fn views(&mut self, reader: &ViewReader, limit: usize) -> Result<Vec<SavedView>, SqliteError> {
        self.store()?.views(reader, limit)
    }
}

/// One desk, one clock, one store.
struct Side<'s, S> {
    desk: Desk,
    store: &'s S,
    tenant: TenantId,
    now: Timestamp,
    requests: u128,
    keys: BTreeSet<RecordKey>,
    read: Cursor,
    /// Called with `true` before the store is only looked at, and with `false` after.
    looks: Box<dyn Fn(bool) + 's>,
}

/// What a store tells of everything after a step.
#[derive(Debug, PartialEq)]
struct Told {
    answer: String,
    events: Vec<Recorded>,
    facts: Facts,
    next: Option<Timestamp>,
    due: Vec<Due>,
    waiting: Vec<Envelope>,
}

impl<'s, S: Sessions> Side<'s, S> {
    fn new(policy: &Policy, store: &'s S) -> Self {
        let (desk, tenant) = (Desk::new(policy.clone()), TenantId::new("butik").unwrap());
        Self {
            desk,
            store,
            tenant,
            now: start(),
            requests: 0,
            keys: BTreeSet::new(),
            read: Cursor::START,
            looks: Box::new(|_| {}),
        }
    }

    fn request(&mut self, actor: Actor, command: impl Into<Command>) -> Request {
        self.requests += 1;
        let mut seed = [0u8; 32];
        seed[..16].copy_from_slice(&self.requests.to_be_bytes());
        Request::new(RequestId::from_u128(self.requests), actor, Seed::new(seed), command)
    }

    fn ask(&mut self, actor: Actor, command: impl Into<Command>) -> String {
        let request = self.request(actor, command);
        let answer = blocking::execute_with_retry(&self.desk, self.store, &self.tenant, &request, self.now, 1);
        answer.map_or_else(|error| error.to_string(), |receipt| format!("{receipt:?}"))
    }

    fn begin(&mut self, life: &Life) -> Vec<String> {
        let mut answers = vec![self.ask(Actor::Host, Command::Activate)];
        for agent in &life.agents {
            answers.push(self.ask(Actor::Host, agent.clone()));
            answers.push(self.ask(Actor::Host, SetPresence::new(agent.agent.clone(), Presence::Available)));
        }
        answers
    }

    fn sweep(&mut self) -> String {
        let seed = self.request(Actor::Timer, Command::Activate).seed;
        format!("{:?}", blocking::sweep(&self.desk, self.store, &self.tenant, self.now, &Sweep::new(seed)).unwrap())
    }

    fn step(&mut self, step: &Lived) -> Told {
        self.now = self.now + step.gap;
        let swept = if step.awake { self.sweep() } else { String::new() };
        let answer = format!("{swept} {}", self.ask(step.actor.clone(), step.command.clone()));
        self.told(answer)
    }

    fn told(&mut self, answer: String) -> Told {
        (self.looks)(true);
        let mut session = self.store.begin(&self.tenant).unwrap();
        let (events, read) = session.feed(self.read, usize::MAX).unwrap();
        self.read = read;
        self.keys.extend(events.iter().map(|event| event.record.clone()));
        let mut needs = Needs::default();
        self.keys.iter().for_each(|key| needs.record(key.clone()));
        needs.request = Some(RequestId::from_u128(self.requests));
        for event in &events {
            needs.history.insert(event.record.clone());
            needs.documents.insert(event.cause.policy);
        }
        needs.contents.extend(references(&events).into_iter().map(|reference| reference.id));
        // Each queue in its turn.
        let queues = self.desk.policy().queues();
        let queue = &queues[usize::try_from(self.requests).unwrap() % queues.len()];
        let key = RecordKey::Queue(queue.id.clone());
        let request = self.request(Actor::Timer, Command::Wake(key));
        needs.queue = self.desk.needs(&request).queue;
        let facts = session.gather(&needs).unwrap();
        let next = session.next_due().unwrap();
        let due = session.claim_due(self.now, Span::minutes(1), 5).unwrap();
        let waiting = session.claim(self.now, Span::minutes(1), 5).unwrap();
        drop(session);
        (self.looks)(false);
        Told { answer, events, facts, next, due, waiting }
    }
}

fn same<S: Sessions>(what: &str, mut side: Side<'_, S>, life: &Life, expected: &[Told]) -> Result<(), String> {
    let begun = side.begin(life).join(" ");
    let first = side.told(begun);
    let steps = life.steps.iter().map(|step| side.step(step));
    for (place, (told, expected)) in std::iter::once(first).chain(steps).zip(expected).enumerate() {
        let differs = |part: &str, here: &dyn std::fmt::Debug, there: &dyn std::fmt::Debug| {
            Err(format!("{what}, step {place}, {part}: {here:#?} where memory says {there:#?}"))
        };
        let (facts, wanted) = (&told.facts, &expected.facts);
        match () {
            () if told.answer != expected.answer => return differs("answer", &told.answer, &expected.answer),
            () if told.events != expected.events => return differs("events", &told.events, &expected.events),
            () if facts.records != wanted.records => return differs("records", &facts.records, &wanted.records),
            () if facts.queue != wanted.queue => return differs("queue", &facts.queue, &wanted.queue),
            () if facts != wanted => return differs("other facts", facts, wanted),
            () if told.next != expected.next => return differs("next", &told.next, &expected.next),
            () if told.due != expected.due => return differs("due", &told.due, &expected.due),
            () if told.waiting != expected.waiting => return differs("waiting", &told.waiting, &expected.waiting),
            () => {}
        }
    }
    Ok(())
}

/// The policy, the life, and what the store in memory tells after each step of it.
fn expected(shop: Shop, script: &Script) -> (Policy, Life, Vec<Told>) {
    let policy = shop.policy();
    let life = Life::of(script, &policy);
    let memory = MemoryStore::new();
    let mut side = Side::new(&policy, &memory);
    let begun = side.begin(&life).join(" ");
    let mut told = vec![side.told(begun)];
    told.extend(life.steps.iter().map(|step| side.step(step)));
    drop(side);
    (policy, life, told)
}

#[test]
fn units_of_work_in_sqlite_tell_the_same_as_memory_after_every_step() {
    holds(|shop, script| {
        let (policy, life, expected) = expected(shop, script);
        let file = File::shop();
        same("units of work", Side::new(&policy, file.get()), &life, &expected)
    });
}

/// A host that goes on after a refusal, and commits rows of its own: nothing of what was refused is among them.
#[test]
fn the_hosts_transaction_tells_the_same_as_memory_after_every_step() {
    holds(|shop, script| {
        let (policy, life, expected) = expected(shop, script);
        let host = Host::new();
        let mut side = Side::new(&policy, &host);
        side.looks = Box::new(|looks| host.goes_on.set(!looks));
        same("the host's transaction", side, &life, &expected)
    });
}

/// Filters, orders and pages: SQL finds what the reference in memory finds, for every kind of reader.
#[test]
fn law_25_a_list_in_sqlite_has_exactly_the_tickets_of_that_in_memory() {
    holds(|shop, script| {
        let (policy, life) = life(shop, script);
        let file = std::rc::Rc::new(File::shop());
        let mirror = std::rc::Rc::clone(&file);
        let fault = Fault::writing(move |_, tenant, changes| {
            let mut session = mirror.get().begin(tenant).unwrap();
            session.write(changes).unwrap();
            mirror.get().commit(session).unwrap();
        });
        let world = World::live(&policy, &life, fault);
        let mut dice = Dice(script.steps.len() as u64);
        let mut memory = world.store().begin(&world.tenant).unwrap();
        let mut sqlite = file.get().begin(&world.tenant).unwrap();
        for (reader, record) in readers(&world) {
            for _ in 0..4 {
                let (asked, _) = filter(&mut dice, &world, &reader, 3);
                let Ok(scoped) = world.desk.scope(&reader, record.as_ref(), &asked, world.now) else { continue };
                let (one, two) = (memory.count(&scoped, 5).unwrap(), sqlite.count(&scoped, 5).unwrap());
                ensure(one == two, || format!("{asked:?} counts {two:?}, in memory {one:?}"))?;
                let (sort, mut after) = (sort(&mut dice, &reader), None);
                for _ in 0..4 {
                    let query = scoped.query(sort, after.as_ref(), 3).unwrap();
                    let (one, two) = (memory.tickets(&query).unwrap(), sqlite.tickets(&query).unwrap());
                    ensure(one == two, || format!("{asked:?} by {sort:?}: {two:#?}, in memory {one:#?}"))?;
                    after = one.next;
                    if after.is_none() {
                        break;
                    }
                }
            }
        }
        Ok(())
    });
}
