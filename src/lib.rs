//! An embeddable help desk for e-commerce backends.

pub mod actor;
pub mod calendar;
pub mod channel;
pub mod content;
pub mod finding;
pub mod id;
pub mod language;
pub mod limits;
pub mod money;
pub mod priority;
pub mod record;
pub mod sla;
pub mod text;
pub mod time;
