//! How far the scripts reach: a law that is only tried in corners says little.

use std::collections::BTreeSet;

use destek::desk::{Event, State};
use destek::sla;
use destek::ticket::Category;

use crate::scripts::{Life, fixed_lives, linked_lives, waiting_lives};
use crate::world::{Fault, World};

/// Within how many lives everything has to be reached.
const LIVES: usize = 1_500;
/// How many lives of linked tickets come beside them, and how many of tickets that wait.
const LINKED: usize = 150;

/// Every kind of a ticket's event; those of clocks one by one.
const EVENTS: [&str; 72] = [
    "opened",
    "message_received",
    "replied",
    "noted",
    "started",
    "queued",
    "assigned",
    "unassigned",
    "held",
    "nudge_planned",
    "nudged",
    "nudge_skipped",
    "nudges_ended",
    "reminder_set",
    "reminder_dismissed",
    "reminded",
    "resumed",
    "resolved",
    "confirmed",
    "refused",
    "reopened",
    "closed",
    "marked_spam",
    "restored",
    "priority_changed",
    "rated",
    "classified",
    "tagged",
    "field_set",
    "order_linked",
    "participant_added",
    "participant_removed",
    "followed",
    "unfollowed",
    "granted",
    "approval_asked",
    "approved",
    "declined",
    "approval_ended",
    "task_added",
    "checklist_applied",
    "task_completed",
    "task_reopened",
    "task_dropped",
    "task_overdue",
    "time_logged",
    "time_corrected",
    "merged",
    "unmerged",
    "absorbed",
    "released",
    "split_off",
    "linked",
    "unlinked",
    "heeded",
    "side_started",
    "side_written",
    "side_received",
    "side_closed",
    "possible_duplicate",
    "rule_fired",
    "rules_stopped",
    "clock started",
    "clock stopped",
    "clock paused",
    "clock resumed",
    "clock targeted",
    "clock breached",
    "clock warned",
    "clock dropped",
    "clock carried",
    "clock joined",
];

/// Codes of refusals that scripts reach.
const CODES: [&str; 55] = [
    "unknown_actor",
    "only_machines",
    "not_found",
    "forbidden",
    "wrong_status",
    "no_transition",
    "missing_fields",
    "already_assigned",
    "not_assigned",
    "unknown_agent",
    "out_of_reach",
    "unknown_kind",
    "unknown_priority",
    "unknown_field",
    "wrong_field_type",
    "grant_not_allowed",
    "above_authority",
    "bad_amount",
    "own_customer",
    "not_ahead",
    "merged_into",
    "same_ticket",
    "other_customer",
    "not_merged",
    "unknown_message",
    "first_message",
    "no_approval_rule",
    "no_approval",
    "own_approval",
    "not_approver",
    "unfit_approver",
    "name_approvers",
    "already_answered",
    "approval_not_needed",
    "too_few_approvers",
    "not_asker",
    "own_link",
    "already_linked",
    "not_linked",
    "link_circle",
    "blocked",
    "open_children",
    "open_tasks",
    "no_task",
    "task_done",
    "task_open",
    "required_task",
    "unknown_checklist",
    "checklist_applied",
    "whose_time",
    "no_entry",
    "no_side",
    "side_closed",
    "no_reminder",
    "not_own_reminder",
];

/// Codes that no script can reach, each with the reason.
const BEYOND: [(&str, &str); 33] = [
    ("exists", "every intent that makes a ticket gives it a new id"),
    ("approval_exists", "every intent that asks for approval gives it a new id"),
    ("task_exists", "every intent that adds a task gives it a new id"),
    ("side_exists", "every intent that begins a conversation gives it a new id"),
    ("reminder_exists", "every intent that asks for a reminder gives it a new id"),
    ("which_time", "every intent that asks for a reminder says when, in one way"),
    ("unknown_calendar", "intents name calendars of the policy only"),
    ("never_comes", "the calendar of the shop opens six days a week"),
    ("bad_effort", "every intent that logs time names some"),
    ("approval_rests", "too seldom: a merge into a ticket on which an approval waits, and an answer to it"),
    ("unknown_status", "intents name no status"),
    ("unknown_queue", "intents name queues of the policy only"),
    ("unknown_stage", "an intent names a kind as well, and no shop knows that and not the stage"),
    ("invalid", "the host says nothing of agents after the beginning"),
    ("blank", "what intents say is never blank"),
    ("too_long", "what intents say is short"),
    ("too_many", "a life is too short for any limit of a ticket"),
    ("nul", "what intents say has no NUL"),
    ("nothing_asked", "every intent asks for something"),
    ("job_exists", "no intent starts a job"),
    ("not_in_bulk", "no intent starts a job"),
    ("not_for_each", "no intent starts a job"),
    ("no_tickets", "no intent starts a job"),
    ("twice", "no intent starts a job"),
    ("job_over", "no intent starts a job"),
    ("stale_policy", "the policy stays the same"),
    ("newer", "nothing is written by a later version"),
    ("dated", "no intent is dated"),
    ("outdated", "no intent says what it saw; the lives of parts do"),
    ("overtaken", "no intent says what it saw; the lives of parts do"),
    ("no_timer", "only tickets and queues are woken"),
    ("request_reused", "every request has its own id"),
    ("not_gathered", "the store in memory keeps clause C6"),
];

fn reached() -> (BTreeSet<Category>, BTreeSet<String>, BTreeSet<&'static str>) {
    let (mut categories, mut events, mut codes) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (shop, script) in fixed_lives(LIVES).into_iter().chain(linked_lives(LINKED)).chain(waiting_lives(LINKED)) {
        let policy = shop.policy();
        let life = Life::of(&script, &policy);
        let mut world = World::new(&policy, &life, Fault::default());
        for step in &life.steps {
            if let Err(error) = world.step(step) {
                codes.insert(error.code());
            }
            let records = world.store().records(&world.tenant);
            categories
                .extend(records.iter().filter_map(|(.., state)| State::ticket(state)).map(|ticket| ticket.category()));
        }
        for recorded in world.seen().feed {
            let Event::Ticket(event) = &recorded.event else { continue };
            events.insert(match event {
                destek::ticket::Event::Clock(sla::Event::Moved { input, .. }) => format!("clock {}", input.as_str()),
                destek::ticket::Event::Clock(sla::Event::Targeted { .. }) => "clock targeted".to_owned(),
                destek::ticket::Event::Clock(sla::Event::Breached { .. }) => "clock breached".to_owned(),
                destek::ticket::Event::Clock(sla::Event::Warned { .. }) => "clock warned".to_owned(),
                destek::ticket::Event::Clock(sla::Event::Dropped { .. }) => "clock dropped".to_owned(),
                destek::ticket::Event::Clock(sla::Event::Carried { .. }) => "clock carried".to_owned(),
                destek::ticket::Event::Clock(sla::Event::Joined { .. }) => "clock joined".to_owned(),
                destek::ticket::Event::Clock(other) => panic!("{other:?} is not in the list"),
                event => event.kind().to_owned(),
            });
        }
    }
    (categories, events, codes)
}

#[test]
fn scripts_reach_every_category_every_event_and_every_refusal() {
    let (categories, events, codes) = reached();
    let mut wrong = Vec::new();
    let unreached = Category::ALL.iter().filter(|category| !categories.contains(category));
    wrong.extend(unreached.map(|category| format!("no ticket is ever {category:?}")));
    wrong.extend(EVENTS.iter().filter(|event| !events.contains(**event)).map(|event| format!("no `{event}`")));
    wrong.extend(CODES.iter().filter(|code| !codes.contains(*code)).map(|code| format!("no refusal with `{code}`")));
    let beyond = |code: &str| BEYOND.iter().any(|(known, _)| *known == code);
    for code in codes.iter().filter(|code| !CODES.contains(code)) {
        let found = if beyond(code) { "said to be out of reach" } else { "in neither list" };
        wrong.push(format!("`{code}` is reached and {found}"));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
