//! What has to be done beside answering: tasks, from the policy's checklists or by an agent's own hand, and the time
//! that work takes.

use destek::actor::Actor;
use destek::id::{TaskId, TicketId};
use destek::record::RecordKey;
use destek::team::Presence;
use destek::ticket::{AddTask, CompleteTask, CorrectTime, DropTask, LogTime, ReopenTask, Ticket};
use destek::time::{Budget, Span};

use super::Failure;
use super::seed::Rng;
use super::shop::Answer;
use super::simulate::{Play, Step};

/// How long an agent gives himself for a call.
const CALL_WITHIN: Span = Span::hours(3);

impl Play {
    /// An agent means to call somebody, and writes it down.
    pub(crate) fn remember_to_call(&mut self, place: usize, actor: &Actor, ticket: TicketId) -> Result<(), Failure> {
        let Some(agent) = actor.agent().cloned() else { return Ok(()) };
        let (task, due) = (TaskId::from_u128(self.fresh(ticket)), self.shop.now + CALL_WITHIN);
        let add = AddTask::new(ticket, task, "Kargo firmasını ara, sonucu yaz.").assignee(agent).due(due);
        if self.shop.ask(actor.clone(), add)?.is_done() {
            let after = Rng::of("chore", &task.to_string()).minutes(30, 380);
            self.plan(self.shop.now + after, Step::Chore(place, ticket));
        }
        Ok(())
    }

    /// An agent turns to the tasks that he gave himself on a ticket.
    pub(crate) fn chore(&mut self, place: usize, id: TicketId) -> Result<(), Failure> {
        let Some(desk) = self.desks.get(place) else { return Ok(()) };
        let actor = Actor::Agent(desk.worker.id.clone());
        let present = desk.presence == Presence::Available;
        let state = self.shop.look(id)?;
        let Some(ticket) = state.as_deref().and_then(|state| state.ticket()) else { return Ok(()) };
        if ticket.merged().is_some() {
            return Ok(());
        }
        let own = ticket.tasks().iter().filter(|(_, task)| !task.done && task.assignee.as_ref() == actor.agent());
        let own: Vec<TaskId> = own.map(|(task, _)| *task).collect();
        if !present && !own.is_empty() {
            self.plan(self.shop.now + Span::minutes(55), Step::Chore(place, id));
            return Ok(());
        }
        for task in own {
            let mut rng = Rng::of("do", &format!("{task} {}", self.shop.now));
            if rng.percent(14) {
                self.shop.ask(actor.clone(), DropTask::new(id, task))?;
            } else if self.shop.ask(actor.clone(), CompleteTask::new(id, task))?.is_done()
                && rng.percent(12)
                && self.shop.ask(actor.clone(), ReopenTask::new(id, task))?.is_done()
            {
                // The line was busy after all.
                self.plan(self.shop.now + Span::minutes(70), Step::Chore(place, id));
            }
        }
        Ok(())
    }

    /// Works off what a ticket's way asks for. Whether nothing is open any more.
    pub(crate) fn work_off(&mut self, actor: &Actor, ticket: &Ticket, rng: &mut Rng) -> Result<bool, Failure> {
        let (mut left, tasks) = (false, ticket.open_tasks().collect::<Vec<_>>());
        for task in tasks {
            let done =
                !rng.percent(22) && self.shop.ask(actor.clone(), CompleteTask::new(ticket.id(), task))?.is_done();
            left |= !done;
        }
        Ok(!left)
    }

    /// Writes down the time that was worked on a ticket since this was done last; now and then wrongly, to be corrected.
    pub(crate) fn write_down(&mut self, actor: &Actor, id: TicketId) -> Result<(), Failure> {
        let Some(course) = self.courses.get_mut(&id) else { return Ok(()) };
        let worked = std::mem::take(&mut course.worked);
        let Ok(worked) = Budget::seconds(worked.as_seconds().unsigned_abs()) else { return Ok(()) };
        let wrong = Rng::of("worked", &format!("{id} {}", self.shop.now)).percent(6);
        let said = if wrong { Budget::seconds(u64::from(worked.as_seconds()) * 10)? } else { worked };
        if let Answer::Done(receipt) = self.shop.ask(actor.clone(), LogTime::new(id, said))?
            && let Some(entry) = receipt.version(&RecordKey::Ticket(id)).filter(|_| wrong)
        {
            self.shop.ask(actor.clone(), CorrectTime::new(id, entry, worked))?;
        }
        Ok(())
    }
}
