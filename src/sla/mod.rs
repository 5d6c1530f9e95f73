//! SLA clocks: how much calendar time a promise has used, when it runs out, and why.
//!
//! The room knows nothing of tickets. Whoever uses it says which events start, stop, pause, resume or reset
//! which clock ([`Input`]), and what is promised ([`Target`]); both are [`Event`]s, and [`Clocks`] is their fold.
//! Calendars are named by the targets and handed over when a clock is read ([`Calendars`]).
//!
//! ```
//! use destek::id::Name;
//! use destek::sla::{Calendars, Cause, Clocks, Event, Input, Metric, Status, Target};
//! use destek::time::{Span, Timestamp};
//!
//! let at = |minutes| "2026-11-27T10:00:00Z".parse::<Timestamp>().map(|ten| ten + Span::minutes(minutes));
//! let metric = Metric::Resolution;
//! let moved = |input, why| -> Result<Event, destek::id::ParseIdError> {
//!     Ok(Event::Moved { metric, input, cause: Cause { version: 1, index: 0, why: Name::new(why)? } })
//! };
//! let target = Target::new(Name::new("gold")?, metric, "1h".parse()?, "digest").warning_at(["80%".parse()?]);
//!
//! let mut clocks = Clocks::default();
//! clocks.apply(&moved(Input::Started, "opened")?, at(0)?);
//! clocks.apply(&Event::Targeted { target }, at(0)?);
//! clocks.apply(&moved(Input::Paused, "hold/customer")?, at(20)?);
//! clocks.apply(&moved(Input::Resumed, "message_received")?, at(50)?);
//!
//! // Twenty minutes are used, half an hour was waited for: forty minutes are left at ten to eleven.
//! let calendars = Calendars::new();
//! let status = clocks.clock(metric).map(|clock| clock.status(&calendars, at(50).unwrap()));
//! let due = at(90)?;
//! assert_eq!(status, Some(Status::Running { due, due_latest: due, remaining: Span::minutes(40) }));
//!
//! // The warning comes at 48 used minutes. Nobody looked for two hours; both come, in order, and only once.
//! assert_eq!(clocks.next_wake(&calendars), Some(at(78)?));
//! let caused = clocks.settle(&calendars, at(240)?);
//! assert_eq!(caused.iter().map(Event::at).collect::<Vec<_>>(), [Some(at(78)?), Some(at(90)? + Span::millis(1))]);
//! for event in &caused {
//!     clocks.apply(event, at(240)?);
//! }
//! assert!(clocks.settle(&calendars, at(240)?).is_empty());
//! assert_eq!(clocks.next_wake(&calendars), None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What holds
//!
//! - *Late is elapsed > budget.* A verdict never compares instants. [`Status::Running`] tells two of them: `due`,
//!   the earliest instant at which the budget is used up, which people expect to read, and `due_latest`, before
//!   which nobody can be late; a breach is one millisecond after it.
//! - *Zero is a promise.* It is due at the first counted instant, and late when any time has passed then. No
//!   promise is no target.
//! - *The fold asks nobody.* [`Clocks::apply`] needs neither policy nor calendar; no deadline is stored.
//! - *Consumed + remaining = budget*, always, and [`Clock::explain`] shows the spans that add up to it.
//! - *A breach stays*, with the policy under which it happened; a looser promise clears "late now", never the
//!   history, and the same wait breaches once.
//!
//! # Another promise in the middle
//!
//! The customer has waited since the start: a new target counts from the original start, pauses are kept, and
//! all of it is counted in the new target's calendar. When the new budget is exceeded already, the breach is at the
//! instant of the choice: before it, nothing was broken; after it, no moment passes in which it was kept. The
//! same holds for warnings, but those of a clock that stands still then never come. A stopped clock keeps the
//! verdict of the promise that stood when it was stopped; the new one counts when the clock goes on.
//!
//! # Settle first
//!
//! What time has caused is recorded by [`Clocks::settle`], before anything else is applied (law 13). How often
//! it is called does not matter as long as that holds, with one exception: a retarget or a reset hides what was
//! not settled before it.

mod calendars;
mod clock;
mod event;
mod explain;
mod foreseen;
mod reckon;
mod settle;
mod status;
mod target;
mod wording;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use calendars::Calendars;
pub use clock::{Breach, Clock, Warning};
pub use event::{Cause, Event, Input};
pub use explain::{Explanation, Offset, Stretch, StretchKind, WallClock};
pub use status::Status;
pub use target::{Metric, ParseThresholdError, Target, Threshold};
pub(crate) use wording::length;

use foreseen::{Foreseen, Outlook};

use crate::time::Timestamp;

/// The clocks of one record, at most one for each metric, in the order of [`Metric`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clocks {
    /// Shared with the states before, as most changes of a record move no clock.
    shared: Arc<Shared>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Shared {
    /// One place for each metric, in their order.
    clocks: [Option<Arc<Clock>>; Metric::ALL.len()],
    foreseen: Foreseen,
}

impl Clocks {
    /// The clock of this metric, if any event has concerned it.
    #[must_use]
    pub fn clock(&self, metric: Metric) -> Option<&Clock> {
        self.shared.clocks[metric as usize].as_deref()
    }

    /// The clocks, in the order of their metrics.
    pub fn iter(&self) -> impl Iterator<Item = &Clock> {
        self.shared.clocks.iter().flatten().map(|clock| &**clock)
    }

    /// Whether there is no clock.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Adds an event that occurred at `at`. Total: an event that makes no sense has no effect ([`Clock`]).
    ///
    /// Warnings and breaches bring their own instant.
    pub fn apply(&mut self, event: &Event, at: Timestamp) {
        let metric = event.metric();
        let Shared { clocks, foreseen } = Arc::make_mut(&mut self.shared);
        *foreseen = Foreseen::default();
        let place = &mut clocks[metric as usize];
        let clock = Arc::make_mut(place.get_or_insert_with(|| Arc::new(Clock::new(metric))));
        clock.apply(event, at);
        // A clock that nothing is known of is none: whoever joined an idle one and left again leaves no trace.
        if clock.is_blank() {
            *place = None;
        }
    }

    /// The metrics that were ever late, in their order.
    pub fn breached(&self) -> impl Iterator<Item = Metric> {
        let look = |metric| self.clock(metric).is_some_and(|clock| clock.first_breach().is_some());
        Metric::ALL.into_iter().zip(self.shared.foreseen.late(look)).filter(|(_, late)| *late).map(|(metric, _)| metric)
    }

    /// Whether the targets of all clocks are those of the promise in this place of a policy, as `look` finds.
    pub(crate) fn keeps(&self, policy: &Arc<str>, place: Option<usize>, look: impl Fn() -> bool) -> bool {
        self.shared.foreseen.keeps(policy, place, look)
    }

    fn outlook(&self, calendars: &Calendars) -> Outlook {
        let reckon = || self.iter().map(|clock| clock.outlook(calendars)).fold(Outlook::default(), Outlook::and);
        self.shared.foreseen.outlook(calendars, reckon)
    }

    /// The earliest instant at which time alone causes something that is not recorded yet: a warning or a breach.
    ///
    /// After [`Self::settle`] at some instant was applied, this is later than that instant.
    #[must_use]
    pub fn next_wake(&self, calendars: &Calendars) -> Option<Timestamp> {
        self.outlook(calendars).wake
    }

    /// Everything that time has caused up to `now` and that is not recorded yet, in order of its instant.
    ///
    /// Applying it and settling again gives nothing. A `now` before the last input of a clock is taken as that
    /// instant.
    #[must_use]
    pub fn settle(&self, calendars: &Calendars, now: Timestamp) -> Vec<Event> {
        if self.outlook(calendars).settles.is_none_or(|from| now < from) {
            return Vec::new();
        }
        let mut events: Vec<Event> = self.iter().flat_map(|clock| clock.settle(calendars, now)).collect();
        // Stable: at one instant, metric order.
        events.sort_by_key(Event::at);
        events
    }

    /// Folds the oldest pauses of clocks that hold more than [`crate::limits::CLOCK_PAUSES_MAX`] into one amount,
    /// counted with today's target and calendar (law 8). Settle first.
    #[must_use]
    pub fn carry(&self, calendars: &Calendars) -> Vec<Event> {
        self.iter().filter_map(|clock| clock.carry(calendars)).collect()
    }

    /// The smallest deadline of running clocks; paused, idle and stopped ones, and those that can never run out, are
    /// no candidates.
    #[must_use]
    pub fn due(&self, calendars: &Calendars) -> Option<Timestamp> {
        self.outlook(calendars).due
    }
}

impl Serialize for Clocks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|clock| (clock.metric(), clock)))
    }
}

impl<'de> Deserialize<'de> for Clocks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored: BTreeMap<Metric, Arc<Clock>> = BTreeMap::deserialize(deserializer)?;
        let mut clocks = <[Option<Arc<Clock>>; Metric::ALL.len()]>::default();
        for (metric, clock) in stored {
            clocks[metric as usize] = Some(clock);
        }
        Ok(Self { shared: Arc::new(Shared { clocks, foreseen: Foreseen::default() }) })
    }
}
