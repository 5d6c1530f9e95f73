//! Statuses: free names over closed categories (law 6).

use serde::{Deserialize, Serialize};

use crate::id::Name;

/// What a status means to the logic, whatever the shop calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Nobody has begun to work on it.
    New,
    /// Somebody works on it, or should.
    Open,
    /// It waits for somebody outside the team.
    Hold,
    /// The agent believes it is done; the customer may still refuse.
    Resolved,
    /// It is done.
    Closed,
    /// It is not a request of a customer.
    Spam,
}

impl Category {
    /// Every category, in the order of a life.
    pub const ALL: [Self; 6] = [Self::New, Self::Open, Self::Hold, Self::Resolved, Self::Closed, Self::Spam];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Open => "open",
            Self::Hold => "hold",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
            Self::Spam => "spam",
        }
    }

    /// Whether there is work left: new, open or on hold.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(self, Self::New | Self::Open | Self::Hold)
    }

    /// Whether an agent should be working on it now: new or open.
    #[must_use]
    pub const fn is_workable(self) -> bool {
        matches!(self, Self::New | Self::Open)
    }

    /// Whether it is over: closed or spam.
    #[must_use]
    pub const fn is_ended(self) -> bool {
        matches!(self, Self::Closed | Self::Spam)
    }
}

/// The status of a ticket: the shop's name and the category that logic reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Status {
    /// The shop's name.
    pub name: Name,
    /// What logic reads.
    pub category: Category,
}

impl Status {
    /// A status of this name and category.
    #[must_use]
    pub const fn new(name: Name, category: Category) -> Self {
        Self { name, category }
    }
    /// The status that bears its category's own name.
    #[must_use]
    pub fn plain(category: Category) -> Self {
        Self { name: Name::fixed(category.as_str()), category }
    }
}

/// Whom a ticket on hold waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HoldKind {
    /// The customer, who was asked something.
    Customer,
    /// Somebody outside: a carrier, a supplier, a bank.
    ThirdParty,
    /// Another team of the shop.
    Internal,
}

impl HoldKind {
    /// Every kind, in declared order.
    pub const ALL: [Self; 3] = [Self::Customer, Self::ThirdParty, Self::Internal];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::ThirdParty => "third_party",
            Self::Internal => "internal",
        }
    }
}
