//! What a ticket is to others, told again from its log: merged, split, linked, and what was passed on. What one ticket
//! says of another is held against what that one says itself, once all are told.

use std::collections::{BTreeMap, BTreeSet};

use destek::id::{AgentId, CustomerId, MessageId, TicketId};
use destek::ticket::{Absorbed, Bond, Event, Ticket};
use destek::time::Timestamp;

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

    /// Since when the guest has waited who has waited longest; `ever` also counts those who have been answered.
    pub(crate) fn longest_wait(&self, ever: bool) -> Option<Timestamp> {
        let guests = self.guests.values().filter(|guest| ever || !guest.answered);
        guests.filter_map(|guest| guest.waiting_since).min()
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

/// Tickets by their id, to hold one against another.
type Others<'t> = BTreeMap<TicketId, &'t Kin>;

/// Everything in which tickets contradict each other.
pub(crate) fn contradictions(tickets: &[Told]) -> Vec<String> {
    let others: Others<'_> = tickets.iter().map(|told| (told.ticket(), &told.kin)).collect();
    let mut faults = Vec::new();
    for (id, kin) in &others {
        kin.check_merges(*id, &others, &mut faults);
        kin.check_links(*id, &others, &mut faults);
        kin.check_answers(*id, &others, &mut faults);
    }
    faults
}

impl Kin {
    /// A ticket goes on where that one says so, too.
    fn check_merges(&self, id: TicketId, others: &Others<'_>, faults: &mut Vec<String>) {
        if let Some(target) = self.merged
            && !others.get(&target).is_some_and(|target| target.guests.contains_key(&id))
        {
            faults.push(format!("{id}: it goes on in {target}, which knows nothing of it"));
        }
        for guest in self.guests.keys() {
            let goes_on_in = |ticket: &TicketId| others.get(ticket).and_then(|kin| kin.merged);
            let mut at = goes_on_in(guest);
            // As many steps as there are tickets end any circle.
            for _ in 0..others.len() {
                at = at.and_then(|next| if next == id { Some(next) } else { goes_on_in(&next) });
            }
            if at != Some(id) {
                faults.push(format!("{id}: {guest} is said to go on in it and does not"));
            }
        }
    }

    /// Both sides hold a link, and what happened on the one was taken in on the other.
    fn check_links(&self, id: TicketId, others: &Others<'_>, faults: &mut Vec<String>) {
        for ((bond, other), heard) in &self.bonds {
            let there = others.get(other).filter(|there| there.bonds.contains_key(&(bond.reverse(), id)));
            let Some(there) = there else {
                faults.push(format!("{id}: it is linked to {other}, which is not linked to it"));
                continue;
            };
            let rests = self.merged.is_some() || there.merged.is_some();
            if takes_in(*bond) && !rests && *heard != there.passed {
                faults.push(format!("{id}: it has not taken in all that happened on {other}"));
            }
        }
    }

    /// What was said to all arrived once wherever it could, and nothing else did.
    fn check_answers(&self, id: TicketId, others: &Others<'_>, faults: &mut Vec<String>) {
        let said = |other: &TicketId| others.get(other).map(|there| there.said.as_slice()).unwrap_or_default();
        for (bond, other, from, to, able) in &self.heeded {
            let answers = matches!(bond, Bond::IncidentOf | Bond::DuplicateOf) && *able;
            for (_, message) in said(other).iter().filter(|(place, _)| answers && from < place && place <= to) {
                let told = self.passed_on.get(&(*other, *message)).copied().unwrap_or_default();
                if told != 1 {
                    faults.push(format!("{id}: answer {message} of {other} was passed on {told} times"));
                }
            }
        }
        for (from, message) in self.passed_on.keys() {
            if !said(from).iter().any(|(_, said)| said == message) {
                faults.push(format!("{id}: answer {message} was passed on and {from} has none"));
            }
        }
    }
}
