//! A sending, as a terminal sees it: a line on standard error now and then, and what it came to.

use serde::Serialize;

use crate::cli::desk::Desk;
use crate::cli::exit::{Exit, Stop};
use crate::compose::{Progress, SendPhase};
use crate::text::{count, rate};

/// What a sending came to, in JSON.
#[derive(Debug, Serialize)]
struct TotalsLine<'a> {
    totals: Totals<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Totals<'a> {
    state: &'static str,
    why: Option<&'a str>,
    lines: u64,
    published: u64,
    repeated: u64,
    bad: u64,
    not_sent: u64,
    unknown: u64,
    left: Option<u64>,
    unknown_events: Vec<DoubtLine>,
}

/// An event that may have been published, or not.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DoubtLine {
    line: u64,
    event_id: String,
}

/// `12,400/100,000  published 12,276  bad 124  4,800/s`
pub(super) fn line(progress: &Progress) -> String {
    let asked = count(progress.asked);
    let mut parts = vec![match progress.total {
        Some(total) => format!("{asked}/{}", count(total)),
        None => asked,
    }];
    for (name, n) in [
        ("published", progress.published),
        ("there already", progress.repeated),
        ("bad", progress.bad),
        ("not sent", progress.not_sent),
        ("unknown", progress.unknown),
    ] {
        if n > 0 {
            parts.push(format!("{name} {}", count(n)));
        }
    }
    match &progress.phase {
        SendPhase::Waiting(why) => parts.push(format!("waits: {why}")),
        SendPhase::Paused => parts.push("paused".to_owned()),
        _ if progress.rate > 0.0 => parts.push(format!("{}/s", rate(progress.rate))),
        _ => {}
    }
    parts.join("  ")
}

/// Tells what it came to; answers how the run ends.
pub(super) fn tell(progress: &Progress, next: &str, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let (state, why) = match &progress.phase {
        SendPhase::Finished => ("finished", None),
        SendPhase::Cancelled => ("cancelled", None),
        SendPhase::Stopped(why) => ("stopped", Some(why.as_str())),
        SendPhase::Sending | SendPhase::Paused | SendPhase::Waiting(_) => ("sending", None),
    };
    let left = progress.left();
    if desk.is_json() {
        let doubts = progress.doubts.iter();
        desk.out.json(&TotalsLine {
            totals: Totals {
                state,
                why,
                lines: progress.total.unwrap_or(progress.asked),
                published: progress.published,
                repeated: progress.repeated,
                bad: progress.bad,
                not_sent: progress.not_sent,
                unknown: progress.unknown,
                left,
                unknown_events: doubts
                    .map(|doubt| DoubtLine { line: doubt.number, event_id: doubt.event.to_string() })
                    .collect(),
            },
        })?;
    } else {
        desk.out.line(&summary(progress))?;
    }
    desk.out.flush()?;
    if desk.out.is_unread() {
        desk.notes.say(&summary(progress));
    }
    if let Some(why) = why {
        desk.notes.say(&format!("stopped: {why}"));
    }
    tell_unsent(progress, desk);
    let is_whole = progress.not_sent + left.unwrap_or_default() + progress.unknown == 0
        && progress.phase == SendPhase::Finished;
    if !is_whole {
        desk.notes.say(next);
    }
    Ok(match progress {
        Progress { unknown: 1.., .. } => Exit::Unknown,
        _ if is_whole && progress.bad == 0 => Exit::Ok,
        _ => Exit::Failed,
    })
}

/// Says of which lines nobody knows, and of which nothing was sent.
pub(super) fn tell_unsent(progress: &Progress, desk: &mut Desk<'_>) {
    if !progress.doubts.is_empty() {
        let lines = ranges(progress.doubts.iter().map(|doubt| doubt.number));
        desk.notes.say(&format!("unknown, published or not: lines {lines}"));
    }
    let rest = match progress.phase {
        // Of a pipe nobody knows whether more would have come.
        SendPhase::Finished => None,
        _ if progress.left() == Some(0) || progress.reached == 0 => None,
        _ => Some(format!("{} and all behind it", progress.reached + 1)),
    };
    let unsent = Some(ranges(progress.unsent.iter().copied())).filter(|lines| !lines.is_empty());
    let lines: Vec<_> = unsent.into_iter().chain(rest).collect();
    if !lines.is_empty() {
        let word = if progress.unsent.is_empty() { "line" } else { "lines" };
        desk.notes.say(&format!("not sent: {word} {}", lines.join(", ")));
    }
}

/// `100,000 lines: 99,000 published, 1,000 bad`
fn summary(progress: &Progress) -> String {
    let lines = progress.total.unwrap_or(progress.asked);
    let mut parts = vec![format!("{} published", count(progress.published))];
    for (n, what) in [
        (progress.repeated, "there already"),
        (progress.bad, "bad"),
        (progress.not_sent + progress.left().unwrap_or_default(), "not sent"),
        (progress.unknown, "unknown"),
    ] {
        if n > 0 {
            parts.push(format!("{} {what}", count(n)));
        }
    }
    let lines = if lines == 1 { "1 line".to_owned() } else { format!("{} lines", count(lines)) };
    format!("{lines}: {}", parts.join(", "))
}

/// `3, 5 to 8`
fn ranges(numbers: impl Iterator<Item = u64>) -> String {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let show = |(first, last): (u64, u64)| match last - first {
        0 => first.to_string(),
        _ => format!("{first} to {last}"),
    };
    ranges.into_iter().map(show).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::test_desk::TestDesk;
    use crate::compose::Doubt;
    use crate::event::EventId;

    fn progress() -> Progress {
        let numbers = [601, 602, 604];
        let doubts = numbers.map(|number| Doubt { number, event: EventId::random() }).to_vec();
        Progress {
            phase: SendPhase::Stopped("no answer".to_owned()),
            total: Some(12_000),
            asked: 1_234,
            published: 1_200,
            repeated: 20,
            bad: 10,
            not_sent: 1,
            unknown: 3,
            doubts,
            doubtful: Vec::new(),
            unsent: vec![700],
            reached: 1_300,
            rate: 480.0,
        }
    }

    #[test]
    fn every_line_is_in_the_summary_and_the_unknown_are_named() {
        let mut test = TestDesk::text();
        let exit = test.run(|desk| tell(&progress(), "Run it again.", desk));
        assert_eq!(exit, Ok(Exit::Unknown));
        assert_eq!(
            test.out(),
            "12,000 lines: 1,200 published, 20 there already, 10 bad, 10,767 not sent, 3 unknown\n"
        );
        assert_eq!(
            test.notes(),
            "stopped: no answer\nunknown, published or not: lines 601 to 602, 604\nnot sent: lines 700, 1301 and all behind it\nRun it again.\n"
        );
    }

    #[test]
    fn how_it_ends_says_whether_all_was_published() {
        let whole = Progress { phase: SendPhase::Finished, asked: 5, published: 5, ..Progress::default() };
        for (progress, exit) in [
            (whole.clone(), Exit::Ok),
            (Progress { repeated: 2, asked: 7, ..whole.clone() }, Exit::Ok),
            (Progress { bad: 1, ..whole.clone() }, Exit::Failed),
            (Progress { total: Some(9), phase: SendPhase::Cancelled, ..whole.clone() }, Exit::Failed),
            (Progress { not_sent: 1, ..whole.clone() }, Exit::Failed),
            (Progress { unknown: 1, ..whole }, Exit::Unknown),
        ] {
            let mut test = TestDesk::text();
            assert_eq!(test.run(|desk| tell(&progress, "Next.", desk)), Ok(exit), "{progress:?}");
        }
    }

    #[test]
    fn a_line_says_where_it_is() {
        assert_eq!(
            line(&Progress { phase: SendPhase::Sending, ..progress() }),
            "1,234/12,000  published 1,200  there already 20  bad 10  not sent 1  unknown 3  480/s"
        );
        let waits = SendPhase::Waiting("the stream x is full".to_owned());
        let progress = Progress { phase: waits, asked: 7, published: 7, ..Progress::default() };
        assert_eq!(line(&progress), "7  published 7  waits: the stream x is full");
    }
}
