//! The conformance suite of brokers: what every one of them promises, case by case, over one [`Harness`].
//!
//! A case is an async function over a fresh, empty bus. A new broker writes a harness and one `suite!` line.

#![expect(clippy::unwrap_used, clippy::panic, reason = "all of this is tests; a failing one must say where")]

mod cases;
mod events;
mod harness;
mod memory;
mod redis;
#[path = "../support/redis_server.rs"]
mod redis_server;
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
            inspect: [an_empty_bus_has_no_streams, streams_are_counted, nothing_is_wrong_with_a_fresh_bus],
        });
    };
}

/// The cases for brokers and profiles that have channels.
macro_rules! channel_cases {
    ($name:ident, $harness:ty) => {
        suite!($name, $harness, {
            channels: [one_channel_is_read_alone, last_counts_what_the_channel_holds, are_discovered],
        });
    };
}

every_case!(memory_broker, crate::memory::MemoryHarness);
channel_cases!(memory_broker_channels, crate::memory::MemoryHarness);

every_case!(redis_native, crate::redis::NativeRedis);
channel_cases!(redis_alga_psa, crate::redis::AlgaRedis);
