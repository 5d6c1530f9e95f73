//! The state of a ticket is bounded (law 8): what decisions need, and not what was said.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use crate::cast::{SPARE, TICKET, acting, customer, email, message, run, scene, verified};
use destek::desk::State;
use destek::id::TicketId;
use destek::limits;
use destek::record::RecordKey;
use destek::testing::Scene;
use destek::ticket::{self, HoldKind};
use destek::time::Span;

fn stored(scene: &Scene) -> usize {
    let state = scene.state(&RecordKey::Ticket(TICKET)).unwrap();
    assert!(matches!(&*state, State::Ticket(_)));
    serde_json::to_vec(&*state).unwrap().len()
}

fn say(scene: &mut Scene, numbers: std::ops::Range<u128>) {
    for number in numbers {
        let body = format!("{number} {}", "kargom nerede kaldı ".repeat(20));
        if number % 2 == 0 {
            let receive = ticket::Receive::new(TICKET, message(number), customer("owner"), email(), body);
            run(scene, verified("owner"), receive.answers(TICKET));
        } else {
            run(scene, acting("ada"), ticket::Reply::new(TICKET, message(number), body));
        }
    }
}

#[test]
fn law_8_a_long_life_leaves_a_small_state() {
    let mut scene = scene();
    run(&mut scene, verified("owner"), {
        ticket::Receive::new(TICKET, message(1_000_000), customer("owner"), email(), "Merhaba")
    });
    run(&mut scene, acting("ada"), ticket::Take::new(TICKET));
    let young = stored(&scene);
    say(&mut scene, 0..10);
    let after_10 = stored(&scene);
    say(&mut scene, 10..1_000);
    let after_1_000 = stored(&scene);
    // Only the number of messages is written with more digits.
    assert!(after_1_000 <= after_10 + 4, "{after_10} bytes after 10 messages, {after_1_000} after 1,000");

    let minute = |scene: &mut Scene| scene.set_clock(scene.now() + Span::minutes(1));
    // Pauses are folded a few at a time, so that the size swings; what may not grow is its top.
    let (mut top_of_40, mut top_of_200) = (0, 0);
    for cycle in 0..200 {
        run(&mut scene, acting("ada"), ticket::Hold::new(TICKET, HoldKind::Customer).reason("Beden soruldu."));
        minute(&mut scene);
        run(&mut scene, acting("ada"), ticket::Resume::new(TICKET));
        minute(&mut scene);
        let size = stored(&scene);
        top_of_200 = top_of_200.max(size);
        if cycle < 40 {
            top_of_40 = top_of_40.max(size);
        }
    }
    assert!(top_of_200 <= top_of_40 + 16, "{top_of_40} bytes within 40 holds, {top_of_200} within 200");
    let mut largest = top_of_200;
    for _ in 0..50 {
        run(&mut scene, acting("ada"), ticket::Resolve::new(TICKET));
        minute(&mut scene);
        run(&mut scene, verified("owner"), ticket::Refuse::new(TICKET).reason("Hâlâ gelmedi."));
        minute(&mut scene);
        largest = largest.max(stored(&scene));
    }
    println!(
        "state of a ticket: {young} bytes when young, {after_1_000} after 1,000 messages, {top_of_200} at most over 200 \
         holds, {largest} at most over 50 reopenings; aim {}",
        limits::STATE_BYTES_AIM
    );
    assert!(largest < 2 * limits::STATE_BYTES_AIM, "{largest} bytes");
    let state = serde_json::to_string(&*scene.state(&RecordKey::Ticket(TICKET)).unwrap()).unwrap();
    assert!(!state.contains("kargom") && !state.contains("gelmedi"));
    let ticket = scene.ticket(TICKET).unwrap();
    assert_eq!(ticket.reopened(), 50);
    assert!(scene.log(&RecordKey::Ticket(TICKET)).len() > 1_500, "the log keeps what the state does not");
}

#[test]
fn law_8_a_thousand_messages_and_twenty_merges_leave_a_small_state() {
    let mut scene = scene();
    run(&mut scene, verified("owner"), ticket::Open::new(TICKET, customer("owner"), email()));
    run(&mut scene, acting("ada"), ticket::Take::new(TICKET));
    say(&mut scene, 0..1_000);
    for number in 0..20 {
        let source = TicketId::from_u128(2_000 + number);
        run(&mut scene, verified("owner"), ticket::Open::new(source, customer("owner"), email()).subject("Kargom"));
        run(&mut scene, acting("root"), ticket::Merge::new(source, TICKET));
    }
    let waiting = stored(&scene);
    // What comes by way of the merged tickets is in the log, and not in the state.
    for number in 0..100u128 {
        let source = TicketId::from_u128(2_000 + number % 20);
        let receive = ticket::Receive::new(SPARE, message(5_000 + number), customer("owner"), email(), "Bir şey daha");
        run(&mut scene, verified("owner"), receive.answers(source));
    }
    let after = stored(&scene);
    println!(
        "state of a ticket: {waiting} bytes after 1,000 messages and 20 merges, {after} after 100 more by way of them"
    );
    assert!(after < limits::STATE_BYTES_AIM && after <= waiting + 64, "{waiting} and {after} bytes");
}
