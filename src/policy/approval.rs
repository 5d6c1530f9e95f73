//! Approval rules: what may be asked for beyond one's own authority, whom, and how many have to agree.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::Name;
use crate::money::Money;
use crate::ticket::{Proposal, ProposalKind};
use crate::time::Budget;

/// How many have to approve: a number, or a share of those who are named. Written `2` or `"60%"`.
///
/// ```
/// use destek::policy::Need;
/// assert_eq!(Need::Count(2).of(5), 2);
/// assert_eq!(Need::Percent(50).of(5), 3, "a share is rounded up");
/// assert_eq!(serde_json::from_str::<Need>("\"60%\"")?, Need::Percent(60));
/// assert!(serde_json::from_str::<Need>("\"101%\"").is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Need {
    /// So many, at least 1.
    Count(u32),
    /// So many of a hundred of those who are named, 1 to 100, rounded up.
    Percent(u8),
}

impl Default for Need {
    fn default() -> Self {
        Self::Count(1)
    }
}

impl Need {
    /// How many of `named` have to approve.
    #[must_use]
    pub fn of(self, named: usize) -> u32 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => {
                let share = named.saturating_mul(usize::from(percent)).div_ceil(100);
                u32::try_from(share).unwrap_or(u32::MAX).max(1)
            }
        }
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl Serialize for Need {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(count) => serializer.serialize_u32(*count),
            Self::Percent(_) => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Need {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl Visitor<'_> for Read {
            type Value = Need;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number such as 2, or a share such as \"60%\"")
            }
            fn visit_u64<E: de::Error>(self, count: u64) -> Result<Need, E> {
                match u32::try_from(count) {
                    Ok(count) if count > 0 => Ok(Need::Count(count)),
                    _ => Err(E::custom(format!("`{count}` cannot have to approve; write at least 1"))),
                }
            }
            fn visit_i64<E: de::Error>(self, count: i64) -> Result<Need, E> {
                self.visit_u64(u64::try_from(count).unwrap_or(0))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Need, E> {
                let percent = text.strip_suffix('%').and_then(|share| share.trim().parse::<u8>().ok());
                match percent {
                    Some(percent @ 1..=100) => Ok(Need::Percent(percent)),
                    _ => Err(E::custom(format!("`{text}` is no share; write `1%` to `100%`"))),
                }
            }
        }
        deserializer.deserialize_any(Read)
    }
}

/// What may be asked for beyond one's own authority, and what it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApprovalRule {
    /// Its name.
    pub name: Name,
    /// What it covers of grants: for each the largest amounts on one ticket, one for each currency.
    pub grants: BTreeMap<Name, Vec<Money>>,
    /// What else it covers.
    pub covers: BTreeSet<ProposalKind>,
    /// The roles that may answer.
    pub roles: BTreeSet<Name>,
    /// How many have to approve.
    pub need: Need,
    /// How long it waits for an answer.
    pub expires_after: Budget,
    /// The calendar that counts it, one of the policy's; around the clock, where there is none.
    pub calendar: Option<Name>,
}

impl ApprovalRule {
    /// Whether it covers a proposal. `given` is what the ticket's customer was given of the grant before, as amounts
    /// hold for a ticket.
    #[must_use]
    pub fn covers(&self, proposal: &Proposal, given: Option<Money>) -> bool {
        match proposal {
            Proposal::Consent => self.covers.contains(&ProposalKind::Consent),
            Proposal::Close => self.covers.contains(&ProposalKind::Close),
            Proposal::MarkSpam => self.covers.contains(&ProposalKind::MarkSpam),
            Proposal::Grant { grant, amount } => {
                let given = given.filter(|given| given.currency() == amount.currency()).map_or(0, Money::minor);
                let sum = Money::new(given.saturating_add(amount.minor()), amount.currency());
                let limits = self.grants.get(grant).into_iter().flatten();
                limits.into_iter().any(|limit| sum.exceeds(*limit) == Some(false))
            }
        }
    }
}
