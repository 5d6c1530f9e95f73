//! How tickets come into being.

use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::customer::Quarantine;
use crate::id::{CustomerId, OrderId, TicketId};
use crate::language::Language;
use crate::priority::Priority;
use crate::ticket::{ContactKind, Initiator, Public, SplitFrom, Stage, Status};

/// How a ticket came into being.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Opened {
    /// The ticket.
    pub ticket: TicketId,
    /// The number people say to each other.
    pub number: u64,
    /// Whose request it is.
    pub customer: CustomerId,
    /// The channel of the first message; answers go there.
    pub channel: Channel,
    /// Who began.
    pub initiator: Initiator,
    /// The status.
    pub status: Status,
    /// The kind of contact.
    pub kind: ContactKind,
    /// The sale stage, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// The priority, with its reason.
    pub priority: Priority,
    /// The language to answer in.
    pub language: Language,
    /// The subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Public>,
    /// The order it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// Whether the sender was verified by the host.
    pub verified: bool,
    /// Whether the customer is told that it arrived.
    pub acknowledge: bool,
    /// Whether the customer would be told, had that not been often enough within the hour.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untold: bool,
    /// Why it was kept apart as it came in, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<Quarantine>,
    /// The ticket that it was split from, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_from: Option<SplitFrom>,
}

/// What two tickets of one customer have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Likeness {
    /// The order.
    Order,
    /// Kind, queue and channel, within [a day](crate::limits::ALIKE_HOURS_MAX), and no two orders.
    Kind,
}
