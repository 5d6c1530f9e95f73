//! What is promised: SLAs with their targets, and the silence that closes a ticket.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::id::Name;
use crate::rule::{Matcher, Subject};
use crate::sla::{Metric, Threshold};
use crate::ticket::HoldKind;
use crate::time::Budget;

/// A promise to some customers.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SlaPolicy {
    /// Its name.
    pub name: Name,
    /// For which tickets it holds; all, where there is none.
    pub matcher: Option<Matcher>,
    /// How soon the first answer comes.
    pub first_response: Option<TargetPolicy>,
    /// How soon nothing is left to do.
    pub resolution: Option<TargetPolicy>,
}

impl SlaPolicy {
    /// What it promises for a metric.
    #[must_use]
    pub const fn target(&self, metric: Metric) -> Option<&TargetPolicy> {
        match metric {
            Metric::FirstResponse => self.first_response.as_ref(),
            Metric::Resolution => self.resolution.as_ref(),
        }
    }

    /// Whether it holds for this ticket.
    #[must_use]
    pub fn fits(&self, subject: &Subject<'_>) -> bool {
        self.matcher.as_ref().is_none_or(|matcher| matcher.matches(subject))
    }
}

/// What is promised for one metric.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TargetPolicy {
    /// How much calendar time it may take.
    pub budget: Budget,
    /// The calendar that counts it, one of the policy's; around the clock, where there is none.
    pub calendar: Option<Name>,
    /// When to warn.
    pub warn_at: Arc<[Threshold]>,
    /// Which waits stop the clock.
    pub pauses_on: BTreeSet<HoldKind>,
}

impl TargetPolicy {
    /// Which waits stop the clock of a metric where a document does not say: those for the customer stop the
    /// resolution, nothing stops the first response.
    #[must_use]
    pub fn usual_pauses(metric: Metric) -> BTreeSet<HoldKind> {
        match metric {
            Metric::FirstResponse => BTreeSet::new(),
            Metric::Resolution => BTreeSet::from([HoldKind::Customer]),
        }
    }
}

/// After how much silence of the customer a resolved ticket closes by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Silence {
    /// How much silence.
    pub after: Budget,
    /// The calendar that counts it, one of the policy's; around the clock, where there is none.
    pub calendar: Option<Name>,
}
