//! Where the next page of a list begins.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::sort::Mark;
use crate::id::TicketId;
use crate::limits;

/// Where the next page begins: behind the last row of the one before. Opaque; printed and read as a short text.
///
/// It is bound to the reader, the filter and the order that it was made under. It gives nobody anything: the reader's
/// reach is joined to every page anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cursor {
    list: ListDigest,
    mark: Mark,
}

/// Whose list, of what, in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ListDigest(u64);

impl ListDigest {
    /// The digest of what serialises like this.
    pub(super) fn of(list: &impl Serialize) -> Self {
        // Everything that a list is made of serialises.
        let text = serde_json::to_vec(list).unwrap_or_default();
        let digest: [u8; 32] = Sha256::digest(text).into();
        let [a, b, c, d, e, f, g, h, ..] = digest;
        Self(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }
}

/// A text that is no cursor, or one of another list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadCursor {
    /// It is no cursor.
    #[error("`{0}` is no cursor; take the one that came with the page before, or begin without one")]
    Malformed(String),
    /// It is the cursor of another list.
    #[error("the cursor belongs to another reader, filter or order; begin without one")]
    OtherList,
}

impl Cursor {
    pub(super) const fn new(list: ListDigest, mark: Mark) -> Self {
        Self { list, mark }
    }

    /// The place, in the list that it was made for.
    pub(super) fn place(self, list: ListDigest) -> Result<Mark, BadCursor> {
        if self.list == list { Ok(self.mark) } else { Err(BadCursor::OtherList) }
    }
}

/// The form of the text: raised when it changes, so that an old one is refused and not misread.
const FORM: &str = "1";

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{FORM}.{:016x}.", self.list.0)?;
        match self.mark.key {
            Some(key) => write!(f, "{key}")?,
            None => f.write_str("x")?,
        }
        write!(f, ".{:032x}", self.mark.ticket.as_u128())
    }
}

impl FromStr for Cursor {
    type Err = BadCursor;
    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let read = || {
            let mut parts = text.split('.');
            let (form, list, key, ticket) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
            let list = ListDigest(u64::from_str_radix(list, 16).ok()?);
            let key = if key == "x" { None } else { Some(key.parse().ok()?) };
            let ticket = TicketId::from_u128(u128::from_str_radix(ticket, 16).ok()?);
            let cursor = Self::new(list, Mark::new(key, ticket));
            // One text for one cursor.
            (form == FORM && cursor.to_string() == text).then_some(cursor)
        };
        read().ok_or_else(|| BadCursor::Malformed(limits::shorten(text, 80)))
    }
}

crate::written::stored_as_text!(Cursor);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_what_it_prints_and_nothing_else() {
        for key in [Some(0), Some(-1), Some(i64::MIN), Some(i64::MAX), None] {
            let cursor = Cursor::new(ListDigest(7), Mark::new(key, TicketId::from_u128(9)));
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        let good = Cursor::new(ListDigest(7), Mark::new(Some(5), TicketId::from_u128(9))).to_string();
        let id = "00000000000000000000000000000009";
        let list = "0000000000000007";
        assert_eq!(good, format!("1.{list}.5.{id}"));
        for text in [
            String::new(),
            "1".to_owned(),
            format!("2.{list}.5.{id}"),
            format!("1.{list}.+5.{id}"),
            format!("1.{list}.05.{id}"),
            format!("1.7.5.{id}"),
            format!("1.{list}.5.{id}.0"),
            format!(" 1.{list}.5.{id}"),
            format!("1.{list}..{id}"),
            format!("1.{list}.9223372036854775808.{id}"),
        ] {
            assert!(matches!(text.parse::<Cursor>(), Err(BadCursor::Malformed(_))), "{text}");
        }
    }
}
