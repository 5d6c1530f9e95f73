//! Saved views: who may keep, share, open and remove them, and that a view shows each reader what that reader may see.

use std::collections::BTreeSet;

use destek::actor::Actor;
use destek::desk::{Command, Rejection};
use destek::id::{TeamId, TicketId, ViewId};
use destek::inbox::{Column, Filter, RemoveView, SaveView, Sharing, Sort, SortBy};
use destek::limits;
use destek::record::RecordKey;
use destek::run::{CountViews, ListError, Listing, OpenView};
use destek::store::blocking::{Sessions as _, count_views, list_for_customer, list_tickets, list_views, open_view};
use destek::store::memory::MemorySession;
use destek::team::RecordAgent;
use destek::testing::Scene;
use destek::ticket::{Open, Take};

use crate::cast::{POLICY, acting, agent, at, customer, email, name, policy, queue, read, record, run, verified};

/// Two in one team, one in the other, one who reaches all, one without a role.
fn world() -> Scene {
    let mut scene = Scene::new(policy(), at(crate::cast::START));
    for (id, role, team) in [
        ("ayşe", Some("lead"), "care"),
        ("mert", Some("agent"), "care"),
        ("zeynep", Some("agent"), "returns"),
        ("root", Some("admin"), "returns"),
        ("boş", None, "care"),
    ] {
        run(&mut scene, Actor::Host, record(id, role, Some(team)));
    }
    for id in 1..=4 {
        run(&mut scene, verified("owner"), Open::new(TicketId::from_u128(id), customer("owner"), email()));
    }
    scene
}

fn id(id: u128) -> ViewId {
    ViewId::from_u128(id)
}

fn view(view: u128, called: &str) -> SaveView {
    SaveView::new(id(view), name(called), Filter::everything(), Sort::ascending(SortBy::Number))
}

fn care() -> Sharing {
    Sharing::Team(TeamId::new("care").unwrap())
}

fn session(scene: &Scene) -> MemorySession {
    let Ok(session) = scene.store().begin(scene.tenant());
    session
}

/// The names of the views that somebody may open.
fn names(scene: &Scene, who: &str) -> Vec<String> {
    let views = list_views(scene.desk(), &mut session(scene), &acting(who), 100).unwrap();
    views.iter().map(|view| view.name.to_string()).collect()
}

fn refused(scene: &mut Scene, who: &str, command: impl Into<Command>) -> Rejection {
    scene.run(acting(who), command).unwrap_err()
}

#[test]
fn a_view_is_found_by_whom_it_is_shared_with_and_nobody_else() {
    let mut scene = world();
    run(&mut scene, acting("mert"), view(1, "Bende"));
    run(&mut scene, acting("ayşe"), view(2, "Ekip").shared(care()));
    run(&mut scene, acting("root"), view(3, "Herkes").shared(Sharing::All));
    assert_eq!(names(&scene, "mert"), ["Bende", "Ekip", "Herkes"]);
    assert_eq!(names(&scene, "ayşe"), ["Ekip", "Herkes"]);
    assert_eq!(names(&scene, "zeynep"), ["Herkes"]);
    // Whoever reaches every ticket sees every team's views, but nobody's own.
    assert_eq!(names(&scene, "root"), ["Ekip", "Herkes"]);
    let none = list_views(scene.desk(), &mut session(&scene), &acting("boş"), 100).unwrap_err();
    assert_eq!((none.code(), none.status()), ("forbidden", 422));
    assert_eq!(list_views(scene.desk(), &mut session(&scene), &acting("kim"), 9).unwrap_err().code(), "unknown_actor");
    for other in [Actor::Host, verified("owner"), Actor::Timer] {
        assert_eq!(list_views(scene.desk(), &mut session(&scene), &other, 9).unwrap_err().code(), "forbidden");
    }
    // In another team's queue from today on.
    run(&mut scene, Actor::Host, record("mert", Some("agent"), Some("returns")));
    assert_eq!(names(&scene, "mert"), ["Bende", "Herkes"]);
    // A unit of work sees its own: nothing of it is there before it is committed.
    let request = scene.request(acting("zeynep"), view(4, "Acil"));
    let mut unit = session(&scene);
    destek::store::blocking::execute(scene.desk(), &mut unit, &request, scene.now()).unwrap();
    assert_eq!(list_views(scene.desk(), &mut unit, &acting("zeynep"), 100).unwrap().len(), 2);
    assert_eq!(list_views(scene.desk(), &mut unit, &acting("zeynep"), 1).unwrap()[0].name, name("Acil"));
    assert_eq!(names(&scene, "zeynep"), ["Herkes"]);
}

#[test]
fn what_is_shared_is_the_leads_to_change_and_the_rest_is_ones_own() {
    let mut scene = world();
    run(&mut scene, acting("ayşe"), view(2, "Ekip").shared(care()));
    assert_eq!(refused(&mut scene, "mert", view(1, "Ekip").shared(care())).code(), "forbidden");
    assert_eq!(refused(&mut scene, "mert", view(2, "Benim")).code(), "forbidden");
    assert_eq!(refused(&mut scene, "mert", RemoveView::new(id(2))).code(), "forbidden");
    assert_eq!(refused(&mut scene, "zeynep", RemoveView::new(id(2))).code(), "not_found");
    // A lead shares with the own teams, not with others and not with all.
    let returns = Sharing::Team(TeamId::new("returns").unwrap());
    assert_eq!(refused(&mut scene, "ayşe", view(5, "x").shared(returns)).code(), "forbidden");
    assert_eq!(refused(&mut scene, "ayşe", view(5, "x").shared(Sharing::All)).code(), "forbidden");
    // Whoever changes another's view does not become its owner.
    run(&mut scene, acting("root"), view(2, "Hepimiz").shared(Sharing::All));
    let state = scene.state(&RecordKey::View(id(2))).unwrap();
    assert_eq!(state.view().map(|view| (&view.owner, view.name.as_str())), Some((&agent("ayşe"), "Hepimiz")));
    assert_eq!(refused(&mut scene, "boş", view(6, "x")).code(), "forbidden");
    // The owner removes it; it is gone for all, and its id stays used.
    run(&mut scene, acting("ayşe"), RemoveView::new(id(2)));
    assert!(names(&scene, "zeynep").is_empty() && names(&scene, "ayşe").is_empty());
    assert_eq!(refused(&mut scene, "ayşe", RemoveView::new(id(2))).code(), "not_found");
    assert_eq!(refused(&mut scene, "root", view(2, "x")).code(), "not_found");
    assert_eq!(
        refused(&mut scene, "ayşe", view(2, "x")).to_string(),
        "`view`: it was removed; give the new view an id of its own"
    );
}

#[test]
fn saving_the_same_again_changes_nothing() {
    let mut scene = world();
    let save = view(1, "Bende").columns(vec![Column::Number, Column::Due]);
    run(&mut scene, acting("mert"), save.clone());
    let before = scene.state(&RecordKey::View(id(1)));
    let log = scene.log(&RecordKey::View(id(1))).len();
    run(&mut scene, acting("mert"), save);
    assert_eq!((scene.state(&RecordKey::View(id(1))), scene.log(&RecordKey::View(id(1))).len()), (before, log));
}

#[test]
fn a_view_opens_for_each_reader_with_what_that_reader_may_see() {
    let mut scene = world();
    run(&mut scene, acting("root"), view(1, "Hepsi").shared(Sharing::All));
    let mine = SaveView::new(id(2), name("Bende"), Filter::Mine, Sort::ascending(SortBy::Number));
    run(&mut scene, acting("root"), mine.shared(Sharing::All));
    run(&mut scene, acting("mert"), Take::new(TicketId::from_u128(3)));
    let open = |who: &str, view, after, limit| {
        let open = OpenView::new(id(view), limit).after(after).count_up_to(2);
        open_view(scene.desk(), &mut session(&scene), &acting(who), &open, scene.now())
    };
    let ids =
        |opened: &destek::run::Opened| opened.page.rows.iter().map(|row| row.ticket.as_u128()).collect::<Vec<_>>();
    let first = open("mert", 1, None, 3).unwrap();
    assert_eq!((ids(&first), first.count.tickets, first.count.more), (vec![1, 2, 3], 2, true));
    let second = open("mert", 1, first.page.next, 3).unwrap();
    assert_eq!((ids(&second), second.page.next), (vec![4], None));
    let mine = open("mert", 2, None, 9).unwrap();
    assert_eq!((ids(&mine), mine.count.tickets, mine.count.more), (vec![3], 1, false));
    // Nothing is in the queue of the other team.
    let other = open("zeynep", 1, None, 9).unwrap();
    assert_eq!((ids(&other), other.count.tickets), (vec![], 0));
    assert!(open("root", 2, None, 9).unwrap().page.rows.is_empty());
    assert_eq!(open("mert", 9, None, 9).unwrap_err().code(), "not_found");
    assert_eq!(open("zeynep", 1, first.page.next, 9).unwrap_err().code(), "query");
    let count = |who: &str, views: &[ViewId]| {
        let views = CountViews::new(views.iter().copied()).up_to(3);
        let counts = count_views(scene.desk(), &mut session(&scene), &acting(who), &views, scene.now());
        counts.map(|counts| {
            counts.iter().map(|(view, count)| (view.as_u128(), count.tickets, count.more)).collect::<Vec<_>>()
        })
    };
    assert_eq!(count("mert", &[id(2), id(9), id(1)]).unwrap(), [(2, 1, false), (1, 3, true)]);
    assert_eq!(count("zeynep", &[id(1), id(2)]).unwrap(), [(1, 0, false), (2, 0, false)]);
    let many = vec![id(1); limits::VIEWS_PER_AGENT_MAX + 1];
    assert_eq!(count("mert", &many).unwrap_err().code(), "invalid");
    assert!(count("mert", &many[1..]).is_ok());
}

#[test]
fn views_are_bounded_and_their_names_are_the_policys() {
    let mut scene = world();
    for view_id in 0..limits::VIEWS_PER_AGENT_MAX {
        run(&mut scene, acting("mert"), view(100 + view_id as u128, "v"));
    }
    let full = refused(&mut scene, "mert", view(1, "v"));
    assert_eq!(full.to_string(), "`view`: an agent keeps at most 50 views; remove one first");
    run(&mut scene, acting("mert"), view(100, "w"));
    run(&mut scene, acting("mert"), RemoveView::new(id(100)));
    run(&mut scene, acting("mert"), view(1, "v"));
    // What the host records anew of an agent takes no view away.
    run(&mut scene, Actor::Host, RecordAgent::new(agent("mert")).role(name("agent")));
    let state = scene.state(&RecordKey::Agent(agent("mert"))).unwrap();
    assert_eq!(state.agent().unwrap().views.len(), limits::VIEWS_PER_AGENT_MAX);

    let said = |scene: &mut Scene, filter: Filter| {
        refused(scene, "ayşe", SaveView::new(id(2), name("v"), filter, Sort::ascending(SortBy::Due))).to_string()
    };
    let wrong = Filter::Not(Box::new(Filter::Queue([queue("retruns")].into())));
    assert_eq!(said(&mut scene, wrong), "`filter`: the policy has no queue `retruns`; did you mean `returns`?");
    let wrong = Filter::All(vec![Filter::Status([name("opne")].into())]);
    assert_eq!(said(&mut scene, wrong), "`filter`: the policy has no status `opne`; did you mean `open`?");
    assert_eq!(said(&mut scene, Filter::Kind([name("x")].into())), "`filter`: the policy has no kind `x`");
    assert_eq!(said(&mut scene, Filter::Stage([name("x")].into())), "`filter`: the policy has no stage `x`");
    assert!(said(&mut scene, Filter::All(vec![Filter::Mine; 64])).contains("65 conditions, at most 64"));
    let twice = view(2, "v").columns(vec![Column::Due, Column::Tags, Column::Due]);
    assert_eq!(refused(&mut scene, "ayşe", twice).to_string(), "`columns`: a column is listed twice; list each once");
    let nobody = Sharing::Team(TeamId::new("kimse").unwrap());
    assert!(refused(&mut scene, "root", view(2, "v").shared(nobody)).to_string().contains("names the team `kimse`"));
}

#[test]
fn a_view_outlives_the_policy_whose_names_it_has() {
    let mut scene = world();
    let gone = Filter::Any(vec![Filter::Queue([queue("returns")].into()), Filter::Queue([queue("general")].into())]);
    run(&mut scene, acting("root"), SaveView::new(id(1), name("v"), gone, Sort::ascending(SortBy::Number)));
    let without = POLICY.replace(r#", { "name": "returns", "teams": ["returns"] }"#, "");
    let desk = destek::Desk::new(read(&without));
    let open = |desk: &destek::Desk| {
        let reader = acting("root");
        open_view(desk, &mut session(&scene), &reader, &OpenView::new(id(1), 9), scene.now())
            .map(|opened| opened.page.rows.len())
    };
    let stale = open(&desk).unwrap_err();
    assert_eq!((stale.code(), stale.status()), ("stale_policy", 503));
    let request = scene.request(Actor::Host, Command::Activate);
    let open = |desk: &destek::Desk, scene: &Scene| {
        let reader = acting("root");
        open_view(desk, &mut session(scene), &reader, &OpenView::new(id(1), 9), scene.now())
            .map(|opened| opened.page.rows.len())
    };
    let (store, tenant, now) = (scene.store(), scene.tenant(), scene.now());
    destek::store::blocking::execute_with_retry(&desk, store, tenant, &request, now, 1).unwrap();
    assert_eq!(open(&desk, &scene).unwrap(), 4);
}

#[test]
fn the_team_and_customers_have_lists_of_their_own() {
    let scene = world();
    let listing = Listing::new(Filter::everything(), Sort::ascending(SortBy::Number), 3);
    let team = |reader: Actor| list_tickets(scene.desk(), &mut session(&scene), &reader, &listing, scene.now());
    let own = |reader: Actor, listing: &Listing| {
        list_for_customer(scene.desk(), &mut session(&scene), &reader, listing, scene.now())
    };
    assert_eq!(team(Actor::Host).unwrap().rows.len(), 3);
    assert_eq!(team(verified("owner")).unwrap_err().code(), "forbidden");
    assert_eq!(own(acting("root"), &listing).unwrap_err().code(), "forbidden");
    assert!(own(Actor::claimed(customer("owner")), &listing).unwrap().rows.is_empty());
    assert!(own(verified("aunt"), &listing).unwrap().rows.is_empty());
    let first = own(verified("owner"), &listing).unwrap();
    let rest = own(verified("owner"), &listing.clone().after(first.next)).unwrap();
    let ids: BTreeSet<_> = first.rows.iter().chain(&rest.rows).map(|row| row.ticket.as_u128()).collect();
    assert_eq!((ids, rest.next), ((1..=4).collect(), None));
    let by_priority = Listing::new(Filter::everything(), Sort::ascending(SortBy::Priority), 3);
    assert!(matches!(own(verified("owner"), &by_priority), Err(ListError::Query(_))));
}
