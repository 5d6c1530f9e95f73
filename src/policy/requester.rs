//! How much one customer is let in at once.

/// How much one customer is let in at once, and how often he is told that something arrived.
///
/// Agents and imports are not bound by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequesterPolicy {
    /// How many tickets he may have open before his messages open no more.
    pub open_max: u32,
    /// How many tickets he may open within an hour.
    pub opened_per_hour: u32,
    /// How often he is told within an hour that one arrived.
    pub acknowledged_per_hour: u32,
}

impl Default for RequesterPolicy {
    /// What holds where a document says nothing: more than any customer needs, and far less than a flood.
    fn default() -> Self {
        Self { open_max: 20, opened_per_hour: 30, acknowledged_per_hour: 10 }
    }
}
