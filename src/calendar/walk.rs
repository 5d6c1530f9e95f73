//! The walk over open time: from one window to the next, jumping over what is closed.

use std::borrow::Cow;

use super::Segment;
use super::day::{DAY_MILLIS, LAST_DAY, Rules, weekday};
use super::window::Window;
use crate::time::{Span, Timestamp};

/// Milliseconds of a week on paper.
const WEEK_MILLIS: i64 = 7 * DAY_MILLIS;
/// After this many days it is asked again whether the zone keeps its offset.
const PATIENCE_DAYS: i64 = 371;

/// Open windows in order, as instants, beginning with the civil day of an instant.
///
/// Windows may touch, and the first ones may end before that instant.
pub(crate) struct Walk<'c> {
    rules: &'c Rules,
    origin: Timestamp,
    /// The day whose windows are being given out, and the next of them.
    today: i64,
    windows: Cow<'c, [Window]>,
    index: usize,
    /// The next day to look at.
    day: i64,
    /// Days before this one are regular, if `day` is.
    regular_until: i64,
    /// Whole weeks are not tried before this day.
    patience: i64,
}

impl<'c> Walk<'c> {
    pub(crate) fn new(rules: &'c Rules, origin: Timestamp) -> Self {
        let day = rules.day_of(origin);
        let windows = Cow::Borrowed(&[][..]);
        Self { rules, origin, today: day, windows, index: 0, day, regular_until: day, patience: day }
    }

    /// The open time of as many whole weeks as can be jumped over here: they end by `until`, and less than
    /// `limit` lies in them. Zero where none can.
    pub(crate) fn skip_weeks(&mut self, limit: Span, until: Timestamp) -> Span {
        if self.index < self.windows.len() || self.day < self.patience || self.day > LAST_DAY {
            return Span::ZERO;
        }
        // Most questions end within a week: they are told apart before the zone is asked.
        let weekly = self.rules.weekly.as_millis();
        let most = until.since(self.origin).as_millis() / WEEK_MILLIS;
        if weekly == 0 || most.min((limit.as_millis() - 1) / weekly) <= 0 {
            return Span::ZERO;
        }
        self.look_ahead();
        let start = self.rules.instant(self.day, 0);
        let shown = start.as_millis() + self.rules.zone.offset(start).as_millis();
        // A midnight that is skipped is no place from which weeks can be counted.
        if start < self.origin || shown != self.day * DAY_MILLIS {
            return Span::ZERO;
        }
        let steady = self.rules.zone.steady_until(start);
        if steady.since(start).as_millis() < WEEK_MILLIS {
            self.patience = self.day + PATIENCE_DAYS;
            return Span::ZERO;
        }
        let room = steady.min(until).since(start).as_millis() / WEEK_MILLIS;
        let weeks = room.min((self.regular_until - self.day) / 7).min((limit.as_millis() - 1) / weekly);
        if weeks <= 0 {
            return Span::ZERO;
        }
        self.day += 7 * weeks;
        Span::millis(weeks * weekly)
    }

    fn look_ahead(&mut self) {
        if self.day >= self.regular_until {
            self.regular_until = self.rules.regular_until(self.day);
        }
    }

    /// Goes to the next day with hours; `false` at the end of time.
    fn next_day(&mut self) -> bool {
        while self.day <= LAST_DAY {
            self.look_ahead();
            if self.day < self.regular_until {
                let windows = self.rules.regular.get(weekday(self.day)).map_or(&[][..], Vec::as_slice);
                if windows.is_empty() {
                    self.day = if self.rules.weekly == Span::ZERO { self.regular_until } else { self.day + 1 };
                    continue;
                }
                self.windows = Cow::Borrowed(windows);
            } else {
                let windows = self.rules.exceptional_windows(self.day);
                if windows.is_empty() {
                    self.day = self.rules.after_closed(self.day);
                    continue;
                }
                self.windows = Cow::Owned(windows);
            }
            self.today = self.day;
            self.index = 0;
            self.day += 1;
            return true;
        }
        false
    }
}

impl Iterator for Walk<'_> {
    type Item = Segment;

    fn next(&mut self) -> Option<Segment> {
        loop {
            if let Some(&window) = self.windows.get(self.index) {
                self.index += 1;
                let from = self.rules.instant(self.today, window.from);
                let to = if self.rules.is_full() && self.today < self.regular_until {
                    // Whole days without an exception are one span.
                    self.day = self.regular_until;
                    self.rules.instant(self.regular_until, 0)
                } else {
                    self.rules.instant(self.today, window.to)
                };
                // A change of the clock may swallow a window; so may the end of time.
                if from < to {
                    return Some(Segment { from, to });
                }
            } else if !self.next_day() {
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::zone::{StandardZones, WallTime, ZoneRules, ZoneSource};
    use super::super::{Calendar, CalendarDoc, Deadline};
    use super::*;

    /// A zone that counts how often it is asked, and may keep to itself how long it is steady.
    #[derive(Debug)]
    struct Counted {
        zone: Arc<dyn ZoneRules>,
        asked: Arc<AtomicUsize>,
        silent: bool,
    }

    impl ZoneRules for Counted {
        fn name(&self) -> &str {
            self.zone.name()
        }
        fn database(&self) -> &str {
            self.zone.database()
        }
        fn offset(&self, at: Timestamp) -> Span {
            self.asked.fetch_add(1, Ordering::Relaxed);
            self.zone.offset(at)
        }
        fn instant(&self, wall: WallTime) -> Timestamp {
            self.asked.fetch_add(1, Ordering::Relaxed);
            self.zone.instant(wall)
        }
        fn steady_until(&self, at: Timestamp) -> Timestamp {
            if self.silent { at } else { self.zone.steady_until(at) }
        }
    }

    struct Counting {
        asked: Arc<AtomicUsize>,
        silent: bool,
    }

    impl ZoneSource for Counting {
        fn find(&self, name: &str) -> Option<Arc<dyn ZoneRules>> {
            let zone = super::super::zone::find(name.trim_start_matches("my "), &StandardZones).ok()?;
            Some(Arc::new(Counted { zone, asked: Arc::clone(&self.asked), silent: self.silent }))
        }
    }

    /// The calendar, and the counter of its zone.
    fn counted(zone: &str, silent: bool, doc: &CalendarDoc) -> (Calendar, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let source = Counting { asked: Arc::clone(&asked), silent };
        (CalendarDoc { zone: format!("my {zone}"), ..doc.clone() }.compile_with(&source).unwrap(), asked)
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn annual_days() -> Vec<String> {
        let first = chrono::NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
        first.iter_days().take(366).map(|date| date.format("%m-%d").to_string()).collect()
    }

    const ZONES: &[&str] = if cfg!(feature = "chrono-tz") { &["+03:00", "Europe/Istanbul"] } else { &["+03:00"] };

    #[test]
    fn a_minute_a_week_uses_up_two_days_in_55_years() {
        let doc = CalendarDoc { week: "mon 09:00-09:01".into(), ..CalendarDoc::default() };
        for zone in ZONES {
            let (calendar, asked) = counted(zone, false, &doc);
            // Monday 5 January 2026 is the first of 48 * 60 = 2880 Mondays, the last one 2879 weeks later.
            let due = at("2026-01-05T06:01:00Z") + Span::days(2_879 * 7);
            let latest = due + Span::days(7) - Span::minutes(1);
            let from = at("2026-01-05T06:00:00Z");
            assert_eq!(calendar.add(from, Span::hours(48)), Deadline::At { due, latest });
            assert_eq!(calendar.elapsed(from, due), Span::hours(48));
            let asked = asked.load(Ordering::Relaxed);
            assert!(asked < 15_000, "{zone} was asked {asked} times");
        }
    }

    #[test]
    fn what_never_opens_is_never_at_once() {
        let week = "mon-sun 09:00-17:00";
        let never = |week: &str, holidays: Vec<String>, overrides: Vec<String>| CalendarDoc {
            week: week.into(),
            holidays,
            overrides,
            ..CalendarDoc::default()
        };
        for doc in [
            never("", vec![], vec![]),
            never(week, vec!["2026-01-01..9999-12-31".into()], vec![]),
            never(week, vec!["2026-01-01..9999-12-31".into()], vec!["2027-01-01..9999-12-31 closed".into()]),
            never(week, annual_days(), vec![]),
            never(week, annual_days().iter().map(|day| format!("{day} from 09:00")).collect(), vec![]),
            never(week, vec![], vec!["2026-01-01..9999-12-31 closed".into()]),
            never("mon-sun 22:00-06:00", annual_days(), vec!["2025-01-01 09:00-17:00".into()]),
        ] {
            for zone in ZONES {
                let (calendar, asked) = counted(zone, true, &doc);
                let from = at("2026-01-02T09:00:00Z");
                assert_eq!(calendar.add(from, Span::minutes(1)), Deadline::Never, "{doc:?}");
                assert_eq!(calendar.add(from, Span::ZERO), Deadline::Never);
                assert_eq!((calendar.next_open(from), calendar.next_close(from)), (None, None));
                assert!(!calendar.is_open(from));
                assert_eq!(calendar.elapsed(from, Timestamp::MAX), Span::ZERO);
                let asked = asked.load(Ordering::Relaxed);
                assert!(asked < 200, "{zone} was asked {asked} times for {doc:?}");
            }
        }
    }

    #[test]
    fn a_leap_day_may_be_eight_years_away() {
        let holidays = annual_days().into_iter().filter(|day| day != "02-29").collect();
        let doc = CalendarDoc { week: "mon-sun 09:00-17:00".into(), holidays, ..CalendarDoc::default() };
        for zone in ZONES {
            let (calendar, _) = counted(zone, false, &doc);
            assert_eq!(calendar.next_open(at("2096-02-29T14:00:00Z")), Some(at("2104-02-29T06:00:00Z")), "{zone}");
            // Eight hours each in 2028, 2032, 2036.
            assert_eq!(
                calendar.add(at("2026-01-01T00:00:00Z"), Span::hours(20)).due(),
                Some(at("2036-02-29T10:00:00Z"))
            );
        }
    }

    #[test]
    fn ten_years_of_budget_on_a_minute_a_week_come_to_an_end() {
        let doc =
            CalendarDoc { week: "mon 09:00-09:01".into(), holidays: vec!["12-25".into()], ..CalendarDoc::default() };
        for zone in ZONES {
            let (calendar, asked) = counted(zone, false, &doc);
            assert_eq!(calendar.add(at("2026-01-01T00:00:00Z"), Span::days(3_650)), Deadline::Never);
            let asked = asked.load(Ordering::Relaxed);
            assert!(asked < 200_000, "{zone} was asked {asked} times");
        }
    }

    #[test]
    fn jumping_over_weeks_changes_no_answer() {
        let holidays =
            ["2026-05-01", "12-25", "02-29 from 12:00", "2031-06-01..2033-06-01"].map(str::to_owned).to_vec();
        let overrides = ["2026-12-24 10:00-14:00", "2045-01-01 22:00-30:00"].map(str::to_owned).to_vec();
        for week in
            ["mon-fri 09:00-18:00; sat 10:00-14:00", "mon-sun 00:00-24:00", "fri 22:00-30:00", "mon-sun 06:00-30:00"]
        {
            let doc = CalendarDoc {
                week: week.into(),
                holidays: holidays.clone(),
                overrides: overrides.clone(),
                breaks: vec!["2027-03-03 23:00-25:00".into()],
                ..CalendarDoc::default()
            };
            for zone in ZONES {
                let (jumping, _) = counted(zone, false, &doc);
                let (walking, _) = counted(zone, true, &doc);
                let from = at("2026-01-07T11:11:11.111Z");
                for days in [1, 7, 8, 13, 14, 15, 400, 2_000, 30_000, 60_000] {
                    let to = from + Span::days(days) + Span::millis(days * 86_399);
                    let open = walking.elapsed(from, to);
                    assert_eq!(jumping.elapsed(from, to), open, "{week} in {zone} over {days} days");
                    for amount in [open - Span::millis(1), open, open + Span::millis(1), open + Span::hours(40)] {
                        assert_eq!(jumping.add(from, amount), walking.add(from, amount), "{week} in {zone}: {amount}");
                    }
                }
            }
        }
    }
}
