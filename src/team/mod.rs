//! Agents: who works, in which teams and roles, with which skills, and whether they are there.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::id::{AgentId, Name, TeamId, ViewId};
use crate::time::Timestamp;

/// Whether an agent takes work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Presence {
    /// Takes work.
    Available,
    /// There, but takes no new work.
    Away,
    /// Not there.
    #[default]
    Offline,
}

/// The state of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Agent {
    /// The agent.
    pub id: AgentId,
    /// Roles, in the policy's words; they carry rights.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub roles: BTreeSet<Name>,
    /// Teams.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub teams: BTreeSet<TeamId>,
    /// Skills, each with a level from 1 to 5.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub skills: BTreeMap<Name, u8>,
    /// How many tickets the agent may hold through automatic assignment.
    pub capacity: u32,
    /// Whether the agent takes work.
    pub presence: Presence,
    /// Since when.
    pub presence_since: Timestamp,
    /// The saved views that the agent keeps.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub views: BTreeSet<ViewId>,
}

/// What the host knows of an agent; replaces what it said before. Presence is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordAgent {
    /// The agent.
    pub agent: AgentId,
    /// Roles, in the policy's words; a role that the policy does not have is refused.
    pub roles: BTreeSet<Name>,
    /// Teams; a team that no queue of the policy names is refused, as the agent would wait in it for nothing. For a
    /// new team activate the policy with its queue first.
    pub teams: BTreeSet<TeamId>,
    /// Skills, each with a level from 1 to 5.
    #[serde(default)]
    pub skills: BTreeMap<Name, u8>,
    /// How many tickets the agent may hold through automatic assignment.
    pub capacity: u32,
}

impl RecordAgent {
    /// Says that there is such an agent, with room for five tickets, no role and no team yet.
    #[must_use]
    pub const fn new(agent: AgentId) -> Self {
        Self { agent, roles: BTreeSet::new(), teams: BTreeSet::new(), skills: BTreeMap::new(), capacity: 5 }
    }
    /// With one more role.
    #[must_use]
    pub fn role(mut self, role: Name) -> Self {
        self.roles.insert(role);
        self
    }
    /// With one more team, which some queue of the policy in force has to name.
    #[must_use]
    pub fn team(mut self, team: TeamId) -> Self {
        self.teams.insert(team);
        self
    }
    /// With a skill of a level from 1 to 5.
    #[must_use]
    pub fn skill(mut self, skill: Name, level: u8) -> Self {
        self.skills.insert(skill, level);
        self
    }
    /// With room for this many tickets.
    #[must_use]
    pub const fn capacity(mut self, capacity: u32) -> Self {
        self.capacity = capacity;
        self
    }
}

/// An agent comes, goes or steps away. The agent says so, or the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SetPresence {
    /// The agent.
    pub agent: AgentId,
    /// Whether the agent takes work from now on.
    pub presence: Presence,
}

impl SetPresence {
    /// Says whether an agent takes work from now on.
    #[must_use]
    pub const fn new(agent: AgentId, presence: Presence) -> Self {
        Self { agent, presence }
    }
}

/// A fact about an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The host said what it knows.
    Recorded {
        /// Roles.
        roles: BTreeSet<Name>,
        /// Teams.
        teams: BTreeSet<TeamId>,
        /// Skills and levels.
        skills: BTreeMap<Name, u8>,
        /// Room for tickets.
        capacity: u32,
    },
    /// The agent came, went or stepped away.
    PresenceChanged {
        /// Whether the agent takes work from now on.
        presence: Presence,
    },
    /// The agent keeps a saved view from now on.
    ViewKept {
        /// The view.
        view: ViewId,
    },
    /// A saved view of the agent was removed.
    ViewDropped {
        /// The view.
        view: ViewId,
    },
}

/// One event applied to an agent; total, reads nothing but its arguments (law 3).
#[must_use]
pub(crate) fn apply(id: &AgentId, state: Option<Agent>, event: &Event, at: Timestamp) -> Agent {
    let mut agent = state.unwrap_or_else(|| Agent {
        id: id.clone(),
        roles: BTreeSet::new(),
        teams: BTreeSet::new(),
        skills: BTreeMap::new(),
        capacity: 0,
        presence: Presence::Offline,
        presence_since: at,
        views: BTreeSet::new(),
    });
    match event {
        Event::Recorded { roles, teams, skills, capacity } => {
            agent.roles.clone_from(roles);
            agent.teams.clone_from(teams);
            agent.skills.clone_from(skills);
            agent.capacity = *capacity;
        }
        Event::PresenceChanged { presence } => {
            agent.presence = *presence;
            agent.presence_since = at;
        }
        Event::ViewKept { view } => {
            agent.views.insert(*view);
        }
        Event::ViewDropped { view } => {
            agent.views.remove(view);
        }
    }
    agent
}
