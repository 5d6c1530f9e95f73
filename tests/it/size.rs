//! The state of a ticket is bounded (law 8): what decisions need, and not what was said.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use crate::cast::{TICKET, acting, customer, email, message, run, scene, verified};
use destek::desk::State;
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
