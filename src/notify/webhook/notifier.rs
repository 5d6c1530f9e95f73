//! The exchange driven over the host's HTTP client.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::net::IpAddr;

use super::endpoint::Endpoint;
use super::exchange::{Answer, Exchange, Post, Turn};
use super::target::TargetPolicy;
use crate::id::TenantId;
use crate::language::Language;
use crate::notify::{Delivery, Notifier};
use crate::store::Envelope;
use crate::time::Timestamp;

/// The host's HTTP client, as far as webhooks need one.
///
/// # Contract
/// - `post` connects to one of [`Post::addresses`] and to nothing else: it does not resolve the host again and takes no
///   proxy. With https it demands a certificate of [`Post::host`].
/// - It follows no redirect, and adds no cookie or credential.
/// - It gives up in good time, well within the relay's lease; reads of the answer only what [`Answer`] holds.
/// - Its errors quote neither path nor body: they are stored beside the effect.
pub trait Transport: Send + Sync {
    /// What can go wrong on the way.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Looks a host up.
    ///
    /// # Errors
    /// When nobody can say.
    fn resolve(&self, host: &str, port: u16) -> impl Future<Output = Result<Vec<IpAddr>, Self::Error>> + Send;

    /// Sends a request and waits for the answer.
    ///
    /// # Errors
    /// When there is no answer.
    fn post(&self, post: &Post) -> impl Future<Output = Result<Answer, Self::Error>> + Send;
}

pub(super) mod futureless {
    //! The same without futures.

    use std::net::{IpAddr, ToSocketAddrs};

    use super::{Answer, Post};

    /// The host's HTTP client; see [`Transport`](crate::notify::webhook::Transport) for the contract.
    pub trait Transport {
        /// What can go wrong on the way.
        type Error: std::error::Error + From<std::io::Error> + Send + Sync + 'static;

        /// Looks a host up: unless a client says otherwise, as the operating system does.
        ///
        /// # Errors
        /// When nobody can say.
        fn resolve(&self, host: &str, port: u16) -> Result<Vec<IpAddr>, Self::Error> {
            Ok((host, port).to_socket_addrs()?.map(|address| address.ip()).collect())
        }

        /// Sends a request and waits for the answer.
        ///
        /// # Errors
        /// When there is no answer.
        fn post(&self, post: &Post) -> Result<Answer, Self::Error>;
    }
}

/// Why an attempt failed; there will be another one later.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError<E> {
    /// The client failed.
    #[error("`{host}` was not reached: {error}")]
    Transport {
        /// The host of the endpoint.
        host: String,
        /// What the client says.
        #[source]
        error: E,
    },
    /// The target is refused, or its answer was none that ends the matter.
    #[error("{0}")]
    Attempt(Cow<'static, str>),
    /// The effect cannot be written as JSON.
    #[error("an effect cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// A notifier that posts each effect to an endpoint, signed by Standard Webhooks.
///
/// `clock` gives the time of each attempt, which is part of the signature; `endpoint` says where an effect goes, or nowhere:
/// then it is given up. The relay tries again what failed, later each time, and what is behind it in its lane waits.
///
/// ```
/// use destek::notify::webhook::{Answer, Endpoint, Post, Secret, Webhooks, blocking::Transport};
/// use destek::run::Relay;
/// use destek::store::blocking::relay;
/// # use destek::actor::Actor;
/// # use destek::channel::{Channel, ChannelKind};
/// # use destek::id::{CustomerId, MessageId, TicketId};
/// # use destek::{policy, testing::Scene, ticket::Receive};
///
/// struct Client; // around the HTTP client of your backend
/// impl Transport for Client {
///     type Error = std::io::Error;
///     fn resolve(&self, _host: &str, _port: u16) -> Result<Vec<std::net::IpAddr>, Self::Error> {
///         Ok(vec![[93, 184, 215, 14].into()])
///     }
///     fn post(&self, post: &Post) -> Result<Answer, Self::Error> {
///         assert_eq!(post.addresses, [([93, 184, 215, 14], 443).into()]);
///         Ok(Answer::new(204))
///     }
/// }
///
/// # let mut shop = Scene::new(policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
/// # let (ticket, customer) = (TicketId::from_u128(1), CustomerId::new("c-17")?);
/// # let channel = Channel::of(ChannelKind::Email);
/// # let receive = Receive::new(ticket, MessageId::from_u128(1), customer.clone(), channel, "Kargom nerede?");
/// # shop.run(Actor::verified(customer), receive)?;
/// let secret: Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse()?;
/// let erp = Endpoint::new("https://erp.example/hooks", secret)?;
/// let now = shop.now();
/// let webhooks = Webhooks::new(Client, move || now, move |_, _| Some(erp.clone()));
/// let relayed = relay(shop.store(), shop.tenant(), &webhooks, now, &Relay::default())?;
/// assert_eq!(relayed.delivered, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Webhooks<T, C, E> {
    transport: T,
    clock: C,
    endpoint: E,
    policy: TargetPolicy,
    staff: Language,
}

impl<T, C, E> fmt::Debug for Webhooks<T, C, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhooks").field("policy", &self.policy).field("staff", &self.staff).finish_non_exhaustive()
    }
}

impl<T, C, E> Webhooks<T, C, E>
where
    C: Fn() -> Timestamp,
    E: Fn(&TenantId, &Envelope) -> Option<Endpoint>,
{
    /// A notifier over a client. Notices to the team are in Turkish, and targets are those of [`TargetPolicy::default`].
    pub fn new(transport: T, clock: C, endpoint: E) -> Self {
        Self { transport, clock, endpoint, policy: TargetPolicy::default(), staff: Language::Turkish }
    }

    /// With another policy of targets.
    #[must_use]
    pub fn targets(mut self, policy: TargetPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// With another language for notices to the team.
    #[must_use]
    pub const fn staff(mut self, language: Language) -> Self {
        self.staff = language;
        self
    }
}

const NOWHERE: Delivery = Delivery::GaveUp(Cow::Borrowed("no endpoint takes this effect"));

impl<T, C, E> Notifier for Webhooks<T, C, E>
where
    T: Transport,
    C: Fn() -> Timestamp + Send + Sync,
    E: Fn(&TenantId, &Envelope) -> Option<Endpoint> + Send + Sync,
{
    type Error = WebhookError<T::Error>;

    async fn deliver(&self, tenant: &TenantId, envelope: &Envelope) -> Result<Delivery, Self::Error> {
        let Some(endpoint) = (self.endpoint)(tenant, envelope) else { return Ok(NOWHERE) };
        let (mut exchange, mut turn) =
            Exchange::begin(&self.policy, &endpoint, (tenant, envelope), self.staff, (self.clock)())?;
        loop {
            turn = match turn {
                Turn::Resolve { host, port } => match self.transport.resolve(&host, port).await {
                    Ok(addresses) => exchange.resolved(addresses),
                    Err(error) => return Err(WebhookError::Transport { host, error }),
                },
                Turn::Post(post) => match self.transport.post(&post).await {
                    Ok(answer) => exchange.answered(&answer),
                    Err(error) => return Err(WebhookError::Transport { host: post.host, error }),
                },
                Turn::Done(delivery) => return Ok(delivery),
                Turn::Failed(reason) => return Err(WebhookError::Attempt(reason)),
            };
        }
    }
}

impl<T, C, E> crate::notify::blocking::Notifier for Webhooks<T, C, E>
where
    T: futureless::Transport,
    C: Fn() -> Timestamp,
    E: Fn(&TenantId, &Envelope) -> Option<Endpoint>,
{
    type Error = WebhookError<T::Error>;

    fn deliver(&self, tenant: &TenantId, envelope: &Envelope) -> Result<Delivery, Self::Error> {
        let Some(endpoint) = (self.endpoint)(tenant, envelope) else { return Ok(NOWHERE) };
        let (mut exchange, mut turn) =
            Exchange::begin(&self.policy, &endpoint, (tenant, envelope), self.staff, (self.clock)())?;
        loop {
            turn = match turn {
                Turn::Resolve { host, port } => match self.transport.resolve(&host, port) {
                    Ok(addresses) => exchange.resolved(addresses),
                    Err(error) => return Err(WebhookError::Transport { host, error }),
                },
                Turn::Post(post) => match self.transport.post(&post) {
                    Ok(answer) => exchange.answered(&answer),
                    Err(error) => return Err(WebhookError::Transport { host: post.host, error }),
                },
                Turn::Done(delivery) => return Ok(delivery),
                Turn::Failed(reason) => return Err(WebhookError::Attempt(reason)),
            };
        }
    }
}
