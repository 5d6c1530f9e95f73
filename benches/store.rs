//! What a whole command costs in memory: gather, decide, write, commit, all guards checked.
//!
//! The command adds or removes a tag, one thread asks, every request has its own id. Targets on one core of a
//! quiet machine:
//!
//! - `execute/memory/10k_tickets`: 500,000 a second (2 microseconds): ten times what the largest shop's backend
//!   asks of one process, so that tests and replays over a year's tickets take seconds.
//! - `execute/memory/history_1000` at most 1.2 times `execute/memory/history_1`: what a ticket has been through must
//!   not show, since decisions read the state and never the log (law 8). Both touch the same 500 tickets of the
//!   10,000, whose logs have one thousand changes more or not; all ten thousand with a thousand events each would only
//!   measure how much memory there is.

use std::time::Duration;

use criterion::measurement::{Measurement as _, WallTime};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use destek::actor::Actor;
use destek::channel::{Channel, ChannelKind};
use destek::desk::Request;
use destek::id::{CustomerId, Name, TicketId};
use destek::policy;
use destek::store::blocking::execute_with_retry;
use destek::testing::Scene;
use destek::ticket::{Open, Tag};

/// Where a benchmark cannot be set up there is nothing to measure.
type Setup<T> = Result<T, Box<dyn std::error::Error>>;

const TICKETS: u128 = 10_000;
const HOT: u128 = 500;
/// Requests are prepared outside the measured time, so many at once.
const BATCH: u64 = 10_000;
/// A store is thrown away after so many commands, so that memory does not grow with the time of measuring.
const WORN_OUT: u64 = 300_000;

struct World {
    scene: Scene,
    tag: Name,
    turn: u128,
    touched: u128,
    used: u64,
}

impl World {
    fn new(touched: u128, history: u128) -> Setup<Self> {
        let mut scene = Scene::new(policy::sample().compile()?, "2026-11-27T07:00:00Z".parse()?);
        for id in 0..TICKETS {
            let customer = CustomerId::new(format!("c-{id}"))?;
            scene.run(Actor::Host, Open::new(TicketId::from_u128(id), customer, Channel::of(ChannelKind::Form)))?;
        }
        let mut world = Self { scene, tag: Name::new("acele")?, turn: 0, touched, used: 0 };
        for _ in 0..touched * history {
            let request = world.request();
            world.scene.execute(&request)?;
        }
        Ok(world)
    }

    fn request(&mut self) -> Request {
        let change = Tag::new(TicketId::from_u128(self.turn % self.touched));
        let adds = (self.turn / self.touched).is_multiple_of(2);
        let change = if adds { change.add(self.tag.clone()) } else { change.remove(self.tag.clone()) };
        self.turn += 1;
        self.scene.request(Actor::Host, change)
    }

    fn run(&mut self, times: u64) -> Duration {
        let requests: Vec<Request> = (0..times).map(|_| self.request()).collect();
        self.used += times;
        let (desk, store, tenant, now) = (self.scene.desk(), self.scene.store(), self.scene.tenant(), self.scene.now());
        let start = WallTime.start();
        let done = requests.iter().filter(|request| execute_with_retry(desk, store, tenant, request, now, 1).is_ok());
        let done = done.count();
        let took = WallTime.end(start);
        debug_assert_eq!(done as u64, times);
        took
    }
}

fn measure(c: &mut Criterion, name: &str, touched: u128, history: u128) {
    let mut group = c.benchmark_group("execute/memory");
    group.throughput(Throughput::Elements(1)).sample_size(20).measurement_time(Duration::from_secs(4));
    // Made when it is first needed, which is never where this sample was not asked for.
    let mut world: Option<World> = None;
    group.bench_function(name, |bench| {
        bench.iter_custom(|times| {
            let (mut left, mut took) = (times, Duration::ZERO);
            while left > 0 {
                let worn_out = world.as_ref().is_none_or(|world| world.used >= WORN_OUT);
                if worn_out {
                    world = World::new(touched, history).inspect_err(|error| eprintln!("not measured: {error}")).ok();
                }
                let Some(world) = &mut world else { return took };
                let batch = left.min(BATCH);
                took += world.run(batch);
                left -= batch;
            }
            took
        });
    });
    group.finish();
}

fn all(c: &mut Criterion) {
    measure(c, "10k_tickets", TICKETS, 0);
    measure(c, "history_1", HOT, 0);
    measure(c, "history_1000", HOT, 1_000);
}

criterion_group!(benches, all);
criterion_main!(benches);
