//! The law of jobs, on random ones: one verdict for each item, in order, and each item changes what its command
//! changes alone. The reference asks the same commands one by one and knows nothing of jobs.

use destek::actor::Actor;
use destek::customer::RecordCustomer;
use destek::desk::{Changes, Command, Request};
use destek::id::TicketId;
use destek::job::{EACH, StartJob, Status, fits};
use destek::record::{RecordKey, RecordKind};
use destek::store::blocking::{self, Sessions as _, Store as _};
use destek::testing::Scene;
use destek::ticket;
use destek::time::Span;
use proptest::prelude::*;

use super::{JOB, id, key, shop, status, verdicts, wake};
use crate::cast::{TICKET, acting, agent, customer, message, name, queue, record, run, verified};
use crate::states;

/// A command that is asked for one ticket, asked for another.
fn asked_for(command: &ticket::Command, ticket: TicketId) -> ticket::Command {
    let mut json = serde_json::to_value(command).unwrap();
    json.as_object_mut().unwrap().values_mut().next().unwrap()["ticket"] = ticket.to_string().into();
    serde_json::from_value(json).unwrap()
}

/// What differs between a job and somebody who asks one by one: the ids of messages, and what is salted.
fn scrub(json: &mut serde_json::Value) {
    match json {
        serde_json::Value::Object(map) => {
            map.retain(|key, _| !["commitment", "message", "request"].contains(&key.as_str()));
            if map.get("from").is_some_and(|from| from.as_str().is_some_and(|from| from.starts_with("job/"))) {
                map.remove("from");
            }
            map.values_mut().for_each(scrub);
        }
        serde_json::Value::Array(list) => list.iter_mut().for_each(scrub),
        _ => {}
    }
}

fn scrubbed(value: &impl serde::Serialize) -> String {
    let mut json = serde_json::to_value(value).unwrap();
    scrub(&mut json);
    json.to_string()
}

/// Everything that is not the job itself.
fn picture(scene: &Scene) -> Vec<String> {
    let (store, tenant) = (scene.store(), scene.tenant());
    let is_job = |key: &RecordKey| key.kind() == RecordKind::Job;
    let mut lines = Vec::new();
    for (key, version, state) in store.records(tenant).into_iter().filter(|(key, ..)| !is_job(key)) {
        lines.push(format!("{key} {version} {}", scrubbed(&*state)));
        lines.extend(scene.log(&key).iter().map(scrubbed));
    }
    lines.extend(store.outbox(tenant).iter().map(|row| scrubbed(&row.outgoing)));
    let wakes = store.wakes(tenant).into_iter().filter(|wake| !is_job(&wake.record));
    lines.extend(wakes.map(|wake| format!("{} {:?} {}", wake.record, wake.at, wake.stamp)));
    lines.push(format!("{:?}", store.loads(tenant)));
    lines
}

/// What somebody else does before the item at a cursor.
type Between = (u32, Actor, Command);

struct Case {
    asker: Actor,
    command: ticket::Command,
    tickets: Vec<TicketId>,
    between: Vec<Between>,
}

/// What is wrong with the worker, at which item; nothing by default.
type Twin<'a> = &'a dyn Fn(u32, &mut Changes);

fn disturb(scene: &mut Scene, case: &Case, cursor: u32) {
    for (_, actor, command) in case.between.iter().filter(|(at, ..)| *at == cursor) {
        let _ = scene.run(actor.clone(), command.clone());
        scene.set_clock(scene.now() + Span::minutes(7));
    }
}

/// Writes what was decided, or what a broken worker makes of it.
fn carry_out(scene: &Scene, request: &Request, cursor: u32, twin: Twin<'_>) -> Result<(), String> {
    let mut session = scene.store().begin(scene.tenant()).unwrap();
    let decision = blocking::preview(scene.desk(), &mut session, request, scene.now()).map_err(|e| e.to_string())?;
    let mut changes = decision.into_changes(request);
    twin(cursor, &mut changes);
    session.write(&changes).map_err(|error| error.to_string())?;
    blocking::Sessions::commit(scene.store(), session).map_err(|error| error.to_string())
}

/// Whether a job does what its commands do one by one.
fn check(case: &Case, twin: Twin<'_>) -> Result<(), String> {
    let (mut alone, mut scene) = (shop(12), shop(12));
    let mut expected = Vec::new();
    for (index, ticket) in (0u32..).zip(&case.tickets) {
        disturb(&mut alone, case, index);
        let answer = alone.run(case.asker.clone(), asked_for(&case.command, *ticket));
        let word = answer.map_or_else(|rejection| rejection.code().to_owned(), |_| "done".to_owned());
        expected.push((index, *ticket, word));
    }
    run(&mut scene, case.asker.clone(), StartJob::new(JOB, case.tickets.clone(), asked_for(&case.command, EACH)));
    let mut disturbed = None;
    for turn in 0..2 * case.tickets.len() as u128 {
        let job = scene.job(JOB).unwrap();
        if job.status() != Status::Running {
            break;
        }
        if disturbed != Some(job.cursor()) {
            disturb(&mut scene, case, job.cursor());
            disturbed = Some(job.cursor());
        }
        carry_out(&scene, &wake(turn), job.cursor(), twin)?;
    }
    if status(&scene) != Status::Finished {
        return Err("the job never ends".to_owned());
    }
    if verdicts(&scene) != expected {
        return Err(format!("verdicts {:?}, expected {expected:?}", verdicts(&scene)));
    }
    let job = scene.job(JOB).unwrap();
    let done = expected.iter().filter(|(.., word)| word == "done").count();
    if (job.done() as usize, job.cursor() as usize) != (done, case.tickets.len()) {
        return Err(format!("{} of {} counted", job.done(), job.cursor()));
    }
    let (one, other) = (picture(&scene), picture(&alone));
    match one.iter().zip(&other).find(|(one, other)| one != other) {
        Some((one, other)) => Err(format!("the job has made\n  {one}\nalone it is\n  {other}")),
        None if one.len() == other.len() => Ok(()),
        None => Err(format!("{} lines, alone {}", one.len(), other.len())),
    }
}

fn fitting() -> Vec<(&'static str, ticket::Command)> {
    let rows = states::rows().into_iter().map(|row| (row, states::command(row).1));
    let fitting = rows.filter_map(|(row, command)| match command {
        Command::Ticket(command) if fits(&command) => Some((row, command)),
        _ => None,
    });
    fitting.collect()
}

fn other(number: usize, ticket: u128) -> (Actor, Command) {
    let (root, ticket) = (acting("root"), id(ticket));
    match number % 10 {
        0 => (root, ticket::Close::new(ticket).into()),
        1 => (root, ticket::Reopen::new(ticket).into()),
        2 => (root, ticket::Transfer::new(ticket, queue("returns")).into()),
        3 => (root, ticket::Assign::new(ticket, agent("ada")).into()),
        4 => (Actor::Host, record("lena", Some("agent"), Some("care")).into()),
        5 => (Actor::Host, record("lena", Some("lead"), Some("returns")).into()),
        6 => (root, ticket::Merge::new(ticket, id(12)).into()),
        7 => (root, ticket::Hold::new(ticket, ticket::HoldKind::Customer).into()),
        8 => (Actor::Host, RecordCustomer::new(customer("c-3")).tier(name("vip")).into()),
        _ => (verified("c-1"), ticket::Open::new(id(50), customer("c-1"), crate::cast::email()).into()),
    }
}

fn cases() -> impl Strategy<Value = Case> {
    let askers = prop_oneof![
        3 => Just(acting("lena")),
        2 => Just(acting("root")),
        1 => Just(Actor::Host),
        1 => Just(Actor::Import(name("import"))),
    ];
    let tickets = Just((1..=14u128).collect::<Vec<_>>()).prop_shuffle();
    let between = prop::collection::vec((0..14u32, 0..10usize, 1..=13u128), 0..6);
    (askers, 0..fitting().len(), tickets, 1..=14usize, between).prop_map(|(asker, command, tickets, count, between)| {
        let command = fitting().swap_remove(command).1;
        let tickets = tickets.into_iter().take(count).map(id).collect();
        let between = between.into_iter().map(|(at, number, ticket)| {
            let (actor, command) = other(number, ticket);
            (at, actor, command)
        });
        Case { asker, command, tickets, between: between.collect() }
    })
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let between: Vec<_> =
            self.between.iter().map(|(at, actor, command)| (at, actor.kind(), command.kind())).collect();
        write!(f, "{} by {:?} on {:?}, {between:?}", self.command.kind(), self.asker, self.tickets)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn law_23_a_job_does_what_its_commands_do_one_by_one(case in cases()) {
        if let Err(difference) = check(&case, &|_, _| {}) {
            return Err(TestCaseError::fail(difference));
        }
    }
}

fn answers() -> Case {
    let command = ticket::Reply::new(EACH, message(0), "Merhaba").into();
    Case { asker: acting("lena"), command, tickets: (1..=8).map(id).collect(), between: Vec::new() }
}

fn is_job(record: &RecordKey) -> bool {
    record.kind() == RecordKind::Job
}

/// Goes on without having done the item.
fn skips(changes: &mut Changes) {
    changes.changes.retain(|change| is_job(&change.record));
    changes.outbox.clear();
    changes.loads.clear();
    changes.contents.clear();
}

#[test]
fn a_broken_job_is_noticed() {
    assert_eq!(check(&answers(), &|_, _| {}), Ok(()));
    for broken in [0, 2, 6] {
        let skipping = |cursor, changes: &mut Changes| {
            if cursor == broken {
                skips(changes);
            }
        };
        let found = check(&answers(), &skipping).unwrap_err();
        assert!(found.contains("alone it is"), "{found}");
        // Does the item and forgets that it did: the next worker does it once more.
        let forgets = std::cell::Cell::new(true);
        let twice = |cursor, changes: &mut Changes| {
            if cursor == broken && forgets.replace(false) {
                changes.changes.retain(|change| !is_job(&change.record));
            }
        };
        assert!(check(&answers(), &twice).is_err(), "{broken}");
    }
    // Steps over an item altogether.
    let over = |cursor, changes: &mut Changes| {
        if cursor == 2 {
            for change in changes.changes.iter_mut().filter(|change| is_job(&change.record)) {
                change.events.clear();
            }
        }
    };
    assert!(check(&answers(), &over).is_err());
}

/// In every state of a ticket, every command that fits.
#[test]
fn an_item_is_what_its_command_is_alone_in_every_state() {
    for (state, _) in states::STATES {
        for (row, command) in fitting() {
            let (mut alone, mut scene) = (states::brought_into(state), states::brought_into(state));
            let answer = alone.run(acting("root"), command.clone());
            let word = answer.map_or_else(|rejection| rejection.code().to_owned(), |_| "done".to_owned());
            run(&mut scene, acting("root"), StartJob::new(JOB, [TICKET], asked_for(&command, EACH)));
            scene.execute(&wake(0)).unwrap();
            assert_eq!(verdicts(&scene), [(0, TICKET, word)], "{row} in {state}");
            assert_eq!(picture(&scene), picture(&alone), "{row} in {state}");
        }
    }
}

/// The wake-up of a job that is under way is due at once, and never when nothing is left (law 13).
#[test]
fn law_13_a_job_is_due_while_items_are_left() {
    let mut scene = shop(3);
    run(&mut scene, acting("root"), StartJob::new(JOB, (1..=3).map(id), ticket::MarkSpam::new(EACH)));
    for cursor in 0..=3u128 {
        let row = scene.store().wakes(scene.tenant()).into_iter().find(|wake| wake.record == key()).unwrap();
        assert_eq!(row.at, (cursor < 3).then(|| scene.now()), "{cursor}");
        let before = scene.job(JOB).unwrap().cursor();
        scene.set_clock(scene.now() + Span::minutes(1));
        scene.execute(&wake(cursor)).unwrap();
        assert_eq!(scene.job(JOB).unwrap().cursor(), before + u32::from(cursor < 3), "it has made progress");
    }
}
