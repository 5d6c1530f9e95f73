//! Who looks at a ticket and who is writing: leases under the gate, of which no log knows (clauses E1 to E4).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use crate::cast::{
    SPARE, TICKET, acting, agent, at, customer, email, everything, message, name, record, run, scene, verified,
};
use destek::actor::Actor;
use destek::desk::Command;
use destek::id::{TenantId, TicketId};
use destek::run::{self, ExecuteError};
use destek::store::blocking::{self, Leases as _};
use destek::testing::{Scene, ready};
use destek::ticket::{Receive, Reply};
use destek::time::{Span, Timestamp};
use destek::watch::{Doing, Lease, Sign};

fn shop() -> Scene {
    let mut scene = scene();
    run(&mut scene, Actor::Host, record("lale", Some("lead"), Some("care")));
    let receive = Receive::new(TICKET, message(1), customer("owner"), email(), "It came broken.");
    run(&mut scene, verified("owner"), receive);
    scene
}

/// What is told, in words: both forms say the same.
fn says(result: Result<Vec<Lease>, ExecuteError<std::convert::Infallible>>, since: Timestamp) -> String {
    match result {
        Ok(leases) => {
            let words = leases.iter().map(|lease| {
                format!("{} {:?} {}", lease.agent, lease.doing, lease.until.since(since).as_millis() / 1_000)
            });
            words.collect::<Vec<_>>().join(", ")
        }
        Err(error) => format!("!{}", error.code()),
    }
}

fn signs(scene: &Scene, who: Actor, sign: Sign) -> String {
    let (desk, store, tenant, now) = (scene.desk(), scene.store(), scene.tenant(), scene.now());
    let told = says(blocking::watch(desk, store, store, tenant, &who, sign, now), now);
    let again = says(ready(run::watch(desk, store, store, tenant, &who, sign, now)), now);
    assert_eq!(told, again, "to say the same again changes nothing, in either form");
    told
}

fn asks_in(scene: &Scene, tenant: &TenantId, who: Actor, ticket: TicketId) -> String {
    let (desk, store, now) = (scene.desk(), scene.store(), scene.now());
    let told = says(blocking::watching(desk, store, store, tenant, &who, ticket, now), now);
    assert_eq!(told, says(ready(run::watching(desk, store, store, tenant, &who, ticket, now)), now));
    told
}

fn asks(scene: &Scene, who: Actor, ticket: TicketId) -> String {
    asks_in(scene, scene.tenant(), who, ticket)
}

const LOOKS: Sign = Sign::Here(TICKET, Doing::Viewing);
const TYPES: Sign = Sign::Here(TICKET, Doing::Typing);

#[test]
fn two_agents_know_of_each_other_and_nothing_is_written() {
    let mut scene = shop();
    let before = everything(&scene);
    assert_eq!(signs(&scene, acting("ada"), LOOKS), "");
    assert_eq!(signs(&scene, acting("ada"), TYPES), "");
    assert_eq!(signs(&scene, acting("lale"), LOOKS), "ada Viewing 60, ada Typing 15");
    assert_eq!(asks(&scene, acting("root"), TICKET), "ada Viewing 60, ada Typing 15, lale Viewing 60");
    assert_eq!(everything(&scene), before, "no log knows of it");
    // It stops nobody.
    run(&mut scene, acting("lale"), Reply::new(TICKET, message(2), "We are sorry."));
    assert_eq!(signs(&scene, acting("ada"), Sign::Gone(TICKET)), "lale Viewing 60");
    assert_eq!(asks(&scene, acting("root"), TICKET), "lale Viewing 60");
    assert_eq!(signs(&scene, acting("ada"), Sign::Gone(TICKET)), "lale Viewing 60");
}

#[test]
fn a_lease_holds_until_its_instant_and_not_at_it() {
    let mut scene = shop();
    signs(&scene, acting("ada"), LOOKS);
    signs(&scene, acting("ada"), TYPES);
    let start = scene.now();
    scene.set_clock(start + Span::seconds(15) - Span::millis(1));
    assert_eq!(asks(&scene, acting("root"), TICKET), "ada Viewing 45, ada Typing 0");
    scene.set_clock(start + Span::seconds(15));
    assert_eq!(asks(&scene, acting("root"), TICKET), "ada Viewing 45");
    signs(&scene, acting("ada"), LOOKS);
    scene.set_clock(start + Span::seconds(60));
    assert_eq!(asks(&scene, acting("root"), TICKET), "ada Viewing 15", "it was renewed");
    scene.set_clock(start + Span::seconds(75));
    assert_eq!(asks(&scene, acting("root"), TICKET), "");
    // A clock that goes back shortens nothing.
    signs(&scene, acting("ada"), LOOKS);
    scene.set_clock(start);
    signs(&scene, acting("ada"), LOOKS);
    assert_eq!(asks(&scene, acting("root"), TICKET), "ada Viewing 135");
}

#[test]
fn whoever_may_not_see_the_ticket_learns_of_nobody() {
    let scene = shop();
    signs(&scene, acting("ada"), LOOKS);
    for (who, looks, told) in [
        (acting("bora"), "!not_found", "!not_found"),
        (acting("nobody"), "!unknown_actor", "!unknown_actor"),
        (verified("stranger"), "!not_found", "!not_found"),
        (verified("owner"), "!forbidden", "!forbidden"),
        (Actor::claimed(customer("owner")), "!not_found", "!not_found"),
        (Actor::Timer, "!not_found", "!not_found"),
        (Actor::Bot(name("bot")), "!forbidden", "ada Viewing 60"),
        (Actor::Host, "!forbidden", "ada Viewing 60"),
    ] {
        assert_eq!(signs(&scene, who.clone(), LOOKS), looks, "{who:?}");
        assert_eq!(asks(&scene, who.clone(), TICKET), told, "{who:?}");
    }
    assert_eq!(signs(&scene, acting("root"), Sign::Here(SPARE, Doing::Viewing)), "!not_found");
    assert_eq!(asks(&scene, acting("root"), TICKET), "ada Viewing 60", "refusals leave nothing");
}

#[test]
fn law_26_the_gate_is_asked_in_the_tenant_whose_leases_are_told() {
    let mut scene = shop();
    signs(&scene, acting("ada"), LOOKS);
    // Another tenant under the same policy, with the same agents and a ticket of the same id that ada may not see.
    let other = TenantId::new("other").unwrap();
    let mut tell = |actor: Actor, command: Command| {
        let request = scene.request(actor, command);
        blocking::execute_with_retry(scene.desk(), scene.store(), &other, &request, scene.now(), 1).unwrap();
    };
    tell(Actor::Host, Command::Activate);
    tell(Actor::Host, record("root", Some("lead"), None).into());
    assert_eq!(asks_in(&scene, &other, acting("ada"), TICKET), "!unknown_actor");
    assert_eq!(asks_in(&scene, &other, acting("root"), TICKET), "!not_found", "the ticket is the first tenant's");
    let (desk, store, now) = (scene.desk(), scene.store(), scene.now());
    let refused = blocking::watch(desk, store, store, &other, &acting("ada"), LOOKS, now);
    assert_eq!(says(refused, now), "!unknown_actor");
    assert_eq!(store.watching(&other, TICKET, now).unwrap(), [], "and nothing was written there");
    assert_eq!(asks(&scene, acting("root"), TICKET), "ada Viewing 60");
}

#[test]
fn tenants_tickets_and_agents_are_kept_apart_and_what_has_run_out_goes() {
    let store = destek::store::MemoryStore::new();
    let [one, other] = ["one", "other"].map(|tenant| TenantId::new(tenant).unwrap());
    let start = at(crate::cast::START);
    let lease = |who: &str, doing, seconds| Lease::new(agent(who), doing, start + Span::seconds(seconds));
    for lease in [lease("b", Doing::Typing, 5), lease("a", Doing::Typing, 20), lease("a", Doing::Viewing, 30)] {
        store.renew(&one, TICKET, &lease, start).unwrap();
    }
    store.renew(&one, SPARE, &lease("a", Doing::Viewing, 40), start).unwrap();
    // An earlier end takes nothing back.
    store.renew(&one, TICKET, &lease("a", Doing::Viewing, 10), start).unwrap();
    let told = store.watching(&one, TICKET, start).unwrap();
    assert_eq!(told, [lease("a", Doing::Viewing, 30), lease("a", Doing::Typing, 20), lease("b", Doing::Typing, 5)]);
    assert_eq!(store.watching(&other, TICKET, start).unwrap(), []);
    store.release(&other, TICKET, &agent("a")).unwrap();
    store.release(&one, TICKET, &agent("a")).unwrap();
    assert_eq!(store.watching(&one, TICKET, start).unwrap(), [lease("b", Doing::Typing, 5)]);
    assert_eq!(store.watching(&one, SPARE, start).unwrap(), [lease("a", Doing::Viewing, 40)]);
    store.renew(&one, SPARE, &lease("c", Doing::Viewing, 70), start + Span::seconds(10)).unwrap();
    assert_eq!(store.watching(&one, TICKET, start).unwrap(), [], "what has run out is not kept");
}
