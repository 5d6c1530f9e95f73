//! Reading pictures of tickets.
//!
//! Target, on one core of a quiet machine: `view/history_1k_events` below 500 microseconds, far below what a screen
//! needs to draw as much: what each event changed is found by folding the log once, and what was taken back by one
//! more walk, so that it grows with the number of events.

use criterion::{Criterion, criterion_group, criterion_main};
use destek::actor::Actor;
use destek::channel::{Channel, ChannelKind};
use destek::id::{AgentId, CustomerId, MessageId, Name, TeamId, TicketId};
use destek::team::RecordAgent;
use destek::testing::Scene;
use destek::ticket::{Open, Receive, Refuse, Reply, Resolve, Tag};
use destek::time::Span;
use destek::view::{self, Dossier};
use destek::{policy, record::RecordKey};

/// Where a benchmark cannot be set up there is nothing to measure.
type Setup<T> = Result<T, Box<dyn std::error::Error>>;

const TICKET: TicketId = TicketId::from_u128(1);
const EVENTS: usize = 1_000;

/// A ticket with at least a thousand events: messages, answers, tags, ends and their being taken back, and what rules
/// and clocks make of them.
fn long_life() -> Setup<(Scene, Dossier)> {
    let mut scene = Scene::new(policy::sample().compile()?, "2026-11-27T07:00:00Z".parse()?);
    let (agent, customer) = (AgentId::new("ayşe")?, CustomerId::new("c-17")?);
    let record = RecordAgent::new(agent.clone()).role(Name::new("agent")?).team(TeamId::new("destek")?);
    scene.run(Actor::Host, record)?;
    let (agent, owner, chat) = (Actor::Agent(agent), Actor::verified(customer.clone()), Channel::of(ChannelKind::Chat));
    scene.run(owner.clone(), Open::new(TICKET, customer.clone(), chat.clone()))?;
    let mut message = 0;
    while scene.log(&RecordKey::Ticket(TICKET)).len() < EVENTS {
        let mut next = || {
            message += 1;
            MessageId::from_u128(message)
        };
        scene.run(owner.clone(), Receive::new(TICKET, next(), customer.clone(), chat.clone(), "Kargom nerede?"))?;
        scene.run(agent.clone(), Reply::new(TICKET, next(), "Yolda."))?;
        let tag = Name::new(format!("t-{}", message % 8))?;
        scene.run(agent.clone(), {
            let change = Tag::new(TICKET);
            if message % 16 < 8 { change.add(tag) } else { change.remove(tag) }
        })?;
        scene.run(agent.clone(), Resolve::new(TICKET))?;
        scene.run(owner.clone(), Refuse::new(TICKET))?;
        scene.advance(Span::minutes(5));
    }
    let dossier = scene.dossier(TICKET).ok_or("it was opened")?;
    Ok((scene, dossier))
}

fn history(c: &mut Criterion) -> Setup<()> {
    let (scene, dossier) = long_life()?;
    let (policy, now) = (scene.desk().policy(), scene.now());
    let owner = Actor::verified(CustomerId::new("c-17")?);
    c.bench_function("view/history_1k_events", |bench| {
        bench.iter(|| view::for_team(policy, (&Actor::Host, None), &dossier, now));
    });
    c.bench_function("view/history_1k_events_customer", |bench| bench.iter(|| view::for_customer(&owner, &dossier)));
    Ok(())
}

fn all(c: &mut Criterion) {
    if let Err(error) = history(c) {
        eprintln!("not measured: {error}");
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
