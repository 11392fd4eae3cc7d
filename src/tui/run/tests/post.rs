//! Somebody who publishes as a test says, and disks that are as a test says.

use std::future::pending;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio::time::{Duration, sleep};

use super::stage::{session, watching_it};
use crate::bus::{
    BusError, Form, MemoryStore, PublishError, Published, Publisher, Session, Store, StoreError,
    StoredTemplate,
};
use crate::event::{EntryId, EventType, NewEvent, StreamKey};
use crate::tui::run::watching::Watching;

/// How it publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// Takes everything, after so many milliseconds.
    Takes(u64),
    /// Never answers.
    Hangs,
    /// Panics.
    Breaks,
    /// Refuses everything.
    Refuses,
}

/// Publishes so; what it was given.
pub(super) struct Post {
    how: How,
    pub(super) given: Mutex<Vec<NewEvent>>,
}

impl Post {
    pub(super) fn new(how: How) -> Arc<Self> {
        Arc::new(Self { how, given: Mutex::default() })
    }
}

#[async_trait]
impl Publisher for Post {
    async fn publish(&self, events: &[NewEvent], form: Form) -> Vec<Result<Published, PublishError>> {
        assert_eq!(form, Form::Once);
        self.given.lock().unwrap().extend(events.iter().cloned());
        match self.how {
            How::Takes(ms) => sleep(Duration::from_millis(ms)).await,
            How::Hangs => pending().await,
            How::Refuses => {
                let refused = || Err(PublishError::NotSent("a read-only replica".to_owned()));
                return events.iter().map(|_| refused()).collect();
            }
            How::Breaks => panic!("a fault in publishing, as the test wants it"),
        }
        let published = |event: &NewEvent| Published {
            event: event.id(),
            stream: StreamKey::new("event::A").unwrap(),
            entry: EntryId::new(1, 0),
            repeated: false,
        };
        events.iter().map(|event| Ok(published(event))).collect()
    }

    async fn reach(&self) -> Result<(), BusError> {
        Ok(())
    }

    fn preview(&self, _: &NewEvent, _: Form) -> Vec<String> {
        Vec::new()
    }

    fn vet(&self, _: &NewEvent) -> Result<(), PublishError> {
        Ok(())
    }
}

/// A bus on which that one publishes.
pub(super) fn watching(publisher: Result<Arc<Post>, String>) -> Watching {
    let publisher = publisher.map(|post| post as _);
    watching_it(Session { publisher, ..session("prod", &Arc::default()) })
}

pub(super) fn event() -> NewEvent {
    let payload = r#"{"tenantId":"acme","n":1}"#;
    NewEvent::from_text(format!(
        r#"{{"id":"00000000-0000-4000-8000-000000000001","eventType":"A","timestamp":"2026-11-23T13:02:31Z","payload":{payload}}}"#
    ))
    .unwrap()
}

pub(super) fn event_type() -> EventType {
    EventType::new("A").unwrap()
}

/// A disk: in memory, or one that takes so long for each answer, or never answers.
pub(super) enum Disk {
    Memory(MemoryStore),
    Dead,
}

impl Disk {
    pub(super) fn memory() -> Arc<Self> {
        Arc::new(Self::Memory(MemoryStore::default()))
    }

    async fn store(&self) -> &MemoryStore {
        match self {
            Self::Memory(store) => store,
            Self::Dead => pending().await,
        }
    }
}

#[async_trait]
impl Store for Disk {
    async fn templates(&self) -> Result<Vec<StoredTemplate>, StoreError> {
        self.store().await.templates().await
    }

    async fn keep_template(&self, name: &str, text: &str, replaces: bool) -> Result<(), StoreError> {
        self.store().await.keep_template(name, text, replaces).await
    }

    async fn delete_template(&self, name: &str) -> Result<(), StoreError> {
        self.store().await.delete_template(name).await
    }

    async fn sent(&self, context: &str, at_most: usize) -> Result<Vec<String>, StoreError> {
        self.store().await.sent(context, at_most).await
    }

    async fn keep_sent(&self, context: &str, lines: &[String]) -> Result<(), StoreError> {
        self.store().await.keep_sent(context, lines).await
    }
}
