//! Handlers that would be given what is retried, and that nobody runs: it waits for them, and nobody sees it fail or succeed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::timeout;

use crate::bus::{BusError, FailedEvent, Foreseen, Inspector};
use crate::event::{Channel, EventType};
use crate::text::{count, display_safe};

/// The most types that are asked about,
const TYPES: usize = 50;
/// and handlers that are named.
const NAMED: usize = 5;

/// How long asking may take: a plan can be made without.
const ANSWER: Duration = Duration::from_secs(5);

/// Adds to the notes of `foreseen` which of its handlers nobody runs, as far as the bus says; and why, where that is not
/// known.
pub async fn note_unattended(
    inspector: &dyn Inspector,
    events: impl IntoIterator<Item = &FailedEvent>,
    foreseen: &mut Foreseen,
) {
    if foreseen.handlers.is_empty() {
        return;
    }
    let targets: BTreeSet<Target<'_>> =
        events.into_iter().map(|event| (&event.event_type, event.channel.as_ref())).collect();
    let asking = at_work(inspector, targets);
    let answer = timeout(ANSWER, asking).await.unwrap_or_else(|_| {
        let what = format!("asking took longer than {} s", ANSWER.as_secs());
        Err(BusError::Unavailable { what })
    });
    match answer {
        Ok(Some(at_work)) => {
            let idle = |name: &&String| at_work.get(*name).copied().unwrap_or(0) == 0;
            let idle: Vec<&String> = foreseen.handlers.keys().filter(idle).collect();
            foreseen.notes.extend(told(&idle));
        }
        // Of types that were not asked about, somebody may be there. And a bus that cannot say it has no handlers.
        Ok(None) | Err(BusError::Unsupported(_)) => {}
        Err(why) => {
            let why = display_safe(why.what()).into_owned();
            foreseen.notes.push(format!("whether anybody runs its handlers is not known: {why}"));
        }
    }
}

/// A type, and the channel it is for.
type Target<'a> = (&'a EventType, Option<&'a Channel>);

/// How many work for each handler, by name; `None` where there are too many types to ask.
async fn at_work(
    inspector: &dyn Inspector,
    targets: BTreeSet<Target<'_>>,
) -> Result<Option<BTreeMap<String, u64>>, BusError> {
    if targets.len() > TYPES {
        return Ok(None);
    }
    let mut at_work: BTreeMap<String, u64> = BTreeMap::new();
    for (event_type, channel) in targets {
        for receiver in inspector.receivers(event_type, channel).await?.groups {
            *at_work.entry(receiver.name).or_default() += receiver.consumers;
        }
    }
    Ok(Some(at_work))
}

fn told(idle: &[&String]) -> Option<String> {
    let named: Vec<_> = idle.iter().take(NAMED).map(|name| display_safe(name).into_owned()).collect();
    let more = idle.len().saturating_sub(NAMED) as u64;
    let more = if more > 0 { format!(" and {} more", count(more)) } else { String::new() };
    (!named.is_empty()).then(|| {
        format!("nobody runs {}{more} now: what is retried waits until a worker does", named.join(", "))
    })
}
