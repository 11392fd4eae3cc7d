//! What this consumer was given and has not finished: the one table that the parts of a worker share.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::bus::{Cancellation, Claim, Delivery};

/// A delivery that stands in the table.
pub(super) type Held = (Delivery, Arc<Cancellation>);

/// Entries that are ours.
pub(super) struct Table {
    held: Mutex<HashMap<Claim, Arc<Cancellation>>>,
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

    fn held(&self) -> MutexGuard<'_, HashMap<Claim, Arc<Cancellation>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what was given to us, without what is here already.
    pub(super) fn hold_all(&self, given: Vec<Delivery>) -> Vec<Held> {
        given
            .into_iter()
            .filter_map(|delivery| self.hold(&delivery.claim).map(|hold| (delivery, hold)))
            .collect()
    }

    fn hold(&self, claim: &Claim) -> Option<Arc<Cancellation>> {
        let mut held = self.held();
        if held.contains_key(claim) {
            return None;
        }
        let cancellation = Arc::new(Cancellation::under(self.all.clone()));
        held.insert(claim.clone(), Arc::clone(&cancellation));
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
            hold.token().cancel();
        }
        drop(held);
        self.freed.notify_waiters();
    }

    /// Ends all attempts.
    pub(super) fn cancel_all(&self) {
        self.all.cancel();
    }

    pub(super) fn len(&self) -> usize {
        self.held().len()
    }

    pub(super) fn claims(&self) -> Vec<Claim> {
        self.held().keys().cloned().collect()
    }

    /// Waits until fewer than so many of these are held.
    pub(super) async fn fewer_of(&self, claims: &[Claim], count: usize) {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            let held = {
                let held = self.held();
                claims.iter().filter(|claim| held.contains_key(claim)).count()
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
        claims.retain(|claim| held.contains_key(claim));
    }

    /// Waits until fewer than `most` are held; answers how many more may be taken.
    pub(super) async fn room(&self, most: usize) -> usize {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            // From here on no finish is missed.
            freed.as_mut().enable();
            match most.checked_sub(self.len()) {
                Some(room) if room > 0 => return room,
                _ => freed.await,
            }
        }
    }
}
