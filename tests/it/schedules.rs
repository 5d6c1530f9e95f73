//! Tickets that come again and again: when, like what, how often after a standstill, and never twice.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;

use crate::cast::{SPARE, acting, at, customer, email, name, queue, record, run};
use crate::scripts::Life;
use crate::world::{Fault, World, ensure};
use destek::actor::Actor;
use destek::calendar::zone::{StandardZones, WallTime};
use destek::calendar::{ZoneRules, ZoneSource};
use destek::desk::{Antecedent, Command, Effect, Event, Origin, State};
use destek::id::{ScheduleId, TicketId};
use destek::language::Language;
use destek::limits;
use destek::policy::{Policy, PolicyDoc};
use destek::record::RecordKey;
use destek::schedule::{self, Missed, OnClosed, RemoveSchedule, SetSchedule, Template};
use destek::testing::Scene;
use destek::ticket::{self, Initiator};
use destek::time::{Span, Timestamp};
use destek::view;

/// Friday, ten in the morning in Istanbul.
const FRIDAY: &str = "2026-11-27T10:00:00+03:00";
const ID: ScheduleId = ScheduleId::from_u128(1);
const KEY: RecordKey = RecordKey::Schedule(ID);

/// The shop of the cast with an office in Istanbul and one in Berlin that never closes.
fn policy(zones: &dyn ZoneSource) -> Policy {
    let mut doc: serde_json::Value = serde_json::from_str(crate::cast::POLICY).unwrap();
    doc["calendar"] = serde_json::json!({
        "office": { "zone": "+03:00", "week": "mon-fri 09:00-18:00", "holidays": ["12-01"] },
        "berlin": { "zone": "Europe/Berlin", "week": "mon-sun 00:00-24:00" }
    });
    serde_json::from_value::<PolicyDoc>(doc).unwrap().compile_with(zones).unwrap()
}

fn shop() -> Scene {
    let mut scene = Scene::new(policy(&StandardZones), at(FRIDAY));
    for (who, role) in [("ada", "agent"), ("lale", "lead")] {
        run(&mut scene, Actor::Host, record(who, Some(role), Some("care")));
    }
    scene
}

fn every(text: &str) -> SetSchedule {
    SetSchedule::new(ID, Template::new(customer("depot"), email()), text.parse().unwrap()).calendar(name("office"))
}

/// When tickets were opened by their own account, by the clock in Istanbul.
fn opened(scene: &Scene) -> Vec<String> {
    let mut all: Vec<Timestamp> = scene.tickets().iter().map(ticket::Ticket::opened_at).collect();
    all.sort_unstable();
    all.iter().map(|at| (*at + Span::hours(3)).to_datetime().format("%a %d.%m. %H:%M").to_string()).collect()
}

fn state(scene: &Scene) -> schedule::Schedule {
    scene.state(&KEY).and_then(|state| state.schedule().cloned()).unwrap()
}

#[test]
fn a_ticket_comes_as_the_template_says_and_tells_the_customer_nothing() {
    let mut scene = shop();
    let template = Template::new(customer("depot"), email()).queue(queue("returns")).tag(name("gift"));
    let template = template.kind(name("complaint")).priority(name("high")).checklist(name("broken"));
    let set = SetSchedule::new(ID, template, "mon 09:30".parse().unwrap()).calendar(name("office"));
    run(&mut scene, acting("lale"), set.subject("Sayım"));
    let monday = at("2026-11-30T09:30:00+03:00");
    scene.advance_to(monday - Span::millis(1));
    assert!(scene.tickets().is_empty());
    scene.advance_to(monday + Span::hours(1));
    let [ticket] = scene.tickets().try_into().unwrap();
    assert_eq!((ticket.opened_at(), ticket.initiator(), ticket.number()), (monday, Initiator::Shop, 1));
    assert_eq!((ticket.queue(), ticket.kind().name.as_str()), (Some(&queue("returns")), "complaint"));
    assert_eq!((ticket.priority().name.as_str(), ticket.tags().len(), ticket.tasks().len()), ("high", 1, 2));
    assert_eq!((ticket.first_reply_at(), ticket.waiting_since()), (None, None), "nobody waits for an answer");
    assert!(!scene.effects().iter().any(|it| matches!(&it.effect, Effect::Tell { .. } | Effect::Send { .. })));
    let dossier = scene.dossier(ticket.id()).unwrap();
    let seen = view::for_team(scene.desk().policy(), (&Actor::Host, None), &dossier, scene.now()).unwrap();
    assert_eq!(seen.subject.as_deref(), Some("Sayım"));
    let customer = scene.state(&RecordKey::Customer(customer("depot"))).unwrap();
    assert_eq!(customer.customer().unwrap().open[0].ticket, ticket.id());

    // What opened it is told by its cause, and the schedule says when the next one comes.
    let log = scene.log(&KEY);
    let last = log.last().unwrap();
    let own = scene.log(&RecordKey::Ticket(ticket.id()));
    assert_eq!(own[0].cause.from, Some(Antecedent::There(last.key())));
    assert_eq!((&last.cause.by, last.event.kind()), (&Origin::Timer, "schedule_opened"));
    let next = state(&scene).next.unwrap();
    assert_eq!(next.at, monday + Span::days(7));
    let texts = scene.texts(&log);
    let agent = scene.state(&RecordKey::Agent("lale".parse().unwrap())).unwrap();
    let (lale, policy, state) = (acting("lale"), scene.desk().policy(), state(&scene));
    let seen = view::schedule_for_team(policy, (&lale, agent.agent()), &state, (&log, &texts)).unwrap();
    let lines: Vec<_> = seen.timeline.iter().map(|it| it.line(Language::Turkish)).collect();
    assert_eq!(lines, ["Tekrar planı kuruldu: mon 09:30.", "Talep açıldı."]);
    assert_eq!(seen.subject.as_deref(), Some("Sayım"));
    assert!(view::schedule_for_team(policy, (&acting("ada"), None), &state, (&log, &texts)).is_none());
}

#[test]
fn closed_days_move_skip_or_stay() {
    // Tuesday 1 December is a holiday, and the weekend is closed.
    for (on_closed, expected) in [
        (OnClosed::Next, ["Mon 30.11. 09:00", "Wed 02.12. 09:00", "Thu 03.12. 09:00"]),
        (OnClosed::AsIs, ["Sat 28.11. 09:00", "Sun 29.11. 09:00", "Mon 30.11. 09:00"]),
    ] {
        let mut scene = shop();
        run(&mut scene, acting("lale"), every("daily 09:00").on_closed(on_closed));
        scene.advance(Span::days(9));
        assert_eq!(opened(&scene)[..3], expected, "{on_closed:?}");
    }
    let mut scene = shop();
    run(
        &mut scene,
        acting("lale"),
        every("tue 09:00").on_closed(OnClosed::Skip).until(at("2026-12-15T09:00:00+03:00")),
    );
    scene.advance(Span::days(60));
    assert_eq!(opened(&scene), ["Tue 08.12. 09:00", "Tue 15.12. 09:00"], "until an instant, itself included");
    assert_eq!(state(&scene).next, None);
}

#[test]
fn after_a_standstill_the_last_one_or_each_is_opened_and_the_rest_is_counted() {
    let back = at("2026-12-20T12:00:00+03:00");
    let told = |scene: &Scene| {
        let log = scene.log(&KEY);
        let skipped = log.iter().filter_map(|it| match &it.event {
            Event::Schedule(schedule::Event::Opened { skipped, .. }) => Some(*skipped),
            _ => None,
        });
        skipped.collect::<Vec<_>>()
    };
    let mut scene = shop();
    run(&mut scene, acting("lale"), every("daily 09:00").on_closed(OnClosed::AsIs));
    scene.set_clock(back);
    scene.sweep();
    // From 28 November to 20 December there are 23 mornings.
    assert_eq!((opened(&scene), told(&scene)), (vec!["Sun 20.12. 09:00".to_owned()], vec![22]));
    assert_eq!(state(&scene).next.unwrap().at, at("2026-12-21T09:00:00+03:00"));

    let mut scene = shop();
    run(&mut scene, acting("lale"), every("daily 09:00").on_closed(OnClosed::AsIs).missed(Missed::Each));
    scene.set_clock(back);
    scene.sweep();
    let all = opened(&scene);
    assert_eq!((all.len(), all[0].as_str(), all[9].as_str()), (10, "Fri 11.12. 09:00", "Sun 20.12. 09:00"));
    assert_eq!(told(&scene), [13, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let before = scene.log(&KEY).len();
    run(&mut scene, Actor::Timer, Command::Wake(KEY));
    assert_eq!(scene.log(&KEY).len(), before, "waking again gives nothing");
}

/// A ticket that is opened late enters its queue once, at the instant for which it was asked.
#[test]
fn a_late_ticket_enters_its_queue_once() {
    let mut scene = shop();
    let template = Template::new(customer("depot"), email()).queue(queue("returns"));
    let set = SetSchedule::new(ID, template, "mon 09:00".parse().unwrap()).calendar(name("office"));
    run(&mut scene, acting("lale"), set);
    let due = at("2026-11-30T09:00:00+03:00");
    scene.set_clock(due + Span::minutes(5));
    scene.sweep();
    let ticket = scene.tickets()[0].clone();
    let queued = scene.kinds(ticket.id()).into_iter().filter(|kind| *kind == "queued").count();
    assert_eq!((queued, ticket.place().unwrap().since), (1, due));
}

/// As if the worker had come in time (law 13): the plan of then opens what was due, the new one what comes.
#[test]
fn what_was_due_is_opened_though_the_schedule_was_set_anew_meanwhile() {
    let mut scene = shop();
    run(&mut scene, acting("lale"), every("mon 09:00"));
    scene.set_clock(at("2026-11-30T09:05:00+03:00"));
    let wednesdays = every("wed 09:00").subject("Sayım").from(at("2026-12-07T00:00:00+03:00"));
    run(&mut scene, acting("lale"), wednesdays);
    scene.sweep();
    assert_eq!(opened(&scene), ["Mon 30.11. 09:00"]);
    assert!(scene.tickets()[0].subject().is_none(), "by the plan of then");
    assert_eq!(state(&scene).next.unwrap().at, at("2026-12-09T09:00:00+03:00"));
    scene.advance_to(at("2026-12-10T00:00:00+03:00"));
    assert_eq!(opened(&scene), ["Mon 30.11. 09:00", "Wed 09.12. 09:00"]);
    assert!(scene.tickets().iter().any(|ticket| ticket.subject().is_some()), "by the new one");
}

#[test]
fn a_backlog_outlives_a_change_a_removal_and_another_change() {
    let each = |text: &str| every(text).on_closed(OnClosed::AsIs).missed(Missed::Each);
    let mut scene = shop();
    run(&mut scene, acting("lale"), each("daily 09:00"));
    scene.set_clock(at("2026-11-30T12:00:00+03:00"));
    run(&mut scene, acting("lale"), each("daily 10:00"));
    scene.set_clock(at("2026-12-02T12:00:00+03:00"));
    run(&mut scene, acting("lale"), RemoveSchedule::new(ID));
    run(&mut scene, acting("lale"), each("thu 08:00"));
    assert_eq!(state(&scene).backlog.len(), 2);
    scene.sweep();
    let late = ["Sat 28.11. 09:00", "Sun 29.11. 09:00", "Mon 30.11. 09:00", "Tue 01.12. 10:00", "Wed 02.12. 10:00"];
    assert_eq!(opened(&scene), late);
    assert_eq!(state(&scene).backlog.len(), 0);
    scene.advance_to(at("2026-12-04T00:00:00+03:00"));
    assert_eq!(opened(&scene)[5..], ["Thu 03.12. 08:00"]);

    // Removed for good after a long standstill: ten are opened, the others counted, and then it is over.
    let mut scene = shop();
    run(&mut scene, acting("lale"), each("daily 09:00"));
    scene.set_clock(at("2026-12-20T12:00:00+03:00"));
    run(&mut scene, acting("lale"), RemoveSchedule::new(ID));
    scene.advance(Span::days(9));
    let all = opened(&scene);
    assert_eq!((all.len(), all[0].as_str(), all[9].as_str()), (10, "Fri 11.12. 09:00", "Sun 20.12. 09:00"));
    let skipped: u32 = scene
        .log(&KEY)
        .iter()
        .map(|it| match it.event {
            Event::Schedule(schedule::Event::Opened { skipped, .. }) => skipped,
            _ => 0,
        })
        .sum();
    assert_eq!((skipped, state(&scene).due_at()), (13, None));

    // Whoever changes it again and again before anything is opened is stopped, and nothing is lost.
    let mut scene = shop();
    run(&mut scene, acting("lale"), each("daily 09:00"));
    for day in 0..=limits::SCHEDULE_BACKLOGS_MAX {
        scene.set_clock(at("2026-11-28T12:00:00+03:00") + Span::days(day as i64));
        let set = scene.run(acting("lale"), each("daily 09:00"));
        assert_eq!(set.is_ok(), day < limits::SCHEDULE_BACKLOGS_MAX, "{day}: {set:?}");
    }
    scene.sweep();
    assert_eq!(opened(&scene).len(), limits::SCHEDULE_BACKLOGS_MAX + 1);
}

/// The calendar that is in force when a ticket is due decides, not that of when it was planned.
#[test]
fn a_day_that_was_closed_meanwhile_opens_nothing() {
    let with = |holidays: &[&str]| {
        let mut doc: serde_json::Value = serde_json::from_str(crate::cast::POLICY).unwrap();
        doc["calendar"] =
            serde_json::json!({ "office": { "zone": "+03:00", "week": "mon-fri 09:00-18:00", "holidays": holidays } });
        serde_json::from_value::<PolicyDoc>(doc).unwrap().compile().unwrap()
    };
    for (on_closed, expected) in [
        (OnClosed::Next, ["Thu 03.12. 09:00", "Mon 07.12. 09:00"]),
        (OnClosed::Skip, ["Mon 07.12. 09:00", "Mon 14.12. 09:00"]),
        (OnClosed::AsIs, ["Mon 30.11. 09:00", "Mon 07.12. 09:00"]),
    ] {
        let mut scene = shop();
        run(&mut scene, acting("lale"), every("mon 09:00").on_closed(on_closed));
        scene.adopt(with(&["2026-11-30", "2026-12-01", "2026-12-02"])).unwrap();
        scene.advance(Span::days(20));
        assert_eq!(opened(&scene)[..2], expected, "{on_closed:?}");
        let moved = scene.log(&KEY).iter().filter(|it| it.event.kind() == "schedule_moved").count();
        assert_eq!(moved, usize::from(on_closed != OnClosed::AsIs), "{on_closed:?}");
    }
    // What a closed day moves beyond the end is not opened, whenever somebody looks.
    for late in [false, true] {
        let mut scene = shop();
        run(&mut scene, acting("lale"), every("mon 09:00").until(at("2026-11-30T12:00:00+03:00")));
        scene.adopt(with(&["2026-11-30"])).unwrap();
        if late {
            scene.set_clock(at("2026-12-02T12:00:00+03:00"));
        }
        scene.advance_to(at("2026-12-04T00:00:00+03:00"));
        assert!(opened(&scene).is_empty(), "{late}: {:?}", opened(&scene));
    }
    // The holiday is taken back: Tuesday's ticket, which had moved to Wednesday, is one of Tuesday again.
    let mut scene = shop();
    run(&mut scene, acting("lale"), every("tue 09:00"));
    assert_eq!(state(&scene).next.unwrap().at, at("2026-12-02T09:00:00+03:00"));
    scene.adopt(with(&[])).unwrap();
    scene.advance(Span::days(9));
    assert_eq!(opened(&scene)[..1], ["Tue 01.12. 09:00"]);
    // Late by a standstill, too, nothing is opened of a day that was closed.
    let mut scene = shop();
    run(&mut scene, acting("lale"), every("daily 09:00").on_closed(OnClosed::Skip).missed(Missed::Each));
    scene.adopt(with(&["2026-12-03"])).unwrap();
    scene.set_clock(at("2026-12-04T12:00:00+03:00"));
    scene.sweep();
    let days = ["Mon 30.11. 09:00", "Tue 01.12. 09:00", "Wed 02.12. 09:00", "Fri 04.12. 09:00"];
    assert_eq!(opened(&scene), days);
}

#[test]
fn what_cannot_be_opened_is_recorded_and_the_schedule_goes_on() {
    let mut scene = shop();
    run(&mut scene, acting("lale"), every("mon 09:00"));
    for number in 0..limits::OPEN_TICKETS_MAX {
        let id = TicketId::from_u128(1_000 + number as u128);
        run(&mut scene, Actor::Host, ticket::Open::new(id, customer("depot"), email()));
    }
    scene.advance_to(at("2026-11-30T12:00:00+03:00"));
    let failed = state(&scene);
    assert_eq!((failed.failed.as_ref().map(|code| code.as_str()), failed.opened), (Some("too_many"), 0));
    run(&mut scene, Actor::Host, ticket::MarkSpam::new(TicketId::from_u128(1_000)));
    scene.advance(Span::days(7));
    let went_on = state(&scene);
    assert_eq!((went_on.failed, went_on.opened), (None, 1));
}

#[test]
fn what_makes_no_sense_is_refused_and_what_is_removed_opens_nothing() {
    let mut scene = shop();
    let template = || Template::new(customer("depot"), email());
    let with = |template| SetSchedule::new(ID, template, "mon 09:00".parse().unwrap());
    let senseless = [
        (with(template().queue(queue("nowhere"))), "no queue `nowhere`"),
        (with(template().kind(name("nothing"))), "no kind of contact `nothing`"),
        (with(template().priority(name("never"))), "no priority `never`"),
        (with(template().checklist(name("nothing"))), "no checklist `nothing`"),
        (every("mon 09:00").calendar(name("ofis")), "no calendar `ofis`"),
        (every("mon 09:00").until(at("2026-11-28T09:00:00Z")), "never comes"),
        (every("sat 09:00").on_closed(OnClosed::Skip), "never comes"),
        (every("mon 09:00").subject(" "), "blank"),
    ];
    for (set, said) in senseless {
        let refused = scene.run(acting("lale"), set).unwrap_err().to_string();
        assert!(refused.contains(said), "{said}: {refused}");
    }
    assert!(scene.state(&KEY).is_none());
    assert_eq!(scene.run(acting("lale"), RemoveSchedule::new(ID)).unwrap_err().code(), "not_found");
    run(&mut scene, acting("lale"), every("mon 09:00"));
    // Set anew it begins anew; removed it opens nothing, and set again it goes on.
    run(&mut scene, acting("lale"), every("wed 09:00").from(at("2026-12-05T00:00:00Z")));
    scene.advance_to(at("2026-12-10T00:00:00Z"));
    assert_eq!(opened(&scene), ["Wed 09.12. 09:00"]);
    run(&mut scene, Actor::Host, RemoveSchedule::new(ID));
    assert_eq!(scene.run(Actor::Host, RemoveSchedule::new(ID)).unwrap_err().code(), "not_found");
    scene.advance(Span::days(30));
    run(&mut scene, Actor::Timer, Command::Wake(KEY));
    assert_eq!(opened(&scene).len(), 1);
    run(&mut scene, Actor::Host, every("wed 09:00"));
    scene.advance(Span::days(7));
    assert_eq!((opened(&scene).len(), state(&scene).opened), (2, 2));
}

/// By a plain account: every morning in Berlin has one ticket, in order, and the log of the schedule names each once.
fn one_each_morning(zones: &dyn ZoneSource, fault: Fault) -> Result<usize, String> {
    let life = Life { agents: Vec::new(), steps: Vec::new() };
    let mut world = World::new(&policy(zones), &life, fault);
    world.now = at("2027-03-26T12:00:00Z");
    let template = Template::new(customer("depot"), email());
    let set = SetSchedule::new(ID, template, "daily 02:30".parse().unwrap()).calendar(name("berlin"));
    world.host(set.missed(Missed::Each));
    // A worker that stops now and then, for less than ten days.
    for days in [1, 1, 1, 4, 1, 6] {
        world.now = world.now + Span::days(days);
        world.sweep();
    }
    let seen = world.seen();
    let logs = seen.logs();
    let log = logs.get(&KEY).ok_or("no schedule")?;
    let opened: Vec<(Timestamp, TicketId)> = log
        .iter()
        .filter_map(|it| match &it.event {
            Event::Schedule(schedule::Event::Opened { at, ticket, .. }) => Some((*at, *ticket)),
            _ => None,
        })
        .collect();
    ensure(opened.windows(2).all(|pair| pair[0].0 < pair[1].0), || "an instant came twice".to_owned())?;
    let berlin = StandardZones.find("Europe/Berlin").unwrap();
    let day = |at: Timestamp| (at + berlin.offset(at)).as_millis() / 86_400_000;
    let days: Vec<i64> = opened.iter().map(|(at, _)| day(*at)).collect();
    let first = day(at("2027-03-27T12:00:00Z"));
    ensure(days.iter().copied().eq(first..first + 14), || format!("not one each day: {days:?} from {first}"))?;
    let tickets =
        world.store().records(&world.tenant).iter().filter(|(.., state)| State::ticket(state).is_some()).count();
    ensure(tickets == opened.len(), || format!("{tickets} tickets, {} opened", opened.len()))?;
    Ok(tickets)
}

#[test]
fn every_day_has_its_ticket_also_the_one_on_which_the_clock_changes() {
    assert_eq!(one_each_morning(&StandardZones, Fault::default()), Ok(14));
}

#[test]
fn a_schedule_that_opens_again_what_it_has_opened_is_caught() {
    // As if a crash had kept the ticket and lost that the schedule has moved on.
    let first: std::cell::RefCell<Option<serde_json::Value>> = std::cell::RefCell::default();
    let fault = Fault::reading(move |_, _, facts| {
        for loaded in facts.records.values_mut().flatten() {
            let mut json = serde_json::to_value(&*loaded.state).unwrap();
            if let Some(schedule) = json.pointer_mut("/schedule") {
                let next = schedule["next"].clone();
                schedule["next"] = first.borrow_mut().get_or_insert(next).clone();
                loaded.state = Arc::new(serde_json::from_value(json).unwrap());
            }
        }
    });
    assert_eq!(one_each_morning(&StandardZones, fault).unwrap_err(), "an instant came twice");
}

/// Zones in which a time that the clock skips is not the change, but the same time a day later.
#[derive(Debug)]
struct Forgetful;

#[derive(Debug)]
struct Forgetting(Arc<dyn ZoneRules>);

impl ZoneSource for Forgetful {
    fn find(&self, name: &str) -> Option<Arc<dyn ZoneRules>> {
        Some(Arc::new(Forgetting(StandardZones.find(name)?)))
    }
}

impl ZoneRules for Forgetting {
    fn name(&self) -> &str {
        self.0.name()
    }
    fn database(&self) -> &str {
        self.0.database()
    }
    fn offset(&self, at: Timestamp) -> Span {
        self.0.offset(at)
    }
    fn instant(&self, wall: WallTime) -> Timestamp {
        let at = self.0.instant(wall);
        let shown = WallTime::from_millis((at + self.0.offset(at)).as_millis());
        if shown == wall { at } else { self.0.instant(WallTime::from_millis(wall.as_millis() + 86_400_000)) }
    }
}

#[test]
fn a_morning_that_is_lost_with_the_hour_that_the_clock_skips_is_caught() {
    let lost = one_each_morning(&Forgetful, Fault::default()).unwrap_err();
    assert!(lost.starts_with("not one each day"), "{lost}");
}

#[test]
fn a_ticket_with_the_same_id_costs_one_occurrence_and_no_more() {
    let mut scene = shop();
    run(&mut scene, acting("lale"), every("mon 09:00"));
    scene.set_clock(at("2026-11-30T09:00:00+03:00"));
    let taken = scene.preview(Actor::Timer, Command::Wake(KEY)).unwrap().ticket.unwrap();
    assert_ne!(taken, SPARE);
    run(&mut scene, Actor::Host, ticket::Open::new(taken, customer("depot"), email()));
    scene.sweep();
    assert_eq!(state(&scene).failed.as_ref().map(|code| code.as_str()), Some("exists"));
    scene.advance(Span::days(7));
    assert_eq!(state(&scene).opened, 1);
}
