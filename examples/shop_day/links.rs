//! What tickets are to each other: one trouble behind many tickets, a ticket with two matters, and one that has to wait
//! for another.

use std::collections::BTreeMap;

use destek::actor::Actor;
use destek::channel::{Channel, ChannelKind};
use destek::customer::RecordCustomer;
use destek::id::{CustomerId, MessageId, TicketId};
use destek::inbox::{Filter, Sort, SortBy, TicketRow};
use destek::team::Presence;
use destek::ticket::{
    Category, Classify, ContactCategory, Link, LinkKind, Open, Reply, Resolve, Split, Take, Ticket, Transfer, Unlink,
};
use destek::time::Span;

use super::Failure;
use super::seed::Rng;
use super::simulate::{Play, Step};

/// So many open tickets of one kind in one queue have one cause, a lead thinks.
const MANY: usize = 3;
/// How many of them are linked to it.
const INCIDENTS_MAX: usize = 12;
/// How far down the list a lead looks.
const LISTED: usize = 60;

impl Play {
    /// Links two tickets, and remembers it if it is new.
    pub(crate) fn link(
        &mut self,
        actor: &Actor,
        ticket: TicketId,
        kind: LinkKind,
        to: TicketId,
    ) -> Result<bool, Failure> {
        let state = self.shop.look(ticket)?;
        let known = state.as_deref().and_then(|state| state.ticket()).is_some_and(|it| it.links().has(kind.bond(), to));
        let done = self.shop.ask(actor.clone(), Link::new(ticket, kind, to))?.is_done();
        if done && !known {
            *self.notebook.linked.entry(kind.as_str().to_owned()).or_default() += 1;
        }
        Ok(done)
    }

    /// A lead looks at what is open: where many ask the same, a ticket for the cause is opened and they are linked to it.
    pub(crate) fn survey(&mut self, place: usize) -> Result<(), Failure> {
        let Some(desk) = self.desks.get(place) else { return Ok(()) };
        if desk.presence != Presence::Available || desk.problem.is_some() {
            return Ok(());
        }
        let actor = Actor::Agent(desk.worker.id.clone());
        let live = Filter::Category([Category::New, Category::Open, Category::Hold].into());
        let found = self.shop.list(&actor, live, Sort::ascending(SortBy::Due), LISTED)?;
        let mut alike: BTreeMap<_, Vec<TicketRow>> = BTreeMap::new();
        for row in found.into_iter().filter(|row| row.queue.is_some() && is_shared(row.kind.category)) {
            if self.has_cause(row.ticket)? {
                continue;
            }
            alike.entry((row.queue.clone(), row.kind.name.clone())).or_default().push(row);
        }
        let Some(((Some(queue), kind), rows)) = alike.into_iter().max_by_key(|(_, rows)| rows.len()) else {
            return Ok(());
        };
        if rows.len() < MANY {
            return Ok(());
        }
        let carrier = CustomerId::new("kargo-şirketi")?;
        if self.known.0.insert(carrier.clone()) {
            self.shop.must(Actor::Host, RecordCustomer::new(carrier.clone()))?;
        }
        let problem = self.new_ticket();
        let open = Open::new(problem, carrier, Channel::of(ChannelKind::Email)).by_shop().subject("Toplu gecikme");
        if !self.shop.ask(actor.clone(), open)?.is_done() {
            return Ok(());
        }
        self.shop.ask(Actor::Host, Classify::new(problem).kind(kind))?;
        self.shop.ask(Actor::Host, Transfer::new(problem, queue))?;
        self.shop.ask(actor.clone(), Take::new(problem))?;
        for row in rows.into_iter().take(INCIDENTS_MAX) {
            self.link(&actor, problem, LinkKind::Problem, row.ticket)?;
        }
        self.desks.get_mut(place).into_iter().for_each(|desk| desk.problem = Some(problem));
        let after = Rng::of("remedy", &problem.to_string()).minutes(150, 700);
        self.plan(self.shop.now + after, Step::Remedy(place, problem));
        Ok(())
    }

    /// The cause is gone: everybody who was hit is told once, and what is still open is resolved.
    pub(crate) fn remedy(&mut self, place: usize, problem: TicketId) -> Result<(), Failure> {
        let Some(desk) = self.desks.get_mut(place) else { return Ok(()) };
        if desk.presence != Presence::Available {
            self.plan(self.shop.now + Span::minutes(45), Step::Remedy(place, problem));
            return Ok(());
        }
        desk.problem = None;
        let actor = Actor::Agent(desk.worker.id.clone());
        let message = self.message(problem);
        let text = "Dağıtım merkezindeki aksaklık giderildi; geciken paketler bugün yola çıkıyor.";
        if self.shop.ask(actor.clone(), Reply::new(problem, message, text).to_linked())?.is_done() {
            self.notebook.to_linked.insert(message, problem);
        }
        self.shop.ask(actor, Resolve::new(problem).to_linked())?;
        Ok(())
    }

    /// Whether it is linked to what is behind it, or is that itself.
    fn has_cause(&self, id: TicketId) -> Result<bool, Failure> {
        let state = self.shop.look(id)?;
        let links = state.as_deref().and_then(|state| state.ticket()).map(Ticket::links);
        Ok(links.is_some_and(|links| links.iter().any(|(bond, _)| bond.kind() == LinkKind::Problem)))
    }

    /// A customer has brought up a second matter: it gets a ticket of its own, a part of this one.
    pub(crate) fn part(&mut self, actor: &Actor, ticket: &Ticket, message: MessageId) -> Result<(), Failure> {
        let part = self.new_ticket();
        if self.shop.ask(actor.clone(), Split::new(ticket.id(), message, part))?.is_done() {
            self.link(actor, ticket.id(), LinkKind::Parent, part)?;
        }
        Ok(())
    }

    /// Something has to be done first. After a while it turns out that it need not.
    pub(crate) fn held_up(
        &mut self,
        place: usize,
        actor: &Actor,
        id: TicketId,
        by: &[TicketId],
    ) -> Result<(), Failure> {
        let course = self.courses.entry(id).or_default();
        course.held_up += 1;
        if course.held_up > 3 {
            for other in by {
                self.shop.ask(actor.clone(), Unlink::new(*other, LinkKind::Blocks, id))?;
            }
        }
        let after = Rng::of("held_up", &format!("{id} {}", self.shop.now)).minutes(60, 200);
        self.call(place, id, after);
        Ok(())
    }

    fn new_ticket(&mut self) -> TicketId {
        self.notebook.made += 1;
        TicketId::from_u128(super::simulate::id_bits(self.shop.now, (1 << 62) | self.notebook.made))
    }
}

/// Whether many may ask so for one cause; what somebody wants to have done is his own.
const fn is_shared(category: ContactCategory) -> bool {
    matches!(category, ContactCategory::Question | ContactCategory::Complaint)
}
