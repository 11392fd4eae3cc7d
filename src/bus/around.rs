//! What happened just before and just after an event, with the same tenant.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{BusError, BusSignal, ChannelScope, Observer, Patience, Start, Watch};
use crate::event::{Entry, EntryId, EventId, EventType, StreamKey, TenantId};

/// How far before it is read, in seconds: further only where too little was found.
const BACK: [i64; 3] = [2, 60, 3_600];
/// So many entries are read at most, over all tenants, for each of these.
const READ: usize = 20_000;
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// Batches that may wait.
const WAITING: usize = 4;

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

    /// Whether an entry of the tenant at this place is one of those next to it, among all that it was given so far.
    pub fn wants(&self, at: DateTime<Utc>, id: EntryId) -> bool {
        let place = (at, id);
        if place < self.place() {
            self.before.len() < self.each || self.before.first().is_none_or(|near| place > of(near))
        } else {
            self.after.len() < self.each || self.after.last().is_none_or(|near| place < of(near))
        }
    }

    /// Takes an entry of the tenant.
    pub fn take(&mut self, near: Near, stream: &StreamKey) {
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

/// Reads up to `each` events of the same tenant before `spot`, and as many after it, from the bus: at most 20,000 entries
/// of all tenants at a time, and what came up to an hour before.
///
/// # Errors
/// When the bus cannot be read.
pub async fn read_around(observer: &dyn Observer, spot: &Spot, each: usize) -> Result<Around, BusError> {
    let mut best: Option<AroundSearch> = None;
    for seconds in BACK {
        let search = AroundSearch::new(spot.clone(), each);
        let (search, got_there) = read_from(observer, spot.at - TimeDelta::seconds(seconds), search).await?;
        if !got_there && best.is_some() {
            // So much lies between there and here that what is nearer was not reached.
            break;
        }
        let is_enough = search.before.len() >= each || !got_there;
        best = Some(search);
        if is_enough {
            break;
        }
    }
    Ok(best.unwrap_or_else(|| AroundSearch::new(spot.clone(), each)).found())
}

/// Reads from a moment on until enough was found. Whether it got beyond the event, or to the end.
async fn read_from(
    observer: &dyn Observer,
    since: DateTime<Utc>,
    mut search: AroundSearch,
) -> Result<(AroundSearch, bool), BusError> {
    let watch = Watch {
        start: Start::Since(since),
        follow: false,
        channels: ChannelScope::All,
        patience: Patience::GiveUp(CONNECT),
        failures: None,
    };
    let (sender, mut signals) = mpsc::channel(WAITING);
    let stop = CancellationToken::new();
    let _stop = stop.clone().drop_guard();
    let mut reading = observer.observe(watch, sender, stop);
    let (mut read, mut got_there, mut is_over) = (0, false, false);
    loop {
        let signal = tokio::select! {
            ended = &mut reading, if !is_over => {
                ended?;
                // What it sent before its end still waits in the channel.
                is_over = true;
                continue;
            }
            signal = signals.recv() => signal,
        };
        match signal {
            // No more will be told. Why that is, the end of the reading says: what it tells through may be gone before it.
            None if !is_over => {
                reading.await?;
                return Ok((search, true));
            }
            None | Some(BusSignal::CaughtUp) => return Ok((search, true)),
            Some(BusSignal::Entries(batch)) => {
                read += batch.entries.len();
                for entry in &batch.entries {
                    search.look_at(entry);
                    got_there |= (entry.id.time().unwrap_or_default(), entry.id) > search.place();
                }
                if read >= READ || got_there && search.after.len() >= search.each {
                    return Ok((search, got_there));
                }
            }
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;

    use super::*;

    /// Hangs up a while before it says why.
    struct HangsUp;

    #[async_trait]
    impl Observer for HangsUp {
        async fn observe(
            &self,
            _: Watch,
            out: mpsc::Sender<BusSignal>,
            _: CancellationToken,
        ) -> Result<(), BusError> {
            drop(out);
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
            Err(BusError::Unavailable { what: "no server".to_owned() })
        }
    }

    #[tokio::test]
    async fn a_reading_that_fails_is_no_empty_bus_though_its_channel_is_gone_first() {
        let spot = Spot {
            tenant: TenantId::new("acme").unwrap(),
            at: Utc::now(),
            stream: StreamKey::new("event::TICKET_CREATED").unwrap(),
            id: None,
            event_type: EventType::new("TICKET_CREATED").unwrap(),
            event: None,
        };
        assert!(read_around(&HangsUp, &spot, 5).await.is_err());
    }
}
