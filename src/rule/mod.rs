//! Conditions: a typed tree over what can be known of a ticket, compiled once and asked often.
//!
//! A [`Condition`] is data, as it stands in a policy document: `{ all = [{ customer_tier = "vip" },
//! { channel = ["chat", "phone"] }] }`. [`Condition::compile`] checks it and gives a [`Matcher`], which answers
//! for a [`Subject`] whether it holds, and, from the same evaluation, why (law 18). There is nothing in the tree
//! that could loop or fail: its cost is bounded by its size and the length of the texts.
//!
//! ```
//! use destek::rule::{Condition, Subject};
//! use destek::text::fold;
//!
//! let condition: Condition = serde_json::from_str(r#"{"any": [{"text": ["iade", "kargo*"]}, {"assigned": true}]}"#)?;
//! let matcher = condition.compile().expect("a sound condition");
//! let body = fold("KARGOM nerede?");
//! assert!(matcher.matches(&Subject::new().text(&body)));
//! assert!(!matcher.matches(&Subject::new()));
//! # Ok::<(), serde_json::Error>(())
//! ```

mod compile;
mod evaluation;
mod keyword;
mod matcher;
#[cfg(test)]
mod plain;
mod read;
#[cfg(test)]
pub(crate) mod strategies;
mod subject;
mod test;

use crate::finding::DocPath;
use crate::limits;

pub use crate::text::{Hit, TextField};
pub use evaluation::{Evaluation, Trace};
pub use keyword::Keyword;
pub use matcher::Matcher;
pub(crate) use read::{not_alone, unknown_key};
pub use subject::Subject;
pub use test::{FieldIs, OneOf, Test};

/// What has to be so: a tree of tests.
///
/// In a document every node is a table with one key: `all`, `any`, `not`, or the key of a [`Test`]. A tree is at
/// most [`limits::CONDITION_DEPTH_MAX`] deep, which is checked while it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Every one of these holds.
    All(Vec<Condition>),
    /// At least one of these holds.
    Any(Vec<Condition>),
    /// This does not hold.
    Not(Box<Condition>),
    /// A single test.
    Test(Test),
}

impl Condition {
    /// Every test of the tree with its place, in document order, so that the book can check the names in it
    /// against what the shop has. Nothing below [`limits::CONDITION_DEPTH_MAX`] is visited.
    ///
    /// ```
    /// use destek::rule::Condition;
    /// let condition: Condition = serde_json::from_str(r#"{"not": {"any": [{"queue": "iade"}, {"order": true}]}}"#)?;
    /// let places: Vec<String> = condition.tests().iter().map(|(place, _)| place.to_string()).collect();
    /// assert_eq!(places, ["not.any[0].queue", "not.any[1].order"]);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn tests(&self) -> Vec<(DocPath, &Test)> {
        let mut tests = Vec::new();
        self.collect(&DocPath::root(), 1, &mut tests);
        tests
    }

    fn collect<'a>(&'a self, place: &DocPath, depth: usize, tests: &mut Vec<(DocPath, &'a Test)>) {
        if depth > limits::CONDITION_DEPTH_MAX {
            return;
        }
        let place = place.key(self.key());
        match self {
            Self::All(parts) | Self::Any(parts) => {
                for (i, part) in parts.iter().enumerate() {
                    part.collect(&place.index(i), depth + 1, tests);
                }
            }
            Self::Not(part) => part.collect(&place, depth + 1, tests),
            Self::Test(test) => tests.push((place, test)),
        }
    }

    /// The key under which the node stands in a document.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::All(_) => "all",
            Self::Any(_) => "any",
            Self::Not(_) => "not",
            Self::Test(test) => test.key(),
        }
    }
}

impl From<Test> for Condition {
    fn from(test: Test) -> Self {
        Self::Test(test)
    }
}
