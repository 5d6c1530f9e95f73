//! Carrying out requests.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

use super::troubled::{Ending, Trouble, Troubled};
use super::{Clerk, FORMS, Form, clerk, decision, done, orders, ready, routine, says};
use crate::actor::Actor;
use crate::conformance::draft::{Draft, at, customer, ordered, tenant};
use crate::desk::{Desk, Facts, Needs, QueueNeed, Reach, Rejection, Relation, Request, Step};
use crate::id::{ContentId, QueueId, RequestId, TicketId};
use crate::limits::NEEDS_ROUNDS_MAX;
use crate::policy::Digest;
use crate::record::{RecordKey, Version};
use crate::run::execute::{execute_by, preview_by};
use crate::run::{ExecuteError, Rounds, SessionError, execute, execute_with_retry, preview, relay, sweep};
use crate::store::{Conflict, MemoryStore, Sessions, blocking};
use crate::ticket::Bond;

fn version(store: &MemoryStore, key: &RecordKey) -> Option<Version> {
    store.records(&tenant()).into_iter().find(|(stored, ..)| stored == key).map(|(_, version, _)| version)
}

#[test]
fn law_21_the_same_request_gives_the_same_receipt() {
    for form in FORMS {
        let store = MemoryStore::new();
        let first = form.execute(&clerk(), &store, &says(1, "1017", 3), at(0), 1).unwrap();
        assert_eq!(first.version(&customer("1017")), Version::new(1));
        assert!(!first.replayed);
        let again = form.execute(&clerk(), &store, &says(1, "1017", 3), at(99), 1).unwrap();
        assert_eq!(again, first.again());
        assert_eq!(version(&store, &customer("1017")), Version::new(1), "{form:?} did it twice");
    }
}

#[test]
fn law_21_a_request_id_is_for_one_request() {
    for form in FORMS {
        let store = MemoryStore::new();
        form.execute(&clerk(), &store, &says(1, "1017", 3), at(0), 1).unwrap();
        let reused = form.execute(&clerk(), &store, &says(1, "1017", 4), at(0), 1);
        assert!(matches!(reused, Err(SessionError::Rejected(Rejection::RequestReused(_)))), "{reused:?}");
        let mut other = says(1, "1017", 3);
        other.actor = Actor::Timer;
        let reused = form.execute(&clerk(), &store, &other, at(0), 1);
        assert!(matches!(reused, Err(SessionError::Rejected(Rejection::RequestReused(_)))), "{reused:?}");
        assert_eq!(orders(&store, &customer("1017")), Some(3));
    }
}

#[test]
fn law_2_a_rejection_changes_nothing_and_keeps_no_request() {
    for form in FORMS {
        let store = MemoryStore::new();
        let strict = Clerk(|_: &Request, _: &_, _| Err(Rejection::Dated));
        let refused = form.execute(&strict, &store, &says(1, "1017", 3), at(0), 9);
        assert!(matches!(refused, Err(SessionError::Rejected(Rejection::Dated))), "{refused:?}");
        assert!(store.records(&tenant()).is_empty());
        let receipt = form.execute(&clerk(), &store, &says(1, "1017", 3), at(0), 1).unwrap();
        assert!(!receipt.replayed, "the id of a refused request is free");
    }
}

#[test]
fn needs_grow_round_by_round_and_nothing_is_asked_twice() {
    for form in FORMS {
        let store = Troubled::default();
        let curious = Clerk(|request: &Request, facts: &Facts, now| {
            let mut more = Needs { number: true, ..Needs::default() };
            more.record(customer("1017"));
            for next in ["a", "b"] {
                more.record(customer(next));
                if !facts.knows(&customer(next)) {
                    return Ok(Step::More(more));
                }
            }
            assert!(facts.number.is_some() && facts.knows(&customer("1017")));
            routine(request, facts, now)
        });
        form.execute(&curious, &store, &says(1, "1017", 3), at(0), 1).unwrap();
        let asked = store.asked.lock().unwrap();
        let records: Vec<Vec<String>> =
            asked.iter().map(|needs| needs.records.iter().map(ToString::to_string).collect()).collect();
        assert_eq!(records, [["customer/1017"], ["customer/a"], ["customer/b"]]);
        let rest: Vec<(bool, bool)> = asked.iter().map(|needs| (needs.number, needs.request.is_some())).collect();
        assert_eq!(rest, [(false, true), (true, false), (false, false)]);
    }
}

#[test]
fn a_decision_that_is_never_reached_ends() {
    for form in FORMS {
        let store = Troubled::default();
        let greedy = Clerk(|_: &Request, _: &_, _| {
            let mut more = Needs::default();
            more.record(customer("never"));
            Ok(Step::More(more))
        });
        let outcome = form.execute(&greedy, &store, &says(1, "1017", 3), at(0), 5);
        assert!(matches!(outcome, Err(SessionError::Rejected(Rejection::NotGathered(_)))), "{outcome:?}");
        assert_eq!(store.asked.lock().unwrap().len(), NEEDS_ROUNDS_MAX);
    }
}

#[test]
fn what_a_store_did_not_find_is_named_with_the_clause_that_it_breaks() {
    let (ticket, digest, text) = (RecordKey::Ticket(TicketId::from_u128(1)), Digest::of("{}"), ContentId::from_u128(5));
    let queue = QueueId::new("genel").unwrap();
    let asked = |ask: &dyn Fn(&mut Needs)| {
        let mut needs = Needs::default();
        ask(&mut needs);
        needs
    };
    let cases = [
        (asked(&|needs| needs.record(ticket.clone())), format!("`{ticket}` was needed and not gathered"), "(C6)"),
        (asked(&|needs| assert!(needs.history.insert(ticket.clone()))), format!("the log of `{ticket}`"), "(C12)"),
        (asked(&|needs| assert!(needs.documents.insert(digest))), format!("the document `{digest}`"), "(C14)"),
        (asked(&|needs| assert!(needs.contents.insert(text))), format!("the text `{text}`"), "(C14)"),
        (
            asked(&|needs| assert!(needs.reach.insert(Reach::new(ticket.clone(), Relation::Linked(Bond::ChildOf))))),
            format!("what `{ticket}` leads to"),
            "(C6, C13)",
        ),
        (
            asked(&|needs| needs.queue = Some(QueueNeed { queue: queue.clone(), heads: 1, teams: BTreeSet::new() })),
            "the head of the queue `genel`".into(),
            "(C7)",
        ),
        (asked(&|needs| needs.number = true), "a number was needed".into(), "(C8)"),
    ];
    for (needs, what, clause) in cases {
        // A store that finds nothing, whatever it is asked.
        let clerk = Clerk(|_: &Request, _: &_, _| Ok(Step::More(needs.clone())));
        let request = says(1, "1017", 3);
        let (mut rounds, _) = Rounds::begin(&clerk, &request, at(0));
        let ended = (0..NEEDS_ROUNDS_MAX).find_map(|_| rounds.found(Facts::default()).err()).unwrap().to_string();
        assert!(ended.starts_with(&what) && ended.ends_with(clause), "{ended}");
    }
}

#[test]
fn law_4_a_preview_is_the_decision_without_the_write() {
    let store = MemoryStore::new();
    let request = says(1, "1017", 3);
    let mut session = blocking::Sessions::begin(&store, &tenant()).unwrap();
    let planned = blocking::preview_by(&clerk(), &mut session, &request, at(0)).unwrap();
    let planned_async = ready(preview_by(&clerk(), &mut session, &request, at(0))).unwrap();
    assert_eq!(planned, planned_async);
    blocking::Sessions::commit(&store, session).unwrap();
    assert!(store.records(&tenant()).is_empty(), "a preview wrote something");
    let receipt = Form::Blocking.execute(&clerk(), &store, &request, at(0), 1).unwrap();
    assert_eq!(planned.into_changes(&request).receipt, receipt);
    // Of what was carried out, nothing more would change.
    let mut session = blocking::Sessions::begin(&store, &tenant()).unwrap();
    let nothing = blocking::preview_by(&clerk(), &mut session, &request, at(0)).unwrap();
    assert!(nothing.changes.is_empty() && nothing.outbox.is_empty() && nothing.wakes.is_empty());
    assert_eq!(nothing, decision(Draft::new(0).0));
    let reused = blocking::preview_by(&clerk(), &mut session, &says(1, "1017", 9), at(0));
    assert!(matches!(reused, Err(ExecuteError::Rejected(Rejection::RequestReused(_)))));
}

/// A clerk before whom somebody else slips in, so many times.
fn unlucky<'a>(store: &'a MemoryStore, times: u32) -> (impl crate::run::Decide + 'a, std::sync::Arc<AtomicU32>) {
    let left = std::sync::Arc::new(AtomicU32::new(times));
    let count = std::sync::Arc::new(AtomicU32::new(0));
    let decided = std::sync::Arc::clone(&count);
    let clerk = Clerk(move |request: &Request, facts: &Facts, now| {
        decided.fetch_add(1, Ordering::Relaxed);
        if left.load(Ordering::Relaxed) > 0 {
            let nth = left.fetch_sub(1, Ordering::Relaxed);
            let mut other = blocking::Sessions::begin(store, &tenant()).unwrap();
            let draft = Draft::new(900 + u128::from(nth)).on(facts, &customer("1017"), &[ordered(70)]);
            blocking::Store::write(&mut other, &draft.0).unwrap();
            blocking::Sessions::commit(store, other).unwrap();
        }
        routine(request, facts, now)
    });
    (clerk, count)
}

#[test]
fn a_conflict_is_tried_again_as_often_as_asked() {
    for form in FORMS {
        for (attempts, expected) in [(0, 1), (1, 1), (2, 2), (3, 3)] {
            let store = MemoryStore::new();
            let (clerk, decided) = unlucky(&store, 2);
            let outcome = form.execute(&clerk, &store, &says(1, "1017", 3), at(0), attempts);
            assert_eq!(decided.load(Ordering::Relaxed), expected, "{attempts} attempts");
            if attempts == 3 {
                assert_eq!(outcome.unwrap().version(&customer("1017")), Version::new(3));
            } else {
                assert!(matches!(outcome, Err(SessionError::Conflict(Conflict::Guard(_)))), "{outcome:?}");
            }
        }
    }
}

#[test]
fn in_the_hosts_unit_of_work_a_conflict_is_the_hosts() {
    let store = MemoryStore::new();
    let (clerk, decided) = unlucky(&store, 1);
    let mut session = blocking::Sessions::begin(&store, &tenant()).unwrap();
    let outcome = ready(execute_by(&clerk, &mut session, &says(1, "1017", 3), at(0)));
    let error = outcome.unwrap_err();
    assert!(error.is_retryable() && error.status() == 409 && error.code() == "conflict", "{error:?}");
    assert_eq!(decided.load(Ordering::Relaxed), 1, "execute tried again by itself");
}

#[test]
fn promise_3_doubt_is_named_and_asking_again_tells() {
    for form in FORMS {
        for ending in [Ending::BrokeAfter, Ending::BrokeBefore] {
            let store = Troubled::default().ending(&[ending]);
            let request = says(1, "1017", 3);
            let doubt = form.execute(&clerk(), &store, &request, at(0), 5).unwrap_err();
            assert!(matches!(doubt, SessionError::Indeterminate(Trouble)), "{doubt:?}");
            assert_eq!((doubt.status(), doubt.code(), doubt.is_retryable()), (503, "indeterminate", true));
            let receipt = form.execute(&clerk(), &store, &request, at(0), 5).unwrap();
            assert_eq!(receipt.replayed, ending == Ending::BrokeAfter);
            assert_eq!(version(&store.inner, &customer("1017")), Version::new(1), "{ending:?}");
        }
    }
}

#[test]
fn a_failing_store_is_its_own_error() {
    for form in FORMS {
        let store = Troubled::default().ending(&[Ending::Fails]);
        let failed = form.execute(&clerk(), &store, &says(1, "1017", 3), at(0), 5).unwrap_err();
        assert!(matches!(failed, SessionError::Store(Trouble)), "{failed:?}");
        assert_eq!((failed.status(), failed.code(), failed.is_retryable()), (500, "store", false));
        let store = Troubled::default().unreadable(customer("1017"));
        let failed = form.execute(&clerk(), &store, &says(1, "1017", 3), at(0), 5).unwrap_err();
        assert!(matches!(failed, SessionError::Store(Trouble)), "{failed:?}");
    }
    let rejected: ExecuteError<Trouble> = Rejection::Dated.into();
    assert_eq!((rejected.status(), rejected.code(), rejected.is_retryable()), (422, "dated", false));
    assert_eq!(rejected.to_string(), Rejection::Dated.to_string());
    let rejected: SessionError<Trouble> = rejected.into();
    assert_eq!((rejected.status(), rejected.code(), rejected.is_retryable()), (422, "dated", false));
}

#[test]
fn a_desk_with_another_policy_is_unavailable_and_not_asked_wrongly() {
    let stale: ExecuteError<Trouble> = Rejection::StalePolicy { active: None, own: Digest::of("own") }.into();
    assert_eq!((stale.status(), stale.code(), stale.is_retryable()), (503, "stale_policy", false));
    let stale: SessionError<Trouble> = stale.into();
    assert_eq!((stale.status(), stale.code(), stale.is_retryable()), (503, "stale_policy", false));
}

#[test]
fn several_requests_share_the_hosts_unit_of_work() {
    let store = MemoryStore::new();
    let mut session = blocking::Sessions::begin(&store, &tenant()).unwrap();
    for (id, orders) in [(1, 3), (2, 4), (2, 4)] {
        let receipt = blocking::execute_by(&clerk(), &mut session, &says(id, "1017", orders), at(0)).unwrap();
        assert_eq!(receipt.request, RequestId::from_u128(id));
    }
    assert!(store.records(&tenant()).is_empty());
    blocking::Sessions::commit(&store, session).unwrap();
    assert_eq!((version(&store, &customer("1017")), orders(&store, &customer("1017"))), (Version::new(2), Some(4)));
}

#[test]
fn promise_10_eight_threads_lose_no_update() {
    const THREADS: u128 = 8;
    const WRITES: u128 = 1_000;
    let store = MemoryStore::new();
    // Each request adds one to what it saw, so that a lost update would show in the sum.
    let adding = Clerk(|_: &Request, facts: &Facts, _| {
        let key = customer("1017");
        let loaded = facts.record(&key);
        let before = loaded.and_then(|loaded| loaded.state.customer()).map_or(0, |customer| customer.orders);
        Ok(done(Draft::new(0).on(facts, &key, &[ordered(before + 1)])))
    });
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (store, adding) = (&store, &adding);
            scope.spawn(move || {
                for write in 0..WRITES {
                    let request = says(thread << 64 | write, "1017", 0);
                    let outcome = blocking::execute_with_retry_by(adding, store, &tenant(), &request, at(0), u32::MAX);
                    assert!(!outcome.unwrap().replayed);
                }
            });
        }
    });
    let all = u32::try_from(THREADS * WRITES).unwrap();
    assert_eq!(orders(&store, &customer("1017")), Some(all));
    let mut session = blocking::Sessions::begin(&store, &tenant()).unwrap();
    let log = blocking::Log::events(&mut session, &customer("1017"), None, usize::MAX).unwrap();
    let versions: Vec<u64> = log.iter().map(|event| event.version.number()).collect();
    assert_eq!(versions, (1..=u64::from(all)).collect::<Vec<u64>>());
}

/// The futures of the shell can move between threads, whatever store of the right kind they run on.
#[allow(dead_code, reason = "it is enough that it compiles")]
fn futures_are_send<S: Sessions, N: crate::notify::Notifier>(desk: &Desk, store: &S, notifier: &N, request: &Request) {
    fn check<T: Send>(_: T) {}
    let settings = crate::run::Sweep::new(super::seed());
    check(execute_with_retry(desk, store, &tenant(), request, at(0), 1));
    check(sweep(desk, store, &tenant(), at(0), &settings));
    check(relay(store, &tenant(), notifier, at(0), &crate::run::Relay::default()));
    check(async {
        let mut session = store.begin(&tenant()).await.ok()?;
        preview(desk, &mut session, request, at(0)).await.ok()?;
        execute(desk, &mut session, request, at(0)).await.ok()
    });
}
