//! Into which queue a ticket goes, and where it stands there.

use super::cascade::{Picture, Texts};
use super::decision::Load;
use super::draft::Draft;
use super::event::Event;
use super::trace::TraceStep;
use crate::id::QueueId;
use crate::record::RecordKey;
use crate::ticket::{self, Ticket, assign};
use crate::time::Timestamp;

impl Draft<'_> {
    /// A ticket's place in a queue: the instant it entered less the head start of its priority. Static, so that
    /// waiting never re-sorts (law 19).
    pub(super) fn rank(&self, ticket: &Ticket, entered: Timestamp) -> Timestamp {
        entered - self.policy.head_start(ticket.priority().level)
    }

    /// Lets a ticket that ought to wait for an agent wait in its queue, and wakes the queue.
    pub(super) fn enqueue(&mut self, key: &RecordKey, texts: &Texts) {
        // Nobody gets a ticket whose past is still being imported.
        let Some(ticket) = self.ticket(key).filter(|_| !self.is_dated()) else { return };
        if ticket.category().is_workable() && ticket.assignee().is_none() {
            let entered = ticket.place().map_or(self.now_on(key), |place| place.since);
            let rank = self.rank(ticket, entered);
            // A queue that the policy has no more is none: the ticket is routed anew.
            let queue = ticket.queue().filter(|queue| self.policy.queue(queue).is_some());
            if queue.is_none() || ticket.place().is_none_or(|place| place.rank != rank) {
                let event = match queue {
                    Some(queue) => assign::enqueue(queue, rank, None),
                    None => self.route(ticket, rank, texts),
                };
                if let (ticket::Event::Queued { queue, route, .. }, None) = (&event, queue) {
                    let step = TraceStep::Route { ticket: ticket.id(), route: route.clone(), queue: queue.clone() };
                    self.note(step);
                }
                let (by, now) = (self.origin(), self.now_on(key));
                self.emit_ticket(key, event, by, None, now);
            }
        }
        self.wake_queue(key);
    }

    /// A ticket that entered a queue wakes it, so that the next drain sees it (law 19).
    fn wake_queue(&mut self, key: &RecordKey) {
        let entered =
            |recorded: &super::event::Recorded| matches!(&recorded.event, Event::Ticket(ticket::Event::Queued { .. }));
        let queue = self.ticket(key).filter(|ticket| ticket.place().is_some()).and_then(Ticket::queue).cloned();
        if let (Some(queue), true) = (queue, self.events(key, 0).iter().any(entered)) {
            self.forward(RecordKey::Queue(queue), self.now);
        }
    }

    /// The first route that matches, else the default queue.
    fn route(&self, ticket: &Ticket, rank: Timestamp, texts: &Texts) -> ticket::Event {
        let picture = Picture::of(ticket);
        let subject = picture.subject(ticket, self.customer_of(ticket), self.order_of(ticket), texts);
        let route = self.policy.routes().iter().find(|route| route.matcher.matches(&subject));
        match route {
            Some(route) => assign::enqueue(&route.queue, rank, Some(route.name.clone())),
            None => assign::enqueue(self.policy.default_queue(), rank, None),
        }
    }

    /// Agents who lost work have room now: the queues that they serve are woken (law 19).
    pub(super) fn wake_freed(&mut self, loads: &[Load]) {
        for load in loads.iter().filter(|load| load.delta < 0) {
            let state = self.facts.agent(&load.agent);
            let teams = state.map(|agent| agent.teams.clone()).unwrap_or_default();
            self.wake_queues_of(teams.iter());
        }
    }

    /// A queue that a ticket leaves by another way than its own drain is woken: it may stand still no more, and
    /// whoever stands still anew is told of anew (law 18).
    pub(super) fn wake_left(&mut self, tickets: &[RecordKey]) {
        for key in tickets {
            fn waits(ticket: &Ticket) -> Option<&QueueId> {
                ticket.place().and(ticket.queue())
            }
            let (before, after) = (self.ticket_before(key).and_then(waits), self.ticket(key).and_then(waits));
            let left = before.filter(|queue| after != Some(*queue) && self.policy.queue(queue).is_some());
            let left = left.cloned().map(RecordKey::Queue).filter(|queue| !self.sets_wake(queue));
            left.into_iter().for_each(|queue| self.forward(queue, self.now));
        }
    }

    /// Wakes every queue that one of these teams serves.
    pub(super) fn wake_queues_of<'t>(&mut self, teams: impl Iterator<Item = &'t crate::id::TeamId> + Clone) {
        let policy = self.policy;
        for queue in policy.queues() {
            if teams.clone().any(|team| queue.teams.contains(team)) {
                self.forward(RecordKey::Queue(queue.id.clone()), self.now);
            }
        }
    }
}
