//! Event rules: when this happens and that is so, do these things.
//!
//! Rules run in rounds. A round gets what has just happened and one frozen picture of the ticket; every rule
//! that it sets off reads that same picture, never another rule's write (law 15). The writes are merged in the
//! order in which the rules are declared, and what they disagree about is reported. Nothing is executed here:
//! the desk applies a [`Round`], and what that changes are the triggers of the next one. Rules that could set
//! each other off for ever are refused by [`EventRules::compile`], with the circle shown (law 16).
//!
//! ```
//! use std::collections::BTreeSet;
//! use destek::automation::{EventRuleDoc, EventRules, Trigger};
//! use destek::rule::Subject;
//! use destek::text::fold;
//!
//! let docs: Vec<EventRuleDoc> = serde_json::from_str(r#"[
//!     {"name": "iade", "on": ["opened"], "when": {"text": "iade*"}, "then": [{"set_kind": "iade"}]},
//!     {"name": "kuyruk", "on": ["classified"], "when": {"kind": "iade"}, "then": [{"set_queue": "iade"}]}
//! ]"#)?;
//! let rules = EventRules::compile(&docs).expect("sound rules");
//! let body = fold("İadem nerede?");
//! let round = rules.run(&[Trigger::Opened], &BTreeSet::new(), &Subject::new().text(&body));
//! assert_eq!(round.firings.len(), 1, "the second rule reads the next picture");
//! let kind = round.writes.kind.expect("set by the first rule");
//! assert_eq!((kind.value.as_str(), kind.rule.as_str()), ("iade", "iade"));
//! # Ok::<(), serde_json::Error>(())
//! ```

mod action;
mod compile;
mod graph;
mod round;
mod run;
mod trigger;

use serde::{Deserialize, Serialize};

use crate::id::Name;
use crate::rule::Condition;

pub use crate::ticket::{Notice, Whom};
pub use action::Action;
pub use compile::EventRules;
pub use round::{Conflict, Field, Firing, Round, Write, Writes};
pub use trigger::Trigger;

/// An event rule as it stands in a policy document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct EventRuleDoc {
    /// Its name, unique among the event rules.
    pub name: Name,
    /// What sets it off: any of these.
    pub on: Vec<Trigger>,
    /// What else has to be so; always, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// What it does, in this order.
    pub then: Vec<Action>,
    /// Who answers for the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Name>,
    /// The day by which somebody should look at it again, such as `2027-03-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<String>,
}

impl EventRuleDoc {
    /// A rule that always does this on any of these triggers.
    #[must_use]
    pub const fn new(name: Name, on: Vec<Trigger>, then: Vec<Action>) -> Self {
        Self { name, on, when: None, then, owner: None, review: None }
    }
    /// The same rule under a condition.
    #[must_use]
    pub fn when(mut self, condition: Condition) -> Self {
        self.when = Some(condition);
        self
    }
}
