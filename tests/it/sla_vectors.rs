//! `tests/vectors/sla.jsonl`: a policy, a ticket's events, and what its clocks read at one instant, as other
//! implementations assert or agree on. The events are mapped to inputs here; choosing the policy is retargeting.

#![cfg(feature = "chrono-tz")]

use std::collections::BTreeMap;

use destek::calendar::CalendarDoc;
use destek::id::Name;
use destek::sla::{Calendars, Cause, Clock, Clocks, Event, Input, Metric, Status, StretchKind, Target};
use destek::time::{Budget, Span, Timestamp};
use serde::Deserialize;
use serde_json::Value;

const VECTORS: &str = include_str!("../vectors/sla.jsonl");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    id: String,
    family: String,
    #[serde(rename = "source")]
    _source: Value,
    #[serde(rename = "tags", default)]
    _tags: Value,
    calendars: BTreeMap<String, Described>,
    policy: Policies,
    #[serde(default)]
    rules: Rules,
    events: Vec<Happened>,
    evaluate_at: Timestamp,
    expect: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    time_zone: String,
    weekly: BTreeMap<String, Vec<(String, String)>>,
    #[serde(default)]
    holidays: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Policies {
    #[serde(default)]
    metrics: BTreeMap<Metric, Promise>,
    #[serde(default)]
    policies: Vec<Policy>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Policy {
    id: String,
    #[serde(default)]
    when: BTreeMap<String, Vec<String>>,
    metrics: BTreeMap<Metric, Promise>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Promise {
    target_s: u64,
    calendar: Option<String>,
    pauses_on: Vec<String>,
    #[serde(default)]
    stops_on: Vec<String>,
    starts_at: Option<Timestamp>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    boundary: Option<String>,
    on_policy_change: Option<String>,
    on_reopen: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Happened {
    Created { at: Timestamp, by: String, status: String, priority: Option<String>, policy: Option<String> },
    AgentReply { at: Timestamp, public: bool },
    CustomerMessage { at: Timestamp },
    Status { at: Timestamp, to: String },
    Priority { at: Timestamp, to: String },
    Policy { at: Timestamp, to: String },
}

impl Happened {
    const fn at(&self) -> Timestamp {
        match self {
            Self::Created { at, .. }
            | Self::AgentReply { at, .. }
            | Self::CustomerMessage { at }
            | Self::Status { at, .. }
            | Self::Priority { at, .. }
            | Self::Policy { at, .. } => *at,
        }
    }
}

impl Described {
    fn doc(&self) -> CalendarDoc {
        let day = |(day, windows): (&String, &Vec<(String, String)>)| {
            let windows: Vec<String> = windows.iter().map(|(from, to)| format!("{from}-{to}")).collect();
            format!("{day} {}", windows.join(" "))
        };
        let week =
            self.weekly.iter().filter(|(_, windows)| !windows.is_empty()).map(day).collect::<Vec<_>>().join("; ");
        let holidays = self.holidays.clone();
        CalendarDoc { zone: self.time_zone.clone(), week, holidays, ..CalendarDoc::default() }
    }
}

/// The ticket of a vector, as far as its clocks care.
struct Ticket<'v> {
    vector: &'v Vector,
    calendars: Calendars,
    clocks: Clocks,
    status: String,
    by_agent: bool,
    priority: Option<String>,
    policy: Option<String>,
}

impl<'v> Ticket<'v> {
    fn new(vector: &'v Vector) -> Self {
        let compile = |(name, described): (&String, &Described)| {
            let calendar = described.doc().compile().unwrap_or_else(|findings| panic!("{}: {findings:?}", vector.id));
            (Name::new(name).unwrap(), calendar)
        };
        Self {
            vector,
            calendars: vector.calendars.iter().map(compile).collect(),
            clocks: Clocks::default(),
            status: String::new(),
            by_agent: false,
            priority: None,
            policy: None,
        }
    }

    /// What is promised to the ticket as it stands.
    fn promises(&self) -> (&'v str, BTreeMap<Metric, Promise>) {
        let document = &self.vector.policy;
        if document.policies.is_empty() {
            return ("only", document.metrics.clone());
        }
        let applies = |policy: &&Policy| match &self.policy {
            Some(id) => policy.id == *id,
            None => policy.when.iter().all(|(field, allowed)| {
                assert_eq!(field, "priority", "{}", self.vector.id);
                self.priority.as_ref().is_some_and(|priority| allowed.contains(priority))
            }),
        };
        let policy = document.policies.iter().find(applies);
        policy.map_or(("none", BTreeMap::new()), |policy| (policy.id.as_str(), policy.metrics.clone()))
    }

    fn moved(&mut self, metric: Metric, input: Input, at: Timestamp) {
        let cause = Cause { version: 1, index: 0, why: Name::new(input.as_str()).unwrap() };
        self.clocks.apply(&Event::Moved { metric, input, cause }, at);
    }

    fn settle(&mut self, now: Timestamp) {
        for event in self.clocks.settle(&self.calendars, now) {
            self.clocks.apply(&event, now);
        }
    }

    fn take(&mut self, event: &Happened) {
        let at = event.at();
        self.settle(at);
        match event {
            Happened::Created { by, status, priority, policy, .. } => {
                self.by_agent = by == "agent";
                self.status.clone_from(status);
                (self.priority, self.policy) = (priority.clone(), policy.clone());
                for (metric, promise) in self.promises().1 {
                    if !(self.by_agent && metric == Metric::FirstResponse) {
                        self.moved(metric, Input::Started, promise.starts_at.unwrap_or(at));
                        self.follow(metric, &promise, at);
                    }
                }
            }
            Happened::AgentReply { public: true, .. } => self.moved(Metric::FirstResponse, Input::Stopped, at),
            Happened::AgentReply { public: false, .. } | Happened::CustomerMessage { .. } => {}
            Happened::Status { to, .. } => {
                self.status.clone_from(to);
                for (metric, promise) in self.promises().1 {
                    self.follow(metric, &promise, at);
                }
            }
            Happened::Priority { to, .. } => self.priority = Some(to.clone()),
            Happened::Policy { to, .. } => self.policy = Some(to.clone()),
        }
        self.choose(at);
    }

    /// What the status does to a clock.
    fn follow(&mut self, metric: Metric, promise: &Promise, at: Timestamp) {
        if promise.stops_on.contains(&self.status) {
            return self.moved(metric, Input::Stopped, at);
        }
        self.moved(metric, Input::Resumed, at);
        if promise.pauses_on.contains(&self.status) {
            self.moved(metric, Input::Paused, at);
        }
    }

    fn choose(&mut self, at: Timestamp) {
        let (id, mut promises) = self.promises();
        if self.by_agent {
            promises.remove(&Metric::FirstResponse);
        }
        for metric in Metric::ALL {
            let present = self.clocks.clock(metric).and_then(Clock::target).cloned();
            let chosen = promises.get(&metric).map(|promise| {
                let budget = Budget::seconds(promise.target_s).unwrap();
                let target = Target::new(Name::new(id).unwrap(), metric, budget, id);
                match &promise.calendar {
                    Some(calendar) => target.in_calendar(Name::new(calendar).unwrap()),
                    None => target,
                }
            });
            match chosen {
                Some(target) if present.as_ref() != Some(&target) => {
                    self.clocks.apply(&Event::Targeted { target }, at);
                }
                None if present.is_some() => self.clocks.apply(&Event::Dropped { metric }, at),
                _ => {}
            }
        }
    }

    /// What a clock reads, in the words of the vectors.
    fn reads(&self, metric: Metric, field: &str, now: Timestamp) -> Value {
        let Some(clock) = self.clocks.clock(metric) else {
            return match field {
                "state" => "not_applicable".into(),
                "due_at" => Value::Null,
                other => panic!("`{other}` of no clock"),
            };
        };
        let status = clock.status(&self.calendars, now);
        let elapsed = clock.elapsed(&self.calendars, now);
        match (field, &status) {
            ("elapsed_s", _) => whole(elapsed).into(),
            ("remaining_s", _) => whole(clock.judged_by().unwrap().budget.span() - elapsed).into(),
            ("breached", _) => {
                assert_eq!(status.is_late(), clock.breach().is_some(), "{}: verdict and record differ", self.vector.id);
                status.is_late().into()
            }
            ("met_at", _) => written(clock.stopped()),
            ("due_at", Status::Running { due, due_latest, .. }) => match self.vector.rules.boundary.as_deref() {
                Some("latest") => written(Some(*due_latest)),
                Some("earliest") => written(Some(*due)),
                // One instant, unless the deadline has passed.
                None if due > &now => {
                    assert_eq!(due, due_latest, "{}: two instants", self.vector.id);
                    written(Some(*due))
                }
                None => written(Some(*due)),
                Some(other) => panic!("unknown boundary `{other}`"),
            },
            ("due_at", _) => written(clock.due(&self.calendars)),
            ("state", status) => match status {
                Status::Running { .. } => "running",
                Status::Paused { .. } => "paused",
                Status::Met { .. } => "met",
                Status::Missed { .. } => "missed",
                Status::Idle => "idle",
                Status::NotApplicable => "not_applicable",
                other => panic!("no word for {other:?}"),
            }
            .into(),
            (other, _) => panic!("unknown field `{other}`"),
        }
    }

    /// The time spent in a pause: by the wall clock, and as far as the calendar was open.
    fn paused(&self, now: Timestamp) -> (i64, i64) {
        let clock = self.clocks.clock(Metric::Resolution).unwrap();
        let calendar = clock.judged_by().and_then(|target| self.calendars.calendar(target.calendar.as_ref())).unwrap();
        let explanation = clock.explain(&self.calendars, now);
        let pauses = explanation.stretches.iter().filter(|stretch| matches!(stretch.kind, StretchKind::Paused(_)));
        let (wall, open): (Vec<Span>, Vec<Span>) =
            pauses.map(|pause| (pause.lasted(), calendar.elapsed(pause.from, pause.to))).unzip();
        (whole(wall.into_iter().sum()), whole(open.into_iter().sum()))
    }
}

fn whole(span: Span) -> i64 {
    assert_eq!(span.as_millis() % 1_000, 0, "whole seconds");
    span.as_seconds()
}

fn written(at: Option<Timestamp>) -> Value {
    at.map(|at| at.to_string().replace(".000Z", "Z")).into()
}

/// What differs from the expectation.
fn differences(vector: &Vector) -> Vec<String> {
    for (rule, known) in
        [(&vector.rules.on_policy_change, "from_creation"), (&vector.rules.on_reopen, "resume_excluding_stopped_time")]
    {
        assert!(rule.as_ref().is_none_or(|rule| rule == known), "{}: unknown rule {rule:?}", vector.id);
    }
    let mut ticket = Ticket::new(vector);
    let now = vector.evaluate_at;
    for event in vector.events.iter().filter(|event| event.at() <= now) {
        ticket.take(event);
    }
    ticket.settle(now);
    let mut wrong = Vec::new();
    let mut compare = |what: &str, given: Value, expected: &Value| {
        if given != *expected {
            wrong.push(format!("{}: {what} is {given}, not {expected}", vector.id));
        }
    };
    for (what, expected) in &vector.expect {
        match what.as_str() {
            "next_due_at" => compare(what, written(ticket.clocks.due(&ticket.calendars)), expected),
            "paused_s" => compare(what, ticket.paused(now).0.into(), expected),
            "paused_business_s" => compare(what, ticket.paused(now).1.into(), expected),
            metric => {
                let known: Metric = serde_json::from_value(metric.into()).unwrap();
                for (field, expected) in expected.as_object().unwrap() {
                    compare(&format!("{metric}.{field}"), ticket.reads(known, field, now), expected);
                }
            }
        }
    }
    wrong
}

#[test]
fn sla_vectors() {
    let (mut run, mut fields, mut wrong) = (0, 0, Vec::new());
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for line in VECTORS.lines() {
        // Metrics that do not exist yet are known by name; anything else unknown fails to be read.
        let later =
            ["next_response", "periodic_update"].into_iter().find(|metric| line.contains(&format!("\"{metric}\":")));
        if let Some(metric) = later {
            *left.entry(metric).or_default() += 1;
            continue;
        }
        let vector: Vector = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
        assert_eq!(vector.family, "sla", "{}", vector.id);
        assert!(!vector.expect.is_empty(), "{} expects nothing", vector.id);
        wrong.extend(differences(&vector));
        fields +=
            vector.expect.values().map(|expected| expected.as_object().map_or(1, |object| object.len())).sum::<usize>();
        run += 1;
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    println!("sla vectors: {run} run with {fields} expectations, left for later metrics {left:?}");
    assert_eq!((run, fields), (124, 433));
    assert_eq!(left, BTreeMap::from([("next_response", 20), ("periodic_update", 2)]));
}
