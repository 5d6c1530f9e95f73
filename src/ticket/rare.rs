//! What few tickets have, at the price of one word for all the others.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What has an empty form that everybody can look at.
pub(crate) trait Blank: Clone + Default + PartialEq + 'static {
    /// The empty form; equal to the default.
    const BLANK: &'static Self;
}

impl<K: Clone + Ord + 'static, V: Clone + PartialEq + 'static> Blank for BTreeMap<K, V> {
    const BLANK: &'static Self = &Self::new();
}

impl<T: Clone + Ord + 'static> Blank for BTreeSet<T> {
    const BLANK: &'static Self = &Self::new();
}

/// A part of the ticket that is mostly empty. It reads, writes and is stored as what it holds.
///
/// Every decision copies the ticket that it changes: an empty part costs it one word, and a full one is shared until
/// somebody writes to it.
#[derive(Clone)]
pub(crate) struct Rare<T>(Option<Arc<T>>);

impl<T: Blank> Rare<T> {
    /// What it holds, to be changed where there is anything: an empty part stays one word.
    pub(crate) fn if_any(&mut self) -> Option<&mut T> {
        self.0.as_mut().map(Arc::make_mut)
    }
}

impl<T> Default for Rare<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Blank> Deref for Rare<T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.0.as_deref().unwrap_or(T::BLANK)
    }
}

impl<T: Blank> DerefMut for Rare<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(self.0.get_or_insert_default())
    }
}

impl<T: Blank> From<T> for Rare<T> {
    fn from(held: T) -> Self {
        Self((held != *T::BLANK).then(|| Arc::new(held)))
    }
}

impl<T: Blank> PartialEq for Rare<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Blank + Eq> Eq for Rare<T> {}

impl<T: Blank + fmt::Debug> fmt::Debug for Rare<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Blank + Serialize> Serialize for Rare<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de, T: Blank + Deserialize<'de>> Deserialize<'de> for Rare<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Stock = Rare<BTreeMap<u8, u8>>;

    #[test]
    fn it_is_what_it_holds() {
        let mut stock = Stock::default();
        assert_eq!((stock.len(), format!("{stock:?}")), (0, "{}".to_owned()));
        stock.insert(1, 2);
        let copy = stock.clone();
        stock.insert(3, 4);
        assert_eq!((copy.len(), stock.len()), (1, 2), "a copy keeps what it had");
        assert_eq!(serde_json::to_string(&stock).unwrap(), r#"{"1":2,"3":4}"#);
        assert_eq!(serde_json::from_str::<Stock>(r#"{"1":2,"3":4}"#).unwrap(), stock);
    }

    #[test]
    fn emptied_is_as_empty_as_never_filled() {
        let mut stock = Stock::default();
        assert!(stock.if_any().is_none());
        stock.insert(1, 2);
        stock.if_any().unwrap().remove(&1);
        assert_eq!(stock, Stock::default());
        assert_eq!(serde_json::from_str::<Stock>("{}").unwrap(), Stock::default());
        assert_eq!(size_of::<Stock>(), size_of::<usize>());
    }
}
