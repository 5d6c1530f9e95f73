//! What a third party sees.

use serde::Serialize;

use super::{Dossier, Texts};
use crate::id::{MessageId, PartyId, SideId};
use crate::ticket::{self, Outside, SideStatus};
use crate::time::Timestamp;

/// A conversation as the third party may see it: its own words, the shop's to it, and nothing else of the ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PartySide {
    /// The conversation.
    pub side: SideId,
    /// The number of the ticket, to be named in a message.
    pub number: u64,
    /// What it is about; none where nobody said, or it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Where it stands.
    pub status: SideStatus,
    /// What was said, oldest first.
    pub timeline: Vec<PartyEntry>,
}

/// One thing that was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PartyEntry {
    /// When.
    pub at: Timestamp,
    /// The message.
    pub message: MessageId,
    /// By whom.
    pub by: PartySpeaker,
    /// What; none when it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// Who said something in a conversation with a third party; who of the shop is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PartySpeaker {
    /// The reader.
    You,
    /// The shop.
    Shop,
}

/// A conversation as this third party may see it, of whose identity the host has made sure; `None` when it is not its
/// own. The dossier is that of the ticket on which the conversation was begun.
#[must_use]
pub fn for_party(party: &PartyId, side: SideId, dossier: &Dossier) -> Option<PartySide> {
    let ticket = dossier.ticket();
    let own = ticket.sides().get(&side).filter(|own| own.party == *party)?;
    let texts = Texts::new(dossier.texts());
    let text = |outside: &Outside| texts.text(outside.content());
    let (mut subject, mut timeline) = (None, Vec::new());
    for (of, recorded, event) in dossier.story() {
        if of.id() != ticket.id() {
            continue;
        }
        let (message, by, body) = match event {
            ticket::Event::SideStarted { side: begun, subject: about, .. } if *begun == side => {
                subject = about.as_ref().and_then(text);
                continue;
            }
            ticket::Event::SideWritten { side: of, message, body } if *of == side => {
                (*message, PartySpeaker::Shop, text(body))
            }
            ticket::Event::SideReceived { side: of, message, body, .. } if *of == side => {
                (*message, PartySpeaker::You, text(body))
            }
            _ => continue,
        };
        timeline.push(PartyEntry { at: recorded.occurred, message, by, text: body });
    }
    Some(PartySide { side, number: ticket.number(), subject, status: own.status, timeline })
}
