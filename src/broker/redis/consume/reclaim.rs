//! What other consumers left, or gave back: taking it over.

use std::sync::atomic::Ordering;

use redis::Value;

use super::groups::Reading;
use super::member::{Member, delivery};
use super::script::{Call, RECLAIM};
use crate::broker::redis::codec;
use crate::broker::redis::profile::Layout;
use crate::bus::{BusError, Reclaimed, Suspects};
use crate::event::StreamKey;

/// How many entries that others left are taken over in one step.
const PAGE: usize = 100;

impl Member {
    /// Takes over about so many, and no more suspects than may come.
    pub(super) async fn take_over(
        &self,
        at_most: usize,
        mut suspects: Suspects,
    ) -> Result<Reclaimed, BusError> {
        let mut found = Reclaimed::default();
        let readings = self.groups.readings();
        // Each time another stream comes first: one of which much was left holds up no other.
        let first = self.turn.fetch_add(1, Ordering::Relaxed) % readings.len().max(1);
        for (stream, reading) in readings.iter().cycle().skip(first).take(readings.len()) {
            let mut from = "-".to_owned();
            while found.deliveries.len() < at_most {
                let room = (at_most - found.deliveries.len()).min(PAGE);
                from = match self.take_page((stream, reading), &from, room, &mut suspects, &mut found).await {
                    Err(BusError::Refused { what, .. }) => {
                        tracing::warn!(%stream, "{what}");
                        break;
                    }
                    next => match next? {
                        Some(next) => next,
                        None => break,
                    },
                };
            }
        }
        Ok(found)
    }

    /// A page of what was left in one stream; where to go on, if there is more.
    async fn take_page(
        &self,
        (stream, reading): (&StreamKey, &Reading),
        from: &str,
        count: usize,
        suspects: &mut Suspects,
        found: &mut Reclaimed,
    ) -> Result<Option<String>, BusError> {
        const DOING: &str = "taking over what others left";
        let mut call =
            Call::new(&RECLAIM, [stream.as_str().to_owned(), Layout::dead_letters(&reading.source.key)]);
        call.arg(self.groups.handler.as_str()).arg(&self.name).arg(self.lease_ms);
        call.arg(from).arg(count).arg(reading.source.key.as_str()).arg(u8::from(reading.is_retry));
        call.arg(suspects.crashes).arg(suspects.at_most.min(count));
        let unreadable = |fault| self.unreadable(fault, DOING);
        let [next, entries, taken, held_back] =
            codec::exactly(self.call(call, DOING).await?, "where to go on, entries and two counts")
                .map_err(unreadable)?;
        for part in codec::list(entries).map_err(unreadable)? {
            let [id, fields, count] =
                codec::exactly(part, "an id, fields and a count").map_err(unreadable)?;
            let entry = codec::entry(Value::Array(vec![id, fields])).map_err(unreadable)?;
            let deliveries = codec::number(&count).unwrap_or(1);
            found.deliveries.push(delivery(stream, reading, entry, deliveries));
        }
        let taken = codec::number(&taken).and_then(|taken| usize::try_from(taken).ok()).unwrap_or(0);
        suspects.at_most = suspects.at_most.saturating_sub(taken);
        found.held_back |= codec::number(&held_back).is_some_and(|held_back| held_back > 0);
        Ok(codec::text(&next).filter(|next| !next.is_empty()).map(str::to_owned))
    }
}
