//! Every limit on what comes in, at its edge (law 31): one less and the limit itself pass, one more is an error that
//! names field, limit and size, and changes nothing (law 2).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use crate::cast::{
    POLICY, SPARE, TICKET, acting, agent, at, customer, email, everything, message, name, order, read, record, run,
    scene, verified,
};
use destek::actor::Actor;
use destek::customer::RecordCustomer;
use destek::desk::{Command, Rejection};
use destek::id::{AgentId, ApprovalId, CustomerId, Name, OrderId, QueueId, TaskId, TeamId, TenantId, TicketId};
use destek::limits;
use destek::money::{Currency, Money};
use destek::team::RecordAgent;
use destek::testing::Scene;
use destek::ticket::{self, FieldInput, HoldKind};
use destek::time::{Budget, Span};

/// A ticket that an agent has; and another that is resolved.
fn at_work() -> Scene {
    let mut scene = scene();
    let owner = verified("owner");
    let wish = ticket::Receive::new(TICKET, message(1), customer("owner"), email(), "Where is it?");
    run(&mut scene, owner, wish);
    run(&mut scene, acting("ada"), ticket::Take::new(TICKET));
    scene
}

fn resolved() -> Scene {
    let mut scene = at_work();
    run(&mut scene, acting("ada"), ticket::Resolve::new(TICKET));
    scene
}

/// One limited input: what it is called in the error, its limit, and a world with a command that brings so much.
struct Bound {
    what: &'static str,
    field: &'static str,
    limit: usize,
    of_size: fn(usize) -> (Scene, Actor, Command),
}

/// A text of so many bytes, of letters that take two, and one that takes one where the number is odd.
fn text(bytes: usize) -> String {
    "ş".repeat(bytes / 2) + if bytes % 2 == 1 { "s" } else { "" }
}

fn names(many: usize) -> impl Iterator<Item = Name> {
    (0..many).map(|i| name(&format!("n{i}")))
}

fn receive(body: &str) -> ticket::Receive {
    ticket::Receive::new(SPARE, message(9), customer("other"), email(), body)
}

const TEXTS: &[Bound] = &[
    Bound {
        what: "reply",
        field: "body",
        limit: limits::BODY_BYTES_MAX,
        of_size: |size| (at_work(), acting("ada"), ticket::Reply::new(TICKET, message(9), text(size)).into()),
    },
    Bound {
        what: "note",
        field: "body",
        limit: limits::BODY_BYTES_MAX,
        of_size: |size| (at_work(), acting("ada"), ticket::Note::new(TICKET, message(9), text(size)).into()),
    },
    Bound {
        what: "message that joins",
        field: "body",
        limit: limits::BODY_BYTES_MAX,
        of_size: |size| {
            let receive = ticket::Receive::new(SPARE, message(9), customer("owner"), email(), text(size));
            (at_work(), verified("owner"), receive.into())
        },
    },
    Bound {
        what: "message that opens",
        field: "body",
        limit: limits::BODY_BYTES_MAX,
        of_size: |size| (at_work(), verified("other"), receive(&text(size)).into()),
    },
    Bound {
        what: "first message",
        field: "body",
        limit: limits::BODY_BYTES_MAX,
        of_size: |size| {
            let open = ticket::Open::new(SPARE, customer("other"), email()).subject("Parcel");
            (at_work(), acting("ada"), open.message(message(9), text(size)).into())
        },
    },
    Bound {
        what: "subject",
        field: "subject",
        limit: limits::SUBJECT_BYTES_MAX,
        of_size: |size| {
            let open = ticket::Open::new(SPARE, customer("other"), email()).subject(text(size));
            (at_work(), acting("ada"), open.message(message(9), "Hello").into())
        },
    },
    Bound {
        what: "subject of a message",
        field: "subject",
        limit: limits::SUBJECT_BYTES_MAX,
        of_size: |size| (at_work(), verified("other"), receive("Hello").subject(text(size)).into()),
    },
    Bound {
        what: "reason to hold",
        field: "reason",
        limit: limits::REASON_BYTES_MAX,
        of_size: |size| {
            let hold = ticket::Hold::new(TICKET, HoldKind::Internal).reason(text(size));
            (at_work(), acting("ada"), hold.into())
        },
    },
    Bound {
        what: "reason to refuse",
        field: "reason",
        limit: limits::REASON_BYTES_MAX,
        of_size: |size| (resolved(), verified("owner"), ticket::Refuse::new(TICKET).reason(text(size)).into()),
    },
    Bound {
        what: "reason to grant",
        field: "reason",
        limit: limits::REASON_BYTES_MAX,
        of_size: |size| {
            let grant = ticket::Grant::new(TICKET, name("refund"), Money::new(100, Currency::TRY)).reason(text(size));
            (at_work(), acting("root"), grant.into())
        },
    },
    Bound {
        what: "reason to ask for approval",
        field: "reason",
        limit: limits::REASON_BYTES_MAX,
        of_size: |size| {
            let ask = ticket::AskApproval::new(TICKET, ApprovalId::from_u128(1), ticket::Proposal::Consent);
            (at_work(), acting("ada"), ask.reason(text(size)).into())
        },
    },
    Bound {
        what: "reason to decline",
        field: "reason",
        limit: limits::REASON_BYTES_MAX,
        of_size: |size| {
            let (mut scene, approval) = (at_work(), ApprovalId::from_u128(1));
            run(&mut scene, acting("ada"), ticket::AskApproval::new(TICKET, approval, ticket::Proposal::Consent));
            (scene, acting("root"), ticket::Decline::new(TICKET, approval, text(size)).into())
        },
    },
    Bound {
        what: "title of a task",
        field: "title",
        limit: limits::TASK_TITLE_BYTES_MAX,
        of_size: |size| {
            let add = ticket::AddTask::new(TICKET, TaskId::from_u128(1), text(size));
            (at_work(), acting("ada"), add.into())
        },
    },
    Bound {
        what: "note to time worked",
        field: "reason",
        limit: limits::REASON_BYTES_MAX,
        of_size: |size| {
            let log = ticket::LogTime::new(TICKET, Budget::seconds(60).unwrap());
            (at_work(), acting("ada"), log.note(text(size)).into())
        },
    },
    Bound {
        what: "text of a field",
        field: "field",
        limit: limits::FIELD_BYTES_MAX,
        of_size: |size| {
            let set = ticket::SetField::new(TICKET, name("parcel")).value(FieldInput::Text(text(size).into()));
            (at_work(), acting("ada"), set.into())
        },
    },
    Bound {
        what: "name of a customer",
        field: "name",
        limit: limits::FIELD_BYTES_MAX,
        of_size: |size| (at_work(), Actor::Host, RecordCustomer::new(customer("owner")).name(text(size)).into()),
    },
];

const COUNTS: &[Bound] = &[
    Bound {
        what: "tags at once",
        field: "tags",
        limit: limits::TAGS_MAX,
        of_size: |size| {
            let tag = names(size).fold(ticket::Tag::new(TICKET), ticket::Tag::add);
            (at_work(), acting("ada"), tag.into())
        },
    },
    Bound {
        what: "one tag more",
        field: "tags",
        limit: limits::TAGS_MAX,
        of_size: |size| {
            let mut scene = at_work();
            run(&mut scene, acting("ada"), names(size - 1).fold(ticket::Tag::new(TICKET), ticket::Tag::add));
            (scene, acting("ada"), ticket::Tag::new(TICKET).add(name("last")).into())
        },
    },
    Bound {
        what: "fields",
        field: "fields",
        limit: limits::FIELDS_MAX,
        of_size: |size| {
            let fields = names(size).map(|field| format!(r#"{{ "name": "{field}", "type": "flag" }},"#));
            let document = POLICY.replace(r#""field": ["#, &format!(r#""field": [{}"#, fields.collect::<String>()));
            let mut scene = Scene::new(read(&document), at(crate::cast::START));
            run(&mut scene, Actor::Host, record("ada", Some("agent"), Some("care")));
            let wish = ticket::Receive::new(TICKET, message(1), customer("owner"), email(), "Where is it?");
            run(&mut scene, verified("owner"), wish);
            let set = |field| ticket::SetField::new(TICKET, field).value(FieldInput::Flag(true));
            names(size - 1).for_each(|field| run(&mut scene, acting("ada"), set(field)));
            (scene, acting("ada"), set(names(size).last().unwrap()).into())
        },
    },
    Bound {
        what: "participants",
        field: "participants",
        limit: limits::PARTICIPANTS_MAX,
        of_size: |size| {
            let mut scene = at_work();
            let add = |i: usize| ticket::SetParticipant::new(TICKET, customer(&format!("p-{i}")), true);
            (1..size).for_each(|i| run(&mut scene, acting("ada"), add(i)));
            (scene, acting("ada"), add(size).into())
        },
    },
    Bound {
        what: "followers",
        field: "followers",
        limit: limits::FOLLOWERS_MAX,
        of_size: |size| {
            let mut scene = at_work();
            for i in 1..=size {
                let follower = format!("f-{i}");
                run(&mut scene, Actor::Host, record(&follower, Some("agent"), Some("care")));
                if i < size {
                    run(&mut scene, acting(&follower), ticket::Follow::new(TICKET, true));
                }
            }
            (scene, acting(&format!("f-{size}")), ticket::Follow::new(TICKET, true).into())
        },
    },
    Bound {
        what: "open tickets",
        field: "open_tickets",
        limit: limits::OPEN_TICKETS_MAX,
        of_size: |size| {
            let mut scene = scene();
            let open = |i: usize| {
                let ticket = TicketId::from_u128(u128::try_from(i).unwrap());
                ticket::Open::new(ticket, customer("owner"), email()).order(order(&format!("o-{i}")))
            };
            // Customers are let in no further than the policy says.
            (1..size).for_each(|i| run(&mut scene, Actor::Host, open(i)));
            (scene, Actor::Host, open(size).into())
        },
    },
    Bound {
        what: "teams",
        field: "teams",
        limit: limits::TEAMS_MAX,
        of_size: |size| {
            let queue = |team| format!(r#"{{ "name": "of {team}", "teams": ["{team}"] }},"#);
            let queues = names(size).map(queue).collect::<String>();
            let scene = Scene::new(
                read(&POLICY.replace(r#""queue": ["#, &format!(r#""queue": [{queues}"#))),
                at(crate::cast::START),
            );
            let teams = names(size).map(|team| TeamId::new(team.as_str()).unwrap());
            (scene, Actor::Host, teams.fold(RecordAgent::new(agent("eda")), RecordAgent::team).into())
        },
    },
    Bound {
        what: "roles",
        field: "roles",
        limit: limits::ROLES_MAX,
        of_size: |size| {
            let roles = names(size).map(|role| format!(r#"{{ "name": "{role}", "scope": "own", "may": ["view"] }},"#));
            let document = POLICY.replace(r#""role": ["#, &format!(r#""role": [{}"#, roles.collect::<String>()));
            let scene = Scene::new(read(&document), at(crate::cast::START));
            (scene, Actor::Host, names(size).fold(RecordAgent::new(agent("eda")), RecordAgent::role).into())
        },
    },
    Bound {
        what: "skills",
        field: "skills",
        limit: limits::SKILLS_MAX,
        of_size: |size| {
            let record = RecordAgent::new(agent("eda"));
            (at_work(), Actor::Host, names(size).fold(record, |record, skill| record.skill(skill, 3)).into())
        },
    },
    Bound {
        what: "capacity",
        field: "capacity",
        limit: limits::CAPACITY_MAX as usize,
        of_size: |size| {
            let capacity = u32::try_from(size).unwrap();
            (at_work(), Actor::Host, RecordAgent::new(agent("eda")).capacity(capacity).into())
        },
    },
];

/// Refuses, with this code, and leaves everything as it was.
fn refused(what: &str, (mut scene, actor, command): (Scene, Actor, Command), code: &str) -> Rejection {
    let before = everything(&scene);
    let rejection = scene.run(actor, command).expect_err(what);
    assert_eq!(rejection.code(), code, "{what}: {rejection}");
    assert!(everything(&scene) == before, "{what}: a refusal has changed something");
    rejection
}

fn passes(what: &str, (mut scene, actor, command): (Scene, Actor, Command)) {
    let before = everything(&scene);
    scene.run(actor, command).unwrap_or_else(|rejection| panic!("{what}: {rejection}"));
    assert!(everything(&scene) != before, "{what}: nothing has changed");
}

/// Whether an error says what is too large, what is allowed and what came.
fn names_everything(message: &str, bound: &Bound) -> bool {
    let (limit, size) = (bound.limit.to_string(), (bound.limit + 1).to_string());
    let numbers: Vec<&str> = message.split(|c: char| !c.is_ascii_digit()).collect();
    message.contains(&format!("`{}`", bound.field))
        && numbers.contains(&limit.as_str())
        && numbers.contains(&size.as_str())
}

#[test]
fn law_31_every_limit_holds_at_its_edge() {
    for bound in TEXTS.iter().chain(COUNTS) {
        passes(bound.what, (bound.of_size)(bound.limit - 1));
        passes(bound.what, (bound.of_size)(bound.limit));
        let code = match bound.field {
            "teams" | "roles" | "skills" | "capacity" => "invalid",
            _ if TEXTS.iter().any(|text| text.what == bound.what) => "too_long",
            _ => "too_many",
        };
        let message = refused(bound.what, (bound.of_size)(bound.limit + 1), code).to_string();
        assert!(names_everything(&message, bound), "{}: {message}", bound.what);
    }
}

#[test]
fn an_error_that_names_too_little_is_noticed() {
    let bound = TEXTS.iter().find(|bound| bound.what == "subject").unwrap();
    assert!(names_everything("`subject` has 999 bytes, at most 998 are allowed", bound));
    for short in ["it has 999 bytes, at most 998 are allowed", "`subject` has 999 bytes", "`subject`: at most 998"] {
        assert!(!names_everything(short, bound), "{short}");
    }
}

/// The command of a text bound, with its text replaced.
fn with_text(bound: &Bound, text: &str) -> (Scene, Actor, Command) {
    let (scene, actor, command) = (bound.of_size)(37);
    let json = serde_json::to_string(&command).unwrap();
    let changed =
        json.replacen(&serde_json::to_string(&self::text(37)).unwrap(), &serde_json::to_string(text).unwrap(), 1);
    assert_ne!(json, changed, "{}", bound.what);
    (scene, actor, serde_json::from_str(&changed).unwrap())
}

#[test]
fn every_text_says_something_and_has_no_nul() {
    for bound in TEXTS {
        for blank in ["", " ", "\t\n  ", "\u{a0}\u{2003}"] {
            let message = refused(bound.what, with_text(bound, blank), "blank").to_string();
            assert!(message.contains(&format!("`{}`", bound.field)), "{message}");
        }
        for nul in ["\0", "before\0after"] {
            let message = refused(bound.what, with_text(bound, nul), "nul").to_string();
            assert!(message.contains(&format!("`{}`", bound.field)), "{message}");
        }
        passes(bound.what, with_text(bound, "\u{200b}İğne 👩‍👩‍👧 \u{301}"));
    }
}

#[test]
fn other_values_have_edges_too() {
    let skill = |level| (at_work(), Actor::Host, Command::from(RecordAgent::new(agent("eda")).skill(name("x"), level)));
    refused("a skill of level 0", skill(0), "invalid");
    passes("a skill of level 1", skill(1));
    passes("a skill of level 5", skill(5));
    refused("a skill of level 6", skill(6), "invalid");

    let grant = |amount| {
        let grant = ticket::Grant::new(TICKET, name("refund"), Money::new(amount, Currency::TRY));
        (at_work(), acting("root"), Command::from(grant))
    };
    refused("less than nothing", grant(-1), "bad_amount");
    refused("nothing", grant(0), "bad_amount");
    passes("a kuruş", grant(1));
    passes("all the role may give", grant(50_000));
    refused("a kuruş more", grant(50_001), "above_authority");
    refused("the most that there is", grant(i64::MAX), "above_authority");

    let until = |span| {
        let scene = at_work();
        let hold = ticket::Hold::new(TICKET, HoldKind::Customer).until(scene.now() + span);
        (scene, acting("ada"), Command::from(hold))
    };
    refused("until just before now", until(Span::millis(-1)), "not_ahead");
    refused("until now", until(Span::ZERO), "not_ahead");
    passes("until just after now", until(Span::millis(1)));
}

#[test]
fn names_and_keys_are_checked_at_the_door() {
    type Read = fn(&str) -> Result<(), destek::id::ParseIdError>;
    let doors: [(&str, usize, Read); 7] = [
        ("name", limits::NAME_BYTES_MAX, |text| Name::new(text).map(drop)),
        ("queue name", limits::NAME_BYTES_MAX, |text| QueueId::new(text).map(drop)),
        ("team name", limits::NAME_BYTES_MAX, |text| TeamId::new(text).map(drop)),
        ("customer id", limits::KEY_BYTES_MAX, |text| CustomerId::new(text).map(drop)),
        ("order id", limits::KEY_BYTES_MAX, |text| OrderId::new(text).map(drop)),
        ("agent id", limits::KEY_BYTES_MAX, |text| AgentId::new(text).map(drop)),
        ("tenant id", limits::KEY_BYTES_MAX, |text| TenantId::new(text).map(drop)),
    ];
    for (what, limit, read) in doors {
        assert!(read(&text(limit - 1)).is_ok() && read(&text(limit)).is_ok(), "{what}");
        let message = read(&text(limit + 1)).unwrap_err().to_string();
        let numbers = [limit.to_string(), (limit + 1).to_string()];
        assert!(message.contains(what) && numbers.iter().all(|number| message.contains(number)), "{message}");
        for bad in ["", " ", "a\0b", "a\nb", " a", "a "] {
            assert!(read(bad).is_err(), "{what} {bad:?}");
        }
    }
}
