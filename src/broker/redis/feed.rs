//! From the reader to the listener: what was read is decoded and judged in a task of its own, so that reading goes on
//! meanwhile. Both sides are bounded; when the listener is slow, reading waits.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::codec::RawEntry;
use super::discovery::Source;
use crate::bus::{Admission, Batch, BusError, BusSignal, Intake, Origin, Raw};
use crate::event::{Channel, Entry, EventType, StreamKey};

/// How many entries go into one signal, so that a listener has a say between two of them.
const BATCH: usize = 500;
/// How many reads may wait to be judged.
const WAITING: usize = 2;

/// Why a watch ends.
#[derive(Debug)]
pub(super) enum Halt {
    /// Nobody wants it any more.
    Stopped,
    /// It cannot go on.
    Failed(BusError),
}

/// Where an entry came from: a stream, or a Pub/Sub channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Its key or name.
    pub(super) key: StreamKey,
    /// The type it is named for; `None` for a Pub/Sub channel that fits no type.
    pub(super) event_type: Option<EventType>,
    /// The channel it belongs to, in a profile that has them.
    pub(super) channel: Option<Channel>,
}

impl From<&Source> for Place {
    fn from(source: &Source) -> Self {
        let Source { key, event_type, channel } = source.clone();
        Self { key, event_type: Some(event_type), channel }
    }
}

/// An entry as it was read, and where.
#[derive(Debug)]
pub(super) struct Found {
    /// Where.
    pub(super) place: Arc<Place>,
    /// Its position and fields.
    pub(super) entry: RawEntry,
}

/// What the reader hands on, in order.
#[derive(Debug)]
enum Item {
    Signal(BusSignal),
    Entries(Origin, Vec<Found>),
}

/// The reader's end.
#[derive(Clone)]
pub(super) struct Feed {
    to: mpsc::Sender<Item>,
    stop: CancellationToken,
}

/// The judge's end.
pub(super) struct Judge {
    from: mpsc::Receiver<Item>,
    intake: Intake,
    replayable: bool,
    out: mpsc::Sender<BusSignal>,
    stop: CancellationToken,
}

/// A feed, and the judge that serves it.
pub(super) fn feed(
    intake: Intake,
    replayable: bool,
    out: mpsc::Sender<BusSignal>,
    stop: CancellationToken,
) -> (Feed, Judge) {
    let (to, from) = mpsc::channel(WAITING);
    (Feed { to, stop: stop.clone() }, Judge { from, intake, replayable, out, stop })
}

impl Feed {
    /// Hands on a signal.
    pub(super) async fn signal(&self, signal: BusSignal) -> Result<(), Halt> {
        self.send(Item::Signal(signal)).await
    }

    /// Hands on entries, if there are any.
    pub(super) async fn entries(&self, origin: Origin, found: Vec<Found>) -> Result<(), Halt> {
        if found.is_empty() { Ok(()) } else { self.send(Item::Entries(origin, found)).await }
    }

    async fn send(&self, item: Item) -> Result<(), Halt> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Halt::Stopped),
            sent = self.to.send(item) => sent.map_err(|_| Halt::Stopped),
        }
    }

    /// Until nobody wants the watch any more.
    pub(super) async fn unwanted(&self) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = self.to.closed() => {}
        }
    }
}

impl Judge {
    /// Judges what comes, and sends it on, until the reader ends or nobody listens.
    pub(super) async fn run(mut self) {
        loop {
            let item = tokio::select! {
                biased;
                () = self.out.closed() => return,
                item = self.from.recv() => item,
            };
            let sent = match item {
                None => return,
                Some(Item::Signal(signal)) => self.send(signal).await,
                Some(Item::Entries(origin, found)) => self.judge(origin, found).await,
            };
            if sent.is_err() {
                return;
            }
        }
    }

    async fn judge(&mut self, origin: Origin, found: Vec<Found>) -> Result<(), Halt> {
        let (mut other_tenants, mut unattributed) = (0, 0);
        let mut batch = Vec::with_capacity(found.len().min(BATCH));
        for found in found {
            match self.admit(found) {
                Admission::Entry(entry) => batch.push(entry),
                Admission::OtherTenant => other_tenants += 1,
                Admission::Unattributed => unattributed += 1,
            }
            if batch.len() == BATCH {
                self.send_batch(origin, &mut batch).await?;
            }
        }
        self.send_batch(origin, &mut batch).await?;
        if other_tenants + unattributed > 0 {
            self.send(BusSignal::Withheld { other_tenants, unattributed }).await?;
        }
        Ok(())
    }

    fn admit(&mut self, found: Found) -> Admission {
        admit(&mut self.intake, found, self.replayable)
    }

    async fn send_batch(&self, origin: Origin, batch: &mut Vec<Entry>) -> Result<(), Halt> {
        if batch.is_empty() {
            return Ok(());
        }
        let entries = std::mem::replace(batch, Vec::with_capacity(BATCH));
        self.send(BusSignal::Entries(Batch { origin, entries })).await
    }

    async fn send(&self, signal: BusSignal) -> Result<(), Halt> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Halt::Stopped),
            sent = self.out.send(signal) => sent.map_err(|_| Halt::Stopped),
        }
    }
}

/// Decodes and judges one entry.
pub(super) fn admit(intake: &mut Intake, found: Found, replayable: bool) -> Admission {
    let Found { place, entry } = found;
    intake.admit(Raw {
        stream: place.key.clone(),
        id: entry.id,
        replayable,
        channel: place.channel.clone(),
        event_type: place.event_type.clone(),
        fields: entry.fields.unwrap_or_default(),
    })
}
