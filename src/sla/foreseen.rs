//! What the calendars have already been asked about clocks.

use std::sync::{Arc, OnceLock};

use super::calendars::Calendars;
use crate::time::Timestamp;

/// What time alone will cause to clocks, as far as it is asked for again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Outlook {
    /// When it will next cause something.
    pub(super) wake: Option<Timestamp>,
    /// The first `now` with which settling gives something.
    pub(super) settles: Option<Timestamp>,
    /// The earliest due of those that run.
    pub(super) due: Option<Timestamp>,
}

impl Outlook {
    /// The outlook of both together.
    pub(super) fn and(self, other: Self) -> Self {
        let earlier = |one: Option<Timestamp>, other: Option<Timestamp>| one.into_iter().chain(other).min();
        Self {
            wake: earlier(self.wake, other.wake),
            settles: earlier(self.settles, other.settles),
            due: earlier(self.due, other.due),
        }
    }
}

/// The outlook of some clocks, as it was reckoned once.
///
/// States share the clocks that no event has touched, so that most decisions find here what an earlier one has
/// reckoned. It is no part of the clocks: it is not stored, says nothing about equality, and every event forgets it.
#[derive(Default)]
pub(super) struct Foreseen(OnceLock<(Arc<()>, Outlook)>);

impl Foreseen {
    /// The answer of `reckon`, or the one that it gave before with the same calendars.
    pub(super) fn outlook(&self, calendars: &Calendars, reckon: impl Fn() -> Outlook) -> Outlook {
        let (with, outlook) = self.0.get_or_init(|| (Arc::clone(calendars.identity()), reckon()));
        if Arc::ptr_eq(with, calendars.identity()) { *outlook } else { reckon() }
    }
}

impl Clone for Foreseen {
    /// Whoever clones clocks is about to change them.
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Foreseen {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Foreseen {}

impl std::fmt::Debug for Foreseen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Foreseen")
    }
}
