//! How a ticket begins, and which ticket a customer's message joins (law 28).

use super::cascade::Texts;
use super::draft::Draft;
use super::event::{Antecedent, Event, Origin, Recorded, State};
use super::facts::Needs;
use super::gate::{forbidden, rights};
use super::needs::around;
use super::rejection::Rejection;
use super::trace::{JoinReason, TraceStep};
use crate::actor::{Actor, Proof, Right, RightSet};
use crate::customer;
use crate::id::Name;
use crate::limits;
use crate::priority::Grade;
use crate::record::RecordKey;
use crate::text::is_thanks;
use crate::ticket::open::{Known, Opening};
use crate::ticket::verb::Context;
use crate::ticket::{self, Category, ContactCategory, Receive, Refusal, Ticket, open, reply};

/// How a command about a possible ticket went on.
pub(super) enum Begun {
    /// On this ticket, whose events of this decision begin at the index.
    On { key: RecordKey, from: usize },
    /// Something more must be known first.
    More(Needs),
}

fn too_many_open(open_now: usize) -> Rejection {
    let (field, limit) = (Name::fixed("open_tickets"), limits::OPEN_TICKETS_MAX);
    Refusal::TooMany { field, limit, size: open_now + 1 }.into()
}

impl Draft<'_> {
    /// Opens a ticket.
    pub(super) fn open(&mut self, opening: &Opening<'_>) -> Result<Begun, Rejection> {
        self.admit_opening(opening.customer, opening.by_shop)?;
        self.begin(opening)
    }

    /// Opens a ticket that may be opened.
    pub(super) fn begin(&mut self, opening: &Opening<'_>) -> Result<Begun, Rejection> {
        let key = RecordKey::Ticket(opening.ticket);
        if self.loaded(&key)?.is_some() {
            return Err(Refusal::Exists(opening.ticket).into());
        }
        let customer_key = RecordKey::Customer(opening.customer.clone());
        let customer = self.loaded(&customer_key)?.and_then(|loaded| loaded.state.customer());
        let open_now = customer.map_or(0, |customer| customer.open.len());
        let quarantine = self.quarantine(opening, customer)?;
        if quarantine.is_none() && open_now >= limits::OPEN_TICKETS_MAX {
            return Err(too_many_open(open_now));
        }
        let Some(number) = self.facts.number else {
            return Ok(Begun::More(Needs { number: true, ..self.more() }));
        };
        let order = opening.order.map(|order| RecordKey::Order(order.clone()));
        let order = order.and_then(|order| self.facts.record(&order)).and_then(|loaded| loaded.state.order());
        let order = order.filter(|order| order.customer == *opening.customer);
        let scale = self.policy.scale();
        let known = Known {
            number,
            kind: self.policy.usual_kind(ContactCategory::Question),
            stage: order.map(|order| self.policy.usual_stage(order.category.stage())),
            priority: scale.rate(Grade::Medium, Grade::Medium, customer.and_then(|customer| customer.tier.as_ref())),
            language: customer.and_then(|customer| customer.language).unwrap_or_else(|| self.policy.language()),
            verified: !matches!(self.request.actor, Actor::Customer { proof: Proof::Claimed, .. }),
            may_tell: !matches!(self.request.actor, Actor::Import(_)),
            told_enough: self.told_enough(customer),
            quarantine: quarantine.map(|why| (why, self.kept_apart())),
        };
        if let Some(why) = quarantine {
            self.note(TraceStep::Quarantined { why });
        }
        let events = self.with_context(RightSet::NONE, |cx| open::open(opening, known, cx))?;
        let from = self.count(&key);
        self.emit_verb(&key, events);
        self.ticket = Some(opening.ticket);
        Ok(Begun::On { key, from })
    }

    /// Takes in a message: it joins an open ticket, or opens one.
    pub(super) fn receive(&mut self, receive: &Receive, texts: &Texts) -> Result<Begun, Rejection> {
        let proven = match &self.request.actor {
            Actor::Customer { id, .. } if *id != receive.customer => {
                return Err(forbidden(&self.request.actor, "receive"));
            }
            Actor::Customer { proof, .. } => *proof == Proof::Verified,
            Actor::Agent(_) | Actor::Bot(_) | Actor::Host | Actor::Import(_) => true,
            Actor::Timer => return Err(forbidden(&self.request.actor, "receive")),
        };
        if let Some(more) = self.more_of_chain(receive).filter(|_| proven) {
            return Ok(Begun::More(more));
        }
        let (joined, why) = match (self.is_barred(&receive.customer, true)?, proven) {
            (true, _) => (None, JoinReason::Banned),
            (false, true) => self.join_within_cap(receive)?,
            (false, false) => (None, JoinReason::Unproven),
        };
        let ticket = joined.as_ref().and_then(RecordKey::ticket);
        self.note(TraceStep::Join { joined: ticket, why });
        let Some(key) = joined else { return self.open(&Opening::from(receive)) };
        if self.facts.record(&RecordKey::Ticket(receive.ticket)).is_some() && Some(receive.ticket) != ticket {
            return Err(Refusal::Exists(receive.ticket).into());
        }
        // What this message seals belongs to the ticket it joins, whose version no other message shares.
        self.turn_to(&key);
        self.check_order(&key)?;
        self.settle(&key);
        let rights = match self.request.actor {
            // The message is the customer's, whoever hands it in.
            Actor::Customer { .. } => self.admit(&key, Right::Receive)?,
            _ => self.admit_handing_in()?,
        };
        self.settled(&key, &Texts::default());
        let thanks = texts.body().is_some_and(|body| is_thanks(body, self.policy.thanks()));
        let from = self.count(&key);
        let current = self.existing(&key)?.clone();
        let via = receive.answers.filter(|answers| current.absorbed().contains_key(answers));
        let events = self.with_context(rights, |cx| reply::receive(&current, receive, via, thanks, cx))?;
        self.emit_verb(&key, events);
        self.rely(&RecordKey::Customer(receive.customer.clone()));
        self.ticket = ticket;
        Ok(Begun::On { key, from })
    }

    /// What must be known of the ticket in which the answered one goes on.
    fn more_of_chain(&self, receive: &Receive) -> Option<Needs> {
        let key = self.holder(receive.answers?);
        let customer = RecordKey::Customer(self.ticket(&key)?.customer().clone());
        if key.ticket() == receive.answers || self.facts.knows(&customer) {
            return None;
        }
        let mut needs = self.more();
        around(&mut needs, &key);
        Some(needs)
    }

    /// A message may be handed in for a customer by whoever of the shop may take in messages at all.
    fn admit_handing_in(&mut self) -> Result<RightSet, Rejection> {
        if let Some(agent) = self.request.actor.agent() {
            let roles = self.acting_agent()?.map(|agent| &agent.roles);
            let mut roles = roles.into_iter().flatten().filter_map(|role| self.policy.role(role));
            if !roles.any(|role| role.rights.contains(&Right::Receive)) {
                return Err(forbidden(&self.request.actor, "receive"));
            }
            let agent = RecordKey::Agent(agent.clone());
            self.rely(&agent);
        }
        Ok(RightSet::of(&[Right::View, Right::Receive]))
    }

    /// The ticket that a proven sender's message joins: the one it answers, or in which that one goes on, if he takes
    /// part; else an own open one about the same order; else the own open one that changed last. A ticket that
    /// somebody opened in his name without proof is joined only when he answers to it.
    pub(super) fn join(&self, receive: &Receive) -> Result<(Option<RecordKey>, JoinReason), Rejection> {
        if let Some(answers) = receive.answers {
            let key = self.holder(answers);
            let takes_part = |ticket: &Ticket| {
                *ticket.customer() == receive.customer || ticket.participants().contains(&receive.customer)
            };
            let ticket = match self.loaded(&key) {
                // Whoever takes no part learns nothing of the ticket, nor that it is sealed.
                Err(Rejection::Newer(_)) if !self.ticket(&key).is_some_and(takes_part) => None,
                loaded => loaded?.and_then(|loaded| loaded.state.ticket()),
            };
            if ticket.is_some_and(|ticket| takes_part(ticket) && self.can_join(ticket)) {
                return Ok((Some(key), JoinReason::Answers));
            }
        }
        let customer = self.loaded(&RecordKey::Customer(receive.customer.clone()))?;
        let open = customer.and_then(|loaded| loaded.state.customer()).map(|customer| &customer.open);
        let mut candidates = Vec::new();
        for open in open.into_iter().flatten() {
            let key = RecordKey::Ticket(open.ticket);
            let loaded = match self.loaded(&key) {
                // A ticket that only a later version understands is joined by nobody until the upgrade.
                Err(Rejection::Newer(_)) => None,
                other => other?,
            };
            if let Some(ticket) = loaded.and_then(|loaded| loaded.state.ticket())
                && ticket.is_verified()
                && self.can_join(ticket)
            {
                candidates.push((key, ticket));
            }
        }
        let latest = |tickets: &mut dyn Iterator<Item = &(RecordKey, &Ticket)>| {
            tickets.max_by_key(|(key, ticket)| (ticket.updated_at(), key.ticket())).map(|(key, _)| key.clone())
        };
        if candidates.is_empty() {
            return Ok((None, JoinReason::NoneOpen));
        }
        let Some(order) = &receive.order else {
            return Ok((latest(&mut candidates.iter()), JoinReason::Latest));
        };
        let same = latest(&mut candidates.iter().filter(|(_, ticket)| ticket.order() == Some(order)));
        if same.is_some() {
            return Ok((same, JoinReason::SameOrder));
        }
        // A ticket that names no order may be about this one.
        match latest(&mut candidates.iter().filter(|(_, ticket)| ticket.order().is_none())) {
            Some(key) => Ok((Some(key), JoinReason::Latest)),
            None => Ok((None, JoinReason::OtherOrder)),
        }
    }

    /// Whether a message may join: the ticket has not ended (nor has time ended it by now), and if it is resolved
    /// the workflow can lead back to work.
    ///
    /// An agent hands in words only where he sees: else they would stand on a ticket of which he must not know.
    fn can_join(&self, ticket: &Ticket) -> bool {
        if let Ok(Some(agent)) = self.acting_agent()
            && !rights(&self.request.actor, Some(agent), ticket, self.policy).has(Right::View)
        {
            return false;
        }
        let ended_by_silence =
            ticket.silent_until().is_some_and(|until| until <= self.now_on(&RecordKey::Ticket(ticket.id())));
        let category = ticket.category();
        let workflow = self.policy.workflow();
        let back = || workflow.step(&workflow.counterpart(ticket.status()).name, Category::Open, None).is_ok();
        !category.is_ended() && !ended_by_silence && (category != Category::Resolved || back())
    }

    fn with_context<T>(
        &mut self,
        rights: RightSet,
        verb: impl FnOnce(&mut Context<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let (actor, workflow, now) = (&self.request.actor, self.policy.workflow(), self.occurred);
        let mut cx = Context { actor, rights, workflow, now, sealer: &mut self.sealer };
        verb(&mut cx)
    }

    /// Who or what made a ticket begin, end, come back or turn to another order, and the event that says so.
    fn turn(&self, key: &RecordKey) -> (Origin, Option<Antecedent>) {
        let turns = |recorded: &&Recorded| {
            use ticket::Event::{
                Closed, Confirmed, MarkedSpam, Merged, Opened, OrderLinked, Reopened, Restored, Unmerged,
            };
            matches!(
                &recorded.event,
                Event::Ticket(
                    Opened(_)
                        | Confirmed { .. }
                        | Closed { .. }
                        | MarkedSpam { .. }
                        | Reopened { .. }
                        | Merged { .. }
                        | Unmerged { .. }
                        | Restored { .. }
                        | OrderLinked { .. }
                )
            )
        };
        match self.events(key, 0).iter().rfind(turns) {
            Some(recorded) => (recorded.cause.by.clone(), Some(Antecedent::There(recorded.key()))),
            None => (self.origin(), None),
        }
    }

    /// Keeps the customers' lists of open tickets: what began or came back is on it, what ended is not.
    pub(super) fn link_customers(&mut self, tickets: &[RecordKey]) -> Result<(), Rejection> {
        for key in tickets {
            let live = |ticket: &Ticket| !ticket.category().is_ended();
            let before = self.ticket_before(key).is_some_and(live);
            let Some(ticket) = self.ticket(key) else { continue };
            let (after, order_changed) =
                (live(ticket), self.ticket_before(key).is_some_and(|before| before.order() != ticket.order()));
            if let Some(why) = ticket.quarantine().filter(|_| self.is_kept_apart(key)) {
                let customer = RecordKey::Customer(ticket.customer().clone());
                let kept = customer::Event::Quarantined { ticket: ticket.id(), why };
                let ((by, from), now) = (self.turn(key), self.now_on(&customer));
                self.emit(&customer, Event::Customer(kept), by, from, now);
                continue;
            }
            if before == after && !(after && order_changed) {
                continue;
            }
            let customer = RecordKey::Customer(ticket.customer().clone());
            let (id, order) = (ticket.id(), ticket.order().cloned());
            let ended = customer::Event::TicketEnded { ticket: id };
            let claimed = !ticket.is_verified();
            let (sent, told) = self.sent(key);
            let opened = customer::Event::TicketOpened { ticket: id, order, claimed, sent, told };
            let events = match (before, after) {
                (false, true) => vec![opened],
                (true, false) => vec![ended],
                _ => vec![ended, opened],
            };
            let open_now = self.state(&customer).and_then(State::customer).map_or(0, |customer| customer.open.len());
            if !before && after && open_now >= limits::OPEN_TICKETS_MAX {
                return Err(too_many_open(open_now));
            }
            let (by, from) = self.turn(key);
            for event in events {
                let now = self.now_on(&customer);
                self.emit(&customer, Event::Customer(event), by.clone(), from.clone(), now);
            }
        }
        Ok(())
    }
}
