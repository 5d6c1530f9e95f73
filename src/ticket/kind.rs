//! Why the customer came (kind of contact), when in the sale (stage), and who began (initiator).

use serde::{Deserialize, Serialize};

use crate::id::Name;

/// Why somebody makes contact. Closed; a shop's finer kinds are names over these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactCategory {
    /// Wants to know something.
    #[default]
    Question,
    /// Wants something done.
    Request,
    /// Is dissatisfied and expects an answer (ISO 10002 calls this a complaint).
    Complaint,
    /// Proposes something.
    Suggestion,
    /// Is glad.
    Praise,
}

impl ContactCategory {
    /// Every category, in declared order.
    pub const ALL: [Self; 5] = [Self::Question, Self::Request, Self::Complaint, Self::Suggestion, Self::Praise];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Request => "request",
            Self::Complaint => "complaint",
            Self::Suggestion => "suggestion",
            Self::Praise => "praise",
        }
    }
}

/// The kind of contact of a ticket: the shop's name and the category that logic reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContactKind {
    /// The shop's name.
    pub name: Name,
    /// What logic reads.
    pub category: ContactCategory,
}

impl ContactKind {
    /// A kind of this name and category.
    #[must_use]
    pub const fn new(name: Name, category: ContactCategory) -> Self {
        Self { name, category }
    }
    /// The kind that bears its category's own name.
    #[must_use]
    pub fn plain(category: ContactCategory) -> Self {
        Self { name: Name::fixed(category.as_str()), category }
    }
}

/// Where in a sale the customer stands. Closed; a shop's finer stages are names over these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageCategory {
    /// Before the order: advice.
    Pre,
    /// Between order and delivery.
    In,
    /// After delivery: care.
    Post,
}

impl StageCategory {
    /// Every category, in the order of a sale.
    pub const ALL: [Self; 3] = [Self::Pre, Self::In, Self::Post];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pre => "pre",
            Self::In => "in",
            Self::Post => "post",
        }
    }
}

/// The sale stage of a ticket: the shop's name and the category that logic reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stage {
    /// The shop's name.
    pub name: Name,
    /// What logic reads.
    pub category: StageCategory,
}

impl Stage {
    /// A stage of this name and category.
    #[must_use]
    pub const fn new(name: Name, category: StageCategory) -> Self {
        Self { name, category }
    }
    /// The stage that bears its category's own name.
    #[must_use]
    pub fn plain(category: StageCategory) -> Self {
        Self { name: Name::fixed(category.as_str()), category }
    }
}

/// Who began the contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Initiator {
    /// The customer.
    Customer,
    /// The shop: an agent wrote first.
    Shop,
}

impl Initiator {
    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Shop => "shop",
        }
    }
}
