//! Merge and its undo on many histories, with the broken variants that are caught.

use std::collections::{BTreeMap, BTreeSet};

use destek::id::MessageId;
use destek::store::blocking::{self, Sessions as _};

use super::*;
use crate::scripts::{Life, fixed_lives};
use crate::world::{Fault, World, ensure};

/// How many histories the properties of merges are tried on: 10,000, each a life up to one of its steps.
fn histories() -> usize {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(10_000).max(10_000)
}

/// Two tickets of a world, by numbers.
fn pair(world: &World, turn: usize) -> Option<(TicketId, TicketId)> {
    let tickets = world.tickets();
    let count = tickets.len();
    let (one, other) = (turn.checked_rem(count)?, (turn / 7).checked_rem(count)?);
    Some((tickets.get(one)?.id(), tickets.get(other)?.id()))
}

fn both(world: &World, (one, other): (TicketId, TicketId)) -> [serde_json::Value; 2] {
    let tickets = world.tickets();
    [one, other].map(|id| tickets.iter().find(|ticket| ticket.id() == id).map(|ticket| resting(look(ticket))).unwrap())
}

/// A clock that was reset because nobody waits any more rests; since when is of no consequence, and an undo may be
/// the instant from which on nobody does.
fn resting(mut ticket: serde_json::Value) -> serde_json::Value {
    for run in ticket.pointer_mut("/clocks").into_iter().flat_map(|clocks| clocks.as_object_mut().unwrap().values_mut())
    {
        let Some(run) = run.get_mut("run") else { continue };
        if run.pointer("/phase/paused/at").is_some_and(|at| *at == run["started"]) {
            *run = "rests".into();
        }
    }
    ticket
}

/// Tries something on pairs of tickets after every step of many lives; how often it could be tried.
fn on_histories(wanted: usize, mut attempt: impl FnMut(&mut World, (TicketId, TicketId)) -> Option<()>) -> usize {
    let (mut tried, mut turn) = (0, 0);
    for (shop, script) in fixed_lives(wanted) {
        let policy = shop.policy();
        let life = Life::of(&script, &policy);
        let mut world = World::new(&policy, &life, Fault::default());
        for step in &life.steps {
            let _ = world.step(step);
            for _ in 0..4 {
                turn += 1;
                let Some(pair) = pair(&world, turn) else { continue };
                if attempt(&mut world, pair).is_some() {
                    tried += 1;
                    break;
                }
            }
            if tried >= wanted {
                return tried;
            }
        }
    }
    tried
}

fn admin() -> Actor {
    acting("defne")
}

#[test]
fn undo_of_a_merge_is_as_if_nothing_had_been() {
    let wanted = histories();
    let tried = on_histories(wanted, |world, (source, target)| {
        for ticket in [source, target] {
            let _ = world.ask(Actor::Timer, Command::Wake(RecordKey::Ticket(ticket)));
        }
        let before = (both(world, (source, target)), world.seen().loads);
        let wakes = |world: &World| {
            let rows = world.seen().wakes.into_iter();
            let own = rows.filter(|row| row.record.ticket().is_some_and(|own| own == source || own == target));
            own.map(|row| (row.record.clone(), row.at)).collect::<BTreeMap<_, _>>()
        };
        let woken = wakes(world);
        world.ask(admin(), Merge::new(source, target).sharing()).ok()?;
        let between = world.tickets();
        assert!(between.iter().any(|ticket| ticket.absorbed().contains_key(&source)));
        world.ask(admin(), Unmerge::new(source)).unwrap();
        // Linked tickets look once more at what others have passed on, and then rest as before.
        for ticket in [source, target] {
            let _ = world.ask(Actor::Timer, Command::Wake(RecordKey::Ticket(ticket)));
        }
        let after = (both(world, (source, target)), world.seen().loads);
        assert_eq!(before, after);
        assert_eq!(woken, wakes(world));
        Some(())
    });
    println!("merged and undone after {tried} histories");
    assert_eq!(tried, wanted);
}

/// A state without the places in its log that it names, which a merge moves.
fn placeless(json: serde_json::Value) -> serde_json::Value {
    without(json, &["version", "index"])
}

fn without(mut json: serde_json::Value, keys: &[&str]) -> serde_json::Value {
    fn strip(json: &mut serde_json::Value, keys: &[&str]) {
        match json {
            serde_json::Value::Object(map) => {
                map.retain(|key, _| !keys.contains(&key.as_str()));
                map.values_mut().for_each(|value| strip(value, keys));
            }
            serde_json::Value::Array(list) => list.iter_mut().for_each(|value| strip(value, keys)),
            _ => {}
        }
    }
    strip(&mut json, keys);
    json
}

#[test]
fn after_an_undo_time_catches_up_as_if_nothing_had_been() {
    let mut tried = 0;
    for (turn, (shop, script)) in fixed_lives(800).into_iter().enumerate() {
        let policy = shop.policy();
        let life = Life::of(&script, &policy);
        // The same life twice; in one of them two tickets are merged for a while in which nobody does anything.
        let gap = Span::minutes(37 * (turn as i64 % 120));
        let mut worlds = [true, false].map(|merges| {
            let mut world = World::new(&policy, &life, Fault::default());
            for step in &life.steps {
                let _ = world.step(step);
            }
            (world, merges)
        });
        let Some((source, target)) = pair(&worlds[0].0, turn).filter(|(one, other)| one != other) else { continue };
        // What rules did about the longer wait is later work, and stays.
        let fired = |world: &World| {
            let of = |event: &Event| matches!(event, Event::Ticket(ticket::Event::RuleFired { .. }));
            world.seen().feed.iter().filter(|recorded| of(&recorded.event)).count()
        };
        let mut told = false;
        let mut ends = Vec::new();
        for (world, merges) in &mut worlds {
            let wake = |world: &mut World, ticket| world.ask(Actor::Timer, Command::Wake(RecordKey::Ticket(ticket)));
            for ticket in [source, target] {
                let _ = wake(world, ticket);
            }
            let merged = *merges && world.ask(admin(), Merge::new(source, target).sharing()).is_ok();
            let begun = fired(world);
            world.now = world.now + gap;
            if merged {
                world.ask(admin(), Unmerge::new(source)).unwrap();
                told = fired(world) > begun;
                tried += usize::from(!told);
            }
            // The one may be linked to the other, and takes in what that one has just done.
            for ticket in [source, target, source, target] {
                let _ = wake(world, ticket);
            }
            ends.push(both(world, (source, target)).map(placeless));
        }
        if told {
            continue;
        }
        assert_eq!(ends[0], ends[1], "{source} and {target} of life {turn}, after {gap:?}");
    }
    assert!(tried > 100, "only {tried}");
}

/// The messages of a ticket's story.
fn story(world: &World, ticket: TicketId) -> BTreeSet<MessageId> {
    let Ok(mut session) = world.store().begin(&world.tenant);
    let Ok(dossier) = blocking::load_ticket(&mut session, ticket);
    let seen = for_team(world.desk.policy(), (&Actor::Host, None), &dossier.unwrap(), world.now).unwrap();
    let said = seen.timeline.into_iter().filter_map(|entry| match entry.event {
        ticket::Event::MessageReceived { message, .. }
        | ticket::Event::Replied { message, .. }
        | ticket::Event::Noted { message, .. } => Some(message),
        _ => None,
    });
    said.collect()
}

/// Merges, works on, and takes the merge back: no message is lost, and what came later stays. None where the two
/// cannot be merged. `spoil` is what a broken store does before each look.
fn later_work_stays(
    world: &mut World,
    (source, target): (TicketId, TicketId),
    spoil: impl Fn(&World, &str),
) -> Option<Result<(), String>> {
    for ticket in [source, target] {
        let _ = world.ask(Actor::Timer, Command::Wake(RecordKey::Ticket(ticket)));
    }
    let [before, _] = both(world, (source, target));
    let (own, others) = (story(world, source), story(world, target));
    world.ask(admin(), Merge::new(source, target).sharing()).ok()?;
    spoil(world, "merged");
    let (via, reply) = (message(1 << 100), message(1 << 101));
    let sender = world.tickets().iter().find(|ticket| ticket.id() == source).unwrap().customer().clone();
    let spare = id((1 << 100) + world.seen().feed.len() as u128);
    let receive = ticket::Receive::new(spare, via, sender.clone(), email(), "Bir şey daha").answers(source);
    let joined = world.ask(Actor::verified(sender), receive).ok().and_then(|receipt| receipt.ticket) == Some(target);
    let answered = world.ask(admin(), ticket::Reply::new(target, reply, "Bakıyoruz")).is_ok();
    spoil(world, "worked on");
    let whole = story(world, target);
    let check = (|| {
        ensure(own.is_subset(&whole) && others.is_subset(&whole), || "a message is lost".to_owned())?;
        // A closed target takes no message; an import of the past would.
        ensure(joined == whole.contains(&via), || "a message went astray".to_owned())
    })();
    if check.is_err() {
        return Some(check);
    }
    if let Err(error) = world.ask(admin(), Unmerge::new(source)) {
        // The only reason: its customer has too many open tickets, which no life here comes to.
        return Some(Err(format!("the undo is refused: {error}")));
    }
    spoil(world, "undone");
    let [after, _] = both(world, (source, target));
    let (own_now, others_now) = (story(world, source), story(world, target));
    Some((|| {
        // What came by way of it while it was merged makes void what was asked of its approvers before, and is an
        // answer to whoever was to be asked again.
        let same = if joined {
            let moved = ["approvals", "nudging"];
            without(before.clone(), &moved) == without(after.clone(), &moved)
        } else {
            before == after
        };
        ensure(same, || format!("the source is\n{after}\nand was\n{before}"))?;
        ensure(own == own_now, || "the source has other messages than before".to_owned())?;
        let later: BTreeSet<_> =
            [(via, joined), (reply, answered)].into_iter().filter(|(_, came)| *came).map(|(id, _)| id).collect();
        let wanted: BTreeSet<_> = others.union(&later).copied().collect();
        ensure(others_now == wanted, || format!("the target has {others_now:?}, and should have {wanted:?}"))?;
        let seen = world.seen();
        let stayed = seen.log(source).filter_map(|recorded| match &recorded.event {
            Event::Ticket(ticket::Event::Unmerged { stayed, .. }) => Some(stayed.clone()),
            _ => None,
        });
        let expected: Vec<_> = joined.then_some(via).into_iter().collect();
        ensure(stayed.last() == Some(expected), || "what stayed is not listed".to_owned())
    })())
}

/// Tries it on many histories; each ends with the first try, as its messages have fixed ids.
fn try_later_work(lives: usize, spoil: impl Fn(&World, &str)) -> Result<usize, String> {
    let mut tried = 0;
    for (turn, (shop, script)) in fixed_lives(lives).into_iter().enumerate() {
        let policy = shop.policy();
        let mut world = World::live(&policy, &Life::of(&script, &policy), Fault::default());
        for offset in 0..8 {
            let Some(pair) = pair(&world, turn + offset * 5) else { break };
            if let Some(result) = later_work_stays(&mut world, pair, &spoil) {
                result?;
                tried += 1;
                break;
            }
        }
    }
    Ok(tried)
}

#[test]
fn no_message_is_lost_on_the_way_and_what_came_later_stays() {
    let tried = try_later_work(600, |_, _| {}).unwrap();
    assert!(tried > 200, "only {tried}");
}

#[test]
fn a_message_lost_on_merge_and_an_undo_that_drops_later_work_are_caught() {
    // The last public message of any ticket is lost, at one of the three looks.
    for at in ["merged", "worked on", "undone"] {
        let lose = |world: &World, when: &str| {
            let seen = world.seen();
            let said = |recorded: &&Recorded| {
                matches!(
                    recorded.event,
                    Event::Ticket(ticket::Event::MessageReceived { .. } | ticket::Event::Replied { .. })
                )
            };
            if let Some(last) = seen.feed.iter().rfind(said).filter(|_| when == at) {
                world.store().tamper(&world.tenant).lose_event(&last.record, last.version, last.index);
            }
        };
        assert!(try_later_work(60, lose).is_err(), "lost when {at}");
    }
}

#[test]
fn merges_never_form_a_cycle_whatever_their_order() {
    let mut links = 0;
    for (shop, script) in fixed_lives(600) {
        let policy = shop.policy();
        let mut world = World::live(&policy, &Life::of(&script, &policy), Fault::default());
        let count = world.tickets().len();
        for turn in 0..count * count {
            let (one, other) = (turn % count, (turn / count + turn * 3) % count);
            let ids: Vec<TicketId> = world.tickets().iter().map(Ticket::id).collect();
            let _ = world.ask(admin(), Merge::new(ids[one], ids[other]).sharing());
        }
        let into: BTreeMap<TicketId, TicketId> =
            world.tickets().iter().filter_map(|ticket| Some((ticket.id(), ticket.merged()?.into))).collect();
        links += into.len();
        for start in into.keys() {
            let mut at = *start;
            let steps = std::iter::from_fn(|| into.get(&at).map(|next| at = *next)).take(limits::MERGE_CHAIN_MAX + 1);
            assert!(steps.count() <= limits::MERGE_CHAIN_MAX, "no end from {start}");
            let holder = world.tickets().into_iter().find(|ticket| ticket.id() == at).unwrap();
            assert!(holder.absorbed().contains_key(start), "{at} does not know of {start}");
        }
    }
    assert!(links > 500, "only {links} merges");
}
