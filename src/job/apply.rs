//! The fold: one event applied to a job. Reads nothing but its arguments (law 3).

use super::{Event, Job, Started, Status, Verdict};
use crate::id::Name;
use crate::limits;
use crate::time::Timestamp;

/// Applies one event that occurred at `at`. Total: only the first `Started` makes a job.
pub(crate) fn apply(job: Option<Job>, event: &Event, at: Timestamp) -> Option<Job> {
    let Some(mut job) = job else {
        return if let Event::Started(started) = event { Some(begin(started, at)) } else { None };
    };
    match event {
        Event::Started(_) => {}
        Event::ItemDone { verdict, .. } => {
            job.cursor = job.cursor.saturating_add(1);
            if !job.page.is_empty() {
                job.page.remove(0);
            }
            match verdict {
                Verdict::Done => job.done = job.done.saturating_add(1),
                Verdict::Refused { code } => count(&mut job, code),
            }
        }
        Event::PageTurned { page } => {
            job.page.clone_from(&page.tickets);
            job.next = page.next;
        }
        Event::Finished { .. } => end(&mut job, Status::Finished, at),
        Event::Cancelled { .. } => end(&mut job, Status::Cancelled, at),
    }
    Some(job)
}

fn begin(started: &Started, at: Timestamp) -> Job {
    Job {
        id: started.job,
        asker: started.asker.clone(),
        command: started.command.clone(),
        text: started.text,
        status: Status::Running,
        items: started.items,
        cursor: 0,
        page: started.page.tickets.clone(),
        next: started.page.next,
        done: 0,
        refused: std::collections::BTreeMap::new(),
        started_at: at,
        ended_at: None,
    }
}

fn count(job: &mut Job, code: &Name) {
    let known = job.refused.contains_key(code) || job.refused.len() + 1 < limits::JOB_CODES_MAX;
    let code = if known { code.clone() } else { Name::fixed("other") };
    let counted = job.refused.entry(code).or_default();
    *counted = counted.saturating_add(1);
}

fn end(job: &mut Job, status: Status, at: Timestamp) {
    job.status = status;
    job.ended_at = Some(at);
    // Nobody goes on from here.
    job.page = Vec::new();
    job.next = None;
}
