//! What a host asks: a command, by whom, under an id that makes asking twice harmless.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

use super::receipt::Receipt;

use crate::actor::Actor;
use crate::content::{Content, Seed, Text, hex, unhex};
use crate::customer::{Ban, RecordCustomer, Unban};
use crate::draft::{DiscardDraft, SaveDraft};
use crate::id::{ContentId, QueueId, RequestId};
use crate::inbox::{RemoveView, SaveView};
use crate::job::{CancelJob, StartJob};
use crate::limits;
use crate::order::RecordOrder;
use crate::record::{RecordKey, Version};
use crate::schedule::{RemoveSchedule, SetSchedule};
use crate::team::{RecordAgent, SetPresence};
use crate::ticket;
use crate::time::{Span, Timestamp};

/// How long a ticket rests after each request of an import that tells its past.
pub(super) const IMPORT_REST: Span = Span::seconds(limits::IMPORT_REST_SECONDS);

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
    /// Do the same to many tickets, one after the other (law 23).
    StartJob(StartJob),
    /// Call a job off.
    CancelJob(CancelJob),
    /// The desk's own policy is in force from now on.
    Activate,
    /// Do what time has caused on a record; idempotent (law 13).
    Wake(RecordKey),
    /// Give waiting tickets of a queue to agents, a bounded batch (law 19).
    Drain(QueueId),
    /// An agent saves a view of the inbox.
    SaveView(SaveView),
    /// An agent removes a saved view.
    RemoveView(RemoveView),
    /// An agent saves what he has written so far.
    SaveDraft(SaveDraft),
    /// An agent throws his draft away.
    DiscardDraft(DiscardDraft),
    /// Keep apart what a customer writes.
    Ban(Ban),
    /// Let in again what a customer writes.
    Unban(Unban),
    /// Open tickets again and again.
    SetSchedule(SetSchedule),
    /// Open them no more.
    RemoveSchedule(RemoveSchedule),
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
            Self::StartJob(_) => "start_job",
            Self::CancelJob(_) => "cancel_job",
            Self::Activate => "activate",
            Self::Wake(_) => "wake",
            Self::Drain(_) => "drain",
            Self::SaveView(_) => "save_view",
            Self::RemoveView(_) => "remove_view",
            Self::SaveDraft(_) => "save_draft",
            Self::DiscardDraft(_) => "discard_draft",
            Self::Ban(_) => "ban",
            Self::Unban(_) => "unban",
            Self::SetSchedule(_) => "set_schedule",
            Self::RemoveSchedule(_) => "remove_schedule",
        }
    }

    /// Whether it can bring no personal text.
    const fn is_wordless(&self) -> bool {
        matches!(self, Self::Ticket(command) if command.is_wordless())
    }

    /// The personal texts that it brings.
    fn texts_mut(&mut self) -> Vec<&mut Text> {
        match self {
            Self::Ticket(command) => command.texts_mut(),
            Self::RecordCustomer(command) => command.name.iter_mut().collect(),
            Self::StartJob(command) => command.command.texts_mut(),
            Self::SaveDraft(command) => vec![&mut command.body],
            Self::Ban(command) => command.reason.iter_mut().collect(),
            Self::SetSchedule(command) => command.subject.iter_mut().collect(),
            Self::RecordOrder(_)
            | Self::RecordAgent(_)
            | Self::SetPresence(_)
            | Self::CancelJob(_)
            | Self::Activate
            | Self::Wake(_)
            | Self::Drain(_)
            | Self::SaveView(_)
            | Self::RemoveView(_)
            | Self::DiscardDraft(_)
            | Self::Unban(_)
            | Self::RemoveSchedule(_) => Vec::new(),
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
from!(
    RecordCustomer,
    RecordOrder,
    RecordAgent,
    SetPresence,
    StartJob,
    CancelJob,
    SaveView,
    RemoveView,
    SaveDraft,
    DiscardDraft,
    Ban,
    Unban,
    SetSchedule,
    RemoveSchedule
);

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
    /// When it occurred, if that was earlier; only an import may say so, and it tells each ticket's past in order.
    ///
    /// Such a ticket rests after each request ([`IMPORT_REST_SECONDS`](crate::limits::IMPORT_REST_SECONDS)), so that
    /// neither time nor a queue comes between the parts of its past. An import's request without an instant ends the past
    /// at once: what time has caused since then is recorded, and told only as far as it is younger than that.
    pub occurred: Option<Timestamp>,
    /// The version of the ticket that the asker looked at when he made the command. Where others have changed since
    /// what the command touches, it is refused with both values ([`Outdated`](super::Outdated)); without it, the last one wins.
    pub seen: Option<Version>,
}

impl Request {
    /// A request for now.
    #[must_use]
    pub fn new(id: RequestId, actor: Actor, seed: Seed, command: impl Into<Command>) -> Self {
        Self { id, actor, seed, command: command.into(), occurred: None, seen: None }
    }
    /// The same request for something that occurred earlier.
    #[must_use]
    pub const fn occurred(mut self, at: Timestamp) -> Self {
        self.occurred = Some(at);
        self
    }
    /// The same request, made on what the ticket was at this version.
    ///
    /// ```
    /// use destek::{actor::Actor, desk::Rejection, policy, record::RecordKey, team::RecordAgent, testing::Scene};
    /// use destek::channel::{Channel, ChannelKind};
    /// use destek::id::{CustomerId, Name, TeamId, TicketId};
    /// use destek::ticket::{Open, Part, Prioritize, Tag};
    ///
    /// # let mut shop = Scene::new(policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
    /// # for who in ["ayşe", "mert"] {
    /// #     let record = RecordAgent::new(who.parse()?).role(Name::new("agent")?).team(TeamId::new("destek")?);
    /// #     shop.run(Actor::Host, record)?;
    /// # }
    /// # let (customer, ticket) = (CustomerId::new("c-17")?, TicketId::from_u128(1));
    /// let open = Open::new(ticket, customer.clone(), Channel::of(ChannelKind::Chat));
    /// let seen = shop.run(Actor::verified(customer), open)?.version(&RecordKey::Ticket(ticket)).ok_or("it is new")?;
    /// let (ayse, mert) = (Actor::Agent("ayşe".parse()?), Actor::Agent("mert".parse()?));
    ///
    /// // Two agents look at the same version. What one changes does not touch what the other changes ...
    /// shop.run(mert, Prioritize::new(ticket).priority(Name::new("yüksek")?))?;
    /// let tag = shop.request(ayse.clone(), Tag::new(ticket).add(Name::new("kargo")?)).seen(seen);
    /// shop.execute(&tag)?;
    /// // ... until both change the same.
    /// let low = shop.request(ayse, Prioritize::new(ticket).priority(Name::new("düşük")?)).seen(seen);
    /// let Err(Rejection::Outdated(outdated)) = shop.execute(&low) else { panic!("mert was first") };
    /// assert_eq!(outdated.conflicts[0].part, Part::Priority);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn seen(mut self, version: Version) -> Self {
        self.seen = Some(version);
        self
    }

    /// What it asks, with the personal texts taken out, and those texts.
    fn taken_apart(&self) -> (Shape, Vec<String>) {
        let (mut command, mut texts) = (Cow::Borrowed(&self.command), Vec::new());
        if !command.is_wordless() {
            texts = command.to_mut().texts_mut().into_iter().map(Text::take).collect();
        }
        // Hashed in one piece, as a hash fed bit by bit costs more than the memory. Every command serialises.
        let mut asked = Vec::with_capacity(256);
        let _ = serde_json::to_writer(&mut asked, &(&self.actor, &command, &self.occurred));
        if let Some(seen) = self.seen {
            let _ = serde_json::to_writer(&mut asked, &seen);
        }
        (Shape(Sha256::digest(asked).into()), texts)
    }

    /// What tells this request from another that misuses its id, given the texts that its decision keeps.
    #[must_use]
    pub fn fingerprint(&self, contents: &[Content]) -> Fingerprint {
        let (shape, texts) = self.taken_apart();
        // What a request without texts writes down is another one's, as the answers of a job are.
        let contents = contents.iter().filter(|_| !texts.is_empty());
        Fingerprint { shape, contents: contents.map(|content| content.id).collect() }
    }

    /// Whether an answered request was this one, as far as that can still be told: a text that was erased since
    /// is not compared.
    #[must_use]
    pub fn is_answered_by(&self, answered: &Answered) -> bool {
        let (shape, texts) = self.taken_apart();
        // A decision may drop a text, as the subject of a message that joins a ticket; it keeps none but the request's.
        shape == answered.fingerprint.shape && answered.contents.iter().all(|kept| texts.contains(&kept.text))
    }
}

/// SHA-256 of who asks for what, personal texts left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Shape([u8; 32]);

impl Serialize for Shape {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        unhex(&text).map(Self).ok_or_else(|| de::Error::custom("expected 64 lower-case hexadecimal digits"))
    }
}

/// What a request asked, stored as long as its id is. It tells nothing of personal text (law 30): that is compared
/// with the texts themselves, as long as they are there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Fingerprint {
    shape: Shape,
    /// The texts that its decision kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<ContentId>,
}

/// What a store found of a request that was carried out before.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answered {
    /// What it asked.
    pub fingerprint: Fingerprint,
    /// What it was answered with.
    pub receipt: Receipt,
    /// The texts of [`Fingerprint::contents`] that are still there.
    pub contents: Vec<Content>,
}

impl Answered {
    /// A request as it was stored, with the texts that are still there.
    #[must_use]
    pub const fn new(fingerprint: Fingerprint, receipt: Receipt, contents: Vec<Content>) -> Self {
        Self { fingerprint, receipt, contents }
    }
}
