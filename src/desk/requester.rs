//! How far a customer is let in: bans, caps, the budget of acknowledgements, and the warning of duplicates.

use super::cascade::Texts;
use super::draft::Draft;
use super::event::{Event, State};
use super::facts::Needs;
use super::rejection::Rejection;
use super::request::Command;
use super::trace::JoinReason;
use crate::actor::{Actor, Proof};
use crate::content::ContentRef;
use crate::customer::{self, Ban, Customer, Quarantine, Unban};
use crate::id::{CustomerId, Name};
use crate::limits;
use crate::record::RecordKey;
use crate::ticket::open::{self, Opening};
use crate::ticket::verb::check_text;
use crate::ticket::{self, Category, Initiator, Public, Receive, Refusal, Status, Ticket};

/// Whether bans and caps bind whoever asks: a customer, and what hands in his words. Agents, and a host that opens a
/// ticket of its own accord, know whom they let in, and an import tells what was.
const fn is_bound(actor: &Actor, written: bool) -> bool {
    match actor {
        Actor::Customer { .. } | Actor::Bot(_) => true,
        Actor::Host => written,
        _ => false,
    }
}

const fn is_claimed(actor: &Actor) -> bool {
    matches!(actor, Actor::Customer { proof: Proof::Claimed, .. })
}

impl Draft<'_> {
    pub(super) fn ban(&mut self, ban: &Ban) -> Result<(), Rejection> {
        let key = RecordKey::Customer(ban.customer.clone());
        self.loaded(&key)?;
        if let Some(at) = ban.until.filter(|until| *until <= self.occurred) {
            return Err(Refusal::NotAhead { field: Name::fixed("until"), at }.into());
        }
        if let Some(reason) = &ban.reason {
            check_text("reason", reason, limits::REASON_BYTES_MAX)?;
        }
        let reason = ban.reason.as_ref().map(|reason| self.sealer.seal(reason.as_str()));
        let event = customer::Event::Banned { until: ban.until, reason };
        self.about_customer(&key, event);
        Ok(())
    }

    /// Whoever is not banned stays so.
    pub(super) fn unban(&mut self, unban: &Unban) -> Result<(), Rejection> {
        let key = RecordKey::Customer(unban.customer.clone());
        let banned = self.loaded(&key)?.and_then(|loaded| loaded.state.customer()).is_some_and(|it| it.ban.is_some());
        if banned {
            self.about_customer(&key, customer::Event::Unbanned);
        }
        Ok(())
    }

    fn about_customer(&mut self, key: &RecordKey, event: customer::Event) {
        let (by, occurred) = (self.origin(), self.occurred);
        self.emit(key, Event::Customer(event), by, None, occurred);
        if let Some(agent) = self.request.actor.agent() {
            let agent = RecordKey::Agent(agent.clone());
            self.rely(&agent);
        }
    }

    /// Whether what is asked is kept apart because of a ban.
    pub(super) fn is_barred(&self, customer: &CustomerId, written: bool) -> Result<bool, Rejection> {
        let key = RecordKey::Customer(customer.clone());
        let customer = self.loaded(&key)?.and_then(|loaded| loaded.state.customer());
        let banned = customer.is_some_and(|customer| customer.is_banned(self.now_on(&key)));
        Ok(is_bound(&self.request.actor, written) && banned)
    }

    /// Which number of the policy a further ticket would break, with what there is now.
    fn beyond(&self, customer: Option<&Customer>, written: bool) -> Option<(&'static str, u32, usize)> {
        let customer = customer.filter(|_| is_bound(&self.request.actor, written))?;
        // What others open in his name takes nothing from a customer whom the host knows.
        let (claimed, policy) = (is_claimed(&self.request.actor), self.policy.requester());
        let open = customer.open.iter().filter(|open| open.claimed == claimed).count();
        let now = self.now_on(&RecordKey::Customer(customer.id.clone()));
        let opened = customer.recent.opened(claimed, now);
        let full = |name, most: u32, there: usize| (there >= most as usize).then_some((name, most, there));
        full("open_tickets", policy.open_max, open).or_else(|| full("opened_per_hour", policy.opened_per_hour, opened))
    }

    /// Why a new ticket is kept apart, if it is.
    ///
    /// A form that a known customer fills in beyond the cap is refused, so that he hears of it; a message, which nobody
    /// could hear of, is kept.
    pub(super) fn quarantine(
        &self,
        opening: &Opening<'_>,
        customer: Option<&Customer>,
    ) -> Result<Option<Quarantine>, Rejection> {
        if opening.by_shop {
            return Ok(None);
        }
        if self.is_barred(opening.customer, opening.written)? {
            return Ok(Some(Quarantine::Banned));
        }
        match self.beyond(customer, opening.written) {
            None => Ok(None),
            Some(_) if opening.written || is_claimed(&self.request.actor) => Ok(Some(Quarantine::Cap)),
            Some((field, limit, there)) => {
                let (field, limit) = (Name::fixed(field), limit as usize);
                Err(Refusal::TooMany { field, limit, size: there + 1 }.into())
            }
        }
    }

    /// The status of what is kept apart.
    pub(super) fn kept_apart(&self) -> Status {
        let spam = self.policy.workflow().statuses().iter().find(|status| status.category == Category::Spam);
        spam.cloned().unwrap_or_else(|| Status::plain(Category::Spam))
    }

    /// Whether a ticket came in with this decision and is kept apart.
    pub(super) fn is_kept_apart(&self, key: &RecordKey) -> bool {
        self.ticket_before(key).is_none() && self.ticket(key).is_some_and(|ticket| ticket.quarantine().is_some())
    }

    /// Whether a ticket that was kept apart is let in by this decision: for everybody else it begins only now.
    pub(super) fn is_let_in(&self, key: &RecordKey) -> bool {
        let apart = |ticket: Option<&Ticket>| ticket.map(|ticket| ticket.quarantine().is_some());
        apart(self.ticket_before(key)) == Some(true) && apart(self.ticket(key)) == Some(false)
    }

    /// Subject and message of a ticket that nobody has heard yet, where they stand.
    fn unheard(&self, key: &RecordKey) -> [Option<&ContentRef>; 2] {
        let (mut subject, mut body) = (None, None);
        for recorded in self.facts.history.get(key).into_iter().flat_map(|log| log.iter()) {
            match &recorded.event {
                Event::Ticket(ticket::Event::Opened(opened)) => subject = opened.subject.as_ref().map(Public::content),
                Event::Ticket(ticket::Event::MessageReceived { body: said, .. }) => body = Some(said.content()),
                _ => {}
            }
        }
        [subject, body]
    }

    /// What must be known to hear it.
    pub(super) fn unheard_needs(&self, key: &RecordKey) -> Option<Needs> {
        let mut wanted = self.more();
        wanted.contents.extend(self.unheard(key).into_iter().flatten().map(|content| content.id));
        (!self.facts.cover(&wanted)).then_some(wanted)
    }

    /// What it says.
    pub(super) fn unheard_texts(&self, key: &RecordKey) -> Texts {
        let [subject, body] =
            self.unheard(key).map(|reference| reference.and_then(|reference| self.text_of(reference)));
        Texts::said(subject, body)
    }

    /// Whether the customer was told often enough lately that something arrived (law 29).
    pub(super) fn told_enough(&self, customer: Option<&Customer>) -> bool {
        customer.is_some_and(|customer| {
            let now = self.now_on(&RecordKey::Customer(customer.id.clone()));
            customer.recent.told(now) >= self.policy.requester().acknowledged_per_hour as usize
        })
    }

    /// Whether a ticket came in with this decision by what a customer sent, and whether he was told.
    pub(super) fn sent(&self, key: &RecordKey) -> (bool, Option<bool>) {
        let opened = self.events(key, 0).iter().find_map(|recorded| match &recorded.event {
            Event::Ticket(ticket::Event::Opened(opened)) if opened.split_from.is_none() => Some(opened),
            _ => None,
        });
        let Some(opened) = opened else { return (false, None) };
        let written = matches!(&self.request.command, Command::Ticket(ticket::Command::Receive(_)));
        let sent = opened.initiator == Initiator::Customer && is_bound(&self.request.actor, written);
        (sent, (opened.acknowledge || opened.untold).then_some(opened.acknowledge))
    }

    /// The ticket that a proven sender's message joins; where it would open one too many, the one that changed last.
    pub(super) fn join_within_cap(&self, receive: &Receive) -> Result<(Option<RecordKey>, JoinReason), Rejection> {
        let (joined, why) = self.join(receive)?;
        let key = RecordKey::Customer(receive.customer.clone());
        let customer = self.loaded(&key)?.and_then(|loaded| loaded.state.customer());
        if joined.is_some() || self.beyond(customer, true).is_none() {
            return Ok((joined, why));
        }
        let mut any = receive.clone();
        any.order = None;
        Ok(match self.join(&any)? {
            (Some(key), _) => (Some(key), JoinReason::Cap),
            (None, why) => (None, why),
        })
    }

    /// Says of a new ticket which open one of its customer may be about the same; what becomes of that is a person's
    /// to say.
    pub(super) fn warn_of_duplicate(&mut self, key: &RecordKey) {
        let comes = self.ticket_before(key).is_none() || self.is_let_in(key);
        let Some(new) = self.ticket(key).filter(|_| comes && !self.is_dated()) else {
            return;
        };
        let customer = self.state(&RecordKey::Customer(new.customer().clone())).and_then(State::customer);
        let others = customer.into_iter().flat_map(|customer| &customer.open);
        let open = |ticket: &Ticket| {
            let silent = ticket.silent_until().is_some_and(|until| until <= self.now_on(key));
            !ticket.category().is_ended() && !silent
        };
        let alike = others.filter_map(|other| {
            let other = self.ticket(&RecordKey::Ticket(other.ticket)).filter(|ticket| open(ticket))?;
            let why = open::likeness(new, other)?;
            Some((why == ticket::Likeness::Order, other.updated_at(), other.id(), why))
        });
        let Some((.., of, why)) = alike.max_by_key(|(order, at, id, _)| (*order, *at, *id)) else { return };
        let (by, now) = (self.origin(), self.now_on(key));
        self.emit_ticket(key, ticket::Event::PossibleDuplicate { of, why }, by, None, now);
    }
}
