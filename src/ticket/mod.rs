//! The ticket: one request of one customer until nothing is left to do.
//!
//! [`Command`] lists the verbs, [`Event`] what may happen, [`Refusal`] why a verb says no; [`Ticket`] is the fold of
//! its events. A status is a name of the shop over one of six categories, and verbs read the category only:
//!
//! | verb | from | to |
//! |---|---|---|
//! | [`Open`], [`Receive`] | nothing | new |
//! | [`Take`], [`Reply`] of an agent | new | open |
//! | [`Hold`] | new, open, hold | hold |
//! | [`Remind`], [`Dismiss`] | whatever it is | as it was; the agent is told when the time has come |
//! | [`Resume`], its time, a message where the customer was asked | hold | open |
//! | [`Resolve`] | new, open, hold | resolved |
//! | [`Refuse`], [`Reopen`], a message that is more than thanks | resolved | open |
//! | [`Confirm`], [`Close`], silence (from resolved only) | new, open, hold, resolved | closed |
//! | [`Reopen`] | closed | open |
//! | [`MarkSpam`] | new, open, hold | spam |
//! | [`Restore`] | spam | open |
//! | [`Merge`] | new, open, hold, resolved, closed | closed, and it goes on in another ticket |
//! | [`Unmerge`] | merged | what it was before |
//! | [`Split`] | new, open, hold, resolved | as it was, and a part goes on in a new ticket |
//! | [`AskApproval`], [`Approve`], [`Decline`], [`WithdrawApproval`] | new, open, hold, resolved | as it was, until what was asked for is done |
//! | [`Link`], [`Unlink`] | whatever it is | as it was, and linked to another ticket, or no longer |
//! | [`AddTask`], [`ReopenTask`], [`ApplyChecklist`] | new, open, hold, resolved | as it was; open tasks may hold it up |
//! | [`CompleteTask`], [`DropTask`] | the same, and closed | as it was |
//! | [`LogTime`], [`CorrectTime`] | any | as it was |
//! | [`StartSide`] | new, open, hold, resolved | as it was, or hold |
//! | [`SideReply`], [`CloseSide`] | the same, and closed, merged or not | as it was |
//! | [`ReceiveSide`] | any | as it was; open, where it waited for a third party |
//!
//! Which statuses these are, and which ways between them exist, is the policy's [`Workflow`]. Whoever asks what
//! happens on a verb finds it in the file of its name.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

mod apply;
mod command;
mod event;
mod field;
mod kind;
mod message;
mod promise;
mod rare;
mod refusal;
mod status;
mod workflow;

pub(crate) mod approval;
pub(crate) mod assign;
pub(crate) mod describe;
pub(crate) mod effort;
pub(crate) mod grant;
pub(crate) mod hold;
pub(crate) mod link;
pub(crate) mod merge;
pub(crate) mod nudge;
pub(crate) mod open;
pub(crate) mod part;
pub(crate) mod remind;
pub(crate) mod reply;
pub(crate) mod resolve;
pub(crate) mod side;
pub(crate) mod split;
pub(crate) mod task;
pub(crate) mod verb;

pub(crate) use apply::{apply, first};
pub use approval::{Approval, ApprovalEnd, Proposal, ProposalKind};
pub use command::{
    AddTask, ApplyChecklist, Approve, AskApproval, Assign, Classify, Close, CloseSide, Command, CompleteTask, Confirm,
    CorrectTime, Decline, Dismiss, DropTask, Follow, Grant, Hold, Link, LinkOrder, LogTime, MarkSpam, Merge, Note,
    Open, Prioritize, Receive, ReceiveSide, Refuse, Remind, Reopen, ReopenTask, Reply, Resolve, Restore, Resume,
    SetField, SetParticipant, SideReply, Split, StartSide, Tag, Take, Transfer, Unassign, Unlink, Unmerge,
    WithdrawApproval,
};
pub use effort::Worked;
pub use event::{Assignment, Closing, Event, Likeness, Notice, Opened, Reopening, Resumption, Whom};
pub(crate) use field::parse_value;
pub use field::{FieldInput, FieldType, FieldValue};
pub use kind::{ContactCategory, ContactKind, Initiator, Stage, StageCategory};
pub use link::{Bond, LinkKind, Links};
pub(crate) use merge::Lent;
pub use merge::{Absorbed, Frame, Merged};
pub use message::{Internal, Outside, Public};
pub use nudge::Nudging;
pub use part::{Part, PartValue};
use rare::Rare;
pub use refusal::{Refusal, Unfit};
pub use remind::Reminder;
pub use side::{Party, Side, SideStatus};
pub use split::{Moved, SplitFrom};
pub use status::{Category, HoldKind, Status};
pub use task::{ListedTask, Task};
pub use workflow::{StatusDoc, Transition, TransitionDoc, Workflow};

use crate::channel::Channel;
use crate::customer::Quarantine;
use crate::id::{AgentId, ApprovalId, CustomerId, Name, OrderId, QueueId, ReminderId, SideId, TaskId, TicketId};
use crate::language::Language;
use crate::money::{Currency, Money};
use crate::priority::{Grade, Priority};
use crate::sla::Clocks;
use crate::time::Timestamp;

/// For whom a ticket waits, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Wait {
    /// For whom.
    pub kind: HoldKind,
    /// When it returns by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A place in a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Place {
    /// Smaller comes first; among equals the smaller ticket id.
    pub rank: Timestamp,
    /// Since when.
    pub since: Timestamp,
}

/// The state of a ticket: what decisions need, and no message text (law 8). The fold of its events (law 3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ticket {
    pub(crate) id: TicketId,
    pub(crate) number: u64,
    pub(crate) customer: CustomerId,
    pub(crate) channel: Channel,
    pub(crate) initiator: Initiator,
    pub(crate) status: Status,
    pub(crate) kind: ContactKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) stage: Option<Stage>,
    pub(crate) priority: Priority,
    pub(crate) urgency: Grade,
    pub(crate) impact: Grade,
    pub(crate) language: Language,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<Public>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) order: Option<OrderId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) queue: Option<QueueId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<Place>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) assignee: Option<AgentId>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) tags: BTreeSet<Name>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) fields: Rare<BTreeMap<Name, FieldValue>>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) participants: Rare<BTreeSet<CustomerId>>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) followers: Rare<BTreeSet<AgentId>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hold: Option<Wait>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) nudging: Option<Nudging>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) silent_until: Option<Timestamp>,
    /// Only an unproven sender's ticket says so in stored state.
    #[serde(default = "proven", skip_serializing_if = "is_proven")]
    pub(crate) verified: bool,
    pub(crate) opened_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) waiting_since: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) first_reply_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) resolved_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) closed_at: Option<Timestamp>,
    pub(crate) reopened: u32,
    pub(crate) messages: u32,
    /// Whether the customer's last message came from a machine.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) last_automatic: bool,
    /// Whether nobody but machines has written since it came in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) unheard: bool,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) granted: Rare<BTreeMap<Name, Vec<Money>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) merged: Option<Box<Merged>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) absorbed: Rare<BTreeMap<TicketId, Absorbed>>,
    #[serde(default, skip_serializing_if = "Lent::is_empty")]
    pub(crate) lent: Rare<Lent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) split_from: Option<Box<SplitFrom>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) approvals: Rare<BTreeMap<ApprovalId, Approval>>,
    #[serde(default, skip_serializing_if = "Links::is_empty")]
    pub(crate) links: Rare<Links>,
    /// How often something happened that linked tickets take in.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) passed: u32,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tasks: Rare<BTreeMap<TaskId, Task>>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) checklists: Rare<BTreeSet<Name>>,
    #[serde(default, skip_serializing_if = "Worked::is_empty")]
    pub(crate) worked: Rare<Worked>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) sides: Rare<BTreeMap<SideId, Side>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) quarantine: Option<Quarantine>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) reminders: Rare<BTreeMap<ReminderId, Reminder>>,
    #[serde(default, skip_serializing_if = "Clocks::is_empty")]
    pub(crate) clocks: Clocks,
}

const fn proven() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_proven(verified: &bool) -> bool {
    *verified
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Ticket {
    /// The ticket's id.
    #[must_use]
    pub const fn id(&self) -> TicketId {
        self.id
    }
    /// The number people say to each other.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }
    /// Whose request it is.
    #[must_use]
    pub const fn customer(&self) -> &CustomerId {
        &self.customer
    }
    /// The channel of the first message; answers go there.
    #[must_use]
    pub const fn channel(&self) -> &Channel {
        &self.channel
    }
    /// Who began.
    #[must_use]
    pub const fn initiator(&self) -> Initiator {
        self.initiator
    }
    /// The status.
    #[must_use]
    pub const fn status(&self) -> &Status {
        &self.status
    }
    /// What the status means.
    #[must_use]
    pub const fn category(&self) -> Category {
        self.status.category
    }
    /// The kind of contact.
    #[must_use]
    pub const fn kind(&self) -> &ContactKind {
        &self.kind
    }
    /// The sale stage, if known.
    #[must_use]
    pub const fn stage(&self) -> Option<&Stage> {
        self.stage.as_ref()
    }
    /// The priority, with its reason.
    #[must_use]
    pub const fn priority(&self) -> &Priority {
        &self.priority
    }
    /// How soon it hurts.
    #[must_use]
    pub const fn urgency(&self) -> Grade {
        self.urgency
    }
    /// How much it hurts.
    #[must_use]
    pub const fn impact(&self) -> Grade {
        self.impact
    }
    /// The language to answer in.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }
    /// The subject, outside the log.
    #[must_use]
    pub const fn subject(&self) -> Option<&Public> {
        self.subject.as_ref()
    }
    /// The order it is about.
    #[must_use]
    pub const fn order(&self) -> Option<&OrderId> {
        self.order.as_ref()
    }
    /// The queue it belongs to, waiting or not.
    #[must_use]
    pub const fn queue(&self) -> Option<&QueueId> {
        self.queue.as_ref()
    }
    /// Its place in the queue, while it waits for an agent.
    #[must_use]
    pub const fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }
    /// The agent who has it.
    #[must_use]
    pub const fn assignee(&self) -> Option<&AgentId> {
        self.assignee.as_ref()
    }
    /// The tags.
    #[must_use]
    pub const fn tags(&self) -> &BTreeSet<Name> {
        &self.tags
    }
    /// The custom fields.
    #[must_use]
    pub fn fields(&self) -> &BTreeMap<Name, FieldValue> {
        &self.fields
    }
    /// Other customers who take part.
    #[must_use]
    pub fn participants(&self) -> &BTreeSet<CustomerId> {
        &self.participants
    }
    /// Agents who follow it.
    #[must_use]
    pub fn followers(&self) -> &BTreeSet<AgentId> {
        &self.followers
    }
    /// For whom it waits, while on hold.
    #[must_use]
    pub const fn hold(&self) -> Option<&Wait> {
        self.hold.as_ref()
    }
    /// When silence will close it, while resolved.
    #[must_use]
    pub const fn silent_until(&self) -> Option<Timestamp> {
        self.silent_until
    }
    /// Whether the host knew that its customer opened it; an unproven sender's ticket is joined by no later message.
    #[must_use]
    pub const fn is_verified(&self) -> bool {
        self.verified
    }
    /// Why it was kept apart as it came in, while it is.
    #[must_use]
    pub const fn quarantine(&self) -> Option<Quarantine> {
        self.quarantine
    }
    /// When it was opened.
    #[must_use]
    pub const fn opened_at(&self) -> Timestamp {
        self.opened_at
    }
    /// When something last happened to it.
    #[must_use]
    pub const fn updated_at(&self) -> Timestamp {
        self.updated_at
    }
    /// When an agent first answered.
    #[must_use]
    pub const fn first_reply_at(&self) -> Option<Timestamp> {
        self.first_reply_at
    }
    /// When it was last resolved.
    #[must_use]
    pub const fn resolved_at(&self) -> Option<Timestamp> {
        self.resolved_at
    }
    /// When it ended, while it has.
    #[must_use]
    pub const fn closed_at(&self) -> Option<Timestamp> {
        self.closed_at
    }
    /// How often it was reopened, by a refusal, a message or an agent.
    #[must_use]
    pub const fn reopened(&self) -> u32 {
        self.reopened
    }
    /// How many public messages it has.
    #[must_use]
    pub const fn messages(&self) -> u32 {
        self.messages
    }
    /// Whether a machine sent it, and no person has written since: nobody is told anything of it automatically.
    #[must_use]
    pub const fn is_unheard(&self) -> bool {
        self.unheard
    }
    /// How much of a grant its customer was given, in one currency.
    #[must_use]
    pub fn granted(&self, grant: &Name, currency: Currency) -> Money {
        let sums = self.granted.get(grant).into_iter().flatten();
        sums.copied().find(|sum| sum.currency() == currency).unwrap_or(Money::new(0, currency))
    }
    /// The ticket that it was split from, and where.
    #[must_use]
    pub fn split_from(&self) -> Option<&SplitFrom> {
        self.split_from.as_deref()
    }
    /// Its clocks, as their events left them. Those of a merged ticket were left alone, for the undo: what a promise
    /// reads is told by [`Self::promise`].
    #[must_use]
    pub const fn clocks(&self) -> &Clocks {
        &self.clocks
    }
    /// Enters a status; what belonged to the one before it (hold, nudges, silence, place in the queue) goes.
    fn enter(&mut self, status: &Status) {
        self.hold = None;
        self.nudging = None;
        self.silent_until = None;
        if !status.category.is_workable() {
            self.place = None;
        }
        if status.category == Category::Spam {
            self.assignee = None;
        }
        self.status = status.clone();
    }
    /// The agent against whose capacity it counts: who has it, while work is left.
    #[must_use]
    pub fn counts_for(&self) -> Option<&AgentId> {
        self.assignee.as_ref().filter(|_| self.status.category.is_active())
    }
}
