//! Merge, its undo, and split.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod laws;

use destek::actor::Actor;
use destek::desk::{Antecedent, Command, Event, Receipt, Recorded, Rejection};
use destek::id::TicketId;
use destek::language::Language;
use destek::limits;
use destek::record::RecordKey;
use destek::sla::{Metric, Status};
use destek::testing::Scene;
use destek::ticket::{self, Category, HoldKind, Merge, Refusal, Split, Ticket, Unmerge};
use destek::time::Span;
use destek::view::{CustomerEvent, for_customer, for_team};

use crate::cast::{acting, agent, customer, email, everything, message, run, scene, verified};

const fn id(number: u128) -> TicketId {
    TicketId::from_u128(number)
}

/// A customer writes a mail that makes a ticket of its own.
fn opened(scene: &mut Scene, number: u128, who: &str) -> TicketId {
    let open = ticket::Open::new(id(number), customer(who), email()).message(message(number * 100), "Kargom nerede?");
    run(scene, verified(who), open);
    id(number)
}

fn says(scene: &mut Scene, ticket: TicketId, who: &str, number: u128) -> Receipt {
    let receive = ticket::Receive::new(id(9_000 + number), message(number), customer(who), email(), "Bir şey daha");
    scene.run(verified(who), receive.answers(ticket)).unwrap()
}

fn refusal(result: Result<Receipt, Rejection>) -> Refusal {
    match result.unwrap_err() {
        Rejection::Ticket(refusal) => refusal,
        other => panic!("{other}"),
    }
}

/// What a ticket is, without when and how often it changed.
fn look(ticket: &Ticket) -> serde_json::Value {
    let mut json = serde_json::to_value(ticket).unwrap();
    json.as_object_mut().unwrap().remove("updated_at");
    json
}

fn log(scene: &Scene, ticket: TicketId) -> Vec<Recorded> {
    scene.log(&RecordKey::Ticket(ticket))
}

fn minute(scene: &mut Scene) {
    scene.set_clock(scene.now() + Span::minutes(1));
}

#[test]
fn a_merged_ticket_rests_and_what_answers_it_arrives_where_it_went() {
    let mut scene = scene();
    let (old, new) = (opened(&mut scene, 1, "owner"), opened(&mut scene, 2, "owner"));
    run(&mut scene, acting("root"), ticket::SetParticipant::new(old, customer("friend"), true));
    run(&mut scene, acting("ada"), ticket::Follow::new(old, true));
    minute(&mut scene);
    run(&mut scene, acting("root"), Merge::new(old, new));

    let source = scene.ticket(old).unwrap();
    assert_eq!((source.category(), source.merged().map(|merged| merged.into)), (Category::Closed, Some(new)));
    assert_eq!((source.place(), source.waiting_since()), (None, None));
    let target = scene.ticket(new).unwrap();
    assert!(target.participants().contains(&customer("friend")) && target.followers().contains(&agent("ada")));
    // Each side names the other.
    let (merged, absorbed) = (log(&scene, old).pop().unwrap(), log(&scene, new).pop().unwrap());
    assert_eq!((merged.event.kind(), absorbed.event.kind()), ("merged", "absorbed"));
    assert_eq!(merged.cause.from, Some(Antecedent::There(absorbed.key())));
    assert_eq!(absorbed.cause.from, Some(Antecedent::There(merged.key())));

    minute(&mut scene);
    let receipt = says(&mut scene, old, "owner", 5);
    assert_eq!(receipt.ticket, Some(new));
    let received = log(&scene, new).pop().unwrap();
    let Event::Ticket(ticket::Event::MessageReceived { message: got, via, .. }) = received.event else { panic!() };
    assert_eq!((got, via), (message(5), Some(old)));
    // Whoever took part in the source takes part in the target.
    assert_eq!(says(&mut scene, old, "friend", 6).ticket, Some(new));
    // A stranger who names it gets a ticket of his own.
    assert_eq!(says(&mut scene, old, "stranger", 7).ticket, Some(id(9_007)));
    let refused = refusal(scene.run(acting("root"), ticket::Reply::new(old, message(8), "Bakıyoruz")));
    assert_eq!(refused, Refusal::MergedInto { ticket: old, target: new });
}

#[test]
fn the_older_unanswered_wait_counts_until_a_person_answers() {
    let mut scene = scene();
    let start = scene.now();
    let old = opened(&mut scene, 1, "owner");
    minute(&mut scene);
    let new = opened(&mut scene, 2, "owner");
    run(&mut scene, acting("root"), Merge::new(old, new));
    assert_eq!(scene.ticket(new).unwrap().waiting_since(), Some(start));
    run(&mut scene, Actor::Bot("bot".try_into().unwrap()), ticket::Reply::new(new, message(7), "Bekleyin"));
    assert_eq!(scene.ticket(new).unwrap().waiting_since(), Some(start));
    run(&mut scene, acting("ada"), ticket::Reply::new(new, message(8), "Yolda"));
    assert_eq!(scene.ticket(new).unwrap().waiting_since(), None);
    // The undo gives back what the source was, not what the target has become.
    run(&mut scene, acting("root"), Unmerge::new(old));
    assert_eq!(scene.ticket(old).unwrap().waiting_since(), Some(start));
}

/// The reading of a ticket's promise of a first response.
fn first_response(scene: &Scene, ticket: TicketId) -> Status {
    let calendars = scene.desk().policy().calendars();
    scene.ticket(ticket).unwrap().promise(Metric::FirstResponse, calendars, scene.now())
}

#[test]
fn whoever_waited_longer_is_answered_in_time_or_the_targets_promise_is_broken() {
    // A thousand hours are promised for a first response.
    let mut scene = scene();
    let start = scene.now();
    let old = opened(&mut scene, 1, "owner");
    scene.set_clock(start + Span::hours(900));
    let new = opened(&mut scene, 2, "owner");
    let due = start + Span::hours(1_900);
    assert!(matches!(first_response(&scene, new), Status::Running { due: own, .. } if own == due));
    run(&mut scene, acting("root"), Merge::new(old, new));
    let due = start + Span::hours(1_000);
    assert!(matches!(first_response(&scene, new), Status::Running { due: own, .. } if own == due));
    scene.advance_to(start + Span::hours(1_001));
    let breached = |scene: &Scene, ticket: TicketId| {
        let clocks = scene.ticket(ticket).unwrap().clocks().clone();
        clocks.clock(Metric::FirstResponse).unwrap().breach().map(|breach| breach.at)
    };
    assert_eq!(breached(&scene, new), Some(due + Span::millis(1)));
    let key = RecordKey::Ticket(old);
    let woken = scene.store().wakes(scene.tenant()).into_iter().find(|row| row.record == key).and_then(|row| row.at);
    assert_eq!(woken, None, "nothing wakes the source");
    run(&mut scene, Actor::Timer, Command::Wake(key));
    assert_eq!(breached(&scene, old), None, "the clocks of the source rest");
    // Taken back, the target had promised longer, and the source catches up with what time has caused.
    run(&mut scene, acting("root"), Unmerge::new(old));
    assert_eq!(breached(&scene, new), None);
    assert_eq!(breached(&scene, old), Some(due + Span::millis(1)));
    let due = start + Span::hours(1_900);
    assert!(matches!(first_response(&scene, new), Status::Running { due: own, .. } if own == due));
}

#[test]
fn a_ticket_that_the_shop_began_owes_a_first_response_while_somebody_waits_on_it() {
    let mut scene = scene();
    let start = scene.now();
    let old = opened(&mut scene, 1, "owner");
    minute(&mut scene);
    let open = ticket::Open::new(id(2), customer("owner"), email()).by_shop().message(message(7), "Bedeniniz geldi");
    run(&mut scene, acting("root"), open);
    let before = look(&scene.ticket(id(2)).unwrap());
    assert_eq!(first_response(&scene, id(2)), Status::Idle);
    run(&mut scene, acting("root"), Merge::new(old, id(2)));
    let due = start + Span::hours(1_000);
    assert!(matches!(first_response(&scene, id(2)), Status::Running { due: own, .. } if own == due));
    run(&mut scene, acting("root"), Unmerge::new(old));
    assert_eq!(look(&scene.ticket(id(2)).unwrap()), before);
}

#[test]
fn an_undo_after_more_work_gives_the_source_back_and_leaves_what_came_later() {
    let mut scene = scene();
    let (old, new) = (opened(&mut scene, 1, "owner"), opened(&mut scene, 2, "owner"));
    let until = scene.now() + Span::days(2);
    run(&mut scene, acting("ada"), ticket::Take::new(old));
    run(&mut scene, acting("ada"), ticket::Hold::new(old, HoldKind::ThirdParty).until(until));
    run(&mut scene, acting("root"), ticket::SetParticipant::new(old, customer("friend"), true));
    let before = look(&scene.ticket(old).unwrap());
    assert_eq!(scene.load(&agent("ada")), 1);
    run(&mut scene, acting("root"), Merge::new(old, new));
    assert_eq!(scene.load(&agent("ada")), 0, "nobody works on what rests");
    minute(&mut scene);
    says(&mut scene, old, "friend", 5);
    says(&mut scene, new, "owner", 6);
    run(&mut scene, acting("ada"), ticket::Reply::new(new, message(7), "Yolda"));
    run(&mut scene, acting("root"), ticket::Close::new(new));
    minute(&mut scene);
    run(&mut scene, acting("root"), Unmerge::new(old));

    assert_eq!(look(&scene.ticket(old).unwrap()), before);
    assert_eq!(scene.load(&agent("ada")), 1);
    let target = scene.ticket(new).unwrap();
    assert_eq!((target.category(), target.messages()), (Category::Closed, 4));
    assert!(target.participants().is_empty() && target.absorbed().is_empty());
    let unmerged = log(&scene, old).pop().unwrap();
    let Event::Ticket(ticket::Event::Unmerged { from, stayed }) = unmerged.event else { panic!() };
    assert_eq!((from, stayed), (new, vec![message(5)]));
    // It goes on as any other: its hold ends in time.
    scene.advance_to(until);
    assert_eq!(scene.ticket(old).unwrap().category(), Category::Open);
    assert_eq!(refusal(scene.run(acting("root"), Unmerge::new(old))), Refusal::NotMerged { ticket: old });
}

#[test]
fn a_chain_is_followed_to_its_end_and_its_inner_link_can_be_undone() {
    let mut scene = scene();
    let [one, two, three] = [1, 2, 3].map(|number| {
        minute(&mut scene);
        opened(&mut scene, number, "owner")
    });
    for (ticket, friend) in [(one, "aunt"), (two, "uncle")] {
        run(&mut scene, acting("root"), ticket::SetParticipant::new(ticket, customer(friend), true));
    }
    let (first, second, third) =
        (look(&scene.ticket(one).unwrap()), look(&scene.ticket(two).unwrap()), look(&scene.ticket(three).unwrap()));
    run(&mut scene, acting("root"), Merge::new(one, two));
    run(&mut scene, acting("root"), Merge::new(two, three));
    assert_eq!(says(&mut scene, one, "aunt", 5).ticket, Some(three));
    let target = scene.ticket(three).unwrap();
    assert_eq!(target.participants().len(), 2);
    assert_eq!(target.absorbed().keys().copied().collect::<Vec<_>>(), [one, two]);

    run(&mut scene, acting("root"), Unmerge::new(one));
    assert_eq!(look(&scene.ticket(one).unwrap()), first);
    let Event::Ticket(ticket::Event::Unmerged { stayed, .. }) = log(&scene, one).pop().unwrap().event else { panic!() };
    assert_eq!(stayed, [message(5)]);
    let target = scene.ticket(three).unwrap();
    assert!(!target.participants().contains(&customer("aunt")) && target.participants().contains(&customer("uncle")));
    run(&mut scene, acting("root"), Unmerge::new(two));
    assert_eq!(look(&scene.ticket(two).unwrap()), second);
    let mut third_now = look(&scene.ticket(three).unwrap());
    third_now["messages"] = third["messages"].clone();
    assert_eq!(third_now, third, "but for the message that stayed");
}

#[test]
fn whoever_was_let_in_for_good_stays_after_the_undo() {
    let mut scene = scene();
    let (old, new) = (opened(&mut scene, 1, "owner"), opened(&mut scene, 2, "owner"));
    for friend in ["aunt", "uncle"] {
        run(&mut scene, acting("root"), ticket::SetParticipant::new(old, customer(friend), true));
    }
    run(&mut scene, acting("root"), ticket::SetParticipant::new(new, customer("uncle"), true));
    run(&mut scene, acting("root"), Merge::new(old, new));
    run(&mut scene, acting("root"), ticket::SetParticipant::new(new, customer("aunt"), true));
    run(&mut scene, acting("root"), Unmerge::new(old));
    assert_eq!(scene.ticket(new).unwrap().participants().len(), 2);
}

#[test]
fn bad_merges_are_refused_and_change_nothing() {
    let mut scene = scene();
    let [one, two, foreign, spam, ended, merged] =
        [1, 2, 3, 4, 5, 6].map(|number| opened(&mut scene, number, if number == 3 { "other" } else { "owner" }));
    run(&mut scene, acting("root"), ticket::MarkSpam::new(spam));
    run(&mut scene, acting("root"), ticket::Close::new(ended));
    run(&mut scene, acting("root"), Merge::new(merged, two));
    let absent = RecordKey::Ticket(id(77));
    let cases = [
        (Merge::new(one, one), Refusal::SameTicket.into()),
        (Merge::new(merged, one), Refusal::MergedInto { ticket: merged, target: two }.into()),
        (Merge::new(one, merged), Refusal::MergedInto { ticket: merged, target: two }.into()),
        (Merge::new(foreign, one), Refusal::OtherCustomer { ticket: foreign, target: one }.into()),
        (Merge::new(one, foreign), Refusal::OtherCustomer { ticket: one, target: foreign }.into()),
        (Merge::new(one, id(77)), Rejection::NotFound(absent.clone())),
        (Merge::new(id(77), one), Rejection::NotFound(absent)),
    ];
    for (merge, expected) in cases {
        let before = everything(&scene);
        assert_eq!(scene.run(acting("root"), merge.clone()).unwrap_err(), expected, "{merge:?}");
        assert_eq!(everything(&scene), before);
    }
    for (merge, category) in [(Merge::new(one, spam), Category::Spam), (Merge::new(one, ended), Category::Closed)] {
        let refused = refusal(scene.run(acting("root"), merge));
        assert!(matches!(refused, Refusal::WrongStatus { category: found, .. } if found == category), "{refused}");
    }
    run(&mut scene, acting("root"), Merge::new(foreign, one).sharing());
    assert!(scene.ticket(one).unwrap().participants().contains(&customer("other")));
    run(&mut scene, acting("root"), Merge::new(ended, one));
}

#[test]
fn the_right_is_needed_on_both_sides_and_what_is_hidden_looks_absent() {
    let mut scene = scene();
    let (seen, hidden) = (opened(&mut scene, 1, "owner"), opened(&mut scene, 2, "owner"));
    run(&mut scene, Actor::Host, crate::cast::record("lena", Some("lead"), Some("care")));
    run(&mut scene, acting("root"), ticket::Transfer::new(hidden, crate::cast::queue("returns")));
    for merge in [Merge::new(seen, hidden), Merge::new(hidden, seen)] {
        let denied = scene.run(acting("lena"), merge).unwrap_err();
        assert_eq!(denied, Rejection::NotFound(RecordKey::Ticket(hidden)));
    }
    run(&mut scene, acting("root"), Merge::new(seen, hidden));
    assert_eq!(scene.run(acting("lena"), Unmerge::new(seen)).unwrap_err().code(), "not_found");
    run(&mut scene, acting("root"), Unmerge::new(seen));
    // `ada` sees it and may not merge.
    let other = opened(&mut scene, 3, "owner");
    assert_eq!(scene.run(acting("ada"), Merge::new(seen, other)).unwrap_err().code(), "forbidden");
    assert_eq!(scene.run(acting("ada"), Split::new(seen, message(100), id(50))).unwrap_err().code(), "forbidden");
}

#[test]
fn fifty_merges_and_eight_links_are_the_most() {
    let mut scene = scene();
    let target = opened(&mut scene, 1, "owner");
    for number in 2..=51 {
        let source = opened(&mut scene, number, "owner");
        run(&mut scene, acting("root"), Merge::new(source, target));
    }
    let source = opened(&mut scene, 52, "owner");
    let refused = refusal(scene.run(acting("root"), Merge::new(source, target)));
    assert!(matches!(refused, Refusal::TooMany { limit: limits::MERGES_MAX, size: 51, .. }), "{refused}");

    let links: Vec<TicketId> = (100..=109).map(|number| opened(&mut scene, number, "owner")).collect();
    for pair in links.windows(2).take(8) {
        run(&mut scene, acting("root"), Merge::new(pair[0], pair[1]));
    }
    let refused = refusal(scene.run(acting("root"), Merge::new(links[8], links[9])));
    assert!(matches!(refused, Refusal::TooMany { limit: limits::MERGE_CHAIN_MAX, size: 9, .. }), "{refused}");
    assert_eq!(says(&mut scene, links[0], "owner", 5).ticket, Some(links[8]), "the longest chain is followed");
    run(&mut scene, acting("root"), Unmerge::new(links[0]));
}

#[test]
fn an_undo_that_would_give_the_customer_too_many_open_tickets_is_refused() {
    let mut scene = scene();
    for number in 1..=200 {
        run(&mut scene, Actor::Host, ticket::Open::new(id(number), customer("owner"), email()));
    }
    run(&mut scene, acting("root"), Merge::new(id(1), id(2)));
    run(&mut scene, Actor::Host, ticket::Open::new(id(201), customer("owner"), email()));
    let before = everything(&scene);
    let refused = refusal(scene.run(acting("root"), Unmerge::new(id(1))));
    assert!(matches!(refused, Refusal::TooMany { limit: limits::OPEN_TICKETS_MAX, .. }), "{refused}");
    assert_eq!(everything(&scene), before);
}

#[test]
fn a_split_takes_a_message_and_what_follows_to_a_ticket_of_its_own() {
    let mut scene = scene();
    let start = scene.now();
    let ticket = opened(&mut scene, 1, "owner");
    run(&mut scene, acting("root"), ticket::SetParticipant::new(ticket, customer("friend"), true));
    run(&mut scene, acting("ada"), ticket::Reply::new(ticket, message(2), "Yolda"));
    minute(&mut scene);
    says(&mut scene, ticket, "owner", 3);
    minute(&mut scene);
    says(&mut scene, ticket, "owner", 4);
    run(&mut scene, acting("ada"), ticket::Note::new(ticket, message(5), "Bu başka bir konu"));
    minute(&mut scene);
    for (wanted, expected) in
        [(message(100), Refusal::FirstMessage(message(100))), (message(99), Refusal::UnknownMessage(message(99)))]
    {
        assert_eq!(refusal(scene.run(acting("root"), Split::new(ticket, wanted, id(9)))), expected);
    }
    let receipt = scene.run(acting("root"), Split::new(ticket, message(4), id(9))).unwrap();
    assert_eq!(receipt.ticket, Some(id(9)));

    let new = scene.ticket(id(9)).unwrap();
    let asked = start + Span::minutes(2);
    assert_eq!((new.waiting_since(), new.opened_at(), new.messages()), (Some(asked), asked, 1));
    assert_eq!((new.customer(), new.category()), (&customer("owner"), Category::New));
    assert_eq!(new.queue(), scene.ticket(ticket).unwrap().queue());
    assert!(new.participants().contains(&customer("friend")));
    let due = asked + Span::hours(1_000);
    assert!(matches!(first_response(&scene, id(9)), Status::Running { due: own, .. } if own == due));
    let back = new.split_from().unwrap();
    assert_eq!(back.ticket, ticket);
    let first = log(&scene, ticket).into_iter().find(|recorded| {
        matches!(recorded.event, Event::Ticket(ticket::Event::MessageReceived { message: own, .. }) if own == message(4))
    });
    let first = first.unwrap();
    assert_eq!((back.version, back.index), (first.version, first.index));
    // The earlier question stays and still waits.
    let old = scene.ticket(ticket).unwrap();
    assert_eq!((old.waiting_since(), old.messages()), (Some(start + Span::minutes(1)), 3));
    let split_off = log(&scene, ticket).pop().unwrap();
    let Event::Ticket(ticket::Event::SplitOff { into, messages, .. }) = split_off.event else { panic!() };
    let moved: Vec<_> = messages.iter().map(|moved| (moved.message, moved.public)).collect();
    assert_eq!((into, moved), (id(9), vec![(message(4), true), (message(5), false)]));
    // What has gone cannot go again; what came before still can.
    let again = refusal(scene.run(acting("root"), Split::new(ticket, message(4), id(10))));
    assert_eq!(again, Refusal::UnknownMessage(message(4)));
    run(&mut scene, acting("root"), Split::new(ticket, message(3), id(10)));
    assert_eq!(scene.ticket(id(10)).unwrap().messages(), 1);
    assert_eq!(scene.ticket(ticket).unwrap().waiting_since(), None);
}

/// What somebody reads on a ticket: the ids of the messages behind the texts are in the texts themselves.
fn read(scene: &Scene, who: &str, ticket: TicketId) -> Vec<String> {
    let Some(seen) = for_customer(&verified(who), &scene.dossier(ticket).unwrap()) else { return Vec::new() };
    let said = seen.timeline.into_iter().filter_map(|entry| match entry.what {
        CustomerEvent::Said { text, .. } => text,
        _ => None,
    });
    said.collect()
}

fn writes(scene: &mut Scene, ticket: TicketId, who: &str, number: u128, text: &str) {
    minute(scene);
    let receive = ticket::Receive::new(id(9_000 + number), message(number), customer(who), email(), text);
    scene.run(verified(who), receive.answers(ticket)).unwrap();
}

#[test]
fn whoever_took_part_reads_the_whole_story_in_order_and_nobody_else_the_part_before_the_merge() {
    let mut scene = scene();
    let (old, new) = (opened(&mut scene, 1, "other"), opened(&mut scene, 2, "owner"));
    run(&mut scene, acting("root"), ticket::SetParticipant::new(old, customer("friend"), true));
    writes(&mut scene, old, "other", 3, "eski 1");
    writes(&mut scene, new, "owner", 4, "yeni 1");
    writes(&mut scene, old, "friend", 5, "eski 2");
    run(&mut scene, acting("root"), Merge::new(old, new).sharing());
    writes(&mut scene, old, "other", 6, "sonra");
    let said =
        |who: &str| read(&scene, who, new).into_iter().filter(|text| text != "Kargom nerede?").collect::<Vec<_>>();
    assert_eq!(said("other"), ["eski 1", "yeni 1", "eski 2", "sonra"]);
    assert_eq!(said("friend"), ["eski 1", "yeni 1", "eski 2", "sonra"]);
    assert_eq!(said("owner"), ["yeni 1", "sonra"], "the target's customer took no part in the source");
    assert!(said("stranger").is_empty());
    // The team sees all of it, and the source says where it went and that its promises have ended.
    let root = scene.state(&RecordKey::Agent(agent("root"))).unwrap();
    let (policy, now) = (scene.desk().policy(), scene.now());
    let team =
        |ticket| for_team(policy, (&acting("root"), root.agent()), &scene.dossier(ticket).unwrap(), now).unwrap();
    let texts: Vec<_> = team(new).timeline.into_iter().filter_map(|entry| entry.text).collect();
    assert_eq!(texts[2..], ["eski 1", "yeni 1", "eski 2", "sonra"]);
    assert!(team(old).clocks.values().all(|status| *status == Status::Ended { late_by: None }));
    let seen = for_customer(&verified("other"), &scene.dossier(old).unwrap()).unwrap();
    assert_eq!(seen.merged_into, Some(new));
    run(&mut scene, acting("root"), Unmerge::new(old));
    assert!(read(&scene, "other", new).is_empty());
    assert_eq!(read(&scene, "other", old).len(), 3, "what came later stays where it came");
    assert_eq!(read(&scene, "owner", new).len(), 3);
}

#[test]
fn a_lateness_before_the_merge_stays() {
    let mut scene = scene();
    let old = opened(&mut scene, 1, "owner");
    scene.advance(Span::hours(1_003));
    let new = opened(&mut scene, 2, "owner");
    run(&mut scene, acting("root"), Merge::new(old, new));
    scene.advance(Span::hours(10_000));
    let dossier = scene.dossier(old).unwrap();
    let seen = for_team(scene.desk().policy(), (&Actor::Host, None), &dossier, scene.now()).unwrap();
    let late_by = Some(Span::hours(3));
    assert_eq!(seen.clocks[&Metric::FirstResponse], Status::Ended { late_by });
    assert_eq!(seen.clocks[&Metric::Resolution], Status::Ended { late_by: None });
    let ticket = scene.ticket(old).unwrap();
    assert!(ticket.clocks().clock(Metric::FirstResponse).unwrap().breach().is_some());
    // Whoever asks the ticket itself hears the same, with the same reasons and in the same words.
    let (calendars, now) = (scene.desk().policy().calendars(), scene.now());
    assert_eq!(ticket.promises(calendars, now), seen.clocks);
    assert_eq!(ticket.promise(Metric::FirstResponse, calendars, now), Status::Ended { late_by });
    let told = ticket.explain(Metric::FirstResponse, calendars, now).unwrap();
    assert_eq!((told.elapsed, &told.status), (Span::hours(1_003), &Status::Ended { late_by }));
    assert!(told.text(Language::English).contains("ended without a verdict"), "{}", told.text(Language::English));
    assert_eq!(ticket.due(calendars), None);
    // The undo finds its clocks as they were left, and they go on.
    run(&mut scene, acting("root"), Unmerge::new(old));
    assert!(
        matches!(first_response(&scene, old), Status::Running { remaining, .. } if remaining == -Span::hours(10_003))
    );
}

#[test]
fn what_was_split_off_is_read_on_the_new_ticket_and_no_more_on_the_old() {
    let mut scene = scene();
    let ticket = opened(&mut scene, 1, "owner");
    for (number, text) in [(3, "kargo"), (4, "fatura"), (5, "fatura yine")] {
        writes(&mut scene, ticket, "owner", number, text);
    }
    minute(&mut scene);
    run(&mut scene, acting("root"), Split::new(ticket, message(4), id(9)));
    writes(&mut scene, id(9), "owner", 6, "fatura son");
    assert_eq!(read(&scene, "owner", ticket), ["Kargom nerede?", "kargo"]);
    assert_eq!(read(&scene, "owner", id(9)), ["fatura", "fatura yine", "fatura son"]);
    // Merged back, it is one story again; and with the undo two.
    run(&mut scene, acting("root"), Merge::new(id(9), ticket));
    let whole = ["Kargom nerede?", "kargo", "fatura", "fatura yine", "fatura son"];
    assert_eq!(read(&scene, "owner", ticket), whole);
    run(&mut scene, acting("root"), Unmerge::new(id(9)));
    assert_eq!(read(&scene, "owner", ticket), ["Kargom nerede?", "kargo"]);
    // On a third ticket its story comes along as well.
    minute(&mut scene);
    let third = opened(&mut scene, 20, "owner");
    run(&mut scene, acting("root"), Merge::new(id(9), third));
    assert_eq!(read(&scene, "owner", third), ["fatura", "fatura yine", "fatura son", "Kargom nerede?"]);
}

#[test]
fn what_was_answered_before_the_split_owes_no_first_response() {
    let mut scene = scene();
    let ticket = opened(&mut scene, 1, "owner");
    minute(&mut scene);
    says(&mut scene, ticket, "owner", 3);
    run(&mut scene, acting("ada"), ticket::Reply::new(ticket, message(4), "İkisi de yolda"));
    minute(&mut scene);
    run(&mut scene, acting("root"), Split::new(ticket, message(3), id(9)));
    assert_eq!((scene.ticket(id(9)).unwrap().waiting_since(), first_response(&scene, id(9))), (None, Status::Idle));
    assert_eq!(scene.ticket(id(9)).unwrap().opened_at(), scene.now());
}

#[test]
fn a_ticket_on_which_nobody_waits_any_more_after_a_split_owes_no_first_response() {
    let mut scene = scene();
    let open = ticket::Open::new(id(1), customer("owner"), email()).by_shop().message(message(7), "Bedeniniz geldi");
    run(&mut scene, acting("root"), open);
    minute(&mut scene);
    says(&mut scene, id(1), "owner", 3);
    let asked = scene.now();
    minute(&mut scene);
    run(&mut scene, acting("root"), Split::new(id(1), message(3), id(9)));
    let thousand = Span::hours(1_000);
    assert_eq!(first_response(&scene, id(1)), Status::Paused { remaining: thousand });
    assert!(matches!(first_response(&scene, id(9)), Status::Running { due, .. } if due == asked + thousand));
    scene.advance(Span::hours(2_000));
    assert_eq!(first_response(&scene, id(1)), Status::Paused { remaining: thousand }, "nobody is late on it");
    // Whoever writes next waits from then on.
    let again = ticket::Receive::new(id(1), message(5), customer("owner"), email(), "Yine ben").answers(id(1));
    run(&mut scene, verified("owner"), again);
    let due = scene.now() + thousand;
    assert!(matches!(first_response(&scene, id(1)), Status::Running { due: own, .. } if own == due));
}

#[test]
fn what_must_be_read_back_has_a_limit() {
    let mut scene = scene();
    let ticket = opened(&mut scene, 1, "owner");
    says(&mut scene, ticket, "owner", 3);
    for turn in 0..limits::HISTORY_EVENTS_MAX {
        let tag = ticket::Tag::new(ticket);
        let gift = crate::cast::name("gift");
        run(&mut scene, acting("root"), if turn % 2 == 0 { tag.add(gift) } else { tag.remove(gift) });
    }
    let refused = refusal(scene.run(acting("root"), Split::new(ticket, message(3), id(9))));
    assert!(matches!(refused, Refusal::TooMany { limit: limits::HISTORY_EVENTS_MAX, .. }), "{refused}");
}
