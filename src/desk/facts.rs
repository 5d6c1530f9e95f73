//! What a decision wants to see (`Needs`) and what the store found (`Facts`).

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::event::{Recorded, State};
use super::request::Answered;
use crate::content::Content;
use crate::id::{AgentId, ContentId, QueueId, RequestId, TeamId, TicketId};
use crate::limits;
use crate::policy::Digest;
use crate::record::{RecordKey, Version};
use crate::small::{SmallMap, SmallSet};
use crate::team::Agent;
use crate::ticket::Bond;
use crate::time::Timestamp;

/// A relation that a store can follow from one record to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Relation {
    /// From a ticket to its customer.
    Customer,
    /// From a ticket to its order.
    Order,
    /// From a ticket to the agent who has it.
    Assignee,
    /// From a customer to the tickets that have not ended.
    OpenTickets,
    /// From a merged ticket to the one that it was merged into.
    Merged,
    /// From a ticket to those to which it is this, by id.
    Linked(Bond),
    /// From a saved view to the agent who keeps it.
    Owner,
}

impl Relation {
    /// The records that this relation leads to from a state; none where it does not apply.
    ///
    /// A store that keeps these as columns may join instead.
    #[must_use]
    pub fn follow(self, state: &State) -> Vec<RecordKey> {
        match (self, state) {
            (Self::Linked(bond), State::Ticket(ticket)) => ticket.links.to(bond).map(RecordKey::Ticket).collect(),
            (Self::OpenTickets, State::Customer(customer)) => {
                customer.open.iter().map(|open| RecordKey::Ticket(open.ticket)).collect()
            }
            _ => self.only(state).into_iter().collect(),
        }
    }

    /// Whether it leads to one record at most.
    pub(crate) const fn leads_to_one(self) -> bool {
        !matches!(self, Self::Linked(_) | Self::OpenTickets)
    }

    /// Where a relation leads that leads to one record at most; every command follows three of them.
    pub(crate) fn only(self, state: &State) -> Option<RecordKey> {
        match (self, state) {
            (Self::Customer, State::Ticket(ticket)) => Some(RecordKey::Customer(ticket.customer.clone())),
            (Self::Order, State::Ticket(ticket)) => ticket.order.clone().map(RecordKey::Order),
            (Self::Assignee, State::Ticket(ticket)) => ticket.assignee.clone().map(RecordKey::Agent),
            (Self::Merged, State::Ticket(ticket)) => {
                ticket.merged.as_ref().map(|merged| RecordKey::Ticket(merged.into))
            }
            (Self::Owner, State::View(view)) => Some(RecordKey::Agent(view.owner.clone())),
            _ => None,
        }
    }
}

/// Records reached from one record along relations; every record on the way is wanted too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Path {
    /// Where it begins.
    pub from: RecordKey,
    /// The relations to follow, in order.
    pub along: Cow<'static, [Relation]>,
}

impl Path {
    /// A path.
    #[must_use]
    pub fn new(from: RecordKey, along: impl Into<Cow<'static, [Relation]>>) -> Self {
        Self { from, along: along.into() }
    }
}

/// Records reached from one record along a relation that is followed again and again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Reach {
    /// Where it begins.
    pub from: RecordKey,
    /// The relation to follow.
    pub along: Relation,
}

impl Reach {
    /// Everything that is reached from a record along a relation.
    #[must_use]
    pub const fn new(from: RecordKey, along: Relation) -> Self {
        Self { from, along }
    }
}

/// What a drain wants to see of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueNeed {
    /// The queue.
    pub queue: QueueId,
    /// How many waiting tickets at most, by rank and then id; each with its customer and order.
    pub heads: usize,
    /// The teams whose agents are wanted, with their loads.
    pub teams: BTreeSet<TeamId>,
}

/// What a decision wants to see. It only ever grows, and is settled in at most
/// [`crate::limits::NEEDS_ROUNDS_MAX`] rounds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Needs {
    /// Single records.
    pub records: SmallSet<RecordKey>,
    /// Records reached along relations.
    pub paths: SmallSet<Path>,
    /// Records reached along a relation again and again, however far: a store gives at most
    /// [`crate::limits::LINK_REACH_MAX`] of them and one more, the nearest first.
    pub reach: SmallSet<Reach>,
    /// Records whose whole log is wanted: a store gives at most [`crate::limits::HISTORY_EVENTS_MAX`] events and one
    /// more, by which it can be seen that there are too many.
    pub history: SmallSet<RecordKey>,
    /// Documents, by their digest.
    pub documents: SmallSet<Digest>,
    /// Personal texts, by their id.
    pub contents: SmallSet<ContentId>,
    /// A queue to drain.
    pub queue: Option<QueueNeed>,
    /// Whether a number for a new ticket is to be reserved from the tenant's sequence; gaps are allowed.
    pub number: bool,
    /// The request, so that the store can say whether it has been answered before.
    pub request: Option<RequestId>,
}

impl Needs {
    /// Adds a record.
    pub fn record(&mut self, key: RecordKey) {
        self.records.insert(key);
    }
    /// Adds a path.
    pub fn path(&mut self, from: RecordKey, along: impl Into<Cow<'static, [Relation]>>) {
        self.paths.insert(Path::new(from, along));
    }
}

/// A record as a store holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loaded {
    /// How many changes it has seen.
    pub version: Version,
    /// Its state, of the present [`super::FOLD`].
    pub state: Arc<State>,
    /// Whether its log holds what this version of the library does not know; then it must not be commanded.
    pub sealed: bool,
    /// The stamp of its wake-up: raised each time the wake-up is set or brought forward.
    pub stamp: u64,
    /// When its last event was recorded; the next is not recorded earlier.
    pub recorded: Timestamp,
}

impl Loaded {
    /// A record at a version, with its state, the stamp of its wake-up and the instant of its last event.
    #[must_use]
    pub const fn new(version: Version, state: Arc<State>, sealed: bool, stamp: u64, recorded: Timestamp) -> Self {
        Self { version, state, sealed, stamp, recorded }
    }
}

/// An agent of a team, as a drain sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member {
    /// The version of the agent's record.
    pub version: Version,
    /// The agent's state: always [`State::Agent`].
    pub state: Arc<State>,
    /// How many tickets count against the agent's capacity now.
    pub load: u32,
}

impl Member {
    /// An agent at a version, with the present load.
    #[must_use]
    pub const fn new(version: Version, state: Arc<State>, load: u32) -> Self {
        Self { version, state, load }
    }
    /// The agent.
    #[must_use]
    pub fn agent(&self) -> Option<&Agent> {
        self.state.agent()
    }
}

/// What the store found of a queue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct QueueFacts {
    /// The first waiting tickets, by rank and then id. Their records are among the facts.
    pub heads: Vec<TicketId>,
    /// Whether more wait behind them.
    pub more: bool,
    /// The agents of the wanted teams, by id, each once.
    pub roster: Arc<[Member]>,
    /// The stamp of the queue's wake-up, which may be set before the queue has a record; 0 for none.
    pub stamp: u64,
}

/// What the store found. Everything is shared, nothing is copied.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Facts {
    /// Records; `None` where there is none.
    pub records: SmallMap<RecordKey, Option<Loaded>>,
    /// Logs, in their order.
    pub history: SmallMap<RecordKey, Arc<[Recorded]>>,
    /// Documents, as they were written; `None` where there is none.
    pub documents: SmallMap<Digest, Option<Arc<str>>>,
    /// Personal texts; `None` where there is none, or it was erased.
    pub contents: SmallMap<ContentId, Option<Content>>,
    /// The queue to drain.
    pub queue: Option<QueueFacts>,
    /// The reserved number.
    pub number: Option<u64>,
    /// What the same request was answered with before.
    pub answered: Option<Answered>,
}

impl Facts {
    /// Whether this record was looked for.
    #[must_use]
    pub fn knows(&self, key: &RecordKey) -> bool {
        self.records.contains_key(key)
    }
    /// The record, when there is one.
    #[must_use]
    pub fn record(&self, key: &RecordKey) -> Option<&Loaded> {
        self.records.get(key).and_then(Option::as_ref)
    }
    /// The state of an agent, when there is one.
    #[must_use]
    pub fn agent(&self, id: &AgentId) -> Option<&Agent> {
        self.record(&RecordKey::Agent(id.clone())).and_then(|loaded| loaded.state.agent())
    }
    /// Whether everything was looked for, beside a queue, a number and a request.
    pub(crate) fn cover(&self, needs: &Needs) -> bool {
        needs.records.iter().all(|key| self.knows(key))
            && needs.paths.iter().all(|path| self.cover_path(&path.from, &path.along))
            && needs.reach.iter().all(|reach| self.cover_reach(reach))
            && needs.history.iter().all(|key| self.history.contains_key(key))
            && needs.documents.iter().all(|digest| self.documents.contains_key(digest))
            && needs.contents.iter().all(|id| self.contents.contains_key(id))
    }

    /// Whether all that is reached was looked for, or as much of it as a store gives.
    pub(crate) fn cover_reach(&self, reach: &Reach) -> bool {
        let (mut seen, mut left, mut found, mut whole) = (BTreeSet::new(), vec![reach.from.clone()], 0, true);
        while let Some(key) = left.pop() {
            let Some(loaded) = self.records.get(&key) else {
                whole = false;
                continue;
            };
            found += 1;
            let next = loaded.iter().flat_map(|loaded| reach.along.follow(&loaded.state));
            left.extend(next.filter(|next| seen.insert(next.clone())));
        }
        whole || found > limits::LINK_REACH_MAX
    }

    pub(crate) fn cover_path(&self, from: &RecordKey, along: &[Relation]) -> bool {
        let Some(loaded) = self.records.get(from) else { return false };
        let (Some((relation, rest)), Some(loaded)) = (along.split_first(), loaded) else { return true };
        relation.follow(&loaded.state).iter().all(|next| self.cover_path(next, rest))
    }

    /// Adds what a later round found.
    pub fn extend(&mut self, later: Self) {
        if self.records.is_empty() {
            self.records = later.records;
        } else {
            self.records.extend(later.records);
        }
        self.history.extend(later.history);
        self.documents.extend(later.documents);
        self.contents.extend(later.contents);
        self.queue = later.queue.or_else(|| self.queue.take());
        self.number = self.number.or(later.number);
        self.answered = self.answered.take().or(later.answered);
    }
}

#[cfg(test)]
mod tests {
    use super::{Facts, Needs, Reach, Relation};
    use crate::actor::Actor;
    use crate::channel::{Channel, ChannelKind};
    use crate::id::{CustomerId, Name, TicketId};
    use crate::policy;
    use crate::record::RecordKey;
    use crate::store::blocking::{Sessions, Store};
    use crate::team::RecordAgent;
    use crate::testing::Scene;
    use crate::ticket::{Bond, Link, LinkKind, Open};

    #[test]
    fn what_is_reached_is_covered_when_all_of_it_was_looked_for() {
        let now = "2026-11-27T10:00:00Z".parse().unwrap();
        let mut shop = Scene::new(policy::sample().compile().unwrap(), now);
        let lead = RecordAgent::new("lale".parse().unwrap()).role(Name::fixed("lead"));
        shop.run(Actor::Host, lead).unwrap();
        for id in 1..=3 {
            let open =
                Open::new(TicketId::from_u128(id), CustomerId::new("c-17").unwrap(), Channel::of(ChannelKind::Chat));
            shop.run(Actor::Host, open).unwrap();
        }
        for id in 1..=2 {
            let link = Link::new(TicketId::from_u128(id), LinkKind::Blocks, TicketId::from_u128(id + 1));
            shop.run(Actor::Agent("lale".parse().unwrap()), link).unwrap();
        }
        let key = |id| RecordKey::Ticket(TicketId::from_u128(id));
        let mut wanted = Needs::default();
        wanted.reach.insert(Reach::new(key(1), Relation::Linked(Bond::Blocks)));
        let mut session = Sessions::begin(shop.store(), shop.tenant()).unwrap();
        let mut facts = Facts::default();
        for id in 1..=2 {
            assert!(!facts.cover(&wanted), "{id}");
            let mut one = Needs::default();
            one.record(key(id));
            facts.extend(session.gather(&one).unwrap());
        }
        assert!(!facts.cover(&wanted), "the third is not known yet");
        facts.extend(session.gather(&wanted).unwrap());
        assert!(facts.cover(&wanted));
        // What is known to be absent leads nowhere.
        let mut nothing = Needs::default();
        nothing.reach.insert(Reach::new(key(9), Relation::Linked(Bond::Blocks)));
        facts.records.insert(key(9), None);
        assert!(facts.cover(&nothing));
    }
}
