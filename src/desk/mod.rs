//! The engine: one entrance for everything that can change.
//!
//! A [`Request`] says who wants what. [`Desk::needs`] names what must be known to decide it ([`Needs`]), a store finds
//! it ([`Facts`]), and [`Desk::decide`] answers with a [`Decision`], asks for more, or refuses with a [`Rejection`].
//! A decision holds changes of records (events, and the state that they fold to), texts, effects, wake-ups and
//! loads, and the [`Guard`]s under which they may be written. Nothing has happened until a store writes it.
//!
//! Within one decision, in this order: what time has caused on the record; the gate; the verb; event rules in
//! rounds, each on a frozen picture; the promises, chosen on the merged result; the queue; the effects, which follow
//! from the events alone ([`effects`]).
//!
//! Hosts call [`crate::run`], which does this. Nothing prevents doing it by hand:
//!
//! ```
//! use destek::actor::Actor;
//! use destek::content::Seed;
//! use destek::desk::{Command, Desk, Facts, Request, Step};
//! use destek::id::RequestId;
//! use destek::policy;
//! use destek::record::RecordKey;
//!
//! let desk = Desk::new(policy::sample().compile()?);
//! let request = Request::new(RequestId::from_u128(1), Actor::Host, Seed::new([7; 32]), Command::Activate);
//! assert!(desk.needs(&request).records.contains(&RecordKey::Policy));
//!
//! let mut facts = Facts::default();
//! facts.records.insert(RecordKey::Policy, None); // looked for, and not there
//! let Step::Done(decision) = desk.decide(&request, &facts, "2026-11-27T10:00:00Z".parse()?)? else {
//!     panic!("everything is known")
//! };
//! assert_eq!(decision.events().map(|recorded| recorded.event.kind()).collect::<Vec<_>>(), ["activated"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod approval;
mod cascade;
mod clock;
mod decision;
mod draft;
mod drain;
mod effect;
mod effects;
mod event;
mod facts;
mod gate;
mod job;
mod link;
mod merge;
mod missing;
mod needs;
mod nudge;
mod outdated;
mod place;
mod receipt;
mod receive;
mod records;
mod rejection;
mod remind;
mod request;
mod requester;
mod schedule;
mod scope;
mod seen;
mod settle;
mod side;
mod task;
mod trace;
mod verbs;
mod views;
mod watch;
mod writing;

pub use decision::{Basis, Change, Changes, Decision, Document, Guard, Load, Outgoing, Step, Wake};
pub use effect::{Effect, EffectKey, Lane, Noticed, Recipient, Told};
pub use effects::effects;
pub use event::{Antecedent, Cause, Event, EventKey, FOLD, Folded, Origin, Recorded, SCHEMA, State, apply, fold};
pub use facts::{Facts, Loaded, Member, Needs, Path, QueueFacts, QueueNeed, Reach, Relation};
pub(crate) use gate::{forbidden, may_apart, may_see_job, rights};
pub(crate) use merge::lines;
pub use missing::Missing;
pub use outdated::{Outdated, PartConflict};
pub use receipt::Receipt;
pub use rejection::Rejection;
pub use request::{Answered, Command, Fingerprint, Request};
pub use trace::{JoinReason, Trace, TraceStep};

use crate::draft::{DiscardDraft, SaveDraft};
use crate::limits;
use crate::policy::Policy;
use crate::record::RecordKey;
use crate::ticket::open::Opening;
use crate::time::Timestamp;

use cascade::Texts;
use draft::Draft;
use event::State as AnyState;
use receive::Begun;

/// The help desk of one policy: pure, synchronous, total, deterministic.
///
/// It holds no tickets. Facts come in, a [`Decision`] comes out, and nothing has happened until a store writes it.
#[derive(Debug, Clone)]
pub struct Desk {
    policy: Policy,
}

impl Desk {
    /// A desk that decides with this policy.
    #[must_use]
    pub const fn new(policy: Policy) -> Self {
        Self { policy }
    }

    /// The policy it decides with.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What [`Self::decide`] will want to see of this request.
    ///
    /// ```
    /// use destek::actor::Actor;
    /// use destek::content::Seed;
    /// use destek::id::{AgentId, RequestId, TicketId};
    /// use destek::record::RecordKey;
    /// use destek::ticket::Take;
    /// use destek::{Desk, Request, policy};
    ///
    /// let desk = Desk::new(policy::sample().compile()?);
    /// let (ayse, ticket) = (AgentId::new("ayşe")?, TicketId::from_u128(9));
    /// let actor = Actor::Agent(ayse.clone());
    /// let request = Request::new(RequestId::from_u128(1), actor, Seed::new([7; 32]), Take::new(ticket));
    ///
    /// let needs = desk.needs(&request);
    /// for key in [RecordKey::Policy, RecordKey::Agent(ayse), RecordKey::Ticket(ticket)] {
    ///     assert!(needs.records.contains(&key), "{key}");
    /// }
    /// // The ticket's customer, order and agent are not known yet: the store follows the way to them.
    /// assert!(!needs.paths.is_empty() && needs.paths.iter().all(|path| path.from == RecordKey::Ticket(ticket)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn needs(&self, request: &Request) -> Needs {
        needs::needs(&self.policy, request)
    }

    /// Whether the desk's policy is the one that the tenant works under, given the record [`RecordKey::Policy`].
    pub(crate) fn check_in_force(&self, facts: &Facts) -> Result<(), Rejection> {
        check_in_force(&self.policy, facts)
    }

    /// Decides a request on the facts, at `now`.
    ///
    /// In this order: what time has caused, the gate, the verb, the event rules in rounds, the SLA targets, the
    /// queue, the effects. The same arguments give the same answer, on every machine.
    ///
    /// By hand, where no function of [`run`](crate::run) fits:
    ///
    /// ```
    /// use destek::actor::Actor;
    /// use destek::content::Seed;
    /// use destek::desk::{Command, Step};
    /// use destek::id::{RequestId, TenantId};
    /// use destek::store::MemoryStore;
    /// use destek::store::blocking::{Sessions as _, Store as _};
    /// use destek::time::Timestamp;
    /// use destek::{Desk, Request, policy};
    ///
    /// let desk = Desk::new(policy::sample().compile()?);
    /// let (store, tenant) = (MemoryStore::new(), TenantId::new("butik")?);
    /// let now: Timestamp = "2026-11-27T10:00:00Z".parse()?;
    /// let request = Request::new(RequestId::from_u128(1), Actor::Host, Seed::new([7; 32]), Command::Activate);
    ///
    /// let mut session = store.begin(&tenant)?;
    /// let mut facts = session.gather(&desk.needs(&request))?;
    /// let decision = loop {
    ///     match desk.decide(&request, &facts, now)? {
    ///         Step::Done(decision) => break decision,
    ///         Step::More(needs) => facts.extend(session.gather(&needs)?),
    ///     }
    /// };
    /// assert_eq!(desk.decide(&request, &facts, now)?, Step::Done(decision.clone()), "the same again");
    ///
    /// session.write(&decision.into_changes(&request))?;
    /// store.commit(session)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the domain refuses the request; nothing has changed then.
    pub fn decide(&self, request: &Request, facts: &Facts, now: Timestamp) -> Result<Step, Rejection> {
        let draft = self.draft(request, facts, now)?;
        if let Command::Wake(RecordKey::Job(id)) = &request.command {
            return job::advance(draft, *id, |item, cause| {
                let mut draft = self.draft(item, facts, now)?;
                draft.root = Some(cause);
                draft.carry_out()
            });
        }
        draft.carry_out()
    }

    /// What every decision begins with.
    fn draft<'a>(&'a self, request: &'a Request, facts: &'a Facts, now: Timestamp) -> Result<Draft<'a>, Rejection> {
        let causing = causing(request);
        let mut draft = Draft::new(&self.policy, facts, request, now, &causing)?;
        draft.check_policy()?;
        draft.acting_agent()?;
        Ok(draft)
    }
}

fn check_in_force(policy: &Policy, facts: &Facts) -> Result<(), Rejection> {
    let active = match facts.record(&RecordKey::Policy).map(|loaded| &*loaded.state) {
        Some(AnyState::Policy(activation)) => Some(activation.policy),
        _ => None,
    };
    let own = policy.digest();
    if active == Some(own) { Ok(()) } else { Err(Rejection::StalePolicy { active, own }) }
}

/// The record whose version names what the decision creates.
fn causing(request: &Request) -> RecordKey {
    match &request.command {
        Command::Ticket(command) => RecordKey::Ticket(command.ticket()),
        Command::RecordCustomer(command) => RecordKey::Customer(command.customer.clone()),
        Command::RecordOrder(command) => RecordKey::Order(command.order.clone()),
        Command::RecordAgent(command) => RecordKey::Agent(command.agent.clone()),
        Command::SetPresence(command) => RecordKey::Agent(command.agent.clone()),
        Command::StartJob(command) => RecordKey::Job(command.job),
        Command::CancelJob(command) => RecordKey::Job(command.job),
        Command::Activate => RecordKey::Policy,
        Command::Wake(record) => record.clone(),
        Command::Drain(queue) => RecordKey::Queue(queue.clone()),
        Command::Ban(command) => RecordKey::Customer(command.customer.clone()),
        Command::Unban(command) => RecordKey::Customer(command.customer.clone()),
        Command::SaveView(command) => RecordKey::View(command.view),
        Command::RemoveView(command) => RecordKey::View(command.view),
        Command::SetSchedule(command) => RecordKey::Schedule(command.schedule),
        Command::RemoveSchedule(command) => RecordKey::Schedule(command.schedule),
        Command::SaveDraft(SaveDraft { ticket, .. }) | Command::DiscardDraft(DiscardDraft { ticket }) => {
            match request.actor.agent() {
                Some(agent) => RecordKey::draft(*ticket, agent.clone()),
                None => RecordKey::Ticket(*ticket),
            }
        }
    }
}

impl Draft<'_> {
    /// Decides the request that the draft was made for.
    fn carry_out(mut self) -> Result<Step, Rejection> {
        let more = match &self.request.command {
            Command::Ticket(command) => self.on_ticket(command)?,
            command => self.on_record(command)?,
        };
        Ok(match more {
            Some(more) => Step::More(more),
            None => Step::Done(Box::new(self.close()?)),
        })
    }

    /// A desk decides only under the policy that the tenant works under (law 14).
    fn check_policy(&mut self) -> Result<(), Rejection> {
        self.loaded(&RecordKey::Policy)?;
        if !matches!(self.request.command, Command::Activate) {
            check_in_force(self.policy, self.facts)?;
            self.rely(&RecordKey::Policy);
        }
        Ok(())
    }

    /// A command about a ticket that exists, or may be made.
    fn on_ticket(&mut self, command: &crate::ticket::Command) -> Result<Option<Needs>, Rejection> {
        let mut texts = Texts::of(&self.request.command);
        if let Some(more) = self.check_seen(command)? {
            return Ok(Some(more));
        }
        let begun = match command {
            crate::ticket::Command::Open(open) => self.open(&Opening::from(open))?,
            crate::ticket::Command::Receive(receive) => self.receive(receive, &texts)?,
            crate::ticket::Command::Merge(merge) => self.merge(merge)?,
            crate::ticket::Command::Unmerge(unmerge) => self.unmerge(unmerge)?,
            crate::ticket::Command::Split(split) => self.split(split)?,
            crate::ticket::Command::Link(link) => self.link(link)?,
            crate::ticket::Command::Unlink(unlink) => self.unlink(unlink)?,
            command => {
                let key = RecordKey::Ticket(command.ticket());
                self.catch_up(&key)?;
                let right = gate::right_on(command, self.existing(&key)?, &self.request.actor);
                let rights = self.admit(&key, right)?;
                self.ticket = key.ticket();
                self.settled(&key, &Texts::default());
                let from = self.count(&key);
                self.verb(&key, command, rights)?;
                if let crate::ticket::Command::ReceiveSide(receive) = command
                    && let Some(more) = self.hear_side(&key, receive, from)
                {
                    return Ok(Some(more));
                }
                if self.is_let_in(&key) {
                    if let Some(more) = self.unheard_needs(&key) {
                        return Ok(Some(more));
                    }
                    texts = self.unheard_texts(&key);
                }
                if let crate::ticket::Command::Reply(reply) = command
                    && reply.drafted
                {
                    self.send_draft(&key, reply.message)?;
                }
                match self.check_linked(&key, command, rights)? {
                    Some(more) => Begun::More(more),
                    None => Begun::On { key, from },
                }
            }
        };
        match begun {
            Begun::More(needs) => Ok(Some(needs)),
            Begun::On { key, from } => {
                // Of what is kept apart nobody is told, by rules neither.
                if !self.is_kept_apart(&key) {
                    self.after(&key, from, &texts);
                    self.warn_of_duplicate(&key);
                }
                Ok(None)
            }
        }
    }

    /// Time first, on a ticket that a command names.
    fn catch_up(&mut self, key: &RecordKey) -> Result<(), Rejection> {
        self.hide_sealed(key)?;
        self.existing(key)?;
        self.check_order(key)?;
        self.settle(key);
        Ok(())
    }

    /// A command about anything else.
    fn on_record(&mut self, command: &Command) -> Result<Option<Needs>, Rejection> {
        let target = match command {
            Command::SetPresence(set) => self.facts.agent(&set.agent),
            _ => None,
        };
        self.admit_other(command, target)?;
        if self.request.seen.is_some() && !matches!(command, Command::SaveDraft(_)) {
            return Err(seen::unseen("only a command on a ticket and a draft have it"));
        }
        match command {
            Command::RecordCustomer(record) => self.record_customer(record),
            Command::RecordOrder(record) => self.record_order(record),
            Command::RecordAgent(record) => self.record_agent(record),
            Command::SetPresence(set) => self.set_presence(set),
            Command::StartJob(start) => self.start_job(start),
            Command::CancelJob(cancel) => self.cancel_job(cancel),
            Command::Activate => self.activate(),
            Command::Drain(queue) | Command::Wake(RecordKey::Queue(queue)) => self.drain(queue),
            Command::Wake(RecordKey::Schedule(schedule)) => return self.wake_schedule(*schedule),
            Command::Wake(record) => return self.wake(record),
            Command::Ban(ban) => self.ban(ban),
            Command::Unban(unban) => self.unban(unban),
            Command::SaveView(save) => self.save_view(save),
            Command::RemoveView(remove) => self.remove_view(remove),
            Command::SaveDraft(save) => self.save_draft(save),
            Command::DiscardDraft(discard) => self.discard_draft(discard),
            Command::SetSchedule(set) => self.set_schedule(set),
            Command::RemoveSchedule(remove) => self.remove_schedule(remove),
            Command::Ticket(_) => Ok(()),
        }?;
        Ok(None)
    }

    /// What time has caused on a ticket, and what happened on those that it is linked to; idempotent (law 13).
    fn wake(&mut self, key: &RecordKey) -> Result<Option<Needs>, Rejection> {
        if let RecordKey::Unknown(_) = key {
            return Err(Rejection::Newer(key.clone()));
        }
        if key.ticket().is_none() {
            return Err(Rejection::NoTimer(key.clone()));
        }
        self.existing(key)?;
        if let Some(more) = self.last_nudge_needs(key) {
            return Ok(Some(more));
        }
        self.settle(key);
        self.ticket = key.ticket();
        if let Some(more) = self.heed(key)? {
            return Ok(Some(more));
        }
        self.after(key, 0, &Texts::default());
        self.plan_nudges(key);
        let seen = self.facts.record(key).map_or(0, |loaded| loaded.stamp);
        let next = self.next_wake(key);
        self.set_wake(key.clone(), next, seen);
        self.rely(key);
        Ok(None)
    }

    /// Rules on what time has caused, before the verb sees the ticket.
    fn settled(&mut self, key: &RecordKey, texts: &Texts) {
        if self.count(key) > 0 {
            self.cascade(key, 0, texts);
        }
    }

    /// What follows from a ticket's new events: rules, then targets, then the queue.
    ///
    /// Another target may be exceeded at the instant of its choice, and an import may write what has passed long
    /// ago: what is due by now is recorded at once, and rules see that, too.
    fn after(&mut self, key: &RecordKey, from: usize, texts: &Texts) {
        self.cascade(key, from, texts);
        self.choose_targets(key, texts);
        for _ in 0..limits::RULE_ROUNDS_MAX {
            let settled = self.count(key);
            self.settle(key);
            if self.count(key) == settled {
                break;
            }
            self.cascade(key, settled, &Texts::default());
            self.choose_targets(key, texts);
        }
        let chosen = self.count(key);
        self.enqueue(key, texts);
        if self.count(key) > chosen {
            // A promise may depend on the queue that the ticket has only just entered.
            self.choose_targets(key, texts);
        }
    }

    /// Everything that follows from the whole: customers' lists, freed agents, wake-ups, effects.
    fn close(mut self) -> Result<Decision, Rejection> {
        let tickets = self.changed_tickets();
        self.link_customers(&tickets)?;
        self.check_changed()?;
        let loads = self.loads();
        self.wake_freed(&loads);
        self.wake_left(&tickets);
        self.pass_on(&tickets);
        for key in tickets {
            self.plan_nudges(&key);
            self.rely_on_surroundings(&key);
            let seen = self.facts.record(&key).map_or(0, |loaded| loaded.stamp);
            let next = self.next_wake(&key);
            self.set_wake(key, next, seen);
        }
        self.derive_effects();
        Ok(self.finish(loads))
    }
}
