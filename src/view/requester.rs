//! What the team sees of a customer: whether he is banned, and what was kept apart.

use serde::Serialize;

use super::Texts;
use crate::actor::{Actor, Right};
use crate::content::Content;
use crate::customer::{Customer, OpenTicket};
use crate::desk::may_apart;
use crate::id::{CustomerId, TicketId};
use crate::policy::Policy;
use crate::team::Agent;
use crate::time::Timestamp;

/// A customer as whoever may ban him sees him.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Requester {
    /// The customer.
    pub customer: CustomerId,
    /// That he is banned, while he is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ban: Option<ShownBan>,
    /// His open tickets, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<OpenTicket>,
    /// What was kept apart as it came in and has not been restored, oldest first: what [`Restore`](crate::ticket::Restore),
    /// or a job of it, brings back. Of what is older than the last
    /// [`QUARANTINE_KEPT_MAX`](crate::limits::QUARANTINE_KEPT_MAX), a list of the inbox knows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quarantine: Vec<TicketId>,
    /// How often he was not told that something arrived, because that had been often enough within an hour.
    pub untold: u32,
}

/// A ban as the team sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ShownBan {
    /// Since when.
    pub since: Timestamp,
    /// Until when; for good, when none is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Why; none where nobody said, or it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A customer as this reader may see him; `None` when he may not: he is neither the host nor an agent who may ban.
///
/// `agent` is the reader's own record, when the reader is an agent; `texts` holds the reason of the ban, as far as it is
/// still there.
///
/// ```
/// use destek::actor::Actor;
/// use destek::customer::Ban;
/// use destek::id::CustomerId;
/// use destek::record::RecordKey;
/// use destek::{policy, testing::Scene, view};
///
/// let mut shop = Scene::new(policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
/// let customer = CustomerId::new("c-17")?;
/// shop.run(Actor::Host, Ban::new(customer.clone()))?;
/// let state = shop.state(&RecordKey::Customer(customer)).ok_or("it was banned")?;
/// let state = state.customer().ok_or("it is a customer")?;
/// let shown = view::requester_for_team(shop.desk().policy(), (&Actor::Host, None), state, &[], shop.now());
/// assert!(shown.is_some_and(|shown| shown.ban.is_some()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn requester_for_team(
    policy: &Policy,
    (actor, agent): (&Actor, Option<&Agent>),
    customer: &Customer,
    texts: &[Content],
    now: Timestamp,
) -> Option<Requester> {
    if !may_apart(Right::Ban, actor, agent, policy) {
        return None;
    }
    let texts = Texts::new(texts);
    let ban = customer.ban.as_ref().filter(|ban| ban.holds(now)).map(|ban| ShownBan {
        since: ban.since,
        until: ban.until,
        reason: ban.reason.and_then(|reason| texts.text(&reason)),
    });
    Some(Requester {
        customer: customer.id.clone(),
        ban,
        open: customer.open.clone(),
        quarantine: customer.quarantine.clone(),
        untold: customer.recent.untold,
    })
}
