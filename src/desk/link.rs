//! Links between tickets: made on both at once, checked against circles, and what follows when a linked ticket changes.
//!
//! What follows is not done by the decision that causes it. That one only brings forward the wake-ups of the linked
//! tickets ([`Draft::pass_on`]); each of them, when it is woken, sees what it has not taken in yet and does what the
//! policy says ([`Draft::heed`]). So a change of one ticket is bounded however many are linked to it, conflicts with
//! nobody who works on them, and survives a crash between the two.
//!
//! It ends: an answer is passed on over one link only, and every other consequence ends a ticket that had not ended.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use petgraph::algo::astar;
use petgraph::graph::{DiGraph, NodeIndex};

use super::cascade::Texts;
use super::draft::Draft;
use super::event::{Antecedent, Event, EventKey, Origin, Recorded};
use super::facts::{Needs, Reach, Relation};
use super::gate::{forbidden, rights};
use super::missing::Missing;
use super::needs::reach;
use super::receive::Begun;
use super::rejection::Rejection;
use crate::actor::{Actor, Right, RightSet};
use crate::id::{MessageId, TicketId};
use crate::limits;
use crate::policy::{Children, Duplicates, LastChild};
use crate::record::{RecordKey, Version};
use crate::ticket::link::{self, is_passed_on};
use crate::ticket::verb::{Context, at_most};
use crate::ticket::{self, Bond, Category, Link, LinkKind, Proposal, Refusal, Ticket, Unlink, resolve};

/// The tickets that were walked, and what leads where.
#[derive(Default)]
struct Walk {
    graph: DiGraph<TicketId, ()>,
    nodes: BTreeMap<TicketId, NodeIndex>,
}

impl Walk {
    /// The ticket's node, and whether it is new.
    fn node(&mut self, ticket: TicketId) -> (NodeIndex, bool) {
        let known = self.nodes.get(&ticket).copied();
        let node = known.unwrap_or_else(|| self.graph.add_node(ticket));
        self.nodes.insert(ticket, node);
        (node, known.is_none())
    }

    /// The shortest way to a ticket, both ends included.
    fn way(&self, from: TicketId, goal: TicketId) -> Option<Vec<TicketId>> {
        let (from, goal) = (self.nodes.get(&from)?, self.nodes.get(&goal)?);
        let (_, way) = astar(&self.graph, *from, |node| node == *goal, |_| 1u32, |_| 0)?;
        Some(way.into_iter().filter_map(|node| self.graph.node_weight(node).copied()).collect())
    }
}

impl Draft<'_> {
    /// Links a ticket to another one.
    pub(super) fn link(&mut self, command: &Link) -> Result<Begun, Rejection> {
        let (key, other) = self.enter_both(command.ticket, command.to)?;
        let sides = link::link(self.existing(&key)?, command.kind, self.existing(&other)?)?;
        if sides.is_some() {
            self.check_deadlock(command)?;
            if let Some((reach, goal)) = reach(command) {
                self.check_circle(command.kind, &reach, goal)?;
            }
        }
        Ok(self.both_sides(key, &other, sides))
    }

    /// Refuses that a parent which waits for its children blocks one of them: neither could ever be resolved.
    fn check_deadlock(&self, command: &Link) -> Result<(), Rejection> {
        let other = match command.kind {
            LinkKind::Blocks => Bond::ParentOf,
            LinkKind::Parent => Bond::Blocks,
            _ => return Ok(()),
        };
        let ticket = self.existing(&RecordKey::Ticket(command.ticket))?;
        if self.policy.links().parent_waits && ticket.links().has(other, command.to) {
            let through = vec![command.ticket, command.to];
            return Err(Refusal::LinkCircle { kind: command.kind, through, hidden: 0 }.into());
        }
        Ok(())
    }

    /// Ends a link.
    pub(super) fn unlink(&mut self, command: &Unlink) -> Result<Begun, Rejection> {
        let (key, other) = self.enter_both(command.ticket, command.to)?;
        let sides = link::unlink(self.existing(&key)?, command.kind, self.existing(&other)?)?;
        Ok(self.both_sides(key, &other, Some(sides)))
    }

    fn enter_both(&mut self, ticket: TicketId, other: TicketId) -> Result<(RecordKey, RecordKey), Rejection> {
        let (key, there) = (RecordKey::Ticket(ticket), RecordKey::Ticket(other));
        self.enter(&key, Right::Link)?;
        if ticket == other {
            return Err(Refusal::OwnLink.into());
        }
        self.enter(&there, Right::Link)?;
        self.ticket = Some(ticket);
        Ok((key, there))
    }

    fn both_sides(&mut self, key: RecordKey, other: &RecordKey, sides: Option<[ticket::Event; 2]>) -> Begun {
        if let Some([own, theirs]) = sides {
            let (here, there) = (self.next_event(&key), self.next_event(other));
            let from = self.count(other);
            self.emit_from(&key, own, there);
            self.emit_from(other, theirs, here);
            self.after(other, from, &Texts::default());
        }
        let from = self.count(&key);
        Begun::On { key, from }
    }

    /// Refuses a link that would close a circle. The decision relies on every ticket that it walked: of two links
    /// that close a circle only together, one is refused, whoever writes first.
    fn check_circle(&mut self, kind: LinkKind, reach: &Reach, goal: TicketId) -> Result<(), Rejection> {
        let (Relation::Linked(bond), Some(start)) = (reach.along, reach.from.ticket()) else { return Ok(()) };
        let mut walk = Walk::default();
        walk.node(start);
        let mut left = VecDeque::from([start]);
        while let Some(ticket) = left.pop_front() {
            let key = RecordKey::Ticket(ticket);
            if !self.facts.knows(&key) {
                return Err(Rejection::NotGathered(Missing::Reach(reach.from.clone())));
            }
            self.rely(&key);
            let next: Vec<TicketId> = self.ticket(&key).map(|own| own.links().to(bond).collect()).unwrap_or_default();
            let (here, _) = walk.node(ticket);
            for other in next {
                let (there, new) = walk.node(other);
                walk.graph.add_edge(here, there, ());
                if new {
                    left.push_back(other);
                }
            }
            at_most("links_walked", walk.nodes.len(), limits::LINK_REACH_MAX)?;
        }
        let Some(way) = walk.way(start, goal) else { return Ok(()) };
        let (through, hidden) = self.shown(way)?;
        Err(Refusal::LinkCircle { kind, through, hidden }.into())
    }

    /// The tickets among these that the actor may see, and how many there are beside.
    fn shown(&self, tickets: Vec<TicketId>) -> Result<(Vec<TicketId>, usize), Rejection> {
        let agent = self.acting_agent()?;
        let sees = |id: &TicketId| {
            let ticket = self.ticket(&RecordKey::Ticket(*id));
            ticket.is_some_and(|ticket| rights(&self.request.actor, agent, ticket, self.policy).has(Right::View))
        };
        let all = tickets.len();
        let seen: Vec<TicketId> = tickets.into_iter().filter(sees).collect();
        let hidden = all - seen.len();
        Ok((seen, hidden))
    }

    /// The tickets that have to be done before this one: what blocks it, and its children where a parent waits.
    pub(super) fn awaited(&self, ticket: &Ticket) -> [Vec<TicketId>; 2] {
        let blockers = ticket.links().to(Bond::BlockedBy).collect();
        let waits = self.policy.links().parent_waits;
        let children = ticket.links().to(Bond::ParentOf).filter(|_| waits).collect();
        [blockers, children]
    }

    /// Those among them on which work is left.
    pub(super) fn open_among(&self, tickets: Vec<TicketId>) -> Vec<TicketId> {
        let open =
            |id: &TicketId| self.ticket(&RecordKey::Ticket(*id)).is_some_and(|ticket| ticket.category().is_active());
        tickets.into_iter().filter(open).collect()
    }

    /// Refuses that an agent ends a ticket which waits for others, and that whoever may not link reaches others by it.
    ///
    /// A customer who says that nothing is left is always heard: it is his request.
    pub(super) fn check_linked(
        &mut self,
        key: &RecordKey,
        command: &ticket::Command,
        rights: RightSet,
    ) -> Result<Option<Needs>, Rejection> {
        let to_linked = match command {
            ticket::Command::Reply(reply) => reply.to_linked,
            ticket::Command::Resolve(resolve) => resolve.to_linked,
            ticket::Command::Confirm(_) | ticket::Command::Close(_) => false,
            ticket::Command::AskApproval(ask) if ask.proposal == Proposal::Close => false,
            ticket::Command::Approve(approve)
                if self.ticket_before(key).is_some_and(|it| it.closes_by(approve.approval)) =>
            {
                false
            }
            _ => return Ok(None),
        };
        if to_linked && !rights.has(Right::Link) {
            return Err(forbidden(&self.request.actor, Right::Link.as_str()));
        }
        if matches!(command, ticket::Command::Reply(_)) || self.request.actor.agent().is_none() {
            return Ok(None);
        }
        let [blockers, children] = self.awaited(self.existing(key)?);
        let others = blockers.iter().chain(&children).copied();
        if let Some(more) = self.more_tickets(others.clone()) {
            return Ok(Some(more));
        }
        others.for_each(|other| self.rely(&RecordKey::Ticket(other)));
        let open = self.open_among(blockers);
        if !open.is_empty() {
            let (by, hidden) = self.shown(open)?;
            return Err(Refusal::Blocked { by, hidden }.into());
        }
        let open = self.open_among(children);
        if !open.is_empty() {
            let (children, hidden) = self.shown(open)?;
            return Err(Refusal::OpenChildren { children, hidden }.into());
        }
        Ok(None)
    }

    /// What must still be gathered of some tickets.
    pub(super) fn more_tickets(&self, tickets: impl Iterator<Item = TicketId>) -> Option<Needs> {
        let mut needs = self.more();
        tickets.map(RecordKey::Ticket).filter(|key| !self.facts.knows(key)).for_each(|key| needs.record(key));
        (!needs.records.is_empty()).then_some(needs)
    }

    /// Wakes the tickets that take in what happened on those that changed.
    pub(super) fn pass_on(&mut self, changed: &[RecordKey]) {
        for key in changed {
            let before = self.ticket_before(key).map_or(0, Ticket::passed);
            let Some(ticket) = self.ticket(key).filter(|ticket| ticket.passed() > before) else { continue };
            let heeding = ticket.links().iter().filter(|(bond, _)| bond.reverse().heeds());
            let heeding: Vec<TicketId> = heeding.map(|(_, other)| other).collect();
            heeding.into_iter().for_each(|other| self.forward(RecordKey::Ticket(other), self.now));
        }
    }

    /// The tickets that one is linked to.
    pub(super) fn linked_to(&self, key: &RecordKey) -> BTreeSet<RecordKey> {
        let links = self.ticket(key).map(Ticket::links);
        links.into_iter().flat_map(|links| links.iter()).map(|(_, other)| RecordKey::Ticket(other)).collect()
    }

    /// The links of a ticket that was merged hold again: what was not taken in meanwhile, on either side, is now.
    pub(super) fn resume_links(&mut self, key: &RecordKey) {
        let Some(ticket) = self.ticket(key) else { return };
        let mut late = Vec::new();
        for (bond, other) in ticket.links().iter() {
            let there = RecordKey::Ticket(other);
            if bond.heeds() && self.news(key, bond, other).is_some() {
                late.push(key.clone());
            }
            if bond.reverse().heeds() && self.news(&there, bond.reverse(), ticket.id()).is_some() {
                late.push(there);
            }
        }
        late.into_iter().for_each(|key| self.forward(key, self.now));
    }

    /// Takes in what has happened on linked tickets since it was last woken, and does what the policy says.
    pub(super) fn heed(&mut self, key: &RecordKey) -> Result<Option<Needs>, Rejection> {
        let Some(ticket) = self.ticket(key).filter(|ticket| ticket.merged().is_none()) else { return Ok(None) };
        let heeded: Vec<(Bond, TicketId)> = ticket.links().iter().filter(|(bond, _)| bond.heeds()).collect();
        if heeded.is_empty() {
            return Ok(None);
        }
        let awaited = self.awaited(ticket).concat();
        let others = heeded.iter().map(|(_, other)| *other).chain(awaited.iter().copied());
        if let Some(more) = self.more_tickets(others) {
            return Ok(Some(more));
        }
        let news: Vec<(Bond, TicketId, u32)> =
            heeded.into_iter().filter_map(|(bond, other)| self.news(key, bond, other)).collect();
        let mut needs = self.more();
        for (bond, other, _) in &news {
            let other = RecordKey::Ticket(*other);
            if *bond != Bond::ParentOf && !self.facts.history.contains_key(&other) {
                needs.history.insert(other);
            }
        }
        if !needs.history.is_empty() {
            return Ok(Some(needs));
        }
        // What has to be done first is asked once: nothing that follows here changes another ticket.
        let waits_for = self.open_among(awaited.clone()).first().copied();
        if !news.is_empty() {
            awaited.into_iter().for_each(|other| self.rely(&RecordKey::Ticket(other)));
        }
        let (children, others): (Vec<_>, Vec<_>) = news.into_iter().partition(|(bond, ..)| *bond == Bond::ParentOf);
        let mut told = BTreeSet::new();
        for (bond, other, heard) in others {
            self.heed_one(key, (bond, other, heard), waits_for, &mut told)?;
        }
        self.heed_children(key, &children, waits_for);
        Ok(None)
    }

    /// How much another ticket has passed on, if that is more than this one has taken in.
    fn news(&self, key: &RecordKey, bond: Bond, other: TicketId) -> Option<(Bond, TicketId, u32)> {
        let heard = self.ticket(key)?.links().heard(bond, other)?;
        // A merged ticket's links rest until it is taken out again.
        let passed = self.ticket(&RecordKey::Ticket(other)).filter(|other| other.merged().is_none())?.passed();
        (passed > heard).then_some((bond, other, passed))
    }

    /// The log of a linked ticket; nothing of one that is too long to be read back, so that it holds up nobody's own
    /// promises.
    fn passed_on(&self, there: &RecordKey) -> Result<&[Recorded], Rejection> {
        let log = self.facts.history.get(there).ok_or_else(|| Rejection::NotGathered(Missing::Log(there.clone())))?;
        Ok(if log.len() > limits::HISTORY_EVENTS_MAX { &[] } else { log })
    }

    /// Takes in what happened on the parent, the original or the problem. `told` are the answers that were passed on
    /// just now: a ticket may be linked to another one in two ways.
    fn heed_one(
        &mut self,
        key: &RecordKey,
        (bond, other, passed): (Bond, TicketId, u32),
        waits_for: Option<TicketId>,
        told: &mut BTreeSet<MessageId>,
    ) -> Result<(), Rejection> {
        let there = RecordKey::Ticket(other);
        self.rely(&there);
        let heard = self.ticket(key).and_then(|ticket| ticket.links().heard(bond, other)).unwrap_or(passed);
        let fresh = usize::try_from(passed.saturating_sub(heard)).unwrap_or(usize::MAX);
        let log = self.passed_on(&there)?;
        let passed_on = |recorded: &&Recorded| matches!(&recorded.event, Event::Ticket(event) if is_passed_on(event));
        let mut fresh: Vec<&Recorded> = log.iter().rev().filter(passed_on).take(fresh).collect();
        fresh.reverse();
        let last = fresh.last().map(|recorded| recorded.key());
        // What is written about the past is told to nobody.
        fresh.retain(|recorded| !matches!(recorded.cause.by, Origin::Actor(Actor::Import(_))));
        let ends = self.ends_with(key, bond, other, &fresh);
        let heard_there = key.ticket().map(|own| heard_there(log, own)).unwrap_or_default();
        let answers: Vec<_> = fresh
            .iter()
            .filter(|recorded| bond.is_answered() && !heard_there.contains(&(recorded.version, recorded.index)))
            .filter_map(|recorded| match &recorded.event {
                Event::Ticket(ticket::Event::Replied { message, body, agent, to_linked: true, .. }) => {
                    Some((*message, *body, agent.clone()))
                }
                _ => None,
            })
            .collect();
        let why = self.emit_heeded(key, (bond, other, passed), waits_for.filter(|_| ends), last);
        for answer in answers.into_iter().filter(|(message, ..)| told.insert(*message)) {
            let event = self.ticket(key).and_then(|ticket| link::pass_answer(ticket, other, answer));
            self.emit_linked(key, bond, event, why);
        }
        if ends && waits_for.is_none() {
            self.end_with(key, bond, why);
        }
        Ok(())
    }

    /// Whether a ticket ends because of what happened on another one.
    fn ends_with(&self, key: &RecordKey, bond: Bond, other: TicketId, fresh: &[&Recorded]) -> bool {
        let Some(there) = self.ticket(&RecordKey::Ticket(other)).filter(|there| there.merged().is_none()) else {
            return false;
        };
        let happened = |wanted: fn(&ticket::Event) -> bool| {
            fresh.iter().any(|recorded| matches!(&recorded.event, Event::Ticket(event) if wanted(event)))
        };
        let (links, category) = (self.policy.links(), there.category());
        let done = matches!(category, Category::Resolved | Category::Closed);
        let asked = self.ticket(key).is_some_and(|own| match bond {
            Bond::ChildOf => !own.category().is_ended(),
            _ => own.category().is_active(),
        });
        asked
            && match bond {
                Bond::DuplicateOf => {
                    let ended = |event: &ticket::Event| !matches!(event, ticket::Event::Replied { .. });
                    done && links.duplicates == Duplicates::Resolve && happened(ended)
                }
                Bond::IncidentOf => {
                    done && happened(|event| matches!(event, ticket::Event::Resolved { to_linked: true, .. }))
                }
                Bond::ChildOf => {
                    let closed = |event: &ticket::Event| {
                        matches!(event, ticket::Event::Closed { .. } | ticket::Event::Confirmed { .. })
                    };
                    category == Category::Closed && links.children == Children::Close && happened(closed)
                }
                _ => false,
            }
    }

    /// Takes in that children are done. The parent is resolved with the last of them only where the policy says so.
    fn heed_children(&mut self, key: &RecordKey, news: &[(Bond, TicketId, u32)], waits_for: Option<TicketId>) {
        let Some(ticket) = self.ticket(key).filter(|_| !news.is_empty()) else { return };
        let children: Vec<TicketId> = ticket.links().to(Bond::ParentOf).collect();
        let all_done = self.open_among(children.clone()).is_empty();
        let wanted = self.policy.links().last_child == LastChild::ResolveParent;
        let ends = wanted && all_done && ticket.category().is_active();
        children.into_iter().for_each(|child| self.rely(&RecordKey::Ticket(child)));
        let mut why = 0;
        for (bond, other, passed) in news {
            why = self.emit_heeded(key, (*bond, *other, *passed), waits_for.filter(|_| ends), None);
        }
        if ends && waits_for.is_none() {
            self.end_with(key, Bond::ParentOf, why);
        }
    }

    fn emit_heeded(
        &mut self,
        key: &RecordKey,
        (bond, other, heard): (Bond, TicketId, u32),
        waits_for: Option<TicketId>,
        from: Option<EventKey>,
    ) -> u32 {
        let (by, now) = (Origin::Link(bond.kind()), self.now_on(key));
        let event = ticket::Event::Heeded { bond, other, heard, waits_for };
        self.emit_ticket(key, event, by, from.map(Antecedent::There), now)
    }

    fn emit_linked(&mut self, key: &RecordKey, bond: Bond, event: Option<ticket::Event>, why: u32) {
        if let Some(event) = event {
            let (by, now) = (Origin::Link(bond.kind()), self.now_on(key));
            self.emit_ticket(key, event, by, Some(Antecedent::Here(why)), now);
        }
    }

    /// Ends a ticket because of what happened on another one.
    fn end_with(&mut self, key: &RecordKey, bond: Bond, why: u32) {
        let end = |ticket: &Ticket, cx: &Context<'_>| match bond {
            Bond::ChildOf => resolve::close_with_parent(ticket, cx),
            _ => resolve::resolve_with(ticket, self.silent_until(self.occurred), cx),
        };
        let event = self.ticket(key).and_then(|ticket| self.unasked(key, self.now_on(key), |cx| end(ticket, cx)));
        self.emit_linked(key, bond, event, why);
    }
}

/// What was answered on a ticket while another one went on in it: that one's customer has heard it there.
fn heard_there(log: &[Recorded], own: TicketId) -> BTreeSet<(Version, u32)> {
    let (mut heard, mut inside) = (BTreeSet::new(), false);
    for recorded in log {
        match &recorded.event {
            Event::Ticket(ticket::Event::Absorbed { with, .. }) if with.contains_key(&own) => inside = true,
            Event::Ticket(ticket::Event::Released { source, with }) if *source == own || with.contains(&own) => {
                inside = false;
            }
            Event::Ticket(ticket::Event::Replied { .. }) if inside => {
                heard.insert((recorded.version, recorded.index));
            }
            _ => {}
        }
    }
    heard
}
