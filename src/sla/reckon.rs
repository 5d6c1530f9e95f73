//! How much a clock has counted, and when it reaches an amount: pauses are cut out of the calendar's open time.

use super::calendars::Calendars;
use super::clock::{Clock, Phase, Promise, Run, STEP};
use crate::calendar::Calendar;
use crate::time::{Span, Timestamp};

/// A span in which the clock ran, without the end while it still runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ran {
    pub(super) from: Timestamp,
    pub(super) to: Option<Timestamp>,
    /// The open time in it; zero while it still runs.
    open: Span,
}

/// When counted time reaches an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Crossing {
    /// The earliest instant at which it has.
    pub(super) due: Timestamp,
    /// From where on counted time may go on; none when it does so at `due` itself.
    after: Option<Timestamp>,
    /// Whether it lies in the part that was folded into one amount: then `due` is only not too early.
    pub(super) carried: bool,
}

/// One clock with its promise and calendar at hand.
#[derive(Debug)]
pub(super) struct Reckoning<'a> {
    pub(super) promise: &'a Promise,
    pub(super) run: &'a Run,
    pub(super) calendar: &'a Calendar,
    /// The spans that have ended, and the one in which it still runs: most clocks have none of the first.
    ended: Vec<Ran>,
    running: Option<Ran>,
}

impl<'a> Reckoning<'a> {
    /// None when nothing is promised, the clock is idle, or its calendar is missing.
    pub(super) fn of(clock: &'a Clock, calendars: &'a Calendars) -> Option<Self> {
        let promise = clock.standing()?;
        let run = clock.run.as_ref()?;
        let calendar = calendars.calendar(promise.target.calendar.as_ref())?;
        let (ended, running) = run.spans(|from, to| calendar.elapsed(from, to));
        Some(Self { promise, run, calendar, ended, running })
    }

    fn spans(&self) -> impl Iterator<Item = &Ran> {
        self.ended.iter().chain(&self.running)
    }

    /// The same clock as if it had not been stopped: for the deadline as it stood then.
    pub(super) fn unstopped(mut self) -> Self {
        if let Phase::Stopped { at, .. } = &self.run.phase {
            let last = self.ended.pop_if(|last| last.to == Some(*at));
            self.running = Some(Ran { from: last.map_or(*at, |last| last.from), to: None, open: Span::ZERO });
        }
        self
    }

    pub(super) fn elapsed(&self, now: Timestamp) -> Span {
        let carried = self.run.carried.map_or(Span::ZERO, |carried| carried.consumed);
        let known: Span = self.ended.iter().map(|ran| ran.open).sum();
        let running = self.running.map_or(Span::ZERO, |ran| self.calendar.elapsed(ran.from, now));
        carried + known + running
    }

    /// What was counted by the end of a pause.
    pub(super) fn elapsed_upto(&self, end: Timestamp) -> Span {
        let carried = self.run.carried.map_or(Span::ZERO, |carried| carried.consumed);
        let open = |ran: &Ran| if ran.to.is_some_and(|to| to <= end) { ran.open } else { Span::ZERO };
        carried + self.ended.iter().map(open).sum()
    }

    /// When the clock reaches `amount`; none when it does not as far as is known now.
    pub(super) fn crossing(&self, amount: Span) -> Option<Crossing> {
        let (consumed, origin) = self.run.carried.map_or((None, self.run.started), |c| (Some(c.consumed), c.upto));
        let mut left = amount - consumed.unwrap_or(Span::ZERO);
        if consumed.is_some() && left <= Span::ZERO {
            // What was folded ends in a pause, so the amount was reached before its last instant.
            return Some(Crossing {
                due: origin - STEP,
                after: (!left.is_negative()).then_some(origin),
                carried: true,
            });
        }
        if left <= Span::ZERO {
            // A promise to act at once is due when time first counts, not when nobody is there to act.
            let first = self.open_from(origin)?;
            return Some(Crossing { due: first, after: None, carried: false });
        }
        for ran in self.spans() {
            if ran.to.is_some() && ran.open < left {
                left = left - ran.open;
                continue;
            }
            let due = self.calendar.add(ran.from, left).due()?;
            return Some(Crossing { due, after: Some(due), carried: false });
        }
        None
    }

    /// The last instant at which no more has been counted; none while no further counted time is known.
    pub(super) fn latest(&self, crossing: &Crossing) -> Option<Timestamp> {
        crossing.after.map_or(Some(crossing.due), |after| self.open_from(after))
    }

    /// The first instant from `at` on at which counted time goes on.
    fn open_from(&self, at: Timestamp) -> Option<Timestamp> {
        self.spans().find_map(|ran| {
            let open = self.calendar.next_open(ran.from.max(at))?;
            ran.to.is_none_or(|to| open < to).then_some(open)
        })
    }
}

impl Run {
    /// The spans since the origin in which the clock ran, in order, none of them empty, and the one in which it
    /// runs now.
    fn spans(&self, open: impl Fn(Timestamp, Timestamp) -> Span) -> (Vec<Ran>, Option<Ran>) {
        let mut spans = Vec::with_capacity(self.gaps.len());
        let mut from = self.origin();
        let mut push = |from: Timestamp, to: Timestamp| {
            if from < to {
                spans.push(Ran { from, to: Some(to), open: open(from, to) });
            }
        };
        for gap in &self.gaps {
            push(from, gap.from);
            from = gap.to;
        }
        match &self.phase {
            Phase::Paused { at, .. } | Phase::Stopped { at, .. } => {
                push(from, *at);
                (spans, None)
            }
            Phase::Running => (spans, Some(Ran { from, to: None, open: Span::ZERO })),
        }
    }

    /// Whether the clock stood still at this instant, and had done so before: at the instant of a pause itself it
    /// still ran, whichever of several things at that instant was recorded first.
    pub(super) fn stood_still(&self, at: Timestamp) -> bool {
        self.gaps.iter().any(|gap| gap.from < at && at < gap.to)
            || match &self.phase {
                Phase::Paused { at: since, .. } | Phase::Stopped { at: since, .. } => *since < at,
                Phase::Running => false,
            }
    }
}
