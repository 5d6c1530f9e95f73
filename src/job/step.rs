//! How a job goes on and ends.

use super::{Event, Item, Job, Page, Refusal, Status, Verdict};

/// What follows from the verdict on the item at the cursor. `page` is the page behind, where that is wanted.
pub(crate) fn step(job: &Job, item: &Item, verdict: Verdict, page: Option<Page>) -> Vec<Event> {
    let done = job.done.saturating_add(u32::from(verdict == Verdict::Done));
    let decided = job.cursor.saturating_add(1);
    let mut events = vec![Event::ItemDone { index: item.index, ticket: item.ticket, verdict }];
    match page {
        Some(page) => events.push(Event::PageTurned { page }),
        None if decided >= job.items => {
            events.push(Event::Finished { done, refused: decided.saturating_sub(done) });
        }
        None => {}
    }
    events
}

/// Calls a job off.
pub(crate) fn cancel(job: &Job) -> Result<Event, Refusal> {
    if job.status == Status::Running {
        return Ok(Event::Cancelled { cursor: job.cursor });
    }
    Err(Refusal::JobOver(job.id))
}
