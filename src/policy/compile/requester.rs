//! How much one customer is let in at once.

use super::checks::Checks;
use crate::finding::DocPath;
use crate::limits;
use crate::policy::{PolicyDoc, RequesterDoc, RequesterPolicy};

pub(super) fn requester(doc: &PolicyDoc, checks: &mut Checks) -> RequesterPolicy {
    let usual = RequesterPolicy::default();
    let RequesterDoc { open_max, opened_per_hour, acknowledged_per_hour } = doc.requester.clone().unwrap_or_default();
    let mut within = |key: &'static str, value: Option<u32>, usual: u32, least: u32| {
        let (value, most) = (value.unwrap_or(usual), limits::REQUESTER_RATE_MAX);
        if value < least || value as usize > most {
            let place = DocPath::root().key("requester").key(key);
            let message = format!("`{key}` is {value}, which is not between {least} and {most}");
            checks.error("impossible_value", place, message, format!("write a number from {least} to {most}"));
        }
        value
    };
    RequesterPolicy {
        open_max: within("open_max", open_max, usual.open_max, 1),
        opened_per_hour: within("opened_per_hour", opened_per_hour, usual.opened_per_hour, 1),
        acknowledged_per_hour: within("acknowledged_per_hour", acknowledged_per_hour, usual.acknowledged_per_hour, 0),
    }
}
