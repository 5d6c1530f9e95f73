//! Which policy a tenant works under: the record `policy/active`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

use crate::time::Timestamp;

/// The digest of a canonical policy document: SHA-256, printed as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
    /// The first twelve digits, enough for a person to tell policies apart.
    #[must_use]
    pub fn short(&self) -> String {
        crate::content::hex(&self.0).chars().take(12).collect()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::content::hex(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let bytes = crate::content::unhex(&text);
        bytes.map(Self).ok_or_else(|| de::Error::custom("expected 64 lower-case hexadecimal digits"))
    }
}

/// The policy under which a tenant works, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Activation {
    /// The digest of the policy document, which is stored once per tenant under it.
    pub policy: Digest,
    /// The version of the zone database with which calendars were compiled.
    pub zones: String,
    /// Since when.
    pub since: Timestamp,
}

/// A fact about the tenant's policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// A policy is in force from now on.
    Activated {
        /// The digest of its document.
        policy: Digest,
        /// The version of the zone database.
        zones: String,
    },
}

/// The activation after an event, which always says everything; reads nothing but its arguments (law 3).
#[must_use]
pub(crate) fn apply(event: &Event, at: Timestamp) -> Activation {
    let Event::Activated { policy, zones } = event;
    Activation { policy: *policy, zones: zones.clone(), since: at }
}
