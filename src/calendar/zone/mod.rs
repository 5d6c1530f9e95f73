//! Time zones: what a wall clock shows, and which instant that is.
//!
//! Fixed offsets are always known; the names of the IANA database come from [`StandardZones`] with the feature
//! `chrono-tz`, or from a [`ZoneSource`] of the host.

#[cfg(feature = "chrono-tz")]
mod named;
mod near;

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime};

use super::CalendarTextError;
use crate::limits;
use crate::time::{Span, Timestamp};

/// What a wall clock shows, without saying where it hangs: milliseconds since its own 1970-01-01 00:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime(i64);

impl WallTime {
    /// What shows so many milliseconds after 1970-01-01 00:00.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds after 1970-01-01 00:00, counting every day as 24 hours.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The same as a chrono value; `None` when it is hundreds of thousands of years away.
    #[must_use]
    pub fn to_naive(self) -> Option<NaiveDateTime> {
        DateTime::from_timestamp_millis(self.0).map(|moment| moment.naive_utc())
    }

    /// The instant at which a clock with this offset shows it.
    #[must_use]
    pub const fn at_offset(self, offset: Span) -> Timestamp {
        Timestamp::from_millis(self.0.saturating_sub(offset.as_millis()))
    }
}

impl From<NaiveDateTime> for WallTime {
    fn from(value: NaiveDateTime) -> Self {
        Self(value.and_utc().timestamp_millis())
    }
}

/// The rules of one time zone.
///
/// The two directions have to fit: with `wall(t) = t + offset(t)`, [`instant`](Self::instant) of a wall time is
/// the first instant `t` with `wall(t)` equal to it or later (law 9). A time that is shown once is thus that
/// instant, one that is shown twice its first showing, and one that is skipped the instant of the change,
/// whichever side somebody calls daylight saving time. It never decreases.
pub trait ZoneRules: fmt::Debug + Send + Sync {
    /// The name, as policies write it.
    fn name(&self) -> &str;

    /// The version of the database that the rules come from, like `2025b`. Deadlines are computed anew when it
    /// changes (law 14).
    fn database(&self) -> &str;

    /// How far the wall clock is ahead of UTC at an instant; negative in the west.
    fn offset(&self, at: Timestamp) -> Span;

    /// The first instant at which the wall clock shows `wall` or a later time, held between
    /// [`Timestamp::MIN`] and [`Timestamp::MAX`].
    fn instant(&self, wall: WallTime) -> Timestamp;

    /// An instant up to which, from `at` on, the offset is known to stay the same; [`Timestamp::MAX`] when it never changes
    /// again. Only speed depends on it: `at`, which says nothing, is always right.
    fn steady_until(&self, at: Timestamp) -> Timestamp {
        at
    }
}

/// Where time zones come from: implement it to bring an own or a fresher database.
pub trait ZoneSource {
    /// The zone of exactly this name.
    fn find(&self, name: &str) -> Option<Arc<dyn ZoneRules>>;

    /// All names, to suggest one when a name is unknown.
    fn names(&self) -> Vec<&str> {
        Vec::new()
    }
}

/// The zones that are built in: with the feature `chrono-tz` those of the IANA database that the crate of that
/// name carries, whose table of changes ends in 2099; without it none.
#[derive(Debug, Clone, Copy, Default)]
pub struct StandardZones;

impl ZoneSource for StandardZones {
    #[cfg(feature = "chrono-tz")]
    fn find(&self, name: &str) -> Option<Arc<dyn ZoneRules>> {
        named::find(name)
    }

    #[cfg(not(feature = "chrono-tz"))]
    fn find(&self, _name: &str) -> Option<Arc<dyn ZoneRules>> {
        None
    }

    #[cfg(feature = "chrono-tz")]
    fn names(&self) -> Vec<&str> {
        named::names()
    }
}

/// A zone that never changes its offset.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fixed {
    name: String,
    offset: Span,
}

impl Fixed {
    /// Reads `UTC` or an offset like `+03:00`, at most 18 hours.
    fn read(text: &str) -> Option<Self> {
        if text == "UTC" {
            return Some(Self { name: text.to_owned(), offset: Span::ZERO });
        }
        let (sign, digits) = match text.split_at_checked(1)? {
            ("+", digits) => (1, digits),
            ("-", digits) => (-1, digits),
            _ => return None,
        };
        let (hours, minutes) = digits.split_once(':')?;
        let plain = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(hours) || !plain(minutes) {
            return None;
        }
        let minutes_of_hour: i64 = minutes.parse().ok().filter(|&minutes| minutes < 60)?;
        let total = hours.parse::<i64>().ok()? * 60 + minutes_of_hour;
        (total <= 18 * 60).then(|| Self { name: text.to_owned(), offset: Span::minutes(sign * total) })
    }
}

impl ZoneRules for Fixed {
    fn name(&self) -> &str {
        &self.name
    }
    fn database(&self) -> &str {
        "fixed"
    }
    fn offset(&self, _at: Timestamp) -> Span {
        self.offset
    }
    fn instant(&self, wall: WallTime) -> Timestamp {
        wall.at_offset(self.offset)
    }
    fn steady_until(&self, _at: Timestamp) -> Timestamp {
        Timestamp::MAX
    }
}

/// The zone `UTC`.
pub(crate) fn utc() -> Arc<dyn ZoneRules> {
    Arc::new(Fixed { name: "UTC".to_owned(), offset: Span::ZERO })
}

/// The zone of a name or offset.
pub(crate) fn find(text: &str, source: &dyn ZoneSource) -> Result<Arc<dyn ZoneRules>, CalendarTextError> {
    if text.is_empty() {
        return Err(CalendarTextError::ZoneMissing);
    }
    if let Some(fixed) = Fixed::read(text) {
        return Ok(Arc::new(fixed));
    }
    source.find(text).ok_or_else(|| {
        let names = source.names();
        CalendarTextError::ZoneUnknown {
            text: limits::shorten(text, 64),
            near: near::names(text, &names),
            named: !names.is_empty(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_always_known() {
        for (text, minutes) in [("UTC", 0), ("+03:00", 180), ("-03:30", -210), ("+05:45", 345), ("-18:00", -1_080)] {
            let zone = find(text, &StandardZones).unwrap();
            assert_eq!(zone.offset(Timestamp::MIN), Span::minutes(minutes), "{text}");
            assert_eq!(zone.instant(WallTime::from_millis(0)), Timestamp::from_millis(-minutes * 60_000));
            assert_eq!((zone.name(), zone.database()), (text, "fixed"));
        }
        for text in ["+3", "+03", "+0300", "+3:00", "+03:60", "+18:01", "-99:00", "+-3:00", "UTC+3", "03:00", "ş"] {
            assert_eq!(find(text, &StandardZones).unwrap_err().code(), "zone_unknown", "{text}");
        }
        assert_eq!(find("", &StandardZones).unwrap_err(), CalendarTextError::ZoneMissing);
    }

    #[test]
    fn a_wall_time_is_held_at_the_ends_of_time() {
        let zone = find("-18:00", &StandardZones).unwrap();
        assert_eq!(zone.instant(WallTime::from_millis(i64::MAX)), Timestamp::MAX);
        assert_eq!(zone.instant(WallTime::from_millis(i64::MIN)), Timestamp::MIN);
    }
}
