//! What is retained around an event.

use super::Monitor;
use crate::bus::{Around, AroundSearch, Near, Spot};

impl Monitor {
    /// Up to `each` retained events of the same tenant before `spot`, and as many after it. `None` when what is retained
    /// does not reach back to it.
    pub fn around(&self, spot: &Spot, each: usize) -> Option<Around> {
        let ring = self.ring();
        ring.get(ring.first_seq()).filter(|oldest| oldest.time() <= spot.at)?;
        let mut search = AroundSearch::new(spot.clone(), each);
        let Some(tenant) = ring.tenants.find(&spot.tenant) else { return Some(search.found()) };
        for row in ring
            .rows(ring.first_seq()..ring.end_seq())
            .filter(|row| row.key().is_some_and(|key| key.tenant == tenant))
        {
            let (at, id) = (row.time(), row.id());
            // Most are far from it: nothing is copied of those.
            if search.wants(at, id)
                && let Some(stream) = row.stream()
            {
                let event_type = row.event_type().cloned();
                search.take(Near { at, id, event_type, event: row.event_id(), is_it: false }, stream);
            }
        }
        Some(search.found())
    }
}
