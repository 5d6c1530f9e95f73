//! The people of the shop and their hours, fitted to whatever policy is at hand: every team of its queues has a lead,
//! somebody by day and somebody in the evening.

use std::collections::{BTreeMap, BTreeSet};

use destek::actor::Right;
use destek::calendar::{Calendar, PieceKind, Reason};
use destek::id::{AgentId, Name, TeamId};
use destek::policy::PolicyDoc;
use destek::team::{Presence, RecordAgent};
use destek::time::{Span, Timestamp};

use super::Failure;
use super::seed::Rng;

/// Messages that the smallest roster can answer in a week; with more, more people share the work.
const MESSAGES_PER_ROSTER: usize = 600;
/// Istanbul is three hours ahead of UTC, all year.
const AHEAD: Span = Span::hours(3);
const DAY: Span = Span::days(1);
/// How many people have a role that only answers questions.
const MANAGERS: usize = 3;
const NAMES: [&str; 24] = [
    "selin", "mert", "ayşe", "burak", "zeynep", "emre", "elif", "can", "deniz", "gizem", "kerem", "ceren", "onur",
    "ece", "tolga", "pınar", "serkan", "nazlı", "umut", "derya", "barış", "ipek", "kaan", "şule",
];

/// When somebody works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shift {
    /// When the shop's first calendar is open.
    Day,
    /// From two in the afternoon to ten at night, on weekends too, but on no holiday.
    Evening,
}

/// Somebody who works in the shop.
#[derive(Debug, Clone)]
pub(crate) struct Worker {
    pub(crate) id: AgentId,
    pub(crate) record: RecordAgent,
    pub(crate) lead: bool,
    shift: Shift,
    /// Of the day shift, every other one works on Saturdays.
    saturdays: bool,
}

/// The people for this many messages.
///
/// # Errors
/// When a made-up name is none, which is a defect.
pub(crate) fn roster(doc: &PolicyDoc, messages: usize) -> Result<Vec<Worker>, Failure> {
    let (front, lead) = roles(doc)?;
    let teams: BTreeSet<&TeamId> = doc.queues.iter().flat_map(|queue| &queue.teams).collect();
    let first = doc.default_queue.as_ref().and_then(|default| doc.queues.iter().find(|queue| queue.name == *default));
    let first = first.and_then(|queue| queue.teams.first());
    let copies = 1 + messages / MESSAGES_PER_ROSTER;
    let mut workers = Vec::new();
    for team in teams {
        let posts = posts(copies, Some(team) == first);
        for (place, (shift, is_lead)) in posts.into_iter().enumerate() {
            let id = AgentId::new(name(workers.len()))?;
            let capacity = match (shift, is_lead) {
                (_, true) => 2,
                (Shift::Day, false) => 7,
                (Shift::Evening, false) => 4,
            };
            let role = if is_lead { &lead } else { &front };
            let mut record = RecordAgent::new(id.clone()).team(team.clone()).role(role.clone()).capacity(capacity);
            for (skill, level) in skills(doc, team) {
                // Evenings are worked by beginners, who lack a grade for what is most difficult.
                let level = if shift == Shift::Evening && level > 2 { level - 1 } else { level };
                record = record.skill(skill, level.clamp(1, 5));
            }
            workers.push(Worker { id, record, lead: is_lead, shift, saturdays: place.is_multiple_of(2) });
        }
    }
    for role in answering_only(doc, [&front, &lead]) {
        for place in 0..MANAGERS {
            let id = AgentId::new(name(workers.len()))?;
            let record = RecordAgent::new(id.clone()).role(role.clone());
            workers.push(Worker { id, record, lead: false, shift: Shift::Day, saturdays: place.is_multiple_of(2) });
        }
    }
    Ok(workers)
}

/// Roles that are asked for approval and do nothing else.
fn answering_only<'d>(doc: &'d PolicyDoc, others: [&Name; 2]) -> BTreeSet<&'d Name> {
    let asked = doc.approvals.iter().flat_map(|rule| &rule.by);
    asked.filter(|role| !others.contains(role)).collect()
}

/// Shift and leadership of everybody in a team.
fn posts(copies: usize, first: bool) -> Vec<(Shift, bool)> {
    let days = copies * if first { 2 } else { 1 };
    let lead = std::iter::once((Shift::Day, true));
    let days = std::iter::repeat_n((Shift::Day, false), days);
    lead.chain(days).chain(std::iter::repeat_n((Shift::Evening, false), copies)).collect()
}

fn name(place: usize) -> String {
    let name = NAMES.get(place % NAMES.len()).copied().unwrap_or("temsilci");
    match place / NAMES.len() {
        0 => name.to_owned(),
        round => format!("{name}-{}", round + 1),
    }
}

/// The role of those who answer, and of those who lead: with the least and with the most rights among the roles that
/// may answer.
fn roles(doc: &PolicyDoc) -> Result<(Name, Name), Failure> {
    let answering = || doc.roles.iter().filter(|role| role.may.contains(&Right::Reply));
    match (answering().min_by_key(|role| role.may.len()), answering().max_by_key(|role| role.may.len())) {
        (Some(front), Some(lead)) => Ok((front.name.clone(), lead.name.clone())),
        _ => Ok((Name::new("agent")?, Name::new("lead")?)),
    }
}

/// What a team has to be able to do for all its queues.
fn skills(doc: &PolicyDoc, team: &TeamId) -> BTreeMap<Name, u8> {
    let mut skills: BTreeMap<Name, u8> = BTreeMap::new();
    for (skill, level) in doc.queues.iter().filter(|queue| queue.teams.contains(team)).flat_map(|queue| &queue.skills) {
        let known = skills.entry(skill.clone()).or_default();
        *known = (*known).max(*level);
    }
    skills
}

/// The midnight before an instant, in Istanbul.
pub(crate) fn midnight(at: Timestamp) -> Timestamp {
    let day = DAY.as_millis();
    let local = (at + AHEAD).as_millis();
    Timestamp::from_millis(local - local.rem_euclid(day)) - AHEAD
}

impl Worker {
    /// When the worker comes, steps away and goes on the day that begins at a midnight.
    pub(crate) fn plan(&self, calendar: Option<&Calendar>, midnight: Timestamp) -> Vec<(Timestamp, Presence)> {
        let local = (midnight + AHEAD).to_datetime();
        let hour = |hour: i64, minute: i64| midnight + Span::minutes(60 * hour + minute);
        let spans: Vec<(Timestamp, Timestamp)> = match (self.shift, calendar) {
            (Shift::Day, Some(calendar)) => {
                let open = calendar.segments(midnight, midnight + DAY);
                open.into_iter().map(|segment| (segment.from, segment.to)).collect()
            }
            (Shift::Day, None) => vec![(hour(9, 0), hour(12, 30)), (hour(13, 30), hour(18, 0))],
            (Shift::Evening, Some(calendar)) if has_holiday(calendar, midnight) => Vec::new(),
            (Shift::Evening, _) => vec![(hour(14, 0), hour(18, 0)), (hour(18, 30), hour(22, 0))],
        };
        let weekday = chrono::Datelike::weekday(&local);
        if self.shift == Shift::Day && weekday == chrono::Weekday::Sat && !self.saturdays {
            return Vec::new();
        }
        let last = spans.len().saturating_sub(1);
        let mut rng = Rng::of(self.id.as_str(), &midnight.to_string());
        let mut plan = Vec::with_capacity(2 * spans.len());
        for (place, (from, to)) in spans.into_iter().enumerate() {
            plan.push((from + rng.minutes(0, 3), Presence::Available));
            plan.push((to - rng.minutes(0, 2), if place == last { Presence::Offline } else { Presence::Away }));
        }
        plan
    }
}

fn has_holiday(calendar: &Calendar, midnight: Timestamp) -> bool {
    let pieces = calendar.pieces(midnight, midnight + DAY);
    pieces.iter().any(|piece| matches!(piece.kind, PieceKind::Closed(Reason::Holiday { .. })))
}
