//! Checklists: tasks that belong together, to be applied to a ticket at once.

use crate::id::Name;

/// A checklist of the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checklist {
    /// Its name.
    pub name: Name,
    /// Its tasks, in declared order.
    pub tasks: Vec<ChecklistTask>,
}

/// A task of a checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChecklistTask {
    /// Its key, unique in the checklist.
    pub key: Name,
    /// What has to be done.
    pub title: String,
    /// Whether only whoever may close without asking may leave it out.
    pub required: bool,
}
