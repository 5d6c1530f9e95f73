//! What the lists must have held at a moment, told again from the log up to there: which tickets were open in which
//! queue, and which of them nobody had.

use std::collections::BTreeMap;

use destek::desk::{Event, Recorded};
use destek::id::{QueueId, TicketId};
use destek::ticket::{self, Category};

use super::doings::Closing;

/// A ticket as far as lists go.
#[derive(Debug, Clone, Default)]
struct Line {
    queue: Option<QueueId>,
    category: Option<Category>,
    /// What it was before it was merged; a merged ticket is on no list.
    before: Option<Category>,
    has_agent: bool,
}

impl Line {
    fn tell(&mut self, event: &ticket::Event) {
        match event {
            ticket::Event::Opened(opened) => self.category = Some(opened.status.category),
            ticket::Event::Queued { queue, .. } => self.queue = Some(queue.clone()),
            ticket::Event::Assigned { .. } => self.has_agent = true,
            ticket::Event::Unassigned { .. } => self.has_agent = false,
            ticket::Event::MarkedSpam { .. } => {
                (self.category, self.has_agent) = (Some(Category::Spam), false);
            }
            ticket::Event::Started { status }
            | ticket::Event::Held { status, .. }
            | ticket::Event::Resumed { status, .. }
            | ticket::Event::Resolved { status, .. }
            | ticket::Event::Confirmed { status }
            | ticket::Event::Refused { status, .. }
            | ticket::Event::Reopened { status, .. }
            | ticket::Event::Closed { status, .. }
            | ticket::Event::Restored { status } => self.category = Some(status.category),
            ticket::Event::Merged { .. } => self.before = self.category.take(),
            ticket::Event::Unmerged { .. } => self.category = self.before.take(),
            _ => {}
        }
    }
}

/// What the lists of these queues held after so many events.
pub(crate) fn closings<'q>(
    log: &[Recorded],
    looks: impl Iterator<Item = (u64, Vec<&'q String>)>,
) -> Vec<BTreeMap<String, Closing>> {
    let mut lines: BTreeMap<TicketId, Line> = BTreeMap::new();
    let mut told = 0;
    let mut closings = Vec::new();
    for (events, queues) in looks {
        let events = usize::try_from(events).unwrap_or(usize::MAX).min(log.len());
        for recorded in log.get(told..events).unwrap_or_default() {
            if let (Some(ticket), Event::Ticket(event)) = (recorded.record.ticket(), &recorded.event) {
                lines.entry(ticket).or_default().tell(event);
            }
        }
        told = told.max(events);
        let mut held: BTreeMap<String, Closing> =
            queues.into_iter().map(|queue| (queue.clone(), Closing::default())).collect();
        for line in lines.values() {
            let Some(held) = line.queue.as_ref().and_then(|queue| held.get_mut(queue.as_str())) else { continue };
            let workable = matches!(line.category, Some(Category::New | Category::Open));
            held.open += u64::from(workable || line.category == Some(Category::Hold));
            held.unassigned += u64::from(workable && !line.has_agent);
        }
        closings.push(held);
    }
    closings
}
