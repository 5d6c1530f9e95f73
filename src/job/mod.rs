//! Jobs: one command for many tickets.
//!
//! [`StartJob`] names up to [`limits::JOB_ITEMS_MAX`](crate::limits::JOB_ITEMS_MAX) tickets and one command for each of
//! them. Its wake-up is due at once, and each wake does one item: the command is decided on its ticket as if the asker
//! asked it alone at that moment, with the rights that the asker has then, and what it changes is written in one step
//! with the job's own progress. So a job that is killed anywhere resumes at the item where it stood, and no item is
//! done twice or left out. What the desk refuses on one ticket becomes that item's [`Verdict`], and the job goes on.
//!
//! The state holds what is left of the page of tickets at hand; the pages behind it lie beside the log, each under its
//! digest, and each names the next.
//!
//! ```
//! use destek::actor::Actor;
//! use destek::channel::{Channel, ChannelKind};
//! use destek::id::{CustomerId, JobId, Name, TicketId};
//! use destek::job::{EACH, StartJob, Status};
//! use destek::ticket::{Open, Tag};
//! use destek::{policy, testing::Scene};
//!
//! let mut shop = Scene::new(policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
//! for id in 1..=3 {
//!     let customer = CustomerId::new(format!("c-{id}"))?;
//!     shop.run(Actor::Host, Open::new(TicketId::from_u128(id), customer, Channel::of(ChannelKind::Form)))?;
//! }
//! let job = JobId::from_u128(1);
//! let tickets = (1..=4).map(TicketId::from_u128);
//! shop.run(Actor::Host, StartJob::new(job, tickets, Tag::new(EACH).add(Name::new("kampanya")?)))?;
//! shop.sweep();
//!
//! let job = shop.job(job).ok_or("it was started")?;
//! assert_eq!((job.status(), job.done()), (Status::Finished, 3));
//! // The fourth ticket does not exist.
//! assert_eq!(job.refused().get(&Name::new("not_found")?), Some(&1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod apply;
mod command;
mod event;
mod item;
mod refusal;
mod start;
mod step;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::content::ContentRef;
use crate::id::{JobId, Name, TicketId};
use crate::policy::Digest;
use crate::ticket;
use crate::time::Timestamp;

pub(crate) use apply::apply;
pub use command::{CancelJob, EACH, StartJob, fits};
pub use event::{Event, Page, Started, Verdict};
pub(crate) use item::Item;
pub use refusal::Refusal;
pub(crate) use start::start;
pub(crate) use step::{cancel, step};

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// Items are left.
    Running,
    /// Every item has its verdict.
    Finished,
    /// It was called off; the items behind the cursor were left alone.
    Cancelled,
}

/// The state of a job: where it stands, not what became of each item, which its log tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Job {
    pub(crate) id: JobId,
    pub(crate) asker: Actor,
    /// For each ticket, with its text taken out.
    pub(crate) command: ticket::Command,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<ContentRef>,
    pub(crate) status: Status,
    pub(crate) items: u32,
    pub(crate) cursor: u32,
    /// What is left of the page at hand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) page: Vec<TicketId>,
    /// The page behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<Digest>,
    pub(crate) done: u32,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) refused: BTreeMap<Name, u32>,
    pub(crate) started_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ended_at: Option<Timestamp>,
}

impl Job {
    /// The job.
    #[must_use]
    pub const fn id(&self) -> JobId {
        self.id
    }
    /// Who asked for it; every item is decided under the rights that this actor has at that moment.
    #[must_use]
    pub const fn asker(&self) -> &Actor {
        &self.asker
    }
    /// The kind of the command that each ticket gets.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        self.command.kind()
    }
    /// The command that each ticket gets, for the ticket [`EACH`] and with its text taken out.
    #[must_use]
    pub const fn command(&self) -> &ticket::Command {
        &self.command
    }
    /// The text of the command, if it has one.
    #[must_use]
    pub const fn text(&self) -> Option<&ContentRef> {
        self.text.as_ref()
    }
    /// Where it stands.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }
    /// How many tickets it is for.
    #[must_use]
    pub const fn items(&self) -> u32 {
        self.items
    }
    /// How many items have their verdict: the index of the next one, from 0.
    #[must_use]
    pub const fn cursor(&self) -> u32 {
        self.cursor
    }
    /// How many items were done.
    #[must_use]
    pub const fn done(&self) -> u32 {
        self.done
    }
    /// How many items were refused, by code. Of more than [`limits::JOB_CODES_MAX`](crate::limits::JOB_CODES_MAX)
    /// codes the later ones are counted together as `other`.
    #[must_use]
    pub const fn refused(&self) -> &BTreeMap<Name, u32> {
        &self.refused
    }
    /// When it was started.
    #[must_use]
    pub const fn started_at(&self) -> Timestamp {
        self.started_at
    }
    /// When it finished or was called off.
    #[must_use]
    pub const fn ended_at(&self) -> Option<Timestamp> {
        self.ended_at
    }
    /// The ticket at the cursor, while items are left.
    #[must_use]
    pub fn ticket_at_hand(&self) -> Option<TicketId> {
        self.page.first().copied().filter(|_| self.status == Status::Running)
    }
    /// The page that is wanted once the item at the cursor is done.
    pub(crate) fn page_behind(&self) -> Option<Digest> {
        self.next.filter(|_| self.page.len() == 1)
    }
    /// How many items were refused.
    #[must_use]
    pub fn refused_in_all(&self) -> u32 {
        self.cursor.saturating_sub(self.done)
    }
}
