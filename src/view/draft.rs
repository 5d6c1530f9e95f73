//! What a writer sees of his own draft.

use serde::Serialize;

use super::Texts;
use crate::content::{Content, ContentRef};
use crate::draft::Draft;
use crate::record::Version;
use crate::ticket::Internal;

/// A draft with its text, for its writer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OwnDraft {
    /// The state.
    pub draft: Draft,
    /// The text; none when it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The version that the ticket has now. Where it is not [`Draft::seen`], the entries of the ticket's
    /// [timeline](super::TeamTicket::timeline) with later versions say what has happened meanwhile.
    pub current: Version,
}

impl OwnDraft {
    /// A draft on a ticket of this version, without its text yet; none when it was sent or thrown away.
    #[must_use]
    pub fn new(draft: Draft, current: Version) -> Option<Self> {
        draft.body.is_some().then_some(Self { draft, text: None, current })
    }

    /// The references to its text.
    #[must_use]
    pub fn references(&self) -> Vec<ContentRef> {
        self.draft.body.iter().map(Internal::content).copied().collect()
    }

    /// With its text, as far as it is still there.
    #[must_use]
    pub fn contents(mut self, contents: &[Content]) -> Self {
        self.text = self.draft.body.as_ref().and_then(|body| Texts::new(contents).text(body.content()));
        self
    }

    /// Whether anything has happened to the ticket since the writer looked at it.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.draft.seen < self.current
    }
}
