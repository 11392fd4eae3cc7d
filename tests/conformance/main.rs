//! The conformance suite of brokers: what every one of them promises, case by case, over one [`Harness`].
//!
//! A case is an async function over a fresh, empty bus. A new broker writes a harness and one `suite!` line.

#![expect(clippy::unwrap_used, clippy::panic, reason = "all of this is tests; a failing one must say where")]

mod cases;
mod events;
mod failing;
mod handling;
mod harness;
#[path = "../support/importing.rs"]
mod importing;
mod memory;
mod memory_failed;
mod memory_handling;
#[path = "../support/proxy.rs"]
mod proxy;
mod redis;
mod redis_failures;
mod redis_handling;
mod redis_mending;
#[path = "../support/redis_server.rs"]
mod redis_server;
mod redis_waiting;
mod watching;

use harness::Harness;

/// Makes one test of each case, for one harness.
macro_rules! suite {
    ($name:ident, $harness:ty, { $($group:ident: [$($case:ident),+ $(,)?]),+ $(,)? }) => {
        mod $name {
            $(mod $group {
                $(#[tokio::test]
                async fn $case() {
                    let harness = <$harness as crate::Harness>::start().await;
                    crate::cases::$group::$case(&harness).await;
                    crate::Harness::stop(harness).await;
                })+
            })+
        }
    };
}

/// The cases that every broker passes.
macro_rules! every_case {
    ($name:ident, $harness:ty) => {
        suite!($name, $harness, {
            history: [
                is_merged_over_streams_in_the_order_of_ids,
                last_is_the_newest_over_all_streams_together,
                last_counts_what_the_lock_admits,
                last_may_be_more_than_there_is_or_nothing,
                since_begins_with_the_first_entry_of_that_moment,
                an_empty_bus_ends_at_once,
                around_an_event_are_its_tenants_next_ones,
                a_long_history_comes_whole_through_a_narrow_channel,
            ],
            live: [
                follows_history_without_a_gap_or_a_double,
                finds_a_new_stream_while_it_runs,
                serves_any_number_of_observers,
                waits_for_a_slow_observer,
                ends_when_it_is_stopped_or_nobody_listens,
            ],
            tenants: [a_lock_keeps_others_out_and_counts_them, a_lock_holds_for_publishing],
            verdicts: [
                what_is_invalid_comes_through_with_its_reason,
                valid_and_unchecked_are_told_apart,
                a_payload_is_kept_to_the_letter,
            ],
            publish: [
                batch_answers_in_order,
                once_answers_in_order,
                once_makes_no_double,
                a_refused_event_holds_up_no_other,
                vetting_and_previewing_send_nothing,
            ],
            outage: [
                is_sat_out_with_nothing_missed_and_nothing_twice,
                ends_a_verb_that_never_got_a_connection,
                fails_what_needs_the_broker,
                lost_data_is_said_and_read_again,
                a_slow_observer_that_trimming_outran_learns_of_the_gap,
            ],
            archive: [
                goes_to_the_beginning_and_to_the_end,
                misses_nothing_that_comes_while_it_reads,
                reads_one_type_alone,
                begins_at_any_moment,
                tears_no_id_apart,
                keeps_to_the_lock_and_counts,
                ends_where_trimming_has_been,
                fails_while_the_broker_is_down_and_goes_on_after,
            ],
            inspect: [an_empty_bus_has_no_streams, streams_are_counted, nothing_is_wrong_with_a_fresh_bus],
        });
    };
}

/// The cases for brokers and profiles that have channels.
macro_rules! channel_cases {
    ($name:ident, $harness:ty) => {
        suite!($name, $harness, {
            channels: [one_channel_is_read_alone, last_counts_what_the_channel_holds, are_discovered],
            archive: [reads_one_channel_alone],
        });
    };
}

/// The cases for brokers on which handlers run.
macro_rules! handler_cases {
    ($name:ident, $harness:ty) => {
        suite!($name, $harness, {
            handle: [
                every_handler_gets_every_event_once,
                a_failing_handler_holds_up_no_other,
                a_new_handler_is_given_what_comes_once_it_is_ready,
                workers_of_one_handler_share_its_events,
                no_more_attempts_run_at_a_time_than_asked_for,
                a_handler_begins_where_it_registered_or_at_the_beginning,
                a_handler_goes_on_where_it_stopped,
                a_new_stream_is_handled_from_its_first_event,
                an_outage_loses_and_doubles_nothing,
                what_is_not_its_business_is_acknowledged,
                every_attempt_is_reported,
                a_stream_that_is_gone_holds_up_no_other,
                what_somebody_trimmed_before_it_was_given_is_told,
            ],
            fail: [
                a_failed_event_is_tried_again_by_its_handler_alone,
                what_can_never_succeed_is_a_dead_letter_at_once,
                what_fails_too_often_is_a_dead_letter_with_its_history,
                panics_and_overtime_are_failures,
                what_is_no_event_or_does_not_fit_is_never_handled,
                a_pause_that_no_calendar_has_does_no_harm,
                a_panic_while_an_attempt_is_dropped_costs_no_lane,
            ],
            failures: [
                come_as_they_were_told_first_the_newest_then_live,
                a_workers_own_reach_an_observer,
                are_not_sent_to_who_does_not_ask,
                a_lock_keeps_those_of_others_out_and_counts_them,
                an_outage_loses_and_doubles_none,
                are_read_on_after_a_loss_of_data,
            ],
            claim: [
                what_a_dead_consumer_left_is_taken_over_and_counted,
                three_crashes_make_a_dead_letter,
                what_was_in_flight_with_a_fatal_event_does_not_die_of_it,
                a_late_finish_is_fenced,
                a_renewed_lease_is_not_taken_over,
                a_lost_delivery_is_found_again,
                a_lost_delivery_is_found_among_many,
                what_was_trimmed_while_it_runs_goes_on,
                a_lost_delivery_is_given_back_as_well,
                finishing_twice_does_no_harm,
                what_is_given_back_is_taken_at_once_and_is_no_crash,
                what_is_given_back_waits_for_nobodys_lease,
                what_is_ours_is_not_taken_over_from_ourselves,
                what_was_trimmed_while_pending_is_told,
                streams_that_come_later_are_found_when_asked,
                what_is_left_is_told,
                handlers_are_reported_with_what_they_have_and_who_works_for_them,
            ],
            loss: [
                a_retry_that_runs_while_the_data_is_lost_is_recorded,
                a_retry_that_another_has_done_is_not_recorded_again,
                what_was_trimmed_while_it_runs_is_buried_by_nobody_else,
                a_lost_delivery_that_was_trimmed_is_told_and_not_left_for_ever,
            ],
            dedup: [
                what_was_done_is_acknowledged_without_a_run,
                entries_of_one_event_side_by_side_run_once,
                a_failed_attempt_is_not_remembered,
                what_is_forced_runs_all_the_same,
                only_what_was_done_is_remembered_and_only_within_the_window,
                handlers_remember_each_their_own,
            ],
            forget: [
                a_handler_that_nobody_runs_is_removed_with_all_it_has,
                a_handler_that_somebody_runs_is_kept_unless_forced,
                a_forgotten_handler_gets_no_groups_on_streams_that_come_later,
            ],
            stop: [
                a_running_attempt_may_end_and_the_rest_goes_to_others,
                an_attempt_that_does_not_end_is_cut_off_and_given_back,
                an_attempt_that_heeds_its_cancellation_has_not_failed,
                a_webhook_that_is_cut_off_has_not_failed,
                an_attempt_that_ends_what_it_started_itself_may_fail,
                a_worker_that_breaks_off_says_so_and_gives_back_what_it_had,
            ],
        });
    };
}

/// The cases for brokers that keep failed events.
macro_rules! failed_cases {
    ($name:ident, $harness:ty) => {
        suite!($name, $harness, {
            failed: [
                dead_letters_are_listed_with_their_facts,
                what_waits_or_is_with_somebody_is_listed_with_its_state,
                what_a_person_did_is_listed_with_what_became_of_it,
                each_is_known_closely_under_the_name_that_the_list_gave_it,
                many_come_whole_in_bounded_pages,
                only_what_came_later_is_read_when_asked,
                what_does_not_lie_there_is_nothing,
                what_a_retry_reaches_is_foreseen,
                a_lock_holds_for_reading_and_for_every_action,
                the_journal_says_who_did_what_and_why_newest_first,
                a_plan_is_kept_as_it_was,
                a_session_that_may_not_write_reads_and_has_no_operator,
            ],
            retry: [
                one_that_succeeds_is_followed_and_known_both_ways,
                one_that_fails_for_good_is_dead_again_with_its_whole_history,
                one_that_fails_for_now_is_tried_again_and_succeeds,
                what_waits_is_due_at_once,
                what_waits_without_a_readable_event_is_not_touched_in_a_locked_run,
                the_newest_fifty_failures_go_along,
                a_second_retry_does_nothing,
                two_operators_retry_each_event_once,
                an_edited_event_stays_the_same_event,
                a_bad_edit_is_refused_and_the_letter_stays,
                all_handlers_run_it_whatever_they_have_done,
                a_new_event_is_run_by_all_handlers,
                what_would_be_sent_is_shown_and_not_sent,
            ],
            aside: [
                what_is_put_aside_can_be_put_back,
                what_waits_can_be_put_aside,
                what_is_purged_is_gone,
                what_was_exported_is_imported_once,
                what_left_since_the_export_is_put_back_only_when_that_is_wanted,
                what_is_no_dead_letter_is_not_imported,
                what_is_stuck_is_offered_again,
                a_consumer_says_itself_for_how_long_its_entries_may_be_left,
                what_a_worker_with_a_long_lease_gives_back_is_not_stuck_at_once,
            ],
            fates: [
                groups_and_handlers_that_have_none_yet_receive_a_type,
                an_event_is_followed_through_its_handler,
                each_handler_has_its_own_fate_for_an_event,
                what_was_given_back_waits,
                what_was_trimmed_before_it_was_given_is_told_by_its_fate,
                an_event_that_is_published_again_is_followed_as_it_lies,
                a_handler_that_comes_behind_an_event_is_none_of_its_receivers,
                a_lock_says_nothing_of_the_fates_of_others,
                a_bus_that_is_gone_is_said_by_both,
                an_event_that_moves_at_full_speed_is_never_taken_for_done,
                an_event_that_dies_and_is_retried_by_hand_is_never_taken_for_done,
                a_watch_tells_each_change_until_the_outcome,
                what_is_no_entry_of_a_type_has_no_fates,
            ],
        });
    };
}

every_case!(memory_broker, crate::memory::MemoryHarness);
channel_cases!(memory_broker_channels, crate::memory::MemoryHarness);
handler_cases!(memory_broker_handlers, crate::memory::MemoryHarness);
failed_cases!(memory_broker_failed, crate::memory::MemoryHarness);
failed_cases!(redis_failed, crate::redis::NativeRedis);
handler_cases!(redis_handlers, crate::redis::NativeRedis);

every_case!(redis_native, crate::redis::NativeRedis);
channel_cases!(redis_alga_psa, crate::redis::AlgaRedis);
