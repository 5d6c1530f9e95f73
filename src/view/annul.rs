//! What was taken back: facts that do not count any more, because a later one undid them.

use std::collections::BTreeMap;

use crate::desk::{EventKey, Recorded, lines};
use crate::id::{TaskId, TicketId};
use crate::record::Version;
use crate::ticket::Event;
use crate::ticket::split::Place;

/// The events of a ticket's whole log that later ones took back, each with the event that did.
///
/// They happened, and the log keeps them; whoever counts what became of tickets leaves them out: a ticket that was
/// resolved, refused and resolved again was resolved once. A breach is never taken back.
///
/// | annulled | by |
/// |---|---|
/// | resolved, confirmed, closed | refused, reopened |
/// | marked as spam | restored |
/// | merged, absorbed | unmerged, released |
/// | a task completed | its being reopened |
/// | time logged, or corrected | its next correction |
///
/// ```
/// use destek::actor::Actor;
/// use destek::channel::{Channel, ChannelKind};
/// use destek::id::{CustomerId, Name, TeamId, TicketId};
/// use destek::record::RecordKey;
/// use destek::ticket::{Confirm, Open, Refuse, Resolve};
/// use destek::{policy, team::RecordAgent, testing::Scene, view};
///
/// let mut shop = Scene::new(policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
/// let ayse = RecordAgent::new("ayşe".parse()?).role(Name::new("agent")?).team(TeamId::new("destek")?);
/// shop.run(Actor::Host, ayse)?;
/// let (ticket, customer) = (TicketId::from_u128(1), Actor::verified(CustomerId::new("c-17")?));
/// shop.run(customer.clone(), Open::new(ticket, CustomerId::new("c-17")?, Channel::of(ChannelKind::Chat)))?;
/// shop.run(Actor::Agent("ayşe".parse()?), Resolve::new(ticket))?;
/// shop.run(customer.clone(), Refuse::new(ticket))?;
/// shop.run(Actor::Agent("ayşe".parse()?), Resolve::new(ticket))?;
/// shop.run(customer, Confirm::new(ticket))?;
///
/// let log = shop.log(&RecordKey::Ticket(ticket));
/// let annulled = view::annulled(&log);
/// let counts = |kind| log.iter().filter(|it| it.event.kind() == kind && !annulled.contains_key(&it.key())).count();
/// assert_eq!((counts("resolved"), counts("confirmed")), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn annulled(log: &[Recorded]) -> BTreeMap<EventKey, EventKey> {
    let Some(record) = log.first().map(|recorded| &recorded.record) else { return BTreeMap::new() };
    let key = |(version, index): Place| EventKey::new(record.clone(), version, index);
    places(log).into_iter().map(|(undone, by)| (key(undone), key(by))).collect()
}

/// The same, as places in the log.
pub(super) fn places(log: &[Recorded]) -> BTreeMap<Place, Place> {
    let mut standing = Standing::default();
    let mut annulled = BTreeMap::new();
    for line in lines(log) {
        annulled.extend(standing.see(line.event, line.at).into_iter().map(|place| (place, line.at)));
    }
    annulled
}

/// The facts that can still be taken back.
#[derive(Default)]
struct Standing {
    ends: Vec<Place>,
    merged: Option<Place>,
    absorbed: BTreeMap<TicketId, Place>,
    done: BTreeMap<TaskId, Place>,
    worked: BTreeMap<Version, Place>,
}

impl Standing {
    /// The earlier facts that this one takes back.
    fn see(&mut self, event: &Event, at: Place) -> Vec<Place> {
        let undone = match event {
            Event::Refused { .. } | Event::Reopened { .. } | Event::Restored { .. } => {
                return std::mem::take(&mut self.ends);
            }
            Event::Unmerged { .. } => self.merged.take(),
            Event::Released { source, .. } => self.absorbed.remove(source),
            Event::TaskReopened { task } => self.done.remove(task),
            Event::TimeCorrected { entry, .. } => self.worked.insert(*entry, at),
            stands => {
                self.stand(stands, at);
                None
            }
        };
        undone.into_iter().collect()
    }

    fn stand(&mut self, event: &Event, at: Place) {
        match event {
            Event::Resolved { .. } | Event::Confirmed { .. } | Event::Closed { .. } | Event::MarkedSpam { .. } => {
                self.ends.push(at);
            }
            Event::Merged { .. } => self.merged = Some(at),
            Event::Absorbed { source, .. } => {
                self.absorbed.insert(*source, at);
            }
            Event::TaskCompleted { task } => {
                self.done.insert(*task, at);
            }
            Event::TimeLogged { .. } => {
                self.worked.insert(at.0, at);
            }
            _ => {}
        }
    }
}
