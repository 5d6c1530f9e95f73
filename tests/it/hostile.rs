//! What somebody tries who should not succeed: weight that is not his, words in another's mouth, authority in small
//! pieces, machines that talk to each other, pasts told out of order.

use destek::actor::Actor;
use destek::content::Content;
use destek::customer::RecordCustomer;
use destek::desk::{Effect, Noticed, Rejection, Told};
use destek::id::{MessageId, TicketId};
use destek::limits;
use destek::money::{Currency, Money};
use destek::order::{OrderCategory, RecordOrder};
use destek::record::RecordKey;
use destek::sla::{Metric, Status};
use destek::testing::Scene;
use destek::ticket::{self, Category};
use destek::time::Span;
use destek::view::{Dossier, for_customer, for_team};

use crate::cast::{
    SPARE, START, TICKET, acting, agent, at, customer, email, message, name, order, queue, read, record, run, scene,
    verified,
};

fn receive(ticket: TicketId, number: u128, from: &str) -> ticket::Receive {
    ticket::Receive::new(ticket, message(number), customer(from), email(), "Kargom nerede?")
}

fn code<T>(result: Result<T, Rejection>) -> &'static str {
    result.err().map_or("done", |rejection| rejection.code())
}

#[test]
fn the_order_of_somebody_else_has_no_weight() {
    let policy = r#"{
        "version": 1, "default_queue": "general",
        "queue": [{ "name": "general", "teams": ["care"] }, { "name": "rich", "teams": ["care"] }],
        "route": [{ "name": "rich", "when": { "order_value_over": "5000 TRY" }, "queue": "rich" }]
    }"#;
    let mut scene = Scene::new(read(policy), at(START));
    for who in ["owner", "other"] {
        run(&mut scene, Actor::Host, RecordCustomer::new(customer(who)));
    }
    let dear = Money::new(900_000, Currency::TRY);
    run(&mut scene, Actor::Host, RecordOrder::new(order("o-1"), customer("owner"), OrderCategory::Delivered, dear));
    for (number, (actor, from, expected)) in [
        (verified("owner"), "owner", ("rich", true)),
        (verified("other"), "other", ("general", false)),
        (Actor::claimed(customer("other")), "other", ("general", false)),
    ]
    .into_iter()
    .enumerate()
    {
        let id = TicketId::from_u128(10 + number as u128);
        run(&mut scene, actor, receive(id, 10 + number as u128, from).order(order("o-1")));
        let ticket = scene.ticket(id).unwrap();
        assert_eq!((ticket.queue().unwrap().as_str(), ticket.stage().is_some()), expected, "{from}");
    }
}

#[test]
fn an_agent_hands_in_words_only_where_he_sees() {
    let mut scene = scene();
    run(&mut scene, verified("owner"), receive(TICKET, 1, "owner"));
    assert_eq!(scene.ticket(TICKET).unwrap().queue(), Some(&queue("general")));
    // bora works on returns and must not know of it; what he hears on the phone becomes a ticket of its own.
    let receipt = scene.run(acting("bora"), receive(SPARE, 2, "owner")).unwrap();
    assert_eq!(receipt.ticket, Some(SPARE));
    assert_eq!(scene.ticket(TICKET).unwrap().messages(), 1);
    // ada sees the first.
    let receipt = scene.run(acting("ada"), receive(TicketId::from_u128(3), 3, "owner").answers(TICKET)).unwrap();
    assert_eq!(receipt.ticket, Some(TICKET));
}

#[test]
fn an_amount_above_the_authority_cannot_be_given_in_small_ones() {
    let mut scene = scene();
    run(&mut scene, Actor::Host, ticket::Open::new(TICKET, customer("owner"), email()));
    run(&mut scene, Actor::Host, ticket::Open::new(SPARE, customer("owner"), email()));
    let mut give = |ticket, lira: i64| {
        let amount = Money::new(lira * 100, Currency::TRY);
        code(scene.run(acting("root"), ticket::Grant::new(ticket, name("refund"), amount)))
    };
    // The authority ends at 500 lira, and at 500 it is not exceeded.
    assert_eq!(
        [give(TICKET, 300), give(TICKET, 201), give(TICKET, 200), give(TICKET, 1)],
        ["done", "above_authority", "done", "above_authority"]
    );
    assert_eq!(give(SPARE, 500), "done", "another request is another matter");
    let given = scene.ticket(TICKET).unwrap().granted(&name("refund"), Currency::TRY);
    assert_eq!(given, Money::new(50_000, Currency::TRY));
}

#[test]
fn law_29_machines_do_not_talk_to_each_other() {
    let mut scene = scene();
    let bot = || Actor::Bot(name("bot"));
    let told = |scene: &Scene| {
        let tells = |outgoing: destek::desk::Outgoing| match outgoing.effect {
            Effect::Tell { what, .. } => Some(what),
            _ => None,
        };
        scene.effects().into_iter().filter_map(tells).collect::<Vec<Told>>()
    };
    run(&mut scene, verified("owner"), receive(TICKET, 1, "owner").automatic());
    let answer = |number| ticket::Reply::new(TICKET, message(number), "Size nasıl yardımcı olabilirim?");
    assert_eq!(code(scene.run(bot(), answer(2))), "only_machines");
    run(&mut scene, acting("ada"), ticket::Resolve::new(TICKET));
    scene.advance(Span::hours(80));
    assert_eq!(scene.ticket(TICKET).unwrap().category(), Category::Closed);
    assert_eq!(told(&scene), [], "nobody reads what a machine could answer");
    // A person who writes is told as usual, and the bot may speak again.
    run(&mut scene, verified("other"), receive(SPARE, 3, "other").automatic());
    run(&mut scene, verified("other"), receive(TicketId::from_u128(9), 4, "other"));
    assert_eq!(code(scene.run(bot(), ticket::Reply::new(SPARE, message(5), "Merhaba"))), "done");
    run(&mut scene, acting("ada"), ticket::Resolve::new(SPARE));
    assert_eq!(told(&scene), [Told::Resolved]);
}

#[test]
fn no_way_leads_past_the_limit_of_open_tickets() {
    let mut scene = scene();
    let id = |number: usize| TicketId::from_u128(number as u128);
    let open = |number| ticket::Open::new(id(number), customer("owner"), email());
    for number in 1..=limits::OPEN_TICKETS_MAX {
        run(&mut scene, Actor::Host, open(number));
    }
    assert_eq!(code(scene.run(Actor::Host, open(999))), "too_many");
    run(&mut scene, Actor::Host, ticket::MarkSpam::new(id(1)));
    run(&mut scene, Actor::Host, open(999));
    assert_eq!(code(scene.run(Actor::Host, ticket::Restore::new(id(1)))), "too_many");
    assert_eq!(scene.ticket(id(1)).unwrap().category(), Category::Spam, "a refusal changes nothing");
    run(&mut scene, Actor::Host, ticket::MarkSpam::new(id(2)));
    run(&mut scene, Actor::Host, ticket::Restore::new(id(1)));
}

#[test]
fn a_view_shows_no_more_than_the_ticket_and_the_reader_it_was_asked_for() {
    let mut scene = scene();
    run(&mut scene, verified("owner"), receive(TICKET, 1, "owner"));
    run(&mut scene, verified("other"), receive(SPARE, 2, "other"));
    let (mine, theirs) = (scene.ticket(TICKET).unwrap(), scene.log(&RecordKey::Ticket(SPARE)));
    let texts: Vec<Content> = scene.texts(&theirs);
    assert_eq!(texts.len(), 1);
    let mixed = Dossier::new(mine, theirs).contents(texts);
    let shown = for_customer(&verified("owner"), &mixed).unwrap();
    assert!(shown.timeline.is_empty(), "another ticket's log");
    let state = |who: &str| scene.state(&RecordKey::Agent(agent(who))).unwrap();
    let (ada, policy) = (state("ada"), scene.desk().policy());
    let team = |actor: &Actor| for_team(policy, (actor, ada.agent()), &mixed, scene.now());
    assert!(team(&acting("ada")).is_some_and(|shown| shown.timeline.is_empty()));
    assert!(team(&acting("bora")).is_none(), "another agent's record lends no rights");
    // The sender is not told what the shop thinks of him.
    run(&mut scene, Actor::Host, ticket::MarkSpam::new(TICKET));
    let dossier = scene.dossier(TICKET).unwrap();
    assert_eq!(for_customer(&verified("owner"), &dossier).unwrap().category, Category::Closed);
}

#[test]
fn nobody_answers_in_the_name_of_another() {
    let mut scene = scene();
    run(&mut scene, verified("owner"), receive(TICKET, 1, "owner"));
    let reply = |number| ticket::Reply::new(TICKET, message(number), "Yolda.").agent(agent("root"));
    for actor in [acting("ada"), Actor::Bot(name("bot"))] {
        assert_eq!(code(scene.run(actor, reply(2))), "not_own_name");
    }
    assert_eq!(code(scene.run(acting("root"), reply(3))), "done");
}

/// A ticket of the spring, answered within five minutes, is imported in autumn.
#[test]
fn an_imported_past_is_judged_as_it_was() {
    let policy = r#"{
        "version": 1, "default_queue": "general", "queue": [{ "name": "general", "teams": ["care"] }],
        "sla": [{ "name": "all", "first_response": { "budget": "30m" }, "resolution": { "budget": "4h" } }],
        "rule": [{ "name": "late", "on": ["breached"], "then": [{ "add_tags": ["late"] }] }]
    }"#;
    let mut scene = Scene::new(read(policy), at("2026-11-27T10:00:00Z"));
    run(&mut scene, Actor::Host, record("ada", Some("agent"), Some("care")));
    let import = Actor::Import(name("old"));
    let tell = |scene: &mut Scene, when: &str, command: ticket::Command| {
        let request = scene.request(import.clone(), command).occurred(at(when));
        code(scene.execute(&request))
    };
    let open = ticket::Open::new(TICKET, customer("owner"), email()).message(message(1), "Kargom nerede?");
    assert_eq!(tell(&mut scene, "2026-03-02T08:00:00Z", open.into()), "done");
    // A worker that sweeps in between leaves it alone.
    scene.sweep();
    let reply = ticket::Reply::new(TICKET, message(2), "Yolda.").agent(agent("gone"));
    assert_eq!(tell(&mut scene, "1999-01-01T00:00:00Z", reply.clone().into()), "out_of_order");
    assert_eq!(tell(&mut scene, "2026-03-02T08:05:00Z", reply.into()), "done");
    assert_eq!(tell(&mut scene, "2026-03-02T08:10:00Z", ticket::Resolve::new(TICKET).into()), "done");
    let ticket = scene.ticket(TICKET).unwrap();
    assert_eq!(ticket.first_reply_at(), Some(at("2026-03-02T08:05:00Z")));
    let clock = |metric| ticket.clocks().clock(metric).unwrap().status(scene.desk().policy().calendars(), scene.now());
    for metric in [Metric::FirstResponse, Metric::Resolution] {
        assert!(matches!(clock(metric), Status::Met { .. }), "{metric}: {:?}", clock(metric));
    }
    assert!(ticket.tags().is_empty() && scene.effects().is_empty());
    // What was never answered has waited since then, and a command of now says so.
    let open =
        ticket::Open::new(SPARE, customer("owner"), email()).message(MessageId::from_u128(3), "Sesim geliyor mu?");
    assert_eq!(tell(&mut scene, "2026-03-02T09:00:00Z", open.into()), "done");
    run(&mut scene, import.clone(), ticket::Tag::new(SPARE).add(name("old")));
    let clocks = scene.ticket(SPARE).unwrap().clocks().clone();
    let breach = clocks.clock(Metric::FirstResponse).unwrap().first_breach().unwrap();
    assert_eq!(breach.at, at("2026-03-02T09:30:00.001Z"));
    assert!(scene.effects().is_empty(), "nobody is told of the past");
}

/// While no worker ran a promise was missed, and the first that comes by is an import.
#[test]
fn an_import_silences_nothing_that_time_had_caused_before_it() {
    let policy = r#"{
        "version": 1, "default_queue": "general", "queue": [{ "name": "general", "teams": ["care"] }],
        "sla": [{ "name": "all", "first_response": { "budget": "30m" } }],
        "rule": [{ "name": "late", "on": ["breached"], "then": [{ "notify": { "to": "lead", "text": "Late." } }] }]
    }"#;
    let breached = |late: i64, dated: bool| {
        let mut scene = Scene::new(read(policy), at("2026-11-27T10:00:00Z"));
        run(&mut scene, Actor::Host, record("ada", Some("agent"), Some("care")));
        run(&mut scene, verified("owner"), ticket::Open::new(TICKET, customer("owner"), email()));
        run(&mut scene, acting("ada"), ticket::Take::new(TICKET));
        let before = scene.effects().len();
        scene.set_clock(scene.now() + Span::minutes(30 + late));
        let tag = ticket::Tag::new(TICKET).add(name("old"));
        let mut request = scene.request(Actor::Import(name("old")), tag);
        if dated {
            request = request.occurred(scene.now() - Span::minutes(1));
        }
        assert_eq!(code(scene.execute(&request)), "done");
        assert!(scene.kinds(TICKET).contains(&"tagged"));
        let told: Vec<_> = scene.effects().split_off(before);
        // A worker that comes later finds nothing left to tell.
        scene.sweep();
        assert_eq!(scene.effects().len(), before + told.len());
        told.into_iter().map(|outgoing| outgoing.effect).collect::<Vec<_>>()
    };
    let told = breached(5, false);
    let what = |effect: &Effect| match effect {
        Effect::Notify { what: Noticed::Breached { .. }, .. } => "breached",
        Effect::Notify { what: Noticed::Rule { .. }, .. } => "rule",
        _ => "other",
    };
    // The agent and the lead hear of the breach, and the lead what the rule says.
    assert_eq!(told.iter().map(what).collect::<Vec<_>>(), ["breached", "breached", "rule"]);
    assert!(breached(5, true).is_empty(), "a past that is being told is told to nobody");
    assert!(breached(61, false).is_empty(), "what is long over is the past");
}

#[test]
fn an_imported_ticket_waits_in_its_queue_when_its_past_is_told() {
    let mut scene = scene();
    let open = ticket::Open::new(TICKET, customer("owner"), email());
    let request = scene.request(Actor::Import(name("old")), open).occurred(at("2026-03-02T08:00:00Z"));
    assert_eq!(code(scene.execute(&request)), "done");
    scene.advance(Span::minutes(59));
    let ticket = scene.ticket(TICKET).unwrap();
    assert_eq!((ticket.queue(), ticket.assignee()), (None, None), "nobody gets half a past");
    scene.advance(Span::minutes(2));
    assert_eq!(scene.ticket(TICKET).unwrap().assignee(), Some(&agent("ada")));
}
