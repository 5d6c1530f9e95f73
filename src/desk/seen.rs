//! A command that was made on what somebody saw of a ticket, and what has changed since.

use super::draft::Draft;
use super::event::{Event, Origin, Recorded, State, apply};
use super::facts::Needs;
use super::gate::right_on;
use super::outdated::{Outdated, PartConflict};
use super::rejection::Rejection;
use crate::actor::Actor;
use crate::id::Name;
use crate::record::{RecordKey, Version};
use crate::ticket::part::{Touch, said, touches};
use crate::ticket::{self, Part, PartValue};
use crate::time::Timestamp;

/// What has become of a part since it was seen.
struct Watched {
    touch: Touch,
    was: PartValue,
    last: PartValue,
    /// The last change by somebody else.
    change: Option<(Origin, Timestamp, Version)>,
    message: Option<crate::id::MessageId>,
    times: u32,
}

impl Draft<'_> {
    /// Whether the command may be carried out on what its asker saw: it may, unless somebody else has changed since
    /// what it touches. More must be known where the ticket has changed at all.
    ///
    /// Whoever may not do it, or may not see the ticket, is told that and learns of no conflict.
    pub(super) fn check_seen(&mut self, command: &ticket::Command) -> Result<Option<Needs>, Rejection> {
        let Some(seen) = self.request.seen else { return Ok(None) };
        if matches!(command, ticket::Command::Open(_) | ticket::Command::Receive(_)) {
            return Err(unseen("the command names no ticket that is there"));
        }
        let key = &RecordKey::Ticket(command.ticket());
        self.hide_sealed(key)?;
        let right = right_on(command, self.existing(key)?, &self.request.actor);
        self.admit(key, right)?;
        if matches!(self.request.actor, Actor::Customer { .. }) {
            return Err(unseen("customers ask without it"));
        }
        let Some(current) = self.facts.record(key).map(|loaded| loaded.version) else { return Ok(None) };
        if seen > current {
            return Err(unseen(&format!("the ticket has reached version {current} only; send the one that was shown")));
        }
        let touches = touches(command, &self.request.actor);
        if seen == current || touches.is_empty() {
            return Ok(None);
        }
        if !self.facts.history.contains_key(key) {
            let mut needs = self.more();
            needs.history.insert(key.clone());
            return Ok(Some(needs));
        }
        let conflicts = conflicts(key, self.history(key)?, (seen, &self.request.actor), touches);
        let Some(ticket) = key.ticket().filter(|_| !conflicts.is_empty()) else { return Ok(None) };
        let only_said = conflicts.iter().all(|conflict| conflict.part.is_said());
        let outdated = Box::new(Outdated { ticket, seen, current, conflicts });
        Err(if only_said { Rejection::Overtaken(outdated) } else { Rejection::Outdated(outdated) })
    }
}

/// A refusal of a `seen` that makes no sense.
pub(super) fn unseen(why: &str) -> Rejection {
    Rejection::Invalid { field: Name::fixed("seen"), why: why.to_owned() }
}

/// What others have changed of the touched parts since a version, as far as it is not what is wanted anyway.
fn conflicts(
    key: &RecordKey,
    log: &[Recorded],
    (seen, asker): (Version, &Actor),
    touches: Vec<Touch>,
) -> Vec<PartConflict> {
    let (before, since) = log.split_at(log.partition_point(|recorded| recorded.version <= seen));
    let mut state = None;
    for recorded in before {
        apply(key, &mut state, &recorded.event, recorded.occurred);
    }
    let watch = |touch: Touch| {
        let was = holds(&touch.part, state.as_ref());
        Watched { touch, last: was.clone(), was, change: None, message: None, times: 0 }
    };
    let mut watched: Vec<Watched> = touches.into_iter().map(watch).collect();
    for recorded in since {
        apply(key, &mut state, &recorded.event, recorded.occurred);
        let own = matches!(&recorded.cause.by, Origin::Actor(actor) if actor == asker);
        for part in &mut watched {
            part.see(recorded, state.as_ref(), own);
        }
    }
    watched.into_iter().filter_map(Watched::conflict).collect()
}

fn holds(part: &Part, state: Option<&State>) -> PartValue {
    state.and_then(State::ticket).map_or(PartValue::Nothing, |ticket| part.of(ticket))
}

impl Watched {
    /// Looks at the part after one more event.
    fn see(&mut self, recorded: &Recorded, state: Option<&State>, own: bool) {
        let now = holds(&self.touch.part, state);
        let mut changed = std::mem::replace(&mut self.last, now) != self.last;
        if let Event::Ticket(event) = &recorded.event
            && let (true, message) = said(event, &self.touch.part)
            && !own
        {
            (changed, self.message) = (true, message);
            self.times = self.times.saturating_add(1);
        }
        if changed && !own {
            self.change = Some((recorded.cause.by.clone(), recorded.occurred, recorded.version));
        }
    }

    fn conflict(self) -> Option<PartConflict> {
        let (by, at, version) = self.change?;
        let Touch { part, wanted } = self.touch;
        if wanted.as_ref().is_some_and(|wanted| wanted.is_there(&self.last)) {
            return None;
        }
        let now = if part.is_said() { PartValue::Said { last: self.message, times: self.times } } else { self.last };
        Some(PartConflict { part, wanted, was: self.was, now, by, at, version })
    }
}
