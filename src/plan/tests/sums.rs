//! Whatever happens, the numbers add up.

use std::time::Duration;

use proptest::prelude::*;
use tokio::time::sleep;

use super::fake::{Does, Fake, Mishap};
use super::paced;
use crate::plan::{Pace, Phase, Plan, start};

fn does() -> impl Strategy<Value = Does> {
    prop_oneof![
        4 => (0_u32..4).prop_map(Does::Succeeds),
        1 => Just(Does::Dies),
        1 => Just(Does::Stumbles),
        1 => Just(Does::Hangs),
        1 => Just(Does::IsLost),
        1 => Just(Does::IsGone),
        1 => Just(Does::IsRefused),
    ]
}

fn mishap() -> impl Strategy<Value = Option<Mishap>> {
    prop_oneof![
        4 => Just(None),
        1 => Just(Some(Mishap::Down)),
        1 => Just(Some(Mishap::AnswerLost)),
        1 => Just(Some(Mishap::AnswersLost)),
        1 => Just(Some(Mishap::Full)),
        1 => (0_usize..200).prop_map(|done| Some(Mishap::NoMemory(done))),
    ]
}

fn pace() -> impl Strategy<Value = Pace> {
    prop_oneof![
        Just(Pace::AtOnce),
        (1.0..900.0_f64).prop_map(Pace::PerSecond),
        (prop::collection::vec(1_usize..20, 0..3), 0_u8..=100, prop::option::of(5.0..500.0_f64))
            .prop_map(|(steps, stop_at, rate)| Pace::Ramp { steps, stop_at, rate }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever happens and whatever a person does: each event is counted once at all times, none is done twice, and
    /// nothing more is retried in the end.
    #[test]
    fn the_tally_adds_up_at_all_times(
        events in prop::collection::vec(does(), 1..300),
        mishaps in prop::collection::vec(mishap(), 0..20),
        pace in pace(),
        keys in prop::collection::vec((0_u64..3_000, 0_u8..4), 0..5),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let fake = Fake::default();
            events.iter().enumerate().for_each(|(n, does)| fake.when(n, *does));
            fake.befall(mishaps.into_iter().flatten());
            let total = events.len() as u64;
            let running = start(paced(events.len(), pace), fake.ports());
            let mut progress = running.progress.clone();
            let watching = tokio::spawn(async move {
                while progress.changed().await.is_ok() {
                    assert_eq!(progress.borrow_and_update().tally.total(), total);
                }
            });
            for (pause, key) in keys {
                sleep(Duration::from_millis(pause)).await;
                match key {
                    0 => running.pause(),
                    1 => running.cancel(),
                    _ => running.resume(),
                }
            }
            running.resume();
            let end = running.retried().await;
            assert_eq!(end.tally.total(), total);
            // What hangs is never known; the rest is by then.
            sleep(Duration::from_mins(1)).await;
            let end = running.progress.borrow().clone();
            // Of what was cancelled before its answer came again nobody knows, and that is said.
            let unknown = fake.retried() as u64 - end.tally.retried();
            let said = end.notes.iter().any(|note| note.contains("the answer was lost"));
            assert!(unknown == 0 || said && end.phase == Phase::Cancelled, "{end:?}");
            assert_eq!(end.tally.retrying, 0, "{end:?}");
            drop(running);
            watching.await.unwrap();

            // Whoever goes on with it knows all that was done, and does the rest.
            fake.befall_no_more();
            let again = Plan { pace: Pace::AtOnce, ..Plan::resume(fake.kept().remove(0), "al@web-2").unwrap() };
            let known = fake.retried() as u64;
            let end = start(again, fake.ports()).retried().await;
            assert_eq!((end.tally.total(), end.tally.left, end.before), (total, 0, known), "{end:?}");
            assert_eq!(end.tally.retried(), fake.retried() as u64, "{end:?}");
        });
    }
}
