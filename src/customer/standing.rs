//! How far a customer's messages are let in: bans, how much came lately, and what was kept apart.
//!
//! Nothing that is written is thrown away. A message of somebody who is banned, and one beyond what the policy lets in,
//! is kept on a ticket of its own, in quarantine: nobody is told of it, and nothing is acknowledged. Whoever restores
//! such a ticket has it as if it had just come.

use serde::{Deserialize, Serialize};

use super::Customer;
use crate::content::{ContentRef, Text};
use crate::id::{CustomerId, TicketId};
use crate::limits;
use crate::time::{Span, Timestamp};

/// Why a ticket was kept apart as soon as it came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Quarantine {
    /// Its customer is banned.
    Banned,
    /// More came than the policy lets in.
    Cap,
}

/// That a customer is banned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Barred {
    /// Since when.
    pub since: Timestamp,
    /// Until when; for good, when none is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Why, for the team; outside the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ContentRef>,
}

impl Barred {
    /// Whether it still holds.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// What came and went within the last hour, as far as it counts against what the policy lets in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recent {
    /// When tickets were opened by the customer, as far as the host knew that it was he.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opened: Vec<Timestamp>,
    /// When tickets were opened by somebody who only claimed to be the customer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claimed: Vec<Timestamp>,
    /// When the customer was told that one had arrived.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<Timestamp>,
    /// How often the customer was not told, because that had been often enough within an hour.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub untold: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// How long what came lately counts.
const LATELY: Span = Span::hours(1);

fn lately(at: &[Timestamp], now: Timestamp) -> usize {
    at.iter().filter(|at| now < **at + LATELY).count()
}

fn count(times: &mut Vec<Timestamp>, at: Timestamp) {
    times.retain(|earlier| at < *earlier + LATELY);
    if times.len() < limits::REQUESTER_RATE_MAX {
        times.push(at);
    }
}

impl Recent {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn open(&mut self, claimed: bool, at: Timestamp) {
        count(if claimed { &mut self.claimed } else { &mut self.opened }, at);
    }

    pub(super) fn tell(&mut self, told: bool, at: Timestamp) {
        if told {
            count(&mut self.told, at);
        } else {
            self.untold = self.untold.saturating_add(1);
        }
    }

    /// How many tickets were opened within the last hour.
    pub(crate) fn opened(&self, claimed: bool, now: Timestamp) -> usize {
        lately(if claimed { &self.claimed } else { &self.opened }, now)
    }

    /// How often the customer was told within the last hour that one had arrived.
    pub(crate) fn told(&self, now: Timestamp) -> usize {
        lately(&self.told, now)
    }
}

impl Customer {
    /// Whether the customer is banned at this instant.
    #[must_use]
    pub fn is_banned(&self, now: Timestamp) -> bool {
        self.ban.as_ref().is_some_and(|ban| ban.holds(now))
    }

    pub(super) fn keep_apart(&mut self, ticket: TicketId) {
        self.quarantine.push(ticket);
        let beyond = self.quarantine.len().saturating_sub(limits::QUARANTINE_KEPT_MAX);
        self.quarantine.drain(..beyond);
    }
}

/// Bans a customer: whatever he writes from now on is kept apart, nobody is told of it, and nothing is acknowledged.
/// Who is banned already is banned anew. Agents may still open a ticket for him, and may answer what is open.
///
/// ```
/// use destek::customer::Ban;
/// use destek::id::CustomerId;
/// let ban = Ban::new(CustomerId::new("c-17")?).reason("Threats.");
/// assert!(ban.until.is_none());
/// # Ok::<(), destek::id::ParseIdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ban {
    /// The customer.
    pub customer: CustomerId,
    /// Until when; for good, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Why, for the team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
}

impl Ban {
    /// Bans a customer for good.
    #[must_use]
    pub const fn new(customer: CustomerId) -> Self {
        Self { customer, until: None, reason: None }
    }
    /// The same until an instant.
    #[must_use]
    pub const fn until(mut self, until: Timestamp) -> Self {
        self.until = Some(until);
        self
    }
    /// The same for a reason.
    #[must_use]
    pub fn reason(mut self, reason: impl Into<Text>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

/// Bans a customer no longer. What was kept apart meanwhile stays there until it is restored
/// ([`Restore`](crate::ticket::Restore)); [`Customer::quarantine`] names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Unban {
    /// The customer.
    pub customer: CustomerId,
}

impl Unban {
    /// Bans a customer no longer.
    #[must_use]
    pub const fn new(customer: CustomerId) -> Self {
        Self { customer }
    }
}
