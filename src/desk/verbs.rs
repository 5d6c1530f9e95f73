//! A command on an existing ticket: gate, time, verb.

use super::draft::Draft;
use super::gate;
use super::rejection::Rejection;
use crate::actor::{Actor, Right, RightSet};
use crate::content::Sealer;
use crate::id::Name;
use crate::priority::{Priority, PrioritySource};
use crate::record::RecordKey;
use crate::ticket::verb::Context;
use crate::ticket::{
    self, Event, Prioritize, Refusal, Ticket, assign, describe, grant, hold, merge, remind, reply, resolve, side,
};
use crate::time::Timestamp;

impl Draft<'_> {
    /// Carries out a verb on a ticket that exists; time has been settled and the gate passed.
    pub(super) fn verb(
        &mut self,
        key: &RecordKey,
        command: &ticket::Command,
        rights: RightSet,
    ) -> Result<(), Rejection> {
        if let ticket::Command::AskApproval(_)
        | ticket::Command::Approve(_)
        | ticket::Command::Decline(_)
        | ticket::Command::WithdrawApproval(_) = command
        {
            return self.on_approval(key, command, rights);
        }
        let events = self.sealing(key, |draft, sealer| draft.verb_events(key, command, rights, sealer));
        self.emit_verb(key, events?);
        Ok(())
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each verb")]
    fn verb_events(
        &mut self,
        key: &RecordKey,
        command: &ticket::Command,
        rights: RightSet,
        sealer: &mut Sealer,
    ) -> Result<Vec<Event>, Rejection> {
        let (actor, workflow) = (&self.request.actor, self.policy.workflow());
        let mut cx = Context { actor, rights, workflow, now: self.occurred, sealer };
        let ticket = self.existing(key)?;
        // A conversation with a third party goes on where it was begun.
        if !matches!(
            command,
            ticket::Command::SideReply(_) | ticket::Command::ReceiveSide(_) | ticket::Command::CloseSide(_)
        ) {
            merge::check_unmerged(ticket)?;
        }
        Ok(match command {
            // These are decided elsewhere: they make a ticket, concern two, or wait for somebody's word.
            ticket::Command::Open(_)
            | ticket::Command::Receive(_)
            | ticket::Command::Merge(_)
            | ticket::Command::Unmerge(_)
            | ticket::Command::Split(_)
            | ticket::Command::AskApproval(_)
            | ticket::Command::Approve(_)
            | ticket::Command::Decline(_)
            | ticket::Command::WithdrawApproval(_)
            | ticket::Command::Link(_)
            | ticket::Command::Unlink(_) => Vec::new(),
            ticket::Command::Reply(command) => reply::reply(ticket, command, &mut cx)?,
            ticket::Command::Note(command) => reply::note(command, &mut cx)?,
            ticket::Command::Take(_) => assign::take(ticket, &cx)?,
            ticket::Command::Assign(command) => {
                let agent = RecordKey::Agent(command.agent.clone());
                if self.loaded(&agent)?.is_none() {
                    return Err(Refusal::UnknownAgent(command.agent.clone()).into());
                }
                let events = assign::assign(ticket, &command.agent)?;
                self.rely(&agent);
                events
            }
            ticket::Command::Unassign(_) => assign::unassign(ticket)?,
            ticket::Command::Transfer(command) => {
                if self.policy.queue(&command.queue).is_none() {
                    return Err(Refusal::UnknownQueue(command.queue.clone()).into());
                }
                assign::transfer(ticket, &command.queue, self.rank(ticket, self.now_on(key)))?
            }
            ticket::Command::Hold(command) => {
                let until = self.instant(("until", command.until), command.after, command.calendar.as_ref())?;
                hold::hold(ticket, command, until, &mut cx)?
            }
            ticket::Command::Remind(command) => vec![self.reminder(key, command, &mut cx)?],
            ticket::Command::Dismiss(command) => vec![remind::dismiss(ticket, command, &cx)?],
            ticket::Command::Resume(command) => hold::resume(ticket, command, &cx)?,
            ticket::Command::Resolve(command) => {
                resolve::resolve(ticket, command, self.silent_until(self.occurred), &cx)?
            }
            ticket::Command::Confirm(_) => resolve::confirm(ticket, &cx)?,
            ticket::Command::Refuse(command) => resolve::refuse(ticket, command, &mut cx)?,
            ticket::Command::Reopen(command) => resolve::reopen(ticket, command, &cx)?,
            ticket::Command::Close(command) => resolve::close(ticket, command, &cx)?,
            ticket::Command::MarkSpam(_) => resolve::mark_spam(ticket, &cx)?,
            ticket::Command::Restore(_) => resolve::restore(ticket, &cx)?,
            ticket::Command::Prioritize(command) => self.prioritize(key, ticket, command)?,
            ticket::Command::Classify(command) => {
                let kind = lookup(command.kind.as_ref(), |name| self.policy.kind(name), Refusal::UnknownKind)?;
                let stage = lookup(command.stage.as_ref(), |name| self.policy.stage(name), Refusal::UnknownStage)?;
                describe::classify(ticket, kind, stage, command.language)?
            }
            ticket::Command::Tag(command) => describe::tag(ticket, command)?,
            ticket::Command::SetField(command) => {
                describe::set_field(ticket, command, self.policy.field(&command.field), &mut cx)?
            }
            ticket::Command::LinkOrder(command) => describe::link_order(ticket, command)?,
            ticket::Command::SetParticipant(command) => describe::set_participant(ticket, command)?,
            ticket::Command::Follow(command) => match actor {
                Actor::Agent(agent) => describe::follow(ticket, agent, command.follows)?,
                _ => return Err(gate::forbidden(actor, "follow")),
            },
            ticket::Command::AddTask(_)
            | ticket::Command::CompleteTask(_)
            | ticket::Command::ReopenTask(_)
            | ticket::Command::DropTask(_)
            | ticket::Command::ApplyChecklist(_)
            | ticket::Command::LogTime(_)
            | ticket::Command::CorrectTime(_) => vec![self.task_event(key, command, &mut cx)?],
            // To let it wait is to hold it.
            ticket::Command::StartSide(command) if command.holding && !rights.has(Right::Hold) => {
                return Err(gate::forbidden(actor, Right::Hold.as_str()));
            }
            ticket::Command::StartSide(command) => side::start(ticket, command, &mut cx)?,
            ticket::Command::SideReply(command) => vec![side::write(ticket, command, &mut cx)?],
            ticket::Command::ReceiveSide(command) => side::receive(ticket, command, &mut cx)?,
            ticket::Command::CloseSide(command) => vec![side::close(ticket, command)?],
            ticket::Command::Grant(command) => {
                let agent = self.acting_agent()?;
                let limits = agent.map(|agent| gate::authority(agent, &command.grant, ticket, self.policy));
                grant::grant(ticket, command, &limits.unwrap_or_default(), &mut cx)?
            }
        })
    }

    /// When silence will close a ticket that is resolved at `from`.
    pub(super) fn silent_until(&self, from: Timestamp) -> Option<Timestamp> {
        let silence = self.policy.silence()?;
        let calendar = self.policy.calendars().calendar(silence.calendar.as_ref())?;
        calendar.add(from, silence.after.span()).due()
    }

    fn prioritize(&self, key: &RecordKey, ticket: &Ticket, command: &Prioritize) -> Result<Vec<Event>, Rejection> {
        let urgency = command.urgency.unwrap_or(ticket.urgency());
        let impact = command.impact.unwrap_or(ticket.impact());
        if let Some(name) = &command.priority {
            let level = self.policy.scale().level(name).ok_or_else(|| Refusal::UnknownPriority(name.clone()))?;
            let source = match &self.request.actor {
                Actor::Agent(agent) => PrioritySource::Person { agent: agent.clone() },
                // The host and an import judge; only a person's choice is kept against the rules.
                _ => PrioritySource::Matrix { urgency, impact, tier: None },
            };
            let mut events = describe::prioritize(ticket, Priority::new(name.clone(), level, source))?;
            events.extend(describe::rate(ticket, urgency, impact));
            return Ok(events);
        }
        if command.urgency.is_none() && command.impact.is_none() {
            return Err(Refusal::NothingAsked { verb: Name::fixed("prioritize") }.into());
        }
        // Judging anew hands the priority back to the matrix.
        Ok(describe::prioritize(ticket, self.rated(key, urgency, impact))?)
    }
}

fn lookup<T>(
    name: Option<&Name>,
    find: impl Fn(&Name) -> Option<T>,
    unknown: impl Fn(Name) -> Refusal,
) -> Result<Option<T>, Refusal> {
    name.map(|name| find(name).ok_or_else(|| unknown(name.clone()))).transpose()
}
