//! What Redis answers of a group of a stream: its consumers, and what is pending with them.

use std::time::Duration;

use redis::Value;

use super::codec::{self, Malformed};
use super::profile::RELEASED;
use crate::bus::{ConsumerReport, PendingEntry};
use crate::event::StreamKey;

/// The reply of `XINFO CONSUMERS`.
pub(super) fn consumers(reply: Value) -> Result<Vec<ConsumerReport>, Malformed> {
    let read = |consumer| {
        let mut read = ConsumerReport {
            name: String::new(),
            pending: 0,
            idle: Duration::ZERO,
            heartbeat: None,
            last_seen: None,
        };
        for (name, value) in codec::pairs(consumer)? {
            match codec::text(&name) {
                Some("name") => {
                    read.name = String::from_utf8_lossy(&codec::bytes(value)?).into_owned();
                }
                Some("pending") => read.pending = codec::number(&value).unwrap_or(0),
                Some("idle") => read.idle = Duration::from_millis(codec::number(&value).unwrap_or(0)),
                _ => {}
            }
        }
        Ok(read)
    };
    codec::list(reply)?.into_iter().map(read).collect()
}

/// The reply of `XPENDING` in its long form.
pub(super) fn pending_entries(
    stream: &StreamKey,
    is_retry: bool,
    lease: Duration,
    reply: Value,
) -> Result<Vec<PendingEntry>, Malformed> {
    let read = |item| {
        let [id, consumer, idle, deliveries] = codec::exactly(item, "a pending entry has four parts")?;
        let consumer = String::from_utf8_lossy(&codec::bytes(consumer)?).into_owned();
        let deliveries = codec::number(&deliveries).unwrap_or(1);
        Ok(PendingEntry {
            stream: stream.clone(),
            id: codec::entry_id(&id)?,
            // Alga has nobody to give it back to: its deliveries are counted anew.
            is_released: consumer == RELEASED || deliveries == 0,
            consumer,
            idle: Duration::from_millis(codec::number(&idle).unwrap_or(0)),
            deliveries,
            is_retry,
            lease,
        })
    };
    codec::list(reply)?.into_iter().map(read).collect()
}
