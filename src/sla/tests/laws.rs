//! Laws over random histories, against a reference that knows only segments of open time.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use super::*;
use crate::calendar::Segment;

/// What happens to one clock of a random history.
#[derive(Debug, Clone)]
enum Step {
    Move(Input),
    Target(Target),
    /// Time is settled, nothing else.
    Look,
}

#[derive(Debug, Clone)]
struct History {
    metric: Metric,
    first: Target,
    steps: Vec<(Timestamp, Step)>,
    now: Timestamp,
}

fn targets(metric: Metric) -> impl Strategy<Value = Target> {
    let calendar = prop::sample::select(vec!["always", "office", "nights", "sparse", "closed", "missing"]);
    let length = prop::sample::select(vec!["0s", "1s", "10m", "1h", "3h 30m", "8h", "40h"]);
    let warn = prop::sample::subsequence(vec!["1%", "50%", "80%", "99%", "30m left"], 0..=3);
    (calendar, length, warn).prop_map(move |(calendar, length, warn)| target(metric, calendar, length, &warn))
}

fn waits() -> impl Strategy<Value = Span> {
    prop_oneof![
        1 => Just(Span::ZERO),
        4 => (0i64..900).prop_map(Span::minutes),
        2 => (0i64..200).prop_map(|quarters| Span::minutes(15 * quarters)),
        1 => (0i64..200_000_000).prop_map(Span::millis),
    ]
}

/// Histories of one clock: inputs in any order, looks in between, and new targets where `retargets`.
fn histories(retargets: bool) -> impl Strategy<Value = History> {
    prop::sample::select(Metric::ALL.to_vec()).prop_flat_map(move |metric| {
        let inputs = if retargets { Input::ALL.to_vec() } else { Input::ALL[..4].to_vec() };
        let step = prop_oneof![
            6 => prop::sample::select(inputs).prop_map(Step::Move),
            2 => Just(Step::Look),
            if retargets { 2 } else { 0 } => targets(metric).prop_map(Step::Target),
        ];
        let steps = prop::collection::vec((waits(), step), 0..14);
        (targets(metric), waits(), steps, waits()).prop_map(move |(first, lead, steps, wait)| {
            let mut at = monday() + lead;
            let mut timed = vec![(at, Step::Move(Input::Started))];
            for (wait, step) in steps {
                at = at + wait;
                timed.push((at, step));
            }
            History { metric, first: first.clone(), steps: timed, now: at + wait }
        })
    })
}

impl History {
    /// The world before the first step.
    fn promised(&self) -> World {
        let mut world = World::new();
        world.clocks.apply(&Event::Targeted { target: self.first.clone() }, self.start());
        world
    }

    fn take(&self, world: &mut World, at: Timestamp, step: &Step) {
        match step {
            Step::Move(input) => world.unsettled(self.metric, *input, at),
            Step::Target(target) => world.clocks.apply(&Event::Targeted { target: target.clone() }, at),
            Step::Look => {}
        }
    }

    /// The world after the whole history. `settling` decides before which steps time is settled.
    fn world(&self, settling: impl Fn(&Step) -> bool) -> World {
        let mut world = self.promised();
        for (at, step) in &self.steps {
            if settling(step) {
                world.settle(*at);
            }
            self.take(&mut world, *at, step);
        }
        world
    }

    fn settled(&self) -> World {
        self.world(|_| true)
    }

    fn start(&self) -> Timestamp {
        self.steps.first().unwrap().0
    }
}

/// The plain answer: a list of spans in which the clock ran, and nothing else.
#[derive(Debug)]
struct Reference {
    ran: Vec<(Timestamp, Timestamp)>,
    running: bool,
    held: bool,
}

impl Reference {
    /// What the inputs up to `now` add up to. A clock that may not restart ignores all after its stop.
    fn of(history: &History, now: Timestamp) -> Self {
        let mut reference = Self { ran: Vec::new(), running: false, held: false };
        let mut since = history.start();
        let mut over = false;
        for (at, step) in &history.steps {
            let Step::Move(input) = step else { continue };
            let was_running = reference.running;
            let may = !(over && history.metric == Metric::FirstResponse);
            let before = reference.ran.len();
            let stands = (reference.running, reference.held);
            match (input, stands) {
                (Input::Started, (false, false)) | (Input::Resumed, (false, _)) if may => reference.running = true,
                (Input::Paused, (true, _)) => (reference.running, reference.held) = (false, true),
                (Input::Stopped, _) => (reference.running, reference.held, over) = (false, false, true),
                (Input::Reset, (_, held)) if may => {
                    reference.ran.clear();
                    (reference.running, over, since) = (!held, false, *at);
                    continue;
                }
                _ => {}
            }
            if reference.running {
                reference.held = false;
                over = false;
            }
            if was_running && !reference.running && before == reference.ran.len() {
                reference.ran.push((since, *at));
            }
            if !was_running && reference.running {
                since = *at;
            }
        }
        if reference.running {
            reference.ran.push((since, now));
        }
        reference
    }

    /// Open time that was counted: calendar segments laid over the spans in which the clock ran.
    fn counted(&self, calendar: &crate::calendar::Calendar) -> Vec<Segment> {
        let (Some(first), Some(last)) = (self.ran.first(), self.ran.last()) else { return Vec::new() };
        let mut counted = Vec::new();
        for segment in calendar.segments(first.0, last.1) {
            for (from, to) in &self.ran {
                let (from, to) = (segment.from.max(*from), segment.to.min(*to));
                if from < to {
                    counted.push(Segment { from, to });
                }
            }
        }
        counted
    }
}

/// The reference's elapsed time, due and breach instants; none without a calendar.
fn reckoned(history: &History, target: &Target, world: &World, now: Timestamp) -> Option<(Span, Vec<Segment>)> {
    let calendar = world.calendars.calendar(target.calendar.as_ref())?;
    let counted = Reference::of(history, now).counted(calendar);
    Some((counted.iter().map(|segment| segment.to.since(segment.from)).sum(), counted))
}

/// The first instant at which `amount` is counted, and the first at which more is.
fn reached(counted: &[Segment], amount: Span) -> (Option<Timestamp>, Option<Timestamp>) {
    let mut sum = Span::ZERO;
    let mut due = None;
    for segment in counted {
        let open = segment.to.since(segment.from);
        if due.is_none() && sum + open >= amount {
            due = Some(segment.from + (amount - sum));
        }
        if sum + open > amount {
            return (due, Some(segment.from + (amount - sum) + Span::millis(1)));
        }
        sum += open;
    }
    (due, None)
}

fn law_elapsed(history: &History, world: &World) -> Result<(), TestCaseError> {
    let clock = world.clock(history.metric);
    let target = clock.judged_by().unwrap();
    let expected = reckoned(history, target, world, history.now).map_or(Span::ZERO, |(elapsed, _)| elapsed);
    prop_assert_eq!(clock.elapsed(&world.calendars, history.now), expected);
    let remaining = match clock.status(&world.calendars, history.now) {
        Status::Running { remaining, .. } | Status::Paused { remaining } => remaining,
        Status::Met { by, .. } => by,
        Status::Missed { late_by, .. } => -late_by,
        Status::Never => return Ok(()),
        other => return Err(TestCaseError::fail(format!("{other:?} of a started clock"))),
    };
    prop_assert_eq!(expected + remaining, target.budget.span(), "consumed + remaining = budget");
    Ok(())
}

/// The same names for other calendars.
fn exchanged(calendars: &Calendars) -> Calendars {
    let given = [("office", "sparse"), ("nights", "office"), ("sparse", "nights"), ("missing", "office")];
    given.into_iter().map(|(own, other)| (name(own), calendars.calendar(Some(&name(other))).unwrap().clone())).collect()
}

/// What clocks say with each book of calendars, against the list of everything that time will cause; also for an
/// instant before their last input.
fn law_foreseen(clocks: &Clocks, books: [&Calendars; 2], now: Timestamp) -> Result<(), TestCaseError> {
    for calendars in books {
        let coming: Vec<_> = clocks.iter().flat_map(|clock| clock.unrecorded(calendars)).collect();
        prop_assert_eq!(clocks.next_wake(calendars), coming.iter().filter_map(Event::at).min());
        prop_assert_eq!(clocks.due(calendars), clocks.iter().filter_map(|clock| clock.running_due(calendars)).min());
        for now in [now, now - Span::hours(7)] {
            let settled = clocks.iter().flat_map(|clock| {
                let now = clock.run.as_ref().map_or(now, |run| now.max(run.last()));
                clock.unrecorded(calendars).into_iter().filter(move |event| event.at().is_some_and(|at| at <= now))
            });
            prop_assert_eq!(clocks.settle(calendars, now), settled.collect::<Vec<_>>());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, cases: Config::default().cases.max(512), ..Config::default() })]

    #[test]
    fn elapsed_is_open_time_less_pauses(history in histories(true)) {
        law_elapsed(&history, &history.settled())?;
    }

    #[test]
    fn late_is_elapsed_over_budget_and_recorded_once(history in histories(false)) {
        let mut world = history.settled();
        world.settle(history.now);
        let clock = world.clock(history.metric);
        let expected = reckoned(&history, &history.first, &world, history.now);
        let (due, late) = expected.map_or((None, None), |(_, counted)| reached(&counted, history.first.budget.span()));
        prop_assert_eq!(clock.breach().map(|breach| breach.at), late);
        prop_assert_eq!(clock.status(&world.calendars, history.now).is_late(), late.is_some());
        if late.is_some() {
            prop_assert_eq!(clock.breach().map(|breach| breach.due), due);
            prop_assert_eq!(clock.due(&world.calendars), due, "a deadline that has passed stands still");
        }
        prop_assert_eq!(world.caused.iter().filter(|event| matches!(event, Event::Breached { .. })).count(), usize::from(late.is_some()));
    }

    #[test]
    fn warnings_come_when_their_amount_is_used_unless_the_breach_came_first(history in histories(false)) {
        let mut world = history.settled();
        world.settle(history.now);
        let Some((_, counted)) = reckoned(&history, &history.first, &world, history.now) else {
            prop_assert_eq!(world.caused, []);
            return Ok(());
        };
        let late = reached(&counted, history.first.budget.span()).1;
        let mut expected: Vec<(Timestamp, String)> = history
            .first
            .warn_at
            .iter()
            .filter_map(|threshold| {
                let amount = threshold.amount(history.first.budget);
                let (used, more) = reached(&counted, amount);
                let at = if amount == Span::ZERO { more } else { used };
                Some((at?, threshold.to_string()))
            })
            .filter(|(at, _)| late.is_none_or(|late| *at < late))
            .collect();
        expected.extend(late.map(|late| (late, "breach".to_owned())));
        expected.sort();
        let mut caused: Vec<_> = told(&world.caused).into_iter().map(|(what, at)| (at, what)).collect();
        prop_assert!(caused.is_sorted_by_key(|(at, _)| *at), "in order of their instants: {caused:?}");
        caused.sort();
        prop_assert_eq!(caused, expected);
    }

    #[test]
    fn settling_is_idempotent_and_wakes_later(history in histories(true)) {
        let mut world = history.settled();
        world.settle(history.now);
        prop_assert_eq!(world.settle(history.now), []);
        let mut now = history.now;
        // Each wake-up causes something, and nothing happens between them.
        for _ in 0..16 {
            let Some(wake) = world.clocks.next_wake(&world.calendars) else { return Ok(()) };
            prop_assert!(wake > now);
            prop_assert_eq!(world.settle(wake - Span::millis(1)), []);
            let caused = world.settle(wake);
            prop_assert!(!caused.is_empty() && caused.iter().all(|event| event.at() == Some(wake)), "{caused:?}");
            now = wake;
        }
        prop_assert!(false, "warnings and breaches come to an end");
    }

    /// What is remembered of a calendar's answers never shows: clocks that were asked all along, by two books of
    /// calendars in turn, say what the list of everything that is still to come says.
    #[test]
    fn what_was_foreseen_is_what_will_be(history in histories(true)) {
        let mut world = history.promised();
        let other = exchanged(&world.calendars);
        for (at, step) in &history.steps {
            law_foreseen(&world.clocks, [&world.calendars, &other], *at)?;
            world.settle(*at);
            law_foreseen(&world.clocks, [&other, &world.calendars], *at)?;
            history.take(&mut world, *at, step);
        }
        law_foreseen(&world.clocks, [&world.calendars, &other], history.now)?;
    }

    #[test]
    fn how_often_time_is_settled_does_not_matter(plain in histories(false), any in histories(true)) {
        let mut often = plain.settled();
        let mut once = plain.world(|_| false);
        often.settle(plain.now);
        once.settle(plain.now);
        prop_assert_eq!(&often.caused, &once.caused);
        prop_assert_eq!(&often.clocks, &once.clocks);
        // With retargets and resets: as long as it is settled before each of them.
        let mut often = any.settled();
        let mut seldom = any.world(|step| matches!(step, Step::Target(_) | Step::Move(Input::Reset)));
        often.settle(any.now);
        seldom.settle(any.now);
        prop_assert_eq!(&often.caused, &seldom.caused);
        prop_assert_eq!(&often.clocks, &seldom.clocks);
    }

    #[test]
    fn what_the_clock_reads_and_what_was_recorded_agree(history in histories(true)) {
        let mut world = history.settled();
        world.settle(history.now);
        let clock = world.clock(history.metric);
        if clock.status(&world.calendars, history.now).is_late() {
            prop_assert!(clock.breach().is_some(), "late, but no breach was recorded");
        }
    }

    #[test]
    fn an_explanation_sums_to_elapsed(history in histories(true)) {
        let world = history.settled();
        let clock = world.clock(history.metric);
        let explanation = clock.explain(&world.calendars, history.now);
        prop_assert_eq!(explanation.elapsed, clock.elapsed(&world.calendars, history.now));
        prop_assert_eq!(explanation.stretches.iter().map(|stretch| stretch.counted).sum::<Span>(), explanation.elapsed);
        let mut at = clock.started().unwrap();
        for stretch in &explanation.stretches {
            prop_assert_eq!(stretch.from, at);
            prop_assert!(stretch.from < stretch.to);
            prop_assert!(stretch.counted <= stretch.lasted() && !stretch.counted.is_negative());
            at = stretch.to;
        }
        prop_assert_eq!(at, history.now);
    }

    #[test]
    fn a_pause_that_ends_at_once_changes_nothing(history in histories(true), wait in waits()) {
        let mut world = history.settled();
        // Of what does not run, the second input would not be the end of the first.
        if !world.clock(history.metric).is_running() {
            return Ok(());
        }
        world.settle(history.now);
        let before = world.clocks.clone();
        world.moved(history.metric, Input::Paused, history.now).moved(history.metric, Input::Resumed, history.now);
        prop_assert_eq!(&world.clocks, &before);
        let later = history.now + wait;
        prop_assert_eq!(world.status(history.metric, later), before.clock(history.metric).unwrap().status(&world.calendars, later));
    }

    #[test]
    fn a_verdict_of_the_past_does_not_depend_on_now(history in histories(true), wait in waits()) {
        let mut world = history.settled();
        world.moved(history.metric, Input::Stopped, history.now);
        let (clock, later) = (world.clock(history.metric), history.now + wait);
        prop_assert_eq!(clock.status(&world.calendars, later), clock.status(&world.calendars, history.now));
        prop_assert_eq!(world.clocks.settle(&world.calendars, later), world.clocks.settle(&world.calendars, history.now));
    }

    #[test]
    fn stored_clocks_and_events_are_read_back(history in histories(true)) {
        let mut world = history.settled();
        world.settle(history.now);
        let json = serde_json::to_string(&world.clocks).unwrap();
        let read: Clocks = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&read, &world.clocks);
        prop_assert_eq!(serde_json::to_string(&read).unwrap(), json);
        for event in &world.caused {
            let json = serde_json::to_string(event).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Event>(&json).unwrap(), event);
        }
    }
}

proptest! {
    // Long histories, so fewer of them.
    #![proptest_config(Config { failure_persistence: None, cases: Config::default().cases / 4, ..Config::default() })]

    #[test]
    fn folding_old_pauses_does_not_show(
        calendar in prop::sample::select(vec!["always", "office", "nights"]),
        steps in prop::collection::vec((0i64..200, 0i64..40, prop::option::weighted(0.05, 0usize..4)), 40..120),
    ) {
        let lengths = ["8h", "30h", "90h", "400h"];
        let promise = |length: usize| target(Metric::Resolution, calendar, lengths[length], &["10%", "50%", "99%", "1h left"]);
        let mut whole = World::started(promise(2), monday());
        let mut folding = whole.clone();
        let mut now = monday();
        let mut folded = false;
        for (run, pause, length) in steps {
            let (paused, resumed) = (now + Span::minutes(run), now + Span::minutes(run + pause));
            now = resumed;
            for world in [&mut whole, &mut folding] {
                world.moved(Metric::Resolution, Input::Paused, paused).moved(Metric::Resolution, Input::Resumed, resumed);
                if let Some(length) = length {
                    world.targeted(promise(length), resumed);
                }
                world.settle(resumed);
            }
            for event in folding.clocks.carry(&folding.calendars) {
                folding.clocks.apply(&event, now);
                folded = true;
            }
            prop_assert_eq!(told(&folding.caused), told(&whole.caused));
            let read = [&folding, &whole].map(|world| (
                world.clock(Metric::Resolution).elapsed(&world.calendars, now),
                world.status(Metric::Resolution, now).is_late(),
                world.clocks.next_wake(&world.calendars),
            ));
            prop_assert_eq!(read[0], read[1]);
            // A deadline is forgotten only when it was never recorded as broken.
            let [new, old] = [&folding, &whole].map(|world| world.clock(Metric::Resolution));
            if old.breach().is_some_and(|breach| Some(breach.budget) == old.target().map(|target| target.budget)) {
                prop_assert_eq!(new.due(&folding.calendars), new.breach().map(|breach| breach.due));
            }
        }
        prop_assert!(folded || folding.clock(Metric::Resolution).run.as_ref().unwrap().gaps.len() <= crate::limits::CLOCK_PAUSES_MAX);
    }
}

/// The history as a clock sees it that knows no pauses.
fn without_pauses(history: &History) -> World {
    let mut deaf = history.clone();
    deaf.steps.retain(|(_, step)| !matches!(step, Step::Move(Input::Paused | Input::Resumed)));
    deaf.settled()
}

#[test]
fn a_clock_that_ignores_pauses_is_caught() {
    let config = Config { failure_persistence: None, cases: Config::default().cases.max(512), ..Config::default() };
    let mut runner = TestRunner::new(config);
    let caught = runner.run(&histories(false), |history| law_elapsed(&history, &without_pauses(&history)));
    assert!(caught.is_err());
}
