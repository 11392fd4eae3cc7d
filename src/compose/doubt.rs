//! Publishing again what may be there already.

use std::sync::Arc;

use async_trait::async_trait;

use crate::bus::{BusError, Form, PublishError, Published, Publisher};
use crate::event::{NewEvent, StreamKey};

/// Publishes events of which an earlier try was never answered: what is not appended now may be there all the same.
pub struct Doubting(Arc<dyn Publisher>);

impl Doubting {
    /// Through `publisher`.
    pub fn of(publisher: Arc<dyn Publisher>) -> Arc<dyn Publisher> {
        Arc::new(Self(publisher))
    }
}

/// Of an event of which an earlier try was never answered: that this one appended nothing says nothing of that one.
///
/// # Errors
///
/// Any refusal is [`PublishError::Unknown`].
pub fn after_doubt(answer: Result<Published, PublishError>) -> Result<Published, PublishError> {
    answer.map_err(|error| match error {
        PublishError::Unknown(why) => PublishError::Unknown(why),
        refused => PublishError::Unknown(format!(
            "an earlier try was never answered, and this one came to: {refused}"
        )),
    })
}

#[async_trait]
impl Publisher for Doubting {
    async fn publish(&self, events: &[NewEvent], form: Form) -> Vec<Result<Published, PublishError>> {
        self.0.publish(events, form).await.into_iter().map(after_doubt).collect()
    }

    async fn reach(&self) -> Result<(), BusError> {
        self.0.reach().await
    }

    fn preview(&self, event: &NewEvent, form: Form) -> Vec<String> {
        self.0.preview(event, form)
    }

    fn vet(&self, event: &NewEvent) -> Result<(), PublishError> {
        self.0.vet(event).or_else(|error| after_doubt(Err(error)).map(|_| ()))
    }

    fn target(&self, event: &NewEvent) -> Option<StreamKey> {
        self.0.target(event)
    }
}
