//! Giving a queue's waiting tickets to agents at once, for a host that does not want to wait for its next sweep.

use super::execute::execute_with_retry;
use super::{SessionError, WAKE_ATTEMPTS};
use crate::actor::Actor;
use crate::content::Seed;
use crate::desk::{Command, Desk, Receipt, Request};
use crate::id::{QueueId, RequestId, TenantId};
use crate::store::Sessions;
use crate::time::Timestamp;

/// Batches at most; each gives at least one ticket away, so that this only bounds a queue without end.
pub(crate) const BATCHES_MAX: u64 = 10_000;

/// Which queue to drain.
///
/// ```
/// use destek::content::Seed;
/// use destek::id::QueueId;
/// use destek::run::Drain;
///
/// let seed = Seed::new([7; 32]); // 32 bytes from the host's random source, new for each drain
/// let drain = Drain::new(QueueId::new("genel")?, seed);
/// # let _ = drain;
/// # Ok::<(), destek::id::ParseIdError>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Drain {
    /// The queue.
    pub queue: QueueId,
    /// Randomness for the salts of personal text; each batch gets a seed of its own from it.
    pub seed: Seed,
}

impl Drain {
    /// A drain of this queue.
    #[must_use]
    pub const fn new(queue: QueueId, seed: Seed) -> Self {
        Self { queue, seed }
    }
}

/// Drains a queue, batch after batch, until it is empty or nobody can take more. Returns how many tickets changed.
///
/// A [`sweep`](super::sweep) does the same when the queue's wake-up is due; opening a ticket, freed room and changed
/// presence all set it. So this is only for a host that cannot wait for its next sweep.
///
/// ```
/// use destek::actor::Actor;
/// use destek::channel::{Channel, ChannelKind};
/// use destek::content::Seed;
/// use destek::id::{AgentId, CustomerId, Name, QueueId, TeamId, TicketId};
/// use destek::run::{self, Drain};
/// use destek::team::{Presence, RecordAgent, SetPresence};
/// use destek::{policy, testing::Scene, ticket::Open};
/// # use destek::testing::ready;
///
/// let mut shop = Scene::new(policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
/// let ayse = AgentId::new("ayşe")?;
/// let record = RecordAgent::new(ayse.clone()).role(Name::new("agent")?).team(TeamId::new("destek")?).capacity(2);
/// shop.run(Actor::Host, record)?;
/// shop.run(Actor::Agent(ayse.clone()), SetPresence::new(ayse.clone(), Presence::Available))?;
/// for id in 1..=3 {
///     let customer = CustomerId::new(format!("c-{id}"))?;
///     shop.run(Actor::Host, Open::new(TicketId::from_u128(id), customer, Channel::of(ChannelKind::Chat)))?;
/// }
/// # ready(async {
///
/// let drain = Drain::new(QueueId::new("genel")?, Seed::new([9; 32])); // new bytes for each drain
/// let given = run::drain(shop.desk(), shop.store(), shop.tenant(), shop.now(), &drain).await?;
/// assert_eq!((given, shop.load(&ayse)), (2, 2), "as many as there is room for; the third waits");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Cancel safety
/// Every batch is a unit of work of its own; what is not given yet waits for the queue's wake-up.
///
/// # Errors
/// When the domain refuses it (no such queue, another policy), others were first each time, or the store fails.
pub async fn drain<S: Sessions>(
    desk: &Desk,
    sessions: &S,
    tenant: &TenantId,
    now: Timestamp,
    drain: &Drain,
) -> Result<usize, SessionError<S::Error>> {
    let mut changed = 0;
    for batch in 0..BATCHES_MAX {
        let request = batch_request(drain, batch);
        let receipt = execute_with_retry(desk, sessions, tenant, &request, now, WAKE_ATTEMPTS).await?;
        let tickets = changed_tickets(&receipt);
        if tickets == 0 && !receipt.replayed {
            break;
        }
        changed += tickets;
    }
    Ok(changed)
}

/// The request of one batch: a fresh id and seed, both from the call's seed.
pub(crate) fn batch_request(drain: &Drain, batch: u64) -> Request {
    let id = RequestId::from_u128(drain.seed.derive(u128::from(batch)).id());
    Request::new(id, Actor::Timer, drain.seed.derive(id.as_u128()), Command::Drain(drain.queue.clone()))
}

/// How many tickets a batch changed; none when it had been carried out before, as with a seed that was used before.
pub(crate) fn changed_tickets(receipt: &Receipt) -> usize {
    if receipt.replayed {
        return 0;
    }
    receipt.records.iter().filter(|(record, _)| record.ticket().is_some()).count()
}
