//! The same request again (law 21): at any time, whatever happened meanwhile, its receipt comes back and nothing is
//! written; under its id nobody gets anything else.

use crate::cast::{
    POLICY, TICKET, acting, agent, customer, email, everything, message, name, read, record, run, verified,
};
use crate::scripts::{Life, Shop, fault_is_caught, holds};
use crate::world::{Fault, World, ensure};
use destek::actor::Actor;
use destek::content::Seed;
use destek::desk::{Command, Desk, Facts, Receipt, Request};
use destek::id::{RequestId, TenantId, TicketId};
use destek::record::RecordKey;
use destek::run::SessionError;
use destek::store::blocking::{self, Sessions as _};
use destek::store::{CommitError, Conflict, MemoryStore};
use destek::team::{Presence, SetPresence};
use destek::testing::{Scene, Script};
use destek::ticket::{self, Close, Receive, Reply, Resolve};
use destek::time::Span;

/// Other requests that somebody might make by mistake under the same id.
fn misuses(request: &Request) -> Vec<Request> {
    let with = |change: fn(&mut Request)| {
        let mut other = request.clone();
        change(&mut other);
        other
    };
    let mut others = vec![
        with(|other| other.command = Command::Activate),
        with(|other| other.actor = Actor::Bot(name("başka"))),
        with(|other| other.command = Command::Wake(RecordKey::Ticket(TicketId::from_u128(u128::MAX - 1)))),
    ];
    others.extend(match &request.command {
        Command::Ticket(ticket::Command::Reply(reply)) => {
            let mut other = request.clone();
            other.command = Reply::new(reply.ticket, reply.message, "Başka bir söz").into();
            Some(other)
        }
        Command::Ticket(ticket::Command::Resolve(resolve)) => {
            let mut other = request.clone();
            other.command = Resolve::new(TicketId::from_u128(resolve.ticket.as_u128() + 1)).into();
            Some(other)
        }
        _ => None,
    });
    others.retain(|other| (&other.actor, &other.command) != (&request.actor, &request.command));
    others
}

/// After every step one of the requests so far is made again, and misused.
fn a_receipt_is_for_ever(shop: Shop, script: &Script, fault: Fault) -> Result<(), String> {
    let policy = shop.policy();
    let life = Life::of(script, &policy);
    let mut world = World::new(&policy, &life, fault);
    let mut asked: Vec<(Request, Receipt)> = Vec::new();
    for (place, step) in life.steps.iter().enumerate() {
        world.pass(step);
        let request = world.request(step.actor.clone(), step.command.clone());
        if let Ok(receipt) = world.execute(&request) {
            asked.push((request, receipt));
        }
        let Some((request, receipt)) = asked.get((place * 7).checked_rem(asked.len()).unwrap_or(0)) else { continue };
        let before = world.seen();
        let mut again = request.clone();
        // Whoever asks again may have rolled the dice again.
        again.seed = Seed::new([0xa5; 32]);
        let answer =
            world.execute(&again).map_err(|error| format!("`{}` again: {}", request.command.kind(), error.code()))?;
        ensure(answer.replayed && answer == receipt.clone().again(), || format!("{answer:?} after {receipt:?}"))?;
        for other in misuses(request) {
            let code = world.execute(&other).map_err(|error| error.code());
            ensure(code == Err("request_reused"), || {
                format!("{:?} misused as {:?}: {code:?}", request.command, other.command)
            })?;
        }
        ensure(before == world.seen(), || format!("`{}` again left something", request.command.kind()))?;
    }
    Ok(())
}

#[test]
fn law_21_a_receipt_is_for_ever() {
    holds(|shop, script| a_receipt_is_for_ever(shop, script, Fault::default()));
}

#[test]
fn law_21_catches_a_receipt_that_is_not_the_one_that_was_given() {
    let later = |_: &MemoryStore, _: &TenantId, facts: &mut Facts| {
        if let Some(answered) = &mut facts.answered {
            answered.receipt.effects.clear();
        }
    };
    fault_is_caught(&Fault::reading(later), a_receipt_is_for_ever);
}

#[test]
fn law_21_catches_a_request_that_is_remembered_for_a_while_only() {
    let forget = |store: &MemoryStore, tenant: &TenantId, facts: &mut Facts| {
        if store.records(tenant).len() > 9 {
            facts.answered = None;
        }
    };
    fault_is_caught(&Fault::reading(forget), a_receipt_is_for_ever);
}

/// `ada` has answered, and much has happened since.
fn long_ago() -> (Scene, Request, Receipt) {
    let mut scene = Scene::new(read(POLICY), crate::cast::at(crate::cast::START));
    for who in [record("ada", Some("agent"), Some("care")), record("root", Some("admin"), None)] {
        run(&mut scene, Actor::Host, who);
    }
    let receive = Receive::new(TICKET, message(1), customer("owner"), email(), "Kargom nerede?");
    run(&mut scene, verified("owner"), receive);
    let request = scene.request(acting("ada"), Reply::new(TICKET, message(2), "Yolda."));
    let receipt = scene.execute(&request).unwrap();
    assert!(!receipt.replayed && !receipt.effects.is_empty());
    scene.advance(Span::days(3));
    run(&mut scene, acting("ada"), Resolve::new(TICKET));
    run(&mut scene, acting("root"), Close::new(TICKET));
    // She may do nothing any more, and is gone.
    run(&mut scene, Actor::Host, record("ada", None, None));
    run(&mut scene, Actor::Host, SetPresence::new(agent("ada"), Presence::Offline));
    scene.advance(Span::days(30));
    (scene, request, receipt)
}

#[test]
fn law_21_a_receipt_outlives_the_ticket_the_right_the_text_and_the_policy() {
    let (mut scene, request, receipt) = long_ago();
    let fresh = scene.request(acting("ada"), Reply::new(TICKET, message(3), "Yolda."));
    assert!(scene.execute(&fresh).is_err(), "asked anew it is refused");
    let check = |scene: &mut Scene, desk: &Desk, what: &str| {
        let (before, store, tenant) = (everything(scene), scene.store().clone(), scene.tenant().clone());
        let again = blocking::execute_with_retry(desk, &store, &tenant, &request, scene.now(), 1);
        assert_eq!(again.unwrap(), receipt.clone().again(), "{what}");
        let mut misused = request.clone();
        misused.command = Close::new(TICKET).into();
        let refused = blocking::execute_with_retry(desk, &store, &tenant, &misused, scene.now(), 1).unwrap_err();
        assert_eq!(refused.code(), "request_reused", "{what}");
        assert_eq!(everything(scene), before, "{what}");
    };
    let old = scene.desk().clone();
    check(&mut scene, &old, "after a month");
    let texts: Vec<_> = scene.texts(&scene.log(&RecordKey::Ticket(TICKET))).iter().map(|text| text.id).collect();
    assert_eq!(scene.store().erase(scene.tenant(), &texts), 2);
    check(&mut scene, &old, "after its text was erased");
    let next = Desk::new(read(&POLICY.replace("72h", "71h")));
    let activate = scene.request(Actor::Host, Command::Activate);
    let (store, tenant, now) = (scene.store().clone(), scene.tenant().clone(), scene.now());
    blocking::execute_with_retry(&next, &store, &tenant, &activate, now, 1).unwrap();
    check(&mut scene, &next, "under the next policy");
    check(&mut scene, &old, "by a desk whose policy is not in force any more");
}

#[test]
fn law_21_the_same_request_twice_at_once_is_carried_out_once() {
    let (mut scene, ..) = long_ago();
    let receive = Receive::new(TicketId::from_u128(7), message(7), customer("owner"), email(), "Merhaba");
    let request = scene.request(verified("owner"), receive);
    let (store, tenant, now) = (scene.store().clone(), scene.tenant().clone(), scene.now());
    let Ok(mut one) = store.begin(&tenant);
    let Ok(mut two) = store.begin(&tenant);
    let first = blocking::execute(scene.desk(), &mut one, &request, now).unwrap();
    blocking::execute(scene.desk(), &mut two, &request, now).unwrap();
    store.commit(one).unwrap();
    let after = everything(&scene);
    let second = store.commit(two);
    assert!(matches!(second, Err(CommitError::Conflict(Conflict::Request(id))) if id == request.id), "{second:?}");
    assert_eq!(everything(&scene), after, "the second leaves nothing");
    assert_eq!(scene.execute(&request).unwrap(), first.clone().again());
    // Within one unit of work it is the same.
    let Ok(mut unit) = store.begin(&tenant);
    let other = Request::new(
        RequestId::from_u128(1 << 99),
        Actor::Host,
        Seed::new([3; 32]),
        ticket::Tag::new(TicketId::from_u128(7)).add(name("x")),
    );
    let done = blocking::execute(scene.desk(), &mut unit, &other, now).unwrap();
    assert_eq!(blocking::execute(scene.desk(), &mut unit, &other, now).unwrap(), done.clone().again());
    store.commit(unit).unwrap();
    let refused = blocking::execute_with_retry(scene.desk(), &store, &tenant, &misuses(&other)[0], now, 1);
    assert!(matches!(refused, Err(SessionError::Rejected(_))));
    assert_eq!(scene.execute(&other).unwrap(), done.again());
}
