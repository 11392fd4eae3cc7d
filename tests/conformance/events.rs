//! Events and places for the cases.

use std::sync::Arc;

use chrono::Utc;
use tidings::broker::memory::Place;
use tidings::bus::{Intake, TenantLock};
use tidings::event::{Channel, Entry, EventId, EventType, Field, NewEvent, TenantId};
use tidings::schema::{Catalogue, Registry};

use crate::harness::Harness;

pub(crate) const ACME: &str = "189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6";
pub(crate) const GLOBEX: &str = "716cf861-4211-42b4-9f10-7b17589986ef";

/// Native schemas, no lock.
pub(crate) fn open() -> Intake {
    locked_to(&[])
}

/// Native schemas, locked to these tenants.
pub(crate) fn locked_to(tenants: &[&str]) -> Intake {
    let lock = TenantLock::to(tenants.iter().map(|tenant| TenantId::new(tenant).unwrap()));
    Intake::new(Arc::new(Registry::builtin(Catalogue::Native)), lock)
}

pub(crate) fn place(event_type: &str) -> Place {
    Place::new(EventType::new(event_type).unwrap(), None).unwrap()
}

pub(crate) fn place_on(channel: &str, event_type: &str) -> Place {
    Place::new(EventType::new(event_type).unwrap(), Some(Channel::new(channel).unwrap())).unwrap()
}

/// A good payload of a native ticket type.
pub(crate) fn ticket_of(tenant: &str) -> String {
    format!(
        r#"{{"tenantId":"{tenant}","ticketId":"7b9d493c-9d7c-46d6-a6b0-99ba984ea078","userId":"88bec41e-a074-43d9-873d-8c8d1d83c358"}}"#
    )
}

/// A new event around a payload.
pub(crate) fn event(event_type: &str, payload: &str) -> NewEvent {
    NewEvent::compose(EventId::random(), &EventType::new(event_type).unwrap(), Utc::now(), payload).unwrap()
}

/// A new `TICKET_CREATED`.
pub(crate) fn ticket(tenant: &str) -> NewEvent {
    event("TICKET_CREATED", &ticket_of(tenant))
}

pub(crate) fn fields(pairs: &[(&[u8], &[u8])]) -> Vec<Field> {
    pairs.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect()
}

/// The fields of an entry that holds `json`.
pub(crate) fn json(json: &str) -> Vec<Field> {
    fields(&[(b"event", json.as_bytes())])
}

/// A good event of `tenant` for the stream at `place`.
fn event_for(place: &Place, tenant: &str) -> NewEvent {
    event(place.event_type().as_str(), &ticket_of(tenant))
}

/// Appends a good event of `tenant` as another program would, and answers its id.
pub(crate) async fn append(harness: &impl Harness, place: &Place, ms: Option<u64>, tenant: &str) -> EventId {
    let event = event_for(place, tenant);
    harness.append(place, ms, vec![json(event.text())]).await;
    event.id()
}

/// Appends `count` good events, and answers their ids.
pub(crate) async fn append_many(harness: &impl Harness, place: &Place, count: usize) -> Vec<EventId> {
    let events: Vec<_> = (0..count).map(|_| event_for(place, ACME)).collect();
    harness.append(place, None, events.iter().map(|event| json(event.text())).collect()).await;
    events.iter().map(NewEvent::id).collect()
}

pub(crate) fn event_ids<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<EventId> {
    entries.into_iter().map(|entry| entry.event_id.expect("an event with an id")).collect()
}
