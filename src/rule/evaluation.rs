//! The answer of a matcher and its reasons.

use std::sync::Arc;

use serde::Serialize;

use crate::rule::Test;
use crate::text::Hit;

/// Whether a condition holds, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Evaluation {
    /// Whether it holds.
    pub matched: bool,
    /// The first place of every keyword that was found, in order of the text; at most
    /// [`HITS_MAX`](crate::limits::HITS_MAX).
    pub hits: Vec<Hit>,
    /// Which tests held.
    pub trace: Trace,
}

/// The tree of a condition, each node with its outcome, in document order. Nothing is cut short: a test is
/// evaluated even where its outcome made no difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Trace {
    /// Every part has to hold.
    All {
        /// Whether it held.
        held: bool,
        /// The parts.
        parts: Vec<Trace>,
    },
    /// One part has to hold.
    Any {
        /// Whether it held.
        held: bool,
        /// The parts.
        parts: Vec<Trace>,
    },
    /// The part must not hold.
    Not {
        /// Whether it held.
        held: bool,
        /// The part.
        part: Box<Trace>,
    },
    /// A single test.
    Test {
        /// Whether it held.
        held: bool,
        /// The test.
        test: Arc<Test>,
    },
}

impl Trace {
    /// Whether this node held.
    #[must_use]
    pub const fn held(&self) -> bool {
        match self {
            Self::All { held, .. } | Self::Any { held, .. } | Self::Not { held, .. } | Self::Test { held, .. } => *held,
        }
    }
}
