//! Finding what a decision wants to see: what is committed, and on top of it what the unit of work wrote itself.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::own::Own;
use super::tenant::{Tenant, place};
use crate::desk::{Facts, Loaded, Member, Needs, QueueFacts, QueueNeed, Reach, Recorded, Relation};
use crate::id::{AgentId, TicketId};
use crate::limits;
use crate::record::RecordKey;
use crate::small::SmallMap;
use crate::time::Timestamp;

pub(super) fn gather(tenant: &mut Tenant, own: &Own, needs: &Needs) -> Facts {
    let mut search = Search { tenant, own, facts: Facts::default() };
    search.facts.records = SmallMap::with_room(needs.records.len() + needs.paths.len());
    for key in &needs.records {
        search.find(key);
    }
    for path in &needs.paths {
        search.walk(&path.from, &path.along);
    }
    for reach in &needs.reach {
        search.reach(reach);
    }
    for key in &needs.history {
        let log = log(search.tenant, search.own, key);
        search.facts.history.insert(key.clone(), log);
    }
    for digest in &needs.documents {
        let own = own.writes().iter().flat_map(|write| &write.documents).find(|own| own.digest == *digest);
        let text = own.map(|own| &own.text).or_else(|| search.tenant.documents.get(digest));
        search.facts.documents.insert(*digest, text.cloned());
    }
    for id in &needs.contents {
        let own = own.writes().iter().flat_map(|write| &write.contents).find(|own| own.id == *id);
        search.facts.contents.insert(*id, own.or_else(|| search.tenant.contents.get(id)).cloned());
    }
    if let Some(need) = &needs.queue {
        search.queue(need);
    }
    if needs.number {
        search.facts.number = Some(search.tenant.number());
    }
    if let Some(request) = needs.request {
        search.facts.answered = own.answered(request).or_else(|| search.tenant.answered(request));
    }
    search.facts
}

struct Search<'a> {
    tenant: &'a mut Tenant,
    own: &'a Own,
    facts: Facts,
}

impl Search<'_> {
    /// Looks for a record, once.
    fn find(&mut self, key: &RecordKey) -> Option<&Loaded> {
        let (tenant, own) = (&mut *self.tenant, self.own);
        self.facts.records.get_or_insert_with(key, || load(tenant, own, key)).as_ref()
    }

    /// Follows relations to their end; every record on the way is found too.
    fn walk(&mut self, from: &RecordKey, along: &[Relation]) {
        let loaded = self.find(from);
        let Some((relation, rest)) = along.split_first() else { return };
        let Some(loaded) = loaded else { return };
        if relation.leads_to_one() {
            if let Some(key) = relation.only(&loaded.state) {
                self.walk(&key, rest);
            }
            return;
        }
        for key in relation.follow(&loaded.state) {
            self.walk(&key, rest);
        }
    }

    /// Follows a relation until nothing new is found or the limit is reached, the nearest first.
    fn reach(&mut self, reach: &Reach) {
        let (mut known, mut left) = (BTreeSet::from([reach.from.clone()]), VecDeque::from([reach.from.clone()]));
        while let Some(key) = left.pop_front() {
            let next = self.find(&key).map(|loaded| reach.along.follow(&loaded.state)).unwrap_or_default();
            for key in next {
                if known.len() <= limits::LINK_REACH_MAX && known.insert(key.clone()) {
                    left.push_back(key);
                }
            }
        }
    }

    fn queue(&mut self, need: &QueueNeed) {
        let (heads, more) = self.heads(need);
        for ticket in &heads {
            let key = RecordKey::Ticket(*ticket);
            self.walk(&key, &[Relation::Customer]);
            self.walk(&key, &[Relation::Order]);
        }
        let roster = self.roster(need);
        let key = RecordKey::Queue(need.queue.clone());
        let stamp = self.tenant.stamp(&key).saturating_add(self.own.raised(&key));
        self.facts.queue = Some(QueueFacts { heads, more, roster, stamp });
    }

    /// The first waiting tickets, and whether more wait behind them.
    fn heads(&self, need: &QueueNeed) -> (Vec<TicketId>, bool) {
        // Tickets of this unit's own writes: where they wait here, and which committed places no longer count.
        let mut own: BTreeMap<TicketId, Option<Timestamp>> = BTreeMap::new();
        for change in self.own.changes() {
            if let RecordKey::Ticket(id) = change.record {
                let here = place(&change.state).filter(|(queue, _)| **queue == need.queue);
                own.insert(id, here.map(|(_, rank)| rank));
            }
        }
        let wanted = need.heads.saturating_add(1);
        let committed = self.tenant.waiting.get(&need.queue).into_iter().flatten();
        let mut heads: Vec<(Timestamp, TicketId)> =
            committed.filter(|(_, id)| !own.contains_key(id) && !self.is_sealed(*id)).take(wanted).copied().collect();
        if !own.is_empty() {
            heads.extend(own.into_iter().filter_map(|(id, rank)| Some((rank?, id))));
            heads.sort_unstable();
        }
        let more = heads.len() > need.heads;
        (heads.into_iter().take(need.heads).map(|(_, id)| id).collect(), more)
    }

    /// What only a later version understands is given to nobody, and keeps no place from others.
    fn is_sealed(&self, ticket: TicketId) -> bool {
        let slot = self.tenant.slots.get(&RecordKey::Ticket(ticket));
        slot.and_then(|slot| slot.record.as_ref()).is_some_and(|record| record.sealed)
    }

    fn roster(&mut self, need: &QueueNeed) -> Arc<[Member]> {
        let own = self.own.touches_agents();
        if !own && self.tenant.rosters.is_ready(&need.teams) {
            return self.tenant.rosters.roster(&self.tenant.slots, &need.teams);
        }
        let mut ids = self.tenant.rosters.agents(&need.teams);
        if !own {
            // State of another fold is folded anew before it is kept in a roster.
            for id in ids {
                self.tenant.record(&RecordKey::Agent(id));
            }
            return self.tenant.rosters.roster(&self.tenant.slots, &need.teams);
        }
        ids.extend(self.own.changes().filter_map(|change| Some(change.state.agent()?.id.clone())));
        ids.into_iter().filter_map(|id| self.member(id, need)).collect()
    }

    fn member(&mut self, id: AgentId, need: &QueueNeed) -> Option<Member> {
        let total = self.own.total(self.tenant, &id);
        let loaded = load(self.tenant, self.own, &RecordKey::Agent(id))?;
        let belongs = loaded.state.agent().is_some_and(|agent| !agent.teams.is_disjoint(&need.teams));
        belongs.then(|| Member::new(loaded.version, loaded.state, total))
    }
}

/// A record's log, and no more of it than shows that it is too long to be decided upon.
fn log(tenant: &Tenant, own: &Own, key: &RecordKey) -> Arc<[Recorded]> {
    let committed = tenant.slots.get(key).and_then(|slot| slot.record.as_ref()).map_or(&[][..], |record| &record.log);
    committed
        .iter()
        .flat_map(|rows| rows.iter())
        .chain(own.events(key, None))
        .take(limits::HISTORY_EVENTS_MAX + 1)
        .cloned()
        .collect()
}

fn load(tenant: &mut Tenant, own: &Own, key: &RecordKey) -> Option<Loaded> {
    let committed = tenant.record(key);
    let Some(change) = own.change(key) else {
        return committed.map(|loaded| Loaded { stamp: loaded.stamp.saturating_add(own.raised(key)), ..loaded });
    };
    let stamp = tenant.stamp(key).saturating_add(own.raised(key));
    let sealed = committed.is_some_and(|loaded| loaded.sealed);
    let recorded = change.events.last().map_or(Timestamp::MIN, |event| event.recorded);
    Some(Loaded::new(change.version(), Arc::clone(&change.state), sealed, stamp, recorded))
}
