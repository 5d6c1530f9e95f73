//! The calendars that clocks name.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::calendar::Calendar;
use crate::id::Name;

/// Calendars by name: what a policy declares, in the form in which clocks ask for it.
///
/// A clock whose calendar is missing here never runs out ([`super::Status::Never`]); it is not counted around
/// the clock in silence.
///
/// ```
/// use destek::calendar::Calendar;
/// use destek::id::Name;
/// use destek::sla::Calendars;
///
/// let office = Name::new("office")?;
/// let calendars: Calendars = [(office.clone(), Calendar::always())].into_iter().collect();
/// assert!(calendars.calendar(Some(&office)).is_some());
/// assert!(calendars.calendar(Some(&Name::new("ofice")?)).is_none());
/// assert!(calendars.calendar(None).is_some(), "around the clock needs no name");
/// # Ok::<(), destek::id::ParseIdError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Calendars {
    named: BTreeMap<Name, Calendar>,
    always: Calendar,
    /// Nothing but a place in memory, shared by clones of the same content, and by nothing else.
    identity: Arc<()>,
}

impl Calendars {
    /// No calendar but the one around the clock.
    #[must_use]
    pub fn new() -> Self {
        [].into_iter().collect()
    }

    /// Adds a calendar; one of the same name is replaced and returned.
    pub fn insert(&mut self, name: Name, calendar: Calendar) -> Option<Calendar> {
        self.identity = Arc::new(());
        self.named.insert(name, calendar)
    }

    /// The calendar of this name, or the one around the clock for no name.
    #[must_use]
    pub fn calendar(&self, name: Option<&Name>) -> Option<&Calendar> {
        name.map_or(Some(&self.always), |name| self.named.get(name))
    }

    /// By which a book of calendars is told from every other, even an equal one.
    pub(super) const fn identity(&self) -> &Arc<()> {
        &self.identity
    }

    pub(super) const fn around_the_clock(&self) -> &Calendar {
        &self.always
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.named.keys()
    }
}

impl Default for Calendars {
    fn default() -> Self {
        Self::new()
    }
}

impl FromIterator<(Name, Calendar)> for Calendars {
    fn from_iter<I: IntoIterator<Item = (Name, Calendar)>>(calendars: I) -> Self {
        Self { named: calendars.into_iter().collect(), always: Calendar::always(), identity: Arc::new(()) }
    }
}
