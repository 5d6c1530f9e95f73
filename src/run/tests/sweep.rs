//! Doing what time has caused.

use std::sync::Mutex;

use super::troubled::{Ending, Troubled};
use super::{Clerk, FORMS, Form, clerk, done, orders, routine, seed, woken};
use crate::actor::Actor;
use crate::conformance::draft::{Draft, at, customer, ordered, queue, tenant};
use crate::desk::{Command, Facts, Rejection, Request};
use crate::limits::WAKE_REFUSALS_MAX;
use crate::policy::Digest;
use crate::record::RecordKey;
use crate::run::{SessionError, Sweep, back_off};
use crate::store::{MemoryStore, blocking};
use crate::time::{Span, Timestamp};

fn put(store: &MemoryStore, draft: &Draft) {
    let mut session = blocking::Sessions::begin(store, &tenant()).unwrap();
    blocking::Store::write(&mut session, &draft.0).unwrap();
    blocking::Sessions::commit(store, session).unwrap();
}

/// Customers whose wake-ups are set.
fn waiting(store: &MemoryStore, customers: &[(&str, i64)]) {
    for (nth, (id, second)) in customers.iter().enumerate() {
        let key = customer(id);
        put(store, &Draft::new(1 << 90 | nth as u128).new_record(&key, &[ordered(0)]).set(&key, Some(*second), 0));
    }
}

fn usual() -> Sweep {
    Sweep::new(seed())
}

/// A clerk who refuses to wake what `bad` names.
fn refusing(bad: &'static str, why: impl Fn(&RecordKey) -> Rejection + Sync) -> impl crate::run::Decide {
    Clerk(move |request: &Request, facts: &Facts, now| match &request.command {
        Command::Wake(key) if *key == customer(bad) => Err(why(key)),
        _ => routine(request, facts, now),
    })
}

#[test]
fn law_13_everything_due_is_woken_once_and_the_next_is_known() {
    for form in FORMS {
        let store = MemoryStore::new();
        waiting(&store, &[("a", 10), ("b", 50), ("c", 51), ("d", 200)]);
        let swept = form.sweep(&clerk(), &store, at(51), &usual()).unwrap();
        assert_eq!((swept.woken, swept.rejected, swept.conflicts, swept.failed), (3, 0, 0, 0));
        assert_eq!(swept.late_by_max, Span::seconds(41));
        assert_eq!(swept.next, Some(at(111)), "a minute after the sweep");
        let orders = ["a", "b", "c", "d"].map(|id| orders(&store, &customer(id)));
        assert_eq!(orders, [Some(1), Some(1), Some(1), Some(0)]);
        let idle = form.sweep(&clerk(), &store, at(51), &usual()).unwrap();
        assert_eq!((idle.woken, idle.late_by_max, idle.next), (0, Span::ZERO, Some(at(111))));
    }
}

#[test]
fn a_wake_is_a_request_of_the_timer_with_an_id_of_its_claim() {
    for form in FORMS {
        let store = MemoryStore::new();
        waiting(&store, &[("a", 0), ("b", 0)]);
        put(&store, &Draft::new(5).forward(&RecordKey::Queue(queue("iade")), 0));
        let seen = Mutex::new(Vec::new());
        let watching = Clerk(|request: &Request, facts: &Facts, now| {
            seen.lock().unwrap().push(request.clone());
            match &request.command {
                Command::Drain(queue) => {
                    let key = RecordKey::Queue(queue.clone());
                    Ok(done(Draft::new(0).set(&key, None, 1)))
                }
                _ => routine(request, facts, now),
            }
        });
        for second in [0, 60] {
            form.sweep(&watching, &store, at(second), &usual()).unwrap();
        }
        let seen = seen.into_inner().unwrap();
        let kinds: Vec<&str> = seen.iter().map(|request| request.command.kind()).collect();
        assert_eq!(kinds, ["wake", "wake", "drain", "wake", "wake"]);
        assert!(seen.iter().all(|request| request.actor == Actor::Timer && request.occurred.is_none()));
        for (place, request) in seen.iter().enumerate() {
            for other in seen.iter().skip(place + 1) {
                assert_ne!(request.id, other.id);
                assert!(request.seed != other.seed, "two requests share a seed");
            }
        }
    }
}

#[test]
fn one_bad_record_never_blocks_others() {
    for form in FORMS {
        let store = MemoryStore::new();
        waiting(&store, &[("bad", 0), ("a", 5), ("b", 6)]);
        let swept = form.sweep(&refusing("bad", |_| Rejection::Dated), &store, at(10), &usual()).unwrap();
        assert_eq!((swept.woken, swept.rejected, swept.postponed, swept.parked), (2, 1, 1, 0));
        let row = store.wakes(&tenant()).into_iter().find(|row| row.record == customer("bad")).unwrap();
        assert_eq!(row.reason.as_deref(), Some(Rejection::Dated.to_string().as_str()));
        assert!(row.at.unwrap() > at(10) && row.lease.is_none());
        // A record that cannot be read is as bad, and no worse.
        let store = Troubled::default().unreadable(customer("bad"));
        waiting(&store.inner, &[("bad", 0), ("a", 5)]);
        let swept = form.sweep(&clerk(), &store, at(10), &usual()).unwrap();
        assert_eq!((swept.woken, swept.failed, swept.postponed), (1, 1, 1));
    }
}

#[test]
fn a_refused_wake_comes_back_later_each_time_and_is_parked_in_the_end() {
    for form in FORMS {
        let store = MemoryStore::new();
        waiting(&store, &[("bad", 0)]);
        let strict = refusing("bad", |_| Rejection::Dated);
        let mut now = at(0);
        let mut waits = Vec::new();
        let mut parked = 0;
        while let Some(next) = {
            let swept = form.sweep(&strict, &store, now, &usual()).unwrap();
            parked += swept.parked;
            assert_eq!(swept.rejected, 1);
            swept.next
        } {
            waits.push(next.since(now).as_millis());
            now = next;
        }
        assert_eq!((waits.len(), parked), (WAKE_REFUSALS_MAX as usize - 1, 1));
        // Each wait is between a half and the whole of one second doubled so often, which is all that is promised.
        for (nth, wait) in waits.iter().enumerate() {
            let whole = 1_000 << nth;
            assert!(whole / 2 < *wait && *wait <= whole, "wait {nth} is {wait} ms");
        }
        let row = store.wakes(&tenant()).remove(0);
        assert!(row.parked && row.at.is_none() && row.reason.is_some());
        // Whatever else wakes the record wakes it.
        put(&store, &Draft::new(9).forward(&customer("bad"), 90_000));
        let swept = form.sweep(&clerk(), &store, at(90_000), &usual()).unwrap();
        assert_eq!((swept.woken, store.wakes(&tenant())[0].parked), (1, false));
    }
}

#[test]
fn a_record_of_a_later_version_is_postponed_but_never_parked() {
    for form in FORMS {
        let store = MemoryStore::new();
        waiting(&store, &[("bad", 0)]);
        let old = refusing("bad", |key| Rejection::Newer(key.clone()));
        let mut now = at(0);
        for _ in 0..3 * WAKE_REFUSALS_MAX {
            let swept = form.sweep(&old, &store, now, &usual()).unwrap();
            assert_eq!((swept.postponed, swept.parked), (1, 0));
            let next = swept.next.unwrap();
            assert!(next.since(now) <= Span::hours(1));
            now = next;
        }
    }
}

#[test]
fn under_another_policy_nothing_is_postponed() {
    for form in FORMS {
        let store = MemoryStore::new();
        waiting(&store, &[("bad", 0), ("a", 0)]);
        let stale = refusing("bad", |_| Rejection::StalePolicy { active: None, own: Digest::of("own") });
        let outcome = form.sweep(&stale, &store, at(0), &usual().lease(Span::seconds(30)));
        assert!(matches!(outcome, Err(SessionError::Rejected(Rejection::StalePolicy { .. }))), "{outcome:?}");
        assert!(store.wakes(&tenant()).iter().all(|row| row.postponed == 0));
        assert_eq!(form.sweep(&clerk(), &store, at(29), &usual()).unwrap().woken, 0);
        assert_eq!(form.sweep(&clerk(), &store, at(30), &usual()).unwrap().woken, 1, "the claim is lost");
    }
}

#[test]
fn a_sweep_stops_at_its_limit_and_says_that_more_is_due() {
    for form in FORMS {
        let store = MemoryStore::new();
        let ids: Vec<String> = (0..150).map(|nth| format!("c{nth:03}")).collect();
        let customers: Vec<(&str, i64)> = ids.iter().map(|id| (id.as_str(), 0)).collect();
        waiting(&store, &customers);
        let swept = form.sweep(&clerk(), &store, at(1), &usual().limit(100)).unwrap();
        assert_eq!((swept.woken, swept.next), (100, Some(at(0))));
        let swept = form.sweep(&clerk(), &store, at(1), &usual()).unwrap();
        assert_eq!((swept.woken, swept.next), (50, Some(at(61))));
        assert_eq!(form.sweep(&clerk(), &store, at(99), &usual().limit(0)).unwrap().woken, 0);
    }
}

#[test]
fn work_that_is_left_is_done_in_the_same_sweep() {
    // A drain that gives away one ticket at a time and asks to be woken now until it is through.
    for form in FORMS {
        let store = MemoryStore::new();
        waiting(&store, &[("a", 0)]);
        let slow = Clerk(|request: &Request, facts: &Facts, now: Timestamp| match &request.command {
            Command::Wake(key) => {
                let done_so_far = facts.record(key).map_or(0, |loaded| loaded.version.number());
                let next = if done_so_far < 5 { now } else { now + Span::hours(1) };
                Ok(done(woken(facts, key, next)))
            }
            _ => Err(Rejection::Dated),
        });
        let swept = form.sweep(&slow, &store, at(0), &usual()).unwrap();
        assert_eq!((swept.woken, orders(&store, &customer("a"))), (5, Some(5)));
        assert_eq!(swept.next, Some(at(3_600)));
    }
}

#[test]
fn what_a_dead_worker_claimed_comes_back() {
    let store = MemoryStore::new();
    waiting(&store, &[("a", 0)]);
    let mut dead = blocking::Sessions::begin(&store, &tenant()).unwrap();
    blocking::Timers::claim_due(&mut dead, at(0), Span::seconds(30), 9).unwrap();
    blocking::Sessions::commit(&store, dead).unwrap();
    assert_eq!(Form::Blocking.sweep(&clerk(), &store, at(29), &usual()).unwrap().woken, 0);
    let swept = Form::Blocking.sweep(&clerk(), &store, at(30), &usual()).unwrap();
    assert_eq!((swept.woken, swept.late_by_max), (1, Span::seconds(30)));
}

#[test]
fn a_wake_whose_outcome_is_unknown_is_not_called_refused() {
    for form in FORMS {
        // The first commit is that of the claim.
        let store = Troubled::default().ending(&[Ending::Fine, Ending::BrokeAfter]);
        waiting(&store.inner, &[("a", 0), ("b", 0)]);
        let swept = form.sweep(&clerk(), &store, at(0), &usual()).unwrap();
        assert_eq!((swept.woken, swept.indeterminate, swept.rejected, swept.postponed), (1, 1, 0, 0));
        assert_eq!(orders(&store.inner, &customer("a")), Some(1));
    }
}

#[test]
fn eight_sweepers_wake_each_record_once() {
    let store = MemoryStore::new();
    let ids: Vec<String> = (0..400).map(|nth| format!("c{nth:03}")).collect();
    let customers: Vec<(&str, i64)> = ids.iter().map(|id| (id.as_str(), 0)).collect();
    waiting(&store, &customers);
    let woken: usize = std::thread::scope(|scope| {
        let sweepers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    // A sweeper that always comes second at claiming gives up for this time, and comes again.
                    (0..20)
                        .map(|_| blocking::sweep_by(&clerk(), &store, &tenant(), at(1), &usual()).unwrap().woken)
                        .sum::<usize>()
                })
            })
            .collect();
        sweepers.into_iter().map(|sweeper| sweeper.join().unwrap()).sum()
    });
    assert_eq!(woken, 400);
    assert!(store.records(&tenant()).iter().all(|(_, version, _)| version.number() == 2));
}

#[test]
fn back_off_doubles_is_capped_and_differs_by_key() {
    let wait = |attempt, key: &str| back_off(Span::seconds(1), Span::hours(1), attempt, key).as_millis();
    for attempt in 0..200 {
        let whole = 1_000_i64.checked_shl(attempt.min(22)).unwrap().min(3_600_000);
        let waited = wait(attempt, "ticket/1");
        assert!(whole / 2 < waited && waited <= whole, "attempt {attempt} waits {waited} ms");
        assert_eq!(waited, wait(attempt, "ticket/1"), "the same twice");
    }
    let distinct: std::collections::BTreeSet<i64> = (0..100).map(|nth| wait(9, &format!("ticket/{nth}"))).collect();
    assert!(distinct.len() > 90, "{} of 100 keys differ", distinct.len());
    assert!(wait(u32::MAX, "a") <= 3_600_000);
}
