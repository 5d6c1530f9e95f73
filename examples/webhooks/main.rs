//! Effects as signed webhooks, to a receiver on this machine: the first attempt is answered with "later", the second
//! arrives under the same id with the same body; and a redirect into the inside of a cloud is not followed.
//!
//! `cargo run --example webhooks --features webhooks`

mod client;
mod receiver;

use std::cell::Cell;

use destek::actor::Actor;
use destek::channel::{Channel, ChannelKind};
use destek::id::{CustomerId, MessageId, TicketId};
use destek::notify::webhook::{Endpoint, Secret, TargetPolicy, Webhooks, sign};
use destek::run::Relay;
use destek::store::blocking::relay;
use destek::testing::Scene;
use destek::ticket::Receive;
use destek::time::{Span, Timestamp};

use client::Client;
use receiver::Receiver;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut shop = Scene::new(destek::policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
    write_in(&mut shop, 1)?;

    let erp = Receiver::start(["503 Later\r\nretry-after: 30", "204 Taken"].map(String::from))?;
    let secret: Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse()?;
    let endpoint = Endpoint::new(&erp.url("/hooks"), secret.clone())?;
    // This one is meant to be inside.
    let inside = TargetPolicy::default().plain_http().allow("127.0.0.0/8".parse()?);
    let clock = Cell::new(shop.now());
    let webhooks = Webhooks::new(Client, || clock.get(), |_, _| Some(endpoint.clone())).targets(inside.clone());

    let mut ids = Vec::new();
    for (wait, delivered) in [(Span::seconds(0), 0), (Span::seconds(29), 0), (Span::seconds(1), 1)] {
        clock.set(clock.get() + wait);
        let relayed = relay(shop.store(), shop.tenant(), &webhooks, clock.get(), &Relay::default())?;
        assert_eq!(relayed.delivered, delivered, "after {wait:?}: {relayed:?}");
        if relayed.claimed() == 0 {
            println!("{}: nothing is due, the receiver asked for 30 seconds", clock.get());
            continue;
        }
        let got = erp.next().ok_or("nothing arrived")?;
        let header = |name: &str| got.headers.get(name).cloned().unwrap_or_default();
        let sent = Timestamp::from_millis(header("webhook-timestamp").parse::<i64>()? * 1_000);
        let signature = sign(std::slice::from_ref(&secret), &header("webhook-id"), sent, &got.body);
        assert_eq!(header("webhook-signature"), signature);
        println!("{sent}: {} {} {}", got.path, header("webhook-id"), String::from_utf8_lossy(&got.body));
        ids.push((header("webhook-id"), got.body));
    }
    assert_eq!(ids[0], ids[1], "the same id and body on every attempt");

    write_in(&mut shop, 2)?;
    let moved = Receiver::start(["307 Moved\r\nlocation: http://169.254.169.254/latest".to_owned()])?;
    let endpoint = Endpoint::new(&moved.url("/hooks"), secret)?;
    let webhooks = Webhooks::new(Client, || shop.now(), |_, _| Some(endpoint.clone())).targets(inside);
    let relayed = relay(shop.store(), shop.tenant(), &webhooks, shop.now(), &Relay::default())?;
    assert_eq!((relayed.delivered, relayed.retried), (0, 1));
    println!("a redirect to the metadata of a cloud is not followed");
    Ok(())
}

/// A customer writes, and is to be told that it arrived.
fn write_in(shop: &mut Scene, id: u128) -> Result<(), Box<dyn std::error::Error>> {
    let customer = CustomerId::new(format!("c-{id}"))?;
    let channel = Channel::of(ChannelKind::Email);
    let (ticket, message) = (TicketId::from_u128(id), MessageId::from_u128(id));
    shop.run(Actor::verified(customer.clone()), Receive::new(ticket, message, customer, channel, "Kargom nerede?"))?;
    Ok(())
}
