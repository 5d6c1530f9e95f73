//! A desk with a store in memory and a clock of its own, for tests and examples.
//!
//! [`Scene`] plays commands and lets time pass; [`Given`] checks one decision in three methods; [`Script`] is a
//! life made of raw intents, for property tests: intents are resolved against the tickets that exist while it is
//! replayed, and refusals are recorded instead of avoided, so that shrinking stays sound.

mod given;
mod ready;
mod scene;
mod script;

pub use given::{Given, Outcome};
pub use ready::ready;
pub use scene::Scene;
pub use script::{Intent, Played, Script, ScriptStep};
