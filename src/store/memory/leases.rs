//! Leases in memory: who is at which ticket.

use std::collections::BTreeMap;
use std::convert::Infallible;

use super::lock::lock;
use super::{MemoryStore, blocking};
use crate::id::{AgentId, TenantId, TicketId};
use crate::store;
use crate::time::Timestamp;
use crate::watch::{Doing, Lease};

/// The leases of one tenant. What has run out goes with the next renewal, so that only as many are kept as are renewed
/// within the minute that the longest holds.
#[derive(Debug, Default)]
pub(super) struct Leases(BTreeMap<(TicketId, AgentId, Doing), Timestamp>);

impl Leases {
    fn renew(&mut self, ticket: TicketId, lease: &Lease, now: Timestamp) {
        self.0.retain(|_, until| *until > now);
        let until = self.0.entry((ticket, lease.agent.clone(), lease.doing)).or_insert(lease.until);
        *until = lease.until.max(*until);
    }

    fn release(&mut self, ticket: TicketId, agent: &AgentId) {
        self.0.retain(|(own, who, _), _| (*own, who) != (ticket, agent));
    }

    fn watching(&self, ticket: TicketId, now: Timestamp) -> Vec<Lease> {
        let live = self.0.iter().filter(|((own, ..), until)| *own == ticket && **until > now);
        live.map(|((_, agent, doing), until)| Lease::new(agent.clone(), *doing, *until)).collect()
    }
}

impl blocking::Leases for MemoryStore {
    type Error = Infallible;

    fn renew(&self, tenant: &TenantId, ticket: TicketId, lease: &Lease, now: Timestamp) -> Result<(), Infallible> {
        lock(&self.tenant(tenant)).leases.renew(ticket, lease, now);
        Ok(())
    }

    fn release(&self, tenant: &TenantId, ticket: TicketId, agent: &AgentId) -> Result<(), Infallible> {
        lock(&self.tenant(tenant)).leases.release(ticket, agent);
        Ok(())
    }

    fn watching(&self, tenant: &TenantId, ticket: TicketId, now: Timestamp) -> Result<Vec<Lease>, Infallible> {
        Ok(lock(&self.tenant(tenant)).leases.watching(ticket, now))
    }
}

impl store::Leases for MemoryStore {
    type Error = Infallible;

    async fn renew(
        &self,
        tenant: &TenantId,
        ticket: TicketId,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<(), Infallible> {
        blocking::Leases::renew(self, tenant, ticket, lease, now)
    }

    async fn release(&self, tenant: &TenantId, ticket: TicketId, agent: &AgentId) -> Result<(), Infallible> {
        blocking::Leases::release(self, tenant, ticket, agent)
    }

    async fn watching(&self, tenant: &TenantId, ticket: TicketId, now: Timestamp) -> Result<Vec<Lease>, Infallible> {
        blocking::Leases::watching(self, tenant, ticket, now)
    }
}
