//! What a condition may read.

use std::collections::{BTreeMap, BTreeSet};

use crate::channel::Channel;
use crate::id::{Name, QueueId};
use crate::language::Language;
use crate::money::Money;
use crate::order::OrderCategory;
use crate::priority::Priority;
use crate::sla::Metric;
use crate::text::Folded;
use crate::ticket::{ContactKind, FieldValue, HoldKind, Initiator, Stage, Status};

macro_rules! subject {
    ($($(#[$doc:meta])* $field:ident: $kind:ty $(, $wrap:path)?;)*) => {
        /// A frozen picture of a ticket, its customer, its order and the message at hand (law 15).
        ///
        /// Plain borrowed values, which cost nothing to fill in. What is left out is not known, and a test of it
        /// does not hold; no tags, no breaches, and a count of zero are simply none.
        ///
        /// ```
        /// use destek::channel::{Channel, ChannelKind};
        /// use destek::rule::Subject;
        /// let channel = Channel::of(ChannelKind::Chat);
        /// let subject = Subject::new().channel(&channel).reopened(1);
        /// assert_eq!(subject.channel, Some(&channel));
        /// ```
        #[derive(Debug, Clone, Copy, Default)]
        #[non_exhaustive]
        pub struct Subject<'a> {
            $($(#[$doc])* pub $field: subject!(@type $kind $(, $wrap)?),)*
        }

        impl<'a> Subject<'a> {
            /// A subject of which nothing is known.
            #[must_use]
            pub fn new() -> Self {
                Self::default()
            }

            $(
                #[doc = concat!("Sets [`Self::", stringify!($field), "`](#structfield.", stringify!($field), ").")]
                #[must_use]
                pub const fn $field(mut self, $field: $kind) -> Self {
                    self.$field = subject!(@value $field $(, $wrap)?);
                    self
                }
            )*
        }
    };
    (@type $kind:ty, $wrap:path) => { Option<$kind> };
    (@type $kind:ty) => { $kind };
    (@value $value:ident, $wrap:path) => { $wrap($value) };
    (@value $value:ident) => { $value };
}

subject! {
    /// The channel of the contact.
    channel: &'a Channel, Some;
    /// The kind of contact.
    kind: &'a ContactKind, Some;
    /// The stage of the sale.
    stage: &'a Stage, Some;
    /// The status.
    status: &'a Status, Some;
    /// The priority.
    priority: &'a Priority, Some;
    /// The tags.
    tags: &'a BTreeSet<Name>, Some;
    /// The custom fields.
    fields: &'a BTreeMap<Name, FieldValue>, Some;
    /// The queue in which the ticket belongs.
    queue: &'a QueueId, Some;
    /// Who began the contact.
    initiator: Initiator, Some;
    /// The language of the contact.
    language: Language, Some;
    /// How often the ticket was reopened.
    reopened: u32;
    /// The tier of the customer.
    customer_tier: &'a Name, Some;
    /// Whether the customer is new to the shop.
    customer_new: bool, Some;
    /// How many orders the customer has placed.
    customer_orders: u32, Some;
    /// Whether the ticket is about an order.
    order: bool;
    /// Where the order stands.
    order_category: OrderCategory, Some;
    /// The shop's own word for where the order stands.
    order_state: &'a Name, Some;
    /// What the order is worth.
    order_value: Money, Some;
    /// The message at hand.
    text: &'a Folded, Some;
    /// The subject line of the ticket.
    subject_text: &'a Folded, Some;
    /// Whether an agent has the ticket.
    assigned: bool;
    /// Whom the ticket waits for.
    hold: HoldKind, Some;
    /// The SLA metrics that were breached.
    breached: &'a [Metric];
}
