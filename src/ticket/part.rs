//! The parts of a ticket that several people may change at once: which of them a command touches, and what they hold.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Bond, Category, Classify, Command, Event, FieldInput, FieldValue, HoldKind, Proposal, Ticket, Wait};
use crate::actor::Actor;
use crate::id::{AgentId, CustomerId, MessageId, Name, OrderId, QueueId, SideId, TicketId};
use crate::language::Language;
use crate::money::Money;
use crate::priority::Grade;

/// A part of a ticket: what two people may change at once without either one losing anything, as long as each
/// changes another part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Part {
    /// The status, with for whom it waits.
    Status,
    /// The agent who has it.
    Assignee,
    /// The queue.
    Queue,
    /// The priority.
    Priority,
    /// Urgency and impact.
    Rating,
    /// The kind of contact.
    Kind,
    /// The sale stage.
    Stage,
    /// The language to answer in.
    Language,
    /// The order it is about.
    Order,
    /// Whether it has this tag.
    Tag(Name),
    /// What this custom field holds.
    Field(Name),
    /// Whether this customer takes part.
    Participant(CustomerId),
    /// Whether this agent follows it.
    Follower(AgentId),
    /// What was given of this grant so far.
    Granted(Name),
    /// The ticket in which it goes on.
    Merged,
    /// Whether it is this to another ticket.
    Link(Bond, TicketId),
    /// What the shop has said to the customer.
    Answers,
    /// What the customer has said, thanks and words of machines left out.
    Words,
    /// What was said in this conversation with a third party, words of machines left out.
    Side(SideId),
}

impl Part {
    /// The stored name of the part's kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Assignee => "assignee",
            Self::Queue => "queue",
            Self::Priority => "priority",
            Self::Rating => "rating",
            Self::Kind => "kind",
            Self::Stage => "stage",
            Self::Language => "language",
            Self::Order => "order",
            Self::Tag(_) => "tag",
            Self::Field(_) => "field",
            Self::Participant(_) => "participant",
            Self::Follower(_) => "follower",
            Self::Granted(_) => "granted",
            Self::Merged => "merged",
            Self::Link(..) => "link",
            Self::Answers => "answers",
            Self::Words => "words",
            Self::Side(_) => "side",
        }
    }

    /// Whether it is said and not set: what was said meanwhile takes no value away, but may make an answer wrong.
    #[must_use]
    pub const fn is_said(&self) -> bool {
        matches!(self, Self::Answers | Self::Words | Self::Side(_))
    }

    /// What the part holds on a ticket; of what was said a state knows nothing.
    #[must_use]
    pub fn of(&self, ticket: &Ticket) -> PartValue {
        let name = |name: &Name| PartValue::Name(name.clone());
        match self {
            Self::Status => PartValue::Status {
                category: ticket.status.category,
                name: Some(ticket.status.name.clone()),
                wait: ticket.hold.clone(),
            },
            Self::Assignee => held(ticket.assignee.as_ref(), |agent| PartValue::Agent(agent.clone())),
            Self::Queue => held(ticket.queue.as_ref(), |queue| PartValue::Queue(queue.clone())),
            Self::Priority => name(&ticket.priority.name),
            Self::Rating => PartValue::Rating { urgency: Some(ticket.urgency), impact: Some(ticket.impact) },
            Self::Kind => name(&ticket.kind.name),
            Self::Stage => held(ticket.stage.as_ref(), |stage| name(&stage.name)),
            Self::Language => PartValue::Language(ticket.language),
            Self::Order => held(ticket.order.as_ref(), |order| PartValue::Order(order.clone())),
            Self::Tag(tag) => PartValue::Has(ticket.tags.contains(tag)),
            Self::Field(field) => held(ticket.fields.get(field), |value| PartValue::Field(value.clone())),
            Self::Participant(customer) => PartValue::Has(ticket.participants.contains(customer)),
            Self::Follower(agent) => PartValue::Has(ticket.followers.contains(agent)),
            Self::Granted(grant) => PartValue::Given(ticket.granted.get(grant).cloned().unwrap_or_default()),
            Self::Merged => held(ticket.merged.as_ref(), |merged| PartValue::Ticket(merged.into)),
            Self::Link(bond, other) => PartValue::Has(ticket.links.has(*bond, *other)),
            Self::Answers | Self::Words | Self::Side(_) => PartValue::Nothing,
        }
    }
}

fn held<T>(value: Option<&T>, of: impl FnOnce(&T) -> PartValue) -> PartValue {
    value.map_or(PartValue::Nothing, of)
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        match self {
            Self::Tag(name) | Self::Field(name) | Self::Granted(name) => write!(f, " {name}"),
            Self::Participant(customer) => write!(f, " {customer}"),
            Self::Follower(agent) => write!(f, " {agent}"),
            Self::Link(bond, other) => write!(f, " {} {other}", bond.as_str()),
            Self::Side(side) => write!(f, " {side}"),
            _ => Ok(()),
        }
    }
}

/// What a part of a ticket holds, or is wanted to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PartValue {
    /// Nothing.
    Nothing,
    /// A status.
    Status {
        /// What it means.
        category: Category,
        /// Its name; none where any of the category is wanted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Name>,
        /// For whom it waits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wait: Option<Wait>,
    },
    /// An agent.
    Agent(AgentId),
    /// A queue.
    Queue(QueueId),
    /// A name of the policy: a priority, a kind, a stage.
    Name(Name),
    /// How soon and how much it hurts; none where that is wanted to stay.
    Rating {
        /// How soon.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        urgency: Option<Grade>,
        /// How much.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        impact: Option<Grade>,
    },
    /// A language.
    Language(Language),
    /// An order.
    Order(OrderId),
    /// What a custom field holds.
    Field(FieldValue),
    /// Whether it has the tag or the link, or somebody takes part or follows.
    Has(bool),
    /// What was given so far, for each currency.
    Given(Vec<Money>),
    /// What is to be given.
    Give(Money),
    /// A ticket.
    Ticket(TicketId),
    /// A text of the command's own, which is not repeated: it is personal, and whoever asks has it.
    OwnText,
    /// What was said meanwhile.
    Said {
        /// The last message; none when it came or went with another ticket.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last: Option<MessageId>,
        /// How often something was said.
        times: u32,
    },
}

impl PartValue {
    /// Whether a wanted value is there already.
    pub(crate) fn is_there(&self, now: &Self) -> bool {
        match (self, now) {
            (Self::Status { category, name: None, wait }, Self::Status { category: there, wait: waits, .. }) => {
                category == there && wait == waits
            }
            (Self::Rating { urgency, impact }, Self::Rating { urgency: soon, impact: much }) => {
                urgency.is_none_or(|_| urgency == soon) && impact.is_none_or(|_| impact == much)
            }
            (wanted, now) => wanted == now,
        }
    }
}

/// A part that a command touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Touch {
    pub(crate) part: Part,
    /// What it shall hold; none where the command only relies on it as it was.
    pub(crate) wanted: Option<PartValue>,
}

fn sets(part: Part, wanted: PartValue) -> Touch {
    Touch { part, wanted: Some(wanted) }
}

const fn relies(part: Part) -> Touch {
    Touch { part, wanted: None }
}

fn enters(category: Category, name: Option<&Name>) -> Touch {
    sets(Part::Status, PartValue::Status { category, name: name.cloned(), wait: None })
}

/// The parts that a command touches when this actor asks for it: what it sets, and what whoever asks relied on.
///
/// What only adds something of its own, as a note does, touches nothing: it goes together with everything.
#[expect(clippy::too_many_lines, reason = "one arm for each command")]
pub(crate) fn touches(command: &Command, actor: &Actor) -> Vec<Touch> {
    match command {
        Command::Open(_) | Command::Receive(_) | Command::Note(_) => Vec::new(),
        Command::Reply(_) => vec![sets(Part::Answers, PartValue::OwnText), relies(Part::Words)],
        Command::Take(_) => {
            actor.agent().map(|agent| sets(Part::Assignee, PartValue::Agent(agent.clone()))).into_iter().collect()
        }
        Command::Assign(assign) => vec![sets(Part::Assignee, PartValue::Agent(assign.agent.clone()))],
        Command::Unassign(_) => vec![sets(Part::Assignee, PartValue::Nothing)],
        Command::Transfer(transfer) => {
            vec![sets(Part::Queue, PartValue::Queue(transfer.queue.clone())), sets(Part::Assignee, PartValue::Nothing)]
        }
        Command::Hold(hold) => {
            let wait = Some(Wait { kind: hold.kind, until: hold.until });
            let status = PartValue::Status { category: Category::Hold, name: hold.status.clone(), wait };
            // Until when an amount of calendar time lasts is not known here, so that no wait is the wanted one already.
            let status = if hold.after.is_some() { relies(Part::Status) } else { sets(Part::Status, status) };
            let asks = (hold.kind == HoldKind::Customer).then(|| relies(Part::Words));
            std::iter::once(status).chain(asks).collect()
        }
        Command::Resume(resume) => vec![enters(Category::Open, resume.status.as_ref())],
        Command::Resolve(resolve) => vec![enters(Category::Resolved, resolve.status.as_ref()), relies(Part::Words)],
        Command::Confirm(_) => vec![enters(Category::Closed, None)],
        Command::Refuse(_) => vec![enters(Category::Open, None)],
        Command::Reopen(reopen) => vec![enters(Category::Open, reopen.status.as_ref())],
        Command::Close(close) => vec![enters(Category::Closed, close.status.as_ref()), relies(Part::Words)],
        Command::MarkSpam(_) => vec![
            enters(Category::Spam, None),
            // Nobody keeps what is no request.
            sets(Part::Assignee, PartValue::Nothing),
            relies(Part::Words),
        ],
        Command::Restore(_) => vec![enters(Category::Open, None)],
        Command::Prioritize(prioritize) => {
            let (urgency, impact) = (prioritize.urgency, prioritize.impact);
            let rates = urgency.is_some() || impact.is_some();
            let rating = rates.then(|| sets(Part::Rating, PartValue::Rating { urgency, impact }));
            let priority = match &prioritize.priority {
                Some(name) => sets(Part::Priority, PartValue::Name(name.clone())),
                // Judging anew hands the priority back to the matrix.
                None => relies(Part::Priority),
            };
            std::iter::once(priority).chain(rating).collect()
        }
        Command::Classify(classify) => class(classify),
        Command::Tag(tag) => {
            let removed =
                tag.remove.difference(&tag.add).map(|name| sets(Part::Tag(name.clone()), PartValue::Has(false)));
            tag.add.iter().map(|name| sets(Part::Tag(name.clone()), PartValue::Has(true))).chain(removed).collect()
        }
        Command::SetField(set) => vec![sets(Part::Field(set.field.clone()), input(set.value.as_ref()))],
        Command::LinkOrder(link) => vec![sets(Part::Order, PartValue::Order(link.order.clone()))],
        Command::SetParticipant(set) => {
            vec![sets(Part::Participant(set.customer.clone()), PartValue::Has(set.takes_part))]
        }
        Command::Follow(follow) => {
            let own = |agent: &AgentId| sets(Part::Follower(agent.clone()), PartValue::Has(follow.follows));
            actor.agent().map(own).into_iter().collect()
        }
        Command::Grant(grant) => vec![sets(Part::Granted(grant.grant.clone()), PartValue::Give(grant.amount))],
        Command::Merge(merge) => vec![sets(Part::Merged, PartValue::Ticket(merge.into)), relies(Part::Status)],
        Command::Unmerge(_) => vec![sets(Part::Merged, PartValue::Nothing)],
        Command::Link(link) => vec![sets(Part::Link(link.kind.bond(), link.to), PartValue::Has(true))],
        Command::Unlink(unlink) => vec![sets(Part::Link(unlink.kind.bond(), unlink.to), PartValue::Has(false))],
        Command::Split(_) => vec![relies(Part::Answers), relies(Part::Words)],
        Command::AskApproval(ask) => match &ask.proposal {
            Proposal::Grant { grant, amount } => vec![sets(Part::Granted(grant.clone()), PartValue::Give(*amount))],
            Proposal::Close | Proposal::MarkSpam => vec![relies(Part::Status), relies(Part::Words)],
            Proposal::Consent => Vec::new(),
        },
        // An approval is void once what it is about has changed, whatever was seen.
        Command::Approve(_) | Command::Decline(_) | Command::WithdrawApproval(_) => Vec::new(),
        Command::StartSide(start) if start.holding => {
            let wait = Some(Wait { kind: HoldKind::ThirdParty, until: None });
            vec![sets(Part::Status, PartValue::Status { category: Category::Hold, name: None, wait })]
        }
        Command::SideReply(reply) => vec![sets(Part::Side(reply.side), PartValue::OwnText)],
        Command::CloseSide(close) => vec![relies(Part::Side(close.side))],
        // What only begins, and what a third party says, adds up.
        Command::StartSide(_) | Command::ReceiveSide(_) => Vec::new(),
        // A task that is done cannot be done, nor a checklist applied, twice, and time that was worked only adds up.
        Command::AddTask(_)
        | Command::CompleteTask(_)
        | Command::ReopenTask(_)
        | Command::DropTask(_)
        | Command::ApplyChecklist(_)
        | Command::LogTime(_)
        | Command::CorrectTime(_) => Vec::new(),
        // A reminder is its agent's own.
        Command::Remind(_) | Command::Dismiss(_) => Vec::new(),
    }
}

fn class(classify: &Classify) -> Vec<Touch> {
    let name = |name: &Name| PartValue::Name(name.clone());
    let kind = classify.kind.as_ref().map(|kind| sets(Part::Kind, name(kind)));
    let stage = classify.stage.as_ref().map(|stage| sets(Part::Stage, name(stage)));
    let language = classify.language.map(|language| sets(Part::Language, PartValue::Language(language)));
    kind.into_iter().chain(stage).chain(language).collect()
}

fn input(value: Option<&FieldInput>) -> PartValue {
    PartValue::Field(match value {
        None => return PartValue::Nothing,
        Some(FieldInput::Text(_)) => return PartValue::OwnText,
        Some(FieldInput::Number(number)) => FieldValue::Number(*number),
        Some(FieldInput::Flag(flag)) => FieldValue::Flag(*flag),
        Some(FieldInput::Date(date)) => FieldValue::Date(*date),
        Some(FieldInput::Money(money)) => FieldValue::Money(*money),
        Some(FieldInput::Choice(name)) => FieldValue::Choice(name.clone()),
    })
}

/// Whether an event adds to or takes from what was said in a part, and with which message.
pub(crate) fn said(event: &Event, part: &Part) -> (bool, Option<MessageId>) {
    match (part, event) {
        (Part::Answers, Event::Replied { message, .. })
        | (Part::Words, Event::MessageReceived { message, thanks: false, automatic: false, .. }) => {
            (true, Some(*message))
        }
        (Part::Words, Event::Refused { reason: Some(_), .. })
        | (Part::Answers | Part::Words, Event::Absorbed { .. } | Event::Released { .. } | Event::SplitOff { .. }) => {
            (true, None)
        }
        (
            Part::Side(part),
            Event::SideWritten { side, message, .. } | Event::SideReceived { side, message, automatic: false, .. },
        ) if part == side => (true, Some(*message)),
        _ => (false, None),
    }
}
