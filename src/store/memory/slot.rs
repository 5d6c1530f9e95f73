//! What a tenant keeps of one record.

use std::sync::Arc;

use super::feed::Rows;
use super::timers::WakeUp;
use crate::desk::State;
use crate::record::Version;
use crate::time::Timestamp;

/// A place of the tenant's map: a record, its wake-up, or a wake-up whose record is still to come.
#[derive(Debug, Default)]
pub(super) struct Slot {
    pub(super) record: Option<Record>,
    pub(super) wake: WakeUp,
}

/// A record with its log.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) version: Version,
    pub(super) state: Arc<State>,
    /// The fold under which `state` was computed.
    pub(super) fold: u32,
    /// Whether the log holds what this version of the library does not know.
    pub(super) sealed: bool,
    pub(super) recorded: Timestamp,
    pub(super) log: Vec<Rows>,
}
