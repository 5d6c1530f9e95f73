//! Tasks, checklists and time worked: what of their verbs needs the policy, other records or the log.

use super::draft::Draft;
use super::event::{Antecedent, Origin};
use super::gate::rights;
use super::merge::lines;
use super::rejection::Rejection;
use crate::actor::{Actor, Right};
use crate::id::{Name, TaskId};
use crate::limits;
use crate::policy::Checklist;
use crate::record::{self, RecordKey};
use crate::ticket::split::Line;
use crate::ticket::task::{self, ListedTask};
use crate::ticket::verb::Context;
use crate::ticket::{Command, Event, Refusal, effort};

impl Draft<'_> {
    /// The event of a verb of this room.
    pub(super) fn task_event(
        &mut self,
        key: &RecordKey,
        command: &Command,
        cx: &mut Context<'_>,
    ) -> Result<Event, Rejection> {
        let ticket = self.existing(key)?;
        Ok(match command {
            Command::AddTask(add) => {
                let event = task::add(ticket, add, cx)?;
                if let Some(agent) = &add.assignee {
                    let record = RecordKey::Agent(agent.clone());
                    let found = self.loaded(&record)?.and_then(|loaded| loaded.state.agent());
                    let found = found.ok_or_else(|| Refusal::UnknownAgent(agent.clone()))?;
                    let reader = Actor::Agent(agent.clone());
                    if !rights(&reader, Some(found), ticket, self.policy).has(Right::View) {
                        return Err(Refusal::OutOfReach(agent.clone()).into());
                    }
                    self.rely(&record);
                }
                event
            }
            Command::CompleteTask(complete) => task::complete(ticket, complete.task)?,
            Command::ReopenTask(reopen) => task::reopen(ticket, reopen.task)?,
            Command::DropTask(drop) => task::drop_task(ticket, drop.task, cx)?,
            Command::ApplyChecklist(apply) => {
                let name = &apply.checklist;
                let checklist = self.policy.checklist(name).ok_or_else(|| Refusal::UnknownChecklist(name.clone()))?;
                task::apply_checklist(ticket, name, self.listed(key, checklist))?
            }
            Command::LogTime(log) => effort::log(log, cx)?,
            Command::CorrectTime(correct) => {
                let log: Vec<Line<'_>> = lines(self.history(key)?).collect();
                effort::correct(correct, &log, cx)?
            }
            other => return Err(Refusal::NothingAsked { verb: Name::fixed(other.kind()) }.into()),
        })
    }

    /// The tasks of a checklist, with ids derived from this change (law 7).
    pub(super) fn listed(&self, key: &RecordKey, checklist: &Checklist) -> Vec<ListedTask> {
        let (version, event) = (self.version(key).number(), self.count(key));
        let tasks = checklist.tasks.iter().enumerate();
        let listed = tasks.map(|(place, task)| {
            // The event and the place in it are one running index: several checklists may come in one change.
            let index = u32::try_from(event * limits::TASKS_MAX + place).unwrap_or(u32::MAX);
            let id = TaskId::from_u128(record::derive(key, version, index, "task"));
            ListedTask::new(id, task.key.clone(), task.title.clone(), task.required)
        });
        listed.collect()
    }

    /// What a rule asks for: nothing where the checklist was applied before, or does not fit any more.
    pub(super) fn write_checklist(&mut self, key: &RecordKey, checklist: &Name, rule: &Name, cause: Option<u32>) {
        let Some(checklist) = self.policy.checklist(checklist) else { return };
        let Some(ticket) = self.ticket(key) else { return };
        let applied = task::apply_checklist(ticket, &checklist.name, self.listed(key, checklist));
        if let Ok(event) = applied {
            let now = self.now_on(key);
            self.emit_ticket(key, event, Origin::Rule(rule.clone()), cause.map(Antecedent::Here), now);
        }
    }
}
