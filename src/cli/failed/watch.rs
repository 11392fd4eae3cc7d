//! A running plan, as a terminal sees it: a line on standard error now and then, and what it came to.

use std::time::Duration;

use serde::Serialize;
use tokio::time::{Instant, sleep_until};

use crate::cli::desk::Desk;
use crate::cli::exit::{Exit, Stop};
use crate::plan::{DATA_LOST, Phase, Progress, Running};
use crate::text::{count, display_safe, plural};

/// Between two lines about the same.
const INTERVAL: Duration = Duration::from_secs(2);

/// What a plan came to, in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PlanLine<'a> {
    plan: &'a str,
    state: &'static str,
    why: Option<&'a str>,
    total: u64,
    left: u64,
    running: u64,
    succeeded: u64,
    retrying: u64,
    dead_again: u64,
    lost: u64,
    gone: u64,
    refused: u64,
    refusals: Vec<RefusalLine<'a>>,
}

/// One that was refused.
#[derive(Debug, Serialize)]
struct RefusalLine<'a> {
    id: &'a str,
    error: &'a str,
}

/// Watches until nothing more is retried, with `wait` until every outcome is known. On Ctrl-C the plan stops after its
/// current step.
pub(super) async fn to_the_end(running: Running, wait: bool, desk: &mut Desk<'_>) -> Result<Progress, Stop> {
    let mut progress = running.progress.clone();
    let (mut said, mut notes) = (String::new(), Vec::new());
    let mut next = Instant::now() + INTERVAL;
    let stop = desk.stop.clone();
    loop {
        let now = progress.borrow_and_update().clone();
        let retried = now.phase == Phase::Following || now.phase.is_over();
        let over = if wait { now.is_settled() } else { retried };
        for note in new_ones(&notes, &now.notes) {
            desk.notes.say(note);
        }
        notes.clone_from(&now.notes);
        if over {
            return Ok(now);
        }
        if Instant::now() >= next {
            next = Instant::now() + INTERVAL;
            let line = line(&now);
            if line != said {
                desk.notes.say(&line);
                said = line;
            }
        }
        tokio::select! {
            changed = progress.changed() => if changed.is_err() {
                return Ok(progress.borrow().clone());
            },
            () = sleep_until(next) => {}
            () = stop.cancelled() => {
                let _held = desk.busy.sending(format!("go on with `tidings failed retry --resume {}`", now.plan));
                return Ok(running.leave().await);
            }
        }
    }
}

/// Those of `now` that came behind those `before`. Only the newest are kept, so they may have moved up.
fn new_ones<'a>(before: &[String], now: &'a [String]) -> &'a [String] {
    let kept = (0..before.len()).map(|gone| &before[gone..]).find(|rest| now.starts_with(rest));
    &now[kept.map_or(0, <[String]>::len)..]
}

/// `plan-7f3a9c  206/412  ok 198  failed again 3  running 5`
fn line(progress: &Progress) -> String {
    let tally = &progress.tally;
    let done = format!("{}/{}", count(tally.total() - tally.left), count(tally.total()));
    let mut parts = vec![progress.plan.clone(), done];
    for (name, n) in [
        ("ok", tally.succeeded),
        ("failed again", tally.failed_again()),
        ("running", tally.running),
        ("unknown", tally.lost),
        ("gone", tally.gone),
        ("refused", tally.refused),
    ] {
        if n > 0 {
            parts.push(format!("{name} {}", count(n)));
        }
    }
    match &progress.phase {
        Phase::Paused => parts.push("paused".to_owned()),
        Phase::Waiting(why) => parts.push(format!("waits: {why}")),
        _ => {}
    }
    parts.join("  ")
}

/// Tells what it came to; answers how the run ends.
pub(super) fn tell(name: &str, progress: &Progress, wait: bool, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let tally = &progress.tally;
    let (state, why) = match &progress.phase {
        Phase::Stopped(why) => ("stopped", Some(why.as_str())),
        Phase::Cancelled => ("cancelled", None),
        Phase::Finished => ("finished", None),
        Phase::Following | Phase::Retrying | Phase::Paused | Phase::Waiting(_) => ("retried", None),
    };
    if desk.is_json() {
        desk.out.json(&PlanLine {
            plan: name,
            state,
            why,
            total: tally.total(),
            left: tally.left,
            running: tally.running,
            succeeded: tally.succeeded,
            retrying: tally.retrying,
            dead_again: tally.dead_again,
            lost: tally.lost,
            gone: tally.gone,
            refused: tally.refused,
            refusals: progress.refusals.iter().map(|(id, error)| RefusalLine { id, error }).collect(),
        })?;
    } else {
        let of =
            format!("{} of {} retried", count(tally.retried()), plural(tally.total(), "event", "events"));
        let before = match progress.before {
            0 => String::new(),
            before if before == tally.total() => " (all of them before: nothing was left)".to_owned(),
            before => format!(" ({} of them retried before)", count(before)),
        };
        let mut parts = vec![format!("{name}: {of}")];
        for (what, n) in [
            ("succeeded", tally.succeeded),
            ("still running", tally.running),
            ("failed again and tried again", tally.retrying),
            ("failed again", tally.dead_again),
            ("unknown", tally.lost),
            ("gone", tally.gone),
            ("refused", tally.refused),
            ("left", tally.left),
        ] {
            if n > 0 {
                parts.push(format!("{} {what}", count(n)));
            }
        }
        desk.out.line(&format!("{}{before}", parts.join(", ")))?;
    }
    desk.out.flush()?;
    if !desk.is_json() {
        for (id, why) in &progress.refusals {
            desk.notes.say(&format!("error: {id}: {why}"));
        }
    }
    let more = tally.refused.saturating_sub(progress.refusals.len() as u64);
    if more > 0 {
        desk.notes.say(&format!("{} refused", plural(more, "more was", "more were")));
    }
    if let Some(why) = why {
        desk.notes.say(&format!("stopped: {why}"));
    }
    if tally.left > 0 && tally.left < tally.total() && why != Some(DATA_LOST) {
        desk.notes.say(&format!("go on with: tidings failed retry --resume {}", display_safe(name)));
    }
    let failed = tally.refused + tally.left > 0 || wait && tally.not_succeeded() > 0;
    Ok(match failed {
        true => Exit::Failed,
        // Retried, and nobody can say any more what became of it.
        false if tally.lost > 0 => Exit::Unknown,
        false => Exit::Ok,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::test_desk::TestDesk;
    use crate::plan::Tally;

    fn progress(phase: Phase, tally: Tally) -> Progress {
        Progress { plan: "plan-7f3a9c".to_owned(), phase, tally, ..Progress::default() }
    }

    #[test]
    fn only_a_wait_is_about_what_failed_again() {
        let tally =
            |dead_again, left, gone| Tally { succeeded: 7, dead_again, left, gone, ..Tally::default() };
        for (phase, tally, wait, exit) in [
            (Phase::Following, tally(0, 0, 0), false, Exit::Ok),
            (Phase::Following, tally(1, 0, 0), false, Exit::Ok),
            (Phase::Finished, tally(1, 0, 0), true, Exit::Failed),
            (Phase::Finished, tally(0, 0, 1), true, Exit::Ok),
            (Phase::Stopped("2 of 3 failed again".to_owned()), tally(0, 2, 0), false, Exit::Failed),
        ] {
            let mut test = TestDesk::text();
            let progress = progress(phase, tally);
            assert_eq!(test.run(|desk| tell("plan-7f3a9c", &progress, wait, desk)), Ok(exit), "{progress:?}");
            let goes_on = test.notes().contains("go on with: tidings failed retry --resume plan-7f3a9c");
            assert_eq!(goes_on, progress.tally.left > 0, "{}", test.notes());
        }
    }

    #[test]
    fn what_the_bus_has_lost_cannot_be_gone_on_with() {
        let mut test = TestDesk::text();
        let tally = Tally { lost: 5, left: 2, ..Tally::default() };
        let progress = progress(Phase::Stopped(DATA_LOST.to_owned()), tally);
        assert_eq!(test.run(|desk| tell("plan-7f3a9c", &progress, false, desk)), Ok(Exit::Failed));
        assert!(test.notes().contains("the bus lost its data") && !test.notes().contains("--resume"));
    }

    #[test]
    fn what_was_retried_before_is_told_apart() {
        let tally = Tally { succeeded: 7, ..Tally::default() };
        for (before, said) in [
            (0, "plan-7f3a9c: 7 of 7 events retried, 7 succeeded\n"),
            (3, "plan-7f3a9c: 7 of 7 events retried, 7 succeeded (3 of them retried before)\n"),
            (7, "plan-7f3a9c: 7 of 7 events retried, 7 succeeded (all of them before: nothing was left)\n"),
        ] {
            let mut test = TestDesk::text();
            let progress = Progress { before, ..progress(Phase::Finished, tally) };
            assert_eq!(test.run(|desk| tell("plan-7f3a9c", &progress, true, desk)), Ok(Exit::Ok));
            assert_eq!(test.out(), said);
        }
    }

    #[test]
    fn every_note_is_told_however_many_there_are() {
        let notes: Vec<String> = (0..50).map(|n| format!("note {n}")).collect();
        let (mut before, mut told) = (Vec::new(), Vec::new());
        for end in [0, 3, 20, 20, 21, 35, 36, 50] {
            let now = notes[..end].iter().rev().take(20).rev().cloned().collect::<Vec<_>>();
            told.extend_from_slice(new_ones(&before, &now));
            before = now;
        }
        assert_eq!(told, notes);
    }

    #[test]
    fn a_line_says_where_it_is() {
        let tally =
            Tally { left: 206, running: 5, succeeded: 198, retrying: 2, dead_again: 1, ..Tally::default() };
        let progress = progress(Phase::Waiting("the stream x is full".to_owned()), tally);
        assert_eq!(
            line(&progress),
            "plan-7f3a9c  206/412  ok 198  failed again 3  running 5  waits: the stream x is full"
        );
    }
}
