//! The policy as people write it. Its keys are in the singular, because TOML repeats them: `[[queue]]`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::link::{Children, Duplicates, LastChild};
use crate::actor::{Right, Scope};
use crate::automation::EventRuleDoc;
use crate::calendar::CalendarDoc;
use crate::id::{Name, QueueId, TeamId};
use crate::language::Language;
use crate::limits;
use crate::money::Money;
use crate::priority::{Grade, Level};
use crate::rule::{Condition, OneOf};
use crate::sla::Threshold;
use crate::ticket::{ContactCategory, HoldKind, ProposalKind, StageCategory, StatusDoc, TransitionDoc};
use crate::time::Budget;

use super::{Need, Unanswered};

/// The version of policy documents that this library reads and writes.
pub const VERSION: u32 = 1;

/// A policy document: data without meaning yet, made in code or read with `policy::toml::read` or
/// `policy::json::read`. [`compile`](Self::compile) gives it meaning, or says everything that is wrong with it.
///
/// Lists keep their order, and where several entries fit the first one counts. What is left out takes the
/// default that its field names.
///
/// ```
/// use destek::policy::{PolicyDoc, QueueDoc};
///
/// let mut doc = PolicyDoc::default();
/// doc.queues.push(QueueDoc::new("genel".try_into()?));
/// doc.default_queue = Some("genl".try_into()?);
/// let errors = doc.compile().unwrap_err();
/// assert_eq!(errors.findings()[0].code, "unknown_queue");
/// assert_eq!(errors.findings()[0].help.as_deref(), Some("did you mean `genel`?"));
/// # Ok::<(), destek::id::ParseIdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PolicyDoc {
    /// The version of the document's form; has to be [`VERSION`].
    pub version: u32,
    /// The language of the library's own texts to customers whose language is not known. Turkish by default.
    #[serde(default, skip_serializing_if = "is_default")]
    pub language: Language,
    /// After how much silence a resolved ticket closes by itself; never, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silence: Option<SilenceDoc>,
    /// How customers are asked again for an answer that a ticket waits for; the first one that fits counts.
    #[serde(default, rename = "nudge", skip_serializing_if = "Vec::is_empty")]
    pub nudges: Vec<NudgeDoc>,
    /// What follows from links between tickets, where that is not as usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub links: Option<LinksDoc>,
    /// How much one customer is let in at once, where that is not as usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requester: Option<RequesterDoc>,
    /// Words and phrases of thanks beside those that the library knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thanks: Vec<String>,
    /// The queue of tickets that no route sends elsewhere. Needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_queue: Option<QueueId>,
    /// Calendars by name.
    #[serde(default, rename = "calendar", skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique")]
    pub calendars: BTreeMap<Name, CalendarDoc>,
    /// Tiers of customers. Where any is declared, conditions may name declared ones only.
    #[serde(default, rename = "tier", skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<TierDoc>,
    /// Names of priorities; a level without one bears its own.
    #[serde(default, rename = "priority", skip_serializing_if = "Vec::is_empty")]
    pub priorities: Vec<PriorityDoc>,
    /// Cells of the priority matrix that differ from the default one ([`crate::priority::Scale`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matrix: Vec<MatrixDoc>,
    /// Kinds of contact; a category without one bears its own name.
    #[serde(default, rename = "kind", skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<KindDoc>,
    /// Stages of a sale; a category without one bears its own name.
    #[serde(default, rename = "stage", skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<StageDoc>,
    /// Statuses; one per category, bearing its name, when there is none.
    #[serde(default, rename = "status", skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<StatusDoc>,
    /// Ways between statuses; every natural one when there is none ([`crate::ticket::Workflow`]).
    #[serde(default, rename = "transition", skip_serializing_if = "Vec::is_empty")]
    pub transitions: Vec<TransitionDoc>,
    /// Custom fields of tickets.
    #[serde(default, rename = "field", skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldDoc>,
    /// Roles of agents; `agent`, `lead` and `admin` when there is none ([`super::Role::built_in`]).
    #[serde(default, rename = "role", skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleDoc>,
    /// What may be asked for beyond one's own authority; the first rule that covers it counts.
    #[serde(default, rename = "approval", skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<ApprovalDoc>,
    /// Tasks that belong together.
    #[serde(default, rename = "checklist", skip_serializing_if = "Vec::is_empty")]
    pub checklists: Vec<ChecklistDoc>,
    /// Queues. At least one.
    #[serde(default, rename = "queue", skip_serializing_if = "Vec::is_empty")]
    pub queues: Vec<QueueDoc>,
    /// Which ticket waits in which queue; the first route that fits counts.
    #[serde(default, rename = "route", skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<RouteDoc>,
    /// What is promised to whom; the first one that fits counts, for every metric.
    #[serde(default, rename = "sla", skip_serializing_if = "Vec::is_empty")]
    pub slas: Vec<SlaDoc>,
    /// How much earlier a ticket of a level is taken to have entered its queue; nothing by default.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique")]
    pub head_start: BTreeMap<Level, Budget>,
    /// Event rules, in the order in which their writes are merged.
    #[serde(default, rename = "rule", skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<EventRuleDoc>,
}

impl Default for PolicyDoc {
    /// An empty document of the present version, to which at least a queue has to be added.
    fn default() -> Self {
        Self {
            version: VERSION,
            language: Language::default(),
            silence: None,
            nudges: Vec::new(),
            links: None,
            requester: None,
            thanks: Vec::new(),
            default_queue: None,
            calendars: BTreeMap::new(),
            tiers: Vec::new(),
            priorities: Vec::new(),
            matrix: Vec::new(),
            kinds: Vec::new(),
            stages: Vec::new(),
            statuses: Vec::new(),
            transitions: Vec::new(),
            fields: Vec::new(),
            roles: Vec::new(),
            approvals: Vec::new(),
            checklists: Vec::new(),
            queues: Vec::new(),
            routes: Vec::new(),
            slas: Vec::new(),
            head_start: BTreeMap::new(),
            rules: Vec::new(),
        }
    }
}

macro_rules! docs {
    ($(
        $(#[$doc:meta])*
        $name:ident {
            $($(#[$fdoc:meta])* $field:ident: $type:ty,)*
        } $(=> {
            $($(#[$odoc:meta])* $ofield:ident: $otype:ty = $odefault:expr,)*
        })?
    )*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(deny_unknown_fields)]
            #[non_exhaustive]
            pub struct $name {
                $($(#[$fdoc])* pub $field: $type,)*
                $($($(#[$odoc])* #[serde(default, skip_serializing_if = "is_default")] pub $ofield: $otype,)*)?
            }

            impl $name {
                /// The entry with what it needs; the rest takes its default.
                #[must_use]
                pub fn new($($field: $type),*) -> Self {
                    Self { $($field,)* $($($ofield: $odefault,)*)? }
                }
            }
        )*
    };
}

docs! {
    /// How long a resolved ticket waits for an answer before it closes.
    SilenceDoc {
        /// How much silence.
        after: Budget,
    } => {
        /// The calendar that counts it; around the clock, when left out.
        calendar: Option<Name> = None,
    }

    /// How a customer is asked again who was asked something and does not answer.
    NudgeDoc {
        /// Its name.
        name: Name,
        /// After how long he is asked again, each time.
        after: Budget,
    } => {
        /// For which tickets it holds; all, when left out.
        when: Option<Condition> = None,
        /// The calendar that counts `after`; around the clock, when left out.
        calendar: Option<Name> = None,
        /// How often at most; twice, when left out.
        at_most: Option<u32> = None,
        /// What becomes of the ticket when as much time has passed again after the last one.
        then: Unanswered = Unanswered::Resolve,
    }

    /// What follows from links between tickets.
    LinksDoc {} => {
        /// Whether agents cannot resolve or close a parent while a child is open; they cannot, when left out.
        parent_waits: Option<bool> = None,
        /// What becomes of open children when their parent is closed; they stay, when left out.
        children: Children = Children::Stay,
        /// What becomes of a parent when its last open child is done; it stays, when left out.
        last_child: LastChild = LastChild::Stay,
        /// What becomes of open duplicates when their original is done; they are resolved, when left out.
        duplicates: Duplicates = Duplicates::Resolve,
    }

    /// How much one customer is let in at once. Each number is at most
    /// [`REQUESTER_RATE_MAX`](crate::limits::REQUESTER_RATE_MAX).
    RequesterDoc {} => {
        /// How many tickets he may have open before his messages open no more: 20, when left out.
        open_max: Option<u32> = None,
        /// How many tickets he may open within an hour: 30, when left out.
        opened_per_hour: Option<u32> = None,
        /// How often he is told within an hour that one arrived: 10, when left out.
        acknowledged_per_hour: Option<u32> = None,
    }

    /// A tier of customers.
    TierDoc {
        /// The host's name for it, such as `vip`.
        name: Name,
    } => {
        /// By how many levels it raises what the matrix rates, 0 to 3.
        raise: u8 = 0,
    }

    /// A name over a level of priority.
    PriorityDoc {
        /// The shop's name.
        name: Name,
        /// What logic reads.
        level: Level,
    }

    /// A cell of the priority matrix.
    MatrixDoc {
        /// How soon it hurts.
        urgency: Grade,
        /// How much it hurts.
        impact: Grade,
        /// The level that follows.
        level: Level,
    }

    /// A name over a category of contact.
    KindDoc {
        /// The shop's name.
        name: Name,
        /// What logic reads.
        category: ContactCategory,
    }

    /// A name over a category of sale stage.
    StageDoc {
        /// The shop's name.
        name: Name,
        /// What logic reads.
        category: StageCategory,
    }

    /// A custom field.
    FieldDoc {
        /// Its name.
        name: Name,
        /// What it holds; `type` in documents.
        #[serde(rename = "type")]
        holds: FieldKind,
    } => {
        /// What a field of the type `choice` may hold.
        options: Vec<Name> = Vec::new(),
    }

    /// A role of agents.
    RoleDoc {
        /// Its name.
        name: Name,
        /// What it allows. Whatever it allows, it allows to see.
        may: BTreeSet<Right>,
        /// How far that reaches.
        scope: Scope,
    } => {
        /// What may be given to a customer, each up to an amount or to one in each of several currencies.
        #[serde(deserialize_with = "unique")]
        grants: BTreeMap<Name, OneOf<Money>> = BTreeMap::new(),
    }

    /// What may be asked for beyond one's own authority.
    ApprovalDoc {
        /// Its name.
        name: Name,
        /// The roles that may answer. Who has one of them needs the right `approve` as well.
        by: BTreeSet<Name>,
        /// How long it waits for an answer.
        expires_after: Budget,
    } => {
        /// What it covers of grants, each up to an amount on one ticket or to one in each of several currencies.
        #[serde(deserialize_with = "unique")]
        grants: BTreeMap<Name, OneOf<Money>> = BTreeMap::new(),
        /// What else it covers.
        covers: BTreeSet<ProposalKind> = BTreeSet::new(),
        /// How many have to approve: a number, or a share of those who are named. 1 by default.
        need: Need = Need::default(),
        /// The calendar that counts `expires_after`; around the clock, when left out.
        calendar: Option<Name> = None,
    }

    /// Tasks that belong together, to be applied to a ticket at once.
    ChecklistDoc {
        /// Its name.
        name: Name,
        /// Its tasks, at least one.
        tasks: Vec<ChecklistTaskDoc>,
    }

    /// A task of a checklist.
    ChecklistTaskDoc {
        /// Its key, unique in the checklist.
        key: Name,
        /// What has to be done, for the team.
        title: String,
    } => {
        /// Whether only whoever may `close` may leave it out. By default whoever has tasks may.
        required: bool = false,
    }

    /// A queue.
    QueueDoc {
        /// Its name.
        name: QueueId,
    } => {
        /// The teams whose agents take from it; the first one leads it.
        teams: Vec<TeamId> = Vec::new(),
        /// What an agent has to be able to do to take from it: skills with the least level, 1 to 5.
        #[serde(deserialize_with = "unique")]
        skills: BTreeMap<Name, u8> = BTreeMap::new(),
        /// After how long a standstill the lead is told; never, when left out.
        tell_after: Option<Budget> = None,
    }

    /// A route into a queue.
    RouteDoc {
        /// Its name.
        name: Name,
        /// The queue.
        queue: QueueId,
    } => {
        /// Which tickets take it; all, when left out.
        when: Option<Condition> = None,
    }

    /// A promise to some customers.
    SlaDoc {
        /// Its name.
        name: Name,
    } => {
        /// For which tickets it holds; all, when left out.
        when: Option<Condition> = None,
        /// How soon the first answer comes.
        first_response: Option<TargetDoc> = None,
        /// How soon nothing is left to do.
        resolution: Option<TargetDoc> = None,
    }

    /// What is promised for one metric.
    TargetDoc {
        /// How much calendar time it may take.
        budget: Budget,
    } => {
        /// The calendar that counts it; around the clock, when left out.
        calendar: Option<Name> = None,
        /// When to warn.
        warn_at: Vec<Threshold> = Vec::new(),
        /// Which waits stop the clock: by default those for the customer for a resolution, none for a first
        /// response.
        pauses_on: Option<BTreeSet<HoldKind>> = None,
    }
}

impl Default for LinksDoc {
    /// What holds where a document says nothing.
    fn default() -> Self {
        Self::new()
    }
}

impl Default for RequesterDoc {
    /// What holds where a document says nothing.
    fn default() -> Self {
        Self::new()
    }
}

/// What a custom field holds, as documents name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FieldKind {
    /// Free text.
    Text,
    /// A whole number.
    Number,
    /// Yes or no.
    Flag,
    /// A civil date.
    Date,
    /// An amount of money.
    Money,
    /// One of the names in `options`.
    Choice,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Reads a table in which no key may stand twice; a plain map would keep the last one in silence.
fn unique<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Ord + Serialize,
    V: Deserialize<'de>,
{
    struct Unique<K, V>(PhantomData<(K, V)>);
    impl<'de, K: Deserialize<'de> + Ord + Serialize, V: Deserialize<'de>> Visitor<'de> for Unique<K, V> {
        type Value = BTreeMap<K, V>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a table")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut read = BTreeMap::new();
            while let Some(key) = map.next_key::<K>()? {
                if read.contains_key(&key) {
                    let key = serde_json::to_string(&key).unwrap_or_default();
                    let key = limits::shorten(key.trim_matches('"'), 64);
                    return Err(de::Error::custom(format!("key `{key}` stands twice; keep one of the two")));
                }
                read.insert(key, map.next_value()?);
            }
            Ok(read)
        }
    }
    deserializer.deserialize_map(Unique(PhantomData))
}
