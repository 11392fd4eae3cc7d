//! Going on with a plan after a lot else was retried.

use tidings::bus::Runs;
use tidings::plan::{Pace, Phase, Plan, start};

use crate::letters::{STREAM, because, copies, fill, length, operator, orders};
use crate::redis_server::PrivateRedis;
use crate::sessions::{Admin, native, until};
use crate::{plan, ports, until_it};

/// A plan of `all` that is left in the middle, `others` retries of another plan of the same type after it, and going on.
struct Story {
    all: u32,
    others: u64,
}

impl Story {
    /// How many the first run retried, how it ended in the end, and how often the plan published.
    async fn tell(self) -> (u64, tidings::plan::Progress, u64) {
        let all = u64::from(self.all);
        let server = PrivateRedis::start();
        let mut admin = Admin::at(&server.url()).await;
        let settings = native(&server.url());
        let places = fill(&mut admin, all, "mail").await;
        // What a second allows at most, after a slow step, is less than what is left then.
        let first = plan(places, Pace::PerSecond(f64::from(self.all) / 3.0));
        let name = first.id.clone();
        let running = start(first, ports(&settings));
        let retries = format!("{STREAM}:retry:mail");
        until("half is done", async || length(&mut admin, &retries).await >= all / 2).await;
        running.leave().await;
        let done = length(&mut admin, &retries).await;
        assert!(done < all, "all was done before it could be left");

        let operator = operator(&settings);
        let others = fill(&mut admin, self.others, "other").await;
        for chunk in others.chunks(1_000) {
            let answers = operator.retry(&orders(chunk, Runs::Failed), &because("al", "plan-other")).await;
            assert!(answers.unwrap().iter().all(Result::is_ok));
        }
        let ports = ports(&settings);
        let kept = ports.failed.plan(&name).await.unwrap().unwrap();
        let again = Plan { pace: Pace::AtOnce, ..Plan::resume(kept, "al@web-2").unwrap() };
        let running = start(again, ports.clone());
        let end = until_it("it is done", &running, |now| now.phase == Phase::Following).await;
        let copies = copies(&mut admin, &retries).await;
        assert!(copies.values().all(|count| *count == 1), "none is doubled");
        (done, end, copies.len() as u64)
    }
}

#[tokio::test]
async fn what_a_plan_did_before_is_known_behind_two_thousand_retries_of_others() {
    let (done, end, published) = Story { all: 3_000, others: 2_000 }.tell().await;
    assert_eq!((end.tally.gone, end.tally.lost, end.tally.left), (0, 0, 0), "{done}: {end:?}");
    assert_eq!((end.tally.retried(), end.tally.total(), published), (3_000, 3_000, 3_000), "{done}: {end:?}");
    assert_eq!(end.before, done, "{end:?}");
}

#[tokio::test]
async fn where_the_records_are_not_kept_any_more_what_is_gone_is_not_known() {
    let (done, end, published) = Story { all: 1_000, others: 12_000 }.tell().await;
    assert_eq!((end.tally.gone, end.tally.left), (0, 0), "{done}: {end:?}");
    assert_eq!((end.tally.lost, end.tally.retried(), published), (done, 1_000, 1_000), "{end:?}");
    assert!(
        end.notes.iter().any(|note| note.contains("it is not known whether this plan")),
        "{:?}",
        end.notes
    );
}
