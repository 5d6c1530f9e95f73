//! What is said on a ticket. Public and internal text are different types, so that no code that writes to a
//! customer can be handed an internal one (law 27).

use serde::{Deserialize, Serialize};

use crate::content::ContentRef;

/// A text that the customer may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Public(ContentRef);

impl Public {
    pub(crate) const fn new(text: ContentRef) -> Self {
        Self(text)
    }
    /// The reference to the text.
    #[must_use]
    pub const fn content(&self) -> &ContentRef {
        &self.0
    }
}

/// A text for the team only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Internal(ContentRef);

impl Internal {
    pub(crate) const fn new(text: ContentRef) -> Self {
        Self(text)
    }
    /// The reference to the text.
    #[must_use]
    pub const fn content(&self) -> &ContentRef {
        &self.0
    }
}
