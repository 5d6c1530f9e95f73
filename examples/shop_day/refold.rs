//! A ticket told again from its log, by a fold of this example's own. It knows what the words of the log mean and
//! nothing of how the library counts: time is measured with the calendar alone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use destek::desk::{Origin, Recorded};
use destek::id::{AgentId, CustomerId, Name, TicketId};
use destek::sla::{self, Input, Metric};
use destek::ticket::{self, Category, HoldKind, Initiator, Opened};
use destek::time::Timestamp;

use super::book::Book;
use super::figures::Row;
use super::kin::Kin;
use super::ledger::{Ledger, Roles};
use super::timeline::{Phase, Timeline};
use super::todo::Todo;

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
    last_automatic: bool,
    pub(crate) kin: Kin,
    pub(crate) todo: Todo,
    /// What it was before it was merged.
    before: Option<(Name, Category, Option<HoldKind>, bool, bool)>,
    hold: Option<HoldKind>,
    owes_answer: bool,
    answered: bool,
    clocks: BTreeMap<Metric, Timeline>,
    /// Movements of clocks that must follow in the log.
    moves: VecDeque<(Metric, Input)>,
    /// The instant from which the first response must be said next to count, because others' wait has come or gone.
    joins: Option<Option<Timestamp>>,
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
            messages: opened.split_from.as_ref().map_or(0, |split| split.messages),
            reopened: 0,
            ledger: Ledger::default(),
            hold: None,
            kin: Kin::default(),
            todo: Todo::default(),
            before: None,
            only_machines: false,
            last_automatic: false,
            owes_answer: match &opened.split_from {
                Some(split) => split.waiting_since.is_some(),
                None => opened.initiator == Initiator::Customer,
            },
            answered: false,
            clocks,
            moves: VecDeque::new(),
            joins: None,
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
        let can_be_answered = !self.category.is_ended() && !self.only_machines && !self.last_automatic;
        self.kin.tell(self.opened.ticket, event, can_be_answered);
        if matches!(&recorded.cause.by, Origin::Link(_)) && matches!(event, ticket::Event::Resolved { .. }) {
            self.kin.links.resolved_with += 1;
        }
        self.todo.tell(recorded, event, book, faults);
        if self.happen(event) {
            self.derive_moves(recorded.occurred);
        }
        self.derive_joins(event);
    }

    /// A movement that had to follow and did not.
    pub(crate) fn unmoved(&mut self, recorded: &Recorded, faults: &mut Vec<String>) {
        if let Some((metric, input)) = self.moves.pop_front() {
            let place = place(recorded);
            faults.push(format!("{place}: the clock of {metric} should have been {} before", input.as_str()));
            self.moves.clear();
        }
        if self.joins.take().is_some() {
            faults.push(format!("{}: the wait of others should have joined or left before", place(recorded)));
        }
    }

    /// Whether the first response has to count from another instant, now that others' wait has come or gone.
    fn derive_joins(&mut self, event: &ticket::Event) {
        let is_kin = matches!(
            event,
            ticket::Event::Absorbed { .. } | ticket::Event::Released { .. } | ticket::Event::Unmerged { .. }
        );
        let Some(clock) = self.clocks.get(&Metric::FirstResponse).filter(|_| is_kin && self.kin.merged.is_none())
        else {
            return;
        };
        let wait = self.kin.longest_wait(clock.phase == Phase::Stopped);
        self.joins = clock.has_to_join(wait, self.category.is_active());
    }

    /// What the event means for the ticket. Whether clocks may have to move.
    fn happen(&mut self, event: &ticket::Event) -> bool {
        match event {
            ticket::Event::Opened(_) => {}
            ticket::Event::MessageReceived { thanks, automatic, .. } => {
                let first = self.messages == 0 && self.opened.initiator == Initiator::Customer;
                self.only_machines = *automatic && (first || self.only_machines);
                self.messages += 1;
                self.last_automatic = *automatic;
                self.owes_answer |= !thanks && !automatic;
            }
            ticket::Event::Replied { agent, .. } => {
                self.messages += 1;
                if agent.is_some() {
                    self.last_automatic = false;
                    self.answered |= self.end_waits();
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
                self.end_waits();
            }
            ticket::Event::SplitOff { waiting_since, messages, .. } => {
                let public = messages.iter().filter(|message| message.public).count();
                self.messages = self.messages.saturating_sub(u32::try_from(public).unwrap_or(u32::MAX));
                self.owes_answer = waiting_since.is_some();
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
            ticket::Event::Merged { into, status, .. } => {
                let (status_before, hold) = (self.status.clone(), self.hold);
                self.before = Some((status_before, self.category, hold, self.waiting, self.owes_answer));
                self.enter(status);
                self.owes_answer = false;
                self.kin.merged = Some(*into);
            }
            ticket::Event::Unmerged { .. } => {
                if let Some(before) = self.before.take() {
                    (self.status, self.category, self.hold, self.waiting, self.owes_answer) = before;
                }
                self.kin.merged = None;
            }
            ticket::Event::Absorbed { with, .. } => {
                self.kin.absorb(with, (&mut self.participants, &mut self.followers));
            }
            ticket::Event::Released { source, with } => {
                let gone = |ticket: &TicketId| ticket == source || with.contains(ticket);
                self.kin.release(gone, (&mut self.participants, &mut self.followers));
            }
            ticket::Event::Followed { agent } => {
                self.kin.follows(agent);
                self.followers.insert(agent.clone());
            }
            ticket::Event::Unfollowed { agent } => {
                self.kin.follows(agent);
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

    /// Nobody waits any more. Whether somebody did.
    fn end_waits(&mut self) -> bool {
        let own = std::mem::take(&mut self.owes_answer);
        self.kin.answer_guests() || own
    }

    /// What clocks have to do now that the ticket is as it is, and do from an instant on.
    fn derive_moves(&mut self, at: Timestamp) {
        let asked = self.opened.initiator == Initiator::Customer && self.opened.split_from.is_none();
        let waits = self.owes_answer || (self.kin.has_waiting_guest() && self.kin.merged.is_none());
        let begun = waits || self.answered || asked;
        for metric in Metric::ALL {
            let Some(clock) = self.clocks.get_mut(&metric) else { continue };
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
        if let sla::Event::Joined { since, .. } = event
            && self.joins.take() != Some(*since)
        {
            faults.push(format!("{place}: nobody's wait has come or gone so"));
        }
        self.unmoved(recorded, faults);
        let Some(clock) = self.clocks.get_mut(&metric) else { return };
        let policy = recorded.cause.policy.to_string();
        faults.extend(clock.tell(event, book, (recorded.occurred, &policy)).map(|fault| format!("{place}: {fault}")));
        if matches!(event, sla::Event::Targeted { .. } | sla::Event::Dropped { .. } | sla::Event::Joined { .. }) {
            // Another promise may pause on other waits; others' wait may let it begin.
            self.derive_moves(recorded.occurred);
        }
    }

    /// What the figures need, at an instant; a promise that was broken and not recorded so is a fault.
    pub(crate) fn row(&self, book: &Book, now: Timestamp, faults: &mut Vec<String>) -> Row {
        let mut clocks = BTreeMap::new();
        for (metric, clock) in &self.clocks {
            let Some((verdict, counted)) = clock.verdict(book, now, self.kin.merged.is_some()) else { continue };
            if clock.is_late_unrecorded(verdict) {
                faults.push(format!("{}: {metric} is late and no breach was recorded", self.ticket()));
            }
            clocks.insert(*metric, (verdict, counted));
        }
        let of =
            |count: fn(&Timeline) -> u64| self.clocks.iter().map(|(metric, clock)| (*metric, count(clock))).collect();
        Row {
            channel: self.opened.channel.as_str().to_owned(),
            queue: self.queue.as_ref().map_or("-", |queue| queue.as_str()).to_owned(),
            state: if self.kin.merged.is_some() { "merged" } else { self.category.as_str() }.to_owned(),
            kind: self.kind.to_string(),
            priority: self.priority.to_string(),
            language: self.language.as_str().to_owned(),
            waiting: self.waiting,
            reopened: u64::from(self.reopened),
            breaches: of(Timeline::breaches),
            warnings: of(Timeline::warnings),
            clocks,
        }
    }
}

/// Where an event stands, for whoever looks for it.
pub(crate) fn place(recorded: &Recorded) -> String {
    format!("{} version {} event {}", recorded.record, recorded.version, recorded.index)
}
