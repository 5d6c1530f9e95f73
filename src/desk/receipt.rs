//! The answer to a request that was carried out.

use serde::{Deserialize, Serialize};

use super::effect::EffectKey;
use crate::id::{RequestId, TicketId};
use crate::record::{RecordKey, Version};

/// What a request changed. The same request gives the same receipt again, with `replayed` set (law 21).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Receipt {
    /// The request.
    pub request: RequestId,
    /// The records that changed, each with its new version, in the order of their keys.
    pub records: Vec<(RecordKey, Version)>,
    /// The effects that wait in the outbox.
    pub effects: Vec<EffectKey>,
    /// The ticket that the command concerned: for a received message the one it joined or opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<TicketId>,
    /// Whether the request had been carried out before.
    #[serde(skip)]
    pub replayed: bool,
}

impl Receipt {
    /// The version that a record reached.
    #[must_use]
    pub fn version(&self, key: &RecordKey) -> Option<Version> {
        self.records.iter().find(|(record, _)| record == key).map(|(_, version)| *version)
    }
    /// The same receipt, marked as given before.
    #[must_use]
    pub fn again(mut self) -> Self {
        self.replayed = true;
        self
    }
}
