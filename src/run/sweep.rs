//! Doing what time has caused: claims wake-ups that are due and carries each out as a request of its own.

use super::execute::execute_with_retry_by;
use super::rounds::{Decide, policy_needs};
use super::{BATCH, CLAIM_ATTEMPTS, STRETCH, SessionError, WAKE_ATTEMPTS, back_off};
use crate::actor::Actor;
use crate::content::Seed;
use crate::desk::{Command, Desk, Receipt, Rejection, Request};
use crate::id::{RequestId, TenantId};
use crate::limits::{REASON_BYTES_MAX, WAKE_REFUSALS_MAX, shorten};
use crate::record::{RecordKey, derive};
use crate::store::{CommitError, Due, Sessions, Store, Timers};
use crate::time::{Span, Timestamp};

const BACK_OFF: Span = Span::seconds(1);
const BACK_OFF_MAX: Span = Span::hours(1);

/// How a sweep works.
///
/// ```
/// use destek::content::Seed;
/// use destek::run::Sweep;
/// use destek::time::Span;
///
/// let seed = Seed::new([7; 32]); // 32 bytes from the host's random source, new for each sweep
/// let sweep = Sweep::new(seed).limit(500).lease(Span::seconds(30));
/// # let _ = sweep;
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Sweep {
    /// Randomness for the salts of personal text; each wake-up gets a seed of its own from it.
    pub seed: Seed,
    /// How long a claimed wake-up is this worker's; longer than a batch of 64 may take.
    pub lease: Span,
    /// How many wake-ups at most.
    pub limit: usize,
}

impl Sweep {
    /// A sweep of at most 1,000 wake-ups, each leased for a minute.
    #[must_use]
    pub const fn new(seed: Seed) -> Self {
        Self { seed, lease: Span::minutes(1), limit: 1_000 }
    }
    /// With another lease.
    #[must_use]
    pub const fn lease(mut self, lease: Span) -> Self {
        self.lease = lease;
        self
    }
    /// With another limit.
    #[must_use]
    pub const fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }
}

/// What a sweep has done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Swept {
    /// Wake-ups carried out.
    pub woken: usize,
    /// Wake-ups that the domain refused.
    pub rejected: usize,
    /// Wake-ups that failed in the store, one by one.
    pub failed: usize,
    /// Of the refused and failed ones, those to be tried again later.
    pub postponed: usize,
    /// Of the refused and failed ones, those that wait until something else wakes their record.
    pub parked: usize,
    /// Wake-ups at which others were first, again and again; they come back when the lease ends.
    pub conflicts: usize,
    /// Wake-ups of which nobody knows whether they were carried out; they come back when the lease ends.
    pub indeterminate: usize,
    /// How late the latest wake-up was.
    pub late_by_max: Span,
    /// When the next one is due, if one is set; at or before now when the limit was reached, or when one is leased.
    pub next: Option<Timestamp>,
}

/// Claims wake-ups that are due at `now`, earliest first, and carries each out in a unit of work of its own, until
/// nothing is due or the limit is reached.
///
/// A queue is drained, every other record is woken; a job goes on for a few items before others have their turn. The
/// request's id is derived from the claim, so that a repeat
/// is recognised. A wake-up that is refused, or fails, is postponed, each time for longer; others do not wait for it.
/// One that is refused is parked with its reason after [`crate::limits::WAKE_REFUSALS_MAX`] refusals in a row; one that
/// fails in the store, or whose record was written by a later version of the library, is never parked.
///
/// ```
/// use destek::actor::Actor;
/// use destek::channel::{Channel, ChannelKind};
/// use destek::content::Seed;
/// use destek::id::{AgentId, CustomerId, Name, TeamId, TicketId};
/// use destek::run::{self, Sweep};
/// use destek::team::{Presence, RecordAgent, SetPresence};
/// use destek::{policy, testing::Scene, ticket::Open};
/// # use destek::testing::ready;
///
/// let mut shop = Scene::new(policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
/// let (ayse, ticket) = (AgentId::new("ayşe")?, TicketId::from_u128(1));
/// let record = RecordAgent::new(ayse.clone()).role(Name::new("agent")?).team(TeamId::new("destek")?).capacity(4);
/// shop.run(Actor::Host, record)?;
/// shop.run(Actor::Agent(ayse.clone()), SetPresence::new(ayse.clone(), Presence::Available))?;
/// shop.run(Actor::Host, Open::new(ticket, CustomerId::new("c-17")?, Channel::of(ChannelKind::Chat)))?;
/// # ready(async {
///
/// let sweep = Sweep::new(Seed::new([8; 32])); // new bytes for each sweep
/// let swept = run::sweep(shop.desk(), shop.store(), shop.tenant(), shop.now(), &sweep).await?;
/// assert!(swept.woken > 0 && swept.rejected + swept.failed == 0);
/// assert_eq!(shop.ticket(ticket).and_then(|ticket| ticket.assignee().cloned()), Some(ayse));
/// assert!(swept.next.is_some(), "the ticket's promise wants to be looked at again");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Cancel safety
/// What was claimed and not carried out comes back when the lease ends.
///
/// # Errors
/// When the store fails while it is asked what is due, or [`Rejection::StalePolicy`]: then no wake-up can be carried
/// out by this desk, and a desk of the policy in force finds them all.
pub async fn sweep<S: Sessions>(
    desk: &Desk,
    sessions: &S,
    tenant: &TenantId,
    now: Timestamp,
    sweep: &Sweep,
) -> Result<Swept, SessionError<S::Error>> {
    sweep_by(desk, sessions, tenant, now, sweep).await
}

pub(crate) async fn sweep_by<D: Decide, S: Sessions>(
    desk: &D,
    sessions: &S,
    tenant: &TenantId,
    now: Timestamp,
    sweep: &Sweep,
) -> Result<Swept, SessionError<S::Error>> {
    let mut sweeping = Sweeping::begin(sweep, now);
    while sweeping.batch() > 0 {
        let claimed = claim(desk, sessions, tenant, now, sweep.lease, sweeping.batch()).await?;
        if claimed.is_empty() {
            break;
        }
        for due in claimed {
            let mut next = Some(sweeping.request(&due));
            while let Some(request) = next {
                let outcome = execute_with_retry_by(desk, sessions, tenant, &request, now, WAKE_ATTEMPTS).await;
                next = sweeping.next(&due, &outcome);
                if let Some(refused) = sweeping.note(&due, outcome)? {
                    postpone(sessions, tenant, &due, &refused).await?;
                }
            }
        }
    }
    let mut session = sessions.begin(tenant).await.map_err(SessionError::Store)?;
    let next = session.next_due().await.map_err(SessionError::Store)?;
    Ok(sweeping.end(next))
}

async fn claim<D: Decide, S: Sessions>(
    desk: &D,
    sessions: &S,
    tenant: &TenantId,
    now: Timestamp,
    lease: Span,
    limit: usize,
) -> Result<Vec<Due>, SessionError<S::Error>> {
    for _ in 0..CLAIM_ATTEMPTS {
        let mut session = sessions.begin(tenant).await.map_err(SessionError::Store)?;
        // A worker of another policy must not hold what it cannot carry out.
        desk.check_in_force(&session.gather(&policy_needs()).await.map_err(SessionError::Store)?)?;
        let claimed = session.claim_due(now, lease, limit).await.map_err(SessionError::Store)?;
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

async fn postpone<S: Sessions>(
    sessions: &S,
    tenant: &TenantId,
    due: &Due,
    refused: &Refused,
) -> Result<(), SessionError<S::Error>> {
    let mut session = sessions.begin(tenant).await.map_err(SessionError::Store)?;
    session.postpone(due, refused.until, &refused.reason).await.map_err(SessionError::Store)?;
    match sessions.commit(session).await {
        // Somebody else has it by now; or it comes back when the lease ends.
        Ok(()) | Err(CommitError::Conflict(_) | CommitError::Indeterminate(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// What becomes of a wake-up that was not carried out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// When it is tried again; none when it is parked.
    pub(crate) until: Option<Timestamp>,
    pub(crate) reason: String,
}

/// A sweep under way, with the waiting left out: the same for both shells.
#[derive(Debug)]
pub(crate) struct Sweeping<'a> {
    sweep: &'a Sweep,
    now: Timestamp,
    taken: usize,
    /// Which request of the present claim: a job has more than one.
    step: u32,
    swept: Swept,
}

impl<'a> Sweeping<'a> {
    pub(crate) fn begin(sweep: &'a Sweep, now: Timestamp) -> Self {
        Self { sweep, now, taken: 0, step: 0, swept: Swept::default() }
    }

    /// How many wake-ups to claim next; none when the limit is reached.
    pub(crate) fn batch(&self) -> usize {
        self.sweep.limit.saturating_sub(self.taken).min(BATCH)
    }

    /// The request that a wake-up becomes.
    pub(crate) fn request(&mut self, due: &Due) -> Request {
        let late_by = self.now.since(due.at);
        self.swept.late_by_max = self.swept.late_by_max.max(late_by);
        self.step = 0;
        self.numbered(due)
    }

    /// The request that follows in the same claim: the next item of a job that has just done one.
    ///
    /// A claim costs as much as an item. That the job has set its wake-up anew has ended the lease; whoever claims it
    /// meanwhile does the same items, and one of the two conflicts and leaves off.
    pub(crate) fn next<E>(&mut self, due: &Due, outcome: &Result<Receipt, SessionError<E>>) -> Option<Request> {
        let done = |receipt: &Receipt| !receipt.replayed && receipt.version(&due.record).is_some();
        let is_job = matches!(due.record, RecordKey::Job(_));
        if !is_job || self.batch() == 0 || self.step + 1 >= STRETCH || !outcome.as_ref().is_ok_and(done) {
            return None;
        }
        self.step += 1;
        Some(self.numbered(due))
    }

    fn numbered(&mut self, due: &Due) -> Request {
        self.taken += 1;
        let id = derive(&due.record, due.fence, self.step, &format!("wake {}", due.at.as_millis()));
        let command = match &due.record {
            RecordKey::Queue(queue) => Command::Drain(queue.clone()),
            record => Command::Wake(record.clone()),
        };
        Request::new(RequestId::from_u128(id), Actor::Timer, self.sweep.seed.derive(id), command)
    }

    /// Counts what became of a wake-up, and says whether it is to be postponed.
    ///
    /// # Errors
    /// When no wake-up at all can be carried out under this policy.
    pub(crate) fn note<E: std::error::Error>(
        &mut self,
        due: &Due,
        outcome: Result<Receipt, SessionError<E>>,
    ) -> Result<Option<Refused>, SessionError<E>> {
        let (reason, patient) = match outcome {
            Ok(_) => {
                self.swept.woken += 1;
                return Ok(None);
            }
            Err(SessionError::Conflict(_)) => {
                self.swept.conflicts += 1;
                return Ok(None);
            }
            Err(SessionError::Indeterminate(_)) => {
                self.swept.indeterminate += 1;
                return Ok(None);
            }
            Err(SessionError::Rejected(stale @ Rejection::StalePolicy { .. })) => {
                return Err(SessionError::Rejected(stale));
            }
            Err(SessionError::Rejected(rejection)) => {
                self.swept.rejected += 1;
                (rejection.to_string(), matches!(rejection, Rejection::Newer(_)))
            }
            Err(SessionError::Store(error)) => {
                self.swept.failed += 1;
                // A database that is away comes back; a promise must not fall silent for it.
                (error.to_string(), true)
            }
        };
        if self.step > 0 {
            // The claim's force is spent; the next one meets the same, and is postponed.
            return Ok(None);
        }
        let again = patient || due.postponed.saturating_add(1) < WAKE_REFUSALS_MAX;
        if again {
            self.swept.postponed += 1;
        } else {
            self.swept.parked += 1;
        }
        let wait = back_off(BACK_OFF, BACK_OFF_MAX, due.postponed, &due.record.to_string());
        Ok(Some(Refused { until: again.then(|| self.now + wait), reason: shorten(&reason, REASON_BYTES_MAX) }))
    }

    pub(crate) fn end(self, next: Option<Timestamp>) -> Swept {
        Swept { next, ..self.swept }
    }
}
