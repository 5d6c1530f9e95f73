//! The shell over the real desk: draining in one call, in both forms.

use destek::actor::Actor;
use destek::channel::{Channel, ChannelKind};
use destek::content::Seed;
use destek::desk::Desk;
use destek::id::{AgentId, CustomerId, MessageId, Name, QueueId, TeamId, TenantId, TicketId};
use destek::policy::{Policy, PolicyDoc};
use destek::run;
use destek::store::blocking;
use destek::team::{Presence, RecordAgent, SetPresence};
use destek::testing::{Scene, ready};
use destek::ticket::Open;

fn one_queue() -> Policy {
    let text = r#"{ "version": 1, "default_queue": "genel", "queue": [{ "name": "genel", "teams": ["destek"] }] }"#;
    serde_json::from_str::<PolicyDoc>(text).unwrap().compile().unwrap()
}

/// 120 tickets wait, and two agents have room for 70 and 30.
fn crowd() -> Scene {
    let mut scene = Scene::new(one_queue(), "2026-11-27T10:00:00Z".parse().unwrap());
    for (name, capacity) in [("ada", 70), ("bora", 30)] {
        let agent = AgentId::new(name).unwrap();
        let record = RecordAgent::new(agent.clone()).role(Name::new("agent").unwrap());
        let record = record.team(TeamId::new("destek").unwrap()).capacity(capacity);
        scene.run(Actor::Host, record).unwrap();
        scene.run(Actor::Host, SetPresence::new(agent, Presence::Available)).unwrap();
    }
    for i in 1..=120 {
        let customer = CustomerId::new(format!("c-{i}")).unwrap();
        let open = Open::new(TicketId::from_u128(i), customer.clone(), Channel::of(ChannelKind::Email));
        scene.run(Actor::verified(customer), open).unwrap();
    }
    scene
}

fn check(scene: &Scene, changed: usize) {
    let given = scene.tickets().iter().filter(|ticket| ticket.assignee().is_some()).count();
    assert_eq!((changed, given), (100, 100), "as many as there is room for, in more than one batch");
    assert_eq!(scene.load(&AgentId::new("ada").unwrap()), 70);
    assert_eq!(scene.load(&AgentId::new("bora").unwrap()), 30);
    let first_left = scene.tickets().into_iter().find(|ticket| ticket.assignee().is_none());
    assert_eq!(first_left.map(|ticket| ticket.id()), Some(TicketId::from_u128(101)), "nobody was overtaken");
}

#[test]
fn drain_gives_away_what_there_is_room_for_in_one_call() {
    let drain = run::Drain::new(QueueId::new("genel").unwrap(), Seed::new([9; 32]));
    let scene = crowd();
    let (desk, store, tenant) = (scene.desk(), scene.store(), scene.tenant());
    let changed = blocking::drain(desk, store, tenant, scene.now(), &drain).unwrap();
    check(&scene, changed);
    let again = blocking::drain(desk, store, tenant, scene.now(), &drain).unwrap();
    assert_eq!(again, 0, "what a seed did before is not counted again");

    let scene = crowd();
    let (desk, store, tenant) = (scene.desk(), scene.store(), scene.tenant());
    let changed = ready(run::drain(desk, store, tenant, scene.now(), &drain)).unwrap();
    check(&scene, changed);
}

/// During a rolling deployment a worker of the policy before runs beside those of the present one.
#[test]
fn law_14_a_worker_of_another_policy_keeps_nothing_from_those_of_the_present_one() {
    let mut scene = Scene::new(one_queue(), "2026-11-27T10:00:00Z".parse().unwrap());
    let open = Open::new(TicketId::from_u128(1), CustomerId::new("c-1").unwrap(), Channel::of(ChannelKind::Form));
    scene.run(Actor::Host, open).unwrap();
    let old = Desk::new(destek::policy::sample().compile().unwrap());
    let (store, tenant, now) = (scene.store(), scene.tenant(), scene.now());
    let sweep = run::Sweep::new(Seed::new([7; 32]));
    let stale = blocking::sweep(&old, store, tenant, now, &sweep).unwrap_err();
    assert_eq!(stale.code(), "stale_policy");
    let swept = blocking::sweep(scene.desk(), store, tenant, now, &sweep).unwrap();
    assert_eq!((swept.woken, swept.conflicts), (1, 0), "the queue that the ticket woke");
    // A tenant whose policy nobody activated does not look well.
    let forgotten = TenantId::new("yeni").unwrap();
    assert_eq!(blocking::sweep(scene.desk(), store, &forgotten, now, &sweep).unwrap_err().code(), "stale_policy");
}

/// A backend has no scene to ask: it reads a ticket back through its own store, in both forms.
#[test]
fn a_ticket_is_read_back_with_its_log_and_texts() {
    let mut scene = Scene::new(one_queue(), "2026-11-27T10:00:00Z".parse().unwrap());
    let (ticket, customer) = (TicketId::from_u128(1), CustomerId::new("c-1").unwrap());
    let channel = Channel::of(ChannelKind::Email);
    let receive = |id, text: &str| {
        let message = MessageId::from_u128(id);
        destek::ticket::Receive::new(ticket, message, customer.clone(), channel.clone(), text)
    };
    scene.run(Actor::verified(customer.clone()), receive(1, "Kargom nerede?")).unwrap();
    scene.run(Actor::verified(customer.clone()), receive(2, "Acil.")).unwrap();

    let mut session = blocking::Sessions::begin(scene.store(), scene.tenant()).unwrap();
    let read = blocking::load_ticket(&mut session, ticket).unwrap().unwrap();
    assert_eq!(Some(&read), scene.dossier(ticket).as_ref());
    let seen = destek::view::for_customer(&Actor::verified(customer), &read).unwrap();
    let said = seen.timeline.iter().filter_map(|entry| match &entry.what {
        destek::view::CustomerEvent::Said { text, .. } => text.as_deref(),
        _ => None,
    });
    assert_eq!(said.collect::<Vec<_>>(), ["Kargom nerede?", "Acil."]);
    assert_eq!(ready(run::load_ticket(&mut session, ticket)).unwrap().as_ref(), Some(&read));
    assert_eq!(blocking::load_ticket(&mut session, TicketId::from_u128(2)).unwrap(), None);
}
