//! What this consumer was given and has not finished: the one table that the parts of a worker share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::bus::{Cancellation, Claim};

/// Entries that are ours.
pub(super) struct Table {
    held: Mutex<HashMap<Claim, Arc<Cancellation>>>,
    /// An entry was finished: there is room for another.
    freed: Notify,
    /// All attempts end with this.
    all: CancellationToken,
}

impl Table {
    pub(super) fn new() -> Self {
        Self { held: Mutex::default(), freed: Notify::new(), all: CancellationToken::new() }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Claim, Arc<Cancellation>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes an entry that was given to us; `None` when it is here already.
    pub(super) fn hold(&self, claim: &Claim) -> Option<Arc<Cancellation>> {
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
