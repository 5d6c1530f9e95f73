//! The same without futures.

use std::fmt;

use super::Delivery;
use crate::id::TenantId;
use crate::store::Envelope;

/// Sends effects to the outside; see [`crate::notify::Notifier`] for the contract.
pub trait Notifier {
    /// What can go wrong on the way.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Delivers one effect.
    ///
    /// # Errors
    /// When the attempt failed; there will be another one later.
    fn deliver(&self, tenant: &TenantId, envelope: &Envelope) -> Result<Delivery, Self::Error>;
}

/// A notifier made of a closure.
pub struct NotifierFn<F>(F);

impl<F> fmt::Debug for NotifierFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NotifierFn")
    }
}

/// Makes a notifier of a closure.
///
/// ```
/// use std::convert::Infallible;
/// use destek::notify::Delivery;
/// use destek::notify::blocking::{Notifier, notifier_fn};
///
/// let notifier = notifier_fn(|_tenant, envelope| {
///     println!("{}", envelope.outgoing.key);
///     Ok::<_, Infallible>(Delivery::Done)
/// });
/// # fn check(_: impl Notifier) {}
/// # check(notifier);
/// ```
pub const fn notifier_fn<F, E>(deliver: F) -> NotifierFn<F>
where
    F: Fn(&TenantId, &Envelope) -> Result<Delivery, E>,
    E: std::error::Error + Send + Sync + 'static,
{
    NotifierFn(deliver)
}

impl<F, E> Notifier for NotifierFn<F>
where
    F: Fn(&TenantId, &Envelope) -> Result<Delivery, E>,
    E: std::error::Error + Send + Sync + 'static,
{
    type Error = E;

    fn deliver(&self, tenant: &TenantId, envelope: &Envelope) -> Result<Delivery, E> {
        (self.0)(tenant, envelope)
    }
}
