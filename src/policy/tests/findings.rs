//! One bad document for every code.

use std::collections::BTreeSet;

use super::*;
use crate::finding::nearest;

/// The base of all bad documents; each changes one thing.
const BASE: &str = r#"{
  "version": 1, "default_queue": "genel", "silence": {"after": "72h", "calendar": "office"},
  "calendar": {"office": {"zone": "+03:00", "week": "mon-fri 09:00-18:00"}},
  "tier": [{"name": "vip", "raise": 1}],
  "priority": [{"name": "acil", "level": "urgent"}],
  "matrix": [{"urgency": "low", "impact": "low", "level": "normal"}],
  "kind": [{"name": "iade", "category": "request"}],
  "stage": [{"name": "teslimat", "category": "in"}],
  "field": [
    {"name": "neden", "type": "choice", "options": ["beden", "renk"]}, {"name": "adet", "type": "number"},
    {"name": "acele", "type": "flag"}, {"name": "gün", "type": "date"}, {"name": "tutar", "type": "money"},
    {"name": "not", "type": "text"}
  ],
  "role": [{"name": "temsilci", "may": ["view", "grant"], "scope": "team", "grants": {"refund": ["5 TRY", "1 EUR"]}}],
  "queue": [{"name": "genel", "teams": ["destek"], "skills": {"iade": 3}}, {"name": "kargo", "teams": ["destek"]}],
  "route": [{"name": "r", "when": {"kind": "iade"}, "queue": "kargo"}],
  "sla": [{"name": "s", "when": {"customer_tier": "vip"},
           "resolution": {"budget": "8h", "calendar": "office", "warn_at": ["80%"]}}],
  "rule": [{"name": "k", "on": ["opened"], "then": [{"set_kind": "iade"}]}],
  "thanks": ["ellerinize sağlık"]
}"#;

/// The base with the value at a JSON pointer put in place of what is there.
fn with(pointer: &str, value: &str) -> Result<PolicyDoc, serde_json::Error> {
    let mut base: serde_json::Value = serde_json::from_str(BASE).unwrap();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let value = serde_json::from_str(value).unwrap();
    match base.pointer_mut(parent).unwrap() {
        serde_json::Value::Object(map) => _ = map.insert(key.to_owned(), value),
        serde_json::Value::Array(list) if key == "-" => list.push(value),
        other => panic!("{other}"),
    }
    serde_json::from_value(base)
}

/// Pointer, value; the code, its place, and what message and help have to say.
type Case = (&'static str, &'static str, &'static str, &'static str, &'static [&'static str]);

const ERRORS: &[Case] = &[
    ("/version", "2", "unknown_version", "version", &["version 2", "`1`"]),
    ("/default_queue", "null", "missing_default_queue", "default_queue", &["`default_queue`", "`genel`"]),
    ("/default_queue", r#""genle""#, "unknown_queue", "default_queue", &["`genle`", "`genel`?"]),
    ("/queue/-", r#"{"name": "genel", "teams": ["x"]}"#, "duplicate_queue", "queue[2].name", &["`genel`", "entry 1"]),
    ("/queue/0/skills", r#"{"iade": 6}"#, "skill_level", "queue[0].skills.iade", &["level 6", "1 to 5"]),
    ("/queue/0/skills", r#"{"iade": 0}"#, "skill_level", "queue[0].skills.iade", &["level 0"]),
    ("/queue/0/teams", r#"["a", "b", "a"]"#, "duplicate_team", "queue[0].teams[2]", &["`a`"]),
    ("/route/-", r#"{"name": "r", "queue": "genel"}"#, "duplicate_route", "route[1].name", &["`r`"]),
    ("/route/0/queue", r#""kagro""#, "unknown_queue", "route[0].queue", &["`kagro`", "`kargo`?"]),
    ("/route/0/queue", r#""depo""#, "unknown_queue", "route[0].queue", &["`depo`", "use one of `genel`, `kargo`"]),
    (
        "/route/0/when",
        r#"{"kind": ["iade", "iadde"]}"#,
        "unknown_kind",
        "route[0].when.kind[1]",
        &["`iadde`", "`iade`?"],
    ),
    (
        "/route/0/when",
        r#"{"any": [{"stage": "teslmat"}]}"#,
        "unknown_stage",
        "route[0].when.any[0].stage",
        &["`teslimat`?"],
    ),
    ("/route/0/when", r#"{"not": {"status": "opne"}}"#, "unknown_status", "route[0].when.not.status", &["`open`?"]),
    (
        "/route/0/when",
        r#"{"priority": "urgent"}"#,
        "unknown_priority",
        "route[0].when.priority",
        &["`urgent`", "`acil`"],
    ),
    ("/route/0/when", r#"{"queue": ["genel", "x"]}"#, "unknown_queue", "route[0].when.queue[1]", &["`x`"]),
    ("/route/0/when", r#"{"customer_tier": "vpi"}"#, "unknown_tier", "route[0].when.customer_tier", &["`vpi`"]),
    ("/route/0/when", r#"{"breached": "resolutoin"}"#, "unknown_metric", "route[0].when.breached", &["`resolution`?"]),
    (
        "/route/0/when",
        r#"{"field": {"name": "neden2", "value": "renk"}}"#,
        "unknown_field",
        "route[0].when.field.name",
        &["`neden`?"],
    ),
    (
        "/route/0/when",
        r#"{"field": {"name": "not", "value": "x"}}"#,
        "unreadable_field",
        "route[0].when.field.name",
        &["`not`"],
    ),
    (
        "/route/0/when",
        r#"{"field": {"name": "neden", "value": "bedn"}}"#,
        "impossible_value",
        "route[0].when.field.value",
        &["`bedn`", "`beden`?"],
    ),
    (
        "/route/0/when",
        r#"{"field": {"name": "adet", "value": ["1", "iki"]}}"#,
        "impossible_value",
        "route[0].when.field.value[1]",
        &["`iki`", "`12`"],
    ),
    (
        "/route/0/when",
        r#"{"field": {"name": "acele", "value": "evet"}}"#,
        "impossible_value",
        "route[0].when.field.value",
        &["`true` or `false`"],
    ),
    (
        "/route/0/when",
        r#"{"field": {"name": "gün", "value": "29.10.2026"}}"#,
        "impossible_value",
        "route[0].when.field.value",
        &["2026-10-29"],
    ),
    (
        "/route/0/when",
        r#"{"field": {"name": "tutar", "value": "5 lira"}}"#,
        "impossible_value",
        "route[0].when.field.value",
        &["`500 TRY`"],
    ),
    ("/route/0/when", r#"{"all": []}"#, "empty_group", "route[0].when.all", &["empty"]),
    ("/sla/-", r#"{"name": "s", "resolution": {"budget": "1h"}}"#, "duplicate_sla", "sla[1].name", &["`s`"]),
    ("/sla/-", r#"{"name": "t"}"#, "empty_sla", "sla[1]", &["`t`", "`first_response`"]),
    ("/sla/0/when", r#"{"kind": "x"}"#, "unknown_kind", "sla[0].when.kind", &["`x`"]),
    ("/sla/0/resolution/calendar", r#""ofice""#, "unknown_calendar", "sla[0].resolution.calendar", &["`office`?"]),
    ("/sla/0/resolution/warn_at", r#"["8h left"]"#, "vain_warning", "sla[0].resolution.warn_at[0]", &["`8h left`"]),
    ("/sla/0/resolution/warn_at", r#"["0s left"]"#, "vain_warning", "sla[0].resolution.warn_at[0]", &["used up"]),
    ("/sla/0/resolution/budget", r#""0s""#, "vain_warning", "sla[0].resolution.warn_at[0]", &["`80%`"]),
    (
        "/sla/0/resolution/warn_at",
        r#"["50%", "4h left"]"#,
        "duplicate_warning",
        "sla[0].resolution.warn_at[1]",
        &["`4h left`"],
    ),
    (
        "/sla/0/resolution/warn_at",
        r#"["1%","2%","3%","4%","5%","6%","7%","8%","9%"]"#,
        "too_many",
        "sla[0].resolution.warn_at",
        &["9", "8"],
    ),
    ("/nudge", r#"[{"name": "a", "after": "0s"}]"#, "vain_nudge", "nudge[0].after", &["`a`", "`24h`"]),
    ("/nudge", r#"[{"name": "a", "after": "1h", "at_most": 11}]"#, "too_many", "nudge[0].at_most", &["11", "10"]),
    (
        "/nudge",
        r#"[{"name": "a", "after": "1h", "at_most": 0, "then": "nothing"}]"#,
        "idle_nudge",
        "nudge[0]",
        &["does nothing"],
    ),
    (
        "/nudge",
        r#"[{"name": "a", "after": "1h", "when": {"text": "iade"}}]"#,
        "nudge_reads_text",
        "nudge[0].when",
        &["tag"],
    ),
    (
        "/nudge",
        r#"[{"name": "a", "after": "1h", "calendar": "offce"}]"#,
        "unknown_calendar",
        "nudge[0].calendar",
        &["`office`?"],
    ),
    (
        "/nudge",
        r#"[{"name": "a", "after": "1h", "when": {"tag": "x"}}, {"name": "a", "after": "1h"}]"#,
        "duplicate_nudge",
        "nudge[1].name",
        &["`a`"],
    ),
    ("/silence", r#"{"after": "72h", "calendar": "offce"}"#, "unknown_calendar", "silence.calendar", &["`office`?"]),
    ("/calendar/office/week", r#""mon-fri 18:00-18:00""#, "window_empty", "calendar.office.week", &["18:00"]),
    (
        "/calendar/office/holidays",
        r#"["01-01", "2026-13-01"]"#,
        "date_malformed",
        "calendar.office.holidays[1]",
        &["2026-13-01"],
    ),
    ("/calendar/office/zone", r#""Mars/Olympus""#, "zone_unknown", "calendar.office.zone", &["`Mars/Olympus`"]),
    ("/tier/-", r#"{"name": "vip"}"#, "duplicate_tier", "tier[1].name", &["`vip`"]),
    ("/tier/0/raise", "4", "tier_raise", "tier[0].raise", &["4", "0 to 3"]),
    ("/priority/-", r#"{"name": "acil", "level": "high"}"#, "duplicate_priority", "priority[1].name", &["`acil`"]),
    ("/priority/-", r#"{"name": "low", "level": "high"}"#, "misleading_name", "priority[1].name", &["`low`", "high"]),
    ("/matrix/-", r#"{"urgency": "low", "impact": "low", "level": "high"}"#, "duplicate_cell", "matrix[1]", &["cell"]),
    ("/kind/-", r#"{"name": "iade", "category": "praise"}"#, "duplicate_kind", "kind[1].name", &["`iade`"]),
    (
        "/kind/-",
        r#"{"name": "praise", "category": "request"}"#,
        "misleading_name",
        "kind[1].name",
        &["`praise`", "request"],
    ),
    ("/stage/-", r#"{"name": "teslimat", "category": "in"}"#, "duplicate_stage", "stage[1].name", &["`teslimat`"]),
    ("/stage/-", r#"{"name": "pre", "category": "in"}"#, "misleading_name", "stage[1].name", &["`pre`"]),
    ("/field/-", r#"{"name": "adet", "type": "flag"}"#, "duplicate_field", "field[6].name", &["`adet`"]),
    (
        "/field/-",
        r#"{"name": "a", "type": "flag", "options": ["b"]}"#,
        "options_without_choice",
        "field[6].options",
        &["`choice`"],
    ),
    ("/field/-", r#"{"name": "a", "type": "choice"}"#, "choice_without_options", "field[6]", &["`options`"]),
    (
        "/field/-",
        r#"{"name": "a", "type": "choice", "options": ["b", "b"]}"#,
        "duplicate_option",
        "field[6].options[1]",
        &["`b`"],
    ),
    (
        "/role/-",
        r#"{"name": "temsilci", "may": ["view"], "scope": "own"}"#,
        "duplicate_role",
        "role[1].name",
        &["`temsilci`"],
    ),
    ("/role/0/grants", r#"{"refund": "0 TRY"}"#, "bad_amount", "role[0].grants.refund", &["0.00 TRY"]),
    ("/role/0/grants", r#"{"refund": ["5 EUR", "-5 TRY"]}"#, "bad_amount", "role[0].grants.refund[1]", &["-5.00 TRY"]),
    ("/role/0/grants", r#"{"refund": ["5 TRY", "6 TRY"]}"#, "duplicate_currency", "role[0].grants.refund[1]", &["TRY"]),
    ("/role/0/grants", r#"{"refund": []}"#, "empty_list", "role[0].grants.refund", &["500 TRY"]),
    ("/thanks", r#"["iyi", "?!"]"#, "bad_phrase", "thanks[1]", &["`?!`"]),
    ("/thanks", r#"["bir iki üç dört beş altı yedi"]"#, "bad_phrase", "thanks[0]", &["6 words"]),
    ("/transition", r#"[{"from": ["nwe"], "to": "open"}]"#, "unknown_status", "transition[0].from[0]", &["`new`?"]),
    (
        "/status",
        r#"[{"name": "yeni", "category": "new"}, {"name": "açık", "category": "open"},
            {"name": "çözüldü", "category": "resolved"}, {"name": "son", "category": "closed"}]"#,
        "missing_category",
        "status",
        &["category hold"],
    ),
    (
        "/rule/-",
        r#"{"name": "k", "on": ["closed"], "then": [{"set_kind": "iade"}]}"#,
        "duplicate_rule",
        "rule[1].name",
        &["`k`"],
    ),
    ("/rule/0/on", "[]", "no_trigger", "rule[0].on", &["`opened`"]),
    ("/rule/0/when", r#"{"kind": "iadee"}"#, "unknown_kind", "rule[0].when.kind", &["`iade`?"]),
    ("/rule/0/when", r#"{"text": "*"}"#, "empty_keyword", "rule[0].when.text", &["`*`"]),
    ("/rule/0/then", r#"[{"set_kind": "request"}]"#, "unknown_kind", "rule[0].then[0].set_kind", &["`request`"]),
    ("/rule/0/then", r#"[{"set_stage": "in"}]"#, "unknown_stage", "rule[0].then[0].set_stage", &["`in`"]),
    (
        "/rule/0/then",
        r#"[{"set_priority": "acill"}]"#,
        "unknown_priority",
        "rule[0].then[0].set_priority",
        &["`acil`?"],
    ),
    (
        "/rule/0/then",
        r#"[{"add_tags": ["a"]}, {"set_queue": "kargoo"}]"#,
        "unknown_queue",
        "rule[0].then[1].set_queue",
        &["`kargo`?"],
    ),
    (
        "/rule/0/then",
        r#"[{"set_field": {"name": "aded", "value": "1"}}]"#,
        "unknown_field",
        "rule[0].then[0].set_field.name",
        &["`adet`?"],
    ),
    (
        "/rule/0/then",
        r#"[{"set_field": {"name": "not", "value": "serbest"}}]"#,
        "unwritable_field",
        "rule[0].then[0].set_field.name",
        &["`not`", "choice"],
    ),
    (
        "/rule/0/then",
        r#"[{"set_field": {"name": "adet", "value": "bir"}}]"#,
        "impossible_value",
        "rule[0].then[0].set_field.value",
        &["`bir`"],
    ),
    ("/requester", r#"{"open_max": 0}"#, "impossible_value", "requester.open_max", &["0", "from 1 to 100"]),
    (
        "/requester",
        r#"{"opened_per_hour": 101}"#,
        "impossible_value",
        "requester.opened_per_hour",
        &["101", "from 1 to 100"],
    ),
    (
        "/requester",
        r#"{"acknowledged_per_hour": 101}"#,
        "impossible_value",
        "requester.acknowledged_per_hour",
        &["from 0 to 100"],
    ),
];

const WARNINGS: &[Case] = &[
    (
        "/calendar/depo",
        r#"{"zone": "UTC", "week": "sun 09:00-10:00"}"#,
        "unused_calendar",
        "calendar.depo",
        &["`depo`"],
    ),
    ("/calendar/office/week", r#""""#, "never_open", "calendar.office.week", &["`office`", "never"]),
    ("/queue/0/teams", "[]", "queue_without_team", "queue[0]", &["`genel`", "`teams`"]),
    (
        "/route",
        r#"[{"name": "a", "queue": "genel"}, {"name": "b", "queue": "kargo"}]"#,
        "unreachable_route",
        "route[1]",
        &["`b`", "`a`"],
    ),
    (
        "/sla",
        r#"[{"name": "a", "resolution": {"budget": "1h", "calendar": "office"}}, {"name": "b", "resolution": {"budget": "2h"}}]"#,
        "unreachable_sla",
        "sla[1]",
        &["`b`"],
    ),
    (
        "/nudge",
        r#"[{"name": "a", "after": "1h"}, {"name": "b", "after": "1h"}]"#,
        "unreachable_nudge",
        "nudge[1]",
        &["`b`", "`a`"],
    ),
    ("/links", r#"{"children": "close"}"#, "waiting_parent", "links.children", &["`parent_waits = false`"]),
    ("/head_start", r#"{"high": "2h", "urgent": "1h"}"#, "head_start_order", "head_start", &["urgent", "high"]),
    ("/role/0/grants", "{}", "idle_grant", "role[0]", &["`temsilci`", "`grants`"]),
    ("/role/0/may", r#"["view"]"#, "idle_grant", "role[0]", &["`grant`"]),
    ("/role/-", r#"{"name": "boş", "may": [], "scope": "own"}"#, "idle_role", "role[1].may", &["`boş`"]),
    (
        "/route/0/when",
        r#"{"channel": ["chat", "emial"]}"#,
        "doubtful_channel",
        "route[0].when.channel[1]",
        &["`emial`", "`email`?"],
    ),
];

#[test]
fn the_base_is_sound() {
    let policy = doc(BASE).compile().unwrap();
    assert_eq!(policy.warnings(), []);
}

#[test]
fn every_error_has_its_code_place_message_and_help() {
    for (pointer, value, code, path, parts) in ERRORS {
        let errors = with(pointer, value).unwrap().compile().unwrap_err();
        let [finding] = errors.findings() else { panic!("{pointer} {value}: {errors}") };
        assert_eq!((finding.code, finding.path.to_string().as_str()), (*code, *path), "{errors}");
        assert_eq!(finding.severity, Severity::Error);
        let text = finding.to_string();
        assert!(parts.iter().all(|part| text.contains(part)), "{pointer} {value}: {text}");
        let help = finding.help.as_deref().unwrap_or_else(|| panic!("no help: {text}"));
        for said in [&finding.message, help] {
            assert!(!said.ends_with('.') && !said.starts_with(char::is_uppercase), "{said}");
        }
    }
}

#[test]
fn every_warning_has_its_code_place_message_and_help() {
    for (pointer, value, code, path, parts) in WARNINGS {
        let policy = with(pointer, value).unwrap().compile().unwrap();
        let [finding] = policy.warnings() else { panic!("{pointer} {value}: {:?}", policy.warnings()) };
        assert_eq!((finding.code, finding.path.to_string().as_str()), (*code, *path));
        assert_eq!(finding.severity, Severity::Warning);
        let text = finding.to_string();
        assert!(parts.iter().all(|part| text.contains(part)) && finding.help.is_some(), "{text}");
    }
}

#[test]
fn what_is_fine_is_no_finding() {
    for (pointer, value) in [
        ("/tier", "[]"), // Then tiers are the host's, and any may be named.
        ("/route/0/when", r#"{"status": ["open", "hold"]}"#),
        ("/route/0/when", r#"{"kind": ["request", "praise"]}"#),
        ("/route/0/when", r#"{"priority": ["acil", "high"]}"#),
        ("/route/0/when", r#"{"field": {"name": "gün", "value": "2026-10-29"}}"#),
        ("/route/0/when", r#"{"field": {"name": "tutar", "value": "5.00 TRY"}}"#),
        ("/route/0/when", r#"{"channel": ["whatsapp", "email"]}"#),
        ("/route/0/when", r#"{"tag": "anything"}"#),
        ("/route/-", r#"{"name": "son", "queue": "genel"}"#),
        ("/sla/-", r#"{"name": "t", "first_response": {"budget": "0s"}}"#),
        ("/rule/0/then", r#"[{"set_field": {"name": "tutar", "value": "5 TRY"}}]"#),
        ("/rule/0/then", r#"[{"set_kind": "praise"}]"#),
        ("/head_start", r#"{"high": "1h", "urgent": "1h"}"#),
        ("/transition", "[]"),
    ] {
        let policy = with(pointer, value).unwrap().compile().unwrap_or_else(|errors| panic!("{value}: {errors}"));
        assert_eq!(policy.warnings(), [], "{pointer} {value}");
    }
}

#[test]
fn fields_that_a_transition_requires_are_known() {
    let ways = |field: &str| {
        format!(
            r#"[{{"from": ["new", "hold", "resolved"], "to": "open"}}, {{"from": ["open"], "to": "hold"}},
                {{"from": ["open"], "to": "resolved", "requires": ["adet", "{field}"]}},
                {{"from": ["resolved"], "to": "closed", "right": "close"}}]"#
        )
    };
    let policy = with("/transition", &ways("neden")).unwrap().compile().unwrap();
    let step = policy.workflow().step(&name("resolved"), Category::Closed, None).unwrap();
    assert_eq!(step.right, Some(Right::Close));
    let errors = with("/transition", &ways("nedne")).unwrap().compile().unwrap_err();
    let finding = &errors.findings()[0];
    assert_eq!((finding.code, finding.path.to_string().as_str()), ("unknown_field", "transition[2].requires[1]"));
}

#[test]
fn statuses_that_no_ticket_reaches_are_shown() {
    let status = r#"[{"name": "new", "category": "new"}, {"name": "open", "category": "open"},
        {"name": "depo", "category": "hold"}, {"name": "hold", "category": "hold"},
        {"name": "ok", "category": "resolved"}, {"name": "son", "category": "closed"}]"#;
    let ways = r#"[{"from": ["new", "hold", "depo", "ok"], "to": "open"}, {"from": ["open"], "to": "hold"},
        {"from": ["open", "hold"], "to": "ok"}, {"from": ["ok"], "to": "son"}]"#;
    let mut doc = with("/status", status).unwrap();
    doc.transitions = serde_json::from_str(ways).unwrap();
    let errors = doc.compile().unwrap_err();
    let shown: Vec<_> = errors.findings().iter().map(|f| (f.code, f.path.to_string())).collect();
    assert_eq!(shown, [("unreachable_status", "status[2].name".to_owned())]);
}

#[test]
fn a_circle_of_rules_is_shown() {
    let rules = r#"[{"name": "a", "on": ["tagged"], "then": [{"set_queue": "kargo"}]},
        {"name": "b", "on": ["queued"], "then": [{"add_tags": ["x"]}]}]"#;
    let errors = with("/rule", rules).unwrap().compile().unwrap_err();
    let [finding] = errors.findings() else { panic!("{errors}") };
    assert!(finding.path.to_string().starts_with("rule"), "{finding}");
    assert!(finding.message.contains("`a`") && finding.message.contains("`b`"), "{finding}");
}

#[test]
fn an_empty_document_lacks_a_queue_and_nothing_else() {
    let errors = doc(r#"{"version": 1}"#).compile().unwrap_err();
    assert_eq!(errors.findings().iter().map(|finding| finding.code).collect::<Vec<_>>(), ["no_queue"]);
}

#[test]
fn every_list_is_bounded() {
    use crate::limits::{POLICY_ENTRIES_MAX, RULES_MAX};
    let many = |count: usize, entry: &dyn Fn(usize) -> String| {
        format!("[{}]", (0..count).map(entry).collect::<Vec<_>>().join(","))
    };
    let over = POLICY_ENTRIES_MAX + 1;
    let named = |rest: &'static str| many(over, &move |i| format!(r#"{{"name": "n{i}"{rest}}}"#));
    for (list, value) in [
        ("tier", named("")),
        ("priority", named(r#", "level": "high""#)),
        ("kind", named(r#", "category": "praise""#)),
        ("stage", named(r#", "category": "in""#)),
        ("field", named(r#", "type": "flag""#)),
        ("role", named(r#", "may": ["view"], "scope": "own""#)),
        ("queue", named("")),
        ("sla", named(r#", "resolution": {"budget": "1h"}"#)),
        ("status", named(r#", "category": "open""#)),
        ("thanks", many(over, &|i| format!(r#""söz{i}""#))),
        ("route", many(RULES_MAX + 1, &|i| format!(r#"{{"name": "n{i}", "queue": "genel"}}"#))),
        (
            "rule",
            many(RULES_MAX + 1, &|i| {
                format!(r#"{{"name": "n{i}", "on": ["closed"], "then": [{{"add_tags": ["x"]}}]}}"#)
            }),
        ),
    ] {
        let errors = with(&format!("/{list}"), &value).unwrap().compile().unwrap_err();
        let finding = errors.findings().iter().find(|finding| finding.code.starts_with("too_many"));
        let finding = finding.unwrap_or_else(|| panic!("{list}: {errors}"));
        assert_eq!(finding.path.to_string(), list);
        assert!(finding.message.contains("at most"), "{finding}");
    }
}

/// What no reader would let through can still be made in code.
#[test]
fn a_document_made_in_code_may_be_as_odd_as_it_likes() {
    use crate::rule::{Condition, Test};
    let mut doc = smallest();
    let mut route = RouteDoc::new(name("derin"), QueueId::new("genel").unwrap());
    let nested = (0..2_000).fold(Condition::Test(Test::Order(true)), |inner, _| Condition::Not(Box::new(inner)));
    route.when = Some(nested);
    doc.routes.push(route);
    let errors = doc.compile().unwrap_err();
    assert_eq!(errors.findings().iter().map(|finding| finding.code).collect::<Vec<_>>(), ["condition_too_deep"]);
}

#[test]
fn many_unknown_names_cost_a_bounded_search() {
    let mut doc = smallest();
    doc.kinds = (0..1_000).map(|i| KindDoc::new(name(&format!("iade-nedeni-{i}")), ContactCategory::Request)).collect();
    let json =
        |i: usize| format!(r#"{{"name": "r{i}", "queue": "genel", "when": {{"kind": ["x{i}", "y{i}", "z{i}"]}}}}"#);
    doc.routes = (0..10_000).map(|i| serde_json::from_str(&json(i)).unwrap()).collect();
    let errors = doc.compile().unwrap_err();
    assert_eq!(errors.findings().len(), crate::limits::FINDINGS_MAX + 1);
    let last = errors.findings().last().unwrap();
    assert_eq!((last.code, last.message.as_str()), ("too_many_findings", "29000 more findings are left out"));
}

#[test]
fn codes_are_told_apart() {
    let codes: BTreeSet<&str> = ERRORS.iter().chain(WARNINGS).map(|(_, _, code, _, _)| *code).collect();
    assert!(codes.len() >= 50, "{}", codes.len());
    for code in &codes {
        let others = codes.iter().copied().filter(|other| other != code);
        assert_ne!(nearest(code, others.filter(|other| other.len() == code.len() - 1)), Some(*code));
    }
}
