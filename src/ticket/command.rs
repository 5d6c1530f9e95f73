//! What can be asked of a ticket.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{FieldInput, HoldKind, LinkKind, Proposal};
use crate::channel::Channel;
use crate::content::Text;
use crate::id::{AgentId, ApprovalId, CustomerId, MessageId, Name, OrderId, QueueId, TaskId, TicketId};
use crate::language::Language;
use crate::money::Money;
use crate::priority::Grade;
use crate::record::Version;
use crate::time::{Budget, Timestamp};

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident => $kind:literal),* $(,)?) => {
        /// A request about one ticket.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Command {
            $($(#[$doc])* $name($name)),*
        }

        impl Command {
            /// The stored name of the command's kind.
            #[must_use]
            pub const fn kind(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => $kind),*
                }
            }

            /// The same command for another ticket.
            pub(crate) fn set_ticket(&mut self, ticket: TicketId) {
                match self {
                    $(Self::$name(command) => command.ticket = ticket),*
                }
            }

            /// The ticket that the command names: for [`Receive`] the one that it may open.
            #[must_use]
            pub const fn ticket(&self) -> TicketId {
                match self {
                    $(Self::$name(command) => command.ticket),*
                }
            }
        }

        $(impl From<$name> for Command {
            fn from(command: $name) -> Self {
                Self::$name(command)
            }
        })*
    };
}

commands! {
    /// Open a ticket.
    Open => "open",
    /// Take in a message of a customer: it joins an open ticket or opens one.
    Receive => "receive",
    /// Answer the customer.
    Reply => "reply",
    /// Write an internal note.
    Note => "note",
    /// Take it oneself.
    Take => "take",
    /// Give it to an agent.
    Assign => "assign",
    /// Take it from its agent, back to the queue.
    Unassign => "unassign",
    /// Put it into another queue.
    Transfer => "transfer",
    /// Let it wait for somebody.
    Hold => "hold",
    /// End the wait.
    Resume => "resume",
    /// Say that it is done.
    Resolve => "resolve",
    /// The customer agrees that nothing is left.
    Confirm => "confirm",
    /// The customer says that something is left.
    Refuse => "refuse",
    /// Work on it again.
    Reopen => "reopen",
    /// End it.
    Close => "close",
    /// Choose a priority by name, or judge urgency and impact.
    Prioritize => "prioritize",
    /// Say what kind of contact it is, which sale stage, which language.
    Classify => "classify",
    /// Add and remove tags.
    Tag => "tag",
    /// Fill or empty a custom field.
    SetField => "set_field",
    /// Say which order it is about.
    LinkOrder => "link_order",
    /// Let another customer take part, or no longer.
    SetParticipant => "set_participant",
    /// Follow it, or no longer.
    Follow => "follow",
    /// Say that it is no request of a customer.
    MarkSpam => "mark_spam",
    /// Say that it is one after all.
    Restore => "restore",
    /// Give the customer something of value.
    Grant => "grant",
    /// Let it go on in another ticket.
    Merge => "merge",
    /// Take a merge back.
    Unmerge => "unmerge",
    /// Let a message and what follows go on in a ticket of their own.
    Split => "split",
    /// Ask for approval of what is beyond one's own authority.
    AskApproval => "ask_approval",
    /// Approve what is asked.
    Approve => "approve",
    /// Decline what is asked.
    Decline => "decline",
    /// Ask no longer.
    WithdrawApproval => "withdraw_approval",
    /// Link it to another ticket.
    Link => "link",
    /// End a link.
    Unlink => "unlink",
    /// Say what has to be done.
    AddTask => "add_task",
    /// Say that a task is done.
    CompleteTask => "complete_task",
    /// Say that a task is not done after all.
    ReopenTask => "reopen_task",
    /// Say that a task need not be done.
    DropTask => "drop_task",
    /// Add the tasks of a checklist.
    ApplyChecklist => "apply_checklist",
    /// Write down time worked.
    LogTime => "log_time",
    /// Correct time worked that was written down.
    CorrectTime => "correct_time",
}

impl Command {
    /// The personal texts that it brings.
    pub(crate) fn texts_mut(&mut self) -> Vec<&mut Text> {
        match self {
            Self::Open(open) => open.subject.iter_mut().chain(open.message.iter_mut().map(|(_, body)| body)).collect(),
            Self::Receive(receive) => receive.subject.iter_mut().chain([&mut receive.body]).collect(),
            Self::Reply(reply) => vec![&mut reply.body],
            Self::Note(note) => vec![&mut note.body],
            Self::Hold(hold) => hold.reason.iter_mut().collect(),
            Self::Refuse(refuse) => refuse.reason.iter_mut().collect(),
            Self::Grant(grant) => grant.reason.iter_mut().collect(),
            Self::AskApproval(ask) => ask.reason.iter_mut().collect(),
            Self::Decline(decline) => vec![&mut decline.reason],
            Self::AddTask(add) => vec![&mut add.title],
            Self::LogTime(log) => log.note.iter_mut().collect(),
            Self::SetField(SetField { value: Some(FieldInput::Text(text)), .. }) => vec![text],
            Self::SetField(_)
            | Self::Take(_)
            | Self::Assign(_)
            | Self::Unassign(_)
            | Self::Transfer(_)
            | Self::Resume(_)
            | Self::Resolve(_)
            | Self::Confirm(_)
            | Self::Reopen(_)
            | Self::Close(_)
            | Self::Prioritize(_)
            | Self::Classify(_)
            | Self::Tag(_)
            | Self::LinkOrder(_)
            | Self::SetParticipant(_)
            | Self::Follow(_)
            | Self::MarkSpam(_)
            | Self::Restore(_)
            | Self::Merge(_)
            | Self::Unmerge(_)
            | Self::Split(_)
            | Self::Approve(_)
            | Self::WithdrawApproval(_)
            | Self::Link(_)
            | Self::Unlink(_)
            | Self::CompleteTask(_)
            | Self::ReopenTask(_)
            | Self::DropTask(_)
            | Self::ApplyChecklist(_)
            | Self::CorrectTime(_) => Vec::new(),
        }
    }
}

macro_rules! command {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty),* $(,)? } $(optional { $($(#[$odoc:meta])* $ofield:ident: $otype:ty),* $(,)? })? $(flags { $($(#[$bdoc:meta])* $bfield:ident),* $(,)? })?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub struct $name {
            /// The ticket.
            pub ticket: TicketId,
            $($(#[$fdoc])* pub $field: $type,)*
            $($($(#[$odoc])*
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub $ofield: Option<$otype>,)*)?
            $($($(#[$bdoc])*
            #[serde(default, skip_serializing_if = "std::ops::Not::not")]
            pub $bfield: bool,)*)?
        }

        impl $name {
            /// The command with what it needs; the rest is left out.
            #[must_use]
            pub fn new(ticket: TicketId, $($field: impl Into<$type>),*) -> Self {
                Self { ticket, $($field: $field.into(),)* $($($ofield: None,)*)? $($($bfield: false,)*)? }
            }
            $($($(#[$odoc])*
            #[must_use]
            pub fn $ofield(mut self, $ofield: impl Into<$otype>) -> Self {
                self.$ofield = Some($ofield.into());
                self
            })*)?
            $($($(#[$bdoc])*
            #[must_use]
            pub const fn $bfield(mut self) -> Self {
                self.$bfield = true;
                self
            })*)?
        }
    };
}

/// Opens a ticket, for a customer or by an agent who writes first.
///
/// With `message` and `body` the ticket opens with a first message. A customer's own message comes through
/// [`Receive`], which joins an open ticket where there is one.
///
/// ```
/// use destek::channel::{Channel, ChannelKind};
/// use destek::id::{CustomerId, MessageId, TicketId};
/// use destek::ticket::Open;
///
/// let open = Open::new(TicketId::from_u128(1), CustomerId::new("c-17")?, Channel::of(ChannelKind::Phone))
///     .subject("Where is my parcel?");
/// assert!(open.message.is_none());
/// # Ok::<(), destek::id::ParseIdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Open {
    /// The ticket.
    pub ticket: TicketId,
    /// Whose request it is.
    pub customer: CustomerId,
    /// The channel.
    pub channel: Channel,
    /// The subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Text>,
    /// The id and text of the first message: the customer's words, or the agent's where an agent writes first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<(MessageId, Text)>,
    /// The order it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// The language to answer in; else the customer's, else the policy's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Whether the shop began: the message is the agent's, and no first response is owed.
    #[serde(default)]
    pub by_shop: bool,
}

impl Open {
    /// Opens a ticket without a message.
    #[must_use]
    pub const fn new(ticket: TicketId, customer: CustomerId, channel: Channel) -> Self {
        Self { ticket, customer, channel, subject: None, message: None, order: None, language: None, by_shop: false }
    }
    /// With a subject.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<Text>) -> Self {
        self.subject = Some(subject.into());
        self
    }
    /// With a first message.
    #[must_use]
    pub fn message(mut self, id: MessageId, body: impl Into<Text>) -> Self {
        self.message = Some((id, body.into()));
        self
    }
    /// With the order it is about.
    #[must_use]
    pub fn order(mut self, order: OrderId) -> Self {
        self.order = Some(order);
        self
    }
    /// With a language to answer in.
    #[must_use]
    pub const fn language(mut self, language: Language) -> Self {
        self.language = Some(language);
        self
    }
    /// Begun by the shop: the message is the agent's.
    #[must_use]
    pub const fn by_shop(mut self) -> Self {
        self.by_shop = true;
        self
    }
}

/// Takes in a message of a customer.
///
/// A host-verified sender joins an open ticket of his own: the one about the same order, else the one that
/// changed last. A sender who only claims to be the customer always gets a ticket of its own (law 28).
/// `ticket` is the id of the ticket that is opened when none is joined.
///
/// The id of a message is not checked: a mail that is fetched twice and brought under two request ids is said twice.
/// Derive the request id from the mail's `Message-ID`, as [the quickstart](crate::manual::quickstart) shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Receive {
    /// The ticket to open when none is joined.
    pub ticket: TicketId,
    /// The message.
    pub message: MessageId,
    /// Who wrote.
    pub customer: CustomerId,
    /// The channel.
    pub channel: Channel,
    /// The text.
    pub body: Text,
    /// The subject, used when a ticket is opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Text>,
    /// The order it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// The ticket that the sender answers to, known to the host from a valid reply token or its own thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<TicketId>,
    /// Whether a machine wrote it (RFC 3834), so that no machine answers.
    #[serde(default)]
    pub automatic: bool,
}

impl Receive {
    /// A message of a customer over a channel.
    #[must_use]
    pub fn new(
        ticket: TicketId,
        message: MessageId,
        customer: CustomerId,
        channel: Channel,
        body: impl Into<Text>,
    ) -> Self {
        let body = body.into();
        Self { ticket, message, customer, channel, body, subject: None, order: None, answers: None, automatic: false }
    }
    /// With a subject.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<Text>) -> Self {
        self.subject = Some(subject.into());
        self
    }
    /// With the order it is about.
    #[must_use]
    pub fn order(mut self, order: OrderId) -> Self {
        self.order = Some(order);
        self
    }
    /// In answer to a ticket.
    #[must_use]
    pub const fn answers(mut self, ticket: TicketId) -> Self {
        self.answers = Some(ticket);
        self
    }
    /// Written by a machine.
    #[must_use]
    pub const fn automatic(mut self) -> Self {
        self.automatic = true;
        self
    }
}

command! {
    /// Answers the customer, in public. Said twice when it is asked under two request ids: the message's id is not
    /// checked.
    Reply {
        /// The message.
        message: MessageId,
        /// The text.
        body: Text,
    } optional {
        /// Who answered, for an import of what an agent once said; agents answer in their own name.
        agent: AgentId,
    } flags {
        /// The answer also goes to the customers of its incidents and duplicates, each on his own ticket, as far as
        /// that has not ended. Whoever asks needs the right to link.
        to_linked,
        /// The asking agent's [draft](crate::draft) on the ticket is sent with it, and so is no more.
        drafted,
    }
}
command! {
    /// Writes an internal note; no customer ever sees it. Written twice when it is asked under two request ids: the
    /// message's id is not checked.
    Note {
        /// The message.
        message: MessageId,
        /// The text.
        body: Text,
    }
}
command! {
    /// The asking agent takes a ticket that nobody has.
    Take {}
}
command! {
    /// Gives a ticket to an agent, whoever has it now.
    Assign {
        /// The agent.
        agent: AgentId,
    }
}
command! {
    /// Takes a ticket from its agent; it returns to its queue.
    Unassign {}
}
command! {
    /// Puts a ticket into another queue; its agent loses it.
    Transfer {
        /// The queue.
        queue: QueueId,
    }
}
command! {
    /// Lets a ticket wait for somebody outside the team.
    Hold {
        /// For whom.
        kind: HoldKind,
    } optional {
        /// When it returns by itself; after `now`.
        until: Timestamp,
        /// Why, for the team.
        reason: Text,
        /// One of the workflow's statuses of the category hold; else the first that can be reached.
        status: Name,
    }
}
command! {
    /// Ends the wait.
    Resume {} optional {
        /// One of the workflow's open statuses; else the first that can be reached.
        status: Name,
    }
}
command! {
    /// Says that it is done. The customer may confirm or refuse; silence closes it if the policy says so.
    ///
    /// Its duplicates are resolved with it, unless the policy says otherwise.
    Resolve {} optional {
        /// One of the workflow's resolved statuses; else the first that can be reached.
        status: Name,
    } flags {
        /// Its incidents are resolved with it. Whoever asks needs the right to link.
        to_linked,
    }
}
command! {
    /// The customer agrees that nothing is left; the ticket ends. The customer may say so of any ticket that has not
    /// ended, whether an agent has resolved it or not; when to ask is in
    /// [`CustomerTicket::may_confirm`](crate::view::CustomerTicket::may_confirm).
    Confirm {}
}
command! {
    /// The customer says that something is left; work goes on.
    Refuse {} optional {
        /// What is left.
        reason: Text,
    }
}
command! {
    /// Works again on a ticket that was resolved or closed.
    Reopen {} optional {
        /// One of the workflow's open statuses; else the first that can be reached.
        status: Name,
    }
}
command! {
    /// Ends a ticket without asking the customer.
    Close {} optional {
        /// One of the workflow's closed statuses; else the first that can be reached.
        status: Name,
    }
}
command! {
    /// Chooses a priority by its name, or judges urgency and impact and leaves the rest to the matrix.
    Prioritize {} optional {
        /// A priority of the policy's scale; a person's choice stays.
        priority: Name,
        /// How soon it hurts.
        urgency: Grade,
        /// How much it hurts.
        impact: Grade,
    }
}
command! {
    /// Says what kind of contact it is, which sale stage, which language.
    Classify {} optional {
        /// A kind of the policy, or one of the closed categories.
        kind: Name,
        /// A stage of the policy, or one of the closed categories.
        stage: Name,
        /// The language to answer in.
        language: Language,
    }
}

/// Adds and removes tags. Adding one that is there, or removing one that is not, changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tag {
    /// The ticket.
    pub ticket: TicketId,
    /// Tags to add.
    #[serde(default)]
    pub add: BTreeSet<Name>,
    /// Tags to remove.
    #[serde(default)]
    pub remove: BTreeSet<Name>,
}

impl Tag {
    /// Changes no tag yet.
    #[must_use]
    pub const fn new(ticket: TicketId) -> Self {
        Self { ticket, add: BTreeSet::new(), remove: BTreeSet::new() }
    }
    /// And adds this one.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "a tag is added to the command; nobody adds up commands")]
    pub fn add(mut self, tag: Name) -> Self {
        self.add.insert(tag);
        self
    }
    /// And removes this one.
    #[must_use]
    pub fn remove(mut self, tag: Name) -> Self {
        self.remove.insert(tag);
        self
    }
}

command! {
    /// Fills a custom field of the policy, or empties it when no value is given.
    SetField {
        /// The field.
        field: Name,
    } optional {
        /// What it shall hold, of the field's type.
        value: FieldInput,
    }
}
command! {
    /// Says which order it is about.
    LinkOrder {
        /// The order.
        order: OrderId,
    }
}
command! {
    /// Lets another customer take part (`true`), or no longer.
    SetParticipant {
        /// The other customer.
        customer: CustomerId,
        /// Whether he takes part from now on.
        takes_part: bool,
    }
}
command! {
    /// The asking agent follows the ticket (`true`), or no longer.
    Follow {
        /// Whether the agent follows from now on.
        follows: bool,
    }
}
command! {
    /// Says that it is no request of a customer. It can be restored.
    MarkSpam {}
}
command! {
    /// Says that it is a request after all.
    Restore {}
}
command! {
    /// Gives the customer something of value, within the authority of the agent's roles.
    Grant {
        /// What, in the policy's word: refund, voucher.
        grant: Name,
        /// How much.
        amount: Money,
    } optional {
        /// Why, for the team.
        reason: Text,
    }
}

/// Lets a ticket go on in another one: its messages, participants and followers reach the target, and what answers it
/// later is recorded there. The ticket itself rests, and [`Unmerge`] takes it out again.
///
/// Whoever asks needs the right to merge on both. Tickets of different customers are merged only [`Self::sharing`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Merge {
    /// The ticket that goes on elsewhere.
    pub ticket: TicketId,
    /// The ticket in which it goes on.
    pub into: TicketId,
    /// Whether another customer may take part in the target, and so read all that is said there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sharing: bool,
}

impl Merge {
    /// Merges a ticket into another one of the same customer.
    #[must_use]
    pub const fn new(ticket: TicketId, into: TicketId) -> Self {
        Self { ticket, into, sharing: false }
    }
    /// Also when it is another customer's, who takes part in the target from then on.
    #[must_use]
    pub const fn sharing(mut self) -> Self {
        self.sharing = true;
        self
    }
}

command! {
    /// Takes a merge back: the ticket is again what it was, and leaves the one that it was merged into. What came by
    /// way of it meanwhile stays there, and is listed in the event.
    Unmerge {}
}
command! {
    /// Lets a message, and all that was written on the ticket after it, go on in a new ticket of the same customer.
    Split {
        /// The first message that goes.
        message: MessageId,
        /// The id of the new ticket.
        into: TicketId,
    }
}

/// Asks for approval of something beyond the asker's own authority. It waits on the ticket as data, under the first
/// [approval rule](crate::policy::ApprovalRule) of the policy that covers it. Once enough have approved it is done in
/// the same decision as the last answer; if the ticket [changes](Proposal) before, it is void and nothing is done.
///
/// ```
/// use destek::id::{ApprovalId, Name, TicketId};
/// use destek::ticket::{AskApproval, Proposal};
///
/// let refund = Proposal::Grant { grant: Name::new("refund")?, amount: "900 TRY".parse()? };
/// let ask = AskApproval::new(TicketId::from_u128(1), ApprovalId::from_u128(2), refund).reason("Kargo kırık geldi.");
/// assert!(ask.approvers.is_empty(), "whoever has the role may answer");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AskApproval {
    /// The ticket.
    pub ticket: TicketId,
    /// The id of the approval, new on this ticket.
    pub approval: ApprovalId,
    /// What is asked for.
    pub proposal: Proposal,
    /// Who may answer; whoever has a role that the rule names, when nobody is named.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub approvers: BTreeSet<AgentId>,
    /// Why, for those who answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
}

impl AskApproval {
    /// Asks whoever may answer.
    #[must_use]
    pub const fn new(ticket: TicketId, approval: ApprovalId, proposal: Proposal) -> Self {
        Self { ticket, approval, proposal, approvers: BTreeSet::new(), reason: None }
    }
    /// And names one who may answer.
    #[must_use]
    pub fn approver(mut self, agent: AgentId) -> Self {
        self.approvers.insert(agent);
        self
    }
    /// With a reason.
    #[must_use]
    pub fn reason(mut self, reason: impl Into<Text>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

command! {
    /// Approves what is asked; with the last approval that it needs, it is done. Nobody approves his own question.
    Approve {
        /// The approval.
        approval: ApprovalId,
    }
}
command! {
    /// Declines what is asked.
    Decline {
        /// The approval.
        approval: ApprovalId,
        /// Why, for the team.
        reason: Text,
    }
}
command! {
    /// Asks no longer: the asker, or whoever could answer.
    WithdrawApproval {
        /// The approval.
        approval: ApprovalId,
    }
}
command! {
    /// Links a ticket to another one: it blocks that one, is its parent, its duplicate, the problem behind it, or relates
    /// to it. Links of one kind never form a circle. Linking what is linked changes nothing.
    ///
    /// Whoever asks needs the right to link on both.
    Link {
        /// What the ticket is to the other one.
        kind: LinkKind,
        /// The other one.
        to: TicketId,
    }
}
command! {
    /// Ends a link, which is named as it was made; a relation can be named from either side.
    Unlink {
        /// What the ticket was to the other one.
        kind: LinkKind,
        /// The other one.
        to: TicketId,
    }
}

command! {
    /// Adds a task. It holds up an agent who takes a way that asks for
    /// [no open tasks](super::Transition::no_open_tasks); when it is late, whoever does it is told once.
    ///
    /// ```
    /// use destek::id::{TaskId, TicketId};
    /// use destek::ticket::AddTask;
    /// let add = AddTask::new(TicketId::from_u128(1), TaskId::from_u128(2), "Kargoyu ara").assignee("ayşe".parse::<destek::id::AgentId>()?);
    /// assert!(add.due.is_none());
    /// # Ok::<(), destek::id::ParseIdError>(())
    /// ```
    AddTask {
        /// The id of the task, new on this ticket.
        task: TaskId,
        /// What has to be done.
        title: Text,
    } optional {
        /// Who does it; anybody of the team, when left out.
        assignee: AgentId,
        /// Until when.
        due: Timestamp,
    }
}
command! {
    /// Says that a task is done, also on a ticket that is closed.
    CompleteTask {
        /// The task.
        task: TaskId,
    }
}
command! {
    /// Says that a task is not done after all.
    ReopenTask {
        /// The task.
        task: TaskId,
    }
}
command! {
    /// Says that a task need not be done. What a checklist requires is dropped only by whoever may close a ticket.
    DropTask {
        /// The task.
        task: TaskId,
    }
}
command! {
    /// Adds the tasks of a checklist of the policy, once.
    ApplyChecklist {
        /// The checklist.
        checklist: Name,
    }
}
command! {
    /// Writes down time that the agent worked on the ticket, in whole seconds, at most a day.
    ///
    /// ```
    /// use destek::id::TicketId;
    /// use destek::ticket::LogTime;
    /// use destek::time::Budget;
    /// let log = LogTime::new(TicketId::from_u128(1), "1h 20m".parse::<Budget>()?).note("Depoyla konuşuldu.");
    /// assert_eq!(log.worked.as_seconds(), 4_800);
    /// # Ok::<(), destek::time::ParseBudgetError>(())
    /// ```
    LogTime {
        /// How long.
        worked: Budget,
    } optional {
        /// Whose time it is: needed from an import, and of nobody else anybody but himself.
        agent: AgentId,
        /// The message that it was spent on.
        message: MessageId,
        /// What it was spent on, for the team.
        note: Text,
    }
}
command! {
    /// Corrects time that was written down: the agent's own, or any by an import. The entry stays in the log, and so
    /// does the correction.
    CorrectTime {
        /// The version of the ticket in whose change the entry stands.
        entry: Version,
        /// How long it was in truth; no time at all takes the entry back.
        worked: Budget,
    }
}
