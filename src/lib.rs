//! An embeddable help desk for e-commerce backends.

pub mod actor;
pub mod automation;
pub mod calendar;
pub mod channel;
pub mod content;
pub mod customer;
pub mod finding;
pub mod id;
pub mod language;
pub mod limits;
pub mod money;
pub mod order;
pub mod policy;
pub mod priority;
pub mod record;
pub mod rule;
pub mod sla;
pub mod team;
pub mod text;
pub mod ticket;
pub mod time;
