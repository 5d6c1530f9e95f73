//! The outcome in words and tables, or as JSON.

use std::io::{self, Write};

use destek::money::Money;
use destek::time::{Span, Timestamp};

use super::figures::{Kept, Line, Tally};
use super::{Commands, Outcome};

/// How many unusable lines the text lists.
const LISTED: usize = 10;
/// How many days the text shows at most.
const CLOSINGS: usize = 8;
const STATES: [&str; 7] = ["new", "open", "hold", "resolved", "closed", "merged", "spam"];

/// Prints everything as one JSON object.
///
/// # Errors
/// When the stream is closed.
pub(crate) fn json(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(outcome)?;
    writeln!(out, "{text}")
}

/// Prints what a support lead wants to know.
///
/// # Errors
/// When the stream is closed.
pub(crate) fn text(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let figures = &outcome.figures;
    let [begin, end] = outcome.period;
    writeln!(out, "Defne Ev, {} to {} (Istanbul), policy {}", local(begin), local(end), outcome.policy.short())?;
    writeln!(
        out,
        "{} messages made {} tickets, {} joined an open one; {} agents gave {} answers and wrote {} notes.\n",
        figures.messages.received,
        figures.tickets.opened,
        figures.messages.joined,
        outcome.commands.agents,
        figures.messages.answers,
        figures.messages.notes
    )?;
    let lines = || figures.queues.iter().map(|(name, line)| (name.as_str(), line));
    let channels = || figures.channels.iter().map(|(name, line)| (name.as_str(), line));
    states(out, lines(), &figures.tickets.waiting)?;
    writeln!(out, "Promises; median and p90 in time of the promise's own calendar, over what was met or missed")?;
    promises(out, "First response", lines().chain(channels()), |line| &line.first_response)?;
    promises(out, "Resolution", lines().chain(channels()), |line| &line.resolution)?;
    tally(out, "About", &figures.tickets.kinds)?;
    tally(out, "Priority", &figures.tickets.priorities)?;
    broken(out, outcome)?;
    standstills(out, outcome)?;
    grants(out, outcome)?;
    approvals(out, outcome)?;
    relations(out, outcome)?;
    chores(out, outcome)?;
    closings(out, outcome)?;
    refusals(out, &outcome.commands)?;
    unusable(out, outcome)?;
    check(out, outcome)
}

fn states<'a>(
    out: &mut dyn Write,
    lines: impl Iterator<Item = (&'a str, &'a Line)>,
    waiting: &Tally,
) -> io::Result<()> {
    write!(out, "{:<18}{:>8}{:>9}", "Queue", "tickets", "waiting")?;
    STATES.iter().try_for_each(|state| write!(out, "{state:>10}"))?;
    writeln!(out)?;
    for (name, line) in lines {
        write!(out, "{name:<18}{:>8}{:>9}", line.tickets, waiting.get(name).copied().unwrap_or_default())?;
        STATES
            .iter()
            .try_for_each(|state| write!(out, "{:>10}", line.states.get(*state).copied().unwrap_or_default()))?;
        writeln!(out)?;
    }
    writeln!(out)
}

fn promises<'a>(
    out: &mut dyn Write,
    title: &str,
    lines: impl Iterator<Item = (&'a str, &'a Line)>,
    of: impl Fn(&'a Line) -> &'a Kept,
) -> io::Result<()> {
    let heads = ["met", "missed", "kept", "running", "overdue", "paused", "median", "p90"];
    write!(out, "{title:<18}")?;
    heads.iter().try_for_each(|head| write!(out, "{head:>9}"))?;
    writeln!(out)?;
    for (name, line) in lines {
        let kept = of(line);
        let judged = kept.met + kept.missed;
        let rounded = (100 * kept.met + judged / 2).checked_div(judged);
        let share = rounded.map_or_else(|| "-".to_owned(), |share| format!("{share} %"));
        write!(out, "{name:<18}{:>9}{:>9}{share:>9}", kept.met, kept.missed)?;
        write!(out, "{:>9}{:>9}{:>9}", kept.running, kept.overdue, kept.paused)?;
        writeln!(out, "{:>9}{:>9}", length(kept.median_s), length(kept.p90_s))?;
    }
    writeln!(out)
}

fn tally(out: &mut dyn Write, title: &str, tally: &Tally) -> io::Result<()> {
    let mut counts: Vec<(&String, &u64)> = tally.iter().collect();
    counts.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), *name));
    let shown: Vec<String> = counts.into_iter().map(|(name, count)| format!("{name} {count}")).collect();
    writeln!(out, "{title}: {}", shown.join(", "))
}

fn broken(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    let total: u64 = outcome.figures.breaches.values().sum();
    writeln!(out, "\nBroken promises: {total}")?;
    for metric in outcome.figures.breaches.keys() {
        let channels = outcome.figures.channels.iter();
        let by_channel = channels.filter_map(|(name, line)| Some(format!("{name} {}", line.breaches.get(metric)?)));
        writeln!(out, "  {metric}: {}", by_channel.collect::<Vec<_>>().join(", "))?;
    }
    writeln!(out, "{} of them explained:", outcome.explained.len())?;
    for one in &outcome.explained {
        writeln!(out, "\n  #{} of {}, broken {}", one.number, one.customer, local(one.at))?;
        one.text.lines().try_for_each(|line| writeln!(out, "    {line}"))?;
    }
    writeln!(out)
}

fn standstills(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    writeln!(out, "What nobody could take, and why")?;
    if outcome.figures.standstills.values().all(|reasons| reasons.is_empty()) {
        writeln!(out, "  nothing: no queue ever stood still while a ticket waited in it")?;
    }
    for (queue, reasons) in &outcome.figures.standstills {
        for (reason, standing) in reasons {
            let why = match reason.as_str() {
                "no_agents" => "the teams have nobody",
                "nobody_available" => "nobody was there",
                "no_skill" => "nobody there had the skill",
                "all_full" => "everybody there was full",
                other => other,
            };
            let lasted = length(Some(standing.minutes * 60));
            write!(out, "  {queue:<18}{why:<28}{:>4} times, {lasted:>8}", standing.times)?;
            match standing.lead_told {
                0 => writeln!(out)?,
                told => writeln!(out, ", lead told {told}")?,
            }
        }
    }
    writeln!(out)
}

fn grants(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    let grants = outcome.commands.refused.get("grant");
    let refused = grants.and_then(|codes| codes.get("above_authority")).copied().unwrap_or_default();
    writeln!(out, "Given to customers ({refused} refused as above somebody's authority)")?;
    for (grant, given) in &outcome.figures.grants {
        let amounts: Vec<String> = given.minor.iter().map(|(currency, minor)| money(*minor, currency)).collect();
        writeln!(out, "  {grant:<18}{:>4} times, {}", given.times, amounts.join(", "))?;
    }
    writeln!(out)
}

fn approvals(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    if outcome.figures.approvals.is_empty() {
        return Ok(());
    }
    writeln!(out, "Asked for approval")?;
    for (queue, asked) in &outcome.figures.approvals {
        let ends = asked.ends.iter().map(|(how, times)| format!("{how} {times}"));
        let pending = (asked.pending > 0).then(|| format!("pending {}", asked.pending));
        let ends: Vec<String> = ends.chain(pending).collect();
        let given = asked.minor.iter().map(|(currency, minor)| format!("; given {}", money(*minor, currency)));
        writeln!(out, "  {queue:<18}{:>4} times: {}{}", asked.asked, ends.join(", "), given.collect::<String>())?;
    }
    writeln!(out)
}

fn relations(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    let (merges, links) = (&outcome.figures.merges, &outcome.figures.links);
    writeln!(
        out,
        "Together: {} merged, {} of them undone, {} messages followed; {} split",
        merges.merged, merges.undone, merges.followed, merges.split
    )?;
    tally(out, "Links", &links.made)?;
    writeln!(
        out,
        "  {} ended; {} answers passed on, {} resolved with what they are linked to\n",
        links.ended, links.answers_passed_on, links.resolved_with
    )
}

fn chores(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    let (tasks, worked) = (&outcome.figures.tasks, &outcome.figures.worked);
    writeln!(
        out,
        "Tasks: {} of checklists and {} of agents; {} done, {} open, {} dropped; {} were late, {} done again",
        tasks.listed, tasks.added, tasks.done, tasks.open, tasks.dropped, tasks.late, tasks.reopened
    )?;
    let queues = worked
        .seconds
        .iter()
        .map(|(queue, seconds)| format!("{queue} {}", length(Some(i64::try_from(*seconds).unwrap_or(i64::MAX)))));
    writeln!(
        out,
        "Time worked: {}; {} entries, {} corrected\n",
        queues.collect::<Vec<_>>().join(", "),
        worked.entries,
        worked.corrected
    )
}

fn closings(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    let inbox = &outcome.figures.inbox;
    if inbox.views == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "Open at the end of each day, in brackets those that nobody had; {} were taken by hand",
        inbox.taken
    )?;
    let last: Vec<_> = inbox.closings.iter().rev().take(CLOSINGS).collect();
    write!(out, "{:<18}", "")?;
    last.iter().rev().try_for_each(|(day, _)| write!(out, "{:>9}", day.get(5..).unwrap_or_default()))?;
    writeln!(out)?;
    for queue in last.first().map(|(_, queues)| queues.keys()).into_iter().flatten() {
        write!(out, "{queue:<18}")?;
        for (_, queues) in last.iter().rev() {
            let held = queues.get(queue).copied().unwrap_or_default();
            write!(out, "{:>9}", format!("{} ({})", held.open, held.unassigned))?;
        }
        writeln!(out)?;
    }
    writeln!(out)
}

/// The amount as the library writes it.
fn money(minor: i64, currency: &str) -> String {
    let one: Option<Money> = format!("1 {currency}").parse().ok();
    one.map_or_else(|| format!("{minor} {currency}"), |one| Money::new(minor, one.currency()).to_string())
}

fn refusals(out: &mut dyn Write, commands: &Commands) -> io::Result<()> {
    let refused = commands
        .refused
        .iter()
        .flat_map(|(command, codes)| codes.iter().map(move |(code, count)| format!("{command}: {code} {count}")));
    let refused: Vec<String> = refused.collect();
    writeln!(out, "Refused: {}", if refused.is_empty() { "nothing".to_owned() } else { refused.join(", ") })
}

fn unusable(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    let lines = &outcome.lines;
    writeln!(out, "Lines: {} read, {} accepted, {} unusable", lines.read, lines.accepted, lines.unusable)?;
    for unusable in lines.unusable_listed.iter().take(LISTED) {
        writeln!(out, "  line {}: {}", unusable.line, unusable.reason)?;
    }
    if lines.unusable > LISTED as u64 {
        writeln!(out, "  ... and {} more; `--json` lists them", lines.unusable - LISTED as u64)?;
    }
    Ok(())
}

fn check(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    let (check, effects) = (&outcome.check, &outcome.figures.effects);
    let told = &outcome.deliveries;
    writeln!(
        out,
        "Effects: {} delivered once each by key, {} not; {} attempts, {} lines in the file, {} of them repeats",
        effects.delivered, effects.undelivered, told.attempts, told.lines, told.repeated
    )?;
    if check.agrees {
        writeln!(out, "Counted again from {} events of the log: every figure agrees.", check.events)
    } else {
        writeln!(out, "Counted again from {} events of the log: {} DIFFERENCES.", check.events, check.faults)?;
        check.faults_listed.iter().try_for_each(|fault| writeln!(out, "  {fault}"))
    }
}

fn local(at: Timestamp) -> String {
    (at + Span::hours(3)).to_datetime().format("%a %d %b %Y %H:%M").to_string()
}

/// A length of time in its two largest units.
fn length(seconds: Option<i64>) -> String {
    let Some(seconds) = seconds else { return "-".to_owned() };
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m {seconds:02}s"),
        (hours, minutes, _) => format!("{hours}h {minutes:02}m"),
    }
}
