//! Signatures by Standard Webhooks, version `v1`: HMAC-SHA256 over id, time and body.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::time::Timestamp;

const PREFIX: &str = "whsec_";
const BYTES_MIN: usize = 24;
const BYTES_MAX: usize = 64;

/// The secret that an endpoint and this shop share: 24 to 64 bytes, written `whsec_` and Base64.
///
/// `Debug` does not show it.
///
/// ```
/// use destek::notify::webhook::Secret;
///
/// let secret: Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse()?;
/// assert_eq!(format!("{secret:?}"), "Secret(..)");
/// assert!("whsec_a29meg==".parse::<Secret>().is_err(), "four bytes are guessed");
/// # Ok::<(), destek::notify::webhook::SecretError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Why a text is no secret. It does not quote the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// It is not Base64.
    #[error("the secret is not Base64; take it as the receiver shows it, like `whsec_...`")]
    Encoding,
    /// It has too few or too many bytes.
    #[error("the secret has {0} bytes; Standard Webhooks ask for 24 to 64 random ones")]
    Length(usize),
}

impl Secret {
    /// A secret of random bytes.
    ///
    /// # Errors
    /// When there are fewer than 24 bytes or more than 64.
    pub fn new(bytes: &[u8]) -> Result<Self, SecretError> {
        if !(BYTES_MIN..=BYTES_MAX).contains(&bytes.len()) {
            return Err(SecretError::Length(bytes.len()));
        }
        Ok(Self(bytes.to_vec()))
    }
}

impl FromStr for Secret {
    type Err = SecretError;

    /// Reads Base64, with or without `whsec_` before it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX).unwrap_or(text)).map_err(|_| SecretError::Encoding)?;
        Self::new(&bytes)
    }
}

/// The value of the header `webhook-signature`: one signature a secret, divided by spaces, so that a receiver may change its
/// secret while deliveries go on.
///
/// `at` is the time of the attempt, of which whole seconds count, as in the header `webhook-timestamp`.
///
/// ```
/// use destek::notify::webhook::{Secret, sign};
/// use destek::time::Timestamp;
///
/// let secret: Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse()?;
/// let at = Timestamp::from_millis(1_614_265_330_000);
/// let signature = sign(&[secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, br#"{"test": 2432232314}"#);
/// assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
/// # Ok::<(), destek::notify::webhook::SecretError>(())
/// ```
#[must_use]
pub fn sign(secrets: &[Secret], id: &str, at: Timestamp, body: &[u8]) -> String {
    let seconds = at.as_millis().div_euclid(1_000).to_string();
    let mut signatures = Vec::with_capacity(secrets.len());
    for secret in secrets {
        // A key of any length is taken, so that there is always a signature.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&secret.0) else { continue };
        for part in [id.as_bytes(), b".", seconds.as_bytes(), b".", body] {
            mac.update(part);
        }
        signatures.push(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())));
    }
    signatures.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_secret_signs_and_every_part_counts() {
        let one = Secret::new(&[7; 24]).unwrap();
        let two = Secret::new(&[8; 24]).unwrap();
        let at = Timestamp::from_millis(1_000);
        let both = sign(&[one.clone(), two.clone()], "a", at, b"x");
        let alone = |secret: &Secret| sign(std::slice::from_ref(secret), "a", at, b"x");
        assert_eq!(both, format!("{} {}", alone(&one), alone(&two)));
        for other in [
            sign(std::slice::from_ref(&one), "b", at, b"x"),
            sign(std::slice::from_ref(&one), "a", Timestamp::from_millis(2_000), b"x"),
            sign(std::slice::from_ref(&one), "a", at, b"y"),
        ] {
            assert_ne!(other, alone(&one));
        }
        assert_eq!(sign(std::slice::from_ref(&one), "a", Timestamp::from_millis(1_999), b"x"), alone(&one));
    }

    #[test]
    fn a_secret_has_enough_bytes_and_is_not_quoted() {
        assert_eq!(Secret::new(&[0; 23]), Err(SecretError::Length(23)));
        assert_eq!(Secret::new(&[0; 65]), Err(SecretError::Length(65)));
        assert_eq!("whsec_ü".parse::<Secret>(), Err(SecretError::Encoding));
        let error = "gizli-sözcük".parse::<Secret>().unwrap_err();
        assert!(!error.to_string().contains("gizli"));
    }
}
