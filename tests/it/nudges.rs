//! Waiting: reminders of an agent's own, holds that end by themselves, and customers who are asked again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use crate::cast::{TICKET, acting, at, customer, email, message, name, record, run, verified, words_of};
use destek::actor::Actor;
use destek::desk::{Command, Effect, Noticed, Recipient};
use destek::id::{ReminderId, TicketId};
use destek::language::Language;
use destek::limits;
use destek::policy::PolicyDoc;
use destek::record::RecordKey;
use destek::testing::Scene;
use destek::ticket::{self, Category, Close, Dismiss, Hold, HoldKind, Merge, Open, Remind, Take, Unmerge};
use destek::time::{Budget, Span};
use destek::view;

/// Friday, ten in the morning in Istanbul.
const FRIDAY: &str = "2026-11-27T10:00:00+03:00";

/// The shop of the cast with an office in Istanbul and what `parts` of a document say; ada has the ticket.
fn shop_with(parts: serde_json::Value) -> Scene {
    let mut doc: serde_json::Value = serde_json::from_str(crate::cast::POLICY).unwrap();
    doc["calendar"] = serde_json::json!({ "office": { "zone": "+03:00", "week": "mon-fri 09:00-18:00" } });
    for (key, value) in parts.as_object().unwrap() {
        doc[key] = value.clone();
    }
    let doc: PolicyDoc = serde_json::from_value(doc).unwrap();
    let mut scene = Scene::new(doc.compile().unwrap(), at(FRIDAY));
    for (who, role) in [("ada", "agent"), ("bora", "agent"), ("lale", "lead"), ("root", "admin")] {
        run(&mut scene, Actor::Host, record(who, Some(role), Some("care")));
    }
    let wish = ticket::Receive::new(TICKET, message(1), customer("owner"), email(), "Where is it?");
    run(&mut scene, verified("owner"), wish);
    run(&mut scene, acting("ada"), Take::new(TICKET));
    scene
}

fn shop() -> Scene {
    shop_with(serde_json::json!({}))
}

fn hours(hours: u64) -> Budget {
    Budget::seconds(hours * 3_600).unwrap()
}

const fn id(number: u128) -> ReminderId {
    ReminderId::from_u128(number)
}

/// What a command brings about on the ticket, in words, or the code of the refusal.
fn says(scene: &mut Scene, actor: Actor, command: impl Into<Command>) -> String {
    let key = RecordKey::Ticket(TICKET);
    let before = scene.log(&key).len();
    match scene.run(actor, command) {
        Ok(_) => words_of(scene.log(&key)[before..].iter()),
        Err(rejection) => format!("!{}", rejection.code()),
    }
}

fn does(scene: &mut Scene, who: &str, command: impl Into<Command>) -> String {
    says(scene, acting(who), command)
}

/// Whom of the team something was told that comes by itself, and what.
fn told(scene: &Scene) -> Vec<String> {
    let told = |effect: &Effect| {
        let Effect::Notify { to: Recipient::Agent(agent), what, .. } = effect else { return None };
        Some(match what {
            Noticed::Reminded { reminder } => format!("{agent} {}", reminder.as_u128()),
            Noticed::WaitOver => format!("{agent} wait"),
            _ => return None,
        })
    };
    scene.effects().iter().filter_map(|outgoing| told(&outgoing.effect)).collect()
}

#[test]
fn whoever_asked_is_told_at_the_instant_and_nobody_else() {
    let mut scene = shop();
    let start = scene.now();
    assert_eq!(does(&mut scene, "bora", Remind::new(TICKET, id(1)).at(start + Span::hours(2))), "reminder_set");
    assert_eq!(does(&mut scene, "ada", Remind::new(TICKET, id(2)).at(start + Span::hours(1))), "reminder_set");
    scene.advance_to(start + Span::hours(2) - Span::millis(1));
    assert_eq!(told(&scene), ["ada 2"]);
    scene.advance_to(start + Span::hours(9));
    assert_eq!(told(&scene), ["ada 2", "bora 1"]);
    let log = scene.log(&RecordKey::Ticket(TICKET));
    let last = log.last().unwrap();
    assert_eq!((last.event.kind(), last.occurred), ("reminded", start + Span::hours(2)));
    let ticket = scene.ticket(TICKET).unwrap();
    assert_eq!((ticket.category(), ticket.reminders().len()), (Category::Open, 0));
}

#[test]
fn calendar_time_counts_and_ends_when_somebody_is_there_again() {
    let mut scene = shop();
    let remind = |number, hours_| Remind::new(TICKET, id(number)).after(hours(hours_)).calendar(name("office"));
    // Eight hours are left of Friday, so that nine end on Monday at ten; eight end at closing time, when nobody is there.
    for (number, hours_) in [(1, 9), (2, 8)] {
        assert_eq!(does(&mut scene, "ada", remind(number, hours_)), "reminder_set");
    }
    assert_eq!(does(&mut scene, "ada", Remind::new(TICKET, id(3)).after(hours(9))), "reminder_set");
    let ats: Vec<_> = scene.ticket(TICKET).unwrap().reminders().values().map(|reminder| reminder.at).collect();
    let expected = ["2026-11-30T10:00:00+03:00", "2026-11-30T09:00:00+03:00", "2026-11-27T19:00:00+03:00"];
    assert_eq!(ats, expected.map(at));
    let odd = [
        Remind::new(TICKET, id(4)),
        Remind::new(TICKET, id(4)).at(at(expected[0])).after(hours(1)),
        Remind::new(TICKET, id(4)).at(at(expected[0])).calendar(name("office")),
    ];
    for remind in odd {
        assert_eq!(does(&mut scene, "ada", remind), "!which_time");
    }
    assert_eq!(
        does(&mut scene, "ada", Remind::new(TICKET, id(4)).after(hours(1)).calendar(name("ofis"))),
        "!unknown_calendar"
    );
    assert_eq!(does(&mut scene, "ada", Remind::new(TICKET, id(4)).at(at(FRIDAY))), "!not_ahead");
    assert_eq!(does(&mut scene, "ada", remind(1, 1)), "!reminder_exists");
    assert_eq!(says(&mut scene, Actor::Bot(name("bot")), remind(5, 1)), "!forbidden");
}

#[test]
fn a_reminder_is_its_agents_own() {
    let mut scene = shop();
    let later = scene.now() + Span::hours(2);
    for number in 1..=3 {
        assert_eq!(does(&mut scene, "ada", Remind::new(TICKET, id(number)).at(later).reason("Kargo")), "reminder_set");
    }
    assert_eq!(does(&mut scene, "bora", Dismiss::new(TICKET, id(1))), "!not_own_reminder");
    assert_eq!(does(&mut scene, "ada", Dismiss::new(TICKET, id(1))), "reminder_dismissed");
    assert_eq!(does(&mut scene, "lale", Dismiss::new(TICKET, id(2))), "reminder_dismissed");
    assert_eq!(does(&mut scene, "ada", Dismiss::new(TICKET, id(2))), "!no_reminder");
    let dossier = scene.dossier(TICKET).unwrap();
    let seen = view::for_team(scene.desk().policy(), (&Actor::Host, None), &dossier, scene.now()).unwrap();
    let shown: Vec<_> = seen.reminders.iter().map(|it| (it.reminder, it.reason.as_deref(), it.state.at)).collect();
    assert_eq!(shown, [(id(3), Some("Kargo"), later)]);
    let lines: Vec<_> = seen.timeline.iter().map(|it| it.line(Language::Turkish)).collect();
    assert!(lines.contains(&"Hatırlatma kuruldu (ada).".to_owned()), "{lines:?}");
    // What an agent asks himself is not the customer's to read.
    let customer = view::for_customer(&verified("owner"), &dossier).unwrap();
    assert!(!serde_json::to_string(&customer).unwrap().contains("Kargo"));
    scene.advance_to(later);
    assert_eq!(told(&scene), ["ada 3"]);
}

#[test]
fn reminders_outlive_the_ticket_rest_with_a_merge_and_have_a_limit() {
    let (mut scene, other) = (shop(), TicketId::from_u128(7));
    let start = scene.now();
    assert_eq!(does(&mut scene, "ada", Remind::new(TICKET, id(1)).at(start + Span::hours(1))), "reminder_set");
    run(&mut scene, acting("root"), Close::new(TICKET));
    scene.advance_to(start + Span::hours(2));
    assert_eq!(told(&scene), ["ada 1"], "also of a ticket that has ended");
    let max = u128::try_from(limits::REMINDERS_MAX).unwrap();
    let later = start + Span::hours(5);
    for number in 1..=max {
        assert_eq!(does(&mut scene, "ada", Remind::new(TICKET, id(number)).at(later)), "reminder_set");
    }
    assert_eq!(does(&mut scene, "ada", Remind::new(TICKET, id(max + 1)).at(later)), "!too_many");
    run(&mut scene, verified("owner"), Open::new(other, customer("owner"), email()));
    run(&mut scene, acting("root"), Merge::new(TICKET, other));
    scene.advance_to(start + Span::hours(9));
    assert_eq!(told(&scene).len(), 1);
    run(&mut scene, acting("root"), Unmerge::new(TICKET));
    scene.advance(Span::minutes(1));
    assert_eq!(told(&scene).len(), limits::REMINDERS_MAX + 1);
}

#[test]
fn an_import_swallows_no_reminder() {
    let mut scene = shop();
    let later = scene.now() + Span::hours(1);
    assert_eq!(does(&mut scene, "ada", Remind::new(TICKET, id(1)).at(later)), "reminder_set");
    scene.set_clock(later + Span::hours(1));
    // An import tells nobody anything, and so does not let time pass for what is only a word.
    let import = Actor::Import(name("crm"));
    assert_eq!(says(&mut scene, import, ticket::Tag::new(TICKET).add(name("vip"))), "tagged");
    assert!(told(&scene).is_empty());
    scene.sweep();
    assert_eq!(told(&scene), ["ada 1"]);
}

#[test]
fn a_snoozed_ticket_returns_in_calendar_time_and_its_agent_is_told() {
    let mut scene = shop();
    let hold = Hold::new(TICKET, HoldKind::ThirdParty).after(hours(10)).calendar(name("office"));
    assert_eq!(does(&mut scene, "ada", hold.clone().until(at("2026-12-01T09:00:00Z"))), "!which_time");
    assert_eq!(does(&mut scene, "ada", hold), "held ~");
    let monday = at("2026-11-30T11:00:00+03:00");
    assert_eq!(scene.ticket(TICKET).unwrap().hold().unwrap().until, Some(monday));
    scene.advance_to(monday - Span::millis(1));
    assert!(told(&scene).is_empty());
    scene.advance_to(monday);
    assert_eq!(scene.ticket(TICKET).unwrap().category(), Category::Open);
    assert_eq!(told(&scene), ["ada wait"]);
}
