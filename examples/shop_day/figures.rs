//! The figures of the report: what both counts must agree on, and how rows become figures.

use std::collections::BTreeMap;

use destek::desk::Event;
use destek::money::Money;
use destek::sla::Metric;
use destek::ticket;
use destek::time::Span;
use serde::Serialize;
use serde_json::Value;

use super::doings::{Asked, Inbox, Links, Merges, Tasks, Worked};

/// A count by name.
pub(crate) type Tally = BTreeMap<String, u64>;

/// Everything that can be told of a day from its states, and again from its log.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Figures {
    pub(crate) tickets: Tickets,
    pub(crate) messages: Messages,
    pub(crate) queues: BTreeMap<String, Line>,
    pub(crate) channels: BTreeMap<String, Line>,
    pub(crate) breaches: Tally,
    pub(crate) warnings: Tally,
    pub(crate) standstills: BTreeMap<String, BTreeMap<String, Standing>>,
    pub(crate) grants: BTreeMap<String, Given>,
    /// By queue.
    pub(crate) approvals: BTreeMap<String, Asked>,
    pub(crate) merges: Merges,
    pub(crate) links: Links,
    pub(crate) tasks: Tasks,
    pub(crate) worked: Worked,
    pub(crate) inbox: Inbox,
    pub(crate) loads: Tally,
    pub(crate) effects: Effects,
    pub(crate) records: Tally,
    /// Events by kind: as the host heard them when they happened, and as they stand in the log.
    pub(crate) events: Tally,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Tickets {
    pub(crate) opened: u64,
    pub(crate) states: Tally,
    pub(crate) kinds: Tally,
    pub(crate) priorities: Tally,
    pub(crate) languages: Tally,
    pub(crate) waiting: Tally,
    pub(crate) reopened: u64,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Messages {
    pub(crate) received: u64,
    pub(crate) joined: u64,
    pub(crate) answers: u64,
    pub(crate) notes: u64,
}

/// The tickets of one queue or channel.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Line {
    pub(crate) tickets: u64,
    pub(crate) states: Tally,
    pub(crate) first_response: Kept,
    pub(crate) resolution: Kept,
    /// Broken promises by metric; of one ticket there may be several.
    pub(crate) breaches: Tally,
}

/// How promises were kept. Seconds are of the promise's own calendar, of clocks that were stopped.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Kept {
    pub(crate) met: u64,
    pub(crate) missed: u64,
    /// Counting, and not late yet.
    pub(crate) running: u64,
    /// Not stopped, and late.
    pub(crate) overdue: u64,
    pub(crate) paused: u64,
    /// Neither kept nor broken: the ticket went on in another one before.
    pub(crate) merged: u64,
    /// Nothing was promised, or nothing began.
    pub(crate) unpromised: u64,
    pub(crate) median_s: Option<i64>,
    pub(crate) p90_s: Option<i64>,
    #[serde(skip)]
    taken: Vec<Span>,
}

/// How a queue stood still for one reason.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Standing {
    pub(crate) times: u64,
    pub(crate) minutes: i64,
    pub(crate) lead_told: u64,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Given {
    pub(crate) times: u64,
    /// In minor units, by currency.
    pub(crate) minor: BTreeMap<String, i64>,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Effects {
    pub(crate) kinds: Tally,
    pub(crate) delivered: u64,
    pub(crate) undelivered: u64,
}

/// What a promise has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Met,
    Missed,
    Running,
    Overdue,
    Paused,
    Merged,
    Unpromised,
}

/// A ticket as far as the figures go.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) channel: String,
    pub(crate) queue: String,
    pub(crate) state: String,
    pub(crate) kind: String,
    pub(crate) priority: String,
    pub(crate) language: String,
    pub(crate) waiting: bool,
    pub(crate) reopened: u64,
    pub(crate) breaches: BTreeMap<Metric, u64>,
    pub(crate) warnings: BTreeMap<Metric, u64>,
    pub(crate) clocks: BTreeMap<Metric, (Verdict, Span)>,
}

pub(crate) fn count(tally: &mut Tally, name: &str, by: u64) {
    if by > 0 {
        *tally.entry(name.to_owned()).or_default() += by;
    }
}

/// The kind of an event, as it is counted.
pub(crate) fn event_kind(event: &Event) -> String {
    match event {
        Event::Ticket(ticket::Event::Clock(event)) => format!("ticket/clock/{}", event.metric()),
        Event::Ticket(event) => format!("ticket/{}", event.kind()),
        Event::Customer(_) => "customer".to_owned(),
        Event::Order(_) => "order".to_owned(),
        Event::Agent(_) => "agent".to_owned(),
        Event::Queue(_) => "queue".to_owned(),
        Event::Policy(_) => "policy".to_owned(),
        Event::View(_) => "view".to_owned(),
        _ => "other".to_owned(),
    }
}

impl Figures {
    /// Takes in a ticket.
    pub(crate) fn add(&mut self, row: &Row) {
        self.tickets.opened += 1;
        self.tickets.reopened += row.reopened;
        count(&mut self.tickets.states, &row.state, 1);
        count(&mut self.tickets.kinds, &row.kind, 1);
        count(&mut self.tickets.priorities, &row.priority, 1);
        count(&mut self.tickets.languages, &row.language, 1);
        count(&mut self.tickets.waiting, &row.queue, u64::from(row.waiting));
        for metric in Metric::ALL {
            count(&mut self.breaches, metric.as_str(), row.breaches.get(&metric).copied().unwrap_or_default());
            count(&mut self.warnings, metric.as_str(), row.warnings.get(&metric).copied().unwrap_or_default());
        }
        self.queues.entry(row.queue.clone()).or_default().add(row);
        self.channels.entry(row.channel.clone()).or_default().add(row);
    }

    /// Takes in something of value that was given.
    pub(crate) fn give(&mut self, grant: &str, amount: Money) {
        let given = self.grants.entry(grant.to_owned()).or_default();
        given.times += 1;
        *given.minor.entry(amount.currency().as_str().to_owned()).or_default() += amount.minor();
    }

    /// Takes in what was asked for on a ticket.
    pub(crate) fn add_asked(&mut self, asked: &BTreeMap<String, Asked>) {
        for (queue, asked) in asked {
            self.approvals.entry(queue.clone()).or_default().add(asked);
        }
    }

    /// Says what is in the middle, once every ticket is there.
    pub(crate) fn close(&mut self) {
        for line in self.queues.values_mut().chain(self.channels.values_mut()) {
            line.first_response.close();
            line.resolution.close();
        }
    }

    /// Every figure in which another count differs, by its place, with both values.
    pub(crate) fn differences(&self, other: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        let flat = |figures: &Self| {
            let mut flat = BTreeMap::new();
            flatten("", &serde_json::to_value(figures).unwrap_or_default(), &mut flat);
            flat
        };
        let (one, two) = (flat(self), flat(other));
        let places: std::collections::BTreeSet<&String> = one.keys().chain(two.keys()).collect();
        for place in places {
            if one.get(place) != two.get(place) {
                let shown = |value: Option<&String>| value.map_or("nothing", String::as_str).to_owned();
                let (first, second) = (shown(one.get(place)), shown(two.get(place)));
                differences.push(format!("{place}: the store says {first}, the log says {second}"));
            }
        }
        differences
    }
}

fn flatten(place: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
                flatten(&place, value, into);
            }
        }
        plain => {
            into.insert(place.to_owned(), plain.to_string());
        }
    }
}

impl Line {
    fn add(&mut self, row: &Row) {
        self.tickets += 1;
        count(&mut self.states, &row.state, 1);
        let of = |metric| row.clocks.get(&metric).copied().unwrap_or((Verdict::Unpromised, Span::ZERO));
        self.first_response.add(of(Metric::FirstResponse));
        self.resolution.add(of(Metric::Resolution));
        for (metric, breaches) in &row.breaches {
            count(&mut self.breaches, metric.as_str(), *breaches);
        }
    }
}

impl Kept {
    fn add(&mut self, (verdict, elapsed): (Verdict, Span)) {
        let counter = match verdict {
            Verdict::Met => &mut self.met,
            Verdict::Missed => &mut self.missed,
            Verdict::Running => &mut self.running,
            Verdict::Overdue => &mut self.overdue,
            Verdict::Paused => &mut self.paused,
            Verdict::Merged => &mut self.merged,
            Verdict::Unpromised => &mut self.unpromised,
        };
        *counter += 1;
        if matches!(verdict, Verdict::Met | Verdict::Missed) {
            self.taken.push(elapsed);
        }
    }

    fn close(&mut self) {
        self.taken.sort_unstable();
        self.median_s = nearest_rank(&self.taken, 50);
        self.p90_s = nearest_rank(&self.taken, 90);
    }
}

/// The smallest of the sorted spans that at least this share of them does not exceed, in whole seconds.
fn nearest_rank(sorted: &[Span], percent: usize) -> Option<i64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).map(|span| span.as_seconds())
}
