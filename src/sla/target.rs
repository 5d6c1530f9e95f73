//! What is promised: metrics, targets and warning thresholds.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::id::Name;
use crate::language::Language;
use crate::limits;
use crate::time::{Budget, ParseBudgetError, Span};

/// What a clock measures. More metrics come; each has at most one clock on a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Metric {
    /// From the customer's first message to the first public answer. Once stopped it never starts again.
    FirstResponse,
    /// From the opening until nothing is left to do. A reopened ticket goes on where it stopped.
    Resolution,
}

impl Metric {
    /// Every metric, in the order of its clocks.
    pub const ALL: [Self; 2] = [Self::FirstResponse, Self::Resolution];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstResponse => "first_response",
            Self::Resolution => "resolution",
        }
    }

    /// What people call it.
    ///
    /// ```
    /// use destek::{language::Language, sla::Metric};
    /// assert_eq!(Metric::FirstResponse.name(Language::Turkish), "ilk yanıt");
    /// ```
    #[must_use]
    pub const fn name(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::FirstResponse, Language::Turkish) => "ilk yanıt",
            (Self::FirstResponse, Language::English) => "first response",
            (Self::Resolution, Language::Turkish) => "çözüm",
            (Self::Resolution, Language::English) => "resolution",
        }
    }

    /// Whether a stopped clock of this metric may go on.
    #[must_use]
    pub const fn restarts(self) -> bool {
        match self {
            Self::FirstResponse => false,
            Self::Resolution => true,
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// When a clock warns: a second, smaller budget on the same clock, so that it pauses with it and never falls
/// outside business time.
///
/// Written `80%` (also `%80`) or `30m left`.
///
/// ```
/// use destek::sla::Threshold;
/// use destek::time::Span;
///
/// let budget = "8h".parse()?;
/// assert_eq!("75%".parse::<Threshold>()?.amount(budget), Span::hours(6));
/// assert_eq!("30m left".parse::<Threshold>()?.amount(budget), Span::minutes(450));
/// assert!("100%".parse::<Threshold>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Threshold {
    /// This share of the budget is used up, 1 to 99.
    Percent(u8),
    /// No more than this is left.
    Left(Budget),
}

impl Threshold {
    /// How much of `budget` is used up when the threshold is reached; zero when no more than [`Self::Left`] was
    /// promised in the first place: then the warning comes as soon as any time was used.
    #[must_use]
    pub fn amount(self, budget: Budget) -> Span {
        match self {
            // Whole seconds make this exact: a hundredth of a second is ten milliseconds.
            Self::Percent(percent) => {
                Span::millis(i64::from(budget.as_seconds()).saturating_mul(i64::from(percent.min(100)) * 10))
            }
            Self::Left(left) => (budget.span() - left.span()).max(Span::ZERO),
        }
    }
}

/// A text that is not a warning threshold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseThresholdError {
    /// Neither a share nor a remainder.
    #[error("`{text}` is not a warning threshold; write it like `80%` or `30m left`")]
    Malformed {
        /// What was read.
        text: String,
    },
    /// A share that no warning can have.
    #[error("`{text}` is not between 1% and 99%; a warning comes before the budget is used up")]
    Percent {
        /// What was read.
        text: String,
    },
    /// The length before `left` is malformed.
    #[error(transparent)]
    Budget(#[from] ParseBudgetError),
}

impl FromStr for Threshold {
    type Err = ParseThresholdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shown = || limits::shorten(text, 64);
        let trimmed = text.trim();
        if let Some(digits) = trimmed.strip_suffix('%').or_else(|| trimmed.strip_prefix('%')) {
            let digits = digits.trim();
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err(ParseThresholdError::Malformed { text: shown() });
            }
            return match digits.parse::<u8>() {
                Ok(percent @ 1..=99) => Ok(Self::Percent(percent)),
                _ => Err(ParseThresholdError::Percent { text: shown() }),
            };
        }
        match trimmed.strip_suffix("left") {
            Some(length) if length.ends_with(char::is_whitespace) => Ok(Self::Left(length.trim().parse()?)),
            _ => Err(ParseThresholdError::Malformed { text: shown() }),
        }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percent(percent) => write!(f, "{percent}%"),
            Self::Left(left) => write!(f, "{left} left"),
        }
    }
}

crate::written::stored_as_text!(Threshold);

/// A promise for one metric, resolved from a policy and stored with the ticket, so that the fold never asks the
/// policy again.
///
/// No promise is the absence of a target; a budget of zero is a promise to act at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Target {
    /// The SLA it comes from.
    pub sla: Name,
    /// What is promised.
    pub metric: Metric,
    /// How much calendar time it may take.
    pub budget: Budget,
    /// The calendar that counts; none counts around the clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Name>,
    /// When to warn, in any order; at most [`limits::WARNINGS_MAX`] are used.
    #[serde(default, skip_serializing_if = "<[Threshold]>::is_empty")]
    pub warn_at: Arc<[Threshold]>,
    /// The digest of the policy it comes from.
    pub policy: Arc<str>,
}

impl Target {
    /// A promise around the clock, without warnings.
    #[must_use]
    pub fn new(sla: Name, metric: Metric, budget: Budget, policy: impl Into<Arc<str>>) -> Self {
        Self { sla, metric, budget, calendar: None, warn_at: Arc::default(), policy: policy.into() }
    }

    /// The same promise in the open time of this calendar.
    #[must_use]
    pub fn in_calendar(mut self, calendar: Name) -> Self {
        self.calendar = Some(calendar);
        self
    }

    /// The same promise with these warnings.
    #[must_use]
    pub fn warning_at(mut self, thresholds: impl IntoIterator<Item = Threshold>) -> Self {
        self.warn_at = thresholds.into_iter().collect();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_read_what_they_print() {
        for (text, printed) in [("80%", "80%"), ("%80", "80%"), (" 5 % ", "5%"), ("PT90M left", "1h 30m left")] {
            let threshold: Threshold = text.parse().unwrap();
            assert_eq!(threshold.to_string(), printed);
            assert_eq!(printed.parse::<Threshold>().unwrap(), threshold);
            let json = serde_json::to_string(&threshold).unwrap();
            assert_eq!(serde_json::from_str::<Threshold>(&json).unwrap(), threshold);
        }
        for text in ["", "80", "0%", "100%", "300%", "-5%", "+5%", "%", "left", "30mleft", "1d left", "8.5%", "%80%"] {
            assert!(text.parse::<Threshold>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_share_of_whole_seconds_is_exact() {
        // A third of a second more than three hundredths of 101 s would show rounding: 1 % of 101 s is 1010 ms.
        assert_eq!(Threshold::Percent(1).amount("101s".parse().unwrap()), Span::millis(1_010));
        let longest = Budget::seconds(u64::from(limits::BUDGET_SECONDS_MAX)).unwrap();
        assert_eq!(Threshold::Percent(99).amount(longest), Span::seconds(312_206_400));
    }

    #[test]
    fn more_left_than_was_promised_is_reached_at_once() {
        let left = Threshold::Left("30m".parse().unwrap());
        assert_eq!(left.amount("20m".parse().unwrap()), Span::ZERO);
    }
}
