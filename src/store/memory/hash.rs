//! How the store's maps hash their keys.
//!
//! Every command hashes a dozen. The standard library's hash withstands whoever sees hashes and times each one; here
//! nobody sees any, so that a secret seed and one multiplication for every eight bytes do.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

/// A map of the store. Nothing may depend on the order in which it is walked.
pub(super) type Map<K, V> = HashMap<K, V, Keyed>;

/// Odd, and without a pattern in its bits: the golden ratio's.
const SPREAD: u128 = 0x9E37_79B9_7F4A_7C15;

/// Makes hashers with one secret seed.
#[derive(Debug, Clone)]
pub(super) struct Keyed(u64);

impl Default for Keyed {
    fn default() -> Self {
        Self(RandomState::new().hash_one(SPREAD))
    }
}

impl BuildHasher for Keyed {
    type Hasher = Folding;
    fn build_hasher(&self) -> Folding {
        Folding(self.0)
    }
}

/// Multiplies what came so far with each word, and folds the upper half of the product onto the lower.
#[derive(Debug)]
pub(super) struct Folding(u64);

impl Hasher for Folding {
    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word) * SPREAD;
        self.0 = (product >> 64) as u64 ^ product as u64;
    }
    fn write(&mut self, bytes: &[u8]) {
        for word in bytes.chunks(8) {
            let mut whole = [0; 8];
            whole.iter_mut().zip(word).for_each(|(to, byte)| *to = *byte);
            self.write_u64(u64::from_le_bytes(whole));
        }
    }
    fn write_u8(&mut self, byte: u8) {
        self.write_u64(byte.into());
    }
    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }
    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }
    fn write_isize(&mut self, number: isize) {
        self.write_u64(number as u64);
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::id::{CustomerId, TicketId};
    use crate::record::RecordKey;

    /// How many of a table's places keys like those of a shop take, at the lower and at the upper end of the hash.
    fn taken(keys: impl Iterator<Item = RecordKey>) -> [usize; 2] {
        let keyed = Keyed::default();
        let hashes: Vec<u64> = keys.map(|key| keyed.hash_one(key)).collect();
        [0, 52].map(|shift| hashes.iter().map(|hash| hash >> shift & 0xfff).collect::<BTreeSet<_>>().len())
    }

    #[test]
    fn keys_that_look_alike_are_spread_as_chance_would() {
        let numbered = taken((0..4096).map(|id| RecordKey::Ticket(TicketId::from_u128(id))));
        let timed = taken((0..4096).map(|id| RecordKey::Ticket(TicketId::from_u128(id << 80 | 7))));
        let named = taken((0..4096).map(|id| RecordKey::Customer(CustomerId::new(format!("musteri-{id}")).unwrap())));
        // 4,096 thrown into 4,096 places by chance take 1 - 1/e of them, 2,589, give or take 23.
        for taken in [numbered, timed, named].as_flattened() {
            assert!((2_400..=4_096).contains(taken), "{taken}");
        }
    }

    #[test]
    fn where_a_text_ends_and_which_seed_it_has_matters() {
        let keyed = Keyed::default();
        assert_ne!(keyed.hash_one(("ab", "c")), keyed.hash_one(("a", "bc")));
        assert_ne!(keyed.hash_one("12345678"), keyed.hash_one("12345678\0"));
        assert_ne!(keyed.hash_one("a"), Keyed::default().hash_one("a"));
        assert_eq!(keyed.hash_one("a"), keyed.clone().hash_one("a"));
    }
}
