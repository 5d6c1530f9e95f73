//! Waiting: reminders of an agent's own, holds that end by themselves, and customers who are asked again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use crate::cast::{TICKET, acting, at, customer, email, message, name, record, run, verified, words_of};
use crate::scripts::{Life, Shop, waiting_lives};
use crate::world::{Fault, World, ensure};
use destek::actor::Actor;
use destek::desk::{Command, Effect, Event, Noticed, Origin, Outgoing, Recipient, Told};
use destek::id::{ReminderId, TicketId};
use destek::language::Language;
use destek::limits;
use destek::policy::PolicyDoc;
use destek::record::RecordKey;
use destek::testing::{Scene, Script};
use destek::ticket::{self, Category, Close, Dismiss, Hold, HoldKind, Merge, Open, Remind, Take, Unmerge};
use destek::time::{Budget, Span, Timestamp};
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
    scene.advance(Span::minutes(1));
    assert_eq!(told(&scene), ["ada 1"]);
}

#[test]
fn a_snoozed_ticket_returns_in_calendar_time_and_its_agent_is_told() {
    let mut scene = shop();
    let hold = Hold::new(TICKET, HoldKind::ThirdParty).after(hours(10)).calendar(name("office"));
    assert_eq!(does(&mut scene, "ada", hold.clone().until(at("2026-12-01T09:00:00Z"))), "!which_time");
    assert_eq!(does(&mut scene, "ada", hold), "held");
    let monday = at("2026-11-30T11:00:00+03:00");
    assert_eq!(scene.ticket(TICKET).unwrap().hold().unwrap().until, Some(monday));
    scene.advance_to(monday - Span::millis(1));
    assert!(told(&scene).is_empty());
    scene.advance_to(monday);
    assert_eq!(scene.ticket(TICKET).unwrap().category(), Category::Open);
    assert_eq!(told(&scene), ["ada wait"]);
}

/// What was told to the customer, oldest first.
fn customer_told(scene: &Scene) -> Vec<Told> {
    let told = |effect: &Effect| if let Effect::Tell { what, .. } = effect { Some(*what) } else { None };
    scene.effects().iter().filter_map(|outgoing| told(&outgoing.effect)).collect()
}

/// The nudges told, and what came of them.
fn nudges(scene: &Scene) -> usize {
    customer_told(scene).into_iter().filter(|told| *told == Told::Nudged).count()
}

/// A shop that asks twice, a day of the office apart, and then resolves.
fn asking() -> Scene {
    shop_with(serde_json::json!({ "nudge": [
        { "name": "quiet", "when": { "tag": "quiet" }, "after": "24h", "at_most": 1, "then": "nothing" },
        { "name": "usual", "when": { "not": { "tag": "never" } }, "after": "9h", "calendar": "office" }
    ] }))
}

fn ask(scene: &mut Scene) {
    assert_eq!(does(scene, "ada", Hold::new(TICKET, HoldKind::Customer)), "held ~ nudge_planned");
}

fn writes(scene: &mut Scene, number: u128, body: &str) -> String {
    let receive = ticket::Receive::new(TicketId::from_u128(90), message(number), customer("owner"), email(), body);
    says(scene, verified("owner"), receive.answers(TICKET))
}

/// The events since the last hold, with their instants.
fn since_held(scene: &Scene) -> Vec<(&'static str, Timestamp)> {
    let log = scene.log(&RecordKey::Ticket(TICKET));
    let held = log.iter().rposition(|it| it.event.kind() == "held").unwrap();
    let told = log[held + 1..].iter().filter(|it| it.event.kind() != "clock");
    told.map(|it| (it.event.kind(), it.occurred)).collect()
}

#[test]
fn a_customer_who_does_not_answer_is_asked_again_and_then_it_is_resolved() {
    let mut scene = asking();
    ask(&mut scene);
    // A day of nine hours after Friday at ten is Monday at ten, and so on; silence of three days closes it then.
    let monday = at("2026-11-30T10:00:00+03:00");
    scene.advance_to(monday - Span::millis(1));
    assert_eq!(nudges(&scene), 0);
    scene.advance_to(monday + Span::days(6));
    let day = |days| monday + Span::days(days);
    let expected = [
        ("nudge_planned", at(FRIDAY)),
        ("nudged", day(0)),
        ("nudged", day(1)),
        ("resolved", day(2)),
        ("closed", day(5)),
    ];
    assert_eq!(since_held(&scene), expected);
    assert_eq!(customer_told(&scene), [Told::Received, Told::Nudged, Told::Nudged, Told::Unanswered, Told::Closed]);
    let log = scene.log(&RecordKey::Ticket(TICKET));
    let resolved = log.iter().find(|it| it.event.kind() == "resolved").unwrap();
    assert_eq!(resolved.cause.by, Origin::Timer);
    assert!(matches!(&resolved.event, Event::Ticket(ticket::Event::Resolved { unanswered: true, .. })));
    let seen = view::for_customer(&verified("owner"), &scene.dossier(TICKET).unwrap()).unwrap();
    let lines: Vec<_> = seen.timeline.iter().map(|it| it.what.text(Language::Turkish)).collect();
    assert_eq!(lines.iter().filter(|it| **it == "Yanıtınızı beklediğimizi hatırlattık.").count(), 2, "{lines:?}");
}

#[test]
fn whoever_writes_is_not_asked_again() {
    // An answer ends the wait, thanks and the word of a machine end the nudges alone.
    for (body, automatic, expected) in [
        ("Beden 42", false, "message_received resumed ~"),
        ("Teşekkürler", false, "message_received"),
        ("Tatildeyim", true, "message_received"),
    ] {
        let mut scene = asking();
        ask(&mut scene);
        scene.advance_to(at("2026-11-30T12:00:00+03:00"));
        assert_eq!(nudges(&scene), 1);
        let mut receive = ticket::Receive::new(TicketId::from_u128(90), message(9), customer("owner"), email(), body);
        if automatic {
            receive = receive.automatic();
        }
        assert_eq!(says(&mut scene, verified("owner"), receive.answers(TICKET)), expected, "{body}");
        scene.advance(Span::days(30));
        assert_eq!(nudges(&scene), 1, "{body}");
        let category = scene.ticket(TICKET).unwrap().category();
        assert_eq!(category, if expected.contains("resumed") { Category::Open } else { Category::Hold });
    }
}

#[test]
fn an_answer_that_comes_before_the_worker_is_not_answered_with_a_nudge() {
    let mut scene = asking();
    ask(&mut scene);
    // Nobody was there to ask again on Monday; on Tuesday the customer writes by himself.
    scene.set_clock(at("2026-12-01T12:00:00+03:00"));
    assert_eq!(writes(&mut scene, 9, "Beden 42"), "message_received resumed ~");
    scene.advance(Span::days(9));
    assert_eq!(nudges(&scene), 0);
}

#[test]
fn an_agent_who_asks_anew_begins_the_nudges_anew() {
    let mut scene = asking();
    ask(&mut scene);
    scene.advance_to(at("2026-11-30T12:00:00+03:00"));
    assert_eq!(nudges(&scene), 1);
    let reply = ticket::Reply::new(TICKET, message(5), "Hâlâ 42 mi?");
    assert_eq!(does(&mut scene, "ada", reply), "replied ~ nudge_planned");
    let nudging = scene.ticket(TICKET).unwrap().nudging().cloned().unwrap();
    assert_eq!((nudging.number, nudging.next), (0, Some(at("2026-12-01T12:00:00+03:00"))));
    assert_eq!(does(&mut scene, "ada", ticket::Resume::new(TICKET)), "resumed ~");
    assert_eq!(scene.ticket(TICKET).unwrap().nudging(), None);
    assert_eq!(does(&mut scene, "ada", Hold::new(TICKET, HoldKind::ThirdParty)), "held", "nobody was asked");
    scene.advance(Span::days(30));
    assert_eq!(nudges(&scene), 1);
}

#[test]
fn after_a_standstill_only_the_last_nudge_is_given_and_the_others_are_recorded() {
    let mut scene = asking();
    ask(&mut scene);
    let back = at("2026-12-07T11:30:00+03:00");
    scene.set_clock(back);
    scene.sweep();
    let monday = at("2026-11-30T10:00:00+03:00");
    let expected = [("nudge_planned", at(FRIDAY)), ("nudge_skipped", monday), ("nudged", monday + Span::days(1))];
    assert_eq!(since_held(&scene), expected);
    assert_eq!(nudges(&scene), 1);
    let log = scene.log(&RecordKey::Ticket(TICKET));
    assert_eq!(log.last().unwrap().recorded, back, "the record says how late it was");
    // The customer has the whole interval from when he was asked.
    scene.advance_to(back + Span::days(1) - Span::millis(1));
    assert_eq!(scene.ticket(TICKET).unwrap().category(), Category::Hold);
    scene.advance_to(back + Span::days(1));
    assert_eq!(scene.ticket(TICKET).unwrap().category(), Category::Resolved);
    // A second sweep at once gives nothing more.
    let before = scene.log(&RecordKey::Ticket(TICKET)).len();
    scene.sweep();
    assert_eq!(scene.log(&RecordKey::Ticket(TICKET)).len(), before);
}

#[test]
fn the_rule_that_fits_counts_and_another_goes_on_where_it_left_off() {
    let mut scene = asking();
    assert_eq!(does(&mut scene, "ada", ticket::Tag::new(TICKET).add(name("quiet"))), "tagged");
    ask(&mut scene);
    scene.advance(Span::hours(24));
    assert_eq!(nudges(&scene), 1);
    // `quiet` asks once, and then tells the team.
    scene.advance(Span::hours(24));
    assert_eq!(scene.ticket(TICKET).unwrap().category(), Category::Hold);
    assert_eq!(since_held(&scene).last().unwrap().0, "nudges_ended");
    let unanswered = |it: &Outgoing| matches!(&it.effect, Effect::Notify { what: Noticed::Unanswered, .. });
    assert_eq!(scene.effects().iter().filter(|it| unanswered(it)).count(), 1);
    scene.advance(Span::days(30));
    assert_eq!(nudges(&scene), 1, "what has ended stays ended until somebody asks anew");
    assert_eq!(does(&mut scene, "ada", Hold::new(TICKET, HoldKind::Customer)), "held nudge_planned");
    scene.advance(Span::hours(25));
    assert_eq!(does(&mut scene, "ada", ticket::Tag::new(TICKET).remove(name("quiet"))), "tagged nudge_planned");
    assert_eq!(scene.ticket(TICKET).unwrap().nudging().unwrap().number, 1);
    assert_eq!(does(&mut scene, "ada", ticket::Tag::new(TICKET).add(name("never"))), "tagged nudges_ended");
    scene.advance(Span::days(30));
    assert_eq!(nudges(&scene), 2);
}

#[test]
fn machines_and_blocked_tickets_are_left_alone() {
    let mut scene = asking();
    let robot = TicketId::from_u128(7);
    let receive = ticket::Receive::new(robot, message(7), customer("robot"), email(), "Otomatik").automatic();
    run(&mut scene, verified("robot"), receive);
    run(&mut scene, acting("ada"), Hold::new(robot, HoldKind::Customer));
    assert_eq!(scene.ticket(robot).unwrap().nudging(), None, "law 29");
    // Time resolves nothing over a ticket that has to be done first; the team is told instead.
    run(&mut scene, acting("root"), ticket::Link::new(robot, ticket::LinkKind::Blocks, TICKET));
    ask(&mut scene);
    scene.advance(Span::days(30));
    assert_eq!((scene.ticket(TICKET).unwrap().category(), nudges(&scene)), (Category::Hold, 2));
    assert_eq!(since_held(&scene).last().unwrap().0, "nudges_ended");
}

#[test]
fn nudges_rest_while_a_ticket_goes_on_elsewhere() {
    let (mut scene, other) = (asking(), TicketId::from_u128(7));
    ask(&mut scene);
    let planned = scene.ticket(TICKET).unwrap().nudging().cloned();
    run(&mut scene, verified("owner"), Open::new(other, customer("owner"), email()));
    run(&mut scene, acting("root"), Merge::new(TICKET, other));
    scene.advance(Span::days(30));
    assert_eq!(nudges(&scene), 0);
    run(&mut scene, acting("root"), Unmerge::new(TICKET));
    assert_eq!(scene.ticket(TICKET).unwrap().nudging().cloned(), planned);
    scene.advance(Span::minutes(1));
    assert_eq!(nudges(&scene), 1, "of those that were due, one");
}

/// The customer writes to the shop anew, and an agent lets that go on in the ticket.
fn answered_by_a_merge(scene: &mut Scene) -> TicketId {
    let other = TicketId::from_u128(7);
    run(scene, verified("owner"), Open::new(other, customer("owner"), email()).message(message(7), "Beden 42"));
    run(scene, acting("root"), Merge::new(other, TICKET));
    other
}

#[test]
fn an_answer_that_a_merge_brings_lets_the_nudges_rest() {
    let mut scene = asking();
    ask(&mut scene);
    let planned = scene.ticket(TICKET).unwrap().nudging().cloned();
    let other = answered_by_a_merge(&mut scene);
    scene.advance(Span::days(30));
    assert_eq!((scene.ticket(TICKET).unwrap().category(), nudges(&scene)), (Category::Hold, 0));
    // The undo gives back what was there: he has written elsewhere.
    run(&mut scene, acting("root"), Unmerge::new(other));
    assert_eq!(scene.ticket(TICKET).unwrap().nudging().cloned(), planned);
    scene.advance(Span::minutes(1));
    assert_eq!(nudges(&scene), 1);
}

#[test]
fn whoever_is_asked_anew_after_a_merge_is_nudged() {
    // By an answer, and without one.
    for replies in [true, false] {
        let mut scene = asking();
        ask(&mut scene);
        answered_by_a_merge(&mut scene);
        if replies {
            run(&mut scene, acting("ada"), ticket::Reply::new(TICKET, message(5), "Hangi renk?"));
        } else {
            run(&mut scene, acting("ada"), Hold::new(TICKET, HoldKind::Customer).reason("Telefonda soruldu."));
        }
        scene.advance(Span::days(30));
        assert_eq!(nudges(&scene), 2, "{replies}");
        assert_eq!(scene.ticket(TICKET).unwrap().category(), Category::Closed, "{replies}");
    }
}

#[test]
fn what_is_done_holds_nothing_up() {
    for (kind, done) in
        [(ticket::LinkKind::Blocks, true), (ticket::LinkKind::Blocks, false), (ticket::LinkKind::Parent, true)]
    {
        let (mut scene, other) = (asking(), TicketId::from_u128(7));
        run(&mut scene, verified("owner"), Open::new(other, customer("owner"), email()));
        let link = match kind {
            ticket::LinkKind::Parent => ticket::Link::new(TICKET, kind, other),
            _ => ticket::Link::new(other, kind, TICKET),
        };
        run(&mut scene, acting("root"), link);
        run(&mut scene, acting("root"), Close::new(other));
        ask(&mut scene);
        scene.advance_to(at("2026-12-01T12:00:00+03:00"));
        assert_eq!(nudges(&scene), 2);
        if !done {
            run(&mut scene, acting("root"), ticket::Reopen::new(other));
        }
        scene.advance(Span::days(2));
        let ends = scene.ticket(TICKET).unwrap().category();
        assert_eq!(ends, if done { Category::Resolved } else { Category::Hold }, "{kind:?}");
    }
}

#[test]
fn whoever_is_not_heard_is_not_asked_again() {
    let mut scene = asking();
    ask(&mut scene);
    run(&mut scene, Actor::Host, destek::customer::Ban::new(customer("owner")));
    assert_eq!(writes(&mut scene, 9, "Beden 42"), "nothing", "it is kept apart");
    scene.advance(Span::days(30));
    assert_eq!((scene.ticket(TICKET).unwrap().category(), nudges(&scene)), (Category::Hold, 0));
    assert_eq!(since_held(&scene).last().unwrap().0, "nudges_ended");
    // Once he is heard again, and asked anew, he is asked as anybody.
    run(&mut scene, Actor::Host, destek::customer::Unban::new(customer("owner")));
    assert_eq!(does(&mut scene, "ada", Hold::new(TICKET, HoldKind::Customer)), "held nudge_planned");
    scene.advance(Span::days(2));
    assert!(nudges(&scene) > 0);
}

#[test]
fn what_an_import_tells_of_the_past_asks_nobody_then() {
    let mut scene = asking();
    let import = Actor::Import(name("crm"));
    let past = scene.now();
    scene.set_clock(past + Span::days(40));
    let request = scene.request(import.clone(), Hold::new(TICKET, HoldKind::Customer)).occurred(past + Span::days(1));
    scene.execute(&request).unwrap();
    let next = scene.ticket(TICKET).unwrap().nudging().unwrap().next.unwrap();
    assert!(next > scene.now(), "the customer has as long from now on");
    scene.set_clock(next + Span::minutes(1));
    assert_eq!(says(&mut scene, import, ticket::Tag::new(TICKET).add(name("vip"))), "tagged");
    assert_eq!(nudges(&scene), 0);
    scene.advance(Span::minutes(1));
    assert_eq!(nudges(&scene), 1);
}

/// By a plain account of each log: nobody is asked again after anybody of his side has written, nor more often than
/// the rule says; what is told is what is recorded.
fn nudges_agree(shop: Shop, script: &Script, fault: Fault) -> Result<[usize; 4], String> {
    let policy = shop.policy();
    let world = World::live(&policy, &Life::of(script, &policy), fault);
    let (mut counts, mut given) = ([0; 4], 0);
    for (key, log) in world.seen().logs() {
        let (mut silent, mut number) = (false, 0);
        for recorded in log {
            let Event::Ticket(event) = &recorded.event else { continue };
            let wrong = |what: &str| format!("{what}: {key} {}.{}", recorded.version, recorded.index);
            match event {
                ticket::Event::Held { kind, .. } => (silent, number) = (*kind == HoldKind::Customer, 0),
                ticket::Event::Replied { agent: Some(_), .. } => (silent, number) = (true, 0),
                ticket::Event::MessageReceived { .. } => silent = false,
                ticket::Event::Nudged { nudge, number: own, next }
                | ticket::Event::NudgeSkipped { nudge, number: own, next } => {
                    number += 1;
                    let rule =
                        policy.nudges().iter().find(|rule| rule.name == *nudge).ok_or_else(|| wrong("no rule"))?;
                    ensure(silent, || wrong("asked again after an answer"))?;
                    ensure(*own == number && number <= rule.at_most, || wrong("asked too often"))?;
                    let is_given = matches!(event, ticket::Event::Nudged { .. });
                    ensure(!is_given || *next > recorded.occurred, || wrong("no time to answer"))?;
                    given += usize::from(is_given);
                    counts[usize::from(!is_given)] += 1;
                }
                ticket::Event::Resolved { unanswered: true, .. } => {
                    ensure(silent, || wrong("resolved after an answer"))?;
                    counts[2] += 1;
                }
                ticket::Event::NudgesEnded { unanswered: true, .. } => counts[3] += 1,
                _ => {}
            }
        }
    }
    let outbox = world.store().outbox(&world.tenant);
    let told =
        outbox.iter().filter(|row| matches!(&row.outgoing.effect, Effect::Tell { what: Told::Nudged, .. })).count();
    ensure(told == given, || format!("{given} nudges, {told} told"))?;
    Ok(counts)
}

#[test]
fn nobody_is_asked_again_after_an_answer_or_too_often() {
    let mut sums = [0; 4];
    for (shop, script) in waiting_lives(600) {
        let counts = nudges_agree(shop, &script, Fault::default()).unwrap_or_else(|wrong| panic!("{shop:?} {wrong}"));
        sums = std::array::from_fn(|place| sums[place] + counts[place]);
    }
    assert!(sums.iter().all(|many| *many >= 15), "{sums:?} in 600 lives");
}

fn is_caught(fault: &Fault) {
    assert!(
        waiting_lives(600).iter().any(|(shop, script)| nudges_agree(*shop, script, fault.clone()).is_err()),
        "not caught"
    );
}

/// Lets decisions see other tickets than there are.
fn seeing(change: impl Fn(&mut serde_json::Value) + 'static) -> Fault {
    Fault::reading(move |_, _, facts| {
        for loaded in facts.records.values_mut().flatten() {
            let mut json = serde_json::to_value(&*loaded.state).unwrap();
            if let Some(ticket) = json.pointer_mut("/ticket") {
                change(ticket);
                loaded.state = std::sync::Arc::new(serde_json::from_value(json).unwrap());
            }
        }
    })
}

#[test]
fn nudges_that_go_on_after_the_customer_wrote_are_caught() {
    // What has ended is taken for what is still to come.
    is_caught(&seeing(|ticket| {
        if let Some(nudging) = ticket.get_mut("nudging").and_then(|it| it.as_object_mut()) {
            nudging.entry("next").or_insert("2026-10-28T08:00:00.000Z".into());
        }
        ticket.as_object_mut().unwrap().remove("last_automatic");
    }));
}

#[test]
fn nudges_that_forget_how_many_there_were_are_caught() {
    is_caught(&seeing(|ticket| {
        if let Some(nudging) = ticket.get_mut("nudging").and_then(|it| it.as_object_mut()) {
            nudging.remove("number");
        }
    }));
}
