//! Who may do what to which record, against a table of its own (law 25). It shares no code with the gate.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use crate::cast::{
    SPARE, TICKET, acting, agent, at, carrier, customer, email, message, name, order, policy, queue, record, run,
    variants, verified,
};
use destek::actor::Actor;
use destek::customer::{Ban, RecordCustomer, Unban};
use destek::desk::{Command, Rejection};
use destek::draft::{DiscardDraft, SaveDraft};
use destek::id::{ApprovalId, JobId, ReminderId, ScheduleId, SideId, TaskId, TeamId, TicketId, ViewId};
use destek::inbox::{Filter, RemoveView, SaveView, Sharing, Sort, SortBy};
use destek::job::{CancelJob, EACH, StartJob};
use destek::money::{Currency, Money};
use destek::order::{OrderCategory, RecordOrder};
use destek::record::{RecordKey, Version};
use destek::schedule::{RemoveSchedule, SetSchedule, Template};
use destek::team::{Presence, RecordAgent, SetPresence};
use destek::testing::Scene;
use destek::ticket::{self, FieldInput, HoldKind, LinkKind, Proposal};
use destek::time::Budget;
use destek::view::{for_customer, for_team};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Whether it works then is for the ticket's own rules to say.
    Allowed,
    /// The actor may know of the record, and may not do this.
    Forbidden,
    /// The actor may not know of the record.
    Hidden,
    /// Nobody knows what the actor may do, whatever is asked.
    Unknown,
}

/// Somebody, and what the ticket is to them: an agent has it (`own`), is of its queue's team (`team`) or of another
/// (`other`); for everybody else the word says it all.
type Who = (&'static str, &'static str);

const PEOPLE: [Who; 26] = [
    ("agent", "own"),
    ("agent", "team"),
    ("agent", "other"),
    ("lead", "own"),
    ("lead", "team"),
    ("lead", "other"),
    ("admin", "own"),
    ("admin", "team"),
    ("admin", "other"),
    ("solo", "own"),
    ("solo", "team"),
    ("solo", "other"),
    ("without role", "own"),
    ("without role", "team"),
    ("without role", "other"),
    ("unknown", "other"),
    ("owner", "verified"),
    ("owner", "claimed"),
    ("participant", "verified"),
    ("participant", "claimed"),
    ("stranger", "verified"),
    ("stranger", "claimed"),
    ("bot", ""),
    ("import", ""),
    ("host", ""),
    ("timer", ""),
];

const DAILY: &str = "reply note take transfer hold resume resolve confirm refuse reopen prioritize classify link_order \
                     tag set_field set_participant follow ask_approval withdraw_approval add_task complete_task \
                     reopen_task drop_task apply_checklist log_time correct_time start_side side_reply receive_side \
                     close_side remind dismiss";
const KEPT: &str = "assign unassign close mark_spam restore grant merge unmerge split approve decline link unlink";

const TASKS: &str = "add_task complete_task reopen_task drop_task apply_checklist";

/// The reference: what the gate ought to say.
fn reference((who, relation): Who, row: &str) -> Verdict {
    let allowed_to = |people: &str| {
        if people.split(' ').any(|own| own == who) { Verdict::Allowed } else { Verdict::Forbidden }
    };
    // An agent whom the host never recorded is the host's mistake, and is told so before anything is looked at.
    if who == "unknown" {
        return Verdict::Unknown;
    }
    match row {
        // No ticket yet whose scope could count; a claimed sender gets a ticket of his own.
        "open" | "receive" => return allowed_to("agent lead admin owner participant stranger bot import host"),
        "record_customer" | "record_order" => return allowed_to("host import"),
        "record_agent" | "activate" => return allowed_to("host"),
        "start_job" => return allowed_to("lead admin import host"),
        "ban" | "unban" => return allowed_to("lead admin host"),
        "set_schedule" | "remove_schedule" => return allowed_to("lead admin host"),
        // Somebody else's job: whoever could ask for one may know of it, the other ones of the shop may not.
        "cancel_job" if matches!(who, "agent" | "solo" | "without role" | "import") => return Verdict::Hidden,
        "cancel_job" => return allowed_to("lead admin host"),
        "wake" | "drain" => return allowed_to("timer host"),
        "save_view" => return allowed_to("agent lead admin solo"),
        // A team's view is its lead's to share, and to remove.
        "shared view" if who == "lead" && relation == "team" => return Verdict::Allowed,
        "shared view" => return allowed_to("admin"),
        "other's view" if matches!(who, "agent" | "lead" | "admin" | "solo") => return Verdict::Hidden,
        "other's view" => return Verdict::Forbidden,
        "remove_view" => {
            return match (who, relation) {
                ("lead", "team") | ("admin", _) => Verdict::Allowed,
                ("agent" | "solo", "team") => Verdict::Forbidden,
                ("agent" | "lead" | "solo", _) => Verdict::Hidden,
                _ => Verdict::Forbidden,
            };
        }
        "set_presence" if who == "lead" && relation == "team" => return Verdict::Allowed,
        "set_presence" => return allowed_to("admin host"),
        "own presence" if who == "without role" => return Verdict::Allowed,
        "own presence" => return allowed_to("agent lead admin solo host"),
        _ => {}
    }
    // Whoever may answer may write a draft, if he is somebody.
    let row = match row {
        "save_draft" | "discard_draft" if who == "bot" || who == "import" => return Verdict::Forbidden,
        "save_draft" | "discard_draft" => "reply",
        row => row,
    };
    let (sees, verbs) = match (who, relation) {
        // One's own may be given back.
        ("agent", "own") => (true, format!("{DAILY} unassign")),
        ("agent", "team") => (true, DAILY.to_owned()),
        ("lead", "own" | "team") | ("admin", _) => (true, format!("{DAILY} {KEPT}")),
        ("solo", "own") => (true, "reply resolve".to_owned()),
        ("owner", "verified") => (true, "confirm refuse".to_owned()),
        ("participant", "verified") => (true, String::new()),
        ("bot", _) => (true, "reply note ask_approval withdraw_approval receive_side".to_owned()),
        ("import", _) => {
            let told = "reply note hold resume resolve confirm refuse reopen close prioritize classify link_order tag";
            let sides = "start_side side_reply receive_side close_side";
            (true, format!("{told} set_field set_participant {TASKS} log_time correct_time {sides}"))
        }
        ("host", _) => {
            let facts = "note transfer prioritize classify link_order tag set_field set_participant mark_spam restore";
            (true, format!("{facts} {TASKS} receive_side"))
        }
        _ => (false, String::new()),
    };
    match (sees, verbs.split(' ').any(|verb| verb == row)) {
        (false, _) => Verdict::Hidden,
        (true, true) => Verdict::Allowed,
        (true, false) => Verdict::Forbidden,
    }
}

fn actor((who, relation): Who) -> Actor {
    match who {
        "owner" | "participant" | "stranger" if relation == "claimed" => Actor::claimed(customer(who)),
        "owner" | "participant" | "stranger" => verified(who),
        "bot" => Actor::Bot(name("bot")),
        "import" => Actor::Import(name("import")),
        "host" => Actor::Host,
        "timer" => Actor::Timer,
        _ => acting("me"),
    }
}

/// A ticket of the same customer, to whoever has the other one or is of its team what that one is.
const OTHER: TicketId = TicketId::from_u128(3);

/// An approval that nobody has asked for.
const APPROVAL: ApprovalId = ApprovalId::from_u128(1);
fn view(id: u128, called: &str) -> SaveView {
    SaveView::new(ViewId::from_u128(id), name(called), Filter::Mine, Sort::ascending(SortBy::Due))
}

/// A conversation that nobody has begun.
const SIDE: SideId = SideId::from_u128(1);

/// A task that nobody has added.
const TASK: TaskId = TaskId::from_u128(1);

/// A reminder that nobody has asked for.
const REMINDER: ReminderId = ReminderId::from_u128(1);

fn weekly(schedule: u128) -> SetSchedule {
    let template = Template::new(customer("owner"), email());
    SetSchedule::new(ScheduleId::from_u128(schedule), template, "mon 09:00".parse().unwrap())
}

/// A world with everybody in it, and with the ticket or without it.
fn world((who, relation): Who, with_ticket: bool) -> Scene {
    let mut scene = Scene::new(policy(), at(crate::cast::START));
    run(&mut scene, Actor::Host, record("root", Some("admin"), None));
    run(&mut scene, Actor::Host, record("mate", Some("agent"), Some("care")));
    if actor((who, relation)).agent().is_some() && who != "unknown" {
        let role = Some(who).filter(|who| *who != "without role");
        run(&mut scene, Actor::Host, record("me", role, Some(if relation == "team" { "care" } else { "returns" })));
    }
    run(&mut scene, Actor::Host, StartJob::new(JobId::from_u128(1), [TICKET], ticket::MarkSpam::new(EACH)));
    run(&mut scene, Actor::Host, weekly(1));
    let team = Sharing::Team(TeamId::new("care").unwrap());
    run(&mut scene, acting("root"), view(8, "care").shared(team));
    run(&mut scene, acting("mate"), view(9, "own"));
    if with_ticket {
        let wish = ticket::Receive::new(TICKET, message(1), customer("owner"), email(), "Where is it?");
        run(&mut scene, verified("owner"), wish);
        run(&mut scene, acting("root"), ticket::SetParticipant::new(TICKET, customer("participant"), true));
        run(&mut scene, verified("owner"), ticket::Open::new(OTHER, customer("owner"), email()));
        if relation == "own" {
            run(&mut scene, acting("root"), ticket::Assign::new(TICKET, agent("me")));
            run(&mut scene, acting("root"), ticket::Assign::new(OTHER, agent("me")));
        }
    }
    scene
}

const ROWS: [&str; 67] = [
    "open",
    "receive",
    "reply",
    "note",
    "take",
    "assign",
    "unassign",
    "transfer",
    "hold",
    "resume",
    "remind",
    "dismiss",
    "resolve",
    "confirm",
    "refuse",
    "reopen",
    "close",
    "prioritize",
    "classify",
    "tag",
    "set_field",
    "link_order",
    "set_participant",
    "follow",
    "mark_spam",
    "restore",
    "grant",
    "merge",
    "unmerge",
    "split",
    "ask_approval",
    "approve",
    "decline",
    "withdraw_approval",
    "link",
    "unlink",
    "add_task",
    "complete_task",
    "reopen_task",
    "drop_task",
    "apply_checklist",
    "log_time",
    "correct_time",
    "start_side",
    "side_reply",
    "receive_side",
    "close_side",
    "record_customer",
    "ban",
    "unban",
    "record_order",
    "record_agent",
    "set_presence",
    "own presence",
    "start_job",
    "cancel_job",
    "activate",
    "wake",
    "drain",
    "save_view",
    "shared view",
    "other's view",
    "remove_view",
    "save_draft",
    "discard_draft",
    "set_schedule",
    "remove_schedule",
];

/// Rows that are another case of a command.
const VARIANTS: [(&str, &str); 3] =
    [("own presence", "set_presence"), ("shared view", "save_view"), ("other's view", "remove_view")];

#[expect(clippy::too_many_lines, reason = "one line for each row")]
fn command(who: Who, row: &str) -> Command {
    let sender = match who.0 {
        "participant" | "stranger" => customer(who.0),
        _ => customer("owner"),
    };
    match row {
        "open" => ticket::Open::new(SPARE, sender, email()).into(),
        "receive" => ticket::Receive::new(SPARE, message(2), sender, email(), "Hello?").answers(TICKET).into(),
        "reply" => ticket::Reply::new(TICKET, message(3), "Hello").into(),
        "note" => ticket::Note::new(TICKET, message(3), "Hm").into(),
        "take" => ticket::Take::new(TICKET).into(),
        "assign" => ticket::Assign::new(TICKET, agent("mate")).into(),
        "unassign" => ticket::Unassign::new(TICKET).into(),
        "transfer" => ticket::Transfer::new(TICKET, queue("returns")).into(),
        "hold" => ticket::Hold::new(TICKET, HoldKind::Customer).into(),
        "resume" => ticket::Resume::new(TICKET).into(),
        "remind" => ticket::Remind::new(TICKET, REMINDER).after("5m".parse::<Budget>().unwrap()).into(),
        "dismiss" => ticket::Dismiss::new(TICKET, REMINDER).into(),
        "resolve" => ticket::Resolve::new(TICKET).into(),
        "confirm" => ticket::Confirm::new(TICKET).into(),
        "refuse" => ticket::Refuse::new(TICKET).into(),
        "reopen" => ticket::Reopen::new(TICKET).into(),
        "close" => ticket::Close::new(TICKET).into(),
        "prioritize" => ticket::Prioritize::new(TICKET).priority(name("high")).into(),
        "classify" => ticket::Classify::new(TICKET).kind(name("praise")).into(),
        "tag" => ticket::Tag::new(TICKET).add(name("gift")).into(),
        "set_field" => ticket::SetField::new(TICKET, name("size")).value(FieldInput::Number(1)).into(),
        "link_order" => ticket::LinkOrder::new(TICKET, order("o-1")).into(),
        "set_participant" => ticket::SetParticipant::new(TICKET, customer("aunt"), true).into(),
        "follow" => ticket::Follow::new(TICKET, true).into(),
        "mark_spam" => ticket::MarkSpam::new(TICKET).into(),
        "restore" => ticket::Restore::new(TICKET).into(),
        "grant" => ticket::Grant::new(TICKET, name("refund"), Money::new(100, Currency::TRY)).into(),
        "merge" => ticket::Merge::new(TICKET, OTHER).into(),
        "unmerge" => ticket::Unmerge::new(TICKET).into(),
        "split" => ticket::Split::new(TICKET, message(1), SPARE).into(),
        "ask_approval" => ticket::AskApproval::new(TICKET, APPROVAL, Proposal::Consent).into(),
        "approve" => ticket::Approve::new(TICKET, APPROVAL).into(),
        "decline" => ticket::Decline::new(TICKET, APPROVAL, "No.").into(),
        "withdraw_approval" => ticket::WithdrawApproval::new(TICKET, APPROVAL).into(),
        "link" => ticket::Link::new(TICKET, LinkKind::Blocks, OTHER).into(),
        "unlink" => ticket::Unlink::new(TICKET, LinkKind::Blocks, OTHER).into(),
        "add_task" => ticket::AddTask::new(TICKET, TASK, "Ask the carrier.").into(),
        "complete_task" => ticket::CompleteTask::new(TICKET, TASK).into(),
        "reopen_task" => ticket::ReopenTask::new(TICKET, TASK).into(),
        "drop_task" => ticket::DropTask::new(TICKET, TASK).into(),
        "apply_checklist" => ticket::ApplyChecklist::new(TICKET, name("broken")).into(),
        "log_time" => ticket::LogTime::new(TICKET, "5m".parse::<Budget>().unwrap()).into(),
        "correct_time" => ticket::CorrectTime::new(TICKET, Version::FIRST, "5m".parse::<Budget>().unwrap()).into(),
        "start_side" | "side_reply" | "receive_side" | "close_side" => beside(row),
        "ban" => Ban::new(customer("owner")).into(),
        "unban" => Unban::new(customer("owner")).into(),
        "record_customer" => RecordCustomer::new(customer("owner")).orders(3).into(),
        "record_order" => {
            let value = Money::new(100, Currency::TRY);
            RecordOrder::new(order("o-1"), customer("owner"), OrderCategory::Placed, value).into()
        }
        "record_agent" => RecordAgent::new(agent("eda")).team(TeamId::new("care").unwrap()).into(),
        "own presence" if actor(who).agent().is_some() => SetPresence::new(agent("me"), Presence::Available).into(),
        "set_presence" | "own presence" => SetPresence::new(agent("mate"), Presence::Available).into(),
        "start_job" => StartJob::new(JobId::from_u128(2), [TICKET], ticket::Close::new(EACH)).into(),
        "cancel_job" => CancelJob::new(JobId::from_u128(1)).into(),
        "activate" => Command::Activate,
        "wake" => Command::Wake(RecordKey::Ticket(TICKET)),
        "drain" => Command::Drain(queue("general")),
        "save_view" => view(7, "own").into(),
        "shared view" => view(7, "care").shared(Sharing::Team(TeamId::new("care").unwrap())).into(),
        "other's view" => RemoveView::new(ViewId::from_u128(9)).into(),
        "remove_view" => RemoveView::new(ViewId::from_u128(8)).into(),
        "save_draft" => SaveDraft::new(TICKET, "Hel").into(),
        "discard_draft" => DiscardDraft::new(TICKET).into(),
        "set_schedule" => weekly(2).into(),
        "remove_schedule" => RemoveSchedule::new(ScheduleId::from_u128(1)).into(),
        _ => panic!("no command for the row `{row}`"),
    }
}

/// What concerns a conversation with a third party.
fn beside(row: &str) -> Command {
    match row {
        "start_side" => ticket::StartSide::new(TICKET, SIDE, carrier(), message(4), "Where is it?").into(),
        "side_reply" => ticket::SideReply::new(TICKET, SIDE, message(4), "Any news?").into(),
        "receive_side" => ticket::ReceiveSide::new(TICKET, SIDE, message(4), "At the depot.").into(),
        "close_side" => ticket::CloseSide::new(TICKET, SIDE).into(),
        _ => panic!("no command for the row `{row}`"),
    }
}

fn ask(who: Who, row: &str, with_ticket: bool) -> Result<(), Rejection> {
    world(who, with_ticket).preview(actor(who), command(who, row)).map(drop)
}

/// What the gate says.
fn verdict(who: Who, row: &str) -> Verdict {
    match ask(who, row, true) {
        Err(rejection) if rejection.code() == "not_found" => Verdict::Hidden,
        Err(rejection) if rejection.code() == "forbidden" => Verdict::Forbidden,
        Err(rejection) if rejection.code() == "unknown_actor" => Verdict::Unknown,
        _ => Verdict::Allowed,
    }
}

fn differences(gate: impl Fn(Who, &str) -> Verdict) -> Vec<String> {
    let cells = PEOPLE.into_iter().flat_map(|who| ROWS.into_iter().map(move |row| (who, row)));
    let differs = cells.filter_map(|(who, row)| {
        let (said, expected) = (gate(who, row), reference(who, row));
        (said != expected).then(|| format!("{} ({}) {row}: {said:?}, expected {expected:?}", who.0, who.1))
    });
    differs.collect()
}

#[test]
fn law_25_the_gate_says_what_the_table_says() {
    let differences = differences(verdict);
    assert!(differences.is_empty(), "{} cells differ:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn a_broken_gate_is_noticed() {
    let forgets_transfer = |who, row: &str| if row == "transfer" { Verdict::Allowed } else { verdict(who, row) };
    let forgets_claims = |who: Who, row: &str| {
        if who.1 == "claimed" { verdict((who.0, "verified"), row) } else { verdict(who, row) }
    };
    let shows_too_much = |who, row: &str| match verdict(who, row) {
        Verdict::Hidden => Verdict::Forbidden,
        other => other,
    };
    let takes_anybody = |who, row: &str| match verdict(who, row) {
        Verdict::Unknown => Verdict::Hidden,
        other => other,
    };
    assert!(differences(forgets_transfer).iter().any(|found| found.starts_with("participant (verified) transfer")));
    assert!(differences(forgets_claims).iter().any(|found| found.starts_with("owner (claimed) confirm")));
    assert!(differences(shows_too_much).iter().any(|found| found.starts_with("without role (other) reply")));
    assert!(differences(takes_anybody).iter().any(|found| found.starts_with("unknown (other) open")));
}

#[test]
fn the_table_has_a_row_for_every_command() {
    let mut commands = variants::<ticket::Command>();
    commands.extend(variants::<Command>().into_iter().filter(|kind| kind != "ticket"));
    let rows: BTreeSet<&str> = ROWS
        .into_iter()
        .map(|row| VARIANTS.iter().find(|(other, _)| *other == row).map_or(row, |(_, of)| of))
        .collect();
    assert_eq!(rows, commands.iter().map(String::as_str).collect());
    for row in ROWS.into_iter().filter(|row| !VARIANTS.iter().any(|(other, _)| other == row)) {
        assert_eq!(command(("owner", "verified"), row).kind(), row);
    }
}

/// Whether somebody may look at the ticket.
fn sees(who: Who) -> bool {
    let scene = world(who, true);
    let (actor, dossier) = (actor(who), scene.dossier(TICKET).unwrap());
    let state = actor.agent().and_then(|id| scene.state(&RecordKey::Agent(id.clone())));
    let agent = state.as_deref().and_then(|state| state.agent());
    let as_customer = for_customer(&actor, &dossier).is_some();
    let in_team = for_team(scene.desk().policy(), (&actor, agent), &dossier, scene.now()).is_some();
    assert!(!(as_customer && in_team), "{who:?} sees both pictures");
    as_customer || in_team
}

/// Rows that name the ticket and need a right on it.
fn verbs() -> impl Iterator<Item = &'static str> {
    ROWS.into_iter().skip(2).take_while(|row| *row != "record_customer")
}

#[test]
fn whoever_may_write_may_look_and_whoever_may_not_look_may_not_write() {
    for who in PEOPLE {
        let sees = sees(who);
        for row in verbs() {
            let closed = matches!(verdict(who, row), Verdict::Hidden | Verdict::Unknown);
            assert_eq!(!closed, sees, "{who:?} {row}");
        }
    }
}

#[test]
fn what_may_not_be_seen_looks_like_what_is_not_there() {
    let mut hidden = 0;
    for who in PEOPLE {
        let hidden_from = |row: &&str| matches!(reference(who, row), Verdict::Hidden | Verdict::Unknown);
        for row in verbs().filter(hidden_from) {
            let (denied, missing) = (ask(who, row, true).unwrap_err(), ask(who, row, false).unwrap_err());
            assert_eq!(denied, missing, "{who:?} {row}");
            assert_eq!(denied.to_string(), missing.to_string());
            hidden += 1;
        }
    }
    // Eleven people may not see the ticket: agents of other teams, without role or unknown, claims, a stranger, time.
    assert_eq!(hidden, verbs().count() * PEOPLE.into_iter().filter(|who| !sees(*who)).count());
    assert!(hidden > 200);
}

#[test]
fn a_message_joins_only_for_whoever_takes_part() {
    for who in PEOPLE.into_iter().filter(|who| matches!(who.0, "owner" | "participant" | "stranger")) {
        let mut scene = world(who, true);
        let receipt = scene.run(actor(who), command(who, "receive")).unwrap();
        let joins = who.1 == "verified" && who.0 != "stranger";
        assert_eq!(receipt.ticket, Some(if joins { TICKET } else { SPARE }), "{who:?}");
        if !joins {
            // To a sender without proof a hidden ticket and a missing one are answered alike.
            let mut without = world(who, false);
            let alike = without.run(actor(who), command(who, "receive")).unwrap();
            // Which other ticket it may be about is said to the team beside, and never to him.
            let kinds = |scene: &Scene| {
                let kinds = scene.kinds(SPARE).into_iter();
                kinds.filter(|kind| *kind != "possible_duplicate").collect::<Vec<_>>()
            };
            assert_eq!((alike.ticket, kinds(&without)), (receipt.ticket, kinds(&scene)), "{who:?}");
        }
    }
}
