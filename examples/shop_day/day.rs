//! A week of a Turkish web shop's help desk, played from its messages and counted twice.
//!
//! The example's whole program is here, so that a test can run it too: `main` only hands over arguments and streams.

mod agent;
mod approvals;
mod book;
mod chores;
mod compare;
mod customer;
mod doings;
mod figures;
mod floor;
mod inbox;
pub(crate) mod input;
mod kin;
mod ledger;
mod links;
mod notebook;
mod options;
mod owed;
mod post;
mod print;
mod refold;
mod relist;
mod report;
mod roster;
mod seed;
mod shop;
mod simulate;
mod timeline;
mod todo;
mod twins;
pub(crate) mod verify;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use destek::policy::{Policy, PolicyDoc};
use serde::Serialize;

use figures::Figures;
use input::{Reading, Unusable};
use options::Options;
use post::Post;
use report::Explained;
use roster::midnight;
use shop::Shop;
use simulate::Play;
use verify::{Evidence, Recount};

/// What stops the program: not an answer of the desk but a file, a stream or a defect.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Both counts agree.
pub(crate) const AGREES: u8 = 0;
/// They do not, or something is missing.
pub(crate) const DIFFERS: u8 = 1;
/// The options, the policy or a file cannot be used.
pub(crate) const UNUSABLE: u8 = 2;

/// A day that was played.
#[derive(Debug)]
pub(crate) struct Day {
    pub(crate) play: Play,
    reading: Reading,
    post: Post,
    effects: PathBuf,
}

/// What came out of it. Has no wall-clock time in it: the same input gives the same bytes.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    schema: u32,
    period: [destek::time::Timestamp; 2],
    policy: destek::policy::Digest,
    lines: Lines,
    figures: Figures,
    explained: Vec<Explained>,
    commands: Commands,
    deliveries: Deliveries,
    pub(crate) check: Check,
}

#[derive(Debug, Serialize)]
struct Lines {
    read: u64,
    accepted: u64,
    unusable: u64,
    unusable_listed: Vec<Unusable>,
}

#[derive(Debug, Serialize)]
struct Commands {
    asked: u64,
    done: std::collections::BTreeMap<&'static str, u64>,
    refused: std::collections::BTreeMap<&'static str, std::collections::BTreeMap<&'static str, u64>>,
    woken: u64,
    wakes_refused: u64,
    agents: u64,
}

#[derive(Debug, Serialize)]
struct Deliveries {
    attempts: u64,
    lines: u64,
    repeated: u64,
}

/// What the second count says.
#[derive(Debug, Serialize)]
pub(crate) struct Check {
    pub(crate) agrees: bool,
    pub(crate) events: u64,
    pub(crate) faults: u64,
    /// The first of them.
    pub(crate) faults_listed: Vec<String>,
}

/// Most faults that are listed.
const FAULTS_LISTED_MAX: usize = 50;

impl Day {
    /// Reads the messages and plays the day.
    ///
    /// # Errors
    /// When a file cannot be used, or something goes wrong that is no answer of the desk.
    pub(crate) fn run(
        messages: &Path,
        (doc, policy): (PolicyDoc, Policy),
        effects: &Path,
        progress: &mut dyn Write,
    ) -> Result<Self, Failure> {
        let cannot = |path: &Path, error: io::Error| format!("cannot read `{}`: {error}", path.display());
        let mut reading = input::read_file(messages).map_err(|error| cannot(messages, error))?;
        let arrivals = seed::arrivals(std::mem::take(&mut reading.messages))?;
        let begin = arrivals.first().map_or(seed::START, |first| midnight(first.at));
        let shop = Shop::open(doc, policy, begin)?;
        let post = Post::open(shop.tenant.clone(), effects)
            .map_err(|error| format!("cannot write `{}`: {error}", effects.display()))?;
        let mut play = Play::new(shop, arrivals)?;
        play.run(&post, progress)?;
        for (line, code) in &play.refused {
            reading.refuse(*line, format!("the desk refused it: {code}"));
        }
        reading.unusable.sort_by_key(|unusable| unusable.line);
        Ok(Self { play, reading, post, effects: effects.to_owned() })
    }

    /// What the second count goes by.
    ///
    /// # Errors
    /// When the notifier's file cannot be read.
    pub(crate) fn evidence(&self) -> Result<Evidence, Failure> {
        Evidence::gather(&self.play, &self.effects)
    }

    /// The first count.
    pub(crate) fn figures(&self) -> Figures {
        report::figures(&self.play)
    }

    /// Everything in which the second count differs from the first, or finds fault.
    pub(crate) fn faults(&self, recount: Recount) -> Vec<String> {
        let figures = self.figures();
        let mut faults = figures.differences(&recount.figures);
        faults.extend(recount.faults);
        let arrived = figures.effects.delivered + self.post.repeats();
        if recount.lines != arrived {
            faults.push(format!("the notifier's file has {} lines, not {arrived}", recount.lines));
        }
        faults
    }

    /// Counts twice.
    ///
    /// # Errors
    /// When the notifier's file cannot be read.
    pub(crate) fn outcome(&self) -> Result<Outcome, Failure> {
        let recount = verify::recount(&self.evidence()?);
        let (events, lines) = (recount.events, recount.lines);
        let figures = self.figures();
        let mut faults = self.faults(recount);
        let shop = &self.play.shop;
        let count = faults.len() as u64;
        faults.truncate(FAULTS_LISTED_MAX);
        let begin = self.play.arrivals.first().map_or(shop.now, |first| first.at);
        Ok(Outcome {
            schema: 1,
            period: [begin, shop.now],
            policy: shop.policy().digest(),
            lines: Lines {
                read: self.reading.lines,
                accepted: self.play.accepted.len() as u64,
                unusable: self.reading.unusable_count,
                unusable_listed: self.reading.unusable.clone(),
            },
            figures,
            explained: report::explained(&self.play),
            commands: Commands {
                asked: shop.counts.commands(),
                done: shop.counts.done.clone(),
                refused: shop.counts.refused.clone(),
                woken: shop.counts.woken,
                wakes_refused: shop.counts.unwoken,
                agents: self.play.desks.len() as u64,
            },
            deliveries: Deliveries { attempts: self.post.attempts(), lines, repeated: self.post.repeats() },
            check: Check { agrees: count == 0, events, faults: count, faults_listed: faults },
        })
    }
}

impl Outcome {
    /// With which code the program ends.
    pub(crate) const fn code(&self) -> u8 {
        if self.check.agrees { AGREES } else { DIFFERS }
    }
}

/// The program: arguments in, text out, an exit code back.
pub(crate) fn main(arguments: &[std::ffi::OsString], out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let options = match options::read(arguments) {
        Ok(options) => options,
        Err(stop) => return stop.tell(out, err),
    };
    match play(&options, out, err) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(err, "error: {error}");
            UNUSABLE
        }
    }
}

fn play(options: &Options, out: &mut dyn Write, err: &mut dyn Write) -> Result<u8, Failure> {
    let policy = options.policy()?;
    let (effects, is_temporary) = options.effects();
    #[expect(clippy::disallowed_methods, reason = "only for the speed told at the end; nothing decided depends on it")]
    let begun = std::time::Instant::now();
    let day = Day::run(&options.messages, policy, &effects, err)?;
    let took = begun.elapsed();
    let outcome = day.outcome()?;
    if is_temporary {
        let _ = std::fs::remove_file(&effects);
    }
    let printed = if options.json { print::json(&outcome, out) } else { print::text(&outcome, out) };
    match printed {
        // Whoever reads only the beginning has what he wants.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        printed => printed?,
    }
    let asked = outcome.commands.asked;
    let rate = asked as f64 / took.as_secs_f64().max(1e-9);
    let _ = writeln!(err, "{asked} commands in {:.2} s: {rate:.0} commands a second", took.as_secs_f64());
    for fault in &outcome.check.faults_listed {
        let _ = writeln!(err, "differs: {fault}");
    }
    Ok(outcome.code())
}
