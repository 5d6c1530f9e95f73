//! What a ticket is to others, told again from its log: merged, split, linked, and what was passed on. What one ticket
//! says of another is held against what that one says itself, once all are told.

use std::collections::{BTreeMap, BTreeSet};

use destek::id::{AgentId, CustomerId, MessageId, TicketId};
use destek::ticket::{Absorbed, Bond, Event, Ticket};

use super::doings::{Links, Merges};
use super::figures::count;
use super::refold::Told;

/// What a ticket is to others.
#[derive(Debug, Default)]
pub(crate) struct Kin {
    pub(crate) merges: Merges,
    pub(crate) links: Links,
    pub(crate) merged: Option<TicketId>,
    guests: BTreeMap<TicketId, Absorbed>,
    lent_participants: BTreeSet<CustomerId>,
    lent_followers: BTreeSet<AgentId>,
    /// For each link how much of what the other one passed on has been taken in.
    bonds: BTreeMap<(Bond, TicketId), u32>,
    /// How often something happened here that linked tickets take in, and at which of these times what was said.
    passed: u32,
    said: Vec<(u32, MessageId)>,
    /// What was taken in: from whom, from where to where, and whether this one could be answered then.
    heeded: Vec<(Bond, TicketId, u32, u32, bool)>,
    passed_on: BTreeMap<(TicketId, MessageId), u64>,
}

impl Kin {
    /// Whether somebody waits whose ticket goes on in this one.
    pub(crate) fn has_waiting_guest(&self) -> bool {
        self.guests.values().any(|guest| guest.waiting_since.is_some() && !guest.answered)
    }

    /// Nobody waits any more. Whether a guest did.
    pub(crate) fn answer_guests(&mut self) -> bool {
        let waited = self.has_waiting_guest();
        self.guests.values_mut().for_each(|guest| guest.answered |= guest.waiting_since.is_some());
        waited
    }

    /// Takes in an event; `can_be_answered` says whether an answer may be passed on to the ticket as it is.
    pub(crate) fn tell(&mut self, own: TicketId, event: &Event, can_be_answered: bool) {
        if is_passed_on(event) && self.bonds.keys().any(|(bond, _)| takes_in(bond.reverse())) {
            self.passed += 1;
            if let Event::Replied { message, .. } = event {
                self.said.push((self.passed, *message));
            }
        }
        match event {
            Event::MessageReceived { via: Some(_), .. } => self.merges.followed += 1,
            Event::Merged { .. } => self.merges.merged += 1,
            Event::Unmerged { .. } => self.merges.undone += 1,
            Event::SplitOff { .. } => self.merges.split += 1,
            Event::Replied { message, passes_on: Some(from), .. } => {
                self.links.answers_passed_on += 1;
                *self.passed_on.entry((*from, *message)).or_default() += 1;
            }
            Event::Linked { bond, other, heard } => {
                self.bonds.insert((*bond, *other), *heard);
                let first = is_first_side(own, *bond, *other);
                count(&mut self.links.made, bond.kind().as_str(), u64::from(first));
            }
            Event::Unlinked { bond, other } => {
                self.bonds.remove(&(*bond, *other));
                self.links.ended += u64::from(is_first_side(own, *bond, *other));
            }
            Event::Heeded { bond, other, heard, .. } => {
                if let Some(before) = self.bonds.insert((*bond, *other), *heard) {
                    self.heeded.push((*bond, *other, before, *heard, can_be_answered));
                }
            }
            _ => {}
        }
    }

    /// Another ticket goes on here: whoever took part in it or followed it does so here.
    pub(crate) fn absorb(
        &mut self,
        with: &BTreeMap<TicketId, Absorbed>,
        (participants, followers): (&mut BTreeSet<CustomerId>, &mut BTreeSet<AgentId>),
    ) {
        for (ticket, guest) in with {
            let new = guest.participants.iter().filter(|customer| participants.insert((*customer).clone()));
            self.lent_participants.extend(new.cloned());
            let new = guest.followers.iter().filter(|agent| followers.insert((*agent).clone()));
            self.lent_followers.extend(new.cloned());
            self.guests.insert(*ticket, guest.clone());
        }
    }

    /// Tickets go on by themselves again; whoever came only with them leaves.
    pub(crate) fn release(
        &mut self,
        gone: impl Fn(&TicketId) -> bool,
        (participants, followers): (&mut BTreeSet<CustomerId>, &mut BTreeSet<AgentId>),
    ) {
        self.guests.retain(|ticket, _| !gone(ticket));
        let guests = &self.guests;
        let leaving = |customer: &CustomerId| !guests.values().any(|guest| guest.participants.contains(customer));
        let left: Vec<_> = self.lent_participants.iter().filter(|customer| leaving(customer)).cloned().collect();
        for customer in left {
            participants.remove(&customer);
            self.lent_participants.remove(&customer);
        }
        let leaving = |agent: &AgentId| !guests.values().any(|guest| guest.followers.contains(agent));
        let left: Vec<_> = self.lent_followers.iter().filter(|agent| leaving(agent)).cloned().collect();
        for agent in left {
            followers.remove(&agent);
            self.lent_followers.remove(&agent);
        }
    }

    /// Somebody follows, or no longer, for a reason of his own.
    pub(crate) fn follows(&mut self, agent: &AgentId) {
        self.lent_followers.remove(agent);
    }

    /// Whether a stored ticket is to others what the log tells.
    pub(crate) fn is_that_of(&self, stored: &Ticket) -> bool {
        let links = self.bonds.keys().copied();
        self.merged == stored.merged().map(|merged| merged.into)
            && self.guests == *stored.absorbed()
            && links.eq(stored.links().iter())
            && self.passed == stored.passed()
    }
}

/// What linked tickets take in.
const fn is_passed_on(event: &Event) -> bool {
    matches!(
        event,
        Event::Resolved { .. }
            | Event::Confirmed { .. }
            | Event::Closed { .. }
            | Event::MarkedSpam { .. }
            | Event::Replied { to_linked: true, .. }
    )
}

/// Whether whoever is this takes in what happens on the other one.
const fn takes_in(bond: Bond) -> bool {
    matches!(bond, Bond::ChildOf | Bond::ParentOf | Bond::DuplicateOf | Bond::IncidentOf)
}

/// Of the two sides of a link, the one by which it is counted. What relates has two equal sides.
fn is_first_side(own: TicketId, bond: Bond, other: TicketId) -> bool {
    bond == bond.kind().bond() && (bond != Bond::RelatesTo || own < other)
}

/// Everything in which tickets contradict each other.
pub(crate) fn contradictions(tickets: &[Told]) -> Vec<String> {
    let by_id: BTreeMap<TicketId, &Told> = tickets.iter().map(|told| (told.ticket(), told)).collect();
    let kin = |id: &TicketId| by_id.get(id).map(|told| &told.kin);
    let mut faults = Vec::new();
    for told in tickets {
        let (own, id) = (&told.kin, told.ticket());
        if let Some(target) = own.merged
            && !kin(&target).is_some_and(|target| target.guests.contains_key(&id))
        {
            faults.push(format!("{id}: it goes on in {target}, which knows nothing of it"));
        }
        for guest in own.guests.keys() {
            let mut at = kin(guest).and_then(|guest| guest.merged);
            while let Some(next) = at.filter(|next| *next != id) {
                at = kin(&next).and_then(|next| next.merged);
            }
            if at.is_none() {
                faults.push(format!("{id}: {guest} is said to go on in it and does not"));
            }
        }
        for ((bond, other), heard) in &own.bonds {
            let Some(there) = kin(other).filter(|there| there.bonds.contains_key(&(bond.reverse(), id))) else {
                faults.push(format!("{id}: it is linked to {other}, which is not linked to it"));
                continue;
            };
            let rests = own.merged.is_some() || there.merged.is_some();
            if takes_in(*bond) && !rests && *heard != there.passed {
                faults.push(format!("{id}: it has not taken in all that happened on {other}"));
            }
        }
        for (bond, other, from, to, able) in &own.heeded {
            let answers = matches!(bond, Bond::IncidentOf | Bond::DuplicateOf) && *able;
            let said = kin(other).map(|there| there.said.as_slice()).unwrap_or_default();
            let due = said.iter().filter(|(place, _)| from < place && place <= to);
            for (_, message) in due.filter(|_| answers) {
                let told = own.passed_on.get(&(*other, *message)).copied().unwrap_or_default();
                if told != 1 {
                    faults.push(format!("{id}: answer {message} of {other} was passed on {told} times"));
                }
            }
        }
        for (from, message) in own.passed_on.keys() {
            if !kin(from).is_some_and(|there| there.said.iter().any(|(_, said)| said == message)) {
                faults.push(format!("{id}: answer {message} was passed on and {from} has none"));
            }
        }
    }
    faults
}
