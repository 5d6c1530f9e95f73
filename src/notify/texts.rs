//! The library's own words, in Turkish and English.

use crate::desk::{Effect, Noticed, Told};
use crate::language::Language;
use crate::routing::StallReason;
use crate::store::Envelope;

impl Told {
    /// What the customer reads. `number` is the ticket's number.
    ///
    /// ```
    /// use destek::desk::Told;
    /// use destek::language::Language;
    /// let text = Told::Received.text(Language::Turkish, 42);
    /// assert!(text.contains("42") && text.contains("ulaştı"));
    /// ```
    #[must_use]
    pub fn text(self, language: Language, number: u64) -> String {
        match (self, language) {
            (Self::Received, Language::Turkish) => {
                format!("Talebiniz bize ulaştı. Talep numaranız: {number}. En kısa sürede size döneceğiz.")
            }
            (Self::Received, Language::English) => {
                format!("We have received your request. Its number is {number}. We will get back to you soon.")
            }
            (Self::Resolved, Language::Turkish) => format!(
                "{number} numaralı talebinizi çözdüğümüzü düşünüyoruz. Eksik kalan bir şey varsa bu mesajı \
                 yanıtlamanız yeterli."
            ),
            (Self::Resolved, Language::English) => format!(
                "We believe that your request {number} is resolved. If anything is left, simply answer this message."
            ),
            (Self::Closed, Language::Turkish) => {
                format!("{number} numaralı talebiniz kapatıldı. Bize yazdığınız için teşekkür ederiz.")
            }
            (Self::Closed, Language::English) => {
                format!("Your request {number} is closed. Thank you for writing to us.")
            }
            (Self::Nudged, Language::Turkish) => {
                format!("{number} numaralı talebinizle ilgili yanıtınızı bekliyoruz. Bu mesajı yanıtlamanız yeterli.")
            }
            (Self::Nudged, Language::English) => {
                format!("We are still waiting for your answer about your request {number}. Simply answer this message.")
            }
            (Self::Unanswered, Language::Turkish) => format!(
                "{number} numaralı talebiniz için sizden yanıt alamadığımızdan talebi çözülmüş sayıyoruz. Devam etmek \
                 isterseniz bu mesajı yanıtlamanız yeterli."
            ),
            (Self::Unanswered, Language::English) => format!(
                "As we have had no answer from you, we take your request {number} to be resolved. To go on with it, \
                 simply answer this message."
            ),
        }
    }
}

impl Noticed {
    /// What the team reads. `number` is the number of the ticket that it is about, if it is about one.
    ///
    /// ```
    /// use destek::desk::Noticed;
    /// use destek::language::Language;
    /// assert_eq!(Noticed::Assigned.text(Language::Turkish, Some(42)), "42 numaralı talep size atandı.");
    /// ```
    #[must_use]
    pub fn text(&self, language: Language, number: Option<u64>) -> String {
        match language {
            Language::Turkish => self.turkish(number),
            Language::English => self.english(number),
        }
    }

    fn turkish(&self, number: Option<u64>) -> String {
        let ticket = number.map_or_else(|| "Bir talep".to_owned(), |number| format!("{number} numaralı talep"));
        let of_ticket = number.map_or_else(|| "Bir talebin".to_owned(), |number| format!("{number} numaralı talebin"));
        match self {
            Self::Assigned => format!("{ticket} size atandı."),
            Self::MessageReceived => format!("{ticket} için müşteriden yeni bir mesaj geldi."),
            Self::Warned { metric, threshold } => {
                let metric = metric.name(Language::Turkish);
                format!("{of_ticket} {metric} {}.", threshold.text(Language::Turkish))
            }
            Self::Breached { metric } => {
                format!("{of_ticket} {} süresi aşıldı.", metric.name(Language::Turkish))
            }
            Self::ApprovalAsked { .. } => format!("{ticket} için onayınız isteniyor."),
            Self::ApprovalEnded { how, .. } => format!("{ticket}: {}", how.text(Language::Turkish)),
            Self::TaskGiven { .. } => format!("{ticket} için size bir görev verildi."),
            Self::TaskOverdue { .. } => format!("{of_ticket} bir görevi zamanında yapılmadı."),
            Self::SideAnswered { .. } => format!("{ticket} için üçüncü taraftan yanıt geldi."),
            Self::Reminded { .. } => format!("{ticket} için hatırlatma istemiştiniz."),
            Self::WaitOver => format!("{of_ticket} bekleme süresi doldu."),
            Self::Unanswered => format!("{of_ticket} müşterisi hatırlatmalara yanıt vermedi."),
            Self::Rule { rule, text } => match number {
                Some(number) => format!("{number} numaralı talep, “{rule}” kuralı: {text}"),
                None => format!("“{rule}” kuralı: {text}"),
            },
            Self::Stalled { queue, reason } => {
                let reason = match reason {
                    StallReason::NoAgents => "kuyruğun ekiplerinde hiç temsilci yok",
                    StallReason::NobodyAvailable => "şu anda müsait temsilci yok",
                    StallReason::NoSkill => "müsait temsilcilerin hiçbirinde gereken yetkinlik yok",
                    StallReason::AllFull => "uygun temsilcilerin hepsinin kapasitesi dolu",
                };
                let ticket = number.map_or_else(String::new, |number| format!(" Sıradaki talep: {number}."));
                format!("“{queue}” kuyruğu ilerlemiyor: {reason}.{ticket}")
            }
        }
    }

    fn english(&self, number: Option<u64>) -> String {
        let ticket = number.map_or_else(|| "a ticket".to_owned(), |number| format!("ticket {number}"));
        match self {
            Self::Assigned => match number {
                Some(number) => format!("Ticket {number} has been assigned to you."),
                None => "A ticket has been assigned to you.".to_owned(),
            },
            Self::MessageReceived => format!("There is a new message from the customer on {ticket}."),
            Self::Warned { metric, threshold } => {
                let metric = metric.name(Language::English);
                let reached = threshold.text(Language::English);
                format!("The time for the {metric} of {ticket} is running out: {reached}.")
            }
            Self::Breached { metric } => {
                format!("The time for the {} of {ticket} has been exceeded.", metric.name(Language::English))
            }
            Self::ApprovalAsked { .. } => format!("Your approval is asked for on {ticket}."),
            Self::ApprovalEnded { how, .. } => match number {
                Some(number) => format!("Ticket {number}: {}", how.text(Language::English)),
                None => how.text(Language::English).to_owned(),
            },
            Self::TaskGiven { .. } => format!("You have been given a task on {ticket}."),
            Self::TaskOverdue { .. } => format!("A task on {ticket} has not been done in time."),
            Self::SideAnswered { .. } => format!("The third party has answered on {ticket}."),
            Self::Reminded { .. } => format!("You asked to be reminded of {ticket}."),
            Self::Unanswered => format!("The customer of {ticket} has not answered, however often he was asked."),
            Self::WaitOver => format!("The time is over for which {ticket} was on hold."),
            Self::Rule { rule, text } => match number {
                Some(number) => format!("Ticket {number}, rule “{rule}”: {text}"),
                None => format!("Rule “{rule}”: {text}"),
            },
            Self::Stalled { queue, reason } => {
                let reason = match reason {
                    StallReason::NoAgents => "its teams have no agents",
                    StallReason::NobodyAvailable => "nobody is available at the moment",
                    StallReason::NoSkill => "nobody who is available has the required skill",
                    StallReason::AllFull => "everybody who could take a ticket is at capacity",
                };
                let ticket = number.map_or_else(String::new, |number| format!(" Next in line: ticket {number}."));
                format!("The queue “{queue}” is not moving: {reason}.{ticket}")
            }
        }
    }
}

/// What the receiver of an effect is to read: the answer that was written, or the library's own words. `staff` is
/// the language of the team. `None` when the text was erased, and for an effect of a later version.
#[must_use]
pub fn render(envelope: &Envelope, staff: Language) -> Option<String> {
    match &envelope.outgoing.effect {
        Effect::Send { .. } | Effect::SendSide { .. } => envelope.text.as_ref().map(|content| content.text.clone()),
        Effect::Tell { number, language, what, .. } => Some(what.text(*language, *number)),
        Effect::Notify { number, what, .. } => Some(what.text(staff, *number)),
        Effect::Unknown(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ApprovalId, Name, QueueId, ReminderId, SideId, TaskId};
    use crate::sla::{Metric, Threshold};
    use crate::ticket::ApprovalEnd;

    const NUMBER: u64 = 1907;

    /// Every variant; a new one does not compile here until it is listed.
    fn told() -> Vec<Told> {
        let next = |told| match told {
            Told::Received => Some(Told::Resolved),
            Told::Resolved => Some(Told::Closed),
            Told::Closed => Some(Told::Nudged),
            Told::Nudged => Some(Told::Unanswered),
            Told::Unanswered => None,
        };
        std::iter::successors(Some(Told::Received), |told| next(*told)).collect()
    }

    fn noticed() -> Vec<Noticed> {
        let metrics = Metric::ALL;
        let thresholds = [Threshold::Percent(80), Threshold::Left("30m".parse().unwrap())];
        let reasons = [StallReason::NoAgents, StallReason::NobodyAvailable, StallReason::NoSkill, StallReason::AllFull];
        let mut all = vec![
            Noticed::Assigned,
            Noticed::MessageReceived,
            Noticed::Rule { rule: Name::new("öncelik").unwrap(), text: "İade tutarı yüksek.".into() },
        ];
        let approval = ApprovalId::from_u128(1);
        all.push(Noticed::ApprovalAsked { approval });
        let task = TaskId::from_u128(1);
        all.extend([Noticed::TaskGiven { task }, Noticed::TaskOverdue { task }]);
        all.push(Noticed::SideAnswered { side: SideId::from_u128(1) });
        all.extend([Noticed::Reminded { reminder: ReminderId::from_u128(1) }, Noticed::WaitOver, Noticed::Unanswered]);
        let name = || Name::new("closed").unwrap();
        let ends = [
            ApprovalEnd::Passed,
            ApprovalEnd::Declined,
            ApprovalEnd::Expired,
            ApprovalEnd::Withdrawn,
            ApprovalEnd::Void { by: name() },
            ApprovalEnd::Failed { code: name() },
        ];
        all.extend(ends.map(|how| Noticed::ApprovalEnded { approval, how }));
        all.extend(metrics.map(|metric| Noticed::Breached { metric }));
        for metric in metrics {
            all.extend(thresholds.map(|threshold| Noticed::Warned { metric, threshold }));
        }
        all.extend(reasons.map(|reason| Noticed::Stalled { queue: QueueId::new("iade").unwrap(), reason }));
        all
    }

    /// Turkish words that are often typed without their letters, and pairs that only look right.
    const SLIPS: &[&str] = &[
        "ulasti",
        "numarali",
        "numaraniz",
        "sure",
        "suresi",
        "musteri",
        "icin",
        "kuyrugu",
        "asildi",
        "uyari",
        "esigi",
        "cozdugumuzu",
        "cozum",
        "yanit",
        "tesekkur",
        "ederiz,",
        "siradaki",
        "su anda",
        "musait",
        "hicbiri",
        "yazdiginiz",
        "dusunuyoruz",
        "sey",
        "kapatildi",
        "dolmak uzere",
        "atandi",
        "kurali",
        "en kisa",
        "donecegiz",
    ];

    fn is_good_turkish(text: &str) {
        let lower = text.to_lowercase();
        let words: Vec<&str> = lower.split(|c: char| !c.is_alphabetic()).collect();
        for slip in SLIPS {
            let found = if slip.contains(' ') { lower.contains(slip) } else { words.contains(slip) };
            assert!(!found, "`{slip}` in `{text}`");
        }
        assert!(!text.contains('\u{307}'), "a combining dot in `{text}`");
        let special = text.chars().filter(|c| "çğıöşüÇĞİÖŞÜ".contains(*c)).count();
        assert!(special > 0, "not one Turkish letter in `{text}`");
    }

    #[test]
    fn every_text_to_a_customer_says_the_number_in_both_languages() {
        for what in told() {
            let [turkish, english] = Language::ALL.map(|language| what.text(language, NUMBER));
            for text in [&turkish, &english] {
                assert!(text.contains("1907") && text.ends_with('.') && !text.contains("  "), "{text}");
            }
            assert_ne!(turkish, english);
            assert!(english.is_ascii(), "{english}");
            is_good_turkish(&turkish);
        }
        assert_eq!(told().len(), 5);
    }

    #[test]
    fn every_text_to_the_team_says_the_number_in_both_languages() {
        for what in noticed() {
            let [turkish, english] = Language::ALL.map(|language| what.text(language, Some(NUMBER)));
            for text in [&turkish, &english] {
                assert!(text.contains("1907") && text.ends_with('.') && !text.contains("  "), "{text}");
                assert!(text.chars().next().is_some_and(|c| c.is_uppercase() || c.is_numeric() || c == '“'), "{text}");
            }
            assert_ne!(turkish, english);
            is_good_turkish(&turkish);
            for language in Language::ALL {
                let text = what.text(language, None);
                assert!(!text.is_empty() && !text.contains("None") && !text.contains("1907"), "{text}");
            }
        }
    }

    #[test]
    fn texts_name_what_they_are_about() {
        let stalled = Noticed::Stalled { queue: QueueId::new("iade").unwrap(), reason: StallReason::AllFull };
        assert_eq!(
            stalled.text(Language::Turkish, None),
            "“iade” kuyruğu ilerlemiyor: uygun temsilcilerin hepsinin kapasitesi dolu."
        );
        let breached = Noticed::Breached { metric: Metric::FirstResponse };
        assert_eq!(breached.text(Language::Turkish, Some(7)), "7 numaralı talebin ilk yanıt süresi aşıldı.");
        let warned = Noticed::Warned { metric: Metric::Resolution, threshold: Threshold::Percent(80) };
        assert_eq!(
            warned.text(Language::English, Some(7)),
            "The time for the resolution of ticket 7 is running out: 80% is used."
        );
    }

    #[test]
    fn a_warning_is_turkish_to_the_last_letter() {
        let warned = |threshold: &str| {
            let threshold = threshold.parse().unwrap();
            Noticed::Warned { metric: Metric::Resolution, threshold }.text(Language::Turkish, Some(7))
        };
        assert_eq!(warned("80%"), "7 numaralı talebin çözüm süresinin %80'i kullanıldı.");
        assert_eq!(warned("30m left"), "7 numaralı talebin çözüm süresinin dolmasına 30 dk kaldı.");
    }

    #[test]
    #[should_panic(expected = "musteri")]
    fn a_slip_is_noticed() {
        is_good_turkish("7 numaralı talep için musteri yazdı.");
    }
}
