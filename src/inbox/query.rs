//! A filter that has passed the gate, and the pages that are asked with it.

use serde::{Deserialize, Serialize};

use super::cursor::{BadCursor, Cursor, ListDigest};
use super::filter::{Filter, Flaw};
use super::row::{Columns, TicketRow};
use super::sort::{Mark, Sort};
use crate::actor::Actor;
use crate::id::AgentId;
use crate::limits;
use crate::time::Timestamp;

/// A filter joined to what its reader may see. Only the gate makes one: [`Desk::scope`](crate::Desk::scope).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopedFilter {
    whole: Filter,
    actor: Actor,
    asked: Filter,
}

impl ScopedFilter {
    /// Joins what is asked to how far the reader reaches. Only the gate calls this.
    pub(crate) fn new(actor: &Actor, reach: Filter, asked: &Filter, now: Timestamp) -> Result<Self, Flaw> {
        asked.check()?;
        let to_customer = matches!(actor, Actor::Customer { .. });
        let mut parts = vec![reach];
        parts.extend(asked.hidden(to_customer));
        parts.push(if to_customer {
            asked.for_customer()?.read_by(None, now)?
        } else {
            asked.read_by(me(actor), now)?
        });
        Ok(Self { whole: Filter::All(parts), actor: actor.clone(), asked: asked.clone() })
    }

    /// The whole condition, for a store to translate: the reader's reach, what is hidden and what was asked. It holds
    /// neither [`Filter::Mine`] nor relative moments.
    #[must_use]
    pub const fn whole(&self) -> &Filter {
        &self.whole
    }

    /// Who reads.
    #[must_use]
    pub const fn reader(&self) -> &Actor {
        &self.actor
    }

    /// Whether the list shows this ticket.
    #[must_use]
    pub fn shows(&self, row: &TicketRow) -> bool {
        self.passes(&row.columns())
    }

    pub(crate) fn passes(&self, row: &Columns<'_>) -> bool {
        self.whole.passes(row)
    }

    fn digest(&self, sort: Sort) -> ListDigest {
        ListDigest::of(&(&self.actor, &self.asked, sort))
    }

    /// Asks for a page of at most `limit` tickets in an order: the first, or the one at a cursor.
    ///
    /// # Errors
    /// When the limit is zero or above [`limits::PAGE_ROWS_MAX`], the cursor belongs to another list, or a customer
    /// asks for an order that would tell what the shop does.
    pub fn query(&self, sort: Sort, after: Option<&Cursor>, limit: usize) -> Result<Query, QueryError> {
        if !(1..=limits::PAGE_ROWS_MAX).contains(&limit) {
            return Err(QueryError::Limit { limit });
        }
        if matches!(self.actor, Actor::Customer { .. }) && !sort.by.is_public() {
            return Err(QueryError::Sort);
        }
        let after = after.map(|cursor| cursor.place(self.digest(sort))).transpose()?;
        Ok(Query { filter: self.clone(), sort, after, limit })
    }
}

fn me(actor: &Actor) -> Option<&AgentId> {
    actor.agent()
}

/// Why a page cannot be asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The cursor is not of this list.
    #[error(transparent)]
    Cursor(#[from] BadCursor),
    /// The page is empty or too long.
    #[error("a page of {limit} tickets was asked for; ask for 1 to {}", limits::PAGE_ROWS_MAX)]
    Limit {
        /// What was asked for.
        limit: usize,
    },
    /// A customer asks for an order by what customers do not see.
    #[error("customers order by `opened` and `number` only")]
    Sort,
}

/// A page that is asked of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    filter: ScopedFilter,
    sort: Sort,
    after: Option<Mark>,
    limit: usize,
}

impl Query {
    /// Which tickets.
    #[must_use]
    pub const fn filter(&self) -> &ScopedFilter {
        &self.filter
    }
    /// In which order.
    #[must_use]
    pub const fn sort(&self) -> Sort {
        self.sort
    }
    /// Behind which place; from the beginning where there is none.
    #[must_use]
    pub const fn after(&self) -> Option<&Mark> {
        self.after.as_ref()
    }
    /// How many rows a store looks for: one more than the page has, by which it is seen that others follow.
    #[must_use]
    pub const fn wanted(&self) -> usize {
        self.limit.saturating_add(1)
    }

    /// Whether a place lies behind where the page begins.
    pub(crate) fn is_ahead(&self, mark: &Mark) -> bool {
        self.after.as_ref().is_none_or(|after| self.sort.compare(after, mark).is_lt())
    }

    /// The page, of at most [`Self::wanted`] rows in their order.
    #[must_use]
    pub fn page(&self, mut rows: Vec<TicketRow>) -> Page {
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let last = rows.last().filter(|_| more).map(|row| self.sort.mark(row));
        Page { rows, next: last.map(|mark| Cursor::new(self.filter.digest(self.sort), mark)) }
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Page {
    /// The tickets.
    pub rows: Vec<TicketRow>,
    /// Where the next page begins; none when this is the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
}

/// How many tickets a list has, as far as it was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Count {
    /// The tickets that were counted.
    pub tickets: usize,
    /// Whether there are more than these.
    pub more: bool,
}

impl Count {
    /// Of what was found where one more than `at_most` was looked for.
    #[must_use]
    pub fn of(found: usize, at_most: usize) -> Self {
        Self { tickets: found.min(at_most), more: found > at_most }
    }
}
