//! Many lives of a ticket at which several work, each on what he last saw, against a journal.

use std::collections::{BTreeMap, BTreeSet};

use super::{shop, version};
use crate::cast::{SPARE, TICKET, acting, agent, customer, email, message, name, order, queue, verified};
use crate::world::ensure;
use destek::actor::Actor;
use destek::desk::{Command, Origin, Outdated, Receipt, Rejection, Request};
use destek::language::Language;
use destek::priority::Grade;
use destek::record::Version;
use destek::testing::Scene;
use destek::ticket::{self, FieldInput, FieldValue, HoldKind, Ticket};

const STEPS: usize = 60;
const AGENTS: [&str; 3] = ["kaya", "lale", "root"];
const TAGS: [&str; 3] = ["a", "b", "c"];
const GUESTS: [&str; 2] = ["guest", "aunt"];

/// Numbers that look random and are always the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % sides as u64).unwrap()
    }

    fn of<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.roll(among.len())]
    }

    fn flag(&mut self) -> bool {
        self.roll(2) == 0
    }
}

/// A command, and what it shall bring about in the reference's words: the parts that it sets, to what, and those that
/// it relies on (`None`).
struct Move {
    command: Command,
    touched: Vec<(String, Option<String>)>,
}

fn sets(part: impl Into<String>, value: impl Into<String>) -> (String, Option<String>) {
    (part.into(), Some(value.into()))
}

fn relies(part: &str) -> (String, Option<String>) {
    (part.to_owned(), None)
}

const GRADES: [Grade; 3] = [Grade::Low, Grade::Medium, Grade::High];

fn a_move(dice: &mut Dice, who: &str, number: u128) -> Move {
    let (command, touched) = match dice.roll(20) {
        0..4 => a_place(dice, who),
        4..8 => a_class(dice),
        8 | 9 => a_tag(dice),
        10 | 11 => {
            let value = i64::try_from(dice.roll(4)).unwrap();
            let set = ticket::SetField::new(TICKET, name("size"));
            if value == 0 {
                (set.into(), vec![sets("field size", "-")])
            } else {
                (set.value(FieldInput::Number(value)).into(), vec![sets("field size", value.to_string())])
            }
        }
        12 => {
            let to = dice.of(&["A-1", "A-2"]);
            (ticket::LinkOrder::new(TICKET, order(to)).into(), vec![sets("order", to)])
        }
        13 => {
            let (guest, takes_part) = (dice.of(&GUESTS), dice.flag());
            let set = ticket::SetParticipant::new(TICKET, customer(guest), takes_part);
            (set.into(), vec![sets(format!("participant {guest}"), takes_part.to_string())])
        }
        14 => {
            let follows = dice.flag();
            let part = format!("follower {who}");
            (ticket::Follow::new(TICKET, follows).into(), vec![sets(part, follows.to_string())])
        }
        15 => {
            let amount: destek::money::Money = dice.of(&["1 TRY", "2 TRY"]).parse().unwrap();
            // Whatever was given meanwhile is no reason to give it again.
            (ticket::Grant::new(TICKET, name("refund"), amount).into(), vec![sets("granted refund", "more")])
        }
        16 => {
            let reply = ticket::Reply::new(TICKET, message(number), "Answer");
            (reply.into(), vec![sets("answers", "own"), relies("words")])
        }
        17 => (ticket::Note::new(TICKET, message(number), "Note").into(), Vec::new()),
        _ => a_status(dice),
    };
    Move { command: command.into(), touched }
}

type Asked = (ticket::Command, Vec<(String, Option<String>)>);

fn a_place(dice: &mut Dice, who: &str) -> Asked {
    match dice.roll(4) {
        0 => {
            let to = dice.of(&["ada", "kaya", "lale"]);
            (ticket::Assign::new(TICKET, agent(to)).into(), vec![sets("assignee", to)])
        }
        1 => (ticket::Take::new(TICKET).into(), vec![sets("assignee", who)]),
        2 => (ticket::Unassign::new(TICKET).into(), vec![sets("assignee", "-")]),
        _ => {
            let to = dice.of(&["general", "returns"]);
            (ticket::Transfer::new(TICKET, queue(to)).into(), vec![sets("queue", to), sets("assignee", "-")])
        }
    }
}

fn a_class(dice: &mut Dice) -> Asked {
    match dice.roll(4) {
        0 => {
            let to = dice.of(&["low", "normal", "high", "urgent"]);
            (ticket::Prioritize::new(TICKET).priority(name(to)).into(), vec![sets("priority", to)])
        }
        1 => {
            let (urgency, impact) = (dice.of(&GRADES), dice.of(&GRADES));
            let rate = ticket::Prioritize::new(TICKET).urgency(urgency).impact(impact);
            (rate.into(), vec![relies("priority"), sets("rating", format!("{urgency:?} {impact:?}"))])
        }
        2 => {
            let to = dice.of(&["question", "complaint", "request"]);
            (ticket::Classify::new(TICKET).kind(name(to)).into(), vec![sets("kind", to)])
        }
        _ => {
            let (stage, language) = (dice.of(&["pre", "in", "post"]), dice.of(&[Language::Turkish, Language::English]));
            let classify = ticket::Classify::new(TICKET).stage(name(stage)).language(language);
            (classify.into(), vec![sets("stage", stage), sets("language", format!("{language:?}"))])
        }
    }
}

fn a_tag(dice: &mut Dice) -> Asked {
    let (mut tag, mut touched) = (ticket::Tag::new(TICKET), Vec::new());
    for one in TAGS {
        match dice.roll(4) {
            0 => {
                tag = tag.add(name(one));
                touched.push(sets(format!("tag {one}"), "true"));
            }
            1 => {
                tag = tag.remove(name(one));
                touched.push(sets(format!("tag {one}"), "false"));
            }
            _ => {}
        }
    }
    (tag.into(), touched)
}

fn a_status(dice: &mut Dice) -> Asked {
    match dice.roll(7) {
        0 => (
            ticket::Hold::new(TICKET, HoldKind::Customer).into(),
            vec![sets("status", "hold Customer"), relies("words")],
        ),
        1 => (ticket::Hold::new(TICKET, HoldKind::Internal).into(), vec![sets("status", "hold Internal")]),
        2 => (ticket::Resume::new(TICKET).into(), vec![sets("status", "open")]),
        3 => (ticket::Resolve::new(TICKET).into(), vec![sets("status", "resolved"), relies("words")]),
        4 => (ticket::Reopen::new(TICKET).into(), vec![sets("status", "open")]),
        5 => {
            let touched = vec![sets("status", "spam"), sets("assignee", "-"), relies("words")];
            (ticket::MarkSpam::new(TICKET).into(), touched)
        }
        _ => (ticket::Restore::new(TICKET).into(), vec![sets("status", "open")]),
    }
}

/// What a ticket holds, part by part, in plain words.
fn picture(ticket: &Ticket, answers: u32, words: u32) -> BTreeMap<String, String> {
    let or_none = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let wait = ticket.hold().map(|wait| format!(" {:?}", wait.kind)).unwrap_or_default();
    let mut parts: BTreeMap<String, String> = [
        ("status", format!("{}{wait}", ticket.status().name)),
        ("assignee", or_none(ticket.assignee().map(ToString::to_string))),
        ("queue", or_none(ticket.queue().map(ToString::to_string))),
        ("priority", ticket.priority().name.to_string()),
        ("rating", format!("{:?} {:?}", ticket.urgency(), ticket.impact())),
        ("kind", ticket.kind().name.to_string()),
        ("stage", or_none(ticket.stage().map(|stage| stage.name.to_string()))),
        ("language", format!("{:?}", ticket.language())),
        ("order", or_none(ticket.order().map(ToString::to_string))),
        ("granted refund", ticket.granted(&name("refund"), destek::money::Currency::TRY).to_string()),
        ("answers", answers.to_string()),
        ("words", words.to_string()),
    ]
    .map(|(part, value)| (part.to_owned(), value))
    .into();
    let size = ticket.fields().get(&name("size")).map(|value| match value {
        FieldValue::Number(number) => number.to_string(),
        other => panic!("{other:?}"),
    });
    parts.insert("field size".to_owned(), or_none(size));
    parts.extend(TAGS.map(|tag| (format!("tag {tag}"), ticket.tags().contains(&name(tag)).to_string())));
    parts.extend(
        GUESTS.map(|guest| {
            (format!("participant {guest}"), ticket.participants().contains(&customer(guest)).to_string())
        }),
    );
    parts.extend(AGENTS.map(|who| (format!("follower {who}"), ticket.followers().contains(&agent(who)).to_string())));
    parts
}

/// What was seen to change: when, by whom, what, and from what to what.
struct Entry {
    version: Version,
    who: Actor,
    part: String,
    from: String,
}

struct Journal {
    entries: Vec<Entry>,
    now: BTreeMap<String, String>,
}

impl Journal {
    /// The last change of a part by another since a version.
    fn by_others(&self, part: &str, since: Version, asker: &Actor) -> Option<&Entry> {
        let mut entries = self.entries.iter().rev();
        entries.find(|entry| entry.part == part && entry.version > since && entry.who != *asker)
    }

    /// What a part held at a version.
    fn at(&self, part: &str, version: Version) -> &str {
        let later = self.entries.iter().find(|entry| entry.part == part && entry.version > version);
        later.map_or(&self.now[part], |entry| &entry.from)
    }

    fn turn(&mut self, version: Version, who: &Actor, now: BTreeMap<String, String>) {
        for (part, to) in &now {
            let from = self.now.get(part).cloned().unwrap_or_default();
            if from != *to {
                let part = part.clone();
                self.entries.push(Entry { version, who: who.clone(), part, from });
            }
        }
        self.now = now;
    }
}

/// How the lives went.
#[derive(Debug, Default, Clone, Copy)]
struct Count {
    done: usize,
    beside: usize,
    outdated: usize,
    overtaken: usize,
}

/// How a request is carried out: as it is, or in a broken way.
type Way<'a> = &'a dyn Fn(&mut Scene, &Request) -> Result<Receipt, Rejection>;

fn honest(scene: &mut Scene, request: &Request) -> Result<Receipt, Rejection> {
    scene.execute(request)
}

fn life(mut scene: Scene, seed: u64, way: Way<'_>, count: &mut Count) -> Result<(), String> {
    let mut dice = Dice(seed);
    let (mut answers, mut words) = (0, 1);
    let first = version(&scene);
    let mut seen: BTreeMap<&str, Version> = AGENTS.map(|who| (who, first)).into();
    let now = picture(&scene.ticket(TICKET).unwrap(), answers, words);
    let mut journal = Journal { entries: Vec::new(), now };
    for step in 0..STEPS {
        let number = 100 + step as u128;
        let before = (version(&scene), journal.now.clone());
        if dice.roll(12) == 0 {
            let thanks = dice.flag();
            let body = if thanks { "Teşekkürler!" } else { "Hâlâ gelmedi, ne zaman gelir?" };
            let receive =
                ticket::Receive::new(SPARE, message(number), customer("owner"), email(), body).answers(TICKET);
            let request = scene.request(verified("owner"), receive);
            if scene.execute(&request).is_ok_and(|receipt| receipt.ticket == Some(TICKET)) {
                words += u32::from(!thanks);
                journal.turn(version(&scene), &request.actor, picture(&scene.ticket(TICKET).unwrap(), answers, words));
            }
            continue;
        }
        let who = dice.of(&AGENTS);
        if dice.roll(3) == 0 {
            seen.insert(who, before.0);
        }
        let Move { command, touched } = a_move(&mut dice, who, number);
        let replies = command.kind() == "reply";
        let request = scene.request(acting(who), command).seen(seen[who]);
        let told = |what: &str| format!("life {seed} step {step}: {what}: {request:?}");
        let expected: BTreeSet<String> = touched
            .iter()
            .filter(|(part, wanted)| {
                journal.by_others(part, seen[who], &request.actor).is_some()
                    && wanted.as_ref() != Some(&journal.now[part])
            })
            .map(|(part, _)| part.clone())
            .collect();
        match way(&mut scene, &request) {
            Ok(_) => {
                answers += u32::from(replies);
                let after = picture(&scene.ticket(TICKET).unwrap(), answers, words);
                for (part, to) in &after {
                    let lost = *to != before.1[part] && journal.by_others(part, seen[who], &request.actor).is_some();
                    ensure(!lost, || told(&format!("`{part}` was lost in silence")))?;
                }
                ensure(expected.is_empty(), || told(&format!("went on over {expected:?}")))?;
                count.done += 1;
                count.beside += usize::from(seen[who] < before.0);
                journal.turn(version(&scene), &request.actor, after);
            }
            Err(Rejection::Outdated(outdated)) => {
                count.outdated += 1;
                ensure(expected.iter().any(|part| part != "answers" && part != "words"), || told("not outdated"))?;
                as_it_is(&journal, &request, &outdated, &touched, &expected).map_err(|what| told(&what))?;
            }
            Err(Rejection::Overtaken(outdated)) => {
                count.overtaken += 1;
                ensure(expected.iter().all(|part| part == "answers" || part == "words"), || told("not overtaken"))?;
                as_it_is(&journal, &request, &outdated, &touched, &expected).map_err(|what| told(&what))?;
            }
            // What the ticket's own rules refuse they refuse with the present state in view.
            Err(_) => ensure(expected.is_empty(), || told("the conflict is hidden behind another refusal"))?,
        }
        if version(&scene) == before.0 {
            let same = picture(&scene.ticket(TICKET).unwrap(), answers, words) == before.1;
            ensure(same, || told("something changed without a version"))?;
        }
    }
    Ok(())
}

/// A refusal tells what was wanted, what was seen, what is there, and who was last.
fn as_it_is(
    journal: &Journal,
    request: &Request,
    outdated: &Outdated,
    touched: &[(String, Option<String>)],
    expected: &BTreeSet<String>,
) -> Result<(), String> {
    let parts: BTreeSet<String> = outdated.conflicts.iter().map(|conflict| conflict.part.to_string()).collect();
    ensure(parts == *expected, || format!("conflicts in {parts:?}, where {expected:?} are"))?;
    for conflict in &outdated.conflicts {
        let part = conflict.part.to_string();
        let last = journal.by_others(&part, outdated.seen, &request.actor).ok_or("nobody changed it")?;
        let by = Origin::Actor(last.who.clone());
        ensure((&conflict.by, conflict.version) == (&by, last.version), || {
            format!("{part}: not by {:?}", conflict.by)
        })?;
        let wanted = touched.iter().find(|(own, _)| *own == part).and_then(|(_, wanted)| wanted.as_deref());
        let told = conflict.wanted.as_ref().map(plain);
        ensure(wanted.is_some() == told.is_some(), || format!("{part}: wanted {wanted:?}, told {told:?}"))?;
        if conflict.part.is_said() {
            continue;
        }
        if part != "granted refund" {
            ensure(told.as_deref() == wanted, || format!("{part}: wanted {wanted:?}, told {told:?}"))?;
        }
        let (was, now) = (plain(&conflict.was), plain(&conflict.now));
        ensure(was == journal.at(&part, outdated.seen), || format!("{part} was not {was}"))?;
        ensure(now == journal.now[&part], || format!("{part} is not {now}"))?;
    }
    Ok(())
}

/// A value in the words of the reference.
fn plain(value: &ticket::PartValue) -> String {
    use ticket::PartValue as Is;
    match value {
        Is::Nothing => "-".to_owned(),
        Is::Status { category, name, wait } => {
            let wait = wait.as_ref().map(|wait| format!(" {:?}", wait.kind)).unwrap_or_default();
            format!("{}{wait}", name.as_ref().map_or(category.as_str(), destek::id::Name::as_str))
        }
        Is::Agent(agent) => agent.to_string(),
        Is::Queue(queue) => queue.to_string(),
        Is::Name(name) => name.to_string(),
        Is::Rating { urgency: Some(urgency), impact: Some(impact) } => format!("{urgency:?} {impact:?}"),
        Is::Language(language) => format!("{language:?}"),
        Is::Order(order) => order.to_string(),
        Is::Field(FieldValue::Number(number)) => number.to_string(),
        Is::Has(has) => has.to_string(),
        Is::Given(sums) => sums.first().map_or_else(|| "0.00 TRY".to_owned(), ToString::to_string),
        Is::Give(amount) => amount.to_string(),
        other => format!("{other:?}"),
    }
}

fn lives(many: u64, way: Way<'_>) -> Result<Count, String> {
    let mut count = Count::default();
    for seed in 0..many {
        life(shop(), seed, way, &mut count)?;
    }
    Ok(count)
}

#[test]
fn nobody_loses_a_value_and_nobody_is_stopped_without_a_conflict() {
    let many = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2_000);
    let count = lives(many, &honest).unwrap();
    println!("{many} lives of {STEPS} steps: {count:?}");
    let many = usize::try_from(many).unwrap();
    assert!(count.beside > many && count.outdated > many && count.overtaken > many / 2, "{count:?}");
}

#[test]
fn the_last_one_wins_is_caught() {
    let caught = lives(50, &|scene, request| {
        let mut blind = request.clone();
        blind.seen = None;
        scene.execute(&blind)
    });
    assert!(caught.unwrap_err().contains("lost in silence"));
}

#[test]
fn a_part_that_is_forgotten_is_caught() {
    for forgotten in [
        "status",
        "assignee",
        "queue",
        "priority",
        "rating",
        "kind",
        "stage",
        "language",
        "order",
        "tag",
        "field",
        "participant",
        "granted",
        "answers",
        "words",
    ] {
        let caught = lives(200, &|scene, request| match scene.execute(request) {
            Err(Rejection::Outdated(outdated) | Rejection::Overtaken(outdated))
                if outdated.conflicts.iter().all(|conflict| conflict.part.kind() == forgotten) =>
            {
                let mut blind = request.clone();
                blind.seen = None;
                scene.execute(&blind)
            }
            other => other,
        });
        assert!(caught.is_err(), "{forgotten}");
    }
}

#[test]
fn a_refusal_that_tells_old_values_or_stops_everybody_is_caught() {
    let stale = lives(50, &|scene, request| {
        scene.execute(request).map_err(|rejection| match rejection {
            Rejection::Outdated(mut outdated) => {
                outdated.conflicts.iter_mut().for_each(|conflict| conflict.now = conflict.was.clone());
                Rejection::Outdated(outdated)
            }
            other => other,
        })
    });
    assert!(stale.unwrap_err().contains(" is not "));
    // A desk that compares the version of the whole ticket.
    let whole = lives(50, &|scene, request| {
        let current = version(scene);
        match scene.execute(request) {
            Ok(_) if request.seen.is_some_and(|seen| seen < current) => Err(Rejection::Outdated(Box::new(
                serde_json::from_value(serde_json::json!({
                    "ticket": TICKET, "seen": request.seen, "current": current, "conflicts": []
                }))
                .unwrap(),
            ))),
            other => other,
        }
    });
    assert!(whole.unwrap_err().contains("not outdated"));
}
