//! Identifiers: 128-bit ids for what is created here, short opaque keys for what the host owns.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::limits;
use crate::text::is_invisible;

/// A text that is not the identifier or name it was read as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {what}: {why}")]
pub struct ParseIdError {
    what: &'static str,
    text: String,
    why: String,
}

fn invalid(what: &'static str, text: &str, why: impl Into<String>) -> ParseIdError {
    ParseIdError { what, text: limits::shorten(text, 64), why: why.into() }
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $what:literal) => {
        $(#[$doc])*
        ///
        /// 128 bits, made by the host; a time-ordered value (UUIDv7, ULID) keeps indexes compact.
        #[doc = concat!("Printed and stored as `", $prefix, "` and 32 hexadecimal digits.")]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        // The upper half first, which is the order of the whole: a `u128` is aligned to 16 bytes, and keys, rows and
        // states would grow by half.
        pub struct $name(u64, u64);

        impl $name {
            /// The id with these 128 bits.
            #[must_use]
            pub const fn from_u128(bits: u128) -> Self {
                Self((bits >> 64) as u64, bits as u64)
            }
            /// The 128 bits.
            #[must_use]
            pub const fn as_u128(self) -> u128 {
                (self.0 as u128) << 64 | self.1 as u128
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($prefix)?;
                f.write_str(digits(&hex(self.as_u128())))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                text.strip_prefix($prefix)
                    .filter(|hex| hex.len() == 32 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
                    .and_then(|hex| u128::from_str_radix(hex, 16).ok())
                    .map(Self::from_u128)
                    .ok_or_else(|| invalid($what, text, concat!("write `", $prefix, "` and 32 lower-case hexadecimal digits")))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                // In one piece: every request is written to be fingerprinted.
                let mut text = [0u8; $prefix.len() + 32];
                let (prefix, bits) = text.split_at_mut($prefix.len());
                prefix.copy_from_slice($prefix.as_bytes());
                bits.copy_from_slice(&hex(self.as_u128()));
                serializer.serialize_str(digits(&text))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:ident) => {
        $(#[$doc])*
        ///
        #[doc = concat!("Not empty, no control or invisible characters, no white space at either end, at most [`limits::", stringify!($max), "`] bytes.")]
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks and takes the text.
            ///
            /// # Errors
            /// When the text is empty, too long, has a control or invisible character, or begins or ends in white
            /// space.
            pub fn new(text: impl AsRef<str>) -> Result<Self, ParseIdError> {
                let text = text.as_ref();
                check_text($what, text, limits::$max)?;
                Ok(Self(Arc::from(text)))
            }
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                Self::new(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = ParseIdError;
            fn try_from(text: &str) -> Result<Self, ParseIdError> {
                Self::new(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Self::new(&*text).map_err(de::Error::custom)
            }
        }
    };
}

/// The 32 hexadecimal digits of an id: written in every request's fingerprint, where formatting them one by one
/// shows.
fn hex(bits: u128) -> [u8; 32] {
    let mut text = [b'0'; 32];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bits.to_be_bytes()) {
        for (digit, value) in pair.iter_mut().zip([byte >> 4, byte & 15]) {
            *digit = if value < 10 { b'0' + value } else { b'a' + value - 10 };
        }
    }
    text
}

fn digits(text: &[u8]) -> &str {
    // Only ASCII was written.
    std::str::from_utf8(text).unwrap_or_default()
}

fn check_text(what: &'static str, text: &str, max: usize) -> Result<(), ParseIdError> {
    if text.is_empty() {
        return Err(invalid(what, text, "it is empty"));
    }
    if text.len() > max {
        return Err(invalid(what, text, format!("it has {} bytes, at most {max} are allowed", text.len())));
    }
    if text.chars().any(char::is_control) {
        return Err(invalid(what, &text.escape_debug().to_string(), "it has a control character"));
    }
    if let Some(hidden) = text.chars().find(|c| is_invisible(*c)) {
        let why = format!("it has the character U+{:04X}, which nobody sees", u32::from(hidden));
        return Err(invalid(what, text, why));
    }
    if text.trim() != text {
        return Err(invalid(what, text, "it begins or ends in white space"));
    }
    Ok(())
}

number_id! {
    /// A ticket.
    TicketId, "tkt_", "ticket id"
}
number_id! {
    /// A message of a ticket.
    MessageId, "msg_", "message id"
}
number_id! {
    /// One request; sending it again with the same id gives the first receipt.
    RequestId, "req_", "request id"
}
number_id! {
    /// A job: one command for many tickets.
    JobId, "job_", "job id"
}
number_id! {
    /// A text kept outside the log.
    ContentId, "txt_", "content id"
}

number_id! {
    /// An approval that was asked for on a ticket.
    ApprovalId, "apr_", "approval id"
}
number_id! {
    /// A view of the inbox that an agent has saved.
    ViewId, "viw_", "view id"
}

number_id! {
    /// A schedule of tickets that come again and again.
    ScheduleId, "sch_", "schedule id"
}
number_id! {
    /// A task on a ticket.
    TaskId, "tsk_", "task id"
}
number_id! {
    /// A reminder that an agent asked for on a ticket.
    ReminderId, "rem_", "reminder id"
}

number_id! {
    /// A conversation with a third party, on a ticket.
    SideId, "sde_", "side conversation id"
}

text_id! {
    /// The host's key of a customer. Not personal data: use a number or a digest, not an address.
    CustomerId, "customer id", KEY_BYTES_MAX
}
text_id! {
    /// The host's key of an order.
    OrderId, "order id", KEY_BYTES_MAX
}
text_id! {
    /// The host's key of an agent.
    AgentId, "agent id", KEY_BYTES_MAX
}
text_id! {
    /// The host's key of a third party: a carrier, a supplier, a bank. Not an address.
    PartyId, "party id", KEY_BYTES_MAX
}
text_id! {
    /// The name of a tenant; never part of a payload.
    TenantId, "tenant id", KEY_BYTES_MAX
}
text_id! {
    /// The name of a queue.
    QueueId, "queue name", NAME_BYTES_MAX
}
text_id! {
    /// The name of a team.
    TeamId, "team name", NAME_BYTES_MAX
}
text_id! {
    /// A free name: of a status, priority, channel, role, skill, tag, field, rule, calendar, SLA, kind or stage.
    Name, "name", NAME_BYTES_MAX
}

macro_rules! fixed {
    ($($name:ident),*) => {$(
        impl $name {
            /// One written in this crate's own source, where it is known to be well formed.
            pub(crate) fn fixed(text: &'static str) -> Self {
                debug_assert!(check_text("name", text, limits::NAME_BYTES_MAX).is_ok(), "`{text}`");
                Self(Arc::from(text))
            }
        }
    )*};
}
fixed!(Name, TenantId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_what_they_print() {
        let id = TicketId::from_u128(0x0192_0000_0000_0000_0000_0000_0000_00ff);
        assert_eq!(id.to_string(), "tkt_019200000000000000000000000000ff");
        assert_eq!(id.to_string().parse::<TicketId>().unwrap(), id);
        for text in [
            "",
            "tkt_",
            "msg_019200000000000000000000000000ff",
            "tkt_019200000000000000000000000000FF",
            "tkt_+19200000000000000000000000000ff",
        ] {
            assert!(text.parse::<TicketId>().is_err(), "{text}");
        }
    }

    #[test]
    fn names_are_checked_at_the_door() {
        assert!(Name::new("beklemede").is_ok());
        for text in ["", " a", "a ", "a\nb", "a\0b", &"x".repeat(65)] {
            assert!(Name::new(text).is_err(), "{text:?}");
        }
        let error = Name::new("x".repeat(65)).unwrap_err().to_string();
        assert!(error.contains("65 bytes") && error.contains("64"), "{error}");
    }

    #[test]
    fn order_of_ids_is_order_of_their_text() {
        let bits = [0, 9, 16, u128::from(u64::MAX), 1 << 64, (1 << 64) + 9, u128::MAX - 1, u128::MAX];
        for (a, b) in bits.iter().flat_map(|a| bits.iter().map(move |b| (*a, *b))) {
            let (one, other) = (TicketId::from_u128(a), TicketId::from_u128(b));
            assert_eq!(one.as_u128(), a);
            assert_eq!(one.cmp(&other), a.cmp(&b));
            assert_eq!(one.cmp(&other), one.to_string().cmp(&other.to_string()));
        }
    }
}
