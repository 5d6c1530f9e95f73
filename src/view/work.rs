//! Who worked on tickets, and for how long: sums over logs, for the host's own reports. No gate stands before them.

use std::collections::BTreeMap;

use super::Dossier;
use crate::desk::Origin;
use crate::id::{AgentId, TicketId};
use crate::ticket::{Event, Ticket, Worked};
use crate::time::{Span, Timestamp};

/// The time that was worked on these tickets and on those that were merged into them, each counted once: also where
/// one comes by two ways, as a child and as merged.
///
/// Which tickets belong together, as a ticket and its children do, is for the caller to say, and so is who may see it:
/// this asks for no reader.
///
/// ```
/// # use destek::{actor::Actor, channel::{Channel, ChannelKind}, team::RecordAgent, testing::Scene};
/// # use destek::id::{CustomerId, Name, TeamId, TicketId};
/// use destek::policy::PolicyDoc;
/// use destek::ticket::{LogTime, Merge, Open};
/// use destek::time::{Budget, Span};
/// use destek::view;
///
/// # let doc: PolicyDoc = serde_json::from_str(r#"{
/// #     "version": 1, "default_queue": "genel", "queue": [{ "name": "genel", "teams": ["destek"] }]
/// # }"#)?;
/// # let mut shop = Scene::new(doc.compile()?, "2026-11-27T10:00:00Z".parse()?);
/// # let agent = RecordAgent::new("ayşe".parse()?).role(Name::new("agent")?).team(TeamId::new("destek")?);
/// # shop.run(Actor::Host, agent)?;
/// # let (customer, ayse) = (CustomerId::new("c-17")?, Actor::Agent("ayşe".parse()?));
/// let [first, second] = [1, 2].map(TicketId::from_u128);
/// for (ticket, minutes) in [(first, 20), (second, 5)] {
///     let open = Open::new(ticket, customer.clone(), Channel::of(ChannelKind::Chat));
///     shop.run(Actor::verified(customer.clone()), open)?;
///     shop.run(ayse.clone(), LogTime::new(ticket, Budget::seconds(minutes * 60)?))?;
/// }
/// shop.run(ayse, Merge::new(second, first))?;
/// let dossiers = [first, second].map(|ticket| shop.dossier(ticket).expect("it was opened"));
/// assert_eq!(view::worked(&dossiers).total(), Span::minutes(25), "the merged one counts once");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn worked(dossiers: &[Dossier]) -> Worked {
    let tickets: BTreeMap<TicketId, &Ticket> =
        dossiers.iter().flat_map(Dossier::tickets).map(|ticket| (ticket.id(), ticket)).collect();
    let mut sums = Worked::default();
    tickets.values().for_each(|ticket| sums.extend(ticket.worked()));
    sums
}

/// What one agent did on a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Contribution {
    /// Answers to the customer.
    pub replies: u32,
    /// Internal notes.
    pub notes: u32,
    /// Tasks done.
    pub tasks: u32,
    /// Time worked, as written down and corrected.
    pub worked: Span,
    /// How long the agent had the ticket while work was left.
    pub assigned: Span,
}

/// What each agent did on a ticket and on those that were merged into it, from their logs, up to `now`.
///
/// An agent who had the ticket and did nothing else is here with `assigned` alone. These are figures about people, given
/// without asking who reads them: not for customers, and among the team only for whoever the shop says.
#[must_use]
pub fn contributions(dossier: &Dossier, now: Timestamp) -> BTreeMap<AgentId, Contribution> {
    let mut by: BTreeMap<AgentId, Contribution> = BTreeMap::new();
    let mut holders: BTreeMap<TicketId, Holder> = BTreeMap::new();
    for (of, recorded, event) in dossier.story() {
        let actor = match &recorded.cause.by {
            Origin::Actor(actor) => actor.agent(),
            _ => None,
        };
        match event {
            Event::Replied { agent: Some(agent), .. } => by.entry(agent.clone()).or_default().replies += 1,
            Event::Noted { .. } => {
                actor.into_iter().for_each(|agent| by.entry(agent.clone()).or_default().notes += 1);
            }
            Event::TaskCompleted { .. } => {
                actor.into_iter().for_each(|agent| by.entry(agent.clone()).or_default().tasks += 1);
            }
            Event::TimeLogged { agent, worked, .. } => by.entry(agent.clone()).or_default().worked += worked.span(),
            Event::TimeCorrected { agent, from, to, .. } => {
                by.entry(agent.clone()).or_default().worked += to.span() - from.span();
            }
            _ => {}
        }
        // A ticket was split from another log, whose assignments are not its own.
        if recorded.record.ticket() == Some(of.id()) {
            let ended = holders.entry(of.id()).or_default().see(event, recorded.occurred);
            ended.into_iter().for_each(|(agent, span)| by.entry(agent).or_default().assigned += span);
        }
    }
    for holder in holders.values_mut() {
        holder.pause(now).into_iter().for_each(|(agent, span)| by.entry(agent).or_default().assigned += span);
    }
    by
}

/// Who has a ticket, and since when that counts.
#[derive(Default)]
struct Holder {
    agent: Option<AgentId>,
    since: Option<Timestamp>,
    /// Whether no work is left, so that it does not count.
    rests: bool,
    /// Whether none was left before it was merged.
    rested: bool,
}

impl Holder {
    /// Takes in an event, and gives the stretch that it ended.
    fn see(&mut self, event: &Event, at: Timestamp) -> Option<(AgentId, Span)> {
        match event {
            Event::Assigned { agent, .. } => {
                let ended = self.pause(at);
                self.agent = Some(agent.clone());
                self.since = (!self.rests).then_some(at);
                ended
            }
            Event::Unassigned { .. } => {
                let ended = self.pause(at);
                self.agent = None;
                ended
            }
            Event::Resolved { .. } | Event::Confirmed { .. } | Event::Closed { .. } => {
                self.rests = true;
                self.pause(at)
            }
            Event::Merged { .. } => {
                self.rested = self.rests;
                self.rests = true;
                self.pause(at)
            }
            // It is again what it was before it was merged.
            Event::Unmerged { .. } if self.rested => None,
            Event::MarkedSpam { .. } => {
                self.rests = true;
                let ended = self.pause(at);
                self.agent = None;
                ended
            }
            Event::Refused { .. } | Event::Reopened { .. } | Event::Restored { .. } | Event::Unmerged { .. } => {
                self.rests = false;
                self.since = self.agent.is_some().then_some(at);
                None
            }
            _ => None,
        }
    }

    fn pause(&mut self, at: Timestamp) -> Option<(AgentId, Span)> {
        let since = self.since.take()?;
        Some((self.agent.clone()?, at.since(since).max(Span::ZERO)))
    }
}
