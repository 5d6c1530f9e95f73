//! Hold and resume: waiting for somebody outside the team.

use super::verb::{Context, fits};
use super::{Category, Event, Hold, Internal, Refusal, Resume, Resumption, Ticket};
use crate::id::Name;
use crate::time::Timestamp;

/// Lets it wait. A hold may be replaced by another. `until` is the instant that the command means, if it means one.
pub(crate) fn hold(
    ticket: &Ticket,
    hold: &Hold,
    until: Option<Timestamp>,
    cx: &mut Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    fits(ticket, "hold", &[Category::New, Category::Open, Category::Hold])?;
    if let Some(at) = until.filter(|until| *until <= cx.now) {
        return Err(Refusal::NotAhead { field: Name::fixed("until"), at });
    }
    // From hold to hold the status stays, unless another one is named.
    let stays = ticket.status.category == Category::Hold
        && hold.status.as_ref().is_none_or(|named| *named == ticket.status.name);
    let status = if stays { ticket.status.clone() } else { cx.step(ticket, Category::Hold, hold.status.as_ref())? };
    let reason = cx.reason(hold.reason.as_ref())?.map(Internal::new);
    Ok(vec![Event::Held { kind: hold.kind, until, reason, status }])
}

/// Ends the wait.
pub(crate) fn resume(ticket: &Ticket, resume: &Resume, cx: &Context<'_>) -> Result<Vec<Event>, Refusal> {
    fits(ticket, "resume", &[Category::Hold])?;
    let status = cx.step(ticket, Category::Open, resume.status.as_ref())?;
    Ok(vec![Event::Resumed { why: Resumption::Agent, status, side: None }])
}

/// The time it was held until has come.
pub(crate) fn resume_by_time(ticket: &Ticket, cx: &Context<'_>) -> Option<Event> {
    let status = cx.step(ticket, Category::Open, None).ok()?;
    Some(Event::Resumed { why: Resumption::Time, status, side: None })
}
