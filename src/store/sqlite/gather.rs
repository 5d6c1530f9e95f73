//! Finding what a decision wants to see.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use rusqlite::{Connection, params};

use super::error::SqliteError;
use super::{records, write};
use crate::desk::{FOLD, Facts, Loaded, Member, Needs, QueueFacts, QueueNeed, Reach, Relation};
use crate::id::{AgentId, TenantId, TicketId};
use crate::limits;
use crate::record::RecordKey;

pub(super) fn gather(connection: &Connection, tenant: &TenantId, needs: &Needs) -> Result<Facts, SqliteError> {
    let mut search = Search { connection, tenant, facts: Facts::default() };
    for key in &needs.records {
        search.find(key)?;
    }
    for path in &needs.paths {
        search.walk(&path.from, &path.along)?;
    }
    for reach in &needs.reach {
        search.reach(reach)?;
    }
    for key in &needs.history {
        let log = records::log(connection, tenant, key, limits::HISTORY_EVENTS_MAX + 1)?;
        search.facts.history.insert(key.clone(), log.into());
    }
    for digest in &needs.documents {
        let text = records::document(connection, tenant, digest)?;
        search.facts.documents.insert(*digest, text.map(Arc::from));
    }
    for id in &needs.contents {
        search.facts.contents.insert(*id, records::content(connection, tenant, id)?);
    }
    if let Some(need) = &needs.queue {
        search.queue(need)?;
    }
    if needs.number {
        search.facts.number = Some(write::number(connection, tenant)?);
    }
    if let Some(request) = needs.request {
        search.facts.answered = records::answered(connection, tenant, request)?;
    }
    Ok(search.facts)
}

struct Search<'a> {
    connection: &'a Connection,
    tenant: &'a TenantId,
    facts: Facts,
}

impl Search<'_> {
    /// Looks for a record, once.
    fn find(&mut self, key: &RecordKey) -> Result<Option<&Loaded>, SqliteError> {
        if !self.facts.records.contains_key(key) {
            let loaded = records::load(self.connection, self.tenant, key)?;
            self.facts.records.insert(key.clone(), loaded);
        }
        Ok(self.facts.record(key))
    }

    /// Follows relations to their end; every record on the way is found too.
    fn walk(&mut self, from: &RecordKey, along: &[Relation]) -> Result<(), SqliteError> {
        let loaded = self.find(from)?;
        let Some((relation, rest)) = along.split_first() else { return Ok(()) };
        let next = loaded.map(|loaded| relation.follow(&loaded.state)).unwrap_or_default();
        next.iter().try_for_each(|key| self.walk(key, rest))
    }

    /// Follows a relation until nothing new is found or the limit is reached, the nearest first.
    fn reach(&mut self, reach: &Reach) -> Result<(), SqliteError> {
        let (mut known, mut left) = (BTreeSet::from([reach.from.clone()]), VecDeque::from([reach.from.clone()]));
        while let Some(key) = left.pop_front() {
            let next = self.find(&key)?.map(|loaded| reach.along.follow(&loaded.state)).unwrap_or_default();
            for key in next {
                if known.len() <= limits::LINK_REACH_MAX && known.insert(key.clone()) {
                    left.push_back(key);
                }
            }
        }
        Ok(())
    }

    fn queue(&mut self, need: &QueueNeed) -> Result<(), SqliteError> {
        let mut heads = self.heads(need)?;
        let more = heads.len() > need.heads;
        heads.truncate(need.heads);
        for ticket in &heads {
            let key = RecordKey::Ticket(*ticket);
            self.walk(&key, &[Relation::Customer])?;
            self.walk(&key, &[Relation::Order])?;
        }
        let roster = self.roster(need)?;
        const STAMP: &str = "SELECT stamp FROM destek_wakes WHERE tenant = ?1 AND record = ?2";
        let name = RecordKey::Queue(need.queue.clone()).to_string();
        let mut stamp = self.connection.prepare_cached(STAMP)?;
        let mut rows = stamp.query(params![self.tenant.as_str(), name])?;
        let stamp = rows.next()?.map(|row| row.get(0)).transpose()?.map_or(0, records::number);
        self.facts.queue = Some(QueueFacts { heads, more, roster, stamp });
        Ok(())
    }

    /// The first waiting tickets, and one more where others wait. What only a later version understands is given to nobody,
    /// and keeps no place from others.
    fn heads(&mut self, need: &QueueNeed) -> Result<Vec<TicketId>, SqliteError> {
        const HEADS: &str = "SELECT t.ticket, r.fold FROM destek_tickets t \
            JOIN destek_records r ON r.tenant = t.tenant AND r.record = 'ticket/' || t.ticket \
            WHERE t.tenant = ?1 AND t.queue = ?2 AND t.rank IS NOT NULL ORDER BY t.rank, t.ticket";
        let mut statement = self.connection.prepare_cached(HEADS)?;
        let mut rows = statement.query(params![self.tenant.as_str(), need.queue.as_str()])?;
        let mut heads = Vec::new();
        while let Some(row) = rows.next()? {
            let text = row.get_ref(0)?.as_str().unwrap_or_default();
            let id: TicketId = text.parse().map_err(|_| SqliteError::no_key("destek_tickets", text))?;
            let of: u32 = row.get(1)?;
            if of != FOLD && self.find(&RecordKey::Ticket(id))?.is_none_or(|loaded| loaded.sealed) {
                continue;
            }
            heads.push(id);
            if heads.len() > need.heads {
                break;
            }
        }
        Ok(heads)
    }

    fn roster(&self, need: &QueueNeed) -> Result<Arc<[Member]>, SqliteError> {
        const TEAM: &str = "SELECT agent FROM destek_members WHERE tenant = ?1 AND team = ?2";
        const LOAD: &str = "SELECT SUM(load) FROM destek_loads WHERE tenant = ?1 AND agent = ?2";
        let mut agents: BTreeSet<AgentId> = BTreeSet::new();
        for team in &need.teams {
            let mut statement = self.connection.prepare_cached(TEAM)?;
            let mut rows = statement.query(params![self.tenant.as_str(), team.as_str()])?;
            while let Some(row) = rows.next()? {
                let text: String = row.get(0)?;
                agents.insert(AgentId::new(text.clone()).map_err(|_| SqliteError::no_key("destek_members", &text))?);
            }
        }
        let mut roster = Vec::with_capacity(agents.len());
        for agent in agents {
            let key = RecordKey::Agent(agent.clone());
            let Some(loaded) = records::load(self.connection, self.tenant, &key)? else { continue };
            let mut load = self.connection.prepare_cached(LOAD)?;
            let load: Option<i64> = load.query_row(params![self.tenant.as_str(), agent.as_str()], |row| row.get(0))?;
            let load = u32::try_from(load.unwrap_or(0)).unwrap_or(u32::MAX);
            roster.push(Member::new(loaded.version, loaded.state, load));
        }
        Ok(roster.into())
    }
}
