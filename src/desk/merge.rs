//! What is done on two tickets at once: merge, its undo, and split. Both sides are written in one step, and each
//! event names its counterpart.

use super::cascade::Texts;
use super::draft::Draft;
use super::event::{Antecedent, Event, EventKey, Recorded};
use super::facts::Needs;
use super::missing::Missing;
use super::needs::around;
use super::receive::Begun;
use super::rejection::Rejection;
use crate::actor::Right;
use crate::id::{MessageId, TicketId};
use crate::limits;
use crate::record::RecordKey;
use crate::ticket::merge::{self, Sides, check_unmerged};
use crate::ticket::split::{self, Line};
use crate::ticket::verb::at_most;
use crate::ticket::{self, Category, Merge, Refusal, Split, Status, Ticket, Unmerge, assign};

impl Draft<'_> {
    /// Time, gate and the rules on what time has caused, on a ticket that the command names.
    pub(super) fn enter(&mut self, key: &RecordKey, right: Right) -> Result<(), Rejection> {
        self.catch_up(key)?;
        self.admit(key, right)?;
        self.settled(key, &Texts::default());
        Ok(())
    }

    /// The key that the next event of a record will have.
    pub(super) fn next_event(&self, key: &RecordKey) -> Antecedent {
        let index = u32::try_from(self.count(key)).unwrap_or(u32::MAX);
        Antecedent::There(EventKey::new(key.clone(), self.version(key), index))
    }

    pub(super) fn emit_from(&mut self, key: &RecordKey, event: ticket::Event, from: Antecedent) {
        let (by, now) = (self.origin(), self.now_on(key));
        self.emit_ticket(key, event, by, Some(from), now);
    }

    /// Lets a ticket go on in another one.
    pub(super) fn merge(&mut self, command: &Merge) -> Result<Begun, Rejection> {
        let (source, target) = (RecordKey::Ticket(command.ticket), RecordKey::Ticket(command.into));
        self.enter(&source, Right::Merge)?;
        if source == target {
            return Err(Refusal::SameTicket.into());
        }
        self.enter(&target, Right::Merge)?;
        let closed = self.resting();
        let sides = merge::merge(self.existing(&source)?, self.existing(&target)?, command, &closed)?;
        self.ticket = Some(command.ticket);
        let (here, there) = (self.next_event(&source), self.next_event(&target));
        let from = self.count(&target);
        self.emit_from(&source, sides.source, there);
        self.emit_from(&target, sides.target, here);
        self.share_wait(&target);
        self.after(&target, from, &Texts::default());
        let from = self.count(&source);
        Ok(Begun::On { key: source, from })
    }

    /// The status in which a merged ticket rests.
    fn resting(&self) -> Status {
        let workflow = self.policy.workflow();
        workflow.counterpart(&Status::plain(Category::Closed)).clone()
    }

    /// Takes a merge back.
    pub(super) fn unmerge(&mut self, command: &Unmerge) -> Result<Begun, Rejection> {
        let source = RecordKey::Ticket(command.ticket);
        self.enter(&source, Right::Merge)?;
        let holders = self.holders(command.ticket);
        if let Some(more) = self.more_of(&source, &holders) {
            return Ok(Begun::More(more));
        }
        for holder in &holders {
            self.enter(holder, Right::Merge)?;
        }
        let stayed = self.stayed(&source, &holders)?;
        let Sides { source: unmerged, target: released } = merge::unmerge(self.existing(&source)?, stayed)?;
        let Some(direct) = holders.first() else { return Err(Refusal::NotMerged { ticket: command.ticket }.into()) };
        self.ticket = Some(command.ticket);
        let (here, there) = (self.next_event(&source), self.next_event(direct));
        let from = self.count(&source);
        let answered = self.existing(&source)?.merged().is_some_and(|merged| merged.answered);
        self.emit_from(&source, unmerged, there);
        self.share_wait(&source);
        if answered {
            self.end_party_wait(&source, None, Antecedent::Here(u32::try_from(from).unwrap_or(u32::MAX)));
        }
        for holder in &holders {
            let from = self.count(holder);
            self.emit_from(holder, released.clone(), here.clone());
            self.share_wait(holder);
            if self.ticket(holder).is_some_and(|ticket| ticket.merged().is_none()) {
                self.after(holder, from, &Texts::default());
            }
        }
        self.resume_links(&source);
        // It is back in its queue, which may have been empty.
        let queue = self.ticket(&source).filter(|ticket| ticket.place().is_some()).and_then(Ticket::queue).cloned();
        if let Some(queue) = queue {
            self.forward(RecordKey::Queue(queue), self.now);
        }
        Ok(Begun::On { key: source, from })
    }

    /// What must be known of the tickets in which one goes on, of what was written there, and of those that it is linked
    /// to.
    fn more_of(&self, source: &RecordKey, holders: &[RecordKey]) -> Option<Needs> {
        if holders.iter().all(|holder| self.facts.history.contains_key(holder)) {
            return None;
        }
        let mut needs = self.more();
        self.linked_to(source).into_iter().for_each(|other| needs.record(other));
        for holder in holders {
            around(&mut needs, holder);
            needs.history.insert(holder.clone());
        }
        Some(needs)
    }

    /// A record's log, if it is not too long to be read back.
    pub(super) fn history(&self, key: &RecordKey) -> Result<&[Recorded], Rejection> {
        let log = self.facts.history.get(key).ok_or_else(|| Rejection::NotGathered(Missing::Log(key.clone())))?;
        at_most("history", log.len(), limits::HISTORY_EVENTS_MAX)?;
        Ok(log)
    }

    /// The messages that came by way of a merged ticket, or of one that had been merged into it, and are still where
    /// they came.
    fn stayed(&self, source: &RecordKey, holders: &[RecordKey]) -> Result<Vec<MessageId>, Rejection> {
        let Some(merged) = self.ticket(source) else { return Ok(Vec::new()) };
        let comes_by = |ticket: &TicketId| *ticket == merged.id() || merged.absorbed().contains_key(ticket);
        let mut stayed = Vec::new();
        for holder in holders {
            let log = self.history(holder)?;
            let gone = split::moved(lines(log));
            let began = log.iter().rposition(|recorded| match &recorded.event {
                Event::Ticket(ticket::Event::Absorbed { with, .. }) => with.contains_key(&merged.id()),
                _ => false,
            });
            for recorded in log.iter().skip(began.unwrap_or(0)) {
                if let Event::Ticket(ticket::Event::MessageReceived { message, via: Some(via), .. }) = &recorded.event
                    && comes_by(via)
                    && !gone.contains_key(&(recorded.version, recorded.index))
                {
                    stayed.push(*message);
                }
            }
        }
        Ok(stayed)
    }

    /// Lets a part of a ticket go on in a new one.
    pub(super) fn split(&mut self, command: &Split) -> Result<Begun, Rejection> {
        let (source, new) = (RecordKey::Ticket(command.ticket), RecordKey::Ticket(command.into));
        self.enter(&source, Right::Split)?;
        check_unmerged(self.existing(&source)?)?;
        if self.loaded(&new)?.is_some() {
            return Err(Refusal::Exists(command.into).into());
        }
        let Some(number) = self.facts.number else {
            return Ok(Begun::More(Needs { number: true, ..self.more() }));
        };
        let log: Vec<Line<'_>> = lines(self.history(&source)?).collect();
        let initial = self.policy.workflow().initial();
        let ticket = self.existing(&source)?;
        let parting = split::split(ticket, command, &log, (number, initial, self.now_on(&source)))?;
        let participants: Vec<_> = ticket.participants().iter().cloned().collect();
        let queue = ticket.queue().filter(|queue| self.policy.queue(queue).is_some()).cloned();
        let (there, from) = (self.next_event(&new), self.count(&source));
        let here = self.next_event(&source);
        self.emit_from(&source, parting.split_off, there);
        self.after(&source, from, &Texts::default());
        let by = self.origin();
        let opened = ticket::Event::Opened(Box::new(parting.opened));
        self.emit_ticket(&new, opened, by.clone(), Some(here), parting.begins);
        let mut events: Vec<_> =
            participants.into_iter().map(|customer| ticket::Event::ParticipantAdded { customer }).collect();
        // No text is at hand by which it could be routed: it waits where the other one belongs.
        if let (Some(queue), Some(ticket)) = (queue, self.ticket(&new)) {
            events.push(assign::enqueue(&queue, self.rank(ticket, self.now_on(&new)), None));
        }
        for event in events {
            self.emit_ticket(&new, event, by.clone(), Some(Antecedent::Here(0)), self.now_on(&new));
        }
        self.ticket = Some(command.into);
        Ok(Begun::On { key: new, from: 0 })
    }
}

/// A ticket's log as its verbs read it.
pub(crate) fn lines(log: &[Recorded]) -> impl Iterator<Item = Line<'_>> {
    log.iter().filter_map(|recorded| match &recorded.event {
        Event::Ticket(event) => {
            Some(Line { at: (recorded.version, recorded.index), occurred: recorded.occurred, event })
        }
        _ => None,
    })
}
