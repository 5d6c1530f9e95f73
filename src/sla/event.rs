//! What moves a clock, and what happened to it. Stored; renaming a variant or field breaks stored logs.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::target::{Metric, Target, Threshold};
use crate::id::Name;
use crate::time::{Budget, Span, Timestamp};

/// What moves a clock. This is all the room knows of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// The wait that is measured begins, or a stopped one goes on.
    Started,
    /// The wait is over.
    Stopped,
    /// The wait goes on, but not at the shop's expense.
    Paused,
    /// The end of a pause; a stopped clock goes on too.
    Resumed,
    /// A new wait begins at zero.
    Reset,
}

impl Input {
    /// Every input, in declared order.
    pub const ALL: [Self; 5] = [Self::Started, Self::Stopped, Self::Paused, Self::Resumed, Self::Reset];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Stopped => "stopped",
            Self::Paused => "paused",
            Self::Resumed => "resumed",
            Self::Reset => "reset",
        }
    }
}

/// What caused a movement: a position in the record's log, and a word for explanations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// The record's version after the change that held the causing event.
    pub version: u64,
    /// The position of that event within the change, from 0.
    pub index: u32,
    /// A word, such as `hold/customer`, `resolved` or `reopened`.
    pub why: Name,
}

/// A fact about one clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// A target was chosen, the first or another one. Start and pauses are kept: the new budget counts from the
    /// original start.
    Targeted {
        /// The target; its metric names the clock.
        target: Target,
    },
    /// No policy promises anything any more. What the clock has seen is kept.
    Dropped {
        /// Whose clock.
        metric: Metric,
    },
    /// The clock was moved, at the instant at which its event occurred.
    Moved {
        /// Whose clock.
        metric: Metric,
        /// How.
        input: Input,
        /// By what.
        cause: Cause,
    },
    /// A threshold was crossed.
    Warned {
        /// Whose clock.
        metric: Metric,
        /// Which threshold.
        threshold: Threshold,
        /// The instant at which it was crossed.
        at: Timestamp,
        /// The digest of the policy that set it.
        policy: Arc<str>,
    },
    /// More than the budget was used.
    Breached {
        /// Whose clock.
        metric: Metric,
        /// The earliest instant at which the budget was used up.
        due: Timestamp,
        /// The first instant at which more than the budget was used, but not before the target was chosen.
        at: Timestamp,
        /// The budget.
        budget: Budget,
        /// The digest of the policy that set it.
        policy: Arc<str>,
    },
    /// Others joined the wait, or left it: it counts from another instant. Given back, warnings and the breach that only
    /// the longer wait had caused are annulled; what was caused by the own wait is recorded anew.
    Joined {
        /// Whose clock.
        metric: Metric,
        /// From when it counts, which is before its own start; none: from its own start again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Timestamp>,
        /// The calendar time between that and its own start.
        earlier: Span,
        /// By what.
        cause: Cause,
    },
    /// Everything up to an instant was folded into one amount, because the clock has seen too many pauses.
    Carried {
        /// Whose clock.
        metric: Metric,
        /// What had been used by then.
        consumed: Span,
        /// The instant; the end of a pause.
        upto: Timestamp,
    },
}

impl Event {
    /// The metric whose clock it is about.
    #[must_use]
    pub const fn metric(&self) -> Metric {
        match self {
            Self::Targeted { target } => target.metric,
            Self::Dropped { metric }
            | Self::Moved { metric, .. }
            | Self::Warned { metric, .. }
            | Self::Breached { metric, .. }
            | Self::Joined { metric, .. }
            | Self::Carried { metric, .. } => *metric,
        }
    }

    /// When it happened on the clock, where that is known without its place in the log: of warnings and breaches.
    #[must_use]
    pub const fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Warned { at, .. } | Self::Breached { at, .. } => Some(*at),
            Self::Targeted { .. }
            | Self::Dropped { .. }
            | Self::Moved { .. }
            | Self::Joined { .. }
            | Self::Carried { .. } => None,
        }
    }
}
