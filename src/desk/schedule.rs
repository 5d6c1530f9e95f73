//! Schedules: set and removed, and the wake-up that opens a ticket and moves on (laws 7 and 13).

use std::collections::VecDeque;

use super::cascade::Texts;
use super::draft::Draft;
use super::event::{Antecedent, Event, EventKey, Origin, State};
use super::facts::Needs;
use super::receive::Begun;
use super::records::{at_most, invalid};
use super::rejection::Rejection;
use super::request::Command;
use crate::calendar::Calendar;
use crate::content::Text;
use crate::id::{Name, ScheduleId, TicketId};
use crate::limits;
use crate::priority::{Priority, PrioritySource};
use crate::record::{RecordKey, derive};
use crate::schedule::recurrence::{RHYTHM_MIN, day_of};
use crate::schedule::{self, Missed, Next, Plan, RemoveSchedule, Schedule, SetSchedule, Template};
use crate::ticket::open::Opening;
use crate::ticket::verb::check_text;
use crate::ticket::{self, Open, Public, Ticket, assign, describe, task};
use crate::time::{Span, Timestamp};

/// What a wake-up of a schedule has to do.
struct Turn {
    /// What it opens.
    due: Next,
    /// How many that fell due before it are left out.
    skipped: u32,
    /// What comes after it.
    next: Option<Next>,
}

/// The occurrence after one, as long as the schedule lasts.
fn following(plan: &Plan, calendar: &Calendar, last: Next) -> Option<Next> {
    let (day, at) = plan.every.following(plan.begins, (last.day, last.at), calendar, plan.on_closed)?;
    Some(Next::new(day, at)).filter(|next| plan.until.is_none_or(|until| next.at <= until))
}

/// What was due, as the calendar in force says it; `None` where it is not due any more. Without a calendar it stays.
fn still_due(plan: &Plan, calendar: Option<&Calendar>, due: Next, now: Timestamp) -> Option<Next> {
    let Some(calendar) = calendar else { return Some(due) };
    let at = plan.every.at(due.day, calendar, plan.on_closed)?;
    let lasts = plan.until.is_none_or(|until| at <= until);
    (at <= now && lasts).then_some(Next::new(due.day, at))
}

/// Where something that is not due any more has gone, or what comes in its place.
fn elsewhere(plan: &Plan, calendar: &Calendar, due: Next) -> Option<Next> {
    let from = (due.day, due.at - Span::millis(1));
    let (day, at) = plan.every.next(plan.begins, from, calendar, plan.on_closed)?;
    Some(Next::new(day, at)).filter(|next| plan.until.is_none_or(|until| next.at <= until))
}

/// What is to be opened now of everything that has fallen due.
fn turn(plan: &Plan, calendar: Option<&Calendar>, first: Next, now: Timestamp) -> Turn {
    let keep = match plan.missed {
        Missed::Each => limits::SCHEDULE_MISSED_MAX,
        _ => 1,
    };
    let after = |last| calendar.and_then(|calendar| following(plan, calendar, last));
    let (mut due, mut skipped, mut next) = (VecDeque::from([first]), 0u32, after(first));
    // What is looked at in one decision is bounded; whatever is left is due at once.
    let most = limits::BUDGET_SECONDS_MAX / u32::try_from(RHYTHM_MIN.as_seconds()).unwrap_or(u32::MAX);
    for _ in 0..most {
        let Some(missed) = next.filter(|next| next.at <= now) else { break };
        due.push_back(missed);
        if due.len() > keep {
            due.pop_front();
            skipped = skipped.saturating_add(1);
        }
        next = after(missed);
    }
    let due_now = due.pop_front().unwrap_or(first);
    Turn { due: due_now, skipped, next: due.front().copied().or(next) }
}

impl Draft<'_> {
    fn schedule_of(&self, key: &RecordKey) -> Result<Option<&Schedule>, Rejection> {
        let found = self.loaded(key)?.and_then(|loaded| loaded.state.schedule());
        Ok(found.filter(|schedule| !schedule.removed))
    }

    pub(super) fn set_schedule(&mut self, set: &SetSchedule) -> Result<(), Rejection> {
        let key = RecordKey::Schedule(set.schedule);
        let seen = self.loaded(&key)?.map_or(0, |loaded| loaded.stamp);
        if self.is_dated() {
            return Err(invalid("occurred", "a schedule opens tickets from now on; leave it out".to_owned()));
        }
        self.check_template(&set.template)?;
        let named = set.calendar.as_ref();
        let calendar = self.policy.calendars().calendar(named);
        let calendar = calendar.ok_or_else(|| unknown("calendar", "calendar", named.map_or("", Name::as_str)))?.clone();
        if let Some(subject) = &set.subject {
            check_text("subject", subject, limits::SUBJECT_BYTES_MAX)?;
        }
        let now = self.now_on(&key);
        let from = set.from.map_or(now, |from| from.max(now));
        let begins = day_of(&calendar, set.from.unwrap_or(now));
        // At the instant from which it holds, but not at the present one, which has begun.
        let after = now.max(from - Span::millis(1));
        let first = set.every.next(begins, (day_of(&calendar, from), after), &calendar, set.on_closed);
        let first = first.filter(|(_, at)| set.until.is_none_or(|until| *at <= until));
        let Some((day, at)) = first else {
            return Err(invalid(
                "every",
                format!("`{}` never comes in that time; look at `until` and the calendar", set.every),
            ));
        };
        let subject = set.subject.as_ref().map(|subject| Public::new(self.sealer.seal(subject.as_str())));
        let plan = Plan {
            template: set.template.clone(),
            subject,
            every: set.every,
            calendar: set.calendar.clone(),
            on_closed: set.on_closed,
            begins,
            until: set.until,
            missed: set.missed,
        };
        self.rely_on_actor();
        self.keep_due(&key, now)?;
        let (by, occurred) = (self.origin(), self.occurred);
        let event = schedule::Event::Set { plan: Box::new(plan), next: Next::new(day, at) };
        self.emit(&key, Event::Schedule(event), by, None, occurred);
        self.wake_when_due(key, seen);
        Ok(())
    }

    /// Keeps what is due of a schedule that is about to end or to go on otherwise: its wake-up opens it by the plan of now,
    /// as it would have if it had come in time (law 13).
    fn keep_due(&mut self, key: &RecordKey, now: Timestamp) -> Result<(), Rejection> {
        let Some(schedule) = self.schedule_of(key)? else { return Ok(()) };
        if schedule.next.is_none_or(|next| next.at > now) {
            return Ok(());
        }
        at_most("backlog", schedule.backlog.len() + 1, limits::SCHEDULE_BACKLOGS_MAX)?;
        let event = schedule::Event::Kept { until: now };
        let (by, occurred) = (self.origin(), self.occurred);
        self.emit(key, Event::Schedule(event), by, None, occurred);
        Ok(())
    }

    fn wake_when_due(&mut self, key: RecordKey, seen: u64) {
        let at = self.state(&key).and_then(State::schedule).and_then(Schedule::due_at);
        self.set_wake(key, at, seen);
    }

    /// Every name that a template says is one of the policy.
    fn check_template(&self, template: &Template) -> Result<(), Rejection> {
        let Template { queue, tags, kind, priority, checklist, .. } = template;
        at_most("tags", tags.len(), limits::TAGS_MAX)?;
        let policy = self.policy;
        if let Some(queue) = queue.as_ref().filter(|queue| policy.queue(queue).is_none()) {
            return Err(unknown("queue", "queue", queue.as_str()));
        }
        if let Some(kind) = kind.as_ref().filter(|kind| policy.kind(kind).is_none()) {
            return Err(unknown("kind", "kind of contact", kind.as_str()));
        }
        if let Some(name) = priority.as_ref().filter(|name| policy.scale().level(name).is_none()) {
            return Err(unknown("priority", "priority", name.as_str()));
        }
        if let Some(name) = checklist.as_ref().filter(|name| policy.checklist(name).is_none()) {
            return Err(unknown("checklist", "checklist", name.as_str()));
        }
        Ok(())
    }

    pub(super) fn remove_schedule(&mut self, remove: &RemoveSchedule) -> Result<(), Rejection> {
        let key = RecordKey::Schedule(remove.schedule);
        self.schedule_of(&key)?.ok_or_else(|| Rejection::NotFound(key.clone()))?;
        let seen = self.facts.record(&key).map_or(0, |loaded| loaded.stamp);
        self.rely_on_actor();
        self.keep_due(&key, self.now_on(&key))?;
        let (by, occurred) = (self.origin(), self.occurred);
        self.emit(&key, Event::Schedule(schedule::Event::Removed), by, None, occurred);
        self.wake_when_due(key, seen);
        Ok(())
    }

    /// Opens the ticket that is due, and moves on; idempotent, as what was opened is due no more.
    pub(super) fn wake_schedule(&mut self, id: ScheduleId) -> Result<Option<Needs>, Rejection> {
        let key = RecordKey::Schedule(id);
        let schedule = self.loaded(&key)?.and_then(|loaded| loaded.state.schedule());
        let schedule = schedule.ok_or_else(|| Rejection::NotFound(key.clone()))?.clone();
        let seen = self.facts.record(&key).map_or(0, |loaded| loaded.stamp);
        let now = self.now_on(&key);
        let Some((plan, first)) = schedule.due().filter(|(_, next)| next.at <= now) else {
            self.wake_when_due(key.clone(), seen);
            self.rely(&key);
            return Ok(None);
        };
        let Plan { template, subject, calendar, .. } = plan;
        let calendar = self.policy.calendars().calendar(calendar.as_ref());
        let Some(first) = still_due(plan, calendar, first, now) else {
            let next = calendar.and_then(|calendar| elsewhere(plan, calendar, first));
            let event = schedule::Event::Moved { at: first.at, next };
            self.emit(&key, Event::Schedule(event), Origin::Timer, None, now);
            self.wake_when_due(key, seen);
            return Ok(None);
        };
        // The id follows from the schedule and its version, so that whoever opens it opens the same one (law 7).
        let ticket = TicketId::from_u128(derive(&key, self.version(&key).number(), 0, "ticket"));
        let mut wanted = Needs { number: true, ..self.more() };
        wanted.record(key.clone());
        wanted.record(RecordKey::Ticket(ticket));
        wanted.record(RecordKey::Customer(template.customer.clone()));
        wanted.contents.extend(subject.iter().map(|subject| subject.content().id));
        if !self.facts.cover(&wanted) {
            return Ok(Some(wanted));
        }
        let turn = turn(plan, calendar, first, now);
        self.root = Some(Antecedent::There(EventKey::new(key.clone(), self.version(&key), 0)));
        self.occurred = turn.due.at;
        let opened = self.open_scheduled(ticket, plan);
        self.occurred = now;
        self.root = None;
        let Turn { due: Next { at, .. }, skipped, next } = turn;
        let event = match opened {
            Ok(Some(more)) => return Ok(Some(more)),
            Ok(None) => schedule::Event::Opened { at, ticket, skipped, next },
            // A matter of this one ticket: the schedule goes on.
            Err(Rejection::Ticket(refusal)) => {
                schedule::Event::Failed { at, code: Name::fixed(refusal.code()), skipped, next }
            }
            Err(other) => return Err(other),
        };
        self.emit(&key, Event::Schedule(event), Origin::Timer, None, now);
        self.wake_when_due(key, seen);
        Ok(None)
    }

    fn open_scheduled(&mut self, id: TicketId, plan: &Plan) -> Result<Option<Needs>, Rejection> {
        let template = &plan.template;
        let subject = plan.subject.as_ref().and_then(|subject| self.text_of(subject.content())).map(str::to_owned);
        let mut open = Open::new(id, template.customer.clone(), template.channel.clone()).by_shop();
        open.subject = subject.map(Text::new);
        if let Begun::More(more) = self.begin(&Opening::from(&open))? {
            return Ok(Some(more));
        }
        let key = RecordKey::Ticket(id);
        let cause = self.root.clone();
        let occurred = self.occurred;
        for step in [fill_class, fill_tags, fill_priority, fill_checklist, fill_queue] {
            let events = self.ticket(&key).map(|ticket| step(self, &key, ticket, template)).unwrap_or_default();
            for event in events {
                self.emit_ticket(&key, event, Origin::Timer, cause.clone(), occurred);
            }
        }
        let texts = Texts::of(&Command::Ticket(open.into()));
        self.after(&key, 0, &texts);
        Ok(None)
    }
}

fn unknown(field: &'static str, what: &str, name: &str) -> Rejection {
    invalid(field, format!("the policy has no {what} `{name}`; name one of its own"))
}

type Events = Vec<ticket::Event>;

fn fill_class(draft: &Draft<'_>, _: &RecordKey, ticket: &Ticket, template: &Template) -> Events {
    let kind = template.kind.as_ref().and_then(|kind| draft.policy.kind(kind));
    if kind.is_none() { Vec::new() } else { describe::set_class(ticket, kind, None, None) }
}

fn fill_tags(_: &Draft<'_>, _: &RecordKey, ticket: &Ticket, template: &Template) -> Events {
    describe::set_tags(ticket, &template.tags, &Default::default()).unwrap_or_default()
}

fn fill_priority(draft: &Draft<'_>, _: &RecordKey, ticket: &Ticket, template: &Template) -> Events {
    let level = template.priority.as_ref().and_then(|name| Some((name, draft.policy.scale().level(name)?)));
    let Some((name, level)) = level else { return Vec::new() };
    let source = PrioritySource::Matrix { urgency: ticket.urgency(), impact: ticket.impact(), tier: None };
    describe::set_priority(ticket, Priority::new(name.clone(), level, source))
}

fn fill_checklist(draft: &Draft<'_>, key: &RecordKey, ticket: &Ticket, template: &Template) -> Events {
    let checklist = template.checklist.as_ref().and_then(|name| draft.policy.checklist(name));
    let applied = checklist.map(|it| task::apply_checklist(ticket, &it.name, draft.listed(key, it)));
    applied.and_then(Result::ok).into_iter().collect()
}

fn fill_queue(draft: &Draft<'_>, _: &RecordKey, ticket: &Ticket, template: &Template) -> Events {
    let queue = template.queue.as_ref().filter(|queue| draft.policy.queue(queue).is_some());
    let entered = queue.map(|queue| assign::transfer(ticket, queue, draft.rank(ticket, draft.occurred)));
    entered.and_then(Result::ok).unwrap_or_default()
}
