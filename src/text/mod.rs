//! One fold before every matcher and index, so that `İADE`, `IADE`, `ıade` and `iade` are one word.
//!
//! Customers type Turkish on keyboards that lack its letters, in capitals, and as decomposed Unicode.
//! Lower-casing alone keeps these apart (and `İ` would leave a combining dot behind), so [`fold`] goes further:
//! the four letters i become one, and marks above and below Latin, Greek and Cyrillic letters go. The original
//! text is kept by whoever shows it; a [`Folded`] text is only for comparing and searching.

mod thanks;

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::char::{decompose_canonical, is_combining_mark};
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

pub(crate) use thanks::PHRASE_WORDS_MAX;
pub use thanks::{Thanks, is_thanks};

/// A text that went through [`fold`]. Customers' words: `Debug` shows its size only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Folded(String);

impl Folded {
    /// The folded text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing is left of the text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The words, in order: runs of letters, digits and their marks. A point or comma between two digits does
    /// not end a word; an apostrophe does, so that a Turkish suffix after it is a word of its own.
    ///
    /// ```
    /// let folded = destek::text::fold("Kargo'nun ücreti 3.500,00 TL!");
    /// assert_eq!(folded.words().collect::<Vec<_>>(), ["kargo", "nun", "ucreti", "3.500,00", "tl"]);
    /// ```
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let text = self.as_str();
        let mut at = 0;
        std::iter::from_fn(move || {
            let rest = text.get(at..)?;
            let start = at + rest.find(is_word_char)?;
            let mut inside = text.get(start..)?.char_indices().skip(1).map(|(offset, _)| start + offset);
            at = inside.find(|&end| is_boundary(text, end)).unwrap_or(text.len());
            text.get(start..at)
        })
    }
}

impl fmt::Debug for Folded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Folded({} bytes)", self.0.len())
    }
}

/// Folds a text for comparing and searching. Total on any input, and folding twice changes nothing.
///
/// Canonically equal texts (composed or decomposed) fold alike. The letters `i ı I İ` become `i`; marks of
/// Latin, Greek and Cyrillic letters go (`ş ğ ç ö ü â î û` become plain); everything else is lower-cased, with
/// one form of the Greek sigma. A run of white space becomes one space, and invisible characters (soft hyphen,
/// zero-width joiners, variation selectors) are dropped. Vowel signs of other scripts are letters, and stay.
///
/// ```
/// use destek::text::fold;
/// assert_eq!(fold("ŞİKÂYET").as_str(), "sikayet");
/// assert_eq!(fold("KIRIK"), fold("kırık"));
/// ```
#[must_use]
pub fn fold(text: &str) -> Folded {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_graphic() {
            out.push(c.to_ascii_lowercase());
        } else if c.is_whitespace() {
            if !out.ends_with(' ') {
                out.push(' ');
            }
        } else {
            decompose_canonical(c, |part| push_plain(&mut out, part));
        }
    }
    // Marks that stayed (of other scripts) may stand in any order, and Hangul was taken apart above.
    match is_nfc_quick(out.chars()) {
        IsNormalized::Yes => Folded(out),
        IsNormalized::No | IsNormalized::Maybe => Folded(out.nfc().collect()),
    }
}

fn push_plain(out: &mut String, part: char) {
    if is_dropped(part) || is_invisible(part) {
        return;
    }
    let part = narrow(part);
    // The only letter whose lower case has a mark of its own, `İ`, was taken apart before it came here.
    for lower in part.to_lowercase() {
        match lower {
            'ı' => out.push('i'),
            'ς' => out.push('σ'),
            other => out.push(other),
        }
    }
}

/// Combining marks of the blocks for Latin, Greek, Cyrillic and symbols.
const fn is_dropped(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}'
        | '\u{FE20}'..='\u{FE2F}')
}

/// Characters that nobody sees: Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt, version 16), such as
/// joiners, direction marks and isolates that come along when text is pasted.
pub(crate) const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// The usual form of a letter, digit or sign that is written as wide as a Chinese one.
fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        other => other,
    }
}

/// Whether the character belongs to a word: letters, digits, and the marks that a fold leaves on them.
pub(crate) fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || (!c.is_ascii() && is_combining_mark(c))
}

/// Whether no word goes across this position of the text. A position between two bytes of a character is none.
pub(crate) fn is_boundary(text: &str, at: usize) -> bool {
    let (Some(before), Some(after)) = (text.get(..at), text.get(at..)) else { return false };
    let (mut before, mut after) = (before.chars().rev(), after.chars());
    let (Some(left), Some(right)) = (before.next(), after.next()) else { return true };
    let joins = |c: char| c == '.' || c == ',';
    let digit = |c: Option<char>| c.is_some_and(char::is_numeric);
    let within_number = (joins(left) && right.is_numeric() && digit(before.next()))
        || (joins(right) && left.is_numeric() && digit(after.next()));
    !(within_number || (is_word_char(left) && is_word_char(right)))
}

/// Which text a keyword was found in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TextField {
    /// The message at hand.
    Text,
    /// The subject line.
    SubjectText,
}

/// A keyword that was found. Recorded with a decision, so that a replay needs no text (law 15); it quotes the
/// policy, never the customer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Hit {
    /// The text in which it was found.
    pub field: TextField,
    /// Where it begins, in bytes of the folded text.
    pub start: usize,
    /// Where it ends, in bytes of the folded text. A prefix ends where its own letters end.
    pub end: usize,
    /// The keyword as the policy writes it.
    pub keyword: String,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_word_however_it_is_typed() {
        // Pairs from the Turkish alphabet, the Unicode character names and Unicode's own lower-case mappings.
        for (text, folded) in [
            ("", ""),
            ("IADE", "iade"),
            ("İADE", "iade"),
            ("iade", "iade"),
            ("i\u{200E}a\u{2068}d\u{180E}e\u{E0061}", "iade"),
            ("ｉａｄｅ ＩＡＤＥ ４２", "iade iade 42"),
            ("ıade", "iade"),
            ("I\u{307}ADE", "iade"),
            ("i\u{307}ade", "iade"),
            ("ŞİKÂYET", "sikayet"),
            ("S\u{327}I\u{307}KA\u{302}YET", "sikayet"),
            ("şikayet", "sikayet"),
            ("ÇOK TEŞEKKÜRLER", "cok tesekkurler"),
            ("ğüşöçıĞÜŞÖÇI", "gusocigusoci"),
            ("hâlâ îmâ sükût", "hala ima sukut"),
            ("Straße GROẞ Äpfel", "straße groß apfel"),
            ("ΚΑΛΗΜΈΡΑ ΟΔΟΣ", "καλημερα οδοσ"),
            ("οδός", "οδοσ"),
            ("ЁЖ", "еж"),
            ("\u{212A}argo", "kargo"),
            ("👍🏽 ❤\u{fe0f} 👨\u{200d}👩\u{200d}👧", "👍🏽 ❤ 👨👩👧"),
            ("a\0b\0", "a\0b\0"),
            ("ka\u{ad}r\u{200b}go\u{feff}", "kargo"),
            ("iade \t\r\n\u{a0} et", "iade et"),
            ("한국어", "한국어"),
            ("हिन्दी", "हिन्दी"),
            ("が", "が"),
        ] {
            assert_eq!(fold(text).as_str(), folded, "{text:?}");
        }
    }

    #[test]
    fn every_character_folds_to_something_that_folds_to_itself() {
        for c in char::MIN..=char::MAX {
            let once = fold(&c.to_string());
            assert_eq!(fold(once.as_str()), once, "{c:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(2_000), failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn folding_twice_changes_nothing(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(once.as_str()), once);
        }

        #[test]
        fn folding_marks_twice_changes_nothing(text in "[a-zİıŞ\u{300}-\u{370}\u{591}-\u{5c7}\u{1100}-\u{11ff}\u{93c}\u{915} ]{0,24}") {
            let once = fold(&text);
            prop_assert_eq!(fold(once.as_str()), once.clone());
            let (composed, decomposed): (String, String) = (text.nfc().collect(), text.nfd().collect());
            prop_assert_eq!(fold(&composed), once.clone());
            prop_assert_eq!(fold(&decomposed), once);
        }

        #[test]
        fn words_hold_every_word_character_and_lie_between_boundaries(text in "[a-c1-3.,'é\u{915}\u{94d} ]{0,24}") {
            let folded = fold(&text);
            let kept: usize = folded.words().flat_map(str::chars).filter(|c| is_word_char(*c)).count();
            prop_assert_eq!(kept, folded.as_str().chars().filter(|c| is_word_char(*c)).count());
            for word in folded.words() {
                let start = word.as_ptr() as usize - folded.as_str().as_ptr() as usize;
                prop_assert!(is_boundary(folded.as_str(), start) && is_boundary(folded.as_str(), start + word.len()));
            }
        }
    }

    #[test]
    fn words_end_where_a_reader_ends_them() {
        for (text, words) in [
            ("", vec![]),
            ("...", vec![]),
            ("Apple'ın e-postası", vec!["apple", "in", "e", "postasi"]),
            ("3.500,00TL", vec!["3.500,00tl"]),
            ("bitti.Sonra", vec!["bitti", "sonra"]),
            ("sipariş 12.", vec!["siparis", "12"]),
            ("👍kargo👍", vec!["kargo"]),
        ] {
            assert_eq!(fold(text).words().collect::<Vec<_>>(), words, "{text}");
        }
    }

    #[test]
    fn folded_text_is_masked() {
        assert_eq!(format!("{:?}", fold("Kargom")), "Folded(6 bytes)");
    }
}
