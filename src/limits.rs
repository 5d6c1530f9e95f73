//! Every bound of the library in one place, each with its reason.
//!
//! Excess is an error that names the field, the limit and the size; nothing is cut silently.

/// Longest host-owned key, in bytes. Room for a UUID, an e-mail digest or a URN, small enough for an index.
pub const KEY_BYTES_MAX: usize = 128;
/// Longest name of a status, queue, tag, rule and the like, in bytes.
pub const NAME_BYTES_MAX: usize = 64;
/// Longest URL of a webhook's endpoint, in bytes: what servers commonly take.
pub const URL_BYTES_MAX: usize = 2_048;
/// Most secrets of a webhook's endpoint: the old, the new, and one in doubt.
pub const WEBHOOK_SECRETS_MAX: usize = 3;
/// Longest subject, in bytes: RFC 5322 lines end at 998.
pub const SUBJECT_BYTES_MAX: usize = 998;
/// Longest body of one message, in bytes. Longer input is an attachment, not something a person reads.
pub const BODY_BYTES_MAX: usize = 65_536;
/// Longest reason or note on a command, in bytes.
pub const REASON_BYTES_MAX: usize = 1_024;
/// Most tags on a ticket: more stop being a classification.
pub const TAGS_MAX: usize = 64;
/// Most custom fields on a ticket.
pub const FIELDS_MAX: usize = 64;
/// Longest text of a custom field, in bytes.
pub const FIELD_BYTES_MAX: usize = 1_024;
/// Most participants of a ticket beside its customer.
pub const PARTICIPANTS_MAX: usize = 50;
/// Most agents that follow a ticket.
pub const FOLLOWERS_MAX: usize = 50;
/// Most tickets that reach one ticket by merges: what a person still oversees, and a bounded state.
pub const MERGES_MAX: usize = 50;
/// Most approvals that wait on a ticket at once: each has a clock that is settled in one decision.
pub const APPROVALS_MAX: usize = 4;
/// Most agents who are named for one approval: their keys are part of the ticket's state.
pub const APPROVERS_MAX: usize = 10;
/// Most tasks of a ticket, done or not, and of a checklist: what a person still oversees, and a bounded state.
pub const TASKS_MAX: usize = 50;
/// Longest title of a task, in bytes: a line, not a text.
pub const TASK_TITLE_BYTES_MAX: usize = 256;
/// Most reminders that wait on a ticket at once: each agent's own few, and a bounded state.
pub const REMINDERS_MAX: usize = 20;
/// Most times that a customer is asked again for one answer: more is a nuisance, and a storm if it fails.
pub const NUDGES_MAX: u32 = 10;
/// Most tickets that a schedule opens of those that fell due while nobody was there: more is a flood that nobody works
/// off.
pub const SCHEDULE_MISSED_MAX: usize = 10;
/// Most times that a schedule is changed while tickets are due that nobody has opened: each keeps the plan of then.
pub const SCHEDULE_BACKLOGS_MAX: usize = 10;
/// Most checklists that are applied to one ticket.
pub const CHECKLISTS_MAX: usize = 16;
/// Longest time that is logged at once, in seconds: a day.
pub const ENTRY_SECONDS_MAX: u32 = 86_400;
/// Most agents of whom a ticket knows by name how long they worked on it; the log knows the others.
pub const WORKERS_MAX: usize = 50;
/// Most conversations with third parties on one ticket, open or not: each is part of the ticket's state.
pub const SIDES_MAX: usize = 20;
/// Longest way from a merged ticket to the one in which it goes on.
pub const MERGE_CHAIN_MAX: usize = 8;
/// Most links of one ticket: what a person still oversees, and a bounded state. A ticket's changes reach so many others.
pub const LINKS_MAX: usize = 50;
/// Most tickets that are walked to see whether a link would close a circle: each is read, and must stay as it is until
/// the link is written.
pub const LINK_REACH_MAX: usize = 200;
/// Most events of a record that one decision reads back: the splitting of a ticket, the undo of a merge.
pub const HISTORY_EVENTS_MAX: usize = 20_000;
/// Most tickets that one customer may have open at once; also what a customer record holds.
pub const OPEN_TICKETS_MAX: usize = 200;
/// Most tickets that a policy lets one customer open at once or within an hour; also how many such instants a customer
/// record holds. Twice as many, verified and claimed, stay below [`OPEN_TICKETS_MAX`].
pub const REQUESTER_RATE_MAX: usize = 100;
/// Most tickets in quarantine that a customer record names; a list of the inbox finds those before.
pub const QUARANTINE_KEPT_MAX: usize = 50;
/// How far apart two tickets are opened at most that are said to be alike, in hours.
pub const ALIKE_HOURS_MAX: i64 = 24;
/// Longest budget: ten years of 365 days, in seconds.
pub const BUDGET_SECONDS_MAX: u32 = 315_360_000;
/// Most clocks on one ticket.
pub const CLOCKS_MAX: usize = 16;
/// Most pauses that one clock keeps before the oldest are folded into a carried amount (law 8).
pub const CLOCK_PAUSES_MAX: usize = 12;
/// Warnings of one target: more are noise.
pub const WARNINGS_MAX: usize = 8;
/// Most given warnings that one clock remembers, so that ever new targets do not let it grow (law 8).
pub const WARNINGS_KEPT_MAX: usize = 32;
/// How far back an explanation goes into detail, in days; what lies before is one sum.
pub const EXPLAINED_DAYS_MAX: i64 = 100;
/// Most stretches of an explanation: what a person may still read, some three months of office days.
pub const EXPLAINED_STRETCHES_MAX: usize = 400;
/// Aim for the stored state of a ticket, in bytes of JSON (law 8).
pub const STATE_BYTES_AIM: usize = 4_096;
/// Rounds of event rules within one decision (law 16).
pub const RULE_ROUNDS_MAX: usize = 8;
/// Actions of event rules within one decision (law 16).
pub const RULE_ACTIONS_MAX: usize = 100;
/// Rules of one policy.
pub const RULES_MAX: usize = 10_000;
/// Depth of a condition tree; also keeps reading it off the end of the stack.
pub const CONDITION_DEPTH_MAX: usize = 16;
/// Nodes of one condition tree.
pub const CONDITION_NODES_MAX: usize = 1_000;
/// Keywords and other listed values in one condition.
pub const KEYWORDS_MAX: usize = 10_000;
/// Longest keyword, in bytes: a phrase of a few words. Also bounds how many keywords can end at one letter.
pub const KEYWORD_BYTES_MAX: usize = 128;
/// Most hits that are recorded with one firing or explanation: enough to show why, small enough to keep.
pub const HITS_MAX: usize = 32;
/// Statuses of one workflow: what a person can choose from. Ways between them grow with the square.
pub const STATUSES_MAX: usize = 64;
/// Entries of one list of a policy that people choose from: queues, kinds, fields, SLAs and the like.
pub const POLICY_ENTRIES_MAX: usize = 1_000;
/// Findings of one policy that are kept: more than anybody reads, few enough to look for a near miss for each.
pub const FINDINGS_MAX: usize = 1_000;
/// Size of a policy document, in bytes.
pub const POLICY_BYTES_MAX: usize = 4_194_304;
/// Windows of one calendar, over the week.
pub const CALENDAR_WINDOWS_MAX: usize = 168;
/// Dated entries of one calendar.
pub const CALENDAR_DATES_MAX: usize = 20_000;
/// Tickets that one `Drain` looks at and may assign (law 23: a bounded decision).
pub const DRAIN_BATCH_MAX: usize = 50;
/// Agents that one `Drain` weighs.
pub const ROSTER_MAX: usize = 10_000;
/// Teams of an agent or a queue.
pub const TEAMS_MAX: usize = 64;
/// Roles of an agent.
pub const ROLES_MAX: usize = 16;
/// Skills of an agent.
pub const SKILLS_MAX: usize = 64;
/// Work that one agent may hold at once.
pub const CAPACITY_MAX: u32 = 1_000;
/// Rows of one page of a list: more than fits on a screen, and what a store reads at once.
pub const PAGE_ROWS_MAX: usize = 500;
/// Depth of a filter of a list: what a person still reads.
pub const FILTER_DEPTH_MAX: usize = 8;
/// Conditions of one filter, groups counted; each is looked at for every row that is passed by.
pub const FILTER_NODES_MAX: usize = 64;
/// Values that one filter lists in all its conditions.
pub const FILTER_VALUES_MAX: usize = 500;
/// Views that one agent keeps: more than anybody finds again in a list.
pub const VIEWS_PER_AGENT_MAX: usize = 50;
/// Attempts to deliver an effect before it is set aside.
pub const DELIVERY_ATTEMPTS_MAX: u32 = 12;
/// Refusals of a wake-up in a row before it is parked: with the back-off between them about half an hour.
pub const WAKE_REFUSALS_MAX: u32 = 12;
/// Most tickets of one job: what a person selects at most, and what is done within minutes.
pub const JOB_ITEMS_MAX: usize = 10_000;
/// Tickets on one page of a job: the state of a job holds what is left of one page, and with it stays below
/// [`STATE_BYTES_AIM`].
pub const JOB_PAGE: usize = 32;
/// Longest command of a job, in bytes of JSON without its text: the state holds it (law 8).
pub const JOB_COMMAND_BYTES_MAX: usize = 2_048;
/// Most codes of refusals that the state of a job counts one by one; the rest are one sum.
pub const JOB_CODES_MAX: usize = 16;
/// How many seconds a ticket rests after each request of an import that tells its past: time enough for the next part to come,
/// so that no sweep and no queue comes between the parts, and short enough that an import which broke off leaves no
/// ticket asleep for a day.
pub const IMPORT_REST_SECONDS: i64 = 3_600;
/// Rounds of needs before a decision must be reached.
pub const NEEDS_ROUNDS_MAX: usize = 3;

/// The beginning of `text`, at most `max` bytes and cut between characters, for an error message.
pub(crate) fn shorten(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let end = (0..=max).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::shorten;

    #[test]
    fn shortening_cuts_between_characters() {
        assert_eq!(shorten("şikâyet", 100), "şikâyet");
        assert_eq!(shorten("şşş", 3), "ş…");
        assert_eq!(shorten("ş", 1), "…");
    }
}
