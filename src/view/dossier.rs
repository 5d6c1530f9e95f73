//! A ticket with all that a picture of it is made of.

use std::collections::BTreeMap;

use super::annul;
use super::change::{self, PartChange};
use crate::content::{Content, ContentRef};
use crate::desk::{Event, Recorded, lines};
use crate::id::TicketId;
use crate::record::Version;
use crate::ticket::split::{self, Place};
use crate::ticket::{self, Ticket};

/// A ticket with its log, the tickets that belong to its story with theirs, and the texts behind them.
///
/// Those are the tickets that were merged into it, and the one that it was split from. [`crate::run::load_ticket`]
/// finds them all; whoever reads from elsewhere asks [`Dossier::wants`] until nothing is wanted, and then [`Dossier::links`].
///
/// ```
/// use destek::actor::Actor;
/// use destek::channel::{Channel, ChannelKind};
/// use destek::id::{CustomerId, MessageId, Name, TeamId, TicketId};
/// use destek::ticket::{Merge, Open};
/// use destek::{policy, team::RecordAgent, testing::Scene, view};
///
/// let mut shop = Scene::new(policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
/// let lead = RecordAgent::new("ayşe".parse()?).role(Name::new("lead")?).team(TeamId::new("destek")?);
/// shop.run(Actor::Host, lead)?;
/// let (customer, [first, second]) = (CustomerId::new("c-17")?, [1, 2].map(TicketId::from_u128));
/// for (ticket, text) in [(first, "Kargom nerede?"), (second, "Hâlâ gelmedi!")] {
///     let open = Open::new(ticket, customer.clone(), Channel::of(ChannelKind::Chat));
///     shop.run(Actor::verified(customer.clone()), open.message(MessageId::from_u128(ticket.as_u128()), text))?;
/// }
/// shop.run(Actor::Agent("ayşe".parse()?), Merge::new(second, first))?;
///
/// let dossier = shop.dossier(first).ok_or("it was opened")?;
/// let seen = view::for_customer(&Actor::verified(customer), &dossier).ok_or("it is theirs")?;
/// let said = seen.timeline.iter().filter(|entry| matches!(entry.what, view::CustomerEvent::Said { .. }));
/// assert_eq!(said.count(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dossier {
    ticket: Ticket,
    log: Vec<Recorded>,
    others: BTreeMap<TicketId, (Ticket, Vec<Recorded>)>,
    linked: BTreeMap<TicketId, Ticket>,
    contents: Vec<Content>,
}

impl Dossier {
    /// A ticket with its whole log, oldest first. What belongs to another record is left out.
    #[must_use]
    pub fn new(ticket: Ticket, log: Vec<Recorded>) -> Self {
        let log = own(&ticket, log);
        Self { ticket, log, others: BTreeMap::new(), linked: BTreeMap::new(), contents: Vec::new() }
    }

    /// With another ticket of its story and that one's whole log; what does not belong to it is not shown.
    #[must_use]
    pub fn with(mut self, other: Ticket, log: Vec<Recorded>) -> Self {
        let log = own(&other, log);
        self.others.insert(other.id(), (other, log));
        self
    }

    /// With a ticket that it is linked to, of which only the state is wanted.
    #[must_use]
    pub fn with_linked(mut self, other: Ticket) -> Self {
        self.linked.insert(other.id(), other);
        self
    }

    /// With the texts behind its references, as far as they are still there.
    #[must_use]
    pub fn contents(mut self, contents: Vec<Content>) -> Self {
        self.contents = contents;
        self
    }

    /// The tickets of its story that are still missing: those merged into it, and for each the one it was split from.
    #[must_use]
    pub fn wants(&self) -> Vec<TicketId> {
        let others = self.others.values().map(|(other, _)| other).filter(|other| self.has_absorbed(other));
        let parents = std::iter::once(&self.ticket).chain(others).filter_map(Ticket::split_from);
        let wanted = self.ticket.absorbed().keys().copied().chain(parents.map(|split| split.ticket));
        let mut wanted: Vec<_> = wanted.filter(|id| *id != self.ticket.id() && !self.others.contains_key(id)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }

    /// The tickets that it is linked to; of those that are missing no more is shown than that there is a link.
    #[must_use]
    pub fn links(&self) -> Vec<TicketId> {
        let mut linked: Vec<_> = self.ticket.links().iter().map(|(_, other)| other).collect();
        linked.sort_unstable();
        linked.dedup();
        linked
    }

    pub(super) fn linked(&self, other: TicketId) -> Option<&Ticket> {
        self.linked.get(&other)
    }

    /// The references to the texts behind all of its logs.
    #[must_use]
    pub fn references(&self) -> Vec<ContentRef> {
        let logs = std::iter::once(&self.log).chain(self.others.values().map(|(_, log)| log));
        let content = |recorded: &Recorded| match &recorded.event {
            Event::Ticket(event) => event.content().copied(),
            _ => None,
        };
        logs.flatten().filter_map(content).collect()
    }

    /// The ticket.
    #[must_use]
    pub const fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// The version that the ticket's log has reached.
    #[must_use]
    pub fn version(&self) -> Version {
        self.log.last().map_or(Version::FIRST, |recorded| recorded.version)
    }

    pub(super) fn texts(&self) -> &[Content] {
        &self.contents
    }

    fn has_absorbed(&self, other: &Ticket) -> bool {
        self.ticket.absorbed().contains_key(&other.id())
    }

    fn log_of(&self, ticket: TicketId) -> &[Recorded] {
        if ticket == self.ticket.id() {
            return &self.log;
        }
        self.others.get(&ticket).map_or(&[], |(_, log)| log)
    }

    /// The ticket, and those that were merged into it.
    pub(super) fn tickets(&self) -> impl Iterator<Item = &Ticket> {
        let others = self.others.values().map(|(other, _)| other).filter(|other| self.has_absorbed(other));
        std::iter::once(&self.ticket).chain(others)
    }

    /// The logs of all tickets of its story.
    fn logs(&self) -> impl Iterator<Item = (TicketId, &[Recorded])> {
        let others = self.others.values().map(|(of, log)| (of.id(), log.as_slice()));
        std::iter::once((self.ticket.id(), self.log.as_slice())).chain(others)
    }

    /// What the events of its story changed, where they changed something.
    pub(super) fn changes(&self) -> BTreeMap<(TicketId, Place), Vec<PartChange>> {
        let of = |(id, log)| change::places(log).into_iter().map(move |(place, changes)| ((id, place), changes));
        self.logs().flat_map(of).collect()
    }

    /// The events of its story that were taken back, and where what did so stands in the same log.
    pub(super) fn annulled(&self) -> BTreeMap<(TicketId, Place), Place> {
        let of = |(id, log)| annul::places(log).into_iter().map(move |(place, by)| ((id, place), by));
        self.logs().flat_map(of).collect()
    }

    /// The story: every event, with the ticket to which it belongs now; what was split off belongs to the new ticket.
    /// In the order in which things occurred; what occurred at once in the order of its log.
    pub(super) fn story(&self) -> Vec<(&Ticket, &Recorded, &ticket::Event)> {
        let others = self.others.values().map(|(other, _)| other).filter(|other| self.has_absorbed(other));
        let mut story = Vec::new();
        for part in std::iter::once(&self.ticket).chain(others) {
            let parent = part.split_from().map(|split| self.log_of(split.ticket)).unwrap_or_default();
            let came = belonging(parent, |to| to == Some(part.id()));
            let own = belonging(self.log_of(part.id()), |to| to.is_none());
            story.extend(came.into_iter().chain(own).map(|(recorded, event)| (part, recorded, event)));
        }
        story.sort_by_key(|(_, recorded, _)| recorded.occurred);
        story
    }
}

fn own(ticket: &Ticket, mut log: Vec<Recorded>) -> Vec<Recorded> {
    log.retain(|recorded| recorded.record.ticket() == Some(ticket.id()));
    log
}

/// The events of a log that went where it is asked: none stands for those that stayed.
fn belonging(log: &[Recorded], wanted: impl Fn(Option<TicketId>) -> bool) -> Vec<(&Recorded, &ticket::Event)> {
    let gone = split::moved(lines(log));
    let went = |recorded: &Recorded| wanted(gone.get(&(recorded.version, recorded.index)).copied());
    let events = log.iter().filter(|recorded| went(recorded)).filter_map(|recorded| match &recorded.event {
        Event::Ticket(event) => Some((recorded, event)),
        _ => None,
    });
    events.collect()
}
