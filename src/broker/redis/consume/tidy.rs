//! Consumers of workers that were killed: when what they had is done, they would stay in their groups for ever.

use std::collections::BTreeMap;
use std::time::Duration;

use redis::{Pipeline, Value};
use tokio::time::Instant;

use super::member::Member;
use crate::broker::redis::codec::{self, Malformed};
use crate::broker::redis::profile::{Layout, RELEASED};
use crate::broker::redis::script::{Call, TIDY, call_all};
use crate::bus::BusError;
use crate::event::StreamKey;

const DOING: &str = "looking for consumers that are gone";
/// A consumer that said nothing for so many leases is gone: an hour, with a lease of 30 s.
const SILENT_LEASES: u64 = 120;
/// It is looked for them so often within that time.
const LOOKS: u64 = 6;

impl Member {
    /// Takes consumers out of our groups that are gone and have nothing pending, when it is time.
    pub(super) async fn tidy(&self) -> Result<(), BusError> {
        let silent_ms = self.lease_ms.saturating_mul(SILENT_LEASES);
        let Ok(mut next) = self.next_tidy.try_lock() else { return Ok(()) };
        if Instant::now() < *next {
            return Ok(());
        }
        *next = Instant::now() + Duration::from_millis(silent_ms / LOOKS);
        let silent = self.silent(silent_ms).await?;
        if silent.is_empty() {
            return Ok(());
        }
        let layout: &Layout = self.groups.upkeep.layout();
        let mut beats = Pipeline::with_capacity(silent.len());
        for name in silent.keys() {
            beats.cmd("EXISTS").arg(layout.worker(name));
        }
        let beats = self.commands().ask(&mut beats, DOING).await?;
        let mut gone: BTreeMap<StreamKey, Vec<String>> = BTreeMap::new();
        for ((name, streams), beat) in silent.into_iter().zip(beats) {
            if codec::number(&beat) != Some(0) {
                continue;
            }
            for stream in streams {
                gone.entry(stream).or_default().push(name.clone());
            }
        }
        let call = |(stream, names): (&StreamKey, &Vec<String>)| {
            let mut call = Call::new(&TIDY, [stream.as_str()]);
            call.arg(self.groups.handler.as_str()).arg(silent_ms).arg(names.as_slice());
            call
        };
        let calls: Vec<_> = gone.iter().map(call).collect();
        let mut count = 0;
        for answer in call_all(self.commands(), &calls, DOING).await? {
            count += codec::number(&answer?).unwrap_or(0);
        }
        if count > 0 {
            tracing::info!(handler = %self.groups.handler, consumers = count, "taken out of the groups: they are gone");
        }
        Ok(())
    }

    /// Consumers that said nothing for so long and have nothing pending, and where.
    async fn silent(&self, silent_ms: u64) -> Result<BTreeMap<String, Vec<StreamKey>>, BusError> {
        let readings = self.groups.readings();
        let mut questions = Pipeline::with_capacity(readings.len());
        for stream in readings.keys() {
            questions.cmd("XINFO").arg("CONSUMERS").arg(stream.as_str()).arg(self.groups.handler.as_str());
        }
        let mut silent: BTreeMap<String, Vec<StreamKey>> = BTreeMap::new();
        for (stream, answer) in readings.keys().zip(self.commands().ask_each(&mut questions, DOING).await?) {
            let listed = match answer {
                Ok(listed) => codec::list(listed).map_err(|fault| self.unreadable(fault, DOING))?,
                Err(why @ BusError::Unavailable { .. }) => return Err(why),
                // The group or the stream is gone, is something else, or may not be looked at.
                Err(_) => continue,
            };
            for consumer in listed {
                let name = silent_name(consumer, silent_ms).map_err(|fault| self.unreadable(fault, DOING))?;
                if let Some(name) = name.filter(|name| *name != self.name) {
                    silent.entry(name).or_default().push(stream.clone());
                }
            }
        }
        Ok(silent)
    }
}

/// The name of a consumer that said nothing for so long and has nothing pending.
fn silent_name(consumer: Value, silent_ms: u64) -> Result<Option<String>, Malformed> {
    let facts = codec::pairs(consumer)?;
    let find = |wanted: &str| codec::find(&facts, wanted);
    let is_silent = find("pending").and_then(codec::number) == Some(0)
        && find("idle").and_then(codec::number).is_some_and(|idle| idle >= silent_ms);
    let name = find("name").and_then(codec::text).filter(|name| *name != RELEASED && is_silent);
    Ok(name.map(str::to_owned))
}
