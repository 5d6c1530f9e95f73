//! Nudges.

use super::checks::{Checks, List};
use super::refer::Names;
use crate::finding::DocPath;
use crate::id::Name;
use crate::limits::{self, POLICY_ENTRIES_MAX};
use crate::policy::{NudgeDoc, NudgeRule, PolicyDoc, Unanswered};
use crate::rule::Matcher;

const NUDGES: List = List { key: "nudge", noun: "nudge", duplicate: "duplicate_nudge" };
/// How often a customer is asked again where a document does not say.
const AT_MOST: u32 = 2;

pub(super) fn nudges(doc: &PolicyDoc, names: &Names<'_>, checks: &mut Checks) -> Vec<NudgeRule> {
    if !NUDGES.check(doc.nudges.iter().map(|entry| entry.name.as_str()), POLICY_ENTRIES_MAX, checks) {
        return Vec::new();
    }
    let mut catch_all: Option<&Name> = None;
    let mut nudges = Vec::with_capacity(doc.nudges.len());
    for (index, entry) in doc.nudges.iter().enumerate() {
        let place = NUDGES.place().index(index);
        if let Some(earlier) = catch_all {
            let message =
                format!("the nudge `{}` never comes, as `{earlier}` before it holds for all tickets", entry.name);
            checks.warning("unreachable_nudge", place.clone(), message, "move the one without a condition to the end");
        }
        catch_all = catch_all.or(entry.when.is_none().then_some(&entry.name));
        nudges.push(nudge(entry, &place, names, checks));
    }
    nudges
}

fn nudge(doc: &NudgeDoc, place: &DocPath, names: &Names<'_>, checks: &mut Checks) -> NudgeRule {
    let at_most = doc.at_most.unwrap_or(AT_MOST);
    if doc.after.as_seconds() == 0 {
        let message = format!("the nudge `{}` leaves the customer no time to answer", doc.name);
        checks.error("vain_nudge", place.key("after"), message, "give him some, such as `24h`");
    }
    if at_most > limits::NUDGES_MAX {
        let message = format!("`{}` asks {at_most} times, at most {} are allowed", doc.name, limits::NUDGES_MAX);
        checks.error("too_many", place.key("at_most"), message, "ask less often");
    }
    if at_most == 0 && doc.then == Unanswered::Nothing {
        let message = format!("the nudge `{}` does nothing", doc.name);
        checks.error("idle_nudge", place.clone(), message, "let it ask, or resolve");
    }
    if let Some(calendar) = &doc.calendar {
        names.calendars.check(calendar.as_str(), || place.key("calendar"), checks);
    }
    let matcher = doc.when.as_ref().and_then(|condition| names.condition(condition, &place.key("when"), checks));
    if matcher.as_ref().is_some_and(Matcher::reads_text) {
        // Time passes without a text at hand.
        let message = format!("the nudge `{}` waits for a text, and none is said while a ticket waits", doc.name);
        let help = "let a rule tag the ticket, and test the tag here";
        checks.error("nudge_reads_text", place.key("when"), message, help);
    }
    NudgeRule {
        name: doc.name.clone(),
        matcher,
        after: doc.after,
        calendar: doc.calendar.clone(),
        at_most,
        then: doc.then,
    }
}
