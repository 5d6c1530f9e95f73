//! Approvals: what needs more than the asker's own word waits as data, and is done as it was asked, or not at all.
//!
//! | event on the ticket | what becomes of a pending approval |
//! |---|---|
//! | a customer's message that is more than thanks, and no machine's | void |
//! | a third party's answer, and no machine's | void |
//! | resolved, confirmed, refused, reopened, closed, spam, restored | void |
//! | granted, classified, a field or the order changed | void |
//! | split | void |
//! | merged into another ticket, or another ticket merged into it | it rests, and goes on when the merge is undone |
//! | a merge undone that stood when it was asked; messages that came by way of it while it was merged | void |
//! | answers, notes, assignments, waits, tags, priorities, participants, clocks | it stays |
//!
//! Whoever approved had the ticket before him as it was asked about; on another one his word does not count.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::verb::{Context, LIVE, at_most, fits};
use super::{Approve, AskApproval, Close, Decline, Event, Internal, Refusal, Ticket, WithdrawApproval, resolve};
use crate::id::{AgentId, ApprovalId, Name, TicketId};
use crate::language::Language;
use crate::limits;
use crate::money::Money;
use crate::time::Timestamp;

/// What is asked approval for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Proposal {
    /// Nothing that the library does: the word itself is wanted.
    Consent,
    /// To give the customer something of value.
    Grant {
        /// What, in the policy's word.
        grant: Name,
        /// How much.
        amount: Money,
    },
    /// To end the ticket without asking the customer.
    Close,
    /// To say that it is no request of a customer.
    MarkSpam,
}

/// Kinds of proposals that a policy can cover by name; grants it covers by their amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProposalKind {
    /// [`Proposal::Consent`].
    Consent,
    /// [`Proposal::Close`].
    Close,
    /// [`Proposal::MarkSpam`].
    MarkSpam,
}

/// A question that waits for its approvers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Approval {
    /// The policy's rule that it was asked under.
    pub rule: Name,
    /// What is done once enough have approved.
    pub proposal: Proposal,
    /// Who asked; none when a bot did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asker: Option<AgentId>,
    /// The roles of which an approver must have one.
    pub roles: BTreeSet<Name>,
    /// Who may answer; whoever has one of the roles, when nobody is named.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub approvers: BTreeSet<AgentId>,
    /// How many have to approve.
    pub need: u32,
    /// When it ends by itself, unanswered.
    pub expires_at: Timestamp,
    /// Why it is asked, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Internal>,
    /// Who has approved so far.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub approved: BTreeSet<AgentId>,
    /// Who has declined so far.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub declined: BTreeSet<AgentId>,
    /// Tickets that had been merged into its own when it was asked. While there are others, it rests.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub absorbed: BTreeSet<TicketId>,
}

impl Approval {
    /// Whether enough have approved.
    #[must_use]
    pub fn is_passed(&self) -> bool {
        count(self.approved.len()) >= self.need
    }

    /// Whether too many have declined for enough to approve. Where nobody is named one is enough.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        let left = self.approvers.len().saturating_sub(self.declined.len());
        if self.approvers.is_empty() { !self.declined.is_empty() } else { count(left) < self.need }
    }
}

/// How an approval ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ApprovalEnd {
    /// Enough approved, and what was asked for has been done.
    Passed,
    /// Too many declined.
    Declined,
    /// Nobody answered in time.
    Expired,
    /// It is no longer asked.
    Withdrawn,
    /// The ticket changed meanwhile.
    Void {
        /// The kind of the event that changed it.
        by: Name,
    },
    /// Enough approved, but it cannot be done.
    Failed {
        /// The code of the refusal.
        code: Name,
    },
}

impl ApprovalEnd {
    /// The stored name of the end.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
            Self::Void { .. } => "void",
            Self::Failed { .. } => "failed",
        }
    }
}

impl ApprovalEnd {
    /// What the team reads of it.
    #[must_use]
    pub const fn text(&self, language: Language) -> &'static str {
        let (turkish, english) = match self {
            Self::Passed => ("Onay tamamlandı.", "The approval is complete."),
            Self::Declined => ("Onay isteği reddedildi.", "The request for approval was declined."),
            Self::Expired => ("Onay isteği yanıtsız kaldı.", "Nobody answered the request for approval in time."),
            Self::Withdrawn => ("Onay isteği geri çekildi.", "The request for approval was withdrawn."),
            Self::Void { .. } => (
                "Talep bu arada değiştiği için onay isteği geçersiz oldu.",
                "The request for approval is void, as the ticket has changed meanwhile.",
            ),
            Self::Failed { .. } => {
                ("Onaylandı, ancak istenen yapılamadı.", "It was approved, but what was asked for could not be done.")
            }
        };
        language.pick(turkish, english)
    }
}

/// What the policy says of a proposal, and who may answer, found by the desk.
pub(crate) struct Terms<'a> {
    pub(crate) rule: &'a Name,
    pub(crate) roles: &'a BTreeSet<Name>,
    pub(crate) need: u32,
    pub(crate) expires_at: Timestamp,
}

fn count(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

/// Asks for approval. Whether it is needed, and whether the approvers fit, the desk has seen to.
pub(crate) fn ask(
    ticket: &Ticket,
    command: &AskApproval,
    terms: &Terms<'_>,
    cx: &mut Context<'_>,
) -> Result<Event, Refusal> {
    fits(ticket, "ask_approval", LIVE)?;
    if ticket.approvals.contains_key(&command.approval) {
        return Err(Refusal::ApprovalExists(command.approval));
    }
    at_most("approvals", ticket.approvals.len() + 1, limits::APPROVALS_MAX)?;
    if let Proposal::Grant { amount, .. } = &command.proposal
        && amount.minor() <= 0
    {
        return Err(Refusal::BadAmount { amount: *amount });
    }
    // What cannot be done now is not worth an approver's time.
    propose(ticket, &command.proposal, None, cx)?;
    let reason = cx.reason(command.reason.as_ref())?.map(Internal::new);
    Ok(Event::ApprovalAsked {
        approval: command.approval,
        asked: Box::new(Approval {
            rule: terms.rule.clone(),
            proposal: command.proposal.clone(),
            asker: cx.actor.agent().cloned(),
            roles: terms.roles.clone(),
            approvers: command.approvers.clone(),
            need: terms.need,
            expires_at: terms.expires_at,
            reason,
            approved: BTreeSet::new(),
            declined: BTreeSet::new(),
            absorbed: ticket.absorbed.keys().copied().collect(),
        }),
    })
}

/// What a proposal does when it is carried out.
pub(crate) fn propose(
    ticket: &Ticket,
    proposal: &Proposal,
    reason: Option<Internal>,
    cx: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    match proposal {
        Proposal::Consent => Ok(Vec::new()),
        Proposal::Grant { grant, amount } => {
            fits(ticket, "grant", LIVE)?;
            Ok(vec![Event::Granted { grant: grant.clone(), amount: *amount, reason }])
        }
        Proposal::Close => resolve::close(ticket, &Close::new(ticket.id), cx),
        Proposal::MarkSpam => resolve::mark_spam(ticket, cx),
    }
}

/// The approval that an agent may answer. `roles` are the agent's.
fn answerable<'t>(
    ticket: &'t Ticket,
    id: ApprovalId,
    agent: &AgentId,
    roles: &BTreeSet<Name>,
) -> Result<&'t Approval, Refusal> {
    let approval = ticket.approvals.get(&id).ok_or(Refusal::NoApproval(id))?;
    if approval.asker.as_ref() == Some(agent) {
        return Err(Refusal::OwnApproval);
    }
    let named = approval.approvers.is_empty() || approval.approvers.contains(agent);
    if !named || approval.roles.is_disjoint(roles) {
        return Err(Refusal::NotApprover);
    }
    if let Some(absorbed) = ticket.absorbed.keys().find(|absorbed| !approval.absorbed.contains(absorbed)) {
        return Err(Refusal::ApprovalRests { absorbed: *absorbed });
    }
    if approval.approved.contains(agent) || approval.declined.contains(agent) {
        return Err(Refusal::AlreadyAnswered);
    }
    Ok(approval)
}

/// An approval, and what follows once enough have approved.
pub(crate) fn approve(
    ticket: &Ticket,
    command: &Approve,
    agent: &AgentId,
    roles: &BTreeSet<Name>,
    cx: &Context<'_>,
) -> Result<Answer, Refusal> {
    let id = command.approval;
    let approval = answerable(ticket, id, agent, roles)?;
    let answered = Event::Approved { approval: id, agent: agent.clone() };
    if count(approval.approved.len() + 1) < approval.need {
        return Ok(Answer { answered, ended: None, done: Vec::new() });
    }
    let (how, done) = match propose(ticket, &approval.proposal, approval.reason, cx) {
        Ok(done) => (ApprovalEnd::Passed, done),
        Err(refusal) => (ApprovalEnd::Failed { code: Name::fixed(refusal.code()) }, Vec::new()),
    };
    Ok(Answer { answered, ended: Some(ended(id, approval, how)), done })
}

/// What an answer brings about: the answer, the end of the approval, and what was asked for.
pub(crate) struct Answer {
    pub(crate) answered: Event,
    pub(crate) ended: Option<Event>,
    pub(crate) done: Vec<Event>,
}

pub(crate) fn decline(
    ticket: &Ticket,
    command: &Decline,
    agent: &AgentId,
    roles: &BTreeSet<Name>,
    cx: &mut Context<'_>,
) -> Result<Answer, Refusal> {
    let id = command.approval;
    let mut after = answerable(ticket, id, agent, roles)?.clone();
    let reason = Internal::new(cx.text("reason", &command.reason, limits::REASON_BYTES_MAX)?);
    after.declined.insert(agent.clone());
    let lost = after.is_lost().then(|| ended(id, &after, ApprovalEnd::Declined));
    let answered = Event::Declined { approval: id, agent: agent.clone(), reason };
    Ok(Answer { answered, ended: lost, done: Vec::new() })
}

/// Takes a question back: its asker, or whoever could answer it.
pub(crate) fn withdraw(
    ticket: &Ticket,
    command: &WithdrawApproval,
    may_approve: bool,
    cx: &Context<'_>,
) -> Result<Event, Refusal> {
    let id = command.approval;
    let approval = ticket.approvals.get(&id).ok_or(Refusal::NoApproval(id))?;
    let own = approval.asker.is_some() && approval.asker.as_ref() == cx.actor.agent();
    if !own && !may_approve {
        return Err(Refusal::NotAsker);
    }
    Ok(ended(id, approval, ApprovalEnd::Withdrawn))
}

fn ended(id: ApprovalId, approval: &Approval, how: ApprovalEnd) -> Event {
    Event::ApprovalEnded { approval: id, asker: approval.asker.clone(), how }
}

/// The first instant at which an approval ends unanswered.
pub(crate) fn next_expiry(ticket: &Ticket) -> Option<Timestamp> {
    ticket.approvals.values().map(|approval| approval.expires_at).min()
}

/// The end of an approval that nobody answered in time.
pub(crate) fn expire(ticket: &Ticket, now: Timestamp) -> Option<Event> {
    let (id, approval) = ticket.approvals.iter().find(|(_, approval)| approval.expires_at <= now)?;
    Some(ended(*id, approval, ApprovalEnd::Expired))
}

/// The ends of the approvals that an event makes void, as it changes what they were asked about.
pub(crate) fn voided(ticket: &Ticket, event: &Event) -> Vec<Event> {
    let changed = ticket.approvals.iter().filter(|(_, approval)| changes_the_matter(event, approval));
    let how = || ApprovalEnd::Void { by: Name::fixed(event.kind()) };
    changed.map(|(id, approval)| ended(*id, approval, how())).collect()
}

fn changes_the_matter(event: &Event, approval: &Approval) -> bool {
    match event {
        Event::MessageReceived { thanks, automatic, .. } => !*thanks && !*automatic,
        Event::SideReceived { automatic, .. } => !*automatic,
        Event::Released { source, .. } => approval.absorbed.contains(source),
        Event::Unmerged { stayed, .. } => !stayed.is_empty(),
        Event::Resolved { .. }
        | Event::Confirmed { .. }
        | Event::Refused { .. }
        | Event::Reopened { .. }
        | Event::Closed { .. }
        | Event::MarkedSpam { .. }
        | Event::Restored { .. }
        | Event::Granted { .. }
        | Event::Classified { .. }
        | Event::FieldSet { .. }
        | Event::OrderLinked { .. }
        | Event::SplitOff { .. } => true,
        _ => false,
    }
}

pub(super) fn apply_approval(approvals: &mut BTreeMap<ApprovalId, Approval>, event: &Event) {
    match event {
        Event::ApprovalAsked { approval, asked } => {
            approvals.insert(*approval, (**asked).clone());
        }
        Event::Approved { approval, agent } => {
            if let Some(approval) = approvals.get_mut(approval) {
                approval.approved.insert(agent.clone());
            }
        }
        Event::Declined { approval, agent, .. } => {
            if let Some(approval) = approvals.get_mut(approval) {
                approval.declined.insert(agent.clone());
            }
        }
        Event::ApprovalEnded { approval, .. } => {
            approvals.remove(approval);
        }
        _ => {}
    }
}

impl Ticket {
    /// The approvals that wait for an answer.
    #[must_use]
    pub fn approvals(&self) -> &BTreeMap<ApprovalId, Approval> {
        &self.approvals
    }
    /// Whether one more word for an approval closes it.
    pub(crate) fn closes_by(&self, approval: ApprovalId) -> bool {
        let last = |approval: &Approval| count(approval.approved.len() + 1) >= approval.need;
        self.approvals.get(&approval).is_some_and(|approval| approval.proposal == Proposal::Close && last(approval))
    }
}
