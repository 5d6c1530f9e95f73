//! Approvals: who may be asked, and what follows from the last answer.

use std::collections::BTreeSet;

use super::draft::Draft;
use super::event::Antecedent;
use super::gate;
use super::rejection::Rejection;
use crate::actor::{Right, RightSet};
use crate::content::Sealer;
use crate::id::{AgentId, Name};
use crate::limits;
use crate::policy::{ApprovalRule, Need, Policy};
use crate::record::RecordKey;
use crate::team::Agent;
use crate::ticket::approval::{self, Answer, Terms};
use crate::ticket::verb::{Context, at_most};
use crate::ticket::{AskApproval, Command, Proposal, Refusal, Ticket, Unfit, merge};

impl Draft<'_> {
    /// Carries out a verb of approvals; time has been settled and the gate passed.
    pub(super) fn on_approval(
        &mut self,
        key: &RecordKey,
        command: &Command,
        rights: RightSet,
    ) -> Result<(), Rejection> {
        merge::check_unmerged(self.existing(key)?)?;
        let answer = self.sealing(key, |draft, sealer| draft.approval_events(key, command, rights, sealer));
        let Answer { answered, ended, done } = answer?;
        if let Command::AskApproval(ask) = command {
            // Whoever is asked could answer when he was.
            ask.approvers.iter().for_each(|agent| self.rely(&RecordKey::Agent(agent.clone())));
        }
        self.emit_verb(key, vec![answered]);
        let Some(ended) = ended else { return Ok(()) };
        let index = u32::try_from(self.count(key)).unwrap_or(u32::MAX);
        self.emit_verb(key, vec![ended]);
        for event in done {
            let (by, occurred) = (self.origin(), self.occurred);
            self.emit_ticket(key, event, by, Some(Antecedent::Here(index)), occurred);
        }
        Ok(())
    }

    fn approval_events(
        &self,
        key: &RecordKey,
        command: &Command,
        rights: RightSet,
        sealer: &mut Sealer,
    ) -> Result<Answer, Rejection> {
        let ticket = self.existing(key)?;
        let actor = &self.request.actor;
        // What is approved is done with the policy's authority, not with that of whoever approves last.
        let workflow = self.policy.workflow();
        let mut cx = Context { actor, rights: RightSet::ALL, workflow, now: self.occurred, sealer };
        let answer = |answered| Answer { answered, ended: None, done: Vec::new() };
        match command {
            Command::AskApproval(ask) => {
                let rule = self.rule_for(ticket, ask, rights)?;
                let need = self.approvers(ticket, ask, rule)?;
                let calendar = self.policy.calendars().calendar(rule.calendar.as_ref());
                let expires_at = calendar.and_then(|it| it.add(self.occurred, rule.expires_after.span()).due());
                // A calendar that never opens lets nothing expire.
                let expires_at = expires_at.unwrap_or(crate::time::Timestamp::MAX);
                let terms = Terms { rule: &rule.name, roles: &rule.roles, need, expires_at };
                Ok(answer(approval::ask(ticket, ask, &terms, &mut cx)?))
            }
            Command::Approve(approve) => {
                let (agent, roles) = self.approver(ticket)?;
                Ok(approval::approve(ticket, approve, agent, &roles, &cx)?)
            }
            Command::Decline(decline) => {
                let (agent, roles) = self.approver(ticket)?;
                Ok(approval::decline(ticket, decline, agent, &roles, &mut cx)?)
            }
            Command::WithdrawApproval(withdraw) => {
                let may_approve = rights.has(Right::Approve);
                Ok(answer(approval::withdraw(ticket, withdraw, may_approve, &cx)?))
            }
            _ => Err(Refusal::NothingAsked { verb: Name::fixed("approve") }.into()),
        }
    }

    /// The agent who answers, with the roles that reach the ticket: nobody else can.
    fn approver(&self, ticket: &Ticket) -> Result<(&AgentId, BTreeSet<Name>), Rejection> {
        let agent = self.acting_agent()?.ok_or_else(|| gate::forbidden(&self.request.actor, "approve"))?;
        Ok((&agent.id, roles_on(agent, ticket, self.policy)))
    }

    /// The first rule of the policy that covers what is asked, if the asker needs one.
    fn rule_for(&self, ticket: &Ticket, ask: &AskApproval, rights: RightSet) -> Result<&ApprovalRule, Rejection> {
        let agent = self.acting_agent()?;
        let given = match &ask.proposal {
            Proposal::Grant { grant, amount } => Some(ticket.granted(grant, amount.currency())),
            _ => None,
        };
        let alone = match &ask.proposal {
            Proposal::Consent => false,
            Proposal::Close => rights.has(Right::Close),
            Proposal::MarkSpam => rights.has(Right::Screen),
            Proposal::Grant { grant, amount } => {
                rights.has(Right::Grant)
                    && agent.is_some_and(|agent| {
                        let limits = gate::authority(agent, grant, ticket, self.policy);
                        crate::ticket::grant::covers(ticket, grant, *amount, &limits)
                    })
            }
        };
        if alone {
            return Err(Refusal::ApprovalNotNeeded.into());
        }
        let mut rules = self.policy.approvals().iter();
        rules.find(|rule| rule.covers(&ask.proposal, given)).ok_or_else(|| Refusal::NoApprovalRule.into())
    }

    /// How many of the named approvers have to approve; each of them could.
    fn approvers(&self, ticket: &Ticket, ask: &AskApproval, rule: &ApprovalRule) -> Result<u32, Rejection> {
        let named = ask.approvers.len();
        if named == 0 {
            return match rule.need {
                Need::Count(need) => Ok(need),
                Need::Percent(percent) => Err(Refusal::NameApprovers { percent }.into()),
            };
        }
        at_most("approvers", named, limits::APPROVERS_MAX)?;
        let need = rule.need.of(named);
        if named < need as usize {
            return Err(Refusal::TooFewApprovers { need, named }.into());
        }
        for approver in &ask.approvers {
            if self.request.actor.agent() == Some(approver) {
                return Err(Refusal::OwnApproval.into());
            }
            if let Some(why) = self.unfit(ticket, approver, &rule.roles)? {
                return Err(Refusal::UnfitApprover { agent: approver.clone(), why }.into());
            }
        }
        Ok(need)
    }

    /// Why an agent could not answer, if so.
    fn unfit(&self, ticket: &Ticket, agent: &AgentId, roles: &BTreeSet<Name>) -> Result<Option<Unfit>, Rejection> {
        let Some(loaded) = self.loaded(&RecordKey::Agent(agent.clone()))? else {
            return Ok(Some(Unfit::NeverRecorded));
        };
        let Some(record) = loaded.state.agent() else { return Ok(Some(Unfit::NeverRecorded)) };
        if record.roles.is_disjoint(roles) {
            return Ok(Some(Unfit::NoRole));
        }
        let fits = !roles_on(record, ticket, self.policy).is_disjoint(roles);
        Ok((!fits).then_some(Unfit::OutOfReach))
    }
}

/// The names of an agent's roles that reach a ticket and let him approve.
fn roles_on(agent: &Agent, ticket: &Ticket, policy: &Policy) -> BTreeSet<Name> {
    let approving = gate::reaching(agent, ticket, policy).filter(|role| role.rights.contains(&Right::Approve));
    approving.map(|role| role.name.clone()).collect()
}
