//! Looking an embedded bus over.

use async_trait::async_trait;

use super::MemoryBroker;
use super::bus::Bus;
use super::stream::Stream;
use crate::bus::{BusError, Finding, Inspector, Level, StreamReport};
use crate::text::count;

#[async_trait]
impl Inspector for MemoryBroker {
    async fn streams(&self) -> Result<Vec<StreamReport>, BusError> {
        let state = self.bus.state();
        state.reachable()?;
        Ok(state.streams.values().map(report).collect())
    }

    async fn examine(&self) -> Result<Vec<Finding>, BusError> {
        let state = self.bus.state();
        state.reachable()?;
        let entries = state.streams.values().map(Stream::len).sum();
        let trimmed = state.streams.values().map(Stream::trimmed).sum();
        let limit = self.bus.settings.max_stream_length as u64;
        let ok = |check, found| Finding { check, level: Level::Ok, found, mend: None };
        let mut findings = vec![
            ok("version", format!("the broker is {}", Bus::TARGET)),
            ok(
                "streams",
                format!("{} streams with {} entries", count(state.streams.len() as u64), count(entries)),
            ),
            Finding {
                check: "persistence",
                level: Level::Note,
                found: "everything is kept in memory, and gone when this process ends".to_owned(),
                mend: None,
            },
            ok(
                "trimming",
                format!("{} entries trimmed; each stream keeps its newest {}", count(trimmed), count(limit)),
            ),
        ];
        if let Some(why) = &state.refusal {
            findings.push(Finding {
                check: "publish",
                level: Level::Fault,
                found: format!("publishes are refused: {why}"),
                mend: Some("it was told to refuse them; tell it to accept them again".to_owned()),
            });
        }
        Ok(findings)
    }
}

fn report(stream: &Stream) -> StreamReport {
    StreamReport {
        stream: stream.place.stream().clone(),
        event_type: stream.place.event_type().clone(),
        channel: stream.place.channel().cloned(),
        length: stream.len(),
        first: stream.first_id(),
        last: stream.last_id(),
        groups: Vec::new(),
        dead_letters: 0,
    }
}
