//! The engine against a broker of a table.

mod fake;
mod freeze;
mod loss;
mod resume;
mod sums;

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::*;
use crate::bus::Deed;
use fake::{Does, Fake, Mishap, at, event, plan};

fn paced(count: usize, pace: Pace) -> Plan {
    Plan { pace, ..plan(count) }
}

#[tokio::test(start_paused = true)]
async fn at_once_everything_is_retried_and_followed_to_its_outcome() {
    let fake = Fake::default();
    for (n, does) in
        [Does::Dies, Does::IsGone, Does::IsRefused, Does::IsLost, Does::Stumbles, Does::Succeeds(9)]
            .into_iter()
            .enumerate()
    {
        fake.when(n, does);
    }
    let plan = plan(450);
    let end = start(plan.clone(), fake.ports()).ended().await;
    assert_eq!(end.phase, Phase::Finished);
    let expected = Tally { succeeded: 446, dead_again: 1, gone: 1, refused: 1, lost: 1, ..Tally::default() };
    assert_eq!(end.tally, expected);
    assert_eq!(end.tally.total(), 450);
    assert_eq!(end.refusals, [("dead:3-0:event::TICKET_UPDATED".to_owned(), "NOPERM".to_owned())]);
    assert_eq!(fake.deeds(), [Deed::PlanStarted, Deed::PlanFinished]);
    assert_eq!(fake.kept(), [plan.kept()]);
    assert_eq!(fake.times().iter().map(|(_, count)| *count).collect::<Vec<_>>(), [198, 200, 50]);
}

#[tokio::test(start_paused = true)]
async fn what_was_retried_or_is_gone_is_told_by_name_once() {
    let fake = Fake::default();
    fake.when(1, Does::IsGone);
    fake.when(2, Does::IsRefused);
    let running = start(plan(5), fake.ports());
    running.ended().await;
    let mut taken = running.taken();
    // What is gone is told once that is looked into.
    taken.sort();
    assert_eq!(taken, [0, 1, 3, 4].map(at));
    assert_eq!(running.taken(), []);
}

#[tokio::test(start_paused = true)]
async fn a_rate_is_held_evenly_also_where_calls_take_their_time() {
    for takes in [0, 60] {
        let fake = Fake::default();
        fake.takes(Duration::from_millis(takes));
        let began = Instant::now();
        let end = start(paced(10_000, Pace::PerSecond(500.0)), fake.ports()).retried().await;
        assert_eq!((end.tally.total(), end.tally.left), (10_000, 0));
        let took = began.elapsed().as_secs_f64();
        assert!((19.5..20.5).contains(&took), "10,000 at 500/s took {took} s");
        let times = fake.times();
        for second in 0..19 {
            let window = (f64::from(second), f64::from(second + 1));
            let within = |at: &Instant| {
                let at = (*at - began).as_secs_f64();
                window.0 <= at && at < window.1
            };
            let count: usize = times.iter().filter(|(at, _)| within(at)).map(|(_, count)| count).sum();
            assert!((450..=550).contains(&count), "{count} in second {second}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_low_rate_goes_one_by_one() {
    let fake = Fake::default();
    let began = Instant::now();
    start(paced(4, Pace::PerSecond(0.5)), fake.ports()).retried().await;
    let at: Vec<_> = fake.times().iter().map(|(at, _)| (*at - began).as_secs()).collect();
    assert_eq!(at, [0, 2, 4, 6]);
}

#[tokio::test(start_paused = true)]
async fn a_ramp_waits_for_each_step_and_then_does_the_rest() {
    let fake = Fake::default();
    (0..31).for_each(|n| fake.when(n, Does::Succeeds(3)));
    let end = start(paced(431, Pace::ramp()), fake.ports()).ended().await;
    assert_eq!((end.phase, end.tally.succeeded), (Phase::Finished, 431));
    let times = fake.times();
    assert_eq!(times.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [1, 5, 25, 200, 200]);
    assert!(times[1].0 - times[0].0 > Duration::from_millis(400), "it waits for what becomes of a step");
}

#[tokio::test(start_paused = true)]
async fn a_ramp_stops_after_the_canary_says_why_and_goes_on_when_the_handler_is_mended() {
    let fake = Fake::default();
    (0..412).for_each(|n| fake.when(n, Does::Dies));
    let plan = paced(412, Pace::ramp());
    let running = start(plan, fake.ports());
    let end = running.ended().await;
    let why = "1 of 1 failed again (SMTP 451 greylisted\\x1b[2J), more than 20 %";
    assert_eq!(end.phase, Phase::Stopped(why.to_owned()));
    assert_eq!(end.tally, Tally { left: 411, dead_again: 1, ..Tally::default() });
    assert_eq!((fake.retried(), fake.deeds()), (1, vec![Deed::PlanStarted, Deed::PlanStopped]));
    assert_eq!(fake.last_note(), format!("1 of 412 retried: {why}"));

    (1..412).for_each(|n| fake.when(n, Does::Succeeds(0)));
    let again = Plan::resume(fake.kept().remove(0), "al@web-2").unwrap();
    let end = start(again, fake.ports()).ended().await;
    assert_eq!(end.phase, Phase::Finished, "what failed in the first run does not stop the second");
    assert_eq!(end.tally, Tally { succeeded: 411, dead_again: 1, ..Tally::default() });
    assert_eq!(fake.kept().len(), 1, "it is kept already");
    assert_eq!(fake.deeds()[2..], [Deed::PlanResumed, Deed::PlanFinished]);
}

#[tokio::test(start_paused = true)]
async fn a_ramp_does_not_go_on_blind() {
    let fake = Fake::default();
    (0..412).for_each(|n| fake.when(n, Does::IsLost));
    let end = start(paced(412, Pace::ramp()), fake.ports()).ended().await;
    let Phase::Stopped(why) = &end.phase else { panic!("{end:?}") };
    assert!(why.contains("what became of 1 more cannot be known"), "{why}");
    assert_eq!(end.tally, Tally { left: 411, lost: 1, ..Tally::default() });
}

#[tokio::test(start_paused = true)]
async fn a_ramp_that_hears_nothing_of_its_canary_does_not_pour_the_rest_after_it() {
    let fake = Fake::default();
    fake.when(0, Does::Hangs);
    let running = start(paced(50, Pace::ramp()), fake.ports());
    let end = running.retried().await;
    let Phase::Stopped(why) = &end.phase else { panic!("{end:?}") };
    assert!(why.contains("nothing was heard for 2 m") && why.contains("is the handler running?"), "{why}");
    assert_eq!((end.tally.left, end.tally.running), (49, 1));
}

#[tokio::test(start_paused = true)]
async fn one_event_without_news_does_not_hold_up_a_step_of_which_the_others_are_known() {
    let fake = Fake::default();
    fake.when(1, Does::Hangs);
    let running = start(paced(50, Pace::ramp()), fake.ports());
    let end = running.retried().await;
    assert_eq!((end.phase, end.tally.left), (Phase::Following, 0));
    assert!(end.notes.iter().any(|note| note.contains("it goes on with what is known")), "{:?}", end.notes);
}

#[tokio::test(start_paused = true)]
async fn a_pause_holds_after_the_current_step_and_what_was_not_used_then_is_not_made_up_for() {
    let fake = Fake::default();
    let running = start(paced(1_000, Pace::PerSecond(100.0)), fake.ports());
    sleep(Duration::from_millis(2_050)).await;
    running.pause();
    sleep(Duration::from_millis(1)).await;
    let held = fake.retried();
    assert_eq!(running.progress.borrow().phase, Phase::Paused);
    sleep(Duration::from_mins(10)).await;
    assert_eq!(fake.retried(), held);
    let seen = running.progress.borrow().tally;
    assert_eq!((seen.succeeded, seen.total()), (held as u64, 1_000), "it is still followed");
    running.resume();
    sleep(Duration::from_secs(1)).await;
    assert!((90..=110).contains(&(fake.retried() - held)), "no burst after a pause");
    let end = running.ended().await;
    assert_eq!((end.phase, end.tally.succeeded), (Phase::Finished, 1_000));
    let deeds = [Deed::PlanStarted, Deed::PlanPaused, Deed::PlanResumed, Deed::PlanFinished];
    assert_eq!(fake.deeds(), deeds);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_plan_leaves_what_is_left_and_follows_what_was_retried() {
    let fake = Fake::default();
    let running = start(paced(1_000, Pace::PerSecond(100.0)), fake.ports());
    sleep(Duration::from_millis(2_050)).await;
    running.cancel();
    // Nothing brings a cancelled plan back.
    running.resume();
    let end = running.ended().await;
    let retried = fake.retried() as u64;
    assert_eq!(end.phase, Phase::Cancelled);
    assert_eq!((end.tally.succeeded, end.tally.left), (retried, 1_000 - retried));
    assert_eq!(fake.deeds(), [Deed::PlanStarted, Deed::PlanCancelled]);
}

#[tokio::test(start_paused = true)]
async fn a_paused_plan_can_be_cancelled() {
    let fake = Fake::default();
    let running = start(paced(1_000, Pace::PerSecond(100.0)), fake.ports());
    running.pause();
    sleep(Duration::from_secs(9)).await;
    running.cancel();
    let end = running.ended().await;
    assert_eq!((end.phase, end.tally.left), (Phase::Cancelled, 1_000 - fake.retried() as u64));
}

#[tokio::test(start_paused = true)]
async fn whoever_leaves_stops_it_after_its_current_step_and_resuming_doubles_nothing() {
    let fake = Fake::default();
    let running = start(paced(1_000, Pace::PerSecond(100.0)), fake.ports());
    sleep(Duration::from_millis(3_050)).await;
    let first = running.leave().await.tally;
    let retried = fake.retried();
    assert_eq!(first.left, 1_000 - retried as u64);
    sleep(Duration::from_mins(10)).await;
    assert_eq!(fake.retried(), retried);
    assert_eq!(fake.deeds(), [Deed::PlanStarted, Deed::PlanStopped]);

    let began = Instant::now();
    let again = start(Plan::resume(fake.kept().remove(0), "jo@web-1").unwrap(), fake.ports());
    let end = again.ended().await;
    assert_eq!((end.phase, end.tally.succeeded, fake.retried()), (Phase::Finished, 1_000, 1_000));
    let took = began.elapsed().as_secs_f64();
    assert!(took < 9.0, "what was retried before uses up no pace: {took} s for {}", first.left);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_plan_stops() {
    let fake = Fake::default();
    let running = start(paced(1_000, Pace::PerSecond(100.0)), fake.ports());
    let mut progress = running.progress.clone();
    sleep(Duration::from_secs(1)).await;
    drop(running);
    sleep(Duration::from_secs(1)).await;
    let retried = fake.retried();
    sleep(Duration::from_mins(10)).await;
    assert_eq!(fake.retried(), retried);
    assert!(progress.borrow_and_update().phase.is_over());
    assert_eq!(fake.deeds(), [Deed::PlanStarted, Deed::PlanStopped]);
}

#[tokio::test(start_paused = true)]
async fn a_full_stream_and_a_lost_connection_are_waited_for_and_double_nothing() {
    let fake = Fake::default();
    let mishaps = [
        Mishap::Full,
        Mishap::Down,
        Mishap::AnswerLost,
        Mishap::AnswersLost,
        Mishap::NoMemory(7),
        Mishap::Full,
    ];
    fake.befall(std::iter::repeat_n(mishaps, 6).flatten());
    let running = start(plan(1_000), fake.ports());
    let mut progress = running.progress.clone();
    let mut said = Vec::new();
    let end = loop {
        progress.changed().await.unwrap();
        let now = progress.borrow_and_update().clone();
        assert_eq!(now.tally.total(), 1_000);
        if let Phase::Waiting(why) = &now.phase {
            said.push(why.clone());
        }
        if now.is_settled() {
            break now;
        }
    };
    assert_eq!((end.phase, end.tally.succeeded, fake.retried()), (Phase::Finished, 1_000, 1_000));
    for word in ["is full of unread entries", "connection reset", "outcome unknown", fake::NO_MEMORY] {
        assert!(said.iter().any(|why| why.contains(word)), "{word}: {said:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_ramp_whose_canary_lost_its_answer_still_counts_it() {
    let fake = Fake::default();
    fake.when(0, Does::Dies);
    fake.befall([Mishap::AnswersLost]);
    let running = start(paced(10, Pace::ramp()), fake.ports());
    let end = running.ended().await;
    assert!(matches!(&end.phase, Phase::Stopped(why) if why.starts_with("1 of 1 failed again")), "{end:?}");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_plan_says_which_answers_it_never_got() {
    let fake = Fake::default();
    fake.befall(std::iter::once(Mishap::AnswerLost).chain(std::iter::repeat_n(Mishap::Down, 99)));
    let running = start(plan(3), fake.ports());
    sleep(Duration::from_secs(5)).await;
    running.cancel();
    let end = running.retried().await;
    assert_eq!((end.phase, end.tally.left), (Phase::Cancelled, 3));
    assert!(
        end.notes.iter().any(|note| note.contains("of 3 that are left the answer was lost")),
        "{:?}",
        end.notes
    );
}

#[tokio::test(start_paused = true)]
async fn what_the_server_refuses_for_good_ends_the_plan() {
    let fake = Fake::default();
    fake.befall([Mishap::Forbidden]);
    let running = start(plan(3), fake.ports());
    let end = running.ended().await;
    assert_eq!(end.phase, Phase::Stopped("no right to EVALSHA. Grant it.".to_owned()));
    assert_eq!(end.tally.left, 3);

    // Also where the server says so of each event: what would be refused next is not even tried.
    let fake = Fake::default();
    fake.befall([Mishap::Denied(3)]);
    let end = start(plan(450), fake.ports()).ended().await;
    assert_eq!(end.phase, Phase::Stopped(fake::NO_RIGHT.to_owned()));
    assert_eq!(end.tally, Tally { succeeded: 3, left: 447, ..Tally::default() });
    assert_eq!((fake.retried(), end.refusals), (3, vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_cannot_write_for_a_while_is_waited_for_with_longer_and_longer_pauses() {
    let fake = Fake::default();
    fake.befall(std::iter::repeat_n(Mishap::NoMemory(0), 40));
    let began = Instant::now();
    let running = start(plan(3), fake.ports());
    sleep(Duration::from_mins(2)).await;
    let now = running.progress.borrow().clone();
    let why = format!("{}; it is tried again every 15 s", fake::NO_MEMORY);
    assert_eq!((now.phase, now.tally.left), (Phase::Waiting(why), 3));
    let end = running.ended().await;
    assert_eq!((end.phase, end.tally.succeeded, end.tally.refused), (Phase::Finished, 3, 0));
    assert!(began.elapsed() > Duration::from_mins(6), "40 tries are far apart");
}

#[tokio::test(start_paused = true)]
async fn without_a_journal_nothing_is_retried_and_one_that_shuts_later_does_not_end_the_plan() {
    let fake = Fake::default();
    fake.shut_journal();
    let end = start(plan(3), fake.ports()).ended().await;
    let why = "nothing was retried: it could not be written into the journal: no journal here";
    assert_eq!((end.phase, fake.retried()), (Phase::Stopped(why.to_owned()), 0));

    let fake = Fake::default();
    let running = start(paced(30, Pace::PerSecond(10.0)), fake.ports());
    sleep(Duration::from_secs(1)).await;
    fake.shut_journal();
    let end = running.ended().await;
    assert_eq!((end.phase, end.tally.succeeded), (Phase::Finished, 30));
    assert_eq!(end.notes, ["'plan-finished' is not in the journal: no journal here"]);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_may_follow_is_unknown_and_the_plan_ends() {
    let fake = Fake::default();
    fake.shut_following();
    let end = start(paced(30, Pace::PerSecond(10.0)), fake.ports()).ended().await;
    assert_eq!((end.phase, end.tally.lost), (Phase::Finished, 30));
    assert!(end.notes[0].contains("no right to XRANGE"), "{:?}", end.notes);
}

#[tokio::test(start_paused = true)]
async fn two_plans_over_the_same_events_retry_each_once() {
    let fake = Fake::default();
    fake.takes(Duration::from_millis(1));
    let (one, two) = (start(plan(1_000), fake.ports()), start(plan(1_000), fake.ports()));
    let (one, two) = tokio::join!(one.ended(), two.ended());
    assert_eq!(one.tally.succeeded + two.tally.succeeded, 1_000);
    assert_eq!(one.tally.gone + two.tally.gone, 1_000);
}

#[tokio::test(start_paused = true)]
async fn an_empty_plan_is_finished_and_writes_nothing() {
    let fake = Fake::default();
    assert_eq!(start(plan(0), fake.ports()).ended().await.phase, Phase::Finished);
    assert_eq!((fake.deeds(), fake.kept()), (vec![], vec![]));
}
