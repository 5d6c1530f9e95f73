//! Effects: requests to the outside, as data. They are rows in the outbox before they are messages (law 22).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::channel::Channel;
use crate::content::ContentRef;
use crate::id::{
    AgentId, ApprovalId, CustomerId, MessageId, Name, PartyId, QueueId, ReminderId, SideId, TaskId, TeamId, TicketId,
};
use crate::language::Language;
use crate::record;
use crate::routing::StallReason;
use crate::sla::{Metric, Threshold};
use crate::ticket::{ApprovalEnd, Outside, Public};

record::place_key! {
    /// The identity of an effect: the record that caused it, the version that record reached, and the place among
    /// the effects of that change. The same on every attempt, so that a receiver can tell a repeat.
    EffectKey,
    /// The place among the effects of that change, from 0.
}

/// Within one record and lane, effects are delivered in order; lanes do not wait for each other, so that one dead
/// receiver holds up nobody else (law 22).
///
/// ```
/// use destek::desk::Lane;
/// use destek::id::CustomerId;
///
/// let friend = Lane::Participant(CustomerId::new("c-18")?);
/// assert_eq!(friend.to_string(), "participant/c-18");
/// assert_eq!(Lane::from("participant/c-18"), friend);
/// // A lane of a later version of the library stays what it is.
/// assert_eq!(Lane::from("webhook/erp").to_string(), "webhook/erp");
/// # Ok::<(), destek::id::ParseIdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Lane {
    /// What the ticket's customer reads.
    Customer,
    /// What another customer who takes part reads.
    Participant(CustomerId),
    /// What the team reads.
    Staff,
    /// What a third party reads.
    Party(PartyId),
    /// A lane that only a later version of the library knows, as it is written.
    Unknown(Box<str>),
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Customer => f.write_str("customer"),
            Self::Participant(customer) => write!(f, "participant/{customer}"),
            Self::Staff => f.write_str("staff"),
            Self::Party(party) => write!(f, "party/{party}"),
            Self::Unknown(text) => f.write_str(text),
        }
    }
}

impl From<&str> for Lane {
    fn from(text: &str) -> Self {
        let participant = || text.strip_prefix("participant/").and_then(|id| CustomerId::new(id).ok());
        let party = || text.strip_prefix("party/").and_then(|id| PartyId::new(id).ok());
        match text {
            "customer" => Self::Customer,
            "staff" => Self::Staff,
            _ => participant()
                .map(Self::Participant)
                .or_else(|| party().map(Self::Party))
                .unwrap_or_else(|| Self::Unknown(text.into())),
        }
    }
}

impl Serialize for Lane {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Lane {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Ok(Self::from(&*text))
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
    /// Send what the shop wrote to a third party.
    SendSide {
        /// The ticket.
        ticket: TicketId,
        /// Its number.
        number: u64,
        /// The conversation.
        side: SideId,
        /// The message.
        message: MessageId,
        /// To whom.
        to: PartyId,
        /// Over which channel.
        channel: Channel,
        /// What the conversation is about, with its first message. The text is in [`PartySide`](crate::view::PartySide).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<Outside>,
        /// The text.
        body: Outside,
    },
    /// A request that this version of the library does not know. It waits for a later version to deliver it.
    #[serde(untagged)]
    Unknown(serde_json::Value),
}

impl Effect {
    /// Its kind, as it is stored; `None` for one that this version of the library does not know.
    #[must_use]
    pub const fn kind(&self) -> Option<&'static str> {
        match self {
            Self::Send { .. } => Some("send"),
            Self::Tell { .. } => Some("tell"),
            Self::Notify { .. } => Some("notify"),
            Self::SendSide { .. } => Some("send_side"),
            Self::Unknown(_) => None,
        }
    }

    /// The personal text that it carries, which erasure may withdraw.
    #[must_use]
    pub const fn content(&self) -> Option<&ContentRef> {
        match self {
            Self::Send { body, .. } => Some(body.content()),
            Self::SendSide { body, .. } => Some(body.content()),
            _ => None,
        }
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
    /// We still wait for your answer.
    Nudged,
    /// It was resolved, as there was no answer.
    Unanswered,
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
    /// Your approval is asked for.
    ApprovalAsked {
        /// The approval.
        approval: ApprovalId,
    },
    /// What you asked approval for has an answer.
    ApprovalEnded {
        /// The approval.
        approval: ApprovalId,
        /// How it ended.
        how: ApprovalEnd,
    },
    /// A task is yours.
    TaskGiven {
        /// The task.
        task: TaskId,
    },
    /// A task was not done in time.
    TaskOverdue {
        /// The task.
        task: TaskId,
    },
    /// A third party answered.
    SideAnswered {
        /// The conversation.
        side: SideId,
    },
    /// You asked to be reminded.
    Reminded {
        /// The reminder.
        reminder: ReminderId,
    },
    /// The time is over for which your ticket was held.
    WaitOver,
    /// The customer of your ticket has not answered, however often he was asked.
    Unanswered,
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
