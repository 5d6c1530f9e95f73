//! Which rules can set each other off, and whether that can go round in a circle (law 16).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::automation::{Action, EventRuleDoc, Trigger};
use crate::finding::{DocPath, Finding};
use crate::limits;

/// Rules point to the triggers that their actions raise, triggers to the rules that they set off. Going through
/// triggers keeps the graph as small as the rules are, however many of them meet.
///
/// Conditions are not weighed: a rule counts as set off by each of its triggers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stop {
    Rule(usize),
    Trigger(Trigger),
}

/// One finding for each set of rules that can set each other off for ever, with the shortest circle in it.
///
/// First within one decision; then by way of the assignment that follows when a ticket enters a queue. Such a circle
/// needs two queues: what is put into the queue where it is stays with its agent.
pub(super) fn circles(docs: &[EventRuleDoc]) -> Vec<Finding> {
    let mut circles = closed_ways(&graph(docs, false));
    let known: BTreeSet<Stop> = circles.iter().flat_map(|(members, _)| members).copied().collect();
    let by_assignment = closed_ways(&graph(docs, true)).into_iter().filter(|(members, _)| {
        let rules =
            members.iter().filter_map(|stop| if let Stop::Rule(index) = stop { docs.get(*index) } else { None });
        let queues = rules.flat_map(|doc| &doc.then).filter_map(|action| match action {
            Action::SetQueue(queue) => Some(queue),
            _ => None,
        });
        let two = queues.collect::<BTreeSet<_>>().len() > 1;
        two && !members.iter().any(|stop| matches!(stop, Stop::Rule(_)) && known.contains(stop))
    });
    circles.extend(by_assignment);
    circles.sort();
    circles.iter().map(|(_, circle)| finding(docs, circle)).collect()
}

/// Each set of stops that lead to each other, with the shortest circle in it.
fn closed_ways(graph: &DiGraph<Stop, ()>) -> Vec<(BTreeSet<Stop>, Vec<Stop>)> {
    let sets = kosaraju_scc(graph).into_iter().filter_map(|members| {
        let stops: BTreeMap<Stop, NodeIndex> =
            members.iter().filter_map(|node| Some((*graph.node_weight(*node)?, *node))).collect();
        // The first rule of the set in declared order, so that the circle does not depend on the graph's order.
        let (_, start) = stops.first_key_value()?;
        let circle = circle(graph, *start, &members)?;
        Some((stops.into_keys().collect(), circle))
    });
    sets.collect()
}

/// What sets off what; with what follows from assignment, or without.
fn graph(docs: &[EventRuleDoc], with_assignment: bool) -> DiGraph<Stop, ()> {
    let mut graph = DiGraph::new();
    let triggers: BTreeMap<Trigger, NodeIndex> =
        Trigger::ALL.iter().map(|trigger| (*trigger, graph.add_node(Stop::Trigger(*trigger)))).collect();
    for (index, doc) in docs.iter().enumerate() {
        let rule = graph.add_node(Stop::Rule(index));
        let mut raised: BTreeSet<Trigger> = doc.then.iter().filter_map(Action::raises).collect();
        if with_assignment && doc.then.iter().any(|action| matches!(action, Action::SetQueue(_))) {
            raised.extend([Trigger::Unassigned, Trigger::Assigned]);
        }
        let on: BTreeSet<Trigger> = doc.on.iter().copied().collect();
        for trigger in raised.iter().filter_map(|trigger| triggers.get(trigger)) {
            graph.add_edge(rule, *trigger, ());
        }
        for trigger in on.iter().filter_map(|trigger| triggers.get(trigger)) {
            graph.add_edge(*trigger, rule, ());
        }
    }
    graph
}

/// The shortest way from a node back to itself within its component, both ends included; `None` where there is
/// none, which is so for every component of one node.
fn circle(graph: &DiGraph<Stop, ()>, start: NodeIndex, members: &[NodeIndex]) -> Option<Vec<Stop>> {
    let mut before: BTreeMap<NodeIndex, Option<NodeIndex>> = members.iter().map(|node| (*node, None)).collect();
    let mut next = VecDeque::from([start]);
    while let Some(node) = next.pop_front() {
        for neighbour in graph.neighbors(node) {
            let Some(slot) = before.get_mut(&neighbour).filter(|slot| slot.is_none()) else { continue };
            *slot = Some(node);
            next.push_back(neighbour);
        }
        if before.get(&start).copied().flatten().is_some() {
            break;
        }
    }
    let mut way = vec![*graph.node_weight(start)?];
    let mut node = before.get(&start).copied().flatten()?;
    while node != start {
        way.push(*graph.node_weight(node)?);
        node = before.get(&node).copied().flatten()?;
    }
    way.push(*graph.node_weight(start)?);
    way.reverse();
    Some(way)
}

/// A shortest circle passes each trigger once at most, so that its text is bounded by their number.
fn finding(docs: &[EventRuleDoc], circle: &[Stop]) -> Finding {
    let name = |index: usize| docs.get(index).map_or("?", |doc| doc.name.as_str());
    let first = circle.iter().find_map(|stop| if let Stop::Rule(index) = stop { Some(*index) } else { None });
    let shown: Vec<String> = circle
        .iter()
        .map(|stop| match stop {
            Stop::Rule(index) => format!("`{}`", limits::shorten(name(*index), 64)),
            Stop::Trigger(trigger) => trigger.as_str().to_owned(),
        })
        .collect();
    let message = format!("event rules can set each other off for ever: {}", shown.join(" -> "));
    Finding::error("rule_cycle", DocPath::root().index(first.unwrap_or(0)).key("then"), message)
        .with_help("take one of these triggers out of a rule's `on`, or move the action that raises it elsewhere")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn docs(json: &str) -> Vec<EventRuleDoc> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_circle_is_shown_from_its_first_rule() {
        let docs = docs(
            r#"[
                {"name": "x", "on": ["opened"], "then": [{"set_kind": "k"}]},
                {"name": "a", "on": ["classified"], "then": [{"add_tags": ["t"]}, {"set_field": {"name": "f", "value": "v"}}]},
                {"name": "b", "on": ["tagged"], "then": [{"set_queue": "q"}]},
                {"name": "c", "on": ["queued", "field_set"], "then": [{"set_stage": "s"}]},
                {"name": "d", "on": ["priority_changed"], "then": [{"set_impact": "high"}]},
                {"name": "e", "on": ["replied"], "then": [{"set_impact": "high"}]}
            ]"#,
        );
        let shown: Vec<_> = circles(&docs).into_iter().map(|f| (f.path.to_string(), f.message)).collect();
        let message = |way: &str| format!("event rules can set each other off for ever: {way}");
        assert_eq!(
            shown,
            [
                ("[1].then".to_owned(), message("`a` -> field_set -> `c` -> classified -> `a`")),
                ("[4].then".to_owned(), message("`d` -> priority_changed -> `d`")),
            ]
        );
    }

    #[test]
    fn agents_of_two_queues_cannot_be_made_to_pass_a_ticket_on_for_ever() {
        let found = |json: &str| circles(&docs(json)).into_iter().map(|finding| finding.message).collect::<Vec<_>>();
        let two = r#"[
            {"name": "a", "on": ["assigned"], "then": [{"set_queue": "q"}]},
            {"name": "b", "on": ["assigned"], "then": [{"set_queue": "p"}]}
        ]"#;
        assert_eq!(found(two), ["event rules can set each other off for ever: `a` -> assigned -> `a`"]);
        let one = r#"[{"name": "a", "on": ["assigned", "unassigned"], "then": [{"set_queue": "q"}]}]"#;
        assert_eq!(found(one), [""; 0], "there it stays");
        let mixed = r#"[
            {"name": "a", "on": ["unassigned"], "then": [{"add_tags": ["t"]}]},
            {"name": "b", "on": ["tagged"], "then": [{"set_queue": "q"}]},
            {"name": "c", "on": ["opened"], "then": [{"set_queue": "p"}]}
        ]"#;
        assert_eq!(found(mixed), [""; 0], "one queue in the circle");
    }

    #[test]
    fn a_long_chain_is_no_circle_and_a_long_circle_is_found() {
        let rule = |i: usize, on: Trigger, then: &str| {
            let then = serde_json::from_str(then).unwrap();
            EventRuleDoc::new(crate::id::Name::new(format!("r{i}")).unwrap(), vec![on], vec![then])
        };
        let mut docs: Vec<EventRuleDoc> = (0..limits::RULES_MAX)
            .map(|i| match i % 3 {
                0 => rule(i, Trigger::Opened, r#"{"set_kind": "k"}"#),
                1 => rule(i, Trigger::Classified, r#"{"add_tags": ["t"]}"#),
                _ => rule(i, Trigger::Tagged, r#"{"set_queue": "q"}"#),
            })
            .collect();
        assert_eq!(circles(&docs), []);
        docs.push(rule(10_000, Trigger::Queued, r#"{"set_stage": "s"}"#));
        assert_eq!(circles(&docs).len(), 1);
    }
}
