//! What happened to a ticket. Stored; renaming a variant or field breaks stored logs (golden files guard it).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    Absorbed, Approval, ApprovalEnd, Bond, ContactKind, FieldValue, Frame, HoldKind, Internal, ListedTask, Moved,
    Outside, Party, Public, Stage, Status,
};
use crate::channel::Channel;
use crate::content::ContentRef;
use crate::id::{
    AgentId, ApprovalId, CustomerId, MessageId, Name, OrderId, QueueId, ReminderId, SideId, TaskId, TicketId,
};
use crate::language::Language;
use crate::money::Money;
use crate::priority::{Grade, Priority};
use crate::record::Version;
use crate::sla;
use crate::small::SmallSet;
use crate::text::Hit;
use crate::time::{Budget, Timestamp};

mod notice;
mod opened;
mod why;

pub use notice::{Notice, Whom};
pub use opened::{Likeness, Opened};
pub use why::{Assignment, Closing, Reopening, Resumption};

/// A fact about a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The ticket came into being.
    Opened(Box<Opened>),
    /// The customer, or a participant, said something.
    MessageReceived {
        /// The message.
        message: MessageId,
        /// Its text.
        body: Public,
        /// The channel it came over.
        channel: Channel,
        /// Whether it says nothing but thanks, so that nobody owes an answer.
        thanks: bool,
        /// Whether a machine wrote it, so that nobody owes an answer and nothing is reopened.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        automatic: bool,
        /// Who wrote, when it was not the ticket's customer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<CustomerId>,
        /// The ticket that it answered, when that had been merged into this one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        via: Option<TicketId>,
    },
    /// Somebody of the shop answered the customer.
    Replied {
        /// The message.
        message: MessageId,
        /// Its text.
        body: Public,
        /// The agent; none when a bot answered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<AgentId>,
        /// Whether the answer also goes to its incidents and duplicates.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        to_linked: bool,
        /// The ticket that was answered, where its answer is passed on to this one. The message and its text are those
        /// of that ticket.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        passes_on: Option<TicketId>,
    },
    /// An internal note was written.
    Noted {
        /// The message.
        message: MessageId,
        /// Its text.
        body: Internal,
    },
    /// Somebody began to work on it.
    Started {
        /// The status from now on.
        status: Status,
    },
    /// It waits in a queue for an agent.
    Queued {
        /// The queue.
        queue: QueueId,
        /// Its place: the instant it entered less its head start; smaller comes first.
        rank: Timestamp,
        /// The route that chose the queue; none when a person or rule named it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        route: Option<Name>,
    },
    /// It has an agent.
    Assigned {
        /// The agent.
        agent: AgentId,
        /// How it came about.
        how: Assignment,
    },
    /// It has no agent any more.
    Unassigned {
        /// The former agent.
        agent: AgentId,
    },
    /// It waits for somebody outside the team.
    Held {
        /// For whom.
        kind: HoldKind,
        /// When it returns by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
        /// Why, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Internal>,
        /// The status from now on.
        status: Status,
    },
    /// An agent wants to be reminded of it.
    ReminderSet {
        /// The reminder.
        reminder: ReminderId,
        /// The agent.
        agent: AgentId,
        /// When.
        at: Timestamp,
        /// Of what, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Internal>,
    },
    /// A reminder was taken back.
    ReminderDismissed {
        /// The reminder.
        reminder: ReminderId,
    },
    /// The time of a reminder has come.
    Reminded {
        /// The reminder.
        reminder: ReminderId,
        /// Who asked for it.
        agent: AgentId,
    },
    /// The customer will be asked again.
    NudgePlanned {
        /// The rule of the policy.
        nudge: Name,
        /// How many nudges of this wait are over.
        #[serde(default, skip_serializing_if = "super::is_zero")]
        number: u32,
        /// When the next step comes.
        next: Timestamp,
    },
    /// The customer was asked again.
    Nudged {
        /// The rule of the policy.
        nudge: Name,
        /// The number of the nudge, from 1.
        number: u32,
        /// When the next step comes: another nudge, or what follows the last one.
        next: Timestamp,
    },
    /// A nudge was left out, as the next one was due as well when somebody came to do it.
    NudgeSkipped {
        /// The rule of the policy.
        nudge: Name,
        /// The number of the nudge, from 1.
        number: u32,
        /// When the next one was due.
        next: Timestamp,
    },
    /// The customer is not asked again in this wait.
    NudgesEnded {
        /// The rule of the policy.
        nudge: Name,
        /// Whether he has not answered the last one either; else the rule does not hold any more.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unanswered: bool,
    },
    /// The wait is over.
    Resumed {
        /// What ended it.
        why: Resumption,
        /// The status from now on.
        status: Status,
        /// The conversation whose answer ended it, where that was begun on a ticket that goes on in this one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        side: Option<SideId>,
    },
    /// The agent believes it is done.
    Resolved {
        /// The status from now on.
        status: Status,
        /// When silence will close it; none when only the customer can.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        silent_until: Option<Timestamp>,
        /// Whether its incidents are resolved with it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        to_linked: bool,
        /// Whether it is resolved because its customer does not answer.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unanswered: bool,
    },
    /// The customer says that nothing is left.
    Confirmed {
        /// The status from now on.
        status: Status,
    },
    /// The customer says that something is left.
    Refused {
        /// The status from now on.
        status: Status,
        /// What is left, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Public>,
    },
    /// It is worked on again after it was resolved or closed.
    Reopened {
        /// The status from now on.
        status: Status,
        /// What caused it.
        why: Reopening,
    },
    /// It is over.
    Closed {
        /// The status from now on.
        status: Status,
        /// What closed it.
        why: Closing,
    },
    /// It is no request of a customer.
    MarkedSpam {
        /// The status from now on.
        status: Status,
    },
    /// It is a request after all.
    Restored {
        /// The status from now on.
        status: Status,
    },
    /// Its priority changed.
    PriorityChanged {
        /// The priority from now on.
        priority: Priority,
    },
    /// Its urgency or impact was judged anew.
    Rated {
        /// How soon it hurts.
        urgency: Grade,
        /// How much it hurts.
        impact: Grade,
    },
    /// Its kind of contact, sale stage or language changed.
    Classified {
        /// The kind from now on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<ContactKind>,
        /// The stage from now on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stage: Option<Stage>,
        /// The language from now on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<Language>,
    },
    /// Its tags changed.
    Tagged {
        /// Tags that it has from now on.
        #[serde(default, skip_serializing_if = "SmallSet::is_empty")]
        added: SmallSet<Name>,
        /// Tags that it has no more.
        #[serde(default, skip_serializing_if = "SmallSet::is_empty")]
        removed: SmallSet<Name>,
    },
    /// A custom field was filled or emptied.
    FieldSet {
        /// The field.
        field: Name,
        /// What it holds from now on; none when it was emptied.
        value: Option<FieldValue>,
    },
    /// An order belongs to it.
    OrderLinked {
        /// The order.
        order: OrderId,
    },
    /// Another customer takes part.
    ParticipantAdded {
        /// The participant.
        customer: CustomerId,
    },
    /// Another customer takes part no more.
    ParticipantRemoved {
        /// The participant.
        customer: CustomerId,
    },
    /// An agent follows it.
    Followed {
        /// The agent.
        agent: AgentId,
    },
    /// An agent follows it no more.
    Unfollowed {
        /// The agent.
        agent: AgentId,
    },
    /// Something of value was given to the customer.
    Granted {
        /// What, in the policy's word: refund, voucher.
        grant: Name,
        /// How much.
        amount: Money,
        /// Why, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Internal>,
    },
    /// It goes on in another ticket, and rests.
    Merged {
        /// The other ticket.
        into: TicketId,
        /// The status from now on.
        status: Status,
        /// What it was before.
        frame: Box<Frame>,
    },
    /// It goes on by itself again, as it was before it was merged.
    Unmerged {
        /// The ticket that it had been merged into.
        from: TicketId,
        /// The messages that came by way of it meanwhile; they stay where they came.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        stayed: Vec<MessageId>,
    },
    /// Another ticket goes on in this one.
    Absorbed {
        /// The other ticket.
        source: TicketId,
        /// What came with it, and with those that had been merged into it before.
        with: BTreeMap<TicketId, Absorbed>,
    },
    /// A ticket that went on in this one goes on by itself again.
    Released {
        /// The other ticket.
        source: TicketId,
        /// Those that had been merged into it, which leave with it.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        with: BTreeSet<TicketId>,
    },
    /// A part of it goes on in a ticket of its own.
    SplitOff {
        /// The new ticket.
        into: TicketId,
        /// The version of this ticket whose change has the first message that goes.
        version: Version,
        /// The place of that message within the change.
        index: u32,
        /// The messages that go, in order.
        messages: Vec<Moved>,
        /// Since when somebody waits here from now on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waiting_since: Option<Timestamp>,
    },
    /// Something beyond the asker's authority waits for approval.
    ApprovalAsked {
        /// The approval.
        approval: ApprovalId,
        /// What is asked, of whom, and until when.
        asked: Box<Approval>,
    },
    /// An agent approved what is asked.
    Approved {
        /// The approval.
        approval: ApprovalId,
        /// The agent.
        agent: AgentId,
    },
    /// An agent declined what is asked.
    Declined {
        /// The approval.
        approval: ApprovalId,
        /// The agent.
        agent: AgentId,
        /// Why, in words.
        reason: Internal,
    },
    /// Nobody is asked any more.
    ApprovalEnded {
        /// The approval.
        approval: ApprovalId,
        /// Who had asked; none when a bot did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asker: Option<AgentId>,
        /// How it ended.
        how: ApprovalEnd,
    },
    /// It is linked to another ticket.
    Linked {
        /// What it is to the other one.
        bond: Bond,
        /// The other one.
        other: TicketId,
        /// How much the other one had passed on before, which does not concern this one.
        #[serde(default, skip_serializing_if = "super::is_zero")]
        heard: u32,
    },
    /// It is linked to another ticket no more.
    Unlinked {
        /// What it was to the other one.
        bond: Bond,
        /// The other one.
        other: TicketId,
    },
    /// It took in what happened on a ticket that it is linked to. What it did about it follows, caused by this.
    Heeded {
        /// What it is to the other one.
        bond: Bond,
        /// The other one.
        other: TicketId,
        /// How much of what the other one passed on it has taken in.
        heard: u32,
        /// A ticket that has to be done first, because of which it did not end together with the other one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waits_for: Option<TicketId>,
    },
    /// Something has to be done.
    TaskAdded {
        /// The task.
        task: TaskId,
        /// What has to be done.
        title: Internal,
        /// Who does it; none when it is anybody's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assignee: Option<AgentId>,
        /// Until when.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Timestamp>,
    },
    /// The tasks of a checklist have to be done.
    ChecklistApplied {
        /// The checklist.
        checklist: Name,
        /// Its tasks.
        tasks: Vec<ListedTask>,
    },
    /// A task is done.
    TaskCompleted {
        /// The task.
        task: TaskId,
    },
    /// A task is not done after all.
    TaskReopened {
        /// The task.
        task: TaskId,
    },
    /// A task need not be done.
    TaskDropped {
        /// The task.
        task: TaskId,
    },
    /// An open task was not done in time.
    TaskOverdue {
        /// The task.
        task: TaskId,
        /// Who does it; none when it is anybody's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assignee: Option<AgentId>,
    },
    /// An agent wrote down time worked.
    TimeLogged {
        /// Who worked.
        agent: AgentId,
        /// How long.
        worked: Budget,
        /// The message that it was spent on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<MessageId>,
        /// What it was spent on, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Internal>,
    },
    /// Time worked that had been written down was wrong.
    TimeCorrected {
        /// The version in whose change it was written down.
        entry: Version,
        /// Who worked.
        agent: AgentId,
        /// How long it was said to be.
        from: Budget,
        /// How long it was.
        to: Budget,
    },
    /// A conversation with a third party began. Its first message follows.
    SideStarted {
        /// The conversation.
        side: SideId,
        /// The third party.
        with: Party,
        /// What it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<Outside>,
    },
    /// The shop wrote to a third party.
    SideWritten {
        /// The conversation.
        side: SideId,
        /// The message.
        message: MessageId,
        /// Its text.
        body: Outside,
    },
    /// A third party wrote.
    SideReceived {
        /// The conversation.
        side: SideId,
        /// The message.
        message: MessageId,
        /// Its text.
        body: Outside,
        /// Whether a machine wrote it, so that it answers nothing.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        automatic: bool,
    },
    /// A conversation with a third party is over.
    SideClosed {
        /// The conversation.
        side: SideId,
    },
    /// Another open ticket of the same customer may be about the same.
    PossibleDuplicate {
        /// The other one.
        of: TicketId,
        /// What they have in common.
        why: Likeness,
    },
    /// An event rule fired. What it wrote follows as events of its own, caused by it.
    RuleFired {
        /// The rule.
        rule: Name,
        /// The keywords that its condition found.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        hits: Vec<Hit>,
        /// What the team is told.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notices: Vec<Notice>,
    },
    /// The rules wanted more than one decision may do; the rest was left undone (law 16).
    RulesStopped {
        /// Rounds that had run.
        rounds: u32,
        /// Actions that had been taken.
        actions: u32,
    },
    /// A clock of the ticket moved.
    Clock(sla::Event),
}

impl Event {
    /// The subject or body that the event refers to, if any.
    #[must_use]
    pub fn content(&self) -> Option<&ContentRef> {
        match self {
            Self::Opened(opened) => opened.subject.as_ref().map(Public::content),
            Self::MessageReceived { body, .. } | Self::Replied { body, .. } => Some(body.content()),
            Self::Noted { body, .. } => Some(body.content()),
            Self::Held { reason, .. } | Self::Granted { reason, .. } | Self::ReminderSet { reason, .. } => {
                reason.as_ref().map(Internal::content)
            }
            Self::ApprovalAsked { asked, .. } => asked.reason.as_ref().map(Internal::content),
            Self::Declined { reason, .. } => Some(reason.content()),
            Self::TaskAdded { title, .. } => Some(title.content()),
            Self::TimeLogged { note, .. } => note.as_ref().map(Internal::content),
            Self::SideStarted { subject, .. } => subject.as_ref().map(Outside::content),
            Self::SideWritten { body, .. } | Self::SideReceived { body, .. } => Some(body.content()),
            Self::Refused { reason, .. } => reason.as_ref().map(Public::content),
            Self::FieldSet { value: Some(FieldValue::Text(text)), .. } => Some(text),
            _ => None,
        }
    }

    /// The stored name of the event's kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Opened(_) => "opened",
            Self::MessageReceived { .. } => "message_received",
            Self::Replied { .. } => "replied",
            Self::Noted { .. } => "noted",
            Self::Started { .. } => "started",
            Self::Queued { .. } => "queued",
            Self::Assigned { .. } => "assigned",
            Self::Unassigned { .. } => "unassigned",
            Self::Held { .. } => "held",
            Self::ReminderSet { .. } => "reminder_set",
            Self::ReminderDismissed { .. } => "reminder_dismissed",
            Self::Reminded { .. } => "reminded",
            Self::NudgePlanned { .. } => "nudge_planned",
            Self::Nudged { .. } => "nudged",
            Self::NudgeSkipped { .. } => "nudge_skipped",
            Self::NudgesEnded { .. } => "nudges_ended",
            Self::Resumed { .. } => "resumed",
            Self::Resolved { .. } => "resolved",
            Self::Confirmed { .. } => "confirmed",
            Self::Refused { .. } => "refused",
            Self::Reopened { .. } => "reopened",
            Self::Closed { .. } => "closed",
            Self::MarkedSpam { .. } => "marked_spam",
            Self::Restored { .. } => "restored",
            Self::PriorityChanged { .. } => "priority_changed",
            Self::Rated { .. } => "rated",
            Self::Classified { .. } => "classified",
            Self::Tagged { .. } => "tagged",
            Self::FieldSet { .. } => "field_set",
            Self::OrderLinked { .. } => "order_linked",
            Self::ParticipantAdded { .. } => "participant_added",
            Self::ParticipantRemoved { .. } => "participant_removed",
            Self::Followed { .. } => "followed",
            Self::Unfollowed { .. } => "unfollowed",
            Self::Granted { .. } => "granted",
            Self::ApprovalAsked { .. } => "approval_asked",
            Self::Approved { .. } => "approved",
            Self::Declined { .. } => "declined",
            Self::ApprovalEnded { .. } => "approval_ended",
            Self::TaskAdded { .. } => "task_added",
            Self::ChecklistApplied { .. } => "checklist_applied",
            Self::TaskCompleted { .. } => "task_completed",
            Self::TaskReopened { .. } => "task_reopened",
            Self::TaskDropped { .. } => "task_dropped",
            Self::TaskOverdue { .. } => "task_overdue",
            Self::TimeLogged { .. } => "time_logged",
            Self::TimeCorrected { .. } => "time_corrected",
            Self::Merged { .. } => "merged",
            Self::Unmerged { .. } => "unmerged",
            Self::Absorbed { .. } => "absorbed",
            Self::Released { .. } => "released",
            Self::SplitOff { .. } => "split_off",
            Self::Linked { .. } => "linked",
            Self::Unlinked { .. } => "unlinked",
            Self::Heeded { .. } => "heeded",
            Self::SideStarted { .. } => "side_started",
            Self::SideWritten { .. } => "side_written",
            Self::SideReceived { .. } => "side_received",
            Self::SideClosed { .. } => "side_closed",
            Self::PossibleDuplicate { .. } => "possible_duplicate",
            Self::RuleFired { .. } => "rule_fired",
            Self::RulesStopped { .. } => "rules_stopped",
            Self::Clock(_) => "clock",
        }
    }
}
