//! A receiver of webhooks: its URL and what it signs with.

use std::fmt;
use std::net::IpAddr;

use http::Uri;

use super::signature::Secret;
use crate::limits::{URL_BYTES_MAX, WEBHOOK_SECRETS_MAX};

/// A receiver: a URL, and the secrets that it shares with the shop.
///
/// `Debug` and errors show the host alone, as path and query may hold a token.
///
/// ```
/// use destek::notify::webhook::{Endpoint, Secret};
///
/// let secret: Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse()?;
/// let erp = Endpoint::new("https://erp.example/hooks/7?token=gizli", secret)?;
/// assert_eq!(format!("{erp:?}"), "Endpoint(https://erp.example/..)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Endpoint {
    pub(super) url: Url,
    pub(super) secrets: Vec<Secret>,
}

/// Why something is no endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// It is not an absolute URL with a host.
    #[error("this is no absolute URL; write it like `https://erp.example/hooks`")]
    Url,
    /// It names a user.
    #[error("the URL of `{host}` names a user; a webhook is proved by its signature, so leave the part before `@` out")]
    User {
        /// The host.
        host: String,
    },
    /// It is too long.
    #[error("the URL has {0} bytes; at most {max} are taken", max = URL_BYTES_MAX)]
    Long(usize),
    /// It has too many secrets.
    #[error("`{host}` has {max} secrets already; take one away that its receiver no longer knows", max = WEBHOOK_SECRETS_MAX)]
    Secrets {
        /// The host.
        host: String,
    },
}

impl Endpoint {
    /// A receiver at a URL.
    ///
    /// # Errors
    /// When the URL is not absolute, names a user, or is longer than [`URL_BYTES_MAX`](crate::limits::URL_BYTES_MAX).
    pub fn new(url: &str, secret: Secret) -> Result<Self, EndpointError> {
        Ok(Self { url: Url::parse(url)?, secrets: vec![secret] })
    }

    /// With one more secret, while the receiver changes from one to the other.
    ///
    /// # Errors
    /// When it has [`WEBHOOK_SECRETS_MAX`](crate::limits::WEBHOOK_SECRETS_MAX) already.
    pub fn with(mut self, secret: Secret) -> Result<Self, EndpointError> {
        if self.secrets.len() >= WEBHOOK_SECRETS_MAX {
            return Err(EndpointError::Secrets { host: self.url.host().to_owned() });
        }
        self.secrets.push(secret);
        Ok(self)
    }

    /// The host of its URL.
    #[must_use]
    pub fn host(&self) -> &str {
        self.url.host()
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({:?})", self.url)
    }
}

/// An absolute URL with a host and no user.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Url(Uri);

impl Url {
    pub(super) fn parse(text: &str) -> Result<Self, EndpointError> {
        if text.len() > URL_BYTES_MAX {
            return Err(EndpointError::Long(text.len()));
        }
        let uri: Uri = text.parse().map_err(|_| EndpointError::Url)?;
        let (Some(_), Some(authority)) = (uri.scheme(), uri.authority()) else { return Err(EndpointError::Url) };
        if authority.as_str().contains('@') {
            return Err(EndpointError::User { host: authority.host().to_owned() });
        }
        // An unreadable port must not become the scheme's own.
        let port = authority.as_str().strip_prefix(authority.host()).unwrap_or_default();
        if authority.host().is_empty() || !(port.is_empty() || authority.port_u16().is_some()) {
            return Err(EndpointError::Url);
        }
        Ok(Self(uri))
    }

    /// Where a `Location` leads from here: another URL, or another path of the same host.
    pub(super) fn follow(&self, location: &str) -> Result<Self, EndpointError> {
        if !location.starts_with('/') || location.starts_with("//") {
            return Self::parse(location);
        }
        let authority = self.0.authority().map_or("", |authority| authority.as_str());
        Self::parse(&format!("{}://{authority}{location}", self.scheme()))
    }

    pub(super) fn scheme(&self) -> &str {
        self.0.scheme_str().unwrap_or_default()
    }

    /// The host, without the brackets of an IPv6 address.
    pub(super) fn host(&self) -> &str {
        let host = self.0.host().unwrap_or_default();
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
    }

    /// The address, where the host is one.
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.host().parse().ok()
    }

    pub(super) fn port(&self) -> u16 {
        self.0.port_u16().unwrap_or(if self.scheme() == "https" { 443 } else { 80 })
    }

    pub(super) fn text(&self) -> String {
        self.0.to_string()
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = self.0.authority().map_or("", |authority| authority.as_str());
        write!(f, "{}://{authority}/..", self.scheme())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_absolute_url_is_refused() {
        for wrong in
            ["", "erp", "/hooks", "erp.example/hooks", "https://", "https:///x", "https://erp:99999/", "https://erp:x/"]
        {
            assert_eq!(Url::parse(wrong), Err(EndpointError::Url), "{wrong}");
        }
        assert!(
            matches!(Url::parse("https://a:b@erp.example/"), Err(EndpointError::User { host }) if host == "erp.example")
        );
        assert_eq!(
            Url::parse(&format!("https://a/{}", "x".repeat(URL_BYTES_MAX))),
            Err(EndpointError::Long(URL_BYTES_MAX + 10))
        );
    }

    #[test]
    fn hosts_ports_and_redirects_are_read() {
        let url = Url::parse("https://[::1]:8443/a?b").unwrap();
        assert_eq!((url.host(), url.port(), url.address()), ("::1", 8443, Some("::1".parse().unwrap())));
        assert_eq!(url.follow("/c").unwrap().text(), "https://[::1]:8443/c");
        assert_eq!(url.follow("http://erp.example").unwrap().port(), 80);
        for wrong in ["//erp.example/x", "c", ""] {
            assert!(url.follow(wrong).is_err(), "{wrong}");
        }
    }
}
