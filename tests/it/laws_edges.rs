//! Laws 20 to 23, 26 and 28: the edges, where others are at work at the same time.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

use destek::actor::Actor;
use destek::channel::{Channel, ChannelKind};
use destek::desk::{Changes, Command, EffectKey, Guard, Lane, Request, effects};
use destek::id::{AgentId, CustomerId, MessageId, RequestId, TenantId, TicketId};
use destek::limits;
use destek::notify::Delivery;
use destek::notify::blocking::notifier_fn;
use destek::record::RecordKey;
use destek::run::{Relay, SessionError};
use destek::store::blocking::{self, Sessions as _, Store as _};
use destek::store::memory::EffectStatus;
use destek::store::{CommitError, MemoryStore};
use destek::team::RecordAgent;
use destek::testing::Script;
use destek::ticket::{Category, Note, Open, Receive, Resolve};
use destek::time::Span;
use proptest::prelude::*;

use crate::scripts::{Life, Shop, fault_is_caught, holds, holds_for, is_caught, script};
use crate::world::{Fault, Faulty, World, ensure};

const NOBODY: Life = Life { agents: Vec::new(), steps: Vec::new() };

fn customer(which: u8) -> CustomerId {
    CustomerId::new(format!("c-{which}")).unwrap()
}

fn opening(ticket: u128) -> Open {
    Open::new(TicketId::from_u128(ticket), customer(1), Channel::of(ChannelKind::Chat))
}

/// Of two units of work on the same facts the later one is refused, and leaves nothing.
///
/// `commit` ends the unit of work of the slower one.
fn the_slower_leaves_nothing(
    shop: Shop,
    script: &Script,
    commit: impl Fn(&World, &Request, Changes) -> Result<(), CommitError<std::convert::Infallible>>,
) -> Result<(), String> {
    let policy = shop.policy();
    let life = Life::of(script, &policy);
    let mut world = World::new(&policy, &life, Fault::default());
    for pair in life.steps.chunks(2) {
        world.pass(&pair[0]);
        let slow = world.request(pair[0].actor.clone(), pair[0].command.clone());
        let decided = world.preview(&slow).map(|decision| decision.into_changes(&slow));
        if let Some(fast) = pair.get(1) {
            let _ = world.ask(fast.actor.clone(), fast.command.clone());
        }
        let Ok(decided) = decided else { continue };
        let touched = decided.changes.iter().map(|change| change.record.clone()).collect::<BTreeSet<_>>();
        let before = world.seen();
        match commit(&world, &slow, decided) {
            Ok(()) => ensure(world.receipt(slow.id).is_some(), || "committed and not kept".to_owned())?,
            Err(_) => {
                ensure(before == world.seen(), || format!("the refused write on {touched:?} left something"))?;
                ensure(world.receipt(slow.id).is_none(), || "refused and answered".to_owned())?;
                // The same request goes through, or is refused by the domain, in a new unit of work.
                let again = world.execute(&slow);
                let ended = matches!(again, Ok(_) | Err(SessionError::Rejected(_)));
                ensure(ended, || format!("asked again: {again:?}"))?;
            }
        }
    }
    Ok(())
}

fn at_once(world: &World, _: &Request, changes: Changes) -> Result<(), CommitError<std::convert::Infallible>> {
    let Ok(mut session) = world.sessions.begin(&world.tenant);
    match session.write(&changes) {
        Ok(()) => world.sessions.commit(session),
        Err(destek::store::WriteError::Conflict(conflict)) => Err(conflict.into()),
        Err(destek::store::WriteError::Store(error)) => match error {},
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn law_20_a_refused_write_leaves_nothing() {
    holds(|shop, script| the_slower_leaves_nothing(shop, script, at_once));
}

#[test]
fn law_20_catches_a_write_in_two_steps() {
    let sound = |shop, script: &Script| the_slower_leaves_nothing(shop, script, at_once);
    is_caught(sound, |shop, script| {
        the_slower_leaves_nothing(shop, script, |world, request, changes| {
            // The outbox first, under a receipt of its own; then the rest.
            let mut first = changes.clone();
            (first.changes, first.guards, first.contents, first.loads) = Default::default();
            first.receipt.request = RequestId::from_u128(u128::MAX - request.id.as_u128());
            let _ = at_once(world, request, first);
            let mut rest = changes;
            rest.outbox.clear();
            rest.wakes.clear();
            at_once(world, request, rest)
        })
    });
}

/// Asking again gives the same receipt and does nothing; asking something else under the same id is refused.
fn asking_again_changes_nothing(shop: Shop, script: &Script, fault: Fault) -> Result<(), String> {
    let policy = shop.policy();
    let life = Life::of(script, &policy);
    let mut world = World::new(&policy, &life, fault);
    let mut asked = Vec::new();
    for step in &life.steps {
        world.pass(step);
        let request = world.request(step.actor.clone(), step.command.clone());
        if let Ok(receipt) = world.execute(&request) {
            asked.push((request, receipt));
        }
    }
    let before = world.seen();
    for (request, receipt) in &asked {
        let again = world.execute(request).map_err(|error| format!("asked again: {}", error.code()))?;
        ensure(again == receipt.clone().again() && again.replayed, || format!("{again:?} after {receipt:?}"))?;
        let mut other = request.clone();
        other.command = Command::Activate;
        let code = world.execute(&other).map_err(|error| error.code());
        ensure(code == Err("request_reused"), || format!("misused: {code:?}"))?;
        other = request.clone();
        other.actor = Actor::Bot("başka".try_into().unwrap());
        let code = world.execute(&other).map_err(|error| error.code());
        ensure(code == Err("request_reused") || other.actor == request.actor, || format!("by another: {code:?}"))?;
    }
    ensure(before == world.seen(), || "asking again left something".to_owned())
}

#[test]
fn law_21_the_same_request_is_carried_out_once() {
    holds(|shop, script| asking_again_changes_nothing(shop, script, Fault::default()));
}

#[test]
fn law_21_catches_a_forgotten_request() {
    let forget = |_: &MemoryStore, _: &TenantId, changes: &mut Changes| {
        let request = changes.receipt.request.as_u128();
        changes.receipt.request = RequestId::from_u128(u128::MAX - request);
    };
    fault_is_caught(&Fault::writing(forget), asking_again_changes_nothing);
}

/// One handing over: what, and whether it ended well, badly, or for good.
type Handed = (EffectKey, Lane, String, bool);

/// Lives, and delivers with a receiver that fails as `luck` says, until everything is settled.
fn delivered(shop: Shop, script: &Script, luck: &[u8], fault: Fault) -> (World, Vec<Handed>) {
    let policy = shop.policy();
    let mut world = World::live(&policy, &Life::of(script, &policy), fault);
    let handed: RefCell<Vec<Handed>> = RefCell::default();
    for _ in 0..40 {
        let notifier = notifier_fn(|_, envelope| {
            let body = serde_json::to_string(&envelope.outgoing).unwrap() + &format!("{:?}", envelope.text);
            let mut handed = handed.borrow_mut();
            let luck = luck[handed.len() % luck.len()];
            let settled = !(140..=235).contains(&luck);
            handed.push((envelope.outgoing.key.clone(), envelope.outgoing.lane.clone(), body, settled));
            match luck {
                0..140 => Ok(Delivery::Done),
                140..200 => Err(io::Error::other("nobody answers")),
                200..=235 => Ok(Delivery::RetryAt(world.now + Span::minutes(i64::from(luck)))),
                _ => Ok(Delivery::GaveUp("no such address".into())),
            }
        });
        // Few at a time, so that rounds end in the middle of a line.
        blocking::relay(&world.sessions, &world.tenant, &notifier, world.now, &Relay::default().limit(7)).unwrap();
        // And a worker that dies with what it has claimed.
        let Ok(mut session) = world.sessions.begin(&world.tenant);
        let claimed = blocking::Outbox::claim(&mut session, world.now, Span::minutes(1), 2).unwrap();
        if !claimed.is_empty() {
            world.sessions.commit(session).unwrap();
        }
        world.now = world.now + Span::hours(7);
    }
    for _ in 0..400 {
        if world.seen().outbox.iter().all(|row| row.status.is_settled()) {
            break;
        }
        let notifier = notifier_fn(|_, envelope| {
            let body = serde_json::to_string(&envelope.outgoing).unwrap() + &format!("{:?}", envelope.text);
            handed.borrow_mut().push((envelope.outgoing.key.clone(), envelope.outgoing.lane.clone(), body, true));
            Ok::<_, io::Error>(Delivery::Done)
        });
        blocking::relay(&world.sessions, &world.tenant, &notifier, world.now, &Relay::default()).unwrap();
        world.now = world.now + Span::hours(1);
    }
    (world, handed.into_inner())
}

/// What follows from the log is in the outbox; all of it is handed over, the same each time, in order.
fn effects_arrive(world: &World, handed: &[Handed]) -> Result<(), String> {
    let seen = world.seen();
    let mut follows = Vec::new();
    for write in seen.writes() {
        let mut rest = write.events;
        while let Some(first) = rest.first() {
            let (change, after) = rest.split_at(rest.iter().take_while(|other| other.record == first.record).count());
            rest = after;
            if let Some(Some(state)) = write.after.get(&first.record) {
                follows.extend(effects(change, state, world.desk.policy()));
            }
        }
    }
    let rows: Vec<_> = seen.outbox.iter().map(|row| row.outgoing.clone()).collect();
    ensure(rows == follows, || format!("{} effects follow from the log, {} wait", follows.len(), rows.len()))?;
    let mut bodies: BTreeMap<&EffectKey, &str> = BTreeMap::new();
    let mut settled: BTreeSet<&EffectKey> = BTreeSet::new();
    for (key, lane, body, ends) in handed {
        let first = bodies.entry(key).or_insert(body);
        ensure(*first == body, || format!("{key} differs from attempt to attempt"))?;
        ensure(!settled.contains(key), || format!("{key} was handed over after it was settled"))?;
        let earlier = rows.iter().take_while(|row| row.key != *key);
        let mut earlier = earlier.filter(|row| row.key.record == key.record && row.lane == *lane);
        let attempts = |key: &EffectKey| seen.outbox.iter().find(|row| row.outgoing.key == *key).unwrap().attempts;
        let given_up = |key: &EffectKey| attempts(key) >= limits::DELIVERY_ATTEMPTS_MAX;
        let waiting = earlier.find(|row| !settled.contains(&row.key) && !given_up(&row.key));
        ensure(waiting.is_none(), || format!("{key} overtook {waiting:?}"))?;
        if *ends {
            settled.insert(key);
        }
    }
    for row in &seen.outbox {
        let key = &row.outgoing.key;
        // An effect of which worker after worker dies is given up untried.
        let tried = bodies.contains_key(key) || row.attempts > limits::DELIVERY_ATTEMPTS_MAX;
        let ended = matches!(row.status, EffectStatus::Delivered | EffectStatus::SetAside { .. });
        ensure(tried && ended, || format!("{key} is {:?}", row.status))?;
    }
    Ok(())
}

fn lucky() -> impl Strategy<Value = (Script, Vec<u8>)> {
    (script(), prop::collection::vec(any::<u8>(), 1..40))
}

#[test]
fn law_22_effects_arrive_at_least_once_under_one_key_and_in_order() {
    holds_for((prop::bool::ANY, lucky()), |(ruled, (script, luck))| {
        let shop = if ruled { Shop::Ruled } else { Shop::Sample };
        let (world, handed) = delivered(shop, &script, &luck, Fault::default());
        effects_arrive(&world, &handed)
    });
}

#[test]
fn law_22_catches_a_lost_effect_and_an_effect_out_of_turn() {
    let lose = |_: &MemoryStore, _: &TenantId, changes: &mut Changes| drop(changes.outbox.pop());
    fault_is_caught(&Fault::writing(lose), |shop, script, fault| {
        let (world, handed) = delivered(shop, script, &[0], fault);
        effects_arrive(&world, &handed)
    });
    let sound = |shop, script: &Script| {
        let (world, handed) = delivered(shop, script, &[0, 150], Fault::default());
        effects_arrive(&world, &handed)
    };
    is_caught(sound, |shop, script| {
        let (world, mut handed) = delivered(shop, script, &[0, 150], Fault::default());
        handed.reverse();
        effects_arrive(&world, &handed)
    });
}

/// A world with one ticket, and an agent who has it.
fn manned(fault: Fault) -> World {
    let ada = RecordAgent::new(AgentId::new("ada").unwrap()).role("agent".try_into().unwrap());
    let ada = ada.team("destek".try_into().unwrap()).capacity(1).skill("iade".try_into().unwrap(), 5);
    let mut world = World::new(&Shop::Sample.policy(), &Life { agents: vec![ada], steps: vec![] }, fault);
    world.ask(Actor::verified(customer(1)), opening(1)).unwrap();
    world.quiet();
    world
}

/// Two requests decided on the same facts, then written one after the other; how many go through.
fn interleaved(world: &mut World, one: (Actor, Command), two: (Actor, Command)) -> (usize, [Request; 2]) {
    let (one, two) = (world.request(one.0, one.1), world.request(two.0, two.1));
    let begin = |request: &Request| {
        let Ok(mut session) = world.sessions.begin(&world.tenant);
        let done = blocking::execute(&world.desk, &mut session, request, world.now);
        done.map(|_| session).unwrap_or_else(|error| panic!("{error}"))
    };
    let (first, second) = (begin(&one), begin(&two));
    let through = [first, second].map(|session| world.sessions.commit(session).is_ok());
    (through.into_iter().filter(|done| *done).count(), [one, two])
}

fn two_writers(fault: Fault) -> Result<(), String> {
    let mut world = manned(fault);
    let ticket = TicketId::from_u128(1);
    let ada = Actor::Agent(AgentId::new("ada").unwrap());
    let note = Note::new(ticket, MessageId::from_u128(1), "not");
    let before = world.seen().log(ticket).count();
    let (through, [_, late]) = interleaved(&mut world, (ada.clone(), Resolve::new(ticket).into()), (ada, note.into()));
    ensure(through == 1, || format!("{through} of two writers on one version went through"))?;
    world.execute(&late).map_err(|error| error.to_string())?;
    let state = world.state(&RecordKey::Ticket(ticket)).unwrap();
    let resolved = state.ticket().unwrap().category() == Category::Resolved;
    ensure(resolved && world.seen().log(ticket).count() > before + 1, || "an update is lost".to_owned())
}

/// Whatever was decided on is taken for what is there now.
fn pretend(store: &MemoryStore, tenant: &TenantId, changes: &mut Changes) {
    let records = store.records(tenant);
    let version = |key: &RecordKey| records.iter().find(|(own, ..)| own == key).map(|(_, version, _)| *version);
    changes.changes.iter_mut().for_each(|change| change.expected = version(&change.record));
    changes.guards.clear();
}

#[test]
fn law_23_of_two_writers_on_one_version_one_is_refused() {
    two_writers(Fault::default()).unwrap();
}

#[test]
fn law_23_catches_a_lost_update() {
    // The check of versions at the commit cannot be talked out of it, so the second writer writes after the first.
    let mut world = manned(Fault::writing(pretend));
    let ticket = TicketId::from_u128(1);
    let ada = Actor::Agent(AgentId::new("ada").unwrap());
    let slow = world.request(ada.clone(), Note::new(ticket, MessageId::from_u128(1), "not"));
    let Ok(mut session) = world.sessions.begin(&world.tenant);
    let decided = blocking::preview(&world.desk, &mut session, &slow, world.now).unwrap();
    world.ask(ada, Resolve::new(ticket)).unwrap();
    let Ok(mut session) = world.sessions.begin(&world.tenant);
    let refused = session.write(&decided.into_changes(&slow)).is_err() || world.sessions.commit(session).is_err();
    let state = world.state(&RecordKey::Ticket(ticket)).unwrap();
    let lost = state.ticket().unwrap().category() != Category::Resolved;
    assert!(!refused && lost, "the broken variant is caught");
}

/// Two queues are drained at once, and the agent of both has one place left.
fn two_drains(fault: Fault) -> Result<(), String> {
    let ada = RecordAgent::new(AgentId::new("ada").unwrap()).capacity(1);
    let ada = ada.team("destek".try_into().unwrap()).skill("iade".try_into().unwrap(), 5);
    let mut world = World::new(&Shop::Sample.policy(), &Life { agents: vec![ada], steps: vec![] }, fault);
    let say = |world: &mut World, id: u128, words: &str| {
        let (who, channel) = (customer(id as u8), Channel::of(ChannelKind::Email));
        let receive = Receive::new(TicketId::from_u128(id), MessageId::from_u128(id), who.clone(), channel, words);
        world.ask(Actor::verified(who), receive).unwrap();
    };
    say(&mut world, 1, "kargom nerede");
    say(&mut world, 2, "merhaba");
    let drain = |queue: &str| (Actor::Timer, Command::Drain(queue.try_into().unwrap()));
    let (through, _) = interleaved(&mut world, drain("kargo"), drain("genel"));
    let load: u32 = world.store().loads(&world.tenant).iter().map(|(.., load)| *load).sum();
    ensure(load <= 1, || format!("{load} tickets where there is room for one, {through} drains went through"))?;
    ensure(through == 1, || format!("{through} drains went through"))
}

#[test]
fn law_23_two_drains_do_not_share_the_last_place() {
    two_drains(Fault::default()).unwrap();
}

#[test]
fn law_23_catches_capacity_without_a_guard() {
    let unguarded = |_: &MemoryStore, _: &TenantId, changes: &mut Changes| {
        changes.guards.retain(|guard| !matches!(guard, Guard::Capacity { .. }));
    };
    assert!(two_drains(Fault::writing(unguarded)).is_err(), "the broken variant is caught");
}

/// A tenant's life is the same whether or not another one lives beside it, under the same ids.
fn tenants_do_not_interfere(
    shop: Shop,
    script: &Script,
    other: &Script,
    leak: impl Fn(&World, &World),
) -> Result<(), String> {
    let (policy, neighbour) = (shop.policy(), Shop::Ruled.policy());
    let (life, others) = (Life::of(script, &policy), Life::of(other, &neighbour));
    let alone = World::live(&policy, &life, Fault::default()).seen();
    let sessions = Faulty { store: MemoryStore::new(), fault: Fault::default() };
    let mut one = World::beside(&policy, &life, sessions.clone(), "butik");
    let mut two = World::beside(&neighbour, &others, sessions, "bakkal");
    for place in 0..life.steps.len().max(others.steps.len()) {
        if let Some(step) = others.steps.get(place) {
            let _ = two.step(step);
        }
        if let Some(step) = life.steps.get(place) {
            let _ = one.step(step);
        }
        leak(&one, &two);
    }
    two.quiet();
    one.quiet();
    ensure(one.seen().bytes() == alone.bytes(), || "a tenant sees its neighbour".to_owned())
}

#[test]
fn law_26_tenants_do_not_interfere() {
    holds_for((prop::sample::select(Shop::ALL.to_vec()), script(), script()), |(shop, script, other)| {
        tenants_do_not_interfere(shop, &script, &other, |_, _| {})
    });
}

#[test]
fn law_26_catches_a_write_in_the_neighbour_s_store() {
    let sound = |shop, script: &Script| tenants_do_not_interfere(shop, script, script, |_, _| {});
    is_caught(sound, |shop, script| {
        tenants_do_not_interfere(shop, script, script, |one, two| {
            // The neighbour's worker takes this tenant for its own.
            let sweep = destek::run::Sweep::new(destek::content::Seed::new([1; 32]));
            let _ = blocking::sweep(&one.desk, &one.sessions, &one.tenant, two.now + Span::hours(3), &sweep);
        })
    });
}

#[test]
fn law_26_a_foreign_id_is_an_absent_id() {
    let sessions = Faulty { store: MemoryStore::new(), fault: Fault::default() };
    let policy = Shop::Sample.policy();
    let mut one = World::beside(&policy, &NOBODY, sessions.clone(), "butik");
    let mut two = World::beside(&policy, &NOBODY, sessions, "bakkal");
    two.ask(Actor::verified(customer(1)), opening(1)).unwrap();
    let refused = |world: &mut World, ticket: u128| {
        let note = Note::new(TicketId::from_u128(ticket), MessageId::from_u128(9), "not");
        world.ask(Actor::Host, note).unwrap_err().to_string()
    };
    let (foreign, absent) = (refused(&mut one, 1), refused(&mut one, 2));
    let own = |text: &str, id: u128| text.replace(&TicketId::from_u128(id).to_string(), "…");
    assert_eq!(own(&foreign, 1), own(&absent, 2));
    one.ask(Actor::verified(customer(1)), opening(1)).unwrap();
    assert_eq!(two.tickets().len(), 1, "and the id is still free for its own");
}

/// Two first messages of a customer at once make one ticket with both.
fn two_first_messages(fault: Fault) -> Result<(), String> {
    let mut world = World::new(&Shop::Sample.policy(), &NOBODY, fault);
    let first = |id: u128| {
        let channel = Channel::of(ChannelKind::Email);
        let receive = Receive::new(TicketId::from_u128(id), MessageId::from_u128(id), customer(1), channel, "merhaba");
        (Actor::verified(customer(1)), Command::from(receive))
    };
    let (through, [_, late]) = interleaved(&mut world, first(1), first(2));
    if through == 1 {
        world.execute(&late).map_err(|error| error.to_string())?;
    }
    let tickets = world.tickets();
    let messages: Vec<u32> = tickets.iter().map(|ticket| ticket.messages()).collect();
    ensure(messages == [2], || format!("tickets with {messages:?} messages"))
}

#[test]
fn law_28_two_first_messages_make_one_ticket() {
    two_first_messages(Fault::default()).unwrap();
}

#[test]
fn law_28_catches_a_customer_who_is_not_guarded() {
    let unguarded = |_: &MemoryStore, _: &TenantId, changes: &mut Changes| {
        changes.changes.retain(|change| !matches!(change.record, RecordKey::Customer(_)));
        changes.guards.clear();
    };
    assert!(two_first_messages(Fault::writing(unguarded)).is_err(), "the broken variant is caught");
}
