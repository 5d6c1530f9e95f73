//! Links between tickets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod laws;

use destek::actor::Actor;
use destek::desk::{Antecedent, Command, Effect, Event, Origin, Receipt, Recorded, Rejection};
use destek::id::TicketId;
use destek::language::Language;
use destek::limits;
use destek::policy::Policy;
use destek::record::RecordKey;
use destek::testing::Scene;
use destek::ticket::{
    self, Bond, Category, Close, Confirm, Link, LinkKind, Merge, Refusal, Refuse, Reopen, Reply, Resolve, Unlink,
};
use destek::time::Span;
use destek::view::{CustomerEvent, for_customer, for_team};

use crate::cast::{POLICY, acting, at, customer, email, everything, message, name, read, record, run, verified};

const fn id(number: u128) -> TicketId {
    TicketId::from_u128(number)
}

/// The policy of the tables, with rules for links.
fn policy(links: &str) -> Policy {
    read(&POLICY.replacen("\"version\": 1,", &format!("\"version\": 1, \"links\": {links},"), 1))
}

/// `ada` works in the team of the queue `general`, `root` may do everything, `solo` only what is his own.
fn scene_of(links: &str) -> Scene {
    let mut scene = Scene::new(policy(links), at(crate::cast::START));
    for record in [record("ada", Some("agent"), Some("care")), record("root", Some("admin"), None)] {
        run(&mut scene, Actor::Host, record);
    }
    scene
}

fn scene() -> Scene {
    scene_of("{}")
}

fn root() -> Actor {
    acting("root")
}

/// Each customer writes a mail that makes a ticket of its own: the tickets 1, 2 and so on.
fn opened<const N: usize>(scene: &mut Scene, who: [&str; N]) -> [TicketId; N] {
    let mut next = 0;
    who.map(|who| {
        next += 1;
        let open = ticket::Open::new(id(next), customer(who), email()).message(message(next * 100), "Kargom nerede?");
        run(scene, verified(who), open);
        id(next)
    })
}

fn link(scene: &mut Scene, ticket: TicketId, kind: LinkKind, to: TicketId) {
    run(scene, root(), Link::new(ticket, kind, to));
}

fn refused(scene: &mut Scene, actor: Actor, command: impl Into<Command>) -> Refusal {
    let before = everything(scene);
    let result: Result<Receipt, Rejection> = scene.run(actor, command);
    assert_eq!(before, everything(scene), "a refusal has changed something");
    match result.unwrap_err() {
        Rejection::Ticket(refusal) => refusal,
        other => panic!("{other}"),
    }
}

fn log(scene: &Scene, ticket: TicketId) -> Vec<Recorded> {
    scene.log(&RecordKey::Ticket(ticket))
}

fn category(scene: &Scene, ticket: TicketId) -> Category {
    scene.ticket(ticket).unwrap().category()
}

/// Everybody who was told that a ticket is resolved, and who was sent a message.
fn told(scene: &Scene) -> (Vec<String>, Vec<String>) {
    let (mut resolved, mut sent) = (Vec::new(), Vec::new());
    for outgoing in scene.effects() {
        match outgoing.effect {
            Effect::Tell { to, what: destek::desk::Told::Resolved, .. } => resolved.push(to.to_string()),
            Effect::Send { to, .. } => sent.push(to.to_string()),
            _ => {}
        }
    }
    (resolved, sent)
}

/// Does what is due, until nothing is; doing it again changes nothing.
fn quiet(scene: &mut Scene) {
    scene.advance(Span::millis(1));
    let before = scene.tickets();
    for ticket in &before {
        run(scene, Actor::Timer, Command::Wake(RecordKey::Ticket(ticket.id())));
    }
    assert_eq!(before, scene.tickets(), "a second wake has changed something");
}

#[test]
fn a_link_is_on_both_sides_and_each_event_names_the_other() {
    let mut scene = scene();
    let [a, b] = opened(&mut scene, ["owner", "friend"]);
    link(&mut scene, a, LinkKind::Parent, b);
    let bonds = |scene: &Scene, ticket| scene.ticket(ticket).unwrap().links().iter().collect::<Vec<_>>();
    assert_eq!((bonds(&scene, a), bonds(&scene, b)), (vec![(Bond::ParentOf, b)], vec![(Bond::ChildOf, a)]));
    let (here, there) = (log(&scene, a).pop().unwrap(), log(&scene, b).pop().unwrap());
    assert_eq!((here.event.kind(), there.event.kind()), ("linked", "linked"));
    assert_eq!(here.cause.from, Some(Antecedent::There(there.key())));
    assert_eq!(there.cause.from, Some(Antecedent::There(here.key())));
    // Saying it again changes nothing.
    let before = (log(&scene, a), log(&scene, b));
    link(&mut scene, a, LinkKind::Parent, b);
    assert_eq!(before, (log(&scene, a), log(&scene, b)));
    // One pair may be linked in several ways; each ends by itself.
    link(&mut scene, b, LinkKind::Relates, a);
    run(&mut scene, root(), Unlink::new(a, LinkKind::Parent, b));
    assert_eq!((bonds(&scene, a), bonds(&scene, b)), (vec![(Bond::RelatesTo, b)], vec![(Bond::RelatesTo, a)]));
    run(&mut scene, root(), Unlink::new(a, LinkKind::Relates, b));
    assert!(bonds(&scene, a).is_empty() && bonds(&scene, b).is_empty());
    // What was stored before there were links reads the same.
    assert!(!serde_json::to_string(&scene.ticket(a).unwrap()).unwrap().contains("links"));
}

#[test]
fn links_that_make_no_sense_are_refused_and_change_nothing() {
    let mut scene = scene();
    let [a, b, c] = opened(&mut scene, ["owner", "friend", "owner"]);
    for kind in LinkKind::ALL {
        assert_eq!(refused(&mut scene, root(), Link::new(a, kind, a)), Refusal::OwnLink);
        let not_linked = Refusal::NotLinked { ticket: a, kind, other: b };
        assert_eq!(refused(&mut scene, root(), Unlink::new(a, kind, b)), not_linked);
        let missing = scene.run(root(), Link::new(a, kind, id(99))).unwrap_err();
        assert_eq!(missing, Rejection::NotFound(RecordKey::Ticket(id(99))));
        let missing = scene.run(root(), Link::new(id(99), kind, a)).unwrap_err();
        assert_eq!(missing, Rejection::NotFound(RecordKey::Ticket(id(99))));
    }
    // One parent, one original, one problem.
    for (kind, single) in [
        (LinkKind::Parent, Bond::ChildOf),
        (LinkKind::Problem, Bond::IncidentOf),
        (LinkKind::Duplicate, Bond::DuplicateOf),
    ] {
        let turned =
            |from, to| if single == Bond::DuplicateOf { Link::new(to, kind, from) } else { Link::new(from, kind, to) };
        run(&mut scene, root(), turned(a, b));
        let again = refused(&mut scene, root(), turned(c, b));
        assert_eq!(again, Refusal::AlreadyLinked { ticket: b, bond: single });
    }
    // Named from the wrong side it is another link.
    assert_eq!(refused(&mut scene, root(), Unlink::new(b, LinkKind::Parent, a)).code(), "not_linked");
    // What goes on elsewhere is linked there.
    run(&mut scene, root(), Merge::new(c, a));
    let merged = Refusal::MergedInto { ticket: c, target: a };
    assert_eq!(refused(&mut scene, root(), Link::new(c, LinkKind::Blocks, b)), merged);
    assert_eq!(refused(&mut scene, root(), Link::new(b, LinkKind::Blocks, c)), merged);
}

#[test]
fn whoever_may_not_see_the_other_one_cannot_tell_it_from_none() {
    let mut scene = scene();
    let [a, b] = opened(&mut scene, ["owner", "friend"]);
    run(&mut scene, Actor::Host, record("lead", Some("lead"), Some("care")));
    run(&mut scene, root(), ticket::Transfer::new(b, crate::cast::queue("returns")));
    for command in [
        Command::from(Link::new(a, LinkKind::Blocks, b)),
        Link::new(b, LinkKind::Blocks, a).into(),
        Unlink::new(a, LinkKind::Blocks, b).into(),
    ] {
        let hidden = scene.run(acting("lead"), command).unwrap_err();
        assert_eq!(hidden, Rejection::NotFound(RecordKey::Ticket(b)));
    }
    // Whoever sees it and may not link is told so.
    assert_eq!(scene.run(acting("ada"), Link::new(a, LinkKind::Relates, a)).unwrap_err().code(), "forbidden");
    // A way over tickets that he may not see is counted, not shown.
    let c = id(30);
    run(&mut scene, verified("owner"), ticket::Open::new(c, customer("owner"), email()));
    link(&mut scene, a, LinkKind::Blocks, b);
    link(&mut scene, b, LinkKind::Blocks, c);
    let circle = refused(&mut scene, acting("lead"), Link::new(c, LinkKind::Blocks, a));
    assert_eq!(circle, Refusal::LinkCircle { kind: LinkKind::Blocks, through: vec![a, c], hidden: 1 });
    let blocked = refused(&mut scene, acting("lead"), Resolve::new(c));
    assert_eq!(blocked, Refusal::Blocked { by: vec![], hidden: 1 });
    assert!(!blocked.to_string().contains(&b.to_string()));
    let dossier = scene.dossier(a).unwrap();
    let state = scene.state(&RecordKey::Agent("lead".parse().unwrap())).unwrap();
    let seen = for_team(scene.desk().policy(), (&acting("lead"), state.agent()), &dossier, scene.now()).unwrap();
    assert_eq!((seen.links[0].bond, seen.links[0].other.as_ref()), (Bond::Blocks, None));
}

#[test]
fn a_ticket_has_at_most_fifty_links() {
    let mut scene = scene();
    let [hub] = opened(&mut scene, ["owner"]);
    for number in 0..=limits::LINKS_MAX as u128 {
        let who = format!("c-{number}");
        run(&mut scene, verified(&who), ticket::Open::new(id(1_000 + number), customer(&who), email()));
    }
    for number in 0..limits::LINKS_MAX as u128 {
        link(&mut scene, hub, LinkKind::Problem, id(1_000 + number));
    }
    let bytes = serde_json::to_string(&scene.ticket(hub).unwrap()).unwrap().len();
    println!("a ticket with {} links: {bytes} bytes", limits::LINKS_MAX);
    assert!(bytes < limits::STATE_BYTES_AIM, "{bytes}");
    let last = id(1_000 + limits::LINKS_MAX as u128);
    let (limit, size) = (limits::LINKS_MAX, limits::LINKS_MAX + 1);
    let too_many = Refusal::TooMany { field: name("links"), limit, size };
    assert_eq!(refused(&mut scene, root(), Link::new(hub, LinkKind::Problem, last)), too_many);
    assert_eq!(refused(&mut scene, root(), Link::new(last, LinkKind::Blocks, hub)), too_many);
}

#[test]
fn no_kind_closes_a_circle_however_long() {
    for kind in [LinkKind::Blocks, LinkKind::Parent, LinkKind::Duplicate, LinkKind::Problem] {
        let mut scene = scene();
        let tickets = opened(&mut scene, ["owner", "friend", "owner", "friend", "owner"]);
        for pair in tickets.windows(2) {
            link(&mut scene, pair[0], kind, pair[1]);
        }
        let Refusal::LinkCircle { through, hidden: 0, .. } =
            refused(&mut scene, root(), Link::new(tickets[4], kind, tickets[0]))
        else {
            panic!("{kind:?}")
        };
        // The way that is there leads from one of the two to the other over all that lie between.
        let mut way = tickets.to_vec();
        if through.first() != way.first() {
            way.reverse();
        }
        assert_eq!(through, way, "{kind:?}");
        // Without one of its parts there is no circle, and another kind has its own.
        run(&mut scene, root(), Unlink::new(tickets[1], kind, tickets[2]));
        link(&mut scene, tickets[4], kind, tickets[0]);
        link(&mut scene, tickets[1], LinkKind::Relates, tickets[2]);
        link(&mut scene, tickets[2], LinkKind::Relates, tickets[1]);
    }
}

#[test]
fn more_tickets_than_may_be_walked_are_refused() {
    let mut scene = scene();
    let count = limits::LINK_REACH_MAX as u128 + 2;
    for number in 0..count {
        // Each customer may have so many open.
        let who = format!("c-{number}");
        run(&mut scene, verified(&who), ticket::Open::new(id(1 + number), customer(&who), email()));
    }
    for number in 2..count - 1 {
        link(&mut scene, id(number + 1), LinkKind::Parent, id(number));
    }
    // From the second ticket upwards there are as many as may be walked; one more is too many.
    link(&mut scene, id(2), LinkKind::Parent, id(1));
    run(&mut scene, root(), Unlink::new(id(2), LinkKind::Parent, id(1)));
    link(&mut scene, id(count), LinkKind::Parent, id(count - 1));
    let (field, limit) = (name("links_walked"), limits::LINK_REACH_MAX);
    let too_many = Refusal::TooMany { field, limit, size: limit + 1 };
    assert_eq!(refused(&mut scene, root(), Link::new(id(2), LinkKind::Parent, id(1))), too_many);
}

#[test]
fn nobody_of_the_team_ends_a_blocked_ticket_and_its_customer_may() {
    let mut scene = scene();
    let [a, b, c] = opened(&mut scene, ["owner", "friend", "owner"]);
    link(&mut scene, a, LinkKind::Blocks, b);
    link(&mut scene, c, LinkKind::Blocks, b);
    let blocked = Refusal::Blocked { by: vec![a, c], hidden: 0 };
    assert_eq!(refused(&mut scene, root(), Resolve::new(b)), blocked);
    assert_eq!(refused(&mut scene, root(), Close::new(b)), blocked);
    assert_eq!(refused(&mut scene, root(), Confirm::new(b)), blocked);
    run(&mut scene, root(), Resolve::new(a));
    assert_eq!(refused(&mut scene, root(), Resolve::new(b)), Refusal::Blocked { by: vec![c], hidden: 0 });
    run(&mut scene, root(), ticket::MarkSpam::new(c));
    run(&mut scene, root(), Resolve::new(b));
    run(&mut scene, root(), ticket::Restore::new(c));
    run(&mut scene, root(), Reopen::new(b));
    // The blocker is open again; the customer has what he wanted all the same.
    assert_eq!(refused(&mut scene, root(), Resolve::new(b)).code(), "blocked");
    run(&mut scene, verified("friend"), Confirm::new(b));
    assert_eq!(category(&scene, b), Category::Closed);
}

#[test]
fn a_parent_waits_for_its_children_where_the_policy_says_so() {
    let mut scene = scene();
    let [parent, child] = opened(&mut scene, ["owner", "friend"]);
    link(&mut scene, parent, LinkKind::Parent, child);
    let open = Refusal::OpenChildren { children: vec![child], hidden: 0 };
    assert_eq!(refused(&mut scene, root(), Resolve::new(parent)), open);
    assert_eq!(refused(&mut scene, root(), Close::new(parent)), open);
    run(&mut scene, root(), Resolve::new(child));
    quiet(&mut scene);
    // The last child is done, and the parent is still the team's to resolve.
    assert_eq!(category(&scene, parent), Category::New);
    run(&mut scene, root(), Resolve::new(parent));

    let mut scene = scene_of(r#"{ "parent_waits": false }"#);
    let [parent, child] = opened(&mut scene, ["owner", "friend"]);
    link(&mut scene, parent, LinkKind::Parent, child);
    run(&mut scene, root(), Close::new(parent));
    quiet(&mut scene);
    assert_eq!(category(&scene, child), Category::New, "children stay");
}

#[test]
fn children_close_with_their_parent_and_a_parent_is_resolved_with_its_last_child_where_the_policy_says_so() {
    let mut scene = scene_of(r#"{ "parent_waits": false, "children": "close" }"#);
    let [parent, child, grandchild] = opened(&mut scene, ["owner", "friend", "owner"]);
    link(&mut scene, parent, LinkKind::Parent, child);
    link(&mut scene, child, LinkKind::Parent, grandchild);
    run(&mut scene, root(), Resolve::new(parent));
    quiet(&mut scene);
    assert_eq!(category(&scene, child), Category::New, "its parent may be reopened");
    run(&mut scene, verified("owner"), Confirm::new(parent));
    quiet(&mut scene);
    assert_eq!([child, grandchild].map(|ticket| category(&scene, ticket)), [Category::Closed; 2]);
    let closed = log(&scene, child).into_iter().rev().find(|recorded| recorded.event.kind() == "closed").unwrap();
    assert_eq!(closed.cause.by, Origin::Link(LinkKind::Parent));
    // Whoever reopens a child has the last word.
    run(&mut scene, root(), Reopen::new(child));
    quiet(&mut scene);
    assert_eq!(category(&scene, child), Category::Open);

    let mut scene = scene_of(r#"{ "last_child": "resolve_parent" }"#);
    let [parent, one, other] = opened(&mut scene, ["owner", "friend", "owner"]);
    for child in [one, other] {
        link(&mut scene, parent, LinkKind::Parent, child);
    }
    run(&mut scene, root(), Resolve::new(one));
    quiet(&mut scene);
    assert_eq!(category(&scene, parent), Category::New);
    run(&mut scene, root(), Close::new(other));
    quiet(&mut scene);
    assert_eq!(category(&scene, parent), Category::Resolved);
    run(&mut scene, verified("owner"), Refuse::new(parent));
    quiet(&mut scene);
    assert_eq!(category(&scene, parent), Category::Open, "what its customer says counts more");
}

#[test]
fn what_answers_and_resolves_the_original_answers_and_resolves_its_duplicates() {
    let mut scene = scene();
    let [first, second, third] = opened(&mut scene, ["owner", "friend", "aunt"]);
    link(&mut scene, second, LinkKind::Duplicate, first);
    link(&mut scene, third, LinkKind::Duplicate, second);
    run(&mut scene, root(), ticket::Note::new(first, message(1), "Bu müşteriye dikkat"));
    run(&mut scene, root(), Reply::new(first, message(2), "Yalnız size"));
    run(&mut scene, root(), Reply::new(first, message(3), "Herkese: kargo yolda").to_linked());
    quiet(&mut scene);
    // One link far, under the name of its message.
    assert_eq!(told(&scene).1, ["owner", "owner", "friend"]);
    let passed = log(&scene, second).into_iter().rev().find(|own| own.event.kind() == "replied").unwrap();
    let Event::Ticket(ticket::Event::Replied { message: same, passes_on, agent, to_linked: false, .. }) = &passed.event
    else {
        panic!("{passed:?}")
    };
    assert_eq!((*same, *passes_on, agent.as_ref()), (message(3), Some(first), root().agent()));
    assert_eq!(passed.cause.by, Origin::Link(LinkKind::Duplicate));
    assert!(scene.ticket(second).unwrap().first_reply_at().is_some());

    run(&mut scene, root(), Resolve::new(first));
    quiet(&mut scene);
    assert_eq!([first, second, third].map(|ticket| category(&scene, ticket)), [Category::Resolved; 3]);
    assert_eq!(told(&scene).0, ["owner", "friend", "aunt"]);
    // The chain of causes leads back to the person who resolved.
    let why = |ticket, kind: &str| log(&scene, ticket).into_iter().rev().find(|own| own.event.kind() == kind).unwrap();
    let (resolved, heeded) = (why(second, "resolved"), why(second, "heeded"));
    assert_eq!(resolved.cause.from, Some(Antecedent::Here(heeded.index)));
    assert_eq!(heeded.cause.from, Some(Antecedent::There(why(first, "resolved").key())));
    // Nobody reads what was not said to him.
    let seen = for_customer(&verified("friend"), &scene.dossier(second).unwrap()).unwrap();
    let said = seen.timeline.iter().filter_map(|entry| match &entry.what {
        CustomerEvent::Said { text, .. } => text.clone(),
        _ => None,
    });
    assert_eq!(said.collect::<Vec<_>>(), ["Kargom nerede?", "Herkese: kargo yolda"]);
    assert!(!serde_json::to_string(&seen).unwrap().contains(&first.to_string()), "customers see nothing of links");
    // Its customer refuses: it stays open, whatever the original is.
    run(&mut scene, verified("friend"), Refuse::new(second));
    quiet(&mut scene);
    assert_eq!(category(&scene, second), Category::Open);
    // What a duplicate does is nothing to its original.
    run(&mut scene, root(), Reopen::new(first));
    run(&mut scene, root(), Resolve::new(second));
    quiet(&mut scene);
    assert_eq!(category(&scene, first), Category::Open);
}

#[test]
fn a_problem_answers_all_of_its_incidents_and_resolves_them_when_it_is_told_to() {
    let mut scene = scene();
    let [problem, one, other, ended] = opened(&mut scene, ["shop", "friend", "aunt", "uncle"]);
    for incident in [one, other, ended] {
        link(&mut scene, problem, LinkKind::Problem, incident);
    }
    run(&mut scene, verified("uncle"), Confirm::new(ended));
    // Each of two answers before anybody is woken reaches everybody, in order.
    run(&mut scene, root(), Reply::new(problem, message(1), "Arıza sürüyor").to_linked());
    run(&mut scene, root(), Reply::new(problem, message(2), "Yarın biter").to_linked());
    quiet(&mut scene);
    let heard = |scene: &Scene, ticket| {
        let own = log(scene, ticket).into_iter().filter_map(|recorded| match recorded.event {
            Event::Ticket(ticket::Event::Replied { message, .. }) => Some(message),
            _ => None,
        });
        own.collect::<Vec<_>>()
    };
    assert_eq!(heard(&scene, one), [message(1), message(2)]);
    assert_eq!(heard(&scene, other), [message(1), message(2)]);
    assert_eq!(heard(&scene, ended), []);
    run(&mut scene, root(), Resolve::new(problem));
    quiet(&mut scene);
    assert_eq!(category(&scene, one), Category::New, "nobody said that they are resolved, too");
    run(&mut scene, root(), Reopen::new(problem));
    run(&mut scene, root(), Unlink::new(problem, LinkKind::Problem, other));
    run(&mut scene, root(), Resolve::new(problem).to_linked());
    quiet(&mut scene);
    assert_eq!((category(&scene, one), category(&scene, other)), (Category::Resolved, Category::New));
    assert_eq!(category(&scene, ended), Category::Closed);
    // Whoever may not link reaches nobody else by his answers.
    let reply = Reply::new(problem, message(3), "Bitti").to_linked();
    assert_eq!(scene.run(acting("ada"), reply).unwrap_err().code(), "forbidden");
}

#[test]
fn what_was_taken_back_before_anybody_was_woken_ends_nothing() {
    let mut scene = scene();
    let [first, second] = opened(&mut scene, ["owner", "friend"]);
    link(&mut scene, second, LinkKind::Duplicate, first);
    run(&mut scene, root(), Resolve::new(first));
    run(&mut scene, root(), Reopen::new(first));
    quiet(&mut scene);
    assert_eq!(category(&scene, second), Category::New);
    // What happened before it was linked is nothing to it.
    let mut scene = self::scene();
    let [first, second, third] = opened(&mut scene, ["owner", "friend", "aunt"]);
    link(&mut scene, second, LinkKind::Duplicate, first);
    run(&mut scene, root(), Resolve::new(first));
    link(&mut scene, third, LinkKind::Duplicate, first);
    quiet(&mut scene);
    assert_eq!((category(&scene, second), category(&scene, third)), (Category::Resolved, Category::New));
}

#[test]
fn a_duplicate_that_waits_for_another_ticket_stays_and_says_so() {
    let mut scene = scene();
    let [first, second, blocker] = opened(&mut scene, ["owner", "friend", "aunt"]);
    link(&mut scene, second, LinkKind::Duplicate, first);
    link(&mut scene, blocker, LinkKind::Blocks, second);
    run(&mut scene, root(), Resolve::new(first));
    quiet(&mut scene);
    assert_eq!(category(&scene, second), Category::New);
    let last = log(&scene, second).pop().unwrap();
    let Event::Ticket(ticket::Event::Heeded { waits_for, .. }) = last.event else { panic!("{last:?}") };
    assert_eq!(waits_for, Some(blocker));
}

#[test]
fn machines_are_answered_by_nobody_and_the_past_is_told_to_nobody() {
    let mut scene = scene();
    let [problem, person] = opened(&mut scene, ["shop", "friend"]);
    let machine = ticket::Receive::new(id(30), message(30), customer("robot"), email(), "Ofiste değilim");
    run(&mut scene, verified("robot"), machine.automatic());
    for incident in [person, id(30)] {
        link(&mut scene, problem, LinkKind::Problem, incident);
    }
    run(&mut scene, root(), Reply::new(problem, message(1), "Arıza sürüyor").to_linked());
    quiet(&mut scene);
    assert_eq!(told(&scene).1, ["shop", "friend"]);
    let import = Actor::Import(name("import"));
    run(&mut scene, root(), Unlink::new(problem, LinkKind::Problem, person));
    link(&mut scene, person, LinkKind::Duplicate, problem);
    run(&mut scene, import, Resolve::new(problem));
    quiet(&mut scene);
    assert_eq!(category(&scene, person), Category::New);
}

#[test]
fn a_merged_ticket_keeps_its_links_and_they_rest() {
    let mut scene = scene();
    let [blocker, blocked, target] = opened(&mut scene, ["owner", "friend", "owner"]);
    link(&mut scene, blocker, LinkKind::Blocks, blocked);
    run(&mut scene, root(), Merge::new(blocker, target));
    assert!(scene.ticket(blocker).unwrap().links().has(Bond::Blocks, blocked));
    assert!(scene.ticket(target).unwrap().links().is_empty());
    run(&mut scene, root(), Resolve::new(blocked));
    run(&mut scene, root(), Reopen::new(blocked));
    run(&mut scene, root(), ticket::Unmerge::new(blocker));
    assert_eq!(refused(&mut scene, root(), Resolve::new(blocked)).code(), "blocked");
    // A link of a merged ticket may end.
    run(&mut scene, root(), Merge::new(blocker, target));
    run(&mut scene, root(), Unlink::new(blocker, LinkKind::Blocks, blocked));
    assert!(scene.ticket(blocker).unwrap().links().is_empty() && scene.ticket(blocked).unwrap().links().is_empty());
    // What happened before a merge is taken in after its undo.
    run(&mut scene, root(), ticket::Unmerge::new(blocker));
    link(&mut scene, blocked, LinkKind::Duplicate, blocker);
    run(&mut scene, root(), Resolve::new(blocker));
    run(&mut scene, root(), Merge::new(blocker, target));
    quiet(&mut scene);
    assert!(category(&scene, blocked).is_active());
    run(&mut scene, root(), ticket::Unmerge::new(blocker));
    quiet(&mut scene);
    assert_eq!(category(&scene, blocked), Category::Resolved);
    run(&mut scene, root(), Reopen::new(blocked));
    run(&mut scene, root(), Unlink::new(blocked, LinkKind::Duplicate, blocker));
    // An original that goes on elsewhere ends nothing.
    link(&mut scene, blocked, LinkKind::Duplicate, target);
    let [other] = [id(40)];
    run(&mut scene, verified("owner"), ticket::Open::new(other, customer("owner"), email()));
    run(&mut scene, root(), Merge::new(target, other));
    quiet(&mut scene);
    assert!(category(&scene, blocked).is_active());
}

#[test]
fn the_team_sees_links_and_reads_of_them_in_both_languages() {
    let mut scene = scene();
    let [a, b] = opened(&mut scene, ["owner", "friend"]);
    link(&mut scene, a, LinkKind::Duplicate, b);
    run(&mut scene, root(), Resolve::new(b));
    quiet(&mut scene);
    run(&mut scene, root(), Unlink::new(a, LinkKind::Duplicate, b));
    link(&mut scene, a, LinkKind::Blocks, b);
    let (policy, dossier) = (scene.desk().policy(), scene.dossier(a).unwrap());
    let seen = for_team(policy, (&Actor::Host, None), &dossier, scene.now()).unwrap();
    let [link] = &seen.links[..] else { panic!("{:?}", seen.links) };
    let other = link.other.as_ref().unwrap();
    assert_eq!((link.bond, link.ticket, other.number), (Bond::Blocks, b, 2));
    assert_eq!(other.status.category, Category::Resolved);
    let lines = |language| seen.timeline.iter().map(|entry| entry.line(language)).collect::<Vec<_>>();
    for line in [
        "It was linked: it is a duplicate of another ticket.",
        "Something happened on the ticket that it is a duplicate of.",
        "A link ended: it is a duplicate of another ticket no more.",
    ] {
        assert!(lines(Language::English).contains(&line.to_owned()), "{line}: {:?}", lines(Language::English));
    }
    for line in [
        "Başka bir taleple bağlandı (yinelenen talep).",
        "Bağlı talepte bir gelişme oldu (ilk talep).",
        "Başka bir taleple bağı kaldırıldı (yinelenen talep).",
    ] {
        assert!(lines(Language::Turkish).contains(&line.to_owned()), "{line}: {:?}", lines(Language::Turkish));
    }
}

#[test]
fn whoever_is_linked_in_two_ways_is_answered_once() {
    let mut scene = scene();
    let [a, b] = opened(&mut scene, ["owner", "friend"]);
    link(&mut scene, a, LinkKind::Duplicate, b);
    link(&mut scene, b, LinkKind::Problem, a);
    run(&mut scene, root(), Reply::new(b, message(7), "It works again.").to_linked());
    quiet(&mut scene);
    assert_eq!(told(&scene).1, ["friend", "owner"]);
    assert_eq!(log(&scene, a).iter().filter(|recorded| recorded.event.kind() == "heeded").count(), 2);
}

#[test]
fn what_was_answered_while_it_went_on_there_is_not_said_again_after_the_undo() {
    let mut scene = scene();
    let [a, b] = opened(&mut scene, ["owner", "owner"]);
    link(&mut scene, a, LinkKind::Duplicate, b);
    run(&mut scene, root(), Merge::new(a, b));
    run(&mut scene, root(), Reply::new(b, message(7), "It works again.").to_linked());
    run(&mut scene, root(), ticket::Unmerge::new(a));
    quiet(&mut scene);
    assert_eq!(told(&scene).1, ["owner"]);
    // What is answered from then on reaches it as before.
    run(&mut scene, root(), Reply::new(b, message(8), "And faster.").to_linked());
    quiet(&mut scene);
    assert_eq!(told(&scene).1, ["owner", "owner", "owner"]);
}

#[test]
fn an_import_of_the_past_keeps_the_wake_up_that_a_link_asked_for() {
    let mut scene = scene();
    let [problem, incident] = opened(&mut scene, ["owner", "friend"]);
    link(&mut scene, problem, LinkKind::Problem, incident);
    run(&mut scene, root(), ticket::Hold::new(incident, ticket::HoldKind::Customer));
    run(&mut scene, root(), Reply::new(incident, message(7), "Which size?"));
    run(&mut scene, root(), Resolve::new(problem).to_linked());
    let past = scene.now();
    scene.set_clock(past + Span::minutes(1));
    let note = ticket::Note::new(incident, message(8), "From the old system.");
    let request = scene.request(Actor::Import(name("import")), note).occurred(past);
    scene.execute(&request).unwrap();
    scene.advance(Span::hours(2));
    assert_eq!(category(&scene, incident), Category::Resolved);
}

#[test]
fn a_parent_that_waits_for_its_child_does_not_block_it() {
    let mut scene = scene();
    let [a, b, c] = opened(&mut scene, ["owner", "owner", "owner"]);
    link(&mut scene, a, LinkKind::Parent, b);
    link(&mut scene, a, LinkKind::Blocks, c);
    let circle = |kind, to| Refusal::LinkCircle { kind, through: vec![a, to], hidden: 0 };
    assert_eq!(refused(&mut scene, root(), Link::new(a, LinkKind::Blocks, b)), circle(LinkKind::Blocks, b));
    assert_eq!(refused(&mut scene, root(), Link::new(a, LinkKind::Parent, c)), circle(LinkKind::Parent, c));
    // A child that blocks its parent says what the policy says anyway; and a parent that waits for nobody may block.
    link(&mut scene, b, LinkKind::Blocks, a);
    let mut scene = scene_of(r#"{ "parent_waits": false }"#);
    let [a, b] = opened(&mut scene, ["owner", "owner"]);
    link(&mut scene, a, LinkKind::Parent, b);
    link(&mut scene, a, LinkKind::Blocks, b);
}

#[test]
fn a_child_that_turns_out_to_be_spam_is_done() {
    let mut scene = scene_of(r#"{ "last_child": "resolve_parent" }"#);
    let [parent, first, last] = opened(&mut scene, ["owner", "owner", "owner"]);
    for child in [first, last] {
        link(&mut scene, parent, LinkKind::Parent, child);
    }
    run(&mut scene, root(), Resolve::new(first));
    quiet(&mut scene);
    assert_eq!(category(&scene, parent), Category::New);
    run(&mut scene, root(), ticket::MarkSpam::new(last));
    quiet(&mut scene);
    assert_eq!(category(&scene, parent), Category::Resolved);
}

#[test]
fn a_log_too_long_to_be_read_back_passes_nothing_on_and_holds_up_no_promise() {
    let mut scene = scene();
    let [problem, incident] = opened(&mut scene, ["owner", "friend"]);
    link(&mut scene, problem, LinkKind::Problem, incident);
    for turn in 0..=limits::HISTORY_EVENTS_MAX / 2 {
        let tag = ticket::Tag::new(problem);
        run(&mut scene, root(), if turn % 2 == 0 { tag.add(name("x")) } else { tag.remove(name("x")) });
        run(&mut scene, root(), ticket::Follow::new(problem, turn % 2 == 0));
    }
    run(&mut scene, root(), Resolve::new(problem).to_linked());
    let due = scene.now() + Span::hours(1);
    run(&mut scene, root(), ticket::Hold::new(incident, ticket::HoldKind::Internal).until(due));
    scene.advance(Span::hours(2));
    assert_eq!(category(&scene, incident), Category::Open, "the wait ended by itself, in time");
    assert!(log(&scene, incident).iter().any(|recorded| recorded.event.kind() == "heeded"));
}
