//! Links between tickets: what one is to another, and what follows from it when the other one changes.
//!
//! Both tickets hold the link, each from its own side ([`Bond`]), and it is made and taken away on both at once. What
//! a linked ticket may have to know is counted on the ticket where it happens ([`Ticket::passed`]) and remembered on
//! the one that takes it in, so that it is taken in once, whenever that one is woken.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::merge::check_unmerged;
use super::rare::Blank;
use super::verb::{LIVE, at_most, fits};
use super::{Event, Public, Refusal, Ticket};
use crate::id::{AgentId, MessageId, TicketId};
use crate::language::Language;
use crate::limits;

/// What one ticket can be to another: "A blocks B", "A is the parent of B", "A is a duplicate of B", "A is the problem
/// behind B", "A relates to B".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LinkKind {
    /// The other one cannot be resolved before this one.
    Blocks,
    /// The other one is a part of this one. A ticket has one parent at most.
    Parent,
    /// The other one asked the same first: the original. A ticket has one original at most.
    Duplicate,
    /// The other one is an incident with this one as its cause. A ticket has one problem at most.
    Problem,
    /// They have to do with each other, and nothing follows.
    Relates,
}

impl LinkKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Blocks, Self::Parent, Self::Duplicate, Self::Problem, Self::Relates];

    /// The name, as it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blocks => "blocks",
            Self::Parent => "parent",
            Self::Duplicate => "duplicate",
            Self::Problem => "problem",
            Self::Relates => "relates",
        }
    }

    /// What the ticket that is named first is to the other.
    ///
    /// ```
    /// use destek::ticket::{Bond, LinkKind};
    /// assert_eq!(LinkKind::Parent.bond(), Bond::ParentOf);
    /// assert_eq!(LinkKind::Parent.bond().reverse(), Bond::ChildOf);
    /// ```
    #[must_use]
    pub const fn bond(self) -> Bond {
        match self {
            Self::Blocks => Bond::Blocks,
            Self::Parent => Bond::ParentOf,
            Self::Duplicate => Bond::DuplicateOf,
            Self::Problem => Bond::ProblemOf,
            Self::Relates => Bond::RelatesTo,
        }
    }
}

/// What a ticket is to another one: a link as one of its two sides sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Bond {
    /// It blocks the other one.
    Blocks,
    /// The other one blocks it.
    BlockedBy,
    /// It is the parent of the other one.
    ParentOf,
    /// It is a child of the other one.
    ChildOf,
    /// It asks what the other one asked first.
    DuplicateOf,
    /// The other one asks again what it asked first.
    OriginalOf,
    /// It is what the other one comes from.
    ProblemOf,
    /// It comes from the other one.
    IncidentOf,
    /// They have to do with each other.
    RelatesTo,
}

impl Bond {
    /// What the other one is to this one.
    #[must_use]
    pub const fn reverse(self) -> Self {
        match self {
            Self::Blocks => Self::BlockedBy,
            Self::BlockedBy => Self::Blocks,
            Self::ParentOf => Self::ChildOf,
            Self::ChildOf => Self::ParentOf,
            Self::DuplicateOf => Self::OriginalOf,
            Self::OriginalOf => Self::DuplicateOf,
            Self::ProblemOf => Self::IncidentOf,
            Self::IncidentOf => Self::ProblemOf,
            Self::RelatesTo => Self::RelatesTo,
        }
    }

    /// The kind of link that it is a side of.
    #[must_use]
    pub const fn kind(self) -> LinkKind {
        match self {
            Self::Blocks | Self::BlockedBy => LinkKind::Blocks,
            Self::ParentOf | Self::ChildOf => LinkKind::Parent,
            Self::DuplicateOf | Self::OriginalOf => LinkKind::Duplicate,
            Self::ProblemOf | Self::IncidentOf => LinkKind::Problem,
            Self::RelatesTo => LinkKind::Relates,
        }
    }

    /// The name, as it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blocks => "blocks",
            Self::BlockedBy => "blocked_by",
            Self::ParentOf => "parent_of",
            Self::ChildOf => "child_of",
            Self::DuplicateOf => "duplicate_of",
            Self::OriginalOf => "original_of",
            Self::ProblemOf => "problem_of",
            Self::IncidentOf => "incident_of",
            Self::RelatesTo => "relates_to",
        }
    }

    /// The word that people read.
    ///
    /// ```
    /// use destek::language::Language;
    /// use destek::ticket::Bond;
    /// assert_eq!(Bond::IncidentOf.name(Language::Turkish), "bir sorunun olayı");
    /// assert_eq!(Bond::IncidentOf.name(Language::English), "is an incident of");
    /// ```
    #[must_use]
    pub const fn name(self, language: Language) -> &'static str {
        let (turkish, english) = match self {
            Self::Blocks => ("onu engelliyor", "blocks"),
            Self::BlockedBy => ("onu bekliyor", "is blocked by"),
            Self::ParentOf => ("üst talep", "is the parent of"),
            Self::ChildOf => ("alt talep", "is a child of"),
            Self::DuplicateOf => ("yinelenen talep", "is a duplicate of"),
            Self::OriginalOf => ("ilk talep", "is the original of"),
            Self::ProblemOf => ("sorun", "is the problem behind"),
            Self::IncidentOf => ("bir sorunun olayı", "is an incident of"),
            Self::RelatesTo => ("ilgili", "relates to"),
        };
        language.pick(turkish, english)
    }

    /// Whether a ticket may be this to one other only.
    const fn is_single(self) -> bool {
        matches!(self, Self::ChildOf | Self::DuplicateOf | Self::IncidentOf)
    }

    /// Whether whoever is this takes in what happens on the other one.
    pub(crate) const fn heeds(self) -> bool {
        matches!(self, Self::ChildOf | Self::ParentOf | Self::DuplicateOf | Self::IncidentOf)
    }

    /// Whether answers reach whoever is this.
    pub(crate) const fn is_answered(self) -> bool {
        matches!(self, Self::DuplicateOf | Self::IncidentOf)
    }
}

/// The links of a ticket: for each bond the other tickets, and how much of what they passed on has been taken in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Links(BTreeMap<Bond, BTreeMap<TicketId, u32>>);

impl Blank for Links {
    const BLANK: &'static Self = &Self(BTreeMap::new());
}

impl Links {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    /// Every link: what the ticket is, and to which other one.
    pub fn iter(&self) -> impl Iterator<Item = (Bond, TicketId)> {
        self.0.iter().flat_map(|(bond, others)| others.keys().map(|other| (*bond, *other)))
    }

    /// The tickets to which it is this, by id.
    pub fn to(&self, bond: Bond) -> impl Iterator<Item = TicketId> {
        self.0.get(&bond).into_iter().flatten().map(|(other, _)| *other)
    }

    /// Whether it is this to that ticket.
    #[must_use]
    pub fn has(&self, bond: Bond, other: TicketId) -> bool {
        self.heard(bond, other).is_some()
    }

    /// How much of what another one passed on has been taken in.
    pub(crate) fn heard(&self, bond: Bond, other: TicketId) -> Option<u32> {
        self.0.get(&bond)?.get(&other).copied()
    }

    /// Whether it takes in what happens elsewhere.
    pub(crate) fn take_in(&self) -> bool {
        self.0.keys().any(|bond| bond.heeds())
    }

    /// Whether somebody takes in what happens here.
    fn are_heeded(&self) -> bool {
        self.0.keys().any(|bond| bond.reverse().heeds())
    }

    fn put(&mut self, bond: Bond, other: TicketId, heard: u32) {
        self.0.entry(bond).or_default().insert(other, heard);
    }

    fn take(&mut self, bond: Bond, other: TicketId) {
        if let Some(others) = self.0.get_mut(&bond) {
            others.remove(&other);
            if others.is_empty() {
                self.0.remove(&bond);
            }
        }
    }
}

/// What a linked ticket may have to know: that it is done here, or was said to those who are linked, too.
pub(crate) const fn is_passed_on(event: &Event) -> bool {
    matches!(
        event,
        Event::Resolved { .. }
            | Event::Confirmed { .. }
            | Event::Closed { .. }
            | Event::MarkedSpam { .. }
            | Event::Replied { to_linked: true, .. }
    )
}

/// The two sides of a new link, the one named first at first; none where it is there already.
pub(crate) fn link(ticket: &Ticket, kind: LinkKind, other: &Ticket) -> Result<Option<[Event; 2]>, Refusal> {
    check_unmerged(ticket)?;
    check_unmerged(other)?;
    let bond = kind.bond();
    if ticket.links.has(bond, other.id) {
        return Ok(None);
    }
    let side = |own: &Ticket, bond: Bond, other: &Ticket| {
        if bond.is_single() && own.links.to(bond).next().is_some() {
            return Err(Refusal::AlreadyLinked { ticket: own.id, bond });
        }
        at_most("links", own.links.len() + 1, limits::LINKS_MAX)?;
        Ok(Event::Linked { bond, other: other.id, heard: other.passed })
    };
    Ok(Some([side(ticket, bond, other)?, side(other, bond.reverse(), ticket)?]))
}

/// The two sides of a link that ends.
pub(crate) fn unlink(ticket: &Ticket, kind: LinkKind, other: &Ticket) -> Result<[Event; 2], Refusal> {
    let bond = kind.bond();
    if !ticket.links.has(bond, other.id) {
        return Err(Refusal::NotLinked { ticket: ticket.id, kind, other: other.id });
    }
    Ok([Event::Unlinked { bond, other: other.id }, Event::Unlinked { bond: bond.reverse(), other: ticket.id }])
}

/// An answer that was given on another ticket; none where this one may not be answered. No text is copied, so that
/// whoever erases it erases it everywhere.
pub(crate) fn pass_answer(
    ticket: &Ticket,
    from: TicketId,
    (message, body, agent): (MessageId, Public, Option<AgentId>),
) -> Option<Event> {
    // What answers by itself answers no machine (law 29).
    let answerable = fits(ticket, "reply", LIVE).is_ok() && !ticket.last_automatic && !ticket.unheard;
    answerable.then_some(Event::Replied { message, body, agent, to_linked: false, passes_on: Some(from) })
}

pub(super) fn apply_link(ticket: &mut Ticket, event: &Event) {
    match event {
        Event::Linked { bond, other, heard } => ticket.links.put(*bond, *other, *heard),
        Event::Unlinked { bond, other } => ticket.links.take(*bond, *other),
        Event::Heeded { bond, other, heard, .. } if ticket.links.has(*bond, *other) => {
            ticket.links.put(*bond, *other, *heard);
        }
        _ => {}
    }
}

/// Counts what linked tickets may have to know.
pub(super) fn count_passed(ticket: &mut Ticket, event: &Event) {
    if is_passed_on(event) && ticket.links.are_heeded() {
        ticket.passed = ticket.passed.saturating_add(1);
    }
}

impl Ticket {
    /// Its links to other tickets.
    #[must_use]
    pub fn links(&self) -> &Links {
        &self.links
    }
    /// How often something happened here that linked tickets take in.
    #[must_use]
    pub const fn passed(&self) -> u32 {
        self.passed
    }
}
