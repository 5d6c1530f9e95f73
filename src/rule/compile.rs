//! From a condition to its matcher: every fault is found here, so that asking cannot fail.

use std::sync::Arc;

use crate::finding::{DocPath, Finding, nearest};
use crate::id::Name;
use crate::limits;
use crate::rule::keyword::{Needle, Search, Unsearchable};
use crate::rule::matcher::{Compiled, Group, Node};
use crate::rule::read::too_deep;
use crate::rule::{Condition, Keyword, Matcher, OneOf, Test, TextField};
use crate::sla::Metric;

impl Condition {
    /// Checks the condition and makes it ready to be asked.
    ///
    /// # Errors
    /// Every fault at once, with its place below the condition: a tree that is too deep or too large, a group or
    /// list with nothing in it, a keyword that cannot be searched for, too many keywords.
    ///
    /// ```
    /// use destek::rule::{Condition, OneOf, Test};
    /// let condition = Condition::Test(Test::Text(OneOf::new(vec!["kargo".into(), "kar*go".into()])));
    /// let findings = condition.compile().unwrap_err();
    /// assert_eq!(findings[0].path.to_string(), "text[1]");
    /// ```
    pub fn compile(&self) -> Result<Matcher, Vec<Finding>> {
        let mut compiler = Compiler::default();
        let root = compiler.node(self, &DocPath::root(), 1);
        compiler.finish(root)
    }
}

#[derive(Default)]
struct Compiler {
    findings: Vec<Finding>,
    nodes: usize,
    leaves: usize,
    values: usize,
    timed: bool,
    text: Vec<(Needle, usize)>,
    subject_text: Vec<(Needle, usize)>,
}

impl Compiler {
    fn finish(mut self, root: Option<Node>) -> Result<Matcher, Vec<Finding>> {
        if self.nodes > limits::CONDITION_NODES_MAX {
            let message = format!("a condition has more than {} nodes; split the rule", limits::CONDITION_NODES_MAX);
            self.findings.push(Finding::error("condition_too_large", DocPath::root(), message));
        }
        if self.values > limits::KEYWORDS_MAX {
            let message = format!(
                "a condition lists {} values, at most {} are allowed; split the rule",
                self.values,
                limits::KEYWORDS_MAX
            );
            self.findings.push(Finding::error("too_many_keywords", DocPath::root(), message));
        }
        let (Some(root), true) = (root, self.findings.is_empty()) else { return Err(self.findings) };
        let search = |needles: Vec<(Needle, usize)>| {
            if needles.is_empty() { Ok(None) } else { Search::new(needles).map(Some) }
        };
        match (search(self.text), search(self.subject_text)) {
            (Ok(text), Ok(subject_text)) => Ok(Matcher(Arc::new(Compiled {
                root,
                text,
                subject_text,
                leaves: self.leaves,
                is_timeless: !self.timed,
            }))),
            (Err(error), _) | (_, Err(error)) => {
                let message = format!("the keywords are too many to be searched for together: {error}");
                Err(vec![Finding::error("too_many_keywords", DocPath::root(), message)])
            }
        }
    }

    /// The compiled node; `None` when something below it was found wrong.
    fn node(&mut self, condition: &Condition, place: &DocPath, depth: usize) -> Option<Node> {
        self.nodes += 1;
        // A tree built in code may be of any size; the walk ends where the limits do.
        if self.nodes > limits::CONDITION_NODES_MAX {
            return None;
        }
        if depth > limits::CONDITION_DEPTH_MAX {
            self.findings.push(Finding::error("condition_too_deep", place.clone(), too_deep()));
            return None;
        }
        let place = place.key(condition.key());
        match condition {
            Condition::All(parts) => self.group(parts, &place, depth).map(Node::All),
            Condition::Any(parts) => self.group(parts, &place, depth).map(Node::Any),
            Condition::Not(part) => self.node(part, &place, depth + 1).map(|part| Node::Not(Box::new(part))),
            Condition::Test(test) => self.test(test, &place),
        }
    }

    fn group(&mut self, parts: &[Condition], place: &DocPath, depth: usize) -> Option<Group> {
        if parts.is_empty() {
            let finding = Finding::error("empty_group", place.clone(), "a group of conditions is empty");
            self.findings.push(finding.with_help("leave the group out, or put a condition into it"));
            return None;
        }
        let mut nodes = Vec::with_capacity(parts.len().min(limits::CONDITION_NODES_MAX));
        for (i, part) in parts.iter().enumerate() {
            if self.nodes > limits::CONDITION_NODES_MAX {
                return None;
            }
            nodes.extend(self.node(part, &place.index(i), depth + 1));
        }
        let reads_text = nodes.iter().any(Node::reads_text);
        (nodes.len() == parts.len()).then_some(Group { parts: nodes, reads_text })
    }

    fn test(&mut self, test: &Test, place: &DocPath) -> Option<Node> {
        self.timed |= !test.is_timeless();
        let listed = test.listed();
        if listed == Some(0) {
            let finding = Finding::error("empty_list", place.clone(), "a list of values is empty, so this never holds");
            self.findings.push(finding.with_help("name at least one value"));
            return None;
        }
        self.values += listed.unwrap_or(0);
        if self.values > limits::KEYWORDS_MAX {
            return None;
        }
        if let Test::Breached(metrics) = test {
            self.metrics(metrics, place);
        }
        let (keywords, field) = match test {
            Test::Text(keywords) => (keywords, TextField::Text),
            Test::SubjectText(keywords) => (keywords, TextField::SubjectText),
            _ => return Some(Node::Plain(Arc::new(test.clone()))),
        };
        let leaf = self.leaves;
        self.leaves += 1;
        for (i, keyword) in keywords.values().iter().enumerate() {
            match (keyword.needle(), field) {
                (Ok(needle), TextField::Text) => self.text.push((needle, leaf)),
                (Ok(needle), TextField::SubjectText) => self.subject_text.push((needle, leaf)),
                (Err(reason), _) => {
                    self.findings.push(unsearchable(keyword, reason, item(place, keywords, i)));
                }
            }
        }
        Some(Node::Text(Arc::new(test.clone()), leaf))
    }

    fn metrics(&mut self, metrics: &OneOf<Name>, place: &DocPath) {
        let known = Metric::ALL.map(Metric::as_str);
        for (i, metric) in metrics.values().iter().enumerate().filter(|(_, name)| !known.contains(&name.as_str())) {
            let finding =
                Finding::error("unknown_metric", item(place, metrics, i), format!("there is no metric `{metric}`"));
            let help = match nearest(metric.as_str(), known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("use one of `{}`", known.join("`, `")),
            };
            self.findings.push(finding.with_help(help));
        }
    }
}

/// The place of a value in a list; a value that stands alone is written without one.
fn item<T>(place: &DocPath, values: &OneOf<T>, index: usize) -> DocPath {
    if values.values().len() == 1 { place.clone() } else { place.index(index) }
}

fn unsearchable(keyword: &Keyword, reason: Unsearchable, place: DocPath) -> Finding {
    let shown = limits::shorten(keyword.as_str(), 64);
    match reason {
        Unsearchable::Empty => Finding::error("empty_keyword", place, format!("keyword `{shown}` has no letters"))
            .with_help("write a word, a phrase, or the beginning of a word and `*`"),
        Unsearchable::Star => Finding::error("misplaced_star", place, format!("keyword `{shown}` has a `*` inside"))
            .with_help("a `*` stands only at the end, for any ending: `kargo*`"),
        Unsearchable::TooLong => {
            let message = format!(
                "keyword `{shown}` has {} bytes, at most {} are allowed",
                keyword.as_str().len(),
                limits::KEYWORD_BYTES_MAX
            );
            Finding::error("keyword_too_long", place, message).with_help("give the words that matter")
        }
    }
}

impl Test {
    /// How many values the test lists, where it lists some.
    fn listed(&self) -> Option<usize> {
        match self {
            Self::Channel(names)
            | Self::Kind(names)
            | Self::Stage(names)
            | Self::Status(names)
            | Self::Priority(names)
            | Self::Tag(names)
            | Self::NoTag(names)
            | Self::CustomerTier(names)
            | Self::OrderState(names)
            | Self::Breached(names) => Some(names.values().len()),
            Self::Field(field) => Some(field.value.values().len()),
            Self::Queue(names) => Some(names.values().len()),
            Self::Initiator(initiators) => Some(initiators.values().len()),
            Self::Language(languages) => Some(languages.values().len()),
            Self::Hold(kinds) => Some(kinds.values().len()),
            Self::Text(keywords) | Self::SubjectText(keywords) => Some(keywords.values().len()),
            Self::PriorityAtLeast(_)
            | Self::Reopened(_)
            | Self::CustomerNew(_)
            | Self::CustomerOrdersOver(_)
            | Self::Order(_)
            | Self::OrderValueOver(_)
            | Self::Assigned(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(condition: &Condition) -> Vec<(&'static str, String)> {
        let findings = condition.compile().unwrap_err();
        findings.iter().map(|finding| (finding.code, finding.path.to_string())).collect()
    }

    #[test]
    fn every_fault_is_found_at_once() {
        let condition: Condition = serde_json::from_str(
            r#"{"all": [{"any": []}, {"tag": []}, {"text": ["iade", "*", "a*b"]}, {"not": {"subject_text": ""}},
                {"breached": ["resolution", "first_respons"]}]}"#,
        )
        .unwrap();
        assert_eq!(
            faults(&condition),
            [
                ("empty_group", "all[0].any".into()),
                ("empty_list", "all[1].tag".into()),
                ("empty_keyword", "all[2].text[1]".into()),
                ("misplaced_star", "all[2].text[2]".into()),
                ("empty_keyword", "all[3].not.subject_text".into()),
                ("unknown_metric", "all[4].breached[1]".into()),
            ]
        );
    }

    #[test]
    fn a_condition_is_bounded_in_depth_nodes_and_values() {
        let leaf = || Condition::Test(Test::Order(true));
        let nest = |levels: usize| (1..levels).fold(leaf(), |inner, _| Condition::Not(Box::new(inner)));
        assert!(nest(limits::CONDITION_DEPTH_MAX).compile().is_ok());
        let place = vec!["not"; limits::CONDITION_DEPTH_MAX].join(".");
        assert_eq!(faults(&nest(limits::CONDITION_DEPTH_MAX + 1)), [("condition_too_deep", place)]);

        let wide = |leaves: usize| Condition::All(vec![leaf(); leaves]);
        assert!(wide(limits::CONDITION_NODES_MAX - 1).compile().is_ok());
        assert_eq!(faults(&wide(limits::CONDITION_NODES_MAX)), [("condition_too_large", String::new())]);

        let words =
            |count: usize| Condition::Test(Test::Text((0..count).map(|i| Keyword::new(format!("k{i}"))).collect()));
        assert!(words(limits::KEYWORDS_MAX).compile().is_ok());
        assert_eq!(faults(&words(limits::KEYWORDS_MAX + 1)), [("too_many_keywords", String::new())]);
    }
}
