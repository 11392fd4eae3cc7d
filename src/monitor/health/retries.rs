//! Retries whose time has come and gone: nobody moves them out of the schedule.

use chrono::TimeDelta;

use super::lint::{Judged, Lint, Place};
use super::look::Look;
use super::words::{shell, since};
use crate::bus::{Counted, Level};
use crate::text::{display_safe, plural};

/// Workers look every few seconds: what is later than this is not moved by anybody.
const OVERDUE: TimeDelta = TimeDelta::minutes(1);

pub(super) fn judge(look: &Look<'_>) -> Judged {
    if !look.facts.has_schedule {
        return Judged::new(Vec::new(), "this bus has no schedule of retries");
    }
    let now = look.broker_now();
    let mut lints = Vec::new();
    let mut waiting = 0;
    for report in &look.facts.handlers {
        let scheduled = report.scheduled.map_or(0, Counted::number);
        waiting += scheduled;
        let Some(due) = report.next_retry.filter(|due| scheduled > 0 && now - *due > OVERDUE) else {
            continue;
        };
        let late = since(now - due);
        let alive = report.consumers.iter().filter(|consumer| consumer.is_alive(report.lease)).count();
        lints.push(Lint {
            check: "retries",
            level: Level::Warning,
            place: Place::handler(&report.name),
            what: format!("retries of {} are overdue: the next one for {late}", display_safe(&report.name)),
            evidence: vec![
                format!(
                    "{} in the schedule; {} alive",
                    plural(scheduled, "retry waits", "retries wait"),
                    plural(alive as u64, "worker", "workers")
                ),
                format!(
                    "the next one was due {late} ago by the broker's clock; threshold: {}",
                    since(OVERDUE)
                ),
            ],
            next: vec![
                "workers move what is due: look whether one of this bus runs, and what it says".to_owned(),
                format!("tidings handlers show {}", shell(&report.name)),
            ],
        });
    }
    Judged::new(
        lints,
        format!("{} in the schedules, none overdue", plural(waiting, "retry waits", "retries wait")),
    )
}
