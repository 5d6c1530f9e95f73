//! What a rule does.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::automation::Trigger;
use crate::id::{Name, QueueId};
use crate::language::Language;
use crate::priority::Grade;
use crate::rule::{not_alone, unknown_key};
use crate::ticket::Whom;

/// One thing that a rule does. In a document a table with one key: `{ set_kind = "iade" }`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// Sets the kind of contact.
    SetKind(Name),
    /// Sets the stage of the sale.
    SetStage(Name),
    /// Sets the urgency, from which the priority is rated.
    SetUrgency(Grade),
    /// Sets the impact, from which the priority is rated.
    SetImpact(Grade),
    /// Sets the priority by name; a person's choice stays.
    SetPriority(Name),
    /// Adds tags.
    AddTags(BTreeSet<Name>),
    /// Removes tags.
    RemoveTags(BTreeSet<Name>),
    /// Puts the ticket into a queue.
    SetQueue(QueueId),
    /// Adds the tasks of a checklist, unless it was applied before.
    ApplyChecklist(Name),
    /// Sets a custom field.
    SetField {
        /// The field.
        name: Name,
        /// Its value, written as a text and read as the field's type; a field of free text cannot be set.
        value: String,
    },
    /// Sets the language of the contact.
    SetLanguage(Language),
    /// Tells colleagues something. Never reaches a customer.
    Notify {
        /// Whom.
        to: Whom,
        /// What.
        text: String,
    },
}

impl Action {
    /// The key of every action, in declared order.
    pub const KEYS: &'static [&'static str] = &[
        "set_kind",
        "set_stage",
        "set_urgency",
        "set_impact",
        "set_priority",
        "add_tags",
        "remove_tags",
        "set_queue",
        "apply_checklist",
        "set_field",
        "set_language",
        "notify",
    ];

    /// What the action can set off in turn, when it changes something.
    ///
    /// Another queue may also take the agent away. Within one decision that happens once at most, as no action gives a
    /// ticket to an agent; the proof that cascades end (law 16) weighs it together with the assignment that follows.
    ///
    /// ```
    /// use destek::automation::{Action, Trigger};
    /// use destek::priority::Grade;
    /// assert_eq!(Action::SetImpact(Grade::High).raises(), Some(Trigger::PriorityChanged));
    /// ```
    #[must_use]
    pub const fn raises(&self) -> Option<Trigger> {
        match self {
            Self::SetKind(_) | Self::SetStage(_) | Self::SetLanguage(_) => Some(Trigger::Classified),
            Self::SetUrgency(_) | Self::SetImpact(_) | Self::SetPriority(_) => Some(Trigger::PriorityChanged),
            Self::AddTags(_) | Self::RemoveTags(_) => Some(Trigger::Tagged),
            Self::SetQueue(_) => Some(Trigger::Queued),
            Self::SetField { .. } => Some(Trigger::FieldSet),
            Self::ApplyChecklist(_) | Self::Notify { .. } => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldDoc {
    name: Name,
    value: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NotifyDoc {
    to: Whom,
    text: String,
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OneAction)
    }
}

struct OneAction;

impl<'de> Visitor<'de> for OneAction {
    type Value = Action;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an action, such as `{ set_kind = \"iade\" }`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Action, A::Error> {
        let Some(key) = map.next_key::<String>()? else {
            return Err(de::Error::custom("an action without a key; write it like `{ set_kind = \"iade\" }`"));
        };
        let action = match key.as_str() {
            "set_kind" => Action::SetKind(map.next_value()?),
            "set_stage" => Action::SetStage(map.next_value()?),
            "set_urgency" => Action::SetUrgency(map.next_value()?),
            "set_impact" => Action::SetImpact(map.next_value()?),
            "set_priority" => Action::SetPriority(map.next_value()?),
            "add_tags" => Action::AddTags(map.next_value()?),
            "remove_tags" => Action::RemoveTags(map.next_value()?),
            "set_queue" => Action::SetQueue(map.next_value()?),
            "apply_checklist" => Action::ApplyChecklist(map.next_value()?),
            "set_field" => {
                let FieldDoc { name, value } = map.next_value()?;
                Action::SetField { name, value }
            }
            "set_language" => Action::SetLanguage(map.next_value()?),
            "notify" => {
                let NotifyDoc { to, text } = map.next_value()?;
                Action::Notify { to, text }
            }
            unknown => return Err(de::Error::custom(unknown_key("action", unknown, [], Action::KEYS))),
        };
        match map.next_key::<String>()? {
            None => Ok(action),
            Some(second) => Err(de::Error::custom(format!("{}; give each its own table", not_alone(&key, &second)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_read_what_they_write() {
        let texts = [
            r#"{"set_kind":"iade"}"#,
            r#"{"set_stage":"post"}"#,
            r#"{"set_urgency":"high"}"#,
            r#"{"set_impact":"low"}"#,
            r#"{"set_priority":"acil"}"#,
            r#"{"add_tags":["kargo","vip"]}"#,
            r#"{"remove_tags":["yeni"]}"#,
            r#"{"set_queue":"iade"}"#,
            r#"{"apply_checklist":"şikâyet"}"#,
            r#"{"set_field":{"name":"renk","value":"mavi"}}"#,
            r#"{"set_language":"en"}"#,
            r#"{"notify":{"to":"lead","text":"Bakar mısınız?"}}"#,
        ];
        for (text, key) in texts.iter().zip(Action::KEYS) {
            let action: Action = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&action).unwrap(), *text);
            assert!(text.contains(key));
        }
        assert_eq!(texts.len(), Action::KEYS.len());
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, part) in [
            (r#"{"set_knd":"iade"}"#, "did you mean `set_kind`?"),
            (r#"{"explode":true}"#, "use one of `set_kind`"),
            (r#"{"set_kind":"iade","set_stage":"post"}"#, "`set_kind` and `set_stage`"),
            (r#"{"notify":{"to":"customer","text":"x"}}"#, "unknown variant `customer`"),
            (r#"{"notify":{"to":"lead","text":"x","cc":"y"}}"#, "unknown field `cc`"),
            ("{}", "without a key"),
        ] {
            let error = serde_json::from_str::<Action>(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
