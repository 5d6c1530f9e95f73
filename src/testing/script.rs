//! A life made of raw intents, for property tests.

use std::collections::BTreeSet;

use super::Scene;
use crate::actor::Actor;
use crate::channel::{Channel, ChannelKind};
use crate::customer::{Ban, Unban};
use crate::desk::{Command, Event, Receipt, Rejection};
use crate::id::{
    AgentId, ApprovalId, CustomerId, MessageId, Name, OrderId, PartyId, QueueId, ReminderId, SideId, TaskId, TeamId,
    TicketId,
};
use crate::money::{Currency, Money};
use crate::order::{OrderCategory, RecordOrder};
use crate::policy::Policy;
use crate::priority::Grade;
use crate::record::{RecordKey, Version};
use crate::team::{Presence, RecordAgent, SetPresence};
use crate::ticket::{self, FieldInput, FieldType, HoldKind, LinkKind, Party, Proposal};
use crate::time::{Budget, Span, Timestamp};

/// One raw intent: numbers that mean something only against what exists when it is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Intent {
    /// What is wanted.
    pub what: u8,
    /// Who wants it.
    pub who: u8,
    /// On which ticket.
    pub which: u8,
    /// A choice within it: which queue, which hold, which words.
    pub choice: u8,
}

impl Intent {
    /// An intent made of four numbers; every number means something.
    #[must_use]
    pub const fn new(what: u8, who: u8, which: u8, choice: u8) -> Self {
        Self { what, who, which, choice }
    }
}

/// One step: time passes, then somebody wants something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ScriptStep {
    /// How long nothing happens before.
    pub gap: Span,
    /// Whether wake-ups on the way are done on time, or whenever something is asked.
    pub awake: bool,
    /// What is wanted.
    pub intent: Intent,
}

impl ScriptStep {
    /// A step.
    #[must_use]
    pub const fn new(gap: Span, awake: bool, intent: Intent) -> Self {
        Self { gap, awake, intent }
    }
}

/// A life.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Script {
    /// Its steps.
    pub steps: Vec<ScriptStep>,
}

/// What became of one step.
#[derive(Debug)]
#[non_exhaustive]
pub struct Played {
    /// When it was asked.
    pub at: Timestamp,
    /// Who asked.
    pub actor: Actor,
    /// What was asked.
    pub command: Command,
    /// The answer.
    pub answer: Result<Receipt, Rejection>,
}

/// The agents of every script: two teams, three roles, and one whom the host never recorded.
const AGENTS: [(&str, &str, usize); 5] =
    [("ada", "agent", 0), ("bora", "agent", 1), ("can", "lead", 0), ("defne", "admin", 1), ("ece", "agent", 0)];
/// Customers are few, so that they have several tickets.
const CUSTOMERS: u8 = 4;
/// What customers say: a wish, thanks, an order question, a complaint.
const WORDS: [&str; 6] = [
    "kargom nerede",
    "teşekkürler",
    "iade istiyorum",
    "REZALET, şikayet ediyorum",
    "where is my refund",
    "çok teşekkür ederim, halloldu",
];

impl Script {
    /// A script of these steps.
    #[must_use]
    pub const fn new(steps: Vec<ScriptStep>) -> Self {
        Self { steps }
    }

    /// Plays the script from `start` under a policy and calls `watch` after every step.
    ///
    /// The scene begins with five agents in two of the policy's teams, all available.
    pub fn play(&self, policy: Policy, start: Timestamp, mut watch: impl FnMut(&Scene, &Played)) -> Scene {
        let mut player = Player::new(policy, start);
        for step in &self.steps {
            if step.awake {
                player.scene.advance(step.gap);
            } else {
                let later = player.scene.now() + step.gap;
                player.scene.set_clock(later);
            }
            let (actor, command) = player.resolve(step.intent);
            let (at, asked) = (player.scene.now(), command.clone());
            let answer = player.scene.run(actor.clone(), command);
            if let Ok(receipt) = &answer {
                player.tickets.extend(receipt.ticket);
            }
            watch(&player.scene, &Played { at, actor, command: asked, answer });
        }
        player.scene
    }
}

struct Player {
    scene: Scene,
    tickets: BTreeSet<TicketId>,
    created: u128,
    /// The approval that was asked for last.
    asked: u128,
}

impl Player {
    fn new(policy: Policy, start: Timestamp) -> Self {
        let teams: BTreeSet<TeamId> = policy.queues().iter().flat_map(|queue| queue.teams.clone()).collect();
        let mut scene = Scene::new(policy, start);
        let teams: Vec<TeamId> = teams.into_iter().collect();
        for (agent, role, team) in AGENTS.iter().take(4) {
            let mut record = RecordAgent::new(agent_id(agent)).role(Name::fixed(role)).capacity(3);
            if let Some(team) = teams.get(team % teams.len().max(1)) {
                record = record.team(team.clone());
            }
            for skill in ["iade", "kargo", "orders", "returns"] {
                record = record.skill(Name::fixed(skill), 5);
            }
            // A policy without these roles leaves the agent without rights, which is a case as well.
            if scene.run(Actor::Host, record.clone()).is_err() {
                let mut plain = RecordAgent::new(record.agent);
                plain.teams = record.teams;
                let _ = scene.run(Actor::Host, plain);
            }
            let _ = scene.run(Actor::Host, SetPresence::new(agent_id(agent), Presence::Available));
        }
        Self { scene, tickets: BTreeSet::new(), created: 0, asked: 0 }
    }

    fn next(&mut self) -> u128 {
        self.created += 1;
        self.created
    }

    fn actor(&self, who: u8) -> Actor {
        let customer = customer(who);
        match who % 16 {
            0..=6 => Actor::Agent(agent_id(pick(&AGENTS, who).map_or("ada", |agent| agent.0))),
            7..=10 => Actor::verified(customer),
            11 => Actor::claimed(customer),
            12 => Actor::Bot(Name::fixed("bot")),
            13 => Actor::Import(Name::fixed("import")),
            14 => Actor::Host,
            _ => Actor::Timer,
        }
    }

    /// What an intent means now.
    fn resolve(&mut self, intent: Intent) -> (Actor, Command) {
        let mut actor = self.actor(intent.who);
        let which = usize::from(intent.which) % (self.tickets.len() + 1);
        // One past the last names a ticket that does not exist.
        let ticket = self.tickets.iter().nth(which).copied().unwrap_or(TicketId::from_u128(u128::MAX));
        // Some of the last numbers mean what came later, so that the others keep their meaning.
        let what = match intent.what {
            u8::MAX => 34,
            250 => 35,
            249 => 36,
            254 => 37,
            what => what % 34,
        };
        let command = match what {
            0 => Command::Drain(self.queue(intent.choice)),
            1 => Command::Wake(RecordKey::Ticket(ticket)),
            2 => SetPresence::new(self.agent(intent.choice), presence(intent.choice)).into(),
            3 => self.order(intent).into(),
            4..=7 => self.receive(intent, &mut actor).into(),
            8 => self.open(intent).into(),
            36 => self.ban(intent),
            what => self.verb(what, ticket, intent.choice),
        };
        if matches!(command, Command::Drain(_) | Command::Wake(_)) {
            actor = Actor::Timer;
        }
        (actor, command)
    }

    fn queue(&self, choice: u8) -> QueueId {
        let queues = self.scene.desk().policy().queues();
        pick(queues, choice)
            .map_or_else(|| self.scene.desk().policy().default_queue().clone(), |queue| queue.id.clone())
    }

    fn agent(&self, choice: u8) -> AgentId {
        agent_id(pick(&AGENTS, choice).map_or("ada", |agent| agent.0))
    }

    fn order(&self, intent: Intent) -> RecordOrder {
        let categories =
            [OrderCategory::Placed, OrderCategory::Shipped, OrderCategory::Delivered, OrderCategory::Cancelled];
        let category = pick(&categories, intent.choice).copied().unwrap_or(OrderCategory::Placed);
        let value = Money::new(i64::from(intent.choice) * 10_000, Currency::TRY);
        RecordOrder::new(order(intent.which), customer(intent.which), category, value)
    }

    fn receive(&mut self, intent: Intent, actor: &mut Actor) -> ticket::Receive {
        let sender = match &*actor {
            Actor::Customer { id, .. } => id.clone(),
            _ => customer(intent.which),
        };
        let (ticket, message) = (TicketId::from_u128(self.next()), MessageId::from_u128(self.next()));
        let words = pick(&WORDS, intent.choice).copied().unwrap_or("merhaba");
        let receive = ticket::Receive::new(ticket, message, sender, channel(intent.choice), words);
        match intent.choice % 5 {
            0 => receive.order(order(intent.which)),
            1 => self
                .tickets
                .iter()
                .nth(usize::from(intent.which) % 8)
                .map_or(receive.clone(), |id| receive.answers(*id)),
            2 => receive.automatic(),
            _ => receive,
        }
    }

    /// Bans a customer for a while, or no longer.
    fn ban(&self, intent: Intent) -> Command {
        let customer = customer(intent.which);
        if intent.choice.is_multiple_of(4) {
            return Unban::new(customer).into();
        }
        let until = self.scene.now() + Span::minutes(i64::from(intent.choice));
        Ban::new(customer).until(until).reason("tehdit").into()
    }

    fn open(&mut self, intent: Intent) -> ticket::Open {
        let (ticket, message) = (TicketId::from_u128(self.next()), MessageId::from_u128(self.next()));
        let open = ticket::Open::new(ticket, customer(intent.which), channel(intent.choice)).subject("Konu");
        let open = open.message(message, "Bir sorum var");
        if intent.choice.is_multiple_of(2) { open.by_shop() } else { open }
    }

    fn verb(&mut self, what: u8, ticket: TicketId, choice: u8) -> Command {
        let message = MessageId::from_u128(self.next());
        let grade = pick(&Grade::ALL, choice).copied().unwrap_or_default();
        let hold = pick(&HoldKind::ALL, choice).copied().unwrap_or(HoldKind::Customer);
        match what {
            9 if choice.is_multiple_of(4) => ticket::Reply::new(ticket, message, "Bakıyoruz").to_linked().into(),
            9 | 10 => ticket::Reply::new(ticket, message, "Bakıyoruz").into(),
            11 => ticket::Note::new(ticket, message, "iç not").into(),
            12 | 13 => ticket::Take::new(ticket).into(),
            14 => ticket::Assign::new(ticket, self.agent(choice)).into(),
            15 => ticket::Unassign::new(ticket).into(),
            16 => ticket::Transfer::new(ticket, self.queue(choice)).into(),
            17 if choice.is_multiple_of(2) => {
                let until = self.scene.now() + Span::minutes(i64::from(choice) * 7);
                ticket::Hold::new(ticket, hold).until(until).into()
            }
            17 => ticket::Hold::new(ticket, hold).reason("bekliyoruz").into(),
            18 => ticket::Resume::new(ticket).into(),
            19 if choice.is_multiple_of(4) => ticket::Resolve::new(ticket).to_linked().into(),
            19 | 20 => ticket::Resolve::new(ticket).into(),
            21 => ticket::Confirm::new(ticket).into(),
            22 => ticket::Refuse::new(ticket).reason("hâlâ gelmedi").into(),
            23 => ticket::Reopen::new(ticket).into(),
            24 => ticket::Close::new(ticket).into(),
            25 if choice.is_multiple_of(2) => ticket::Prioritize::new(ticket).urgency(grade).into(),
            25 => ticket::Prioritize::new(ticket).priority(Name::fixed("urgent")).into(),
            26 => ticket::Classify::new(ticket).kind(Name::fixed("complaint")).stage(Name::fixed("post")).into(),
            27 if choice.is_multiple_of(2) => ticket::Tag::new(ticket).add(tag(choice)).into(),
            27 => ticket::Tag::new(ticket).remove(tag(choice)).into(),
            28 => self.field(ticket, choice).into(),
            29 if choice.is_multiple_of(2) => {
                // Two customers only, so that the same one is let in and out again.
                ticket::SetParticipant::new(ticket, customer(choice / 128), choice.is_multiple_of(4)).into()
            }
            29 => ticket::LinkOrder::new(ticket, order(choice)).into(),
            30 if choice.is_multiple_of(3) => ticket::MarkSpam::new(ticket).into(),
            30 if choice.is_multiple_of(2) => ticket::Restore::new(ticket).into(),
            30 => ticket::Follow::new(ticket, choice & 2 == 0).into(),
            31 if choice % 8 < 3 => self.merge(ticket, choice / 8).into(),
            31 if matches!(choice % 8, 3 | 5 | 6) => {
                ticket::Unmerge::new(self.merged(choice / 8).unwrap_or(ticket)).into()
            }
            31 if choice % 8 == 4 => self.split(ticket, choice / 8).into(),
            32 => self.approval(ticket, choice),
            34 => self.link(ticket, choice),
            37 => self.remind(ticket, choice),
            33 => self.task(ticket, choice),
            35 => self.side(ticket, choice),
            _ => {
                let amount = Money::new(i64::from(choice / 8 % 8) * 20_000, Currency::TRY);
                ticket::Grant::new(ticket, Name::fixed("refund"), amount).into()
            }
        }
    }

    /// Asks for approval, or answers one that waits, or one that does not.
    fn approval(&mut self, ticket: TicketId, choice: u8) -> Command {
        let waits = self.scene.ticket(ticket).map(|it| it.approvals().keys().copied().collect::<Vec<_>>());
        let waits = pick(&waits.unwrap_or_default(), choice / 8).copied();
        // An answer may come too late.
        let known = waits.unwrap_or(ApprovalId::from_u128(self.asked));
        match choice % 8 {
            0..=2 => {
                let amount = Money::new(i64::from(choice / 8) * 40_000, Currency::TRY);
                let proposals = [
                    Proposal::Grant { grant: Name::fixed("refund"), amount },
                    Proposal::Consent,
                    Proposal::Close,
                    Proposal::MarkSpam,
                ];
                let proposal = pick(&proposals, choice / 16).cloned().unwrap_or(Proposal::Consent);
                self.asked = self.next();
                let ask = ticket::AskApproval::new(ticket, ApprovalId::from_u128(self.asked), proposal);
                match choice % 3 {
                    0 => ask.into(),
                    1 => ask.approver(agent_id("can")).approver(agent_id("defne")).into(),
                    _ => ask.approver(self.agent(choice)).into(),
                }
            }
            3..=5 => ticket::Approve::new(ticket, known).into(),
            6 => ticket::Decline::new(ticket, known, "olmaz").into(),
            _ => ticket::WithdrawApproval::new(ticket, known).into(),
        }
    }

    /// Asks for a reminder, takes one back that waits, or one that does not.
    fn remind(&mut self, ticket: TicketId, choice: u8) -> Command {
        let known: Vec<_> =
            self.scene.ticket(ticket).map(|it| it.reminders().keys().copied().collect()).unwrap_or_default();
        let reminder = pick(&known, choice / 8).copied().unwrap_or(ReminderId::from_u128(0));
        let remind = ticket::Remind::new(ticket, ReminderId::from_u128(self.next()));
        match choice % 4 {
            0 => remind.at(self.scene.now() + Span::minutes(i64::from(choice / 8) * 11)).into(),
            1 => {
                let after = Budget::seconds(u64::from(choice / 8) * 900 + 900).unwrap_or_default();
                let named = self.scene.desk().policy().calendars().names().next().cloned();
                named.map_or(remind.clone(), |calendar| remind.calendar(calendar)).after(after).into()
            }
            2 => ticket::Dismiss::new(ticket, reminder).into(),
            // A hold that ends by itself.
            _ => {
                let after = Budget::seconds(u64::from(choice / 8) * 1_800 + 60).unwrap_or_default();
                ticket::Hold::new(ticket, HoldKind::Customer).after(after).into()
            }
        }
    }

    /// Adds a task, does one that is there or one that is not, applies a checklist, or writes time down.
    fn task(&mut self, ticket: TicketId, choice: u8) -> Command {
        let known: Vec<_> =
            self.scene.ticket(ticket).map(|it| it.tasks().keys().copied().collect()).unwrap_or_default();
        let task = pick(&known, choice / 8).copied().unwrap_or(TaskId::from_u128(0));
        let later = self.scene.now() + Span::minutes(i64::from(choice / 8) * 5 + 1);
        let new = TaskId::from_u128(self.next());
        match choice % 8 {
            0 => ticket::AddTask::new(ticket, new, "depoya sor").assignee(self.agent(choice / 8)).due(later).into(),
            1 => ticket::AddTask::new(ticket, new, "kargoyu ara").due(later).into(),
            2 | 3 => ticket::CompleteTask::new(ticket, task).into(),
            4 => ticket::ReopenTask::new(ticket, task).into(),
            5 => ticket::DropTask::new(ticket, task).into(),
            6 => {
                let lists = self.scene.desk().policy().checklists();
                let list = pick(lists, choice / 8).map_or(Name::fixed("kontrol"), |list| list.name.clone());
                ticket::ApplyChecklist::new(ticket, list).into()
            }
            _ => self.effort(ticket, choice / 8),
        }
    }

    /// Writes to a third party, or takes in what one wrote, in a conversation that is there or one that is not.
    fn side(&mut self, ticket: TicketId, choice: u8) -> Command {
        let known: Vec<_> =
            self.scene.ticket(ticket).map(|it| it.sides().keys().copied().collect()).unwrap_or_default();
        let side = pick(&known, choice / 8).copied().unwrap_or(SideId::from_u128(0));
        let (new, message) = (SideId::from_u128(self.next()), MessageId::from_u128(self.next()));
        let start = ticket::StartSide::new(ticket, new, party(choice / 8), message, "Koli nerede?");
        match choice % 8 {
            0 => start.into(),
            1 => start.subject("Koli").holding().into(),
            2 => ticket::SideReply::new(ticket, side, message, "Bir haber var mı?").into(),
            3 | 4 => ticket::ReceiveSide::new(ticket, side, message, "Depoda bulundu.").into(),
            5 => ticket::ReceiveSide::new(ticket, side, message, "Şu anda büroda değiliz.").automatic().into(),
            _ => ticket::CloseSide::new(ticket, side).into(),
        }
    }

    fn effort(&self, ticket: TicketId, choice: u8) -> Command {
        let worked = Budget::seconds(u64::from(choice) * 60 + 60).unwrap_or_default();
        if choice.is_multiple_of(2) {
            let log = ticket::LogTime::new(ticket, worked);
            return if choice.is_multiple_of(4) { log.agent(self.agent(choice / 4)).into() } else { log.into() };
        }
        let log = self.scene.log(&RecordKey::Ticket(ticket));
        let mut entries = log.iter().filter(|recorded| recorded.event.kind() == "time_logged");
        let entry = entries.next_back().map_or(Version::FIRST, |recorded| recorded.version);
        ticket::CorrectTime::new(ticket, entry, worked).into()
    }

    /// Into another ticket, which may be the same or missing; sharing more often than not, as customers are few.
    fn merge(&self, ticket: TicketId, choice: u8) -> ticket::Merge {
        let into = self.tickets.iter().nth(usize::from(choice) % 8).copied().unwrap_or(ticket);
        let merge = ticket::Merge::new(ticket, into);
        if choice.is_multiple_of(4) { merge } else { merge.sharing() }
    }

    /// To another ticket of the first few, which may be the same or missing; or a link of it ends, or one that there is
    /// not.
    fn link(&self, ticket: TicketId, choice: u8) -> Command {
        let kind = pick(&LinkKind::ALL, choice).copied().unwrap_or(LinkKind::Relates);
        let to = self.tickets.iter().nth(usize::from(choice / 5) % 4).copied().unwrap_or(ticket);
        if !choice.is_multiple_of(8) {
            return ticket::Link::new(ticket, kind, to).into();
        }
        let tickets = self.scene.tickets();
        let own = tickets.iter().find(|own| own.id() == ticket);
        let linked = own.and_then(|own| own.links().iter().find(|(bond, _)| bond.kind().bond() == *bond));
        let (kind, to) = linked.map_or((kind, to), |(bond, other)| (bond.kind(), other));
        ticket::Unlink::new(ticket, kind, to).into()
    }

    /// One of the tickets that are merged.
    fn merged(&self, choice: u8) -> Option<TicketId> {
        let tickets = self.scene.tickets();
        let merged: Vec<TicketId> =
            tickets.iter().filter(|own| own.merged().is_some()).map(ticket::Ticket::id).collect();
        pick(&merged, choice).copied()
    }

    /// From one of its messages, or from none that there is.
    fn split(&mut self, ticket: TicketId, choice: u8) -> ticket::Split {
        let log = self.scene.log(&RecordKey::Ticket(ticket));
        let said = log.iter().filter_map(|recorded| match &recorded.event {
            Event::Ticket(ticket::Event::MessageReceived { message, .. } | ticket::Event::Replied { message, .. }) => {
                Some(*message)
            }
            _ => None,
        });
        let said: Vec<MessageId> = said.collect();
        let known = pick(&said, choice).copied().filter(|_| !choice.is_multiple_of(5));
        let message = known.unwrap_or(MessageId::from_u128(0));
        ticket::Split::new(ticket, message, TicketId::from_u128(self.next()))
    }

    /// A field of the policy with a value of its type, or of another.
    fn field(&self, ticket: TicketId, choice: u8) -> ticket::SetField {
        let policy = self.scene.desk().policy();
        let fields: Vec<(&Name, &FieldType)> = policy.fields().collect();
        let known = pick(&fields, choice).filter(|_| !choice.is_multiple_of(11));
        let Some((field, declared)) = known else {
            return ticket::SetField::new(ticket, Name::fixed("nowhere"));
        };
        let value = match declared {
            _ if choice.is_multiple_of(7) => FieldInput::Number(7),
            FieldType::Choice(options) => {
                let option = pick(options, choice).cloned();
                FieldInput::Choice(option.unwrap_or_else(|| Name::fixed("none")))
            }
            FieldType::Text => FieldInput::Text("serbest metin".into()),
            FieldType::Flag => FieldInput::Flag(choice.is_multiple_of(2)),
            _ => FieldInput::Number(i64::from(choice)),
        };
        ticket::SetField::new(ticket, (*field).clone()).value(value)
    }
}

fn pick<T>(of: &[T], choice: u8) -> Option<&T> {
    of.get(usize::from(choice).checked_rem(of.len())?)
}

#[expect(clippy::unwrap_used, reason = "written here, and well formed")]
fn agent_id(text: &str) -> AgentId {
    AgentId::new(text).unwrap()
}

#[expect(clippy::unwrap_used, reason = "a letter and a number are well formed")]
fn party(which: u8) -> Party {
    let id = PartyId::new(format!("p-{}", which % 3)).unwrap();
    Party::new(id, Name::fixed("Kargo"), Channel::of(ChannelKind::Email))
}

#[expect(clippy::unwrap_used, reason = "a letter and a number are well formed")]
fn customer(which: u8) -> CustomerId {
    CustomerId::new(format!("c-{}", which % CUSTOMERS)).unwrap()
}

#[expect(clippy::unwrap_used, reason = "a letter and a number are well formed")]
fn order(which: u8) -> OrderId {
    OrderId::new(format!("o-{}", which % 6)).unwrap()
}

fn tag(choice: u8) -> Name {
    Name::fixed(if choice.is_multiple_of(3) { "kargo" } else { "acele" })
}

fn channel(choice: u8) -> Channel {
    Channel::of(pick(&ChannelKind::ALL, choice).copied().unwrap_or(ChannelKind::Email))
}

const fn presence(choice: u8) -> Presence {
    match choice % 3 {
        0 => Presence::Available,
        1 => Presence::Away,
        _ => Presence::Offline,
    }
}
