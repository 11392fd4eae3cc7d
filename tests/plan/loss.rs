//! A Redis that loses its data in the middle of a plan.

use tidings::bus::Runs;
use tidings::plan::{Pace, Phase, start};

use crate::letters::{STREAM, because, fill, length, operator, orders};
use crate::redis_server::PrivateRedis;
use crate::sessions::{Admin, native, until};
use crate::{plan, ports, until_it};

const COUNT: u64 = 2_000;

#[tokio::test]
async fn a_bus_that_loses_its_data_stops_the_plan_and_what_is_left_is_not_gone() {
    for by in ["FLUSHALL", "a restart"] {
        let mut server = PrivateRedis::start();
        let mut admin = Admin::at(&server.url()).await;
        let places = fill(&mut admin, COUNT, "mail").await;
        let running = start(plan(places, Pace::PerSecond(300.0)), ports(&native(&server.url())));
        let retries = format!("{STREAM}:retry:mail");
        until("it has begun", async || length(&mut admin, &retries).await >= 90).await;
        if by == "FLUSHALL" {
            admin.run("FLUSHALL").await;
        } else {
            server.kill9();
            server.restart();
        }
        let end = until_it(by, &running, |now| now.phase.is_over()).await;
        let Phase::Stopped(why) = &end.phase else { unreachable!() };
        assert!(why.starts_with("the bus lost its data"), "{by}: {why}");
        assert_eq!((end.tally.gone, end.tally.refused), (0, 0), "{by}: {end:?}");
        assert_eq!(end.tally.retried() + end.tally.left, COUNT, "{by}: {end:?}");
        assert!(end.tally.left > 0, "{by}: {end:?}");
        // What was retried before is not waited for, for ever: nobody can know.
        let settled = until_it(by, &running, tidings::plan::Progress::is_settled).await;
        assert_eq!(settled.tally.lost, settled.tally.retried(), "{by}: {settled:?}");
    }
}

#[tokio::test]
async fn what_a_second_operator_has_dealt_with_is_gone_and_the_plan_goes_on() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let settings = native(&server.url());
    let places = fill(&mut admin, COUNT, "mail").await;
    let taken = &places[500..1_500];
    for answer in operator(&settings).retry(&orders(taken, Runs::Failed), &because("al", "p")).await.unwrap()
    {
        answer.unwrap();
    }
    let running = start(plan(places, Pace::AtOnce), ports(&settings));
    let end = until_it("all is retried", &running, |now| now.phase == Phase::Following).await;
    assert_eq!((end.tally.gone, end.tally.retried(), end.tally.left), (1_000, 1_000, 0), "{end:?}");
}
