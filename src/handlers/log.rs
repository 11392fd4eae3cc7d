//! `log`: one line for each event, and nothing else.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::mpsc;

use crate::bus::{Handler, HandlerContext, HandlerError};
use crate::event::{About, Event, HandlerName};

/// What a [`Log`] has to say of an event.
#[derive(Debug, Clone)]
pub struct LogLine {
    /// Which handler says so.
    pub handler: HandlerName,
    /// The event.
    pub event: Arc<Event>,
    /// What it is about, in a few words; safe to show.
    pub about: String,
}

/// Hands each event to whoever keeps the log. An event is done with when it was handed over, so a log that is written
/// slowly slows this handler down, and no other.
#[derive(Debug, Clone)]
pub struct Log(mpsc::Sender<LogLine>);

impl Log {
    /// Writes to `to`.
    pub fn new(to: mpsc::Sender<LogLine>) -> Self {
        Self(to)
    }
}

#[async_trait]
impl Handler for Log {
    async fn handle(&self, event: Arc<Event>, context: HandlerContext) -> Result<(), HandlerError> {
        let about = About::read(event.payload()).news(", ");
        let line = LogLine { handler: context.handler().clone(), event, about };
        self.0.send(line).await.map_err(|_| HandlerError::retry("the log is closed: this worker ends"))
    }
}
