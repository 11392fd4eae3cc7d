//! Workers' clocks against the server's: each says by its own clock when it last gave a sign of life.

use chrono::TimeDelta;

use super::lint::{Judged, Lint, Place};
use super::look::Look;
use super::words::difference;
use crate::bus::Level;
use crate::text::{display_safe, plural};

/// A difference up to this much does no harm.
const HARMLESS: TimeDelta = TimeDelta::seconds(2);
/// A sign of life that still holds is no older than this.
const HOLDS: TimeDelta = TimeDelta::seconds(15);

pub(super) fn judge(look: &Look<'_>) -> Judged {
    let now = look.broker_now();
    let mut lints = Vec::new();
    let mut workers = 0;
    for report in &look.facts.handlers {
        for consumer in report.consumers.iter().filter(|consumer| consumer.heartbeat.is_some()) {
            let Some(seen) = consumer.last_seen else { continue };
            workers += 1;
            let (ahead, behind) = (seen - now, now - seen - HOLDS);
            let (by, word) = if ahead > HARMLESS {
                (ahead, "ahead of")
            } else if behind > HARMLESS {
                (behind, "behind")
            } else {
                continue;
            };
            let (by, at_least) = (difference(by), if word == "behind" { "at least " } else { "" });
            let host = consumer
                .heartbeat
                .as_ref()
                .map(|beat| display_safe(&beat.host).into_owned())
                .unwrap_or_default();
            lints.push(Lint {
                check: "worker-clock",
                level: Level::Warning,
                place: Place { consumer: Some(consumer.name.clone()), ..Place::handler(&report.name) },
                what: format!(
                    "the clock of {host}, which runs {}, is {at_least}{by} {word} the server's",
                    display_safe(&report.name)
                ),
                evidence: vec![
                    format!(
                        "consumer {}: its last sign of life is dated {seen}",
                        display_safe(&consumer.name)
                    ),
                    format!("the server's clock says {now}; threshold: {}", difference(HARMLESS)),
                    "times of its failed attempts, and of what it schedules, are off by that".to_owned(),
                ],
                next: vec![format!("set the clock of {host} by NTP")],
            });
        }
    }
    let passed = match workers {
        0 => "no worker says when it was last seen".to_owned(),
        _ => format!(
            "{} the server's",
            plural(workers, "worker's clock agrees with", "workers' clocks agree with")
        ),
    };
    Judged::new(lints, passed)
}
