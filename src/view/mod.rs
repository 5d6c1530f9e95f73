//! What an audience may see of a ticket. Pure: a [`Dossier`] comes in, a picture comes out.
//!
//! There are two pictures, and they are different types. [`CustomerTicket`] has no place for an internal text, an
//! agent's name, a tag or a priority, so that no code can put one there (law 27); [`TeamTicket`] has everything.
//! Both are made only through the gate (law 25): whoever may not see the ticket gets `None`, just as for a ticket
//! that does not exist.

mod customer;
mod dossier;
mod draft;
mod team;
mod words;

use std::collections::BTreeMap;

use crate::content::{Content, ContentRef};
use crate::id::ContentId;

pub use customer::{CustomerEntry, CustomerEvent, CustomerTicket, Speaker, for_customer};
pub use dossier::Dossier;
pub use draft::OwnDraft;
pub use team::{Linked, TeamEntry, TeamLink, TeamTicket, for_team};

/// Texts by id; what was erased is not among them.
struct Texts<'a>(BTreeMap<ContentId, &'a Content>);

impl<'a> Texts<'a> {
    fn new(contents: &'a [Content]) -> Self {
        Self(contents.iter().map(|content| (content.id, content)).collect())
    }

    /// The text behind a reference, if it is still there and is the one that the log commits to.
    fn text(&self, reference: &ContentRef) -> Option<String> {
        let content = self.0.get(&reference.id)?;
        content.is_committed_by(reference).then(|| content.text.clone())
    }
}
