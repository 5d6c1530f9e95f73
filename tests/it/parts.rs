//! Several people look at a ticket and change it: nobody's value is lost in silence, and nobody waits for another.
//!
//! The reference is a journal of what was seen to change from step to step. It shares nothing with the library's own
//! idea of what a command touches.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod laws;

use crate::cast::{SPARE, TICKET, acting, agent, customer, email, message, name, order, queue, record, run, verified};
use destek::actor::Actor;
use destek::desk::{Command, Origin, Outdated, Receipt, Rejection};
use destek::id::{PartyId, SideId, TicketId};
use destek::record::{RecordKey, Version};
use destek::testing::Scene;
use destek::ticket::{
    self, Assign, Close, CloseSide, FieldInput, Grant, Hold, HoldKind, Merge, Note, Open, Part, PartValue, Party,
    Prioritize, Receive, ReceiveSide, Reply, Resolve, SetField, SideReply, Split, StartSide, Tag, Unmerge,
};

/// A ticket of the owner, with one message, and three who may do everything.
fn shop() -> Scene {
    let mut scene = crate::cast::scene();
    for who in ["kaya", "lale"] {
        run(&mut scene, Actor::Host, record(who, Some("admin"), None));
    }
    let receive = Receive::new(TICKET, message(1), customer("owner"), email(), "It came broken.");
    run(&mut scene, verified("owner"), receive);
    scene
}

fn version_of(scene: &Scene, ticket: TicketId) -> Version {
    let records = scene.store().records(scene.tenant()).into_iter();
    records.filter(|(key, ..)| key.ticket() == Some(ticket)).map(|(_, version, _)| version).next().unwrap()
}

fn version(scene: &Scene) -> Version {
    version_of(scene, TICKET)
}

fn asks(scene: &mut Scene, who: &str, seen: Version, command: impl Into<Command>) -> Result<Receipt, Rejection> {
    let request = scene.request(acting(who), command).seen(seen);
    scene.execute(&request)
}

#[track_caller]
fn outdated(result: Result<Receipt, Rejection>) -> Outdated {
    match result {
        Err(Rejection::Outdated(outdated)) => *outdated,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn overtaken(result: Result<Receipt, Rejection>) -> Outdated {
    match result {
        Err(Rejection::Overtaken(outdated)) => *outdated,
        other => panic!("{other:?}"),
    }
}

fn high(what: &str) -> Prioritize {
    Prioritize::new(TICKET).priority(name(what))
}

#[test]
fn the_later_of_two_is_shown_both_values_and_nothing_changes() {
    let mut scene = shop();
    let seen = version(&scene);
    asks(&mut scene, "kaya", seen, high("high")).unwrap();
    let before = crate::cast::everything(&scene);
    let refused = outdated(asks(&mut scene, "root", seen, high("low")));
    assert_eq!(crate::cast::everything(&scene), before);
    assert_eq!((refused.ticket, refused.seen, refused.current), (TICKET, seen, seen.next()));
    let [conflict] = refused.conflicts.as_slice() else { panic!("{refused:?}") };
    assert_eq!(conflict.part, Part::Priority);
    assert_eq!(conflict.wanted, Some(PartValue::Name(name("low"))));
    assert_eq!((&conflict.was, &conflict.now), (&PartValue::Name(name("normal")), &PartValue::Name(name("high"))));
    assert_eq!((&conflict.by, conflict.at), (&Origin::Actor(acting("kaya")), scene.now()));
    let said = Rejection::Outdated(Box::new(refused.clone())).to_string();
    assert_eq!(
        said,
        format!(
            "`priority` of `{}` changed after version {seen}, which was seen; show both values, and ask again with \
             `seen` {}",
            RecordKey::Ticket(TICKET),
            refused.current
        )
    );
    // Whoever has seen both may go on.
    asks(&mut scene, "root", refused.current, high("low")).unwrap();
    assert_eq!(scene.ticket(TICKET).unwrap().priority().name, name("low"));
}

#[test]
fn what_goes_together_goes_on_whatever_was_seen() {
    let mut scene = shop();
    let seen = version(&scene);
    let set = |field: &str, number| SetField::new(TICKET, name(field)).value(FieldInput::Number(number));
    asks(&mut scene, "kaya", seen, Tag::new(TICKET).add(name("broken"))).unwrap();
    asks(&mut scene, "root", seen, Tag::new(TICKET).add(name("vip")).add(name("broken"))).unwrap();
    asks(&mut scene, "lale", seen, set("size", 42)).unwrap();
    asks(&mut scene, "kaya", seen, high("high")).unwrap();
    asks(&mut scene, "root", seen, Note::new(TICKET, message(2), "Photos are fine.")).unwrap();
    asks(&mut scene, "root", seen, Assign::new(TICKET, agent("ada"))).unwrap();
    asks(&mut scene, "lale", seen, Reply::new(TICKET, message(3), "We are sorry.")).unwrap();
    // One's own changes are known, and what is there already is no loss.
    asks(&mut scene, "lale", seen, set("size", 43)).unwrap();
    asks(&mut scene, "root", seen, set("size", 43)).unwrap();
    asks(&mut scene, "root", seen, high("high")).unwrap();
    assert_eq!(outdated(asks(&mut scene, "root", seen, set("size", 44))).conflicts[0].part, Part::Field(name("size")));
    let tag = Tag::new(TICKET).remove(name("broken")).add(name("new"));
    let refused = outdated(asks(&mut scene, "lale", seen, tag));
    assert_eq!(refused.conflicts.len(), 1, "`new` is no conflict: {refused:?}");
    assert_eq!(
        (&refused.conflicts[0].wanted, &refused.conflicts[0].now),
        (&Some(PartValue::Has(false)), &PartValue::Has(true))
    );
}

#[test]
fn an_answer_is_overtaken_by_another_answer_and_by_the_customer() {
    let mut scene = shop();
    let seen = version(&scene);
    let reply = |number| Reply::new(TICKET, message(number), "We are sorry.");
    asks(&mut scene, "kaya", seen, reply(2)).unwrap();
    let refused = overtaken(asks(&mut scene, "root", seen, reply(3)));
    let [conflict] = refused.conflicts.as_slice() else { panic!("{refused:?}") };
    assert_eq!((&conflict.part, &conflict.wanted), (&Part::Answers, &Some(PartValue::OwnText)));
    assert_eq!(conflict.now, PartValue::Said { last: Some(message(2)), times: 1 });
    let seen = refused.current;
    let receive = |number, body: &str| Receive::new(SPARE, message(number), customer("owner"), email(), body);
    run(&mut scene, verified("owner"), receive(4, "Teşekkürler!"));
    run(&mut scene, verified("owner"), receive(5, "Out of office").automatic());
    asks(&mut scene, "root", seen, reply(6)).unwrap();
    let seen = version(&scene);
    run(&mut scene, verified("owner"), receive(7, "It still does not work."));
    for command in [
        Command::from(reply(8)),
        Resolve::new(TICKET).into(),
        Close::new(TICKET).into(),
        Hold::new(TICKET, HoldKind::Customer).into(),
        ticket::MarkSpam::new(TICKET).into(),
    ] {
        let refused = overtaken(asks(&mut scene, "root", seen, command));
        assert_eq!(refused.conflicts[0].now, PartValue::Said { last: Some(message(7)), times: 1 });
    }
    asks(&mut scene, "root", seen, Hold::new(TICKET, HoldKind::Internal)).unwrap();
    // Without `seen` the answer goes out anyway.
    run(&mut scene, acting("kaya"), reply(9));
}

#[test]
fn what_is_said_to_a_third_party_is_overtaken_in_its_own_conversation_alone() {
    let mut scene = shop();
    let [carrier, bank] = [1, 2].map(SideId::from_u128);
    let with = |id: &str| Party::new(PartyId::new(id).unwrap(), name("Kargo"), email());
    let start = |side, number| StartSide::new(TICKET, side, with(&format!("p-{number}")), message(number), "Nerede?");
    run(&mut scene, acting("kaya"), start(carrier, 2));
    run(&mut scene, acting("kaya"), start(bank, 3));
    let seen = version(&scene);
    let writes = |side, number| SideReply::new(TICKET, side, message(number), "Bir haber var mı?");
    asks(&mut scene, "kaya", seen, writes(carrier, 4)).unwrap();
    let refused = overtaken(asks(&mut scene, "root", seen, writes(carrier, 5)));
    let [conflict] = refused.conflicts.as_slice() else { panic!("{refused:?}") };
    assert_eq!((&conflict.part, &conflict.wanted), (&Part::Side(carrier), &Some(PartValue::OwnText)));
    assert_eq!(conflict.now, PartValue::Said { last: Some(message(4)), times: 1 });
    asks(&mut scene, "root", seen, writes(bank, 6)).unwrap();
    asks(&mut scene, "kaya", seen, writes(carrier, 7)).unwrap(); // one's own words are known

    // What the third party answers counts, what its machine says does not.
    let seen = version(&scene);
    let answers = |number| ReceiveSide::new(TICKET, carrier, message(number), "Depoda.");
    run(&mut scene, Actor::Host, answers(8).automatic());
    asks(&mut scene, "root", seen, CloseSide::new(TICKET, bank)).unwrap();
    run(&mut scene, Actor::Host, answers(9));
    for command in [Command::from(writes(carrier, 10)), CloseSide::new(TICKET, carrier).into()] {
        let refused = overtaken(asks(&mut scene, "root", seen, command));
        assert_eq!(refused.conflicts[0].now, PartValue::Said { last: Some(message(9)), times: 1 });
    }
    let seen = version(&scene);
    asks(&mut scene, "root", seen, CloseSide::new(TICKET, carrier)).unwrap();
}

#[test]
fn a_hold_for_a_while_is_not_the_endless_one_that_another_has_begun() {
    let mut scene = shop();
    let seen = version(&scene);
    let hold = || Hold::new(TICKET, HoldKind::Internal);
    asks(&mut scene, "kaya", seen, hold()).unwrap();
    let two_hours = destek::time::Budget::seconds(7_200).unwrap();
    let refused = outdated(asks(&mut scene, "root", seen, hold().after(two_hours)));
    assert_eq!(refused.conflicts[0].part, Part::Status);
    assert_eq!(scene.ticket(TICKET).unwrap().hold().unwrap().until, None);
}

#[test]
fn two_refunds_of_two_agents_are_not_both_given() {
    let mut scene = shop();
    let seen = version(&scene);
    let grant = || Grant::new(TICKET, name("refund"), "100 TRY".parse::<destek::money::Money>().unwrap());
    asks(&mut scene, "kaya", seen, grant()).unwrap();
    let refused = outdated(asks(&mut scene, "root", seen, grant()));
    assert_eq!(refused.conflicts[0].part, Part::Granted(name("refund")));
    assert_eq!(refused.conflicts[0].now, PartValue::Given(vec!["100 TRY".parse().unwrap()]));
}

#[test]
fn merges_splits_and_time_are_changes_by_others_too() {
    let mut scene = shop();
    let (other, new) = (TicketId::from_u128(7), TicketId::from_u128(8));
    run(&mut scene, verified("owner"), Open::new(other, customer("owner"), email()));
    let seen = version(&scene);
    run(&mut scene, acting("kaya"), Merge::new(other, TICKET));
    let reply = Reply::new(TICKET, message(2), "We are sorry.");
    let refused = overtaken(asks(&mut scene, "root", seen, reply.clone()));
    assert_eq!(refused.conflicts.len(), 2, "the words of the other ticket have come: {refused:?}");
    let seen = version(&scene);
    let seen_other = version_of(&scene, other);
    run(&mut scene, acting("kaya"), Unmerge::new(other));
    overtaken(asks(&mut scene, "root", seen, reply));
    run(&mut scene, acting("kaya"), Merge::new(other, TICKET));
    let refused = outdated(asks(&mut scene, "root", seen_other, Unmerge::new(other)));
    assert_eq!(refused.conflicts[0].part, Part::Merged);
    asks(&mut scene, "root", refused.current, Unmerge::new(other)).unwrap();
    let seen = version(&scene);
    let receive = Receive::new(SPARE, message(3), customer("owner"), email(), "Two more came.").answers(TICKET);
    run(&mut scene, verified("owner"), receive);
    overtaken(asks(&mut scene, "root", seen, Split::new(TICKET, message(3), new)));
    let seen = version(&scene);
    run(&mut scene, acting("kaya"), Split::new(TICKET, message(3), new));
    overtaken(asks(&mut scene, "root", seen, Resolve::new(TICKET)));
    // A merge relies on the status of what it merges.
    let seen = version(&scene);
    run(&mut scene, acting("kaya"), Resolve::new(TICKET));
    assert_eq!(outdated(asks(&mut scene, "root", seen, Merge::new(TICKET, other))).conflicts[0].part, Part::Status);
    // Silence closes it; that is nobody's word, and not the asker's.
    let seen = version(&scene);
    scene.advance(destek::time::Span::days(4));
    let refused = outdated(asks(&mut scene, "kaya", seen, ticket::Reopen::new(TICKET)));
    assert_eq!(refused.conflicts[0].by, Origin::Timer);
}

#[test]
fn what_a_rule_has_changed_was_changed_by_another_even_after_ones_own_request() {
    let mut doc: serde_json::Value = serde_json::from_str(crate::cast::POLICY).unwrap();
    doc["rule"] = serde_json::json!([
        { "name": "vips", "on": ["tagged"], "when": { "tag": "vip" }, "then": [{ "set_priority": "urgent" }] }
    ]);
    let mut scene = Scene::new(crate::cast::read(&doc.to_string()), crate::cast::at(crate::cast::START));
    run(&mut scene, Actor::Host, record("root", Some("admin"), None));
    run(&mut scene, verified("owner"), Open::new(TICKET, customer("owner"), email()));
    let seen = version(&scene);
    asks(&mut scene, "root", seen, Tag::new(TICKET).add(name("vip"))).unwrap();
    let refused = outdated(asks(&mut scene, "root", seen, high("low")));
    assert_eq!(refused.conflicts[0].by, Origin::Rule(name("vips")));
    assert_eq!(refused.conflicts[0].now, PartValue::Name(name("urgent")));
    asks(&mut scene, "root", seen, Tag::new(TICKET).remove(name("vip"))).unwrap();
}

#[test]
fn what_cannot_have_been_seen_is_told_so() {
    let mut scene = shop();
    let seen = version(&scene);
    let says = |scene: &mut Scene, actor: Actor, seen, command: Command| {
        let request = scene.request(actor, command).seen(seen);
        scene.execute(&request).unwrap_err()
    };
    let later = says(&mut scene, acting("root"), seen.next(), high("low").into());
    assert_eq!(
        later.to_string(),
        format!("`seen`: the ticket has reached version {seen} only; send the one that was shown")
    );
    let open = Open::new(SPARE, customer("owner"), email());
    for (actor, command) in [
        (acting("root"), Command::from(open)),
        (verified("owner"), ticket::Confirm::new(TICKET).into()),
        (Actor::Host, record("kim", None, None).into()),
        (Actor::Host, Command::Activate),
        (Actor::Timer, Command::Wake(RecordKey::Ticket(TICKET))),
    ] {
        assert_eq!(says(&mut scene, actor, Version::FIRST, command).code(), "invalid");
    }
    // Whoever may not see the ticket, or may not do it, learns of no conflict.
    run(&mut scene, acting("kaya"), high("high"));
    assert_eq!(says(&mut scene, acting("bora"), seen, high("low").into()).code(), "not_found");
    assert_eq!(says(&mut scene, acting("ada"), seen, Close::new(TICKET).into()).code(), "forbidden");
    assert_eq!(says(&mut scene, acting("bora"), seen.next().next(), high("low").into()).code(), "not_found");
}

#[test]
fn what_was_seen_belongs_to_the_request() {
    let mut scene = shop();
    let seen = version(&scene);
    let request = scene.request(acting("root"), high("low")).seen(seen);
    let first = scene.execute(&request).unwrap();
    run(&mut scene, acting("kaya"), high("high"));
    let again = scene.execute(&request).unwrap();
    assert!(again.replayed && again.records == first.records, "what was done once is not outdated: {again:?}");
    let mut other = request.clone();
    other.seen = None;
    assert_eq!(scene.execute(&other).unwrap_err().code(), "request_reused");
    other.seen = Some(seen.next());
    assert_eq!(scene.execute(&other).unwrap_err().code(), "request_reused");
}

#[test]
fn a_personal_text_is_not_repeated_and_where_it_goes_is_known() {
    let mut scene = shop();
    let seen = version(&scene);
    let set = |text: &str| SetField::new(TICKET, name("parcel")).value(FieldInput::Text(text.into()));
    asks(&mut scene, "kaya", seen, set("Ayşe, Moda 3")).unwrap();
    let refused = asks(&mut scene, "root", seen, set("Ayşe, Kadıköy 7")).unwrap_err();
    let stored = serde_json::to_string(&refused).unwrap();
    assert!(!stored.contains("Kadıköy") && !stored.contains("Moda"), "{stored}");
    assert_eq!(serde_json::from_str::<Rejection>(&stored).unwrap(), refused);
    let conflict = &outdated(Err(refused)).conflicts[0];
    assert_eq!(conflict.wanted, Some(PartValue::OwnText));
    assert!(matches!(conflict.now, PartValue::Field(ticket::FieldValue::Text(_))), "{conflict:?}");
}

#[test]
fn a_link_is_a_part() {
    let mut scene = shop();
    let (other, third) = (TicketId::from_u128(7), TicketId::from_u128(8));
    for ticket in [other, third] {
        run(&mut scene, verified("owner"), Open::new(ticket, customer("owner"), email()));
    }
    let seen = version(&scene);
    let link = |to| ticket::Link::new(TICKET, ticket::LinkKind::Blocks, to);
    let unlink = |to| ticket::Unlink::new(TICKET, ticket::LinkKind::Blocks, to);
    run(&mut scene, acting("kaya"), link(other));
    asks(&mut scene, "root", seen, link(third)).unwrap();
    asks(&mut scene, "root", seen, link(other)).unwrap();
    let refused = outdated(asks(&mut scene, "root", seen, unlink(other)));
    assert_eq!((&refused.conflicts[0].was, &refused.conflicts[0].now), (&PartValue::Has(false), &PartValue::Has(true)));
    asks(&mut scene, "root", refused.current, unlink(other)).unwrap();
    asks(&mut scene, "kaya", seen, Resolve::new(TICKET)).unwrap();
}

#[test]
fn the_order_and_the_queue_are_parts() {
    let mut scene = shop();
    let seen = version(&scene);
    run(&mut scene, acting("kaya"), ticket::Transfer::new(TICKET, queue("returns")));
    let refused = outdated(asks(&mut scene, "root", seen, ticket::Transfer::new(TICKET, queue("general"))));
    assert_eq!(refused.conflicts[0].now, PartValue::Queue(queue("returns")));
    run(&mut scene, acting("kaya"), ticket::LinkOrder::new(TICKET, order("A-1")));
    let refused = outdated(asks(&mut scene, "root", seen, ticket::LinkOrder::new(TICKET, order("A-2"))));
    assert_eq!(
        (&refused.conflicts[0].was, &refused.conflicts[0].now),
        (&PartValue::Nothing, &PartValue::Order(order("A-1")))
    );
}
