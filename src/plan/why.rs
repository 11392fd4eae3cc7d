//! What the events of a plan that failed again say, for the reason why it stopped.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::bus::{FailedEvent, FailedPage, FailedQuery, FailedQueue, FailedSource};
use crate::event::EventId;
use crate::text::display_safe;

/// How many failed events are looked at, and for how long: a reason is not worth more.
const AT_MOST: usize = 1_000;
const PATIENCE: Duration = Duration::from_secs(2);
/// Of an error's text.
const LENGTH: usize = 200;

/// The error that most of those that belong to `plan`, or are one of `events`, failed with; `None` where none says one.
/// Safe to show.
pub(super) async fn failed_again(
    failed: &dyn FailedQueue,
    plan: &str,
    events: &HashSet<EventId>,
) -> Option<String> {
    let query = FailedQuery {
        at_most: Some(AT_MOST),
        ..FailedQuery::of([FailedSource::Waiting, FailedSource::DeadLetters])
    };
    let (out, pages) = mpsc::channel(2);
    let mut counts = HashMap::new();
    let look = async { tokio::join!(failed.read(&query, out), tally(pages, (plan, events), &mut counts)) };
    // What came within that time is enough.
    let _ = timeout(PATIENCE, look).await;
    let (error, _) = counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)))?;
    let cut = error.floor_char_boundary(LENGTH);
    let rest = if cut < error.len() { ".." } else { "" };
    Some(format!("{}{rest}", display_safe(&error[..cut])))
}

async fn tally(
    mut pages: mpsc::Receiver<FailedPage>,
    (plan, events): (&str, &HashSet<EventId>),
    counts: &mut HashMap<String, u64>,
) {
    // A dead letter does not say which plan retried it before.
    let is_ours = |event: &FailedEvent| {
        event.plan.as_deref() == Some(plan) || event.event.is_some_and(|id| events.contains(&id))
    };
    while let Some(page) = pages.recv().await {
        for error in
            page.events.iter().filter(|event| is_ours(event)).filter_map(|event| event.error.as_deref())
        {
            *counts.entry(error.to_owned()).or_insert(0) += 1;
        }
    }
}
