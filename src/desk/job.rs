//! Jobs: started, called off, and one item at a time (law 23). An item is a decision of its own, made for the asker,
//! and written together with the job's progress.

use super::decision::{Decision, Document, Step};
use super::draft::Draft;
use super::event::{Antecedent, Event, EventKey, Origin};
use super::facts::{Facts, Needs};
use super::gate::may_see_job;
use super::missing::Missing;
use super::needs::needs;
use super::rejection::Rejection;
use super::request::{Command, Request};
use crate::id::{JobId, Name};
use crate::job::{self, CancelJob, Item, Job, Page, StartJob, Verdict};
use crate::policy::Policy;
use crate::record::RecordKey;

/// The code of an item whose text was erased before it was its turn.
const ERASED: &str = "erased";

impl Draft<'_> {
    /// Starts a job; its first item is due at once.
    pub(super) fn start_job(&mut self, start: &StartJob) -> Result<(), Rejection> {
        if self.is_dated() {
            let why = "a job works now; import the past ticket by ticket".to_owned();
            return Err(Rejection::Invalid { field: Name::fixed("occurred"), why });
        }
        let key = RecordKey::Job(start.job);
        if self.loaded(&key)?.is_some() {
            return Err(job::Refusal::JobExists(start.job).into());
        }
        let (event, sheets) = job::start(start, &self.request.actor, &mut self.sealer)?;
        self.rely_on_actor();
        let (by, occurred) = (self.origin(), self.occurred);
        self.emit(&key, Event::Job(event), by, None, occurred);
        self.documents.extend(sheets.into_iter().map(|(digest, text)| Document { digest, text }));
        self.set_wake(key, Some(self.now), 0);
        Ok(())
    }

    /// Calls a job off.
    pub(super) fn cancel_job(&mut self, cancel: &CancelJob) -> Result<(), Rejection> {
        let key = RecordKey::Job(cancel.job);
        let found = self.facts.record(&key);
        let job = found.and_then(|loaded| loaded.state.job()).ok_or_else(|| Rejection::NotFound(key.clone()))?;
        if !may_see_job(&self.request.actor, self.acting_agent()?, job, self.policy) {
            return Err(Rejection::NotFound(key));
        }
        let seen = self.loaded(&key)?.map_or(0, |loaded| loaded.stamp);
        let event = job::cancel(job)?;
        self.rely_on_actor();
        let (by, occurred) = (self.origin(), self.occurred);
        self.emit(&key, Event::Job(event), by, None, occurred);
        self.set_wake(key, None, seen);
        Ok(())
    }

    pub(super) fn rely_on_actor(&mut self) {
        if let Some(agent) = self.request.actor.agent() {
            self.rely(&RecordKey::Agent(agent.clone()));
        }
    }
}

/// Does the item at a job's cursor, or nothing where the job has ended.
pub(super) fn advance(
    mut draft: Draft<'_>,
    id: JobId,
    carry_out: impl Fn(&Request, Antecedent) -> Result<Step, Rejection>,
) -> Result<Step, Rejection> {
    draft.admit_other(&draft.request.command, None)?;
    let key = RecordKey::Job(id);
    let loaded = draft.loaded(&key)?.ok_or_else(|| Rejection::NotFound(key.clone()))?;
    let job = loaded.state.job().ok_or_else(|| Rejection::NotFound(key.clone()))?;
    let Some(mut item) = Item::at_hand(job) else {
        draft.rely(&key);
        draft.set_wake(key, None, loaded.stamp);
        return Ok(Step::Done(Box::new(draft.close()?)));
    };
    let (facts, policy, request) = (draft.facts, draft.policy, draft.request);
    let mut asked = ask(&item, job, request);
    let wanted = wanted(policy, job, &asked);
    if !facts.cover(&wanted) {
        return Ok(Step::More(wanted));
    }
    let page =
        job.page_behind().map(|digest| read(facts, digest).ok_or(Rejection::NotGathered(Missing::Document(digest))));
    let page = page.transpose()?;
    let event = Antecedent::There(EventKey::new(key.clone(), draft.version(&key), 0));
    let (verdict, decision) = if say(&mut item, job, facts) {
        asked.command = Command::Ticket(item.command.clone());
        match carry_out(&asked, event) {
            Ok(Step::Done(decision)) => (Verdict::Done, Some(decision)),
            Ok(more) => return Ok(more),
            Err(rejection) => (refused(rejection, job)?, None),
        }
    } else {
        (Verdict::Refused { code: Name::fixed(ERASED) }, None)
    };
    if decision.is_none() {
        // A refusal holds as long as what it was found on.
        draft.rely(&RecordKey::Ticket(item.ticket));
        job.asker().agent().into_iter().for_each(|agent| draft.rely(&RecordKey::Agent(agent.clone())));
    }
    let now = draft.now_on(&key);
    for event in job::step(job, &item, verdict, page) {
        draft.emit(&key, Event::Job(event), Origin::Timer, None, now);
    }
    let left = draft.state(&key).and_then(super::event::State::job).is_some_and(|job| job.ticket_at_hand().is_some());
    let again = left.then_some(draft.now);
    draft.set_wake(key, again, loaded.stamp);
    let mut whole = draft.close()?;
    if let Some(decision) = decision {
        whole.join(*decision);
    }
    Ok(Step::Done(Box::new(whole)))
}

/// The request that an item is: the asker's, now. It is written with the wake-up's receipt, so under its id; and as the
/// job's own events hold no text, the seed is the item's alone.
fn ask(item: &Item, job: &Job, wake: &Request) -> Request {
    Request::new(wake.id, job.asker().clone(), wake.seed, item.command.clone())
}

/// Everything that the item is decided on: what its command wants alone, its text, and the next page at a page's end.
fn wanted(policy: &Policy, job: &Job, asked: &Request) -> Needs {
    let mut wanted = needs(policy, asked);
    wanted.request = None;
    wanted.contents.extend(job.text().map(|text| text.id));
    wanted.documents.extend(job.page_behind());
    wanted
}

fn read(facts: &Facts, page: crate::policy::Digest) -> Option<Page> {
    serde_json::from_str(facts.documents.get(&page)?.as_deref()?).ok()
}

/// Gives the item its text, if it has one; whether that is still there.
fn say(item: &mut Item, job: &Job, facts: &Facts) -> bool {
    let Some(reference) = job.text() else { return true };
    let content = facts.contents.get(&reference.id).and_then(Option::as_ref);
    let content = content.filter(|content| content.is_committed_by(reference));
    content.is_some_and(|content| {
        item.say(&content.text);
        true
    })
}

/// What a rejection of the item means for it. What is no matter of the item is one of the whole wake-up.
fn refused(rejection: Rejection, job: &Job) -> Result<Verdict, Rejection> {
    let whole = match &rejection {
        Rejection::StalePolicy { .. } | Rejection::NotGathered(_) => true,
        // The asker's own record: after the upgrade the asker may well be allowed.
        Rejection::Newer(RecordKey::Agent(agent)) => Some(agent) == job.asker().agent(),
        Rejection::Newer(key) => *key == RecordKey::Policy,
        _ => false,
    };
    if whole { Err(rejection) } else { Ok(Verdict::Refused { code: Name::fixed(rejection.code()) }) }
}

impl Decision {
    /// Takes in what is decided in the same step on other records.
    fn join(&mut self, other: Self) {
        self.changes.extend(other.changes);
        self.changes.sort_by(|one, other| one.record.cmp(&other.record));
        self.wakes.extend(other.wakes);
        self.contents.extend(other.contents);
        self.outbox.extend(other.outbox);
        self.loads.extend(other.loads);
        self.guards.extend(other.guards);
        self.guards.sort_unstable();
        self.guards.dedup();
        self.documents.extend(other.documents);
        self.ticket = other.ticket;
        self.trace.steps.extend(other.trace.steps);
    }
}
