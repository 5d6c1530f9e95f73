//! Schedules: tickets that come again and again, from a template, by a calendar.
//!
//! A schedule is a record of its own. Its wake-up opens a ticket and moves on to the next instant in one step, so that
//! nothing is opened twice and nothing is forgotten, whenever the process dies. The shop began these tickets: no first
//! response is owed, and the customer is told nothing by that alone.
//!
//! ```
//! use destek::{actor::Actor, channel::{Channel, ChannelKind}, policy, testing::Scene};
//! use destek::id::{CustomerId, ScheduleId};
//! use destek::schedule::{SetSchedule, Template};
//!
//! // A Friday in Istanbul; the calendar `office` of the sample is there.
//! let mut shop = Scene::new(policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
//! let template = Template::new(CustomerId::new("depo")?, Channel::of(ChannelKind::Email));
//! let weekly = SetSchedule::new(ScheduleId::from_u128(1), template, "mon 09:00".parse()?)
//!     .subject("Haftalık sayım")
//!     .calendar("office".try_into()?);
//! shop.run(Actor::Host, weekly)?;
//!
//! shop.advance_to("2026-12-08T00:00:00Z".parse()?);
//! let opened: Vec<_> = shop.tickets().iter().map(|ticket| ticket.opened_at().to_string()).collect();
//! assert_eq!(opened.len(), 2, "on the two Mondays: {opened:?}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # After a standstill
//!
//! What fell due while nobody was there is opened once ([`Missed::Last`]), or each time, at most
//! [`SCHEDULE_MISSED_MAX`](crate::limits::SCHEDULE_MISSED_MAX) times ([`Missed::Each`]); the event counts what was left
//! out. A ticket that cannot be opened, as when its customer has too many, is recorded with the code of the refusal,
//! and the schedule goes on. What was due when a schedule is changed or removed is opened all the same, as it says by then.
//!
//! # When the calendar changes
//!
//! The next instant is found when the one before it is done, by the calendar of then. Before a ticket is opened, the
//! calendar in force is asked again: on a day that was closed meanwhile nothing is opened, but the occurrence moves or is
//! left out, as [`OnClosed`] says. A day that was opened meanwhile counts from the next occurrence on.

mod command;
mod event;
pub(crate) mod recurrence;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use command::{RemoveSchedule, SetSchedule};
pub(crate) use event::apply;
pub use event::{Event, Plan};
pub use recurrence::{ParseRecurrenceError, Recurrence};

use crate::channel::Channel;
use crate::id::{CustomerId, Name, QueueId, ScheduleId, TicketId};
use crate::time::Timestamp;

/// What the tickets of a schedule are like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Template {
    /// Whose they are.
    pub customer: CustomerId,
    /// Over which channel he is written to.
    pub channel: Channel,
    /// The queue; as the routes of the policy say, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueId>,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<Name>,
    /// The kind of contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Name>,
    /// The priority; rules may change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Name>,
    /// A checklist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checklist: Option<Name>,
}

impl Template {
    /// Tickets of a customer, with nothing more said of them.
    #[must_use]
    pub const fn new(customer: CustomerId, channel: Channel) -> Self {
        Self { customer, channel, queue: None, tags: BTreeSet::new(), kind: None, priority: None, checklist: None }
    }
    /// In this queue.
    #[must_use]
    pub fn queue(mut self, queue: QueueId) -> Self {
        self.queue = Some(queue);
        self
    }
    /// With this tag.
    #[must_use]
    pub fn tag(mut self, tag: Name) -> Self {
        self.tags.insert(tag);
        self
    }
    /// Of this kind of contact.
    #[must_use]
    pub fn kind(mut self, kind: Name) -> Self {
        self.kind = Some(kind);
        self
    }
    /// With this priority.
    #[must_use]
    pub fn priority(mut self, priority: Name) -> Self {
        self.priority = Some(priority);
        self
    }
    /// With the tasks of this checklist.
    #[must_use]
    pub fn checklist(mut self, checklist: Name) -> Self {
        self.checklist = Some(checklist);
        self
    }
}

/// What becomes of an occurrence on a day on which the calendar never opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OnClosed {
    /// It moves to the next day on which the calendar opens, at the same time of the day.
    #[default]
    Next,
    /// It is left out.
    Skip,
    /// It stays where it is.
    AsIs,
}

/// What is opened of that which fell due while nobody was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Missed {
    /// The latest.
    #[default]
    Last,
    /// Each, but not more than the latest [`SCHEDULE_MISSED_MAX`](crate::limits::SCHEDULE_MISSED_MAX).
    Each,
}

/// When a schedule opens its next ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Next {
    /// The day on which its rhythm puts it.
    pub day: NaiveDate,
    /// The instant, on that day or, where that one is closed, on a later one.
    pub at: Timestamp,
}

impl Next {
    pub(crate) const fn new(day: NaiveDate, at: Timestamp) -> Self {
        Self { day, at }
    }
}

/// The state of a schedule: the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Schedule {
    /// Its id.
    pub id: ScheduleId,
    /// What it opens, and how often.
    pub plan: Plan,
    /// When it opens the next ticket; none when it has ended, was removed, or its calendar is gone from the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Next>,
    /// What was due when it was changed or removed and is still to be opened, before `next`; oldest first, at most
    /// [`SCHEDULE_BACKLOGS_MAX`](crate::limits::SCHEDULE_BACKLOGS_MAX).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub backlog: Vec<Backlog>,
    /// How many tickets it has opened.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub opened: u64,
    /// The last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<TicketId>,
    /// The code of the refusal, where the last one could not be opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<Name>,
    /// Whether it was removed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
}

/// Tickets that were due when a schedule was changed or removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Backlog {
    /// The plan of then, which ends with the change.
    pub plan: Plan,
    /// The first of them that is not opened yet.
    pub next: Next,
}

impl Schedule {
    /// When it opens its next ticket; none when it has ended or was removed, and nothing of before is left to open.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        self.due().map(|(_, next)| next.at)
    }

    /// What it opens next, and by which plan.
    pub(crate) fn due(&self) -> Option<(&Plan, Next)> {
        match self.backlog.first() {
            Some(backlog) => Some((&backlog.plan, backlog.next)),
            None => self.next.map(|next| (&self.plan, next)),
        }
    }

    /// After what was [`due`](Self::due), `next` is what comes by the same plan.
    fn moved_on(mut self, next: Option<Next>) -> Self {
        match (self.backlog.first_mut(), next) {
            (Some(backlog), Some(next)) => backlog.next = next,
            (Some(_), None) => drop(self.backlog.remove(0)),
            (None, next) => self.next = next,
        }
        self
    }

    /// What is due by `until` waits in the backlog, and the plan opens nothing more.
    fn kept(mut self, until: Timestamp) -> Self {
        if let Some(next) = self.next.take_if(|next| next.at <= until) {
            let plan = Plan { until: Some(self.plan.until.map_or(until, |ends| ends.min(until))), ..self.plan.clone() };
            self.backlog.push(Backlog { plan, next });
        }
        self
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}
