//! What can be wrong with a calendar document.

use crate::limits;
use crate::text::fold;

/// One finding of [`CalendarDoc::compile`](super::CalendarDoc::compile).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("in `{field}`: {problem}")]
pub struct CalendarError {
    field: String,
    problem: CalendarTextError,
}

impl CalendarError {
    pub(crate) fn new(field: impl Into<String>, problem: CalendarTextError) -> Self {
        Self { field: field.into(), problem }
    }

    /// A stable name of the kind of finding, like `window_empty`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.problem.code()
    }

    /// Where it is within the document, like `holidays/3`; list entries count from 0.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What is wrong.
    #[must_use]
    pub fn message(&self) -> String {
        self.problem.message()
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        self.problem.help()
    }

    /// What is wrong, as a value.
    #[must_use]
    pub const fn problem(&self) -> &CalendarTextError {
        &self.problem
    }
}

/// A text that is not the part of a calendar it was read as.
///
/// Each prints as what is wrong and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}; {}", self.message(), self.help())]
#[non_exhaustive]
pub enum CalendarTextError {
    /// Not a time of day.
    Time {
        /// What was read.
        text: String,
    },
    /// Not two times with a dash between.
    Window {
        /// What was read.
        text: String,
    },
    /// A window that begins at or after the end of its day.
    WindowStart {
        /// What was read.
        text: String,
    },
    /// A window that ends where it begins.
    WindowEmpty {
        /// What was read.
        text: String,
    },
    /// Weekdays without hours, or hours without weekdays.
    Entry {
        /// What was read.
        text: String,
    },
    /// Not a weekday.
    Day {
        /// What was read.
        text: String,
    },
    /// Not a date of the calendar.
    Date {
        /// What was read.
        text: String,
    },
    /// A year outside 1 to 9999.
    Year {
        /// What was read.
        text: String,
    },
    /// A range that ends before it begins.
    Range {
        /// What was read.
        text: String,
    },
    /// Something that is neither `from` a time nor a name follows a holiday's date.
    Holiday {
        /// What was read.
        text: String,
    },
    /// A half day of a range, which could mean its first day or each of them.
    RangeFrom {
        /// What was read.
        text: String,
    },
    /// No hours and no `closed` after an override's date.
    Override {
        /// What was read.
        text: String,
    },
    /// Not one date with spans of time.
    Break {
        /// What was read.
        text: String,
    },
    /// Two overrides for one day.
    OverrideTwice {
        /// The day.
        text: String,
    },
    /// A name that is empty, too long, or has a control character.
    Name {
        /// What was read.
        text: String,
    },
    /// No zone was named.
    ZoneMissing,
    /// A zone that the source does not know.
    ZoneUnknown {
        /// What was read.
        text: String,
        /// Names that are near to it, nearest first.
        near: Vec<String>,
        /// Whether the source knows any names at all.
        named: bool,
    },
    /// More windows than allowed.
    TooManyWindows {
        /// How many there are.
        count: usize,
    },
    /// More holidays, overrides and breaks than allowed.
    TooManyDates {
        /// How many there are.
        count: usize,
    },
}

impl CalendarTextError {
    /// A stable name of the kind of error, like `window_empty`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Time { .. } => "time_malformed",
            Self::Window { .. } => "window_malformed",
            Self::WindowStart { .. } => "window_start",
            Self::WindowEmpty { .. } => "window_empty",
            Self::Entry { .. } => "week_malformed",
            Self::Day { .. } => "day_unknown",
            Self::Date { .. } => "date_malformed",
            Self::Year { .. } => "year_out_of_range",
            Self::Range { .. } => "range_inverted",
            Self::Holiday { .. } => "holiday_malformed",
            Self::RangeFrom { .. } => "range_from",
            Self::Override { .. } => "override_malformed",
            Self::Break { .. } => "break_malformed",
            Self::OverrideTwice { .. } => "override_twice",
            Self::Name { .. } => "name_malformed",
            Self::ZoneMissing => "zone_missing",
            Self::ZoneUnknown { .. } => "zone_unknown",
            Self::TooManyWindows { .. } => "too_many_windows",
            Self::TooManyDates { .. } => "too_many_dates",
        }
    }

    /// What is wrong.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Time { text } => format!("`{text}` is not a time of day"),
            Self::Window { text } => format!("`{text}` is not a window of time"),
            Self::WindowStart { text } => format!("the window `{text}` begins after its day has ended"),
            Self::WindowEmpty { text } => format!("the window `{text}` is empty"),
            Self::Entry { text } => format!("`{text}` does not name weekdays and their hours"),
            Self::Day { text } => format!("`{text}` is not a weekday"),
            Self::Date { text } => format!("`{text}` is not a date"),
            Self::Year { text } => format!("the year of `{text}` is outside 1 to 9999"),
            Self::Range { text } => format!("the range `{text}` ends before it begins"),
            Self::Holiday { text } => format!("`{text}` is not a holiday"),
            Self::RangeFrom { text } => format!("`{text}` is a range with a closing time"),
            Self::Override { text } => format!("`{text}` is not a day with its own hours"),
            Self::Break { text } => format!("`{text}` is not a break"),
            Self::OverrideTwice { text } => format!("{text} has two overrides"),
            Self::Name { text } => format!("`{text}` is not a name"),
            Self::ZoneMissing => "no time zone is named".to_owned(),
            Self::ZoneUnknown { text, .. } => format!("`{text}` is not a known time zone"),
            Self::TooManyWindows { count } => {
                format!("there are {count} windows, at most {} are allowed", limits::CALENDAR_WINDOWS_MAX)
            }
            Self::TooManyDates { count } => {
                format!("there are {count} dated entries, at most {} are allowed", limits::CALENDAR_DATES_MAX)
            }
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        let help = match self {
            Self::Time { .. } => {
                "write hours and minutes between `00:00` and `48:00`, like `09:30`; `24:00` is the end of the day, `30:00` is 06:00 of the next"
            }
            Self::Window { .. } => "write two times with a dash, like `09:00-12:30`",
            Self::WindowStart { .. } => "begin it before `24:00`, on the weekday on which it opens",
            Self::WindowEmpty { .. } => "let it end after it begins; a whole day is `00:00-24:00`",
            Self::Entry { .. } => {
                "write weekdays, a space and windows, like `mon-fri 09:00-12:30 13:30-18:00; sat 10:00-14:00`"
            }
            Self::Day { text } => match turkish_day(text) {
                Some(day) => return format!("did you mean `{day}`?"),
                None => "write `mon`, `tue`, `wed`, `thu`, `fri`, `sat` or `sun`",
            },
            Self::Date { .. } => {
                "write a day like `2026-10-29`, every year's like `10-29`, or a range like `2026-03-20..2026-03-22`"
            }
            Self::Year { .. } => "use a year from 1 to 9999, with four digits",
            Self::Range { .. } => "write the earlier day first",
            Self::Holiday { .. } => {
                "write a date, then if wanted `from` and a closing time, then if wanted `=` and a name, like `2026-10-28 from 13:00 = half day`"
            }
            Self::RangeFrom { .. } => {
                "write the half day as its own entry, like `2026-03-19 from 13:00`; a range closes whole days"
            }
            Self::Override { .. } => {
                "write a date or a range and its hours, like `2026-12-24 10:00-14:00`, or `2026-12-24 closed`"
            }
            Self::Break { .. } => "write one date and spans of time, like `2026-05-12 12:00-14:00`",
            Self::OverrideTwice { .. } => "put all hours of a day into one entry",
            Self::Name { .. } => "write at most 64 bytes without control characters",
            Self::ZoneMissing => "write a zone like `Europe/Istanbul` or an offset like `+03:00`",
            Self::ZoneUnknown { near, named, .. } => return zone_help(near, *named),
            Self::TooManyWindows { .. } => "join windows that touch",
            Self::TooManyDates { .. } => {
                "join neighbouring days to ranges, and use dates without a year for what returns every year"
            }
        };
        help.to_owned()
    }
}

/// The weekday that a Turkish name or its usual short form means.
fn turkish_day(text: &str) -> Option<&'static str> {
    let folded = fold(text);
    Some(match folded.as_str() {
        "pazartesi" | "pzt" | "pts" => "mon",
        "sali" | "sal" => "tue",
        "carsamba" | "car" | "crs" => "wed",
        "persembe" | "per" | "prs" => "thu",
        "cuma" | "cum" => "fri",
        "cumartesi" | "cmt" | "cts" => "sat",
        "pazar" | "paz" => "sun",
        _ => return None,
    })
}

fn zone_help(near: &[String], named: bool) -> String {
    match near {
        [] if named => {
            "write a name of the IANA database like `Europe/Istanbul`, or an offset like `+03:00`".to_owned()
        }
        [] => {
            "only offsets like `+03:00` are known here; named zones need the feature `chrono-tz` or an own zone source"
                .to_owned()
        }
        [one] => format!("did you mean `{one}`?"),
        [first, rest @ ..] => {
            let rest = rest.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ");
            format!("did you mean `{first}`, or {rest}?")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turkish_weekdays_are_known_well_enough_to_be_translated() {
        for (text, day) in [
            ("pzt", "mon"),
            ("Pazartesi", "mon"),
            ("Salı", "tue"),
            ("çar", "wed"),
            ("ÇARŞAMBA", "wed"),
            ("Perşembe", "thu"),
            ("cum", "fri"),
            ("cumartesi", "sat"),
            ("paz", "sun"),
        ] {
            let error = CalendarTextError::Day { text: text.to_owned() };
            assert_eq!(error.to_string(), format!("`{text}` is not a weekday; did you mean `{day}`?"));
        }
        let error = CalendarTextError::Day { text: "lundi".to_owned() };
        assert!(error.help().contains("`mon`, `tue`"), "{error}");
    }
}
