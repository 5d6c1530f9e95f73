//! A second, slow evaluator to hold the compiled one against. It shares no code with it: values are compared as
//! texts, and keywords are tried at every position of the text.

use crate::id::Name;
use crate::rule::{Condition, Keyword, OneOf, Subject, Test};
use crate::text::{Folded, fold};
use crate::ticket::FieldValue;

impl Condition {
    pub(crate) fn holds(&self, subject: &Subject<'_>) -> bool {
        match self {
            Self::All(parts) => parts.iter().fold(true, |held, part| held & part.holds(subject)),
            Self::Any(parts) => parts.iter().fold(false, |held, part| held | part.holds(subject)),
            Self::Not(part) => !part.holds(subject),
            Self::Test(test) => holds(test, subject),
        }
    }
}

fn texts(names: &OneOf<Name>) -> Vec<String> {
    names.values().iter().map(ToString::to_string).collect()
}

fn common(wanted: &[String], there: &[String]) -> bool {
    wanted.iter().any(|one| there.contains(one))
}

fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

fn holds(test: &Test, subject: &Subject<'_>) -> bool {
    let both = |name: Option<(&Name, &str)>| name.map_or(vec![], |(name, other)| vec![name.to_string(), other.into()]);
    match test {
        Test::Channel(names) => {
            let there = subject.channel.map_or(vec![], |channel| match &channel.name {
                Some(name) => vec![name.to_string(), json(&channel.kind)],
                None => vec![json(&channel.kind)],
            });
            common(&texts(names), &there)
        }
        Test::Kind(names) => {
            common(&texts(names), &both(subject.kind.map(|kind| (&kind.name, kind.category.as_str()))))
        }
        Test::Stage(names) => {
            common(&texts(names), &both(subject.stage.map(|stage| (&stage.name, stage.category.as_str()))))
        }
        Test::Status(names) => {
            common(&texts(names), &both(subject.status.map(|status| (&status.name, status.category.as_str()))))
        }
        Test::Priority(names) => subject.priority.is_some_and(|own| texts(names).contains(&own.name.to_string())),
        Test::PriorityAtLeast(level) => subject.priority.is_some_and(|own| own.level as u8 >= *level as u8),
        Test::Tag(names) => {
            let tags: Vec<String> = subject.tags.into_iter().flatten().map(ToString::to_string).collect();
            common(&texts(names), &tags)
        }
        Test::NoTag(names) => {
            names.values().iter().all(|name| subject.tags.into_iter().flatten().all(|tag| tag != name))
        }
        Test::Field(field) => subject.fields.into_iter().flatten().any(|(name, value)| {
            name.as_str() == field.name.as_str()
                && written(value).is_some_and(|text| field.value.values().contains(&text))
        }),
        Test::Queue(names) => {
            subject.queue.is_some_and(|own| names.values().iter().any(|q| q.as_str() == own.as_str()))
        }
        Test::Initiator(names) => {
            subject.initiator.is_some_and(|own| names.values().iter().any(|i| json(i) == json(&own)))
        }
        Test::Language(names) => {
            subject.language.is_some_and(|own| names.values().iter().any(|l| json(l) == json(&own)))
        }
        Test::Reopened(times) => subject.reopened.checked_sub(*times).is_some(),
        Test::CustomerTier(names) => subject.customer_tier.is_some_and(|own| texts(names).contains(&own.to_string())),
        Test::CustomerNew(wanted) => match subject.customer_new {
            Some(own) => own == *wanted,
            None => false,
        },
        Test::CustomerOrdersOver(count) => match subject.customer_orders {
            Some(own) => own > *count,
            None => false,
        },
        Test::Order(wanted) => !(subject.order ^ wanted),
        Test::OrderState(names) => {
            let mut there: Vec<String> = subject.order_state.iter().map(ToString::to_string).collect();
            there.extend(subject.order_category.map(|category| json(&category)));
            common(&texts(names), &there)
        }
        Test::OrderValueOver(limit) => subject
            .order_value
            .is_some_and(|own| own.currency().as_str() == limit.currency().as_str() && own.minor() > limit.minor()),
        Test::Text(keywords) => keywords.values().iter().any(|keyword| found(keyword, subject.text)),
        Test::SubjectText(keywords) => keywords.values().iter().any(|keyword| found(keyword, subject.subject_text)),
        Test::Assigned(wanted) => !(subject.assigned ^ wanted),
        Test::Hold(kinds) => subject.hold.is_some_and(|own| kinds.values().iter().any(|kind| json(kind) == json(&own))),
        Test::Breached(names) => common(&texts(names), &subject.breached.iter().map(json).collect::<Vec<_>>()),
    }
}

fn written(value: &FieldValue) -> Option<String> {
    match value {
        FieldValue::Text(_) => None,
        FieldValue::Number(number) => Some(number.to_string()),
        FieldValue::Flag(flag) => Some(flag.to_string()),
        FieldValue::Date(day) => Some(day.to_string()),
        FieldValue::Money(money) => Some(money.to_string()),
        FieldValue::Choice(name) => Some(name.to_string()),
    }
}

/// Whether the keyword stands in the text: at some position its letters follow, no word goes on to the left, and
/// none to the right unless a star allows it.
fn found(keyword: &Keyword, text: Option<&Folded>) -> bool {
    let Some(text) = text else { return false };
    let text: Vec<char> = text.as_str().chars().collect();
    let written = keyword.as_str().trim();
    let open = written.ends_with('*');
    let letters: Vec<char> = fold(written.trim_end_matches('*')).as_str().trim().chars().collect();
    let word = |i: usize| text.get(i).is_some_and(|c| c.is_alphanumeric());
    let digit = |i: usize| text.get(i).is_some_and(|c| c.is_numeric());
    let point = |i: usize| text.get(i).is_some_and(|c| *c == '.' || *c == ',');
    // A word goes on from position i - 1 to position i.
    let goes_on = |i: usize| {
        i > 0
            && ((word(i - 1) && word(i))
                || (i > 1 && digit(i - 2) && point(i - 1) && digit(i))
                || (digit(i - 1) && point(i) && digit(i + 1)))
    };
    (0..text.len()).any(|start| {
        let end = start + letters.len();
        text.get(start..end) == Some(&letters)
            && !(letters.first().is_some_and(|c| c.is_alphanumeric()) && goes_on(start))
            && (open || !(letters.last().is_some_and(|c| c.is_alphanumeric()) && goes_on(end)))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::rule::strategies;

    proptest! {
        #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(10_000), failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_matcher_agrees_with_the_plain_evaluator(
            condition in strategies::condition(),
            ticket in strategies::ticket(),
        ) {
            let matcher = condition.compile().unwrap();
            let subject = ticket.subject();
            let held = condition.holds(&subject);
            prop_assert_eq!(matcher.matches(&subject), held);
            let evaluation = matcher.evaluate(&subject);
            prop_assert_eq!((evaluation.matched, evaluation.trace.held()), (held, held));
            prop_assert_eq!(matcher.find(&subject), held.then_some(evaluation.hits));
        }
    }
}
