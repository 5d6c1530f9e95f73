//! Nudges: which rule of the policy asks a customer again, and what its next step is.

use super::cascade::{Picture, Texts};
use super::draft::Draft;
use super::event::{Antecedent, Event as Fact};
use super::facts::Needs;
use super::request::Command;
use crate::policy::{NudgeRule, Unanswered};
use crate::record::RecordKey;
use crate::ticket::nudge::{asks, next_at, resolve_unanswered, waits_for_answer};
use crate::ticket::{Event, Nudging, Ticket};
use crate::time::Timestamp;

impl Draft<'_> {
    /// The rule under which a ticket's customer is asked again, if he waits to be.
    fn nudge_rule(&self, ticket: &Ticket) -> Option<&NudgeRule> {
        if self.policy.nudges().is_empty() || !waits_for_answer(ticket) {
            return None;
        }
        // What is not let in cannot be asked for.
        let now = self.now_on(&RecordKey::Customer(ticket.customer().clone()));
        if self.customer_of(ticket).is_some_and(|customer| customer.is_banned(now)) {
            return None;
        }
        let (picture, texts) = (Picture::of(ticket), Texts::default());
        let subject = picture.subject(ticket, self.customer_of(ticket), self.order_of(ticket), &texts);
        self.policy.nudges().iter().find(|rule| rule.fits(&subject))
    }

    /// When a rule's interval from an instant on is over.
    fn nudge_after(&self, rule: &NudgeRule, from: Timestamp) -> Option<Timestamp> {
        let calendar = self.policy.calendars().calendar(rule.calendar.as_ref())?;
        calendar.add(from, rule.after.span()).due()
    }

    /// Compares what is planned for a ticket with what its policy asks for, and records the difference.
    pub(super) fn plan_nudges(&mut self, key: &RecordKey) {
        let Some(ticket) = self.ticket(key) else { return };
        if self.policy.nudges().is_empty() && ticket.nudging().is_none() {
            return;
        }
        let rule = self.nudge_rule(ticket);
        let asked = self.events(key, 0).iter().rposition(|it| matches!(&it.event, Fact::Ticket(event) if asks(event)));
        // What an import tells of the past asks nobody then: the customer has as long from now on.
        let from = if self.is_dated() { self.now } else { self.now_on(key) };
        let plan = |rule: &NudgeRule, number| {
            let next = self.nudge_after(rule, from)?;
            Some(Event::NudgePlanned { nudge: rule.name.clone(), number, next })
        };
        let event = match (ticket.nudging(), rule) {
            (present, Some(rule)) if asked.is_some() || present.is_none() => plan(rule, 0).filter(|planned| {
                let same = |it: &Nudging| {
                    matches!(planned, Event::NudgePlanned { nudge, number, next }
                    if *nudge == it.rule && *number == it.number && Some(*next) == it.next)
                };
                !present.is_some_and(same)
            }),
            (Some(Nudging { next: None, .. }), _) | (None, _) => None,
            (Some(present), Some(rule)) if present.rule == rule.name => None,
            // Another rule goes on where the one before left off.
            (Some(present), Some(rule)) => plan(rule, present.number),
            (Some(present), None) => Some(Event::NudgesEnded { nudge: present.rule.clone(), unanswered: false }),
        };
        if let Some(event) = event {
            let cause = asked.and_then(|index| u32::try_from(index).ok()).map(Antecedent::Here);
            let (by, now) = (self.origin(), self.now_on(key));
            self.emit_ticket(key, event, by, cause, now);
        }
    }

    /// The next step of a ticket's nudges that is due at `at`.
    ///
    /// It is left to the ticket's own wake-up: whoever writes before that is not asked again for what he has just said.
    pub(super) fn nudge(&self, key: &RecordKey, at: Timestamp) -> Option<Event> {
        let ticket = self.ticket(key)?;
        let present = ticket.nudging().filter(|_| next_at(ticket).is_some_and(|next| next <= at))?;
        let ended = |unanswered| Some(Event::NudgesEnded { nudge: present.rule.clone(), unanswered });
        let Some(rule) = self.nudge_rule(ticket) else { return ended(false) };
        let now = self.now_on(key).max(at);
        // The customer has all of the interval from when he is asked, however late that is.
        let Some(next) = self.nudge_after(rule, now) else { return ended(false) };
        let nudge = rule.name.clone();
        if rule.name != present.rule {
            return Some(Event::NudgePlanned { nudge, number: present.number, next });
        }
        if present.number < rule.at_most {
            let number = present.number.saturating_add(1);
            // After a standstill only the last one that is due is given.
            let following = self.nudge_after(rule, at).filter(|following| *following <= now && number < rule.at_most);
            return Some(match following {
                Some(next) => Event::NudgeSkipped { nudge, number, next },
                None => Event::Nudged { nudge, number, next },
            });
        }
        let resolved = if rule.then == Unanswered::Resolve { self.unanswered(key, ticket, now) } else { None };
        resolved.or_else(|| ended(true))
    }

    /// What must be known of the tickets that have to be done first, where the next step of the nudges is the last:
    /// it resolves nothing over them.
    pub(super) fn last_nudge_needs(&mut self, key: &RecordKey) -> Option<Needs> {
        let ticket = self.ticket(key)?;
        let present = ticket.nudging().filter(|_| next_at(ticket).is_some_and(|next| next <= self.now_on(key)))?;
        self.nudge_rule(ticket).filter(|rule| present.number >= rule.at_most)?;
        let awaited = self.awaited(ticket).concat();
        if awaited.is_empty() {
            return None;
        }
        // What is heeded later is asked for as well, so that the rounds suffice.
        if let Some(more) = self.more_tickets(ticket.links().iter().map(|(_, other)| other)) {
            return Some(more);
        }
        awaited.into_iter().for_each(|other| self.rely(&RecordKey::Ticket(other)));
        None
    }

    /// The customer has not answered the last nudge either; none where others have to be done first.
    fn unanswered(&self, key: &RecordKey, ticket: &Ticket, now: Timestamp) -> Option<Event> {
        if !self.open_among(self.awaited(ticket).concat()).is_empty() {
            return None;
        }
        self.unasked(key, now, |cx| resolve_unanswered(ticket, self.silent_until(now), cx))
    }

    /// Whether this decision is a ticket's own wake-up.
    pub(super) fn is_wake_of(&self, key: &RecordKey) -> bool {
        matches!(&self.request.command, Command::Wake(woken) if woken == key)
    }
}
