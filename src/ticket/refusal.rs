//! Why a ticket's verb said no.

use serde::{Deserialize, Serialize};

use super::{Bond, Category, FieldType, LinkKind};
use crate::id::{AgentId, ApprovalId, CustomerId, MessageId, Name, QueueId, ReminderId, SideId, TaskId, TicketId};
use crate::money::Money;
use crate::record::Version;
use crate::time::{Budget, Timestamp};

/// A refusal of a ticket's verb: a rule of the domain, not a failure. It changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refusal {
    /// A ticket with this id exists.
    #[error("a ticket `{0}` exists already; give a new ticket a new id")]
    Exists(TicketId),
    /// The verb does not fit the status.
    #[error("`{verb}` does not fit a ticket that is {}; its status must be {}", .category.as_str(), list(.fits))]
    WrongStatus {
        /// The verb.
        verb: Name,
        /// What the ticket's status means.
        category: Category,
        /// What it would have to mean.
        fits: Vec<Category>,
    },
    /// The workflow has no such transition, or the actor lacks the right that it asks for.
    #[error("the workflow does not lead from `{from}` to {}", target(.to, *.category))]
    NoTransition {
        /// The present status.
        from: Name,
        /// The wanted status, when one was named.
        to: Option<Name>,
        /// The wanted category.
        category: Category,
    },
    /// The policy has no such status of the wanted category.
    #[error("the policy has no status `{status}` of the category {}", .category.as_str())]
    UnknownStatus {
        /// The status.
        status: Name,
        /// The category it would have to be of.
        category: Category,
    },
    /// Fields that the workflow asks for are empty.
    #[error("fill {} first", .fields.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", "))]
    MissingFields {
        /// The empty fields.
        fields: Vec<Name>,
    },
    /// Somebody has it.
    #[error("`{agent}` has the ticket; assign it or ask the agent to give it back")]
    AlreadyAssigned {
        /// Who has it.
        agent: AgentId,
    },
    /// Nobody has it.
    #[error("nobody has the ticket; there is nothing to take back")]
    NotAssigned,
    /// The host never recorded this agent.
    #[error("there is no agent `{0}`; record the agent first")]
    UnknownAgent(AgentId),
    /// An agent is given something to do on a ticket that he cannot see.
    #[error("`{0}` cannot see the ticket; transfer it to a queue of theirs, or choose somebody who can")]
    OutOfReach(AgentId),
    /// The policy has no such queue.
    #[error("the policy has no queue `{0}`")]
    UnknownQueue(QueueId),
    /// The policy has no such kind of contact.
    #[error("the policy has no kind of contact `{0}`")]
    UnknownKind(Name),
    /// The policy has no such sale stage.
    #[error("the policy has no sale stage `{0}`")]
    UnknownStage(Name),
    /// The policy has no such priority.
    #[error("the policy has no priority `{0}`")]
    UnknownPriority(Name),
    /// The policy has no such field.
    #[error("the policy has no field `{0}`")]
    UnknownField(Name),
    /// The field is of another type.
    #[error("the field `{field}` takes {}", describe(.expected))]
    WrongFieldType {
        /// The field.
        field: Name,
        /// What it takes.
        expected: FieldType,
    },
    /// The policy does not know such a grant, or no role of the agent may give it.
    #[error("no role of the agent may give `{grant}`")]
    GrantNotAllowed {
        /// The grant.
        grant: Name,
    },
    /// With what was given on the ticket before, it is more than the agent may give alone.
    #[error(
        "`{grant}` of {amount} would make {sum} on this ticket, and the agent's authority ends at {limit}; ask for approval, or somebody with more"
    )]
    AboveAuthority {
        /// The grant.
        grant: Name,
        /// What was asked.
        amount: Money,
        /// With what was given on the ticket before.
        sum: Money,
        /// What the agent may give.
        limit: Money,
    },
    /// Nobody answers in another agent's name.
    #[error("nobody but an import may answer in the name of `{agent}`; leave `agent` out")]
    NotOwnName {
        /// In whose name it was to be.
        agent: AgentId,
    },
    /// A bot does not answer a machine, which might answer again.
    #[error("the last message came from a machine, which no bot may answer; an agent can")]
    OnlyMachines,
    /// A grant must be of more than nothing.
    #[error("an amount of {amount} cannot be given; it must be more than zero")]
    BadAmount {
        /// What was asked.
        amount: Money,
    },
    /// An instant that must lie ahead does not.
    #[error("`{field}` is {at}, which is not after now; choose a later instant")]
    NotAhead {
        /// The field.
        field: Name,
        /// What was asked.
        at: Timestamp,
    },
    /// When it is wanted is said twice or not at all, or a calendar has nothing to count.
    #[error("say either `{field}` or `after`, and a `calendar` only with `after`")]
    WhichTime {
        /// The field of the instant.
        field: Name,
    },
    /// The policy has no such calendar.
    #[error("the policy has no calendar `{0}`; name one of its own")]
    UnknownCalendar(Name),
    /// The calendar never has that much time.
    #[error("by the calendar `{0}` that time never comes; name another one")]
    NeverComes(Name),
    /// A reminder with this id waits already.
    #[error("a reminder `{0}` waits already; give a new one a new id")]
    ReminderExists(ReminderId),
    /// No reminder of this id waits for its time.
    #[error("no reminder `{0}` waits on the ticket; its time has come, or it was taken back")]
    NoReminder(ReminderId),
    /// The reminder is another agent's.
    #[error("`{agent}` asked for the reminder; only that agent, or whoever may `assign`, takes it back")]
    NotOwnReminder {
        /// The agent.
        agent: AgentId,
    },
    /// A text that must say something is blank.
    #[error("`{field}` is blank; write something")]
    Blank {
        /// The field.
        field: Name,
    },
    /// A text is too long.
    #[error("`{field}` has {size} bytes, at most {limit} are allowed")]
    TooLong {
        /// The field.
        field: Name,
        /// What is allowed, in bytes.
        limit: usize,
        /// What came, in bytes.
        size: usize,
    },
    /// There would be too many of something.
    #[error("`{field}` would count {size}, at most {limit} are allowed")]
    TooMany {
        /// The field.
        field: Name,
        /// What is allowed.
        limit: usize,
        /// What it would be.
        size: usize,
    },
    /// A text has a character that cannot be stored everywhere.
    #[error("`{field}` has a NUL character; remove it")]
    Nul {
        /// The field.
        field: Name,
    },
    /// The customer is the ticket's own.
    #[error("`{0}` is the ticket's customer already")]
    OwnCustomer(CustomerId),
    /// The ticket goes on in another one.
    #[error("`{ticket}` has been merged into `{target}`; go on there, or take the merge back")]
    MergedInto {
        /// The merged ticket.
        ticket: TicketId,
        /// Where it went.
        target: TicketId,
    },
    /// A ticket cannot be merged with itself.
    #[error("a ticket cannot be merged into itself; name another one")]
    SameTicket,
    /// A merge would let one customer read what another one wrote.
    #[error(
        "`{ticket}` and `{target}` are of different customers; merge them sharing, if each may read the other's words"
    )]
    OtherCustomer {
        /// What was to be merged.
        ticket: TicketId,
        /// Into what.
        target: TicketId,
    },
    /// There is no merge to take back.
    #[error("`{ticket}` is not merged; there is nothing to take back")]
    NotMerged {
        /// The ticket.
        ticket: TicketId,
    },
    /// The ticket itself has no such message.
    #[error("the ticket has no message `{0}` of its own; split the ticket on which it was written")]
    UnknownMessage(MessageId),
    /// What a ticket began with cannot be split from it.
    #[error("the ticket began with the message `{0}`, and without it nothing would be left; split from a later one")]
    FirstMessage(MessageId),
    /// The policy covers no approval of this.
    #[error("no approval rule of the policy covers this; add one, or let somebody with the right do it")]
    NoApprovalRule,
    /// The asker may do it alone.
    #[error("the agent's own authority covers this; do it without approval")]
    ApprovalNotNeeded,
    /// An approval with this id waits already.
    #[error("an approval `{0}` waits already; give a new one a new id")]
    ApprovalExists(ApprovalId),
    /// No approval of this id waits for an answer.
    #[error("no approval `{0}` waits on the ticket; it has ended, or was never asked for")]
    NoApproval(ApprovalId),
    /// Nobody approves his own question.
    #[error("nobody answers the own question; another approver has to")]
    OwnApproval,
    /// The agent is not among those who are asked.
    #[error("the agent is not asked for this approval")]
    NotApprover,
    /// A named agent cannot answer.
    #[error("`{agent}` cannot approve this: {why}")]
    UnfitApprover {
        /// The agent.
        agent: AgentId,
        /// Why not.
        why: Unfit,
    },
    /// Fewer are named than have to approve.
    #[error("{need} have to approve and {named} are named; name more")]
    TooFewApprovers {
        /// How many have to approve.
        need: u32,
        /// How many are named.
        named: usize,
    },
    /// A share can be counted of named approvers only.
    #[error("{percent} % have to approve; name the approvers")]
    NameApprovers {
        /// The share that has to approve.
        percent: u8,
    },
    /// Another ticket has been merged into this one since the approval was asked for.
    #[error("`{absorbed}` has been merged into the ticket since it was asked; ask again, or take the merge back")]
    ApprovalRests {
        /// The other ticket.
        absorbed: TicketId,
    },
    /// The agent has answered.
    #[error("the agent has answered this approval already")]
    AlreadyAnswered,
    /// Only the asker, and whoever could answer, takes a question back.
    #[error("only the asker, or whoever may approve, takes an approval back")]
    NotAsker,
    /// A ticket cannot be linked to itself.
    #[error("a ticket cannot be linked to itself; name another one")]
    OwnLink,
    /// A ticket may be this to one other only.
    #[error("`{ticket}` is {} another ticket already; end that link first", being(*.bond))]
    AlreadyLinked {
        /// The ticket.
        ticket: TicketId,
        /// What it is already.
        bond: Bond,
    },
    /// There is no such link.
    #[error("`{ticket}` has no link of the kind `{}` to `{other}`; name it as it was made", .kind.as_str())]
    NotLinked {
        /// The ticket.
        ticket: TicketId,
        /// The kind.
        kind: LinkKind,
        /// The other one.
        other: TicketId,
    },
    /// The link would close a circle.
    #[error("the link would close a circle of the kind `{}`: {}", .kind.as_str(), way(.through, *.hidden))]
    LinkCircle {
        /// The kind.
        kind: LinkKind,
        /// The tickets on the shortest way that is there already, between the two that were to be linked, as far as
        /// the asker may see them.
        through: Vec<TicketId>,
        /// How many more lie on that way.
        hidden: usize,
    },
    /// It waits for tickets that are not done.
    #[error("it is blocked by {}; resolve that first, or end the link", few(.by, *.hidden))]
    Blocked {
        /// Those that block it, as far as the asker may see them.
        by: Vec<TicketId>,
        /// How many more do.
        hidden: usize,
    },
    /// It has children that are not done, and the policy lets a parent wait for them.
    #[error("its parts are not done: {}; resolve them first, or end the link", few(.children, *.hidden))]
    OpenChildren {
        /// Those that are left, as far as the asker may see them.
        children: Vec<TicketId>,
        /// How many more are.
        hidden: usize,
    },
    /// The way asks for no open tasks, and there are some.
    #[error("open tasks hold it up: {}; do or drop them first", listed(tasks))]
    OpenTasks {
        /// The tasks.
        tasks: Vec<TaskId>,
    },
    /// A task with this id is there already.
    #[error("the ticket has a task `{0}` already; give a new one a new id")]
    TaskExists(TaskId),
    /// The ticket has no such task.
    #[error("the ticket has no task `{0}`; it was dropped, or never added")]
    NoTask(TaskId),
    /// The task has been done.
    #[error("the task `{0}` is done already; reopen it, if it is not")]
    TaskDone(TaskId),
    /// The task has not been done.
    #[error("the task `{0}` is open; there is nothing to reopen")]
    TaskOpen(TaskId),
    /// A checklist says that the task must not be left out.
    #[error("the checklist requires the task `{0}`; do it, or let somebody with the right `close` drop it")]
    RequiredTask(TaskId),
    /// The policy has no such checklist.
    #[error("the policy has no checklist `{0}`; name one of its own")]
    UnknownChecklist(Name),
    /// The checklist was applied to the ticket before.
    #[error("the checklist `{0}` has been applied to the ticket already; reopen its tasks instead")]
    ChecklistApplied(Name),
    /// No length that can be worked at once.
    #[error("`{worked}` is no time worked; write down more than nothing and at most `24h` at once")]
    BadEffort {
        /// The length.
        worked: Budget,
    },
    /// Whose time it is cannot be said by this actor.
    #[error("agents write down their own time only, and an import names the agent whose it is")]
    WhoseTime,
    /// No time was written down in this change of the ticket.
    #[error("no time was written down in version {version} of the ticket; look for the entry in its timeline")]
    NoEntry {
        /// The version.
        version: Version,
    },
    /// A conversation with this id is there already.
    #[error("the ticket has a conversation `{0}` already; give a new one a new id")]
    SideExists(SideId),
    /// The ticket has no such conversation with a third party.
    #[error("the ticket has no conversation `{0}` with a third party; name one that was begun on it")]
    NoSide(SideId),
    /// The conversation is over.
    #[error("the conversation `{0}` is closed already; writing to it opens it again")]
    SideClosed(SideId),
    /// The command names nothing to do.
    #[error("the command `{verb}` names nothing to change")]
    NothingAsked {
        /// The verb.
        verb: Name,
    },
}

fn list(categories: &[Category]) -> String {
    categories.iter().map(|category| category.as_str()).collect::<Vec<_>>().join(" or ")
}

/// What a ticket is to another one, in words.
fn being(bond: Bond) -> &'static str {
    match bond {
        Bond::ChildOf => "a child of",
        Bond::DuplicateOf => "a duplicate of",
        Bond::IncidentOf => "an incident of",
        _ => "linked to",
    }
}

fn way(through: &[TicketId], hidden: usize) -> String {
    let shown: Vec<String> = through.iter().map(|ticket| format!("`{ticket}`")).collect();
    let shown = shown.join(" -> ");
    if hidden == 0 { shown } else { format!("{shown}, and {hidden} more on the way") }
}

/// The first of some tickets, and how many there are beside.
fn few(tickets: &[TicketId], hidden: usize) -> String {
    let shown: Vec<String> = tickets.iter().take(3).map(|ticket| format!("`{ticket}`")).collect();
    match (shown.join(", "), tickets.len().saturating_sub(3) + hidden) {
        (shown, 0) => shown,
        (shown, more) if shown.is_empty() => format!("{more} that you may not see"),
        (shown, more) => format!("{shown} and {more} more"),
    }
}

/// The first few tasks, and how many more there are.
fn listed(tasks: &[TaskId]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<_> = tasks.iter().take(SHOWN).map(|task| format!("`{task}`")).collect();
    let more = tasks.len().saturating_sub(SHOWN);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

fn target(to: &Option<Name>, category: Category) -> String {
    to.as_ref().map_or_else(|| format!("any status of the category {}", category.as_str()), |name| format!("`{name}`"))
}

fn describe(expected: &FieldType) -> String {
    match expected {
        FieldType::Text => "a text".to_owned(),
        FieldType::Number => "a whole number".to_owned(),
        FieldType::Flag => "true or false".to_owned(),
        FieldType::Date => "a date".to_owned(),
        FieldType::Money => "an amount of money".to_owned(),
        FieldType::Choice(names) => {
            format!("one of {}", names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
        }
    }
}

/// Why an agent cannot answer an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unfit {
    /// Nobody has recorded the agent.
    #[error("the agent was never recorded")]
    NeverRecorded,
    /// The rule asks for other roles.
    #[error("the agent has none of the roles that may answer")]
    NoRole,
    /// None of the agent's roles that may answer extends to the ticket.
    #[error("the agent's role does not reach this ticket")]
    OutOfReach,
}

impl Refusal {
    /// The stable code of the refusal.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "one arm for each refusal")]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Exists(_) => "exists",
            Self::WrongStatus { .. } => "wrong_status",
            Self::NoTransition { .. } => "no_transition",
            Self::UnknownStatus { .. } => "unknown_status",
            Self::MissingFields { .. } => "missing_fields",
            Self::AlreadyAssigned { .. } => "already_assigned",
            Self::NotAssigned => "not_assigned",
            Self::UnknownAgent(_) => "unknown_agent",
            Self::OutOfReach(_) => "out_of_reach",
            Self::UnknownQueue(_) => "unknown_queue",
            Self::UnknownKind(_) => "unknown_kind",
            Self::UnknownStage(_) => "unknown_stage",
            Self::UnknownPriority(_) => "unknown_priority",
            Self::UnknownField(_) => "unknown_field",
            Self::WrongFieldType { .. } => "wrong_field_type",
            Self::GrantNotAllowed { .. } => "grant_not_allowed",
            Self::AboveAuthority { .. } => "above_authority",
            Self::BadAmount { .. } => "bad_amount",
            Self::NotOwnName { .. } => "not_own_name",
            Self::OnlyMachines => "only_machines",
            Self::NotAhead { .. } => "not_ahead",
            Self::WhichTime { .. } => "which_time",
            Self::UnknownCalendar(_) => "unknown_calendar",
            Self::NeverComes(_) => "never_comes",
            Self::ReminderExists(_) => "reminder_exists",
            Self::NoReminder(_) => "no_reminder",
            Self::NotOwnReminder { .. } => "not_own_reminder",
            Self::Blank { .. } => "blank",
            Self::TooLong { .. } => "too_long",
            Self::TooMany { .. } => "too_many",
            Self::Nul { .. } => "nul",
            Self::OwnCustomer(_) => "own_customer",
            Self::MergedInto { .. } => "merged_into",
            Self::SameTicket => "same_ticket",
            Self::OtherCustomer { .. } => "other_customer",
            Self::NotMerged { .. } => "not_merged",
            Self::UnknownMessage(_) => "unknown_message",
            Self::FirstMessage(_) => "first_message",
            Self::NoApprovalRule => "no_approval_rule",
            Self::ApprovalNotNeeded => "approval_not_needed",
            Self::ApprovalExists(_) => "approval_exists",
            Self::NoApproval(_) => "no_approval",
            Self::OwnApproval => "own_approval",
            Self::NotApprover => "not_approver",
            Self::UnfitApprover { .. } => "unfit_approver",
            Self::TooFewApprovers { .. } => "too_few_approvers",
            Self::NameApprovers { .. } => "name_approvers",
            Self::ApprovalRests { .. } => "approval_rests",
            Self::AlreadyAnswered => "already_answered",
            Self::NotAsker => "not_asker",
            Self::OwnLink => "own_link",
            Self::AlreadyLinked { .. } => "already_linked",
            Self::NotLinked { .. } => "not_linked",
            Self::LinkCircle { .. } => "link_circle",
            Self::Blocked { .. } => "blocked",
            Self::OpenChildren { .. } => "open_children",
            Self::OpenTasks { .. } => "open_tasks",
            Self::TaskExists(_) => "task_exists",
            Self::NoTask(_) => "no_task",
            Self::TaskDone(_) => "task_done",
            Self::TaskOpen(_) => "task_open",
            Self::RequiredTask(_) => "required_task",
            Self::UnknownChecklist(_) => "unknown_checklist",
            Self::ChecklistApplied(_) => "checklist_applied",
            Self::BadEffort { .. } => "bad_effort",
            Self::WhoseTime => "whose_time",
            Self::NoEntry { .. } => "no_entry",
            Self::SideExists(_) => "side_exists",
            Self::NoSide(_) => "no_side",
            Self::SideClosed(_) => "side_closed",
            Self::NothingAsked { .. } => "nothing_asked",
        }
    }
}
