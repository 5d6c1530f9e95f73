//! The shell: a few dozen lines that carry a request to a store and back, wake what is due, and deliver what waits.
//!
//! Everything that decides is in [`Desk`](crate::desk::Desk) and needs no shell; what is here only awaits the
//! host's futures. It spawns nothing, sleeps nowhere, reads no clock and holds no lock while it waits. The same
//! functions without futures are in [`crate::store::blocking`].
//!
//! | the host wants to | it calls |
//! |---|---|
//! | carry out a request inside its own transaction | [`execute`] |
//! | carry out a request, and nothing else | [`execute_with_retry`] |
//! | know what a request would change | [`preview`] |
//! | show a ticket | [`load_ticket`] |
//! | show what somebody has begun to write | [`load_draft`] |
//! | show who looks at a ticket and who is writing | [`watch`], [`watching`] |
//! | do what time has caused, say once a second | [`sweep`] |
//! | list tickets, or a customer's own | [`list_tickets`], [`list_for_customer`] |
//! | show saved views, open one, count several | [`list_views`], [`open_view`], [`count_views`] |
//! | give a queue's tickets to agents at once | [`drain`] |
//! | deliver effects, say once a second and while there are any | [`relay`] |

mod drain;
mod execute;
mod list;
mod load;
mod relay;
mod rounds;
mod sweep;
mod watch;

#[cfg(test)]
mod tests;

pub use drain::{Drain, drain};
pub use execute::{execute, execute_with_retry, preview};
pub use list::{
    CountViews, ListError, Listing, OpenView, Opened, count_views, list_for_customer, list_tickets, list_views,
    open_view,
};
pub use load::{load_draft, load_ticket};
pub use relay::{Relay, Relayed, relay};
pub use sweep::{Sweep, Swept, sweep};
pub use watch::{watch, watching};

pub(crate) use drain::{BATCHES_MAX, batch_request, changed_tickets};
pub(crate) use list::{Reading, for_team, views_limit};
pub(crate) use load::{PAGE, found_ticket, link_needs, ticket_needs, with_links};
pub(crate) use relay::{beforehand, verdict};
pub(crate) use rounds::{Decide, Next, Outcome, Rounds, policy_needs};
pub(crate) use sweep::{Refused, Sweeping};
pub(crate) use watch::{lease_of, watching_agent};

use sha2::{Digest as _, Sha256};

use crate::desk::Rejection;
use crate::store::{CommitError, Conflict, WriteError};
use crate::time::Span;

/// Why a request was not carried out in the host's unit of work. Nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecuteError<E> {
    /// The domain refuses it; asking again changes nothing.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// Somebody else was first; in a new unit of work it may succeed.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] E),
}

impl<E> ExecuteError<E> {
    /// Whether the same request may succeed in a new unit of work.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Conflict(_))
    }

    /// The stable code: the rejection's own, `conflict`, or `store`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Rejected(rejection) => rejection.code(),
            Self::Conflict(_) => "conflict",
            Self::Store(_) => "store",
        }
    }

    /// The HTTP status that says the same: 422 rejected, 409 conflict and rejected as `outdated` or `overtaken`, 500
    /// store; 503 for `stale_policy`, as the asker did nothing wrong and the same request succeeds once the desk has
    /// the policy in force. A host may answer 404 and 403 instead of 422 to the codes `not_found` and `forbidden`.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Rejected(Rejection::StalePolicy { .. }) => 503,
            Self::Rejected(Rejection::Outdated(_) | Rejection::Overtaken(_)) => 409,
            Self::Rejected(_) => 422,
            Self::Conflict(_) => 409,
            Self::Store(_) => 500,
        }
    }
}

impl<E> From<WriteError<E>> for ExecuteError<E> {
    fn from(error: WriteError<E>) -> Self {
        match error {
            WriteError::Conflict(conflict) => Self::Conflict(conflict),
            WriteError::Store(error) => Self::Store(error),
        }
    }
}

/// Why a request was not carried out, or is not known to have been, in a unit of work of the library's own.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError<E> {
    /// The domain refuses it; asking again changes nothing.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// Somebody else was first, as often as it was tried. Nothing was written.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// Nobody knows whether it was written. Asking again with the same request id is safe and tells.
    #[error("whether it was written is not known; ask again with the same request id")]
    Indeterminate(#[source] E),
    /// The store failed. Nothing was written.
    #[error("the store failed")]
    Store(#[source] E),
}

impl<E> SessionError<E> {
    /// Whether the same request, with the same id, may succeed when it is asked again.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Conflict(_) | Self::Indeterminate(_))
    }

    /// The stable code: the rejection's own, `conflict`, `indeterminate`, or `store`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Rejected(rejection) => rejection.code(),
            Self::Conflict(_) => "conflict",
            Self::Indeterminate(_) => "indeterminate",
            Self::Store(_) => "store",
        }
    }

    /// The HTTP status that says the same: 422 rejected, 409 conflict and rejected as `outdated` or `overtaken`, 503
    /// indeterminate, 500 store; 503 for `stale_policy`, as the asker did nothing wrong and the same request succeeds
    /// once the desk has the policy in force. A host may answer 404 and 403 instead of 422 to the codes `not_found` and
    /// `forbidden`.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Rejected(Rejection::StalePolicy { .. }) => 503,
            Self::Rejected(Rejection::Outdated(_) | Rejection::Overtaken(_)) => 409,
            Self::Rejected(_) => 422,
            Self::Conflict(_) => 409,
            Self::Indeterminate(_) => 503,
            Self::Store(_) => 500,
        }
    }
}

impl<E> From<ExecuteError<E>> for SessionError<E> {
    fn from(error: ExecuteError<E>) -> Self {
        match error {
            ExecuteError::Rejected(rejection) => Self::Rejected(rejection),
            ExecuteError::Conflict(conflict) => Self::Conflict(conflict),
            ExecuteError::Store(error) => Self::Store(error),
        }
    }
}

impl<E> From<CommitError<E>> for SessionError<E> {
    fn from(error: CommitError<E>) -> Self {
        match error {
            CommitError::Conflict(conflict) => Self::Conflict(conflict),
            CommitError::Indeterminate(error) => Self::Indeterminate(error),
            CommitError::Store(error) => Self::Store(error),
        }
    }
}

/// How many wake-ups or effects are claimed at once; small, so that a worker that dies holds up few.
pub(crate) const BATCH: usize = 64;
/// How many items of a job one claim of its wake-up may do: a page, and below the lease even on a slow database.
pub(crate) const STRETCH: u32 = 32;
/// How often a claim is tried while others are first; then they may have the rest.
pub(crate) const CLAIM_ATTEMPTS: u32 = 8;
/// How often a wake-up is tried while others are first.
pub(crate) const WAKE_ATTEMPTS: u32 = 8;

/// The wait before the next attempt: doubled with each, held at `cap`, and cut by up to a half in a way that
/// differs from key to key, so that what failed together does not come back together.
pub(crate) fn back_off(base: Span, cap: Span, attempt: u32, key: &str) -> Span {
    let doubled = base.as_millis().checked_mul(1_i64.checked_shl(attempt.min(40)).unwrap_or(i64::MAX));
    let whole = doubled.unwrap_or(i64::MAX).clamp(2, cap.as_millis().max(2));
    let digest: [u8; 32] = Sha256::new().chain_update(key).chain_update(attempt.to_be_bytes()).finalize().into();
    let [a, b, c, d, ..] = digest;
    let cut = i64::from(u32::from_be_bytes([a, b, c, d])) % (whole / 2);
    Span::millis(whole - cut)
}
