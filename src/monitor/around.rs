//! What happened just before and just after an event, with the same tenant.

use chrono::{DateTime, Utc};

use super::{Monitor, Row};
use crate::event::{Entry, EntryId, EventId, EventType, StreamKey, TenantId};

/// An event, and where it stands in time.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    /// Whose it is.
    pub tenant: TenantId,
    /// When it was published.
    pub at: DateTime<Utc>,
    /// The stream it was published to.
    pub stream: StreamKey,
    /// Its position there, where that is known.
    pub id: Option<EntryId>,
    /// Its type.
    pub event_type: EventType,
    /// Its id, where it has one.
    pub event: Option<EventId>,
}

/// One of the events around a [`Spot`], or the one that stands there.
#[derive(Debug, Clone, PartialEq)]
pub struct Near {
    /// When the server took it.
    pub at: DateTime<Utc>,
    /// Its position in its stream.
    pub id: EntryId,
    /// Its type, where it has one.
    pub event_type: Option<EventType>,
    /// Its id, where it has one.
    pub event: Option<EventId>,
    /// Whether it is the event itself.
    pub is_it: bool,
}

/// Looks for the events next to a [`Spot`] among all that it is given, in any order.
#[derive(Debug, Clone)]
pub struct AroundSearch {
    spot: Spot,
    each: usize,
    before: Vec<Near>,
    after: Vec<Near>,
}

/// What was found: oldest first, the event itself among them.
#[derive(Debug, Clone, PartialEq)]
pub struct Around {
    /// The events.
    pub events: Vec<Near>,
    /// How many of them came before the event itself.
    pub before: usize,
}

impl Around {
    /// How many of them came after the event itself.
    pub fn after(&self) -> usize {
        self.events.len() - self.before - 1
    }
}

impl AroundSearch {
    /// Looks for `each` events before and as many after.
    pub fn new(spot: Spot, each: usize) -> Self {
        Self { spot, each, before: Vec::new(), after: Vec::new() }
    }

    /// Looks at an entry as a bus sends it.
    pub fn look_at(&mut self, entry: &Entry) {
        if entry.tenant.as_ref() == Some(&self.spot.tenant) {
            let at = entry.id.time().or(entry.timestamp).unwrap_or_default();
            let event_type = entry.event_type.clone();
            let near = Near { at, id: entry.id, event_type, event: entry.event_id, is_it: false };
            self.take(near, &entry.stream);
        }
    }

    fn look_at_row(&mut self, row: &Row<'_>) {
        let Some(stream) = row.stream() else { return };
        // Most are far from it: nothing is copied of those.
        let place = (row.time(), row.id());
        let is_far = if place < self.place() {
            self.before.len() == self.each && self.before.first().is_some_and(|near| place < of(near))
        } else {
            self.after.len() == self.each && self.after.last().is_some_and(|near| place > of(near))
        };
        if is_far {
            return;
        }
        let event_type = row.event_type().cloned();
        let near = Near { at: row.time(), id: row.id(), event_type, event: row.event_id(), is_it: false };
        self.take(near, stream);
    }

    fn take(&mut self, near: Near, stream: &StreamKey) {
        let is_there = self.spot.id == Some(near.id) && self.spot.stream == *stream;
        if is_there || near.event.is_some() && near.event == self.spot.event {
            // It is known where it stands; on some buses a retry of it lies there, too.
            return;
        }
        let is_before = of(&near) < self.place();
        let side = if is_before { &mut self.before } else { &mut self.after };
        let at = side.partition_point(|known| of(known) <= of(&near));
        side.insert(at, near);
        if side.len() > self.each {
            side.remove(if is_before { 0 } else { self.each });
        }
    }

    fn place(&self) -> (DateTime<Utc>, EntryId) {
        (self.spot.at, self.spot.id.unwrap_or(EntryId::ZERO))
    }

    /// How many were found before it.
    pub fn before(&self) -> usize {
        self.before.len()
    }

    /// How many were found after it.
    pub fn after(&self) -> usize {
        self.after.len()
    }

    /// What was found.
    pub fn found(self) -> Around {
        let before = self.before.len();
        let (at, id) = self.place();
        let Spot { event_type, event, .. } = self.spot;
        let mut events = self.before;
        events.push(Near { at, id, event_type: Some(event_type), event, is_it: true });
        events.extend(self.after);
        Around { events, before }
    }
}

fn of(near: &Near) -> (DateTime<Utc>, EntryId) {
    (near.at, near.id)
}

impl Monitor {
    /// Up to `each` retained events of the same tenant before `spot`, and as many after it. `None` when what is retained
    /// does not reach back to it.
    pub fn around(&self, spot: &Spot, each: usize) -> Option<Around> {
        let ring = self.ring();
        ring.get(ring.first_seq()).filter(|oldest| oldest.time() <= spot.at)?;
        let mut search = AroundSearch::new(spot.clone(), each);
        if let Some(tenant) = ring.tenants.find(&spot.tenant) {
            let rows = ring.rows(ring.first_seq()..ring.end_seq());
            rows.filter(|row| row.record.tenant == tenant).for_each(|row| search.look_at_row(&row));
        }
        Some(search.found())
    }
}
