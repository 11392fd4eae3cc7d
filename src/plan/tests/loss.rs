//! What is left of a plan whose events, or which itself, are not on the bus any more.

use std::time::Duration;

use tokio::time::sleep;

use super::fake::{self, Does, Fake, plan};
use super::paced;
use crate::plan::{Pace, Phase, Plan, start};

#[tokio::test(start_paused = true)]
async fn a_bus_that_loses_its_data_ends_the_plan_and_nothing_is_taken_for_somebody_elses_work() {
    let fake = Fake::default();
    let running = start(paced(1_000, Pace::PerSecond(100.0)), fake.ports());
    sleep(Duration::from_millis(2_050)).await;
    let retried = fake.retried();
    fake.lose_data(1_000);
    let end = running.retried().await;
    assert!(matches!(&end.phase, Phase::Stopped(why) if why.starts_with("the bus lost its data")), "{end:?}");
    assert_eq!((end.tally.gone, end.tally.left), (0, 1_000 - retried as u64));

    // Only the plan is gone, its week was over: what others have dealt with is gone, and the rest is retried.
    for resumed in [false, true] {
        let fake = Fake::default();
        let frozen = paced(1_000, Pace::PerSecond(100.0));
        if resumed {
            // Its first run began, and ended before it retried anything.
            start(Plan { items: vec![fake::at(5_000)], ..frozen.clone() }, fake.ports()).ended().await;
        }
        let running = start(Plan { resumed, ..frozen.clone() }, fake.ports());
        sleep(Duration::from_millis(2_050)).await;
        fake.drop_plan();
        (900..1_000).for_each(|n| fake.when(n, Does::IsGone));
        let end = running.ended().await;
        assert_eq!((end.phase, end.tally.gone, end.tally.succeeded), (Phase::Finished, 100, 900));
        let noted = end.notes.iter().filter(|note| note.contains("the bus has not lost its data")).count();
        assert_eq!(noted, 1, "{:?}", end.notes);
        let kept = fake.ports().failed.plan(&frozen.id).await.unwrap().unwrap();
        assert_eq!(kept, frozen.kept(), "it is kept anew, whole");
    }

    // A second operator's work is no loss.
    let fake = Fake::default();
    (0..900).for_each(|n| fake.when(n, Does::IsGone));
    let end = start(plan(1_000), fake.ports()).ended().await;
    assert_eq!((end.phase, end.tally.gone, end.tally.succeeded), (Phase::Finished, 900, 100));
}
