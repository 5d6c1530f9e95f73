//! The second count of what was given and what was asked for: an account of each ticket, kept from its log and checked
//! against the policy's own words. Nothing is given without authority or the approvals that the policy wants; what is
//! approved is given once; what has changed meanwhile is void.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use destek::actor::Actor;
use destek::desk::{Origin, Recorded};
use destek::id::{AgentId, ApprovalId, Name};
use destek::money::Money;
use destek::ticket::{Approval, ApprovalEnd, Event, Proposal};
use destek::time::Timestamp;

use super::book::Book;
use super::doings::Asked;
use super::refold::place;

/// The roles of everybody, as the log of agents tells them.
pub(crate) type Roles = BTreeMap<AgentId, BTreeSet<Name>>;

/// What was given and asked on one ticket.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// By the queue in which each was asked.
    pub(crate) asked: BTreeMap<String, Asked>,
    open: BTreeMap<ApprovalId, Open>,
    /// In minor units, by grant and currency.
    given: BTreeMap<(Name, String), i64>,
    /// Ends that must follow in the log, and why.
    ends: VecDeque<(ApprovalId, &'static str)>,
    /// What must be given next.
    owes: Option<(Name, Money)>,
}

/// A question that waits.
#[derive(Debug)]
struct Open {
    asked: Approval,
    queue: String,
    approved: BTreeSet<AgentId>,
    declined: BTreeSet<AgentId>,
}

impl Open {
    /// How it must end now, if it must.
    fn end(&self) -> Option<&'static str> {
        let (named, need) = (self.asked.approvers.len(), self.asked.need as usize);
        if self.approved.len() >= need {
            return Some("passed");
        }
        let lost = if named == 0 { !self.declined.is_empty() } else { named - self.declined.len().min(named) < need };
        lost.then_some("declined")
    }
}

/// Whether an event changes what was asked about.
const fn is_another_matter(event: &Event) -> bool {
    match event {
        Event::MessageReceived { thanks, automatic, .. } => !*thanks && !*automatic,
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

impl Ledger {
    /// Takes in the next event of the ticket, which is in that queue.
    pub(crate) fn tell(
        &mut self,
        (recorded, event): (&Recorded, &Event),
        queue: &str,
        (book, roles): (&Book, &Roles),
        faults: &mut Vec<String>,
    ) {
        let here = || place(recorded);
        if !matches!(event, Event::ApprovalEnded { .. } | Event::Clock(_)) {
            self.unended(recorded, faults);
        }
        match event {
            Event::ApprovalAsked { approval, asked } => {
                if let Err(why) = self.fits(recorded, asked, (book, roles)) {
                    faults.push(format!("{}: {why}", here()));
                }
                self.asked.entry(queue.to_owned()).or_default().asked += 1;
                let (approved, declined) = (BTreeSet::new(), BTreeSet::new());
                self.open
                    .insert(*approval, Open { asked: (**asked).clone(), queue: queue.to_owned(), approved, declined });
            }
            Event::Approved { approval, agent } => self.answered(*approval, agent, true, roles, faults),
            Event::Declined { approval, agent, .. } => self.answered(*approval, agent, false, roles, faults),
            Event::ApprovalEnded { approval, how, .. } => self.ended(recorded, *approval, how, faults),
            Event::Granted { grant, amount, .. } => {
                match self.owes.take() {
                    Some(owed) if owed == (grant.clone(), *amount) => {}
                    Some(_) => faults.push(format!("{}: something else was given than was approved", here())),
                    None if self.may_give(recorded, grant, *amount, (book, roles)) => {}
                    None => faults.push(format!("{}: given above the authority of whoever gave it", here())),
                }
                *self.given.entry((grant.clone(), amount.currency().as_str().to_owned())).or_default() +=
                    amount.minor();
            }
            _ => {}
        }
        let absorbed = |open: &Open| match event {
            Event::Released { source, .. } => open.asked.absorbed.contains(source),
            _ => is_another_matter(event),
        };
        let void = self.open.iter().filter(|(_, open)| absorbed(open)).map(|(id, _)| (*id, "void"));
        self.ends.extend(void);
    }

    /// What has to have followed by now and did not.
    pub(crate) fn unended(&mut self, recorded: &Recorded, faults: &mut Vec<String>) {
        let passed =
            self.ends.is_empty() && !matches!(&recorded.event, destek::desk::Event::Ticket(Event::Granted { .. }));
        if passed && let Some((grant, amount)) = self.owes.take() {
            faults.push(format!("{}: {amount} of {grant} was approved and has not been given before", place(recorded)));
        }
        for (approval, how) in self.ends.drain(..) {
            faults.push(format!("{}: approval {approval} should have ended as {how} before", place(recorded)));
            self.open.remove(&approval);
        }
    }

    fn answered(&mut self, approval: ApprovalId, agent: &AgentId, yes: bool, roles: &Roles, faults: &mut Vec<String>) {
        let Some(open) = self.open.get_mut(&approval) else {
            faults.push(format!("approval {approval}: {agent} answers what nobody asks"));
            return;
        };
        let named = open.asked.approvers.is_empty() || open.asked.approvers.contains(agent);
        let able = roles.get(agent).is_some_and(|own| !own.is_disjoint(&open.asked.roles));
        let before = open.approved.contains(agent) || open.declined.contains(agent);
        if !named || !able || before || open.asked.asker.as_ref() == Some(agent) {
            faults.push(format!("approval {approval}: {agent} must not answer it"));
        }
        if yes {
            open.approved.insert(agent.clone())
        } else {
            open.declined.insert(agent.clone())
        };
        self.ends.extend(open.end().map(|how| (approval, how)));
    }

    fn ended(&mut self, recorded: &Recorded, approval: ApprovalId, how: &ApprovalEnd, faults: &mut Vec<String>) {
        let Some(open) = self.open.remove(&approval) else {
            faults.push(format!("{}: what nobody asks cannot end", place(recorded)));
            return;
        };
        let owed = self.ends.iter().position(|(id, _)| *id == approval);
        let owed = owed.and_then(|place| self.ends.remove(place)).map(|(_, how)| how);
        let fits = match how {
            ApprovalEnd::Expired => owed.is_none() && recorded.occurred == open.asked.expires_at,
            ApprovalEnd::Withdrawn => owed.is_none(),
            ApprovalEnd::Failed { .. } => owed == Some("passed"),
            other => owed == Some(other.kind()),
        };
        if !fits {
            faults.push(format!("{}: it has no reason to end as {}", place(recorded), how.kind()));
        }
        let given = match (how, &open.asked.proposal) {
            (ApprovalEnd::Passed, Proposal::Grant { grant, amount }) => {
                self.owes = Some((grant.clone(), *amount));
                Some(*amount)
            }
            _ => None,
        };
        self.asked.entry(open.queue).or_default().end(how.kind(), given);
    }

    fn given(&self, grant: &Name, amount: Money) -> Money {
        let key = (grant.clone(), amount.currency().as_str().to_owned());
        Money::new(self.given.get(&key).copied().unwrap_or_default() + amount.minor(), amount.currency())
    }

    /// Whether the roles of whoever gives reach for all that the ticket gets.
    fn may_give(&self, recorded: &Recorded, grant: &Name, amount: Money, (book, roles): (&Book, &Roles)) -> bool {
        let Origin::Actor(Actor::Agent(agent)) = &recorded.cause.by else { return false };
        let sum = self.given(grant, amount);
        let own = roles.get(agent).into_iter().flatten();
        own.flat_map(|role| book.grants("role", role.as_str(), grant)).any(|limit| sum.exceeds(limit) == Some(false))
    }

    /// Whether it was asked as the policy says: under the first rule that covers it, of its roles, as many as it wants,
    /// for as long as it waits, and by somebody who needs it.
    fn fits(&self, recorded: &Recorded, asked: &Approval, (book, roles): (&Book, &Roles)) -> Result<(), &'static str> {
        let Proposal::Grant { grant, amount } = &asked.proposal else {
            return Err("nothing but grants is asked for here");
        };
        if self.may_give(recorded, grant, *amount, (book, roles)) {
            return Err("whoever asks could have given it");
        }
        let sum = self.given(grant, *amount);
        let covers =
            |rule: &&String| book.grants("approval", rule, grant).any(|limit| sum.exceeds(limit) == Some(false));
        let rules = book.names("approval");
        if rules.iter().find(covers).map(String::as_str) != Some(asked.rule.as_str()) {
            return Err("another rule of the policy covers it first, or none does");
        }
        let Some(terms) = book.approval(asked.rule.as_str(), asked.approvers.len()) else {
            return Err("the policy has no such rule");
        };
        let expires: Option<Timestamp> = terms.calendar.add(recorded.occurred, terms.expires_after.span()).due();
        match () {
            () if asked.roles != terms.by => Err("other roles are asked than the policy says"),
            () if asked.need as usize != terms.need => Err("another number has to approve than the policy says"),
            () if Some(asked.expires_at) != expires => Err("it waits for another time than the policy says"),
            () => Ok(()),
        }
    }

    /// What is left at the end: questions that wait, and those that should not any more.
    pub(crate) fn close(&mut self, now: Timestamp, faults: &mut Vec<String>) {
        for (approval, open) in &self.open {
            self.asked.entry(open.queue.clone()).or_default().pending += 1;
            if open.asked.expires_at <= now {
                faults.push(format!("approval {approval}: it waits beyond its time"));
            }
        }
    }

    /// The questions that wait.
    pub(crate) fn open(&self) -> impl Iterator<Item = &ApprovalId> {
        self.open.keys()
    }
}
