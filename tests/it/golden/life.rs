//! A life in which everything happens that can be stored.

use crate::cast::{
    TICKET, acting, agent, at, carrier, customer, email, message, name, order, queue, read, record, verified,
};
use destek::actor::Actor;
use destek::channel::{Channel, ChannelKind};
use destek::customer::{Ban, RecordCustomer, Unban};
use destek::desk::{Command, Receipt, Recorded};
use destek::draft::{DiscardDraft, SaveDraft};
use destek::id::{ApprovalId, JobId, MessageId, ReminderId, ScheduleId, SideId, TaskId, TicketId, ViewId};
use destek::inbox::{Column, Filter, Moment, Period, RemoveView, SaveView, Sharing, Sort, SortBy};
use destek::job::{CancelJob, EACH, StartJob};
use destek::language::Language;
use destek::money::{Currency, Money};
use destek::order::{OrderCategory, RecordOrder};
use destek::priority::Grade;
use destek::record::RecordKey;
use destek::schedule::{Missed, OnClosed, RemoveSchedule, SetSchedule, Template};
use destek::team::{Presence, SetPresence};
use destek::testing::Scene;
use destek::ticket::{self, FieldInput, HoldKind, LinkKind, Proposal};
use destek::time::{Budget, Span};

/// A policy under which everything can happen.
fn policy_document() -> String {
    let shouts = r#"{ "notify": { "to": "followers", "text": "Again." } },"#.repeat(59);
    let flood = |rule: &str| {
        format!(
            r#"{{ "name": "{rule}", "on": ["tagged"], "when": {{ "tag": "flood" }},
                  "then": [{shouts} {{ "set_kind": "praise" }}] }}"#
        )
    };
    format!(
        r#"{{
  "version": 1,
  "default_queue": "general",
  "silence": {{ "after": "72h" }},
  "requester": {{ "acknowledged_per_hour": 4 }},
  "links": {{ "parent_waits": false, "children": "close" }},
  "head_start": {{ "urgent": "4h" }},
  "tier": [{{ "name": "vip", "raise": 1 }}],
  "field": [
    {{ "name": "parcel", "type": "text" }}, {{ "name": "size", "type": "number" }}, {{ "name": "paid", "type": "flag" }},
    {{ "name": "day", "type": "date" }}, {{ "name": "price", "type": "money" }},
    {{ "name": "why", "type": "choice", "options": ["broken", "late"] }}
  ],
  "queue": [
    {{ "name": "general", "teams": ["care"], "tell_after": "30m" }},
    {{ "name": "returns", "teams": ["returns"] }}
  ],
  "route": [{{ "name": "returns", "when": {{ "text": "iade*" }}, "queue": "returns" }}],
  "calendar": {{ "office": {{ "zone": "+03:00", "week": "mon-fri 09:00-18:00" }} }},
  "nudge": [
    {{ "name": "gift", "when": {{ "tag": "gift" }}, "after": "2h", "at_most": 1, "then": "nothing" }},
    {{ "name": "usual", "when": {{ "all": [{{ "tag": "asked" }}, {{ "not": {{ "tag": "quiet" }} }}] }}, "after": "4h" }}
  ],
  "sla": [{{
    "name": "asked",
    "when": {{ "kind": "question" }},
    "first_response": {{ "budget": "1h", "warn_at": ["80%"] }},
    "resolution": {{ "budget": "10h", "warn_at": ["30m left"], "pauses_on": ["customer"] }}
  }}],
  "role": [{{ "name": "admin", "scope": "all", "may": ["view", "open", "receive", "reply", "note", "take", "assign",
      "transfer", "hold", "resolve", "confirm", "reopen", "close", "prioritize", "classify", "tag", "set_field",
      "participate", "follow", "screen", "grant", "presence", "merge", "split", "ask", "approve", "link", "bulk", "share_views",
      "task", "log_time", "side", "receive_side", "ban", "schedule"], "grants": {{ "refund": "500 TRY" }} }}],
  "approval": [{{ "name": "large", "by": ["admin"], "expires_after": "24h", "need": "60%",
      "grants": {{ "refund": "2000 TRY" }}, "covers": ["consent", "close", "mark_spam"] }}],
  "checklist": [{{ "name": "broken", "tasks": [
    {{ "key": "photo", "title": "Fotoğraf iste" }}, {{ "key": "stock", "title": "Stoğa bak", "required": true }}
  ] }}],
  "rule": [
    {{ "name": "returns", "on": ["opened"], "when": {{ "all": [{{ "text": "iade*" }}, {{ "subject_text": "kargo*" }}] }},
       "then": [{{ "set_priority": "high" }}, {{ "notify": {{ "to": "lead", "text": "Bakar mısınız?" }} }}] }},
    {{ "name": "breach", "on": ["breached"], "then": [{{ "set_urgency": "high" }}] }},
    {}, {}
  ]
}}"#,
        flood("flood one"),
        flood("flood two")
    )
}

/// One ticket after another lives through everything that can happen.
pub(super) struct Life {
    pub(super) scene: Scene,
    pub(super) receipts: Vec<Receipt>,
    messages: u128,
}

impl Life {
    pub(super) fn new() -> Self {
        let scene = Scene::new(read(&policy_document()), at(crate::cast::START));
        Self { scene, receipts: Vec::new(), messages: 0 }
    }

    #[track_caller]
    pub(super) fn run(&mut self, actor: Actor, command: impl Into<Command>) {
        let command = command.into();
        let kind = command.kind();
        match self.scene.run(actor, command) {
            Ok(receipt) => self.receipts.push(receipt),
            Err(rejection) => panic!("{kind}: {rejection}"),
        }
        let later = self.scene.now() + Span::seconds(1);
        self.scene.set_clock(later);
    }

    fn message(&mut self) -> MessageId {
        self.messages += 1;
        message(self.messages)
    }

    fn pass(&mut self, span: Span) {
        let later = self.scene.now() + span;
        self.scene.set_clock(later);
    }

    pub(super) fn receive(&mut self, ticket: u128, body: &str) -> ticket::Receive {
        let message = self.message();
        ticket::Receive::new(TicketId::from_u128(ticket), message, customer("owner"), email(), body)
    }

    fn wake(&mut self, ticket: TicketId) {
        self.run(Actor::Timer, Command::Wake(RecordKey::Ticket(ticket)));
    }

    pub(super) fn people(&mut self) {
        for team in ["care", "returns"] {
            let name_ = if team == "care" { "ada" } else { "bora" };
            self.run(Actor::Host, record(name_, Some("admin"), Some(team)).skill(name("french"), 3).capacity(40));
        }
        self.run(Actor::Host, record("ada", Some("admin"), Some("care")).capacity(50));
        self.run(Actor::Host, SetPresence::new(agent("bora"), Presence::Away));
        self.run(Actor::Host, RecordCustomer::new(customer("friend")));
        let value = Money::new(125_050, Currency::TRY);
        let owner = RecordCustomer::new(customer("owner")).name("Ayşe").tier(name("vip")).orders(2);
        self.run(Actor::Host, owner.language(Language::English).lifetime_value(value));
        for (i, category) in [
            OrderCategory::Placed,
            OrderCategory::Shipped,
            OrderCategory::Delivered,
            OrderCategory::Cancelled,
            OrderCategory::Returned,
        ]
        .into_iter()
        .enumerate()
        {
            let order = RecordOrder::new(order(&format!("o-{i}")), customer("owner"), category, value);
            self.run(Actor::Host, if i == 0 { order } else { order.state(name("kargoda")) });
        }
    }

    /// The first ticket: waits, stalls, is assigned, described, held, resolved, refused, confirmed, reopened, closed.
    fn first(&mut self) {
        let (ada, owner, ticket) = (acting("ada"), verified("owner"), TICKET);
        let receive = self.receive(1, "İade etmek istiyorum").subject("Kargo").order(order("o-2"));
        self.run(owner.clone(), receive);
        self.run(ada.clone(), ticket::Transfer::new(ticket, queue("general")));
        let drain = || Command::Drain(queue("general"));
        self.run(Actor::Timer, drain());
        self.pass(Span::minutes(40));
        self.run(Actor::Timer, drain());
        self.run(Actor::Host, SetPresence::new(agent("ada"), Presence::Available));
        self.run(Actor::Timer, drain());
        self.run(Actor::Timer, drain());
        self.run(ada.clone(), ticket::Unassign::new(ticket));
        self.run(ada.clone(), ticket::Assign::new(ticket, agent("bora")));
        self.run(ada.clone(), ticket::Unassign::new(ticket));
        self.run(ada.clone(), ticket::Follow::new(ticket, true));
        self.run(acting("bora"), ticket::Follow::new(ticket, true));
        self.run(ada.clone(), ticket::Follow::new(ticket, false));
        self.wake(ticket);
        self.pass(Span::hours(1));
        self.wake(ticket);
        self.run(ada.clone(), ticket::Take::new(ticket));
        let thanks = self.receive(1, "Teşekkürler");
        self.run(owner.clone(), thanks);
        let id = self.message();
        self.run(ada.clone(), ticket::Reply::new(ticket, id, "Bakıyoruz."));
        let id = self.message();
        self.run(Actor::Bot(name("bot")), ticket::Reply::new(ticket, id, "Ben de bakıyorum."));
        let id = self.message();
        self.run(ada.clone(), ticket::Note::new(ticket, id, "Kargoyu ara."));
        self.describe();
        self.run(ada.clone(), ticket::Hold::new(ticket, HoldKind::ThirdParty).reason("Kargo"));
        let soon = self.scene.now() + Span::hours(2);
        self.run(ada.clone(), ticket::Hold::new(ticket, HoldKind::Internal).until(soon));
        self.run(ada.clone(), ticket::Resume::new(ticket));
        for _ in 0..14 {
            self.run(ada.clone(), ticket::Hold::new(ticket, HoldKind::Customer));
            self.run(ada.clone(), ticket::Resume::new(ticket));
        }
        self.run(ada.clone(), ticket::Hold::new(ticket, HoldKind::Customer));
        let answer = self.receive(1, "Beden 42");
        self.run(owner.clone(), answer);
        let soon = self.scene.now() + Span::hours(2);
        self.run(ada.clone(), ticket::Hold::new(ticket, HoldKind::Customer).until(soon));
        self.pass(Span::hours(3));
        self.wake(ticket);
        self.pass(Span::hours(9));
        self.wake(ticket);
        self.end();
    }

    fn describe(&mut self) {
        let (ada, ticket) = (acting("ada"), TICKET);
        for (field, value) in [
            ("parcel", FieldInput::Text("TR 123".into())),
            ("size", FieldInput::Number(42)),
            ("paid", FieldInput::Flag(true)),
            ("day", FieldInput::Date("2026-12-01".parse().unwrap())),
            ("price", FieldInput::Money(Money::new(9_990, Currency::TRY))),
            ("why", FieldInput::Choice(name("late"))),
        ] {
            self.run(ada.clone(), ticket::SetField::new(ticket, name(field)).value(value));
        }
        self.run(ada.clone(), ticket::SetField::new(ticket, name("size")));
        self.run(ada.clone(), ticket::Prioritize::new(ticket).urgency(Grade::Low));
        self.run(ada.clone(), ticket::Prioritize::new(ticket).priority(name("urgent")));
        self.run(ada.clone(), ticket::Prioritize::new(ticket).priority(name("urgent")).impact(Grade::High));
        self.run(ada.clone(), ticket::Classify::new(ticket).kind(name("complaint")).stage(name("pre")));
        self.run(ada.clone(), ticket::Classify::new(ticket).kind(name("question")).language(Language::Turkish));
        self.run(ada.clone(), ticket::Tag::new(ticket).add(name("gift")));
        self.run(ada.clone(), ticket::Tag::new(ticket).add(name("vip")).remove(name("gift")));
        self.run(ada.clone(), ticket::LinkOrder::new(ticket, order("o-1")));
        self.run(ada.clone(), ticket::SetParticipant::new(ticket, customer("friend"), true));
        let mut friend = self.receive(1, "Ben de bekliyorum");
        friend.customer = customer("friend");
        self.run(verified("friend"), friend.answers(ticket));
        let id = self.message();
        self.run(ada.clone(), ticket::Reply::new(ticket, id, "İkinize de yazıyorum."));
        self.run(ada.clone(), ticket::SetParticipant::new(ticket, customer("friend"), false));
        let refund = Money::new(5_000, Currency::TRY);
        self.run(ada.clone(), ticket::Grant::new(ticket, name("refund"), refund));
        self.run(ada, ticket::Grant::new(ticket, name("refund"), refund).reason("Geç geldi"));
    }

    fn end(&mut self) {
        let (ada, owner, ticket) = (acting("ada"), verified("owner"), TICKET);
        self.run(ada.clone(), ticket::Resolve::new(ticket));
        self.run(owner.clone(), ticket::Refuse::new(ticket));
        self.run(ada.clone(), ticket::Resolve::new(ticket));
        self.run(owner.clone(), ticket::Refuse::new(ticket).reason("Eksik"));
        self.run(ada.clone(), ticket::Resolve::new(ticket));
        let again = self.receive(1, "Hâlâ eksik");
        self.run(owner.clone(), again);
        self.run(owner, ticket::Confirm::new(ticket));
        self.run(ada.clone(), ticket::Reopen::new(ticket));
        self.run(ada.clone(), ticket::Close::new(ticket));
        self.run(ada.clone(), ticket::Reopen::new(ticket));
        self.run(ada, ticket::Resolve::new(ticket));
        self.pass(Span::days(4));
        self.wake(ticket);
    }

    /// Other tickets: begun by the shop, spam, too many rules; one waits, one is on hold, for their states.
    fn others(&mut self) {
        let ada = acting("ada");
        let open = |life: &mut Self, number| {
            let ticket = TicketId::from_u128(number);
            let open =
                ticket::Open::new(ticket, customer("friend"), Channel::of(ChannelKind::Chat).named(name("whatsapp")));
            let open = open.by_shop().message(life.message(), "Bedeniniz geldi.");
            life.run(acting("ada"), open);
            ticket
        };
        let spam = open(self, 2);
        self.run(ada.clone(), ticket::MarkSpam::new(spam));
        self.run(ada.clone(), ticket::Restore::new(spam));
        self.run(ada.clone(), ticket::Follow::new(spam, true));
        self.run(ada.clone(), ticket::Tag::new(spam).add(name("flood")));
        let waits = open(self, 3);
        self.run(ada.clone(), ticket::Prioritize::new(waits).urgency(Grade::High).impact(Grade::High));
        let held = open(self, 4);
        let later = self.scene.now() + Span::days(2);
        self.run(ada.clone(), ticket::Hold::new(held, HoldKind::ThirdParty).until(later));
        let resolved = open(self, 5);
        self.run(ada.clone(), ticket::Take::new(resolved));
        self.run(ada.clone(), ticket::Resolve::new(resolved));
        // Every reason for a standstill: nobody there, nobody at all.
        self.run(Actor::Host, SetPresence::new(agent("ada"), Presence::Offline));
        self.run(Actor::Timer, Command::Drain(queue("general")));
        let claimed = Actor::claimed(customer("owner"));
        let receive = self.receive(6, "iade");
        self.run(claimed, receive);
        let imported = ticket::Open::new(TicketId::from_u128(7), customer("friend"), email()).subject("2025");
        self.run(Actor::Import(name("import")), imported);
    }

    /// Tickets that are merged into each other and taken out again, and one that is split.
    fn joined(&mut self) {
        let ada = acting("ada");
        let [first, second, third] = [20, 21, 22].map(TicketId::from_u128);
        for (ticket, who) in [(first, "owner"), (second, "friend"), (third, "friend")] {
            let open = ticket::Open::new(ticket, customer(who), email()).message(self.message(), "Nerede?");
            self.run(verified(who), open);
        }
        self.run(ada.clone(), ticket::Follow::new(first, true));
        let later = self.scene.now() + Span::days(3);
        self.run(ada.clone(), ticket::Hold::new(first, HoldKind::Customer).until(later));
        self.run(ada.clone(), ticket::Merge::new(first, second).sharing());
        self.run(ada.clone(), ticket::Merge::new(second, third));
        let answer = self.receive(30, "Buldum").answers(first);
        self.run(verified("owner"), answer);
        let id = self.message();
        self.run(ada.clone(), ticket::Reply::new(third, id, "Güzel."));
        self.run(ada.clone(), ticket::Resolve::new(third));
        let again = self.receive(31, "Bulamadım").answers(first);
        self.run(verified("owner"), again);
        self.run(ada.clone(), ticket::Unmerge::new(second));
        self.run(ada.clone(), ticket::Unmerge::new(first));
        let [ended, silent] = [23, 24].map(TicketId::from_u128);
        for ticket in [ended, silent] {
            let open = ticket::Open::new(ticket, customer("friend"), email()).message(self.message(), "Nerede?");
            self.run(verified("friend"), open);
        }
        self.run(ada.clone(), ticket::Close::new(ended));
        self.run(ada.clone(), ticket::Resolve::new(silent));
        for ticket in [ended, silent, second] {
            self.run(ada.clone(), ticket::Merge::new(ticket, third));
        }
        let id = self.message();
        self.run(ada.clone(), ticket::Note::new(third, id, "Başka bir konu"));
        self.run(ada.clone(), ticket::Split::new(third, id, TicketId::from_u128(25)));
        let mut last = self.receive(32, "Bir sorum daha var");
        last.customer = customer("friend");
        let asked = last.message;
        self.run(verified("friend"), last.answers(third));
        self.run(ada, ticket::Split::new(third, asked, TicketId::from_u128(26)));
    }

    /// A ticket on which everything is asked approval for, and every way in which that ends.
    fn asked(&mut self) {
        let (ada, bora, ticket) = (acting("ada"), acting("bora"), TicketId::from_u128(40));
        self.run(Actor::Host, record("cem", Some("admin"), Some("care")));
        let open = ticket::Open::new(ticket, customer("owner"), email());
        self.run(verified("owner"), open);
        let refund = Proposal::Grant { grant: name("refund"), amount: Money::new(90_000, Currency::TRY) };
        let ask = |id: u128, what| {
            let ask = ticket::AskApproval::new(ticket, ApprovalId::from_u128(id), what);
            ask.approver(agent("bora")).approver(agent("cem"))
        };
        let approve = |id: u128| ticket::Approve::new(ticket, ApprovalId::from_u128(id));
        let decline = |id: u128| ticket::Decline::new(ticket, ApprovalId::from_u128(id), "Olmaz");
        self.run(ada.clone(), ask(1, refund.clone()).reason("Kırık"));
        self.run(bora.clone(), approve(1));
        self.run(acting("cem"), approve(1));
        self.run(Actor::Bot(name("bot")), ask(2, Proposal::Consent));
        self.run(bora.clone(), approve(2));
        self.run(acting("cem"), decline(2));
        self.run(Actor::Bot(name("bot")), ask(3, Proposal::Close));
        self.run(
            Actor::Bot(name("bot")),
            ticket::AskApproval::new(ticket, ApprovalId::from_u128(8), Proposal::MarkSpam).approver(agent("bora")),
        );
        self.pass(Span::hours(25));
        self.wake(ticket);
        self.run(ada.clone(), ask(4, Proposal::Consent));
        self.run(ada.clone(), ticket::WithdrawApproval::new(ticket, ApprovalId::from_u128(4)));
        self.run(ada.clone(), ask(5, Proposal::Consent));
        self.run(ada.clone(), ticket::Resolve::new(ticket));
        self.run(ada.clone(), ask(6, Proposal::Consent));
        self.run(bora, ticket::Close::new(ticket));
    }

    /// Tickets that are linked in every way; answers and ends that reach the linked ones, and one that waits.
    fn linked(&mut self) {
        let ada = acting("ada");
        let tickets = [50, 51, 52, 53].map(TicketId::from_u128);
        for ticket in tickets {
            let open = ticket::Open::new(ticket, customer("friend"), email()).message(self.message(), "Nerede?");
            self.run(verified("friend"), open);
        }
        let [first, second, third, fourth] = tickets;
        let link = |from, kind, to| ticket::Link::new(from, kind, to);
        for command in [
            link(second, LinkKind::Duplicate, first),
            link(first, LinkKind::Problem, third),
            link(fourth, LinkKind::Blocks, third),
            link(first, LinkKind::Parent, fourth),
            link(second, LinkKind::Relates, third),
        ] {
            self.run(ada.clone(), command);
        }
        let id = self.message();
        self.run(ada.clone(), ticket::Reply::new(first, id, "Hepinize yazıyorum.").to_linked());
        self.run(ada.clone(), ticket::Resolve::new(first).to_linked());
        self.run(ada.clone(), ticket::Close::new(first));
        tickets.into_iter().for_each(|ticket| self.wake(ticket));
        self.run(ada.clone(), ticket::Unlink::new(second, LinkKind::Relates, third));
        self.run(ada.clone(), ticket::Reopen::new(first));
        let again = link(third, LinkKind::Duplicate, first);
        self.run(ada, again);
    }

    /// Jobs: one of more than a page that ends, one that is called off, one under way.
    fn at_once(&mut self) {
        let [long, off, begun] = [1, 2, 3].map(JobId::from_u128);
        let wake = |job| Command::Wake(RecordKey::Job(job));
        let tickets = || (1..=33).map(TicketId::from_u128);
        let id = self.message();
        self.run(acting("ada"), StartJob::new(long, tickets(), ticket::Note::new(EACH, id, "Kargo gecikti.")));
        for _ in 0..33 {
            self.run(Actor::Timer, wake(long));
        }
        self.run(Actor::Host, StartJob::new(off, tickets(), ticket::Tag::new(EACH).add(name("bahar"))));
        self.run(Actor::Timer, wake(off));
        self.run(Actor::Host, CancelJob::new(off));
        self.run(Actor::Host, StartJob::new(begun, tickets(), ticket::MarkSpam::new(EACH)));
    }

    /// A ticket with tasks and a checklist, on which time is worked.
    fn worked(&mut self) {
        let (ada, ticket) = (acting("ada"), TicketId::from_u128(60));
        self.run(verified("owner"), ticket::Open::new(ticket, customer("owner"), email()));
        let task = TaskId::from_u128;
        let soon = self.scene.now() + Span::hours(1);
        self.run(ada.clone(), ticket::AddTask::new(ticket, task(1), "Ara").assignee(agent("bora")).due(soon));
        self.run(ada.clone(), ticket::AddTask::new(ticket, task(2), "Sor").due(soon));
        self.run(ada.clone(), ticket::AddTask::new(ticket, task(3), "Bak"));
        self.run(ada.clone(), ticket::ApplyChecklist::new(ticket, name("broken")));
        self.pass(Span::hours(2));
        self.wake(ticket);
        self.run(ada.clone(), ticket::CompleteTask::new(ticket, task(1)));
        self.run(ada.clone(), ticket::CompleteTask::new(ticket, task(3)));
        self.run(ada.clone(), ticket::ReopenTask::new(ticket, task(1)));
        self.run(ada.clone(), ticket::DropTask::new(ticket, task(2)));
        let spent = |minutes: u64| Budget::seconds(minutes * 60).unwrap();
        let log = ticket::LogTime::new(ticket, spent(80)).message(message(1)).note("Depo");
        self.run(ada.clone(), log);
        let entry = self.scene.log(&RecordKey::Ticket(ticket)).last().unwrap().version;
        self.run(acting("bora"), ticket::LogTime::new(ticket, spent(5)));
        self.run(ada, ticket::CorrectTime::new(ticket, entry, spent(60)));
    }

    /// Drafts that are sent and thrown away.
    fn drafts(&mut self) {
        let (ada, bora, ticket) = (acting("ada"), acting("bora"), TicketId::from_u128(70));
        let open = ticket::Open::new(ticket, customer("owner"), email());
        self.run(verified("owner"), open);
        self.run(ada.clone(), SaveDraft::new(ticket, "Yarım"));
        self.run(bora.clone(), SaveDraft::new(ticket, "Yarım"));
        let id = self.message();
        self.run(ada.clone(), ticket::Reply::new(ticket, id, "Bütün").drafted());
        self.run(bora, DiscardDraft::new(ticket));
        self.run(ada, SaveDraft::new(ticket, "Yarım"));
    }

    /// Conversations with third parties: one that is waited for, one that ends and is taken up again.
    fn beside(&mut self) {
        let (ada, ticket) = (acting("ada"), TicketId::from_u128(80));
        let [first, second] = [1, 2].map(SideId::from_u128);
        self.run(verified("owner"), ticket::Open::new(ticket, customer("owner"), email()));
        let id = self.message();
        let start = ticket::StartSide::new(ticket, first, carrier(), id, "Kutu nerede?").subject("42").holding();
        self.run(ada.clone(), start);
        let id = self.message();
        self.run(Actor::Host, ticket::ReceiveSide::new(ticket, first, id, "Büro kapalı.").automatic());
        let id = self.message();
        self.run(Actor::Host, ticket::ReceiveSide::new(ticket, first, id, "Depoda."));
        let id = self.message();
        self.run(ada.clone(), ticket::StartSide::new(ticket, second, carrier(), id, "Ödeme geldi mi?"));
        self.run(ada.clone(), ticket::CloseSide::new(ticket, second));
        let third = SideId::from_u128(3);
        let id = self.message();
        self.run(ada.clone(), ticket::StartSide::new(ticket, third, carrier(), id, "Bir de bu"));
        let id = self.message();
        self.run(ada, ticket::SideReply::new(ticket, third, id, "Bekliyoruz."));
    }

    /// A customer who is banned, and one in whose name too much is forged.
    fn kept_apart(&mut self) {
        let (host, stranger) = (Actor::Host, customer("stranger"));
        self.run(host.clone(), Ban::new(stranger.clone()));
        let until = self.scene.now() + Span::days(1);
        self.run(host.clone(), Ban::new(stranger.clone()).until(until).reason("Tehdit"));
        let mut receive = self.receive(90, "Size gösteririm");
        receive.customer = stranger.clone();
        self.run(verified("stranger"), receive);
        self.run(host, Unban::new(stranger.clone()));
        let mut receive = self.receive(91, "Özür dilerim");
        receive.customer = stranger;
        self.run(verified("stranger"), receive.order(order("o-9")));
        for number in 100..121 {
            let mut receive = self.receive(number, "Kazandınız");
            receive.customer = customer("forged");
            self.run(Actor::claimed(customer("forged")), receive.order(order("o-9")));
        }
    }

    /// A ticket of which agents are reminded, and one whose hold ends by itself.
    fn waits(&mut self) {
        let (ada, bora, ticket) = (acting("ada"), acting("bora"), TicketId::from_u128(85));
        self.run(verified("owner"), ticket::Open::new(ticket, customer("owner"), email()));
        let [first, second, third] = [1, 2, 3].map(ReminderId::from_u128);
        let hour = Budget::seconds(3_600).unwrap();
        self.run(ada.clone(), ticket::Take::new(ticket));
        self.run(ada.clone(), ticket::Remind::new(ticket, first).after(hour).reason("Ara"));
        self.run(bora.clone(), ticket::Remind::new(ticket, second).after(hour));
        self.run(bora.clone(), ticket::Dismiss::new(ticket, second));
        self.run(ada.clone(), ticket::Hold::new(ticket, HoldKind::ThirdParty).after(hour));
        self.pass(Span::hours(2));
        self.wake(ticket);
        // A customer who does not answer, with a standstill in between; another rule; and one who is merged away.
        let tag = || ticket::Tag::new(ticket);
        self.run(ada.clone(), tag().add(name("asked")));
        self.run(ada.clone(), ticket::Hold::new(ticket, HoldKind::Customer));
        self.pass(Span::hours(9));
        self.wake(ticket);
        self.pass(Span::hours(4));
        self.wake(ticket);
        self.run(ada.clone(), ticket::Reopen::new(ticket));
        self.run(ada.clone(), tag().add(name("gift")));
        self.run(ada.clone(), ticket::Hold::new(ticket, HoldKind::Customer));
        self.pass(Span::hours(3));
        self.wake(ticket);
        self.run(ada.clone(), tag().remove(name("gift")));
        self.run(ada.clone(), tag().add(name("gift")));
        self.pass(Span::hours(5));
        self.wake(ticket);
        self.run(ada.clone(), ticket::Hold::new(ticket, HoldKind::Customer));
        self.run(ada.clone(), tag().remove(name("gift")).add(name("quiet")));
        self.run(ada.clone(), tag().remove(name("quiet")));
        self.run(ada.clone(), ticket::Hold::new(ticket, HoldKind::Customer));
        self.run(ada, ticket::Merge::new(ticket, TicketId::from_u128(70)));
        let ticket = TicketId::from_u128(86);
        self.run(verified("owner"), ticket::Open::new(ticket, customer("owner"), email()));
        self.run(bora.clone(), ticket::Tag::new(ticket).add(name("asked")));
        self.run(bora.clone(), ticket::Hold::new(ticket, HoldKind::Customer));
        let later = self.scene.now() + Span::days(9);
        self.run(bora, ticket::Remind::new(ticket, third).at(later));
    }

    /// Schedules: one that opens tickets, also after a standstill, and fails once; one that is removed.
    fn again(&mut self) {
        let [daily, removed] = [1, 2].map(ScheduleId::from_u128);
        let plain = || Template::new(customer("friend"), email());
        let template = plain().queue(queue("general")).tag(name("gift")).kind(name("complaint"));
        let template = template.priority(name("high")).checklist(name("broken"));
        let until = self.scene.now() + Span::days(60);
        let set = SetSchedule::new(daily, template, "daily 09:00".parse().unwrap()).subject("Konu").until(until);
        let set = set.calendar(name("office")).on_closed(OnClosed::AsIs).missed(Missed::Each);
        self.run(acting("ada"), set);
        let wake = || Command::Wake(RecordKey::Schedule(daily));
        self.pass(Span::days(1));
        self.run(Actor::Timer, wake());
        self.pass(Span::days(15));
        self.run(Actor::Timer, wake());
        // A ticket of that id is there already.
        let taken = self.scene.preview(Actor::Timer, wake()).unwrap().ticket.unwrap();
        self.run(Actor::Host, ticket::Open::new(taken, customer("friend"), email()));
        self.run(Actor::Timer, wake());
        self.run(Actor::Host, SetSchedule::new(removed, plain(), "every 2 weeks mon 09:00".parse().unwrap()));
        self.run(Actor::Host, RemoveSchedule::new(removed));
    }

    /// A schedule is changed while something is due, and its day is closed by another policy.
    fn changed_meanwhile(&mut self) {
        let id = ScheduleId::from_u128(3);
        let daily = || {
            let template = Template::new(customer("friend"), email());
            SetSchedule::new(id, template, "daily 09:00".parse().unwrap())
                .calendar(name("office"))
                .on_closed(OnClosed::Skip)
        };
        self.run(Actor::Host, daily());
        self.pass(Span::days(3));
        self.run(Actor::Host, daily());
        let closed = policy_document().replace("mon-fri 09:00-18:00", "sat 09:00-18:00");
        self.scene.adopt(read(&closed)).unwrap();
        self.pass(Span::days(7));
        for _ in 0..3 {
            self.run(Actor::Timer, Command::Wake(RecordKey::Schedule(id)));
        }
    }

    pub(super) fn whole() -> Self {
        let mut life = Self::new();
        life.people();
        life.first();
        life.others();
        life.joined();
        life.asked();
        life.linked();
        life.at_once();
        life.views();
        life.worked();
        life.drafts();
        life.beside();
        life.kept_apart();
        life.waits();
        life.again();
        life.changed_meanwhile();
        life
    }

    /// Views are saved, changed and removed.
    fn views(&mut self) {
        let ada = acting("ada");
        let late = Filter::Due(Period::before(Moment::Ahead("1h".parse().unwrap())));
        let save =
            |id| SaveView::new(ViewId::from_u128(id), name("Geciken"), late.clone(), Sort::ascending(SortBy::Due));
        self.run(ada.clone(), save(1));
        self.run(ada.clone(), save(1).shared(Sharing::All).columns(vec![Column::Number, Column::Due]));
        self.run(ada.clone(), save(2).shared(Sharing::Team("care".parse().unwrap())));
        self.run(ada.clone(), save(3));
        self.run(ada, RemoveView::new(ViewId::from_u128(3)));
    }

    pub(super) fn log(&self) -> Vec<Recorded> {
        let records = self.scene.store().records(self.scene.tenant());
        records.iter().flat_map(|(key, ..)| self.scene.log(key)).collect()
    }
}
