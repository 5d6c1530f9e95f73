//! Approval rules.

use std::collections::BTreeMap;

use super::checks::{Checks, List, Words};
use super::refer::Names;
use super::words::amounts;
use crate::actor::Right;
use crate::finding::DocPath;
use crate::id::Name;
use crate::limits::{self, POLICY_ENTRIES_MAX};
use crate::policy::{ApprovalDoc, ApprovalRule, Need, PolicyDoc, Role};

const APPROVALS: List = List { key: "approval", noun: "approval rule", duplicate: "duplicate_approval" };

pub(super) fn approvals(
    doc: &PolicyDoc,
    roles: &BTreeMap<Name, Role>,
    names: &Names<'_>,
    checks: &mut Checks,
) -> Vec<ApprovalRule> {
    if !APPROVALS.check(doc.approvals.iter().map(|entry| entry.name.as_str()), POLICY_ENTRIES_MAX, checks) {
        return Vec::new();
    }
    let known = Words::new("role", "unknown_role", "declare it in the list `role`", roles.keys().map(Name::as_str));
    let entries = doc.approvals.iter().enumerate();
    entries
        .map(|(index, entry)| approval(entry, &APPROVALS.place().index(index), roles, (&known, names), checks))
        .collect()
}

fn approval(
    doc: &ApprovalDoc,
    place: &DocPath,
    roles: &BTreeMap<Name, Role>,
    (known, names): (&Words, &Names<'_>),
    checks: &mut Checks,
) -> ApprovalRule {
    for (index, role) in doc.by.iter().enumerate() {
        known.check(role.as_str(), || place.key("by").index(index), checks);
        if roles.get(role).is_some_and(|role| !role.rights.contains(&Right::Approve)) {
            let message = format!("the role `{role}` may not approve");
            checks.error("not_approving", place.key("by").index(index), message, "add `approve` to its `may`");
        }
    }
    if doc.by.is_empty() {
        let message = format!("nobody may answer what is asked under `{}`", doc.name);
        checks.error("empty_list", place.key("by"), message, "name the roles that may");
    }
    if doc.grants.is_empty() && doc.covers.is_empty() {
        let message = format!("the approval rule `{}` covers nothing", doc.name);
        checks.error("idle_approval", place.clone(), message, "say what it is about in `grants` or `covers`");
    }
    if doc.expires_after.as_seconds() == 0 {
        let message = format!("what is asked under `{}` ends before anybody can answer", doc.name);
        checks.error("vain_approval", place.key("expires_after"), message, "give it some time, such as `24h`");
    }
    if matches!(doc.need, Need::Count(count) if count as usize > limits::APPROVERS_MAX) {
        let message = format!("{} have to approve, at most {} can be named", doc.need, limits::APPROVERS_MAX);
        checks.error("too_many", place.key("need"), message, "let fewer approve");
    }
    if let Some(calendar) = &doc.calendar {
        names.calendars.check(calendar.as_str(), || place.key("calendar"), checks);
    }
    let grants = amounts(&doc.grants, &place.key("grants"), checks);
    ApprovalRule {
        name: doc.name.clone(),
        grants,
        covers: doc.covers.clone(),
        roles: doc.by.clone(),
        need: doc.need,
        expires_after: doc.expires_after,
        calendar: doc.calendar.clone(),
    }
}
