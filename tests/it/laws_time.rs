//! Laws 9 to 13: time, on whole lives and in precise cases.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use chrono::{DateTime, Datelike as _, Timelike as _};
use destek::actor::Actor;
use destek::channel::{Channel, ChannelKind};
use destek::desk::{Changes, Command, Event, Facts, Origin, Recorded, State, Wake, fold};
use destek::id::{CustomerId, Name, TenantId, TicketId};
use destek::policy::{Policy, PolicyDoc};
use destek::record::RecordKey;
use destek::sla::{self, Explanation, Metric, Status};
use destek::store::MemoryStore;
use destek::testing::{Scene, Script};
use destek::ticket::{self, Hold, HoldKind, Initiator, Note, Open, Ticket};
use destek::time::{Span, Timestamp};

use crate::scripts::{Life, Shop, fault_is_caught, holds, holds_for, is_caught, script, start};
use crate::world::{Fault, Seen, World, ensure};

const MINUTE: i64 = 60_000;
/// More minutes than any life has: 60 gaps of at most five days.
const MINUTES: i64 = 320 * 24 * 60;

/// Whether the sample's office is open in each minute from the start on, read from the calendar by hand.
static OFFICE: LazyLock<Vec<bool>> = LazyLock::new(|| {
    let open = |minute: i64| {
        // Istanbul has been three hours ahead all year round since 2016.
        let local = DateTime::from_timestamp_millis(start().as_millis() + minute * MINUTE + 3 * 60 * MINUTE).unwrap();
        let (day, time) = ((local.month(), local.day()), local.hour() * 60 + local.minute());
        let off = [(1, 1), (4, 23), (5, 1), (5, 19), (7, 15), (8, 30), (10, 29)].contains(&day);
        if off || (day == (10, 28) && time >= 13 * 60) {
            return false;
        }
        match local.weekday().num_days_from_monday() {
            0..=4 => (9 * 60..12 * 60 + 30).contains(&time) || (13 * 60 + 30..18 * 60).contains(&time),
            5 => (10 * 60..14 * 60).contains(&time),
            _ => false,
        }
    };
    (0..MINUTES).map(open).collect()
});

/// What the sample promises.
struct Promise {
    budget: Span,
    office: bool,
    pauses: &'static [HoldKind],
}

fn promise(ticket: &Ticket, metric: Metric) -> Promise {
    let vip = ticket.customer().as_str() == "c-0";
    let (budget, office, pauses): (_, _, &[HoldKind]) = match (vip, metric) {
        (true, Metric::FirstResponse) => (Span::minutes(15), false, &[]),
        (true, _) => (Span::hours(8), true, &[HoldKind::Customer]),
        (false, Metric::FirstResponse) => (Span::hours(2), true, &[]),
        (false, _) => (Span::hours(16), true, &[HoldKind::Customer, HoldKind::ThirdParty]),
    };
    Promise { budget, office, pauses }
}

/// The spans in which a clock has to run, by what happened to the ticket.
fn running<'a>(
    log: impl Iterator<Item = &'a Recorded>,
    metric: Metric,
    pauses: &[HoldKind],
) -> Vec<(i64, Option<i64>)> {
    let (mut waits, mut answered, mut active, mut held) = (false, false, true, None);
    let (mut begun, mut ended) = (false, false);
    let mut spans: Vec<(i64, Option<i64>)> = Vec::new();
    for recorded in log {
        let Event::Ticket(event) = &recorded.event else { continue };
        match event {
            ticket::Event::Opened(opened) => {
                (waits, active) = (opened.initiator == Initiator::Customer, opened.quarantine.is_none());
            }
            ticket::Event::MessageReceived { thanks: false, automatic: false, .. } => waits = true,
            ticket::Event::Replied { agent: Some(_), .. } if waits => (waits, answered) = (false, true),
            ticket::Event::Held { kind, .. } => held = Some(*kind),
            ticket::Event::Started { .. }
            | ticket::Event::Resumed { .. }
            | ticket::Event::Refused { .. }
            | ticket::Event::Reopened { .. }
            | ticket::Event::Restored { .. } => (held, active) = (None, true),
            ticket::Event::Resolved { .. }
            | ticket::Event::Confirmed { .. }
            | ticket::Event::Closed { .. }
            | ticket::Event::MarkedSpam { .. } => (held, active, waits) = (None, false, false),
            _ => continue,
        }
        let over = match metric {
            Metric::FirstResponse => {
                begun |= waits && active;
                // A first response is asked for once.
                ended |= begun && (answered || !active);
                ended || !begun
            }
            _ => !active,
        };
        let runs = !over && held.is_none_or(|kind| !pauses.contains(&kind));
        let at = recorded.occurred.as_millis();
        match spans.last_mut() {
            Some((_, to @ None)) if !runs => *to = Some(at),
            Some((_, None)) => {}
            _ if runs => spans.push((at, None)),
            _ => {}
        }
    }
    spans
}

/// Walks a clock minute by minute: what it has used by `now`, and the first instant at which that exceeds the budget.
fn walk(spans: &[(i64, Option<i64>)], promise: &Promise, now: i64) -> (Span, Option<i64>) {
    let (mut used, mut late) = (0, None);
    for (from, to) in spans {
        let end = to.unwrap_or(now).min(now);
        let mut at = *from;
        while at < end {
            let minute = (at - start().as_millis()).div_euclid(MINUTE);
            let next = (start().as_millis() + (minute + 1) * MINUTE).min(end);
            if !promise.office || OFFICE[usize::try_from(minute).unwrap()] {
                let left = promise.budget.as_millis() - used;
                if late.is_none() && next - at > left {
                    late = Some(at + left + 1);
                }
                used += next - at;
            }
            at = next;
        }
    }
    (Span::millis(used), late)
}

fn remaining(status: &Status) -> Option<Span> {
    Some(match status {
        Status::Running { remaining, .. } | Status::Paused { remaining } => *remaining,
        Status::Met { by, .. } => *by,
        Status::Missed { late_by, .. } => -*late_by,
        _ => return None,
    })
}

/// Every clock of the sample shop reads what a walk through its minutes reads, and breaches when that says so.
/// `spoil` may put another state in the place of a ticket's.
fn clocks_are_walked(script: &Script, spoil: impl Fn(Vec<&Recorded>) -> Option<State>) -> Result<(), String> {
    let policy = Shop::Sample.policy();
    let world = World::live(&policy, &Life::of(script, &policy), Fault::default());
    let (seen, now) = (world.seen(), world.now);
    for ticket in world.tickets() {
        // Merging and splitting move clocks in ways of their own, which `merge` tests; the walk knows one ticket at a time.
        let merges = |recorded: &&Recorded| match &recorded.event {
            Event::Ticket(ticket::Event::Opened(opened)) => opened.split_from.is_some(),
            Event::Ticket(
                ticket::Event::Merged { .. } | ticket::Event::Absorbed { .. } | ticket::Event::SplitOff { .. },
            ) => true,
            _ => false,
        };
        if seen.log(ticket.id()).any(|recorded| merges(&recorded)) {
            continue;
        }
        let state = spoil(seen.log(ticket.id()).collect()).unwrap_or_else(|| State::Ticket(Box::new(ticket.clone())));
        for clock in state.ticket().unwrap().clocks().iter() {
            let metric = clock.metric();
            let promise = promise(&ticket, metric);
            let spans = running(seen.log(ticket.id()), metric, promise.pauses);
            let (used, late) = walk(&spans, &promise, now.as_millis());
            let what = || format!("{} of {} at {now}: spans {spans:?}", metric.as_str(), ticket.id());
            let elapsed = clock.elapsed(policy.calendars(), now);
            ensure(elapsed == used, || format!("it says {elapsed}, the walk {used}: {}", what()))?;
            if let Some(remaining) = remaining(&clock.status(policy.calendars(), now)) {
                ensure(elapsed + remaining == promise.budget, || format!("{remaining} are left: {}", what()))?;
            }
            let breach = |event: &Event| match event {
                Event::Ticket(ticket::Event::Clock(sla::Event::Breached { metric: own, at, .. })) if *own == metric => {
                    Some(at.as_millis())
                }
                _ => None,
            };
            let breaches: Vec<i64> = seen.log(ticket.id()).filter_map(|recorded| breach(&recorded.event)).collect();
            let expected: Vec<i64> = late.into_iter().filter(|at| *at <= now.as_millis()).collect();
            ensure(breaches == expected, || format!("breached at {breaches:?}, not {expected:?}: {}", what()))?;
        }
    }
    Ok(())
}

#[test]
fn law_09_and_10_clocks_are_what_a_walk_through_the_minutes_finds() {
    holds_for(script(), |script| clocks_are_walked(&script, |_| None));
}

/// The fold of a log without some of its events.
fn without(log: Vec<&Recorded>, drop: impl Fn(&sla::Event) -> bool) -> Option<State> {
    let key = log.first()?.record.clone();
    let kept = log.into_iter().filter(|recorded| match &recorded.event {
        Event::Ticket(ticket::Event::Clock(event)) => !drop(event),
        _ => true,
    });
    fold(&key, kept).state
}

#[test]
fn law_11_catches_a_clock_that_ignores_hold() {
    let paused = |event: &sla::Event| matches!(event, sla::Event::Moved { input: sla::Input::Paused, .. });
    is_caught(
        |_, script| clocks_are_walked(script, |log| without(log, |_| false)),
        |_, script| clocks_are_walked(script, |log| without(log, paused)),
    );
}

#[test]
fn law_09_catches_a_clock_that_never_stops() {
    let stopped = |event: &sla::Event| matches!(event, sla::Event::Moved { input: sla::Input::Stopped, .. });
    is_caught(
        |_, script| clocks_are_walked(script, |log| without(log, |_| false)),
        |_, script| clocks_are_walked(script, |log| without(log, stopped)),
    );
}

/// Consumed and remaining add up to the budget after every step, and a breach stays.
fn time_is_conserved(shop: Shop, script: &Script, fault: Fault) -> Result<(), String> {
    let policy = shop.policy();
    let life = Life::of(script, &policy);
    let mut world = World::new(&policy, &life, fault);
    let mut breached: BTreeMap<(TicketId, Metric), sla::Breach> = BTreeMap::new();
    let mut absorbed: BTreeMap<TicketId, usize> = BTreeMap::new();
    for step in &life.steps {
        let _ = world.step(step);
        for ticket in world.tickets() {
            // Only an undo takes back what the longer wait of another ticket had caused.
            if absorbed.insert(ticket.id(), ticket.absorbed().len()).is_some_and(|had| had > ticket.absorbed().len()) {
                breached.remove(&(ticket.id(), Metric::FirstResponse));
            }
            for metric in Metric::ALL {
                let Some(clock) = ticket.clocks().clock(metric) else { continue };
                let what = || format!("{} of {}", metric.as_str(), ticket.id());
                if let Some(target) = clock.judged_by() {
                    let elapsed = clock.elapsed(policy.calendars(), world.now);
                    let status = clock.status(policy.calendars(), world.now);
                    let sum = remaining(&status).map(|remaining| elapsed + remaining);
                    ensure(sum.is_none_or(|sum| sum == target.budget.span()), || {
                        format!("{elapsed} and {status:?} are not {}: {}", target.budget, what())
                    })?;
                }
                let before = breached.get(&(ticket.id(), metric));
                let stays = before.is_none_or(|before| clock.first_breach() == Some(before));
                ensure(stays, || format!("{before:?} is gone: {}", what()))?;
                if let Some(breach) = clock.first_breach() {
                    breached.insert((ticket.id(), metric), breach.clone());
                }
            }
        }
    }
    Ok(())
}

#[test]
fn law_11_consumed_and_remaining_are_the_budget_and_a_breach_stays() {
    holds(|shop, script| time_is_conserved(shop, script, Fault::default()));
}

/// A ticket's state in which no clock remembers its warnings and breaches.
fn forgetful(state: &State) -> State {
    let mut json = serde_json::to_value(state).unwrap();
    if let Some(clocks) = json.pointer_mut("/ticket/clocks").and_then(|clocks| clocks.as_object_mut()) {
        for run in clocks.values_mut().filter_map(|clock| clock.get_mut("run")?.as_object_mut()) {
            run.remove("breach");
            run.remove("warned");
        }
    }
    serde_json::from_value(json).unwrap()
}

#[test]
fn law_11_catches_a_breach_that_is_forgotten() {
    let forget = |_: &MemoryStore, _: &TenantId, changes: &mut Changes| {
        for change in changes.changes.iter_mut().filter(|change| change.events.len() == 1) {
            change.state = forgetful(&change.state).into();
        }
    };
    fault_is_caught(&Fault::writing(forget), time_is_conserved);
}

/// What a clock tells of itself tiles its time and adds up.
fn explanations_add_up(script: &Script, shop: Shop, spoil: impl Fn(&mut Explanation)) -> Result<(), String> {
    let policy = shop.policy();
    let world = World::live(&policy, &Life::of(script, &policy), Fault::default());
    for ticket in world.tickets() {
        for clock in ticket.clocks().iter() {
            let mut told = clock.explain(policy.calendars(), world.now);
            spoil(&mut told);
            let what = || format!("{} of {}: {told:?}", clock.metric().as_str(), ticket.id());
            let counted: Span = told.stretches.iter().map(|stretch| stretch.counted).sum();
            ensure(counted == clock.elapsed(policy.calendars(), world.now), || format!("not the sum: {}", what()))?;
            let (Some(started), Some(_)) = (clock.started(), clock.judged_by()) else { continue };
            let mut at = started;
            for stretch in &told.stretches {
                ensure(stretch.from == at && stretch.from < stretch.to, || format!("a gap at {at}: {}", what()))?;
                at = stretch.to;
            }
            ensure(at == world.now.max(started), || format!("it ends at {at}: {}", what()))?;
        }
    }
    Ok(())
}

#[test]
fn law_12_an_explanation_sums_to_what_was_used() {
    holds(|shop, script| explanations_add_up(script, shop, |_| {}));
}

#[test]
fn law_12_catches_a_stretch_that_is_not_told() {
    let sound = |shop, script: &Script| explanations_add_up(script, shop, |_| {});
    is_caught(sound, |shop, script| {
        explanations_add_up(script, shop, |told| {
            if told.stretches.len() > 2 {
                told.stretches.remove(1);
            }
        })
    });
}

/// After a command on a ticket time has nothing more to say about it, and its log is in the order of its instants.
fn time_is_settled_first(shop: Shop, script: &Script, fault: Fault) -> Result<(), String> {
    let policy = shop.policy();
    let life = Life::of(script, &policy);
    let mut world = World::new(&policy, &life, fault);
    for step in &life.steps {
        let Ok(receipt) = world.step(step) else { continue };
        let ticket = receipt.ticket.and_then(|id| world.state(&RecordKey::Ticket(id)));
        let Some(ticket) = ticket.as_deref().and_then(State::ticket) else { continue };
        let due = ticket.clocks().settle(policy.calendars(), world.now);
        ensure(due.is_empty(), || format!("{} still has {due:?}", ticket.id()))?;
        let next = ticket.hold().and_then(|hold| hold.until).into_iter().chain(ticket.silent_until()).min();
        ensure(next.is_none_or(|next| next > world.now), || format!("{} had to move at {next:?}", ticket.id()))?;
    }
    for (key, log) in world.seen().logs() {
        // After an undo time catches up as if nothing had been, at the instants of then.
        let told_anew = log.iter().any(|recorded| {
            matches!(recorded.event, Event::Ticket(ticket::Event::Released { .. } | ticket::Event::Unmerged { .. }))
        });
        let asked = |recorded: &&&Recorded| !(told_anew && recorded.cause.by == Origin::Timer);
        let instants: Vec<_> = log.iter().filter(asked).map(|recorded| recorded.occurred).collect();
        let ordered = instants.is_sorted();
        ensure(ordered || key.ticket().is_none(), || format!("{key} is out of order"))?;
    }
    Ok(())
}

#[test]
fn law_13_every_command_settles_time_first() {
    holds(|shop, script| time_is_settled_first(shop, script, Fault::default()));
}

#[test]
fn law_13_catches_time_that_is_settled_last() {
    // What time has caused is written behind what was asked.
    let last = |_: &MemoryStore, _: &TenantId, changes: &mut Changes| {
        for change in &mut changes.changes {
            change.events.sort_by_key(|recorded| recorded.cause.by == Origin::Timer);
        }
    };
    fault_is_caught(&Fault::writing(last), time_is_settled_first);
}

/// Waking twice is waking once, and the next time is later.
fn wake_is_idempotent(shop: Shop, script: &Script, fault: Fault) -> Result<(), String> {
    let policy = shop.policy();
    let life = Life::of(script, &policy);
    let mut world = World::new(&policy, &life, fault);
    for (place, step) in life.steps.iter().enumerate() {
        let _ = world.step(step);
        let tickets = world.tickets();
        let Some(ticket) = tickets.get(place.checked_rem(tickets.len()).unwrap_or(0)) else { continue };
        let key = RecordKey::Ticket(ticket.id());
        let wake = |world: &mut World| world.ask(Actor::Timer, Command::Wake(key.clone())).unwrap();
        wake(&mut world);
        let before = world.seen();
        let again = wake(&mut world);
        let after = world.seen();
        ensure(again.records.is_empty() && again.effects.is_empty(), || format!("waking {key} again did {again:?}"))?;
        ensure(before.feed == after.feed && before.outbox == after.outbox, || "waking again left something".into())?;
        let row = after.wakes.iter().find(|row| row.record == key);
        let later = row.is_none_or(|row| row.at.is_none_or(|at| at > world.now));
        ensure(later, || format!("at {} it wants to be woken: {row:?}", world.now))?;
    }
    Ok(())
}

#[test]
fn law_13_wake_is_idempotent() {
    holds(|shop, script| wake_is_idempotent(shop, script, Fault::default()));
}

#[test]
fn law_13_catches_a_double_wake() {
    // Who wakes does not see what an earlier wake has recorded.
    let forget = |_: &MemoryStore, _: &TenantId, facts: &mut Facts| {
        for loaded in facts.records.values_mut().flatten() {
            loaded.state = forgetful(&loaded.state).into();
        }
    };
    fault_is_caught(&Fault::reading(forget), wake_is_idempotent);
}

/// What time has caused, ticket by ticket: when, and what; neither when it was recorded nor in which version.
fn caused_by_time(world: &World) -> BTreeMap<RecordKey, Vec<(Timestamp, String)>> {
    let mut caused: BTreeMap<RecordKey, Vec<(Timestamp, String)>> = BTreeMap::new();
    for recorded in world.seen().feed {
        let Event::Ticket(event) = &recorded.event else { continue };
        let what = match event {
            ticket::Event::Clock(sla::Event::Moved { metric, input, cause }) if recorded.cause.by == Origin::Timer => {
                format!("{} {} by {}", metric.as_str(), input.as_str(), cause.why)
            }
            ticket::Event::Clock(sla::Event::Warned { .. } | sla::Event::Breached { .. }) => format!("{event:?}"),
            ticket::Event::Resumed { why: ticket::Resumption::Time, .. } => "resumed".to_owned(),
            ticket::Event::Closed { why: ticket::Closing::Silence, .. } => "closed".to_owned(),
            _ => continue,
        };
        caused.entry(recorded.record.clone()).or_default().push((recorded.occurred, what));
    }
    caused
}

/// The sample shop with a rule on everything that time causes. None of them changes what time causes later, so that
/// they come to the same whenever they run.
fn watchful() -> Policy {
    static POLICY: LazyLock<Policy> = LazyLock::new(|| {
        let mut doc = Shop::Sample.doc();
        for trigger in ["warned", "breached", "resumed", "closed"] {
            let rule = serde_json::json!({ "name": format!("on {trigger}"), "on": [trigger],
                "then": [{ "add_tags": [trigger] }, { "notify": { "to": "team", "text": trigger } }] });
            doc.rules.push(serde_json::from_value(rule).unwrap());
        }
        doc.compile().unwrap()
    });
    POLICY.clone()
}

/// What a sleep may not change of a ticket: when it was recorded, and who could take it meanwhile, it may.
fn settled(ticket: &Ticket) -> impl PartialEq + std::fmt::Debug + use<> {
    let state = serde_json::to_value(State::Ticket(Box::new(ticket.clone()))).unwrap();
    let mut state = state["ticket"].clone();
    for free in ["updated_at", "assignee", "place"] {
        state.as_object_mut().unwrap().remove(free);
    }
    // A movement names the place of its cause in the log, which depends on how many changes there were.
    state
        .to_string()
        .split(r#""version":"#)
        .map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit()).to_owned())
        .collect::<Vec<_>>()
}

/// Which rules answered to what, ticket by ticket: once is as good as twice.
fn rules_fired(seen: &Seen, from: usize) -> BTreeSet<(RecordKey, Name)> {
    let fired = seen.feed[from..].iter().filter_map(|recorded| match &recorded.event {
        Event::Ticket(ticket::Event::RuleFired { rule, .. }) => Some((recorded.record.clone(), rule.clone())),
        _ => None,
    });
    fired.collect()
}

/// A sweep that comes late takes the records in the order in which they were due, and says how late it is.
fn catches_up_in_order(late: &mut World) -> Result<(), String> {
    let (now, before) = (late.now, late.seen());
    let mut due: Vec<(Timestamp, RecordKey)> =
        before.wakes.iter().filter_map(|row| Some((row.at.filter(|at| *at <= now)?, row.record.clone()))).collect();
    due.sort();
    let swept = late.sweep();
    let latest = due.first().map_or(Span::ZERO, |(at, _)| now.since(*at));
    ensure(swept.late_by_max == latest, || format!("late by {latest}, it says {}", swept.late_by_max))?;
    ensure(swept.next.is_none_or(|next| next > now), || format!("something is still due: {swept:?}"))?;
    // A ticket that waits may be settled by the drain of its queue before its own turn.
    let waits = |key: &RecordKey| {
        let state = before.records.iter().find(|(own, ..)| own == key);
        state.and_then(|(.., state)| state.ticket()).is_some_and(|ticket| ticket.place().is_some())
    };
    let mut woken: Vec<RecordKey> = Vec::new();
    for recorded in &late.seen().feed[before.feed.len()..] {
        let key = &recorded.record;
        if key.ticket().is_some() && !waits(key) && !woken.contains(key) {
            woken.push(key.clone());
        }
    }
    let order: Vec<&RecordKey> = due.iter().map(|(_, key)| key).filter(|key| woken.contains(key)).collect();
    ensure(woken.iter().eq(order.iter().copied()), || format!("woken {woken:?}, due {order:?}"))
}

/// A week without a worker leaves the same as a week with one: what time has caused in the same order and at the same
/// instants, the rules on it, and the same tickets in the end.
fn a_week_is_caught_up(script: &Script, fault: Fault) -> Result<(), String> {
    let policy = watchful();
    let life = Life::of(script, &policy);
    let week = Span::days(7);
    let mut on_time = World::live(&policy, &life, Fault::default());
    let mut late = World::live(&policy, &life, Fault::default());
    let asleep = on_time.seen().feed.len();
    on_time.advance_to(on_time.now + week);
    late.sessions.fault = fault;
    late.now = late.now + week;
    catches_up_in_order(&mut late)?;
    late.quiet();
    let caused = (caused_by_time(&on_time), caused_by_time(&late));
    ensure(caused.0 == caused.1, || format!("on time: {:?}\nlate:    {:?}", caused.0, caused.1))?;
    let fired = (rules_fired(&on_time.seen(), asleep), rules_fired(&late.seen(), asleep));
    ensure(fired.0 == fired.1, || format!("on time: {:?}\nlate:    {:?}", fired.0, fired.1))?;
    for (one, other) in on_time.tickets().iter().zip(&late.tickets()) {
        let (one, other) = (settled(one), settled(other));
        ensure(one == other, || format!("on time: {one:?}\nlate:    {other:?}"))?;
    }
    Ok(())
}

#[test]
fn law_13_a_week_of_downtime_is_caught_up() {
    holds_for(script(), |script| a_week_is_caught_up(&script, Fault::default()));
}

#[test]
fn law_13_catches_a_week_that_is_stamped_with_its_end() {
    let stamp = |_: &MemoryStore, _: &TenantId, changes: &mut Changes| {
        for recorded in changes.changes.iter_mut().flat_map(|change| &mut change.events) {
            recorded.occurred = recorded.recorded;
        }
    };
    fault_is_caught(&Fault::writing(stamp), |_, script, fault| a_week_is_caught_up(script, fault));
}

#[test]
fn law_13_catches_a_late_wake_that_lets_the_rules_go_by() {
    let silent = |_: &MemoryStore, _: &TenantId, changes: &mut Changes| {
        for change in &mut changes.changes {
            change.events.retain(|recorded| !matches!(recorded.cause.by, Origin::Rule(_)));
        }
    };
    fault_is_caught(&Fault::writing(silent), |_, script, fault| a_week_is_caught_up(script, fault));
}

/// Everything that is logged, but for the request that led to it.
fn logged(world: &World) -> Vec<String> {
    let log = world.seen().feed.into_iter().map(|recorded| {
        let mut json = serde_json::to_value(&recorded).unwrap();
        json["cause"].as_object_mut().unwrap().remove("request");
        json.to_string()
    });
    let mut log: Vec<String> = log.collect();
    // Records that are due at the same instant may come in any order.
    log.sort();
    log
}

/// Whoever is woken when something is due misses nothing: waking everything all the time finds nothing more.
fn a_wake_up_is_never_too_late(shop: Shop, script: &Script, fault: Fault) -> Result<(), String> {
    let policy = shop.policy();
    let life = Life::of(script, &policy);
    let mut when_due = World::live(&policy, &life, Fault::default());
    let mut restless = World::live(&policy, &life, Fault::default());
    when_due.sessions.fault = fault;
    let queues: Vec<_> = policy.queues().iter().map(|queue| queue.id.clone()).collect();
    for hours in [1, 1, 3, 7, 12, 24, 24, 24, 24, 24, 24] {
        when_due.advance_to(when_due.now + Span::hours(hours));
        restless.advance_to(restless.now + Span::hours(hours));
        for ticket in restless.tickets() {
            restless.ask(Actor::Timer, Command::Wake(RecordKey::Ticket(ticket.id()))).unwrap();
        }
        for queue in &queues {
            restless.ask(Actor::Timer, Command::Drain(queue.clone())).unwrap();
        }
        restless.quiet();
        let (one, other) = (logged(&when_due), logged(&restless));
        ensure(one == other, || {
            let more: Vec<_> = other.iter().filter(|event| !one.contains(event)).collect();
            let less: Vec<_> = one.iter().filter(|event| !other.contains(event)).collect();
            format!("restless: {more:#?}\nwhen due: {less:#?}")
        })?;
    }
    Ok(())
}

#[test]
fn law_13_waking_all_the_time_finds_no_more_than_waking_when_due() {
    holds(|shop, script| a_wake_up_is_never_too_late(shop, script, Fault::default()));
}

#[test]
fn law_13_catches_a_wake_up_that_is_set_too_late() {
    let later = |_: &MemoryStore, _: &TenantId, changes: &mut Changes| {
        for wake in &mut changes.wakes {
            if let Wake::Set { at: Some(at), .. } = wake {
                *at = *at + Span::hours(2);
            }
        }
    };
    fault_is_caught(&Fault::writing(later), a_wake_up_is_never_too_late);
}

#[test]
fn law_13_catches_a_wake_up_that_is_not_set() {
    let lose = |_: &MemoryStore, _: &TenantId, changes: &mut Changes| {
        changes.wakes.retain(|wake| matches!(wake, Wake::Forward { .. }));
    };
    fault_is_caught(&Fault::writing(lose), |_, script, fault| {
        let policy = Shop::Sample.policy();
        let life = Life::of(script, &policy);
        let sound = caused_by_time(&World::live(&policy, &life, Fault::default()));
        ensure(sound == caused_by_time(&World::live(&policy, &life, fault)), || "lost".into())
    });
}

/// A scene with one promise, and an open ticket.
fn promised(resolution: &str, opened: &str) -> (Scene, TicketId) {
    let doc = format!(
        r#"{{"version": 1, "default_queue": "genel", "queue": [{{"name": "genel"}}],
            "calendar": {{"mesai": {{"zone": "+03:00", "week": "mon-fri 09:00-18:00"}}}},
            "sla": [{{"name": "söz", "resolution": {resolution}}}]}}"#
    );
    let doc: PolicyDoc = serde_json::from_str(&doc).unwrap();
    let mut scene = Scene::new(doc.compile().unwrap(), opened.parse().unwrap());
    let (ticket, customer) = (TicketId::from_u128(1), CustomerId::new("c-1").unwrap());
    scene.run(Actor::verified(customer.clone()), Open::new(ticket, customer, Channel::of(ChannelKind::Chat))).unwrap();
    (scene, ticket)
}

fn times(scene: &Scene, ticket: TicketId, kinds: &[&str]) -> Vec<(String, Timestamp)> {
    let log = scene.log(&RecordKey::Ticket(ticket));
    let told = log.iter().filter_map(|recorded| {
        let Event::Ticket(event) = &recorded.event else { return None };
        let kind = match event {
            ticket::Event::Clock(sla::Event::Breached { .. }) => "breached",
            event => event.kind(),
        };
        kinds.contains(&kind).then(|| (kind.to_owned(), recorded.occurred))
    });
    told.collect()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn law_10_a_zero_budget_is_due_when_time_first_counts() {
    // Saturday: the office opens on Monday at nine in Istanbul.
    let (mut scene, ticket) = promised(r#"{"budget": "0s", "calendar": "mesai"}"#, "2026-11-28T10:00:00Z");
    let monday = at("2026-11-30T06:00:00Z");
    let state = scene.ticket(ticket).unwrap();
    let clock = state.clocks().clock(Metric::Resolution).unwrap();
    let calendars = scene.desk().policy().calendars().clone();
    let expected = Status::Running { due: monday, due_latest: monday, remaining: Span::ZERO };
    assert_eq!(clock.status(&calendars, scene.now()), expected);
    scene.advance_to(monday);
    assert_eq!(times(&scene, ticket, &["breached"]), [], "nothing was used yet");
    scene.advance(Span::millis(1));
    let first_late = monday + Span::millis(1);
    assert_eq!(times(&scene, ticket, &["breached"]), [("breached".to_owned(), first_late)]);
}

#[test]
fn law_10_a_breach_comes_a_millisecond_after_the_next_opening() {
    // Two hours from Friday 16:00 to closing time; more is used only from Monday nine o'clock on.
    let (mut scene, ticket) = promised(r#"{"budget": "2h", "calendar": "mesai"}"#, "2026-11-27T13:00:00Z");
    let (friday, monday) = (at("2026-11-27T15:00:00Z"), at("2026-11-30T06:00:00Z"));
    let state = scene.ticket(ticket).unwrap();
    let status =
        state.clocks().clock(Metric::Resolution).unwrap().status(scene.desk().policy().calendars(), scene.now());
    assert_eq!(status, Status::Running { due: friday, due_latest: monday, remaining: Span::hours(2) });
    scene.advance_to(monday);
    assert_eq!(times(&scene, ticket, &["breached"]), []);
    scene.advance(Span::days(1));
    assert_eq!(times(&scene, ticket, &["breached"]), [("breached".to_owned(), monday + Span::millis(1))]);
}

/// Held half an hour after it was opened, for an hour and a half; nobody is awake until the evening.
fn held(pauses: &str) -> Vec<(String, Timestamp)> {
    let (mut scene, ticket) =
        promised(&format!(r#"{{"budget": "1h", "pauses_on": {pauses}}}"#), "2026-11-27T10:00:00Z");
    let import = Actor::Import("eski".try_into().unwrap());
    scene.set_clock(at("2026-11-27T10:30:00Z"));
    scene.run(import.clone(), Hold::new(ticket, HoldKind::Internal).until(at("2026-11-27T12:00:00Z"))).unwrap();
    scene.set_clock(at("2026-11-27T20:00:00Z"));
    scene.run(import, Note::new(ticket, destek::id::MessageId::from_u128(1), "not")).unwrap();
    times(&scene, ticket, &["held", "resumed", "breached", "noted"])
}

#[test]
fn law_13_the_end_of_a_hold_and_a_breach_in_one_gap_come_in_order() {
    let case =
        |times: [(&str, &str); 4]| times.map(|(kind, time)| (kind.to_owned(), at(&format!("2026-11-27T{time}Z"))));
    let paused = [("held", "10:30:00"), ("resumed", "12:00:00"), ("breached", "12:30:00.001"), ("noted", "20:00:00")];
    assert_eq!(held(r#"["internal"]"#), case(paused));
    let counted = [("held", "10:30:00"), ("breached", "11:00:00.001"), ("resumed", "12:00:00"), ("noted", "20:00:00")];
    assert_eq!(held(r#"["customer"]"#), case(counted));
}
