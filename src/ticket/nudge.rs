//! Nudges: a customer who was asked something is asked again, and at last the ticket is resolved, or the team is told.
//!
//! | event on a ticket that waits for its customer | what becomes of his nudges |
//! |---|---|
//! | the customer, or a participant, says anything, also thanks; or a machine of theirs does | they end |
//! | an agent answers, or holds it anew | they begin anew |
//! | a bot answers, notes, tags, assignments | they go on |
//! | the customer is banned | nobody is asked, and they end |
//! | it is no longer on hold | they are gone |
//! | merged | they rest with the hold, and go on when the merge is undone |
//! | another is merged into it, whose customer waits | they rest until he is answered, asked anew, or taken out again |
//!
//! The policy says when and how often; state holds the instant of the next step.

use serde::{Deserialize, Serialize};

use super::verb::{ACTIVE, Context, fits};
use super::{Absorbed, Category, Event, HoldKind, Ticket};
use crate::id::Name;
use crate::time::Timestamp;

/// How far the nudges of a wait are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Nudging {
    /// The rule of the policy.
    pub rule: Name,
    /// How many nudges are over, given or left out.
    #[serde(default, skip_serializing_if = "super::is_zero")]
    pub number: u32,
    /// When the next step comes: a nudge, or what follows the last one. None when the nudges of this wait have ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp>,
}

/// Whether somebody who may answer was asked: a customer who has written himself, not a machine of his (law 29).
pub(crate) fn waits_for_answer(ticket: &Ticket) -> bool {
    let asked = ticket.hold.as_ref().is_some_and(|hold| hold.kind == HoldKind::Customer);
    asked && !ticket.unheard && !ticket.last_automatic && ticket.merged.is_none()
}

/// Whether an event asks the customer, so that his nudges begin anew.
pub(crate) fn asks(event: &Event) -> bool {
    matches!(event, Event::Held { kind: HoldKind::Customer, .. } | Event::Replied { agent: Some(_), .. })
}

/// The next instant at which something comes of the customer's silence. Nobody is silent who has written on a ticket
/// that was merged into this one, and waits for an answer.
pub(crate) fn next_at(ticket: &Ticket) -> Option<Timestamp> {
    if ticket.absorbed.values().any(Absorbed::is_unheard) {
        return None;
    }
    ticket.nudging.as_ref().and_then(|nudging| nudging.next)
}

/// The customer has not answered the last nudge either, so that it is resolved; none where its workflow has no way
/// there.
pub(crate) fn resolve_unanswered(ticket: &Ticket, silent_until: Option<Timestamp>, cx: &Context<'_>) -> Option<Event> {
    fits(ticket, "resolve", ACTIVE).ok()?;
    let status = cx.step(ticket, Category::Resolved, None).ok()?;
    Some(Event::Resolved { status, silent_until, to_linked: false, unanswered: true })
}

pub(super) fn apply_nudge(ticket: &mut Ticket, event: &Event) {
    match event {
        Event::NudgePlanned { nudge, number, next }
        | Event::Nudged { nudge, number, next }
        | Event::NudgeSkipped { nudge, number, next } => {
            ticket.nudging = Some(Nudging { rule: nudge.clone(), number: *number, next: Some(*next) });
        }
        Event::NudgesEnded { .. } => end(ticket),
        _ => {}
    }
}

/// No more nudges in this wait.
pub(super) fn end(ticket: &mut Ticket) {
    if let Some(nudging) = &mut ticket.nudging {
        nudging.next = None;
    }
}

impl Ticket {
    /// How far the nudges are, while it waits for its customer and the policy has some for it.
    #[must_use]
    pub const fn nudging(&self) -> Option<&Nudging> {
        self.nudging.as_ref()
    }
}
