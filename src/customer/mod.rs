//! The customer: what decisions need to know of a person, and which tickets are open.
//!
//! The record holds the customer's open tickets and is guarded by every decision that opens one, so that two
//! first messages at once make one ticket (law 28).

use serde::{Deserialize, Serialize};

use crate::content::ContentRef;
use crate::id::{CustomerId, Name, OrderId, TicketId};
use crate::language::Language;
use crate::money::Money;

/// A ticket of the customer that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OpenTicket {
    /// The ticket.
    pub ticket: TicketId,
    /// The order it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
}

/// The state of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Customer {
    /// The customer.
    pub id: CustomerId,
    /// The name to be addressed by; outside the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<ContentRef>,
    /// The tier, in the policy's word, such as `vip`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Name>,
    /// The language to answer in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// How many orders the customer has placed, as the host last said.
    pub orders: u32,
    /// What the customer has spent, as the host last said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime_value: Option<Money>,
    /// Tickets that have not ended, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<OpenTicket>,
}

impl Customer {
    /// A customer of whom nothing is known but the key.
    #[must_use]
    pub const fn unknown(id: CustomerId) -> Self {
        Self { id, name: None, tier: None, language: None, orders: 0, lifetime_value: None, open: Vec::new() }
    }
    /// Whether the customer has not ordered more than once.
    #[must_use]
    pub const fn is_new(&self) -> bool {
        self.orders <= 1
    }
}

/// What the host knows of a customer; replaces what it said before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordCustomer {
    /// The customer.
    pub customer: CustomerId,
    /// The name to be addressed by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<crate::content::Text>,
    /// The tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Name>,
    /// The language to answer in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// How many orders the customer has placed.
    #[serde(default)]
    pub orders: u32,
    /// What the customer has spent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime_value: Option<Money>,
}

impl RecordCustomer {
    /// Says that there is such a customer.
    #[must_use]
    pub const fn new(customer: CustomerId) -> Self {
        Self { customer, name: None, tier: None, language: None, orders: 0, lifetime_value: None }
    }
    /// With a name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(crate::content::Text::new(name));
        self
    }
    /// With a tier.
    #[must_use]
    pub fn tier(mut self, tier: Name) -> Self {
        self.tier = Some(tier);
        self
    }
    /// With a language.
    #[must_use]
    pub const fn language(mut self, language: Language) -> Self {
        self.language = Some(language);
        self
    }
    /// With a number of orders placed.
    #[must_use]
    pub const fn orders(mut self, orders: u32) -> Self {
        self.orders = orders;
        self
    }
    /// With what the customer has spent.
    #[must_use]
    pub const fn lifetime_value(mut self, value: Money) -> Self {
        self.lifetime_value = Some(value);
        self
    }
}

/// A fact about a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The host said what it knows.
    Recorded {
        /// The name, outside the log.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<ContentRef>,
        /// The tier.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tier: Option<Name>,
        /// The language.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<Language>,
        /// Orders placed.
        orders: u32,
        /// Money spent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lifetime_value: Option<Money>,
    },
    /// A ticket of the customer came into being, or came back.
    TicketOpened {
        /// The ticket.
        ticket: TicketId,
        /// The order it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        order: Option<OrderId>,
    },
    /// A ticket of the customer ended.
    TicketEnded {
        /// The ticket.
        ticket: TicketId,
    },
}

/// One event applied to a customer; total, reads nothing but its arguments (law 3).
#[must_use]
pub(crate) fn apply(id: &CustomerId, state: Option<Customer>, event: &Event) -> Customer {
    let mut customer = state.unwrap_or_else(|| Customer::unknown(id.clone()));
    match event {
        Event::Recorded { name, tier, language, orders, lifetime_value } => {
            customer.name = *name;
            customer.tier = tier.clone();
            customer.language = *language;
            customer.orders = *orders;
            customer.lifetime_value = *lifetime_value;
        }
        Event::TicketOpened { ticket, order } => {
            if !customer.open.iter().any(|open| open.ticket == *ticket) {
                customer.open.push(OpenTicket { ticket: *ticket, order: order.clone() });
            }
        }
        Event::TicketEnded { ticket } => customer.open.retain(|open| open.ticket != *ticket),
    }
    customer
}
