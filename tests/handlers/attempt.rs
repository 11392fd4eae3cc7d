//! An event, and an attempt at it as a worker would make it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use tidings::bus::{
    Admission, Cancellation, CatchPanics, Handler, HandlerContext, HandlerError, Intake, Middleware, Next,
    Raw, TenantLock, Timeout,
};
use tidings::event::{EntryId, Event, EventId, EventType, HandlerName, NewEvent, StreamKey};
use tidings::schema::Registry;
use tokio_util::sync::CancellationToken;

/// A wait that takes longer than this will never end.
pub(crate) const FOREVER: Duration = Duration::from_mins(2);

/// An event of this tenant, with so many bytes of text in its payload.
pub(crate) fn event_of(tenant: &str, bytes: usize) -> Arc<Event> {
    let event_type = EventType::new("THING_DONE").unwrap();
    let payload = serde_json::json!({ "tenantId": tenant, "text": "é".repeat(bytes / 2) }).to_string();
    let event = NewEvent::compose(EventId::random(), &event_type, Utc::now(), &payload).unwrap();
    let raw = Raw {
        stream: StreamKey::new("event::THING_DONE").unwrap(),
        id: EntryId::new(1, 0),
        replayable: true,
        channel: None,
        event_type: Some(event_type),
        fields: vec![(b"event".to_vec(), event.text().as_bytes().to_vec())],
    };
    let mut intake = Intake::new(Arc::new(Registry::default()), TenantLock::default());
    let Admission::Entry(entry) = intake.admit(raw) else { panic!("it may enter") };
    Arc::new(Event::of(entry).unwrap())
}

pub(crate) fn event() -> Arc<Event> {
    event_of("acme", 10)
}

/// One attempt that is cancelled by `cancelled`, and may take so long.
pub(crate) async fn attempt_with(
    handler: &dyn Handler,
    event: &Arc<Event>,
    limit: Duration,
    cancelled: CancellationToken,
) -> Option<Result<(), HandlerError>> {
    let name = HandlerName::new("under-test").unwrap();
    let cancellation = Arc::new(Cancellation::under(cancelled.clone()));
    let context = HandlerContext::new(name, event, 3, limit, cancellation);
    let layers: [Arc<dyn Middleware>; 2] = [Arc::new(Timeout), Arc::new(CatchPanics)];
    tokio::select! {
        done = Next::new(&layers, handler).run(Arc::clone(event), context) => Some(done),
        () = cancelled.cancelled() => None,
    }
}

/// One attempt within so long.
pub(crate) async fn attempt_within(handler: &dyn Handler, limit: Duration) -> Result<(), HandlerError> {
    attempt_with(handler, &event(), limit, CancellationToken::new()).await.unwrap()
}

/// One attempt that may take as long as it likes.
pub(crate) async fn attempt(handler: &dyn Handler) -> Result<(), HandlerError> {
    attempt_within(handler, FOREVER).await
}

/// Waits until `done`; fails when that takes for ever.
pub(crate) async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + FOREVER;
    while !done() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
