//! The workflow: which status may follow which, as data.

mod compile;
mod graph;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Category, Refusal, Status};
use crate::actor::Right;
use crate::id::Name;

/// A status as policy documents declare it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct StatusDoc {
    /// The shop's name.
    pub name: Name,
    /// What logic reads.
    pub category: Category,
    /// Whether an agent brings a ticket here only when all of its tasks are done, whichever way leads here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_open_tasks: bool,
}

impl StatusDoc {
    /// A status of this name and category.
    #[must_use]
    pub const fn new(name: Name, category: Category) -> Self {
        Self { name, category, no_open_tasks: false }
    }
    /// The same status, into which an agent brings a ticket only when all of its tasks are done.
    #[must_use]
    pub const fn no_open_tasks(mut self) -> Self {
        self.no_open_tasks = true;
        self
    }
}

/// Transitions to one status as policy documents declare them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TransitionDoc {
    /// The statuses that may be left.
    pub from: Vec<Name>,
    /// The status that follows.
    pub to: Name,
    /// A right that an agent needs beside the verb's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<Right>,
    /// Fields that an agent must have filled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<Name>,
    /// Whether an agent takes them only when all tasks of the ticket are done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_open_tasks: bool,
}

impl TransitionDoc {
    /// Transitions from these statuses to another.
    #[must_use]
    pub const fn new(from: Vec<Name>, to: Name) -> Self {
        Self { from, to, right: None, requires: Vec::new(), no_open_tasks: false }
    }
    /// The same transitions, which an agent takes only when all tasks are done.
    #[must_use]
    pub const fn no_open_tasks(mut self) -> Self {
        self.no_open_tasks = true;
        self
    }
    /// The same transitions for agents with this right only.
    #[must_use]
    pub const fn right(mut self, right: Right) -> Self {
        self.right = Some(right);
        self
    }
    /// The same transitions with one more field that must be filled.
    #[must_use]
    pub fn requires(mut self, field: Name) -> Self {
        self.requires.push(field);
        self
    }
}

/// One way from a status to another.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transition {
    /// The status that is left.
    pub from: Name,
    /// The status that follows.
    pub to: Status,
    /// A right that an agent needs beside the verb's own. What a customer says and what time causes passes
    /// without it.
    pub right: Option<Right>,
    /// Fields that an agent must have filled; like `right` they hold up nobody else.
    pub requires: Vec<Name>,
    /// Whether all tasks of the ticket have to be done, likewise.
    pub no_open_tasks: bool,
}

/// The statuses of a shop and the ways between them.
///
/// The default has one status per category, bearing its name, and the natural ways between them: work is begun,
/// waits, is done, is taken up again and ends.
///
/// ```
/// use destek::id::Name;
/// use destek::ticket::{Category, Workflow};
///
/// let workflow = Workflow::default();
/// let held = Name::new("hold")?;
/// let step = workflow.step(&held, Category::Open, None).map(|step| step.to.name.as_str());
/// assert_eq!(step, Ok("open"));
/// assert!(workflow.step(&Name::new("closed")?, Category::Hold, None).is_err());
/// # Ok::<(), destek::id::ParseIdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workflow {
    initial: Status,
    statuses: Vec<Status>,
    /// Grouped by the status that is left, in declared order within a group.
    transitions: Vec<Transition>,
    leaving: BTreeMap<Name, Range<usize>>,
}

impl Default for Workflow {
    fn default() -> Self {
        let statuses: Vec<Status> = Category::ALL.into_iter().map(Status::plain).collect();
        let transitions = natural(&statuses);
        Self::of(statuses, transitions)
    }
}

impl Workflow {
    fn of(statuses: Vec<Status>, mut transitions: Vec<Transition>) -> Self {
        let place: BTreeMap<&Name, usize> = statuses.iter().enumerate().map(|(i, status)| (&status.name, i)).collect();
        transitions.sort_by_key(|edge| place.get(&edge.from).copied());
        let mut leaving: BTreeMap<Name, Range<usize>> = BTreeMap::new();
        for (i, edge) in transitions.iter().enumerate() {
            leaving.entry(edge.from.clone()).or_insert(i..i).end = i + 1;
        }
        let initial = statuses.iter().find(|status| status.category == Category::New).cloned();
        Self { initial: initial.unwrap_or_else(|| Status::plain(Category::New)), statuses, transitions, leaving }
    }

    /// The status of a ticket that has just been opened.
    #[must_use]
    pub const fn initial(&self) -> &Status {
        &self.initial
    }

    /// Every status, in declared order.
    #[must_use]
    pub fn statuses(&self) -> &[Status] {
        &self.statuses
    }

    /// Every transition, by the status that is left and then in declared order.
    #[must_use]
    pub fn transitions(&self) -> &[Transition] {
        &self.transitions
    }

    /// The status of this name.
    #[must_use]
    pub fn status(&self, name: &Name) -> Option<&Status> {
        self.statuses.iter().find(|status| status.name == *name)
    }

    /// The status of this workflow that a ticket with `status` is in: the one of that name and category, else the
    /// first of the category. A ticket may have got its status under an earlier policy, and must not be stuck.
    #[must_use]
    pub fn counterpart(&self, status: &Status) -> &Status {
        let same = self.statuses.iter().find(|own| *own == status);
        let alike = || self.statuses.iter().find(|own| own.category == status.category);
        same.or_else(alike).unwrap_or(&self.initial)
    }

    /// The transition from a status to the named one of a category, or to the first declared one of it.
    ///
    /// # Errors
    /// [`Refusal::UnknownStatus`] when no status of the category has the name; [`Refusal::NoTransition`] when no
    /// way leads there.
    pub fn step(&self, from: &Name, category: Category, named: Option<&Name>) -> Result<&Transition, Refusal> {
        if let Some(name) = named
            && self.status(name).is_none_or(|status| status.category != category)
        {
            return Err(Refusal::UnknownStatus { status: name.clone(), category });
        }
        let leaving = self.leaving.get(from).and_then(|range| self.transitions.get(range.clone())).unwrap_or_default();
        let fits = |edge: &&Transition| edge.to.category == category && named.is_none_or(|name| edge.to.name == *name);
        leaving.iter().find(fits).ok_or_else(|| Refusal::NoTransition {
            from: from.clone(),
            to: named.cloned(),
            category,
        })
    }
}

/// Whether some verb takes a ticket from one category to the other.
const fn is_natural(from: Category, to: Category) -> bool {
    match to {
        Category::New => false,
        Category::Open => !matches!(from, Category::Open),
        Category::Hold => from.is_active(),
        Category::Resolved | Category::Spam => from.is_active(),
        Category::Closed => from.is_active() || matches!(from, Category::Resolved),
    }
}

/// Every transition that some verb takes.
fn natural(statuses: &[Status]) -> Vec<Transition> {
    let ways = statuses.iter().flat_map(|from| statuses.iter().map(move |to| (from, to)));
    ways.filter(|(from, to)| from != to && is_natural(from.category, to.category))
        .map(|(from, to)| edge(from, to))
        .collect()
}

fn edge(from: &Status, to: &Status) -> Transition {
    Transition { from: from.name.clone(), to: to.clone(), right: None, requires: Vec::new(), no_open_tasks: false }
}
