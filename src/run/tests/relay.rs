//! Delivering effects.

use std::sync::Mutex;

use super::troubled::{Ending, Trouble, Troubled};
use super::{FORMS, Form, ready};
use crate::conformance::draft::{Draft, at, sealed, tenant, ticket};
use crate::desk::EffectKey;
use crate::limits::DELIVERY_ATTEMPTS_MAX;
use crate::notify::{Delivery, FileNotifier, read_lines};
use crate::record::Version;
use crate::run::{Relay, Relayed};
use crate::store::memory::{EffectStatus, MemoryStore};
use crate::store::{Envelope, blocking};
use crate::time::Span;

fn put(store: &MemoryStore, draft: &Draft) {
    let mut session = blocking::Sessions::begin(store, &tenant()).unwrap();
    blocking::Store::write(&mut session, &draft.0).unwrap();
    blocking::Sessions::commit(store, session).unwrap();
}

/// Three records with two answers and a notice each.
fn posted() -> MemoryStore {
    let store = MemoryStore::new();
    for record in [1, 2, 3] {
        put(&store, &Draft::new(record).answer(record, 1, "bir").answer(record, 1, "iki").notice(record, 1));
    }
    store
}

fn key(record: u128, index: u32) -> EffectKey {
    EffectKey::new(ticket(record), Version::FIRST, index)
}

fn statuses(store: &MemoryStore) -> Vec<EffectStatus> {
    store.outbox(&tenant()).into_iter().map(|row| row.status).collect()
}

#[test]
fn law_22_everything_is_delivered_once_in_the_order_of_its_lane() {
    for form in FORMS {
        let store = posted();
        let delivered = Mutex::new(Vec::new());
        let deliver = |envelope: &Envelope| {
            delivered.lock().unwrap().push(envelope.clone());
            Ok::<_, Trouble>(Delivery::Done)
        };
        let relayed = form.relay(&store, &deliver, at(0), &Relay::default()).unwrap();
        assert_eq!(relayed, Relayed { delivered: 9, ..Relayed::default() });
        let delivered = delivered.into_inner().unwrap();
        for record in [1, 2, 3] {
            let mine = delivered.iter().filter(|envelope| envelope.outgoing.key.record == ticket(record));
            let (answers, notices): (Vec<_>, Vec<_>) = mine.partition(|envelope| envelope.text.is_some());
            let texts: Vec<&str> =
                answers.iter().filter_map(|envelope| envelope.text.as_ref()).map(|text| text.text.as_str()).collect();
            assert_eq!((texts, notices.len()), (vec!["bir", "iki"], 1));
        }
        assert!(statuses(&store).iter().all(|status| *status == EffectStatus::Delivered));
        let again = form.relay(&store, &deliver_nothing, at(9_999), &Relay::default()).unwrap();
        assert_eq!(again, Relayed::default());
    }
}

fn deliver_nothing(envelope: &Envelope) -> Result<Delivery, Trouble> {
    panic!("{} was delivered", envelope.outgoing.key);
}

#[test]
fn law_22_a_dead_receiver_blocks_only_its_lane_and_is_set_aside_in_the_end() {
    for form in FORMS {
        let store = posted();
        let poison = key(1, 0);
        let deliver = |envelope: &Envelope| match &envelope.outgoing.key {
            key if *key == poison => Err(Trouble),
            _ => Ok(Delivery::Done),
        };
        let first = form.relay(&store, &deliver, at(0), &Relay::default()).unwrap();
        assert_eq!((first.delivered, first.retried), (7, 1), "the answer behind it waits, all else goes");
        let mut now = at(0);
        let mut attempts = 1;
        let mut before = Span::ZERO;
        while let EffectStatus::Retrying { at, reason } = statuses(&store).remove(0) {
            assert_eq!(reason, Trouble.to_string());
            let wait = at.since(now);
            assert!(wait > Span::ZERO && wait <= Span::hours(6));
            if attempts < 8 {
                assert!(wait > before || attempts == 1, "attempt {attempts} waits {wait} after {before}");
            }
            before = Span::millis(wait.as_millis() / 2);
            let early = form.relay(&store, &deliver_nothing, at - Span::millis(1), &Relay::default()).unwrap();
            assert_eq!(early, Relayed::default());
            now = at;
            form.relay(&store, &deliver, now, &Relay::default()).unwrap();
            attempts += 1;
        }
        assert_eq!(attempts, DELIVERY_ATTEMPTS_MAX);
        let [poisoned, behind, ..] = &statuses(&store)[..] else { panic!("rows are missing") };
        assert_eq!(*poisoned, EffectStatus::SetAside { reason: Trouble.to_string() });
        assert_eq!(*behind, EffectStatus::Delivered, "what waits behind it goes on");
    }
}

#[test]
fn a_receiver_may_name_the_instant_or_give_up() {
    for form in FORMS {
        let store = posted();
        let deliver = |envelope: &Envelope| {
            Ok::<_, Trouble>(match &envelope.outgoing.key {
                busy if *busy == key(1, 0) && envelope.attempt == 1 => Delivery::RetryAt(at(500)),
                never if *never == key(1, 2) && envelope.attempt == 1 => Delivery::RetryAt(crate::time::Timestamp::MAX),
                hasty if *hasty == key(2, 0) && envelope.attempt == 1 => Delivery::RetryAt(at(-500)),
                gone if *gone == key(3, 0) => Delivery::GaveUp("no such address".into()),
                _ => Delivery::Done,
            })
        };
        let relayed = form.relay(&store, &deliver, at(0), &Relay::default()).unwrap();
        assert_eq!((relayed.delivered, relayed.retried, relayed.set_aside), (3, 3, 1));
        let rows = statuses(&store);
        assert!(matches!(&rows[0], EffectStatus::Retrying { at: when, .. } if *when == at(500)), "{rows:?}");
        assert!(matches!(&rows[3], EffectStatus::Retrying { at: when, .. } if *when > at(0)), "{rows:?}");
        assert_eq!(rows[6], EffectStatus::SetAside { reason: "no such address".into() });
        let relayed = form.relay(&store, &deliver, at(500), &Relay::default()).unwrap();
        assert_eq!(relayed.delivered, 4);
        let relayed = form.relay(&store, &deliver, at(0) + Span::hours(24), &Relay::default()).unwrap();
        assert_eq!(relayed.delivered, 1, "nobody keeps a lane waiting for longer than a day");
    }
}

#[test]
fn law_30_an_erased_text_is_not_delivered() {
    for form in FORMS {
        let store = posted();
        let (erased, _) = sealed(1_001, "bir");
        assert_eq!(store.erase(&tenant(), &[erased.id]), 1);
        let deliver = |envelope: &Envelope| {
            assert_ne!(envelope.outgoing.key, key(1, 0), "an effect without its text was delivered");
            Ok::<_, Trouble>(Delivery::Done)
        };
        let relayed = form.relay(&store, &deliver, at(0), &Relay::default()).unwrap();
        assert_eq!((relayed.delivered, relayed.withdrawn), (8, 1));
        assert_eq!(statuses(&store)[0], EffectStatus::Withdrawn);
    }
}

#[test]
fn promise_5_what_a_dead_worker_held_comes_again_with_the_same_key_and_body() {
    let store = posted();
    let mut dead = blocking::Sessions::begin(&store, &tenant()).unwrap();
    let held = blocking::Outbox::claim(&mut dead, at(0), Span::seconds(30), 1).unwrap().remove(0);
    blocking::Sessions::commit(&store, dead).unwrap();
    let delivered = Mutex::new(Vec::new());
    let deliver = |envelope: &Envelope| {
        delivered.lock().unwrap().push(envelope.clone());
        Ok::<_, Trouble>(Delivery::Done)
    };
    Form::Futures.relay(&store, &deliver, at(29), &Relay::default()).unwrap();
    assert_eq!(delivered.lock().unwrap().len(), 7, "its lane waits");
    Form::Futures.relay(&store, &deliver, at(30), &Relay::default()).unwrap();
    let delivered = delivered.into_inner().unwrap();
    let again = delivered.iter().find(|envelope| envelope.outgoing.key == held.outgoing.key).unwrap();
    assert_eq!((&again.outgoing, &again.text, again.attempt), (&held.outgoing, &held.text, 2));
    assert_eq!(delivered.len(), 9);
}

#[test]
fn promise_5_a_settlement_that_was_lost_is_counted_and_delivered_again() {
    for form in FORMS {
        // The first commit is that of the claim; the second, of the first settlement, breaks.
        let store = Troubled::over(posted()).ending(&[Ending::Fine, Ending::BrokeBefore]);
        let count = Mutex::new(0);
        let deliver = |_: &Envelope| {
            *count.lock().unwrap() += 1;
            Ok::<_, Trouble>(Delivery::Done)
        };
        let relayed = form.relay(&store, &deliver, at(0), &Relay::default()).unwrap();
        assert_eq!((relayed.delivered, relayed.lost), (7, 1));
        let relayed = form.relay(&store, &deliver, at(0) + Relay::default().lease, &Relay::default()).unwrap();
        assert_eq!((relayed.delivered, *count.lock().unwrap()), (2, 10));
    }
}

#[test]
fn promise_6_an_effect_that_kills_its_workers_is_set_aside() {
    let store = MemoryStore::new();
    put(&store, &Draft::new(1).notice(1, 1));
    let mut now = at(0);
    for _ in 0..DELIVERY_ATTEMPTS_MAX {
        let mut dead = blocking::Sessions::begin(&store, &tenant()).unwrap();
        assert_eq!(blocking::Outbox::claim(&mut dead, now, Span::seconds(30), 1).unwrap().len(), 1);
        blocking::Sessions::commit(&store, dead).unwrap();
        now = now + Span::seconds(30);
    }
    let relayed = Form::Blocking.relay(&store, &deliver_nothing, now, &Relay::default()).unwrap();
    assert_eq!(relayed.set_aside, 1);
}

#[test]
fn a_relay_claims_the_head_of_each_lane_once_and_no_more_than_its_limit() {
    for form in FORMS {
        let store = posted();
        let deliver = |_: &Envelope| Ok::<_, Trouble>(Delivery::Done);
        let relay = |limit| form.relay_once(&store, &deliver, at(0), &Relay::default().limit(limit)).unwrap();
        // Three records with a lane of customers and one of staff each; behind each answer waits another.
        assert_eq!([4, 64, 64, 64].map(|limit| relay(limit).claimed()), [4, 4, 1, 0]);
    }
}

/// A message that kills whoever delivers it: a worker that is out of memory, or a host that gives up waiting.
#[test]
fn law_22_an_effect_that_kills_its_workers_takes_no_others_with_it() {
    let store = MemoryStore::new();
    for record in 1..=10 {
        put(&store, &Draft::new(record).notice(record, 1));
    }
    let mut now = at(0);
    let poison = key(1, 0);
    for _ in 0..40 {
        let deliver = |envelope: &Envelope| {
            assert_ne!(envelope.outgoing.key, poison, "out of memory");
            Ok::<_, Trouble>(Delivery::Done)
        };
        let relay = || Form::Blocking.relay(&store, &deliver, now, &Relay::default());
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(relay));
        now = now + Span::minutes(3);
    }
    let rows = statuses(&store);
    assert!(matches!(rows[0], EffectStatus::SetAside { .. }), "{:?}", rows[0]);
    assert!(rows[1..].iter().all(|row| *row == EffectStatus::Delivered), "{rows:?}");
}

#[test]
fn law_3_an_effect_of_a_later_version_is_left_to_it_and_keeps_its_attempts() {
    for form in FORMS {
        let store = MemoryStore::new();
        let mut draft = Draft::new(1).notice(1, 1);
        draft.0.outbox[0].effect = serde_json::from_str(r#"{"webhook":{"url":"erp"}}"#).unwrap();
        put(&store, &draft);
        for round in 0..i64::from(DELIVERY_ATTEMPTS_MAX) * 2 {
            let now = at(0) + Span::minutes(10 * round);
            let relayed = form.relay_once(&store, &deliver_nothing, now, &Relay::default()).unwrap();
            assert_eq!((relayed.left, relayed.claimed()), (1, 1), "round {round}");
            assert_eq!(store.outbox(&tenant())[0].attempts, 0);
            assert!(matches!(statuses(&store)[0], EffectStatus::Retrying { .. }));
        }
    }
}

#[test]
fn eight_relays_deliver_each_effect_once() {
    let store = MemoryStore::new();
    for record in 1..=100 {
        put(&store, &Draft::new(record).answer(record, 1, "bir").answer(record, 1, "iki").notice(record, 1));
    }
    let delivered = Mutex::new(Vec::new());
    let deliver = |envelope: &Envelope| {
        delivered.lock().unwrap().push((envelope.outgoing.key.clone(), envelope.outgoing.lane.clone()));
        Ok::<_, Trouble>(Delivery::Done)
    };
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..20 {
                    Form::Blocking.relay(&store, &deliver, at(0), &Relay::default()).unwrap();
                }
            });
        }
    });
    let delivered = delivered.into_inner().unwrap();
    assert_eq!(delivered.len(), 300, "not each exactly once");
    for record in 1..=100 {
        let lane: Vec<u32> = delivered
            .iter()
            .filter(|(key, lane)| key.record == ticket(record) && *lane == crate::desk::Lane::Customer)
            .map(|(key, _)| key.index)
            .collect();
        assert_eq!(lane, [0, 1]);
    }
}

#[test]
fn a_file_takes_every_effect_in_either_form() {
    for form in FORMS {
        let place = std::env::temp_dir().join(format!("destek-relay-{}-{form:?}.jsonl", std::process::id()));
        let store = posted();
        let notifier = FileNotifier::append(tenant(), &place).unwrap();
        let relay = || match form {
            Form::Futures => ready(crate::run::relay(&store, &tenant(), &notifier, at(0), &Relay::default())).unwrap(),
            Form::Blocking => blocking::relay(&store, &tenant(), &notifier, at(0), &Relay::default()).unwrap(),
        };
        assert_eq!(relay().delivered + relay().delivered, 9);
        let lines = read_lines(&place).unwrap();
        std::fs::remove_file(&place).unwrap();
        assert_eq!(lines.len(), 9);
        assert_eq!(lines.iter().filter(|line| line.text.as_deref() == Some("bir")).count(), 3);
        assert!(lines.iter().all(|line| line.text.is_some()));
    }
}
