//! The laws of the business calendar, and a plain reading of it minute by minute that it has to equal.

#![cfg(feature = "chrono-tz")]

use std::fmt::Write as _;

use chrono::{Datelike as _, Days, NaiveDate, Offset as _, TimeDelta, TimeZone as _};
use chrono_tz::Tz;
use destek::calendar::{Calendar, CalendarDoc, Deadline, PieceKind, Reason, Segment};
use destek::time::{Span, Timestamp};
use proptest::prelude::*;

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Days on which a clock was changed: forward and back, by 30 minutes to a day, at midnight and just after it,
/// with and without a change of daylight saving time; and two ordinary ones.
const PLACES: [(&str, (i32, u32, u32)); 20] = [
    ("Europe/Istanbul", (2026, 5, 19)),
    ("Europe/Istanbul", (2016, 3, 27)),
    ("Europe/Istanbul", (2015, 11, 8)),
    ("Europe/Berlin", (2026, 3, 29)),
    ("Europe/Berlin", (2026, 10, 25)),
    ("America/New_York", (2024, 3, 10)),
    ("America/New_York", (2024, 11, 3)),
    ("Australia/Lord_Howe", (2024, 4, 7)),
    ("Australia/Lord_Howe", (2024, 10, 6)),
    ("America/St_Johns", (2011, 3, 13)),
    ("America/St_Johns", (2010, 11, 7)),
    ("Pacific/Apia", (2011, 12, 30)),
    ("America/Sao_Paulo", (2018, 11, 4)),
    ("America/Sao_Paulo", (2018, 2, 18)),
    ("Africa/Casablanca", (2024, 3, 10)),
    ("Africa/Casablanca", (2024, 4, 14)),
    ("Europe/Dublin", (2024, 10, 27)),
    ("Europe/Moscow", (2014, 10, 26)),
    ("America/Caracas", (2007, 12, 9)),
    ("Asia/Kathmandu", (2024, 2, 29)),
];

/// A calendar as data of its own, to be read in two ways. Days count from the place's date, times in minutes.
#[derive(Debug, Clone)]
struct Sample {
    place: usize,
    week: Vec<(usize, u32, u32)>,
    holidays: Vec<(i64, i64, u32)>,
    annual: Vec<(i64, u32)>,
    overrides: Vec<(i64, Vec<(u32, u32)>)>,
    breaks: Vec<(i64, u32, u32)>,
}

/// What a minute is, by the plain reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Open,
    OutOfHours,
    Holiday,
    Break,
    Override,
}

fn clock(minutes: u32) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

impl Sample {
    fn zone(&self) -> Tz {
        PLACES[self.place].0.parse().unwrap()
    }

    fn date(&self, day: i64) -> NaiveDate {
        let (year, month, of_month) = PLACES[self.place].1;
        NaiveDate::from_ymd_opt(year, month, of_month).unwrap() + TimeDelta::days(day)
    }

    fn instant(&self, day: i64) -> Timestamp {
        Timestamp::from(self.date(day).and_hms_opt(0, 0, 0).unwrap().and_utc())
    }

    fn doc(&self) -> CalendarDoc {
        let mut week = String::new();
        for (day, from, to) in &self.week {
            write!(week, "{} {}-{};", WEEKDAYS[*day], clock(*from), clock(*to)).unwrap();
        }
        let dated = self.holidays.iter().map(|&(first, length, from)| match (length, from) {
            (1, 0) => self.date(first).to_string(),
            (1, _) => format!("{} from {}", self.date(first), clock(from)),
            _ => format!("{}..{}", self.date(first), self.date(first + length - 1)),
        });
        let annual =
            self.annual.iter().map(|&(day, from)| format!("{} from {}", self.date(day).format("%m-%d"), clock(from)));
        let replaced = self.overrides.iter().map(|(day, windows)| {
            let hours = windows.iter().map(|&(from, to)| format!("{}-{}", clock(from), clock(to)));
            let hours = if windows.is_empty() { "closed".to_owned() } else { hours.collect::<Vec<_>>().join(" ") };
            format!("{} {hours}", self.date(*day))
        });
        CalendarDoc {
            zone: PLACES[self.place].0.to_owned(),
            week,
            holidays: dated.chain(annual).collect(),
            overrides: replaced.collect(),
            breaks: self
                .breaks
                .iter()
                .map(|&(day, from, to)| format!("{} {}-{}", self.date(day), clock(from), clock(to)))
                .collect(),
        }
    }

    fn calendar(&self) -> Calendar {
        self.doc().compile().unwrap_or_else(|findings| panic!("{findings:?}"))
    }

    /// From which minute a day is a holiday.
    fn holiday(&self, date: NaiveDate) -> Option<u32> {
        let dated = self.holidays.iter().filter(|&&(first, length, _)| {
            (self.date(first)..self.date(first) + Days::new(length.unsigned_abs())).contains(&date)
        });
        let dated = dated.map(|&(_, length, from)| if length == 1 { from } else { 0 });
        let annual = self
            .annual
            .iter()
            .filter(|&&(day, _)| (self.date(day).month(), self.date(day).day()) == (date.month(), date.day()));
        dated.chain(annual.map(|&(_, from)| from)).min()
    }

    fn kind(&self, date: NaiveDate, minute: u32) -> Kind {
        let yesterday = date - Days::new(1);
        let late = minute + 1_440;
        let within = |&(from, to): &(u32, u32), minute: u32| from <= minute && minute < to;
        let replaced = |date: NaiveDate| self.overrides.iter().find(|(day, _)| self.date(*day) == date);
        let weekly = |date: NaiveDate, minute: u32| {
            let weekday = date.weekday().num_days_from_monday() as usize;
            self.week.iter().any(|&(day, from, to)| day == weekday && within(&(from, to), minute))
        };
        let paused = self.breaks.iter().any(|&(day, from, to)| {
            (self.date(day) == date && within(&(from, to), minute))
                || (self.date(day) == yesterday && within(&(from, to), late))
        });
        if paused {
            return Kind::Break;
        }
        if replaced(yesterday).is_some_and(|(_, windows)| windows.iter().any(|window| within(window, late))) {
            return Kind::Open;
        }
        if let Some((_, windows)) = replaced(date) {
            return if windows.iter().any(|window| within(window, minute)) { Kind::Open } else { Kind::Override };
        }
        if self.holiday(date).is_some_and(|from| minute >= from) {
            return Kind::Holiday;
        }
        let night = replaced(yesterday).is_none() && self.holiday(yesterday).is_none() && weekly(yesterday, late);
        if weekly(date, minute) || night { Kind::Open } else { Kind::OutOfHours }
    }

    /// Every minute of the days between, read from the clock that never goes back: the latest time shown so far.
    fn minutes(&self, first: i64, last: i64) -> Vec<Kind> {
        let zone = self.zone();
        let start = self.instant(first - 3).to_datetime().naive_utc();
        let mut latest = chrono::NaiveDateTime::MIN;
        let mut kinds = Vec::new();
        for minute in 0..(last - first + 3) * 1_440 {
            let at = start + TimeDelta::minutes(minute);
            let offset = zone.offset_from_utc_datetime(&at).fix().local_minus_utc();
            latest = latest.max(at + TimeDelta::seconds(offset.into()));
            if minute >= 3 * 1_440 {
                let of_day = latest.time().signed_duration_since(chrono::NaiveTime::MIN).num_minutes();
                kinds.push(self.kind(latest.date(), u32::try_from(of_day).unwrap()));
            }
        }
        kinds
    }
}

/// Mostly the quarter hours that people write; a window may run past midnight.
fn window() -> impl Strategy<Value = (u32, u32)> {
    let from = prop_oneof![4 => (0..96u32).prop_map(|quarter| quarter * 15), 1 => 0..1_440u32];
    let length = prop_oneof![4 => (1..96u32).prop_map(|quarter| quarter * 15), 1 => 1..1_440u32];
    (from, length).prop_map(|(from, length)| (from, from + length))
}

fn sample() -> impl Strategy<Value = Sample> {
    let week = prop_oneof![
        8 => prop::collection::vec((0..7usize, window()), 0..12),
        1 => Just((0..7).map(|day| (day, (0, 1_440))).collect::<Vec<_>>()),
        1 => Just((0..7).map(|day| (day, (1_320, 1_800))).collect::<Vec<_>>()),
    ];
    let closing = prop_oneof![2 => Just(0u32), 1 => (1..96u32).prop_map(|quarter| quarter * 15)];
    let holidays = prop::collection::vec((-5..6i64, 1..4i64, closing.clone()), 0..4);
    let annual = prop::collection::vec((-5..6i64, closing), 0..2);
    let overrides = prop::collection::btree_map(-5..6i64, prop::collection::vec(window(), 0..3), 0..4);
    let breaks = prop::collection::vec((-5..6i64, window()), 0..4);
    (0..PLACES.len(), week, holidays, annual, overrides, breaks).prop_map(
        |(place, week, holidays, annual, overrides, breaks)| Sample {
            place,
            week: week.into_iter().map(|(day, (from, to))| (day, from, to)).collect(),
            // A range closes whole days.
            holidays: holidays.into_iter().map(|(day, n, from)| (day, n, if n == 1 { from } else { 0 })).collect(),
            annual,
            overrides: overrides.into_iter().collect(),
            breaks: breaks.into_iter().map(|(day, (from, to))| (day, from, to)).collect(),
        },
    )
}

/// The plain reading as an answer to each question, over the minutes from `start` on.
struct Plain {
    start: Timestamp,
    kinds: Vec<Kind>,
}

impl Plain {
    fn spans(&self, wanted: impl Fn(Kind) -> bool) -> Vec<Segment> {
        let mut spans: Vec<Segment> = Vec::new();
        for (minute, _) in self.kinds.iter().enumerate().filter(|&(_, &kind)| wanted(kind)) {
            let from = self.start + Span::minutes(i64::try_from(minute).unwrap());
            let to = from + Span::minutes(1);
            match spans.last_mut() {
                Some(last) if last.to == from => last.to = to,
                _ => spans.push(Segment { from, to }),
            }
        }
        spans
    }

    fn open(&self, from: Timestamp, to: Timestamp) -> Vec<Segment> {
        let cut = |span: Segment| Segment { from: span.from.max(from), to: span.to.min(to) };
        self.spans(|kind| kind == Kind::Open).into_iter().map(cut).filter(|span| span.from < span.to).collect()
    }

    fn end(&self) -> Timestamp {
        self.start + Span::minutes(i64::try_from(self.kinds.len()).unwrap())
    }
}

fn sum(spans: &[Segment]) -> Span {
    spans.iter().map(|span| span.to.since(span.from)).sum()
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_calendar_equals_its_plain_reading(
        sample in sample(), from in 0..8 * 86_400_000i64, length in 0..6 * 86_400_000i64, amount in 1..60 * 3_600_000i64,
        whole in any::<bool>(),
    ) {
        let calendar = sample.calendar();
        let plain = Plain { start: sample.instant(-6), kinds: sample.minutes(-6, 9) };
        let round = |millis: i64| if whole { millis - millis % 900_000 } else { millis };
        let from = plain.start + Span::millis(round(from));
        let to = from + Span::millis(round(length));
        let open = plain.open(from, to);
        prop_assert_eq!(calendar.elapsed(from, to), sum(&open));
        prop_assert_eq!(calendar.segments(from, to), open);

        let ahead = plain.open(from, plain.end());
        prop_assert_eq!(calendar.is_open(from), ahead.first().is_some_and(|span| span.from == from));
        match ahead.first() {
            Some(span) => prop_assert_eq!(calendar.next_open(from), Some(span.from)),
            None => prop_assert!(calendar.next_open(from).is_none_or(|at| at >= plain.end())),
        }
        match ahead.first() {
            Some(span) if span.to < plain.end() => prop_assert_eq!(calendar.next_close(from), Some(span.to)),
            _ => prop_assert!(calendar.next_close(from).is_none_or(|at| at >= plain.end())),
        }

        let mut left = Span::millis(round(amount).max(1));
        let mut expected = None;
        for (index, span) in ahead.iter().enumerate() {
            let length = span.to.since(span.from);
            if left <= length {
                let due = span.from + left;
                let next = ahead.get(index + 1).map(|next| next.from);
                expected = Some((due, if left < length { Some(due) } else { next }));
                break;
            }
            left = left - length;
        }
        match (calendar.add(from, Span::millis(round(amount).max(1))), expected) {
            (Deadline::At { due, latest }, Some((at, next))) => {
                prop_assert_eq!(due, at);
                match next {
                    Some(next) => prop_assert_eq!(latest, next),
                    None => prop_assert!(latest >= plain.end()),
                }
            }
            (Deadline::At { due, .. }, None) => prop_assert!(due > plain.end()),
            (Deadline::Never, expected) => prop_assert_eq!(expected, None),
        }
    }

    #[test]
    fn law_12_every_piece_has_the_reason_of_its_plain_reading(sample in sample()) {
        let calendar = sample.calendar();
        let plain = Plain { start: sample.instant(-6), kinds: sample.minutes(-6, 9) };
        let pieces = calendar.pieces(plain.start, plain.end());
        let mut at = plain.start;
        for piece in &pieces {
            prop_assert!(piece.from == at && piece.to > at);
            at = piece.to;
        }
        prop_assert_eq!(at, plain.end());
        for kind in [Kind::Open, Kind::OutOfHours, Kind::Holiday, Kind::Break, Kind::Override] {
            let mut spans: Vec<Segment> = Vec::new();
            for piece in pieces.iter().filter(|piece| plainly(&piece.kind) == kind) {
                match spans.last_mut() {
                    // Two holidays in a row are two pieces.
                    Some(last) if last.to == piece.from => last.to = piece.to,
                    _ => spans.push(Segment { from: piece.from, to: piece.to }),
                }
            }
            prop_assert_eq!(spans, plain.spans(|other| other == kind), "{:?}", kind);
        }
    }

    #[test]
    fn arithmetic_keeps_its_laws(
        sample in sample(), day in -9_000..30_000i64, millis in 0..86_400_000i64, a in 1..400 * 3_600_000i64,
        b in 1..400 * 3_600_000i64, later in 0..40 * 86_400_000i64,
    ) {
        let calendar = sample.calendar();
        let from = sample.instant(day) + Span::millis(millis);
        let (a, b) = (Span::millis(a), Span::millis(b));
        check_add(&calendar, from, a)?;
        check_add(&calendar, from, Span::ZERO)?;

        let sum = calendar.add(from, a + b);
        match calendar.add(from, a) {
            Deadline::At { due, latest } => {
                prop_assert_eq!(calendar.add(due, b), sum, "in two steps");
                prop_assert_eq!(calendar.add(latest, b), sum, "from the next opening");
                prop_assert!(sum.due().is_none_or(|sum| sum > due), "more time is due later");
            }
            Deadline::Never => prop_assert_eq!(sum, Deadline::Never),
        }
        let start = from + Span::millis(later);
        let shifted = calendar.add(start, a);
        prop_assert!(shifted == Deadline::Never || shifted.due() >= calendar.add(from, a).due(), "a later start is due later");

        let end = start + a;
        prop_assert_eq!(calendar.elapsed(from, start) + calendar.elapsed(start, end), calendar.elapsed(from, end));
    }
}

fn plainly(kind: &PieceKind) -> Kind {
    match kind {
        PieceKind::Open => Kind::Open,
        PieceKind::Closed(Reason::OutOfHours) => Kind::OutOfHours,
        PieceKind::Closed(Reason::Holiday { .. }) => Kind::Holiday,
        PieceKind::Closed(Reason::Break) => Kind::Break,
        PieceKind::Closed(Reason::Override) => Kind::Override,
        PieceKind::Closed(other) => panic!("{other:?} has no plain reading"),
    }
}

/// What law 10 says of a deadline, in terms of elapsed time alone.
fn check_add(calendar: &Calendar, from: Timestamp, amount: Span) -> Result<(), TestCaseError> {
    check_deadline(calendar, from, amount, calendar.add(from, amount)).map_err(TestCaseError::fail)
}

fn check_deadline(calendar: &Calendar, from: Timestamp, amount: Span, deadline: Deadline) -> Result<(), String> {
    let must = |held: bool, what: &str| {
        if held { Ok(()) } else { Err(format!("{what}: {deadline:?} of {amount} from {from}")) }
    };
    let Deadline::At { due, latest } = deadline else {
        let left = calendar.elapsed(from, Timestamp::MAX);
        return must(
            if amount > Span::ZERO { left < amount } else { left == Span::ZERO },
            "never, though there is time enough",
        );
    };
    let tick = Span::millis(1);
    must(calendar.elapsed(from, due) == amount, "the amount is not used up when due")?;
    must(calendar.elapsed(from, latest) == amount, "more or less is used at the latest")?;
    must(from <= due && due <= latest, "order")?;
    if amount > Span::ZERO {
        must(calendar.elapsed(from, due - tick) < amount, "used up before it is due")?;
    } else {
        must(due == latest && calendar.is_open(due), "nothing is due at an opening")?;
    }
    if latest < Timestamp::MAX {
        must(calendar.elapsed(from, latest + tick) > amount, "still in time after the latest instant")?;
    }
    Ok(())
}

#[test]
fn law_10_a_deadline_that_is_wrong_is_caught() {
    let doc = CalendarDoc { zone: "UTC".into(), week: "mon-fri 09:00-17:00".into(), ..CalendarDoc::default() };
    let calendar = doc.compile().unwrap();
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let (friday, closing, monday) =
        (at("2026-11-27T16:00:00Z"), at("2026-11-27T17:00:00Z"), at("2026-11-30T09:00:00Z"));
    let hour = Span::hours(1);
    let check = |amount, due, latest| check_deadline(&calendar, friday, amount, Deadline::At { due, latest });
    assert_eq!(check(hour, closing, monday), Ok(()));
    assert_eq!(calendar.add(friday, hour), Deadline::At { due: closing, latest: monday });
    // Next opening instead of closing time, closing time for both, one tick off, and giving up.
    assert!(check(hour, monday, monday).is_err());
    assert!(check(hour, closing, closing).is_err());
    assert!(check(hour, closing - Span::millis(1), monday).is_err());
    assert!(check(hour, closing, monday + Span::millis(1)).is_err());
    assert!(check_deadline(&calendar, friday, hour, Deadline::Never).is_err());
    // A zero amount is due at once only while it is open.
    let zero = |from, due| check_deadline(&calendar, from, Span::ZERO, Deadline::At { due, latest: due });
    assert_eq!(zero(closing, monday), Ok(()));
    assert!(zero(closing, closing).is_err());
}
