//! What follows from links between tickets, where a shop may choose.

use serde::{Deserialize, Serialize};

/// What becomes of open children when their parent is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Children {
    /// They stay as they are.
    #[default]
    Stay,
    /// They are closed with it.
    Close,
}

/// What becomes of a parent when the last of its open children is resolved or closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LastChild {
    /// It stays as it is.
    #[default]
    Stay,
    /// It is resolved.
    ResolveParent,
}

/// What becomes of open duplicates when their original is resolved or closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Duplicates {
    /// They are resolved with it.
    #[default]
    Resolve,
    /// They stay as they are.
    Stay,
}

/// What follows from links between tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkPolicy {
    /// Whether agents cannot end a parent while a child is open.
    pub parent_waits: bool,
    /// What becomes of open children when their parent is closed.
    pub children: Children,
    /// What becomes of a parent when its last open child is done.
    pub last_child: LastChild,
    /// What becomes of open duplicates when their original is done.
    pub duplicates: Duplicates,
}

impl LinkPolicy {
    /// Whether a parent waits for its children where a document does not say.
    pub(super) const PARENT_WAITS: bool = true;
}
