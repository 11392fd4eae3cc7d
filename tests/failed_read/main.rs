//! Reading failed events from a real Redis: from every source, of both profiles, with read commands only.

#![expect(clippy::unwrap_used, reason = "all of this is tests; a failing one must say where")]

mod alga;
mod fates;
mod following;
mod foreseen;
mod hostile;
mod kinds;
mod large;
mod records;
#[path = "../support/redis_server.rs"]
mod redis_server;
mod rights;
#[path = "../support/sessions.rs"]
mod sessions;
#[path = "../support/statistics.rs"]
mod statistics;
mod unfit;

use std::sync::Arc;

use sessions::Admin;
use tidings::broker::redis::{Profile, Settings};
use tidings::bus::{
    BusError, FailedEvent, FailedPage, FailedQuery, FailedQueue, FailedSource, Intake, Session, TenantLock,
};
use tidings::event::{StreamKey, TenantId};
use tidings::schema::{Catalogue, Registry};
use tokio::sync::mpsc;

const ACME: &str = "189c996e-43d3-4c53-9f4e-dbe5c1c5e9e6";
const GLOBEX: &str = "716cf861-4211-42b4-9f10-7b17589986ef";

/// All pages of a query.
async fn pages(queue: &Arc<dyn FailedQueue>, query: FailedQuery) -> Result<Vec<FailedPage>, BusError> {
    let (out, mut pages) = mpsc::channel(1);
    let queue = Arc::clone(queue);
    let reading = tokio::spawn(async move { queue.read(&query, out).await });
    let mut all = Vec::new();
    while let Some(page) = pages.recv().await {
        all.push(page);
    }
    reading.await.unwrap().map(|()| all)
}

/// What one read found, all pages together.
struct Found {
    first: FailedPage,
    events: Vec<FailedEvent>,
    other_tenants: u64,
    unattributed: u64,
    unseen: Vec<String>,
    denied: Vec<String>,
}

async fn find(session: &Session, sources: impl IntoIterator<Item = FailedSource>) -> Found {
    let pages = pages(&session.failed, FailedQuery::of(sources)).await.unwrap();
    assert!(pages.iter().skip(1).all(|page| page.totals.is_none() && page.lying.is_empty()));
    let each = |count: fn(&FailedPage) -> u64| pages.iter().map(count).sum();
    let denied = pages.iter().flat_map(|page| &page.denied);
    Found {
        other_tenants: each(|page| page.other_tenants),
        unattributed: each(|page| page.unattributed),
        unseen: pages.iter().filter_map(|page| page.unseen.clone()).collect(),
        denied: denied.map(|denied| denied.stream.as_str().to_owned()).collect(),
        events: pages.iter().flat_map(|page| page.events.clone()).collect(),
        first: pages.into_iter().next().unwrap(),
    }
}

/// A session that is locked to these tenants.
fn locked(settings: &Settings, tenants: &[&str]) -> Session {
    let catalogue = match settings.profile {
        Profile::AlgaPsa => Catalogue::AlgaPsa,
        Profile::Native | Profile::PubSub => Catalogue::Native,
    };
    let lock = TenantLock::to(tenants.iter().map(|tenant| TenantId::new(tenant).unwrap()));
    let intake = Intake::new(Arc::new(Registry::builtin(catalogue)), lock);
    tidings::broker::redis::open("test", settings, intake, false, None).unwrap()
}

fn stream(key: &str) -> StreamKey {
    StreamKey::new(key).unwrap()
}

/// A good event without spaces, for words of [`Admin::run`].
fn event(n: u64, event_type: &str, tenant: &str) -> String {
    format!(
        r#"{{"id":"57f7e9a7-7e13-452d-81b7-{n:012x}","eventType":"{event_type}","timestamp":"2026-11-23T19:42:38.555Z","payload":{{"tenantId":"{tenant}"}}}}"#
    )
}

/// A dead letter beside `event::TYPE` as the finish script writes it; answers its id.
async fn letter(admin: &mut Admin, event_type: &str, n: u64, handler: &str, tenant: &str) -> String {
    let event = event(n, event_type, tenant);
    admin
        .get(&format!(
            "XADD event::{event_type}:dead-letter * event {event} sourceStream event::{event_type} \
             sourceMessageId {n}-1 handler {handler} error [\"boom\",\"cause\"] attempts 3 \
             history [{{\"at\":\"2026-11-23T19:42:39Z\",\"ms\":5,\"kind\":\"error\",\"error\":[\"boom\"]}}] \
             firstFailedAt 2026-11-23T19:42:39Z deadLetteredAt 2026-11-23T19:42:41Z reason exhausted"
        ))
        .await
}
