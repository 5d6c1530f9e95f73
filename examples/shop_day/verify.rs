//! The second count: everything again from the event log, the outbox and the policies that the log names.
//!
//! It does not ask the library what a ticket is: `refold` tells it from the log, `owed` derives the effects, `book`
//! reads the policy as plain JSON. Only calendars are the library's, to measure open time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use destek::customer;
use destek::desk::{Effect, EffectKey, Event, Recorded, State};
use destek::id::{AgentId, MessageId, TicketId};
use destek::notify::read_lines;
use destek::policy::Digest;
use destek::record::{RecordKey, Version};
use destek::routing;
use destek::store::Cursor;
use destek::store::blocking::{Log as _, Sessions as _};
use destek::store::memory::{EffectRow, EffectStatus};
use destek::team;
use destek::ticket;
use destek::time::Timestamp;

use super::Failure;
use super::book::Book;
use super::figures::{Figures, count, event_kind};
use super::kin;
use super::ledger::Roles;
use super::owed::{self, Owed};
use super::refold::Told;
use super::relist;
use super::simulate::Play;

/// How many events are read from the feed at once.
const FEED: usize = 1_000;

/// What the second count goes by.
#[derive(Debug)]
pub(crate) struct Evidence {
    pub(crate) log: Vec<Recorded>,
    pub(crate) outbox: Vec<EffectRow>,
    documents: BTreeMap<Digest, Option<String>>,
    pub(crate) records: BTreeMap<RecordKey, (Version, Arc<State>)>,
    pub(crate) loads: BTreeMap<AgentId, u32>,
    accepted: BTreeMap<MessageId, TicketId>,
    /// Effects in the notifier's file, each key once, and how many lines there are.
    arrived: BTreeMap<EffectKey, Effect>,
    lines: u64,
    /// When lists were looked at: the day, after how many events, and of which queues.
    looks: Vec<(String, u64, Vec<String>)>,
    now: Timestamp,
}

/// The second count, and everything that is not as it must be.
#[derive(Debug, Default)]
pub(crate) struct Recount {
    pub(crate) figures: Figures,
    pub(crate) faults: Vec<String>,
    /// How much was looked at.
    pub(crate) events: u64,
    pub(crate) lines: u64,
}

impl Evidence {
    /// Reads what the store holds and what arrived.
    ///
    /// # Errors
    /// When the notifier's file cannot be read.
    pub(crate) fn gather(play: &Play, effects: &Path) -> Result<Self, Failure> {
        let (store, tenant) = (&play.shop.store, &play.shop.tenant);
        let mut session = store.begin(tenant)?;
        let (mut log, mut cursor) = (Vec::new(), Cursor::START);
        loop {
            let (events, next) = session.feed(cursor, FEED)?;
            cursor = next;
            if events.is_empty() {
                break;
            }
            log.extend(events);
        }
        let mut documents = BTreeMap::new();
        for digest in log.iter().map(|recorded| recorded.cause.policy).collect::<BTreeSet<_>>() {
            documents.insert(digest, session.document(&digest)?);
        }
        let lines = std::fs::read(effects)?.iter().filter(|byte| **byte == b'\n').count() as u64;
        let records = store.records(tenant).into_iter().map(|(key, version, state)| (key, (version, state)));
        let looks = play
            .notebook
            .looks
            .iter()
            .map(|look| (look.day.clone(), look.events, look.queues.keys().cloned().collect()));
        Ok(Self {
            log,
            outbox: store.outbox(tenant),
            documents,
            records: records.collect(),
            loads: store.loads(tenant).into_iter().map(|(agent, _, load)| (agent, load)).collect(),
            accepted: play.accepted.iter().map(|(message, (_, ticket))| (*message, *ticket)).collect(),
            arrived: read_lines(effects)?.into_iter().map(|line| (line.key, line.effect)).collect(),
            lines,
            looks: looks.collect(),
            now: play.shop.now,
        })
    }
}

/// Counts again.
pub(crate) fn recount(evidence: &Evidence) -> Recount {
    let mut recount = Recount { events: evidence.log.len() as u64, lines: evidence.lines, ..Recount::default() };
    let books = books(evidence, &mut recount.faults);
    let mut by_record: BTreeMap<&RecordKey, Vec<&Recorded>> = BTreeMap::new();
    for recorded in &evidence.log {
        count(&mut recount.figures.events, &event_kind(&recorded.event), 1);
        by_record.entry(&recorded.record).or_default().push(recorded);
    }
    let roles = roles(&evidence.log);
    let (mut tickets, mut customers, mut owed) = (Vec::new(), BTreeMap::new(), Vec::new());
    for (key, log) in &by_record {
        count(&mut recount.figures.records, key.kind().as_str(), 1);
        unbroken(key, log, evidence, &mut recount.faults);
        match key {
            RecordKey::Ticket(_) => {
                if let Some(told) = retell(key, log, (&books, &roles), &mut owed, &mut recount.faults) {
                    tickets.push((told, last_book(log, &books)));
                }
            }
            RecordKey::Customer(customer) => {
                customers.insert(customer.clone(), open_tickets(log));
            }
            RecordKey::Queue(queue) => {
                for change in log.chunk_by(|one, two| one.version == two.version) {
                    if let Some(book) = last_book(change, &books) {
                        owed.extend(owed::by_queue(change, queue, book));
                    }
                }
                recount.standstills(queue.as_str(), log, evidence.now);
            }
            _ => {}
        }
    }
    for key in evidence.records.keys().filter(|key| !by_record.contains_key(key)) {
        recount.faults.push(format!("{key}: the store holds it and no event tells of it"));
    }
    for (told, book) in &mut tickets {
        if let Some(book) = book {
            let row = told.row(book, evidence.now, &mut recount.faults);
            recount.figures.add(&row);
        }
        told.ledger.close(evidence.now, &mut recount.faults);
        recount.figures.add_asked(&told.ledger.asked);
        recount.figures.merges.add(&told.kin.merges);
        recount.figures.links.add(&told.kin.links);
        let lives = !told.category.is_ended() && told.kin.merged.is_none();
        told.todo.close(evidence.now, lives, &mut recount.faults);
        recount.figures.tasks.add(&told.todo.counts);
        let (worked, queue) = (&mut recount.figures.worked, told.queue.as_ref().map_or("-", |queue| queue.as_str()));
        worked.entries += told.todo.entries();
        worked.corrected += told.todo.counts.corrected;
        count(&mut worked.seconds, queue, told.todo.worked());
    }
    recount.figures.close();
    let tickets: Vec<Told> = tickets.into_iter().map(|(told, _)| told).collect();
    recount.faults.extend(kin::contradictions(&tickets));
    recount.messages(evidence);
    recount.inbox(evidence);
    recount.compare_states(evidence, &tickets, &customers);
    recount.loads(evidence, &tickets);
    recount.effects(evidence, &owed);
    recount
}

type Books = BTreeMap<Digest, Book>;

/// Who has which roles; the roster does not change while the day is played.
fn roles(log: &[Recorded]) -> Roles {
    let recorded = log.iter().filter_map(|recorded| match (&recorded.record, &recorded.event) {
        (RecordKey::Agent(agent), Event::Agent(team::Event::Recorded { roles, .. })) => {
            Some((agent.clone(), roles.clone()))
        }
        _ => None,
    });
    recorded.collect()
}

fn books(evidence: &Evidence, faults: &mut Vec<String>) -> Books {
    let mut books = BTreeMap::new();
    for (digest, document) in &evidence.documents {
        let Some(text) = document else {
            faults.push(format!("policy {}: the log names it and the store has no such document", digest.short()));
            continue;
        };
        if Digest::of(text) != *digest {
            faults.push(format!("policy {}: the document has another digest", digest.short()));
        }
        match Book::read(text) {
            Ok(book) => {
                books.insert(*digest, book);
            }
            Err(error) => faults.push(format!("policy {}: {error}", digest.short())),
        }
    }
    books
}

fn last_book<'b>(log: &[&Recorded], books: &'b Books) -> Option<&'b Book> {
    log.last().and_then(|recorded| books.get(&recorded.cause.policy))
}

/// Versions and places without a gap, time that does not run back, and the store's own version at the end.
fn unbroken(key: &RecordKey, log: &[&Recorded], evidence: &Evidence, faults: &mut Vec<String>) {
    let (mut version, mut index, mut recorded_at) = (0, 0, Timestamp::MIN);
    for recorded in log {
        let number = recorded.version.number();
        let next = (number == version && recorded.index == index) || (number == version + 1 && recorded.index == 0);
        if !next {
            faults.push(format!("{key}: version {number} event {} does not follow version {version}", recorded.index));
        }
        if recorded.recorded < recorded_at || recorded.occurred > recorded.recorded {
            faults.push(format!("{key}: version {number} event {} is out of time", recorded.index));
        }
        (version, index, recorded_at) = (number, recorded.index + 1, recorded.recorded);
    }
    if evidence.records.get(key).map(|(version, _)| version.number()) != Some(version) {
        faults.push(format!("{key}: the log ends at version {version}, the store holds another"));
    }
}

/// Tells a ticket again, change by change, and adds what it owes to the outside.
fn retell(
    key: &RecordKey,
    log: &[&Recorded],
    (books, roles): (&Books, &Roles),
    owed: &mut Vec<Owed>,
    faults: &mut Vec<String>,
) -> Option<Told> {
    let mut told: Option<Told> = None;
    for change in log.chunk_by(|one, two| one.version == two.version) {
        for recorded in change {
            let Some(book) = books.get(&recorded.cause.policy) else { continue };
            let Event::Ticket(event) = &recorded.event else {
                faults.push(format!("{key}: an event of another kind in its log"));
                continue;
            };
            if let (None, ticket::Event::Opened(opened)) = (&told, event) {
                told = Some(Told::new(opened));
            }
            match &mut told {
                Some(told) => told.tell((recorded, event), (book, roles), faults),
                None => faults.push(format!("{key}: its log does not begin with its opening")),
            }
        }
        if let (Some(told), Some(last)) = (&mut told, change.last()) {
            told.unmoved(last, faults);
            told.ledger.unended(last, faults);
            if let Some(book) = last_book(change, books) {
                owed.extend(owed::by_ticket(change, told, book));
            }
        }
    }
    told
}

fn open_tickets(log: &[&Recorded]) -> BTreeSet<TicketId> {
    let mut open = BTreeSet::new();
    for recorded in log {
        match &recorded.event {
            Event::Customer(customer::Event::TicketOpened { ticket, .. }) => {
                open.insert(*ticket);
            }
            Event::Customer(customer::Event::TicketEnded { ticket }) => {
                open.remove(ticket);
            }
            _ => {}
        }
    }
    open
}

impl Recount {
    /// Every accepted message is in exactly one ticket, the one that the host was told, and there are no others.
    fn messages(&mut self, evidence: &Evidence) {
        let mut found: BTreeMap<MessageId, Vec<TicketId>> = BTreeMap::new();
        for recorded in &evidence.log {
            let (Some(ticket), Event::Ticket(event)) = (recorded.record.ticket(), &recorded.event) else { continue };
            let messages = &mut self.figures.messages;
            match event {
                ticket::Event::MessageReceived { message, .. } => {
                    messages.received += 1;
                    messages.joined += u64::from(recorded.version > Version::FIRST);
                    found.entry(*message).or_default().push(ticket);
                }
                ticket::Event::Replied { passes_on: None, .. } => messages.answers += 1,
                ticket::Event::Noted { .. } => messages.notes += 1,
                ticket::Event::Granted { grant, amount, .. } => self.figures.give(grant.as_str(), *amount),
                _ => {}
            }
        }
        for (message, ticket) in &evidence.accepted {
            if found.remove(message).as_deref() != Some(&[*ticket]) {
                self.faults.push(format!("{message}: it was accepted for {ticket} and is not there exactly once"));
            }
        }
        for message in found.keys() {
            self.faults.push(format!("{message}: nobody sent it"));
        }
    }

    /// What the lists held when they were looked at.
    fn inbox(&mut self, evidence: &Evidence) {
        let inbox = &mut self.figures.inbox;
        for recorded in &evidence.log {
            match &recorded.event {
                Event::View(destek::inbox::Event::Saved { .. }) => inbox.views += 1,
                Event::Ticket(ticket::Event::Assigned { how: ticket::Assignment::Taken, .. }) => inbox.taken += 1,
                _ => {}
            }
        }
        let looks = evidence.looks.iter().map(|(_, events, queues)| (*events, queues.iter().collect()));
        let closings = relist::closings(&evidence.log, looks);
        let days = evidence.looks.iter().map(|(day, ..)| day.clone());
        inbox.closings = days.zip(closings).collect();
    }

    /// Every effect that the log owes is in the outbox and arrived, and nothing else did.
    fn effects(&mut self, evidence: &Evidence, owed: &[Owed]) {
        let mut rows: BTreeMap<&EffectKey, &EffectRow> = BTreeMap::new();
        for row in &evidence.outbox {
            if rows.insert(&row.outgoing.key, row).is_some() {
                self.faults.push(format!("{}: twice in the outbox", row.outgoing.key));
            }
        }
        let mut arrived: BTreeSet<&EffectKey> = evidence.arrived.keys().collect();
        for effect in owed {
            count(&mut self.figures.effects.kinds, effect.kind(), 1);
            let row = rows.remove(&effect.key);
            let here = arrived.remove(&effect.key);
            match row {
                None => self.faults.push(format!("{}: the log owes it and it is not in the outbox", effect.key)),
                Some(row) if !effect.is(&row.outgoing) => {
                    self.faults.push(format!("{}: the outbox holds another effect than the log owes", effect.key));
                }
                Some(row) if evidence.arrived.get(&effect.key).is_some_and(|told| *told != row.outgoing.effect) => {
                    self.faults.push(format!("{}: another effect arrived", effect.key));
                }
                Some(row) if here != (row.status == EffectStatus::Delivered) => {
                    self.faults.push(format!("{}: its row does not say whether it arrived", effect.key));
                }
                Some(_) => {}
            }
            let counter =
                if here { &mut self.figures.effects.delivered } else { &mut self.figures.effects.undelivered };
            *counter += 1;
        }
        for key in rows.keys() {
            self.faults.push(format!("{key}: in the outbox, and nothing in the log owes it"));
        }
        for key in arrived {
            self.faults.push(format!("{key}: arrived, and nothing in the log owes it"));
        }
    }

    /// How a queue stood still, by reason.
    fn standstills(&mut self, queue: &str, log: &[&Recorded], now: Timestamp) {
        let turns = log.iter().filter_map(|recorded| match &recorded.event {
            Event::Queue(event) => Some((recorded.occurred, Some(event))),
            _ => None,
        });
        let mut still: Option<(&'static str, Timestamp)> = None;
        let mut lasted: BTreeMap<&'static str, destek::time::Span> = BTreeMap::new();
        let reasons = self.figures.standstills.entry(queue.to_owned()).or_default();
        for (at, event) in turns.chain([(now, None)]) {
            let next = match event {
                Some(routing::Event::StallTold { reason, .. }) => {
                    reasons.entry(reason.as_str().to_owned()).or_default().lead_told += 1;
                    continue;
                }
                Some(routing::Event::Stalled { reason, .. }) => {
                    reasons.entry(reason.as_str().to_owned()).or_default().times += 1;
                    Some((reason.as_str(), at))
                }
                _ => None,
            };
            if let Some((reason, since)) = std::mem::replace(&mut still, next) {
                *lasted.entry(reason).or_default() += at.since(since);
            }
        }
        for (reason, lasted) in lasted {
            reasons.entry(reason.to_owned()).or_default().minutes = lasted.as_seconds() / 60;
        }
    }
}
