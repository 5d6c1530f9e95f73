//! The customer: what decisions need to know of a person, and which tickets are open.
//!
//! The record holds the customer's open tickets and is guarded by every decision that opens one, so that two
//! first messages at once make one ticket (law 28).

mod standing;

use serde::{Deserialize, Serialize};

pub use standing::{Ban, Barred, Quarantine, Recent, Unban};

use crate::content::ContentRef;
use crate::id::{CustomerId, Name, OrderId, TicketId};
use crate::language::Language;
use crate::money::Money;
use crate::time::Timestamp;

/// A ticket of the customer that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OpenTicket {
    /// The ticket.
    pub ticket: TicketId,
    /// The order it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// Whether somebody opened it who only claimed to be the customer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub claimed: bool,
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
    /// That he is banned, or was until an instant that has passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ban: Option<Box<Barred>>,
    /// What came lately.
    #[serde(default, skip_serializing_if = "Recent::is_empty")]
    pub recent: Recent,
    /// Tickets that were kept apart as they came in and have not been restored, oldest first: the last
    /// [`QUARANTINE_KEPT_MAX`](crate::limits::QUARANTINE_KEPT_MAX) of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quarantine: Vec<TicketId>,
}

impl Customer {
    /// A customer of whom nothing is known but the key.
    #[must_use]
    pub const fn unknown(id: CustomerId) -> Self {
        let recent = Recent { opened: Vec::new(), claimed: Vec::new(), told: Vec::new(), untold: 0 };
        Self {
            id,
            name: None,
            tier: None,
            language: None,
            orders: 0,
            lifetime_value: None,
            open: Vec::new(),
            ban: None,
            recent,
            quarantine: Vec::new(),
        }
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
        /// Whether somebody opened it who only claimed to be the customer.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        claimed: bool,
        /// Whether it was opened by what the customer sent, and counts against what the policy lets in.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        sent: bool,
        /// Whether the customer was told that it arrived; none where nobody would have told him.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        told: Option<bool>,
    },
    /// A ticket of the customer was kept apart as it came in.
    Quarantined {
        /// The ticket.
        ticket: TicketId,
        /// Why.
        why: Quarantine,
    },
    /// The customer was banned.
    Banned {
        /// Until when; for good, when none is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
        /// Why, outside the log.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<ContentRef>,
    },
    /// The customer is banned no longer.
    Unbanned,
    /// A ticket of the customer ended.
    TicketEnded {
        /// The ticket.
        ticket: TicketId,
    },
}

/// One event applied to a customer; total, reads nothing but its arguments (law 3).
#[must_use]
pub(crate) fn apply(id: &CustomerId, state: Option<Customer>, event: &Event, at: Timestamp) -> Customer {
    let mut customer = state.unwrap_or_else(|| Customer::unknown(id.clone()));
    match event {
        Event::Recorded { name, tier, language, orders, lifetime_value } => {
            customer.name = *name;
            customer.tier = tier.clone();
            customer.language = *language;
            customer.orders = *orders;
            customer.lifetime_value = *lifetime_value;
        }
        Event::TicketOpened { ticket, order, claimed, sent, told } => {
            if !customer.open.iter().any(|open| open.ticket == *ticket) {
                customer.open.push(OpenTicket { ticket: *ticket, order: order.clone(), claimed: *claimed });
            }
            customer.quarantine.retain(|kept| kept != ticket);
            if *sent {
                customer.recent.open(*claimed, at);
            }
            if let Some(told) = told {
                customer.recent.tell(*told, at);
            }
        }
        Event::Quarantined { ticket, .. } => customer.keep_apart(*ticket),
        Event::Banned { until, reason } => {
            customer.ban = Some(Box::new(Barred { since: at, until: *until, reason: *reason }));
        }
        Event::Unbanned => customer.ban = None,
        Event::TicketEnded { ticket } => customer.open.retain(|open| open.ticket != *ticket),
    }
    customer
}
