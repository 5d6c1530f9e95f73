//! Explanations as text, in Turkish and English.

use chrono::{DateTime, Timelike, Utc};

use super::event::Cause;
use super::explain::{Explanation, Stretch, StretchKind, WallClock};
use super::status::Status;
use super::target::Threshold;
use crate::calendar::Reason;
use crate::language::Language;
use crate::time::{Span, Timestamp};

impl Explanation {
    /// The explanation in words: a line for what the clock reads, then one for each stretch. Instants
    /// are told on the wall clock of the calendar's zone, around the clock in UTC.
    ///
    /// ```
    /// use destek::id::Name;
    /// use destek::language::Language;
    /// use destek::sla::{Calendars, Cause, Clocks, Event, Input, Metric, Target};
    /// use destek::time::{Span, Timestamp};
    ///
    /// let opened: Timestamp = "2026-11-27T10:00:00Z".parse()?;
    /// let metric = Metric::Resolution;
    /// let target = Target::new(Name::new("gold")?, metric, "8h".parse()?, "digest");
    /// let cause = Cause { version: 1, index: 0, why: Name::new("opened")? };
    /// let mut clocks = Clocks::default();
    /// clocks.apply(&Event::Moved { metric, input: Input::Started, cause }, opened);
    /// clocks.apply(&Event::Targeted { target }, opened);
    ///
    /// let clock = clocks.clock(metric).ok_or("no clock")?;
    /// let explanation = clock.explain(&Calendars::new(), opened + Span::minutes(90));
    /// assert_eq!(
    ///     explanation.text(Language::Turkish),
    ///     "çözüm (gold): bütçe 8 sa, kullanılan 1 sa 30 dk, kalan 6 sa 30 dk; işliyor, vade 27.11.2026 18:00; saat dilimi: UTC\n\
    ///      27.11.2026 10:00 – 11:30: sayıldı, 1 sa 30 dk"
    /// );
    /// assert_eq!(
    ///     explanation.text(Language::English),
    ///     "resolution (gold): budget 8h, used 1h 30m, left 6h 30m; running, due 2026-11-27 18:00; time zone: UTC\n\
    ///      2026-11-27 10:00 – 11:30: counted, 1h 30m"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let mut lines = vec![self.headline(language)];
        lines.extend(self.stretches.iter().map(|stretch| stretch.line(&self.wall, language)));
        lines.join("\n")
    }

    fn headline(&self, language: Language) -> String {
        let metric = self.metric.name(language);
        let verdict = verdict(&self.status, &self.wall, language);
        let Some(target) = &self.target else {
            return format!("{metric}: {verdict}");
        };
        let promise = match (&target.calendar, language) {
            (None, _) => target.sla.to_string(),
            (Some(calendar), Language::Turkish) => format!("{}, takvim {calendar}", target.sla),
            (Some(calendar), Language::English) => format!("{}, calendar {calendar}", target.sla),
        };
        let budget = target.budget.span();
        let used = used(budget, self.elapsed, language);
        let breached = self.breach.as_ref().map_or_else(String::new, |breach| {
            let at = instant(self.wall.shows(breach.at), language);
            match language {
                Language::Turkish => format!("; ihlal {at}"),
                Language::English => format!("; breached {at}"),
            }
        });
        let zone = match language {
            Language::Turkish => "saat dilimi",
            Language::English => "time zone",
        };
        format!("{metric} ({promise}): {used}; {verdict}{breached}; {zone}: {}", self.wall.zone)
    }
}

impl Threshold {
    /// What was reached, as the end of a sentence about a promised time: `çözüm süresinin %50'si kullanıldı`, `the
    /// time for the resolution is running out: 50% is used`.
    ///
    /// ```
    /// use destek::language::Language;
    /// use destek::sla::Threshold;
    ///
    /// let half: Threshold = "50%".parse()?;
    /// assert_eq!(half.text(Language::Turkish), "süresinin %50'si kullanıldı");
    /// assert_eq!(half.text(Language::English), "50% is used");
    /// let soon: Threshold = "30m left".parse()?;
    /// assert_eq!(soon.text(Language::Turkish), "süresinin dolmasına 30 dk kaldı");
    /// assert_eq!(soon.text(Language::English), "30m is left");
    /// # Ok::<(), destek::sla::ParseThresholdError>(())
    /// ```
    #[must_use]
    pub fn text(self, language: Language) -> String {
        match (self, language) {
            (Self::Percent(percent), Language::Turkish) => {
                format!("süresinin %{percent}'{} kullanıldı", possessive(percent))
            }
            (Self::Percent(percent), Language::English) => format!("{percent}% is used"),
            (Self::Left(left), Language::Turkish) => {
                format!("süresinin dolmasına {} kaldı", length(left.span(), language))
            }
            (Self::Left(left), Language::English) => format!("{left} is left"),
        }
    }
}

/// The Turkish suffix of a share: it follows the last word of the number as it is spoken.
const fn possessive(percent: u8) -> &'static str {
    match (percent % 10, percent / 10 % 10) {
        (1 | 5 | 8, _) | (0, 7 | 8) => "i",
        (2 | 7, _) | (0, 2 | 5) => "si",
        (3 | 4, _) | (0, 0) => "ü",
        (6, _) => "sı",
        (9, _) | (0, 1 | 3) => "u",
        _ => "ı",
    }
}

fn used(budget: Span, elapsed: Span, language: Language) -> String {
    let left = budget - elapsed;
    let (word, left) = match (left.is_negative(), language) {
        (false, Language::Turkish) => ("kalan", left),
        (false, Language::English) => ("left", left),
        (true, Language::Turkish) => ("aşılan", -left),
        (true, Language::English) => ("over by", -left),
    };
    let [budget, elapsed, left] = [budget, elapsed, left].map(|span| length(span, language));
    match language {
        Language::Turkish => format!("bütçe {budget}, kullanılan {elapsed}, {word} {left}"),
        Language::English => format!("budget {budget}, used {elapsed}, {word} {left}"),
    }
}

fn verdict(status: &Status, wall: &WallClock, language: Language) -> String {
    let turkish = language == Language::Turkish;
    let word = |tr: &str, en: &str| if turkish { tr.to_owned() } else { en.to_owned() };
    let dated = |tr: &str, en: &str, at: Timestamp| {
        format!("{} {}", if turkish { tr } else { en }, instant(wall.shows(at), language))
    };
    match status {
        Status::Running { due, .. } => dated("işliyor, vade", "running, due", *due),
        Status::Paused { .. } => word("bekletiliyor", "paused"),
        Status::Idle => word("henüz başlamadı", "not begun"),
        Status::Met { at, .. } => dated("tutuldu", "met", *at),
        Status::Missed { at, .. } => dated("tutulmadı", "missed", *at),
        Status::Ended { .. } => word("karara bağlanmadan sona erdi", "ended without a verdict"),
        Status::Never => word("süre hiç dolmaz", "can never run out"),
        Status::NotApplicable => word("söz verilmedi", "nothing is promised"),
    }
}

impl Stretch {
    fn line(&self, wall: &WallClock, language: Language) -> String {
        let (from, to) = (wall.shows(self.from), wall.shows(self.to));
        let end = if same_day(from, to) { clock_time(to) } else { instant(to, language) };
        let from = instant(from, language);
        let what = match language {
            Language::Turkish => self.in_turkish(),
            Language::English => self.in_english(),
        };
        format!("{from} – {end}: {what}")
    }

    fn in_turkish(&self) -> String {
        let counted = length(self.counted, Language::Turkish);
        match &self.kind {
            StretchKind::Counted => format!("sayıldı, {counted}"),
            StretchKind::Closed(Reason::OutOfHours) => "sayılmadı, mesai dışı".to_owned(),
            StretchKind::Closed(Reason::Holiday { name: Some(name), .. }) => format!("sayılmadı, tatil ({name})"),
            StretchKind::Closed(Reason::Holiday { name: None, .. }) => "sayılmadı, tatil".to_owned(),
            StretchKind::Closed(Reason::Break) => "sayılmadı, ara".to_owned(),
            StretchKind::Closed(Reason::Override) => "sayılmadı, özel gün saatleri dışında".to_owned(),
            StretchKind::Paused(cause) => format!("sayılmadı, bekletildi: {}", told(cause, Language::Turkish)),
            StretchKind::Stopped(cause) => format!("sayılmadı, durmuştu: {}", told(cause, Language::Turkish)),
            StretchKind::Carried => format!("toplamı sayıldı, {counted}; eski bekletmeler birleştirildi"),
            StretchKind::Summed => format!("toplamı sayıldı, {counted}"),
            StretchKind::NoCalendar => "sayılamadı, takvim yok".to_owned(),
        }
    }

    fn in_english(&self) -> String {
        let counted = length(self.counted, Language::English);
        match &self.kind {
            StretchKind::Counted => format!("counted, {counted}"),
            StretchKind::Closed(Reason::OutOfHours) => "not counted, outside the hours".to_owned(),
            StretchKind::Closed(Reason::Holiday { name: Some(name), .. }) => format!("not counted, holiday ({name})"),
            StretchKind::Closed(Reason::Holiday { name: None, .. }) => "not counted, holiday".to_owned(),
            StretchKind::Closed(Reason::Break) => "not counted, break".to_owned(),
            StretchKind::Closed(Reason::Override) => "not counted, outside that day's special hours".to_owned(),
            StretchKind::Paused(cause) => format!("not counted, paused: {}", told(cause, Language::English)),
            StretchKind::Stopped(cause) => format!("not counted, stopped: {}", told(cause, Language::English)),
            StretchKind::Carried => format!("counted in sum, {counted}; old pauses were folded"),
            StretchKind::Summed => format!("counted in sum, {counted}"),
            StretchKind::NoCalendar => "not counted, the calendar is missing".to_owned(),
        }
    }
}

/// The usual causes in words: as the desk names them, in Turkish, in English.
const CAUSES: [(&str, &str, &str); 18] = [
    ("opened", "açıldı", "opened"),
    ("message_received", "müşteri yazdı", "the customer wrote"),
    ("replied", "yanıtlandı", "answered"),
    ("hold/customer", "müşteri bekleniyor", "waiting for the customer"),
    ("hold/third_party", "dışarıdan biri bekleniyor", "waiting for somebody outside"),
    ("hold/internal", "başka bir ekip bekleniyor", "waiting for another team"),
    ("resumed", "bekleme bitti", "the wait ended"),
    ("resolved", "çözüldü", "resolved"),
    ("confirmed", "müşteri onayladı", "the customer agreed"),
    ("refused", "müşteri onaylamadı", "the customer disagreed"),
    ("reopened", "yeniden açıldı", "reopened"),
    ("closed", "kapatıldı", "closed"),
    ("marked_spam", "istenmeyen ileti", "marked as spam"),
    ("promised", "başka bir söz verildi", "another promise was made"),
    ("absorbed", "başka bir talep birleştirildi", "another ticket was merged into it"),
    ("released", "birleştirme geri alındı", "the merge was undone"),
    ("split_off", "bir kısmı ayrıldı", "a part was split off"),
    ("restored", "talep olduğu anlaşıldı", "brought back from spam"),
];

/// A cause and where it stands in the log. A word that is not known here is told as it is.
fn told(cause: &Cause, language: Language) -> String {
    let known = CAUSES.iter().find(|(why, ..)| *why == cause.why.as_str());
    match (known, language) {
        (Some((_, turkish, _)), Language::Turkish) => format!("{turkish} (sürüm {})", cause.version),
        (None, Language::Turkish) => format!("{} (sürüm {})", cause.why, cause.version),
        (Some((.., english)), Language::English) => format!("{english} (version {})", cause.version),
        (None, Language::English) => format!("{} (version {})", cause.why, cause.version),
    }
}

fn same_day(a: Timestamp, b: Timestamp) -> bool {
    a.to_datetime().date_naive() == b.to_datetime().date_naive()
}

fn instant(at: Timestamp, language: Language) -> String {
    let date = match language {
        Language::Turkish => "%d.%m.%Y",
        Language::English => "%Y-%m-%d",
    };
    format!("{} {}", at.to_datetime().format(date), clock_time(at))
}

/// The time of day, as coarse as it can be told exactly.
fn clock_time(at: Timestamp) -> String {
    let time: DateTime<Utc> = at.to_datetime();
    let form = match (time.second(), time.timestamp_subsec_millis()) {
        (0, 0) => "%H:%M",
        (_, 0) => "%H:%M:%S",
        _ => "%H:%M:%S%.3f",
    };
    time.format(form).to_string()
}

/// A length of time as people read it.
pub(crate) fn length(span: Span, language: Language) -> String {
    let text = span.to_string();
    match language {
        Language::English => text,
        Language::Turkish => {
            let words = text.split(' ').map(|word| {
                let (digits, unit) = word.split_at(word.find(char::is_alphabetic).unwrap_or(word.len()));
                let unit = match unit {
                    "h" => "sa",
                    "m" => "dk",
                    "s" => "sn",
                    other => other,
                };
                format!("{digits} {unit}")
            });
            words.collect::<Vec<_>>().join(" ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the numbers are spoken: bir'i, iki'si, üç'ü, dört'ü, beş'i, altı'sı, yedi'si, sekiz'i, dokuz'u; on'u,
    /// yirmi'si, otuz'u, kırk'ı, elli'si, altmış'ı, yetmiş'i, seksen'i, doksan'ı.
    #[test]
    fn a_share_has_the_suffix_of_its_last_word() {
        for (percent, shown) in [
            (1, "%1'i"),
            (2, "%2'si"),
            (33, "%33'ü"),
            (64, "%64'ü"),
            (75, "%75'i"),
            (66, "%66'sı"),
            (87, "%87'si"),
            (98, "%98'i"),
            (99, "%99'u"),
            (10, "%10'u"),
            (20, "%20'si"),
            (30, "%30'u"),
            (40, "%40'ı"),
            (50, "%50'si"),
            (60, "%60'ı"),
            (70, "%70'i"),
            (80, "%80'i"),
            (90, "%90'ı"),
        ] {
            let text = Threshold::Percent(percent).text(Language::Turkish);
            assert_eq!(text, format!("süresinin {shown} kullanıldı"));
        }
    }
    use crate::id::Name;

    #[test]
    fn causes_are_told_in_both_languages() {
        let told = |why, language| told(&Cause { version: 7, index: 0, why: Name::new(why).unwrap() }, language);
        assert_eq!(told("hold/customer", Language::Turkish), "müşteri bekleniyor (sürüm 7)");
        assert_eq!(told("replied", Language::English), "answered (version 7)");
        assert_eq!(told("kendi sözü", Language::Turkish), "kendi sözü (sürüm 7)");
    }
}
