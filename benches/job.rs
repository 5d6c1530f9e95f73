//! What a bulk command costs: a whole job through the shell, every item with all its guards.
//!
//! The job adds a tag to each of its tickets; one worker sweeps a store in memory until nothing is left. Target on one
//! core of a quiet machine: `job/10k_items` at most 200 milliseconds, 20 microseconds an item, of which the command
//! itself is some 4 (`execute/memory`): a job on a database then costs what its round trips cost. An item of
//! `job/10k_items` costs at most 1.2 times one of `job/1k_items`: the state of a job holds one page, whatever its size.

use std::time::Duration;

use criterion::measurement::{Measurement as _, WallTime};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use destek::actor::Actor;
use destek::channel::{Channel, ChannelKind};
use destek::content::Seed;
use destek::id::{CustomerId, JobId, Name, TicketId};
use destek::job::{EACH, StartJob, Status};
use destek::policy;
use destek::run::Sweep;
use destek::store::blocking::sweep;
use destek::testing::Scene;
use destek::ticket::{Open, Tag};

/// Where a benchmark cannot be set up there is nothing to measure.
type Setup<T> = Result<T, Box<dyn std::error::Error>>;

const TICKETS: u128 = 10_000;
/// A store is thrown away after so many jobs, so that memory does not grow with the time of measuring.
const WORN_OUT: u128 = 20;

struct World {
    scene: Scene,
    tag: Name,
    jobs: u128,
}

impl World {
    fn new() -> Setup<Self> {
        let mut scene = Scene::new(policy::sample().compile()?, "2026-11-27T07:00:00Z".parse()?);
        for id in 1..=TICKETS {
            let customer = CustomerId::new(format!("c-{id}"))?;
            scene.run(Actor::Host, Open::new(TicketId::from_u128(id), customer, Channel::of(ChannelKind::Form)))?;
        }
        scene.sweep();
        Ok(Self { scene, tag: Name::new("kampanya")?, jobs: 0 })
    }

    /// Starts a job, and measures what it takes to do all of it.
    fn job(&mut self, items: u128) -> Setup<Duration> {
        self.jobs += 1;
        let job = JobId::from_u128(self.jobs);
        let tag = Tag::new(EACH);
        let tag = if self.jobs % 2 == 1 { tag.add(self.tag.clone()) } else { tag.remove(self.tag.clone()) };
        self.scene.run(Actor::Host, StartJob::new(job, (1..=items).map(TicketId::from_u128), tag))?;
        let (desk, store, tenant, now) = (self.scene.desk(), self.scene.store(), self.scene.tenant(), self.scene.now());
        let mut seed = [0; 32];
        seed[..16].copy_from_slice(&self.jobs.to_be_bytes());
        let whole = Sweep::new(Seed::new(seed)).limit(usize::MAX);
        let start = WallTime.start();
        sweep(desk, store, tenant, now, &whole)?;
        let took = WallTime.end(start);
        let ended = self.scene.job(job).filter(|job| job.status() == Status::Finished);
        let done = ended.map(|job| u128::from(job.done()));
        if done == Some(items) { Ok(took) } else { Err(format!("{done:?} of {items} items were done").into()) }
    }
}

fn measure(c: &mut Criterion, name: &str, items: u128) {
    let mut group = c.benchmark_group("job");
    let elements = u64::try_from(items).unwrap_or(u64::MAX);
    group.throughput(Throughput::Elements(elements)).sample_size(10).measurement_time(Duration::from_secs(4));
    // Made when it is first needed, which is never where this sample was not asked for.
    let mut world: Option<World> = None;
    group.bench_function(name, |bench| {
        bench.iter_custom(|times| {
            let mut took = Duration::ZERO;
            for _ in 0..times {
                if world.as_ref().is_none_or(|world| world.jobs >= WORN_OUT) {
                    world = World::new().inspect_err(|error| eprintln!("not measured: {error}")).ok();
                }
                let Some(world) = &mut world else { return took };
                match world.job(items) {
                    Ok(one) => took += one,
                    Err(error) => eprintln!("not measured: {error}"),
                }
            }
            took
        });
    });
    group.finish();
}

fn all(c: &mut Criterion) {
    measure(c, "1k_items", 1_000);
    measure(c, "10k_items", TICKETS);
}

criterion_group!(benches, all);
criterion_main!(benches);
