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
async fn a_plan_that_is_not_kept_any_more_is_no_lost_data_and_is_kept_anew() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let settings = native(&server.url());
    let places = fill(&mut admin, COUNT, "mail").await;
    let running = start(plan(places.clone(), Pace::PerSecond(1_000.0)), ports(&settings));
    let retries = format!("{STREAM}:retry:mail");
    until("it has begun", async || length(&mut admin, &retries).await >= 90).await;
    // Its week was over, or the server dropped it; and a second operator has dealt with some of the rest.
    let key = format!("event::$plan:{}", running.progress.borrow().plan);
    assert_eq!(admin.get::<u64>(&format!("DEL {key}")).await, 1);
    let taken = &places[1_900..];
    for answer in operator(&settings).retry(&orders(taken, Runs::Failed), &because("al", "p")).await.unwrap()
    {
        answer.unwrap();
    }
    let end = until_it("all is retried", &running, |now| now.phase == Phase::Following).await;
    assert_eq!((end.tally.gone, end.tally.retried(), end.tally.left), (100, 1_900, 0), "{end:?}");
    let said = |note: &&String| note.contains("the bus has not lost its data") && note.contains("kept anew");
    assert_eq!(end.notes.iter().filter(said).count(), 1, "{:?}", end.notes);
    assert_eq!(admin.get::<u64>(&format!("EXISTS {key}")).await, 1);
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
