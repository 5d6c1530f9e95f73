//! What a page of a list costs in a store in memory that holds a million tickets, one in eight of them open.
//!
//! Targets on one core of a quiet machine, for fifty rows:
//!
//! - `search/page_1M/first` and `search/page_1M/deep` (behind half of all tickets): 200 microseconds each, and the same,
//!   as a page begins at a place and not at a number of rows to skip.
//! - `search/page_1M/customer`: 100 microseconds: a customer has few tickets, and only they are looked at.
//! - `search/page_1M/queue`: 1 millisecond: the open tickets of a team's queues by due, which walks past what is not theirs.
//! - `search/page_1M/count`: 1 millisecond for "more than 100".
//!
//! The lists themselves are made before anything is measured.

use criterion::{Criterion, criterion_group, criterion_main};
use destek::actor::Actor;
use destek::channel::{Channel, ChannelKind};
use destek::id::{CustomerId, Name, TeamId, TicketId};
use destek::inbox::{Filter, Query, Sort, SortBy};
use destek::policy;
use destek::record::RecordKey;
use destek::store::blocking::{Search as _, Sessions as _};
use destek::team::RecordAgent;
use destek::testing::Scene;
use destek::ticket::{Category, Close, Open};
use destek::time::Span;

/// Where a benchmark cannot be set up there is nothing to measure.
type Setup<T> = Result<T, Box<dyn std::error::Error>>;

const ROWS: usize = 50;

/// A million, or a few where only it is tried that the benches run.
fn tickets() -> u128 {
    if std::env::args().any(|arg| arg == "--test") { 2_000 } else { 1_000_000 }
}

struct World {
    scene: Scene,
    queries: Vec<(&'static str, Query)>,
}

impl World {
    fn new() -> Setup<Self> {
        let mut scene = Scene::new(policy::sample().compile()?, "2026-11-27T07:00:00Z".parse()?);
        let import = Actor::Import(Name::new("eski")?);
        for id in 0..tickets() {
            let ticket = TicketId::from_u128(id);
            // Ten tickets a customer, and none of them near another in the order of ids.
            let customer = CustomerId::new(format!("c-{}", id % (tickets() / 10)))?;
            let kind = ChannelKind::ALL.get(usize::try_from(id % 5)?).copied().unwrap_or(ChannelKind::Email);
            scene.set_clock(scene.now() + Span::millis(10));
            scene.run(import.clone(), Open::new(ticket, customer, Channel::of(kind)))?;
            if id % 8 != 0 {
                scene.run(import.clone(), Close::new(ticket))?;
            }
        }
        let agent = RecordAgent::new("ayşe".parse()?).role(Name::new("agent")?).team(TeamId::new("destek")?);
        scene.run(Actor::Host, agent)?;
        let queries = queries(&scene)?;
        Ok(Self { scene, queries })
    }
}

fn queries(scene: &Scene) -> Setup<Vec<(&'static str, Query)>> {
    let (agent, customer) = (Actor::Agent("ayşe".parse()?), Actor::verified(CustomerId::new("c-7")?));
    let record = scene.state(&RecordKey::Agent("ayşe".parse()?)).ok_or("she was recorded")?;
    let scope = |actor: &Actor, filter: &Filter| {
        scene.desk().scope(actor, record.agent().filter(|_| actor.agent().is_some()), filter, scene.now())
    };
    let all = scope(&Actor::Host, &Filter::everything())?;
    let newest = Sort::descending(SortBy::Updated);
    // The cursor of a page in the middle: that of the first page of what was opened before the middle.
    let half = tickets() / 2;
    let mut session = scene.store().begin(scene.tenant())?;
    let by_number = Sort::ascending(SortBy::Number);
    let page = session.tickets(&all.query(by_number, None, ROWS)?)?;
    let next = page.next.ok_or("there are more")?.to_string();
    // Its text is a form, the list, a key and a ticket.
    let list = next.split('.').take(2).collect::<Vec<_>>().join(".");
    let deep = format!("{list}.{half}.{:032x}", half - 1).parse()?;
    let open = Filter::Category([Category::New, Category::Open].into());
    Ok(vec![
        ("first", all.query(newest, None, ROWS)?),
        ("deep", all.query(by_number, Some(&deep), ROWS)?),
        ("customer", scope(&customer, &Filter::everything())?.query(Sort::descending(SortBy::Opened), None, ROWS)?),
        ("queue", scope(&agent, &open)?.query(Sort::ascending(SortBy::Due), None, ROWS)?),
    ])
}

fn all(c: &mut Criterion) {
    let mut group = c.benchmark_group("search/page_1M");
    group.sample_size(20);
    let world = match World::new() {
        Ok(world) => world,
        Err(error) => return eprintln!("not measured: {error}"),
    };
    let Ok(mut session) = world.scene.store().begin(world.scene.tenant());
    for (name, query) in &world.queries {
        // The lists are made by the first search.
        let Ok(page) = session.tickets(query);
        debug_assert!(!page.rows.is_empty(), "{name}");
        group.bench_function(*name, |bench| bench.iter(|| session.tickets(query)));
    }
    if let Some((_, query)) = world.queries.last() {
        group.bench_function("count", |bench| bench.iter(|| session.count(query.filter(), 100)));
    }
    group.finish();
}

criterion_group!(benches, all);
criterion_main!(benches);
