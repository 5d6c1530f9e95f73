//! Drain: waiting tickets of a queue go to agents, a bounded batch at a time (law 19).

use std::collections::BTreeMap;

use super::cascade::Texts;
use super::draft::Draft;
use super::event::{Event, Origin};
use super::rejection::Rejection;
use super::trace::TraceStep;
use crate::id::{AgentId, QueueId};
use crate::policy::QueuePolicy;
use crate::record::RecordKey;
use crate::routing::{self, Candidate, Candidates};
use crate::ticket::{Ticket, assign};
use crate::time::{Span, Timestamp};

/// How long a drain rests that could do nothing although work seems to be left: only a store that shows sealed
/// tickets as heads, against its contract, comes to this.
const IDLE_FOR: Span = Span::minutes(1);

impl Draft<'_> {
    /// Gives the first waiting tickets to the least loaded eligible agents, and says why it stops.
    pub(super) fn drain(&mut self, queue: &QueueId) -> Result<(), Rejection> {
        let key = RecordKey::Queue(queue.clone());
        self.loaded(&key)?;
        let facts = self.facts;
        let found = facts.queue.as_ref().ok_or_else(|| Rejection::NotGathered(key.clone().into()))?;
        let policy = self.policy.queue(queue).ok_or_else(|| Rejection::UnknownQueue(queue.clone()))?;
        let roster = found.roster.iter().filter_map(|member| Some((member.agent()?, member.version, member.load)));
        let mut candidates = Candidates::new(roster, &policy.teams, &policy.skills);
        let mut given: BTreeMap<AgentId, (u32, u32)> = BTreeMap::new();
        let mut waiting = 0usize;
        let mut progress = false;
        let mut again = false;
        for ticket in &found.heads {
            let ticket_key = RecordKey::Ticket(*ticket);
            match self.loaded(&ticket_key) {
                Ok(Some(_)) => {}
                // A ticket that only a later version understands waits for the upgrade, and holds up nobody.
                Ok(None) | Err(Rejection::Newer(_)) => continue,
                Err(other) => return Err(other),
            }
            // What time has caused, and the rules on that, come first: they may take the ticket elsewhere.
            self.settle(&ticket_key);
            self.after(&ticket_key, 0, &Texts::default());
            let here = |ticket: &Ticket| ticket.place().is_some() && ticket.queue() == Some(queue);
            progress |= self.count(&ticket_key) > 0;
            if !self.ticket(&ticket_key).is_some_and(here) {
                continue;
            }
            let Some(chosen) = candidates.choose() else {
                // Whoever comes after it may not overtake it.
                waiting += 1;
                continue;
            };
            progress = true;
            let from = self.count(&ticket_key);
            let Candidate { agent, version, load, capacity } = chosen;
            self.rely_at(RecordKey::Agent(agent.clone()), version);
            given.entry(agent.clone()).or_insert((0, capacity)).0 += 1;
            self.note(TraceStep::Chosen { ticket: *ticket, agent: agent.clone(), load, capacity });
            let now = self.now_on(&ticket_key);
            self.emit_ticket(&ticket_key, assign::assign_drained(&agent), Origin::Timer, None, now);
            self.after(&ticket_key, from, &Texts::default());
            // A rule on the assignment may have taken it away again; then somebody has room that was not seen.
            again |= self.ticket(&ticket_key).and_then(Ticket::counts_for) != Some(&agent);
        }
        for (agent, (add, cap)) in given {
            self.rely_on_room(agent, add, cap);
        }
        let more = waiting > 0 || found.more;
        self.mark_stall(&key, policy, &candidates, waiting, more);
        let again = again || (more && candidates.has_room());
        self.rearm_queue(key, again.then(|| if progress { self.now } else { self.now + IDLE_FOR }), found.stamp);
        Ok(())
    }

    /// Records that a queue stands still, or moves again, and tells the lead when its time has come.
    fn mark_stall(
        &mut self,
        key: &RecordKey,
        policy: &QueuePolicy,
        candidates: &Candidates,
        waiting: usize,
        more: bool,
    ) {
        let stall =
            self.facts.record(key).and_then(|loaded| loaded.state.queue()).and_then(|queue| queue.stall.clone());
        let reason = if more { candidates.why_nobody() } else { None };
        let now = self.now_on(key);
        let mut events = Vec::new();
        match (&stall, reason) {
            (None, None) => {}
            (Some(_), None) => events.push(routing::Event::Moving),
            (Some(stall), Some(reason)) => {
                if stall.reason != reason {
                    events.push(routing::Event::Stalled { reason, tell_at: None });
                }
                if stall.tell_at.is_some_and(|at| at <= now) {
                    events.push(routing::Event::StallTold { reason, since: stall.since });
                }
            }
            (None, Some(reason)) => {
                let tell_at = policy.tell_after.map(|after| now + after.span());
                events.push(routing::Event::Stalled { reason, tell_at });
            }
        }
        if let Some(reason) = reason {
            self.note_passed_over(candidates);
            self.note(TraceStep::Stalled { queue: policy.id.clone(), reason, waiting });
        }
        for event in events {
            self.emit(key, Event::Queue(event), Origin::Timer, None, now);
        }
    }

    fn note_passed_over(&mut self, candidates: &Candidates) {
        for (agent, why) in candidates.excluded() {
            self.note(TraceStep::PassedOver { agent: agent.clone(), why: *why });
        }
    }

    /// Wakes the queue again while work is left that somebody can take, else when its lead is to be told.
    fn rearm_queue(&mut self, key: RecordKey, again: Option<Timestamp>, seen: u64) {
        let tell_at = match self.state(&key) {
            Some(state) => state.queue().and_then(|queue| queue.stall.as_ref()).and_then(|stall| stall.tell_at),
            None => None,
        };
        self.set_wake(key, again.or(tell_at), seen);
    }
}
