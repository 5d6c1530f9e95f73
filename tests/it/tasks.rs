//! Tasks, checklists and time worked: what holds an agent up, what is told when, and what is counted once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use crate::cast::{TICKET, acting, agent, customer, email, message, name, record, run, verified, words_of};
use crate::scripts::{Life, Shop, tasking_lives};
use crate::world::{Fault, World, ensure};
use destek::actor::Actor;
use destek::desk::{Command, Effect, Event, Noticed, Recipient, Recorded};
use destek::id::{AgentId, TaskId, TicketId};
use destek::limits;
use destek::policy::PolicyDoc;
use destek::record::{RecordKey, Version};
use destek::testing::{Scene, Script};
use destek::ticket::{
    self, AddTask, ApplyChecklist, Assign, Category, Close, CompleteTask, Confirm, CorrectTime, DropTask, LogTime,
    Merge, Open, Reopen, ReopenTask, Resolve, StatusDoc, Unmerge,
};
use destek::time::{Budget, Span};
use destek::view;

/// The shop of the cast, in which an agent resolves and closes only when nothing is left to do; `change` may change it.
fn shop_with(change: impl FnOnce(&mut PolicyDoc)) -> Scene {
    let mut doc: PolicyDoc = serde_json::from_str(crate::cast::POLICY).unwrap();
    doc.statuses = ["new", "open", "hold", "resolved", "closed"]
        .map(|word| {
            let doc = StatusDoc::new(name(word), serde_json::from_value(word.into()).unwrap());
            if matches!(word, "resolved" | "closed") { doc.no_open_tasks() } else { doc }
        })
        .to_vec();
    change(&mut doc);
    let mut scene = Scene::new(doc.compile().unwrap(), crate::cast::at(crate::cast::START));
    for (who, role) in [("ada", "agent"), ("bora", "agent"), ("lale", "lead"), ("root", "admin")] {
        run(&mut scene, Actor::Host, record(who, Some(role), Some("care")));
    }
    open(&mut scene, TICKET);
    scene
}

fn shop() -> Scene {
    shop_with(|_| {})
}

fn open(scene: &mut Scene, ticket: TicketId) {
    run(scene, verified("owner"), Open::new(ticket, customer("owner"), email()));
}

const fn id(number: u128) -> TaskId {
    TaskId::from_u128(number)
}

fn add(number: u128) -> AddTask {
    AddTask::new(TICKET, id(number), "Ask the carrier.")
}

fn minutes(minutes: u64) -> Budget {
    Budget::seconds(minutes * 60).unwrap()
}

/// What a command brings about on the ticket, in words, or the code of the refusal.
fn says(scene: &mut Scene, actor: Actor, command: impl Into<Command>) -> String {
    let key = RecordKey::Ticket(TICKET);
    let before = scene.log(&key).len();
    match scene.run(actor, command) {
        Ok(_) => words_of(scene.log(&key)[before..].iter()),
        Err(rejection) => {
            assert_eq!(scene.log(&key).len(), before);
            format!("!{}", rejection.code())
        }
    }
}

fn does(scene: &mut Scene, who: &str, command: impl Into<Command>) -> String {
    says(scene, acting(who), command)
}

#[test]
fn open_tasks_hold_up_an_agent_and_nobody_else() {
    let mut scene = shop();
    assert_eq!(does(&mut scene, "ada", add(1)), "task_added");
    assert_eq!(does(&mut scene, "ada", add(1)), "!task_exists");
    assert_eq!(does(&mut scene, "ada", Resolve::new(TICKET)), "!open_tasks");
    assert_eq!(does(&mut scene, "root", Close::new(TICKET)), "!open_tasks");
    let refused = scene.run(acting("ada"), Resolve::new(TICKET)).unwrap_err().to_string();
    assert!(refused.contains(&id(1).to_string()) && refused.contains("do or drop"), "{refused}");
    assert_eq!(does(&mut scene, "bora", CompleteTask::new(TICKET, id(1))), "task_completed");
    assert_eq!(does(&mut scene, "bora", CompleteTask::new(TICKET, id(1))), "!task_done");
    assert_eq!(does(&mut scene, "ada", ReopenTask::new(TICKET, id(1))), "task_reopened");
    assert_eq!(does(&mut scene, "ada", ReopenTask::new(TICKET, id(1))), "!task_open");
    assert_eq!(does(&mut scene, "ada", Resolve::new(TICKET)), "!open_tasks");
    // The customer's word ends it all the same; what is left for the shop can still be done.
    assert_eq!(says(&mut scene, verified("owner"), Confirm::new(TICKET)), "confirmed ~");
    assert_eq!(does(&mut scene, "ada", CompleteTask::new(TICKET, id(1))), "task_completed");
    assert_eq!(does(&mut scene, "ada", Reopen::new(TICKET)), "reopened ~ queued");
    assert_eq!(does(&mut scene, "ada", Resolve::new(TICKET)), "resolved ~");
}

#[test]
fn a_way_without_the_guard_is_free() {
    let mut scene = shop_with(|doc| doc.statuses.clear());
    assert_eq!(does(&mut scene, "ada", add(1)), "task_added");
    assert_eq!(does(&mut scene, "ada", Resolve::new(TICKET)), "resolved ~");
}

#[test]
fn a_checklist_comes_once_and_what_it_requires_is_not_left_out() {
    let mut scene = shop();
    assert_eq!(does(&mut scene, "ada", ApplyChecklist::new(TICKET, name("brokn"))), "!unknown_checklist");
    assert_eq!(does(&mut scene, "ada", ApplyChecklist::new(TICKET, name("broken"))), "checklist_applied");
    assert_eq!(does(&mut scene, "ada", ApplyChecklist::new(TICKET, name("broken"))), "!checklist_applied");
    let tasks = scene.ticket(TICKET).unwrap().tasks().clone();
    assert_eq!(tasks.len(), 2);
    let required = *tasks.iter().find(|(_, task)| task.required).unwrap().0;
    let other = *tasks.iter().find(|(_, task)| !task.required).unwrap().0;
    assert_eq!(does(&mut scene, "ada", DropTask::new(TICKET, required)), "!required_task");
    assert_eq!(does(&mut scene, "ada", DropTask::new(TICKET, other)), "task_dropped");
    assert_eq!(does(&mut scene, "ada", DropTask::new(TICKET, other)), "!no_task");
    assert_eq!(does(&mut scene, "ada", Resolve::new(TICKET)), "!open_tasks");
    assert_eq!(does(&mut scene, "lale", DropTask::new(TICKET, required)), "task_dropped");
    assert_eq!(does(&mut scene, "ada", Resolve::new(TICKET)), "resolved ~");
}

#[test]
fn a_rule_applies_a_checklist_once() {
    let mut scene = shop_with(|doc| {
        let rule = r#"{"name": "praise", "on": ["tagged"], "then": [{"apply_checklist": "broken"}]}"#;
        doc.rules.push(serde_json::from_str(rule).unwrap());
    });
    let tag = |word: &str| ticket::Tag::new(TICKET).add(name(word));
    assert_eq!(does(&mut scene, "ada", tag("one")), "tagged rule_fired checklist_applied");
    assert_eq!(does(&mut scene, "ada", tag("two")), "tagged rule_fired");
    let log = scene.log(&RecordKey::Ticket(TICKET));
    let applied = log.iter().find(|recorded| recorded.event.kind() == "checklist_applied").unwrap();
    assert!(applied.cause.from.is_some(), "the firing is its cause");
}

/// Who was told of tasks, in order.
fn told(scene: &Scene) -> Vec<String> {
    let effects = scene.effects().into_iter().filter_map(|outgoing| match outgoing.effect {
        Effect::Notify { to, what, .. } => {
            let what = match what {
                Noticed::TaskGiven { .. } => "given",
                Noticed::TaskOverdue { .. } => "late",
                _ => return None,
            };
            let to = match to {
                Recipient::Agent(agent) => agent.to_string(),
                Recipient::Team(team) => format!("team {team}"),
                other => format!("{other:?}"),
            };
            Some(format!("{to} {what}"))
        }
        _ => None,
    });
    effects.collect()
}

#[test]
fn whoever_does_a_task_hears_of_it_and_once_when_it_is_late() {
    let mut scene = shop();
    let due = scene.now() + Span::hours(1);
    assert_eq!(does(&mut scene, "ada", add(1).assignee(agent("ada")).due(due)), "task_added");
    assert!(told(&scene).is_empty(), "nobody is told what he gave to himself");
    assert_eq!(does(&mut scene, "ada", add(2).assignee(agent("bora")).due(due)), "task_added");
    assert_eq!(does(&mut scene, "ada", add(3).due(due)), "task_added");
    assert_eq!(does(&mut scene, "ada", add(4).due(due)), "task_added");
    assert_eq!(does(&mut scene, "ada", CompleteTask::new(TICKET, id(4))), "task_completed");
    let now = scene.now();
    assert_eq!(does(&mut scene, "ada", add(5).due(now)), "!not_ahead");
    assert_eq!(does(&mut scene, "ada", add(5).assignee(agent("nobody"))), "!unknown_agent");
    // Whoever could not open the ticket could not do the task either; nor does he hear that there is one.
    run(&mut scene, Actor::Host, record("rıza", Some("agent"), Some("returns")));
    assert_eq!(does(&mut scene, "ada", add(5).assignee(agent("rıza"))), "!out_of_reach");
    scene.advance_to(due + Span::hours(3));
    assert_eq!(told(&scene), ["bora given", "ada late", "bora late", "team care late"]);
    let log = scene.log(&RecordKey::Ticket(TICKET));
    let late: Vec<_> = log.iter().filter(|recorded| recorded.event.kind() == "task_overdue").collect();
    assert!(late.len() == 3 && late.iter().all(|recorded| recorded.occurred == due));
    // With an agent on the ticket, that one does what is nobody's.
    assert_eq!(does(&mut scene, "root", Assign::new(TICKET, agent("lale"))), "assigned");
    let due = scene.now() + Span::hours(1);
    assert_eq!(does(&mut scene, "ada", add(6).due(due)), "task_added");
    scene.advance_to(due);
    assert_eq!(told(&scene).last().unwrap(), "lale late");
}

#[test]
fn tasks_are_late_a_week_later_too_but_not_on_a_ticket_that_has_ended_or_rests() {
    let mut scene = shop();
    let due = scene.now() + Span::hours(1);
    for number in 1..=limits::TASKS_MAX as u128 {
        assert_eq!(does(&mut scene, "ada", add(number).due(due)), "task_added");
    }
    assert_eq!(does(&mut scene, "ada", add(99)), "!too_many");
    assert_eq!(does(&mut scene, "ada", ApplyChecklist::new(TICKET, name("broken"))), "!too_many");
    let size = serde_json::to_vec(&*scene.state(&RecordKey::Ticket(TICKET)).unwrap()).unwrap().len();
    assert!(size < 2 * limits::STATE_BYTES_AIM, "{size} bytes");
    assert_eq!(says(&mut scene, verified("owner"), Confirm::new(TICKET)), "confirmed ~");
    scene.set_clock(due + Span::days(7));
    run(&mut scene, Actor::Timer, Command::Wake(RecordKey::Ticket(TICKET)));
    assert!(told(&scene).is_empty());
    let reopened = does(&mut scene, "root", Reopen::new(TICKET));
    assert_eq!(reopened.replace(" task_overdue", ""), "reopened ~ queued");
    assert_eq!(told(&scene).len(), limits::TASKS_MAX, "all at once, as none was told");
}

#[test]
fn the_team_sees_tasks_with_their_titles_and_the_customer_none() {
    let mut scene = shop();
    assert_eq!(does(&mut scene, "ada", add(1)), "task_added");
    assert_eq!(does(&mut scene, "ada", ApplyChecklist::new(TICKET, name("broken"))), "checklist_applied");
    assert_eq!(does(&mut scene, "ada", CompleteTask::new(TICKET, id(1))), "task_completed");
    let dossier = scene.dossier(TICKET).unwrap();
    let seen = view::for_team(scene.desk().policy(), (&Actor::Host, None), &dossier, scene.now()).unwrap();
    let titles: Vec<_> = seen.tasks.iter().map(|task| task.title.as_deref().unwrap()).collect();
    assert_eq!(titles, ["Ask the carrier.", "Ask for a photo.", "Look whether it is in stock."]);
    assert_eq!((seen.progress(), seen.tasks[1].checklist.as_ref()), ((1, 3), Some(&name("broken"))));
    let customers = view::for_customer(&verified("owner"), &dossier).unwrap();
    let shown = serde_json::to_string(&customers).unwrap();
    assert!(titles.iter().all(|title| !shown.contains(title)) && !shown.contains("task"), "{shown}");
}

#[test]
fn time_is_the_agents_own_and_a_correction_stays_beside_its_entry() {
    let mut scene = shop();
    let key = RecordKey::Ticket(TICKET);
    for (worked, code) in [(Budget::seconds(0).unwrap(), "!bad_effort"), (minutes(24 * 60 + 1), "!bad_effort")] {
        assert_eq!(does(&mut scene, "ada", LogTime::new(TICKET, worked)), code);
    }
    assert_eq!(does(&mut scene, "ada", LogTime::new(TICKET, minutes(24 * 60))), "time_logged");
    let entry = scene.log(&key).last().unwrap().version;
    assert_eq!(does(&mut scene, "ada", LogTime::new(TICKET, minutes(5)).agent(agent("bora"))), "!whose_time");
    assert_eq!(does(&mut scene, "bora", LogTime::new(TICKET, minutes(5)).message(message(1))), "time_logged");
    assert_eq!(does(&mut scene, "bora", CorrectTime::new(TICKET, entry, minutes(1))), "!whose_time");
    assert_eq!(does(&mut scene, "ada", CorrectTime::new(TICKET, Version::FIRST, minutes(1))), "!no_entry");
    assert_eq!(does(&mut scene, "ada", CorrectTime::new(TICKET, entry, minutes(90))), "time_corrected");
    assert_eq!(does(&mut scene, "ada", CorrectTime::new(TICKET, entry, minutes(90))), "!nothing_asked");
    assert_eq!(does(&mut scene, "ada", CorrectTime::new(TICKET, entry, minutes(80))), "time_corrected");
    let worked = scene.ticket(TICKET).unwrap().worked().clone();
    assert_eq!((worked.by[&agent("ada")], worked.total()), (Span::minutes(80), Span::minutes(85)));
    let import = Actor::Import(name("import"));
    assert_eq!(says(&mut scene, import.clone(), LogTime::new(TICKET, minutes(1))), "!whose_time");
    assert_eq!(says(&mut scene, import, LogTime::new(TICKET, minutes(1)).agent(agent("left"))), "time_logged");
}

#[test]
fn time_of_more_agents_than_are_known_by_name_is_not_lost() {
    let mut scene = shop();
    let import = Actor::Import(name("import"));
    let many = limits::WORKERS_MAX as u64 + 3;
    for number in 0..many {
        let log = LogTime::new(TICKET, minutes(1)).agent(agent(&format!("a{number}")));
        assert_eq!(says(&mut scene, import.clone(), log), "time_logged");
    }
    let last = scene.log(&RecordKey::Ticket(TICKET)).last().unwrap().version;
    assert_eq!(says(&mut scene, import, CorrectTime::new(TICKET, last, minutes(11))), "time_corrected");
    let worked = scene.ticket(TICKET).unwrap().worked().clone();
    assert_eq!((worked.by.len(), worked.others), (limits::WORKERS_MAX, Span::minutes(13)));
}

/// Time on two tickets, of which one is merged into the other.
fn merged() -> (Scene, TicketId) {
    let (mut scene, other) = (shop(), TicketId::from_u128(7));
    open(&mut scene, other);
    assert_eq!(does(&mut scene, "ada", LogTime::new(TICKET, minutes(20))), "time_logged");
    run(&mut scene, acting("bora"), LogTime::new(other, minutes(5)));
    run(&mut scene, acting("root"), Merge::new(other, TICKET));
    (scene, other)
}

#[test]
fn time_of_a_merged_ticket_counts_once_and_leaves_with_it() {
    let (mut scene, other) = merged();
    let both = |scene: &Scene| [TICKET, other].map(|ticket| scene.dossier(ticket).unwrap());
    let total = |dossiers: &[view::Dossier]| view::worked(dossiers).total();
    assert_eq!(total(&both(&scene)[..1]), Span::minutes(25));
    assert_eq!(total(&both(&scene)), Span::minutes(25), "also when it comes by two ways");
    run(&mut scene, acting("root"), Unmerge::new(other));
    assert_eq!(total(&both(&scene)[..1]), Span::minutes(20));
    assert_eq!(total(&both(&scene)), Span::minutes(25));
}

#[test]
fn what_each_agent_did_is_read_from_the_log() {
    let (mut scene, _) = merged();
    let begin = scene.now();
    let at = |scene: &mut Scene, minutes: i64| scene.set_clock(begin + Span::minutes(minutes));
    run(&mut scene, acting("root"), Assign::new(TICKET, agent("ada")));
    at(&mut scene, 10);
    run(&mut scene, acting("ada"), ticket::Reply::new(TICKET, message(1), "On its way."));
    run(&mut scene, acting("bora"), ticket::Note::new(TICKET, message(2), "Lost?"));
    at(&mut scene, 30);
    run(&mut scene, acting("root"), Assign::new(TICKET, agent("lale")));
    at(&mut scene, 40);
    run(&mut scene, acting("lale"), Resolve::new(TICKET));
    at(&mut scene, 100);
    let seen = view::contributions(&scene.dossier(TICKET).unwrap(), scene.now());
    let shown = seen.iter().map(|(agent, it)| (agent.as_str(), (it.replies, it.notes, it.worked, it.assigned)));
    let expected = [
        ("ada", (1, 0, Span::minutes(20), Span::minutes(30))),
        ("bora", (0, 1, Span::minutes(5), Span::ZERO)),
        ("lale", (0, 0, Span::ZERO, Span::minutes(10))),
    ];
    assert_eq!(shown.collect::<Vec<_>>(), expected);
}

/// No agent resolves over an open task where the shop asks for none, nobody is told of a task twice, and the sums of
/// time are those of the entries: by a plain account of each log.
fn accounts_agree(script: &Script, fault: Fault) -> Result<[usize; 3], String> {
    let policy = Shop::Ruled.policy();
    let world = World::live(&policy, &Life::of(script, &policy), fault);
    let [mut resolved, mut late, mut logged] = [0; 3];
    for (key, log) in world.seen().logs() {
        let mut tasks: BTreeMap<TaskId, (bool, bool)> = BTreeMap::new();
        let mut entries: BTreeMap<Version, (AgentId, Span)> = BTreeMap::new();
        for recorded in log {
            let Event::Ticket(event) = &recorded.event else { continue };
            let wrong = |what: &str| format!("{what}: {key} {}.{}", recorded.version, recorded.index);
            match event {
                ticket::Event::TaskAdded { task, .. } => {
                    tasks.insert(*task, (false, false));
                }
                ticket::Event::ChecklistApplied { tasks: listed, .. } => {
                    for listed in listed {
                        ensure(tasks.insert(listed.task, (false, false)).is_none(), || wrong("an id came twice"))?;
                    }
                }
                ticket::Event::TaskCompleted { task } => tasks.get_mut(task).ok_or_else(|| wrong("no task"))?.0 = true,
                ticket::Event::TaskReopened { task } => tasks.get_mut(task).ok_or_else(|| wrong("no task"))?.0 = false,
                ticket::Event::TaskDropped { task } => {
                    tasks.remove(task).ok_or_else(|| wrong("no task"))?;
                }
                ticket::Event::TaskOverdue { task, .. } => {
                    let task = tasks.get_mut(task).ok_or_else(|| wrong("no task"))?;
                    ensure(!task.0 && !task.1, || wrong("done, or told before"))?;
                    task.1 = true;
                    late += 1;
                }
                ticket::Event::Resolved { .. } if is_by_agent(recorded) => {
                    resolved += usize::from(!tasks.is_empty());
                    ensure(tasks.values().all(|task| task.0), || wrong("resolved over an open task"))?;
                }
                ticket::Event::TimeLogged { agent, worked, .. } => {
                    logged += 1;
                    entries.insert(recorded.version, (agent.clone(), worked.span()));
                }
                ticket::Event::TimeCorrected { entry, to, .. } => {
                    entries.get_mut(entry).ok_or_else(|| wrong("no entry"))?.1 = to.span();
                }
                _ => {}
            }
        }
        let Some(state) = key.ticket().and_then(|_| world.state(&key)) else { continue };
        let mut sums: BTreeMap<AgentId, Span> = BTreeMap::new();
        entries.into_values().for_each(|(agent, span)| *sums.entry(agent).or_default() += span);
        let own = state.ticket().map(|ticket| ticket.worked().by.clone()).unwrap_or_default();
        ensure(own == sums, || format!("{key}: {own:?} and not {sums:?}"))?;
    }
    Ok([resolved, late, logged])
}

fn is_by_agent(recorded: &Recorded) -> bool {
    matches!(&recorded.cause.by, destek::desk::Origin::Actor(Actor::Agent(_)))
}

#[test]
fn no_open_task_is_passed_over_and_sums_are_those_of_the_entries() {
    let all =
        tasking_lives(600).iter().map(|script| accounts_agree(script, Fault::default()).unwrap()).fold([0; 3], sum);
    assert!(all.iter().all(|many| *many >= 25), "{all:?} in 600 lives");
}

fn sum(one: [usize; 3], other: [usize; 3]) -> [usize; 3] {
    [0, 1, 2].map(|place| one[place] + other[place])
}

fn is_caught(fault: &Fault) {
    assert!(tasking_lives(600).iter().any(|script| accounts_agree(script, fault.clone()).is_err()), "not caught");
}

/// Lets decisions see other tickets than there are.
fn seeing(change: impl Fn(&mut serde_json::Value) + 'static) -> Fault {
    Fault::reading(move |_, _, facts| {
        for loaded in facts.records.values_mut().flatten() {
            let mut json = serde_json::to_value(&*loaded.state).unwrap();
            if let Some(ticket) = json.pointer_mut("/ticket") {
                change(ticket);
                loaded.state = std::sync::Arc::new(serde_json::from_value(json).unwrap());
            }
        }
    })
}

#[test]
fn a_guard_that_ignores_open_tasks_is_caught() {
    is_caught(&seeing(|ticket| {
        let tasks = ticket.get_mut("tasks").and_then(|tasks| tasks.as_object_mut());
        tasks.into_iter().flatten().for_each(|(_, task)| task["done"] = true.into());
    }));
}

#[test]
fn time_that_is_counted_twice_is_caught() {
    is_caught(&seeing(|ticket| {
        let sums = ticket.pointer_mut("/worked/by").and_then(|by| by.as_object_mut());
        sums.into_iter().flatten().for_each(|(_, sum)| *sum = (sum.as_i64().unwrap() * 2).into());
    }));
}

#[test]
fn a_ticket_that_goes_on_elsewhere_keeps_its_tasks() {
    let (mut scene, other) = (shop(), TicketId::from_u128(7));
    open(&mut scene, other);
    let due = scene.now() + Span::hours(1);
    run(&mut scene, acting("ada"), AddTask::new(other, id(1), "Ask.").due(due));
    run(&mut scene, acting("root"), Merge::new(other, TICKET));
    scene.advance_to(due + Span::hours(1));
    assert!(told(&scene).is_empty());
    assert_eq!(does(&mut scene, "ada", Resolve::new(TICKET)), "resolved ~", "they hold up their own ticket only");
    run(&mut scene, acting("root"), Unmerge::new(other));
    run(&mut scene, Actor::Timer, Command::Wake(RecordKey::Ticket(other)));
    assert_eq!(told(&scene), ["team care late"]);
    assert_eq!(scene.ticket(other).unwrap().category(), Category::New);
}

#[test]
fn a_task_that_fell_due_while_it_was_done_is_late_from_when_it_is_opened_again() {
    let mut scene = shop();
    let due = scene.now() + Span::hours(1);
    assert_eq!(does(&mut scene, "ada", add(1).due(due)), "task_added");
    assert_eq!(does(&mut scene, "ada", CompleteTask::new(TICKET, id(1))), "task_completed");
    scene.advance_to(due + Span::hours(5));
    assert_eq!(does(&mut scene, "ada", ReopenTask::new(TICKET, id(1))), "task_reopened task_overdue");
    let log = scene.log(&RecordKey::Ticket(TICKET));
    assert_eq!(log.last().unwrap().occurred, due + Span::hours(5), "nobody could have told earlier");
}
