//! How often: a text like `mon 09:00` or `every 2 weeks fri 16:30`, and the days on which that falls.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike as _, Days, NaiveDate, Weekday};

use super::OnClosed;
use crate::calendar::Calendar;
use crate::calendar::zone::WallTime;
use crate::limits;
use crate::time::{Span, Timestamp};

/// How many days ahead an occurrence is looked for: ten years, which is more than any rhythm and holiday together.
const DAYS_AHEAD: u64 = 3_660;
/// How many days a closed day may be followed by others before an occurrence is given up.
const CLOSED_MAX: u64 = 366;
/// Every day of the week.
const ALL_DAYS: u8 = 0b111_1111;

/// How often something happens, by the wall clock of a calendar.
///
/// | text | happens |
/// |---|---|
/// | `daily 09:00` | every day |
/// | `mon 09:00`, `mon,thu 09:00`, `mon-fri 09:00` | on these days of each week |
/// | `every 2 weeks mon 09:00` | in every second week, counted from the week in which the schedule begins |
/// | `monthly 1 09:00` | on the first of each month |
/// | `monthly 31 09:00` | on the last of each month, as on any day that a shorter month does not have |
///
/// A time that the clock skips is the instant of the change, and one that it shows twice is the first of the two.
///
/// ```
/// use destek::schedule::Recurrence;
/// let every: Recurrence = "mon-wed 09:00".parse()?;
/// assert_eq!(every.to_string(), "mon,tue,wed 09:00");
/// assert!("monthly 32 09:00".parse::<Recurrence>().unwrap_err().to_string().contains("1 to 31"));
/// # Ok::<(), destek::schedule::ParseRecurrenceError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recurrence {
    rhythm: Rhythm,
    /// Of the day, in minutes.
    minute: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rhythm {
    /// Days of the week as bits, Monday first, in every so many weeks.
    Weekly { every: u8, days: u8 },
    /// A day of the month, or its last.
    Monthly { day: u8 },
}

/// A text that is not a recurrence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseRecurrenceError {
    /// Not of any form that is read.
    #[error(
        "`{text}` is no recurrence; write it like `mon 09:00`, `mon-fri 09:00`, `every 2 weeks mon 09:00` or `monthly 1 09:00`"
    )]
    Malformed {
        /// What was read.
        text: String,
    },
    /// No time of a day.
    #[error("`{text}` is no time of a day; write it like `09:00`, up to `23:59`")]
    Time {
        /// What was read.
        text: String,
    },
    /// No day of the week.
    #[error("`{text}` is no day of the week; write `mon`, `tue`, `wed`, `thu`, `fri`, `sat` or `sun`")]
    Day {
        /// What was read.
        text: String,
    },
    /// A number that is out of range.
    #[error("`{text}` is not from 1 to {most}")]
    Range {
        /// What was read.
        text: String,
        /// The largest number that can be said here.
        most: u8,
    },
}

const WEEK: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const WEEKS_MAX: u8 = 52;

fn short(text: &str) -> String {
    limits::shorten(text, 64)
}

fn number(text: &str, most: u8) -> Result<u8, ParseRecurrenceError> {
    let number = text.parse().ok().filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| ParseRecurrenceError::Range { text: short(text), most })
}

fn minute(text: &str) -> Result<u16, ParseRecurrenceError> {
    let read = || {
        let (hour, minute) = text.split_once(':')?;
        let two = |part: &str, below: u16| -> Option<u16> {
            let plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse().ok().filter(|number| plain && *number < below)
        };
        Some(two(hour, 24)? * 60 + two(minute, 60)?)
    };
    read().ok_or_else(|| ParseRecurrenceError::Time { text: short(text) })
}

fn days(text: &str) -> Result<u8, ParseRecurrenceError> {
    let day = |word: &str| {
        let place = WEEK.iter().position(|day| *day == word);
        place.ok_or_else(|| ParseRecurrenceError::Day { text: short(word) })
    };
    let mut bits = 0;
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (day(first)?, day(last)?);
        // From Friday to Monday is over the weekend.
        let count = (last + 7 - first) % 7;
        (0..=count).for_each(|step| bits |= 1 << ((first + step) % 7));
    }
    Ok(bits)
}

impl FromStr for Recurrence {
    type Err = ParseRecurrenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let (rhythm, time) = match *words {
            ["daily", time] => (Rhythm::Weekly { every: 1, days: ALL_DAYS }, time),
            ["monthly", day, time] => (Rhythm::Monthly { day: number(day, 31)? }, time),
            ["every", every, "week" | "weeks", on, time] => {
                (Rhythm::Weekly { every: number(every, WEEKS_MAX)?, days: days(on)? }, time)
            }
            [on, time] => (Rhythm::Weekly { every: 1, days: days(on)? }, time),
            _ => return Err(ParseRecurrenceError::Malformed { text: short(text) }),
        };
        Ok(Self { rhythm, minute: minute(time)? })
    }
}

impl fmt::Display for Recurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rhythm {
            Rhythm::Weekly { every: 1, days: ALL_DAYS } => f.write_str("daily")?,
            Rhythm::Weekly { every, days } => {
                if every > 1 {
                    write!(f, "every {every} weeks ")?;
                }
                let named = WEEK.iter().enumerate().filter(|(place, _)| days & (1 << place) != 0);
                let named: Vec<&str> = named.map(|(_, day)| *day).collect();
                f.write_str(&named.join(","))?;
            }
            Rhythm::Monthly { day } => write!(f, "monthly {day}")?,
        }
        write!(f, " {:02}:{:02}", self.minute / 60, self.minute % 60)
    }
}

crate::written::stored_as_text!(Recurrence);

/// The civil day that a calendar's clock shows.
pub(crate) fn day_of(calendar: &Calendar, at: Timestamp) -> NaiveDate {
    let shown = WallTime::from_millis((at + calendar.offset(at)).as_millis());
    shown.to_naive().map(|naive| naive.date()).unwrap_or_default()
}

/// The instant at which a day of a calendar's clock reaches a minute (law 9).
fn instant(calendar: &Calendar, day: NaiveDate, minute: u16) -> Option<Timestamp> {
    let shown = day.and_hms_opt(u32::from(minute / 60), u32::from(minute % 60), 0)?;
    Some(calendar.instant(shown.into()))
}

/// Whether a calendar is open at any time of a day.
fn is_open(calendar: &Calendar, day: NaiveDate) -> Option<bool> {
    let (begins, ends) = (instant(calendar, day, 0)?, instant(calendar, day.checked_add_days(Days::new(1))?, 0)?);
    Some(calendar.next_open(begins).is_some_and(|open| open < ends))
}

/// Where something falls: the day on which its rhythm puts it, and the instant, on that day or a later one.
pub(crate) type Fall = (NaiveDate, Timestamp);

impl Recurrence {
    /// Whether the rhythm falls on a day, for a schedule that begins on another.
    fn falls_on(self, day: NaiveDate, begins: NaiveDate) -> bool {
        match self.rhythm {
            Rhythm::Weekly { every, days } => {
                let monday = |day: NaiveDate| day.week(Weekday::Mon).first_day();
                let weeks = monday(day).signed_duration_since(monday(begins)).num_weeks();
                days & (1 << day.weekday().num_days_from_monday()) != 0 && weeks.rem_euclid(i64::from(every)) == 0
            }
            Rhythm::Monthly { day: wanted } => {
                let last = day.succ_opt().is_none_or(|next| next.day() == 1);
                day.day() == u32::from(wanted) || (last && day.day() < u32::from(wanted))
            }
        }
    }

    /// The first day from `day` on whose occurrence comes after `after`. What a closed day moves onto the instant of
    /// another occurrence happens once.
    pub(crate) fn next(
        self,
        begins: NaiveDate,
        (day, after): (NaiveDate, Timestamp),
        calendar: &Calendar,
        on_closed: OnClosed,
    ) -> Option<Fall> {
        let mut days = (0..DAYS_AHEAD).map_while(|ahead| day.checked_add_days(Days::new(ahead)));
        days.find_map(|day| {
            if !self.falls_on(day, begins) {
                return None;
            }
            let at = self.at(day, calendar, on_closed)?;
            (at > after).then_some((day, at))
        })
    }

    /// The instant of the occurrence that the rhythm puts on a day; none where it is left out.
    pub(crate) fn at(self, day: NaiveDate, calendar: &Calendar, on_closed: OnClosed) -> Option<Timestamp> {
        let on = match on_closed {
            OnClosed::AsIs => Some(day),
            OnClosed::Skip => Some(day).filter(|day| is_open(calendar, *day) == Some(true)),
            OnClosed::Next => {
                let mut later = (0..CLOSED_MAX).map_while(|ahead| day.checked_add_days(Days::new(ahead)));
                later.find(|day| is_open(calendar, *day) == Some(true))
            }
        };
        instant(calendar, on?, self.minute)
    }

    /// The next occurrence after one.
    pub(crate) fn following(
        self,
        begins: NaiveDate,
        (day, at): Fall,
        calendar: &Calendar,
        on_closed: OnClosed,
    ) -> Option<Fall> {
        self.next(begins, (day.succ_opt()?, at), calendar, on_closed)
    }
}

/// The shortest time between two occurrences, for whoever bounds a search.
pub(crate) const RHYTHM_MIN: Span = Span::hours(20);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::CalendarDoc;

    fn calendar(zone: &str, week: &str, holidays: &[&str]) -> Calendar {
        let holidays = holidays.iter().map(|day| (*day).to_owned()).collect();
        CalendarDoc { zone: zone.into(), week: week.into(), holidays, ..CalendarDoc::default() }.compile().unwrap()
    }

    /// The occurrences after an instant, by the wall clock.
    fn falls(every: &str, from: &str, calendar: &Calendar, on_closed: OnClosed, many: usize) -> Vec<String> {
        let (every, from): (Recurrence, Timestamp) = (every.parse().unwrap(), from.parse().unwrap());
        let begins = day_of(calendar, from);
        let mut next = every.next(begins, (begins, from), calendar, on_closed);
        let mut shown = Vec::new();
        while let (Some(fall), true) = (next, shown.len() < many) {
            let wall = (fall.1 + calendar.offset(fall.1)).to_datetime();
            shown.push(wall.format("%a %d.%m. %H:%M").to_string());
            next = every.following(begins, fall, calendar, on_closed);
        }
        shown
    }

    #[test]
    fn texts_read_what_they_print() {
        let same = ["daily 09:00", "mon 00:00", "mon,thu 23:59", "every 2 weeks fri 16:30", "monthly 1 08:05"];
        for text in same {
            assert_eq!(text.parse::<Recurrence>().unwrap().to_string(), text);
        }
        let read = |text: &str| text.parse::<Recurrence>().map(|it| it.to_string()).map_err(|error| error.to_string());
        assert_eq!(read("fri-mon 09:00").unwrap(), "mon,fri,sat,sun 09:00");
        assert_eq!(read("mon-sun 09:00").unwrap(), "daily 09:00");
        assert_eq!(read("every 1 week mon 09:00").unwrap(), "mon 09:00");
        for (text, said) in [
            ("", "write it like"),
            ("09:00", "write it like"),
            ("mon 9:00", "`9:00` is no time"),
            ("mon 24:00", "`24:00` is no time"),
            ("mon +1:00", "no time"),
            ("monday 09:00", "`monday` is no day"),
            ("monthly 0 09:00", "from 1 to 31"),
            ("every 53 weeks mon 09:00", "from 1 to 52"),
            ("every 2 weeks 09:00", "write it like"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn weeks_are_counted_from_the_one_in_which_it_begins() {
        let always = Calendar::always();
        // Wednesday 25 November 2026.
        let all = falls("every 2 weeks mon,wed 09:00", "2026-11-25T10:00:00Z", &always, OnClosed::AsIs, 4);
        assert_eq!(all, ["Mon 07.12. 09:00", "Wed 09.12. 09:00", "Mon 21.12. 09:00", "Wed 23.12. 09:00"]);
        let all = falls("mon 09:00", "2026-11-30T09:00:00Z", &always, OnClosed::AsIs, 1);
        assert_eq!(all, ["Mon 07.12. 09:00"], "after the instant, not at it");
    }

    #[test]
    fn a_day_that_a_month_does_not_have_is_its_last() {
        let always = Calendar::always();
        let all = falls("monthly 30 12:00", "2027-01-01T00:00:00Z", &always, OnClosed::AsIs, 4);
        assert_eq!(all, ["Sat 30.01. 12:00", "Sun 28.02. 12:00", "Tue 30.03. 12:00", "Fri 30.04. 12:00"]);
        let all = falls("monthly 29 12:00", "2028-02-01T00:00:00Z", &always, OnClosed::AsIs, 1);
        assert_eq!(all, ["Tue 29.02. 12:00"]);
    }

    #[test]
    fn a_closed_day_is_skipped_or_moved_and_never_doubled() {
        // Thursday 29 October 2026 is a holiday.
        let office = calendar("+03:00", "mon-fri 09:00-18:00", &["2026-10-29"]);
        let from = "2026-10-28T20:00:00+03:00";
        let all = |on_closed| falls("daily 08:30", from, &office, on_closed, 3);
        assert_eq!(all(OnClosed::AsIs), ["Thu 29.10. 08:30", "Fri 30.10. 08:30", "Sat 31.10. 08:30"]);
        assert_eq!(all(OnClosed::Skip), ["Fri 30.10. 08:30", "Mon 02.11. 08:30", "Tue 03.11. 08:30"]);
        assert_eq!(all(OnClosed::Next), all(OnClosed::Skip), "what falls together happens once");
        let sundays = falls("sun 08:30", from, &office, OnClosed::Next, 2);
        assert_eq!(sundays, ["Mon 02.11. 08:30", "Mon 09.11. 08:30"]);
        let never = calendar("+03:00", "", &[]);
        assert!(falls("daily 08:30", from, &never, OnClosed::Next, 1).is_empty());
        assert!(falls("daily 08:30", from, &never, OnClosed::Skip, 1).is_empty());
    }

    #[cfg(feature = "chrono-tz")]
    #[test]
    fn a_time_that_the_clock_skips_is_the_change_and_one_shown_twice_the_first() {
        let berlin = calendar("Europe/Berlin", "mon-sun 00:00-24:00", &[]);
        let next = |every: &str, from: &str| {
            let (every, from): (Recurrence, Timestamp) = (every.parse().unwrap(), from.parse().unwrap());
            let begins = day_of(&berlin, from);
            let mut next = every.next(begins, (begins, from), &berlin, OnClosed::AsIs);
            std::iter::from_fn(|| {
                let fall = next?;
                next = every.following(begins, fall, &berlin, OnClosed::AsIs);
                Some(fall.1.to_string())
            })
            .take(3)
            .collect::<Vec<_>>()
        };
        // On 28 March 2027 the clock goes from 02:00 to 03:00, at 01:00 UTC.
        let spring = ["2027-03-27T01:30:00.000Z", "2027-03-28T01:00:00.000Z", "2027-03-29T00:30:00.000Z"];
        assert_eq!(next("daily 02:30", "2027-03-26T12:00:00Z"), spring.map(shown));
        // On 31 October 2027 it shows 02:30 twice, first at 00:30 UTC.
        let autumn = ["2027-10-30T00:30:00.000Z", "2027-10-31T00:30:00.000Z", "2027-11-01T01:30:00.000Z"];
        assert_eq!(next("daily 02:30", "2027-10-29T12:00:00Z"), autumn.map(shown));
    }

    #[cfg(feature = "chrono-tz")]
    fn shown(text: &str) -> String {
        text.parse::<Timestamp>().unwrap().to_string()
    }
}
