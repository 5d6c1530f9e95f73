//! Views that agents save: a filter, an order and columns under a name.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::filter::{Filter, Flaw};
use super::row::Column;
use super::sort::Sort;
use crate::id::{AgentId, Name, TeamId, ViewId};

/// Who may open a view beside the agent who keeps it. What it lists is what each reader may see, whoever made it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Sharing {
    /// Nobody else.
    #[default]
    Own,
    /// The agents of a team.
    Team(TeamId),
    /// Every agent.
    All,
}

/// The state of a saved view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SavedView {
    /// The view.
    pub id: ViewId,
    /// The agent who keeps it.
    pub owner: AgentId,
    /// What people call it.
    pub name: Name,
    /// Who else may open it.
    pub sharing: Sharing,
    /// What it lists.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// Which columns it shows, in their order; the host's own choice when there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Column>,
    /// Whether it was removed: then nobody finds it, and its id is not used again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
}

/// An agent saves a view, new or in place of what it was.
///
/// Names are those of the policy in force, and a name that it does not have is refused; what a later policy no longer
/// has finds nothing.
///
/// ```
/// use destek::actor::Actor;
/// use destek::id::{Name, TeamId, ViewId};
/// use destek::inbox::{Filter, SaveView, Sort, SortBy};
/// use destek::{policy, team::RecordAgent, testing::Scene};
///
/// let mut shop = Scene::new(policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
/// let ayse = RecordAgent::new("ayşe".parse()?).role(Name::new("agent")?).team(TeamId::new("destek")?);
/// shop.run(Actor::Host, ayse)?;
/// let mine = Filter::Mine;
/// let save = SaveView::new(ViewId::from_u128(1), Name::new("Bende duran")?, mine, Sort::ascending(SortBy::Due));
/// shop.run(Actor::Agent("ayşe".parse()?), save.clone())?;
/// // Another agent cannot know of it.
/// shop.run(Actor::Host, RecordAgent::new("mert".parse()?).role(Name::new("agent")?))?;
/// assert_eq!(shop.run(Actor::Agent("mert".parse()?), save).unwrap_err().code(), "not_found");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SaveView {
    /// The view.
    pub view: ViewId,
    /// What people call it.
    pub name: Name,
    /// Who else may open it; more than oneself needs the right to share views.
    #[serde(default, skip_serializing_if = "is_own")]
    pub sharing: Sharing,
    /// What it lists.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// Which columns it shows, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Column>,
}

fn is_own(sharing: &Sharing) -> bool {
    *sharing == Sharing::Own
}

impl SaveView {
    /// A view for oneself.
    #[must_use]
    pub const fn new(view: ViewId, name: Name, filter: Filter, sort: Sort) -> Self {
        Self { view, name, sharing: Sharing::Own, filter, sort, columns: Vec::new() }
    }
    /// The same, for others too.
    #[must_use]
    pub fn shared(mut self, sharing: Sharing) -> Self {
        self.sharing = sharing;
        self
    }
    /// The same, with these columns.
    #[must_use]
    pub fn columns(mut self, columns: Vec<Column>) -> Self {
        self.columns = columns;
        self
    }

    /// Whether it keeps its limits.
    pub(crate) fn check(&self) -> Result<(), Flaw> {
        self.filter.check()?;
        let twice =
            |(place, column): (usize, &Column)| self.columns.iter().take(place).any(|earlier| earlier == column);
        if self.columns.iter().enumerate().any(twice) {
            return Err(("columns", "a column is listed twice; list each once".to_owned()));
        }
        Ok(())
    }
}

/// An agent removes a saved view. Its id is not used again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RemoveView {
    /// The view.
    pub view: ViewId,
}

impl RemoveView {
    /// Removes a view.
    #[must_use]
    pub const fn new(view: ViewId) -> Self {
        Self { view }
    }
}

/// A fact about a saved view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// It was saved, new or in place of what it was.
    Saved {
        /// The agent who keeps it.
        owner: AgentId,
        /// What people call it.
        name: Name,
        /// Who else may open it.
        sharing: Sharing,
        /// What it lists.
        filter: Filter,
        /// In which order.
        sort: Sort,
        /// Which columns it shows.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        columns: Vec<Column>,
    },
    /// It was removed.
    Removed,
}

/// One event applied to a saved view; total, reads nothing but its arguments (law 3).
#[must_use]
pub(crate) fn apply(id: ViewId, state: Option<SavedView>, event: &Event) -> Option<SavedView> {
    match event {
        Event::Saved { owner, name, sharing, filter, sort, columns } => Some(SavedView {
            id,
            owner: owner.clone(),
            name: name.clone(),
            sharing: sharing.clone(),
            filter: filter.clone(),
            sort: *sort,
            columns: columns.clone(),
            removed: false,
        }),
        Event::Removed => state.map(|view| SavedView { removed: true, ..view }),
    }
}

/// An agent who looks for saved views. Only the gate makes one: [`Desk::view_reader`](crate::Desk::view_reader).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewReader {
    agent: AgentId,
    /// None where every team's are seen.
    teams: Option<BTreeSet<TeamId>>,
}

impl ViewReader {
    pub(crate) const fn new(agent: AgentId, teams: Option<BTreeSet<TeamId>>) -> Self {
        Self { agent, teams }
    }

    /// Whether the reader may open this view.
    #[must_use]
    pub fn sees(&self, view: &SavedView) -> bool {
        let shared = match &view.sharing {
            Sharing::Own => false,
            Sharing::Team(team) => self.teams.as_ref().is_none_or(|teams| teams.contains(team)),
            Sharing::All => true,
        };
        !view.removed && (shared || view.owner == self.agent)
    }
}
