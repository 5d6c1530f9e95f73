//! What time alone has caused: warnings, breaches, and folding what is too long to keep.

use std::collections::BTreeSet;

use super::calendars::Calendars;
use super::clock::{Clock, Phase, Run, STEP};
use super::event::Event;
use super::foreseen::Outlook;
use super::reckon::{Crossing, Reckoning};
use super::target::Threshold;
use crate::limits;
use crate::time::{Span, Timestamp};

impl Clock {
    /// Every warning and breach that the clock will have caused and that is not recorded yet, in order of its
    /// instant, if nothing but time happens.
    pub(super) fn unrecorded(&self, calendars: &Calendars) -> Vec<Event> {
        if self.breach().is_some() {
            return Vec::new();
        }
        let Some(reckoning) = Reckoning::of(self, calendars) else {
            return Vec::new();
        };
        let breach = self.coming_breach(&reckoning);
        // A set, because the same threshold may be listed twice.
        let thresholds: BTreeSet<_> = reckoning.promise.target.warn_at.iter().take(limits::WARNINGS_MAX).collect();
        let mut events: Vec<Event> = thresholds
            .into_iter()
            .filter_map(|threshold| self.coming_warning(&reckoning, *threshold))
            // A warning that does not come before the breach warns of nothing.
            .filter(|warning| breach.as_ref().is_none_or(|breach| warning.at() < breach.at()))
            .collect();
        events.sort_by_key(Event::at);
        events.extend(breach);
        events
    }

    fn coming_breach(&self, reckoning: &Reckoning<'_>) -> Option<Event> {
        let promise = reckoning.promise;
        let crossing = reckoning.crossing(promise.target.budget.span())?;
        Some(Event::Breached {
            metric: self.metric(),
            due: crossing.due,
            at: (reckoning.latest(&crossing)? + STEP).max(promise.since).max(self.known_from()),
            budget: promise.target.budget,
            policy: promise.target.policy.clone(),
        })
    }

    fn coming_warning(&self, reckoning: &Reckoning<'_>, threshold: Threshold) -> Option<Event> {
        let at = self.warning_at(reckoning, threshold)?;
        Some(Event::Warned { metric: self.metric(), threshold, at, policy: reckoning.promise.target.policy.clone() })
    }

    /// When a warning will come, if it will.
    fn warning_at(&self, reckoning: &Reckoning<'_>, threshold: Threshold) -> Option<Timestamp> {
        if self.has_given(threshold) {
            return None;
        }
        let promise = reckoning.promise;
        let amount = threshold.amount(promise.target.budget);
        let Crossing { mut due, carried, .. } = reckoning.crossing(amount)?;
        if amount == Span::ZERO {
            // What is reached at once is told when time begins to be used, not to whom answers at once.
            due = due + STEP;
        }
        let at = due.max(promise.since).max(self.known_from());
        // What was folded was settled before. A target chosen while the clock stood still finds nobody to warn.
        let passed = (carried && promise.since <= due) || (due < promise.since && reckoning.run.stood_still(at));
        (!passed).then_some(at)
    }

    fn has_given(&self, threshold: Threshold) -> bool {
        self.warnings().iter().any(|given| given.threshold == threshold)
    }

    /// Everything that time has caused up to `now` and that is not recorded yet, in order of its instant.
    pub(super) fn settle(&self, calendars: &Calendars, now: Timestamp) -> Vec<Event> {
        let now = self.run.as_ref().map_or(now, |run| now.max(run.last()));
        let mut events = self.unrecorded(calendars);
        events.retain(|event| event.at().is_some_and(|at| at <= now));
        events
    }

    /// When time alone will next cause something that is not recorded yet, and from which `now` on settling gives
    /// something: at once, where an input that was dated ahead lies behind it.
    pub(super) fn outlook(&self, calendars: &Calendars) -> Outlook {
        let wake = self.next_wake(calendars);
        let last = self.run.as_ref().map_or(Timestamp::MIN, Run::last);
        let settles = wake.map(|at| if at <= last { Timestamp::MIN } else { at });
        Outlook { wake, settles, due: self.running_due(calendars) }
    }

    /// The earliest instant at which time alone will cause something that is not recorded yet.
    pub(super) fn next_wake(&self, calendars: &Calendars) -> Option<Timestamp> {
        if self.breach().is_some() {
            return None;
        }
        let reckoning = Reckoning::of(self, calendars)?;
        let budget = reckoning.promise.target.budget;
        // Amounts are reached in their order: the first warning that will come before the breach is the earliest
        // thing of all, and nothing else has to be looked up.
        let warn_at = reckoning.promise.target.warn_at.iter().take(limits::WARNINGS_MAX).copied();
        let mut early: Vec<Threshold> = warn_at.filter(|threshold| threshold.amount(budget) < budget.span()).collect();
        early.sort_by_key(|threshold| threshold.amount(budget));
        let first = early.into_iter().find_map(|threshold| self.warning_at(&reckoning, threshold));
        first.or_else(|| self.first_unrecorded(calendars))
    }

    fn first_unrecorded(&self, calendars: &Calendars) -> Option<Timestamp> {
        self.unrecorded(calendars).iter().filter_map(Event::at).min()
    }

    /// Folds the older half of the pauses when there are too many.
    pub(super) fn carry(&self, calendars: &Calendars) -> Option<Event> {
        let run = self.run.as_ref()?;
        if run.gaps.len() <= limits::CLOCK_PAUSES_MAX {
            return None;
        }
        let upto = run.gaps.get(run.gaps.len() - limits::CLOCK_PAUSES_MAX / 2 - 1)?.to;
        // Without target or calendar nothing is counted, so nothing is carried.
        let consumed = Reckoning::of(self, calendars).map_or(Span::ZERO, |reckoning| reckoning.elapsed_upto(upto));
        Some(Event::Carried { metric: self.metric(), consumed, upto })
    }

    /// Whether it runs towards a deadline.
    pub(super) fn running_due(&self, calendars: &Calendars) -> Option<Timestamp> {
        match self.run.as_ref()?.phase {
            Phase::Running => self.due(calendars),
            Phase::Paused { .. } | Phase::Stopped { .. } => None,
        }
    }
}
