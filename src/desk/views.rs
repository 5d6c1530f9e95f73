//! Saving and removing views, and who may open, keep and share them (law 25).

use super::Desk;
use super::draft::Draft;
use super::event::{Event, State};
use super::gate::forbidden;
use super::rejection::Rejection;
use super::scope::flawed;
use crate::actor::{Actor, Right, Scope};
use crate::finding::nearest;
use crate::id::{AgentId, Name};
use crate::inbox::{self, Filter, RemoveView, SaveView, SavedView, Sharing, ViewReader};
use crate::limits;
use crate::policy::{Policy, Role};
use crate::record::RecordKey;
use crate::team::{self, Agent};

/// Roles that give anything at all, and with it the right to see.
fn seeing<'a>(agent: &'a Agent, policy: &'a Policy) -> impl Iterator<Item = &'a Role> {
    agent.roles.iter().filter_map(|role| policy.role(role)).filter(|role| !role.rights.is_empty())
}

/// Who looks for views; none when no role lets the agent see anything.
fn reader(agent: &Agent, policy: &Policy) -> Option<ViewReader> {
    let widest = seeing(agent, policy).map(|role| role.scope).max()?;
    let teams = (widest != Scope::All).then(|| agent.teams.clone());
    Some(ViewReader::new(agent.id.clone(), teams))
}

/// Whether an agent may share a view like this, and change what is shared so.
fn may_share(agent: &Agent, sharing: &Sharing, policy: &Policy) -> bool {
    seeing(agent, policy).filter(|role| role.rights.contains(&Right::ShareViews)).any(|role| match sharing {
        Sharing::Own => false,
        Sharing::Team(team) => role.scope == Scope::All || (role.scope == Scope::Team && agent.teams.contains(team)),
        Sharing::All => role.scope == Scope::All,
    })
}

impl Desk {
    /// Who looks for saved views: an agent with any role that lets see tickets. `agent` is the reader's own record.
    ///
    /// An agent sees the own views, those shared with the own teams and those shared with all; whose roles reach every
    /// ticket also sees those of every team.
    ///
    /// # Errors
    /// When the agent was never recorded, has no role that lets see anything, or the reader is no agent: views are
    /// kept for agents.
    pub fn view_reader(&self, actor: &Actor, agent: Option<&Agent>) -> Result<ViewReader, Rejection> {
        let Some(id) = actor.agent() else { return Err(forbidden(actor, "open_view")) };
        let agent = agent.filter(|agent| agent.id == *id).ok_or_else(|| Rejection::UnknownActor(id.clone()))?;
        reader(agent, &self.policy).ok_or_else(|| forbidden(actor, "open_view"))
    }
}

impl Draft<'_> {
    /// The view as the acting agent may know of it, if there is one, and whether the agent may change it.
    fn known_view(
        &self,
        key: &RecordKey,
        agent: &Agent,
        action: &'static str,
    ) -> Result<Option<&SavedView>, Rejection> {
        let actor = &self.request.actor;
        let reader = reader(agent, self.policy).ok_or_else(|| forbidden(actor, action))?;
        let Some(view) = self.loaded(key)?.and_then(|loaded| loaded.state.view()) else { return Ok(None) };
        if !reader.sees(view) {
            return Err(Rejection::NotFound(key.clone()));
        }
        if view.owner != agent.id && !may_share(agent, &view.sharing, self.policy) {
            return Err(forbidden(actor, action));
        }
        Ok(Some(view))
    }

    pub(super) fn save_view(&mut self, save: &SaveView) -> Result<(), Rejection> {
        let key = RecordKey::View(save.view);
        let Some(agent) = self.acting_agent()?.cloned() else {
            return Err(forbidden(&self.request.actor, "save_view"));
        };
        let stored = self.loaded(&key)?.and_then(|loaded| loaded.state.view());
        if stored.is_some_and(|view| view.removed && view.owner == agent.id) {
            return Err(flawed(("view", "it was removed; give the new view an id of its own".to_owned())));
        }
        let before = self.known_view(&key, &agent, "save_view")?.cloned();
        if save.sharing != Sharing::Own && !may_share(&agent, &save.sharing, self.policy) {
            return Err(forbidden(&self.request.actor, Right::ShareViews.as_str()));
        }
        save.check().map_err(flawed)?;
        if let Some((field, why)) = self.unknown_name(&save.filter).or_else(|| self.unknown_team(&save.sharing)) {
            return Err(flawed((field, why)));
        }
        if before.is_none() && agent.views.len() >= limits::VIEWS_PER_AGENT_MAX {
            let limit = limits::VIEWS_PER_AGENT_MAX;
            return Err(flawed(("view", format!("an agent keeps at most {limit} views; remove one first"))));
        }
        let owner = before.as_ref().map_or_else(|| agent.id.clone(), |view| view.owner.clone());
        let event = inbox::Event::Saved {
            owner,
            name: save.name.clone(),
            sharing: save.sharing.clone(),
            filter: save.filter.clone(),
            sort: save.sort,
            columns: save.columns.clone(),
        };
        if before.is_some() && before == inbox::apply(save.view, before.clone(), &event) {
            return Ok(());
        }
        self.emit_view(&key, event, &agent.id);
        if before.is_none() {
            self.emit_kept(&agent.id, team::Event::ViewKept { view: save.view });
        }
        Ok(())
    }

    pub(super) fn remove_view(&mut self, remove: &RemoveView) -> Result<(), Rejection> {
        let key = RecordKey::View(remove.view);
        let Some(agent) = self.acting_agent()?.cloned() else {
            return Err(forbidden(&self.request.actor, "remove_view"));
        };
        let view = self.known_view(&key, &agent, "remove_view")?;
        let owner = view.map(|view| view.owner.clone()).ok_or_else(|| Rejection::NotFound(key.clone()))?;
        self.loaded(&RecordKey::Agent(owner.clone()))?;
        self.emit_view(&key, inbox::Event::Removed, &agent.id);
        self.emit_kept(&owner, team::Event::ViewDropped { view: remove.view });
        Ok(())
    }

    fn emit_view(&mut self, key: &RecordKey, event: inbox::Event, by: &AgentId) {
        let (origin, occurred) = (self.origin(), self.occurred);
        self.emit(key, Event::View(event), origin, None, occurred);
        self.rely(&RecordKey::Agent(by.clone()));
    }

    /// What an agent's record says of the views that the agent keeps.
    fn emit_kept(&mut self, owner: &AgentId, event: team::Event) {
        let key = RecordKey::Agent(owner.clone());
        let (by, now) = (self.origin(), self.now_on(&key));
        if self.state(&key).and_then(State::agent).is_some() {
            self.emit(&key, Event::Agent(event), by, None, now);
        }
    }

    fn unknown_team(&self, sharing: &Sharing) -> Option<inbox::Flaw> {
        let Sharing::Team(team) = sharing else { return None };
        let known = self.policy.queues_of(team).next().is_some();
        (!known).then(|| ("sharing", format!("no queue of the policy names the team `{team}`")))
    }

    /// A name in a filter that the policy in force does not have.
    fn unknown_name(&self, filter: &Filter) -> Option<inbox::Flaw> {
        let policy = self.policy;
        let flaw = |what: &str, name: &str, known: Vec<&str>| {
            let near = nearest(name, known).map(|near| format!("; did you mean `{near}`?"));
            ("filter", format!("the policy has no {what} `{name}`{}", near.unwrap_or_default()))
        };
        match filter {
            Filter::All(parts) | Filter::Any(parts) => parts.iter().find_map(|part| self.unknown_name(part)),
            Filter::Not(part) => self.unknown_name(part),
            Filter::Queue(queues) => {
                let unknown = queues.iter().find(|queue| policy.queue(queue).is_none())?;
                let known = policy.queues().iter().map(|queue| queue.id.as_str()).collect();
                Some(flaw("queue", unknown.as_str(), known))
            }
            Filter::Status(names) => {
                let statuses = || policy.workflow().statuses().iter().map(|status| &status.name);
                let unknown = names.iter().find(|name| !statuses().any(|known| known == *name))?;
                Some(flaw("status", unknown.as_str(), statuses().map(Name::as_str).collect()))
            }
            Filter::Kind(names) => {
                let unknown = names.iter().find(|name| policy.kind(name).is_none())?;
                Some(flaw("kind", unknown.as_str(), Vec::new()))
            }
            Filter::Stage(names) => {
                let unknown = names.iter().find(|name| policy.stage(name).is_none())?;
                Some(flaw("stage", unknown.as_str(), Vec::new()))
            }
            _ => None,
        }
    }
}
