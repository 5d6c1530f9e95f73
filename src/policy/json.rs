//! Policy documents in JSON.

use std::ops::Range;

use serde::Deserialize;
use serde_json::error::Category;

use super::PolicyDoc;
use super::read::{Outline, Raw, ReadError, check_size, other_version};
use crate::finding::{DocPath, Lines, Locate, Step};

/// Reads a document. What it means is checked by [`PolicyDoc::compile`].
///
/// # Errors
/// The first error of syntax, type or key, with its place; before all others, that the text has more than
/// [`limits::POLICY_BYTES_MAX`](crate::limits::POLICY_BYTES_MAX) bytes.
///
/// ```
/// let error = destek::policy::json::read(r#"{"version": 1, "silence": {"after": "3d"}}"#).unwrap_err();
/// assert_eq!(error.path.unwrap().to_string(), "silence.after");
/// assert_eq!(error.help.as_deref(), Some("write it in hours"));
/// ```
pub fn read(text: &str) -> Result<PolicyDoc, ReadError> {
    check_size(text)?;
    let start = text.len() - text.trim_start().len();
    if !text.trim_start().starts_with('{') {
        // Structs are read from lists as well, and what is then wrong would be told of the wrong thing.
        let message = "a policy document is a table of keys; begin it with `{`".to_owned();
        return Err(Raw { span: start..start, path: None, message }.into_error(text));
    }
    serde_json::from_str(text).map_err(|error| {
        let places = Places::of(text).0;
        let version = serde_json::from_str::<Version>(text).ok().and_then(|probe| probe.version);
        let raw = version.and_then(|version| other_version(version, &places));
        raw.unwrap_or_else(|| raw_error(text, &error, &places)).into_error(text)
    })
}

#[derive(Deserialize)]
struct Version {
    version: Option<i64>,
}

fn raw_error(text: &str, error: &serde_json::Error, places: &Outline) -> Raw {
    let (line, column) = (error.line(), error.column());
    let message = error.to_string();
    let suffix = format!(" at line {line} column {column}");
    let message = message.strip_suffix(&suffix).unwrap_or(&message).to_owned();
    // The column counts bytes, and is that of the last one that was read.
    let last = (Lines::of(text).start(line) + column).saturating_sub(1).min(text.len());
    if error.classify() != Category::Data {
        let start = (0..=last).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        return Raw { span: start..start, path: None, message };
    }
    let read = text.as_bytes().get(..=last).unwrap_or(text.as_bytes());
    let last = read.iter().rposition(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
    // A table or list where something else is expected is told of before it is read.
    let ahead = message.starts_with("invalid type: ") && matches!(read.get(last), Some(b':' | b',' | b'['));
    let rest = text.as_bytes().get(last + 1..).unwrap_or_default();
    let next = rest.iter().position(|byte| !byte.is_ascii_whitespace()).filter(|_| ahead);
    let mut found = places.around(next.map_or(last, |next| last + 1 + next));
    // A value that is of the right type and wrong all the same is told of only when what contains it has been
    // read to its end, if it was the last one in it.
    if let Some((node, span)) = &found
        && matches!(read.get(last), Some(b'}' | b']'))
        && span.end == last + 1
        && !message.starts_with("missing field")
    {
        found = places.last_inside(*node).or(found);
    }
    let (path, span) = found.map_or((None, last..last), |(node, span)| (Some(places.place(node)), span));
    Raw { span, path, message }
}

/// Where the values of a document stand in its text.
#[derive(Debug)]
pub struct Places(Outline);

impl Places {
    /// The places of a text, as far as it is JSON.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(Scanner { text, at: 0, outline: Outline::default(), open: Vec::new() }.scan())
    }
}

impl Locate for Places {
    fn span(&self, place: &DocPath) -> Option<Range<usize>> {
        self.0.span(place)
    }
}

/// Walks over a text without calling itself, so that no depth is too much. It is told by the reader what is wrong
/// with a text, and does not care itself.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
    outline: Outline,
    open: Vec<Within>,
}

/// A list or table that has begun.
enum Within {
    /// How many items there were.
    List(usize),
    /// The key whose value comes next.
    Table(Option<Range<usize>>),
}

impl Scanner<'_> {
    fn scan(mut self) -> Outline {
        while let Some(byte) = self.text.as_bytes().get(self.at) {
            match byte {
                b'{' => self.begin(Within::Table(None)),
                b'[' => self.begin(Within::List(0)),
                b'}' | b']' => {
                    self.at += 1;
                    if self.open.pop().is_some() {
                        self.outline.close(Some(self.at));
                    }
                }
                b'"' => {
                    let span = self.at..self.string_end();
                    self.at = span.end;
                    match self.open.last_mut() {
                        Some(Within::Table(key @ None)) => *key = Some(span),
                        _ => self.value(span),
                    }
                }
                b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                _ => {
                    let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
                    let ends = |byte: &u8| b",:]}[{\" \t\r\n".contains(byte);
                    let length = rest.iter().position(ends).unwrap_or(rest.len());
                    let span = self.at..self.at + length;
                    self.at = span.end;
                    self.value(span);
                }
            }
        }
        while self.open.pop().is_some() {
            self.outline.close(Some(self.text.len()));
        }
        self.outline
    }

    fn begin(&mut self, within: Within) {
        let (step, key) = self.step();
        self.outline.open(step, key, self.at..self.at + 1);
        self.open.push(within);
        self.at += 1;
    }

    fn value(&mut self, span: Range<usize>) {
        let (step, key) = self.step();
        self.outline.open(step, key, span);
        self.outline.close(None);
    }

    /// The way from the enclosing value to the one that begins.
    fn step(&mut self) -> (Option<Step>, Option<Range<usize>>) {
        match self.open.last_mut() {
            Some(Within::List(count)) => {
                *count += 1;
                (Some(Step::Index(*count - 1)), None)
            }
            Some(Within::Table(key)) => {
                let key = key.take();
                let quoted = key.clone().and_then(|key| self.text.get(key)).unwrap_or_default();
                (Some(Step::Key(serde_json::from_str(quoted).unwrap_or_default())), key)
            }
            None => (None, None),
        }
    }

    /// Behind the string that begins here.
    fn string_end(&self) -> usize {
        let rest = self.text.as_bytes().get(self.at + 1..).unwrap_or_default();
        let mut escaped = false;
        let close = rest.iter().position(|byte| {
            let closes = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            closes
        });
        close.map_or(self.text.len(), |close| self.at + close + 2)
    }
}
