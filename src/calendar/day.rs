//! The compiled rules, read one civil day at a time.
//!
//! A civil day is its number after 1970-01-01, which was a Thursday.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{Datelike as _, NaiveDate};

use super::week::Week;
use super::window::{DAY, Window, subtract, union};
use super::zone::{self, WallTime, ZoneRules};
use super::{PieceKind, Reason};
use crate::id::Name;
use crate::time::{Span, Timestamp};

/// Milliseconds of a day on paper.
pub(crate) const DAY_MILLIS: i64 = 86_400_000;
/// The last civil day of any zone that has begun by [`Timestamp::MAX`], and one to spare.
pub(crate) const LAST_DAY: i64 = Timestamp::MAX.as_millis() / DAY_MILLIS + 2;
/// Days from 0001-01-01 to 1970-01-01, as chrono counts them.
const EPOCH_FROM_CE: i64 = 719_163;

/// Everything a calendar knows, in the order in which it is asked.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) zone: Arc<dyn ZoneRules>,
    /// The windows that open on each weekday.
    pub(crate) week: Week,
    /// What is open on each weekday when neither it nor the day before is exceptional.
    pub(crate) regular: [Vec<Window>; 7],
    /// The open time of a week of regular days whose offset stays the same.
    pub(crate) weekly: Span,
    /// Disjoint, in order.
    pub(crate) holidays: Vec<Closed>,
    /// In the order of the year, each day once.
    pub(crate) annual: Vec<Annual>,
    /// Disjoint, in order.
    pub(crate) overrides: Vec<Replaced>,
    /// One entry a day, in order.
    pub(crate) breaks: Vec<(i64, Vec<Window>)>,
    /// The days that the three lists above may change, joined: disjoint, apart, in order.
    pub(crate) exceptional: Vec<(i64, i64)>,
    /// The first minute of a day at which any regular day is open; `DAY` when none is.
    pub(crate) earliest: u16,
    /// Whether only an override can open it.
    pub(crate) shut: bool,
}

/// Days that are closed from one minute on.
#[derive(Debug, Clone)]
pub(crate) struct Closed {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) from: u16,
    pub(crate) name: Option<Name>,
}

/// A day of every year that is closed from one minute on.
#[derive(Debug, Clone)]
pub(crate) struct Annual {
    pub(crate) month: u8,
    pub(crate) day: u8,
    pub(crate) from: u16,
    pub(crate) name: Option<Name>,
}

/// Days with hours of their own.
#[derive(Debug, Clone)]
pub(crate) struct Replaced {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) windows: Vec<Window>,
}

/// The number of a date.
pub(crate) fn number(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce()) - EPOCH_FROM_CE
}

/// The date of a number.
fn date(day: i64) -> NaiveDate {
    // Days lie between the years 0 and 10000, where every number has a date; the default is never taken.
    i32::try_from(day + EPOCH_FROM_CE).ok().and_then(NaiveDate::from_num_days_from_ce_opt).unwrap_or_default()
}

/// Monday is 0.
pub(crate) const fn weekday(day: i64) -> usize {
    (day + 3).rem_euclid(7) as usize
}

impl Rules {
    pub(crate) fn always() -> Self {
        Self::new(zone::utc(), Week::around_the_clock(), Vec::new(), Vec::new(), Vec::new(), Vec::new())
    }

    /// Takes lists as their fields describe them, and works out the rest.
    pub(crate) fn new(
        zone: Arc<dyn ZoneRules>,
        week: Week,
        holidays: Vec<Closed>,
        annual: Vec<Annual>,
        overrides: Vec<Replaced>,
        breaks: Vec<(i64, Vec<Window>)>,
    ) -> Self {
        let regular: [Vec<Window>; 7] = std::array::from_fn(|weekday| {
            let own = week.day(weekday).iter().filter_map(|window| window.clip(0, DAY));
            let night = week.day((weekday + 6) % 7).iter().filter_map(|window| window.past_midnight());
            union(own.chain(night).collect())
        });
        let minutes: i64 = regular.iter().flatten().map(|window| i64::from(window.to - window.from)).sum();
        let earliest = regular.iter().flatten().map(|window| window.from).min().unwrap_or(DAY);
        // What is said of a day may reach into the next one, by a night that does not begin or a break.
        let mut touched: Vec<(i64, i64)> = holidays.iter().map(|closed| (closed.first, closed.last + 1)).collect();
        touched.extend(overrides.iter().map(|replaced| (replaced.first, replaced.last + 1)));
        touched.extend(breaks.iter().map(|(day, _)| (*day, day + 1)));
        touched.sort_unstable();
        let mut exceptional: Vec<(i64, i64)> = Vec::new();
        for (first, last) in touched {
            match exceptional.last_mut() {
                Some((_, end)) if first <= *end + 1 => *end = last.max(*end),
                _ => exceptional.push((first, last)),
            }
        }
        let every_day_closed = annual.iter().filter(|annual| annual.from <= earliest).count() == 366;
        let shut = minutes == 0 || every_day_closed;
        let weekly = Span::minutes(minutes);
        Self { zone, week, regular, weekly, holidays, annual, overrides, breaks, exceptional, earliest, shut }
    }

    /// Whether every regular day is open from midnight to midnight.
    pub(crate) fn is_full(&self) -> bool {
        self.weekly == Span::days(7)
    }

    /// The instant of a minute of a civil day.
    pub(crate) fn instant(&self, day: i64, minute: u16) -> Timestamp {
        self.zone.instant(WallTime::from_millis(day * DAY_MILLIS + i64::from(minute) * 60_000))
    }

    /// The civil day that the clock shows at an instant: it has begun, and only where a clock was put back over
    /// midnight may the next one have begun too.
    pub(crate) fn day_of(&self, at: Timestamp) -> i64 {
        (at.as_millis() + self.zone.offset(at).as_millis()).div_euclid(DAY_MILLIS)
    }

    /// The first day from `day` on that is not regular; past [`LAST_DAY`] when there is none.
    pub(crate) fn regular_until(&self, day: i64) -> i64 {
        let next = self.exceptional.partition_point(|&(_, last)| last < day);
        let dated = self.exceptional.get(next).map_or(LAST_DAY + 1, |&(first, _)| first.max(day));
        // The day after a holiday may lack the end of a night.
        self.next_annual(day - 1).map_or(dated, |annual| dated.min(annual.max(day)))
    }

    /// The first day from `day` on that is a holiday every year.
    fn next_annual(&self, day: i64) -> Option<i64> {
        if self.annual.is_empty() {
            return None;
        }
        let today = date(day);
        let key = (today.month(), today.day());
        let ahead = self.annual.partition_point(|annual| (u32::from(annual.month), u32::from(annual.day)) < key);
        // 29 February may be eight years away.
        (0..=8).find_map(|years| {
            let skip = if years == 0 { ahead } else { 0 };
            self.annual.iter().skip(skip).find_map(|annual| {
                NaiveDate::from_ymd_opt(today.year() + years, annual.month.into(), annual.day.into()).map(number)
            })
        })
    }

    /// The override of a day.
    fn replaced(&self, day: i64) -> Option<&Replaced> {
        let index = self.overrides.partition_point(|replaced| replaced.last < day);
        self.overrides.get(index).filter(|replaced| replaced.first <= day)
    }

    /// The dated holiday of a day.
    fn dated_holiday(&self, day: i64) -> Option<&Closed> {
        let index = self.holidays.partition_point(|closed| closed.last < day);
        self.holidays.get(index).filter(|closed| closed.first <= day)
    }

    /// From which minute a day is a holiday, and its name: the earlier of a dated and an annual one.
    fn holiday(&self, day: i64) -> Option<(u16, Option<&Name>)> {
        let dated = self.dated_holiday(day).map(|closed| (closed.from, closed.name.as_ref()));
        if self.annual.is_empty() {
            return dated;
        }
        let today = date(day);
        let annual = self
            .annual
            .binary_search_by_key(&(today.month(), today.day()), |annual| (annual.month.into(), annual.day.into()))
            .ok()
            .and_then(|index| self.annual.get(index))
            .map(|annual| (annual.from, annual.name.as_ref()));
        dated.into_iter().chain(annual).min_by_key(|&(from, _)| from)
    }

    /// The breaks of a day, with what reaches into it from the day before.
    fn breaks_of(&self, day: i64) -> Vec<Window> {
        let of = |day: i64| {
            let index = self.breaks.binary_search_by_key(&day, |&(day, _)| day).ok();
            index.and_then(|index| self.breaks.get(index)).map_or(&[][..], |(_, windows)| windows)
        };
        let own = of(day).iter().filter_map(|window| window.clip(0, DAY));
        union(own.chain(of(day - 1).iter().filter_map(|window| window.past_midnight())).collect())
    }

    /// What is open on a day, in minutes after its midnight: ordered, apart, within the day.
    pub(crate) fn windows(&self, day: i64) -> Cow<'_, [Window]> {
        if self.regular_until(day) > day {
            return Cow::Borrowed(self.regular.get(weekday(day)).map_or(&[], Vec::as_slice));
        }
        Cow::Owned(self.exceptional_windows(day))
    }

    /// The same for a day that need not be regular.
    pub(crate) fn exceptional_windows(&self, day: i64) -> Vec<Window> {
        let today = self.replaced(day);
        let closing = self.holiday(day).map_or(DAY, |(from, _)| from);
        let mut open: Vec<Window> = match today {
            Some(replaced) => replaced.windows.iter().filter_map(|window| window.clip(0, DAY)).collect(),
            None => self.week.day(weekday(day)).iter().filter_map(|window| window.clip(0, closing)).collect(),
        };
        match self.replaced(day - 1) {
            Some(replaced) => open.extend(replaced.windows.iter().filter_map(|window| window.past_midnight())),
            None if today.is_some() => {}
            None => {
                let ending = self.holiday(day - 1).map_or(2 * DAY, |(from, _)| from);
                let night = self.week.day(weekday(day - 1)).iter();
                let night = night.filter_map(|window| window.clip(0, ending)?.past_midnight()?.clip(0, closing));
                open.extend(night);
            }
        }
        subtract(&union(open), &self.breaks_of(day))
    }

    /// The next day that may open after one without hours; past [`LAST_DAY`] when there is none.
    pub(crate) fn after_closed(&self, day: i64) -> i64 {
        if let Some(replaced) = self.replaced(day) {
            return if replaced.windows.is_empty() { replaced.last + 1 } else { day + 1 };
        }
        let index = self.overrides.partition_point(|replaced| replaced.last < day);
        let next_override = self.overrides.get(index).map_or(LAST_DAY + 1, |replaced| replaced.first);
        if self.shut {
            return next_override;
        }
        match self.dated_holiday(day) {
            Some(closed) if closed.from <= self.earliest => next_override.min(closed.last + 1),
            _ => day + 1,
        }
    }

    /// A day from midnight to midnight, cut where being open or the reason for being closed changes.
    pub(crate) fn pieces(&self, day: i64) -> Vec<(Window, PieceKind)> {
        let windows = self.windows(day);
        let breaks = self.breaks_of(day);
        let replaced = self.replaced(day).is_some();
        let holiday = self.holiday(day).filter(|_| !replaced);
        let mut cuts: Vec<u16> = vec![0, DAY];
        cuts.extend(windows.iter().chain(&breaks).flat_map(|window| [window.from, window.to]));
        cuts.extend(holiday.map(|(from, _)| from));
        cuts.sort_unstable();
        cuts.dedup();
        let covers = |list: &[Window], minute: u16| list.iter().any(|w| w.from <= minute && minute < w.to);
        let kind = |minute: u16| {
            if covers(&windows, minute) {
                return PieceKind::Open;
            }
            PieceKind::Closed(match holiday {
                _ if covers(&breaks, minute) => Reason::Break,
                _ if replaced => Reason::Override,
                Some((from, name)) if minute >= from => {
                    Reason::Holiday { date: date(day), name: name.map(ToString::to_string) }
                }
                _ => Reason::OutOfHours,
            })
        };
        cuts.iter().zip(cuts.iter().skip(1)).map(|(&from, &to)| (Window { from, to }, kind(from))).collect()
    }
}
