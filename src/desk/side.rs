//! What a third party says on a ticket that goes on in another one: it concerns that one as well.

use super::cascade::Texts;
use super::draft::Draft;
use super::event::{Antecedent, Event, EventKey};
use super::facts::Needs;
use super::needs::around;
use crate::id::SideId;
use crate::record::RecordKey;
use crate::ticket::{ReceiveSide, approval, side};

impl Draft<'_> {
    /// Lets the ticket in which a merged one goes on hear of an answer, which is the event at `from` of the merged one:
    /// nobody waits for it any more, and what approvers were asked is another matter now.
    ///
    /// What is told of the past changes nothing there.
    pub(super) fn hear_side(&mut self, key: &RecordKey, command: &ReceiveSide, from: usize) -> Option<Needs> {
        let holder = self.holder(command.ticket);
        if command.automatic || holder == *key || self.is_dated() {
            return None;
        }
        let mut needs = self.more();
        around(&mut needs, &holder);
        if !self.facts.cover(&needs) {
            return Some(needs);
        }
        let Event::Ticket(heard) = &self.events(key, from).first()?.event else { return None };
        let heard = heard.clone();
        self.settle(&holder);
        self.settled(&holder, &Texts::default());
        let index = u32::try_from(from).unwrap_or(u32::MAX);
        let there = Antecedent::There(EventKey::new(key.clone(), self.version(key), index));
        let from = self.count(&holder);
        for ended in self.ticket(&holder).map(|ticket| approval::voided(ticket, &heard)).unwrap_or_default() {
            self.emit_from(&holder, ended, there.clone());
        }
        self.end_party_wait(&holder, Some(command.side), there);
        self.after(&holder, from, &Texts::default());
        None
    }

    /// Ends a ticket's wait for a third party, which has answered.
    pub(super) fn end_party_wait(&mut self, key: &RecordKey, side: Option<SideId>, from: Antecedent) {
        let ends = |ticket| self.unasked(key, self.now_on(key), |cx| side::end_wait(ticket, side, cx));
        if let Some(event) = self.ticket(key).and_then(ends) {
            self.emit_from(key, event, from);
        }
    }
}
