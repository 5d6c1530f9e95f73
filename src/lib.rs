//! An embeddable help desk: tickets, SLA clocks, routing and automation as a pure state machine, inside your own
//! process and your own database.
//!
//! It is not a service, and brings no server, no user interface, no mail and no database of its own. It decides;
//! your backend asks, stores and sends.
//!
//! # A first example
//!
//! A shop promises VIPs an answer within fifteen minutes, day and night. Nobody answers.
//!
//! ```
//! use destek::{actor::Actor, channel::{Channel, ChannelKind}, customer::RecordCustomer, policy, sla::Metric};
//! use destek::{id::{CustomerId, Name, TicketId}, testing::Scene, ticket::Open, time::Span};
//!
//! let mut shop = Scene::new(policy::sample().compile()?, "2026-11-27T20:00:00Z".parse()?);
//! let (ticket, customer) = (TicketId::from_u128(1), CustomerId::new("c-17")?);
//! shop.run(Actor::Host, RecordCustomer::new(customer.clone()).tier(Name::new("vip")?))?;
//!
//! let open = Open::new(ticket, customer.clone(), Channel::of(ChannelKind::Chat)).subject("Kargom nerede?");
//! shop.run(Actor::verified(customer), open)?;
//! shop.advance(Span::minutes(16));
//!
//! let ticket = shop.ticket(ticket).ok_or("it was opened")?;
//! let calendars = shop.desk().policy().calendars();
//! assert!(ticket.promise(Metric::FirstResponse, calendars, shop.now()).is_late());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`testing::Scene`] is a desk with a store in memory and a clock that moves when told.
//!
//! # Where to go from here
//!
//! | page | |
//! |---|---|
//! | [quickstart](manual::quickstart) | the same life in a backend, with a store, a sweep and a relay; what a refusal means |
//! | [cookbook](manual::cookbook) | short recipes that run: take in a mail, show a ticket, give a refund, act on many tickets, erase a text |
//! | [policy](manual::policy), [testing](manual::testing) | writing the rule book, and trying it |
//! | [tickets](manual::tickets) | merging and splitting, approvals, links, tasks, time worked, several agents at once |
//! | [inbox](manual::inbox) | lists of tickets, pages, saved views |
//! | [transaction](manual::transaction), [store](manual::store) | inside your own transaction, on your own database |
//! | [delivery](manual::delivery) | sending what was decided |
//! | [time zones](manual::time_zones) | calendars, holidays, daylight saving |
//! | [laws](manual::laws), [glossary](manual::glossary) | what other pages name by number; words, with the Turkish ones |
//! | [limits](manual::limits), [changelog](manual::changelog) | what the library cannot do; what has changed |
//!
//! # The eight types to know
//!
//! | type | is |
//! |---|---|
//! | [`Policy`] | the whole rule book of a shop: calendars, promises, queues, routes, rules, roles; compiled from a document |
//! | [`Desk`] | decides with one policy; holds no tickets |
//! | [`Request`] | one thing that somebody asks: a command, an actor, an id that makes asking twice harmless |
//! | [`Command`] | what is asked: about a ticket ([`ticket::Command`]), a customer, an order, an agent, or time itself |
//! | [`Ticket`] | one request of one customer until nothing is left to do; the fold of its events |
//! | [`Event`] | what happened, with its cause; never changed afterwards |
//! | [`Effect`] | what the outside is asked for: an answer to send, a notice; a row before it is a message |
//! | [`Store`] | your database, seen from here: gather what a decision needs, write what it changes |
//!
//! # How it fits a backend
//!
//! ```text
//!   your endpoint            your scheduler, once a second
//!        |                       |                 |
//!     Request                  sweep             relay ---> Notifier ---> mail, chat, your tools
//!        |                       |                 ^
//!        v                       v                 |
//!   +---------------- run ----------------+        |
//!   |  needs ---> gather ---> decide      |        |
//!   |               |            |        |        |
//!   +---------------|------------|--------+        |
//!                   |            v                 |
//!              your store <--- write (one step) ---+ outbox
//! ```
//!
//! [`Desk::needs`] says what a request wants to see, the store gathers it, [`Desk::decide`] is a plain function of request,
//! facts and `now`, which may ask for more once it has seen something (at most [`limits::NEEDS_ROUNDS_MAX`] trips in all;
//! most requests need one, the first mail of a customer two), and the store writes its changes all or nothing: states, events, texts,
//! wake-ups, effects and the receipt. [`run`] is the few dozen lines between, [`store::blocking`] the same without
//! futures. Begin and commit are yours, so that a ticket can be opened in the transaction that cancels the order.
//!
//! # Features
//!
//! The first three are on by default. Each only adds; the core without them builds 40 packages.
//!
//! | feature | gives | packages |
//! |---|---|---|
//! | `chrono-tz` | named IANA time zones for calendars ([`manual::time_zones`]) | 4 |
//! | `json` | policy documents in JSON: `policy::json` | 0 |
//! | `toml` | policy documents in TOML: `policy::toml` | 5 |
//! | `sqlite` | a store in SQLite, also inside your own transaction: `store::sqlite` | 14 |
//! | `conformance` | the contracts of the store as tests: `conformance` | 0 |
//! | `webhooks` | effects as signed webhooks over your HTTP client: `notify::webhook` | 3 |
//!
//! # What holds
//!
//! - **Deterministic.** The same request on the same facts at the same `now` gives the same decision, on every machine.
//!   State is the fold of its events, byte for byte.
//! - **Total.** Every command in every state gives a decision or a [`desk::Rejection`] with a code, and a rejection
//!   changes nothing. No input makes it panic. Everything has a limit, and [`limits`] says why.
//! - **Quiet.** No clock, randomness, IO, threads or global state in the core; `unsafe` is forbidden. Two things are the
//!   exception and say so: [`notify::FileNotifier`] writes a file, [`store::MemoryStore`] has a lock.
//! - **Cancel-safe.** Dropping a future of [`run`] never leaves half a decision behind; each function says what it may
//!   leave.
//! - **Explained.** Every event has its cause, every clock its stretches, every assignment its reason.
//! - **Versions.** Rust 1.88; raising it is a minor release. Before 1.0 a minor release may break code. What is stored has
//!   its own promise from the first release on: later versions read it.

pub mod actor;
pub mod automation;
pub mod calendar;
pub mod channel;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod content;
pub mod customer;
pub mod desk;
pub mod draft;
pub mod finding;
pub mod id;
pub mod inbox;
pub mod job;
pub mod language;
pub mod limits;
#[cfg(any(doc, doctest))]
pub mod manual;
pub mod money;
pub mod notify;
pub mod order;
pub mod policy;
pub mod priority;
pub mod record;
pub mod routing;
pub mod rule;
pub mod run;
pub mod schedule;
pub mod sla;
pub mod small;
pub mod store;
pub mod team;
pub mod testing;
pub mod text;
pub mod ticket;
pub mod time;
pub mod view;
pub mod watch;
mod written;

pub use desk::{Command, Desk, Effect, Event, Request};
pub use notify::Notifier;
pub use policy::Policy;
pub use store::Store;
pub use ticket::Ticket;
