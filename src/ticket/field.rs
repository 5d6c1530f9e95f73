//! Typed custom fields: what the policy declares, and what a ticket holds.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::content::{ContentRef, Text};
use crate::id::Name;
use crate::money::Money;

/// The type of a custom field, declared in the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FieldType {
    /// Free text. Kept outside the log, because people write names and addresses into it.
    Text,
    /// A whole number.
    Number,
    /// Yes or no.
    Flag,
    /// A civil date.
    Date,
    /// An amount of money.
    Money,
    /// One of these names.
    Choice(Vec<Name>),
}

/// What a command wants a field to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FieldInput {
    /// Free text.
    Text(Text),
    /// A whole number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// A civil date.
    Date(NaiveDate),
    /// An amount of money.
    Money(Money),
    /// One of the declared names.
    Choice(Name),
}

/// What a field of a ticket holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FieldValue {
    /// Free text, outside the log.
    Text(ContentRef),
    /// A whole number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// A civil date.
    Date(NaiveDate),
    /// An amount of money.
    Money(Money),
    /// One of the declared names.
    Choice(Name),
}

/// The value that a policy's text means for a field: rules write these. Free text is no value for a rule.
pub(crate) fn parse_value(declared: &FieldType, text: &str) -> Option<FieldValue> {
    Some(match declared {
        FieldType::Text => return None,
        FieldType::Number => FieldValue::Number(text.parse().ok()?),
        FieldType::Flag => FieldValue::Flag(text.parse().ok()?),
        FieldType::Date => FieldValue::Date(text.parse().ok()?),
        FieldType::Money => FieldValue::Money(text.parse().ok()?),
        FieldType::Choice(names) => FieldValue::Choice(names.iter().find(|name| name.as_str() == text)?.clone()),
    })
}
