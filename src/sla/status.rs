//! What a clock reads at an instant.

use serde::{Deserialize, Serialize};

use super::calendars::Calendars;
use super::clock::{Clock, Phase};
use super::reckon::Reckoning;
use crate::time::{Span, Timestamp};

/// What a clock reads. A promise is broken when more than its budget was used, never because an instant has
/// passed: an answer at night costs no business time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// It counts, whenever its calendar is open.
    Running {
        /// The earliest instant at which the budget is used up; a closing time when it is used up exactly then.
        due: Timestamp,
        /// The last instant at which it is not yet exceeded: the next opening after `due`. For alarms.
        due_latest: Timestamp,
        /// Budget less elapsed; negative when late.
        remaining: Span,
    },
    /// It waits; no date can be promised.
    Paused {
        /// Budget less elapsed; negative when late.
        remaining: Span,
    },
    /// It has not begun.
    Idle,
    /// It was stopped in time.
    Met {
        /// When.
        at: Timestamp,
        /// How much of the budget was left.
        by: Span,
    },
    /// It was stopped too late.
    Missed {
        /// When.
        at: Timestamp,
        /// By how much the budget was exceeded.
        late_by: Span,
    },
    /// It ended without a verdict: what it was about goes on elsewhere, and nothing is kept or broken here from then on.
    Ended {
        /// By how much the budget had been exceeded by then.
        late_by: Option<Span>,
    },
    /// It can never run out: its calendar has not enough open time, or is missing. It is never late.
    Never,
    /// Nothing is promised.
    NotApplicable,
}

impl Status {
    /// Whether more than the budget was used.
    #[must_use]
    pub const fn is_late(&self) -> bool {
        match self {
            Self::Running { remaining, .. } | Self::Paused { remaining } => remaining.is_negative(),
            Self::Missed { .. } => true,
            Self::Ended { late_by } => late_by.is_some(),
            Self::Idle | Self::Met { .. } | Self::Never | Self::NotApplicable => false,
        }
    }

    /// The same once nothing goes on any more: what was running or paused has [ended](Self::Ended), all else stays.
    ///
    /// ```
    /// use destek::sla::Status;
    /// use destek::time::Span;
    ///
    /// let late = Status::Paused { remaining: -Span::minutes(3) };
    /// assert_eq!(late.ended(), Status::Ended { late_by: Some(Span::minutes(3)) });
    /// assert_eq!(Status::Idle.ended(), Status::Idle);
    /// ```
    #[must_use]
    pub fn ended(self) -> Self {
        match self {
            Self::Running { remaining, .. } | Self::Paused { remaining } => {
                Self::Ended { late_by: remaining.is_negative().then_some(-remaining) }
            }
            decided => decided,
        }
    }
}

impl Clock {
    /// How much calendar time was used by `now`: from the start, without pauses, stops that were undone and
    /// closed time.
    ///
    /// Zero while idle, without a target, and when the calendar is missing. Inputs that already happened are
    /// not forgotten: a `now` before the last one is taken as that instant.
    #[must_use]
    pub fn elapsed(&self, calendars: &Calendars, now: Timestamp) -> Span {
        Reckoning::of(self, calendars).map_or(Span::ZERO, |reckoning| reckoning.elapsed(self.not_before_last(now)))
    }

    /// What the clock reads at `now`.
    ///
    /// ```
    /// use destek::id::Name;
    /// use destek::sla::{Calendars, Cause, Clocks, Event, Input, Metric, Status, Target};
    /// use destek::time::{Span, Timestamp};
    ///
    /// let opened: Timestamp = "2026-11-27T10:00:00Z".parse()?;
    /// let metric = Metric::FirstResponse;
    /// let target = Target::new(Name::new("gold")?, metric, "5m".parse()?, "sha256:…");
    /// let cause = |why| Name::new(why).map(|why| Cause { version: 1, index: 0, why });
    ///
    /// let mut clocks = Clocks::default();
    /// clocks.apply(&Event::Moved { metric, input: Input::Started, cause: cause("opened")? }, opened);
    /// clocks.apply(&Event::Targeted { target }, opened);
    /// let answered = opened + Span::minutes(3);
    /// clocks.apply(&Event::Moved { metric, input: Input::Stopped, cause: cause("answered")? }, answered);
    ///
    /// let status = clocks.clock(metric).map(|clock| clock.status(&Calendars::new(), answered));
    /// assert_eq!(status, Some(Status::Met { at: answered, by: Span::minutes(2) }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn status(&self, calendars: &Calendars, now: Timestamp) -> Status {
        if self.standing().is_none() {
            return Status::NotApplicable;
        }
        if self.run.is_none() {
            return Status::Idle;
        }
        let Some(reckoning) = Reckoning::of(self, calendars) else {
            return Status::Never;
        };
        let budget = reckoning.promise.target.budget.span();
        let remaining = budget - reckoning.elapsed(self.not_before_last(now));
        match &reckoning.run.phase {
            Phase::Paused { .. } => Status::Paused { remaining },
            Phase::Stopped { at, .. } if remaining.is_negative() => Status::Missed { at: *at, late_by: -remaining },
            Phase::Stopped { at, .. } => Status::Met { at: *at, by: remaining },
            Phase::Running => match self.due_range(&reckoning) {
                Some((due, due_latest)) => Status::Running { due, due_latest, remaining },
                None => Status::Never,
            },
        }
    }

    /// The deadline with the pauses known so far: the earliest instant at which the budget is used up.
    ///
    /// None while paused with budget left, while idle, without a target, and when it can never run out. Of a
    /// stopped clock it is the deadline as it stood. Once the budget is used up it no longer moves, unless
    /// another target is chosen; a deadline long past may be told too late, by at most the pauses that were
    /// folded since ([`super::Event::Carried`]).
    #[must_use]
    pub fn due(&self, calendars: &Calendars) -> Option<Timestamp> {
        let reckoning = Reckoning::of(self, calendars)?.unstopped();
        self.due_range(&reckoning).map(|(due, _)| due)
    }

    fn due_range(&self, reckoning: &Reckoning<'_>) -> Option<(Timestamp, Timestamp)> {
        let budget = reckoning.promise.target.budget;
        let crossing = reckoning.crossing(budget.span())?;
        // The breach remembers what the folded part has forgotten.
        let due = match self.breach() {
            Some(breach) if crossing.carried && breach.budget == budget => breach.due,
            _ => crossing.due,
        };
        Some((due, reckoning.latest(&crossing).unwrap_or(due)))
    }

    fn not_before_last(&self, now: Timestamp) -> Timestamp {
        self.run.as_ref().map_or(now, |run| now.max(run.last()))
    }
}
