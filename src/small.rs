//! Ordered maps and sets of few: a vector in the order of its keys.
//!
//! Nearly every decision looks at three records and changes one. A tree makes room for eleven at once, which costs more
//! than finding them. What is here behaves like [`std::collections::BTreeMap`] and [`std::collections::BTreeSet`]; with
//! thousands of keys it would be slow, and no decision has as many.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Up to how many keys each is looked at in turn.
const SCANNED_MAX: usize = 8;

/// A map of few keys, in their order.
///
/// ```
/// use destek::small::SmallMap;
///
/// let mut stock: SmallMap<&str, u32> = [("b", 2), ("a", 1)].into_iter().collect();
/// assert_eq!(stock.insert("a", 3), Some(1));
/// assert_eq!(stock.get(&"a"), Some(&3));
/// assert_eq!(stock.keys().copied().collect::<Vec<_>>(), ["a", "b"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmallMap<K, V>(Vec<(K, V)>);

impl<K: Ord, V> SmallMap<K, V> {
    /// A map of nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }
    /// Where a key is. To tell few keys apart is cheaper than to order them.
    fn find(&self, key: &K) -> Option<usize> {
        if self.0.len() <= SCANNED_MAX {
            self.0.iter().position(|(own, _)| own == key)
        } else {
            self.0.binary_search_by(|(own, _)| own.cmp(key)).ok()
        }
    }
    /// Where a key that is not there belongs.
    fn gap(&self, key: &K) -> usize {
        self.0.partition_point(|(own, _)| own < key)
    }
    /// Puts a new key where it belongs. Room for one at first: a vector makes room for four, and what a decision does
    /// with a record is large.
    fn put(&mut self, key: K, value: V) -> usize {
        let place = self.gap(&key);
        if self.0.capacity() == 0 {
            self.0.reserve_exact(1);
        }
        self.0.insert(place, (key, value));
        place
    }
    /// A map of nothing, with room for so many.
    pub(crate) fn with_room(room: usize) -> Self {
        Self(Vec::with_capacity(room))
    }
    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// How many keys it has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }
    /// What is under a key.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&V> {
        if self.0.len() <= SCANNED_MAX {
            // Once more what `find` does, without the way over a place: every decision asks forty times.
            return self.0.iter().find(|(own, _)| own == key).map(|(_, value)| value);
        }
        self.0.get(self.find(key)?).map(|(_, value)| value)
    }
    /// What is under a key, to be changed.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let place = self.find(key)?;
        self.0.get_mut(place).map(|(_, value)| value)
    }
    /// Whether there is such a key.
    #[must_use]
    pub fn contains_key(&self, key: &K) -> bool {
        self.get(key).is_some()
    }
    /// Puts a value under a key; what was there comes back.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            Some(place) => Some(std::mem::replace(&mut self.0[place].1, value)),
            None => {
                self.put(key, value);
                None
            }
        }
    }
    /// What is under a key, made first where there is nothing.
    pub fn get_or_insert_with(&mut self, key: &K, make: impl FnOnce() -> V) -> &mut V
    where
        K: Clone,
    {
        let place = self.find(key).unwrap_or_else(|| self.put(key.clone(), make()));
        &mut self.0[place].1
    }
    /// The keys with their values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> + Clone {
        self.0.iter().map(|(key, value)| (key, value))
    }
    /// The keys with their values, which may be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.0.iter_mut().map(|(key, value)| (&*key, value))
    }
    /// The keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &K> + Clone {
        self.0.iter().map(|(key, _)| key)
    }
    /// The values, in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> + Clone {
        self.0.iter().map(|(_, value)| value)
    }
    /// The values, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.0.iter_mut().map(|(_, value)| value)
    }
}

impl<K, V> Default for SmallMap<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> Extend<(K, V)> for SmallMap<K, V> {
    fn extend<T: IntoIterator<Item = (K, V)>>(&mut self, more: T) {
        for (key, value) in more {
            self.insert(key, value);
        }
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for SmallMap<K, V> {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(items: T) -> Self {
        let mut map = Self::default();
        map.extend(items);
        map
    }
}

impl<K, V> IntoIterator for SmallMap<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// A set of few, in their order.
///
/// ```
/// use destek::small::SmallSet;
///
/// let mut sizes = SmallSet::from([42, 36]);
/// assert!(sizes.insert(38) && !sizes.insert(42));
/// assert_eq!(sizes.iter().copied().collect::<Vec<_>>(), [36, 38, 42]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SmallSet<T>(Vec<T>);

impl<T: Ord> SmallSet<T> {
    /// A set of nothing, with room for so many.
    pub(crate) fn with_room(room: usize) -> Self {
        Self(Vec::with_capacity(room))
    }
    /// A set of nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }
    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// How many are in it.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }
    /// Whether it is in it.
    #[must_use]
    pub fn contains(&self, item: &T) -> bool {
        self.0.binary_search(item).is_ok()
    }
    /// Adds one; whether it was not there.
    pub fn insert(&mut self, item: T) -> bool {
        // Most come in their order.
        let place =
            if self.0.last().is_none_or(|last| *last < item) { Err(self.0.len()) } else { self.0.binary_search(&item) };
        match place {
            Ok(_) => false,
            Err(place) => {
                if self.0.capacity() == 0 {
                    self.0.reserve_exact(1);
                }
                self.0.insert(place, item);
                true
            }
        }
    }
    /// What is in it, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }
}

impl<T> Default for SmallSet<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Ord> Extend<T> for SmallSet<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, more: I) {
        for item in more {
            self.insert(item);
        }
    }
}

impl<T: Ord> FromIterator<T> for SmallSet<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut set = Self::default();
        set.extend(items);
        set
    }
}

impl<T: Ord, const N: usize> From<[T; N]> for SmallSet<T> {
    fn from(items: [T; N]) -> Self {
        items.into_iter().collect()
    }
}

impl<T> IntoIterator for SmallSet<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<T: Serialize> Serialize for SmallSet<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Ord + Deserialize<'de>> Deserialize<'de> for SmallSet<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Whatever its order was; the tree of the standard library sorts many quickly.
        let items = BTreeSet::deserialize(deserializer)?;
        Ok(Self(items.into_iter().collect()))
    }
}

impl<'a, T> IntoIterator for &'a SmallSet<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_what_the_standard_librarys_are(items in prop::collection::vec((0u8..20, any::<u16>()), 0..40)) {
            let (mut small, mut plain) = (SmallMap::new(), BTreeMap::new());
            let (mut few, mut set) = (SmallSet::new(), BTreeSet::new());
            for (key, value) in items {
                if value % 3 == 0 {
                    let made = *small.get_or_insert_with(&key, || value);
                    prop_assert_eq!(made, *plain.entry(key).or_insert(value));
                } else {
                    prop_assert_eq!(small.insert(key, value), plain.insert(key, value));
                }
                prop_assert_eq!(few.insert(key), set.insert(key));
            }
            for key in 0..20 {
                prop_assert_eq!(small.get(&key), plain.get(&key));
                prop_assert_eq!(small.contains_key(&key), plain.contains_key(&key));
                prop_assert_eq!(few.contains(&key), set.contains(&key));
            }
            prop_assert!(small.iter().eq(plain.iter()) && few.iter().eq(set.iter()));
            prop_assert_eq!((small.len(), few.len()), (plain.len(), set.len()));
        }
    }
}
