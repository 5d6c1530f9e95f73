//! The hours of a week: `mon-fri 09:00-12:30 13:30-18:00; sat 10:00-14:00`.

use std::fmt;
use std::str::FromStr;

use super::CalendarTextError;
use super::window::{Window, read_list, union, write_list};
use crate::limits;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The opening hours of each weekday, before holidays and the like.
///
/// Entries are separated by `;`. Each names weekdays (`mon`, `mon-fri`, `mon,wed,fri`; `sat-mon` goes over the
/// end of the week) and then windows, `HH:MM-HH:MM`, open at their first minute and closed at their last.
/// `24:00` is the end of the day. A night is `22:00-06:00` or `22:00-30:00`: a window that belongs to the
/// weekday on which it opens. Windows that overlap or touch are one. A weekday that no entry names is closed,
/// and so is a week without entries.
///
/// Printed with its windows joined and equal weekdays together; reads what it prints.
///
/// ```
/// use destek::calendar::Week;
/// let week: Week = "fri 22:00-06:00; mon,tue,wed 09:00-12:00 12:00-18:00; sat 22:00-30:00".parse()?;
/// assert_eq!(week.to_string(), "mon-wed 09:00-18:00; fri,sat 22:00-30:00");
/// assert!("mon 17:00-17:00".parse::<Week>().unwrap_err().to_string().contains("empty"));
/// # Ok::<(), destek::calendar::CalendarTextError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Week {
    /// From Monday on, each ordered and joined.
    days: [Vec<Window>; 7],
}

impl Week {
    /// Whether it never opens.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.days.iter().all(Vec::is_empty)
    }

    /// The windows that open on a weekday, Monday being 0.
    pub(crate) fn day(&self, weekday: usize) -> &[Window] {
        self.days.get(weekday).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn around_the_clock() -> Self {
        Self { days: std::array::from_fn(|_| vec![Window::WHOLE_DAY]) }
    }

    /// Reads the text form, with everything that is wrong in it.
    pub(crate) fn read(text: &str) -> Result<Self, Vec<CalendarTextError>> {
        let mut week = Self::default();
        let mut problems = Vec::new();
        let mut count = 0;
        for entry in text.split(';').map(str::trim).filter(|entry| !entry.is_empty()) {
            match read_entry(entry) {
                Ok((weekdays, windows)) => {
                    count += weekdays.len() * windows.len();
                    // Past the limit only the number still matters.
                    if count <= limits::CALENDAR_WINDOWS_MAX {
                        for weekday in weekdays {
                            if let Some(day) = week.days.get_mut(weekday) {
                                day.extend_from_slice(&windows);
                            }
                        }
                    }
                }
                Err(problem) => problems.push(problem),
            }
        }
        if count > limits::CALENDAR_WINDOWS_MAX {
            problems.push(CalendarTextError::TooManyWindows { count });
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        week.days = week.days.map(union);
        Ok(week)
    }
}

/// One entry: which weekdays, each once, and their windows.
fn read_entry(entry: &str) -> Result<(Vec<usize>, Vec<Window>), CalendarTextError> {
    let malformed = || CalendarTextError::Entry { text: limits::shorten(entry, 64) };
    // Weekdays have no digits, so the hours begin at the first one.
    let start = entry.find(|c: char| c.is_ascii_digit()).ok_or_else(malformed)?;
    let (days, hours) = entry.split_at_checked(start).ok_or_else(malformed)?;
    if days.trim().is_empty() || !days.ends_with(char::is_whitespace) {
        return Err(malformed());
    }
    let mut weekdays = Vec::new();
    for part in days.split(',').map(str::trim) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (weekday(first)?, weekday(last)?);
        let length = (last + 7 - first) % 7;
        weekdays.extend((0..=length).map(|step| (first + step) % 7));
    }
    weekdays.sort_unstable();
    weekdays.dedup();
    Ok((weekdays, read_list(hours)?))
}

fn weekday(text: &str) -> Result<usize, CalendarTextError> {
    DAYS.iter()
        .position(|day| day.eq_ignore_ascii_case(text))
        .ok_or_else(|| CalendarTextError::Day { text: limits::shorten(text, 64) })
}

impl FromStr for Week {
    type Err = CalendarTextError;

    fn from_str(text: &str) -> Result<Self, CalendarTextError> {
        Self::read(text).map_err(|problems| {
            problems.into_iter().next().unwrap_or_else(|| CalendarTextError::Entry { text: limits::shorten(text, 64) })
        })
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for (weekday, windows) in self.days.iter().enumerate() {
            if windows.is_empty() || self.days.iter().take(weekday).any(|earlier| earlier == windows) {
                continue;
            }
            f.write_str(if first { "" } else { "; " })?;
            first = false;
            let alike: Vec<bool> = self.days.iter().map(|day| day == windows).collect();
            write_days(f, &alike)?;
            f.write_str(" ")?;
            write_list(f, windows)?;
        }
        Ok(())
    }
}

/// Writes the chosen weekdays, three or more in a row as a range.
fn write_days(f: &mut fmt::Formatter<'_>, chosen: &[bool]) -> fmt::Result {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for day in chosen.iter().enumerate().filter_map(|(day, &chosen)| chosen.then_some(day)) {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == day => *last = day,
            _ => runs.push((day, day)),
        }
    }
    let name = |day: usize| DAYS.get(day).copied().unwrap_or_default();
    for (index, (first, last)) in runs.into_iter().enumerate() {
        f.write_str(if index == 0 { "" } else { "," })?;
        match last - first {
            0 => f.write_str(name(first))?,
            1 => write!(f, "{},{}", name(first), name(last))?,
            _ => write!(f, "{}-{}", name(first), name(last))?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_reads_what_it_prints() {
        for (text, printed) in [
            ("mon-fri 09:00-12:30 13:30-18:00; sat 10:00-14:00", "mon-fri 09:00-12:30 13:30-18:00; sat 10:00-14:00"),
            ("", ""),
            (" ; ", ""),
            ("Mon, WED ,fri 9:00-17:00;", "mon,wed,fri 09:00-17:00"),
            ("sat-mon 00:00-24:00", "mon,sat,sun 00:00-24:00"),
            ("mon 12:00-17:00 09:00-13:00", "mon 09:00-17:00"),
            ("mon 09:00-10:00; mon 10:00-11:00; tue 09:00-11:00", "mon,tue 09:00-11:00"),
            ("fri 22:00-06:00", "fri 22:00-30:00"),
            ("fri 23:00-48:00", "fri 23:00-48:00"),
        ] {
            let week: Week = text.parse().unwrap();
            assert_eq!(week.to_string(), printed, "{text}");
            assert_eq!(printed.parse::<Week>().unwrap(), week, "{text}");
        }
        assert!(Week::default().is_empty());
    }

    #[test]
    fn bad_weeks_say_what_is_wrong() {
        for (text, code) in [
            ("mon 09:00-09:00", "window_empty"),
            ("mon 25:00-26:00", "window_start"),
            ("mon 24:00-26:00", "window_start"),
            ("mon 09:00-49:00", "time_malformed"),
            ("mon 09:00-48:01", "time_malformed"),
            ("mon 09:60-10:00", "time_malformed"),
            ("mon 09:00:30-10:00", "time_malformed"),
            ("mon 9-17", "time_malformed"),
            ("mon 09:00 - 10:00", "window_malformed"),
            ("mon 09:00", "window_malformed"),
            ("moon 09:00-10:00", "day_unknown"),
            ("mon- 09:00-10:00", "day_unknown"),
            (", 09:00-10:00", "day_unknown"),
            ("mon", "week_malformed"),
            ("09:00-10:00", "week_malformed"),
            ("mon09:00-10:00", "week_malformed"),
            ("mon 09:00-10:00 tue 09:00-10:00", "window_malformed"),
            ("pazartesi 09:00-10:00", "day_unknown"),
        ] {
            assert_eq!(text.parse::<Week>().unwrap_err().code(), code, "{text}");
        }
        let several = Week::read("mon 9-10; tues 09:00-10:00; wed 09:00-10:00").unwrap_err();
        assert_eq!(several.iter().map(CalendarTextError::code).collect::<Vec<_>>(), ["time_malformed", "day_unknown"]);
        let many = format!("mon-sun {}", "09:00-10:00 ".repeat(25));
        assert_eq!(Week::read(&many).unwrap_err(), [CalendarTextError::TooManyWindows { count: 175 }]);
    }
}
