//! Bad policies: one clear error each, at its place. The files are what a person might really write.

#![cfg(all(feature = "json", feature = "toml"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use destek::finding::{Finding, Severity, render};
use destek::limits;
use destek::policy::{PolicyDoc, ReadError, json, toml};

/// What a bad policy is told: the code of its only error (`read` where it is none yet), its place in the document,
/// the line and column of its text where an editor should jump to, and something that the error says.
struct Case(&'static str, &'static str, &'static str, (usize, usize), &'static str);

const READ: &str = "read";
/// Where the sixteenth of the nested conditions stands; the one below it is one too many.
const DEEP: &str = "route[0].when.not.not.not.not.not.not.not.not.not.not.not.not.not.not.not.not";

/// What cannot be read: syntax, types, keys. Reading stops at the first of them.
const UNREADABLE: &[Case] = &[
    Case("empty.toml", READ, "", (1, 1), "key `version` is missing; write `1` there"),
    Case("only_comment.toml", READ, "", (1, 1), "key `version` is missing"),
    Case("syntax.toml", READ, "-", (2, 17), "string values must be quoted"),
    Case("version_type.toml", READ, "version", (1, 11), "expected u32"),
    Case("version_other.toml", READ, "version", (1, 11), "documents of version `2` cannot be read; write `1`"),
    Case("unknown_key.toml", READ, "queues", (3, 1), "unknown key `queues`; did you mean `queue`?"),
    Case("unknown_key_nested.toml", READ, "queue[0].nam", (4, 1), "unknown key `nam`; did you mean `name`?"),
    Case("missing_name.toml", READ, "queue[0]", (3, 1), "key `name` is missing; add it"),
    Case("name_type.toml", READ, "queue[0].name", (4, 8), "integer `7`"),
    Case("name_space.toml", READ, "queue[0].name", (4, 8), "white space"),
    Case("table_for_list.toml", READ, "queue", (3, 9), "map, expected a sequence"),
    Case("unknown_value.toml", READ, "kind[0].category", (8, 12), "unknown value `reqest`; did you mean `request`?"),
    Case("budget_days.toml", READ, "silence.after", (3, 21), "counts days"),
    Case("budget_words.toml", READ, "silence.after", (3, 21), "write it like `5m`"),
    Case("money_without_currency.toml", READ, "role[0].grants.iade", (10, 19), "amount of money"),
    Case("approval_share.toml", READ, "approval[0].need", (11, 8), "`160%` is no share; write `1%` to `100%`"),
    Case("unknown_right.toml", READ, "role[0].may[1]", (8, 16), "unknown value `fly`; use one of"),
    Case("condition_too_deep.toml", READ, DEEP, (9, 136), "nested deeper than 16 levels; flatten it"),
    Case("unknown_condition.toml", READ, "route[0].when", (9, 8), "did you mean `channel`?"),
    Case("two_conditions.toml", READ, "route[0].when", (9, 8), "`channel` and `kind` stand in one table"),
    Case("unknown_trigger.toml", READ, "rule[0].on[0]", (8, 7), "unknown value `opend`; did you mean `opened`?"),
    Case("unknown_action.toml", READ, "rule[0].then[0]", (9, 9), "unknown action `set_colour`"),
    Case("threshold_words.toml", READ, "sla[0].first_response.warn_at", (8, 45), "`soonish`"),
    Case("unknown_level.toml", READ, "head_start.sudden", (7, 1), "unknown value `sudden`"),
    Case("empty.json", READ, "-", (1, 1), "begin it with `{`"),
    Case("null.json", READ, "-", (1, 1), "begin it with `{`"),
    Case("list.json", READ, "-", (1, 1), "begin it with `{`"),
    Case("cut_off.json", READ, "-", (1, 67), "EOF"),
    Case("key_twice.json", READ, "queue[0].name", (1, 70), "key `name` stands twice; keep one of the two"),
    Case("map_key_twice.json", READ, "queue[0].skills.iade", (1, 92), "key `iade` stands twice; keep one of the two"),
    Case("fraction.json", READ, "queue[0].skills.iade", (1, 89), "2.5"),
    Case("trailing.json", READ, "-", (1, 93), "trailing characters"),
];

/// What can be read and makes no sense: everything at once, here one thing each.
const SENSELESS: &[Case] = &[
    Case("no_queue.toml", "no_queue", "queue", (1, 1), "no queue"),
    Case("no_default_queue.toml", "missing_default_queue", "default_queue", (1, 1), "such as `genel`"),
    Case("unknown_default_queue.toml", "unknown_queue", "default_queue", (2, 17), "did you mean `genel`?"),
    Case("unknown_queue.toml", "unknown_queue", "route[0].queue", (8, 9), "no queue `iade`"),
    Case("unknown_calendar.toml", "unknown_calendar", "sla[0].first_response.calendar", (8, 46), "no calendar `ofis`"),
    Case("unknown_kind.toml", "unknown_kind", "rule[0].then[0].set_kind", (12, 22), "did you mean `iade`?"),
    Case("unknown_tier.toml", "unknown_tier", "sla[0].when.customer_tier", (10, 26), "no tier `altın`"),
    Case("unknown_field.toml", "unknown_field", "rule[0].then[0].set_field.name", (9, 32), "no field `renk`"),
    Case("text_field_written.toml", "unwritable_field", "rule[0].then[0].set_field.name", (12, 32), "kept apart"),
    Case("duplicate_queue.toml", "duplicate_queue", "queue[1].name", (7, 8), "as entry 1"),
    Case("duplicate_sla.toml", "duplicate_sla", "sla[1].name", (11, 8), "as entry 1"),
    Case("duplicate_rule.toml", "duplicate_rule", "rule[1].name", (11, 8), "taken by event rule 1"),
    Case("duplicate_team.toml", "duplicate_team", "queue[0].teams[1]", (5, 20), "leave one out"),
    Case("duplicate_cell.toml", "duplicate_cell", "matrix[1]", (10, 1), "keep one entry"),
    Case("duplicate_currency.toml", "duplicate_currency", "role[0].grants.iade[1]", (10, 31), "two amounts in TRY"),
    Case("approval_idle.toml", "idle_approval", "approval[0]", (10, 1), "covers nothing"),
    Case("approval_not_approving.toml", "not_approving", "approval[0].by[0]", (12, 7), "`lider` may not approve"),
    Case("approval_unknown_role.toml", "unknown_role", "approval[0].by[0]", (8, 7), "no role `leed`"),
    Case("approval_nobody.toml", "empty_list", "approval[0].by", (8, 6), "nobody may answer"),
    Case("approval_no_time.toml", "vain_approval", "approval[0].expires_after", (9, 17), "before anybody can answer"),
    Case("checklist_empty.toml", "empty_list", "checklist[0].tasks", (8, 9), "has no task"),
    Case(
        "checklist_key_twice.toml",
        "duplicate_task",
        "checklist[0].tasks[1].key",
        (10, 11),
        "`ara` is in the checklist",
    ),
    Case("checklist_blank.toml", "bad_title", "checklist[0].tasks[0].title", (8, 33), "does not say what"),
    Case(
        "unknown_checklist.toml",
        "unknown_checklist",
        "rule[0].then[0].apply_checklist",
        (12, 29),
        "no checklist `karg`",
    ),
    Case("rule_cycle.toml", "rule_cycle", "rule[0].then", (9, 8), "`a` -> priority_changed -> `b` -> tagged -> `a`"),
    Case("rule_without_action.toml", "no_action", "rule[0].then", (9, 8), "does nothing"),
    Case("review_no_day.toml", "bad_date", "rule[0].review", (10, 10), "`2027-02-30` is not a day"),
    Case("star_inside.toml", "misplaced_star", "rule[0].when.text", (9, 17), "`kar*go` has a `*` inside"),
    Case("empty_group.toml", "empty_group", "route[0].when.all", (9, 16), "empty"),
    Case("unreachable_status.toml", "unreachable_status", "status[5].name", (22, 8), "no ticket ever becomes `ara`"),
    Case("trap.toml", "trap", "status[5].name", (22, 8), "no way leads out of `kuyu`"),
    Case("way_out_by_spam.toml", "never_closed", "status[5].name", (22, 8), "`kuyu` can never be closed"),
    Case("no_verb.toml", "no_verb", "transition[4].from[0]", (34, 9), "no verb leads from closed to hold"),
    Case(
        "missing_transition.toml",
        "missing_transition",
        "status[2].name",
        (13, 8),
        "an answer of the customer ends the wait",
    ),
    Case(
        "note_shows.toml",
        "note_shows",
        "rule[0].then[1]",
        (10, 32),
        "would choose the language in which the customer is answered",
    ),
    Case("no_refusal.toml", "missing_transition", "status[3].name", (16, 8), "the customer may refuse"),
    Case("unknown_status.toml", "unknown_status", "transition[4].from[0]", (34, 9), "did you mean `açık`?"),
    Case("missing_category.toml", "missing_category", "status", (6, 1), "no status is of the category hold"),
    Case("choice_without_options.toml", "choice_without_options", "field[0]", (6, 1), "a choice of nothing"),
    Case(
        "impossible_value.toml",
        "impossible_value",
        "rule[0].then[0].set_field.value",
        (13, 48),
        "never holds `mavi `",
    ),
    Case("tier_raise.toml", "tier_raise", "tier[0].raise", (8, 9), "a number from 0 to 3"),
    Case("misleading_name.toml", "misleading_name", "kind[0].name", (7, 8), "called like a category"),
    Case("skill_level.toml", "skill_level", "queue[0].skills.iade", (6, 19), "a level from 1 to 5"),
    Case("thanks_without_word.toml", "bad_phrase", "thanks[0]", (3, 11), "`!!!` is no word"),
    Case("sla_reads_text.toml", "sla_reads_text", "sla[0].when", (8, 8), "let a rule tag the ticket"),
    Case("empty_sla.toml", "empty_sla", "sla[0]", (6, 1), "promises nothing"),
    Case("vain_warning.toml", "vain_warning", "sla[0].first_response.warn_at[0]", (8, 46), "cannot come before"),
    Case("zone_unknown.toml", "zone_unknown", "calendar.ofis.zone", (7, 8), "not a known time zone"),
    Case("window_empty.toml", "window_empty", "calendar.ofis.week", (8, 8), "let it end after it begins"),
    Case("holiday_no_day.toml", "date_malformed", "calendar.ofis.holidays[1]", (9, 27), "`2026-02-30` is not a date"),
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/policies").join(name)
}

fn files(name: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder(name)).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn text(name: &str, file: &str) -> String {
    std::fs::read_to_string(folder(name).join(file)).unwrap()
}

fn read(file: &str, text: &str) -> Result<PolicyDoc, ReadError> {
    if file.ends_with(".json") { json::read(text) } else { toml::read(text) }
}

fn shown(file: &str, text: &str, findings: &[Finding]) -> String {
    if file.ends_with(".json") {
        render(file, text, findings, &json::Places::of(text))
    } else {
        render(file, text, findings, &toml::Places::of(text))
    }
}

#[test]
fn every_bad_policy_is_in_the_table() {
    let listed: BTreeSet<String> = UNREADABLE.iter().chain(SENSELESS).map(|case| case.0.to_owned()).collect();
    assert_eq!(listed.len(), UNREADABLE.len() + SENSELESS.len(), "a file is listed twice");
    assert_eq!(files("bad"), listed);
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    let mut wrong = Vec::new();
    for Case(file, _, path, (line, column), phrase) in UNREADABLE {
        let text = text("bad", file);
        let Err(error) = read(file, &text) else {
            wrong.push(format!("{file}: it was read"));
            continue;
        };
        let told = error.to_string();
        let place = error.path.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
        if place != *path {
            wrong.push(format!("{file}: at `{place}`, not `{path}`: {told}"));
        }
        if (error.line, error.column) != (*line, *column) {
            wrong.push(format!("{file}: at {}:{}, not {line}:{column}: {told}", error.line, error.column));
        }
        let rendered = error.render(file, &text);
        if !told.contains(phrase) || told.lines().count() > 1 {
            wrong.push(format!("{file}: `{phrase}` is not what it says: {told}"));
        }
        if !rendered.contains(&format!("--> {file}:{line}:{column}")) || !rendered.contains('^') {
            wrong.push(format!("{file}: the place is not shown:\n{rendered}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_makes_no_sense_is_one_finding_with_its_place_and_what_to_do() {
    let mut wrong = Vec::new();
    for Case(file, code, path, (line, column), phrase) in SENSELESS {
        let text = text("bad", file);
        let doc = read(file, &text).unwrap_or_else(|error| panic!("{file}: {error}"));
        let Err(errors) = doc.compile() else {
            wrong.push(format!("{file}: it was compiled"));
            continue;
        };
        let is_error = |finding: &&Finding| finding.severity == Severity::Error;
        let found: Vec<&Finding> = errors.findings().iter().filter(is_error).collect();
        let [finding] = found.as_slice() else {
            wrong.push(format!("{file}: not one error: {errors}"));
            continue;
        };
        if (finding.code, finding.path.to_string().as_str()) != (code, path) {
            wrong.push(format!("{file}: not {code} at {path}: {finding}"));
        }
        if !finding.to_string().contains(phrase) || finding.help.is_none() {
            wrong.push(format!("{file}: `{phrase}` is not what it says, or it does not help: {finding}"));
        }
        let rendered = shown(file, &text, errors.findings());
        if !rendered.contains(&format!("--> {file}:{line}:{column}")) {
            wrong.push(format!("{file}: not shown at {line}:{column}:\n{rendered}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn good_policies_compile_without_findings_and_survive_their_canonical_form() {
    let good = files("good");
    assert!(good.len() >= 3, "{good:?}");
    for file in good {
        let text = text("good", &file);
        let policy = read(&file, &text).unwrap_or_else(|error| panic!("{}", error.render(&file, &text)));
        let policy = policy.compile().unwrap_or_else(|errors| panic!("{}", shown(&file, &text, errors.findings())));
        assert!(policy.warnings().is_empty(), "{}", shown(&file, &text, policy.warnings()));
        let again = json::read(policy.document()).unwrap().compile().unwrap();
        assert_eq!(again.digest(), policy.digest(), "{file}");
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let text = concat!(
        "version = 1\ndefault_queue = \"genl\"\n[[queue]]\nname = \"genel\"\nteams = [\"a\", \"a\"]\n",
        "[[tier]]\nname = \"vip\"\nraise = 9\n[[sla]]\nname = \"s\"\n",
    );
    let errors = toml::read(text).unwrap().compile().unwrap_err();
    let mut codes: Vec<&str> = errors.findings().iter().map(|finding| finding.code).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["duplicate_team", "empty_sla", "tier_raise", "unknown_queue"]);
}

#[test]
fn a_document_that_is_too_long_or_too_deep_is_refused_before_it_costs_anything() {
    let size = 5_000_000;
    assert!(size > limits::POLICY_BYTES_MAX);
    for file in ["long.toml", "long.json"] {
        let error = read(file, &" ".repeat(size)).unwrap_err();
        assert_eq!((error.line, error.column, error.path), (1, 1, None));
        assert_eq!(error.message, "the document has 5000000 bytes, at most 4194304 are allowed");
    }
    // What is just short enough is read; the spaces are no fault.
    let text = format!("{}{}", text("good", "smallest.toml"), "\n".repeat(1_000_000));
    assert!(toml::read(&text).is_ok());
    for levels in [200, 100_000] {
        let deep = format!("{{\"version\": 1, \"queue\": {}{}}}", "[".repeat(levels), "]".repeat(levels));
        json::read(&deep).unwrap_err();
        let deep = format!("version = 1\nqueue = {}{}\n", "[".repeat(levels), "]".repeat(levels));
        toml::read(&deep).unwrap_err();
        let not = format!("{}{{ order = true }}{}", "{ not = ".repeat(levels), " }".repeat(levels));
        toml::read(&format!("version = 1\n[[route]]\nname = \"r\"\nqueue = \"q\"\nwhen = {not}\n")).unwrap_err();
    }
}
