//! Two agents on one ticket at once.

use destek::desk::Outdated;
use destek::record::Version;
use destek::ticket::{Classify, Part, PartValue, Prioritize};

use super::*;

fn version(shop: &Shop, ticket: TicketId) -> Version {
    shop.scene.log(&RecordKey::Ticket(ticket)).last().unwrap().version
}

/// What an agent asks who looked at a version.
fn asks(shop: &mut Shop, who: &str, seen: Version, command: impl Into<ticket::Command>) -> Result<Receipt, Rejection> {
    let request = shop.scene.request(Actor::Agent(agent(who)), command.into()).seen(seen);
    shop.scene.execute(&request)
}

fn outdated(rejection: Rejection) -> Outdated {
    match rejection {
        Rejection::Outdated(outdated) | Rejection::Overtaken(outdated) => *outdated,
        other => panic!("{other:?}"),
    }
}

#[test]
fn s02_two_agents_who_edit_at_once_lose_nothing() {
    let mut shop = Shop::opens(MORNING);
    for who in ["ayşe", "ece"] {
        shop.hires(who, "temsilci", "destek");
    }
    let ticket = shop.writes("deniz", "Fatura lütfen");
    let seen = version(&shop, ticket);

    // Both have the same picture before them; the one changes the priority, the other the kind: both hold.
    asks(&mut shop, "ayşe", seen, Prioritize::new(ticket).priority(name("yüksek"))).unwrap();
    asks(&mut shop, "ece", seen, Classify::new(ticket).kind(name("öneri"))).unwrap();
    let both = shop.ticket(ticket);
    assert_eq!((both.priority().name.as_str(), both.kind().name.as_str()), ("yüksek", "öneri"));

    // The same part: the later one is shown both values, and nothing is overwritten.
    let low = Prioritize::new(ticket).priority(name("düşük"));
    let shown = outdated(asks(&mut shop, "ece", seen, low.clone()).unwrap_err());
    let [conflict] = shown.conflicts.as_slice() else { panic!("{shown:?}") };
    assert_eq!(conflict.part, Part::Priority);
    assert_eq!(
        (&conflict.wanted, &conflict.now),
        (&Some(PartValue::Name(name("düşük"))), &PartValue::Name(name("yüksek")))
    );
    assert_eq!(shop.ticket(ticket).priority().name, name("yüksek"));
    asks(&mut shop, "ece", shown.current, low).unwrap();
    assert_eq!(shop.ticket(ticket).priority().name, name("düşük"), "whoever has seen both may decide");

    // Two answers at once: the customer gets one, and the second agent sees it before he adds his.
    let seen = version(&shop, ticket);
    let [first, second] = [(); 2].map(|()| MessageId::from_u128(shop.next()));
    asks(&mut shop, "ayşe", seen, Reply::new(ticket, first, "Ekte.")).unwrap();
    let late = Reply::new(ticket, second, "Fatura ekte!");
    let refused = asks(&mut shop, "ece", seen, late.clone()).unwrap_err();
    assert_eq!(refused.code(), "overtaken");
    let sent = |shop: &Shop| {
        let sends = |outgoing: &destek::desk::Outgoing| matches!(outgoing.effect, Effect::Send { .. });
        shop.scene.effects().iter().filter(|outgoing| sends(outgoing)).count()
    };
    assert_eq!(sent(&shop), 1);
    let answered = outdated(refused);
    asks(&mut shop, "ece", answered.current, late).unwrap();
    assert_eq!(sent(&shop), 2, "and may say it all the same");
}
