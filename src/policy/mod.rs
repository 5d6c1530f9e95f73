//! The policy: the whole rule book of a shop as one versioned value.
//!
//! A [`PolicyDoc`] is what people write, in code or in a file. [`PolicyDoc::compile`] gives a [`Policy`], which
//! the desk decides with, or every finding at once. Between the two nothing is forgotten: a policy keeps its
//! document in one canonical form, and its [`Digest`] is pinned on every decision made under it.
//!
//! ```
//! use destek::policy;
//!
//! let policy = policy::sample().compile()?;
//! assert_eq!(policy.default_queue().as_str(), "genel");
//! assert_eq!(policy.slas().len(), 2);
//! assert!(policy.warnings().is_empty());
//! # Ok::<(), destek::policy::PolicyErrors>(())
//! ```
//!
//! # Places
//!
//! A [`Finding`] names its place as a path into the document, such as `route[2].queue`, whatever format the document
//! came in. `policy::toml` and `policy::json` find the path in the text again, and
//! [`crate::finding::render`] shows the line.

mod active;
mod approval;
mod canonical;
mod checklist;
mod compile;
mod doc;
#[cfg(feature = "json")]
pub mod json;
mod link;
mod nudge;
mod place;
mod promise;
#[cfg(any(feature = "json", feature = "toml"))]
mod read;
mod requester;
mod role;
mod sample;
#[cfg(test)]
mod tests;
#[cfg(feature = "toml")]
pub mod toml;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use active::apply;
pub use active::{Activation, Digest, Event};
pub use approval::{ApprovalRule, Need};
pub use checklist::{Checklist, ChecklistTask};
pub use compile::PolicyErrors;
pub use doc::{
    ApprovalDoc, ChecklistDoc, ChecklistTaskDoc, FieldDoc, FieldKind, KindDoc, LinksDoc, MatrixDoc, NudgeDoc,
    PolicyDoc, PriorityDoc, QueueDoc, RequesterDoc, RoleDoc, RouteDoc, SilenceDoc, SlaDoc, StageDoc, TargetDoc,
    TierDoc, VERSION,
};
pub use link::{Children, Duplicates, LastChild, LinkPolicy};
pub use nudge::{NudgeRule, Unanswered};
pub use place::{QueuePolicy, Route};
pub use promise::{Silence, SlaPolicy, TargetPolicy};
#[cfg(any(feature = "json", feature = "toml"))]
pub use read::ReadError;
pub use requester::RequesterPolicy;
pub use role::Role;
pub use sample::sample;

use crate::automation::EventRules;
use crate::finding::Finding;
use crate::id::{Name, QueueId, TeamId};
use crate::language::Language;
use crate::priority::{Level, Scale};
use crate::sla::Calendars;
use crate::text::Thanks;
use crate::ticket::{ContactCategory, ContactKind, FieldType, Stage, StageCategory, Workflow};
use crate::time::Span;

/// A validated policy. Made by [`PolicyDoc::compile`] only; cheap to clone.
#[derive(Debug, Clone)]
pub struct Policy(Arc<Book>);

/// What a policy holds. Every name that one part says of another is known.
#[derive(Debug)]
struct Book {
    digest: Digest,
    /// The same as text, as every target names it.
    digest_text: Arc<str>,
    document: Arc<str>,
    zones: Arc<str>,
    language: Language,
    scale: Scale,
    kinds: Vec<ContactKind>,
    stages: Vec<Stage>,
    fields: BTreeMap<Name, FieldType>,
    roles: BTreeMap<Name, Role>,
    approvals: Vec<ApprovalRule>,
    checklists: Vec<Checklist>,
    workflow: Workflow,
    queues: Vec<QueuePolicy>,
    /// Where each queue stands in `queues`.
    places: BTreeMap<QueueId, usize>,
    default_queue: QueueId,
    routes: Vec<Route>,
    slas: Vec<SlaPolicy>,
    calendars: Calendars,
    rules: EventRules,
    thanks: Thanks,
    silence: Option<Silence>,
    nudges: Vec<NudgeRule>,
    links: LinkPolicy,
    requester: RequesterPolicy,
    head_start: BTreeMap<Level, Span>,
    warnings: Vec<Finding>,
}

impl Policy {
    /// The digest of [`Self::document`].
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.0.digest
    }

    pub(crate) fn digest_text(&self) -> &Arc<str> {
        &self.0.digest_text
    }

    /// The document in its canonical form: JSON with sorted keys, without white space and without what has its
    /// default anyway. Two documents that differ only in those, or in their format, have the same.
    #[must_use]
    pub fn document(&self) -> &Arc<str> {
        &self.0.document
    }

    /// The version of the zone database that its calendars were compiled with, like `2025b`; `fixed` when all of
    /// them have fixed offsets. Several, from several sources, are joined by `+`.
    #[must_use]
    pub fn zones(&self) -> &Arc<str> {
        &self.0.zones
    }

    /// The language of texts to customers whose language is not known.
    #[must_use]
    pub fn language(&self) -> Language {
        self.0.language
    }

    /// The scale of priorities.
    #[must_use]
    pub fn scale(&self) -> &Scale {
        &self.0.scale
    }

    /// The kind of contact of a name: the shop's, or a category's own where the shop names none.
    ///
    /// ```
    /// use destek::id::Name;
    /// use destek::ticket::ContactCategory;
    /// let policy = destek::policy::sample().compile()?;
    /// let category = |name: &str| policy.kind(&Name::new(name).unwrap()).map(|kind| kind.category);
    /// assert_eq!(category("iade"), Some(ContactCategory::Request));
    /// assert_eq!(category("praise"), Some(ContactCategory::Praise));
    /// assert_eq!(category("request"), None, "the shop has its own names for requests");
    /// # Ok::<(), destek::policy::PolicyErrors>(())
    /// ```
    #[must_use]
    pub fn kind(&self, name: &Name) -> Option<ContactKind> {
        let kinds = &self.0.kinds;
        kinds.iter().find(|kind| kind.name == *name).cloned().or_else(|| {
            let unnamed = |category: &ContactCategory| !kinds.iter().any(|kind| kind.category == *category);
            let own = ContactCategory::ALL.into_iter().find(|category| category.as_str() == name.as_str());
            own.filter(unnamed).map(ContactKind::plain)
        })
    }

    /// What the shop calls a contact of this category of which nothing more is known: its first kind of the
    /// category, or the category's own name where the shop names none.
    ///
    /// ```
    /// use destek::ticket::ContactCategory;
    /// let policy = destek::policy::sample().compile()?;
    /// assert_eq!(policy.usual_kind(ContactCategory::Request).name.as_str(), "iade");
    /// assert_eq!(policy.usual_kind(ContactCategory::Praise).name.as_str(), "praise");
    /// # Ok::<(), destek::policy::PolicyErrors>(())
    /// ```
    #[must_use]
    pub fn usual_kind(&self, category: ContactCategory) -> ContactKind {
        let own = self.0.kinds.iter().find(|kind| kind.category == category);
        own.cloned().unwrap_or_else(|| ContactKind::plain(category))
    }

    /// What the shop calls this stage of a sale: its first stage of the category, or the category's own name where
    /// the shop names none.
    #[must_use]
    pub fn usual_stage(&self, category: StageCategory) -> Stage {
        let own = self.0.stages.iter().find(|stage| stage.category == category);
        own.cloned().unwrap_or_else(|| Stage::plain(category))
    }

    /// The sale stage of a name: the shop's, or a category's own where the shop names none.
    #[must_use]
    pub fn stage(&self, name: &Name) -> Option<Stage> {
        let stages = &self.0.stages;
        stages.iter().find(|stage| stage.name == *name).cloned().or_else(|| {
            let unnamed = |category: &StageCategory| !stages.iter().any(|stage| stage.category == *category);
            let own = StageCategory::ALL.into_iter().find(|category| category.as_str() == name.as_str());
            own.filter(unnamed).map(Stage::plain)
        })
    }

    /// The type of a custom field.
    #[must_use]
    pub fn field(&self, name: &Name) -> Option<&FieldType> {
        self.0.fields.get(name)
    }

    /// The custom fields with their types, by name.
    pub fn fields(&self) -> impl Iterator<Item = (&Name, &FieldType)> {
        self.0.fields.iter()
    }

    /// A role of agents.
    #[must_use]
    pub fn role(&self, name: &Name) -> Option<&Role> {
        self.0.roles.get(name)
    }

    /// The roles, by name: the policy's own, or the built-in ones of a policy that declares none.
    pub fn roles(&self) -> impl Iterator<Item = &Role> {
        self.0.roles.values()
    }

    /// The approval rules, in declared order; the first one that covers a proposal counts.
    #[must_use]
    pub fn approvals(&self) -> &[ApprovalRule] {
        &self.0.approvals
    }

    /// The checklists, in declared order.
    #[must_use]
    pub fn checklists(&self) -> &[Checklist] {
        &self.0.checklists
    }

    /// A checklist.
    #[must_use]
    pub fn checklist(&self, name: &Name) -> Option<&Checklist> {
        self.0.checklists.iter().find(|checklist| checklist.name == *name)
    }

    /// The statuses and the ways between them.
    #[must_use]
    pub fn workflow(&self) -> &Workflow {
        &self.0.workflow
    }

    /// A queue.
    #[must_use]
    pub fn queue(&self, id: &QueueId) -> Option<&QueuePolicy> {
        self.0.places.get(id).and_then(|place| self.0.queues.get(*place))
    }

    /// Every queue, in declared order.
    #[must_use]
    pub fn queues(&self) -> &[QueuePolicy] {
        &self.0.queues
    }

    /// The queues from which a team takes, in declared order.
    pub fn queues_of<'a>(&'a self, team: &'a TeamId) -> impl Iterator<Item = &'a QueuePolicy> {
        self.0.queues.iter().filter(move |queue| queue.teams.contains(team))
    }

    /// The queue of tickets that no route sends elsewhere.
    #[must_use]
    pub fn default_queue(&self) -> &QueueId {
        &self.0.default_queue
    }

    /// The routes, in declared order; the first one that fits counts.
    #[must_use]
    pub fn routes(&self) -> &[Route] {
        &self.0.routes
    }

    /// The promises, in declared order; the first one that fits counts, for every metric.
    #[must_use]
    pub fn slas(&self) -> &[SlaPolicy] {
        &self.0.slas
    }

    /// The calendars that promises, silence and nudges name.
    #[must_use]
    pub fn calendars(&self) -> &Calendars {
        &self.0.calendars
    }

    /// The event rules.
    #[must_use]
    pub fn rules(&self) -> &EventRules {
        &self.0.rules
    }

    /// What counts as thanks: the library's words and the shop's.
    #[must_use]
    pub fn thanks(&self) -> &Thanks {
        &self.0.thanks
    }

    /// After how much silence a resolved ticket closes by itself; never, where there is none.
    #[must_use]
    pub fn silence(&self) -> Option<&Silence> {
        self.0.silence.as_ref()
    }

    /// How customers are asked again, in declared order; the first one that fits counts.
    #[must_use]
    pub fn nudges(&self) -> &[NudgeRule] {
        &self.0.nudges
    }

    /// What follows from links between tickets.
    #[must_use]
    pub fn links(&self) -> &LinkPolicy {
        &self.0.links
    }

    /// How much one customer is let in at once.
    #[must_use]
    pub fn requester(&self) -> &RequesterPolicy {
        &self.0.requester
    }

    /// How much earlier a ticket of a level is taken to have entered its queue.
    #[must_use]
    pub fn head_start(&self, level: Level) -> Span {
        self.0.head_start.get(&level).copied().unwrap_or(Span::ZERO)
    }

    /// What is probably not meant, though it works.
    #[must_use]
    pub fn warnings(&self) -> &[Finding] {
        &self.0.warnings
    }
}
