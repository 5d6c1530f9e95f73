//! Reminders, and instants that are said as an amount of calendar time.

use super::draft::Draft;
use super::gate;
use super::rejection::Rejection;
use crate::id::Name;
use crate::record::RecordKey;
use crate::ticket::verb::Context;
use crate::ticket::{Event, Refusal, Remind, remind};
use crate::time::{Budget, Timestamp};

impl Draft<'_> {
    /// The instant that a command means, which it says outright or as an amount of calendar time. Of that, it is when
    /// somebody is there again: the next opening, where it is used up at closing time.
    pub(super) fn instant(
        &self,
        (field, at): (&'static str, Option<Timestamp>),
        after: Option<Budget>,
        calendar: Option<&Name>,
    ) -> Result<Option<Timestamp>, Refusal> {
        if (at.is_some() && after.is_some()) || (calendar.is_some() && after.is_none()) {
            return Err(Refusal::WhichTime { field: Name::fixed(field) });
        }
        let Some(after) = after else { return Ok(at) };
        let named = calendar.cloned().unwrap_or(Name::fixed("always"));
        let calendar =
            self.policy.calendars().calendar(calendar).ok_or_else(|| Refusal::UnknownCalendar(named.clone()))?;
        calendar.add(self.occurred, after.span()).latest().map(Some).ok_or(Refusal::NeverComes(named))
    }

    /// The reminder that an agent asks for.
    pub(super) fn reminder(&self, key: &RecordKey, command: &Remind, cx: &mut Context<'_>) -> Result<Event, Rejection> {
        let agent = self.request.actor.agent().ok_or_else(|| gate::forbidden(&self.request.actor, "remind"))?;
        let at = self.instant(("at", command.at), command.after, command.calendar.as_ref())?;
        let at = at.ok_or(Refusal::WhichTime { field: Name::fixed("at") })?;
        Ok(remind::remind(self.existing(key)?, command, (agent, at), cx)?)
    }
}
