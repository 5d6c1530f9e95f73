//! What business time costs. Every decision on a ticket asks a calendar some ten times, so that one question has to
//! cost well below a microsecond where the answer is near, and must not grow with the years where it is far: windows
//! are jumped over, not stepped through.
//!
//! Targets on one core of a quiet machine: `calendar/add/8h` and `calendar/elapsed/2d` below 1 microsecond,
//! `calendar/add/2000h` and `calendar/elapsed/1y` (some 250 working days) below 20 microseconds.

use criterion::{Criterion, criterion_group, criterion_main};
use destek::calendar::Calendar;
use destek::id::Name;
use destek::policy;
use destek::time::{Span, Timestamp};

fn measure(c: &mut Criterion, calendar: &Calendar, from: Timestamp) {
    for (name, amount) in [("8h", Span::hours(8)), ("2000h", Span::hours(2_000))] {
        c.bench_function(&format!("calendar/add/{name}"), |bench| bench.iter(|| calendar.add(from, amount)));
    }
    for (name, length) in [("2d", Span::days(2)), ("1y", Span::days(365))] {
        let to = from + length;
        c.bench_function(&format!("calendar/elapsed/{name}"), |bench| bench.iter(|| calendar.elapsed(from, to)));
    }
}

fn all(c: &mut Criterion) {
    let policy = policy::sample().compile().ok();
    let office = Name::new("office").ok();
    let calendar = policy.as_ref().and_then(|policy| policy.calendars().calendar(office.as_ref()));
    match (calendar, "2026-11-27T07:00:00Z".parse()) {
        (Some(calendar), Ok(from)) => measure(c, calendar, from),
        _ => eprintln!("not measured: the sample policy has no office"),
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
