//! Every event of a tenant in the order of its commit.

use std::sync::Arc;

use crate::desk::Recorded;

/// What one write says of one record; never empty. The record's log and the feed share it.
pub(super) type Rows = Arc<[Recorded]>;

/// The rows of all records, each with the number of events before it.
#[derive(Debug, Default)]
pub(super) struct Feed {
    rows: Vec<(usize, Rows)>,
}

impl Feed {
    pub(super) fn push(&mut self, rows: Rows) {
        let before = self.rows.last().map_or(0, |(before, last)| before + last.len());
        self.rows.push((before, rows));
    }

    /// The events after the first `start`.
    pub(super) fn after(&self, start: usize) -> impl Iterator<Item = &Recorded> {
        let first = self.rows.partition_point(|(before, rows)| before + rows.len() <= start);
        let rows = self.rows.get(first..).unwrap_or_default();
        let within = rows.first().map_or(0, |(before, _)| start - before);
        rows.iter().flat_map(|(_, rows)| rows.iter()).skip(within)
    }

    /// Puts other rows in the place of some, or none.
    pub(super) fn exchange(&mut self, old: &Rows, new: &Rows) {
        let rows = std::mem::take(&mut self.rows).into_iter().map(|(_, rows)| rows);
        let rows = rows.map(|rows| if Arc::ptr_eq(&rows, old) { Arc::clone(new) } else { rows });
        rows.filter(|rows| !rows.is_empty()).for_each(|rows| self.push(rows));
    }
}
