//! What is said on a ticket. Public and internal text, and what third parties read, are different types, so that no
//! code that writes to one of them can be handed what is another's (law 27).

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

/// A text between the shop and a third party: the team reads it, a customer never does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Outside(ContentRef);

impl Outside {
    pub(crate) const fn new(text: ContentRef) -> Self {
        Self(text)
    }
    /// The reference to the text.
    #[must_use]
    pub const fn content(&self) -> &ContentRef {
        &self.0
    }
}
