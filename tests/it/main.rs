//! Integration tests: one binary.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod calendar_laws;
mod calendar_vectors;
mod shell;
mod sla_vectors;
