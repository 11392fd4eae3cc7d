//! Entries with a consumer that says nothing of them.

use std::collections::BTreeSet;
use std::time::Duration;

use super::lint::{Judged, Lint, Place};
use super::look::Look;
use super::words::{examples, shell, span};
use crate::bus::{HandlerReport, Level, PendingEntry, PendingState};
use crate::text::{count, display_safe, plural};

/// An entry that was given out so often and is not done is in a loop: retries of a worker of ours count anew each time.
const OFTEN: u64 = 20;

/// `unmanned`: handlers of which it was said that nobody runs them. What is pending with those needs no second word.
pub(super) fn judge(look: &Look<'_>, unmanned: &BTreeSet<String>) -> Judged {
    let manned = look.facts.handlers.iter().filter(|report| !unmanned.contains(&report.name));
    let lints = manned.filter_map(|report| stuck(look, report)).collect();
    let pending = look.facts.handlers.iter().map(|report| report.pending).sum();
    let passed = format!("{} pending, and somebody is at them", plural(pending, "entry", "entries"));
    Judged::new(lints, passed)
}

fn stuck(look: &Look<'_>, report: &HandlerReport) -> Option<Lint> {
    let stuck: Vec<_> = report.waiting.iter().filter(|entry| entry.state() == PendingState::Stuck).collect();
    let longest = stuck.iter().max_by_key(|entry| entry.idle)?;
    let who: BTreeSet<_> = stuck.iter().map(|entry| display_safe(&entry.consumer).into_owned()).collect();
    let whose: Vec<_> = who.into_iter().collect();
    let name = display_safe(&report.name);
    let number = stuck.len() as u64;
    let mut evidence = vec![
        format!(
            "{} pending, {} looked at, {} stuck",
            count(report.pending),
            count(report.waiting.len() as u64),
            count(number)
        ),
        format!(
            "the longest is idle for {}, given out {}",
            span(longest.idle),
            plural(longest.deliveries, "time", "times")
        ),
        format!(
            "threshold: a lease ({}) without a word at the first delivery, twice that at later ones",
            span(longest.lease)
        ),
        format!("with {}", examples(&whose, 5)),
    ];
    if !look.is_locked {
        evidence.push(format!("it is {} on {}", longest.id, display_safe(longest.stream.as_str())));
    }
    let event_type = look.facts.streams.iter().find(|stream| stream.stream == longest.stream);
    Some(Lint {
        check: "pending",
        level: Level::Warning,
        place: Place {
            event_type: event_type.map(|stream| stream.event_type.clone()),
            ..Place::handler(&report.name)
        },
        what: format!(
            "{} stuck with {name}: {} for {}",
            plural(number, "entry is", "entries are"),
            match &whose[..] {
                [who] =>
                    format!("consumer {who} says nothing of {}", if number == 1 { "it" } else { "them" }),
                _ => "nobody says anything of them".to_owned(),
            },
            span(longest.idle)
        ),
        evidence,
        next: vec![
            "4 Failed shows them; L there offers them to consumers again".to_owned(),
            format!("tidings failed list --handler {} --state stuck", shell(&report.name)),
        ],
    })
}

/// Entries that are given out again and again.
pub(super) fn judge_loops(look: &Look<'_>) -> Judged {
    let lints = look.facts.handlers.iter().filter_map(|report| looping(look, report)).collect();
    Judged::new(lints, format!("no pending entry was given out {OFTEN} times"))
}

fn looping(look: &Look<'_>, report: &HandlerReport) -> Option<Lint> {
    let often: Vec<&PendingEntry> = report.waiting.iter().filter(|entry| entry.deliveries >= OFTEN).collect();
    let worst = often.iter().max_by_key(|entry| entry.deliveries)?;
    let idle: Duration = worst.idle;
    let mut evidence = vec![
        format!(
            "the worst was given out {} times, the last time {} ago",
            count(worst.deliveries),
            span(idle)
        ),
        format!("threshold: {OFTEN} times"),
    ];
    if !look.is_locked {
        evidence.push(format!("it is {} on {}", worst.id, display_safe(worst.stream.as_str())));
    }
    let n = often.len() as u64;
    Some(Lint {
        check: "retry-loop",
        level: Level::Warning,
        place: Place::handler(&report.name),
        what: format!(
            "{} again and again to {} and never done: up to {} times",
            plural(n, "entry is given", "entries are given"),
            display_safe(&report.name),
            count(worst.deliveries)
        ),
        evidence,
        next: vec![
            "look at the handler's own log: what fails there each time?".to_owned(),
            format!("tidings failed list --handler {}", shell(&report.name)),
        ],
    })
}
