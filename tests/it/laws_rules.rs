//! Laws 15, 16, 19 and 25: rules, assignment, and the gate, on whole lives.

use std::collections::{BTreeMap, BTreeSet};

use destek::actor::{Actor, Proof};
use destek::automation::{Action, EventRuleDoc, Trigger};
use destek::channel::{Channel, ChannelKind};
use destek::desk::{Changes, Command, Event, Facts, Guard, JoinReason, Needs, State, TraceStep, Wake, fold};
use destek::id::{AgentId, CustomerId, MessageId, Name, QueueId, TenantId, TicketId};
use destek::limits;
use destek::policy::{Policy, PolicyDoc};
use destek::priority::Grade;
use destek::record::RecordKey;
use destek::store::MemoryStore;
use destek::store::blocking::{Sessions as _, Store as _};
use destek::team::{Agent, Presence, RecordAgent, SetPresence};
use destek::testing::{Scene, Script};
use destek::ticket::{self, Assignment, Open, Receive};
use destek::time::{Span, Timestamp};
use destek::view;
use proptest::prelude::*;

use crate::scripts::{Life, Shop, fault_is_caught, holds, holds_for, is_caught, start};
use crate::world::{Fault, World, Write, ensure, name};

/// Triggers that a random rule may have.
const ON: [Trigger; 7] = [
    Trigger::Opened,
    Trigger::CustomerMessage,
    Trigger::Classified,
    Trigger::PriorityChanged,
    Trigger::Tagged,
    Trigger::Queued,
    Trigger::FieldSet,
];

fn action() -> impl Strategy<Value = Action> {
    let grade = || prop::sample::select(Grade::ALL.to_vec());
    let word = |words: &'static [&'static str]| prop::sample::select(words).prop_map(name);
    prop_oneof![
        word(&["request", "complaint"]).prop_map(Action::SetKind),
        grade().prop_map(Action::SetUrgency),
        grade().prop_map(Action::SetImpact),
        word(&["x", "y", "z"]).prop_map(|tag| Action::AddTags([tag].into())),
        word(&["x", "y", "z"]).prop_map(|tag| Action::RemoveTags([tag].into())),
        prop::sample::select(vec!["bir", "iki"]).prop_map(|queue| Action::SetQueue(QueueId::new(queue).unwrap())),
        word(&["1", "2"]).prop_map(|value| Action::SetField { name: name("puan"), value: value.to_string() }),
    ]
}

/// Rules of one action each, with up to two triggers.
fn rules() -> impl Strategy<Value = Vec<(Vec<usize>, Action)>> {
    prop::collection::vec((prop::collection::vec(0..ON.len(), 1..=2), action()), 1..8)
}

fn shop_of(rules: &[(Vec<usize>, Action)]) -> PolicyDoc {
    let doc = r#"{"version": 1, "default_queue": "bir", "queue": [{"name": "bir"}, {"name": "iki"}],
        "field": [{"name": "puan", "type": "number"}]}"#;
    let mut doc: PolicyDoc = serde_json::from_str(doc).unwrap();
    doc.rules = rules
        .iter()
        .enumerate()
        .map(|(index, (on, action))| {
            let on: BTreeSet<Trigger> = on.iter().map(|place| ON[*place]).collect();
            EventRuleDoc::new(name(&format!("kural {index}")), on.into_iter().collect(), vec![action.clone()])
        })
        .collect();
    doc
}

/// Whether rules can set each other off for ever, found by following every way until it comes back.
fn is_circular(rules: &[EventRuleDoc]) -> bool {
    fn comes_back(rules: &[EventRuleDoc], from: usize, at: usize, seen: &mut BTreeSet<usize>) -> bool {
        let raised: Vec<Trigger> = rules[at].then.iter().filter_map(Action::raises).collect();
        (0..rules.len())
            .filter(|next| rules[*next].on.iter().any(|on| raised.contains(on)))
            .any(|next| next == from || (seen.insert(next) && comes_back(rules, from, next, seen)))
    }
    (0..rules.len()).any(|from| comes_back(rules, from, from, &mut BTreeSet::new()))
}

fn open_in(scene: &mut Scene) -> Result<destek::desk::Receipt, destek::desk::Rejection> {
    let (ticket, customer) = (TicketId::from_u128(1), CustomerId::new("c-1").unwrap());
    let open = Open::new(ticket, customer.clone(), Channel::of(ChannelKind::Chat));
    scene.run(Actor::verified(customer), open.message(MessageId::from_u128(1), "merhaba"))
}

/// A policy whose rules are circular is refused; under any other every cascade ends, each rule firing at most once.
fn cascades_end(rules: &[(Vec<usize>, Action)], compile: impl Fn(PolicyDoc) -> Option<Policy>) -> Result<(), String> {
    let doc = shop_of(rules);
    let circular = is_circular(&doc.rules);
    let policy = compile(doc);
    ensure(policy.is_none() == circular, || format!("circular: {circular}, compiled: {}", policy.is_some()))?;
    let Some(policy) = policy else { return Ok(()) };
    let mut scene = Scene::new(policy, start());
    open_in(&mut scene).map_err(|rejection| rejection.to_string())?;
    let log = scene.log(&RecordKey::Ticket(TicketId::from_u128(1)));
    let mut fired: BTreeMap<Name, usize> = BTreeMap::new();
    for recorded in &log {
        if let Event::Ticket(ticket::Event::RuleFired { rule, .. }) = &recorded.event {
            *fired.entry(rule.clone()).or_default() += 1;
        }
    }
    ensure(fired.values().all(|times| *times == 1), || format!("{fired:?}"))?;
    ensure(log.len() <= 8 + 4 * limits::RULE_ACTIONS_MAX, || format!("{} events", log.len()))
}

#[test]
fn law_16_every_cascade_ends() {
    holds_for(rules(), |rules| cascades_end(&rules, |doc| doc.compile().ok()));
}

#[test]
fn law_16_catches_a_proof_that_forgets_queues() {
    let blind = |mut doc: PolicyDoc| {
        for rule in &mut doc.rules {
            rule.then = rule
                .then
                .iter()
                .map(|action| match action {
                    Action::SetQueue(_) => Action::Notify { to: ticket::Whom::Lead, text: "kuyruk".into() },
                    action => action.clone(),
                })
                .collect();
        }
        doc.compile().ok()
    };
    let circle =
        [(vec![4], Action::SetQueue(QueueId::new("iki").unwrap())), (vec![5], Action::AddTags([name("x")].into()))];
    assert!(cascades_end(&circle, blind).is_err(), "the broken variant is caught");
    assert!(cascades_end(&circle, |doc| doc.compile().ok()).is_ok());
}

#[test]
fn law_16_a_cascade_beyond_its_budget_is_stopped_and_says_so() {
    let mut world = World::new(&Shop::Ruled.policy(), &Life { agents: vec![], steps: vec![] }, Fault::default());
    let (ticket, customer) = (TicketId::from_u128(1), CustomerId::new("c-1").unwrap());
    world.ask(Actor::verified(customer.clone()), Open::new(ticket, customer, Channel::of(ChannelKind::Chat))).unwrap();
    world.host(ticket::Tag::new(ticket).add(name("acele")));
    world.host(ticket::Note::new(ticket, MessageId::from_u128(1), "not"));
    let seen = world.seen();
    let stopped = seen.log(ticket).filter_map(|recorded| match &recorded.event {
        Event::Ticket(ticket::Event::RulesStopped { rounds, actions }) => Some((*rounds, *actions)),
        _ => None,
    });
    // The rule wants 101 actions at once, so that none is taken.
    assert_eq!(stopped.collect::<Vec<_>>(), [(0, 0)]);
}

#[test]
fn law_15_rules_of_one_round_read_one_picture_and_the_trace_names_conflicts() {
    let doc = r#"{"version": 1, "default_queue": "bir", "queue": [{"name": "bir"}, {"name": "iki"}], "rule": [
        {"name": "yazar", "on": ["opened"], "then": [{"set_kind": "complaint"}, {"add_tags": ["x"]}]},
        {"name": "okur", "on": ["opened"], "when": {"kind": "complaint"}, "then": [{"set_queue": "iki"}]},
        {"name": "öteki", "on": ["opened"], "when": {"not": {"kind": "complaint"}}, "then": [{"set_kind": "request"}]}
    ]}"#;
    let doc: PolicyDoc = serde_json::from_str(doc).unwrap();
    let mut scene = Scene::new(doc.compile().unwrap(), start());
    let (ticket, customer) = (TicketId::from_u128(1), CustomerId::new("c-1").unwrap());
    let open = Open::new(ticket, customer.clone(), Channel::of(ChannelKind::Chat));
    let decision = scene.preview(Actor::verified(customer), open).unwrap();
    let steps: Vec<_> = decision
        .trace
        .steps
        .iter()
        .filter_map(|step| match step {
            TraceStep::Rule { rule, round } => Some(format!("{rule} in {round}")),
            TraceStep::Conflict { field, kept, lost } => Some(format!("{field}: {kept}, not {lost}")),
            _ => None,
        })
        .collect();
    assert_eq!(steps, ["kind: öteki, not yazar", "yazar in 1", "öteki in 1"]);
    open_in(&mut scene).unwrap();
    let state = scene.ticket(ticket).unwrap();
    assert_eq!((state.kind().name.as_str(), state.queue().unwrap().as_str()), ("request", "bir"));
    assert!(state.tags().contains(&name("x")), "what nobody disputes is written");
}

/// Agents who could take a ticket of this queue now.
fn eligible<'a>(policy: &Policy, queue: &QueueId, agents: impl Iterator<Item = (&'a Agent, u32)>) -> Vec<AgentId> {
    let Some(queue) = policy.queue(queue) else { return Vec::new() };
    let able = agents.filter(|(agent, load)| {
        agent.presence == Presence::Available
            && *load < agent.capacity
            && queue.teams.iter().any(|team| agent.teams.contains(team))
            && queue.skills.iter().all(|(skill, level)| agent.skills.get(skill).is_some_and(|own| own >= level))
    });
    able.map(|(agent, _)| agent.id.clone()).collect()
}

/// At a quiet point nobody who could work stands beside a ticket that waits.
fn nobody_stands_idle(world: &World) -> Result<(), String> {
    let policy = world.desk.policy();
    let records = world.store().records(&world.tenant);
    let tickets: Vec<_> = records.iter().filter_map(|(.., state)| state.ticket()).collect();
    let load = |agent: &Agent| tickets.iter().filter(|ticket| ticket.counts_for() == Some(&agent.id)).count() as u32;
    for ticket in tickets.iter().filter(|ticket| ticket.place().is_some()) {
        let queue = ticket.queue().unwrap();
        let agents = records.iter().filter_map(|(.., state)| state.agent());
        let idle = eligible(policy, queue, agents.map(|agent| (agent, load(agent))));
        ensure(idle.is_empty(), || format!("{} waits in {queue} beside {idle:?}", ticket.id()))?;
    }
    Ok(())
}

/// In which queue a ticket waits, and where.
fn waits(states: &BTreeMap<RecordKey, Option<State>>) -> BTreeMap<TicketId, (QueueId, Timestamp)> {
    let tickets = states.values().flatten().filter_map(State::ticket);
    let waiting = tickets.filter_map(|ticket| Some((ticket.id(), (ticket.queue()?.clone(), ticket.place()?.rank))));
    waiting.collect()
}

/// No drain gives a ticket to an agent while one before it in its queue goes on waiting, nor to anybody who is full.
fn drains_are_fair(write: &Write<'_>) -> Result<(), String> {
    let (before, after) = (waits(&write.before), waits(&write.after));
    for recorded in write.events {
        let Event::Ticket(ticket::Event::Assigned { agent, how: Assignment::Drained }) = &recorded.event else {
            continue;
        };
        let id = recorded.record.ticket().unwrap();
        let (queue, rank) = before.get(&id).ok_or_else(|| format!("{id} did not wait"))?;
        let passed = before.iter().find(|(other, (own, earlier))| {
            own == queue && (*earlier, **other) < (*rank, id) && after.get(*other).is_some_and(|(now, _)| now == queue)
        });
        ensure(passed.is_none(), || format!("{id} ({rank}) overtakes {passed:?}"))?;
        let states = write.after.values().flatten();
        let load = states.filter_map(State::ticket).filter(|ticket| ticket.counts_for() == Some(agent)).count();
        let record = write.before.get(&RecordKey::Agent(agent.clone())).and_then(Option::as_ref);
        let capacity = record.and_then(State::agent).map_or(0, |agent| agent.capacity as usize);
        ensure(load <= capacity, || format!("{agent} has {load} of {capacity}"))?;
    }
    Ok(())
}

/// Assignment is prompt, fair and within capacity. Each agent has room for one ticket, so that some wait.
fn assignment_is_fair(shop: Shop, script: &Script, fault: Fault) -> Result<(), String> {
    let policy = shop.policy();
    let mut life = Life::of(script, &policy);
    life.agents.iter_mut().for_each(|agent| agent.capacity = 1);
    let mut world = World::new(&policy, &life, fault);
    for step in &life.steps {
        let _ = world.step(step);
        if step.awake {
            world.quiet();
            nobody_stands_idle(&world)?;
        }
    }
    world.quiet();
    nobody_stands_idle(&world)?;
    world.seen().writes().iter().try_for_each(drains_are_fair)
}

#[test]
fn law_19_assignment_is_prompt_fair_and_within_capacity() {
    holds(|shop, script| assignment_is_fair(shop, script, Fault::default()));
}

#[test]
fn law_19_catches_a_drain_that_overfills() {
    let empty = |_: &MemoryStore, _: &TenantId, facts: &mut Facts| {
        if let Some(queue) = &mut facts.queue {
            let roster = queue.roster.iter().cloned().map(|mut member| {
                member.load = 0;
                member
            });
            queue.roster = roster.collect();
        }
    };
    let unguarded = |_: &MemoryStore, _: &TenantId, changes: &mut Changes| {
        changes.guards.retain(|guard| !matches!(guard, Guard::Capacity { .. }));
    };
    fault_is_caught(&Fault::reading(empty).and_writing(unguarded), assignment_is_fair);
}

#[test]
fn law_19_catches_a_drain_that_overtakes() {
    let turn = |_: &MemoryStore, _: &TenantId, facts: &mut Facts| {
        if let Some(queue) = &mut facts.queue {
            queue.heads.reverse();
        }
    };
    fault_is_caught(&Fault::reading(turn), assignment_is_fair);
}

#[test]
fn law_19_catches_a_queue_that_is_not_woken() {
    let sleep = |_: &MemoryStore, _: &TenantId, changes: &mut Changes| {
        changes.wakes.retain(|wake| !matches!(wake, Wake::Forward { .. }));
    };
    fault_is_caught(&Fault::writing(sleep), assignment_is_fair);
}

/// A ticket comes while a drain that found nothing is about to be written.
fn brought_forward_meanwhile(fault: Fault) -> Result<(), String> {
    let policy = Shop::Sample.policy();
    let agent = RecordAgent::new(AgentId::new("ada").unwrap()).team("destek".try_into().unwrap());
    let mut world = World::new(&policy, &Life { agents: vec![agent], steps: vec![] }, fault);
    world.quiet();
    let drain = world.request(Actor::Timer, Command::Drain("genel".try_into().unwrap()));
    let Ok(mut session) = world.sessions.begin(&world.tenant);
    let mut decided = destek::store::blocking::preview(&world.desk, &mut session, &drain, world.now).unwrap();
    decided.trace.steps.clear();
    let customer = CustomerId::new("c-1").unwrap();
    let open = Open::new(TicketId::from_u128(1), customer.clone(), Channel::of(ChannelKind::Chat));
    world.ask(Actor::verified(customer), open).unwrap();
    let Ok(mut late) = world.sessions.begin(&world.tenant);
    late.write(&decided.into_changes(&drain)).map_err(|error| error.to_string())?;
    world.sessions.commit(late).map_err(|error| error.to_string())?;
    world.quiet();
    nobody_stands_idle(&world)
}

#[test]
fn law_19_a_wake_up_that_is_brought_forward_meanwhile_is_kept() {
    brought_forward_meanwhile(Fault::default()).unwrap();
}

#[test]
fn law_19_catches_a_wake_up_that_is_lost_when_brought_forward() {
    // Whoever sets a wake-up pretends to have seen how it is now.
    let pretend = |store: &MemoryStore, tenant: &TenantId, changes: &mut Changes| {
        let rows = store.wakes(tenant);
        for wake in &mut changes.wakes {
            if let Wake::Set { record, seen, .. } = wake {
                *seen = rows.iter().find(|row| row.record == *record).map_or(0, |row| row.stamp);
            }
        }
    };
    assert!(brought_forward_meanwhile(Fault::writing(pretend)).is_err(), "the broken variant is caught");
}

#[test]
fn law_19_who_comes_takes_what_waits_and_who_is_full_takes_nothing() {
    let agent = RecordAgent::new(AgentId::new("ada").unwrap()).team("destek".try_into().unwrap()).capacity(2);
    let mut world = World::new(&Shop::Sample.policy(), &Life { agents: vec![agent], steps: vec![] }, Fault::default());
    world.host(SetPresence::new(AgentId::new("ada").unwrap(), Presence::Away));
    for id in 1..=3 {
        let customer = CustomerId::new(format!("c-{id}")).unwrap();
        let open = Open::new(TicketId::from_u128(id), customer.clone(), Channel::of(ChannelKind::Chat));
        world.ask(Actor::verified(customer), open).unwrap();
        world.now = world.now + Span::minutes(1);
    }
    world.quiet();
    let taken =
        |world: &World| -> Vec<bool> { world.tickets().iter().map(|ticket| ticket.assignee().is_some()).collect() };
    assert_eq!(taken(&world), [false, false, false]);
    world.host(SetPresence::new(AgentId::new("ada").unwrap(), Presence::Available));
    world.quiet();
    assert_eq!(taken(&world), [true, true, false], "the first two, and no more than there is room for");
}

/// Whoever may change a ticket may see it.
fn write_implies_read(shop: Shop, script: &Script, fault: Fault) -> Result<(), String> {
    let policy = shop.policy();
    let life = Life::of(script, &policy);
    let mut world = World::new(&policy, &life, fault);
    for step in &life.steps {
        world.pass(step);
        let Command::Ticket(command) = &step.command else {
            let _ = world.ask(step.actor.clone(), step.command.clone());
            continue;
        };
        let key = RecordKey::Ticket(command.ticket());
        let before = world.state(&key);
        // What the host has said of the agent, whatever the store makes of it.
        let agent = step.actor.agent().map(|agent| RecordKey::Agent(agent.clone()));
        let seen = agent.as_ref().map(|_| world.seen());
        let log = seen.as_ref().and_then(|seen| seen.logs().remove(agent.as_ref()?));
        let agent = agent.and_then(|key| fold(&key, log.into_iter().flatten()).state);
        let answer = world.ask(step.actor.clone(), step.command.clone());
        let (Ok(receipt), Some(state)) = (answer, before) else { continue };
        let ticket = state.ticket().unwrap();
        if receipt.version(&key).is_none() || matches!(step.actor, Actor::Timer) {
            continue;
        }
        let reader = (&step.actor, agent.as_ref().and_then(State::agent));
        let dossier = view::Dossier::new(ticket.clone(), Vec::new());
        let sees = view::for_team(&policy, reader, &dossier, world.now).is_some()
            || view::for_customer(&step.actor, &dossier).is_some();
        ensure(sees, || format!("{:?} may `{}` {key} and not see it", step.actor, command.kind()))?;
    }
    Ok(())
}

#[test]
fn law_25_who_may_write_may_read() {
    holds(|shop, script| write_implies_read(shop, script, Fault::default()));
}

#[test]
fn law_25_catches_rights_that_come_from_nowhere() {
    let promote = |_: &MemoryStore, _: &TenantId, facts: &mut Facts| {
        for loaded in facts.records.values_mut().flatten() {
            let mut json = serde_json::to_value(&*loaded.state).unwrap();
            if let Some(roles) = json.pointer_mut("/agent/roles") {
                *roles = serde_json::json!(["lead", "admin"]);
                loaded.state = std::sync::Arc::new(serde_json::from_value(json).unwrap());
            }
        }
    };
    fault_is_caught(&Fault::reading(promote), write_implies_read);
}

/// A sender who only claims to be somebody changes no ticket that is there.
fn joining_needs_proof(shop: Shop, script: &Script, believe: bool) -> Result<(), String> {
    let policy = shop.policy();
    let life = Life::of(script, &policy);
    let mut world = World::new(&policy, &life, Fault::default());
    for step in &life.steps {
        world.pass(step);
        let before: BTreeSet<TicketId> = world.tickets().iter().map(|ticket| ticket.id()).collect();
        // Whoever writes only claims to be who he is.
        let (actor, claimed) = match &step.actor {
            Actor::Customer { id, .. } => {
                let proof = if believe { Proof::Verified } else { Proof::Claimed };
                (Actor::Customer { id: id.clone(), proof }, true)
            }
            actor => (actor.clone(), false),
        };
        let Ok(receipt) = world.ask(actor, step.command.clone()) else { continue };
        let touched = receipt.records.iter().filter_map(|(key, _)| key.ticket()).find(|id| before.contains(id));
        ensure(!claimed || touched.is_none(), || format!("{touched:?} changed by `{}`", step.command.kind()))?;
    }
    Ok(())
}

#[test]
fn law_28_who_only_claims_changes_no_ticket() {
    holds(|shop, script| joining_needs_proof(shop, script, false));
}

#[test]
fn law_28_catches_a_claim_that_is_believed() {
    is_caught(
        |shop, script| joining_needs_proof(shop, script, false),
        |shop, script| joining_needs_proof(shop, script, true),
    );
}

#[test]
fn law_28_a_claimed_answer_opens_a_ticket_and_the_trace_says_why() {
    let mut scene = Scene::new(Shop::Sample.policy(), start());
    open_in(&mut scene).unwrap();
    let (own, customer) = (TicketId::from_u128(1), CustomerId::new("c-1").unwrap());
    let channel = Channel::of(ChannelKind::Email);
    let receive = Receive::new(TicketId::from_u128(2), MessageId::from_u128(2), customer.clone(), channel, "ekledim");
    let receive = receive.answers(own);
    let joined = |scene: &mut Scene, actor| {
        let decision = scene.preview(actor, receive.clone()).unwrap();
        let join = decision.trace.steps.iter().find_map(|step| match step {
            TraceStep::Join { joined, why } => Some((*joined, *why)),
            _ => None,
        });
        (decision.ticket, join)
    };
    let claimed = joined(&mut scene, Actor::claimed(customer.clone()));
    assert_eq!(claimed, (Some(TicketId::from_u128(2)), Some((None, JoinReason::Unproven))));
    let verified = joined(&mut scene, Actor::verified(customer));
    assert_eq!(verified, (Some(own), Some((Some(own), JoinReason::Answers))));
    let mut needs = Needs::default();
    needs.record(RecordKey::Ticket(TicketId::from_u128(2)));
    let Ok(mut session) = scene.store().begin(scene.tenant());
    let Ok(facts) = session.gather(&needs);
    assert!(facts.record(&RecordKey::Ticket(TicketId::from_u128(2))).is_none(), "previews write nothing");
}
