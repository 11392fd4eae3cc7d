//! The signs of life of workers, and what they say of what is pending with them.

use std::collections::HashMap;

use super::asker::Asker;
use super::codec;
use super::profile::Layout;
use super::question::Question;
use crate::bus::{BusError, Heartbeat, PendingEntry};

const DOING: &str = "reading the signs of life of workers";
/// How many one pipeline asks for.
const CHUNK: usize = 100;

/// The last sign of life of each of these consumers that gives any and that still holds.
pub(super) async fn read(
    asker: &mut Asker,
    layout: &Layout,
    consumers: &[String],
) -> Result<HashMap<String, Heartbeat>, BusError> {
    let mut beats = HashMap::new();
    for chunk in consumers.chunks(CHUNK) {
        let questions: Vec<_> = chunk.iter().map(|name| Question::value_of(&layout.worker(name))).collect();
        for (name, reply) in chunk.iter().zip(asker.ask_all(&questions, DOING).await?) {
            // What may not be read, or is no sign of life, is none.
            let beat = reply.ok().and_then(|value| serde_json::from_str(codec::text(&value)?).ok());
            beats.extend(beat.map(|beat| (name.clone(), beat)));
        }
    }
    Ok(beats)
}

/// Notes on entries of one group the lease that their consumer says; on what was given back, the longest of `consumers`: it
/// is made out to have been left for as long as one of them has a lease.
pub(super) fn note_leases<'a>(
    entries: &mut [PendingEntry],
    consumers: impl IntoIterator<Item = &'a String>,
    beats: &HashMap<String, Heartbeat>,
) {
    let lease_of = |name: &String| beats.get(name).and_then(Heartbeat::lease);
    let longest = consumers.into_iter().filter_map(lease_of).max();
    for entry in entries {
        let said = if entry.is_released {
            longest.map(|longest| longest.max(entry.lease))
        } else {
            lease_of(&entry.consumer)
        };
        entry.lease = said.unwrap_or(entry.lease);
    }
}
