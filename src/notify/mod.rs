//! Delivering effects: what the host implements, and the library's own words to customers and agents.

mod file;
mod futureless;
mod texts;
#[cfg(feature = "webhooks")]
pub mod webhook;

use std::borrow::Cow;
use std::fmt;
use std::future::Future;

pub use file::{FileNotifier, FileNotifierError, Line, read_lines};
pub use texts::render;

use crate::id::TenantId;
use crate::store::Envelope;
use crate::time::Timestamp;

/// [`Notifier`] and [`notifier_fn`] without futures.
pub mod blocking {
    pub use super::futureless::{Notifier, NotifierFn, notifier_fn};
}

/// Sends effects to the outside: mail, chat, the team's own tools.
///
/// # Contract
/// - An effect may come more than once, always with the same key and body; a receiver that must not see it twice
///   compares keys ([`crate::desk::EffectKey`]).
/// - Within a record and lane the next effect comes when this one is done or given up, never before. A worker
///   that stalled beyond its lease may still deliver an earlier one again.
/// - An error means another attempt later; its text is stored beside the effect, so it must not quote what a
///   customer wrote.
/// - No unit of work is open while `deliver` runs; it may take as long as the relay's lease allows.
///
/// ```
/// use std::convert::Infallible;
/// use destek::id::TenantId;
/// use destek::notify::{Delivery, Notifier};
/// use destek::store::Envelope;
///
/// struct Mail;
/// impl Notifier for Mail {
///     type Error = Infallible;
///     async fn deliver(&self, tenant: &TenantId, envelope: &Envelope) -> Result<Delivery, Infallible> {
///         println!("{tenant}: {}", envelope.outgoing.key);
///         Ok(Delivery::Done)
///     }
/// }
/// ```
pub trait Notifier: Send + Sync {
    /// What can go wrong on the way.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Delivers one effect.
    fn deliver(
        &self,
        tenant: &TenantId,
        envelope: &Envelope,
    ) -> impl Future<Output = Result<Delivery, Self::Error>> + Send;
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delivery {
    /// The receiver has it.
    Done,
    /// The receiver asks for another attempt, not before this instant.
    RetryAt(Timestamp),
    /// It will never arrive, for this reason: an address that does not exist. What waits behind it goes on.
    GaveUp(Cow<'static, str>),
}

/// A notifier made of a closure.
pub struct NotifierFn<F>(F);

impl<F> fmt::Debug for NotifierFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NotifierFn")
    }
}

/// Makes a notifier of a closure that takes tenant and envelope and gives a future.
///
/// ```
/// use std::convert::Infallible;
/// use destek::notify::{Delivery, notifier_fn};
///
/// let notifier = notifier_fn(|tenant, envelope| async move {
///     println!("{tenant}: {}", envelope.outgoing.key);
///     Ok::<_, Infallible>(Delivery::Done)
/// });
/// # fn check(_: impl destek::notify::Notifier) {}
/// # check(notifier);
/// ```
pub const fn notifier_fn<F, R, E>(deliver: F) -> NotifierFn<F>
where
    F: Fn(TenantId, Envelope) -> R + Send + Sync,
    R: Future<Output = Result<Delivery, E>> + Send,
    E: std::error::Error + Send + Sync + 'static,
{
    NotifierFn(deliver)
}

impl<F, R, E> Notifier for NotifierFn<F>
where
    F: Fn(TenantId, Envelope) -> R + Send + Sync,
    R: Future<Output = Result<Delivery, E>> + Send,
    E: std::error::Error + Send + Sync + 'static,
{
    type Error = E;

    async fn deliver(&self, tenant: &TenantId, envelope: &Envelope) -> Result<Delivery, E> {
        (self.0)(tenant.clone(), envelope.clone()).await
    }
}
