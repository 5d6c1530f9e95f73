//! Futures that wait for nothing.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// The value of a future that is ready at once, as those of [`MemoryStore`](crate::store::MemoryStore) are: for tests and
/// examples without a runtime.
///
/// ```
/// assert_eq!(destek::testing::ready(async { 17 }), 17);
/// ```
///
/// # Panics
/// When the future waits for anything.
#[expect(clippy::panic, reason = "a test that waits has to fail where it would otherwise stand still")]
pub fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the future is not ready at once; give it to a runtime"),
    }
}
