//! C1 to C5, C9 to C11, L1 to L4, S1 and S2, in terms of the traits alone.

use std::collections::BTreeSet;

use super::draft::{
    Draft, Verdict, agent, assigned, at, customer, employed, ensure, look, look_at, name, needs, opened, ordered, put,
    put_as, queue, queue_needs, queued, request, sealed, tagged, tenant, ticket, version,
};
use crate::desk::{Changes, Guard, Load, Needs, Path};
use crate::id::{TenantId, TicketId};
use crate::policy::Digest;
use crate::record::{RecordKey, Version};
use crate::store::blocking::{Log, Outbox, Sessions, Store, Timers};
use crate::store::{CommitError, Conflict, Cursor, WriteError};
use crate::time::Span;

/// The conflict with which a write ends, be it at once or at the commit.
fn conflict<'s, S: Sessions>(store: &'s S, mut session: S::Session<'s>, changes: &Changes) -> Result<Conflict, String> {
    match session.write(changes) {
        Err(WriteError::Conflict(conflict)) => return Ok(conflict),
        Err(WriteError::Store(error)) => return Err(error.to_string()),
        Ok(()) => {}
    }
    match store.commit(session) {
        Err(CommitError::Conflict(conflict)) => Ok(conflict),
        Err(error) => Err(error.to_string()),
        Ok(()) => Err("there was no conflict".to_owned()),
    }
}

fn is_guard_on(conflict: &Conflict, record: &RecordKey) -> bool {
    matches!(conflict, Conflict::Guard(Guard::Unchanged { record: named, .. }) if named == record)
}

/// Something of every part of a store.
fn everything() -> Draft {
    Draft::new(1)
        .new_record(&customer("1017"), &[ordered(3)])
        .new_record(&ticket(7), &[opened(7, "1017", None), queued("iade", 5)])
        .new_record(&RecordKey::Agent(agent("ayşe")), &[employed(&["destek"], 5)])
        .set(&ticket(7), Some(60), 0)
        .load(&agent("ayşe"), 2)
        .document("{}")
        .answer(7, 1, "Kargonuz yolda.")
        .notice(7, 1)
}

/// How many parts of [`everything`] a store has.
fn parts<S: Sessions>(store: &S) -> Result<Vec<&'static str>, Box<dyn std::error::Error>> {
    let mut session = store.begin(&tenant())?;
    let mut wanted = queue_needs(5, &["destek"]);
    wanted.records = [customer("1017"), ticket(7)].into();
    wanted.request = Some(request(1));
    let facts = session.gather(&wanted)?;
    let found = facts.queue.ok_or("no queue was gathered")?;
    let (reference, _) = sealed(7_001, "Kargonuz yolda.");
    let texts = session.contents(&[reference])?;
    let claimed = session.claim(at(0), Span::minutes(1), 10)?;
    let has = [
        ("state", facts.records.get(&ticket(7)).is_some_and(Option::is_some)),
        ("other state", facts.records.get(&customer("1017")).is_some_and(Option::is_some)),
        ("events", session.events(&ticket(7), None, 10)?.len() == 2),
        ("feed", session.feed(Cursor::START, 10)?.0.len() == 4),
        ("content", texts.iter().any(|text| text.is_committed_by(&reference) && text.text == "Kargonuz yolda.")),
        ("document", session.document(&Digest::of("{}"))?.as_deref() == Some("{}")),
        ("effect to the customer", claimed.iter().any(|envelope| envelope.text.is_some())),
        ("effect to the team", claimed.iter().any(|envelope| envelope.text.is_none())),
        ("wake-up", session.next_due()? == Some(at(60))),
        ("load", found.roster.iter().any(|member| member.load == 2)),
        ("place in the queue", found.heads == [TicketId::from_u128(7)]),
        ("request", facts.answered.is_some_and(|answered| answered.receipt.request == request(1))),
    ];
    Ok(has.into_iter().filter(|(_, has)| *has).map(|(part, _)| part).collect())
}

pub fn c1_a_commit_writes_every_part<S: Sessions>(store: &S) -> Verdict {
    put(store, everything())?;
    let parts = parts(store)?;
    ensure!(parts.len() == 12, "only {parts:?} are there");
    Ok(())
}

pub fn c1_a_refused_commit_writes_no_part<S: Sessions>(store: &S) -> Verdict {
    put(store, Draft::new(9).new_record(&customer("other"), &[ordered(1)]))?;
    let mut late = store.begin(&tenant())?;
    let relies = everything().unchanged(&customer("other"), version(1));
    late.write(&relies.0)?;
    let facts = look_at(&mut store.begin(&tenant())?, &customer("other"))?;
    put(store, Draft::new(10).on(&facts, &customer("other"), &[ordered(2)]))?;
    let outcome = store.commit(late);
    ensure!(matches!(outcome, Err(CommitError::Conflict(Conflict::Guard(_)))), "{outcome:?} where a conflict was due");
    let parts = parts(store)?;
    ensure!(parts.is_empty(), "{parts:?} are there");
    Ok(())
}

pub fn c2_a_stale_version_conflicts<S: Sessions>(store: &S) -> Verdict {
    put(store, Draft::new(1).new_record(&customer("1017"), &[ordered(1)]))?;
    let mut late = store.begin(&tenant())?;
    let seen = look_at(&mut late, &customer("1017"))?;
    put(store, Draft::new(2).on(&seen, &customer("1017"), &[ordered(2)]))?;
    let stale = Draft::new(3).on(&seen, &customer("1017"), &[ordered(9)]);
    let conflict = conflict(store, late, &stale.0)?;
    ensure!(is_guard_on(&conflict, &customer("1017")), "{conflict:?}");
    let facts = look_at(&mut store.begin(&tenant())?, &customer("1017"))?;
    let loaded = facts.record(&customer("1017")).ok_or("the record is gone")?;
    let orders = loaded.state.customer().map(|customer| customer.orders);
    ensure!(Some(loaded.version) == version(2) && orders == Some(2), "{loaded:?}");
    Ok(())
}

pub fn c2_creating_twice_conflicts<S: Sessions>(store: &S) -> Verdict {
    put(store, Draft::new(1).new_record(&customer("1017"), &[ordered(1)]))?;
    let again = Draft::new(2).new_record(&customer("1017"), &[ordered(9)]);
    let conflict = conflict(store, store.begin(&tenant())?, &again.0)?;
    ensure!(is_guard_on(&conflict, &customer("1017")), "{conflict:?}");
    Ok(())
}

pub fn c2_a_version_is_checked_again_at_commit<S: Sessions>(store: &S) -> Verdict {
    let mut late = store.begin(&tenant())?;
    late.write(&Draft::new(1).new_record(&customer("1017"), &[ordered(1)]).0)?;
    put(store, Draft::new(2).new_record(&customer("1017"), &[ordered(2)]))?;
    let outcome = store.commit(late);
    ensure!(matches!(outcome, Err(CommitError::Conflict(_))), "{outcome:?}");
    Ok(())
}

pub fn c2_the_first_of_two_writes_is_checked_again_at_commit<S: Sessions>(store: &S) -> Verdict {
    put(store, Draft::new(1).new_record(&customer("1017"), &[ordered(1)]))?;
    let mut late = store.begin(&tenant())?;
    let seen = look_at(&mut late, &customer("1017"))?;
    late.write(&Draft::new(2).on(&seen, &customer("1017"), &[ordered(2)]).0)?;
    put(store, Draft::new(3).on(&seen, &customer("1017"), &[ordered(9)]))?;
    // Nothing is wrong with the second write by itself.
    let conflict = conflict(store, late, &Draft::new(4).new_record(&customer("1018"), &[ordered(1)]).0)?;
    ensure!(is_guard_on(&conflict, &customer("1017")), "{conflict:?}");
    Ok(())
}

pub fn c3_a_guard_on_a_changed_record_conflicts<S: Sessions>(store: &S) -> Verdict {
    put(store, Draft::new(1).new_record(&customer("1017"), &[ordered(1)]))?;
    let relying =
        |id| Draft::new(id).new_record(&ticket(7), &[opened(7, "1017", None)]).unchanged(&customer("1017"), version(1));
    let mut early = store.begin(&tenant())?;
    early.write(&relying(2).0)?;
    let seen = look_at(&mut store.begin(&tenant())?, &customer("1017"))?;
    put(store, Draft::new(3).on(&seen, &customer("1017"), &[ordered(2)]))?;
    let at_commit = store.commit(early);
    ensure!(matches!(at_commit, Err(CommitError::Conflict(Conflict::Guard(_)))), "{at_commit:?}");
    let at_write = conflict(store, store.begin(&tenant())?, &relying(4).0)?;
    ensure!(is_guard_on(&at_write, &customer("1017")), "{at_write:?}");
    put(
        store,
        Draft::new(5).new_record(&ticket(7), &[opened(7, "1017", None)]).unchanged(&customer("1017"), version(2)),
    )
}

pub fn c3_a_guard_on_absence_conflicts<S: Sessions>(store: &S) -> Verdict {
    let relying =
        |id| Draft::new(id).new_record(&ticket(7), &[opened(7, "1017", None)]).unchanged(&customer("1017"), None);
    put(store, Draft::new(1).new_record(&customer("1017"), &[ordered(1)]))?;
    let conflict = conflict(store, store.begin(&tenant())?, &relying(2).0)?;
    ensure!(is_guard_on(&conflict, &customer("1017")), "{conflict:?}");
    Ok(())
}

pub fn c3_a_full_agent_conflicts<S: Sessions>(store: &S) -> Verdict {
    let ayşe = agent("ayşe");
    let give = |id: u128| {
        let opened = [opened(id, "1017", None), assigned("ayşe")];
        Draft::new(id).new_record(&ticket(id), &opened).load(&ayşe, 1).room(&ayşe, 1, 2)
    };
    put(store, give(1))?;
    let mut late = store.begin(&tenant())?;
    late.write(&give(2).0)?;
    put(store, give(3))?;
    let at_commit = store.commit(late);
    let full = |conflict: &Conflict| matches!(conflict, Conflict::Guard(Guard::Capacity { .. }));
    ensure!(matches!(&at_commit, Err(CommitError::Conflict(conflict)) if full(conflict)), "{at_commit:?}");
    let at_write = conflict(store, store.begin(&tenant())?, &give(4).0)?;
    ensure!(full(&at_write), "{at_write:?}");
    // Within one unit of work its own earlier write counts.
    let mut session = store.begin(&tenant())?;
    session.write(&Draft::new(5).load(&ayşe, -1).0)?;
    session.write(&give(6).0)?;
    let own = session.write(&give(7).0);
    ensure!(matches!(&own, Err(WriteError::Conflict(conflict)) if full(conflict)), "{own:?}");
    Ok(())
}

pub fn c4_a_conflict_leaves_the_unit_of_work_usable<S: Sessions>(store: &S) -> Verdict {
    put(store, Draft::new(1).new_record(&customer("1017"), &[ordered(1)]))?;
    let mut session = store.begin(&tenant())?;
    session.write(&Draft::new(2).new_record(&customer("first"), &[ordered(1)]).0)?;
    let stale = Draft::new(3)
        .new_record(&customer("1017"), &[ordered(9)])
        .new_record(&customer("never"), &[ordered(9)])
        .forward(&ticket(7), 1)
        .notice(7, 1);
    let refused = session.write(&stale.0);
    ensure!(matches!(refused, Err(WriteError::Conflict(Conflict::Guard(_)))), "{refused:?}");
    session.write(&Draft::new(4).new_record(&customer("second"), &[ordered(2)]).0)?;
    store.commit(session)?;
    let mut session = store.begin(&tenant())?;
    let keys = [customer("first"), customer("second"), customer("never")];
    let facts = look(&mut session, &keys)?;
    let there: Vec<bool> = keys.iter().map(|key| facts.record(key).is_some()).collect();
    ensure!(there == [true, true, false], "{there:?}");
    let left = (session.next_due()?, session.claim(at(0), Span::minutes(1), 9)?.len());
    ensure!(left == (None, 0), "the refused write left {left:?}");
    Ok(())
}

pub fn c5_a_request_is_answered_later<S: Sessions>(store: &S) -> Verdict {
    let draft = Draft::new(1).new_record(&customer("1017"), &[ordered(1)]);
    put(store, draft.clone())?;
    let mut session = store.begin(&tenant())?;
    let ask = |id| Needs { request: Some(request(id)), ..Needs::default() };
    let answered = session.gather(&ask(1))?.answered;
    ensure!(
        answered == Some(crate::desk::Answered::new(draft.0.fingerprint, draft.0.receipt, Vec::new())),
        "{answered:?}"
    );
    let other = session.gather(&ask(2))?.answered;
    ensure!(other.is_none(), "{other:?}");
    Ok(())
}

pub fn c5_a_request_is_written_once<S: Sessions>(store: &S) -> Verdict {
    let mut late = store.begin(&tenant())?;
    late.write(&Draft::new(1).new_record(&customer("late"), &[ordered(1)]).0)?;
    put(store, Draft::new(1).new_record(&customer("early"), &[ordered(1)]))?;
    let at_commit = store.commit(late);
    let repeated = Conflict::Request(request(1));
    ensure!(matches!(&at_commit, Err(CommitError::Conflict(conflict)) if *conflict == repeated), "{at_commit:?}");
    let again = Draft::new(1).new_record(&customer("again"), &[ordered(1)]);
    let at_write = conflict(store, store.begin(&tenant())?, &again.0)?;
    ensure!(at_write == repeated, "{at_write:?}");
    Ok(())
}

/// The only wake-up that is set.
fn next<S: Sessions>(store: &S) -> Result<Option<i64>, S::Error> {
    let next = store.begin(&tenant())?.next_due()?;
    Ok(next.map(|next| next.since(at(0)).as_seconds()))
}

pub fn c9_set_and_forward<S: Sessions>(store: &S) -> Verdict {
    let key = customer("1017");
    put(store, Draft::new(1).new_record(&key, &[ordered(1)]).set(&key, Some(60), 0))?;
    let stamp = || -> Result<Option<u64>, S::Error> {
        Ok(look_at(&mut store.begin(&tenant())?, &key)?.record(&key).map(|loaded| loaded.stamp))
    };
    ensure!((stamp()?, next(store)?) == (Some(1), Some(60)), "{:?}", (stamp()?, next(store)?));
    put(store, Draft::new(2).forward(&key, 90))?;
    ensure!((stamp()?, next(store)?) == (Some(2), Some(60)), "forward went back: {:?}", (stamp()?, next(store)?));
    put(store, Draft::new(3).forward(&key, 30))?;
    ensure!((stamp()?, next(store)?) == (Some(3), Some(30)), "{:?}", (stamp()?, next(store)?));
    put(store, Draft::new(4).set(&key, Some(120), 3))?;
    ensure!((stamp()?, next(store)?) == (Some(4), Some(120)), "{:?}", (stamp()?, next(store)?));
    put(store, Draft::new(5).set(&key, None, 4))?;
    ensure!((stamp()?, next(store)?) == (Some(5), None), "{:?}", (stamp()?, next(store)?));
    put(store, Draft::new(6).forward(&key, 45))?;
    ensure!(next(store)? == Some(45), "{:?}", next(store)?);
    // A wake-up may come before its record.
    put(store, Draft::new(7).forward(&RecordKey::Queue(queue("iade")), 10))?;
    let facts = store.begin(&tenant())?.gather(&queue_needs(1, &[]))?;
    ensure!(facts.queue.is_some_and(|found| found.stamp == 1) && next(store)? == Some(10), "{:?}", next(store)?);
    Ok(())
}

pub fn c9_a_wake_brought_forward_meanwhile_is_kept<S: Sessions>(store: &S) -> Verdict {
    let key = customer("1017");
    put(store, Draft::new(1).new_record(&key, &[ordered(1)]).set(&key, Some(60), 0))?;
    let mut late = store.begin(&tenant())?;
    let seen = look_at(&mut late, &key)?;
    let stamp = seen.record(&key).ok_or("no record")?.stamp;
    put(store, Draft::new(2).forward(&key, 10))?;
    late.write(&Draft::new(3).set(&key, Some(600), stamp).0)?;
    store.commit(late)?;
    ensure!(next(store)? == Some(10), "{:?}", next(store)?);
    // The same when the decision wanted none at all, and when it wanted an earlier one.
    put(store, Draft::new(4).set(&key, None, stamp))?;
    ensure!(next(store)? == Some(10), "{:?}", next(store)?);
    put(store, Draft::new(5).set(&key, Some(5), stamp))?;
    ensure!(next(store)? == Some(5), "{:?}", next(store)?);
    Ok(())
}

pub fn c10_loads_pass_capacity_and_stop_at_zero<S: Sessions>(store: &S) -> Verdict {
    let ayşe = agent("ayşe");
    let key = RecordKey::Agent(ayşe.clone());
    put(store, Draft::new(1).new_record(&key, &[employed(&["destek"], 1)]))?;
    let load = || -> Result<Option<u32>, S::Error> {
        let facts = store.begin(&tenant())?.gather(&queue_needs(0, &["destek"]))?;
        Ok(facts.queue.and_then(|found| found.roster.first().map(|member| member.load)))
    };
    put(store, Draft::new(2).load(&ayşe, 3))?;
    ensure!(load()? == Some(3), "{:?}", load()?);
    put(store, Draft::new(3).load(&ayşe, -5).load(&ayşe, 1))?;
    ensure!(load()? == Some(1), "{:?}", load()?);
    let mut other = Draft::new(4);
    other.0.loads.push(Load { agent: ayşe, slot: name("chats"), delta: 2 });
    put(store, other)?;
    ensure!(load()? == Some(3), "all counters of an agent count together: {:?}", load()?);
    Ok(())
}

pub fn c11_tenants_do_not_meet<S: Sessions>(store: &S) -> Verdict {
    let other = TenantId::new("market")?;
    put_as(store, &other, everything())?;
    let parts = parts(store)?;
    ensure!(parts.is_empty(), "{parts:?} of the other tenant are seen");
    // The same ids are free, and claims do not take the other's work.
    put(store, everything().set(&ticket(7), Some(30), 1))?;
    let mut session = store.begin(&tenant())?;
    let (wakes, effects) =
        (session.claim_due(at(60), Span::minutes(1), 9)?.len(), session.claim(at(60), Span::minutes(1), 9)?.len());
    store.commit(session)?;
    ensure!((wakes, effects) == (1, 2), "{wakes} wake-ups and {effects} effects");
    let mut session = store.begin(&other)?;
    let (wakes, effects) =
        (session.claim_due(at(60), Span::minutes(1), 9)?.len(), session.claim(at(60), Span::minutes(1), 9)?.len());
    ensure!((wakes, effects) == (1, 2), "{wakes} wake-ups and {effects} effects of the other tenant");
    Ok(())
}

pub fn l1_a_log_comes_in_order<S: Sessions>(store: &S) -> Verdict {
    let key = ticket(7);
    put(store, Draft::new(1).new_record(&key, &[opened(7, "1017", None), queued("iade", 1)]))?;
    for (id, tags) in [(2, vec!["a", "b"]), (3, vec!["c"]), (4, vec!["d", "e", "f"])] {
        let seen = look_at(&mut store.begin(&tenant())?, &key)?;
        let events: Vec<_> = tags.into_iter().map(tagged).collect();
        put(store, Draft::new(id).on(&seen, &key, &events))?;
    }
    let mut session = store.begin(&tenant())?;
    let mut places = |after: u64, limit: usize| -> Result<Vec<(u64, u32)>, S::Error> {
        let events = session.events(&key, Version::new(after), limit)?;
        Ok(events.iter().map(|event| (event.version.number(), event.index)).collect())
    };
    let all = places(0, 99)?;
    ensure!(all == [(1, 0), (1, 1), (2, 0), (2, 1), (3, 0), (4, 0), (4, 1), (4, 2)], "{all:?}");
    let some = places(1, 2)?;
    ensure!(some == [(2, 0), (2, 1), (3, 0)], "{some:?}");
    ensure!(places(4, 9)?.is_empty() && places(1, 0)?.is_empty(), "more than was asked for");
    Ok(())
}

pub fn l2_a_feed_gives_each_event_once<S: Sessions>(store: &S) -> Verdict {
    let write = |id: u128| Draft::new(id).new_record(&ticket(id), &[opened(id, "1017", None), tagged("a")]);
    let mut slow = store.begin(&tenant())?;
    slow.write(&write(1).0)?;
    let mut read = Vec::new();
    let mut cursor = Cursor::START;
    let mut follow = |cursor: &mut Cursor| -> Result<(), S::Error> {
        loop {
            let (events, next) = store.begin(&tenant())?.feed(*cursor, 3)?;
            if events.is_empty() {
                return Ok(());
            }
            read.extend(events.into_iter().map(|event| (event.record, event.version, event.index)));
            *cursor = next;
        }
    };
    put(store, write(2))?;
    put(store, write(3))?;
    follow(&mut cursor)?;
    store.commit(slow)?;
    put(store, write(4))?;
    follow(&mut cursor)?;
    let distinct: BTreeSet<_> = read.iter().cloned().collect();
    ensure!(read.len() == 8 && distinct.len() == 8, "{read:?}");
    for id in 1..=4 {
        let indexes: Vec<u32> = read.iter().filter(|(key, ..)| *key == ticket(id)).map(|(.., index)| *index).collect();
        ensure!(indexes == [0, 1], "{indexes:?}");
    }
    Ok(())
}

pub fn l3_contents_are_found_by_reference<S: Sessions>(store: &S) -> Verdict {
    put(store, Draft::new(1).answer(7, 1, "Kargonuz yolda.").answer(8, 1, "İade alındı."))?;
    let (first, _) = sealed(7_001, "Kargonuz yolda.");
    let (second, _) = sealed(8_101, "İade alındı.");
    let (absent, _) = sealed(9_001, "");
    let texts = store.begin(&tenant())?.contents(&[second, absent, first])?;
    let found: BTreeSet<&str> = texts.iter().map(|content| content.text.as_str()).collect();
    ensure!(found == BTreeSet::from(["Kargonuz yolda.", "İade alındı."]), "{found:?}");
    Ok(())
}

pub fn l4_documents_are_found_by_digest<S: Sessions>(store: &S) -> Verdict {
    let text = r#"{"version":1,"ad":"şube"}"#;
    put(store, Draft::new(1).document(text))?;
    put(store, Draft::new(2).document(text))?;
    let mut session = store.begin(&tenant())?;
    let found = session.document(&Digest::of(text))?;
    ensure!(found.as_deref() == Some(text), "{found:?}");
    let absent = session.document(&Digest::of("{}"))?;
    ensure!(absent.is_none(), "{absent:?}");
    Ok(())
}

pub fn s1_a_dropped_unit_of_work_leaves_nothing<S: Sessions>(store: &S) -> Verdict {
    let mut session = store.begin(&tenant())?;
    session.write(&everything().0)?;
    drop(session);
    let left = parts(store)?;
    ensure!(left.is_empty(), "{left:?} are there");
    put(store, everything())?;
    let mut session = store.begin(&tenant())?;
    let claimed =
        (session.claim_due(at(60), Span::minutes(1), 9)?.len(), session.claim(at(60), Span::minutes(1), 9)?.len());
    drop(session);
    let mut session = store.begin(&tenant())?;
    let again =
        (session.claim_due(at(60), Span::minutes(1), 9)?.len(), session.claim(at(60), Span::minutes(1), 9)?.len());
    ensure!(claimed == (1, 2) && again == claimed, "{claimed:?}, then {again:?}");
    Ok(())
}

pub fn s2_what_is_committed_is_kept<S: Sessions>(store: &S) -> Verdict {
    for id in 1..=50 {
        put(store, Draft::new(id).new_record(&ticket(id), &[opened(id, "1017", None)]))?;
    }
    let keys: Vec<RecordKey> = (1..=50).map(ticket).collect();
    let facts = store.begin(&tenant())?.gather(&needs(&keys))?;
    let there = keys.iter().filter(|key| facts.record(key).is_some()).count();
    ensure!(there == 50, "{there} of 50 are there");
    let mut wanted = Needs::default();
    wanted.paths.insert(Path::new(ticket(1), Vec::new()));
    ensure!(store.begin(&tenant())?.gather(&wanted)?.record(&ticket(1)).is_some(), "a path without steps is its start");
    Ok(())
}
