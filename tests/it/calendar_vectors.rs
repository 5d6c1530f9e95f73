//! `tests/vectors/business_time.jsonl`: business calendars, one question each, and the answer that other
//! implementations assert or agree on. Windows are wall-clock times, instants are UTC, amounts are seconds.

#![cfg(feature = "chrono-tz")]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use destek::calendar::{Calendar, CalendarDoc, Deadline, PieceKind, Reason, Segment};
use destek::time::{Span, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

const VECTORS: &str = include_str!("../vectors/business_time.jsonl");

#[derive(Deserialize)]
struct Vector {
    id: String,
    family: String,
    calendar: Described,
    op: Value,
    expect: Value,
}

type Hours = Vec<(String, String)>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    time_zone: String,
    weekly: BTreeMap<String, Hours>,
    #[serde(default)]
    holidays: Vec<String>,
    #[serde(default)]
    annual_holidays: Vec<String>,
    #[serde(default)]
    date_overrides: BTreeMap<String, Hours>,
    #[serde(default)]
    breaks: Vec<Cut>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cut {
    date: String,
    from: String,
    to: String,
}

impl Described {
    /// The same calendar in the words of a policy file.
    fn doc(&self) -> CalendarDoc {
        let hours = |hours: &Hours| hours.iter().map(|(from, to)| format!("{from}-{to}")).collect::<Vec<_>>().join(" ");
        let mut week = String::new();
        for (day, windows) in self.weekly.iter().filter(|(_, windows)| !windows.is_empty()) {
            write!(week, "{day} {}; ", hours(windows)).unwrap();
        }
        let replaced = |(date, windows): (&String, &Hours)| match windows.as_slice() {
            [] => format!("{date} closed"),
            _ => format!("{date} {}", hours(windows)),
        };
        CalendarDoc {
            zone: self.time_zone.clone(),
            week,
            holidays: self.holidays.iter().chain(&self.annual_holidays).cloned().collect(),
            overrides: self.date_overrides.iter().map(replaced).collect(),
            breaks: self.breaks.iter().map(|cut| format!("{} {}-{}", cut.date, cut.from, cut.to)).collect(),
        }
    }
}

/// What the calendar answers, in the words of the vectors; `None` for an operation that there is not yet.
fn answer(calendar: &Calendar, op: &Value) -> Option<Value> {
    let text = |field: &str| op[field].as_str().unwrap_or_else(|| panic!("no `{field}`"));
    let instant = |field: &str| text(field).parse::<Timestamp>().unwrap();
    Some(match text("kind") {
        "add" => {
            let deadline = calendar.add(instant("start"), Span::seconds(op["seconds"].as_i64().unwrap()));
            let at = match (text("boundary"), deadline) {
                (_, Deadline::Never) => None,
                ("earliest", Deadline::At { due, .. }) => Some(due),
                ("latest", Deadline::At { latest, .. }) => Some(latest),
                ("any", Deadline::At { due, latest }) => {
                    assert_eq!(due, latest, "one instant, not two");
                    Some(due)
                }
                (other, _) => panic!("unknown boundary {other}"),
            };
            json!({ "instant": at.map(written) })
        }
        "between" => {
            let open = calendar.elapsed(instant("start"), instant("end"));
            assert_eq!(open.as_millis() % 1_000, 0, "whole seconds");
            json!({ "seconds": open.as_seconds() })
        }
        "is_open" => json!({ "open": calendar.is_open(instant("at")) }),
        "next_open" => json!({ "instant": calendar.next_open(instant("at")).map(written) }),
        "segments" => {
            let segments = calendar.segments(instant("start"), instant("end"));
            json!({ "segments": segments.iter().map(|s| [written(s.from), written(s.to)]).collect::<Vec<_>>() })
        }
        "on_holiday" => {
            json!({ "on_holiday": matches!(reason(calendar, instant("at")), Some(Reason::Holiday { .. })) })
        }
        "on_break" => json!({ "on_break": reason(calendar, instant("at")) == Some(Reason::Break) }),
        "subtract" | "prev_open" | "add_days" | "subtract_days" => return None,
        other => panic!("unknown operation {other}"),
    })
}

fn reason(calendar: &Calendar, at: Timestamp) -> Option<Reason> {
    match calendar.pieces(at, at + Span::millis(1)).pop().map(|piece| piece.kind) {
        Some(PieceKind::Closed(reason)) => Some(reason),
        _ => None,
    }
}

fn written(at: Timestamp) -> String {
    at.to_string().replace(".000Z", "Z")
}

#[test]
fn business_time_vectors() {
    let (mut passed, mut missing) = (BTreeMap::new(), BTreeMap::new());
    let mut wrong = Vec::new();
    for line in VECTORS.lines() {
        let vector: Vector = serde_json::from_str(line).unwrap();
        assert_eq!(vector.family, "business_time", "{}", vector.id);
        let calendar = vector.calendar.doc().compile().unwrap_or_else(|findings| panic!("{}: {findings:?}", vector.id));
        let kind = vector.op["kind"].as_str().unwrap().to_owned();
        match answer(&calendar, &vector.op) {
            None => *missing.entry(kind).or_insert(0) += 1,
            Some(given) if given == vector.expect => *passed.entry(kind).or_insert(0) += 1,
            Some(given) => wrong.push(format!("{}: {} gives {given}, not {}", vector.id, vector.op, vector.expect)),
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    println!("passed {passed:?}, not there yet {missing:?}");
    let count = |kinds: &[(&str, i32)]| kinds.iter().map(|&(kind, n)| (kind.to_owned(), n)).collect::<BTreeMap<_, _>>();
    assert_eq!(
        passed,
        count(&[
            ("add", 185),
            ("between", 125),
            ("is_open", 44),
            ("next_open", 30),
            ("on_break", 2),
            ("on_holiday", 6),
            ("segments", 41)
        ])
    );
    // Backwards in time and in business days: the calendar has neither yet.
    assert_eq!(missing, count(&[("add_days", 12), ("prev_open", 12), ("subtract", 42), ("subtract_days", 9)]));
}

#[test]
fn every_vector_calendar_explains_itself() {
    for line in VECTORS.lines() {
        let vector: Vector = serde_json::from_str(line).unwrap();
        let calendar = vector.calendar.doc().compile().unwrap();
        let at = ["start", "at"].iter().find_map(|field| vector.op[*field].as_str()).unwrap();
        let from: Timestamp = at.parse().unwrap();
        let to = from + Span::days(9);
        let pieces = calendar.pieces(from, to);
        assert_eq!((pieces[0].from, pieces[pieces.len() - 1].to), (from, to), "{}", vector.id);
        for pair in pieces.windows(2) {
            assert!(pair[0].to == pair[1].from && pair[0].kind != pair[1].kind, "{}: {pair:?}", vector.id);
        }
        let open: Vec<Segment> = pieces
            .iter()
            .filter(|piece| piece.kind == PieceKind::Open)
            .map(|piece| Segment { from: piece.from, to: piece.to })
            .collect();
        assert_eq!(open, calendar.segments(from, to), "{}", vector.id);
        let sum: Span = open.iter().map(|segment| segment.to.since(segment.from)).sum();
        assert_eq!(sum, calendar.elapsed(from, to), "{}", vector.id);
    }
}
