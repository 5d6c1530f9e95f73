//! The tests that a condition is made of, and the values that stand in them.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, IntoDeserializer as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::{Name, QueueId};
use crate::language::Language;
use crate::money::Money;
use crate::priority::Level;
use crate::rule::Keyword;
use crate::ticket::{HoldKind, Initiator};

/// The values of which one has to be there. Written as a text, or as a list of texts.
///
/// ```
/// use destek::rule::OneOf;
/// let one: OneOf<String> = serde_json::from_str(r#""chat""#)?;
/// let two: OneOf<String> = serde_json::from_str(r#"["chat", "phone"]"#)?;
/// assert_eq!((one.values().len(), two.values().len()), (1, 2));
/// assert_eq!(serde_json::to_string(&one)?, r#""chat""#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OneOf<T>(Vec<T>);

impl<T> OneOf<T> {
    /// One of these values, in the order in which they were written.
    #[must_use]
    pub const fn new(values: Vec<T>) -> Self {
        Self(values)
    }
    /// The values.
    #[must_use]
    pub fn values(&self) -> &[T] {
        &self.0
    }
    /// Whether this value is among them.
    #[must_use]
    pub fn contains(&self, value: &T) -> bool
    where
        T: PartialEq,
    {
        self.0.contains(value)
    }
}

impl<T> From<T> for OneOf<T> {
    fn from(value: T) -> Self {
        Self(vec![value])
    }
}

impl<T> FromIterator<T> for OneOf<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

impl<T: Serialize> Serialize for OneOf<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => one.serialize(serializer),
            many => many.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOf<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrList<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for TextOrList<T> {
            type Value = OneOf<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                T::deserialize(text.into_deserializer()).map(OneOf::from)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = list.next_element()? {
                    values.push(value);
                }
                Ok(OneOf(values))
            }
        }
        deserializer.deserialize_any(TextOrList(PhantomData))
    }
}

/// A custom field and the values of which it must have one, each written as a text: a declared choice, a whole
/// number, `true` or `false`, a day such as `2027-03-31`, an amount such as `500 TRY`.
///
/// A field of free text never matches: its text lies outside the ticket (law 30), and is no name to decide by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FieldIs {
    /// The field.
    pub name: Name,
    /// The values.
    pub value: OneOf<String>,
}

impl FieldIs {
    /// A field that has one of these values.
    #[must_use]
    pub const fn new(name: Name, value: OneOf<String>) -> Self {
        Self { name, value }
    }
}

macro_rules! tests {
    ($($(#[$doc:meta])* $test:ident($value:ty) = $key:literal,)*) => {
        /// One test. What is not known of a subject makes its test not hold.
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Test {
            $($(#[$doc])* $test($value),)*
        }

        impl Test {
            /// The key of every test, in declared order.
            pub const KEYS: &'static [&'static str] = &[$($key),*];

            /// The key under which the test stands in a document.
            #[must_use]
            pub const fn key(&self) -> &'static str {
                match self {
                    $(Self::$test(_) => $key,)*
                }
            }

            /// Reads the value that follows `key`; `None` where no test has this key.
            pub(super) fn read<'de, A: MapAccess<'de>>(key: &str, map: &mut A) -> Result<Option<Self>, A::Error> {
                match key {
                    $($key => map.next_value().map(|value| Some(Self::$test(value))),)*
                    _ => Ok(None),
                }
            }

            pub(super) fn write<M: serde::ser::SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
                match self {
                    $(Self::$test(value) => map.serialize_entry($key, value),)*
                }
            }
        }
    };
}

tests! {
    /// The channel: a kind of channel, or the shop's own name of one.
    Channel(OneOf<Name>) = "channel",
    /// The kind of contact: its name or its category.
    Kind(OneOf<Name>) = "kind",
    /// The stage of the sale: its name or its category.
    Stage(OneOf<Name>) = "stage",
    /// The status: its name or its category.
    Status(OneOf<Name>) = "status",
    /// The name of the priority.
    Priority(OneOf<Name>) = "priority",
    /// The priority is at this level or above.
    PriorityAtLeast(Level) = "priority_at_least",
    /// The ticket has at least one of these tags.
    Tag(OneOf<Name>) = "tag",
    /// The ticket has none of these tags.
    NoTag(OneOf<Name>) = "no_tag",
    /// A custom field has one of these values.
    Field(FieldIs) = "field",
    /// The queue in which the ticket belongs.
    Queue(OneOf<QueueId>) = "queue",
    /// Who began the contact.
    Initiator(OneOf<Initiator>) = "initiator",
    /// The language of the contact.
    Language(OneOf<Language>) = "language",
    /// The ticket was reopened at least this many times.
    Reopened(u32) = "reopened",
    /// The tier of the customer.
    CustomerTier(OneOf<Name>) = "customer_tier",
    /// Whether the customer is new to the shop.
    CustomerNew(bool) = "customer_new",
    /// The customer has placed more orders than this.
    CustomerOrdersOver(u32) = "customer_orders_over",
    /// Whether the ticket is about an order.
    Order(bool) = "order",
    /// Where the order stands: the shop's own word or the category.
    OrderState(OneOf<Name>) = "order_state",
    /// The order is worth more than this; an order in another currency never is.
    OrderValueOver(Money) = "order_value_over",
    /// The message at hand has one of these keywords.
    Text(OneOf<Keyword>) = "text",
    /// The subject line has one of these keywords.
    SubjectText(OneOf<Keyword>) = "subject_text",
    /// Whether an agent has the ticket.
    Assigned(bool) = "assigned",
    /// The ticket is on hold for one of these.
    Hold(OneOf<HoldKind>) = "hold",
    /// One of these SLA metrics was breached, such as `first_response`.
    Breached(OneOf<Name>) = "breached",
}

impl Test {
    /// Whether the answer stays the same while time passes and nothing else happens.
    #[must_use]
    pub const fn is_timeless(&self) -> bool {
        // Tests of age come with timed rules; they will be the exception.
        true
    }

    /// Whether the test reads a text of the customer.
    #[must_use]
    pub const fn reads_text(&self) -> bool {
        matches!(self, Self::Text(_) | Self::SubjectText(_))
    }
}
