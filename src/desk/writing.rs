//! Drafts of answers: saved and thrown away beside the ticket, and sent with an answer.

use super::draft::Draft;
use super::event::{Antecedent, Event, Recorded};
use super::gate::forbidden;
use super::rejection::Rejection;
use super::seen::unseen;
use crate::actor::Right;
use crate::draft::{self, DiscardDraft, SaveDraft};
use crate::id::{MessageId, TicketId};
use crate::limits;
use crate::record::RecordKey;
use crate::ticket::verb::check_text;
use crate::ticket::{self, Internal};

impl Draft<'_> {
    /// The key of the asking agent's draft on a ticket that he may answer.
    fn own_draft(&mut self, ticket: TicketId, action: &'static str) -> Result<RecordKey, Rejection> {
        let key = RecordKey::Ticket(ticket);
        self.hide_sealed(&key)?;
        self.admit(&key, Right::Reply)?;
        let actor = &self.request.actor;
        let agent = actor.agent().ok_or_else(|| forbidden(actor, action))?.clone();
        self.ticket = Some(ticket);
        Ok(RecordKey::draft(ticket, agent))
    }

    /// Whether there is something in a draft.
    fn is_written(&self, key: &RecordKey) -> Result<bool, Rejection> {
        Ok(self.loaded(key)?.and_then(|loaded| loaded.state.draft()).is_some_and(|draft| draft.body.is_some()))
    }

    pub(super) fn save_draft(&mut self, save: &SaveDraft) -> Result<(), Rejection> {
        let key = self.own_draft(save.ticket, "save_draft")?;
        self.loaded(&key)?;
        check_text("body", &save.body, limits::BODY_BYTES_MAX)?;
        let current = self.facts.record(&RecordKey::Ticket(save.ticket)).map(|loaded| loaded.version);
        let current = current.ok_or(Rejection::NotFound(RecordKey::Ticket(save.ticket)))?;
        let seen = self.request.seen.unwrap_or(current);
        if seen > current {
            return Err(unseen("the ticket has not reached that version; send the one that was shown"));
        }
        let body = Internal::new(self.sealer.seal(save.body.as_str()));
        self.emit_draft(&key, draft::Event::Saved { body, seen }, None);
        Ok(())
    }

    pub(super) fn discard_draft(&mut self, discard: &DiscardDraft) -> Result<(), Rejection> {
        let key = self.own_draft(discard.ticket, "discard_draft")?;
        if self.is_written(&key)? {
            self.emit_draft(&key, draft::Event::Discarded, None);
        }
        Ok(())
    }

    /// The draft goes with the answer. Where there is none any more, as after a discard in another window, the answer
    /// goes alone.
    pub(super) fn send_draft(&mut self, on: &RecordKey, message: MessageId) -> Result<(), Rejection> {
        let (Some(id), Some(agent)) = (on.ticket(), self.request.actor.agent().cloned()) else { return Ok(()) };
        let key = RecordKey::draft(id, agent);
        if self.is_written(&key)? {
            let is_it = |recorded: &&Recorded| match &recorded.event {
                Event::Ticket(ticket::Event::Replied { message: said, .. }) => *said == message,
                _ => false,
            };
            let reply = self.events(on, 0).iter().rfind(is_it).map(|recorded| Antecedent::There(recorded.key()));
            self.emit_draft(&key, draft::Event::Sent { message }, reply);
        }
        Ok(())
    }

    fn emit_draft(&mut self, key: &RecordKey, event: draft::Event, from: Option<Antecedent>) {
        let (by, now) = (self.origin(), self.now_on(key));
        self.emit(key, Event::Draft(event), by, from, now);
    }
}
