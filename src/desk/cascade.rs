//! Event rules: rounds on frozen snapshots, their writes merged and recorded (laws 15 and 16).

use std::collections::{BTreeMap, BTreeSet};

use super::draft::Draft;
use super::event::{Antecedent, Event, Origin, Recorded};
use super::request::Command;
use super::trace::TraceStep;
use crate::automation::{Trigger, Writes};
use crate::content::Text;
use crate::customer::Customer;
use crate::id::{Name, QueueId};
use crate::limits;
use crate::order::Order;
use crate::priority::{Grade, Priority, PrioritySource};
use crate::record::RecordKey;
use crate::rule::Subject;
use crate::sla::{self, Metric};
use crate::text::{Folded, fold};
use crate::ticket::{self, Ticket, assign, describe};

/// The texts at hand, folded once per decision.
#[derive(Debug, Default)]
pub(super) struct Texts {
    body: Option<Folded>,
    subject: Option<Folded>,
}

impl Texts {
    /// The texts that a command brings.
    pub(super) fn of(command: &Command) -> Self {
        let Command::Ticket(command) = command else { return Self::default() };
        let (body, subject) = match command {
            ticket::Command::Open(open) => (open.message.as_ref().map(|(_, body)| body), open.subject.as_ref()),
            ticket::Command::Receive(receive) => (Some(&receive.body), receive.subject.as_ref()),
            ticket::Command::Reply(reply) => (Some(&reply.body), None),
            ticket::Command::Note(note) => (Some(&note.body), None),
            ticket::Command::Refuse(refuse) => (refuse.reason.as_ref(), None),
            _ => (None, None),
        };
        // What is too long is refused by its verb, and not worth folding.
        let folded =
            |text: Option<&Text>| text.map(Text::as_str).filter(|text| text.len() <= limits::BODY_BYTES_MAX).map(fold);
        Self { body: folded(body), subject: folded(subject) }
    }

    /// The texts that were said before.
    pub(super) fn said(subject: Option<&str>, body: Option<&str>) -> Self {
        Self { body: body.map(fold), subject: subject.map(fold) }
    }

    pub(super) const fn body(&self) -> Option<&Folded> {
        self.body.as_ref()
    }
}

/// What rules read of a ticket beside borrowed state.
pub(super) struct Picture {
    breached: Vec<Metric>,
}

impl Picture {
    pub(super) fn of(ticket: &Ticket) -> Self {
        Self { breached: ticket.clocks().breached().collect() }
    }

    /// The frozen snapshot that rules, routes and SLAs read.
    pub(super) fn subject<'s>(
        &'s self,
        ticket: &'s Ticket,
        customer: Option<&'s Customer>,
        order: Option<&'s Order>,
        texts: &'s Texts,
    ) -> Subject<'s> {
        let mut subject = Subject::new()
            .channel(ticket.channel())
            .kind(ticket.kind())
            .status(ticket.status())
            .priority(ticket.priority())
            .tags(ticket.tags())
            .fields(ticket.fields())
            .initiator(ticket.initiator())
            .language(ticket.language())
            .reopened(ticket.reopened())
            .order(ticket.order().is_some())
            .assigned(ticket.assignee().is_some())
            .breached(&self.breached);
        subject.stage = ticket.stage();
        subject.queue = ticket.queue();
        subject.hold = ticket.hold().map(|hold| hold.kind);
        if let Some(customer) = customer {
            subject.customer_tier = customer.tier.as_ref();
            subject = subject.customer_new(customer.is_new()).customer_orders(customer.orders);
        }
        if let Some(order) = order {
            subject.order_state = order.state.as_ref();
            subject = subject.order_value(order.value).order_category(order.category);
        }
        subject.text = texts.body.as_ref();
        subject.subject_text = texts.subject.as_ref();
        subject
    }
}

/// What an event sets off, if anything.
pub(super) fn trigger(event: &ticket::Event) -> Option<Trigger> {
    Some(match event {
        ticket::Event::Opened(_) => Trigger::Opened,
        ticket::Event::MessageReceived { .. } => Trigger::CustomerMessage,
        ticket::Event::Replied { .. } => Trigger::Replied,
        ticket::Event::Noted { .. } => Trigger::Noted,
        ticket::Event::Assigned { .. } => Trigger::Assigned,
        ticket::Event::Unassigned { .. } => Trigger::Unassigned,
        ticket::Event::Queued { .. } => Trigger::Queued,
        ticket::Event::Held { .. } => Trigger::Held,
        ticket::Event::Resumed { .. } => Trigger::Resumed,
        ticket::Event::Resolved { .. } => Trigger::Resolved,
        ticket::Event::Confirmed { .. } => Trigger::Confirmed,
        ticket::Event::Refused { .. } => Trigger::Refused,
        ticket::Event::Reopened { .. } => Trigger::Reopened,
        ticket::Event::Closed { .. } => Trigger::Closed,
        ticket::Event::PriorityChanged { .. } | ticket::Event::Rated { .. } => Trigger::PriorityChanged,
        ticket::Event::Classified { .. } => Trigger::Classified,
        ticket::Event::Tagged { .. } => Trigger::Tagged,
        ticket::Event::FieldSet { .. } => Trigger::FieldSet,
        ticket::Event::MarkedSpam { .. } => Trigger::MarkedSpam,
        ticket::Event::Restored { .. } => Trigger::Restored,
        ticket::Event::Clock(sla::Event::Warned { .. }) => Trigger::Warned,
        ticket::Event::Clock(sla::Event::Breached { .. }) => Trigger::Breached,
        _ => return None,
    })
}

/// What it sets off that a ticket is let in which was kept apart until now: nobody has heard of it.
const LET_IN: [Trigger; 2] = [Trigger::Opened, Trigger::CustomerMessage];

/// Where each rule of a round is recorded to have fired: the cause of what it writes (law 5).
type Causes = BTreeMap<Name, u32>;

impl Draft<'_> {
    /// What an event of a ticket sets off.
    fn sets_off(&self, key: &RecordKey, recorded: &Recorded) -> impl Iterator<Item = Trigger> + use<> {
        let event = if let Event::Ticket(event) = &recorded.event { Some(event) } else { None };
        let let_in = matches!(event, Some(ticket::Event::Restored { .. })) && self.is_let_in(key);
        event.and_then(trigger).into_iter().chain(LET_IN.into_iter().filter(move |_| let_in))
    }

    /// Runs the event rules on a ticket, beginning with its events from index `from` on.
    ///
    /// Each round reads one frozen snapshot; what it writes may set off the next round, and no rule fires twice.
    pub(super) fn cascade(&mut self, key: &RecordKey, from: usize, texts: &Texts) {
        let policy = self.policy;
        let concerns =
            |recorded: &Recorded| self.sets_off(key, recorded).any(|trigger| policy.rules().are_set_off_by(trigger));
        if !self.events(key, from).iter().any(concerns) {
            return;
        }
        let mut fired = BTreeSet::new();
        let (mut begin, mut actions) = (from, 0usize);
        for round in 1..=limits::RULE_ROUNDS_MAX + 1 {
            let events = self.events(key, begin).iter();
            let set_off: Vec<_> = events.flat_map(|recorded| self.sets_off(key, recorded)).collect();
            let Some(ticket) = self.ticket(key).filter(|_| !set_off.is_empty()) else { return };
            let picture = Picture::of(ticket);
            let subject = picture.subject(ticket, self.customer_of(ticket), self.order_of(ticket), texts);
            let outcome = policy.rules().run(&set_off, &fired, &subject);
            if outcome.firings.is_empty() {
                return;
            }
            let wanted = outcome.firings.iter().map(|firing| firing.actions.len()).sum::<usize>();
            if round > limits::RULE_ROUNDS_MAX || actions + wanted > limits::RULE_ACTIONS_MAX {
                let (rounds, actions) = (u32::try_from(round - 1), u32::try_from(actions));
                let stopped = ticket::Event::RulesStopped {
                    rounds: rounds.unwrap_or(u32::MAX),
                    actions: actions.unwrap_or(u32::MAX),
                };
                let now = self.now_on(key);
                self.emit_ticket(key, stopped, Origin::Timer, None, now);
                return;
            }
            actions += wanted;
            let causes: Vec<_> = outcome.firings.iter().map(|firing| self.cause_of(key, begin, firing.index)).collect();
            let mut fired_at = BTreeMap::new();
            begin = self.count(key);
            for conflict in outcome.conflicts {
                let field = conflict.field.to_string();
                self.note(TraceStep::Conflict { field, kept: conflict.kept, lost: conflict.lost });
            }
            for (firing, cause) in outcome.firings.into_iter().zip(causes) {
                fired.insert(firing.index);
                let round = u32::try_from(round).unwrap_or(u32::MAX);
                self.note(TraceStep::Rule { rule: firing.rule.clone(), round });
                let notices = outcome.writes.notices.iter().filter(|write| write.rule == firing.rule);
                let notices = notices.map(|write| write.value.clone()).collect();
                let event = ticket::Event::RuleFired { rule: firing.rule.clone(), hits: firing.hits, notices };
                let (by, now) = (Origin::Rule(firing.rule.clone()), self.now_on(key));
                let index = self.emit_ticket(key, event, by, cause.map(Antecedent::Here), now);
                fired_at.insert(firing.rule, index);
            }
            self.write(key, &outcome.writes, &fired_at);
        }
    }

    /// The first event of a round that sets a rule off.
    fn cause_of(&self, key: &RecordKey, begin: usize, rule: usize) -> Option<u32> {
        let sets_off = |recorded: &Recorded| {
            self.sets_off(key, recorded).any(|trigger| self.policy.rules().is_set_off_by(rule, trigger))
        };
        let first = self.events(key, begin).iter().position(sets_off)?;
        u32::try_from(begin + first).ok()
    }

    /// Records what a round writes, as far as it differs from what the ticket has.
    fn write(&mut self, key: &RecordKey, writes: &Writes, causes: &Causes) {
        let policy = self.policy;
        let kind = writes.kind.as_ref().and_then(|write| Some((policy.kind(&write.value)?, &write.rule)));
        let stage = writes.stage.as_ref().and_then(|write| Some((policy.stage(&write.value)?, &write.rule)));
        if let Some((kind, rule)) = kind {
            self.write_as(key, rule, causes, |ticket| describe::set_class(ticket, Some(kind), None, None));
        }
        if let Some((stage, rule)) = stage {
            self.write_as(key, rule, causes, |ticket| describe::set_class(ticket, None, Some(stage), None));
        }
        if let Some(write) = &writes.language {
            self.write_as(key, &write.rule, causes, |ticket| {
                describe::set_class(ticket, None, None, Some(write.value))
            });
        }
        self.write_tags(key, writes, causes);
        for (field, write) in &writes.fields {
            let value = policy.field(field).and_then(|declared| ticket::parse_value(declared, &write.value));
            if let Some(value) = value {
                self.write_as(key, &write.rule, causes, |ticket| {
                    describe::set_value(ticket, field, value).unwrap_or_default()
                });
            }
        }
        self.write_priority(key, writes, causes);
        for write in &writes.checklists {
            self.write_checklist(key, &write.value, &write.rule, causes.get(&write.rule).copied());
        }
        if let Some(write) = &writes.queue {
            self.write_queue(key, &write.value, &write.rule, causes);
        }
    }

    fn write_as(
        &mut self,
        key: &RecordKey,
        rule: &Name,
        causes: &Causes,
        write: impl FnOnce(&Ticket) -> Vec<ticket::Event>,
    ) {
        let Some(events) = self.ticket(key).map(write) else { return };
        for event in events {
            let (now, from) = (self.now_on(key), causes.get(rule).copied().map(Antecedent::Here));
            self.emit_ticket(key, event, Origin::Rule(rule.clone()), from, now);
        }
    }

    fn write_tags(&mut self, key: &RecordKey, writes: &Writes, causes: &Causes) {
        let mut by_rule: BTreeMap<&Name, (BTreeSet<Name>, BTreeSet<Name>)> = BTreeMap::new();
        for (tag, rule) in &writes.add_tags {
            by_rule.entry(rule).or_default().0.insert(tag.clone());
        }
        for (tag, rule) in &writes.remove_tags {
            by_rule.entry(rule).or_default().1.insert(tag.clone());
        }
        for (rule, (add, remove)) in by_rule {
            // A rule that would break the limit of tags adds none; the person who reads the log sees it fire.
            self.write_as(key, rule, causes, |ticket| describe::set_tags(ticket, &add, &remove).unwrap_or_default());
        }
    }

    fn write_priority(&mut self, key: &RecordKey, writes: &Writes, causes: &Causes) {
        let urgency = writes.urgency.as_ref();
        let impact = writes.impact.as_ref();
        let rule = urgency.or(impact).map(|write| &write.rule);
        let Some(ticket) = self.ticket(key) else { return };
        let personal = ticket.priority().is_personal();
        let grades = (
            urgency.map_or(ticket.urgency(), |write| write.value),
            impact.map_or(ticket.impact(), |write| write.value),
        );
        if let Some(write) = &writes.priority {
            if let Some(rule) = rule {
                self.write_as(key, rule, causes, |ticket| describe::rate(ticket, grades.0, grades.1));
            }
            if personal {
                self.note(TraceStep::KeptPersonal { rule: write.rule.clone() });
            } else if let Some(level) = self.policy.scale().level(&write.value) {
                let source = PrioritySource::Rule { rule: write.rule.clone() };
                let priority = Priority::new(write.value.clone(), level, source);
                self.write_as(key, &write.rule, causes, |ticket| describe::set_priority(ticket, priority));
            }
        } else if let Some(rule) = rule.cloned() {
            if personal {
                self.write_as(key, &rule, causes, |ticket| describe::rate(ticket, grades.0, grades.1));
                self.note(TraceStep::KeptPersonal { rule });
            } else {
                let priority = self.rated(key, grades.0, grades.1);
                self.write_as(key, &rule, causes, |ticket| describe::set_priority(ticket, priority));
            }
        }
    }

    /// The priority that the policy's matrix gives, raised by the customer's tier.
    pub(super) fn rated(&self, key: &RecordKey, urgency: Grade, impact: Grade) -> Priority {
        let customer = self.ticket(key).and_then(|ticket| self.customer_of(ticket));
        self.policy.scale().rate(urgency, impact, customer.and_then(|customer| customer.tier.as_ref()))
    }

    fn write_queue(&mut self, key: &RecordKey, queue: &QueueId, rule: &Name, causes: &Causes) {
        let Some(ticket) = self.ticket(key).filter(|ticket| ticket.category().is_active()) else { return };
        let rank = self.rank(ticket, self.now_on(key));
        let events = assign::transfer(ticket, queue, rank).unwrap_or_default();
        for event in events {
            let (now, from) = (self.now_on(key), causes.get(rule).copied().map(Antecedent::Here));
            self.emit_ticket(key, event, Origin::Rule(rule.clone()), from, now);
        }
    }
}
