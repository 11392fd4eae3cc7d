//! Publishing through another publisher.

use async_trait::async_trait;

use super::{BusError, Form, PublishError, Published, Publisher};
use crate::event::{NewEvent, StreamKey};

/// A publisher that goes through another one, and does something of its own about the answers: all else is as that says.
#[async_trait]
pub trait Relay: Send + Sync {
    /// The other one.
    fn through(&self) -> &dyn Publisher;

    /// As [`Publisher::publish`].
    async fn relay(&self, events: &[NewEvent], form: Form) -> Vec<Result<Published, PublishError>>;

    /// What becomes of the other one's answer to [`Publisher::vet`].
    fn vetted(&self, answer: Result<(), PublishError>) -> Result<(), PublishError> {
        answer
    }
}

#[async_trait]
impl<R: Relay> Publisher for R {
    async fn publish(&self, events: &[NewEvent], form: Form) -> Vec<Result<Published, PublishError>> {
        self.relay(events, form).await
    }

    async fn reach(&self) -> Result<(), BusError> {
        self.through().reach().await
    }

    fn preview(&self, event: &NewEvent, form: Form) -> Vec<String> {
        self.through().preview(event, form)
    }

    fn vet(&self, event: &NewEvent) -> Result<(), PublishError> {
        self.vetted(self.through().vet(event))
    }

    fn target(&self, event: &NewEvent) -> Option<StreamKey> {
        self.through().target(event)
    }
}
