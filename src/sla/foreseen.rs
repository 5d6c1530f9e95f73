//! What a clock's calendar has already been asked.

use std::sync::{Arc, OnceLock};

use crate::calendar::Calendar;
use crate::time::Timestamp;

/// When time alone will next cause something to a clock, as it was reckoned once with one calendar.
///
/// States share the clocks that no event has touched, so that most decisions find here what an earlier one has
/// reckoned. It is no part of the clock: it is not stored, says nothing about equality, and every event forgets it.
#[derive(Default)]
pub(super) struct Foreseen(OnceLock<(Arc<()>, Option<Timestamp>)>);

impl Foreseen {
    /// The answer of `reckon`, or the one that it gave before with the same calendar.
    pub(super) fn at(&self, calendar: &Calendar, reckon: impl Fn() -> Option<Timestamp>) -> Option<Timestamp> {
        let (with, at) = self.0.get_or_init(|| (Arc::clone(calendar.identity()), reckon()));
        if Arc::ptr_eq(with, calendar.identity()) { *at } else { reckon() }
    }
}

impl Clone for Foreseen {
    /// Whoever clones a clock is about to change it.
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
