//! Who asks: the principals that the gate knows (law 25).

use serde::{Deserialize, Serialize};

use crate::id::{AgentId, CustomerId, Name};

/// How the host knows that a customer is who the request says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Proof {
    /// The host verified the sender: a signed-in session, an authenticated address, a known caller.
    Verified,
    /// Only the sender says so, as with an unauthenticated mail. Never joins an existing ticket (law 28).
    Claimed,
}

/// Who makes a request. Made by the host from its own authentication, never from a payload.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Actor {
    /// An agent; what it may do comes from its roles.
    Agent(AgentId),
    /// A customer, and how the host knows.
    Customer {
        /// The customer.
        id: CustomerId,
        /// How the host knows.
        proof: Proof,
    },
    /// A bot of the host: may speak to customers and propose, nothing more.
    Bot(Name),
    /// An import of earlier records, which may say when things occurred and causes no message to anybody.
    Import(Name),
    /// The host's own backend: keeps customers, orders, agents and the policy.
    Host,
    /// The host's scheduler, through `sweep` and `drain`.
    Timer,
}

impl Actor {
    /// A customer whom the host has verified.
    #[must_use]
    pub const fn verified(id: CustomerId) -> Self {
        Self::Customer { id, proof: Proof::Verified }
    }
    /// A sender who only claims to be this customer.
    #[must_use]
    pub const fn claimed(id: CustomerId) -> Self {
        Self::Customer { id, proof: Proof::Claimed }
    }
    /// The agent, when it is one.
    #[must_use]
    pub const fn agent(&self) -> Option<&AgentId> {
        if let Self::Agent(id) = self { Some(id) } else { None }
    }
    /// The kind of principal, as stored and named in findings.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Agent(_) => "agent",
            Self::Customer { .. } => "customer",
            Self::Bot(_) => "bot",
            Self::Import(_) => "import",
            Self::Host => "host",
            Self::Timer => "timer",
        }
    }
}

macro_rules! rights {
    ($($(#[$doc:meta])* $name:ident => $text:literal),* $(,)?) => {
        /// Something that a role may be allowed to do. Every write includes the right to see (law 25).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Right {
            $($(#[$doc])* $name),*
        }

        impl Right {
            /// Every right, in declared order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name in policy documents.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text),*
                }
            }
        }
    };
}

rights! {
    /// See the ticket.
    View => "view",
    /// Open a ticket.
    Open => "open",
    /// Take in a message of a customer.
    Receive => "receive",
    /// Answer the customer.
    Reply => "reply",
    /// Write an internal note.
    Note => "note",
    /// Take a ticket that nobody has, and give one's own back.
    Take => "take",
    /// Give a ticket to an agent, or take it from one.
    Assign => "assign",
    /// Put it into another queue.
    Transfer => "transfer",
    /// Let it wait, and end the wait.
    Hold => "hold",
    /// Say that it is done.
    Resolve => "resolve",
    /// Say for the customer that nothing, or something, is left.
    Confirm => "confirm",
    /// Work again on what was resolved or closed.
    Reopen => "reopen",
    /// End it without asking.
    Close => "close",
    /// Choose a priority, or judge urgency and impact.
    Prioritize => "prioritize",
    /// Say kind, stage, language and order.
    Classify => "classify",
    /// Change tags.
    Tag => "tag",
    /// Fill custom fields.
    SetField => "set_field",
    /// Let another customer take part.
    Participate => "participate",
    /// Follow it, and be reminded of it.
    Follow => "follow",
    /// Say that it is spam, or not.
    Screen => "screen",
    /// Give something of value, up to the role's amount.
    Grant => "grant",
    /// Change another agent's presence.
    Presence => "presence",
    /// Let a ticket go on in another one, and take that back; on both.
    Merge => "merge",
    /// Let a part of it go on in a ticket of its own.
    Split => "split",
    /// Ask for approval of what is beyond one's own authority.
    Ask => "ask",
    /// Answer whoever asks for approval.
    Approve => "approve",
    /// Link it to another ticket, and say what goes to linked ones.
    Link => "link",
    /// Do something to many tickets at once; to each only what the other rights allow.
    Bulk => "bulk",
    /// Share saved views with a team or all, and change those that are shared.
    ShareViews => "share_views",
    /// Add, do and drop tasks, and apply checklists.
    Task => "task",
    /// Write down time worked, and correct it.
    LogTime => "log_time",
    /// Begin and end conversations with third parties, and write to them.
    Side => "side",
    /// Hand in what a third party wrote.
    ReceiveSide => "receive_side",
    /// Ban a customer, and take that back.
    Ban => "ban",
    /// Set schedules by which tickets are opened, and remove them.
    Schedule => "schedule",
}

/// How far a role's rights reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Scope {
    /// Tickets that the agent has.
    Own,
    /// Tickets in queues of the agent's teams, and the agent's own.
    Team,
    /// Every ticket.
    All,
}

/// A set of rights.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct RightSet(u64);

impl RightSet {
    /// No right at all: the default (law 25).
    pub const NONE: Self = Self(0);
    /// Every right.
    pub const ALL: Self = Self((1 << Right::ALL.len()) - 1);

    /// The set of these rights.
    #[must_use]
    pub const fn of(rights: &[Right]) -> Self {
        let mut set = Self::NONE;
        let mut rest = rights;
        while let [right, tail @ ..] = rest {
            set.0 |= 1 << *right as u32;
            rest = tail;
        }
        set
    }
    /// Whether the right is in the set.
    #[must_use]
    pub const fn has(self, right: Right) -> bool {
        self.0 & (1 << right as u32) != 0
    }
    /// The rights of either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    /// Whether the set has no right.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// The rights, in declared order.
    pub fn iter(self) -> impl Iterator<Item = Right> {
        Right::ALL.iter().copied().filter(move |right| self.has(*right))
    }
}

impl FromIterator<Right> for RightSet {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        rights.into_iter().fold(Self::NONE, |set, right| set.union(Self::of(&[right])))
    }
}

impl std::fmt::Debug for RightSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        let set = RightSet::of(&[Right::Reply, Right::Presence]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [Right::Reply, Right::Presence]);
        assert!(RightSet::ALL.iter().eq(Right::ALL.iter().copied()));
        assert!(Right::ALL.iter().all(|right| !RightSet::NONE.has(*right)));
        assert_eq!(Right::ALL.iter().copied().collect::<RightSet>(), RightSet::ALL);
    }
}
