//! What a list is narrowed by.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::row::{Columns, TicketRow};
use crate::channel::ChannelKind;
use crate::id::{AgentId, CustomerId, Name, OrderId, QueueId};
use crate::language::Language;
use crate::limits;
use crate::priority::Level;
use crate::ticket::Category;
use crate::time::{Budget, Timestamp};

/// What a list is narrowed by: conditions on columns, and their combinations. Small enough to become SQL.
///
/// A merged ticket is listed only where the filter somewhere says [`Self::Merged`], and one in a status of the
/// category spam only where it says [`Self::Category`] with spam or [`Self::Status`]. To a customer spam is closed, as
/// everywhere.
///
/// Names are compared as they are: one that the policy no longer has finds nothing, so that a saved view outlives a
/// change of policy.
///
/// As JSON, what no lead of the returns desk wants to find in the morning:
///
/// ```
/// use destek::inbox::Filter;
/// let filter: Filter = serde_json::from_str(r#"{"all": [
///     {"category": ["new", "open"]},
///     {"queue": ["iade"]},
///     {"assigned": false},
///     {"any": [{"due": {"before": {"ahead": "1h"}}}, {"priority_at_least": "high"}]},
///     {"not": {"tags_any": ["bilinen_sorun"]}}
/// ]}"#)?;
/// assert_eq!(serde_json::from_str::<Filter>(&serde_json::to_string(&filter)?)?, filter);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Filter {
    /// Every one of these holds; holds when there is none.
    All(Vec<Self>),
    /// One of these holds; holds never when there is none.
    Any(Vec<Self>),
    /// This does not hold.
    Not(Box<Self>),
    /// The status is of one of these categories.
    Category(BTreeSet<Category>),
    /// The status has one of these names.
    Status(BTreeSet<Name>),
    /// It belongs to one of these queues.
    Queue(BTreeSet<QueueId>),
    /// Whether it belongs to a queue.
    InQueue(bool),
    /// One of these agents has it.
    Assignee(BTreeSet<AgentId>),
    /// The reader has it; only for agents.
    Mine,
    /// Whether somebody has it.
    Assigned(bool),
    /// It is the request of one of these customers.
    Customer(BTreeSet<CustomerId>),
    /// It is the request of one of these customers, or they take part in it.
    TakesPart(BTreeSet<CustomerId>),
    /// Its priority is of this level or a higher one.
    PriorityAtLeast(Level),
    /// It has all of these tags.
    TagsAll(BTreeSet<Name>),
    /// It has one of these tags.
    TagsAny(BTreeSet<Name>),
    /// It is of a kind of one of these names.
    Kind(BTreeSet<Name>),
    /// It is of a sale stage of one of these names.
    Stage(BTreeSet<Name>),
    /// It came over a channel of one of these kinds.
    Channel(BTreeSet<ChannelKind>),
    /// It is about one of these orders.
    Order(BTreeSet<OrderId>),
    /// It is answered in one of these languages.
    Language(BTreeSet<Language>),
    /// It was opened within this.
    Opened(Period),
    /// Something last happened within this.
    Updated(Period),
    /// The earliest due of its running clocks lies within this; without one it does not.
    Due(Period),
    /// The customer waits since some instant within this; where nobody waits it does not.
    WaitingSince(Period),
    /// Whether it was merged into another one.
    Merged(bool),
}

/// A stretch of time, open where an end is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Period {
    /// The first instant of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Moment>,
    /// The first instant behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Moment>,
}

impl Period {
    /// From an instant on.
    #[must_use]
    pub const fn from(from: Moment) -> Self {
        Self { from: Some(from), before: None }
    }
    /// Up to an instant, which no longer belongs to it.
    #[must_use]
    pub const fn before(before: Moment) -> Self {
        Self { from: None, before: Some(before) }
    }
    /// The same, up to an instant, which no longer belongs to it.
    #[must_use]
    pub const fn until(self, before: Moment) -> Self {
        Self { before: Some(before), ..self }
    }

    fn at(self, now: Timestamp) -> Self {
        let at = |moment: Moment| Moment::At(moment.at(now));
        Self { from: self.from.map(at), before: self.before.map(at) }
    }

    /// Its ends in milliseconds; what is still relative is open.
    pub(crate) fn ends(self) -> (Option<i64>, Option<i64>) {
        let end = |moment: Moment| if let Moment::At(at) = moment { Some(at.as_millis()) } else { None };
        (self.from.and_then(end), self.before.and_then(end))
    }

    fn has(self, at: Option<Timestamp>) -> bool {
        let Some(at) = at.map(Timestamp::as_millis) else { return false };
        let (from, before) = self.ends();
        from.is_none_or(|from| from <= at) && before.is_none_or(|before| at < before)
    }
}

/// An instant, or a distance from the time at which the list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Moment {
    /// An instant.
    At(Timestamp),
    /// So long before the list is read.
    Ago(Budget),
    /// So long after it.
    Ahead(Budget),
}

impl Moment {
    fn at(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(length) => now - length.span(),
            Self::Ahead(length) => now + length.span(),
        }
    }
}

/// Why a filter cannot be used: the field, and what is wrong with it.
pub(crate) type Flaw = (&'static str, String);

/// What is in a filter.
#[derive(Default)]
struct Census {
    nodes: usize,
    values: usize,
    merged: bool,
    spam: bool,
}

impl Filter {
    /// The filter that leaves nothing out.
    #[must_use]
    pub const fn everything() -> Self {
        Self::All(Vec::new())
    }

    /// The filter that leaves everything out.
    #[must_use]
    pub const fn nothing() -> Self {
        Self::Any(Vec::new())
    }

    /// Whether a ticket with these columns passes, with nothing hidden and nobody's reach joined to it.
    ///
    /// [`Self::Mine`] and relative moments pass nothing before [`Desk::scope`](crate::Desk::scope) has filled them in.
    ///
    /// ```
    /// # use destek::{actor::Actor, channel::{Channel, ChannelKind}, id::{CustomerId, TicketId}};
    /// # use destek::{policy, testing::Scene, ticket::Open};
    /// use destek::inbox::{Filter, TicketRow};
    /// # let mut shop = Scene::new(policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
    /// # let open = Open::new(TicketId::from_u128(1), CustomerId::new("c-17")?, Channel::of(ChannelKind::Chat));
    /// # shop.run(Actor::Host, open)?;
    /// # let chat = shop.ticket(TicketId::from_u128(1)).ok_or("it was opened")?;
    /// let row = TicketRow::of(&chat, None);
    /// assert!(Filter::Channel([ChannelKind::Chat].into()).fits(&row));
    /// assert!(!Filter::Channel([ChannelKind::Phone].into()).fits(&row));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn fits(&self, row: &TicketRow) -> bool {
        self.passes(&row.columns())
    }

    pub(crate) fn passes(&self, row: &Columns<'_>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.passes(row)),
            Self::Any(parts) => parts.iter().any(|part| part.passes(row)),
            Self::Not(part) => !part.passes(row),
            Self::Category(categories) => categories.contains(&row.category),
            Self::Status(names) => names.contains(row.status),
            Self::Queue(queues) => row.queue.is_some_and(|queue| queues.contains(queue)),
            Self::InQueue(is) => row.queue.is_some() == *is,
            Self::Assignee(agents) => row.assignee.is_some_and(|agent| agents.contains(agent)),
            Self::Mine => false,
            Self::Assigned(is) => row.assignee.is_some() == *is,
            Self::Customer(customers) => customers.contains(row.customer),
            Self::TakesPart(customers) => customers.contains(row.customer) || !customers.is_disjoint(row.participants),
            Self::PriorityAtLeast(level) => row.level >= *level,
            Self::TagsAll(tags) => tags.is_subset(row.tags),
            Self::TagsAny(tags) => !tags.is_disjoint(row.tags),
            Self::Kind(names) => names.contains(&row.kind.name),
            Self::Stage(names) => row.stage.is_some_and(|stage| names.contains(&stage.name)),
            Self::Channel(kinds) => kinds.contains(&row.channel.kind),
            Self::Order(orders) => row.order.is_some_and(|order| orders.contains(order)),
            Self::Language(languages) => languages.contains(&row.language),
            Self::Opened(period) => period.has(Some(row.opened)),
            Self::Updated(period) => period.has(Some(row.updated)),
            Self::Due(period) => period.has(row.due),
            Self::WaitingSince(period) => period.has(row.waiting_since),
            Self::Merged(is) => row.merged_into.is_some() == *is,
        }
    }

    /// What must hold for the whole to hold, taken apart.
    pub(crate) fn demands(&self) -> Vec<&Self> {
        match self {
            Self::All(parts) => parts.iter().flat_map(Self::demands).collect(),
            other => vec![other],
        }
    }

    /// Whether it keeps its limits.
    pub(crate) fn check(&self) -> Result<(), Flaw> {
        let mut census = Census::default();
        self.count(0, &mut census)?;
        let within = |what: &str, size: usize, limit: usize| {
            if size <= limit {
                Ok(())
            } else {
                Err(("filter", format!("it has {size} {what}, at most {limit} are allowed")))
            }
        };
        within("conditions", census.nodes, limits::FILTER_NODES_MAX)?;
        within("listed values", census.values, limits::FILTER_VALUES_MAX)
    }

    fn count(&self, depth: usize, census: &mut Census) -> Result<(), Flaw> {
        if depth >= limits::FILTER_DEPTH_MAX {
            let limit = limits::FILTER_DEPTH_MAX;
            return Err(("filter", format!("it is nested deeper than {limit}; put conditions side by side")));
        }
        census.nodes += 1;
        census.values += match self {
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.count(depth + 1, census)?;
                }
                0
            }
            Self::Not(part) => {
                part.count(depth + 1, census)?;
                0
            }
            Self::Category(categories) => {
                census.spam |= categories.contains(&Category::Spam);
                categories.len()
            }
            Self::Status(names) => {
                census.spam = true;
                names.len()
            }
            Self::Queue(queues) => queues.len(),
            Self::Assignee(agents) => agents.len(),
            Self::Customer(customers) | Self::TakesPart(customers) => customers.len(),
            Self::TagsAll(names) | Self::TagsAny(names) | Self::Kind(names) | Self::Stage(names) => names.len(),
            Self::Channel(kinds) => kinds.len(),
            Self::Order(orders) => orders.len(),
            Self::Language(languages) => languages.len(),
            Self::Merged(_) => {
                census.merged = true;
                0
            }
            Self::InQueue(_)
            | Self::Mine
            | Self::Assigned(_)
            | Self::PriorityAtLeast(_)
            | Self::Opened(_)
            | Self::Updated(_)
            | Self::Due(_)
            | Self::WaitingSince(_) => 0,
        };
        Ok(())
    }

    /// What is hidden beside this filter: merged tickets and spam, unless it speaks of them.
    pub(crate) fn hidden(&self, to_customer: bool) -> Vec<Self> {
        let mut census = Census::default();
        // Limits are checked before.
        let _ = self.count(0, &mut census);
        let merged = (!census.merged).then_some(Self::Merged(false));
        let spam = (!census.spam && !to_customer).then(|| Self::Not(Box::new(Self::Category([Category::Spam].into()))));
        merged.into_iter().chain(spam).collect()
    }

    /// The same for a reader at an instant: who "mine" is, and when "ago".
    pub(crate) fn read_by(&self, me: Option<&AgentId>, now: Timestamp) -> Result<Self, Flaw> {
        let each = |parts: &Vec<Self>| parts.iter().map(|part| part.read_by(me, now)).collect::<Result<Vec<_>, _>>();
        Ok(match self {
            Self::All(parts) => Self::All(each(parts)?),
            Self::Any(parts) => Self::Any(each(parts)?),
            Self::Not(part) => Self::Not(Box::new(part.read_by(me, now)?)),
            Self::Mine => {
                let why = || ("mine", "only an agent has tickets; name the agents with `assignee`".to_owned());
                Self::Assignee([me.ok_or_else(why)?.clone()].into())
            }
            Self::Opened(period) => Self::Opened(period.at(now)),
            Self::Updated(period) => Self::Updated(period.at(now)),
            Self::Due(period) => Self::Due(period.at(now)),
            Self::WaitingSince(period) => Self::WaitingSince(period.at(now)),
            other => other.clone(),
        })
    }

    /// The same for a customer: only what a customer sees of a ticket may narrow the list, as the answer would
    /// tell the rest.
    pub(crate) fn for_customer(&self) -> Result<Self, Flaw> {
        let each = |parts: &Vec<Self>| parts.iter().map(Self::for_customer).collect::<Result<Vec<_>, _>>();
        Ok(match self {
            Self::All(parts) => Self::All(each(parts)?),
            Self::Any(parts) => Self::Any(each(parts)?),
            Self::Not(part) => Self::Not(Box::new(part.for_customer()?)),
            Self::Category(categories) if !categories.contains(&Category::Spam) => {
                let mut categories = categories.clone();
                if categories.contains(&Category::Closed) {
                    categories.insert(Category::Spam);
                }
                Self::Category(categories)
            }
            Self::Channel(_) | Self::Order(_) | Self::Opened(_) | Self::Merged(_) => self.clone(),
            _ => {
                let why = "customers narrow a list by `category` (not spam), `channel`, `order`, `opened` and `merged`";
                return Err(("filter", why.to_owned()));
            }
        })
    }
}
