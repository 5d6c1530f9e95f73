//! Commands about customers, orders, agents and the policy: what the host says is recorded.

use std::collections::BTreeSet;

use super::decision::Document;
use super::draft::Draft;
use super::event::{Event, State};
use super::rejection::Rejection;
use crate::content::Text;
use crate::customer::{self, Customer, RecordCustomer};
use crate::finding::nearest;
use crate::id::{Name, TeamId};
use crate::limits;
use crate::order::{self, RecordOrder};
use crate::policy;
use crate::record::RecordKey;
use crate::team::{self, Agent, RecordAgent, SetPresence};
use crate::ticket::verb::check_text;

pub(super) fn invalid(field: &'static str, why: String) -> Rejection {
    Rejection::Invalid { field: Name::fixed(field), why }
}

pub(super) fn at_most(field: &'static str, size: usize, limit: usize) -> Result<(), Rejection> {
    if size <= limit {
        return Ok(());
    }
    Err(invalid(field, format!("it counts {size}, at most {limit} are allowed")))
}

/// What to write instead of a name that the policy does not have.
fn instead<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: BTreeSet<&str> = known.collect();
    nearest(word, known.iter().copied()).map_or_else(
        || format!("use one of {}", known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean `{near}`?"),
    )
}

impl Draft<'_> {
    pub(super) fn record_customer(&mut self, record: &RecordCustomer) -> Result<(), Rejection> {
        let key = RecordKey::Customer(record.customer.clone());
        let before = self.loaded(&key)?.and_then(|loaded| loaded.state.customer());
        if let Some(name) = &record.name {
            check_text("name", name, limits::FIELD_BYTES_MAX)?;
        }
        let same_rest = before.is_some_and(|before| same_customer(before, record));
        // A name cannot be compared, only committed to anew; without one nothing is said twice.
        if same_rest && record.name.is_none() && before.is_some_and(|before| before.name.is_none()) {
            return Ok(());
        }
        let name = record.name.as_ref().map(|name: &Text| self.sealer.seal(name.as_str()));
        let event = customer::Event::Recorded {
            name,
            tier: record.tier.clone(),
            language: record.language,
            orders: record.orders,
            lifetime_value: record.lifetime_value,
        };
        let (by, occurred) = (self.origin(), self.occurred);
        self.emit(&key, Event::Customer(event), by, None, occurred);
        Ok(())
    }

    pub(super) fn record_order(&mut self, record: &RecordOrder) -> Result<(), Rejection> {
        let key = RecordKey::Order(record.order.clone());
        let before = self.loaded(&key)?.and_then(|loaded| loaded.state.order());
        let event = order::Event::Recorded {
            customer: record.customer.clone(),
            category: record.category,
            state: record.state.clone(),
            value: record.value,
        };
        if before.is_some_and(|before| *before == order::apply(&record.order, &event)) {
            return Ok(());
        }
        let (by, occurred) = (self.origin(), self.occurred);
        self.emit(&key, Event::Order(event), by, None, occurred);
        Ok(())
    }

    pub(super) fn record_agent(&mut self, record: &RecordAgent) -> Result<(), Rejection> {
        at_most("roles", record.roles.len(), limits::ROLES_MAX)?;
        at_most("teams", record.teams.len(), limits::TEAMS_MAX)?;
        at_most("skills", record.skills.len(), limits::SKILLS_MAX)?;
        at_most("capacity", record.capacity as usize, limits::CAPACITY_MAX as usize)?;
        if let Some(role) = record.roles.iter().find(|role| self.policy.role(role).is_none()) {
            let known = self.policy.roles().map(|role| role.name.as_str());
            return Err(invalid(
                "roles",
                format!("the policy has no role `{role}`; {}", instead(role.as_str(), known)),
            ));
        }
        if let Some(team) = record.teams.iter().find(|team| self.policy.queues_of(team).next().is_none()) {
            let known = self.policy.queues().iter().flat_map(|queue| &queue.teams).map(TeamId::as_str);
            let why = format!("no queue of the policy names the team `{team}`; {}", instead(team.as_str(), known));
            return Err(invalid("teams", why));
        }
        if let Some((skill, level)) = record.skills.iter().find(|(_, level)| !(1..=5).contains(*level)) {
            return Err(invalid("skills", format!("`{skill}` has the level {level}; levels go from 1 to 5")));
        }
        let key = RecordKey::Agent(record.agent.clone());
        let before = self.loaded(&key)?.and_then(|loaded| loaded.state.agent());
        if before.is_some_and(|before| same_agent(before, record)) {
            return Ok(());
        }
        let teams: Vec<_> = before.iter().flat_map(|before| &before.teams).chain(&record.teams).cloned().collect();
        let event = team::Event::Recorded {
            roles: record.roles.clone(),
            teams: record.teams.clone(),
            skills: record.skills.clone(),
            capacity: record.capacity,
        };
        let (by, occurred) = (self.origin(), self.occurred);
        self.emit(&key, Event::Agent(event), by, None, occurred);
        self.wake_queues_of(teams.iter());
        Ok(())
    }

    pub(super) fn set_presence(&mut self, set: &SetPresence) -> Result<(), Rejection> {
        let key = RecordKey::Agent(set.agent.clone());
        let loaded = self.loaded(&key)?;
        let agent = loaded.and_then(|loaded| loaded.state.agent()).ok_or(Rejection::NotFound(key.clone()))?;
        if agent.presence == set.presence {
            return Ok(());
        }
        let event = team::Event::PresenceChanged { presence: set.presence };
        let (by, occurred) = (self.origin(), self.occurred);
        self.emit(&key, Event::Agent(event), by, None, occurred);
        // Whoever comes may take what waits; whoever goes may leave a queue without anybody.
        self.wake_queues_of(agent.teams.iter());
        Ok(())
    }

    pub(super) fn activate(&mut self) -> Result<(), Rejection> {
        let key = RecordKey::Policy;
        let before = match self.loaded(&key)?.map(|loaded| &*loaded.state) {
            Some(State::Policy(activation)) => Some(activation),
            _ => None,
        };
        let (digest, zones) = (self.policy.digest(), self.policy.zones());
        if before.is_some_and(|before| before.policy == digest && *before.zones == **zones) {
            return Ok(());
        }
        let event = policy::Event::Activated { policy: digest, zones: zones.to_string() };
        let (by, occurred) = (self.origin(), self.occurred);
        self.emit(&key, Event::Policy(event), by, None, occurred);
        self.documents.push(Document { digest, text: self.policy.document().clone() });
        // Another policy may let other agents take what waits (law 19).
        for queue in self.policy.queues() {
            self.forward(RecordKey::Queue(queue.id.clone()), self.now);
        }
        Ok(())
    }
}

fn same_customer(before: &Customer, record: &RecordCustomer) -> bool {
    before.tier == record.tier
        && before.language == record.language
        && before.orders == record.orders
        && before.lifetime_value == record.lifetime_value
}

fn same_agent(before: &Agent, record: &RecordAgent) -> bool {
    before.roles == record.roles
        && before.teams == record.teams
        && before.skills == record.skills
        && before.capacity == record.capacity
}
