//! Checklists.

use std::collections::BTreeSet;

use super::checks::{Checks, List, fits};
use crate::finding::DocPath;
use crate::limits::{self, POLICY_ENTRIES_MAX};
use crate::policy::{Checklist, ChecklistDoc, ChecklistTask, PolicyDoc};

const CHECKLISTS: List = List { key: "checklist", noun: "checklist", duplicate: "duplicate_checklist" };

pub(super) fn checklists(doc: &PolicyDoc, checks: &mut Checks) -> Vec<Checklist> {
    if !CHECKLISTS.check(doc.checklists.iter().map(|entry| entry.name.as_str()), POLICY_ENTRIES_MAX, checks) {
        return Vec::new();
    }
    let entries = doc.checklists.iter().enumerate();
    entries.map(|(index, entry)| checklist(entry, &CHECKLISTS.place().index(index), checks)).collect()
}

fn checklist(doc: &ChecklistDoc, place: &DocPath, checks: &mut Checks) -> Checklist {
    let tasks = place.key("tasks");
    if doc.tasks.is_empty() {
        let message = format!("the checklist `{}` has no task", doc.name);
        checks.error("empty_list", tasks.clone(), message, "say what has to be done");
    }
    if !fits(&tasks, doc.tasks.len(), limits::TASKS_MAX, checks) {
        return Checklist { name: doc.name.clone(), tasks: Vec::new() };
    }
    let mut keys = BTreeSet::new();
    for (index, task) in doc.tasks.iter().enumerate() {
        let place = tasks.index(index);
        if !keys.insert(&task.key) {
            let message = format!("the task `{}` is in the checklist already", task.key);
            checks.error("duplicate_task", place.key("key"), message, "give each its own key, or leave one out");
        }
        let (size, most) = (task.title.len(), limits::TASK_TITLE_BYTES_MAX);
        if task.title.trim().is_empty() {
            let message = format!("the task `{}` does not say what has to be done", task.key);
            checks.error("bad_title", place.key("title"), message, "write it as one line");
        } else if size > most || task.title.chars().any(char::is_control) {
            let message = format!("the title of `{}` is no line of at most {most} bytes", task.key);
            checks.error("bad_title", place.key("title"), message, "say it shorter, in one line");
        }
    }
    let task = |task: &crate::policy::ChecklistTaskDoc| ChecklistTask {
        key: task.key.clone(),
        title: task.title.clone(),
        required: task.required,
    };
    Checklist { name: doc.name.clone(), tasks: doc.tasks.iter().map(task).collect() }
}
