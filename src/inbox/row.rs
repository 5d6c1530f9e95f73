//! The columns of a ticket in a list.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::id::{AgentId, CustomerId, Name, OrderId, QueueId, TicketId};
use crate::language::Language;
use crate::priority::Level;
use crate::ticket::{Category, ContactKind, Stage, Status, Ticket};
use crate::time::Timestamp;

/// A ticket in a list: the columns that a store keeps beside the state, and by which lists are narrowed and ordered.
///
/// All of it is the team's; what a customer may see of it is a [`CustomerRow`](crate::view::CustomerRow).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TicketRow {
    /// The ticket.
    pub ticket: TicketId,
    /// The number people say to each other.
    pub number: u64,
    /// The status: the shop's name and the category.
    pub status: Status,
    /// The shop's name of the priority.
    pub priority: Name,
    /// What logic reads of the priority.
    pub level: Level,
    /// The queue it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueId>,
    /// Its rank in the queue, while it waits for an agent; smaller comes first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<Timestamp>,
    /// The agent who has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<AgentId>,
    /// Whose request it is.
    pub customer: CustomerId,
    /// Other customers who take part.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub participants: BTreeSet<CustomerId>,
    /// The earliest due of its running clocks, as the calendars said when its wake-up was last set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// Since when the customer waits for an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<Timestamp>,
    /// When it was opened.
    pub opened: Timestamp,
    /// When something last happened to it.
    pub updated: Timestamp,
    /// The tags.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<Name>,
    /// The kind of contact.
    pub kind: ContactKind,
    /// The sale stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// The channel of the first message.
    pub channel: Channel,
    /// The order it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// The ticket in which it goes on, when it was merged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<TicketId>,
    /// The language to answer in.
    pub language: Language,
}

impl TicketRow {
    /// The columns of a ticket.
    ///
    /// They follow from its state, except for `due`, which needs calendars: that is what the last
    /// [`Wake::Set`](crate::desk::Wake::Set) of its record said.
    ///
    /// ```
    /// use destek::actor::Actor;
    /// use destek::channel::{Channel, ChannelKind};
    /// use destek::id::{CustomerId, TicketId};
    /// use destek::inbox::TicketRow;
    /// use destek::{policy, testing::Scene, ticket::Open};
    ///
    /// let mut shop = Scene::new(policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
    /// let (ticket, customer) = (TicketId::from_u128(1), CustomerId::new("c-17")?);
    /// shop.run(Actor::Host, Open::new(ticket, customer.clone(), Channel::of(ChannelKind::Chat)))?;
    /// let row = TicketRow::of(&shop.ticket(ticket).ok_or("it was opened")?, None);
    /// assert_eq!((row.ticket, row.customer, row.opened), (ticket, customer, shop.now()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of(ticket: &Ticket, due: Option<Timestamp>) -> Self {
        let status = ticket.status().clone();
        Columns::of(ticket, due).row(status)
    }

    /// The same columns, borrowed.
    pub(crate) const fn columns(&self) -> Columns<'_> {
        Columns {
            ticket: self.ticket,
            number: self.number,
            category: self.status.category,
            status: &self.status.name,
            priority: &self.priority,
            level: self.level,
            queue: self.queue.as_ref(),
            rank: self.rank,
            assignee: self.assignee.as_ref(),
            customer: &self.customer,
            participants: &self.participants,
            due: self.due,
            waiting_since: self.waiting_since,
            opened: self.opened,
            updated: self.updated,
            tags: &self.tags,
            kind: &self.kind,
            stage: self.stage.as_ref(),
            channel: &self.channel,
            order: self.order.as_ref(),
            merged_into: self.merged_into,
            language: self.language,
        }
    }
}

/// The columns of a ticket, borrowed: what a list is narrowed and ordered by, without a copy of each row looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns<'a> {
    pub(crate) ticket: TicketId,
    pub(crate) number: u64,
    pub(crate) category: Category,
    pub(crate) status: &'a Name,
    pub(crate) priority: &'a Name,
    pub(crate) level: Level,
    pub(crate) queue: Option<&'a QueueId>,
    pub(crate) rank: Option<Timestamp>,
    pub(crate) assignee: Option<&'a AgentId>,
    pub(crate) customer: &'a CustomerId,
    pub(crate) participants: &'a BTreeSet<CustomerId>,
    pub(crate) due: Option<Timestamp>,
    pub(crate) waiting_since: Option<Timestamp>,
    pub(crate) opened: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) tags: &'a BTreeSet<Name>,
    pub(crate) kind: &'a ContactKind,
    pub(crate) stage: Option<&'a Stage>,
    pub(crate) channel: &'a Channel,
    pub(crate) order: Option<&'a OrderId>,
    pub(crate) merged_into: Option<TicketId>,
    pub(crate) language: Language,
}

impl<'a> Columns<'a> {
    pub(crate) fn of(ticket: &'a Ticket, due: Option<Timestamp>) -> Self {
        Self {
            ticket: ticket.id(),
            number: ticket.number(),
            category: ticket.category(),
            status: &ticket.status().name,
            priority: &ticket.priority().name,
            level: ticket.priority().level,
            queue: ticket.queue(),
            rank: ticket.place().map(|place| place.rank),
            assignee: ticket.assignee(),
            customer: ticket.customer(),
            participants: ticket.participants(),
            due,
            waiting_since: ticket.waiting_since(),
            opened: ticket.opened_at(),
            updated: ticket.updated_at(),
            tags: ticket.tags(),
            kind: ticket.kind(),
            stage: ticket.stage(),
            channel: ticket.channel(),
            order: ticket.order(),
            merged_into: ticket.merged().map(|merged| merged.into),
            language: ticket.language(),
        }
    }

    fn row(self, status: Status) -> TicketRow {
        TicketRow {
            ticket: self.ticket,
            number: self.number,
            status,
            priority: self.priority.clone(),
            level: self.level,
            queue: self.queue.cloned(),
            rank: self.rank,
            assignee: self.assignee.cloned(),
            customer: self.customer.clone(),
            participants: self.participants.clone(),
            due: self.due,
            waiting_since: self.waiting_since,
            opened: self.opened,
            updated: self.updated,
            tags: self.tags.clone(),
            kind: self.kind.clone(),
            stage: self.stage.cloned(),
            channel: self.channel.clone(),
            order: self.order.cloned(),
            merged_into: self.merged_into,
            language: self.language,
        }
    }
}

/// A column of a list, for views that say which to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Column {
    /// The number.
    Number,
    /// The status.
    Status,
    /// The priority.
    Priority,
    /// The queue.
    Queue,
    /// The rank in the queue.
    Rank,
    /// The agent who has it.
    Assignee,
    /// The customer.
    Customer,
    /// The earliest due.
    Due,
    /// Since when the customer waits.
    WaitingSince,
    /// When it was opened.
    Opened,
    /// When something last happened.
    Updated,
    /// The tags.
    Tags,
    /// The kind of contact.
    Kind,
    /// The sale stage.
    Stage,
    /// The channel.
    Channel,
    /// The order.
    Order,
    /// The language.
    Language,
}

impl Column {
    /// Every column, in declared order.
    pub const ALL: [Self; 17] = [
        Self::Number,
        Self::Status,
        Self::Priority,
        Self::Queue,
        Self::Rank,
        Self::Assignee,
        Self::Customer,
        Self::Due,
        Self::WaitingSince,
        Self::Opened,
        Self::Updated,
        Self::Tags,
        Self::Kind,
        Self::Stage,
        Self::Channel,
        Self::Order,
        Self::Language,
    ];
}
