//! Whether a workflow hangs together: what is reached, what is never left.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Dfs, Reversed, VisitMap as _};

use super::{StatusDoc, Workflow};
use crate::finding::{DocPath, Finding};
use crate::id::Name;
use crate::ticket::Category;

impl Workflow {
    /// What is wrong with the whole of it. Every name is sound by now.
    pub(super) fn faults(&self, docs: &[StatusDoc]) -> Vec<Finding> {
        let map = Map::of(self);
        let mut findings = Vec::new();
        let (initial, closed) = (map.reached(self), map.to_closed(self));
        let trapped = map.traps(self, docs, &mut findings);
        for (node, status) in self.statuses.iter().enumerate() {
            let node = NodeIndex::new(node);
            let place = place_of(&status.name, docs);
            if !initial.contains(&node) {
                let message = format!("no ticket ever becomes `{}`", status.name);
                let help =
                    format!("add a transition to it from a status that can be reached from `{}`", self.initial.name);
                findings.push(Finding::error("unreachable_status", place.clone(), message).with_help(help));
            }
            if trapped.contains(&node) {
                continue;
            }
            for (category, why) in needed(status.category) {
                if self.step(&status.name, *category, None).is_err() {
                    let message = format!(
                        "`{}` never leads to a status of the category {}, but {why}",
                        status.name,
                        category.as_str()
                    );
                    let help = format!("add a transition from `{}` to a status of that category", status.name);
                    findings.push(Finding::error("missing_transition", place.clone(), message).with_help(help));
                }
            }
            if status.category.is_active() && !closed.contains(&node) {
                let message = format!("a ticket that is `{}` can never be closed", status.name);
                let help = "let some way lead from it to a status of the category closed";
                findings.push(Finding::error("never_closed", place, message).with_help(help));
            }
        }
        findings
    }
}

/// The statuses as a graph, in which places are positions in [`Workflow::statuses`].
struct Map(DiGraph<(), ()>);

impl Map {
    fn of(workflow: &Workflow) -> Self {
        let mut graph = DiGraph::new();
        let nodes: BTreeMap<&Name, NodeIndex> =
            workflow.statuses.iter().map(|status| (&status.name, graph.add_node(()))).collect();
        for edge in &workflow.transitions {
            if let (Some(&from), Some(&to)) = (nodes.get(&edge.from), nodes.get(&edge.to.name)) {
                graph.add_edge(from, to, ());
            }
        }
        Self(graph)
    }

    fn reached(&self, workflow: &Workflow) -> BTreeSet<NodeIndex> {
        let start = workflow.statuses.iter().position(|status| *status == workflow.initial).map(NodeIndex::new);
        let mut seen = BTreeSet::new();
        if let Some(start) = start {
            let mut walk = Dfs::new(&self.0, start);
            while let Some(node) = walk.next(&self.0) {
                seen.insert(node);
            }
        }
        seen
    }

    fn to_closed(&self, workflow: &Workflow) -> BTreeSet<NodeIndex> {
        let mut seen = BTreeSet::new();
        let back = Reversed(&self.0);
        let mut walk = Dfs::empty(back);
        // What leads through spam leads away from the customer's request, not to its end.
        for (node, _) in workflow.statuses.iter().enumerate().filter(|(_, s)| s.category == Category::Spam) {
            let spam: NodeIndex = NodeIndex::new(node);
            walk.discovered.visit(spam);
        }
        for (node, _) in workflow.statuses.iter().enumerate().filter(|(_, s)| s.category == Category::Closed) {
            walk.move_to(NodeIndex::new(node));
            while let Some(node) = walk.next(back) {
                seen.insert(node);
            }
        }
        seen
    }

    /// Every status within a trap: some statuses that lead to each other and nowhere else, none of them an end.
    fn traps(&self, workflow: &Workflow, docs: &[StatusDoc], findings: &mut Vec<Finding>) -> BTreeSet<NodeIndex> {
        let mut trapped = BTreeSet::new();
        let status = |node: &NodeIndex| workflow.statuses.get(node.index());
        for mut group in tarjan_scc(&self.0) {
            group.sort_unstable();
            let leaves = group.iter().any(|node| self.0.neighbors(*node).any(|next| !group.contains(&next)));
            if leaves || group.iter().filter_map(status).any(|status| status.category.is_ended()) {
                continue;
            }
            let names: Vec<String> = group.iter().filter_map(status).map(|s| format!("`{}`", s.name)).collect();
            let Some(first) = group.first().and_then(status) else { continue };
            let message = format!("no way leads out of {}", names.join(", "));
            let help = "let some way lead from it to a status of the category closed";
            findings.push(Finding::error("trap", place_of(&first.name, docs), message).with_help(help));
            trapped.extend(group);
        }
        trapped
    }
}

/// Where a status is declared; the list itself for those that a document leaves out.
fn place_of(name: &Name, docs: &[StatusDoc]) -> DocPath {
    let list = DocPath::root().key("status");
    docs.iter().position(|doc| doc.name == *name).map_or(list.clone(), |index| list.index(index).key("name"))
}

/// The categories that must be open to every ticket of a category, because no agent asks for the step that led there.
const fn needed(category: Category) -> &'static [(Category, &'static str)] {
    match category {
        Category::New => &[(Category::Open, "the first reply begins the work")],
        Category::Hold => &[(Category::Open, "an answer of the customer ends the wait")],
        Category::Resolved => {
            &[(Category::Closed, "the customer may confirm"), (Category::Open, "the customer may refuse")]
        }
        Category::Spam => &[(Category::Open, "what was kept apart must have a way in again")],
        Category::Open | Category::Closed => &[],
    }
}
