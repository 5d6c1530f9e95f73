//! Time worked on a ticket, as its agents write it down.
//!
//! An entry is the event that logged it, named by the version of the ticket in whose change it stands. What was wrong
//! is corrected by a further event; both stay in the log, and the state keeps sums only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rare::Blank;
use super::split::Line;
use super::{CorrectTime, Event, Internal, LogTime, Refusal, Ticket};
use crate::actor::Actor;
use crate::id::{AgentId, Name};
use crate::limits;
use crate::time::{Budget, Span};

use super::verb::Context;

/// Sums of time worked.
///
/// ```
/// use destek::id::AgentId;
/// use destek::ticket::Worked;
/// use destek::time::Span;
///
/// let mut worked = Worked::default();
/// worked.add(&AgentId::new("ayşe")?, Span::minutes(20));
/// worked.add(&AgentId::new("mert")?, Span::minutes(5));
/// assert_eq!(worked.total(), Span::minutes(25));
/// # Ok::<(), destek::id::ParseIdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Worked {
    /// Of each agent; of at most [`limits::WORKERS_MAX`] of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by: BTreeMap<AgentId, Span>,
    /// Of all further agents together.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub others: Span,
}

impl Blank for Worked {
    const BLANK: &'static Self = &Self { by: BTreeMap::new(), others: Span::ZERO };
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_zero(span: &Span) -> bool {
    *span == Span::ZERO
}

impl Worked {
    /// Whether nobody has written anything down.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by.is_empty() && self.others == Span::ZERO
    }
    /// The time of all agents.
    #[must_use]
    pub fn total(&self) -> Span {
        self.by.values().copied().sum::<Span>() + self.others
    }
    /// Adds time of an agent; a negative one takes some back. Whoever is counted by name stays so, and whoever comes
    /// when there is no more room stays among the others.
    pub fn add(&mut self, agent: &AgentId, span: Span) {
        let room = self.by.len() < limits::WORKERS_MAX;
        match self.by.get_mut(agent) {
            Some(sum) => *sum += span,
            None if room => {
                self.by.insert(agent.clone(), span);
            }
            None => self.others += span,
        }
    }
    /// Adds other sums to these, each agent by name.
    pub(crate) fn extend(&mut self, other: &Self) {
        for (agent, span) in &other.by {
            *self.by.entry(agent.clone()).or_default() += *span;
        }
        self.others += other.others;
    }
}

/// Whose time it is: an agent's own; an import says whose.
fn whose(named: Option<&AgentId>, cx: &Context<'_>) -> Result<AgentId, Refusal> {
    match (cx.actor, named) {
        (Actor::Agent(own), None) => Ok(own.clone()),
        (Actor::Agent(own), Some(named)) if own == named => Ok(own.clone()),
        (Actor::Import(_), Some(named)) => Ok(named.clone()),
        _ => Err(Refusal::WhoseTime),
    }
}

fn check(worked: Budget) -> Result<(), Refusal> {
    let most = limits::ENTRY_SECONDS_MAX;
    if worked.as_seconds() > most { Err(Refusal::BadEffort { worked }) } else { Ok(()) }
}

/// Writes time down.
pub(crate) fn log(command: &LogTime, cx: &mut Context<'_>) -> Result<Event, Refusal> {
    let agent = whose(command.agent.as_ref(), cx)?;
    if command.worked.as_seconds() == 0 {
        return Err(Refusal::BadEffort { worked: command.worked });
    }
    check(command.worked)?;
    let note = cx.reason(command.note.as_ref())?.map(Internal::new);
    Ok(Event::TimeLogged { agent, worked: command.worked, message: command.message, note })
}

/// Corrects what was written down wrongly; to no time at all, where there was none.
pub(crate) fn correct(command: &CorrectTime, log: &[Line<'_>], cx: &Context<'_>) -> Result<Event, Refusal> {
    let mut found = None;
    for line in log {
        match (line.event, &mut found) {
            (Event::TimeLogged { agent, worked, .. }, _) if line.at.0 == command.entry => {
                found = Some((agent.clone(), *worked));
            }
            (Event::TimeCorrected { entry, to, .. }, Some((_, worked))) if *entry == command.entry => *worked = *to,
            _ => {}
        }
    }
    let (agent, from) = found.ok_or(Refusal::NoEntry { version: command.entry })?;
    if matches!(cx.actor, Actor::Agent(own) if *own != agent) {
        return Err(Refusal::WhoseTime);
    }
    check(command.worked)?;
    if from == command.worked {
        return Err(Refusal::NothingAsked { verb: Name::fixed("correct_time") });
    }
    Ok(Event::TimeCorrected { entry: command.entry, agent, from, to: command.worked })
}

pub(super) fn apply_effort(worked: &mut Worked, event: &Event) {
    match event {
        Event::TimeLogged { agent, worked: span, .. } => worked.add(agent, span.span()),
        Event::TimeCorrected { agent, from, to, .. } => worked.add(agent, to.span() - from.span()),
        _ => {}
    }
}

impl Ticket {
    /// The time that was worked on it.
    #[must_use]
    pub fn worked(&self) -> &Worked {
        &self.worked
    }
}
