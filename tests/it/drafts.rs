//! Drafts: nothing that happens to a ticket touches what somebody is writing, and nobody else reads it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::convert::Infallible;

use crate::cast::{SPARE, TICKET, acting, agent, customer, email, message, name, record, run, scene, verified};
use destek::actor::Actor;
use destek::desk::{Antecedent, Command, Event, fold};
use destek::draft::{DiscardDraft, SaveDraft};
use destek::limits;
use destek::record::{RecordKey, Version};
use destek::run::{ExecuteError, load_draft};
use destek::store::blocking;
use destek::testing::{Scene, ready};
use destek::ticket::{self, Close, Merge, Receive, Reply, Resolve, Tag};
use destek::view::OwnDraft;

fn shop() -> Scene {
    let mut scene = scene();
    run(&mut scene, Actor::Host, record("lale", Some("lead"), Some("care")));
    let receive = Receive::new(TICKET, message(1), customer("owner"), email(), "It came broken.");
    run(&mut scene, verified("owner"), receive);
    scene
}

fn of(scene: &Scene, who: &str) -> Option<OwnDraft> {
    scene.draft(TICKET, agent(who)).unwrap()
}

fn key(who: &str) -> RecordKey {
    RecordKey::draft(TICKET, agent(who))
}

fn version(scene: &Scene, key: &RecordKey) -> Option<Version> {
    let records = scene.store().records(scene.tenant()).into_iter();
    records.filter(|(own, ..)| own == key).map(|(_, version, _)| version).next()
}

#[test]
fn a_draft_outlives_whatever_happens_to_the_ticket() {
    let mut scene = shop();
    let ticket = RecordKey::Ticket(TICKET);
    let before = version(&scene, &ticket).unwrap();
    run(&mut scene, acting("ada"), SaveDraft::new(TICKET, "We are sor"));
    assert_eq!(version(&scene, &ticket), Some(before), "the ticket does not know of it");
    let own = of(&scene, "ada").unwrap();
    assert_eq!((own.text.as_deref(), own.draft.seen, own.is_behind()), (Some("We are sor"), before, false));
    assert_eq!(of(&scene, "lale"), None, "each has an own one");

    run(&mut scene, acting("lale"), Reply::new(TICKET, message(2), "On its way."));
    run(&mut scene, acting("lale"), Close::new(TICKET));
    let own = of(&scene, "ada").unwrap();
    assert_eq!((own.text.as_deref(), own.draft.seen, own.is_behind()), (Some("We are sor"), before, true));
    let later: Vec<_> = scene.log(&ticket).into_iter().filter(|recorded| recorded.version > own.draft.seen).collect();
    assert!(later.iter().any(|recorded| recorded.event.kind() == "replied"), "what has happened since is told");
    // It is written on, by what was seen then, also on a ticket that has ended; opening it anew says so.
    let request = scene.request(acting("ada"), SaveDraft::new(TICKET, "We are sorry")).seen(before);
    scene.execute(&request).unwrap();
    assert_eq!(of(&scene, "ada").unwrap().draft.seen, before);
    run(&mut scene, acting("ada"), SaveDraft::new(TICKET, "We are sorry, again"));
    assert!(!of(&scene, "ada").unwrap().is_behind());
}

#[test]
fn the_answer_takes_the_draft_along_and_only_when_it_says_so() {
    let mut scene = shop();
    for who in ["ada", "lale"] {
        run(&mut scene, acting(who), SaveDraft::new(TICKET, "We are sor"));
    }
    run(&mut scene, acting("ada"), Reply::new(TICKET, message(2), "One moment."));
    assert!(of(&scene, "ada").is_some(), "a quick word is not the draft");
    run(&mut scene, acting("ada"), Reply::new(TICKET, message(3), "We are sorry.").drafted());
    assert!(of(&scene, "ada").is_none() && of(&scene, "lale").is_some());
    let log = scene.log(&key("ada"));
    let sent = log.last().unwrap();
    assert_eq!(
        sent.event,
        Event::Draft(serde_json::from_value(serde_json::json!({ "sent": { "message": message(3) } })).unwrap())
    );
    let Some(Antecedent::There(reply)) = &sent.cause.from else { panic!("{:?}", sent.cause) };
    let ticket = scene.log(&reply.record);
    let replied = ticket.iter().find(|recorded| recorded.key() == *reply).unwrap();
    assert!(
        matches!(&replied.event, Event::Ticket(ticket::Event::Replied { message: said, .. }) if *said == message(3))
    );
    assert_eq!(fold(&key("ada"), &log).state.as_ref(), scene.state(&key("ada")).as_deref());
    // Where nothing is there any more the answer goes alone; what fails leaves the draft.
    run(&mut scene, acting("ada"), Reply::new(TICKET, message(4), "And again.").drafted());
    assert_eq!(scene.log(&key("ada")).len(), log.len());
    run(&mut scene, acting("lale"), Close::new(TICKET));
    let refused = scene.run(acting("lale"), Reply::new(TICKET, message(5), "Too late.").drafted()).unwrap_err();
    assert_eq!(refused.code(), "wrong_status");
    assert!(of(&scene, "lale").is_some());
}

#[test]
fn an_overtaken_answer_leaves_the_draft() {
    let mut scene = shop();
    let seen = version(&scene, &RecordKey::Ticket(TICKET)).unwrap();
    run(&mut scene, acting("ada"), SaveDraft::new(TICKET, "We are sorry."));
    run(&mut scene, acting("lale"), Reply::new(TICKET, message(2), "On its way."));
    let reply = Reply::new(TICKET, message(3), "We are sorry.").drafted();
    let request = scene.request(acting("ada"), reply).seen(seen);
    assert_eq!(scene.execute(&request).unwrap_err().code(), "overtaken");
    assert_eq!(of(&scene, "ada").unwrap().text.as_deref(), Some("We are sorry."));
}

#[test]
fn a_draft_is_thrown_away_once_and_begun_anew() {
    let mut scene = shop();
    run(&mut scene, acting("ada"), DiscardDraft::new(TICKET));
    assert_eq!(scene.log(&key("ada")).len(), 0);
    run(&mut scene, acting("ada"), SaveDraft::new(TICKET, "We"));
    for _ in 0..2 {
        run(&mut scene, acting("ada"), DiscardDraft::new(TICKET));
    }
    let kinds = |scene: &Scene| scene.log(&key("ada")).iter().map(|event| event.event.kind()).collect::<Vec<_>>();
    assert_eq!(kinds(&scene), ["draft_saved", "draft_discarded"]);
    assert!(of(&scene, "ada").is_none());
    run(&mut scene, acting("ada"), SaveDraft::new(TICKET, "We again"));
    assert_eq!(of(&scene, "ada").unwrap().text.as_deref(), Some("We again"));
}

#[test]
fn what_cannot_be_a_draft_is_refused_and_changes_nothing() {
    let mut scene = shop();
    let seen = version(&scene, &RecordKey::Ticket(TICKET)).unwrap();
    let before = crate::cast::everything(&scene);
    let long = "a".repeat(limits::BODY_BYTES_MAX + 1);
    for (actor, command, code) in [
        (acting("ada"), Command::from(SaveDraft::new(TICKET, " ")), "blank"),
        (acting("ada"), SaveDraft::new(TICKET, long).into(), "too_long"),
        (acting("ada"), SaveDraft::new(TICKET, "a\0b").into(), "nul"),
        (acting("ada"), SaveDraft::new(SPARE, "We").into(), "not_found"),
        (acting("bora"), SaveDraft::new(TICKET, "We").into(), "not_found"),
        (acting("nobody"), SaveDraft::new(TICKET, "We").into(), "unknown_actor"),
        (Actor::Bot(name("bot")), SaveDraft::new(TICKET, "We").into(), "forbidden"),
        (verified("owner"), SaveDraft::new(TICKET, "We").into(), "forbidden"),
        (Actor::Host, DiscardDraft::new(TICKET).into(), "forbidden"),
    ] {
        assert_eq!(scene.run(actor, command).unwrap_err().code(), code);
    }
    let later = scene.request(acting("ada"), SaveDraft::new(TICKET, "We")).seen(seen.next());
    assert_eq!(scene.execute(&later).unwrap_err().code(), "invalid");
    assert_eq!(crate::cast::everything(&scene), before);
}

#[test]
fn law_25_a_draft_is_read_as_it_is_saved_through_the_gate() {
    let mut scene = shop();
    run(&mut scene, acting("ada"), SaveDraft::new(TICKET, "We are sorry"));
    // Both forms, and for whom: an answer, nothing, or a refusal by its code.
    let reads = |scene: &Scene, who: Actor, ticket| {
        let code = |error: ExecuteError<Infallible>| error.code();
        let mut session = blocking::Sessions::begin(scene.store(), scene.tenant()).unwrap();
        let told = blocking::load_draft(scene.desk(), &mut session, &who, ticket).map_err(code);
        assert_eq!(told, ready(load_draft(scene.desk(), &mut session, &who, ticket)).map_err(code));
        told.map(|own| own.and_then(|own| own.text))
    };
    assert_eq!(reads(&scene, acting("ada"), TICKET), Ok(Some("We are sorry".to_owned())));
    assert_eq!(reads(&scene, acting("lale"), TICKET), Ok(None));
    for (who, code) in [
        (acting("bora"), "not_found"),
        (acting("nobody"), "unknown_actor"),
        (verified("owner"), "forbidden"),
        (verified("stranger"), "not_found"),
        (Actor::Bot(name("bot")), "forbidden"),
        (Actor::Host, "forbidden"),
        (Actor::Timer, "not_found"),
    ] {
        assert_eq!(reads(&scene, who.clone(), TICKET), Err(code), "{who:?}");
    }
    assert_eq!(reads(&scene, acting("ada"), SPARE), Err("not_found"));
    // Whoever has lost the ticket has lost what he wrote on it, until he has it again.
    run(&mut scene, Actor::Host, record("ada", None, Some("care")));
    assert_eq!(reads(&scene, acting("ada"), TICKET), Err("not_found"));
    assert_eq!(scene.draft(TICKET, agent("ada")).unwrap_err().code(), "not_found");
    run(&mut scene, Actor::Host, record("ada", Some("lead"), Some("care")));
    assert_eq!(reads(&scene, acting("ada"), TICKET), Ok(Some("We are sorry".to_owned())));
    // And a desk with another policy does not judge.
    let other = destek::Desk::new(destek::policy::sample().compile().unwrap());
    let mut session = blocking::Sessions::begin(scene.store(), scene.tenant()).unwrap();
    let stale = blocking::load_draft(&other, &mut session, &acting("ada"), TICKET).unwrap_err();
    assert_eq!(stale.code(), "stale_policy");
}

#[test]
fn a_draft_conflicts_with_nothing_that_is_written_at_the_same_time() {
    let mut scene = shop();
    let draft = scene.request(acting("ada"), SaveDraft::new(TICKET, "We are sor"));
    let decision = scene.preview(acting("ada"), SaveDraft::new(TICKET, "We are sor")).unwrap();
    let touched: Vec<_> = decision.changes.iter().map(|change| change.record.clone()).collect();
    assert_eq!(touched, [key("ada")]);
    assert!(decision.guards.iter().all(|guard| !format!("{guard:?}").contains("Ticket(")), "{:?}", decision.guards);
    assert!(decision.wakes.is_empty() && decision.outbox.is_empty() && decision.loads.is_empty());
    run(&mut scene, acting("lale"), Tag::new(TICKET).add(name("broken")));
    scene.execute(&draft).unwrap();
    // The text is nowhere but in the contents, and is gone with them.
    assert!(!crate::cast::everything(&scene).contains("sor"));
    let (tenant, reference) = (scene.tenant().clone(), of(&scene, "ada").unwrap().references()[0]);
    assert_eq!(scene.store().erase(&tenant, &[reference.id]), 1);
    let own = of(&scene, "ada").unwrap();
    assert_eq!((own.text, own.draft.body.is_some()), (None, true));
}

#[test]
fn a_merged_ticket_keeps_its_drafts() {
    let mut scene = shop();
    run(&mut scene, verified("owner"), ticket::Open::new(SPARE, customer("owner"), email()));
    run(&mut scene, acting("ada"), SaveDraft::new(TICKET, "We are sorry."));
    run(&mut scene, acting("root"), Merge::new(TICKET, SPARE));
    assert!(of(&scene, "ada").unwrap().is_behind());
    run(&mut scene, acting("ada"), DiscardDraft::new(TICKET));
    run(&mut scene, acting("root"), Resolve::new(SPARE));
    assert!(of(&scene, "ada").is_none());
}
