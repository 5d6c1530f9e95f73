//! The compiled form of a condition: checked once, asked often.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use crate::id::Name;
use crate::limits;
use crate::rule::keyword::Search;
use crate::rule::{Evaluation, Hit, Keyword, OneOf, Subject, Test, TextField, Trace};
use crate::text::Folded;
use crate::ticket::FieldValue;

/// A condition that is ready to be asked. Made by [`Condition::compile`](crate::rule::Condition::compile); cheap to clone.
#[derive(Debug, Clone)]
pub struct Matcher(pub(super) Arc<Compiled>);

#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) root: Node,
    pub(super) text: Option<Search>,
    pub(super) subject_text: Option<Search>,
    /// How many tests read a text.
    pub(super) leaves: usize,
    pub(super) is_timeless: bool,
}

#[derive(Debug)]
pub(super) enum Node {
    All(Group),
    Any(Group),
    Not(Box<Node>),
    Plain(Arc<Test>),
    /// A test of a text, by its number among those tests.
    Text(Arc<Test>, usize),
}

#[derive(Debug)]
pub(super) struct Group {
    pub(super) parts: Vec<Node>,
    pub(super) reads_text: bool,
}

impl Node {
    pub(super) fn reads_text(&self) -> bool {
        match self {
            Self::All(group) | Self::Any(group) => group.reads_text,
            Self::Not(part) => part.reads_text(),
            Self::Plain(_) => false,
            Self::Text(..) => true,
        }
    }
}

impl Matcher {
    /// Whether the condition holds. Texts are searched only where the rest leaves it open, each once.
    #[must_use]
    pub fn matches(&self, subject: &Subject<'_>) -> bool {
        let mut found = None;
        self.holds(&self.0.root, subject, &mut found)
    }

    /// Whether the condition holds, which keywords were found, and which tests held. Agrees with
    /// [`Self::matches`] on every subject.
    ///
    /// ```
    /// use destek::rule::{Condition, Subject, Trace};
    /// use destek::text::fold;
    /// let condition: Condition = serde_json::from_str(r#"{"all": [{"text": "iade*"}, {"assigned": true}]}"#)?;
    /// let body = fold("İademi bekliyorum");
    /// let evaluation = condition.compile().unwrap().evaluate(&Subject::new().text(&body));
    /// assert!(!evaluation.matched);
    /// assert_eq!((evaluation.hits[0].start, evaluation.hits[0].end), (0, 4));
    /// let Trace::All { parts, .. } = &evaluation.trace else { unreachable!() };
    /// assert!(parts[0].held() && !parts[1].held());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn evaluate(&self, subject: &Subject<'_>) -> Evaluation {
        let (hits, found) = self.search_all(subject);
        let trace = trace(&self.0.root, subject, &found);
        Evaluation { matched: trace.held(), hits, trace }
    }

    /// The keywords that were found, when the condition holds: what a decision records. The same answer as
    /// [`Self::evaluate`], without the tree of reasons.
    #[must_use]
    pub fn find(&self, subject: &Subject<'_>) -> Option<Vec<Hit>> {
        if !self.reads_text() {
            return self.matches(subject).then(Vec::new);
        }
        let (hits, found) = self.search_all(subject);
        self.holds(&self.0.root, subject, &mut Some(found)).then_some(hits)
    }

    /// Whether the answer stays the same while time passes and nothing else happens.
    #[must_use]
    pub fn is_timeless(&self) -> bool {
        self.0.is_timeless
    }

    /// Whether the condition reads a text of the customer.
    #[must_use]
    pub fn reads_text(&self) -> bool {
        self.0.leaves > 0
    }

    fn holds(&self, node: &Node, subject: &Subject<'_>, found: &mut Option<Vec<bool>>) -> bool {
        match node {
            // Parts without a text come first: they cost nothing and often decide.
            Node::All(Group { parts, reads_text }) => {
                parts.iter().filter(|part| !part.reads_text()).all(|part| self.holds(part, subject, found))
                    && (!reads_text
                        || parts.iter().filter(|part| part.reads_text()).all(|part| self.holds(part, subject, found)))
            }
            Node::Any(Group { parts, reads_text }) => {
                parts.iter().filter(|part| !part.reads_text()).any(|part| self.holds(part, subject, found))
                    || (*reads_text
                        && parts.iter().filter(|part| part.reads_text()).any(|part| self.holds(part, subject, found)))
            }
            Node::Not(part) => !self.holds(part, subject, found),
            Node::Plain(test) => test.holds(subject),
            Node::Text(_, leaf) => {
                found.get_or_insert_with(|| self.search(subject)).get(*leaf).copied().unwrap_or(false)
            }
        }
    }

    fn searches<'a>(
        &'a self,
        subject: &Subject<'a>,
    ) -> impl Iterator<Item = (TextField, &'a Search, &'a Folded)> + use<'a> {
        let texts = [
            (TextField::Text, &self.0.text, subject.text),
            (TextField::SubjectText, &self.0.subject_text, subject.subject_text),
        ];
        texts.into_iter().filter_map(|(field, search, text)| Some((field, search.as_ref()?, text?)))
    }

    /// Which of the tests of a text hold.
    fn search(&self, subject: &Subject<'_>) -> Vec<bool> {
        let mut found = vec![false; self.0.leaves];
        let mut open = self.0.leaves;
        for (_, search, text) in self.searches(subject) {
            search.scan(text, |_, leaf, _| {
                if let Some(slot) = found.get_mut(leaf).filter(|slot| !**slot) {
                    *slot = true;
                    open -= 1;
                }
                if open == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
        }
        found
    }

    /// Which of the tests of a text hold, and the first place of each keyword.
    fn search_all(&self, subject: &Subject<'_>) -> (Vec<Hit>, Vec<bool>) {
        let mut found = vec![false; self.0.leaves];
        let mut first: BTreeMap<(TextField, Keyword), Range<usize>> = BTreeMap::new();
        for (field, search, text) in self.searches(subject) {
            search.scan(text, |needle, leaf, range| {
                if let Some(slot) = found.get_mut(leaf) {
                    *slot = true;
                }
                first.entry((field, needle.keyword.clone())).or_insert(range);
                ControlFlow::Continue(())
            });
        }
        let mut hits: Vec<Hit> = first
            .into_iter()
            .map(|((field, keyword), Range { start, end })| Hit {
                field,
                start,
                end,
                keyword: keyword.as_str().to_owned(),
            })
            .collect();
        hits.sort();
        hits.truncate(limits::HITS_MAX);
        (hits, found)
    }
}

fn trace(node: &Node, subject: &Subject<'_>, found: &[bool]) -> Trace {
    let each = |group: &Group| -> Vec<Trace> { group.parts.iter().map(|part| trace(part, subject, found)).collect() };
    match node {
        Node::All(group) => {
            let parts = each(group);
            Trace::All { held: parts.iter().all(Trace::held), parts }
        }
        Node::Any(group) => {
            let parts = each(group);
            Trace::Any { held: parts.iter().any(Trace::held), parts }
        }
        Node::Not(part) => {
            let part = trace(part, subject, found);
            Trace::Not { held: !part.held(), part: Box::new(part) }
        }
        Node::Plain(test) => Trace::Test { held: test.holds(subject), test: Arc::clone(test) },
        Node::Text(test, leaf) => {
            Trace::Test { held: found.get(*leaf).copied().unwrap_or(false), test: Arc::clone(test) }
        }
    }
}

impl Test {
    /// Whether a test that reads no text holds.
    fn holds(&self, subject: &Subject<'_>) -> bool {
        let named = |wanted: &OneOf<Name>, text: &str| wanted.values().iter().any(|name| name.as_str() == text);
        match self {
            Self::Channel(wanted) => subject
                .channel
                .is_some_and(|channel| named(wanted, channel.as_str()) || named(wanted, channel.kind.as_str())),
            Self::Kind(wanted) => {
                subject.kind.is_some_and(|kind| wanted.contains(&kind.name) || named(wanted, kind.category.as_str()))
            }
            Self::Stage(wanted) => subject
                .stage
                .is_some_and(|stage| wanted.contains(&stage.name) || named(wanted, stage.category.as_str())),
            Self::Status(wanted) => subject
                .status
                .is_some_and(|status| wanted.contains(&status.name) || named(wanted, status.category.as_str())),
            Self::Priority(wanted) => subject.priority.is_some_and(|priority| wanted.contains(&priority.name)),
            Self::PriorityAtLeast(level) => subject.priority.is_some_and(|priority| priority.level >= *level),
            Self::Tag(wanted) => {
                subject.tags.is_some_and(|tags| wanted.values().iter().any(|name| tags.contains(name)))
            }
            Self::NoTag(unwanted) => {
                !subject.tags.is_some_and(|tags| unwanted.values().iter().any(|name| tags.contains(name)))
            }
            Self::Field(wanted) => subject
                .fields
                .and_then(|fields| fields.get(&wanted.name))
                .is_some_and(|value| wanted.value.values().iter().any(|text| reads_as(value, text))),
            Self::Queue(wanted) => subject.queue.is_some_and(|queue| wanted.contains(queue)),
            Self::Initiator(wanted) => subject.initiator.is_some_and(|initiator| wanted.contains(&initiator)),
            Self::Language(wanted) => subject.language.is_some_and(|language| wanted.contains(&language)),
            Self::Reopened(times) => subject.reopened >= *times,
            Self::CustomerTier(wanted) => subject.customer_tier.is_some_and(|tier| wanted.contains(tier)),
            Self::CustomerNew(wanted) => subject.customer_new == Some(*wanted),
            Self::CustomerOrdersOver(count) => subject.customer_orders.is_some_and(|orders| orders > *count),
            Self::Order(wanted) => subject.order == *wanted,
            Self::OrderState(wanted) => {
                subject.order_state.is_some_and(|state| wanted.contains(state))
                    || subject.order_category.is_some_and(|category| named(wanted, category.as_str()))
            }
            Self::OrderValueOver(limit) => subject.order_value.and_then(|value| value.exceeds(*limit)).unwrap_or(false),
            Self::Assigned(wanted) => subject.assigned == *wanted,
            Self::Hold(wanted) => subject.hold.is_some_and(|hold| wanted.contains(&hold)),
            Self::Breached(wanted) => subject.breached.iter().any(|metric| named(wanted, metric.as_str())),
            Self::Text(_) | Self::SubjectText(_) => false,
        }
    }
}

/// Whether the text, as a policy writes it, is this value.
fn reads_as(value: &FieldValue, text: &str) -> bool {
    match value {
        FieldValue::Text(_) => false,
        FieldValue::Number(number) => text.parse() == Ok(*number),
        FieldValue::Flag(flag) => text.parse() == Ok(*flag),
        FieldValue::Date(day) => text.parse() == Ok(*day),
        FieldValue::Money(money) => text.parse() == Ok(*money),
        FieldValue::Choice(name) => name.as_str() == text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::OrderCategory;
    use crate::rule::{Condition, FieldIs};
    use crate::text::fold;

    fn condition(json: &str) -> Condition {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn hits_are_the_first_places_in_order_of_the_text() {
        let matcher =
            condition(r#"{"any": [{"text": ["kargo*", "İADE"]}, {"text": "iade"}, {"subject_text": "kargo"}]}"#)
                .compile()
                .unwrap();
        let (body, line) = (fold("iade, iade, kargom"), fold("Kargo"));
        let subject = Subject::new().text(&body).subject_text(&line);
        let hits: Vec<_> = matcher.evaluate(&subject).hits;
        let shown: Vec<_> = hits.iter().map(|hit| (hit.field, hit.start, hit.end, hit.keyword.as_str())).collect();
        assert_eq!(
            shown,
            [
                (TextField::Text, 0, 4, "iade"),
                (TextField::Text, 0, 4, "İADE"),
                (TextField::Text, 12, 17, "kargo*"),
                (TextField::SubjectText, 0, 5, "kargo"),
            ]
        );
        let json = serde_json::to_string(&hits[2]).unwrap();
        assert_eq!(json, r#"{"field":"text","start":12,"end":17,"keyword":"kargo*"}"#);
        assert_eq!(serde_json::from_str::<Hit>(&json).unwrap(), hits[2]);
    }

    #[test]
    fn hits_are_bounded() {
        let words: Vec<String> = (0..100).map(|i| format!("k{i}")).collect();
        let matcher = Condition::Test(Test::Text(words.iter().map(|word| Keyword::new(word.as_str())).collect()));
        let body = fold(&words.join(" "));
        let hits = matcher.compile().unwrap().find(&Subject::new().text(&body)).unwrap();
        assert_eq!((hits.len(), hits[0].start), (limits::HITS_MAX, 0));
    }

    #[test]
    fn what_is_not_known_does_not_hold() {
        for json in [
            r#"{"channel": "chat"}"#,
            r#"{"customer_new": false}"#,
            r#"{"customer_orders_over": 0}"#,
            r#"{"order_value_over": "0 TRY"}"#,
            r#"{"text": "iade"}"#,
            r#"{"priority_at_least": "low"}"#,
        ] {
            assert!(!condition(json).compile().unwrap().matches(&Subject::new()), "{json}");
        }
        for json in [r#"{"no_tag": "vip"}"#, r#"{"assigned": false}"#, r#"{"order": false}"#, r#"{"reopened": 0}"#] {
            assert!(condition(json).compile().unwrap().matches(&Subject::new()), "{json}");
        }
    }

    #[test]
    fn money_of_another_currency_is_never_more() {
        let matcher = condition(r#"{"order_value_over": "5000 TRY"}"#).compile().unwrap();
        for (value, held) in [("5000.01 TRY", true), ("5000 TRY", false), ("900000 EUR", false)] {
            assert_eq!(matcher.matches(&Subject::new().order_value(value.parse().unwrap())), held, "{value}");
        }
    }

    #[test]
    fn fields_are_compared_by_their_type() {
        let value = |json: &str| serde_json::from_str::<FieldValue>(json).unwrap();
        for (field, text, held) in [
            (r#"{"number": 7}"#, "7", true),
            (r#"{"number": 7}"#, "07", true),
            (r#"{"number": 7}"#, "7.0", false),
            (r#"{"flag": true}"#, "true", true),
            (r#"{"flag": true}"#, "evet", false),
            (r#"{"date": "2027-03-31"}"#, "2027-03-31", true),
            (r#"{"money": "500 TRY"}"#, "500.00 TRY", true),
            (r#"{"money": "500 TRY"}"#, "500 EUR", false),
            (r#"{"choice": "hasarlı"}"#, "hasarlı", true),
            (r#"{"choice": "hasarlı"}"#, "Hasarlı", false),
        ] {
            let fields = [(Name::new("f").unwrap(), value(field))].into();
            let test = FieldIs::new(Name::new("f").unwrap(), OneOf::new(vec!["x".to_owned(), text.to_owned()]));
            let matcher = Condition::Test(Test::Field(test)).compile().unwrap();
            assert_eq!(matcher.matches(&Subject::new().fields(&fields)), held, "{field} {text}");
        }
    }

    #[test]
    fn an_order_stands_where_the_shop_or_the_category_says() {
        let state = Name::new("depoda").unwrap();
        let subject = Subject::new().order_category(OrderCategory::Placed).order_state(&state);
        for (json, held) in [("depoda", true), ("placed", true), ("shipped", false)] {
            let matcher = condition(&format!(r#"{{"order_state": "{json}"}}"#)).compile().unwrap();
            assert_eq!(matcher.matches(&subject), held, "{json}");
        }
    }

    #[test]
    fn a_matcher_knows_what_it_reads() {
        let plain = condition(r#"{"not": {"order": true}}"#).compile().unwrap();
        let text = condition(r#"{"all": [{"order": true}, {"not": {"text": "iade"}}]}"#).compile().unwrap();
        assert!(!plain.reads_text() && text.reads_text() && plain.is_timeless() && text.is_timeless());
    }
}
