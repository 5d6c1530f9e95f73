//! The tricky cases of business time on a clock, with the answers an expert defends.

use super::*;
use crate::language::Language;
use crate::limits;
use Metric::{FirstResponse, Resolution};

const MS: Span = Span::millis(1);

#[test]
fn a_budget_that_ends_at_closing_is_due_then_and_late_only_after_the_next_opening() {
    let mut world = World::started(target(Resolution, "office", "1h", &["99%"]), at(0, 17, 0));
    let (closing, opening) = (at(0, 18, 0), at(1, 9, 0));
    let running = Status::Running { due: closing, due_latest: opening, remaining: Span::ZERO };
    assert_eq!(world.status(Resolution, at(0, 23, 0)), running);
    assert_eq!(told(&world.settle(opening)), [("99%".to_owned(), closing - Span::seconds(36))]);
    assert_eq!(world.clocks.next_wake(&world.calendars), Some(opening + MS));
    assert_eq!(told(&world.settle(opening + MS)), [("breach".to_owned(), opening + MS)]);
    assert_eq!(world.clock(Resolution).breach().unwrap().due, closing);

    // An answer in the night after that closing used no more business time.
    let mut night = World::started(target(Resolution, "office", "1h", &[]), at(0, 17, 0));
    night.moved(Resolution, Input::Stopped, at(1, 3, 0));
    assert_eq!(night.status(Resolution, at(9, 9, 0)), Status::Met { at: at(1, 3, 0), by: Span::ZERO });
    assert_eq!(night.settle(at(9, 9, 0)), []);
    let mut morning = World::started(target(Resolution, "office", "1h", &[]), at(0, 17, 0));
    morning.moved(Resolution, Input::Stopped, opening + MS);
    assert_eq!(morning.status(Resolution, opening + MS), Status::Missed { at: opening + MS, late_by: MS });
    assert_eq!(told(&morning.caused), [("breach".to_owned(), opening + MS)]);
}

#[test]
fn a_budget_that_runs_out_when_a_pause_begins_is_exceeded_when_counting_goes_on() {
    let mut world = World::started(target(Resolution, "office", "1h", &[]), at(0, 10, 0));
    world.moved(Resolution, Input::Paused, at(0, 11, 0));
    assert_eq!(world.status(Resolution, at(0, 15, 0)), Status::Paused { remaining: Span::ZERO });
    assert_eq!(world.clock(Resolution).due(&world.calendars), Some(at(0, 11, 0)));
    assert_eq!(world.settle(at(0, 15, 0)), []);
    world.moved(Resolution, Input::Resumed, at(0, 20, 0));
    let status = Status::Running { due: at(0, 11, 0), due_latest: at(1, 9, 0), remaining: Span::ZERO };
    assert_eq!(world.status(Resolution, at(0, 20, 0)), status);
    assert_eq!(world.clocks.next_wake(&world.calendars), Some(at(1, 9, 0) + MS));
}

#[test]
fn a_zero_budget_is_due_at_the_first_counted_instant() {
    let mut world = World::started(target(FirstResponse, "office", "0s", &[]), at(0, 20, 0));
    assert_eq!(world.status(FirstResponse, at(0, 20, 0)), running(at(1, 9, 0), Span::ZERO));
    assert_eq!(world.settle(at(1, 9, 0)), []);
    assert_eq!(told(&world.settle(at(2, 0, 0))), [("breach".to_owned(), at(1, 9, 0) + MS)]);

    // Held at birth until ten: nobody could act before.
    let mut held = World::started(target(FirstResponse, "always", "0s", &[]), at(0, 8, 0));
    held.moved(FirstResponse, Input::Paused, at(0, 8, 0)).moved(FirstResponse, Input::Resumed, at(0, 10, 0));
    assert_eq!(held.status(FirstResponse, at(0, 10, 0)), running(at(0, 10, 0), Span::ZERO));

    // Answered at once, while closed, or while nothing was promised at all.
    let mut night = World::started(target(FirstResponse, "office", "0s", &[]), at(0, 20, 0));
    night.moved(FirstResponse, Input::Stopped, at(1, 8, 0));
    assert_eq!(night.status(FirstResponse, at(1, 8, 0)), Status::Met { at: at(1, 8, 0), by: Span::ZERO });
    let mut none = World::new();
    none.unsettled(FirstResponse, Input::Started, at(0, 8, 0));
    assert_eq!(none.status(FirstResponse, at(5, 0, 0)), Status::NotApplicable);
}

#[test]
fn a_calendar_without_enough_time_never_runs_out_and_is_never_late() {
    for calendar in ["closed", "ofice"] {
        let mut world = World::started(target(Resolution, calendar, "1h", &["50%"]), at(0, 8, 0));
        let far = at(4_000, 0, 0);
        assert_eq!(world.status(Resolution, far), Status::Never, "{calendar}");
        assert_eq!(world.settle(far), []);
        assert_eq!(world.clocks.next_wake(&world.calendars), None);
        assert_eq!(world.clocks.due(&world.calendars), None);
        let explanation = world.clock(Resolution).explain(&world.calendars, far);
        assert_eq!(explanation.elapsed, Span::ZERO);
        assert!(explanation.text(Language::Turkish).contains("süre hiç dolmaz"));
    }
    // A minute a week is enough for an hour: sixty Wednesdays, the first of them two days on.
    let world = World::started(target(Resolution, "sparse", "1h", &[]), at(0, 8, 0));
    let last = at(2, 13, 1) + Span::days(59 * 7);
    let status =
        Status::Running { due: last, due_latest: last + Span::days(7) - Span::minutes(1), remaining: Span::hours(1) };
    assert_eq!(world.status(Resolution, at(0, 8, 0)), status);
}

#[test]
fn pauses_are_cut_from_business_time() {
    // Paused before the opening until after it: only what is open is lost. The holiday lies in between.
    let mut world = World::started(target(Resolution, "office", "8h", &[]), at(2, 17, 0));
    world.moved(Resolution, Input::Paused, at(2, 20, 0)).moved(Resolution, Input::Resumed, at(4, 10, 0));
    // Wednesday 17-18, Friday 10-12:30 and 13:30-18, which is all eight hours.
    let status = Status::Running { due: at(4, 18, 0), due_latest: at(7, 9, 0), remaining: Span::hours(7) };
    assert_eq!(world.status(Resolution, at(4, 10, 0)), status);
    // A hold that begins and ends while it is closed costs nothing and moves nothing.
    let mut night = World::started(target(Resolution, "office", "2h", &[]), at(0, 17, 0));
    let before = night.status(Resolution, at(0, 18, 0));
    night.moved(Resolution, Input::Paused, at(1, 4, 15)).moved(Resolution, Input::Resumed, at(1, 5, 0));
    assert_eq!(night.status(Resolution, at(1, 5, 0)), before);
}

#[test]
fn a_new_budget_counts_from_the_original_start_and_keeps_pauses() {
    let mut world = World::started(target(Resolution, "always", "3h", &[]), at(0, 10, 0));
    world.moved(Resolution, Input::Paused, at(0, 10, 10)).moved(Resolution, Input::Resumed, at(0, 10, 30));
    world.targeted(target(Resolution, "always", "2h", &[]), at(0, 11, 0));
    assert_eq!(world.status(Resolution, at(0, 11, 0)), running(at(0, 12, 20), Span::minutes(80)));
}

#[test]
fn a_looser_budget_clears_late_now_but_not_the_breach() {
    let mut world = World::started(target(Resolution, "always", "1h", &["50%"]), at(0, 10, 0));
    let late = world.settle(at(0, 12, 0));
    assert_eq!(told(&late), [("50%".to_owned(), at(0, 10, 30)), ("breach".to_owned(), at(0, 11, 0) + MS)]);
    let looser = Target { policy: "policy-2".into(), ..target(Resolution, "always", "8h", &["50%", "1h left"]) };
    world.targeted(looser, at(0, 12, 0));
    assert_eq!(world.status(Resolution, at(0, 12, 0)), running(at(0, 18, 0), Span::hours(6)));
    let breach = world.clock(Resolution).breach().unwrap();
    assert_eq!((breach.due, breach.budget, &*breach.policy), (at(0, 11, 0), budget("1h"), "policy-1"));
    // The same wait neither warns nor breaches a second time.
    assert_eq!(world.settle(at(1, 0, 0)), []);
    assert_eq!(world.clocks.next_wake(&world.calendars), None);
    assert!(world.status(Resolution, at(1, 0, 0)).is_late());
    assert_eq!(world.clock(Resolution).breaches(), 1);
}

#[test]
fn a_tighter_budget_that_is_exceeded_already_is_broken_when_it_is_chosen() {
    let mut world = World::started(target(Resolution, "always", "8h", &["50%"]), at(0, 10, 0));
    let tighter = target(Resolution, "always", "1h", &["50%", "80%"]);
    world.targeted(tighter.clone(), at(0, 13, 0));
    let caused = world.settle(at(0, 13, 0));
    assert_eq!(told(&caused), [("breach".to_owned(), at(0, 13, 0))]);
    let Some(Event::Breached { due, .. }) = caused.first() else { panic!("no breach") };
    assert_eq!(*due, at(0, 11, 0));

    // Also while it is paused: the promise is broken, no matter who waits for whom.
    let mut paused = World::started(target(Resolution, "always", "8h", &[]), at(0, 10, 0));
    paused.moved(Resolution, Input::Paused, at(0, 13, 0)).targeted(tighter, at(0, 14, 0));
    assert_eq!(told(&paused.settle(at(0, 15, 0))), [("breach".to_owned(), at(0, 14, 0))]);
}

#[test]
fn a_warning_is_given_once_for_its_threshold_and_not_while_the_clock_stands_still() {
    let mut world = World::started(target(Resolution, "always", "10h", &["50%"]), at(0, 0, 0));
    assert_eq!(told(&world.settle(at(0, 5, 0))), [("50%".to_owned(), at(0, 5, 0))]);
    world.targeted(target(Resolution, "always", "20h", &["50%", "10%"]), at(0, 6, 0));
    // Two of twenty hours were used long ago; that is noticed when the target is chosen.
    assert_eq!(told(&world.settle(at(0, 6, 0))), [("10%".to_owned(), at(0, 6, 0))]);
    assert_eq!(world.settle(at(0, 19, 0)), []);

    let mut paused = World::started(target(Resolution, "always", "10h", &[]), at(0, 0, 0));
    paused.moved(Resolution, Input::Paused, at(0, 6, 0));
    paused.targeted(target(Resolution, "always", "10h", &["50%", "80%"]), at(0, 7, 0));
    assert_eq!(paused.settle(at(0, 8, 0)), []);
    paused.moved(Resolution, Input::Resumed, at(0, 9, 0));
    assert_eq!(told(&paused.settle(at(0, 12, 0))), [("80%".to_owned(), at(0, 11, 0))]);
}

#[test]
fn a_promise_smaller_than_its_warning_warns_as_soon_as_time_is_used() {
    let urgent = target(Resolution, "office", "20m", &["30m left"]);
    let mut world = World::started(urgent.clone(), at(0, 20, 0));
    let caused = [("30m left".to_owned(), at(1, 9, 0) + MS), ("breach".to_owned(), at(1, 9, 20) + MS)];
    assert_eq!(told(&world.settle(at(2, 0, 0))), caused);
    let mut at_once = World::started(urgent, at(0, 10, 0));
    at_once.moved(Resolution, Input::Stopped, at(0, 10, 0));
    assert_eq!(at_once.settle(at(1, 0, 0)), []);
}

#[test]
fn another_calendar_counts_the_whole_wait() {
    let mut world = World::started(target(Resolution, "always", "8h", &[]), at(0, 17, 0));
    world.targeted(target(Resolution, "office", "8h", &[]), at(0, 23, 0));
    assert_eq!(world.clock(Resolution).elapsed(&world.calendars, at(0, 23, 0)), Span::hours(1));
}

#[test]
fn a_reopened_resolution_goes_on_and_keeps_its_first_stop() {
    // Due at 16:00, closed from 13:00 to 15:00: due at 18:00.
    let mut world = World::started(target(Resolution, "always", "8h", &[]), at(0, 8, 0));
    world.moved(Resolution, Input::Stopped, at(0, 13, 0));
    assert_eq!(world.status(Resolution, at(0, 14, 0)), Status::Met { at: at(0, 13, 0), by: Span::hours(3) });
    assert_eq!(world.clock(Resolution).due(&world.calendars), Some(at(0, 16, 0)));
    for input in [Input::Started, Input::Resumed] {
        let mut reopened = world.clone();
        reopened.moved(Resolution, input, at(0, 15, 0));
        assert_eq!(reopened.status(Resolution, at(0, 15, 0)), running(at(0, 18, 0), Span::hours(3)));
        assert_eq!(reopened.clock(Resolution).first_stopped(), Some(at(0, 13, 0)));
        assert_eq!(reopened.clock(Resolution).stopped(), None);
        reopened.moved(Resolution, Input::Stopped, at(0, 17, 0));
        assert_eq!(reopened.clock(Resolution).first_stopped(), Some(at(0, 13, 0)));
    }
}

#[test]
fn first_response_never_restarts() {
    let mut world = World::started(target(FirstResponse, "always", "1h", &[]), at(0, 8, 0));
    world.moved(FirstResponse, Input::Stopped, at(0, 8, 30));
    let stopped = world.clocks.clone();
    for input in Input::ALL {
        world.moved(FirstResponse, input, at(0, 12, 0));
        assert_eq!(world.clocks, stopped, "{input:?}");
    }
}

#[test]
fn finished_work_is_judged_by_the_promise_of_its_time() {
    let mut world = World::started(target(Resolution, "always", "8h", &["50%"]), at(0, 8, 0));
    world.moved(Resolution, Input::Stopped, at(0, 10, 0));
    world.targeted(target(Resolution, "always", "1h", &["50%"]), at(0, 11, 0));
    let met = Status::Met { at: at(0, 10, 0), by: Span::hours(6) };
    assert_eq!(world.status(Resolution, at(0, 12, 0)), met);
    assert_eq!(world.clock(Resolution).target().unwrap().budget, budget("1h"));
    assert_eq!(world.settle(at(0, 12, 0)), []);
    let mut dropped = world.clone();
    dropped.clocks.apply(&Event::Dropped { metric: Resolution }, at(0, 12, 0));
    assert_eq!((dropped.status(Resolution, at(0, 12, 0)), dropped.clock(Resolution).target()), (met, None));
    dropped.moved(Resolution, Input::Started, at(0, 13, 0));
    assert_eq!(dropped.status(Resolution, at(0, 13, 0)), Status::NotApplicable);
    // Reopened, the new promise counts, and it is broken from then on.
    world.moved(Resolution, Input::Started, at(0, 13, 0));
    assert_eq!(told(&world.settle(at(0, 13, 0))), [("breach".to_owned(), at(0, 13, 0))]);

    // The first promise may be made after the fact, as when a ticket is opened and resolved in one step.
    let mut late = World::new();
    late.unsettled(Resolution, Input::Started, at(0, 8, 0));
    late.unsettled(Resolution, Input::Stopped, at(0, 8, 5));
    late.targeted(target(Resolution, "always", "1h", &[]), at(0, 8, 5));
    assert_eq!(late.status(Resolution, at(0, 9, 0)), Status::Met { at: at(0, 8, 5), by: Span::minutes(55) });
}

#[test]
fn created_on_hold_is_zero_and_paused_and_created_by_an_agent_is_idle() {
    let mut world = World::started(target(Resolution, "always", "4h", &[]), at(0, 9, 0));
    world.moved(Resolution, Input::Paused, at(0, 9, 0));
    assert_eq!(world.status(Resolution, at(2, 0, 0)), Status::Paused { remaining: Span::hours(4) });
    assert_eq!(world.clock(Resolution).due(&world.calendars), None);
    world.moved(Resolution, Input::Stopped, at(2, 0, 0));
    assert_eq!(world.status(Resolution, at(2, 0, 0)), Status::Met { at: at(2, 0, 0), by: Span::hours(4) });

    let mut agent = World::new();
    agent.targeted(target(FirstResponse, "always", "1h", &[]), at(0, 9, 0));
    for input in [Input::Stopped, Input::Paused, Input::Resumed] {
        agent.moved(FirstResponse, input, at(0, 9, 0));
        assert_eq!(agent.status(FirstResponse, at(0, 12, 0)), Status::Idle);
    }
    agent.moved(FirstResponse, Input::Started, at(1, 9, 0));
    assert_eq!(agent.status(FirstResponse, at(1, 9, 0)), running(at(1, 10, 0), Span::hours(1)));
}

#[test]
fn the_next_due_is_of_running_clocks_only() {
    let mut world = World::started(target(FirstResponse, "always", "1h", &[]), at(0, 8, 0));
    world.unsettled(Resolution, Input::Started, at(0, 8, 0));
    world.clocks.apply(&Event::Targeted { target: target(Resolution, "always", "4h", &[]) }, at(0, 8, 0));
    assert_eq!(world.clocks.due(&world.calendars), Some(at(0, 9, 0)));
    world.moved(FirstResponse, Input::Stopped, at(0, 8, 30));
    assert_eq!(world.clocks.due(&world.calendars), Some(at(0, 12, 0)));
    world.moved(Resolution, Input::Paused, at(0, 8, 40));
    assert_eq!(world.clocks.due(&world.calendars), None);
}

#[test]
fn warnings_fall_into_business_time_and_pause_with_the_clock() {
    let mut world = World::started(target(Resolution, "office", "4h", &["80%", "30m left", "80%"]), at(0, 16, 0));
    // Two hours on Monday; 1 h 12 m of Tuesday make 80 %, an hour and a half leaves thirty minutes.
    let caused = world.clocks.settle(&world.calendars, at(1, 23, 0));
    let breach = at(1, 11, 0) + MS;
    let plain = [("80%", at(1, 10, 12)), ("30m left", at(1, 10, 30)), ("breach", breach)];
    assert_eq!(told(&caused), plain.map(|(what, at)| (what.to_owned(), at)));
    world.moved(Resolution, Input::Paused, at(1, 10, 20)).moved(Resolution, Input::Resumed, at(1, 12, 0));
    world.settle(at(9, 0, 0));
    // Ten minutes were missing at 10:20, and go on at noon. Half an hour before lunch, half an hour after.
    let paused = [("80%", at(1, 10, 12)), ("30m left", at(1, 12, 10)), ("breach", at(1, 13, 40) + MS)];
    assert_eq!(told(&world.caused), paused.map(|(what, at)| (what.to_owned(), at)));
}

#[test]
fn nonsense_and_repetition_are_harmless() {
    let mut world = World::started(target(Resolution, "always", "8h", &[]), at(0, 8, 0));
    let running = world.clocks.clone();
    world.moved(Resolution, Input::Resumed, at(0, 9, 0)).moved(Resolution, Input::Started, at(0, 9, 0));
    assert_eq!(world.clocks, running);
    world.moved(Resolution, Input::Paused, at(0, 10, 0));
    let paused = world.clocks.clone();
    world.moved(Resolution, Input::Paused, at(0, 11, 0)).moved(Resolution, Input::Started, at(0, 11, 0));
    assert_eq!(world.clocks, paused);
    world.moved(Resolution, Input::Stopped, at(0, 12, 0));
    let stopped = world.clocks.clone();
    world.moved(Resolution, Input::Stopped, at(0, 13, 0)).moved(Resolution, Input::Paused, at(0, 13, 0));
    assert_eq!(world.clocks, stopped);
    // An input that occurred earlier than the last one cannot turn a span round.
    world.moved(Resolution, Input::Started, at(0, 9, 0));
    assert_eq!(world.clock(Resolution).elapsed(&world.calendars, at(0, 9, 0)), Span::hours(2));
    world.moved(Resolution, Input::Paused, at(0, 11, 0)).moved(Resolution, Input::Resumed, at(0, 13, 0));
    let explanation = world.clock(Resolution).explain(&world.calendars, at(0, 13, 0));
    let spans: Vec<_> = explanation.stretches.iter().map(|stretch| (stretch.from, stretch.to)).collect();
    assert_eq!(spans, [(8, 10), (10, 12), (12, 13)].map(|(from, to)| (at(0, from, 0), at(0, to, 0))));
}

#[test]
fn given_warnings_are_remembered_within_bounds() {
    let mut world = World::started(target(Resolution, "always", "100h", &[]), at(0, 0, 0));
    for round in 0..10 {
        let warn: Vec<String> = (0..9).map(|i| format!("{}%", 1 + 9 * round + i)).collect();
        let warn: Vec<&str> = warn.iter().map(String::as_str).collect();
        world.targeted(target(Resolution, "always", "100h", &warn), at(0, 9 * round, 0));
    }
    world.settle(at(4, 0, 0));
    assert_eq!(world.caused.len(), 10 * limits::WARNINGS_MAX, "the ninth of each target is not used");
    assert_eq!(world.clock(Resolution).warnings().len(), limits::WARNINGS_KEPT_MAX);
}

#[test]
fn a_reset_begins_at_zero_and_keeps_the_breach() {
    let mut world = World::started(target(Resolution, "always", "1h", &["50%"]), at(0, 8, 0));
    world.moved(Resolution, Input::Reset, at(0, 10, 0));
    assert_eq!(world.status(Resolution, at(0, 10, 30)), running(at(0, 11, 0), Span::minutes(30)));
    assert_eq!(world.clock(Resolution).breach(), None);
    assert_eq!(world.clock(Resolution).first_breach().unwrap().due, at(0, 9, 0));
    world.settle(at(0, 12, 0));
    assert_eq!(world.clock(Resolution).breaches(), 2);
    assert_eq!(world.caused.len(), 4, "each wait warns and breaches");
    // A hold outlives the reset.
    world.moved(Resolution, Input::Paused, at(0, 12, 0)).moved(Resolution, Input::Reset, at(0, 13, 0));
    assert_eq!(world.status(Resolution, at(0, 15, 0)), Status::Paused { remaining: Span::hours(1) });
}

#[test]
fn an_explanation_names_its_reasons() {
    let mut world = World::started(target(Resolution, "office", "8h", &[]), at(2, 17, 0));
    world.moved(Resolution, Input::Paused, at(4, 10, 0)).moved(Resolution, Input::Stopped, at(4, 11, 0));
    world.moved(Resolution, Input::Started, at(4, 11, 30));
    let explanation = world.clock(Resolution).explain(&world.calendars, at(4, 13, 0));
    let turkish = "\
çözüm (gold, takvim office): bütçe 8 sa, kullanılan 3 sa, kalan 5 sa; işliyor, vade 02.11.2026 09:30; saat dilimi: +03:00
28.10.2026 17:00 – 18:00: sayıldı, 1 sa
28.10.2026 18:00 – 29.10.2026 00:00: sayılmadı, mesai dışı
29.10.2026 00:00 – 30.10.2026 00:00: sayılmadı, tatil (Cumhuriyet Bayramı)
30.10.2026 00:00 – 09:00: sayılmadı, mesai dışı
30.10.2026 09:00 – 10:00: sayıldı, 1 sa
30.10.2026 10:00 – 11:00: sayılmadı, bekletildi: paused (sürüm 7)
30.10.2026 11:00 – 11:30: sayılmadı, durmuştu: stopped (sürüm 7)
30.10.2026 11:30 – 12:30: sayıldı, 1 sa
30.10.2026 12:30 – 13:00: sayılmadı, mesai dışı";
    assert_eq!(explanation.text(Language::Turkish), turkish);
    let english = explanation.text(Language::English);
    assert!(english.contains("holiday (Cumhuriyet Bayramı)") && english.contains("left 5h"), "{english}");
    let json = serde_json::to_string(&explanation).unwrap();
    assert_eq!(serde_json::from_str::<Explanation>(&json).unwrap(), explanation);
}

#[test]
fn an_explanation_follows_the_wall_clock_through_a_change() {
    // New York leaves daylight saving time at 06:00 UTC on Sunday 1 November 2026, a holiday of 25 hours
    // whose night shift does not begin.
    let start = "2026-10-31T22:30:00-04:00".parse().unwrap();
    let world = World::started(target(Resolution, "nights", "4h", &[]), start);
    let explanation = world.clock(Resolution).explain(&world.calendars, start + Span::hours(27));
    let english = "\
resolution (gold, calendar nights): budget 4h, used 1h 30m, left 2h 30m; running, due 2026-11-03 00:30; time zone: America/New_York
2026-10-31 22:30 – 2026-11-01 00:00: counted, 1h 30m
2026-11-01 00:00 – 2026-11-02 00:00: not counted, holiday
2026-11-02 00:00 – 00:30: not counted, outside the hours";
    assert_eq!(explanation.text(Language::English), english);
}

#[test]
fn an_explanation_of_years_stays_short() {
    let mut world = World::started(target(Resolution, "office", "8h", &[]), at(0, 9, 0));
    for day in 0..40 {
        world.moved(Resolution, Input::Paused, at(day * 20, 11, 0));
        world.moved(Resolution, Input::Resumed, at(day * 20 + 1, 11, 0));
    }
    let now = at(40 * 365, 0, 0);
    let explanation = world.clock(Resolution).explain(&world.calendars, now);
    assert!(explanation.stretches.len() <= limits::EXPLAINED_STRETCHES_MAX);
    assert_eq!(explanation.stretches.first().unwrap().kind, StretchKind::Summed);
    assert_eq!(explanation.stretches.iter().map(|stretch| stretch.counted).sum::<Span>(), explanation.elapsed);
}

#[test]
fn too_many_pauses_are_folded_without_a_trace_in_what_the_clock_reads() {
    let mut world = World::started(target(Resolution, "office", "400h", &["80%"]), at(0, 9, 0));
    let (mut now, mut folded) = (at(0, 9, 0), 0);
    for _ in 0..200 {
        now = now + Span::minutes(37);
        world.moved(Resolution, Input::Paused, now);
        now = now + Span::minutes(11);
        world.moved(Resolution, Input::Resumed, now);
        let before = (world.status(Resolution, now), world.clocks.next_wake(&world.calendars));
        for event in world.clocks.carry(&world.calendars) {
            world.clocks.apply(&event, now);
            folded += 1;
        }
        assert_eq!((world.status(Resolution, now), world.clocks.next_wake(&world.calendars)), before);
        assert!(serde_json::to_vec(&world.clocks).unwrap().len() < 8_192);
    }
    // The 13th pause is one too many and 6 are kept, so every 7th after it folds: 13, 20, …, 195.
    assert_eq!(folded, 27);
    let explanation = world.clock(Resolution).explain(&world.calendars, now);
    assert_eq!(explanation.stretches.first().unwrap().kind, StretchKind::Carried);
    assert_eq!(explanation.stretches.iter().map(|stretch| stretch.counted).sum::<Span>(), explanation.elapsed);
}

#[test]
fn what_was_passed_over_or_used_up_before_the_fold_stays_so() {
    let fold = |world: &mut World, from: Timestamp, run: Span| {
        let mut now = from;
        for _ in 0..40 {
            now = now + run;
            world.moved(Resolution, Input::Paused, now).moved(Resolution, Input::Resumed, now + Span::minutes(1));
            now = now + Span::minutes(1);
        }
        let events = world.clocks.carry(&world.calendars);
        assert_eq!(events.len(), 1);
        world.clocks.apply(&events[0], now);
        now
    };
    // The warning was not given because the clock stood still when its target was chosen.
    let mut passed = World::started(target(Resolution, "always", "100h", &[]), at(0, 8, 0));
    passed.moved(Resolution, Input::Paused, at(0, 12, 0));
    passed.targeted(target(Resolution, "always", "100h", &["1%"]), at(0, 13, 0));
    passed.moved(Resolution, Input::Resumed, at(0, 14, 0));
    let now = fold(&mut passed, at(0, 14, 0), Span::minutes(1));
    assert_eq!((passed.settle(now), passed.caused), (vec![], vec![]));

    // The budget was used up at closing, to the millisecond; what was folded lies in the night after it.
    let mut used = World::started(target(Resolution, "office", "1h", &[]), at(0, 17, 0));
    let now = fold(&mut used, at(0, 20, 0), Span::ZERO);
    let Status::Running { due, due_latest, remaining } = used.status(Resolution, now) else { panic!("not running") };
    assert!(due < now && (due_latest, remaining) == (at(1, 9, 0), Span::ZERO));
    assert_eq!(told(&used.settle(at(1, 12, 0))), [("breach".to_owned(), at(1, 9, 0) + MS)]);
}

#[test]
fn the_stored_form_is_stable() {
    let mut world = World::started(target(Resolution, "office", "8h", &["80%"]), at(0, 9, 0));
    world.moved(Resolution, Input::Paused, at(0, 10, 0)).moved(Resolution, Input::Resumed, at(0, 11, 0));
    let expected = r#"{"resolution":{"metric":"resolution","promise":{"target":{"sla":"gold","metric":"resolution","budget":"8h","calendar":"office","warn_at":["80%"],"policy":"policy-1"},"since":"2026-10-26T06:00:00.000Z"},"run":{"started":"2026-10-26T06:00:00.000Z","cause":{"version":7,"index":0,"why":"started"},"gaps":[{"from":"2026-10-26T07:00:00.000Z","to":"2026-10-26T08:00:00.000Z","kind":"paused","cause":{"version":7,"index":0,"why":"paused"}}],"phase":"running"}}}"#;
    assert_eq!(serde_json::to_string(&world.clocks).unwrap(), expected);
    assert_eq!(serde_json::from_str::<Clocks>(expected).unwrap(), world.clocks);
    let event = Event::Moved { metric: Resolution, input: Input::Paused, cause: cause(Input::Paused) };
    assert_eq!(
        serde_json::to_string(&event).unwrap(),
        r#"{"moved":{"metric":"resolution","input":"paused","cause":{"version":7,"index":0,"why":"paused"}}}"#
    );
}
