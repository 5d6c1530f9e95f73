//! Timelines in words, in Turkish and English. No line quotes a text, a customer or what a field holds.

use super::customer::{CustomerEvent, Speaker};
use super::team::TeamEntry;
use crate::language::Language;
use crate::sla::{self, Input, length};
use crate::ticket::{Assignment, Closing, Event, HoldKind, Reopening, Resumption};

impl CustomerEvent {
    /// What a customer reads of it. What was said is in the event and not quoted here.
    ///
    /// ```
    /// use destek::language::Language;
    /// use destek::view::CustomerEvent;
    /// assert_eq!(CustomerEvent::Opened.text(Language::Turkish), "Talebiniz bize ulaştı.");
    /// ```
    #[must_use]
    pub const fn text(&self, language: Language) -> &'static str {
        let (turkish, english) = match self {
            Self::Opened => ("Talebiniz bize ulaştı.", "We received your request."),
            Self::Said { by: Speaker::You, .. } => ("Siz yazdınız.", "You wrote."),
            Self::Said { by: Speaker::Other, .. } => ("Başka bir katılımcı yazdı.", "Another participant wrote."),
            Self::Said { by: Speaker::Shop, .. } => ("Biz yanıtladık.", "We answered."),
            Self::Asked => ("Yanıtınızı bekliyoruz.", "We are waiting for your answer."),
            Self::Nudged => ("Yanıtınızı beklediğimizi hatırlattık.", "We reminded you that we wait for your answer."),
            Self::Resolved => ("Talebinizi çözdüğümüzü düşünüyoruz.", "We believe that your request is resolved."),
            Self::Confirmed => ("Çözüldüğünü onayladınız.", "You confirmed that it is resolved."),
            Self::Refused { .. } => ("Çözülmediğini bildirdiniz.", "You said that it is not resolved."),
            Self::Reopened => ("Talebiniz yeniden açıldı.", "Your request was reopened."),
            Self::Closed { by_silence: true } => {
                ("Yeni mesaj gelmediği için talep kapatıldı.", "The request was closed, as nothing more was said.")
            }
            Self::Closed { by_silence: false } => ("Talep kapatıldı.", "The request was closed."),
        };
        language.pick(turkish, english)
    }
}

impl TeamEntry {
    /// What the team reads of it, as one line. It names agents, queues and the policy's own words; what was said is
    /// in [`Self::text`] and not quoted here.
    ///
    /// ```
    /// use destek::actor::Actor;
    /// use destek::channel::{Channel, ChannelKind};
    /// use destek::id::{CustomerId, TicketId};
    /// use destek::language::Language;
    /// use destek::{policy, testing::Scene, ticket::Open, view};
    ///
    /// let mut shop = Scene::new(policy::sample().compile()?, "2026-11-27T10:00:00Z".parse()?);
    /// let (id, customer) = (TicketId::from_u128(1), CustomerId::new("c-17")?);
    /// shop.run(Actor::verified(customer.clone()), Open::new(id, customer, Channel::of(ChannelKind::Chat)))?;
    ///
    /// let dossier = shop.dossier(id).ok_or("it was opened")?;
    /// let seen = view::for_team(shop.desk().policy(), (&Actor::Host, None), &dossier, shop.now());
    /// let lines: Vec<_> = seen.ok_or("a host sees it")?.timeline.iter().map(|it| it.line(Language::Turkish)).collect();
    /// assert_eq!(lines[0], "Talep açıldı.");
    /// assert!(lines.contains(&"“genel” kuyruğuna girdi.".to_owned()), "{lines:?}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn line(&self, language: Language) -> String {
        match language {
            Language::Turkish => turkish(&self.event),
            Language::English => english(&self.event),
        }
    }
}

#[expect(clippy::too_many_lines, reason = "one line for each event")]
fn turkish(event: &Event) -> String {
    let fixed = match event {
        Event::Opened(opened) if opened.quarantine.is_some() => "Talep geldi ve karantinaya alındı.",
        Event::Opened(_) => "Talep açıldı.",
        Event::PossibleDuplicate { .. } => "Müşterinin başka bir açık talebiyle aynı konuda olabilir.",
        Event::MessageReceived { from: Some(_), .. } => "Katılımcı yazdı.",
        Event::MessageReceived { automatic: true, .. } => "Müşteriden otomatik bir mesaj geldi.",
        Event::MessageReceived { thanks: true, .. } => "Müşteri teşekkür etti.",
        Event::MessageReceived { .. } => "Müşteri yazdı.",
        Event::Replied { passes_on: Some(_), .. } => "Bağlı talepteki yanıt müşteriye iletildi.",
        Event::Replied { agent: None, .. } => "Bot yanıtladı.",
        Event::Replied { agent: Some(agent), .. } => return format!("Müşteriye yanıt verildi ({agent})."),
        Event::Noted { .. } => "İç not yazıldı.",
        Event::Started { .. } => "Üzerinde çalışılmaya başlandı.",
        Event::Queued { queue, .. } => return format!("“{queue}” kuyruğuna girdi."),
        Event::Assigned { agent, how } => {
            return match how {
                Assignment::Taken => format!("Temsilci talebi üstlendi ({agent})."),
                Assignment::Given => format!("Talep temsilciye verildi ({agent})."),
                Assignment::Drained => format!("Talep sırası gelince temsilciye atandı ({agent})."),
            };
        }
        Event::Unassigned { agent } => return format!("Talep artık temsilcide değil ({agent})."),
        Event::Held { kind: HoldKind::Customer, .. } => "Müşterinin yanıtı bekleniyor.",
        Event::Held { kind: HoldKind::ThirdParty, .. } => "Üçüncü taraf bekleniyor.",
        Event::Held { kind: HoldKind::Internal, .. } => "Başka bir birim bekleniyor.",
        Event::ReminderSet { agent, .. } => return format!("Hatırlatma kuruldu ({agent})."),
        Event::ReminderDismissed { .. } => "Hatırlatma kaldırıldı.",
        Event::Reminded { agent, .. } => return format!("Temsilciye hatırlatıldı ({agent})."),
        Event::Resumed { why: Resumption::Agent, .. } => "Temsilci beklemeyi bitirdi.",
        Event::Resumed { why: Resumption::Message, .. } => "Müşteri yazdığı için bekleme bitti.",
        Event::Resumed { why: Resumption::Time, .. } => "Bekleme süresi doldu.",
        Event::Resumed { why: Resumption::Party, .. } => "Üçüncü taraf yanıtladığı için bekleme bitti.",
        Event::NudgePlanned { .. } => "Müşteriye yanıt vermezse hatırlatılacak.",
        Event::Nudged { number, .. } => return format!("Müşteriye yanıtının beklendiği hatırlatıldı ({number}. kez)."),
        Event::NudgeSkipped { .. } => "Geç kalındığı için bir hatırlatma atlandı.",
        Event::NudgesEnded { unanswered: true, .. } => "Müşteri hatırlatmalara yanıt vermedi.",
        Event::NudgesEnded { .. } => "Müşteriye artık hatırlatılmayacak.",
        Event::Resolved { unanswered: true, .. } => "Müşteri yanıt vermediği için talep çözüldü olarak işaretlendi.",
        Event::Resolved { .. } => "Talep çözüldü olarak işaretlendi.",
        Event::Confirmed { .. } => "Müşteri çözüldüğünü onayladı.",
        Event::Refused { .. } => "Müşteri çözülmediğini bildirdi.",
        Event::Reopened { why: Reopening::Agent, .. } => "Temsilci talebi yeniden açtı.",
        Event::Reopened { why: Reopening::Message, .. } => "Müşteri yazdığı için talep yeniden açıldı.",
        Event::Closed { why: Closing::Agent, .. } => "Temsilci talebi kapattı.",
        Event::Closed { why: Closing::Silence, .. } => "Yeni mesaj gelmediği için talep kapandı.",
        Event::Closed { why: Closing::Parent, .. } => "Üst talep kapandığı için talep kapandı.",
        Event::MarkedSpam { .. } => "Spam olarak işaretlendi.",
        Event::Restored { .. } => "Spam olmadığı anlaşıldı.",
        Event::PriorityChanged { priority } => return format!("Öncelik değişti: {}.", priority.name),
        Event::Rated { .. } => "Aciliyet ve etki yeniden değerlendirildi.",
        Event::Classified { .. } => "Talep yeniden sınıflandırıldı.",
        Event::Tagged { .. } => "Etiketler değişti.",
        Event::FieldSet { field, value: Some(_) } => return format!("“{field}” alanı dolduruldu."),
        Event::FieldSet { field, value: None } => return format!("“{field}” alanı boşaltıldı."),
        Event::OrderLinked { order } => return format!("Sipariş bağlandı: {order}."),
        Event::ParticipantAdded { .. } => "Bir katılımcı eklendi.",
        Event::ParticipantRemoved { .. } => "Bir katılımcı çıkarıldı.",
        Event::Followed { agent } => return format!("Temsilci talebi izlemeye başladı ({agent})."),
        Event::Unfollowed { agent } => return format!("Temsilci talebi izlemeyi bıraktı ({agent})."),
        Event::Granted { grant, amount, .. } => return format!("Müşteriye verildi: {grant}, {amount}."),
        Event::ApprovalAsked { asked, .. } => return format!("Onay istendi ({}).", asked.rule),
        Event::Approved { agent, .. } => return format!("Onaylandı ({agent})."),
        Event::Declined { agent, .. } => return format!("Onaylanmadı ({agent})."),
        Event::ApprovalEnded { how, .. } => return how.text(Language::Turkish).to_owned(),
        Event::TaskAdded { assignee: Some(agent), .. } => return format!("Görev eklendi ({agent})."),
        Event::TaskAdded { .. } => "Görev eklendi.",
        Event::ChecklistApplied { checklist, tasks } => {
            return format!("“{checklist}” kontrol listesi eklendi ({} görev).", tasks.len());
        }
        Event::TaskCompleted { .. } => "Görev tamamlandı.",
        Event::TaskReopened { .. } => "Görevin tamamlanmadığı anlaşıldı.",
        Event::TaskDropped { .. } => "Görev kaldırıldı.",
        Event::TaskOverdue { .. } => "Görev zamanında yapılmadı.",
        Event::TimeLogged { agent, worked, .. } => {
            return format!("Çalışma süresi: {} ({agent}).", length(worked.span(), Language::Turkish));
        }
        Event::TimeCorrected { agent, from, to, .. } => {
            let [from, to] = [from, to].map(|it| length(it.span(), Language::Turkish));
            return format!("Çalışma süresi düzeltildi: {from} yerine {to} ({agent}).");
        }
        Event::Merged { .. } => "Başka bir taleple birleştirildi ve orada sürüyor.",
        Event::Unmerged { .. } => "Birleştirme geri alındı, talep yeniden kendi başına sürüyor.",
        Event::Absorbed { .. } => "Başka bir talep bununla birleştirildi.",
        Event::Released { .. } => "Birleştirilmiş bir talep yeniden ayrıldı.",
        Event::SplitOff { .. } => "Bir kısmı yeni bir talebe ayrıldı.",
        Event::Linked { .. } | Event::Unlinked { .. } | Event::Heeded { .. } => return link_in_turkish(event),
        Event::SideStarted { with, .. } => return format!("“{}” ile yazışma başladı.", with.name),
        Event::SideWritten { .. } => "Üçüncü tarafa yazıldı.",
        Event::SideReceived { automatic: true, .. } => "Üçüncü taraftan otomatik bir mesaj geldi.",
        Event::SideReceived { .. } => "Üçüncü taraf yanıtladı.",
        Event::SideClosed { .. } => "Üçüncü tarafla yazışma bitti.",
        Event::RuleFired { rule, .. } => return format!("“{rule}” kuralı çalıştı."),
        Event::RulesStopped { .. } => "Kurallar sınıra ulaştığı için durduruldu.",
        Event::Clock(event) => return clock_in_turkish(event),
    };
    fixed.to_owned()
}

fn link_in_turkish(event: &Event) -> String {
    match event {
        Event::Linked { bond, .. } => format!("Başka bir taleple bağlandı ({}).", bond.name(Language::Turkish)),
        Event::Unlinked { bond, .. } => {
            format!("Başka bir taleple bağı kaldırıldı ({}).", bond.name(Language::Turkish))
        }
        Event::Heeded { bond, waits_for: Some(_), .. } => {
            let other = bond.reverse().name(Language::Turkish);
            format!("Bağlı talep sonuçlandı ({other}), ama önce başka bir talebin bitmesi gerekiyor.")
        }
        Event::Heeded { bond, .. } => {
            format!("Bağlı talepte bir gelişme oldu ({}).", bond.reverse().name(Language::Turkish))
        }
        _ => String::new(),
    }
}

fn clock_in_turkish(event: &sla::Event) -> String {
    let metric = event.metric().name(Language::Turkish);
    match event {
        sla::Event::Targeted { target } => format!(
            "Söz verilen {metric} süresi: {} ({}).",
            length(target.budget.span(), Language::Turkish),
            target.sla
        ),
        sla::Event::Dropped { .. } => format!("Artık {metric} süresi için söz yok."),
        sla::Event::Moved { input, .. } => {
            let moved = match input {
                Input::Started => "başladı",
                Input::Stopped => "durdu",
                Input::Paused => "bekletildi",
                Input::Resumed => "yeniden işlemeye başladı",
                Input::Reset => "sıfırlandı",
            };
            format!("Sayaç {moved}: {metric}.")
        }
        sla::Event::Warned { threshold, .. } => {
            format!("Uyarı: {metric} {}.", threshold.text(Language::Turkish))
        }
        sla::Event::Breached { .. } => format!("İhlal: {metric} süresi aşıldı."),
        sla::Event::Joined { since: Some(_), .. } => {
            format!("Sayaç daha uzun bekleyenin başlangıcından sayıyor: {metric}.")
        }
        sla::Event::Joined { since: None, .. } => format!("Sayaç yeniden kendi başlangıcından sayıyor: {metric}."),
        sla::Event::Carried { .. } => format!("Sayacın eski beklemeleri tek tutarda toplandı: {metric}."),
    }
}

#[expect(clippy::too_many_lines, reason = "one line for each event")]
fn english(event: &Event) -> String {
    let fixed = match event {
        Event::Opened(opened) if opened.quarantine.is_some() => "The ticket came in and was put into quarantine.",
        Event::Opened(_) => "The ticket was opened.",
        Event::PossibleDuplicate { .. } => "Another open ticket of the customer may be about the same.",
        Event::MessageReceived { from: Some(_), .. } => "A participant wrote.",
        Event::MessageReceived { automatic: true, .. } => "An automatic message came from the customer.",
        Event::MessageReceived { thanks: true, .. } => "The customer said thanks.",
        Event::MessageReceived { .. } => "The customer wrote.",
        Event::Replied { passes_on: Some(_), .. } => {
            "An answer given on a linked ticket was passed on to the customer."
        }
        Event::Replied { agent: None, .. } => "A bot answered.",
        Event::Replied { agent: Some(agent), .. } => return format!("The customer was answered by {agent}."),
        Event::Noted { .. } => "An internal note was written.",
        Event::Started { .. } => "Work began.",
        Event::Queued { queue, .. } => return format!("It entered the queue “{queue}”."),
        Event::Assigned { agent, how } => {
            return match how {
                Assignment::Taken => format!("It was taken by {agent}."),
                Assignment::Given => format!("It was given to {agent}."),
                Assignment::Drained => format!("It was assigned in turn to {agent}."),
            };
        }
        Event::Unassigned { agent } => return format!("It is no longer with {agent}."),
        Event::Held { kind: HoldKind::Customer, .. } => "It waits for the customer.",
        Event::Held { kind: HoldKind::ThirdParty, .. } => "It waits for a third party.",
        Event::Held { kind: HoldKind::Internal, .. } => "It waits for another department.",
        Event::ReminderSet { agent, .. } => return format!("A reminder was set for {agent}."),
        Event::ReminderDismissed { .. } => "A reminder was taken back.",
        Event::Reminded { agent, .. } => return format!("It was brought back to the mind of {agent}."),
        Event::Resumed { why: Resumption::Agent, .. } => "An agent ended the wait.",
        Event::Resumed { why: Resumption::Message, .. } => "The wait ended, as the customer wrote.",
        Event::Resumed { why: Resumption::Time, .. } => "The time of the wait is over.",
        Event::Resumed { why: Resumption::Party, .. } => "The wait ended, as the third party answered.",
        Event::NudgePlanned { .. } => "The customer will be reminded if he does not answer.",
        Event::Nudged { number, .. } => return format!("The customer was reminded to answer (no. {number})."),
        Event::NudgeSkipped { .. } => "A reminder of the customer was left out, as it was late.",
        Event::NudgesEnded { unanswered: true, .. } => "The customer has not answered any reminder.",
        Event::NudgesEnded { .. } => "The customer is not reminded any more.",
        Event::Resolved { unanswered: true, .. } => "It was marked as resolved, as the customer did not answer.",
        Event::Resolved { .. } => "It was marked as resolved.",
        Event::Confirmed { .. } => "The customer confirmed that it is resolved.",
        Event::Refused { .. } => "The customer said that it is not resolved.",
        Event::Reopened { why: Reopening::Agent, .. } => "An agent reopened it.",
        Event::Reopened { why: Reopening::Message, .. } => "It was reopened, as the customer wrote.",
        Event::Closed { why: Closing::Agent, .. } => "An agent closed it.",
        Event::Closed { why: Closing::Silence, .. } => "It closed, as nothing more was said.",
        Event::Closed { why: Closing::Parent, .. } => "It closed with its parent.",
        Event::MarkedSpam { .. } => "It was marked as spam.",
        Event::Restored { .. } => "It turned out to be no spam.",
        Event::PriorityChanged { priority } => return format!("The priority changed to {}.", priority.name),
        Event::Rated { .. } => "Urgency and impact were judged anew.",
        Event::Classified { .. } => "It was classified anew.",
        Event::Tagged { .. } => "The tags changed.",
        Event::FieldSet { field, value: Some(_) } => return format!("The field “{field}” was filled."),
        Event::FieldSet { field, value: None } => return format!("The field “{field}” was emptied."),
        Event::OrderLinked { order } => return format!("The order {order} was linked."),
        Event::ParticipantAdded { .. } => "A participant was added.",
        Event::ParticipantRemoved { .. } => "A participant was removed.",
        Event::Followed { agent } => return format!("It is followed by {agent}."),
        Event::Unfollowed { agent } => return format!("It is no longer followed by {agent}."),
        Event::Granted { grant, amount, .. } => return format!("The customer was given: {grant}, {amount}."),
        Event::ApprovalAsked { asked, .. } => return format!("Approval was asked for ({}).", asked.rule),
        Event::Approved { agent, .. } => return format!("It was approved by {agent}."),
        Event::Declined { agent, .. } => return format!("It was declined by {agent}."),
        Event::ApprovalEnded { how, .. } => return how.text(Language::English).to_owned(),
        Event::TaskAdded { assignee: Some(agent), .. } => return format!("A task was added for {agent}."),
        Event::TaskAdded { .. } => "A task was added.",
        Event::ChecklistApplied { checklist, tasks } => {
            return format!("The checklist “{checklist}” was added ({} tasks).", tasks.len());
        }
        Event::TaskCompleted { .. } => "A task was done.",
        Event::TaskReopened { .. } => "A task turned out not to be done.",
        Event::TaskDropped { .. } => "A task was dropped.",
        Event::TaskOverdue { .. } => "A task was not done in time.",
        Event::TimeLogged { agent, worked, .. } => return format!("{agent} worked on it for {worked}."),
        Event::TimeCorrected { agent, from, to, .. } => {
            return format!("The time that {agent} worked was corrected from {from} to {to}.");
        }
        Event::Merged { .. } => "It was merged into another ticket and goes on there.",
        Event::Unmerged { .. } => "The merge was undone, and it goes on by itself.",
        Event::Absorbed { .. } => "Another ticket was merged into it.",
        Event::Released { .. } => "A ticket that had been merged into it left it again.",
        Event::SplitOff { .. } => "A part of it goes on in a new ticket.",
        Event::Linked { .. } | Event::Unlinked { .. } | Event::Heeded { .. } => return link_in_english(event),
        Event::SideStarted { with, .. } => return format!("A conversation with “{}” began.", with.name),
        Event::SideWritten { .. } => "The third party was written to.",
        Event::SideReceived { automatic: true, .. } => "An automatic message came from the third party.",
        Event::SideReceived { .. } => "The third party answered.",
        Event::SideClosed { .. } => "The conversation with the third party is over.",
        Event::RuleFired { rule, .. } => return format!("The rule “{rule}” fired."),
        Event::RulesStopped { .. } => "The rules were stopped at their limit.",
        Event::Clock(event) => return clock_in_english(event),
    };
    fixed.to_owned()
}

fn link_in_english(event: &Event) -> String {
    match event {
        Event::Linked { bond, .. } => {
            format!("It was linked: it {} another ticket.", bond.name(Language::English))
        }
        Event::Unlinked { bond, .. } => {
            format!("A link ended: it {} another ticket no more.", bond.name(Language::English))
        }
        Event::Heeded { bond, waits_for: Some(_), .. } => {
            let own = bond.name(Language::English);
            format!("The ticket that it {own} is done, and another one has to be done before this one.")
        }
        Event::Heeded { bond, .. } => {
            format!("Something happened on the ticket that it {}.", bond.name(Language::English))
        }
        _ => String::new(),
    }
}

fn clock_in_english(event: &sla::Event) -> String {
    let metric = event.metric().name(Language::English);
    match event {
        sla::Event::Targeted { target } => {
            format!("Promised time for the {metric}: {} ({}).", target.budget, target.sla)
        }
        sla::Event::Dropped { .. } => format!("Nothing is promised for the {metric} any more."),
        sla::Event::Moved { input, .. } => {
            let moved = match input {
                Input::Started => "started",
                Input::Stopped => "stopped",
                Input::Paused => "was paused",
                Input::Resumed => "went on",
                Input::Reset => "was reset",
            };
            format!("The clock for the {metric} {moved}.")
        }
        sla::Event::Warned { threshold, .. } => {
            format!("Warning: of the time for the {metric} {}.", threshold.text(Language::English))
        }
        sla::Event::Breached { .. } => format!("Breach: the time for the {metric} was exceeded."),
        sla::Event::Joined { since: Some(_), .. } => {
            format!("The clock for the {metric} counts from where the longer wait began.")
        }
        sla::Event::Joined { since: None, .. } => {
            format!("The clock for the {metric} counts from its own start again.")
        }
        sla::Event::Carried { .. } => format!("Earlier pauses of the clock for the {metric} were added up."),
    }
}
