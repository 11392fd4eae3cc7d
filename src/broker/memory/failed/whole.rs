//! All that is known of one failed event.

use std::sync::Arc;

use super::fields;
use super::glance::Glance;
use super::kept::Record;
use super::lying::{self, Lying};
use crate::broker::memory::MemoryBroker;
use crate::broker::memory::bus::{self, millis};
use crate::broker::memory::state::State;
use crate::broker::memory::stream::Stored;
use crate::bus::{BusError, Claim, FailedAt, FailedEvent, FailedWhole, Lineage, RetriedAs};
use crate::event::Envelope;

/// Everything; `None` where it does not lie there any more, or is none of this run's business.
pub(super) fn whole(broker: &MemoryBroker, at: &FailedAt) -> Result<Option<FailedWhole>, BusError> {
    let (lying, published, records) = {
        let state = broker.bus.state();
        state.reachable()?;
        let Some(lying) = state.lying(at) else { return Ok(None) };
        let source = lying.source(at);
        let published = stored(&state, &source).cloned();
        let mut glance = Glance::at(&state);
        let records = state.failed.retried.beside(&source.stream);
        let mut records: Vec<_> = records
            .filter(|(_, record)| is_of(record, &lying, &source))
            .map(|(_, record)| (Arc::clone(record), glance.of(record)))
            .collect();
        records.sort_by_key(|(record, _)| record.id);
        (lying, published.map(|stored| (source, stored)), records)
    };
    if lying::admit(broker.intake.lock(), lying.tenant().as_ref()).is_err() {
        return Ok(None);
    }
    let now_ms = millis((broker.bus.clock)());
    let Some(event) = lying.event(at, now_ms) else { return Ok(None) };
    let retried = records.into_iter().map(|(record, outcome)| RetriedAs {
        at: bus::at(record.at_ms).unwrap_or_default(),
        who: record.who.clone(),
        plan: record.plan.clone(),
        to: record.to.clone(),
        edited: record.edited,
        outcome,
    });
    let lineage = Lineage {
        published: published.as_ref().map(|(source, _)| source.clone()),
        retried: retried.collect(),
    };
    // A record keeps no text: it is what was published, where that is still there.
    let text =
        || published.as_ref().and_then(|(_, stored)| fields::event_text(&stored.fields).map(Into::into));
    let event = FailedEvent { text: event.text.clone().or_else(text), ..event };
    let (fields, error, history) = (lying.fields(), lying.error(), lying.history().to_vec());
    Ok(Some(FailedWhole { event, fields, error, history, lineage }))
}

fn stored<'a>(state: &'a State, source: &Claim) -> Option<&'a Arc<Stored>> {
    let stream = state.streams.get(&source.stream)?;
    stream.get(stream.number_from(source.id)).filter(|stored| stored.id == source.id)
}

/// Whether it is a retry of the event that `lying` is, or what made it: the same event, or the same entry.
fn is_of(record: &Record, lying: &Lying, source: &Claim) -> bool {
    let event = match lying {
        Lying::Retried(record, _) => record.event,
        _ => fields::event_text(lying.original()).and_then(|text| Envelope::read(text).id),
    };
    let same_event = event.is_some() && (record.event == event || record.sent == event);
    same_event || record.source == *source
}
