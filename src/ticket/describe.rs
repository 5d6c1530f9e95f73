//! What a ticket is about: priority, kind, tags, fields, order, and who takes part.

use std::collections::BTreeSet;

use super::verb::{Context, LIVE, at_most, fits};
use super::{
    ContactKind, Event, FieldInput, FieldType, FieldValue, LinkOrder, Refusal, SetField, SetParticipant, Stage, Tag,
    Ticket,
};
use crate::id::{AgentId, Name};
use crate::language::Language;
use crate::limits;
use crate::priority::{Grade, Priority};
use crate::small::SmallSet;

/// Its priority becomes this one; the desk has rated or looked it up.
pub(crate) fn prioritize(ticket: &Ticket, priority: Priority) -> Result<Vec<Event>, Refusal> {
    fits(ticket, "prioritize", LIVE)?;
    Ok(set_priority(ticket, priority))
}

/// The events of a new priority: none when nothing differs.
pub(crate) fn set_priority(ticket: &Ticket, priority: Priority) -> Vec<Event> {
    if ticket.priority == priority { Vec::new() } else { vec![Event::PriorityChanged { priority }] }
}

/// Its urgency and impact are judged anew, where a person chose the priority itself.
pub(crate) fn rate(ticket: &Ticket, urgency: Grade, impact: Grade) -> Vec<Event> {
    if (ticket.urgency, ticket.impact) == (urgency, impact) {
        return Vec::new();
    }
    vec![Event::Rated { urgency, impact }]
}

/// Kind, stage and language become these, as far as given.
pub(crate) fn classify(
    ticket: &Ticket,
    kind: Option<ContactKind>,
    stage: Option<Stage>,
    language: Option<Language>,
) -> Result<Vec<Event>, Refusal> {
    fits(ticket, "classify", LIVE)?;
    if kind.is_none() && stage.is_none() && language.is_none() {
        return Err(Refusal::NothingAsked { verb: Name::fixed("classify") });
    }
    Ok(set_class(ticket, kind, stage, language))
}

/// The events of a new classification: only what differs.
pub(crate) fn set_class(
    ticket: &Ticket,
    kind: Option<ContactKind>,
    stage: Option<Stage>,
    language: Option<Language>,
) -> Vec<Event> {
    let kind = kind.filter(|kind| *kind != ticket.kind);
    let stage = stage.filter(|stage| Some(stage) != ticket.stage.as_ref());
    let language = language.filter(|language| *language != ticket.language);
    if kind.is_none() && stage.is_none() && language.is_none() {
        return Vec::new();
    }
    vec![Event::Classified { kind, stage, language }]
}

/// Tags are added and removed.
pub(crate) fn tag(ticket: &Ticket, tag: &Tag) -> Result<Vec<Event>, Refusal> {
    fits(ticket, "tag", LIVE)?;
    set_tags(ticket, &tag.add, &tag.remove)
}

/// The events of other tags: only what differs. A tag both added and removed is added.
pub(crate) fn set_tags(ticket: &Ticket, add: &BTreeSet<Name>, remove: &BTreeSet<Name>) -> Result<Vec<Event>, Refusal> {
    let added: SmallSet<Name> = add.iter().filter(|tag| !ticket.tags.contains(*tag)).cloned().collect();
    let leaves = |tag: &&Name| ticket.tags.contains(*tag) && !add.contains(*tag);
    let removed: SmallSet<Name> = remove.iter().filter(leaves).cloned().collect();
    if !added.is_empty() {
        at_most("tags", ticket.tags.len() + added.len() - removed.len(), limits::TAGS_MAX)?;
    }
    if added.is_empty() && removed.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![Event::Tagged { added, removed }])
}

/// A custom field is filled or emptied; `declared` is its type in the policy.
pub(crate) fn set_field(
    ticket: &Ticket,
    set: &SetField,
    declared: Option<&FieldType>,
    cx: &mut Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    fits(ticket, "set_field", LIVE)?;
    let expected = declared.ok_or_else(|| Refusal::UnknownField(set.field.clone()))?;
    let Some(input) = &set.value else {
        let empty = !ticket.fields.contains_key(&set.field);
        return Ok(if empty { Vec::new() } else { vec![Event::FieldSet { field: set.field.clone(), value: None }] });
    };
    let value = match (expected, input) {
        (FieldType::Text, FieldInput::Text(text)) => {
            FieldValue::Text(cx.text("field", text, limits::FIELD_BYTES_MAX)?)
        }
        _ => plain_value(&set.field, expected, input)?,
    };
    set_value(ticket, &set.field, value)
}

/// The events of a field's new value: none when it holds it already.
pub(crate) fn set_value(ticket: &Ticket, field: &Name, value: FieldValue) -> Result<Vec<Event>, Refusal> {
    if ticket.fields.get(field) == Some(&value) {
        return Ok(Vec::new());
    }
    let size = ticket.fields.len() + usize::from(!ticket.fields.contains_key(field));
    at_most("fields", size, limits::FIELDS_MAX)?;
    Ok(vec![Event::FieldSet { field: field.clone(), value: Some(value) }])
}

/// A value that is no free text, checked against the field's type.
pub(crate) fn plain_value(field: &Name, expected: &FieldType, input: &FieldInput) -> Result<FieldValue, Refusal> {
    Ok(match (expected, input) {
        (FieldType::Number, FieldInput::Number(number)) => FieldValue::Number(*number),
        (FieldType::Flag, FieldInput::Flag(flag)) => FieldValue::Flag(*flag),
        (FieldType::Date, FieldInput::Date(date)) => FieldValue::Date(*date),
        (FieldType::Money, FieldInput::Money(money)) => FieldValue::Money(*money),
        (FieldType::Choice(names), FieldInput::Choice(name)) if names.contains(name) => {
            FieldValue::Choice(name.clone())
        }
        _ => return Err(Refusal::WrongFieldType { field: field.clone(), expected: expected.clone() }),
    })
}

/// It is about this order.
pub(crate) fn link_order(ticket: &Ticket, link: &LinkOrder) -> Result<Vec<Event>, Refusal> {
    fits(ticket, "link_order", LIVE)?;
    if ticket.order.as_ref() == Some(&link.order) {
        return Ok(Vec::new());
    }
    Ok(vec![Event::OrderLinked { order: link.order.clone() }])
}

/// Another customer takes part, or no longer.
pub(crate) fn set_participant(ticket: &Ticket, set: &SetParticipant) -> Result<Vec<Event>, Refusal> {
    fits(ticket, "set_participant", LIVE)?;
    let customer = set.customer.clone();
    if customer == ticket.customer {
        return Err(Refusal::OwnCustomer(customer));
    }
    let takes_part = ticket.participants.contains(&customer);
    // Whoever takes part only through a merge may be let in for good.
    let lent = set.takes_part && ticket.lent.participants.contains(&customer);
    if takes_part == set.takes_part && !lent {
        return Ok(Vec::new());
    }
    if !set.takes_part {
        return Ok(vec![Event::ParticipantRemoved { customer }]);
    }
    at_most("participants", ticket.participants.len() + usize::from(!takes_part), limits::PARTICIPANTS_MAX)?;
    Ok(vec![Event::ParticipantAdded { customer }])
}

/// An agent follows it, or no longer; possible in every status.
pub(crate) fn follow(ticket: &Ticket, agent: &AgentId, follows: bool) -> Result<Vec<Event>, Refusal> {
    let lent = follows && ticket.lent.followers.contains(agent);
    if ticket.followers.contains(agent) == follows && !lent {
        return Ok(Vec::new());
    }
    if !follows {
        return Ok(vec![Event::Unfollowed { agent: agent.clone() }]);
    }
    at_most("followers", ticket.followers.len() + usize::from(!lent), limits::FOLLOWERS_MAX)?;
    Ok(vec![Event::Followed { agent: agent.clone() }])
}
