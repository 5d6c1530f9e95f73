//! Lists of tickets: nobody finds more or less than the gate lets them see, and no page loses or repeats a ticket.

use std::collections::{BTreeMap, BTreeSet};

use destek::actor::Actor;
use destek::channel::ChannelKind;
use destek::desk::State;
use destek::id::{AgentId, TicketId};
use destek::inbox::{
    BadCursor, Cursor, Filter, Moment, Period, Query, QueryError, ScopedFilter, Sort, SortBy, TicketRow,
};
use destek::language::Language;
use destek::limits;
use destek::policy::Policy;
use destek::priority::Level;
use destek::store::blocking::{Search as _, Sessions as _, Store as _, preview};
use destek::store::memory::MemorySession;
use destek::team::{Agent, RecordAgent};
use destek::testing::Script;
use destek::ticket::{Category, Ticket};
use destek::time::{Budget, Timestamp};
use destek::view::{CustomerPage, Dossier, for_customer, for_team};

use crate::cast::{acting, agent, at, customer, email, message, name, queue, record, run, verified};
use crate::scripts::{Life, Shop, fixed_lives, holds};
use crate::world::{Fault, World, ensure};

/// Numbers that look random and are the same on every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())].clone()
    }
}

/// A shop in which somebody reaches no further than the own tickets.
fn policy(shop: Shop) -> Policy {
    let roles = r#"[{"name": "agent", "scope": "team", "may": ["view", "reply", "take", "hold", "resolve", "tag", "note"]},
        {"name": "lead", "scope": "team", "may": ["view", "reply", "take", "assign", "hold", "resolve", "confirm",
          "reopen", "close", "tag", "participate", "screen", "merge", "split", "transfer", "prioritize"]},
        {"name": "admin", "scope": "all", "may": ["view", "reply", "merge", "screen", "close"]},
        {"name": "solo", "scope": "own", "may": ["reply"]}, {"name": "idle", "scope": "all", "may": []}]"#;
    let mut doc = shop.doc();
    doc.roles = serde_json::from_str(roles).unwrap();
    // No role here may approve.
    doc.approvals.clear();
    doc.compile().unwrap()
}

pub(crate) fn life(shop: Shop, script: &Script) -> (Policy, Life) {
    let policy = policy(shop);
    let mut life = Life::of(script, &policy);
    let roles: [&[&str]; 4] = [&["solo"], &["idle"], &["solo", "lead"], &[]];
    let teams: Vec<_> = life.agents.iter().flat_map(|agent| agent.teams.clone()).collect();
    for (place, roles) in roles.iter().enumerate() {
        let mut extra = RecordAgent::new(agent(&format!("extra-{place}"))).capacity(3);
        extra.roles = roles.iter().map(|role| name(role)).collect();
        extra.teams = teams.get(place % 2).into_iter().cloned().collect();
        life.agents.push(extra);
    }
    // Whoever reaches only the own tickets has some.
    for lived in life.steps.iter_mut().step_by(7) {
        if let Actor::Agent(agent) = &mut lived.actor {
            *agent = AgentId::new("extra-2").unwrap();
        }
    }
    (policy, life)
}

fn agents(world: &World) -> Vec<Agent> {
    let records = world.store().records(&world.tenant);
    records.iter().filter_map(|(.., state)| state.agent().cloned()).collect()
}

/// Every kind of reader.
pub(crate) fn readers(world: &World) -> Vec<(Actor, Option<Agent>)> {
    let agents = agents(world).into_iter().map(|agent| (Actor::Agent(agent.id.clone()), Some(agent)));
    let customers = (0..5).map(|id| Actor::verified(customer(&format!("c-{id}"))));
    let others =
        [Actor::claimed(customer("c-0")), Actor::Timer, Actor::Host, Actor::Bot(name("b")), Actor::Import(name("i"))];
    agents.chain(customers.chain(others).map(|actor| (actor, None))).collect()
}

/// A filter, and the same in words of a ticket.
pub(crate) type Asked = (Filter, Box<dyn Fn(&Ticket, Option<Timestamp>) -> bool>);

/// How many of the conditions are a customer's, too.
const CUSTOMERS: usize = 6;

/// One condition.
#[expect(clippy::too_many_lines, reason = "one short arm for each condition")]
fn atom(dice: &mut Dice, world: &World, me: Option<AgentId>, sides: usize) -> Asked {
    let (now, customer) = (world.now, sides == CUSTOMERS);
    let hour = |hours: u64| Budget::seconds(hours * 3_600).unwrap();
    let hours = u64::try_from(dice.roll(30)).unwrap();
    let (past, ahead) = (now - hour(hours).span(), now + hour(hours).span());
    let agents = agents(world);
    let tickets = world.tickets();
    let some = (!tickets.is_empty()).then(|| dice.one(&tickets));
    match dice.roll(sides) {
        0 => {
            let categories: BTreeSet<_> = (0..2).map(|_| dice.one(&Category::ALL[..5])).collect();
            let wanted = categories.clone();
            // To a customer spam is closed.
            let shown =
                move |category| if customer && category == Category::Spam { Category::Closed } else { category };
            (Filter::Category(categories), Box::new(move |ticket, _| wanted.contains(&shown(ticket.category()))))
        }
        1 => {
            let kind = dice.one(&ChannelKind::ALL);
            (Filter::Channel([kind].into()), Box::new(move |ticket, _| ticket.channel().kind == kind))
        }
        2 => {
            let order = some.and_then(|ticket| ticket.order().cloned()).unwrap_or("A-1".parse().unwrap());
            let wanted = order.clone();
            (Filter::Order([order].into()), Box::new(move |ticket, _| ticket.order() == Some(&wanted)))
        }
        3 => (
            Filter::Opened(Period::from(Moment::Ago(hour(hours)))),
            Box::new(move |ticket, _| ticket.opened_at() >= past),
        ),
        4 => {
            let is = dice.roll(2) == 0;
            (Filter::Merged(is), Box::new(move |ticket, _| ticket.merged().is_some() == is))
        }
        5 => (Filter::Opened(Period::before(Moment::At(past))), Box::new(move |ticket, _| ticket.opened_at() < past)),
        6 => (Filter::Category([Category::Spam].into()), Box::new(|ticket, _| ticket.category() == Category::Spam)),
        7 => {
            let status = some.map_or(name("new"), |ticket| ticket.status().name.clone());
            let wanted = status.clone();
            (Filter::Status([status].into()), Box::new(move |ticket, _| ticket.status().name == wanted))
        }
        8 => {
            let chosen = some.and_then(|ticket| ticket.queue().cloned()).unwrap_or(queue("nowhere"));
            let wanted = chosen.clone();
            (Filter::Queue([chosen].into()), Box::new(move |ticket, _| ticket.queue() == Some(&wanted)))
        }
        9 => {
            let is = dice.roll(2) == 0;
            (Filter::InQueue(is), Box::new(move |ticket, _| ticket.queue().is_some() == is))
        }
        10 => {
            let chosen: BTreeSet<_> = (0..2).map(|_| dice.one(&agents).id).collect();
            let wanted = chosen.clone();
            (
                Filter::Assignee(chosen),
                Box::new(move |ticket, _| ticket.assignee().is_some_and(|id| wanted.contains(id))),
            )
        }
        11 => match me {
            Some(me) => (Filter::Mine, Box::new(move |ticket, _| ticket.assignee() == Some(&me))),
            None => (Filter::Assigned(false), Box::new(|ticket, _| ticket.assignee().is_none())),
        },
        12 => (Filter::Assigned(true), Box::new(|ticket, _| ticket.assignee().is_some())),
        13 => {
            let chosen = crate::cast::customer(&format!("c-{}", dice.roll(4)));
            let wanted = chosen.clone();
            (Filter::Customer([chosen].into()), Box::new(move |ticket, _| *ticket.customer() == wanted))
        }
        14 => {
            let chosen = crate::cast::customer(&format!("c-{}", dice.roll(4)));
            let wanted = chosen.clone();
            let takes_part =
                move |ticket: &Ticket| *ticket.customer() == wanted || ticket.participants().contains(&wanted);
            (Filter::TakesPart([chosen].into()), Box::new(move |ticket, _| takes_part(ticket)))
        }
        15 => {
            let level = dice.one(&Level::ALL);
            (Filter::PriorityAtLeast(level), Box::new(move |ticket, _| ticket.priority().level >= level))
        }
        16 => {
            let tags = some.map(|ticket| ticket.tags().clone()).unwrap_or_default();
            let wanted = tags.clone();
            (Filter::TagsAll(tags), Box::new(move |ticket, _| wanted.iter().all(|tag| ticket.tags().contains(tag))))
        }
        17 => {
            let tags = some.map(|ticket| ticket.tags().clone()).unwrap_or_default();
            let wanted = tags.clone();
            (Filter::TagsAny(tags), Box::new(move |ticket, _| wanted.iter().any(|tag| ticket.tags().contains(tag))))
        }
        18 => {
            let kind = some.map_or(name("question"), |ticket| ticket.kind().name.clone());
            let wanted = kind.clone();
            (Filter::Kind([kind].into()), Box::new(move |ticket, _| ticket.kind().name == wanted))
        }
        19 => {
            let stage = name("before");
            let wanted = stage.clone();
            (
                Filter::Stage([stage].into()),
                Box::new(move |ticket, _| ticket.stage().is_some_and(|of| of.name == wanted)),
            )
        }
        20 => {
            (Filter::Language([Language::Turkish].into()), Box::new(|ticket, _| ticket.language() == Language::Turkish))
        }
        21 => (
            Filter::Updated(Period::from(Moment::At(past)).until(Moment::At(now))),
            Box::new(move |ticket, _| (past..now).contains(&ticket.updated_at())),
        ),
        22 => (
            Filter::Due(Period::before(Moment::Ahead(hour(hours)))),
            Box::new(move |_, due| due.is_some_and(|due| due < ahead)),
        ),
        23 => (Filter::Due(Period::from(Moment::At(past))), Box::new(move |_, due| due.is_some_and(|due| due >= past))),
        _ => (
            Filter::WaitingSince(Period::before(Moment::Ago(hour(hours)))),
            Box::new(move |ticket, _| ticket.waiting_since().is_some_and(|since| since < past)),
        ),
    }
}

pub(crate) fn filter(dice: &mut Dice, world: &World, reader: &Actor, depth: usize) -> Asked {
    let sides = if matches!(reader, Actor::Customer { .. }) { CUSTOMERS } else { 25 };
    let roll = if depth == 0 { 9 } else { dice.roll(12) };
    if roll > 5 {
        return atom(dice, world, reader.agent().cloned(), sides);
    }
    let mut parts: Vec<Asked> = (0..dice.roll(4)).map(|_| filter(dice, world, reader, depth - 1)).collect();
    match roll {
        0 => {
            let (part, holds) = parts.pop().unwrap_or_else(|| atom(dice, world, reader.agent().cloned(), sides));
            (Filter::Not(Box::new(part)), Box::new(move |ticket, due| !holds(ticket, due)))
        }
        1 | 2 => {
            let (parts, holds): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
            (Filter::Any(parts), Box::new(move |ticket, due| holds.iter().any(|holds| holds(ticket, due))))
        }
        _ => {
            let (parts, holds): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
            (Filter::All(parts), Box::new(move |ticket, due| holds.iter().all(|holds| holds(ticket, due))))
        }
    }
}

/// Whether the filter speaks of something, as text: the reference knows its tree no better.
fn mentions(filter: &Filter, what: &str) -> bool {
    serde_json::to_string(filter).unwrap().contains(what)
}

fn dues(world: &World) -> BTreeMap<TicketId, Timestamp> {
    let wakes = world.store().wakes(&world.tenant);
    wakes.iter().filter_map(|wake| Some((wake.record.ticket()?, wake.due?))).collect()
}

/// The plain reference: every ticket that the views let the reader see, that is not hidden and that fits, in order.
fn reference(world: &World, (reader, record): (&Actor, Option<&Agent>), asked: &Asked, sort: Sort) -> Vec<TicketRow> {
    let (filter, holds) = asked;
    let customer = matches!(reader, Actor::Customer { .. });
    let dues = dues(world);
    let shown = |ticket: &Ticket| {
        let dossier = Dossier::new(ticket.clone(), Vec::new());
        let policy = world.desk.policy();
        let sees = for_team(policy, (reader, record), &dossier, world.now).is_some()
            || for_customer(reader, &dossier).is_some();
        let merged = ticket.merged().is_none() || mentions(filter, r#""merged""#);
        let named = mentions(filter, r#""status""#) || mentions(filter, r#""spam""#);
        let spam = ticket.category() != Category::Spam || customer || named;
        sees && merged && spam
    };
    let column = |ticket: &Ticket, due: Option<Timestamp>| match sort.by {
        SortBy::Updated => Some(i128::from(ticket.updated_at().as_millis())),
        SortBy::Opened => Some(ticket.opened_at().as_millis().into()),
        SortBy::Due => due.map(|due| due.as_millis().into()),
        SortBy::WaitingSince => ticket.waiting_since().map(|since| since.as_millis().into()),
        SortBy::Priority => {
            Level::ALL.iter().position(|level| *level == ticket.priority().level).map(|rank| rank as i128)
        }
        SortBy::Number => Some(ticket.number().into()),
        SortBy::Rank => ticket.place().map(|place| place.rank.as_millis().into()),
        _ => panic!("no reference for {:?}", sort.by),
    };
    let mut found: Vec<((bool, i128, i128), TicketRow)> = Vec::new();
    for ticket in world.tickets() {
        let due = dues.get(&ticket.id()).copied();
        if shown(&ticket) && holds(&ticket, due) {
            let (value, id) = (column(&ticket, due), ticket.id().as_u128().cast_signed());
            let sign = if sort.descending { -1 } else { 1 };
            found.push(((value.is_none(), sign * value.unwrap_or(0), sign * id), TicketRow::of(&ticket, due)));
        }
    }
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, row)| row).collect()
}

fn scoped(world: &World, (reader, record): (&Actor, Option<&Agent>), filter: &Filter) -> Result<ScopedFilter, String> {
    world.desk.scope(reader, record, filter, world.now).map_err(|error| format!("{error}: {filter:?}"))
}

fn page(world: &World, query: &Query) -> destek::inbox::Page {
    let Ok(mut session) = world.store().begin(&world.tenant);
    let Ok(page) = session.tickets(query);
    page
}

/// All pages of a list.
fn paged(world: &World, filter: &ScopedFilter, sort: Sort, limit: usize) -> Result<Vec<TicketRow>, String> {
    let (mut rows, mut after) = (Vec::new(), None::<Cursor>);
    loop {
        let query = filter.query(sort, after.as_ref(), limit).map_err(|error| error.to_string())?;
        let page = page(world, &query);
        ensure(page.rows.len() == limit || page.next.is_none(), || "a short page is not the last".into())?;
        ensure(!page.rows.is_empty() || after.is_none(), || "an empty page after a cursor".into())?;
        rows.extend(page.rows);
        match page.next {
            Some(next) => after = Some(next.to_string().parse().map_err(|error| format!("{error}"))?),
            None => return Ok(rows),
        }
    }
}

pub(crate) fn sort(dice: &mut Dice, reader: &Actor) -> Sort {
    let public = [SortBy::Opened, SortBy::Number];
    let by = if matches!(reader, Actor::Customer { .. }) { dice.one(&public) } else { dice.one(&SortBy::ALL) };
    if dice.roll(2) == 0 { Sort::ascending(by) } else { Sort::descending(by) }
}

/// Law 25: the list is exactly what the gate lets the reader see.
fn finds_what_the_gate_shows(shop: Shop, script: &Script) -> Result<(), String> {
    let (policy, life) = life(shop, script);
    let mut world = World::new(&policy, &life, Fault::default());
    let mut dice = Dice(script.steps.len() as u64);
    // The lists are made in the middle of the life, and kept from there on.
    for (place, step) in life.steps.iter().enumerate() {
        let _ = world.step(step);
        if place % 20 == 9 {
            everybody(&world, &mut dice)?;
        }
    }
    world.quiet();
    everybody(&world, &mut dice)
}

fn everybody(world: &World, dice: &mut Dice) -> Result<(), String> {
    for (reader, record) in readers(world) {
        let who = (&reader, record.as_ref());
        let customer = matches!(reader, Actor::Customer { .. });
        for round in 0..4 {
            let asked = match round {
                0 if customer => {
                    (Filter::everything(), Box::new(|_: &Ticket, _| true) as Box<dyn Fn(&Ticket, _) -> bool>)
                }
                0 => {
                    let all = Filter::Any(vec![
                        Filter::everything(),
                        Filter::Merged(true),
                        Filter::Category([Category::Spam].into()),
                    ]);
                    (all, Box::new(|_: &Ticket, _| true) as Box<dyn Fn(&Ticket, _) -> bool>)
                }
                _ => filter(dice, world, &reader, 3),
            };
            let sort = sort(dice, &reader);
            let expected = reference(world, who, &asked, sort);
            let filter = scoped(world, who, &asked.0)?;
            let found = paged(world, &filter, sort, 1 + dice.roll(7))?;
            ensure(found == expected, || {
                let ids = |rows: &[TicketRow]| rows.iter().map(|row| row.number).collect::<Vec<_>>();
                format!("{reader:?} {sort:?} {:?}: found {:?}, expected {:?}", asked.0, ids(&found), ids(&expected))
            })?;
            let at_most = dice.roll(5);
            let Ok(mut session) = world.store().begin(&world.tenant);
            let Ok(count) = session.count(&filter, at_most);
            let right = (expected.len().min(at_most), expected.len() > at_most);
            ensure((count.tickets, count.more) == right, || {
                format!("{reader:?} counts {count:?} of {}", expected.len())
            })?;
        }
    }
    Ok(())
}

#[test]
fn law_25_a_list_has_exactly_the_tickets_that_the_gate_shows() {
    holds(finds_what_the_gate_shows);
}

/// While pages are read, others write: each page is the reference's, and what stays where it is comes once.
fn pages_lose_nothing(shop: Shop, script: &Script) -> Result<(), String> {
    let (policy, life) = life(shop, script);
    let mut world = World::new(&policy, &life, Fault::default());
    let mut dice = Dice(7 + script.steps.len() as u64);
    let everything: Asked = (Filter::everything(), Box::new(|_, _| true));
    let (mut sort, mut after) = (Sort::ascending(SortBy::Number), None::<Cursor>);
    let mut marks: BTreeMap<TicketId, destek::inbox::Mark> = BTreeMap::new();
    let (mut still, mut seen): (BTreeSet<TicketId>, Vec<TicketId>) = (BTreeSet::new(), Vec::new());
    for step in &life.steps {
        let _ = world.step(step);
        let rows = reference(&world, (&Actor::Host, None), &everything, sort);
        still.retain(|id| rows.iter().any(|row| row.ticket == *id && marks.get(id) == Some(&sort.mark(row))));
        let filter = scoped(&world, (&Actor::Host, None), &everything.0)?;
        let query = filter.query(sort, after.as_ref(), 2).map_err(|error| error.to_string())?;
        let found = page(&world, &query);
        let behind = |row: &&TicketRow| query.after().is_none_or(|after| sort.compare(after, &sort.mark(row)).is_lt());
        let expected: Vec<TicketRow> = rows.iter().filter(behind).take(2).cloned().collect();
        ensure(found.rows == expected, || format!("{sort:?}: {:?} is not {expected:?}", found.rows))?;
        if after.is_none() {
            still = rows.iter().map(|row| row.ticket).collect();
            marks = rows.iter().map(|row| (row.ticket, sort.mark(row))).collect();
        }
        seen.extend(found.rows.iter().map(|row| row.ticket));
        after = found.next;
        if after.is_none() {
            for id in &still {
                let times = seen.iter().filter(|seen| *seen == id).count();
                ensure(times == 1, || format!("{id} stayed where it was and came {times} times"))?;
            }
            seen.clear();
            sort = self::sort(&mut dice, &Actor::Host);
        }
    }
    Ok(())
}

#[test]
fn no_page_loses_or_repeats_a_ticket_that_stays_while_others_write() {
    holds(pages_lose_nothing);
}

#[test]
fn a_unit_of_work_lists_what_it_has_written_itself() {
    holds(|shop, script| {
        let (policy, life) = life(shop, script);
        let mut world = World::new(&policy, &life, Fault::default());
        let list = |session: &mut MemorySession, world: &World| {
            let everything =
                Filter::Any(vec![Filter::everything(), Filter::Merged(true), Filter::Status(BTreeSet::new())]);
            let filter = world.desk.scope(&Actor::Host, None, &everything, world.now).unwrap();
            SortBy::ALL.map(|by| {
                let Ok(page) = session.tickets(&filter.query(Sort::descending(by), None, 500).unwrap());
                let Ok(count) = session.count(&filter, 500);
                (page.rows, count)
            })
        };
        for step in &life.steps {
            world.pass(step);
            let request = world.request(step.actor.clone(), step.command.clone());
            let Ok(mut session) = world.store().begin(&world.tenant);
            let Ok(decision) = preview(&world.desk, &mut session, &request, world.now) else { continue };
            session.write(&decision.into_changes(&request)).map_err(|error| error.to_string())?;
            let own = list(&mut session, &world);
            let Ok(mut other) = world.store().begin(&world.tenant);
            let before = list(&mut other, &world);
            ensure(before[0].0.len() <= own[0].0.len(), || "others see more than it does".into())?;
            destek::store::blocking::Sessions::commit(world.store(), session).map_err(|error| error.to_string())?;
            let Ok(mut other) = world.store().begin(&world.tenant);
            let after = list(&mut other, &world);
            ensure(own == after, || format!("{own:?} before the commit, {after:?} after it"))?;
        }
        Ok(())
    });
}

#[test]
fn the_due_column_is_what_the_clocks_say_under_the_policy_in_force() {
    holds(|shop, script| {
        let (policy, life) = life(shop, script);
        let world = World::live(&policy, &life, Fault::default());
        let dues = dues(&world);
        for ticket in world.tickets() {
            let (kept, told) = (dues.get(&ticket.id()).copied(), ticket.due(policy.calendars()));
            ensure(kept == told, || format!("{} is due {told:?}, the column says {kept:?}", ticket.id()))?;
        }
        Ok(())
    });
}

#[test]
fn a_calendar_that_changes_moves_the_due_column_with_the_next_wake_up() {
    use destek::desk::Command;
    use destek::record::RecordKey;
    let document = |week: &str| {
        format!(
            r#"{{"version": 1, "default_queue": "g", "queue": [{{"name": "g"}}],
              "calendar": {{"c": {{"zone": "+00:00", "week": "{week}"}}}},
              "sla": [{{"name": "s", "resolution": {{"budget": "3h", "calendar": "c"}}}}]}}"#
        )
    };
    let mut scene =
        destek::testing::Scene::new(crate::cast::read(&document("mon-sun 09:00-12:00")), at("2026-11-27T10:00:00Z"));
    let ticket = TicketId::from_u128(1);
    run(&mut scene, verified("owner"), destek::ticket::Open::new(ticket, customer("owner"), email()));
    let due = |scene: &destek::testing::Scene| {
        let filter = scene.desk().scope(&Actor::Host, None, &Filter::everything(), scene.now()).unwrap();
        let Ok(mut session) = scene.store().begin(scene.tenant());
        let Ok(page) = session.tickets(&filter.query(Sort::ascending(SortBy::Due), None, 1).unwrap());
        page.rows[0].due
    };
    // Two hours today, one tomorrow from nine on.
    assert_eq!(due(&scene), Some(at("2026-11-28T10:00:00Z")));
    let desk = destek::Desk::new(crate::cast::read(&document("mon-sun 09:00-18:00")));
    for command in [Command::Activate, Command::Wake(RecordKey::Ticket(ticket))] {
        let request = scene.request(Actor::Host, command);
        let (store, tenant, now) = (scene.store(), scene.tenant(), scene.now());
        destek::store::blocking::execute_with_retry(&desk, store, tenant, &request, now, 1).unwrap();
    }
    assert_eq!(due(&scene), Some(at("2026-11-27T13:00:00Z")));
}

#[test]
fn a_cursor_is_of_one_reader_filter_and_order() {
    let mut scene = destek::testing::Scene::new(crate::cast::policy(), at(crate::cast::START));
    run(&mut scene, Actor::Host, record("ada", Some("admin"), None));
    for id in 1..=3 {
        run(
            &mut scene,
            verified("owner"),
            destek::ticket::Open::new(TicketId::from_u128(id), customer("owner"), email()),
        );
    }
    let scope = |actor: &Actor, filter: &Filter, now| {
        let records = scene.store().records(scene.tenant());
        let record = records.iter().find_map(|(.., state)| state.agent().cloned());
        scene.desk().scope(actor, actor.agent().and(record.as_ref()), filter, now).unwrap()
    };
    let (now, later) = (scene.now(), at("2026-11-27T12:00:00Z"));
    let recent = Filter::Opened(Period::from(Moment::Ago("4h".parse().unwrap())));
    let by = Sort::ascending(SortBy::Number);
    let filter = scope(&Actor::Host, &recent, now);
    let Ok(mut session) = scene.store().begin(scene.tenant());
    let Ok(page) = session.tickets(&filter.query(by, None, 2).unwrap());
    let next = page.next.unwrap();
    // The same list a while later is the same list: "four hours ago" moves on.
    let Ok(rest) = session.tickets(&scope(&Actor::Host, &recent, later).query(by, Some(&next), 2).unwrap());
    assert_eq!(rest.rows.iter().map(|row| row.ticket.as_u128()).collect::<Vec<_>>(), [3]);
    let refused = |filter: ScopedFilter, sort| filter.query(sort, Some(&next), 2).unwrap_err();
    let other = QueryError::Cursor(BadCursor::OtherList);
    assert_eq!(refused(scope(&acting("ada"), &recent, now), by), other);
    assert_eq!(refused(scope(&Actor::Host, &Filter::everything(), now), by), other);
    assert_eq!(refused(filter.clone(), Sort::descending(SortBy::Number)), other);
    assert_eq!(refused(filter.clone(), Sort::ascending(SortBy::Opened)), other);
    for limit in [0, limits::PAGE_ROWS_MAX + 1] {
        assert_eq!(filter.query(by, None, limit).unwrap_err(), QueryError::Limit { limit });
    }
    assert!(filter.query(by, None, limits::PAGE_ROWS_MAX).is_ok());
}

#[test]
fn a_customer_learns_from_a_list_what_the_ticket_shows_and_no_more() {
    let mut scene = destek::testing::Scene::new(crate::cast::policy(), at(crate::cast::START));
    run(&mut scene, Actor::Host, record("ada", Some("admin"), None));
    for (id, owner) in [(1, "owner"), (2, "owner"), (3, "other")] {
        let id = TicketId::from_u128(id);
        let open = destek::ticket::Open::new(id, customer(owner), email()).message(message(id.as_u128()), "Where?");
        run(&mut scene, verified(owner), open);
    }
    run(&mut scene, acting("ada"), destek::ticket::MarkSpam::new(TicketId::from_u128(1)));
    let scope = |filter: &Filter| scene.desk().scope(&verified("owner"), None, filter, scene.now());
    let list = |filter: &Filter| {
        let query = scope(filter).unwrap().query(Sort::ascending(SortBy::Number), None, 9).unwrap();
        let Ok(mut session) = scene.store().begin(scene.tenant());
        let Ok(page) = session.tickets(&query);
        CustomerPage::of(&page)
    };
    let seen: Vec<_> =
        list(&Filter::everything()).rows.iter().map(|row| (row.ticket.as_u128(), row.category)).collect();
    assert_eq!(seen, [(1, Category::Closed), (2, Category::New)]);
    assert_eq!(list(&Filter::Category([Category::Closed].into())).rows.len(), 1);
    assert_eq!(list(&Filter::Not(Box::new(Filter::Category([Category::Closed].into())))).rows.len(), 1);
    let json = serde_json::to_string(&list(&Filter::everything())).unwrap();
    for internal in ["spam", "queue", "priority", "assignee", "tags", "due", "level", "rank", "updated"] {
        assert!(!json.contains(internal), "{internal} in {json}");
    }
    for internal in [
        Filter::Category([Category::Spam].into()),
        Filter::TagsAny([name("fraud")].into()),
        Filter::PriorityAtLeast(Level::High),
        Filter::Not(Box::new(Filter::Assigned(true))),
        Filter::Any(vec![Filter::Updated(Period::default())]),
        Filter::Customer([customer("owner")].into()),
        Filter::Mine,
    ] {
        assert_eq!(scope(&internal).unwrap_err().code(), "invalid", "{internal:?}");
    }
    for by in SortBy::ALL {
        let allowed = scope(&Filter::everything()).unwrap().query(Sort::ascending(by), None, 9).is_ok();
        assert_eq!(allowed, matches!(by, SortBy::Opened | SortBy::Number), "{by:?}");
    }
}

#[test]
fn a_filter_has_limits_and_an_agent_has_to_be_known() {
    let scene = destek::testing::Scene::new(crate::cast::policy(), at(crate::cast::START));
    let scope = |actor: &Actor, filter: &Filter| {
        let refused = scene.desk().scope(actor, None, filter, scene.now());
        refused.map(drop).map_err(|rejection| (rejection.code(), rejection.to_string()))
    };
    let nested = |depth: usize| (1..depth).fold(Filter::Merged(true), |inner, _| Filter::Not(Box::new(inner)));
    assert!(scope(&Actor::Host, &nested(limits::FILTER_DEPTH_MAX)).is_ok());
    let (code, text) = scope(&Actor::Host, &nested(limits::FILTER_DEPTH_MAX + 1)).unwrap_err();
    assert_eq!((code, text.as_str()), ("invalid", "`filter`: it is nested deeper than 8; put conditions side by side"));
    let wide = |nodes: usize| Filter::All(vec![Filter::Assigned(true); nodes - 1]);
    assert!(scope(&Actor::Host, &wide(limits::FILTER_NODES_MAX)).is_ok());
    assert!(
        scope(&Actor::Host, &wide(limits::FILTER_NODES_MAX + 1)).unwrap_err().1.contains("65 conditions, at most 64")
    );
    let long = |values: usize| Filter::TagsAny((0..values).map(|value| name(&format!("t{value}"))).collect());
    assert!(scope(&Actor::Host, &long(limits::FILTER_VALUES_MAX)).is_ok());
    assert!(scope(&Actor::Host, &long(limits::FILTER_VALUES_MAX + 1)).unwrap_err().1.contains("501 listed values"));
    assert_eq!(scope(&acting("nobody"), &Filter::everything()).unwrap_err().0, "unknown_actor");
    assert_eq!(scope(&Actor::Host, &Filter::Mine).unwrap_err().0, "invalid");
    for wrong in
        [r#"{"opened": {"form": {"ago": "1h"}}}"#, r#"{"colour": ["red"]}"#, r#"{"opened": {"from": {"ago": -1}}}"#]
    {
        assert!(serde_json::from_str::<Filter>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn tenants_do_not_find_each_others_tickets() {
    let (shop, script) = fixed_lives(1).remove(0);
    let (policy, life) = life(shop, &script);
    let mut first = World::new(&policy, &life, Fault::default());
    for step in &life.steps {
        let _ = first.step(step);
    }
    let second = World::beside(&policy, &life, first.sessions.clone(), "başka");
    let filter = scoped(&second, (&Actor::Host, None), &Filter::everything()).unwrap();
    assert!(!paged(&first, &filter, Sort::ascending(SortBy::Number), 100).unwrap().is_empty());
    assert!(paged(&second, &filter, Sort::ascending(SortBy::Number), 100).unwrap().is_empty());
    assert!(second.store().records(&second.tenant).iter().all(|(.., state)| State::ticket(state).is_none()));
}

#[test]
fn few_tickets_far_from_the_beginning_are_looked_up_and_not_walked_to() {
    let mut scene = destek::testing::Scene::new(crate::cast::policy(), at(crate::cast::START));
    run(&mut scene, Actor::Host, record("root", Some("admin"), Some("care")));
    let id = TicketId::from_u128;
    for ticket in 1..=60 {
        let owner = format!("c-{ticket}");
        run(&mut scene, verified(&owner), destek::ticket::Open::new(id(ticket), customer(&owner), email()));
    }
    for ticket in [1, 2, 3, 58, 59, 60] {
        run(&mut scene, acting("root"), destek::ticket::Take::new(id(ticket)));
    }
    let records = scene.store().records(scene.tenant());
    let root = records.iter().find_map(|(.., state)| state.agent().cloned());
    let list = |sort: Sort, extra: Filter| {
        let filter = Filter::All(vec![Filter::Mine, extra]);
        let filter = scene.desk().scope(&acting("root"), root.as_ref(), &filter, scene.now()).unwrap();
        let Ok(mut session) = scene.store().begin(scene.tenant());
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let Ok(page) = session.tickets(&filter.query(sort, after.as_ref(), 2).unwrap());
            found.extend(page.rows.iter().map(|row| row.number));
            after = page.next;
            if after.is_none() {
                return found;
            }
        }
    };
    let by = SortBy::Number;
    assert_eq!(list(Sort::ascending(by), Filter::everything()), [1, 2, 3, 58, 59, 60]);
    assert_eq!(list(Sort::descending(by), Filter::everything()), [60, 59, 58, 3, 2, 1]);
    assert!(list(Sort::ascending(SortBy::Rank), Filter::InQueue(false)).is_empty());
}

#[test]
fn merged_tickets_are_listed_only_where_the_filter_speaks_of_them() {
    let mut scene = destek::testing::Scene::new(crate::cast::policy(), at(crate::cast::START));
    run(&mut scene, Actor::Host, record("root", Some("admin"), Some("care")));
    let id = TicketId::from_u128;
    for ticket in 1..=3 {
        run(&mut scene, verified("owner"), destek::ticket::Open::new(id(ticket), customer("owner"), email()));
    }
    run(&mut scene, acting("root"), destek::ticket::Merge::new(id(2), id(1)));
    run(&mut scene, acting("root"), destek::ticket::MarkSpam::new(id(3)));
    let list = |reader: &Actor, filter: Filter| {
        let filter = scene.desk().scope(reader, None, &filter, scene.now()).unwrap();
        let Ok(mut session) = scene.store().begin(scene.tenant());
        let Ok(page) = session.tickets(&filter.query(Sort::ascending(SortBy::Number), None, 9).unwrap());
        page.rows.iter().map(|row| row.number).collect::<Vec<_>>()
    };
    assert_eq!(list(&Actor::Host, Filter::everything()), [1]);
    assert_eq!(list(&Actor::Host, Filter::Merged(true)), [2]);
    assert_eq!(list(&Actor::Host, Filter::Category([Category::Spam].into())), [3]);
    // To its customer spam is a closed ticket as any other.
    assert_eq!(list(&verified("owner"), Filter::everything()), [1, 3]);
    assert_eq!(list(&verified("owner"), Filter::Merged(true)), [2]);
}
