//! Stores that are broken in one way each, and the check that notices.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::convert::Infallible;

use crate::conformance::draft::{Verdict, needs};
use crate::conformance::{claims, gather, store as clauses};
use crate::content::{Content, ContentRef};
use crate::desk::{Changes, EffectKey, Facts, Guard, Needs, Recorded, Wake};
use crate::id::{RequestId, TenantId};
use crate::policy::Digest;
use crate::record::{RecordKey, Version};
use crate::store::blocking::{Log, Outbox, Sessions, Store, Timers};
use crate::store::memory::{MemorySession, MemoryStore};
use crate::store::{CommitError, Cursor, Due, Envelope, Settlement, WriteError};
use crate::time::{Span, Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Defect {
    /// Writes over whatever is there.
    LostUpdate,
    IgnoresGuards,
    /// Loses the last effect of each write.
    DropsEffect,
    ForgetsRequests,
    /// Sets a wake-up although it was brought forward meanwhile.
    LosesWakes,
    /// Claims wake-ups without a lease.
    WakesTwice,
    /// Claims effects without a lease.
    DeliversTwice,
    /// Commits what was dropped.
    CommitsOnDrop,
    /// Commits each write at once.
    CommitsEarly,
    /// Puts effects into their lane last one first.
    Overtakes,
    /// Settles effects under any claim.
    SettlesUnfenced,
    /// Postpones wake-ups under any claim.
    PostponesUnfenced,
    /// Takes what is due only after its instant.
    DueTooLate,
    /// Has one tenant.
    MixesTenants,
    /// Gives waiting tickets by id.
    ForgetsRanks,
    /// Does not see its own writes.
    BlindToItself,
    /// Begins a page of the feed one event too late.
    SkipsEvents,
    /// Numbers its units of work, not its tickets.
    RepeatsNumbers,
    /// Parks wake-ups for ever.
    ForgetsParked,
    /// Begins a history with its second event.
    CutsHistories,
    /// Follows a relation one step far.
    LooksNear,
    /// Finds no document and no text.
    HidesTexts,
}

struct Faulty {
    inner: MemoryStore,
    defect: Defect,
    /// Fences of the last claims, for the defects that do not care whose claim it is.
    wakes: RefCell<BTreeMap<RecordKey, u64>>,
    effects: RefCell<BTreeMap<EffectKey, u64>>,
    parked: RefCell<Vec<RecordKey>>,
    requests: Cell<u128>,
}

struct FaultySession<'s> {
    store: &'s Faulty,
    tenant: TenantId,
    inner: Option<MemorySession>,
    /// What a session that is blind to itself has written.
    hidden: Vec<Changes>,
}

impl Faulty {
    fn new(defect: Defect) -> Self {
        Self {
            inner: MemoryStore::new(),
            defect,
            wakes: RefCell::default(),
            effects: RefCell::default(),
            parked: RefCell::default(),
            requests: Cell::new(1 << 100),
        }
    }
}

impl Sessions for Faulty {
    type Error = Infallible;
    type Session<'s> = FaultySession<'s>;

    fn begin(&self, tenant: &TenantId) -> Result<FaultySession<'_>, Infallible> {
        let tenant = match self.defect {
            Defect::MixesTenants => TenantId::new("everybody").unwrap(),
            _ => tenant.clone(),
        };
        let inner = Some(Sessions::begin(&self.inner, &tenant)?);
        Ok(FaultySession { store: self, tenant, inner, hidden: Vec::new() })
    }

    fn commit<'s>(&'s self, mut session: FaultySession<'s>) -> Result<(), CommitError<Infallible>> {
        let hidden = std::mem::take(&mut session.hidden);
        for changes in &hidden {
            if let Err(WriteError::Conflict(conflict)) = Store::write(session.inner(), changes) {
                return Err(conflict.into());
            }
        }
        match session.inner.take() {
            Some(inner) => Sessions::commit(&self.inner, inner),
            None => Ok(()),
        }
    }
}

impl Drop for FaultySession<'_> {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.take()
            && self.store.defect == Defect::CommitsOnDrop
        {
            let _ = Sessions::commit(&self.store.inner, inner);
        }
    }
}

impl FaultySession<'_> {
    fn inner(&mut self) -> &mut MemorySession {
        self.inner.as_mut().unwrap()
    }

    fn is(&self, defect: Defect) -> bool {
        self.store.defect == defect
    }

    fn now_of(&mut self, record: &RecordKey) -> Option<crate::desk::Loaded> {
        Store::gather(self.inner(), &needs(std::slice::from_ref(record))).unwrap().record(record).cloned()
    }

    fn damaged(&mut self, changes: &Changes) -> Changes {
        let mut changes = changes.clone();
        match self.store.defect {
            Defect::LostUpdate => {
                changes.guards.retain(|guard| matches!(guard, Guard::Capacity { .. }));
                for change in &mut changes.changes {
                    change.expected = self.now_of(&change.record).map(|loaded| loaded.version);
                }
            }
            Defect::IgnoresGuards => changes.guards.clear(),
            Defect::DropsEffect => {
                changes.outbox.pop();
            }
            Defect::ForgetsRequests => {
                self.store.requests.set(self.store.requests.get() + 1);
                changes.receipt.request = RequestId::from_u128(self.store.requests.get());
            }
            Defect::LosesWakes => {
                for wake in &mut changes.wakes {
                    if let Wake::Set { record, seen, .. } = wake {
                        *seen = self.now_of(record).map_or(*seen, |loaded| loaded.stamp);
                    }
                }
            }
            Defect::Overtakes => changes.outbox.reverse(),
            Defect::ForgetsParked => {
                let parked = self.store.parked.borrow();
                changes.wakes.retain(|wake| {
                    let (Wake::Set { record, .. } | Wake::Forward { record, .. }) = wake;
                    !parked.contains(record)
                });
            }
            _ => {}
        }
        changes
    }
}

impl Store for FaultySession<'_> {
    type Error = Infallible;

    fn gather(&mut self, needs: &Needs) -> Result<Facts, Infallible> {
        let mut facts = Store::gather(self.inner(), needs)?;
        if self.is(Defect::ForgetsRanks)
            && let Some(found) = &mut facts.queue
        {
            found.heads.sort_unstable();
        }
        if self.is(Defect::RepeatsNumbers) && needs.number {
            facts.number = Some(1);
        }
        if self.is(Defect::LooksNear) && !needs.reach.is_empty() {
            facts.records = facts.records.into_iter().take(2).collect();
        }
        if self.is(Defect::CutsHistories) {
            facts.history.values_mut().for_each(|log| *log = log.iter().skip(1).cloned().collect());
        }
        if self.is(Defect::HidesTexts) {
            facts.documents.values_mut().for_each(|text| *text = None);
            facts.contents.values_mut().for_each(|content| *content = None);
        }
        Ok(facts)
    }

    fn write(&mut self, changes: &Changes) -> Result<(), WriteError<Infallible>> {
        let damaged = self.damaged(changes);
        if self.is(Defect::BlindToItself) {
            self.hidden.push(damaged);
            return Ok(());
        }
        Store::write(self.inner(), &damaged)?;
        if self.is(Defect::CommitsEarly) {
            let fresh = Sessions::begin(&self.store.inner, &self.tenant).unwrap();
            let _ = self.inner.replace(fresh).map(|written| Sessions::commit(&self.store.inner, written));
        }
        Ok(())
    }
}

impl Timers for FaultySession<'_> {
    type Error = Infallible;

    fn claim_due(&mut self, now: Timestamp, lease: Span, limit: usize) -> Result<Vec<Due>, Infallible> {
        let now = if self.is(Defect::DueTooLate) { now - Span::millis(1) } else { now };
        if self.is(Defect::WakesTwice) {
            let mut dropped = Sessions::begin(&self.store.inner, &self.tenant)?;
            return Timers::claim_due(&mut dropped, now, lease, limit);
        }
        let claimed = Timers::claim_due(self.inner(), now, lease, limit)?;
        self.store.wakes.borrow_mut().extend(claimed.iter().map(|due| (due.record.clone(), due.fence)));
        Ok(claimed)
    }

    fn postpone(&mut self, due: &Due, until: Option<Timestamp>, reason: &str) -> Result<(), Infallible> {
        let mut due = due.clone();
        if self.is(Defect::PostponesUnfenced)
            && let Some(fence) = self.store.wakes.borrow().get(&due.record)
        {
            due.fence = *fence;
        }
        if until.is_none() {
            self.store.parked.borrow_mut().push(due.record.clone());
        }
        Timers::postpone(self.inner(), &due, until, reason)
    }

    fn next_due(&mut self) -> Result<Option<Timestamp>, Infallible> {
        Timers::next_due(self.inner())
    }
}

impl Outbox for FaultySession<'_> {
    type Error = Infallible;

    fn claim(&mut self, now: Timestamp, lease: Span, limit: usize) -> Result<Vec<Envelope>, Infallible> {
        if self.is(Defect::DeliversTwice) {
            let mut dropped = Sessions::begin(&self.store.inner, &self.tenant)?;
            return Outbox::claim(&mut dropped, now, lease, limit);
        }
        let claimed = Outbox::claim(self.inner(), now, lease, limit)?;
        let fences = claimed.iter().map(|envelope| (envelope.outgoing.key.clone(), envelope.fence));
        self.store.effects.borrow_mut().extend(fences);
        Ok(claimed)
    }

    fn settle(&mut self, key: &EffectKey, fence: u64, settlement: &Settlement) -> Result<bool, Infallible> {
        let known = self.store.effects.borrow().get(key).copied();
        let fence = if self.is(Defect::SettlesUnfenced) { known.unwrap_or(fence) } else { fence };
        Outbox::settle(self.inner(), key, fence, settlement)
    }
}

impl Log for FaultySession<'_> {
    type Error = Infallible;

    fn events(
        &mut self,
        record: &RecordKey,
        after: Option<Version>,
        limit: usize,
    ) -> Result<Vec<Recorded>, Infallible> {
        Log::events(self.inner(), record, after, limit)
    }

    fn feed(&mut self, after: Cursor, limit: usize) -> Result<(Vec<Recorded>, Cursor), Infallible> {
        let skipped = u64::from(self.is(Defect::SkipsEvents) && after != Cursor::START);
        Log::feed(self.inner(), Cursor::at(after.position() + skipped), limit)
    }

    fn contents(&mut self, references: &[ContentRef]) -> Result<Vec<Content>, Infallible> {
        Log::contents(self.inner(), references)
    }

    fn document(&mut self, digest: &Digest) -> Result<Option<String>, Infallible> {
        Log::document(self.inner(), digest)
    }
}

/// The check of the clause passes on a sound store and fails on the broken one.
fn notices(defect: Defect, check: fn(&Faulty) -> Verdict, sound: fn(&MemoryStore) -> Verdict) {
    sound(&MemoryStore::new()).unwrap();
    let verdict = check(&Faulty::new(defect));
    assert!(verdict.is_err(), "nobody notices that the store {defect:?}");
}

macro_rules! defects {
    ($($test:ident: $defect:ident is noticed by $room:ident::$check:ident;)+) => {$(
        #[test]
        fn $test() {
            notices(Defect::$defect, $room::$check, $room::$check);
        }
    )+};
}

defects! {
    a_lost_update: LostUpdate is noticed by clauses::c2_a_stale_version_conflicts;
    ignored_guards: IgnoresGuards is noticed by clauses::c3_a_guard_on_a_changed_record_conflicts;
    an_ignored_capacity: IgnoresGuards is noticed by clauses::c3_a_full_agent_conflicts;
    a_dropped_effect: DropsEffect is noticed by clauses::c1_a_commit_writes_every_part;
    a_forgotten_request: ForgetsRequests is noticed by clauses::c5_a_request_is_answered_later;
    a_repeated_request: ForgetsRequests is noticed by clauses::c5_a_request_is_written_once;
    a_lost_wake: LosesWakes is noticed by clauses::c9_a_wake_brought_forward_meanwhile_is_kept;
    a_second_wake: WakesTwice is noticed by claims::t2_a_claim_is_exclusive_until_its_lease_ends;
    a_second_wake_at_once: WakesTwice is noticed by claims::t2_of_two_claims_at_once_one_holds;
    a_second_delivery: DeliversTwice is noticed by claims::o3_a_claim_is_exclusive_until_its_lease_ends;
    a_commit_on_drop: CommitsOnDrop is noticed by clauses::s1_a_dropped_unit_of_work_leaves_nothing;
    an_effect_before_the_commit: CommitsEarly is noticed by claims::o1_effects_appear_with_the_commit;
    a_torn_commit: CommitsEarly is noticed by clauses::c1_a_refused_commit_writes_no_part;
    an_overtaken_effect: Overtakes is noticed by claims::o2_a_lane_goes_in_order_and_others_go_on;
    a_settlement_under_an_older_claim: SettlesUnfenced is noticed by claims::o4_an_older_claim_settles_nothing;
    a_postponement_under_an_older_claim: PostponesUnfenced is noticed by claims::t3_postponing_needs_the_present_claim;
    an_exclusive_instant: DueTooLate is noticed by claims::t1_due_is_inclusive_ordered_and_limited;
    mixed_tenants: MixesTenants is noticed by clauses::c11_tenants_do_not_meet;
    a_forgotten_rank: ForgetsRanks is noticed by gather::c7_heads_come_by_rank_then_id;
    unseen_own_writes: BlindToItself is noticed by gather::c6_own_writes_are_seen;
    a_skipped_event: SkipsEvents is noticed by clauses::l2_a_feed_gives_each_event_once;
    a_repeated_number: RepeatsNumbers is noticed by gather::c8_numbers_are_unique_and_nobody_waits;
    a_cut_history: CutsHistories is noticed by gather::c12_a_history_is_whole_and_in_order;
    a_relation_cut_short: LooksNear is noticed by gather::c13_a_relation_is_followed_to_its_end;
    a_history_without_own_writes: BlindToItself is noticed by gather::c12_a_history_is_whole_and_in_order;
    hidden_texts: HidesTexts is noticed by gather::c14_documents_and_texts_are_found_or_known_to_be_absent;
    own_texts_unseen: BlindToItself is noticed by gather::c14_documents_and_texts_are_found_or_known_to_be_absent;
    a_wake_parked_for_ever: ForgetsParked is noticed by claims::t4_a_parked_wake_waits_to_be_set_again;
}
