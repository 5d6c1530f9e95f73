//! How a condition stands in a document: a table with one key.

use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::finding::nearest;
use crate::limits;
use crate::rule::{Condition, Test};

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self {
            Self::All(parts) | Self::Any(parts) => map.serialize_entry(self.key(), parts)?,
            Self::Not(part) => map.serialize_entry(self.key(), part)?,
            Self::Test(test) => test.write(&mut map)?,
        }
        map.end()
    }
}

impl Serialize for Test {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        self.write(&mut map)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        At(1).deserialize(deserializer)
    }
}

/// Reads a condition at this depth, the root being at 1. Reading recurses, so the depth is bounded here already.
#[derive(Clone, Copy)]
struct At(usize);

impl<'de> DeserializeSeed<'de> for At {
    type Value = Condition;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Condition, D::Error> {
        if self.0 > limits::CONDITION_DEPTH_MAX {
            return Err(de::Error::custom(too_deep()));
        }
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for At {
    type Value = Condition;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a condition, such as `{ channel = \"chat\" }` or `{ all = [..] }`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Condition, A::Error> {
        let Some(key) = map.next_key::<String>()? else {
            return Err(de::Error::custom("a condition without a test; leave `when` out to match always"));
        };
        let below = Self(self.0 + 1);
        let condition = match key.as_str() {
            "all" => Condition::All(map.next_value_seed(ListAt(below))?),
            "any" => Condition::Any(map.next_value_seed(ListAt(below))?),
            "not" => Condition::Not(Box::new(map.next_value_seed(below)?)),
            key => match Test::read(key, &mut map)? {
                Some(test) => Condition::Test(test),
                None => {
                    return Err(de::Error::custom(unknown_key("condition", key, ["all", "any", "not"], Test::KEYS)));
                }
            },
        };
        match map.next_key::<String>()? {
            None => Ok(condition),
            Some(second) => Err(de::Error::custom(format!(
                "{}; join them: `{{ all = [{{ {key} = .. }}, {{ {} = .. }}] }}`",
                not_alone(&key, &second),
                limits::shorten(&second, 64)
            ))),
        }
    }
}

#[derive(Clone, Copy)]
struct ListAt(At);

impl<'de> DeserializeSeed<'de> for ListAt {
    type Value = Vec<Condition>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Condition>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ListAt {
    type Value = Vec<Condition>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of conditions")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Condition>, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = list.next_element_seed(self.0)? {
            parts.push(part);
        }
        Ok(parts)
    }
}

pub(super) fn too_deep() -> String {
    format!("a condition is nested deeper than {} levels; flatten it", limits::CONDITION_DEPTH_MAX)
}

/// The message for a key that a one-key table does not know, with a near miss if there is one.
pub(crate) fn unknown_key<'a>(
    what: &str,
    key: &str,
    some: impl IntoIterator<Item = &'a str>,
    others: &[&'a str],
) -> String {
    let known: Vec<&str> = some.into_iter().chain(others.iter().copied()).collect();
    let shown = limits::shorten(key, 64);
    match nearest(key, known.iter().copied()) {
        Some(near) => format!("unknown {what} `{shown}`; did you mean `{near}`?"),
        None => format!("unknown {what} `{shown}`; use one of `{}`", known.join("`, `")),
    }
}

/// The message for a second key in a one-key table.
pub(crate) fn not_alone(first: &str, second: &str) -> String {
    format!("`{first}` and `{}` stand in one table, which holds one key only", limits::shorten(second, 64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rule::strategies;

    fn error(json: &str) -> String {
        serde_json::from_str::<Condition>(json).unwrap_err().to_string()
    }

    #[test]
    fn reads_the_form_of_the_design() {
        let json = r#"{"all": [{"customer_tier": "vip"}, {"channel": ["chat", "phone"]}]}"#;
        let from_json: Condition = serde_json::from_str(json).unwrap();
        let Condition::All(parts) = &from_json else { panic!("{from_json:?}") };
        assert!(matches!(parts.first(), Some(Condition::Test(Test::CustomerTier(tiers))) if tiers.values().len() == 1));
        #[cfg(feature = "toml")]
        {
            #[derive(Deserialize)]
            struct Doc {
                when: Condition,
            }
            let toml = r#"when = { all = [{ customer_tier = "vip" }, { channel = ["chat", "phone"] }] }"#;
            assert_eq!(toml::from_str::<Doc>(toml).unwrap().when, from_json);
        }
    }

    #[test]
    fn every_test_reads_its_value() {
        let values = [
            (
                r#""a""#,
                "channel kind stage status priority tag no_tag queue customer_tier order_state breached text subject_text",
            ),
            (
                r#"["a", "b"]"#,
                "channel kind stage status priority tag no_tag queue customer_tier order_state breached text subject_text",
            ),
            (r#""high""#, "priority_at_least"),
            (r#"{"name": "renk", "value": ["mavi"]}"#, "field"),
            (r#""shop""#, "initiator"),
            (r#"["tr", "en"]"#, "language"),
            ("2", "reopened customer_orders_over"),
            ("true", "customer_new order assigned"),
            (r#""5000 TRY""#, "order_value_over"),
            (r#"["third_party"]"#, "hold"),
        ];
        let mut seen = std::collections::BTreeSet::new();
        for (value, keys) in values {
            for key in keys.split(' ') {
                let condition: Condition = serde_json::from_str(&format!(r#"{{"{key}": {value}}}"#)).unwrap();
                assert_eq!(condition.key(), key);
                seen.insert(key);
            }
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), {
            let mut keys = Test::KEYS.to_vec();
            keys.sort_unstable();
            keys
        });
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (json, parts) in [
            (r#"{"chanel": "chat"}"#, &["unknown condition `chanel`", "did you mean `channel`"][..]),
            (r#"{"weather": "rain"}"#, &["unknown condition `weather`", "`channel`"]),
            (r#"{"channel": "chat", "kind": "iade"}"#, &["`channel` and `kind`", "all"]),
            ("{}", &["without a test"]),
            (r#"{"all": {"channel": "chat"}}"#, &["list of conditions"]),
            (r#"{"channel": 7}"#, &["a text or a list of texts"]),
            (r#"{"channel": [" "]}"#, &["white space"]),
            (r#"{"order_value_over": "5000"}"#, &["amount of money"]),
            (r#"{"field": {"name": "a", "value": "b", "is": "c"}}"#, &["unknown field `is`"]),
            (r#"{"reopened": -1}"#, &["-1"]),
        ] {
            let error = error(json);
            assert!(parts.iter().all(|part| error.contains(part)), "{json}: {error}");
        }
    }

    #[test]
    fn a_deep_tree_is_refused_while_it_is_read() {
        let nested = |levels: usize| {
            format!("{}{}{}", r#"{"not":"#.repeat(levels - 1), r#"{"order":true}"#, "}".repeat(levels - 1))
        };
        assert!(serde_json::from_str::<Condition>(&nested(limits::CONDITION_DEPTH_MAX)).is_ok());
        assert!(error(&nested(limits::CONDITION_DEPTH_MAX + 1)).contains("16 levels"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(1_000), failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn conditions_read_what_they_write(condition in strategies::condition()) {
            let json = serde_json::to_string(&condition).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Condition>(&json).unwrap(), &condition);
            let value = serde_json::to_value(&condition).unwrap();
            prop_assert_eq!(serde_json::from_value::<Condition>(value).unwrap(), condition);
        }
    }
}
