//! What happened to a schedule, and the fold. Stored.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Missed, Next, OnClosed, Recurrence, Schedule, Template};
use crate::content::ContentRef;
use crate::id::{Name, ScheduleId, TicketId};
use crate::ticket::Public;
use crate::time::Timestamp;

/// A fact about a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// It was set, or changed.
    Set {
        /// What it opens, and how often.
        plan: Box<Plan>,
        /// When it opens the first ticket from now on.
        next: Next,
    },
    /// It opened a ticket, which was written in the same step.
    Opened {
        /// When that was due.
        at: Timestamp,
        /// The ticket.
        ticket: TicketId,
        /// How many were left out before it, as nobody was there when they were due.
        #[serde(default, skip_serializing_if = "is_zero")]
        skipped: u32,
        /// When the next one is due; none where it has ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Next>,
    },
    /// A ticket could not be opened.
    Failed {
        /// When it was due.
        at: Timestamp,
        /// The code of the refusal.
        code: Name,
        /// How many were left out before it.
        #[serde(default, skip_serializing_if = "is_zero")]
        skipped: u32,
        /// When the next one is due; none where it has ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Next>,
    },
    /// It was removed.
    Removed,
    /// It was about to be changed or removed, and something was due: that is still opened, as the plan says by then, and
    /// nothing that it would have opened later.
    Kept {
        /// Until when what was due is kept.
        until: Timestamp,
    },
    /// Nothing was opened, as the calendar in force puts it elsewhere by now, or nowhere.
    Moved {
        /// When it was to be opened.
        at: Timestamp,
        /// When the next one is due; none where it has ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Next>,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What a schedule opens, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Plan {
    /// What its tickets are like.
    pub template: Template,
    /// Their subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Public>,
    /// How often they come.
    pub every: Recurrence,
    /// The calendar whose clock counts; UTC, when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Name>,
    /// What becomes of an occurrence on a day on which that calendar never opens.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_closed: OnClosed,
    /// The day on which it begins, by that clock: weeks are counted from its week.
    pub begins: NaiveDate,
    /// Until when, itself included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// What is opened of that which fell due while nobody was there.
    #[serde(default, skip_serializing_if = "is_default")]
    pub missed: Missed,
}

impl Event {
    /// The subject that the event refers to, if any.
    #[must_use]
    pub fn content(&self) -> Option<&ContentRef> {
        if let Self::Set { plan, .. } = self { plan.subject.as_ref().map(Public::content) } else { None }
    }
}

/// Applies one event. Reads nothing but its arguments (law 3).
pub(crate) fn apply(id: ScheduleId, before: Option<Schedule>, event: &Event) -> Option<Schedule> {
    match event {
        Event::Set { plan, next } => {
            let (opened, last, backlog) = before.map_or((0, None, Vec::new()), |it| (it.opened, it.last, it.backlog));
            let (plan, next) = ((**plan).clone(), Some(*next));
            Some(Schedule { id, plan, next, backlog, opened, last, failed: None, removed: false })
        }
        Event::Opened { ticket, next, .. } => before.map(|before| Schedule {
            opened: before.opened.saturating_add(1),
            last: Some(*ticket),
            failed: None,
            ..before.moved_on(*next)
        }),
        Event::Failed { code, next, .. } => {
            before.map(|before| Schedule { failed: Some(code.clone()), ..before.moved_on(*next) })
        }
        Event::Moved { next, .. } => before.map(|before| before.moved_on(*next)),
        Event::Kept { until } => before.map(|before| before.kept(*until)),
        Event::Removed => before.map(|before| Schedule { next: None, removed: true, ..before }),
    }
}
