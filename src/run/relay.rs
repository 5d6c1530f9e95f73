//! Delivering effects: claims, delivers without holding anything, and says what became of each.

use std::ops::AddAssign;

use super::{BATCH, CLAIM_ATTEMPTS, SessionError, back_off};
use crate::desk::Effect;
use crate::id::TenantId;
use crate::limits::{DELIVERY_ATTEMPTS_MAX, REASON_BYTES_MAX, shorten};
use crate::notify::{Delivery, Notifier};
use crate::store::{CommitError, Envelope, Outbox, Sessions, Settlement};
use crate::time::{Span, Timestamp};

const BACK_OFF: Span = Span::seconds(2);
const BACK_OFF_MAX: Span = Span::hours(6);
/// How far away a receiver may wish the next attempt: what is behind it in the lane waits as long.
const RETRY_AT_MAX: Span = Span::hours(24);
/// How long an effect of a later version is left alone: a worker of that version takes it within minutes.
const LEFT_FOR: Span = Span::minutes(5);

/// How a relay works.
///
/// ```
/// use destek::run::Relay;
/// use destek::time::Span;
///
/// let relay = Relay::default().limit(20).lease(Span::minutes(5));
/// assert_eq!(relay.limit, 20);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Relay {
    /// How long a claimed effect is this worker's; longer than `limit` deliveries may take, else another worker
    /// delivers it again.
    pub lease: Span,
    /// How many effects are claimed at once; few, so that a worker that dies holds up few.
    pub limit: usize,
}

impl Default for Relay {
    fn default() -> Self {
        Self { lease: Span::minutes(2), limit: BATCH }
    }
}

impl Relay {
    /// With another lease.
    #[must_use]
    pub const fn lease(mut self, lease: Span) -> Self {
        self.lease = lease;
        self
    }
    /// Claiming so many at once.
    #[must_use]
    pub const fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }
}

/// What a relay has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Relayed {
    /// Effects delivered.
    pub delivered: usize,
    /// Effects to be tried again later.
    pub retried: usize,
    /// Effects given up, with their reason.
    pub set_aside: usize,
    /// Effects whose text was erased before they were delivered.
    pub withdrawn: usize,
    /// Effects left to a worker of a later version of the library, which alone understands them.
    pub left: usize,
    /// Effects whose claim was lost before it was settled, so that somebody may deliver them again under the same
    /// key.
    pub lost: usize,
}

impl AddAssign for Relayed {
    fn add_assign(&mut self, other: Self) {
        let Self { delivered, retried, set_aside, withdrawn, left, lost } = other;
        self.delivered += delivered;
        self.retried += retried;
        self.set_aside += set_aside;
        self.withdrawn += withdrawn;
        self.left += left;
        self.lost += lost;
    }
}

impl Relayed {
    /// How many effects were claimed; after none there is nothing to claim now.
    #[must_use]
    pub const fn claimed(&self) -> usize {
        self.delivered + self.retried + self.set_aside + self.withdrawn + self.left + self.lost
    }

    /// Counts what became of an effect.
    pub(crate) const fn note(&mut self, settlement: &Settlement, held: bool) {
        let counter = match settlement {
            _ if !held => &mut self.lost,
            Settlement::Delivered => &mut self.delivered,
            Settlement::Retry { .. } => &mut self.retried,
            Settlement::Leave { .. } => &mut self.left,
            Settlement::SetAside { .. } => &mut self.set_aside,
            Settlement::Withdrawn => &mut self.withdrawn,
        };
        *counter += 1;
    }
}

/// Claims effects that wait, the longest waiting first, and delivers them.
///
/// One claim a call, so that every lease is counted from a `now` that is true; of each record and lane the first
/// effect only, as the next may be claimed when it is settled. Call it again, with the time of then, while
/// [`Relayed::claimed`] is not 0.
///
/// Effects are claimed in one unit of work, delivered while none is open, and each settled in another: at least
/// once, under a key that stays the same, in order within each record and lane (law 22). An attempt that fails is
/// tried again, each time later; after [`crate::limits::DELIVERY_ATTEMPTS_MAX`] attempts the effect is set aside
/// with its reason, and what waits behind it goes on.
///
/// ```
/// use std::convert::Infallible;
///
/// use destek::actor::Actor;
/// use destek::channel::{Channel, ChannelKind};
/// use destek::id::{CustomerId, MessageId, TenantId, TicketId};
/// use destek::notify::{Delivery, Notifier};
/// use destek::run::{self, Relay};
/// use destek::store::Envelope;
/// use destek::{policy, testing::Scene, ticket::Receive};
/// # use destek::testing::ready;
///
/// struct Mail;
/// impl Notifier for Mail {
///     type Error = Infallible;
///     async fn deliver(&self, _tenant: &TenantId, envelope: &Envelope) -> Result<Delivery, Infallible> {
///         println!("{}", envelope.outgoing.key); // the same on every attempt
///         Ok(Delivery::Done)
///     }
/// }
///
/// let mut shop = Scene::new(policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
/// let (ticket, customer) = (TicketId::from_u128(1), CustomerId::new("c-17")?);
/// let channel = Channel::of(ChannelKind::Email);
/// let receive = Receive::new(ticket, MessageId::from_u128(1), customer.clone(), channel, "Kargom nerede?");
/// shop.run(Actor::verified(customer), receive)?;
/// # ready(async {
///
/// let relayed = run::relay(shop.store(), shop.tenant(), &Mail, shop.now(), &Relay::default()).await?;
/// assert_eq!((relayed.delivered, relayed.claimed()), (1, 1), "the customer is told that it arrived");
/// let relayed = run::relay(shop.store(), shop.tenant(), &Mail, shop.now(), &Relay::default()).await?;
/// assert_eq!(relayed.claimed(), 0, "nothing waits any more");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Cancel safety
/// What was claimed and not settled is delivered again, under the same key, when the lease ends.
///
/// # Errors
/// When the store fails. An error of the notifier is no error here but another attempt later.
pub async fn relay<S: Sessions, N: Notifier>(
    sessions: &S,
    tenant: &TenantId,
    notifier: &N,
    now: Timestamp,
    relay: &Relay,
) -> Result<Relayed, SessionError<S::Error>> {
    let mut relayed = Relayed::default();
    for envelope in claim(sessions, tenant, now, relay.lease, relay.limit).await? {
        let settlement = match beforehand(&envelope, now) {
            Some(settlement) => settlement,
            None => verdict(&envelope, notifier.deliver(tenant, &envelope).await, now),
        };
        let held = settle(sessions, tenant, &envelope, &settlement).await?;
        relayed.note(&settlement, held);
    }
    Ok(relayed)
}

async fn claim<S: Sessions>(
    sessions: &S,
    tenant: &TenantId,
    now: Timestamp,
    lease: Span,
    limit: usize,
) -> Result<Vec<Envelope>, SessionError<S::Error>> {
    for _ in 0..CLAIM_ATTEMPTS {
        let mut session = sessions.begin(tenant).await.map_err(SessionError::Store)?;
        let claimed = session.claim(now, lease, limit).await.map_err(SessionError::Store)?;
        if claimed.is_empty() {
            break;
        }
        match sessions.commit(session).await {
            Ok(()) => return Ok(claimed),
            Err(CommitError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Vec::new())
}

/// Settles an effect; whether the claim was still held.
async fn settle<S: Sessions>(
    sessions: &S,
    tenant: &TenantId,
    envelope: &Envelope,
    settlement: &Settlement,
) -> Result<bool, SessionError<S::Error>> {
    let mut session = sessions.begin(tenant).await.map_err(SessionError::Store)?;
    let key = &envelope.outgoing.key;
    if !session.settle(key, envelope.fence, settlement).await.map_err(SessionError::Store)? {
        return Ok(false);
    }
    match sessions.commit(session).await {
        Ok(()) => Ok(true),
        Err(CommitError::Conflict(_) | CommitError::Indeterminate(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// What is settled without an attempt: what only a later version understands, an erased text, and an effect whose
/// attempts were all claimed by workers that never said what became of them.
pub(crate) fn beforehand(envelope: &Envelope, now: Timestamp) -> Option<Settlement> {
    if matches!(envelope.outgoing.effect, Effect::Unknown(_)) {
        return Some(Settlement::Leave { until: now + LEFT_FOR });
    }
    if envelope.is_withdrawn() {
        return Some(Settlement::Withdrawn);
    }
    (envelope.attempt > DELIVERY_ATTEMPTS_MAX).then(|| Settlement::SetAside {
        reason: format!("{DELIVERY_ATTEMPTS_MAX} attempts were begun and none came to an end"),
    })
}

/// What an attempt means for the effect.
pub(crate) fn verdict<E: std::error::Error>(
    envelope: &Envelope,
    outcome: Result<Delivery, E>,
    now: Timestamp,
) -> Settlement {
    let (at, reason) = match outcome {
        Ok(Delivery::Done) => return Settlement::Delivered,
        Ok(Delivery::GaveUp(reason)) => {
            return Settlement::SetAside { reason: shorten(&reason, REASON_BYTES_MAX) };
        }
        // Never in the same breath, or a receiver that answers at once would be asked without end.
        Ok(Delivery::RetryAt(at)) => {
            let at = at.clamp(now + Span::millis(1), now + RETRY_AT_MAX);
            (at, "the receiver asked for a later attempt".into())
        }
        Err(error) => {
            let key = envelope.outgoing.key.to_string();
            let wait = back_off(BACK_OFF, BACK_OFF_MAX, envelope.attempt.saturating_sub(1), &key);
            (now + wait, error.to_string())
        }
    };
    let reason = shorten(&reason, REASON_BYTES_MAX);
    if envelope.attempt >= DELIVERY_ATTEMPTS_MAX {
        return Settlement::SetAside { reason };
    }
    Settlement::Retry { at, reason }
}
