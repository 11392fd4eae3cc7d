//! All the streams that one watch reads.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::codec::StreamReply;
use super::discovery::Pass;
use super::facts::StreamFacts;
use super::track::Track;
use crate::bus::{BusSignal, ChannelScope, DiscoveryReport, Start};
use crate::event::{Channel, EntryId, StreamKey};

/// The streams of a watch, and where reading them begins.
pub(super) struct Tracks {
    list: Vec<Track>,
    by_key: HashMap<StreamKey, usize>,
    scope: ChannelScope,
    start: Start,
    /// When the watch began, by the server's clock: what is older in a stream found later was not asked for.
    began_ms: u64,
    reported: DiscoveryReport,
}

impl Tracks {
    pub(super) fn new(scope: ChannelScope, start: Start) -> Self {
        Self {
            list: Vec::new(),
            by_key: HashMap::new(),
            scope,
            start,
            began_ms: 0,
            reported: DiscoveryReport::default(),
        }
    }

    /// Takes the streams that there are at the start.
    pub(super) fn begin(&mut self, pass: &Pass, began_ms: u64) {
        self.began_ms = began_ms;
        self.list.clear();
        self.by_key.clear();
        let floor = self.floor();
        for source in pass.sources.values() {
            if self.scope.admits(source.channel.as_ref()) {
                self.add(Track::new(Arc::new(source.into()), floor, floor));
            }
        }
    }

    /// Takes streams that were found while watching, and lets go of those that are gone for good.
    pub(super) fn renew(&mut self, pass: &Pass) {
        for track in &mut self.list {
            // One that is there again is read from where its loss left the cursor.
            track.gone &= !pass.sources.contains_key(&track.place.key);
        }
        self.list.retain(|track| !track.gone);
        self.by_key = self.list.iter().enumerate().map(|(at, t)| (t.place.key.clone(), at)).collect();
        let floor = self.floor();
        // What was there before the watch began is history, and that was read.
        let cursor = match self.start {
            Start::Beginning => EntryId::ZERO,
            Start::Since(_) => floor,
            Start::Last(_) => before_ms(self.began_ms),
        };
        for source in pass.sources.values() {
            if self.scope.admits(source.channel.as_ref()) && !self.by_key.contains_key(&source.key) {
                self.add(Track::found_new(Arc::new(source.into()), cursor, floor));
            }
        }
    }

    fn add(&mut self, track: Track) {
        self.by_key.insert(track.place.key.clone(), self.list.len());
        self.list.push(track);
    }

    /// Where reading a stream from its beginning begins.
    fn floor(&self) -> EntryId {
        match self.start {
            Start::Since(at) => before_ms(u64::try_from(at.timestamp_millis()).unwrap_or(0)),
            Start::Beginning | Start::Last(_) => EntryId::ZERO,
        }
    }

    /// What discovery found, when it is not what was said last.
    pub(super) fn report(&mut self, pass: &Pass, interval: std::time::Duration) -> Option<BusSignal> {
        let channels: BTreeSet<Channel> =
            pass.sources.values().filter_map(|source| source.channel.clone()).collect();
        let report = DiscoveryReport {
            streams: self.list.iter().filter(|track| !track.gone).count(),
            channels: channels.into_iter().collect(),
            strangers: pass.strangers.clone(),
            interval,
        };
        if report == self.reported {
            return None;
        }
        self.reported = report.clone();
        Some(BusSignal::Discovered(report))
    }

    pub(super) fn all(&self) -> &[Track] {
        &self.list
    }

    pub(super) fn all_mut(&mut self) -> &mut [Track] {
        &mut self.list
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &StreamKey> {
        self.list.iter().map(|track| &track.place.key)
    }

    /// The place in the list of the stream that a reply names.
    pub(super) fn position(&self, reply: &StreamReply) -> Option<usize> {
        self.by_key.get(std::str::from_utf8(&reply.0).ok()?).copied()
    }

    /// Judges, with what every stream says of itself, which of them lost their data.
    pub(super) fn judge_loss(&mut self, facts: &[Option<StreamFacts>]) -> Vec<StreamKey> {
        let judged = self.list.iter_mut().zip(facts);
        judged
            .filter_map(|(track, facts)| track.lost_data(facts.as_ref()).then(|| track.place.key.clone()))
            .collect()
    }
}

/// The position before the first entry that could be given out in the millisecond `ms`.
fn before_ms(ms: u64) -> EntryId {
    EntryId::new(ms, 0).previous().unwrap_or(EntryId::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::redis::discovery::Source;
    use crate::event::EventType;

    fn pass(names: &[&str]) -> Pass {
        let source = |name: &&str| {
            let key = StreamKey::new(&format!("event::{name}")).unwrap();
            (key.clone(), Source { key, event_type: EventType::new(name).unwrap(), channel: None })
        };
        Pass { sources: names.iter().map(source).collect(), strangers: Vec::new() }
    }

    fn shown(tracks: &Tracks) -> Vec<(&str, u64)> {
        tracks.all().iter().map(|track| (&track.place.key.as_str()[7..], track.cursor.ms)).collect()
    }

    #[test]
    fn streams_come_go_and_come_again() {
        let mut tracks = Tracks::new(ChannelScope::All, Start::Last(10));
        tracks.begin(&pass(&["A", "B"]), 1_000);
        let there = |last| StreamFacts { last_generated: EntryId::new(last, 0), ..StreamFacts::default() };
        for track in tracks.all_mut() {
            track.begin(&there(500));
            track.rewound(EntryId::new(400, 0), 0);
        }
        assert_eq!(tracks.judge_loss(&[None, Some(there(500))]).len(), 1);
        assert_eq!(shown(&tracks), [("A", 0), ("B", 400)]);
        tracks.renew(&pass(&["A", "B", "C"]));
        assert_eq!(shown(&tracks), [("A", 0), ("B", 400), ("C", 999)], "A is there again, C is new");
        assert!(tracks.all().iter().all(|track| !track.gone));
        tracks.judge_loss(&[Some(there(1)), None, Some(there(1))]);
        tracks.renew(&pass(&["A", "C"]));
        assert_eq!(shown(&tracks), [("A", 0), ("C", 999)]);
        assert_eq!(tracks.position(&(b"event::C".to_vec(), Vec::new())), Some(1));
    }
}
