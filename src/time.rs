//! Instants, spans and budgets: the three measures of time that the crate speaks.
//!
//! An instant ([`Timestamp`]) and a span ([`Span`]) are whole milliseconds; a [`Budget`], which is what
//! somebody promised, is whole seconds. Nothing here reads a clock.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::limits;

/// An instant in UTC, in whole milliseconds, between the years 1 and 9999.
///
/// Anything finer is cut off when it enters, towards the past, so that two instants that print alike are
/// equal. Stored and printed as RFC 3339 with three decimals, which sorts as text.
///
/// ```
/// use destek::time::{Span, Timestamp};
///
/// let opened: Timestamp = "2026-11-27T13:00:00.0009+03:00".parse()?;
/// assert_eq!(opened.to_string(), "2026-11-27T10:00:00.000Z");
/// assert_eq!((opened + Span::minutes(5)).since(opened), Span::seconds(300));
/// # Ok::<(), destek::time::ParseTimestampError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The first instant: 0001-01-01T00:00:00.000Z.
    pub const MIN: Self = Self(-62_135_596_800_000);
    /// The last instant: 9999-12-31T23:59:59.999Z.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// The instant this many milliseconds after 1970-01-01T00:00:00Z, held between [`Self::MIN`] and [`Self::MAX`].
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        if millis < Self::MIN.0 {
            Self::MIN
        } else if millis > Self::MAX.0 {
            Self::MAX
        } else {
            Self(millis)
        }
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The same instant as a chrono value.
    #[must_use]
    pub fn to_datetime(self) -> DateTime<Utc> {
        // Every value between MIN and MAX has a chrono value; the default is never taken.
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }

    /// The span from `earlier` to `self`; negative when `self` is the earlier one.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(value: DateTime<Utc>) -> Self {
        Self::from_millis(value.timestamp_millis())
    }
}

impl Add<Span> for Timestamp {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self::from_millis(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self::from_millis(self.0.saturating_sub(span.0))
    }
}

/// A text that is not an instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an instant between the years 1 and 9999; write it like `2026-11-27T10:00:00Z`")]
pub struct ParseTimestampError {
    text: String,
}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    /// Reads RFC 3339, with any offset.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = || ParseTimestampError { text: limits::shorten(text, 64) };
        let value = DateTime::parse_from_rfc3339(text).map_err(|_| fail())?;
        let millis = value.timestamp_millis();
        if (Self::MIN.0..=Self::MAX.0).contains(&millis) { Ok(Self(millis)) } else { Err(fail()) }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_datetime().to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

crate::written::stored_as_text!(Timestamp);

/// A signed length of time in whole milliseconds. Stored as that integer.
///
/// ```
/// use destek::time::Span;
/// assert_eq!(Span::minutes(90).to_string(), "1h 30m");
/// assert_eq!((Span::seconds(1) - Span::minutes(1)).to_string(), "-59s");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(i64);

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A span of milliseconds.
    #[must_use]
    pub const fn millis(millis: i64) -> Self {
        Self(millis)
    }
    /// A span of seconds.
    #[must_use]
    pub const fn seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }
    /// A span of minutes.
    #[must_use]
    pub const fn minutes(minutes: i64) -> Self {
        Self(minutes.saturating_mul(60_000))
    }
    /// A span of hours.
    #[must_use]
    pub const fn hours(hours: i64) -> Self {
        Self(hours.saturating_mul(3_600_000))
    }
    /// A span of 24-hour days.
    #[must_use]
    pub const fn days(days: i64) -> Self {
        Self(days.saturating_mul(86_400_000))
    }
    /// The length in milliseconds.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }
    /// The length in whole seconds, rounded towards zero.
    #[must_use]
    pub const fn as_seconds(self) -> i64 {
        self.0 / 1_000
    }
    /// Whether the span is negative.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }
}

impl From<TimeDelta> for Span {
    fn from(value: TimeDelta) -> Self {
        Self(value.num_milliseconds())
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Span {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Span {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Sum for Span {
    fn sum<I: Iterator<Item = Self>>(spans: I) -> Self {
        spans.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let total = self.0.unsigned_abs();
        let parts =
            [(total / 3_600_000, "h"), (total / 60_000 % 60, "m"), (total / 1_000 % 60, "s"), (total % 1_000, "ms")];
        let mut first = true;
        for (amount, unit) in parts {
            if amount > 0 {
                write!(f, "{}{amount}{unit}", if first { "" } else { " " })?;
                first = false;
            }
        }
        if first { f.write_str("0s") } else { Ok(()) }
    }
}

/// How much calendar time is promised: whole seconds, zero included, at most ten years.
///
/// Written `5m`, `1h 30m`, `90s` or `PT1H30M`. A day is refused: whether it means 24 hours or a working day
/// has to be said in hours.
///
/// ```
/// use destek::time::{Budget, Span};
/// let budget: Budget = "1h 30m".parse()?;
/// assert_eq!(budget.span(), Span::minutes(90));
/// assert_eq!("PT90M".parse::<Budget>()?, budget);
/// assert!("2d".parse::<Budget>().unwrap_err().to_string().contains("hours"));
/// # Ok::<(), destek::time::ParseBudgetError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Budget(u32);

impl Budget {
    /// A budget of whole seconds.
    ///
    /// # Errors
    /// When it exceeds [`limits::BUDGET_SECONDS_MAX`].
    pub fn seconds(seconds: u64) -> Result<Self, ParseBudgetError> {
        match u32::try_from(seconds) {
            Ok(seconds) if seconds <= limits::BUDGET_SECONDS_MAX => Ok(Self(seconds)),
            _ => Err(ParseBudgetError::TooLong { text: format!("{seconds}s") }),
        }
    }

    /// The budget in seconds.
    #[must_use]
    pub const fn as_seconds(self) -> u32 {
        self.0
    }

    /// The budget as a span.
    #[must_use]
    pub const fn span(self) -> Span {
        Span::seconds(self.0 as i64)
    }
}

/// A text that is not a budget.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseBudgetError {
    /// Not of the form `1h 30m`.
    #[error("`{text}` is not a length of time; write it like `5m`, `1h 30m`, `90s` or `PT1H30M`")]
    Malformed {
        /// What was read.
        text: String,
    },
    /// Units in other words than those that are read.
    #[error("`{text}` is not a length of time; did you mean `{meant}`?")]
    Spelled {
        /// What was read.
        text: String,
        /// What it says in the units that are read.
        meant: Budget,
    },
    /// Days, which could mean 24 hours or a working day.
    #[error("`{text}` counts days, which may mean 24 hours or a working day; write it in hours")]
    Days {
        /// What was read.
        text: String,
    },
    /// More than ten years.
    #[error("`{text}` is longer than ten years; use a shorter length of time")]
    TooLong {
        /// What was read.
        text: String,
    },
}

impl FromStr for Budget {
    type Err = ParseBudgetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::read(text).map_err(|error| match error {
            ParseBudgetError::Malformed { text: shown } => match as_spoken(text) {
                Some(Spoken::Meant(meant)) => ParseBudgetError::Spelled { text: shown, meant },
                Some(Spoken::Days) => ParseBudgetError::Days { text: shown },
                None => ParseBudgetError::Malformed { text: shown },
            },
            other => other,
        })
    }
}

/// A length of time as people speak.
enum Spoken {
    /// It says this.
    Meant(Budget),
    /// It counts days or weeks.
    Days,
}

/// What a text says whose units are spelled as people speak, in Turkish or English: `2 saat`, `5 min`.
fn as_spoken(text: &str) -> Option<Spoken> {
    let lower = text.trim().to_lowercase();
    let amounts = lower.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let units = lower.split(|c: char| c.is_ascii_digit() || c == ' ').filter(|part| !part.is_empty());
    if !lower.starts_with(|c: char| c.is_ascii_digit()) || amounts.clone().count() != units.clone().count() {
        return None;
    }
    let mut plain = String::new();
    for (amount, unit) in amounts.zip(units) {
        plain.push_str(amount);
        plain.push(match unit {
            "h" | "hr" | "hrs" | "hour" | "hours" | "sa" | "saat" => 'h',
            "m" | "min" | "mins" | "minute" | "minutes" | "dk" | "dak" | "dakika" => 'm',
            "s" | "sec" | "secs" | "second" | "seconds" | "sn" | "saniye" => 's',
            "d" | "day" | "days" | "gün" | "gun" | "w" | "week" | "weeks" | "hafta" => return Some(Spoken::Days),
            _ => return None,
        });
    }
    Budget::read(&plain).ok().map(Spoken::Meant)
}

impl Budget {
    /// What a document is told to write where it has something else.
    pub(crate) const FORM: &str = "a length such as \"2h\"";

    fn read(text: &str) -> Result<Self, ParseBudgetError> {
        let shown = || limits::shorten(text, 64);
        let malformed = || ParseBudgetError::Malformed { text: shown() };
        let lower = text.trim().to_ascii_lowercase();
        let body = lower.strip_prefix("pt").unwrap_or(&lower);
        let mut seconds: u64 = 0;
        let mut digits = String::new();
        let mut last_unit = u64::MAX;
        for c in body.chars() {
            if c.is_ascii_digit() {
                digits.push(c);
                continue;
            }
            if c == ' ' && digits.is_empty() {
                continue;
            }
            let unit = match c {
                'h' => 3_600,
                'm' => 60,
                's' => 1,
                'd' | 'w' | 'g' => return Err(ParseBudgetError::Days { text: shown() }),
                _ => return Err(malformed()),
            };
            // Each unit once, the larger first: `30m 1h` is more likely a slip than a wish.
            if unit >= last_unit || digits.is_empty() {
                return Err(malformed());
            }
            last_unit = unit;
            let amount: u64 = digits.parse().map_err(|_| ParseBudgetError::TooLong { text: shown() })?;
            digits.clear();
            seconds = amount
                .checked_mul(unit)
                .and_then(|part| seconds.checked_add(part))
                .ok_or_else(|| ParseBudgetError::TooLong { text: shown() })?;
        }
        if last_unit == u64::MAX || !digits.is_empty() {
            return Err(malformed());
        }
        Self::seconds(seconds).map_err(|_| ParseBudgetError::TooLong { text: shown() })
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.span().fmt(f)
    }
}

impl Serialize for Budget {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Budget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Written)
    }
}

/// Reads a budget, and says how one is written where there is something else.
struct Written;

impl de::Visitor<'_> for Written {
    type Value = Budget;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Budget::FORM)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Budget, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_as_people_speak_are_not_read_and_what_was_meant_is_said() {
        for (text, meant) in [
            ("2 saat", "2h"),
            ("5 min", "5m"),
            ("5 m", "5m"),
            ("30 dk", "30m"),
            ("1 sa 30 dk", "1h 30m"),
            ("90 Saniye", "1m 30s"),
            ("2hours", "2h"),
            ("1saat15dakika", "1h 15m"),
        ] {
            let error = text.parse::<Budget>().unwrap_err();
            assert_eq!(error.to_string(), format!("`{text}` is not a length of time; did you mean `{meant}`?"));
        }
        // What cannot be told for certain is not guessed.
        for text in ["1,5 saat", "1.5 saat", "saat 2", "2", "2 saat 3 saat", "30m 1h", "2 sat", ""] {
            let error = text.parse::<Budget>().unwrap_err();
            assert!(matches!(error, ParseBudgetError::Malformed { .. }), "{text}: {error}");
        }
        for text in ["2 gün", "3 GÜN", "1 hafta", "2 days", "2d"] {
            assert!(matches!(text.parse::<Budget>(), Err(ParseBudgetError::Days { .. })), "{text}");
        }
    }

    #[test]
    fn an_instant_is_cut_to_milliseconds_towards_the_past() {
        let before_epoch: Timestamp = "1969-12-31T23:59:59.9999Z".parse().unwrap();
        assert_eq!(before_epoch.as_millis(), -1);
        let after: Timestamp = "1970-01-01T00:00:00.0019Z".parse().unwrap();
        assert_eq!(after.as_millis(), 1);
    }

    #[test]
    fn years_outside_one_to_9999_are_refused() {
        for text in ["0000-12-31T23:59:59Z", "+10000-01-01T00:00:00Z", "9999-12-31T23:59:59.999-01:00", "yesterday", ""]
        {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Timestamp::MIN.to_string(), "0001-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::MAX + Span::days(1), Timestamp::MAX);
    }

    #[test]
    fn budgets_read_what_they_print() {
        for (text, seconds) in
            [("5m", 300), ("1h 30m", 5_400), ("1h30m", 5_400), ("0s", 0), ("PT4H", 14_400), ("90s", 90)]
        {
            let budget: Budget = text.parse().unwrap();
            assert_eq!(budget.as_seconds(), seconds, "{text}");
            assert_eq!(budget.to_string().parse::<Budget>().unwrap(), budget);
        }
        for text in ["", "5", "m", "30m 1h", "1h 1h", "-5m", "1.5h", "pt", "5x"] {
            assert!(matches!(text.parse::<Budget>(), Err(ParseBudgetError::Malformed { .. })), "{text}");
        }
        assert!(matches!("99999999999999999999h".parse::<Budget>(), Err(ParseBudgetError::TooLong { .. })));
        assert!(matches!("87601h".parse::<Budget>(), Err(ParseBudgetError::TooLong { .. })));
        assert!(matches!("2d".parse::<Budget>(), Err(ParseBudgetError::Days { .. })));
    }
}
