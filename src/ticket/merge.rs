//! Merge and its undo: a ticket goes on in another one, and can be taken out again.
//!
//! The source keeps its whole log and rests; what the merge took from its state is kept in a [`Frame`], so that the
//! undo gives it back exactly. The target keeps, for every ticket that reached it, what came with it ([`Absorbed`]):
//! also for those that had been merged into its source before, so that each can leave again by itself.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::nudge;
use super::rare::Blank;
use super::verb::{LIVE, at_most, fits};
use super::{Category, Event, Merge, Nudging, Place, Refusal, Status, Ticket, Wait};
use crate::id::{AgentId, CustomerId, MessageId, TicketId};
use crate::limits;
use crate::time::Timestamp;

/// What a merge takes from the state of its source, for the undo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Frame {
    /// Its status.
    pub status: Status,
    /// For whom it waited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Wait>,
    /// How far the nudges of that wait were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nudging: Option<Nudging>,
    /// When silence would have closed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent_until: Option<Timestamp>,
    /// Its place in the queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Since when its customer had been waiting for an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<Timestamp>,
    /// When it had ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
}

/// Where a merged ticket goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Merged {
    /// The ticket that it was merged into.
    pub into: TicketId,
    /// What it was before.
    pub frame: Frame,
    /// Whether a third party has answered since: nobody waits for it any more when the merge is undone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub answered: bool,
}

/// What came with a ticket that was merged into this one, directly or by way of another.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Absorbed {
    /// How many merges lie between, beside its own.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub behind: u8,
    /// Its customer, if that is another one, and whoever took part in it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub participants: BTreeSet<CustomerId>,
    /// The agents who followed it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub followers: BTreeSet<AgentId>,
    /// Since when its customer had been waiting for an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<Timestamp>,
    /// Whether somebody has answered since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub answered: bool,
    /// Whether the customer was asked something since, while he waits for an answer himself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asked: bool,
}

impl Absorbed {
    /// Whether what its customer says has been neither answered nor met with a question.
    pub(crate) fn is_unheard(&self) -> bool {
        !self.asked && self.waited(false).is_some()
    }
    /// Since when somebody waits, or has waited if that is asked.
    pub(crate) fn waited(&self, ever: bool) -> Option<Timestamp> {
        self.waiting_since.filter(|_| ever || !self.answered)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_zero(number: &u8) -> bool {
    *number == 0
}

/// Who takes part in a ticket, or follows it, only through merges.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Lent {
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) participants: BTreeSet<CustomerId>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) followers: BTreeSet<AgentId>,
}

impl Blank for Lent {
    const BLANK: &'static Self = &Self { participants: BTreeSet::new(), followers: BTreeSet::new() };
}

impl Lent {
    pub(crate) fn is_empty(&self) -> bool {
        self.participants.is_empty() && self.followers.is_empty()
    }
}

/// The two sides of a merge.
pub(crate) struct Sides {
    pub(crate) source: Event,
    pub(crate) target: Event,
}

/// Merges a ticket into another. `closed` is the status in which the source rests.
pub(crate) fn merge(source: &Ticket, target: &Ticket, merge: &Merge, closed: &Status) -> Result<Sides, Refusal> {
    check_unmerged(source)?;
    check_unmerged(target)?;
    fits(source, "merge", &[LIVE, &[Category::Closed]].concat())?;
    fits(target, "merge", LIVE)?;
    if source.customer != target.customer && !merge.sharing {
        return Err(Refusal::OtherCustomer { ticket: source.id, target: target.id });
    }
    let with = brought(source, target);
    at_most("merges", target.absorbed.len() + with.len(), limits::MERGES_MAX)?;
    let deepest = with.values().map(|absorbed| usize::from(absorbed.behind) + 1).max().unwrap_or(1);
    at_most("merge_chain", deepest, limits::MERGE_CHAIN_MAX)?;
    let participants = with.values().flat_map(|absorbed| &absorbed.participants);
    let size = target.participants.iter().chain(participants).collect::<BTreeSet<_>>().len();
    at_most("participants", size, limits::PARTICIPANTS_MAX.max(target.participants.len()))?;
    let followers = with.values().flat_map(|absorbed| &absorbed.followers);
    let size = target.followers.iter().chain(followers).collect::<BTreeSet<_>>().len();
    at_most("followers", size, limits::FOLLOWERS_MAX.max(target.followers.len()))?;
    let frame = Frame {
        status: source.status.clone(),
        hold: source.hold.clone(),
        nudging: source.nudging.clone(),
        silent_until: source.silent_until,
        place: source.place.clone(),
        waiting_since: source.waiting_since,
        closed_at: source.closed_at,
    };
    Ok(Sides {
        source: Event::Merged { into: target.id, status: closed.clone(), frame: Box::new(frame) },
        target: Event::Absorbed { source: source.id, with },
    })
}

/// Nothing is done on a merged ticket: it goes on elsewhere.
pub(crate) fn check_unmerged(ticket: &Ticket) -> Result<(), Refusal> {
    match &ticket.merged {
        Some(merged) => Err(Refusal::MergedInto { ticket: ticket.id, target: merged.into }),
        None => Ok(()),
    }
}

/// What a source brings: itself, and whatever it has absorbed.
fn brought(source: &Ticket, target: &Ticket) -> BTreeMap<TicketId, Absorbed> {
    let foreign = |customer: &&CustomerId| **customer != target.customer;
    let own = source.participants.difference(&source.lent.participants);
    let participants = own.chain([&source.customer]).filter(foreign).cloned().collect();
    let followers = source.followers.difference(&source.lent.followers).cloned().collect();
    let itself = Absorbed { participants, followers, waiting_since: source.waiting_since, ..Absorbed::default() };
    let behind = source.absorbed.iter().map(|(id, absorbed)| {
        let participants = absorbed.participants.iter().filter(foreign).cloned().collect();
        let behind = absorbed.behind.saturating_add(1);
        let (followers, waiting_since) = (absorbed.followers.clone(), absorbed.waited(false));
        (*id, Absorbed { behind, participants, followers, waiting_since, ..Absorbed::default() })
    });
    behind.chain([(source.id, itself)]).collect()
}

/// The events of an undo: of the source, and for every ticket that its merge has reached. `stayed` are the messages
/// that came by way of it since.
pub(crate) fn unmerge(source: &Ticket, stayed: Vec<MessageId>) -> Result<Sides, Refusal> {
    let merged = source.merged.as_ref().ok_or(Refusal::NotMerged { ticket: source.id })?;
    Ok(Sides {
        source: Event::Unmerged { from: merged.into, stayed },
        target: Event::Released { source: source.id, with: source.absorbed.keys().copied().collect() },
    })
}

pub(super) fn apply_merge(ticket: &mut Ticket, event: &Event, at: Timestamp) {
    match event {
        Event::Merged { into, status, frame } => {
            ticket.enter(status);
            ticket.closed_at = Some(at);
            ticket.waiting_since = None;
            ticket.merged = Some(Box::new(Merged { into: *into, frame: (**frame).clone(), answered: false }));
        }
        Event::Unmerged { stayed, .. } => {
            if let Some(Merged { frame, .. }) = ticket.merged.take().map(|merged| *merged) {
                ticket.status = frame.status;
                ticket.hold = frame.hold;
                ticket.nudging = frame.nudging;
                ticket.silent_until = frame.silent_until;
                ticket.place = frame.place;
                ticket.waiting_since = frame.waiting_since;
                ticket.closed_at = frame.closed_at;
            }
            if !stayed.is_empty() {
                // Somebody has answered meanwhile, though it was said on the other ticket.
                nudge::end(ticket);
            }
        }
        Event::Absorbed { with, .. } => {
            for (id, absorbed) in with {
                for customer in &absorbed.participants {
                    if ticket.participants.insert(customer.clone()) {
                        ticket.lent.participants.insert(customer.clone());
                    }
                }
                for agent in &absorbed.followers {
                    if ticket.followers.insert(agent.clone()) {
                        ticket.lent.followers.insert(agent.clone());
                    }
                }
                ticket.absorbed.insert(*id, absorbed.clone());
            }
        }
        Event::Released { source, with } => {
            ticket.absorbed.retain(|id, _| id != source && !with.contains(id));
            let Ticket { participants, followers, lent, absorbed, .. } = ticket;
            // Whoever takes part for no other reason leaves with it.
            lent.participants.retain(|customer| {
                let stays = absorbed.values().any(|other| other.participants.contains(customer));
                stays || !participants.remove(customer)
            });
            lent.followers.retain(|agent| {
                let stays = absorbed.values().any(|other| other.followers.contains(agent));
                stays || !followers.remove(agent)
            });
        }
        _ => {}
    }
}

impl Ticket {
    /// Where it goes on, when it was merged into another ticket.
    #[must_use]
    pub fn merged(&self) -> Option<&Merged> {
        self.merged.as_deref()
    }
    /// The tickets that were merged into this one, directly or by way of another, and what came with each.
    #[must_use]
    pub fn absorbed(&self) -> &BTreeMap<TicketId, Absorbed> {
        &self.absorbed
    }
    /// Since when somebody has been waiting for an answer: its customer, or one whose ticket was merged into it and
    /// who had waited longer.
    #[must_use]
    pub fn waiting_since(&self) -> Option<Timestamp> {
        // Nobody waits on a ticket that goes on elsewhere.
        let lent = self.absorbed.values().filter(|_| self.merged.is_none());
        self.waiting_since.into_iter().chain(lent.filter_map(|absorbed| absorbed.waited(false))).min()
    }
    /// Nobody waits any more. Whether somebody did.
    pub(super) fn end_waits(&mut self) -> bool {
        let own = self.waiting_since.take().is_some();
        let absorbed = self.absorbed.if_any().into_iter().flat_map(BTreeMap::values_mut);
        let lent = absorbed.filter(|absorbed| absorbed.waited(false).is_some());
        lent.fold(own, |_, absorbed| {
            absorbed.answered = true;
            true
        })
    }
}
