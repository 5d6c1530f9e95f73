//! What is wrong, or doubtful, in a policy document: a code, a place, a message and a help text.

mod render;

use std::fmt;

use serde::Serialize;

#[cfg(any(feature = "json", feature = "toml"))]
pub(crate) use render::Lines;
pub use render::{Locate, Position, render};

/// Whether a finding stops a policy from being used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The policy works, but this is probably not what was meant.
    Warning,
    /// The policy cannot be used.
    Error,
}

/// One step of a document path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Step {
    /// A key of a table.
    Key(String),
    /// A position in a list, from 0.
    Index(usize),
}

/// A place in a document, printed like `sla[0].first_response.budget`.
///
/// ```
/// use destek::finding::DocPath;
/// let path = DocPath::root().key("sla").index(0).key("first_response");
/// assert_eq!(path.to_string(), "sla[0].first_response");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct DocPath(Vec<Step>);

impl DocPath {
    /// The whole document.
    #[must_use]
    pub const fn root() -> Self {
        Self(Vec::new())
    }
    /// The value of this key below the place.
    #[must_use]
    pub fn key(&self, key: impl Into<String>) -> Self {
        self.with(Step::Key(key.into()))
    }
    /// The item at this position below the place.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.with(Step::Index(index))
    }
    /// This place followed by another, relative one.
    #[must_use]
    pub fn join(&self, inner: &Self) -> Self {
        let mut steps = self.0.clone();
        steps.extend(inner.0.iter().cloned());
        Self(steps)
    }
    /// The steps from the root.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}

impl fmt::Display for DocPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if i == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl Serialize for DocPath {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Something wrong or doubtful at a place of a policy document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// Whether it stops the policy.
    pub severity: Severity,
    /// A stable code for machines, such as `unknown_queue`.
    pub code: &'static str,
    /// Where it is.
    pub path: DocPath,
    /// What it is; lower case, no final period.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Finding {
    /// A finding that stops the policy.
    #[must_use]
    pub fn error(code: &'static str, path: DocPath, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, path, message: message.into(), help: None }
    }
    /// A finding that does not.
    #[must_use]
    pub fn warning(code: &'static str, path: DocPath, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, code, path, message: message.into(), help: None }
    }
    /// The same finding with a help text.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
    /// The same finding below a longer path, for a room that knows only its own part of the document.
    #[must_use]
    pub fn below(mut self, outer: &DocPath) -> Self {
        self.path = outer.join(&self.path);
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{severity}[{}] at `{}`: {}", self.code, self.path, self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "; {help}"))
    }
}

/// The candidate nearest to `word`, when it is near enough to be a slip: at most a third of the letters differ.
#[must_use]
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Edits of single characters between two words; two neighbours that changed places are one edit, as that is how
/// people slip most (the optimal string alignment distance).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    // The rows above, and the letter of `a` between them.
    let mut above: Vec<usize> = Vec::new();
    let mut before: Option<char> = None;
    for ca in a.chars() {
        let highest = std::mem::replace(&mut above, row);
        row = Vec::with_capacity(above.len());
        row.push(above.first().map_or(0, |first| first + 1));
        let mut left = (None, row.first().copied().unwrap_or(0));
        for (i, &cb) in b.iter().enumerate() {
            let at = |row: &[usize], i: usize| row.get(i).copied().unwrap_or(usize::MAX - 1);
            let mut best = (at(&above, i + 1) + 1).min(left.1 + 1).min(at(&above, i) + usize::from(ca != cb));
            if before == Some(cb) && left.0 == Some(ca) && i > 0 {
                best = best.min(at(&highest, i - 1) + 1);
            }
            row.push(best);
            left = (Some(cb), best);
        }
        before = Some(ca);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_single_letter_edits() {
        for (a, b, n) in [
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("iade", "iade", 0),
            ("iade", "idea", 2),
            ("vip", "vpi", 1),
            ("emial", "email", 1),
            ("ab", "ba", 1),
            ("abc", "bca", 2),
            ("", "", 0),
        ] {
            assert_eq!((distance(a, b), distance(b, a)), (n, n), "{a} {b}");
        }
    }

    #[test]
    fn a_slip_finds_its_word_and_another_word_does_not() {
        assert_eq!(nearest("first_respons", ["resolution", "first_response"]), Some("first_response"));
        assert_eq!(nearest("holiday", ["zone", "week"]), None);
    }
}
