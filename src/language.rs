//! The languages in which the library itself speaks.

use serde::{Deserialize, Serialize};

/// A language of the library's own texts: explanations, acknowledgements, notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Language {
    /// Turkish.
    #[default]
    #[serde(rename = "tr")]
    Turkish,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// Every language, in declared order.
    pub const ALL: [Self; 2] = [Self::Turkish, Self::English];

    /// The ISO 639-1 code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Turkish => "tr",
            Self::English => "en",
        }
    }

    /// The text in this language.
    pub(crate) const fn pick<'a>(self, turkish: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Turkish => turkish,
            Self::English => english,
        }
    }
}
