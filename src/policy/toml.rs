//! Policy documents in TOML.

use std::ops::Range;

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};
use serde::Deserialize;

use super::PolicyDoc;
use super::read::{Outline, Raw, ReadError, check_size, other_version};
use crate::finding::{DocPath, Locate, Step};

/// Reads a document. What it means is checked by [`PolicyDoc::compile`].
///
/// # Errors
/// The first error of syntax, type or key, with its place; before all others, that the text has more than
/// [`limits::POLICY_BYTES_MAX`](crate::limits::POLICY_BYTES_MAX) bytes.
///
/// ```
/// let error = destek::policy::toml::read("version = 1\n[[queue]]\nnam = \"genel\"\n").unwrap_err();
/// assert_eq!((error.line, error.column), (3, 1));
/// assert_eq!(error.help.as_deref(), Some("did you mean `name`?"));
/// ```
pub fn read(text: &str) -> Result<PolicyDoc, ReadError> {
    check_size(text)?;
    ::toml::from_str(text).map_err(|error| {
        let places = Places::of(text).0;
        let version = ::toml::from_str::<Version>(text).ok().and_then(|probe| probe.version);
        let raw = version.and_then(|version| other_version(version, &places)).unwrap_or_else(|| {
            let span = error.span().unwrap_or_default();
            let path = places.around(span.start).map(|(node, _)| places.place(node));
            Raw { span, path, message: error.message().to_owned() }
        });
        raw.into_error(text)
    })
}

#[derive(Deserialize)]
struct Version {
    version: Option<i64>,
}

/// Where the values of a document stand in its text.
#[derive(Debug)]
pub struct Places(Outline);

impl Places {
    /// The places of a text; none, when it is no TOML.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut outline = Outline::default();
        if let Ok(table) = DeTable::parse(text) {
            outline.open(None, None, 0..text.len());
            members(table.get_ref(), &mut outline);
            outline.close(None);
        }
        Self(outline)
    }
}

impl Locate for Places {
    fn span(&self, place: &DocPath) -> Option<Range<usize>> {
        self.0.span(place)
    }
}

fn members(table: &DeTable<'_>, outline: &mut Outline) {
    for (key, value) in table {
        let step = Step::Key(key.get_ref().clone().into_owned());
        add(step, Some(key.span()), value, outline);
    }
}

fn add(step: Step, key: Option<Range<usize>>, value: &Spanned<DeValue<'_>>, outline: &mut Outline) {
    outline.open(Some(step), key, value.span());
    match value.get_ref() {
        DeValue::Table(table) => members(table, outline),
        DeValue::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                add(Step::Index(index), None, item, outline);
            }
        }
        _ => {}
    }
    outline.close(None);
}
