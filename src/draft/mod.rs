//! Drafts: what an agent has begun to write to a customer and not yet sent.
//!
//! A draft is a record of its own, one for each ticket and agent, so that nothing that happens to the ticket touches it
//! and it touches nothing (a draft that is lost because a colleague changed the ticket is nobody's idea of help). It
//! remembers which version of the ticket its writer saw; what has changed since then is in the ticket's timeline.
//! [`Reply::drafted`](crate::ticket::Reply::drafted) sends it and takes it away.
//!
//! ```
//! use destek::draft::SaveDraft;
//! use destek::{actor::Actor, channel::{Channel, ChannelKind}, policy, team::RecordAgent, testing::Scene};
//! use destek::id::{CustomerId, MessageId, Name, TeamId, TicketId};
//! use destek::ticket::{Open, Reply};
//!
//! # let mut shop = Scene::new(policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
//! # let record = RecordAgent::new("ayşe".parse()?).role(Name::new("agent")?).team(TeamId::new("destek")?);
//! # shop.run(Actor::Host, record)?;
//! # let (customer, ticket) = (CustomerId::new("c-17")?, TicketId::from_u128(1));
//! # shop.run(Actor::verified(customer.clone()), Open::new(ticket, customer, Channel::of(ChannelKind::Chat)))?;
//! let ayse = Actor::Agent("ayşe".parse()?);
//! shop.run(ayse.clone(), SaveDraft::new(ticket, "Kargonuz bugün"))?;
//! let own = shop.draft(ticket, "ayşe".parse()?)?.ok_or("it was saved")?;
//! assert_eq!(own.text.as_deref(), Some("Kargonuz bugün"));
//!
//! shop.run(ayse, Reply::new(ticket, MessageId::from_u128(1), "Kargonuz bugün yola çıktı.").drafted())?;
//! assert!(shop.draft(ticket, "ayşe".parse()?)?.is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use serde::{Deserialize, Serialize};

use crate::content::Text;
use crate::id::{AgentId, MessageId, TicketId};
use crate::record::Version;
use crate::ticket::Internal;
use crate::time::Timestamp;

/// The asking agent saves what he has written so far to the customer of a ticket; it replaces what he saved before.
///
/// Whoever may answer may save. A [`Request::seen`](crate::Request::seen) is remembered; without it, the draft counts as
/// written on what the ticket is now. Each saving is an event and a text: save when the writer rests, not with each
/// key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SaveDraft {
    /// The ticket.
    pub ticket: TicketId,
    /// The text so far.
    pub body: Text,
}

impl SaveDraft {
    /// Saves a text.
    #[must_use]
    pub fn new(ticket: TicketId, body: impl Into<Text>) -> Self {
        Self { ticket, body: body.into() }
    }
}

/// The asking agent throws his draft on a ticket away. Throwing away what is not there changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DiscardDraft {
    /// The ticket.
    pub ticket: TicketId,
}

impl DiscardDraft {
    /// Throws the draft away.
    #[must_use]
    pub const fn new(ticket: TicketId) -> Self {
        Self { ticket }
    }
}

/// What happened to a draft. Stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// It was written, or written anew.
    Saved {
        /// Its text.
        body: Internal,
        /// The version of the ticket that its writer saw.
        seen: Version,
    },
    /// Its writer threw it away.
    Discarded,
    /// It was sent.
    Sent {
        /// As this message.
        message: MessageId,
    },
}

/// The state of a draft: the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Draft {
    /// The ticket that it is about.
    pub ticket: TicketId,
    /// Whose it is.
    pub agent: AgentId,
    /// Its text; none once it was sent or thrown away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Internal>,
    /// The version of the ticket that its writer saw.
    pub seen: Version,
    /// When it was last written.
    pub saved_at: Timestamp,
}

/// Applies one event. Reads nothing but its arguments (law 3).
pub(crate) fn apply(ids: (TicketId, &AgentId), before: Option<Draft>, event: &Event, at: Timestamp) -> Option<Draft> {
    match event {
        Event::Saved { body, seen } => {
            let (ticket, agent) = (ids.0, ids.1.clone());
            Some(Draft { ticket, agent, body: Some(*body), seen: *seen, saved_at: at })
        }
        Event::Discarded | Event::Sent { .. } => before.map(|draft| Draft { body: None, ..draft }),
    }
}
