//! What time has caused, and what a forged or automatic message must not: each a case that a reader of the code found.

#![cfg(feature = "toml")]

use destek::Command;
use destek::actor::Actor;
use destek::channel::{Channel, ChannelKind};
use destek::id::{AgentId, CustomerId, MessageId, Name, QueueId, TeamId, TicketId};
use destek::policy::{self, Policy};
use destek::record::RecordKey;
use destek::team::{Presence, RecordAgent, SetPresence};
use destek::testing::Scene;
use destek::ticket::{Category, Note, Receive, Resolve};
use destek::time::Span;

/// A broken promise moves the ticket to other people.
fn ladder() -> Policy {
    let text = r#"
        version = 1
        default_queue = "genel"
        queue = [{ name = "genel", teams = ["destek"] }, { name = "uzman", teams = ["uzmanlar"] }]
        sla = [{ name = "hep", first_response = { budget = "10m" } }]
        rule = [{ name = "yukarı", on = ["breached"], then = [{ set_queue = "uzman" }] }]
    "#;
    policy::toml::read(text).unwrap().compile().unwrap()
}

fn scene() -> Scene {
    Scene::new(ladder(), "2026-11-27T10:00:00Z".parse().unwrap())
}

fn customer(which: u128) -> CustomerId {
    CustomerId::new(format!("c-{which}")).unwrap()
}

fn message(ticket: u128, from: u128) -> Receive {
    let (id, message) = (TicketId::from_u128(ticket), MessageId::from_u128(ticket));
    Receive::new(id, message, customer(from), Channel::of(ChannelKind::Email), "kargom nerede")
}

fn queue(scene: &Scene, ticket: u128) -> Option<String> {
    scene.ticket(TicketId::from_u128(ticket))?.queue().map(ToString::to_string)
}

/// The clock goes on and no worker runs.
fn pass(scene: &mut Scene, span: Span) {
    let later = scene.now() + span;
    scene.set_clock(later);
}

fn agent(scene: &mut Scene, name: &str, presence: Presence) -> AgentId {
    let agent = AgentId::new(name).unwrap();
    let record = RecordAgent::new(agent.clone()).role(Name::new("agent").unwrap());
    scene.run(Actor::Host, record.team(TeamId::new("destek").unwrap()).capacity(1)).unwrap();
    scene.run(Actor::Host, SetPresence::new(agent.clone(), presence)).unwrap();
    agent
}

#[test]
fn a_message_does_not_let_the_rules_on_a_breach_go_by() {
    let mut scene = scene();
    scene.run(Actor::verified(customer(1)), message(1, 1)).unwrap();
    pass(&mut scene, Span::minutes(11));
    scene.run(Actor::verified(customer(1)), message(2, 1)).unwrap();
    assert_eq!(queue(&scene, 1).as_deref(), Some("uzman"));
    assert!(scene.kinds(TicketId::from_u128(1)).contains(&"rule_fired"));
}

#[test]
fn a_queue_that_a_late_rule_fills_is_woken() {
    let mut scene = scene();
    scene.run(Actor::verified(customer(1)), message(1, 1)).unwrap();
    scene.sweep();
    pass(&mut scene, Span::minutes(11));
    scene.run(Actor::Host, Note::new(TicketId::from_u128(1), MessageId::from_u128(9), "not")).unwrap();
    assert_eq!(queue(&scene, 1).as_deref(), Some("uzman"));
    let key = RecordKey::Queue(QueueId::new("uzman").unwrap());
    let wake = scene.store().wakes(scene.tenant()).into_iter().find(|wake| wake.record == key);
    assert_eq!(wake.and_then(|wake| wake.at), Some(scene.now()));
}

#[test]
fn a_drain_gives_nobody_a_ticket_that_time_has_moved_elsewhere() {
    let mut scene = scene();
    scene.run(Actor::verified(customer(1)), message(1, 1)).unwrap();
    pass(&mut scene, Span::minutes(5));
    scene.run(Actor::verified(customer(2)), message(2, 2)).unwrap();
    let ada = agent(&mut scene, "ada", Presence::Available);
    pass(&mut scene, Span::minutes(6));
    scene.run(Actor::Timer, Command::Drain(QueueId::new("genel").unwrap())).unwrap();
    let holder = |ticket| scene.ticket(TicketId::from_u128(ticket)).unwrap().assignee().cloned();
    assert_eq!((holder(1), holder(2)), (None, Some(ada.clone())));
    assert_eq!((queue(&scene, 1).as_deref(), scene.load(&ada)), (Some("uzman"), 1));
}

#[test]
fn an_automatic_message_reopens_nothing_and_owes_nobody_an_answer() {
    let mut scene = scene();
    let ada = agent(&mut scene, "ada", Presence::Away);
    scene.run(Actor::verified(customer(1)), message(1, 1)).unwrap();
    scene.run(Actor::Agent(ada), Resolve::new(TicketId::from_u128(1))).unwrap();
    scene.run(Actor::verified(customer(1)), message(2, 1).automatic()).unwrap();
    let ticket = scene.ticket(TicketId::from_u128(1)).unwrap();
    assert_eq!((ticket.category(), ticket.messages(), ticket.waiting_since()), (Category::Resolved, 2, None));
    scene.run(Actor::verified(customer(1)), message(3, 1)).unwrap();
    assert_eq!(scene.ticket(TicketId::from_u128(1)).unwrap().category(), Category::Open, "a person's message does");
}

#[test]
fn words_of_the_real_customer_do_not_fall_under_a_forged_request() {
    let mut scene = scene();
    scene.run(Actor::claimed(customer(1)), message(1, 1)).unwrap();
    let receipt = scene.run(Actor::verified(customer(1)), message(2, 1)).unwrap();
    assert_eq!(receipt.ticket, Some(TicketId::from_u128(2)), "a ticket of its own");
    let receipt = scene.run(Actor::verified(customer(1)), message(3, 1)).unwrap();
    assert_eq!(receipt.ticket, Some(TicketId::from_u128(2)), "the proven one is joined");
}

#[test]
fn a_message_joins_no_ticket_that_silence_has_ended_unseen() {
    let text = r#"
        version = 1
        default_queue = "genel"
        silence = { after = "72h" }
        queue = [{ name = "genel", teams = ["destek"] }]
    "#;
    let policy = policy::toml::read(text).unwrap().compile().unwrap();
    for (waited, joined) in [(Span::hours(72) - Span::millis(1), 1), (Span::hours(72), 2)] {
        let mut scene = Scene::new(policy.clone(), "2026-11-27T10:00:00Z".parse().unwrap());
        let ada = agent(&mut scene, "ada", Presence::Away);
        scene.run(Actor::verified(customer(1)), message(1, 1)).unwrap();
        scene.run(Actor::Agent(ada), Resolve::new(TicketId::from_u128(1))).unwrap();
        pass(&mut scene, waited);
        let receipt = scene.run(Actor::verified(customer(1)), message(2, 1)).unwrap();
        assert_eq!(receipt.ticket, Some(TicketId::from_u128(joined)), "after {waited}");
        scene.sweep();
        let category = scene.ticket(TicketId::from_u128(1)).unwrap().category();
        let reopened = if joined == 1 { Category::Open } else { Category::Closed };
        assert_eq!(category, reopened, "after {waited}");
    }
}

#[test]
fn tickets_of_a_queue_that_the_next_policy_drops_are_routed_anew() {
    let mut scene = scene();
    scene.run(Actor::verified(customer(1)), message(1, 1)).unwrap();
    let text = r#"
        version = 1
        default_queue = "yeni"
        queue = [{ name = "yeni", teams = ["destek"] }]
    "#;
    let next = destek::Desk::new(policy::toml::read(text).unwrap().compile().unwrap());
    let (store, tenant) = (scene.store().clone(), scene.tenant().clone());
    let mut ask = |actor, command: Command| {
        let request = scene.request(actor, command);
        let now = scene.now();
        destek::store::blocking::execute_with_retry(&next, &store, &tenant, &request, now, 1).unwrap()
    };
    ask(Actor::Host, Command::Activate);
    ask(Actor::Timer, Command::Wake(RecordKey::Ticket(TicketId::from_u128(1))));
    assert_eq!(queue(&scene, 1).as_deref(), Some("yeni"));
}
