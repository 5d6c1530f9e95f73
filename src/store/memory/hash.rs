//! How the store's maps hash their keys.

use std::collections::HashMap;

/// A map of the store. Nothing may depend on the order in which it is walked.
///
/// Every command hashes a dozen keys. The standard library's hash withstands whoever sees hashes and times each one;
/// here nobody sees any, so that a fast one with a random seed does.
pub(super) type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;
