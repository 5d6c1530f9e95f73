//! Queues, and the routes into them.

use super::checks::{Checks, List, fits};
use super::refer::Names;
use crate::finding::DocPath;
use crate::id::{Name, QueueId};
use crate::limits::{self, POLICY_ENTRIES_MAX};
use crate::policy::{PolicyDoc, QueueDoc, QueuePolicy, Route};
use crate::rule::{Condition, Matcher, Test};

const QUEUES: List = List { key: "queue", noun: "queue", duplicate: "duplicate_queue" };
const ROUTES: List = List { key: "route", noun: "route", duplicate: "duplicate_route" };

/// Levels of a skill.
const SKILL_LEVELS: std::ops::RangeInclusive<u8> = 1..=5;

pub(super) fn queues(doc: &PolicyDoc, checks: &mut Checks) -> Vec<QueuePolicy> {
    if doc.queues.is_empty() {
        let message = "there is no queue, so no ticket could wait for anybody";
        checks.error("no_queue", QUEUES.place(), message, "declare at least one in the list `queue`");
    }
    if !QUEUES.check(doc.queues.iter().map(|entry| entry.name.as_str()), POLICY_ENTRIES_MAX, checks) {
        return Vec::new();
    }
    let each = doc.queues.iter().enumerate();
    each.map(|(index, entry)| queue(entry, &QUEUES.place().index(index), checks)).collect()
}

fn queue(doc: &QueueDoc, place: &DocPath, checks: &mut Checks) -> QueuePolicy {
    let QueueDoc { name, teams, skills, tell_after } = doc;
    if teams.is_empty() {
        let message = format!("no team takes from the queue `{name}`, so its tickets wait until somebody is named");
        checks.warning("queue_without_team", place.clone(), message, "name its teams in `teams`");
    }
    if fits(&place.key("teams"), teams.len(), limits::TEAMS_MAX, checks) {
        for (index, team) in
            teams.iter().enumerate().filter(|(index, team)| teams.iter().take(*index).any(|t| t == *team))
        {
            let message = format!("the team `{team}` is there already");
            checks.error("duplicate_team", place.key("teams").index(index), message, "leave one out");
        }
    }
    if fits(&place.key("skills"), skills.len(), limits::SKILLS_MAX, checks) {
        for (skill, level) in skills.iter().filter(|(_, level)| !SKILL_LEVELS.contains(*level)) {
            let message = format!("`{skill}` at level {level} is no level of a skill");
            let place = place.key("skills").key(skill.as_str());
            checks.error("skill_level", place, message, "write a level from 1 to 5, or leave the skill out");
        }
    }
    QueuePolicy { id: name.clone(), teams: teams.clone(), skills: skills.clone(), tell_after: *tell_after }
}

pub(super) fn default_queue(doc: &PolicyDoc, names: &Names, checks: &mut Checks) -> Option<QueueId> {
    let place = DocPath::root().key("default_queue");
    match (&doc.default_queue, doc.queues.first()) {
        (Some(_), None) => {} // One finding says already that there is no queue.
        (Some(queue), _) => names.queues.check(queue.as_str(), || place, checks),
        (None, Some(first)) => {
            let message = "no queue is named for tickets that no route sends elsewhere";
            checks.error(
                "missing_default_queue",
                place,
                message,
                format!("write `default_queue`, such as `{}`", first.name),
            );
        }
        (None, None) => {}
    }
    doc.default_queue.clone()
}

pub(super) fn routes(doc: &PolicyDoc, names: &Names, checks: &mut Checks) -> Vec<Route> {
    if !ROUTES.check(doc.routes.iter().map(|entry| entry.name.as_str()), limits::RULES_MAX, checks) {
        return Vec::new();
    }
    let mut catch_all: Option<&Name> = None;
    let mut routes = Vec::with_capacity(doc.routes.len());
    for (index, entry) in doc.routes.iter().enumerate() {
        let place = ROUTES.place().index(index);
        names.queues.check(entry.queue.as_str(), || place.key("queue"), checks);
        if let Some(earlier) = catch_all {
            let message = format!("no ticket takes the route `{}`, as `{earlier}` before it takes all", entry.name);
            checks.warning(
                "unreachable_route",
                place.clone(),
                message,
                "move the route without a condition to the end",
            );
        }
        catch_all = catch_all.or(entry.when.is_none().then_some(&entry.name));
        let matcher = match &entry.when {
            Some(condition) => names.condition(condition, &place.key("when"), checks),
            None => always().map_err(|findings| checks.extend(&place, findings)).ok(),
        };
        routes.extend(matcher.map(|matcher| Route { name: entry.name.clone(), matcher, queue: entry.queue.clone() }));
    }
    routes
}

/// A matcher that always holds: every ticket was reopened at least no times.
fn always() -> Result<Matcher, Vec<crate::finding::Finding>> {
    Condition::Test(Test::Reopened(0)).compile()
}
