//! One seeded loop over virtual time: always the next thing, be it a message, something that a person does, a wake-up
//! or a delivery.
//!
//! Whoever has a ticket got it from a drain or took it: nothing here assigns by itself. What people do in answer to
//! what happens is in `agent` and `customer`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use destek::actor::Actor;
use destek::calendar::Calendar;
use destek::desk::{Event, Recorded};
use destek::id::{AgentId, ApprovalId, CustomerId, MessageId, OrderId, QueueId, TicketId};

use destek::sla;
use destek::team::{Presence, SetPresence};
use destek::ticket::{self, Assignment, Resumption};
use destek::time::{Span, Timestamp};

use super::Failure;
use super::agent::Course;
use super::figures::{Tally, count, event_kind};
use super::floor::{Desk, Standstill};
use super::notebook::Notebook;
use super::post::Post;
use super::roster::{midnight, roster};
use super::seed::Arrival;
use super::shop::Shop;

/// How long after the last message the day is looked at.
const TAIL: Span = Span::hours(40);
/// How long an effect waits for the next round of deliveries.
const RELAY_EVERY: Span = Span::seconds(20);
/// Rounds of deliveries at the very end; a failed one comes back within seconds, later ones within hours.
const LAST_ROUNDS: i64 = 200;
const DAY: Span = Span::days(1);

/// Something that is going to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// A message arrives.
    Arrive(usize),
    /// The shifts of the day that begins at a midnight.
    Plan(Timestamp),
    /// Somebody comes, steps away or goes.
    Presence(usize, Presence),
    /// Somebody turns to a ticket.
    Work(usize, TicketId),
    /// An approver turns to a question.
    Answer(usize, TicketId, ApprovalId),
    /// A lead looks whether many tickets have one cause.
    Survey(usize),
    /// A lead tells everybody who was hit that the cause is gone.
    Remedy(usize, TicketId),
    /// Somebody has free hands and looks at the team's list.
    Choose(usize),
    /// Somebody turns to what he meant to do.
    Chore(usize, TicketId),
    /// Somebody takes a merge back.
    Undo(usize, TicketId),
    /// A customer thinks about a ticket that is said to be solved.
    Ponder(TicketId),
    /// Effects are delivered.
    Relay,
}

/// The shop and everybody in it.
#[derive(Debug)]
pub(crate) struct Play {
    pub(crate) shop: Shop,
    pub(crate) desks: Vec<Desk>,
    pub(crate) by_id: BTreeMap<AgentId, usize>,
    pub(crate) arrivals: Vec<Arrival>,
    /// When each customer writes, in order.
    pub(crate) writes: BTreeMap<CustomerId, Vec<Timestamp>>,
    pub(crate) courses: BTreeMap<TicketId, Course>,
    pub(crate) known: (BTreeSet<CustomerId>, BTreeSet<OrderId>),
    /// Messages that were taken in, with their lines and the tickets they are on.
    pub(crate) accepted: BTreeMap<MessageId, (u64, TicketId)>,
    /// Lines that the desk refused, with its code.
    pub(crate) refused: Vec<(u64, &'static str)>,
    pub(crate) standstills: BTreeMap<QueueId, Standstill>,
    /// Events as they were heard, by kind.
    pub(crate) heard: Tally,
    pub(crate) granted: BTreeMap<String, Vec<destek::money::Money>>,
    pub(crate) notebook: Notebook,
    calendar: Option<Calendar>,
    agenda: BTreeMap<(Timestamp, u64), Step>,
    steps: u64,
    planned: Timestamp,
    begun: Timestamp,
    began: Timestamp,
    stirred: bool,
    quiet_days: u32,
    relaying: bool,
    next_arrival: usize,
}

impl Play {
    /// Everybody is known, nobody is there, nothing has happened.
    ///
    /// # Errors
    /// When the desk refuses what nobody has a reason to refuse.
    pub(crate) fn new(shop: Shop, arrivals: Vec<Arrival>) -> Result<Self, Failure> {
        let workers = roster(&shop.doc, arrivals.len())?;
        let calendars = shop.policy().calendars();
        // People keep the hours of the first calendar that ever closes.
        let named = calendars.names().filter_map(|name| calendars.calendar(Some(name)));
        let calendar = { named }.find(|calendar| calendar.next_close(shop.now).is_some()).cloned();
        let mut writes: BTreeMap<CustomerId, Vec<Timestamp>> = BTreeMap::new();
        for arrival in &arrivals {
            writes.entry(arrival.customer.clone()).or_default().push(arrival.at);
        }
        let mut play = Self {
            desks: Vec::new(),
            by_id: BTreeMap::new(),
            arrivals,
            writes,
            courses: BTreeMap::new(),
            known: Default::default(),
            accepted: BTreeMap::new(),
            refused: Vec::new(),
            standstills: BTreeMap::new(),
            heard: Tally::new(),
            granted: BTreeMap::new(),
            notebook: Notebook::default(),
            calendar,
            agenda: BTreeMap::new(),
            steps: 0,
            planned: Timestamp::MIN,
            begun: Timestamp::MIN,
            began: shop.now,
            stirred: true,
            quiet_days: 0,
            relaying: false,
            next_arrival: 0,
            shop,
        };
        for worker in workers {
            play.shop.must(Actor::Host, worker.record.clone())?;
            play.by_id.insert(worker.id.clone(), play.desks.len());
            play.desks.push(Desk {
                worker,
                presence: Presence::Offline,
                busy_until: Timestamp::MIN,
                called: BTreeSet::new(),
                parked: BTreeSet::new(),
                own: BTreeSet::new(),
                problem: None,
                unanswered: Vec::new(),
            });
        }
        play.save_views()?;
        Ok(play)
    }

    /// Plays until some time after the last message. Afterwards the clock stands there and every effect is delivered
    /// or given up.
    ///
    /// # Errors
    /// When something goes wrong that is no answer of the desk.
    pub(crate) fn run(&mut self, post: &Post, progress: &mut dyn Write) -> Result<(), Failure> {
        let end = self.arrivals.last().map_or(self.shop.now, |last| last.at + TAIL);
        self.plan_at(midnight(self.shop.now));
        self.await_arrival();
        loop {
            let wake = self.shop.next_due()?;
            let step = self.agenda.keys().next().map(|(at, _)| *at);
            let Some(at) = wake.into_iter().chain(step).min().filter(|at| *at <= end) else { break };
            self.shop.now = self.shop.now.max(at);
            if wake == Some(at) {
                self.shop.sweep()?;
            } else if let Some((_, step)) = self.agenda.pop_first() {
                self.step(step, post, progress)?;
            }
            self.listen()?;
        }
        self.listen()?;
        self.shop.now = end;
        for standstill in self.standstills.values_mut() {
            standstill.end(end);
        }
        self.deliver_the_rest(post)
    }

    fn deliver_the_rest(&mut self, post: &Post) -> Result<(), Failure> {
        for round in 0..LAST_ROUNDS {
            let rows = self.shop.store.outbox(&self.shop.tenant);
            if rows.iter().all(|row| row.status.is_settled()) {
                return Ok(());
            }
            self.shop.relay(post, self.shop.now + Span::minutes(round))?;
        }
        Ok(())
    }

    /// Puts something on the agenda.
    pub(crate) fn plan(&mut self, at: Timestamp, step: Step) {
        self.steps += 1;
        self.agenda.insert((at.max(self.shop.now), self.steps), step);
    }

    fn await_arrival(&mut self) {
        if let Some(arrival) = self.arrivals.get(self.next_arrival) {
            let (at, place) = (arrival.at, self.next_arrival);
            self.next_arrival += 1;
            self.plan(at, Step::Arrive(place));
        }
    }

    fn step(&mut self, step: Step, post: &Post, progress: &mut dyn Write) -> Result<(), Failure> {
        match step {
            Step::Arrive(place) => {
                self.await_arrival();
                self.arrive(place)
            }
            Step::Plan(midnight) => {
                if midnight > self.began {
                    let yesterday = midnight - Span::hours(21);
                    self.close_day(yesterday.to_datetime().date_naive().to_string())?;
                }
                self.plan_day(midnight);
                // Progress is a courtesy; a closed stream must not stop the day.
                let day = (midnight + Span::hours(3)).to_datetime().format("%a %d %b %Y");
                let _ = writeln!(
                    progress,
                    "{day}: {} commands, {} tickets so far",
                    self.shop.counts.commands(),
                    self.courses.len()
                );
                Ok(())
            }
            Step::Presence(desk, presence) => self.presence(desk, presence),
            Step::Work(desk, ticket) => self.work(desk, ticket),
            Step::Answer(desk, ticket, approval) => self.answer(desk, ticket, approval),
            Step::Survey(desk) => self.survey(desk),
            Step::Remedy(desk, ticket) => self.remedy(desk, ticket),
            Step::Choose(desk) => self.choose(desk),
            Step::Chore(desk, ticket) => self.chore(desk, ticket),
            Step::Undo(desk, ticket) => self.undo(desk, ticket),
            Step::Ponder(ticket) => self.ponder(ticket),
            Step::Relay => {
                self.relaying = false;
                let relayed = self.shop.relay(post, self.shop.now)?;
                if relayed.retried > 0 {
                    self.relay_soon();
                }
                Ok(())
            }
        }
    }

    fn relay_soon(&mut self) {
        if !self.relaying {
            self.relaying = true;
            self.plan(self.shop.now + RELAY_EVERY, Step::Relay);
        }
    }

    fn plan_at(&mut self, midnight: Timestamp) {
        if midnight > self.planned {
            self.planned = midnight;
            self.plan(midnight, Step::Plan(midnight));
        }
    }

    /// Everybody's shift today, and when to plan the next one. Where nothing stirs for days, as between messages that
    /// lie years apart, nobody has to come.
    fn plan_day(&mut self, today: Timestamp) {
        if today <= self.begun {
            return;
        }
        self.begun = today;
        for desk in 0..self.desks.len() {
            let plan = self.desks.get(desk).map(|desk| desk.worker.plan(self.calendar.as_ref(), today));
            for (at, presence) in plan.unwrap_or_default() {
                if presence == Presence::Available && self.desks.get(desk).is_some_and(|desk| desk.worker.lead) {
                    self.plan(at + Span::minutes(75), Step::Survey(desk));
                }
                self.plan(at, Step::Presence(desk, presence));
            }
        }
        self.quiet_days = if std::mem::take(&mut self.stirred) { 0 } else { self.quiet_days + 1 };
        let next = self.arrivals.get(self.next_arrival.saturating_sub(1)).map(|arrival| midnight(arrival.at));
        match next {
            Some(next) if self.quiet_days > 3 => self.plan_at(next.max(today + DAY)),
            _ => self.plan_at(today + DAY),
        }
    }

    fn presence(&mut self, place: usize, presence: Presence) -> Result<(), Failure> {
        let Some(desk) = self.desks.get_mut(place).filter(|desk| desk.presence != presence) else { return Ok(()) };
        desk.presence = presence;
        let id = desk.worker.id.clone();
        self.shop.must(Actor::Agent(id.clone()), SetPresence::new(id, presence))?;
        match presence {
            Presence::Available => self.back_at_work(place),
            Presence::Offline => self.give_back(place)?,
            _ => {}
        }
        Ok(())
    }

    fn back_at_work(&mut self, place: usize) {
        let Some(desk) = self.desks.get_mut(place) else { return };
        let parked = std::mem::take(&mut desk.parked);
        for (turn, ticket) in parked.into_iter().enumerate() {
            let after = Span::seconds(20 * (1 + i64::try_from(turn).unwrap_or_default()));
            self.plan(self.shop.now + after, Step::Work(place, ticket));
        }
        let Some(desk) = self.desks.get_mut(place) else { return };
        for (ticket, approval) in std::mem::take(&mut desk.unanswered) {
            self.plan(self.shop.now + Span::minutes(2), Step::Answer(place, ticket, approval));
        }
        self.plan(self.shop.now + Span::minutes(3), Step::Choose(place));
    }

    /// Lets a worker turn to a ticket after a while, once.
    pub(crate) fn call(&mut self, place: usize, ticket: TicketId, after: Span) {
        let now = self.shop.now;
        let Some(desk) = self.desks.get_mut(place) else { return };
        if desk.called.insert(ticket) {
            self.plan(now + after, Step::Work(place, ticket));
        }
    }

    /// Lets people hear of what has just happened.
    fn listen(&mut self) -> Result<(), Failure> {
        let news = self.shop.news()?;
        for recorded in &news {
            count(&mut self.heard, &event_kind(&recorded.event), 1);
            match &recorded.event {
                Event::Ticket(event) => self.hear(recorded, event)?,
                Event::Queue(event) => {
                    if let destek::record::RecordKey::Queue(queue) = &recorded.record {
                        self.standstills.entry(queue.clone()).or_default().see(event, recorded.occurred);
                    }
                }
                _ => {}
            }
        }
        if !news.is_empty() {
            self.relay_soon();
        }
        Ok(())
    }

    fn hear(&mut self, recorded: &Recorded, event: &ticket::Event) -> Result<(), Failure> {
        let Some(ticket) = recorded.record.ticket() else { return Ok(()) };
        self.stirred = true;
        let tomorrow = midnight(self.shop.now) + DAY;
        if self.planned > tomorrow {
            // A wake-up stirs the shop in the middle of a quiet time: from tomorrow on people come again.
            self.planned = midnight(self.shop.now);
            self.plan_at(tomorrow);
        }
        match event {
            ticket::Event::Opened(_) => {
                self.courses.entry(ticket).or_default();
            }
            ticket::Event::Assigned { agent, how } => {
                if let Some(place) = self.by_id.get(agent).copied() {
                    self.desks.get_mut(place).map(|desk| desk.own.insert(ticket));
                    let after = self.reaction(ticket, matches!(how, Assignment::Drained))?;
                    self.call(place, ticket, after);
                }
            }
            ticket::Event::Unassigned { agent } => {
                if let Some(desk) = self.by_id.get(agent).and_then(|place| self.desks.get_mut(*place)) {
                    desk.own.remove(&ticket);
                }
            }
            ticket::Event::MessageReceived { thanks: false, .. }
            | ticket::Event::Refused { .. }
            | ticket::Event::Reopened { .. }
            | ticket::Event::Unmerged { .. }
            | ticket::Event::Resumed { why: Resumption::Time, .. } => {
                if let Some(place) = self.assignee(ticket)? {
                    let after = self.reaction(ticket, false)?;
                    self.call(place, ticket, after);
                }
            }
            ticket::Event::Resolved { .. } => self.wonder(ticket)?,
            ticket::Event::ApprovalAsked { approval, asked } => self.ask_around(ticket, *approval, asked)?,
            ticket::Event::ApprovalEnded { asker: Some(asker), .. } => {
                if let Some(place) = self.by_id.get(asker).copied() {
                    self.call(place, ticket, Span::minutes(9));
                }
            }
            ticket::Event::Clock(sla::Event::Breached { .. }) => self.alarm(ticket)?,
            _ => {}
        }
        Ok(())
    }

    /// Who has a ticket, if it is one of us.
    pub(crate) fn assignee(&self, ticket: TicketId) -> Result<Option<usize>, Failure> {
        let state = self.shop.look(ticket)?;
        let agent = state.as_deref().and_then(|state| state.ticket()).and_then(|ticket| ticket.assignee());
        Ok(agent.and_then(|agent| self.by_id.get(agent)).copied())
    }
}

/// Ids as a host makes them: in the order of time.
pub(crate) fn id_bits(at: Timestamp, number: u64) -> u128 {
    let millis = u128::from(at.as_millis().unsigned_abs());
    (millis << 64) | u128::from(number)
}
