//! Why a request was not carried out: an answer of the domain, with a code for machines.

use serde::{Deserialize, Serialize};

use super::missing::Missing;
use super::outdated::Outdated;
use crate::id::{AgentId, Name, QueueId, RequestId};
use crate::job;
use crate::policy::Digest;
use crate::record::RecordKey;
use crate::ticket::Refusal;
use crate::time::Timestamp;

/// A request was refused. Nothing has changed (law 2). Hosts answer with status 422, or 404, 403 and
/// 503 by code ([`SessionError::status`](crate::run::SessionError::status)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rejection {
    /// The acting agent was never recorded, so that nobody knows what it may do.
    #[error("agent `{0}` was never recorded; send `RecordAgent` first")]
    UnknownActor(AgentId),
    /// There is no such record, or the actor may not know of it: the two look alike (law 25).
    #[error("there is no `{0}`")]
    NotFound(RecordKey),
    /// The actor sees the record but may not do this to it.
    #[error("`{actor}` may not `{action}`{}", why(.actor))]
    Forbidden {
        /// The kind of actor.
        actor: Name,
        /// The action.
        action: Name,
    },
    /// The ticket's own rules refuse it.
    #[error(transparent)]
    Ticket(#[from] Refusal),
    /// A job's own rules refuse it.
    #[error(transparent)]
    Job(#[from] job::Refusal),
    /// The tenant works under another policy than this desk, or under none yet.
    #[error("the tenant works under {}, this desk decides with policy {}; load the policy in force, or activate this one", active_name(.active), .own.short())]
    StalePolicy {
        /// The policy in force, if any.
        active: Option<Digest>,
        /// The desk's own.
        own: Digest,
    },
    /// The record's log holds what this version of the library does not know; it can be read, not commanded.
    #[error("`{0}` was written by a later version of the library; upgrade before changing it")]
    Newer(RecordKey),
    /// The policy has no such queue.
    #[error("the policy has no queue `{0}`")]
    UnknownQueue(QueueId),
    /// Only an import may say that something occurred earlier, and not later than now.
    #[error("only an import may date a request, and not ahead of now")]
    Dated,
    /// An import tells the past in order.
    #[error("`{record}` has changed at {last}; import what happened in the order in which it happened")]
    OutOfOrder {
        /// The record.
        record: RecordKey,
        /// When something last happened to it.
        last: Timestamp,
    },
    /// A wake or a drain was asked for a kind of record that has none.
    #[error("nothing on `{0}` waits for time")]
    NoTimer(RecordKey),
    /// A field of the command breaks a limit or says nothing.
    #[error("`{field}`: {why}")]
    Invalid {
        /// The field.
        field: Name,
        /// What is wrong with it and what to do.
        why: String,
    },
    /// Others have changed what the command touches since the asker saw the ticket (`seen`): both values are here.
    #[error("{0}; show both values, and ask again with `seen` {next}", next = .0.current)]
    Outdated(Box<Outdated>),
    /// Something was said to or by the customer since the asker saw the ticket (`seen`): nothing that was set is lost,
    /// but what is asked may fit no more. To go on anyway is to ask again with the present version.
    #[error("{0}; show what was said, and ask again with `seen` {next} to go on anyway", next = .0.current)]
    Overtaken(Box<Outdated>),
    /// The request id was used before for something else.
    #[error("the request id `{0}` was used for another request; every request needs its own")]
    RequestReused(RequestId),
    /// The store did not find what was asked of it, round after round.
    #[error("{0} was needed and not gathered; the store breaks its contract ({clauses})", clauses = .0.clauses())]
    NotGathered(Missing),
}

fn active_name(active: &Option<Digest>) -> String {
    active.map_or_else(|| "no policy yet".to_owned(), |digest| format!("policy {}", digest.short()))
}

/// What a kind of actor is for, where a host may have chosen the wrong one.
fn why(actor: &Name) -> &'static str {
    match actor.as_str() {
        "host" => "; the host keeps records, agents and bots answer",
        "customer" => "; customers open, write and confirm, each only for themselves",
        _ => "",
    }
}

impl Rejection {
    /// The stable code of the rejection.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownActor(_) => "unknown_actor",
            Self::NotFound(_) => "not_found",
            Self::Forbidden { .. } => "forbidden",
            Self::Ticket(refusal) => refusal.code(),
            Self::Job(refusal) => refusal.code(),
            Self::StalePolicy { .. } => "stale_policy",
            Self::Newer(_) => "newer",
            Self::UnknownQueue(_) => "unknown_queue",
            Self::Dated => "dated",
            Self::OutOfOrder { .. } => "out_of_order",
            Self::NoTimer(_) => "no_timer",
            Self::Invalid { .. } => "invalid",
            Self::Outdated(_) => "outdated",
            Self::Overtaken(_) => "overtaken",
            Self::RequestReused(_) => "request_reused",
            Self::NotGathered(_) => "not_gathered",
        }
    }
}
