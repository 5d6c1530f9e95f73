//! How far customers are let in: bans, caps, the budget of acknowledgements, and duplicates. Nothing that is written is
//! ever thrown away, and what is forged takes nothing from whom it names.

use std::collections::BTreeSet;

use destek::actor::Actor;
use destek::customer::{Ban, Customer, Quarantine, RecordCustomer, Unban};
use destek::desk::{Command, Effect, Event, Rejection, Told};
use destek::id::TicketId;
use destek::job::{EACH, StartJob};
use destek::limits;
use destek::record::RecordKey;
use destek::testing::Scene;
use destek::ticket::{self, Category, Likeness, Open, Receive, Restore};
use destek::time::Span;
use destek::view::{for_customer, for_team, requester_for_team};

use crate::cast::{
    POLICY, SPARE, START, TICKET, acting, agent, at, customer, email, everything, message, name, order, read, record,
    run, verified,
};

/// At most three open, five within an hour, and two acknowledgements.
fn tight() -> Scene {
    let numbers = r#""requester": { "open_max": 3, "opened_per_hour": 5, "acknowledged_per_hour": 2 }"#;
    let (before, rest) = POLICY.split_once(r#""requester": {"#).unwrap();
    let (_, after) = rest.split_once('}').unwrap();
    let mut scene = Scene::new(read(&format!("{before}{numbers}{after}")), at(START));
    for record in [
        record("ada", Some("agent"), Some("care")),
        record("lea", Some("lead"), Some("care")),
        record("root", Some("admin"), None),
    ] {
        run(&mut scene, Actor::Host, record);
    }
    scene
}

const fn id(number: u128) -> TicketId {
    TicketId::from_u128(number)
}

fn claimed(who: &str) -> Actor {
    Actor::claimed(customer(who))
}

fn writes(number: u128, who: &str) -> Receive {
    Receive::new(id(number), message(number), customer(who), email(), format!("Mesaj {number}"))
}

/// What a message that is about an order of its own becomes: the ticket that has it.
fn sends(scene: &mut Scene, actor: Actor, number: u128) -> TicketId {
    let receive = writes(number, "owner").order(order(&format!("o-{number}")));
    scene.run(actor, receive).unwrap().ticket.unwrap()
}

fn state(scene: &Scene, who: &str) -> Customer {
    scene.state(&RecordKey::Customer(customer(who))).unwrap().customer().unwrap().clone()
}

fn quarantined(scene: &Scene) -> Vec<(TicketId, Quarantine)> {
    scene.tickets().iter().filter_map(|ticket| Some((ticket.id(), ticket.quarantine()?))).collect()
}

fn received(scene: &Scene) -> usize {
    let told = |effect: &Effect| matches!(effect, Effect::Tell { what: Told::Received, .. });
    scene.effects().iter().filter(|outgoing| told(&outgoing.effect)).count()
}

fn code<T>(result: Result<T, Rejection>) -> &'static str {
    result.map_or_else(|rejection| rejection.code(), |_| "done")
}

/// Every word that customers have said, wherever it stands by now.
fn words(scene: &Scene) -> BTreeSet<String> {
    let texts = scene.tickets().into_iter().flat_map(|it| scene.texts(&scene.log(&RecordKey::Ticket(it.id()))));
    texts.map(|text| text.text).collect()
}

#[test]
fn beyond_the_cap_a_known_customers_message_joins_his_newest_ticket() {
    let mut scene = tight();
    for number in 1..=3 {
        assert_eq!(sends(&mut scene, verified("owner"), number), id(number));
        scene.advance(Span::minutes(1));
    }
    assert_eq!(sends(&mut scene, verified("owner"), 4), id(3), "the one that changed last");
    assert_eq!(sends(&mut scene, Actor::Host, 5), id(3), "whoever hands it in");
    assert!(quarantined(&scene).is_empty());
    // A form would open one more, and its sender hears why not.
    let refused = scene.run(verified("owner"), Open::new(id(6), customer("owner"), email())).unwrap_err();
    assert_eq!(refused.to_string(), "`open_tickets` would count 4, at most 3 are allowed");
    // An agent knows what he does.
    run(&mut scene, acting("ada"), Open::new(id(7), customer("owner"), email()));
    // Another customer has nothing to do with it, and one ticket less makes room.
    let other = scene.run(verified("other"), writes(8, "other")).unwrap();
    assert_eq!(other.ticket, Some(id(8)));
    for number in [1, 7] {
        run(&mut scene, acting("root"), ticket::Close::new(id(number)));
    }
    assert_eq!(sends(&mut scene, verified("owner"), 9), id(9));
    assert_eq!(words(&scene).len(), 7, "nothing was lost");
}

#[test]
fn an_hour_lets_in_so_many_and_the_next_one_again() {
    let mut scene = tight();
    for number in 1..=5 {
        assert_eq!(sends(&mut scene, verified("owner"), number), id(number));
        run(&mut scene, verified("owner"), ticket::Confirm::new(id(number)));
        scene.advance(Span::minutes(10));
    }
    // Nothing is open that it could join: it is kept.
    assert_eq!(sends(&mut scene, verified("owner"), 6), id(6));
    assert_eq!(quarantined(&scene), [(id(6), Quarantine::Cap)]);
    let refused = scene.run(verified("owner"), Open::new(id(7), customer("owner"), email())).unwrap_err();
    assert_eq!(refused.to_string(), "`opened_per_hour` would count 6, at most 5 are allowed");
    // An hour after the first one there is room for one, to the millisecond.
    scene.set_clock(at("2026-11-27T10:59:59.999Z"));
    assert_eq!(code(scene.run(verified("owner"), Open::new(id(7), customer("owner"), email()))), "too_many");
    scene.set_clock(at("2026-11-27T11:00:00Z"));
    run(&mut scene, verified("owner"), Open::new(id(7), customer("owner"), email()));
    assert_eq!(code(scene.run(verified("owner"), Open::new(id(8), customer("owner"), email()))), "too_many");
}

#[test]
fn law_29_forged_mail_neither_fills_the_tickets_nor_storms_whom_it_names() {
    let mut scene = tight();
    for number in 1..=40 {
        let receipt = scene.run(claimed("owner"), writes(number, "owner")).unwrap();
        assert_eq!(receipt.ticket, Some(id(number)), "each has a ticket of its own");
    }
    assert_eq!(received(&scene), 2, "the budget of acknowledgements");
    assert_eq!(quarantined(&scene).len(), 37);
    assert_eq!(words(&scene).len(), 40, "nothing was lost");
    let owner = state(&scene, "owner");
    assert_eq!((owner.open.len(), owner.recent.untold), (3, 1));
    // Whom the host knows has lost nothing but an acknowledgement.
    for number in 41..=43 {
        assert_eq!(sends(&mut scene, verified("owner"), number), id(number));
    }
    assert_eq!(sends(&mut scene, verified("owner"), 44), id(43));
    assert_eq!(received(&scene), 2);
    scene.advance(Span::hours(1));
    run(&mut scene, acting("root"), ticket::Close::new(id(41)));
    assert_eq!(sends(&mut scene, verified("owner"), 45), id(45));
    assert_eq!(received(&scene), 3, "an hour later he is told again");
    let size = serde_json::to_vec(&state(&scene, "owner")).unwrap().len();
    println!("state of a customer with 37 tickets in quarantine: {size} bytes");
    assert!(size < limits::STATE_BYTES_AIM, "{size} bytes");
}

#[test]
fn of_what_is_kept_apart_nobody_hears_until_it_is_restored() {
    let rule = r#""rule": [{ "name": "hears", "on": ["opened", "customer_message"],
        "then": [{ "add_tags": ["heard"] }, { "notify": { "to": "team", "text": "New." } }] }], "queue""#;
    let mut scene = Scene::new(read(&POLICY.replacen(r#""queue""#, rule, 1)), at(START));
    run(&mut scene, Actor::Host, record("root", Some("admin"), None));
    run(&mut scene, Actor::Host, Ban::new(customer("owner")).reason("Tehdit"));
    run(&mut scene, verified("owner"), writes(1, "owner").subject("Konu"));
    let kept = scene.ticket(TICKET).unwrap();
    assert_eq!((kept.category(), kept.quarantine()), (Category::Spam, Some(Quarantine::Banned)));
    assert!(scene.effects().is_empty() && kept.tags().is_empty() && kept.place().is_none());
    assert!(kept.clocks().iter().next().is_none(), "nothing has begun");
    scene.advance(Span::days(2));
    assert!(scene.effects().is_empty());
    // The sender is not told what became of it.
    let shown = for_customer(&verified("owner"), &scene.dossier(TICKET).unwrap()).unwrap();
    assert_eq!(shown.category, Category::Closed);
    run(&mut scene, acting("root"), Restore::new(TICKET));
    let back = scene.ticket(TICKET).unwrap();
    assert_eq!((back.category(), back.quarantine(), back.place().is_some()), (Category::Open, None, true));
    assert!(back.clocks().iter().all(|clock| clock.started() == Some(scene.now())), "promised from now on");
    let owner = state(&scene, "owner");
    assert_eq!((owner.open.len(), owner.quarantine.len()), (1, 0));
    let shown = for_customer(&verified("owner"), &scene.dossier(TICKET).unwrap()).unwrap();
    assert!(serde_json::to_string(&shown).unwrap().contains("Mesaj 1"), "word for word");
}

/// Rules that hear what opens and what customers say, a route by words, and the warning of duplicates: all of it comes with
/// the restoring, once, and not for what a person took for spam.
#[test]
fn what_is_let_in_is_judged_as_if_it_came_now() {
    let rules = r#""rule": [
        { "name": "hears", "on": ["opened", "customer_message"], "when": { "text": "kırık" }, "then": [{ "add_tags": ["gift"] }] },
        { "name": "back", "on": ["restored"], "then": [{ "set_urgency": "high" }] }], "queue""#;
    let mut scene = Scene::new(read(&POLICY.replacen(r#""queue""#, rules, 1)), at(START));
    run(&mut scene, Actor::Host, record("root", Some("admin"), None));
    let writes = |number: u128| {
        let text = "İADE etmek istiyorum, bardak kırık geldi";
        Receive::new(id(number), message(number), customer("owner"), email(), text).subject("İade")
    };
    run(&mut scene, verified("owner"), writes(1));
    let plain = scene.ticket(id(1)).unwrap();
    run(&mut scene, Actor::Host, Ban::new(customer("owner")));
    run(&mut scene, verified("owner"), writes(2));
    run(&mut scene, Actor::Host, Unban::new(customer("owner")));
    scene.advance(Span::hours(2));
    run(&mut scene, acting("root"), Restore::new(id(2)));
    let back = scene.ticket(id(2)).unwrap();
    assert!(plain.tags().contains(&name("gift")) && plain.queue().is_some(), "{plain:?}");
    assert_eq!((back.tags(), back.queue()), (plain.tags(), plain.queue()), "as one that was not kept apart");
    let fired = |scene: &Scene, ticket| {
        let log = scene.log(&RecordKey::Ticket(ticket));
        let fired = log.iter().filter_map(|it| match &it.event {
            Event::Ticket(ticket::Event::RuleFired { rule, .. }) => Some(rule.to_string()),
            _ => None,
        });
        fired.collect::<Vec<_>>()
    };
    assert_eq!(fired(&scene, id(2)), ["hears", "back"]);
    let kinds = scene.kinds(id(2));
    assert_eq!(kinds.iter().filter(|kind| **kind == "possible_duplicate").count(), 1, "{kinds:?}");

    run(&mut scene, acting("root"), ticket::MarkSpam::new(id(2)));
    run(&mut scene, acting("root"), ticket::Tag::new(id(1)).remove(name("gift")));
    run(&mut scene, acting("root"), Restore::new(id(2)));
    assert_eq!(fired(&scene, id(2)), ["hears", "back", "back"], "it was heard before");
    let kinds = scene.kinds(id(2));
    assert_eq!(kinds.iter().filter(|kind| **kind == "possible_duplicate").count(), 1, "{kinds:?}");
    assert!(
        !scene
            .effects()
            .iter()
            .any(|it| it.key.record == RecordKey::Ticket(id(2)) && matches!(it.effect, Effect::Tell { .. }))
    );
}

/// What was kept apart for weeks and then let in makes nobody late who could not have known of it.
#[test]
fn whoever_is_let_in_again_waits_from_then_on_also_after_a_merge() {
    let mut scene = tight();
    run(&mut scene, Actor::Host, Ban::new(customer("owner")));
    run(&mut scene, verified("owner"), writes(1, "owner"));
    scene.advance(Span::days(21));
    run(&mut scene, Actor::Host, Unban::new(customer("owner")));
    run(&mut scene, verified("owner"), Open::new(id(2), customer("owner"), email()).message(message(2), "Mesaj 2"));
    run(&mut scene, acting("lea"), Restore::new(TICKET));
    let now = scene.now();
    assert_eq!(scene.ticket(TICKET).unwrap().waiting_since(), Some(now));
    run(&mut scene, acting("lea"), ticket::Merge::new(TICKET, id(2)));
    let target = scene.ticket(id(2)).unwrap();
    assert_eq!(target.waiting_since(), Some(now));
    let breached = |kinds: Vec<&str>| kinds.iter().any(|kind| kind.contains("breach"));
    assert!(target.clocks().iter().all(|clock| clock.first_breach().is_none()) && !breached(scene.kinds(id(2))));
}

#[test]
fn a_ban_holds_until_its_instant_or_until_it_is_taken_back() {
    let mut scene = tight();
    run(&mut scene, verified("owner"), writes(1, "owner"));
    let told = scene.effects().len();
    let until = scene.now() + Span::hours(2);
    run(&mut scene, acting("lea"), Ban::new(customer("owner")).until(until));
    // It joins nothing, whatever it answers, and whoever hands it in.
    for (number, actor) in
        [(2, verified("owner")), (3, Actor::Host), (4, claimed("owner")), (5, Actor::Bot(name("bot")))]
    {
        let receipt = scene.run(actor, writes(number, "owner").answers(TICKET)).unwrap();
        assert_eq!(receipt.ticket, Some(id(number)));
    }
    run(&mut scene, verified("owner"), Open::new(id(6), customer("owner"), email()).message(message(6), "Mesaj 6"));
    assert_eq!(quarantined(&scene), [2, 3, 4, 5, 6].map(|number| (id(number), Quarantine::Banned)));
    assert_eq!(scene.effects().len(), told, "nobody is told");
    assert_eq!(scene.ticket(TICKET).unwrap().messages(), 1);
    // An agent on the phone lets him in all the same.
    run(&mut scene, acting("ada"), Open::new(id(7), customer("owner"), email()));
    assert_eq!(scene.ticket(id(7)).unwrap().category(), Category::New);
    scene.set_clock(until - Span::millis(1));
    assert_eq!(scene.run(verified("owner"), writes(8, "owner")).unwrap().ticket, Some(id(8)));
    scene.set_clock(until);
    assert_ne!(scene.run(verified("owner"), writes(9, "owner")).unwrap().ticket, Some(id(9)), "it joins again");
    run(&mut scene, acting("lea"), Ban::new(customer("owner")));
    assert_eq!(scene.run(verified("owner"), writes(10, "owner")).unwrap().ticket, Some(id(10)));
    run(&mut scene, acting("lea"), Unban::new(customer("owner")));
    assert_ne!(scene.run(verified("owner"), writes(11, "owner")).unwrap().ticket, Some(id(11)));
    assert_eq!(words(&scene).len(), 10, "nothing was lost");
}

#[test]
fn what_came_during_a_ban_is_brought_back_by_a_job() {
    let mut scene = tight();
    run(&mut scene, Actor::Host, Ban::new(customer("owner")).reason("Yanlışlıkla"));
    for number in 1..=3 {
        run(&mut scene, verified("owner"), writes(number, "owner"));
    }
    run(&mut scene, Actor::Host, Unban::new(customer("owner")));
    let owner = state(&scene, "owner");
    let shown = requester_for_team(scene.desk().policy(), (&Actor::Host, None), &owner, &[], scene.now()).unwrap();
    assert_eq!((shown.ban, shown.quarantine.clone()), (None, vec![id(1), id(2), id(3)]), "unbanning loses nothing");
    let job = destek::id::JobId::from_u128(1);
    run(&mut scene, acting("root"), StartJob::new(job, shown.quarantine, Restore::new(EACH)));
    scene.sweep();
    assert!(quarantined(&scene).is_empty());
    let owner = state(&scene, "owner");
    assert_eq!((owner.open.len(), owner.quarantine.len()), (3, 0));
}

#[test]
fn who_may_ban_and_who_sees_it() {
    let mut scene = tight();
    let ban = || Command::from(Ban::new(customer("owner")).reason("Tehdit"));
    for (actor, expected) in [
        (acting("ada"), "forbidden"),
        (verified("owner"), "forbidden"),
        (Actor::Bot(name("bot")), "forbidden"),
        (Actor::Import(name("import")), "forbidden"),
        (Actor::Timer, "forbidden"),
        (acting("lea"), "done"),
        (Actor::Host, "done"),
    ] {
        assert_eq!(code(scene.run(actor.clone(), ban())), expected, "{actor:?}");
        let unban = code(scene.run(actor, Unban::new(customer("stranger"))));
        assert_eq!(unban, expected, "whoever was never banned is not banned");
    }
    let owner = state(&scene, "owner");
    let texts = {
        use destek::store::blocking::{Log as _, Sessions as _};
        let mut session = scene.store().begin(scene.tenant()).unwrap();
        session.contents(&[owner.ban.as_ref().unwrap().reason.unwrap()]).unwrap()
    };
    let sees = |who: &str| {
        let own = scene.state(&RecordKey::Agent(agent(who))).unwrap();
        let reader = acting(who);
        requester_for_team(scene.desk().policy(), (&reader, own.agent()), &owner, &texts, scene.now())
    };
    assert_eq!(sees("lea").unwrap().ban.unwrap().reason.as_deref(), Some("Tehdit"));
    assert_eq!(sees("ada"), None);
    let as_customer =
        requester_for_team(scene.desk().policy(), (&verified("owner"), None), &owner, &texts, scene.now());
    assert_eq!(as_customer, None);
}

#[test]
fn a_ban_that_says_nothing_sensible_is_refused() {
    let mut scene = tight();
    let before = everything(&scene);
    let ban = || Ban::new(customer("owner"));
    for (command, expected) in [
        (ban().until(scene.now()), "not_ahead"),
        (ban().reason(" "), "blank"),
        (ban().reason("a\0b"), "nul"),
        (ban().reason("x".repeat(limits::REASON_BYTES_MAX + 1)), "too_long"),
    ] {
        assert_eq!(code(scene.run(Actor::Host, command)), expected);
    }
    assert_eq!(everything(&scene), before);
}

#[test]
fn what_the_host_says_of_a_customer_leaves_his_ban_as_it_is() {
    let mut scene = tight();
    run(&mut scene, Actor::Host, Ban::new(customer("owner")));
    run(&mut scene, Actor::Host, RecordCustomer::new(customer("owner")).orders(3));
    assert!(state(&scene, "owner").is_banned(scene.now()));
}

#[test]
fn a_customer_record_names_the_last_of_what_was_kept_apart() {
    let mut scene = tight();
    run(&mut scene, Actor::Host, Ban::new(customer("owner")));
    let many = limits::QUARANTINE_KEPT_MAX as u128 + 5;
    for number in 1..=many {
        run(&mut scene, verified("owner"), writes(number, "owner"));
    }
    let kept: Vec<TicketId> = (6..=many).map(id).collect();
    assert_eq!(state(&scene, "owner").quarantine, kept);
    assert_eq!(quarantined(&scene).len(), many as usize, "the tickets are all there");
}

fn duplicates(scene: &Scene, ticket: TicketId) -> Vec<(TicketId, Likeness)> {
    let dossier = scene.dossier(ticket).unwrap();
    for_team(scene.desk().policy(), (&Actor::Host, None), &dossier, scene.now()).unwrap().possible_duplicates
}

#[test]
fn a_new_ticket_says_which_open_one_may_be_about_the_same() {
    let mut scene = crate::cast::scene();
    let open = |number: u128| Open::new(id(number), customer("owner"), email());
    run(&mut scene, verified("owner"), open(1).order(order("o-1")));
    run(&mut scene, verified("owner"), open(2).order(order("o-2")));
    assert_eq!(duplicates(&scene, id(2)), [], "another order is another matter");
    run(&mut scene, acting("root"), Open::new(id(3), customer("owner"), email()).order(order("o-1")));
    assert_eq!(duplicates(&scene, id(3)), [(id(1), Likeness::Order)]);
    // Without an order, kind and queue and channel say it; the one that changed last is named.
    scene.advance(Span::minutes(1));
    run(&mut scene, acting("root"), ticket::Note::new(id(2), message(1), "Bakıldı."));
    run(&mut scene, verified("owner"), open(4));
    assert_eq!(duplicates(&scene, id(4)), [(id(2), Likeness::Kind)]);
    // An order counts for more than what changed later.
    run(&mut scene, Actor::claimed(customer("owner")), writes(5, "owner").order(order("o-1")));
    assert_eq!(duplicates(&scene, id(5)).iter().map(|(_, why)| *why).collect::<Vec<_>>(), [Likeness::Order]);
    // It is said to the team, and to nobody else.
    let shown = for_customer(&verified("owner"), &scene.dossier(id(4)).unwrap()).unwrap();
    assert_eq!(shown.timeline.len(), 1);
}

#[test]
fn what_is_over_or_long_ago_or_of_another_is_no_duplicate() {
    let mut scene = crate::cast::scene();
    let open = |number: u128, who: &str| Open::new(id(number), customer(who), email());
    run(&mut scene, verified("owner"), open(1, "owner"));
    run(&mut scene, verified("other"), open(2, "other"));
    assert_eq!(duplicates(&scene, id(2)), [], "another customer's");
    run(&mut scene, acting("root"), open(3, "owner").by_shop());
    assert_eq!(duplicates(&scene, id(3)), [], "the shop began");
    run(&mut scene, acting("root"), ticket::Close::new(id(1)));
    run(&mut scene, verified("owner"), open(4, "owner"));
    assert_eq!(duplicates(&scene, id(4)), [], "what is over");
    scene.advance(Span::hours(limits::ALIKE_HOURS_MAX));
    run(&mut scene, verified("owner"), open(5, "owner"));
    assert_eq!(duplicates(&scene, id(5)), [(id(4), Likeness::Kind)], "a day apart");
    scene.advance(Span::hours(limits::ALIKE_HOURS_MAX) + Span::millis(1));
    run(&mut scene, verified("owner"), open(6, "owner"));
    assert_eq!(duplicates(&scene, id(6)), [], "more than a day apart");
    // What is split off is no duplicate of what it was split from.
    run(&mut scene, acting("root"), ticket::Note::new(id(6), message(1), "Bir de bu."));
    run(&mut scene, acting("root"), ticket::Split::new(id(6), message(1), SPARE_OF_SPLIT));
    assert_eq!(duplicates(&scene, SPARE_OF_SPLIT), []);
    assert_ne!(SPARE_OF_SPLIT, SPARE);
}

const SPARE_OF_SPLIT: TicketId = id(60);

/// The law of this page, on a store of what was said: every message that was taken in stands on a ticket.
fn lost(scene: &Scene, sent: usize) -> usize {
    sent - words(scene).len()
}

#[test]
fn a_cap_or_a_ban_that_drops_a_message_is_noticed() {
    let mut scene = tight();
    run(&mut scene, Actor::Host, Ban::new(customer("other")));
    let mut sent = 0;
    for number in 1..=12 {
        for (actor, who) in [(verified("owner"), "owner"), (claimed("owner"), "owner"), (verified("other"), "other")] {
            sent += 1;
            let number = number * 10 + sent as u128 % 3;
            run(&mut scene, actor, writes(number, who).order(order(&format!("o-{number}"))));
        }
    }
    assert_eq!(lost(&scene, sent), 0);
    // One of each kind that is kept apart is thrown away, as a careless desk might.
    for why in [Quarantine::Banned, Quarantine::Cap] {
        let (ticket, _) = quarantined(&scene).into_iter().find(|(_, own)| *own == why).unwrap();
        let log = scene.log(&RecordKey::Ticket(ticket));
        let said = log.iter().find_map(|recorded| match &recorded.event {
            Event::Ticket(ticket::Event::MessageReceived { body, .. }) => Some(body.content().id),
            _ => None,
        });
        let before = lost(&scene, sent);
        scene.store().erase(scene.tenant(), &[said.unwrap()]);
        assert_eq!(lost(&scene, sent), before + 1, "{why:?}");
    }
}
