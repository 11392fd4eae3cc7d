//! A publisher that can be left while it waits for an answer.

use std::sync::Arc;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use crate::bus::{Form, PublishError, Published, Publisher, Relay};
use crate::event::NewEvent;

/// Publishes, until it is left: what has no answer then is unknown, and is told so at once. So whoever writes down what
/// became of each can do that before the process ends.
pub struct Leavable {
    publisher: Arc<dyn Publisher>,
    left: CancellationToken,
    why: &'static str,
}

impl Leavable {
    /// Leaves `publisher` with `left`; `why` there was no answer.
    pub fn by(publisher: Arc<dyn Publisher>, left: CancellationToken, why: &'static str) -> Arc<Self> {
        Arc::new(Self { publisher, left, why })
    }
}

#[async_trait]
impl Relay for Leavable {
    fn through(&self) -> &dyn Publisher {
        self.publisher.as_ref()
    }

    async fn relay(&self, events: &[NewEvent], form: Form) -> Vec<Result<Published, PublishError>> {
        let all = |error: fn(String) -> PublishError| -> Vec<_> {
            events.iter().map(|_| Err(error(self.why.to_owned()))).collect()
        };
        if self.left.is_cancelled() {
            return all(PublishError::NotSent);
        }
        tokio::select! {
            biased;
            answers = self.publisher.publish(events, form) => answers,
            () = self.left.cancelled() => all(PublishError::Unknown),
        }
    }
}
