//! What the team sees of a schedule.

use serde::Serialize;

use super::Texts;
use crate::actor::{Actor, Right};
use crate::content::Content;
use crate::desk::{Cause, Event, Recorded, may_apart};
use crate::language::Language;
use crate::policy::Policy;
use crate::schedule::{self, Schedule};
use crate::team::Agent;
use crate::ticket::Public;
use crate::time::Timestamp;

/// A schedule as whoever may set one sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ScheduleReport {
    /// The state: what it opens, how often, and when next.
    pub schedule: Schedule,
    /// The subject of its tickets; none when they have none, or it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Everything that happened, oldest first.
    pub timeline: Vec<ScheduleLine>,
}

/// One line of a schedule's timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ScheduleLine {
    /// When.
    pub at: Timestamp,
    /// Who or what caused it.
    pub cause: Cause,
    /// What happened.
    pub event: schedule::Event,
}

impl ScheduleLine {
    /// What the team reads of it, as one line.
    #[must_use]
    pub fn line(&self, language: Language) -> String {
        use schedule::Event::{Failed, Kept, Moved, Opened, Removed, Set};
        match (&self.event, language) {
            (Set { plan, .. }, Language::Turkish) => format!("Tekrar planı kuruldu: {}.", plan.every),
            (Set { plan, .. }, Language::English) => format!("It was set: {}.", plan.every),
            (Opened { skipped: 0, .. }, Language::Turkish) => "Talep açıldı.".to_owned(),
            (Opened { skipped: 0, .. }, Language::English) => "A ticket was opened.".to_owned(),
            (Opened { skipped, .. }, Language::Turkish) => {
                format!("Talep açıldı; geç kalındığı için {skipped} tanesi atlandı.")
            }
            (Opened { skipped, .. }, Language::English) => {
                format!("A ticket was opened; {skipped} before it were left out, as it was late.")
            }
            (Failed { code, .. }, Language::Turkish) => format!("Talep açılamadı ({code})."),
            (Failed { code, .. }, Language::English) => format!("A ticket could not be opened ({code})."),
            (Kept { .. }, Language::Turkish) => "O ana kadar günü gelmiş olanlar yine açılacak.".to_owned(),
            (Kept { .. }, Language::English) => "What was due until then is still to be opened.".to_owned(),
            (Moved { .. }, Language::Turkish) => "Takvim değiştiği için talep açılmadı.".to_owned(),
            (Moved { .. }, Language::English) => "No ticket was opened, as the calendar has changed.".to_owned(),
            (Removed, Language::Turkish) => "Tekrar planı kaldırıldı.".to_owned(),
            (Removed, Language::English) => "It was removed.".to_owned(),
        }
    }
}

/// The schedule as this reader may see it, with its log; `None` when he may not.
///
/// `agent` is the reader's own record, when the reader is an agent. A schedule is seen by agents with the right
/// [`Schedule`](crate::actor::Right::Schedule), and by the host.
#[must_use]
pub fn schedule_for_team(
    policy: &Policy,
    (actor, agent): (&Actor, Option<&Agent>),
    schedule: &Schedule,
    (log, texts): (&[Recorded], &[Content]),
) -> Option<ScheduleReport> {
    if !may_apart(Right::Schedule, actor, agent, policy) {
        return None;
    }
    let texts = Texts::new(texts);
    let line = |recorded: &Recorded| match &recorded.event {
        Event::Schedule(event) => {
            Some(ScheduleLine { at: recorded.occurred, cause: (*recorded.cause).clone(), event: event.clone() })
        }
        _ => None,
    };
    Some(ScheduleReport {
        schedule: schedule.clone(),
        subject: schedule.plan.subject.as_ref().map(Public::content).and_then(|content| texts.text(content)),
        timeline: log.iter().filter_map(line).collect(),
    })
}
