//! Collecting findings, and the names that one part of a document may say of another.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{DocPath, Finding, Severity, nearest};
use crate::limits;

/// Everything found so far. Bounded, because each finding of an unknown name costs a search for a near one.
#[derive(Debug, Default)]
pub(super) struct Checks {
    errors: Vec<Finding>,
    warnings: Vec<Finding>,
    dropped: usize,
}

impl Checks {
    pub(super) fn push(&mut self, finding: Finding) {
        let list = if finding.severity == Severity::Error { &mut self.errors } else { &mut self.warnings };
        if list.len() < limits::FINDINGS_MAX {
            list.push(finding);
        } else {
            self.dropped += 1;
        }
    }

    pub(super) fn error(
        &mut self,
        code: &'static str,
        place: DocPath,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(Finding::error(code, place, message).with_help(help));
    }

    pub(super) fn warning(
        &mut self,
        code: &'static str,
        place: DocPath,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(Finding::warning(code, place, message).with_help(help));
    }

    /// What another room found in its own part of the document.
    pub(super) fn extend(&mut self, place: &DocPath, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            self.push(finding.below(place));
        }
    }

    /// The warnings, when nothing is wrong; else everything.
    pub(super) fn finish(mut self) -> Result<Vec<Finding>, Vec<Finding>> {
        if self.errors.is_empty() {
            return Ok(self.warnings);
        }
        if self.dropped > 0 {
            let message = format!("{} more findings are left out", self.dropped);
            self.errors
                .push(Finding::error("too_many_findings", DocPath::root(), message).with_help("begin with these"));
        }
        self.errors.append(&mut self.warnings);
        Err(self.errors)
    }

    pub(super) fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Whether further findings would be dropped anyway.
    fn is_full(&self) -> bool {
        self.errors.len() >= limits::FINDINGS_MAX
    }
}

/// A list of a document: its key, what one entry is called, and the code of an entry that is there twice.
#[derive(Debug, Clone, Copy)]
pub(super) struct List {
    pub(super) key: &'static str,
    pub(super) noun: &'static str,
    pub(super) duplicate: &'static str,
}

impl List {
    pub(super) fn place(self) -> DocPath {
        DocPath::root().key(self.key)
    }

    /// Whether the list has no more than `most` entries; that no name is there twice is checked on the way.
    pub(super) fn check<'a>(
        self,
        names: impl ExactSizeIterator<Item = &'a str>,
        most: usize,
        checks: &mut Checks,
    ) -> bool {
        if !fits(&self.place(), names.len(), most, checks) {
            return false;
        }
        let mut first: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, name) in names.enumerate() {
            let earlier = *first.entry(name).or_insert(index);
            if earlier != index {
                let message = format!("the {} `{name}` is there already, as entry {}", self.noun, earlier + 1);
                let place = self.place().index(index).key("name");
                checks.error(self.duplicate, place, message, "give each its own name, or leave one out");
            }
        }
        true
    }
}

/// Whether a list of this size is within its limit; a finding, when not.
pub(super) fn fits(place: &DocPath, size: usize, most: usize, checks: &mut Checks) -> bool {
    if size > most {
        let message = format!("`{place}` has {size} entries, at most {most} are allowed");
        checks.error("too_many", place.clone(), message, "leave out what is not needed");
    }
    size <= most
}

/// Names that may be said, such as those of queues.
#[derive(Debug)]
pub(super) struct Words {
    noun: &'static str,
    code: &'static str,
    declare: &'static str,
    known: BTreeSet<String>,
}

impl Words {
    /// The names of a kind: what one is called, the code of an unknown one, and how one is declared.
    pub(super) fn new<'a>(
        noun: &'static str,
        code: &'static str,
        declare: &'static str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self { noun, code, declare, known: known.into_iter().map(str::to_owned).collect() }
    }

    pub(super) fn check(&self, name: &str, place: impl FnOnce() -> DocPath, checks: &mut Checks) {
        if self.known.contains(name) {
            return;
        }
        // Looking for a near name is what costs; a finding that is dropped needs none.
        let near = if checks.is_full() { None } else { nearest(name, self.known.iter().map(String::as_str)) };
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if (1..=8).contains(&self.known.len()) => {
                let known: Vec<&str> = self.known.iter().map(String::as_str).collect();
                format!("use one of `{}`, or {}", known.join("`, `"), self.declare)
            }
            None => format!("name one that is there, or {}", self.declare),
        };
        checks.error(self.code, place(), format!("there is no {} `{name}`", self.noun), help);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_bounded_and_the_rest_is_counted() {
        let mut checks = Checks::default();
        for i in 0..limits::FINDINGS_MAX + 5 {
            checks.error("bad", DocPath::root().index(i), "wrong", "mend it");
            checks.warning("odd", DocPath::root().index(i), "odd", "look at it");
        }
        let findings = checks.finish().unwrap_err();
        assert_eq!(findings.len(), 2 * limits::FINDINGS_MAX + 1);
        let left_out = &findings[limits::FINDINGS_MAX];
        assert_eq!((left_out.code, left_out.message.as_str()), ("too_many_findings", "10 more findings are left out"));
    }
}
