//! What can be asked of a ticket: one command for each verb, by what they are about.

use serde::{Deserialize, Serialize};

use super::FieldInput;
use crate::content::Text;
use crate::id::TicketId;

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

mod approval;
mod describe;
mod message;
mod several;
mod side;
mod task;
mod work;

pub use approval::{Approve, AskApproval, Decline, WithdrawApproval};
pub use describe::{Classify, Follow, Grant, LinkOrder, MarkSpam, Prioritize, Restore, SetField, SetParticipant, Tag};
pub use message::{Note, Open, Receive, Reply};
pub use several::{Link, Merge, Split, Unlink, Unmerge};
pub use side::{CloseSide, ReceiveSide, SideReply, StartSide};
pub use task::{AddTask, ApplyChecklist, CompleteTask, CorrectTime, DropTask, LogTime, ReopenTask};
pub use work::{
    Assign, Close, Confirm, Dismiss, Hold, Refuse, Remind, Reopen, Resolve, Resume, Take, Transfer, Unassign,
};

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
    /// Be reminded of it.
    Remind => "remind",
    /// Take a reminder back.
    Dismiss => "dismiss",
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
    /// Begin a conversation with a third party.
    StartSide => "start_side",
    /// Write to a third party again.
    SideReply => "side_reply",
    /// Take in what a third party wrote.
    ReceiveSide => "receive_side",
    /// Say that a conversation with a third party is over.
    CloseSide => "close_side",
}

/// The kinds of commands that bring no personal text.
macro_rules! wordless {
    () => {
        Self::Take(_)
            | Self::Assign(_)
            | Self::Unassign(_)
            | Self::Transfer(_)
            | Self::Resume(_)
            | Self::Dismiss(_)
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
            | Self::CorrectTime(_)
            | Self::CloseSide(_)
    };
}

impl Command {
    /// Whether it is of a kind that brings no personal text.
    pub(crate) const fn is_wordless(&self) -> bool {
        matches!(self, wordless!())
    }

    /// The personal texts that it brings.
    pub(crate) fn texts_mut(&mut self) -> Vec<&mut Text> {
        match self {
            Self::Open(open) => open.subject.iter_mut().chain(open.message.iter_mut().map(|(_, body)| body)).collect(),
            Self::Receive(receive) => receive.subject.iter_mut().chain([&mut receive.body]).collect(),
            Self::Reply(reply) => vec![&mut reply.body],
            Self::Note(note) => vec![&mut note.body],
            Self::Hold(hold) => hold.reason.iter_mut().collect(),
            Self::Remind(remind) => remind.reason.iter_mut().collect(),
            Self::Refuse(refuse) => refuse.reason.iter_mut().collect(),
            Self::Grant(grant) => grant.reason.iter_mut().collect(),
            Self::AskApproval(ask) => ask.reason.iter_mut().collect(),
            Self::Decline(decline) => vec![&mut decline.reason],
            Self::AddTask(add) => vec![&mut add.title],
            Self::LogTime(log) => log.note.iter_mut().collect(),
            Self::StartSide(start) => start.subject.iter_mut().chain([&mut start.body]).collect(),
            Self::SideReply(reply) => vec![&mut reply.body],
            Self::ReceiveSide(receive) => vec![&mut receive.body],
            Self::SetField(SetField { value: Some(FieldInput::Text(text)), .. }) => vec![text],
            Self::SetField(_) | wordless!() => Vec::new(),
        }
    }
}
