//! What this consumer was given and has not finished: the one table that the parts of a worker share.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::bus::{Cancellation, Claim, Delivery};

/// A delivery that stands in the table.
pub(super) type Held = (Delivery, Arc<Cancellation>);

/// So many bytes of events are taken before some are finished; what is taken beyond is one answer of the broker.
const MOST_BYTES: usize = 64 << 20;

/// What is held, and how large it is.
#[derive(Default)]
struct Entries {
    by_claim: HashMap<Claim, (Arc<Cancellation>, usize)>,
    bytes: usize,
}

impl Entries {
    fn remove(&mut self, claim: &Claim) -> Option<Arc<Cancellation>> {
        let (hold, size) = self.by_claim.remove(claim)?;
        self.bytes -= size;
        Some(hold)
    }
}

/// Entries that are ours.
pub(super) struct Table {
    held: Mutex<Entries>,
    /// Deliveries may have been lost on their way to us, and were not found yet.
    pub(super) looking: AtomicBool,
    /// Held from asking for what others left until it stands in the table: a look for lost deliveries in between would
    /// take it for lost.
    pub(super) taking_over: tokio::sync::Mutex<()>,
    /// An entry was finished: there is room for another.
    freed: Notify,
    /// All attempts end with this.
    all: CancellationToken,
}

impl Table {
    pub(super) fn new() -> Self {
        Self {
            held: Mutex::default(),
            looking: AtomicBool::new(false),
            taking_over: tokio::sync::Mutex::default(),
            freed: Notify::new(),
            all: CancellationToken::new(),
        }
    }

    fn held(&self) -> MutexGuard<'_, Entries> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what was given to us, without what is here already.
    pub(super) fn hold_all(&self, given: Vec<Delivery>) -> Vec<Held> {
        given.into_iter().filter_map(|delivery| self.hold(&delivery).map(|hold| (delivery, hold))).collect()
    }

    fn hold(&self, delivery: &Delivery) -> Option<Arc<Cancellation>> {
        let mut held = self.held();
        if held.by_claim.contains_key(&delivery.claim) {
            return None;
        }
        let cancellation = Arc::new(Cancellation::under(self.all.clone()));
        let size = delivery.raw.size();
        held.by_claim.insert(delivery.claim.clone(), (Arc::clone(&cancellation), size));
        held.bytes += size;
        Some(cancellation)
    }

    /// Lets go of entries that are finished, or are not ours any more.
    pub(super) fn release<'a>(&self, claims: impl IntoIterator<Item = &'a Claim>) {
        let mut held = self.held();
        for claim in claims {
            held.remove(claim);
        }
        drop(held);
        self.freed.notify_waiters();
    }

    /// Ends the attempts at entries that another consumer has by now, and lets go of them.
    pub(super) fn lose(&self, lost: &[Claim]) {
        let mut held = self.held();
        for hold in lost.iter().filter_map(|claim| held.remove(claim)) {
            hold.cut_off();
        }
        drop(held);
        self.freed.notify_waiters();
    }

    /// Ends all attempts.
    pub(super) fn cancel_all(&self) {
        self.all.cancel();
    }

    pub(super) fn claims(&self) -> Vec<Claim> {
        self.held().by_claim.keys().cloned().collect()
    }

    /// Waits until fewer than so many of these are held.
    pub(super) async fn fewer_of(&self, claims: &[Claim], count: usize) {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            let held = {
                let held = self.held();
                claims.iter().filter(|claim| held.by_claim.contains_key(claim)).count()
            };
            if held < count {
                return;
            }
            freed.await;
        }
    }

    /// Leaves out what is not held any more.
    pub(super) fn keep_held(&self, claims: &mut Vec<Claim>) {
        let held = self.held();
        claims.retain(|claim| held.by_claim.contains_key(claim));
    }

    /// How many more may be taken when `most` may be held.
    pub(super) fn free(&self, most: usize) -> usize {
        let held = self.held();
        if held.bytes >= MOST_BYTES { 0 } else { most.saturating_sub(held.by_claim.len()) }
    }

    /// Waits until fewer than `most` are held, and not too large ones; answers how many more may be taken.
    pub(super) async fn room(&self, most: usize) -> usize {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            // From here on no finish is missed.
            freed.as_mut().enable();
            match self.free(most) {
                0 => freed.await,
                room => return room,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::Raw;
    use crate::event::{EntryId, StreamKey};

    fn delivery(n: u64, bytes: usize) -> Delivery {
        let claim = Claim { stream: StreamKey::new("event::A").unwrap(), id: EntryId::new(n, 0) };
        let raw = Raw {
            stream: claim.stream.clone(),
            id: claim.id,
            replayable: true,
            channel: None,
            event_type: None,
            fields: vec![(b"event".to_vec(), vec![b'x'; bytes])],
        };
        Delivery {
            source: claim.clone(),
            claim,
            raw,
            attempt: 1,
            crashes: 0,
            history: vec![],
            plan: None,
            force: false,
        }
    }

    #[test]
    fn large_entries_take_up_the_room_of_many() {
        let table = Table::new();
        let held = table.hold_all(vec![delivery(1, 10), delivery(2, MOST_BYTES), delivery(2, 10)]);
        assert_eq!((held.len(), table.claims().len(), table.free(3_000)), (2, 2, 0));
        table.release([&held[1].0.claim]);
        assert_eq!((table.claims().len(), table.free(3_000), table.free(1)), (1, 2_999, 0));
        table.lose(&table.claims());
        assert_eq!((table.free(3_000), table.held().bytes), (3_000, 0));
    }
}
