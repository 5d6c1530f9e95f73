//! Asking for approval, and answering.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::content::Text;
use crate::id::{AgentId, ApprovalId, TicketId};
use crate::ticket::Proposal;

/// Asks for approval of something beyond the asker's own authority. It waits on the ticket as data, under the first
/// [approval rule](crate::policy::ApprovalRule) of the policy that covers it. Once enough have approved it is done in
/// the same decision as the last answer; if the ticket [changes](Proposal) before, it is void and nothing is done.
///
/// ```
/// use destek::id::{ApprovalId, Name, TicketId};
/// use destek::ticket::{AskApproval, Proposal};
///
/// let refund = Proposal::Grant { grant: Name::new("refund")?, amount: "900 TRY".parse()? };
/// let ask = AskApproval::new(TicketId::from_u128(1), ApprovalId::from_u128(2), refund).reason("Kargo kırık geldi.");
/// assert!(ask.approvers.is_empty(), "whoever has the role may answer");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AskApproval {
    /// The ticket.
    pub ticket: TicketId,
    /// The id of the approval, new on this ticket.
    pub approval: ApprovalId,
    /// What is asked for.
    pub proposal: Proposal,
    /// Who may answer; whoever has a role that the rule names, when nobody is named.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub approvers: BTreeSet<AgentId>,
    /// Why, for those who answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
}

impl AskApproval {
    /// Asks whoever may answer.
    #[must_use]
    pub const fn new(ticket: TicketId, approval: ApprovalId, proposal: Proposal) -> Self {
        Self { ticket, approval, proposal, approvers: BTreeSet::new(), reason: None }
    }
    /// And names one who may answer.
    #[must_use]
    pub fn approver(mut self, agent: AgentId) -> Self {
        self.approvers.insert(agent);
        self
    }
    /// With a reason.
    #[must_use]
    pub fn reason(mut self, reason: impl Into<Text>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

command! {
    /// Approves what is asked; with the last approval that it needs, it is done. Nobody approves his own question.
    Approve {
        /// The approval.
        approval: ApprovalId,
    }
}
command! {
    /// Declines what is asked.
    Decline {
        /// The approval.
        approval: ApprovalId,
        /// Why, for the team.
        reason: Text,
    }
}
command! {
    /// Asks no longer: the asker, or whoever could answer.
    WithdrawApproval {
        /// The approval.
        approval: ApprovalId,
    }
}
