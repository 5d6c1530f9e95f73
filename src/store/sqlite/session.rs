//! Units of work of the library's own, over a file: they buffer, and their commit is one transaction.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::error::SqliteError;
use super::open::{Durability, connect, open};
use super::{gather, log, outbox, records, search, timers, write};
use crate::content::{Content, ContentRef};
use crate::desk::{Changes, EffectKey, Facts, Needs, Recorded};
use crate::id::TenantId;
use crate::inbox::{Count, Page, Query, SavedView, ScopedFilter, ViewReader};
use crate::policy::Digest;
use crate::record::{RecordKey, Version};
use crate::store::{CommitError, Conflict, Cursor, Due, Envelope, Settlement, WriteError, blocking};
use crate::time::{Span, Timestamp};

/// Numbers that are taken from a tenant's sequence at once, so that few opens write for theirs. What is left of them when
/// the process ends is a gap.
const NUMBERS_AT_ONCE: u64 = 64;
/// Connections that are kept for the next unit of work.
const KEPT: usize = 8;

/// A database in a file, for any number of tenants and threads.
///
/// It keeps the contracts of the blocking traits. A unit of work buffers: it reads what is committed at that moment and its
/// own writes, and its commit is one transaction, which checks every version, guard, request id and claim again. Units of
/// work wait for each other only while one of them commits.
///
/// ```
/// use destek::desk::Needs;
/// use destek::id::TenantId;
/// use destek::record::RecordKey;
/// use destek::store::blocking::{Sessions, Store};
/// use destek::store::sqlite::{Durability, Sqlite};
///
/// let file = std::env::temp_dir().join(format!("destek-doc-{}.db", std::process::id()));
/// let shop = Sqlite::open(&file, Durability::Full)?;
/// let mut session = shop.begin(&TenantId::new("butik")?)?;
/// let mut needs = Needs::default();
/// needs.record(RecordKey::Policy);
/// assert!(session.gather(&needs)?.record(&RecordKey::Policy).is_none());
/// # drop(session);
/// # drop(shop);
/// # for end in ["", "-wal", "-shm"] {
/// #     let _ = std::fs::remove_file(format!("{}{end}", file.display()));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Sqlite {
    path: PathBuf,
    durability: Durability,
    idle: Mutex<Vec<Connection>>,
    numbers: Mutex<HashMap<TenantId, Range<u64>>>,
}

impl Sqlite {
    /// Opens a file or makes it, with the tables ([`open`]).
    ///
    /// # Errors
    /// As [`open`], and [`SqliteError::NoFile`] for a database in memory.
    pub fn open(path: impl AsRef<Path>, durability: Durability) -> Result<Self, SqliteError> {
        let path = path.as_ref();
        if path.as_os_str().is_empty() || path == Path::new(":memory:") {
            return Err(SqliteError::NoFile);
        }
        // The same file also after the process has gone to another folder.
        let path = std::path::absolute(path).map_err(|_| SqliteError::NoFile)?;
        let first = open(&path, durability)?;
        Ok(Self { path, durability, idle: Mutex::new(vec![first]), numbers: Mutex::default() })
    }

    /// A connection to the same file, for whatever else a host wants to read.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn connection(&self) -> Result<Connection, SqliteError> {
        connect(&self.path, self.durability)
    }

    fn take(&self) -> Result<Connection, SqliteError> {
        let idle = lock(&self.idle).pop();
        idle.map_or_else(|| self.connection(), Ok)
    }

    fn give_back(&self, connection: Connection) {
        let mut idle = lock(&self.idle);
        if idle.len() < KEPT && connection.is_autocommit() {
            idle.push(connection);
        }
    }

    /// Does something in a transaction; `finish` says whether it is to be kept.
    fn within<T>(
        &self,
        behaviour: TransactionBehavior,
        work: impl FnOnce(Transaction<'_>) -> Result<T, SqliteError>,
    ) -> Result<T, SqliteError> {
        let connection = self.take()?;
        let result = Transaction::new_unchecked(&connection, behaviour).map_err(SqliteError::from).and_then(work);
        self.give_back(connection);
        result
    }

    /// The next number of a tenant, from those that were taken from its sequence before.
    fn number(&self, tenant: &TenantId) -> Result<u64, SqliteError> {
        if let Some(next) = lock(&self.numbers).get_mut(tenant).and_then(Iterator::next) {
            return Ok(next);
        }
        const TAKE: &str = "INSERT INTO destek_numbers (tenant, last) VALUES (?1, ?2) \
            ON CONFLICT (tenant) DO UPDATE SET last = last + ?2 RETURNING last";
        let last: i64 = self.within(TransactionBehavior::Immediate, |transaction| {
            let row = params![tenant.as_str(), records::integer(NUMBERS_AT_ONCE)];
            let last = transaction.prepare_cached(TAKE)?.query_row(row, |row| row.get(0))?;
            transaction.commit()?;
            Ok(last)
        })?;
        let after = records::number(last).saturating_add(1);
        let first = after.saturating_sub(NUMBERS_AT_ONCE);
        lock(&self.numbers).insert(tenant.clone(), first + 1..after);
        Ok(first)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A claimed wake-up that is to be committed.
#[derive(Debug)]
struct WakeClaim {
    record: RecordKey,
    fence: u64,
    lease: Timestamp,
}

/// A claimed effect that is to be committed.
#[derive(Debug)]
struct EffectClaim {
    key: EffectKey,
    fence: u64,
    lease: Timestamp,
}

/// A unit of work of a [`Sqlite`]. Dropping it leaves nothing behind.
#[derive(Debug)]
pub struct SqliteSession<'s> {
    shop: &'s Sqlite,
    tenant: TenantId,
    writes: Vec<Changes>,
    wakes: Vec<WakeClaim>,
    postponed: Vec<(RecordKey, u64, Option<Timestamp>, String)>,
    effects: Vec<EffectClaim>,
    settled: Vec<(EffectKey, u64, Settlement)>,
}

impl SqliteSession<'_> {
    /// Looks at what is committed.
    fn committed<T>(&self, look: impl FnOnce(&Connection) -> Result<T, SqliteError>) -> Result<T, SqliteError> {
        self.shop.within(TransactionBehavior::Deferred, |transaction| look(&transaction))
    }

    /// Looks at what is committed, and on top of it at what this unit of work wrote itself: where it wrote, its writes are
    /// made, looked at, and rolled back.
    fn seen<T>(&self, look: impl FnOnce(&Connection) -> Result<T, SqliteError>) -> Result<T, SqliteError> {
        if self.writes.is_empty() {
            return self.committed(look);
        }
        self.shop.within(TransactionBehavior::Immediate, |transaction| {
            for changes in &self.writes {
                match write::write(&transaction, &self.tenant, changes) {
                    // What no longer holds is refused at the commit.
                    Ok(()) | Err(WriteError::Conflict(_)) => {}
                    Err(WriteError::Store(error)) => return Err(error),
                }
            }
            look(&transaction)
        })
    }

    /// Commits everything, or nothing.
    fn finish(&self) -> Result<(), CommitError<SqliteError>> {
        let (shop, tenant) = (self.shop, &self.tenant);
        let nothing = self.writes.is_empty() && self.wakes.is_empty() && self.effects.is_empty();
        if nothing && self.postponed.is_empty() && self.settled.is_empty() {
            return Ok(());
        }
        let mut conflict = None;
        let mut ending = false;
        let done = shop.within(TransactionBehavior::Immediate, |transaction| {
            conflict = self.put(&transaction, tenant)?;
            if conflict.is_some() {
                return Ok(());
            }
            ending = true;
            Ok(transaction.commit()?)
        });
        match (done, conflict) {
            (Ok(()), None) => Ok(()),
            (Ok(()), Some(conflict)) => Err(conflict.into()),
            (Err(SqliteError::Locked | SqliteError::Outdated), _) => Err(Conflict::TransactionLost.into()),
            (Err(error), _) if ending => Err(CommitError::Indeterminate(error)),
            (Err(error), _) => Err(CommitError::Store(error)),
        }
    }

    /// Everything in one transaction; the conflict that keeps it from being committed.
    fn put(&self, transaction: &Connection, tenant: &TenantId) -> Result<Option<Conflict>, SqliteError> {
        for claim in &self.wakes {
            if !timers::claim(transaction, tenant, &claim.record, claim.fence, claim.lease)? {
                return Ok(Some(Conflict::Claim));
            }
        }
        for claim in &self.effects {
            if !outbox::claim_one(transaction, tenant, &claim.key, claim.fence, claim.lease)? {
                return Ok(Some(Conflict::Claim));
            }
        }
        for changes in &self.writes {
            match write::write(transaction, tenant, changes) {
                Ok(()) => {}
                Err(WriteError::Conflict(conflict)) => return Ok(Some(conflict)),
                Err(WriteError::Store(error)) => return Err(error),
            }
        }
        for (record, fence, until, reason) in &self.postponed {
            timers::postpone(transaction, tenant, (record, *fence), *until, reason)?;
        }
        for (key, fence, settlement) in &self.settled {
            if !outbox::settle(transaction, tenant, key, *fence, settlement)? {
                return Ok(Some(Conflict::Claim));
            }
        }
        Ok(None)
    }
}

impl blocking::Store for SqliteSession<'_> {
    type Error = SqliteError;

    fn gather(&mut self, needs: &Needs) -> Result<Facts, SqliteError> {
        if !needs.number {
            return self.seen(|connection| gather::gather(connection, &self.tenant, needs));
        }
        let number = self.shop.number(&self.tenant)?;
        let rest = Needs { number: false, ..needs.clone() };
        let mut facts = self.seen(|connection| gather::gather(connection, &self.tenant, &rest))?;
        facts.number = Some(number);
        Ok(facts)
    }

    fn write(&mut self, changes: &Changes) -> Result<(), WriteError<SqliteError>> {
        self.write_owned(changes.clone())
    }

    fn write_owned(&mut self, changes: Changes) -> Result<(), WriteError<SqliteError>> {
        let conflict = self.seen(|connection| write::check(connection, &self.tenant, &changes));
        if let Some(conflict) = conflict.map_err(super::error::of_write)? {
            return Err(conflict.into());
        }
        self.writes.push(changes);
        Ok(())
    }
}

impl blocking::Timers for SqliteSession<'_> {
    type Error = SqliteError;

    fn claim_due(&mut self, now: Timestamp, lease: Span, limit: usize) -> Result<Vec<Due>, SqliteError> {
        let look = limit.saturating_add(self.wakes.len());
        let mut due = self.committed(|connection| timers::due(connection, &self.tenant, now, look))?;
        due.retain(|due| !self.wakes.iter().any(|claim| claim.record == due.record));
        due.truncate(limit);
        let claims =
            due.iter().map(|due| WakeClaim { record: due.record.clone(), fence: due.fence, lease: now + lease });
        self.wakes.extend(claims);
        Ok(due)
    }
    fn postpone(&mut self, due: &Due, until: Option<Timestamp>, reason: &str) -> Result<(), SqliteError> {
        self.postponed.push((due.record.clone(), due.fence, until, reason.to_owned()));
        Ok(())
    }
    fn next_due(&mut self) -> Result<Option<Timestamp>, SqliteError> {
        self.committed(|connection| timers::next_due(connection, &self.tenant))
    }
}

impl blocking::Outbox for SqliteSession<'_> {
    type Error = SqliteError;

    fn claim(&mut self, now: Timestamp, lease: Span, limit: usize) -> Result<Vec<Envelope>, SqliteError> {
        let own = |key: &EffectKey| self.effects.iter().any(|claim| claim.key == *key);
        let envelopes = self.committed(|connection| outbox::claimable(connection, &self.tenant, now, limit, &own))?;
        let claims = envelopes.iter().map(|envelope| EffectClaim {
            key: envelope.outgoing.key.clone(),
            fence: envelope.fence,
            lease: now + lease,
        });
        self.effects.extend(claims);
        Ok(envelopes)
    }

    fn settle(&mut self, key: &EffectKey, fence: u64, settlement: &Settlement) -> Result<bool, SqliteError> {
        if self.settled.iter().any(|(settled, ..)| settled == key) {
            return Ok(false);
        }
        let held = match self.effects.iter().find(|claim| claim.key == *key) {
            Some(claim) => claim.fence == fence,
            None => self.committed(|connection| outbox::is_held(connection, &self.tenant, key, fence))?,
        };
        if held {
            self.settled.push((key.clone(), fence, settlement.clone()));
        }
        Ok(held)
    }
}

impl blocking::Log for SqliteSession<'_> {
    type Error = SqliteError;

    fn events(
        &mut self,
        record: &RecordKey,
        after: Option<Version>,
        limit: usize,
    ) -> Result<Vec<Recorded>, SqliteError> {
        self.seen(|connection| log::events(connection, &self.tenant, record, after, limit))
    }
    fn feed(&mut self, after: Cursor, limit: usize) -> Result<(Vec<Recorded>, Cursor), SqliteError> {
        self.committed(|connection| log::feed(connection, &self.tenant, after, limit))
    }
    fn contents(&mut self, references: &[ContentRef]) -> Result<Vec<Content>, SqliteError> {
        self.seen(|connection| log::contents(connection, &self.tenant, references))
    }
    fn document(&mut self, digest: &Digest) -> Result<Option<String>, SqliteError> {
        self.seen(|connection| records::document(connection, &self.tenant, digest))
    }
}

impl blocking::Search for SqliteSession<'_> {
    type Error = SqliteError;

    fn tickets(&mut self, query: &Query) -> Result<Page, SqliteError> {
        self.seen(|connection| search::tickets(connection, &self.tenant, query))
    }
    fn count(&mut self, filter: &ScopedFilter, at_most: usize) -> Result<Count, SqliteError> {
        self.seen(|connection| search::count(connection, &self.tenant, filter, at_most))
    }
    fn views(&mut self, reader: &ViewReader, limit: usize) -> Result<Vec<SavedView>, SqliteError> {
        self.seen(|connection| search::views(connection, &self.tenant, reader, limit))
    }
}

impl blocking::Sessions for Sqlite {
    type Error = SqliteError;
    type Session<'s> = SqliteSession<'s>;

    fn begin(&self, tenant: &TenantId) -> Result<SqliteSession<'_>, SqliteError> {
        let (writes, wakes, postponed) = (Vec::new(), Vec::new(), Vec::new());
        Ok(SqliteSession {
            shop: self,
            tenant: tenant.clone(),
            writes,
            wakes,
            postponed,
            effects: Vec::new(),
            settled: Vec::new(),
        })
    }
    fn commit<'s>(&'s self, session: SqliteSession<'s>) -> Result<(), CommitError<SqliteError>> {
        session.finish()
    }
}
