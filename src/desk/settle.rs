//! What time alone causes, before anything else is decided (law 13).

use super::draft::Draft;
use super::event::{Event, Origin};
use super::request::{Command, IMPORT_REST};
use crate::actor::Actor;
use crate::limits;
use crate::record::RecordKey;
use crate::ticket::{self, Ticket, approval, hold, nudge, remind, resolve, task};
use crate::time::{Span, Timestamp};

/// A ticket's life has few steps that time alone takes, beside its tasks, reminders and nudges; this only bounds a
/// defect.
const STEPS_MAX: usize = 16 + limits::TASKS_MAX + limits::REMINDERS_MAX + limits::NUDGES_MAX as usize;

/// The next instant at which time alone changes a ticket, its clocks aside.
fn next_step(ticket: &Ticket) -> Option<Timestamp> {
    let held = ticket.hold().and_then(|hold| hold.until);
    let asked = approval::next_expiry(ticket).into_iter().chain(task::next_due(ticket));
    held.into_iter().chain(ticket.silent_until()).chain(asked).min()
}

/// Whether an event is left to the ticket's wake-up: nudges always, reminders where an import comes first.
const fn is_left_to_wake(event: &ticket::Event) -> bool {
    matches!(
        event,
        ticket::Event::Reminded { .. }
            | ticket::Event::NudgePlanned { .. }
            | ticket::Event::Nudged { .. }
            | ticket::Event::NudgeSkipped { .. }
            | ticket::Event::NudgesEnded { .. }
            | ticket::Event::Resolved { unanswered: true, .. }
    )
}

impl Draft<'_> {
    /// Records what time has caused on a ticket up to now, in the order of its instants: warnings and breaches,
    /// the end of a hold, of an approval that nobody answered, a task that is late, a reminder, a nudge, the end by silence.
    /// Doing it again gives nothing.
    ///
    /// An import causes no word to anybody, so that what is only a word is left to the next wake-up.
    pub(super) fn settle(&mut self, key: &RecordKey) {
        let now = self.now_on(key);
        let may_tell = !matches!(self.request.actor, Actor::Import(_));
        let is_wake = self.is_wake_of(key);
        for _ in 0..STEPS_MAX {
            // The clocks of a ticket that goes on elsewhere rest.
            let Some(ticket) = self.ticket(key).filter(|ticket| ticket.merged().is_none()) else { return };
            let word = remind::next_at(ticket).filter(|_| may_tell);
            let nudge = nudge::next_at(ticket).filter(|_| is_wake);
            let step = next_step(ticket).into_iter().chain(word).chain(nudge).min().filter(|at| *at <= now);
            let until = step.unwrap_or(now);
            for event in ticket.clocks().settle(self.policy.calendars(), until) {
                let at = event.at().unwrap_or(until);
                self.emit(key, Event::Ticket(ticket::Event::Clock(event)), Origin::Timer, None, at);
            }
            let Some(at) = step else { return };
            let Some(event) = self.step_by_time(key, at, may_tell) else { return };
            // It may then come after something that was due later.
            let last = self.ticket(key).map_or(at, Ticket::updated_at);
            let at = if is_left_to_wake(&event) { at.max(last) } else { at };
            self.emit_ticket(key, event, Origin::Timer, None, at);
        }
    }

    fn step_by_time(&self, key: &RecordKey, now: Timestamp, may_tell: bool) -> Option<ticket::Event> {
        let ticket = self.ticket(key)?;
        if let Some(reminded) = remind::due(ticket, now).filter(|_| may_tell) {
            return Some(reminded);
        }
        if let Some(expired) = approval::expire(ticket, now) {
            return Some(expired);
        }
        if let Some(overdue) = task::overdue(ticket, now) {
            return Some(overdue);
        }
        if let Some(nudge) = Some(()).filter(|()| self.is_wake_of(key)).and_then(|()| self.nudge(key, now)) {
            return Some(nudge);
        }
        let by_time = if ticket.hold().is_some() { hold::resume_by_time } else { resolve::close_by_silence };
        self.unasked(key, now, |cx| by_time(ticket, cx))
    }

    /// When a ticket wants to be woken: always after now (law 13).
    pub(super) fn next_wake(&self, key: &RecordKey) -> Option<Timestamp> {
        let ticket = self.ticket(key).filter(|ticket| ticket.merged().is_none())?;
        let clocks = ticket.clocks().next_wake(self.policy.calendars());
        let next = clocks
            .into_iter()
            .chain(next_step(ticket))
            .chain(remind::next_at(ticket))
            .chain(nudge::next_at(ticket))
            .min();
        if self.is_dated() {
            // The rest of the import comes first; then the ticket goes on as any other.
            let rested = self.now + IMPORT_REST;
            let goes_on = ticket.category().is_workable() || ticket.links().take_in();
            return next.map(|next| next.max(rested)).or(goes_on.then_some(rested));
        }
        let is_woken = matches!(&self.request.command, Command::Wake(woken) if woken == key);
        if !is_woken && ticket.links().take_in() {
            // Another ticket may have asked for a wake-up that is still to come; only a wake-up takes in what it
            // passed on.
            return Some(self.now_on(key));
        }
        // What could not be recorded now must not be forgotten.
        Some(next?.max(self.now_on(key) + Span::millis(1)))
    }
}
