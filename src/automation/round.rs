//! One round: which rules fired, and what they write once their wishes are merged.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::automation::Action;
use crate::id::{Name, QueueId};
use crate::language::Language;
use crate::priority::Grade;
use crate::text::Hit;
use crate::ticket::Notice;

/// A rule that fired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Firing {
    /// Its name.
    pub rule: Name,
    /// Its position among the event rules, from 0; what `fired` of the next round contains.
    pub index: usize,
    /// The keywords that it found.
    pub hits: Vec<Hit>,
    /// What it asks for.
    pub actions: Vec<Action>,
}

/// A value and the rule that it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Write<T> {
    /// The value.
    pub value: T,
    /// The rule.
    pub rule: Name,
}

/// What a round writes. Whether a value differs from what the ticket has already is for the desk to see.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Writes {
    /// The kind of contact.
    pub kind: Option<Write<Name>>,
    /// The stage of the sale.
    pub stage: Option<Write<Name>>,
    /// The urgency.
    pub urgency: Option<Write<Grade>>,
    /// The impact.
    pub impact: Option<Write<Grade>>,
    /// The priority by name.
    pub priority: Option<Write<Name>>,
    /// The queue.
    pub queue: Option<Write<QueueId>>,
    /// The language.
    pub language: Option<Write<Language>>,
    /// Tags to add, each with its rule.
    pub add_tags: BTreeMap<Name, Name>,
    /// Tags to remove, each with its rule. No tag is in both.
    pub remove_tags: BTreeMap<Name, Name>,
    /// Custom fields.
    pub fields: BTreeMap<Name, Write<String>>,
    /// Words to colleagues, in order; never merged.
    pub notices: Vec<Write<Notice>>,
    /// Checklists to apply, in order; never merged.
    pub checklists: Vec<Write<Name>>,
}

impl Writes {
    /// Whether nothing is written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What two rules may disagree about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Field {
    /// The kind of contact.
    Kind,
    /// The stage of the sale.
    Stage,
    /// The urgency.
    Urgency,
    /// The impact.
    Impact,
    /// The priority.
    Priority,
    /// The queue.
    Queue,
    /// The language.
    Language,
    /// A tag, which one adds and another removes.
    Tag(Name),
    /// A custom field.
    Custom(Name),
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind => f.write_str("kind"),
            Self::Stage => f.write_str("stage"),
            Self::Urgency => f.write_str("urgency"),
            Self::Impact => f.write_str("impact"),
            Self::Priority => f.write_str("priority"),
            Self::Queue => f.write_str("queue"),
            Self::Language => f.write_str("language"),
            Self::Tag(name) => write!(f, "tag `{name}`"),
            Self::Custom(name) => write!(f, "field `{name}`"),
        }
    }
}

/// Two rules wanted different things; the later one got its wish.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[non_exhaustive]
pub struct Conflict {
    /// What they disagreed about.
    pub field: Field,
    /// The rule whose wish is written.
    pub kept: Name,
    /// The rule whose wish is not.
    pub lost: Name,
}

/// The outcome of one round.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Round {
    /// The rules that fired, in declared order.
    pub firings: Vec<Firing>,
    /// What they write together.
    pub writes: Writes,
    /// What they disagreed about, by field.
    pub conflicts: Vec<Conflict>,
}

impl Round {
    /// The firings with their wishes merged: of two values for one field the later rule's is written.
    pub(super) fn merge(firings: Vec<Firing>) -> Self {
        let mut wishes = Wishes::default();
        for firing in &firings {
            for action in &firing.actions {
                wishes.add(&firing.rule, action);
            }
        }
        let (writes, conflicts) = wishes.settle();
        Self { firings, writes, conflicts }
    }
}

/// Every value that was asked for, in order, before anything is decided.
#[derive(Default)]
struct Wishes {
    kind: Vec<Write<Name>>,
    stage: Vec<Write<Name>>,
    urgency: Vec<Write<Grade>>,
    impact: Vec<Write<Grade>>,
    priority: Vec<Write<Name>>,
    queue: Vec<Write<QueueId>>,
    language: Vec<Write<Language>>,
    /// Whether each tag should be there.
    tags: BTreeMap<Name, Vec<Write<bool>>>,
    fields: BTreeMap<Name, Vec<Write<String>>>,
    notices: Vec<Write<Notice>>,
    checklists: Vec<Write<Name>>,
}

impl Wishes {
    fn add(&mut self, rule: &Name, action: &Action) {
        fn wish<T: Clone>(value: &T, rule: &Name) -> Write<T> {
            Write { value: value.clone(), rule: rule.clone() }
        }
        match action {
            Action::SetKind(name) => self.kind.push(wish(name, rule)),
            Action::SetStage(name) => self.stage.push(wish(name, rule)),
            Action::SetUrgency(grade) => self.urgency.push(wish(grade, rule)),
            Action::SetImpact(grade) => self.impact.push(wish(grade, rule)),
            Action::SetPriority(name) => self.priority.push(wish(name, rule)),
            Action::SetQueue(queue) => self.queue.push(wish(queue, rule)),
            Action::ApplyChecklist(name) => self.checklists.push(wish(name, rule)),
            Action::SetLanguage(language) => self.language.push(wish(language, rule)),
            Action::AddTags(tags) => {
                for tag in tags {
                    self.tags.entry(tag.clone()).or_default().push(wish(&true, rule));
                }
            }
            Action::RemoveTags(tags) => {
                for tag in tags {
                    self.tags.entry(tag.clone()).or_default().push(wish(&false, rule));
                }
            }
            Action::SetField { name, value } => {
                self.fields.entry(name.clone()).or_default().push(wish(value, rule));
            }
            Action::Notify { to, text } => {
                self.notices.push(wish(&Notice { to: *to, text: text.clone() }, rule));
            }
        }
    }

    fn settle(self) -> (Writes, Vec<Conflict>) {
        let mut conflicts = Vec::new();
        let mut writes = Writes {
            kind: last(self.kind, &Field::Kind, &mut conflicts),
            stage: last(self.stage, &Field::Stage, &mut conflicts),
            urgency: last(self.urgency, &Field::Urgency, &mut conflicts),
            impact: last(self.impact, &Field::Impact, &mut conflicts),
            priority: last(self.priority, &Field::Priority, &mut conflicts),
            queue: last(self.queue, &Field::Queue, &mut conflicts),
            language: last(self.language, &Field::Language, &mut conflicts),
            notices: self.notices,
            checklists: self.checklists,
            ..Writes::default()
        };
        for (tag, wishes) in self.tags {
            let Some(write) = last(wishes, &Field::Tag(tag.clone()), &mut conflicts) else { continue };
            let tags = if write.value { &mut writes.add_tags } else { &mut writes.remove_tags };
            tags.insert(tag, write.rule);
        }
        for (name, wishes) in self.fields {
            if let Some(write) = last(wishes, &Field::Custom(name.clone()), &mut conflicts) {
                writes.fields.insert(name, write);
            }
        }
        (writes, conflicts)
    }
}

/// The last wish, with everyone who wanted something else as a conflict.
fn last<T: PartialEq>(mut wishes: Vec<Write<T>>, field: &Field, conflicts: &mut Vec<Conflict>) -> Option<Write<T>> {
    let kept = wishes.pop()?;
    let lost = wishes.into_iter().filter(|wish| wish.value != kept.value && wish.rule != kept.rule);
    conflicts.extend(lost.map(|wish| Conflict { field: field.clone(), kept: kept.rule.clone(), lost: wish.rule }));
    Some(kept)
}
