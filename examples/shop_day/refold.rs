//! A ticket told again from its log, by a fold of this example's own. It knows what the words of the log mean and
//! nothing of how the library counts: time is measured with the calendar alone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use destek::desk::Recorded;
use destek::id::{AgentId, CustomerId, Name, TicketId};
use destek::sla::{self, Input, Metric, Target, Threshold};
use destek::ticket::{self, Category, HoldKind, Initiator, Opened};
use destek::time::{Span, Timestamp};

use super::book::Book;
use super::figures::{Row, Verdict};
use super::ledger::{Ledger, Roles};

/// A ticket as its log tells it.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) opened: Opened,
    pub(crate) status: Name,
    pub(crate) category: Category,
    pub(crate) kind: Name,
    pub(crate) priority: Name,
    pub(crate) language: destek::language::Language,
    pub(crate) queue: Option<destek::id::QueueId>,
    pub(crate) waiting: bool,
    pub(crate) assignee: Option<AgentId>,
    pub(crate) followers: BTreeSet<AgentId>,
    pub(crate) participants: BTreeSet<CustomerId>,
    pub(crate) tags: BTreeSet<Name>,
    pub(crate) fields: BTreeSet<Name>,
    pub(crate) messages: u32,
    pub(crate) reopened: u32,
    pub(crate) ledger: Ledger,
    /// Nobody but machines wrote since it came in.
    pub(crate) only_machines: bool,
    hold: Option<HoldKind>,
    owes_answer: bool,
    answered: bool,
    clocks: BTreeMap<Metric, Timeline>,
    /// Movements of clocks that must follow in the log.
    moves: VecDeque<(Metric, Input)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Idle,
    Running(Timestamp),
    Paused,
    Stopped,
}

/// One clock: when it ran, and what was promised.
#[derive(Debug)]
struct Timeline {
    phase: Phase,
    ran: Vec<(Timestamp, Timestamp)>,
    /// What was folded into one amount, and up to when.
    carried: Option<(Span, Timestamp)>,
    target: Option<Target>,
    since: Timestamp,
    pauses: BTreeSet<HoldKind>,
    /// What stood when it was stopped.
    judged: Option<Target>,
    breached: bool,
    breaches: u64,
    warned: BTreeSet<Threshold>,
}

impl Timeline {
    const fn new() -> Self {
        Self {
            phase: Phase::Idle,
            ran: Vec::new(),
            carried: None,
            target: None,
            since: Timestamp::MIN,
            pauses: BTreeSet::new(),
            judged: None,
            breached: false,
            breaches: 0,
            warned: BTreeSet::new(),
        }
    }

    fn standing(&self) -> Option<&Target> {
        self.judged.as_ref().or(self.target.as_ref())
    }

    /// How much open time it had counted at an instant; none without a promise or a calendar.
    fn counted(&self, book: &Book, at: Timestamp) -> Option<Span> {
        let name = self.standing()?.calendar.as_ref();
        let calendar = book.calendar(name.map(Name::as_str))?;
        let (carried, origin) = self.carried.unwrap_or((Span::ZERO, Timestamp::MIN));
        let running = match self.phase {
            Phase::Running(from) => Some((from, at)),
            _ => None,
        };
        let ran = self.ran.iter().copied().chain(running);
        let open = |(from, to): (Timestamp, Timestamp)| calendar.elapsed(from.max(origin), to.min(at));
        Some(carried + ran.map(open).sum())
    }

    fn end_run(&mut self, at: Timestamp) {
        if let Phase::Running(from) = self.phase {
            self.ran.push((from, at));
        }
    }

    fn go(&mut self, input: Input, at: Timestamp) {
        match input {
            Input::Started | Input::Resumed => {
                if self.phase == Phase::Stopped && self.judged.take().is_some() {
                    self.since = self.since.max(at);
                }
                self.phase = Phase::Running(at);
            }
            Input::Paused => {
                self.end_run(at);
                self.phase = Phase::Paused;
            }
            Input::Stopped => {
                self.end_run(at);
                self.phase = Phase::Stopped;
            }
            Input::Reset => {}
        }
    }
}

impl Told {
    /// The ticket that the first event of a log makes.
    pub(crate) fn new(opened: &Opened) -> Self {
        let clocks = Metric::ALL.into_iter().map(|metric| (metric, Timeline::new())).collect();
        Self {
            status: opened.status.name.clone(),
            category: opened.status.category,
            kind: opened.kind.name.clone(),
            priority: opened.priority.name.clone(),
            language: opened.language,
            queue: None,
            waiting: false,
            assignee: None,
            followers: BTreeSet::new(),
            participants: BTreeSet::new(),
            tags: BTreeSet::new(),
            fields: BTreeSet::new(),
            messages: 0,
            reopened: 0,
            ledger: Ledger::default(),
            hold: None,
            only_machines: false,
            owes_answer: opened.initiator == Initiator::Customer,
            answered: false,
            clocks,
            moves: VecDeque::new(),
            opened: opened.clone(),
        }
    }

    pub(crate) fn ticket(&self) -> TicketId {
        self.opened.ticket
    }

    /// Who is loaded with it.
    pub(crate) fn load(&self) -> Option<&AgentId> {
        self.assignee.as_ref().filter(|_| self.category.is_active())
    }

    /// Takes in the next event of the log; what does not fit goes to `faults`.
    pub(crate) fn tell(
        &mut self,
        (recorded, event): (&Recorded, &ticket::Event),
        (book, roles): (&Book, &Roles),
        faults: &mut Vec<String>,
    ) {
        let queue = self.queue.as_ref().map_or("-", |queue| queue.as_str());
        self.ledger.tell((recorded, event), queue, (book, roles), faults);
        if let ticket::Event::Clock(event) = event {
            return self.clock(recorded, event, book, faults);
        }
        if matches!(event, ticket::Event::ApprovalEnded { .. }) {
            // What is void is told right after what made it so, before the clocks move.
            return;
        }
        self.unmoved(recorded, faults);
        if self.happen(event) {
            self.derive_moves(recorded.occurred);
        }
    }

    /// A movement that had to follow and did not.
    pub(crate) fn unmoved(&mut self, recorded: &Recorded, faults: &mut Vec<String>) {
        if let Some((metric, input)) = self.moves.pop_front() {
            let place = place(recorded);
            faults.push(format!("{place}: the clock of {metric} should have been {} before", input.as_str()));
            self.moves.clear();
        }
    }

    /// What the event means for the ticket. Whether clocks may have to move.
    fn happen(&mut self, event: &ticket::Event) -> bool {
        match event {
            ticket::Event::Opened(_) => {}
            ticket::Event::MessageReceived { thanks, automatic, .. } => {
                let first = self.messages == 0 && self.opened.initiator == Initiator::Customer;
                self.only_machines = *automatic && (first || self.only_machines);
                self.messages += 1;
                self.owes_answer |= !thanks && !automatic;
            }
            ticket::Event::Replied { agent, .. } => {
                self.messages += 1;
                if agent.is_some() && std::mem::take(&mut self.owes_answer) {
                    self.answered = true;
                }
            }
            ticket::Event::Held { kind, status, .. } => {
                self.enter(status);
                self.hold = Some(*kind);
            }
            ticket::Event::Resolved { status, .. }
            | ticket::Event::Confirmed { status }
            | ticket::Event::Closed { status, .. }
            | ticket::Event::MarkedSpam { status } => {
                self.enter(status);
                self.owes_answer = false;
            }
            ticket::Event::Refused { status, .. } | ticket::Event::Reopened { status, .. } => {
                self.enter(status);
                self.reopened += 1;
            }
            ticket::Event::Resumed { status, .. } | ticket::Event::Restored { status } => self.enter(status),
            other => {
                self.describe(other);
                return false;
            }
        }
        true
    }

    fn describe(&mut self, event: &ticket::Event) {
        match event {
            ticket::Event::Started { status } => self.enter(status),
            ticket::Event::Queued { queue, .. } => {
                self.queue = Some(queue.clone());
                self.waiting = self.category.is_workable();
            }
            ticket::Event::Assigned { agent, .. } => {
                self.assignee = Some(agent.clone());
                self.waiting = false;
            }
            ticket::Event::Unassigned { .. } => self.assignee = None,
            ticket::Event::PriorityChanged { priority } => self.priority = priority.name.clone(),
            ticket::Event::Classified { kind, language, .. } => {
                if let Some(kind) = kind {
                    self.kind = kind.name.clone();
                }
                self.language = language.unwrap_or(self.language);
            }
            ticket::Event::Tagged { added, removed } => {
                self.tags.retain(|tag| !removed.contains(tag));
                self.tags.extend(added.iter().cloned());
            }
            ticket::Event::FieldSet { field, value: Some(_) } => {
                self.fields.insert(field.clone());
            }
            ticket::Event::FieldSet { field, value: None } => {
                self.fields.remove(field);
            }
            ticket::Event::Followed { agent } => {
                self.followers.insert(agent.clone());
            }
            ticket::Event::Unfollowed { agent } => {
                self.followers.remove(agent);
            }
            ticket::Event::ParticipantAdded { customer } => {
                self.participants.insert(customer.clone());
            }
            ticket::Event::ParticipantRemoved { customer } => {
                self.participants.remove(customer);
            }
            _ => {}
        }
    }

    fn enter(&mut self, status: &ticket::Status) {
        self.status = status.name.clone();
        self.category = status.category;
        self.hold = None;
        self.waiting &= status.category.is_workable();
        if status.category == Category::Spam {
            self.assignee = None;
        }
    }

    /// What clocks have to do now that the ticket is as it is, and do from an instant on.
    fn derive_moves(&mut self, at: Timestamp) {
        for metric in Metric::ALL {
            let Some(clock) = self.clocks.get_mut(&metric) else { continue };
            let begun = self.owes_answer || self.answered || self.opened.initiator == Initiator::Customer;
            let over = match metric {
                Metric::FirstResponse => self.answered || !self.category.is_active(),
                _ => !self.category.is_active(),
            };
            let held = self.hold.is_some_and(|kind| clock.target.is_some() && clock.pauses.contains(&kind));
            let inputs: &[Input] = match (clock.phase, over, held) {
                (Phase::Idle, false, _) if metric == Metric::FirstResponse && !begun => &[],
                (Phase::Idle, false, false) => &[Input::Started],
                (Phase::Idle, false, true) => &[Input::Started, Input::Paused],
                (Phase::Running(_) | Phase::Paused, true, _) => &[Input::Stopped],
                (Phase::Running(_), false, true) => &[Input::Paused],
                (Phase::Paused, false, false) => &[Input::Resumed],
                (Phase::Stopped, false, false) if metric != Metric::FirstResponse => &[Input::Resumed],
                (Phase::Stopped, false, true) if metric != Metric::FirstResponse => &[Input::Resumed, Input::Paused],
                _ => &[],
            };
            for input in inputs {
                clock.go(*input, at);
                self.moves.push_back((metric, *input));
            }
        }
    }

    fn clock(&mut self, recorded: &Recorded, event: &sla::Event, book: &Book, faults: &mut Vec<String>) {
        let (place, metric) = (place(recorded), event.metric());
        if let sla::Event::Moved { input, .. } = event {
            if self.moves.pop_front() != Some((metric, *input)) {
                faults
                    .push(format!("{place}: nothing that happened makes the clock of {metric} be {}", input.as_str()));
            }
            return;
        }
        self.unmoved(recorded, faults);
        let Some(clock) = self.clocks.get_mut(&metric) else { return };
        match event {
            sla::Event::Targeted { target } => {
                if !book.promises(target) || *target.policy != *recorded.cause.policy.to_string() {
                    faults.push(format!(
                        "{place}: the policy does not promise {} of {metric} under `{}`",
                        target.budget, target.sla
                    ));
                }
                clock.retarget(Some(target.clone()), recorded.occurred);
                clock.pauses = book.pauses(target);
            }
            sla::Event::Dropped { .. } => clock.retarget(None, recorded.occurred),
            sla::Event::Warned { threshold, at, .. } => {
                let reached = clock.standing().map(|target| threshold.amount(target.budget));
                if !clock.warned.insert(*threshold) || clock.counted(book, *at) < reached {
                    faults.push(format!("{place}: the warning of {metric} at {threshold} comes too early or twice"));
                }
            }
            sla::Event::Breached { due, at, budget, .. } => {
                let (spent, just_before) = (clock.counted(book, *at), clock.counted(book, *at - Span::millis(1)));
                let used_up = clock.counted(book, *due) == Some(budget.span()) || clock.carried.is_some();
                let first = *at == clock.since || just_before <= Some(budget.span());
                if clock.breached || spent <= Some(budget.span()) || !first || !used_up {
                    faults.push(format!("{place}: the breach of {metric} is not where the promise was broken"));
                }
                clock.breached = true;
                clock.breaches += 1;
            }
            sla::Event::Carried { consumed, upto, .. } => {
                if clock.counted(book, *upto).is_some_and(|counted| counted != *consumed) {
                    faults.push(format!("{place}: {consumed} carried for {metric} is not what was counted"));
                }
                clock.carried = Some((*consumed, *upto));
            }
            _ => {}
        }
        if matches!(event, sla::Event::Targeted { .. } | sla::Event::Dropped { .. }) {
            // Another promise may pause on other waits.
            self.derive_moves(recorded.occurred);
        }
    }

    /// What the figures need, at an instant; a promise that was broken and not recorded so is a fault.
    pub(crate) fn row(&self, book: &Book, now: Timestamp, faults: &mut Vec<String>) -> Row {
        let mut clocks = BTreeMap::new();
        for (metric, clock) in &self.clocks {
            let counted = clock.counted(book, now).filter(|_| clock.phase != Phase::Idle);
            let budget = clock.standing().map(|target| target.budget.span());
            let (Some(counted), Some(budget)) = (counted, budget) else { continue };
            let late = counted > budget;
            if late && !clock.breached {
                faults.push(format!("{}: {metric} is late and no breach was recorded", self.ticket()));
            }
            let verdict = match (clock.phase, late) {
                (Phase::Stopped, false) => Verdict::Met,
                (Phase::Stopped, true) => Verdict::Missed,
                (_, true) => Verdict::Overdue,
                (Phase::Paused, false) => Verdict::Paused,
                _ => Verdict::Running,
            };
            clocks.insert(*metric, (verdict, counted));
        }
        let of =
            |count: fn(&Timeline) -> u64| self.clocks.iter().map(|(metric, clock)| (*metric, count(clock))).collect();
        Row {
            channel: self.opened.channel.as_str().to_owned(),
            queue: self.queue.as_ref().map_or("-", |queue| queue.as_str()).to_owned(),
            state: self.category.as_str().to_owned(),
            kind: self.kind.to_string(),
            priority: self.priority.to_string(),
            language: self.language.as_str().to_owned(),
            waiting: self.waiting,
            reopened: u64::from(self.reopened),
            breaches: of(|clock| clock.breaches),
            warnings: of(|clock| clock.warned.len() as u64),
            clocks,
        }
    }
}

impl Timeline {
    fn retarget(&mut self, target: Option<Target>, at: Timestamp) {
        if self.phase == Phase::Stopped && self.judged.is_none() {
            self.judged = self.target.take();
        }
        self.target = target;
        self.since = at;
    }
}

/// Where an event stands, for whoever looks for it.
pub(crate) fn place(recorded: &Recorded) -> String {
    format!("{} version {} event {}", recorded.record, recorded.version, recorded.index)
}
