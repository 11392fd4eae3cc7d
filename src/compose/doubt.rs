//! Publishing again what may be there already.

use std::sync::Arc;

use async_trait::async_trait;

use crate::bus::{Form, PublishError, Published, Publisher, Relay};
use crate::event::NewEvent;

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
impl Relay for Doubting {
    fn through(&self) -> &dyn Publisher {
        self.0.as_ref()
    }

    async fn relay(&self, events: &[NewEvent], form: Form) -> Vec<Result<Published, PublishError>> {
        self.0.publish(events, form).await.into_iter().map(after_doubt).collect()
    }

    fn vetted(&self, answer: Result<(), PublishError>) -> Result<(), PublishError> {
        answer.or_else(|error| after_doubt(Err(error)).map(|_| ()))
    }
}
