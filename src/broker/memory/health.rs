//! What lies on an embedded bus, as its health is judged by.

use std::time::Duration;

use super::bus::at;
use super::group::Group;
use super::state::State;
use super::stream::Stream;
use crate::bus::{BusFacts, ConsumerFacts, GroupFacts, HandlerReport, Lag, StreamFacts};
use crate::event::EntryId;

/// `limit`: the length that streams are trimmed to.
pub(super) fn facts(state: &State, handlers: Vec<HandlerReport>, limit: u64, now_ms: u64) -> BusFacts {
    let registered = state
        .handlers
        .iter()
        .filter_map(|(name, registered)| Some((name.as_str().to_owned(), at(registered.at_ms)?)));
    BusFacts {
        streams: state.streams.values().map(|stream| stream_facts(state, stream, now_ms)).collect(),
        registered: Some(registered.collect()),
        handlers,
        group: None,
        limit: Some(limit),
        has_schedule: true,
        unseen: Vec::new(),
    }
}

fn stream_facts(state: &State, stream: &Stream, now_ms: u64) -> StreamFacts {
    let key = stream.place.stream();
    let groups = state.handlers.iter().filter_map(|(name, registered)| {
        let group = registered.groups.get(key)?;
        let beats = state.heartbeats.values();
        let alive = beats.filter(|(until, beat)| *until > now_ms && beat.handler == name.as_str()).count();
        Some(GroupFacts {
            name: name.as_str().to_owned(),
            pending: group.pending.len() as u64,
            lag: Lag::Exactly(group.unread(stream)),
            last_delivered: last_delivered(group, stream),
            read: Some(group.next.max(stream.trimmed())),
            oldest_pending: group.pending.keys().next().copied(),
            consumers: vec![ConsumerFacts { pending: 0, idle: Duration::ZERO }; alive],
        })
    });
    StreamFacts {
        stream: key.clone(),
        event_type: stream.place.event_type().clone(),
        channel: stream.place.channel().cloned(),
        length: stream.len(),
        added: Some(stream.end()),
        first: stream.first_id(),
        groups: groups.collect(),
    }
}

/// The last entry that the group was given; what lies just before the first that it was not given, where that is gone.
fn last_delivered(group: &Group, stream: &Stream) -> EntryId {
    let next = stream.get(group.next.max(stream.trimmed()));
    let before = next.and_then(|stored| stored.id.previous());
    before.or_else(|| stream.last_id()).unwrap_or(EntryId::ZERO)
}
