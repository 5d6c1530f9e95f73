//! Which clocks a ticket has and whether they run: the only place where tickets and SLA clocks meet.
//!
//! A clock's wish follows from the ticket's state alone (must it run, pause, stand?). Whatever just happened, the
//! wish is compared with what the clock does, and the difference is recorded as an input. So no verb can forget
//! a clock.

use std::sync::Arc;

use super::cascade::{Picture, Texts};
use super::draft::Draft;
use super::event::{Antecedent, Event, Origin};
use super::trace::TraceStep;
use crate::id::Name;
use crate::policy::{Policy, SlaPolicy, TargetPolicy};
use crate::record::RecordKey;
use crate::sla::{self, Clock, Clocks, Input, Metric, Target};
use crate::ticket::{self, HoldKind, Initiator, Ticket, approval};
use crate::time::Timestamp;

/// What a clock ought to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    /// Nothing has begun.
    Idle,
    Run,
    Pause,
    Stop,
}

/// The word under which an event appears in explanations, for events after which a clock may have to move.
fn moves_clocks(event: &ticket::Event) -> Option<Name> {
    Some(Name::fixed(match event {
        ticket::Event::Held { kind: HoldKind::Customer, .. } => "hold/customer",
        ticket::Event::Held { kind: HoldKind::ThirdParty, .. } => "hold/third_party",
        ticket::Event::Held { kind: HoldKind::Internal, .. } => "hold/internal",
        ticket::Event::Opened(_)
        | ticket::Event::MessageReceived { .. }
        | ticket::Event::Replied { .. }
        | ticket::Event::Resumed { .. }
        | ticket::Event::Resolved { .. }
        | ticket::Event::Confirmed { .. }
        | ticket::Event::Refused { .. }
        | ticket::Event::Reopened { .. }
        | ticket::Event::Closed { .. }
        | ticket::Event::MarkedSpam { .. }
        | ticket::Event::Restored { .. }
        | ticket::Event::SplitOff { .. } => event.kind(),
        _ => return None,
    }))
}

/// What a metric's clock ought to do, given the ticket and the SLA that it is under.
fn wish(metric: Metric, ticket: &Ticket, target: Option<&TargetPolicy>) -> Wish {
    let over = match metric {
        Metric::FirstResponse => {
            // Ending the ticket ends the wait as well (met by solving).
            let over = ticket.first_reply_at().is_some() || !ticket.category().is_active();
            let begun_idle = ticket.initiator() == Initiator::Shop || ticket.split_from().is_some();
            if !over && begun_idle && ticket.waiting_since().is_none() {
                // The shop wrote first, or what was split off was answered already: nobody waits for a first response
                // until the customer writes.
                return Wish::Idle;
            }
            over
        }
        Metric::Resolution => !ticket.category().is_active(),
    };
    if over {
        return Wish::Stop;
    }
    let paused = ticket.hold().is_some_and(|hold| target.is_some_and(|target| target.pauses_on.contains(&hold.kind)));
    if paused { Wish::Pause } else { Wish::Run }
}

/// The input that turns what a clock does into what it ought to do.
fn difference(metric: Metric, clock: Option<&Clock>, wish: Wish) -> Vec<Input> {
    let Some(clock) = clock.filter(|clock| clock.started().is_some()) else {
        return match wish {
            Wish::Idle | Wish::Stop => Vec::new(),
            Wish::Run => vec![Input::Started],
            Wish::Pause => vec![Input::Started, Input::Paused],
        };
    };
    if clock.stopped().is_some() {
        // A first response was given or it was not; it is never asked for again.
        return match wish {
            Wish::Idle | Wish::Stop => Vec::new(),
            _ if metric == Metric::FirstResponse => Vec::new(),
            Wish::Run => vec![Input::Resumed],
            Wish::Pause => vec![Input::Resumed, Input::Paused],
        };
    }
    match (wish, clock.is_paused()) {
        (Wish::Stop, _) => vec![Input::Stopped],
        (Wish::Run, true) => vec![Input::Resumed],
        (Wish::Pause, false) => vec![Input::Paused],
        // Whatever was waited for went with a split: the next wait begins at zero.
        (Wish::Idle, false) => vec![Input::Paused, Input::Reset],
        _ => Vec::new(),
    }
}

/// The SLA under which a clock runs, in the policy at hand.
fn target_of<'p>(policy: &'p Policy, ticket: &Ticket, metric: Metric) -> Option<&'p TargetPolicy> {
    let target = ticket.clocks().clock(metric)?.target()?;
    let sla = policy.slas().iter().find(|sla| sla.name == target.sla)?;
    sla.target(metric)
}

impl Draft<'_> {
    /// Adds an event of a ticket, ends the approvals that it makes void, and adds whatever the ticket's clocks do
    /// because of it. Returns the event's index.
    pub(super) fn emit_ticket(
        &mut self,
        key: &RecordKey,
        event: ticket::Event,
        by: Origin,
        from: Option<Antecedent>,
        occurred: Timestamp,
    ) -> u32 {
        let why = moves_clocks(&event);
        let voided = self.ticket(key).map(|ticket| approval::voided(ticket, &event)).unwrap_or_default();
        let index = self.emit(key, Event::Ticket(event), by.clone(), from, occurred);
        for ended in voided {
            self.emit(key, Event::Ticket(ended), by.clone(), Some(Antecedent::Here(index)), occurred);
        }
        if let Some(why) = why {
            self.sync_clocks(key, occurred, index, &by, &why);
        }
        index
    }

    /// Adds what a ticket's verb has found, caused by the request itself.
    pub(super) fn emit_verb(&mut self, key: &RecordKey, events: Vec<ticket::Event>) {
        for event in events {
            let (by, occurred) = (self.origin(), self.occurred);
            self.emit_ticket(key, event, by, None, occurred);
        }
    }

    /// Lets every clock of a ticket do what it ought to, from `at` on. `why` and `index` say which event made it so.
    fn sync_clocks(&mut self, key: &RecordKey, at: Timestamp, index: u32, by: &Origin, why: &Name) {
        for metric in Metric::ALL {
            let Some(ticket) = self.ticket(key) else { return };
            let target = target_of(self.policy, ticket, metric);
            let inputs = difference(metric, ticket.clocks().clock(metric), wish(metric, ticket, target));
            for input in inputs {
                let cause = sla::Cause { version: self.version(key).number(), index, why: why.clone() };
                let event = sla::Event::Moved { metric, input, cause };
                self.emit(
                    key,
                    Event::Ticket(ticket::Event::Clock(event)),
                    by.clone(),
                    Some(Antecedent::Here(index)),
                    at,
                );
            }
        }
        self.carry_clocks(key, at, index, by);
    }

    /// Lets the first response count from the oldest wait on a ticket, where somebody has waited longer than it is old.
    pub(super) fn share_wait(&mut self, key: &RecordKey) {
        let metric = Metric::FirstResponse;
        let Some(ticket) = self.ticket(key).filter(|ticket| ticket.merged().is_none()) else { return };
        let clock = ticket.clocks().clock(metric);
        let (own, present) = (clock.and_then(Clock::own_started), clock.and_then(Clock::joined));
        let stopped = clock.is_some_and(|clock| clock.stopped().is_some());
        let waits = ticket.absorbed().values().filter_map(|absorbed| absorbed.waited(stopped));
        let wanted = waits.min().filter(|since| own.is_none_or(|own| *since < own));
        let longer = wanted.is_some_and(|wanted| present.is_none_or(|present| wanted < present));
        if wanted == present || (longer && (stopped || !ticket.category().is_active())) {
            return;
        }
        let calendar = clock.and_then(Clock::target).map(|target| target.calendar.as_ref());
        let calendar = self.policy.calendars().calendar(calendar.flatten());
        let earlier = wanted.zip(own).zip(calendar).map(|((since, own), calendar)| calendar.elapsed(since, own));
        let why = Name::fixed(if wanted.is_some() { "absorbed" } else { "released" });
        let (by, now) = (self.origin(), self.now_on(key));
        let index = u32::try_from(self.count(key).saturating_sub(1)).unwrap_or(u32::MAX);
        let cause = sla::Cause { version: self.version(key).number(), index, why: why.clone() };
        let event = sla::Event::Joined { metric, since: wanted, earlier: earlier.unwrap_or_default(), cause };
        let from = Some(Antecedent::Here(index));
        self.emit(key, Event::Ticket(ticket::Event::Clock(event)), by.clone(), from, now);
        self.sync_clocks(key, now, index, &by, &why);
    }

    /// Folds the oldest pauses of a clock that has seen too many (law 8).
    fn carry_clocks(&mut self, key: &RecordKey, at: Timestamp, index: u32, by: &Origin) {
        let carried = self.ticket(key).map(|ticket| ticket.clocks().carry(self.policy.calendars()));
        for event in carried.unwrap_or_default() {
            self.emit(key, Event::Ticket(ticket::Event::Clock(event)), by.clone(), Some(Antecedent::Here(index)), at);
        }
    }

    /// Chooses the targets of a ticket: the first SLA of the policy that matches.
    pub(super) fn choose_targets(&mut self, key: &RecordKey, texts: &Texts) {
        let Some(ticket) = self.ticket(key).filter(|ticket| !ticket.category().is_ended()) else { return };
        let picture = Picture::of(ticket);
        let subject = picture.subject(ticket, self.customer_of(ticket), self.order_of(ticket), texts);
        let policy = self.policy;
        let place = policy.slas().iter().position(|sla| sla.fits(&subject));
        let chosen = place.and_then(|place| policy.slas().get(place));
        let clocks = ticket.clocks();
        if clocks.keeps(policy.digest_text(), place, || retarget(clocks, chosen, policy).is_empty()) {
            return;
        }
        let events = retarget(clocks, chosen, policy);
        let step = TraceStep::Sla { ticket: ticket.id(), sla: chosen.map(|sla| sla.name.clone()) };
        let (by, now) = (self.origin(), self.now_on(key));
        for event in events {
            let index = self.emit(key, Event::Ticket(ticket::Event::Clock(event)), by.clone(), None, now);
            if self.ticket(key).is_some_and(|ticket| ticket.hold().is_some()) {
                // Another promise may pause on other waits.
                self.sync_clocks(key, now, index, &by, &Name::fixed("promised"));
            }
        }
        self.note(step);
    }
}

/// What makes the targets of clocks those of a promise, or of none: nothing else than these decides.
fn retarget(clocks: &Clocks, chosen: Option<&SlaPolicy>, policy: &Policy) -> Vec<sla::Event> {
    let mut events = Vec::new();
    for metric in Metric::ALL {
        let wanted = chosen.and_then(|sla| Some((sla, sla.target(metric)?)));
        let present = clocks.clock(metric).and_then(Clock::target);
        match wanted {
            Some((sla, from)) if !present.is_some_and(|present| is_same(present, sla, from, policy)) => {
                events.push(sla::Event::Targeted { target: target(metric, sla, from, policy) });
            }
            None if present.is_some() => events.push(sla::Event::Dropped { metric }),
            _ => {}
        }
    }
    events
}

/// Whether a promise is the one that [`target`] would make anew, which nearly every decision finds.
fn is_same(present: &Target, by: &SlaPolicy, from: &TargetPolicy, policy: &Policy) -> bool {
    let Target { sla, metric: _, budget, calendar, warn_at, policy: digest } = present;
    *sla == by.name
        && *budget == from.budget
        && *calendar == from.calendar
        && *warn_at == from.warn_at
        && digest == policy.digest_text()
}

fn target(metric: Metric, sla: &SlaPolicy, from: &TargetPolicy, policy: &Policy) -> Target {
    let target = Target::new(sla.name.clone(), metric, from.budget, Arc::clone(policy.digest_text()));
    // Shared with the policy, so that the tickets under it do not each hold a copy.
    Target { warn_at: Arc::clone(&from.warn_at), calendar: from.calendar.clone(), ..target }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::Actor;
    use crate::channel::{Channel, ChannelKind};
    use crate::desk::Command;
    use crate::id::{AgentId, CustomerId, TeamId, TicketId};
    use crate::policy::PolicyDoc;
    use crate::team::RecordAgent;
    use crate::testing::Scene;
    use crate::ticket::{Classify, Hold, Open, Tag};
    use crate::time::Span;

    const POLICY: &str = r#"{
        "version": 1, "default_queue": "genel", "queue": [{"name": "genel", "teams": ["destek"]}],
        "sla": [
            {"name": "sabırlı", "when": {"kind": "complaint"},
             "resolution": {"budget": "8h", "pauses_on": ["third_party"]}},
            {"name": "standart", "resolution": {"budget": "8h"}}
        ]
    }"#;

    #[test]
    fn another_promise_chosen_during_a_hold_pauses_on_its_own_waits() {
        let policy = serde_json::from_str::<PolicyDoc>(POLICY).unwrap().compile().unwrap();
        let mut scene = Scene::new(policy, "2026-11-27T10:00:00Z".parse().unwrap());
        let (ticket, customer) = (TicketId::from_u128(1), CustomerId::new("c-17").unwrap());
        let agent = AgentId::new("ayşe").unwrap();
        let record = RecordAgent::new(agent.clone()).role(Name::fixed("agent")).team(TeamId::new("destek").unwrap());
        scene.run(Actor::Host, Command::RecordAgent(record)).unwrap();
        let open = Open::new(ticket, customer.clone(), Channel::of(ChannelKind::Email));
        scene.run(Actor::verified(customer), open).unwrap();
        scene.run(Actor::Agent(agent), Hold::new(ticket, HoldKind::ThirdParty)).unwrap();
        let paused_under = |scene: &mut Scene, kind: &'static str| {
            scene.advance(Span::hours(1));
            scene.run(Actor::Host, Classify::new(ticket).kind(Name::fixed(kind))).unwrap();
            let clocks = scene.ticket(ticket).unwrap().clocks().clone();
            clocks.clock(Metric::Resolution).unwrap().is_paused()
        };
        assert!(!paused_under(&mut scene, "request"));
        assert!(paused_under(&mut scene, "complaint"));
        assert!(!paused_under(&mut scene, "request"));
        // Of four hours the one as a complaint does not count.
        scene.advance(Span::hours(1));
        let clocks = scene.ticket(ticket).unwrap().clocks().clone();
        let elapsed = clocks.clock(Metric::Resolution).unwrap().elapsed(&sla::Calendars::new(), scene.now());
        assert_eq!(elapsed, Span::hours(3));
    }

    const TAGGED: &str = r#"{
        "version": 1, "default_queue": "genel", "queue": [{"name": "genel"}],
        "sla": [
            {"name": "acele", "when": {"tag": "acele"}, "resolution": {"budget": "1h"}},
            {"name": "standart", "when": {"tag": "söz"}, "resolution": {"budget": "8h"}}
        ]
    }"#;

    #[test]
    fn what_is_remembered_of_promises_never_hides_another_one() {
        let policy: Policy = serde_json::from_str::<PolicyDoc>(TAGGED).unwrap().compile().unwrap();
        let mut scene = Scene::new(policy, "2026-11-27T10:00:00Z".parse().unwrap());
        let (id, customer) = (TicketId::from_u128(1), CustomerId::new("c-17").unwrap());
        scene.run(Actor::verified(customer.clone()), Open::new(id, customer, Channel::of(ChannelKind::Email))).unwrap();
        let mut promised_after = |tag: Tag| {
            scene.run(Actor::Host, tag).unwrap();
            let ticket = scene.ticket(id).unwrap();
            let target = ticket.clocks().clock(Metric::Resolution).and_then(Clock::target);
            target.map(|target| target.sla.to_string())
        };
        let tag = |name| Name::new(name).unwrap();
        let (acele, standart) = (Some("acele".to_owned()), Some("standart".to_owned()));
        // Each twice, so that the second finds what the first remembers.
        for round in ["a", "b"] {
            assert_eq!(promised_after(Tag::new(id).add(tag(round))), None);
        }
        for round in ["c", "d"] {
            assert_eq!(promised_after(Tag::new(id).add(tag("söz")).add(tag(round))), standart);
        }
        for round in ["e", "f"] {
            assert_eq!(promised_after(Tag::new(id).add(tag("acele")).add(tag(round))), acele);
        }
        for round in ["g", "h"] {
            assert_eq!(promised_after(Tag::new(id).remove(tag("acele")).add(tag(round))), standart);
        }
        for round in ["i", "j"] {
            assert_eq!(promised_after(Tag::new(id).remove(tag("söz")).add(tag(round))), None);
        }
    }
}
