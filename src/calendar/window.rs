//! Times of day and the windows between them: `09:00-12:30`, `22:00-06:00`, `22:00-30:00`.

use std::fmt;
use std::str::FromStr;

use super::CalendarTextError;
use crate::limits;

/// Minutes in a civil day on paper.
pub(crate) const DAY: u16 = 1_440;

/// A time of day on the wall clock, in whole minutes, from `00:00` to `48:00`.
///
/// `24:00` is the end of the day; what lies beyond belongs to the next one: `30:00` is 06:00 of the day after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TimeOfDay(u16);

impl TimeOfDay {
    /// The time so many minutes after midnight.
    pub(crate) const fn at(minutes: u16) -> Self {
        Self(minutes)
    }

    pub(crate) const fn minutes(self) -> u16 {
        self.0
    }
}

impl FromStr for TimeOfDay {
    type Err = CalendarTextError;

    fn from_str(text: &str) -> Result<Self, CalendarTextError> {
        let fail = || CalendarTextError::Time { text: limits::shorten(text, 64) };
        let (hours, minutes) = text.split_once(':').ok_or_else(fail)?;
        let hours = two_digits(hours).ok_or_else(fail)?;
        let minutes = two_digits(minutes).filter(|&minutes| minutes < 60).ok_or_else(fail)?;
        let total = hours * 60 + minutes;
        if total <= 2 * DAY { Ok(Self(total)) } else { Err(fail()) }
    }
}

/// One or two digits; signs and spaces are refused.
fn two_digits(text: &str) -> Option<u16> {
    if text.is_empty() || text.len() > 2 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// A span of wall-clock time of one day, half-open: open at its first minute, closed at its last.
///
/// It begins within the day and may run into the next one, so its end is at most `48:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Window {
    /// Minutes after midnight, below 1440.
    pub(crate) from: u16,
    /// Minutes after the same midnight, above `from`.
    pub(crate) to: u16,
}

impl Window {
    /// From midnight to midnight.
    pub(crate) const WHOLE_DAY: Self = Self { from: 0, to: DAY };

    /// The part between two times of the same day, if any is left.
    pub(crate) fn clip(self, from: u16, to: u16) -> Option<Self> {
        let part = Self { from: self.from.max(from), to: self.to.min(to) };
        (part.from < part.to).then_some(part)
    }

    /// The part that runs past midnight, counted from that midnight.
    pub(crate) fn past_midnight(self) -> Option<Self> {
        self.clip(DAY, 2 * DAY).map(|part| Self { from: part.from - DAY, to: part.to - DAY })
    }
}

impl FromStr for Window {
    type Err = CalendarTextError;

    fn from_str(text: &str) -> Result<Self, CalendarTextError> {
        let shown = || limits::shorten(text, 64);
        let (from, to) = text.split_once('-').ok_or_else(|| CalendarTextError::Window { text: shown() })?;
        let from = from.parse::<TimeOfDay>()?.minutes();
        let to = to.parse::<TimeOfDay>()?.minutes();
        if from >= DAY {
            return Err(CalendarTextError::WindowStart { text: shown() });
        }
        if from == to {
            return Err(CalendarTextError::WindowEmpty { text: shown() });
        }
        // `22:00-06:00` is the plain way to write a night.
        let to = if to < from { to + DAY } else { to };
        Ok(Self { from, to })
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", TimeOfDay::at(self.from), TimeOfDay::at(self.to))
    }
}

/// The windows in order, with those that overlap or touch made one.
pub(crate) fn union(mut windows: Vec<Window>) -> Vec<Window> {
    windows.sort_unstable();
    let mut joined: Vec<Window> = Vec::with_capacity(windows.len());
    for window in windows {
        match joined.last_mut() {
            Some(last) if window.from <= last.to => last.to = last.to.max(window.to),
            _ => joined.push(window),
        }
    }
    joined
}

/// What is left of ordered windows without the time in `holes`.
pub(crate) fn subtract(windows: &[Window], holes: &[Window]) -> Vec<Window> {
    let mut left = windows.to_vec();
    for hole in holes {
        left = left
            .into_iter()
            .flat_map(|window| [window.clip(0, hole.from), window.clip(hole.to, 2 * DAY)])
            .flatten()
            .collect();
    }
    left
}

/// Windows separated by spaces, as in `09:00-12:30 13:30-18:00`.
pub(crate) fn read_list(text: &str) -> Result<Vec<Window>, CalendarTextError> {
    text.split_whitespace().map(str::parse).collect()
}

/// Writes windows separated by spaces.
pub(crate) fn write_list(f: &mut fmt::Formatter<'_>, windows: &[Window]) -> fmt::Result {
    for (index, window) in windows.iter().enumerate() {
        write!(f, "{}{window}", if index == 0 { "" } else { " " })?;
    }
    Ok(())
}
