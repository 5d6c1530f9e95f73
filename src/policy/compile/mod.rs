//! From a document to a policy: everything that is wrong is found at once, so that deciding cannot fail.

mod approvals;
mod checklists;
mod checks;
mod clocks;
mod links;
mod nudges;
mod places;
mod refer;
mod requester;
mod words;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use self::checks::Checks;
use self::refer::Names;
use super::doc::VERSION;
use super::{Book, Digest, Policy, PolicyDoc, canonical};
use crate::automation::EventRules;
use crate::calendar::ZoneSource;
use crate::calendar::zone::StandardZones;
use crate::finding::{DocPath, Finding};
use crate::text::Thanks;
use crate::ticket::Workflow;

/// Why a document is no policy: at least one finding that stops it, and the doubtful things beside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyErrors {
    findings: Vec<Finding>,
}

impl PolicyErrors {
    /// The findings, those that stop the policy first.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The findings, taken out.
    #[must_use]
    pub fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}

impl fmt::Display for PolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.findings.len();
        write!(f, "the policy has {count} finding{}", if count == 1 { "" } else { "s" })?;
        self.findings.iter().try_for_each(|finding| write!(f, "\n{finding}"))
    }
}

impl Error for PolicyErrors {}

impl PolicyDoc {
    /// Checks everything and compiles it, with the time zones that are built in.
    ///
    /// # Errors
    /// All findings at once, each with a code, a place and a help text; at most
    /// [`limits::FINDINGS_MAX`](crate::limits::FINDINGS_MAX) errors and as many warnings.
    pub fn compile(&self) -> Result<Policy, PolicyErrors> {
        self.compile_with(&StandardZones)
    }

    /// The same with time zones from elsewhere.
    ///
    /// # Errors
    /// As [`Self::compile`].
    pub fn compile_with(&self, zones: &dyn ZoneSource) -> Result<Policy, PolicyErrors> {
        let mut checks = Checks::default();
        let book = self.book(zones, &mut checks);
        match (checks.finish(), book) {
            (Ok(warnings), Some(book)) => Ok(Policy(Arc::new(Book { warnings, ..book }))),
            (Ok(warnings), None) => {
                // No part is missing without a finding; were it so, this says so instead of panicking.
                let finding = Finding::error("not_compiled", DocPath::root(), "the document cannot be compiled");
                Err(PolicyErrors { findings: [vec![finding], warnings].concat() })
            }
            (Err(findings), _) => Err(PolicyErrors { findings }),
        }
    }

    /// Every part, and the findings on the way; `None` when one is missing.
    fn book(&self, zones: &dyn ZoneSource, checks: &mut Checks) -> Option<Book> {
        let root = DocPath::root();
        if self.version != VERSION {
            let message = format!("there are no documents of version {}", self.version);
            checks.error("unknown_version", root.key("version"), message, format!("write `{VERSION}`"));
        }
        let scale = words::scale(self, checks);
        let kinds = words::kinds(self, checks);
        let stages = words::stages(self, checks);
        let fields = words::fields(self, checks);
        let roles = words::roles(self, checks);
        let workflow = Workflow::compile(&self.statuses, &self.transitions);
        let workflow = workflow.map_err(|findings| checks.extend(&root, findings)).ok();
        let queues = places::queues(self, checks);
        let names = Names::new(self, &scale, &kinds, &stages, &fields);
        names.requirements(self, checks);
        let default_queue = places::default_queue(self, &names, checks);
        let routes = places::routes(self, &names, checks);
        let (calendars, zones) = clocks::calendars(self, zones, checks);
        let silence = clocks::silence(self, &names, checks);
        let nudges = nudges::nudges(self, &names, checks);
        let approvals = approvals::approvals(self, &roles, &names, checks);
        let links = links::links(self, checks);
        let requester = requester::requester(self, checks);
        let checklists = checklists::checklists(self, checks);
        let slas = clocks::slas(self, &names, checks);
        let head_start = clocks::head_start(self, checks);
        let thanks = words::thanks(self, checks);
        names.rules(self, checks);
        let rules = EventRules::compile(&self.rules);
        let rules = rules.map_err(|findings| checks.extend(&root.key("rule"), findings)).ok();
        if checks.has_errors() {
            // The canonical form of what is too deep or too large is not even attempted.
            return None;
        }
        let document = canonical::write(self).ok()?;
        let digest = Digest::of(&document);
        Some(Book {
            digest,
            digest_text: digest.to_string().into(),
            document: document.into(),
            zones: zones.into(),
            language: self.language,
            scale,
            kinds,
            stages,
            fields,
            roles,
            approvals,
            checklists,
            workflow: workflow?,
            places: queues.iter().enumerate().map(|(i, queue)| (queue.id.clone(), i)).collect::<BTreeMap<_, _>>(),
            queues,
            default_queue: default_queue?,
            routes,
            slas,
            calendars,
            rules: rules?,
            thanks: Thanks::default().with(thanks),
            silence,
            nudges,
            links,
            requester,
            head_start,
            warnings: Vec::new(),
        })
    }
}
