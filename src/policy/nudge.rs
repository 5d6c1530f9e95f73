//! Nudges: customers who were asked something are asked again, a few times.

use serde::{Deserialize, Serialize};

use crate::id::Name;
use crate::rule::{Matcher, Subject};
use crate::time::Budget;

/// How a customer is asked again who was asked something and does not answer.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NudgeRule {
    /// Its name.
    pub name: Name,
    /// For which tickets it holds; all, where there is none.
    pub matcher: Option<Matcher>,
    /// After how long he is asked again, each time.
    pub after: Budget,
    /// The calendar that counts it, one of the policy's; around the clock, where there is none.
    pub calendar: Option<Name>,
    /// How often at most.
    pub at_most: u32,
    /// What becomes of the ticket when as much time has passed again after the last one.
    pub then: Unanswered,
}

impl NudgeRule {
    /// Whether it holds for this ticket.
    #[must_use]
    pub fn fits(&self, subject: &Subject<'_>) -> bool {
        self.matcher.as_ref().is_none_or(|matcher| matcher.matches(subject))
    }
}

/// What becomes of a ticket whose customer has not answered the last nudge either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unanswered {
    /// It is resolved, and the customer is told. What silence does to resolved tickets goes on from there.
    #[default]
    Resolve,
    /// It stays on hold, and whoever works on it is told.
    Nothing,
}
