//! Laws 1 to 8: the core.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use destek::actor::Actor;
use destek::customer;
use destek::desk::{Antecedent, Changes, Command, Event, Facts, Origin, State, Wake, fold};
use destek::id::{AgentId, RequestId, TenantId, TicketId};
use destek::job::StartJob;
use destek::limits;
use destek::policy::{Policy, PolicyDoc};
use destek::record::{RecordKey, Version};
use destek::sla;
use destek::store::MemoryStore;
use destek::testing::Script;
use destek::ticket::{self, HoldKind};
use destek::time::Span;

use crate::scripts::{Life, Shop, fault_is_caught, holds, is_caught, start};
use crate::world::{Fault, Seen, World, ensure, name};

/// Plays a script to its end in a world with this fault.
fn lived(shop: Shop, script: &Script, fault: Fault) -> World {
    let policy = shop.policy();
    World::live(&policy, &Life::of(script, &policy), fault)
}

/// The law, tried on a script that is lived to its end with nothing wrong.
fn in_one_life(law: impl Fn(&World) -> Result<(), String>) -> impl Fn(Shop, &Script) -> Result<(), String> {
    move |shop, script| law(&lived(shop, script, Fault::default()))
}

/// Everything stored is named by the receipt of a request, and every receipt is true.
fn one_entrance(world: &World) -> Result<(), String> {
    let seen = world.seen();
    let mut requests = BTreeSet::new();
    let mut stored = BTreeSet::new();
    for (key, log) in seen.logs() {
        let mut last = (0, 0);
        for recorded in &log {
            let at = (recorded.version.number(), recorded.index);
            let follows = at == (last.0, last.1 + 1) || at == (last.0 + 1, 0);
            ensure(follows, || format!("{key}: {at:?} follows {last:?}"))?;
            last = at;
            requests.insert(recorded.cause.request);
            stored.insert((key.clone(), recorded.version, recorded.cause.request));
        }
        let record = seen.records.iter().find(|(own, ..)| *own == key);
        let version = record.map(|(_, version, _)| version.number());
        ensure(version == Some(last.0), || format!("{key} is at {version:?}, its log ends at {}", last.0))?;
    }
    let (mut named, mut effects) = (BTreeSet::new(), BTreeSet::new());
    for request in requests {
        let receipt = world.receipt(request).ok_or_else(|| format!("nobody asked `{request}`"))?;
        named.extend(receipt.records.into_iter().map(|(key, version)| (key, version, request)));
        effects.extend(receipt.effects);
    }
    ensure(stored == named, || "what the receipts name is not what is stored".to_owned())?;
    let outbox = seen.outbox.iter().map(|row| row.outgoing.key.clone()).collect::<BTreeSet<_>>();
    ensure(outbox == effects, || "the effects of the receipts are not the outbox".to_owned())?;
    let mut loads: BTreeMap<AgentId, u32> = BTreeMap::new();
    for ticket in world.tickets() {
        ticket.counts_for().into_iter().for_each(|agent| *loads.entry(agent.clone()).or_default() += 1);
    }
    let counted = seen.loads.iter().filter(|(.., load)| *load > 0);
    let counted: BTreeMap<AgentId, u32> = counted.map(|(agent, _, load)| (agent.clone(), *load)).collect();
    ensure(loads == counted, || format!("the tickets say {loads:?}, the counters {counted:?}"))
}

#[test]
fn law_01_nothing_is_stored_but_what_receipts_name() {
    holds(|shop, script| one_entrance(&lived(shop, script, Fault::default())));
}

#[test]
fn law_01_catches_a_lost_effect() {
    let lose = |_: &MemoryStore, _: &TenantId, changes: &mut Changes| drop(changes.outbox.pop());
    fault_is_caught(&Fault::writing(lose), |shop, script, fault| one_entrance(&lived(shop, script, fault)));
}

#[test]
fn law_01_catches_a_back_door() {
    is_caught(in_one_life(one_entrance), |shop, script| {
        let world = lived(shop, script, Fault::default());
        let seen = world.seen();
        if let Some(last) = seen.feed.last() {
            let mut forged = last.clone();
            forged.version = forged.version.next();
            world.store().tamper(&world.tenant).append(&last.record, forged);
        }
        one_entrance(&world)
    });
}

#[test]
fn law_01_catches_a_counter_that_nobody_counts() {
    let forget = |_: &MemoryStore, _: &TenantId, changes: &mut Changes| changes.loads.clear();
    fault_is_caught(&Fault::writing(forget), |shop, script, fault| one_entrance(&lived(shop, script, fault)));
}

/// A refusal has a code and changes nothing.
fn refusals_change_nothing(shop: Shop, script: &Script, fault: Fault) -> Result<(), String> {
    let policy = shop.policy();
    let life = Life::of(script, &policy);
    let mut world = World::new(&policy, &life, fault);
    for step in &life.steps {
        world.pass(step);
        let before = world.seen();
        let Err(error) = world.ask(step.actor.clone(), step.command.clone()) else { continue };
        let after = world.seen();
        ensure(before == after, || {
            format!("`{}` was refused ({}) and left something", step.command.kind(), error.code())
        })?;
        ensure(before.bytes() == after.bytes(), || "equal, but not byte for byte".to_owned())?;
    }
    Ok(())
}

#[test]
fn law_02_a_refusal_changes_nothing() {
    holds(|shop, script| refusals_change_nothing(shop, script, Fault::default()));
}

#[test]
fn law_02_catches_a_question_that_takes_something_away() {
    let take = |store: &MemoryStore, tenant: &TenantId, _: &mut Facts| {
        if let Some(row) = store.outbox(tenant).last() {
            store.tamper(tenant).lose_effect(&row.outgoing.key);
        }
    };
    fault_is_caught(&Fault::reading(take), refusals_change_nothing);
}

/// Every stored state is the fold of its log, byte for byte.
fn state_is_the_fold(seen: &Seen) -> Result<(), String> {
    let logs = seen.logs();
    for (key, version, state) in &seen.records {
        let log = logs.get(key).into_iter().flatten().copied();
        let folded = fold(key, log);
        ensure(folded.version == Some(*version) && !folded.sealed, || format!("{key}: {:?}", folded.version))?;
        let folded = serde_json::to_string(&folded.state).unwrap();
        let stored = serde_json::to_string(&**state).unwrap();
        ensure(folded == stored, || format!("{key}\nfolded: {folded}\nstored: {stored}"))?;
        let read: State = serde_json::from_str(&stored).map_err(|error| format!("{key}: {error}"))?;
        ensure(read == **state, || format!("{key} reads back as something else"))?;
    }
    Ok(())
}

#[test]
fn law_03_state_is_the_fold() {
    holds(|shop, script| state_is_the_fold(&lived(shop, script, Fault::default()).seen()));
}

#[test]
fn law_03_catches_a_lost_event() {
    is_caught(in_one_life(|world| state_is_the_fold(&world.seen())), |shop, script| {
        let world = lived(shop, script, Fault::default());
        let replied = |event: &Event| matches!(event, Event::Ticket(ticket::Event::Replied { .. }));
        if let Some(lost) = world.seen().feed.iter().find(|recorded| replied(&recorded.event)) {
            world.store().tamper(&world.tenant).lose_event(&lost.record, lost.version, lost.index);
        }
        state_is_the_fold(&world.seen())
    });
}

/// A ticket's state with one of its numbers one higher.
fn drifted(state: &State) -> State {
    let mut json = serde_json::to_value(state).unwrap();
    if let Some(messages) = json.pointer_mut("/ticket/messages") {
        *messages = (messages.as_u64().unwrap() + 1).into();
    }
    serde_json::from_value(json).unwrap()
}

#[test]
fn law_03_catches_a_state_that_drifts_from_the_fold() {
    let drift = |_: &MemoryStore, _: &TenantId, changes: &mut Changes| {
        for change in changes.changes.iter_mut().filter(|change| change.record.ticket().is_some()) {
            change.state = Arc::new(drifted(&change.state));
        }
    };
    fault_is_caught(&Fault::writing(drift), |shop, script, fault| {
        state_is_the_fold(&lived(shop, script, fault).seen())
    });
}

/// What a preview says is what is then written, and what it refuses is refused.
fn dry_is_real(shop: Shop, script: &Script, spoil: impl Fn(&mut Changes) + 'static) -> Result<(), String> {
    let policy = shop.policy();
    let life = Life::of(script, &policy);
    let written: Rc<RefCell<Option<Changes>>> = Rc::default();
    // A preview uses up a number of the sequence (C8); so that the next one can be compared, it does not here.
    let steady = |store: &MemoryStore, tenant: &TenantId, facts: &mut Facts| {
        if let Some(number) = &mut facts.number {
            *number = store.records(tenant).len() as u64;
        }
    };
    let seen = Rc::clone(&written);
    let fault = Fault::reading(steady).and_writing(move |_, _, changes| {
        spoil(changes);
        *seen.borrow_mut() = Some(changes.clone());
    });
    let mut world = World::new(&policy, &life, fault);
    for step in &life.steps {
        world.pass(step);
        let request = world.request(step.actor.clone(), step.command.clone());
        let before = world.seen();
        let dry = world.preview(&request).map(|decision| decision.into_changes(&request));
        ensure(before == world.seen(), || "the preview left something".to_owned())?;
        *written.borrow_mut() = None;
        let real = world.execute(&request).map_err(|error| error.code().to_owned());
        let real = real.map(|_| written.borrow_mut().take());
        ensure(dry.clone().map(Some) == real, || format!("dry:  {dry:?}\nreal: {real:?}"))?;
    }
    Ok(())
}

#[test]
fn law_04_dry_is_real() {
    holds(|shop, script| dry_is_real(shop, script, |_| {}));
}

#[test]
fn law_04_catches_a_write_that_adds_a_wake_up() {
    is_caught(
        |shop, script| dry_is_real(shop, script, |_| {}),
        |shop, script| {
            dry_is_real(shop, script, |changes| {
                changes.wakes.push(Wake::Forward { record: RecordKey::Policy, at: start() });
            })
        },
    );
}

/// Whether the event that led to another came before it, in the same change or in that of another record.
fn is_earlier(from: &Antecedent, recorded: &destek::desk::Recorded) -> bool {
    match from {
        Antecedent::Here(index) => *index < recorded.index,
        Antecedent::There(key) => key.record != recorded.record,
        _ => false,
    }
}

/// Every event says who, why and when.
fn every_event_has_its_cause(shop: Shop, script: &Script, fault: Fault) -> Result<(), String> {
    let policy = shop.policy();
    let life = Life::of(script, &policy);
    let mut world = World::new(&policy, &life, fault);
    let mut actors: BTreeMap<RequestId, Actor> = BTreeMap::new();
    for step in &life.steps {
        world.pass(step);
        let request = world.request(step.actor.clone(), step.command.clone());
        actors.insert(request.id, request.actor.clone());
        let _ = world.execute(&request);
    }
    world.quiet();
    let seen = world.seen();
    for (key, log) in seen.logs() {
        let mut last = start();
        for recorded in log {
            let (cause, event) = (&recorded.cause, &recorded.event);
            let what = || format!("{key} {}.{}: {} by {:?}", recorded.version, recorded.index, event.kind(), cause);
            ensure(cause.policy == policy.digest(), || format!("another policy: {}", what()))?;
            ensure(recorded.occurred <= recorded.recorded, || format!("recorded before it occurred: {}", what()))?;
            ensure(last <= recorded.recorded, || format!("recorded too early: {}", what()))?;
            last = recorded.recorded;
            ensure(cause.from.as_ref().is_none_or(|from| is_earlier(from, recorded)), || {
                format!("caused later: {}", what())
            })?;
            ensure(world.receipt(cause.request).is_some(), || format!("no request: {}", what()))?;
            // Sweeps ask in the name of time, and the world's own requests in the name of the host.
            let asked = actors.get(&cause.request);
            let plausible = match &cause.by {
                Origin::Actor(actor) => asked.is_none_or(|asked| asked == actor) && *actor != Actor::Import(name("x")),
                Origin::Rule(rule) => {
                    let fired = |other: &&destek::desk::Recorded| {
                        matches!(&other.event,
                        Event::Ticket(ticket::Event::RuleFired { rule: own, .. }) if own == rule)
                    };
                    policy.rules().names().any(|own| own == rule)
                        && seen
                            .feed
                            .iter()
                            .filter(|other| other.cause.request == cause.request)
                            .any(|other| fired(&other))
                }
                Origin::Link(_) => may_be_caused_by_a_link(event) || matches!(event, Event::Customer(_)),
                Origin::Timer => may_be_caused_by_time(event) || matches!(event, Event::Customer(_)),
                _ => false,
            };
            ensure(plausible, || format!("not so: {}", what()))?;
            // A customer's list changes because a ticket did, and for the same reason.
            if let Event::Customer(
                customer::Event::TicketOpened { ticket, .. } | customer::Event::TicketEnded { ticket },
            ) = event
            {
                let led = |other: &&destek::desk::Recorded| {
                    other.record == RecordKey::Ticket(*ticket)
                        && other.cause.by == cause.by
                        && cause.from == Some(Antecedent::There(other.key()))
                };
                ensure(seen.feed.iter().any(|other| led(&other)), || format!("led by nothing: {}", what()))?;
            }
        }
    }
    Ok(())
}

/// What a ticket takes in, an answer that is passed on, an end that follows, and the clocks that it moves.
fn may_be_caused_by_a_link(event: &Event) -> bool {
    match event {
        Event::Ticket(ticket::Event::Heeded { .. } | ticket::Event::Resolved { .. } | ticket::Event::Clock(_)) => true,
        Event::Ticket(ticket::Event::Replied { passes_on, .. }) => passes_on.is_some(),
        Event::Ticket(ticket::Event::Closed { why, .. }) => *why == ticket::Closing::Parent,
        _ => false,
    }
}

/// Clocks, ends of holds and of silence, drains, and the end of a cascade.
fn may_be_caused_by_time(event: &Event) -> bool {
    match event {
        Event::Ticket(event) => match event {
            ticket::Event::Clock(_) | ticket::Event::RulesStopped { .. } => true,
            ticket::Event::Resumed { why, .. } => *why == ticket::Resumption::Time,
            ticket::Event::Closed { why, .. } => *why == ticket::Closing::Silence,
            ticket::Event::Assigned { how, .. } => *how == ticket::Assignment::Drained,
            // What time causes may change the matter, too.
            ticket::Event::ApprovalEnded { how, .. } => {
                matches!(how, ticket::ApprovalEnd::Expired | ticket::ApprovalEnd::Void { .. })
            }
            ticket::Event::TaskOverdue { .. } | ticket::Event::Reminded { .. } => true,
            ticket::Event::NudgePlanned { .. }
            | ticket::Event::Nudged { .. }
            | ticket::Event::NudgeSkipped { .. }
            | ticket::Event::NudgesEnded { .. } => true,
            ticket::Event::Resolved { unanswered, .. } => *unanswered,
            _ => false,
        },
        Event::Queue(_) => true,
        // Its start is somebody's; how it goes on is nobody's.
        Event::Job(event) => !matches!(event, destek::job::Event::Started(_)),
        _ => false,
    }
}

#[test]
fn law_05_every_event_has_its_cause() {
    holds(|shop, script| every_event_has_its_cause(shop, script, Fault::default()));
}

#[test]
fn law_05_catches_a_dropped_cause() {
    let forget = |_: &MemoryStore, _: &TenantId, changes: &mut Changes| {
        for recorded in changes.changes.iter_mut().flat_map(|change| &mut change.events) {
            Arc::make_mut(&mut recorded.cause).by = Origin::Timer;
        }
    };
    fault_is_caught(&Fault::writing(forget), every_event_has_its_cause);
}

#[test]
fn law_05_catches_what_is_recorded_before_it_occurred() {
    let early = |_: &MemoryStore, _: &TenantId, changes: &mut Changes| {
        for recorded in changes.changes.iter_mut().flat_map(|change| &mut change.events) {
            recorded.recorded = recorded.recorded - Span::millis(1);
        }
    };
    fault_is_caught(&Fault::writing(early), every_event_has_its_cause);
}

/// Names of the ruled shop and their other names.
const RENAMED: [(&str, &str); 13] = [
    ("yeni", "zz01"),
    ("açık", "zz02x"),
    ("beklemede", "zz03xxxxx"),
    ("çözüldü", "zz04xxxxxx"),
    ("kapandı", "zz05xxxx"),
    ("istenmeyen", "zz06xxxxxx"),
    ("complaint", "zz07xxxxx"),
    ("iade", "zz08"),
    ("urgent", "zz09xx"),
    ("high", "zz10"),
    ("normal", "zz11xx"),
    ("low", "zz12"),
    ("post", "zz13"),
];

/// The ruled shop with names for everything, as they are or renamed.
fn named(renamed: bool) -> Policy {
    let word = |text: &str| {
        let other = RENAMED.iter().find(|(own, _)| renamed && *own == text).map_or(text, |(_, other)| other);
        serde_json::Value::from(other)
    };
    let mut doc = serde_json::to_value(Shop::Ruled.doc()).unwrap();
    doc["priority"] = ["urgent", "high", "normal", "low"]
        .map(|level| serde_json::json!({ "name": word(level), "level": level }))
        .into_iter()
        .collect();
    doc["stage"] = serde_json::json!([{ "name": word("post"), "category": "post" }]);
    for list in ["status", "kind"] {
        for entry in doc[list].as_array_mut().unwrap() {
            entry["name"] = word(entry["name"].as_str().unwrap());
        }
    }
    for transition in doc["transition"].as_array_mut().unwrap() {
        transition["to"] = word(transition["to"].as_str().unwrap());
        for from in transition["from"].as_array_mut().unwrap() {
            *from = word(from.as_str().unwrap());
        }
    }
    rename_values(&mut doc, &["kind", "set_kind", "priority"], &word);
    let doc: PolicyDoc = serde_json::from_value(doc).unwrap();
    doc.compile().unwrap_or_else(|errors| panic!("{errors}"))
}

/// Renames what conditions and actions say under these keys.
fn rename_values(value: &mut serde_json::Value, keys: &[&str], word: &impl Fn(&str) -> serde_json::Value) {
    match value {
        serde_json::Value::Object(map) => {
            for (key, inner) in map.iter_mut() {
                match inner.as_str() {
                    Some(text) if keys.contains(&key.as_str()) => *inner = word(text),
                    _ => rename_values(inner, keys, word),
                }
            }
        }
        serde_json::Value::Array(list) => list.iter_mut().for_each(|inner| rename_values(inner, keys, word)),
        _ => {}
    }
}

/// A command in the words of the renamed shop.
fn in_other_words(command: &Command) -> Command {
    let word = |own: &destek::id::Name| {
        let other = RENAMED.iter().find(|(text, _)| *text == own.as_str());
        other.map_or_else(|| own.clone(), |(_, other)| name(other))
    };
    let mut command = command.clone();
    let (Command::Ticket(said) | Command::StartJob(StartJob { command: said, .. })) = &mut command else {
        return command;
    };
    match said {
        ticket::Command::Prioritize(prioritize) => {
            prioritize.priority = prioritize.priority.as_ref().map(word);
        }
        ticket::Command::Classify(classify) => {
            classify.kind = classify.kind.as_ref().map(word);
            classify.stage = classify.stage.as_ref().map(word);
        }
        _ => {}
    }
    command
}

/// The same run under other names is the same run, up to names.
fn names_are_data(script: &Script, fault: Fault) -> Result<(), String> {
    let (policy, other) = (named(false), named(true));
    let life = Life::of(script, &policy);
    let mut renamed = Life::of(script, &policy);
    renamed.steps.iter_mut().for_each(|step| step.command = in_other_words(&step.command));
    let one = World::live(&policy, &life, fault.clone()).seen().bytes();
    let mut two = World::live(&other, &renamed, fault).seen().bytes();
    two = two.replace(&other.digest().to_string(), &policy.digest().to_string());
    two = two.replace(&format!("{:?}", other.digest()), &format!("{:?}", policy.digest()));
    for (own, other) in RENAMED {
        two = two.replace(other, own);
    }
    let differs = one.bytes().zip(two.bytes()).position(|(one, two)| one != two);
    let near = |text: &str, at: usize| -> String { text.chars().skip(at.saturating_sub(200)).take(300).collect() };
    ensure(one == two, || {
        let at = differs.unwrap_or_default();
        format!("own:   {}\nother: {}", near(&one, at), near(&two, at))
    })
}

#[test]
fn law_06_names_are_data() {
    holds(|_, script| names_are_data(script, Fault::default()));
}

#[test]
fn law_06_catches_logic_that_looks_at_a_name() {
    let looks = |_: &MemoryStore, _: &TenantId, changes: &mut Changes| {
        let states = changes.changes.iter().filter_map(|change| change.state.ticket());
        if states.map(|ticket| ticket.status().name.as_str()).any(|name| name == "açık") {
            changes.outbox.clear();
        }
    };
    fault_is_caught(&Fault::writing(looks), |_, script, fault| names_are_data(script, fault));
}

/// The same life twice is the same life, and no id stands twice.
fn ids_are_derived(shop: Shop, script: &Script, fault: Fault) -> Result<(), String> {
    let one = lived(shop, script, fault.clone()).seen();
    let two = lived(shop, script, fault).seen();
    ensure(one.bytes() == two.bytes(), || "the same life twice is not the same".to_owned())?;
    let mut contents = BTreeSet::new();
    for recorded in &one.feed {
        let Event::Ticket(event) = &recorded.event else { continue };
        // A ticket that was split off has the subject of the other one, and no copy of it; so has one to which an answer
        // is passed on the answer.
        let shared = match event {
            ticket::Event::Opened(opened) => opened.split_from.is_some(),
            ticket::Event::Replied { passes_on, .. } => passes_on.is_some(),
            _ => false,
        };
        let sound = event.content().is_none_or(|content| contents.insert(content.id) != shared);
        ensure(sound, || format!("content stands twice, or is shared with nobody: {event:?}"))?;
    }
    for content in &one.contents {
        ensure(contents.contains(&content.id), || "a text that nobody refers to".to_owned())?;
    }
    let keys: BTreeSet<_> = one.outbox.iter().map(|row| &row.outgoing.key).collect();
    ensure(keys.len() == one.outbox.len(), || "an effect key stands twice".to_owned())
}

#[test]
fn law_07_ids_come_from_causes() {
    holds(|shop, script| ids_are_derived(shop, script, Fault::default()));
}

#[test]
fn law_07_catches_ids_that_are_counted() {
    let counter = Rc::new(Cell::new(0u32));
    let sound = |shop, script: &Script| ids_are_derived(shop, script, Fault::default());
    is_caught(sound, move |shop, script| {
        let counter = Rc::clone(&counter);
        let count = move |_: &MemoryStore, _: &TenantId, changes: &mut Changes| {
            for outgoing in &mut changes.outbox {
                counter.set(counter.get() + 1);
                outgoing.key.index = counter.get();
            }
        };
        ids_are_derived(shop, script, Fault::writing(count))
    });
}

#[test]
fn law_07_catches_effect_keys_that_repeat() {
    let first = |_: &MemoryStore, _: &TenantId, changes: &mut Changes| {
        changes.outbox.iter_mut().for_each(|outgoing| outgoing.key.version = Version::FIRST);
    };
    fault_is_caught(&Fault::writing(first), ids_are_derived);
}

fn size(state: &State) -> usize {
    serde_json::to_string(state).unwrap().len()
}

#[test]
fn law_08_state_is_bounded_in_any_life() {
    holds(|shop, script| {
        for (key, _, state) in lived(shop, script, Fault::default()).seen().records {
            let size = size(&state);
            ensure(size <= 2 * limits::STATE_BYTES_AIM, || format!("{key} has {size} bytes"))?;
        }
        Ok(())
    });
}

/// A ticket that is held and taken up again `times` times, with a message each time.
fn restless(times: u32) -> (World, TicketId) {
    let policy = Shop::Sample.policy();
    let mut world = World::new(&policy, &Life { agents: Vec::new(), steps: Vec::new() }, Fault::default());
    let (ticket, customer) = (TicketId::from_u128(1), destek::id::CustomerId::new("c-1").unwrap());
    let channel = destek::channel::Channel::of(destek::channel::ChannelKind::Email);
    world.ask(Actor::verified(customer.clone()), ticket::Open::new(ticket, customer.clone(), channel.clone())).unwrap();
    let import = Actor::Import(name("eski"));
    for time in 0..times {
        world.now = world.now + Span::minutes(7);
        world.ask(import.clone(), ticket::Hold::new(ticket, HoldKind::Customer).reason("bekliyoruz")).unwrap();
        world.now = world.now + Span::minutes(3);
        let (fresh, message) =
            (TicketId::from_u128(u128::from(time) + 10), destek::id::MessageId::from_u128(u128::from(time)));
        let receive = ticket::Receive::new(fresh, message, customer.clone(), channel.clone(), "bir şey daha");
        world.ask(Actor::verified(customer.clone()), receive).unwrap();
    }
    (world, ticket)
}

#[test]
fn law_08_a_restless_ticket_does_not_grow() {
    let after = |times| {
        let (world, ticket) = restless(times);
        size(&world.state(&RecordKey::Ticket(ticket)).unwrap())
    };
    let (some, many) = (after(30), after(300));
    assert!(many <= some + 64, "from {some} to {many} bytes");
    assert!(many <= limits::STATE_BYTES_AIM, "{many} bytes");
}

#[test]
fn law_08_catches_a_fold_that_keeps_every_pause() {
    let (world, ticket) = restless(300);
    let seen = world.seen();
    let carried = |event: &Event| matches!(event, Event::Ticket(ticket::Event::Clock(sla::Event::Carried { .. })));
    let kept = seen.log(ticket).filter(|recorded| !carried(&recorded.event));
    let state = fold(&RecordKey::Ticket(ticket), kept).state.unwrap();
    assert!(size(&state) > limits::STATE_BYTES_AIM, "the broken variant is caught");
}
