//! C6 to C8: what is found, in terms of the traits alone.

use std::collections::BTreeSet;

use super::draft::{
    Draft, Verdict, agent, assigned, customer, employed, ensure, look, look_at, opened, ordered, put, queue_needs,
    queued, request, sealed, shipped, tagged, tenant, ticket, version,
};
use crate::desk::{Event, Needs, Reach, Relation};
use crate::id::{ContentId, OrderId, TicketId};
use crate::limits;
use crate::policy::Digest;
use crate::record::RecordKey;
use crate::store::blocking::{Sessions, Store};
use crate::ticket::{Bond, Event as TicketEvent};

/// Everything about the queue `iade`.
pub fn c6_own_writes_are_seen<S: Sessions>(store: &S) -> Verdict {
    put(store, Draft::new(1).new_record(&ticket(7), &[opened(7, "1017", None), queued("iade", 5)]))?;
    let mut session = store.begin(&tenant())?;
    let seen = look_at(&mut session, &ticket(7))?;
    let own = Draft::new(2)
        .on(&seen, &ticket(7), &[assigned("ayşe")])
        .new_record(&ticket(8), &[opened(8, "1017", None), queued("iade", 1)])
        .new_record(&RecordKey::Agent(agent("ayşe")), &[employed(&["destek"], 5)])
        .load(&agent("ayşe"), 1)
        .forward(&ticket(7), 60);
    session.write(&own.0)?;
    let mut wanted = queue_needs(5, &["destek"]);
    wanted.record(ticket(7));
    wanted.request = Some(request(2));
    let facts = session.gather(&wanted)?;
    let loaded = facts.record(&ticket(7)).ok_or("the ticket is gone")?;
    ensure!(Some(loaded.version) == version(2) && loaded.stamp == 1, "{loaded:?}");
    ensure!(facts.answered.is_some(), "the own request is not answered");
    let found = facts.queue.ok_or("no queue")?;
    ensure!(found.heads == [TicketId::from_u128(8)], "{:?}", found.heads);
    let loads: Vec<u32> = found.roster.iter().map(|member| member.load).collect();
    ensure!(loads == [1], "{loads:?}");
    // Others see none of it, and a second own write builds on the first.
    let facts = look_at(&mut store.begin(&tenant())?, &ticket(7))?;
    ensure!(facts.record(&ticket(7)).map(|loaded| loaded.version) == version(1), "others see it");
    let seen = look_at(&mut session, &ticket(7))?;
    session.write(&Draft::new(3).on(&seen, &ticket(7), &[tagged("acil")]).0)?;
    store.commit(session)?;
    let facts = look_at(&mut store.begin(&tenant())?, &ticket(7))?;
    ensure!(facts.record(&ticket(7)).map(|loaded| loaded.version) == version(3), "not everything was committed");
    Ok(())
}

pub fn c6_absence_is_known<S: Sessions>(store: &S) -> Verdict {
    let facts = look_at(&mut store.begin(&tenant())?, &customer("nobody"))?;
    ensure!(facts.knows(&customer("nobody")), "what was looked for is not among the facts");
    ensure!(!facts.knows(&customer("other")), "what was not looked for is");
    ensure!(facts.record(&customer("nobody")).is_none(), "an absent record was found");
    Ok(())
}

pub fn c6_paths_are_followed_to_their_end<S: Sessions>(store: &S) -> Verdict {
    let open = |id: u128| {
        Event::Customer(crate::customer::Event::TicketOpened {
            ticket: TicketId::from_u128(id),
            order: None,
            claimed: false,
            sent: false,
            told: None,
        })
    };
    let first = Draft::new(1)
        .new_record(&customer("1017"), &[ordered(1), open(7), open(8), open(9)])
        .new_record(&ticket(7), &[opened(7, "1017", Some("A-1"))])
        .new_record(&ticket(8), &[opened(8, "1017", Some("A-2"))])
        .new_record(&RecordKey::Order(OrderId::new("A-2").unwrap()), &[shipped("1017")]);
    put(store, first)?;
    let mut wanted = Needs::default();
    wanted.path(ticket(7), &[Relation::Customer, Relation::OpenTickets, Relation::Order]);
    wanted.path(ticket(99), &[Relation::Customer]);
    let facts = store.begin(&tenant())?.gather(&wanted)?;
    let there: Vec<(String, bool)> =
        facts.records.iter().map(|(key, loaded)| (key.to_string(), loaded.is_some())).collect();
    let order = |id: &str| RecordKey::Order(OrderId::new(id).unwrap());
    let expected = [
        (ticket(7), true),
        (ticket(8), true),
        (ticket(9), false),
        (ticket(99), false),
        (customer("1017"), true),
        (order("A-1"), false),
        (order("A-2"), true),
    ];
    let expected = expected.map(|(key, is)| (key.to_string(), is));
    ensure!(there == expected, "{there:?}");
    Ok(())
}

pub fn c7_heads_come_by_rank_then_id<S: Sessions>(store: &S) -> Verdict {
    let waits = |request: u128, id: u128, rank: i64| {
        let events = [opened(id, "1017", Some("A-1")), queued("iade", rank)];
        Draft::new(request).new_record(&ticket(id), &events)
    };
    let order = RecordKey::Order(OrderId::new("A-1").unwrap());
    put(store, Draft::new(1).new_record(&customer("1017"), &[ordered(1)]).new_record(&order, &[shipped("1017")]))?;
    for (place, (id, rank)) in [(30, 5), (10, 5), (20, 1), (40, 9)].into_iter().enumerate() {
        put(store, waits(10 + place as u128, id, rank))?;
    }
    put(store, Draft::new(20).new_record(&ticket(50), &[opened(50, "1017", None), queued("kargo", 0)]))?;
    let heads = |wanted: usize| -> Result<(Vec<u128>, bool), Box<dyn std::error::Error>> {
        let facts = store.begin(&tenant())?.gather(&queue_needs(wanted, &[]))?;
        let found = facts.queue.clone().ok_or("no queue")?;
        for id in &found.heads {
            for key in [RecordKey::Ticket(*id), customer("1017"), order.clone()] {
                ensure!(facts.record(&key).is_some(), "{key} does not come with the head");
            }
        }
        Ok((found.heads.iter().map(|id| id.as_u128()).collect(), found.more))
    };
    ensure!(heads(3)? == (vec![20, 10, 30], true), "{:?}", heads(3)?);
    ensure!(heads(4)? == (vec![20, 10, 30, 40], false), "{:?}", heads(4)?);
    let seen = look_at(&mut store.begin(&tenant())?, &ticket(20))?;
    put(store, Draft::new(30).on(&seen, &ticket(20), &[assigned("ayşe")]))?;
    ensure!(heads(4)? == (vec![10, 30, 40], false), "an assigned ticket still waits: {:?}", heads(4)?);
    Ok(())
}

pub fn c7_a_roster_has_each_agent_once_with_its_load<S: Sessions>(store: &S) -> Verdict {
    let key = |id: &str| RecordKey::Agent(agent(id));
    let first = Draft::new(1)
        .new_record(&key("zeynep"), &[employed(&["destek", "iade"], 5)])
        .new_record(&key("ayşe"), &[employed(&["destek"], 5)])
        .new_record(&key("ali"), &[employed(&["kargo"], 5)])
        .load(&agent("zeynep"), 3);
    put(store, first)?;
    type Rows = Vec<(String, u64, u32)>;
    let roster = || -> Result<Rows, Box<dyn std::error::Error>> {
        let facts = store.begin(&tenant())?.gather(&queue_needs(0, &["iade", "destek"]))?;
        let found = facts.queue.ok_or("no queue")?;
        let members = found.roster.iter().map(|member| {
            let id = member.agent().map(|agent| agent.id.to_string()).unwrap_or_default();
            (id, member.version.number(), member.load)
        });
        Ok(members.collect())
    };
    let row = |id: &str, version, load| (id.to_owned(), version, load);
    ensure!(roster()? == [row("ayşe", 1, 0), row("zeynep", 1, 3)], "{:?}", roster()?);
    put(store, Draft::new(2).load(&agent("ayşe"), 1).load(&agent("zeynep"), -1))?;
    ensure!(roster()? == [row("ayşe", 1, 1), row("zeynep", 1, 2)], "{:?}", roster()?);
    let seen = look(&mut store.begin(&tenant())?, &[key("ayşe"), key("ali"), key("zeynep")])?;
    put(store, Draft::new(3).on(&seen, &key("ayşe"), &[employed(&["destek"], 9)]))?;
    ensure!(roster()? == [row("ayşe", 2, 1), row("zeynep", 1, 2)], "{:?}", roster()?);
    let moved = Draft::new(4).on(&seen, &key("ali"), &[employed(&["iade"], 5)]).on(
        &seen,
        &key("zeynep"),
        &[employed(&["kargo"], 5)],
    );
    put(store, moved)?;
    ensure!(roster()? == [row("ali", 2, 0), row("ayşe", 2, 1)], "{:?}", roster()?);
    Ok(())
}

pub fn c8_numbers_are_unique_and_nobody_waits<S: Sessions>(store: &S) -> Verdict {
    let numbered = Needs { number: true, ..Needs::default() };
    let (mut one, mut other) = (store.begin(&tenant())?, store.begin(&tenant())?);
    let mut numbers = vec![one.gather(&numbered)?.number, other.gather(&numbered)?.number];
    drop(one);
    store.commit(other)?;
    numbers.push(store.begin(&tenant())?.gather(&numbered)?.number);
    let distinct: BTreeSet<u64> = numbers.iter().flatten().copied().collect();
    ensure!(distinct.len() == 3 && !distinct.contains(&0), "{numbers:?}");
    let unasked = store.begin(&tenant())?.gather(&Needs::default())?.number;
    ensure!(unasked.is_none(), "{unasked:?}");
    Ok(())
}

pub fn c12_a_history_is_whole_and_in_order<S: Sessions>(store: &S) -> Verdict {
    put(store, Draft::new(1).new_record(&ticket(7), &[opened(7, "1017", None), queued("iade", 5)]))?;
    let mut session = store.begin(&tenant())?;
    let seen = look_at(&mut session, &ticket(7))?;
    session.write(&Draft::new(2).on(&seen, &ticket(7), &[assigned("ayşe"), tagged("acil")]).0)?;
    let mut wanted = Needs::default();
    wanted.history.extend([ticket(7), ticket(8)]);
    let facts = session.gather(&wanted)?;
    let log = facts.history.get(&ticket(7)).ok_or("no history")?;
    let places: Vec<_> = log.iter().map(|recorded| (recorded.version.number(), recorded.index)).collect();
    ensure!(places == [(1, 0), (1, 1), (2, 0), (2, 1)], "{places:?}");
    ensure!(facts.history.get(&ticket(8)).is_some_and(|log| log.is_empty()), "what is not there has no empty log");
    let facts = store.begin(&tenant())?.gather(&wanted)?;
    ensure!(facts.history.get(&ticket(7)).is_some_and(|log| log.len() == 2), "others see what is not committed");
    let unasked = store.begin(&tenant())?.gather(&Needs::default())?;
    ensure!(unasked.history.is_empty(), "nobody asked");
    Ok(())
}

pub fn c12_of_a_history_too_long_one_event_more_is_given<S: Sessions>(store: &S) -> Verdict {
    let mut events = vec![opened(7, "1017", None)];
    events.extend((0..limits::HISTORY_EVENTS_MAX + 5).map(|_| tagged("acil")));
    put(store, Draft::new(1).new_record(&ticket(7), &events))?;
    let mut wanted = Needs::default();
    wanted.history.insert(ticket(7));
    let facts = store.begin(&tenant())?.gather(&wanted)?;
    let size = facts.history.get(&ticket(7)).map(|log| log.len());
    ensure!(size == Some(limits::HISTORY_EVENTS_MAX + 1), "{size:?}");
    Ok(())
}

pub fn c13_a_relation_is_followed_to_its_end<S: Sessions>(store: &S) -> Verdict {
    let count = limits::LINK_REACH_MAX as u128 + 3;
    let blocks = |other: u128| {
        let (bond, other) = (Bond::Blocks, TicketId::from_u128(other));
        Event::Ticket(TicketEvent::Linked { bond, other, heard: 0 })
    };
    let mut draft = Draft::new(1);
    for number in 1..=count {
        draft = draft.new_record(&ticket(number), &[opened(number, "1017", None), blocks(number % count + 1)]);
    }
    let seen = Needs { reach: [Reach::new(ticket(1), Relation::Linked(Bond::Blocks))].into(), ..Needs::default() };
    put(store, draft)?;
    let facts = store.begin(&tenant())?.gather(&seen)?;
    let found: BTreeSet<_> = facts.records.keys().cloned().collect();
    let wanted: BTreeSet<_> = (1..=limits::LINK_REACH_MAX as u128 + 1).map(ticket).collect();
    ensure!(found == wanted, "{} records were found", found.len());
    let unasked = store.begin(&tenant())?.gather(&Needs::default())?;
    ensure!(unasked.records.is_empty(), "nobody asked");
    Ok(())
}

pub fn c14_documents_and_texts_are_found_or_known_to_be_absent<S: Sessions>(store: &S) -> Verdict {
    let ((old, _), (own, _)) = (sealed(7_001, "Kargonuz yolda."), sealed(8_001, "İade alındı."));
    put(store, Draft::new(1).answer(7, 1, "Kargonuz yolda.").document("[1]"))?;
    let mut session = store.begin(&tenant())?;
    session.write(&Draft::new(2).answer(8, 1, "İade alındı.").document("[2]").0)?;
    let absent = ContentId::from_u128(99);
    let mut wanted = Needs::default();
    wanted.documents.extend(["[1]", "[2]", "[3]"].map(Digest::of));
    wanted.contents.extend([old.id, own.id, absent]);
    let facts = session.gather(&wanted)?;
    let texts = ["[1]", "[2]", "[3]"].map(|text| facts.documents.get(&Digest::of(text)).map(Option::as_deref));
    ensure!(texts == [Some(Some("[1]")), Some(Some("[2]")), Some(None)], "{texts:?}");
    let said = [old.id, own.id, absent].map(|id| facts.contents.get(&id).map(Option::is_some));
    ensure!(said == [Some(true), Some(true), Some(false)], "{said:?}");
    let others = store.begin(&tenant())?.gather(&wanted)?;
    ensure!(others.documents.get(&Digest::of("[2]")) == Some(&None), "others see what is not committed");
    ensure!(others.contents.get(&own.id) == Some(&None), "others see what is not committed");
    let unasked = store.begin(&tenant())?.gather(&Needs::default())?;
    ensure!(unasked.documents.is_empty() && unasked.contents.is_empty(), "nobody asked");
    Ok(())
}
