//! What is done on two tickets at once, and on what somebody saw of one, without any store: facts in, decision out.
//!
//! Targets, on one core of a quiet machine, under the sample policy:
//!
//! - `ticket/merge`: below 40 microseconds, twice a decision on one ticket.
//! - `ticket/undo`: below 100 microseconds after 1,000 messages on the target, whose log is read back to list what
//!   stays.
//! - `ticket/link`: below 40 microseconds where no other ticket is linked, as a merge; `ticket/link_200_walked` below
//!   200 microseconds where as many tickets are walked as may be.
//! - `ticket/seen_1k_events`: below 50 microseconds on a log of 1,000 messages that is read back, as another has changed
//!   the ticket since; `ticket/seen_now`: as without it.

use criterion::{Criterion, criterion_group, criterion_main};
use destek::actor::Actor;
use destek::channel::{Channel, ChannelKind};
use destek::desk::{Facts, Request, Step};
use destek::id::{AgentId, CustomerId, MessageId, Name, TeamId, TicketId};
use destek::limits;
use destek::policy;
use destek::record::RecordKey;
use destek::store::blocking::{Sessions as _, Store as _};
use destek::team::RecordAgent;
use destek::testing::Scene;
use destek::ticket::{Link, LinkKind, Merge, Open, Receive, Tag, Unmerge};

/// Where a benchmark cannot be set up there is nothing to measure.
type Setup<T> = Result<T, Box<dyn std::error::Error>>;

const SOURCE: TicketId = TicketId::from_u128(1);
const TARGET: TicketId = TicketId::from_u128(2);
/// As many tickets as may be walked to see that a link closes no circle.
const WALKED: u128 = limits::LINK_REACH_MAX as u128;

fn facts(scene: &Scene, request: &Request) -> Setup<Facts> {
    let (desk, store, tenant) = (scene.desk(), scene.store(), scene.tenant());
    let mut facts = store.begin(tenant)?.gather(&desk.needs(request))?;
    while let Step::More(needs) = desk.decide(request, &facts, scene.now())? {
        facts.extend(store.begin(tenant)?.gather(&needs)?);
    }
    Ok(facts)
}

fn measure(c: &mut Criterion, name: &str, scene: &Scene, request: &Request) -> Setup<()> {
    let (facts, desk, now) = (facts(scene, request)?, scene.desk(), scene.now());
    c.bench_function(name, |bench| bench.iter(|| desk.decide(request, &facts, now)));
    Ok(())
}

fn merge(c: &mut Criterion) -> Setup<()> {
    let mut scene = Scene::new(policy::sample().compile()?, "2026-11-27T07:00:00Z".parse()?);
    let lead = Actor::Agent(AgentId::new("ayşe")?);
    let record = RecordAgent::new(AgentId::new("ayşe")?).role(Name::new("lead")?).team(TeamId::new("destek")?);
    scene.run(Actor::Host, record)?;
    let (customer, chat) = (CustomerId::new("c-17")?, Channel::of(ChannelKind::Chat));
    for ticket in [SOURCE, TARGET] {
        scene.run(Actor::verified(customer.clone()), Open::new(ticket, customer.clone(), chat.clone()))?;
    }
    let request = scene.request(lead.clone(), Merge::new(SOURCE, TARGET));
    measure(c, "ticket/merge", &scene, &request)?;

    scene.run(lead.clone(), Merge::new(SOURCE, TARGET))?;
    for number in 0..1_000 {
        let (spare, message) = (TicketId::from_u128(3), MessageId::from_u128(number));
        let receive = Receive::new(spare, message, customer.clone(), chat.clone(), "Kargom nerede?");
        scene.run(Actor::verified(customer.clone()), receive.answers(if number % 2 == 0 { SOURCE } else { TARGET }))?;
    }
    let request = scene.request(lead, Unmerge::new(SOURCE));
    measure(c, "ticket/undo", &scene, &request)
}

fn seen(c: &mut Criterion) -> Setup<()> {
    let mut scene = Scene::new(policy::sample().compile()?, "2026-11-27T07:00:00Z".parse()?);
    let agent = Actor::Agent(AgentId::new("ayşe")?);
    let record = RecordAgent::new(AgentId::new("ayşe")?).role(Name::new("agent")?).team(TeamId::new("destek")?);
    scene.run(Actor::Host, record)?;
    let (customer, chat) = (CustomerId::new("c-17")?, Channel::of(ChannelKind::Chat));
    scene.run(Actor::verified(customer.clone()), Open::new(SOURCE, customer.clone(), chat.clone()))?;
    for number in 0..1_000 {
        let receive =
            Receive::new(TARGET, MessageId::from_u128(number), customer.clone(), chat.clone(), "Kargom nerede?");
        scene.run(Actor::verified(customer.clone()), receive.answers(SOURCE))?;
    }
    let tag = |tag: &str| Name::new(tag).map(|tag| Tag::new(SOURCE).add(tag));
    let before = scene.run(agent.clone(), tag("a")?)?.version(&RecordKey::Ticket(SOURCE)).ok_or("it was tagged")?;
    let now = scene.run(Actor::Host, tag("b")?)?.version(&RecordKey::Ticket(SOURCE)).ok_or("it was tagged")?;
    for (name, seen) in [("ticket/seen_now", now), ("ticket/seen_1k_events", before)] {
        let request = scene.request(agent.clone(), tag("c")?).seen(seen);
        measure(c, name, &scene, &request)?;
    }
    Ok(())
}

/// A ticket that blocks one at the end of a chain, so that as many as may be are walked.
fn link(c: &mut Criterion) -> Setup<()> {
    let mut scene = Scene::new(policy::sample().compile()?, "2026-11-27T07:00:00Z".parse()?);
    let lead = Actor::Agent(AgentId::new("ayşe")?);
    let record = RecordAgent::new(AgentId::new("ayşe")?).role(Name::new("lead")?).team(TeamId::new("destek")?);
    scene.run(Actor::Host, record)?;
    let chat = Channel::of(ChannelKind::Chat);
    let tickets: Vec<TicketId> = (1..=WALKED + 1).map(TicketId::from_u128).collect();
    for ticket in &tickets {
        let customer = CustomerId::new(format!("c-{}", ticket.as_u128()))?;
        scene.run(Actor::verified(customer.clone()), Open::new(*ticket, customer, chat.clone()))?;
    }
    let first = Link::new(SOURCE, LinkKind::Blocks, TARGET);
    let request = scene.request(lead.clone(), first);
    measure(c, "ticket/link", &scene, &request)?;
    for pair in tickets.windows(2).skip(1) {
        if let [one, other] = *pair {
            scene.run(lead.clone(), Link::new(one, LinkKind::Blocks, other))?;
        }
    }
    let request = scene.request(lead, Link::new(SOURCE, LinkKind::Blocks, TARGET));
    measure(c, "ticket/link_200_walked", &scene, &request)
}

fn all(c: &mut Criterion) {
    for measured in [merge(c), link(c), seen(c)] {
        if let Err(error) = measured {
            eprintln!("not measured: {error}");
        }
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
