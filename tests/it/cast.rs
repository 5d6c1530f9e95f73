//! The people and the policy of the tables: small enough to know by heart.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use destek::actor::Actor;
use destek::channel::{Channel, ChannelKind};
use destek::desk::{Command, Decision, Recorded};
use destek::id::{AgentId, CustomerId, MessageId, Name, OrderId, PartyId, QueueId, TeamId, TicketId};
use destek::policy::{Policy, PolicyDoc};
use destek::team::{Presence, RecordAgent, SetPresence};
use destek::testing::Scene;
use destek::ticket::Party;
use destek::time::Timestamp;

/// A Friday, ten in the morning.
pub(crate) const START: &str = "2026-11-27T10:00:00Z";

/// Promises wide enough that no table breaks one, waits for the customer pause the resolution, and three days of
/// silence close. The rights of each role are written out, so that a table can be read against them.
pub(crate) const POLICY: &str = r#"{
  "version": 1,
  "default_queue": "general",
  "silence": { "after": "72h" },
  "head_start": { "urgent": "4h" },
  "requester": { "open_max": 100, "opened_per_hour": 100, "acknowledged_per_hour": 100 },
  "field": [{ "name": "parcel", "type": "text" }, { "name": "size", "type": "number" }],
  "queue": [{ "name": "general", "teams": ["care"] }, { "name": "returns", "teams": ["returns"] }],
  "sla": [{
    "name": "all",
    "first_response": { "budget": "1000h" },
    "resolution": { "budget": "2000h", "pauses_on": ["customer"] }
  }],
  "approval": [
    { "name": "large", "by": ["lead", "admin"], "expires_after": "24h", "grants": { "refund": "2000 TRY" },
      "covers": ["consent", "close", "mark_spam"] },
    { "name": "huge", "by": ["admin"], "expires_after": "48h", "grants": { "refund": "9000 TRY" }, "need": "60%" }
  ],
  "checklist": [{ "name": "broken", "tasks": [
    { "key": "photo", "title": "Ask for a photo." },
    { "key": "stock", "title": "Look whether it is in stock.", "required": true }
  ] }],
  "role": [
    { "name": "agent", "scope": "team", "may": ["view", "open", "receive", "reply", "note", "take", "transfer", "hold",
      "resolve", "confirm", "reopen", "prioritize", "classify", "tag", "set_field", "participate", "follow", "ask", "task", "log_time",
      "side", "receive_side"] },
    { "name": "lead", "scope": "team", "may": ["view", "open", "receive", "reply", "note", "take", "assign",
      "transfer", "hold", "resolve", "confirm", "reopen", "close", "prioritize", "classify", "tag", "set_field",
      "participate", "follow", "screen", "grant", "presence", "merge", "split", "ask", "approve", "link", "bulk", "share_views",
      "task", "log_time", "side", "receive_side", "ban", "schedule"], "grants": { "refund": "500 TRY" } },
    { "name": "admin", "scope": "all", "may": ["view", "open", "receive", "reply", "note", "take", "assign",
      "transfer", "hold", "resolve", "confirm", "reopen", "close", "prioritize", "classify", "tag", "set_field",
      "participate", "follow", "screen", "grant", "presence", "merge", "split", "ask", "approve", "link", "bulk", "share_views",
      "task", "log_time", "side", "receive_side", "ban", "schedule"], "grants": { "refund": "500 TRY" } },
    { "name": "solo", "scope": "own", "may": ["reply", "resolve"] }
  ]
}"#;

/// The one ticket of most tables.
pub(crate) const TICKET: TicketId = TicketId::from_u128(1);
/// A ticket that a command may make beside it.
pub(crate) const SPARE: TicketId = TicketId::from_u128(2);

pub(crate) fn policy() -> Policy {
    read(POLICY)
}

pub(crate) fn read(document: &str) -> Policy {
    serde_json::from_str::<PolicyDoc>(document).unwrap().compile().unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub(crate) fn customer(text: &str) -> CustomerId {
    CustomerId::new(text).unwrap()
}

pub(crate) fn verified(text: &str) -> Actor {
    Actor::verified(customer(text))
}

pub(crate) fn agent(text: &str) -> AgentId {
    AgentId::new(text).unwrap()
}

pub(crate) fn acting(text: &str) -> Actor {
    Actor::Agent(agent(text))
}

pub(crate) fn queue(text: &str) -> QueueId {
    QueueId::new(text).unwrap()
}

pub(crate) fn order(text: &str) -> OrderId {
    OrderId::new(text).unwrap()
}

pub(crate) const fn message(number: u128) -> MessageId {
    MessageId::from_u128(number)
}

pub(crate) const fn email() -> Channel {
    Channel::of(ChannelKind::Email)
}

pub(crate) fn record(agent_: &str, role: Option<&str>, team: Option<&str>) -> RecordAgent {
    let mut record = RecordAgent::new(agent(agent_));
    if let Some(role) = role {
        record = record.role(name(role));
    }
    if let Some(team) = team {
        record = record.team(TeamId::new(team).unwrap());
    }
    record
}

/// `ada` works in the team of the queue `general` and is there; `bora` works on returns; `root` may do everything.
pub(crate) fn scene() -> Scene {
    let mut scene = Scene::new(policy(), at(START));
    for record in [
        record("ada", Some("agent"), Some("care")),
        record("bora", Some("agent"), Some("returns")),
        record("root", Some("admin"), None),
    ] {
        run(&mut scene, Actor::Host, record);
    }
    run(&mut scene, Actor::Host, SetPresence::new(agent("ada"), Presence::Available));
    scene
}

/// A third party.
pub(crate) fn carrier() -> Party {
    Party::new(PartyId::new("carrier").unwrap(), name("Hızlı Kargo"), email())
}

/// Carries out what must succeed.
#[track_caller]
pub(crate) fn run(scene: &mut Scene, actor: Actor, command: impl Into<Command>) {
    let command = command.into();
    if let Err(rejection) = scene.run(actor.clone(), command.clone()) {
        panic!("{actor:?} {}: {rejection}", command.kind());
    }
}

/// Everything that the store holds of the tenant, as text: states, logs, wake-ups, effects, loads.
pub(crate) fn everything(scene: &Scene) -> String {
    let (store, tenant) = (scene.store(), scene.tenant());
    let mut all = String::new();
    for (key, version, state) in store.records(tenant) {
        let log = serde_json::to_string(&scene.log(&key)).unwrap();
        all += &format!("{key} {version} {}\n{log}\n", serde_json::to_string(&*state).unwrap());
    }
    for row in store.outbox(tenant) {
        let outgoing = serde_json::to_string(&row.outgoing).unwrap();
        all += &format!("{outgoing} {:?} {}\n", row.status, row.attempts);
    }
    all + &format!("{:?}\n{:?}\n", store.wakes(tenant), store.loads(tenant))
}

/// What happened in a decision, in words; a run of clock events is one `~`.
pub(crate) fn words(decision: &Decision) -> String {
    words_of(decision.events())
}

pub(crate) fn words_of<'a>(events: impl Iterator<Item = &'a Recorded>) -> String {
    let mut words: Vec<&str> = events.map(|recorded| recorded.event.kind()).collect();
    words.iter_mut().for_each(|word| *word = if *word == "clock" { "~" } else { *word });
    words.dedup_by(|one, other| *one == "~" && *other == "~");
    if words.is_empty() { "nothing".to_owned() } else { words.join(" ") }
}

/// The variants that a type can be read from, as serde itself lists them: the source of truth for completeness.
pub(crate) fn variants<T: serde::de::DeserializeOwned>() -> Vec<String> {
    let error = serde_json::from_str::<T>(r#"{"no such variant":0}"#).err().unwrap().to_string();
    let (_, expected) = error.split_once("expected ").unwrap();
    expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}
