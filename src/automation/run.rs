//! Running one round.

use std::collections::BTreeSet;

use crate::automation::{EventRules, Firing, Round, Trigger};
use crate::rule::Subject;

impl EventRules {
    /// One round on one frozen picture of the ticket: which rules fire and what they write together.
    ///
    /// The order of `triggers`, and whether one is given twice, makes no difference. `fired` holds the positions
    /// of the rules that fired earlier in this cascade, which do not fire again. How many rounds and actions a
    /// cascade may have is for the caller to count ([`limits::RULE_ROUNDS_MAX`](crate::limits::RULE_ROUNDS_MAX),
    /// [`limits::RULE_ACTIONS_MAX`](crate::limits::RULE_ACTIONS_MAX)).
    #[must_use]
    pub fn run(&self, triggers: &[Trigger], fired: &BTreeSet<usize>, subject: &Subject<'_>) -> Round {
        let set_off: BTreeSet<usize> =
            triggers.iter().filter_map(|trigger| self.by_trigger.get(trigger)).flatten().copied().collect();
        let firings = set_off.difference(fired).filter_map(|index| self.fire(*index, subject)).collect();
        Round::merge(firings)
    }

    fn fire(&self, index: usize, subject: &Subject<'_>) -> Option<Firing> {
        let rule = self.rules.get(index)?;
        let hits = rule.when.as_ref().map_or(Some(Vec::new()), |matcher| matcher.find(subject))?;
        Some(Firing { rule: rule.name.clone(), index, hits, actions: rule.then.clone() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::{btree_set, vec};
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::automation::{Action, Conflict, EventRuleDoc, Field};
    use crate::id::Name;
    use crate::rule::{Condition, OneOf, Test, strategies};
    use crate::text::fold;
    use crate::ticket::{ContactCategory, ContactKind};

    fn rules(json: &str) -> EventRules {
        EventRules::compile(&serde_json::from_str::<Vec<EventRuleDoc>>(json).unwrap()).unwrap()
    }

    fn name(text: &str) -> Name {
        Name::new(text).unwrap()
    }

    fn names(round: &Round) -> Vec<&str> {
        round.firings.iter().map(|firing| firing.rule.as_str()).collect()
    }

    type Runner = fn(&EventRules, &[Trigger], &Subject<'_>) -> Vec<Name>;

    fn frozen(rules: &EventRules, triggers: &[Trigger], subject: &Subject<'_>) -> Vec<Name> {
        rules.run(triggers, &BTreeSet::new(), subject).firings.into_iter().map(|firing| firing.rule).collect()
    }

    /// Broken on purpose: each rule reads the kind that the rule before it has just written.
    fn thawed(rules: &EventRules, triggers: &[Trigger], subject: &Subject<'_>) -> Vec<Name> {
        let mut kind = subject.kind.cloned();
        let mut fired = Vec::new();
        for index in 0..rules.len() {
            let others = (0..rules.len()).filter(|other| *other != index).collect();
            let mut own = *subject;
            own.kind = kind.as_ref();
            let round = rules.run(triggers, &others, &own);
            fired.extend(round.firings.into_iter().map(|firing| firing.rule));
            if let Some(write) = round.writes.kind {
                kind = Some(ContactKind::new(write.value, ContactCategory::Request));
            }
        }
        fired
    }

    #[test]
    fn law_15_rules_read_a_frozen_snapshot() {
        // The first rule writes what the second asks for, and what the third asks not to be.
        let rules = rules(
            r#"[
                {"name": "writes", "on": ["opened"], "then": [{"set_kind": "iade"}]},
                {"name": "asks", "on": ["opened"], "when": {"kind": "iade"}, "then": [{"set_queue": "iade"}]},
                {"name": "asks not", "on": ["opened"], "when": {"not": {"kind": "iade"}}, "then": [{"set_queue": "genel"}]}
            ]"#,
        );
        let kind = ContactKind::plain(ContactCategory::Question);
        let keeps_the_law = |run: Runner| {
            run(&rules, &[Trigger::Opened], &Subject::new().kind(&kind)) == [name("writes"), name("asks not")]
        };
        assert!(keeps_the_law(frozen));
        assert!(!keeps_the_law(thawed), "the broken variant is caught");
    }

    #[test]
    fn the_later_rule_wins_and_both_are_named() {
        let rules = rules(
            r#"[
                {"name": "a", "on": ["opened"], "then": [{"set_kind": "x"}, {"set_stage": "s"}, {"add_tags": ["t", "u"]}]},
                {"name": "b", "on": ["opened"], "then": [{"set_kind": "y"}, {"set_field": {"name": "f", "value": "1"}}]},
                {"name": "c", "on": ["opened"], "then": [{"set_kind": "x"}, {"set_stage": "s"}, {"remove_tags": ["t"]}]},
                {"name": "d", "on": ["opened"], "then": [{"set_field": {"name": "f", "value": "2"}}, {"add_tags": ["u"]}]}
            ]"#,
        );
        let round = rules.run(&[Trigger::Opened], &BTreeSet::new(), &Subject::new());
        let writes = &round.writes;
        let kind = writes.kind.as_ref().unwrap();
        assert_eq!((kind.value.as_str(), kind.rule.as_str()), ("x", "c"));
        assert_eq!(writes.stage.as_ref().unwrap().rule, name("c"));
        assert_eq!(writes.add_tags, [(name("u"), name("d"))].into());
        assert_eq!(writes.remove_tags, [(name("t"), name("c"))].into());
        assert_eq!(writes.fields.get(&name("f")).unwrap().value, "2");
        let conflict = |field, kept: &str, lost: &str| Conflict { field, kept: name(kept), lost: name(lost) };
        assert_eq!(
            round.conflicts,
            [
                // `a` wanted what is written, and the stages agree.
                conflict(Field::Kind, "c", "b"),
                conflict(Field::Tag(name("t")), "c", "a"),
                conflict(Field::Custom(name("f")), "d", "b"),
            ]
        );
    }

    #[test]
    fn the_caller_s_order_makes_no_difference() {
        let rules = rules(
            r#"[
                {"name": "a", "on": ["closed", "opened"], "then": [{"set_kind": "x"}]},
                {"name": "b", "on": ["replied"], "then": [{"set_kind": "y"}]},
                {"name": "c", "on": ["opened"], "then": [{"set_kind": "z"}]}
            ]"#,
        );
        let all = [Trigger::Opened, Trigger::Replied, Trigger::Closed];
        let round = rules.run(&all, &BTreeSet::new(), &Subject::new());
        assert_eq!(names(&round), ["a", "b", "c"]);
        for triggers in [
            [Trigger::Closed, Trigger::Replied, Trigger::Opened, Trigger::Closed],
            [Trigger::Replied, Trigger::Closed, Trigger::Opened, Trigger::Opened],
        ] {
            assert_eq!(rules.run(&triggers, &BTreeSet::new(), &Subject::new()), round);
        }
    }

    #[test]
    fn a_rule_fires_once_in_a_cascade_and_says_what_it_found() {
        let rules = rules(
            r#"[
                {"name": "a", "on": ["customer_message"], "when": {"text": "iade*"}, "then": [{"set_kind": "x"}]},
                {"name": "b", "on": ["customer_message"], "when": {"text": "kargo"}, "then": [{"set_kind": "y"}]},
                {"name": "c", "on": ["customer_message"], "then": [{"notify": {"to": "team", "text": "Yeni ileti"}}]}
            ]"#,
        );
        let body = fold("Ürünü iademek istiyorum");
        let subject = Subject::new().text(&body);
        let first = rules.run(&[Trigger::CustomerMessage], &BTreeSet::new(), &subject);
        assert_eq!(names(&first), ["a", "c"]);
        let hits: Vec<_> = first.firings.iter().flat_map(|firing| &firing.hits).collect();
        assert_eq!(hits.iter().map(|hit| (hit.start, hit.keyword.as_str())).collect::<Vec<_>>(), [(6, "iade*")]);
        assert_eq!(first.writes.notices.len(), 1);
        let fired = first.firings.iter().map(|firing| firing.index).collect();
        let second = rules.run(&[Trigger::CustomerMessage], &fired, &subject);
        assert!(second.firings.is_empty() && second.writes.is_empty());
    }

    fn action() -> impl Strategy<Value = Action> {
        prop_oneof![
            strategies::name().prop_map(Action::SetKind),
            strategies::name().prop_map(Action::SetPriority),
            btree_set(strategies::name(), 0..3).prop_map(Action::AddTags),
            btree_set(strategies::name(), 0..3).prop_map(Action::RemoveTags),
            (strategies::name(), any::<String>()).prop_map(|(name, value)| Action::SetField { name, value }),
            any::<String>().prop_map(|text| Action::Notify { to: crate::ticket::Whom::Lead, text }),
        ]
    }

    /// Conditions of any sort, empty groups, lists and keywords among them.
    fn any_condition() -> impl Strategy<Value = Condition> {
        let odd = prop_oneof![
            Just(Condition::All(vec![])),
            Just(Condition::Test(Test::Tag(OneOf::new(vec![])))),
            any::<String>().prop_map(|text| Condition::Test(Test::Text(OneOf::from(crate::rule::Keyword::new(text))))),
        ];
        prop_oneof![4 => strategies::condition(), 1 => odd]
    }

    fn docs() -> impl Strategy<Value = Vec<EventRuleDoc>> {
        let unique = (0_u32..40).prop_map(|i| name(&format!("r{i}")));
        let on = vec(select(Trigger::ALL.to_vec()), 0..4);
        let doc = (unique, on, option::of(any_condition()), vec(action(), 0..3))
            .prop_map(|(name, on, when, then)| EventRuleDoc { when, ..EventRuleDoc::new(name, on, then) });
        vec(doc, 0..6)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(10_000), failure_persistence: None, ..ProptestConfig::default() })]

        /// Compiling never panics; and what it lets through ends even when nothing counts the rounds and no rule
        /// is kept from firing again (law 16), whatever the conditions say.
        #[test]
        fn law_16_every_cascade_ends(
            docs in docs(),
            ticket in strategies::ticket(),
            start in vec(select(Trigger::ALL.to_vec()), 1..4),
        ) {
            let Ok(rules) = EventRules::compile(&docs) else { return Ok(()) };
            let subject = ticket.subject();
            let mut triggers = start;
            for round in 0.. {
                prop_assert!(round <= rules.len(), "still going after {} rounds", round);
                let outcome = rules.run(&triggers, &BTreeSet::new(), &subject);
                prop_assert!(outcome.firings.is_sorted_by_key(|firing| firing.index));
                if outcome.firings.is_empty() {
                    break;
                }
                triggers = outcome.firings.iter().flat_map(|f| &f.actions).filter_map(Action::raises).collect();
            }
        }
    }
}
