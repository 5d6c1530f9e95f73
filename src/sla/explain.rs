//! A clock that shows its working: what was counted, what was not, and why.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::calendars::Calendars;
use super::clock::{Breach, Clock, GapKind, Phase, Run};
use super::event::Cause;
use super::status::Status;
use super::target::{Metric, Target};
use crate::calendar::{Calendar, Piece, PieceKind, Reason};
use crate::limits;
use crate::time::{Span, Timestamp};

/// How a clock came to read what it reads.
///
/// The stretches tile the time from the start to the instant in question, without gap and in order; what they
/// counted sums to `elapsed` exactly. Empty while the clock is idle or nothing is promised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Explanation {
    /// What the clock measures.
    pub metric: Metric,
    /// The promise it is measured against.
    pub target: Option<Target>,
    /// What it reads.
    pub status: Status,
    /// How much was used.
    pub elapsed: Span,
    /// The deadline, where one can be told ([`Clock::due`]).
    pub due: Option<Timestamp>,
    /// The breach of this wait, if one was recorded.
    pub breach: Option<Breach>,
    /// What was counted and what not.
    pub stretches: Vec<Stretch>,
    /// The wall clock on which it is told in words: that of the calendar, or UTC around the clock.
    pub wall: WallClock,
}

/// What the wall clock of a zone shows at the instants that an explanation tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WallClock {
    /// The zone.
    pub zone: String,
    /// Each offset from the first instant at which it is needed, in order.
    pub offsets: Vec<Offset>,
}

/// How far a wall clock is ahead of UTC from an instant on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Offset {
    /// The instant.
    pub since: Timestamp,
    /// How far; negative in the west.
    pub ahead: Span,
}

/// A span of time and how much of it was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stretch {
    /// The first instant.
    pub from: Timestamp,
    /// The end, itself outside.
    pub to: Timestamp,
    /// How much of it was counted: all, nothing, or of a sum some.
    pub counted: Span,
    /// Why.
    pub kind: StretchKind,
}

/// Why a stretch was counted or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StretchKind {
    /// Counted: the clock ran and the calendar was open.
    Counted,
    /// The calendar was closed.
    Closed(Reason),
    /// The clock was paused.
    Paused(Cause),
    /// The clock was stopped.
    Stopped(Cause),
    /// Folded into one amount, because there were too many pauses.
    Carried,
    /// Too long ago, or too much, to be told in detail; summed.
    Summed,
    /// The target's calendar is missing, so nothing can be counted.
    NoCalendar,
}

/// A span in which the clock was in one phase.
struct Part<'a> {
    from: Timestamp,
    to: Timestamp,
    still: Option<(GapKind, &'a Cause)>,
}

impl Clock {
    /// How the clock comes to read what it reads at `now`; a `now` before the last input is taken as that instant.
    ///
    /// The last [`limits::EXPLAINED_DAYS_MAX`] days are told in detail, in at most
    /// [`limits::EXPLAINED_STRETCHES_MAX`] stretches; what lies before is one sum.
    #[must_use]
    pub fn explain(&self, calendars: &Calendars, now: Timestamp) -> Explanation {
        let target = self.judged_by();
        let calendar =
            target.map_or(Some(calendars.around_the_clock()), |target| calendars.calendar(target.calendar.as_ref()));
        let stretches = match &self.run {
            Some(run) if target.is_some() => stretches(run, calendar, now.max(run.last())),
            _ => Vec::new(),
        };
        let (status, due) = (self.status(calendars, now), self.due(calendars));
        let told = stretches.iter().flat_map(|stretch| [stretch.from, stretch.to]);
        let told = told.chain(due).chain(self.stopped()).chain(self.breach().map(|breach| breach.at));
        let wall = WallClock::of(calendar.unwrap_or_else(|| calendars.around_the_clock()), told.collect());
        Explanation {
            metric: self.metric(),
            target: target.cloned(),
            status,
            elapsed: self.elapsed(calendars, now),
            due,
            breach: self.breach().cloned(),
            stretches,
            wall,
        }
    }
}

impl WallClock {
    fn of(calendar: &Calendar, told: BTreeSet<Timestamp>) -> Self {
        let mut offsets: Vec<Offset> =
            told.into_iter().map(|since| Offset { since, ahead: calendar.offset(since) }).collect();
        offsets.dedup_by_key(|offset| offset.ahead);
        Self { zone: calendar.zone().to_owned(), offsets }
    }

    /// What the clock shows at an instant that is told, as if it were UTC.
    pub(super) fn shows(&self, at: Timestamp) -> Timestamp {
        let offset = self.offsets.iter().rev().find(|offset| offset.since <= at);
        at + offset.map_or(Span::ZERO, |offset| offset.ahead)
    }
}

fn stretches(run: &Run, calendar: Option<&Calendar>, end: Timestamp) -> Vec<Stretch> {
    let Some(calendar) = calendar else {
        let whole = Stretch { from: run.started, to: end, counted: Span::ZERO, kind: StretchKind::NoCalendar };
        return if run.started < end { vec![whole] } else { Vec::new() };
    };
    let detailed_from = end - Span::days(limits::EXPLAINED_DAYS_MAX);
    let mut summed = Summed { from: run.origin(), to: run.origin(), counted: Span::ZERO };
    let mut detail = Vec::new();
    for part in run.parts(end) {
        let cut = detailed_from.clamp(part.from, part.to);
        if part.from < cut {
            let counted = if part.still.is_none() { calendar.elapsed(part.from, cut) } else { Span::ZERO };
            summed.add(cut, counted);
        }
        if cut < part.to {
            part.describe(calendar, cut, &mut detail);
        }
    }
    // The carried amount and the sum take a place each.
    let excess = detail.len().saturating_sub(limits::EXPLAINED_STRETCHES_MAX - 2);
    for stretch in detail.drain(..excess) {
        summed.add(stretch.to, stretch.counted);
    }
    let carried = run.carried.map(|carried| Stretch {
        from: run.started,
        to: carried.upto,
        counted: carried.consumed,
        kind: StretchKind::Carried,
    });
    carried.into_iter().chain(summed.stretch()).chain(detail).collect()
}

/// The beginning of a clock's time, told as one amount.
struct Summed {
    from: Timestamp,
    to: Timestamp,
    counted: Span,
}

impl Summed {
    fn add(&mut self, to: Timestamp, counted: Span) {
        self.to = to;
        self.counted += counted;
    }

    fn stretch(&self) -> Option<Stretch> {
        (self.from < self.to).then_some(Stretch {
            from: self.from,
            to: self.to,
            counted: self.counted,
            kind: StretchKind::Summed,
        })
    }
}

impl Run {
    /// The time from the origin to `end`, cut where the clock went on or stood still. No part is empty.
    fn parts(&self, end: Timestamp) -> Vec<Part<'_>> {
        let mut parts = Vec::with_capacity(2 * self.gaps.len() + 2);
        let mut at = self.origin();
        let mut push = |from: Timestamp, to: Timestamp, still| {
            if from < to {
                parts.push(Part { from, to, still });
            }
        };
        for gap in &self.gaps {
            push(at, gap.from, None);
            push(gap.from, gap.to, Some((gap.kind, &gap.cause)));
            at = gap.to;
        }
        match &self.phase {
            Phase::Running => push(at, end, None),
            Phase::Paused { at: since, cause } => {
                push(at, *since, None);
                push(*since, end, Some((GapKind::Paused, cause)));
            }
            Phase::Stopped { at: since, cause } => {
                push(at, *since, None);
                push(*since, end, Some((GapKind::Stopped, cause)));
            }
        }
        parts
    }
}

impl Part<'_> {
    /// What happened from `from` to the end of this part.
    fn describe(&self, calendar: &Calendar, from: Timestamp, into: &mut Vec<Stretch>) {
        let to = self.to;
        match self.still {
            Some((kind, cause)) => {
                let cause = cause.clone();
                let kind = match kind {
                    GapKind::Paused => StretchKind::Paused(cause),
                    GapKind::Stopped => StretchKind::Stopped(cause),
                };
                into.push(Stretch { from, to, counted: Span::ZERO, kind });
            }
            None => into.extend(calendar.pieces(from, to).into_iter().map(Stretch::of)),
        }
    }
}

impl Stretch {
    fn of(piece: Piece) -> Self {
        let Piece { from, to, kind } = piece;
        match kind {
            PieceKind::Open => Self { from, to, counted: to.since(from), kind: StretchKind::Counted },
            PieceKind::Closed(reason) => Self { from, to, counted: Span::ZERO, kind: StretchKind::Closed(reason) },
        }
    }

    /// How long it lasted by the wall clock.
    #[must_use]
    pub const fn lasted(&self) -> Span {
        self.to.since(self.from)
    }
}
