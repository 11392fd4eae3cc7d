//! What workers tell observers, as it lies in Redis.

use chrono::Utc;
use redis::Pipeline;

use super::host;
use crate::broker::redis::profile::Layout;
use crate::bus::{FailedAttempt, Heartbeat, NextStep};
use crate::text::rfc3339_ms;

/// About how many failed attempts are kept.
const FAILURES: u32 = 100_000;
/// How long a sign of life holds, in seconds.
const HEARTBEAT_SECONDS: u32 = 15;
/// A worker is forgotten when it was silent for so long.
const FORGOTTEN_MS: i64 = 24 * 3_600_000;

/// One entry for each failed attempt.
pub(super) fn failures(layout: &Layout, failures: &[FailedAttempt]) -> Pipeline {
    let mut pipeline = Pipeline::with_capacity(failures.len());
    let (key, host) = (layout.failures(), host());
    for failed in failures {
        let text = |text: Option<String>| text.unwrap_or_default();
        let add = pipeline.cmd("XADD").arg(&key).arg("MAXLEN").arg("~").arg(FAILURES).arg("*");
        add.arg("handler").arg(failed.handler.as_str());
        add.arg("eventId").arg(text(failed.event.map(|id| id.to_string())));
        add.arg("type").arg(text(failed.event_type.as_ref().map(|name| name.as_str().to_owned())));
        add.arg("tenant").arg(text(failed.tenant.as_ref().map(|id| id.as_str().to_owned())));
        add.arg("sourceStream").arg(failed.source.stream.as_str());
        add.arg("sourceMessageId").arg(failed.source.id.to_string());
        add.arg("attempt").arg(failed.attempt);
        let kind = failed.failure.as_ref().and_then(|failure| serde_json::to_value(failure.kind).ok());
        add.arg("kind").arg(text(kind.and_then(|kind| kind.as_str().map(str::to_owned))));
        add.arg("ms").arg(failed.failure.as_ref().map_or(0, |failure| failure.ms));
        add.arg("at").arg(rfc3339_ms(failed.failure.as_ref().map_or_else(Utc::now, |failure| failure.at)));
        add.arg("error").arg(serde_json::to_string(&failed.error).unwrap_or_default());
        match failed.next {
            NextStep::Retry(at) => add.arg("next").arg("retry").arg("nextAt").arg(rfc3339_ms(at)),
            NextStep::Dead(reason) => add.arg("next").arg("dead").arg("reason").arg(reason.word()),
        };
        add.arg("consumer").arg(&failed.consumer).arg("host").arg(&host);
    }
    pipeline
}

/// A sign of life.
pub(super) fn heartbeat(layout: &Layout, heartbeat: &Heartbeat) -> Pipeline {
    let beat = Heartbeat { host: host(), ..heartbeat.clone() };
    let now = Utc::now().timestamp_millis();
    let mut pipeline = Pipeline::new();
    let json = serde_json::to_string(&beat).unwrap_or_default();
    pipeline.cmd("SET").arg(layout.worker(&beat.consumer)).arg(json).arg("EX").arg(HEARTBEAT_SECONDS);
    pipeline.cmd("ZADD").arg(layout.workers()).arg(now).arg(&beat.consumer);
    pipeline.cmd("ZREMRANGEBYSCORE").arg(layout.workers()).arg("-inf").arg(now - FORGOTTEN_MS);
    pipeline
}

/// That a worker is gone.
pub(super) fn farewell(layout: &Layout, consumer: &str) -> Pipeline {
    let mut pipeline = Pipeline::new();
    pipeline.cmd("DEL").arg(layout.worker(consumer));
    pipeline.cmd("ZREM").arg(layout.workers()).arg(consumer);
    pipeline
}
