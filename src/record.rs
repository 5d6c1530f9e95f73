//! The record: the unit of version, log, fold, wake-up, order and guard.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::id::{AgentId, CustomerId, JobId, OrderId, ParseIdError, QueueId, ScheduleId, TicketId, ViewId};
use crate::limits;

/// What kind of thing a record is about. More kinds come as rooms are added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecordKind {
    /// A ticket.
    Ticket,
    /// A customer.
    Customer,
    /// An order of the shop.
    Order,
    /// An agent.
    Agent,
    /// A queue.
    Queue,
    /// A job.
    Job,
    /// The tenant's policy: which one is active.
    Policy,
    /// A saved view of the inbox.
    View,
    /// What an agent has begun to write on a ticket.
    Draft,
    /// A schedule of tickets that come again and again.
    Schedule,
    /// A kind that this version of the library does not know.
    Unknown,
}

impl RecordKind {
    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::Customer => "customer",
            Self::Order => "order",
            Self::Agent => "agent",
            Self::Queue => "queue",
            Self::Job => "job",
            Self::Policy => "policy",
            Self::View => "view",
            Self::Draft => "draft",
            Self::Schedule => "schedule",
            Self::Unknown => "unknown",
        }
    }
}

/// The key of a record within its tenant: kind and id. Locks are taken in this order.
///
/// ```
/// use destek::record::{RecordKey, RecordKind};
/// let key: RecordKey = "customer/1017".parse()?;
/// assert_eq!(key.kind(), RecordKind::Customer);
/// assert_eq!(key.to_string(), "customer/1017");
/// # Ok::<(), destek::record::ParseRecordKeyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RecordKey {
    /// A ticket.
    Ticket(TicketId),
    /// A customer.
    Customer(CustomerId),
    /// An order of the shop.
    Order(OrderId),
    /// An agent.
    Agent(AgentId),
    /// A queue.
    Queue(QueueId),
    /// A job.
    Job(JobId),
    /// The tenant's policy: one record, `policy/active`.
    Policy,
    /// A saved view of the inbox.
    View(ViewId),
    /// What an agent has begun to write on a ticket: `draft/`, the ticket, a slash and the agent. Boxed, as keys are
    /// everywhere and this is the largest of them.
    Draft(Box<(TicketId, AgentId)>),
    /// A schedule of tickets that come again and again.
    Schedule(ScheduleId),
    /// A record of a kind that only a later version of the library knows, as it is written. It can be read and
    /// passed on, not commanded (law 3).
    Unknown(Box<str>),
}

impl RecordKey {
    /// The kind of the record.
    #[must_use]
    pub const fn kind(&self) -> RecordKind {
        match self {
            Self::Ticket(_) => RecordKind::Ticket,
            Self::Customer(_) => RecordKind::Customer,
            Self::Order(_) => RecordKind::Order,
            Self::Agent(_) => RecordKind::Agent,
            Self::Queue(_) => RecordKind::Queue,
            Self::Job(_) => RecordKind::Job,
            Self::Policy => RecordKind::Policy,
            Self::View(_) => RecordKind::View,
            Self::Draft(..) => RecordKind::Draft,
            Self::Schedule(_) => RecordKind::Schedule,
            Self::Unknown(_) => RecordKind::Unknown,
        }
    }

    /// The key of what an agent has begun to write on a ticket.
    #[must_use]
    pub fn draft(ticket: TicketId, agent: AgentId) -> Self {
        Self::Draft(Box::new((ticket, agent)))
    }

    /// The ticket's id, when this is a ticket.
    #[must_use]
    pub const fn ticket(&self) -> Option<TicketId> {
        if let Self::Ticket(id) = self { Some(*id) } else { None }
    }
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Unknown(text) = self {
            return f.write_str(text);
        }
        f.write_str(self.kind().as_str())?;
        f.write_str("/")?;
        match self {
            Self::Ticket(id) => id.fmt(f),
            Self::Customer(id) => id.fmt(f),
            Self::Order(id) => id.fmt(f),
            Self::Agent(id) => id.fmt(f),
            Self::Queue(id) => id.fmt(f),
            Self::Job(id) => id.fmt(f),
            Self::Policy => f.write_str("active"),
            Self::View(id) => id.fmt(f),
            Self::Draft(place) => write!(f, "{}/{}", place.0, place.1),
            Self::Schedule(id) => id.fmt(f),
            Self::Unknown(_) => Ok(()),
        }
    }
}

/// A text that is not the key of a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseRecordKeyError {
    /// No kind, a slash and an id.
    #[error("`{text}` is not a record key; write it like `ticket/tkt_…` or `customer/1017`")]
    Kind {
        /// What was read.
        text: String,
    },
    /// The id after the slash is malformed.
    #[error(transparent)]
    Id(#[from] ParseIdError),
}

impl FromStr for RecordKey {
    type Err = ParseRecordKeyError;
    fn from_str(text: &str) -> Result<Self, ParseRecordKeyError> {
        let unknown = || ParseRecordKeyError::Kind { text: limits::shorten(text, 64) };
        let (kind, id) = text.split_once('/').ok_or_else(unknown)?;
        Ok(match kind {
            "ticket" => Self::Ticket(id.parse()?),
            "customer" => Self::Customer(id.parse()?),
            "order" => Self::Order(id.parse()?),
            "agent" => Self::Agent(id.parse()?),
            "queue" => Self::Queue(id.parse()?),
            "job" => Self::Job(id.parse()?),
            "policy" if id == "active" => Self::Policy,
            "policy" => return Err(unknown()),
            "view" => Self::View(id.parse()?),
            "draft" => {
                let (ticket, agent) = id.split_once('/').ok_or_else(unknown)?;
                Self::draft(ticket.parse()?, agent.parse()?)
            }
            "schedule" => Self::Schedule(id.parse()?),
            kind if is_kind(kind) && (1..=limits::KEY_BYTES_MAX).contains(&id.len()) => Self::Unknown(text.into()),
            _ => return Err(unknown()),
        })
    }
}

/// Whether a later version may have given a kind this name.
fn is_kind(text: &str) -> bool {
    let letters = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    (1..=limits::NAME_BYTES_MAX).contains(&text.len()) && letters(text) && text != "unknown"
}

crate::written::stored_as_text!(RecordKey);

/// How many changes a record has seen: 1 after the first, one more with each. No gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(u64);

impl Version {
    /// The version of a record after its first change.
    pub const FIRST: Self = Self(1);

    /// The version with this number; 0 is none and gives `None`.
    #[must_use]
    pub const fn new(number: u64) -> Option<Self> {
        if number == 0 { None } else { Some(Self(number)) }
    }
    /// The number, 1 or more.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
    /// The version after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A place in the history of a record: a text like `ticket/tkt_…#3.0`.
macro_rules! place_key {
    ($(#[$doc:meta])* $name:ident, $(#[$index:meta])*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub struct $name {
            /// The record.
            pub record: $crate::record::RecordKey,
            /// The version that the record reached.
            pub version: $crate::record::Version,
            $(#[$index])*
            pub index: u32,
        }

        impl $name {
            /// The key of a record, a version and a place in that change.
            #[must_use]
            pub const fn new(record: $crate::record::RecordKey, version: $crate::record::Version, index: u32) -> Self {
                Self { record, version, index }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}#{}.{}", self.record, self.version, self.index)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::record::ParsePlaceError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let (record, version, index) = $crate::record::parse_place(text)?;
                Ok(Self { record, version, index })
            }
        }

        $crate::written::stored_as_text!($name);
    };
}
pub(crate) use place_key;

/// A text that is not a place in the history of a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no record, version and place; write it like `customer/1017#3.0`")]
#[non_exhaustive]
pub struct ParsePlaceError {
    /// What was read, shortened.
    pub text: String,
}

pub(crate) fn parse_place(text: &str) -> Result<(RecordKey, Version, u32), ParsePlaceError> {
    let parse = || {
        let (record, place) = text.rsplit_once('#')?;
        let (version, index) = place.split_once('.')?;
        Some((record.parse().ok()?, Version::new(version.parse().ok()?)?, index.parse().ok()?))
    };
    parse().ok_or_else(|| ParsePlaceError { text: limits::shorten(text, 64) })
}

/// The version after `before`, where `None` is a record that does not exist yet.
#[must_use]
pub(crate) fn version_after(before: Option<Version>) -> Version {
    before.map_or(Version::FIRST, Version::next)
}

/// The id of something that a decision creates, derived from its cause: the causing record, that record's
/// new version, and a running index within the change (law 7). The first 128 bits of SHA-256.
pub(crate) fn derive(record: &RecordKey, version: u64, index: u32, what: &str) -> u128 {
    let mut hash = Sha256::new();
    hash.update(record.to_string());
    hash.update([0]);
    hash.update(version.to_be_bytes());
    hash.update(index.to_be_bytes());
    hash.update(what);
    let digest: [u8; 32] = hash.finalize().into();
    let mut bits = [0u8; 16];
    bits.copy_from_slice(&digest[..16]);
    u128::from_be_bytes(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_what_they_print() {
        let keys = [
            RecordKey::Ticket(TicketId::from_u128(7)),
            RecordKey::Customer(CustomerId::new("müşteri/7").unwrap()),
            RecordKey::Order(OrderId::new("A-1").unwrap()),
            RecordKey::Agent(AgentId::new("ayşe").unwrap()),
            RecordKey::Queue(QueueId::new("iade").unwrap()),
            RecordKey::Job(JobId::from_u128(7)),
            RecordKey::Policy,
            RecordKey::View(ViewId::from_u128(7)),
            RecordKey::draft(TicketId::from_u128(7), AgentId::new("ayşe/2").unwrap()),
            RecordKey::Schedule(ScheduleId::from_u128(7)),
            RecordKey::Unknown("robot/7/b".into()),
        ];
        for key in keys {
            assert_eq!(key.to_string().parse::<RecordKey>().unwrap(), key);
        }
        for text in ["", "ticket", "ticket/7", "policy/other", "draft/ayşe", "robot/", "/7", "Robot/7", "unknown/7"] {
            assert!(text.parse::<RecordKey>().is_err(), "{text}");
        }
    }
}
