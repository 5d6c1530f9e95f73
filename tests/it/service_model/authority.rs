//! What a role may give alone, and what takes the word of several.

use destek::desk::{Event, Noticed, Recipient};
use destek::id::{ApprovalId, TicketId};
use destek::language::Language;
use destek::money::{Currency, Money};
use destek::ticket::{self, ApprovalEnd, Approve, AskApproval, Decline, Grant, Proposal};

use super::*;

fn give(ticket: TicketId, what: &str, amount: &str) -> Grant {
    Grant::new(ticket, name(what), amount.parse::<Money>().unwrap())
}

/// A shop with an agent, three leads and a complaint about an iron.
fn shop() -> (Shop, TicketId) {
    let mut shop = Shop::opens(MORNING);
    shop.hires("ece", "temsilci", "destek");
    for lead in ["leyla", "lale", "levent"] {
        shop.hires(lead, "lider", "iade ekibi");
    }
    let ticket = shop.writes("deniz", "Ütü bozuk çıktı");
    (shop, ticket)
}

/// Asks three leads for a refund above everybody's authority.
fn asks(shop: &mut Shop, ticket: TicketId) -> ApprovalId {
    let id = ApprovalId::from_u128(shop.next());
    let refund = Proposal::Grant { grant: name("iade"), amount: "6200 TRY".parse().unwrap() };
    let ask = AskApproval::new(ticket, id, refund).reason("Ütü halıyı da yaktı");
    let ask = ["leyla", "lale", "levent"].into_iter().fold(ask, |ask, lead| ask.approver(agent(lead)));
    shop.does("ece", ask).unwrap();
    id
}

fn given(shop: &Shop, ticket: TicketId) -> Vec<String> {
    let of_grant = |recorded: destek::desk::Recorded| match recorded.event {
        Event::Ticket(ticket::Event::Granted { grant, amount, .. }) => Some(format!("{grant} {amount}")),
        _ => None,
    };
    shop.scene.log(&RecordKey::Ticket(ticket)).into_iter().filter_map(of_grant).collect()
}

/// How the agent was told that it ended.
fn ends(shop: &Shop) -> Vec<ApprovalEnd> {
    let told = shop.notices().into_iter().filter_map(|(to, what)| match what {
        Noticed::ApprovalEnded { how, .. } if to == Recipient::Agent(agent("ece")) => Some(how),
        _ => None,
    });
    told.collect()
}

#[test]
fn s30_a_role_gives_alone_what_its_authority_allows() {
    let (mut shop, ticket) = shop();
    let give = |what: &str, amount: &str| give(ticket, what, amount);

    shop.does("ece", give("iade", "500 TRY").reason("Ütü bozuk")).unwrap();
    let before = (shop.ticket(ticket), shop.scene.log(&RecordKey::Ticket(ticket)), shop.scene.effects().len());
    for (who, grant, code) in [
        ("ece", give("iade", "500.01 TRY"), "above_authority"),
        ("ece", give("hediye çeki", "1 TRY"), "grant_not_allowed"),
        ("ece", give("iade", "10 USD"), "grant_not_allowed"),
        ("ece", give("iade", "0 TRY"), "bad_amount"),
        ("leyla", give("iade", "5000.01 TRY"), "above_authority"),
    ] {
        assert_eq!(shop.does(who, grant.clone()).unwrap_err().code(), code, "{who} {grant:?}");
    }
    let refused = shop.does("ece", give("iade", "1200 TRY")).unwrap_err().to_string();
    assert!(refused.contains("500.00 TRY") && refused.contains("ask for approval, or somebody with more"), "{refused}");
    let after = (shop.ticket(ticket), shop.scene.log(&RecordKey::Ticket(ticket)), shop.scene.effects().len());
    assert_eq!(after, before, "a refused grant leaves nothing behind");

    shop.does("leyla", give("iade", "1200 TRY")).unwrap();
    shop.does("leyla", give("hediye çeki", "50 EUR")).unwrap();
    assert_eq!(given(&shop, ticket), ["iade 500.00 TRY", "iade 1200.00 TRY", "hediye çeki 50.00 EUR"]);
}

#[test]
fn s30_above_it_two_of_three_approve_and_it_is_given_once() {
    let (mut shop, ticket) = shop();
    for who in ["ece", "leyla"] {
        assert_eq!(shop.does(who, give(ticket, "iade", "6200 TRY")).unwrap_err().code(), "above_authority");
    }
    let id = asks(&mut shop, ticket);
    for lead in ["leyla", "lale", "levent"] {
        let asked = (Recipient::Agent(agent(lead)), Noticed::ApprovalAsked { approval: id });
        assert!(shop.notices().contains(&asked), "{lead} is asked");
    }
    assert_eq!(shop.does("ece", Approve::new(ticket, id)).unwrap_err().code(), "forbidden", "agents do not answer");

    shop.does("lale", Approve::new(ticket, id)).unwrap();
    assert_eq!(shop.does("lale", Approve::new(ticket, id)).unwrap_err().code(), "already_answered");
    assert_eq!(given(&shop, ticket), Vec::<String>::new(), "one of two is not enough");
    shop.scene.advance(Span::hours(1));
    shop.does("levent", Approve::new(ticket, id)).unwrap();
    assert_eq!(given(&shop, ticket), ["iade 6200.00 TRY"]);
    assert_eq!(shop.does("leyla", Approve::new(ticket, id)).unwrap_err().code(), "no_approval", "it is over");
    assert_eq!(given(&shop, ticket), ["iade 6200.00 TRY"], "and given once");
    assert_eq!(shop.ticket(ticket).granted(&name("iade"), Currency::TRY), "6200 TRY".parse().unwrap());
    assert_eq!(ends(&shop), [ApprovalEnd::Passed], "whoever asked hears of it, once");
}

#[test]
fn s30_declined_with_a_reason_nothing_is_given() {
    let (mut shop, ticket) = shop();
    let id = asks(&mut shop, ticket);
    shop.does("leyla", Approve::new(ticket, id)).unwrap();
    shop.does("lale", Decline::new(ticket, id, "Halıyı önce görelim")).unwrap();
    assert!(ends(&shop).is_empty(), "two of three can still agree");
    shop.does("levent", Decline::new(ticket, id, "Sigorta öder")).unwrap();
    assert_eq!((ends(&shop), given(&shop, ticket)), (vec![ApprovalEnd::Declined], Vec::new()));

    let ece = shop.scene.state(&RecordKey::Agent(agent("ece"))).unwrap();
    let (policy, actor) = (shop.scene.desk().policy().clone(), Actor::Agent(agent("ece")));
    let dossier = shop.scene.dossier(ticket).unwrap();
    let seen = view::for_team(&policy, (&actor, ece.agent()), &dossier, shop.scene.now()).unwrap();
    let texts: Vec<String> = seen.timeline.iter().filter_map(|entry| entry.text.clone()).collect();
    for reason in ["Halıyı önce görelim", "Sigorta öder"] {
        assert!(texts.iter().any(|text| text == reason), "`{reason}` is not in {texts:?}");
    }
    let shown = view::for_customer(&Actor::verified(customer("deniz")), &dossier).unwrap();
    let shown = serde_json::to_string(&shown).unwrap();
    assert!(!shown.contains("Sigorta") && !shown.contains("onay"), "the customer reads nothing of it: {shown}");
    assert!(ApprovalEnd::Declined.text(Language::Turkish).contains("reddedildi"));
}

#[test]
fn s30_what_has_changed_meanwhile_is_void_and_what_nobody_answers_expires() {
    let (mut shop, ticket) = shop();
    let stale = asks(&mut shop, ticket);
    shop.does("leyla", Approve::new(ticket, stale)).unwrap();
    shop.writes("deniz", "Ütü çalışıyor, yalnız halı yandı");
    assert_eq!(ends(&shop), [ApprovalEnd::Void { by: name("message_received") }]);
    assert_eq!(shop.does("lale", Approve::new(ticket, stale)).unwrap_err().code(), "no_approval");
    assert_eq!(
        given(&shop, ticket),
        Vec::<String>::new(),
        "what was approved of the old matter is not done on the new"
    );

    let unanswered = asks(&mut shop, ticket);
    // Eight office hours from ten in the morning, with a lunch break, are over on Saturday at half past eleven.
    let until: Timestamp = "2026-11-28T08:00:00Z".parse().unwrap();
    assert_eq!(shop.ticket(ticket).approvals()[&unanswered].expires_at, until);
    shop.scene.advance_to(until);
    assert_eq!(ends(&shop).last(), Some(&ApprovalEnd::Expired));
    assert_eq!(shop.does("lale", Approve::new(ticket, unanswered)).unwrap_err().code(), "no_approval");
    assert_eq!(given(&shop, ticket), Vec::<String>::new());
}
