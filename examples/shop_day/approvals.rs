//! What is beyond somebody's authority: an agent asks, the policy says whom, and those answer, decline, or forget.

use destek::actor::Actor;
use destek::id::{AgentId, ApprovalId, Name, TicketId};
use destek::money::Money;
use destek::policy::Need;
use destek::team::Presence;
use destek::ticket::{Approval, Approve, AskApproval, Decline, Proposal, Ticket};

use super::Failure;
use super::seed::Rng;
use super::simulate::{Play, Step};

/// Of a hundred questions, how many an approver forgets.
const FORGOTTEN: u64 = 24;
/// Of a hundred answers, how many are no.
const DECLINED: u64 = 24;
/// How many approvers are named where several have to agree.
const NAMED_MAX: usize = 3;

/// What the host remembers of a question.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    /// The ticket's queue when it was asked.
    pub(crate) queue: String,
    pub(crate) amount: Money,
}

impl Play {
    /// Asks for approval of a grant. Whether an answer is to come.
    pub(crate) fn ask_approval(
        &mut self,
        actor: &Actor,
        ticket: &Ticket,
        (grant, amount): (Name, Money),
    ) -> Result<bool, Failure> {
        let id = ApprovalId::from_u128(self.fresh(ticket.id()));
        let queue = ticket.queue().map_or("-", |queue| queue.as_str()).to_owned();
        let mut ask = AskApproval::new(ticket.id(), id, Proposal::Grant { grant, amount });
        ask = ask.reason("Müşteri haklı, tutar yetkimi aşıyor.");
        for approver in self.to_be_named(ticket, &ask.proposal) {
            ask = ask.approver(approver);
        }
        let asked = self.shop.ask(actor.clone(), ask)?.is_done();
        if asked {
            self.notebook.questions.insert(id, Question { queue, amount });
        }
        Ok(asked)
    }

    /// Whom to name, where the policy wants several to agree.
    fn to_be_named(&self, ticket: &Ticket, proposal: &Proposal) -> Vec<AgentId> {
        let Proposal::Grant { grant, amount } = proposal else { return Vec::new() };
        let given = Some(ticket.granted(grant, amount.currency()));
        let rule = self.shop.policy().approvals().iter().find(|rule| rule.covers(proposal, given));
        let Some(rule) = rule.filter(|rule| rule.need != Need::Count(1)) else { return Vec::new() };
        let workers = self.desks.iter().map(|desk| &desk.worker);
        let able = workers.filter(|worker| !worker.record.roles.is_disjoint(&rule.roles));
        able.map(|worker| worker.id.clone()).take(NAMED_MAX).collect()
    }

    /// Those who are asked will turn to it: who was named, else who leads.
    pub(crate) fn ask_around(&mut self, id: TicketId, approval: ApprovalId, asked: &Approval) -> Result<(), Failure> {
        let state = self.shop.look(id)?;
        let lead = state.as_deref().and_then(|state| state.ticket()).and_then(|ticket| self.lead_of(ticket));
        let named = asked.approvers.iter().filter_map(|agent| self.by_id.get(agent)).copied();
        let places: Vec<usize> = named.chain(lead.filter(|_| asked.approvers.is_empty())).collect();
        for place in places {
            let mut rng = Rng::of("approver", &format!("{approval} {place}"));
            if rng.percent(FORGOTTEN) {
                continue;
            }
            let after = rng.minutes(4, 110);
            self.plan(self.shop.now + after, Step::Answer(place, id, approval));
        }
        Ok(())
    }

    /// An approver answers; whoever is not there does so when he is back.
    pub(crate) fn answer(&mut self, place: usize, id: TicketId, approval: ApprovalId) -> Result<(), Failure> {
        let Some(desk) = self.desks.get_mut(place) else { return Ok(()) };
        if desk.presence != Presence::Available {
            desk.unanswered.push((id, approval));
            return Ok(());
        }
        let actor = Actor::Agent(desk.worker.id.clone());
        let waits = |play: &Self| -> Result<Option<(Name, Money)>, Failure> {
            let state = play.shop.look(id)?;
            let ticket = state.as_deref().and_then(|state| state.ticket());
            Ok(match ticket.and_then(|ticket| ticket.approvals().get(&approval)) {
                Some(Approval { proposal: Proposal::Grant { grant, amount }, .. }) => Some((grant.clone(), *amount)),
                _ => None,
            })
        };
        let Some((grant, amount)) = waits(self)? else { return Ok(()) };
        let mut rng = Rng::of("answer", &format!("{approval} {place}"));
        if rng.percent(DECLINED) {
            self.shop.ask(actor, Decline::new(id, approval, "Önce ürün geri gelsin."))?;
        } else if self.shop.ask(actor, Approve::new(id, approval))?.is_done() && waits(self)?.is_none() {
            // It was the last word that was needed.
            self.granted(&grant, amount);
        }
        Ok(())
    }
}
