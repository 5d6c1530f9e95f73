//! What can be asked of a schedule.

use serde::{Deserialize, Serialize};

use super::{Missed, OnClosed, Recurrence, Template};
use crate::content::Text;
use crate::id::{Name, ScheduleId};
use crate::time::Timestamp;

/// Sets a schedule, or changes all of one that is there: what it opens from now on.
///
/// Whoever asks needs the right [`Schedule`](crate::actor::Right::Schedule), or is the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SetSchedule {
    /// The schedule.
    pub schedule: ScheduleId,
    /// What its tickets are like.
    pub template: Template,
    /// How often they come.
    pub every: Recurrence,
    /// Their subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Text>,
    /// The calendar of the policy whose clock counts, and whose closed days matter; UTC and none, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Name>,
    /// What becomes of an occurrence on a day on which that calendar never opens.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_closed: OnClosed,
    /// From when on; now, when left out or past. Weeks are counted from the one in which this lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Until when, itself included; without end, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// What is opened of that which fell due while nobody was there.
    #[serde(default, skip_serializing_if = "is_default")]
    pub missed: Missed,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl SetSchedule {
    /// A schedule from now on, without end.
    #[must_use]
    pub const fn new(schedule: ScheduleId, template: Template, every: Recurrence) -> Self {
        Self {
            schedule,
            template,
            every,
            subject: None,
            calendar: None,
            on_closed: OnClosed::Next,
            from: None,
            until: None,
            missed: Missed::Last,
        }
    }
    /// With a subject.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<Text>) -> Self {
        self.subject = Some(subject.into());
        self
    }
    /// By this calendar.
    #[must_use]
    pub fn calendar(mut self, calendar: Name) -> Self {
        self.calendar = Some(calendar);
        self
    }
    /// With this for closed days.
    #[must_use]
    pub const fn on_closed(mut self, on_closed: OnClosed) -> Self {
        self.on_closed = on_closed;
        self
    }
    /// From this instant on.
    #[must_use]
    pub const fn from(mut self, from: Timestamp) -> Self {
        self.from = Some(from);
        self
    }
    /// Until this instant.
    #[must_use]
    pub const fn until(mut self, until: Timestamp) -> Self {
        self.until = Some(until);
        self
    }
    /// With this for what was missed.
    #[must_use]
    pub const fn missed(mut self, missed: Missed) -> Self {
        self.missed = missed;
        self
    }
}

/// Removes a schedule. Its tickets stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RemoveSchedule {
    /// The schedule.
    pub schedule: ScheduleId,
}

impl RemoveSchedule {
    /// Removes it.
    #[must_use]
    pub const fn new(schedule: ScheduleId) -> Self {
        Self { schedule }
    }
}
