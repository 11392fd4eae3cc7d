//! Going on with a plan: what an earlier run did is known, and is not this run's.

use super::*;

/// A plan of so many at once that was left after `done` of them.
async fn interrupted(fake: &Fake, count: usize, done: usize) {
    let running = start(plan(count), fake.ports());
    fake.takes(Duration::from_millis(10));
    fake.befall(std::iter::repeat_n(Mishap::Nothing, done / 200));
    fake.befall(std::iter::repeat_n(Mishap::Down, 99));
    sleep(Duration::from_secs(5)).await;
    running.leave().await;
    fake.befall_no_more();
    assert_eq!(fake.retried(), done);
}

fn again(fake: &Fake, pace: Pace) -> Plan {
    Plan { pace, ..Plan::resume(fake.kept().remove(0), "al@web-2").unwrap() }
}

#[tokio::test(start_paused = true)]
async fn a_ramp_is_not_told_of_its_step_by_what_is_heard_of_an_earlier_one() {
    let fake = Fake::default();
    // Of the first one there is news again, when it succeeds in the end.
    fake.when(0, Does::Stumbles);
    (1..6).for_each(|n| fake.when(n, Does::Hangs));
    let pace = Pace::Ramp { steps: vec![1, 5], stop_at: 100, rate: None };
    let end = start(paced(50, pace), fake.ports()).retried().await;
    let Phase::Stopped(why) = &end.phase else { panic!("{end:?}") };
    assert!(why.contains("nothing was heard for 2 m of its last step"), "{why}");
    assert!(why.contains("Known are 0 of 5"), "{why}");
    assert_eq!((end.tally.left, end.tally.succeeded), (44, 1));
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_run_did_does_not_stop_a_ramp_also_where_an_answer_is_lost_meanwhile() {
    let fake = Fake::default();
    fake.when(0, Does::Dies);
    fake.befall([Mishap::AnswerLost].into_iter().chain(std::iter::repeat_n(Mishap::Down, 99)));
    let running = start(paced(50, Pace::ramp()), fake.ports());
    sleep(Duration::from_secs(5)).await;
    running.leave().await;
    assert_eq!(fake.retried(), 1, "it was done, and nobody heard of it");
    fake.befall_no_more();
    fake.befall([Mishap::Down, Mishap::Down]);
    let end = start(again(&fake, Pace::ramp()), fake.ports()).ended().await;
    assert_eq!(end.phase, Phase::Finished, "{end:?}");
    assert_eq!(end.tally, Tally { succeeded: 49, dead_again: 1, ..Tally::default() });
    assert_eq!(end.before, 1);
}

#[tokio::test(start_paused = true)]
async fn a_ramp_that_goes_on_does_not_try_again_what_was_done_before() {
    let fake = Fake::default();
    interrupted(&fake, 5_000, 4_000).await;
    let calls = fake.calls();
    let end = start(again(&fake, Pace::ramp()), fake.ports()).ended().await;
    assert_eq!((end.phase, end.tally.succeeded, end.before), (Phase::Finished, 5_000, 4_000));
    assert_eq!(end.tally.total(), 5_000);
    // 1, 5, 25, and 969 in two hundreds.
    assert_eq!(fake.calls() - calls, 8);
}

#[tokio::test(start_paused = true)]
async fn where_records_are_not_kept_any_more_it_is_not_known_who_did_it() {
    let fake = Fake::default();
    interrupted(&fake, 5_000, 4_000).await;
    fake.trim(0..3_000);
    let calls = fake.calls();
    let end = start(again(&fake, Pace::ramp()), fake.ports()).ended().await;
    let expected = Tally { succeeded: 2_000, lost: 3_000, ..Tally::default() };
    assert_eq!((end.phase, end.tally, end.before), (Phase::Finished, expected, 1_000));
    let note = "of 3,000 that are gone it is not known whether this plan retried them before";
    assert!(end.notes.iter().any(|said| said.starts_with(note)), "{:?}", end.notes);
    assert_eq!(fake.calls() - calls, 8, "nor are they tried one by one");
}

#[tokio::test(start_paused = true)]
async fn where_nothing_is_left_that_is_said_and_nothing_is_done() {
    let fake = Fake::default();
    start(plan(30), fake.ports()).ended().await;
    let (calls, deeds) = (fake.calls(), fake.deeds());
    let end = start(again(&fake, Pace::AtOnce), fake.ports()).ended().await;
    assert_eq!((end.phase, end.tally.succeeded, end.before), (Phase::Finished, 30, 30));
    assert_eq!(end.notes, ["nothing was left: all of it was retried before"]);
    assert_eq!((fake.calls(), fake.deeds()), (calls, deeds));
}

#[tokio::test(start_paused = true)]
async fn what_was_done_and_not_answered_is_found_however_many_records_came_after_it() {
    let fake = Fake::default();
    fake.befall([Mishap::AnswersLost]);
    let running = start(plan(3), fake.ports());
    sleep(Duration::from_millis(50)).await;
    assert_eq!(fake.retried(), 3);
    fake.bury();
    let end = running.ended().await;
    let expected = Tally { succeeded: 3, ..Tally::default() };
    assert_eq!((end.phase, end.tally, end.before), (Phase::Finished, expected, 0));
}
