//! What a support service must be able to do, told as stories: each plays through the public API alone, under a
//! policy that is data (`policies/good/magaza.toml`), and is named after its line in the list of subjects.

#![cfg(feature = "toml")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::convert::Infallible;

use destek::actor::Actor;
use destek::channel::{Channel, ChannelKind};
use destek::customer::RecordCustomer;
use destek::desk::{Command, Effect, Event, Noticed, Receipt, Recipient, Rejection, Told};
use destek::id::{AgentId, CustomerId, MessageId, Name, QueueId, TeamId, TicketId};
use destek::language::Language;
use destek::notify::blocking::notifier_fn;
use destek::notify::{Delivery, render};
use destek::policy::toml;
use destek::priority::{Grade, Level, Priority, PrioritySource};
use destek::record::RecordKey;
use destek::run::Relay;
use destek::sla::{Metric, Status};
use destek::store::blocking::relay;
use destek::team::{Presence, RecordAgent, SetPresence};
use destek::testing::Scene;
use destek::ticket::{
    self, Category, Closing, Confirm, ContactCategory, Note, Receive, Refuse, Reopening, Reply, Resolve, Take, Ticket,
    Transfer,
};
use destek::time::{Span, Timestamp};
use destek::view;

mod authority;
mod together;

const MAGAZA: &str = include_str!("policies/good/magaza.toml");
/// A Friday, ten o'clock in Istanbul: the office is open.
const MORNING: &str = "2026-11-27T07:00:00Z";
/// The night before, at two.
const NIGHT: &str = "2026-11-26T23:00:00Z";

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn agent(text: &str) -> AgentId {
    AgentId::new(text).unwrap()
}

fn customer(text: &str) -> CustomerId {
    CustomerId::new(text).unwrap()
}

/// A shop with a clock, in which everything said and opened gets the next id.
struct Shop {
    scene: Scene,
    ids: u128,
    told: RefCell<Vec<String>>,
}

impl Shop {
    fn opens(at: &str) -> Self {
        let policy = toml::read(MAGAZA).unwrap().compile().unwrap();
        Self { scene: Scene::new(policy, at.parse().unwrap()), ids: 0, told: RefCell::default() }
    }

    fn next(&mut self) -> u128 {
        self.ids += 1;
        self.ids
    }

    fn host(&mut self, command: impl Into<Command>) {
        self.scene.run(Actor::Host, command).unwrap();
    }

    /// An agent who has come to work.
    fn hires(&mut self, who: &str, role: &str, team: &str) {
        let record = RecordAgent::new(agent(who)).role(name(role)).team(TeamId::new(team).unwrap());
        self.host(record.skill(name("iade"), 3).capacity(2));
        self.comes(who);
    }

    fn comes(&mut self, who: &str) {
        self.host(SetPresence::new(agent(who), Presence::Available));
    }

    fn leaves(&mut self, who: &str) {
        self.host(SetPresence::new(agent(who), Presence::Offline));
    }

    fn writes_over(&mut self, kind: ChannelKind, who: &str, text: &str) -> Receipt {
        let (ticket, message) = (TicketId::from_u128(self.next()), MessageId::from_u128(self.next()));
        let receive = Receive::new(ticket, message, customer(who), Channel::of(kind), text);
        self.scene.run(Actor::verified(customer(who)), receive).unwrap()
    }

    /// A customer writes an e-mail; the ticket that it joined or opened.
    fn writes(&mut self, who: &str, text: &str) -> TicketId {
        self.writes_over(ChannelKind::Email, who, text).ticket.unwrap()
    }

    fn does(&mut self, who: &str, command: impl Into<ticket::Command>) -> Result<Receipt, Rejection> {
        self.scene.run(Actor::Agent(agent(who)), command.into())
    }

    fn replies(&mut self, who: &str, ticket: TicketId, text: &str) {
        let message = MessageId::from_u128(self.next());
        self.does(who, Reply::new(ticket, message, text)).unwrap();
    }

    fn ticket(&self, id: TicketId) -> Ticket {
        self.scene.ticket(id).unwrap()
    }

    fn category(&self, id: TicketId) -> Category {
        self.ticket(id).category()
    }

    /// What the team was told so far, each with the instant at which it was asked for.
    fn notices(&self) -> Vec<(Recipient, Noticed)> {
        let notice = |effect| match effect {
            Effect::Notify { to, what, .. } => Some((to, what)),
            _ => None,
        };
        self.scene.effects().into_iter().filter_map(|outgoing| notice(outgoing.effect)).collect()
    }

    /// What was delivered by now, as people read it.
    fn deliveries(&self) -> Vec<String> {
        let notifier = notifier_fn(|_, envelope| {
            self.told.borrow_mut().extend(render(envelope, Language::Turkish));
            Ok::<_, Infallible>(Delivery::Done)
        });
        let (store, tenant) = (self.scene.store(), self.scene.tenant());
        while relay(store, tenant, &notifier, self.scene.now(), &Relay::default()).unwrap().claimed() > 0 {}
        self.told.borrow().clone()
    }

    fn clock(&self, id: TicketId) -> Status {
        let ticket = self.ticket(id);
        let clock = ticket.clocks().clock(Metric::FirstResponse).unwrap();
        clock.status(self.scene.desk().policy().calendars(), self.scene.now())
    }
}

fn lead(team: &str) -> Recipient {
    Recipient::Lead(TeamId::new(team).unwrap())
}

#[test]
fn s02_ticketing_gives_priority_with_its_reason_queue_and_agent_and_is_followed_to_the_end() {
    let mut shop = Shop::opens(MORNING);
    shop.hires("ayşe", "temsilci", "iade ekibi");
    shop.leaves("ayşe");
    shop.host(RecordCustomer::new(customer("deniz")).tier(name("vip")).orders(7));

    let ticket = shop.writes("deniz", "Vazo KIRIK geldi, İADE etmek istiyorum");
    let opened = shop.ticket(ticket);
    let source = PrioritySource::Matrix { urgency: Grade::High, impact: Grade::Medium, tier: Some(name("vip")) };
    // High and medium rate as high; a VIP is one level above.
    assert_eq!(*opened.priority(), Priority::new(name("acil"), Level::Urgent, source));
    assert_eq!((opened.kind().name.as_str(), opened.kind().category), ("iade", ContactCategory::Request));
    assert_eq!(opened.queue(), Some(&QueueId::new("iade").unwrap()));
    let rank = shop.scene.now() + Span::hours(-4);
    assert_eq!(opened.place().map(|place| place.rank), Some(rank), "an urgent ticket stands four hours ahead");
    assert_eq!(opened.assignee(), None, "nobody is there");

    shop.scene.advance(Span::minutes(20));
    shop.comes("ayşe");
    shop.scene.sweep();
    assert_eq!(shop.ticket(ticket).assignee(), Some(&agent("ayşe")));
    assert!(shop.notices().contains(&(Recipient::Agent(agent("ayşe")), Noticed::Assigned)));

    shop.replies("ayşe", ticket, "Kargo kodunuz 4417.");
    assert_eq!(shop.category(ticket), Category::Open);
    shop.does("ayşe", Resolve::new(ticket)).unwrap();
    shop.scene.run(Actor::verified(customer("deniz")), Confirm::new(ticket)).unwrap();
    assert_eq!(shop.category(ticket), Category::Closed);
    assert_eq!(shop.scene.load(&agent("ayşe")), 0);
    let kinds = shop.scene.kinds(ticket);
    let life: Vec<&str> = kinds.into_iter().filter(|kind| !matches!(*kind, "clock" | "rule_fired")).collect();
    let expected = ["opened", "message_received", "classified", "priority_changed", "queued", "assigned", "started"];
    assert_eq!(life, [&expected[..], &["replied", "resolved", "confirmed"]].concat());
    let read = shop.deliveries();
    assert!(read.contains(&"Kargo kodunuz 4417.".to_owned()), "the answer reached the customer: {read:?}");
}

#[test]
fn s02_nothing_is_lost_between_two_agents() {
    let mut shop = Shop::opens(MORNING);
    shop.hires("ayşe", "temsilci", "iade ekibi");
    shop.hires("mert", "temsilci", "kargo ekibi");
    shop.leaves("mert");
    let ticket = shop.writes("deniz", "İade kutum kayıp");
    shop.scene.sweep();
    assert_eq!(shop.ticket(ticket).assignee(), Some(&agent("ayşe")));

    let note = MessageId::from_u128(shop.next());
    shop.does("ayşe", Note::new(ticket, note, "Şube 12'de takılmış, takip 88-31.")).unwrap();
    shop.does("ayşe", Transfer::new(ticket, QueueId::new("kargo").unwrap())).unwrap();
    let between = shop.ticket(ticket);
    assert_eq!((between.assignee(), between.queue().map(QueueId::as_str)), (None, Some("kargo")));
    assert!(between.place().is_some(), "it waits for somebody, and is in nobody's pocket");
    assert_eq!(shop.scene.load(&agent("ayşe")), 0);

    // While it is nobody's, the customer's word still arrives, and a queue that stands still is told of.
    shop.scene.advance(Span::minutes(5));
    assert_eq!(shop.writes("deniz", "Takip numarası 88-31 idi"), ticket, "it joins");
    shop.scene.advance(Span::minutes(15));
    let queue = QueueId::new("kargo").unwrap();
    let reason = destek::routing::StallReason::NobodyAvailable;
    assert!(shop.notices().contains(&(lead("kargo ekibi"), Noticed::Stalled { queue, reason })));

    shop.comes("mert");
    shop.scene.sweep();
    assert_eq!(shop.ticket(ticket).assignee(), Some(&agent("mert")));
    let taken = shop.does("mert", Take::new(ticket));
    assert_eq!(shop.ticket(ticket).assignee(), Some(&agent("mert")), "{taken:?}");

    // The second agent reads all that the first one knew and the customer said.
    let log = shop.scene.log(&RecordKey::Ticket(ticket));
    let mert = shop.scene.state(&RecordKey::Agent(agent("mert"))).unwrap();
    let (policy, actor) = (shop.scene.desk().policy().clone(), Actor::Agent(agent("mert")));
    let reader = (&actor, mert.agent());
    let seen = view::for_team(&policy, reader, &shop.scene.dossier(ticket).unwrap(), shop.scene.now()).unwrap();
    let said: Vec<String> = seen.timeline.iter().filter_map(|entry| entry.text.clone()).collect();
    assert_eq!(said, ["İade kutum kayıp", "Şube 12'de takılmış, takip 88-31.", "Takip numarası 88-31 idi"]);
    let versions: Vec<u64> = log.iter().map(|recorded| recorded.version.number()).collect();
    assert!(versions.windows(2).all(|pair| pair[1] == pair[0] || pair[1] == pair[0] + 1), "no gap: {versions:?}");
    // Whoever loses a ticket of another team sees it no more.
    assert_eq!(shop.does("ayşe", Resolve::new(ticket)).unwrap_err().code(), "not_found");
}

#[test]
fn s03_five_minute_wait_counts_bot_and_queue_and_somebody_is_told_at_the_minute() {
    let mut shop = Shop::opens(NIGHT);
    let start = shop.scene.now();
    let ticket = shop.writes_over(ChannelKind::Chat, "deniz", "Siparişim nerede?").ticket.unwrap();
    // A bot's word is no answer of a person: the promise is about the whole wait.
    shop.scene.advance(Span::minutes(1));
    let message = MessageId::from_u128(shop.next());
    let hello = Reply::new(ticket, message, "Merhaba, sizi bir temsilciye bağlıyorum.");
    shop.scene.run(Actor::Bot(name("bot")), hello).unwrap();
    let due = start + Span::minutes(5);
    let remaining = Span::minutes(4);
    assert_eq!(shop.clock(ticket), Status::Running { due, due_latest: due, remaining }, "also at two at night");

    shop.scene.advance(Span::minutes(3));
    let warned = |(to, what): &(Recipient, Noticed)| {
        *to == Recipient::Team(TeamId::new("destek").unwrap())
            && matches!(what, Noticed::Warned { metric: Metric::FirstResponse, .. })
    };
    assert!(shop.notices().iter().any(warned), "at four minutes the team hears that it is nearly time");
    shop.scene.advance_to(due);
    let breached = (lead("destek"), Noticed::Breached { metric: Metric::FirstResponse });
    assert!(!shop.notices().contains(&breached), "five minutes are not more than five minutes");
    shop.scene.advance(Span::millis(1));
    assert!(shop.notices().contains(&breached), "and at the minute the lead is told");
    let read = shop.deliveries();
    assert!(read.contains(&"1 numaralı talebin ilk yanıt süresi aşıldı.".to_owned()), "{read:?}");

    shop.hires("ece", "temsilci", "destek");
    shop.scene.advance_to(start + Span::minutes(7));
    shop.replies("ece", ticket, "Paketiniz bugün dağıtımda.");
    let at = start + Span::minutes(7);
    assert_eq!(shop.clock(ticket), Status::Missed { at, late_by: Span::minutes(2) });
    let policy = shop.scene.desk().policy().clone();
    let (found, now) = (shop.ticket(ticket), shop.scene.now());
    let clock = found.clocks().clock(Metric::FirstResponse).unwrap();
    let text = clock.explain(policy.calendars(), now).text(Language::Turkish);
    for part in ["ilk yanıt (sohbet): bütçe 5 dk, kullanılan 7 dk, aşılan 2 dk", "tutulmadı", "sayıldı, 7 dk"]
    {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

#[test]
fn s03_five_minute_wait_is_kept_until_the_last_moment_and_promised_to_chat_alone() {
    let mut shop = Shop::opens(NIGHT);
    shop.hires("ece", "temsilci", "destek");
    let start = shop.scene.now();
    let chat = shop.writes_over(ChannelKind::Chat, "deniz", "Siparişim nerede?").ticket.unwrap();
    let mail = shop.writes("efe", "Siparişim nerede?");
    shop.scene.advance_to(start + Span::minutes(5));
    shop.replies("ece", chat, "Bugün dağıtımda.");
    assert_eq!(shop.clock(chat), Status::Met { at: start + Span::minutes(5), by: Span::ZERO });
    let breached = |shop: &Shop| shop.notices().iter().any(|(_, what)| matches!(what, Noticed::Breached { .. }));
    shop.scene.advance(Span::hours(3));
    assert!(!breached(&shop), "a kept promise is never broken later");
    // The e-mail is counted in the office: it opens at nine, the lunch break is not counted, so half past one.
    let due: Timestamp = "2026-11-27T11:00:00Z".parse().unwrap();
    let Status::Running { due_latest, remaining, .. } = shop.clock(mail) else { panic!("{:?}", shop.clock(mail)) };
    assert_eq!((due_latest, remaining), (due, Span::hours(4)));
}

#[test]
fn s22_confirmation_or_silence_ends_a_ticket() {
    let mut shop = Shop::opens(MORNING);
    shop.hires("ece", "temsilci", "destek");
    let (confirmed, silent) = (shop.writes("deniz", "Fatura lütfen"), shop.writes("efe", "Fatura lütfen"));
    for ticket in [confirmed, silent] {
        shop.replies("ece", ticket, "Ekte.");
        shop.does("ece", Resolve::new(ticket)).unwrap();
        assert_eq!(shop.category(ticket), Category::Resolved, "that the agent is done does not end it");
    }
    let other = shop.scene.run(Actor::verified(customer("efe")), Confirm::new(confirmed));
    assert_eq!(other.unwrap_err().code(), "not_found", "only its own customer can say so");
    shop.scene.run(Actor::verified(customer("deniz")), Confirm::new(confirmed)).unwrap();
    assert_eq!(shop.category(confirmed), Category::Closed);

    let until = shop.ticket(silent).silent_until().unwrap();
    assert_eq!(until, shop.scene.now() + Span::hours(48), "as the policy says");
    shop.scene.advance_to(until + Span::millis(-1));
    assert_eq!(shop.category(silent), Category::Resolved);
    shop.scene.advance_to(until);
    assert_eq!(shop.category(silent), Category::Closed);
    let closed = |recorded: &destek::desk::Recorded| {
        matches!(&recorded.event, Event::Ticket(ticket::Event::Closed { why: Closing::Silence, .. }))
    };
    assert!(shop.scene.log(&RecordKey::Ticket(silent)).iter().any(closed));
    let told =
        |effect: &Effect| matches!(effect, Effect::Tell { what: Told::Closed, to, .. } if *to == customer("efe"));
    assert!(shop.scene.effects().iter().any(|outgoing| told(&outgoing.effect)), "and the customer hears of it");
}

#[test]
fn s22_refusal_and_a_new_question_bring_it_back_and_thanks_do_not() {
    let mut shop = Shop::opens(MORNING);
    shop.hires("ece", "temsilci", "destek");
    let ticket = shop.writes("deniz", "Fatura lütfen");
    shop.scene.sweep();
    shop.replies("ece", ticket, "Ekte.");
    shop.does("ece", Resolve::new(ticket)).unwrap();
    let until = shop.ticket(ticket).silent_until();

    shop.scene.advance(Span::hours(1));
    assert_eq!(shop.writes("deniz", "Çok teşekkür ederim 🙏"), ticket);
    let thanked = shop.ticket(ticket);
    assert_eq!((thanked.category(), thanked.reopened(), thanked.messages()), (Category::Resolved, 0, 3));
    assert_eq!((thanked.silent_until(), thanked.waiting_since()), (until, None), "nobody waits, silence goes on");

    let refuse = Refuse::new(ticket).reason("Fatura başkasının adına");
    shop.scene.run(Actor::verified(customer("deniz")), refuse).unwrap();
    let refused = shop.ticket(ticket);
    assert_eq!((refused.category(), refused.reopened()), (Category::Open, 1));
    assert_eq!(refused.assignee(), Some(&agent("ece")), "whoever had it goes on");

    shop.does("ece", Resolve::new(ticket)).unwrap();
    assert_eq!(shop.writes("deniz", "Teşekkürler ama fatura hâlâ yanlış"), ticket);
    let reopened = shop.ticket(ticket);
    assert_eq!((reopened.category(), reopened.reopened()), (Category::Open, 2), "thanks with a wish is a wish");
    let by_message = |recorded: &destek::desk::Recorded| {
        matches!(&recorded.event, Event::Ticket(ticket::Event::Reopened { why: Reopening::Message, .. }))
    };
    assert!(shop.scene.log(&RecordKey::Ticket(ticket)).iter().any(by_message));
    shop.scene.advance(Span::hours(72));
    assert_eq!(shop.category(ticket), Category::Open, "the silence of before is over");
}

#[test]
fn s22_a_late_message_opens_a_new_ticket() {
    let mut shop = Shop::opens(MORNING);
    shop.hires("ece", "temsilci", "destek");
    let ticket = shop.writes("deniz", "Fatura lütfen");
    shop.replies("ece", ticket, "Ekte.");
    shop.does("ece", Resolve::new(ticket)).unwrap();
    let until = shop.ticket(ticket).silent_until().unwrap();
    // No worker ran meanwhile: that the time is over counts, not that somebody noticed.
    shop.scene.set_clock(until);
    let late = shop.writes("deniz", "Bir sorum daha var");
    assert_ne!(late, ticket);
    assert_eq!(shop.category(late), Category::New);
    shop.scene.sweep();
    assert_eq!((shop.category(ticket), shop.ticket(ticket).reopened()), (Category::Closed, 0));
    assert_eq!(shop.scene.tickets().len(), 2);
    assert_eq!(shop.writes("deniz", "Duyuyor musunuz?"), late, "and what follows joins the new one");
}

#[test]
fn s30_what_a_customer_wants_is_told_apart() {
    let mut shop = Shop::opens(MORNING);
    let cases = [
        ("a", "Mağazanız kaçta açılıyor?", ContactCategory::Question),
        ("b", "İadem için ne yapmalıyım", ContactCategory::Request),
        ("c", "Bu bir REZALET, şikayetçiyim", ContactCategory::Complaint),
        ("d", "Bir önerim var: keşke XL da olsa", ContactCategory::Suggestion),
        ("e", "Harikasınız, çok memnun kaldım", ContactCategory::Praise),
    ];
    for (who, text, category) in cases {
        let ticket = shop.writes(who, text);
        assert_eq!(shop.ticket(ticket).kind().category, category, "{text}");
    }
    let text = "Şikâyet var, lütfen bakın.".to_owned();
    let complaint = (lead("destek"), Noticed::Rule { rule: name("şikâyet sözleri"), text });
    let told: Vec<_> = shop.notices().into_iter().filter(|(_, what)| matches!(what, Noticed::Rule { .. })).collect();
    assert_eq!(told, [complaint], "a lead hears of the complaint, and of nothing else");
}
