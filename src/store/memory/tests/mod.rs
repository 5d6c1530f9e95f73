//! The contracts of the traits, clause by clause, on the memory store; and stores that break one clause each, to
//! show that the check of that clause notices.

mod faulty;
pub(crate) mod own;

use super::MemoryStore;

crate::conformance!(store = MemoryStore::new() => &store);
