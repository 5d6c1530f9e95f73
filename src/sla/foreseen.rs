//! What clocks, their calendars and their promises have already been asked.

use std::sync::{Arc, OnceLock};

use super::calendars::Calendars;
use super::target::Metric;
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

/// What was found out about some clocks once.
///
/// States share the clocks that no event has touched, so that most decisions find here what an earlier one has
/// reckoned. It is no part of the clocks: it is not stored, says nothing about equality, and every event forgets it.
#[derive(Default)]
pub(super) struct Foreseen {
    outlook: OnceLock<(Arc<()>, Outlook)>,
    late: OnceLock<[bool; Metric::ALL.len()]>,
    /// A policy, by its digest, and the place of the promise there whose targets all clocks have; none where none has
    /// any.
    kept: OnceLock<(Arc<str>, Option<usize>)>,
}

impl Foreseen {
    /// The answer of `reckon`, or the one that it gave before with the same calendars.
    pub(super) fn outlook(&self, calendars: &Calendars, reckon: impl Fn() -> Outlook) -> Outlook {
        let (with, outlook) = self.outlook.get_or_init(|| (Arc::clone(calendars.identity()), reckon()));
        if Arc::ptr_eq(with, calendars.identity()) { *outlook } else { reckon() }
    }
}

impl Foreseen {
    /// Which metrics were ever late.
    pub(super) fn late(&self, look: impl Fn(Metric) -> bool) -> [bool; Metric::ALL.len()] {
        *self.late.get_or_init(|| Metric::ALL.map(look))
    }

    /// Whether all clocks have the targets of the promise in this place of a policy; `look` compares them.
    pub(super) fn keeps(&self, policy: &Arc<str>, place: Option<usize>, look: impl Fn() -> bool) -> bool {
        // Whoever shares the text of the digest shares the policy.
        if self.kept.get().is_some_and(|(with, kept)| Arc::ptr_eq(with, policy) && *kept == place) {
            return true;
        }
        let keeps = look();
        if keeps {
            let _ = self.kept.set((Arc::clone(policy), place));
        }
        keeps
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
