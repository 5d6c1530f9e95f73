//! Reading documents: the first error with its place, and where each value stands in the text.

use std::cmp::Reverse;
use std::error::Error;
use std::fmt;
use std::ops::Range;

use super::doc::VERSION;
use crate::finding::{DocPath, Lines, Locate, Position, Step, nearest};
use crate::limits;
use crate::time::Budget;

/// Why a text is no policy document: its first error of syntax, type or key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The place in the document, where the text is sound enough to tell.
    pub path: Option<DocPath>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    span: Range<usize>,
}

impl ReadError {
    /// The error with its line and a mark below the place, as [`crate::finding::render`] shows findings. `text` has
    /// to be the text that was read.
    #[must_use]
    pub fn render(&self, file: &str, text: &str) -> String {
        let path = self.path.as_ref().map(ToString::to_string).filter(|path| !path.is_empty());
        let notes = [path.map(|path| format!("at: `{path}`")), self.help.as_ref().map(|help| format!("help: {help}"))];
        let mut shown = String::new();
        let head = format!("error: {}", self.message);
        Lines::of(text).show(&mut shown, file, &head, Some(self.span.clone()), notes.into_iter().flatten());
        shown
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)?;
        if let Some(path) = self.path.as_ref().filter(|path| !path.steps().is_empty()) {
            write!(f, ", at `{path}`")?;
        }
        write!(f, ": {}", self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "; {help}"))
    }
}

impl Error for ReadError {}

/// An error before it is put into words: its bytes in the text, and what the deserializer says.
pub(super) struct Raw {
    pub(super) span: Range<usize>,
    pub(super) path: Option<DocPath>,
    pub(super) message: String,
}

impl Raw {
    pub(super) fn into_error(self, text: &str) -> ReadError {
        let Self { span, path, message } = self;
        let (message, help) = match misfit(&message, path.as_ref(), text) {
            Some(help) => (limits::shorten(&message, MESSAGE_BYTES_MAX), Some(help)),
            None => explain(&message),
        };
        let Position { line, column, .. } = Lines::of(text).position(span.start);
        ReadError { line, column, path, message, help, span }
    }
}

/// The error of a text that is too long to be read.
pub(super) fn check_size(text: &str) -> Result<(), ReadError> {
    if text.len() <= limits::POLICY_BYTES_MAX {
        return Ok(());
    }
    let message = format!("the document has {} bytes, at most {} are allowed", text.len(), limits::POLICY_BYTES_MAX);
    let help = Some("leave out what is not needed, or give groups of rules a policy of their own".to_owned());
    Err(ReadError { line: 1, column: 1, path: None, message, help, span: 0..0 })
}

/// What a document of another version is told, whatever else cannot be read of it.
pub(super) fn other_version(version: i64, places: &Outline) -> Option<Raw> {
    if version == i64::from(VERSION) {
        return None;
    }
    let path = DocPath::root().key("version");
    let message =
        format!("documents of version `{version}` cannot be read; write `{VERSION}`, or use a library that knows it");
    Some(Raw { span: places.span(&path).unwrap_or_default(), path: Some(path), message })
}

/// Longest message, in bytes: some quote the value that is wrong, however long it is.
const MESSAGE_BYTES_MAX: usize = 400;

/// What to write instead of a value of the wrong type.
fn misfit(message: &str, path: Option<&DocPath>, text: &str) -> Option<String> {
    let (found, wanted) = message.strip_prefix("invalid type: ")?.rsplit_once(", expected ")?;
    // Only JSON begins with a brace.
    let json = text.trim_start().starts_with('{');
    match (wanted, path.map(DocPath::steps)) {
        ("a sequence", Some([Step::Key(key)])) if found == "map" && !json => {
            Some(format!("write `[[{key}]]`, a list of tables"))
        }
        ("a sequence", _) => Some("put it in `[` and `]`, as a list".to_owned()),
        (Budget::FORM, _) => Some("write a length such as `\"2h\"`, in quotes".to_owned()),
        ("a string", _) if !matches!(found, "map" | "sequence") => Some("put it in quotes".to_owned()),
        _ => None,
    }
}

/// What serde says in the words of the crate, and what to do about it.
fn explain(raw: &str) -> (String, Option<String>) {
    // The limits of both parsers, which keep a document from running off the end of the stack.
    if ["recursion limit", "cannot recurse further"].iter().any(|start| raw.starts_with(start)) {
        return ("the document is nested too deeply".to_owned(), Some("flatten it".to_owned()));
    }
    for (start, what) in [("unknown field `", "key"), ("unknown variant `", "value")] {
        if let Some((word, rest)) = raw.strip_prefix(start).and_then(|rest| rest.rsplit_once("`, expected ")) {
            let (word, known) = match word.split_once("`, expected ") {
                // The last part of a long list was taken for the rest.
                Some((word, list)) => (word, [list, rest].join("`")),
                None => (word, rest.to_owned()),
            };
            let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
            let help = nearest(word, known.iter().copied()).map_or_else(
                || format!("use one of `{}`", known.join("`, `")),
                |near| format!("did you mean `{near}`?"),
            );
            return (format!("unknown {what} `{}`", limits::shorten(word, 64)), Some(help));
        }
    }
    let key = |start: &str| raw.strip_prefix(start).and_then(|rest| rest.strip_suffix('`'));
    if let Some(key) = key("missing field `") {
        let help = if key == "version" { format!("write `{VERSION}` there") } else { "add it".to_owned() };
        return (format!("key `{key}` is missing"), Some(help));
    }
    if let Some(key) = key("duplicate field `") {
        return (format!("key `{key}` stands twice"), Some("keep one of the two".to_owned()));
    }
    match raw.rsplit_once("; ") {
        Some((message, help)) => (limits::shorten(message, MESSAGE_BYTES_MAX), Some(help.to_owned())),
        None => (limits::shorten(raw, MESSAGE_BYTES_MAX), None),
    }
}

/// Every value of a text in document order, each with its place: a tree, written flat.
#[derive(Debug, Default)]
pub(super) struct Outline {
    nodes: Vec<Node>,
    /// The values that have begun and not ended.
    open: Vec<usize>,
}

#[derive(Debug)]
struct Node {
    /// From the enclosing value; none for the document itself.
    step: Option<Step>,
    /// The key, where it has one.
    key: Option<Range<usize>>,
    /// The value; of some tables of TOML only the head.
    span: Range<usize>,
    parent: Option<usize>,
    /// The node after all that is inside this one.
    next: usize,
}

impl Outline {
    /// Begins a value; what it contains follows, and then [`Self::close`].
    pub(super) fn open(&mut self, step: Option<Step>, key: Option<Range<usize>>, span: Range<usize>) {
        let node = self.nodes.len();
        self.nodes.push(Node { step, key, span, parent: self.open.last().copied(), next: node + 1 });
        self.open.push(node);
    }

    /// Ends the value that began last; `end` is where, if that was not known before.
    pub(super) fn close(&mut self, end: Option<usize>) {
        let next = self.nodes.len();
        if let Some(node) = self.open.pop().and_then(|node| self.nodes.get_mut(node)) {
            node.next = next;
            node.span.end = end.unwrap_or(node.span.end);
        }
    }

    fn children(&self, node: usize) -> impl Iterator<Item = (usize, &Node)> {
        let end = self.nodes.get(node).map_or(0, |node| node.next);
        let mut at = node + 1;
        std::iter::from_fn(move || {
            let child = self.nodes.get(at).filter(|_| at < end)?;
            let place = at;
            at = child.next;
            Some((place, child))
        })
    }

    /// The value with the least text around a byte, and that text: the key, when the byte is in a key.
    pub(super) fn around(&self, offset: usize) -> Option<(usize, Range<usize>)> {
        let texts = self.nodes.iter().enumerate().flat_map(|(at, node)| {
            let key = node.key.as_ref().filter(|key| key.contains(&offset));
            let value = Some(&node.span).filter(|span| span.contains(&offset) || node.parent.is_none());
            [key, value].into_iter().flatten().map(move |span| (at, span))
        });
        // Of a list that is written as `[[kind]]` the head is also that of its first table; the inner one is meant.
        texts.min_by_key(|(node, span)| (span.len(), Reverse(*node))).map(|(node, span)| (node, span.clone()))
    }

    /// The last value inside another.
    #[cfg(feature = "json")]
    pub(super) fn last_inside(&self, node: usize) -> Option<(usize, Range<usize>)> {
        self.children(node).last().map(|(at, node)| (at, node.span.clone()))
    }

    /// The place of a value.
    pub(super) fn place(&self, node: usize) -> DocPath {
        let mut steps = Vec::new();
        let mut node = self.nodes.get(node);
        while let Some((step, parent)) = node.and_then(|node| Some((node.step.as_ref()?, node.parent?))) {
            steps.push(step);
            node = self.nodes.get(parent);
        }
        steps.into_iter().rev().fold(DocPath::root(), |place, step| match step {
            Step::Key(key) => place.key(key),
            Step::Index(index) => place.index(*index),
        })
    }
}

impl Locate for Outline {
    fn span(&self, place: &DocPath) -> Option<Range<usize>> {
        let mut node = 0;
        for step in place.steps() {
            match self.children(node).find(|(_, child)| child.step.as_ref() == Some(step)) {
                Some((child, _)) => node = child,
                None => break,
            }
        }
        self.nodes.get(node).map(|node| node.span.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::explain;

    #[test]
    fn what_serde_says_becomes_what_to_do() {
        for (raw, message, help) in [
            ("unknown field `nam`, expected one of `name`, `teams`", "unknown key `nam`", Some("did you mean `name`?")),
            ("unknown field `x`, expected `name`", "unknown key `x`", Some("use one of `name`")),
            ("unknown variant `opn`, expected `open` or `hold`", "unknown value `opn`", Some("did you mean `open`?")),
            ("missing field `name`", "key `name` is missing", Some("add it")),
            ("duplicate field `name`", "key `name` stands twice", Some("keep one of the two")),
            ("`5; 6` is not money; write it so", "`5; 6` is not money", Some("write it so")),
            ("invalid type: string, expected u32", "invalid type: string, expected u32", None),
        ] {
            assert_eq!(explain(raw), (message.to_owned(), help.map(str::to_owned)));
        }
    }
}
