//! What is stored, to the byte: one file for each stored type, with a sample of every variant (law 3).
//!
//! The samples were taken from one life in which everything happens, and looked over. `DESTEK_BLESS=1` adds
//! those of which none is stored yet and leaves the others; where an old line can no longer be read and written as it
//! was, `FOLD` or `SCHEMA` is raised.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod life;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cast::{
    SPARE, TICKET, acting, agent, at, carrier, customer, email, message, name, order, queue, record, run, variants,
    verified,
};
use destek::actor::{Actor, Proof};
use destek::channel::ChannelKind;
use destek::content::Seed;
use destek::customer::{self, Ban, RecordCustomer, Unban};
use destek::desk::{
    self, Command, Effect, FOLD, Fingerprint, Lane, Noticed, Origin, Outgoing, Receipt, Recorded, Rejection, Request,
    State, Told, fold,
};
use destek::draft::{self, DiscardDraft, SaveDraft};
use destek::id::{ApprovalId, JobId, ReminderId, RequestId, ScheduleId, SideId, TaskId, TeamId, ViewId};
use destek::inbox::{self, Column, Filter, Moment, Period, RemoveView, SaveView, Sharing, Sort, SortBy};
use destek::job::{self, CancelJob, EACH, StartJob};
use destek::language::Language;
use destek::money::{Currency, Money};
use destek::order::{self, OrderCategory, RecordOrder};
use destek::policy;
use destek::priority::{Grade, Level};
use destek::record::{RecordKey, Version};
use destek::routing;
use destek::schedule::{self, Missed, OnClosed, RemoveSchedule, SetSchedule, Template};
use destek::sla;
use destek::team::{self, Presence, SetPresence};
use destek::testing::Scene;
use destek::ticket::{self, FieldInput, HoldKind, LinkKind, Proposal};
use destek::time::Budget;
use life::Life;

/// What distinguishes samples: keys, variants and words, but neither numbers nor ids nor names.
fn skeleton(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Object(map) => {
            let parts: Vec<String> = map.iter().map(|(key, value)| format!("{key}:{}", skeleton(value))).collect();
            format!("{{{}}}", parts.join(","))
        }
        serde_json::Value::Array(list) => {
            let parts: BTreeSet<String> = list.iter().map(skeleton).collect();
            format!("[{}]", parts.into_iter().collect::<Vec<_>>().join(","))
        }
        serde_json::Value::String(text) if WORDS.split_whitespace().any(|word| word == text) => text.clone(),
        serde_json::Value::String(_) => "text".to_owned(),
        serde_json::Value::Number(_) => "number".to_owned(),
        serde_json::Value::Bool(_) => "flag".to_owned(),
        serde_json::Value::Null => "null".to_owned(),
    }
}

/// The closed words whose every value deserves a sample.
const WORDS: &str = "taken given drained agent message time silence customer third_party internal available away \
                     offline placed shipped delivered cancelled returned no_agents nobody_available moving received \
                     resolved closed assigned message_received staff first_response resolution host timer verified \
                     claimed new open hold spam shop chat lead team assignee followers \
                     parent blocks blocked_by parent_of child_of duplicate_of original_of problem_of incident_of \
                     relates_to duplicate problem passed declined expired withdrawn consent close mark_spam \
                     running finished done waiting answered party banned cap order kind";

/// The first sample of each kind, in the order in which they occurred.
fn samples<T: Serialize>(values: impl IntoIterator<Item = T>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut lines = Vec::new();
    for value in values {
        if seen.insert(skeleton(&serde_json::to_value(&value).unwrap())) {
            lines.push(serde_json::to_string(&value).unwrap());
        }
    }
    lines
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden").join(name)
}

/// Every stored line is read back and written again to the same byte, and whatever the library writes today has a
/// stored sample of its shape. What the desk decides may change without touching the files; how it is stored may not.
fn check<T: Serialize + DeserializeOwned>(name: &str, values: impl IntoIterator<Item = T>) {
    let lines = samples(values);
    if std::env::var_os("DESTEK_BLESS").is_some() {
        // What is stored stays; what has no stored sample yet is added.
        let golden = std::fs::read_to_string(file(name)).unwrap_or_default();
        let mut all: Vec<String> = golden_lines(&golden).map(str::to_owned).collect();
        let shapes: BTreeSet<String> = all.iter().map(|line| shape(line)).collect();
        all.extend(lines.iter().filter(|line| !shapes.contains(&shape(line))).cloned());
        std::fs::write(file(name), format!("[\n{}\n]\n", all.join(",\n"))).unwrap();
    }
    let golden = std::fs::read_to_string(file(name)).unwrap_or_default();
    if let Err(difference) = compare::<T>(&golden, &lines) {
        panic!("{name}: {difference}");
    }
}

fn stored<T: DeserializeOwned>(name: &str) -> Vec<T> {
    serde_json::from_str(&std::fs::read_to_string(file(name)).unwrap()).unwrap()
}

fn compare<T: Serialize + DeserializeOwned>(golden: &str, lines: &[String]) -> Result<(), String> {
    let stored: Vec<&str> = golden_lines(golden).collect();
    let mut shapes = BTreeSet::new();
    for line in &stored {
        let value: T =
            serde_json::from_str(line).map_err(|error| format!("{error}: cannot be read any more: {line}"))?;
        let written = serde_json::to_string(&value).unwrap();
        if written != *line {
            return Err(format!("stored as\n  {line}\nis written now as\n  {written}"));
        }
        shapes.insert(shape(line));
    }
    match lines.iter().find(|line| !shapes.contains(&shape(line))) {
        Some(line) => Err(format!("no stored sample looks like {line}")),
        None if stored.is_empty() => Err("nothing is stored".to_owned()),
        None => Ok(()),
    }
}

fn golden_lines(golden: &str) -> impl Iterator<Item = &str> {
    golden.lines().filter(|line| line.len() > 1).map(|line| line.trim_end_matches(','))
}

fn shape(line: &str) -> String {
    skeleton(&serde_json::from_str(line).unwrap())
}

/// The variant of a serialised enum.
fn tag(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Object(map) => map.keys().next().cloned().unwrap_or_default(),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

fn assert_complete<T: Serialize + DeserializeOwned>(what: &str, values: &[T]) {
    let covered: BTreeSet<String> = values.iter().map(|value| tag(&serde_json::to_value(value).unwrap())).collect();
    let missing: Vec<String> = variants::<T>().into_iter().filter(|variant| !covered.contains(variant)).collect();
    assert!(missing.is_empty(), "{what}: no sample of {missing:?}");
    assert!(!covered.is_empty());
}

fn events<T>(life: &Life, of: impl Fn(desk::Event) -> Option<T>) -> Vec<T> {
    life.log().into_iter().filter_map(|recorded| of(recorded.event)).collect()
}

#[test]
fn events_are_stored_as_they_were() {
    let life = Life::whole();
    let ticket = events(&life, |event| if let desk::Event::Ticket(event) = event { Some(event) } else { None });
    let clock: Vec<sla::Event> = ticket
        .iter()
        .filter_map(|event| match event {
            ticket::Event::Clock(event) => Some(event.clone()),
            _ => None,
        })
        .collect();
    let customer = events(&life, |event| if let desk::Event::Customer(event) = event { Some(event) } else { None });
    let order = events(&life, |event| if let desk::Event::Order(event) = event { Some(event) } else { None });
    let agent = events(&life, |event| if let desk::Event::Agent(event) = event { Some(event) } else { None });
    let queue = events(&life, |event| if let desk::Event::Queue(event) = event { Some(event) } else { None });
    let policy = events(&life, |event| if let desk::Event::Policy(event) = event { Some(event) } else { None });
    let job = events(&life, |event| if let desk::Event::Job(event) = event { Some(event) } else { None });
    let view = events(&life, |event| if let desk::Event::View(event) = event { Some(event) } else { None });
    let schedule = events(&life, |event| if let desk::Event::Schedule(event) = event { Some(event) } else { None });
    let draft = events(&life, |event| if let desk::Event::Draft(event) = event { Some(event) } else { None });
    // Two rules of sixty actions each want more than a decision may do; nothing of it is done.
    assert!(ticket.contains(&ticket::Event::RulesStopped { rounds: 0, actions: 0 }));
    assert_complete::<ticket::Event>("ticket", &ticket);
    assert_complete::<sla::Event>("clock", &clock);
    assert_complete::<customer::Event>("customer", &customer);
    assert_complete::<order::Event>("order", &order);
    assert_complete::<team::Event>("agent", &agent);
    assert_complete::<routing::Event>("queue", &queue);
    assert_complete::<job::Event>("job", &job);
    assert_complete::<policy::Event>("policy", &policy);
    assert_complete::<inbox::Event>("view", &view);
    assert_complete::<draft::Event>("draft", &draft);
    assert_complete::<schedule::Event>("schedule", &schedule);
    check("ticket.json", ticket);
    check("customer.json", customer);
    check("order.json", order);
    check("agent.json", agent);
    check("queue.json", queue);
    check("job.json", job);
    check("policy.json", policy);
    check("view.json", view);
    check("draft.json", draft);
    check("schedule.json", schedule);
}

#[test]
fn envelopes_states_effects_and_receipts_are_stored_as_they_were() {
    let life = Life::whole();
    let mut kinds = BTreeMap::new();
    for recorded in life.log() {
        let by = serde_json::to_string(&recorded.cause.by).unwrap();
        kinds.entry((recorded.record.kind(), by, recorded.cause.from.is_some())).or_insert(recorded);
    }
    check("recorded.json", kinds.into_values().collect::<Vec<_>>());
    let is_known = |recorded: &Recorded| {
        !recorded.is_newer()
            && !matches!(recorded.cause.by, Origin::Unknown(_))
            && !matches!(recorded.record, RecordKey::Unknown(_))
    };
    assert!(stored::<Recorded>("recorded.json").iter().all(is_known));

    let records = life.scene.store().records(life.scene.tenant());
    let states: Vec<State> = records.iter().map(|(_, _, state)| (**state).clone()).collect();
    assert_complete::<State>("state", &states);
    check("state.json", states);

    let outgoing = life.scene.effects();
    let effects: Vec<Effect> = outgoing.iter().map(|outgoing| outgoing.effect.clone()).collect();
    let kinds: BTreeSet<String> = effects.iter().map(|effect| tag(&serde_json::to_value(effect).unwrap())).collect();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["notify", "send", "send_side", "tell"]);
    let lanes: BTreeSet<String> = outgoing.iter().map(|outgoing| outgoing.lane.to_string()).collect();
    assert_eq!(
        lanes.into_iter().collect::<Vec<_>>(),
        ["customer", "participant/friend", "participant/owner", "party/carrier", "staff"]
    );
    let told: Vec<Told> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Tell { what, .. } => Some(*what),
            _ => None,
        })
        .collect();
    let noticed: Vec<Noticed> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Notify { what, .. } => Some(what.clone()),
            _ => None,
        })
        .collect();
    assert_complete::<Told>("told", &told);
    assert_complete::<Noticed>("noticed", &noticed);
    check::<Outgoing>("outgoing.json", outgoing);
    let is_known = |outgoing: &Outgoing| {
        !matches!(outgoing.effect, Effect::Unknown(_)) && !matches!(outgoing.lane, Lane::Unknown(_))
    };
    assert!(stored::<Outgoing>("outgoing.json").iter().all(is_known));
    check::<Receipt>("receipt.json", life.receipts);
}

/// One of every ticket's command, with what may be left out and without.
fn ticket_commands() -> Vec<ticket::Command> {
    let (ticket, one, approval) = (TICKET, message(1), ApprovalId::from_u128(1));
    let until = at("2026-12-01T09:00:00Z");
    let (task, spent) = (TaskId::from_u128(1), Budget::seconds(4_800).unwrap());
    let reminder = ReminderId::from_u128(1);
    let money = Money::new(5_000, Currency::TRY);
    let receive = ticket::Receive::new(ticket, one, customer("owner"), email(), "Merhaba");
    let open = ticket::Open::new(ticket, customer("owner"), email());
    vec![
        open.clone().into(),
        open.subject("Konu").message(one, "Merhaba").order(order("o-1")).language(Language::English).by_shop().into(),
        receive.clone().into(),
        receive.subject("Konu").order(order("o-1")).answers(ticket).automatic().into(),
        ticket::Reply::new(ticket, one, "Bakıyoruz").into(),
        ticket::Reply::new(ticket, one, "Bakıyoruz").drafted().into(),
        ticket::Note::new(ticket, one, "Ara").into(),
        ticket::Take::new(ticket).into(),
        ticket::Assign::new(ticket, agent("ada")).into(),
        ticket::Unassign::new(ticket).into(),
        ticket::Transfer::new(ticket, queue("returns")).into(),
        ticket::Hold::new(ticket, HoldKind::ThirdParty).into(),
        ticket::Hold::new(ticket, HoldKind::Customer).until(until).reason("Beden").status(name("hold")).into(),
        ticket::Hold::new(ticket, HoldKind::Customer).after(spent).calendar(name("office")).into(),
        ticket::Remind::new(ticket, reminder).at(until).into(),
        ticket::Remind::new(ticket, reminder).after(spent).calendar(name("office")).reason("Ara").into(),
        ticket::Dismiss::new(ticket, reminder).into(),
        ticket::Resume::new(ticket).status(name("open")).into(),
        ticket::Resolve::new(ticket).into(),
        ticket::Confirm::new(ticket).into(),
        ticket::Refuse::new(ticket).reason("Eksik").into(),
        ticket::Reopen::new(ticket).into(),
        ticket::Close::new(ticket).into(),
        ticket::Prioritize::new(ticket).priority(name("high")).urgency(Grade::High).impact(Grade::Low).into(),
        ticket::Classify::new(ticket).kind(name("praise")).stage(name("post")).language(Language::Turkish).into(),
        ticket::Tag::new(ticket).add(name("gift")).remove(name("vip")).into(),
        ticket::SetField::new(ticket, name("size")).into(),
        ticket::SetField::new(ticket, name("parcel")).value(FieldInput::Text("TR 1".into())).into(),
        ticket::LinkOrder::new(ticket, order("o-1")).into(),
        ticket::SetParticipant::new(ticket, customer("friend"), true).into(),
        ticket::Follow::new(ticket, true).into(),
        ticket::MarkSpam::new(ticket).into(),
        ticket::Restore::new(ticket).into(),
        ticket::Grant::new(ticket, name("refund"), money).reason("Geç").into(),
        ticket::Merge::new(ticket, SPARE).into(),
        ticket::Merge::new(ticket, SPARE).sharing().into(),
        ticket::Unmerge::new(ticket).into(),
        ticket::Split::new(ticket, one, SPARE).into(),
        ticket::AskApproval::new(ticket, approval, Proposal::Consent).into(),
        ticket::AskApproval::new(ticket, approval, Proposal::Close).approver(agent("ada")).reason("Kayıp").into(),
        ticket::AskApproval::new(ticket, approval, Proposal::Grant { grant: name("refund"), amount: money }).into(),
        ticket::AskApproval::new(ticket, approval, Proposal::MarkSpam).into(),
        ticket::Approve::new(ticket, approval).into(),
        ticket::Decline::new(ticket, approval, "Çok").into(),
        ticket::WithdrawApproval::new(ticket, approval).into(),
        ticket::Reply::new(ticket, one, "Bakıyoruz").to_linked().into(),
        ticket::Resolve::new(ticket).to_linked().into(),
        ticket::Link::new(ticket, LinkKind::Duplicate, SPARE).into(),
        ticket::Unlink::new(ticket, LinkKind::Relates, SPARE).into(),
        ticket::AddTask::new(ticket, task, "Kutu").into(),
        ticket::AddTask::new(ticket, task, "Kutu").assignee(agent("ada")).due(until).into(),
        ticket::CompleteTask::new(ticket, task).into(),
        ticket::ReopenTask::new(ticket, task).into(),
        ticket::DropTask::new(ticket, task).into(),
        ticket::ApplyChecklist::new(ticket, name("broken")).into(),
        ticket::LogTime::new(ticket, spent).into(),
        ticket::LogTime::new(ticket, spent).agent(agent("ada")).message(one).note("Depo").into(),
        ticket::CorrectTime::new(ticket, Version::FIRST, spent).into(),
    ]
}

/// The same of conversations with third parties.
fn side_commands() -> Vec<ticket::Command> {
    let (ticket, one, side) = (TICKET, message(1), SideId::from_u128(1));
    vec![
        ticket::StartSide::new(ticket, side, carrier(), one, "Nerede").into(),
        ticket::StartSide::new(ticket, side, carrier(), one, "Nerede").subject("Kutu").holding().into(),
        ticket::SideReply::new(ticket, side, one, "Nerede").into(),
        ticket::ReceiveSide::new(ticket, side, one, "Depoda").into(),
        ticket::ReceiveSide::new(ticket, side, one, "Depoda").automatic().into(),
        ticket::CloseSide::new(ticket, side).into(),
    ]
}

/// Commands are stored as fingerprints of their JSON: another form would turn every repeated request into a misuse.
#[test]
fn commands_are_written_as_they_were() {
    let commands: Vec<_> = ticket_commands().into_iter().chain(side_commands()).collect();
    assert_complete("command", &commands);
    let mut all: Vec<Command> = commands.into_iter().map(Command::Ticket).collect();
    all.extend([
        RecordCustomer::new(customer("owner")).name("Ayşe").tier(name("vip")).orders(1).into(),
        RecordOrder::new(order("o-1"), customer("owner"), OrderCategory::Shipped, Money::new(5_000, Currency::TRY))
            .state(name("yolda"))
            .into(),
        record("ada", Some("admin"), Some("care")).skill(name("french"), 2).into(),
        SetPresence::new(agent("ada"), Presence::Away).into(),
        StartJob::new(JobId::from_u128(1), [TICKET, SPARE], ticket::Close::new(EACH)).into(),
        StartJob::new(JobId::from_u128(1), [TICKET], ticket::Note::new(EACH, message(1), "Ara")).into(),
        CancelJob::new(JobId::from_u128(1)).into(),
        Command::Activate,
        Command::Wake(RecordKey::Ticket(TICKET)),
        Command::Drain(queue("general")),
        SaveDraft::new(TICKET, "Yarım").into(),
        DiscardDraft::new(TICKET).into(),
        Ban::new(customer("owner")).into(),
        Ban::new(customer("owner")).until(at("2026-12-01T09:00:00Z")).reason("Tehdit").into(),
        Unban::new(customer("owner")).into(),
    ]);
    all.extend(view_commands());
    all.extend(schedule_commands());
    assert_complete("command", &all);
    fingerprints_are_blind(&all);
    check("command.json", all);
    let actors = vec![
        acting("ada"),
        verified("owner"),
        Actor::claimed(customer("owner")),
        Actor::Bot(name("bot")),
        Actor::Import(name("import")),
        Actor::Host,
        Actor::Timer,
    ];
    assert_complete("actor", &actors);
    check("actor.json", actors);
}

fn schedule_commands() -> [Command; 3] {
    let (id, plain) = (ScheduleId::from_u128(1), Template::new(customer("owner"), email()));
    let whole = plain.clone().queue(queue("general")).tag(name("gift")).kind(name("praise")).priority(name("high"));
    let set = SetSchedule::new(id, whole.checklist(name("broken")), "every 2 weeks mon,fri 09:00".parse().unwrap());
    let set = set.subject("Konu").calendar(name("office")).on_closed(OnClosed::Skip).missed(Missed::Each);
    [
        SetSchedule::new(id, plain, "monthly 1 09:00".parse().unwrap()).into(),
        set.from(at("2026-12-01T09:00:00Z")).until(at("2027-12-01T09:00:00Z")).into(),
        RemoveSchedule::new(id).into(),
    ]
}

fn view_commands() -> [Command; 3] {
    [
        SaveView::new(ViewId::from_u128(1), name("Bende"), Filter::Mine, Sort::ascending(SortBy::Due)).into(),
        SaveView::new(ViewId::from_u128(1), name("Bende"), Filter::Mine, Sort::descending(SortBy::Opened))
            .shared(Sharing::All)
            .columns(vec![Column::Number])
            .into(),
        RemoveView::new(ViewId::from_u128(1)).into(),
    ]
}

/// Filters are stored with views, and their digest is in every cursor.
#[test]
fn filters_are_stored_as_they_were() {
    let span = |text: &str| text.parse().unwrap();
    let filters = vec![
        Filter::All(vec![Filter::Any(Vec::new()), Filter::Not(Box::new(Filter::Mine))]),
        Filter::Any(vec![Filter::Merged(true)]),
        Filter::Not(Box::new(Filter::Assigned(true))),
        Filter::Category(ticket::Category::ALL.into()),
        Filter::Status([name("bekliyor")].into()),
        Filter::Queue([queue("general")].into()),
        Filter::InQueue(false),
        Filter::Assignee([agent("ada")].into()),
        Filter::Mine,
        Filter::Assigned(false),
        Filter::Customer([customer("owner")].into()),
        Filter::TakesPart([customer("owner")].into()),
        Filter::PriorityAtLeast(Level::High),
        Filter::TagsAll([name("vip")].into()),
        Filter::TagsAny([name("vip")].into()),
        Filter::Kind([name("iade")].into()),
        Filter::Stage([name("post")].into()),
        Filter::Channel(ChannelKind::ALL.into()),
        Filter::Order([order("o-1")].into()),
        Filter::Language(Language::ALL.into()),
        Filter::Opened(Period::from(Moment::At(at("2026-12-01T09:00:00Z")))),
        Filter::Updated(Period::before(Moment::Ago(span("2h")))),
        Filter::Due(Period::from(Moment::Ago(span("0s"))).until(Moment::Ahead(span("1h")))),
        Filter::WaitingSince(Period::default()),
        Filter::Merged(false),
    ];
    assert_complete("filter", &filters);
    check("filter.json", filters);
    check("sort.json", SortBy::ALL.map(Sort::ascending).into_iter().chain(SortBy::ALL.map(Sort::descending)));
    let sharing = [Sharing::Own, Sharing::Team(TeamId::new("care").unwrap()), Sharing::All];
    assert_complete("sharing", &sharing);
    check("sharing.json", sharing);
}

/// Other personal texts leave a fingerprint as it is, whichever command brings them (law 30).
fn fingerprints_are_blind(commands: &[Command]) {
    let words = [
        "Konu",
        "Merhaba",
        "Bakıyoruz",
        "Ara",
        "Beden",
        "Eksik",
        "TR 1",
        "Geç",
        "Ayşe",
        "Kayıp",
        "Çok",
        "Kutu",
        "Nerede",
        "Depoda",
        "Tehdit",
        "Depo",
        "Yarım",
    ];
    let mut found = BTreeSet::new();
    for command in commands {
        let written = serde_json::to_string(command).unwrap();
        let mut changed = written.clone();
        for word in words.iter().filter(|word| written.contains(&format!("\"{word}\""))) {
            found.insert(*word);
            changed = changed.replace(&format!("\"{word}\""), "\"0\"");
        }
        let request =
            |command: Command| Request::new(RequestId::from_u128(1), Actor::Host, Seed::new([1; 32]), command);
        let other: Command = serde_json::from_str(&changed).unwrap();
        let prints = [command.clone(), other].map(|command| request(command).fingerprint(&[]));
        assert_eq!(prints[0], prints[1], "{}", command.kind());
        assert_eq!(
            serde_json::from_str::<Fingerprint>(&serde_json::to_string(&prints[0]).unwrap()).unwrap(),
            prints[0]
        );
    }
    assert_eq!(found.len(), words.len(), "each text is somewhere: {found:?}");
}

/// What a later version of the library writes where this one has a closed list is kept as it is (law 3).
#[test]
fn what_later_versions_write_is_read_and_written_again() {
    fn kept<T: Serialize + DeserializeOwned>(line: &str) -> T {
        let value: T = serde_json::from_str(line).unwrap();
        assert_eq!(serde_json::to_string(&value).unwrap(), line);
        value
    }
    let policy = "0".repeat(64);
    let recorded = |record: &str, by: &str, event: &str| {
        format!(
            "{{\"schema\":1,\"fold\":1,\"record\":\"{record}\",\"version\":1,\"index\":0,\
             \"occurred\":\"2026-11-27T07:00:00.000Z\",\"recorded\":\"2026-11-27T07:00:00.000Z\",\
             \"cause\":{{\"by\":{by},\"request\":\"{request}\",\"policy\":\"{policy}\"}},\"event\":{event}}}",
            request = RequestId::from_u128(1),
        )
    };
    let article: Recorded = kept(&recorded("article/iade-nasil", "\"timer\"", "{\"article\":{\"published\":7}}"));
    assert!(article.is_newer() && matches!(&article.record, RecordKey::Unknown(key) if **key == *"article/iade-nasil"));
    let refused = crate::cast::scene().run(Actor::Timer, Command::Wake(article.record)).unwrap_err();
    assert_eq!(refused.code(), "newer", "its wake-up waits for the upgrade and is never parked");
    let by: Recorded = kept(&recorded("agent/ada", "{\"actor\":{\"partner\":\"x\"}}", "{\"queue\":\"moving\"}"));
    assert!(!by.is_newer() && matches!(by.cause.by, Origin::Unknown(_)));
    let effect: Outgoing = kept("{\"key\":\"article/7#1.0\",\"lane\":\"webhook/erp\",\"effect\":{\"hook\":{\"n\":1}}}");
    assert!(matches!(effect.effect, Effect::Unknown(_)) && matches!(effect.lane, Lane::Unknown(_)));
    let told: Effect = kept("{\"tell\":{\"what\":\"merged\"}}");
    assert!(matches!(told, Effect::Unknown(_)));
}

/// Every word of a closed enum, each read and written again.
fn words<T: Serialize + DeserializeOwned>(what: &str) -> serde_json::Value {
    let words = variants::<T>();
    for word in &words {
        let value: T = serde_json::from_value(word.as_str().into()).unwrap();
        assert_eq!(serde_json::to_value(&value).unwrap(), word.as_str());
    }
    serde_json::json!({ what: words })
}

#[test]
fn closed_words_are_stored_as_they_were() {
    let lines = [
        words::<ticket::Category>("category"),
        words::<HoldKind>("hold_kind"),
        words::<ticket::ContactCategory>("contact_category"),
        words::<ticket::StageCategory>("stage_category"),
        words::<ticket::Initiator>("initiator"),
        words::<ticket::Assignment>("assignment"),
        words::<ticket::Resumption>("resumption"),
        words::<ticket::Reopening>("reopening"),
        words::<ticket::Closing>("closing"),
        words::<LinkKind>("link_kind"),
        words::<ticket::Bond>("bond"),
        words::<ticket::Whom>("whom"),
        words::<ChannelKind>("channel_kind"),
        words::<Level>("level"),
        words::<SortBy>("sort_by"),
        words::<Column>("column"),
        words::<Grade>("grade"),
        words::<Language>("language"),
        words::<OrderCategory>("order_category"),
        words::<Presence>("presence"),
        words::<routing::StallReason>("stall_reason"),
        words::<sla::Metric>("metric"),
        words::<sla::Input>("input"),
        words::<Proof>("proof"),
        words::<Told>("told"),
        words::<job::Status>("job_status"),
        words::<destek::record::RecordKind>("record_kind"),
        words::<destek::actor::Right>("right"),
        words::<destek::actor::Scope>("scope"),
        words::<destek::automation::Trigger>("trigger"),
        words::<destek::text::TextField>("text_field"),
    ];
    check("words.json", lines);
}

#[test]
fn another_form_is_noticed() {
    let golden = std::fs::read_to_string(file("queue.json")).unwrap();
    let check = |golden: &str, lines: &[String]| compare::<routing::Event>(golden, lines);
    let written = samples(events(&Life::whole(), |event| match event {
        desk::Event::Queue(event) => Some(event),
        _ => None,
    }));
    assert_eq!(check(&golden, &written), Ok(()));
    // Had the stored form been another, today's could not read it, or would write it otherwise.
    let renamed = golden.replace("\"stalled\"", "\"halted\"");
    assert!(check(&renamed, &written).unwrap_err().contains("cannot be read"));
    let spaced = golden.replace("\"reason\":", "\"reason\": ");
    assert!(check(&spaced, &written).unwrap_err().contains("is written now"));
    let dropped = golden.replace("\"tell_at\"", "\"tell_when\"");
    assert!(check(&dropped, &written).unwrap_err().contains("is written now"));
    // A shape that is not stored yet: the same words with a field more.
    let more = vec![r#"{"stalled":{"reason":"no_skill","queue":"general"}}"#.to_owned()];
    assert!(check(&golden, &more).unwrap_err().contains("no stored sample"));
}

/// A record with one event more than this version of the library can know.
fn newer(change: impl Fn(&mut serde_json::Value)) -> (Scene, Recorded) {
    let mut life = Life::new();
    life.people();
    let receive = life.receive(1, "Merhaba");
    life.run(verified("owner"), receive);
    let key = RecordKey::Ticket(TICKET);
    let last = life.scene.log(&key).pop().unwrap();
    let mut json = serde_json::to_value(&last).unwrap();
    json["version"] = (last.version.number() + 1).into();
    json["index"] = 0.into();
    change(&mut json);
    let text = json.to_string();
    let event: Recorded = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_value(&event).unwrap(), json, "what is not known is kept as it is");
    assert!(life.scene.store().tamper(life.scene.tenant()).append(&key, event.clone()));
    (life.scene, event)
}

#[test]
fn law_3_what_a_later_version_wrote_is_read_and_kept_but_not_commanded() {
    let cases: [fn(&mut serde_json::Value); 4] = [
        |json| json["event"] = serde_json::json!({ "ticket": { "teleported": { "to": "Ay", "steps": [1, 2] } } }),
        |json| json["event"] = serde_json::json!({ "robot": "awoke" }),
        |json| json["event"] = serde_json::json!({ "ticket": { "started": { "state": 7 } } }),
        |json| json["fold"] = (FOLD + 1).into(),
    ];
    for change in cases {
        let (mut scene, event) = newer(change);
        let key = RecordKey::Ticket(TICKET);
        let log = scene.log(&key);
        assert_eq!(log.last(), Some(&event), "it can be exported");
        let folded = fold(&key, &log);
        assert!(folded.sealed && folded.state.is_some());
        assert_eq!(folded.version, Version::new(event.version.number()));
        assert!(!fold(&key, &log[..log.len() - 1]).sealed);
        for (actor, command) in [
            (acting("ada"), ticket::Take::new(TICKET).into()),
            (acting("ada"), ticket::Close::new(TICKET).into()),
            (verified("owner"), ticket::Confirm::new(TICKET).into()),
            (Actor::Timer, Command::Wake(key.clone())),
        ] {
            let before = crate::cast::everything(&scene);
            let rejection = scene.run(actor, command).unwrap_err();
            assert_eq!(rejection.code(), "newer", "{rejection}");
            assert_eq!(crate::cast::everything(&scene), before);
        }
        // Whoever may not know of it does not learn that it is sealed (law 25).
        let denied = scene.run(verified("stranger"), ticket::Confirm::new(TICKET)).unwrap_err();
        assert_eq!(denied, Rejection::NotFound(key.clone()));
        let spare = ticket::Receive::new(SPARE, message(99), customer("stranger"), email(), "Merhaba");
        let receipt = scene.run(verified("stranger"), spare.answers(TICKET)).unwrap();
        assert_eq!(receipt.ticket, Some(SPARE));
        // Other records go on.
        run(&mut scene, Actor::Host, SetPresence::new(agent("ada"), Presence::Available));
    }
}
