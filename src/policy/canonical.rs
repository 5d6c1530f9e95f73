//! One text for one policy, whatever format and key order it was written in.

use serde_json::Value;

use super::promise::TargetPolicy;
use super::{LinkPolicy, LinksDoc, PolicyDoc, RequesterDoc, RequesterPolicy};
use crate::sla::Metric;

/// The document as canonical JSON.
///
/// # Errors
/// When the document cannot be written as JSON, which no document that was checked is.
pub(super) fn write(doc: &PolicyDoc) -> Result<String, serde_json::Error> {
    let mut doc = doc.clone();
    for sla in &mut doc.slas {
        let targets = [(&mut sla.first_response, Metric::FirstResponse), (&mut sla.resolution, Metric::Resolution)];
        for (target, metric) in targets {
            if let Some(target) = target {
                target.pauses_on.take_if(|pauses| *pauses == TargetPolicy::usual_pauses(metric));
            }
        }
    }
    if let Some(links) = &mut doc.links {
        links.parent_waits.take_if(|waits| *waits == LinkPolicy::PARENT_WAITS);
    }
    doc.links.take_if(|links| *links == LinksDoc::new());
    if let Some(requester) = &mut doc.requester {
        let usual = RequesterPolicy::default();
        requester.open_max.take_if(|it| *it == usual.open_max);
        requester.opened_per_hour.take_if(|it| *it == usual.opened_per_hour);
        requester.acknowledged_per_hour.take_if(|it| *it == usual.acknowledged_per_hour);
    }
    doc.requester.take_if(|requester| *requester == RequesterDoc::new());
    let mut text = String::new();
    write_value(&serde_json::to_value(&doc)?, &mut text);
    Ok(text)
}

/// Sorts keys itself: a host may have switched on the feature of serde_json that keeps their order.
fn write_value(value: &Value, text: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            text.push('{');
            for (i, (key, value)) in entries.into_iter().enumerate() {
                if i > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write_value(value, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    text.push(',');
                }
                write_value(item, text);
            }
            text.push(']');
        }
        plain => text.push_str(&plain.to_string()),
    }
}
