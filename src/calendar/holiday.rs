//! Dated exceptions to the week: holidays, overrides and breaks.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike as _, NaiveDate};

use super::CalendarTextError;
use super::window::{DAY, TimeOfDay, Window, read_list, union, write_list};
use crate::id::Name;
use crate::limits;

/// The days of a [`Holiday`].
///
/// Written `2026-10-29`, `2026-03-20..2026-03-22` (both days included) or, for every year, `10-29`; `02-29` is a
/// day of leap years only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Dates {
    /// One day.
    Day(NaiveDate),
    /// A first and a last day.
    Range(NaiveDate, NaiveDate),
    /// A month and a day of that month, every year in which it exists.
    Annual(u8, u8),
}

impl Dates {
    /// First and last day, unless it returns every year.
    pub(crate) const fn span(self) -> Option<(NaiveDate, NaiveDate)> {
        match self {
            Self::Day(day) => Some((day, day)),
            Self::Range(first, last) => Some((first, last)),
            Self::Annual(..) => None,
        }
    }
}

impl FromStr for Dates {
    type Err = CalendarTextError;

    fn from_str(text: &str) -> Result<Self, CalendarTextError> {
        if let Some((first, last)) = text.split_once("..") {
            let (first, last) = (read_date(first)?, read_date(last)?);
            return if first <= last {
                Ok(Self::Range(first, last))
            } else {
                Err(CalendarTextError::Range { text: limits::shorten(text, 64) })
            };
        }
        match text.split_once('-') {
            // A leap year has every day there is.
            Some((month, day)) if !day.contains('-') => number(month, 2)
                .zip(number(day, 2))
                .and_then(|(month, day)| NaiveDate::from_ymd_opt(2024, month, day))
                .and_then(|date| Some(Self::Annual(date.month().try_into().ok()?, date.day().try_into().ok()?)))
                .ok_or_else(|| CalendarTextError::Date { text: limits::shorten(text, 64) }),
            _ => read_date(text).map(Self::Day),
        }
    }
}

/// A civil date with a four-digit year from 1 on.
fn read_date(text: &str) -> Result<NaiveDate, CalendarTextError> {
    let shown = || limits::shorten(text, 64);
    let fail = || CalendarTextError::Date { text: shown() };
    let (year, month_and_day) = text.trim_start_matches(['+', '-']).split_once('-').ok_or_else(fail)?;
    let (month, day) = month_and_day.split_once('-').ok_or_else(fail)?;
    let (month, day) = (number(month, 2).ok_or_else(fail)?, number(day, 2).ok_or_else(fail)?);
    if year.is_empty() || !year.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(fail());
    }
    let year = number(year, 4)
        .and_then(|year| i32::try_from(year).ok())
        .filter(|&year| year > 0 && !text.starts_with(['+', '-']))
        .ok_or_else(|| CalendarTextError::Year { text: shown() })?;
    NaiveDate::from_ymd_opt(year, month, day).ok_or_else(fail)
}

/// A number of exactly so many digits.
fn number(text: &str, digits: usize) -> Option<u32> {
    let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

impl fmt::Display for Dates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => day.fmt(f),
            Self::Range(first, last) => write!(f, "{first}..{last}"),
            Self::Annual(month, day) => write!(f, "{month:02}-{day:02}"),
        }
    }
}

/// A holiday: days that are closed, or closed from a time on.
///
/// Written as [`Dates`], then for a half day `from` and the closing time, then if wanted `=` and a name, which
/// explanations show. A range closes whole days; its half day is an entry of its own.
///
/// ```
/// use destek::calendar::Holiday;
/// for text in ["2026-01-01", "10-29 = Cumhuriyet Bayramı", "2026-10-28 from 13:00", "2026-03-20..2026-03-22 = bayram"] {
///     assert_eq!(text.parse::<Holiday>()?.to_string(), text);
/// }
/// assert!("29 October".parse::<Holiday>().is_err());
/// # Ok::<(), destek::calendar::CalendarTextError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Holiday {
    dates: Dates,
    /// Minutes after midnight.
    from: u16,
    name: Option<Name>,
}

impl Holiday {
    /// The days.
    #[must_use]
    pub const fn dates(&self) -> Dates {
        self.dates
    }

    /// What it is called.
    #[must_use]
    pub const fn name(&self) -> Option<&Name> {
        self.name.as_ref()
    }

    /// The minute of the day from which it is closed; 0 for a whole day.
    pub(crate) const fn from(&self) -> u16 {
        self.from
    }
}

impl FromStr for Holiday {
    type Err = CalendarTextError;

    fn from_str(text: &str) -> Result<Self, CalendarTextError> {
        let fail = || CalendarTextError::Holiday { text: limits::shorten(text, 64) };
        let (when, name) = match text.split_once('=') {
            Some((when, name)) => (when, Some(name.trim())),
            None => (text, None),
        };
        let name = name
            .map(Name::new)
            .transpose()
            .map_err(|_| CalendarTextError::Name { text: limits::shorten(name.unwrap_or_default(), 64) })?;
        let mut words = when.split_whitespace();
        let dates: Dates = words.next().ok_or_else(fail)?.parse()?;
        let from = match (words.next(), words.next(), words.next()) {
            (None, ..) => 0,
            (Some("from"), Some(time), None) => time.parse::<TimeOfDay>()?.minutes(),
            _ => return Err(fail()),
        };
        // The end of the day would close nothing.
        if from >= DAY {
            return Err(fail());
        }
        if from > 0 && matches!(dates, Dates::Range(..)) {
            return Err(CalendarTextError::RangeFrom { text: limits::shorten(text, 64) });
        }
        Ok(Self { dates, from, name })
    }
}

impl fmt::Display for Holiday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.dates.fmt(f)?;
        if self.from > 0 {
            write!(f, " from {}", TimeOfDay::at(self.from))?;
        }
        self.name.as_ref().map_or(Ok(()), |name| write!(f, " = {name}"))
    }
}

/// Hours that replace those of the week on one day or on each day of a range, also when it is a holiday.
///
/// Written as a date or a range and windows as in a [`Week`](super::Week), or `closed`.
///
/// ```
/// use destek::calendar::Override;
/// for text in ["2026-12-24 10:00-14:00", "2026-02-18..2026-03-19 09:00-12:00 20:00-26:00", "2026-12-31 closed"] {
///     assert_eq!(text.parse::<Override>()?.to_string(), text);
/// }
/// # Ok::<(), destek::calendar::CalendarTextError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Override {
    dates: Dates,
    windows: Vec<Window>,
}

impl Override {
    /// The days.
    #[must_use]
    pub const fn dates(&self) -> Dates {
        self.dates
    }

    pub(crate) fn windows(&self) -> &[Window] {
        &self.windows
    }
}

impl FromStr for Override {
    type Err = CalendarTextError;

    fn from_str(text: &str) -> Result<Self, CalendarTextError> {
        let fail = || CalendarTextError::Override { text: limits::shorten(text, 64) };
        let (dates, hours) = split_date(text, fail)?;
        if dates.span().is_none() {
            return Err(fail());
        }
        let windows = if hours == "closed" { Vec::new() } else { read_hours(hours)? };
        Ok(Self { dates, windows })
    }
}

impl fmt::Display for Override {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.dates)?;
        if self.windows.is_empty() { f.write_str("closed") } else { write_list(f, &self.windows) }
    }
}

/// Spans of one day that are closed whatever else is said: a staff meeting, a move.
///
/// Written as a date and windows; one may run past midnight.
///
/// ```
/// use destek::calendar::Break;
/// assert_eq!("2026-05-12 12:00-14:00".parse::<Break>()?.to_string(), "2026-05-12 12:00-14:00");
/// # Ok::<(), destek::calendar::CalendarTextError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Break {
    date: NaiveDate,
    windows: Vec<Window>,
}

impl Break {
    /// The day on which its spans begin.
    #[must_use]
    pub const fn date(&self) -> NaiveDate {
        self.date
    }

    pub(crate) fn windows(&self) -> &[Window] {
        &self.windows
    }
}

impl FromStr for Break {
    type Err = CalendarTextError;

    fn from_str(text: &str) -> Result<Self, CalendarTextError> {
        let fail = || CalendarTextError::Break { text: limits::shorten(text, 64) };
        match split_date(text, fail)? {
            (Dates::Day(date), hours) => Ok(Self { date, windows: read_hours(hours)? }),
            _ => Err(fail()),
        }
    }
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.date)?;
        write_list(f, &self.windows)
    }
}

fn split_date(text: &str, fail: impl Fn() -> CalendarTextError) -> Result<(Dates, &str), CalendarTextError> {
    let text = text.trim();
    let (dates, hours) = text.split_once(char::is_whitespace).ok_or_else(|| match text.parse::<Dates>() {
        Ok(_) => fail(),
        Err(problem) => problem,
    })?;
    Ok((dates.parse()?, hours.trim()))
}

/// Windows of one dated entry, joined.
fn read_hours(text: &str) -> Result<Vec<Window>, CalendarTextError> {
    let windows = read_list(text)?;
    if windows.len() > limits::CALENDAR_WINDOWS_MAX {
        return Err(CalendarTextError::TooManyWindows { count: windows.len() });
    }
    Ok(union(windows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_dates_say_what_is_wrong() {
        for (text, code) in [
            ("2026-13-01", "date_malformed"),
            ("2026-02-29", "date_malformed"),
            ("2026-1-1", "date_malformed"),
            ("02-30", "date_malformed"),
            ("1-1", "date_malformed"),
            ("2026", "date_malformed"),
            ("2026/01/01", "date_malformed"),
            ("tr", "date_malformed"),
            ("", "holiday_malformed"),
            ("0000-01-01", "year_out_of_range"),
            ("-001-01-01", "year_out_of_range"),
            ("10000-01-01", "year_out_of_range"),
            ("+2026-01-01", "year_out_of_range"),
            ("26-01-01", "year_out_of_range"),
            ("2026-03-22..2026-03-20", "range_inverted"),
            ("12-24..12-31", "date_malformed"),
            ("2026-03-20...2026-03-22", "date_malformed"),
            ("2026-03-20..2026-03-22 from 13:00", "range_from"),
            ("2026-10-28 from", "holiday_malformed"),
            ("2026-10-28 13:00", "holiday_malformed"),
            ("2026-10-28 from 13:00 on", "holiday_malformed"),
            ("2026-10-28 from 24:00", "holiday_malformed"),
            ("2026-10-28 from 1pm", "time_malformed"),
            ("2026-10-28 =", "name_malformed"),
        ] {
            assert_eq!(text.parse::<Holiday>().unwrap_err().code(), code, "{text}");
        }
        assert!("02-29".parse::<Holiday>().is_ok());
        assert!("0001-01-01..9999-12-31".parse::<Holiday>().is_ok());
        assert_eq!("12-24 from 00:00".parse::<Holiday>().unwrap().to_string(), "12-24");
    }

    #[test]
    fn bad_overrides_and_breaks_say_what_is_wrong() {
        for (text, code) in [
            ("2026-12-24", "override_malformed"),
            ("12-24 10:00-14:00", "override_malformed"),
            ("2026-12-24 open", "window_malformed"),
            ("2026-12-24 14:00-14:00", "window_empty"),
            ("yesterday", "date_malformed"),
        ] {
            assert_eq!(text.parse::<Override>().unwrap_err().code(), code, "{text}");
        }
        for (text, code) in [
            ("2026-12-24", "break_malformed"),
            ("12-24 10:00-14:00", "break_malformed"),
            ("2026-12-24..2026-12-26 10:00-14:00", "break_malformed"),
            ("2026-12-24 closed", "window_malformed"),
        ] {
            assert_eq!(text.parse::<Break>().unwrap_err().code(), code, "{text}");
        }
    }
}
