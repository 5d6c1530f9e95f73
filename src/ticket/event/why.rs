//! Why things happened to a ticket that may happen in several ways.

use serde::{Deserialize, Serialize};

/// How a ticket got its agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Assignment {
    /// The agent took it.
    Taken,
    /// Somebody with the right to do so gave it.
    Given,
    /// A drain chose the agent.
    Drained,
}

/// What ended a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Resumption {
    /// An agent.
    Agent,
    /// The customer wrote.
    Message,
    /// The time it was held until.
    Time,
    /// The third party answered.
    Party,
}

/// What reopened a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reopening {
    /// An agent.
    Agent,
    /// The customer wrote.
    Message,
}

/// What closed a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Closing {
    /// An agent.
    Agent,
    /// Silence of the customer, as the policy says.
    Silence,
    /// The end of its parent, as the policy says.
    Parent,
}
