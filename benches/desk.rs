//! What a decision costs, without any store: facts in, decision out.
//!
//! Targets, on one core of a quiet machine, under the sample policy (text routes, two event rules, two SLAs with
//! business calendars):
//!
//! - `decide/open`, `decide/reply`: below 20 microseconds, so that the decision never shows beside a database's
//!   round trip of hundreds.
//! - `decide/wake`: below 20 microseconds: a worker that was down over a week-end catches up with tens of thousands
//!   of tickets within a second.
//! - `drain/50_of_1000_agents`: below 2 milliseconds: one drain holds a queue's record, and the next waits for it.
//! - `fold/100k_events`: below 50 milliseconds: state of another fold is folded anew on load, so that the longest log
//!   that a shop can have must not be felt.

use criterion::{Criterion, criterion_group, criterion_main};
use destek::actor::Actor;
use destek::channel::{Channel, ChannelKind};
use destek::desk::{Command, Facts, Recorded, Request, Step, fold};
use destek::id::{AgentId, CustomerId, MessageId, Name, QueueId, TeamId, TicketId};
use destek::policy;
use destek::record::RecordKey;
use destek::store::blocking::{Sessions as _, Store as _};
use destek::team::{Presence, RecordAgent, SetPresence};
use destek::testing::Scene;
use destek::ticket::{Receive, Reply, Tag};
use destek::time::Span;

/// Where a benchmark cannot be set up there is nothing to measure.
type Setup<T> = Result<T, Box<dyn std::error::Error>>;

fn scene() -> Setup<Scene> {
    Ok(Scene::new(policy::sample().compile()?, "2026-11-27T07:00:00Z".parse()?))
}

fn receive(id: u128) -> Setup<(Actor, Receive)> {
    let customer = CustomerId::new(format!("c-{id}"))?;
    let (ticket, message) = (TicketId::from_u128(id), MessageId::from_u128(id));
    let body = "Merhaba, geçen hafta aldığım kazağın bedeni olmadı, iade etmek istiyorum. Ne yapmam gerekiyor?";
    let receive = Receive::new(ticket, message, customer.clone(), Channel::of(ChannelKind::Email), body);
    Ok((Actor::verified(customer), receive))
}

fn hire(scene: &mut Scene, number: u32) -> Setup<AgentId> {
    let agent = AgentId::new(format!("a-{number}"))?;
    let record = RecordAgent::new(agent.clone()).role(Name::new("agent")?).team(TeamId::new("iade-ekibi")?);
    scene.run(Actor::Host, record.skill(Name::new("iade")?, 3))?;
    scene.run(Actor::Host, SetPresence::new(agent.clone(), Presence::Available))?;
    Ok(agent)
}

fn facts(scene: &Scene, request: &Request) -> Setup<Facts> {
    let mut session = scene.store().begin(scene.tenant())?;
    Ok(session.gather(&scene.desk().needs(request))?)
}

fn measure(c: &mut Criterion, name: &str, scene: &mut Scene, actor: Actor, command: impl Into<Command>) -> Setup<()> {
    let request = scene.request(actor, command);
    let (mut facts, desk, now) = (facts(scene, &request)?, scene.desk(), scene.now());
    // What is measured is a decision, not the question for more.
    while let Step::More(needs) = desk.decide(&request, &facts, now)? {
        facts.extend(scene.store().begin(scene.tenant())?.gather(&needs)?);
    }
    c.bench_function(name, |bench| bench.iter(|| desk.decide(&request, &facts, now)));
    Ok(())
}

fn decide(c: &mut Criterion) -> Setup<()> {
    let mut scene = scene()?;
    let (customer, first) = receive(1)?;
    measure(c, "decide/open", &mut scene, customer.clone(), first.clone())?;

    let agent = hire(&mut scene, 1)?;
    scene.run(customer, first)?;
    scene.sweep();
    let ticket = TicketId::from_u128(1);
    let reply =
        Reply::new(ticket, MessageId::from_u128(2), "Kargo kodunuz 4417, ürünü on dört gün içinde gönderebilirsiniz.");
    measure(c, "decide/reply", &mut scene, Actor::Agent(agent), reply)?;

    // Two warnings and a breach have been missed.
    let later = scene.now() + Span::hours(9);
    scene.set_clock(later);
    measure(c, "decide/wake", &mut scene, Actor::Timer, Command::Wake(RecordKey::Ticket(ticket)))
}

fn drain(c: &mut Criterion) -> Setup<()> {
    let mut scene = scene()?;
    for id in 1..=60 {
        let (customer, receive) = receive(id)?;
        scene.run(customer, receive)?;
    }
    for number in 0..1_000 {
        hire(&mut scene, number)?;
    }
    measure(c, "drain/50_of_1000_agents", &mut scene, Actor::Timer, Command::Drain(QueueId::new("iade")?))
}

fn long_log(c: &mut Criterion) -> Setup<()> {
    let mut scene = scene()?;
    let (customer, first) = receive(1)?;
    scene.run(customer, first)?;
    let (ticket, tag) = (TicketId::from_u128(1), Name::new("acele")?);
    for turn in 0..100_000 {
        let change = Tag::new(ticket);
        let change = if turn % 2 == 0 { change.add(tag.clone()) } else { change.remove(tag.clone()) };
        scene.run(Actor::Host, change)?;
    }
    let key = RecordKey::Ticket(ticket);
    let mut log: Vec<Recorded> = scene.log(&key);
    log.truncate(100_000);
    c.bench_function("fold/100k_events", |bench| bench.iter(|| fold(&key, &log)));
    Ok(())
}

fn all(c: &mut Criterion) {
    for bench in [decide, drain, long_log] {
        if let Err(error) = bench(c) {
            eprintln!("not measured: {error}");
        }
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
