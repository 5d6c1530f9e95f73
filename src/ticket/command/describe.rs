//! What is known of a ticket, who takes part, and what its customer is given.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::content::Text;
use crate::id::{CustomerId, Name, OrderId, TicketId};
use crate::language::Language;
use crate::money::Money;
use crate::priority::Grade;
use crate::ticket::FieldInput;

command! {
    /// Chooses a priority by its name, or judges urgency and impact and leaves the rest to the matrix.
    Prioritize {} optional {
        /// A priority of the policy's scale; a person's choice stays.
        priority: Name,
        /// How soon it hurts.
        urgency: Grade,
        /// How much it hurts.
        impact: Grade,
    }
}
command! {
    /// Says what kind of contact it is, which sale stage, which language.
    Classify {} optional {
        /// A kind of the policy, or one of the closed categories.
        kind: Name,
        /// A stage of the policy, or one of the closed categories.
        stage: Name,
        /// The language to answer in.
        language: Language,
    }
}

/// Adds and removes tags. Adding one that is there, or removing one that is not, changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tag {
    /// The ticket.
    pub ticket: TicketId,
    /// Tags to add.
    #[serde(default)]
    pub add: BTreeSet<Name>,
    /// Tags to remove.
    #[serde(default)]
    pub remove: BTreeSet<Name>,
}

impl Tag {
    /// Changes no tag yet.
    #[must_use]
    pub const fn new(ticket: TicketId) -> Self {
        Self { ticket, add: BTreeSet::new(), remove: BTreeSet::new() }
    }
    /// And adds this one.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "a tag is added to the command; nobody adds up commands")]
    pub fn add(mut self, tag: Name) -> Self {
        self.add.insert(tag);
        self
    }
    /// And removes this one.
    #[must_use]
    pub fn remove(mut self, tag: Name) -> Self {
        self.remove.insert(tag);
        self
    }
}

command! {
    /// Fills a custom field of the policy, or empties it when no value is given.
    SetField {
        /// The field.
        field: Name,
    } optional {
        /// What it shall hold, of the field's type.
        value: FieldInput,
    }
}
command! {
    /// Says which order it is about.
    LinkOrder {
        /// The order.
        order: OrderId,
    }
}
command! {
    /// Lets another customer take part (`true`), or no longer.
    SetParticipant {
        /// The other customer.
        customer: CustomerId,
        /// Whether he takes part from now on.
        takes_part: bool,
    }
}
command! {
    /// The asking agent follows the ticket (`true`), or no longer.
    Follow {
        /// Whether the agent follows from now on.
        follows: bool,
    }
}
command! {
    /// Says that it is no request of a customer. It can be restored.
    MarkSpam {}
}
command! {
    /// Says that it is a request after all.
    Restore {}
}
command! {
    /// Gives the customer something of value, within the authority of the agent's roles.
    Grant {
        /// What, in the policy's word: refund, voucher.
        grant: Name,
        /// How much.
        amount: Money,
    } optional {
        /// Why, for the team.
        reason: Text,
    }
}
