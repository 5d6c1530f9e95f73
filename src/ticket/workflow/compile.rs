//! From documents to a workflow: names, duplicates, ways that no verb takes.

use std::collections::BTreeSet;

use super::{StatusDoc, Transition, TransitionDoc, Workflow, edge, is_natural, natural};
use crate::finding::{DocPath, Finding, nearest};
use crate::id::Name;
use crate::limits;
use crate::ticket::{Category, Status};

impl Workflow {
    /// Checks statuses and transitions and compiles them. The places of its findings begin with `status` and
    /// `transition`, the names under which the two lists stand in a policy document.
    ///
    /// No statuses are those of the default; spam, which a shop seldom names, comes with its natural ways when it
    /// is left out. No transitions are all natural ones. Whether the fields that a transition requires exist is not known
    /// here.
    ///
    /// # Errors
    /// All findings, at least one: a category without a status, names that are taken or unknown, ways that no
    /// verb takes or that every ticket needs, statuses that cannot be reached or never left.
    pub fn compile(statuses: &[StatusDoc], transitions: &[TransitionDoc]) -> Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        let declared = declared(statuses, &mut findings);
        if declared.is_empty() {
            return Err(findings);
        }
        let mut edges = edges(&declared, statuses, transitions, &mut findings);
        for edge in &mut edges {
            edge.no_open_tasks |= statuses.iter().any(|doc| doc.no_open_tasks && doc.name == edge.to.name);
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        let workflow = Self::of(declared, edges);
        let findings = workflow.faults(statuses);
        if findings.is_empty() { Ok(workflow) } else { Err(findings) }
    }
}

/// The statuses: the declared ones with spam, or one per category.
fn declared(docs: &[StatusDoc], findings: &mut Vec<Finding>) -> Vec<Status> {
    let list = DocPath::root().key("status");
    if docs.is_empty() {
        return Category::ALL.into_iter().map(Status::plain).collect();
    }
    if docs.len() > limits::STATUSES_MAX {
        let message = format!("there are {} statuses, at most {} are allowed", docs.len(), limits::STATUSES_MAX);
        findings.push(Finding::error("too_many", list, message).with_help("tell finer states apart by tags or fields"));
        return Vec::new();
    }
    let mut statuses: Vec<Status> = Vec::with_capacity(docs.len() + 1);
    for (index, StatusDoc { name, category, .. }) in docs.iter().enumerate() {
        let place = list.index(index).key("name");
        if statuses.iter().any(|status| status.name == *name) {
            let message = format!("there are two statuses `{name}`");
            findings.push(Finding::error("duplicate_status", place, message).with_help("give each its own name"));
            continue;
        }
        if let Some(other) =
            Category::ALL.into_iter().find(|other| other != category && other.as_str() == name.as_str())
        {
            let message =
                format!("`{name}` is the name of a category, but the status is of the category {}", category.as_str());
            let help = format!("choose another name, or say `category = \"{}\"`", other.as_str());
            findings.push(Finding::error("misleading_name", place, message).with_help(help));
        }
        statuses.push(Status::new(name.clone(), *category));
    }
    for category in Category::ALL {
        if statuses.iter().any(|status| status.category == category) {
            continue;
        }
        if category != Category::Spam {
            let message = format!("no status is of the category {}", category.as_str());
            let help = "where a shop names statuses, every category but spam needs at least one";
            findings.push(Finding::error("missing_category", list.clone(), message).with_help(help));
        }
        // Also after a finding, so that a transition to it is not one more.
        statuses.push(Status::plain(category));
    }
    statuses
}

/// The transitions: the declared ones, or all natural ones.
fn edges(
    statuses: &[Status],
    status_docs: &[StatusDoc],
    docs: &[TransitionDoc],
    findings: &mut Vec<Finding>,
) -> Vec<Transition> {
    if docs.is_empty() {
        return natural(statuses);
    }
    let list = DocPath::root().key("transition");
    let most = limits::STATUSES_MAX * limits::STATUSES_MAX;
    let count: usize = docs.iter().map(|doc| doc.from.len()).sum();
    if count.max(docs.len()) > most {
        let message = format!("there are {} transitions, at most {most} are allowed", count.max(docs.len()));
        findings.push(Finding::error("too_many", list, message).with_help("leave out what is there twice"));
        return Vec::new();
    }
    let mut reader = Reader { statuses, findings, edges: Vec::new(), seen: BTreeSet::new() };
    for (index, doc) in docs.iter().enumerate() {
        reader.read(doc, &list.index(index));
    }
    let mut edges = reader.edges;
    let names_spam = status_docs.iter().any(|doc| doc.category == Category::Spam)
        || docs.iter().any(|doc| doc.from.iter().chain([&doc.to]).any(|name| name.as_str() == Category::Spam.as_str()));
    if !names_spam {
        let first_open = statuses.iter().find(|status| status.category == Category::Open);
        let concerns = |(from, to): &(&Status, &Status)| {
            to.category == Category::Spam || (from.category == Category::Spam && Some(*to) == first_open)
        };
        let ways = statuses.iter().flat_map(|from| statuses.iter().map(move |to| (from, to)));
        let ways = ways.filter(|(from, to)| is_natural(from.category, to.category)).filter(concerns);
        edges.extend(ways.map(|(from, to)| edge(from, to)));
    }
    edges
}

struct Reader<'a> {
    statuses: &'a [Status],
    findings: &'a mut Vec<Finding>,
    edges: Vec<Transition>,
    seen: BTreeSet<(Name, Name)>,
}

impl Reader<'_> {
    fn read(&mut self, doc: &TransitionDoc, place: &DocPath) {
        if doc.from.is_empty() {
            let finding = Finding::error("empty_list", place.key("from"), "the transition leaves no status");
            self.findings.push(finding.with_help("name at least one status"));
        }
        let to = self.find(&doc.to, &place.key("to"));
        for (index, from) in doc.from.iter().enumerate() {
            let place = place.key("from").index(index);
            if let (Some(from), Some(to)) = (self.find(from, &place), &to) {
                self.connect(&from, to, doc, place);
            }
        }
    }

    fn connect(&mut self, from: &Status, to: &Status, doc: &TransitionDoc, place: DocPath) {
        let way = format!("`{}` to `{}`", from.name, to.name);
        let fault = if from.name == to.name {
            Some(("same_status", format!("the transition leads from {way}, which changes nothing"), "leave it out"))
        } else if !is_natural(from.category, to.category) {
            let (from, to) = (from.category.as_str(), to.category.as_str());
            let message = format!("nothing takes a ticket from {way}: no verb leads from {from} to {to}");
            Some(("no_verb", message, "leave it out, or check the categories of the two"))
        } else if !self.seen.insert((from.name.clone(), to.name.clone())) {
            Some(("duplicate_transition", format!("the way from {way} is declared twice"), "keep one of the two"))
        } else {
            None
        };
        match fault {
            Some((code, message, help)) => self.findings.push(Finding::error(code, place, message).with_help(help)),
            None => {
                let (right, requires, no_open_tasks) = (doc.right, doc.requires.clone(), doc.no_open_tasks);
                self.edges.push(Transition { right, requires, no_open_tasks, ..edge(from, to) });
            }
        }
    }

    fn find(&mut self, name: &Name, place: &DocPath) -> Option<Status> {
        let found = self.statuses.iter().find(|status| status.name == *name).cloned();
        if found.is_none() {
            let near = nearest(name.as_str(), self.statuses.iter().map(|status| status.name.as_str()));
            let help = near.map_or_else(
                || "declare it in the list `status`, or name one that is declared".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            let message = format!("there is no status `{name}`");
            self.findings.push(Finding::error("unknown_status", place.clone(), message).with_help(help));
        }
        found
    }
}
