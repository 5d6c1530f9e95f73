//! Grants: something of value for the customer, within an authority that the policy gives to roles.

use super::verb::{Context, LIVE, fits};
use super::{Event, Grant, Internal, Refusal, Ticket};
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
    let same_currency = limits.iter().filter(|limit| limit.currency() == grant.amount.currency());
    let Some(limit) = same_currency.max_by_key(|limit| limit.minor()).copied() else {
        return Err(Refusal::GrantNotAllowed { grant: grant.grant.clone() });
    };
    let given = ticket.granted(&grant.grant, grant.amount.currency());
    let sum = Money::new(given.minor().saturating_add(grant.amount.minor()), grant.amount.currency());
    if sum.exceeds(limit) != Some(false) {
        return Err(Refusal::AboveAuthority { grant: grant.grant.clone(), amount: grant.amount, sum, limit });
    }
    let reason = cx.reason(grant.reason.as_ref())?.map(Internal::new);
    Ok(vec![Event::Granted { grant: grant.grant.clone(), amount: grant.amount, reason }])
}
