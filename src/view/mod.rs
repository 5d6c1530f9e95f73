//! What an audience may see of a ticket. Pure: a [`Dossier`] comes in, a picture comes out.
//!
//! There are three pictures of a ticket, and they are different types. [`CustomerTicket`] has no place for an internal
//! text, an agent's name, a tag or a priority, so that no code can put one there (law 27); [`PartySide`] has what was
//! said in one conversation with a third party, and nothing else of its ticket; [`TeamTicket`] has everything. All are
//! made only through the gate (law 25): whoever may not see the ticket gets `None`, just as for a ticket that does not
//! exist. [`CustomerPage`], [`JobReport`], [`ScheduleReport`], [`Requester`] and [`OwnDraft`] are pictures as well: of a
//! list, a job, a schedule, a customer and a draft.
//!
//! [`worked`] and [`contributions`] are no pictures but sums, for the host's own reports. They ask for no reader, and they
//! name agents: show them to nobody whom you have not asked yourself whether he may see them, and never to a customer.

mod annul;
mod change;
mod customer;
mod dossier;
mod draft;
mod inbox;
mod job;
mod party;
mod requester;
mod schedule;
mod team;
mod words;
mod work;

use std::collections::BTreeMap;

use crate::content::{Content, ContentRef};
use crate::id::ContentId;

pub use annul::annulled;
pub use change::PartChange;
pub use customer::{CustomerEntry, CustomerEvent, CustomerTicket, Speaker, for_customer};
pub use dossier::Dossier;
pub use draft::OwnDraft;
pub use inbox::{CustomerPage, CustomerRow};
pub use job::{JobLine, JobReport, job_for_team};
pub use party::{PartyEntry, PartySide, PartySpeaker, for_party};
pub use requester::{Requester, ShownBan, requester_for_team};
pub use schedule::{ScheduleLine, ScheduleReport, schedule_for_team};
pub use team::{Linked, TeamEntry, TeamLink, TeamReminder, TeamSide, TeamTask, TeamTicket, for_team};
pub use work::{Contribution, contributions, worked};

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
