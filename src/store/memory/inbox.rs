//! The sorted lists that searches read. None is made before it is first asked for, so that a store that is never
//! searched pays nothing; from then on each write moves only what it has changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;
use std::ops::Bound;

use crate::id::{AgentId, CustomerId, OrderId, TicketId};
use crate::inbox::{Columns, Filter, Mark, Sort, SortBy};
use crate::ticket::{Category, Ticket};
use crate::time::Timestamp;

/// All tickets by one column.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    valued: BTreeSet<(i64, TicketId)>,
    without: BTreeSet<TicketId>,
}

impl Sorted {
    pub(super) fn of(keys: impl Iterator<Item = (Option<i64>, TicketId)>) -> Self {
        let (mut valued, mut without) = (Vec::new(), Vec::new());
        for (key, ticket) in keys {
            match key {
                Some(key) => valued.push((key, ticket)),
                None => without.push(ticket),
            }
        }
        // Filled at once from what is in order, a tree costs a fraction of one that grows.
        Self { valued: valued.into_iter().collect(), without: without.into_iter().collect() }
    }

    fn add(&mut self, key: Option<i64>, ticket: TicketId) {
        match key {
            Some(key) => self.valued.insert((key, ticket)),
            None => self.without.insert(ticket),
        };
    }

    fn remove(&mut self, key: Option<i64>, ticket: TicketId) {
        match key {
            Some(key) => self.valued.remove(&(key, ticket)),
            None => self.without.remove(&ticket),
        };
    }

    /// The places in their order, behind one if it is given, and only those with a value within the bounds if there
    /// is one.
    pub(super) fn walk(
        &self,
        descending: bool,
        after: Option<Mark>,
        (from, before): (Option<i64>, Option<i64>),
    ) -> Box<dyn Iterator<Item = Mark> + '_> {
        let valued = match after {
            Some(Mark { key: None, .. }) => None,
            after => {
                let place = after.and_then(|mark| Some((mark.key?, mark.ticket)));
                let low = from.map_or(Bound::Unbounded, |from| Bound::Included((from, TicketId::from_u128(0))));
                let high = before.map_or(Bound::Unbounded, |before| Bound::Excluded((before, TicketId::from_u128(0))));
                let bounds = match (place, descending) {
                    (None, _) => (low, high),
                    (Some(place), false) => (later(low, place), high),
                    (Some(place), true) => (low, earlier(high, place)),
                };
                is_range(&bounds).then(|| self.valued.range(bounds))
            }
        };
        let bounded = from.is_some() || before.is_some();
        let without = (!bounded).then(|| match after {
            Some(Mark { key: None, ticket, .. }) if descending => self.without.range(..ticket),
            Some(Mark { key: None, ticket, .. }) => self.without.range((Bound::Excluded(ticket), Bound::Unbounded)),
            _ => self.without.range(..),
        });
        let (valued, without) = (valued.into_iter().flatten(), without.into_iter().flatten());
        let mark = |(key, ticket): &(i64, TicketId)| Mark::new(Some(*key), *ticket);
        let bare = |ticket: &TicketId| Mark::new(None, *ticket);
        if descending {
            Box::new(valued.rev().map(mark).chain(without.rev().map(bare)))
        } else {
            Box::new(valued.map(mark).chain(without.map(bare)))
        }
    }
}

type Key = (i64, TicketId);

/// The lower bound, or behind the place if that is later.
fn later(low: Bound<Key>, place: Key) -> Bound<Key> {
    match low {
        Bound::Included(low) | Bound::Excluded(low) if low > place => Bound::Included(low),
        _ => Bound::Excluded(place),
    }
}

/// The upper bound, or before the place if that is earlier.
fn earlier(high: Bound<Key>, place: Key) -> Bound<Key> {
    match high {
        Bound::Included(high) | Bound::Excluded(high) if high < place => Bound::Excluded(high),
        _ => Bound::Excluded(place),
    }
}

/// Whether a tree can be asked for this range: it panics where the end comes before the start.
fn is_range((low, high): &(Bound<Key>, Bound<Key>)) -> bool {
    match (low, high) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => true,
        (Bound::Excluded(low), Bound::Excluded(high)) => low < high,
        (Bound::Included(low) | Bound::Excluded(low), Bound::Included(high) | Bound::Excluded(high)) => low <= high,
    }
}

/// The sorted lists that were asked for so far, and the tickets of those whose tickets are asked for often.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    pub(super) sorted: BTreeMap<SortBy, Sorted>,
    active: BTreeSet<TicketId>,
    customers: HashMap<CustomerId, BTreeSet<TicketId>>,
    agents: HashMap<AgentId, BTreeSet<TicketId>>,
    orders: HashMap<OrderId, BTreeSet<TicketId>>,
}

impl Inbox {
    /// The lists of tickets by who has to do with them.
    pub(super) fn of<'a>(tickets: impl Iterator<Item = &'a Ticket>) -> Self {
        let mut inbox = Self::default();
        for ticket in tickets {
            inbox.add(ticket);
        }
        inbox
    }

    fn add(&mut self, ticket: &Ticket) {
        let id = ticket.id();
        if ticket.category().is_active() {
            self.active.insert(id);
        }
        for customer in involved(ticket) {
            self.customers.entry(customer.clone()).or_default().insert(id);
        }
        if let Some(agent) = ticket.assignee() {
            self.agents.entry(agent.clone()).or_default().insert(id);
        }
        if let Some(order) = ticket.order() {
            self.orders.entry(order.clone()).or_default().insert(id);
        }
    }

    /// Takes in another state of a ticket; its due is the same as before.
    pub(super) fn change(&mut self, id: TicketId, before: Option<&Ticket>, ticket: &Ticket, due: Option<Timestamp>) {
        let is = Columns::of(ticket, due);
        let was = before.map(|before| Columns::of(before, due));
        for (by, sorted) in &mut self.sorted {
            let (old, new) = (was.as_ref().map(|was| by.key(was)), by.key(&is));
            if old != Some(new) {
                if let Some(old) = old {
                    sorted.remove(old, id);
                }
                sorted.add(new, id);
            }
        }
        let Some(before) = before else { return self.add(ticket) };
        if before.category().is_active() != ticket.category().is_active() {
            if ticket.category().is_active() {
                self.active.insert(id)
            } else {
                self.active.remove(&id)
            };
        }
        if before.assignee() != ticket.assignee() {
            shift(&mut self.agents, id, before.assignee(), ticket.assignee());
        }
        if before.order() != ticket.order() {
            shift(&mut self.orders, id, before.order(), ticket.order());
        }
        if before.customer() != ticket.customer() || before.participants() != ticket.participants() {
            shift(&mut self.customers, id, involved(before), involved(ticket));
        }
    }

    /// Takes in another due of a ticket.
    pub(super) fn due(&mut self, id: TicketId, before: Option<Timestamp>, due: Option<Timestamp>) {
        if before != due
            && let Some(sorted) = self.sorted.get_mut(&SortBy::Due)
        {
            sorted.remove(before.map(Timestamp::as_millis), id);
            sorted.add(due.map(Timestamp::as_millis), id);
        }
    }

    /// The sets of tickets outside of which the filter finds nothing, the smallest of those that are known; none where
    /// it may find anything.
    pub(super) fn candidates(&self, filter: &Filter) -> Option<Vec<&BTreeSet<TicketId>>> {
        let demands = filter.demands();
        let sets = demands.into_iter().filter_map(|demand| match demand {
            Filter::Customer(customers) | Filter::TakesPart(customers) => Some(listed(&self.customers, customers)),
            Filter::Assignee(agents) => Some(listed(&self.agents, agents)),
            Filter::Order(orders) => Some(listed(&self.orders, orders)),
            Filter::Category(categories) if categories.iter().copied().all(Category::is_active) => {
                Some(vec![&self.active])
            }
            Filter::Any(none) if none.is_empty() => Some(Vec::new()),
            _ => None,
        });
        sets.min_by_key(|sets| sets.iter().map(|set| set.len()).sum::<usize>())
    }
}

/// The customer and the participants.
fn involved(ticket: &Ticket) -> impl Iterator<Item = &CustomerId> {
    std::iter::once(ticket.customer()).chain(ticket.participants())
}

fn listed<'a, K: Hash + Eq + Ord>(
    map: &'a HashMap<K, BTreeSet<TicketId>>,
    keys: &BTreeSet<K>,
) -> Vec<&'a BTreeSet<TicketId>> {
    keys.iter().filter_map(|key| map.get(key)).collect()
}

/// Moves a ticket from the lists of some to those of others.
fn shift<'a, K: Hash + Eq + Clone + 'a>(
    map: &mut HashMap<K, BTreeSet<TicketId>>,
    id: TicketId,
    from: impl IntoIterator<Item = &'a K>,
    to: impl IntoIterator<Item = &'a K>,
) {
    for key in from {
        if let Some(tickets) = map.get_mut(key) {
            tickets.remove(&id);
            if tickets.is_empty() {
                map.remove(key);
            }
        }
    }
    for key in to {
        map.entry(key.clone()).or_default().insert(id);
    }
}

/// The bounds that a filter sets on the very column that the list is ordered by.
pub(super) fn bounds(filter: &Filter, sort: Sort) -> (Option<i64>, Option<i64>) {
    let periods = filter.demands().into_iter().filter_map(|demand| match (demand, sort.by) {
        (Filter::Opened(period), SortBy::Opened)
        | (Filter::Updated(period), SortBy::Updated)
        | (Filter::Due(period), SortBy::Due)
        | (Filter::WaitingSince(period), SortBy::WaitingSince) => Some(period.ends()),
        _ => None,
    });
    periods.fold((None, None), |(from, before), (other_from, other_before)| {
        (from.max(other_from), before.into_iter().chain(other_before).min())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_is_the_sorted_list_behind_a_place_within_bounds() {
        let id = TicketId::from_u128;
        let all = [(Some(3), 1), (Some(1), 2), (None, 3), (Some(3), 4), (Some(7), 5), (None, 6)];
        let marks: Vec<Mark> = all.iter().map(|(key, ticket)| Mark::new(*key, id(*ticket))).collect();
        let sorted = Sorted::of(marks.iter().map(|mark| (mark.key, mark.ticket)));
        let ends = [None, Some(i64::MIN), Some(1), Some(3), Some(4), Some(8), Some(i64::MAX)];
        let places = marks.iter().copied().chain([Mark::new(Some(4), id(9)), Mark::new(None, id(0))]).map(Some);
        for after in places.chain([None]) {
            for (from, before) in ends.iter().flat_map(|from| ends.iter().map(|before| (*from, *before))) {
                for descending in [false, true] {
                    let sort = Sort { by: SortBy::Number, descending };
                    let mut expected = marks.clone();
                    expected.retain(|mark| {
                        let within = match mark.key {
                            Some(key) => {
                                from.is_none_or(|from| from <= key) && before.is_none_or(|before| key < before)
                            }
                            None => from.is_none() && before.is_none(),
                        };
                        within && after.is_none_or(|after| sort.compare(&after, mark).is_lt())
                    });
                    expected.sort_by(|one, other| sort.compare(one, other));
                    let walked: Vec<Mark> = sorted.walk(descending, after, (from, before)).collect();
                    assert_eq!(walked, expected, "{after:?} {from:?} {before:?} {descending}");
                }
            }
        }
    }
}
