//! What a history says beyond its events: who or which rule under which policy, old and new value, and what was taken
//! back since.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use crate::cast::{TICKET, acting, customer, email, message, name, run, verified};
use crate::scripts::{Shop, fixed_lives, holds, linked_lives, start, tasking_lives};
use crate::world::ensure;
use destek::actor::Actor;
use destek::desk::{self, Event, EventKey, Origin, Recorded, State};
use destek::language::Language;
use destek::record::RecordKey;
use destek::testing::{Scene, Script};
use destek::ticket::{self, Category, Part, PartValue, Ticket};
use destek::view::{self, CustomerEvent, PartChange, TeamTicket};

fn played(shop: Shop, script: &Script) -> Scene {
    script.play(shop.policy(), start(), |_, _| {})
}

fn seen(scene: &Scene, ticket: &Ticket) -> TeamTicket {
    let dossier = scene.dossier(ticket.id()).unwrap();
    view::for_team(scene.desk().policy(), (&Actor::Host, None), &dossier, scene.now()).unwrap()
}

/// Every part that either of two states of a ticket can speak of.
fn parts(one: &Ticket, other: &Ticket) -> BTreeSet<Part> {
    let mut parts = BTreeSet::from([
        Part::Status,
        Part::Assignee,
        Part::Queue,
        Part::Priority,
        Part::Rating,
        Part::Kind,
        Part::Stage,
        Part::Language,
        Part::Order,
        Part::Merged,
    ]);
    for ticket in [one, other] {
        parts.extend(ticket.tags().iter().cloned().map(Part::Tag));
        parts.extend(ticket.fields().keys().cloned().map(Part::Field));
        parts.extend(ticket.participants().iter().cloned().map(Part::Participant));
        parts.extend(ticket.followers().iter().cloned().map(Part::Follower));
        parts.extend(ticket.links().iter().map(|(bond, other)| Part::Link(bond, other)));
        parts.extend(["refund", "voucher", "iade", "kupon"].map(name).map(Part::Granted));
    }
    parts
}

/// What every event of a log changed, found the long way: two whole states are laid side by side.
fn changed(log: &[Recorded]) -> BTreeMap<EventKey, BTreeSet<(Part, String)>> {
    let (mut state, mut changed) = (None, BTreeMap::new());
    for recorded in log {
        let before: Option<State> = state.clone();
        desk::apply(&recorded.record, &mut state, &recorded.event, recorded.occurred);
        let (Some(before), Some(after)) = (before.as_ref().and_then(State::ticket), state.as_ref().unwrap().ticket())
        else {
            continue;
        };
        let differ = |part: &Part| (part.of(before) != part.of(after)).then(|| change(part.of(before), part.of(after)));
        let found = parts(before, after).into_iter().filter_map(|part| differ(&part).map(|it| (part, it)));
        changed.insert(recorded.key(), found.collect());
    }
    changed.retain(|_, changes: &mut BTreeSet<_>| !changes.is_empty());
    changed
}

fn change(from: PartValue, to: PartValue) -> String {
    serde_json::to_string(&(from, to)).unwrap()
}

fn own(log: &[Recorded], seen: &TeamTicket) -> BTreeMap<EventKey, BTreeSet<(Part, String)>> {
    let keys: BTreeSet<_> = log.iter().map(Recorded::key).collect();
    let mut told = BTreeMap::new();
    // What was split off is told on the new ticket, but what it changed is nothing.
    for entry in &seen.timeline {
        let changes = entry.changes.iter().map(|it| (it.part.clone(), change(it.from.clone(), it.to.clone())));
        let changes: BTreeSet<_> = changes.collect();
        assert_eq!(changes.len(), entry.changes.len(), "a part is told twice");
        if changes.is_empty() {
            continue;
        }
        let mut at = log.iter().filter(|it| it.version == entry.version && it.record.ticket() == Some(entry.ticket));
        let found = at.find(|it| it.event == Event::Ticket(entry.event.clone()) && !told.contains_key(&it.key()));
        if let Some(key) = found.map(Recorded::key).filter(|key| keys.contains(key)) {
            told.insert(key, changes);
        }
    }
    told
}

fn every_change_is_told(scene: &Scene, many: &mut BTreeMap<&'static str, usize>) -> Result<(), String> {
    for ticket in scene.tickets() {
        let log = scene.log(&RecordKey::Ticket(ticket.id()));
        let (told, changed) = (own(&log, &seen(scene, &ticket)), changed(&log));
        ensure(told == changed, || format!("told {told:#?}, but changed {changed:#?}"))?;
        changed.values().flatten().for_each(|(part, _)| *many.entry(part.kind()).or_default() += 1);
    }
    Ok(())
}

#[test]
fn every_change_is_told_with_the_old_and_the_new_value() {
    holds(|shop, script| every_change_is_told(&played(shop, script), &mut BTreeMap::new()));
    let mut many = BTreeMap::new();
    for (shop, script) in fixed_lives(200).into_iter().chain(linked_lives(60)) {
        every_change_is_told(&played(shop, &script), &mut many).unwrap();
    }
    for kind in ["status", "assignee", "queue", "priority", "rating", "kind", "order", "tag", "field"] {
        assert!(many.contains_key(kind), "no {kind} changed: {many:?}");
    }
    for kind in ["participant", "follower", "granted", "merged", "link"] {
        assert!(many.contains_key(kind), "no {kind} changed: {many:?}");
    }
}

/// What took an event back, as its definition says it: looked for from the event onwards.
fn undone(log: &[Recorded], at: usize) -> Option<&Recorded> {
    use ticket::Event as E;
    let own = |recorded: &Recorded| match &recorded.event {
        Event::Ticket(event) => Some(event.clone()),
        _ => None,
    };
    let event = own(&log[at])?;
    let entry = match &event {
        E::TimeLogged { .. } => Some(log[at].version),
        E::TimeCorrected { entry, .. } => Some(*entry),
        _ => None,
    };
    let undoes = |later: &E| match (&event, later) {
        (
            E::Resolved { .. } | E::Confirmed { .. } | E::Closed { .. } | E::MarkedSpam { .. },
            E::Refused { .. } | E::Reopened { .. } | E::Restored { .. },
        )
        | (E::Merged { .. }, E::Unmerged { .. }) => true,
        (E::Absorbed { source, .. }, E::Released { source: left, .. }) => source == left,
        (E::TaskCompleted { task }, E::TaskReopened { task: again }) => task == again,
        (E::TimeLogged { .. } | E::TimeCorrected { .. }, E::TimeCorrected { entry: of, .. }) => entry == Some(*of),
        _ => false,
    };
    // A task of the same id that was added anew is another one.
    let ends = |later: &E| matches!((&event, later), (E::TaskCompleted { task }, E::TaskDropped { task: dropped }) if task == dropped);
    for later in &log[at + 1..] {
        let event = own(later)?;
        if undoes(&event) {
            return Some(later);
        }
        if ends(&event) {
            return None;
        }
    }
    None
}

fn what_was_undone_is_annulled(scene: &Scene, many: &mut BTreeMap<&'static str, usize>) -> Result<(), String> {
    for ticket in scene.tickets() {
        let log = scene.log(&RecordKey::Ticket(ticket.id()));
        let annulled = view::annulled(&log);
        for (at, recorded) in log.iter().enumerate() {
            let (told, by) = (annulled.get(&recorded.key()).cloned(), undone(&log, at).map(Recorded::key));
            ensure(told == by, || format!("{:?} is annulled by {told:?}, not by {by:?}", recorded.event))?;
            *many.entry(recorded.event.kind()).or_default() += usize::from(told.is_some());
        }
        // What is left counts: work that goes on has no end, and what has ended has one.
        let ends = ["resolved", "confirmed", "closed", "marked_spam"];
        let counts = |it: &&Recorded| ends.contains(&it.event.kind()) && !annulled.contains_key(&it.key());
        // What was kept apart as it came in has not begun, and so has no end.
        let over = !ticket.category().is_active() && ticket.quarantine().is_none();
        let ended = over && ticket.merged().is_none();
        let left = log.iter().filter(counts).count();
        let right = if ticket.merged().is_some() { true } else { (left > 0) == ended };
        ensure(right, || format!("{left} ends count on a ticket that is {:?}", ticket.category()))?;
    }
    Ok(())
}

#[test]
fn what_was_taken_back_is_annulled_and_nothing_else() {
    holds(|shop, script| what_was_undone_is_annulled(&played(shop, script), &mut BTreeMap::new()));
    let mut many = BTreeMap::new();
    let tasks = tasking_lives(40).into_iter().map(|script| (Shop::Ruled, script));
    for (shop, script) in fixed_lives(800).into_iter().chain(linked_lives(60)).chain(tasks) {
        what_was_undone_is_annulled(&played(shop, &script), &mut many).unwrap();
    }
    for kind in
        ["resolved", "confirmed", "closed", "marked_spam", "merged", "absorbed", "task_completed", "time_logged"]
    {
        assert!(many.get(kind).is_some_and(|many| *many > 0), "no {kind} was annulled: {many:?}");
    }
}

#[test]
fn a_history_says_who_by_which_rule_and_what_it_was_before() {
    let mut scene = Scene::new(Shop::Ruled.policy(), start());
    let record = crate::cast::record("ada", Some("agent"), Some("a"));
    run(&mut scene, Actor::Host, record);
    let owner = verified("owner");
    run(&mut scene, owner.clone(), ticket::Receive::new(TICKET, message(1), customer("owner"), email(), "Kargom?"));
    let (ada, urgent) = (acting("ada"), ticket::Prioritize::new(TICKET).priority(name("urgent")));
    run(&mut scene, ada.clone(), urgent);
    run(&mut scene, ada.clone(), ticket::Resolve::new(TICKET));
    run(&mut scene, owner.clone(), ticket::Refuse::new(TICKET));
    let picture = seen(&scene, &scene.ticket(TICKET).unwrap());
    let entry = |kind: &str| picture.timeline.iter().find(|entry| entry.event.kind() == kind).unwrap();

    let prioritized = entry("priority_changed");
    assert_eq!(prioritized.cause.by, Origin::Actor(ada));
    assert_eq!(prioritized.cause.policy, scene.desk().policy().digest());
    let [PartChange { part: Part::Priority, from, to, .. }] = prioritized.changes.as_slice() else {
        panic!("{:?}", prioritized.changes)
    };
    assert_eq!((from, to), (&PartValue::Name(name("normal")), &PartValue::Name(name("urgent"))));
    assert_eq!(prioritized.changes[0].line(Language::Turkish), "öncelik: normal → urgent");

    // Two rules of the policy judge the ticket anew when the customer refuses; what comes of both is told once, as the
    // last one's doing, and that both fired is told too.
    let by = |rule: &str| Origin::Rule(name(rule));
    let rated = entry("rated");
    assert_eq!(rated.cause.by, by("yine açıldı 2"));
    assert_eq!(rated.changes[0].line(Language::English), "urgency and impact: medium, medium → high, high");
    for rule in ["yine açıldı", "yine açıldı 2"] {
        let fired = |entry: &view::TeamEntry| matches!(&entry.event, ticket::Event::RuleFired { rule: own, .. } if own.as_str() == rule);
        assert!(picture.timeline.iter().any(fired), "{rule}");
    }

    let resolved = entry("resolved");
    assert_eq!(resolved.changes[0].line(Language::Turkish), "durum: yeni → çözüldü");
    let by = resolved.annulled_by.clone().unwrap();
    let log = scene.log(&RecordKey::Ticket(TICKET));
    let refused = log.iter().find(|recorded| recorded.event.kind() == "refused").unwrap();
    assert_eq!(by, refused.key());
    assert_eq!(scene.ticket(TICKET).unwrap().category(), Category::Open);

    // The customer's own history says so too, and nothing of priorities.
    let theirs = view::for_customer(&owner, &scene.dossier(TICKET).unwrap()).unwrap();
    let annulled = theirs.timeline.iter().filter(|entry| entry.annulled).map(|entry| &entry.what).collect::<Vec<_>>();
    assert_eq!(annulled, [&CustomerEvent::Resolved]);
    assert_eq!(theirs.timeline.len(), 4, "{:?}", theirs.timeline);
}
