//! `log`: one line for each event, and nothing else.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};

use crate::bus::{Handler, HandlerContext, HandlerError};
use crate::event::{About, Event, HandlerName, Masks};

/// What a [`Log`] has to say of an event.
#[derive(Debug)]
pub struct LogLine {
    /// Which handler says so.
    pub handler: HandlerName,
    /// The event.
    pub event: Arc<Event>,
    /// What it is about, in a few words; safe to show.
    pub about: String,
    written: oneshot::Sender<()>,
}

impl LogLine {
    /// Whether somebody waits for it still. When its attempt is over, the event comes again.
    pub fn is_wanted(&self) -> bool {
        !self.written.is_closed()
    }

    /// It is written: its event is done with. Dropped without this, the event comes again.
    pub fn written(self) {
        // Nobody waits when its attempt is over.
        let _ = self.written.send(());
    }
}

/// Hands each event to whoever keeps the log. An event is done with when its line is written ([`LogLine::written`]), so a
/// log that is written slowly slows this handler down, and no other.
#[derive(Debug, Clone)]
pub struct Log {
    to: mpsc::Sender<LogLine>,
    masks: Masks,
}

impl Log {
    /// Writes to `to`.
    pub fn new(to: mpsc::Sender<LogLine>) -> Self {
        Self { to, masks: Masks::NONE }
    }

    /// Says nothing of what is masked.
    #[must_use]
    pub fn without(self, masks: Masks) -> Self {
        Self { masks, ..self }
    }
}

#[async_trait]
impl Handler for Log {
    async fn handle(&self, event: Arc<Event>, context: HandlerContext) -> Result<(), HandlerError> {
        let payload = self.masks.beginning(event.payload(), About::MAX_BYTES);
        let about = About::read(&payload).news(", ");
        let (written, is_written) = oneshot::channel();
        let closed = || HandlerError::retry("the log is closed: this worker ends");
        let line = LogLine { handler: context.handler().clone(), event, about, written };
        self.to.send(line).await.map_err(|_| closed())?;
        is_written.await.map_err(|_| closed())
    }
}
