//! A notifier that writes lines to a file: for trying out, for tests, and for hosts that read it elsewhere.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::{Delivery, Notifier, blocking, render};
use crate::desk::{Effect, EffectKey, Lane};
use crate::id::TenantId;
use crate::language::Language;
use crate::store::Envelope;

/// One delivered effect, as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Line {
    /// The effect's key; a reader drops what it has read under the same key before.
    pub key: EffectKey,
    /// The lane.
    pub lane: Lane,
    /// The effect.
    pub effect: Effect,
    /// What its receiver is to read.
    pub text: Option<String>,
}

/// Appends each effect of one tenant to a file, as one line of JSON, and hands the line to the operating system
/// before it says that it is delivered.
///
/// An effect may stand in the file twice, as everywhere; [`read_lines`] gives each key once. Writing blocks the
/// thread for as long as the file system does.
#[derive(Debug)]
pub struct FileNotifier {
    tenant: TenantId,
    staff: Language,
    place: Mutex<Place>,
}

/// Where lines go, and whether the last one was cut off.
#[derive(Debug)]
struct Place {
    file: File,
    torn: bool,
}

/// Why an effect was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileNotifierError {
    /// The file belongs to another tenant; tenants share no file, because a line does not say whose it is.
    #[error("this file is of another tenant; give `{0}` a file of its own")]
    Tenant(TenantId),
    /// The line could not be made.
    #[error("an effect cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// The file system refuses.
    #[error("the file cannot be written")]
    Io(#[from] io::Error),
}

impl FileNotifier {
    /// Opens the file of a tenant, or makes it. Notices to the team are in Turkish.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn append(tenant: TenantId, path: impl AsRef<Path>) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        // A line that was cut off by a crash must not swallow the next one.
        let mut last = [b'\n'];
        if file.seek(SeekFrom::End(0))? > 0 {
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        if last != [b'\n'] {
            file.write_all(b"\n")?;
        }
        Ok(Self { tenant, staff: Language::Turkish, place: Mutex::new(Place { file, torn: false }) })
    }

    /// With another language for notices to the team.
    #[must_use]
    pub const fn staff(mut self, language: Language) -> Self {
        self.staff = language;
        self
    }

    fn write(&self, tenant: &TenantId, envelope: &Envelope) -> Result<Delivery, FileNotifierError> {
        if *tenant != self.tenant {
            return Err(FileNotifierError::Tenant(tenant.clone()));
        }
        let line = Line {
            key: envelope.outgoing.key.clone(),
            lane: envelope.outgoing.lane.clone(),
            effect: envelope.outgoing.effect.clone(),
            text: render(envelope, self.staff),
        };
        let mut bytes = serde_json::to_vec(&line)?;
        bytes.push(b'\n');
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        let Place { file, torn } = &mut *place;
        if *torn {
            file.write_all(b"\n")?;
        }
        // Until it is whole, which a full disk or a panic may prevent, the line would swallow the next one.
        *torn = true;
        file.write_all(&bytes)?;
        file.flush()?;
        *torn = false;
        Ok(Delivery::Done)
    }
}

impl Notifier for FileNotifier {
    type Error = FileNotifierError;

    async fn deliver(&self, tenant: &TenantId, envelope: &Envelope) -> Result<Delivery, FileNotifierError> {
        self.write(tenant, envelope)
    }
}

impl blocking::Notifier for FileNotifier {
    type Error = FileNotifierError;

    fn deliver(&self, tenant: &TenantId, envelope: &Envelope) -> Result<Delivery, FileNotifierError> {
        self.write(tenant, envelope)
    }
}

/// Reads what a [`FileNotifier`] wrote, in its order, each effect once. Lines that were cut off are skipped: their
/// effects were not delivered, and stand further down.
///
/// # Errors
/// When the file cannot be read.
pub fn read_lines(path: impl AsRef<Path>) -> io::Result<Vec<Line>> {
    let mut seen = BTreeSet::new();
    let mut lines = Vec::new();
    for line in BufReader::new(File::open(path)?).split(b'\n') {
        if let Ok(line) = serde_json::from_slice::<Line>(&line?)
            && seen.insert(line.key.clone())
        {
            lines.push(line);
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_cut_off_does_not_swallow_the_next() {
        let tenant = TenantId::new("butik").unwrap();
        let path = std::env::temp_dir().join(format!("destek-torn-{}.jsonl", std::process::id()));
        let notifier = FileNotifier::append(tenant.clone(), &path).unwrap();
        {
            // As after a full disk: half of a line was written, and its delivery failed.
            let mut place = notifier.place.lock().unwrap();
            place.file.write_all(b"{\"key\":\"ticket/tk").unwrap();
            place.torn = true;
        }
        for index in [0, 1] {
            notifier.write(&tenant, &envelope(index)).unwrap();
        }
        let lines = read_lines(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(lines.iter().map(|line| line.key.index).collect::<Vec<_>>(), [0, 1]);
    }
    use crate::channel::{Channel, ChannelKind};
    use crate::desk::{Outgoing, Told};
    use crate::id::{CustomerId, TicketId};
    use crate::record::{RecordKey, Version};

    fn envelope(index: u32) -> Envelope {
        let ticket = TicketId::from_u128(7);
        let effect = Effect::Tell {
            ticket,
            number: 42,
            to: CustomerId::new("1017").unwrap(),
            channel: Channel::of(ChannelKind::Email),
            language: Language::Turkish,
            what: Told::Received,
        };
        let key = EffectKey::new(RecordKey::Ticket(ticket), Version::FIRST, index);
        Envelope::new(Outgoing { key, lane: Lane::Customer, effect }, None, 1, 1)
    }

    struct Place(std::path::PathBuf);

    impl Place {
        fn new(name: &str) -> Self {
            let place = std::env::temp_dir().join(format!("destek-{}-{name}.jsonl", std::process::id()));
            let _ = std::fs::remove_file(&place);
            Self(place)
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    #[test]
    fn lines_survive_repeats_and_a_cut() {
        let place = Place::new("cut");
        let tenant = TenantId::new("butik").unwrap();
        let notifier = FileNotifier::append(tenant.clone(), &place.0).unwrap();
        for index in [0, 1, 1] {
            assert_eq!(notifier.write(&tenant, &envelope(index)).unwrap(), Delivery::Done);
        }
        drop(notifier);
        let mut file = OpenOptions::new().append(true).open(&place.0).unwrap();
        file.write_all(br#"{"key":"ticket/tkt_"#).unwrap();
        drop(file);
        let notifier = FileNotifier::append(tenant.clone(), &place.0).unwrap();
        notifier.write(&tenant, &envelope(2)).unwrap();
        let lines = read_lines(&place.0).unwrap();
        let keys: Vec<u32> = lines.iter().map(|line| line.key.index).collect();
        assert_eq!(keys, [0, 1, 2]);
        assert_eq!(lines[0].effect, envelope(0).outgoing.effect);
        assert!(lines[0].text.as_deref().unwrap().contains("Talep numaranız: 42"));
    }

    #[test]
    fn a_file_is_of_one_tenant() {
        let place = Place::new("tenant");
        let notifier = FileNotifier::append(TenantId::new("butik").unwrap(), &place.0).unwrap();
        let other = TenantId::new("market").unwrap();
        assert!(matches!(notifier.write(&other, &envelope(0)), Err(FileNotifierError::Tenant(_))));
        assert!(read_lines(&place.0).unwrap().is_empty());
    }
}
