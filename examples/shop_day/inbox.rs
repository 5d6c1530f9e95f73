//! Lists: each queue has two views that its lead keeps and shares with the team. Agents choose from one what they take
//! next, and every midnight it is written down what both of them hold.

use std::collections::BTreeMap;

use destek::actor::Actor;
use destek::id::{Name, QueueId, ViewId};
use destek::inbox::{Column, Filter, SaveView, Sharing, Sort, SortBy};
use destek::ticket::{Category, Take};

use super::Failure;
use super::doings::Closing;
use super::floor::Desk;
use super::simulate::Play;

/// How far down the list an agent looks.
const LOOKED_AT: usize = 5;
/// How far a list is counted.
const COUNTED_MAX: usize = 10_000;

/// The views of a queue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Views {
    /// Whose they are.
    lead: usize,
    /// All that is not done.
    open: ViewId,
    /// What waits for an agent, by due.
    next: ViewId,
}

/// What the views held when a day was over.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) day: String,
    /// How many events the log had then.
    pub(crate) events: u64,
    pub(crate) queues: BTreeMap<String, Closing>,
}

impl Play {
    /// The lead of each queue saves its views. Where the policy lets nobody share any, there are none.
    pub(crate) fn save_views(&mut self) -> Result<(), Failure> {
        let queues: Vec<_> = self.shop.policy().queues().iter().map(|it| (it.id.clone(), it.teams.clone())).collect();
        for (number, (queue, teams)) in (1..).zip(queues) {
            let Some(team) = teams.into_iter().next() else { continue };
            let leads = |desk: &Desk| desk.worker.lead && desk.worker.record.teams.contains(&team);
            let Some(lead) = self.desks.iter().position(leads) else { continue };
            let Some(actor) = self.actor(lead) else { continue };
            let views = Views { lead, open: ViewId::from_u128(2 * number), next: ViewId::from_u128(2 * number + 1) };
            let here = Filter::Queue([queue.clone()].into());
            let live = Filter::Category([Category::New, Category::Open, Category::Hold].into());
            let workable = Filter::Category([Category::New, Category::Open].into());
            let by_due = Sort::ascending(SortBy::Due);
            let open = SaveView::new(views.open, Name::new("açık")?, Filter::All(vec![here.clone(), live]), by_due);
            let waiting = Filter::All(vec![here, workable, Filter::Assigned(false)]);
            let next = SaveView::new(views.next, Name::new("sırada")?, waiting, by_due);
            let next = next.columns(vec![Column::Number, Column::Due, Column::Priority, Column::Kind]);
            let mut saved = true;
            for view in [open, next] {
                saved &= self.shop.ask(actor.clone(), view.shared(Sharing::Team(team.clone())))?.is_done();
            }
            if saved {
                self.notebook.views.insert(queue, views);
            }
        }
        Ok(())
    }

    fn actor(&self, place: usize) -> Option<Actor> {
        self.desks.get(place).map(|desk| Actor::Agent(desk.worker.id.clone()))
    }

    /// Somebody with free hands looks at the team's views, and takes what is due first of what he is able to do.
    pub(crate) fn choose(&mut self, place: usize) -> Result<(), Failure> {
        let Some(desk) = self.desks.get(place) else { return Ok(()) };
        let (actor, record) = (Actor::Agent(desk.worker.id.clone()), desk.worker.record.clone());
        if !desk.called.is_empty() || self.shop.load(&record.agent) >= record.capacity {
            return Ok(());
        }
        for (queue, views) in self.notebook.views.clone() {
            let Some(found) = self.shop.policy().queue(&queue) else { continue };
            let able = found.skills.iter().all(|(skill, level)| record.skills.get(skill) >= Some(level));
            if !able || !found.teams.first().is_some_and(|team| record.teams.contains(team)) {
                continue;
            }
            let rows = self.shop.open_view(&actor, views.next, LOOKED_AT)?;
            if let Some(first) = rows.first() {
                self.shop.ask(actor, Take::new(first.ticket))?;
                return Ok(());
            }
        }
        Ok(())
    }

    /// Writes down what the views hold at the end of a day.
    pub(crate) fn close_day(&mut self, day: String) -> Result<(), Failure> {
        let mut queues = BTreeMap::new();
        for (queue, views) in &self.notebook.views {
            let Some(actor) = self.actor(views.lead) else { continue };
            let [open, unassigned] = self.shop.count_views(&actor, [views.open, views.next], COUNTED_MAX)?;
            queues.insert(queue.to_string(), Closing { open, unassigned });
        }
        let events = self.heard.values().sum();
        self.notebook.looks.push(Look { day, events, queues });
        Ok(())
    }
}

/// The views of all queues.
pub(crate) type QueueViews = BTreeMap<QueueId, Views>;
