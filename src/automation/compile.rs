//! From documents to event rules: every fault is found here, so that a round cannot fail.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::automation::graph::circles;
use crate::automation::{Action, EventRuleDoc, Field, Trigger};
use crate::finding::{DocPath, Finding};
use crate::id::Name;
use crate::limits;
use crate::rule::Matcher;

/// The event rules of a policy, in declared order. Made by [`EventRules::compile`]; the default has none.
#[derive(Debug, Clone, Default)]
pub struct EventRules {
    pub(super) rules: Vec<Rule>,
    pub(super) by_trigger: BTreeMap<Trigger, Vec<usize>>,
}

#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) name: Name,
    pub(super) when: Option<Matcher>,
    pub(super) then: Vec<Action>,
}

impl EventRules {
    /// Checks the rules and makes them ready to run.
    ///
    /// # Errors
    /// Every fault at once, with its place in the list: a name used twice, no trigger, no action, a condition
    /// that is wrong, an action beyond a limit or against another one of the same rule, a review day that is
    /// none, and rules that can set each other off for ever, with the circle shown.
    ///
    /// ```
    /// use destek::automation::{EventRuleDoc, EventRules};
    /// let docs: Vec<EventRuleDoc> = serde_json::from_str(r#"[
    ///     {"name": "a", "on": ["tagged"], "then": [{"set_queue": "iade"}]},
    ///     {"name": "b", "on": ["queued"], "then": [{"add_tags": ["iade"]}]}
    /// ]"#)?;
    /// let findings = EventRules::compile(&docs).unwrap_err();
    /// assert!(findings[0].message.ends_with("`a` -> queued -> `b` -> tagged -> `a`"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn compile(docs: &[EventRuleDoc]) -> Result<Self, Vec<Finding>> {
        if docs.len() > limits::RULES_MAX {
            let message = format!("{} event rules, at most {} are allowed", docs.len(), limits::RULES_MAX);
            return Err(vec![Finding::error("too_many_rules", DocPath::root(), message)]);
        }
        let mut findings = duplicates(docs);
        let mut rules = Self::default();
        for (index, doc) in docs.iter().enumerate() {
            let place = DocPath::root().index(index);
            findings.extend(faults(doc, &place));
            let when = doc.when.as_ref().and_then(|condition| match condition.compile() {
                Ok(matcher) => Some(matcher),
                Err(inner) => {
                    findings.extend(inner.into_iter().map(|finding| finding.below(&place.key("when"))));
                    None
                }
            });
            findings.extend(when.as_ref().and_then(|when| tells_a_note(doc, when, &place)));
            rules.rules.push(Rule { name: doc.name.clone(), when, then: doc.then.clone() });
            for trigger in doc.on.iter().copied().collect::<BTreeSet<_>>() {
                rules.by_trigger.entry(trigger).or_default().push(index);
            }
        }
        findings.extend(circles(docs));
        if findings.is_empty() { Ok(rules) } else { Err(findings) }
    }

    /// How many rules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }
    /// Whether there is no rule.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
    /// Whether a trigger sets off the rule at this position.
    pub(crate) fn is_set_off_by(&self, rule: usize, trigger: Trigger) -> bool {
        self.by_trigger.get(&trigger).is_some_and(|rules| rules.contains(&rule))
    }
    /// Whether a trigger sets off any rule.
    pub(crate) fn are_set_off_by(&self, trigger: Trigger) -> bool {
        self.by_trigger.contains_key(&trigger)
    }
    /// The names of the rules, in declared order.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.rules.iter().map(|rule| &rule.name)
    }
}

fn duplicates(docs: &[EventRuleDoc]) -> Vec<Finding> {
    let mut first: BTreeMap<&Name, usize> = BTreeMap::new();
    let mut findings = Vec::new();
    for (index, doc) in docs.iter().enumerate() {
        let earlier = *first.entry(&doc.name).or_insert(index);
        if earlier != index {
            let message = format!("the name `{}` is taken by event rule {}", doc.name, earlier + 1);
            let place = DocPath::root().index(index).key("name");
            findings.push(Finding::error("duplicate_rule", place, message).with_help("give each rule its own name"));
        }
    }
    findings
}

fn faults(doc: &EventRuleDoc, place: &DocPath) -> Vec<Finding> {
    let mut findings = Vec::new();
    if doc.on.is_empty() {
        let finding = Finding::error("no_trigger", place.key("on"), "nothing sets the rule off");
        findings.push(finding.with_help("name at least one trigger, such as `opened`"));
    }
    if doc.then.is_empty() {
        let finding = Finding::error("no_action", place.key("then"), "the rule does nothing");
        findings.push(finding.with_help("give at least one action, such as `{ set_kind = \"iade\" }`"));
    }
    if doc.then.len() > limits::RULE_ACTIONS_MAX {
        let message = format!("{} actions, at most {} are allowed", doc.then.len(), limits::RULE_ACTIONS_MAX);
        findings.push(Finding::error("too_many_actions", place.key("then"), message));
    }
    if let Some(review) = doc.review.as_deref().filter(|text| !is_day(text)) {
        let message = format!("`{}` is not a day", limits::shorten(review, 64));
        let finding = Finding::error("bad_date", place.key("review"), message);
        findings.push(finding.with_help("write it like `2027-03-31`"));
    }
    let mut written = BTreeSet::new();
    for (index, action) in doc.then.iter().take(limits::RULE_ACTIONS_MAX).enumerate() {
        let place = place.key("then").index(index);
        findings.extend(oversize(action, &place));
        for field in fields(action) {
            if let Some(field) = written.replace(field) {
                let message = format!("the rule writes the {field} twice");
                let finding = Finding::error("writes_twice", place.clone(), message);
                findings.push(finding.with_help("keep the one that is meant"));
            }
        }
    }
    findings
}

/// An internal text must not show in what a customer reads, not even by its language (law 27).
fn tells_a_note(doc: &EventRuleDoc, when: &Matcher, place: &DocPath) -> Option<Finding> {
    let language = doc.then.iter().position(|action| matches!(action, Action::SetLanguage(_)))?;
    if !doc.on.contains(&Trigger::Noted) || !when.reads_text() {
        return None;
    }
    let place = place.key("then").index(language);
    let message = "the text of an internal note would choose the language in which the customer is answered";
    Some(Finding::error("note_shows", place, message).with_help("take `noted` out of the rule's `on`"))
}

fn is_day(text: &str) -> bool {
    text.len() == 10 && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

fn fields(action: &Action) -> Vec<Field> {
    match action {
        Action::SetKind(_) => vec![Field::Kind],
        Action::SetStage(_) => vec![Field::Stage],
        Action::SetUrgency(_) => vec![Field::Urgency],
        Action::SetImpact(_) => vec![Field::Impact],
        Action::SetPriority(_) => vec![Field::Priority],
        Action::SetQueue(_) => vec![Field::Queue],
        Action::SetLanguage(_) => vec![Field::Language],
        Action::AddTags(tags) | Action::RemoveTags(tags) => tags.iter().cloned().map(Field::Tag).collect(),
        Action::SetField { name, .. } => vec![Field::Custom(name.clone())],
        Action::ApplyChecklist(_) | Action::Notify { .. } => vec![],
    }
}

fn oversize(action: &Action, place: &DocPath) -> Option<Finding> {
    let (what, size, max) = match action {
        Action::AddTags(tags) | Action::RemoveTags(tags) => ("tags", tags.len(), limits::TAGS_MAX),
        Action::SetField { value, .. } => ("bytes of a field's value", value.len(), limits::FIELD_BYTES_MAX),
        Action::Notify { text, .. } => ("bytes of a notice", text.trim().len(), limits::REASON_BYTES_MAX),
        _ => return None,
    };
    let may_be_empty = matches!(action, Action::SetField { .. });
    if size == 0 && !may_be_empty {
        let finding = Finding::error("empty_action", place.clone(), format!("the action has no {what}"));
        return Some(finding.with_help("leave the action out, or say what it does"));
    }
    (size > max).then(|| {
        let message = format!("{size} {what}, at most {max} are allowed");
        Finding::error("action_too_large", place.clone(), message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_found_at_once() {
        let docs: Vec<EventRuleDoc> = serde_json::from_str(
            r#"[
                {"name": "a", "on": [], "then": []},
                {"name": "a", "on": ["opened"], "when": {"all": [{"text": "*"}]}, "then": [{"notify": {"to": "lead", "text": " "}}]},
                {"name": "b", "on": ["opened"], "then": [{"set_kind": "x"}, {"set_kind": "y"}, {"add_tags": ["t"]}, {"remove_tags": ["t"]}]},
                {"name": "c", "on": ["tagged"], "then": [{"add_tags": []}], "review": "2027-02-30", "owner": "ayşe"}
            ]"#,
        )
        .unwrap();
        let findings = EventRules::compile(&docs).unwrap_err();
        let mut shown: Vec<(&str, String)> = findings.iter().map(|f| (f.code, f.path.to_string())).collect();
        shown.sort_unstable_by(|a, b| a.1.cmp(&b.1).then(a.0.cmp(b.0)));
        assert_eq!(
            shown,
            [
                ("no_trigger", "[0].on".to_owned()),
                ("no_action", "[0].then".to_owned()),
                ("duplicate_rule", "[1].name".to_owned()),
                ("empty_action", "[1].then[0]".to_owned()),
                ("empty_keyword", "[1].when.all[0].text".to_owned()),
                ("writes_twice", "[2].then[1]".to_owned()),
                ("writes_twice", "[2].then[3]".to_owned()),
                ("bad_date", "[3].review".to_owned()),
                ("rule_cycle", "[3].then".to_owned()),
                ("empty_action", "[3].then[0]".to_owned()),
            ]
        );
    }

    #[test]
    fn limits_are_kept() {
        let tags = |n: usize| Action::AddTags((0..n).map(|i| Name::new(format!("t{i}")).unwrap()).collect());
        let doc = |then| [EventRuleDoc::new(Name::new("a").unwrap(), vec![Trigger::Opened], then)];
        assert!(EventRules::compile(&doc(vec![tags(limits::TAGS_MAX)])).is_ok());
        let codes = |docs: &[EventRuleDoc]| -> Vec<&str> {
            EventRules::compile(docs).unwrap_err().iter().map(|finding| finding.code).collect()
        };
        assert_eq!(codes(&doc(vec![tags(limits::TAGS_MAX + 1)])), ["action_too_large"]);
        let notice = || Action::Notify { to: crate::ticket::Whom::Lead, text: "!".into() };
        assert!(EventRules::compile(&doc(vec![notice(); limits::RULE_ACTIONS_MAX])).is_ok());
        assert_eq!(codes(&doc(vec![notice(); limits::RULE_ACTIONS_MAX + 1])), ["too_many_actions"]);
        let [one] = doc(vec![notice()]);
        assert_eq!(codes(&vec![one; limits::RULES_MAX + 1]), ["too_many_rules"]);
    }

    #[test]
    fn a_document_is_strict_and_reads_what_it_writes() {
        let text = r#"{"name":"a","on":["opened","breached"],"when":{"not":{"order":true}},"then":[{"set_kind":"x"}],"owner":"ayşe","review":"2027-03-31"}"#;
        let doc: EventRuleDoc = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&doc).unwrap(), text);
        assert!(serde_json::from_str::<EventRuleDoc>(r#"{"name":"a","on":[],"then":[],"if":{}}"#).is_err());
    }

    #[cfg(feature = "toml")]
    #[test]
    fn a_document_is_read_from_toml() {
        let toml = r#"
            name = "a"
            on = ["opened"]
            when = { text = ["iade", "kargo*"] }
            then = [{ set_kind = "iade" }, { notify = { to = "lead", text = "Bakın" } }]
        "#;
        assert_eq!(toml::from_str::<EventRuleDoc>(toml).unwrap().then.len(), 2);
    }
}
