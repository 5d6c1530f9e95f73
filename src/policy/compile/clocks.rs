//! What counts time: calendars, promises, silence and head starts.

use std::collections::{BTreeMap, BTreeSet};

use super::checks::{Checks, List, fits};
use super::refer::Names;
use crate::calendar::{Calendar, ZoneSource};
use crate::finding::DocPath;
use crate::id::Name;
use crate::limits::{self, POLICY_ENTRIES_MAX};
use crate::policy::{PolicyDoc, Silence, SlaDoc, SlaPolicy, TargetDoc, TargetPolicy};
use crate::priority::Level;
use crate::rule::Matcher;
use crate::sla::{Calendars, Metric, Threshold};
use crate::time::{Span, Timestamp};

const SLAS: List = List { key: "sla", noun: "SLA", duplicate: "duplicate_sla" };

/// What a calendar says of itself that needs no zone database.
const FIXED: &str = "fixed";

/// The calendars, and the versions of the zone databases that they come from.
pub(super) fn calendars(doc: &PolicyDoc, zones: &dyn ZoneSource, checks: &mut Checks) -> (Calendars, String) {
    let list = DocPath::root().key("calendar");
    let mut calendars = Calendars::new();
    if !fits(&list, doc.calendars.len(), POLICY_ENTRIES_MAX, checks) {
        return (calendars, String::new());
    }
    let used = used(doc);
    let mut databases = BTreeSet::new();
    for (name, entry) in &doc.calendars {
        let place = list.key(name.as_str());
        if !used.contains(name) {
            let message = format!("nothing counts by the calendar `{name}`");
            checks.warning(
                "unused_calendar",
                place.clone(),
                message,
                "name it where time is promised, or leave it out",
            );
        }
        match entry.compile_with(zones) {
            Ok(calendar) => {
                if entry.week.trim().is_empty() && calendar.next_open(Timestamp::MIN).is_none() {
                    let message = format!("the calendar `{name}` never opens, so nothing is ever due by it");
                    checks.warning(
                        "never_open",
                        place.key("week"),
                        message,
                        "write its hours, such as `mon-fri 09:00-18:00`",
                    );
                }
                databases.insert(calendar.zone_database().to_owned());
                calendars.insert(name.clone(), Calendar::named(calendar, name.clone()));
            }
            Err(problems) => {
                for problem in problems {
                    checks.error(problem.code(), below(&place, problem.field()), problem.message(), problem.help());
                }
            }
        }
    }
    databases.remove(FIXED);
    let versions: Vec<String> = databases.into_iter().collect();
    (calendars, if versions.is_empty() { FIXED.to_owned() } else { versions.join("+") })
}

/// A place like `holidays/3` below another.
fn below(place: &DocPath, field: &str) -> DocPath {
    field.split('/').fold(place.clone(), |place, step| match step.parse() {
        Ok(index) => place.index(index),
        Err(_) => place.key(step),
    })
}

/// The calendars that something counts by.
fn used(doc: &PolicyDoc) -> BTreeSet<&Name> {
    let targets = doc.slas.iter().flat_map(|sla| [&sla.first_response, &sla.resolution]).flatten();
    let named = targets.filter_map(|target| target.calendar.as_ref());
    let named = named.chain(doc.nudges.iter().filter_map(|nudge| nudge.calendar.as_ref()));
    let named = named.chain(doc.approvals.iter().filter_map(|approval| approval.calendar.as_ref()));
    named.chain(doc.silence.iter().filter_map(|silence| silence.calendar.as_ref())).collect()
}

pub(super) fn silence(doc: &PolicyDoc, names: &Names, checks: &mut Checks) -> Option<Silence> {
    let silence = doc.silence.as_ref()?;
    if let Some(calendar) = &silence.calendar {
        names.calendars.check(calendar.as_str(), || DocPath::root().key("silence").key("calendar"), checks);
    }
    Some(Silence { after: silence.after, calendar: silence.calendar.clone() })
}

pub(super) fn slas(doc: &PolicyDoc, names: &Names, checks: &mut Checks) -> Vec<SlaPolicy> {
    if !SLAS.check(doc.slas.iter().map(|entry| entry.name.as_str()), POLICY_ENTRIES_MAX, checks) {
        return Vec::new();
    }
    let mut catch_all: Option<&Name> = None;
    let mut slas = Vec::with_capacity(doc.slas.len());
    for (index, entry) in doc.slas.iter().enumerate() {
        let place = SLAS.place().index(index);
        if entry.first_response.is_none() && entry.resolution.is_none() {
            let message = format!("the SLA `{}` promises nothing", entry.name);
            checks.error("empty_sla", place.clone(), message, "give it a `first_response`, a `resolution` or both");
        }
        if let Some(earlier) = catch_all {
            let message =
                format!("the SLA `{}` never holds, as `{earlier}` before it holds for all tickets", entry.name);
            checks.warning("unreachable_sla", place.clone(), message, "move the SLA without a condition to the end");
        }
        catch_all = catch_all.or(entry.when.is_none().then_some(&entry.name));
        slas.push(sla(entry, &place, names, checks));
    }
    slas
}

fn sla(doc: &SlaDoc, place: &DocPath, names: &Names, checks: &mut Checks) -> SlaPolicy {
    let mut read = |metric: Metric, target: &Option<TargetDoc>| {
        target.as_ref().map(|doc| self::target(metric, doc, &place.key(metric.as_str()), names, checks))
    };
    let first_response = read(Metric::FirstResponse, &doc.first_response);
    let resolution = read(Metric::Resolution, &doc.resolution);
    let matcher = doc.when.as_ref().and_then(|condition| names.condition(condition, &place.key("when"), checks));
    if matcher.as_ref().is_some_and(Matcher::reads_text) {
        // Every decision chooses the promise anew, and most have no text at hand.
        let message =
            format!("the SLA `{}` would change with what was said last, as its condition reads text", doc.name);
        checks.error("sla_reads_text", place.key("when"), message, "let a rule tag the ticket, and test the tag here");
    }
    SlaPolicy { name: doc.name.clone(), matcher, first_response, resolution }
}

fn target(metric: Metric, doc: &TargetDoc, place: &DocPath, names: &Names, checks: &mut Checks) -> TargetPolicy {
    let TargetDoc { budget, calendar, warn_at, pauses_on } = doc;
    if let Some(calendar) = calendar {
        names.calendars.check(calendar.as_str(), || place.key("calendar"), checks);
    }
    let list = place.key("warn_at");
    if fits(&list, warn_at.len(), limits::WARNINGS_MAX, checks) {
        let mut seen = BTreeSet::new();
        for (index, threshold) in warn_at.iter().enumerate() {
            let amount = threshold.amount(*budget);
            if budget.as_seconds() == 0 || (matches!(threshold, Threshold::Left(_)) && amount <= Span::ZERO) {
                let message = format!("a warning at `{threshold}` cannot come before a promise of {budget} begins");
                checks.error("vain_warning", list.index(index), message, "warn later, or leave the warning out");
            } else if amount >= budget.span() {
                let message = format!("a warning at `{threshold}` comes when {budget} are used up, which is too late");
                checks.error("vain_warning", list.index(index), message, "warn earlier, or leave the warning out");
            } else if !seen.insert(amount) {
                let message = format!("another warning comes when `{threshold}` does");
                checks.error("duplicate_warning", list.index(index), message, "leave one out");
            }
        }
    }
    TargetPolicy {
        budget: *budget,
        calendar: calendar.clone(),
        warn_at: warn_at.as_slice().into(),
        pauses_on: pauses_on.clone().unwrap_or_else(|| TargetPolicy::usual_pauses(metric)),
    }
}

pub(super) fn head_start(doc: &PolicyDoc, checks: &mut Checks) -> BTreeMap<Level, Span> {
    let start = |level: Level| doc.head_start.get(&level).map_or(Span::ZERO, |budget| budget.span());
    for pair in Level::ALL.windows(2) {
        if let [lower, higher] = *pair
            && start(higher) < start(lower)
        {
            let message = format!("{} has a smaller head start than {}", higher.as_str(), lower.as_str());
            let place = DocPath::root().key("head_start");
            checks.warning("head_start_order", place, message, "give the higher level at least as much");
        }
    }
    doc.head_start.iter().map(|(level, budget)| (*level, budget.span())).collect()
}
