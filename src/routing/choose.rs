//! Who gets a ticket of a queue: the least loaded agent who is there, able and has room.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::StallReason;
use crate::id::{AgentId, Name, TeamId};
use crate::record::Version;
use crate::team::{Agent, Presence};

/// An agent who can be chosen now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) agent: AgentId,
    pub(crate) version: Version,
    pub(crate) load: u32,
    pub(crate) capacity: u32,
}

/// The agents of a queue's teams, ready to be chosen from: a heap by load and then id, so that one choice among
/// n agents costs log n and ties never depend on the order in which a store lists them.
#[derive(Debug)]
pub(crate) struct Candidates {
    heap: BinaryHeap<Reverse<(u32, AgentId)>>,
    able: BTreeMap<AgentId, Candidate>,
    excluded: Vec<(AgentId, StallReason)>,
    members: bool,
    available: bool,
}

impl Candidates {
    /// Sorts a roster into those who can take a ticket of the queue and those who cannot, with the reason.
    pub(crate) fn new<'r>(
        roster: impl Iterator<Item = (&'r Agent, Version, u32)>,
        teams: &[TeamId],
        skills: &BTreeMap<Name, u8>,
    ) -> Self {
        let (mut heap, mut able, mut excluded) = (Vec::new(), BTreeMap::new(), Vec::new());
        let (mut members, mut available) = (false, false);
        for (agent, version, load) in roster {
            if !teams.iter().any(|team| agent.teams.contains(team)) {
                continue;
            }
            members = true;
            if agent.presence != Presence::Available {
                excluded.push((agent.id.clone(), StallReason::NobodyAvailable));
                continue;
            }
            available = true;
            if !has_skills(agent, skills) {
                excluded.push((agent.id.clone(), StallReason::NoSkill));
                continue;
            }
            let (id, capacity) = (agent.id.clone(), agent.capacity);
            if load < capacity {
                heap.push(Reverse((load, id.clone())));
            } else {
                excluded.push((id.clone(), StallReason::AllFull));
            }
            able.insert(id.clone(), Candidate { agent: id, version, load, capacity });
        }
        Self { heap: heap.into(), able, excluded, members, available }
    }

    /// The least loaded candidate with room, as he was before; then he counts one ticket more.
    pub(crate) fn choose(&mut self) -> Option<Candidate> {
        let Reverse((load, id)) = self.heap.pop()?;
        let candidate = self.able.get_mut(&id)?;
        let chosen = candidate.clone();
        candidate.load = load.saturating_add(1);
        if candidate.load < candidate.capacity {
            self.heap.push(Reverse((candidate.load, id)));
        } else {
            self.excluded.push((id, StallReason::AllFull));
        }
        Some(chosen)
    }

    /// Whether somebody still has room.
    pub(crate) fn has_room(&self) -> bool {
        !self.heap.is_empty()
    }

    /// Why nobody can take a ticket, when nobody can.
    pub(crate) fn why_nobody(&self) -> Option<StallReason> {
        if self.has_room() {
            None
        } else if !self.members {
            Some(StallReason::NoAgents)
        } else if !self.available {
            Some(StallReason::NobodyAvailable)
        } else if self.able.is_empty() {
            Some(StallReason::NoSkill)
        } else {
            Some(StallReason::AllFull)
        }
    }

    /// Who could not be chosen, and why.
    pub(crate) fn excluded(&self) -> &[(AgentId, StallReason)] {
        &self.excluded
    }
}

fn has_skills(agent: &Agent, skills: &BTreeMap<Name, u8>) -> bool {
    skills.iter().all(|(skill, level)| agent.skills.get(skill).is_some_and(|own| own >= level))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    fn agent(id: &str, presence: Presence, capacity: u32, skill: Option<u8>) -> Agent {
        Agent {
            id: AgentId::new(id).unwrap(),
            roles: [].into(),
            teams: [TeamId::new("ekip").unwrap()].into(),
            skills: skill.map(|level| (Name::fixed("iade"), level)).into_iter().collect(),
            capacity,
            presence,
            presence_since: Timestamp::MIN,
            views: [].into(),
        }
    }

    fn candidates(agents: &[(Agent, u32)], skills: &[(&'static str, u8)]) -> Candidates {
        let skills = skills.iter().map(|(name, level)| (Name::fixed(name), *level)).collect();
        let roster = agents.iter().map(|(agent, load)| (agent, Version::FIRST, *load));
        Candidates::new(roster, &[TeamId::new("ekip").unwrap()], &skills)
    }

    #[test]
    fn the_least_loaded_comes_first_and_nobody_is_overfilled() {
        let agents = [
            (agent("a", Presence::Available, 3, None), 2),
            (agent("b", Presence::Available, 3, None), 1),
            (agent("c", Presence::Available, 2, None), 1),
        ];
        let mut candidates = candidates(&agents, &[]);
        let order: Vec<String> =
            std::iter::from_fn(|| candidates.choose()).map(|candidate| candidate.agent.to_string()).collect();
        // b and c have one each, b by id; then c fills up, and a and b have two each.
        assert_eq!(order, ["b", "c", "a", "b"]);
        assert_eq!(candidates.why_nobody(), Some(StallReason::AllFull));
    }

    #[test]
    fn the_reason_names_what_is_missing() {
        let cases = [
            (vec![], StallReason::NoAgents),
            (vec![(agent("a", Presence::Away, 3, Some(3)), 0)], StallReason::NobodyAvailable),
            (vec![(agent("a", Presence::Available, 3, Some(1)), 0)], StallReason::NoSkill),
            (vec![(agent("a", Presence::Available, 3, Some(2)), 3)], StallReason::AllFull),
        ];
        for (agents, reason) in cases {
            let mut candidates = candidates(&agents, &[("iade", 2)]);
            assert_eq!(candidates.choose(), None);
            assert_eq!(candidates.why_nobody(), Some(reason));
        }
    }
}
