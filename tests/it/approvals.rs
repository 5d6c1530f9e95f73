//! Approvals: who may ask and answer, and that nothing is done twice, stale, or by too few.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::cast::{TICKET, acting, agent, customer, email, message, name, record, run, scene, verified, words_of};
use crate::scripts::{Life, Shop, asking_lives};
use crate::world::{Fault, World, ensure};
use destek::actor::Actor;
use destek::desk::{Changes, Command, Effect, Event, Noticed, Recipient, Recorded, fold};
use destek::id::{AgentId, ApprovalId, TenantId, TicketId};
use destek::money::Money;
use destek::record::RecordKey;
use destek::store::MemoryStore;
use destek::testing::{Scene, Script};
use destek::ticket::{
    self, Approve, AskApproval, Category, Close, Decline, Grant, Merge, Note, Open, Proposal, Receive, Tag, Unmerge,
    WithdrawApproval,
};
use destek::time::Span;

fn refund(amount: &str) -> Proposal {
    Proposal::Grant { grant: name("refund"), amount: money(amount) }
}

fn money(amount: &str) -> Money {
    amount.parse().unwrap()
}

const fn id(number: u128) -> ApprovalId {
    ApprovalId::from_u128(number)
}

fn ask(number: u128, proposal: Proposal) -> AskApproval {
    AskApproval::new(TICKET, id(number), proposal)
}

/// A ticket of the owner, with `ada` who may give nothing, and three who may approve: the leads `lale` and `levent`,
/// and `root`.
fn shop() -> Scene {
    let mut scene = scene();
    for who in ["lale", "levent"] {
        run(&mut scene, Actor::Host, record(who, Some("lead"), Some("care")));
    }
    let receive = Receive::new(TICKET, message(1), customer("owner"), email(), "It came broken.");
    run(&mut scene, verified("owner"), receive);
    scene
}

/// What a command brings about on the ticket, in words, or the code of the refusal.
fn says(scene: &mut Scene, who: &str, command: impl Into<Command>) -> String {
    let key = RecordKey::Ticket(TICKET);
    let before = scene.log(&key).len();
    match scene.run(acting(who), command) {
        Ok(_) => words_of(scene.log(&key)[before..].iter()),
        Err(rejection) => {
            assert_eq!(scene.log(&key).len(), before);
            format!("!{}", rejection.code())
        }
    }
}

#[test]
fn what_is_above_an_agents_authority_waits_and_is_done_by_the_word_of_a_lead() {
    let mut scene = shop();
    assert_eq!(says(&mut scene, "ada", Grant::new(TICKET, name("refund"), money("900 TRY"))), "!forbidden");
    assert_eq!(says(&mut scene, "ada", ask(1, refund("900 TRY")).reason("Broken on the way.")), "approval_asked");
    let waits = scene.ticket(TICKET).unwrap().approvals()[&id(1)].clone();
    assert_eq!((waits.rule.as_str(), waits.need, waits.expires_at), ("large", 1, scene.now() + Span::hours(24)));
    assert_eq!(says(&mut scene, "ada", Approve::new(TICKET, id(1))), "!forbidden");
    // A note and a tag are no change of the matter.
    assert_eq!(says(&mut scene, "ada", Note::new(TICKET, message(2), "Photos are fine.")), "noted");
    assert_eq!(says(&mut scene, "ada", Tag::new(TICKET).add(name("broken"))), "tagged");
    assert_eq!(says(&mut scene, "lale", Approve::new(TICKET, id(1))), "approved approval_ended granted");
    let ticket = scene.ticket(TICKET).unwrap();
    assert_eq!(ticket.granted(&name("refund"), money("1 TRY").currency()), money("900 TRY"));
    assert!(ticket.approvals().is_empty());
    assert_eq!(says(&mut scene, "lale", Approve::new(TICKET, id(1))), "!no_approval", "nothing is done twice");
    // What was given keeps the asker's reason, and names the approval as its cause.
    let log = scene.log(&RecordKey::Ticket(TICKET));
    let granted = log.last().unwrap();
    assert!(matches!(&granted.event, Event::Ticket(ticket::Event::Granted { reason: Some(_), .. })));
    assert_eq!(granted.cause.from, Some(destek::desk::Antecedent::Here(1)));
}

#[test]
fn the_asker_hears_of_the_end_and_the_approvers_of_the_question() {
    let mut scene = shop();
    let notices = |scene: &Scene| -> Vec<String> {
        let told = scene.effects().into_iter().filter_map(|outgoing| match outgoing.effect {
            Effect::Notify {
                to, what: what @ (Noticed::ApprovalAsked { .. } | Noticed::ApprovalEnded { .. }), ..
            } => {
                let to = match to {
                    Recipient::Agent(agent) => agent.to_string(),
                    Recipient::Lead(team) => format!("lead of {team}"),
                    other => format!("{other:?}"),
                };
                Some(match what {
                    Noticed::ApprovalEnded { how, .. } => format!("{to}: {}", how.kind()),
                    _ => format!("{to}?"),
                })
            }
            _ => None,
        });
        told.collect()
    };
    assert_eq!(says(&mut scene, "ada", ask(1, refund("900 TRY"))), "approval_asked");
    assert_eq!(notices(&scene), ["lead of care?"]);
    assert_eq!(says(&mut scene, "lale", Decline::new(TICKET, id(1), "Ask for photos.")), "declined approval_ended");
    let ask = ask(2, Proposal::Consent).approver(agent("lale"));
    assert_eq!(says(&mut scene, "ada", ask), "approval_asked");
    assert_eq!(says(&mut scene, "ada", WithdrawApproval::new(TICKET, id(2))), "approval_ended");
    assert_eq!(notices(&scene), ["lead of care?", "ada: declined", "lale?"], "whoever takes it back knows");
}

#[test]
fn amounts_hold_for_the_ticket_and_a_larger_one_needs_another_rule() {
    let mut scene = shop();
    assert_eq!(says(&mut scene, "ada", ask(1, refund("1500 TRY"))), "approval_asked");
    assert_eq!(says(&mut scene, "lale", Approve::new(TICKET, id(1))), "approved approval_ended granted");
    // 1,500 and 600 are more than the 2,000 of the rule `large`: the rule `huge` needs 60 % of those who are named.
    assert_eq!(says(&mut scene, "ada", ask(2, refund("600 TRY"))), "!name_approvers");
    let to = |who: &[&str]| who.iter().fold(ask(2, refund("600 TRY")), |ask, who| ask.approver(agent(who)));
    assert_eq!(says(&mut scene, "ada", to(&["lale"])), "!unfit_approver", "a lead is not of the rule's roles");
    assert_eq!(says(&mut scene, "ada", to(&["nobody"])), "!unfit_approver");
    for who in ["kaya", "kerem"] {
        run(&mut scene, Actor::Host, record(who, Some("admin"), None));
    }
    assert_eq!(says(&mut scene, "ada", to(&["root", "kaya", "kerem"])), "approval_asked");
    assert_eq!(scene.ticket(TICKET).unwrap().approvals()[&id(2)].need, 2, "60 % of three, rounded up");
    assert_eq!(says(&mut scene, "lale", Approve::new(TICKET, id(2))), "!not_approver");
    assert_eq!(says(&mut scene, "root", Approve::new(TICKET, id(2))), "approved");
    assert_eq!(says(&mut scene, "root", Approve::new(TICKET, id(2))), "!already_answered");
    assert_eq!(says(&mut scene, "kaya", Decline::new(TICKET, id(2), "Too much.")), "declined");
    assert_eq!(says(&mut scene, "kerem", Approve::new(TICKET, id(2))), "approved approval_ended granted");
    assert_eq!(says(&mut scene, "ada", ask(3, refund("7000 TRY"))), "!no_approval_rule");
    assert_eq!(says(&mut scene, "ada", ask(3, refund("-1500 TRY"))), "!bad_amount");
}

#[test]
fn nobody_approves_the_own_question_nor_what_he_may_do_alone() {
    let mut scene = shop();
    assert_eq!(says(&mut scene, "lale", ask(1, refund("400 TRY"))), "!approval_not_needed");
    assert_eq!(says(&mut scene, "lale", ask(1, Proposal::Close)), "!approval_not_needed");
    assert_eq!(says(&mut scene, "lale", ask(1, refund("900 TRY"))), "approval_asked");
    assert_eq!(says(&mut scene, "lale", Approve::new(TICKET, id(1))), "!own_approval");
    assert_eq!(says(&mut scene, "lale", ask(2, Proposal::Consent).approver(agent("lale"))), "!own_approval");
    assert_eq!(says(&mut scene, "lale", ask(1, Proposal::Consent)), "!approval_exists");
    assert_eq!(says(&mut scene, "ada", WithdrawApproval::new(TICKET, id(1))), "!not_asker");
    assert_eq!(says(&mut scene, "levent", Approve::new(TICKET, id(1))), "approved approval_ended granted");
}

#[test]
fn a_bot_proposes_and_a_person_decides() {
    let mut scene = shop();
    run(&mut scene, Actor::Bot(name("bot")), ask(1, Proposal::MarkSpam));
    assert_eq!(scene.run(Actor::Bot(name("bot")), Approve::new(TICKET, id(1))).unwrap_err().code(), "forbidden");
    assert_eq!(says(&mut scene, "lale", Approve::new(TICKET, id(1))), "approved approval_ended marked_spam ~");
    assert_eq!(scene.ticket(TICKET).unwrap().category(), Category::Spam);
}

#[test]
fn an_approval_is_void_once_the_matter_has_changed() {
    let mut scene = shop();
    assert_eq!(says(&mut scene, "ada", ask(1, refund("900 TRY"))), "approval_asked");
    let receive =
        |number, body: &str| Receive::new(TicketId::from_u128(9), message(number), customer("owner"), email(), body);
    run(&mut scene, verified("owner"), receive(2, "Teşekkürler!"));
    assert!(!scene.ticket(TICKET).unwrap().approvals().is_empty(), "thanks change nothing");
    run(&mut scene, verified("owner"), receive(3, "Never mind, it works after all."));
    assert!(scene.ticket(TICKET).unwrap().approvals().is_empty());
    assert_eq!(says(&mut scene, "lale", Approve::new(TICKET, id(1))), "!no_approval");
    assert_eq!(says(&mut scene, "ada", ask(2, Proposal::Consent)), "approval_asked");
    assert_eq!(says(&mut scene, "root", Close::new(TICKET)), "closed approval_ended ~");
}

#[test]
fn an_approval_rests_while_another_ticket_is_merged_into_its_own_or_its_own_into_another() {
    let mut scene = shop();
    let other = TicketId::from_u128(7);
    run(&mut scene, verified("owner"), Open::new(other, customer("owner"), email()));
    assert_eq!(says(&mut scene, "ada", ask(1, refund("900 TRY"))), "approval_asked");
    assert_eq!(says(&mut scene, "root", Merge::new(other, TICKET)), "absorbed");
    assert_eq!(says(&mut scene, "lale", Approve::new(TICKET, id(1))), "!approval_rests");
    assert_eq!(says(&mut scene, "root", Unmerge::new(other)), "released");
    assert_eq!(says(&mut scene, "root", Merge::new(TICKET, other)), "merged");
    assert_eq!(says(&mut scene, "lale", Approve::new(TICKET, id(1))), "!merged_into");
    assert_eq!(says(&mut scene, "root", Unmerge::new(TICKET)), "unmerged");
    assert_eq!(says(&mut scene, "lale", Approve::new(TICKET, id(1))), "approved approval_ended granted");
}

#[test]
fn an_approval_ends_no_ticket_that_waits_for_another() {
    let mut scene = shop();
    let other = TicketId::from_u128(7);
    run(&mut scene, verified("owner"), Open::new(other, customer("owner"), email()));
    assert_eq!(says(&mut scene, "ada", ask(1, Proposal::Close)), "approval_asked");
    run(&mut scene, acting("root"), ticket::Link::new(other, ticket::LinkKind::Blocks, TICKET));
    assert_eq!(says(&mut scene, "lale", Approve::new(TICKET, id(1))), "!blocked");
    assert_eq!(says(&mut scene, "ada", ask(2, Proposal::Close)), "!blocked");
    run(&mut scene, acting("root"), Close::new(other));
    assert_eq!(says(&mut scene, "lale", Approve::new(TICKET, id(1))), "approved approval_ended closed ~");
}

#[test]
fn what_nobody_answers_ends_by_itself_at_its_instant() {
    let mut scene = shop();
    assert_eq!(says(&mut scene, "ada", ask(1, refund("900 TRY"))), "approval_asked");
    let asked = scene.now();
    scene.set_clock(asked + Span::hours(24) - Span::millis(1));
    assert_eq!(says(&mut scene, "ada", Tag::new(TICKET).add(name("late"))), "tagged");
    // A week late the end is still dated where it belongs.
    scene.set_clock(asked + Span::days(7));
    assert_eq!(says(&mut scene, "lale", Approve::new(TICKET, id(1))), "!no_approval");
    run(&mut scene, Actor::Timer, Command::Wake(RecordKey::Ticket(TICKET)));
    let log = scene.log(&RecordKey::Ticket(TICKET));
    let ended = log.iter().find(|recorded| recorded.event.kind() == "approval_ended").unwrap();
    assert_eq!((ended.occurred, ended.recorded), (asked + Span::hours(24), asked + Span::days(7)));
}

#[test]
fn what_cannot_be_done_in_the_end_is_not_done_and_said_to_have_failed() {
    let mut doc: serde_json::Value = serde_json::from_str(crate::cast::POLICY).unwrap();
    doc["status"] = serde_json::json!([
        { "name": "new", "category": "new" }, { "name": "open", "category": "open" },
        { "name": "hold", "category": "hold" }, { "name": "resolved", "category": "resolved" },
        { "name": "closed", "category": "closed" }, { "name": "spam", "category": "spam" }
    ]);
    doc["transition"] = serde_json::json!([
        { "from": ["new", "hold", "resolved", "closed", "spam"], "to": "open" }, { "from": ["new", "open"], "to": "hold" },
        { "from": ["new", "open", "hold"], "to": "resolved" }, { "from": ["new", "open", "hold", "resolved"], "to": "closed" },
        { "from": ["new", "open"], "to": "spam" }
    ]);
    let policy = serde_json::from_value::<destek::policy::PolicyDoc>(doc).unwrap().compile().unwrap();
    let mut scene = Scene::new(policy, crate::cast::at(crate::cast::START));
    for (who, role) in [("ada", "agent"), ("lale", "lead")] {
        run(&mut scene, Actor::Host, record(who, Some(role), Some("care")));
    }
    run(&mut scene, verified("owner"), Open::new(TICKET, customer("owner"), email()));
    assert_eq!(says(&mut scene, "ada", ask(1, Proposal::MarkSpam)), "approval_asked");
    assert_eq!(says(&mut scene, "ada", ticket::Hold::new(TICKET, ticket::HoldKind::Internal)), "held");
    assert_eq!(says(&mut scene, "lale", Approve::new(TICKET, id(1))), "approved approval_ended");
    let log = scene.log(&RecordKey::Ticket(TICKET));
    let Event::Ticket(ticket::Event::ApprovalEnded { how, .. }) = &log.last().unwrap().event else { panic!("{log:?}") };
    assert_eq!(how.kind(), "failed");
    assert_eq!(scene.ticket(TICKET).unwrap().category(), Category::Hold);
}

#[test]
fn only_so_many_wait_at_once_and_only_so_many_are_named() {
    let mut scene = shop();
    for number in 1..=destek::limits::APPROVALS_MAX as u128 {
        assert_eq!(says(&mut scene, "ada", ask(number, Proposal::Consent)), "approval_asked");
    }
    assert_eq!(says(&mut scene, "ada", ask(99, Proposal::Consent)), "!too_many");
    let mut crowd = ask(99, Proposal::Consent);
    for number in 0..=destek::limits::APPROVERS_MAX {
        crowd = crowd.approver(agent(&format!("a{number}")));
    }
    assert_eq!(says(&mut scene, "ada", crowd), "!too_many");
    assert_eq!(
        says(&mut scene, "ada", AskApproval::new(TicketId::from_u128(404), id(1), Proposal::Consent)),
        "!not_found"
    );
}

/// What changes the matter, by a table of its own.
fn changes_the_matter(event: &ticket::Event) -> bool {
    match event {
        ticket::Event::MessageReceived { thanks, automatic, .. } => !thanks && !automatic,
        event => [
            "resolved",
            "confirmed",
            "refused",
            "reopened",
            "closed",
            "marked_spam",
            "restored",
            "granted",
            "classified",
            "field_set",
            "order_linked",
            "split_off",
            "absorbed",
        ]
        .contains(&event.kind()),
    }
}

/// Whatever has passed was asked before and by another, by enough who were asked, on a ticket that had not changed;
/// and it was done once, at once, as it was asked.
fn approvals_are_done_once_as_asked(script: &Script, fault: Fault) -> Result<usize, String> {
    let policy = Shop::Ruled.policy();
    let world = World::live(&policy, &Life::of(script, &policy), fault);
    let mut passed = 0;
    for (key, log) in world.seen().logs() {
        let mut waits: BTreeMap<ApprovalId, (ticket::Approval, BTreeSet<AgentId>)> = BTreeMap::new();
        let mut done: Vec<(&Recorded, Proposal)> = Vec::new();
        for recorded in log {
            let Event::Ticket(event) = &recorded.event else { continue };
            let wrong = |what: &str| format!("{what}: {key} {}.{} {}", recorded.version, recorded.index, event.kind());
            match event {
                ticket::Event::ApprovalAsked { approval, asked } => {
                    waits.insert(*approval, ((**asked).clone(), BTreeSet::new()));
                }
                ticket::Event::Approved { approval, agent } => {
                    let (asked, approved) = waits.get_mut(approval).ok_or_else(|| wrong("nothing was asked"))?;
                    ensure(asked.asker.as_ref() != Some(agent), || wrong("approved by the asker"))?;
                    ensure(asked.approvers.is_empty() || asked.approvers.contains(agent), || wrong("nobody asked"))?;
                    ensure(approved.insert(agent.clone()), || wrong("approved twice by one"))?;
                }
                ticket::Event::ApprovalEnded { approval, how, .. } => {
                    let ended = waits.remove(approval);
                    if *how == ticket::ApprovalEnd::Passed {
                        let (asked, approved) = ended.ok_or_else(|| wrong("passed though it no longer waits"))?;
                        ensure(approved.len() >= asked.need as usize, || wrong("too few approved"))?;
                        passed += 1;
                        done.push((recorded, asked.proposal));
                    }
                }
                event => {
                    if changes_the_matter(event) {
                        // Nothing may pass from here on that was asked before.
                        waits.clear();
                    }
                    if let ticket::Event::Granted { grant, amount, .. } = event
                        && recorded.cause.from.is_some()
                    {
                        let is_it = |(end, what): &(&Recorded, Proposal)| {
                            end.version == recorded.version
                                && *what == Proposal::Grant { grant: grant.clone(), amount: *amount }
                        };
                        let place = done.iter().position(is_it).ok_or_else(|| wrong("given without approval"))?;
                        done.remove(place);
                    }
                }
            }
        }
        let left = done.iter().find(|(_, what)| matches!(what, Proposal::Grant { .. }));
        ensure(left.is_none(), || format!("approved and not done: {left:?}"))?;
    }
    Ok(passed)
}

#[test]
fn approvals_never_run_twice_or_stale_or_by_too_few() {
    let many = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(300);
    let passed: usize = asking_lives(many)
        .iter()
        .map(|script| approvals_are_done_once_as_asked(script, Fault::default()).unwrap())
        .sum();
    assert!(passed > many / 5, "only {passed} passed in {many} lives");
}

/// Lets the events of tickets be other ones than were decided, and the states what follows from them.
fn rewriting(rewrite: impl Fn(Vec<Recorded>) -> Vec<Recorded> + 'static) -> Fault {
    Fault::writing(move |store: &MemoryStore, tenant: &TenantId, changes: &mut Changes| {
        for change in changes.changes.iter_mut().filter(|change| change.record.ticket().is_some()) {
            let mut log = destek::store::blocking::Log::events(
                &mut destek::store::blocking::Sessions::begin(store, tenant).unwrap(),
                &change.record,
                None,
                usize::MAX,
            )
            .unwrap();
            change.events = rewrite(std::mem::take(&mut change.events));
            log.extend(change.events.iter().cloned());
            if let Some(state) = fold(&change.record, &log).state {
                change.state = Arc::new(state);
            }
        }
    })
}

fn is_caught(fault: &Fault) {
    let caught = asking_lives(600).iter().any(|script| {
        approvals_are_done_once_as_asked(script, Fault::default()).unwrap();
        approvals_are_done_once_as_asked(script, fault.clone()).is_err()
    });
    assert!(caught, "the broken variant is not caught");
}

#[test]
fn an_approval_that_ignores_a_change_is_caught() {
    let is_void = |recorded: &Recorded| {
        matches!(
            &recorded.event,
            Event::Ticket(ticket::Event::ApprovalEnded { how: ticket::ApprovalEnd::Void { .. }, .. })
        )
    };
    is_caught(&rewriting(move |events| {
        let mut kept: Vec<Recorded> = events.into_iter().filter(|recorded| !is_void(recorded)).collect();
        for (index, recorded) in kept.iter_mut().enumerate() {
            recorded.index = u32::try_from(index).unwrap();
        }
        kept
    }));
}

#[test]
fn an_approval_that_runs_twice_is_caught() {
    is_caught(&rewriting(|mut events| {
        let twice = events.iter().find(|recorded| recorded.event.kind() == "granted" && recorded.cause.from.is_some());
        if let Some(mut twice) = twice.cloned() {
            twice.index = u32::try_from(events.len()).unwrap();
            events.push(twice);
        }
        events
    }));
}

#[test]
fn an_approval_that_needs_only_one_is_caught() {
    is_caught(&Fault::reading(|_, _, facts| {
        for loaded in facts.records.values_mut().flatten() {
            let mut json = serde_json::to_value(&*loaded.state).unwrap();
            let Some(waits) = json.pointer_mut("/ticket/approvals").and_then(|waits| waits.as_object_mut()) else {
                continue;
            };
            waits.values_mut().for_each(|approval| approval["need"] = 1.into());
            loaded.state = Arc::new(serde_json::from_value(json).unwrap());
        }
    }));
}

#[test]
fn the_role_that_is_asked_for_has_to_reach_the_ticket() {
    let mut scene = shop();
    // A lead of another team who may look over everybody's shoulder, and approve what his own role lets him.
    let mut doc: serde_json::Value = serde_json::from_str(crate::cast::POLICY).unwrap();
    let auditor = serde_json::json!({ "name": "auditor", "scope": "all", "may": ["view", "approve", "grant"],
        "grants": { "voucher": "1 TRY" } });
    doc["role"].as_array_mut().unwrap().push(auditor);
    doc["approval"][0]["by"] = serde_json::json!(["lead"]);
    let policy = serde_json::from_value::<destek::policy::PolicyDoc>(doc).unwrap().compile().unwrap();
    let mut other = Scene::new(policy, crate::cast::at(crate::cast::START));
    std::mem::swap(&mut scene, &mut other);
    run(&mut scene, Actor::Host, record("ada", Some("agent"), Some("care")));
    run(&mut scene, Actor::Host, record("mert", Some("lead"), Some("returns")).role(name("auditor")));
    run(&mut scene, Actor::Host, record("lale", Some("lead"), Some("care")));
    let receive = Receive::new(TICKET, message(1), customer("owner"), email(), "It came broken.");
    run(&mut scene, verified("owner"), receive);
    assert_eq!(says(&mut scene, "ada", ask(1, refund("900 TRY")).approver(agent("mert"))), "!unfit_approver");
    assert_eq!(says(&mut scene, "ada", ask(1, refund("900 TRY"))), "approval_asked");
    assert_eq!(says(&mut scene, "mert", Approve::new(TICKET, id(1))), "!not_approver");
    assert_eq!(says(&mut scene, "mert", Grant::new(TICKET, name("refund"), money("1 TRY"))), "!grant_not_allowed");
    assert_eq!(says(&mut scene, "lale", Approve::new(TICKET, id(1))), "approved approval_ended granted");
}

#[test]
fn an_approval_asked_while_a_merge_stood_is_void_once_it_is_undone() {
    let mut scene = shop();
    let other = TicketId::from_u128(7);
    run(&mut scene, verified("owner"), Open::new(other, customer("owner"), email()));
    assert_eq!(says(&mut scene, "root", Merge::new(other, TICKET)), "absorbed");
    assert_eq!(says(&mut scene, "ada", ask(1, refund("900 TRY"))), "approval_asked");
    assert_eq!(says(&mut scene, "root", Unmerge::new(other)), "released approval_ended");
    assert_eq!(says(&mut scene, "lale", Approve::new(TICKET, id(1))), "!no_approval");
}

#[test]
fn an_approval_of_a_merged_ticket_is_void_once_its_customer_has_written_meanwhile() {
    let mut scene = shop();
    let other = TicketId::from_u128(7);
    run(&mut scene, verified("owner"), Open::new(other, customer("owner"), email()));
    assert_eq!(says(&mut scene, "ada", ask(1, refund("900 TRY"))), "approval_asked");
    assert_eq!(says(&mut scene, "root", Merge::new(TICKET, other)), "merged");
    let spare = TicketId::from_u128(9);
    let receive = Receive::new(spare, message(5), customer("owner"), email(), "Never mind.").answers(TICKET);
    run(&mut scene, verified("owner"), receive);
    assert_eq!(says(&mut scene, "root", Unmerge::new(TICKET)), "unmerged approval_ended");
}

#[test]
fn the_first_word_of_two_is_heard_though_the_ticket_waits_for_another() {
    let mut doc: serde_json::Value = serde_json::from_str(crate::cast::POLICY).unwrap();
    doc["approval"][0]["need"] = 2.into();
    let policy = serde_json::from_value::<destek::policy::PolicyDoc>(doc).unwrap().compile().unwrap();
    let mut scene = Scene::new(policy, crate::cast::at(crate::cast::START));
    for (who, role) in [("ada", "agent"), ("lale", "lead"), ("levent", "lead")] {
        run(&mut scene, Actor::Host, record(who, Some(role), Some("care")));
    }
    run(&mut scene, Actor::Host, record("root", Some("admin"), None));
    let other = TicketId::from_u128(7);
    for ticket in [TICKET, other] {
        run(&mut scene, verified("owner"), Open::new(ticket, customer("owner"), email()));
    }
    assert_eq!(says(&mut scene, "ada", ask(1, Proposal::Close)), "approval_asked");
    run(&mut scene, acting("root"), ticket::Link::new(other, ticket::LinkKind::Blocks, TICKET));
    assert_eq!(says(&mut scene, "lale", Approve::new(TICKET, id(1))), "approved");
    assert_eq!(says(&mut scene, "levent", Approve::new(TICKET, id(1))), "!blocked");
}

#[test]
fn a_ticket_full_of_approvals_stays_small() {
    let mut scene = shop();
    let names: Vec<String> = (0..destek::limits::APPROVERS_MAX).map(|number| format!("lead-{number}")).collect();
    for who in &names {
        run(&mut scene, Actor::Host, record(who, Some("lead"), Some("care")));
    }
    for number in 1..=destek::limits::APPROVALS_MAX as u128 {
        let all = names.iter().fold(ask(number, Proposal::Consent), |ask, who| ask.approver(agent(who)));
        assert_eq!(says(&mut scene, "ada", all), "approval_asked");
    }
    let size = serde_json::to_string(&scene.ticket(TICKET).unwrap()).unwrap().len();
    println!("{size} bytes with every approval");
    assert!(size <= destek::limits::STATE_BYTES_AIM, "{size} bytes");
}
