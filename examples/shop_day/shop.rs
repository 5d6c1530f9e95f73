//! The shop's own backend around the library: what a host writes, which is a store, a policy, a clock and requests.

use std::collections::BTreeMap;
use std::sync::Arc;

use destek::Command;
use destek::actor::Actor;
use destek::content::Seed;
use destek::desk::{Desk, Needs, Receipt, Recorded, Rejection, Request, State};
use destek::id::{AgentId, RequestId, TenantId, TicketId, ViewId};
use destek::inbox::{Filter, Sort, TicketRow};
use destek::policy::{Policy, PolicyDoc};
use destek::record::RecordKey;
use destek::run::{CountViews, Listing, OpenView, Relay, Relayed, SessionError, Sweep};
use destek::store::blocking::{self, Log as _, Sessions as _, Store as _, Timers as _};
use destek::store::{Cursor, MemoryStore};
use destek::time::Timestamp;

use super::Failure;
use super::post::Post;
use super::seed::Rng;

/// How many events are read from the feed at once.
const FEED: usize = 512;

/// What became of a request.
#[derive(Debug)]
pub(crate) enum Answer {
    Done(Receipt),
    Refused(Rejection),
}

impl Answer {
    pub(crate) const fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

/// Counts by command, and of refusals by command and code.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) done: BTreeMap<&'static str, u64>,
    pub(crate) refused: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    pub(crate) woken: u64,
    pub(crate) unwoken: u64,
}

impl Counts {
    /// How many commands were asked for, wake-ups included.
    pub(crate) fn commands(&self) -> u64 {
        let refused = self.refused.values().flat_map(BTreeMap::values);
        self.done.values().chain(refused).sum::<u64>() + self.woken + self.unwoken
    }

    pub(crate) fn done(&self, command: &str) -> u64 {
        self.done.get(command).copied().unwrap_or_default()
    }
}

/// The desk in the host's hands.
#[derive(Debug)]
pub(crate) struct Shop {
    desk: Desk,
    pub(crate) doc: PolicyDoc,
    pub(crate) store: MemoryStore,
    pub(crate) tenant: TenantId,
    pub(crate) now: Timestamp,
    pub(crate) counts: Counts,
    requests: u128,
    cursor: Cursor,
    rng: Rng,
}

impl Shop {
    /// A shop that opens for the first time at `now`, and puts its policy into force.
    ///
    /// # Errors
    /// When that is refused, which is a defect.
    pub(crate) fn open(doc: PolicyDoc, policy: Policy, now: Timestamp) -> Result<Self, Failure> {
        let mut shop = Self {
            desk: Desk::new(policy),
            doc,
            store: MemoryStore::new(),
            tenant: TenantId::new("defne-ev")?,
            now,
            counts: Counts::default(),
            requests: 0,
            cursor: Cursor::START,
            rng: Rng::of("salts", ""),
        };
        shop.must(Actor::Host, Command::Activate)?;
        Ok(shop)
    }

    pub(crate) const fn policy(&self) -> &Policy {
        self.desk.policy()
    }

    /// Asks for something, now. Refusals are counted; what else can go wrong stops the day.
    pub(crate) fn ask(&mut self, actor: Actor, command: impl Into<Command>) -> Result<Answer, Failure> {
        let command = command.into();
        let kind = command.kind();
        self.requests += 1;
        let seed = Seed::new(self.rng.bytes());
        let request = Request::new(RequestId::from_u128(self.requests), actor, seed, command);
        match blocking::execute_with_retry(&self.desk, &self.store, &self.tenant, &request, self.now, 1) {
            Ok(receipt) => {
                *self.counts.done.entry(kind).or_default() += 1;
                Ok(Answer::Done(receipt))
            }
            Err(SessionError::Rejected(rejection)) => {
                *self.counts.refused.entry(kind).or_default().entry(rejection.code()).or_default() += 1;
                Ok(Answer::Refused(rejection))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Asks for something that nobody has a reason to refuse.
    pub(crate) fn must(&mut self, actor: Actor, command: impl Into<Command>) -> Result<Receipt, Failure> {
        match self.ask(actor, command)? {
            Answer::Done(receipt) => Ok(receipt),
            Answer::Refused(rejection) => Err(rejection.into()),
        }
    }

    /// Does what time has caused by now: warnings, breaches, ends of waits, and giving out what waits in queues.
    pub(crate) fn sweep(&mut self) -> Result<(), Failure> {
        let sweep = Sweep::new(Seed::new(self.rng.bytes()));
        let swept = blocking::sweep(&self.desk, &self.store, &self.tenant, self.now, &sweep)?;
        self.counts.woken += swept.woken as u64;
        self.counts.unwoken += (swept.rejected + swept.failed) as u64;
        if swept.woken == 0 && swept.next.is_some_and(|next| next <= self.now) {
            return Err(format!("a wake-up of {} makes no progress", self.now).into());
        }
        Ok(())
    }

    /// When the next record wants to be woken.
    pub(crate) fn next_due(&self) -> Result<Option<Timestamp>, Failure> {
        Ok(self.store.begin(&self.tenant)?.next_due()?)
    }

    /// Delivers what waits in the outbox at an instant.
    pub(crate) fn relay(&self, post: &Post, now: Timestamp) -> Result<Relayed, Failure> {
        let mut sum = Relayed::default();
        loop {
            let relayed = blocking::relay(&self.store, &self.tenant, post, now, &Relay::default())?;
            if relayed.claimed() == 0 {
                return Ok(sum);
            }
            sum += relayed;
        }
    }

    /// What has happened since this was asked last.
    pub(crate) fn news(&mut self) -> Result<Vec<Recorded>, Failure> {
        let mut session = self.store.begin(&self.tenant)?;
        let mut news = Vec::new();
        loop {
            let (events, cursor) = session.feed(self.cursor, FEED)?;
            self.cursor = cursor;
            if events.is_empty() {
                return Ok(news);
            }
            news.extend(events);
        }
    }

    /// The first tickets of a list, as a worker sees it.
    pub(crate) fn list(
        &self,
        actor: &Actor,
        filter: Filter,
        sort: Sort,
        limit: usize,
    ) -> Result<Vec<TicketRow>, Failure> {
        let mut session = self.store.begin(&self.tenant)?;
        let page =
            blocking::list_tickets(&self.desk, &mut session, actor, &Listing::new(filter, sort, limit), self.now)?;
        Ok(page.rows)
    }

    /// The first tickets of a saved view.
    pub(crate) fn open_view(&self, actor: &Actor, view: ViewId, limit: usize) -> Result<Vec<TicketRow>, Failure> {
        let mut session = self.store.begin(&self.tenant)?;
        let opened = blocking::open_view(&self.desk, &mut session, actor, &OpenView::new(view, limit), self.now)?;
        Ok(opened.page.rows)
    }

    /// How many tickets saved views have for a reader.
    pub(crate) fn count_views<const N: usize>(
        &self,
        actor: &Actor,
        views: [ViewId; N],
        at_most: usize,
    ) -> Result<[u64; N], Failure> {
        let mut session = self.store.begin(&self.tenant)?;
        let wanted = CountViews::new(views).up_to(at_most);
        let counted = blocking::count_views(&self.desk, &mut session, actor, &wanted, self.now)?;
        let of =
            |view| counted.iter().find(|(counted, _)| *counted == view).map_or(0, |(_, count)| count.tickets as u64);
        Ok(views.map(of))
    }

    /// How many tickets count against an agent's capacity.
    pub(crate) fn load(&self, agent: &AgentId) -> u32 {
        let loads = self.store.loads(&self.tenant);
        loads.into_iter().find(|(other, ..)| other == agent).map_or(0, |(_, _, load)| load)
    }

    /// The state of a ticket, as a worker's screen would show it.
    pub(crate) fn look(&self, ticket: TicketId) -> Result<Option<Arc<State>>, Failure> {
        let key = RecordKey::Ticket(ticket);
        let mut needs = Needs::default();
        needs.record(key.clone());
        let facts = self.store.begin(&self.tenant)?.gather(&needs)?;
        Ok(facts.record(&key).map(|loaded| Arc::clone(&loaded.state)))
    }
}
