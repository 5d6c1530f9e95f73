//! One clock: the fold of its events.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::event::{Cause, Event, Input};
use super::target::{Metric, Target, Threshold};
use crate::limits;
use crate::time::{Budget, Span, Timestamp};

/// The finest step of time: a budget is exceeded one of these after it was used up.
pub(super) const STEP: Span = Span::millis(1);

/// The clock of one metric: what its events add up to.
///
/// It holds instants and spans, never a deadline: what it reads at an instant is asked with the calendars at
/// hand ([`Clock::status`]). A clock is idle, running, paused or stopped:
///
/// | input | idle | running | paused | stopped |
/// |---|---|---|---|---|
/// | started | running | – | – | running, the stopped span does not count |
/// | paused | – | paused | – | – |
/// | resumed | – | – | running | running, the stopped span does not count |
/// | stopped | – | stopped | stopped | – |
/// | reset | running | running at zero | paused at zero | running at zero |
///
/// A dash is no effect: repeated and senseless inputs are harmless. A metric that never restarts
/// ([`Metric::restarts`]) ignores every input once it was stopped. An input that occurred before the last one
/// that had an effect counts as simultaneous with it, so that no settled past is rewritten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    metric: Metric,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    promise: Option<Promise>,
    /// The promise under which the clock was stopped, when another was made since: work that was finished is
    /// judged by what was promised then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    judged: Option<Promise>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) run: Option<Run>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_stopped: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    past: Option<Past>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    joined: Option<Joined>,
}

/// A target and the instant at which it was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Promise {
    pub(super) target: Target,
    pub(super) since: Timestamp,
}

/// One wait: from a start or reset on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Run {
    pub(super) started: Timestamp,
    pub(super) cause: Cause,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) carried: Option<Carried>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) gaps: Vec<Gap>,
    pub(super) phase: Phase,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) warned: Vec<Warning>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) breach: Option<Breach>,
}

/// Everything before `upto`, folded into one amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Carried {
    pub(super) consumed: Span,
    pub(super) upto: Timestamp,
}

/// A span that does not count: a pause that ended, or a stop that was undone. Not empty, in order, disjoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Gap {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) kind: GapKind,
    pub(super) cause: Cause,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum GapKind {
    Paused,
    Stopped,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    Running,
    Paused { at: Timestamp, cause: Cause },
    Stopped { at: Timestamp, cause: Cause },
}

/// A warning that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Warning {
    /// The threshold that was crossed.
    pub threshold: Threshold,
    /// When it was crossed.
    pub at: Timestamp,
}

/// A wait that others have joined who had waited longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Joined {
    /// When the clock itself had started; none if it was idle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    own: Option<Timestamp>,
    /// The calendar time from the present start to that.
    earlier: Span,
    /// When the present start came to count.
    from: Timestamp,
    /// When that was known: nothing that it causes was caused earlier.
    known: Timestamp,
    /// Starts that counted before ever longer waits joined, the last of them last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    under: Vec<Under>,
}

/// A start that counted until somebody joined who had waited even longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Under {
    since: Timestamp,
    from: Timestamp,
    known: Timestamp,
    /// What it added then; another calendar counts by now, perhaps.
    #[serde(default, skip_serializing_if = "is_none")]
    earlier: Span,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_none(span: &Span) -> bool {
    *span == Span::ZERO
}

impl Joined {
    /// The longest wait leaves, and with it those that were longer than what is `left`: from when on nothing is so that
    /// they caused, and what counts now.
    fn leave(
        mut self,
        left: Option<Timestamp>,
        at: Timestamp,
    ) -> (Timestamp, Option<Span>, (Timestamp, Timestamp, Vec<Under>)) {
        let mut gone = self.from;
        while let Some(top) = self.under.pop() {
            if left == Some(top.since) {
                return (gone, Some(top.earlier), (top.from, top.known, self.under));
            }
            if left.is_some_and(|left| left < top.since) {
                self.under.push(top);
                break;
            }
            gone = gone.min(top.from);
        }
        (gone, None, (gone, at, self.under))
    }
}

/// A promise that was broken. Stays, whatever becomes of the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Breach {
    /// The earliest instant at which the budget was used up.
    pub due: Timestamp,
    /// The first instant at which more was used, but not before the target was chosen.
    pub at: Timestamp,
    /// The budget that was exceeded.
    pub budget: Budget,
    /// The digest of the policy that had set it.
    pub policy: Arc<str>,
}

/// Breaches of waits before a reset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Past {
    first: Breach,
    count: u32,
}

impl Clock {
    pub(super) const fn new(metric: Metric) -> Self {
        Self { metric, promise: None, judged: None, run: None, first_stopped: None, past: None, joined: None }
    }

    /// What it measures.
    #[must_use]
    pub const fn metric(&self) -> Metric {
        self.metric
    }

    /// The target chosen last; none when nothing is promised.
    #[must_use]
    pub fn target(&self) -> Option<&Target> {
        self.promise.as_ref().map(|promise| &promise.target)
    }

    /// The target that is measured against: [`Self::target`], or for a stopped clock the one under which it was
    /// stopped.
    #[must_use]
    pub fn judged_by(&self) -> Option<&Target> {
        self.standing().map(|promise| &promise.target)
    }

    /// When the present wait began; none while idle.
    #[must_use]
    pub fn started(&self) -> Option<Timestamp> {
        self.run.as_ref().map(|run| run.started)
    }

    /// The clock's own start: [`Self::started`], unless others joined the wait who had waited longer; none while idle,
    /// or when only they wait.
    #[must_use]
    pub fn own_started(&self) -> Option<Timestamp> {
        match &self.joined {
            Some(joined) => joined.own,
            None => self.started(),
        }
    }

    /// From when it counts because of others who joined the wait.
    #[must_use]
    pub fn joined(&self) -> Option<Timestamp> {
        self.joined.as_ref().and(self.started())
    }

    /// The first instant at which what follows from others' wait may be recorded.
    pub(super) fn known_from(&self) -> Timestamp {
        self.joined.as_ref().map_or(Timestamp::MIN, |joined| joined.known + STEP)
    }

    /// Whether nothing has ever been said of it.
    pub(super) const fn is_blank(&self) -> bool {
        self.promise.is_none()
            && self.judged.is_none()
            && self.run.is_none()
            && self.first_stopped.is_none()
            && self.past.is_none()
    }

    /// When it was stopped; none when it is not stopped now.
    #[must_use]
    pub fn stopped(&self) -> Option<Timestamp> {
        match &self.run.as_ref()?.phase {
            Phase::Stopped { at, .. } => Some(*at),
            Phase::Running | Phase::Paused { .. } => None,
        }
    }

    /// When it was stopped for the first time, also when it went on later: the first resolution is its own fact.
    #[must_use]
    pub const fn first_stopped(&self) -> Option<Timestamp> {
        self.first_stopped
    }

    /// Since when it is paused; none when it is not paused now.
    #[must_use]
    pub fn paused(&self) -> Option<Timestamp> {
        match &self.run.as_ref()?.phase {
            Phase::Paused { at, .. } => Some(*at),
            Phase::Running | Phase::Stopped { .. } => None,
        }
    }

    /// Whether it is paused.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.paused().is_some()
    }

    /// Whether it is running; what it runs on may be closed at the moment.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.run.as_ref().is_some_and(|run| matches!(run.phase, Phase::Running))
    }

    /// The breach of the present wait, if it was recorded.
    #[must_use]
    pub fn breach(&self) -> Option<&Breach> {
        self.run.as_ref()?.breach.as_ref()
    }

    /// The first breach ever recorded, also of a wait before a reset.
    #[must_use]
    pub fn first_breach(&self) -> Option<&Breach> {
        self.past.as_ref().map(|past| &past.first).or_else(|| self.breach())
    }

    /// How many breaches were recorded, over all resets.
    #[must_use]
    pub fn breaches(&self) -> u32 {
        let past = self.past.as_ref().map_or(0, |past| past.count);
        past.saturating_add(u32::from(self.breach().is_some()))
    }

    /// The warnings given in the present wait, in the order in which they were recorded.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        self.run.as_ref().map_or(&[], |run| &run.warned)
    }

    pub(super) fn standing(&self) -> Option<&Promise> {
        self.judged.as_ref().or(self.promise.as_ref())
    }

    pub(super) fn apply(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Targeted { target } => self.promised(Some(Promise { target: target.clone(), since: at })),
            Event::Dropped { .. } => self.promised(None),
            Event::Moved { input, cause, .. } => self.moved(*input, cause, at),
            Event::Warned { threshold, at, .. } => {
                if let Some(run) = &mut self.run {
                    run.warned(Warning { threshold: *threshold, at: *at });
                }
            }
            Event::Breached { due, at, budget, policy, .. } => {
                if let Some(run) = &mut self.run {
                    // The first one stays: a breach is history.
                    run.breach.get_or_insert_with(|| Breach {
                        due: *due,
                        at: *at,
                        budget: *budget,
                        policy: policy.clone(),
                    });
                }
            }
            Event::Joined { since, earlier, cause, .. } => self.join(*since, *earlier, cause, at),
            Event::Carried { consumed, upto, .. } => {
                if let Some(run) = &mut self.run {
                    run.carried(*consumed, *upto);
                }
            }
        }
    }

    fn join(&mut self, since: Option<Timestamp>, mut earlier: Span, cause: &Cause, at: Timestamp) {
        let present = self.joined.take();
        let own = present.as_ref().map_or(self.started(), |joined| joined.own);
        let before = present.as_ref().map_or(Span::ZERO, |joined| joined.earlier);
        let Some(run) = &mut self.run else {
            if let Some(since) = since {
                self.run = Some(Run::new(since, cause.clone(), Phase::Running));
                self.joined = Some(Joined { own: None, earlier: Span::ZERO, from: at, known: at, under: Vec::new() });
            }
            return;
        };
        let counts = match present {
            Some(joined) if since.is_none_or(|since| since > run.started) => {
                let (left, kept, counts) = joined.leave(since, at);
                earlier = kept.unwrap_or(earlier);
                run.warned.retain(|warning| warning.at <= left);
                run.breach = run.breach.take().filter(|breach| breach.at <= left);
                counts
            }
            Some(mut joined) => {
                let Joined { from, known, earlier, .. } = joined;
                joined.under.push(Under { since: run.started, from, known, earlier });
                (at, at, joined.under)
            }
            None => (at, at, Vec::new()),
        };
        if let Some(start) = since.or(own) {
            run.started = start;
            if let Some(carried) = &mut run.carried {
                carried.consumed = carried.consumed - before + earlier;
            }
        } else if !matches!(run.phase, Phase::Stopped { .. }) {
            // Nobody waits any more whose wait it was.
            self.run = None;
        }
        let (from, known, under) = counts;
        self.joined = since.map(|_| Joined { own, earlier, from, known, under });
    }

    fn promised(&mut self, promise: Option<Promise>) {
        if self.stopped().is_some() && self.judged.is_none() {
            self.judged = self.promise.take();
        }
        self.promise = promise;
    }

    fn moved(&mut self, input: Input, cause: &Cause, at: Timestamp) {
        let Some(run) = &mut self.run else {
            if matches!(input, Input::Started | Input::Reset) {
                self.run = Some(Run::new(at, cause.clone(), Phase::Running));
            }
            return;
        };
        let at = at.max(run.last());
        match (&run.phase, input) {
            (Phase::Running, Input::Paused) => run.phase = Phase::Paused { at, cause: cause.clone() },
            (Phase::Paused { .. }, Input::Resumed) => run.go_on(at),
            (Phase::Running | Phase::Paused { .. }, Input::Stopped) => {
                run.go_on(at);
                run.phase = Phase::Stopped { at, cause: cause.clone() };
                self.first_stopped.get_or_insert(at);
            }
            (Phase::Stopped { .. }, Input::Started | Input::Resumed) if self.metric.restarts() => {
                run.go_on(at);
                self.judged_no_more(at);
            }
            (Phase::Stopped { .. }, Input::Reset) if self.metric.restarts() => {
                self.anew(Run::new(at, cause.clone(), Phase::Running));
                self.judged_no_more(at);
            }
            (Phase::Running, Input::Reset) => self.anew(Run::new(at, cause.clone(), Phase::Running)),
            // A new wait does not end the hold that pauses the old one.
            (Phase::Paused { cause: hold, .. }, Input::Reset) => {
                let phase = Phase::Paused { at, cause: hold.clone() };
                self.anew(Run::new(at, cause.clone(), phase));
            }
            (Phase::Running, Input::Started | Input::Resumed)
            | (Phase::Paused { .. }, Input::Started | Input::Paused)
            | (Phase::Stopped { .. }, _) => {}
        }
    }

    /// The clock goes on after a stop: from now on the promise chosen last counts, and it counts from here.
    fn judged_no_more(&mut self, at: Timestamp) {
        if self.judged.take().is_some()
            && let Some(promise) = &mut self.promise
        {
            promise.since = promise.since.max(at);
        }
    }

    fn anew(&mut self, run: Run) {
        self.joined = None;
        let old = self.run.replace(run);
        if let Some(breach) = old.and_then(|old| old.breach) {
            match &mut self.past {
                Some(past) => past.count = past.count.saturating_add(1),
                None => self.past = Some(Past { first: breach, count: 1 }),
            }
        }
    }
}

impl Run {
    const fn new(started: Timestamp, cause: Cause, phase: Phase) -> Self {
        Self { started, cause, carried: None, gaps: Vec::new(), phase, warned: Vec::new(), breach: None }
    }

    /// From where on spans are known.
    pub(super) fn origin(&self) -> Timestamp {
        self.carried.map_or(self.started, |carried| carried.upto)
    }

    /// The instant of the last input that still shows.
    pub(super) fn last(&self) -> Timestamp {
        match &self.phase {
            Phase::Paused { at, .. } | Phase::Stopped { at, .. } => *at,
            Phase::Running => self.gaps.last().map_or_else(|| self.origin(), |gap| gap.to),
        }
    }

    /// Ends a pause or stop, if there is one.
    fn go_on(&mut self, at: Timestamp) {
        let gap = match std::mem::replace(&mut self.phase, Phase::Running) {
            Phase::Running => return,
            Phase::Paused { at: from, cause } => Gap { from, to: at, kind: GapKind::Paused, cause },
            Phase::Stopped { at: from, cause } => Gap { from, to: at, kind: GapKind::Stopped, cause },
        };
        if gap.from < gap.to {
            self.gaps.push(gap);
        }
    }

    fn warned(&mut self, warning: Warning) {
        if self.warned.iter().any(|known| known.threshold == warning.threshold) {
            return;
        }
        self.warned.push(warning);
        // Ever new targets with ever new thresholds must not let the state grow.
        if self.warned.len() > limits::WARNINGS_KEPT_MAX {
            self.warned.remove(0);
        }
    }

    fn carried(&mut self, consumed: Span, upto: Timestamp) {
        if upto <= self.origin() || upto > self.last() {
            return;
        }
        self.carried = Some(Carried { consumed, upto });
        self.gaps.retain_mut(|gap| {
            gap.from = gap.from.max(upto);
            gap.from < gap.to
        });
    }
}
