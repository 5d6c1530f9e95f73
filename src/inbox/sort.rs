//! In which order a list is shown.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::row::{Columns, TicketRow};
use crate::id::TicketId;
use crate::time::Timestamp;

/// The column that a list is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SortBy {
    /// When something last happened.
    Updated,
    /// When it was opened.
    Opened,
    /// The earliest due of its running clocks.
    Due,
    /// Since when the customer waits.
    WaitingSince,
    /// The level of its priority.
    Priority,
    /// Its number.
    Number,
    /// Its rank in the queue.
    Rank,
}

impl SortBy {
    /// Every column to order by, in declared order.
    pub const ALL: [Self; 7] =
        [Self::Updated, Self::Opened, Self::Due, Self::WaitingSince, Self::Priority, Self::Number, Self::Rank];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Updated => "updated",
            Self::Opened => "opened",
            Self::Due => "due",
            Self::WaitingSince => "waiting_since",
            Self::Priority => "priority",
            Self::Number => "number",
            Self::Rank => "rank",
        }
    }

    /// Whether customers may order by it: the rest would tell them what the shop does out of their sight.
    pub(super) const fn is_public(self) -> bool {
        matches!(self, Self::Opened | Self::Number)
    }

    /// The column as an integer: milliseconds, a level, a number; none where the ticket has no value.
    pub(crate) fn key(self, columns: &Columns<'_>) -> Option<i64> {
        let instant = |at: Option<Timestamp>| at.map(Timestamp::as_millis);
        match self {
            Self::Updated => instant(Some(columns.updated)),
            Self::Opened => instant(Some(columns.opened)),
            Self::Due => instant(columns.due),
            Self::WaitingSince => instant(columns.waiting_since),
            Self::Priority => Some(columns.level as i64),
            Self::Number => Some(i64::try_from(columns.number).unwrap_or(i64::MAX)),
            Self::Rank => instant(columns.rank),
        }
    }
}

/// The order of a list: a column, and which way. Tickets of the same value are ordered by id, the same way; those
/// without a value come last, both ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Sort {
    /// The column.
    pub by: SortBy,
    /// Whether the largest value comes first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub descending: bool,
}

impl Sort {
    /// The smallest value first.
    #[must_use]
    pub const fn ascending(by: SortBy) -> Self {
        Self { by, descending: false }
    }
    /// The largest value first.
    #[must_use]
    pub const fn descending(by: SortBy) -> Self {
        Self { by, descending: true }
    }
    /// Where a row stands.
    #[must_use]
    pub fn mark(self, row: &TicketRow) -> Mark {
        Mark { key: self.by.key(&row.columns()), ticket: row.ticket }
    }

    /// Which of two places comes first.
    ///
    /// ```
    /// use destek::id::TicketId;
    /// use destek::inbox::{Mark, Sort, SortBy};
    /// let mark = |key, id| Mark::new(key, TicketId::from_u128(id));
    /// let newest = Sort::descending(SortBy::Opened);
    /// let mut marks = [mark(Some(1), 7), mark(None, 1), mark(Some(2), 3), mark(Some(1), 8)];
    /// marks.sort_by(|one, other| newest.compare(one, other));
    /// assert_eq!(marks.map(|mark| mark.ticket.as_u128()), [3, 8, 7, 1]);
    /// ```
    #[must_use]
    pub fn compare(self, one: &Mark, other: &Mark) -> Ordering {
        let without = one.key.is_none().cmp(&other.key.is_none());
        let order = (one.key, one.ticket).cmp(&(other.key, other.ticket));
        without.then(if self.descending { order.reverse() } else { order })
    }
}

/// A place in an ordered list: the value of the column, and the ticket.
///
/// Instants are milliseconds since 1970, a priority is the place of its level ([`Level::ALL`](crate::priority::Level::ALL)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Mark {
    /// The value; none where the ticket has none.
    pub key: Option<i64>,
    /// The ticket.
    pub ticket: TicketId,
}

impl Mark {
    /// A place.
    #[must_use]
    pub const fn new(key: Option<i64>, ticket: TicketId) -> Self {
        Self { key, ticket }
    }
}
