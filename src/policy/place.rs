//! Where tickets wait: queues, and the routes into them.

use std::collections::BTreeMap;

use crate::id::{Name, QueueId, TeamId};
use crate::rule::Matcher;
use crate::time::Budget;

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueuePolicy {
    /// Its name.
    pub id: QueueId,
    /// The teams whose agents take from it; the first one leads it.
    pub teams: Vec<TeamId>,
    /// What an agent has to be able to do to take from it: skills with the least level, 1 to 5.
    pub skills: BTreeMap<Name, u8>,
    /// After how long a standstill the lead is told; never, where there is none.
    pub tell_after: Option<Budget>,
}

/// A route into a queue.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Route {
    /// Its name.
    pub name: Name,
    /// Which tickets take it; always true for a route without a condition.
    pub matcher: Matcher,
    /// The queue, one of the policy's.
    pub queue: QueueId,
}
