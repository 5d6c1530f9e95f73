//! What sets an event rule off.

use serde::{Deserialize, Serialize};

macro_rules! triggers {
    ($($(#[$doc:meta])* $trigger:ident = $name:literal,)*) => {
        /// Something that has just happened to a ticket. A closed list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Trigger {
            $($(#[$doc])* $trigger,)*
        }

        impl Trigger {
            /// Every trigger, in declared order.
            pub const ALL: &'static [Self] = &[$(Self::$trigger),*];

            /// The stored name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$trigger => $name,)*
                }
            }
        }
    };
}

triggers! {
    /// The ticket was opened.
    Opened = "opened",
    /// The customer wrote.
    CustomerMessage = "customer_message",
    /// An agent answered the customer.
    Replied = "replied",
    /// An agent left an internal note.
    Noted = "noted",
    /// An agent got the ticket.
    Assigned = "assigned",
    /// The agent gave the ticket up, or lost it.
    Unassigned = "unassigned",
    /// The ticket was put into a queue.
    Queued = "queued",
    /// The ticket was put on hold.
    Held = "held",
    /// The ticket came back from hold.
    Resumed = "resumed",
    /// An agent called it done.
    Resolved = "resolved",
    /// The customer agreed.
    Confirmed = "confirmed",
    /// The customer disagreed.
    Refused = "refused",
    /// The ticket was taken up again.
    Reopened = "reopened",
    /// The ticket was closed.
    Closed = "closed",
    /// The priority changed, or what it is rated from.
    PriorityChanged = "priority_changed",
    /// The kind, the stage or the language was set.
    Classified = "classified",
    /// Tags were added or removed.
    Tagged = "tagged",
    /// A custom field was set.
    FieldSet = "field_set",
    /// A clock reached a warning.
    Warned = "warned",
    /// A promise was broken.
    Breached = "breached",
    /// The ticket was marked as spam.
    MarkedSpam = "marked_spam",
    /// The ticket was brought back from spam.
    Restored = "restored",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_name_is_the_name() {
        assert_eq!(Trigger::ALL.len(), 22);
        for trigger in Trigger::ALL {
            assert_eq!(serde_json::to_value(trigger).unwrap(), trigger.as_str());
        }
    }
}
