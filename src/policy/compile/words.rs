//! The shop's own words: priorities, kinds, stages, fields, roles and thanks.

use std::collections::{BTreeMap, BTreeSet};

use super::checks::{Checks, List, fits};
use crate::actor::Right;
use crate::finding::DocPath;
use crate::id::Name;
use crate::limits::{self, POLICY_ENTRIES_MAX};
use crate::money::Money;
use crate::policy::{FieldDoc, FieldKind, PolicyDoc, Role, RoleDoc};
use crate::priority::{Level, Scale};
use crate::rule::OneOf;
use crate::text::{self, fold};
use crate::ticket::{ContactCategory, ContactKind, FieldType, Stage, StageCategory};

const TIERS: List = List { key: "tier", noun: "tier", duplicate: "duplicate_tier" };
const PRIORITIES: List = List { key: "priority", noun: "priority", duplicate: "duplicate_priority" };
const KINDS: List = List { key: "kind", noun: "kind of contact", duplicate: "duplicate_kind" };
const STAGES: List = List { key: "stage", noun: "stage", duplicate: "duplicate_stage" };
const FIELDS: List = List { key: "field", noun: "field", duplicate: "duplicate_field" };
const ROLES: List = List { key: "role", noun: "role", duplicate: "duplicate_role" };

/// Steps by which a tier can raise: from the lowest level to the highest.
const RAISE_MAX: u8 = 3;

/// A name that a category has, for an entry of another category: a condition on it would find both.
fn misleading(name: &Name, own: &'static str, all: &[&'static str], place: DocPath, checks: &mut Checks) {
    if name.as_str() != own && all.contains(&name.as_str()) {
        let message = format!("`{name}` is called like a category, but belongs to {own}");
        checks.error("misleading_name", place, message, "choose another name, or the category of that name");
    }
}

pub(super) fn scale(doc: &PolicyDoc, checks: &mut Checks) -> Scale {
    let mut names = Vec::new();
    if PRIORITIES.check(doc.priorities.iter().map(|entry| entry.name.as_str()), POLICY_ENTRIES_MAX, checks) {
        for (index, entry) in doc.priorities.iter().enumerate() {
            let place = PRIORITIES.place().index(index).key("name");
            misleading(&entry.name, entry.level.as_str(), &Level::ALL.map(Level::as_str), place, checks);
            names.push((entry.name.clone(), entry.level));
        }
    }
    let mut matrix = BTreeMap::new();
    let cells = DocPath::root().key("matrix");
    if fits(&cells, doc.matrix.len(), POLICY_ENTRIES_MAX, checks) {
        for (index, entry) in doc.matrix.iter().enumerate() {
            if matrix.insert((entry.urgency, entry.impact), entry.level).is_some() {
                let message = "this cell of the priority matrix is there already";
                checks.error(
                    "duplicate_cell",
                    cells.index(index),
                    message,
                    "keep one entry for each urgency and impact",
                );
            }
        }
    }
    let mut raise = BTreeMap::new();
    if TIERS.check(doc.tiers.iter().map(|entry| entry.name.as_str()), POLICY_ENTRIES_MAX, checks) {
        for (index, entry) in doc.tiers.iter().enumerate() {
            if entry.raise > RAISE_MAX {
                let message = format!("a tier cannot raise by {} levels, there are only four", entry.raise);
                let help = format!("write a number from 0 to {RAISE_MAX}");
                checks.error("tier_raise", TIERS.place().index(index).key("raise"), message, help);
            }
            raise.insert(entry.name.clone(), entry.raise);
        }
    }
    Scale::new(names, matrix, raise)
}

pub(super) fn kinds(doc: &PolicyDoc, checks: &mut Checks) -> Vec<ContactKind> {
    if !KINDS.check(doc.kinds.iter().map(|entry| entry.name.as_str()), POLICY_ENTRIES_MAX, checks) {
        return Vec::new();
    }
    for (index, entry) in doc.kinds.iter().enumerate() {
        let place = KINDS.place().index(index).key("name");
        let all = ContactCategory::ALL.map(ContactCategory::as_str);
        misleading(&entry.name, entry.category.as_str(), &all, place, checks);
    }
    doc.kinds.iter().map(|entry| ContactKind::new(entry.name.clone(), entry.category)).collect()
}

pub(super) fn stages(doc: &PolicyDoc, checks: &mut Checks) -> Vec<Stage> {
    if !STAGES.check(doc.stages.iter().map(|entry| entry.name.as_str()), POLICY_ENTRIES_MAX, checks) {
        return Vec::new();
    }
    for (index, entry) in doc.stages.iter().enumerate() {
        let place = STAGES.place().index(index).key("name");
        let all = StageCategory::ALL.map(StageCategory::as_str);
        misleading(&entry.name, entry.category.as_str(), &all, place, checks);
    }
    doc.stages.iter().map(|entry| Stage::new(entry.name.clone(), entry.category)).collect()
}

pub(super) fn fields(doc: &PolicyDoc, checks: &mut Checks) -> BTreeMap<Name, FieldType> {
    if !FIELDS.check(doc.fields.iter().map(|entry| entry.name.as_str()), POLICY_ENTRIES_MAX, checks) {
        return BTreeMap::new();
    }
    let mut fields = BTreeMap::new();
    for (index, entry) in doc.fields.iter().enumerate() {
        fields.insert(entry.name.clone(), field(entry, &FIELDS.place().index(index), checks));
    }
    fields
}

fn field(doc: &FieldDoc, place: &DocPath, checks: &mut Checks) -> FieldType {
    let options = place.key("options");
    if doc.holds != FieldKind::Choice && !doc.options.is_empty() {
        let message = format!("the field `{}` is no choice, so it has no options", doc.name);
        checks.error(
            "options_without_choice",
            options.clone(),
            message,
            "leave them out, or write `choice` as its type",
        );
    }
    match doc.holds {
        FieldKind::Text => FieldType::Text,
        FieldKind::Number => FieldType::Number,
        FieldKind::Flag => FieldType::Flag,
        FieldKind::Date => FieldType::Date,
        FieldKind::Money => FieldType::Money,
        FieldKind::Choice => {
            if doc.options.is_empty() {
                let message = format!("the field `{}` is a choice of nothing", doc.name);
                checks.error("choice_without_options", place.clone(), message, "list what it may hold in `options`");
            }
            if fits(&options, doc.options.len(), POLICY_ENTRIES_MAX, checks) {
                let mut seen = BTreeSet::new();
                for (index, option) in doc.options.iter().enumerate().filter(|(_, option)| !seen.insert(*option)) {
                    let message = format!("the option `{option}` is there already");
                    checks.error("duplicate_option", options.index(index), message, "leave one out");
                }
            }
            FieldType::Choice(doc.options.clone())
        }
    }
}

pub(super) fn roles(doc: &PolicyDoc, checks: &mut Checks) -> BTreeMap<Name, Role> {
    if doc.roles.is_empty() {
        return Role::built_in().into_iter().map(|role| (role.name.clone(), role)).collect();
    }
    if !ROLES.check(doc.roles.iter().map(|entry| entry.name.as_str()), POLICY_ENTRIES_MAX, checks) {
        return BTreeMap::new();
    }
    let mut roles = BTreeMap::new();
    for (index, entry) in doc.roles.iter().enumerate() {
        roles.insert(entry.name.clone(), role(entry, &ROLES.place().index(index), checks));
    }
    roles
}

fn role(doc: &RoleDoc, place: &DocPath, checks: &mut Checks) -> Role {
    let mut rights = doc.may.clone();
    if rights.is_empty() {
        let message = format!("the role `{}` allows nothing", doc.name);
        checks.warning("idle_role", place.key("may"), message, "list rights, such as `view`");
    } else {
        rights.insert(Right::View);
    }
    let may_grant = rights.contains(&Right::Grant);
    if may_grant == doc.grants.is_empty() {
        let (message, help) = if may_grant {
            ("may grant, but no amount of anything", "say how much of what in `grants`")
        } else {
            ("has amounts to grant, but not the right `grant`", "add `grant` to `may`, or leave the amounts out")
        };
        checks.warning("idle_grant", place.clone(), format!("the role `{}` {message}", doc.name), help);
    }
    let grants = amounts(&doc.grants, &place.key("grants"), checks);
    Role { name: doc.name.clone(), rights, scope: doc.scope, grants }
}

/// What may be given, each up to an amount in each currency.
pub(super) fn amounts(
    doc: &BTreeMap<Name, OneOf<Money>>,
    place: &DocPath,
    checks: &mut Checks,
) -> BTreeMap<Name, Vec<Money>> {
    let mut grants = BTreeMap::new();
    if fits(place, doc.len(), POLICY_ENTRIES_MAX, checks) {
        for (grant, amounts) in doc {
            let place = place.key(grant.as_str());
            let amounts = amounts.values();
            amounts_of(amounts, &place, checks);
            grants.insert(grant.clone(), amounts.to_vec());
        }
    }
    grants
}

fn amounts_of(amounts: &[Money], place: &DocPath, checks: &mut Checks) {
    if amounts.is_empty() {
        checks.error("empty_list", place.clone(), "no amount is named", "write one, such as `500 TRY`");
    }
    let mut seen = BTreeSet::new();
    for (index, amount) in amounts.iter().enumerate() {
        let place = || if amounts.len() == 1 { place.clone() } else { place.index(index) };
        if amount.minor() <= 0 {
            let message = format!("an amount of {amount} cannot be given");
            checks.error("bad_amount", place(), message, "write more than zero, or leave the grant out");
        }
        if !seen.insert(amount.currency()) {
            let message = format!("there are two amounts in {}", amount.currency().as_str());
            checks.error("duplicate_currency", place(), message, "keep one for each currency");
        }
    }
}

pub(super) fn thanks<'a>(doc: &'a PolicyDoc, checks: &mut Checks) -> &'a [String] {
    let place = DocPath::root().key("thanks");
    if !fits(&place, doc.thanks.len(), POLICY_ENTRIES_MAX, checks) {
        return &[];
    }
    for (index, phrase) in doc.thanks.iter().enumerate() {
        let shown = limits::shorten(phrase, 64);
        let folded = fold(limits::shorten(phrase, limits::KEYWORD_BYTES_MAX).as_str());
        let words = folded.words().count();
        if words == 0 || words > text::PHRASE_WORDS_MAX || phrase.len() > limits::KEYWORD_BYTES_MAX {
            let message = format!("`{shown}` is no word or phrase of thanks");
            let help =
                format!("write one to {} words, at most {} bytes", text::PHRASE_WORDS_MAX, limits::KEYWORD_BYTES_MAX);
            checks.error("bad_phrase", place.index(index), message, help);
        }
    }
    &doc.thanks
}
