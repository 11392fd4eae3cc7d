//! From the reader to the listener: what was read is decoded and judged in a task of its own, so that reading goes on
//! meanwhile. Both sides are bounded; when the listener is slow, reading waits.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::codec::RawEntry;
use super::discovery::Source;
use crate::bus::{Admission, Batch, BusError, BusSignal, Intake, Origin, Raw};
use crate::event::{Channel, Entry, EventType, StreamKey};

/// How many entries go into one signal, so that a listener has a say between two of them,
const BATCH: usize = 500;
/// and how many bytes of them. What is larger than that is alone on its way: however many signals may wait, and however
/// large events are, little more waits than the largest of them.
const BATCH_BYTES: usize = 512 << 10;
/// How many reads may wait to be judged,
const WAITING: usize = 2;
/// and how many bytes of one that waits beside another.
const WAITING_BYTES: usize = 4 << 20;

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
        hand_on((&self.to, 1), Item::Signal(signal), &self.stop).await
    }

    /// Hands on entries, if there are any.
    pub(super) async fn entries(&self, origin: Origin, found: Vec<Found>) -> Result<(), Halt> {
        if found.is_empty() {
            return Ok(());
        }
        let bytes: usize = found.iter().map(|found| found.entry.size()).sum();
        let room = if bytes > WAITING_BYTES { WAITING } else { 1 };
        hand_on((&self.to, room), Item::Entries(origin, found), &self.stop).await
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
        let (mut left, mut bytes) = (found.len(), 0);
        let mut batch = Vec::with_capacity(left.min(BATCH));
        for found in found {
            match self.admit(found) {
                Admission::Entry(entry) => {
                    let size = entry.size();
                    // Before it would be too large: one that is has to wait until all before it has been taken.
                    if batch.len() == BATCH || !batch.is_empty() && bytes + size > BATCH_BYTES {
                        let next = Vec::with_capacity(left.min(BATCH));
                        self.send_batch(origin, std::mem::replace(&mut batch, next), bytes).await?;
                        bytes = 0;
                    }
                    bytes += size;
                    batch.push(entry);
                }
                Admission::OtherTenant => other_tenants += 1,
                Admission::Unattributed => unattributed += 1,
            }
            left -= 1;
        }
        self.send_batch(origin, batch, bytes).await?;
        if other_tenants + unattributed > 0 {
            self.send(BusSignal::Withheld { other_tenants, unattributed }).await?;
        }
        Ok(())
    }

    fn admit(&mut self, found: Found) -> Admission {
        admit(&mut self.intake, found, self.replayable)
    }

    async fn send_batch(&self, origin: Origin, entries: Vec<Entry>, bytes: usize) -> Result<(), Halt> {
        if entries.is_empty() {
            return Ok(());
        }
        // A large one waits until all before it has been taken.
        let room = if bytes > BATCH_BYTES { self.out.max_capacity() } else { 1 };
        hand_on((&self.out, room), BusSignal::Entries(Batch { origin, entries }), &self.stop).await
    }

    async fn send(&self, signal: BusSignal) -> Result<(), Halt> {
        hand_on((&self.out, 1), signal, &self.stop).await
    }
}

/// Sends as soon as there is room for so many.
async fn hand_on<T>(
    (to, room): (&mpsc::Sender<T>, usize),
    item: T,
    stop: &CancellationToken,
) -> Result<(), Halt> {
    let mut places = tokio::select! {
        biased;
        () = stop.cancelled() => return Err(Halt::Stopped),
        places = to.reserve_many(room) => places.map_err(|_| Halt::Stopped)?,
    };
    places.next().ok_or(Halt::Stopped)?.send(item);
    Ok(())
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

#[cfg(test)]
mod tests {
    use std::future::Future as _;
    use std::task::{Context, Waker};

    use super::*;
    use crate::bus::TenantLock;
    use crate::event::EntryId;
    use crate::schema::Registry;

    fn found(bytes: usize) -> Found {
        let place = Place {
            key: StreamKey::new("event::A").unwrap(),
            event_type: EventType::new("A").ok(),
            channel: None,
        };
        let json = format!("{{\"a\":\"{}\"}}", "x".repeat(bytes));
        let fields = vec![(b"event".to_vec(), json.into_bytes())];
        Found { place: Arc::new(place), entry: RawEntry { id: EntryId::new(1, 0), fields: Some(fields) } }
    }

    /// How many entries the signals have that wait, one after the other.
    fn waiting(signals: &mut mpsc::Receiver<BusSignal>) -> Vec<usize> {
        let mut sizes = Vec::new();
        while let Ok(signal) = signals.try_recv() {
            let BusSignal::Entries(batch) = signal else { panic!("{signal:?}") };
            sizes.push(batch.entries.len());
        }
        sizes
    }

    #[test]
    fn what_waits_is_bounded_by_bytes() {
        let (out, mut signals) = mpsc::channel(16);
        let intake = Intake::new(Arc::new(Registry::default()), TenantLock::default());
        let (feed, judge) = feed(intake, true, out, CancellationToken::new());
        let large = 3 * BATCH_BYTES;
        let sizes = [10, BATCH_BYTES / 2, BATCH_BYTES / 2, 10, large, large, 10, 10];
        let all = sizes.into_iter().map(found).chain((0..1_200).map(|_| found(10))).collect();
        feed.to.try_send(Item::Entries(Origin::Live, all)).unwrap();
        let mut judging = std::pin::pin!(judge.run());
        let mut go_on =
            || assert!(judging.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        go_on();
        assert_eq!(
            waiting(&mut signals),
            [2, 2],
            "a batch goes before it is too large, and behind both a large one waits"
        );
        go_on();
        assert_eq!(waiting(&mut signals), [1], "it comes alone");
        go_on();
        assert_eq!(waiting(&mut signals), [1, 500, 500, 202], "behind it there is room for what is small");
    }
}
