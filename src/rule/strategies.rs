//! Generators of conditions and tickets that meet often: few names, few words.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::channel::{Channel, ChannelKind};
use crate::id::{Name, QueueId};
use crate::language::Language;
use crate::money::Money;
use crate::order::OrderCategory;
use crate::priority::{Level, Priority, PrioritySource};
use crate::rule::{Condition, FieldIs, Keyword, OneOf, Subject, Test};
use crate::sla::Metric;
use crate::text::{Folded, fold};
use crate::ticket::{
    Category, ContactCategory, ContactKind, FieldValue, HoldKind, Initiator, Stage, StageCategory, Status,
};

/// Everything that a subject borrows.
#[derive(Debug, Clone)]
pub(crate) struct Ticket {
    channel: Option<Channel>,
    kind: Option<ContactKind>,
    stage: Option<Stage>,
    status: Option<Status>,
    priority: Option<Priority>,
    tags: Option<BTreeSet<Name>>,
    fields: Option<BTreeMap<Name, FieldValue>>,
    queue: Option<QueueId>,
    breached: Vec<Metric>,
    names: [Option<Name>; 2],
    texts: [Option<Folded>; 2],
    bare: Subject<'static>,
}

impl Ticket {
    pub(crate) fn subject(&self) -> Subject<'_> {
        let [customer_tier, order_state] = &self.names;
        let [text, subject_text] = &self.texts;
        Subject {
            channel: self.channel.as_ref(),
            kind: self.kind.as_ref(),
            stage: self.stage.as_ref(),
            status: self.status.as_ref(),
            priority: self.priority.as_ref(),
            tags: self.tags.as_ref(),
            fields: self.fields.as_ref(),
            queue: self.queue.as_ref(),
            breached: &self.breached,
            customer_tier: customer_tier.as_ref(),
            order_state: order_state.as_ref(),
            text: text.as_ref(),
            subject_text: subject_text.as_ref(),
            ..self.bare
        }
    }
}

pub(crate) fn name() -> impl Strategy<Value = Name> {
    // The shop's own names and those of categories and kinds, so that both sorts are met.
    select(vec!["iade", "kargo", "vip", "chat", "email", "complaint", "pre", "open", "hold", "high"])
        .prop_map(|text| Name::new(text).unwrap())
}

fn queue() -> impl Strategy<Value = QueueId> {
    select(vec!["iade", "kargo"]).prop_map(|text| QueueId::new(text).unwrap())
}

fn money() -> impl Strategy<Value = Money> {
    (9_999_i64..10_002, any::<bool>()).prop_map(|(minor, lira)| {
        let currency = if lira { "1 TRY" } else { "1 EUR" }.parse::<Money>().unwrap().currency();
        Money::new(minor, currency)
    })
}

fn metric() -> impl Strategy<Value = Name> {
    select(Metric::ALL.to_vec()).prop_map(|metric| Name::new(metric.as_str()).unwrap())
}

const ORDERS: [OrderCategory; 3] = [OrderCategory::Placed, OrderCategory::Delivered, OrderCategory::Returned];

fn order_state() -> impl Strategy<Value = Name> {
    prop_oneof![name(), select(ORDERS.to_vec()).prop_map(|category| Name::new(category.as_str()).unwrap())]
}

fn field_value() -> impl Strategy<Value = FieldValue> {
    prop_oneof![
        name().prop_map(FieldValue::Choice),
        (1_i64..3).prop_map(FieldValue::Number),
        any::<bool>().prop_map(FieldValue::Flag),
        money().prop_map(FieldValue::Money),
        (30_u32..32).prop_map(|day| FieldValue::Date(chrono::NaiveDate::from_ymd_opt(2027, 3, day).unwrap())),
    ]
}

fn pieces() -> impl Strategy<Value = &'static str> {
    select(vec![
        "kargo", "İADE", "iade", "ıade", "ş", "m", " ", "\n", ".", ",", "'", "-", "3", "50", "3.5", ",50", "👍", "ё",
        "\u{307}",
    ])
}

fn text() -> impl Strategy<Value = Folded> {
    vec(pieces(), 0..12).prop_map(|pieces| fold(&pieces.concat()))
}

fn keyword() -> impl Strategy<Value = Keyword> {
    (vec(pieces(), 1..4), any::<bool>())
        .prop_map(|(pieces, open)| Keyword::new(format!("{}{}", pieces.concat(), if open { "*" } else { "" })))
        .prop_filter("has letters", |keyword| keyword.needle().is_ok())
}

fn one_of<T: std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = OneOf<T>> {
    vec(value, 1..4).prop_map(OneOf::new)
}

fn test() -> impl Strategy<Value = Test> {
    let field = (name(), one_of(select(vec!["iade", "kargo", "1", "2", "true", "100.00 TRY", "2027-03-31"])));
    let initiators = || select(vec![Initiator::Customer, Initiator::Shop]);
    prop_oneof![
        prop_oneof![
            one_of(name()).prop_map(Test::Channel),
            one_of(name()).prop_map(Test::Kind),
            one_of(name()).prop_map(Test::Stage),
            one_of(name()).prop_map(Test::Status),
            one_of(name()).prop_map(Test::Priority),
            select(Level::ALL.to_vec()).prop_map(Test::PriorityAtLeast),
            one_of(name()).prop_map(Test::Tag),
            one_of(name()).prop_map(Test::NoTag),
        ],
        prop_oneof![
            field.prop_map(|(name, value)| Test::Field(FieldIs::new(
                name,
                value.values().iter().map(|text| (*text).to_owned()).collect()
            ))),
            one_of(queue()).prop_map(Test::Queue),
            one_of(initiators()).prop_map(Test::Initiator),
            one_of(select(Language::ALL.to_vec())).prop_map(Test::Language),
            (0_u32..3).prop_map(Test::Reopened),
            one_of(name()).prop_map(Test::CustomerTier),
            any::<bool>().prop_map(Test::CustomerNew),
            (0_u32..3).prop_map(Test::CustomerOrdersOver),
        ],
        prop_oneof![
            any::<bool>().prop_map(Test::Order),
            one_of(order_state()).prop_map(Test::OrderState),
            money().prop_map(Test::OrderValueOver),
            any::<bool>().prop_map(Test::Assigned),
            one_of(select(HoldKind::ALL.to_vec())).prop_map(Test::Hold),
            one_of(metric()).prop_map(Test::Breached),
        ],
        // Texts are the part of a matcher that is most worth trying.
        prop_oneof![one_of(keyword()).prop_map(Test::Text), one_of(keyword()).prop_map(Test::SubjectText)],
    ]
}

pub(crate) fn condition() -> impl Strategy<Value = Condition> {
    test().prop_map(Condition::Test).prop_recursive(4, 24, 4, |part| {
        prop_oneof![
            vec(part.clone(), 1..4).prop_map(Condition::All),
            vec(part.clone(), 1..4).prop_map(Condition::Any),
            part.prop_map(|part| Condition::Not(Box::new(part))),
        ]
    })
}

fn bare() -> impl Strategy<Value = Subject<'static>> {
    let initiators = select(vec![Initiator::Customer, Initiator::Shop]);
    let facts = (option::of(any::<bool>()), option::of(0_u32..4), option::of(money()), option::of(initiators));
    let rest = (
        option::of(select(Language::ALL.to_vec())),
        option::of(select(HoldKind::ALL.to_vec())),
        option::of(select(ORDERS.to_vec())),
        0_u32..3,
    );
    (facts, rest, any::<[bool; 2]>()).prop_map(|(facts, rest, [order, assigned])| {
        let (customer_new, customer_orders, order_value, initiator) = facts;
        let (language, hold, order_category, reopened) = rest;
        Subject {
            customer_new,
            customer_orders,
            order_value,
            initiator,
            language,
            hold,
            order_category,
            reopened,
            order,
            assigned,
            ..Subject::default()
        }
    })
}

pub(crate) fn ticket() -> impl Strategy<Value = Ticket> {
    let channel = (select(ChannelKind::ALL.to_vec()), option::of(name())).prop_map(|(kind, name)| match name {
        Some(name) => Channel::of(kind).named(name),
        None => Channel::of(kind),
    });
    let kind = (name(), select(ContactCategory::ALL.to_vec())).prop_map(|(name, own)| ContactKind::new(name, own));
    let stage = (name(), select(StageCategory::ALL.to_vec())).prop_map(|(name, own)| Stage::new(name, own));
    let status = (name(), select(Category::ALL.to_vec())).prop_map(|(name, own)| Status::new(name, own));
    let priority = (name(), select(Level::ALL.to_vec())).prop_map(|(name, level)| {
        let rule = Name::new("r").unwrap();
        Priority::new(name, level, PrioritySource::Rule { rule })
    });
    let nouns = (option::of(channel), option::of(kind), option::of(stage), option::of(status), option::of(priority));
    let tags = option::of(btree_set(name(), 0..4));
    let fields = option::of(btree_map(name(), field_value(), 0..8));
    let lists = (tags, fields, option::of(queue()), vec(select(Metric::ALL.to_vec()), 0..3));
    let names = [option::of(name()), option::of(name())];
    let texts = [option::of(text()), option::of(text())];
    (nouns, lists, names, texts, bare()).prop_map(|(nouns, lists, names, texts, bare)| {
        let (channel, kind, stage, status, priority) = nouns;
        let (tags, fields, queue, breached) = lists;
        Ticket { channel, kind, stage, status, priority, tags, fields, queue, breached, names, texts, bare }
    })
}
