//! What happens between a request and its decision, with the waiting left out: the same for both shells.

use crate::desk::{Decision, Desk, Facts, Missing, Needs, Receipt, Rejection, Request, Step, Trace};
use crate::limits::NEEDS_ROUNDS_MAX;
use crate::record::RecordKey;
use crate::small::SmallSet;
use crate::time::Timestamp;

/// What decides: the desk, or a stand-in in a test.
pub(crate) trait Decide: Sync {
    fn needs(&self, request: &Request) -> Needs;
    fn decide(&self, request: &Request, facts: &Facts, now: Timestamp) -> Result<Step, Rejection>;
    /// Whether it may decide anything at all for the tenant whose policy record is given.
    fn check_in_force(&self, facts: &Facts) -> Result<(), Rejection>;
}

/// What [`Decide::check_in_force`] wants to see.
pub(crate) fn policy_needs() -> Needs {
    let mut needs = Needs::default();
    needs.record(RecordKey::Policy);
    needs
}

impl Decide for Desk {
    fn needs(&self, request: &Request) -> Needs {
        Self::needs(self, request)
    }
    fn decide(&self, request: &Request, facts: &Facts, now: Timestamp) -> Result<Step, Rejection> {
        Self::decide(self, request, facts, now)
    }
    fn check_in_force(&self, facts: &Facts) -> Result<(), Rejection> {
        Self::check_in_force(self, facts)
    }
}

/// What is to be done next.
#[derive(Debug)]
pub(crate) enum Next {
    /// Gather this, and come back.
    Gather(Needs),
    /// Nothing more has to be known.
    End(Outcome),
}

/// How the rounds end.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The request was carried out before.
    Answered(Receipt),
    /// It is decided.
    Decided(Box<Decision>),
}

impl Outcome {
    /// The decision; an empty one where nothing more would change.
    pub(crate) fn into_decision(self) -> Decision {
        match self {
            Self::Decided(decision) => *decision,
            Self::Answered(receipt) => Decision {
                changes: Vec::new(),
                wakes: Vec::new(),
                contents: Vec::new(),
                outbox: Vec::new(),
                loads: Vec::new(),
                guards: Vec::new(),
                documents: Vec::new(),
                ticket: receipt.ticket,
                trace: Trace::default(),
            },
        }
    }
}

/// The rounds of gathering for one request.
pub(crate) struct Rounds<'a, D> {
    desk: &'a D,
    request: &'a Request,
    now: Timestamp,
    /// What was asked for so far; none before the second round, which few requests have.
    asked: Option<Needs>,
    facts: Facts,
    left: usize,
}

impl<'a, D: Decide> Rounds<'a, D> {
    /// Begins; the needs are to be gathered first.
    pub(crate) fn begin(desk: &'a D, request: &'a Request, now: Timestamp) -> (Self, Needs) {
        let mut needs = desk.needs(request);
        needs.request = Some(request.id);
        let rounds = Self { desk, request, now, asked: None, facts: Facts::default(), left: NEEDS_ROUNDS_MAX };
        (rounds, needs)
    }

    /// Takes in what was found.
    ///
    /// # Errors
    /// When the domain refuses the request, its id was used for another one, or the rounds are used up.
    pub(crate) fn found(&mut self, found: Facts) -> Result<Next, Rejection> {
        self.left = self.left.saturating_sub(1);
        match self.asked {
            None => self.facts = found,
            Some(_) => self.facts.extend(found),
        }
        if let Some(answered) = self.facts.answered.take() {
            if !self.request.is_answered_by(&answered) {
                return Err(Rejection::RequestReused(self.request.id));
            }
            return Ok(Next::End(Outcome::Answered(answered.receipt.again())));
        }
        match self.desk.decide(self.request, &self.facts, self.now)? {
            Step::Done(decision) => Ok(Next::End(Outcome::Decided(decision))),
            Step::More(needs) if self.left == 0 => Err(Rejection::NotGathered(self.missing(&needs))),
            Step::More(needs) => Ok(Next::Gather(self.grow(needs))),
        }
    }

    /// What has not been asked for yet; what was found once is not looked for again, its guard is enough.
    fn grow(&mut self, mut needs: Needs) -> Needs {
        let asked = self.asked.get_or_insert_with(|| self.desk.needs(self.request));
        needs.records = difference(&needs.records, &asked.records);
        needs.paths = difference(&needs.paths, &asked.paths);
        needs.reach = difference(&needs.reach, &asked.reach);
        needs.history = difference(&needs.history, &asked.history);
        needs.documents = difference(&needs.documents, &asked.documents);
        needs.contents = difference(&needs.contents, &asked.contents);
        asked.records.extend(needs.records.iter().cloned());
        asked.paths.extend(needs.paths.iter().cloned());
        asked.reach.extend(needs.reach.iter().cloned());
        asked.history.extend(needs.history.iter().cloned());
        asked.documents.extend(needs.documents.iter().copied());
        asked.contents.extend(needs.contents.iter().copied());
        if needs.queue == asked.queue {
            needs.queue = None;
        } else {
            asked.queue.clone_from(&needs.queue);
        }
        needs.number &= self.facts.number.is_none();
        needs.request = None;
        needs
    }

    /// The first that is still missing, to be named in the error.
    fn missing(&self, needs: &Needs) -> Missing {
        let facts = &self.facts;
        let (records, froms) = (needs.records.iter(), needs.paths.iter().map(|path| &path.from));
        let record = records.chain(froms).find(|key| !facts.knows(key));
        let log = needs.history.iter().find(|key| !facts.history.contains_key(key));
        let document = needs.documents.iter().find(|digest| !facts.documents.contains_key(digest));
        let text = needs.contents.iter().find(|id| !facts.contents.contains_key(id));
        let queue = needs.queue.as_ref().filter(|_| facts.queue.is_none());
        let reach = needs.reach.iter().find(|reach| !facts.cover_reach(reach)).map(|reach| &reach.from);
        let path = || needs.paths.iter().find(|path| !facts.cover_path(&path.from, &path.along)).map(|path| &path.from);
        let one = record.cloned().map(Missing::Record).or_else(|| log.cloned().map(Missing::Log));
        let one = one.or_else(|| document.copied().map(Missing::Document)).or_else(|| text.copied().map(Missing::Text));
        let one = one.or_else(|| queue.map(|need| Missing::Queue(need.queue.clone())));
        let one = one.or_else(|| reach.or_else(path).cloned().map(Missing::Reach));
        let one = one.or_else(|| (needs.number && facts.number.is_none()).then_some(Missing::Number));
        // A desk that asks for what it has been given is not the store's fault, but has to be told of, too.
        let any = || needs.records.iter().next().cloned().unwrap_or(RecordKey::Policy);
        one.unwrap_or_else(|| Missing::Record(any()))
    }
}

fn difference<T: Ord + Clone>(wanted: &SmallSet<T>, asked: &SmallSet<T>) -> SmallSet<T> {
    wanted.iter().filter(|item| !asked.contains(item)).cloned().collect()
}
