//! Grants: something of value for the customer, within an authority that the policy gives to roles.

use super::verb::{Context, LIVE, fits};
use super::{Event, Grant, Internal, Refusal, Ticket};
use crate::id::Name;
use crate::money::Money;

/// Gives something, if the authority reaches: for all that the ticket's customer gets of it, by whomever, so that a
/// large amount cannot be given in small ones. `limits` are the amounts that the agent's roles may give of it.
pub(crate) fn grant(
    ticket: &Ticket,
    grant: &Grant,
    limits: &[Money],
    cx: &mut Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    fits(ticket, "grant", LIVE)?;
    if grant.amount.minor() <= 0 {
        return Err(Refusal::BadAmount { amount: grant.amount });
    }
    let Some(limit) = largest(limits, grant.amount) else {
        return Err(Refusal::GrantNotAllowed { grant: grant.grant.clone() });
    };
    let sum = sum(ticket, &grant.grant, grant.amount);
    if sum.exceeds(limit) != Some(false) {
        return Err(Refusal::AboveAuthority { grant: grant.grant.clone(), amount: grant.amount, sum, limit });
    }
    let reason = cx.reason(grant.reason.as_ref())?.map(Internal::new);
    Ok(vec![Event::Granted { grant: grant.grant.clone(), amount: grant.amount, reason }])
}

/// Whether these limits let an amount be given on the ticket.
pub(crate) fn covers(ticket: &Ticket, grant: &Name, amount: Money, limits: &[Money]) -> bool {
    largest(limits, amount).is_some_and(|limit| sum(ticket, grant, amount).exceeds(limit) == Some(false))
}

/// The most that may be given in the currency of an amount.
fn largest(limits: &[Money], amount: Money) -> Option<Money> {
    let same_currency = limits.iter().filter(|limit| limit.currency() == amount.currency());
    same_currency.max_by_key(|limit| limit.minor()).copied()
}

/// An amount with what was given on the ticket before.
fn sum(ticket: &Ticket, grant: &Name, amount: Money) -> Money {
    let given = ticket.granted(grant, amount.currency());
    Money::new(given.minor().saturating_add(amount.minor()), amount.currency())
}
