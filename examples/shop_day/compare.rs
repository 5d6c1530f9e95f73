//! The store held against the log: states, customers' lists and loads are what the retold tickets say.

use std::collections::{BTreeMap, BTreeSet};

use destek::id::{AgentId, CustomerId, TicketId};
use destek::record::RecordKey;
use destek::ticket::Ticket;

use super::figures::count;
use super::refold::Told;
use super::verify::{Evidence, Recount};

impl Recount {
    /// The store's states are what the log tells, and customers know their open tickets.
    pub(crate) fn compare_states(
        &mut self,
        evidence: &Evidence,
        tickets: &[Told],
        customers: &BTreeMap<CustomerId, BTreeSet<TicketId>>,
    ) {
        let mut live: BTreeMap<&CustomerId, BTreeSet<TicketId>> = BTreeMap::new();
        for told in tickets {
            if !told.category.is_ended() {
                live.entry(&told.opened.customer).or_default().insert(told.ticket());
            }
            let state = evidence.records.get(&RecordKey::Ticket(told.ticket()));
            let stored = state.and_then(|(_, state)| state.ticket());
            for what in stored.map_or_else(|| vec!["everything"], |ticket| unlike(told, ticket)) {
                self.faults.push(format!("{}: {what} in the store is not what the log tells", told.ticket()));
            }
        }
        for (customer, open) in customers {
            if live.get(customer).cloned().unwrap_or_default() != *open {
                self.faults.push(format!("customer/{customer}: the list of open tickets is not what the tickets say"));
            }
        }
    }

    pub(crate) fn loads(&mut self, evidence: &Evidence, tickets: &[Told]) {
        let mut loads: BTreeMap<&AgentId, u32> = BTreeMap::new();
        for agent in tickets.iter().filter_map(Told::load) {
            *loads.entry(agent).or_default() += 1;
            count(&mut self.figures.loads, agent.as_str(), 1);
        }
        for (agent, load) in &evidence.loads {
            let told = loads.remove(agent).unwrap_or_default();
            if told != *load {
                self.faults.push(format!("agent/{agent}: the load is {load}, the log says {told}"));
            }
        }
        for agent in loads.keys() {
            self.faults.push(format!("agent/{agent}: has tickets and no load"));
        }
    }
}

/// What of a stored ticket is not as the log tells it.
fn unlike(told: &Told, stored: &Ticket) -> Vec<&'static str> {
    let fields: BTreeSet<_> = stored.fields().keys().cloned().collect();
    let alike = [
        ("the number", told.opened.number == stored.number()),
        ("the customer", told.opened.customer == *stored.customer()),
        ("the status", told.status == stored.status().name && told.category == stored.category()),
        ("the kind", told.kind == stored.kind().name),
        ("the priority", told.priority == stored.priority().name),
        ("the language", told.language == stored.language()),
        ("the queue", told.queue.as_ref() == stored.queue()),
        ("the place in the queue", told.waiting == stored.place().is_some()),
        ("the agent", told.assignee.as_ref() == stored.assignee()),
        ("the followers", told.followers == *stored.followers()),
        ("the participants", told.participants == *stored.participants()),
        ("the tags", told.tags == *stored.tags()),
        ("the fields", told.fields == fields),
        ("the number of messages", told.messages == stored.messages()),
        ("what it is to others", told.kin.is_that_of(stored)),
        ("what is to be done, or the time worked", told.todo.is_that_of(stored)),
        ("what waits for approval", told.ledger.open().eq(stored.approvals().keys())),
        ("the number of reopenings", told.reopened == stored.reopened()),
    ];
    alike.into_iter().filter(|(_, alike)| !alike).map(|(what, _)| what).collect()
}
