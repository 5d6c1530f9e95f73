//! What customers do: they write as the input says, and when their ticket is said to be solved they confirm, refuse,
//! or say nothing.

use destek::actor::{Actor, Proof};
use destek::channel::{Channel, ChannelKind};
use destek::id::{MessageId, TicketId};
use destek::ticket::{Category, Confirm, Open, Receive, Refuse};
use destek::time::Span;

use super::Failure;
use super::seed::{self, Rng};
use super::shop::Answer;
use super::simulate::{Play, Step, id_bits};

/// Of a hundred messages over each channel, how many come from a sender whom the shop could not verify.
const fn unverified(channel: ChannelKind) -> u64 {
    match channel {
        ChannelKind::Social => 55,
        ChannelKind::Email => 15,
        ChannelKind::Chat => 12,
        _ => 0,
    }
}

/// Of a hundred web forms, how many open a ticket although the customer has one: the form does not ask.
const FORM_ANEW: u64 = 60;
/// A customer who writes again this soon says in the message what he thinks.
const WRITES_SOON: Span = Span::hours(36);

impl Play {
    /// A message of the input arrives.
    pub(crate) fn arrive(&mut self, place: usize) -> Result<(), Failure> {
        let Some(arrival) = self.arrivals.get(place).cloned() else { return Ok(()) };
        if self.known.0.insert(arrival.customer.clone()) {
            let record = seed::customer(&arrival.customer, &self.shop.doc);
            self.shop.must(Actor::Host, record)?;
        }
        if let Some(order) = arrival.order.as_ref().filter(|order| !self.known.1.contains(order)) {
            self.known.1.insert(order.clone());
            let record = seed::order(order, &arrival.customer)?;
            self.shop.must(Actor::Host, record)?;
        }
        let bits = id_bits(arrival.at, arrival.line);
        let (ticket, message) = (TicketId::from_u128(bits), MessageId::from_u128(bits));
        let channel = Channel::of(arrival.channel);
        let mut receive = Receive::new(ticket, message, arrival.customer.clone(), channel, arrival.text);
        if let Some(subject) = arrival.subject {
            receive = receive.subject(subject);
        }
        if let Some(order) = arrival.order {
            receive = receive.order(order);
        }
        let mut rng = Rng::of("sender", &arrival.line.to_string());
        let actor = match arrival.channel {
            // Who speaks on the phone is written down by whoever listens.
            ChannelKind::Phone => Actor::Host,
            channel if rng.percent(unverified(channel)) => Actor::claimed(arrival.customer.clone()),
            _ => Actor::verified(arrival.customer.clone()),
        };
        let rests = self.notebook.rests.get(&arrival.customer).copied().filter(|_| rng.percent(60));
        if let Some(rests) = rests {
            receive = receive.answers(rests);
        }
        let proven = !matches!(&actor, Actor::Customer { proof: Proof::Claimed, .. });
        let anew = arrival.channel == ChannelKind::Form && rng.percent(FORM_ANEW);
        let asked = if anew { self.shop.ask(actor, opening(receive))? } else { self.shop.ask(actor, receive)? };
        match asked {
            Answer::Done(receipt) => {
                let ticket = receipt.ticket.unwrap_or(ticket);
                if let Some(rests) = rests.filter(|_| proven && !anew) {
                    let state = self.shop.look(ticket)?;
                    let target = state.as_deref().and_then(|state| state.ticket());
                    self.notebook.followed +=
                        u64::from(target.is_some_and(|target| target.absorbed().contains_key(&rests)));
                }
                self.notebook.last_words.insert(ticket, message);
                self.accepted.insert(message, (arrival.line, ticket));
            }
            Answer::Refused(rejection) => self.refused.push((arrival.line, rejection.code())),
        }
        Ok(())
    }

    /// A ticket is said to be solved: will its customer say something?
    pub(crate) fn wonder(&mut self, id: TicketId) -> Result<(), Failure> {
        let now = self.shop.now;
        let state = self.shop.look(id)?;
        let Some(ticket) = state.as_deref().and_then(|state| state.ticket()) else { return Ok(()) };
        let writes = self.writes.get(ticket.customer()).map_or(&[][..], Vec::as_slice);
        let next = writes.get(writes.partition_point(|at| *at <= now)).copied();
        if next.is_some_and(|next| next < now + WRITES_SOON) {
            return Ok(());
        }
        let mut rng = Rng::of("wonder", &format!("{id} {now}"));
        if rng.percent(55) {
            let after = rng.minutes(4, 900);
            self.plan(now + after, Step::Ponder(id));
        }
        Ok(())
    }

    /// The customer confirms, or refuses.
    pub(crate) fn ponder(&mut self, id: TicketId) -> Result<(), Failure> {
        let state = self.shop.look(id)?;
        let Some(ticket) = state.as_deref().and_then(|state| state.ticket()) else { return Ok(()) };
        if ticket.category() != Category::Resolved {
            return Ok(());
        }
        let actor = Actor::verified(ticket.customer().clone());
        let mut rng = Rng::of("ponder", &format!("{id} {}", self.shop.now));
        let course = self.courses.entry(id).or_default();
        if !course.refused && rng.percent(16) {
            course.refused = true;
            self.shop.ask(actor, Refuse::new(id).reason("Hayır, hâlâ çözülmedi."))?;
        } else {
            self.shop.ask(actor, Confirm::new(id))?;
        }
        Ok(())
    }
}

/// A message as a form brings it that always opens a ticket.
fn opening(receive: Receive) -> Open {
    let mut open = Open::new(receive.ticket, receive.customer, receive.channel).message(receive.message, receive.body);
    open.subject = receive.subject;
    open.order = receive.order;
    open
}
