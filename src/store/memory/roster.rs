//! Who is in which team, with how much work: the rosters that drains ask for, kept ready.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::hash::Map;
use super::slot::Slot;
use crate::desk::{Load, Member, State};
use crate::id::{AgentId, Name, TeamId};
use crate::record::{RecordKey, Version};

/// Sets of teams for which a roster is kept ready. A tenant has about as many as it has queues.
const ROSTERS_KEPT: usize = 256;

/// Teams, loads and ready rosters.
#[derive(Debug, Default)]
pub(super) struct Rosters {
    teams: HashMap<TeamId, BTreeSet<AgentId>>,
    pub(super) loads: HashMap<AgentId, BTreeMap<Name, u32>>,
    ready: HashMap<BTreeSet<TeamId>, Arc<[Member]>>,
}

impl Rosters {
    /// One of an agent's counters.
    pub(super) fn load(&self, agent: &AgentId, slot: &Name) -> u32 {
        self.loads.get(agent).and_then(|slots| slots.get(slot)).copied().unwrap_or(0)
    }

    /// All that counts against an agent's capacity.
    fn total(&self, agent: &AgentId) -> u32 {
        self.loads.get(agent).map_or(0, |slots| slots.values().fold(0, |sum, load| sum.saturating_add(*load)))
    }

    /// The agents of the teams, each once.
    pub(super) fn agents(&self, teams: &BTreeSet<TeamId>) -> BTreeSet<AgentId> {
        teams.iter().filter_map(|team| self.teams.get(team)).flatten().cloned().collect()
    }

    pub(super) fn add_load(&mut self, load: &Load) {
        let slots = self.loads.entry(load.agent.clone()).or_default();
        let counter = slots.entry(load.slot.clone()).or_insert(0);
        *counter = counter.saturating_add_signed(load.delta);
        let total = self.total(&load.agent);
        self.patch(&load.agent, |member| member.load = total);
    }

    /// Takes in another state of an agent. Only a change of teams throws rosters away.
    pub(super) fn change(&mut self, id: &AgentId, before: Option<&State>, version: Version, state: &Arc<State>) {
        let none = BTreeSet::new();
        let was = before.and_then(State::agent).map_or(&none, |agent| &agent.teams);
        let is = state.agent().map_or(&none, |agent| &agent.teams);
        if was == is {
            self.patch(id, |member| {
                member.version = version;
                member.state = Arc::clone(state);
            });
            return;
        }
        for team in was.difference(is) {
            if let Some(agents) = self.teams.get_mut(team) {
                agents.remove(id);
            }
        }
        for team in is.difference(was) {
            self.teams.entry(team.clone()).or_default().insert(id.clone());
        }
        self.ready.retain(|teams, _| teams.is_disjoint(was) && teams.is_disjoint(is));
    }

    pub(super) fn is_ready(&self, teams: &BTreeSet<TeamId>) -> bool {
        self.ready.contains_key(teams)
    }

    /// Throws the ready rosters away.
    pub(super) fn forget(&mut self) {
        self.ready.clear();
    }

    /// The roster of the teams, by agent.
    pub(super) fn roster(&mut self, slots: &Map<RecordKey, Slot>, teams: &BTreeSet<TeamId>) -> Arc<[Member]> {
        if let Some(roster) = self.ready.get(teams) {
            return Arc::clone(roster);
        }
        let members = self.agents(teams).into_iter().filter_map(|id| {
            let load = self.total(&id);
            let record = slots.get(&RecordKey::Agent(id))?.record.as_ref()?;
            Some(Member::new(record.version, Arc::clone(&record.state), load))
        });
        let roster: Arc<[Member]> = members.collect();
        if self.ready.len() >= ROSTERS_KEPT {
            self.ready.clear();
        }
        self.ready.insert(teams.clone(), Arc::clone(&roster));
        roster
    }

    /// Changes an agent wherever it stands in a ready roster. A roster that somebody still reads is copied first.
    fn patch(&mut self, id: &AgentId, change: impl Fn(&mut Member)) {
        for roster in self.ready.values_mut() {
            let place = roster.binary_search_by(|member| member.agent().map(|agent| &agent.id).cmp(&Some(id)));
            if let Ok(place) = place
                && let Some(member) = Arc::make_mut(roster).get_mut(place)
            {
                change(member);
            }
        }
    }
}
