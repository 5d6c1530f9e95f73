//! The contracts of the store as tests, for whoever writes a store: one `#[test]` for each case, named after the number of
//! its clause in the docs of [`Store`](crate::store::Store), [`Timers`](crate::store::Timers),
//! [`Outbox`](crate::store::Outbox), [`Log`](crate::store::Log) and [`Sessions`](crate::store::Sessions).
//!
//! A case begins up to five units of work on one store, one beside the other on one thread, and needs no runtime. It is
//! given a fresh store, and asks for nothing but the [`blocking`](crate::store::blocking) traits. Where two units of work
//! want the same, the later one may be refused at its write or at its commit; a store must not make it wait for the other.
//!
//! In a test of your crate, with the feature `conformance`:
//!
//! ```
//! use destek::store::MemoryStore; // yours
//!
//! // How a fresh store is made, and what of it has the traits.
//! destek::conformance!(store = MemoryStore::new() => &store);
//! # fn main() {}
//! ```
//!
//! That each case notices what it is there for is shown by stores that are broken in one way each.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_errors_doc,
    missing_docs,
    reason = "a kit of tests: its cases are named after the clauses, and what it makes itself is right"
)]

#[doc(hidden)]
pub mod claims;
pub(crate) mod draft;
#[doc(hidden)]
pub mod gather;
#[doc(hidden)]
pub mod store;

pub use draft::Verdict;

/// Makes a `#[test]` of every case of the kit: `conformance!(name = a fresh store => a reference to what has the traits)`.
///
/// The right side may borrow from the left one, so that a store which needs a folder, or a database of its own, can be made
/// with it and end with it. See [the module](mod@crate::conformance).
#[macro_export]
macro_rules! conformance {
    ($name:ident = $fresh:expr => $store:expr) => {
        $crate::conformance! { @ $name = $fresh => $store;
            store::c1_a_commit_writes_every_part,
            store::c1_a_refused_commit_writes_no_part,
            store::c2_a_stale_version_conflicts,
            store::c2_creating_twice_conflicts,
            store::c2_a_version_is_checked_again_at_commit,
            store::c2_the_first_of_two_writes_is_checked_again_at_commit,
            store::c3_a_guard_on_a_changed_record_conflicts,
            store::c3_a_guard_on_absence_conflicts,
            store::c3_a_full_agent_conflicts,
            store::c4_a_conflict_leaves_the_unit_of_work_usable,
            store::c5_a_request_is_answered_later,
            store::c5_a_request_is_written_once,
            store::c9_set_and_forward,
            store::c9_a_wake_brought_forward_meanwhile_is_kept,
            store::c10_loads_pass_capacity_and_stop_at_zero,
            store::c11_tenants_do_not_meet,
            store::l1_a_log_comes_in_order,
            store::l2_a_feed_gives_each_event_once,
            store::l3_contents_are_found_by_reference,
            store::l4_documents_are_found_by_digest,
            store::s1_a_dropped_unit_of_work_leaves_nothing,
            store::s2_what_is_committed_is_kept,
            gather::c6_own_writes_are_seen,
            gather::c6_absence_is_known,
            gather::c6_paths_are_followed_to_their_end,
            gather::c7_heads_come_by_rank_then_id,
            gather::c7_a_roster_has_each_agent_once_with_its_load,
            gather::c8_numbers_are_unique_and_nobody_waits,
            gather::c12_a_history_is_whole_and_in_order,
            gather::c12_of_a_history_too_long_one_event_more_is_given,
            gather::c13_a_relation_is_followed_to_its_end,
            gather::c14_documents_and_texts_are_found_or_known_to_be_absent,
            claims::t1_due_is_inclusive_ordered_and_limited,
            claims::t2_a_claim_is_exclusive_until_its_lease_ends,
            claims::t2_of_two_claims_at_once_one_holds,
            claims::t2_setting_or_forwarding_ends_the_lease,
            claims::t3_postponing_needs_the_present_claim,
            claims::t4_a_parked_wake_waits_to_be_set_again,
            claims::o1_effects_appear_with_the_commit,
            claims::o2_a_lane_goes_in_order_and_others_go_on,
            claims::o3_a_claim_is_exclusive_until_its_lease_ends,
            claims::o4_an_older_claim_settles_nothing,
            claims::o4_of_two_settlements_at_once_one_holds,
            claims::o5_a_settled_effect_never_returns,
        }
    };
    (@ $name:ident = $fresh:expr => $store:expr; $($room:ident::$case:ident,)+) => {$(
        #[test]
        fn $case() {
            let $name = $fresh;
            if let Err(broken) = $crate::conformance::$room::$case($store) {
                panic!("{broken}");
            }
        }
    )+};
}
