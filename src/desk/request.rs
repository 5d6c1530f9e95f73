//! What a host asks: a command, by whom, under an id that makes asking twice harmless.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::actor::Actor;
use crate::content::Seed;
use crate::customer::RecordCustomer;
use crate::id::{QueueId, RequestId};
use crate::order::RecordOrder;
use crate::record::RecordKey;
use crate::team::{RecordAgent, SetPresence};
use crate::ticket;
use crate::time::Timestamp;

/// Everything that can be asked of a desk; nothing changes in any other way (law 1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Command {
    /// About a ticket.
    Ticket(ticket::Command),
    /// The host says what it knows of a customer.
    RecordCustomer(RecordCustomer),
    /// The host says what it knows of an order.
    RecordOrder(RecordOrder),
    /// The host says what it knows of an agent.
    RecordAgent(RecordAgent),
    /// An agent comes, goes or steps away.
    SetPresence(SetPresence),
    /// The desk's own policy is in force from now on.
    Activate,
    /// Do what time has caused on a record; idempotent (law 13).
    Wake(RecordKey),
    /// Give waiting tickets of a queue to agents, a bounded batch (law 19).
    Drain(QueueId),
}

impl Command {
    /// The stored name of the command's kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Ticket(command) => command.kind(),
            Self::RecordCustomer(_) => "record_customer",
            Self::RecordOrder(_) => "record_order",
            Self::RecordAgent(_) => "record_agent",
            Self::SetPresence(_) => "set_presence",
            Self::Activate => "activate",
            Self::Wake(_) => "wake",
            Self::Drain(_) => "drain",
        }
    }
}

impl<T: Into<ticket::Command>> From<T> for Command {
    fn from(command: T) -> Self {
        Self::Ticket(command.into())
    }
}

macro_rules! from {
    ($($name:ident),*) => {$(
        impl From<$name> for Command {
            fn from(command: $name) -> Self {
                Self::$name(command)
            }
        }
    )*};
}
from!(RecordCustomer, RecordOrder, RecordAgent, SetPresence);

/// One request of the host.
///
/// ```
/// use destek::actor::Actor;
/// use destek::content::Seed;
/// use destek::id::{AgentId, RequestId, TicketId};
/// use destek::ticket::Take;
/// use destek::Request;
///
/// let seed = Seed::new([7; 32]); // 32 bytes from the host's random source
/// let actor = Actor::Agent(AgentId::new("ayse")?);
/// let request = Request::new(RequestId::from_u128(1), actor, seed, Take::new(TicketId::from_u128(9)));
/// assert_eq!(request.command.kind(), "take");
/// # Ok::<(), destek::id::ParseIdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// Its id; the same id gives the same receipt (law 21).
    pub id: RequestId,
    /// Who asks.
    pub actor: Actor,
    /// Randomness for the salts of personal text.
    pub seed: Seed,
    /// What is asked.
    pub command: Command,
    /// When it occurred, if that was earlier; only an import may say so.
    pub occurred: Option<Timestamp>,
}

impl Request {
    /// A request for now.
    #[must_use]
    pub fn new(id: RequestId, actor: Actor, seed: Seed, command: impl Into<Command>) -> Self {
        Self { id, actor, seed, command: command.into(), occurred: None }
    }
    /// The same request for something that occurred earlier.
    #[must_use]
    pub const fn occurred(mut self, at: Timestamp) -> Self {
        self.occurred = Some(at);
        self
    }
    /// What tells this request from another that misuses its id: SHA-256 of who asks and what.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        // Hashed in one piece, as a hash fed bit by bit costs more than the memory. Every command serialises.
        let asked = serde_json::to_vec(&(&self.actor, &self.command, &self.occurred)).unwrap_or_default();
        Fingerprint(Sha256::digest(asked).into())
    }
}

/// What a request asked, as a digest: personal text cannot be read back from it by looking, and it is stored for
/// as long as the request's id is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The digest's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
    /// The fingerprint with these bytes, as a store kept them.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}
