//! The first count: from the states that the store holds, as a host would make it; and the explanations of what went
//! wrong.

use std::collections::BTreeSet;

use destek::desk::{Effect, Noticed};
use destek::id::{CustomerId, TicketId};
use destek::language::Language;
use destek::sla::{Clock, Metric, Status};
use destek::store::memory::{EffectRow, EffectStatus};
use destek::ticket::{ApprovalEnd, Initiator, Ticket};
use destek::time::{Span, Timestamp};
use serde::Serialize;

use super::figures::{Figures, Row, Standing, Verdict, count};
use super::simulate::Play;

/// How many breaches are explained.
pub(crate) const EXPLAINED_MAX: usize = 8;

/// A broken promise with its working.
#[derive(Debug, Serialize)]
pub(crate) struct Explained {
    pub(crate) ticket: TicketId,
    pub(crate) number: u64,
    pub(crate) customer: CustomerId,
    pub(crate) metric: Metric,
    pub(crate) due: Timestamp,
    pub(crate) at: Timestamp,
    pub(crate) text: String,
}

/// Counts from what the store holds now.
pub(crate) fn figures(play: &Play) -> Figures {
    let mut figures = Figures::default();
    let (shop, calendars) = (&play.shop, play.shop.policy().calendars());
    let records = shop.store.records(&shop.tenant);
    for (key, _, state) in &records {
        count(&mut figures.records, key.kind().as_str(), 1);
        if let Some(ticket) = state.ticket() {
            figures.add(&row(
                ticket,
                |clock| verdict(&ticket.promise(clock.metric(), calendars, shop.now)),
                |clock| clock.elapsed(calendars, shop.now),
            ));
        }
    }
    figures.close();
    let tickets = || records.iter().filter_map(|(_, _, state)| state.ticket());
    // Others were opened by the shop, or came from a split.
    let by_message = |ticket: &&Ticket| ticket.initiator() == Initiator::Customer && ticket.split_from().is_none();
    let opened = tickets().filter(by_message).count() as u64;
    figures.messages.received = play.accepted.len() as u64;
    figures.messages.joined = figures.messages.received - opened.min(figures.messages.received);
    figures.messages.answers = shop.counts.done("reply");
    figures.messages.notes = shop.counts.done("note");
    for (queue, standstill) in &play.standstills {
        let reasons = standstill.seen.iter().map(|(reason, (times, span, lead_told))| {
            let minutes = span.as_seconds() / 60;
            (reason.as_str().to_owned(), Standing { times: *times, minutes, lead_told: *lead_told })
        });
        figures.standstills.insert(queue.to_string(), reasons.collect());
    }
    for (grant, amounts) in &play.granted {
        amounts.iter().for_each(|amount| figures.give(grant, *amount));
    }
    for (agent, _, load) in shop.store.loads(&shop.tenant) {
        count(&mut figures.loads, agent.as_str(), u64::from(load));
    }
    figures.events = play.heard.clone();
    let outbox = shop.store.outbox(&shop.tenant);
    approvals(&mut figures, play, &outbox);
    relations(&mut figures, play, &outbox);
    chores(&mut figures, play, &outbox);
    let inbox = &mut figures.inbox;
    (inbox.views, inbox.taken) = (shop.counts.done("save_view"), shop.counts.done("take"));
    inbox.closings = play.notebook.looks.iter().map(|look| (look.day.clone(), look.queues.clone())).collect();
    effects(&mut figures, &outbox);
    figures
}

/// What was asked for, as the host remembers it, and how it ended, as the askers were told.
fn approvals(figures: &mut Figures, play: &Play, rows: &[EffectRow]) {
    for question in play.notebook.questions.values() {
        figures.approvals.entry(question.queue.clone()).or_default().asked += 1;
    }
    for row in rows {
        let Effect::Notify { what: Noticed::ApprovalEnded { approval, how }, .. } = &row.outgoing.effect else {
            continue;
        };
        let Some(question) = play.notebook.questions.get(approval) else { continue };
        let given = matches!(how, ApprovalEnd::Passed).then_some(question.amount);
        figures.approvals.entry(question.queue.clone()).or_default().end(how.kind(), given);
    }
    for (_, _, state) in play.shop.store.records(&play.shop.tenant) {
        let pending = state.ticket().into_iter().flat_map(|ticket| ticket.approvals().keys());
        for question in pending.filter_map(|approval| play.notebook.questions.get(approval)) {
            figures.approvals.entry(question.queue.clone()).or_default().pending += 1;
        }
    }
}

/// What was merged, split and linked, as the host asked for it; and the answers that reached further tickets.
fn relations(figures: &mut Figures, play: &Play, rows: &[EffectRow]) {
    let counts = &play.shop.counts;
    figures.merges.merged = counts.done("merge");
    figures.merges.undone = counts.done("unmerge");
    figures.merges.followed = play.notebook.followed;
    figures.merges.split = counts.done("split");
    figures.links.made = play.notebook.linked.clone();
    figures.links.ended = counts.done("unlink");
    // What was resolved and nobody asked for.
    let resolved = play.heard.get("ticket/resolved").copied().unwrap_or_default();
    figures.links.resolved_with = resolved.saturating_sub(counts.done("resolve"));
    let sent = rows.iter().filter_map(|row| match &row.outgoing.effect {
        Effect::Send { ticket, message, .. } => Some((*ticket, *message)),
        _ => None,
    });
    let further =
        sent.filter(|(ticket, message)| play.notebook.to_linked.get(message).is_some_and(|said| said != ticket));
    figures.links.answers_passed_on = further.collect::<BTreeSet<_>>().len() as u64;
}

/// What had to be done, by the tickets, by what the host asked for, and by whom the team was told; and the time worked.
fn chores(figures: &mut Figures, play: &Play, rows: &[EffectRow]) {
    let (counts, tasks) = (&play.shop.counts, &mut figures.tasks);
    let worked = &mut figures.worked;
    for (_, _, state) in play.shop.store.records(&play.shop.tenant) {
        let Some(ticket) = state.ticket() else { continue };
        let open = ticket.open_tasks().count() as u64;
        tasks.open += open;
        tasks.done += ticket.tasks().len() as u64 - open;
        for name in ticket.checklists() {
            let list = play.shop.doc.checklists.iter().find(|list| list.name == *name);
            tasks.apply(name.as_str(), list.map_or(0, |list| list.tasks.len()));
        }
        let queue = ticket.queue().map_or("-", |queue| queue.as_str());
        count(&mut worked.seconds, queue, ticket.worked().total().as_seconds().unsigned_abs());
    }
    let late = rows.iter().filter_map(|row| match &row.outgoing.effect {
        Effect::Notify { what: Noticed::TaskOverdue { task }, .. } => Some(*task),
        _ => None,
    });
    tasks.late = late.collect::<BTreeSet<_>>().len() as u64;
    (tasks.added, tasks.dropped) = (counts.done("add_task"), counts.done("drop_task"));
    tasks.reopened = counts.done("reopen_task");
    (worked.entries, worked.corrected) = (counts.done("log_time"), counts.done("correct_time"));
}

/// Counts effects by kind, and those that arrived.
fn effects(figures: &mut Figures, rows: &[EffectRow]) {
    for row in rows {
        count(&mut figures.effects.kinds, effect_kind(&row.outgoing.effect), 1);
        if row.status == EffectStatus::Delivered {
            figures.effects.delivered += 1;
        } else {
            figures.effects.undelivered += 1;
        }
    }
}

pub(crate) const fn effect_kind(effect: &Effect) -> &'static str {
    match effect {
        Effect::Send { .. } => "send",
        Effect::Tell { .. } => "tell",
        Effect::Notify { .. } => "notify",
        _ => "other",
    }
}

fn row(ticket: &Ticket, verdict: impl Fn(&Clock) -> Verdict, elapsed: impl Fn(&Clock) -> Span) -> Row {
    let clocks = || ticket.clocks().iter();
    Row {
        channel: ticket.channel().as_str().to_owned(),
        queue: ticket.queue().map_or("-", |queue| queue.as_str()).to_owned(),
        state: if ticket.merged().is_some() { "merged" } else { ticket.category().as_str() }.to_owned(),
        kind: ticket.kind().name.to_string(),
        priority: ticket.priority().name.to_string(),
        language: ticket.language().as_str().to_owned(),
        waiting: ticket.place().is_some(),
        reopened: u64::from(ticket.reopened()),
        breaches: clocks().map(|clock| (clock.metric(), u64::from(clock.breaches()))).collect(),
        warnings: clocks().map(|clock| (clock.metric(), clock.warnings().len() as u64)).collect(),
        clocks: clocks().map(|clock| (clock.metric(), (verdict(clock), elapsed(clock)))).collect(),
    }
}

const fn verdict(status: &Status) -> Verdict {
    match status {
        Status::Met { .. } => Verdict::Met,
        Status::Missed { .. } => Verdict::Missed,
        Status::Ended { .. } => Verdict::Merged,
        status if status.is_late() => Verdict::Overdue,
        Status::Running { .. } => Verdict::Running,
        Status::Paused { .. } => Verdict::Paused,
        _ => Verdict::Unpromised,
    }
}

/// A sample of the broken promises, some of each metric, each with how its clock came to read what it reads, in
/// Turkish.
pub(crate) fn explained(play: &Play) -> Vec<Explained> {
    let (shop, calendars) = (&play.shop, play.shop.policy().calendars());
    let records = shop.store.records(&shop.tenant);
    let tickets = records.iter().filter_map(|(_, _, state)| state.ticket());
    let clocks = tickets.flat_map(|ticket| ticket.clocks().iter().map(move |clock| (ticket, clock)));
    let broken = clocks.filter_map(|(ticket, clock)| Some((ticket, clock, clock.first_breach()?)));
    let mut broken: Vec<_> = broken.collect();
    broken.sort_by_key(|(ticket, clock, breach)| (breach.at, ticket.number(), clock.metric()));
    let sample = Metric::ALL.into_iter().flat_map(|metric| {
        let own: Vec<_> = broken.iter().filter(|(_, clock, _)| clock.metric() == metric).collect();
        let share = (EXPLAINED_MAX * own.len()).checked_div(broken.len()).unwrap_or_default().max(1);
        // A sample of the whole time, not of its first hours alone.
        let step = own.len().div_ceil(share).max(1);
        own.into_iter().step_by(step)
    });
    let mut sample: Vec<_> = sample.copied().collect();
    sample.sort_by_key(|(ticket, clock, breach)| (breach.at, ticket.number(), clock.metric()));
    let explained = sample.into_iter().map(|(ticket, clock, breach)| Explained {
        ticket: ticket.id(),
        number: ticket.number(),
        customer: ticket.customer().clone(),
        metric: clock.metric(),
        due: breach.due,
        at: breach.at,
        text: clock.explain(calendars, shop.now).text(Language::Turkish),
    });
    explained.collect()
}
