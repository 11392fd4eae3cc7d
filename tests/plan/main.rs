//! Retry plans on a real Redis, through the engine that the dashboard and the verbs use.

#![expect(clippy::unwrap_used, clippy::panic, reason = "all of this is tests; a failing one must say where")]

mod loss;
mod rate;
mod resume;
mod trouble;
mod unable;

#[path = "../support/letters.rs"]
mod letters;
#[path = "../support/redis_server.rs"]
mod redis_server;
#[path = "../support/sessions.rs"]
mod sessions;

use chrono::Utc;
use tidings::broker::redis::Settings;
use tidings::bus::FailedAt;
use tidings::plan::{Pace, Phase, Plan, Ports, Progress, Running};

use crate::sessions::{FOREVER, session};

/// A plan over `items`, at a pace.
fn plan(items: Vec<FailedAt>, pace: Pace) -> Plan {
    Plan { items, pace, ..Plan::freeze::<tidings::bus::FailedEvent>(&[], Utc::now(), "jo@web-1") }
}

/// What a plan is driven through.
fn ports(settings: &Settings) -> Ports {
    let session = session(settings);
    Ports { operator: session.operator.clone().unwrap(), failed: session.failed.clone() }
}

/// Waits until a plan is as `is_there` says; fails when that takes for ever.
async fn until_it(what: &str, running: &Running, is_there: impl FnMut(&Progress) -> bool) -> Progress {
    let mut progress = running.progress.clone();
    let seen = tokio::time::timeout(FOREVER, progress.wait_for(is_there)).await;
    seen.unwrap_or_else(|_| panic!("waited in vain: {what}: {:?}", running.progress.borrow()))
        .unwrap()
        .clone()
}

/// Whether it waits, and says this.
fn waits(progress: &Progress, said: &str) -> bool {
    matches!(&progress.phase, Phase::Waiting(why) if why.contains(said))
}
