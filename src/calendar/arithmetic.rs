//! How much open time lies between, when it will be used up, and what is open around an instant.

use super::walk::Walk;
use super::{Calendar, Deadline, Piece, Segment};
use crate::time::{Span, Timestamp};

impl Calendar {
    /// The windows that end after an instant, beginning no earlier than it.
    fn open_from(&self, at: Timestamp) -> impl Iterator<Item = Segment> {
        Walk::new(&self.rules, at)
            .filter(move |window| window.to > at)
            .map(move |window| Segment { from: window.from.max(at), ..window })
    }

    /// The open time from `from` to `to`, exact to the millisecond; zero when `to` is not after `from`.
    ///
    /// ```
    /// use destek::calendar::CalendarDoc;
    /// use destek::time::Span;
    /// let doc = CalendarDoc { zone: "UTC".into(), week: "mon-fri 09:00-17:00".into(), ..CalendarDoc::default() };
    /// let calendar = doc.compile().map_err(|findings| findings[0].to_string())?;
    /// let friday = "2026-11-27T16:00:00Z".parse().map_err(|_| "instant")?;
    /// let monday = "2026-11-30T10:00:00Z".parse().map_err(|_| "instant")?;
    /// assert_eq!(calendar.elapsed(friday, monday), Span::hours(2));
    /// assert_eq!(calendar.elapsed(monday, friday), Span::ZERO);
    /// # Ok::<(), String>(())
    /// ```
    #[must_use]
    pub fn elapsed(&self, from: Timestamp, to: Timestamp) -> Span {
        if to <= from {
            return Span::ZERO;
        }
        let mut walk = Walk::new(&self.rules, from);
        let mut total = Span::ZERO;
        loop {
            total += walk.skip_weeks(Span::millis(i64::MAX), to);
            let Some(window) = walk.next().filter(|window| window.from < to) else { return total };
            let open = window.to.min(to).since(window.from.max(from));
            if !open.is_negative() {
                total += open;
            }
        }
    }

    /// When an amount of open time, counted from `from`, is used up: the first instant `t` from `from` on with
    /// `elapsed(from, t) == amount`.
    ///
    /// An amount of zero, and a negative one, is used up at the first open instant from `from` on (law 10).
    ///
    /// ```
    /// use destek::calendar::{CalendarDoc, Deadline};
    /// use destek::time::Span;
    /// let doc = CalendarDoc { zone: "UTC".into(), week: "mon-fri 09:00-17:00".into(), ..CalendarDoc::default() };
    /// let calendar = doc.compile().map_err(|findings| findings[0].to_string())?;
    /// let friday = "2026-11-27T16:00:00Z".parse().map_err(|_| "instant")?;
    /// let closing = "2026-11-27T17:00:00Z".parse().map_err(|_| "instant")?;
    /// let monday = "2026-11-30T09:00:00Z".parse().map_err(|_| "instant")?;
    /// assert_eq!(calendar.add(friday, Span::hours(1)), Deadline::At { due: closing, latest: monday });
    /// assert_eq!(calendar.add(closing, Span::ZERO), Deadline::At { due: monday, latest: monday });
    /// # Ok::<(), String>(())
    /// ```
    #[must_use]
    pub fn add(&self, from: Timestamp, amount: Span) -> Deadline {
        if amount <= Span::ZERO {
            return self.next_open(from).map_or(Deadline::Never, |at| Deadline::At { due: at, latest: at });
        }
        let mut walk = Walk::new(&self.rules, from);
        let mut left = amount;
        loop {
            left = left - walk.skip_weeks(left, Timestamp::MAX);
            let Some(window) = walk.next() else { return Deadline::Never };
            let start = window.from.max(from);
            let open = window.to.since(start);
            if open <= Span::ZERO {
                continue;
            }
            if left < open {
                let due = start + left;
                return Deadline::At { due, latest: due };
            }
            if left == open {
                let latest = walk.next().map_or(Timestamp::MAX, |next| next.from);
                return Deadline::At { due: window.to, latest };
            }
            left = left - open;
        }
    }

    /// Whether it is open at an instant: within one of its [`segments`](Self::segments).
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.next_open(at) == Some(at)
    }

    /// The first open instant from `at` on: `at` itself when it is open. `None` when it never opens again.
    #[must_use]
    pub fn next_open(&self, at: Timestamp) -> Option<Timestamp> {
        self.open_from(at).next().map(|window| window.from)
    }

    /// The first closing time after `at`: the end of the open segment that holds it or, while it is closed, of
    /// the next one. `None` when there is no further one.
    ///
    /// ```
    /// use destek::calendar::{Calendar, CalendarDoc};
    /// let doc = CalendarDoc { zone: "UTC".into(), week: "mon-fri 08:00-12:00 12:00-17:00".into(), ..CalendarDoc::default() };
    /// let calendar = doc.compile().map_err(|findings| findings[0].to_string())?;
    /// let night = "2026-11-27T03:00:00Z".parse().map_err(|_| "instant")?;
    /// let closing = "2026-11-27T17:00:00Z".parse().map_err(|_| "instant")?;
    /// assert_eq!(calendar.next_close(night), Some(closing));
    /// assert_eq!(Calendar::always().next_close(night), None);
    /// # Ok::<(), String>(())
    /// ```
    #[must_use]
    pub fn next_close(&self, at: Timestamp) -> Option<Timestamp> {
        let mut end = None;
        for window in self.open_from(at) {
            match end {
                Some(end) if window.from > end => return Some(end),
                _ => end = Some(window.to),
            }
        }
        end.filter(|&end| end < Timestamp::MAX)
    }

    /// The open segments between two instants: in order, cut to `[from, to)`, those that touch joined.
    ///
    /// One for each opening in between; none when `to` is not after `from`.
    #[must_use]
    pub fn segments(&self, from: Timestamp, to: Timestamp) -> Vec<Segment> {
        let mut segments: Vec<Segment> = Vec::new();
        for window in self.open_from(from).take_while(|window| window.from < to) {
            let end = window.to.min(to);
            match segments.last_mut() {
                Some(last) if last.to == window.from => last.to = end,
                _ => segments.push(Segment { from: window.from, to: end }),
            }
        }
        segments
    }

    /// All of `[from, to)` in order and without gap: what is open, and what is closed for which reason.
    ///
    /// Neighbours differ in kind. The open pieces are the [`segments`](Self::segments), and sum to
    /// [`elapsed`](Self::elapsed) (law 12). One step for each civil day in between.
    #[must_use]
    pub fn pieces(&self, from: Timestamp, to: Timestamp) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut at = from;
        for day in self.rules.day_of(from).. {
            if at >= to {
                break;
            }
            for (window, kind) in self.rules.pieces(day) {
                let end = self.rules.instant(day, window.to).min(to);
                if end > at {
                    push(&mut pieces, Piece { from: at, to: end, kind });
                    at = end;
                }
            }
        }
        pieces
    }
}

fn push(pieces: &mut Vec<Piece>, piece: Piece) {
    match pieces.last_mut() {
        Some(last) if last.kind == piece.kind => last.to = piece.to,
        _ => pieces.push(piece),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{CalendarDoc, PieceKind, Reason};
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("{text}:00+03:00").parse().unwrap()
    }

    fn calendar(week: &str, holidays: &[&str], overrides: &[&str], breaks: &[&str]) -> Calendar {
        let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        CalendarDoc {
            zone: "+03:00".into(),
            week: week.into(),
            holidays: owned(holidays),
            overrides: owned(overrides),
            breaks: owned(breaks),
        }
        .compile()
        .unwrap()
    }

    /// The open segments of some days in May 2026, as `day hh:mm-day hh:mm`. The 18th is a Monday.
    fn open(calendar: &Calendar, first: u32, last: u32) -> Vec<String> {
        let local = |at: Timestamp| (at + Span::hours(3)).to_datetime().format("%d %H:%M").to_string();
        calendar
            .segments(at(&format!("2026-05-{first}T00:00")), at(&format!("2026-05-{last}T00:00")))
            .into_iter()
            .map(|segment| format!("{}-{}", local(segment.from), local(segment.to)))
            .collect()
    }

    #[test]
    fn break_over_override_over_holiday_over_week() {
        let calendar = calendar(
            "mon-fri 09:00-18:00",
            &["2026-05-19 = Gençlik ve Spor Bayramı", "2026-05-20"],
            &["2026-05-20 10:00-14:00", "2026-05-23 11:00-12:00"],
            &["2026-05-20 11:00-12:00", "2026-05-21 17:00-20:00"],
        );
        assert_eq!(
            open(&calendar, 18, 25),
            [
                "18 09:00-18 18:00",
                "20 10:00-20 11:00",
                "20 12:00-20 14:00",
                "21 09:00-21 17:00",
                "22 09:00-22 18:00",
                "23 11:00-23 12:00"
            ]
        );
    }

    #[test]
    fn a_half_day_closes_from_its_time_on() {
        let calendar = calendar(
            "mon-fri 09:00-12:30 13:30-18:00",
            &["2026-05-18 from 14:00", "05-19 from 09:00", "05-20"],
            &[],
            &[],
        );
        assert_eq!(
            open(&calendar, 18, 22),
            ["18 09:00-18 12:30", "18 13:30-18 14:00", "21 09:00-21 12:30", "21 13:30-21 18:00"]
        );
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_opens() {
        let nights = "mon-sun 22:00-06:00";
        assert_eq!(open(&calendar(nights, &[], &[], &[]), 18, 19), ["18 00:00-18 06:00", "18 22:00-19 00:00"]);
        // The holiday cuts the night before it at midnight, and its own night does not begin.
        assert_eq!(
            open(&calendar(nights, &["2026-05-19"], &[], &[]), 18, 22),
            ["18 00:00-18 06:00", "18 22:00-19 00:00", "20 22:00-21 06:00", "21 22:00-22 00:00"]
        );
        // A half day leaves the night before alone.
        assert_eq!(
            open(&calendar(nights, &["2026-05-19 from 13:00"], &[], &[]), 19, 21),
            ["19 00:00-19 06:00", "20 22:00-21 00:00"]
        );
        // An override replaces the whole day, and its own night goes on into a holiday.
        assert_eq!(
            open(&calendar(nights, &["2026-05-20"], &["2026-05-19 20:00-26:00"], &[]), 18, 21),
            ["18 00:00-18 06:00", "18 22:00-19 00:00", "19 20:00-20 02:00"]
        );
        assert_eq!(
            open(&calendar(nights, &[], &[], &["2026-05-18 23:00-25:00"]), 18, 20),
            ["18 00:00-18 06:00", "18 22:00-18 23:00", "19 01:00-19 06:00", "19 22:00-20 00:00"]
        );
    }

    #[test]
    fn hours_of_ramadan_replace_each_day_of_a_range() {
        let calendar = calendar("mon-fri 09:00-18:00", &[], &["2026-05-18..2026-05-19 10:00-12:00 21:00-26:00"], &[]);
        assert_eq!(
            open(&calendar, 18, 21),
            ["18 10:00-18 12:00", "18 21:00-19 02:00", "19 10:00-19 12:00", "19 21:00-20 02:00", "20 09:00-20 18:00"]
        );
    }

    #[test]
    fn closed_pieces_say_why() {
        let calendar = calendar(
            "mon-fri 09:00-18:00",
            &["05-19 = Gençlik ve Spor Bayramı", "2026-05-20"],
            &["2026-05-21 closed"],
            &["2026-05-18 12:00-13:00"],
        );
        let pieces = calendar.pieces(at("2026-05-18T10:00"), at("2026-05-22T10:00"));
        let holiday = |day: u32, name: Option<&str>| {
            let date = chrono::NaiveDate::from_ymd_opt(2026, 5, day).unwrap();
            PieceKind::Closed(Reason::Holiday { date, name: name.map(str::to_owned) })
        };
        let expected = [
            ("2026-05-18T10:00", PieceKind::Open),
            ("2026-05-18T12:00", PieceKind::Closed(Reason::Break)),
            ("2026-05-18T13:00", PieceKind::Open),
            ("2026-05-18T18:00", PieceKind::Closed(Reason::OutOfHours)),
            ("2026-05-19T00:00", holiday(19, Some("Gençlik ve Spor Bayramı"))),
            ("2026-05-20T00:00", holiday(20, None)),
            ("2026-05-21T00:00", PieceKind::Closed(Reason::Override)),
            ("2026-05-22T00:00", PieceKind::Closed(Reason::OutOfHours)),
            ("2026-05-22T09:00", PieceKind::Open),
        ];
        let given: Vec<(Timestamp, PieceKind)> = pieces.iter().map(|piece| (piece.from, piece.kind.clone())).collect();
        assert_eq!(given, expected.map(|(from, kind)| (at(from), kind)));
        assert_eq!(pieces.last().unwrap().to, at("2026-05-22T10:00"));
        let json = serde_json::to_value(&pieces[4]).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"from": "2026-05-18T21:00:00.000Z", "to": "2026-05-19T21:00:00.000Z",
                "kind": {"closed": {"holiday": {"date": "2026-05-19", "name": "Gençlik ve Spor Bayramı"}}}})
        );
        assert_eq!(serde_json::from_value::<Piece>(json).unwrap(), pieces[4]);
        assert!(calendar.pieces(at("2026-05-22T10:00"), at("2026-05-18T10:00")).is_empty());
    }

    #[test]
    fn the_ends_of_time_are_no_special_case() {
        let always = Calendar::always();
        let (first, last) = (Timestamp::MIN, Timestamp::MAX);
        assert_eq!(always.elapsed(first, last), last.since(first));
        assert_eq!(always.segments(first, last), [Segment { from: first, to: last }]);
        assert_eq!(always.add(first, last.since(first)), Deadline::At { due: last, latest: last });
        assert_eq!(always.add(last, Span::millis(1)), Deadline::Never);
        assert_eq!(always.add(first, Span::millis(i64::MAX)), Deadline::Never);
        assert_eq!(always.add(first, Span::millis(i64::MIN)), always.add(first, Span::ZERO));
        // At the very last instant nothing is open any more, because nothing comes after it.
        assert_eq!((always.is_open(last), always.is_open(last - Span::millis(1))), (false, true));
        for offset in ["-18:00", "+18:00"] {
            let doc = CalendarDoc { zone: offset.into(), week: "mon-sun 08:00-20:00".into(), ..CalendarDoc::default() };
            let calendar = doc.compile().unwrap();
            for (from, to) in [(first, first + Span::days(3)), (last - Span::days(3), last)] {
                let pieces = calendar.pieces(from, to);
                assert_eq!((pieces[0].from, pieces[pieces.len() - 1].to), (from, to));
                assert!((Span::hours(35)..=Span::hours(37)).contains(&calendar.elapsed(from, to)));
            }
        }
    }

    #[test]
    fn a_calendar_that_closes_for_good_is_in_time_for_ever() {
        let calendar = calendar("", &[], &["2026-05-18 09:00-10:00"], &[]);
        let (opening, closing) = (at("2026-05-18T09:00"), at("2026-05-18T10:00"));
        assert_eq!(calendar.add(opening, Span::hours(1)), Deadline::At { due: closing, latest: Timestamp::MAX });
        assert_eq!(calendar.add(opening, Span::hours(1) + Span::millis(1)), Deadline::Never);
        assert_eq!(calendar.add(closing, Span::ZERO), Deadline::Never);
        assert_eq!(calendar.next_close(opening), Some(closing));
        assert_eq!(calendar.next_close(closing), None);
    }

    #[test]
    fn a_calendar_is_shared_between_threads() {
        const fn shared<T: Send + Sync + Clone>() {}
        shared::<Calendar>();
    }
}
