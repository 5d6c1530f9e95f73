//! The main example: its figures agree with its log, damage is noticed, and bad input is listed, not believed.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use destek::desk::Event;
use destek::ticket;
use serde_json::{Value, json};

#[path = "../../examples/shop_day/day.rs"]
mod day;

use day::{Day, input, verify};

/// A file of the test's own, gone afterwards.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("destek-it-{}-{name}", std::process::id())))
    }

    fn with(name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let place = Self::new(name);
        std::fs::write(&place.0, bytes).unwrap();
        place
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop_day")
}

/// Runs the program; its exit code, its output and what it says beside.
fn program(arguments: &[&str]) -> (u8, String, String) {
    let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = day::main(&arguments, &mut out, &mut err);
    (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

fn played(messages: &Path, effects: &Place) -> Day {
    let text = std::fs::read_to_string(home().join("policy.toml")).unwrap();
    let doc = destek::policy::toml::read(&text).unwrap();
    let policy = doc.compile().unwrap();
    Day::run(messages, (doc, policy), &effects.0, &mut std::io::sink()).unwrap()
}

#[test]
fn the_week_plays_everything_and_both_counts_agree() {
    let effects = Place::new("week.jsonl");
    let outcome = played(&home().join("messages.jsonl"), &effects).outcome().unwrap();
    assert_eq!(outcome.code(), day::AGREES, "{:?}", outcome.check);
    let value = serde_json::to_value(&outcome).unwrap();
    let number = |path: &str| value.pointer(path).and_then(Value::as_u64).unwrap_or_default();
    assert_eq!(number("/lines/accepted"), 375);
    assert_eq!(number("/figures/messages/received"), 375);
    let by_team = number("/figures/merges/split") + 1;
    assert!(number("/figures/tickets/opened") + number("/figures/messages/joined") >= 375 + by_team);
    assert_eq!(number("/figures/effects/undelivered"), 0);
    for done in ["reply", "note", "hold", "transfer", "grant", "resolve", "confirm", "refuse", "unassign", "set_field"]
    {
        assert!(number(&format!("/commands/done/{done}")) > 0, "nobody did `{done}`");
    }
    for happened in [
        "/commands/refused/grant/above_authority",
        "/figures/breaches/first_response",
        "/figures/warnings/resolution",
        "/figures/tickets/reopened",
        "/figures/tickets/states/closed",
        "/figures/tickets/states/spam",
        "/deliveries/repeated",
        "/figures/tickets/states/merged",
        "/figures/merges/undone",
        "/figures/merges/followed",
        "/figures/merges/split",
        "/figures/links/made/problem",
        "/figures/links/made/blocks",
        "/figures/links/made/parent",
        "/figures/links/answers_passed_on",
        "/figures/links/resolved_with",
        "/commands/refused/resolve/blocked",
        "/commands/refused/resolve/open_tasks",
        "/figures/tasks/checklists/iade",
        "/figures/tasks/done",
        "/figures/tasks/late",
        "/figures/tasks/dropped",
        "/figures/worked/corrected",
        "/figures/worked/seconds/iade",
        "/figures/inbox/taken",
    ] {
        assert!(number(happened) > 0, "`{happened}` did not happen");
    }
    assert!(number("/commands/agents") >= 12);
    assert_eq!(number("/commands/wakes_refused"), 0);
    let texts = value.pointer("/explained/0/text").and_then(Value::as_str).unwrap();
    assert!(texts.contains("çözüm") || texts.contains("ilk yanıt"), "{texts}");
    for kind in ["passed", "declined", "expired", "void"] {
        let queues = value["figures"]["approvals"].as_object().unwrap().values();
        assert!(
            queues.filter_map(|queue| queue["ends"][kind].as_u64()).sum::<u64>() > 0,
            "no approval ended as {kind}"
        );
    }
    let explained = value.pointer("/explained").and_then(Value::as_array).unwrap();
    assert!(explained.len() <= 8, "{}", explained.len());
    let breaches = value.pointer("/figures/breaches").and_then(Value::as_object).unwrap();
    assert_eq!(breaches.len(), 2, "both promises are broken now and then");
    for (metric, total) in breaches {
        assert!(explained.iter().any(|one| one["metric"] == *metric), "no sample of {metric}");
        for split in ["queues", "channels"] {
            let lines = value["figures"][split].as_object().unwrap().values();
            let parts: u64 = lines.filter_map(|line| line["breaches"][metric].as_u64()).sum();
            assert_eq!(Some(parts), total.as_u64(), "{metric} by {split}");
        }
    }
    let standstills = value.pointer("/figures/standstills").unwrap().to_string();
    assert!(standstills.contains("nobody_available"), "{standstills}");
}

#[test]
fn nobody_is_over_capacity_through_a_drain() {
    let effects = Place::new("capacity.jsonl");
    let day = played(&home().join("messages.jsonl"), &effects);
    let mut loads = BTreeMap::<String, i64>::new();
    let mut capacity = BTreeMap::new();
    // Who has which ticket, and whether it counts.
    let mut has = BTreeMap::<_, (Option<String>, bool)>::new();
    let mut before_merge = BTreeMap::new();
    for recorded in &day.evidence().unwrap().log {
        match &recorded.event {
            Event::Agent(destek::team::Event::Recorded { capacity: room, .. }) => {
                capacity.insert(recorded.record.to_string(), i64::from(*room));
            }
            Event::Ticket(event) => {
                use ticket::Event::{
                    Assigned, Closed, Confirmed, MarkedSpam, Merged, Refused, Reopened, Resolved, Unassigned, Unmerged,
                };
                let (agent, counts) = has.remove(&recorded.record).unwrap_or((None, true));
                if matches!(event, Merged { .. }) {
                    before_merge.insert(recorded.record.clone(), counts);
                }
                let drained = matches!(event, Assigned { how: ticket::Assignment::Drained, .. });
                let after = match event {
                    Assigned { agent, .. } => (Some(format!("agent/{agent}")), counts),
                    Unassigned { .. } | MarkedSpam { .. } => (None, counts),
                    Resolved { .. } | Confirmed { .. } | Closed { .. } | Merged { .. } => (agent.clone(), false),
                    Refused { .. } | Reopened { .. } => (agent.clone(), true),
                    Unmerged { .. } => (agent.clone(), before_merge.remove(&recorded.record).unwrap_or_default()),
                    _ => (agent.clone(), counts),
                };
                if let Some(before) = agent.filter(|_| counts) {
                    *loads.entry(before).or_default() -= 1;
                }
                if let Some(agent) = after.0.clone().filter(|_| after.1) {
                    let load = loads.entry(agent.clone()).or_default();
                    *load += 1;
                    assert!(!drained || *load <= capacity[&agent], "{agent} has {load} at {}", recorded.recorded);
                }
                has.insert(recorded.record.clone(), after);
            }
            _ => {}
        }
    }
}

#[test]
fn two_runs_print_the_same_bytes() {
    let (code, first, _) = program(&["--json"]);
    let (again, second, _) = program(&["--json"]);
    assert_eq!((code, again), (day::AGREES, day::AGREES));
    assert!(first == second, "two runs differ");
    assert!(serde_json::from_str::<Value>(&first).is_ok());
}

#[test]
fn the_text_says_that_it_was_counted_again() {
    let (code, text, err) = program(&[]);
    assert_eq!(code, day::AGREES, "{err}");
    for part in ["every figure agrees", "şikâyet", "First response", "everybody there was full", "nobody was there"] {
        assert!(text.contains(part), "`{part}` is missing in\n{text}");
    }
    assert!(err.contains("commands a second"), "{err}");
    assert!(!text.contains("lead told 0"), "{text}");
    let shown = include_str!("../../README.md").split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(shown.lines().count(), 10);
    for line in shown.lines() {
        assert!(text.contains(line.trim_end_matches('…')), "README.md shows what is not printed: `{line}`");
    }
    let (_, json, _) = program(&["--json"]);
    let refused = &serde_json::from_str::<Value>(&json).unwrap()["commands"]["refused"]["grant"]["above_authority"];
    assert!(text.contains(&format!("({refused} refused as above somebody's authority)")), "{refused}");
    let broken = text.split("Broken promises: ").nth(1).unwrap();
    for metric in ["\n  first_response: ", "\n  resolution: "] {
        assert!(broken.contains(metric), "`{metric}` is missing in\n{broken}");
    }
}

#[test]
fn a_lost_event_and_a_lost_effect_are_noticed() {
    let effects = Place::new("lost.jsonl");
    let day = played(&home().join("messages.jsonl"), &effects);
    let evidence = day.evidence().unwrap();
    assert!(day.outcome().unwrap().check.agrees);

    let row = &evidence.outbox[evidence.outbox.len() / 2];
    assert!(day.play.shop.store.tamper(&day.play.shop.tenant).lose_effect(&row.outgoing.key));
    let outcome = day.outcome().unwrap();
    assert_eq!(outcome.code(), day::DIFFERS);
    assert!(outcome.check.faults_listed.iter().any(|fault| fault.contains(&row.outgoing.key.to_string())));

    let day = played(&home().join("messages.jsonl"), &effects);
    let lost = &evidence.log[evidence.log.len() / 2];
    let tamper = day.play.shop.store.tamper(&day.play.shop.tenant);
    assert!(tamper.lose_event(&lost.record, lost.version, lost.index));
    let outcome = day.outcome().unwrap();
    assert_eq!(outcome.code(), day::DIFFERS);
    assert!(outcome.check.faults_listed.iter().any(|fault| fault.contains(&lost.record.to_string())));
}

/// The name of an event's kind, with that of a clock's event in it.
fn kind(event: &Event) -> String {
    match serde_json::to_value(event).unwrap() {
        Value::Object(map) => {
            let mut names = Vec::new();
            let mut inner = map;
            while let Some((name, value)) = inner.into_iter().next().filter(|_| names.len() < 3) {
                names.push(name);
                let Value::Object(next) = value else { break };
                inner = next;
                if names.len() == 2 && names[1] != "clock" {
                    break;
                }
            }
            names.join("/")
        }
        other => other.to_string(),
    }
}

#[test]
fn whichever_kind_of_event_is_lost_is_noticed() {
    let effects = Place::new("kinds.jsonl");
    let day = played(&home().join("messages.jsonl"), &effects);
    let mut evidence = day.evidence().unwrap();
    assert_eq!(day.faults(verify::recount(&evidence)), Vec::<String>::new());
    // The last event of a change leaves no gap behind, so that it is the hardest to miss.
    let is_last = |place: usize, log: &[destek::desk::Recorded]| {
        let next = log.get(place + 1);
        next.is_none_or(|next| (&next.record, next.version) != (&log[place].record, log[place].version))
    };
    let mut tried = BTreeSet::new();
    let mut places = Vec::new();
    for pass in [true, false] {
        for (place, recorded) in evidence.log.iter().enumerate().rev() {
            if is_last(place, &evidence.log) == pass && tried.insert(kind(&recorded.event)) {
                places.push(place);
            }
        }
    }
    let mut only_counted = BTreeSet::new();
    for place in places {
        let lost = evidence.log.remove(place);
        let mut faults = day.faults(verify::recount(&evidence));
        assert!(faults.iter().any(|fault| fault.starts_with("events.")), "{faults:?}");
        faults.retain(|fault| !fault.starts_with("events."));
        if faults.is_empty() {
            only_counted.insert(kind(&lost.event));
        }
        evidence.log.insert(place, lost);
    }
    // At the end of a change, a rule that wrote nothing, work that was begun and has moved on since, and the word that a
    // ticket may be a duplicate, leave no other trace than themselves.
    let wanted = ["ticket/possible_duplicate", "ticket/rule_fired", "ticket/started"];
    assert_eq!(only_counted, wanted.map(str::to_owned).into());
}

/// The program's end when one event is lost from the log of a week that was played: the middle one of a kind.
fn exit_without(kind: &str) -> u8 {
    let effects = Place::new(&format!("without-{}.jsonl", kind.replace('/', "-")));
    let day = played(&home().join("messages.jsonl"), &effects);
    let log = day.evidence().unwrap().log;
    let of_kind: Vec<_> = log.iter().filter(|recorded| kind_of(recorded) == kind).collect();
    assert!(!of_kind.is_empty(), "nothing is {kind}");
    let lost = of_kind[of_kind.len() / 2];
    assert!(day.play.shop.store.tamper(&day.play.shop.tenant).lose_event(&lost.record, lost.version, lost.index));
    day.outcome().unwrap().code()
}

fn kind_of(recorded: &destek::desk::Recorded) -> &'static str {
    match &recorded.event {
        Event::Ticket(event) => event.kind(),
        _ => "other",
    }
}

/// How many events of each kind are lost, one at a time.
const LOSSES_EACH: usize = 8;

/// Whichever event of these kinds is lost, something beside its own absence is noticed.
fn each_loss_is_noticed(kinds: &[&str]) {
    let effects = Place::new(&format!("each-{}.jsonl", kinds[0]));
    let day = played(&home().join("messages.jsonl"), &effects);
    let mut evidence = day.evidence().unwrap();
    let sound = day.figures();
    for kind in kinds {
        let places: Vec<usize> =
            (0..evidence.log.len()).filter(|place| kind_of(&evidence.log[*place]) == *kind).collect();
        assert!(!places.is_empty(), "nothing is {kind}");
        // A recount takes a while; some of each kind, over the whole time.
        let step = places.len().div_ceil(LOSSES_EACH);
        for place in places.into_iter().step_by(step) {
            let lost = evidence.log.remove(place);
            let recount = verify::recount(&evidence);
            let differs = sound.differences(&recount.figures);
            let told = recount.faults.iter().chain(differs.iter().filter(|fault| !fault.starts_with("events.")));
            assert!(told.count() > 0, "{kind} of {} at {} is missed by nobody", lost.record, lost.version);
            evidence.log.insert(place, lost);
        }
    }
}

#[test]
fn an_approval_that_loses_its_end_is_noticed() {
    assert_eq!(exit_without("approval_ended"), day::DIFFERS);
    each_loss_is_noticed(&["approval_ended", "approval_asked", "approved", "declined", "granted"]);
}

#[test]
fn a_merge_that_is_lost_is_noticed() {
    assert_eq!(exit_without("merged"), day::DIFFERS);
    each_loss_is_noticed(&["merged", "absorbed", "unmerged", "released", "split_off"]);
}

#[test]
fn a_link_that_is_lost_is_noticed() {
    assert_eq!(exit_without("linked"), day::DIFFERS);
    each_loss_is_noticed(&["linked", "heeded"]);
}

#[test]
fn the_end_of_a_task_that_is_lost_is_noticed() {
    assert_eq!(exit_without("task_completed"), day::DIFFERS);
    each_loss_is_noticed(&["task_completed", "task_overdue", "task_dropped", "checklist_applied", "time_corrected"]);
}

#[test]
fn lines_that_cannot_be_used_are_listed_without_their_text() {
    let long = "ş".repeat(destek::limits::BODY_BYTES_MAX / 2 + 1);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let cases: [(Vec<u8>, &str); 22] = [
        (b"secret".to_vec(), "not JSON at column 1"),
        (b"{\"text\": \"secret\"".to_vec(), "not JSON at column 17"),
        (deep.into_bytes(), "nested too deep"),
        (b"[\"secret\"]".to_vec(), "not a JSON object"),
        (b"{\"text\": \"secret \xff\"}".to_vec(), "not UTF-8"),
        (json!({"id": "secret"}).to_string().into(), "no `text`"),
        (json!({"text": null}).to_string().into(), "no `text`"),
        (json!({"text": " \n\t\u{a0}"}).to_string().into(), "`text` is blank"),
        (json!({"text": ["secret"]}).to_string().into(), "`text` is not a text"),
        (json!({"text": "secret\0"}).to_string().into(), "`text` has a NUL character"),
        (json!({"text": "a", "subject": "secret\0"}).to_string().into(), "`subject` has a NUL character"),
        (br#"{"text": "secret \ud800"}"#.to_vec(), "a lone surrogate"),
        (br#"{"text": "secret \udc00 tail"}"#.to_vec(), "a lone surrogate"),
        (json!({"text": long}).to_string().into(), "`text` has 65538 bytes, at most 65536 are allowed"),
        (json!({"text": "a", "subject": "s".repeat(999)}).to_string().into(), "`subject` has 999 bytes"),
        (json!({"text": "a", "at": "secret"}).to_string().into(), "`at` is no instant"),
        (json!({"text": "a", "at": "2026-02-30T10:00:00Z"}).to_string().into(), "`at` is no instant"),
        (json!({"text": "a", "at": "1969-12-31T23:59:59Z"}).to_string().into(), "outside 1970 to 2199"),
        (json!({"text": "a", "at": "2200-01-01T00:00:00Z"}).to_string().into(), "outside 1970 to 2199"),
        (json!({"text": "a", "channel": "secret"}).to_string().into(), "`channel` is none of email, chat"),
        (json!({"text": "a", "customer": "secret\n"}).to_string().into(), "`customer` is no key"),
        (json!({"text": "a", "order": "x".repeat(129)}).to_string().into(), "`order` is no key"),
    ];
    let mut file = b"\xef\xbb\xbf{\"id\": 1, \"text\": \"a\", \"other\": {\"x\": [1]}}\r\n\n".to_vec();
    for (line, _) in &cases {
        file.extend_from_slice(line);
        file.push(b'\n');
    }
    file.extend_from_slice(b"{\"id\": \"1\", \"text\": \"again\"}\n{\"text\": \"last, without an end\"}");
    let reading = input::read(Cursor::new(file)).unwrap();
    assert_eq!(reading.messages.len(), 2);
    assert_eq!(reading.lines, 25, "the empty line is none");
    for (place, (_, reason)) in cases.iter().enumerate() {
        let unusable = &reading.unusable[place];
        assert_eq!(unusable.line, place as u64 + 3);
        assert!(unusable.reason.contains(reason), "`{}` is not `{reason}`", unusable.reason);
        assert!(!unusable.reason.contains("secret"), "{}", unusable.reason);
    }
    assert_eq!(reading.unusable[22].reason, "its `id` stands in line 1 already");
}

/// A line of ten megabytes that is never held by anybody, and a good one behind it.
struct Endless {
    left: usize,
    tail: Cursor<&'static [u8]>,
    largest: usize,
}

impl std::io::Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            return self.tail.read(buffer);
        }
        let size = buffer.len().min(self.left);
        self.largest = self.largest.max(buffer.len());
        buffer[..size].fill(b'x');
        self.left -= size;
        Ok(size)
    }
}

#[test]
fn a_line_of_ten_megabytes_is_passed_over_without_being_held() {
    let mut endless = Endless { left: 10_000_000, tail: Cursor::new(b"\n{\"text\": \"iade\"}\n"), largest: 0 };
    let reading = input::read(std::io::BufReader::new(&mut endless)).unwrap();
    assert_eq!((reading.messages.len(), reading.unusable.len()), (1, 1));
    assert_eq!(reading.messages[0].line, 2);
    assert_eq!(reading.unusable[0].reason, "the line has 10000000 bytes, at most 1048576 are read");
    assert!(endless.largest <= input::LINE_BYTES_MAX, "{}", endless.largest);
}

#[test]
fn packed_files_bad_lines_and_years_far_apart_are_one_day_too() {
    use std::io::Write as _;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let line = |at: &str, text: &str| json!({"at": at, "customer": "c", "text": text}).to_string();
    for text in [line("1970-01-01T00:00:00Z", "kargom nerede"), line("2199-12-31T23:59:59Z", "iade"), "?".to_owned()] {
        writeln!(packed, "{text}").unwrap();
    }
    for number in 0..60 {
        writeln!(packed, "{}", json!({"text": format!("fatura {number}"), "customer": null})).unwrap();
    }
    let messages = Place::with("packed.jsonl.gz", packed.finish().unwrap());
    let effects = Place::new("packed-effects.jsonl");
    let arguments = ["--json", "--messages", messages.0.to_str().unwrap(), "--effects", effects.0.to_str().unwrap()];
    let (code, out, err) = program(&arguments);
    assert_eq!(code, day::AGREES, "{err}");
    let value: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        value["lines"],
        json!({
            "read": 63, "accepted": 62, "unusable": 1,
            "unusable_listed": [{"line": 3, "reason": "not JSON at column 1"}]
        })
    );
    assert!(std::fs::metadata(&effects.0).unwrap().len() > 0, "the file that was asked for is kept");
}

#[test]
fn an_empty_file_is_an_empty_day() {
    let messages = Place::with("empty.jsonl", "");
    let (code, out, err) = program(&["--messages", messages.0.to_str().unwrap()]);
    assert_eq!(code, day::AGREES, "{err}");
    assert!(out.contains("0 messages made 0 tickets"), "{out}");
    assert!(out.contains("nothing: no queue ever stood still"), "{out}");
}

#[test]
fn another_policy_is_played_as_well_from_json() {
    let policy = destek::policy::sample().compile().unwrap();
    let file = Place::with("policy.json", policy.document().as_bytes());
    let (code, out, err) = program(&["--json", "--policy", file.0.to_str().unwrap()]);
    assert_eq!(code, day::AGREES, "{err}");
    let value: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(value["policy"], policy.digest().to_string());
}

#[test]
fn what_cannot_be_used_is_said_with_code_2() {
    let wrong = Place::with("wrong.toml", "version = 1\ndefault_queue = \"genl\"\n[[queue]]\nname = \"genel\"\n");
    let (wrong, gone) = (wrong.0.to_str().unwrap().to_owned(), wrong);
    for (arguments, part) in [
        (&["--db", "x.sqlite"][..], "needs the feature `sqlite`, which comes later"),
        (&["--jsn"][..], "`--jsn` is no option"),
        (&["--messages"][..], "`--messages` needs a file"),
        (&["--messages=nowhere.jsonl"][..], "cannot read `nowhere.jsonl`"),
        (&["--policy=nowhere.toml"][..], "cannot read `nowhere.toml`"),
        (&["--policy=Cargo.lock"][..], "give it the ending .toml or .json"),
        (&["--policy", &wrong][..], "did you mean `genel`?"),
    ] {
        let (code, out, err) = program(arguments);
        assert_eq!((code, out.as_str()), (day::UNUSABLE, ""), "{err}");
        assert!(err.contains(part), "{err}");
    }
    drop(gone);
    let (code, out, _) = program(&["--help"]);
    assert_eq!(code, day::AGREES);
    assert!(out.contains("--policy FILE"));
}
