//! Personal text lives outside the log (law 30): erasing it leaves everything else as it was, and nothing that is
//! printed for debugging shows it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::convert::Infallible;

use crate::cast::{
    POLICY, SPARE, TICKET, acting, agent, carrier, customer, email, everything, message, name, read, record, run,
    scene, verified,
};
use destek::actor::Actor;
use destek::content::Content;
use destek::customer::{Ban, RecordCustomer};
use destek::desk::{Command, Effect, State, fold};
use destek::id::{ApprovalId, ContentId, SideId, TaskId};
use destek::money::{Currency, Money};
use destek::notify::Delivery;
use destek::notify::blocking::notifier_fn;
use destek::record::RecordKey;
use destek::run::Relay;
use destek::store::Envelope;
use destek::store::blocking::{Log as _, Sessions as _, Store as _, relay};
use destek::store::memory::EffectStatus;
use destek::testing::Scene;
use destek::ticket::{self, FieldInput, HoldKind};
use destek::time::Budget;
use destek::view::{CustomerEvent, Dossier, for_customer, for_team};
use proptest::prelude::*;

/// Everything that a person can write, in an order in which all of it is accepted.
fn life(word: &str) -> Vec<(Actor, Command)> {
    let (ada, root, owner) = (acting("ada"), acting("root"), verified("owner"));
    let receive = ticket::Receive::new(TICKET, message(1), customer("owner"), email(), word).subject(word);
    let open = ticket::Open::new(SPARE, customer("other"), email()).subject(word).message(message(2), word);
    let hold = ticket::Hold::new(TICKET, HoldKind::Customer).reason(word);
    let field = ticket::SetField::new(TICKET, name("parcel")).value(FieldInput::Text(word.into()));
    let grant = ticket::Grant::new(TICKET, name("refund"), Money::new(100, Currency::TRY)).reason(word);
    let side = SideId::from_u128(1);
    let start = ticket::StartSide::new(TICKET, side, carrier(), message(10), word).subject(word);
    let (first, second) = (ApprovalId::from_u128(1), ApprovalId::from_u128(2));
    let ask = |approval| ticket::AskApproval::new(TICKET, approval, ticket::Proposal::Consent).reason(word);
    vec![
        (Actor::Host, RecordCustomer::new(customer("owner")).name(word).into()),
        (Actor::Host, Ban::new(customer("stranger")).reason(word).into()),
        (owner.clone(), receive.into()),
        (root.clone(), open.into()),
        (ada.clone(), ticket::Take::new(TICKET).into()),
        (ada.clone(), ticket::Reply::new(TICKET, message(3), word).into()),
        (ada.clone(), ticket::Note::new(TICKET, message(4), word).into()),
        (ada.clone(), destek::draft::SaveDraft::new(TICKET, word).into()),
        (ada.clone(), ask(first).into()),
        (root.clone(), ticket::Decline::new(TICKET, first, word).into()),
        (ada.clone(), ask(second).into()),
        (ada.clone(), ticket::AddTask::new(TICKET, TaskId::from_u128(1), word).into()),
        (ada.clone(), ticket::LogTime::new(TICKET, Budget::seconds(60).unwrap()).note(word).into()),
        (ada.clone(), start.into()),
        (ada.clone(), ticket::SideReply::new(TICKET, side, message(11), word).into()),
        (Actor::Host, ticket::ReceiveSide::new(TICKET, side, message(12), word).into()),
        (ada.clone(), field.into()),
        (ada.clone(), hold.into()),
        (root, grant.into()),
        (ada.clone(), ticket::Resume::new(TICKET).into()),
        (ada, ticket::Resolve::new(TICKET).into()),
        (owner, ticket::Refuse::new(TICKET).reason(word).into()),
    ]
}

fn lived(word: &str) -> Scene {
    let mut scene = scene();
    for (actor, command) in life(word) {
        run(&mut scene, actor, command);
    }
    scene
}

/// Every text that the store holds of these people.
fn texts(scene: &Scene) -> Vec<Content> {
    let mut texts = Vec::new();
    for (key, _, state) in scene.store().records(scene.tenant()) {
        texts.extend(scene.texts(&scene.log(&key)));
        if let State::Customer(destek::customer::Customer { name, ban, .. }) = &*state {
            let own: Vec<_> = name.iter().copied().chain(ban.as_ref().and_then(|ban| ban.reason)).collect();
            let mut session = scene.store().begin(scene.tenant()).unwrap();
            texts.extend(session.contents(&own).unwrap());
        }
    }
    texts
}

fn erase(scene: &Scene, texts: &[Content]) -> usize {
    let ids: Vec<ContentId> = texts.iter().map(|text| text.id).collect();
    scene.store().erase(scene.tenant(), &ids)
}

#[test]
fn law_30_erasing_every_text_leaves_everything_else() {
    let scene = lived("Kargom nerede?");
    let found = texts(&scene);
    // A name, three subjects, three messages, three more with a third party, a note, a draft, a field, four reasons, a
    // task, what time was spent on, and what an approval was declined with.
    assert_eq!(found.len(), 22);
    assert!(found.iter().all(|text| text.text == "Kargom nerede?"));
    let before = everything(&scene);
    assert_eq!(erase(&scene, &found), 22);
    assert_eq!(erase(&scene, &found), 0, "erasing again finds nothing");
    assert!(texts(&scene).is_empty());
    assert_eq!(everything(&scene), before, "logs, states and effects are untouched");

    let key = RecordKey::Ticket(TICKET);
    let (ticket, log) = (scene.ticket(TICKET).unwrap(), scene.log(&key));
    assert_eq!(fold(&key, &log).state, Some(State::Ticket(Box::new(ticket.clone()))), "the log still replays");
    let picture = for_customer(&verified("owner"), &Dossier::new(ticket.clone(), log.clone())).unwrap();
    assert_eq!(picture.subject, None);
    let said = picture.timeline.iter().filter(|entry| matches!(entry.what, CustomerEvent::Said { .. })).count();
    assert_eq!(said, 2, "what was said is still known to have been said");
    for entry in picture.timeline {
        match entry.what {
            CustomerEvent::Said { text, .. } | CustomerEvent::Refused { text } => assert_eq!(text, None),
            _ => {}
        }
    }
    let root = scene.state(&RecordKey::Agent(agent("root"))).unwrap();
    let reader = (&acting("root"), root.agent());
    let team = for_team(scene.desk().policy(), reader, &scene.dossier(TICKET).unwrap(), scene.now()).unwrap();
    assert!(team.subject.is_none() && team.timeline.iter().all(|entry| entry.text.is_none()));
}

/// Delivers what waits; what each delivered effect carried.
fn delivered(scene: &Scene) -> (Vec<Envelope>, destek::run::Relayed) {
    let delivered = RefCell::new(Vec::new());
    let notifier = notifier_fn(|_: &_, envelope: &Envelope| {
        delivered.borrow_mut().push(envelope.clone());
        Ok::<_, Infallible>(Delivery::Done)
    });
    let mut relayed = destek::run::Relayed::default();
    // One by one within each lane.
    for _ in 0..20 {
        relayed += relay(scene.store(), scene.tenant(), &notifier, scene.now(), &Relay::default()).unwrap();
    }
    (delivered.into_inner(), relayed)
}

#[test]
fn law_30_an_effect_whose_text_was_erased_is_withdrawn_and_its_neighbours_go_on() {
    let mut scene = lived("Kargom nerede?");
    run(&mut scene, acting("ada"), ticket::Reply::new(TICKET, message(5), "Yolda."));
    let gone: Vec<Content> = texts(&scene).into_iter().filter(|text| text.text != "Yolda.").collect();
    erase(&scene, &gone);
    let (delivered, relayed) = delivered(&scene);
    let sends: Vec<&Envelope> =
        delivered.iter().filter(|envelope| matches!(envelope.outgoing.effect, Effect::Send { .. })).collect();
    // Of the two answers one was erased, and so was what was written to the carrier, twice; the message of the ticket
    // opened by an agent is the customer's own.
    assert_eq!((relayed.withdrawn, sends.len()), (3, 1));
    assert_eq!(sends[0].text.as_ref().map(|text| text.text.as_str()), Some("Yolda."));
    let statuses: Vec<EffectStatus> = scene.store().outbox(scene.tenant()).into_iter().map(|row| row.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == EffectStatus::Withdrawn).count(), 3);
    assert!(statuses.iter().all(EffectStatus::is_settled), "{statuses:?}");
    assert_eq!(delivered.len(), statuses.len() - 3);
}

/// The pieces of a text that would give it away.
fn shows(printed: &str, word: &str) -> bool {
    let letters: Vec<char> = word.chars().collect();
    letters.windows(6).any(|window| printed.contains(&window.iter().collect::<String>()))
}

/// Everything about a life and about what is refused, printed for debugging.
fn printed(word: &str) -> Vec<(String, String)> {
    // A rule that finds the customer's word, so that its hits are recorded as well.
    let rule = format!(
        r#""rule": [{{ "name": "finds", "on": ["opened", "customer_message"], "when": {{ "text": ["{}*"] }},
           "then": [{{ "add_tags": ["found"] }}] }}], "queue""#,
        word.chars().take(3).collect::<String>()
    );
    let mut scene = Scene::new(read(&POLICY.replacen(r#""queue""#, &rule, 1)), crate::cast::at(crate::cast::START));
    for record in [record("ada", Some("agent"), Some("care")), record("root", Some("admin"), None)] {
        run(&mut scene, Actor::Host, record);
    }
    let mut printed = Vec::new();
    let mut print = |what: &str, text: String| printed.push((what.to_owned(), text));
    for (actor, command) in life(word) {
        let request = scene.request(actor.clone(), command.clone());
        let kind = command.kind();
        print(kind, format!("{command:?} {request:?} {:?}", request.fingerprint(&[])));
        let mut session = scene.store().begin(scene.tenant()).unwrap();
        let needs = scene.desk().needs(&request);
        let facts = session.gather(&needs).unwrap();
        print("facts", format!("{needs:?} {facts:?} {session:?}"));
        let decision = scene.preview(actor, command).unwrap();
        print("decision", format!("{decision:?}"));
        print("trace", serde_json::to_string(&decision.trace).unwrap());
        print("changes", format!("{:?}", decision.into_changes(&request)));
        print("receipt", format!("{:?}", scene.execute(&request).unwrap()));
    }
    for (key, _, state) in scene.store().records(scene.tenant()) {
        print("state", format!("{state:?}"));
        print("log", format!("{:?}", scene.log(&key)));
    }
    print("stored", everything(&scene));
    print("contents", format!("{:?}", texts(&scene)));
    print("outbox", format!("{:?}", scene.store().outbox(scene.tenant())));
    print("store", format!("{:?} {scene:?}", scene.store()));
    for envelope in delivered(&scene).0 {
        print("envelope", format!("{envelope:?}"));
    }
    for (actor, command) in life(&format!("{word}\0{word}")) {
        let kind = command.kind();
        if let Err(rejection) = scene.run(actor, command) {
            print(kind, format!("{rejection:?} {rejection} {}", serde_json::to_string(&rejection).unwrap()));
        }
    }
    let reply = |body: &str| ticket::Reply::new(TICKET, message(7), body);
    let first = scene.request(acting("root"), reply("Tamam."));
    scene.execute(&first).unwrap();
    let mut second = first.clone();
    second.command = reply(word).into();
    let reused = scene.execute(&second).unwrap_err();
    assert_eq!(reused.code(), "request_reused");
    print("reused", format!("{reused:?} {reused}"));
    printed
}

#[test]
fn what_shows_a_text_is_noticed() {
    assert!(shows("Text(\"şöğüçışö\")", "şöğüçışö"));
    assert!(shows("begins şöğüçı…", "şöğüçışö"), "a part is enough");
    assert!(!shows("Text(16 bytes)", "şöğüçışö"));
    // Serialised commands do carry the text: the check would see it.
    let (_, command) = life("şöğüçışö").into_iter().nth(1).unwrap();
    assert!(shows(&serde_json::to_string(&command).unwrap(), "şöğüçışö"));
    assert!(shows(&texts(&lived("şöğüçışö"))[0].text, "şöğüçışö"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn law_30_nothing_printed_shows_what_a_customer_wrote(word in "[çğıöşü]{8,24}") {
        let printed = printed(&word);
        prop_assert!(printed.len() > 60, "{} things printed", printed.len());
        for (what, text) in printed {
            prop_assert!(!shows(&text, &word), "{what}: {text}");
        }
    }
}

/// A message that joins a ticket loses its subject; what is kept of it still tells it from another.
#[test]
fn law_30_a_misuse_is_told_also_where_a_text_was_dropped() {
    let mut scene = scene();
    let receive = |ticket, number, subject: &str, body: &str| {
        ticket::Receive::new(ticket, message(number), customer("owner"), email(), body).subject(subject)
    };
    run(&mut scene, verified("owner"), receive(TICKET, 1, "Kargo", "Kargom nerede?"));
    let request = scene.request(verified("owner"), receive(SPARE, 2, "Kargo", "Hâlâ gelmedi."));
    assert_eq!(scene.execute(&request).unwrap().ticket, Some(TICKET));
    let mut other = request.clone();
    other.command = receive(SPARE, 2, "Kargo", "Geldi, sağ olun.").into();
    assert_eq!(scene.execute(&other).unwrap_err().code(), "request_reused");
    assert!(scene.execute(&request).unwrap().replayed);
}

/// The same request id with another text is a misuse, and is told from a repeat as long as the text is there. What is
/// kept for that tells nothing of the text.
#[test]
fn law_30_a_request_is_told_from_a_misuse_by_the_text_itself() {
    for place in 0..life("").len() {
        let mut scene = scene();
        for (actor, command) in life("Kargom nerede?").into_iter().take(place) {
            run(&mut scene, actor, command);
        }
        let asked = |word: &str| life(word).remove(place);
        let (actor, command) = asked("Kargom nerede?");
        let request = scene.request(actor, command);
        let mut other = request.clone();
        other.command = asked("Kargom nerede!").1;
        let receipt = scene.execute(&request).unwrap();
        assert_eq!(scene.execute(&request).map(|again| (again.replayed, again.records)), Ok((true, receipt.records)));
        let brings_text = request.command != other.command;
        let reused = scene.execute(&other);
        assert_eq!(reused.is_err_and(|error| error.code() == "request_reused"), brings_text, "{:?}", request.command);
        // Without the text nobody can tell any more; nothing is carried out twice.
        let log = scene.log(&RecordKey::Ticket(TICKET));
        let everything = texts(&scene);
        erase(&scene, &everything);
        assert_eq!(scene.execute(&other).map(|receipt| receipt.replayed), Ok(true));
        assert_eq!(scene.log(&RecordKey::Ticket(TICKET)), log);
    }
}
