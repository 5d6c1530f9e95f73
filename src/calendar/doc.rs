//! The calendar as people write it, and its way to the compiled one.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::day::{self, Annual, Closed, Replaced, Rules};
use super::window::{Window, union};
use super::zone::{self, StandardZones, ZoneSource};
use super::{Break, Calendar, CalendarError, CalendarTextError, Dates, Holiday, Override, Week};
use crate::limits;

/// A calendar as policy files contain it.
///
/// The default has no zone, which [`compile`](Self::compile) refuses: nobody gets UTC without asking for it.
///
/// ```
/// use destek::calendar::CalendarDoc;
/// let doc: CalendarDoc = serde_json::from_str(
///     r#"{"zone": "+03:00", "week": "mon-fri 09:00-18:00", "holidays": ["01-01", "2026-13-01"]}"#,
/// )?;
/// let findings = doc.compile().unwrap_err();
/// assert_eq!(findings.len(), 1);
/// assert_eq!((findings[0].field(), findings[0].code()), ("holidays/1", "date_malformed"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarDoc {
    /// The zone of all hours and dates: `Europe/Istanbul`, `+03:00` or `UTC`.
    pub zone: String,
    /// The hours of the [`Week`], like `mon-fri 09:00-12:30 13:30-18:00; sat 10:00-14:00`. Empty: never open,
    /// but for overrides.
    pub week: String,
    /// Each a [`Holiday`], like `2026-01-01`, `10-29 = Cumhuriyet Bayramı` or `2026-10-28 from 13:00`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<String>,
    /// Each an [`Override`], like `2026-12-24 10:00-14:00`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<String>,
    /// Each a [`Break`], like `2026-05-12 12:00-14:00`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub breaks: Vec<String>,
}

impl CalendarDoc {
    /// Checks everything and compiles it, with the zones that are built in.
    ///
    /// # Errors
    /// All findings, at least one.
    pub fn compile(&self) -> Result<Calendar, Vec<CalendarError>> {
        self.compile_with(&StandardZones)
    }

    /// The same with zones from elsewhere. Offsets and `UTC` are known without them.
    ///
    /// # Errors
    /// All findings, at least one.
    pub fn compile_with(&self, zones: &dyn ZoneSource) -> Result<Calendar, Vec<CalendarError>> {
        let mut findings = Vec::new();
        let zone = zone::find(&self.zone, zones).map_err(|problem| findings.push(CalendarError::new("zone", problem)));
        let week = Week::read(&self.week).unwrap_or_else(|problems| {
            findings.extend(problems.into_iter().map(|problem| CalendarError::new("week", problem)));
            Week::default()
        });
        let count = self.holidays.len() + self.overrides.len() + self.breaks.len();
        if count > limits::CALENDAR_DATES_MAX {
            // Reading on would cost what the limit is there to bound.
            findings.push(CalendarError::new(self.longest(), CalendarTextError::TooManyDates { count }));
            return Err(findings);
        }
        let holidays = read_all::<Holiday>("holidays", &self.holidays, &mut findings);
        let overrides = read_all::<Override>("overrides", &self.overrides, &mut findings);
        let breaks = read_all::<Break>("breaks", &self.breaks, &mut findings);
        let overrides = in_order(&overrides, &mut findings);
        match zone {
            Ok(zone) if findings.is_empty() => {
                let (closed, annual) = (closed(&holidays), annual(&holidays));
                Ok(Calendar::from_rules(Rules::new(zone, week, closed, annual, overrides, by_day(&breaks))))
            }
            _ => Err(findings),
        }
    }

    /// The list that has the most entries.
    fn longest(&self) -> &'static str {
        let lists = [("holidays", &self.holidays), ("overrides", &self.overrides), ("breaks", &self.breaks)];
        lists.into_iter().max_by_key(|(_, list)| list.len()).map_or("holidays", |(name, _)| name)
    }
}

/// The entries of a list with their places; what cannot be read is a finding.
fn read_all<T>(list: &str, texts: &[String], findings: &mut Vec<CalendarError>) -> Vec<(usize, T)>
where
    T: std::str::FromStr<Err = CalendarTextError>,
{
    let mut read = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        match text.parse() {
            Ok(entry) => read.push((index, entry)),
            Err(problem) => findings.push(CalendarError::new(format!("{list}/{index}"), problem)),
        }
    }
    read
}

fn days(first: NaiveDate, last: NaiveDate) -> (i64, i64) {
    (day::number(first), day::number(last))
}

/// The overrides by day; two for one day are a finding at the later entry.
fn in_order(overrides: &[(usize, Override)], findings: &mut Vec<CalendarError>) -> Vec<Replaced> {
    let mut spans: Vec<(NaiveDate, NaiveDate, usize, &Override)> = overrides
        .iter()
        .filter_map(|(index, entry)| entry.dates().span().map(|(first, last)| (first, last, *index, entry)))
        .collect();
    spans.sort_by_key(|&(first, last, index, _)| (first, last, index));
    let mut reached: Option<(NaiveDate, usize)> = None;
    for &(first, last, index, _) in &spans {
        if let Some((_, other)) = reached.filter(|&(end, _)| first <= end) {
            let problem = CalendarTextError::OverrideTwice { text: first.to_string() };
            findings.push(CalendarError::new(format!("overrides/{}", index.max(other)), problem));
        }
        if reached.is_none_or(|(end, _)| end < last) {
            reached = Some((last, index));
        }
    }
    let replaced = |(first, last, _, entry): (NaiveDate, NaiveDate, usize, &Override)| {
        let (first, last) = days(first, last);
        Replaced { first, last, windows: entry.windows().to_vec() }
    };
    spans.into_iter().map(replaced).collect()
}

/// The dated holidays as disjoint spans: where several meet, the one that closes earliest, then the one
/// written first.
fn closed(holidays: &[(usize, Holiday)]) -> Vec<Closed> {
    // At each day the holidays that begin there and those that ended the day before.
    let mut turns: BTreeMap<i64, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for (place, (_, holiday)) in holidays.iter().enumerate() {
        if let Some((first, last)) = holiday.dates().span() {
            let (first, last) = days(first, last);
            turns.entry(first).or_default().0.push(place);
            turns.entry(last + 1).or_default().1.push(place);
        }
    }
    let key = |place: usize| holidays.get(place).map(|(_, holiday)| (holiday.from(), place));
    let mut running: BTreeSet<(u16, usize)> = BTreeSet::new();
    let mut spans: Vec<Closed> = Vec::new();
    let mut open: Option<(i64, usize)> = None;
    for (turn, (begin, end)) in turns {
        for place in end {
            key(place).map(|key| running.remove(&key));
        }
        running.extend(begin.into_iter().filter_map(key));
        let winner = running.first().map(|&(_, place)| place);
        if open.map(|(_, place)| place) == winner {
            continue;
        }
        if let Some((first, place)) = open
            && let Some((_, holiday)) = holidays.get(place)
        {
            spans.push(Closed { first, last: turn - 1, from: holiday.from(), name: holiday.name().cloned() });
        }
        open = winner.map(|place| (turn, place));
    }
    spans
}

/// The holidays of every year in the order of the year, each day as its earliest closing.
fn annual(holidays: &[(usize, Holiday)]) -> Vec<Annual> {
    let mut by_day: BTreeMap<(u8, u8), &Holiday> = BTreeMap::new();
    for (_, holiday) in holidays {
        if let Dates::Annual(month, day) = holiday.dates() {
            let entry = by_day.entry((month, day)).or_insert(holiday);
            if holiday.from() < entry.from() {
                *entry = holiday;
            }
        }
    }
    by_day
        .into_iter()
        .map(|((month, day), holiday)| Annual { month, day, from: holiday.from(), name: holiday.name().cloned() })
        .collect()
}

fn by_day(breaks: &[(usize, Break)]) -> Vec<(i64, Vec<Window>)> {
    let mut by_day: BTreeMap<i64, Vec<Window>> = BTreeMap::new();
    for (_, entry) in breaks {
        by_day.entry(day::number(entry.date())).or_default().extend_from_slice(entry.windows());
    }
    by_day.into_iter().map(|(day, windows)| (day, union(windows))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::zone::{WallTime, ZoneRules};
    use super::*;
    use crate::time::{Span, Timestamp};
    use std::sync::Arc;

    fn doc(week: &str, holidays: &[&str], overrides: &[&str], breaks: &[&str]) -> CalendarDoc {
        let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        CalendarDoc {
            zone: "UTC".into(),
            week: week.into(),
            holidays: owned(holidays),
            overrides: owned(overrides),
            breaks: owned(breaks),
        }
    }

    fn places(doc: &CalendarDoc) -> Vec<(String, &'static str)> {
        let findings = doc.compile().unwrap_err();
        findings.iter().map(|finding| (finding.field().to_owned(), finding.code())).collect()
    }

    #[test]
    fn all_findings_come_at_once() {
        let mut doc = doc(
            "mon 9-17; tuesday 09:00-10:00",
            &["2026-01-01", "tomorrow"],
            &["2026-05-01..2026-05-03 closed", "2026-05-03 10:00-11:00", "2026-05-05 10:00-10:00"],
            &["2026-01-02"],
        );
        doc.zone = "Mars/Olympus".into();
        let expected = [
            ("zone", "zone_unknown"),
            ("week", "time_malformed"),
            ("week", "day_unknown"),
            ("holidays/1", "date_malformed"),
            ("overrides/2", "window_empty"),
            ("breaks/0", "break_malformed"),
            ("overrides/1", "override_twice"),
        ];
        assert_eq!(places(&doc), expected.map(|(field, code)| (field.to_owned(), code)));
        let first = &doc.compile().unwrap_err()[1];
        assert_eq!(first.message(), "`9` is not a time of day");
        assert!(
            first.to_string().starts_with("in `week`: `9` is not a time of day; write hours and minutes"),
            "{first}"
        );
    }

    #[test]
    fn a_zone_has_to_be_named() {
        let doc = CalendarDoc { week: "mon-fri 09:00-17:00".into(), ..CalendarDoc::default() };
        assert_eq!(places(&doc), [("zone".to_owned(), "zone_missing")]);
        assert!(serde_json::from_str::<CalendarDoc>(r#"{"week": "mon 09:00-17:00"}"#).is_err());
        assert!(serde_json::from_str::<CalendarDoc>(r#"{"zone": "UTC", "week": "", "hollidays": []}"#).is_err());
    }

    #[test]
    fn too_many_dates_are_refused_before_they_are_read() {
        let mut doc = doc("", &[], &["2026-01-01 closed"], &[]);
        doc.holidays = vec!["?".to_owned(); limits::CALENDAR_DATES_MAX];
        let findings = doc.compile().unwrap_err();
        assert_eq!(findings.len(), 1);
        assert_eq!((findings[0].field(), findings[0].code()), ("holidays", "too_many_dates"));
        assert!(findings[0].message().contains("20001") && findings[0].message().contains("20000"));
        doc.holidays = vec!["2026-01-01".to_owned(); limits::CALENDAR_DATES_MAX - 1];
        assert!(doc.compile().is_ok());
    }

    #[test]
    fn overrides_that_meet_are_found_wherever_they_stand() {
        let meeting = doc(
            "",
            &[],
            &["2026-05-01..2026-05-31 closed", "2026-04-01 closed", "2026-05-31 closed", "2026-05-02 closed"],
            &[],
        );
        let twice = |index: usize| (format!("overrides/{index}"), "override_twice");
        assert_eq!(places(&meeting), [twice(3), twice(2)]);
        assert!(
            doc("", &[], &["2026-05-02 closed", "2026-05-01 closed", "2026-05-03..2026-05-04 closed"], &[])
                .compile()
                .is_ok()
        );
    }

    #[test]
    fn holidays_that_meet_close_from_the_earliest() {
        let read = |texts: &[&str]| {
            let holidays: Vec<(usize, Holiday)> = texts.iter().map(|text| text.parse().unwrap()).enumerate().collect();
            let date = |day: i64| (NaiveDate::default() + chrono::TimeDelta::days(day)).to_string();
            let name = |closed: &Closed| closed.name.as_ref().map_or(String::new(), ToString::to_string);
            closed(&holidays)
                .iter()
                .map(|closed| format!("{}..{} {} {}", date(closed.first), date(closed.last), closed.from, name(closed)))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            read(&[
                "2026-03-19 from 13:00 = eve",
                "2026-03-20..2026-03-22 = feast",
                "2026-03-21 = other",
                "2026-03-19..2026-03-19 = day"
            ]),
            ["2026-03-19..2026-03-19 0 day", "2026-03-20..2026-03-22 0 feast"]
        );
        assert_eq!(
            read(&["2026-03-21 = first", "2026-03-20..2026-03-22 = later", "2026-03-25 from 12:00"]),
            [
                "2026-03-20..2026-03-20 0 later",
                "2026-03-21..2026-03-21 0 first",
                "2026-03-22..2026-03-22 0 later",
                "2026-03-25..2026-03-25 720 "
            ]
        );
    }

    #[test]
    fn documents_read_what_they_write() {
        let doc = doc("mon-fri 09:00-17:00", &["12-25 = Noel"], &[], &[]);
        let json = serde_json::to_string(&doc).unwrap();
        assert_eq!(json, r#"{"zone":"UTC","week":"mon-fri 09:00-17:00","holidays":["12-25 = Noel"]}"#);
        assert_eq!(serde_json::from_str::<CalendarDoc>(&json).unwrap(), doc);
    }

    /// Local mean time of Istanbul, which no database offset names: 1 h 56 min 56 s.
    #[derive(Debug)]
    struct Own;

    impl ZoneRules for Own {
        fn name(&self) -> &str {
            "Own/Istanbul"
        }
        fn database(&self) -> &str {
            "1910"
        }
        fn offset(&self, _at: Timestamp) -> Span {
            Span::seconds(7_016)
        }
        fn instant(&self, wall: WallTime) -> Timestamp {
            wall.at_offset(Span::seconds(7_016))
        }
    }

    struct OwnZones;

    impl ZoneSource for OwnZones {
        fn find(&self, name: &str) -> Option<Arc<dyn ZoneRules>> {
            (name == "Own/Istanbul").then(|| Arc::new(Own) as Arc<dyn ZoneRules>)
        }
        fn names(&self) -> Vec<&str> {
            vec!["Own/Istanbul"]
        }
    }

    #[test]
    fn a_host_brings_its_own_zones() {
        let mut doc = doc("mon-fri 09:00-17:00", &[], &[], &[]);
        doc.zone = "Own/Istanbul".into();
        let calendar = doc.compile_with(&OwnZones).unwrap();
        assert_eq!((calendar.zone(), calendar.zone_database()), ("Own/Istanbul", "1910"));
        let midnight: Timestamp = "2026-05-18T00:00:00Z".parse().unwrap();
        assert_eq!(calendar.next_open(midnight), Some("2026-05-18T07:03:04Z".parse().unwrap()));
        doc.zone = "Own/Istambul".into();
        assert_eq!(doc.compile_with(&OwnZones).unwrap_err()[0].help(), "did you mean `Own/Istanbul`?");
        doc.zone = "+03:00".into();
        assert_eq!(doc.compile_with(&OwnZones).unwrap().zone_database(), "fixed");
    }
}
