//! The transport of webhooks over ureq: a client that connects to the checked addresses and to nothing else.

use std::net::SocketAddr;
use std::time::Duration;

use destek::notify::webhook::{Answer, Post, blocking::Transport};
use ureq::Agent;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

/// Posts with ureq. For https add one of its TLS features to your own dependency.
pub(crate) struct Client;

impl Transport for Client {
    type Error = ureq::Error;

    fn post(&self, post: &Post) -> Result<Answer, ureq::Error> {
        let config = Config::builder()
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(10)))
            .build();
        // One agent a post: a pooled connection may be one to an address that was checked for somebody else.
        let agent = Agent::with_parts(config, DefaultConnector::new(), Pinned(post.addresses.clone()));
        let mut request = agent.post(&post.url);
        for (name, value) in &post.headers {
            request = request.header(*name, value);
        }
        let response = request.send(&post.body[..])?;
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let mut answer = Answer::new(response.status().as_u16());
        if let Some(location) = header("location") {
            answer = answer.location(location);
        }
        if let Some(retry_after) = header("retry-after") {
            answer = answer.retry_after(retry_after);
        }
        Ok(answer)
    }
}

/// A resolver that knows one answer.
#[derive(Debug)]
struct Pinned(Vec<SocketAddr>);

impl Resolver for Pinned {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut addresses = self.empty();
        for address in self.0.iter().take(16) {
            addresses.push(*address);
        }
        if addresses.is_empty() { Err(ureq::Error::HostNotFound) } else { Ok(addresses) }
    }
}
