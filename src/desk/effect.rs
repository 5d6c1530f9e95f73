//! Effects: requests to the outside, as data. They are rows in the outbox before they are messages (law 22).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::channel::Channel;
use crate::content::ContentRef;
use crate::id::{AgentId, CustomerId, MessageId, Name, QueueId, TeamId, TicketId};
use crate::language::Language;
use crate::record::{RecordKey, Version};
use crate::routing::StallReason;
use crate::sla::{Metric, Threshold};
use crate::ticket::Public;

/// The identity of an effect: the record that caused it, the version that record reached, and the place among
/// the effects of that change. The same on every attempt, so that a receiver can tell a repeat.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct EffectKey {
    /// The record.
    pub record: RecordKey,
    /// Its version.
    pub version: Version,
    /// The place, from 0.
    pub index: u32,
}

impl EffectKey {
    /// The key of an effect.
    #[must_use]
    pub const fn new(record: RecordKey, version: Version, index: u32) -> Self {
        Self { record, version, index }
    }
}

impl fmt::Display for EffectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}.{}", self.record, self.version, self.index)
    }
}

impl FromStr for EffectKey {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let fail = || format!("`{}` is not an effect key", crate::limits::shorten(text, 64));
        let (record, place) = text.rsplit_once('#').ok_or_else(fail)?;
        let (version, index) = place.split_once('.').ok_or_else(fail)?;
        Ok(Self {
            record: record.parse().map_err(|_| fail())?,
            version: version.parse().ok().and_then(Version::new).ok_or_else(fail)?,
            index: index.parse().map_err(|_| fail())?,
        })
    }
}

impl Serialize for EffectKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EffectKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Within one record and lane, effects are delivered in order; lanes do not wait for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Lane {
    /// What the customer reads.
    Customer,
    /// What the team reads.
    Staff,
}

impl Lane {
    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Staff => "staff",
        }
    }
}

/// A request to the outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Effect {
    /// Send an answer to the customer.
    Send {
        /// The ticket.
        ticket: TicketId,
        /// Its number.
        number: u64,
        /// The message.
        message: MessageId,
        /// To whom.
        to: CustomerId,
        /// Over which channel.
        channel: Channel,
        /// The text.
        body: Public,
    },
    /// Tell the customer something in the library's own words; see [`Told::text`].
    Tell {
        /// The ticket.
        ticket: TicketId,
        /// Its number.
        number: u64,
        /// To whom.
        to: CustomerId,
        /// Over which channel.
        channel: Channel,
        /// In which language.
        language: Language,
        /// What.
        what: Told,
    },
    /// Tell the team something; see [`Noticed::text`].
    Notify {
        /// Whom.
        to: Recipient,
        /// The ticket it is about, if it is about one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ticket: Option<TicketId>,
        /// The ticket's number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<u64>,
        /// What.
        what: Noticed,
    },
}

impl Effect {
    /// The lane it is delivered in.
    #[must_use]
    pub const fn lane(&self) -> Lane {
        match self {
            Self::Send { .. } | Self::Tell { .. } => Lane::Customer,
            Self::Notify { .. } => Lane::Staff,
        }
    }
    /// The personal text that it carries, which erasure may withdraw.
    #[must_use]
    pub const fn content(&self) -> Option<&ContentRef> {
        if let Self::Send { body, .. } = self { Some(body.content()) } else { None }
    }
}

/// What a customer is told in the library's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Told {
    /// The request arrived.
    Received,
    /// It is believed to be done; is anything left?
    Resolved,
    /// It is closed.
    Closed,
}

/// Whom of the team a notice is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Recipient {
    /// One agent.
    Agent(AgentId),
    /// Everybody in a team.
    Team(TeamId),
    /// The lead of a team.
    Lead(TeamId),
}

/// What the team is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Noticed {
    /// A ticket is yours.
    Assigned,
    /// The customer of your ticket wrote.
    MessageReceived,
    /// A promise is close to its end.
    Warned {
        /// Which.
        metric: Metric,
        /// How close.
        threshold: Threshold,
    },
    /// A promise was not kept.
    Breached {
        /// Which.
        metric: Metric,
    },
    /// A rule has something to say.
    Rule {
        /// The rule.
        rule: Name,
        /// In the policy's own words.
        text: String,
    },
    /// A queue does not move.
    Stalled {
        /// The queue.
        queue: QueueId,
        /// Why.
        reason: StallReason,
    },
}
