//! The way to customers and team: a file, and a line that sometimes fails as lines do.

use std::cell::Cell;
use std::fmt;
use std::io;
use std::path::Path;

use destek::id::TenantId;
use destek::notify::{Delivery, FileNotifier, blocking::Notifier};
use destek::store::Envelope;

use super::seed::Rng;

/// Of a hundred first attempts, how many fail before anything is written.
const LOST_BEFORE: u64 = 2;
/// Of a hundred first attempts, how many write and lose the answer, so that the effect comes a second time.
const LOST_AFTER: u64 = 1;

/// Writes effects to a file. Some first attempts fail, always the same ones.
#[derive(Debug)]
pub(crate) struct Post {
    file: FileNotifier,
    attempts: Cell<u64>,
    repeats: Cell<u64>,
}

/// A delivery whose outcome the receiver did not tell.
#[derive(Debug)]
pub(crate) struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection was lost")
    }
}

impl std::error::Error for Lost {}

impl Post {
    /// Begins a new file.
    ///
    /// # Errors
    /// When the file system refuses.
    pub(crate) fn open(tenant: TenantId, path: &Path) -> io::Result<Self> {
        std::fs::File::create(path)?;
        Ok(Self { file: FileNotifier::append(tenant, path)?, attempts: Cell::new(0), repeats: Cell::new(0) })
    }

    /// How often a delivery was tried.
    pub(crate) fn attempts(&self) -> u64 {
        self.attempts.get()
    }

    /// How many effects were written and then said to be lost, so that they stand in the file twice.
    pub(crate) fn repeats(&self) -> u64 {
        self.repeats.get()
    }
}

impl Notifier for Post {
    type Error = Lost;

    fn deliver(&self, tenant: &TenantId, envelope: &Envelope) -> Result<Delivery, Lost> {
        self.attempts.set(self.attempts.get() + 1);
        let fate = Rng::of("post", &envelope.outgoing.key.to_string()).below(100);
        let first = envelope.attempt == 1;
        if first && fate < LOST_BEFORE {
            return Err(Lost);
        }
        let delivery = self.file.deliver(tenant, envelope).map_err(|_| Lost)?;
        if first && fate < LOST_BEFORE + LOST_AFTER {
            self.repeats.set(self.repeats.get() + 1);
            return Err(Lost);
        }
        Ok(delivery)
    }
}
