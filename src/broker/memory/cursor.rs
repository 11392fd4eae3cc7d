//! How far a watch has read each stream.

use std::collections::BTreeMap;
use std::time::Duration;

use super::bus::millis;
use super::failures::{FailureCursor, Failures};
use super::state::State;
use super::stream::{Found, Stream};
use crate::bus::{ChannelScope, DiscoveryReport, FailureBatch, Gap, Origin, Start, TenantLock};
use crate::event::{EntryId, StreamKey};

/// The cursors of one watch. While it reads history, each has an end: what was there when the watch began.
#[derive(Debug)]
pub(super) struct Cursors {
    pub(super) by_stream: BTreeMap<StreamKey, Cursor>,
    scope: ChannelScope,
    start: Start,
    in_history: bool,
    layout: Option<u64>,
    /// How far failed attempts have been read, where they are wanted.
    pub(super) failures: Option<FailureCursor>,
}

/// How far one stream has been read, in its entries' numbers.
#[derive(Debug)]
pub(super) struct Cursor {
    birth: u64,
    /// The number of the next entry to read.
    pub(super) next: u64,
    /// Where to stop.
    until: u64,
    /// The last entry that was read.
    last: EntryId,
}

/// What became of the streams since the last look.
#[derive(Debug, Default)]
pub(super) struct Moves {
    pub(super) lost: Vec<StreamKey>,
    pub(super) discovered: Option<DiscoveryReport>,
}

impl Cursors {
    pub(super) fn new(scope: ChannelScope, start: Start) -> Self {
        Self { by_stream: BTreeMap::new(), scope, start, in_history: true, layout: None, failures: None }
    }

    /// Whether all that was there at the start has been read.
    pub(super) fn at_end_of_history(&self) -> bool {
        self.by_stream.values().all(|cursor| cursor.next >= cursor.until)
    }

    /// The failed attempts that were recorded since the last time, a page of them at most.
    pub(super) fn read_failures(&mut self, failures: &Failures, lock: &TenantLock) -> FailureBatch {
        match &mut self.failures {
            Some(cursor) => cursor.read(failures, lock),
            None => FailureBatch::new(Origin::Live),
        }
    }

    /// From here on everything is read as it comes.
    pub(super) fn go_live(&mut self) {
        self.in_history = false;
        for cursor in self.by_stream.values_mut() {
            cursor.until = u64::MAX;
        }
    }

    /// Follows the streams that there are: drops cursors of lost ones, makes cursors for new ones.
    pub(super) fn follow(&mut self, state: &State) -> Moves {
        let mut moves = Moves::default();
        if self.layout == Some(state.layout) {
            return moves;
        }
        let first_look = self.layout.replace(state.layout).is_none();
        self.by_stream.retain(|key, cursor| {
            let kept = state.streams.get(key).is_some_and(|stream| stream.birth == cursor.birth);
            if !kept {
                moves.lost.push(key.clone());
            }
            kept
        });
        for (key, stream) in &state.streams {
            if self.scope.admits(stream.place.channel()) && !self.by_stream.contains_key(key) {
                let cursor =
                    if first_look { self.cursor_at_start(stream) } else { self.cursor_of_new(stream) };
                self.by_stream.insert(key.clone(), cursor);
            }
        }
        moves.discovered = Some(self.report(state));
        moves
    }

    fn cursor_at_start(&self, stream: &Stream) -> Cursor {
        let next = match self.start {
            Start::Beginning => stream.trimmed(),
            Start::Since(at) => stream.number_from(EntryId::new(millis(at), 0)),
            // Rewound from here, over all streams together.
            Start::Last(_) => stream.end(),
        };
        Cursor { birth: stream.birth, next, until: stream.end(), last: EntryId::ZERO }
    }

    /// A stream found while watching is read from its beginning, even what was trimmed of it before we looked.
    fn cursor_of_new(&self, stream: &Stream) -> Cursor {
        let next = match self.start {
            Start::Beginning | Start::Last(_) => 0,
            Start::Since(at) => stream.number_from(EntryId::new(millis(at), 0)),
        };
        let until = if self.in_history { next } else { u64::MAX };
        Cursor { birth: stream.birth, next, until, last: EntryId::ZERO }
    }

    fn report(&self, state: &State) -> DiscoveryReport {
        let mut channels: Vec<_> =
            state.streams.values().filter_map(|stream| stream.place.channel().cloned()).collect();
        channels.sort();
        channels.dedup();
        DiscoveryReport {
            streams: self.by_stream.len(),
            channels,
            strangers: Vec::new(),
            refused: Vec::new(),
            // New streams are known at once.
            interval: Duration::ZERO,
        }
    }
}

impl Cursor {
    /// At the entry with this number.
    pub(super) fn at(stream: &Stream, next: u64) -> Self {
        Self { birth: stream.birth, next, until: u64::MAX, last: EntryId::ZERO }
    }

    /// The next entry, if it may be read already.
    pub(super) fn peek(&self, stream: &Stream) -> Option<Found> {
        if self.next < self.until { found(stream, self.next) } else { None }
    }

    /// The entry before the next one, if it is there still.
    pub(super) fn peek_back(&self, stream: &Stream) -> Option<Found> {
        found(stream, self.next.checked_sub(1)?)
    }

    /// Takes `found` as read.
    pub(super) fn advance(&mut self, found: &Found) {
        self.next = found.number + 1;
        self.last = found.stored.id;
    }

    /// Steps over what was trimmed before it could be read, and says how much that was.
    pub(super) fn skip_trimmed(&mut self, stream: &Stream) -> Option<Gap> {
        let reach = stream.trimmed().min(self.until);
        let lost = reach.checked_sub(self.next).filter(|lost| *lost > 0)?;
        self.next = reach;
        Some(Gap {
            stream: stream.place.stream().clone(),
            after: self.last,
            before: stream.floor(),
            lost: Some(lost),
            why: "trimmed before it was read",
        })
    }
}

fn found(stream: &Stream, number: u64) -> Option<Found> {
    let stored = stream.get(number)?.clone();
    Some(Found { place: stream.place.clone(), number, stored })
}
