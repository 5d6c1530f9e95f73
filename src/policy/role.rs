//! Roles: what agents may do, how far that reaches, and what they may give.

use std::collections::{BTreeMap, BTreeSet};

use crate::actor::{Right, Scope};
use crate::id::Name;
use crate::money::{Currency, Money};

/// What an agent of this role may do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Role {
    /// Its name.
    pub name: Name,
    /// What it allows; [`Right::View`] with anything else (law 25).
    pub rights: BTreeSet<Right>,
    /// How far that reaches.
    pub scope: Scope,
    /// What may be given to a customer: for each grant the largest amounts, one for each currency.
    pub grants: BTreeMap<Name, Vec<Money>>,
}

impl Role {
    /// The roles of a policy that declares none:
    ///
    /// | role | reaches | may |
    /// |---|---|---|
    /// | `agent` | tickets of its own teams | do the daily work; not `assign`, `close`, `screen`, `grant`, `presence`, `approve`, `bulk`, `share_views`, `ban`, `schedule` |
    /// | `lead` | tickets of its own teams | everything |
    /// | `admin` | every ticket | everything |
    ///
    /// None of them may give an amount of anything, as amounts are the shop's to say.
    ///
    /// ```
    /// use destek::actor::{Right, Scope};
    /// use destek::policy::Role;
    /// let [agent, lead, admin] = Role::built_in();
    /// assert!(agent.rights.contains(&Right::Resolve) && !agent.rights.contains(&Right::Close));
    /// assert_eq!((lead.scope, admin.scope), (Scope::Team, Scope::All));
    /// ```
    #[must_use]
    pub fn built_in() -> [Self; 3] {
        const KEPT: [Right; 10] = [
            Right::Assign,
            Right::Close,
            Right::Screen,
            Right::Grant,
            Right::Presence,
            Right::Approve,
            Right::Bulk,
            Right::ShareViews,
            Right::Ban,
            Right::Schedule,
        ];
        let daily = Right::ALL.iter().copied().filter(|right| !KEPT.contains(right));
        [
            Self::of("agent", daily.collect(), Scope::Team),
            Self::of("lead", Right::ALL.iter().copied().collect(), Scope::Team),
            Self::of("admin", Right::ALL.iter().copied().collect(), Scope::All),
        ]
    }

    fn of(name: &'static str, rights: BTreeSet<Right>, scope: Scope) -> Self {
        Self { name: Name::fixed(name), rights, scope, grants: BTreeMap::new() }
    }

    /// The most that may be given of a grant in a currency.
    #[must_use]
    pub fn authority(&self, grant: &Name, currency: Currency) -> Option<Money> {
        self.grants.get(grant)?.iter().copied().find(|limit| limit.currency() == currency)
    }
}
