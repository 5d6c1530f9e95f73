//! Routing: which queue a ticket waits in, and who gets it.
//!
//! The first route of the policy that fits names the queue. Within a queue the smaller rank comes first: the instant
//! of entering, less the head start of its priority, so that nothing is ever sorted anew. [`Command::Drain`] gives a
//! bounded batch of waiting tickets, in that order, each to the least loaded agent of the queue's teams who is
//! available, has the skills and has room; among equals the smaller id. When nobody can take the first one, the queue
//! says why ([`StallReason`]), and its lead is told after the time that the policy names.
//!
//! [`Command::Drain`]: crate::desk::Command::Drain

mod choose;
mod queue;

pub(crate) use choose::{Candidate, Candidates};
pub(crate) use queue::apply;
pub use queue::{Event, Queue, Stall, StallReason};
