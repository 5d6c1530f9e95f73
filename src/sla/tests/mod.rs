//! The tricky cases, one by one, and the laws over random histories.

// The clocks of these tests count in named zones.
#![cfg(feature = "chrono-tz")]

mod cases;
mod laws;

use super::*;
use crate::calendar::CalendarDoc;
use crate::id::Name;
use crate::time::{Budget, Span, Timestamp};

/// Monday 26 October 2026, midnight in Istanbul.
fn monday() -> Timestamp {
    "2026-10-26T00:00:00+03:00".parse().unwrap()
}

/// A day of that week, from 0 for Monday, at a time of day in Istanbul.
fn at(day: i64, hour: i64, minute: i64) -> Timestamp {
    monday() + Span::days(day) + Span::hours(hour) + Span::minutes(minute)
}

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn budget(text: &str) -> Budget {
    text.parse().unwrap()
}

/// `office` has a lunch break and a holiday on Thursday, `sparse` is open for a minute a week, `closed` never.
fn calendars() -> Calendars {
    let doc = |zone: &str, week: &str, holidays: &[&str]| {
        let holidays = holidays.iter().map(|&text| text.to_owned()).collect();
        CalendarDoc { zone: zone.into(), week: week.into(), holidays, ..CalendarDoc::default() }.compile().unwrap()
    };
    [
        ("office", doc("+03:00", "mon-fri 09:00-12:30 13:30-18:00", &["10-29 = Cumhuriyet Bayramı"])),
        ("nights", doc("America/New_York", "mon-sun 22:00-30:00", &["2026-11-01"])),
        ("sparse", doc("UTC", "wed 10:00-10:01", &[])),
        ("closed", doc("UTC", "", &[])),
    ]
    .into_iter()
    .map(|(text, calendar)| (name(text), calendar))
    .collect()
}

fn target(metric: Metric, calendar: &str, length: &str, warn_at: &[&str]) -> Target {
    let target = Target::new(name("gold"), metric, budget(length), "policy-1")
        .warning_at(warn_at.iter().map(|text| text.parse().unwrap()));
    if calendar == "always" { target } else { target.in_calendar(name(calendar)) }
}

fn cause(input: Input) -> Cause {
    Cause { version: 7, index: 0, why: name(input.as_str()) }
}

/// Clocks and calendars, moved as a desk would move them: time is settled before anything else.
#[derive(Debug, Clone)]
struct World {
    clocks: Clocks,
    calendars: Calendars,
    /// What time has caused, in the order in which it was recorded.
    caused: Vec<Event>,
}

impl World {
    fn new() -> Self {
        Self { clocks: Clocks::default(), calendars: calendars(), caused: Vec::new() }
    }

    /// A clock that was started with a target.
    fn started(target: Target, start: Timestamp) -> Self {
        let mut world = Self::new();
        world.unsettled(target.metric, Input::Started, start);
        world.clocks.apply(&Event::Targeted { target }, start);
        world
    }

    fn unsettled(&mut self, metric: Metric, input: Input, at: Timestamp) {
        self.clocks.apply(&Event::Moved { metric, input, cause: cause(input) }, at);
    }

    fn moved(&mut self, metric: Metric, input: Input, at: Timestamp) -> &mut Self {
        self.settle(at);
        self.unsettled(metric, input, at);
        self
    }

    fn targeted(&mut self, target: Target, at: Timestamp) -> &mut Self {
        self.settle(at);
        self.clocks.apply(&Event::Targeted { target }, at);
        self
    }

    /// Settles and gives what that caused.
    fn settle(&mut self, now: Timestamp) -> Vec<Event> {
        let caused = self.clocks.settle(&self.calendars, now);
        for event in &caused {
            self.clocks.apply(event, now);
        }
        self.caused.extend(caused.clone());
        caused
    }

    fn clock(&self, metric: Metric) -> &Clock {
        self.clocks.clock(metric).unwrap()
    }

    fn status(&self, metric: Metric, now: Timestamp) -> Status {
        self.clock(metric).status(&self.calendars, now)
    }
}

/// What a caused event says, without what the tests do not vary.
fn told(events: &[Event]) -> Vec<(String, Timestamp)> {
    let tell = |event: &Event| match event {
        Event::Warned { threshold, at, .. } => (threshold.to_string(), *at),
        Event::Breached { at, .. } => ("breach".to_owned(), *at),
        other => panic!("time does not cause {other:?}"),
    };
    events.iter().map(tell).collect()
}

fn running(due: Timestamp, remaining: Span) -> Status {
    Status::Running { due, due_latest: due, remaining }
}
