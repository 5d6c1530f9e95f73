//! The end of a ticket: resolve, confirm, refuse, reopen, close, spam, and silence.

use super::verb::{ACTIVE, Context, LIVE, fits};
use super::{Category, Close, Closing, Event, Public, Refusal, Refuse, Reopen, Reopening, Resolve, Ticket};
use crate::time::Timestamp;

/// The agent believes it is done. `silent_until` is when silence will close it, as the policy says.
pub(crate) fn resolve(
    ticket: &Ticket,
    resolve: &Resolve,
    silent_until: Option<Timestamp>,
    cx: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    fits(ticket, "resolve", ACTIVE)?;
    let status = cx.step(ticket, Category::Resolved, resolve.status.as_ref())?;
    Ok(vec![Event::Resolved { status, silent_until, to_linked: resolve.to_linked, unanswered: false }])
}

/// The customer agrees that nothing is left, whether an agent has said so before or not.
pub(crate) fn confirm(ticket: &Ticket, cx: &Context<'_>) -> Result<Vec<Event>, Refusal> {
    fits(ticket, "confirm", LIVE)?;
    let status = cx.step(ticket, Category::Closed, None)?;
    Ok(vec![Event::Confirmed { status }])
}

/// The customer says that something is left.
pub(crate) fn refuse(ticket: &Ticket, refuse: &Refuse, cx: &mut Context<'_>) -> Result<Vec<Event>, Refusal> {
    fits(ticket, "refuse", &[Category::Resolved])?;
    let status = cx.step(ticket, Category::Open, None)?;
    let reason = cx.reason(refuse.reason.as_ref())?.map(Public::new);
    Ok(vec![Event::Refused { status, reason }])
}

/// An agent works on it again.
pub(crate) fn reopen(ticket: &Ticket, reopen: &Reopen, cx: &Context<'_>) -> Result<Vec<Event>, Refusal> {
    fits(ticket, "reopen", &[Category::Resolved, Category::Closed])?;
    let status = cx.step(ticket, Category::Open, reopen.status.as_ref())?;
    Ok(vec![Event::Reopened { status, why: Reopening::Agent }])
}

/// An agent ends it without asking the customer.
pub(crate) fn close(ticket: &Ticket, close: &Close, cx: &Context<'_>) -> Result<Vec<Event>, Refusal> {
    fits(ticket, "close", LIVE)?;
    let status = cx.step(ticket, Category::Closed, close.status.as_ref())?;
    Ok(vec![Event::Closed { status, why: Closing::Agent }])
}

/// It is resolved because a ticket that it is linked to is; none where its workflow has no way there.
pub(crate) fn resolve_with(ticket: &Ticket, silent_until: Option<Timestamp>, cx: &Context<'_>) -> Option<Event> {
    fits(ticket, "resolve", ACTIVE).ok()?;
    let status = cx.step(ticket, Category::Resolved, None).ok()?;
    Some(Event::Resolved { status, silent_until, to_linked: false, unanswered: false })
}

/// It is closed because its parent is; none where its workflow has no way there.
pub(crate) fn close_with_parent(ticket: &Ticket, cx: &Context<'_>) -> Option<Event> {
    fits(ticket, "close", LIVE).ok()?;
    let status = cx.step(ticket, Category::Closed, None).ok()?;
    Some(Event::Closed { status, why: Closing::Parent })
}

/// The customer has been silent for as long as the policy waits.
pub(crate) fn close_by_silence(ticket: &Ticket, cx: &Context<'_>) -> Option<Event> {
    let status = cx.step(ticket, Category::Closed, None).ok()?;
    Some(Event::Closed { status, why: Closing::Silence })
}

/// It is no request of a customer.
pub(crate) fn mark_spam(ticket: &Ticket, cx: &Context<'_>) -> Result<Vec<Event>, Refusal> {
    fits(ticket, "mark_spam", ACTIVE)?;
    let status = cx.step(ticket, Category::Spam, None)?;
    Ok(vec![Event::MarkedSpam { status }])
}

/// It is a request after all.
pub(crate) fn restore(ticket: &Ticket, cx: &Context<'_>) -> Result<Vec<Event>, Refusal> {
    fits(ticket, "restore", &[Category::Spam])?;
    let status = cx.step(ticket, Category::Open, None)?;
    Ok(vec![Event::Restored { status }])
}
