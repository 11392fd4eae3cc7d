//! The task that follows what was retried to its outcome.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::shared::Shared;
use crate::bus::Follower;

/// Between two looks.
const INTERVAL: Duration = Duration::from_secs(1);
/// Between two looks just after something began, when outcomes come soon.
const AT_FIRST: Duration = Duration::from_millis(200);
/// For how long it is looked more often.
const FIRST: Duration = Duration::from_secs(5);
/// So many refusals in a row, and it is not looked any more.
const PATIENCE: u32 = 5;

/// Looks until nothing more is retried and every outcome is known.
pub(super) async fn follow(mut follower: Box<dyn Follower>, shared: Arc<Shared>) {
    let mut began = Instant::now();
    let mut refused = 0;
    loop {
        let over = shared.phase().is_over() || shared.phase() == super::Phase::Following;
        let added = shared.take_added();
        if !added.is_empty() {
            follower.add(&added);
        }
        let tally = shared.tally();
        if tally.running + tally.retrying > 0 {
            match follower.look().await {
                Ok(changes) => {
                    refused = 0;
                    shared.followed(&changes);
                }
                Err(error) => {
                    let passing = matches!(error, crate::bus::BusError::Unavailable { .. });
                    refused = if passing { 0 } else { refused + 1 };
                    shared.note(format!("what became of retried events cannot be seen: {}", error.what()));
                    if refused >= PATIENCE {
                        return lose_sight(&shared).await;
                    }
                }
            }
        } else if over && added.is_empty() {
            return;
        }
        let interval = if began.elapsed() < FIRST { AT_FIRST } else { INTERVAL };
        if timeout(interval, shared.stir.notified()).await.is_ok() {
            began = Instant::now();
            // Not at once: the handler has to get it first.
            sleep(AT_FIRST).await;
        }
    }
}

/// The broker refuses to say: what is retried from now on is `lost`, until nothing more is.
async fn lose_sight(shared: &Shared) {
    loop {
        shared.take_added();
        shared.book(super::books::Books::lose_sight);
        let phase = shared.phase();
        let tally = shared.tally();
        if (phase.is_over() || phase == super::Phase::Following) && tally.running + tally.retrying == 0 {
            return;
        }
        sleep(INTERVAL).await;
    }
}
