//! The figures of what people do beside answering: approvals, merges, links. Both counts fill them, each from its own sources.

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
