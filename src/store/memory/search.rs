//! Lists of tickets: what is committed, and on top of it what the unit of work wrote itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::inbox::{Inbox, Sorted, bounds};
use super::own::Own;
use super::tenant::Tenant;
use crate::desk::State;
use crate::id::{TicketId, ViewId};
use crate::inbox::{Columns, Mark, Query, SavedView, ScopedFilter, SortBy, TicketRow, ViewReader};
use crate::record::RecordKey;
use crate::time::Timestamp;

/// How many steps of a walk cost as much as looking at one candidate: a candidate is also put in order.
const STEPS_A_CANDIDATE: usize = 2;
/// A walk of so many steps is short, however few the candidates are.
const STEPS_FREE: usize = 8;

/// The tickets that this unit of work sees otherwise than they are committed.
type Overlay = BTreeMap<TicketId, (Arc<State>, Option<Timestamp>)>;

/// The rows that a query wants, in order.
pub(super) fn rows(tenant: &mut Tenant, own: &Own, query: &Query) -> Vec<TicketRow> {
    prepare(tenant, Some(query.sort().by));
    let overlay = overlay(tenant, own);
    let (sort, filter) = (query.sort(), query.filter());
    let mut marks = committed(tenant, query, &overlay);
    if !overlay.is_empty() {
        let own = overlay.values().filter_map(|(state, due)| {
            let columns = Columns::of(state.ticket()?, *due);
            let mark = Mark::new(sort.by.key(&columns), columns.ticket);
            (filter.passes(&columns) && query.is_ahead(&mark)).then_some(mark)
        });
        marks.extend(own);
        marks.sort_unstable_by(|one, other| sort.compare(one, other));
        marks.truncate(query.wanted());
    }
    let row = |mark: Mark| {
        let own = overlay.get(&mark.ticket).map(|(state, due)| (state, *due));
        let (state, due) = own.or_else(|| stored(tenant, mark.ticket))?;
        Some(TicketRow::of(state.ticket()?, due))
    };
    marks.into_iter().filter_map(row).collect()
}

/// How many tickets a filter finds, counted up to `limit`.
pub(super) fn count(tenant: &mut Tenant, own: &Own, filter: &ScopedFilter, limit: usize) -> usize {
    prepare(tenant, None);
    let overlay = overlay(tenant, own);
    let passes = |state: &State, due| state.ticket().is_some_and(|ticket| filter.passes(&Columns::of(ticket, due)));
    let here = overlay.values().filter(|(state, due)| passes(state, *due)).count();
    let there = |ticket: &TicketId| {
        !overlay.contains_key(ticket) && stored(tenant, *ticket).is_some_and(|(state, due)| passes(state, due))
    };
    let left = limit.saturating_sub(here);
    let candidates = tenant.inbox.as_ref().and_then(|inbox| inbox.candidates(filter.whole()));
    let found = match candidates {
        Some(sets) => merged(&sets).into_iter().filter(there).take(left).count(),
        None => {
            let tickets = tenant.slots.keys().filter_map(RecordKey::ticket);
            tickets.filter(there).take(left).count()
        }
    };
    here.saturating_add(found).min(limit)
}

/// The saved views that a reader may open, by name and then id. They are few, and are looked through.
pub(super) fn views(tenant: &Tenant, own: &Own, reader: &ViewReader, limit: usize) -> Vec<SavedView> {
    let new = own.changes().filter_map(|change| if let RecordKey::View(id) = change.record { Some(id) } else { None });
    let ids: BTreeSet<ViewId> = tenant.views.iter().copied().chain(new).collect();
    let state = |id: ViewId| {
        let key = RecordKey::View(id);
        let own = own.change(&key).map(|change| &change.state);
        own.or_else(|| Some(&tenant.slots.get(&key)?.record.as_ref()?.state))
    };
    let seen = ids.into_iter().filter_map(state).filter_map(|state| state.view()).filter(|view| reader.sees(view));
    let mut seen: Vec<&SavedView> = seen.collect();
    seen.sort_unstable_by_key(|view| (&view.name, view.id));
    seen.into_iter().take(limit).cloned().collect()
}

/// Makes what is missing of the lists.
fn prepare(tenant: &mut Tenant, by: Option<SortBy>) {
    if tenant.inbox.is_none() {
        // State of another fold is folded anew before its columns are read.
        let keys: Vec<RecordKey> = tenant.slots.keys().filter(|key| key.ticket().is_some()).cloned().collect();
        for key in &keys {
            tenant.record(key);
        }
        let states = tenant.slots.values().filter_map(|slot| slot.record.as_ref()?.state.ticket());
        tenant.inbox = Some(Box::new(Inbox::of(states)));
    }
    let Tenant { slots, inbox: Some(inbox), .. } = tenant else { return };
    if let Some(by) = by
        && !inbox.sorted.contains_key(&by)
    {
        let keys = slots.values().filter_map(|slot| {
            let columns = Columns::of(slot.record.as_ref()?.state.ticket()?, slot.wake.due);
            Some((by.key(&columns), columns.ticket))
        });
        inbox.sorted.insert(by, Sorted::of(keys));
    }
}

fn overlay(tenant: &Tenant, own: &Own) -> Overlay {
    let seen = own.tickets().into_iter().filter_map(|(ticket, said)| {
        let committed = stored(tenant, ticket);
        let due = said.unwrap_or_else(|| committed.and_then(|(_, due)| due));
        let state = own.change(&RecordKey::Ticket(ticket)).map(|change| &change.state);
        let state = state.or_else(|| committed.map(|(state, _)| state))?;
        Some((ticket, (Arc::clone(state), due)))
    });
    seen.collect()
}

fn stored(tenant: &Tenant, ticket: TicketId) -> Option<(&Arc<State>, Option<Timestamp>)> {
    let slot = tenant.slots.get(&RecordKey::Ticket(ticket))?;
    Some((&slot.record.as_ref()?.state, slot.wake.due))
}

/// The places of the committed tickets that a query wants.
///
/// Along the sorted list, which is short where most rows fit; but if that takes more steps than there are tickets
/// that may fit at all, all of those are looked at instead.
fn committed(tenant: &Tenant, query: &Query, overlay: &Overlay) -> Vec<Mark> {
    let Some(inbox) = &tenant.inbox else { return Vec::new() };
    let (sort, filter) = (query.sort(), query.filter());
    let candidates = inbox.candidates(filter.whole());
    let steps = candidates.as_ref().map(|sets| {
        let size = sets.iter().map(|set| set.len()).fold(0_usize, usize::saturating_add);
        size.saturating_mul(STEPS_A_CANDIDATE).saturating_add(STEPS_FREE)
    });
    let fits = |ticket: TicketId| {
        if overlay.contains_key(&ticket) {
            return None;
        }
        let (state, due) = stored(tenant, ticket)?;
        let columns = Columns::of(state.ticket()?, due);
        filter.passes(&columns).then(|| Mark::new(sort.by.key(&columns), ticket))
    };
    let mut found = Vec::new();
    let sorted = inbox.sorted.get(&sort.by);
    let walk = sorted.map(|sorted| sorted.walk(sort.descending, query.after().copied(), bounds(filter.whole(), sort)));
    for (step, mark) in walk.into_iter().flatten().enumerate() {
        if steps.is_some_and(|steps| step >= steps) {
            let sets = candidates.as_deref().unwrap_or_default();
            found = merged(sets).into_iter().filter_map(fits).filter(|mark| query.is_ahead(mark)).collect();
            found.sort_unstable_by(|one, other| sort.compare(one, other));
            found.truncate(query.wanted());
            return found;
        }
        found.extend(fits(mark.ticket));
        if found.len() >= query.wanted() {
            break;
        }
    }
    found
}

/// The tickets of all sets, each once.
fn merged(sets: &[&BTreeSet<TicketId>]) -> Vec<TicketId> {
    let mut tickets: Vec<TicketId> = sets.iter().flat_map(|set| set.iter().copied()).collect();
    if sets.len() > 1 {
        tickets.sort_unstable();
        tickets.dedup();
    }
    tickets
}
