//! Grants: something of value for the customer, within an authority that the policy gives to roles.

use super::verb::{Context, LIVE, fits};
use super::{Event, Grant, Internal, Refusal, Ticket};
use crate::money::Money;

/// Gives something, if the authority reaches. `limits` are the amounts that the agent's roles may give of it.
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
    if grant.amount.exceeds(limit) != Some(false) {
        return Err(Refusal::AboveAuthority { grant: grant.grant.clone(), amount: grant.amount, limit });
    }
    let reason = cx.reason(grant.reason.as_ref())?.map(Internal::new);
    Ok(vec![Event::Granted { grant: grant.grant.clone(), amount: grant.amount, reason }])
}
