//! Conversations with third parties: a thread and a status of their own, which neither the customer nor another third
//! party ever reads, and of which no answer gets lost.

use std::collections::BTreeMap;

use destek::actor::Actor;
use destek::content::Content;
use destek::desk::{Command, Effect, Event, Lane, Noticed, Recipient, Rejection};
use destek::id::{ApprovalId, ContentId, PartyId, SideId, TicketId};
use destek::language::Language;
use destek::limits;
use destek::notify::render;
use destek::record::RecordKey;
use destek::sla::Metric;
use destek::store::Envelope;
use destek::testing::Scene;
use destek::ticket::{
    self, Category, CloseSide, HoldKind, Merge, Party, ReceiveSide, SideReply, SideStatus, StartSide,
};
use destek::time::Span;
use destek::view::{PartySpeaker, for_customer, for_party, for_team};

use crate::cast::{
    POLICY, SPARE, START, TICKET, acting, agent, at, carrier, customer, email, everything, message, name, read, record,
    run, scene, verified,
};

const SIDE: SideId = SideId::from_u128(1);
const OTHER: SideId = SideId::from_u128(2);

fn bank() -> Party {
    Party::new(PartyId::new("bank").unwrap(), name("Banka"), email())
}

/// `ada` works on a ticket of `owner`.
fn taken() -> Scene {
    let mut scene = scene();
    let wish = ticket::Receive::new(TICKET, message(1), customer("owner"), email(), "Kargom nerede?");
    run(&mut scene, verified("owner"), wish);
    run(&mut scene, acting("ada"), ticket::Take::new(TICKET));
    scene
}

fn start(side: SideId, with: Party, number: u128, body: &str) -> StartSide {
    StartSide::new(TICKET, side, with, message(number), body)
}

fn answers(side: SideId, number: u128, body: &str) -> ReceiveSide {
    ReceiveSide::new(TICKET, side, message(number), body)
}

fn status(scene: &Scene, side: SideId) -> SideStatus {
    scene.ticket(TICKET).unwrap().sides()[&side].status
}

fn code<T>(result: Result<T, Rejection>) -> &'static str {
    result.map_or_else(|rejection| rejection.code(), |_| "done")
}

#[test]
fn a_conversation_has_a_life_of_its_own() {
    let mut scene = taken();
    run(&mut scene, acting("ada"), start(SIDE, carrier(), 2, "Koli nerede?").subject("Koli 42"));
    assert_eq!(status(&scene, SIDE), SideStatus::Waiting);
    run(&mut scene, Actor::Host, answers(SIDE, 3, "Depoda."));
    assert_eq!(status(&scene, SIDE), SideStatus::Answered);
    run(&mut scene, acting("ada"), SideReply::new(TICKET, SIDE, message(4), "Ne zaman çıkar?"));
    assert_eq!(status(&scene, SIDE), SideStatus::Waiting);
    run(&mut scene, acting("ada"), CloseSide::new(TICKET, SIDE));
    assert_eq!(status(&scene, SIDE), SideStatus::Closed);
    assert_eq!(code(scene.run(acting("ada"), CloseSide::new(TICKET, SIDE))), "side_closed");
    // An answer after all opens it again, and so does another question.
    run(&mut scene, Actor::Host, answers(SIDE, 5, "Yarın."));
    assert_eq!(status(&scene, SIDE), SideStatus::Answered);
    run(&mut scene, acting("ada"), CloseSide::new(TICKET, SIDE));
    run(&mut scene, acting("ada"), SideReply::new(TICKET, SIDE, message(6), "Çıktı mı?"));
    assert_eq!(status(&scene, SIDE), SideStatus::Waiting);
    // The ticket itself has not moved, and its customer has been told nothing.
    let ticket = scene.ticket(TICKET).unwrap();
    assert_eq!((ticket.category(), ticket.messages()), (Category::Open, 1));
    let lanes: Vec<String> = scene.effects().iter().map(|outgoing| outgoing.lane.to_string()).collect();
    assert_eq!(lanes.iter().filter(|lane| *lane == "customer").count(), 1, "the acknowledgement: {lanes:?}");
    assert_eq!(lanes.iter().filter(|lane| *lane == "party/carrier").count(), 3);
}

#[test]
fn an_answer_ends_the_wait_and_an_absence_note_does_not() {
    let policy = read(&POLICY.replacen(r#""pauses_on": ["customer"]"#, r#""pauses_on": ["third_party"]"#, 1));
    let mut scene = Scene::new(policy, at(START));
    run(&mut scene, Actor::Host, record("ada", Some("agent"), Some("care")));
    let wish = ticket::Receive::new(TICKET, message(1), customer("owner"), email(), "Kargom nerede?");
    run(&mut scene, verified("owner"), wish);
    run(&mut scene, acting("ada"), start(SIDE, carrier(), 2, "Koli nerede?").holding());
    let held = scene.ticket(TICKET).unwrap();
    assert_eq!(held.hold().map(|hold| hold.kind), Some(HoldKind::ThirdParty));
    let paused = |scene: &Scene| scene.ticket(TICKET).unwrap().clocks().clock(Metric::Resolution).unwrap().is_paused();
    assert!(paused(&scene));
    scene.advance(Span::hours(1));
    run(&mut scene, Actor::Host, answers(SIDE, 3, "Şu anda büroda değiliz.").automatic());
    assert_eq!((status(&scene, SIDE), paused(&scene)), (SideStatus::Waiting, true), "a machine answers nothing");
    let told = scene.effects().len();
    run(&mut scene, Actor::Host, answers(SIDE, 4, "Depoda."));
    assert_eq!(scene.ticket(TICKET).unwrap().category(), Category::Open);
    assert!(!paused(&scene));
    // Nobody has it yet: its team hears of the answer, and only of that one.
    let answered: Vec<_> = scene.effects()[told..].iter().map(|outgoing| outgoing.effect.clone()).collect();
    let notice = |effect: &Effect| matches!(effect, Effect::Notify { to: Recipient::Team(_), what: Noticed::SideAnswered { side }, .. } if *side == SIDE);
    assert!(answered.len() == 1 && notice(&answered[0]), "{answered:?}");
    // A wait for the customer is not the carrier's to end.
    run(&mut scene, acting("ada"), ticket::Hold::new(TICKET, HoldKind::Customer));
    run(&mut scene, Actor::Host, answers(SIDE, 5, "Yolda."));
    assert_eq!(scene.ticket(TICKET).unwrap().category(), Category::Hold);
}

#[test]
fn whoever_has_it_and_whoever_follows_it_hears_of_an_answer_once() {
    let mut scene = taken();
    run(&mut scene, acting("root"), ticket::Follow::new(TICKET, true));
    run(&mut scene, acting("ada"), ticket::Follow::new(TICKET, true));
    run(&mut scene, acting("ada"), start(SIDE, carrier(), 2, "Koli nerede?"));
    let before = scene.effects().len();
    run(&mut scene, Actor::Host, answers(SIDE, 3, "Depoda."));
    let told: Vec<_> = scene.effects()[before..]
        .iter()
        .map(|outgoing| match &outgoing.effect {
            Effect::Notify { to: Recipient::Agent(agent), what: Noticed::SideAnswered { .. }, .. } => agent.to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(told, ["ada", "root"]);
}

#[test]
fn no_answer_gets_lost_whatever_the_ticket_is_by_now() {
    let ends: [(&str, Command); 4] = [
        ("closed", ticket::Close::new(TICKET).into()),
        ("spam", ticket::MarkSpam::new(TICKET).into()),
        ("merged", Merge::new(TICKET, SPARE).into()),
        ("resolved", ticket::Resolve::new(TICKET).into()),
    ];
    for (end, command) in ends {
        let mut scene = taken();
        run(&mut scene, verified("owner"), ticket::Open::new(SPARE, customer("owner"), email()));
        run(&mut scene, acting("ada"), start(SIDE, carrier(), 2, "Koli nerede?"));
        run(&mut scene, acting("root"), command);
        let before = scene.ticket(TICKET).unwrap();
        run(&mut scene, Actor::Host, answers(SIDE, 3, "Depoda."));
        let after = scene.ticket(TICKET).unwrap();
        assert_eq!(after.status(), before.status(), "{end}: what has ended stays ended");
        assert_eq!(after.sides()[&SIDE].status, SideStatus::Answered, "{end}");
        // Of a merged ticket the story is told with the one in which it goes on.
        let shown = if end == "merged" { SPARE } else { TICKET };
        let (policy, dossier) = (scene.desk().policy(), scene.dossier(shown).unwrap());
        let seen = for_team(policy, (&Actor::Host, None), &dossier, scene.now()).unwrap();
        assert!(seen.timeline.iter().any(|entry| entry.text.as_deref() == Some("Depoda.")), "{end}");
        assert_eq!(seen.sides.iter().map(|side| (side.side, side.ticket)).collect::<Vec<_>>(), [(SIDE, TICKET)]);
        let told = scene
            .effects()
            .into_iter()
            .filter(|outgoing| matches!(outgoing.effect, Effect::Notify { what: Noticed::SideAnswered { .. }, .. }));
        assert_eq!(told.count(), 1, "{end}: somebody hears of it");
        let again = code(scene.run(acting("root"), SideReply::new(TICKET, SIDE, message(4), "Teşekkürler.")));
        assert_eq!(again, if end == "spam" { "wrong_status" } else { "done" }, "{end}");
    }
}

#[test]
fn an_undone_merge_finds_the_conversation_as_it_is_by_now() {
    let mut scene = taken();
    run(&mut scene, verified("owner"), ticket::Open::new(SPARE, customer("owner"), email()));
    run(&mut scene, acting("ada"), start(SIDE, carrier(), 2, "Koli nerede?"));
    run(&mut scene, acting("root"), Merge::new(TICKET, SPARE));
    run(&mut scene, Actor::Host, answers(SIDE, 3, "Depoda."));
    run(&mut scene, acting("root"), ticket::Unmerge::new(TICKET));
    assert_eq!(status(&scene, SIDE), SideStatus::Answered);
    assert_eq!(scene.ticket(TICKET).unwrap().category(), Category::Open);
}

/// `ada` waits for the carrier on a ticket whose clock rests meanwhile, and that goes on in another one.
fn waiting_elsewhere(holds: bool) -> Scene {
    let policy = read(&POLICY.replacen(r#""pauses_on": ["customer"]"#, r#""pauses_on": ["third_party"]"#, 1));
    let mut scene = Scene::new(policy, at(START));
    for (who, role, team) in [("ada", "agent", Some("care")), ("root", "admin", None)] {
        run(&mut scene, Actor::Host, record(who, Some(role), team));
    }
    let wish = ticket::Receive::new(TICKET, message(1), customer("owner"), email(), "Kargom nerede?");
    run(&mut scene, verified("owner"), wish);
    run(&mut scene, verified("owner"), ticket::Open::new(SPARE, customer("owner"), email()));
    let ask = start(SIDE, carrier(), 2, "Koli nerede?");
    run(&mut scene, acting("ada"), if holds { ask.holding() } else { ask });
    run(&mut scene, acting("root"), Merge::new(TICKET, SPARE));
    scene
}

fn rests(scene: &Scene, ticket: TicketId) -> (Category, bool) {
    let ticket = scene.ticket(ticket).unwrap();
    (ticket.category(), ticket.clocks().clock(Metric::Resolution).unwrap().is_paused())
}

#[test]
fn a_wait_that_was_answered_while_merged_is_over() {
    for (automatic, expected) in [(false, (Category::Open, false)), (true, (Category::Hold, true))] {
        let mut scene = waiting_elsewhere(true);
        let answer = answers(SIDE, 3, "Depoda.");
        run(&mut scene, Actor::Host, if automatic { answer.automatic() } else { answer });
        run(&mut scene, acting("root"), ticket::Unmerge::new(TICKET));
        assert_eq!(rests(&scene, TICKET), expected);
    }
    // Of a merge without an answer nothing is left, whatever was answered in one before.
    let mut scene = waiting_elsewhere(true);
    run(&mut scene, Actor::Host, answers(SIDE, 3, "Depoda."));
    run(&mut scene, acting("root"), ticket::Unmerge::new(TICKET));
    run(&mut scene, acting("ada"), ticket::Hold::new(TICKET, HoldKind::ThirdParty));
    run(&mut scene, acting("root"), Merge::new(TICKET, SPARE));
    run(&mut scene, acting("root"), ticket::Unmerge::new(TICKET));
    assert_eq!(rests(&scene, TICKET), (Category::Hold, true));
}

#[test]
fn an_answer_ends_the_wait_where_the_ticket_goes_on() {
    let mut scene = waiting_elsewhere(false);
    run(&mut scene, acting("ada"), ticket::Take::new(SPARE));
    run(&mut scene, acting("ada"), ticket::Hold::new(SPARE, HoldKind::ThirdParty));
    assert_eq!(rests(&scene, SPARE), (Category::Hold, true));
    let approval = ApprovalId::from_u128(1);
    run(&mut scene, acting("ada"), ticket::AskApproval::new(SPARE, approval, ticket::Proposal::Close));
    run(&mut scene, Actor::Host, answers(SIDE, 3, "Büroda değiliz.").automatic());
    assert_eq!((rests(&scene, SPARE), scene.ticket(SPARE).unwrap().approvals().len()), ((Category::Hold, true), 1));
    let before = scene.effects().len();
    run(&mut scene, Actor::Host, answers(SIDE, 4, "Bulundu."));
    assert_eq!(rests(&scene, SPARE), (Category::Open, false));
    assert!(scene.ticket(SPARE).unwrap().approvals().is_empty(), "it was asked about another matter");
    let hears = |effect: &Effect| {
        matches!(effect, Effect::Notify { to: Recipient::Agent(who), ticket: Some(SPARE), what: Noticed::SideAnswered { side: SIDE }, .. }
            if *who == agent("ada"))
    };
    let told: Vec<_> = scene.effects()[before..].iter().map(|outgoing| outgoing.effect.clone()).collect();
    assert!(told.iter().any(hears), "{told:?}");
}

#[test]
fn what_a_third_party_says_makes_void_what_was_asked_of_approvers() {
    let mut scene = taken();
    run(&mut scene, acting("ada"), start(SIDE, carrier(), 2, "Koli nerede?"));
    let approval = ApprovalId::from_u128(1);
    run(&mut scene, acting("ada"), ticket::AskApproval::new(TICKET, approval, ticket::Proposal::Close));
    run(&mut scene, Actor::Host, answers(SIDE, 3, "Büroda değiliz.").automatic());
    assert_eq!(scene.ticket(TICKET).unwrap().approvals().len(), 1);
    run(&mut scene, Actor::Host, answers(SIDE, 4, "Bulundu."));
    assert!(scene.ticket(TICKET).unwrap().approvals().is_empty());
}

#[test]
fn a_customer_cannot_speak_for_a_third_party() {
    let mut scene = taken();
    run(&mut scene, acting("root"), ticket::SetParticipant::new(TICKET, customer("friend"), true));
    run(&mut scene, acting("ada"), start(SIDE, carrier(), 2, "Koli nerede?"));
    let before = everything(&scene);
    for (who, expected) in [
        (verified("owner"), "forbidden"),
        (verified("friend"), "forbidden"),
        (verified("stranger"), "not_found"),
        (Actor::claimed(customer("owner")), "not_found"),
    ] {
        assert_eq!(code(scene.run(who.clone(), answers(SIDE, 3, "Teslim edildi."))), expected);
        assert_ne!(code(scene.run(who.clone(), SideReply::new(TICKET, SIDE, message(4), "İptal."))), "done");
        assert_ne!(code(scene.run(who, CloseSide::new(TICKET, SIDE))), "done");
    }
    assert_eq!(everything(&scene), before);
}

#[test]
fn to_let_it_wait_is_to_hold_it() {
    let policy = read(&POLICY.replacen(r#""transfer", "hold","#, r#""transfer","#, 1));
    let mut scene = Scene::new(policy, at(START));
    run(&mut scene, Actor::Host, record("ada", Some("agent"), Some("care")));
    run(&mut scene, verified("owner"), ticket::Open::new(TICKET, customer("owner"), email()));
    let ask = || start(SIDE, carrier(), 2, "Koli nerede?");
    assert_eq!(code(scene.run(acting("ada"), ask().holding())), "forbidden");
    run(&mut scene, acting("ada"), ask());
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let mut scene = taken();
    run(&mut scene, acting("ada"), start(SIDE, carrier(), 2, "Koli nerede?"));
    let long = "x".repeat(limits::BODY_BYTES_MAX + 1);
    let before = everything(&scene);
    let cases: [(Command, &str); 9] = [
        (start(SIDE, bank(), 3, "Ödeme?").into(), "side_exists"),
        (start(OTHER, bank(), 3, " ").into(), "blank"),
        (start(OTHER, bank(), 3, &long).into(), "too_long"),
        (start(OTHER, bank(), 3, "Ödeme?").subject("a\0b").into(), "nul"),
        (start(OTHER, bank(), 3, "Ödeme?").subject("x".repeat(limits::SUBJECT_BYTES_MAX + 1)).into(), "too_long"),
        (SideReply::new(TICKET, OTHER, message(3), "Ödeme?").into(), "no_side"),
        (SideReply::new(TICKET, SIDE, message(3), "").into(), "blank"),
        (answers(OTHER, 3, "Evet.").into(), "no_side"),
        (CloseSide::new(TICKET, OTHER).into(), "no_side"),
    ];
    for (command, expected) in cases {
        assert_eq!(code(scene.run(acting("ada"), command)), expected);
    }
    assert_eq!(everything(&scene), before);
    for number in 2..=limits::SIDES_MAX as u128 {
        run(&mut scene, acting("ada"), start(SideId::from_u128(number), bank(), 10 + number, "Ödeme?"));
    }
    let more = scene.run(acting("ada"), start(SideId::from_u128(99), bank(), 99, "Ödeme?")).unwrap_err();
    assert_eq!(more.to_string(), "`sides` would count 21, at most 20 are allowed");
    let state = serde_json::to_vec(&*scene.state(&RecordKey::Ticket(TICKET)).unwrap()).unwrap();
    println!("state of a ticket with {} conversations: {} bytes", limits::SIDES_MAX, state.len());
    assert!(state.len() < limits::STATE_BYTES_AIM, "{} bytes", state.len());
}

#[test]
fn the_subject_goes_out_with_the_first_message_only() {
    let mut scene = taken();
    run(&mut scene, acting("ada"), start(SIDE, carrier(), 2, "Koli nerede?").subject("Koli 42"));
    run(&mut scene, acting("ada"), SideReply::new(TICKET, SIDE, message(3), "Bir haber var mı?"));
    let sent: Vec<_> = scene
        .effects()
        .into_iter()
        .filter_map(|outgoing| match outgoing.effect {
            Effect::SendSide { to, message, subject, .. } => Some((to.to_string(), message, subject.is_some())),
            _ => None,
        })
        .collect();
    assert_eq!(sent, [("carrier".to_owned(), message(2), true), ("carrier".to_owned(), message(3), false)]);
}

#[test]
fn a_third_party_sees_its_own_conversation_and_nothing_else() {
    let mut scene = taken();
    run(&mut scene, acting("ada"), start(SIDE, carrier(), 2, "Koli nerede?").subject("Koli 42"));
    run(&mut scene, acting("ada"), start(OTHER, bank(), 3, "Ödeme geldi mi?"));
    run(&mut scene, acting("ada"), ticket::Note::new(TICKET, message(4), "Müşteri kızgın."));
    run(&mut scene, Actor::Host, answers(OTHER, 5, "Geldi."));
    run(&mut scene, Actor::Host, answers(SIDE, 6, "Depoda."));
    let dossier = scene.dossier(TICKET).unwrap();
    let seen = for_party(&carrier().id, SIDE, &dossier).unwrap();
    assert_eq!((seen.subject.as_deref(), seen.status), (Some("Koli 42"), SideStatus::Answered));
    let said: Vec<_> = seen.timeline.iter().map(|entry| (entry.by, entry.text.as_deref().unwrap())).collect();
    assert_eq!(said, [(PartySpeaker::Shop, "Koli nerede?"), (PartySpeaker::You, "Depoda.")]);
    for (party, side) in [(carrier(), OTHER), (bank(), SIDE), (bank(), SideId::from_u128(9))] {
        assert_eq!(for_party(&party.id, side, &dossier), None);
    }
    let printed = serde_json::to_string(&seen).unwrap();
    for hidden in ["owner", "ada", "Kargom", "Ödeme", "Geldi", "kızgın"] {
        assert!(!printed.contains(hidden), "{hidden} in {printed}");
    }
}

/// A life with a word in the place of every text of some kind.
struct Words<'a> {
    customer: &'a str,
    internal: &'a str,
    carrier: &'a str,
    bank: &'a str,
}

const WORDS: Words<'static> =
    Words { customer: "müşteri", internal: "içeride", carrier: "kargocu", bank: "bankacı" };

fn lived(words: &Words<'_>) -> Scene {
    let mut scene = scene();
    let (ada, root, host) = (acting("ada"), acting("root"), Actor::Host);
    let steps: Vec<(Actor, Command)> = vec![
        (
            verified("owner"),
            ticket::Receive::new(TICKET, message(1), customer("owner"), email(), words.customer).into(),
        ),
        (ada.clone(), ticket::Take::new(TICKET).into()),
        (root.clone(), ticket::SetParticipant::new(TICKET, customer("friend"), true).into()),
        (ada.clone(), start(SIDE, carrier(), 2, words.carrier).subject(words.carrier).holding().into()),
        (ada.clone(), start(OTHER, bank(), 3, words.bank).subject(words.bank).into()),
        (ada.clone(), ticket::Note::new(TICKET, message(4), words.internal).into()),
        (host.clone(), answers(SIDE, 5, words.carrier).into()),
        (host.clone(), answers(OTHER, 6, words.bank).automatic().into()),
        (ada.clone(), ticket::Reply::new(TICKET, message(7), words.customer).into()),
        (ada.clone(), SideReply::new(TICKET, SIDE, message(8), words.carrier).into()),
        (ada.clone(), ticket::Hold::new(TICKET, HoldKind::Customer).reason(words.internal).into()),
        (ada.clone(), CloseSide::new(TICKET, OTHER).into()),
        (host, answers(OTHER, 9, words.bank).into()),
        (root, ticket::Close::new(TICKET).into()),
    ];
    for (actor, command) in steps {
        run(&mut scene, actor, command);
    }
    scene
}

fn sent(scene: &Scene, reads: impl Fn(&Lane) -> bool) -> String {
    let texts = scene.texts(&scene.log(&RecordKey::Ticket(TICKET)));
    let texts: BTreeMap<ContentId, Content> = texts.into_iter().map(|text| (text.id, text)).collect();
    let rows = scene.effects().into_iter().filter(|outgoing| reads(&outgoing.lane)).map(|outgoing| {
        let text = outgoing.effect.content().and_then(|content| texts.get(&content.id)).cloned();
        // Commitments differ with every text, and tell nothing of it.
        render(&Envelope::new(outgoing, text, 1, 1), Language::Turkish).unwrap_or_default()
    });
    rows.collect::<Vec<_>>().join("\n")
}

fn seen_by_customers(scene: &Scene) -> String {
    let dossier = scene.dossier(TICKET).unwrap();
    let seen = ["owner", "friend"].map(|who| serde_json::to_string(&for_customer(&verified(who), &dossier)).unwrap());
    seen.join("\n") + &sent(scene, |lane| matches!(lane, Lane::Customer | Lane::Participant(_)))
}

fn seen_by(scene: &Scene, party: &Party, side: SideId) -> String {
    let seen = serde_json::to_string(&for_party(&party.id, side, &scene.dossier(TICKET).unwrap())).unwrap();
    seen + &sent(scene, |lane| *lane == Lane::Party(party.id.clone()))
}

/// What differs for whom when one kind of text is another one: customer, carrier, bank.
fn differs(other: &Words<'_>, customers: impl Fn(&Scene) -> String) -> [bool; 3] {
    let (one, other) = (lived(&WORDS), lived(other));
    [
        customers(&one) != customers(&other),
        seen_by(&one, &carrier(), SIDE) != seen_by(&other, &carrier(), SIDE),
        seen_by(&one, &bank(), OTHER) != seen_by(&other, &bank(), OTHER),
    ]
}

#[test]
fn law_27_nobody_reads_what_is_said_to_another() {
    let other = "bambaşka ve daha uzun";
    assert_eq!(differs(&Words { customer: other, ..WORDS }, seen_by_customers), [true, false, false]);
    assert_eq!(differs(&Words { internal: other, ..WORDS }, seen_by_customers), [false, false, false]);
    assert_eq!(differs(&Words { carrier: other, ..WORDS }, seen_by_customers), [false, true, false]);
    assert_eq!(differs(&Words { bank: other, ..WORDS }, seen_by_customers), [false, false, true]);
}

#[test]
fn a_view_that_lets_a_third_partys_word_through_is_noticed() {
    let leaky = |scene: &Scene| {
        let log = scene.log(&RecordKey::Ticket(TICKET));
        let texts = scene.texts(&log);
        let heard = log.iter().find_map(|recorded| match &recorded.event {
            Event::Ticket(ticket::Event::SideReceived { body, .. }) => Some(body.content().id),
            _ => None,
        });
        let word = texts.iter().find(|text| Some(text.id) == heard).map(|text| text.text.clone());
        seen_by_customers(scene) + &word.unwrap_or_default()
    };
    assert!(differs(&Words { carrier: "bambaşka", ..WORDS }, leaky)[0]);
}

#[test]
fn an_import_tells_a_past_conversation_and_sends_nothing() {
    let mut scene = scene();
    let import = Actor::Import(name("eski"));
    run(&mut scene, import.clone(), ticket::Open::new(TICKET, customer("owner"), email()));
    run(&mut scene, import.clone(), start(SIDE, carrier(), 2, "Koli nerede?"));
    run(&mut scene, import, answers(SIDE, 3, "Depoda."));
    assert_eq!(status(&scene, SIDE), SideStatus::Answered);
    assert!(scene.effects().is_empty());
}

#[test]
fn a_split_leaves_conversations_where_they_were_begun() {
    let mut scene = taken();
    run(&mut scene, acting("ada"), start(SIDE, carrier(), 2, "Koli nerede?"));
    let more = ticket::Receive::new(TicketId::from_u128(9), message(3), customer("owner"), email(), "Bir de fatura.");
    run(&mut scene, verified("owner"), more.answers(TICKET));
    run(&mut scene, Actor::Host, answers(SIDE, 4, "Depoda."));
    assert_eq!(code(scene.run(acting("root"), ticket::Split::new(TICKET, message(2), SPARE))), "unknown_message");
    run(&mut scene, acting("root"), ticket::Split::new(TICKET, message(3), SPARE));
    assert!(scene.ticket(SPARE).unwrap().sides().is_empty());
    let seen = for_party(&carrier().id, SIDE, &scene.dossier(TICKET).unwrap()).unwrap();
    assert_eq!(seen.timeline.len(), 2);
    assert_eq!(scene.ticket(TICKET).unwrap().assignee(), Some(&agent("ada")));
}
