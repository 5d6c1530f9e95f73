//! Texts: what is read, where the first error is, and where findings are.

use proptest::prelude::*;

use super::*;
use crate::finding::{DocPath, Locate, render};
use crate::limits;
use crate::policy::{json, toml};

const SHOP: &str = include_str!("shop.toml");

#[test]
fn two_formats_and_two_orders_are_one_policy() {
    let from_toml = toml::read(SHOP).unwrap().compile().unwrap();
    let from_code = sample().compile().unwrap();
    assert_eq!(from_toml.document(), from_code.document());
    assert_eq!(from_toml.digest(), from_code.digest());
    let from_json = json::read(from_code.document()).unwrap().compile().unwrap();
    assert_eq!(from_json.digest(), from_code.digest());
}

/// A JSON text with the keys of every table in another order.
fn turned(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Object(map) => {
            let entries: Vec<String> =
                map.iter().rev().map(|(key, value)| format!("{key:?} : {}", turned(value))).collect();
            format!("{{ {} }}", entries.join(" ,\n"))
        }
        serde_json::Value::Array(items) => format!("[{}]", items.iter().map(turned).collect::<Vec<_>>().join(", ")),
        plain => plain.to_string(),
    }
}

#[test]
fn the_digest_survives_the_order_of_keys_but_not_of_lists() {
    let policy = sample().compile().unwrap();
    let mut value: serde_json::Value = serde_json::from_str(policy.document()).unwrap();
    let other = turned(&value);
    assert_ne!(&*other, &**policy.document());
    assert_eq!(json::read(&other).unwrap().compile().unwrap().digest(), policy.digest());
    value["queue"].as_array_mut().unwrap().reverse();
    let reversed = json::read(&value.to_string()).unwrap().compile().unwrap();
    assert_ne!(reversed.digest(), policy.digest(), "what is ordered is a list");
}

/// A text; the line and column of its first error, its place, and what message and help have to say.
type Case = (&'static str, (usize, usize), &'static str, &'static [&'static str]);

#[test]
fn the_first_error_of_a_toml_text_is_told_with_its_place() {
    let cases: &[Case] = &[
        ("", (1, 1), "", &["`version` is missing", "`1`"]),
        ("version = 1\n\n[[kind]]\nname = 'a'\n", (3, 1), "kind[0]", &["`category` is missing", "add it"]),
        ("version = 1\nqueues = []\n", (2, 1), "queues", &["unknown key `queues`", "`queue`?"]),
        ("version = 1\n[[queue]]\nname = \"ğ\"\nskils = {}\n", (4, 1), "queue[0].skils", &["`skils`", "`skills`?"]),
        (
            "version = 1\n[[sla]]\nname = 's'\nresolution = { bugdet = '1h' }",
            (4, 16),
            "sla[0].resolution.bugdet",
            &["`budget`?"],
        ),
        (
            "version = 1\n[[sla]]\nname = 's'\nresolution = { budget = '1d' }",
            (4, 25),
            "sla[0].resolution.budget",
            &["counts days", "hours"],
        ),
        (
            "version = 1\n[[role]]\nname = 'a'\nscope = 'team'\nmay = ['view', 'replay']",
            (5, 16),
            "role[0].may[1]",
            &["unknown value `replay`", "`reply`?"],
        ),
        ("version = 1\n[[role]]\nname = 'a'\nscope = 'tam'\nmay = []", (4, 9), "role[0].scope", &["`tam`", "`team`?"]),
        ("version = 1\n[[kind]]\nname = 'şş'\ncategory = 'quetion'", (4, 12), "kind[0].category", &["`question`?"]),
        ("version = 1\n[[kind]]\nname = ' şş'\ncategory = 'question'", (3, 8), "kind[0].name", &["white space"]),
        (
            "version = 1\n[[route]]\nname = 'r'\nqueue = 'q'\nwhen = { chanel = 'chat' }",
            (5, 8),
            "route[0].when",
            &["unknown condition `chanel`", "`channel`?"],
        ),
        ("version = 1\n[[rule]]\nname = 'r'\non = ['opend']\nthen = []", (4, 7), "rule[0].on[0]", &["`opened`?"]),
        ("version = 1\n[sla]\nname = 's'\n", (2, 1), "sla", &["map, expected a sequence", "; write `[[sla]]`, a list"]),
        (
            "version = 1\n[[sla]]\nname = 's'\nresolution = { budget = 120 }",
            (4, 25),
            "sla[0].resolution.budget",
            &["integer `120`", "; write a length such as `\"2h\"`, in quotes"],
        ),
        (
            "version = 1\n[[sla]]\nname = 's'\nresolution = { budget = '2 saat' }",
            (4, 25),
            "sla[0].resolution.budget",
            &["`2 saat` is not a length of time; did you mean `2h`?"],
        ),
        (
            "version = 1\n[[queue]]\nname = 'q'\nteams = 'destek'",
            (4, 9),
            "queue[0].teams",
            &["expected a sequence; put it in `[` and `]`"],
        ),
        ("version = '1'\n", (1, 11), "version", &["invalid type", "u32"]),
        (
            "version = 1\ndefault_queue = 7\n",
            (2, 17),
            "default_queue",
            &["invalid type: integer `7`", "string; put it in quotes"],
        ),
        ("version = 2\nshifts = []\n", (1, 11), "version", &["version `2`", "write `1`"]),
        ("version = 1\n[calendar.a]\nzon = 'UTC'\n", (3, 1), "calendar.a.zon", &["`zone`?"]),
        ("version = 1\nlanguage = 'trk'\n", (2, 12), "language", &["unknown value `trk`", "`tr`?"]),
    ];
    for (text, at, path, parts) in cases {
        let error = toml::read(text).unwrap_err();
        let shown = error.to_string();
        assert_eq!((error.line, error.column), *at, "{text}: {shown}");
        assert_eq!(error.path.clone().unwrap_or_default().to_string(), *path, "{shown}");
        assert!(parts.iter().all(|part| shown.contains(part)), "{text}: {shown}");
    }
}

#[test]
fn the_first_error_of_a_json_text_is_told_with_its_place() {
    let cases: &[Case] = &[
        ("{}", (1, 1), "", &["`version` is missing"]),
        ("{\"version\": 1,\n \"queues\": []}", (2, 2), "queues", &["unknown key `queues`", "`queue`?"]),
        (
            "{\"version\": 1, \"queue\": [\n {\"name\": \"ğğ\", \"skils\": {}}]}",
            (2, 17),
            "queue[0].skils",
            &["`skills`?"],
        ),
        ("{\"version\": 1, \"silence\": {\"after\": \"3d\"}}", (1, 37), "silence.after", &["counts days", "hours"]),
        (
            "{\"version\": 1, \"silence\": {\"after\": \"3d\" , \"calendar\": \"x\"}}",
            (1, 37),
            "silence.after",
            &["counts days"],
        ),
        (
            "{\"version\": 1, \"queue\": [{\"name\": \"a\", \"teams\": [\"b\", \" c\" ] }]}",
            (1, 55),
            "queue[0].teams[1]",
            &["white space"],
        ),
        ("{\"version\": 1, \"thanks\": [\"a\", 7]}", (1, 32), "thanks[1]", &["invalid type: integer `7`"]),
        ("{\"version\": 1, \"kind\": [{\"name\": \"a\"}]}", (1, 25), "kind[0]", &["`category` is missing"]),
        ("{\"version\": 1, \"version\": 1}", (1, 16), "version", &["`version` stands twice"]),
        (
            "{\"version\": 1, \"head_start\": {\"high\": \"1h\", \"high\": \"2h\"}}",
            (1, 45),
            "head_start.high",
            &["`high` stands twice"],
        ),
        (
            "{\"version\": 1, \"sla\": {\"name\": \"s\"}}",
            (1, 23),
            "sla",
            &["map, expected a sequence; put it in `[` and `]`"],
        ),
        (
            "{\"version\": 1, \"silence\": {\"after\": 120}}",
            (1, 37),
            "silence.after",
            &["integer `120`, expected a length such as \"2h\"", "; write a length such as `\"2h\"`"],
        ),
        (
            "{\"version\": 1, \"queue\": [ {\"name\": [7], \"teams\": []}]}",
            (1, 36),
            "queue[0].name",
            &["sequence, expected a string"],
        ),
        ("{\"version\": 3, \"shift\": []}", (1, 13), "version", &["version `3`"]),
        (
            "{\"version\": 1, \"rule\": [{\"name\": \"r\", \"on\": [\"opened\"], \"then\": [{\"set_knd\": \"a\"}]}]}",
            (1, 67),
            "rule[0].then[0].set_knd",
            &["`set_kind`?"],
        ),
    ];
    for (text, at, path, parts) in cases {
        let error = json::read(text).unwrap_err();
        let shown = error.to_string();
        assert_eq!((error.line, error.column), *at, "{text}: {shown}");
        assert_eq!(error.path.clone().unwrap_or_default().to_string(), *path, "{shown}");
        assert!(parts.iter().all(|part| shown.contains(part)), "{text}: {shown}");
    }
}

#[test]
fn what_is_no_toml_and_no_json_is_told_with_its_line() {
    let error = toml::read("version = 1\n\nkind = [\n").unwrap_err();
    assert_eq!((error.line, error.path.clone()), (3, None), "{error}");
    let error = json::read("{\"version\": 1,\n\"kind\": [}").unwrap_err();
    assert_eq!((error.line, error.column, error.path.clone()), (2, 10, None), "{error}");
    let error = json::read("").unwrap_err();
    assert_eq!((error.line, error.column), (1, 1), "{error}");
    let error = toml::read("version = 1\nversion = 1").unwrap_err();
    assert_eq!(error.line, 2, "{error}");
}

#[test]
fn a_read_error_shows_its_line() {
    let text = "version = 1\n\n[[kind]]\nname = \"iade\"\ncategory = \"reqest\"\n";
    let shown = toml::read(text).unwrap_err().render("shop.toml", text);
    let expected = "error: unknown value `reqest`\n --> shop.toml:5:12\n  |\n5 | category = \"reqest\"\n  |            ^^^^^^^^\n  = at: `kind[0].category`\n  = help: did you mean `request`?\n";
    assert_eq!(shown, expected);
}

#[test]
fn a_text_beyond_the_limit_is_not_read() {
    let text = format!("version = 1\n# {}", "x".repeat(5_000_000));
    for error in [toml::read(&text).unwrap_err(), json::read(&text).unwrap_err()] {
        assert!(error.message.contains("5000014") && error.message.contains("4194304"), "{error}");
    }
    let longest = format!("version = 1\n#{}", "x".repeat(limits::POLICY_BYTES_MAX - 13));
    assert!(toml::read(&longest).is_ok());
}

#[test]
fn deep_nesting_is_an_error_and_no_overflow() {
    let most = limits::POLICY_BYTES_MAX / 8;
    for depth in [100, 10_000, most] {
        for text in [
            format!("version = 1\nthanks = {}", "[".repeat(depth)),
            format!("version = 1\nsilence = {}", "{a=".repeat(depth)),
            format!("version = 1\n{} = 1", vec!["a"; depth].join(".")),
            format!("version = 1\n[{}]", vec!["a"; depth].join(".")),
        ] {
            let error = toml::read(&text).unwrap_err();
            assert!(error.message.contains("nested") || error.message.contains("unknown key"), "{depth}: {error}");
        }
        for (open, close) in [("[", "]"), ("{\"not\":", "}"), ("{\"all\":[", "]}")] {
            let nested = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let route = format!("{{\"version\":1,\"route\":[{{\"name\":\"a\",\"queue\":\"b\",\"when\":{nested}}}]}}");
            if route.len() <= limits::POLICY_BYTES_MAX {
                assert!(json::read(&route).is_err());
            }
            let _ = json::Places::of(&nested);
        }
    }
}

#[test]
fn findings_are_found_again_in_both_formats() {
    let text = "version = 1\ndefault_queue = \"genel\"\n\n[[queue]]\nname = \"genel\"\nteams = [\"a\", \"b\", \"a\"]\nskills = { iade = 9 }\n\n[[sla]]\nname = \"şşş\"\n[sla.resolution]\nbudget = \"1h\"\ncalendar = \"ofis\"\n\n[[route]]\nname = \"r\"\nqueue = \"genel\"\nwhen = { any = [{ tag = \"x\" }, { kind = [\"praise\", \"x\"] }] }\n";
    let doc = toml::read(text).unwrap();
    let errors = doc.compile().unwrap_err();
    let places = toml::Places::of(text);
    let mut found: Vec<(&str, &str)> =
        errors.findings().iter().map(|finding| (finding.code, &text[places.span(&finding.path).unwrap()])).collect();
    found.sort_unstable();
    let expected = [
        ("duplicate_team", "\"a\""),
        ("skill_level", "9"),
        ("unknown_calendar", "\"ofis\""),
        ("unknown_kind", "\"x\""),
    ];
    assert_eq!(found, expected);

    let json = serde_json::to_string_pretty(&doc).unwrap();
    let places = json::Places::of(&json);
    for finding in errors.findings() {
        let value = &json[places.span(&finding.path).unwrap()];
        assert!(found.contains(&(finding.code, value)), "{value}");
    }
    let shown = render("shop.toml", text, errors.findings(), &toml::Places::of(text));
    let lines: Vec<&str> = shown.lines().filter(|line| line.contains("-->")).map(str::trim).collect();
    assert_eq!(lines, ["--> shop.toml:6:20", "--> shop.toml:7:19", "--> shop.toml:13:12", "--> shop.toml:18:52"]);
}

#[test]
fn a_missing_value_is_shown_at_what_should_hold_it() {
    let text = "{\"version\": 1, \"queue\": [{\"name\": \"a\"}]}";
    let places = json::Places::of(text);
    let span = |path: &DocPath| places.span(path).map(|span| text[span].to_owned());
    assert_eq!(span(&DocPath::root().key("default_queue")).as_deref(), Some(text));
    let queue = DocPath::root().key("queue").index(0);
    assert_eq!(span(&queue.key("teams").index(3)).as_deref(), Some("{\"name\": \"a\"}"));
    assert_eq!(json::Places::of("").span(&queue), None);
    assert_eq!(toml::Places::of("= no toml").span(&queue), None);
}

#[test]
fn keys_with_escapes_are_found() {
    let text = r#"{"calendar": {"of\u0066ice \"x\"": {"zone": "a\\\"b", "week": ""}}}"#;
    let path = DocPath::root().key("calendar").key("office \"x\"").key("zone");
    let span = json::Places::of(text).span(&path).unwrap();
    assert_eq!(&text[span], r#""a\\\"b""#);
}

/// Every value of a JSON text is found at its place, whatever it holds.
fn check_places(value: &serde_json::Value, place: &DocPath, text: &str, places: &json::Places) {
    let span = places.span(place).unwrap();
    assert_eq!(&serde_json::from_str::<serde_json::Value>(&text[span]).unwrap(), value, "{place}");
    match value {
        serde_json::Value::Object(map) => {
            map.iter().for_each(|(key, value)| check_places(value, &place.key(key), text, places));
        }
        serde_json::Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, value)| check_places(value, &place.index(i), text, places));
        }
        _ => {}
    }
}

#[test]
fn every_value_of_the_sample_is_found() {
    let compact = serde_json::to_string(&sample()).unwrap();
    let pretty = serde_json::to_string_pretty(&sample()).unwrap();
    for text in [compact, pretty] {
        let value = serde_json::from_str(&text).unwrap();
        check_places(&value, &DocPath::root(), &text, &json::Places::of(&text));
    }
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            proptest::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(1_500), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn places_of_any_json_are_those_of_its_values(value in any_json()) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            check_places(&value, &DocPath::root(), &text, &json::Places::of(&text));
        }
    }

    /// Slips in a sound text: it is read or refused, and never more than that.
    #[test]
    fn no_text_is_too_odd(cuts in proptest::collection::vec((0..6_000_usize, 0..30_usize, ".{0,6}"), 1..4), json in any::<bool>()) {
        let mut text = if json { serde_json::to_string_pretty(&sample()).unwrap() } else { SHOP.to_owned() };
        for (at, length, new) in cuts {
            let floor = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let (from, to) = (floor(at % (text.len() + 1)), floor(at % (text.len() + 1) + length));
            text.replace_range(from..to, &new);
        }
        let (read, shown) = if json {
            (json::read(&text), json::Places::of(&text).span(&DocPath::root().key("queue").index(1)))
        } else {
            (toml::read(&text), toml::Places::of(&text).span(&DocPath::root().key("queue").index(1)))
        };
        if let Some(span) = shown {
            prop_assert!(text.get(span).is_some());
        }
        match read {
            Err(error) => {
                prop_assert!(error.line >= 1 && error.column >= 1 && error.line <= text.split('\n').count());
                prop_assert!(error.render("f", &text).contains('^'));
            }
            Ok(doc) => {
                let places = json::Places::of(&text);
                if let Err(errors) = doc.compile() {
                    prop_assert!(!render("f", &text, errors.findings(), &places).is_empty());
                }
            }
        }
    }
}
