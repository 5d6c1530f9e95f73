//! What follows from what: what another policy sets going, which event a rule answers to, and a rule that takes a
//! ticket from the agent who has only just got it.

use std::collections::{BTreeMap, BTreeSet};

use crate::cast::{START, acting, agent, at, customer, email, message, name, queue, read, record, run, verified};
use crate::scripts::{Life, Shop, holds};
use crate::world::{Fault, Seen, World, ensure};
use destek::actor::Actor;
use destek::automation::Trigger;
use destek::desk::{Command, Desk, Event, Guard, Origin, Recorded};
use destek::id::{Name, TicketId};
use destek::policy::PolicyDoc;
use destek::record::RecordKey;
use destek::sla;
use destek::store::blocking;
use destek::team::{Presence, SetPresence};
use destek::testing::{Scene, Script};
use destek::ticket::{self, Assignment};
use destek::time::Span;

const TICKET: TicketId = TicketId::from_u128(1);

fn opens(scene: &mut Scene, id: u128, who: &str) {
    let open = ticket::Open::new(TicketId::from_u128(id), customer(who), email());
    run(scene, verified(who), open.message(message(id), "kargom nerede"));
}

fn available(scene: &mut Scene, who: &str, team: &str, capacity: u32) {
    run(scene, Actor::Host, record(who, Some("agent"), Some(team)).capacity(capacity));
    run(scene, Actor::Host, SetPresence::new(agent(who), Presence::Available));
}

fn place(scene: &Scene, id: u128) -> (Option<String>, Option<String>) {
    let ticket = scene.ticket(TicketId::from_u128(id)).unwrap();
    (ticket.queue().map(ToString::to_string), ticket.assignee().map(ToString::to_string))
}

#[test]
fn law_19_another_policy_wakes_every_queue() {
    let shop = |teams: &str| {
        read(&format!(
            r#"{{"version": 1, "default_queue": "one", "queue": [
                {{"name": "one", "teams": [{teams}]}}, {{"name": "two", "teams": ["others", "second"]}}]}}"#
        ))
    };
    let mut scene = Scene::new(shop(r#""first""#), at(START));
    opens(&mut scene, 1, "c-1");
    available(&mut scene, "ada", "second", 1);
    scene.sweep();
    assert_eq!(place(&scene, 1), (Some("one".into()), None), "no team of hers serves that queue");
    scene.advance(Span::hours(1));
    let next = Desk::new(shop(r#""first", "second""#));
    let (store, tenant, now) = (scene.store().clone(), scene.tenant().clone(), scene.now());
    let activate = scene.request(Actor::Host, Command::Activate);
    blocking::execute_with_retry(&next, &store, &tenant, &activate, now, 1).unwrap();
    let wakes = store.wakes(&tenant);
    let woken =
        |name: &str| wakes.iter().find(|row| row.record == RecordKey::Queue(queue(name))).and_then(|row| row.at);
    assert_eq!((woken("one"), woken("two")), (Some(now), Some(now)));
    let sweep = destek::run::Sweep::new(activate.seed);
    blocking::sweep(&next, &store, &tenant, now, &sweep).unwrap();
    assert_eq!(place(&scene, 1), (Some("one".into()), Some("ada".into())), "under the new policy she may have it");
    // The same policy again is nothing new.
    let again = scene.request(Actor::Host, Command::Activate);
    blocking::execute_with_retry(&next, &store, &tenant, &again, now, 1).unwrap();
    let woken = store.wakes(&tenant).into_iter().any(|row| row.at.is_some());
    assert!(!woken, "nobody is woken for nothing");
}

/// What an event sets off, in the words of a policy.
fn trigger(event: &Event) -> Option<Trigger> {
    let Event::Ticket(event) = event else { return None };
    let word = match event {
        ticket::Event::MessageReceived { .. } => "customer_message",
        ticket::Event::Rated { .. } => "priority_changed",
        ticket::Event::Clock(sla::Event::Warned { .. }) => "warned",
        ticket::Event::Clock(sla::Event::Breached { .. }) => "breached",
        other => other.kind(),
    };
    serde_json::from_value(word.into()).ok()
}

/// The place, within the same change, of the event that led to this one.
fn antecedent(recorded: &Recorded) -> Option<u32> {
    serde_json::to_value(&*recorded.cause).unwrap().get("from").map(|from| from.as_u64().unwrap() as u32)
}

/// Every rule that fired names an event that sets it off, and all that it writes names that it has fired.
fn rules_name_their_causes(doc: &PolicyDoc, seen: &Seen) -> Result<usize, String> {
    let on: BTreeMap<&Name, BTreeSet<Trigger>> =
        doc.rules.iter().map(|rule| (&rule.name, rule.on.iter().copied().collect())).collect();
    let mut fired = 0;
    for (key, log) in seen.logs() {
        for recorded in &log {
            let Origin::Rule(rule) = &recorded.cause.by else { continue };
            let what =
                || format!("{key} {}.{}: {} by `{rule}`", recorded.version, recorded.index, recorded.event.kind());
            if key.ticket().is_none() {
                continue;
            }
            let from = antecedent(recorded).ok_or_else(|| format!("caused by nothing: {}", what()))?;
            let cause = log.iter().find(|other| other.version == recorded.version && other.index == from);
            let cause = cause.ok_or_else(|| format!("caused by what is not there: {}", what()))?;
            if let Event::Ticket(ticket::Event::RuleFired { .. }) = &recorded.event {
                fired += 1;
                let sets_off = trigger(&cause.event).is_some_and(|trigger| on[rule].contains(&trigger));
                ensure(sets_off, || format!("{} does not set it off: {}", cause.event.kind(), what()))?;
            } else if let Event::Ticket(ticket::Event::Clock(_)) = &recorded.event {
                // A clock moves because of what the rule has written.
                ensure(from < recorded.index, what)?;
            } else if let Event::Ticket(ticket::Event::ApprovalEnded { .. }) = &recorded.event {
                // What was asked is void by what the rule has written, and names that.
                let own = cause.cause.by == recorded.cause.by && from < recorded.index;
                ensure(own, || format!("{} of another did not end it: {}", cause.event.kind(), what()))?;
            } else {
                let own =
                    matches!(&cause.event, Event::Ticket(ticket::Event::RuleFired { rule: own, .. }) if own == rule);
                ensure(own, || format!("{} did not cause it: {}", cause.event.kind(), what()))?;
            }
        }
    }
    Ok(fired)
}

#[test]
fn law_05_a_rule_names_the_event_that_set_it_off() {
    holds(|shop, script| {
        let policy = shop.policy();
        let world = World::live(&policy, &Life::of(script, &policy), Fault::default());
        rules_name_their_causes(&shop.doc(), &world.seen()).map(drop)
    });
}

#[test]
fn law_05_of_several_events_a_rule_names_its_own() {
    let policy = read(
        r#"{"version": 1, "default_queue": "one", "queue": [{"name": "one"}], "rule": [
        {"name": "said", "on": ["customer_message"], "then": [{"add_tags": ["said"]}]},
        {"name": "open", "on": ["opened"], "then": [{"set_urgency": "high"}]},
        {"name": "marked", "on": ["tagged", "priority_changed"], "then": [{"set_kind": "complaint"}]},
        {"name": "sorted", "on": ["classified"], "then": [{"notify": {"to": "team", "text": "Bakın"}}]}]}"#,
    );
    let mut scene = Scene::new(policy, at(START));
    opens(&mut scene, 1, "c-1");
    let log = scene.log(&RecordKey::Ticket(TICKET));
    let told: Vec<(String, String)> = log
        .iter()
        .filter_map(|recorded| match (&recorded.event, &recorded.cause.by) {
            (Event::Ticket(_), Origin::Rule(rule)) => {
                let cause = &log[antecedent(recorded).unwrap() as usize];
                Some((format!("{} by {rule}", recorded.event.kind()), cause.event.kind().to_owned()))
            }
            _ => None,
        })
        .collect();
    let told: Vec<(&str, &str)> = told.iter().map(|(what, cause)| (what.as_str(), cause.as_str())).collect();
    assert_eq!(
        told,
        [
            ("rule_fired by said", "message_received"),
            ("rule_fired by open", "opened"),
            ("tagged by said", "rule_fired"),
            ("priority_changed by open", "rule_fired"),
            ("rule_fired by marked", "tagged"),
            ("classified by marked", "rule_fired"),
            ("rule_fired by sorted", "classified"),
        ]
    );
}

/// Whoever gets a ticket of the first queue about parcels loses it to the specialists.
const PASSED_ON: &str = r#"{"version": 1, "default_queue": "one", "queue": [
    {"name": "one", "teams": ["first"], "tell_after": "1h"}, {"name": "two", "teams": ["second"]}],
    "rule": [{"name": "passed on", "on": ["assigned"], "when": {"tag": "parcel"}, "then": [{"set_queue": "two"}]}]}"#;

fn passed_on() -> Scene {
    let mut scene = Scene::new(read(PASSED_ON), at(START));
    for id in 1..=4 {
        opens(&mut scene, id, &format!("c-{id}"));
        if id < 4 {
            run(&mut scene, Actor::Host, ticket::Tag::new(TicketId::from_u128(id)).add(name("parcel")));
        }
        scene.set_clock(scene.now() + Span::minutes(1));
    }
    scene
}

#[test]
fn law_19_a_rule_that_takes_a_ticket_away_within_the_drain_leaves_loads_and_queues_right() {
    let mut scene = passed_on();
    available(&mut scene, "ada", "first", 1);
    let decision = scene.preview(Actor::Timer, Command::Drain(queue("one"))).unwrap();
    let given = decision.events().filter(|recorded| recorded.event.kind() == "assigned").count();
    let back = decision.events().filter(|recorded| recorded.event.kind() == "unassigned").count();
    assert_eq!((given, back), (1, 1), "there was room for one, and it is taken away again");
    assert_eq!(decision.loads, [], "who has nothing has no load");
    let room = decision.guards.iter().filter_map(|guard| match guard {
        Guard::Capacity { agent, add, cap, .. } => Some((agent.as_str(), *add, *cap)),
        _ => None,
    });
    assert_eq!(room.collect::<Vec<_>>(), [("ada", 1, 1)], "it relied on her room while it lasted");
    scene.sweep();
    let places = [1, 2, 3, 4].map(|id| place(&scene, id));
    let two = || (Some("two".to_owned()), None);
    assert_eq!(places, [two(), two(), two(), (Some("one".into()), Some("ada".into()))]);
    assert_eq!((scene.load(&agent("ada")), scene.sweep().woken), (1, 0));
    // Whoever is there for the other queue gets them in the order in which they came, as far as there is room.
    available(&mut scene, "bora", "second", 2);
    scene.sweep();
    let holders = [1, 2, 3, 4].map(|id| place(&scene, id).1);
    assert_eq!(holders, [Some("bora".into()), Some("bora".into()), None, Some("ada".into())]);
    assert_eq!((scene.load(&agent("bora")), scene.load(&agent("ada"))), (2, 1));
    // She has room again as soon as she has done her own.
    run(&mut scene, acting("ada"), ticket::Resolve::new(TicketId::from_u128(4)));
    opens(&mut scene, 5, "c-5");
    scene.sweep();
    assert_eq!((place(&scene, 5).1.as_deref(), scene.load(&agent("ada"))), (Some("ada"), 1));
}

#[test]
fn law_19_a_queue_that_a_rule_empties_does_not_stand_still() {
    let mut scene = passed_on();
    available(&mut scene, "ada", "first", 1);
    scene.sweep();
    let stands = |scene: &Scene| {
        let state = scene.state(&RecordKey::Queue(queue("one")));
        state.is_some_and(|state| state.queue().unwrap().stall.is_some())
    };
    assert!(!stands(&scene), "the last one has an agent");
    scene.advance(Span::hours(2));
    let told = scene.effects().into_iter().filter(|outgoing| format!("{:?}", outgoing.effect).contains("Stall"));
    let told: Vec<_> = told.filter(|outgoing| outgoing.key.record == RecordKey::Queue(queue("one"))).collect();
    assert_eq!(told, [], "no lead is told of a queue in which nothing waits");
    assert!(!stands(&scene));
}

#[test]
fn law_13_a_late_wake_runs_the_rules_on_what_it_finds() {
    let policy = read(
        r#"{"version": 1, "default_queue": "one", "queue": [{"name": "one"}],
        "sla": [{"name": "all", "first_response": {"budget": "1h", "warn_at": ["50%"]}}], "rule": [
        {"name": "soon", "on": ["warned"], "then": [{"add_tags": ["soon"]}]},
        {"name": "late", "on": ["breached"], "when": {"tag": "soon"}, "then": [{"add_tags": ["never"]}]},
        {"name": "after", "on": ["breached"], "then": [{"add_tags": ["late"]}]}]}"#,
    );
    let mut scene = Scene::new(policy, at(START));
    opens(&mut scene, 1, "c-1");
    scene.sweep();
    scene.set_clock(scene.now() + Span::days(1));
    let swept = scene.sweep();
    assert_eq!((swept.woken, swept.late_by_max), (1, Span::hours(24) - Span::minutes(30)));
    let tags: Vec<String> = scene.ticket(TICKET).unwrap().tags().iter().map(ToString::to_string).collect();
    // Both are found at once, and the rules on both read one picture (law 15).
    assert_eq!(tags, ["late", "soon"]);
    let log = scene.log(&RecordKey::Ticket(TICKET));
    let mut fired = log.iter().filter(|recorded| recorded.event.kind() == "rule_fired");
    assert!(fired.all(|recorded| recorded.occurred == scene.now()), "rules run when they run");
    let start = at(START);
    let found =
        log.iter().filter(|recorded| matches!(trigger(&recorded.event), Some(Trigger::Warned | Trigger::Breached)));
    let found: Vec<_> = found.map(|recorded| recorded.occurred).collect();
    assert_eq!(found, [start + Span::minutes(30), start + Span::hours(1) + Span::millis(1)]);
}

#[test]
fn law_18_a_queue_that_stands_still_anew_is_told_of_anew() {
    let mut scene = Scene::new(read(PASSED_ON), at(START));
    let told = |scene: &Scene| {
        scene.log(&RecordKey::Queue(queue("one"))).iter().filter(|event| event.event.kind() == "stall_told").count()
    };
    opens(&mut scene, 1, "c-1");
    scene.advance(Span::hours(2));
    assert_eq!(told(&scene), 1, "nobody is there");
    run(&mut scene, Actor::Host, ticket::Transfer::new(TICKET, queue("two")));
    scene.advance(Span::hours(2));
    opens(&mut scene, 2, "c-2");
    scene.advance(Span::hours(2));
    assert_eq!(told(&scene), 2, "it had been empty, and nobody is there again");
}

#[test]
fn law_19_a_drain_that_a_rule_undoes_still_fails_on_the_last_place_taken_meanwhile() {
    let mut scene = passed_on();
    available(&mut scene, "ada", "first", 1);
    let drain = scene.request(Actor::Timer, Command::Drain(queue("one")));
    let decision = scene.preview(Actor::Timer, Command::Drain(queue("one"))).unwrap();
    assert!(decision.events().any(|recorded| {
        matches!(&recorded.event, Event::Ticket(ticket::Event::Assigned { how: Assignment::Drained, .. }))
    }));
    // A lead gives her another one first.
    run(&mut scene, Actor::Host, record("lea", Some("lead"), Some("first")));
    run(&mut scene, acting("lea"), ticket::Assign::new(TicketId::from_u128(4), agent("ada")));
    let written = {
        let mut session = blocking::Sessions::begin(scene.store(), scene.tenant()).unwrap();
        blocking::Store::write(&mut session, &decision.into_changes(&drain))
    };
    assert!(written.is_err(), "she is full by now");
    assert_eq!(scene.load(&agent("ada")), 1);
}

/// Used by the property above; here so that it is known to look at something.
#[test]
fn rules_fire_in_many_lives() {
    let fired: usize = crate::scripts::fixed_lives(24)
        .iter()
        .map(|(shop, script): &(Shop, Script)| {
            let policy = shop.policy();
            let world = World::live(&policy, &Life::of(script, &policy), Fault::default());
            rules_name_their_causes(&shop.doc(), &world.seen()).unwrap_or_else(|wrong| panic!("{wrong}"))
        })
        .sum();
    assert!(fired > 50, "{fired} rules fired");
}
