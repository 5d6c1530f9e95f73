//! The zones of the IANA database, from the crate `chrono-tz`.

use std::sync::Arc;

use chrono::offset::LocalResult;
use chrono::{Offset as _, TimeZone as _};
use chrono_tz::{IANA_TZDB_VERSION, TZ_VARIANTS, Tz, TzOffset};

use super::{WallTime, ZoneRules};
use crate::time::{Span, Timestamp};

/// 1800-01-01T00:00:00Z. The first change of any zone is Manila's day line in 1844.
const FIRST_CHANGE_AFTER: Timestamp = Timestamp::from_millis(-5_364_662_400_000);
/// 2100-01-01T00:00:00Z. The compiled table ends before.
const LAST_CHANGE_BEFORE: Timestamp = Timestamp::from_millis(4_102_444_800_000);

pub(super) fn find(name: &str) -> Option<Arc<dyn ZoneRules>> {
    let zone: Tz = name.parse().ok()?;
    Some(Arc::new(Named(zone)))
}

pub(super) fn names() -> Vec<&'static str> {
    TZ_VARIANTS.iter().map(|zone| zone.name()).collect()
}

#[derive(Debug)]
struct Named(Tz);

fn span(offset: &TzOffset) -> Span {
    Span::seconds(offset.fix().local_minus_utc().into())
}

impl ZoneRules for Named {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn database(&self) -> &str {
        IANA_TZDB_VERSION
    }

    fn offset(&self, at: Timestamp) -> Span {
        span(&self.0.offset_from_utc_datetime(&at.to_datetime().naive_utc()))
    }

    fn instant(&self, wall: WallTime) -> Timestamp {
        let Some(naive) = wall.to_naive() else { return wall.at_offset(Span::ZERO) };
        match self.0.offset_from_local_datetime(&naive) {
            LocalResult::Single(offset) => wall.at_offset(span(&offset)),
            LocalResult::Ambiguous(one, other) => wall.at_offset(span(&one)).min(wall.at_offset(span(&other))),
            LocalResult::None => self.change_over(wall),
        }
    }

    fn steady_until(&self, at: Timestamp) -> Timestamp {
        if at >= LAST_CHANGE_BEFORE {
            Timestamp::MAX
        } else if at < FIRST_CHANGE_AFTER {
            FIRST_CHANGE_AFTER
        } else {
            at
        }
    }
}

impl Named {
    /// The instant of the change that skips `wall`: the clock shows less before it and more from it on.
    fn change_over(&self, wall: WallTime) -> Timestamp {
        // No offset was ever further than sixteen hours from UTC.
        let mut before = wall.at_offset(Span::hours(16));
        let mut after = wall.at_offset(Span::hours(-16));
        while before < after {
            let middle = before + Span::millis(after.since(before).as_millis() / 2);
            if middle.as_millis() + self.offset(middle).as_millis() < wall.as_millis() {
                before = middle + Span::millis(1);
            } else {
                after = middle;
            }
        }
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the map of a zone around one change of its offset, from the change alone.
    fn check_law_9(zone: &dyn ZoneRules, change: Timestamp, before: Span, after: Span) -> Result<(), String> {
        let first = (change + before).min(change + after) - Span::hours(2);
        let last = (change + before).max(change + after) + Span::hours(2);
        let mut earlier = Timestamp::MIN;
        let mut shown = first;
        while shown <= last {
            for edge in [Span::millis(-1), Span::ZERO, Span::millis(1)] {
                let wall = shown + edge;
                // The old offset shows it first, unless the clock was changed before that.
                let expected = if wall - before < change { wall - before } else { change.max(wall - after) };
                let given = zone.instant(WallTime::from_millis(wall.as_millis()));
                if given != expected {
                    return Err(format!("{} at {wall} is {expected}, not {given}", zone.name()));
                }
                if given < earlier {
                    return Err(format!("{} goes back at {wall}", zone.name()));
                }
                earlier = given;
            }
            shown = shown + Span::minutes(15);
        }
        Ok(())
    }

    /// The changes of a zone's offset between two instants, found by looking once a day.
    fn changes(zone: &dyn ZoneRules, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Span, Span)> {
        let mut found = Vec::new();
        let mut day = from;
        while day < to {
            let next = day + Span::days(1);
            let (before, after) = (zone.offset(day), zone.offset(next));
            if before != after {
                let (mut low, mut high) = (day, next);
                while low + Span::millis(1) < high {
                    let middle = low + Span::millis(high.since(low).as_millis() / 2);
                    if zone.offset(middle) == before { low = middle } else { high = middle }
                }
                found.push((high, before, after));
            }
            day = next;
        }
        found
    }

    fn year(year: i32) -> Timestamp {
        format!("{year:04}-01-01T00:00:00Z").parse().unwrap()
    }

    #[test]
    fn law_9_holds_at_every_change_of_every_zone() {
        let mut count = 0;
        for name in names() {
            let zone = find(name).unwrap();
            for (change, before, after) in changes(&*zone, year(1970), year(2040)) {
                check_law_9(&*zone, change, before, after).unwrap();
                count += 1;
            }
        }
        assert!(count > 20_000, "{count} changes");
    }

    /// Takes a skipped time as much later as the clock was put forward, as most libraries do.
    #[derive(Debug)]
    struct Forward(Named);

    /// Takes the second showing of a repeated time.
    #[derive(Debug)]
    struct Second(Named);

    macro_rules! broken {
        ($name:ident, $zone:ident, $wall:ident, $instant:expr) => {
            impl ZoneRules for $name {
                fn name(&self) -> &str {
                    self.0.name()
                }
                fn database(&self) -> &str {
                    self.0.database()
                }
                fn offset(&self, at: Timestamp) -> Span {
                    self.0.offset(at)
                }
                fn instant(&self, $wall: WallTime) -> Timestamp {
                    let $zone = &self.0;
                    $instant
                }
            }
        };
    }
    broken!(Forward, zone, wall, {
        let right = zone.instant(wall);
        let skipped = right.as_millis() + zone.offset(right).as_millis() != wall.as_millis();
        if skipped { wall.at_offset(zone.offset(right - Span::millis(1))) } else { right }
    });
    broken!(Second, zone, wall, {
        let right = zone.instant(wall);
        let later = wall.at_offset(zone.offset(right + Span::hours(2)));
        if later.as_millis() + zone.offset(later).as_millis() == wall.as_millis() { later } else { right }
    });

    #[test]
    fn law_9_broken_is_caught() {
        let [spring, autumn] = changes(&Named(Tz::Europe__Berlin), year(2026), year(2027))[..] else { panic!() };
        let check = |zone: &dyn ZoneRules, (change, before, after)| check_law_9(zone, change, before, after);
        assert_eq!(spring.0, "2026-03-29T01:00:00Z".parse().unwrap());
        assert_eq!(autumn.0, "2026-10-25T01:00:00Z".parse().unwrap());
        assert!(check(&Named(Tz::Europe__Berlin), spring).is_ok() && check(&Named(Tz::Europe__Berlin), autumn).is_ok());
        assert!(check(&Forward(Named(Tz::Europe__Berlin)), spring).is_err());
        assert!(check(&Second(Named(Tz::Europe__Berlin)), autumn).is_err());
    }

    #[test]
    fn no_zone_changes_before_1800_or_from_2100_on() {
        for name in names() {
            let zone = find(name).unwrap();
            assert_eq!(zone.steady_until(FIRST_CHANGE_AFTER - Span::millis(1)), FIRST_CHANGE_AFTER);
            assert_eq!(zone.steady_until(FIRST_CHANGE_AFTER), FIRST_CHANGE_AFTER);
            assert_eq!(zone.steady_until(LAST_CHANGE_BEFORE), Timestamp::MAX);
            for century in 0..18 {
                assert_eq!(zone.offset(year(century * 100 + 1)), zone.offset(FIRST_CHANGE_AFTER), "{name}");
            }
            let mut month = LAST_CHANGE_BEFORE;
            while month < year(2130) {
                assert_eq!(zone.offset(month), zone.offset(LAST_CHANGE_BEFORE), "{name} at {month}");
                month = month + Span::days(30);
            }
            assert_eq!(zone.offset(Timestamp::MAX), zone.offset(LAST_CHANGE_BEFORE), "{name}");
        }
        assert_eq!((FIRST_CHANGE_AFTER, LAST_CHANGE_BEFORE), (year(1800), year(2100)));
    }

    #[test]
    fn a_misspelled_zone_names_what_was_meant() {
        let source = super::super::StandardZones;
        let problem = super::super::find("Europe/Istambul", &source).unwrap_err();
        assert_eq!(problem.to_string(), "`Europe/Istambul` is not a known time zone; did you mean `Europe/Istanbul`?");
        assert_eq!(super::super::find("Europe/Istanbul", &source).unwrap().database(), IANA_TZDB_VERSION);
    }
}
