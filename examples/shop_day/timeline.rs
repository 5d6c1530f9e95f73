//! One clock of a ticket, told again: when it ran, what was promised, and whose longer wait has joined it. Open time is
//! measured with the calendar alone.

use std::collections::{BTreeMap, BTreeSet};

use destek::id::Name;
use destek::sla::{self, Input, Target, Threshold};
use destek::ticket::HoldKind;
use destek::time::{Span, Timestamp};

use super::book::Book;
use super::figures::Verdict;

/// What a clock does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Idle,
    Running(Timestamp),
    Paused,
    Stopped,
}

/// Others who have waited longer: since when, and from when on that has counted.
#[derive(Debug, Clone, Copy)]
struct Join {
    since: Timestamp,
    counts_from: Timestamp,
    known: Timestamp,
}

/// One clock: when it ran, and what was promised.
#[derive(Debug)]
pub(crate) struct Timeline {
    pub(crate) phase: Phase,
    pub(crate) target: Option<Target>,
    pub(crate) pauses: BTreeSet<HoldKind>,
    ran: Vec<(Timestamp, Timestamp)>,
    /// What was folded into one amount, and up to when; without the wait of others.
    carried: Option<(Span, Timestamp)>,
    /// When it first ran by itself; none where only others wait.
    own: Option<Timestamp>,
    /// The longest wait last.
    joined: Vec<Join>,
    since: Timestamp,
    /// What stood when it was stopped.
    judged: Option<Target>,
    breached: Option<Timestamp>,
    warned: BTreeMap<Threshold, Timestamp>,
}

impl Timeline {
    pub(crate) const fn new() -> Self {
        Self {
            phase: Phase::Idle,
            target: None,
            pauses: BTreeSet::new(),
            ran: Vec::new(),
            carried: None,
            own: None,
            joined: Vec::new(),
            since: Timestamp::MIN,
            judged: None,
            breached: None,
            warned: BTreeMap::new(),
        }
    }

    pub(crate) fn breaches(&self) -> u64 {
        u64::from(self.breached.is_some())
    }

    pub(crate) fn warnings(&self) -> u64 {
        self.warned.len() as u64
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
        let before = self.joined.last().zip(self.own).map(|(join, own)| calendar.elapsed(join.since, own.min(at)));
        Some(carried + before.unwrap_or_default() + ran.map(open).sum())
    }

    fn end_run(&mut self, at: Timestamp) {
        if let Phase::Running(from) = self.phase {
            self.ran.push((from, at));
        }
    }

    pub(crate) fn go(&mut self, input: Input, at: Timestamp) {
        match input {
            Input::Started | Input::Resumed => {
                if self.phase == Phase::Stopped && self.judged.take().is_some() {
                    self.since = self.since.max(at);
                }
                if self.phase == Phase::Idle {
                    self.own = Some(at);
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

    fn retarget(&mut self, target: Option<Target>, at: Timestamp) {
        if self.phase == Phase::Stopped && self.judged.is_none() {
            self.judged = self.target.take();
        }
        self.target = target;
        self.since = at;
    }

    /// The wait counts from another instant: others who have waited longer have joined it, or have left. What only their
    /// wait had caused is taken back when they leave.
    fn join(&mut self, since: Option<Timestamp>, at: Timestamp) {
        if self.own.is_none() {
            match since {
                Some(since) if matches!(self.phase, Phase::Idle) => self.phase = Phase::Running(since),
                None if self.phase != Phase::Stopped => {
                    self.phase = Phase::Idle;
                    self.ran.clear();
                }
                _ => {}
            }
        }
        if let Some(since) = since.filter(|since| self.joined.last().is_none_or(|join| *since < join.since)) {
            return self.joined.push(Join { since, counts_from: at, known: at });
        }
        let mut gone = at;
        while let Some(last) = self.joined.last().copied() {
            if since.is_some_and(|since| since <= last.since) {
                break;
            }
            gone = gone.min(last.counts_from);
            self.joined.pop();
        }
        if let Some(since) = since.filter(|since| self.joined.last().is_none_or(|last| *since != last.since)) {
            self.joined.push(Join { since, counts_from: gone, known: at });
        }
        self.warned.retain(|_, given| *given <= gone);
        self.breached = self.breached.filter(|breach| *breach <= gone);
    }

    /// From when on it has to count once others' longest wait is this, where that is another instant than now. What has
    /// been answered, or is over, is not made longer afterwards.
    pub(crate) fn has_to_join(&self, wait: Option<Timestamp>, is_active: bool) -> Option<Option<Timestamp>> {
        let wanted = wait.filter(|since| self.own.is_none_or(|own| *since < own));
        let present = self.joined.last().map(|join| join.since);
        let is_longer = wanted.is_some_and(|wanted| present.is_none_or(|present| wanted < present));
        let too_late = is_longer && (self.phase == Phase::Stopped || !is_active);
        (wanted != present && !too_late).then_some(wanted)
    }

    /// Takes in an event that is no movement; what does not fit is told.
    pub(crate) fn tell(&mut self, event: &sla::Event, book: &Book, (at, policy): (Timestamp, &str)) -> Option<String> {
        let metric = event.metric();
        match event {
            sla::Event::Targeted { target } => {
                let is_promised = book.promises(target) && *target.policy == *policy;
                self.retarget(Some(target.clone()), at);
                self.pauses = book.pauses(target);
                let (budget, sla) = (target.budget, &target.sla);
                (!is_promised).then(|| format!("the policy does not promise {budget} of {metric} under `{sla}`"))
            }
            sla::Event::Dropped { .. } => {
                self.retarget(None, at);
                None
            }
            sla::Event::Warned { threshold, at, .. } => {
                let reached = self.standing().map(|target| threshold.amount(target.budget));
                let early = self.counted(book, *at) < reached;
                let twice = self.warned.insert(*threshold, *at).is_some();
                (early || twice).then(|| format!("the warning of {metric} at {threshold} comes too early or twice"))
            }
            sla::Event::Breached { due, at, budget, .. } => {
                let (spent, just_before) = (self.counted(book, *at), self.counted(book, *at - Span::millis(1)));
                let used_up = self.counted(book, *due) == Some(budget.span()) || self.carried.is_some();
                let known = self.joined.last().is_some_and(|join| *at == join.known + Span::millis(1));
                let first = *at == self.since || just_before <= Some(budget.span()) || known;
                let wrong = self.breached.is_some() || spent <= Some(budget.span()) || !first || !used_up;
                self.breached = Some(*at);
                wrong.then(|| format!("the breach of {metric} is not where the promise was broken"))
            }
            sla::Event::Joined { since, earlier, .. } => {
                self.join(*since, at);
                let calendar = self.standing().map(|target| target.calendar.as_ref());
                let calendar = book.calendar(calendar.flatten().map(Name::as_str));
                let wait = calendar.zip(*since).zip(self.own).map(|((it, since), own)| it.elapsed(since, own));
                (wait.unwrap_or_default() != *earlier)
                    .then(|| format!("{earlier} of others' wait for {metric} is not so"))
            }
            sla::Event::Carried { consumed, upto, .. } => {
                let counted = self.counted(book, *upto);
                let joined = counted.zip(self.counted_alone(book, *upto)).map(|(all, own)| all - own);
                self.carried = Some((*consumed - joined.unwrap_or_default(), *upto));
                let wrong = counted.is_some_and(|counted| counted != *consumed);
                wrong.then(|| format!("{consumed} carried for {metric} is not what was counted"))
            }
            _ => None,
        }
    }

    /// The same as [`Self::counted`] without the wait of others.
    fn counted_alone(&self, book: &Book, at: Timestamp) -> Option<Span> {
        let own = Self { joined: Vec::new(), ran: self.ran.clone(), target: self.standing().cloned(), ..Self::new() };
        Self { phase: self.phase, carried: self.carried, own: self.own, ..own }.counted(book, at)
    }

    /// What the promise has come to at an instant; none where there is none. The clock of a ticket that goes on in
    /// another one rests: what had not been stopped by then is neither kept nor broken.
    pub(crate) fn verdict(&self, book: &Book, now: Timestamp, rests: bool) -> Option<(Verdict, Span)> {
        let counted = self.counted(book, now).filter(|_| self.phase != Phase::Idle)?;
        let late = counted > self.standing()?.budget.span();
        let verdict = match (self.phase, late) {
            (Phase::Stopped, false) => Verdict::Met,
            (Phase::Stopped, true) => Verdict::Missed,
            _ if rests => Verdict::Merged,
            (_, true) => Verdict::Overdue,
            (Phase::Paused, false) => Verdict::Paused,
            _ => Verdict::Running,
        };
        Some((verdict, counted))
    }

    /// Whether it is late without a breach on record.
    pub(crate) fn is_late_unrecorded(&self, verdict: Verdict) -> bool {
        matches!(verdict, Verdict::Missed | Verdict::Overdue) && self.breached.is_none()
    }
}
