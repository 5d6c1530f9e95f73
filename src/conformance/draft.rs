//! Hand-made changes: what a decision would have been, without a desk.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::actor::Actor;
use crate::channel::{Channel, ChannelKind};
use crate::content::{Content, ContentRef, Seed};
use crate::customer;
use crate::desk::{
    Basis, Cause, Change, Changes, Command, Document, Effect, EffectKey, Event, FOLD, Facts, Guard, Lane, Load, Needs,
    Noticed, Origin, Outgoing, QueueNeed, Receipt, Recipient, Recorded, Request, SCHEMA, State, Wake, apply,
};
use crate::id::{
    AgentId, ContentId, CustomerId, MessageId, Name, OrderId, QueueId, RequestId, TeamId, TenantId, TicketId,
};
use crate::language::Language;
use crate::money::Money;
use crate::order::{self, OrderCategory};
use crate::policy::Digest;
use crate::priority::{Grade, Scale};
use crate::record::{RecordKey, Version, version_after};
use crate::small::SmallSet;
use crate::store::blocking::{Sessions, Store};
use crate::team;
use crate::ticket::{self, Category, ContactCategory, ContactKind, Initiator, Opened, Public, Status};
use crate::time::Timestamp;

/// What a case gives: nothing, or what is broken.
pub type Verdict = Result<(), Box<dyn std::error::Error>>;

/// Fails the check with a reason.
macro_rules! ensure {
    ($condition:expr, $($reason:tt)+) => {
        if !$condition {
            return Err(format!($($reason)+).into());
        }
    };
}
pub(crate) use ensure;

pub(crate) fn tenant() -> TenantId {
    TenantId::new("butik").unwrap()
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000 + second * 1_000)
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub(crate) fn customer(id: &str) -> RecordKey {
    RecordKey::Customer(CustomerId::new(id).unwrap())
}

pub(crate) fn agent(id: &str) -> AgentId {
    AgentId::new(id).unwrap()
}

pub(crate) fn queue(id: &str) -> QueueId {
    QueueId::new(id).unwrap()
}

pub(crate) fn ticket(id: u128) -> RecordKey {
    RecordKey::Ticket(TicketId::from_u128(id))
}

pub(crate) fn request(id: u128) -> RequestId {
    RequestId::from_u128(id)
}

pub(crate) fn version(number: u64) -> Option<Version> {
    Version::new(number)
}

pub(crate) fn basis() -> Basis {
    Basis { policy: Digest::of("policy"), zones: Arc::from("test") }
}

pub(crate) fn needs(keys: &[RecordKey]) -> Needs {
    Needs { records: keys.iter().cloned().collect(), ..Needs::default() }
}

/// A host's word on a customer.
pub(crate) fn ordered(orders: u32) -> Event {
    Event::Customer(customer::Event::Recorded { name: None, tier: None, language: None, orders, lifetime_value: None })
}

pub(crate) fn employed(teams: &[&str], capacity: u32) -> Event {
    Event::Agent(team::Event::Recorded {
        roles: BTreeSet::new(),
        teams: teams.iter().map(|team| TeamId::new(team).unwrap()).collect(),
        skills: BTreeMap::new(),
        capacity,
    })
}

pub(crate) fn shipped(owner: &str) -> Event {
    Event::Order(order::Event::Recorded {
        customer: CustomerId::new(owner).unwrap(),
        category: OrderCategory::Shipped,
        state: None,
        value: "100 TRY".parse::<Money>().unwrap(),
    })
}

pub(crate) fn opened(id: u128, owner: &str, order: Option<&str>) -> Event {
    Event::Ticket(ticket::Event::Opened(Box::new(Opened {
        ticket: TicketId::from_u128(id),
        number: u64::try_from(id).unwrap(),
        customer: CustomerId::new(owner).unwrap(),
        channel: Channel::of(ChannelKind::Email),
        initiator: Initiator::Customer,
        status: Status::plain(Category::New),
        kind: ContactKind::plain(ContactCategory::Question),
        stage: None,
        priority: Scale::default().rate(Grade::Medium, Grade::Medium, None),
        language: Language::Turkish,
        subject: None,
        order: order.map(|order| OrderId::new(order).unwrap()),
        verified: true,
        acknowledge: false,
        untold: false,
        quarantine: None,
        split_from: None,
    })))
}

pub(crate) fn queued(queue: &str, rank: i64) -> Event {
    Event::Ticket(ticket::Event::Queued { queue: self::queue(queue), rank: at(rank), route: None })
}

pub(crate) fn tagged(tag: &str) -> Event {
    Event::Ticket(ticket::Event::Tagged { added: SmallSet::from([name(tag)]), removed: SmallSet::new() })
}

pub(crate) fn assigned(id: &str) -> Event {
    Event::Ticket(ticket::Event::Assigned { agent: agent(id), how: ticket::Assignment::Taken })
}

/// Changes in the making.
#[derive(Debug, Clone)]
pub(crate) struct Draft(pub(crate) Changes);

impl Draft {
    pub(crate) fn new(id: u128) -> Self {
        let seed = Seed::new([0; 32]);
        let asked = Request::new(request(id), Actor::Timer, seed, Command::Wake(ticket(id)));
        let receipt =
            Receipt { request: request(id), records: Vec::new(), effects: Vec::new(), ticket: None, replayed: false };
        Self(Changes {
            changes: Vec::new(),
            wakes: Vec::new(),
            contents: Vec::new(),
            outbox: Vec::new(),
            loads: Vec::new(),
            guards: Vec::new(),
            documents: Vec::new(),
            fingerprint: asked.fingerprint(&[]),
            receipt,
        })
    }

    /// Events of a record, applied to what the facts have of it.
    pub(crate) fn on(mut self, facts: &Facts, record: &RecordKey, events: &[Event]) -> Self {
        let before = facts.record(record);
        let mut state: Option<State> = before.map(|loaded| (*loaded.state).clone());
        let expected = before.map(|loaded| loaded.version);
        let version = version_after(expected);
        let when = at(i64::try_from(version.number()).unwrap());
        let mut recorded = Vec::new();
        for (index, event) in events.iter().enumerate() {
            apply(record, &mut state, event, when);
            let index = u32::try_from(index).unwrap();
            recorded.push(envelope(record, version, index, when, self.0.receipt.request, event.clone()));
        }
        self.0.receipt.records.push((record.clone(), version));
        let state = Arc::new(state.expect("the first event makes a state"));
        self.0.changes.push(Change { record: record.clone(), expected, events: recorded, state });
        self.0.changes.sort_by(|one, other| one.record.cmp(&other.record));
        self
    }

    /// The first events of a record.
    pub(crate) fn new_record(self, record: &RecordKey, events: &[Event]) -> Self {
        self.on(&Facts::default(), record, events)
    }

    pub(crate) fn set(mut self, record: &RecordKey, second: Option<i64>, seen: u64) -> Self {
        let wake = Wake::Set { record: record.clone(), at: second.map(at), seen, basis: basis(), due: None };
        self.0.wakes.push(wake);
        self
    }

    pub(crate) fn forward(mut self, record: &RecordKey, second: i64) -> Self {
        self.0.wakes.push(Wake::Forward { record: record.clone(), at: at(second) });
        self
    }

    pub(crate) fn load(mut self, agent: &AgentId, delta: i32) -> Self {
        self.0.loads.push(Load { agent: agent.clone(), slot: name("tickets"), delta });
        self
    }

    pub(crate) fn unchanged(mut self, record: &RecordKey, version: Option<Version>) -> Self {
        self.0.guards.push(Guard::Unchanged { record: record.clone(), version });
        self
    }

    pub(crate) fn room(mut self, agent: &AgentId, add: u32, cap: u32) -> Self {
        self.0.guards.push(Guard::Capacity { agent: agent.clone(), slot: name("tickets"), add, cap });
        self
    }

    pub(crate) fn document(mut self, text: &str) -> Self {
        self.0.documents.push(Document { digest: Digest::of(text), text: Arc::from(text) });
        self
    }

    /// A notice to the team about a ticket.
    pub(crate) fn notice(self, record: u128, version: u64) -> Self {
        let to = Recipient::Agent(agent("ayşe"));
        let effect = Effect::Notify { to, ticket: None, number: Some(1), what: Noticed::Assigned };
        self.effect(record, version, effect)
    }

    /// An answer to the customer of a ticket, with its text.
    pub(crate) fn answer(mut self, record: u128, version: u64, text: &str) -> Self {
        let place = self.0.outbox.len() as u128;
        let (body, content) = sealed(record * 1_000 + place * 100 + u128::from(version), text);
        self.0.contents.push(content);
        let effect = Effect::Send {
            ticket: TicketId::from_u128(record),
            number: 1,
            message: MessageId::from_u128(1),
            to: CustomerId::new("1017").unwrap(),
            channel: Channel::of(ChannelKind::Email),
            body: Public::new(body),
        };
        self.effect(record, version, effect)
    }

    fn effect(mut self, record: u128, version: u64, effect: Effect) -> Self {
        let index = u32::try_from(self.0.outbox.len()).unwrap();
        let key = EffectKey::new(ticket(record), Version::new(version).unwrap(), index);
        self.0.receipt.effects.push(key.clone());
        let lane = if matches!(effect, Effect::Send { .. }) { Lane::Customer } else { Lane::Staff };
        self.0.outbox.push(Outgoing { key, lane, effect });
        self
    }
}

pub(crate) fn sealed(id: u128, text: &str) -> (ContentRef, Content) {
    Content::seal(ContentId::from_u128(id), &Seed::new([7; 32]), 0, text.to_owned())
}

pub(crate) fn envelope(
    record: &RecordKey,
    version: Version,
    index: u32,
    when: Timestamp,
    request: RequestId,
    event: Event,
) -> Recorded {
    let cause = Cause { by: Origin::Timer, request, policy: Digest::of("policy"), from: None };
    Recorded {
        schema: SCHEMA,
        fold: FOLD,
        record: record.clone(),
        version,
        index,
        occurred: when,
        recorded: when,
        cause: Arc::new(cause),
        event,
    }
}

/// What a store has of these records, for a draft to build on.
pub(crate) fn look<S: Store>(session: &mut S, keys: &[RecordKey]) -> Result<Facts, S::Error> {
    session.gather(&needs(keys))
}

/// The same of one record.
pub(crate) fn look_at<S: Store>(session: &mut S, key: &RecordKey) -> Result<Facts, S::Error> {
    look(session, std::slice::from_ref(key))
}

/// Writes a draft in a unit of work of its own.
pub(crate) fn put<S: Sessions>(store: &S, draft: Draft) -> Verdict {
    put_as(store, &tenant(), draft)
}

pub(crate) fn put_as<S: Sessions>(store: &S, tenant: &TenantId, draft: Draft) -> Verdict {
    let mut session = store.begin(tenant)?;
    session.write(&draft.0)?;
    store.commit(session)?;
    Ok(())
}

/// What a drain of the queue of returns wants to see.
pub(crate) fn queue_needs(heads: usize, teams: &[&str]) -> Needs {
    let teams = teams.iter().map(|team| TeamId::new(team).unwrap()).collect();
    Needs { queue: Some(QueueNeed { queue: queue("iade"), heads, teams }), ..Needs::default() }
}
