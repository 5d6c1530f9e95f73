//! Tasks: what has to be done on a ticket, one by one or from a checklist of the policy.
//!
//! | rule | |
//! |---|---|
//! | an open task holds up | an agent who takes a way that asks for [no open tasks](super::Transition::no_open_tasks) |
//! | it does not hold up | what the customer says, and what time causes |
//! | a required task is dropped | only by whoever may close without asking |
//! | a checklist is applied | once to a ticket |
//! | tasks of a merged ticket | rest with it, and go on when the merge is undone |
//!
//! The state keeps what decisions need; titles stand in the log.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::verb::{Context, LIVE, at_most, fits};
use super::{AddTask, Category, Event, Internal, Refusal, Ticket};
use crate::actor::Right;
use crate::id::{AgentId, Name, TaskId};
use crate::limits;
use crate::time::Timestamp;

/// Something that has to be done on a ticket, as far as decisions need it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Task {
    /// Who does it; none when it is anybody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<AgentId>,
    /// Until when it has to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// Whether its checklist says that it must not be left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// Whether it has been done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub done: bool,
    /// Whether the team has been told that it is late.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overdue: bool,
    /// When it, or its ticket, was opened again after it was due: nobody is told before that it is late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Timestamp>,
}

/// A task as a checklist brings it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListedTask {
    /// The id that it got.
    pub task: TaskId,
    /// Its key in the checklist.
    pub key: Name,
    /// What has to be done, in the policy's own words.
    pub title: String,
    /// Whether it must not be left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
}

impl ListedTask {
    pub(crate) const fn new(task: TaskId, key: Name, title: String, required: bool) -> Self {
        Self { task, key, title, required }
    }
}

/// Adds a task. That its assignee exists, the desk has seen to.
pub(crate) fn add(ticket: &Ticket, command: &AddTask, cx: &mut Context<'_>) -> Result<Event, Refusal> {
    fits(ticket, "add_task", LIVE)?;
    if ticket.tasks.contains_key(&command.task) {
        return Err(Refusal::TaskExists(command.task));
    }
    room(ticket, 1)?;
    if let Some(at) = command.due.filter(|due| *due <= cx.now) {
        return Err(Refusal::NotAhead { field: Name::fixed("due"), at });
    }
    let title = Internal::new(cx.text("title", &command.title, limits::TASK_TITLE_BYTES_MAX)?);
    Ok(Event::TaskAdded { task: command.task, title, assignee: command.assignee.clone(), due: command.due })
}

fn room(ticket: &Ticket, more: usize) -> Result<(), Refusal> {
    at_most("tasks", ticket.tasks.len() + more, limits::TASKS_MAX)
}

/// Adds the tasks of a checklist, once.
pub(crate) fn apply_checklist(ticket: &Ticket, checklist: &Name, tasks: Vec<ListedTask>) -> Result<Event, Refusal> {
    fits(ticket, "apply_checklist", LIVE)?;
    if ticket.checklists.contains(checklist) {
        return Err(Refusal::ChecklistApplied(checklist.clone()));
    }
    at_most("checklists", ticket.checklists.len() + 1, limits::CHECKLISTS_MAX)?;
    room(ticket, tasks.len())?;
    Ok(Event::ChecklistApplied { checklist: checklist.clone(), tasks })
}

/// Where what was begun can still be finished: work for the shop may be left when the customer has none.
fn finishes(ticket: &Ticket, verb: &'static str) -> Result<(), Refusal> {
    fits(ticket, verb, &[LIVE, &[Category::Closed]].concat())
}

fn find(ticket: &Ticket, id: TaskId) -> Result<&Task, Refusal> {
    ticket.tasks.get(&id).ok_or(Refusal::NoTask(id))
}

/// A task is done.
pub(crate) fn complete(ticket: &Ticket, id: TaskId) -> Result<Event, Refusal> {
    finishes(ticket, "complete_task")?;
    if find(ticket, id)?.done { Err(Refusal::TaskDone(id)) } else { Ok(Event::TaskCompleted { task: id }) }
}

/// A task is not done after all.
pub(crate) fn reopen(ticket: &Ticket, id: TaskId) -> Result<Event, Refusal> {
    fits(ticket, "reopen_task", LIVE)?;
    if find(ticket, id)?.done { Ok(Event::TaskReopened { task: id }) } else { Err(Refusal::TaskOpen(id)) }
}

/// A task need not be done.
pub(crate) fn drop_task(ticket: &Ticket, id: TaskId, cx: &Context<'_>) -> Result<Event, Refusal> {
    finishes(ticket, "drop_task")?;
    let task = find(ticket, id)?;
    if task.required && !cx.rights.has(Right::Close) {
        return Err(Refusal::RequiredTask(id));
    }
    Ok(Event::TaskDropped { task: id })
}

impl Task {
    fn open_again(&mut self, at: Timestamp) {
        if !self.overdue && self.due.is_some_and(|due| due <= at) {
            self.again = Some(at);
        }
    }
}

/// The tasks of which the team is to be told that they are late; none once the ticket has ended.
fn waiting(ticket: &Ticket) -> impl Iterator<Item = (TaskId, &Task, Timestamp)> {
    let tasks = ticket.tasks.iter().filter(|_| !ticket.status.category.is_ended());
    tasks
        .filter(|(_, task)| !task.done && !task.overdue)
        .filter_map(|(id, task)| Some((*id, task, task.due.max(task.again)?)))
}

/// The first instant at which an open task is late.
pub(crate) fn next_due(ticket: &Ticket) -> Option<Timestamp> {
    waiting(ticket).map(|(.., due)| due).min()
}

/// That an open task is late.
pub(crate) fn overdue(ticket: &Ticket, now: Timestamp) -> Option<Event> {
    let (task, late, _) = waiting(ticket).find(|(.., due)| *due <= now)?;
    Some(Event::TaskOverdue { task, assignee: late.assignee.clone() })
}

/// Tasks that fell due while nobody was told of them are late from now on, when their ticket is opened again.
pub(super) fn open_again(ticket: &mut Ticket, at: Timestamp) {
    let tasks = ticket.tasks.if_any().into_iter().flat_map(BTreeMap::values_mut);
    tasks.filter(|task| !task.done).for_each(|task| task.open_again(at));
}

pub(super) fn apply_task(ticket: &mut Ticket, event: &Event, at: Timestamp) {
    let Ticket { tasks, checklists, .. } = ticket;
    match event {
        Event::TaskAdded { task, assignee, due, .. } => {
            tasks.insert(*task, Task { assignee: assignee.clone(), due: *due, ..Task::default() });
        }
        Event::ChecklistApplied { checklist, tasks: listed } => {
            checklists.insert(checklist.clone());
            tasks.extend(listed.iter().map(|it| (it.task, Task { required: it.required, ..Task::default() })));
        }
        Event::TaskCompleted { task } => change(tasks, *task, |task| task.done = true),
        Event::TaskReopened { task } => change(tasks, *task, |task| {
            task.done = false;
            task.open_again(at);
        }),
        Event::TaskOverdue { task, .. } => change(tasks, *task, |task| task.overdue = true),
        Event::TaskDropped { task } => {
            tasks.remove(task);
        }
        _ => {}
    }
}

fn change(tasks: &mut BTreeMap<TaskId, Task>, id: TaskId, change: impl FnOnce(&mut Task)) {
    if let Some(task) = tasks.get_mut(&id) {
        change(task);
    }
}

impl Ticket {
    /// Its tasks, done or not; what was dropped is none.
    #[must_use]
    pub fn tasks(&self) -> &BTreeMap<TaskId, Task> {
        &self.tasks
    }
    /// The tasks that have not been done.
    pub fn open_tasks(&self) -> impl Iterator<Item = TaskId> {
        self.tasks.iter().filter(|(_, task)| !task.done).map(|(id, _)| *id)
    }
    /// The checklists that have been applied to it.
    #[must_use]
    pub fn checklists(&self) -> &BTreeSet<Name> {
        &self.checklists
    }
}
