//! Looking on the bus for an event of a type: what the form begins with where the type has no schema.

use std::time::Duration;

use tokio::time::timeout;

use super::watching::Watching;
use crate::bus::{Archive, ArchiveQuery, BusError, ChannelScope, Direction};
use crate::event::{Entry, EntryId, EventType, TenantId};

/// How long it may take. A person waits for it, and can begin without.
const ANSWER: Duration = Duration::from_secs(5);
/// So many of the newest are looked at together: one of the tenant is better than the newest.
const TOGETHER: usize = 50;

/// The payload of the newest event of a type that this run may see: where one of the tenant is among the newest, of that one.
/// The future does it, and asks for nothing before.
pub(super) fn seek(
    watching: Option<&Watching>,
    event_type: EventType,
    tenant: Option<TenantId>,
) -> impl Future<Output = Result<Option<String>, BusError>> + Send + use<> {
    let archive = watching.map(|watching| std::sync::Arc::clone(&watching.archive));
    async move {
        let Some(archive) = archive else { return Err(super::compose::nowhere()) };
        let looking = newest(archive.as_ref(), &event_type, tenant.as_ref());
        timeout(ANSWER, looking).await.unwrap_or_else(|_| {
            let what = format!("looking for one took longer than {} s", ANSWER.as_secs());
            Err(BusError::Unavailable { what })
        })
    }
}

async fn newest(
    archive: &dyn Archive,
    event_type: &EventType,
    tenant: Option<&TenantId>,
) -> Result<Option<String>, BusError> {
    let mut from = EntryId::MAX;
    loop {
        let (direction, channels) = (Direction::Older, ChannelScope::All);
        let query = ArchiveQuery::new(from, direction, TOGETHER, channels);
        let mut page = archive.page_of(event_type, &query).await?;
        let fits = |entry: &&Entry| entry.fault().is_none() && entry.payload().is_some();
        let newest = || page.entries.iter().rev().filter(fits);
        let of_tenant = newest().find(|entry| tenant.is_none() || entry.tenant.as_ref() == tenant);
        if let Some(payload) = of_tenant.or_else(|| newest().next()).and_then(Entry::payload) {
            return Ok(Some(payload.to_owned()));
        }
        if page.is_end || page.reached == from {
            // What may not be read may hold one.
            return page.denied.pop().map_or(Ok(None), |denied| Err(denied.why));
        }
        from = page.reached;
    }
}
