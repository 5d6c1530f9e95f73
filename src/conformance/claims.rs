//! T1 to T4 and O1 to O5, in terms of the traits alone.

use super::draft::{Draft, Verdict, at, customer, ensure, ordered, put, tenant, ticket};
use crate::desk::{EffectKey, Lane};
use crate::record::RecordKey;
use crate::store::blocking::{Outbox, Sessions, Store, Timers};
use crate::store::{CommitError, Conflict, Due, Envelope, Settlement};
use crate::time::Span;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const LEASE: Span = Span::seconds(30);

/// Claims wake-ups in a unit of work of its own.
fn wakes<S: Sessions>(store: &S, second: i64, limit: usize) -> Outcome<Vec<Due>> {
    let mut session = store.begin(&tenant())?;
    let claimed = session.claim_due(at(second), LEASE, limit)?;
    store.commit(session)?;
    Ok(claimed)
}

/// The one that was claimed.
fn only<T: std::fmt::Debug>(mut claimed: Vec<T>) -> Outcome<T> {
    ensure!(claimed.len() == 1, "{claimed:?} where one was due");
    claimed.pop().ok_or_else(|| "none".into())
}

fn keys(due: &[Due]) -> Vec<RecordKey> {
    due.iter().map(|due| due.record.clone()).collect()
}

fn postpone<S: Sessions>(store: &S, due: &Due, until: Option<i64>) -> Verdict {
    let mut session = store.begin(&tenant())?;
    session.postpone(due, until.map(at), "not now")?;
    store.commit(session)?;
    Ok(())
}

pub fn t1_due_is_inclusive_ordered_and_limited<S: Sessions>(store: &S) -> Verdict {
    let first = Draft::new(1)
        .set(&ticket(3), Some(60), 0)
        .set(&ticket(1), Some(60), 0)
        .set(&customer("a"), Some(10), 0)
        .set(&ticket(2), Some(61), 0)
        .set(&ticket(4), Some(5), 0);
    put(store, first)?;
    put(store, Draft::new(2).set(&ticket(4), None, 1))?;
    let claimed = keys(&wakes(store, 60, 2)?);
    ensure!(claimed == [customer("a"), ticket(1)], "{claimed:?}");
    let claimed = wakes(store, 60, 9)?;
    ensure!(keys(&claimed) == [ticket(3)], "{claimed:?}");
    ensure!(claimed.iter().all(|due| due.at == at(60) && due.postponed == 0), "{claimed:?}");
    let next = store.begin(&tenant())?.next_due()?;
    ensure!(next == Some(at(10)), "a lease counts for the next one: {next:?}");
    Ok(())
}

pub fn t2_a_claim_is_exclusive_until_its_lease_ends<S: Sessions>(store: &S) -> Verdict {
    put(store, Draft::new(1).set(&ticket(1), Some(0), 0))?;
    let first = wakes(store, 0, 9)?;
    ensure!(keys(&first) == [ticket(1)], "{first:?}");
    let early = wakes(store, 29, 9)?;
    ensure!(early.is_empty(), "claimed twice: {early:?}");
    let second = wakes(store, 30, 9)?;
    ensure!(keys(&second) == [ticket(1)], "lost with its worker: {second:?}");
    ensure!(second[0].fence > first[0].fence, "{first:?}, then {second:?}");
    let mut session = store.begin(&tenant())?;
    let twice = (session.claim_due(at(60), LEASE, 9)?.len(), session.claim_due(at(60), LEASE, 9)?.len());
    ensure!(twice == (1, 0), "one unit of work claims it {twice:?} times");
    Ok(())
}

pub fn t2_of_two_claims_at_once_one_holds<S: Sessions>(store: &S) -> Verdict {
    put(store, Draft::new(1).set(&ticket(1), Some(0), 0))?;
    let (mut one, mut other) = (store.begin(&tenant())?, store.begin(&tenant())?);
    let first = one.claim_due(at(0), LEASE, 9)?.len();
    let second = other.claim_due(at(0), LEASE, 9)?.len();
    store.commit(one)?;
    let outcome = store.commit(other);
    let refused = matches!(outcome, Err(CommitError::Conflict(Conflict::Claim | Conflict::TransactionLost)));
    ensure!(first == 1 && (second == 0 || refused), "both hold: {second}, {outcome:?}");
    Ok(())
}

pub fn t2_setting_or_forwarding_ends_the_lease<S: Sessions>(store: &S) -> Verdict {
    put(store, Draft::new(1).set(&ticket(1), Some(0), 0).set(&ticket(2), Some(0), 0))?;
    ensure!(wakes(store, 0, 9)?.len() == 2, "not both are due");
    put(store, Draft::new(2).set(&ticket(1), Some(1), 1).forward(&ticket(2), 1))?;
    let claimed = wakes(store, 1, 9)?;
    ensure!(keys(&claimed) == [ticket(2), ticket(1)], "{claimed:?}");
    // A claim that was not committed yet loses against it.
    let mut late = store.begin(&tenant())?;
    ensure!(late.claim_due(at(60), LEASE, 9)?.len() == 2, "not both are due again");
    put(store, Draft::new(3).forward(&ticket(1), 50))?;
    let outcome = store.commit(late);
    ensure!(outcome.is_err(), "the claim holds on what was brought forward meanwhile");
    Ok(())
}

pub fn t3_postponing_needs_the_present_claim<S: Sessions>(store: &S) -> Verdict {
    put(store, Draft::new(1).set(&ticket(1), Some(0), 0))?;
    let first = only(wakes(store, 0, 9)?)?;
    postpone(store, &first, Some(10))?;
    ensure!(wakes(store, 9, 9)?.is_empty(), "due before it was postponed to");
    let second = only(wakes(store, 10, 9)?)?;
    ensure!((second.at, second.postponed) == (at(10), 1), "{second:?}");
    postpone(store, &first, Some(900))?;
    postpone(store, &second, Some(20))?;
    let third = only(wakes(store, 20, 9)?)?;
    ensure!(third.postponed == 2, "{third:?}");
    // Once it is set or brought forward the claim is an older one, and the count begins anew.
    put(store, Draft::new(2).forward(&ticket(1), 21))?;
    postpone(store, &third, Some(900))?;
    let fourth = wakes(store, 21, 9)?;
    ensure!(fourth.len() == 1 && fourth[0].postponed == 0, "{fourth:?}");
    put(store, Draft::new(3).set(&ticket(1), Some(30), 2))?;
    postpone(store, &fourth[0], None)?;
    ensure!(wakes(store, 30, 9)?.len() == 1, "an older claim parked it");
    Ok(())
}

pub fn t4_a_parked_wake_waits_to_be_set_again<S: Sessions>(store: &S) -> Verdict {
    put(store, Draft::new(1).set(&ticket(1), Some(0), 0))?;
    let due = only(wakes(store, 0, 9)?)?;
    postpone(store, &due, None)?;
    ensure!(wakes(store, 10_000, 9)?.is_empty(), "parked and due");
    ensure!(store.begin(&tenant())?.next_due()?.is_none(), "parked and next");
    put(store, Draft::new(2).forward(&ticket(1), 50))?;
    let again = wakes(store, 50, 9)?;
    ensure!(again.len() == 1 && again[0].at == at(50) && again[0].postponed == 0, "{again:?}");
    postpone(store, &again[0], None)?;
    put(store, Draft::new(3).set(&ticket(1), Some(60), 2))?;
    ensure!(wakes(store, 60, 9)?.len() == 1, "set again and not due");
    Ok(())
}

/// Claims effects in a unit of work of its own.
fn effects<S: Sessions>(store: &S, second: i64, limit: usize) -> Outcome<Vec<Envelope>> {
    let mut session = store.begin(&tenant())?;
    let claimed = session.claim(at(second), LEASE, limit)?;
    store.commit(session)?;
    Ok(claimed)
}

fn settle<S: Sessions>(store: &S, envelope: &Envelope, settlement: &Settlement) -> Outcome<bool> {
    let mut session = store.begin(&tenant())?;
    let held = session.settle(&envelope.outgoing.key, envelope.fence, settlement)?;
    store.commit(session)?;
    Ok(held)
}

fn places(envelopes: &[Envelope]) -> Vec<(EffectKey, Lane)> {
    envelopes.iter().map(|envelope| (envelope.outgoing.key.clone(), envelope.outgoing.lane.clone())).collect()
}

fn key(record: u128, version: u64, index: u32) -> EffectKey {
    EffectKey::new(ticket(record), crate::record::Version::new(version).unwrap(), index)
}

pub fn o1_effects_appear_with_the_commit<S: Sessions>(store: &S) -> Verdict {
    let mut session = store.begin(&tenant())?;
    session.write(&Draft::new(1).notice(7, 1).0)?;
    let early = effects(store, 0, 9)?;
    ensure!(early.is_empty(), "{early:?} before the commit");
    store.commit(session)?;
    let claimed = effects(store, 0, 9)?;
    ensure!(places(&claimed) == [(key(7, 1, 0), Lane::Staff)], "{claimed:?}");
    let mut refused = store.begin(&tenant())?;
    refused.write(&Draft::new(2).new_record(&customer("a"), &[ordered(1)]).notice(8, 1).0)?;
    put(store, Draft::new(3).new_record(&customer("a"), &[ordered(1)]))?;
    ensure!(store.commit(refused).is_err(), "no conflict");
    let left = effects(store, 0, 9)?;
    ensure!(left.is_empty(), "{left:?} of a refused commit");
    Ok(())
}

pub fn o2_a_lane_goes_in_order_and_others_go_on<S: Sessions>(store: &S) -> Verdict {
    put(store, Draft::new(1).answer(7, 1, "bir").answer(7, 1, "iki").notice(7, 1))?;
    put(store, Draft::new(2).notice(7, 2).answer(8, 1, "üç"))?;
    let heads = effects(store, 0, 9)?;
    let expected = [(key(7, 1, 0), Lane::Customer), (key(7, 1, 2), Lane::Staff), (key(8, 1, 1), Lane::Customer)];
    ensure!(places(&heads) == expected, "{:?}", places(&heads));
    ensure!(heads[0].text.as_ref().is_some_and(|content| content.text == "bir"), "{heads:?}");
    // Nothing overtakes a head that waits for another attempt; other lanes and records go on.
    settle(store, &heads[0], &Settlement::Retry { at: at(100), reason: "busy".into() })?;
    settle(store, &heads[1], &Settlement::Delivered)?;
    settle(store, &heads[2], &Settlement::SetAside { reason: "gone".into() })?;
    // Not even when somebody asked for a later instant before, and went away.
    store.begin(&tenant())?.claim(at(100), LEASE, 9)?;
    let next = effects(store, 50, 9)?;
    ensure!(places(&next) == [(key(7, 2, 0), Lane::Staff)], "{:?}", places(&next));
    let again = effects(store, 100, 9)?;
    ensure!(places(&again).contains(&(key(7, 1, 0), Lane::Customer)), "{again:?}");
    for envelope in &again {
        settle(store, envelope, &Settlement::Delivered)?;
    }
    let last = effects(store, 100, 9)?;
    ensure!(places(&last) == [(key(7, 1, 1), Lane::Customer)], "{:?}", places(&last));
    Ok(())
}

pub fn o3_a_claim_is_exclusive_until_its_lease_ends<S: Sessions>(store: &S) -> Verdict {
    put(store, Draft::new(1).answer(7, 1, "bir").answer(8, 1, "iki"))?;
    let first = effects(store, 0, 1)?;
    ensure!(first.len() == 1 && first[0].attempt == 1, "{first:?}");
    let other = effects(store, 29, 9)?;
    ensure!(places(&other) == [(key(8, 1, 1), Lane::Customer)], "claimed twice, or not at all: {other:?}");
    let again = effects(store, 30, 9)?;
    ensure!(again.len() == 1, "{again:?}");
    let (was, is) = (&first[0], &again[0]);
    ensure!(was.outgoing == is.outgoing && was.text == is.text, "{was:?}, then {is:?}");
    ensure!(is.attempt == 2 && is.fence > was.fence, "{is:?}");
    let (mut one, mut two) = (store.begin(&tenant())?, store.begin(&tenant())?);
    let (claimed, doubled) = (one.claim(at(99), LEASE, 9)?, two.claim(at(99), LEASE, 9)?.len());
    ensure!(claimed.len() == 1, "what may have killed its worker is claimed alone: {claimed:?}");
    let more = one.claim(at(99), LEASE, 9)?;
    ensure!(places(&more) == [(key(8, 1, 1), Lane::Customer)], "one unit of work claims them twice: {more:?}");
    ensure!(one.claim(at(99), LEASE, 9)?.is_empty(), "one unit of work claims them twice");
    store.commit(one)?;
    ensure!(doubled == 0 || store.commit(two).is_err(), "both claims hold");
    // What was never claimed goes first, or at least not with it.
    put(store, Draft::new(2).notice(9, 1).notice(10, 1))?;
    let suspect = effects(store, 500, 9)?;
    ensure!(suspect.len() == 1 && suspect[0].attempt > 1, "{suspect:?}");
    Ok(())
}

pub fn o4_an_older_claim_settles_nothing<S: Sessions>(store: &S) -> Verdict {
    put(store, Draft::new(1).notice(7, 1))?;
    let first = only(effects(store, 0, 9)?)?;
    let second = only(effects(store, 30, 9)?)?;
    ensure!(!settle(store, &first, &Settlement::Delivered)?, "an older claim settled it");
    let retry = Settlement::Retry { at: at(40), reason: "busy".into() };
    ensure!(settle(store, &second, &retry)?, "the present claim does not count");
    ensure!(!settle(store, &second, &Settlement::Delivered)?, "settled twice under one claim");
    let third = effects(store, 40, 9)?;
    ensure!(third.len() == 1 && third[0].attempt == 3, "{third:?}");
    ensure!(settle(store, &third[0], &Settlement::Delivered)?, "the present claim does not count");
    ensure!(!settle(store, &third[0], &Settlement::Delivered)?, "settled twice");
    Ok(())
}

pub fn o4_of_two_settlements_at_once_one_holds<S: Sessions>(store: &S) -> Verdict {
    put(store, Draft::new(1).notice(7, 1).notice(7, 1))?;
    let head = only(effects(store, 0, 9)?)?;
    let done = Settlement::Delivered;
    let mut one = store.begin(&tenant())?;
    ensure!(one.settle(&head.outgoing.key, head.fence, &done)?, "the present claim does not count");
    ensure!(!one.settle(&head.outgoing.key, head.fence, &done)?, "settled twice in one unit of work");
    let mut other = store.begin(&tenant())?;
    let retry = Settlement::Retry { at: at(900), reason: "busy".into() };
    let doubled = other.settle(&head.outgoing.key, head.fence, &retry)?;
    store.commit(one)?;
    ensure!(!doubled || store.commit(other).is_err(), "both settlements hold");
    let next = only(effects(store, 0, 9)?)?;
    ensure!(next.outgoing.key == key(7, 1, 1), "{next:?}");
    // A claim that is lost between the word and the commit settles nothing either.
    let mut late = store.begin(&tenant())?;
    let held = late.settle(&next.outgoing.key, next.fence, &done)?;
    let again = only(effects(store, 30, 9)?)?;
    ensure!(!held || store.commit(late).is_err(), "an older claim settled it");
    ensure!(settle(store, &again, &done)?, "the present claim does not count");
    Ok(())
}

pub fn o5_a_settled_effect_never_returns<S: Sessions>(store: &S) -> Verdict {
    put(store, Draft::new(1).answer(1, 1, "bir").answer(2, 1, "iki").answer(3, 1, "üç"))?;
    let ends = [Settlement::Delivered, Settlement::SetAside { reason: "gone".into() }, Settlement::Withdrawn];
    let claimed = effects(store, 0, 9)?;
    ensure!(claimed.len() == 3, "{claimed:?}");
    for (envelope, end) in claimed.iter().zip(&ends) {
        ensure!(settle(store, envelope, end)?, "the present claim does not count");
    }
    let left = effects(store, 1_000_000, 9)?;
    ensure!(left.is_empty(), "{left:?}");
    Ok(())
}
