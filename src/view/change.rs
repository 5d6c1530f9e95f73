//! What an event changed: each part of the ticket with the value before and the value after.

use serde::Serialize;

use crate::desk::{Recorded, lines};
use crate::language::Language;
use crate::priority::Grade;
use crate::small::SmallSet;
use crate::ticket::split::Place;
use crate::ticket::{Event, FieldValue, HoldKind, Part, PartValue, Ticket, apply, first};
use crate::time::Timestamp;

/// A part of a ticket that an event changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PartChange {
    /// The part.
    pub part: Part,
    /// What it held before.
    pub from: PartValue,
    /// What it holds since.
    pub to: PartValue,
}

impl PartChange {
    /// One line for people, without a final period. It names what the policy and the team name; a customer or a
    /// custom field's free text is not quoted.
    ///
    /// ```
    /// use destek::actor::Actor;
    /// use destek::channel::{Channel, ChannelKind};
    /// use destek::id::{AgentId, CustomerId, Name, TeamId, TicketId};
    /// use destek::language::Language;
    /// use destek::ticket::{Open, Prioritize};
    /// use destek::{policy, team::RecordAgent, testing::Scene, view};
    ///
    /// let mut shop = Scene::new(policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
    /// let ayse = RecordAgent::new("ayşe".parse()?).role(Name::new("agent")?).team(TeamId::new("destek")?);
    /// shop.run(Actor::Host, ayse)?;
    /// let (ticket, customer) = (TicketId::from_u128(1), CustomerId::new("c-17")?);
    /// let open = Open::new(ticket, customer.clone(), Channel::of(ChannelKind::Chat));
    /// shop.run(Actor::verified(customer), open)?;
    /// shop.run(Actor::Agent(AgentId::new("ayşe")?), Prioritize::new(ticket).priority(Name::new("acil")?))?;
    ///
    /// let dossier = shop.dossier(ticket).ok_or("it was opened")?;
    /// let seen = view::for_team(shop.desk().policy(), (&Actor::Host, None), &dossier, shop.now());
    /// let timeline = seen.ok_or("a host sees it")?.timeline;
    /// let lines: Vec<_> = timeline.iter().flat_map(|it| &it.changes).map(|it| it.line(Language::English)).collect();
    /// assert!(lines.contains(&"priority: olağan → acil".to_owned()), "{lines:?}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn line(&self, language: Language) -> String {
        let (part, from, to) = (part(&self.part, language), value(&self.from, language), value(&self.to, language));
        format!("{part}: {from} → {to}")
    }
}

/// What the events of a whole log changed, by their places; those that changed nothing are left out, and so is the
/// first, before which there was nothing.
pub(super) fn places(log: &[Recorded]) -> Vec<(Place, Vec<PartChange>)> {
    let mut told = Vec::new();
    let mut ticket: Option<Ticket> = None;
    for line in lines(log) {
        match &mut ticket {
            None => ticket = first(line.event, line.occurred),
            Some(ticket) => {
                let changes = apply_telling(ticket, line.event, line.occurred);
                told.extend((!changes.is_empty()).then_some((line.at, changes)));
            }
        }
    }
    told
}

/// Applies an event, as the fold does, and tells what it changed.
///
/// Only the parts that an event of its kind can change are read, so that the cost does not grow with the ticket.
fn apply_telling(ticket: &mut Ticket, event: &Event, at: Timestamp) -> Vec<PartChange> {
    let before: Vec<_> = moved(event, ticket).into_iter().map(|part| (part.of(ticket), part)).collect();
    apply(ticket, event, at);
    let changes = before.into_iter().map(|(from, part)| PartChange { to: part.of(ticket), from, part });
    changes.filter(|change| change.from != change.to).collect()
}

/// The parts that an event may change on a ticket as it was before; in the order of [`Part`].
fn moved(event: &Event, before: &Ticket) -> Vec<Part> {
    match event {
        Event::Started { .. }
        | Event::Held { .. }
        | Event::Resumed { .. }
        | Event::Resolved { .. }
        | Event::Confirmed { .. }
        | Event::Refused { .. }
        | Event::Reopened { .. }
        | Event::Closed { .. }
        | Event::Restored { .. } => vec![Part::Status],
        // Nobody keeps what is no request.
        Event::MarkedSpam { .. } => vec![Part::Status, Part::Assignee],
        Event::Queued { .. } => vec![Part::Queue],
        Event::Assigned { .. } | Event::Unassigned { .. } => vec![Part::Assignee],
        Event::PriorityChanged { .. } => vec![Part::Priority, Part::Rating],
        Event::Rated { .. } => vec![Part::Rating],
        Event::Classified { .. } => vec![Part::Kind, Part::Stage, Part::Language],
        Event::OrderLinked { .. } => vec![Part::Order],
        Event::Tagged { added, removed } => {
            let tags: SmallSet<_> = added.iter().chain(removed).collect();
            tags.into_iter().cloned().map(Part::Tag).collect()
        }
        Event::FieldSet { field, .. } => vec![Part::Field(field.clone())],
        Event::ParticipantAdded { customer } | Event::ParticipantRemoved { customer } => {
            vec![Part::Participant(customer.clone())]
        }
        Event::Followed { agent } | Event::Unfollowed { agent } => vec![Part::Follower(agent.clone())],
        Event::Granted { grant, .. } => vec![Part::Granted(grant.clone())],
        Event::Merged { .. } | Event::Unmerged { .. } => vec![Part::Status, Part::Merged],
        Event::Absorbed { with, .. } => {
            let came = with.values().flat_map(|absorbed| &absorbed.participants).cloned().map(Part::Participant);
            let follow = with.values().flat_map(|absorbed| &absorbed.followers).cloned().map(Part::Follower);
            distinct(came.chain(follow))
        }
        Event::Released { .. } => {
            let leave = before.lent.participants.iter().cloned().map(Part::Participant);
            distinct(leave.chain(before.lent.followers.iter().cloned().map(Part::Follower)))
        }
        Event::Linked { bond, other, .. } | Event::Unlinked { bond, other } => vec![Part::Link(*bond, *other)],
        _ => Vec::new(),
    }
}

fn distinct(parts: impl Iterator<Item = Part>) -> Vec<Part> {
    let mut parts: Vec<_> = parts.collect();
    parts.sort_unstable();
    parts.dedup();
    parts
}

fn part(part: &Part, language: Language) -> String {
    let (turkish, english) = match part {
        Part::Status => ("durum", "status"),
        Part::Assignee => ("temsilci", "agent"),
        Part::Queue => ("kuyruk", "queue"),
        Part::Priority => ("öncelik", "priority"),
        Part::Rating => ("aciliyet ve etki", "urgency and impact"),
        Part::Kind => ("tür", "kind"),
        Part::Stage => ("satış aşaması", "sale stage"),
        Part::Language => ("dil", "language"),
        Part::Order => ("sipariş", "order"),
        Part::Tag(_) => ("etiket", "tag"),
        Part::Field(_) => ("alan", "field"),
        Part::Participant(_) => ("katılımcı", "participant"),
        Part::Follower(_) => ("izleyen", "follower"),
        Part::Granted(_) => ("verilen", "given"),
        Part::Merged => ("devam ettiği talep", "goes on in"),
        Part::Link(..) => ("bağlantı", "link"),
        Part::Answers => ("yanıtlar", "answers"),
        Part::Words => ("müşterinin yazdıkları", "what the customer wrote"),
        Part::Side(_) => ("üçüncü tarafla yazışma", "the conversation with a third party"),
    };
    let what = language.pick(turkish, english);
    match part {
        Part::Tag(name) | Part::Field(name) | Part::Granted(name) => format!("{what} “{name}”"),
        Part::Follower(agent) => format!("{what} ({agent})"),
        Part::Link(bond, other) => format!("{what} ({}, {other})", bond.name(language)),
        _ => what.to_owned(),
    }
}

fn value(value: &PartValue, language: Language) -> String {
    let pick = |turkish, english| language.pick(turkish, english);
    match value {
        PartValue::Nothing => pick("yok", "none").to_owned(),
        PartValue::Status { category, name, wait } => {
            let status = name.as_ref().map_or_else(|| category.as_str(), |name| name.as_str());
            let wait = wait.as_ref().map(|wait| match wait.kind {
                HoldKind::Customer => pick("müşteri bekleniyor", "waits for the customer"),
                HoldKind::ThirdParty => pick("üçüncü taraf bekleniyor", "waits for a third party"),
                HoldKind::Internal => pick("başka bir birim bekleniyor", "waits for another department"),
            });
            wait.map_or_else(|| status.to_owned(), |wait| format!("{status} ({wait})"))
        }
        PartValue::Agent(agent) => agent.to_string(),
        PartValue::Queue(queue) => queue.to_string(),
        PartValue::Name(name) => name.to_string(),
        PartValue::Rating { urgency, impact } => {
            let grade = |grade: &Option<Grade>| grade.map_or("–", |grade| grade_word(grade, language));
            format!("{}, {}", grade(urgency), grade(impact))
        }
        PartValue::Language(spoken) => spoken.as_str().to_owned(),
        PartValue::Order(order) => order.to_string(),
        PartValue::Field(field) => match field {
            FieldValue::Text(_) => pick("bir metin", "a text").to_owned(),
            FieldValue::Number(number) => number.to_string(),
            FieldValue::Flag(flag) => pick_flag(*flag, language).to_owned(),
            FieldValue::Date(date) => date.to_string(),
            FieldValue::Money(money) => money.to_string(),
            FieldValue::Choice(name) => name.to_string(),
        },
        PartValue::Has(has) => pick_flag(*has, language).to_owned(),
        PartValue::Given(sums) if sums.is_empty() => pick("yok", "none").to_owned(),
        PartValue::Given(sums) => sums.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        PartValue::Give(money) => money.to_string(),
        PartValue::Ticket(ticket) => ticket.to_string(),
        PartValue::OwnText => pick("bir metin", "a text").to_owned(),
        PartValue::Said { times, .. } => times.to_string(),
    }
}

const fn pick_flag(flag: bool, language: Language) -> &'static str {
    if flag { language.pick("var", "yes") } else { language.pick("yok", "no") }
}

const fn grade_word(grade: Grade, language: Language) -> &'static str {
    match grade {
        Grade::Low => language.pick("düşük", "low"),
        Grade::Medium => language.pick("orta", "medium"),
        Grade::High => language.pick("yüksek", "high"),
    }
}
