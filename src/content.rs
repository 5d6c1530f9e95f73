//! Personal text, kept outside the log: content records, referenced and committed to (law 30).
//!
//! An event holds a [`ContentRef`]: the id of the text and a commitment to it, HMAC-SHA-256 keyed with a salt
//! that lies beside the text. Erasing the text and its salt leaves a log that still replays and from which the
//! text cannot be guessed.

use std::fmt;

use hmac::{Hmac, Mac};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::Sha256;

use crate::id::ContentId;
use crate::record::{self, RecordKey};

/// 32 random bytes that the host puts into each request. Salts are derived from it; it is never stored or shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl Seed {
    /// Takes 32 bytes from the host's random source.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The seed of one of many requests that share this one.
    pub(crate) fn derive(&self, request: u128) -> Self {
        Self(mac(&self.0, &request.to_be_bytes()))
    }

    /// An id from this seed. A seed that gives an id is used for nothing else.
    pub(crate) fn id(&self) -> u128 {
        let mut bits = [0u8; 16];
        bits.copy_from_slice(&mac(&self.0, b"id")[..16]);
        u128::from_be_bytes(bits)
    }

    fn salt(&self, index: u32) -> Salt {
        Salt(mac(&self.0, &index.to_be_bytes()))
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(…)")
    }
}

/// The key of one commitment; erased together with the text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(…)")
    }
}

/// What an event says about a text without holding it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Commitment([u8; 32]);

impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

/// The reference to a text: where it is, and what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContentRef {
    /// Where the text is.
    pub id: ContentId,
    /// What it was.
    pub commitment: Commitment,
}

/// A text outside the log. `Debug` shows its size only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Content {
    /// Its id.
    pub id: ContentId,
    /// The key of its commitment.
    pub salt: Salt,
    /// The text itself.
    pub text: String,
}

impl Content {
    /// Seals a text: the content record and the reference that an event may hold.
    #[must_use]
    pub(crate) fn seal(id: ContentId, seed: &Seed, index: u32, text: String) -> (ContentRef, Self) {
        let salt = seed.salt(index);
        let commitment = Commitment(mac(&salt.0, text.as_bytes()));
        (ContentRef { id, commitment }, Self { id, salt, text })
    }

    /// Whether this is the text that the reference commits to.
    #[must_use]
    pub fn is_committed_by(&self, reference: &ContentRef) -> bool {
        self.id == reference.id && mac(&self.salt.0, self.text.as_bytes()) == reference.commitment.0
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({}, {} bytes)", self.id, self.text.len())
    }
}

/// Seals the texts of one decision: ids derived from the causing record and its new version, a salt for each.
#[derive(Debug)]
pub(crate) struct Sealer {
    seed: Seed,
    record: RecordKey,
    version: u64,
    contents: Vec<Content>,
}

impl Sealer {
    pub(crate) const fn new(seed: Seed, record: RecordKey, version: u64) -> Self {
        Self { seed, record, version, contents: Vec::new() }
    }

    pub(crate) fn seal(&mut self, text: &str) -> ContentRef {
        let index = u32::try_from(self.contents.len()).unwrap_or(u32::MAX);
        let id = ContentId::from_u128(record::derive(&self.record, self.version, index, "content"));
        let (reference, content) = Content::seal(id, &self.seed, index, text.to_owned());
        self.contents.push(content);
        reference
    }

    pub(crate) fn into_contents(self) -> Vec<Content> {
        self.contents
    }
}

/// Personal text on its way in, inside a command. `Debug` shows its size only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(String);

impl Text {
    /// Takes a text as it is; limits are checked when the command is decided.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Takes the text out and leaves an empty one.
    pub(crate) fn take(&mut self) -> String {
        std::mem::take(&mut self.0)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}

fn mac(key: &[u8; 32], data: &[u8]) -> [u8; 32] {
    let mut padded = [0u8; 64];
    padded[..32].copy_from_slice(key);
    // A key of the block's own size is used as it is, so this constructor cannot fail and needs no branch.
    let mut mac = <Hmac<Sha256> as hmac::digest::KeyInit>::new(&padded.into());
    mac.update(data);
    mac.finalize().into_bytes().into()
}

pub(crate) fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        use fmt::Write as _;
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(crate) fn unhex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let mut bytes = [0u8; 32];
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()?;
    }
    Some(bytes)
}

macro_rules! hex_serde {
    ($($name:ident),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&hex(&self.0))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                unhex(&text).map(Self).ok_or_else(|| de::Error::custom("expected 64 lower-case hexadecimal digits"))
            }
        }
    )*};
}
hex_serde!(Salt, Commitment);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_agrees_with_rfc_4231() {
        // RFC 4231, test case 1: the key is twenty bytes 0x0b, padded with zeros as HMAC itself does.
        let mut key = [0u8; 32];
        key[..20].fill(0x0b);
        assert_eq!(hex(&mac(&key, b"Hi There")), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    }

    #[test]
    fn a_commitment_binds_text_and_id_and_hides_both_in_debug() {
        let seed = Seed::new([7; 32]);
        let id = ContentId::from_u128(1);
        let (reference, content) = Content::seal(id, &seed, 0, "Kargom nerede?".into());
        assert!(content.is_committed_by(&reference));
        let mut other = content.clone();
        other.text.push('!');
        assert!(!other.is_committed_by(&reference));
        let (same_text, _) = Content::seal(id, &seed, 1, "Kargom nerede?".into());
        assert_ne!(same_text.commitment, reference.commitment, "another index is another salt");
        assert!(!format!("{content:?} {seed:?} {:?}", content.salt).contains("Kargom"));
    }
}
