//! A small world: one tenant, one desk, one store in memory, one clock.

use std::convert::Infallible;
use std::sync::Arc;

use crate::actor::Actor;
use crate::content::{Content, Seed};
use crate::desk::{Command, Decision, Desk, Outgoing, Receipt, Recorded, Rejection, Request, State};
use crate::id::{AgentId, JobId, RequestId, TenantId, TicketId};
use crate::job::Job;
use crate::policy::Policy;
use crate::record::RecordKey;
use crate::run::{SessionError, Sweep, Swept};
use crate::store::MemoryStore;
use crate::store::blocking::{self, Log as _, Sessions as _};
use crate::ticket::Ticket;
use crate::time::{Span, Timestamp};
use crate::view::{Dossier, OwnDraft};

/// A desk under one policy, with a store in memory and a clock that only moves when told.
///
/// ```
/// use destek::testing::Scene;
/// use destek::actor::Actor;
/// use destek::channel::{Channel, ChannelKind};
/// use destek::id::{CustomerId, TicketId};
/// use destek::ticket::{Category, Open};
/// use destek::policy;
///
/// let mut scene = Scene::new(policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
/// let (ticket, customer) = (TicketId::from_u128(1), CustomerId::new("c-17")?);
/// let open = Open::new(ticket, customer.clone(), Channel::of(ChannelKind::Chat));
/// scene.run(Actor::verified(customer), open)?;
/// assert_eq!(scene.ticket(ticket).map(|ticket| ticket.category()), Some(Category::New));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Scene {
    desk: Desk,
    store: MemoryStore,
    tenant: TenantId,
    now: Timestamp,
    requests: u128,
}

/// Why the desk refuses. One unit of work at a time over a store in memory neither fails nor meets anybody else: whatever
/// else went wrong is a defect of the library, which a test must show as what it is.
#[expect(clippy::panic, reason = "a refusal that nobody gave would make a test pass, or fail at the wrong place")]
fn rejection(error: SessionError<Infallible>) -> Rejection {
    match error {
        SessionError::Rejected(rejection) => rejection,
        error => panic!("the store of the scene failed: {error}"),
    }
}

impl Scene {
    /// A scene that begins at `now` with the policy in force and nothing else.
    #[must_use]
    pub fn new(policy: Policy, now: Timestamp) -> Self {
        let tenant = TenantId::fixed("scene");
        let mut scene = Self { desk: Desk::new(policy), store: MemoryStore::new(), tenant, now, requests: 0 };
        let activated = scene.run(Actor::Host, Command::Activate);
        debug_assert!(activated.is_ok(), "{activated:?}");
        scene
    }

    /// Puts another policy in force, which the scene's desk decides by from now on.
    ///
    /// # Errors
    /// When the desk refuses.
    pub fn adopt(&mut self, policy: Policy) -> Result<Receipt, Rejection> {
        self.desk = Desk::new(policy);
        self.run(Actor::Host, Command::Activate)
    }

    /// The desk.
    #[must_use]
    pub const fn desk(&self) -> &Desk {
        &self.desk
    }

    /// The store.
    #[must_use]
    pub const fn store(&self) -> &MemoryStore {
        &self.store
    }

    /// The tenant.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// What the clock shows.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The next request: a fresh id, and a seed that depends on nothing else.
    pub fn request(&mut self, actor: Actor, command: impl Into<Command>) -> Request {
        self.requests += 1;
        let mut seed = [0u8; 32];
        seed[..16].copy_from_slice(&self.requests.to_be_bytes());
        Request::new(RequestId::from_u128(self.requests), actor, Seed::new(seed), command)
    }

    /// Carries out a command now.
    ///
    /// # Errors
    /// When the desk refuses it; nothing has changed then.
    pub fn run(&mut self, actor: Actor, command: impl Into<Command>) -> Result<Receipt, Rejection> {
        let request = self.request(actor, command);
        self.execute(&request)
    }

    /// Carries out a request now.
    ///
    /// # Errors
    /// When the desk refuses it; nothing has changed then.
    pub fn execute(&mut self, request: &Request) -> Result<Receipt, Rejection> {
        let sessions = &self.store;
        let result = blocking::execute_with_retry(&self.desk, sessions, &self.tenant, request, self.now, 1);
        result.map_err(rejection)
    }

    /// What a command would change now, without changing it (law 4).
    ///
    /// # Errors
    /// When the desk refuses it.
    pub fn preview(&mut self, actor: Actor, command: impl Into<Command>) -> Result<Decision, Rejection> {
        let request = self.request(actor, command);
        let Ok(mut session) = self.store.begin(&self.tenant);
        blocking::preview(&self.desk, &mut session, &request, self.now).map_err(|error| rejection(error.into()))
    }

    /// Does what time has caused by now.
    ///
    /// # Panics
    /// When the sweep fails as a whole, as when the policy is not the one in force: a scene has no store that fails, so
    /// that a test would otherwise wait for what never comes.
    #[expect(clippy::panic, reason = "a test in which time does nothing must fail where it stands still")]
    pub fn sweep(&mut self) -> Swept {
        let request = self.request(Actor::Timer, Command::Activate);
        let sweep = Sweep::new(request.seed);
        match blocking::sweep(&self.desk, &self.store, &self.tenant, self.now, &sweep) {
            Ok(swept) => swept,
            Err(error) => panic!("the sweep failed: {error}"),
        }
    }

    /// Lets time pass, and stops at every wake-up on the way to do what it asks for.
    pub fn advance(&mut self, span: Span) {
        self.advance_to(self.now + span);
    }

    /// Lets time pass until an instant, and stops at every wake-up on the way to do what it asks for.
    pub fn advance_to(&mut self, until: Timestamp) {
        // A wake-up always leads to a later one, or to work that gets less; this only bounds a defect.
        for _ in 0..100_000 {
            let swept = self.sweep();
            match swept.next {
                Some(next) if next <= until && (next > self.now || swept.woken > 0) => self.now = next.max(self.now),
                _ => break,
            }
        }
        self.now = self.now.max(until);
        self.sweep();
    }

    /// Moves the clock without doing what time asks for, as when no worker runs. It may go back, too.
    pub fn set_clock(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// The state of a record.
    #[must_use]
    pub fn state(&self, key: &RecordKey) -> Option<Arc<State>> {
        let mut records = self.store.records(&self.tenant).into_iter();
        records.find(|(own, ..)| own == key).map(|(_, _, state)| state)
    }

    /// The state of a ticket.
    #[must_use]
    pub fn ticket(&self, id: TicketId) -> Option<Ticket> {
        self.state(&RecordKey::Ticket(id)).and_then(|state| state.ticket().cloned())
    }

    /// The state of a job.
    #[must_use]
    pub fn job(&self, id: JobId) -> Option<Job> {
        self.state(&RecordKey::Job(id)).and_then(|state| state.job().cloned())
    }

    /// Every ticket, by id.
    #[must_use]
    pub fn tickets(&self) -> Vec<Ticket> {
        let records = self.store.records(&self.tenant).into_iter();
        records.filter_map(|(_, _, state)| state.ticket().cloned()).collect()
    }

    /// How many tickets count against an agent's capacity, as the store keeps it.
    #[must_use]
    pub fn load(&self, agent: &AgentId) -> u32 {
        let loads = self.store.loads(&self.tenant);
        loads.into_iter().filter(|(own, ..)| own == agent).map(|(.., load)| load).sum()
    }

    /// A record's log.
    #[must_use]
    pub fn log(&self, key: &RecordKey) -> Vec<Recorded> {
        let Ok(mut session) = self.store.begin(&self.tenant);
        let Ok(events) = session.events(key, None, usize::MAX);
        events
    }

    /// A ticket with its story, as pictures of it are made.
    #[must_use]
    pub fn dossier(&self, ticket: TicketId) -> Option<Dossier> {
        let Ok(mut session) = self.store.begin(&self.tenant);
        let Ok(dossier) = blocking::load_ticket(&mut session, ticket);
        dossier
    }

    /// What an agent has begun to write on a ticket, as he reads it.
    ///
    /// # Errors
    /// When he may not answer on the ticket, or there is none that he may see.
    pub fn draft(&self, ticket: TicketId, agent: AgentId) -> Result<Option<OwnDraft>, Rejection> {
        let Ok(mut session) = self.store.begin(&self.tenant);
        let draft = blocking::load_draft(&self.desk, &mut session, &Actor::Agent(agent), ticket);
        draft.map_err(|error| rejection(error.into()))
    }

    /// The texts behind a record's log, as far as they are still there.
    #[must_use]
    pub fn texts(&self, log: &[Recorded]) -> Vec<Content> {
        let references = log.iter().filter_map(|recorded| match &recorded.event {
            crate::desk::Event::Ticket(event) => event.content().copied(),
            crate::desk::Event::Job(event) => event.content().copied(),
            crate::desk::Event::Schedule(event) => event.content().copied(),
            crate::desk::Event::Draft(crate::draft::Event::Saved { body, .. }) => Some(*body.content()),
            _ => None,
        });
        let references: Vec<_> = references.collect();
        let Ok(mut session) = self.store.begin(&self.tenant);
        let Ok(texts) = session.contents(&references);
        texts
    }

    /// The kinds of a ticket's events, in order: what happened, in words.
    #[must_use]
    pub fn kinds(&self, ticket: TicketId) -> Vec<&'static str> {
        let log = self.log(&RecordKey::Ticket(ticket));
        log.iter().map(|recorded| recorded.event.kind()).collect()
    }

    /// Every effect that was ever asked for, in the order of the outbox.
    #[must_use]
    pub fn effects(&self) -> Vec<Outgoing> {
        self.store.outbox(&self.tenant).into_iter().map(|row| row.outgoing).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::rejection;
    use crate::desk::Rejection;
    use crate::run::SessionError;
    use crate::store::Conflict;

    #[test]
    fn a_refusal_is_the_desks_own() {
        assert_eq!(rejection(SessionError::Rejected(Rejection::Dated)), Rejection::Dated);
    }

    #[test]
    #[should_panic(expected = "the transaction was given up by the database")]
    fn a_failure_of_the_store_is_shown_as_such() {
        let _ = rejection(SessionError::Conflict(Conflict::TransactionLost));
    }
}
