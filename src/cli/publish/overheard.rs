//! A publisher whose answers somebody hears.

use std::sync::Arc;

use async_trait::async_trait;

use crate::bus::{Form, PublishError, Published, Publisher, Relay};
use crate::event::NewEvent;

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
impl<E: Ear> Relay for Overheard<E> {
    fn through(&self) -> &dyn Publisher {
        self.publisher.as_ref()
    }

    async fn relay(&self, events: &[NewEvent], form: Form) -> Vec<Result<Published, PublishError>> {
        let answers = self.publisher.publish(events, form).await;
        self.ear.hear(events, &answers).await;
        answers
    }
}
