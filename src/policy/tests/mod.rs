//! The book as a whole; findings and reading have files of their own.

mod findings;
#[cfg(all(feature = "json", feature = "toml"))]
mod reading;

use super::*;
use crate::actor::{Right, Scope};
use crate::finding::Severity;
use crate::priority::Grade;
use crate::rule::Subject;
use crate::sla::Metric;
use crate::text::{fold, is_thanks};
use crate::ticket::{Category, HoldKind};
use crate::time::Timestamp;

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// The smallest document that compiles.
fn smallest() -> PolicyDoc {
    let mut doc = PolicyDoc::default();
    let mut queue = QueueDoc::new(QueueId::new("genel").unwrap());
    queue.teams.push(TeamId::new("destek").unwrap());
    doc.queues.push(queue);
    doc.default_queue = Some(QueueId::new("genel").unwrap());
    doc
}

fn doc(json: &str) -> PolicyDoc {
    serde_json::from_str(json).unwrap()
}

#[test]
fn a_policy_can_be_shared() {
    fn shared<T: Send + Sync + Clone>() {}
    shared::<Policy>();
}

#[test]
fn the_sample_says_what_it_says() {
    let policy = sample().compile().unwrap();
    assert_eq!(policy.warnings(), []);
    let iade = policy.queue(&QueueId::new("iade").unwrap()).unwrap();
    assert_eq!((iade.teams[0].as_str(), iade.skills[&name("iade")]), ("iade-ekibi", 2));
    assert_eq!(iade.tell_after, Some("15m".parse().unwrap()));
    let team = TeamId::new("iade-ekibi").unwrap();
    assert_eq!(policy.queues_of(&team).map(|queue| queue.id.as_str()).collect::<Vec<_>>(), ["iade"]);
    assert_eq!(policy.queues().len(), 3);
    let body = fold("İADEMİ istiyorum");
    let subject = Subject::new().text(&body);
    let route = policy.routes().iter().find(|route| route.matcher.matches(&subject)).unwrap();
    assert_eq!(route.queue.as_str(), "iade");
    let sla = policy.slas().iter().find(|sla| sla.fits(&subject)).unwrap();
    assert_eq!(sla.name.as_str(), "herkes", "not a vip");
    let resolution = sla.target(Metric::Resolution).unwrap();
    assert_eq!(resolution.pauses_on, [HoldKind::Customer, HoldKind::ThirdParty].into());
    let vip = &policy.slas()[0];
    assert!(vip.target(Metric::FirstResponse).unwrap().pauses_on.is_empty());
    assert_eq!(vip.target(Metric::Resolution).unwrap().pauses_on, [HoldKind::Customer].into());
    assert_eq!(policy.head_start(Level::Urgent), Span::hours(4));
    assert_eq!(policy.head_start(Level::Low), Span::ZERO);
    assert_eq!(policy.rules().len(), 2);
    assert!(is_thanks(&fold("Emeğinize sağlık!"), policy.thanks()) && is_thanks(&fold("teşekkürler"), policy.thanks()));
    let rated = policy.scale().rate(Grade::Medium, Grade::Medium, Some(&name("vip")));
    assert_eq!(rated.name.as_str(), "yüksek");
    assert_eq!(policy.silence().unwrap().after, "72h".parse().unwrap());
    let agent = policy.role(&name("agent")).unwrap();
    let limit = |grant: &str, of: &str| {
        let money: crate::money::Money = of.parse().unwrap();
        agent.authority(&name(grant), money.currency()).map(|limit| limit.to_string())
    };
    assert_eq!(limit("voucher", "1 EUR").as_deref(), Some("10.00 EUR"));
    assert_eq!(limit("refund", "1 EUR"), None);
    assert!(!agent.rights.contains(&Right::Close) && agent.scope == Scope::Team);
}

#[test]
fn a_calendar_of_the_sample_counts() {
    let policy = sample().compile().unwrap();
    let office = policy.calendars().calendar(Some(&name("office"))).unwrap();
    assert_eq!(office.name(), Some(&name("office")));
    // Wednesday 28 October 2026 closes at 13:00 and has its lunch break from 12:30; Thursday is a holiday.
    let noon: Timestamp = "2026-10-28T12:00:00+03:00".parse().unwrap();
    let friday: Timestamp = "2026-10-30T10:00:00+03:00".parse().unwrap();
    assert_eq!(office.elapsed(noon, friday), Span::minutes(90));
}

#[test]
fn what_is_left_out_takes_its_default() {
    let policy = smallest().compile().unwrap();
    assert_eq!(policy.warnings(), []);
    assert_eq!(policy.language(), Language::Turkish);
    assert!(policy.silence().is_none() && policy.slas().is_empty() && policy.routes().is_empty());
    assert_eq!(policy.workflow(), &Workflow::default());
    assert_eq!(policy.scale(), &Scale::default());
    assert_eq!(policy.kind(&name("complaint")), Some(ContactKind::plain(ContactCategory::Complaint)));
    assert_eq!(policy.stage(&name("post")), Some(Stage::plain(StageCategory::Post)));
    assert_eq!(policy.kind(&name("iade")), None);
    assert_eq!(&**policy.zones(), "fixed");
    let rights = |role: &str| policy.role(&name(role)).unwrap().rights.len();
    assert_eq!((rights("agent"), rights("lead"), rights("admin")), (25, 35, 35));
    assert_eq!(
        &**policy.document(),
        r#"{"default_queue":"genel","queue":[{"name":"genel","teams":["destek"]}],"version":1}"#
    );
    assert_eq!(policy.digest(), Digest::of(policy.document()));
}

#[test]
fn how_much_is_let_in_has_a_default_that_needs_no_words() {
    let usual = smallest().compile().unwrap();
    let numbers = |policy: &Policy| {
        let requester = policy.requester();
        (requester.open_max, requester.opened_per_hour, requester.acknowledged_per_hour)
    };
    assert_eq!(numbers(&usual), (20, 30, 10));
    let mut doc = smallest();
    doc.requester = Some(RequesterDoc { open_max: Some(20), acknowledged_per_hour: Some(10), ..RequesterDoc::new() });
    assert_eq!(doc.compile().unwrap().digest(), usual.digest(), "saying what holds anyway makes no other policy");
    doc.requester = Some(RequesterDoc { open_max: Some(5), acknowledged_per_hour: Some(0), ..RequesterDoc::new() });
    let other = doc.compile().unwrap();
    assert_ne!(other.digest(), usual.digest());
    assert_eq!(numbers(&other), (5, 30, 0));
}

#[test]
fn what_follows_from_links_has_a_default_that_needs_no_words() {
    let usual = smallest().compile().unwrap();
    let LinkPolicy { parent_waits, children, last_child, duplicates } = *usual.links();
    assert!(parent_waits);
    assert_eq!((children, last_child, duplicates), (Children::Stay, LastChild::Stay, Duplicates::Resolve));
    // Saying what holds anyway makes no other policy.
    let mut doc = smallest();
    doc.links = Some(LinksDoc { parent_waits: Some(true), ..LinksDoc::new() });
    assert_eq!(doc.compile().unwrap().digest(), usual.digest());
    doc.links = Some(LinksDoc { parent_waits: Some(false), children: Children::Close, ..LinksDoc::new() });
    let other = doc.compile().unwrap();
    assert_ne!(other.digest(), usual.digest());
    assert_eq!((other.links().parent_waits, other.links().children), (false, Children::Close));
    assert_eq!(serde_json::from_str::<PolicyDoc>(other.document()).unwrap().links, doc.links);
}

#[test]
fn a_route_without_a_condition_takes_every_ticket() {
    let mut doc = smallest();
    doc.routes.push(RouteDoc::new(name("hepsi"), QueueId::new("genel").unwrap()));
    let policy = doc.compile().unwrap();
    assert!(policy.routes()[0].matcher.matches(&Subject::new()));
}

#[test]
fn what_a_role_may_change_it_may_see() {
    let mut doc = smallest();
    doc.roles.push(RoleDoc::new(name("yazar"), [Right::Reply].into(), Scope::Own));
    let policy = doc.compile().unwrap();
    assert_eq!(policy.role(&name("yazar")).unwrap().rights, [Right::View, Right::Reply].into());
    assert_eq!(policy.role(&name("agent")), None, "no built-in role beside declared ones");
}

#[test]
fn names_of_categories_stand_where_the_shop_names_none() {
    let mut doc = smallest();
    doc.kinds.push(KindDoc::new(name("iade"), ContactCategory::Request));
    doc.stages.push(StageDoc::new(name("kargoda"), StageCategory::In));
    let policy = doc.compile().unwrap();
    assert_eq!(policy.kind(&name("request")), None);
    assert_eq!(policy.kind(&name("praise")).map(|kind| kind.category), Some(ContactCategory::Praise));
    assert_eq!(policy.stage(&name("in")), None);
    assert_eq!(policy.stage(&name("pre")).map(|stage| stage.category), Some(StageCategory::Pre));
    assert_eq!(policy.workflow().initial().category, Category::New);
}

#[test]
fn the_canonical_document_reads_as_the_same_policy() {
    let policy = sample().compile().unwrap();
    let again = doc(policy.document()).compile().unwrap();
    assert_eq!((again.digest(), again.document()), (policy.digest(), policy.document()));
}

#[test]
fn explicit_defaults_change_no_digest_and_values_do() {
    let least = r#"{"version": 1, "default_queue": "a", "queue": [{"name": "a"}],
        "sla": [{"name": "s", "resolution": {"budget": "1h"}, "first_response": {"budget": "60m"}}]}"#;
    let explicit = r#"{"version": 1, "language": "tr", "tier": [], "queue": [{"name": "a", "teams": [], "skills": {}}],
        "sla": [{"first_response": {"budget": "PT1H", "warn_at": [], "pauses_on": []}, "name": "s",
                 "resolution": {"budget": "3600s", "pauses_on": ["customer"], "calendar": null}}],
        "default_queue": "a", "head_start": {}}"#;
    let digest = |json: &str| doc(json).compile().unwrap().digest();
    assert_eq!(digest(least), digest(explicit));
    for (from, to) in [("60m", "61m"), (r#""name": "s""#, r#""name": "t""#), ("1,", r#"1, "language": "en","#)] {
        assert_ne!(digest(least), digest(&least.replacen(from, to, 1)), "{to}");
    }
    let paused = least.replace(r#""budget": "60m""#, r#""budget": "60m", "pauses_on": ["customer"]"#);
    assert_ne!(digest(least), digest(&paused), "what is usual for the other metric is not usual here");
}

#[test]
fn zones_are_those_of_the_calendars() {
    let mut doc = sample();
    let zones = doc.compile().unwrap().zones().clone();
    assert_eq!(&*zones == "fixed", cfg!(not(feature = "chrono-tz")), "{zones}");
    let office = doc.calendars.get_mut(&name("office")).unwrap();
    "+03:00".clone_into(&mut office.zone);
    assert_eq!(&**doc.compile().unwrap().zones(), "fixed");
}

#[test]
fn errors_come_first_and_are_all_told() {
    let errors = doc(
        r#"{"version": 1, "default_queue": "b", "queue": [{"name": "a"}], "silence": {"after": "1h", "calendar": "x"}}"#,
    )
    .compile()
    .unwrap_err();
    let codes: Vec<_> = errors.findings().iter().map(|finding| (finding.severity, finding.code)).collect();
    assert_eq!(
        codes,
        [
            (Severity::Error, "unknown_queue"),
            (Severity::Error, "unknown_calendar"),
            (Severity::Warning, "queue_without_team")
        ]
    );
    let text = errors.to_string();
    assert_eq!(text.lines().count(), 4, "{text}");
    assert!(
        text.starts_with("the policy has 3 findings\n") && text.contains("error[unknown_queue] at `default_queue`")
    );
    assert_eq!(errors.clone().into_findings(), errors.findings());
}
