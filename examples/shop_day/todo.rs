//! What had to be done on a ticket, and the time that it took, told again from its log.

use std::collections::BTreeMap;

use destek::desk::{Origin, Recorded};
use destek::id::{AgentId, Name, TaskId};
use destek::record::Version;
use destek::ticket::{Event, Ticket};
use destek::time::Timestamp;

use super::book::Book;
use super::doings::Tasks;
use super::refold::place;

/// What had to be done on a ticket.
#[derive(Debug, Default)]
pub(crate) struct Todo {
    pub(crate) counts: Tasks,
    tasks: BTreeMap<TaskId, Due>,
    /// By the version in whose change it was written down: whose time, and how much in seconds.
    entries: BTreeMap<Version, (AgentId, u32)>,
}

#[derive(Debug, Default)]
struct Due {
    assignee: Option<AgentId>,
    at: Option<Timestamp>,
    required: bool,
    done: bool,
    late: bool,
}

impl Todo {
    /// Takes in an event; what does not fit goes to `faults`.
    pub(crate) fn tell(&mut self, recorded: &Recorded, event: &Event, book: &Book, faults: &mut Vec<String>) {
        let wrong = match event {
            Event::TaskAdded { task, assignee, due, .. } => {
                self.counts.added += 1;
                let due = Due { assignee: assignee.clone(), at: *due, ..Due::default() };
                self.tasks.insert(*task, due).is_some().then_some("a task comes twice")
            }
            Event::ChecklistApplied { checklist, tasks } => {
                self.counts.apply(checklist.as_str(), tasks.len());
                let listed = tasks.iter().map(|task| (task.key.as_str().to_owned(), task.required));
                let as_said = listed.eq(book.checklist(checklist.as_str()));
                for listed in tasks {
                    self.tasks.insert(listed.task, Due { required: listed.required, ..Due::default() });
                }
                (!as_said).then_some("the checklist is not that of the policy")
            }
            Event::TaskCompleted { task } => self.turn(*task, true),
            Event::TaskReopened { task } => {
                self.counts.reopened += 1;
                self.turn(*task, false)
            }
            Event::TaskDropped { task } => {
                self.counts.dropped += 1;
                self.tasks.remove(task).is_none().then_some("nobody has to do the task that is dropped")
            }
            Event::TaskOverdue { task, assignee } => match self.tasks.get_mut(task) {
                Some(due) => {
                    self.counts.late += u64::from(!due.late);
                    let fits = !due.done && !due.late && due.at.is_some_and(|at| at <= recorded.occurred);
                    due.late = true;
                    (!fits || due.assignee != *assignee).then_some("the task is not late")
                }
                None => Some("nobody has to do the task that is late"),
            },
            Event::TimeLogged { agent, worked, .. } => {
                self.entries.insert(recorded.version, (agent.clone(), worked.as_seconds()));
                None
            }
            Event::TimeCorrected { entry, agent, from, to } => {
                self.counts.corrected += 1;
                let before = self.entries.insert(*entry, (agent.clone(), to.as_seconds()));
                (before != Some((agent.clone(), from.as_seconds()))).then_some("what is corrected was never said so")
            }
            Event::Resolved { status, .. } => {
                let by_agent = matches!(&recorded.cause.by, Origin::Actor(actor) if actor.agent().is_some());
                let open = self.tasks.values().any(|due| !due.done);
                (by_agent && open && book.wants_no_open_tasks(status.name.as_str()))
                    .then_some("it was resolved with tasks left to do")
            }
            _ => None,
        };
        faults.extend(wrong.map(|wrong| format!("{}: {wrong}", place(recorded))));
    }

    fn turn(&mut self, task: TaskId, done: bool) -> Option<&'static str> {
        match self.tasks.get_mut(&task) {
            Some(due) if due.done != done => {
                due.done = done;
                None
            }
            _ => Some("the task cannot turn so"),
        }
    }

    /// What is left at the end; `lives` where the ticket's tasks do not rest.
    pub(crate) fn close(&mut self, now: Timestamp, lives: bool, faults: &mut Vec<String>) {
        for (task, due) in &self.tasks {
            if due.done {
                self.counts.done += 1
            } else {
                self.counts.open += 1
            };
            if lives && !due.done && !due.late && due.at.is_some_and(|at| at <= now) {
                faults.push(format!("task {task}: it is late and nobody was told"));
            }
        }
    }

    /// The time worked, in seconds.
    pub(crate) fn worked(&self) -> u64 {
        self.entries.values().map(|(_, seconds)| u64::from(*seconds)).sum()
    }

    /// How often somebody wrote down time.
    pub(crate) fn entries(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Whether a stored ticket has the tasks and the time that the log tells.
    pub(crate) fn is_that_of(&self, stored: &Ticket) -> bool {
        let told = self.tasks.iter().map(|(id, due)| (*id, due.at, due.required, due.done, due.late, &due.assignee));
        let kept = stored.tasks().iter();
        let kept = kept.map(|(id, task)| (*id, task.due, task.required, task.done, task.overdue, &task.assignee));
        let mut by: BTreeMap<&AgentId, i64> = BTreeMap::new();
        for (agent, seconds) in self.entries.values() {
            *by.entry(agent).or_default() += i64::from(*seconds);
        }
        let sums = stored.worked().by.iter().map(|(agent, span)| (agent, span.as_seconds()));
        told.eq(kept) && by.into_iter().eq(sums) && self.counts.lists().eq(stored.checklists().iter().map(Name::as_str))
    }
}
