//! An embeddable help desk for e-commerce backends.

pub mod actor;
pub mod automation;
pub mod calendar;
pub mod channel;
pub mod content;
pub mod customer;
pub mod desk;
pub mod finding;
pub mod id;
pub mod language;
pub mod limits;
pub mod money;
pub mod notify;
pub mod order;
pub mod policy;
pub mod priority;
pub mod record;
pub mod routing;
pub mod rule;
pub mod run;
pub mod sla;
pub mod store;
pub mod team;
pub mod testing;
pub mod text;
pub mod ticket;
pub mod time;
pub mod view;

pub use desk::{Command, Desk, Effect, Event, Request};
pub use notify::Notifier;
pub use policy::Policy;
pub use store::Store;
pub use ticket::Ticket;
