//! Effects as signed webhooks: what is sent, where it may go, and what an answer means. The HTTP client is the host's.
//!
//! A delivery is signed as [Standard Webhooks](https://www.standardwebhooks.com) prescribe: three headers, the same
//! `webhook-id` and the same body on every attempt, the signature over both and the time of the attempt. When it is tried
//! again is the relay's business and stands in the outbox.
//!
//! A URL that somebody typed into a form must not lead into the host's own network. So every name is resolved first,
//! every address is held against a [`TargetPolicy`], and the client connects to those addresses and no others; a redirect
//! is a new target and goes the same way.
//!
//! What a receiver reads is JSON:
//!
//! ```json
//! {"type":"notify","data":{"tenant":"butik","key":"ticket/tkt_...#3.0","lane":"staff","effect":{"notify":{}},"text":"..."}}
//! ```
//!
//! `type` is the kind of effect ([`Effect::kind`](crate::Effect::kind)), `key` the effect's key, which with the tenant is
//! the same on every attempt, and `text` what its reader is to read ([`render`](crate::notify::render)).

mod endpoint;
mod exchange;
mod notifier;
mod signature;
mod target;

pub use endpoint::{Endpoint, EndpointError};
pub use exchange::{Answer, Exchange, Post, Turn, delivery_id};
pub use notifier::{Transport, WebhookError, Webhooks};
pub use signature::{Secret, SecretError, sign};
pub use target::{Net, ParseNetError, Refusal, TargetPolicy};

/// [`Transport`] without futures.
pub mod blocking {
    pub use super::notifier::futureless::Transport;
}
