//! Two tickets that are one: an agent who sees both merges them, sometimes wrongly, and takes it back.

use destek::actor::Actor;
use destek::id::TicketId;
use destek::inbox::{Filter, Sort, SortBy, TicketRow};
use destek::team::Presence;
use destek::ticket::{Category, Initiator, LinkKind, Merge, Note, Ticket, Unmerge};
use destek::time::Span;

use super::Failure;
use super::seed::Rng;
use super::simulate::{Play, Step};

/// How many of a customer's tickets an agent looks at.
const SEEN_MAX: usize = 10;

impl Play {
    /// Looks for other tickets of the same customer, and puts together what belongs together. Whether nothing is left to
    /// do on this one.
    pub(crate) fn look_for_twin(
        &mut self,
        place: usize,
        actor: &Actor,
        ticket: &Ticket,
        rng: &mut Rng,
    ) -> Result<bool, Failure> {
        if ticket.initiator() != Initiator::Customer {
            return Ok(false);
        }
        let live = [Category::New, Category::Open, Category::Hold].into();
        let own = Filter::All(vec![Filter::Customer([ticket.customer().clone()].into()), Filter::Category(live)]);
        let found = self.shop.list(actor, own, Sort::ascending(SortBy::Opened), SEEN_MAX)?;
        let is_kin = |row: &TicketRow| ticket.links().iter().any(|(_, other)| other == row.ticket);
        let Some(other) = found.into_iter().find(|row| row.ticket != ticket.id() && !is_kin(row)) else {
            return Ok(false);
        };
        let same = match (ticket.order(), &other.order) {
            (Some(one), Some(two)) => one == two,
            _ => true,
        };
        let roll = rng.below(100);
        let has_parts = ticket.links().iter().any(|(bond, _)| bond.kind() == LinkKind::Parent);
        match (same, roll) {
            (true, 0..45) => self.merge_twins(actor, ticket, other.ticket, later(ticket, &other)),
            (true, 45..70) | (false, 0..34) => {
                // In a hurry two matters look like one, and the wrong one is kept; some time later the mistake is seen.
                let late = later(ticket, &other);
                let source = if late == ticket.id() { other.ticket } else { ticket.id() };
                let merged = self.merge_twins(actor, ticket, other.ticket, source)?;
                self.plan(self.shop.now + rng.minutes(25, 260), Step::Undo(place, source));
                Ok(merged)
            }
            (true, 70..) | (false, 64..90) if !has_parts => {
                // The other parcel has to come back before this one can be settled.
                self.link(actor, other.ticket, LinkKind::Blocks, ticket.id())?;
                Ok(false)
            }
            _ => {
                self.link(actor, ticket.id(), LinkKind::Relates, other.ticket)?;
                Ok(false)
            }
        }
    }

    /// Lets one of two tickets go on in the other. Whether the agent's own is the one that does.
    fn merge_twins(
        &mut self,
        actor: &Actor,
        ticket: &Ticket,
        other: TicketId,
        source: TicketId,
    ) -> Result<bool, Failure> {
        let target = if source == ticket.id() { other } else { ticket.id() };
        let done = self.shop.ask(actor.clone(), Merge::new(source, target))?.is_done();
        if done {
            self.notebook.rests.insert(ticket.customer().clone(), source);
        }
        Ok(done && source == ticket.id())
    }

    /// A merge is taken back by whoever made it, once he is there.
    pub(crate) fn undo(&mut self, place: usize, source: TicketId) -> Result<(), Failure> {
        let Some(desk) = self.desks.get(place) else { return Ok(()) };
        if desk.presence != Presence::Available {
            self.plan(self.shop.now + Span::minutes(50), Step::Undo(place, source));
            return Ok(());
        }
        let actor = Actor::Agent(desk.worker.id.clone());
        let merged = |play: &Self| -> Result<bool, Failure> {
            let state = play.shop.look(source)?;
            Ok(state.as_deref().and_then(|state| state.ticket()).is_some_and(|ticket| ticket.merged().is_some()))
        };
        if merged(self)? && self.shop.ask(actor.clone(), Unmerge::new(source))?.is_done() {
            self.notebook.rests.retain(|_, rests| *rests != source);
            let note =
                Note::new(source, self.message(source), "Yanlış birleştirmişim; bu talep başka bir siparişle ilgili.");
            self.shop.ask(actor, note)?;
        }
        Ok(())
    }
}

/// Of two tickets the one that was opened later.
fn later(ticket: &Ticket, other: &TicketRow) -> TicketId {
    if (other.opened, other.ticket) < (ticket.opened_at(), ticket.id()) { ticket.id() } else { other.ticket }
}
