//! Where a ticket's promises stand: what its clocks read, those of a merged ticket included.

use std::collections::BTreeMap;

use super::Ticket;
use crate::sla::{Calendars, Clock, Explanation, Metric, Status};
use crate::time::Timestamp;

impl Ticket {
    /// Where one promise stands at `now`.
    ///
    /// The clocks of a merged ticket are left alone, so that the undo finds them; its promises go on with the ticket into
    /// which it was merged, and those without a verdict read [`Status::Ended`] here, as of the merge. Where nothing was
    /// promised it is [`Status::NotApplicable`].
    ///
    /// ```
    /// use destek::{actor::Actor, channel::{Channel, ChannelKind}, id::{CustomerId, TicketId}};
    /// # use destek::{id::{Name, TeamId}, team::RecordAgent};
    /// use destek::{policy, sla::{Metric, Status}, testing::Scene, ticket::{Merge, Open}, time::Span};
    ///
    /// // Friday noon in Istanbul; the sample policy promises an answer within two office hours.
    /// let mut shop = Scene::new(policy::sample().compile()?, "2026-11-27T09:00:00Z".parse()?);
    /// # let lead = RecordAgent::new("ayşe".parse()?).role(Name::new("lead")?).team(TeamId::new("destek")?);
    /// # shop.run(Actor::Host, lead)?;
    /// let (customer, [old, new]) = (CustomerId::new("c-17")?, [1, 2].map(TicketId::from_u128));
    /// for id in [old, new] {
    ///     let open = Open::new(id, customer.clone(), Channel::of(ChannelKind::Email));
    ///     shop.run(Actor::verified(customer.clone()), open)?;
    /// }
    /// shop.run(Actor::Agent("ayşe".parse()?), Merge::new(old, new))?;
    /// shop.advance(Span::hours(5)); // nobody answers, and lunch is no office time
    ///
    /// let reads = |id| {
    ///     let calendars = shop.desk().policy().calendars();
    ///     shop.ticket(id).map(|ticket| ticket.promise(Metric::FirstResponse, calendars, shop.now()))
    /// };
    /// assert_eq!(reads(old), Some(Status::Ended { late_by: None }));
    /// assert!(reads(new).is_some_and(|status| status.is_late()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn promise(&self, metric: Metric, calendars: &Calendars, now: Timestamp) -> Status {
        self.clocks().clock(metric).map_or(Status::NotApplicable, |clock| self.reading(clock, calendars, now))
    }

    /// Where each promise stands at `now`, as [`Self::promise`] tells it.
    #[must_use]
    pub fn promises(&self, calendars: &Calendars, now: Timestamp) -> BTreeMap<Metric, Status> {
        self.clocks().iter().map(|clock| (clock.metric(), self.reading(clock, calendars, now))).collect()
    }

    /// How a promise comes to stand where it does at `now`; of a merged ticket, at the merge. None where nothing of it
    /// is known.
    #[must_use]
    pub fn explain(&self, metric: Metric, calendars: &Calendars, now: Timestamp) -> Option<Explanation> {
        let mut explained = self.clocks().clock(metric)?.explain(calendars, self.ended_at().unwrap_or(now));
        if self.ended_at().is_some() {
            explained.status = explained.status.ended();
        }
        Some(explained)
    }

    /// The earliest due of its running clocks; none of one that goes on elsewhere.
    #[must_use]
    pub fn due(&self, calendars: &Calendars) -> Option<Timestamp> {
        if self.ended_at().is_some() { None } else { self.clocks().due(calendars) }
    }

    fn reading(&self, clock: &Clock, calendars: &Calendars, now: Timestamp) -> Status {
        match self.ended_at() {
            Some(at) => clock.status(calendars, at).ended(),
            None => clock.status(calendars, now),
        }
    }

    /// When its promises ended without it: the merge, whatever its clocks would read by now.
    fn ended_at(&self) -> Option<Timestamp> {
        self.merged().and(self.closed_at())
    }
}
