//! One delivery as a state machine: resolve, check, post, and what the answer means. It connects to nothing.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::endpoint::{Endpoint, Url};
use super::signature::sign;
use super::target::{Refusal, TargetPolicy};
use crate::desk::{Effect, EffectKey, Lane};
use crate::id::TenantId;
use crate::language::Language;
use crate::notify::{Delivery, render};
use crate::store::Envelope;
use crate::time::{Span, Timestamp};

/// Most redirects that are followed: a receiver that moved answers once.
const REDIRECTS_MAX: u8 = 3;
/// Most bytes of an answer's `Location` or `Retry-After` that are looked at.
const HEADER_BYTES_MAX: usize = 4_096;

/// What a receiver reads, as JSON: the same bytes on every attempt.
#[derive(Serialize)]
struct Payload<'a> {
    r#type: &'a str,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    tenant: &'a TenantId,
    key: &'a EffectKey,
    lane: &'a Lane,
    effect: &'a Effect,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// The `webhook-id` of an effect: the same on every attempt, another for every effect of every tenant.
///
/// It holds neither, as the header is logged in places that need not know them.
#[must_use]
pub fn delivery_id(tenant: &TenantId, key: &EffectKey) -> String {
    let mut hash = Sha256::new();
    hash.update(tenant.as_str());
    hash.update([0]);
    hash.update(key.to_string());
    let mut id = String::from("msg_");
    for byte in hash.finalize().iter().take(16) {
        let _ = write!(id, "{byte:02x}");
    }
    id
}

/// What the host's HTTP client is to send, as one POST.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Post {
    /// The whole URL.
    pub url: String,
    /// Its host, without port and brackets, for TLS.
    pub host: String,
    /// Where to connect to, and nowhere else: these addresses were checked, a second look-up may give others.
    pub addresses: Vec<SocketAddr>,
    /// Headers to send beside those that HTTP itself needs.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Post {
    /// Without path, signature and body.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Post").field("host", &self.host).field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// What the receiver answered. `Debug` does not show where it redirects to.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Answer {
    /// The status, 100 to 599.
    pub status: u16,
    /// The header `location`.
    pub location: Option<String>,
    /// The header `retry-after`.
    pub retry_after: Option<String>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Answer");
        shown.field("status", &self.status).field("retry_after", &self.retry_after).finish_non_exhaustive()
    }
}

impl Answer {
    /// An answer with a status.
    #[must_use]
    pub const fn new(status: u16) -> Self {
        Self { status, location: None, retry_after: None }
    }

    /// With the header `location`.
    #[must_use]
    pub fn location(mut self, location: impl Into<String>) -> Self {
        self.location = Some(location.into());
        self
    }

    /// With the header `retry-after`.
    #[must_use]
    pub fn retry_after(mut self, retry_after: impl Into<String>) -> Self {
        self.retry_after = Some(retry_after.into());
        self
    }
}

/// What comes next in an [`Exchange`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Turn {
    /// Resolve this host and port, and hand the addresses to [`Exchange::resolved`].
    Resolve {
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// Post this, and hand the answer to [`Exchange::answered`].
    Post(Post),
    /// It is over.
    Done(Delivery),
    /// The attempt failed for this reason; there may be another one later.
    Failed(Cow<'static, str>),
}

/// One attempt to deliver an effect. It asks for what it needs, one [`Turn`] after the other, and does nothing itself, so
/// that it fits every client; [`Webhooks`](super::Webhooks) drives it.
pub struct Exchange<'a> {
    policy: &'a TargetPolicy,
    endpoint: &'a Endpoint,
    url: Url,
    id: String,
    body: Vec<u8>,
    now: Timestamp,
    redirects: u8,
}

impl std::fmt::Debug for Exchange<'_> {
    /// Without path, secrets and body.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exchange").field("url", &self.url).field("id", &self.id).finish_non_exhaustive()
    }
}

impl<'a> Exchange<'a> {
    /// Begins an attempt at `now`. `staff` is the language of notices to the team.
    ///
    /// # Errors
    /// When the effect cannot be written as JSON.
    pub fn begin(
        policy: &'a TargetPolicy,
        endpoint: &'a Endpoint,
        (tenant, envelope): (&TenantId, &Envelope),
        staff: Language,
        now: Timestamp,
    ) -> Result<(Self, Turn), serde_json::Error> {
        let outgoing = &envelope.outgoing;
        let payload = Payload {
            r#type: outgoing.effect.kind().unwrap_or("unknown"),
            data: Data {
                tenant,
                key: &outgoing.key,
                lane: &outgoing.lane,
                effect: &outgoing.effect,
                text: render(envelope, staff),
            },
        };
        let exchange = Self {
            policy,
            endpoint,
            url: endpoint.url.clone(),
            id: delivery_id(tenant, &outgoing.key),
            body: serde_json::to_vec(&payload)?,
            now,
            redirects: 0,
        };
        let turn = exchange.approach();
        Ok((exchange, turn))
    }

    /// Goes towards the URL: checks what can be checked without looking the host up.
    fn approach(&self) -> Turn {
        if let Err(refusal) = self.policy.check_scheme(self.url.scheme()) {
            return Turn::Done(Delivery::GaveUp(refusal.to_string().into()));
        }
        match self.url.address() {
            Some(address) => match self.checked([address]) {
                Ok(post) => Turn::Post(post),
                // A number stays what it is.
                Err(refusal) => Turn::Done(Delivery::GaveUp(refusal.to_string().into())),
            },
            None => Turn::Resolve { host: self.url.host().to_owned(), port: self.url.port() },
        }
    }

    /// Takes the addresses to which the host leads. One that is refused refuses all: a name that leads inside and outside is
    /// an attack or a mistake.
    #[must_use]
    pub fn resolved(&self, addresses: impl IntoIterator<Item = IpAddr>) -> Turn {
        match self.checked(addresses) {
            Ok(post) if post.addresses.is_empty() => {
                Turn::Failed(format!("`{}` leads to no address", post.host).into())
            }
            Ok(post) => Turn::Post(post),
            // Names can be mended.
            Err(refusal) => Turn::Failed(refusal.to_string().into()),
        }
    }

    fn checked(&self, addresses: impl IntoIterator<Item = IpAddr>) -> Result<Post, Refusal> {
        let mut checked = Vec::new();
        for address in addresses {
            self.policy.check_address(self.url.host(), address)?;
            checked.push(SocketAddr::new(address, self.url.port()));
        }
        let seconds = self.now.as_millis().div_euclid(1_000);
        Ok(Post {
            url: self.url.text(),
            host: self.url.host().to_owned(),
            addresses: checked,
            headers: vec![
                ("content-type", "application/json".to_owned()),
                ("webhook-id", self.id.clone()),
                ("webhook-timestamp", seconds.to_string()),
                ("webhook-signature", sign(&self.endpoint.secrets, &self.id, self.now, &self.body)),
            ],
            body: self.body.clone(),
        })
    }

    /// Takes the receiver's answer. 2xx is done; 410 is given up, as the receiver wants no more; 307 and 308 lead on to a
    /// new target under the same policy, on the same host unless the policy says otherwise; `Retry-After` is kept with 429 and 503; all else is another attempt later.
    pub fn answered(&mut self, answer: &Answer) -> Turn {
        match answer.status {
            200..=299 => Turn::Done(Delivery::Done),
            307 | 308 => self.redirected(answer.location.as_deref()),
            410 => Turn::Done(Delivery::GaveUp("the receiver is gone (status 410)".into())),
            status => match answer.retry_after.as_deref().and_then(|text| retry_at(text, self.now)) {
                Some(at) if matches!(status, 429 | 503) => Turn::Done(Delivery::RetryAt(at)),
                _ => Turn::Failed(format!("the receiver answered with status {status}").into()),
            },
        }
    }

    fn redirected(&mut self, location: Option<&str>) -> Turn {
        if self.redirects >= REDIRECTS_MAX {
            return Turn::Failed(format!("the receiver redirected more than {REDIRECTS_MAX} times").into());
        }
        self.redirects += 1;
        let location = location.filter(|location| location.len() <= HEADER_BYTES_MAX);
        match location.and_then(|location| self.url.follow(location).ok()) {
            // What was private until here stays it.
            Some(url) if self.url.scheme() == "https" && url.scheme() != "https" => {
                Turn::Failed(format!("the receiver redirected away from https, to `{}`", url.host()).into())
            }
            // A signed text for one receiver is nobody else's, whoever can make that one redirect.
            Some(url) if url.host() != self.endpoint.url.host() && !self.policy.follows_elsewhere() => {
                Turn::Failed(format!("the receiver redirected to another host, `{}`", url.host()).into())
            }
            Some(url) => {
                self.url = url;
                match self.approach() {
                    // Where a redirect leads may change, other than what is configured.
                    Turn::Done(Delivery::GaveUp(reason)) => Turn::Failed(reason),
                    turn => turn,
                }
            }
            None => Turn::Failed("the receiver redirected to nowhere that can be read".into()),
        }
    }
}

/// Reads `Retry-After` (RFC 9110, 10.2.3): seconds, or a date.
fn retry_at(text: &str, now: Timestamp) -> Option<Timestamp> {
    if text.len() > HEADER_BYTES_MAX {
        return None;
    }
    if let Ok(seconds) = text.trim().parse::<u32>() {
        return Some(now + Span::seconds(seconds.into()));
    }
    let date = DateTime::parse_from_rfc2822(text.trim()).ok()?;
    Some(Timestamp::from(date.with_timezone(&Utc)))
}
