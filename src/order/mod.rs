//! The order: what the host last said of one of its orders. Rules read this, never the shop (law 15).

use serde::{Deserialize, Serialize};

use crate::id::{CustomerId, Name, OrderId};
use crate::money::Money;
use crate::ticket::StageCategory;

/// Where an order stands, whatever the shop calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OrderCategory {
    /// Placed, perhaps paid, not sent.
    Placed,
    /// On its way.
    Shipped,
    /// With the customer.
    Delivered,
    /// Given up before delivery.
    Cancelled,
    /// Sent back.
    Returned,
}

impl OrderCategory {
    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
            Self::Returned => "returned",
        }
    }
    /// The sale stage of a ticket about such an order.
    #[must_use]
    pub const fn stage(self) -> StageCategory {
        match self {
            Self::Placed | Self::Shipped => StageCategory::In,
            Self::Delivered | Self::Cancelled | Self::Returned => StageCategory::Post,
        }
    }
}

/// The state of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Order {
    /// The order.
    pub id: OrderId,
    /// Who ordered.
    pub customer: CustomerId,
    /// Where it stands.
    pub category: OrderCategory,
    /// The shop's own word for where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Name>,
    /// What it is worth.
    pub value: Money,
}

/// What the host knows of an order; replaces what it said before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordOrder {
    /// The order.
    pub order: OrderId,
    /// Who ordered.
    pub customer: CustomerId,
    /// Where it stands.
    pub category: OrderCategory,
    /// The shop's own word for where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Name>,
    /// What it is worth.
    pub value: Money,
}

impl RecordOrder {
    /// Says where an order of a customer stands and what it is worth.
    #[must_use]
    pub const fn new(order: OrderId, customer: CustomerId, category: OrderCategory, value: Money) -> Self {
        Self { order, customer, category, state: None, value }
    }
    /// With the shop's own word for where it stands.
    #[must_use]
    pub fn state(mut self, state: Name) -> Self {
        self.state = Some(state);
        self
    }
}

/// A fact about an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The host said what it knows.
    Recorded {
        /// Who ordered.
        customer: CustomerId,
        /// Where it stands.
        category: OrderCategory,
        /// The shop's own word.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state: Option<Name>,
        /// What it is worth.
        value: Money,
    },
}

/// The order after an event, which always says everything; reads nothing but its arguments (law 3).
#[must_use]
pub(crate) fn apply(id: &OrderId, event: &Event) -> Order {
    let Event::Recorded { customer, category, state, value } = event;
    Order { id: id.clone(), customer: customer.clone(), category: *category, state: state.clone(), value: *value }
}
