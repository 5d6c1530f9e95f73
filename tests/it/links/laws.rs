//! Links under whatever order of commands and under two writers, against plain references, with the broken variants
//! that are caught.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use destek::desk::{Facts, State, Wake};
use destek::policy::{Children, Duplicates, LastChild, LinkPolicy};
use destek::run::ExecuteError;
use destek::store::blocking::{self, Sessions as _};
use destek::ticket::Ticket;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::*;
use crate::scripts::{Life, holds_for};
use crate::world::{Fault, World, ensure};

/// How many tickets there are: few, so that circles are close.
const TICKETS: u128 = 6;

fn lead() -> Actor {
    acting("lead")
}

/// A world with tickets of two customers, and one agent who may do everything.
fn world(policy: &Policy, fault: Fault) -> World {
    let lead = record("lead", Some("admin"), Some("care"));
    let mut world = World::new(policy, &Life { agents: vec![lead], steps: vec![] }, fault);
    for number in 1..=TICKETS {
        let who = if number % 2 == 0 { "owner" } else { "friend" };
        world.ask(verified(who), ticket::Open::new(id(number), customer(who), email())).unwrap();
    }
    world.quiet();
    world
}

/// One link that is made, or ends.
#[derive(Debug, Clone, Copy)]
struct Knot {
    links: bool,
    kind: LinkKind,
    from: u128,
    to: u128,
}

impl Knot {
    fn command(self) -> Command {
        let (from, to) = (id(self.from), id(self.to));
        if self.links { Link::new(from, self.kind, to).into() } else { Unlink::new(from, self.kind, to).into() }
    }
}

fn knot() -> impl Strategy<Value = Knot> {
    let kinds = prop::sample::select(vec![
        LinkKind::Blocks,
        LinkKind::Blocks,
        LinkKind::Blocks,
        LinkKind::Parent,
        LinkKind::Duplicate,
        LinkKind::Problem,
        LinkKind::Relates,
    ]);
    let links = prop::bool::weighted(0.85);
    (links, kinds, 1..=TICKETS, 1..=TICKETS).prop_map(|(links, kind, from, to)| Knot { links, kind, from, to })
}

/// The links as a plain set: this ticket is that to the other one.
type Edges = BTreeSet<(LinkKind, u128, u128)>;

/// Whether one ticket leads to another along links of a kind: looked for from everywhere, without any cleverness.
fn leads(edges: &Edges, kind: LinkKind, from: u128, to: u128) -> bool {
    let mut reached = BTreeSet::from([from]);
    for _ in 0..TICKETS {
        let next = edges.iter().filter(|(own, start, _)| *own == kind && reached.contains(start));
        let next: Vec<u128> = next.map(|(.., end)| *end).collect();
        reached.extend(next);
    }
    reached.contains(&to)
}

fn circle(edges: &Edges) -> Option<(LinkKind, u128, u128)> {
    let found = edges.iter().find(|(kind, from, to)| *kind != LinkKind::Relates && leads(edges, *kind, *to, *from));
    found.copied()
}

/// A relation is the same from either side.
fn edge(kind: LinkKind, from: u128, to: u128) -> (LinkKind, u128, u128) {
    if kind == LinkKind::Relates { (kind, from.min(to), from.max(to)) } else { (kind, from, to) }
}

/// What the reference says of a knot: refused with a code, or how the set becomes.
fn expected(edges: &Edges, knot: Knot) -> Result<Edges, &'static str> {
    let Knot { links, kind, from, to } = knot;
    let own = edge(kind, from, to);
    if from == to {
        return Err("own_link");
    }
    let mut after = edges.clone();
    if !links {
        return if after.remove(&own) { Ok(after) } else { Err("not_linked") };
    }
    if !after.insert(own) {
        return Ok(after);
    }
    let taken = edges.iter().any(|(other, start, end)| match kind {
        LinkKind::Parent | LinkKind::Problem => *other == kind && *end == to,
        LinkKind::Duplicate => *other == kind && *start == from,
        _ => false,
    });
    if taken {
        return Err("already_linked");
    }
    // A parent waits for its children here, so it must block none of them.
    let waits = matches!(kind, LinkKind::Blocks | LinkKind::Parent)
        && [LinkKind::Blocks, LinkKind::Parent].iter().all(|kind| after.contains(&(*kind, from, to)));
    if waits || circle(&after).is_some() { Err("link_circle") } else { Ok(after) }
}

/// The links that the tickets hold; both sides have to agree.
fn held(world: &World) -> Result<Edges, String> {
    let (mut from_here, mut from_there) = (Edges::new(), Edges::new());
    for ticket in world.tickets() {
        let own = ticket.id().as_u128();
        for (bond, other) in ticket.links().iter() {
            let (kind, other) = (bond.kind(), other.as_u128());
            if kind.bond() == bond {
                from_here.insert(edge(kind, own, other));
            }
            if kind.bond().reverse() == bond {
                from_there.insert(edge(kind, other, own));
            }
        }
    }
    ensure(from_here == from_there, || format!("the sides differ: {from_here:?} and {from_there:?}"))?;
    Ok(from_here)
}

/// The tickets that the request at hand names, for faults that have to know.
type Named = Rc<RefCell<BTreeSet<TicketId>>>;

/// Links are made and ended by two writers at a time, each of whom has decided before the other has written.
fn links_form_no_circle(
    pairs: &[(Knot, Knot)],
    fault: Fault,
    named: &Named,
    seen: &RefCell<BTreeMap<String, u32>>,
) -> Result<(), String> {
    let mut world = world(&policy("{}"), fault);
    let mut edges = Edges::new();
    for (one, other) in pairs {
        let decided = [*one, *other].map(|knot| {
            *named.borrow_mut() = BTreeSet::from([id(knot.from), id(knot.to)]);
            let request = world.request(lead(), knot.command());
            let Ok(mut session) = world.sessions.begin(&world.tenant);
            let result = blocking::execute(&world.desk, &mut session, &request, world.now);
            (knot, result.map(|_| session))
        });
        let before = edges.clone();
        for (knot, result) in decided {
            let said = match (expected(&before, knot), result) {
                (Err(code), Err(ExecuteError::Rejected(rejection))) => {
                    ensure(rejection.code() == code, || format!("{knot:?}: {rejection}, not {code}"))?;
                    code
                }
                (Ok(_), Ok(session)) => match world.sessions.commit(session) {
                    Ok(()) => {
                        // What was linked already is left as it is, whatever the other writer does.
                        let own = edge(knot.kind, knot.from, knot.to);
                        if !knot.links {
                            edges.remove(&own);
                        } else if !before.contains(&own) {
                            edges.insert(own);
                        }
                        "through"
                    }
                    Err(_) => "conflict",
                },
                (expected, Ok(_)) => return Err(format!("{knot:?} went through, and should be {expected:?}")),
                (expected, Err(error)) => return Err(format!("{knot:?}: {error}, and should be {expected:?}")),
            };
            *seen.borrow_mut().entry(said.to_owned()).or_default() += 1;
        }
        ensure(held(&world)? == edges, || format!("the tickets hold something else than {edges:?}"))?;
        if let Some(circle) = circle(&edges) {
            return Err(format!("{circle:?} closes a circle of {edges:?}"));
        }
    }
    Ok(())
}

fn pairs() -> impl Strategy<Value = Vec<(Knot, Knot)>> {
    prop::collection::vec((knot(), knot()), 1..40)
}

#[test]
fn links_form_no_circle_whatever_the_order_of_commands_and_under_two_writers() {
    let seen = RefCell::new(BTreeMap::new());
    holds_for(pairs(), |pairs| links_form_no_circle(&pairs, Fault::default(), &Named::default(), &seen));
    println!("{:?}", seen.borrow());
    for said in ["through", "conflict", "own_link", "not_linked", "already_linked", "link_circle"] {
        assert!(seen.borrow().contains_key(said), "no `{said}`");
    }
}

/// A broken variant fails in one of some fixed cases, in which the law holds.
#[track_caller]
fn is_caught<S: Strategy>(
    strategy: S,
    law: impl Fn(&S::Value) -> Result<(), String>,
    broken: impl Fn(&S::Value) -> Result<(), String>,
    word: &str,
) {
    let mut runner = TestRunner::deterministic();
    for _ in 0..300 {
        let case = strategy.new_tree(&mut runner).unwrap().current();
        law(&case).unwrap();
        if let Err(wrong) = broken(&case) {
            assert!(wrong.contains(word), "caught for another reason: {wrong}");
            return;
        }
    }
    panic!("the broken variant is not caught");
}

/// Changes what the desk reads of the tickets that the request does not name.
fn misread(named: &Named, change: impl Fn(&mut serde_json::Map<String, serde_json::Value>) + 'static) -> Fault {
    let named = Rc::clone(named);
    Fault::reading(move |_, _, facts: &mut Facts| {
        for (key, loaded) in facts.records.iter_mut() {
            let (Some(ticket), Some(loaded)) = (key.ticket(), loaded) else { continue };
            if !named.borrow().contains(&ticket) {
                let mut json = serde_json::to_value(&*loaded.state).unwrap();
                change(json["ticket"].as_object_mut().unwrap());
                loaded.state = Arc::new(serde_json::from_value::<State>(json).unwrap());
            }
        }
    })
}

#[test]
fn a_check_that_looks_one_step_far_is_caught() {
    let (named, seen) = (Named::default(), RefCell::default());
    let broken = |pairs: &Vec<(Knot, Knot)>| {
        let blind = misread(&named, |ticket| drop(ticket.remove("links")));
        links_form_no_circle(pairs, blind, &named, &seen)
    };
    let law = |pairs: &Vec<(Knot, Knot)>| links_form_no_circle(pairs, Fault::default(), &named, &seen);
    is_caught(pairs(), law, broken, "went through, and should be Err(\"link_circle\")");
}

#[test]
fn a_link_that_does_not_rely_on_what_it_walked_is_caught() {
    // Of one kind, and as often ended as made: else few are left that close a circle only together.
    let blocks = |knot: Knot, links: bool| Knot { kind: LinkKind::Blocks, links, ..knot };
    let one = (knot(), any::<bool>()).prop_map(move |(knot, links)| blocks(knot, links));
    let other = knot().prop_map(move |knot| blocks(knot, true));
    let pairs = prop::collection::vec((one, other), 1..80);
    let (named, seen) = (Named::default(), RefCell::default());
    let broken = |pairs: &Vec<(Knot, Knot)>| {
        links_form_no_circle(pairs, Fault::writing(|_, _, changes| changes.guards.clear()), &named, &seen)
    };
    let law = |pairs: &Vec<(Knot, Knot)>| links_form_no_circle(pairs, Fault::default(), &named, &seen);
    is_caught(pairs, law, broken, "closes a circle");
}

/// What is done in a world of links, by numbers.
type Deed = (u8, Knot);

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    prop::collection::vec((0u8..14, knot()), 1..60)
}

fn rules(links: &LinkPolicy) -> String {
    let json = serde_json::json!({
        "parent_waits": links.parent_waits, "children": links.children,
        "last_child": links.last_child, "duplicates": links.duplicates,
    });
    json.to_string()
}

/// Every way in which a shop may choose.
fn choices() -> Vec<LinkPolicy> {
    let mut choices = Vec::new();
    for parent_waits in [true, false] {
        for children in ["stay", "close"] {
            for last_child in ["stay", "resolve_parent"] {
                for duplicates in ["resolve", "stay"] {
                    let json = format!(
                        r#"{{ "parent_waits": {parent_waits}, "children": "{children}", "last_child": "{last_child}", "duplicates": "{duplicates}" }}"#
                    );
                    choices.push(*policy(&json).links());
                }
            }
        }
    }
    choices
}

type Tickets = BTreeMap<u128, Ticket>;

fn now(world: &World) -> Tickets {
    world.tickets().into_iter().map(|ticket| (ticket.id().as_u128(), ticket)).collect()
}

fn is_open(tickets: &Tickets, ticket: TicketId) -> bool {
    tickets[&ticket.as_u128()].category().is_active()
}

/// The open tickets that have to be done before this one.
fn awaited(tickets: &Tickets, ticket: &Ticket, links: &LinkPolicy) -> Vec<TicketId> {
    let children = ticket.links().to(Bond::ParentOf).filter(|_| links.parent_waits);
    ticket.links().to(Bond::BlockedBy).chain(children).filter(|other| is_open(tickets, *other)).collect()
}

fn command(what: u8, knot: Knot) -> (Actor, Command) {
    let ticket = id(knot.from);
    match what {
        0..=4 => (lead(), knot.command()),
        5 | 6 => (lead(), Resolve::new(ticket).into()),
        7 => (lead(), Resolve::new(ticket).to_linked().into()),
        8 => (lead(), Close::new(ticket).into()),
        9 => (verified(if knot.from.is_multiple_of(2) { "owner" } else { "friend" }), Confirm::new(ticket).into()),
        10 => (verified(if knot.from.is_multiple_of(2) { "owner" } else { "friend" }), Refuse::new(ticket).into()),
        _ => (lead(), Reopen::new(ticket).into()),
    }
}

/// Ends follow the policy and nothing else: what an agent ends waits for nobody, what ends because of another ticket
/// ends as the policy says, and what ought to end does.
fn ends_follow_the_policy(
    deeds: &[Deed],
    (promised, played): (&LinkPolicy, &LinkPolicy),
    fault: Fault,
    named: &Named,
) -> Result<(), String> {
    let mut world = world(&policy(&rules(played)), fault);
    for (what, knot) in deeds {
        let (actor, command) = command(*what, *knot);
        let before = now(&world);
        *named.borrow_mut() = BTreeSet::from([id(knot.from), id(knot.to)]);
        let by_team = actor == lead();
        let ended = matches!(command, Command::Ticket(ticket::Command::Resolve(_) | ticket::Command::Close(_)));
        let done = world.ask(actor, command.clone()).is_ok();
        if done && ended && by_team {
            let awaited = awaited(&before, &before[&knot.from], promised);
            ensure(awaited.is_empty(), || format!("ended while {awaited:?} were open: {command:?}"))?;
        }
        let between = now(&world);
        world.quiet();
        let after = now(&world);
        for (number, ticket) in &between {
            let (was, is) = (ticket.category(), after[number].category());
            let reasons = reasons(&after, ticket, promised);
            if was != is {
                let follows = reasons.iter().any(|(to, _)| *to == is);
                ensure(follows, || format!("{number} went from {was:?} to {is:?} after {command:?}, for no reason"))?;
            }
        }
        // The ticket at hand has just ended: its open duplicates and children have to follow at once.
        if done && is_open(&before, id(knot.from)) && !is_open(&between, id(knot.from)) {
            for number in between[&knot.from].links().to(Bond::OriginalOf) {
                let (own, late) = (&between[&number.as_u128()], &after[&number.as_u128()]);
                let wanted = promised.duplicates == Duplicates::Resolve && awaited(&between, own, promised).is_empty();
                ensure(!(wanted && late.category().is_active()), || format!("{number} did not follow {command:?}"))?;
            }
        }
    }
    Ok(())
}

/// What a ticket may become because of those that it is linked to, and because of which.
fn reasons(after: &Tickets, ticket: &Ticket, links: &LinkPolicy) -> Vec<(Category, TicketId)> {
    let mut reasons = Vec::new();
    let done = |other: TicketId| !is_open(after, other);
    for other in ticket.links().to(Bond::DuplicateOf).filter(|other| done(*other)) {
        if links.duplicates == Duplicates::Resolve {
            reasons.push((Category::Resolved, other));
        }
    }
    reasons.extend(
        ticket.links().to(Bond::IncidentOf).filter(|other| done(*other)).map(|other| (Category::Resolved, other)),
    );
    for other in ticket.links().to(Bond::ChildOf) {
        if links.children == Children::Close && after[&other.as_u128()].category() == Category::Closed {
            reasons.push((Category::Closed, other));
        }
    }
    let children: Vec<TicketId> = ticket.links().to(Bond::ParentOf).collect();
    if links.last_child == LastChild::ResolveParent && children.iter().all(|child| done(*child)) {
        reasons.extend(children.first().map(|child| (Category::Resolved, *child)));
    }
    // Whatever the reason, what blocks it comes first.
    if awaited(after, ticket, links).is_empty() { reasons } else { Vec::new() }
}

#[test]
fn ends_follow_the_policy_and_nothing_else() {
    let choices = choices();
    assert_eq!(choices.len(), 16);
    let strategy = (prop::sample::select(choices), deeds());
    holds_for(strategy, |(links, deeds)| {
        ends_follow_the_policy(&deeds, (&links, &links), Fault::default(), &Named::default())
    });
}

#[test]
fn a_child_that_ends_its_parent_against_the_policy_is_caught() {
    let named = Named::default();
    let usual = *policy("{}").links();
    let eager = *policy(r#"{ "last_child": "resolve_parent" }"#).links();
    let law = |deeds: &Vec<Deed>| ends_follow_the_policy(deeds, (&usual, &usual), Fault::default(), &named);
    let broken = |deeds: &Vec<Deed>| ends_follow_the_policy(deeds, (&usual, &eager), Fault::default(), &named);
    is_caught(deeds(), law, broken, "for no reason");
}

#[test]
fn a_blocker_that_is_ignored_is_caught() {
    let named = Named::default();
    let usual = *policy("{}").links();
    let law = |deeds: &Vec<Deed>| ends_follow_the_policy(deeds, (&usual, &usual), Fault::default(), &named);
    let broken = |deeds: &Vec<Deed>| {
        let blind = misread(&named, |ticket| {
            ticket["status"] = serde_json::json!({ "name": "closed", "category": "closed" });
        });
        ends_follow_the_policy(deeds, (&usual, &usual), blind, &named)
    };
    is_caught(deeds(), law, broken, "");
}

#[test]
fn duplicates_that_nobody_wakes_are_caught() {
    let named = Named::default();
    let usual = *policy("{}").links();
    let law = |deeds: &Vec<Deed>| ends_follow_the_policy(deeds, (&usual, &usual), Fault::default(), &named);
    let broken = |deeds: &Vec<Deed>| {
        let asleep = Fault::writing(|_, _, changes| {
            changes.wakes.retain(|wake| !matches!(wake, Wake::Forward { record: RecordKey::Ticket(_), .. }));
        });
        ends_follow_the_policy(deeds, (&usual, &usual), asleep, &named)
    };
    is_caught(deeds(), law, broken, "did not follow");
}

#[test]
fn writers_that_close_a_circle_together_are_told_apart() {
    // a blocks b and c blocks d; who then lets b block c, and who lets d block a, know nothing of each other.
    let mut world = world(&policy("{}"), Fault::default());
    let [a, b, c, d] = [1, 2, 3, 4].map(id);
    for (from, to) in [(a, b), (c, d)] {
        world.ask(lead(), Link::new(from, LinkKind::Blocks, to)).unwrap();
    }
    let sessions = [(b, c), (d, a)].map(|(from, to)| {
        let request = world.request(lead(), Link::new(from, LinkKind::Blocks, to));
        let Ok(mut session) = world.sessions.begin(&world.tenant);
        blocking::execute(&world.desk, &mut session, &request, world.now).unwrap();
        (session, request)
    });
    let [(first, _), (second, late)] = sessions;
    world.sessions.commit(first).unwrap();
    world.sessions.commit(second).unwrap_err();
    let again = world.execute(&late).unwrap_err();
    assert!(again.to_string().contains("close a circle"), "{again}");
}
