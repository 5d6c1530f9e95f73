//! What one part of a document says of another: names in conditions, actions and transitions.

use std::collections::BTreeMap;

use super::checks::{Checks, Words};
use crate::automation::Action;
use crate::channel::ChannelKind;
use crate::finding::{DocPath, nearest};
use crate::id::{Name, QueueId};
use crate::limits;
use crate::policy::PolicyDoc;
use crate::priority::Scale;
use crate::rule::{Condition, FieldIs, Matcher, OneOf, Test};
use crate::ticket::{Category, ContactCategory, ContactKind, FieldType, Stage, StageCategory, parse_value};

/// Every name that the document declares, by what it names.
#[derive(Debug)]
pub(super) struct Names<'a> {
    pub(super) queues: Words,
    pub(super) calendars: Words,
    checklists: Words,
    fields: &'a BTreeMap<Name, FieldType>,
    field_names: Words,
    priorities: Words,
    /// Kinds that a ticket can have, and those with every category, which a condition can ask for.
    kinds: Words,
    kinds_or_categories: Words,
    stages: Words,
    stages_or_categories: Words,
    statuses_or_categories: Words,
    /// None where the policy leaves tiers to the host.
    tiers: Option<Words>,
}

impl<'a> Names<'a> {
    pub(super) fn new(
        doc: &PolicyDoc,
        scale: &Scale,
        kinds: &[ContactKind],
        stages: &[Stage],
        fields: &'a BTreeMap<Name, FieldType>,
    ) -> Self {
        let (kind, kind_help) = (("kind of contact", "unknown_kind"), "declare it in the list `kind`");
        let own_kinds = || kinds.iter().map(|kind| kind.name.as_str());
        let unnamed =
            ContactCategory::ALL.into_iter().filter(|category| !kinds.iter().any(|k| k.category == *category));
        let (stage, stage_help) = (("stage", "unknown_stage"), "declare it in the list `stage`");
        let own_stages = || stages.iter().map(|stage| stage.name.as_str());
        let unstaged =
            StageCategory::ALL.into_iter().filter(|category| !stages.iter().any(|s| s.category == *category));
        let statuses = doc.statuses.iter().map(|status| status.name.as_str());
        let priorities = scale.names();
        let words = |(noun, code), help, known: Vec<&str>| Words::new(noun, code, help, known);
        Self {
            queues: words(
                ("queue", "unknown_queue"),
                "declare it in the list `queue`",
                doc.queues.iter().map(|queue| queue.name.as_str()).collect(),
            ),
            calendars: words(
                ("calendar", "unknown_calendar"),
                "declare it in the table `calendar`",
                doc.calendars.keys().map(Name::as_str).collect(),
            ),
            checklists: words(
                ("checklist", "unknown_checklist"),
                "declare it in the list `checklist`",
                doc.checklists.iter().map(|checklist| checklist.name.as_str()).collect(),
            ),
            fields,
            field_names: words(
                ("field", "unknown_field"),
                "declare it in the list `field`",
                fields.keys().map(Name::as_str).collect(),
            ),
            priorities: words(
                ("priority", "unknown_priority"),
                "declare it in the list `priority`",
                priorities.iter().map(Name::as_str).collect(),
            ),
            kinds: words(kind, kind_help, own_kinds().chain(unnamed.map(|category| category.as_str())).collect()),
            kinds_or_categories: words(
                kind,
                kind_help,
                own_kinds().chain(ContactCategory::ALL.iter().map(|category| category.as_str())).collect(),
            ),
            stages: words(stage, stage_help, own_stages().chain(unstaged.map(|category| category.as_str())).collect()),
            stages_or_categories: words(
                stage,
                stage_help,
                own_stages().chain(StageCategory::ALL.iter().map(|category| category.as_str())).collect(),
            ),
            statuses_or_categories: words(
                ("status", "unknown_status"),
                "declare it in the list `status`",
                statuses.chain(Category::ALL.iter().map(|category| category.as_str())).collect(),
            ),
            tiers: (!doc.tiers.is_empty()).then(|| {
                words(
                    ("tier", "unknown_tier"),
                    "declare it in the list `tier`",
                    doc.tiers.iter().map(|tier| tier.name.as_str()).collect(),
                )
            }),
        }
    }

    /// The compiled condition; `None` when it is wrong in itself.
    pub(super) fn condition(&self, condition: &Condition, place: &DocPath, checks: &mut Checks) -> Option<Matcher> {
        self.check_tests(condition, place, checks);
        condition.compile().map_err(|findings| checks.extend(place, findings)).ok()
    }

    fn check_tests(&self, condition: &Condition, place: &DocPath, checks: &mut Checks) {
        for (inner, test) in condition.tests() {
            self.test(test, &place.join(&inner), checks);
        }
    }

    fn test(&self, test: &Test, place: &DocPath, checks: &mut Checks) {
        match test {
            Test::Channel(names) => each(names, Name::as_str, place, |name, place| channel(name, place, checks)),
            Test::Kind(names) => all_known(&self.kinds_or_categories, names, place, checks),
            Test::Stage(names) => all_known(&self.stages_or_categories, names, place, checks),
            Test::Status(names) => all_known(&self.statuses_or_categories, names, place, checks),
            Test::Priority(names) => all_known(&self.priorities, names, place, checks),
            Test::Queue(queues) => {
                each(queues, QueueId::as_str, place, |name, place| self.queues.check(name, || place, checks));
            }
            Test::CustomerTier(names) => {
                if let Some(tiers) = &self.tiers {
                    all_known(tiers, names, place, checks);
                }
            }
            Test::Field(field) => self.field(field, place, checks),
            // Tags, states of orders and what customers write are nobody's to declare; the rest is typed, or
            // checked by the condition itself.
            _ => {}
        }
    }

    fn field(&self, field: &FieldIs, place: &DocPath, checks: &mut Checks) {
        let Some(holds) = self.fields.get(&field.name) else {
            return self.field_names.check(field.name.as_str(), || place.key("name"), checks);
        };
        if *holds == FieldType::Text {
            let message = format!("a condition cannot read the field `{}`, whose text is kept apart", field.name);
            let help = "make it a choice, or test a tag instead";
            return checks.error("unreadable_field", place.key("name"), message, help);
        }
        each(&field.value, String::as_str, &place.key("value"), |value, place| {
            check_value(&field.name, holds, value, place, checks);
        });
    }

    /// The names in the event rules; the rules themselves are checked by their own room, and the patterns with
    /// them.
    pub(super) fn rules(&self, doc: &PolicyDoc, checks: &mut Checks) {
        let list = DocPath::root().key("rule");
        for (index, rule) in doc.rules.iter().take(limits::RULES_MAX).enumerate() {
            let place = list.index(index);
            if let Some(condition) = &rule.when {
                self.check_tests(condition, &place.key("when"), checks);
            }
            for (index, action) in rule.then.iter().take(limits::RULE_ACTIONS_MAX).enumerate() {
                self.action(action, &place.key("then").index(index), checks);
            }
        }
    }

    fn action(&self, action: &Action, place: &DocPath, checks: &mut Checks) {
        match action {
            Action::SetKind(name) => self.kinds.check(name.as_str(), || place.key("set_kind"), checks),
            Action::SetStage(name) => self.stages.check(name.as_str(), || place.key("set_stage"), checks),
            Action::SetPriority(name) => self.priorities.check(name.as_str(), || place.key("set_priority"), checks),
            Action::SetQueue(queue) => self.queues.check(queue.as_str(), || place.key("set_queue"), checks),
            Action::ApplyChecklist(name) => {
                self.checklists.check(name.as_str(), || place.key("apply_checklist"), checks)
            }
            Action::SetField { name, value } => {
                let place = place.key("set_field");
                match self.fields.get(name) {
                    Some(FieldType::Text) => {
                        let message = format!("a rule cannot set the field `{name}`, whose text is kept apart");
                        let help = "make it a choice, or add a tag instead";
                        checks.error("unwritable_field", place.key("name"), message, help);
                    }
                    Some(holds) => check_value(name, holds, value, place.key("value"), checks),
                    None => self.field_names.check(name.as_str(), || place.key("name"), checks),
                }
            }
            _ => {}
        }
    }

    /// The fields that transitions require.
    pub(super) fn requirements(&self, doc: &PolicyDoc, checks: &mut Checks) {
        let list = DocPath::root().key("transition");
        for (index, transition) in doc.transitions.iter().enumerate() {
            for (position, field) in transition.requires.iter().enumerate() {
                let place = || list.index(index).key("requires").index(position);
                self.field_names.check(field.as_str(), place, checks);
            }
        }
    }
}

/// Each value with its place: that of the list, where it stands alone and perhaps not in a list.
fn each<'a, T>(
    values: &'a OneOf<T>,
    text: impl Fn(&'a T) -> &'a str,
    place: &DocPath,
    mut see: impl FnMut(&'a str, DocPath),
) {
    let values = values.values();
    for (index, value) in values.iter().enumerate() {
        see(text(value), if values.len() == 1 { place.clone() } else { place.index(index) });
    }
}

fn all_known(words: &Words, names: &OneOf<Name>, place: &DocPath, checks: &mut Checks) {
    each(names, Name::as_str, place, |name, place| words.check(name, || place, checks));
}

/// Channels have free names, so that only what looks like a slip is doubtful.
fn channel(name: &str, place: DocPath, checks: &mut Checks) {
    let kinds = ChannelKind::ALL.map(ChannelKind::as_str);
    if let Some(near) = nearest(name, kinds).filter(|near| *near != name) {
        let message = format!("`{name}` is no kind of channel, and holds only where the shop calls a channel so");
        checks.warning("doubtful_channel", place, message, format!("did you mean `{near}`?"));
    }
}

/// Whether a field can hold what this text means.
fn check_value(field: &Name, holds: &FieldType, value: &str, place: DocPath, checks: &mut Checks) {
    if parse_value(holds, value).is_some() {
        return;
    }
    let help = match holds {
        FieldType::Text => "set a field of another type".to_owned(),
        FieldType::Number => "write a whole number, such as `12`".to_owned(),
        FieldType::Flag => "write `true` or `false`".to_owned(),
        FieldType::Date => "write a day like `2026-10-29`".to_owned(),
        FieldType::Money => "write an amount like `500 TRY`".to_owned(),
        FieldType::Choice(options) => nearest(value, options.iter().map(Name::as_str))
            .map_or_else(|| "use one of its options".to_owned(), |near| format!("did you mean `{near}`?")),
    };
    let message = format!("the field `{field}` never holds `{}`", limits::shorten(value, 64));
    checks.error("impossible_value", place, message, help);
}
