//! A publisher whose answers somebody hears.

use std::sync::Arc;

use async_trait::async_trait;

use crate::bus::{BusError, Form, PublishError, Published, Publisher};
use crate::event::{NewEvent, StreamKey};

/// Hears what became of events that were published.
#[async_trait]
pub(super) trait Ear: Send + Sync {
    /// Of `events` it became this, in the same order.
    async fn hear(&self, events: &[NewEvent], answers: &[Result<Published, PublishError>]);
}

/// Publishes, and lets an ear hear what became of it.
pub(super) struct Overheard<E> {
    publisher: Arc<dyn Publisher>,
    /// Who hears it.
    pub(super) ear: E,
}

impl<E: Ear> Overheard<E> {
    pub(super) fn by(ear: E, publisher: Arc<dyn Publisher>) -> Arc<Self> {
        Arc::new(Self { publisher, ear })
    }
}

#[async_trait]
impl<E: Ear> Publisher for Overheard<E> {
    async fn publish(&self, events: &[NewEvent], form: Form) -> Vec<Result<Published, PublishError>> {
        let answers = self.publisher.publish(events, form).await;
        self.ear.hear(events, &answers).await;
        answers
    }

    async fn reach(&self) -> Result<(), BusError> {
        self.publisher.reach().await
    }

    fn preview(&self, event: &NewEvent, form: Form) -> Vec<String> {
        self.publisher.preview(event, form)
    }

    fn vet(&self, event: &NewEvent) -> Result<(), PublishError> {
        self.publisher.vet(event)
    }

    fn target(&self, event: &NewEvent) -> Option<StreamKey> {
        self.publisher.target(event)
    }
}
