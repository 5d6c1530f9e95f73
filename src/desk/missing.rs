//! What a decision wanted to see and a store did not find.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{ContentId, QueueId};
use crate::policy::Digest;
use crate::record::RecordKey;

/// What was needed and not gathered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Missing {
    /// Whether there is such a record, and its state.
    Record(RecordKey),
    /// The log of a record.
    Log(RecordKey),
    /// The records to which a record leads, along one relation or several.
    Reach(RecordKey),
    /// The head of a queue, and its agents.
    Queue(QueueId),
    /// A document, as it was written.
    Document(Digest),
    /// A personal text, or that it is gone.
    Text(ContentId),
    /// The number of a new ticket.
    Number,
}

impl Missing {
    /// The clauses of [`Store`](crate::store::Store) by which a store finds it.
    #[must_use]
    pub const fn clauses(&self) -> &'static str {
        match self {
            Self::Record(_) => "C6",
            Self::Log(_) => "C12",
            Self::Reach(_) => "C6, C13",
            Self::Queue(_) => "C7",
            Self::Document(_) | Self::Text(_) => "C14",
            Self::Number => "C8",
        }
    }
}

impl From<RecordKey> for Missing {
    fn from(key: RecordKey) -> Self {
        Self::Record(key)
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(key) => write!(f, "`{key}`"),
            Self::Log(key) => write!(f, "the log of `{key}`"),
            Self::Reach(key) => write!(f, "what `{key}` leads to"),
            Self::Queue(queue) => write!(f, "the head of the queue `{queue}`"),
            Self::Document(digest) => write!(f, "the document `{digest}`"),
            Self::Text(id) => write!(f, "the text `{id}`"),
            Self::Number => f.write_str("a number"),
        }
    }
}
