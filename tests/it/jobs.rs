//! Jobs: killed anywhere they resume to the same end, and every item is what its command is alone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod laws;

use destek::actor::Actor;
use destek::content::Seed;
use destek::desk::{Antecedent, Command, Event, Origin, Recorded, Request};
use destek::id::{JobId, Name, RequestId, TicketId};
use destek::job::{self, CancelJob, EACH, Page, StartJob, Status, Verdict, fits};
use destek::limits;
use destek::policy::Digest;
use destek::record::RecordKey;
use destek::store::blocking::{self, Log as _, Sessions as _};
use destek::store::{CommitError, Conflict};
use destek::testing::Scene;
use destek::ticket::{self, Category};
use destek::time::Span;
use destek::view::job_for_team;

use crate::cast::{acting, agent, customer, email, everything, message, name, queue, record, run, scene, verified};

const JOB: JobId = JobId::from_u128(1);

pub(crate) const fn id(number: u128) -> TicketId {
    TicketId::from_u128(number)
}

const fn key() -> RecordKey {
    RecordKey::Job(JOB)
}

/// Tickets 1 to `count` of as many customers; those of every fourth are closed, of every fifth in the other queue.
pub(crate) fn shop(count: u128) -> Scene {
    let mut scene = scene();
    run(&mut scene, Actor::Host, record("lena", Some("lead"), Some("care")));
    for number in 1..=count {
        let who = format!("c-{number}");
        let open = ticket::Open::new(id(number), customer(&who), email()).message(message(number), "Kargom nerede?");
        run(&mut scene, verified(&who), open);
        if number % 5 == 0 {
            run(&mut scene, acting("root"), ticket::Transfer::new(id(number), queue("returns")));
        }
        if number % 4 == 0 {
            run(&mut scene, acting("root"), ticket::Close::new(id(number)));
        }
    }
    scene.sweep();
    scene
}

fn answer() -> ticket::Reply {
    ticket::Reply::new(EACH, message(0), "Kargonuz yarın sizde.")
}

/// The wake-up of the item at a cursor, asked in the same words by whoever carries it out.
fn wake(cursor: u128) -> Request {
    Request::new(RequestId::from_u128(90_000 + cursor), Actor::Timer, Seed::new([3; 32]), Command::Wake(key()))
}

fn verdicts(scene: &Scene) -> Vec<(u32, TicketId, String)> {
    scene.log(&key()).iter().filter_map(verdict).collect()
}

fn verdict(recorded: &Recorded) -> Option<(u32, TicketId, String)> {
    let Event::Job(job::Event::ItemDone { index, ticket, verdict }) = &recorded.event else { return None };
    let word = match verdict {
        Verdict::Done => "done".to_owned(),
        Verdict::Refused { code } => code.to_string(),
        other => panic!("{other:?}"),
    };
    Some((*index, *ticket, word))
}

fn status(scene: &Scene) -> Status {
    scene.job(JOB).unwrap().status()
}

/// Carries a job out item by item, undisturbed.
fn undisturbed(scene: &mut Scene) {
    for cursor in 0.. {
        if status(scene) != Status::Running {
            break;
        }
        scene.execute(&wake(cursor)).unwrap();
    }
}

#[test]
fn each_item_is_decided_under_the_rights_of_the_asker_and_has_its_verdict() {
    let mut scene = shop(6);
    let tickets = [6, 1, 4, 5, 99].map(id);
    run(&mut scene, acting("lena"), StartJob::new(JOB, tickets, answer()));
    assert_eq!((status(&scene), scene.job(JOB).unwrap().cursor()), (Status::Running, 0), "nothing is done yet");
    scene.sweep();
    let expected = [
        (0, id(6), "done"),
        (1, id(1), "done"),
        (2, id(4), "wrong_status"),
        // Of the other team's queue the lead knows nothing; it looks like the ticket that is not there.
        (3, id(5), "not_found"),
        (4, id(99), "not_found"),
    ];
    assert_eq!(verdicts(&scene), expected.map(|(index, ticket, word)| (index, ticket, word.to_owned())));
    let job = scene.job(JOB).unwrap();
    assert_eq!((job.status(), job.done(), job.refused_in_all()), (Status::Finished, 2, 3));
    assert_eq!(job.refused().get(&name("not_found")), Some(&2));
    assert_eq!(job.ended_at(), Some(scene.now()));
    let last = scene.log(&key()).pop().unwrap();
    assert_eq!(last.event, Event::Job(job::Event::Finished { done: 2, refused: 3 }));
    // What an item changes says who, and that a job did it.
    let log = scene.log(&RecordKey::Ticket(id(1)));
    let replied = log.iter().find(|recorded| recorded.event.kind() == "replied").unwrap();
    assert_eq!(replied.cause.by, Origin::Actor(acting("lena")));
    let item = scene.log(&key()).into_iter().find(|recorded| verdict(recorded).is_some_and(|(index, ..)| index == 1));
    assert_eq!(replied.cause.from, Some(Antecedent::There(item.unwrap().key())));
    // Each has a text of its own.
    let texts = [1, 6].map(|number| scene.texts(&scene.log(&RecordKey::Ticket(id(number)))));
    let last = texts.each_ref().map(|texts| texts.last().unwrap());
    assert!(last.iter().all(|content| content.text == "Kargonuz yarın sizde."));
    assert_ne!(last[0].id, last[1].id);
}

#[test]
fn whoever_loses_the_right_loses_it_for_the_items_that_are_left() {
    let mut scene = shop(3);
    run(&mut scene, acting("lena"), StartJob::new(JOB, [1, 2, 3].map(id), ticket::Close::new(EACH)));
    scene.execute(&wake(0)).unwrap();
    run(&mut scene, Actor::Host, record("lena", Some("agent"), Some("care")));
    scene.execute(&wake(1)).unwrap();
    run(&mut scene, Actor::Host, record("lena", None, Some("care")));
    scene.execute(&wake(2)).unwrap();
    let words: Vec<String> = verdicts(&scene).into_iter().map(|(.., word)| word).collect();
    assert_eq!(words, ["done", "forbidden", "not_found"]);
    let category = |number| scene.ticket(id(number)).unwrap().category();
    assert_eq!([1, 2, 3].map(category), [Category::Closed, Category::New, Category::New]);
}

#[test]
fn a_job_that_is_called_off_leaves_the_rest_alone() {
    let mut scene = shop(3);
    run(&mut scene, acting("lena"), StartJob::new(JOB, [1, 2, 3].map(id), ticket::Close::new(EACH)));
    scene.execute(&wake(0)).unwrap();
    // Another lead of the shop may do so, too.
    run(&mut scene, acting("root"), CancelJob::new(JOB));
    let ended = scene.job(JOB).unwrap();
    assert_eq!((ended.status(), ended.cursor(), ended.ticket_at_hand()), (Status::Cancelled, 1, None));
    let before = everything(&scene);
    assert_eq!(scene.run(acting("root"), CancelJob::new(JOB)).unwrap_err().code(), "job_over");
    assert_eq!(everything(&scene), before);
    scene.sweep();
    let receipt = scene.execute(&wake(1)).unwrap();
    assert!(receipt.records.is_empty(), "a wake that comes too late does nothing");
    assert_eq!(scene.job(JOB).unwrap(), ended);
    assert_eq!(scene.ticket(id(2)).unwrap().category(), Category::New);
}

#[test]
fn what_makes_no_job_is_refused_and_changes_nothing() {
    let mut scene = shop(1);
    run(&mut scene, Actor::Host, StartJob::new(JobId::from_u128(7), [id(1)], ticket::MarkSpam::new(EACH)));
    let before = everything(&scene);
    let tag = || ticket::Tag::new(EACH).add(name("gift"));
    let many = |count: usize| (1..=count as u128).map(id);
    let mut long = ticket::Tag::new(EACH);
    long.add = (0..40).map(|number| name(&format!("{number}{}", "x".repeat(60)))).collect();
    let cases: Vec<(&str, StartJob)> = vec![
        ("no_tickets", StartJob::new(JOB, [], tag())),
        ("twice", StartJob::new(JOB, [1, 2, 1].map(id), tag())),
        ("too_many", StartJob::new(JOB, many(limits::JOB_ITEMS_MAX + 1), tag())),
        ("job_exists", StartJob::new(JobId::from_u128(7), [id(1)], tag())),
        ("not_for_each", StartJob::new(JOB, [id(1)], ticket::Close::new(id(1)))),
        ("not_in_bulk", StartJob::new(JOB, [id(1)], ticket::Confirm::new(EACH))),
        ("not_in_bulk", StartJob::new(JOB, [id(1)], ticket::Merge::new(EACH, id(2)))),
        ("too_long", StartJob::new(JOB, [id(1)], long)),
        ("too_long", StartJob::new(JOB, [id(1)], ticket::Note::new(EACH, message(0), "x".repeat(70_000)))),
        ("blank", StartJob::new(JOB, [id(1)], ticket::Note::new(EACH, message(0), " "))),
    ];
    for (code, start) in cases {
        let rejection = scene.run(acting("root"), start).unwrap_err();
        assert_eq!(rejection.code(), code, "{rejection}");
        assert_eq!(everything(&scene), before, "{code}");
    }
    let import = Actor::Import(name("import"));
    let dated = scene.request(import, StartJob::new(JOB, [id(1)], tag())).occurred(scene.now() - Span::days(1));
    assert_eq!(scene.execute(&dated).unwrap_err().code(), "invalid");
    for command in [Command::Wake(key()), CancelJob::new(JOB).into()] {
        let actor = if matches!(command, Command::Wake(_)) { Actor::Timer } else { Actor::Host };
        assert_eq!(scene.run(actor, command).unwrap_err().code(), "not_found");
    }
    assert_eq!(
        scene.run(acting("root"), Command::Wake(RecordKey::Job(JobId::from_u128(7)))).unwrap_err().code(),
        "forbidden"
    );
    assert_eq!(everything(&scene), before);
}

#[test]
fn a_request_that_is_asked_again_starts_one_job() {
    let mut scene = shop(2);
    let request = scene.request(acting("root"), StartJob::new(JOB, [1, 2].map(id), answer()));
    let first = scene.execute(&request).unwrap();
    let again = scene.execute(&request).unwrap();
    assert!(again.replayed && again.records == first.records);
    let mut other = request.clone();
    other.command = StartJob::new(JOB, [1, 2].map(id), ticket::Reply::new(EACH, message(0), "Bekleyin.")).into();
    assert_eq!(scene.execute(&other).unwrap_err().code(), "request_reused");
}

#[test]
fn law_30_the_text_of_a_job_can_be_erased_and_those_of_its_items_each_by_itself() {
    let mut scene = shop(3);
    run(&mut scene, acting("root"), StartJob::new(JOB, [1, 2, 3].map(id), answer()));
    let own = scene.texts(&scene.log(&key()));
    assert_eq!(own.len(), 1, "the job holds its text once");
    let state = serde_json::to_string(&scene.job(JOB).unwrap()).unwrap();
    let log = serde_json::to_string(&scene.log(&key())).unwrap();
    assert!(!state.contains("Kargonuz") && !log.contains("Kargonuz"));
    scene.execute(&wake(0)).unwrap();
    assert_eq!(scene.store().erase(scene.tenant(), &[own[0].id]), 1);
    scene.execute(&wake(1)).unwrap();
    scene.sweep();
    let words: Vec<String> = verdicts(&scene).into_iter().map(|(.., word)| word).collect();
    assert_eq!(words, ["done", "erased", "erased"]);
    let said = scene.texts(&scene.log(&RecordKey::Ticket(id(1))));
    assert_eq!(said.last().unwrap().text, "Kargonuz yarın sizde.", "what was said has its own text");
}

#[test]
fn pages_follow_each_other_and_the_state_stays_small() {
    let count = 3 * limits::JOB_PAGE as u128 + 1;
    let mut scene = scene();
    let tags: Vec<Name> = (0..28).map(|number| name(&format!("{number:02}{}", "x".repeat(62)))).collect();
    let tag = tags.into_iter().fold(ticket::Tag::new(EACH), ticket::Tag::add);
    run(&mut scene, acting("root"), StartJob::new(JOB, (1..=count).map(id), tag));
    let mut biggest = 0;
    for cursor in 0..count {
        biggest = biggest.max(serde_json::to_vec(&*scene.state(&key()).unwrap()).unwrap().len());
        scene.execute(&wake(cursor)).unwrap();
    }
    assert_eq!(status(&scene), Status::Finished);
    let seen: Vec<TicketId> = verdicts(&scene).into_iter().map(|(_, ticket, _)| ticket).collect();
    assert_eq!(seen, (1..=count).map(id).collect::<Vec<_>>());
    assert!((2_000..limits::STATE_BYTES_AIM).contains(&biggest), "{biggest}");
    let turned = scene.log(&key()).into_iter().filter(|recorded| recorded.event.kind() == "page_turned").count();
    assert_eq!(turned, 3);
}

#[test]
fn a_page_lies_beside_the_log_under_its_digest() {
    let mut scene = scene();
    let count = limits::JOB_PAGE as u128 + 2;
    run(&mut scene, Actor::Host, StartJob::new(JOB, (1..=count).map(id), ticket::MarkSpam::new(EACH)));
    let Event::Job(job::Event::Started(started)) = &scene.log(&key())[0].event else { panic!("it was started") };
    let digest = started.page.next.unwrap();
    let mut session = scene.store().begin(scene.tenant()).unwrap();
    let text = session.document(&digest).unwrap().unwrap();
    assert_eq!(Digest::of(&text), digest);
    let page: Page = serde_json::from_str(&text).unwrap();
    assert_eq!((page.tickets, page.next), ([count - 1, count].map(id).to_vec(), None));
}

#[test]
fn a_job_is_seen_by_whoever_asked_or_could_ask() {
    let mut scene = shop(4);
    run(&mut scene, acting("lena"), StartJob::new(JOB, [1, 4].map(id), ticket::Resolve::new(EACH)));
    scene.sweep();
    run(&mut scene, Actor::Host, record("lena", Some("agent"), Some("care")));
    let (job, log) = (scene.job(JOB).unwrap(), scene.log(&key()));
    let sees = |who: &Actor| {
        let state = who.agent().and_then(|own| scene.state(&RecordKey::Agent(own.clone())));
        job_for_team(scene.desk().policy(), (who, state.as_deref().and_then(|state| state.agent())), &job, &log)
    };
    let report = sees(&acting("lena")).unwrap();
    let lines: Vec<_> = report.verdicts.iter().map(|line| (line.index, line.ticket, line.verdict.clone())).collect();
    let refused = Verdict::Refused { code: name("wrong_status") };
    assert_eq!(lines, [(0, id(1), Verdict::Done), (1, id(4), refused)]);
    assert_eq!((report.done, report.items, report.command.kind()), (1, 2, "resolve"));
    for (who, may) in [
        (acting("root"), true),
        (Actor::Host, true),
        (acting("ada"), false),
        (verified("c-1"), false),
        (Actor::Bot(name("bot")), false),
        (Actor::Import(name("import")), false),
        (Actor::Timer, false),
    ] {
        assert_eq!(sees(&who).is_some(), may, "{who:?}");
    }
}

/// Every command that may be asked of a ticket, and whether it may be asked of many.
#[test]
fn what_fits_many_tickets_is_decided_for_every_command() {
    let fitting = "reply note take assign unassign transfer hold resume resolve reopen close prioritize classify tag \
                   set_field link_order follow mark_spam restore";
    for row in crate::states::rows() {
        let (_, command) = crate::states::command(row);
        let Command::Ticket(command) = command else { continue };
        let listed = fitting.split_whitespace().any(|kind| kind == command.kind());
        assert_eq!(fits(&command), listed, "{row}");
    }
}

#[test]
fn a_killed_worker_leaves_nothing_and_the_next_one_resumes() {
    let commands: [fn() -> ticket::Command; 4] = [
        || answer().into(),
        || ticket::Resolve::new(EACH).into(),
        || ticket::Assign::new(EACH, agent("ada")).into(),
        || ticket::Transfer::new(EACH, queue("returns")).into(),
    ];
    for command in commands {
        let begun = || {
            let mut scene = shop(36);
            run(&mut scene, acting("lena"), StartJob::new(JOB, (1..=35).map(id), command()));
            scene
        };
        let mut reference = begun();
        undisturbed(&mut reference);
        let expected = everything(&reference);
        // Killed once at one place, for each place; and at every place of one run.
        for killed in (0..36).map(Some).chain([None]) {
            let mut scene = begun();
            for cursor in 0..35u128 {
                let killed_here = killed.is_none_or(|at| at == cursor);
                let before = killed_here.then(|| everything(&scene));
                if let Some(before) = before {
                    let mut session = scene.store().begin(scene.tenant()).unwrap();
                    let request = wake(cursor);
                    let receipt = blocking::execute(scene.desk(), &mut session, &request, scene.now()).unwrap();
                    assert!(receipt.version(&key()).is_some(), "it has written, and nobody commits");
                    drop(session);
                    assert_eq!(everything(&scene), before, "at {cursor}");
                }
                scene.execute(&wake(cursor)).unwrap();
                if killed_here {
                    // Killed after the commit, so that the worker never learned of it.
                    assert!(scene.execute(&wake(cursor)).unwrap().replayed);
                }
            }
            assert_eq!(status(&scene), Status::Finished);
            assert!(everything(&scene) == expected, "{} killed at {killed:?}", command().kind());
        }
    }
}

#[test]
fn another_writer_at_any_item_makes_it_wait_and_never_skips_it() {
    let begun = || {
        let mut scene = shop(12);
        run(&mut scene, acting("lena"), StartJob::new(JOB, (1..=12).map(id), answer()));
        scene
    };
    let others: [fn(u128) -> (Actor, Command); 4] = [
        |number| (acting("root"), ticket::Tag::new(id(number)).add(name("x")).into()),
        |number| (acting("root"), ticket::Close::new(id(number)).into()),
        |_| (Actor::Host, record("lena", Some("agent"), Some("returns")).into()),
        |number| {
            (Actor::Host, destek::customer::RecordCustomer::new(customer(&format!("c-{number}"))).orders(3).into())
        },
    ];
    let (mut conflicts, mut served) = (0, 0);
    for other in others {
        for place in 0..12u128 {
            let disturb = |cursor: u128| {
                let (actor, command) = other(cursor + 1);
                Request::new(RequestId::from_u128(80_000), actor, Seed::new([4; 32]), command)
            };
            // The other writer first, and the item after it.
            let mut reference = begun();
            for cursor in 0..12 {
                if cursor == place {
                    let _ = reference.execute(&disturb(cursor));
                }
                reference.execute(&wake(cursor)).unwrap();
            }
            let mut scene = begun();
            for cursor in 0..12 {
                if cursor != place {
                    scene.execute(&wake(cursor)).unwrap();
                    continue;
                }
                let mut session = scene.store().begin(scene.tenant()).unwrap();
                blocking::execute(scene.desk(), &mut session, &wake(cursor), scene.now()).unwrap();
                let changed = scene.execute(&disturb(cursor)).is_ok();
                match blocking::Sessions::commit(scene.store(), session) {
                    Err(CommitError::Conflict(Conflict::Guard(_))) if changed => {
                        conflicts += 1;
                        scene.execute(&wake(cursor)).unwrap();
                    }
                    Ok(()) => served += 1,
                    other => panic!("{other:?}"),
                }
            }
            assert_eq!(status(&scene), Status::Finished);
            assert_eq!(verdicts(&scene), verdicts(&reference), "at {place}");
            assert!(everything(&scene) == everything(&reference), "at {place}");
        }
    }
    assert!(conflicts > 30 && served < 15, "{conflicts} conflicts, {served} not disturbed");
}

#[test]
fn of_two_workers_at_one_item_one_does_it() {
    let begun = || {
        let mut scene = shop(20);
        run(&mut scene, acting("lena"), StartJob::new(JOB, (1..=20).map(id), answer()));
        scene
    };
    let mut reference = begun();
    undisturbed(&mut reference);
    let scene = begun();
    for cursor in 0..20u128 {
        let mut sessions = [0, 1].map(|worker| {
            let request = wake(cursor + if worker == cursor % 2 { 0 } else { 50_000 });
            let mut session = scene.store().begin(scene.tenant()).unwrap();
            blocking::execute(scene.desk(), &mut session, &request, scene.now()).unwrap();
            Some(session)
        });
        // They take turns in being first.
        let first = (cursor % 2) as usize;
        let session = sessions[first].take().unwrap();
        blocking::Sessions::commit(scene.store(), session).unwrap();
        let session = sessions[1 - first].take().unwrap();
        let late = blocking::Sessions::commit(scene.store(), session);
        assert!(matches!(late, Err(CommitError::Conflict(Conflict::Guard(_)))), "{late:?}");
    }
    assert_eq!(everything(&scene), everything(&reference));
}

/// Threads that sweep the same store until nothing is left.
#[test]
fn many_workers_do_every_item_once() {
    let mut scene = shop(120);
    run(&mut scene, acting("root"), StartJob::new(JOB, (1..=120).map(id), answer()));
    let other = JobId::from_u128(2);
    run(&mut scene, acting("root"), StartJob::new(other, (1..=120).map(id), ticket::Tag::new(EACH).add(name("gift"))));
    let (desk, store, tenant, now) = (scene.desk(), scene.store(), scene.tenant(), scene.now());
    std::thread::scope(|scope| {
        for worker in 0..4u8 {
            scope.spawn(move || {
                for round in 0..400u16 {
                    let [high, low] = round.to_be_bytes();
                    let mut seed = [worker; 32];
                    (seed[0], seed[1]) = (high, low);
                    let sweep = destek::run::Sweep::new(Seed::new(seed)).limit(7);
                    blocking::sweep(desk, store, tenant, now, &sweep).unwrap();
                }
            });
        }
    });
    // What a worker could not commit comes back when its lease ends.
    scene.advance(Span::minutes(2));
    assert_eq!(status(&scene), Status::Finished);
    assert_eq!(scene.job(other).unwrap().status(), Status::Finished);
    let order: Vec<u32> = verdicts(&scene).into_iter().map(|(index, ..)| index).collect();
    assert_eq!(order, (0..120).collect::<Vec<u32>>());
    for number in 1..=120 {
        let kinds = scene.kinds(id(number));
        let replies = kinds.iter().filter(|kind| **kind == "replied").count();
        let tags = kinds.iter().filter(|kind| **kind == "tagged").count();
        // Every fourth is closed and takes neither.
        let expected = usize::from(number % 4 != 0);
        assert_eq!((replies, tags), (expected, expected), "{number}");
    }
}

#[test]
fn a_sweep_does_a_page_of_a_job_and_lets_others_have_their_turn() {
    let mut scene = shop(1);
    run(&mut scene, Actor::Host, StartJob::new(JOB, (1..=100).map(id), ticket::MarkSpam::new(EACH)));
    let other = JobId::from_u128(2);
    run(&mut scene, Actor::Host, StartJob::new(other, (1..=100).map(id), ticket::MarkSpam::new(EACH)));
    let sweep = destek::run::Sweep::new(Seed::new([9; 32])).limit(64);
    let swept = blocking::sweep(scene.desk(), scene.store(), scene.tenant(), scene.now(), &sweep).unwrap();
    assert_eq!((swept.woken, swept.conflicts, swept.rejected), (64, 0, 0));
    assert_eq!((scene.job(JOB).unwrap().cursor(), scene.job(other).unwrap().cursor()), (32, 32));
    scene.sweep();
    assert_eq!((scene.job(JOB).unwrap().cursor(), scene.job(other).unwrap().cursor()), (100, 100));
}

#[test]
fn a_job_whose_page_is_lost_waits_and_is_parked_and_its_items_are_never_skipped() {
    let mut scene = scene();
    let count = limits::JOB_PAGE as u128 + 2;
    run(&mut scene, Actor::Host, StartJob::new(JOB, (1..=count).map(id), ticket::MarkSpam::new(EACH)));
    assert!(scene.store().tamper(scene.tenant()).lose_documents() > 0);
    scene.advance(Span::hours(3));
    let job = scene.job(JOB).unwrap();
    assert_eq!((job.status(), job.cursor()), (Status::Running, limits::JOB_PAGE as u32 - 1));
    let wake = scene.store().wakes(scene.tenant()).into_iter().find(|wake| wake.record == key()).unwrap();
    assert!(wake.parked && wake.reason.is_some_and(|reason| reason.contains("not gathered")));
}

#[test]
fn an_item_that_only_a_later_version_understands_has_its_verdict() {
    let mut scene = shop(3);
    run(&mut scene, acting("root"), StartJob::new(JOB, [1, 2, 3].map(id), answer()));
    crate::sealed::seal(&scene, &RecordKey::Ticket(id(2)), crate::sealed::LATER[0].1);
    scene.sweep();
    let words: Vec<String> = verdicts(&scene).into_iter().map(|(.., word)| word).collect();
    assert_eq!(words, ["done", "newer", "done"]);
    // An asker whom only a later version understands may well be allowed: the job waits.
    let mut scene = shop(3);
    run(&mut scene, acting("lena"), StartJob::new(JOB, [1, 2, 3].map(id), answer()));
    crate::sealed::seal(&scene, &RecordKey::Agent(agent("lena")), crate::sealed::LATER[0].1);
    scene.advance(Span::days(1));
    assert_eq!(scene.job(JOB).unwrap().cursor(), 0);
    let wake = scene.store().wakes(scene.tenant()).into_iter().find(|wake| wake.record == key()).unwrap();
    assert!(!wake.parked && wake.at.is_some());
}
