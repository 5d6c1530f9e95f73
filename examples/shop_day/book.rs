//! A policy as the second count reads it: the stored document as plain JSON, without the library's compiled policy.

use std::collections::{BTreeMap, BTreeSet};

use destek::calendar::{Calendar, CalendarDoc};
use destek::id::Name;
use destek::money::Money;
use destek::sla::{Metric, Target};
use destek::ticket::HoldKind;
use destek::time::Budget;
use serde_json::Value;

/// What the second count needs of a policy.
#[derive(Debug)]
pub(crate) struct Book {
    calendars: BTreeMap<String, Calendar>,
    always: Calendar,
    document: Value,
}

/// What an approval rule says.
#[derive(Debug)]
pub(crate) struct Terms<'b> {
    pub(crate) by: BTreeSet<Name>,
    pub(crate) need: usize,
    pub(crate) expires_after: Budget,
    pub(crate) calendar: &'b Calendar,
}

impl Book {
    /// Reads a stored document.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let document: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut calendars = BTreeMap::new();
        for (name, doc) in document.get("calendar").and_then(Value::as_object).into_iter().flatten() {
            let doc: CalendarDoc = serde_json::from_value(doc.clone()).map_err(|error| error.to_string())?;
            let calendar =
                doc.compile().map_err(|findings| format!("{} findings in calendar {name}", findings.len()))?;
            calendars.insert(name.clone(), calendar);
        }
        Ok(Self { calendars, always: Calendar::always(), document })
    }

    /// The calendar of a target; none when the policy has no such calendar.
    pub(crate) fn calendar(&self, name: Option<&str>) -> Option<&Calendar> {
        name.map_or(Some(&self.always), |name| self.calendars.get(name))
    }

    /// The teams of a queue, in order.
    pub(crate) fn teams(&self, queue: &str) -> Vec<String> {
        let teams = self.entry("queue", queue).and_then(|entry| entry.get("teams")).and_then(Value::as_array);
        teams.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Whether a target is what the policy promises under its SLA's name.
    pub(crate) fn promises(&self, target: &Target) -> bool {
        let Some(promise) = self.promise(target.sla.as_str(), target.metric) else { return false };
        let text = |key: &str| promise.get(key).and_then(Value::as_str);
        let warnings = promise.get("warn_at").and_then(Value::as_array);
        let warnings: Vec<&str> = warnings.into_iter().flatten().filter_map(Value::as_str).collect();
        let told: Vec<String> = target.warn_at.iter().map(ToString::to_string).collect();
        text("budget") == Some(&target.budget.to_string())
            && text("calendar") == target.calendar.as_ref().map(|name| name.as_str())
            && warnings == told
    }

    /// Which waits stop the clock of a target.
    pub(crate) fn pauses(&self, target: &Target) -> BTreeSet<HoldKind> {
        let promise = self.promise(target.sla.as_str(), target.metric);
        match promise.and_then(|promise| promise.get("pauses_on")).and_then(Value::as_array) {
            Some(kinds) => {
                let named = |kind: &HoldKind| kinds.iter().any(|name| name.as_str() == Some(kind.as_str()));
                HoldKind::ALL.into_iter().filter(named).collect()
            }
            None if target.metric == Metric::Resolution => BTreeSet::from([HoldKind::Customer]),
            None => BTreeSet::new(),
        }
    }

    /// The names of the entries of a list, in order.
    pub(crate) fn names(&self, list: &str) -> Vec<String> {
        let entries = self.document.get(list).and_then(Value::as_array).into_iter().flatten();
        entries.filter_map(|entry| entry.get("name").and_then(Value::as_str)).map(str::to_owned).collect()
    }

    /// The largest amounts of a grant that a role or an approval rule names, one for each currency.
    pub(crate) fn grants(&self, list: &str, name: &str, grant: &Name) -> impl Iterator<Item = Money> {
        let limits = self.entry(list, name).and_then(|entry| entry.get("grants")?.get(grant.as_str()));
        let limits: Vec<&Value> = match limits {
            Some(Value::Array(several)) => several.iter().collect(),
            one => one.into_iter().collect(),
        };
        limits.into_iter().filter_map(|limit| limit.as_str()?.parse().ok())
    }

    /// What an approval rule says, where so many are named.
    pub(crate) fn approval(&self, name: &str, named: usize) -> Option<Terms<'_>> {
        let entry = self.entry("approval", name)?;
        let need = match entry.get("need") {
            Some(Value::String(share)) => {
                (named * share.trim_end_matches('%').parse::<usize>().ok()?).div_ceil(100).max(1)
            }
            Some(number) => usize::try_from(number.as_u64()?).ok()?,
            None => 1,
        };
        let by = entry.get("by")?.as_array()?.iter().filter_map(|role| role.as_str()?.parse().ok()).collect();
        let calendar = self.calendar(entry.get("calendar").and_then(Value::as_str))?;
        Some(Terms { by, need, expires_after: entry.get("expires_after")?.as_str()?.parse().ok()?, calendar })
    }

    /// The tasks of a checklist: key, and whether it is required.
    pub(crate) fn checklist(&self, name: &str) -> Vec<(String, bool)> {
        let tasks = self.entry("checklist", name).and_then(|entry| entry.get("tasks")).and_then(Value::as_array);
        let task = |task: &Value| {
            let required = task.get("required").and_then(Value::as_bool).unwrap_or_default();
            Some((task.get("key")?.as_str()?.to_owned(), required))
        };
        tasks.into_iter().flatten().filter_map(task).collect()
    }

    /// Whether a status is reached only without open tasks.
    pub(crate) fn wants_no_open_tasks(&self, status: &str) -> bool {
        let entry = self.entry("status", status);
        entry.and_then(|entry| entry.get("no_open_tasks")).and_then(Value::as_bool).unwrap_or_default()
    }

    fn promise(&self, sla: &str, metric: Metric) -> Option<&Value> {
        self.entry("sla", sla)?.get(metric.as_str())
    }

    fn entry(&self, list: &str, name: &str) -> Option<&Value> {
        let mut entries = self.document.get(list)?.as_array()?.iter();
        entries.find(|entry| entry.get("name").and_then(Value::as_str) == Some(name))
    }
}
