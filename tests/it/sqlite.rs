//! The store in SQLite: the contract, the host's transaction, and databases that are not as they should be.

mod file;
#[cfg(feature = "conformance")]
mod kit;
mod script;
mod transaction;
mod trouble;
