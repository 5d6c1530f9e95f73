//! Webhooks: the state machine of one delivery, and the same over a real client to a server on this machine.

#[path = "../../examples/webhooks/client.rs"]
mod client;
#[path = "../../examples/webhooks/receiver.rs"]
mod receiver;

use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::sync::Mutex;

use destek::channel::{Channel, ChannelKind};
use destek::desk::{Effect, EffectKey, Lane, Outgoing, Told};
use destek::id::{CustomerId, TenantId, TicketId};
use destek::language::Language;
use destek::notify::webhook::{
    Answer, Endpoint, Exchange, Post, Secret, TargetPolicy, Transport, Turn, WebhookError, Webhooks, blocking,
    delivery_id, sign,
};
use destek::notify::{Delivery, Notifier, blocking::Notifier as _};
use destek::record::{RecordKey, Version};
use destek::store::Envelope;
use destek::time::{Span, Timestamp};

use client::Client;
use receiver::Receiver;

fn tenant() -> TenantId {
    TenantId::new("butik").unwrap()
}

fn now() -> Timestamp {
    "2026-11-27T10:00:00.750Z".parse().unwrap()
}

fn secret() -> Secret {
    Secret::new(&[7; 32]).unwrap()
}

fn envelope(attempt: u32) -> Envelope {
    let ticket = TicketId::from_u128(7);
    let effect = Effect::Tell {
        ticket,
        number: 42,
        to: CustomerId::new("1017").unwrap(),
        channel: Channel::of(ChannelKind::Email),
        language: Language::Turkish,
        what: Told::Received,
    };
    let key = EffectKey::new(RecordKey::Ticket(ticket), Version::FIRST, 0);
    Envelope::new(Outgoing::new(key, Lane::Customer, effect), None, attempt, attempt.into())
}

fn endpoint(url: &str) -> Endpoint {
    Endpoint::new(url, secret()).unwrap()
}

/// Goes through a delivery: each name leads to `addresses`, and each post is answered with the next of `answers`. Gives
/// the posts, and how it ended.
fn played(policy: &TargetPolicy, url: &str, addresses: &[&str], answers: &[Answer]) -> (Vec<Post>, Turn) {
    let (endpoint, tenant, envelope) = (endpoint(url), tenant(), envelope(1));
    let (mut exchange, mut turn) =
        Exchange::begin(policy, &endpoint, (&tenant, &envelope), Language::Turkish, now()).unwrap();
    let (mut posts, mut answers) = (Vec::new(), answers.iter());
    loop {
        turn = match turn {
            Turn::Resolve { .. } => exchange.resolved(addresses.iter().map(|address| address.parse().unwrap())),
            Turn::Post(post) => {
                posts.push(post);
                exchange.answered(answers.next().expect("one post more than answers"))
            }
            over => return (posts, over),
        };
    }
}

const OUTSIDE: &str = "93.184.215.14";

#[test]
fn an_answer_means_what_http_says() {
    let policy = TargetPolicy::default();
    let soon = now() + Span::seconds(30);
    let cases = [
        (Answer::new(200), Some(Delivery::Done)),
        (Answer::new(299), Some(Delivery::Done)),
        (Answer::new(410), Some(Delivery::GaveUp("the receiver is gone (status 410)".into()))),
        (Answer::new(429).retry_after("30"), Some(Delivery::RetryAt(soon))),
        (Answer::new(503).retry_after(" 30 "), Some(Delivery::RetryAt(soon))),
        (
            Answer::new(503).retry_after("Fri, 27 Nov 2026 10:01:00 GMT"),
            Some(Delivery::RetryAt("2026-11-27T10:01:00Z".parse().unwrap())),
        ),
        (Answer::new(503).retry_after("soon"), None),
        (Answer::new(503).retry_after("-5"), None),
        (Answer::new(500).retry_after("30"), None),
        (Answer::new(199), None),
        (Answer::new(301).location("https://erp.example/"), None),
        (Answer::new(400), None),
        (Answer::new(0), None),
        (Answer::new(307), None),
    ];
    for (answer, wanted) in cases {
        let (posts, over) = played(&policy, "https://erp.example/", &[OUTSIDE], std::slice::from_ref(&answer));
        assert_eq!(posts.len(), 1);
        match wanted {
            Some(delivery) => assert_eq!(over, Turn::Done(delivery), "{answer:?}"),
            None => assert!(matches!(over, Turn::Failed(_)), "{answer:?}: {over:?}"),
        }
    }
}

#[test]
fn a_name_that_leads_inside_is_not_asked() {
    let policy = TargetPolicy::default();
    for inside in ["127.0.0.1", "10.0.0.8", "169.254.169.254", "::1", "::ffff:10.0.0.8", "fd00:ec2::254"] {
        for addresses in [&[inside][..], &[OUTSIDE, inside][..], &[inside, OUTSIDE][..]] {
            let (posts, over) = played(&policy, "https://erp.example/", addresses, &[]);
            assert!(posts.is_empty() && matches!(over, Turn::Failed(_)), "{addresses:?}: {over:?}");
        }
        let host = if inside.contains(':') { format!("[{inside}]") } else { inside.to_owned() };
        let (posts, over) = played(&policy, &format!("https://{host}/"), &[], &[]);
        assert!(posts.is_empty() && matches!(over, Turn::Done(Delivery::GaveUp(_))), "{host}: {over:?}");
    }
    let (posts, over) = played(&policy, "http://erp.example/", &[OUTSIDE], &[]);
    assert!(posts.is_empty() && matches!(over, Turn::Done(Delivery::GaveUp(_))), "plain http: {over:?}");
    let (posts, over) = played(&policy, "https://erp.example/", &[], &[]);
    assert!(posts.is_empty() && matches!(over, Turn::Failed(_)), "no address: {over:?}");
}

#[test]
fn a_redirect_is_a_new_target_under_the_same_policy() {
    let policy = TargetPolicy::default().plain_http().follow_elsewhere();
    let moved = |location: &str| Answer::new(308).location(location);
    let followed = [moved("https://other.example/new"), moved("/newer?x=1"), Answer::new(200)];
    let (posts, over) = played(&policy, "https://erp.example/old", &[OUTSIDE], &followed);
    assert_eq!(over, Turn::Done(Delivery::Done));
    let urls: Vec<&str> = posts.iter().map(|post| post.url.as_str()).collect();
    assert_eq!(urls, ["https://erp.example/old", "https://other.example/new", "https://other.example/newer?x=1"]);
    assert!(posts.windows(2).all(|two| two[0].body == two[1].body && two[0].headers == two[1].headers));

    let long = format!("https://erp.example/{}", "x".repeat(5_000));
    for location in [
        "https://169.254.169.254/latest",
        "https://[::ffff:10.0.0.8]/",
        "https://[::1]:8443/",
        "http://erp.example/",
        "https://user@erp.example/",
        "ftp://erp.example/",
        "//evil.example/",
        "relative",
        "",
        &long,
    ] {
        let (posts, over) = played(&policy, "https://erp.example/", &[OUTSIDE], &[moved(location)]);
        assert!(posts.len() == 1 && matches!(over, Turn::Failed(_)), "{location}: {over:?}");
    }
    let (posts, over) = played(
        &TargetPolicy::default(),
        "https://erp.example/",
        &[OUTSIDE],
        &[moved("https://erp.example:8443/new"), moved("https://evil.example/")],
    );
    assert!(posts.len() == 2 && matches!(over, Turn::Failed(_)), "another host reads nothing unless it may: {over:?}");
    let round = [(); 4].map(|()| moved("/again"));
    let (posts, over) = played(&policy, "https://erp.example/", &[OUTSIDE], &round);
    assert!(posts.len() == 4 && matches!(over, Turn::Failed(_)), "{over:?}");
}

#[test]
fn a_delivery_is_signed_and_the_same_on_every_attempt() {
    let policy = TargetPolicy::default();
    let post = |tenant: &str, attempt: u32, at: Timestamp| {
        let (endpoint, tenant) = (endpoint("https://93.184.215.14:8443/hooks"), TenantId::new(tenant).unwrap());
        let envelope = envelope(attempt);
        let begun = Exchange::begin(&policy, &endpoint, (&tenant, &envelope), Language::Turkish, at).unwrap();
        let Turn::Post(post) = begun.1 else { panic!("{:?}", begun.1) };
        post
    };
    let header = |post: &Post, name: &str| {
        let found = post.headers.iter().find(|(header, _)| *header == name);
        found.unwrap_or_else(|| panic!("no {name}")).1.clone()
    };
    let first = post("butik", 1, now());
    assert_eq!(first.addresses, ["93.184.215.14:8443".parse().unwrap()]);
    assert_eq!(header(&first, "webhook-timestamp"), "1795773600", "whole seconds, cut off");
    let id = header(&first, "webhook-id");
    assert_eq!(id, delivery_id(&tenant(), &envelope(1).outgoing.key));
    assert!(id.len() == 36 && !id.contains('.') && !id.contains("butik"), "{id}");
    assert_eq!(header(&first, "webhook-signature"), sign(&[secret()], &id, now(), &first.body));

    let later = post("butik", 5, now() + Span::hours(3));
    assert_eq!((header(&later, "webhook-id"), &later.body), (id.clone(), &first.body));
    assert_ne!(header(&later, "webhook-signature"), header(&first, "webhook-signature"));
    assert_ne!(header(&post("market", 1, now()), "webhook-id"), id, "tenants share no id");

    let body: serde_json::Value = serde_json::from_slice(&first.body).unwrap();
    assert_eq!((&body["type"], &body["data"]["lane"]), (&"tell".into(), &"customer".into()));
    assert!(body["data"]["text"].as_str().unwrap().contains("42"));
    let (quiet, told) = (endpoint("https://erp.example/hooks?token=gizli"), (&tenant(), &envelope(1)));
    let (exchange, _) = Exchange::begin(&policy, &quiet, told, Language::Turkish, now()).unwrap();
    let answer = Answer::new(307).location("https://erp.example/?token=gizli");
    let shown = format!("{first:?} {quiet:?} {exchange:?} {answer:?}");
    assert!(
        !shown.contains(&format!("{:?}", &first.body[..4]).replace(['[', ']'], "")),
        "no bytes of the body: {shown}"
    );
    assert!(!shown.contains("v1,") && !shown.contains("gizli") && !shown.contains("Talep"), "{shown}");
}

/// A transport that knows every name as one address, and keeps what it was asked.
struct Known(IpAddr, Mutex<Vec<String>>);

impl Known {
    fn new(address: &str) -> Self {
        Self(address.parse().unwrap(), Mutex::new(Vec::new()))
    }

    fn answer(&self, post: &Post) -> Answer {
        self.1.lock().unwrap().push(post.url.clone());
        Answer::new(204)
    }
}

impl blocking::Transport for Known {
    type Error = io::Error;
    fn resolve(&self, _: &str, _: u16) -> io::Result<Vec<IpAddr>> {
        Ok(vec![self.0])
    }
    fn post(&self, post: &Post) -> io::Result<Answer> {
        Ok(self.answer(post))
    }
}

impl Transport for Known {
    type Error = Infallible;
    async fn resolve(&self, _: &str, _: u16) -> Result<Vec<IpAddr>, Infallible> {
        Ok(vec![self.0])
    }
    async fn post(&self, post: &Post) -> Result<Answer, Infallible> {
        Ok(self.answer(post))
    }
}

#[test]
fn both_forms_drive_the_same_exchange() {
    for (address, arrives) in [(OUTSIDE, true), ("10.0.0.8", false)] {
        let webhooks =
            |told| Webhooks::new(told, now, |_: &TenantId, _: &Envelope| Some(endpoint("https://erp.example/h")));
        let blocking = webhooks(Known::new(address));
        let asynchronous = webhooks(Known::new(address));
        let (tenant, envelope) = (tenant(), envelope(1));
        let one = destek::notify::blocking::Notifier::deliver(&blocking, &tenant, &envelope);
        let two = destek::testing::ready(Notifier::deliver(&asynchronous, &tenant, &envelope));
        if arrives {
            assert_eq!((one.unwrap(), two.unwrap()), (Delivery::Done, Delivery::Done));
        } else {
            let (one, two) = (one.unwrap_err(), two.unwrap_err());
            assert_eq!(one.to_string(), two.to_string());
            assert!(one.to_string().contains("10.0.0.8") && one.to_string().contains("private"), "{one}");
        }
    }
    let nowhere = Webhooks::new(Known::new(OUTSIDE), now, |_: &TenantId, _: &Envelope| None);
    let given_up = destek::notify::blocking::Notifier::deliver(&nowhere, &tenant(), &envelope(1)).unwrap();
    assert!(matches!(given_up, Delivery::GaveUp(_)));
}

#[test]
fn a_real_client_connects_to_checked_addresses_alone() {
    let here = || TargetPolicy::default().plain_http().follow_elsewhere().allow("127.0.0.0/8".parse().unwrap());
    let deliver = |url: String| {
        let webhooks = Webhooks::new(Client, now, move |_: &TenantId, _: &Envelope| Some(endpoint(&url)));
        webhooks.targets(here()).deliver(&tenant(), &envelope(1))
    };
    let erp = Receiver::start(["200 OK", "429 Slow\r\nretry-after: 7", "500 Broken"].map(String::from)).unwrap();
    assert_eq!(deliver(erp.url("/hooks?a=1")).unwrap(), Delivery::Done);
    let got = erp.next().unwrap();
    let sent = Timestamp::from_millis(got.headers["webhook-timestamp"].parse::<i64>().unwrap() * 1_000);
    assert_eq!(got.headers["webhook-signature"], sign(&[secret()], &got.headers["webhook-id"], sent, &got.body));
    assert_eq!((got.path.as_str(), got.headers["content-type"].as_str()), ("/hooks?a=1", "application/json"));
    assert_eq!(deliver(erp.url("/")).unwrap(), Delivery::RetryAt(now() + Span::seconds(7)));
    assert!(matches!(deliver(erp.url("/")), Err(WebhookError::Attempt(reason)) if reason.contains("500")));

    // Within the machine, from one server to another; and to the inside of a cloud, which nobody allowed.
    let second = Receiver::start(["202 Taken".to_owned()]).unwrap();
    let first = Receiver::start([
        format!("307 Moved\r\nlocation: {}", second.url("/there")),
        "307 Moved\r\nlocation: http://169.254.169.254/latest".to_owned(),
    ])
    .unwrap();
    assert_eq!(deliver(first.url("/here")).unwrap(), Delivery::Done);
    assert_eq!((first.next().unwrap().path, second.next().unwrap().path), ("/here".to_owned(), "/there".to_owned()));
    let refused = deliver(first.url("/here")).unwrap_err().to_string();
    assert!(refused.contains("169.254.169.254") && refused.contains("metadata"), "{refused}");

    // Nobody listens there any more.
    let gone = Receiver::start([]).unwrap();
    let failed = deliver(gone.url("/secret-path")).unwrap_err();
    assert!(matches!(&failed, WebhookError::Transport { host, .. } if host == "127.0.0.1"), "{failed}");
    assert!(!failed.to_string().contains("secret-path"), "{failed}");

    let strict = Webhooks::new(Client, now, {
        let url = second.url("/");
        move |_: &TenantId, _: &Envelope| Some(endpoint(&url))
    });
    assert!(
        matches!(strict.deliver(&tenant(), &envelope(1)).unwrap(), Delivery::GaveUp(_)),
        "by default nothing inside"
    );
}
