//! The inbox: lists of tickets, narrowed by a [`Filter`], in an order ([`Sort`]), a page at a time, and the views that
//! agents save of them.
//!
//! A list shows [`TicketRow`]s, the documented columns of a ticket. What a reader may see of the list is decided by the
//! gate alone: [`Desk::scope`](crate::Desk::scope) joins the reader's reach to what is asked, and the
//! [`ScopedFilter`] that it gives is the only thing that [`Search`](crate::store::Search) takes (law 25).
//!
//! ```
//! use destek::actor::Actor;
//! use destek::channel::{Channel, ChannelKind};
//! use destek::id::{CustomerId, TicketId};
//! use destek::inbox::{Filter, Sort, SortBy};
//! use destek::store::blocking::{Search, Sessions};
//! use destek::{policy, testing::Scene, ticket::Open};
//!
//! let mut shop = Scene::new(policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
//! for (id, customer) in [(1, "c-1"), (2, "c-2"), (3, "c-1")] {
//!     let open = Open::new(TicketId::from_u128(id), CustomerId::new(customer)?, Channel::of(ChannelKind::Form));
//!     shop.run(Actor::Host, open)?;
//! }
//!
//! // A customer sees the own tickets, whatever is asked.
//! let reader = Actor::verified(CustomerId::new("c-1")?);
//! let scoped = shop.desk().scope(&reader, None, &Filter::everything(), shop.now())?;
//! let query = scoped.query(Sort::descending(SortBy::Number), None, 50)?;
//! let mut session = Sessions::begin(shop.store(), shop.tenant())?;
//! let page = session.tickets(&query)?;
//! assert_eq!(page.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [3, 1]);
//! assert!(page.next.is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Pages
//!
//! A page ends with a [`Cursor`], from which the next goes on: not with a number of rows to skip. So however much is
//! written meanwhile, no ticket that stays where it is comes twice or is left out; one that moves is found where it
//! is then. A cursor belongs to the reader, the filter and the order that it was made under, and is refused with
//! any other.
//!
//! # What is not found here
//!
//! Words in subjects and messages: they lie outside of what is listed (law 30). A filter names columns only.

mod cursor;
mod filter;
mod query;
mod row;
mod saved;
mod sort;

pub use cursor::{BadCursor, Cursor};
pub(crate) use filter::Flaw;
pub use filter::{Filter, Moment, Period};
pub use query::{Count, Page, Query, QueryError, ScopedFilter};
pub(crate) use row::Columns;
pub use row::{Column, TicketRow};
pub(crate) use saved::apply;
pub use saved::{Event, RemoveView, SaveView, SavedView, Sharing, ViewReader};
pub use sort::{Mark, Sort, SortBy};
