//! The figures of what people do beside answering: approvals, merges, links, tasks, time worked. Both counts fill them, each from its own sources.

use std::collections::BTreeMap;

use destek::money::Money;
use serde::Serialize;

use super::figures::{Tally, count};

/// What was asked for beyond somebody's own authority, on the tickets of one queue.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Asked {
    pub(crate) asked: u64,
    /// How it ended, by the library's words: `passed`, `declined`, `expired`, `void`.
    pub(crate) ends: Tally,
    /// Still waiting for an answer.
    pub(crate) pending: u64,
    /// What was given by approval, in minor units, by currency.
    pub(crate) minor: BTreeMap<String, i64>,
}

impl Asked {
    /// Takes in what was asked on a ticket.
    pub(crate) fn add(&mut self, other: &Self) {
        self.asked += other.asked;
        self.pending += other.pending;
        other.ends.iter().for_each(|(how, times)| count(&mut self.ends, how, *times));
        for (currency, minor) in &other.minor {
            *self.minor.entry(currency.clone()).or_default() += minor;
        }
    }

    /// Takes in how one ended; `given` is what was given then.
    pub(crate) fn end(&mut self, how: &str, given: Option<Money>) {
        count(&mut self.ends, how, 1);
        if let Some(given) = given {
            *self.minor.entry(given.currency().as_str().to_owned()).or_default() += given.minor();
        }
    }
}

/// What was done with two tickets that are one, and one that is two.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Merges {
    pub(crate) merged: u64,
    pub(crate) undone: u64,
    /// Messages that answered a merged ticket and arrived where it goes on.
    pub(crate) followed: u64,
    pub(crate) split: u64,
}

impl Merges {
    pub(crate) const fn add(&mut self, other: &Self) {
        self.merged += other.merged;
        self.undone += other.undone;
        self.followed += other.followed;
        self.split += other.split;
    }
}

/// What tickets are to each other. Each link is counted once, not on both its sides.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Links {
    /// By kind, also those that ended.
    pub(crate) made: Tally,
    pub(crate) ended: u64,
    pub(crate) answers_passed_on: u64,
    /// Tickets that were resolved with the one that they are linked to.
    pub(crate) resolved_with: u64,
}

impl Links {
    pub(crate) fn add(&mut self, other: &Self) {
        other.made.iter().for_each(|(kind, times)| count(&mut self.made, kind, *times));
        self.ended += other.ended;
        self.answers_passed_on += other.answers_passed_on;
        self.resolved_with += other.resolved_with;
    }
}

/// What had to be done.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Tasks {
    /// By agents, one by one.
    pub(crate) added: u64,
    /// By checklists of the policy.
    pub(crate) listed: u64,
    /// How often each checklist was applied.
    pub(crate) checklists: Tally,
    pub(crate) done: u64,
    pub(crate) open: u64,
    pub(crate) dropped: u64,
    pub(crate) reopened: u64,
    /// Not done in time, whether done later or not.
    pub(crate) late: u64,
    /// Corrections of time that was written down.
    #[serde(skip)]
    pub(crate) corrected: u64,
}

impl Tasks {
    /// Takes in a checklist with so many tasks.
    pub(crate) fn apply(&mut self, checklist: &str, tasks: usize) {
        count(&mut self.checklists, checklist, 1);
        self.listed += tasks as u64;
    }

    /// The checklists.
    pub(crate) fn lists(&self) -> impl Iterator<Item = &str> {
        self.checklists.keys().map(String::as_str)
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.added += other.added;
        self.listed += other.listed;
        other.checklists.iter().for_each(|(list, times)| count(&mut self.checklists, list, *times));
        self.done += other.done;
        self.open += other.open;
        self.dropped += other.dropped;
        self.reopened += other.reopened;
        self.late += other.late;
    }
}

/// The time that agents wrote down.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Worked {
    pub(crate) entries: u64,
    pub(crate) corrected: u64,
    /// By the queue in which the ticket is at the end.
    pub(crate) seconds: Tally,
}

/// What the lists held and what was taken from them.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Inbox {
    pub(crate) views: u64,
    /// Tickets that somebody took himself.
    pub(crate) taken: u64,
    /// By day and queue.
    pub(crate) closings: BTreeMap<String, BTreeMap<String, Closing>>,
}

/// What the views of a queue held at the end of a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Closing {
    pub(crate) open: u64,
    pub(crate) unassigned: u64,
}
