//! What the laws are tried on: shops, lives in them, and the two ways to try (`holds`, `is_caught`).

use std::sync::LazyLock;

use destek::desk::Command;
use destek::limits;
use destek::policy::{self, Policy, PolicyDoc};
use destek::testing::{Intent, Script, ScriptStep};
use destek::time::{Span, Timestamp};
use destek::{actor::Actor, team::RecordAgent};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::world::Fault;

/// How many steps a life has at most.
const STEPS_MAX: usize = 60;
/// How many lives a broken variant may take to be caught.
const CHANCES: usize = 96;

/// A policy to live under, by name, so that a failing case prints short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shop {
    /// The sample of the documentation.
    Sample,
    /// Rules that set each other off, a workflow of its own, skills, silence, a promise of no time.
    Ruled,
    /// One queue that nobody serves, and nothing else.
    Plain,
}

impl Shop {
    pub(crate) const ALL: [Self; 3] = [Self::Sample, Self::Ruled, Self::Plain];

    pub(crate) fn policy(self) -> Policy {
        static POLICIES: LazyLock<[Policy; 3]> =
            LazyLock::new(|| Shop::ALL.map(|shop| shop.doc().compile().expect("a sound policy")));
        POLICIES[self as usize].clone()
    }

    pub(crate) fn doc(self) -> PolicyDoc {
        match self {
            Self::Sample => policy::sample(),
            Self::Ruled => ruled(),
            Self::Plain => {
                let plain = r#"{"version": 1, "default_queue": "genel", "queue": [{"name": "genel"}]}"#;
                serde_json::from_str(plain).expect("a sound document")
            }
        }
    }
}

/// A shop with everything that the sample leaves out.
fn ruled() -> PolicyDoc {
    let mut doc: PolicyDoc = serde_json::from_str(RULED).expect("a sound document");
    // More actions than one decision may take, set off by a note.
    let many = (0..101).map(|index| {
        let rule = format!(r#"{{"name": "çok {index}", "on": ["noted"], "when": {{"tag": "acele"}}, "then": [{{"add_tags": ["çok"]}}]}}"#);
        serde_json::from_str(&rule).expect("a sound rule")
    });
    doc.rules.extend(many);
    doc
}

const RULED: &str = r#"{
  "version": 1,
  "silence": { "after": "3h", "calendar": "mesai" },
  "nudge": [
    { "name": "kargo", "when": { "tag": "kargo" }, "after": "2h", "at_most": 1, "then": "nothing" },
    { "name": "sor", "after": "3h", "calendar": "mesai" }
  ],
  "default_queue": "genel",
  "calendar": { "mesai": { "zone": "+03:00", "week": "mon-sat 08:00-20:00", "holidays": ["10-29"] } },
  "tier": [{ "name": "vip", "raise": 1 }],
  "kind": [{ "name": "complaint", "category": "complaint" }, { "name": "iade", "category": "request" }],
  "status": [
    { "name": "yeni", "category": "new" },
    { "name": "açık", "category": "open" },
    { "name": "beklemede", "category": "hold" },
    { "name": "çözüldü", "category": "resolved" },
    { "name": "kapandı", "category": "closed" },
    { "name": "istenmeyen", "category": "spam" }
  ],
  "transition": [
    { "from": ["yeni", "beklemede", "çözüldü", "istenmeyen"], "to": "açık" },
    { "from": ["yeni", "açık"], "to": "beklemede" },
    { "from": ["açık", "beklemede"], "to": "çözüldü", "requires": ["sonuç"], "no_open_tasks": true },
    { "from": ["yeni"], "to": "çözüldü", "no_open_tasks": true },
    { "from": ["yeni", "açık", "beklemede", "çözüldü"], "to": "kapandı" },
    { "from": ["yeni", "açık", "beklemede"], "to": "istenmeyen" }
  ],
  "field": [
    { "name": "sonuç", "type": "choice", "options": ["tamam", "red"] },
    { "name": "puan", "type": "number" },
    { "name": "acil_mi", "type": "flag" }
  ],
  "queue": [
    { "name": "genel", "teams": ["a", "b"], "tell_after": "10m" },
    { "name": "iade", "teams": ["a"], "skills": { "iade": 3 }, "tell_after": "1h" },
    { "name": "yabancı", "teams": ["b"], "skills": { "fransızca": 1 }, "tell_after": "5m" }
  ],
  "route": [{ "name": "iade", "when": { "text": ["iade*", "refund"] }, "queue": "iade" }],
  "sla": [
    { "name": "hemen", "when": { "priority": "urgent" }, "first_response": { "budget": "0s" },
      "resolution": { "budget": "1h", "warn_at": ["50%", "10m left"], "pauses_on": ["customer", "third_party", "internal"] } },
    { "name": "herkes", "when": { "not": { "tag": "kargo" } },
      "first_response": { "budget": "1h", "calendar": "mesai", "warn_at": ["80%"], "pauses_on": ["customer"] },
      "resolution": { "budget": "6h", "calendar": "mesai", "warn_at": ["50%"] } }
  ],
  "head_start": { "urgent": "4h", "high": "1h" },
  "approval": [
    { "name": "iade onayı", "by": ["lead", "admin"], "need": 2, "expires_after": "2h", "calendar": "mesai",
      "grants": { "refund": "5000 TRY" }, "covers": ["close"] },
    { "name": "ikisi de", "by": ["lead", "admin"], "need": "100%", "expires_after": "1h",
      "covers": ["consent", "mark_spam"] }
  ],
  "checklist": [
    { "name": "şikâyet", "tasks": [
      { "key": "özür", "title": "Özür dile.", "required": true }, { "key": "neden", "title": "Nedenini bul." } ] },
    { "name": "iade", "tasks": [{ "key": "depo", "title": "Depoya haber ver." }] }
  ],
  "rule": [
    { "name": "şikâyet", "on": ["opened", "customer_message"], "when": { "text": ["şikayet*", "rezalet"] },
      "then": [{ "set_kind": "complaint" }, { "set_urgency": "high" }, { "apply_checklist": "şikâyet" }] },
    { "name": "iade", "on": ["opened"], "when": { "text": "iade*" }, "then": [{ "set_kind": "iade" }, { "add_tags": ["iade"] }] },
    { "name": "tür değişti", "on": ["classified"], "when": { "kind": "complaint" }, "then": [{ "set_impact": "high" }] },
    { "name": "öncelik", "on": ["priority_changed"], "when": { "priority": "urgent" }, "then": [{ "add_tags": ["acele"] }] },
    { "name": "acele", "on": ["tagged"], "when": { "tag": "acele" }, "then": [{ "set_queue": "genel" }] },
    { "name": "kuyrukta", "on": ["queued"], "when": { "tag": "acele" },
      "then": [{ "set_field": { "name": "acil_mi", "value": "true" } }, { "notify": { "to": "team", "text": "Acele var." } }] },
    { "name": "geç kaldı", "on": ["breached"], "then": [{ "set_urgency": "high" }, { "notify": { "to": "lead", "text": "Geç kaldık." } }] },
    { "name": "yine açıldı", "on": ["reopened", "refused"], "then": [{ "set_impact": "high" }, { "set_urgency": "low" }] },
    { "name": "yine açıldı 2", "on": ["reopened", "refused"], "then": [{ "set_urgency": "high" }] }
  ]
}"#;

/// Wednesday morning in Istanbul; the afternoon and Thursday are holidays.
pub(crate) fn start() -> Timestamp {
    "2026-10-28T07:40:00Z".parse().expect("an instant")
}

fn gap() -> impl Strategy<Value = Span> {
    prop_oneof![
        5 => Just(Span::ZERO),
        1 => (1i64..5_000).prop_map(Span::millis),
        6 => (1i64..30).prop_map(Span::minutes),
        3 => (1i64..9).prop_map(Span::hours),
        2 => (11i64..20).prop_map(Span::hours),
        1 => (2i64..6).prop_map(Span::days),
    ]
}

/// Which ticket: mostly one of the first, so that much happens to a few.
fn which() -> impl Strategy<Value = u8> {
    prop_oneof![3 => 0u8..5, 1 => any::<u8>()]
}

/// A choice: now and then the smallest, which is an edge of most.
fn choice() -> impl Strategy<Value = u8> {
    prop_oneof![7 => any::<u8>(), 1 => 0u8..3]
}

fn intent() -> impl Strategy<Value = Intent> {
    prop_oneof![
        // A customer writes.
        4 => (4u8..=8, 7u8..=10, which(), choice()),
        // An agent works, more often than not a lead.
        9 => (9u8..=32, prop_oneof![0u8..=6, Just(2u8)], which(), choice()),
        // It is said to be done, and found to be so, or not.
        2 => (19u8..=23, prop_oneof![Just(2u8), 7u8..=10], which(), choice()),
        // The shop writes first.
        1 => (Just(8u8), 0u8..=4, which(), choice()),
        // A lead lets others take part, follows, marks as spam, and takes it back.
        2 => (29u8..=30, 2u8..=3, 0u8..2, prop::sample::select(vec![0u8, 1, 2, 4, 5, 6, 7, 8, 10, 25])),
        // Somebody asks for approval, and leads and admins answer.
        1 => (Just(32u8), prop::sample::select(vec![0u8, 2, 2, 3, 3, 12]), 0u8..2, any::<u8>()),
        // An agent or a lead adds tasks, does them and writes time down.
        2 => (Just(33u8), prop::sample::select(vec![0u8, 0, 1, 2, 2, 3]), 0u8..2, any::<u8>()),
        // An agent or a lead writes to third parties, and the host hands in what they answer.
        1 => (Just(250u8), prop::sample::select(vec![0u8, 2, 2, 3, 14]), 0u8..2, any::<u8>()),
        // A lead or the host bans a customer for a while.
        1 => (Just(249u8), prop::sample::select(vec![2u8, 3, 14]), any::<u8>(), any::<u8>()),
        // A lead merges, splits, and takes merges back.
        2 => (Just(31u8), 2u8..=3, which(), any::<u8>()),
        // Somebody gives something.
        1 => (Just(31u8), 0u8..=3, 0u8..3, (0u8..8).prop_map(|amount| amount * 8 + 7)),
        // The host keeps its records.
        1 => (2u8..=3, Just(14u8), any::<u8>(), any::<u8>()),
        // Whoever, whatever.
        2 => (any::<u8>(), any::<u8>(), any::<u8>(), any::<u8>()),
    ]
    .prop_map(|(what, who, which, choice)| Intent::new(what, who, which, choice))
}

fn step() -> impl Strategy<Value = ScriptStep> {
    (gap(), prop::bool::weighted(0.7), intent()).prop_map(|(gap, awake, intent)| ScriptStep::new(gap, awake, intent))
}

/// A ticket that is held for its customer and taken up again, more often than its clocks keep count of.
fn restless() -> impl Strategy<Value = Vec<ScriptStep>> {
    let turn = (1i64..90, 1i64..90, any::<bool>());
    prop::collection::vec(turn, limits::CLOCK_PAUSES_MAX + 1..=limits::CLOCK_PAUSES_MAX + 3).prop_map(|turns| {
        let step = |gap, awake, what, who| ScriptStep::new(gap, awake, Intent::new(what, who, 0, 3));
        // A customer writes; then it is the lead's turn.
        let mut steps = vec![step(Span::ZERO, true, 4, 7)];
        for (worked, held, awake) in turns {
            steps.push(step(Span::minutes(worked), awake, 17, 2));
            steps.push(step(Span::minutes(held), awake, 18, 2));
        }
        steps
    })
}

/// A ticket on which a bot or an agent asks for approval again and again, and leads and admins answer; now and then
/// the customer writes in between.
fn asking() -> impl Strategy<Value = Vec<ScriptStep>> {
    let asker = prop::sample::select(vec![0u8, 2, 12]);
    let ask = (asker, any::<u8>(), 0u8..=2).prop_map(|(who, a, b)| (who, a / 8 * 8 + b));
    let answers = (prop::sample::select(vec![0u8, 2, 2, 3, 3]), any::<u8>(), 3u8..=7);
    let turn = (ask, prop::bool::weighted(0.2), prop::collection::vec(answers, 1..4), 0i64..40);
    prop::collection::vec(turn, 1..8).prop_map(|turns| {
        let step = |gap, what, who, choice| ScriptStep::new(gap, true, Intent::new(what, who, 0, choice));
        let mut steps = vec![step(Span::ZERO, 4, 7, 3)];
        for ((who, ask), written, answers, gap) in turns {
            steps.push(step(Span::minutes(gap), 32, who, ask));
            steps.extend(written.then(|| step(Span::minutes(1), 4, 7, 3)));
            let answers = answers.into_iter().map(|(who, a, b)| (who, a / 8 * 8 + b));
            steps.extend(answers.map(|(who, choice)| step(Span::minutes(1), 32, who, choice)));
        }
        steps
    })
}

/// Lives full of approvals, the same on every run.
pub(crate) fn asking_lives(many: usize) -> Vec<Script> {
    let mut runner = TestRunner::deterministic();
    (0..many).map(|_| Script::new(asking().new_tree(&mut runner).expect("no filter").current())).collect()
}

/// A few tickets that a lead links to each other, answers and ends, while their customers have their say.
fn linked() -> impl Strategy<Value = Vec<ScriptStep>> {
    let deed = prop_oneof![
        5 => (Just(u8::MAX), 2u8..=3),
        2 => (prop::sample::select(vec![9u8, 19, 19, 23, 24]), 2u8..=3),
        1 => (21u8..=22, 7u8..=10),
    ];
    let step = (gap(), prop::bool::weighted(0.7), deed, 0u8..5, any::<u8>());
    prop::collection::vec(step, 10..=STEPS_MAX - 4).prop_map(|deeds| {
        let step =
            |gap, awake, (what, who), which, choice| ScriptStep::new(gap, awake, Intent::new(what, who, which, choice));
        // Each customer writes first, by himself.
        let opened = (7..=10).map(|who| step(Span::ZERO, true, (4, who), 0, 3));
        let deeds = deeds.into_iter().map(|(gap, awake, deed, which, choice)| step(gap, awake, deed, which, choice));
        opened.chain(deeds).collect()
    })
}

/// A ticket on which tasks are added and done and time is written down, and which is resolved and reopened in between.
fn tasking() -> impl Strategy<Value = Vec<ScriptStep>> {
    let turn = (prop::sample::select(vec![2u8, 2, 2, 3, 0]), any::<u8>(), 0u8..6, 0i64..60);
    prop::collection::vec(turn, 4..30).prop_map(|turns| {
        let step = |gap, what, who, choice| ScriptStep::new(gap, true, Intent::new(what, who, 0, choice));
        // A customer writes, and a task is added.
        let mut steps = vec![step(Span::ZERO, 4, 7, 3), step(Span::ZERO, 33, 2, 41)];
        for (who, choice, more, gap) in turns {
            steps.push(step(Span::minutes(gap), 33, who, choice));
            match more {
                0 => steps.push(step(Span::minutes(1), 19, 2, choice)),
                1 => steps.push(step(Span::minutes(1), 23, 2, choice)),
                _ => {}
            }
        }
        steps.truncate(STEPS_MAX);
        steps
    })
}

/// A ticket on which third parties and machines have their say: conversations that begin, go on and end, absence notes of
/// the customer, and a bot that would answer them.
fn talking() -> impl Strategy<Value = Vec<ScriptStep>> {
    let talk = (prop::sample::select(vec![2u8, 2, 3, 0]), any::<u8>()).prop_map(|(who, choice)| (250, who, choice));
    let answer = (0u8..32, 3u8..6).prop_map(|(side, kind)| (250, 14, side * 8 + kind));
    let end = (0u8..32, 6u8..8).prop_map(|(side, kind)| (250, 2, side * 8 + kind));
    let absent = (0u8..50).prop_map(|choice| (4, 7, choice * 5 + 2));
    let bot = Just((10, 12, 0));
    let turn = (prop_oneof![4 => talk, 3 => answer, 2 => end, 1 => absent, 1 => bot], 0i64..60);
    prop::collection::vec(turn, 6..40).prop_map(|turns| {
        let step = |gap, (what, who, choice)| ScriptStep::new(gap, true, Intent::new(what, who, 0, choice));
        let begun = [step(Span::ZERO, (4, 7, 3)), step(Span::ZERO, (250, 2, 0))];
        begun.into_iter().chain(turns.into_iter().map(|(turn, gap)| step(Span::minutes(gap), turn))).collect()
    })
}

/// Lives full of tasks, the same on every run.
pub(crate) fn tasking_lives(many: usize) -> Vec<Script> {
    let mut runner = TestRunner::deterministic();
    (0..many).map(|_| Script::new(tasking().new_tree(&mut runner).expect("no filter").current())).collect()
}

/// A ticket that is held for its customer again and again, with reminders, short words of both sides and long waits.
fn waiting() -> impl Strategy<Value = Vec<ScriptStep>> {
    let deed = prop_oneof![
        // Held for the customer, for good or for a time.
        3 => (Just(17u8), prop::sample::select(vec![0u8, 2]), prop::sample::select(vec![3u8, 9, 15])),
        3 => (Just(254u8), prop::sample::select(vec![0u8, 0, 2, 3]), any::<u8>()),
        // The customer writes, thanks, or is out of the office; the agent asks again, or an import tells of it.
        2 => (Just(4u8), 7u8..=7, any::<u8>()),
        1 => (Just(9u8), prop::sample::select(vec![0u8, 12, 13]), any::<u8>()),
        1 => (prop::sample::select(vec![1u8, 18, 19, 23]), prop::sample::select(vec![2u8, 7]), any::<u8>()),
        1 => (prop::sample::select(vec![27u8, 31]), 2u8..=3, any::<u8>()),
    ];
    let gap = prop_oneof![3 => (0i64..90).prop_map(Span::minutes), 3 => (1i64..30).prop_map(Span::hours), 1 => (2i64..9).prop_map(Span::days)];
    let step = (gap, prop::bool::weighted(0.6), deed);
    prop::collection::vec(step, 4..30).prop_map(|deeds| {
        let step = |gap, awake, what, who, choice| ScriptStep::new(gap, awake, Intent::new(what, who, 0, choice));
        // A customer writes, and a lead takes it.
        let mut steps = vec![step(Span::ZERO, true, 4, 7, 3), step(Span::ZERO, true, 12, 2, 0)];
        steps.extend(deeds.into_iter().map(|(gap, awake, (what, who, choice))| step(gap, awake, what, who, choice)));
        steps
    })
}

/// Lives of tickets that wait, the same on every run.
pub(crate) fn waiting_lives(many: usize) -> Vec<(Shop, Script)> {
    let mut runner = TestRunner::deterministic();
    let strategy = (shop(), waiting().prop_map(Script::new));
    (0..many).map(|_| strategy.new_tree(&mut runner).expect("no filter").current()).collect()
}

/// A life: clustered gaps, biased intents.
pub(crate) fn script() -> impl Strategy<Value = Script> {
    let usual = prop::collection::vec(step(), 1..=STEPS_MAX);
    let (restless, after) = (restless(), prop::collection::vec(step(), 0..STEPS_MAX / 2));
    let restless =
        (restless, after).prop_map(|(restless, after)| restless.into_iter().chain(after).take(STEPS_MAX).collect());
    prop_oneof![12 => usual, 1 => restless, 1 => asking(), 1 => tasking(), 1 => talking()].prop_map(Script::new)
}

/// The same, and now and then a life of linked tickets.
fn any_script() -> impl Strategy<Value = Script> {
    prop_oneof![6 => script(), 1 => linked().prop_map(Script::new), 1 => waiting().prop_map(Script::new)]
}

fn shop() -> impl Strategy<Value = Shop> {
    prop_oneof![3 => Just(Shop::Sample), 4 => Just(Shop::Ruled), 1 => Just(Shop::Plain)]
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(64)
}

/// The law holds in every life that is tried: 64, or as many as `PROPTEST_CASES` says.
#[track_caller]
pub(crate) fn holds(law: impl Fn(Shop, &Script) -> Result<(), String>) {
    holds_for((shop(), any_script()), |(shop, script)| law(shop, &script));
}

/// The law holds for whatever the strategy gives.
#[track_caller]
pub(crate) fn holds_for<S: Strategy>(strategy: S, law: impl Fn(S::Value) -> Result<(), String>) {
    let config = Config { cases: cases(), failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    let ran = TestRunner::new(config).run(&strategy, |value| law(value).map_err(TestCaseError::fail));
    ran.unwrap_or_else(|failure| panic!("{failure}"));
}

/// A variant that is broken on purpose fails in one of some fixed lives, in which the law itself holds: what fails
/// without the break has caught nothing.
#[track_caller]
pub(crate) fn is_caught(
    law: impl Fn(Shop, &Script) -> Result<(), String>,
    broken: impl Fn(Shop, &Script) -> Result<(), String>,
) {
    for (shop, script) in &fixed_lives(CHANCES) {
        if let Err(wrong) = law(*shop, script) {
            panic!("unbroken, the law does not hold either: {wrong}");
        }
        if broken(*shop, script).is_err() {
            return;
        }
    }
    panic!("the broken variant is not caught");
}

/// The same, of a law that is tried on worlds with a fault: with none it holds.
#[track_caller]
pub(crate) fn fault_is_caught(fault: &Fault, law: impl Fn(Shop, &Script, Fault) -> Result<(), String>) {
    is_caught(|shop, script| law(shop, script, Fault::default()), |shop, script| law(shop, script, fault.clone()));
}

#[test]
#[should_panic(expected = "the broken variant is not caught")]
fn what_breaks_nothing_is_not_caught() {
    is_caught(|_, _| Ok(()), |_, _| Ok(()));
}

#[test]
#[should_panic(expected = "unbroken, the law does not hold either")]
fn a_law_that_never_holds_catches_nothing() {
    is_caught(|_, _| Err("always".into()), |_, _| Err("always".into()));
}

/// Lives of linked tickets that are the same on every run.
pub(crate) fn linked_lives(many: usize) -> Vec<(Shop, Script)> {
    let mut runner = TestRunner::deterministic();
    let strategy = (shop(), linked().prop_map(Script::new));
    (0..many).map(|_| strategy.new_tree(&mut runner).expect("no filter").current()).collect()
}

/// Lives that are the same on every run.
pub(crate) fn fixed_lives(many: usize) -> Vec<(Shop, Script)> {
    let mut runner = TestRunner::deterministic();
    let strategy = (shop(), script());
    (0..many).map(|_| strategy.new_tree(&mut runner).expect("no filter").current()).collect()
}

/// A script with its intents resolved: who asks what, after how much time.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) agents: Vec<RecordAgent>,
    pub(crate) steps: Vec<Lived>,
}

/// One step of a life.
#[derive(Debug, Clone)]
pub(crate) struct Lived {
    pub(crate) gap: Span,
    pub(crate) awake: bool,
    pub(crate) actor: Actor,
    pub(crate) command: Command,
}

impl Life {
    /// Plays the script to learn what its intents mean under this policy.
    pub(crate) fn of(script: &Script, policy: &Policy) -> Self {
        let mut asked = Vec::with_capacity(script.steps.len());
        let scene = script.play(policy.clone(), start(), |_, played| {
            asked.push((played.actor.clone(), played.command.clone()));
        });
        let records = scene.store().records(scene.tenant());
        let agents = records.iter().filter_map(|(.., state)| state.agent()).map(|agent| {
            let mut record = RecordAgent::new(agent.id.clone()).capacity(agent.capacity);
            record.roles.clone_from(&agent.roles);
            record.teams.clone_from(&agent.teams);
            record.skills.clone_from(&agent.skills);
            record
        });
        let steps = script.steps.iter().zip(asked);
        let steps = steps.map(|(step, (actor, command))| Lived { gap: step.gap, awake: step.awake, actor, command });
        Self { agents: agents.collect(), steps: steps.collect() }
    }
}
