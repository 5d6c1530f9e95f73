//! The lock on a tenant.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks the tenant. Nothing that runs under the lock is the host's, and what is applied was checked before, so
/// that a thread that died with the lock held left nothing half done.
pub(super) fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
