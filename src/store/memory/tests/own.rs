//! What only the memory store has: state of another fold, erasure, damage on purpose, both forms at once.

use std::sync::Arc;

use crate::conformance::draft::{
    Draft, agent, at, customer, employed, envelope, look_at, needs, opened, ordered, put, queue, queue_needs, queued,
    request, sealed, tagged, tenant, ticket, version,
};
use crate::desk::{Event, FOLD, Needs, QueueNeed, State, fold};
use crate::id::{ContentId, TeamId};
use crate::record::{RecordKey, Version};
use crate::store::blocking::{Log, Outbox, Sessions, Store};
use crate::store::memory::{EffectStatus, MemoryStore};
use crate::store::{CommitError, Conflict};
use crate::testing::ready;
use crate::time::Span;

fn orders(state: &State) -> Option<u32> {
    state.customer().map(|customer| customer.orders)
}

#[test]
fn c6_state_of_another_fold_is_folded_anew() {
    let store = MemoryStore::new();
    let key = customer("1017");
    put(&store, Draft::new(1).new_record(&key, &[ordered(3)])).unwrap();
    let seen = look_at(&mut Sessions::begin(&store, &tenant()).unwrap(), &key).unwrap();
    put(&store, Draft::new(2).on(&seen, &key, &[ordered(5)])).unwrap();
    let mut wrong = (*seen.record(&key).unwrap().state).clone();
    if let State::Customer(customer) = &mut wrong {
        customer.orders = 99;
    }
    // Of the present fold, stored state is believed; of another one, only the log is.
    assert!(store.tamper(&tenant()).restate(&key, FOLD, wrong.clone()));
    let mut session = Sessions::begin(&store, &tenant()).unwrap();
    let found = look_at(&mut session, &key).unwrap();
    assert_eq!(orders(&found.record(&key).unwrap().state), Some(99));
    for fold in [FOLD - 1, FOLD + 1] {
        assert!(store.tamper(&tenant()).restate(&key, fold, wrong.clone()));
        let found = look_at(&mut session, &key).unwrap();
        let loaded = found.record(&key).unwrap();
        assert_eq!((orders(&loaded.state), loaded.sealed), (Some(5), false));
        assert_eq!(loaded.version, Version::new(2).unwrap());
    }
    // It is folded once, and stays.
    assert_eq!(orders(&store.records(&tenant())[0].2), Some(5));
}

#[test]
fn c6_state_of_another_fold_takes_its_new_place_in_the_queue() {
    let store = MemoryStore::new();
    let key = ticket(7);
    put(&store, Draft::new(1).new_record(&key, &[opened(7, "1017", None), queued("iade", 1)])).unwrap();
    let mut elsewhere = (*store.records(&tenant())[0].2).clone();
    if let State::Ticket(ticket) = &mut elsewhere {
        ticket.place = None;
    }
    store.tamper(&tenant()).restate(&key, FOLD - 1, elsewhere);
    let mut session = Sessions::begin(&store, &tenant()).unwrap();
    assert!(session.gather(&queue_needs(9, &[])).unwrap().queue.unwrap().heads.is_empty());
    assert!(look_at(&mut session, &key).unwrap().record(&key).unwrap().state.ticket().unwrap().place.is_some());
    assert_eq!(session.gather(&queue_needs(9, &[])).unwrap().queue.unwrap().heads.len(), 1);
}

#[test]
fn law_3_what_a_later_version_wrote_is_sealed() {
    let store = MemoryStore::new();
    let key = customer("1017");
    put(&store, Draft::new(1).new_record(&key, &[ordered(3)])).unwrap();
    let unknown = Event::Unknown(serde_json::json!({"customer": {"teleported": {}}}));
    let later = envelope(&key, Version::new(2).unwrap(), 0, at(9), request(2), unknown);
    assert!(store.tamper(&tenant()).append(&key, later));
    let mut session = Sessions::begin(&store, &tenant()).unwrap();
    let found = look_at(&mut session, &key).unwrap();
    let loaded = found.record(&key).unwrap();
    assert!(loaded.sealed && loaded.recorded == at(9));
    assert_eq!(loaded.version, Version::new(2).unwrap());
    // Also when the state itself is of a later fold, and the log holds an event of it.
    let mut event = envelope(&key, Version::new(3).unwrap(), 0, at(10), request(3), ordered(8));
    event.fold = FOLD + 1;
    let state = (*loaded.state).clone();
    store.tamper(&tenant()).append(&key, event);
    store.tamper(&tenant()).restate(&key, FOLD + 1, state);
    let found = look_at(&mut session, &key).unwrap();
    assert!(found.record(&key).unwrap().sealed);
    assert_eq!(session.events(&key, None, 9).unwrap().len(), 3, "it can be read");
}

#[test]
fn law_30_an_effect_whose_text_is_erased_is_withdrawn() {
    let store = MemoryStore::new();
    put(&store, Draft::new(1).answer(7, 1, "Kargonuz yolda.").answer(8, 1, "İade alındı.")).unwrap();
    let (reference, _) = sealed(7_001, "Kargonuz yolda.");
    assert_eq!(store.erase(&tenant(), &[reference.id, ContentId::from_u128(99)]), 1);
    assert_eq!(store.erase(&tenant(), &[reference.id]), 0);
    let mut session = Sessions::begin(&store, &tenant()).unwrap();
    assert!(session.contents(&[reference]).unwrap().is_empty());
    let claimed = session.claim(at(0), Span::minutes(1), 9).unwrap();
    let withdrawn: Vec<bool> = claimed.iter().map(|envelope| envelope.is_withdrawn()).collect();
    assert_eq!(withdrawn, [true, false]);
    assert!(!format!("{store:?}").contains("İade"), "Debug shows a text");
}

#[test]
fn damage_is_seen_where_it_was_done() {
    let store = MemoryStore::new();
    let key = ticket(7);
    put(&store, Draft::new(1).new_record(&key, &[opened(7, "1017", None), tagged("a"), tagged("b")]).notice(7, 1))
        .unwrap();
    put(&store, Draft::new(2).new_record(&customer("1017"), &[ordered(1)])).unwrap();
    let mut session = Sessions::begin(&store, &tenant()).unwrap();
    let log = session.events(&key, None, 9).unwrap();
    assert_eq!(fold(&key, &log).state.as_ref(), Some(&*store.records(&tenant())[0].2));
    let tamper = store.tamper(&tenant());
    assert!(tamper.lose_event(&key, Version::FIRST, 1));
    assert!(!tamper.lose_event(&key, Version::FIRST, 1));
    let log = session.events(&key, None, 9).unwrap();
    assert_ne!(fold(&key, &log).state.as_ref(), Some(&*store.records(&tenant())[0].2));
    let feed = session.feed(crate::store::Cursor::START, 9).unwrap().0;
    let indexes: Vec<u32> = feed.iter().map(|event| event.index).collect();
    assert_eq!(indexes, [0, 2, 0]);
    let effect = store.outbox(&tenant())[0].outgoing.key.clone();
    assert!(tamper.lose_effect(&effect) && !tamper.lose_effect(&effect));
    assert!(store.outbox(&tenant()).is_empty());
    assert!(session.claim(at(0), Span::minutes(1), 9).unwrap().is_empty());
}

#[test]
fn what_is_stored_can_be_read() {
    let store = MemoryStore::new();
    put(&store, Draft::new(1).set(&ticket(7), Some(5), 0).notice(7, 1).load(&agent("ayşe"), 2)).unwrap();
    let mut session = Sessions::begin(&store, &tenant()).unwrap();
    session.claim(at(0), Span::minutes(1), 1).unwrap();
    Sessions::commit(&store, session).unwrap();
    let outbox = store.outbox(&tenant());
    assert_eq!((outbox.len(), outbox[0].attempts), (1, 1));
    assert_eq!(outbox[0].status, EffectStatus::Claimed { until: at(60) });
    let wakes = store.wakes(&tenant());
    assert_eq!((wakes.len(), wakes[0].at, wakes[0].stamp, wakes[0].parked), (1, Some(at(5)), 1, false));
    assert!(wakes[0].basis.is_some());
    assert_eq!(store.loads(&tenant())[0].2, 2);
}

#[test]
fn a_roster_in_somebodys_hands_does_not_change() {
    let store = MemoryStore::new();
    let ayşe = agent("ayşe");
    put(&store, Draft::new(1).new_record(&RecordKey::Agent(ayşe.clone()), &[employed(&["destek"], 5)])).unwrap();
    let teams = [TeamId::new("destek").unwrap()].into();
    let wanted = Needs { queue: Some(QueueNeed { queue: queue("iade"), heads: 0, teams }), ..Needs::default() };
    let roster = || Sessions::begin(&store, &tenant()).unwrap().gather(&wanted).unwrap().queue.unwrap().roster;
    let held = roster();
    assert!(Arc::ptr_eq(&held, &roster()), "made anew although nothing changed");
    put(&store, Draft::new(2).load(&ayşe, 1)).unwrap();
    assert_eq!((held[0].load, roster()[0].load), (0, 1));
    // When nobody reads it, it is changed where it stands: a drain does not copy a thousand agents to add one.
    drop(held);
    let before = roster().as_ptr();
    put(&store, Draft::new(3).load(&ayşe, 1)).unwrap();
    assert_eq!((roster().as_ptr(), roster()[0].load), (before, 2));
}

#[test]
fn both_forms_do_the_same() {
    let store = MemoryStore::new();
    let draft = Draft::new(1).new_record(&customer("1017"), &[ordered(1)]);
    ready(futures::write_twice(&store, &draft));
    let facts = look_at(&mut Sessions::begin(&store, &tenant()).unwrap(), &customer("1017")).unwrap();
    assert_eq!(facts.record(&customer("1017")).map(|loaded| loaded.version), version(1));
}

#[test]
fn two_writes_of_one_unit_of_work_are_one_commit() {
    let store = MemoryStore::new();
    put(&store, Draft::new(1).new_record(&customer("a"), &[ordered(1)])).unwrap();
    let mut session = Sessions::begin(&store, &tenant()).unwrap();
    let seen = look_at(&mut session, &customer("a")).unwrap();
    session.write(&Draft::new(2).new_record(&customer("b"), &[ordered(1)]).0).unwrap();
    session.write(&Draft::new(3).on(&seen, &customer("a"), &[ordered(2)]).0).unwrap();
    put(&store, Draft::new(4).on(&seen, &customer("a"), &[ordered(3)])).unwrap();
    let outcome = Sessions::commit(&store, session);
    assert!(matches!(outcome, Err(CommitError::Conflict(Conflict::Guard(_)))), "{outcome:?}");
    let keys: Vec<String> = store.records(&tenant()).into_iter().map(|(key, ..)| key.to_string()).collect();
    assert_eq!(keys, ["customer/a"], "half of it was committed");
}

#[test]
fn a_dead_thread_leaves_the_store_usable() {
    let store = MemoryStore::new();
    let dead = store.clone();
    let outcome = std::thread::spawn(move || {
        let mut session = Sessions::begin(&dead, &tenant()).unwrap();
        session.write(&Draft::new(1).new_record(&customer("a"), &[ordered(1)]).0).unwrap();
        panic!("on purpose");
    })
    .join();
    assert!(outcome.is_err());
    put(&store, Draft::new(2).new_record(&customer("b"), &[ordered(1)])).unwrap();
    assert_eq!(store.records(&tenant()).len(), 1);
}

/// The other form, where its traits alone are in scope.
mod futures {
    use super::{Draft, customer, needs, tenant};
    use crate::store::{MemoryStore, Sessions, Store};

    pub(super) async fn write_twice(store: &MemoryStore, draft: &Draft) {
        let mut session = store.begin(&tenant()).await.unwrap();
        session.write(&draft.0).await.unwrap();
        let facts = session.gather(&needs(&[customer("1017")])).await.unwrap();
        assert!(facts.record(&customer("1017")).is_some());
        store.commit(session).await.unwrap();
        let mut late = store.begin(&tenant()).await.unwrap();
        assert!(late.write(&draft.0).await.is_err());
    }
}
