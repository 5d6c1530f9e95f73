//! Business time: when a help desk is open, and arithmetic on the time it is.
//!
//! A [`CalendarDoc`] is what people write; [`CalendarDoc::compile`] checks it and gives a [`Calendar`], which
//! answers how much open time lies between two instants ([`Calendar::elapsed`]) and when an amount of it will
//! be used up ([`Calendar::add`]).
//!
//! ```
//! use destek::calendar::{CalendarDoc, Deadline};
//! use destek::time::{Span, Timestamp};
//!
//! let calendar = CalendarDoc {
//!     zone: "+03:00".into(),
//!     week: "mon-fri 09:00-12:30 13:30-18:00; sat 10:00-14:00".into(),
//!     holidays: vec!["2026-10-28 from 13:00 = Cumhuriyet Bayramı arifesi".into(), "10-29 = Cumhuriyet Bayramı".into()],
//!     ..CalendarDoc::default()
//! }
//! .compile()
//! .map_err(|findings| findings[0].to_string())?;
//!
//! // Wednesday 28 October, noon in Istanbul: half an hour is left of that day, and Thursday is a holiday.
//! let opened: Timestamp = "2026-10-28T12:00:00+03:00".parse().map_err(|_| "instant")?;
//! let friday: Timestamp = "2026-10-30T10:00:00+03:00".parse().map_err(|_| "instant")?;
//! assert_eq!(calendar.elapsed(opened, friday), Span::minutes(90));
//! assert_eq!(calendar.add(opened, Span::minutes(90)), Deadline::At { due: friday, latest: friday });
//! # Ok::<(), String>(())
//! ```
//!
//! # What wins
//!
//! Each civil day of the calendar's zone is read on its own. A break wins over an override, an override over a
//! holiday, a holiday over the week:
//!
//! | | says | past midnight |
//! |---|---|---|
//! | week | the hours of a weekday | a window belongs to the day on which it opens, and is cut at midnight when the next day is a holiday or has an override |
//! | holiday | closes its day, or its day from a time on; windows of that day do not begin, or end at that time | nothing of the night before or after is left in what it closes |
//! | override | replaces all hours of its days, a holiday's too | its own windows run on past midnight, whatever the next day is |
//! | break | closes its span | may itself run past midnight |
//!
//! # Wall clock and instants
//!
//! All hours are wall-clock hours in the zone, and the wall clock becomes an instant by one rule (law 9): *the
//! first instant at which the clock shows that time or a later one*. A time that is shown twice is its first
//! showing; a time that is skipped is the instant of the change. A day is thus 23, 24 or 25 hours long, windows
//! that touch on paper touch in time, and no window can turn round.
//!
//! # Cost
//!
//! One step for each civil day with hours between the instants of a question. Days without hours are jumped
//! over, be it to the end of a range of holidays or to the next override; of whole weeks without exception in a
//! zone that is known to keep its offset (the named ones do before 1800 and from 2100 on) only the sum is
//! added; days that are open from midnight to midnight are one span.
//!
//! [`Calendar::add`] looks ahead until the end of time, the year 9999, so that [`Deadline::Never`] is exact and
//! the arithmetic has no edge in between: 29 February may be eight years away, and two days of a calendar that opens for
//! a minute a week take 55 years. A calendar that cannot open again is recognised at once. In the worst case,
//! which takes hours that hardly ever open and never end, that is one step for each civil day until then:
//! three million, less than a second.

mod arithmetic;
mod day;
mod doc;
mod error;
mod holiday;
mod walk;
mod week;
mod window;
pub mod zone;

use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use doc::CalendarDoc;
pub use error::{CalendarError, CalendarTextError};
pub use holiday::{Break, Dates, Holiday, Override};
pub use week::Week;
pub use zone::{ZoneRules, ZoneSource};

use crate::id::Name;
use crate::time::{Span, Timestamp};

/// When somebody is open: a compiled, immutable calendar. Cheap to clone.
#[derive(Clone)]
pub struct Calendar {
    name: Option<Name>,
    rules: Arc<day::Rules>,
}

impl Calendar {
    /// Open around the clock, in UTC: for promises that count every hour.
    ///
    /// ```
    /// use destek::calendar::Calendar;
    /// use destek::time::{Span, Timestamp};
    /// let from: Timestamp = "2026-12-31T23:00:00Z".parse()?;
    /// assert_eq!(Calendar::always().elapsed(from, from + Span::hours(2)), Span::hours(2));
    /// # Ok::<(), destek::time::ParseTimestampError>(())
    /// ```
    #[must_use]
    pub fn always() -> Self {
        Self { name: None, rules: Arc::new(day::Rules::always()) }
    }

    pub(crate) fn from_rules(rules: day::Rules) -> Self {
        Self { name: None, rules: Arc::new(rules) }
    }

    /// The same calendar under a name, as explanations show it.
    #[must_use]
    pub fn named(mut self, name: Name) -> Self {
        self.name = Some(name);
        self
    }

    /// The name it was given.
    #[must_use]
    pub const fn name(&self) -> Option<&Name> {
        self.name.as_ref()
    }

    /// The zone in which its hours are meant, like `Europe/Istanbul` or `+03:00`.
    #[must_use]
    pub fn zone(&self) -> &str {
        self.rules.zone.name()
    }

    /// How far the wall clock of its zone is ahead of UTC at an instant; negative in the west.
    #[must_use]
    pub fn offset(&self, at: Timestamp) -> Span {
        self.rules.zone.offset(at)
    }

    /// The instant at which the wall clock of its zone first shows a time, or a later one where it skips that (law 9).
    ///
    /// ```
    /// use destek::calendar::{Calendar, zone::WallTime};
    /// let at = Calendar::always().instant(WallTime::from_millis(60_000));
    /// assert_eq!(at.as_millis(), 60_000);
    /// ```
    #[must_use]
    pub fn instant(&self, wall: zone::WallTime) -> Timestamp {
        self.rules.zone.instant(wall)
    }

    /// The version of the zone database that it was compiled with, like `2025b`; `fixed` for an offset.
    ///
    /// Part of the basis on which a deadline was computed (law 14).
    #[must_use]
    pub fn zone_database(&self) -> &str {
        self.rules.zone.database()
    }
}

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calendar")
            .field("name", &self.name)
            .field("zone", &self.zone())
            .field("zone_database", &self.zone_database())
            .finish_non_exhaustive()
    }
}

/// When an amount of open time is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deadline {
    /// It is used up.
    At {
        /// The earliest instant at which it is: the closing time, when it runs out exactly then.
        due: Timestamp,
        /// The last instant at which no more than the amount has been used: the next opening when it runs out
        /// exactly at a closing time ([`Timestamp::MAX`] when there is no further opening), else `due`.
        latest: Timestamp,
    },
    /// It is not used up before the end of the year 9999.
    Never,
}

impl Deadline {
    /// The earliest instant at which the amount is used up.
    #[must_use]
    pub const fn due(self) -> Option<Timestamp> {
        if let Self::At { due, .. } = self { Some(due) } else { None }
    }

    /// The last instant at which no more than the amount has been used.
    #[must_use]
    pub const fn latest(self) -> Option<Timestamp> {
        if let Self::At { latest, .. } = self { Some(latest) } else { None }
    }
}

/// A span of open time, half-open and not empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Segment {
    /// The first instant.
    pub from: Timestamp,
    /// The end, itself outside.
    pub to: Timestamp,
}

/// A span that is open or closed throughout and for one reason; half-open and not empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Piece {
    /// The first instant.
    pub from: Timestamp,
    /// The end, itself outside.
    pub to: Timestamp,
    /// Open, or closed for a reason.
    pub kind: PieceKind,
}

/// Whether a [`Piece`] counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PieceKind {
    /// Open: counts.
    Open,
    /// Closed: does not count.
    Closed(Reason),
}

/// Why a calendar is closed: the strongest of the rules that close it then.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// Outside the hours of the week.
    OutOfHours,
    /// A holiday of the calendar.
    Holiday {
        /// The civil day in the calendar's zone.
        date: NaiveDate,
        /// What the calendar calls it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// A break.
    Break,
    /// Outside the hours that replace the week's on that day.
    Override,
}
