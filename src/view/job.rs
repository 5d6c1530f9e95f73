//! What the team sees of a job.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::actor::Actor;
use crate::desk::{Event, Recorded, may_see_job};
use crate::id::{JobId, Name, TicketId};
use crate::job::{self, Job, Status, Verdict};
use crate::policy::Policy;
use crate::team::Agent;
use crate::ticket;
use crate::time::Timestamp;

/// A job as whoever asked for it, or may ask for one, sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct JobReport {
    /// The job.
    pub job: JobId,
    /// Who asked for it.
    pub asker: Actor,
    /// What each ticket gets, with its text taken out.
    pub command: ticket::Command,
    /// Where it stands.
    pub status: Status,
    /// How many tickets it is for.
    pub items: u32,
    /// How many items were done.
    pub done: u32,
    /// How many were refused, by code.
    pub refused: BTreeMap<Name, u32>,
    /// When it was started.
    pub started_at: Timestamp,
    /// When it finished or was called off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// The items that have their verdict, in order.
    pub verdicts: Vec<JobLine>,
}

/// What became of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct JobLine {
    /// Which, from 0.
    pub index: u32,
    /// Its ticket.
    pub ticket: TicketId,
    /// What became of it.
    pub verdict: Verdict,
    /// When.
    pub at: Timestamp,
}

/// The job as this reader may see it, with the verdicts of its log; `None` when he may not.
///
/// `agent` is the reader's own record, when the reader is an agent. A job is seen by whoever asked for it, by agents
/// with the right [`Bulk`](crate::actor::Right::Bulk), and by the host. A ticket that the asker may not see stands
/// there with `not_found`, as one that does not exist.
#[must_use]
pub fn job_for_team(
    policy: &Policy,
    (actor, agent): (&Actor, Option<&Agent>),
    job: &Job,
    log: &[Recorded],
) -> Option<JobReport> {
    if !may_see_job(actor, agent, job, policy) {
        return None;
    }
    let line = |recorded: &Recorded| match &recorded.event {
        Event::Job(job::Event::ItemDone { index, ticket, verdict }) => {
            Some(JobLine { index: *index, ticket: *ticket, verdict: verdict.clone(), at: recorded.occurred })
        }
        _ => None,
    };
    Some(JobReport {
        job: job.id(),
        asker: job.asker().clone(),
        command: job.command().clone(),
        status: job.status(),
        items: job.items(),
        done: job.done(),
        refused: job.refused().clone(),
        started_at: job.started_at(),
        ended_at: job.ended_at(),
        verdicts: log.iter().filter_map(line).collect(),
    })
}
