//! The contracts of the traits, clause by clause, on the memory store; and stores that break one clause each, to
//! show that the check of that clause notices.

mod claims;
pub(crate) mod draft;
mod faulty;
mod gather;
pub(crate) mod own;
mod store;

use super::MemoryStore;

/// Runs a check, named after its clause, on a fresh memory store.
macro_rules! clauses {
    ($($room:ident: $($name:ident),+ $(,)?;)+) => {$($(
        #[test]
        fn $name() {
            if let Err(broken) = $room::$name(&MemoryStore::new()) {
                panic!("{broken}");
            }
        }
    )+)+};
}

clauses! {
    store:
        c1_a_commit_writes_every_part,
        c1_a_refused_commit_writes_no_part,
        c2_a_stale_version_conflicts,
        c2_creating_twice_conflicts,
        c2_a_version_is_checked_again_at_commit,
        c2_the_first_of_two_writes_is_checked_again_at_commit,
        c3_a_guard_on_a_changed_record_conflicts,
        c3_a_guard_on_absence_conflicts,
        c3_a_full_agent_conflicts,
        c4_a_conflict_leaves_the_unit_of_work_usable,
        c5_a_request_is_answered_later,
        c5_a_request_is_written_once,
        c9_set_and_forward,
        c9_a_wake_brought_forward_meanwhile_is_kept,
        c10_loads_pass_capacity_and_stop_at_zero,
        c11_tenants_do_not_meet,
        l1_a_log_comes_in_order,
        l2_a_feed_gives_each_event_once,
        l3_contents_are_found_by_reference,
        l4_documents_are_found_by_digest,
        s1_a_dropped_unit_of_work_leaves_nothing,
        s2_what_is_committed_is_kept;
    gather:
        c6_own_writes_are_seen,
        c6_absence_is_known,
        c6_paths_are_followed_to_their_end,
        c7_heads_come_by_rank_then_id,
        c7_a_roster_has_each_agent_once_with_its_load,
        c8_numbers_are_unique_and_nobody_waits,
        c12_a_history_is_whole_and_in_order,
        c12_of_a_history_too_long_one_event_more_is_given,
        c13_a_relation_is_followed_to_its_end;
    claims:
        t1_due_is_inclusive_ordered_and_limited,
        t2_a_claim_is_exclusive_until_its_lease_ends,
        t2_of_two_claims_at_once_one_holds,
        t2_setting_or_forwarding_ends_the_lease,
        t3_postponing_needs_the_present_claim,
        t4_a_parked_wake_waits_to_be_set_again,
        o1_effects_appear_with_the_commit,
        o2_a_lane_goes_in_order_and_others_go_on,
        o3_a_claim_is_exclusive_until_its_lease_ends,
        o4_an_older_claim_settles_nothing,
        o4_of_two_settlements_at_once_one_holds,
        o5_a_settled_effect_never_returns;
}
