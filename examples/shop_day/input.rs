//! Reading messages: JSON lines, packed or not, however bad they are.
//!
//! A line that cannot be used is listed with its number and a reason, never with its text, which is a customer's.
//! Whatever stands in the file, no more than one line of bounded length is held while it is read.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use destek::channel::ChannelKind;
use destek::id::{CustomerId, OrderId};
use destek::limits;
use destek::time::Timestamp;
use flate2::read::MultiGzDecoder;
use serde::Serialize;
use serde_json::Value;

/// Longest line that is looked into, in bytes. Room for the longest body with every character escaped, and for
/// fields that are ignored.
pub(crate) const LINE_BYTES_MAX: usize = 1 << 20;
/// Most unusable lines that are listed one by one; all are counted.
pub(crate) const UNUSABLE_LISTED_MAX: usize = 1_000;
/// The years in which a message may lie.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2199;

/// A message as it stands in the file; what is missing is made up later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// The number of its line, from 1.
    pub(crate) line: u64,
    pub(crate) at: Option<Timestamp>,
    pub(crate) channel: Option<ChannelKind>,
    pub(crate) customer: Option<CustomerId>,
    pub(crate) subject: Option<String>,
    pub(crate) text: String,
    pub(crate) order: Option<OrderId>,
}

/// A line that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Unusable {
    /// Its number, from 1.
    pub(crate) line: u64,
    pub(crate) reason: String,
}

/// Everything that was read.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) messages: Vec<Message>,
    /// The first [`UNUSABLE_LISTED_MAX`] lines that cannot be used.
    pub(crate) unusable: Vec<Unusable>,
    /// How many lines cannot be used.
    pub(crate) unusable_count: u64,
    /// How many lines were not blank.
    pub(crate) lines: u64,
    seen: BTreeMap<String, u64>,
}

impl Reading {
    /// Lists a line that cannot be used.
    pub(crate) fn refuse(&mut self, line: u64, reason: impl Into<String>) {
        self.unusable_count += 1;
        if self.unusable.len() < UNUSABLE_LISTED_MAX {
            self.unusable.push(Unusable { line, reason: reason.into() });
        }
    }

    fn line(&mut self, number: u64, bytes: &[u8]) {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        self.lines += 1;
        match message(number, bytes).and_then(|(id, message)| self.first_of(id, number).map(|()| message)) {
            Ok(message) => self.messages.push(message),
            Err(reason) => self.refuse(number, reason),
        }
    }

    /// A message that is delivered twice is one message.
    fn first_of(&mut self, id: Option<String>, number: u64) -> Result<(), String> {
        let Some(id) = id else { return Ok(()) };
        match self.seen.insert(id.clone(), number) {
            None => Ok(()),
            Some(first) => {
                self.seen.insert(id, first);
                Err(format!("its `id` stands in line {first} already"))
            }
        }
    }
}

/// Reads a file of messages, unpacked on the way when its name ends in `.gz`.
///
/// # Errors
/// When the file cannot be read, or is no gzip file under that name. Lines before the damage are not used either.
pub(crate) fn read_file(path: &Path) -> io::Result<Reading> {
    let file = File::open(path)?;
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz")) {
        read(BufReader::new(MultiGzDecoder::new(file)))
    } else {
        read(BufReader::new(file))
    }
}

/// Reads messages, one a line.
///
/// # Errors
/// When the source cannot be read.
pub(crate) fn read(mut source: impl BufRead) -> io::Result<Reading> {
    let mut reading = Reading::default();
    let mut line = Vec::new();
    let mut number = 0_u64;
    loop {
        line.clear();
        let bound = LINE_BYTES_MAX as u64 + 1;
        if source.by_ref().take(bound).read_until(b'\n', &mut line)? == 0 {
            return Ok(reading);
        }
        number += 1;
        if line.len() > LINE_BYTES_MAX && line.last() != Some(&b'\n') {
            let size = line.len() as u64 + skip_line(&mut source)?;
            reading.lines += 1;
            reading.refuse(number, format!("the line has {size} bytes, at most {LINE_BYTES_MAX} are read"));
            continue;
        }
        let bytes = if number == 1 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line) } else { &line };
        reading.line(number, bytes);
    }
}

/// Passes over the rest of a line without holding it; how long it was.
fn skip_line(source: &mut impl BufRead) -> io::Result<u64> {
    let mut skipped = 0;
    loop {
        let buffer = source.fill_buf()?;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let size = end.unwrap_or(buffer.len());
        let done = end.is_some() || buffer.is_empty();
        source.consume(end.map_or(size, |end| end + 1));
        skipped += size as u64;
        if done {
            return Ok(skipped);
        }
    }
}

fn message(line: u64, bytes: &[u8]) -> Result<(Option<String>, Message), String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "not UTF-8")?.trim_end();
    let value: Value = serde_json::from_str(text).map_err(|error| not_json(text, &error))?;
    let Value::Object(fields) = value else { return Err("not a JSON object".into()) };
    let field = |name: &str| match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(format!("`{name}` is not a text")),
    };
    let id = match fields.get("id") {
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => field("id")?.map(str::to_owned),
    };
    let body = field("text")?.ok_or("no `text`")?;
    check("text", body, limits::BODY_BYTES_MAX)?;
    if body.trim().is_empty() {
        return Err("`text` is blank".into());
    }
    let subject = field("subject")?.filter(|subject| !subject.trim().is_empty());
    if let Some(subject) = subject {
        check("subject", subject, limits::SUBJECT_BYTES_MAX)?;
    }
    let customer = field("customer")?.map(|key| CustomerId::new(key).map_err(|_| bad_key("customer"))).transpose()?;
    let order = field("order")?.map(|key| OrderId::new(key).map_err(|_| bad_key("order"))).transpose()?;
    let channel = field("channel")?.map(channel).transpose()?;
    let at = field("at")?.map(instant).transpose()?;
    let (subject, text) = (subject.map(str::to_owned), body.to_owned());
    Ok((id, Message { line, at, channel, customer, subject, text, order }))
}

/// What serde says of a line may quote it, so that only its kind is told.
fn not_json(text: &str, error: &serde_json::Error) -> String {
    let said = error.to_string();
    if said.contains("surrogate") || (said.contains("hex escape") && text.to_ascii_lowercase().contains("\\ud")) {
        return "a lone surrogate, which is no character".into();
    }
    if said.contains("recursion limit") {
        return "not JSON that can be read: nested too deep".into();
    }
    format!("not JSON at column {}", error.column())
}

fn check(name: &str, text: &str, limit: usize) -> Result<(), String> {
    if text.len() > limit {
        return Err(format!("`{name}` has {} bytes, at most {limit} are allowed", text.len()));
    }
    if text.contains('\0') {
        return Err(format!("`{name}` has a NUL character"));
    }
    Ok(())
}

fn bad_key(name: &str) -> String {
    format!(
        "`{name}` is no key: 1 to {} bytes, no control characters, no white space at its ends",
        limits::KEY_BYTES_MAX
    )
}

fn channel(name: &str) -> Result<ChannelKind, String> {
    let known = ChannelKind::ALL.into_iter().find(|kind| kind.as_str() == name);
    known.ok_or_else(|| format!("`channel` is none of {}", ChannelKind::ALL.map(ChannelKind::as_str).join(", ")))
}

fn instant(text: &str) -> Result<Timestamp, String> {
    use chrono::Datelike as _;
    let at: Timestamp = text.parse().map_err(|_| "`at` is no instant like `2026-10-22T09:14:00+03:00`")?;
    let year = at.to_datetime().year();
    if YEARS.contains(&year) {
        return Ok(at);
    }
    Err(format!("`at` lies in the year {year}, outside {} to {}", YEARS.start(), YEARS.end()))
}
