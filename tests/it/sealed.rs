//! What a later version of the library wrote stands still until the upgrade, and holds up nothing else (law 3): as
//! when two versions run side by side for an hour.

use crate::cast::{
    SPARE, START, TICKET, acting, agent, at, customer, email, everything, message, name, order, queue, read, record,
    run, verified,
};
use destek::actor::Actor;
use destek::customer::{Ban, RecordCustomer, Unban};
use destek::desk::{Command, FOLD, Facts, Recorded, SCHEMA, State, fold};
use destek::id::{JobId, TenantId, TicketId};
use destek::job::{CancelJob, EACH, StartJob};
use destek::limits;
use destek::order::{OrderCategory, RecordOrder};
use destek::record::RecordKey;
use destek::run::Swept;
use destek::store::MemoryStore;
use destek::team::{Presence, SetPresence};
use destek::testing::Scene;
use destek::ticket::{self, Assignment, Receive};
use destek::time::Span;

use crate::scripts::{Life, Shop};
use crate::world::{Fault, World};

const POLICY: &str = r#"{
  "version": 1, "default_queue": "general", "queue": [{ "name": "general", "teams": ["care"] }],
  "sla": [{ "name": "all", "first_response": { "budget": "1h" } }]
}"#;

/// Turns an event, as it is stored, into one that only a later version understands.
pub(crate) type Later = fn(&mut serde_json::Value);

/// In which ways.
pub(crate) const LATER: [(&str, Later); 4] = [
    ("a later schema", |json| json["schema"] = (SCHEMA + 1).into()),
    ("a later fold", |json| json["fold"] = (FOLD + 1).into()),
    ("a kind of its own", |json| json["event"] = serde_json::json!({ "ticket": { "teleported": { "to": "Ay" } } })),
    ("a room of its own", |json| json["event"] = serde_json::json!({ "robot": "awoke" })),
];

/// A later version has written an event more.
pub(crate) fn seal(scene: &Scene, key: &RecordKey, change: Later) {
    let last = scene.log(key).pop().unwrap();
    let mut json = serde_json::to_value(&last).unwrap();
    json["version"] = (last.version.number() + 1).into();
    json["index"] = 0.into();
    change(&mut json);
    let event: Recorded = serde_json::from_value(json).unwrap();
    assert!(scene.store().tamper(scene.tenant()).append(key, event));
}

/// `ada` is there, has room for many, and may do everything that an agent may.
fn scene() -> Scene {
    let mut scene = Scene::new(read(POLICY), at(START));
    run(&mut scene, Actor::Host, record("ada", Some("agent"), Some("care")).capacity(50));
    scene
}

fn comes(scene: &mut Scene) {
    run(scene, Actor::Host, SetPresence::new(agent("ada"), Presence::Available));
}

fn writes(scene: &mut Scene, id: u128, who: &str) -> Option<TicketId> {
    let receive = Receive::new(TicketId::from_u128(id), message(id), customer(who), email(), "Merhaba");
    scene.run(verified(who), receive).unwrap().ticket
}

fn holder(scene: &Scene, ticket: TicketId) -> Option<String> {
    scene.ticket(ticket).unwrap().assignee().map(ToString::to_string)
}

#[test]
fn law_3_a_sealed_ticket_does_not_hold_up_its_queue() {
    for (what, later) in LATER {
        let mut scene = scene();
        writes(&mut scene, 1, "owner");
        scene.advance(Span::minutes(1));
        writes(&mut scene, 2, "other");
        seal(&scene, &RecordKey::Ticket(TICKET), later);
        let log = scene.log(&RecordKey::Ticket(TICKET));
        comes(&mut scene);
        let swept = scene.sweep();
        assert_eq!((swept.rejected, swept.failed), (0, 0), "{what}: the drain is carried out");
        assert_eq!((holder(&scene, TICKET), holder(&scene, SPARE)), (None, Some("ada".into())), "{what}");
        assert_eq!(scene.load(&agent("ada")), 1, "{what}");
        assert_eq!(scene.log(&RecordKey::Ticket(TICKET)), log, "{what}: what is sealed stays as it is");
        assert_eq!(scene.sweep().woken, 0, "{what}: the queue does not turn round and round");
    }
}

#[test]
fn law_3_more_sealed_tickets_than_a_drain_looks_at_do_not_hold_up_their_queue() {
    let mut scene = scene();
    let many = limits::DRAIN_BATCH_MAX as u128 + 1;
    for id in 1..=many {
        writes(&mut scene, id, &format!("c-{id}"));
    }
    scene.advance(Span::minutes(1));
    writes(&mut scene, many + 1, "other");
    for id in 1..=many {
        seal(&scene, &RecordKey::Ticket(TicketId::from_u128(id)), LATER[1].1);
    }
    comes(&mut scene);
    let swept = scene.sweep();
    assert_eq!(holder(&scene, TicketId::from_u128(many + 1)).as_deref(), Some("ada"), "{swept:?}");
    assert_eq!(scene.sweep().woken, 0, "the queue does not turn round and round");
}

#[test]
fn law_3_a_sealed_ticket_does_not_hold_up_its_customer() {
    for (what, later) in LATER {
        let mut scene = scene();
        writes(&mut scene, 1, "owner");
        seal(&scene, &RecordKey::Ticket(TICKET), later);
        let log = scene.log(&RecordKey::Ticket(TICKET));
        assert_eq!(writes(&mut scene, 2, "owner"), Some(SPARE), "{what}: with nothing to join, one is opened");
        scene.advance(Span::minutes(1));
        assert_eq!(writes(&mut scene, 3, "owner"), Some(SPARE), "{what}: and it is joined");
        // The answer to the sealed ticket itself would change it.
        let answer = Receive::new(TicketId::from_u128(4), message(4), customer("owner"), email(), "Merhaba");
        let before = everything(&scene);
        assert_eq!(scene.run(verified("owner"), answer.answers(TICKET)).unwrap_err().code(), "newer", "{what}");
        assert_eq!(everything(&scene), before, "{what}");
        let open = scene.state(&RecordKey::Customer(customer("owner"))).unwrap();
        let open: Vec<TicketId> = open.customer().unwrap().open.iter().map(|open| open.ticket).collect();
        assert_eq!(open, [TICKET, SPARE], "{what}");
        assert_eq!(scene.log(&RecordKey::Ticket(TICKET)), log, "{what}: what is sealed stays as it is");
    }
}

#[test]
fn law_3_time_goes_on_beside_a_sealed_ticket() {
    let mut scene = scene();
    writes(&mut scene, 1, "owner");
    writes(&mut scene, 2, "other");
    scene.sweep();
    seal(&scene, &RecordKey::Ticket(TICKET), LATER[0].1);
    scene.set_clock(scene.now() + Span::hours(2));
    let swept = scene.sweep();
    // The promise of each is broken; only one can be told of it.
    assert_eq!((swept.woken, swept.rejected, swept.postponed, swept.parked), (1, 1, 1, 0));
    let breached = |ticket| scene.ticket(ticket).unwrap().clocks().iter().any(|clock| clock.breach().is_some());
    assert_eq!((breached(TICKET), breached(SPARE)), (false, true));
    let wake = scene.store().wakes(scene.tenant()).into_iter().find(|row| row.record == RecordKey::Ticket(TICKET));
    assert!(wake.unwrap().at.is_some_and(|at| at > scene.now()), "it is tried again, and will do after the upgrade");
    // However long the upgrade takes.
    for _ in 0..3 * limits::WAKE_REFUSALS_MAX {
        scene.set_clock(scene.now() + Span::hours(2));
        let swept = scene.sweep();
        assert_eq!((swept.rejected, swept.postponed, swept.parked), (1, 1, 0));
    }
}

/// A record of each kind, all of them there.
fn peopled() -> Scene {
    let mut scene = scene();
    run(&mut scene, Actor::Host, record("bora", Some("agent"), Some("care")));
    run(&mut scene, Actor::Host, RecordOrder::new(order("o-1"), customer("owner"), OrderCategory::Placed, money(1)));
    writes(&mut scene, 1, "owner");
    // Nobody is there, so that the queue stands still and has a record.
    scene.sweep();
    let tag = ticket::Tag::new(EACH).add(name("spring"));
    run(&mut scene, Actor::Host, StartJob::new(JobId::from_u128(1), [SPARE], tag));
    scene
}

fn money(amount: i64) -> destek::money::Money {
    destek::money::Money::new(amount, destek::money::Currency::TRY)
}

/// What concerns a record, by whom.
fn about(key: &RecordKey) -> Vec<(Actor, Command)> {
    let note = |by: Actor| (by, Command::from(ticket::Note::new(TICKET, message(50), "not")));
    match key {
        RecordKey::Ticket(_) => vec![note(Actor::Host), (Actor::Timer, Command::Wake(key.clone()))],
        RecordKey::Customer(id) => vec![
            (Actor::Host, RecordCustomer::new(id.clone()).tier(name("vip")).into()),
            (Actor::Host, Ban::new(id.clone()).into()),
            (Actor::Host, Unban::new(id.clone()).into()),
            (verified("owner"), ticket::Open::new(SPARE, id.clone(), email()).into()),
        ],
        RecordKey::Order(id) => {
            vec![(
                Actor::Host,
                RecordOrder::new(id.clone(), customer("owner"), OrderCategory::Shipped, money(2)).into(),
            )]
        }
        RecordKey::Agent(id) => vec![
            (Actor::Host, record("ada", Some("lead"), Some("care")).into()),
            (Actor::Host, SetPresence::new(id.clone(), Presence::Available).into()),
            note(acting("ada")),
        ],
        RecordKey::Queue(id) => vec![(Actor::Timer, Command::Drain(id.clone()))],
        RecordKey::Job(id) => {
            vec![(Actor::Timer, Command::Wake(key.clone())), (Actor::Host, CancelJob::new(*id).into())]
        }
        _ => vec![note(Actor::Host), (Actor::Timer, Command::Wake(RecordKey::Ticket(TICKET)))],
    }
}

#[test]
fn law_3_what_is_sealed_is_not_commanded_and_the_others_are() {
    let keys = || {
        [
            RecordKey::Ticket(TICKET),
            RecordKey::Customer(customer("owner")),
            RecordKey::Order(order("o-1")),
            RecordKey::Agent(agent("ada")),
            RecordKey::Queue(queue("general")),
            RecordKey::Job(JobId::from_u128(1)),
            RecordKey::Policy,
        ]
    };
    for (what, later) in LATER {
        for key in keys() {
            let mut scene = peopled();
            let sound = fold(&key, &scene.log(&key));
            assert!(!sound.sealed && sound.state.is_some(), "{key} is there");
            seal(&scene, &key, later);
            let log = scene.log(&key);
            let sealed = fold(&key, &log);
            assert!(sealed.sealed && sealed.state.is_some(), "{key} by {what} can be read");
            let before = everything(&scene);
            for (actor, command) in about(&key) {
                let kind = command.kind();
                let code = scene.run(actor, command).map_err(|rejection| rejection.code());
                assert_eq!(code.err(), Some("newer"), "`{kind}` on {key} with {what}");
            }
            assert_eq!(everything(&scene), before, "{key} with {what}");
            // Under a policy that is not understood nothing is decided.
            let beside = |other: &RecordKey| *other != key && ![other, &key].contains(&&RecordKey::Policy);
            for other in keys().into_iter().filter(beside) {
                let (actor, command) = about(&other).remove(0);
                let kind = command.kind();
                if let Err(rejection) = scene.run(actor, command) {
                    panic!("`{kind}` on {other} beside a sealed {key} ({what}): {rejection}");
                }
            }
            assert_eq!(scene.log(&key), log, "{key} with {what} stays as it is");
        }
    }
}

#[test]
fn law_3_a_state_of_another_fold_is_folded_anew_and_then_commanded() {
    let mut scene = peopled();
    let (key, tenant) = (RecordKey::Ticket(TICKET), scene.tenant().clone());
    let sound = scene.ticket(TICKET).unwrap();
    let mut json = serde_json::to_value(State::Ticket(Box::new(sound.clone()))).unwrap();
    json["ticket"]["messages"] = 7.into();
    let other: State = serde_json::from_value(json).unwrap();
    assert!(scene.store().tamper(&tenant).restate(&key, FOLD + 1, other.clone()));
    run(&mut scene, Actor::Host, ticket::Tag::new(TICKET).add(name("x")));
    let state = scene.ticket(TICKET).unwrap();
    assert_eq!(state.messages(), sound.messages(), "what the other fold made of the log is not believed");
    assert_eq!(fold(&key, &scene.log(&key)).state, Some(State::Ticket(Box::new(state))));
    // With an event that only the other version knows there is nothing to fold it from.
    seal(&scene, &key, LATER[3].1);
    assert!(scene.store().tamper(&tenant).restate(&key, FOLD + 1, other));
    let code = scene.run(Actor::Host, ticket::Tag::new(TICKET).add(name("y"))).map_err(|rejection| rejection.code());
    assert_eq!(code.err(), Some("newer"));
    comes(&mut scene);
    scene.sweep();
    let assigned = |recorded: &Recorded| {
        matches!(&recorded.event, destek::desk::Event::Ticket(ticket::Event::Assigned { how: Assignment::Drained, .. }))
    };
    assert!(!scene.log(&key).iter().any(assigned), "nor is it given to anybody");
}

/// A desk whose store shows sealed tickets among the heads of a queue: as many as `many`, and one that is not.
fn shown(many: u128) -> (World, Swept) {
    let sealed = |_: &MemoryStore, _: &TenantId, facts: &mut Facts| {
        for (key, loaded) in facts.records.iter_mut() {
            if let (Some(ticket), Some(loaded)) = (key.ticket(), loaded) {
                loaded.sealed = ticket != TicketId::from_u128(1_000);
            }
        }
    };
    let ada = record("ada", Some("agent"), Some("destek")).capacity(5);
    let mut world = World::new(&Shop::Sample.policy(), &Life { agents: vec![ada], steps: vec![] }, Fault::default());
    world.host(SetPresence::new(agent("ada"), Presence::Away));
    for id in (1..=many).chain([1_000]) {
        let open = ticket::Open::new(TicketId::from_u128(id), customer(&format!("c-{id}")), email());
        world.ask(verified(&format!("c-{id}")), open).unwrap();
        world.now = world.now + Span::millis(1);
    }
    world.quiet();
    world.sessions.fault = Fault::reading(sealed);
    world.host(SetPresence::new(agent("ada"), Presence::Available));
    let swept = world.sweep();
    (world, swept)
}

#[test]
fn law_3_a_drain_steps_over_what_is_sealed() {
    let (world, swept) = shown(3);
    let held = |world: &World| -> Vec<u128> {
        world
            .tickets()
            .iter()
            .filter(|ticket| ticket.assignee().is_some())
            .map(|ticket| ticket.id().as_u128())
            .collect()
    };
    assert_eq!((held(&world), swept.rejected), (vec![1_000], 0));
    // Where sealed ones are all that a store shows, the drain ends.
    let (world, swept) = shown(limits::DRAIN_BATCH_MAX as u128 + 1);
    assert_eq!(held(&world), [0u128; 0]);
    assert!(swept.woken < 10, "{swept:?}");
}
