//! All the streams that one watch reads.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::codec::StreamReply;
use super::discovery::Pass;
use super::facts::Look;
use super::track::{State, Track};
use crate::bus::{BusError, BusSignal, ChannelScope, DiscoveryReport, Start};
use crate::event::{Channel, EntryId, StreamKey};

/// The streams of a watch, and where reading them begins.
pub(super) struct Tracks {
    list: Vec<Track>,
    by_key: HashMap<StreamKey, usize>,
    scope: ChannelScope,
    start: Start,
    /// When the watch began, by the server's clock: what is older in a stream found later was not asked for.
    began_ms: u64,
    /// What discovery found last.
    found: DiscoveryReport,
    reported: DiscoveryReport,
    /// Where the next look at some of the streams begins.
    turn: usize,
    /// How often some were looked at.
    turns: usize,
}

/// How many keys that may not be read are named.
const REFUSED: usize = 100;
/// Whether a refused key may be read by now is asked once in so many looks: each refusal stands in the server's log.
const ASK_AGAIN: usize = 12;

impl Tracks {
    pub(super) fn new(scope: ChannelScope, start: Start) -> Self {
        Self {
            list: Vec::new(),
            by_key: HashMap::new(),
            scope,
            start,
            began_ms: 0,
            found: DiscoveryReport::default(),
            reported: DiscoveryReport::default(),
            turn: 0,
            turns: 0,
        }
    }

    /// Takes the streams that there are at the start.
    pub(super) fn begin(&mut self, pass: &Pass, began_ms: u64) {
        self.began_ms = began_ms;
        self.note(pass);
        self.list.clear();
        self.by_key.clear();
        let floor = self.floor();
        for source in pass.sources.values() {
            if self.scope.admits(source.channel.as_ref()) {
                self.add(Track::new(Arc::new(source.into()), floor, floor));
            }
        }
    }

    /// Takes what the streams were when the watch began. Fails only if none of them may be read.
    pub(super) fn begin_history(&mut self, looks: Vec<Look>) -> Result<(), BusError> {
        let (cursor, floor) = (self.cursor_of_new(), self.floor());
        let mut refusal = None;
        for (track, look) in self.list.iter_mut().zip(looks) {
            match look {
                Look::There(facts) => track.begin(&facts),
                // It went while we looked.
                Look::Gone => track.state = State::Gone,
                Look::Refused(why) => {
                    // If it may be read later on, that is as if it were found then.
                    *track = Track::found_new(Arc::clone(&track.place), cursor, floor);
                    track.state = State::Refused;
                    refusal.get_or_insert(why);
                }
            }
        }
        self.none_left(refusal)
    }

    /// Fails with the refusal when there are streams and none may be read: a person has to know that.
    fn none_left(&self, refusal: Option<BusError>) -> Result<(), BusError> {
        match refusal {
            Some(why) if self.list.iter().all(|track| track.state == State::Refused) => Err(why),
            _ => Ok(()),
        }
    }

    /// Takes streams that were found while watching, and lets go of those that are gone for good. Answers where the
    /// new ones begin, and how many of the others are there again.
    pub(super) fn renew(&mut self, pass: &Pass) -> (usize, usize) {
        self.note(pass);
        let mut again = 0;
        for track in &mut self.list {
            // One that is there again is read from where its loss left the cursor.
            if track.state == State::Gone && pass.sources.contains_key(&track.place.key) {
                track.state = State::Readable;
                again += 1;
            }
        }
        self.list.retain(|track| {
            // Whether a refused key is still there only a pass over all keys can say.
            track.readable() || pass.sources.contains_key(&track.place.key)
        });
        self.by_key = self.list.iter().enumerate().map(|(at, t)| (t.place.key.clone(), at)).collect();
        let new_from = self.list.len();
        let (cursor, floor) = (self.cursor_of_new(), self.floor());
        for source in pass.sources.values() {
            if self.scope.admits(source.channel.as_ref()) && !self.by_key.contains_key(&source.key) {
                self.add(Track::found_new(Arc::new(source.into()), cursor, floor));
            }
        }
        (new_from, again)
    }

    /// Where reading a stream begins that was not read from the start. What was there before the watch began is
    /// history, and that was read.
    fn cursor_of_new(&self) -> EntryId {
        match self.start {
            Start::Beginning => EntryId::ZERO,
            Start::Since(_) => self.floor(),
            Start::Last(_) => before_ms(self.began_ms),
        }
    }

    fn note(&mut self, pass: &Pass) {
        let channels: BTreeSet<Channel> =
            pass.sources.values().filter_map(|source| source.channel.clone()).collect();
        self.found.channels = channels.into_iter().collect();
        self.found.strangers.clone_from(&pass.strangers);
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
    pub(super) fn report(&mut self, interval: std::time::Duration) -> Option<BusSignal> {
        let refused = self.list.iter().filter(|track| track.state == State::Refused);
        let report = DiscoveryReport {
            streams: self.readable(),
            refused: refused.map(|track| track.place.key.clone()).take(REFUSED).collect(),
            interval,
            ..self.found.clone()
        };
        if report == self.reported {
            return None;
        }
        self.reported = report.clone();
        Some(BusSignal::Discovered(report))
    }

    /// How many streams are read.
    pub(super) fn readable(&self) -> usize {
        self.list.iter().filter(|track| track.readable()).count()
    }

    pub(super) fn all(&self) -> &[Track] {
        &self.list
    }

    pub(super) fn all_mut(&mut self) -> &mut [Track] {
        &mut self.list
    }

    /// The place in the list of the stream that a reply names.
    pub(super) fn position(&self, reply: &StreamReply) -> Option<usize> {
        self.by_key.get(std::str::from_utf8(&reply.0).ok()?).copied()
    }

    /// Which streams are looked at now: all of which something was read, and of the others as many as `most`, in
    /// turn. A stream that was made anew with lower ids brings nothing to read, and only a look can tell.
    pub(super) fn next_looks(&mut self, most: usize) -> Vec<usize> {
        self.turns += 1;
        let ask_again = self.turns.is_multiple_of(ASK_AGAIN);
        let (mut looks, mut others) = (Vec::new(), Vec::new());
        let count = self.list.len();
        for at in (0..count).map(|step| (self.turn + step) % count) {
            let track = &self.list[at];
            if track.touched {
                looks.push(at);
            } else if others.len() < most && (track.readable() || track.state == State::Refused && ask_again)
            {
                others.push(at);
            }
        }
        self.turn = others.last().map_or(0, |at| at + 1);
        looks.extend(others);
        looks
    }

    /// Judges, with what these streams say of themselves, which of them lost their data. Fails only if no stream may
    /// be read.
    pub(super) fn judge_loss(&mut self, looks: &[(usize, Look)]) -> Result<Vec<StreamKey>, BusError> {
        let (mut lost, mut refusal) = (Vec::new(), None);
        for (at, look) in looks {
            let Some(track) = self.list.get_mut(*at) else { continue };
            let is_lost = match look {
                Look::There(facts) => track.lost_data(Some(facts)),
                Look::Gone => track.lost_data(None),
                Look::Refused(why) => {
                    track.state = State::Refused;
                    refusal.get_or_insert_with(|| why.clone());
                    false
                }
            };
            lost.extend(is_lost.then(|| track.place.key.clone()));
        }
        self.none_left(refusal)?;
        Ok(lost)
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
    use crate::broker::redis::facts::StreamFacts;
    use crate::event::EventType;

    fn judge(tracks: &mut Tracks, looks: Vec<Look>) -> Vec<StreamKey> {
        tracks.judge_loss(&looks.into_iter().enumerate().collect::<Vec<_>>()).unwrap()
    }

    fn pass(names: &[&str]) -> Pass {
        let source = |name: &&str| {
            let key = StreamKey::new(&format!("event::{name}")).unwrap();
            (key.clone(), Source { key, event_type: EventType::new(name).unwrap(), channel: None })
        };
        Pass { sources: names.iter().map(source).collect(), ..Pass::default() }
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
        assert_eq!(judge(&mut tracks, vec![Look::Gone, Look::There(there(500))]).len(), 1);
        assert_eq!(shown(&tracks), [("A", 0), ("B", 400)]);
        assert_eq!(tracks.renew(&pass(&["A", "B", "C"])), (2, 1));
        assert_eq!(shown(&tracks), [("A", 0), ("B", 400), ("C", 999)], "A is there again, C is new");
        assert!(tracks.all().iter().all(Track::readable));
        judge(&mut tracks, vec![Look::There(there(1)), Look::Gone, Look::There(there(1))]);
        assert_eq!(tracks.renew(&pass(&["A", "C"])), (2, 0));
        assert_eq!(shown(&tracks), [("A", 0), ("C", 999)]);
        assert_eq!(tracks.position(&(b"event::C".to_vec(), Vec::new())), Some(1));
    }
}
