//! Integration tests: one binary.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod approvals;
mod bad_policies;
mod bounds;
mod calendar_laws;
mod calendar_vectors;
mod cast;
mod consequences;
mod coverage;
mod drafts;
mod gate;
mod golden;
mod history;
mod hostile;
mod house;
mod inbox;
mod jobs;
mod laws_core;
mod laws_edges;
mod laws_rules;
mod laws_time;
mod links;
mod merge;
mod nudges;
mod overdue;
mod parts;
mod personal;
mod replay;
mod requesters;
#[cfg(feature = "chrono-tz")]
mod schedules;
mod scripts;
mod sealed;
mod search;
mod service_model;
mod shell;
#[cfg(all(feature = "chrono-tz", feature = "json", feature = "toml"))]
mod shop_day;
mod sides;
mod size;
mod sla_vectors;
#[cfg(feature = "sqlite")]
mod sqlite;
mod states;
mod tasks;
mod views;
mod watching;
#[cfg(feature = "webhooks")]
mod webhooks;
mod world;
