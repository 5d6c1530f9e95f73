//! Keywords and the search for many of them at once.

use std::ops::{ControlFlow, Range};

use aho_corasick::{AhoCorasick, BuildError, MatchKind};
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::text::{Folded, fold, is_boundary, is_word_char};

/// A word, a phrase, or, with a trailing `*`, the beginning of a word: `iade`, `kargo nerede`, `kargo*`.
///
/// Compared as folded text and between the borders of words: `iade` is found in `İADE!` and not in `iadeniz`;
/// `iade*` is found in both. Turkish suffixes follow the stem, so that the star serves where the stem does not
/// change: `kitap*` does not find `kitabım`, give both stems.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Keyword(String);

impl Keyword {
    /// A keyword as it would be written in a document. Whether it can be searched for is checked by
    /// [`Condition::compile`](crate::rule::Condition::compile), which reports all that cannot at once.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    /// The text as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The letters to look for, and whether they may be followed by more.
    pub(super) fn needle(&self) -> Result<Needle, Unsearchable> {
        if self.0.len() > limits::KEYWORD_BYTES_MAX {
            return Err(Unsearchable::TooLong);
        }
        let (text, is_prefix) = self.0.trim_end().strip_suffix('*').map_or((&*self.0, false), |text| (text, true));
        let letters = fold(text).as_str().trim().to_owned();
        if letters.contains('*') {
            return Err(Unsearchable::Star);
        }
        let (Some(first), Some(last)) = (letters.chars().next(), letters.chars().next_back()) else {
            return Err(Unsearchable::Empty);
        };
        let (bound_left, bound_right) = (is_word_char(first), is_word_char(last) && !is_prefix);
        Ok(Needle { keyword: self.clone(), letters, bound_left, bound_right })
    }
}

impl From<&str> for Keyword {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// Why a keyword cannot be searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unsearchable {
    Empty,
    Star,
    TooLong,
}

/// A keyword made ready for the search.
#[derive(Debug, Clone)]
pub(super) struct Needle {
    pub(super) keyword: Keyword,
    pub(super) letters: String,
    bound_left: bool,
    bound_right: bool,
}

impl Needle {
    fn stands_at(&self, text: &str, found: &Range<usize>) -> bool {
        (!self.bound_left || is_boundary(text, found.start)) && (!self.bound_right || is_boundary(text, found.end))
    }
}

/// All keywords over one text, each with the number of the test that it belongs to.
#[derive(Clone)]
pub(super) struct Search {
    automaton: AhoCorasick,
    needles: Vec<(Needle, usize)>,
}

impl Search {
    pub(super) fn new(needles: Vec<(Needle, usize)>) -> Result<Self, BuildError> {
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(needles.iter().map(|(needle, _)| needle.letters.as_str()))?;
        Ok(Self { automaton, needles })
    }

    /// Shows every place where a keyword stands, overlapping ones too, until `see` breaks.
    pub(super) fn scan(&self, text: &Folded, mut see: impl FnMut(&Needle, usize, Range<usize>) -> ControlFlow<()>) {
        let text = text.as_str();
        // Only another match kind could make this fail.
        for found in self.automaton.try_find_overlapping_iter(text).into_iter().flatten() {
            let Some((needle, leaf)) = self.needles.get(found.pattern().as_usize()) else { continue };
            if needle.stands_at(text, &found.range()) && see(needle, *leaf, found.range()).is_break() {
                return;
            }
        }
    }
}

impl std::fmt::Debug for Search {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Search({} keywords)", self.needles.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(keywords: &[&str], text: &str) -> Vec<(String, String)> {
        let needles = keywords.iter().map(|word| (Keyword::from(*word).needle().unwrap(), 0)).collect();
        let folded = fold(text);
        let mut places = Vec::new();
        Search::new(needles).unwrap().scan(&folded, |needle, _, range| {
            places.push((needle.keyword.as_str().to_owned(), folded.as_str().get(range).unwrap().to_owned()));
            ControlFlow::Continue(())
        });
        places
    }

    #[test]
    fn keywords_stand_between_borders() {
        for (keyword, text, found) in [
            ("iade", "İADE istiyorum", true),
            ("iade", "ürün,ıade!", true),
            ("iade", "iadeniz", false),
            ("iade", "müsaiade", false),
            ("iade", "iade'nin", true),
            ("iade*", "iadeniz", true),
            ("iade*", "müsaiade", false),
            ("İade*", "iade", true),
            ("kargo nerede", "Kargo\r\n  nerede?", true),
            ("kargo nerede", "kargo, nerede", false),
            ("kargo ner*", "kargo neredeydi", true),
            ("500", "3.500,00 TL", false),
            ("500", "500, lütfen", true),
            ("3.500,00", "3.500,00 TL", true),
            ("e-posta", "e-postam", false),
            ("e-posta*", "e-postam", true),
            ("c++", "c++17", true),
            ("😡", "ne bu😡ya", true),
            ("şikâyet", "SIKAYET", true),
            (" iade ", "iade", true),
        ] {
            assert_eq!(!places(&[keyword], text).is_empty(), found, "`{keyword}` in `{text}`");
        }
    }

    #[test]
    fn keywords_within_keywords_are_all_found() {
        let found = places(&["iade", "iade et", "et", "kargo"], "iade et");
        let keywords: Vec<&str> = found.iter().map(|(keyword, _)| keyword.as_str()).collect();
        assert_eq!(keywords, ["iade", "iade et", "et"]);
    }

    #[test]
    fn what_cannot_be_searched_for() {
        for (keyword, reason) in [
            ("", Unsearchable::Empty),
            (" ", Unsearchable::Empty),
            ("*", Unsearchable::Empty),
            (" * ", Unsearchable::Empty),
            ("\u{307}", Unsearchable::Empty),
            ("*kargo", Unsearchable::Star),
            ("kar*go", Unsearchable::Star),
            ("kargo**", Unsearchable::Star),
            (&"x".repeat(129), Unsearchable::TooLong),
        ] {
            assert_eq!(Keyword::from(keyword).needle().unwrap_err(), reason, "{keyword}");
        }
    }
}
