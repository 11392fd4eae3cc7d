//! Handlers that are registered and that nobody runs, and consumers that died with entries in their hands.

use std::time::Duration;

use chrono::TimeDelta;

use super::lint::{Judged, Lint, Place};
use super::look::Look;
use super::words::{shell, since, span};
use crate::bus::{ConsumerReport, Counted, HandlerReport, Lag, Level};
use crate::text::{count, display_safe, plural};

const CHECK: &str = "handlers";
/// A handler with work waiting that gave no sign of life for so long is not being restarted.
const DOWN: TimeDelta = TimeDelta::minutes(10);
/// So many leases after its last sign of life others have taken over what a consumer had.
const TAKEN_OVER: u32 = 2;

pub(super) fn judge(look: &Look<'_>) -> Judged {
    let Some(registered) = &look.facts.registered else {
        return Judged::new(
            Vec::new(),
            "this bus keeps no list of its handlers: 'consumers' looks at the groups",
        );
    };
    let mut lints = Vec::new();
    for (name, since) in registered {
        let report = look.handler(name);
        if report.is_none_or(|report| !report.is_alive()) {
            lints.push(unmanned(look, name, report, since.timestamp_millis()));
        }
    }
    for report in look.facts.handlers.iter().filter(|report| report.is_alive()) {
        lints.extend(report.consumers.iter().filter_map(|consumer| died(look, report, consumer)));
    }
    let handlers = plural(registered.len() as u64, "handler is", "handlers are");
    Judged::new(lints, format!("{handlers} registered, and somebody runs each"))
}

/// Nobody runs it. What waits for it makes that a warning, and with time a fault.
fn unmanned(look: &Look<'_>, name: &str, report: Option<&HandlerReport>, registered_ms: i64) -> Lint {
    let shown = display_safe(name);
    let (lag, pending, retries) = report.map_or((Lag::Exactly(0), 0, 0), |report| {
        (report.lag, report.pending, report.scheduled.map_or(0, Counted::number))
    });
    let mut waiting = Vec::new();
    match lag {
        Lag::Exactly(0) => {}
        Lag::Exactly(lag) => waiting.push(format!("{} unread", count(lag))),
        Lag::MoreThan(lag) => waiting.push(format!("more than {} unread", count(lag))),
    }
    for (n, word) in [(pending, "pending"), (retries, "waiting to be retried")] {
        if n > 0 {
            waiting.push(format!("{} {word}", count(n)));
        }
    }
    let seen =
        report.and_then(|report| report.consumers.iter().filter_map(|consumer| consumer.last_seen).max());
    let quiet = seen.map(|seen| look.broker_now() - seen);
    let level = match (waiting.is_empty(), quiet) {
        (true, _) => Level::Note,
        (false, Some(quiet)) if quiet < DOWN => Level::Warning,
        (false, _) => Level::Fault,
    };
    let said = match quiet {
        Some(quiet) => format!("its last sign of life was {} ago", since(quiet)),
        None => "it gives no sign of life".to_owned(),
    };
    let mut waits = if waiting.is_empty() { "nothing waits for it".to_owned() } else { waiting.join(", ") };
    let letters = report.map_or(Counted::Exactly(0), |report| report.dead_letters);
    let left = letters.number() > 0;
    if left {
        let noun = if letters == Counted::Exactly(1) { "dead letter" } else { "dead letters" };
        let but = if waiting.is_empty() { ", but it left" } else { "; it left" };
        waits = format!("{waits}{but} {} {noun}", letters.show());
    }
    let registered = chrono::DateTime::from_timestamp_millis(registered_ms).unwrap_or_default();
    let mut next = vec![format!("start it: tidings work --only {}, or your own program", shell(name))];
    if left {
        next.insert(0, format!(
            "look at its dead letters first, in 4 Failed or with: tidings failed list --state dead --handler {}",
            shell(name)
        ));
    }
    if level == Level::Note {
        let settled = if left { ", and its dead letters are settled" } else { "" };
        next.push(format!("where it is to run no more{settled}: tidings handlers forget {}", shell(name)));
    } else {
        next.push(format!("look at it: tidings handlers show {}", shell(name)));
    }
    Lint {
        check: CHECK,
        level,
        place: Place::handler(name),
        what: format!("nobody runs {shown}: {waits}"),
        evidence: vec![
            format!("{said}; registered {} ago", since(look.broker_now() - registered)),
            waits,
            format!("threshold: with work waiting, a fault after {} without a sign of life", since(DOWN)),
        ],
        next,
    }
}

/// A consumer that gives signs of life no more, and has entries still, though its handler runs elsewhere.
fn died(look: &Look<'_>, report: &HandlerReport, consumer: &ConsumerReport) -> Option<Lint> {
    let seen = consumer.last_seen.filter(|_| consumer.heartbeat.is_none() && consumer.pending > 0)?;
    let quiet = (look.broker_now() - seen).to_std().unwrap_or_default();
    let patience: Duration = report.lease.saturating_mul(TAKEN_OVER);
    if quiet < patience {
        return None;
    }
    let (name, who) = (display_safe(&report.name), display_safe(&consumer.name));
    Some(Lint {
        check: CHECK,
        level: Level::Warning,
        place: Place { consumer: Some(consumer.name.clone()), ..Place::handler(&report.name) },
        what: format!(
            "consumer {who} of {name} died {} ago, and {} are its own still",
            span(quiet),
            plural(consumer.pending, "entry", "entries")
        ),
        evidence: vec![format!(
            "no sign of life for {}; threshold: twice the lease, {}: by then others have taken over",
            span(quiet),
            span(patience)
        )],
        next: vec![
            format!(
                "look whether the others are busy or stuck: tidings handlers show {}",
                shell(&report.name)
            ),
            format!(
                "offer its entries to the others at once: tidings failed release --handler {}",
                shell(&report.name)
            ),
        ],
    })
}
