//! The main job of the library, end to end: a week of messages to a small Turkish web shop.
//!
//! `cargo run --release --example shop_day` plays the week and prints what a support lead wants to know; the figures
//! are counted twice, from the states and from the event log, and must agree. `README.md` beside this file says more.

// The path lets a test include the same file, whose modules lie beside it.
#[path = "day.rs"]
mod day;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let (out, err) = (std::io::stdout(), std::io::stderr());
    ExitCode::from(day::main(&arguments, &mut out.lock(), &mut err.lock()))
}
